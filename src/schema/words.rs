//! How values, types and pointers are put into words.

use serde_json::Value;

use crate::escape;
use crate::yaml::{escape_pointer, unescape_pointer};

/// The most characters of a value that a message shows.
const SHOWN: usize = 60;

/// Cuts a text to one short line.
pub(super) fn cut(text: &str) -> String {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let line = line.trim();
    if line.chars().count() <= SHOWN {
        return line.to_owned();
    }
    let head: String = line.chars().take(SHOWN - 1).collect();
    format!("{}…", head.trim_end())
}

/// Says what a value is; `raw` is how a number was written.
pub(super) fn found(value: &Value, raw: Option<&str>) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Bool(value) => format!("`{value}`"),
        Value::Number(number) => {
            format!("the number `{}`", cut(raw.unwrap_or(&number.to_string())))
        }
        Value::String(text) if text.is_empty() => "an empty text".to_owned(),
        Value::String(text) => format!("the text `{}`", cut(text)),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "a map".to_owned(),
    }
}

/// Shows a value as one would write it; long ones are cut.
pub(super) fn literal(value: &Value) -> String {
    match value {
        Value::String(text) if is_plain(text) => cut(text),
        Value::Array(_) | Value::Object(_) => cut(&flow(value)),
        other => cut(&other.to_string()),
    }
}

/// Writes a value in YAML's flow style.
fn flow(value: &Value) -> String {
    match value {
        Value::Array(items) => {
            format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", "))
        }
        Value::Object(map) => {
            let pairs: Vec<String> =
                map.iter().map(|(key, value)| format!("{key}: {}", flow(value))).collect();
            format!("{{{}}}", pairs.join(", "))
        }
        Value::String(text) if is_plain(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Says whether a text may stand in YAML without quotes.
fn is_plain(text: &str) -> bool {
    let letters = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '/' | '@' | '-');
    let first = text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '.' || c == '/');
    first
        && text.chars().all(letters)
        && text.parse::<f64>().is_err()
        && !matches!(text.to_ascii_lowercase().as_str(), "true" | "false" | "null" | "yes" | "no")
}

/// Says what a JSON Schema type is called.
pub(super) fn type_word(name: &str) -> &'static str {
    match name {
        "null" => "null",
        "boolean" => "`true` or `false`",
        "integer" => "a whole number",
        "number" => "a number",
        "string" => "a string",
        "array" => "a list",
        "object" => "a map",
        _ => "another value",
    }
}

/// Joins words with commas and `or`.
pub(super) fn alternatives(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [head @ .., last] => format!("{} or {last}", head.join(", ")),
    }
}

/// Writes a JSON pointer as people say it: `schema.inputs[2]`.
pub(super) fn path(pointer: &str) -> String {
    let mut path = String::new();
    for segment in pointer.split('/').skip(1) {
        let segment = unescape_pointer(segment);
        if segment.bytes().all(|b| b.is_ascii_digit()) && !segment.is_empty() {
            path.extend(["[", &segment, "]"]);
        } else {
            if !path.is_empty() {
                path.push('.');
            }
            path.push_str(&segment);
        }
    }
    cut(&path)
}

/// Appends a key to a JSON pointer.
pub(super) fn child(pointer: &str, key: &str) -> String {
    format!("{pointer}/{}", escape_pointer(key))
}

/// Returns the pointer of the value that holds the one at `pointer`.
pub(super) fn parent(pointer: &str) -> &str {
    pointer.rsplit_once('/').map_or("", |(head, _)| head)
}

/// Finds the candidate that was most likely meant; `None` where none is near.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let bare = |text: &str| text.replace(['-', '_', ' '], "").to_lowercase();
    let word = bare(word);
    let limit = match word.chars().count() {
        0 => return None,
        1..=3 => 1,
        4..=8 => 2,
        _ => 3,
    };
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&word, &bare(candidate)), candidate))
        .filter(|(distance, candidate)| *distance <= limit && *distance < bare(candidate).len())
        .min()
        .map(|(_, candidate)| candidate)
}

/// Asks whether the nearest candidate was meant; `None` where none is near.
pub fn meant<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(word, candidates).map(|near| format!("did you mean `{}`?", escape::line(near)))
}

/// Asks whether the nearest candidate was meant, and says what there is, in the words of `all`.
pub fn meant_among<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
    all: String,
) -> String {
    match meant(word, candidates) {
        Some(question) => format!("{question} {all}"),
        None => all,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_found_only_when_it_is_near() {
        let keys = ["temperature", "top_p", "seed", "rollback_to", "id"];
        let cases = [
            ("temprature", Some("temperature")),
            ("Temperature", Some("temperature")),
            ("rollbackTo", Some("rollback_to")),
            ("top-p", Some("top_p")),
            ("sead", Some("seed")),
            ("colour", None),
            ("x", None),
            ("", None),
        ];
        for (word, expected) in cases {
            assert_eq!(nearest(word, keys), expected, "{word}");
        }
        let asked = |word| meant_among(word, keys, "keys are: `seed`".to_owned());
        assert_eq!(asked("sead"), "did you mean `seed`? keys are: `seed`");
        assert_eq!(asked("colour"), "keys are: `seed`");
    }

    #[test]
    fn values_are_shown_on_one_short_line() {
        let long = Value::String("a\nb".repeat(80));
        assert!(found(&long, None).chars().count() < 80);
        assert!(!found(&long, None).contains('\n'));
        assert_eq!(literal(&serde_json::json!({"a": ["b", "1"]})), "{a: [b, \"1\"]}");
        assert_eq!(path("/schema/inputs/2/a~1b"), "schema.inputs[2].a/b");
    }
}
