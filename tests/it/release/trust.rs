//! Whose word counts: keys, approvals, waivers.

use serde_json::json;

use super::place::{FIRST, Guarded, LEDGER, TAG, channel, known, merged, records, refused, sound};
use crate::ledger::append;
use crate::people::Person;

const WAIVE: [&str; 9] = [
    "release",
    "tag",
    "support_copilot",
    "--waive",
    "cost_usd",
    "--reason",
    "the price falls on Monday",
    "--until",
    "+48h",
];

#[test]
fn a_model_of_high_risk_needs_an_approval_that_nobody_forged() {
    let Guarded { repo, people } = Guarded::ready();
    refused(&repo, 1, &TAG).says("approval-missing").says("keelmark approve");
    // Whoever may push to the ledger can write what looks like one.
    let listed = repo.json(1, &["release", "status"]);
    let payload = json!({
        "composite": "support_copilot",
        "version": "1.0.0",
        "digest": listed["composites"][0]["digest"],
        "string": listed["composites"][0]["string"],
        "principal": "bob@example.com",
        "commit": repo.rev("HEAD"),
    });
    append(repo.path(), "approval", 0, FIRST, payload);
    refused(&repo, 1, &TAG)
        .says("approval-missing")
        .says("the approval by `bob@example.com`")
        .says("it is not signed");
    people.eve.sits_at(&repo);
    refused(&repo, 1, &["approve", "support_copilot"]).says("not among the `approvers`");
    people.bob.sits_at(&repo);
    repo.keelmark(&["approve", "support_copilot"]).is(0);
    known(&repo);
    repo.run(&["config", "--unset", "user.signingKey"]);
    repo.keelmark(&TAG).is(0);
    sound(&repo);
    assert_eq!(records(&repo, "release")[0]["payload"]["approvals"], json!(["bob@example.com"]));
}

#[test]
fn evidence_counts_where_a_listed_key_signed_it() {
    let Guarded { repo, people } = Guarded::ready();
    repo.run(&["update-ref", "-d", LEDGER]);
    repo.run(&["update-ref", "-d", "refs/remotes/origin/keelmark/ledger"]);
    repo.run(&["config", "--unset", "user.signingKey"]);
    repo.keelmark(&["eval", "record", "latest"]).is(0);
    refused(&repo, 1, &TAG).says("evidence-local").says("nobody whom the registry lists signed");
    // A key that the list does not believe any more counts as little.
    let Guarded { repo, .. } = Guarded::ready();
    let (list, line) = (repo.read("allowed_signers"), people.ci.line());
    let outdated = line.replacen(' ', " valid-before=\"20200101\" ", 1);
    repo.write("allowed_signers", list.replace(&line, &outdated));
    merged(&repo, "the key of ci is outdated");
    refused(&repo, 1, &TAG).says("evidence-local");
}

#[test]
fn an_outdated_key_signs_no_tag() {
    let Guarded { repo, people } = Guarded::ready();
    people.bob.sits_at(&repo);
    repo.keelmark(&["approve", "support_copilot"]).is(0);
    let ada = Person::new(&repo, "ada");
    let list = repo.read("allowed_signers");
    let outdated = ada.line().replacen(' ', " valid-before=\"20200101\" ", 1);
    repo.write("allowed_signers", format!("{list}{outdated}"));
    merged(&repo, "ada has left");
    ada.sits_at(&repo);
    refused(&repo, 1, &[&TAG[..], &["--sign"]].concat())
        .says("is not valid now, by `allowed_signers`")
        .says("sign with another key");
    // What a key signs that nobody lists could never be proved.
    let mallory = Person::new(&repo, "mallory");
    mallory.sits_at(&repo);
    refused(&repo, 1, &[&TAG[..], &["--sign"]].concat())
        .says("is not in `allowed_signers`")
        .says("have the list renewed and merged");
    people.eve.sits_at(&repo);
    repo.keelmark(&[&TAG[..], &["--sign"]].concat()).is(0);
    sound(&repo);
}

#[test]
fn a_gate_is_waived_for_a_while_by_somebody_who_may() {
    let Guarded { repo, people } = Guarded::closed("cost");
    people.bob.sits_at(&repo);
    repo.keelmark(&["approve", "support_copilot"]).is(0);
    refused(&repo, 1, &TAG).says("gate-closed").says("cost_usd").says("--waive");
    people.eve.sits_at(&repo);
    refused(&repo, 1, &WAIVE).says("`eve@example.com` may not waive gates");
    Person::new(&repo, "mallory").sits_at(&repo);
    refused(&repo, 1, &WAIVE).says("your waiver would not count: the key SHA256:");
    people.bob.sits_at(&repo);
    let with = |from: &str, to: &'static str| {
        let words: Vec<&str> =
            WAIVE.iter().map(|word| if *word == from { to } else { word }).collect();
        words
    };
    refused(&repo, 2, &[&WAIVE[..], &["--no-sign"]].concat()).says("signing was declined");
    refused(&repo, 2, &with("+48h", "+31d")).says("more than 30 days");
    refused(&repo, 2, &with("+48h", "2020-01-01T00:00:00Z")).says("is past");
    refused(&repo, 2, &with("+48h", "soon")).says("is no moment");
    refused(&repo, 2, &with("the price falls on Monday", "  ")).says("needs a reason");
    repo.keelmark(&WAIVE).is(0).says("PROVISIONAL: `cost_usd` is waived until");
    sound(&repo);
    let waiver = records(&repo, "waiver").remove(0);
    assert_eq!(waiver["payload"]["principal"], "bob@example.com");
    assert!(waiver["signature"]["text"].is_string(), "{waiver:#}");
    let shown = &channel(&repo, "production").expect("a channel")["state"]["waivers"][0];
    assert_eq!((&shown["gate"], &shown["by"]), (&json!("cost_usd"), &json!("bob@example.com")));
}

#[test]
fn a_safety_gate_is_never_waived() {
    let Guarded { repo, people } = Guarded::closed("safety");
    people.bob.sits_at(&repo);
    repo.keelmark(&["approve", "support_copilot"]).is(0);
    refused(&repo, 1, &WAIVE).says("gate-closed");
    let open: Vec<&str> =
        WAIVE.iter().map(|w| if *w == "cost_usd" { "exact" } else { w }).collect();
    refused(&repo, 1, &open);
    assert_eq!(records(&repo, "waiver").len(), 0);
}

#[test]
fn a_list_of_keys_that_is_named_and_not_there_frees_nobody() {
    let Guarded { repo, people } = Guarded::ready();
    people.bob.sits_at(&repo);
    repo.edit("keelmark.yaml", "approvers:", "paths: {signers: alowed_signers}\napprovers:");
    merged(&repo, "a slip");
    let approve = ["approve", "support_copilot"];
    for words in [&TAG[..], &WAIVE, &["release", "status"], &approve] {
        refused(&repo, 2, words)
            .says("`paths.signers` names `alowed_signers`, which is not there")
            .says("have the list merged");
    }
    repo.edit("keelmark.yaml", "alowed", "allowed");
    merged(&repo, "mended");
    refused(&repo, 1, &TAG).says("approval-missing");
}
