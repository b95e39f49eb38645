use std::collections::BTreeSet;

use proptest::prelude::*;

use super::{dot, mermaid, outline};
use crate::escape;
use crate::ident::{EntryName, EntryRef};
use crate::lineage::Graph;
use crate::path::RepoPath;
use crate::registry::index::Index;
use crate::registry::layout::Layout;
use crate::snapshot::MemorySnapshot;
use crate::source::SourceFile;
use crate::yaml::Document;

type Writer = fn(&Graph, &mut dyn std::io::Write) -> std::io::Result<()>;

/// Makes a graph of entries, each a name and the YAML of its file.
fn graph(entries: &[(&str, &str)]) -> Graph {
    let read: Vec<(EntryName, Option<Document>)> = entries
        .iter()
        .map(|(name, yaml)| {
            let source = SourceFile::new(RepoPath::from("x"), (*yaml).to_owned());
            (named(name), Document::parse(source).0)
        })
        .collect();
    let layout = Layout::new(RepoPath::from("registry"));
    Graph::build(&read, &Index::new(&layout, &MemorySnapshot::new())).expect("memory")
}

fn named(text: &str) -> EntryName {
    let reference: EntryRef = text.parse().expect("a reference");
    EntryName::new(reference.kind.expect("a kind"), reference.id)
}

fn drawn(graph: &Graph, writer: Writer) -> String {
    let mut out = Vec::new();
    writer(graph, &mut out).expect("written");
    String::from_utf8(out).expect("UTF-8")
}

/// Each kind of node and edge once, and text that both languages would stumble over.
fn nasty() -> Graph {
    graph(&[
        ("dataset/x__y", "version: 2.0.0\nstatus: removed"),
        ("model/default", "id: ["),
        (
            "prompt/a--b/c_d",
            r#"{version: "1\"]<b>&\\N direction TB", status: deprecated, model: default@~1.4, depends_on: ["]|\"; end", fragment/gone@^1]}"#,
        ),
        ("prompt/end", "version: 1.0.0\nstatus: draft\nlinks: {datasets: [x__y]}"),
        (
            "suite/s",
            r#"{cases: dataset/x__y, target: end, route: {"direction TB": prompt/a--b/c_d}}"#,
        ),
    ])
}

#[test]
fn a_flowchart_marks_what_is_missing_and_lets_no_text_be_read_as_mermaid() {
    insta::assert_snapshot!(drawn(&nasty(), mermaid::write), @r##"
    flowchart LR
      dataset_sx____y["dataset/x__y<br/>2.0.0<br/>(removed)"]:::removed
      model_sdefault["model/default<br/>(unreadable)"]:::unreadable
      prompt_sa_d_db_sc__d["prompt/a--b/c_d<br/>1#34;#93;#60;b#62;#38;#92;N#32;direction#32;TB<br/>(deprecated)"]:::deprecated
      prompt_send["prompt/end<br/>1.0.0<br/>(draft)"]:::draft
      suite_ss["suite/s"]
      missing0["#93;#124;#34;#59;#32;end<br/>(missing)"]:::missing
      missing1["fragment/gone<br/>(missing)"]:::missing
      prompt_sa_d_db_sc__d -->|"model @~1.4"| model_sdefault
      prompt_sa_d_db_sc__d -.-x|"runtime @^1"| missing1
      prompt_sa_d_db_sc__d -.-x|"runtime"| missing0
      prompt_send -.->|"link"| dataset_sx____y
      suite_ss -->|"cases"| dataset_sx____y
      suite_ss -->|"route direction#32;TB"| prompt_sa_d_db_sc__d
      suite_ss -->|"target"| prompt_send
      classDef draft stroke-dasharray:4 4
      classDef unreadable stroke-dasharray:4 4
      classDef missing stroke-dasharray:4 4
      classDef deprecated opacity:0.5
      classDef removed opacity:0.5
    "##);
}

#[test]
fn a_dot_graph_quotes_every_text() {
    insta::assert_snapshot!(drawn(&nasty(), dot::write), @r##"
    digraph keelmark {
      rankdir=LR;
      node [shape=box];
      "dataset/x__y" [label="dataset/x__y\n2.0.0\n(removed)", color=gray, fontcolor=gray];
      "model/default" [label="model/default\n(unreadable)", style=dashed];
      "prompt/a--b/c_d" [label="prompt/a--b/c_d\n1\"]<b>&amp;\\N direction TB\n(deprecated)", color=gray, fontcolor=gray];
      "prompt/end" [label="prompt/end\n1.0.0\n(draft)", style=dashed];
      "suite/s" [label="suite/s"];
      "missing0" [label="]|\"; end\n(missing)", style=dashed];
      "missing1" [label="fragment/gone\n(missing)", style=dashed];
      "prompt/a--b/c_d" -> "model/default" [label="model @~1.4"];
      "prompt/a--b/c_d" -> "missing1" [label="runtime @^1", style=dashed];
      "prompt/a--b/c_d" -> "missing0" [label="runtime", style=dashed];
      "prompt/end" -> "dataset/x__y" [label="link", style=dotted];
      "suite/s" -> "dataset/x__y" [label="cases"];
      "suite/s" -> "prompt/a--b/c_d" [label="route direction TB"];
      "suite/s" -> "prompt/end" [label="target"];
    }
    "##);
}

#[test]
fn an_outline_shows_entries_with_what_they_name() {
    insta::assert_snapshot!(drawn(&nasty(), outline::graph), @r##"
    dataset/x__y 2.0.0 (removed)
    model/default (unreadable)
    prompt/a--b/c_d 1"]<b>&\N direction TB (deprecated)
      model @~1.4        → model/default
      runtime @^1        → fragment/gone (missing)
      runtime            → ]|"; end (missing)
    prompt/end 1.0.0 (draft)
      link               → dataset/x__y
    suite/s
      cases              → dataset/x__y
      route direction TB → prompt/a--b/c_d
      target             → prompt/end
    "##);
}

#[test]
fn no_two_entries_share_an_id_in_mermaid() {
    let names = [
        "prompt/a_s",
        "prompt/a/s",
        "prompt/a-s",
        "prompt/a__s",
        "prompt/as",
        "prompt/a--s",
        "prompt/a_d_s",
    ];
    let graph = graph(&names.map(|name| (name, "version: 1.0.0")));
    let text = drawn(&graph, mermaid::write);
    let ids: BTreeSet<&str> =
        text.lines().filter_map(|line| Some(line.split_once("[\"")?.0)).collect();
    assert_eq!(ids.len(), names.len(), "{text}");
}

/// Takes `prefix`, then a text up to `end` that holds no quote, and returns text and rest.
fn quoted<'a>(line: &'a str, start: &str, end: &str) -> (&'a str, &'a str) {
    let (_, rest) = line.split_once(start).unwrap_or_else(|| panic!("`{start}` in {line}"));
    rest.split_once(end).unwrap_or_else(|| panic!("`{end}` in {line}"))
}

/// Reads the entity codes of Mermaid, and insists that nothing else is special.
fn read_back(label: &str) -> String {
    let mut text = String::new();
    let mut rest = label;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        if c == '#' {
            let (code, behind) = rest.split_once(';').expect("a code ends");
            text.push(char::from_u32(code.parse().expect("a number")).expect("a character"));
            rest = behind;
        } else {
            assert!(c.is_alphanumeric() || "/_-.@^~ ".contains(c), "{c:?} in {label}");
            text.push(c);
        }
    }
    text
}

/// Reads the escapes of DOT and the entity that Graphviz takes for `&`.
fn unquoted(label: &str) -> String {
    let mut text = String::new();
    let mut characters = label.chars();
    while let Some(c) = characters.next() {
        assert_ne!(c, '"', "{label}");
        text.push(if c == '\\' { characters.next().expect("an escaped character") } else { c });
    }
    text.replace("&amp;", "&")
}

proptest! {
    #[test]
    fn whatever_is_written_reads_back_from_both_languages(
        version in "\\PC{1,12}",
        domain in "\\PC{0,12}",
        asked in "[^\\p{C}a-z0-9]\\PC{0,12}",
    ) {
        let text = |value: &str| serde_json::to_string(value).expect("JSON");
        let suite = format!(
            "{{version: {}, cases: x.csv, target: a, depends_on: [{}], route: {{{}: a}}}}",
            text(&version), text(&asked), text(&domain)
        );
        let graph = graph(&[("prompt/a", "version: 1.0.0"), ("suite/s", suite.as_str())]);
        prop_assume!(graph.unreadable().next().is_none());
        prop_assert_eq!(graph.edges().len(), 3);

        let chart = drawn(&graph, mermaid::write);
        let line = |start: &str| {
            let found = chart.lines().filter(|line| line.trim_start().starts_with(start));
            found.map(ToOwned::to_owned).collect::<Vec<_>>()
        };
        prop_assert_eq!(chart.lines().count(), 1 + 2 + 1 + 3 + 5);
        let node = line("suite_ss[");
        let (label, rest) = quoted(&node[0], "<br/>", "\"]");
        prop_assert_eq!((read_back(label), rest), (escape::line(&version), ""));
        let missing = line("missing0[");
        let (label, rest) = quoted(&missing[0], "[\"", "<br/>(missing)\"]");
        prop_assert_eq!((read_back(label), rest), (escape::line(&asked), ":::missing"));
        let route = line("suite_ss -->|\"route");
        let (label, rest) = quoted(&route[0], "|\"route ", "\"| ");
        prop_assert_eq!((read_back(label), rest), (escape::line(&domain), "prompt_sa"));

        let drawn = drawn(&graph, dot::write);
        prop_assert_eq!(drawn.lines().count(), 3 + 2 + 1 + 3 + 1);
        let line = |start: &str| {
            let found = drawn.lines().find(|line| line.trim_start().starts_with(start));
            found.expect("a line").to_owned()
        };
        let node = line("\"suite/s\" [");
        let (label, _) = quoted(&node, "[label=\"suite/s\\n", "\"];");
        prop_assert_eq!(unquoted(label), escape::line(&version));
        let missing = line("\"missing0\" [");
        let (label, rest) = quoted(&missing, "[label=\"", "\\n(missing)\", style=dashed];");
        prop_assert_eq!((unquoted(label), rest), (escape::line(&asked), ""));
    }
}
