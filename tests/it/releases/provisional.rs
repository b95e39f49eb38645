//! Gates that were closed, and for which somebody answers for a while.

use keelmark::ledger::kind::Kind;
use keelmark::ledger::record::Record;
use serde_json::{Value, json};

use super::forge::remade;
use super::{GATES, Released, prepare, released, reword, tag};
use crate::people::Person;

const PROVISIONAL: &str = "release/support_copilot@1.9.0";
const SUBJECT: &str = "composite/support_copilot@1.9.0";

/// The product after a release whose gate about cost is waived for two days.
fn provisional() -> Released {
    let made = released();
    let desk = made.desk(&made.ada);
    desk.edit(GATES, "<= 0.012", "<= 0.0000001");
    desk.stage(".").commit("a bar that nobody reaches");
    desk.run(&["push", "-q", "origin", "main"]);
    reword(&desk, "Name the sources.");
    prepare(&desk, &["-m", "sources", "--to", "1.9.0"]);
    made.measure(&desk, 1);
    made.approve();
    // Whoever waives a gate releases; the author has somebody else do it.
    let desk = made.desk(&made.bob);
    let words =
        ["--sign", "--waive", "cost_usd", "--reason", "a price list is late", "--until", "+48h"];
    tag(&desk, &words).is(0).says("PROVISIONAL");
    made
}

/// Has the ledger hold another waiver; tag and record of the release are made anew behind it.
fn forged(made: &Released, forge: impl Fn(&Record) -> Option<Record>) {
    let mut records = made.records();
    let at = records.iter().position(|record| *record.kind() == Kind::Waiver).expect("a waiver");
    assert_eq!(records[at].subject(), SUBJECT);
    match forge(&records[at]) {
        Some(record) => records[at] = record,
        None => drop(records.remove(at)),
    }
    made.rewrite(&records);
}

fn claim<'a>(document: &'a Value, what: &str) -> &'a Value {
    let claims = document["subjects"][0]["claims"].as_array().expect("claims");
    let found = claims.iter().find(|claim| claim["claim"] == what);
    found.unwrap_or_else(|| panic!("no {what} in {document:#}"))
}

#[test]
fn a_waived_gate_is_provisional_and_counted_down() {
    let made = provisional();
    let fresh = made.fresh();
    // The time that is left is part of the answer, so that asking twice may give two.
    let found = fresh.keelmark(&["verify", PROVISIONAL, "--format", "json"]).is(0).json();
    assert_eq!(claim(&found, "gate")["verdict"], "attested", "{found:#}");
    let waiver = claim(&found, "waiver");
    assert_eq!((&waiver["about"], &waiver["verdict"]), (&json!("cost_usd"), &json!("attested")));
    let words = waiver["found"].as_str().expect("words");
    assert!(words.starts_with("PROVISIONAL until 2"), "{words}");
    assert!(words.contains(" hours left: bob@example.com answers for it"), "{words}");
    fresh.keelmark(&["verify", PROVISIONAL]).is(0).says("a price list is late");
}

#[test]
fn waivers_that_ended_or_were_forged_open_no_gate() {
    type Forge<'a> = Box<dyn Fn(&Released, &Record) -> Option<Record> + 'a>;
    let made = provisional();
    let eve = Person::new(&made.server, "eve");
    let past = |record: &Record| {
        remade(record, |payload| payload["until"] = json!("2025-09-05T12:00:00Z"))
    };
    let other = |record: &Record, key: &str, value: &Value| {
        remade(record, |payload| payload[key] = value.clone())
    };
    let table: [(&str, Forge<'_>, &str, &str); 6] = [
        (
            "ended",
            Box::new(|made, w| Some(made.signed(past(w), &made.bob))),
            "waiver",
            "it ended on 2025-09-05",
        ),
        ("unsigned", Box::new(|_, w| Some(remade(w, |_| {}))), "waiver", "does not count"),
        (
            "a stranger's",
            Box::new(|made, w| Some(made.signed(remade(w, |_| {}), &eve))),
            "waiver",
            "is not in `allowed_signers`",
        ),
        (
            "of somebody who may not",
            Box::new(|made, w| {
                Some(made.signed(other(w, "principal", &json!("ada@example.com")), &made.ada))
            }),
            "waiver",
            "is not among the `approvers`",
        ),
        (
            "of another composition",
            Box::new(|made, w| {
                Some(made.signed(other(w, "digest", &json!("0".repeat(64))), &made.bob))
            }),
            "waiver",
            "this composition has",
        ),
        ("gone", Box::new(|_, _| None), "gate", "an approver's waiver"),
    ];
    let kept = made.records();
    for (what, forge, first, said) in table {
        made.rewrite(&kept);
        forged(&made, |waiver| forge(&made, waiver));
        let found = made.fresh().json(4, &["verify", PROVISIONAL]);
        assert_eq!(found["first"]["claim"], first, "{what}: {found:#}");
        let claim = claim(&found, first);
        let words = format!("{}; {}", claim["found"], claim["expected"]);
        assert!(words.contains(said), "{what}: {words}");
    }
}
