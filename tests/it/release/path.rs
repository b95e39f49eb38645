//! The way that everything goes right.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::json;

use super::place::{
    COMPOSITE, FIRST, LEDGER, NEXT, PREPARE, TAG, TEMPLATE, at_remote, channel, colleague,
    decisions, measured, merged, next, prepared, push, ready, ready_in, records, references,
    released, sound, write_words,
};
use crate::desk::rules;
use crate::people::Person;
use crate::support::TestRepo;

/// Returns the headers and the message of a tag's object.
fn object(repo: &TestRepo, tag: &str) -> String {
    repo.run(&["cat-file", "-p", &format!("refs/tags/{tag}")])
}

/// Insists on the same files, and names those that differ.
#[track_caller]
fn unchanged(before: &BTreeMap<PathBuf, Vec<u8>>, repo: &TestRepo) {
    let after = repo.files();
    for (path, bytes) in &after {
        let text = String::from_utf8_lossy(bytes);
        assert!(before.get(path) == Some(bytes), "{}:\n{text}", path.display());
    }
    assert_eq!(before.len(), after.len());
}

#[test]
fn a_new_prompt_becomes_a_release() {
    let repo = released();
    let report = repo.json(0, &["release", "status"]);
    assert_eq!(report["composites"][0]["released"], true, "{report:#}");

    // Pins move to what is published, the step follows, and everything is written as one change.
    let shown = repo.keelmark(&[&PREPARE[..], &["--dry-run"]].concat()).is(0);
    assert!(shown.out.contains("+  prompt: billing_refund@1.1.0"), "{shown}");
    assert_eq!(repo.run(&["status", "--porcelain"]), "");
    repo.keelmark(&PREPARE)
        .is(0)
        .says("support_copilot 1.1.0")
        .says("adr-incomplete")
        .says("commit this as one change");
    let text = repo.read(COMPOSITE);
    for words in ["version: 1.1.0\n", "prompt: billing_refund@1.1.0\n", "rollback_to: 1.0.0"] {
        assert!(text.replace('"', "").contains(words), "{words}\n{text}");
    }
    let adr = decisions(&repo).pop().expect("a decision record");
    assert!(adr.ends_with("-support_copilot-1.1.0.md"), "{adr}");
    let decision = repo.read(&adr);
    for words in ["prompt/billing_refund", "1.0.0", "1.1.0", "**minor**", "TODO(author)"] {
        assert!(decision.contains(words), "{words}\n{decision}");
    }
    assert!(repo.read("docs/releases/support_copilot-1.1.0.md").contains("takes care"));
    let changelog = repo.read("CHANGELOG.md");
    let (next, first) = (changelog.find("1.1.0]"), changelog.find("1.0.0]"));
    assert!(next.is_some() && next < first, "{changelog}");
    let changed = repo.run(&["status", "--porcelain", "-uall"]);
    assert_eq!(changed.lines().count(), 4, "{changed}");

    // A second time there is nothing to change, and the author's own words stay.
    let before = repo.files();
    repo.keelmark(&PREPARE).is(0).says("everything is written");
    unchanged(&before, &repo);
    repo.edit(&adr, "TODO(author): the problem, and why now", "Refunds were too bold.\n\nNot now.");
    let before = repo.files();
    repo.keelmark(&PREPARE).is(0);
    unchanged(&before, &repo);

    // Places that wait for words and evidence keep it from being tagged, and all of them are named.
    repo.stage(".").commit("1.1.0");
    push(&repo);
    let refused = repo.keelmark(&TAG).is(1).says("adr-incomplete").says("evidence-missing");
    refused.says("nothing was tagged");
    measured(&repo);
    repo.keelmark(&TAG).is(1).says("adr-incomplete").leaves_out("evidence-missing");
    // What was measured since goes into the documents; the words are carried over.
    repo.keelmark(&PREPARE).is(0);
    let measured = repo.read(&adr);
    assert!(measured.contains("Refunds were too bold.\n\nNot now."), "{measured}");
    assert!(measured.contains("3 of 3 gates hold"), "{measured}");
    write_words(&repo);
    repo.stage(".").commit("the reasons");
    push(&repo);
    let report = repo.json(0, &["release", "status", "support_copilot"]);
    assert_eq!(report["composites"][0]["ready"], true, "{report:#}");
    assert!(!rules(&report["composites"][0]).contains(&"evidence-missing"));

    // A look writes nothing at all.
    let before = (references(&repo), repo.run(&["count-objects", "-v"]));
    repo.keelmark(&[&TAG[..], &["--dry-run"]].concat())
        .is(0)
        .says(&format!("would tag {NEXT}"))
        .says("Keelmark-Composite-Digest:")
        .says("would be live on production: 1.1.0");
    assert_eq!((references(&repo), repo.run(&["count-objects", "-v"])), before);

    repo.keelmark(&[&TAG[..], &["--push"]].concat()).is(0).says("live on production");
    sound(&repo);
    let tag = object(&repo, NEXT);
    for words in [
        format!("tag {NEXT}"),
        "tagger Ada <ada@example.com>".to_owned(),
        "Keelmark-Format: 1".to_owned(),
        "Keelmark-Component: prompt/billing_refund@1.1.0 sha256:".to_owned(),
        format!("Keelmark-Previous: {FIRST}"),
        "Keelmark-Class: minor".to_owned(),
        format!("Keelmark-ADR: {adr}"),
        format!("Keelmark-Rollback-To: {FIRST}"),
    ] {
        assert!(tag.contains(&words), "{words}\n{tag}");
    }
    // The tag cites the ledger, and the record cites the tag.
    let cited = tag.lines().find_map(|line| line.strip_prefix("Keelmark-Ledger: "));
    let cited = cited.expect("the ledger's tip");
    repo.run(&["merge-base", "--is-ancestor", cited, LEDGER]);
    let release = records(&repo, "release").pop().expect("a release");
    let name = repo.rev(&format!("refs/tags/{NEXT}"));
    assert_eq!(
        (&release["payload"]["tag"], &release["payload"]["tag_object"]),
        (&json!(NEXT), &json!(name))
    );
    for name in ["canary", "production"] {
        let state = channel(&repo, name).expect("a channel")["state"].clone();
        assert_eq!((&state["version"], &state["tag"]), (&json!("1.1.0"), &json!(NEXT)));
        assert_eq!(state["previous"]["version"], "1.0.0");
    }
    assert_eq!(
        at_remote(&repo, &["rev-parse", &format!("refs/tags/{NEXT}"), LEDGER]),
        repo.run(&["rev-parse", &format!("refs/tags/{NEXT}"), LEDGER])
    );
    repo.keelmark(&["ledger", "verify"]).is(0);

    let before = references(&repo);
    repo.keelmark(&TAG).is(0).says("is there already and is exactly this");
    repo.keelmark(&[&TAG[..], &["--push"]].concat()).is(0).says("is there already");
    assert_eq!(references(&repo), before);
    repo.keelmark(&["release", "status"]).is(0).says("nothing has changed since");
    repo.keelmark(&PREPARE).is(0).says("nothing that it pins has changed");
}

/// G19: a ledger, packs, a tag and the way back, in what later versions of git begin with.
#[test]
fn a_release_is_made_verified_and_taken_back_in_every_format() {
    for format in [
        ["--object-format=sha1", "--ref-format=reftable"],
        ["--object-format=sha256", "--ref-format=files"],
        ["--object-format=sha256", "--ref-format=reftable"],
    ] {
        let repo = ready_in(&format);
        repo.keelmark(&[&TAG[..], &["--push"]].concat()).is(0).says("live on production");
        sound(&repo);
        repo.keelmark(&TAG).is(0).says("is there already and is exactly this");
        repo.write(TEMPLATE, "Answer with care: {{ question }}\n");
        repo.keelmark(&["bump", "billing_refund", "-m", "takes care"]).is(0).says("1.1.0");
        merged(&repo, "prompt 1.1.0");
        prepared(&repo);
        push(&repo);
        measured(&repo);
        repo.keelmark(&[&TAG[..], &["--push"]].concat()).is(0).says("live on production");
        let tags = [FIRST, NEXT].map(|tag| repo.rev(&format!("refs/tags/{tag}")));
        let there = |tag: &str| at_remote(&repo, &["rev-parse", &format!("refs/tags/{tag}")]);
        assert_eq!([FIRST, NEXT].map(there), tags, "{format:?}");
        repo.keelmark(&["ledger", "verify"]).is(0);
        repo.keelmark(&["rollback", "production"]).is(0);
        assert_eq!(channel(&repo, "production").expect("a channel")["state"]["version"], "1.0.0");
        // Whoever comes later reads the same.
        let clone = colleague(&repo, &["--ref-format=reftable"]);
        for repo in [&repo, &clone] {
            repo.keelmark(&["verify", "--all"]).is(0);
            repo.keelmark(&["status"]).is(0).says("1.0.0");
            repo.keelmark(&["log", "billing_refund"]).is(0).says("1.1.0");
        }
    }
}

#[test]
fn a_tag_is_signed_as_git_signs_it() {
    let repo = ready();
    let list = repo.beside("signers");
    let ada = Person::new(&repo, "ada");
    ada.sits_at(&repo);
    std::fs::write(&list, ada.line()).expect("written");
    repo.run(&["config", "gpg.ssh.allowedSignersFile", list.to_str().expect("UTF-8")]);
    repo.keelmark(&[&TAG[..], &["--sign"]].concat()).is(0).says("signed");
    repo.run(&["verify-tag", FIRST]);
    assert!(records(&repo, "release")[0]["signature"]["text"].is_string());
    sound(&repo);

    // Without being asked, the configuration decides; and it can be declined.
    let repo = ready();
    repo.keelmark(&TAG).is(0).says("not signed");
    assert!(!repo.try_run(&["verify-tag", FIRST]).status.success());
    let repo = ready();
    Person::new(&repo, "ada").sits_at(&repo);
    repo.run(&["config", "tag.gpgSign", "true"]);
    repo.keelmark(&[&TAG[..], &["--no-sign"]].concat()).is(0).says("not signed");
    let repo = ready();
    Person::new(&repo, "ada").sits_at(&repo);
    repo.run(&["config", "tag.gpgSign", "true"]);
    repo.keelmark(&TAG).is(0).leaves_out("not signed");
    assert!(object(&repo, FIRST).contains("-----BEGIN SSH SIGNATURE-----"));
}

#[test]
fn candidates_are_counted_and_go_to_the_first_channel_alone() {
    let repo = next();
    let candidate = [&TAG[..], &["--rc"]].concat();
    repo.keelmark(&[&candidate[..], &["--dry-run"]].concat()).is(0).says("1.1.0-rc.1");
    repo.keelmark(&candidate)
        .is(0)
        .says("1.1.0-rc.1")
        .says("live on canary")
        .leaves_out("production");
    let version = |name: &str| channel(&repo, name).expect("a channel")["state"]["version"].clone();
    assert_eq!((version("canary"), version("production")), (json!("1.1.0-rc.1"), json!("1.0.0")));
    repo.keelmark(&candidate).is(0).says("1.1.0-rc.2");
    assert_eq!((version("canary"), version("production")), (json!("1.1.0-rc.2"), json!("1.0.0")));
    let records = records(&repo, "release");
    let said: Vec<_> =
        records.iter().map(|record| record["payload"]["candidate"].clone()).collect();
    assert_eq!(said, [json!(false), json!(true), json!(true)]);
    sound(&repo);
    // The release itself comes from the same commit, counted from the release before.
    repo.keelmark(&TAG).is(0).says("support_copilot 1.1.0").says("live on production");
    assert_eq!((version("canary"), version("production")), (json!("1.1.0"), json!("1.1.0")));
    assert!(object(&repo, NEXT).contains(&format!("Keelmark-Previous: {FIRST}")));
    sound(&repo);
    repo.keelmark(&["ledger", "verify"]).is(0);
}

#[test]
fn a_composite_that_was_edited_by_hand_and_merged_gets_the_next_number() {
    let repo = released();
    repo.edit(COMPOSITE, "channels: ", "description: with a description of its own\nchannels: ");
    repo.edit(COMPOSITE, "owner: ", "license: CC-BY-4.0\nowner: ");
    repo.stage(".").commit("edited by hand");
    push(&repo);
    repo.keelmark(&PREPARE).is(0).says("1.0.0 is released").leaves_out("nothing that it pins");
    let text = repo.read(COMPOSITE);
    assert!(!text.contains("version: 1.0.0"), "{text}");
}

#[test]
fn a_release_that_breaks_callers_needs_an_answer_and_its_number_stays() {
    let repo = released();
    repo.edit(
        "registry/prompts/billing_refund/prompt.yaml",
        "inputs: [question]",
        "inputs: [question, locale]",
    )
    .write("registry/prompts/billing_refund/template.md", "In {{ locale }}: {{ question }}\n")
    .edit(
        "registry/suites/golden/suite.yaml",
        "bind: {question: input}",
        "bind: {question: input, locale: domain}",
    );
    repo.keelmark(&["bump"]).is(0).says("2.0.0");
    repo.stage(".").commit("asks for the locale");
    push(&repo);
    repo.keelmark(&PREPARE).is(0).says("2.0.0").says("rollback-target-incompatible");
    // What the release chose is not taken back by a bump.
    repo.keelmark(&["bump"]);
    assert!(repo.read(COMPOSITE).contains("version: 2.0.0"), "{}", repo.read(COMPOSITE));
    write_words(&repo);
    repo.keelmark(&["release", "status"])
        .is(1)
        .says("breaks")
        .says("answer for it: `rollback_breaks: \"1.0.0: REASON\"`");
    repo.edit(COMPOSITE, "channels:", "rollback_breaks: \"1.0.0: all of them follow\"\nchannels:");
    // The decision was about another content.
    repo.keelmark(&["release", "status"]).is(1).says("is about another content");
    repo.keelmark(&PREPARE).is(0);
    repo.stage(".").commit("a release");
    measured(&repo);
    repo.keelmark(&["release", "status"]).is(0).says("does not name the run");
    // The run is there now, and the decision record gets its scores.
    repo.keelmark(&PREPARE).is(0);
    assert!(repo.read(COMPOSITE).contains("version: 2.0.0"), "{}", repo.read(COMPOSITE));
    repo.stage(".").commit("with its scores");
    push(&repo);
    let tagged = repo.keelmark(&TAG).is(0).says("it is released all the same: all of them follow");
    assert!(!tagged.err.contains("does not name the run"), "{tagged}");
    repo.keelmark(&["rollback", "production"]).is(1).says("locale");
    repo.keelmark(&["rollback", "production", "--force", "--reason", "they did not"]).is(0);
}

#[test]
fn what_was_prepared_and_never_tagged_is_released_under_the_number_that_follows() {
    let repo = released();
    prepared(&repo);
    push(&repo);
    assert!(repo.read(COMPOSITE).contains("version: 1.1.0"), "{}", repo.read(COMPOSITE));
    let suite = "registry/suites/golden/suite.yaml";
    for (entry, number) in [("billing_refund", "1.2.0"), ("golden", "1.2.1")] {
        if entry == "golden" {
            repo.edit(suite, "when: ", "max_cost_usd: 5.00\nwhen: ");
        } else {
            repo.write(TEMPLATE, "Answer with much care: {{ question }}\n");
        }
        repo.keelmark(&["bump", entry, "-m", "takes more care"]).is(0);
        merged(&repo, "something is better");
        repo.keelmark(&PREPARE).is(0).leaves_out("version-lower-not-reset");
        assert!(repo.read(COMPOSITE).contains(&format!("version: {number}")), "{number}");
        repo.keelmark(&["check"]).is(0);
        write_words(&repo);
        merged(&repo, "prepared once more");
    }
    measured(&repo);
    let status = repo.json(0, &["release", "status"]);
    let composite = &status["composites"][0];
    assert_eq!(
        (&composite["version"], &composite["suggested"]),
        (&"1.2.1".into(), &"1.2.1".into())
    );
    repo.keelmark(&[&TAG[..], &["--push"]].concat()).is(0).says("release/support_copilot@1.2.1");
    repo.keelmark(&["verify"]).is(0).says("minor since 1.0.0");
    sound(&repo);
}
