//! On call in hard times: a rollback that was undone, and a ledger that somebody edited.

use serde_json::{Value, json};

use crate::shop::{LEDGER, Shop, identify};
use crate::support::TestRepo;

const BACK: [&str; 3] = ["rollback", "production", "--push"];
const FORTH: [&str; 7] =
    ["rollback", "production", "--to", "1.8.0", "--force", "--reason", "it was the network"];

#[test]
fn after_a_rollback_was_undone_the_next_one_goes_back_again() {
    let shop = Shop::open();
    let desk = &shop.desk;
    desk.keelmark(&BACK).is(0);
    desk.keelmark(&[&FORTH[..], &["--push"]].concat()).is(0).leaves_out("post-mortem");
    let forth = shop.live("production")["state"].clone();
    assert_eq!(forth["rollback_to"], "release/support_copilot@1.7.0");
    assert_eq!(forth["post_mortem_due"], Value::Null);
    let status = desk.json(0, &["status"]);
    let way = &status["channels"][1]["way_back"];
    assert_eq!(
        (&way["tag"], &way["runnable"]),
        (&json!("release/support_copilot@1.7.0"), &json!(true))
    );
    desk.keelmark(&["rollback", "production", "--rehearse", "--dry-run"]).is(0);
    desk.keelmark(&BACK).is(0).says("1.8.0 → support_copilot 1.7.0");
    assert_eq!(shop.recorded("rollback").len(), 3);
    // Within one incident it is done once.
    desk.keelmark(&BACK).is(0).says("is back already");
    shop.another_desk().keelmark(&BACK).is(0).says("is back already");
    assert_eq!(shop.recorded("rollback").len(), 3);
    assert_eq!(shop.live("production")["state"]["version"], "1.7.0");
    // Within a second or not: what is said to have moved has moved.
    for round in 0..3 {
        desk.keelmark(&[&FORTH[..], &["--push"]].concat()).is(0);
        assert_eq!(shop.live("production")["state"]["version"], "1.8.0", "{round}");
        desk.keelmark(&BACK).is(0);
        assert_eq!(shop.live("production")["state"]["version"], "1.7.0", "{round}");
    }
    assert_eq!(shop.recorded("rollback").len(), 9);
}

/// Appends a commit to a ledger that breaks the oldest record of some, as anybody with git could.
/// Returns the path.
fn break_record(repo: &TestRepo, filter: [&str; 2]) -> String {
    let listed = repo.json(0, &[&["ledger", "log"][..], &filter].concat());
    let oldest = listed["records"].as_array().and_then(|all| all.last()).expect("a record");
    let path = oldest["path"].as_str().expect("a path").to_owned();
    let text = repo.run(&["show", &format!("{LEDGER}:{path}")]);
    let file = repo.beside("edited.json");
    std::fs::write(&file, text.replace("Ada", "Eve")).expect("a file");
    let blob = repo.run(&["hash-object", "-w", file.to_str().expect("UTF-8")]);
    repo.run(&["read-tree", LEDGER]);
    repo.run(&["update-index", "--add", "--cacheinfo", &format!("100644,{blob},{path}")]);
    let tree = repo.run(&["write-tree"]);
    let commit = repo.run(&["commit-tree", &tree, "-p", LEDGER, "-m", "edited"]);
    repo.run(&["update-ref", LEDGER, &commit]);
    path
}

#[test]
fn a_record_about_something_else_that_somebody_edited_stops_no_rollback() {
    let shop = Shop::open();
    identify(&shop.server);
    let path = break_record(&shop.server, ["--kind", "run"]);
    let desk = shop.another_desk();
    let passed = format!("passed over: `{path}` of the ledger is false");
    desk.keelmark(&["ledger", "verify"]).is(4);
    desk.keelmark(&["rollback", "production", "--rehearse", "--dry-run"]).is(0).says(&passed);
    let ending = desk.keelmark(&BACK).is(0).says(&passed);
    ending.says("1.8.0 → support_copilot 1.7.0").says("pushed to `origin`");
    assert_eq!(shop.live("production")["state"]["version"], "1.7.0");
    // What was recorded of the target itself has to be believed, or somebody takes it upon them.
    let shop = Shop::open();
    identify(&shop.server);
    break_record(&shop.server, ["--subject", "release/support_copilot@1.6.0"]);
    let desk = shop.another_desk();
    let to = ["rollback", "production", "--to", "1.6.0"];
    desk.keelmark(&to).is(3).says("passed over").says("has no release");
    desk.keelmark(&[&to[..], &["--force", "--reason", "it burns"]].concat()).is(0);
}

#[test]
fn a_ledger_that_was_edited_here_says_what_to_go_back_to() {
    let shop = Shop::open();
    let desk = &shop.desk;
    let tracking = "refs/remotes/origin/keelmark/ledger";
    desk.run(&["update-ref", LEDGER, tracking]);
    break_record(desk, ["--kind", "run"]);
    desk.run(&["reset", "-q", "--hard"]);
    let sound = desk.rev(tracking);
    desk.keelmark(&["status"]).is(0).says("warning: the ledger is false");
    let words = format!("git update-ref {LEDGER} {sound}");
    desk.keelmark(&BACK).is(4).says("was not pushed").says(&words);
    assert_eq!(shop.live("production")["state"]["version"], "1.8.0");
    // Somebody else goes on, so that both part.
    shop.another_desk().keelmark(&["rollback", "canary", "--push"]).is(0);
    let words = format!("git update-ref {LEDGER} {tracking}");
    desk.keelmark(&BACK).is(4).says(&words);
    desk.run(&["update-ref", LEDGER, tracking]);
    desk.keelmark(&BACK).is(0);
    assert_eq!(shop.live("production")["state"]["version"], "1.7.0");
    shop.another_desk().keelmark(&["ledger", "verify"]).is(0);
}

#[test]
fn status_says_of_the_way_back_what_the_rollback_says() {
    let shop = Shop::open();
    let desk = &shop.desk;
    let target = "release/support_copilot@1.7.0";
    let way = || desk.json(0, &["status"])["channels"][1]["way_back"].clone();
    assert_eq!(way()["runnable"], true);
    // The tag of the target was moved to another release's message under the right name.
    let text = desk.run(&["cat-file", "tag", target]);
    let seconds = text.lines().find(|line| line.starts_with("tagger")).expect("a tagger");
    for (old, new) in [("tagger Ada", "tagger Eve"), (seconds, "tagger Eve <e@e> 5 +0000")] {
        let forged = desk.beside("forged");
        std::fs::write(&forged, text.replace(old, new)).expect("a file");
        let path = forged.to_str().expect("UTF-8");
        let object = desk.run(&["hash-object", "-t", "tag", "-w", path]);
        desk.run(&["update-ref", &format!("refs/tags/{target}"), &object]);
        let found = way();
        assert_eq!(found["runnable"], false, "{found}");
        assert!(found["why"].as_str().expect("words").contains("and the ledger recorded"));
        desk.keelmark(&["rollback", "production", "--dry-run"]).is(4).says("`--to`");
    }
    // Who would break is no plain way back either.
    let shop = Shop::open();
    let desk = &shop.desk;
    crate::rollback::with_a_locale(desk);
    let found = desk.json(0, &["status"])["channels"][1]["way_back"].clone();
    assert_eq!(found["runnable"], false, "{found}");
    assert!(found["why"].as_str().expect("words").contains("callers that send `locale`"));
    desk.keelmark(&["rollback", "production", "--dry-run"]).is(1);
}

#[test]
fn a_post_mortem_is_owed_until_it_is_written_whatever_the_channel_does() {
    let shop = Shop::open();
    let desk = &shop.desk;
    let first = desk.keelmark(&[&BACK[..], &["--format", "json"]].concat()).is(0).json();
    let first = first["post_mortem"].as_str().expect("a path").to_owned();
    desk.keelmark(&[&FORTH[..], &["--push"]].concat()).is(0);
    let owed = || {
        let status = desk.json(0, &["status"]);
        let all = status["channels"][1]["post_mortems_owed"].as_array().expect("a list").clone();
        all.iter().map(|page| page["path"].as_str().expect("a path").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(owed(), [first.as_str()]);
    desk.keelmark(&["status"]).is(0).says("post-mortem due in").says(&first);
    // The second one of the day has a page of its own.
    let second = desk.keelmark(&[&BACK[..], &["--format", "json"]].concat()).is(0).json();
    let second = second["post_mortem"].as_str().expect("a path").to_owned();
    assert_eq!(second, first.replace(".md", "-2.md"));
    assert_eq!(owed(), [first.as_str()]);
    // A release is no post-mortem.
    crate::shop::rewrite(desk, "Answer kindly");
    desk.write(&first, desk.read(&first)).run(&["reset", "-q"]);
    std::fs::rename(desk.path().join("docs/postmortems"), desk.beside("pages")).expect("moved");
    crate::shop::release(desk, "1.9.0");
    assert_eq!(shop.live("production")["state"]["version"], "1.9.0");
    assert_eq!(owed(), [first.as_str(), second.as_str()]);
    desk.commit_file(&first, "# Rollback\n\nSomebody pulled a plug.\n");
    assert_eq!(owed(), [second.as_str()]);
    desk.commit_file(&second, "# Rollback\n\nSomebody pulled it again.\n");
    assert_eq!(owed(), Vec::<String>::new());
    shop.another_desk().keelmark(&["ledger", "verify"]).is(0);
}
