//! Branches of a clone: what they touch, and which numbers others took meanwhile.

use crate::scene::{
    TEXT, ask, bottom, check, check_with, git, greet, keelmark, keelmark_with, path_with_program,
    registry, server_and_clone, top,
};
use crate::support::TestRepo;

const ONE: &str = "1.0.0: first version";

/// G2.
#[test]
fn a_branch_behind_main_answers_for_its_own_changes_alone() {
    let (server, clone) = server_and_clone();
    // Main moves on, and not well.
    ask(&server, &[ONE], "No digest matches this {{ nothing }}.\n");
    server.stage(".").commit("others");
    clone.run(&["fetch", "-q"]);
    greet(&clone, &["1.1.0: other", ONE], &top("better"));
    clone.stage(".").commit("mine");
    let checked = check(&clone).is(0, &[]);
    assert_eq!(checked.touched(), [("prompt/greet", "changed")]);
    assert_eq!(checked.source("base"), "refs/remotes/origin/main");
    assert_eq!(checked.source("base_reason"), "origin/HEAD");
    assert_eq!(checked.source("base_commit"), server.rev("main"));
    assert_eq!(checked.source("merge_base"), server.rev("main~1"));
}

#[test]
fn what_a_branch_does_not_touch_is_inherited_and_never_fails_it() {
    let server = TestRepo::init();
    crate::scene::found(&server);
    server.write(crate::scene::ASK_TEXT, "Hello {{ nobody }}.\n").stage(".").commit("spoiled");
    let clone = TestRepo::clone_of(&server, &[]);
    clone.branch("work");
    greet(&clone, &["1.1.0: other", ONE], &top("better"));
    let checked = check(&clone).is(0, &[]);
    let inherited = checked.json["summary"]["inherited"].as_u64().expect("a number");
    assert!(inherited >= 1, "{:#}", checked.json);
    // Asked for everything, it is an error.
    assert_ne!(check_with(&clone, &["--all"], &[]).code, 0);
}

/// G1.
#[test]
fn two_changes_with_one_number_name_the_commit_that_took_it() {
    let (server, clone) = server_and_clone();
    greet(&clone, &["1.1.0: mine", ONE], &top("mine"));
    clone.stage(".").commit("mine");
    check(&clone).is(0, &[]);
    greet(&server, &["1.1.0: theirs", ONE], &bottom("theirs"));
    let theirs = server.stage(".").commit("greet kindly");
    clone.run(&["fetch", "-q"]);
    let checked = check(&clone).is(1, &["version-slot-taken-on-base"]);
    let finding = checked.finding("version-slot-taken-on-base");
    let message = finding["message"].as_str().expect("a message");
    assert!(message.contains(&theirs[..10]) && message.contains("greet kindly"), "{message}");
    assert!(finding["help"].as_str().expect("help").contains("keelmark bump greet"), "{finding}");
    let entry = &checked.json["entries"][0];
    assert_eq!(entry["suggested"], "1.2.0", "{entry}");
}

#[test]
fn two_changes_with_one_number_and_one_content_are_one_change() {
    let (server, clone) = server_and_clone();
    for repo in [&server, &clone] {
        greet(repo, &["1.1.0: same", ONE], &top("same"));
        repo.stage(".").commit("same");
    }
    clone.run(&["fetch", "-q"]);
    check(&clone).is(0, &[]);
}

#[test]
fn an_entry_that_both_sides_added_is_compared_with_the_one_on_the_base() {
    let (server, clone) = server_and_clone();
    let add = |repo: &TestRepo, text: &str| {
        let yaml = crate::scene::prompt("late", "name", &[ONE], text);
        repo.write("registry/prompts/late/prompt.yaml", yaml);
        repo.write("registry/prompts/late/template.md", text).stage(".").commit("late");
    };
    add(&server, TEXT);
    add(&clone, &top("mine"));
    check(&clone).is(0, &[]);
    clone.run(&["fetch", "-q"]);
    check(&clone).is(1, &["version-slot-taken-on-base"]);
}

#[test]
fn a_branch_that_was_pushed_is_not_its_own_base() {
    let (server, clone) = server_and_clone();
    greet(&clone, &["1.1.0: mine", ONE], &top("mine"));
    clone.stage(".").commit("mine");
    clone.run(&["push", "-q", "-u", "origin", "work"]);
    // 1.1.0 is on the branch's upstream and still not published.
    greet(&clone, &["1.1.0: mine", ONE], &top("mine again"));
    let checked = check(&clone).is(0, &[]);
    assert_eq!(checked.source("base_commit"), server.rev("main"));
    // Too small a step is not forgiven by having been pushed.
    greet(&clone, &["1.0.1: mine", ONE], &top("mine"));
    clone.stage(".").commit("too small");
    clone.run(&["push", "-q"]);
    check(&clone).is(1, &["version-bump-insufficient"]);
}

#[test]
fn a_contributor_s_branch_is_not_its_own_base_either() {
    let (server, clone) = server_and_clone();
    greet(&clone, &["1.0.1: theirs", ONE], &top("theirs"));
    clone.stage(".").commit("theirs");
    clone.run(&["push", "-q", "-u", "origin", "work"]);
    let reviewer = TestRepo::clone_of(&server, &[]);
    reviewer.run(&["checkout", "-q", "--track", "origin/work"]);
    check(&reviewer).is(1, &["version-bump-insufficient"]);
}

/// G8.
#[test]
fn upstream_wins_over_the_fork() {
    let server = registry();
    let fork = TestRepo::clone_of(&server, &[]);
    // The fork's main took a number that upstream knows nothing of.
    greet(&fork, &["1.1.0: fork", ONE], &top("fork"));
    fork.stage(".").commit("fork");
    let clone = TestRepo::clone_of(&fork, &[]);
    clone.run(&["remote", "add", "upstream", &server.address()]);
    clone.run(&["fetch", "-q", "upstream"]);
    clone.run(&["checkout", "-q", "-b", "work", "upstream/main"]);
    greet(&clone, &["1.1.0: mine", ONE], &top("mine"));
    let checked = check(&clone).is(0, &[]);
    assert_eq!(checked.source("base"), "refs/remotes/upstream/main");
}

#[test]
fn a_base_that_is_named_wins_and_one_that_is_unknown_is_a_mistake() {
    let (server, clone) = server_and_clone();
    greet(&clone, &["1.0.1: mine", ONE], &top("mine"));
    clone.stage(".").commit("mine");
    check_with(&clone, &["--base", "HEAD"], &[]).is(0, &[]);
    check_with(&clone, &[], &[("KEELMARK_BASE", "HEAD")]).is(0, &[]);
    let both = [("KEELMARK_BASE", "HEAD")];
    let checked = check_with(&clone, &["--base", "origin/main"], &both);
    let checked = checked.is(1, &["version-bump-insufficient"]);
    assert_eq!(checked.source("base_commit"), server.rev("main"));
    keelmark(&clone, &["check", "--base", "nowhere"]).ends(2).says("`nowhere` names no commit");
}

#[test]
fn a_main_that_is_ahead_of_its_remote_is_measured_against_the_remote() {
    let (_server, clone) = server_and_clone();
    clone.checkout("main");
    greet(&clone, &["1.0.1: mine", ONE], &top("mine"));
    clone.stage(".").commit("mine");
    check(&clone).is(1, &["version-bump-insufficient"]);
}

/// G13.
#[test]
fn merging_main_into_a_branch_does_not_make_main_s_changes_its_own() {
    let (server, clone) = server_and_clone();
    ask(&server, &["2.0.0: theirs", ONE], &top("theirs"));
    server.stage(".").commit("an excessive step");
    greet(&clone, &["1.1.0: mine", ONE], &top("mine"));
    clone.stage(".").commit("mine");
    clone.run(&["fetch", "-q"]);
    git(&clone, &["merge", "-q", "--no-commit", "origin/main"]).ends(0);
    assert_eq!(check(&clone).is(0, &[]).touched(), [("prompt/greet", "changed")]);
    git(&clone, &["commit", "-q", "-m", "merge"]).ends(0);
    assert_eq!(check(&clone).is(0, &[]).touched(), [("prompt/greet", "changed")]);
}

/// G9.
#[test]
fn a_default_branch_of_another_name_is_found() {
    let server = TestRepo::init_with(&["-b", "trunk"]);
    crate::scene::found(&server);
    let clone = TestRepo::clone_of(&server, &[]);
    clone.branch("work");
    greet(&clone, &["1.0.1: mine", ONE], &top("mine"));
    let checked = check(&clone).is(1, &["version-bump-insufficient"]);
    assert_eq!(checked.source("base"), "refs/remotes/origin/trunk");
}

#[test]
fn a_default_branch_that_there_is_not_is_said_before_it_locks_everybody_out() {
    let (server, clone) = server_and_clone();
    clone.write("keelmark.yaml", "version: 1\ndefault_branch: mian\n").stage(".");
    for words in [&[][..], &["--staged"]] {
        let checked = check_with(&clone, words, &[]);
        assert_eq!(checked.code, 2, "{:#}", checked.json);
        let found = checked.finding("config-branch-missing");
        assert_eq!((&found["path"], &found["line"]), (&"keelmark.yaml".into(), &2.into()));
    }
    keelmark(&clone, &["hook", "run", "pre-commit"]).ends(2).says("config-branch-missing");
    // A clone that has only one branch cannot know; it says what it knows.
    let single = TestRepo::clone_of(&server, &["--single-branch"]);
    single.branch("work");
    single.write("keelmark.yaml", "version: 1\ndefault_branch: mian\n").stage(".");
    let checked = check(&single);
    assert_eq!(checked.code, 0, "{:#}", checked.json);
    assert_eq!(checked.finding("config-branch-missing")["severity"], "warning");
    let ci = [("GITHUB_ACTIONS", "true"), ("GITHUB_EVENT_NAME", "push")];
    let checked = check_with(&clone, &["--base", "origin/main"], &ci);
    assert_eq!(checked.finding("config-branch-missing")["severity"], "warning");
    // A branch that is there, here or on the remote, is fine.
    for name in ["main", "work"] {
        clone.write("keelmark.yaml", format!("version: 1\ndefault_branch: {name}\n"));
        assert!(!check(&clone).rules().contains(&"config-branch-missing"), "{name}");
    }
    // Before the first commit the branch has a name only.
    let unborn = TestRepo::init_with(&["-b", "trunk"]);
    unborn.write("keelmark.yaml", "version: 1\ndefault_branch: trunk\n").stage(".");
    keelmark(&unborn, &["hook", "run", "pre-commit"]).ends(0);
    keelmark(&unborn, &["check"]).ends(0);
    // Without a remote it is known at once.
    let alone = registry();
    alone.write("keelmark.yaml", "version: 1\ndefault_branch: mian\n");
    assert_eq!(check(&alone).code, 2);
}

#[test]
fn whom_a_default_branch_locked_out_is_told_the_way_back() {
    let (server, clone) = server_and_clone();
    server.commit_file("keelmark.yaml", "version: 1\ndefault_branch: mian\n");
    clone.run(&["fetch", "-q"]);
    clone.run(&["reset", "-q", "--hard", "origin/main"]);
    keelmark(&clone, &["hook", "install"]).ends(0);
    keelmark(&clone, &["check"])
        .ends(3)
        .says("`refs/remotes/origin/mian` does not exist")
        .says("`default_branch` in keelmark.yaml of `origin/HEAD`")
        .says("KEELMARK_BASE=origin/HEAD");
    // What it says helps, with the hook and everything.
    clone.write("keelmark.yaml", "version: 1\n").stage(".");
    let way = [("KEELMARK_BASE", "origin/HEAD")];
    let checked = check_with(&clone, &["--staged"], &way);
    assert_eq!(checked.code, 0, "{:#}", checked.json);
    let mut commit = clone.command(&["commit", "-q", "-m", "mended"]);
    commit.env("PATH", path_with_program()).envs(way);
    assert!(commit.output().expect("git").status.success());
}

#[test]
fn a_change_that_mends_a_wrong_default_branch_is_judged_like_any_other() {
    let (server, clone) = server_and_clone();
    server.commit_file("keelmark.yaml", "version: 1\ndefault_branch: mian\n");
    clone.run(&["fetch", "-q"]);
    clone.run(&["checkout", "-q", "-b", "mend", "origin/main"]);
    keelmark(&clone, &["hook", "install"]).ends(0);
    for mended in ["version: 1\n", "version: 1\ndefault_branch: main\n"] {
        clone.write("keelmark.yaml", mended).stage(".");
        let checked = check_with(&clone, &["--staged"], &[]);
        assert_eq!(checked.code, 0, "{:#}", checked.json);
        assert_eq!(checked.source("base"), "refs/remotes/origin/main");
    }
    // What else is in it is judged as well.
    greet(&clone, &["1.0.1: small", ONE], &top("small"));
    check(&clone).is(1, &["policy-weakened-in-same-change", "version-bump-insufficient"]);
    clone.run(&["checkout", "-q", "HEAD", "--", "registry"]);
    git(&clone, &["commit", "-q", "-m", "mended"]).ends(0);
    git(&clone, &["push", "-q", "origin", "mend"]).ends(0);
    // Another wrong name is no mending.
    clone.write("keelmark.yaml", "version: 1\ndefault_branch: mnai\n");
    assert!(check(&clone).rules().contains(&"config-branch-missing"));
    // A branch that began before the mistake knows nothing of it, and the branch may have come since.
    clone.run(&["checkout", "-q", "--", "."]);
    clone.run(&["checkout", "-q", "-b", "stale", "origin/main~1"]);
    keelmark(&clone, &["check"]).ends(3).says("git fetch origin mian");
    clone.run(&["checkout", "-q", "mend"]);
    // Where not every branch is here, nobody can say that the name is wrong, and the message says how
    // to go on.
    let single = TestRepo::clone_of(&server, &["--single-branch"]);
    single.run(&["fetch", "-q", "origin", "mend"]);
    single.run(&["checkout", "-q", "FETCH_HEAD"]);
    keelmark(&single, &["check"]).ends(3).says("`KEELMARK_BASE=origin/HEAD git push`");
    let note = ["policy-weakened-in-same-change"];
    check_with(&single, &[], &[("KEELMARK_BASE", "origin/HEAD")]).is(0, &note);
    let job = [("GITHUB_ACTIONS", "true"), ("GITHUB_EVENT_NAME", "push")];
    clone.run(&["checkout", "-q", "--", "."]);
    keelmark_with(&clone, &["check"], &job)
        .ends(3)
        .says("A pull request is judged against its own");
    let pull = [
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_EVENT_NAME", "pull_request"),
        ("GITHUB_BASE_REF", "main"),
    ];
    check_with(&clone, &[], &pull).is(0, &note);
}

#[test]
fn a_remote_that_has_nothing_is_like_no_remote() {
    let server = TestRepo::init_with(&["--bare", "-b", "main"]);
    let repo = registry();
    repo.run(&["remote", "add", "origin", &server.address()]);
    keelmark(&repo, &["hook", "install"]).ends(0);
    repo.run(&["fetch", "-q"]);
    let checked = check(&repo).is(0, &[]);
    assert_eq!(checked.source("base_reason"), "HEAD");
    greet(&repo, &["1.1.0: mine", ONE], &top("mine"));
    git(&repo, &["commit", "-q", "-a", "-m", "mine"]).ends(0);
    // Tags alone are no branch that a change could be measured by.
    repo.run(&["tag", "seen"]);
    repo.run(&["push", "-q", "--no-verify", "origin", "seen"]);
    repo.run(&["fetch", "-q", "origin", "tag", "seen"]);
    check(&repo).is(0, &[]);
    git(&repo, &["push", "-q", "-u", "origin", "main"]).ends(0);
    assert_eq!(check(&repo).is(0, &[]).source("base"), "refs/remotes/origin/main");
    // What was fetched without being kept says that the remote has a branch.
    let other = TestRepo::init();
    other.run(&["remote", "add", "origin", &server.address()]);
    other.run(&["fetch", "-q", &server.address(), "main"]);
    other.run(&["checkout", "-q", "-b", "work", "FETCH_HEAD"]);
    keelmark(&other, &["check"]).ends(3).says("`refs/remotes/origin/main` does not exist");
}
