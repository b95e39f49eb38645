//! Release tags that were moved after their release, or that are not here: nobody counts from another
//! release instead, and nobody says that all is well.

use crate::rollback::with_a_locale;
use crate::shop::{PROMPT, Shop};
use crate::support::TestRepo;

const MINOR: &str = "release/support_copilot@1.9.0";
const LIVE: &str = "release/support_copilot@1.8.0";

/// Takes the input out again that 1.9.0 brought: a breaking change.
fn without_the_locale(desk: &TestRepo) {
    desk.edit(
        PROMPT,
        "inputs: {question: {type: string}, locale: {type: string, required: false}}",
        "inputs: [question]",
    );
    desk.keelmark(&["bump", "refund", "-m", "no locale"]).is(0);
}

/// Moves a tag by hand, and returns the object that it was.
fn moved(repo: &TestRepo, tag: &str) -> String {
    let object = repo.rev(&format!("refs/tags/{tag}"));
    repo.run(&["tag", "-f", "-a", "-m", "x", tag, "HEAD~1"]);
    object
}

#[test]
fn the_release_before_is_never_one_whose_tag_was_moved() {
    let shop = Shop::open();
    let desk = &shop.desk;
    with_a_locale(desk);
    let object = moved(desk, MINOR);
    let now = desk.rev(&format!("refs/tags/{MINOR}"));
    without_the_locale(desk);
    desk.stage(".").commit("no locale");
    desk.run(&["push", "-q", "origin", "main"]);
    let prepare: &[&str] = &["release", "prepare", "support_copilot", "--to", "1.10.0"];
    let tag: &[&str] = &["release", "tag", "support_copilot"];
    for words in [&["release", "status"], prepare, tag] {
        desk.keelmark(words)
            .is(4)
            .says(&format!("`{MINOR}` is the object {now}, and the ledger recorded {object}"))
            .says(&format!("`git update-ref refs/tags/{MINOR} {object}` puts it back"));
    }
    // As it was: the step is counted from 1.9.0, and breaks.
    desk.run(&["update-ref", &format!("refs/tags/{MINOR}"), &object]);
    desk.keelmark(prepare).is(1).says("the change needs major (1.9.0 → 2.0.0)");
}

#[test]
fn a_moved_tag_whose_object_is_elsewhere_is_fetched() {
    let shop = Shop::open();
    let desk = &shop.desk;
    let little = TestRepo::init();
    little.run(&["remote", "add", "origin", &shop.server.address()]);
    little.run(&["fetch", "-q", "--no-tags", "origin", "main:refs/remotes/origin/main"]);
    little.run(&["fetch", "-q", "--no-tags", "origin", "keelmark/ledger:keelmark/ledger"]);
    little.run(&["checkout", "-q", "-B", "main", "origin/main"]);
    little.run(&["tag", "-a", "-m", "x", LIVE, "HEAD"]);
    little
        .keelmark(&["release", "status"])
        .is(4)
        .says(&format!("`git fetch --force origin refs/tags/{LIVE}:refs/tags/{LIVE}` brings it"));
    assert!(desk.keelmark(&["release", "status"]).is(0).out.contains("1.8.0"));
}

#[test]
fn what_is_live_already_is_not_right_where_its_tag_was_moved_or_is_missing() {
    let shop = Shop::open();
    let desk = &shop.desk;
    let words = ["rollback", "production", "--to", "1.8.0"];
    desk.keelmark(&words).is(0).says("has 1.8.0 already");
    let object = moved(desk, LIVE);
    desk.keelmark(&words).is(4).says("is the object").says(&object).says("git update-ref");
    desk.run(&["tag", "-d", LIVE]);
    desk.keelmark(&words).is(3).says("is not here").says(&format!("`git fetch origin tag {LIVE}`"));
    desk.run(&["fetch", "-q", "--tags"]);
    desk.keelmark(&["rollback", "production", "--push"]).is(0);
    moved(desk, "release/support_copilot@1.7.0");
    desk.keelmark(&["rollback", "production", "--push"]).is(4).says("never moved");
}

#[test]
fn a_release_that_the_ledger_has_is_undecided_where_its_tag_is_not_here() {
    let shop = Shop::open();
    let desk = &shop.desk;
    desk.run(&["tag", "-d", LIVE]);
    for name in [LIVE, "support_copilot@1.8.0", &format!("refs/tags/{LIVE}")] {
        desk.keelmark(&["verify", name])
            .is(3)
            .says(&format!("the ledger has the release `{LIVE}`, and its tag is not here"))
            .says("git fetch --tags");
    }
    desk.keelmark(&["verify", "support_copilot@9.0.0"]).is(2).says("is not released here");
    desk.keelmark(&["verify", "release/support_copilot@9.0.0"]).is(2);
}
