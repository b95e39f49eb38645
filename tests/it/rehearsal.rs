//! The way back, tried before it is needed.

use serde_json::{Value, json};

use crate::people::Person;
use crate::server::{Reply, Server};
use crate::shop::{MODEL, Shop, measure, prepare, release, rewrite, with_a_spare};
use crate::support::TestRepo;

const BACK: [&str; 3] = ["rollback", "production", "--push"];
const TARGET: &str = "release/support_copilot@1.7.0";

/// The steps of a rehearsal: each by its name, and whether it works.
fn steps(shown: &Value) -> Vec<(&str, bool)> {
    let tried = shown["tried"].as_array().expect("steps").iter();
    let word = |tried: &'_ Value| tried["ok"].as_bool().expect("a word");
    tried.map(|tried| (tried["what"].as_str().expect("a step"), word(tried))).collect()
}

/// What a rehearsal says of a step.
fn found(desk: &TestRepo, code: i32, step: &str) -> String {
    let shown = desk.json(code, &["rollback", "production", "--rehearse", "--dry-run"]);
    let tried = shown["tried"].as_array().expect("steps");
    let tried = tried.iter().find(|tried| tried["what"] == step).expect("the step");
    tried["found"].as_str().expect("words").to_owned()
}

#[test]
fn a_rehearsal_proves_the_way_and_leaves_what_is_live() {
    let shop = Shop::open();
    let desk = &shop.desk;
    let before = shop.live("production");
    let dry = desk.json(0, &["rollback", "production", "--rehearse", "--ping", "--dry-run"]);
    assert_eq!((&dry["ok"], &dry["record"]), (&json!(true), &Value::Null));
    let all = ["ledger", "tag", "bundle", "signature", "callers", "model", "ping"];
    assert_eq!(steps(&dry), all.map(|step| (step, true)));
    assert_eq!(shop.live("production"), before);
    desk.keelmark(&["rollback", "production", "--rehearse", "--push"])
        .is(0)
        .says("ok bundle model@1.0.0 + prompt@1.1.0")
        .says("ok signature the tag is not signed")
        .says("what is live stays");
    let after = shop.live("production");
    assert_eq!(after["kind"], "rehearsal");
    assert_eq!(after["state"]["rehearsed"]["target"], TARGET);
    assert_eq!(after["state"]["rehearsed"]["ok"], true);
    let mut state = after["state"].clone();
    state["rehearsed"] = Value::Null;
    assert_eq!(state, before["state"]);
    assert_eq!(shop.live("canary")["state"]["rehearsed"], Value::Null);
    assert_eq!(shop.recorded("rehearsal")[0]["pinged"], false);
    assert!(!desk.has("docs/postmortems"));
    desk.keelmark(&["rollback", "production", "--ping"]).is(2).says("--rehearse");
    desk.keelmark(&["rollback", "production", "--rehearse", "--to", "1.8.0"]).is(2).says("already");
    desk.keelmark(&["rollback", "production", "--rehearse", "--to", "1.6.0", "--dry-run"]).is(0);
    desk.keelmark(&BACK).is(0);
    desk.keelmark(&["ledger", "verify"]).is(0);
}

#[test]
fn a_rehearsal_says_which_step_would_fail() {
    let shop = Shop::open();
    let desk = &shop.desk;
    let rehearse = ["rollback", "production", "--rehearse", "--dry-run"];
    let failed = |code: i32, says: &str| {
        let shown = desk.json(code, &rehearse);
        let tried = shown["tried"].as_array().expect("steps");
        let failed: Vec<_> = tried.iter().filter(|tried| tried["ok"] == false).collect();
        assert_eq!(failed.len(), 1, "{shown:#}");
        assert!(failed[0]["found"].as_str().expect("words").contains(says), "{shown:#}");
        failed[0]["what"].as_str().expect("a step").to_owned()
    };
    // The provider announced the end of the model after the release.
    desk.edit(MODEL, "owner: team", "owner: team\nstatus: deprecated\nsunset: 2020-01-01");
    desk.keelmark(&["bump", "model/script", "-m", "it ends"]).is(0);
    desk.stage(".").commit("the model ends");
    assert_eq!(failed(1, "may be gone since 2020-01-01"), "model");
    // It is live as well, so that it is no reason to stay.
    desk.keelmark(&["rollback", "production", "--dry-run"]).is(0).says("and it is live now");
    desk.run(&["reset", "-q", "--hard", "HEAD~1"]);
    let object = desk.rev(&format!("refs/tags/{TARGET}"));
    desk.run(&["tag", "-d", TARGET]);
    assert_eq!(failed(1, "is not here"), "tag");
    desk.run(&["tag", "-a", "-m", "another", TARGET, "HEAD"]);
    assert_eq!(failed(4, "and the ledger recorded"), "tag");
    // What failed is recorded as well: others see it.
    desk.keelmark(&["rollback", "production", "--rehearse", "--push"]).is(4).says("FAIL tag");
    let recorded = &shop.recorded("rehearsal")[0];
    assert_eq!((&recorded["ok"], &recorded["tag_object"]), (&json!(false), &json!(object)));
    assert_eq!(shop.live("production")["state"]["rehearsed"]["ok"], false);
    assert_eq!(shop.live("production")["state"]["version"], "1.8.0");
    shop.another_desk().keelmark(&["ledger", "verify"]).is(0);
}

#[test]
fn the_keys_of_the_release_itself_say_whose_signature_its_tag_has() {
    let shop = Shop::open();
    let desk = &shop.desk;
    let ines = Person::new(desk, "ines");
    desk.write("allowed_signers", ines.line());
    ines.sits_at(desk);
    for (version, signs, text) in [
        ("1.9.0", "true", "Answer kindly"),
        ("1.10.0", "true", "Answer wisely"),
        ("1.11.0", "false", "Answer well"),
        ("1.12.0", "true", "Answer best"),
    ] {
        rewrite(desk, text);
        prepare(desk, version);
        desk.run(&["config", "tag.gpgSign", "true"]);
        measure(desk);
        desk.run(&["config", "tag.gpgSign", signs]);
        desk.keelmark(&["release", "tag", "support_copilot", "--push"]).is(0);
        let expected = match version {
            "1.9.0" | "1.12.0" => "the tag is not signed",
            _ => "signed by ines@example.com",
        };
        assert_eq!(found(desk, 0, "signature"), expected, "{version}");
    }
}

#[test]
fn a_ping_asks_each_model_once_where_the_base_trusts_its_host() {
    let answer = r#"{"choices":[{"message":{"role":"assistant","content":"ready"},"finish_reason":"stop"}]}"#;
    let server = Server::start(vec![Reply::ok(answer), Reply::status(404, "{}")]);
    let shop = Shop::open();
    let desk = &shop.desk;
    with_a_spare(desk, &server.url());
    release(desk, "1.9.0");
    rewrite(desk, "Answer well");
    release(desk, "1.10.0");
    let ping = ["rollback", "production", "--rehearse", "--ping", "--dry-run"];
    let key = [("MODEL_KEY", "correct-horse-battery-staple")];
    // Whatever a release says, the base says whom a key is for.
    desk.keelmark_with(&ping, &key)
        .is(1)
        .says("ok ping `model/script@1.0.0` answers from a file")
        .says("FAIL ping")
        .says("is not in `trust.hosts` at the base");
    assert!(server.received().is_empty());
    let trust = format!(
        "version: 1\ntrust: {{hosts: {{\"127.0.0.1:{}\": {{key_env: MODEL_KEY, purposes: [provider]}}}}}}\n",
        server.port()
    );
    desk.commit_file("keelmark.yaml", trust);
    desk.run(&["push", "-q", "origin", "main"]);
    desk.keelmark_with(&ping, &key).is(0).says("ok ping `model/spare@1.0.0` answers");
    assert_eq!(server.received().len(), 1);
    desk.keelmark_with(&ping, &key).is(1).says("FAIL ping `model/spare` does not answer");
    assert_eq!(server.received().len(), 2);
    desk.keelmark(&ping).is(1).says("the variable `MODEL_KEY`").says("is not set");
    // Without `--ping` nobody is asked.
    desk.keelmark_with(&ping[..3], &key).is(0);
    assert_eq!(server.received().len(), 2);
}

#[test]
fn a_rehearsal_that_arrives_late_does_not_undo_a_rollback() {
    let shop = Shop::open();
    let late = shop.another_desk();
    late.keelmark(&["rollback", "production", "--rehearse"]).is(0).says("nobody else sees it");
    shop.desk.keelmark(&BACK).is(0);
    late.run(&["fetch", "-q"]);
    late.keelmark(&["ledger", "log"]).is(0).leaves_out("counts last");
    let status = late.json(0, &["status"]);
    assert_eq!(status["channels"][1]["version"], "1.7.0", "{status:#}");
    late.keelmark(&["ledger", "push"]).is(0).says("1 record pushed");
    assert_eq!(shop.live("production")["state"]["version"], "1.7.0");
    assert_eq!(shop.recorded("rehearsal").len(), 1);
    shop.another_desk().keelmark(&["ledger", "verify"]).is(0);
}
