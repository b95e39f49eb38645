use serde_json::json;

use super::{csv, human, in_toto, json_lines};
use crate::escape;
use crate::ledger::kind::Kind;
use crate::ledger::record::{Draft, Record};

fn record(kind: Kind, subject: &str, payload: serde_json::Value) -> Record {
    Record::new(Draft {
        kind,
        at: 1_795_647_496,
        actor: "=Mallory <m@example.com>".to_owned(),
        subject: subject.to_owned(),
        payload,
    })
    .expect("a record")
}

#[test]
fn text_from_records_repaints_nothing_and_computes_nothing() {
    let odd = "@SUM(A1)\u{202e}, \"x\"";
    let records = [record(Kind::Override, odd, json!({"reason": "\u{1b}[2J\n=1"}))];
    let mut all = Vec::new();
    json_lines(&records, &mut all).expect("written");
    csv::write(&records, &mut all).expect("written");
    let signed = Some("\u{202e}by somebody".to_owned());
    human::list(&[(&records[0], signed.clone())], &mut all).expect("written");
    human::record(&records[0], None, signed.as_deref(), &mut all).expect("written");
    let text = String::from_utf8(all).expect("UTF-8");
    assert_eq!(text.chars().find(|c| *c != '\n' && escape::is_dangerous(*c)), None, "{text}");
    assert!(text.contains("'@SUM(A1)"), "{text}");
    assert!(text.contains(",'=Mallory <m@example.com>,"), "{text}");
    let first: serde_json::Value =
        serde_json::from_str(text.lines().next().expect("a line")).expect("JSON");
    assert_eq!(first, records[0].to_json(), "escaped, and the same value");
}

#[test]
fn a_payload_is_an_outline() {
    let payload = json!({"a": {"b": [1, {"c": null}], "d": {}}, "e": "text", "f": []});
    let mut out = Vec::new();
    human::record(&record(Kind::Run, "x", payload), Some("abc"), None, &mut out).expect("written");
    let text = String::from_utf8(out).expect("UTF-8");
    let (_, outline) = text.split_once("\n\n").expect("an outline");
    assert_eq!(outline, "a:\n  b:\n    -: 1\n    -:\n      c: null\n  d: {}\ne: text\nf: []\n");
}

#[test]
fn what_is_not_about_a_gate_or_a_release_is_no_statement() {
    let all = [
        record(Kind::Approval, "x", json!({})),
        record(Kind::Run, "x", json!({"run": "r"})),
        record(Kind::Release, "x", json!({"composite": "a"})),
    ];
    assert_eq!(in_toto::statements(&all, &all), Vec::<serde_json::Value>::new());
    let gate = [record(Kind::Gate, "x", json!({"decision": "inconclusive"}))];
    let made = in_toto::statements(&gate, &all);
    assert_eq!(made[0]["predicate"]["result"], "WARNED");
    assert_eq!(made[0]["subject"], json!([]));
}
