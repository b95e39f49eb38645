//! The `jinja` engine: minijinja with strict undefined, bounded, without includes and macros.
//!
//! The features `multi_template` and `macros` are left out of the build, so `include`, `extends`,
//! `import`, `block` and `macro` are unknown statements: a template cannot read other files.
//! [`super::include`] is the way for fragments; the engine sees their text in place of the tag.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::sync::OnceLock;

use minijinja::machinery::{Token, tokenize};
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, Error, UndefinedBehavior, Value};

use super::simple::too_large;
use super::{MAX_OUTPUT, TemplateFault, Use, Variables, offset};
use crate::source::Span;

/// How many instructions a template may take; a loop over 10,000 rows needs about a tenth of it.
const FUEL: u64 = 1_000_000;

/// Words that are no names.
const RESERVED: [&str; 14] = [
    "and", "else", "false", "False", "if", "in", "is", "none", "None", "not", "or", "self", "true",
    "True",
];

/// Names that the engine itself provides.
const GLOBALS: [&str; 3] = ["dict", "namespace", "range"];

/// Returns every use of a variable that the template does not set itself, in order.
///
/// # Errors
/// The template is no Jinja.
pub fn uses(text: &str) -> Result<Vec<Use>, TemplateFault> {
    if let Some(uses) = plain_uses(text) {
        return Ok(uses);
    }
    let environment = environment();
    let template = environment.template_from_str(text).map_err(|e| fault(&e, text))?;
    let undeclared: BTreeSet<String> = template.undeclared_variables(false).into_iter().collect();
    let undeclared: BTreeSet<&str> =
        undeclared.iter().map(String::as_str).filter(|name| !GLOBALS.contains(name)).collect();
    let mut tokens = Vec::new();
    for token in tokenize(text, false, syntax()) {
        let (token, span) = token.map_err(|e| fault(&e, text))?;
        tokens.push((token, Span::new(span.start_offset, span.end_offset)));
    }
    let mut uses = Vec::new();
    for (at, (token, span)) in tokens.iter().enumerate() {
        let Token::Ident(name) = token else { continue };
        let before = at.checked_sub(1).and_then(|at| tokens.get(at)).map(|(token, _)| token);
        let after = tokens.get(at + 1).map(|(token, _)| token);
        // `a.name` and `|name` are no variables, `name=` is an argument's or a target's name.
        let attribute = matches!(before, Some(Token::Dot | Token::Pipe));
        let named = matches!(after, Some(Token::Assign));
        if undeclared.contains(name) && !attribute && !named {
            uses.push(Use { span: *span, name: (*name).to_owned() });
        }
    }
    Ok(uses)
}

/// Reads a template that holds nothing but `{{ name }}`, which most do, without the engine: that is
/// thirty times faster. `None` leaves the template to the engine.
fn plain_uses(text: &str) -> Option<Vec<Use>> {
    let mut uses = Vec::new();
    let mut rest = text;
    while let Some(brace) = rest.find('{') {
        let here = text.len() - rest.len() + brace;
        let tag = rest.get(brace + 1..)?;
        if tag.starts_with(['%', '#']) {
            return None;
        }
        let Some(inner) = tag.strip_prefix('{') else {
            rest = tag;
            continue;
        };
        let (inside, after) = inner.split_once("}}")?;
        let name = inside.trim_matches([' ', '\t', '\n', '\r']);
        let mut bytes = name.bytes();
        let plain = bytes.next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
            && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if !plain || RESERVED.contains(&name) || GLOBALS.contains(&name) {
            return None;
        }
        let start = here + 2 + inside.find(name)?;
        let span = Span::new(offset(start), offset(start + name.len()));
        uses.push(Use { span, name: name.to_owned() });
        rest = after;
    }
    Some(uses)
}

/// Renders the template; a variable without a value is a fault, even in a condition.
///
/// # Errors
/// The template is no Jinja, fails at run time, takes too many steps, or its result is larger than
/// [`MAX_OUTPUT`].
pub fn render(text: &str, variables: &Variables) -> Result<String, TemplateFault> {
    render_with(environment(), text, variables)
}

/// Renders the template as an engine of this room does.
pub(super) fn render_with(
    environment: &Environment<'_>,
    text: &str,
    variables: &Variables,
) -> Result<String, TemplateFault> {
    let template = environment.template_from_str(text).map_err(|e| fault(&e, text))?;
    let context = Value::from(Serde(variables));
    let mut output = Bounded(Vec::new());
    template.render_captured_to(context, &mut output).map_err(|e| {
        if output.0.len() > MAX_OUTPUT {
            return TemplateFault { message: too_large(), span: Span::default() };
        }
        fault(&e, text)
    })?;
    Ok(String::from_utf8_lossy(&output.0).into_owned())
}

pub(super) fn syntax() -> SyntaxConfig {
    syntax_with(Statements::KeepTheirLine)
}

/// What becomes of a line that holds nothing but a statement.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Statements {
    /// It stays, empty.
    KeepTheirLine,
    /// It goes.
    LeaveNoLine,
}

pub(super) fn syntax_with(statements: Statements) -> SyntaxConfig {
    let trim = statements == Statements::LeaveNoLine;
    let mut builder = SyntaxConfig::builder();
    builder.keep_trailing_newline(true).trim_blocks(trim).lstrip_blocks(trim);
    // Only fails for clashing delimiters; these are the default ones.
    builder.build().unwrap_or_default()
}

/// The engine: made once, since its filters and tests take longer to set up than a template to read.
fn environment() -> &'static Environment<'static> {
    static ENVIRONMENT: OnceLock<Environment<'static>> = OnceLock::new();
    ENVIRONMENT.get_or_init(limited)
}

/// Makes an engine: strict, without includes, with an end to its steps.
pub(super) fn limited() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_syntax(syntax());
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    environment.set_debug(true);
    environment.set_fuel(Some(FUEL));
    environment.set_recursion_limit(100);
    // `debug()` prints every value it can reach.
    environment.remove_global("debug");
    environment
}

fn fault(error: &Error, text: &str) -> TemplateFault {
    let span = error.range().map_or_else(
        || line_span(text, error.line().unwrap_or(1)),
        |range| Span::new(offset(range.start), offset(range.end)),
    );
    let mut message = error.detail().map_or_else(|| error.kind().to_string(), ToOwned::to_owned);
    if message.starts_with("unknown statement") {
        message.push_str(": templates cannot include other files or define macros");
    }
    if error.kind() == minijinja::ErrorKind::OutOfFuel {
        message = format!("the template takes more than {FUEL} steps");
    }
    TemplateFault { message, span }
}

fn line_span(text: &str, line: usize) -> Span {
    let start: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let rest = text.get(start..).unwrap_or_default();
    Span::new(offset(start), offset(start + rest.lines().next().unwrap_or_default().len()))
}

/// A writer that stops at [`MAX_OUTPUT`].
struct Bounded(Vec<u8>);

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.extend_from_slice(bytes);
        if self.0.len() > MAX_OUTPUT {
            return Err(io::Error::other("too large"));
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn names(text: &str) -> Vec<(u32, String)> {
        uses(text).expect("a template").into_iter().map(|u| (u.span.start, u.name)).collect()
    }

    #[test]
    fn uses_are_free_variables_with_their_places() {
        assert_eq!(
            names("{{ question }}{% for s in snippets %}{{ s.title|upper }}{% endfor %}"),
            [(3, "question".to_owned()), (26, "snippets".to_owned())]
        );
        assert_eq!(
            names("{# {{ a }} #}{% raw %}{{ b }}{% endraw %}{% set c = d %}{{ c }}").len(),
            1
        );
        assert_eq!(names("{{ range(3) }}{{ dict(a=b) }}"), [(24, "b".to_owned())]);
    }

    proptest! {
        #[test]
        fn plain_templates_are_read_as_the_engine_reads_them(
            text in "([a-z{} \n]|\\{\\{ ?(a|b_1|true|loop|range|self|is)? ?-?\\}\\}){0,12}"
        ) {
            if let Some(plain) = plain_uses(&text) {
                // A comment makes the same template take the long way.
                let long = uses(&format!("{text}\n{{# x #}}"));
                prop_assert_eq!(long.ok(), Some(plain), "{:?}", text);
            }
        }
    }

    #[test]
    fn rendering_is_strict_and_keeps_the_last_line_end() {
        let variables = Variables::from([("q".to_owned(), json!("<é>"))]);
        assert_eq!(render("a {{ q }}\r\n", &variables).as_deref(), Ok("a <é>\r\n"));
        let fault = render("line\n{{ missing }}", &variables).expect_err("no value");
        assert!(fault.span.start >= 5, "{fault:?}");
        assert!(render("{% if missing %}x{% endif %}", &variables).is_err());
    }

    #[test]
    fn templates_cannot_read_files_or_run_for_ever() {
        let none = Variables::new();
        for text in [
            "{% include 'x' %}",
            "{% extends 'x' %}",
            "{% import 'x' as y %}",
            "{% macro m() %}{% endmacro %}",
            "{{ debug() }}",
            "{{ 'a' * 100000000 }}",
            "{% for a in range(5000) %}{% for b in range(5000) %}x{% endfor %}{% endfor %}",
        ] {
            assert!(render(text, &none).is_err(), "{text}");
        }
    }
}
