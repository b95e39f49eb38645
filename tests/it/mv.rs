use crate::fixtures::{PROMPT, TEMPLATE, published, small};

#[test]
fn a_renamed_entry_keeps_its_history_and_answers_to_its_old_name() {
    let repo = published();
    repo.write(
        "registry/composites/copilot/composite.yaml",
        "id: copilot\nversion: 1.0.0\nowner: team\nmembers: {prompt: billing_refund@2.3.0}\nchangelog: [\"1.0.0: first\"]\n",
    );
    repo.stage(".").commit("a composite");
    repo.keelmark(&["mv", "billing_refund", "prompt/support/refund", "--dry-run"])
        .is(0)
        .says("rename from registry/prompts/billing_refund/template.md");
    assert!(repo.has(PROMPT));
    repo.keelmark(&["mv", "billing_refund", "prompt/support/refund"]).is(0).says("alias");
    assert!(!repo.has("registry/prompts/billing_refund"));
    assert_eq!(repo.read("registry/prompts/support/refund/template.md"), TEMPLATE);
    let text = repo.read("registry/prompts/support/refund/prompt.yaml");
    assert!(text.starts_with("id: refund\nversion: 2.3.0\naliases:"), "{text}");
    repo.stage(".");
    // A name that others may use is part of the contract.
    let report = repo.json(1, &["check", "--staged"]);
    assert_eq!(report["entries"][0]["status"], "changed", "{report:#}");
    assert_eq!(report["entries"][0]["reasons"][0]["rule"], "entry-alias-added");
    repo.keelmark(&["bump", "-m", "in the folder of the support team"]).is(0).says("2.3.0 → 2.4.0");
    repo.stage(".");
    let report = repo.json(0, &["check", "--staged"]);
    assert_eq!(report["summary"]["errors"], 0, "{report:#}");
    repo.commit("rename");
    repo.keelmark(&["check", "--all"]).is(0);
    let by_old = repo.json(0, &["show", "billing_refund"]);
    assert_eq!(by_old["entry"], "prompt/support/refund");
    let log = repo.json(0, &["log", "support/refund"]);
    assert_eq!(log["versions"][0]["subject"], "rename", "{log:#}");
    assert_eq!(log["versions"][1]["version"], "2.3.0");
    assert_eq!(log["versions"][1]["subject"], "publish", "{log:#}");
    assert_eq!(repo.json(0, &["show", "support/refund@2.3.0"])["path"], PROMPT);
    // And on it goes: a change after the rename is judged against what was published before.
    repo.write("registry/prompts/support/refund/template.md", format!("{TEMPLATE}Be brief.\n"));
    repo.keelmark(&["check"]).is(4).says("version-unchanged").says("checksum-mismatch");
    repo.keelmark(&["bump", "-m", "brief"]).is(0).says("2.4.0 → 2.5.0");
    repo.stage(".");
    repo.keelmark(&["check", "--staged"]).is(0);
}

#[test]
fn a_rename_and_a_change_in_one_commit_are_judged_together() {
    let repo = published();
    repo.keelmark(&["mv", "billing_refund", "refund"]).is(0);
    repo.write("registry/prompts/refund/template.md", format!("{TEMPLATE}Be brief.\n")).stage(".");
    repo.keelmark(&["check", "--staged"]).is(4).says("version-unchanged");
    repo.keelmark(&["bump", "-m", "brief"]).is(0).says("2.3.0 → 2.4.0");
    repo.stage(".");
    repo.keelmark(&["check", "--staged"]).is(0);
    repo.commit("rename and change");
    let log = repo.json(0, &["log", "refund"]);
    assert_eq!(log["versions"].as_array().map(Vec::len), Some(2), "{log:#}");
    let old = repo.json(0, &["show", "refund@2.3.0"]);
    assert_eq!(old["entry"], "prompt/billing_refund", "{old:#}");
}

#[test]
fn back_and_forth_leaves_one_alias() {
    let repo = published();
    repo.keelmark(&["mv", "billing_refund", "refund"]).is(0);
    repo.stage(".");
    repo.keelmark(&["bump", "-m", "there"]).is(0);
    repo.stage(".").commit("there");
    repo.keelmark(&["mv", "refund", "billing_refund"]).is(0);
    repo.stage(".");
    repo.keelmark(&["bump", "-m", "and back"]).is(0);
    repo.stage(".").commit("and back");
    assert_eq!(
        repo.json(0, &["list", "prompt"])["entries"][0]["aliases"],
        serde_json::json!(["refund"])
    );
    repo.keelmark(&["check", "--all"]).is(0);
}

#[test]
fn a_single_file_moves_with_its_template() {
    let repo = published();
    repo.write("registry/prompts/odd.yaml", small("odd"))
        .write("registry/prompts/odd.md", "{{ name }}\n");
    repo.stage(".").commit("odd");
    repo.keelmark(&["mv", "odd", "a/b"]).is(1).says("single file");
    repo.keelmark(&["mv", "odd", "even"]).is(0);
    assert!(repo.has("registry/prompts/even.yaml") && repo.has("registry/prompts/even.md"));
    repo.keelmark(&["bump"]).is(1).says("not tracked by git");
    repo.stage(".");
    repo.keelmark(&["bump", "-m", "another name"]).is(0);
    repo.stage(".");
    repo.keelmark(&["check", "--staged"]).is(0);
}

#[test]
fn a_name_that_is_taken_bad_or_of_another_kind_is_refused() {
    let repo = published();
    let before = repo.files();
    for (new, words) in [
        ("greeting", "exists already"),
        ("billing_refund", "has that id already"),
        ("model/refund", "its kind cannot change"),
        ("Refund!", "is no id"),
    ] {
        repo.keelmark(&["mv", "billing_refund", new]).is(2).says(words);
    }
    repo.keelmark(&["mv", "nothing", "x"]).is(2);
    assert_eq!(repo.files(), before);
}
