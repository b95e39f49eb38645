//! Maintenance branches, tags, reverts and cherry-picks.

use crate::scene::{
    GREET, GREET_TEXT, check, check_with, found, git, greet, keelmark, read, registry, top,
};
use crate::support::TestRepo;

const ONE: &str = "1.0.0: first version";

/// A server whose `main` is at 2.0.0 while `release/1.x` is at 1.0.0, and a clone.
fn two_lines() -> (TestRepo, TestRepo) {
    let server = registry();
    server.run(&["branch", "release/1.x"]);
    let text = top("second {{ place }}");
    let yaml = crate::scene::prompt("greet", "name, place", &["2.0.0: place", ONE], &text);
    server.write(GREET, yaml).write(GREET_TEXT, text).stage(".").commit("2.0.0");
    let clone = TestRepo::clone_of(&server, &[]);
    (server, clone)
}

/// G15.
#[test]
fn a_backport_takes_the_next_number_of_its_own_line() {
    let (_server, clone) = two_lines();
    clone.run(&["checkout", "-q", "-b", "fix", "origin/release/1.x"]);
    clone.write(GREET_TEXT, top("fixed"));
    keelmark(&clone, &["bump", "-m", "fixed"]).ends(0).says("1.1.0");
    clone.stage(".").commit("fix");
    check(&clone).is(0, &[]);
    // A merge request into the branch says so.
    check_with(&clone, &["--base", "origin/release/1.x"], &[]).is(0, &[]);
}

/// G15.
#[test]
fn a_second_backport_follows_the_first_and_not_main() {
    let (server, clone) = two_lines();
    server.checkout("release/1.x");
    greet(&server, &["1.1.0: first fix", ONE], &top("fixed"));
    server.stage(".").commit("first fix");
    clone.run(&["fetch", "-q"]);
    clone.run(&["checkout", "-q", "-b", "fix", "origin/release/1.x"]);
    clone.write(GREET_TEXT, top("fixed again"));
    for base in [&[][..], &["--base", "origin/release/1.x"]] {
        let words = [&["bump", "-m", "again"], base].concat();
        keelmark(&clone, &words).ends(0);
        assert!(read(&clone, GREET).contains("version: 1.2.0\n"), "{}", read(&clone, GREET));
        check_with(&clone, base, &[]).is(0, &[]);
    }
    // Its number is published there, so nobody may take it with other content.
    greet(&clone, &["1.1.0: first fix", ONE], &top("fixed again"));
    let checked = check(&clone);
    assert_eq!(checked.code, 4, "{:#}", checked.json);
    assert_eq!(checked.rules(), ["version-already-published"]);
}

#[test]
fn a_release_branch_as_it_is_passes_against_main() {
    let (server, clone) = two_lines();
    server.checkout("release/1.x");
    greet(&server, &["1.1.0: first fix", ONE], &top("fixed"));
    server.stage(".").commit("first fix");
    clone.run(&["fetch", "-q"]);
    clone.run(&["checkout", "-q", "--track", "origin/release/1.x"]);
    check(&clone).is(0, &[]);
}

#[test]
fn a_number_of_a_release_branch_is_taken_on_main() {
    let server = registry();
    server.branch("release/1.x");
    greet(&server, &["1.1.0: fix", ONE], &top("fixed"));
    server.stage(".").commit("fix");
    server.checkout("main");
    let clone = TestRepo::clone_of(&server, &[]);
    clone.branch("work");
    clone.write(GREET_TEXT, top("mine"));
    keelmark(&clone, &["bump", "-m", "mine"]).ends(0).says("1.2.0");
    check(&clone).is(0, &[]);
}

/// G15.
#[test]
fn a_cherry_picked_version_is_the_same_version() {
    let (server, clone) = two_lines();
    server.checkout("release/1.x");
    greet(&server, &["1.1.0: fix", ONE], &top("fixed"));
    let fix = server.stage(".").commit("fix");
    server.run(&["checkout", "-q", "-b", "release/1.0", "main~1"]);
    clone.run(&["fetch", "-q"]);
    clone.run(&["checkout", "-q", "-b", "pick", "origin/release/1.0"]);
    git(&clone, &["cherry-pick", &fix]).ends(0);
    check(&clone).is(0, &[]);
    check_with(&clone, &["--base", "origin/release/1.0"], &[]).is(0, &[]);
}

/// G14.
#[test]
fn a_revert_is_welcome_and_a_note() {
    let server = registry();
    greet(&server, &["1.1.0: worse", ONE], &top("worse"));
    server.stage(".").commit("worse");
    let clone = TestRepo::clone_of(&server, &[]);
    clone.branch("back");
    git(&clone, &["revert", "--no-edit", "HEAD"]).ends(0);
    let checked = check(&clone).is(0, &["version-reverted"]);
    assert_eq!(checked.finding("version-reverted")["severity"], "note");
    assert_eq!(checked.touched(), [("prompt/greet", "reverted")]);
    // A bump leaves it alone.
    keelmark(&clone, &["bump"]).ends(0);
    assert_eq!(clone.run(&["status", "--porcelain"]), "");
    // Content of one version under the number of another is no revert.
    clone.write(GREET_TEXT, top("neither"));
    assert_ne!(check(&clone).code, 0);
}

/// A server whose `main` had 1.1.0 for a while, and a clone with the branch `work`.
fn reverted(merge: &[&str]) -> (TestRepo, TestRepo) {
    let server = registry();
    server.branch("worse");
    // 1.2.0 was tried out beside `main`, and never stood on it.
    greet(&server, &["1.2.0: tried out", ONE], &top("tried out"));
    server.stage(".").commit("tried out");
    greet(&server, &["1.1.0: worse", ONE], &top("worse"));
    server.stage(".").commit("worse");
    server.checkout("main").run(&[&["merge", "-q"], merge, &["worse"]].concat());
    if merge.contains(&"--squash") {
        server.commit("worse");
    }
    let revert: &[&str] = if merge.contains(&"--no-ff") { &["-m", "1"] } else { &[] };
    server.run(&[&["revert", "--no-edit"], revert, &["HEAD"]].concat());
    assert!(read(&server, GREET).contains("version: 1.0.0\n"));
    let clone = TestRepo::clone_of(&server, &[]);
    clone.branch("work");
    (server, clone)
}

/// G4, G14: by a merge and by a squash, as forges do it.
#[test]
fn after_a_merged_revert_its_number_is_not_used_again() {
    for merge in [&["--no-ff", "-m", "merge"][..], &["--squash"]] {
        let (server, clone) = reverted(merge);
        greet(&clone, &["1.1.0: better", ONE], &top("better"));
        let checked = check(&clone).is(4, &["version-already-published"]);
        let finding = checked.finding("version-already-published");
        let message = finding["message"].as_str().expect("a message");
        assert!(message.contains(&server.rev("main~1")[..10]), "{message}");
        assert!(message.contains("took it back"), "{message}");
        assert_eq!(checked.json["entries"][0]["suggested"], "1.2.0");
        // A bump takes the next one, which `main` never had.
        keelmark(&clone, &["bump", "-m", "better"]).ends(0).says("1.2.0");
        check(&clone).is(0, &[]);
        keelmark(&clone, &["bump"]).ends(0).says("as they should be");
        // So does one that begins with the text alone.
        clone.run(&["checkout", "-q", "--", "."]);
        clone.write(GREET_TEXT, top("better"));
        keelmark(&clone, &["bump", "-m", "better"]).ends(0).says("1.2.0");
    }
}

/// G14: whoever takes the revert back brings the same content under the same number.
#[test]
fn a_revert_of_a_revert_keeps_the_number() {
    let (_server, clone) = reverted(&["--no-ff", "-m", "merge"]);
    git(&clone, &["revert", "--no-edit", "HEAD"]).ends(0);
    assert!(read(&clone, GREET).contains("version: 1.1.0\n"));
    check(&clone).is(0, &[]);
    keelmark(&clone, &["bump"]).ends(0);
    assert_eq!(clone.run(&["status", "--porcelain"]), "");
}

/// G14: an entry that a revert took away.
#[test]
fn the_first_number_of_an_entry_that_was_reverted_is_gone() {
    let late = |repo: &TestRepo, text: &str| {
        let yaml = crate::scene::prompt("late", "name", &[ONE], text);
        repo.write("registry/prompts/late/prompt.yaml", yaml);
        repo.write("registry/prompts/late/template.md", text).stage(".").commit("late");
    };
    let server = registry();
    late(&server, crate::scene::TEXT);
    git(&server, &["revert", "--no-edit", "HEAD"]).ends(0);
    let clone = TestRepo::clone_of(&server, &[]);
    clone.branch("work");
    late(&clone, &top("again"));
    check(&clone).is(4, &["version-already-published"]);
    keelmark(&clone, &["bump"]).ends(0);
    clone.stage(".");
    check(&clone).is(0, &[]);
    // The same content may come back as it was.
    late(&clone, crate::scene::TEXT);
    check(&clone).is(0, &[]);
}

/// G6, G14: what was cut off is not known, and nobody is held up for it.
#[test]
fn in_a_shallow_clone_numbers_behind_the_cut_are_not_known() {
    let (server, _) = reverted(&["--no-ff", "-m", "merge"]);
    let clone = TestRepo::clone_of(&server, &["--depth=1"]);
    greet(&clone, &["1.1.0: better", ONE], &top("better"));
    check(&clone).is(0, &[]);
    let clone = TestRepo::clone_of(&server, &["--depth=3"]);
    greet(&clone, &["1.1.0: better", ONE], &top("better"));
    check(&clone).is(4, &["version-already-published"]);
}

#[test]
fn where_tags_publish_a_merged_number_may_still_change() {
    let server = TestRepo::init();
    server.write("keelmark.yaml", "version: 1\nversioning: {published: tagged}\n");
    greet(&server, &[ONE], crate::scene::TEXT);
    server.stage(".").commit("a registry");
    server.tag("prompt/greet@1.0.0");
    greet(&server, &["1.1.0: merged", ONE], &top("merged"));
    server.stage(".").commit("merged");
    let clone = TestRepo::clone_of(&server, &[]);
    clone.branch("work");
    // 1.1.0 has no tag.
    greet(&clone, &["1.1.0: merged", ONE], &top("better"));
    check(&clone).is(0, &[]);
    // Its step is measured from the tag.
    greet(&clone, &["1.0.1: merged", ONE], &top("better"));
    check(&clone).is(1, &["version-bump-insufficient"]);
    // 1.0.0 has one.
    greet(&clone, &[ONE], &top("better"));
    check(&clone).is(1, &["version-unchanged"]);
    // Once 1.1.0 is tagged, it is fixed.
    server.tag("prompt/greet@1.1.0");
    clone.run(&["fetch", "-q", "--tags"]);
    greet(&clone, &["1.1.0: merged", ONE], &top("better"));
    check(&clone).is(1, &["version-unchanged"]);
}

/// The mark is written after the tag was made, so the tagged content does not have it.
#[test]
fn where_tags_publish_a_version_that_was_withdrawn_later_is_no_baseline() {
    let server = TestRepo::init();
    server.write("keelmark.yaml", "version: 1\nversioning: {published: tagged}\n");
    greet(&server, &[ONE], crate::scene::TEXT);
    server.stage(".").commit("a registry");
    server.tag("prompt/greet@1.0.0");
    // A mistake: callers have to send more.
    let text = top("second {{ place }}");
    let yaml = crate::scene::prompt("greet", "name, place", &["2.0.0: place", ONE], &text);
    server.write(GREET, yaml.clone()).write(GREET_TEXT, text).stage(".").commit("2.0.0");
    server.tag("prompt/greet@2.0.0");
    let clone = TestRepo::clone_of(&server, &[]);
    clone.branch("work");
    // Taking the input back breaks callers of 2.0.0, and is a text for those of 1.0.0.
    greet(&clone, &["2.0.1: without place", "2.0.0: place", ONE], &top("first"));
    check(&clone).is(1, &["version-bump-insufficient"]);
    server.write(GREET, yaml.replace("2.0.0: place", "2.0.0: place [YANKED]"));
    server.stage(".").commit("withdraw 2.0.0");
    clone.run(&["fetch", "-q"]);
    let gone = ["2.0.1: without place", "2.0.0: place [YANKED]", ONE];
    greet(&clone, &gone, &top("first"));
    check(&clone).is(0, &[]);
    // Nobody withdraws in a change what the same change wants to be measured without.
    server.write(GREET, yaml).stage(".").commit("offer 2.0.0 again");
    clone.run(&["fetch", "-q"]);
    check(&clone).is(1, &["version-bump-insufficient"]);
}

#[test]
fn a_tagged_number_is_published_on_any_branch() {
    let repo = TestRepo::init();
    found(&repo);
    repo.branch("side");
    greet(&repo, &["1.1.0: side", ONE], &top("side"));
    repo.stage(".").commit("side");
    repo.tag("prompt/greet@1.1.0");
    repo.run(&["checkout", "-q", "-b", "work", "main"]);
    greet(&repo, &["1.1.0: mine", ONE], &top("mine"));
    let checked = check(&repo);
    assert_eq!(checked.rules(), ["version-already-published"], "{:#}", checked.json);
    keelmark(&repo, &["bump"]).ends(0);
    assert!(read(&repo, GREET).contains("version: 1.2.0\n"));
}

#[test]
fn a_tag_prefix_keeps_the_tags_of_registries_apart() {
    let repo = registry();
    repo.write("keelmark.yaml", "version: 1\ntag_prefix: shop/\n").stage(".").commit("tags");
    repo.branch("side");
    greet(&repo, &["1.1.0: side", ONE], &top("side"));
    repo.stage(".").commit("side");
    repo.tag("prompt/greet@1.1.0");
    repo.run(&["checkout", "-q", "-b", "work", "main"]);
    greet(&repo, &["1.1.0: mine", ONE], &top("mine"));
    assert!(!check(&repo).rules().contains(&"version-already-published"));
    repo.run(&["tag", "shop/prompt/greet@1.1.0", "side"]);
    let checked = check(&repo);
    assert_eq!(checked.rules(), ["version-already-published"], "{:#}", checked.json);
}

/// G25.
#[test]
fn a_branch_and_a_tag_of_one_name_do_not_confuse() {
    let repo = registry();
    repo.run(&["tag", "main"]);
    repo.branch("work");
    greet(&repo, &["1.0.1: small", ONE], &top("small"));
    let checked = check(&repo).is(1, &["version-bump-insufficient"]);
    assert_eq!(checked.source("base"), "refs/heads/main");
}
