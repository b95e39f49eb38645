//! Edits that keep every byte they are not about.

use serde_json::Value;

use super::document::Document;
use super::locate::unescape_pointer;
use super::splice::{Cut, Planned, plan};
use crate::source::SourceFile;

/// One change to a document. Every pointer speaks of the document as it is before the edits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    /// Gives a scalar another text, in the quotes that it has.
    Set {
        /// The scalar.
        pointer: String,
        /// What is to stand there.
        value: Scalar,
    },
    /// Puts an item at the head of a list; several for one list stand in the order of the edits.
    PrependItem {
        /// The list, or a key without a value.
        pointer: String,
        /// The item.
        item: Scalar,
    },
    /// Adds a key behind another key of the same mapping and behind that key's value.
    InsertKeyAfter {
        /// The key in front.
        sibling: String,
        /// The new key.
        key: String,
        /// Its value.
        value: NewValue,
    },
    /// Takes an item out of a list, with the comment in its line.
    RemoveItem {
        /// The item.
        pointer: String,
    },
}

impl Edit {
    /// Returns the pointer that the edit starts from.
    #[must_use]
    pub fn pointer(&self) -> &str {
        match self {
            Self::Set { pointer, .. }
            | Self::PrependItem { pointer, .. }
            | Self::RemoveItem { pointer } => pointer,
            Self::InsertKeyAfter { sibling, .. } => sibling,
        }
    }
}

/// A scalar to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scalar {
    /// A text: whatever it looks like, it reads back as a string.
    Text(String),
}

impl Scalar {
    /// Returns the text.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::Text(text) => text,
        }
    }

    fn value(&self) -> Value {
        Value::String(self.text().to_owned())
    }
}

/// The value of a new key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NewValue {
    /// A scalar.
    Scalar(Scalar),
    /// A mapping, in this order.
    Map(Vec<(String, Scalar)>),
    /// A list.
    List(Vec<Scalar>),
}

impl NewValue {
    fn value(&self) -> Value {
        match self {
            Self::Scalar(scalar) => scalar.value(),
            Self::Map(entries) => {
                Value::Object(entries.iter().map(|(k, v)| (k.clone(), v.value())).collect())
            }
            Self::List(items) => Value::Array(items.iter().map(Scalar::value).collect()),
        }
    }
}

/// Why a document was not edited. Nothing of a refused list of edits is done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditFault {
    /// There is nothing at the pointer.
    #[error("nothing stands at `{pointer}`")]
    Missing {
        /// The pointer.
        pointer: String,
    },
    /// The text also serves other parts of the document.
    #[error("`{pointer}` is shared through an anchor, alias or merge key; edit it by hand")]
    Shared {
        /// The pointer.
        pointer: String,
    },
    /// The value has another form than the edit is made for.
    #[error("`{pointer}` is not {expected}")]
    Form {
        /// The pointer.
        pointer: String,
        /// What was expected.
        expected: &'static str,
    },
    /// The key to be added is there.
    #[error("`{pointer}` is there already")]
    Exists {
        /// The pointer of the key to be added.
        pointer: String,
    },
    /// Two edits want the same bytes.
    #[error("two edits overlap at `{pointer}`")]
    Overlap {
        /// The pointer of the second edit.
        pointer: String,
    },
    /// The new text would not read back as the intended value.
    #[error("the text around `{pointer}` cannot be edited safely; edit it by hand")]
    Unfaithful {
        /// The pointer of the first edit.
        pointer: String,
    },
}

/// Applies edits to the text of a document.
///
/// What no edit is about stays byte for byte: comments, quotes, the order of keys, line ends, a
/// byte order mark. The new text is read again, and returned only where it has exactly the
/// intended value.
///
/// # Errors
/// An [`EditFault`]; then nothing is edited.
pub fn apply(document: &Document, edits: &[Edit]) -> Result<String, EditFault> {
    let mut planned =
        edits.iter().map(|edit| plan(document, edit, edits)).collect::<Result<Vec<_>, _>>()?;
    planned.sort_by_key(|planned| planned.order);
    let mut intended = document.value().clone();
    // From the end of the text to its start: so the pointers of earlier edits stay true.
    for Planned { edit, .. } in planned.iter().rev() {
        intend(&mut intended, edit)?;
    }
    let text = splice(document.source().text(), &planned)?;
    let source = SourceFile::new(document.source().path().clone(), text.clone());
    match Document::parse(source) {
        (Some(edited), _) if *edited.value() == intended => Ok(text),
        _ => Err(EditFault::Unfaithful {
            pointer: edits.first().map(|edit| edit.pointer().to_owned()).unwrap_or_default(),
        }),
    }
}

/// Puts the cuts of all edits into the text.
fn splice(source: &str, planned: &[Planned<'_>]) -> Result<String, EditFault> {
    let mut cuts: Vec<(&Cut, (usize, u8), &Edit)> = planned
        .iter()
        .flat_map(|planned| {
            let rank = planned.order.1;
            planned.cuts.iter().map(move |cut| (cut, (cut.range.start, rank), planned.edit))
        })
        .collect();
    cuts.sort_by_key(|(_, order, _)| *order);
    let mut text = String::with_capacity(source.len() + 256);
    let mut at = 0;
    for (cut, _, edit) in cuts {
        let kept = source.get(at..cut.range.start);
        let pointer = || edit.pointer().to_owned();
        text.push_str(kept.ok_or_else(|| EditFault::Overlap { pointer: pointer() })?);
        text.push_str(&cut.text);
        at = cut.range.end;
    }
    text.push_str(source.get(at..).unwrap_or_default());
    Ok(text)
}

/// Makes the change in the value.
fn intend(value: &mut Value, edit: &Edit) -> Result<(), EditFault> {
    let missing = || EditFault::Missing { pointer: edit.pointer().to_owned() };
    match edit {
        Edit::Set { pointer, value: new } => {
            *value.pointer_mut(pointer).ok_or_else(missing)? = new.value();
        }
        Edit::PrependItem { pointer, item } => {
            let list = value.pointer_mut(pointer).ok_or_else(missing)?;
            match list {
                Value::Array(items) => items.insert(0, item.value()),
                other => *other = Value::Array(vec![item.value()]),
            }
        }
        Edit::InsertKeyAfter { sibling, key, value: new } => {
            let (parent, _) = sibling.rsplit_once('/').ok_or_else(missing)?;
            let map = value.pointer_mut(parent).and_then(Value::as_object_mut);
            map.ok_or_else(missing)?.insert(key.clone(), new.value());
        }
        Edit::RemoveItem { pointer } => {
            let (parent, index) = pointer.rsplit_once('/').ok_or_else(missing)?;
            let list = value.pointer_mut(parent).and_then(Value::as_array_mut);
            let list = list.ok_or_else(missing)?;
            let index = unescape_pointer(index).parse::<usize>().ok().filter(|at| *at < list.len());
            list.remove(index.ok_or_else(missing)?);
        }
    }
    Ok(())
}
