//! What a release still needs, for people and for machines.

use serde_json::{Value, json};

use crate::desk::{faults, rules};
use crate::fixtures::{OTHER, PROMPT, published};
use crate::support::TestRepo;

const COMPOSITE: &str = "registry/composites/copilot/composite.yaml";

/// A composite of two published prompts, merged and never released.
fn composed() -> TestRepo {
    let repo = published();
    repo.write(
        COMPOSITE,
        "id: copilot\nversion: 1.0.0\nowner: team\nmembers:\n  prompt: billing_refund@2.3.0\n  hello: prompt/greeting@1.0.0\nchangelog: [\"1.0.0: first\"]\n",
    );
    repo.stage(".").commit("a composite");
    repo
}

#[test]
fn a_registry_without_a_composite_has_nothing_to_release() {
    let repo = published();
    repo.keelmark(&["release", "status"]).is(2).says("keelmark new composite");
    repo.keelmark(&["release", "status", "copilot"]).is(2);
}

#[test]
fn everything_that_is_missing_is_named_at_once() {
    let repo = composed();
    let report = repo.json(1, &["release", "status"]);
    let one = &report["composites"][0];
    assert_eq!(one["composite"], "composite/copilot");
    assert_eq!(one["string"], "hello@1.0.0 + prompt@2.3.0");
    assert_eq!((&one["released"], &one["ready"]), (&json!(false), &json!(false)));
    assert_eq!(one["previous"], Value::Null);
    for rule in ["adr-missing", "notes-missing"] {
        assert!(rules(one).contains(&rule), "{rule}: {:?}", rules(one));
    }
    let errors = one["findings"].as_array().expect("findings").iter();
    let missing = errors.filter(|finding| finding["severity"] == "error").count();
    let shown = repo.keelmark(&["release", "status", "copilot"]).is(1);
    shown.says(&format!("{missing} things are missing"));
}

#[test]
fn a_member_that_moved_is_a_row_and_the_shape_stays() {
    let repo = composed();
    repo.edit(PROMPT, "\"question\"]", "\"question\",\"locale\"]");
    repo.edit(OTHER, "outputs: [text]", "outputs: [text, title]");
    repo.keelmark(&["bump", "-m", "asks for the locale"]).is(0);
    repo.edit(COMPOSITE, "billing_refund@2.3.0", "billing_refund@3.0.0");
    repo.edit(COMPOSITE, "greeting@1.0.0", "greeting@1.1.0");
    repo.edit(COMPOSITE, "version: 1.0.0", "version: 2.0.0");
    let mut report = repo.json(1, &["release", "status", "copilot"]);
    let one = &report["composites"][0];
    assert_eq!(one["required"], "major", "{one:#}");
    let row = one["rows"].as_array().expect("rows").iter().find(|row| row["slot"] == "prompt");
    let row = row.expect("the prompt");
    assert_eq!((&row["from"], &row["to"]), (&json!("2.3.0"), &json!("3.0.0")));
    assert_eq!(row["step"], "major");
    report["composites"][0]["rows"][0]["surprise"] = true.into();
    assert_eq!(faults(&report).len(), 1);
}
