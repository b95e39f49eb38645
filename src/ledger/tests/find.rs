use serde_json::json;

use super::{NOON, draft, record};
use crate::ledger::find::{Index, Named};
use crate::ledger::kind::Kind;
use crate::ledger::record::{Draft, Record};

fn about(kind: Kind, at: i64, subject: &str) -> Record {
    let subject = subject.to_owned();
    Record::new(Draft { subject, ..draft(kind, at, json!({})) }).expect("a record")
}

#[test]
fn records_are_found_by_kind_and_by_subject() {
    let index = Index::new(vec![
        about(Kind::Run, NOON, "suite/a"),
        about(Kind::Approval, NOON + 1, "release/x@1.0.0"),
        about(Kind::Gate, NOON + 2, "suite/a"),
        about(Kind::Approval, NOON + 3, "release/x@1.0.0"),
    ]);
    let times = |found: Vec<&Record>| found.iter().map(|r| r.at() - NOON).collect::<Vec<_>>();
    assert_eq!(times(index.of_kind(&Kind::Approval).collect()), [1, 3]);
    assert_eq!(times(index.about("suite/a").collect()), [0, 2]);
    assert_eq!(times(index.about("suite/a").rev().collect()), [2, 0]);
    assert_eq!(index.of_kind(&Kind::Waiver).count(), 0);
    assert_eq!(index.about("suite/b").count(), 0);
    assert_eq!(index.all().len(), 4);
}

#[test]
fn the_first_digits_name_a_record() {
    let records: Vec<Record> = (0..40).map(|n| record(Kind::Run, NOON + n, json!({}))).collect();
    let index = Index::new(records.clone());
    for record in &records {
        assert_eq!(index.named(record.id().as_str()), Named::One(record));
    }
    assert!(matches!(index.named(""), Named::Several(all) if all.len() == 40));
    assert_eq!(index.named("xyz"), Named::None);
}

#[test]
fn the_last_word_about_a_freeze_counts() {
    let index = Index::new(vec![
        about(Kind::Freeze, NOON, "composite/a"),
        about(Kind::Freeze, NOON + 1, "composite/b"),
        about(Kind::Unfreeze, NOON + 2, "composite/a"),
        about(Kind::Freeze, NOON + 3, "all"),
        about(Kind::Unfreeze, NOON + 4, "composite/c"),
        about(Kind::Freeze, NOON + 5, "all"),
    ]);
    let open: Vec<_> = index.open_freezes().iter().map(|r| (r.subject(), r.at() - NOON)).collect();
    assert_eq!(open, [("all", 5), ("composite/b", 1)]);
}

#[test]
fn a_freeze_of_a_clock_that_is_fast_ends_with_the_unfreeze_behind_it() {
    let early = about(Kind::Freeze, NOON + 3_600, "composite/a");
    let lifted = about(Kind::Unfreeze, NOON, "composite/a");
    let stands = about(Kind::Freeze, NOON, "composite/b");
    let records = vec![stands.clone(), lifted.clone(), early.clone()];
    let subjects = |order: &[&Record]| {
        let order: Vec<_> = order.iter().map(|record| record.id().clone()).collect();
        let index = Index::new(records.clone()).appended(order);
        index.open_freezes().iter().map(|r| r.subject().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(subjects(&[&early, &lifted, &stands]), ["composite/b"]);
    assert_eq!(subjects(&[&lifted, &early, &stands]), ["composite/a", "composite/b"]);
    // What nobody placed comes last, in the order of time.
    assert_eq!(subjects(&[&early]), ["composite/b"]);
}
