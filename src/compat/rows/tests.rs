//! Rows in pieces of any size, in every format, well written and not.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;

use proptest::prelude::*;

use super::fields::cut;
use super::records::Records;
use super::*;
use crate::registry::dataset::{Column, ColumnType};

/// Reads rows in pieces of `size` bytes.
fn read(format: Format, text: &[u8], size: usize, columns: &BTreeMap<String, Column>) -> Table {
    let mut found = ColumnReader::new(format);
    for piece in text.chunks(size) {
        // Behind the header the reader refuses the rest.
        if found.write_all(piece).is_err() {
            break;
        }
    }
    let shared: BTreeSet<String> = found.finish().into_iter().collect();
    let key = Some("id".to_owned());
    let spec = Spec { key, columns, weight: None, shared, cases: false };
    read_with(format, text, size, &spec)
}

fn read_with(format: Format, text: &[u8], size: usize, spec: &Spec<'_>) -> Table {
    let mut table = Table::new();
    let file = FileSpec { index: 0, format, split: String::new() };
    let mut reader = RowReader::new(spec, file, &mut table);
    for piece in text.chunks(size) {
        reader.write_all(piece).expect("a row reader takes everything");
    }
    reader.finish();
    table.settle(spec.key.is_some());
    table
}

fn kinds(table: &Table) -> Vec<(FaultKind, u32)> {
    table.faults().iter().map(|fault| (fault.kind, fault.line)).collect()
}

fn columns(of: &[(&str, ColumnType, bool)]) -> BTreeMap<String, Column> {
    let column =
        |kind: ColumnType, nullable| Column { column_type: kind, nullable, ..Column::default() };
    of.iter().map(|(name, kind, nullable)| ((*name).to_owned(), column(*kind, *nullable))).collect()
}

#[test]
fn a_value_is_the_same_in_every_format() {
    let declared = columns(&[
        ("id", ColumnType::String, false),
        ("n", ColumnType::Number, true),
        ("big", ColumnType::Integer, false),
        ("list", ColumnType::List, true),
        ("ok", ColumnType::Boolean, true),
        ("text", ColumnType::String, false),
    ]);
    let csv = "id,n,big,list,ok,text\r\n7,1.50,9007199254740993,\"[1, {\"\"b\"\": 2, \"\"a\"\": 1}]\",true,\r\nb,,2,,,\"x\ny\"\r\n";
    let jsonl = "{\"id\":7,\"big\":9007199254740993,\"n\":1.5,\"ok\":true,\"list\":[1,{\"a\":1,\"b\":2}],\"text\":\"\"}\n\n{\"text\":\"x\\ny\",\"id\":\"b\",\"big\":2,\"ok\":null}";
    let yaml = "rows:\n- {id: 7, n: 15.0e-1, big: 9007199254740993, ok: true, list: [1, {b: 2, a: 1}], text: ''}\n- {id: b, big: 2, text: \"x\\ny\"}\n";
    let forms = [(Format::Csv, csv), (Format::Jsonl, jsonl), (Format::Yaml, yaml)];
    let tables: Vec<Table> =
        forms.iter().map(|(form, text)| read(*form, text.as_bytes(), 7, &declared)).collect();
    for (at, table) in tables.iter().enumerate() {
        assert_eq!(kinds(table), [], "{:?}", forms[at].0);
        assert_eq!(table.len(), 2);
        assert!(compare(&tables[0], table, true).is_same(), "{:?}", forms[at].0);
    }
    // The last digit of a whole number counts, although a double would lose it.
    let other = csv.replace("9007199254740993", "9007199254740992");
    let diff = compare(&tables[0], &read(Format::Csv, other.as_bytes(), 4096, &declared), true);
    assert_eq!((diff.data.count, diff.data.names().collect::<Vec<_>>()), (1, vec!["7"]));
}

#[test]
fn what_became_of_each_row_is_told_apart() {
    let old =
        "id,text,label,split\na,One,yes,train\nb,Two,no,train\nc,Three,no,test\nd,Four,no,test\n";
    let new =
        "id,text,label,split\ne,Five,no,test\nd,Four,no,test\na,One,no,train\nb,Two!,no,test\n";
    let none = BTreeMap::new();
    let (old, new) =
        (read(Format::Csv, old.as_bytes(), 3, &none), read(Format::Csv, new.as_bytes(), 3, &none));
    let diff = compare(&old, &new, true);
    let names =
        |sample: &Sample| sample.names().map(ToOwned::to_owned).collect::<Vec<_>>().join(" ");
    assert_eq!((diff.before, diff.after), (4, 4));
    assert_eq!(names(&diff.added), "e");
    assert_eq!(names(&diff.removed), "c");
    assert_eq!(names(&diff.data), "b");
    assert_eq!(names(&diff.labels), "a");
    let moved: Vec<_> = diff
        .moved
        .iter()
        .map(|((from, to), rows)| (from.as_str(), to.as_str(), names(rows)))
        .collect();
    assert_eq!(moved, [("train", "test", "b".to_owned())]);
    assert!(diff.reordered, "d stood behind a");
    assert!(!compare(&old, &new, false).reordered, "nobody asked");
}

#[test]
fn rows_without_keys_are_bags() {
    let none = BTreeMap::new();
    let table = |text: &str| {
        let shared = ["a".to_owned()].into();
        let spec = Spec { key: None, columns: &none, weight: None, shared, cases: false };
        read_with(Format::Csv, text.as_bytes(), 4096, &spec)
    };
    let counts = |old: &str, new: &str| {
        let diff = compare(&table(old), &table(new), false);
        (diff.added.count, diff.removed.count)
    };
    assert_eq!(counts("a\nx\nx\ny\n", "a\ny\nx\nx\n"), (0, 0));
    assert_eq!(counts("a\nx\ny\n", "a\ny\nx\nx\n"), (1, 0));
    assert_eq!(counts("a\nx\nx\ny\n", "a\nz\nx\n"), (1, 2));
}

/// Kinds of faults and their lines.
type Faults<'a> = &'a [(FaultKind, u32)];

#[test]
fn what_is_wrong_is_said_at_its_line() {
    use FaultKind as Kind;
    let none = BTreeMap::new();
    let cases: [(Format, &[u8], Faults<'_>); 17] = [
        (Format::Csv, b"id,a\n1,x,y\n2\n", &[(Kind::Ragged, 2), (Kind::Ragged, 3)]),
        (Format::Csv, b"\xef\xbb\xbfid,a\n1,x\n", &[(Kind::ByteOrderMark, 1)]),
        (Format::Csv, b"id,a\n1,\"x\n2,y\n", &[(Kind::Syntax, 2)]),
        (Format::Csv, b"id,a\n1,\"x\"y\n", &[(Kind::Syntax, 2)]),
        (Format::Csv, b"id,a\n1,\xff\n", &[(Kind::NotUtf8, 2)]),
        (Format::Csv, b"id,a\n1,x\n\n1,y\n", &[(Kind::KeyTwice, 4)]),
        (Format::Csv, b"id,a\n,y\n", &[(Kind::KeyMissing, 2)]),
        (Format::Csv, b"ID,a\n1,y\n", &[(Kind::KeyColumnMissing, 1)]),
        (Format::Csv, b"id,id,\n1,2,3\n", &[(Kind::ColumnTwice, 1), (Kind::ColumnTwice, 1)]),
        (Format::Csv, b"id,a\n<<<<<<< HEAD\n1,x\n", &[(Kind::ConflictMarker, 2)]),
        (Format::Csv, b"", &[(Kind::Empty, 1)]),
        (Format::Csv, b"\r\n\n", &[(Kind::Empty, 1)]),
        (Format::Jsonl, b"", &[]),
        (Format::Jsonl, b"{\"id\":1}\n{\"id\":2,\"a\"", &[(Kind::Syntax, 2)]),
        (Format::Jsonl, b"[1]\n{\"a\":1}\n", &[(Kind::Syntax, 1), (Kind::KeyMissing, 2)]),
        (Format::Yaml, b"id: 1\n", &[(Kind::Syntax, 1)]),
        (Format::Yaml, b"- {id: 1}\n- x\n- {id: 1}\n", &[(Kind::Syntax, 2), (Kind::KeyTwice, 3)]),
    ];
    for (format, text, expected) in cases {
        for size in [1, 4096] {
            let table = read(format, text, size, &none);
            assert_eq!(kinds(&table), expected, "{:?}", String::from_utf8_lossy(text));
        }
    }
}

#[test]
fn a_row_beyond_the_limit_is_passed_over_and_the_next_one_is_read() {
    let none = BTreeMap::new();
    let mut text = b"id,a\n1,x\n2,".to_vec();
    text.resize(text.len() + MAX_ROW_BYTES + 1, b'y');
    text.extend_from_slice(b"\n3,z\n");
    for size in [1 << 16, text.len()] {
        let table = read(Format::Csv, &text, size, &none);
        assert_eq!(kinds(&table), [(FaultKind::RowTooLarge, 3)]);
        assert_eq!(table.len(), 2);
        assert!(table.hides_rows());
    }
}

#[test]
fn a_row_of_cases_may_leave_out_its_bar() {
    let none = BTreeMap::new();
    let shared: BTreeSet<String> =
        ["case_id", "metric", "pass_bar", "notes"].map(ToOwned::to_owned).into();
    let key = Some("case_id".to_owned());
    let spec = Spec { key, columns: &none, weight: None, shared, cases: true };
    let read = |text: &str| read_with(Format::Csv, text.as_bytes(), 4096, &spec);
    let short = read("case_id,metric,pass_bar,notes\nA,exact>=0.8,polite\n");
    let long = read("case_id,metric,pass_bar,notes\nA,exact>=0.8,,polite\n");
    assert_eq!(kinds(&short), []);
    assert!(compare(&short, &long, false).is_same());
}

#[test]
fn long_keys_are_told_apart_and_shown_by_their_beginning() {
    let none = BTreeMap::new();
    let long = "é".repeat(100);
    let text = format!("id,a\n{long}1,x\n{long}2,x\n");
    let table = read(Format::Csv, text.as_bytes(), 4096, &none);
    assert_eq!(kinds(&table), []);
    let nothing = read(Format::Csv, b"id,a\n", 4096, &none);
    let diff = compare(&nothing, &table, false);
    let shown = format!("{}…", "é".repeat(32));
    assert_eq!(diff.added.names().collect::<Vec<_>>(), [shown.as_str(), shown.as_str()]);
}

#[test]
fn room_for_rows_grows_by_a_share_of_them_and_is_not_wasted() {
    let none = BTreeMap::new();
    let text: String = (0..50_000).fold("id,a\n".to_owned(), |mut text, at| {
        text.push_str(&format!("row-{at:07},x\n"));
        text
    });
    let shared: BTreeSet<String> = ["id".to_owned(), "a".to_owned()].into();
    let key = Some("id".to_owned());
    let spec = Spec { key, columns: &none, weight: None, shared, cases: false };
    // What the files say of their size: nothing, the truth, too little, too much.
    for size in [0, text.len() as u64, 1000, u64::MAX] {
        let mut table = Table::new();
        let mut rooms = BTreeSet::new();
        for index in 0..3_u16 {
            let file = FileSpec { index, format: Format::Csv, split: String::new() };
            let mut reader = RowReader::new(&spec, file, &mut table).of_size(size);
            for piece in text.as_bytes().chunks(1 << 12) {
                reader.write_all(piece).expect("a row reader takes everything");
                rooms.insert(reader.room());
            }
            reader.finish();
        }
        // From nothing to 50,000 by eighths is some thirty times, and row by row would be each time.
        assert!(rooms.len() <= 40, "{size}: {}", rooms.len());
        let each = table.bytes_held() / table.len();
        assert!(each < if size == text.len() as u64 { 160 } else { 500 }, "{size}: {each}");
    }
}

/// Rows of CSV with quotes, commas and line ends in them.
fn rows() -> impl Strategy<Value = Vec<Vec<String>>> {
    let cell = prop::string::string_regex("[a-c\",\n é]{0,6}").expect("a pattern");
    prop::collection::vec(prop::collection::vec(cell, 3), 0..8)
}

fn written(rows: &[Vec<String>]) -> Vec<u8> {
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    writer.write_record(["id", "a", "b", "c"]).expect("memory");
    for (at, row) in rows.iter().enumerate() {
        let cells = std::iter::once(at.to_string()).chain(row.iter().cloned());
        writer.write_record(cells).expect("memory");
    }
    writer.into_inner().expect("memory")
}

proptest! {
    #[test]
    fn fields_are_those_that_the_csv_crate_reads(rows in rows(), size in 1_usize..40) {
        let text = written(&rows);
        let mut found = Vec::new();
        let mut records = Records::new(true);
        let mut fields = Vec::new();
        let mut take = |record: records::Record<'_>| {
            assert_eq!(cut(record.bytes, record.quoted, &mut fields), None);
            let text = |field: &fields::Field| {
                String::from_utf8_lossy(&field.text(record.bytes)).into_owned()
            };
            found.push(fields.iter().map(text).collect::<Vec<_>>());
        };
        for piece in text.chunks(size) {
            records.push(piece, &mut take);
        }
        records.finish(&mut take);
        let mut reader = ::csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_slice());
        let expected: Vec<Vec<String>> = reader
            .records()
            .map(|record| record.expect("well written").iter().map(ToOwned::to_owned).collect())
            .collect();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn an_edit_of_one_cell_is_one_changed_row(
        rows in rows().prop_filter("a row", |rows| !rows.is_empty()),
        at in any::<prop::sample::Index>(),
        column in 0_usize..3,
        size in 1_usize..40,
    ) {
        let none = BTreeMap::new();
        let mut edited = rows.clone();
        let row = at.index(rows.len());
        edited[row][column].push('z');
        let (old, new) = (written(&rows), written(&edited));
        let (old, new) = (read(Format::Csv, &old, size, &none), read(Format::Csv, &new, size, &none));
        prop_assert!(compare(&old, &old, true).is_same());
        let diff = compare(&old, &new, true);
        let names: Vec<&str> = diff.data.names().collect();
        prop_assert_eq!(names, [row.to_string()]);
        prop_assert!(diff.added.is_empty() && diff.removed.is_empty() && !diff.reordered);
    }

    #[test]
    fn numbers_of_short_bytes_are_in_their_order_and_never_those_of_long_ones(
        a in prop::collection::vec(any::<u8>(), 0..20),
        b in prop::collection::vec(any::<u8>(), 0..20),
    ) {
        let (one, other) = (cell::number(&a), cell::number(&b));
        prop_assert_eq!(one == other, a == b);
        if a.len() < 16 && b.len() < 16 {
            prop_assert_eq!(one.cmp(&other), a.cmp(&b));
        }
    }

    #[test]
    fn rows_that_differ_are_found_again_by_their_lines(
        rows in rows().prop_filter("a row", |rows| !rows.is_empty()),
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..3), 1..4),
        mark in any::<bool>(),
    ) {
        let none = BTreeMap::new();
        let mut edited = rows.clone();
        let mut places = BTreeSet::new();
        for (row, column) in edits {
            let row = row.index(rows.len());
            if places.insert((row, column)) {
                edited[row][column].push('z');
            }
        }
        let (mut old, new) = (written(&rows), written(&edited));
        if mark {
            old.splice(0..0, "\u{feff}".bytes());
        }
        let diff = compare(&read(Format::Csv, &old, 7, &none), &read(Format::Csv, &new, 7, &none), false);
        let shared: BTreeSet<String> = ["id", "a", "b", "c"].map(ToOwned::to_owned).into();
        let key = Some("id".to_owned());
        let spec = Spec { key, columns: &none, weight: None, shared, cases: false };
        let pick = |side, text: &[u8]| {
            let mut picked = Picked::default();
            let mut picker = Picker::new(&spec, (side, 0, Format::Csv), &diff, &mut picked);
            picker.write_all(text).expect("a picker takes everything");
            picker.finish();
            picked
        };
        let found = details(&pick(Side::Old, &old), &pick(Side::New, &new));
        let rows: BTreeSet<usize> = places.iter().map(|(row, _)| *row).collect();
        prop_assert_eq!(found.looked_at, rows.len() as u64);
        let cells: u64 = found.columns.values().sum();
        prop_assert_eq!(cells, places.len() as u64);
    }

    #[test]
    fn nothing_panics_and_pieces_make_no_difference(text in prop::collection::vec(any::<u8>(), 0..200), size in 1_usize..9) {
        let none = BTreeMap::new();
        for format in [Format::Csv, Format::Jsonl, Format::Yaml] {
            let (pieces, whole) = (read(format, &text, size, &none), read(format, &text, 4096, &none));
            prop_assert_eq!(pieces.faults(), whole.faults());
            prop_assert!(compare(&pieces, &whole, true).is_same());
        }
    }
}
