//! Rows are read in pieces of any size without a panic, and as they are when they come whole.

#![no_main]

use std::collections::BTreeMap;
use std::io::Write as _;

use keelmark::compat::rows::{
    ColumnReader, FileSpec, Format, RowReader, Spec, Table, compare,
};
use keelmark::registry::dataset::{Column, ColumnType};
use libfuzzer_sys::fuzz_target;

fn columns(format: Format, text: &[u8]) -> Vec<String> {
    let mut reader = ColumnReader::new(format);
    // Behind the header the reader refuses the rest.
    let _ = reader.write_all(text);
    reader.finish()
}

fn table(format: Format, text: &[u8], size: usize, spec: &Spec<'_>) -> Table {
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

fuzz_target!(|input: (u8, u8, &[u8])| {
    let (choice, size, text) = input;
    let format = match choice % 3 {
        0 => Format::Csv,
        1 => Format::Jsonl,
        _ => Format::Yaml,
    };
    let typed = Column { column_type: ColumnType::Json, ..Column::default() };
    let declared: BTreeMap<String, Column> = [("a".to_owned(), typed)].into();
    let found = columns(format, text);
    let key = found.first().filter(|_| choice & 4 == 0).cloned();
    let shared = found.iter().cloned().collect();
    let cases = choice & 8 == 0;
    let spec = Spec { key, columns: &declared, weight: None, shared, cases };
    let whole = table(format, text, text.len().max(1), &spec);
    let pieces = table(format, text, usize::from(size).max(1), &spec);
    assert_eq!(whole.faults(), pieces.faults());
    assert!(compare(&whole, &pieces, true).is_same());
    let nothing = Table::new();
    let diff = compare(&nothing, &whole, true);
    assert_eq!(diff.added.count, whole.len() as u64);
    assert_eq!(diff.removed.count, 0);
});
