//! What GitHub and GitLab set.

use std::fs;

use crate::scene::{
    Checked, check_with, git, greet, keelmark_with, registry, server_and_clone, top,
};
use crate::support::TestRepo;

const ONE: &str = "1.0.0: first version";

/// A server with a pull request and its merge commit, as GitHub makes it.
fn pull_request(version: &str) -> (TestRepo, String) {
    let server = registry();
    server.branch("work");
    greet(&server, &[&format!("{version}: mine"), ONE], &top("mine"));
    server.stage(".").commit("mine");
    server.checkout("main");
    server.commit_file("README.md", "main went on\n");
    server.run(&["checkout", "-q", "--detach"]);
    server.run(&["merge", "-q", "--no-ff", "-m", "Merge work into main", "work"]);
    let merge = server.rev("HEAD");
    server.run(&["update-ref", "refs/pull/1/merge", &merge]);
    server.checkout("main");
    (server, merge)
}

/// What `actions/checkout` does.
fn checked_out(server: &TestRepo, reference: &str, depth: &str) -> TestRepo {
    let clone = TestRepo::init();
    clone.run(&["remote", "add", "origin", &server.address()]);
    let refspec = format!("+{reference}:refs/remotes/pull/1/merge");
    clone.run(&["fetch", "-q", "--no-tags", depth, "origin", &refspec]);
    clone.run(&["checkout", "-q", "--detach", "refs/remotes/pull/1/merge"]);
    clone
}

fn variables(sha: &str) -> Vec<(&'static str, &str)> {
    vec![
        ("CI", "true"),
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_EVENT_NAME", "pull_request"),
        ("GITHUB_REF", "refs/pull/1/merge"),
        ("GITHUB_BASE_REF", "main"),
        ("GITHUB_HEAD_REF", "work"),
        ("GITHUB_SHA", sha),
    ]
}

/// G7.
#[test]
fn github_s_merge_ref_is_measured_against_its_first_parent() {
    for (version, code, rules) in
        [("1.1.0", 0, &[][..]), ("1.0.1", 1, &["version-bump-insufficient"])]
    {
        let (server, merge) = pull_request(version);
        let clone = checked_out(&server, "refs/pull/1/merge", "--depth=2");
        let checked = check_with(&clone, &[], &variables(&merge)).is(code, rules);
        assert_eq!(checked.touched(), [("prompt/greet", "changed")]);
        assert_eq!(checked.source("base_commit"), server.rev("main"));
        assert!(checked.source("base_reason").contains("GitHub"), "{checked:?}");
    }
}

/// G6, G7.
#[test]
fn github_s_checkout_of_depth_one_is_undecided_and_says_what_helps() {
    let (server, merge) = pull_request("1.0.1");
    let clone = checked_out(&server, "refs/pull/1/merge", "--depth=1");
    keelmark_with(&clone, &["check"], &variables(&merge))
        .ends(3)
        .says("shallow")
        .says("git fetch --unshallow")
        .says("fetch-depth: 0");
}

/// G8.
#[test]
fn a_merge_of_the_contributor_s_own_is_no_merge_ref() {
    // Checked out by its own commit, a pull request that merges its own "base" first cannot choose it.
    let (server, _) = pull_request("1.0.1");
    server.checkout("work");
    server.run(&["checkout", "-q", "--orphan", "fake"]);
    server.run(&["commit", "-q", "-m", "everything as it is"]);
    server.run(&["merge", "-q", "-s", "ours", "--allow-unrelated-histories", "-m", "x", "work"]);
    let sha = server.rev("HEAD");
    server.checkout("main");
    let clone = TestRepo::clone_of(&server, &[]);
    clone.run(&["checkout", "-q", "--detach", &sha]);
    let merge_sha = server.rev("refs/pull/1/merge");
    let checked = check_with(&clone, &[], &variables(&merge_sha));
    assert_eq!(checked.source("base"), "refs/remotes/origin/main");
    checked.is(1, &["version-bump-insufficient"]);
}

#[test]
fn github_s_findings_are_annotations_of_the_pull_request() {
    let (server, merge) = pull_request("1.0.1");
    let clone = checked_out(&server, "refs/pull/1/merge", "--depth=2");
    keelmark_with(&clone, &["check"], &variables(&merge))
        .ends(1)
        .says("::error ")
        .says("file=registry/prompts/greet/prompt.yaml");
}

#[test]
fn a_stale_digest_fails_a_pull_request() {
    let (server, _) = pull_request("1.1.0");
    let clone = TestRepo::clone_of(&server, &[]);
    clone.run(&["checkout", "-q", "-b", "work", "origin/work"]);
    clone.write(crate::scene::GREET_TEXT, top("mine, but not sealed"));
    check_with(&clone, &[], &[]).is(0, &["checksum-stale"]);
    let github = [("GITHUB_ACTIONS", "true")];
    check_with(&clone, &[], &github).is(1, &["checksum-stale"]);
    clone.stage(".").commit("not sealed");
    check_with(&clone, &["--rev", "HEAD"], &[]).is(1, &["checksum-stale"]);
}

fn pushed(event: &str, before: &str) -> (Checked, String) {
    let server = registry();
    let was = server.rev("HEAD");
    greet(&server, &["1.0.1: small", ONE], &top("small"));
    server.stage(".").commit("small");
    server.commit_file("README.md", "more\n");
    let clone = TestRepo::clone_of(&server, &[]);
    let path = clone.beside("event.json");
    let before = if before == "was" { &was } else { before };
    let text = format!(
        "{{\"before\":\"{before}\",\"repository\":{{\"default_branch\":\"main\"}},\
         \"merge_group\":{{\"base_sha\":\"{was}\"}}}}"
    );
    fs::write(&path, text).expect("an event");
    let sha = clone.rev("HEAD");
    let variables = [
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_EVENT_NAME", event),
        ("GITHUB_EVENT_PATH", path.to_str().expect("UTF-8")),
        ("GITHUB_REF", "refs/heads/main"),
        ("GITHUB_SHA", sha.as_str()),
    ];
    (check_with(&clone, &[], &variables), was)
}

#[test]
fn a_push_to_main_is_measured_against_what_was_there() {
    let (checked, was) = pushed("push", "was");
    assert_eq!(checked.source("base_commit"), was);
    checked.is(1, &["version-bump-insufficient"]);
}

/// G2.
#[test]
fn a_merge_queue_is_measured_against_the_queue_s_base() {
    let (checked, was) = pushed("merge_group", "was");
    assert_eq!(checked.source("base_commit"), was);
    checked.is(1, &["version-bump-insufficient"]);
}

#[test]
fn a_state_before_the_push_that_is_gone_is_undecided() {
    // After a forced push the old commit is nowhere.
    let (_server, clone) = server_and_clone();
    let path = clone.beside("event.json");
    let gone = "1".repeat(40);
    let text = format!("{{\"before\":\"{gone}\",\"repository\":{{\"default_branch\":\"main\"}}}}");
    fs::write(&path, text).expect("an event");
    let variables = [
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_EVENT_NAME", "push"),
        ("GITHUB_EVENT_PATH", path.to_str().expect("UTF-8")),
        ("GITHUB_REF", "refs/heads/main"),
    ];
    keelmark_with(&clone, &["check"], &variables).ends(3).says(&format!("git fetch origin {gone}"));
}

/// A clone on a branch with too small a step, while main went on.
fn merge_request() -> (TestRepo, TestRepo) {
    let (server, clone) = server_and_clone();
    greet(&clone, &["1.0.1: small", ONE], &top("small"));
    clone.stage(".").commit("small");
    crate::scene::ask(&server, &["1.1.0: theirs", ONE], &top("theirs"));
    server.stage(".").commit("theirs");
    clone.run(&["fetch", "-q"]);
    (server, clone)
}

#[test]
fn gitlab_s_diff_base_is_the_base() {
    let (server, clone) = merge_request();
    let base = server.rev("main~1");
    let variables = [
        ("GITLAB_CI", "true"),
        ("CI_MERGE_REQUEST_DIFF_BASE_SHA", base.as_str()),
        ("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "main"),
    ];
    let checked = check_with(&clone, &[], &variables).is(1, &["version-bump-insufficient"]);
    assert_eq!(checked.source("base_commit"), base);
    assert_eq!(checked.source("base_reason"), "CI_MERGE_REQUEST_DIFF_BASE_SHA");
}

#[test]
fn gitlab_s_merged_results_are_measured_against_the_target() {
    let (server, clone) = merge_request();
    git(&clone, &["checkout", "-q", "--detach", "origin/main"]).ends(0);
    git(&clone, &["merge", "-q", "--no-ff", "-m", "merged results", "work"]).ends(0);
    let (target, diff_base) = (server.rev("main"), server.rev("main~1"));
    let variables = [
        ("GITLAB_CI", "true"),
        ("CI_MERGE_REQUEST_TARGET_BRANCH_SHA", target.as_str()),
        ("CI_MERGE_REQUEST_DIFF_BASE_SHA", diff_base.as_str()),
    ];
    let checked = check_with(&clone, &[], &variables).is(1, &["version-bump-insufficient"]);
    assert_eq!(checked.source("base_commit"), target);
    assert_eq!(checked.touched(), [("prompt/greet", "changed")]);
}

#[test]
fn gitlab_s_target_branch_is_the_base_where_no_commit_is_named() {
    let (server, clone) = merge_request();
    let variables = [("GITLAB_CI", "true"), ("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "main")];
    let checked = check_with(&clone, &[], &variables).is(1, &["version-bump-insufficient"]);
    assert_eq!(checked.source("base_commit"), server.rev("main"));
    let variables = [("GITLAB_CI", "true"), ("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "next")];
    keelmark_with(&clone, &["check"], &variables).ends(3).says("git fetch origin next:");
}

#[test]
fn gitlab_s_push_to_main_is_measured_against_what_was_there() {
    let server = registry();
    let was = server.rev("HEAD");
    greet(&server, &["1.0.1: small", ONE], &top("small"));
    server.stage(".").commit("small");
    let clone = TestRepo::clone_of(&server, &[]);
    let variables = [
        ("GITLAB_CI", "true"),
        ("CI_COMMIT_BRANCH", "main"),
        ("CI_DEFAULT_BRANCH", "main"),
        ("CI_COMMIT_BEFORE_SHA", was.as_str()),
    ];
    let checked = check_with(&clone, &[], &variables).is(1, &["version-bump-insufficient"]);
    assert_eq!(checked.source("base_commit"), was);
}
