//! What a change cannot decide for itself.

use crate::scene::{
    ASK, GREET, GREET_TEXT, check, check_with, found, greet, keelmark, read, registry,
    server_and_clone, top,
};
use crate::support::TestRepo;

const ONE: &str = "1.0.0: first version";
const LENIENT: &str = "version: 1\nrules: {version-bump-insufficient: {level: allow}}\n";

#[test]
fn levels_of_the_change_s_own_configuration_do_not_count() {
    let (_server, clone) = server_and_clone();
    clone.write("keelmark.yaml", LENIENT);
    greet(&clone, &["1.0.1: small", ONE], &top("small"));
    clone.stage(".").commit("lenient to itself");
    for arguments in [&[][..], &["--staged"], &["--rev", "HEAD"], &["--all"]] {
        let checked = check_with(&clone, arguments, &[]);
        checked.is(1, &["policy-weakened-in-same-change", "version-bump-insufficient"]);
    }
}

#[test]
fn a_bump_of_a_rule_that_the_change_lowers_does_not_count() {
    let (_server, clone) = server_and_clone();
    clone.write("keelmark.yaml", "version: 1\nrules: {prompt-template-text: {bump: patch}}\n");
    greet(&clone, &["1.0.1: small", ONE], &top("small"));
    check(&clone).is(1, &["policy-weakened-in-same-change", "version-bump-insufficient"]);
}

#[test]
fn levels_of_the_base_count() {
    let server = TestRepo::init();
    found(&server);
    server.commit_file("keelmark.yaml", LENIENT);
    let clone = TestRepo::clone_of(&server, &[]);
    clone.branch("work");
    greet(&clone, &["1.0.1: small", ONE], &top("small"));
    check(&clone).is(0, &[]);
}

#[test]
fn a_base_that_is_named_widens_nothing() {
    let (_server, clone) = server_and_clone();
    clone.commit_file("keelmark.yaml", LENIENT);
    let lenient = clone.rev("HEAD");
    greet(&clone, &["1.0.1: small", ONE], &top("small"));
    clone.stage(".").commit("small");
    check_with(&clone, &["--base", &lenient], &[]).is(1, &["version-bump-insufficient"]);
    let variables = [("KEELMARK_BASE", lenient.as_str())];
    check_with(&clone, &[], &variables).is(1, &["version-bump-insufficient"]);
}

#[test]
fn a_base_that_is_named_widens_nothing_where_nothing_is_trusted() {
    // Only one branch was fetched, and it is the contributor's own.
    let (server, clone) = server_and_clone();
    clone.commit_file("keelmark.yaml", LENIENT);
    greet(&clone, &["1.0.1: small", ONE], &top("small"));
    clone.stage(".").commit("small");
    clone.run(&["push", "-q", "origin", "work"]);
    let single = TestRepo::clone_of(&server, &["--single-branch", "-b", "work"]);
    keelmark(&single, &["check"]).ends(3).says("git fetch origin main");
    check_with(&single, &["--base", "HEAD~1"], &[]).is(1, &["version-bump-insufficient"]);
}

#[test]
fn a_default_branch_that_the_change_names_widens_nothing() {
    let (server, clone) = server_and_clone();
    clone.commit_file("keelmark.yaml", format!("{LENIENT}default_branch: work\n"));
    clone.run(&["push", "-q", "origin", "work"]);
    greet(&clone, &["1.0.1: small", ONE], &top("small"));
    let checked = check(&clone).is(1, &[WEAKENED, WEAKENED, "version-bump-insufficient"]);
    assert_eq!(checked.source("base_commit"), server.rev("main"));
    // Even where nothing else was fetched.
    clone.stage(".").commit("small");
    clone.run(&["push", "-q", "origin", "HEAD:later"]);
    let single = TestRepo::clone_of(&server, &["--single-branch", "-b", "work"]);
    single.run(&["fetch", "-q", "origin", "later"]);
    single.run(&["checkout", "-q", "FETCH_HEAD"]);
    check(&single).is(1, &["version-bump-insufficient"]);
}

#[test]
fn branches_that_the_change_no_longer_publishes_stay_published() {
    let (server, clone) = server_and_clone();
    server.branch("release/1.x");
    greet(&server, &["1.1.0: fix", ONE], &top("fixed"));
    server.stage(".").commit("fix");
    clone.run(&["fetch", "-q"]);
    clone.write("keelmark.yaml", "version: 1\nversioning: {published: tagged, branches: []}\n");
    greet(&clone, &["1.1.0: mine", ONE], &top("mine"));
    let checked = check(&clone);
    assert!(checked.rules().contains(&"version-already-published"), "{:#}", checked.json);
}

/// G12.
#[test]
fn a_registry_that_is_pointed_elsewhere_is_noticed() {
    let (_server, clone) = server_and_clone();
    clone.write("keelmark.yaml", "version: 1\nregistry: elsewhere\n");
    clone.write(GREET_TEXT, top("spoiled"));
    let checked = check(&clone);
    assert_eq!(checked.code, 1, "{:#}", checked.json);
    assert_eq!(checked.rules(), ["config-registry-moved"]);
}

#[test]
fn a_configuration_that_is_removed_takes_no_registry_with_it() {
    let server = TestRepo::init();
    server.write("keelmark.yaml", "version: 1\nregistry: things\n");
    for (path, text) in registry_files() {
        server.write(&path.replace("registry/", "things/"), text);
    }
    server.stage(".").commit("a registry elsewhere");
    let clone = TestRepo::clone_of(&server, &[]);
    clone.branch("work");
    clone.delete("keelmark.yaml").write("things/prompts/greet/template.md", top("spoiled"));
    clone.stage(".");
    for arguments in [&[][..], &["--staged"]] {
        let checked = check_with(&clone, arguments, &[]);
        assert_ne!(checked.code, 0, "{:#}", checked.json);
    }
}

fn registry_files() -> Vec<(String, String)> {
    let repo = registry();
    [GREET, GREET_TEXT, ASK, crate::scene::ASK_TEXT]
        .map(|path| (path.to_owned(), read(&repo, path)))
        .into()
}

#[test]
fn a_strict_base_stays_strict_when_the_change_removes_its_configuration() {
    let server = TestRepo::init();
    found(&server);
    server.commit_file("keelmark.yaml", "version: 1\nrules: {checksum-missing: {level: deny}}\n");
    let clone = TestRepo::clone_of(&server, &[]);
    clone.branch("work");
    clone.delete("keelmark.yaml");
    let text = read(&clone, GREET);
    let text = &text[..text.find("# What").expect("the comment")];
    clone.write(GREET, text);
    check(&clone).is(1, &["policy-weakened-in-same-change", "checksum-missing"]);
}

#[test]
fn an_accepted_finding_is_named_with_its_reason() {
    let (_server, clone) = server_and_clone();
    greet(&clone, &["1.0.1: small", ONE], &top("small"));
    let checked = check(&clone).is(1, &["version-bump-insufficient"]);
    let fingerprint = checked.finding("version-bump-insufficient")["fingerprint"].clone();
    let text = format!(
        "version: 1\noverrides:\n  - {{rule: version-bump-insufficient, entry: prompt/greet, \
         pointer: /version, fingerprint: {fingerprint}, reason: a typo}}\n"
    );
    clone.write("keelmark.yaml", text);
    check(&clone).is(0, &[]);
    keelmark(&clone, &["check"]).ends(0).says("a typo");
    // It accepts this one, and no other.
    greet(&clone, &["1.0.2: small", ONE], &top("other"));
    assert_ne!(check(&clone).code, 0);
}

const WEAKENED: &str = "policy-weakened-in-same-change";

const GATES: &str = "registry/policies/gates.yaml";

/// Publishes strict settings, and returns a clone with the branch `work` checked out.
fn strict() -> (TestRepo, TestRepo) {
    let server = TestRepo::init();
    found(&server);
    server.write("keelmark.yaml", "version: 1\nrules: {changelog-order: {level: deny}}\n");
    server.write(
        GATES,
        "gates:\n  - {metric: f1, bar: \">= 0.7\"}\n  - {metric: exact, bar: \">= 0.8\"}\n",
    );
    server.stage(".").commit("strict");
    let clone = TestRepo::clone_of(&server, &[]);
    clone.branch("work");
    (server, clone)
}

#[test]
fn what_a_change_weakens_beside_an_entry_is_an_error_for_each_key() {
    let (_server, clone) = strict();
    clone.write("keelmark.yaml", "version: 1\n# less\nrules: {changelog-order: {level: warn}}\n");
    clone.write(GATES, "gates:\n  - {metric: exact, bar: \">= 0.5\"}\n");
    greet(&clone, &["1.1.0: more", ONE], &top("more"));
    let checked = check(&clone).is(1, &[WEAKENED, WEAKENED, WEAKENED]);
    let said = |at: usize, key: &str| checked.json["findings"][at][key].clone();
    assert_eq!(said(0, "path"), "keelmark.yaml");
    assert_eq!(
        (said(0, "line"), said(0, "pointer")),
        (3.into(), "/rules/changelog-order/level".into())
    );
    let message = said(0, "message").as_str().expect("a message").to_owned();
    assert!(
        message.contains("`deny` to `warn`") && message.contains("`prompt/greet`"),
        "{message}"
    );
    assert!(said(0, "help").as_str().expect("a help").contains("a change of its own"));
    let old = &checked.json["findings"][0]["related"][0];
    assert_eq!((&old["path"], &old["line"]), (&"keelmark.yaml".into(), &2.into()));
    let message = said(1, "message").as_str().expect("a message").to_owned();
    assert!(message.contains("`gates.f1` is gone"), "{message}");
    assert_eq!((said(1, "path"), said(1, "line")), (GATES.into(), 1.into()));
    let message = said(2, "message").as_str().expect("a message").to_owned();
    assert!(message.contains("`gates.exact.bar` goes from `>= 0.8` to `>= 0.5`"), "{message}");
    assert_eq!(
        (said(2, "line"), &checked.json["findings"][2]["related"][0]["line"]),
        (2.into(), &3.into())
    );
    // The hook and the commit say the same.
    clone.stage(".");
    check_with(&clone, &["--staged"], &[]).is(1, &[WEAKENED, WEAKENED, WEAKENED]);
    clone.commit("all at once");
    check_with(&clone, &["--rev", "HEAD"], &[]).is(1, &[WEAKENED, WEAKENED, WEAKENED]);
    check_with(&clone, &[GATES], &[]).is(1, &[WEAKENED, WEAKENED]);
    check_with(&clone, &["registry/prompts"], &[]).is(0, &[]);
}

#[test]
fn what_a_change_of_its_own_weakens_is_a_note() {
    let (_server, clone) = strict();
    clone.write("keelmark.yaml", "version: 1\n");
    clone.delete(GATES);
    clone.stage(".");
    let checked = check(&clone).is(0, &[WEAKENED, WEAKENED, WEAKENED]);
    assert_eq!(checked.finding(WEAKENED)["severity"], "note");
    // A policy that is gone is said at its path.
    assert_eq!(checked.json["findings"][2]["path"], GATES);
    // What asks more is no matter.
    clone.write("keelmark.yaml", "version: 1\nrules: {changelog-order: {level: deny}}\n");
    clone.write(
        GATES,
        "gates:\n  - {metric: f1, bar: \">= 0.9\"}\n  - {metric: exact, bar: \">= 0.8\"}\n",
    );
    greet(&clone, &["1.1.0: more", ONE], &top("more"));
    check(&clone).is(0, &[]);
}

#[test]
fn no_level_excuses_what_a_change_weakens_and_an_override_is_read_by_everybody() {
    let server = TestRepo::init();
    found(&server);
    server.commit_file(
        "keelmark.yaml",
        format!("version: 1\nrules: {{{WEAKENED}: {{level: allow}}}}\n"),
    );
    let clone = TestRepo::clone_of(&server, &[]);
    clone.branch("work");
    let settings = format!(
        "version: 1\nrules: {{{WEAKENED}: {{level: allow}}}}\napprovers: [eve@example.com]\n"
    );
    clone.write("keelmark.yaml", &settings);
    greet(&clone, &["1.1.0: more", ONE], &top("more"));
    let checked = check(&clone).is(1, &[WEAKENED]);
    let fingerprint = checked.finding(WEAKENED)["fingerprint"].clone();
    let accepted = format!(
        "{settings}overrides:\n  - {{rule: {WEAKENED}, entry: keelmark.yaml, fingerprint: {fingerprint}, reason: eve came with the prompt}}\n"
    );
    clone.write("keelmark.yaml", accepted);
    check(&clone).is(0, &[]);
    keelmark(&clone, &["check"]).ends(0).says("eve came with the prompt");
}

#[test]
fn a_branch_that_is_behind_a_stricter_base_weakens_nothing() {
    let (server, clone) = server_and_clone();
    server.commit_file("keelmark.yaml", "version: 1\nrules: {changelog-order: {level: deny}}\n");
    clone.run(&["fetch", "-q"]);
    greet(&clone, &["1.1.0: more", ONE], &top("more"));
    clone.write("keelmark.yaml", "version: 1 # mine\n");
    check(&clone).is(0, &[]);
}

#[test]
fn an_entry_under_another_name_takes_its_gate_along() {
    let server = TestRepo::init();
    found(&server);
    let suite = |id: &str, aliases: &str| {
        format!(
            "id: {id}\nversion: 1.0.0\nowner: team\n{aliases}cases: cases.csv\ntarget: prompt/greet\nbind: {{name: input}}\nchangelog: [\"1.0.0: first\"]\n"
        )
    };
    let cases = "case_id,input,expected\n1,Ada,Hello Ada\n";
    server.write("registry/suites/old/suite.yaml", suite("old", ""));
    server.write("registry/suites/old/cases.csv", cases);
    server.write(GATES, "gates:\n  - {metric: exact, bar: \">= 0.8\", suite: old}\n");
    server.stage(".").commit("a suite");
    let clone = TestRepo::clone_of(&server, &[]);
    clone.branch("work");
    keelmark(&clone, &["mv", "suite/old", "suite/new"]).ends(0);
    clone.write(GATES, "gates:\n  - {metric: exact, bar: \">= 0.8\", suite: new}\n").stage(".");
    let checked = check(&clone);
    assert!(!checked.rules().contains(&WEAKENED), "{:#}", checked.json);
}
