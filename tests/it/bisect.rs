//! `keelmark eval bisect`.

use serde_json::Value;

use crate::support::TestRepo;
use crate::try_::{ANSWERS, ASK, ASK_TEXT, PROGRAM_MODEL, PROGRAM_TRUST, PROVIDER, registry};

/// Publishes the next minor version with this template.
fn publish(repo: &TestRepo, text: &str, message: &str) -> String {
    repo.write(ASK_TEXT, text);
    repo.keelmark(&["bump", "ask", "-m", message]).is(0);
    repo.stage(".").commit(message)
}

/// Answers refer to KB-42 unless the prompt says `Be brief`.
fn scripted() -> TestRepo {
    let repo = registry("", "provider: {api: scripted, file: answers.yaml}\n");
    repo.write(
        ANSWERS,
        "answers:\n  - {when: {prompt_contains: Be brief}, text: \"Soon.\"}\ndefault: {text: \"See KB-42 soon.\"}\n",
    );
    repo.stage(".").commit("publish");
    repo
}

/// Eight versions, 1.0.0 to 1.7.0; 1.5.0 is the first that says `Be brief`. Returns its commit.
fn eight(repo: &TestRepo) -> String {
    let mut bad = String::new();
    for number in 1..8 {
        let brief = if number >= 5 { "Be brief. " } else { "" };
        let text = format!("{brief}Edition {number}. Answer: {{{{ question }}}}\n");
        let commit = publish(repo, &text, &format!("edition {number}"));
        if number == 5 {
            bad = commit;
        }
    }
    bad
}

fn outcomes(document: &Value) -> Vec<(&str, Option<&str>)> {
    let versions = document["versions"].as_array().expect("versions");
    versions
        .iter()
        .map(|v| (v["version"].as_str().expect("a version"), v["outcome"].as_str()))
        .collect()
}

#[test]
fn the_version_that_broke_the_case_is_found_with_its_commit_and_both_answers() {
    let repo = scripted();
    let commit = eight(&repo);
    let document = repo.json(0, &["eval", "bisect", "FAQ-001"]);
    assert_eq!(document["result"], "broke", "{document:#}");
    assert_eq!(document["first_bad"], "1.5.0");
    assert_eq!(document["last_good"], "1.4.0");
    assert_eq!(document["asked"], 5);
    assert_eq!(
        outcomes(&document),
        [
            ("1.7.0", Some("fail")),
            ("1.6.0", None),
            ("1.5.0", Some("fail")),
            ("1.4.0", Some("pass")),
            ("1.3.0", Some("pass")),
            ("1.2.0", None),
            ("1.1.0", None),
            ("1.0.0", Some("pass")),
        ]
    );
    assert_eq!(document["versions"][2]["commit"], commit.as_str());
    assert_eq!(document["versions"][2]["changelog"], "edition 5");
    assert_eq!(document["reasons"][0]["payload"], "template.md", "{document:#}");
    repo.keelmark(&["eval", "bisect", "FAQ-001"])
        .is(0)
        .says("prompt/ask 1.5.0 broke case FAQ-001 of suite/golden with model/m")
        .says(&format!("{} 2023-11-", &commit[..10]))
        .says("Ada <ada@example.com>: edition 5")
        .says("changelog: edition 5")
        .says("minor ")
        .says("── 1.4.0 pass [-See KB-42 soon.-]")
        .says("── 1.5.0 fail: contains is 0, the bar is >= 1 {+Soon.+}")
        .says("asked about 5 of 8 versions, 0 from the cache");
}

#[test]
fn what_only_the_work_tree_has_may_be_what_broke_it() {
    let repo = scripted();
    publish(&repo, "Kindly answer: {{ question }}\n", "kindly");
    repo.edit(ASK_TEXT, "Kindly", "Be brief. Kindly");
    let document = repo.json(0, &["eval", "bisect", "FAQ-001"]);
    assert_eq!(document["result"], "broke");
    assert_eq!(document["versions"][0]["published"], false);
    assert_eq!(document["last_good"], "1.1.0");
    repo.keelmark(&["eval", "bisect", "FAQ-001"]).is(0).says("1.1.0 (the work tree) broke");
}

#[test]
fn a_version_that_cannot_take_the_case_is_skipped_and_said_so() {
    let repo = scripted();
    publish(&repo, "Kindly answer: {{ question }}\n", "kindly");
    // 2.0.0 takes another input, 3.0.0 the old one again, and says little.
    repo.edit(ASK, "[question]", "[query]");
    publish(&repo, "Kindly answer: {{ query }}\n", "renamed");
    repo.edit(ASK, "[query]", "[question]");
    publish(&repo, "Be brief: {{ question }}\n", "back");
    let document = repo.json(0, &["eval", "bisect", "FAQ-001"]);
    assert_eq!(
        (&document["last_good"], &document["first_bad"]),
        (&"1.1.0".into(), &"3.0.0".into())
    );
    repo.keelmark(&["eval", "bisect", "FAQ-001"])
        .is(0)
        .says("1.1.0 is the last that passes; what lies between them cannot be judged")
        .says("skipped 2.0.0: case `FAQ-001`: ")
        .says("asked about 3 of 4 versions");
}

#[test]
fn a_case_that_never_passed_or_passes_now_is_no_failure() {
    let repo = scripted();
    repo.keelmark(&["eval", "bisect", "FAQ-001"])
        .is(0)
        .says("prompt/ask 1.0.0 passes case FAQ-001")
        .says("asked about 1 of 1 version,");
    eight(&repo);
    // FAQ-002 wants another article, which no version names.
    let document = repo.json(0, &["eval", "bisect", "FAQ-002"]);
    assert_eq!(document["result"], "never_passed");
    assert_eq!(document["asked"], 2);
    repo.keelmark(&["eval", "bisect", "FAQ-002"])
        .is(0)
        .says("prompt/ask never passed case FAQ-002")
        .says("1.0.0, the oldest version that can be asked, fails");
    repo.keelmark(&["eval", "bisect", "FAQ-003"]).is(2).says("did you mean `FAQ-00");
    repo.keelmark(&["eval", "bisect", "FAQ-001", "--suite", "nothing"]).is(2);
}

#[test]
fn a_version_that_nobody_answers_for_leaves_the_search_undecided() {
    let repo = scripted();
    repo.write(ANSWERS, "answers: [{when: {prompt_contains: never said}, text: none}]\n");
    repo.keelmark(&["eval", "bisect", "FAQ-001"])
        .is(3)
        .says("version 1.0.0 has no answer")
        .says("no `when` of the table holds");
}

#[test]
fn nothing_is_spent_unasked_and_answers_are_cached() {
    let repo = registry(PROGRAM_TRUST, PROGRAM_MODEL);
    repo.write("provider.py", PROVIDER).stage(".").commit("publish");
    eight(&repo);
    let asked = || std::fs::read_to_string(repo.path().join("asked.log")).unwrap_or_default();
    repo.keelmark(&["eval", "bisect", "FAQ-001"])
        .is(2)
        .says("at most 5 versions: 5 calls, with model/m at most $0.")
        .says("--yes");
    repo.keelmark(&["eval", "bisect", "FAQ-001", "--offline"])
        .is(3)
        .says("version 1.7.0 has no answer");
    assert_eq!(asked(), "");
    repo.keelmark(&["eval", "bisect", "FAQ-001", "--yes"]).is(0).says("1.5.0 broke");
    assert_eq!(asked().lines().count(), 5);
    repo.keelmark(&["eval", "bisect", "FAQ-001", "--offline"]).is(0).says("5 from the cache");
    assert_eq!(asked().lines().count(), 5);
}

#[test]
fn a_model_without_prices_is_not_asked_on_a_search() {
    let (provider, _) = PROGRAM_MODEL.split_once('\n').expect("two lines");
    let repo = registry(PROGRAM_TRUST, &format!("{provider}\n"));
    repo.write("provider.py", PROVIDER).stage(".").commit("publish");
    repo.keelmark(&["eval", "bisect", "FAQ-001", "--yes"]).is(2).says("has no prices");
    // One look is one call; its cost is shown as unknown.
    repo.keelmark(&["try", "ask", "--case", "FAQ-001"]).is(0).says("cost unknown");
}
