//! One record in the place of another: the front matter says so on both sides, and nothing else
//! changes, because what was decided stays as it was decided.

use serde_json::Value;

use super::read::{Decision, front_matter, line_end, parse, read};
use crate::source::SourceFile;
use crate::yaml::{self, Edit, EditFault, NewValue, Scalar};

/// Why a record does not take the place of another.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SupersedeFault {
    /// Another record has taken the place already.
    #[error("it is superseded by `{by}` already")]
    Already {
        /// The other record.
        by: String,
    },
    /// The record that is to take the place is replaced by the other one.
    #[error("it is itself superseded by that record")]
    Circle,
    /// The front matter cannot be read.
    #[error("its front matter cannot be read: {0}")]
    Unreadable(String),
    /// The front matter cannot be edited.
    #[error("its front matter cannot be edited: {0}")]
    Edit(#[from] EditFault),
}

/// Says in a record that another one took its place; `None` where it says so already.
///
/// # Errors
/// A third record took the place, or the front matter is no YAML.
pub fn replaced_by(old: &SourceFile, new_name: &str) -> Result<Option<String>, SupersedeFault> {
    let decision = readable(old)?;
    match decision.superseded_by() {
        Some(by) if by == new_name => return Ok(None),
        Some(by) => return Err(SupersedeFault::Already { by: by.to_owned() }),
        None => {}
    }
    let value = Scalar::Text(format!("superseded by {new_name}"));
    let there = Edit::Set { pointer: "/status".to_owned(), value: value.clone() };
    write(old, "status", there, &NewValue::Scalar(value)).map(Some)
}

/// Says in a record that it takes the place of another one; `None` where it says so already.
///
/// # Errors
/// The other record took the place of this one, or the front matter is no YAML.
pub fn replace(new: &SourceFile, old_name: &str) -> Result<Option<String>, SupersedeFault> {
    let decision = readable(new)?;
    if decision.superseded_by() == Some(old_name) {
        return Err(SupersedeFault::Circle);
    }
    if decision.supersedes.iter().any(|name| name == old_name) {
        return Ok(None);
    }
    let item = Scalar::Text(old_name.to_owned());
    let there = Edit::PrependItem { pointer: "/supersedes".to_owned(), item: item.clone() };
    write(new, "supersedes", there, &NewValue::List(vec![item])).map(Some)
}

fn readable(file: &SourceFile) -> Result<Decision, SupersedeFault> {
    let decision = read(file);
    match decision.fault {
        Some(fault) => Err(SupersedeFault::Unreadable(fault)),
        None => Ok(decision),
    }
}

/// Writes a key of the front matter: by `there` where it has the key, else with `fresh`.
fn write(
    file: &SourceFile,
    key: &str,
    there: Edit,
    fresh: &NewValue,
) -> Result<String, SupersedeFault> {
    let text = file.text();
    let end = line_end(text);
    let line = || format!("{key}: {}{end}", flow(fresh));
    let Some(front) = front_matter(text) else {
        let mark = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        let block = format!("---{end}{}---{end}{end}", line());
        return Ok(inserted(text, mark, &block));
    };
    let (document, _) = parse(file, text, front.clone());
    let unreadable = |what: &str| SupersedeFault::Unreadable(what.to_owned());
    let document = document.ok_or_else(|| unreadable("it is no YAML"))?;
    let edit = match document.value() {
        Value::Null => return Ok(inserted(text, front.start, &line())),
        Value::Object(keys) if keys.contains_key(key) => there,
        Value::Object(keys) => {
            let sibling = ["status", "date"].into_iter().find(|known| keys.contains_key(*known));
            let sibling = sibling.or_else(|| keys.keys().next().map(String::as_str));
            Edit::InsertKeyAfter {
                sibling: format!("/{}", yaml::escape_pointer(sibling.unwrap_or_default())),
                key: key.to_owned(),
                value: fresh.clone(),
            }
        }
        _ => return Err(unreadable("it is no mapping")),
    };
    let edited = yaml::apply(&document, &[edit])?;
    let edited = edited.strip_prefix(end).unwrap_or(&edited);
    let around = (text.get(..front.start), text.get(front.end..));
    let (before, after) = (around.0.unwrap_or_default(), around.1.unwrap_or_default());
    Ok([before, edited, after].concat())
}

fn inserted(text: &str, at: usize, new: &str) -> String {
    let (before, after) = text.split_at(at);
    [before, new, after].concat()
}

/// Writes a value in one line. JSON is YAML.
fn flow(value: &NewValue) -> String {
    let texts = |items: &[Scalar]| -> Vec<Value> {
        items.iter().map(|item| Value::String(item.text().to_owned())).collect()
    };
    match value {
        NewValue::Scalar(item) => Value::String(item.text().to_owned()).to_string(),
        NewValue::List(items) => Value::Array(texts(items)).to_string(),
        NewValue::Map(entries) => Value::Object(
            entries.iter().map(|(key, item)| (key.clone(), item.text().into())).collect(),
        )
        .to_string(),
    }
}
