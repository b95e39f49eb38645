use serde_json::json;

use super::falsified::remake;
use super::{NOW, Yard, book, git, moving, record, sound, told, with};
use crate::cli::exit::Exit;
use crate::digest::Digest;
use crate::ledger::kind::Kind;
use crate::ledger::record::{Draft, Record};
use crate::ledger::retention::Archive;
use crate::path::RepoPath;

const DAY: i64 = 86_400;

fn kept(kind: Kind, day: i64, subject: &str) -> Record {
    Record::new(Draft {
        kind,
        at: NOW + day * DAY,
        actor: "ada <ada@example.com>".to_owned(),
        subject: subject.to_owned(),
        payload: json!({}),
    })
    .expect("a record")
}

fn archive(day: i64, before: &str, paths: &[RepoPath]) -> Record {
    let payload = Archive::new(before, Digest::of(b"bundle"), false, paths).to_json();
    Record::new(Draft { payload, ..draft(day) }).expect("a record")
}

fn draft(day: i64) -> Draft {
    Draft {
        kind: Kind::Retention,
        at: NOW + day * DAY,
        actor: "ada <ada@example.com>".to_owned(),
        subject: "old records".to_owned(),
        payload: json!({}),
    }
}

#[test]
fn archived_records_leave_the_tip_and_can_still_be_read() {
    let yard = Yard::new();
    let path = yard.repository("a");
    let old = [record("ada", 0), record("ada", 1), record("ada", DAY)];
    book(&path).append(&old, false).expect("appended");
    book(&path).append(&[record("ada", 9 * DAY)], false).expect("appended");
    let paths = book(&path).archivable("2026-11-27").expect("paths");
    assert_eq!(paths, old.iter().map(Record::path).collect::<Vec<_>>());
    book(&path).append(&[archive(10, "2026-11-27", &paths)], false).expect("archived");
    assert_eq!(told(&path), [&format!("ada@1.0.{}", 9 * DAY), "old records"]);
    assert_eq!(book(&path).archived().expect("records"), old);
    assert_eq!(sound(&path), 2, "the archive's removal is accepted");
    // A second archive of later records, and the first still tells what it took.
    let more = book(&path).archivable("2026-12-05").expect("paths");
    assert_eq!(more.len(), 1);
    book(&path).append(&[archive(11, "2026-12-05", &more)], false).expect("archived");
    assert_eq!(book(&path).archived().expect("records").len(), 4);
    assert_eq!(sound(&path), 2);
}

#[test]
fn what_counts_today_stays_at_the_tip() {
    let yard = Yard::new();
    let path = yard.repository("a");
    let records = [
        moving("ada", 0, "1.0.0"),
        moving("ada", 1, "1.1.0"),
        kept(Kind::Freeze, 0, "composite/a"),
        kept(Kind::Freeze, 0, "composite/b"),
        kept(Kind::Unfreeze, 1, "composite/b"),
    ];
    book(&path).append(&records, false).expect("appended");
    let mut leaving = [records[0].path(), records[3].path(), records[4].path()];
    leaving.sort();
    assert_eq!(book(&path).archivable("2027-01-01").expect("paths"), leaving);
}

#[test]
fn a_freeze_of_a_clock_that_is_fast_is_lifted_and_stays_so() {
    let yard = Yard::new();
    let path = yard.repository("a");
    let (freeze, unfreeze) =
        (kept(Kind::Freeze, 5, "composite/a"), kept(Kind::Unfreeze, 0, "composite/a"));
    book(&path).append(&[record("ada", 0), freeze, unfreeze.clone()], false).expect("appended");
    assert_eq!(book(&path).index().expect("an index").open_freezes(), Vec::<&Record>::new());
    // The record that lifts it leaves only with it.
    let early = book(&path).archivable("2026-11-28").expect("paths");
    assert_eq!(early, [record("ada", 0).path()]);
    let all = book(&path).archivable("2026-12-24").expect("paths");
    assert!(all.len() == 3 && all.contains(&unfreeze.path()), "{all:?}");
}

#[test]
fn two_archives_do_not_take_the_same_record() {
    let yard = Yard::new();
    let path = yard.repository("a");
    book(&path).append(&[record("ada", 0), record("ada", 1)], false).expect("appended");
    let paths = book(&path).archivable("2026-11-27").expect("paths");
    book(&path).append(&[archive(10, "2026-11-27", &paths)], false).expect("archived");
    let tip = git(&path, &["rev-parse", super::BRANCH]);
    let fault = book(&path).append(&[archive(11, "2026-11-27", &paths)], false).expect_err("again");
    assert_eq!(fault.exit(), Exit::Findings);
    assert!(fault.message().contains("another archive took it"), "{fault}");
    assert_eq!(git(&path, &["rev-parse", super::BRANCH]), tip);
}

#[test]
fn an_archive_that_takes_more_than_it_lists_is_false() {
    let yard = Yard::new();
    let path = yard.repository("a");
    book(&path).append(&[record("ada", 0), record("ada", 1)], false).expect("appended");
    let paths = book(&path).archivable("2026-11-27").expect("paths");
    // Its payload names a later day than its own content allows: it is an archive of nothing.
    let odd = with("ada", 9, json!({"before": "2026-11-27", "removed": {}}));
    book(&path).append(&[odd], false).expect("appended");
    assert_eq!(sound(&path), 3);
    book(&path).append(&[archive(10, "2026-11-27", &paths[..1])], false).expect("archived");
    let taken = paths[1].to_string();
    remake(&path, 3, |run| {
        run(&["update-index", "--force-remove", &taken]);
    });
    let audit = book(&path).audit().expect("an audit");
    assert_eq!(audit.faults.len(), 1);
    assert_eq!(audit.faults[0].path.as_ref(), Some(&paths[1]));
}
