//! What is live, since when, and whether there is a way back.

use serde_json::{Value, json};

use crate::ledger::append;
use crate::shop::{MODEL, Shop};
use crate::support::TestRepo;

/// A channel of a status.
#[track_caller]
fn channel<'a>(status: &'a Value, name: &str) -> &'a Value {
    let channels = status["channels"].as_array().expect("channels");
    channels.iter().find(|channel| channel["channel"] == name).expect("the channel")
}

/// Moves production to a state like the one that it has, but for some keys.
fn moved(shop: &Shop, kind: &str, number: i64, changes: &Value) {
    let desk = &shop.desk;
    if desk.run(&["for-each-ref", crate::shop::LEDGER]).is_empty() {
        desk.run(&["branch", "-q", "keelmark/ledger", "refs/remotes/origin/keelmark/ledger"]);
    }
    let mut state = shop.live("production")["state"].clone();
    for (key, value) in changes.as_object().expect("keys") {
        state[key] = value.clone();
    }
    // It is played behind others like it: a state that does not say from where moves in any case.
    match state["previous"].as_object_mut() {
        Some(previous) => drop(previous.remove("since")),
        None => drop(state.as_object_mut().expect("a state").remove("previous")),
    }
    let payload = json!({"channels": {"production": state}});
    append(desk.path(), kind, number, "release/support_copilot@1.8.0", payload);
}

#[test]
fn what_is_live_is_told_in_any_clone() {
    let shop = Shop::open();
    let desk = &shop.desk;
    let status = desk.json(0, &["status"]);
    assert_eq!(status["ledger"]["branch"], "keelmark/ledger");
    assert_eq!(
        (&status["ledger"]["remote"], &status["ledger"]["unpushed"]),
        (&json!("origin"), &json!(0))
    );
    let live = shop.live("production");
    let production = channel(&status, "production");
    for key in ["version", "digest", "bundle", "tag", "since", "by"] {
        assert_eq!(production[key], live["state"][key], "{key}");
    }
    assert_eq!(production["string"], "model@1.0.0 + prompt@1.2.0");
    assert_eq!(production["record"], live["record"]);
    assert_eq!(production["way_back"]["runnable"], true);
    assert_eq!(production["rehearsed"], Value::Null);
    assert_eq!((&production["waivers"], &production["post_mortem"]), (&json!([]), &Value::Null));
    desk.keelmark(&["status"])
        .is(0)
        .says("production support_copilot 1.8.0 model@1.0.0 + prompt@1.2.0")
        .says("ago) by Ada <ada@example.com>")
        .says("way back release/support_copilot@1.7.0: runnable")
        .says("never: `keelmark rollback production --rehearse`")
        .says("as it was cloned");
    desk.run(&["fetch", "-q"]);
    desk.keelmark(&["status"]).is(0).says("fetched");
    let told = |repo: &TestRepo| repo.json(0, &["status"])["channels"].clone();
    let bare = TestRepo::clone_of(&shop.server, &["--bare"]);
    assert_eq!(told(&bare), status["channels"]);
    assert_eq!(told(&shop.server), status["channels"]);
    // A work tree in the middle of anything tells the same.
    desk.write("keelmark.yaml", "<<<<<<< ours\n");
    assert_eq!(told(desk), status["channels"]);
    desk.keelmark(&["status"]).is(0).says("that of the last commit is taken");
}

#[test]
fn without_a_ledger_or_a_channel_there_is_nothing_to_tell() {
    let repo = TestRepo::init();
    repo.commit("first");
    repo.keelmark(&["status"]).is(0).says("no ledger yet");
    let status = repo.json(0, &["status"]);
    assert_eq!((&status["channels"], &status["ledger"]["tip"]), (&json!([]), &Value::Null));
    append(repo.path(), "approval", 0, "release/a@1.0.0", json!({}));
    repo.keelmark(&["status"]).is(0).says("nothing was released to one");
    let repo = TestRepo::init();
    repo.keelmark(&["status"]).is(0).says("no ledger yet");
    // Where releases were tagged, there was one.
    repo.commit("first");
    repo.run(&["tag", "release/support@1.0.0"]);
    repo.keelmark(&["status"]).is(3).says("no ledger here, although releases are tagged");
}

#[test]
fn waivers_and_post_mortems_count_down_and_are_not_forgotten() {
    let shop = Shop::open();
    let desk = &shop.desk;
    let waiver = |until: &str| json!({"gate": "latency_ms", "until": until, "reason": "slow region", "by": "ines@example.com"});
    let waivers = [waiver("2099-01-01T00:00:00Z"), waiver("2020-01-01T00:00:00Z")];
    moved(&shop, "release", 0, &json!({"waivers": waivers}));
    desk.keelmark(&["status"])
        .is(0)
        .says("PROVISIONAL `latency_ms` is waived for")
        .says("more, until 2099-01-01T00:00:00Z, by ines@example.com: slow region")
        .says("waived until 2020-01-01T00:00:00Z, WHICH IS OVER")
        .says("1 not at the remote yet");
    let status = desk.json(0, &["status"]);
    assert_eq!(status["ledger"]["unpushed"], 1);
    let waivers = &channel(&status, "production")["waivers"];
    assert_eq!((&waivers[0]["expired"], &waivers[1]["expired"]), (&json!(false), &json!(true)));

    let due = |due: &str| json!({"post_mortem_due": due, "since": "2026-11-26T03:00:00Z"});
    moved(&shop, "rollback", 1, &due("2099-01-01T00:00:00Z"));
    let path = "docs/postmortems/2026-11-26-production.md";
    desk.keelmark(&["status"]).is(0).says("post-mortem due in").says(path);
    moved(&shop, "rollback", 2, &due("2020-01-01T00:00:00Z"));
    desk.keelmark(&["status"]).is(0).says("OVERDUE for").says("since 2020-01-01T00:00:00Z");
    let owed = |overdue: bool, written: bool| {
        let status = desk.json(0, &["status"]);
        let found = &channel(&status, "production")["post_mortem"];
        assert_eq!((&found["overdue"], &found["written"]), (&json!(overdue), &json!(written)));
        assert_eq!(found["path"], path);
    };
    owed(true, false);
    desk.commit_file(path, "# Rollback\n\nTODO(author): the cause\n");
    owed(true, false);
    desk.commit_file(path, "# Rollback\n\nSomebody pulled a plug.\n");
    owed(false, true);
    desk.keelmark(&["status"]).is(0).says("is written").leaves_out("OVERDUE");
}

#[test]
fn a_way_back_that_is_none_is_told_before_it_is_needed() {
    let shop = Shop::open();
    let desk = &shop.desk;
    let told = || channel(&desk.json(0, &["status"]), "production")["way_back"].clone();
    let target = "release/support_copilot@1.7.0";
    assert_eq!(told(), json!({"tag": target, "here": true, "runnable": true, "why": "runnable"}));
    // The provider said so after the release.
    desk.edit(MODEL, "owner: team", "owner: team\nstatus: deprecated\nsunset: 2020-01-01");
    desk.stage(".").commit("the model ends");
    assert_eq!(told()["runnable"], false);
    assert_eq!(told()["why"], "`model/script@1.0.0` may be gone since 2020-01-01");
    // Another model under the name is not the one that was released.
    desk.edit(MODEL, "api: scripted", "api: scripted, model: other");
    desk.stage(".").commit("another model");
    assert_eq!(told()["runnable"], true);
    desk.run(&["tag", "-d", target]);
    assert_eq!((&told()["here"], &told()["runnable"]), (&json!(false), &json!(false)));
    desk.keelmark(&["status"]).is(0).says("1.7.0: its tag is not here");
    desk.run(&["tag", "-a", "-m", "no release", target]);
    assert_eq!(told()["why"], "it is no release tag");
    // The tag of what is live, moved and gone.
    let live = "release/support_copilot@1.8.0";
    desk.run(&["tag", "-f", "-a", "-m", "moved", live]);
    desk.keelmark(&["status"]).is(4).says("NOT THE ONE THAT WAS RELEASED");
    let status = desk.json(4, &["status"]);
    assert_eq!(channel(&status, "production")["tag_state"], "moved");
    desk.run(&["tag", "-d", live]);
    let status = desk.json(0, &["status"]);
    let production = channel(&status, "production");
    assert_eq!((&production["tag_state"], &production["string"]), (&json!("absent"), &Value::Null));
    moved(&shop, "release", 0, &json!({"rollback_to": null, "previous": null}));
    assert_eq!(told(), Value::Null);
}

#[test]
fn a_time_in_which_nothing_is_released_is_told_with_what_is_live() {
    let shop = Shop::open();
    let desk = &shop.desk;
    let frozen = || channel(&desk.json(0, &["status"]), "production")["frozen"].clone();
    assert_eq!(frozen(), json!([]));
    let window = |until: &str, rest: &str| {
        format!("  - {{from: 2020-01-01T00:00:00Z, until: {until}, {rest}}}\n")
    };
    let write = |windows: &[String]| {
        desk.write("registry/policies/freeze.yaml", format!("windows:\n{}", windows.concat()));
        desk.stage(".").commit("a freeze");
    };
    let holidays = window("2099-01-01T00:00:00Z", "reason: the holidays");
    let chat = window("2099-01-01T00:00:00Z", "journey: chat");
    write(&[window("2021-01-01T00:00:00Z", "reason: past"), holidays, chat]);
    let told = json!([{"from": "2020-01-01T00:00:00Z", "until": "2099-01-01T00:00:00Z", "reason": "the holidays", "journey": null}]);
    assert_eq!(frozen(), told);
    desk.keelmark(&["status"])
        .is(0)
        .says("FROZEN no release until 2099-01-01T00:00:00Z: the holidays")
        .leaves_out("past");
    // What a suite measures is served as well.
    desk.edit("registry/suites/golden/suite.yaml", "owner: team", "owner: team\njourney: chat");
    desk.stage(".").commit("a journey");
    assert_eq!(frozen().as_array().map(Vec::len), Some(2));
    desk.write("registry/policies/freeze.yaml", "windows: 7\n").stage(".").commit("no policy");
    assert_eq!(frozen(), json!([]));
}

#[test]
fn rehearsals_and_rollbacks_are_told_with_their_age() {
    let shop = Shop::open();
    let desk = &shop.desk;
    desk.keelmark(&["rollback", "production", "--rehearse", "--push"]).is(0);
    desk.keelmark(&["status"]).is(0).says("ago), ok");
    moved(
        &shop,
        "rehearsal",
        1,
        &json!({"rehearsed": {"at": "2026-01-01T00:00:00Z", "ok": false, "target": "release/support_copilot@1.6.0"}}),
    );
    desk.keelmark(&["status"]).is(0).says("FAILED, to release/support_copilot@1.6.0");
    desk.keelmark(&["rollback", "production"]).is(0);
    let status = desk.json(0, &["status"]);
    let production = channel(&status, "production");
    assert_eq!((&production["version"], &production["rehearsed"]), (&json!("1.7.0"), &Value::Null));
    assert_eq!(production["way_back"]["tag"], "release/support_copilot@1.6.0");
    assert_eq!(production["post_mortem"]["overdue"], false);
}

#[test]
fn no_record_is_read_for_it() {
    let shop = Shop::open();
    let desk = &shop.desk;
    desk.run(&["checkout", "-q", "-b", "keelmark/ledger", "origin/keelmark/ledger"]);
    let records = desk.run(&["ls-files", "records"]);
    for record in records.lines() {
        desk.write(record, "no record");
    }
    desk.stage(".").commit("forged");
    desk.checkout("main");
    desk.keelmark(&["ledger", "log"]).is(4);
    desk.keelmark(&["status"]).is(0).says("production support_copilot 1.8.0");
}
