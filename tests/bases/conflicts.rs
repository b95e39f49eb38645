//! Conflicts in the lines that `bump` writes.

use keelmark::digest::Digest;

use crate::scene::{
    GREET, GREET_TEXT, bottom, check, git, greet, keelmark, read, server_and_clone, top,
};
use crate::support::TestRepo;

const ONE: &str = "1.0.0: first version";

/// Both sides bumped to 1.1.0; the templates merge, the lines of the bump do not.
fn both_bumped() -> TestRepo {
    let (server, clone) = server_and_clone();
    greet(&server, &["1.1.0: theirs", ONE], &bottom("theirs"));
    server.stage(".").commit("theirs");
    greet(&clone, &["1.1.0: mine", ONE], &top("mine"));
    clone.stage(".").commit("mine");
    clone.run(&["fetch", "-q"]);
    // The server's folder goes with its value; what was fetched stays.
    clone
}

fn is_resolved(clone: &TestRepo) {
    let text = read(clone, GREET);
    let merged = top("mine").replace("nine\n", "theirs\n");
    assert_eq!(read(clone, GREET_TEXT), merged);
    let expected =
        crate::scene::prompt("greet", "name", &["1.2.0: mine", "1.1.0: theirs", ONE], &merged);
    assert_eq!(text, expected);
    assert!(text.contains(&Digest::of(merged.as_bytes()).to_string()));
}

#[test]
fn a_rebase_moves_to_the_next_free_number() {
    let clone = both_bumped();
    let rebase = git(&clone, &["rebase", "-q", "origin/main"]);
    assert_ne!(rebase.code, 0, "the lines of the bump conflict");
    assert!(read(&clone, GREET).contains("<<<<<<<"));
    keelmark(&clone, &["check"]).ends(1).says("path-unmerged");
    keelmark(&clone, &["bump"]).ends(0).says("1.2.0");
    is_resolved(&clone);
    clone.stage(".");
    git(&clone, &["rebase", "--continue"]).ends(0);
    let checked = check(&clone).is(0, &[]);
    assert_eq!(checked.touched(), [("prompt/greet", "changed")]);
    is_resolved(&clone);
    keelmark(&clone, &["bump"]).ends(0).says("as they should be");
}

#[test]
fn a_merge_moves_to_the_next_free_number() {
    let clone = both_bumped();
    assert_ne!(git(&clone, &["merge", "-q", "origin/main"]).code, 0);
    keelmark(&clone, &["bump"]).ends(0).says("1.2.0");
    is_resolved(&clone);
    clone.stage(".");
    git(&clone, &["commit", "-q", "-m", "merge"]).ends(0);
    check(&clone).is(0, &[]);
}

#[test]
fn every_style_of_conflict_markers_is_resolved() {
    for style in ["merge", "diff3", "zdiff3"] {
        let clone = both_bumped();
        clone.run(&["config", "merge.conflictStyle", style]);
        assert_ne!(git(&clone, &["rebase", "-q", "origin/main"]).code, 0, "{style}");
        keelmark(&clone, &["bump"]).ends(0);
        is_resolved(&clone);
    }
}

#[test]
fn a_rebase_of_several_commits_ends_well() {
    let clone = both_bumped();
    greet(&clone, &["1.1.0: mine", ONE], &top("mine").replace("two\n", "zwei\n"));
    clone.stage(".").commit("mine again");
    let mut said = git(&clone, &["rebase", "-q", "origin/main"]);
    let mut rounds = 0;
    while said.code != 0 {
        rounds += 1;
        assert!(rounds < 5, "{said:?}");
        keelmark(&clone, &["bump"]).ends(0);
        clone.stage(".");
        said = git(&clone, &["rebase", "--continue"]);
    }
    keelmark(&clone, &["bump"]).ends(0);
    clone.stage(".").commit("bump");
    check(&clone).is(0, &[]);
    let text = read(&clone, GREET);
    assert!(text.contains("version: 1.2.0\n"), "{text}");
    assert_eq!(text.matches("mine").count(), 1, "{text}");
    assert_eq!(text.matches("theirs").count(), 1, "{text}");
}

#[test]
fn conflicts_in_other_lines_are_left_to_their_author() {
    let clone = both_bumped();
    let edit = |repo: &TestRepo, word: &str| {
        let text = read(repo, GREET).replace("says it", word);
        repo.write(GREET, text).stage(".").commit(word);
    };
    edit(&clone, "says it twice");
    clone.run(&["checkout", "-q", "-b", "theirs", "origin/main"]);
    edit(&clone, "says it once");
    clone.checkout("work");
    assert_ne!(git(&clone, &["merge", "-q", "theirs"]).code, 0);
    let before = read(&clone, GREET);
    keelmark(&clone, &["bump"]).ends(1).says("by hand").says("line ");
    assert_eq!(read(&clone, GREET), before);
}

#[test]
fn a_larger_step_of_ours_stays_larger_after_the_rebase() {
    let (server, clone) = server_and_clone();
    greet(&server, &["1.1.0: theirs", ONE], &bottom("theirs"));
    server.stage(".").commit("theirs");
    // An input is added: 2.0.0.
    let text = top("mine {{ place }}");
    let yaml = crate::scene::prompt("greet", "name, place", &["2.0.0: mine", ONE], &text);
    clone.write(GREET, yaml).write(GREET_TEXT, text).stage(".").commit("mine");
    clone.run(&["fetch", "-q"]);
    assert_ne!(git(&clone, &["rebase", "-q", "origin/main"]).code, 0);
    keelmark(&clone, &["bump"]).ends(0);
    clone.stage(".");
    git(&clone, &["rebase", "--continue"]).ends(0);
    check(&clone).is(0, &[]);
    let text = read(&clone, GREET);
    assert!(text.contains("version: 2.0.0\n"), "{text}");
    assert!(text.contains("\"2.0.0: mine\"\n  - \"1.1.0: theirs\"\n"), "{text}");
}

#[test]
fn without_a_conflict_the_number_moves_as_well() {
    // The base went on to 1.1.0 and 1.2.0; this branch never bumped.
    let (server, clone) = server_and_clone();
    greet(&server, &["1.1.0: theirs", ONE], &bottom("theirs"));
    server.stage(".").commit("theirs");
    clone.write(GREET_TEXT, top("mine")).stage(".").commit("mine");
    clone.run(&["fetch", "-q"]);
    git(&clone, &["rebase", "-q", "origin/main"]).ends(0);
    keelmark(&clone, &["bump", "-m", "mine"]).ends(0).says("1.2.0");
    is_resolved(&clone);
}
