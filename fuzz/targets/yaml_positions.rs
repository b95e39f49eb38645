//! Reads any bytes and asks for the place of every value.
#![no_main]

use keelmark::finding::Place;
use keelmark::path::RepoPath;
use keelmark::source::{SourceFile, Span};
use keelmark::yaml::{Document, decode};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(|bytes: &[u8]| {
    let source = match decode(&RepoPath::from("fuzz.yaml"), None, bytes.to_vec()) {
        Ok(source) => source,
        Err(finding) => return check_place(&finding.place),
    };
    let (document, findings) = Document::parse(source.clone());
    for finding in &findings {
        check_place(&finding.place);
        finding.related.iter().for_each(|related| check_place(&related.place));
    }
    assert!(document.is_some() || !findings.is_empty(), "nothing is said");
    if let Some(document) = document {
        check_value(&document, document.value(), &mut String::new());
        let _ = document.locate(source.text());
    }
});

fn check_place(place: &Place) {
    check_span(&place.file, place.span);
    let _ = place.file.position(place.span.start);
}

fn check_span(source: &SourceFile, span: Span) {
    assert!(source.text().get(span.range()).is_some(), "{span:?} is not in the text");
}

fn check_value(document: &Document, value: &Value, pointer: &mut String) {
    let located = document.locate(pointer);
    assert!(located.found, "{pointer:?} is not found");
    let spans = [Some(located.value), located.key, located.via];
    spans.into_iter().flatten().for_each(|span| check_span(document.source(), span));
    let is_collection = value.is_array() || value.is_object();
    let is_scalar = !is_collection && !pointer.is_empty();
    assert!(!is_scalar || document.raw(pointer).is_some(), "{pointer:?} has no text");
    check_place(&document.place(pointer));
    check_place(&document.key_place(pointer));
    let length = pointer.len();
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate().take(64) {
                pointer.push_str(&format!("/{index}"));
                check_value(document, item, pointer);
                pointer.truncate(length);
            }
        }
        Value::Object(map) => {
            for (key, item) in map.iter().take(64) {
                pointer.push('/');
                pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
                check_value(document, item, pointer);
                pointer.truncate(length);
            }
        }
        _ => {}
    }
}
