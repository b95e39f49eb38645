//! A composite keeps what proves it while other things change.

use crate::scene::{Said, check, check_with, found, greet, keelmark, top};
use crate::support::TestRepo;

const WEAKENED: &str = "policy-weakened-in-same-change";
const ONE: &str = "1.0.0: first version";
const COMPOSITE: &str = "registry/composites/copilot/composite.yaml";
const MEMBERS: &str = "{prompt: greet@1.0.0, data: golden@1.0.0}";
const GOLDEN: &str = "registry/datasets/golden/dataset.yaml";
const ROWS: &str = "registry/datasets/golden/cases.csv";

fn composite(version: &str, members: &str, suites: &str) -> String {
    format!(
        "id: copilot\nversion: {version}\nowner: team\nmembers: {members}\nroles: {{data: evidence}}\nsuites: {suites}\n\
         changelog: [\"{version}: it\"{}]\n",
        if version == "1.0.0" { "" } else { ", \"1.0.0: it\"" }
    )
}

fn suite(id: &str, aliases: &str) -> (String, String) {
    let text = format!(
        "id: {id}\nversion: 1.0.0\nowner: team\naliases: [{aliases}]\ncases: cases.csv\ntarget: prompt/greet\n\
         bind: {{name: input}}\nchangelog: [\"{ONE}\"]\n"
    );
    (format!("registry/suites/{id}"), text)
}

fn write_suite(repo: &TestRepo, id: &str, aliases: &str) {
    let (folder, text) = suite(id, aliases);
    repo.write(&format!("{folder}/suite.yaml"), text)
        .write(&format!("{folder}/cases.csv"), "case_id,input,expected,metric\na,Ada,Ada,exact\n");
}

fn dataset(version: &str, lines: &str) -> String {
    format!(
        "id: golden\nversion: {version}\nowner: team\nrow_key: case_id\npurpose: evaluation\n\
         files: [{{path: cases.csv}}]\nchangelog: [{lines}]\n"
    )
}

/// A composite with two suites and a golden set on the server, and a clone of it.
fn proven() -> (TestRepo, TestRepo) {
    let server = TestRepo::init();
    found(&server);
    write_suite(&server, "basic", "");
    write_suite(&server, "hard", "");
    server
        .write(GOLDEN, dataset("1.0.0", "\"1.0.0: rows\""))
        .write(ROWS, "case_id,input,expected,metric\na,Ada,Ada,exact\nb,Bob,Bob,exact\n");
    server.write(COMPOSITE, composite("1.0.0", MEMBERS, "[basic@1.0.0, hard@1.0.0]"));
    server.stage(".");
    keelmark(&server, &["seal"]).ends(0);
    server.stage(".").commit("a composite");
    keelmark(&server, &["check", "--all"]).ends(0);
    let clone = TestRepo::clone_of(&server, &[]);
    clone.branch("work");
    (server, clone)
}

#[track_caller]
fn bumped(repo: &TestRepo, id: &str) -> Said {
    keelmark(repo, &["bump", id, "-m", "less"])
}

#[test]
fn a_composite_that_drops_a_proof_beside_another_change_is_refused() {
    let (_server, clone) = proven();
    greet(&clone, &["1.1.0: more", ONE], &top("more"));
    clone.write(COMPOSITE, composite("1.0.1", MEMBERS, "[]"));
    let checked = check(&clone).is(1, &[WEAKENED]);
    let finding = checked.finding(WEAKENED);
    let message = finding["message"].as_str().expect("a message");
    assert_eq!(
        message,
        "`suites` loses `suite/basic`, `suite/hard`, in a change that touches `prompt/greet`"
    );
    assert_eq!((&finding["path"], &finding["line"]), (&COMPOSITE.into(), &6.into()));
    assert_eq!(finding["entry"], "composite/copilot");
    assert_eq!(finding["related"][0]["line"], 6);
    // The hook and the commit say the same, and whoever asks for another part is not told.
    clone.stage(".");
    check_with(&clone, &["--staged"], &[]).is(1, &[WEAKENED]);
    clone.commit("all at once");
    check_with(&clone, &["--rev", "HEAD"], &[]).is(1, &[WEAKENED]);
    check_with(&clone, &["registry/prompts"], &[]).is(0, &[]);
    // One of two is a loss as well.
    clone.write(COMPOSITE, composite("1.0.1", MEMBERS, "[basic@1.0.0]"));
    check(&clone).is(1, &[WEAKENED]);
}

#[test]
fn what_runs_in_the_composite_is_another_change_too() {
    let (_server, clone) = proven();
    let other = "{prompt: ask@1.0.0, data: golden@1.0.0}";
    clone.write(COMPOSITE, composite("1.1.0", other, "[basic@1.0.0]"));
    check(&clone).is(1, &[WEAKENED]);
    // A golden set that proves no more is a proof that is lost.
    clone.write(COMPOSITE, composite("1.1.0", "{prompt: ask@1.0.0}", "[basic@1.0.0, hard@1.0.0]"));
    let checked = check(&clone).is(1, &[WEAKENED]);
    let message = checked.finding(WEAKENED)["message"].as_str().expect("a message").to_owned();
    assert!(message.starts_with("`members` loses `dataset/golden`"), "{message}");
}

/// A suite proves where it is listed. As a member it would be pinned and never run.
#[test]
fn a_suite_is_no_member_and_cannot_hide_as_one() {
    let (_server, clone) = proven();
    let hidden = "{prompt: greet@1.0.0, data: golden@1.0.0, suite: hard@1.0.0}";
    clone.write(COMPOSITE, composite("1.0.1", hidden, "[basic@1.0.0, hard@1.0.0]"));
    let checked = check(&clone).is(1, &["dep-kind-mismatch"]);
    let finding = checked.finding("dep-kind-mismatch");
    assert_eq!(finding["help"], "list it under `suites`: `hard`");
    clone.write(COMPOSITE, composite("1.0.1", hidden, "[basic@1.0.0]"));
    greet(&clone, &["1.1.0: more", ONE], &top("more"));
    check(&clone).is(1, &["dep-kind-mismatch", WEAKENED]);
}

/// What is edited is no proof that was deleted.
#[test]
fn a_proof_that_is_dropped_and_edited_is_another_change() {
    let (_server, clone) = proven();
    clone.write(COMPOSITE, composite("1.0.1", MEMBERS, "[basic@1.0.0]"));
    clone.write(
        "registry/suites/hard/cases.csv",
        "case_id,input,expected,metric\na,Ada,Eve,exact\n",
    );
    let checked = check(&clone);
    assert_ne!(checked.code, 0, "{:#}", checked.json);
    assert_eq!(checked.finding(WEAKENED)["severity"], "error");
}

#[test]
fn a_change_that_does_nothing_else_may_drop_a_proof_and_says_so() {
    let (_server, clone) = proven();
    clone.write(COMPOSITE, composite("1.0.1", MEMBERS, "[basic@1.0.0]"));
    let checked = check(&clone).is(0, &[WEAKENED]);
    assert_eq!(checked.finding(WEAKENED)["severity"], "note");
    assert!(!checked.finding(WEAKENED)["message"].as_str().expect("text").contains("touches"));
}

#[test]
fn what_is_released_to_nobody_needs_no_proof() {
    let (_server, clone) = proven();
    greet(&clone, &["1.1.0: more", ONE], &top("more"));
    let gone = composite("2.0.0", MEMBERS, "[]").replace("owner:", "status: removed\nowner:");
    clone.write(COMPOSITE, gone);
    check(&clone).is(1, &["removed-before-sunset"]);
    let server = TestRepo::init();
    found(&server);
    write_suite(&server, "basic", "");
    let draft = |suites: &str| {
        composite("1.0.0", "{prompt: greet@1.0.0}", suites)
            .replace("roles: {data: evidence}", "status: draft")
    };
    server.write(COMPOSITE, draft("[basic@1.0.0]")).stage(".").commit("a draft");
    server.branch("work").write(COMPOSITE, draft("[]"));
    greet(&server, &["1.1.0: more", ONE], &top("more"));
    check(&server).is(0, &[]);
}

#[test]
fn what_moves_comes_or_is_repinned_is_no_proof_that_is_lost() {
    let (_server, clone) = proven();
    greet(&clone, &["1.1.0: more", ONE], &top("more"));
    write_suite(&clone, "third", "");
    clone.write(COMPOSITE, composite("1.0.1", MEMBERS, "[third@1.0.0, hard@1.0.0, basic@1.0.0]"));
    clone.stage(".");
    keelmark(&clone, &["seal"]).ends(0);
    clone.stage(".");
    check(&clone).is(0, &[]);
    keelmark(&clone, &["mv", "suite/hard", "harder"]).ends(0);
    clone.stage(".");
    // The name that it had is an alias now, and that is all that is said.
    check(&clone).is(1, &["version-unchanged"]);
}

#[test]
fn rows_that_a_golden_set_loses_are_a_major_step_that_is_told() {
    let (_server, clone) = proven();
    clone.write(ROWS, "case_id,input,expected,metric\na,Ada,Ada,exact\n");
    clone.write(GOLDEN, dataset("1.0.1", "\"1.0.1: less\", \"1.0.0: rows\""));
    keelmark(&clone, &["seal"]).ends(0);
    let checked = check(&clone);
    let finding = checked.finding("version-bump-insufficient");
    let reason = finding["related"].to_string();
    assert!(reason.contains("1 row went: `b` (dataset-rows-removed)"), "{reason}");
    bumped(&clone, "dataset/golden").ends(0);
    let checked = check(&clone).is(0, &["dep-major-unadopted", "baseline-invalidated"]);
    let message = checked.finding("baseline-invalidated")["message"].to_string();
    assert!(message.contains("1 row went: `b`"), "{message}");
}
