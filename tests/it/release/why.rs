//! An auditor asks why, long after the release.

use serde_json::{Value, json};

use super::place::{FIRST, NEXT, TAG, next, records};
use crate::fixtures::published;
use crate::support::TestRepo;

/// The only element of a list.
#[track_caller]
fn one(list: &Value) -> &Value {
    let list = list.as_array().expect("a list");
    assert_eq!(list.len(), 1, "{list:#?}");
    &list[0]
}

#[test]
fn a_page_tells_what_was_measured_decided_and_live() {
    let repo = next();
    repo.keelmark(&[&TAG[..], &["--push"]].concat()).is(0);

    // The prompt: its commit, its step, the run that asked it, the release that has it.
    let page = repo.json(0, &["why", "billing_refund@1.1.0"]);
    assert_eq!(page["what"]["entry"], "prompt/billing_refund");
    assert_eq!(page["what"]["commit"]["subject"], "prompt 1.1.0");
    assert_eq!(page["change"]["from"], "1.0.0");
    assert_eq!(page["change"]["changelog"], "takes care");
    assert_eq!(page["change"]["step"], "minor");
    assert_eq!(one(&page["change"]["reasons"])["step"], "minor");
    let run = one(&page["runs"]);
    assert_eq!((&run["decision"], &run["provenance"]), (&json!("pass"), &json!("local")));
    let gates = run["gates"].as_array().expect("gates");
    let exact = gates.iter().find(|gate| gate["metric"] == "exact").expect("a gate");
    assert_eq!((&exact["value"], &exact["bar"]), (&json!(1.0), &json!(">= 0.8")));
    assert_eq!(exact["interval"]["high"], 1.0, "{exact}");
    let release = one(&page["releases"]);
    assert_eq!(release["tag"], NEXT);
    assert_eq!(release["evidence"], json!([run["run"]]));
    assert!(release["adr"].as_str().is_some_and(|adr| adr.ends_with("-1.1.0.md")), "{release}");
    let live = page["live"].as_array().expect("stays");
    assert_eq!(live.len(), 2, "{live:#?}");
    assert!(live.iter().all(|stay| stay["until"].is_null() && stay["began"]["kind"] == "release"));

    // The version before has a run and a release of its own, and its stays ended.
    let before = repo.json(0, &["why", "prompt/billing_refund@1.0.0"]);
    assert_eq!(before["change"]["step"], Value::Null);
    assert_ne!(one(&before["runs"])["run"], run["run"]);
    assert_eq!(one(&before["releases"])["tag"], FIRST);
    assert!(
        before["live"].as_array().expect("stays").iter().all(|stay| {
            stay["until"].is_string() && stay["ended"]["record"] == release["record"]
        })
    );
    // A member that did not move is in both releases, and both runs asked it.
    let model = repo.json(0, &["why", "cust-copilot"]);
    assert_eq!(model["releases"].as_array().map(Vec::len), Some(2));
    assert_eq!(model["runs"].as_array().map(Vec::len), Some(2));

    // The composite, its tag and the record of its release are one page.
    let tagged = repo.json(0, &["why", NEXT]);
    assert_eq!(tagged["what"]["entry"], "composite/support_copilot");
    assert_eq!(tagged["what"]["version"], "1.1.0");
    assert_eq!((&tagged["runs"], &tagged["live"]), (&page["runs"], &page["live"]));
    let named = repo.json(0, &["why", "support_copilot@1.1.0"]);
    assert_eq!(named["releases"], tagged["releases"]);
    let id = records(&repo, "release")[1]["id"].as_str().expect("an id").to_owned();
    let record = repo.json(0, &["why", &id[..8]]);
    assert_eq!((&record["record"]["id"], &record["record"]["subject"]), (&json!(id), &json!(NEXT)));
    for key in ["what", "change", "runs", "releases", "live"] {
        assert_eq!(record[key], tagged[key], "{key}");
    }

    repo.keelmark(&["why", "billing_refund"])
        .is(0)
        .says("prompt/billing_refund 1.1.0")
        .says("step minor from 1.0.0")
        .says("exact mean: 1 [")
        .says("bar >= 0.8: pass")
        .says("prompt prompt/billing_refund@1.1.0")
        .says("approvals none");
    repo.keelmark(&["why", NEXT]).is(0).says("composite/support_copilot 1.1.0").says("to now");

    // Taken back, the release is no longer live, and the page says why.
    let back = ["rollback", "production", "--to", "support_copilot@1.0.0"];
    let why = ["--force", "--reason", "answers leak"];
    repo.keelmark(&[&back[..], &why].concat()).is(0);
    repo.keelmark(&["why", NEXT]).is(0).says("until rollback").says(": answers leak");
    let first = repo.json(0, &["why", FIRST]);
    let last = first["live"].as_array().and_then(|stays| stays.last()).expect("a stay");
    assert_eq!((&last["channel"], &last["until"]), (&json!("production"), &Value::Null));
    assert_eq!(
        (&last["began"]["rollback"], &last["began"]["reason"]),
        (&json!(true), &json!("answers leak"))
    );
}

#[test]
fn where_nothing_is_known_the_page_says_none() {
    let repo = super::place::released();
    let page = repo.json(0, &["why", "billing_refund"]);
    assert_eq!(page["what"]["version"], "1.1.0");
    assert_eq!(
        (&page["runs"], &page["releases"], &page["live"]),
        (&json!([]), &json!([]), &json!([]))
    );
    repo.keelmark(&["why", "billing_refund"]).is(0).says("runs none").says("live none");
    repo.keelmark(&["why", "billing_refund@7.0.0"])
        .is(2)
        .says("keelmark log prompt/billing_refund");
    repo.keelmark(&["why", "0123456789abcdef"]).is(2);
    repo.keelmark(&["why", "release/support_copilot@7.0.0"]).is(2);
}

/// Of a shallow clone nobody can say what a version came of.
#[test]
fn where_history_is_cut_off_no_version_is_called_the_first() {
    let repo = published();
    repo.write("registry/prompts/greeting/template.md", "Hello {{ name }}\n");
    repo.keelmark(&["bump", "-m", "warmer"]).is(0);
    repo.stage(".").commit("warmer");
    let shallow = TestRepo::clone_of(&repo, &["--depth", "1"]);
    shallow.keelmark(&["why", "greeting"]).is(3).says("cut off").says("git fetch --unshallow");
    shallow.run(&["fetch", "-q", "--unshallow"]);
    shallow.keelmark(&["why", "greeting"]).is(0).says("minor from 1.0.0");
}
