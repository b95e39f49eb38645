//! Edits any document: either it is refused, or the new text has the intended value.
//!
//! The first line of the input is the edit: a byte for its kind, a byte for which value, and the
//! new text. The other lines are the document.
#![no_main]

use keelmark::path::RepoPath;
use keelmark::source::SourceFile;
use keelmark::yaml::{Document, Edit, NewValue, Scalar, apply};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(|input: &str| {
    let Some((edit, text)) = input.split_once('\n') else { return };
    let &[kind, which, ..] = edit.as_bytes() else { return };
    let Some(new) = edit.get(2..) else { return };
    let Some(document) = parse(text) else { return };
    let mut pointers = Vec::new();
    collect(document.value(), String::new(), &mut pointers);
    let Some(pointer) = pointers.get(usize::from(which) % pointers.len().max(1)) else { return };
    let pointer = pointer.clone();
    let item = Scalar::Text(new.to_owned());
    let as_value = Value::String(new.to_owned());
    let mut intended = document.value().clone();
    let parent = || pointer.rsplit_once('/').map(|(parent, last)| (parent.to_owned(), last));
    let edit = match kind % 4 {
        0 => {
            if let Some(value) = intended.pointer_mut(&pointer) {
                *value = as_value;
            }
            Edit::Set { pointer: pointer.clone(), value: item }
        }
        1 => {
            match intended.pointer_mut(&pointer) {
                Some(Value::Array(items)) => items.insert(0, as_value),
                Some(other) => *other = Value::Array(vec![as_value]),
                None => {}
            }
            Edit::PrependItem { pointer: pointer.clone(), item }
        }
        2 => {
            let Some((parent, _)) = parent() else { return };
            if let Some(Value::Object(map)) = intended.pointer_mut(&parent) {
                map.insert(new.to_owned(), Value::Array(vec![as_value]));
            }
            let value = NewValue::List(vec![item]);
            Edit::InsertKeyAfter { sibling: pointer.clone(), key: new.to_owned(), value }
        }
        _ => {
            let Some((parent, last)) = parent() else { return };
            if let (Some(Value::Array(items)), Ok(index)) =
                (intended.pointer_mut(&parent), last.parse::<usize>())
            {
                items.remove(index);
            }
            Edit::RemoveItem { pointer: pointer.clone() }
        }
    };
    let Ok(after) = apply(&document, std::slice::from_ref(&edit)) else { return };
    let edited = parse(&after).expect("an edited text reads");
    assert_eq!(*edited.value(), intended, "{edit:?}\n{text:?}\n{after:?}");
    if matches!(edit, Edit::Set { .. }) {
        let span = document.locate(&pointer).value.range();
        if !span.is_empty() {
            assert!(after.starts_with(&text[..span.start]) && after.ends_with(&text[span.end..]));
        }
    }
    if matches!(edit, Edit::PrependItem { .. } | Edit::InsertKeyAfter { .. }) {
        let added = after.len() - text.len();
        let same = text.bytes().zip(after.bytes()).take_while(|(a, b)| a == b).count();
        let rest = &text.as_bytes()[same..];
        assert!(after.as_bytes()[same + added..] == *rest, "{text:?}\n{after:?}");
    }
});

fn parse(text: &str) -> Option<Document> {
    Document::parse(SourceFile::new(RepoPath::from("fuzz.yaml"), text.to_owned())).0
}

fn collect(value: &Value, pointer: String, into: &mut Vec<String>) {
    match value {
        Value::Array(items) => items
            .iter()
            .enumerate()
            .take(32)
            .for_each(|(index, item)| collect(item, format!("{pointer}/{index}"), into)),
        Value::Object(map) => map.iter().take(32).for_each(|(key, item)| {
            let key = key.replace('~', "~0").replace('/', "~1");
            collect(item, format!("{pointer}/{key}"), into);
        }),
        _ => {}
    }
    into.push(pointer);
}
