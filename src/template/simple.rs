//! The `simple` engine: `{{name}}` is replaced, every other byte stays.
//!
//! It is for text that is full of braces. A name is `[A-Za-z_][A-Za-z0-9_]*` with optional blanks
//! around it; any other `{{…}}` is plain text.

use serde_json::Value;

use super::{MAX_OUTPUT, TemplateFault, Use, Variables, offset};
use crate::source::Span;

/// Returns every use of a variable, in order.
#[must_use]
pub fn uses(text: &str) -> Vec<Use> {
    placeholders(text).map(|(name, span)| Use { span, name: name.to_owned() }).collect()
}

/// Replaces every variable by its value: strings as they are, other values as JSON.
///
/// # Errors
/// A variable has no value, or the result is larger than [`MAX_OUTPUT`].
pub fn render(text: &str, variables: &Variables) -> Result<String, TemplateFault> {
    let mut output = String::with_capacity(text.len());
    let mut end = 0;
    for (name, span) in placeholders(text) {
        let value = variables
            .get(name)
            .ok_or_else(|| TemplateFault { message: format!("`{name}` has no value"), span })?;
        output.push_str(text.get(end..span.range().start).unwrap_or_default());
        match value {
            Value::String(text) => output.push_str(text),
            other => output.push_str(&other.to_string()),
        }
        if output.len() > MAX_OUTPUT {
            return Err(TemplateFault { message: too_large(), span });
        }
        end = span.range().end;
    }
    output.push_str(text.get(end..).unwrap_or_default());
    Ok(output)
}

pub(super) fn too_large() -> String {
    format!("the rendered text has more than {MAX_OUTPUT} bytes")
}

fn placeholders(text: &str) -> impl Iterator<Item = (&str, Span)> {
    let mut from = 0;
    std::iter::from_fn(move || {
        loop {
            let start = from + text.get(from..)?.find("{{")?;
            let name = text.get(start + 2..)?.split("}}").next().unwrap_or_default();
            let closed = text.get(start + 2 + name.len()..).is_some_and(|t| t.starts_with("}}"));
            // `{{{a}}}` holds `{{a}}`: go on one brace later where this is no placeholder.
            from = start + 1;
            if closed && is_name(name.trim_matches([' ', '\t'])) {
                from = start + name.len() + 4;
                let span = Span::new(offset(start), offset(from));
                return Some((name.trim_matches([' ', '\t']), span));
            }
        }
    })
}

fn is_name(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
        && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_in_double_braces_are_replaced() {
        let variables =
            Variables::from([("a".to_owned(), "1".into()), ("b".to_owned(), true.into())]);
        let text = "{{a}} {{ b }} {x} {{ not a name }} {{}} {{{a}}} {{";
        assert_eq!(
            render(text, &variables).as_deref(),
            Ok("1 true {x} {{ not a name }} {{}} {1} {{")
        );
        let names: Vec<_> = uses(text).into_iter().map(|u| u.name).collect();
        assert_eq!(names, ["a", "b", "a"]);
    }

    #[test]
    fn a_missing_value_is_a_fault_at_its_place() {
        let fault = render("x {{who}}", &Variables::new()).expect_err("no value");
        assert_eq!((fault.span.start, fault.span.end), (2, 9));
    }
}
