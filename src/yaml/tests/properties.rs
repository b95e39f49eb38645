//! Properties over generated documents: the values are those of another reader, and edits change
//! what they are about and nothing else.

use std::fmt::{self, Write as _};

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Value;

use super::{document, prepend, remove, set, source, text};
use crate::yaml::{Document, Edit, EditFault, NewValue, apply};

/// A document to be written down.
#[derive(Debug, Clone)]
enum Node {
    Empty,
    Plain(&'static str),
    Single(String),
    Double(String),
    Block(&'static str, Vec<&'static str>),
    Seq(Layout, Vec<Self>),
    Map(Layout, Vec<(usize, Self)>),
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Layout {
    Block,
    Flow,
}

/// Keys by number; the number makes them differ.
fn key(number: usize, position: usize) -> String {
    let forms = ["k", "'it''s ", "\"q\\u00e9 ", "é-", "a/b~"];
    let form = forms[number % forms.len()];
    let quote = form.chars().next().filter(|c| matches!(c, '"' | '\'')).map(String::from);
    format!("{form}{position}{}", quote.unwrap_or_default())
}

/// Texts that both readers take alike; the known differences are left out.
const PLAIN: &[&str] = &[
    "a",
    "two words",
    "2.3.0",
    "-1",
    "7",
    "1.5",
    "1e3",
    "true",
    "False",
    "null",
    "~",
    "yes",
    "x#y",
    "a:b",
    "é",
    "2025_09",
    "2025-09-01",
    "<hash>",
    "-x",
    "0x1F",
    "http://x/y",
];

const LINES: &[&str] = &["a", "b: c", "- d", "# e", "", "  f", "é > |", "g  ", "'"];

const HEADERS: &[&str] = &["|", "|-", "|+", ">", ">-  # c | d", "|2", ">+"];

fn node() -> impl Strategy<Value = Node> {
    let quoted = "[a-zé#:'\"\\\\,\\[\\]{} ]{0,8}";
    let leaf = prop_oneof![
        1 => Just(Node::Empty),
        6 => select(PLAIN).prop_map(Node::Plain),
        2 => quoted.prop_map(Node::Single),
        2 => "[a-zé#:'\"\\\\,\n\t\u{1}\u{1f600} ]{0,8}".prop_map(Node::Double),
        2 => (select(HEADERS), prop::collection::vec(select(LINES), 0..4))
            .prop_map(|(header, lines)| Node::Block(header, lines)),
        // Blank lines at the end are text here.
        1 => prop::collection::vec(Just(""), 0..3).prop_map(|blank| {
            Node::Block("|+", ["x"].into_iter().chain(blank).collect())
        }),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let layout = select(&[Layout::Block, Layout::Block, Layout::Flow][..]);
        prop_oneof![
            (layout.clone(), prop::collection::vec(inner.clone(), 0..4))
                .prop_map(|(layout, items)| Node::Seq(layout, items)),
            (layout, prop::collection::vec((0..5_usize, inner), 0..4))
                .prop_map(|(layout, entries)| Node::Map(layout, entries)),
        ]
    })
}

/// Writes documents, with comments where a coin says so.
struct Writer {
    out: String,
    coins: Vec<bool>,
    tossed: usize,
}

impl Writer {
    fn coin(&mut self) -> bool {
        self.tossed += 1;
        self.coins[self.tossed % self.coins.len()]
    }

    fn put(&mut self, text: fmt::Arguments<'_>) {
        self.out.write_fmt(text).expect("a string");
    }

    fn comment_line(&mut self, indent: usize) {
        if self.coin() && self.coin() {
            self.put(format_args!("{}# - c: | > \" [\n", " ".repeat(indent)));
        }
    }

    fn end_of_line(&mut self) {
        let end = if self.coin() && self.coin() { "  # - c: | > ' {\n" } else { "\n" };
        self.out.push_str(end);
    }

    /// Writes what stands behind `key:` or `-`, and the line end.
    fn value(&mut self, node: &Node, indent: usize) {
        match node {
            Node::Block(header, lines) => {
                self.put(format_args!(" {header}\n"));
                // The first line that is not empty gives the indentation.
                let lines = lines.iter().skip_while(|line| line.trim().is_empty());
                let mut lines = lines.copied().collect::<Vec<_>>();
                if let Some(first) = lines.first_mut() {
                    *first = first.trim_start();
                }
                for line in lines {
                    let blanks = if line.is_empty() { 0 } else { indent + 2 };
                    self.put(format_args!("{}{line}\n", " ".repeat(blanks)));
                }
            }
            Node::Seq(Layout::Block, items) if !items.is_empty() => {
                self.end_of_line();
                let indent = indent + 2;
                for item in items {
                    self.comment_line(indent);
                    self.put(format_args!("{}-", " ".repeat(indent)));
                    self.item(item, indent);
                }
            }
            Node::Map(Layout::Block, entries) if !entries.is_empty() => {
                self.end_of_line();
                self.entries(entries, indent + 2);
            }
            other => {
                let flow = flow(other);
                if !flow.is_empty() {
                    self.put(format_args!(" {flow}"));
                }
                self.end_of_line();
            }
        }
    }

    /// Writes an item; a collection in it may start in the line of the dash.
    fn item(&mut self, node: &Node, indent: usize) {
        match node {
            Node::Seq(Layout::Block, items) if !items.is_empty() && self.coin() => {
                for (position, item) in items.iter().enumerate() {
                    let blanks = if position == 0 { 1 } else { indent + 2 };
                    self.put(format_args!("{}-", " ".repeat(blanks)));
                    self.item(item, indent + 2);
                }
            }
            Node::Map(Layout::Block, entries) if !entries.is_empty() && self.coin() => {
                for (position, (number, value)) in entries.iter().enumerate() {
                    let blanks = if position == 0 { 1 } else { indent + 2 };
                    let key = key(*number, position);
                    self.put(format_args!("{}{key}:", " ".repeat(blanks)));
                    self.value(value, indent + 2);
                }
            }
            other => self.value(other, indent),
        }
    }

    fn entries(&mut self, entries: &[(usize, Node)], indent: usize) {
        for (position, (number, value)) in entries.iter().enumerate() {
            self.comment_line(indent);
            self.put(format_args!("{}{}:", " ".repeat(indent), key(*number, position)));
            self.value(value, indent);
        }
    }
}

fn flow(node: &Node) -> String {
    match node {
        Node::Empty => String::new(),
        Node::Plain(text) => (*text).to_owned(),
        Node::Single(text) => format!("'{}'", text.replace('\'', "''")),
        Node::Double(text) => serde_json::to_string(text).expect("JSON"),
        Node::Block(_, lines) => serde_json::to_string(&lines.join("\n")).expect("JSON"),
        Node::Seq(_, items) => {
            // An empty item makes no item in a flow list.
            let items = items.iter().map(|item| match flow(item) {
                text if text.is_empty() => "~".to_owned(),
                text => text,
            });
            format!("[{}]", items.collect::<Vec<_>>().join(", "))
        }
        Node::Map(_, entries) => {
            let entries = entries.iter().enumerate();
            let entries = entries
                .map(|(at, (number, value))| format!("{}: {}", key(*number, at), flow(value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
    }
}

/// Makes a text, and says whether it holds anchors.
fn text_of_documents() -> impl Strategy<Value = (String, bool)> {
    let entries = prop::collection::vec((0..5_usize, node()), 1..5);
    let frame = any::<(bool, bool, bool, bool)>();
    (entries, prop::collection::vec(any::<bool>(), 17), frame).prop_map(
        |(entries, coins, (crlf, mark, ended, anchors))| {
            let mut writer = Writer { out: String::new(), coins, tossed: 0 };
            writer.entries(&entries, 0);
            let mut text = writer.out;
            if anchors {
                text.push_str("base: &base {one: 1, two: [a, &b 'b'], three: {x: 1}}\n");
                text.push_str("use: [*base, *b]\n");
                text.push_str("merged:\n  <<: [*base, {four: 4, one: 5}]\n  two: 2\n");
            }
            if !ended && !text.ends_with("\n\n") {
                text.pop();
            }
            if crlf {
                text = text.replace('\n', "\r\n");
            }
            if mark {
                text.insert(0, '\u{feff}');
            }
            (text, anchors)
        },
    )
}

/// What the other reader makes of a text.
fn oracle(text: &str) -> Value {
    let options = serde_saphyr::options! {
        with_snippet: false,
        strict_booleans: true,
        underscored_numbers_as_strings: true,
        leading_zero_numbers_as_strings: true,
    };
    serde_saphyr::from_str_with_options(text, options).unwrap_or_else(|e| panic!("{text:?}: {e}"))
}

fn pointers(value: &Value) -> Vec<String> {
    fn collect(value: &Value, pointer: &str, into: &mut Vec<String>) {
        into.push(pointer.to_owned());
        match value {
            Value::Array(items) => items
                .iter()
                .enumerate()
                .for_each(|(index, item)| collect(item, &format!("{pointer}/{index}"), into)),
            Value::Object(map) => map.iter().for_each(|(key, item)| {
                let key = key.replace('~', "~0").replace('/', "~1");
                collect(item, &format!("{pointer}/{key}"), into);
            }),
            _ => {}
        }
    }
    let mut all = Vec::new();
    collect(value, "", &mut all);
    all
}

/// Makes every edit that fits a pointer, with the value that it is to lead to.
fn edits_at(document: &Document, pointer: &str, new: &str) -> Vec<(Edit, Value)> {
    let value = document.value();
    let here = value.pointer(pointer).expect("of this document");
    let mut edits = Vec::new();
    let mut add = |edit: Edit, change: &dyn Fn(&mut Value)| {
        let mut intended = value.clone();
        change(&mut intended);
        edits.push((edit, intended));
    };
    match here {
        Value::Object(_) => {}
        Value::Array(_) => add(prepend(pointer, new), &|value| {
            let list = value.pointer_mut(pointer).and_then(Value::as_array_mut);
            list.expect("a list").insert(0, new.into());
        }),
        _ => add(set(pointer, new), &|value| {
            *value.pointer_mut(pointer).expect("there") = new.into();
        }),
    }
    if let Some((parent, last)) = pointer.rsplit_once('/') {
        if value.pointer(parent).is_some_and(Value::is_array) {
            add(remove(pointer), &|value| {
                let list = value.pointer_mut(parent).and_then(Value::as_array_mut);
                list.expect("a list").remove(last.parse().expect("an index"));
            });
        } else {
            let entries = vec![("in".to_owned(), text(new)), ("out".to_owned(), text("x"))];
            let edit = Edit::InsertKeyAfter {
                sibling: pointer.to_owned(),
                key: "added".to_owned(),
                value: NewValue::Map(entries),
            };
            add(edit, &|value| {
                let map = value.pointer_mut(parent).and_then(Value::as_object_mut);
                let added = serde_json::json!({"in": new, "out": "x"});
                map.expect("a map").insert("added".to_owned(), added);
            });
        }
    }
    edits
}

/// Says whether `after` is `before` with one range of bytes replaced by at most `added` others, in
/// whole lines or not; of a removed last item the empty list stands elsewhere.
fn keeps_the_rest(before: &str, after: &str, document: &Document, edit: &Edit) -> bool {
    let (a, b) = (before.as_bytes(), after.as_bytes());
    let head = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let tail = a.iter().rev().zip(b.iter().rev()).take_while(|(x, y)| x == y).count();
    let (shorter, replaced) = match edit {
        Edit::Set { pointer, .. } => {
            let span = document.locate(pointer).value;
            return head >= span.start as usize && tail >= before.len() - span.end as usize
                || span.is_empty() && head + tail >= before.len();
        }
        Edit::PrependItem { .. } | Edit::InsertKeyAfter { .. } => (a.len(), b.len()),
        Edit::RemoveItem { .. } => (b.len(), a.len()),
    };
    let emptied = matches!(edit, Edit::RemoveItem { .. }) && after.contains("[]");
    head + tail >= shorter && shorter <= replaced || emptied
}

proptest! {
    #[test]
    fn values_are_those_of_another_reader((text, _) in text_of_documents()) {
        let document = document(&text);
        prop_assert_eq!(document.value(), &oracle(&text), "{:?}", text);
    }

    #[test]
    fn every_value_stands_where_it_is_said((text, _) in text_of_documents()) {
        let document = document(&text);
        for pointer in pointers(document.value()) {
            let located = document.locate(&pointer);
            prop_assert!(located.found, "{pointer:?} {text:?}");
            let written = document.source().slice(located.value);
            prop_assert_eq!(written.trim(), written, "{:?} {:?}", pointer, text);
            let value = document.value().pointer(&pointer).expect("there");
            let alone = match Document::parse(source(written)) {
                (Some(alone), _) => alone,
                (None, findings) => {
                    // A block scalar or collection may need the lines around it.
                    prop_assert!(value.is_string() || value.is_array() || value.is_object(), "{:?}", findings);
                    continue;
                }
            };
            if value.is_number() || value.is_boolean() {
                prop_assert_eq!(alone.value(), value);
            }
        }
    }

    #[test]
    fn edits_change_what_they_are_about_and_nothing_else(
        (text, anchors) in text_of_documents(),
        new in "[a-z0-9é.:#'\" -]{0,10}",
    ) {
        let document = document(&text);
        let pointers = pointers(document.value());
        let edits = pointers.iter().flat_map(|pointer| edits_at(&document, pointer, &new));
        for (edit, intended) in edits {
            match apply(&document, std::slice::from_ref(&edit)) {
                Ok(after) => {
                    let (edited, findings) = Document::parse(source(&after));
                    prop_assert!(findings.is_empty(), "{findings:?} {after:?}");
                    let value = edited.expect("a document").value().clone();
                    prop_assert_eq!(value, intended, "{:?}\n{:?}\n{:?}", edit, text, after);
                    let kept = keeps_the_rest(&text, &after, &document, &edit);
                    prop_assert!(kept, "{edit:?}\n{text:?}\n{after:?}");
                }
                Err(EditFault::Shared { .. }) if anchors => {}
                Err(fault) => prop_assert!(false, "{fault} {edit:?}\n{text:?}"),
            }
        }
    }

    #[test]
    fn no_text_makes_reading_fail(text in ".{0,64}|[-:?&*!|>'\"#%,{}\\[\\] a\n\t]{0,64}") {
        let (document, findings) = Document::parse(source(&text));
        prop_assert!(document.is_some() || !findings.is_empty());
        if let Some(document) = document {
            for pointer in pointers(document.value()) {
                prop_assert!(document.locate(&pointer).found, "{pointer:?} {text:?}");
                for (edit, intended) in edits_at(&document, &pointer, "new") {
                    if let Ok(after) = apply(&document, &[edit]) {
                        let (edited, _) = Document::parse(source(&after));
                        prop_assert_eq!(edited.expect("a document").value().clone(), intended);
                    }
                }
            }
        }
    }
}
