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
        "digest": listed["composites"][0]["composition_digest"],
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
    refused(&repo, 1, &TAG)
        .says("evidence-local")
        .says("counts as local: it is not signed")
        .says("have CI run and sign it: `keelmark eval run --when release --record --sign --push`");
    let shown = repo.json(1, &["release", "status"]);
    let suite = &shown["composites"][0]["suites"][0];
    assert_eq!(suite["vouched"], "local: it is not signed");
    // Whoever is not on the list signs for nobody.
    let Guarded { repo, .. } = Guarded::ready();
    repo.run(&["update-ref", "-d", LEDGER]);
    repo.run(&["update-ref", "-d", "refs/remotes/origin/keelmark/ledger"]);
    Person::new(&repo, "mallory").sits_at(&repo);
    repo.keelmark(&["eval", "record", "latest", "--sign"]).is(0);
    refused(&repo, 1, &TAG)
        .says("counts as local: the key SHA256:")
        .says("is not in `allowed_signers`")
        .says("list this key in `allowed_signers`, if it is that of CI, and merge that");
    // A key that the list does not believe any more counts as little.
    let Guarded { repo, .. } = Guarded::ready();
    let (list, line) = (repo.read("allowed_signers"), people.ci.line());
    let outdated = line.replacen(' ', " valid-before=\"20200101\" ", 1);
    repo.write("allowed_signers", list.replace(&line, &outdated));
    merged(&repo, "the key of ci is outdated");
    refused(&repo, 1, &TAG)
        .says("evidence-local")
        .says("counts as local: the key SHA256:")
        .says("was not valid at that time")
        .says("give CI a key that is valid");
    // One may vouch for the run alone.
    let Guarded { repo, people } = Guarded::ready();
    people.eve.sits_at(&repo);
    repo.run(&["update-ref", "-d", LEDGER]);
    repo.run(&["update-ref", "-d", "refs/remotes/origin/keelmark/ledger"]);
    repo.keelmark(&["eval", "record", "latest", "--sign"]).is(0);
    let gate = records(&repo, "gate").remove(0);
    repo.run(&["update-ref", LEDGER, &format!("{LEDGER}~1")]);
    assert_eq!((records(&repo, "run").len(), records(&repo, "gate").len()), (1, 0));
    let unsigned = gate["payload"].clone();
    append(repo.path(), "gate", 0, gate["subject"].as_str().expect("a subject"), unsigned);
    refused(&repo, 1, &TAG)
        .says("counts as local: the record of its gates does not count: it is not signed");
}

#[test]
fn what_others_recorded_has_to_be_fetched_and_the_message_says_how() {
    let Guarded { repo, people } = Guarded::ready();
    let before = repo.rev(LEDGER);
    people.bob.sits_at(&repo);
    repo.keelmark(&["approve", "support_copilot", "--push"]).is(0);
    known(&repo);
    for name in [LEDGER, "refs/remotes/origin/keelmark/ledger"] {
        repo.run(&["update-ref", name, &before]);
    }
    let fetch = ["fetch", "origin", "keelmark/ledger:refs/remotes/origin/keelmark/ledger"];
    let said = format!("where others recorded it, `git {}` brings it", fetch.join(" "));
    refused(&repo, 1, &TAG).says("approval-missing").says(&said);
    repo.keelmark(&["release", "status"]).is(1).says("approval-missing").says(&said);
    repo.run(&fetch);
    repo.keelmark(&["release", "status"]).is(0).leaves_out("where others recorded it");
    // Whoever pushes fetches first, and is not told to.
    for name in [LEDGER, "refs/remotes/origin/keelmark/ledger"] {
        repo.run(&["update-ref", name, &before]);
    }
    repo.keelmark(&[&TAG[..], &["--push"]].concat()).is(0);
}

#[test]
fn where_somebody_lists_keys_an_unsigned_release_is_warned_of_before_and_after() {
    let Guarded { repo, people } = Guarded::ready();
    people.bob.sits_at(&repo);
    repo.keelmark(&["approve", "support_copilot"]).is(0);
    let words = "the release tag would go out unsigned, and `allowed_signers` lists whose \
                 signatures count: git is not told to sign tags here";
    let status = ["release", "status", "support_copilot"];
    repo.keelmark(&status)
        .is(0)
        .says("release-unsigned")
        .says(words)
        .says("`git config tag.gpgSign true`")
        .says("ready: `keelmark release tag support_copilot`");
    let shown = repo.json(0, &status);
    let findings = shown["composites"][0]["findings"].as_array().expect("findings").clone();
    let of = |finding: &serde_json::Value| finding["rule"] == "release-unsigned";
    assert_eq!(findings.iter().filter(|finding| of(finding)).count(), 1, "{findings:#?}");
    repo.keelmark(&[&TAG[..], &["--dry-run"]].concat()).is(0).says(words);
    repo.keelmark(&[&TAG[..], &["--dry-run", "--sign"]].concat()).is(0).leaves_out("unsigned");
    repo.keelmark(&[&TAG[..], &["--dry-run", "--no-sign"]].concat())
        .is(0)
        .says("`--no-sign` was given");
    repo.run(&["config", "tag.gpgSign", "true"]);
    repo.keelmark(&status).is(0).leaves_out("release-unsigned");
    repo.run(&["config", "user.signingKey", "/nowhere/key"]);
    repo.keelmark(&status).is(0).says("release-unsigned").says("/nowhere/key");
    repo.run(&["config", "--unset", "tag.gpgSign"]);
    repo.keelmark(&TAG).is(0).says(words).says("not signed");
    sound(&repo);
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
    refused(&repo, 2, &with("+48h", "2020-01-01T00:00:00Z")).says("is past").says("now it is 2");
    refused(&repo, 2, &with("+48h", "soon")).says("is no moment");
    for nothing in ["  ", ".", "-", "x", "\u{2014}\u{2014}"] {
        refused(&repo, 2, &with("the price falls on Monday", nothing))
            .says("needs a reason: expected words that a reviewer understands");
    }
    // A gate that nobody has is named, whatever else keeps the release back.
    for (typed, meant) in [("cost_usdd", "did you mean `cost_usd`?"), ("speed", "`cost_usd`")] {
        refused(&repo, 2, &with("cost_usd", typed))
            .says(&format!("no gate of the evidence is about `{typed}`"))
            .says(meant)
            .leaves_out("gate-closed");
    }
    refused(&repo, 2, &with("cost_usd", "exact"))
        .says("the gate about `exact` is open; there is nothing to waive")
        .says("what can be waived is `cost_usd`");
    refused(&repo, 1, &with("cost_usd", "sev1_count"))
        .says("gate-closed")
        .says("`--waive`: the gate about `sev1_count` is a safety gate");
    let twice = [&WAIVE[..], &["--waive", "cost_usd"]].concat();
    repo.keelmark(&twice).is(0).says("PROVISIONAL: `cost_usd` is waived until");
    sound(&repo);
    assert_eq!(records(&repo, "waiver").len(), 1);
    let waiver = records(&repo, "waiver").remove(0);
    assert_eq!(waiver["payload"]["principal"], "bob@example.com");
    assert!(waiver["signature"]["text"].is_string(), "{waiver:#}");
    let shown = &channel(&repo, "production").expect("a channel")["state"]["waivers"][0];
    assert_eq!((&shown["gate"], &shown["by"]), (&json!("cost_usd"), &json!("bob@example.com")));
}

#[test]
fn a_waiver_that_is_not_enough_says_so() {
    let Guarded { repo, people } = Guarded::twice_closed();
    people.bob.sits_at(&repo);
    repo.keelmark(&["approve", "support_copilot"]).is(0);
    refused(&repo, 1, &WAIVE)
        .says("gate-closed")
        .says("`--waive`: `cost_usd` would be waived; still closed: `exact`");
    let both = [&WAIVE[..], &["--waive", "exact"]].concat();
    // Who may not is told at once.
    people.eve.sits_at(&repo);
    refused(&repo, 1, &WAIVE)
        .says("gate-closed")
        .says("`--waive`: `eve@example.com` may not waive gates; one of `approvers` may")
        .leaves_out("would be waived");
    people.bob.sits_at(&repo);
    repo.keelmark(&both).is(0).says("PROVISIONAL: `cost_usd` is waived until");
}

#[test]
fn a_safety_gate_is_never_waived() {
    let Guarded { repo, people } = Guarded::closed("safety");
    people.bob.sits_at(&repo);
    repo.keelmark(&["approve", "support_copilot"]).is(0);
    refused(&repo, 1, &WAIVE)
        .says("gate-closed")
        .says("`--waive`: the gate about `cost_usd` is a safety gate");
    let open: Vec<&str> =
        WAIVE.iter().map(|w| if *w == "cost_usd" { "exact" } else { w }).collect();
    refused(&repo, 2, &open)
        .says("the gate about `exact` is open")
        .says("no gate is closed that can be waived");
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
