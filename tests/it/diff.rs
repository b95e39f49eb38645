use serde_json::{Value, json};

use crate::fixtures::{OTHER, PROMPT, PROMPT_TEMPLATE, TEMPLATE, published};
use crate::support::TestRepo;

#[test]
fn a_difference_is_shown_in_meaning_and_word_by_word() {
    let repo = published();
    repo.write(PROMPT_TEMPLATE, TEMPLATE.replace("cite the policy", "always cite the policy"));
    repo.edit(PROMPT, "\"confidence\"]", "\"confidence\",\"locale\"]");
    repo.keelmark(&["diff"])
        .is(0)
        .says("prompt/billing_refund changed: 2.3.0 → 2.3.0, needs minor (2.4.0)")
        .says("prompt-template-text")
        .says("output-added")
        .says("{+always +}");
    let report = repo.json(0, &["diff"]);
    assert_eq!(report["schema"], "keelmark.diff.v1");
    assert_eq!(report["entries"][0]["required"], "minor", "{report:#}");
    assert_eq!(report["findings"], serde_json::json!([]));
}

#[test]
fn no_difference_is_said_so() {
    let repo = published();
    repo.keelmark(&["diff"]).is(0).says("no entry differs");
    assert_eq!(repo.json(0, &["diff"])["entries"], serde_json::json!([]));
}

#[test]
fn two_revisions_and_one_entry_can_be_named() {
    let repo = published();
    let old = repo.rev("HEAD");
    repo.edit(PROMPT, "owner: support-ops", "owner: others");
    repo.edit(OTHER, "inputs: [name]", "inputs: [name, title]");
    repo.write("registry/prompts/greeting/template.md", "Hi {{ title }} {{ name }}\n");
    repo.stage(".").commit("two");
    let report = repo.json(0, &["diff", "greeting", &old, "HEAD"]);
    assert_eq!(report["entries"].as_array().map(Vec::len), Some(1));
    assert_eq!(report["entries"][0]["entry"], "prompt/greeting");
    assert_eq!(report["entries"][0]["required"], "major");
    assert_eq!(report["source"]["kind"], "revision");
    let back = repo.json(0, &["diff", "greeting", "HEAD", &old]);
    assert_eq!(back["entries"][0]["reasons"][0]["rule"], "input-removed", "{back:#}");
    repo.keelmark(&["diff", "greting"]).is(2).says("did you mean `prompt/greeting`?");
    repo.keelmark(&["diff", "greeting", "nowhere", "HEAD"]).is(2).says("nowhere");
    repo.keelmark(&["diff", "--format", "concise", "-o", "diff.txt"]).is(0);
}

#[test]
fn an_entry_that_is_new_or_gone_is_shown() {
    let repo = published();
    repo.keelmark(&["new", "prompt", "fresh"]).is(0);
    repo.delete(OTHER).delete("registry/prompts/greeting/template.md").stage(".");
    repo.keelmark(&["diff"]).is(0).says("prompt/fresh new").says("prompt/greeting deleted");
    let report = repo.json(0, &["diff"]);
    assert_eq!(report["entries"].as_array().map(Vec::len), Some(2), "{report:#}");
    repo.json(0, &["diff", "greeting"]);
}

const OTHER_TEMPLATE: &str = "registry/prompts/greeting/template.md";
const DATASET: &str = "registry/datasets/golden/dataset.yaml";
const ROWS: &str = "registry/datasets/golden/rows.csv";

/// A dataset of three rows, published beside the prompts.
fn with_rows() -> TestRepo {
    let repo = published();
    repo.write(
        DATASET,
        "id: golden\nversion: 1.0.0\nowner: team\nrow_key: id\nfiles: [{path: rows.csv}]\nchangelog: [\"1.0.0: first\"]\n",
    )
    .write(ROWS, "id,question,answer\nr1,where,here\nr2,when,now\nr3,who,me\n")
    .stage(".");
    repo.keelmark(&["seal", "golden"]).is(0);
    repo.stage(".").commit("rows");
    repo
}

/// The entries of a report, by name.
#[track_caller]
fn entry<'a>(report: &'a Value, name: &str) -> &'a Value {
    let entries = report["entries"].as_array().expect("entries");
    entries.iter().find(|entry| entry["entry"] == name).unwrap_or_else(|| panic!("{report:#}"))
}

#[test]
fn two_revisions_of_the_whole_registry_are_one_table() {
    let repo = with_rows();
    let old = repo.rev("HEAD");
    repo.edit(OTHER, "inputs: [name]", "inputs: [name, title]")
        .write(OTHER_TEMPLATE, "Hi {{ title }} {{ name }}\n")
        .write(ROWS, "id,question,answer\nr1,where,there\nr3,who,me\nr4,why,so\n");
    repo.delete(PROMPT).delete(PROMPT_TEMPLATE);
    repo.keelmark(&["new", "prompt", "fresh"]).is(0);
    repo.stage(".");
    repo.keelmark(&["bump", "greeting", "-m", "titles"]).is(0);
    repo.stage(".").commit("many");
    let range = format!("{old}..HEAD");
    repo.keelmark(&["diff", &range])
        .is(0)
        .says("entry change version step because")
        .says("prompt/billing_refund deleted 2.3.0 → none")
        .says("prompt/fresh new none → 0.1.0")
        .says("prompt/greeting changed 1.0.0 → 2.0.0 major input-required-added")
        .says("dataset/golden changed 1.0.0 → 1.0.0")
        .says("4 entries differ")
        .says("`-v`, or the name of an entry")
        .leaves_out("{+title");
    repo.keelmark(&["diff", "-v", &range]).is(0).says("template.md").says("~ 1 row differ");
    repo.keelmark(&["diff", "greeting", &range])
        .is(0)
        .says("prompt/greeting changed: 1.0.0 → 2.0.0, needs major")
        .says("template.md")
        .leaves_out("fresh");
    let report = repo.json(0, &["diff", &range]);
    let rows = &entry(&report, "dataset/golden")["rows"];
    assert_eq!(rows["added"], json!({"count": 1, "keys": ["r4"]}), "{rows:#}");
    assert_eq!(rows["removed"], json!({"count": 1, "keys": ["r2"]}));
    assert_eq!(rows["changed"]["columns"], json!([{"column": "answer", "count": 1}]));
    let cell = json!({"column": "answer", "was": "here", "is": "there"});
    assert_eq!(rows["changed"]["rows"], json!([{"key": "r1", "cells": [cell]}]));
    assert_eq!(entry(&report, "prompt/greeting")["rows"], Value::Null);
    assert_eq!(entry(&report, "prompt/greeting")["declared"], "major");
    assert_eq!(report["source"]["base_commit"], Value::from(old.clone()));
    // A side that is left out is HEAD, as git has it.
    let same = repo.json(0, &["diff", &format!("{old}..")]);
    assert_eq!(same["entries"], report["entries"]);
    repo.keelmark(&["diff", "HEAD..HEAD"]).is(0).says("no entry differs");
    repo.keelmark(&["diff", &old]).is(2).says(&format!("`keelmark diff {old}..HEAD`"));
    repo.keelmark(&["diff", &range, "HEAD"]).is(2).says("named already");
}

#[test]
fn three_dots_begin_where_the_new_side_left() {
    let repo = published();
    repo.run(&["checkout", "-q", "-b", "side"]);
    repo.write(OTHER_TEMPLATE, "Hello {{ name }}\n").stage(".").commit("side");
    repo.run(&["checkout", "-q", "main"]);
    repo.edit(PROMPT, "owner: support-ops", "owner: others").stage(".").commit("main");
    let names = |words: &str| {
        let report = repo.json(0, &["diff", words]);
        let entries = report["entries"].as_array().expect("entries").clone();
        entries.iter().map(|e| e["entry"].as_str().expect("text").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names("main...side"), ["prompt/greeting"]);
    assert_eq!(names("main..side"), ["prompt/billing_refund", "prompt/greeting"]);
}

#[test]
fn a_number_is_suggested_that_a_check_would_suggest() {
    let repo = published();
    repo.run(&["checkout", "-q", "-b", "side"]);
    let start = repo.rev("HEAD");
    repo.run(&["checkout", "-q", "main"]);
    repo.edit(OTHER, "outputs: [text]", "outputs: [text, tone]").stage(".");
    repo.keelmark(&["bump", "greeting", "-m", "tone"]).is(0);
    repo.stage(".").commit("somebody was faster");
    repo.run(&["checkout", "-q", "side"]);
    repo.edit(OTHER, "outputs: [text]", "outputs: [text, mood]");
    let checked = repo.json(1, &["check"]);
    let suggested = &entry(&checked, "prompt/greeting")["suggested"];
    assert_eq!(suggested, "1.2.0", "{checked:#}");
    for words in [&["diff"][..], &["diff", "greeting", "HEAD"], &["diff", "greeting", &start]] {
        let report = repo.json(0, words);
        assert_eq!(&entry(&report, "prompt/greeting")["suggested"], suggested, "{words:?}");
        repo.keelmark(words).is(0).says("needs minor (1.2.0)");
    }
}

#[test]
fn the_bumps_that_the_base_says_are_believed_between_revisions_too() {
    let repo = published();
    repo.write("keelmark.yaml", "version: 1\nrules: {output-added: {bump: major}}\n");
    repo.stage(".").commit("stricter");
    repo.edit(OTHER, "outputs: [text]", "outputs: [text, tone]");
    let required =
        |words: &[&str]| entry(&repo.json(0, words), "prompt/greeting")["required"].clone();
    assert_eq!(required(&["diff"]), "major");
    assert_eq!(required(&["diff", "greeting", "HEAD"]), "major");
}

#[test]
fn what_cannot_be_read_cannot_be_compared() {
    let repo = published();
    repo.write(OTHER, "id: greeting\nversion: [\n");
    repo.edit(PROMPT, "owner: support-ops", "owner: others");
    repo.keelmark(&["diff"])
        .is(3)
        .says("prompt/greeting unreadable")
        .says("1.0.0 → none")
        .says("unclosed bracket")
        .says("prompt/billing_refund changed 2.3.0 → 2.3.0 none owner-changed")
        .says("2 entries differ: 1 that cannot be compared");
    repo.keelmark(&["diff", "greeting"]).is(3).says("cannot be compared").leaves_out("no step");
    let report = repo.json(3, &["diff"]);
    assert!(entry(&report, "prompt/greeting")["unreadable"].is_string(), "{report:#}");
    assert_eq!(entry(&report, "prompt/billing_refund")["unreadable"], Value::Null);
    // A schema that is broken says nothing of callers.
    repo.write(OTHER, crate::fixtures::small("greeting").replace("[name]", "17"));
    repo.keelmark(&["diff", "greeting"]).is(3).says("cannot be compared").leaves_out("no step");
    // Nor does an old side that was none.
    repo.write(OTHER, "id: [\n").stage(".").commit("broken");
    repo.write(OTHER, crate::fixtures::small("greeting"));
    repo.keelmark(&["diff", "greeting", "HEAD"]).is(3).says("the old side's file cannot be read");
}

#[test]
fn a_version_behind_the_id_names_a_side() {
    let repo = published();
    for text in ["Hello {{ name }}\n", "Good day {{ name }}\n"] {
        repo.write(OTHER_TEMPLATE, text);
        repo.keelmark(&["bump", "greeting", "--level", "minor", "-m", text.trim()]).is(0);
        repo.stage(".").commit(text);
    }
    repo.keelmark(&["diff", "greeting@1.0.0"])
        .is(0)
        .says("prompt/greeting changed: 1.0.0 → 1.2.0")
        .says("[-Hi-]")
        .says("{+Good day+}");
    repo.keelmark(&["diff", "prompt/greeting@1.0.0..1.1.0"])
        .is(0)
        .says("1.0.0 → 1.1.0")
        .says("{+Hello+}")
        .leaves_out("Good day");
    repo.keelmark(&["diff", "greeting@1.0.0", "HEAD"]).is(2).says("named already");
    repo.keelmark(&["diff", "greeting@7.0.0"]).is(2).says("never had the version 7.0.0");
}

#[test]
fn a_renamed_entry_is_one_line_with_its_words() {
    let repo = published();
    repo.keelmark(&["mv", "greeting", "support/greeting"]).is(0);
    repo.write("registry/prompts/support/greeting/template.md", "Hello {{ name }}\n").stage(".");
    repo.keelmark(&["diff"])
        .is(0)
        .says("prompt/support/greeting renamed from prompt/greeting: 1.0.0 →")
        .says("{+Hello+}")
        .leaves_out("deleted");
    let report = repo.json(0, &["diff", "prompt/greeting"]);
    assert_eq!(entry(&report, "prompt/support/greeting")["renamed_from"], "prompt/greeting");
}

#[test]
fn words_are_marked_in_colour_and_without() {
    let repo = published();
    repo.write(OTHER_TEMPLATE, "Hello {{ name }}\n");
    let plain = repo.keelmark(&["diff", "--color", "never"]).is(0);
    assert!(plain.out.contains("- [-Hi-] {{ name }}\n"), "{plain}");
    assert!(!plain.out.contains('\u{1b}'), "{plain}");
    let coloured = repo.keelmark(&["diff", "--color", "always"]).is(0);
    assert!(coloured.out.contains("\u{1b}[31m- [-Hi-] {{ name }}\u{1b}[0m\n"), "{coloured}");
    assert!(coloured.out.contains("\u{1b}[32m+ {+Hello+} {{ name }}\u{1b}[0m\n"), "{coloured}");
}

#[test]
fn a_comment_of_a_difference_is_not_that_of_a_check() {
    let repo = published();
    repo.edit(OTHER, "outputs: [text]", "outputs: [text, tone]")
        .write(OTHER_TEMPLATE, "Hello {{ name }}\n");
    let comment = repo.keelmark(&["diff", "--format", "markdown"]).is(0).out;
    assert!(comment.starts_with("<!-- keelmark-diff -->\n"), "{comment}");
    assert!(!comment.contains("keelmark check") && !comment.contains("passes"), "{comment}");
    for rule in ["output-added", "prompt-template-text"] {
        assert!(comment.contains(&rule.replace('-', "\\-")), "{comment}");
    }
    let line = repo.keelmark(&["diff", "--format", "concise"]).is(0).out;
    assert!(line.contains("prompt/greeting changed 1.0.0 → 1.0.0 minor (1.1.0): "), "{line}");
    assert!(line.contains("output-added"), "{line}");
    // There is no finding to put at a line.
    for format in ["sarif", "github", "gitlab"] {
        repo.keelmark(&["diff", "--format", format])
            .is(2)
            .says("possible values: human, concise, json, markdown");
    }
    // In a workflow it is the same: what differs is no annotation.
    let workflow = repo.keelmark_with(&["diff"], &[("GITHUB_ACTIONS", "true")]).is(0);
    assert!(!workflow.out.contains("::"), "{workflow}");
}
