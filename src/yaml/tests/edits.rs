//! Single edits, byte for byte.

use super::{MISSION, document, prepend, remove, set, source, text};
use crate::yaml::{Document, Edit, EditFault, NewValue, apply};

/// Applies one edit and expects one text.
fn expect(before: &str, edit: Edit, after: &str) {
    let edits = [edit];
    let result = apply(&document(before), &edits);
    assert_eq!(result.as_deref(), Ok(after), "{before:?} {edits:?}");
}

fn refuse(before: &str, edit: Edit) -> EditFault {
    let edits = [edit];
    let result = apply(&document(before), &edits);
    result.expect_err(&format!("{before:?} {edits:?}"))
}

fn insert(sibling: &str, key: &str, value: NewValue) -> Edit {
    Edit::InsertKeyAfter { sibling: sibling.to_owned(), key: key.to_owned(), value }
}

fn scalar(value: &str) -> NewValue {
    NewValue::Scalar(text(value))
}

const DIGEST: &str = "12e4567890123456789012345678901234567890123456789012345678901234";

#[test]
fn a_bump_changes_its_lines_and_nothing_else() {
    let edits = [
        set("/version", "2.4.0"),
        prepend("/changelog", "2.4.0: friendlier"),
        set("/checksums/prompt_template_sha256", DIGEST),
    ];
    let expected = MISSION
        .replace("version: 2.3.0", "version: 2.4.0")
        .replace("changelog:\n", "changelog:\n  - \"2.4.0: friendlier\"\n")
        .replace("<hash>", DIGEST);
    assert_eq!(apply(&document(MISSION), &edits), Ok(expected.clone()));
    let crlf = MISSION.replace('\n', "\r\n");
    let windows = format!("\u{feff}{}", crlf.trim_end());
    let after = format!("\u{feff}{}", expected.replace('\n', "\r\n").trim_end());
    assert_eq!(apply(&document(&windows), &edits), Ok(after));
}

#[test]
fn no_edit_gives_the_same_text() {
    assert_eq!(apply(&document(MISSION), &[]), Ok(MISSION.to_owned()));
}

#[test]
fn a_scalar_keeps_its_quotes() {
    let cases = [
        ("v: 2.3.0 # c\n", "2.4.0", "v: 2.4.0 # c\n"),
        ("v: '2.3.0' # c\n", "2.4.0", "v: '2.4.0' # c\n"),
        ("v: \"2.3.0\" # c\n", "2.4.0", "v: \"2.4.0\" # c\n"),
        ("v: 'x'\n", "it's", "v: 'it''s'\n"),
        ("v: 'x'\n", "a\nb", "v: \"a\\nb\"\n"),
        ("v: 'x'\n", "a\u{202e}b", "v: \"a\\u202eb\"\n"),
        ("v: \"x\"\n", "a\"\\\u{1}\u{85}\u{1f600}é", "v: \"a\\\"\\\\\\u0001\\u0085\u{1f600}é\"\n"),
        ("v: x\n", "1.10", "v: \"1.10\"\n"),
        ("v: 1.10\n", "1.11.0", "v: 1.11.0\n"),
        ("v: x\n", "true", "v: \"true\"\n"),
        ("v: x\n", "no", "v: \"no\"\n"),
        ("v: x\n", "2025_09", "v: \"2025_09\"\n"),
        ("v: x\n", "2025-09-01", "v: \"2025-09-01\"\n"),
        ("v: x\n", "1:30", "v: \"1:30\"\n"),
        ("v: x\n", ".inf", "v: \".inf\"\n"),
        ("v: x\n", "", "v: \"\"\n"),
        ("v: x\n", " y", "v: \" y\"\n"),
        ("v: x\n", "a: b", "v: \"a: b\"\n"),
        ("v: x\n", "a:", "v: \"a:\"\n"),
        ("v: x\n", "a #b", "v: \"a #b\"\n"),
        ("v: x\n", "- a", "v: \"- a\"\n"),
        ("v: x\n", "*a", "v: \"*a\"\n"),
        ("v: x\n", "a, b", "v: \"a, b\"\n"),
        ("v: x\n", "...", "v: \"...\"\n"),
        ("v: x\n", "support-ops/a b", "v: support-ops/a b\n"),
        ("v: x\n", "prompt/a@1.0.0", "v: prompt/a@1.0.0\n"),
        (
            "v: <hash>\n",
            DIGEST,
            "v: \"12e4567890123456789012345678901234567890123456789012345678901234\"\n",
        ),
        (
            "v: <hash>\n",
            "abcdefabcdefabcdefabcdefabcdefab",
            "v: \"abcdefabcdefabcdefabcdefabcdefab\"\n",
        ),
        ("v: two\n  lines # c\nw: 1\n", "x", "v: x # c\nw: 1\n"),
        ("v: |\n  a\n  b\n\nw: 1\n", "x", "v: \"x\"\n\nw: 1\n"),
        ("v: |+ # c\n  a\n\n\nw: 1\n", "x", "v: \"x\"\n\n\nw: 1\n"),
        ("v: >2-\n   a\n# c\nw: 1\n", "x", "v: \"x\"\n# c\nw: 1\n"),
        ("v: |\n# c\nw: 1\n", "x", "v: \"x\"\n# c\nw: 1\n"),
        ("v:\n", "x", "v: x\n"),
        ("v: # c\nw: 1\n", "x", "v: x # c\nw: 1\n"),
        ("v:", "x", "v: x"),
        ("{v: , w: 1}", "x", "{v: x , w: 1}"),
        ("{v: a, w: 1}", "x", "{v: x, w: 1}"),
        ("{\"v\":\"a\",\"w\":1}", "x", "{\"v\":\"x\",\"w\":1}"),
        ("v: &a !!str y # c\n", "x", "v: &a !!str x # c\n"),
        ("? v\n: y\n", "x", "? v\n: x\n"),
    ];
    for (before, value, after) in cases {
        expect(before, set("/v", value), after);
    }
    expect("- a # c\n-\n- \n", set("/1", "x"), "- a # c\n- x\n- \n");
    expect("a:\n- - 1\n  -\n", set("/a/0/1", "x"), "a:\n- - 1\n  - x\n");
    expect("old", set("", "new"), "new");
}

#[test]
fn an_item_goes_to_the_head_of_its_list() {
    let cases = [
        ("l:\n  - \"a\"\n", "l:\n  - \"x: y\"\n  - \"a\"\n"),
        ("l:\n  - 'a'\n", "l:\n  - 'x: y'\n  - 'a'\n"),
        ("l:\n  - a\n", "l:\n  - \"x: y\"\n  - a\n"),
        ("l:\n- a\n", "l:\n- \"x: y\"\n- a\n"),
        ("l:\n    -   a\n", "l:\n    - \"x: y\"\n    -   a\n"),
        ("l: # c\n  # - d\n  - # e\n    a\n", "l: # c\n  # - d\n  - \"x: y\"\n  - # e\n    a\n"),
        ("l:\r\n  - a\r\n", "l:\r\n  - \"x: y\"\r\n  - a\r\n"),
        ("l:\n  - a", "l:\n  - \"x: y\"\n  - a"),
        ("l:\n  - &k !!str a\n", "l:\n  - \"x: y\"\n  - &k !!str a\n"),
        ("l:\n  - |\n    a\n", "l:\n  - \"x: y\"\n  - |\n    a\n"),
        ("l:\n  -\n  - a\n", "l:\n  - \"x: y\"\n  -\n  - a\n"),
        ("l:\n  - - a\n    - b\n", "l:\n  - \"x: y\"\n  - - a\n    - b\n"),
        ("l:\n  - k: v\n", "l:\n  - \"x: y\"\n  - k: v\n"),
        ("l: [a, b]\n", "l: [\"x: y\", a, b]\n"),
        ("l: ['a']\n", "l: ['x: y', 'a']\n"),
        ("l: []\n", "l: [\"x: y\"]\n"),
        ("l: [ ] # c\n", "l: [\"x: y\" ] # c\n"),
        ("l: [\n  a,\n  b\n]\n", "l: [\n  \"x: y\",\n  a,\n  b\n]\n"),
        ("l:\nm: 1\n", "l:\n  - \"x: y\"\nm: 1\n"),
        ("l: # c\nm: 1\n", "l: # c\n  - \"x: y\"\nm: 1\n"),
        ("l:", "l:\n  - \"x: y\""),
    ];
    for (before, after) in cases {
        expect(before, prepend("/l", "x: y"), after);
    }
    expect("- - a\n  - b\n", prepend("/0", "x"), "- - \"x\"\n  - a\n  - b\n");
    expect("- - a\n  - b\n", prepend("", "x"), "- \"x\"\n- - a\n  - b\n");
    expect("\u{feff}- a\n", prepend("", "x"), "\u{feff}- \"x\"\n- a\n");
    expect("a:\n  b:\n    - c\n", prepend("/a/b", "x"), "a:\n  b:\n    - \"x\"\n    - c\n");
}

#[test]
fn several_items_stand_in_the_order_of_the_edits() {
    let edits = [prepend("/l", "x"), prepend("/l", "y")];
    for (before, after) in [
        ("l:\n  - a\n", "l:\n  - \"x\"\n  - \"y\"\n  - a\n"),
        ("l: [a]\n", "l: [\"x\", \"y\", a]\n"),
        ("l:\n", "l:\n  - \"x\"\n  - \"y\"\n"),
    ] {
        assert_eq!(apply(&document(before), &edits).as_deref(), Ok(after), "{before:?}");
    }
}

#[test]
fn a_key_goes_behind_its_sibling() {
    let map = || NewValue::Map(vec![("k".to_owned(), text(DIGEST)), ("l".to_owned(), text("v"))]);
    let list = || NewValue::List(vec![text("a: b"), text("c")]);
    let digest = format!("\"{DIGEST}\"");
    let cases: [(&str, NewValue, String); 19] = [
        ("a: 1\nb: 2\n", scalar("v"), "a: 1\nnew: v\nb: 2\n".to_owned()),
        ("a: 1 # c\nb: 2\n", scalar("1.0.0"), "a: 1 # c\nnew: 1.0.0\nb: 2\n".to_owned()),
        ("a: 1\n", map(), format!("a: 1\nnew:\n  k: {digest}\n  l: v\n")),
        ("a: 1\n", list(), "a: 1\nnew:\n  - \"a: b\"\n  - \"c\"\n".to_owned()),
        ("a: 1\n", NewValue::Map(vec![]), "a: 1\nnew: {}\n".to_owned()),
        ("a: 1\n", NewValue::List(vec![]), "a: 1\nnew: []\n".to_owned()),
        ("a: 1", map(), format!("a: 1\nnew:\n  k: {digest}\n  l: v")),
        (
            "\u{feff}a: 1\r\nb: 2\r\n",
            list(),
            "\u{feff}a: 1\r\nnew:\r\n  - \"a: b\"\r\n  - \"c\"\r\nb: 2\r\n".to_owned(),
        ),
        (
            "a:\n  - x\n  - y\n# c\nb: 2\n",
            scalar("v"),
            "a:\n  - x\n  - y\nnew: v\n# c\nb: 2\n".to_owned(),
        ),
        ("a:\n- x\nb: 2\n", scalar("v"), "a:\n- x\nnew: v\nb: 2\n".to_owned()),
        (
            "a: {x: [1,\n 2]} # c\nb: 2\n",
            scalar("v"),
            "a: {x: [1,\n 2]} # c\nnew: v\nb: 2\n".to_owned(),
        ),
        ("a: |\n  x\n\nb: 2\n", scalar("v"), "a: |\n  x\nnew: v\n\nb: 2\n".to_owned()),
        ("a: |+\n  x\n\n\nb: 2\n", scalar("v"), "a: |+\n  x\n\n\nnew: v\nb: 2\n".to_owned()),
        ("a: |\n  x\n   \nb: 2\n", scalar("v"), "a: |\n  x\n   \nnew: v\nb: 2\n".to_owned()),
        (
            "a:\n  - - |+\n      x\n\nb: 2\n",
            scalar("v"),
            "a:\n  - - |+\n      x\n\nnew: v\nb: 2\n".to_owned(),
        ),
        ("a:\nb: 2\n", scalar("v"), "a:\nnew: v\nb: 2\n".to_owned()),
        ("a: # c\n", scalar("v"), "a: # c\nnew: v\n".to_owned()),
        ("{a: 1, b: 2}\n", map(), format!("{{a: 1, new: {{k: {digest}, l: v}}, b: 2}}\n")),
        ("{a: , b: 2}\n", list(), "{a:, new: [\"a: b\", \"c\"] , b: 2}\n".to_owned()),
    ];
    for (before, value, after) in cases {
        expect(before, insert("/a", "new", value), &after);
    }
    expect(
        "l:\n  - a: 1\n    b: 2\n",
        insert("/l/0/a", "new", scalar("v")),
        "l:\n  - a: 1\n    new: v\n    b: 2\n",
    );
    expect(
        "o:\n    a: 1\np: 2\n",
        insert("/o/a", "n: m", map()),
        &format!("o:\n    a: 1\n    \"n: m\":\n      k: {digest}\n      l: v\np: 2\n"),
    );
    expect(
        "b: &x {k: 1}\na: *x\n",
        insert("/a", "new", scalar("v")),
        "b: &x {k: 1}\na: *x\nnew: v\n",
    );
}

#[test]
fn checksums_can_be_added_behind_the_changelog() {
    let value = NewValue::Map(vec![("prompt_template_sha256".to_owned(), text(DIGEST))]);
    let before = "id: a\nchangelog:\n  - \"1.0.0: first\" # c\n\n# about policies\npolicies: {}\n";
    let after = format!(
        "id: a\nchangelog:\n  - \"1.0.0: first\" # c\nchecksums:\n  prompt_template_sha256: \
         \"{DIGEST}\"\n\n# about policies\npolicies: {{}}\n"
    );
    expect(before, insert("/changelog", "checksums", value), &after);
}

#[test]
fn an_item_is_taken_out_with_its_line() {
    let cases = [
        ("l:\n  - a # c\n  # d\n  - b\n", "/l/0", "l:\n  # d\n  - b\n"),
        ("l:\n  - a\n  - b # c\nm: 1\n", "/l/1", "l:\n  - a\nm: 1\n"),
        ("l:\n  - a\n  - b", "/l/1", "l:\n  - a"),
        ("l:\r\n  - a\r\n  - b", "/l/1", "l:\r\n  - a"),
        ("l:\n  - a\nm: 1\n", "/l/0", "l: []\nm: 1\n"),
        ("l: # c\n  - a", "/l/0", "l: [] # c"),
        ("l:\n- k: 1\n  m: 2\n- b\n", "/l/0", "l:\n- b\n"),
        ("l:\n  - |+\n    a\n\n  - b\n", "/l/0", "l:\n  - b\n"),
        ("- - a\n  - b\n", "/0/0", "- - b\n"),
        ("- - a\n  - b\n", "/0", "[]\n"),
        ("l: [a, b, c]\n", "/l/0", "l: [b, c]\n"),
        ("l: [a, b, c]\n", "/l/1", "l: [a, c]\n"),
        ("l: [a, b, c]\n", "/l/2", "l: [a, b]\n"),
        ("l: [ a ]\n", "/l/0", "l: [  ]\n"),
        ("l: [a, # c\n  b]\n", "/l/1", "l: [a, # c\n  ]\n"),
        ("b: &x 1\nl: [*x, c]\n", "/l/0", "b: &x 1\nl: [c]\n"),
    ];
    for (before, pointer, after) in cases {
        expect(before, remove(pointer), after);
    }
}

#[test]
fn edits_of_one_list_speak_of_the_list_as_it_was() {
    let before = "l:\n  - a\n  - b\n  - c\n";
    let edits = [remove("/l/0"), set("/l/2", "z"), prepend("/l", "x"), remove("/l/1")];
    assert_eq!(apply(&document(before), &edits).as_deref(), Ok("l:\n  - \"x\"\n  - z\n"));
    let edits = [remove("/l/0"), prepend("/l", "x")];
    assert_eq!(apply(&document("l:\n  - a\n"), &edits).as_deref(), Ok("l:\n  - \"x\"\n"));
}

#[test]
fn what_is_shared_is_not_edited() {
    let text = "b: &x {k: 1, l: [2]}\na: *x\nc:\n  <<: *x\n  own: 3\nd: &y 4\ne: [*y]\nf: &z 5\n";
    let shared = ["/a", "/a/k", "/c/k", "/c/l/0", "/b/k", "/b/l/0", "/d", "/e/0"];
    for pointer in shared {
        let fault = refuse(text, set(pointer, "9"));
        assert_eq!(fault, EditFault::Shared { pointer: pointer.to_owned() });
    }
    for pointer in ["/c/own", "/f"] {
        assert!(apply(&document(text), &[set(pointer, "9")]).is_ok(), "{pointer}");
    }
    for edit in [prepend("/c/l", "9"), remove("/b/l/0"), insert("/b/k", "n", scalar("v"))] {
        assert!(matches!(refuse(text, edit), EditFault::Shared { .. }));
    }
}

#[test]
fn what_cannot_be_done_is_refused() {
    let missing = |pointer: &str| EditFault::Missing { pointer: pointer.to_owned() };
    assert_eq!(refuse("a: 1\n", set("/b", "x")), missing("/b"));
    assert_eq!(refuse("", set("", "x")), missing(""));
    assert_eq!(refuse("a: [1]\n", remove("/a/1")), missing("/a/1"));
    assert!(matches!(refuse("a: [1]\n", set("/a", "x")), EditFault::Form { .. }));
    assert!(matches!(refuse("a: 1\n", prepend("/a", "x")), EditFault::Form { .. }));
    assert!(matches!(refuse("a: 1\n", remove("/a")), EditFault::Form { .. }));
    assert!(matches!(refuse("- 1\n", insert("/0", "n", scalar("v"))), EditFault::Form { .. }));
    assert!(matches!(refuse("a: 1\n", insert("", "n", scalar("v"))), EditFault::Form { .. }));
    let fault = refuse("a: 1\nb/c: 2\n", insert("/a", "b/c", scalar("v")));
    assert_eq!(fault, EditFault::Exists { pointer: "/b~1c".to_owned() });
    let both = [set("/a", "x"), set("/a", "y")];
    assert!(matches!(apply(&document("a: 1\n"), &both), Err(EditFault::Overlap { .. })));
    let both = [remove("/a/0"), set("/a/0/k", "y")];
    assert!(matches!(
        apply(&document("a:\n  - k: 1\n  - 2\n"), &both),
        Err(EditFault::Overlap { .. })
    ));
    let fault = refuse("v: !!int 5\n", set("/v", "7"));
    assert!(matches!(fault, EditFault::Unfaithful { .. }));
}

#[test]
fn a_document_with_findings_can_be_edited() {
    let (document, findings) = Document::parse(source("a: 1\na: 2\nb: 3\n"));
    assert_eq!(findings.len(), 1);
    let result = apply(&document.expect("usable"), &[set("/a", "x"), set("/b", "z")]);
    assert_eq!(result.as_deref(), Ok("a: x\na: 2\nb: z\n"));
}

#[test]
fn the_item_behind_a_kept_blank_line_is_removed_without_the_line() {
    let text = "list:\n  - |+\n    x\n\n  - y";
    expect(text, remove("/list/1"), "list:\n  - |+\n    x\n\n");
    let text = "list:\n  - |+\n    x\n  - |\n    y\n\nnext: 1\n";
    expect(text, remove("/list/1"), "list:\n  - |+\n    x\nnext: 1\n");
}

#[test]
fn the_only_item_of_a_list_in_a_list_goes_with_its_open_key() {
    for key in ["k", "\"k\"", "k "] {
        let text = format!("list:\n  -\n    -\n      {key}:\n");
        expect(&text, remove("/list/0/0"), "list:\n  -\n    []\n");
    }
}
