//! What `log` tells of the versions of an entry.

use serde_json::{Value, json};

use crate::fixtures::{OTHER, published};
use crate::shop::Shop;
use crate::support::TestRepo;

/// A prompt with three versions.
fn three_versions() -> TestRepo {
    let repo = published();
    repo.edit(OTHER, "outputs: [text]", "outputs: [text, tone]");
    repo.keelmark(&["bump", "greeting", "-m", "a tone"]).is(0);
    repo.stage(".").commit("tone");
    repo.edit(OTHER, "inputs: [name]", "inputs: [name, title]")
        .write("registry/prompts/greeting/template.md", "Hi {{ title }} {{ name }}\n");
    repo.keelmark(&["bump", "greeting", "-m", "titles"]).is(0);
    repo.stage(".").commit("titles");
    repo
}

/// The versions of a log, as their numbers.
fn numbers(log: &Value) -> Vec<&str> {
    let versions = log["versions"].as_array().expect("versions");
    versions.iter().map(|version| version["version"].as_str().expect("text")).collect()
}

#[test]
fn each_version_has_the_change_that_decided_its_step() {
    let repo = three_versions();
    repo.keelmark(&["log", "greeting"])
        .is(0)
        .says("2.0.0 major 2023-11-14")
        .says("major input-required-added:")
        .says("minor output-added:");
    let log = repo.json(0, &["log", "greeting"]);
    assert_eq!(numbers(&log), ["2.0.0", "1.1.0", "1.0.0"]);
    let versions = &log["versions"];
    assert_eq!(versions[0]["required"], "major");
    assert_eq!(versions[0]["reasons"][0]["rule"], "input-required-added", "{log:#}");
    assert_eq!((&versions[2]["required"], &versions[2]["reasons"]), (&Value::Null, &json!([])));
    assert_eq!((&log["left_out"], &log["history_ends"]), (&json!(0), &json!([])));
}

#[test]
fn a_number_or_a_range_bounds_it() {
    let repo = three_versions();
    let numbers_of = |words: &[&str]| {
        let log = repo.json(0, &[&["log", "greeting"], words].concat());
        numbers(&log).iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(numbers_of(&["-n", "1"]), ["2.0.0"]);
    assert_eq!(repo.json(0, &["log", "greeting", "-n", "1"])["left_out"], 2);
    repo.keelmark(&["log", "greeting", "-n", "2"]).is(0).says("1 older version; `-n` shows more");
    assert_eq!(numbers_of(&["HEAD~1..HEAD"]), ["2.0.0"]);
    assert_eq!(numbers_of(&["HEAD~2..HEAD~1"]), ["1.1.0"]);
    assert_eq!(numbers_of(&["HEAD~1"]), ["1.1.0", "1.0.0"]);
    assert_eq!(numbers_of(&["HEAD.."]), [""; 0]);
    // What decided a step does not depend on how far one looks.
    let bounded = repo.json(0, &["log", "greeting", "HEAD~2..HEAD~1"]);
    assert_eq!(bounded["versions"][0]["reasons"][0]["rule"], "output-added", "{bounded:#}");
    repo.keelmark(&["log", "greeting", "nowhere.."]).is(2).says("nowhere");
}

#[test]
fn a_version_that_is_named_is_the_newest_that_is_told_of() {
    let repo = three_versions();
    let log = repo.json(0, &["log", "greeting@1.1.0"]);
    assert_eq!(numbers(&log), ["1.1.0", "1.0.0"]);
    assert_eq!(log["versions"][0]["reasons"][0]["rule"], "output-added", "{log:#}");
    assert_eq!(numbers(&repo.json(0, &["log", "prompt/greeting@1.1.0", "-n", "1"])), ["1.1.0"]);
    assert_eq!(repo.json(0, &["log", "greeting@1.1.0", "-n", "1"])["left_out"], 1);
    assert_eq!(numbers(&repo.json(0, &["log", "greeting@1.0.0"])), ["1.0.0"]);
    // A range bounds it as well.
    assert_eq!(numbers(&repo.json(0, &["log", "greeting@1.1.0", "HEAD~2..HEAD"])), ["1.1.0"]);
    repo.keelmark(&["log", "greeting@2.0.0", "HEAD~1"]).is(2).says("near it there is");
    repo.keelmark(&["log", "greeting@1.5.0"])
        .is(2)
        .says("`prompt/greeting` has no version 1.5.0 in the history that is here")
        .says("near it there is `prompt/greeting@1.0.0`, `prompt/greeting@1.1.0`, `prompt/greeting@2.0.0`")
        .says("`keelmark log prompt/greeting` lists all");
    repo.keelmark(&["log", "greeting@0.1.0"])
        .is(2)
        .says("near it there is `prompt/greeting@1.0.0`");
    repo.keelmark(&["log", "greeting@3.0.0"]).is(2).leaves_out("@1.0.0").says("@2.0.0`");
    repo.keelmark(&["log", "greeting@^1"]).is(2).says("name one version");
    // A range is one of commits; what tells of versions is named, and works.
    repo.keelmark(&["log", "greeting@1.0.0..greeting@1.1.0"])
        .is(2)
        .says("`keelmark log greeting@1.1.0` tells what led to that version")
        .says("`keelmark diff greeting@1.0.0..1.1.0`");
    repo.keelmark(&["log", "greeting@1.0.0..1.1.0"]).is(2).says("`keelmark log greeting@1.1.0`");
    for range in ["greeting@1.0.0..", "greeting@1.0.0..HEAD", "prompt/greeting@1.0.0..greeting"] {
        let name = range.split('@').next().expect("a name");
        repo.keelmark(&["log", range])
            .is(2)
            .says(&format!("`keelmark log {name}` lists the versions"))
            .leaves_out("keelmark diff");
        repo.keelmark(&["log", name]).is(0);
    }
    repo.keelmark(&["diff", "greeting@1.0.0..1.1.0"]).is(0).says("output-added");
    let clone = TestRepo::clone_of(&repo, &["--depth", "1"]);
    assert_eq!(numbers(&clone.json(0, &["log", "greeting@2.0.0"])), ["2.0.0"]);
    clone.keelmark(&["log", "greeting@1.0.0"]).is(3).says("git fetch --unshallow");
}

#[test]
fn tags_are_those_of_the_version() {
    let repo = three_versions();
    repo.run(&["tag", "prompt/greeting@1.1.0", "HEAD~1"]);
    repo.run(&["tag", "prompt/greeting@v1.0.0", "HEAD~2"]);
    let log = repo.json(0, &["log", "greeting"]);
    assert_eq!(log["versions"][0]["tags"], json!([]));
    assert_eq!(log["versions"][1]["tags"], json!(["prompt/greeting@1.1.0"]));
    assert_eq!(log["versions"][2]["tags"], json!(["prompt/greeting@v1.0.0"]));
    repo.keelmark(&["log", "greeting"]).is(0).says("tags prompt/greeting@1.1.0");
}

#[test]
fn releases_and_scores_are_those_of_the_ledger() {
    let shop = Shop::open();
    let log = shop.desk.json(0, &["log", "prompt/refund"]);
    let versions = log["versions"].as_array().expect("versions");
    assert_eq!(versions[0]["version"], "1.2.0", "{log:#}");
    assert_eq!(versions[0]["releases"], json!(["release/support_copilot@1.8.0"]));
    let runs = versions[0]["runs"].as_array().expect("runs");
    assert!(!runs.is_empty(), "{log:#}");
    assert!(runs[0]["suite"].as_str().is_some_and(|suite| suite.contains("golden")), "{log:#}");
    assert_eq!(runs[0]["gates"][0]["metric"], "exact");
    assert_eq!(runs[0]["gates"][0]["value"], 1.0);
    shop.desk
        .keelmark(&["log", "prompt/refund", "-n", "1"])
        .is(0)
        .says("released release/support_copilot@1.8.0")
        .says("measured suite/golden@1.0.0 on script: exact mean 1");
    shop.desk
        .keelmark(&["log", "prompt/refund", "-n", "1", "-v"])
        .is(0)
        .says("exact mean: 1 [")
        .says("bar >= 0.5: pass");
    // A list of keys that is not there hides nothing of it.
    let unlisted = shop.another_desk();
    unlisted.write(
        "keelmark.yaml",
        format!("{}paths: {{signers: nowhere}}\n", unlisted.read("keelmark.yaml")),
    );
    unlisted.stage(".");
    unlisted.run(&["commit", "-q", "--no-verify", "-m", "a list that is not there"]);
    unlisted.run(&["update-ref", "refs/remotes/origin/main", "HEAD"]);
    let told = unlisted.json(0, &["log", "prompt/refund"]);
    assert_eq!(told["versions"][0]["releases"], versions[0]["releases"], "{told:#}");
    // Without a ledger the versions are the same.
    let bare = shop.another_desk();
    for name in ["refs/heads/keelmark/ledger", "refs/remotes/origin/keelmark/ledger"] {
        bare.run(&["update-ref", "-d", name]);
    }
    let silent = bare.json(0, &["log", "prompt/refund"]);
    assert_eq!(numbers(&silent), numbers(&log));
    assert_eq!(silent["versions"][0]["runs"], json!([]));
}

#[test]
fn a_shallow_clone_says_where_its_history_ends() {
    let source = three_versions();
    let clone = TestRepo::clone_of(&source, &["--depth", "2"]);
    let log = clone.json(0, &["log", "greeting"]);
    assert_eq!(numbers(&log), ["2.0.0", "1.1.0"]);
    assert_eq!(log["history_ends"], json!([source.rev("HEAD~1")]));
    assert_eq!(log["versions"][1]["bump"], "unknown", "it may be older: {log:#}");
    let short = &source.rev("HEAD~1")[..10];
    clone
        .keelmark(&["log", "greeting"])
        .is(0)
        .says(&format!("history is cut off here, at {short}"));
}

#[test]
fn without_an_entry_each_commit_tells_what_it_brought() {
    let repo = three_versions();
    let log = repo.json(0, &["log"]);
    let told: Vec<(&str, &str)> = log["versions"]
        .as_array()
        .expect("versions")
        .iter()
        .map(|row| (row["entry"].as_str().expect("text"), row["version"].as_str().expect("text")))
        .collect();
    let expected = [
        ("prompt/greeting", "2.0.0"),
        ("prompt/greeting", "1.1.0"),
        ("prompt/billing_refund", "2.3.0"),
        ("prompt/greeting", "1.0.0"),
    ];
    assert_eq!(told, expected);
    assert_eq!((&log["entry"], &log["left_out"]), (&Value::Null, &json!(0)));
    // What is told of a version is what its own log tells.
    let own = repo.json(0, &["log", "greeting"]);
    assert_eq!(log["versions"][0], own["versions"][0]);
    assert_eq!(log["versions"][1], own["versions"][1]);
    repo.keelmark(&["log", "-n", "1"])
        .is(0)
        .says("prompt/greeting 2.0.0 major")
        .says("there are older versions")
        .leaves_out("1.1.0");
    assert_eq!(repo.json(0, &["log", "-n", "1"])["left_out"], Value::Null);
    // A merge brings what its branch brought, and a rename is no version of its own.
    repo.keelmark(&["mv", "greeting", "support/greeting"]).is(0);
    repo.stage(".").commit("renamed");
    let renamed = repo.json(0, &["log"]);
    assert_eq!(renamed["versions"], log["versions"], "{renamed:#}");
    repo.run(&["checkout", "-q", "-b", "side"]);
    repo.edit(
        "registry/prompts/support/greeting/prompt.yaml",
        "[text, tone]",
        "[text, tone, mood]",
    );
    repo.keelmark(&["bump", "support/greeting", "-m", "mood"]).is(0);
    repo.stage(".").commit("mood");
    repo.run(&["checkout", "-q", "main"]);
    repo.run(&["merge", "-q", "--no-ff", "-m", "merge mood", "side"]);
    let merged = repo.json(0, &["log", "-n", "1"]);
    assert_eq!(merged["versions"][0]["subject"], "merge mood");
    assert_eq!(merged["versions"][0]["entry"], "prompt/support/greeting");
    assert!(TestRepo::init().json(0, &["log"])["versions"].as_array().is_some_and(Vec::is_empty));
}

#[test]
fn a_range_ends_where_the_other_branch_began() {
    let repo = three_versions();
    repo.run(&["checkout", "-q", "-b", "side", "HEAD~1"]);
    repo.write("notes.txt", "a\n").stage(".").commit("apart");
    repo.run(&["checkout", "-q", "main"]);
    let of = |range: &str| {
        let log = repo.json(0, &["log", range]);
        numbers(&log).iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(of("side..main"), ["2.0.0"]);
    assert_eq!(of("main..side"), [""; 0]);
    repo.run(&["merge", "-q", "--no-ff", "-m", "merge side", "side"]);
    assert_eq!(of("side..main"), ["2.0.0"]);
    assert_eq!(of("HEAD~2..main"), ["2.0.0"]);
    assert_eq!(of("main..main"), [""; 0]);
}
