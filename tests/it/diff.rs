use crate::fixtures::{OTHER, PROMPT, PROMPT_TEMPLATE, TEMPLATE, published};

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
