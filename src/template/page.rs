//! Markdown pages: the `jinja` engine, but what a template prints is escaped, so that a page shows
//! foreign text as the words that it is.
//!
//! Only these filters give Markdown: `code`, `date`, `link`, `number`, `percent`, `signed`, `fenced`
//! and, for front matter, `yaml`. There is no way to print a value as it is.

use std::fmt;
use std::sync::{Arc, OnceLock};

use minijinja::value::Object;
use minijinja::{Environment, Error, ErrorKind, Value};

use super::jinja::{Statements, limited, render_with, syntax_with};
use super::{TemplateFault, Variables};
use crate::escape;
use crate::time;

/// Text that is Markdown already. An object, not a "safe" text of the engine: what is joined to
/// it becomes plain text again, and is escaped as a whole.
#[derive(Debug)]
struct Markdown(String);

impl Object for Markdown {
    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn made(markdown: String) -> Value {
    Value::from_object(Markdown(markdown))
}

/// Renders a page; a variable without a value is a fault. Statements that stand alone in a line
/// leave no line behind.
///
/// # Errors
/// As [`super::jinja::render`].
pub fn render(text: &str, variables: &Variables) -> Result<String, TemplateFault> {
    render_with(environment(), text, variables)
}

fn environment() -> &'static Environment<'static> {
    static ENVIRONMENT: OnceLock<Environment<'static>> = OnceLock::new();
    ENVIRONMENT.get_or_init(|| {
        let mut environment = limited();
        environment.set_syntax(syntax_with(Statements::LeaveNoLine));
        environment.set_formatter(|out, _, value| {
            if let Some(markdown) = value.downcast_object_ref::<Markdown>() {
                return out.write_str(&markdown.0).map_err(Error::from);
            }
            let text = value.to_string();
            let plain = value.is_integer();
            out.write_str(&if plain { text } else { words(&text) }).map_err(Error::from)
        });
        // These would promise what they do not do here.
        for filter in ["safe", "escape", "e", "tojson", "urlencode"] {
            environment.remove_filter(filter);
        }
        environment.add_filter("code", |value: Value| made(code(&value.to_string())));
        environment.add_filter("date", |value: Value| date(&value.to_string()).map(made));
        environment.add_filter("fenced", |value: Value, language: Option<String>| {
            let language = language.unwrap_or_default();
            made(escape::fenced(&language, &value.to_string()).trim_end().to_owned())
        });
        environment
            .add_filter("link", |value: Value, to: String| made(link(&value.to_string(), &to)));
        environment.add_filter("number", |value: f64| made(number(value)));
        environment
            .add_filter("percent", |value: f64| made(format!("{} %", number(value * 100.0))));
        environment.add_filter("signed", |value: f64| {
            made(if value > 0.0 { format!("+{}", number(value)) } else { number(value) })
        });
        environment.add_filter("yaml", |value: Value| made(yaml(&value)));
        environment
    })
}

/// Writes a text as the words that it is; names in backticks, as messages have them, are code.
fn words(text: &str) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    let inner = parts.get(1..parts.len().saturating_sub(1)).unwrap_or_default();
    // An odd backtick names nothing, and code without a gap between would run into one.
    if parts.len().is_multiple_of(2) || inner.iter().any(|part| part.is_empty()) {
        return spaced(text);
    }
    let part =
        |(at, part): (usize, &&str)| if at.is_multiple_of(2) { spaced(part) } else { code(part) };
    parts.iter().enumerate().map(part).collect()
}

/// Writes prose with the blanks around it, for what is printed may be part of a sentence.
fn spaced(text: &str) -> String {
    let blank = |has: bool| if has { " " } else { "" };
    let prose = escape::prose(text);
    if prose.is_empty() {
        return blank(!text.is_empty()).to_owned();
    }
    let around = (text.starts_with(char::is_whitespace), text.ends_with(char::is_whitespace));
    [blank(around.0), &prose, blank(around.1)].concat()
}

/// Writes a text as code. Code knows no escapes, so a text that could end it, or a table's cell,
/// is written as words.
fn code(text: &str) -> String {
    let fits = !text.is_empty()
        && text.trim() == text
        && !text.contains(['`', '|'])
        && !text.contains(escape::is_dangerous);
    if fits { format!("`{text}`") } else { escape::prose(text) }
}

/// Writes a link to a file; a target that is more than a plain path is not linked.
fn link(text: &str, to: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
    // A path that starts with two slashes names a host.
    if to.is_empty() || to.starts_with("//") || !to.chars().all(plain) {
        return code(text);
    }
    format!("[{}]({to})", code(text))
}

/// Writes a day, or the day of a moment.
fn date(text: &str) -> Result<String, Error> {
    let day = text.get(..10).unwrap_or(text);
    match time::days(day) {
        Some(_) => Ok(day.to_owned()),
        None => {
            Err(Error::new(ErrorKind::InvalidOperation, "`date` takes a day such as 2026-11-25"))
        }
    }
}

/// Writes a number with four digits that count, and no zeros at the end.
fn number(value: f64) -> String {
    if !value.is_finite() {
        return "none".to_owned();
    }
    let magnitude = if value == 0.0 { 0.0 } else { value.abs().log10().floor() };
    let decimals = [(3.0, 0), (2.0, 1), (1.0, 2), (0.0, 3), (-1.0, 4), (-2.0, 5)];
    let decimals = decimals.iter().find(|(from, _)| magnitude >= *from).map_or(6, |(_, d)| *d);
    let text = format!("{value:.decimals$}");
    let text =
        if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// Writes a value for YAML: texts in double quotes, lists in brackets. JSON is YAML.
fn yaml(value: &Value) -> String {
    if let Some(text) = value.as_str() {
        return serde_json::Value::String(escape::line(text)).to_string();
    }
    if value.is_none() {
        return "null".to_owned();
    }
    match value.try_iter() {
        Ok(items) => format!("[{}]", items.map(|item| yaml(&item)).collect::<Vec<_>>().join(", ")),
        Err(_) => yaml(&Value::from(value.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use pulldown_cmark::{Event, Options, Parser};
    use serde_json::json;

    use super::*;

    fn page(text: &str, value: serde_json::Value) -> Result<String, TemplateFault> {
        render(text, &Variables::from([("v".to_owned(), value)]))
    }

    #[test]
    fn what_a_template_prints_is_escaped_and_what_it_says_is_not() {
        let cases = [
            ("**{{ v }}**", json!("a*b"), "**a\\*b**"),
            ("{{ v }}", json!("the `a_*` of `b`"), "the `a_*` of `b`"),
            ("{{ v }}", json!("`a` - `|`"), "`a` \\- \\|"),
            ("{{ v }}", json!("`a``b`"), "\\`a\\`\\`b\\`"),
            ("{{ v }}", json!("an odd ` *"), "an odd \\` \\*"),
            ("a{{ v }}", json!(" (b) "), "a (b) "),
            ("{{ v|code }}", json!("a*b"), "`a*b`"),
            ("{{ v|code }}", json!("a`b"), "a\\`b"),
            ("{{ v|code }}", json!("a|b"), "a\\|b"),
            ("{{ v|code ~ v }}", json!("@a"), "`@a`@&#8203;a"),
            ("{{ v|code ~ '*' }}", json!("|"), "\\\\\\|\\*"),
            ("{{ [v|code]|join(', ') }}", json!("*"), "`*`"),
            ("{{ v|upper }}", json!("<b>"), "&lt;B&gt;"),
            ("{% set x %}{{ v }}{% endset %}{{ x }}", json!("a_"), "a\\\\\\_"),
            ("{{ v|link('a/b.md') }}", json!("b"), "[`b`](a/b.md)"),
            ("{{ v|link('javascript:x') }}", json!("b"), "`b`"),
            ("{{ v|link('//e/b') }}", json!("b"), "`b`"),
            ("{{ v }} {{ v|number }}", json!(12), "12 12"),
            ("{{ v|yaml }}", json!("a\"\u{1b}: b"), "\"a\\\"\\\\u{1b}: b\""),
            ("{{ v|yaml }}", json!(["a", "b]"]), "[\"a\", \"b]\"]"),
            ("{{ v|yaml }}", json!(null), "null"),
            ("{{ v|date }}", json!("2026-11-25T01:02:03Z"), "2026-11-25"),
            ("{{ v|fenced }}", json!("```"), "````\n```\n````"),
            ("{{ v|fenced('sh') }}", json!("a_*"), "```sh\na_*\n```"),
            ("a\n{% if v %}\n  b\n{% endif %}\nc\n", json!(true), "a\n  b\nc\n"),
        ];
        for (text, value, expected) in cases {
            assert_eq!(page(text, value).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn numbers_have_four_digits_that_count() {
        let cases = [
            (0.0, "0"),
            (-0.000_000_1, "0"),
            (0.833_333, "0.8333"),
            (4.25, "4.25"),
            (1180.44, "1180"),
            (-0.012_345, "-0.01235"),
            (0.000_12, "0.00012"),
            (100.0, "100"),
            (f64::NAN, "none"),
        ];
        for (value, expected) in cases {
            assert_eq!(number(value), expected, "{value}");
        }
        assert_eq!(page("{{ v|percent }}", json!(0.125)).as_deref(), Ok("12.5 %"));
        assert_eq!(page("{{ v|signed }}{{ -v|signed }}", json!(0.5)).as_deref(), Ok("+0.5-0.5"));
    }

    #[test]
    fn a_faulty_template_is_refused_at_its_place() {
        for text in [
            "a\n{{ w }}",
            "a\n{{ v|safe }}",
            "a\n{{ v|escape }}",
            "a\n{% include 'x' %}",
            "a\n{{ v|date }}",
            "a\n{{ v",
            "a\n{% for a in range(5000) %}{% for b in range(5000) %}x{% endfor %}{% endfor %}",
        ] {
            let fault = page(text, json!("x")).expect_err("a fault");
            assert!(fault.span.start >= 2, "{text}: {fault:?}");
        }
        assert!(page("{{ v * 100000000 }}", json!("x")).is_err());
    }
    proptest! {
        #[test]
        fn whatever_is_printed_is_words_or_code(text in r"[`@#<>&!|*_~\[\](){}$:./\\%=+^a-c1-2 -]{0,24}") {
            let options = Options::all() - Options::ENABLE_SMART_PUNCTUATION;
            let page = format!("| x |\n| - |\n| y{}z |\n", words(&text));
            let mut seen = String::new();
            let mut structure = 0;
            for event in Parser::new_ext(&page, options) {
                match event {
                    Event::Text(part) | Event::Code(part) => seen.push_str(&part),
                    _ => structure += 1,
                }
            }
            // A table with a head and a row of one cell each.
            prop_assert_eq!(structure, 10, "{}", page);
            // `::` gets a backslash at the start of each part.
            let bare = |text: &str| text.replace(['`', ' ', '\\', '\u{200b}'], "");
            prop_assert_eq!(bare(&seen), bare(&format!("xy{}z", escape::line(&text))), "{}", page);
        }
    }
}
