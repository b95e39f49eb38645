//! On call: a channel goes back to its last good release.

use std::fs;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::desk::{program, script};
use crate::ledger::append;
use crate::people::{Person, at_once};
use crate::shop::{
    COMPOSITE, LEDGER, PROMPT, SPARE, Shop, TEMPLATE, clone, identify, measure, prepare, release,
    rewrite, with_a_spare,
};
use crate::support::{TestRepo, hermetic};

const BACK: [&str; 3] = ["rollback", "production", "--push"];
const TARGET: &str = "release/support_copilot@1.7.0";

/// The commits of the ledger at the server.
fn commits(shop: &Shop) -> usize {
    shop.server.run(&["rev-list", "--count", LEDGER]).parse().expect("a number")
}

/// The post-mortems of a work tree.
fn post_mortems(repo: &TestRepo) -> Vec<String> {
    let files = repo.files().into_keys();
    let paths = files.filter_map(|path| path.to_str().map(str::to_owned));
    paths.filter(|path| path.starts_with("docs/postmortems/")).collect()
}

/// Gives the composite a release whose callers may send one input more.
pub(crate) fn with_a_locale(desk: &TestRepo) {
    desk.edit(
        PROMPT,
        "inputs: [question]",
        "inputs: {question: {type: string}, locale: {type: string, required: false}}",
    );
    desk.keelmark(&["bump", "refund", "-m", "a locale"]).is(0);
    release(desk, "1.9.0");
}

#[test]
fn back_to_the_last_good_release_is_one_commit_and_asks_nothing_of_the_work_tree() {
    let shop = Shop::open();
    let desk = &shop.desk;
    let before = commits(&shop);
    let others = shop.server.run(&["for-each-ref", "refs/heads/main", "refs/tags"]);
    // In the middle of a merge, on no branch.
    desk.run(&["checkout", "-q", "--detach", "HEAD~1"]);
    desk.write("keelmark.yaml", "<<<<<<< ours\nversion: 1\n").write(PROMPT, "{").delete(TEMPLATE);
    let ending = desk.keelmark(&[&BACK[..], &["--format", "json"]].concat()).is(0);
    let shown = ending.json();
    assert_eq!(shown["outcome"], "rolled_back");
    assert_eq!((&shown["from"]["version"], &shown["to"]["tag"]), (&json!("1.8.0"), &json!(TARGET)));
    assert_eq!((&shown["unjudged"], &shown["breaks"]), (&Value::Null, &json!([])));
    assert_eq!(shown["pushed"], true);
    ending.says("that of the last commit is taken");
    // One commit, one record, one channel, and nothing else anywhere.
    assert_eq!(commits(&shop), before + 1);
    assert_eq!(shop.server.run(&["for-each-ref", "refs/heads/main", "refs/tags"]), others);
    let touched = shop.server.run(&["diff", "--name-only", &format!("{LEDGER}~1"), LEDGER]);
    let touched: Vec<&str> = touched.lines().collect();
    assert!(touched.len() == 2 && touched[0] == "channels/production.json", "{touched:?}");
    let live = shop.live("production");
    assert_eq!((&live["kind"], &live["state"]["tag"]), (&json!("rollback"), &json!(TARGET)));
    assert_eq!(live["state"]["previous"]["version"], "1.8.0");
    assert_eq!(live["state"]["rollback_to"], "release/support_copilot@1.6.0");
    assert_eq!(live["state"]["since"], live["at"]);
    assert_eq!(shop.live("canary")["state"]["version"], "1.8.0");
    // Whoever deploys gets what was released.
    let other = shop.another_desk();
    let words = ["export", "--channel", "production", "--out", "../dist", "--format", "json"];
    let exported = other.keelmark(&words).is(0).json();
    assert_eq!(exported["version"], "1.7.0");
    assert_eq!(exported["bundle"], shown["to"]["bundle"]);
    other.keelmark(&["ledger", "verify"]).is(0);
    // A page is begun for those who come in the morning.
    let stubs = post_mortems(desk);
    assert_eq!(stubs, [shown["post_mortem"].as_str().expect("a path")]);
    let text = desk.read(&stubs[0]);
    for words in ["1.8.0", TARGET, "## Root cause", "`suite/golden@1.0.0`", "released 1.7.0"] {
        assert!(text.contains(words), "no {words} in\n{text}");
    }
}

#[test]
fn who_asks_twice_goes_back_once() {
    let shop = Shop::open();
    let desk = &shop.desk;
    desk.keelmark(&BACK).is(0).says("1.8.0 → support_copilot 1.7.0");
    let before = commits(&shop);
    let stubs = post_mortems(desk);
    desk.write(&stubs[0], "by hand\n");
    desk.keelmark(&BACK).is(0).says("is back already").says("in place of 1.8.0").says("kept");
    desk.keelmark(&["rollback", "production", "--to", "1.7.0"]).is(0).says("has 1.7.0 already");
    shop.another_desk().keelmark(&BACK).is(0).says("is back already");
    let shown = desk.json(0, &["rollback", "production"]);
    assert_eq!((&shown["outcome"], &shown["record"]), (&json!("already_there"), &Value::Null));
    assert_eq!(commits(&shop), before);
    assert_eq!(desk.read(&stubs[0]), "by hand\n");
    // Further back, and forward again, only where somebody says so.
    let named = |to: &'static str| ["rollback", "production", "--push", "--to", to];
    desk.keelmark(&named("support_copilot@1.8.0")).is(1).says("1.8.0 is newer than 1.7.0");
    desk.keelmark(&named("release/support_copilot@1.6.0")).is(0).says("→ support_copilot 1.6.0");
    assert_eq!(shop.live("production")["state"]["version"], "1.6.0");
    desk.keelmark(&["rollback", "production", "--rehearse"]).is(2).says("nothing says what");
}

#[test]
fn bare_and_shallow_clones_are_enough() {
    let shop = Shop::open();
    let bare = TestRepo::clone_of(&shop.server, &["--bare"]);
    identify(&bare);
    let planned = bare.json(0, &["rollback", "production", "--dry-run"]);
    assert_eq!((&planned["outcome"], &planned["post_mortem"]), (&json!("planned"), &Value::Null));
    // Nothing but the ledger's tip and the target's tag.
    let little = TestRepo::init();
    identify(&little);
    little.run(&["remote", "add", "origin", &shop.server.address()]);
    let ledger = "refs/heads/keelmark/ledger:refs/remotes/origin/keelmark/ledger";
    let tag = format!("refs/tags/{TARGET}:refs/tags/{TARGET}");
    little.run(&["fetch", "-q", "--depth", "1", "--no-tags", "origin", ledger, &tag]);
    let refused = little.keelmark(&["rollback", "production", "--to", "1.6.0"]);
    refused.is(3).says("is not here").says("git fetch origin tag release/support_copilot@1.6.0");
    let shown = little.keelmark(&[&BACK[..], &["--format", "json"]].concat()).is(0).json();
    let why = shown["unjudged"].as_str().expect("why not");
    assert!(why.contains("the tag `release/support_copilot@1.8.0` of what is live is not here"));
    assert_eq!(shown["to"], planned["to"]);
    assert_eq!(shop.recorded("rollback")[0]["judged"], false);
    assert_eq!(post_mortems(&little).len(), 1);
    bare.keelmark(&BACK).is(0).says("is back already");
    shop.another_desk().keelmark(&["ledger", "verify"]).is(0);
}

#[test]
fn who_would_break_is_named_and_nobody_is_broken_without_a_reason() {
    let shop = Shop::open();
    let desk = &shop.desk;
    with_a_locale(desk);
    let before = commits(&shop);
    let refused = desk.json(1, &["rollback", "production"]);
    assert_eq!(refused["outcome"], "refused");
    assert_eq!(refused["breaks"][0]["who"], "callers that send `locale`");
    let ending =
        desk.keelmark(&BACK).is(1).says("callers that send `locale`").says("input-removed");
    ending.says("nothing was recorded").says("--force --reason TEXT");
    desk.keelmark(&[&BACK[..], &["--force"]].concat()).is(2).says("--reason");
    for nothing in [" ", ".", "-", "x", "\u{2014}\u{2014}"] {
        desk.keelmark(&[&BACK[..], &["--force", "--reason", nothing]].concat())
            .is(2)
            .says("`--force` needs a reason: expected words that a reviewer understands");
    }
    assert_eq!((commits(&shop), post_mortems(desk)), (before, Vec::new()));
    let forced = [&BACK[..], &["--force", "--reason", "answers leak"]].concat();
    desk.keelmark(&forced).is(0).says("callers that send `locale`").says("answers leak");
    let recorded = &shop.recorded("rollback")[0];
    assert_eq!(recorded["breaks"][0]["rule"], refused["breaks"][0]["rule"]);
    assert_eq!((&recorded["forced"], &recorded["reason"]), (&json!(true), &json!("answers leak")));
    let text = desk.read(&post_mortems(desk)[0]);
    assert!(text.contains("to force it: answers leak") && text.contains("`locale`"), "{text}");
}

#[test]
fn a_reason_that_says_nothing_is_told_and_not_recorded() {
    let shop = Shop::open();
    let desk = &shop.desk;
    let plain = |reason: &str| [&BACK[..], &["--reason", reason]].concat().join("\n");
    let run = |reason: &str| desk.keelmark(&plain(reason).split('\n').collect::<Vec<_>>()).is(0);
    run("x").says("the reason `x` says nothing and is not recorded: expected words");
    assert!(shop.recorded("rollback")[0]["reason"].is_null());
    desk.keelmark(&[
        "rollback",
        "production",
        "--dry-run",
        "--to",
        "support_copilot@1.8.0",
        "--force",
        "--reason",
        "answers leak",
    ])
    .is(0)
    .leaves_out("says nothing");
}

#[test]
fn another_composite_a_candidate_and_a_newer_release_are_no_plain_way_back() {
    let shop = Shop::open();
    let desk = &shop.desk;
    rewrite(desk, "Answer in rhymes");
    prepare(desk, "1.9.0");
    measure(desk);
    desk.keelmark(&["release", "tag", "support_copilot", "--rc", "--push"]).is(0);
    assert_eq!(shop.live("canary")["state"]["version"], "1.9.0-rc.1");
    // A candidate that is live is taken back like any release, and can be deployed.
    desk.keelmark(&["export", "--channel", "canary", "--out", "../canary"]).is(0);
    let to = "release/support_copilot@1.9.0-rc.1";
    desk.keelmark(&["rollback", "production", "--to", to])
        .is(1)
        .says("1.9.0-rc.1 is newer than 1.8.0")
        .says("1.9.0-rc.1 is a candidate");
    desk.keelmark(&["rollback", "canary", "--push"]).is(0).says("→ support_copilot 1.8.0");
    assert_eq!(shop.live("canary")["state"]["version"], "1.8.0");
    for (to, code, says) in [
        ("greeter@1.0.0", 3, "has no release `release/greeter@1.0.0`"),
        ("prompt/refund@1.0.0", 2, "names no release"),
        ("support_copilot", 2, "names no release"),
        ("support_copilot@^1", 2, "names no release"),
        ("support_copilot@1.7.9", 3, "has no release `release/support_copilot@1.7.9`"),
    ] {
        desk.keelmark(&["rollback", "production", "--to", to]).is(code).says(says);
    }
    let forced =
        ["rollback", "production", "--to", to, "--force", "--reason", "it leaks", "--dry-run"];
    desk.keelmark(&forced).is(0).says("would go back").says("1.9.0-rc.1");
}

#[test]
fn a_target_that_is_not_what_was_released_is_a_matter_of_integrity() {
    let shop = Shop::open();
    let desk = &shop.desk;
    let tip = desk.rev("refs/remotes/origin/keelmark/ledger");
    let force = ["--force", "--reason", "it burns"];
    let back = |code: i32, says: &str| {
        // Nobody can force it either.
        for more in [&[][..], &force] {
            let ending = desk.keelmark(&[&["rollback", "production"], more].concat());
            ending.is(code).says(says);
        }
        assert_eq!(desk.run(&["for-each-ref", LEDGER]), "");
        assert_eq!(desk.rev("refs/remotes/origin/keelmark/ledger"), tip);
    };
    let object = desk.rev(&format!("refs/tags/{TARGET}"));
    desk.run(&["tag", "-f", "-a", "-m", "moved", TARGET, "HEAD"]);
    back(4, "and the ledger recorded");
    desk.run(&["tag", "-f", TARGET, "HEAD"]);
    back(4, "and the ledger recorded");
    desk.run(&["tag", "-d", TARGET]);
    back(3, "is not here");
    desk.run(&["update-ref", &format!("refs/tags/{TARGET}"), &object]);
    desk.keelmark(&["rollback", "production", "--dry-run"]).is(0);
    // A second record of the same release that says something else.
    let bundle = "b".repeat(64);
    let state = |channel: &str| {
        let mut state = shop.live(channel)["state"].clone();
        state["tag"] = json!(TARGET);
        state["tag_object"] = json!(object);
        state["bundle"] = json!(bundle);
        state["previous"] = Value::Null;
        state
    };
    let payload =
        json!({"tag": TARGET, "tag_object": object, "channels": {"beta": state("canary")}});
    desk.run(&["branch", "-q", "keelmark/ledger", "refs/remotes/origin/keelmark/ledger"]);
    append(desk.path(), "release", 0, TARGET, payload);
    let words = ["rollback", "production", "--force", "--reason", "it burns"];
    desk.keelmark(&words).is(4).says("the bundle digest of").says("the ledger recorded bbbb");
    // A ledger that does not know the release: nobody goes there by mistake.
    let empty = TestRepo::init();
    empty.keelmark(&["rollback", "production"]).is(3).says("there is no ledger");
    desk.keelmark(&["rollback", "nowhere"]).is(2).says("`beta`, `canary`, `production`");
    desk.keelmark(&["rollback", "No Where"]).is(2).says("no name of a channel");
}

#[test]
fn nothing_stops_a_rollback() {
    let shop = Shop::open();
    let desk = &shop.desk;
    desk.run(&["branch", "-q", "keelmark/ledger", "refs/remotes/origin/keelmark/ledger"]);
    append(desk.path(), "freeze", 0, "composite/support_copilot", json!({}));
    desk.write("registry/policies/gates.yaml", "gates: 3\n")
        .write(
            "registry/policies/freeze.yaml",
            "freezes: [{from: 2020-01-01, until: 2099-01-01}]\n",
        )
        .stage(".");
    desk.commit("closed for the holidays");
    // Git is told to sign, and there is no key.
    desk.run(&["config", "commit.gpgSign", "true"]);
    desk.run(&["config", "tag.gpgSign", "true"]);
    desk.run(&["config", "gpg.format", "ssh"]);
    desk.run(&["config", "user.signingKey", "/nowhere/key"]);
    desk.keelmark(&BACK).is(0).says("not signed").says("1.8.0 → support_copilot 1.7.0");
    assert_eq!(shop.live("production")["state"]["version"], "1.7.0");
}

#[test]
fn a_record_is_signed_where_git_is_told_to_sign() {
    let shop = Shop::open();
    let ines = Person::new(&shop.desk, "ines");
    ines.sits_at(&shop.desk);
    shop.desk.run(&["config", "tag.gpgSign", "true"]);
    shop.desk.keelmark(&BACK).is(0).leaves_out("not signed");
    let listed = shop.server.json(0, &["ledger", "log", "--kind", "rollback"]);
    assert_eq!(listed["records"][0]["signed"], true);
    assert_eq!(listed["records"][0]["actor"], "ines <ines@example.com>");
}

#[test]
fn two_at_once_go_back_once() {
    let shop = Shop::open();
    let other = shop.another_desk();
    at_once([&shop.desk, &other], &BACK);
    assert_eq!(shop.recorded("rollback").len(), 1);
    shop.another_desk().keelmark(&["ledger", "verify"]).is(0);
}

#[test]
fn what_the_remote_refuses_is_not_there_locally_and_what_it_cannot_be_told_waits() {
    let shop = Shop::open();
    let desk = &shop.desk;
    let hook = shop.server.path().join("hooks/pre-receive");
    script(&hook, "#!/bin/sh\necho 'the ledger is protected' >&2\nexit 1\n");
    desk.keelmark(&BACK).is(1).says("the ledger is protected");
    assert_eq!(
        (desk.run(&["for-each-ref", LEDGER]), post_mortems(desk)),
        (String::new(), Vec::new())
    );
    fs::remove_file(&hook).expect("removed");
    let address = shop.server.address();
    desk.run(&["remote", "set-url", "origin", "file:///nowhere/at/all"]);
    desk.keelmark(&BACK).is(3);
    assert_eq!(desk.run(&["for-each-ref", LEDGER]), "");
    // Recorded here, it waits for the next push.
    desk.keelmark(&["rollback", "production"]).is(0).says("nobody else sees it until");
    assert_eq!(shop.live("production")["state"]["version"], "1.8.0");
    desk.run(&["remote", "set-url", "origin", &address]);
    let shown = desk.keelmark(&[&BACK[..], &["--format", "json"]].concat()).is(0).json();
    assert_eq!((&shown["outcome"], &shown["pushed"]), (&json!("already_there"), &json!(true)));
    assert_eq!(shop.live("production")["state"]["version"], "1.7.0");
    assert_eq!(shop.recorded("rollback").len(), 1);
}

#[test]
fn nobody_in_particular_records_nothing() {
    let shop = Shop::open();
    shop.desk.run(&["config", "--unset", "user.email"]);
    shop.desk.keelmark(&BACK).is(3).says("email");
    assert_eq!(shop.live("production")["state"]["version"], "1.8.0");
    let ending = shop.desk.keelmark(&["rollback", "production", "--rehearse", "--dry-run"]).is(1);
    ending.says("FAIL ledger");
}

#[test]
fn killed_at_any_step_and_run_again_the_channel_is_back_once() {
    let steps = [
        "rollback:before-record",
        "ledger:objects-written",
        "ledger:before-push",
        "ledger:after-push",
        "ledger:before-refs",
        "ledger:after-refs",
        "rollback:after-record",
    ];
    for step in steps {
        let shop = Shop::open();
        let desk = &shop.desk;
        desk.killed_at(step, &BACK);
        shop.server.every_reference_holds();
        assert!(
            ["1.7.0", "1.8.0"].contains(
                &shop.live("production")["state"]["version"].as_str().expect("a version")
            )
        );
        desk.keelmark(&BACK).is(0);
        assert_eq!(shop.live("production")["state"]["version"], "1.7.0", "{step}");
        assert_eq!(shop.recorded("rollback").len(), 1, "{step}");
        assert_eq!(post_mortems(desk).len(), 1, "{step}");
        assert_eq!(desk.json(0, &["status"])["ledger"]["unpushed"], 0, "{step}");
        desk.keelmark(&["ledger", "verify"]).is(0);
    }
    // Without a remote likewise.
    for step in ["rollback:before-record", "ledger:before-refs", "rollback:after-record"] {
        let shop = Shop::open();
        let alone = &shop.server;
        identify(alone);
        alone.killed_at(step, &["rollback", "production"]);
        alone.keelmark(&["rollback", "production"]).is(0);
        assert_eq!(shop.recorded("rollback").len(), 1, "{step}");
    }
}

#[test]
fn a_model_whose_end_was_announced_later_is_no_way_back() {
    let shop = Shop::open();
    let desk = &shop.desk;
    with_a_spare(desk, "https://models.example.com");
    release(desk, "1.9.0");
    desk.edit(COMPOSITE, "  spare: model/spare@1.0.0\n", "");
    release(desk, "1.10.0");
    desk.keelmark(&["rollback", "production", "--dry-run"]).is(0);
    desk.edit(SPARE, "owner: team", "owner: team\nstatus: deprecated\nsunset: 2020-01-01");
    desk.stage(".").commit("the spare ends");
    desk.keelmark(&["rollback", "production"])
        .is(1)
        .says("every request: the provider may refuse the model")
        .says("`model/spare@1.0.0` may be gone since 2020-01-01 (member-sunset)");
    desk.edit(SPARE, "sunset: 2020", "sunset: 2099").stage(".").commit("later");
    desk.keelmark(&["rollback", "production"])
        .is(0)
        .says("`model/spare@1.0.0` is offered until 2099-01-01");
}

#[test]
fn the_button_runs_what_was_typed_as_values_only() {
    let shop = Shop::open();
    let desk = &shop.desk;
    desk.keelmark(&["init"]).is(0).says("refs/heads/keelmark/ledger").says("gh api -X POST");
    let text = desk.read(".github/workflows/keelmark-rollback.yml");
    let (_, run) = text.split_once("        run: |\n").expect("a script");
    assert!(!run.contains("${{"), "{run}");
    assert!(text.contains("contents: write") && text.contains("workflow_dispatch"), "{text}");
    for line in text.lines().filter(|line| line.trim_start().starts_with("- run:")) {
        assert!(!line.contains("${{"), "{line}");
    }
    for file in ["keelmark-ledger", "keelmark-releases"] {
        let ruleset = desk.read(&format!(".github/rulesets/{file}.json"));
        let ruleset: Value = serde_json::from_str(&ruleset).expect("JSON");
        assert_eq!(ruleset["rules"][0]["type"], "deletion");
        assert_eq!(ruleset["enforcement"], "active");
    }
    let reason = "leaks\"; touch ../pwned; $(touch ../pwned) `touch ../pwned` --dry-run";
    let tools = desk.beside("tools");
    fs::create_dir_all(&tools).expect("a folder");
    std::os::unix::fs::symlink(program(), tools.join("keelmark")).expect("a link");
    let press = |channel: &str, to: &str, force: &str| {
        let mut shell = Command::new("sh");
        hermetic(&mut shell, &desk.beside(""));
        let path = std::env::var("PATH").expect("a path");
        shell.args(["-e", "-c", run]).current_dir(desk.path()).stdin(Stdio::null());
        shell.env("PATH", format!("{}:{path}", tools.display()));
        for (name, value) in
            [("CHANNEL", channel), ("TO", to), ("REASON", reason), ("FORCE", force)]
        {
            shell.env(name, value);
        }
        for part in ["AUTHOR", "COMMITTER"] {
            shell.env(format!("GIT_{part}_NAME"), "octocat");
            shell.env(format!("GIT_{part}_EMAIL"), "1+octocat@users.noreply.github.com");
        }
        let output = shell.output().expect("a shell");
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    assert_eq!(press("--dry-run", "", "false").0, Some(2));
    assert_eq!(press("production", "--dry-run", "false").0, Some(2));
    let (code, said) = press("production", "", "false");
    assert_eq!(code, Some(0), "{said}");
    assert!(!desk.beside("pwned").exists());
    assert_eq!(shop.recorded("rollback")[0]["reason"], reason);
    assert_eq!(shop.live("production")["actor"], "octocat <1+octocat@users.noreply.github.com>");
    let (code, said) = press("production", "support_copilot@1.8.0", "true");
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(shop.live("production")["state"]["version"], "1.8.0");
}

#[test]
fn the_revert_button_of_a_forge_passes_the_check() {
    let shop = Shop::open();
    let desk = &shop.desk;
    desk.branch("topic");
    rewrite(desk, "Answer in haste");
    desk.stage(".").commit("haste");
    desk.checkout("main");
    desk.run(&["merge", "-q", "--no-ff", "-m", "Merge pull request #7", "topic"]);
    desk.run(&["push", "-q", "origin", "main"]);
    // What the button makes: a branch with the revert of the merge.
    let work = clone(&shop.server);
    work.branch("revert-7-topic");
    work.run(&["revert", "--no-edit", "-m", "1", "HEAD"]);
    let report = work.json(0, &["check"]);
    assert_eq!(report["entries"][0]["status"], "reverted", "{report:#}");
    work.keelmark(&["check", "--rev", "HEAD"]).is(0);
    // Merged, it is as if nothing had happened.
    work.checkout("main");
    work.run(&["merge", "-q", "--no-ff", "-m", "Merge pull request #8", "revert-7-topic"]);
    work.run(&["push", "-q", "origin", "main"]);
    work.keelmark(&["check", "--all"]).is(0);
}

#[test]
fn the_next_release_goes_back_to_one_that_was_not_taken_back() {
    let shop = Shop::open();
    let desk = &shop.desk;
    let before = shop.live("production");
    desk.keelmark(&BACK).is(0);
    rewrite(desk, "Answer kindly");
    desk.stage(".").commit("kindly");
    desk.run(&["push", "-q", "origin", "main"]);
    let words = ["release", "prepare", "support_copilot", "--to", "1.9.0"];
    desk.keelmark(&words).is(0).says("`rollback_to` is 1.7.0: 1.8.0 was rolled back from");
    assert!(desk.read(COMPOSITE).contains("rollback_to: 1.7.0"), "{}", desk.read(COMPOSITE));
    // Whoever brings it back, hours later, believes in it again.
    let mut back = shop.recorded("rollback").remove(0);
    let gone = back["channels"]["production"].clone();
    let mut left = gone["previous"].clone();
    for (key, value) in left.as_object_mut().expect("an object") {
        *value = gone[key.as_str()].clone();
    }
    let mut state = before["state"].clone();
    state["since"] = json!("2027-01-01T00:00:00Z");
    state["previous"] = left.clone();
    back["tag"] = state["tag"].clone();
    back["tag_object"] = state["tag_object"].clone();
    back["from"] = left;
    back["channels"]["production"] = state;
    append(shop.server.path(), "rollback", 900, "release/support_copilot@1.8.0", back);
    desk.run(&["checkout", "-q", "."]);
    desk.run(&["fetch", "-q", "origin"]);
    desk.keelmark(&words).is(0).leaves_out("was rolled back from");
    assert!(desk.read(COMPOSITE).contains("rollback_to: 1.8.0"), "{}", desk.read(COMPOSITE));
}
