//! What is said to people whose clone does not have everything.

use crate::desk::Ending;
use crate::ledger::append;
use crate::shop::{Shop, identify};
use crate::support::TestRepo;

const BACK: [&str; 3] = ["rollback", "production", "--push"];

/// Runs the first command of git that a hint names.
#[track_caller]
fn heed(repo: &TestRepo, ending: &Ending) {
    let (_, rest) = ending.err.split_once("`git ").expect("a command");
    let (words, _) = rest.split_once('`').expect("its end");
    repo.run(&words.split_whitespace().collect::<Vec<_>>());
}

#[test]
fn hints_bring_what_is_missing_to_a_clone_of_a_single_branch() {
    let shop = Shop::open();
    for words in [
        &["rollback", "production", "--dry-run"][..],
        &["export", "--channel", "production", "--out", "../out"],
    ] {
        let little = TestRepo::clone_of(&shop.server, &["--single-branch", "--depth", "1"]);
        identify(&little);
        let ledger = little.keelmark(words).is(3).says("there is no ledger");
        heed(&little, &ledger);
        // A clone has the tags of the commits that it has, and not that of the way back.
        if words[0] == "rollback" {
            let tag = little.keelmark(words).is(3).says("is not here");
            heed(&little, &tag);
        }
        little.keelmark(words).is(0);
        let unknown = ["rollback", "production", "--to", "1.5.0"];
        let unknown = little.keelmark(&unknown).is(3).says("has no release");
        heed(&little, &unknown);
    }
    // Nothing is listed where nothing is.
    let repo = TestRepo::init();
    append(repo.path(), "approval", 0, "release/a@1.0.0", serde_json::json!({}));
    repo.keelmark(&["rollback", "production"])
        .is(2)
        .says("to any channel yet")
        .leaves_out("channels are");
}

#[test]
fn where_the_remote_cannot_be_reached_the_way_without_it_is_named() {
    let shop = Shop::open();
    let desk = &shop.desk;
    let nowhere = desk.beside("no/such/remote.git");
    let nowhere = nowhere.to_str().expect("UTF-8");
    desk.run(&["remote", "set-url", "origin", nowhere]);
    let before = desk.run(&["for-each-ref"]);
    desk.keelmark(&BACK)
        .is(3)
        .says("the remote `origin` cannot be reached")
        .says(nowhere)
        .says("nothing was recorded")
        .says("leave `--push` out")
        .says("`keelmark ledger push`");
    assert_eq!(desk.run(&["for-each-ref"]), before);
    // Without it the channel is back here, and what is live can be deployed from here.
    desk.keelmark(&["rollback", "production"])
        .is(0)
        .says("1.7.0")
        .says("not pushed: nobody else sees it until `keelmark ledger push`");
    desk.keelmark(&["export", "--channel", "production", "--out", "dist"]).is(0);
    assert!(desk.read("dist/keelmark-bundle.json").contains("1.7.0"));
    desk.keelmark(&["status"]).is(0).says("1 not at the remote yet");
    let waiting = desk.keelmark(&["ledger", "push"]).is(3).says("cannot be reached");
    waiting.says("nothing was pushed; 1 record waits here").says("run it again");
    desk.run(&["remote", "set-url", "origin", &shop.server.address()]);
    desk.keelmark(&["ledger", "push"]).is(0).says("1 record pushed");
    assert_eq!(shop.live("production")["state"]["version"], "1.7.0");
}

#[test]
fn how_old_the_ledger_is_here_is_said_as_it_is() {
    let shop = Shop::open();
    let bare = TestRepo::clone_of(&shop.server, &["--bare"]);
    identify(&bare);
    let told = bare.keelmark(&["status"]).is(0).says("as it was cloned");
    told.leaves_out("never fetched").leaves_out("not at the remote");
    assert_eq!(bare.json(0, &["status"])["ledger"]["unpushed"], serde_json::Value::Null);
    bare.keelmark(&["rollback", "production"]).is(0).says("not pushed: nobody else sees it");
    bare.keelmark(&["ledger", "push"]).is(0).says("1 record pushed");
    assert_eq!(bare.json(0, &["status"])["ledger"]["unpushed"], 0);
    bare.keelmark(&["status"]).is(0).says("fetched").leaves_out("as it was cloned");
    // Whoever pushes has heard of the remote.
    let desk = &shop.desk;
    desk.keelmark(&["status"]).is(0).says("as it was cloned");
    desk.keelmark(&["rollback", "canary", "--push"]).is(0);
    desk.keelmark(&["status"]).is(0).says("fetched").leaves_out("as it was cloned");
    let ledger = &desk.json(0, &["status"])["ledger"];
    assert!(ledger["fetched_at"].is_string(), "{ledger}");
}
