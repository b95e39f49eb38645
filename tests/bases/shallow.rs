//! Histories that were cut off.

use crate::scene::{check_with, greet, keelmark, keelmark_with, registry, top};
use crate::support::TestRepo;

const ONE: &str = "1.0.0: first version";

/// A server with a branch of two commits while main went on.
fn server() -> TestRepo {
    let server = registry();
    server.branch("work");
    greet(&server, &["1.0.1: small", ONE], &top("small"));
    server.stage(".").commit("small");
    server.commit_file("README.md", "more\n");
    server.checkout("main");
    server.commit_file("docs/a", "main went on\n");
    server
}

/// G6.
#[test]
fn a_single_branch_of_depth_one_has_no_base() {
    let clone = TestRepo::clone_of(&server(), &["--depth=1", "-b", "work"]);
    for words in [&["check"][..], &["check", "--staged"], &["bump"], &["hook", "run", "pre-commit"]]
    {
        keelmark(&clone, words).ends(3).says("no base").says("git fetch");
    }
}

/// G6.
#[test]
fn the_command_that_the_message_names_helps() {
    let server = server();
    let clone = TestRepo::clone_of(&server, &["--depth=1", "-b", "work"]);
    let said = keelmark(&clone, &["check"]).ends(3);
    let words = said.all();
    let command = words.split('`').find(|word| word.starts_with("git fetch")).expect("a command");
    clone.run(&command.split(' ').skip(1).collect::<Vec<_>>());
    let said = keelmark(&clone, &["check"]);
    if said.code == 3 {
        // The base is there now; what is between is the second command's work.
        let words = said.all();
        let command = words.split('`').find(|w| w.starts_with("git fetch")).expect("a command");
        clone.run(&command.split(' ').skip(1).collect::<Vec<_>>());
    }
    check_with(&clone, &[], &[]).is(1, &["version-bump-insufficient"]);
}

#[test]
fn two_tips_of_depth_one_share_no_known_history() {
    let clone = TestRepo::clone_of(&server(), &["--depth=1", "--no-single-branch", "-b", "work"]);
    keelmark(&clone, &["check"]).ends(3).says("shallow").says("git fetch --unshallow");
    let gitlab = [("GITLAB_CI", "true")];
    keelmark_with(&clone, &["check"], &gitlab).ends(3).says("GIT_DEPTH: 0");
}

#[test]
fn enough_depth_is_enough() {
    let clone = TestRepo::clone_of(&server(), &["--depth=3", "--no-single-branch", "-b", "work"]);
    check_with(&clone, &[], &[]).is(1, &["version-bump-insufficient"]);
}

#[test]
fn the_default_branch_alone_needs_no_history() {
    // Nothing is touched, so nothing of the past is needed.
    let clone = TestRepo::clone_of(&server(), &["--depth=1"]);
    keelmark(&clone, &["check"]).ends(0);
    greet(&clone, &["1.0.1: small", ONE], &top("small"));
    check_with(&clone, &[], &[]).is(1, &["version-bump-insufficient"]);
}

/// G19.
#[test]
fn a_clone_without_blobs_fetches_what_it_needs() {
    let server = server();
    server.run(&["config", "uploadpack.allowFilter", "true"]);
    server.run(&["config", "uploadpack.allowAnySHA1InWant", "true"]);
    let clone = TestRepo::clone_of(&server, &["--filter=blob:none", "-b", "work"]);
    let variables = [
        ("GIT_CONFIG_COUNT", "1"),
        ("GIT_CONFIG_KEY_0", "protocol.file.allow"),
        ("GIT_CONFIG_VALUE_0", "always"),
    ];
    check_with(&clone, &[], &variables).is(1, &["version-bump-insufficient"]);
}

/// G5, G13.
#[test]
fn unrelated_histories_are_undecided() {
    let repo = registry();
    repo.run(&["checkout", "-q", "--orphan", "other"]);
    repo.commit("elsewhere");
    keelmark(&repo, &["check"]).ends(3).says("share no history").says("--base");
}
