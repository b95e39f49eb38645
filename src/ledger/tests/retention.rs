use serde_json::json;

use super::{NOON, chained, commit, moving, record};
use crate::digest::Digest;
use crate::ledger::kind::Kind;
use crate::ledger::record::Record;
use crate::ledger::retention::{Archive, archive, day_of, months_before};
use crate::ledger::verify::{self, Change, Wrong};
use crate::path::RepoPath;

const DAY: i64 = 86_400;

/// Four records of four days.
fn old() -> Vec<Record> {
    vec![
        record(Kind::Run, NOON, json!({})),
        moving(NOON + DAY, "production", "1.0.0"),
        record(Kind::Gate, NOON + 2 * DAY, json!({})),
        record(Kind::Run, NOON + 3 * DAY, json!({})),
    ]
}

fn archiving(paths: &[RepoPath]) -> Record {
    let payload = Archive::new("2026-11-27", Digest::of(b"bundle"), true, paths).to_json();
    record(Kind::Retention, NOON + 4 * DAY, payload)
}

#[test]
fn an_archive_removes_what_it_lists_and_channels_stay() {
    let mut records = old();
    let paths = [records[0].path(), records[1].path()];
    records.push(archiving(&paths));
    let read = archive(&records[4]).expect("an archive");
    assert_eq!(read.paths().into_iter().collect::<Vec<_>>(), paths);
    assert_eq!(day_of(&paths[0]).as_deref(), Some("2026-11-25"));
    let links = chained(&records);
    let removed = links[4].changes.iter().filter(|(_, change)| *change == Change::Removed).count();
    assert_eq!(removed, 2);
    let outcome = verify::chain(&links);
    assert_eq!(outcome.faults, []);
    assert_eq!(outcome.records, 5);
    assert!(outcome.channels.get("production").is_some());
}

#[test]
fn nothing_leaves_that_is_not_listed_and_all_that_is_listed_leaves() {
    let mut records = old();
    let paths = [records[0].path(), records[1].path()];
    records.push(archiving(&paths[..1]));
    let mut links = chained(&records);
    links[4].changes.push((paths[1].clone(), Change::Removed));
    assert_eq!(verify::chain(&links).faults[0].wrong, Wrong::Removed);
    links[4].changes.retain(|(_, change)| *change != Change::Removed);
    let faults = verify::chain(&links).faults;
    assert_eq!((faults[0].wrong, faults[0].commit), (Wrong::Archive, Some(commit(4))));
}

#[test]
fn a_record_of_a_later_day_or_of_another_kind_archives_nothing() {
    let records = old();
    let later = archiving(&[records[2].path()]);
    assert_eq!(archive(&later), None);
    let payload = archiving(&[records[0].path()]).payload().clone();
    assert_eq!(archive(&record(Kind::Run, NOON, payload)), None);
    let strange = json!({"before": "2026-11-27", "bundle": "a".repeat(64), "signed": true, "removed": {"../..": ["x"]}});
    assert_eq!(archive(&record(Kind::Retention, NOON, strange)), None);
    assert_eq!(day_of(&RepoPath::from("records/x.json")), None);
}

#[test]
fn months_are_those_of_the_calendar() {
    for (day, months, expected) in [
        ("2026-11-25", 18, "2025-05-25"),
        ("2026-11-25", 0, "2026-11-25"),
        ("2026-03-31", 1, "2026-02-28"),
        ("2024-03-31", 1, "2024-02-29"),
        ("2026-01-15", 1, "2025-12-15"),
        ("2026-12-31", 24, "2024-12-31"),
        ("today", 1, "today"),
    ] {
        assert_eq!(months_before(day, months), expected, "{day} - {months}");
    }
}
