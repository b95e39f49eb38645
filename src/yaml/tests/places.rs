//! Where things stand.

use super::{MISSION, document, source};
use crate::finding::Place;
use crate::yaml::{Document, Located};

fn slices(text: &str, pointer: &str) -> (Option<String>, String, Option<String>, bool) {
    let document = document(text);
    let Located { key, value, via, found } = document.locate(pointer);
    let slice = |span| document.source().slice(span).to_owned();
    (key.map(slice), slice(value), via.map(slice), found)
}

#[test]
fn values_and_keys_are_found_in_every_style() {
    // Text, pointer, key, value, via.
    let cases = [
        (MISSION, "/version", "version", "2.3.0", ""),
        (MISSION, "/schema/inputs/2", "", "\"question\"", ""),
        (MISSION, "/links/eval_run", "eval_run", "\"ci-runs/2025-09-05_#412\"", ""),
        (
            MISSION,
            "/policies",
            "policies",
            "requires_citations: true\n  safety_profile: \"standard_level2\"",
            "",
        ),
        ("\u{feff}id: a # b\r\nv: 'x y' # z\r\n", "/v", "v", "'x y'", ""),
        ("\u{feff}id: a # b\r\n", "/id", "id", "a", ""),
        ("\"k\" : \"a\\\"b\" # c\n", "/k", "\"k\"", "\"a\\\"b\"", ""),
        ("a: plain text   # c\n", "/a", "a", "plain text", ""),
        ("a: two\n  lines\nb: 1\n", "/a", "a", "two\n  lines", ""),
        ("a: |\n  x\n  y\n\nb: 1\n", "/a", "a", "|\n  x\n  y", ""),
        ("a: >2-  # c | d\n   x\n# e\nb: 1\n", "/a", "a", ">2-  # c | d\n   x", ""),
        ("a: # d > e\n  |+\n  x\n\n\nb: 1\n", "/a", "a", "|+\n  x", ""),
        ("- &é |\n x\n- !!str >\n y\n", "/0", "", "|\n x", ""),
        ("- &é |\n x\n- !!str >\n y\n", "/1", "", ">\n y", ""),
        ("a: &x !!str v\n", "/a", "a", "v", ""),
        ("é: [ü, ö]\n", "/é/1", "", "ö", ""),
        ("a/b: 1\n", "/a~1b", "a/b", "1", ""),
        ("'~x': {'': 1}\n", "/~0x/", "''", "1", ""),
        ("a: [[1, 2], {b: [3]}]\n", "/a/1/b/0", "", "3", ""),
        ("a: {b: 1, c: [ 1 ] }\n", "/a", "a", "{b: 1, c: [ 1 ] }", ""),
        ("a: [b: 1]\n", "/a/0", "", "b: 1", ""),
        ("a:\n- - 1\n  - 2\n", "/a/0", "", "- 1\n  - 2", ""),
        ("? a\n: b\n", "/a", "a", "b", ""),
        ("b: &x {k: 1}\na: *x\n", "/a", "a", "{k: 1}", "*x"),
        ("b: &x {k: 1}\na: *x\n", "/a/k", "k", "1", "*x"),
        ("b: &x {k: 1}\na: *x\n", "/b/k", "k", "1", ""),
        ("b: &x {k: &y [1]}\na: *x\nc: {<<: *x}\n", "/c/k/0", "", "1", "*x"),
        ("b: &x {k: 1}\na:\n  <<: *x\n  k: 2\n", "/a/k", "k", "2", ""),
        ("b: &x {k: 1}\na:\n  <<: [{l: 3}, *x]\n", "/a/k", "k", "1", "[{l: 3}, *x]"),
        ("<<: {k: 1}\n", "/k", "k", "1", "{k: 1}"),
        ("!!map\na: 1\n", "/a", "a", "1", ""),
        ("--- # c\na: 1\n...\n", "/a", "a", "1", ""),
        ("7\n", "", "", "7", ""),
    ];
    for (text, pointer, key, value, via) in cases {
        let found = slices(text, pointer);
        let text_or_none = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let expected = (text_or_none(key), value.to_owned(), text_or_none(via), true);
        assert_eq!(found, expected, "{text:?} {pointer}");
    }
}

#[test]
fn a_missing_value_is_the_deepest_one_above_it() {
    let text = "a: {b: [1, 2]}\nc: x\n";
    let cases = [
        ("/a/z", Some("a"), "{b: [1, 2]}"),
        ("/a/b/2", Some("b"), "[1, 2]"),
        ("/a/b/01", Some("b"), "[1, 2]"),
        ("/a/b/-", Some("b"), "[1, 2]"),
        ("/a/b/x/y", Some("b"), "[1, 2]"),
        ("/c/0", Some("c"), "x"),
        ("/z", None, "a: {b: [1, 2]}\nc: x"),
        ("z", None, "a: {b: [1, 2]}\nc: x"),
    ];
    for (pointer, key, value) in cases {
        let found = slices(text, pointer);
        assert_eq!(found, (key.map(str::to_owned), value.to_owned(), None, false), "{pointer}");
    }
    let empty = document("");
    assert!(empty.locate("").found);
    assert!(!empty.locate("/a").found);
}

#[test]
fn of_equal_keys_the_first_is_found() {
    let (document, _) = Document::parse(source("a: 1\na: 2\n"));
    assert_eq!(document.expect("usable").raw("/a"), Some("1"));
}

#[test]
fn an_empty_value_is_shown_by_its_key() {
    let document = document("a: 1\nowner:\nlist:\n  -\n");
    let shown = |place: Place| place.file.slice(place.span).to_owned();
    assert_eq!(shown(document.place("/owner")), "owner");
    assert_eq!(shown(document.key_place("/owner")), "owner");
    assert_eq!(shown(document.place("/a")), "1");
    assert_eq!(shown(document.key_place("/a")), "a");
    assert_eq!(document.place("/a").pointer, "/a");
}

#[test]
fn raw_text_keeps_what_the_number_loses() {
    let document = document("v: 1.10\nq: \"2.0\"\nm: {a: 1}\nr: &r 0x10\ns: *r\ne:\n");
    assert_eq!(document.raw("/v"), Some("1.10"));
    assert_eq!(document.raw("/q"), Some("\"2.0\""));
    assert_eq!(document.raw("/m"), None);
    assert_eq!(document.raw("/s"), Some("0x10"));
    assert_eq!(document.raw("/e"), Some(""));
    assert_eq!(document.raw("/nowhere"), None);
}
