//! What is written into the ledger behind a release, or in somebody's name, changes nothing of it.

use keelmark::ledger::kind::Kind;
use keelmark::ledger::record::{Draft, Record};
use serde_json::{Value, json};

use super::forge::{find, remade};
use super::{BEFORE, Released, TAG, released};

/// The same record some seconds later, with another payload; nobody has signed it.
fn dated(record: &Record, seconds: i64, change: impl FnOnce(&mut Value)) -> Record {
    let made = remade(record, change);
    Record::new(Draft {
        kind: made.kind().clone(),
        at: made.at() + seconds,
        actor: made.actor().to_owned(),
        subject: made.subject().to_owned(),
        payload: made.payload().clone(),
    })
    .expect("a record")
}

/// Where the last record of a kind is: that of the newest release.
fn last(records: &[Record], kind: &Kind) -> usize {
    records.iter().rposition(|record| record.kind() == kind).expect("a record")
}

/// Adds a record behind all others.
fn append(made: &Released, record: Record) {
    let mut records = made.records();
    records.push(record);
    made.rewrite(&records);
}

#[test]
fn a_later_record_of_a_run_or_its_gates_changes_no_release() {
    for kind in [Kind::Gate, Kind::Run] {
        for seconds in [3_600, -3_600] {
            let made = released();
            let records = made.records();
            let forged = dated(&records[last(&records, &kind)], seconds, |payload| {
                let key = if kind == Kind::Gate { "verdicts" } else { "scores" };
                payload[key][0]["n"] = json!(99);
            });
            append(&made, forged);
            made.fresh().json(0, &["verify", TAG]);
        }
    }
}

#[test]
fn what_nobody_signed_takes_no_place_of_what_ci_signed() {
    for kind in [Kind::Gate, Kind::Run] {
        let made = released();
        let forge = |records: &mut Vec<Record>| {
            let at = last(records, &kind);
            let forged = dated(&records[at], 1, |payload| payload["model"] = json!("other"));
            let early = dated(&records[at], -1, |payload| payload["model"] = json!("other"));
            records.insert(at + 1, forged);
            records.insert(at, early);
        };
        made.rerelease(Some(&made.ada), None, forge, |text| text);
        made.fresh().json(0, &["verify", TAG]);
    }
}

#[test]
fn an_approval_is_late_whatever_a_second_record_of_the_release_says() {
    let made = released();
    let mut records = made.records();
    let at = find(&records, &Kind::Approval, TAG);
    let late = records.remove(at);
    let again = dated(&records[find(&records, &Kind::Release, TAG)], -3_600, |_| {});
    records.extend([late, made.signed(again, &made.ada)]);
    made.rewrite(&records);
    let found = made.fresh().json(4, &["verify", TAG]);
    assert_eq!(found["first"]["claim"], "approval", "{found:#}");
}

#[test]
fn why_shows_what_the_approver_signed() {
    let made = released();
    let records = made.records();
    let real = &records[find(&records, &Kind::Approval, TAG)];
    let forged = dated(real, 3_600, |payload| payload["comment"] = json!("looks great"));
    append(&made, forged);
    let page = made.fresh().json(0, &["why", TAG]);
    let approval = &page["releases"][0]["approvals"][0];
    assert_eq!(approval["principal"], "bob@example.com", "{page:#}");
    assert_eq!(approval["comment"], Value::Null);
    assert_eq!(approval["at"], keelmark::time::moment(real.at()));
}

/// The record of the release before under another number, as somebody released it from the same commit.
fn between(records: &[Record]) -> Record {
    let before = &records[find(records, &Kind::Release, BEFORE)];
    let tag = BEFORE.replace("1.7.3", "1.7.9");
    let made = dated(before, 1, |payload| {
        payload["tag"] = json!(tag);
        payload["version"] = json!("1.7.9");
    });
    Record::new(Draft {
        kind: Kind::Release,
        at: made.at(),
        actor: made.actor().to_owned(),
        subject: tag,
        payload: made.payload().clone(),
    })
    .expect("a record")
}

#[test]
fn a_release_that_the_ledger_had_is_not_passed_over_wherever_its_tag_leads() {
    let step = |made: &Released, code: i32| {
        let found = made.fresh().json(code, &["verify", TAG]);
        let claims = found["subjects"][0]["claims"].as_array().expect("claims").clone();
        claims.into_iter().find(|claim| claim["claim"] == "step").expect("a step")
    };
    let made = released();
    let insert = |records: &mut Vec<Record>| {
        let at = find(records, &Kind::Release, BEFORE) + 1;
        records.insert(at, between(records));
    };
    made.rerelease(Some(&made.ada), None, insert, |text| text);
    let found = step(&made, 4);
    assert_eq!(found["verdict"], "fails", "{found:#}");
    assert!(
        found["expected"].as_str().expect("words").contains("support_copilot@1.7.9"),
        "{found:#}"
    );
    // What was released later under an older number was not there to be counted from.
    let made = released();
    let late = between(&made.records());
    append(&made, late);
    assert_eq!(step(&made, 0)["verdict"], "holds");
}
