//! Rows of datasets in memory: the examples of the page, and what cannot be read.

use serde_json::{Value, json};

use super::*;
use crate::checks::{Named, changes_between, evaluation, read_entry};
use crate::compat::required::required;
use crate::ident::{EntryName, Kind};
use crate::registry::config::Config;
use crate::registry::index::Index;
use crate::registry::layout::Layout;
use crate::snapshot::MemorySnapshot;
use crate::version::{Bump, Zerover};

mod columns;

/// The rules about datasets in words.
const PAGE: &str = include_str!("../../../docs/rules/dataset.md");

fn layout() -> Layout {
    Layout::new("registry".into())
}

fn name() -> EntryName {
    EntryName::new(Kind::Dataset, "gold".parse().expect("an id"))
}

/// A dataset with one file of rows, `part` having the last word about its keys.
fn tree(part: &str, rows: &[u8]) -> MemorySnapshot {
    let mut entry = json!({
        "id": "gold",
        "version": "1.0.0",
        "owner": "data-science",
        "row_key": "id",
        "files": [{"path": "rows.csv"}],
    });
    let part: Value = serde_saphyr::from_str(part).expect("YAML");
    let entry = entry.as_object_mut().expect("a map");
    entry.extend(part.as_object().cloned().unwrap_or_default());
    entry.retain(|_, value| !value.is_null());
    MemorySnapshot::new()
        .with("registry/datasets/gold/dataset.yaml", Value::Object(entry.clone()).to_string())
        .with("registry/datasets/gold/rows.csv", rows)
}

fn load(tree: &MemorySnapshot) -> Loaded {
    let read = read_entry(&layout(), &name(), Named { name: "", tree });
    read.expect("memory").expect("an entry")
}

/// The rules that speak of a content alone.
fn alone(tree: &MemorySnapshot) -> Vec<&'static str> {
    let loaded = load(tree);
    let layout = layout();
    let mut found = compare(None, &loaded).findings.clone();
    found.extend(evaluation::check(&loaded.entry, &Index::new(&layout, tree)).expect("memory"));
    let mut ids: Vec<&str> = found.iter().map(|finding| finding.rule.id).collect();
    ids.dedup();
    ids
}

/// The rules about the step between two contents, the bump that it needs and the one that it makes.
fn step(old: &MemorySnapshot, new: &MemorySnapshot) -> (Vec<&'static str>, Bump, Bump) {
    let (old, new) = (load(old), load(new));
    let changes = changes_between(&old, &new, &Config::default());
    let needed = required(&changes, old.entry.common.status);
    let (from, to) = (old.entry.version.clone(), new.entry.version.clone());
    let made = match (from, to) {
        (Some(from), Some(to)) => to.declared_from(&from, Zerover::Cargo),
        _ => Bump::None,
    };
    (changes.iter().map(|change| change.rule.id).collect(), needed, made)
}

/// The contents in a part of a section: a block of YAML begins one, and so does a second file.
fn contents(part: &str) -> Vec<MemorySnapshot> {
    let mut found: Vec<(&str, Option<&str>)> = Vec::new();
    for block in part.split("```").skip(1).step_by(2) {
        if let Some(yaml) = block.strip_prefix("yaml\n") {
            found.push((yaml, None));
        } else if let Some(rows) = block.strip_prefix("csv\n") {
            match found.last_mut() {
                Some((_, slot @ None)) => *slot = Some(rows),
                _ => found.push(("{}", Some(rows))),
            }
        }
    }
    found.iter().map(|(yaml, rows)| tree(yaml, rows.unwrap_or_default().as_bytes())).collect()
}

#[test]
fn the_examples_on_the_page_are_what_they_are_said_to_be() {
    let mut seen = 0;
    for section in PAGE.split("\n## ").skip(1) {
        let id = section.lines().next().expect("a heading");
        let (bad, good) = section.split_once("**Good**").expect("a good example");
        let (bad, good) = (contents(bad), contents(good));
        if section.contains("Bump: ") {
            let [old, new] = bad.as_slice() else {
                assert!(bad.is_empty(), "{id}: two contents");
                continue;
            };
            let (rules, needed, made) = step(old, new);
            assert!(rules.contains(&id), "{id}: {rules:?}");
            assert!(made < needed, "{id}: {made} is not too little for {needed}");
            for better in &good {
                let (_, needed, made) = step(old, better);
                assert_eq!(made, needed, "{id}: the good example");
            }
            assert_eq!(good.len(), 1, "{id}");
        } else {
            for content in &bad {
                assert!(alone(content).contains(&id), "{id}: {:?}", alone(content));
            }
            for content in &good {
                assert_eq!(alone(content), Vec::<&str>::new(), "{id}");
            }
        }
        seen += 1;
    }
    assert!(seen >= 45, "only {seen} sections have examples");
}

/// A dataset whose files are given, `part` having the last word about its keys.
fn dataset(part: &str, files: &[(&str, &[u8])]) -> MemorySnapshot {
    let listed: Vec<Value> = files.iter().map(|(path, _)| json!({"path": path})).collect();
    let mut keys = json!({"files": listed});
    let part: Value = serde_saphyr::from_str(part).expect("YAML");
    keys.as_object_mut().expect("a map").extend(part.as_object().cloned().unwrap_or_default());
    files.iter().fold(tree(&keys.to_string(), b""), |tree, (path, bytes)| {
        tree.with(&format!("registry/datasets/gold/{path}"), *bytes)
    })
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    writer.write_all(bytes).expect("memory");
    writer.finish().expect("memory")
}

const ROWS: &[u8] = b"id,text,label\na,One,yes\nb,Two,no\n";

#[test]
fn rows_are_the_same_packed_split_over_files_and_in_another_order() {
    let plain = dataset("{}", &[("rows.csv", ROWS)]);
    let forms = [
        dataset("{}", &[("rows.csv.gz", &packed(ROWS))]),
        dataset(
            "{}",
            &[
                ("a.csv", b"id,text,label\nb,Two,no\n"),
                ("b.jsonl", b"{\"id\":\"a\",\"text\":\"One\",\"label\":\"yes\"}\n"),
            ],
        ),
        dataset(
            "{files: [{path: rows, format: csv}]}",
            &[("rows", b"label,id,text\nno,b,Two\nyes,a,One\n")],
        ),
    ];
    for other in &forms {
        let (rules, needed, _) = step(&plain, other);
        assert!(rules.contains(&"dataset-reserialized"), "{rules:?}");
        assert_eq!(needed, Bump::Patch, "forwards");
        assert_eq!(step(other, &plain).1, Bump::Patch, "backwards");
        assert_eq!(alone(other), Vec::<&str>::new());
    }
}

#[test]
fn rows_in_other_bytes_are_reserialized_and_nothing_worse() {
    let columns = "{id: {type: string}, n: {type: number, nullable: true}, text: {type: string, nullable: true}}";
    let with = |keys: &str, path: &str, bytes: &[u8]| {
        dataset(&format!("columns: {columns}\n{keys}"), &[(path, bytes)])
    };
    let rows: &[u8] = b"id,n,text\na,1.5,One\nb,,\"Two, three\"\nc,20,caf\xc3\xa9\n";
    let text = String::from_utf8(rows.to_vec()).expect("UTF-8");
    let marked = format!("\u{feff}{text}");
    let old = with("", "rows.csv", rows);
    let forms: [(&str, &str, Vec<u8>); 10] = [
        ("packed", "rows.csv.gz", packed(rows)),
        ("CRLF", "rows.csv", text.replace('\n', "\r\n").into_bytes()),
        ("a byte order mark", "rows.csv", marked.clone().into_bytes()),
        ("mark and CRLF, packed", "rows.csv.gz", packed(marked.replace('\n', "\r\n").as_bytes())),
        ("no last line end", "rows.csv", text.trim_end().as_bytes().to_vec()),
        ("empty lines", "rows.csv", format!("{text}\n\n").into_bytes()),
        (
            "quotes and other numbers",
            "rows.csv",
            text.replace("a,1.5,One", "\"a\",1.50,\"One\"").replace("c,20", "c,2e1").into_bytes(),
        ),
        (
            "columns in another order",
            "rows.csv",
            "text,id,n\nOne,a,1.5\n\"Two, three\",b,\ncafé,c,20\n".as_bytes().to_vec(),
        ),
        (
            "JSON lines",
            "rows.jsonl",
            "{\"id\":\"c\",\"n\":20.0,\"text\":\"caf\\u00e9\"}\n{\"id\":\"a\",\"n\":1.5,\"text\":\"One\"}\n{\"id\":\"b\",\"text\":\"Two, three\"}\n"
                .as_bytes()
                .to_vec(),
        ),
        (
            "YAML",
            "rows.yaml",
            "- {id: a, n: 1.5, text: One}\n- {id: b, n: null, text: \"Two, three\"}\n- {id: c, n: 20, text: café}\n"
                .as_bytes()
                .to_vec(),
        ),
    ];
    for (what, path, bytes) in &forms {
        let new = with("", path, bytes);
        for (from, to) in [(&old, &new), (&new, &old)] {
            let (rules, needed, _) = step(from, to);
            assert_eq!(
                (rules.as_slice(), needed),
                (&["dataset-reserialized"][..], Bump::Patch),
                "{what}"
            );
        }
        let found = alone(&new);
        let mark: &[&str] = if what.contains("mark") { &["dataset-byte-order-mark"] } else { &[] };
        assert_eq!(found, mark, "{what}");
    }
}

/// Files by their path.
type Files<'a> = &'a [(&'a str, &'a [u8])];

#[test]
fn what_is_not_at_hand_is_not_judged_and_what_came_beside_it_is() {
    let old = dataset("{}", &[("a.parquet", b"PAR1 one")]);
    let cases: [(Files<'_>, &[&str], Bump); 6] = [
        (&[("b.parquet", b"PAR1 two")], &["dataset-bytes-changed"], Bump::Major),
        (&[], &["dataset-rows-removed"], Bump::Major),
        (&[("a.parquet", b"PAR1 two")], &["dataset-bytes-changed"], Bump::Major),
        (
            &[("a.parquet", b"PAR1 one"), ("b.parquet", b"PAR1 two")],
            &["dataset-rows-added"],
            Bump::Minor,
        ),
        (&[("b.csv", b"id\n1\n")], &["dataset-bytes-changed"], Bump::Major),
        (&[("c.parquet", b"PAR1 one")], &["content-changed"], Bump::Patch),
    ];
    for (files, rules, bump) in cases {
        let new = dataset("{}", files);
        let (found, needed, _) = step(&old, &new);
        assert_eq!((found.as_slice(), needed), (rules, bump), "{files:?}");
        let outcome = compare(Some(&load(&old)), &load(&new));
        let noted = outcome.findings.iter().any(|f| f.rule.id == "dataset-rows-not-judged");
        assert_eq!(noted, rules != ["content-changed"], "{files:?}");
    }
    // A file that says it is packed and is not.
    let broken = dataset("{}", &[("rows.csv.gz", ROWS)]);
    assert_eq!(alone(&broken), ["dataset-rows-not-judged"]);
}

#[test]
fn what_helps_fits_the_reason_why_rows_were_not_judged() {
    let csv = |rows: &[u8]| dataset("{row_key: id}", &[("rows.csv", rows)]);
    let (whole, twice) = (csv(ROWS), csv(b"id,n\na,1\na,2\n"));
    let pointer = format!(
        "version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize 120\n",
        "a".repeat(64)
    );
    let behind = csv(pointer.as_bytes()).with_lfs("registry/datasets/gold/rows.csv");
    let cases: [(MemorySnapshot, MemorySnapshot, &str); 5] = [
        (dataset("{}", &[]), dataset("{}", &[("a.parquet", b"PAR1")]), "`format` does"),
        (dataset("{}", &[]), dataset("{}", &[("rows.csv.gz", ROWS)]), "packed as its name says"),
        (twice, whole.clone(), "later changes are compared row by row"),
        (whole.clone(), behind.clone(), "`git lfs pull`"),
        (behind, whole, "commits hold the pointer alone"),
    ];
    for (old, new, expected) in cases {
        let found = compare(Some(&load(&old)), &load(&new)).findings.clone();
        let noted = found.iter().find(|f| f.rule.id == "dataset-rows-not-judged");
        let noted = noted.unwrap_or_else(|| panic!("{expected}: {found:?}"));
        let help = noted.help.as_deref().expect("a help");
        assert!(help.contains(expected), "{}: {help}", noted.message);
    }
}

#[test]
fn a_type_or_a_label_that_is_declared_for_the_first_time_changes_no_row() {
    let old = tree("{}", b"id,n,expected\na,1,x\nb,2.0,y\n");
    let new = tree(
        "columns: {n: {type: number}, expected: {label: true}}\nversion: 1.1.0\n",
        b"id,n,expected\na,1.0,x\nb,2,y\n",
    );
    let (rules, needed, _) = step(&old, &new);
    assert_eq!(needed, Bump::Minor, "{rules:?}");
    assert!(
        !rules.iter().any(|rule| rule.contains("rows") || rule.contains("labels")),
        "{rules:?}"
    );
}

#[test]
fn a_closer_look_says_which_columns_changed_from_what_to_what() {
    let old = tree("{}", b"id,text,label\na,One,yes\nb,Two,no\nc,Three,no\nd,Four,no\n");
    let new = dataset(
        "{}",
        &[("rows.jsonl", b"{\"id\":\"d\",\"text\":\"Four\",\"label\":\"no\"}\n{\"id\":\"b\",\"text\":\"Two!\",\"label\":\"yes\"}\n{\"id\":\"a\",\"text\":\"One\",\"label\":null}\n{\"id\":\"e\",\"text\":\"Five\",\"label\":\"no\"}\n")],
    );
    let (old, new) = (load(&old), load(&new));
    let seen = row_changes(&old, &new).expect("memory").expect("rows");
    assert_eq!((seen.diff.added.count, seen.diff.removed.count), (1, 1));
    assert_eq!(seen.details.looked_at, 2);
    let columns: Vec<(&str, u64)> =
        seen.details.columns.iter().map(|(name, count)| (name.as_str(), *count)).collect();
    assert_eq!(columns, [("label", 2), ("text", 1)]);
    let rows: Vec<&str> = seen.details.rows.iter().map(|row| row.key.as_str()).collect();
    assert_eq!(rows, ["a", "b"]);
    let cells = &seen.details.rows[1].cells;
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(cells.get("text"), Some(&(text("Two"), text("Two!"))));
    assert_eq!(seen.details.rows[0].cells.get("label"), Some(&(text("yes"), None)));
    assert_eq!(row_changes(&old, &old).expect("memory"), None);
}

/// Rows that are aliases stand where their anchors are, in any order, and rows may share a line.
#[test]
fn a_closer_look_finds_rows_of_yaml_in_any_order_of_lines() {
    let text = |x: u8| {
        format!(
            "defs:\n- &a {{id: a, x: {x}}}\n- &b {{id: b, x: {x}}}\nrows: [*b, *a, {{id: c, x: {x}}}, {{id: d, x: {x}}}]\n"
        )
    };
    let side = |x| dataset("{}", &[("rows.yaml", text(x).as_bytes())]);
    let seen = row_changes(&load(&side(1)), &load(&side(2))).expect("memory").expect("rows");
    let rows: Vec<&str> = seen.details.rows.iter().map(|row| row.key.as_str()).collect();
    assert_eq!(rows, ["a", "b", "c", "d"]);
    assert_eq!((seen.details.looked_at, seen.details.columns.get("x")), (4, Some(&4)));
}

/// The rules that speak of the step between two contents beyond what it needs.
fn said(old: &MemorySnapshot, new: &MemorySnapshot) -> Vec<(&'static str, String)> {
    let outcome = compare(Some(&load(old)), &load(new));
    outcome.findings.iter().map(|f| (f.rule.id, f.place.pointer.clone())).collect()
}

#[test]
fn files_in_another_order_are_rows_in_another_order_where_order_counts() {
    let (a, b, c): (&[u8], &[u8], &[u8]) = (b"id,n\na,1\n", b"id,n\nb,2\n", b"id,n\nc,3\n");
    let listed = |ordered: bool, names: &[&'static str]| {
        let pair = |name: &'static str| -> (&str, &[u8]) {
            let bytes = match name {
                "a.csv" => a,
                "b.csv" => b,
                "c.csv" => c,
                "ab.csv" => b"id,n\na,1\nb,2\n",
                "two.csv" => b"id,n\nb,3\n",
                _ => name.as_bytes(),
            };
            (name, bytes)
        };
        let files: Files<'_> = &names.iter().map(|name| pair(name)).collect::<Vec<_>>();
        dataset(&format!("ordered: {ordered}"), files)
    };
    let old = listed(true, &["a.csv", "b.csv", "c.csv"]);
    let cases: [(&[&'static str], &[&str], Bump); 6] = [
        (&["a.csv", "c.csv", "b.csv"], &["dataset-rows-reordered"], Bump::Major),
        (&["c.csv", "a.csv", "b.csv"], &["dataset-rows-reordered"], Bump::Major),
        (&["ab.csv", "c.csv"], &["dataset-reserialized"], Bump::Patch),
        (&["a.csv", "two.csv", "c.csv"], &["dataset-rows-changed"], Bump::Major),
        (&["a.csv", "c.csv"], &["dataset-rows-removed"], Bump::Major),
        (
            &["c.csv", "a.csv", "two.csv"],
            &["dataset-rows-changed", "dataset-rows-reordered"],
            Bump::Major,
        ),
    ];
    for (files, rules, bump) in cases {
        let (found, needed, _) = step(&old, &listed(true, files));
        assert_eq!((found.as_slice(), needed), (rules, bump), "{files:?}");
    }
    // A new row between the others leaves their order as it was.
    let (found, needed, _) = step(&listed(true, &["a.csv", "c.csv"]), &old);
    assert_eq!((found.as_slice(), needed), (&["dataset-rows-added"][..], Bump::Minor));
    // Files that are not read are told apart by their digests.
    let packed = listed(true, &["1.parquet", "2.parquet"]);
    let turned = listed(true, &["2.parquet", "1.parquet"]);
    assert_eq!(step(&packed, &turned).0, ["dataset-rows-reordered"]);
    let free = (listed(false, &["a.csv", "b.csv"]), listed(false, &["b.csv", "a.csv"]));
    assert_eq!(step(&free.0, &free.1).1, Bump::Patch, "the file lists them otherwise");
}

#[test]
fn the_same_bytes_in_another_format_are_other_rows() {
    let rows = b"{\"id\":\"a\"}\n";
    let old = dataset("files: [{path: rows, format: jsonl}]", &[("rows", rows)]);
    let new = tree("files: [{path: rows, format: csv}]", b"");
    let new = new.with("registry/datasets/gold/rows", rows);
    let old = old.with("registry/datasets/gold/dataset.yaml", {
        let loaded = load(&tree("files: [{path: rows, format: jsonl}]", b""));
        loaded.entry.value().to_string()
    });
    assert_ne!(step(&old, &new).1, Bump::None);
    assert!(
        said(&old, &new).iter().any(|(id, _)| *id == "dataset-row-key-missing"),
        "{:?}",
        said(&old, &new)
    );
}
