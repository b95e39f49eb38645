//! `graph` and `impact`: from a fragment to the suite that has to run.

use serde_json::Value;

use crate::fixtures::small;
use crate::support::TestRepo;

const FRAGMENT: &str = "registry/fragments/refund_policy/fragment.yaml";
const FRAGMENT_TEXT: &str = "registry/fragments/refund_policy/fragment.md";
const PROMPT: &str = "registry/prompts/billing_refund/prompt.yaml";
const PROFILE: &str = "registry/profiles/strict/profile.yaml";
const GOLD: &str = "registry/datasets/gold/dataset.yaml";
const SUITE: &str = "registry/suites/support_golden/suite.yaml";
const GATES: &str = "registry/policies/gates.yaml";

/// What every entry has.
fn entry(id: &str, more: &str) -> String {
    format!("id: {id}\nversion: 1.0.0\nowner: team\nchangelog: [\"1.0.0: first\"]\n{more}")
}

/// A product: a fragment in a prompt, a model with a profile, a judge, cases, two suites, and a
/// composite, committed on `main`.
fn product() -> TestRepo {
    let repo = TestRepo::init();
    repo.write("keelmark.yaml", "version: 1\n")
        .write(FRAGMENT, entry("refund_policy", ""))
        .write(FRAGMENT_TEXT, "No refund after 30 days.\n")
        .write(
            PROMPT,
            small("billing_refund")
                + "model: model/copilot@^1\ndepends_on: [fragment/refund_policy@1.0.0]\nlinks: {datasets: [gold]}\n",
        )
        .write("registry/prompts/billing_refund/template.md", "{{ name }}\n")
        .write("registry/prompts/greeting.yaml", small("greeting") + "status: draft\n")
        .write("registry/prompts/greeting.md", "Hi {{ name }}\n")
        .write(
            "registry/models/copilot/model.yaml",
            entry("copilot", "provider: {api: openai, model: gpt-4o-mini-2024-07-18}\npolicies: {safety_profile: strict}\n"),
        )
        .write(PROFILE, entry("strict", "guardrails: {no_pii: {severity: sev1}}\n"))
        .write(
            GOLD,
            entry("gold", "aliases: [gold_old]\nrow_key: case_id\nfiles: [{path: cases.csv}]\ncolumns: {case_id: {type: string}}\n"),
        )
        .write("registry/datasets/gold/cases.csv", "case_id\n1\n")
        .write(
            "registry/judges/good/judge.yaml",
            entry("good", "scale: {min: 1, max: 5}\nmodel: model/copilot@1.0.0\nrubric: rubric.md\n"),
        )
        .write("registry/judges/good/rubric.md", "Is it good?\n")
        .write(
            SUITE,
            entry("support_golden", "cases: dataset/gold_old\ntarget: prompt/billing_refund\njudges: {good: judge/good@1.0.0}\n"),
        )
        .write("registry/suites/greet/suite.yaml", entry("greet", "cases: cases.csv\ntarget: greeting\n"))
        .write("registry/suites/greet/cases.csv", "case_id,domain,input,expected,metric,pass_bar,guardrails,notes\n")
        .write(
            "registry/composites/support/composite.yaml",
            entry("support", "members: {model: copilot@1.0.0, prompt: billing_refund@1.0.0, data: gold_old}\nsuites: [support_golden]\n"),
        )
        .write(GATES, "gates: []\n");
    repo.stage(".").commit("a product");
    repo
}

/// The suites of an impact document, each with its reasons.
fn suites(impact: &Value) -> Vec<String> {
    let suites = impact["suites"].as_array().expect("suites");
    let reasons = suites.iter().flat_map(|suite| suite["reasons"].as_array().expect("reasons"));
    reasons.map(|reason| reason.as_str().expect("a text").to_owned()).collect()
}

fn names(list: &Value) -> Vec<&str> {
    let list = list.as_array().expect("a list");
    list.iter().map(|v| v.as_str().or(v["entry"].as_str()).expect("a name")).collect()
}

#[test]
fn a_change_runs_the_suites_that_it_reaches_and_no_other() {
    let repo = product();
    let nothing = repo.json(0, &["impact", "--changed"]);
    assert_eq!((names(&nothing["changed"]["entries"]), suites(&nothing)), (vec![], vec![]));
    repo.keelmark(&["impact", "--changed"]).is(0).says("0 dependents, 0 suites to run");

    let cases: &[(&str, &str, &str, &[&str])] = &[
        (
            FRAGMENT_TEXT,
            "30",
            "14",
            &["fragment/refund_policy → prompt/billing_refund → suite/support_golden"],
        ),
        (
            "registry/prompts/billing_refund/template.md",
            "name",
            "name|upper",
            &["prompt/billing_refund → suite/support_golden"],
        ),
        (
            PROFILE,
            "sev1",
            "sev2",
            &["profile/strict → model/copilot → judge/good → suite/support_golden"],
        ),
        ("registry/datasets/gold/cases.csv", "1", "2", &["dataset/gold → suite/support_golden"]),
        ("registry/judges/good/rubric.md", "good", "fine", &["judge/good → suite/support_golden"]),
        ("registry/suites/greet/cases.csv", "notes", "notes\n", &["suite/greet"]),
        ("registry/prompts/greeting.md", "Hi", "Ho", &["prompt/greeting → suite/greet"]),
        ("registry/composites/support/composite.yaml", "team", "crew", &[]),
        (
            GATES,
            "[]",
            "[{metric: exact, bar: \">= 0.8\"}]",
            &["policies/gates → suite/greet", "policies/gates → suite/support_golden"],
        ),
    ];
    for (path, old, new, expected) in cases {
        let text = repo.read(path);
        repo.edit(path, old, new);
        let impact = repo.json(0, &["impact", "--changed"]);
        assert_eq!(suites(&impact), *expected, "{path}");
        assert_eq!(impact["source"]["kind"], "worktree");
        repo.write(path, text);
    }
    repo.write("registry/baselines/greet/copilot.json", "{}\n").write("docs/x.md", "x\n");
    assert_eq!(suites(&repo.json(0, &["impact", "--changed"])), [""; 0], "a baseline is no change");
}

#[test]
fn the_change_is_that_of_the_tree_and_the_base_that_are_asked_for() {
    let repo = product();
    repo.branch("work").edit(FRAGMENT_TEXT, "30", "14").stage(".").commit("stricter");
    repo.edit(GOLD, "team", "crew").stage(".");
    repo.edit(PROFILE, "sev1", "sev2");
    let changed = |words: &[&str]| {
        let impact = repo.json(0, &[&["impact", "--changed"], words].concat());
        names(&impact["changed"]["entries"]).join(" ")
    };
    assert_eq!(changed(&[]), "dataset/gold fragment/refund_policy profile/strict");
    assert_eq!(changed(&["--staged"]), "dataset/gold fragment/refund_policy");
    assert_eq!(changed(&["--rev", "work"]), "fragment/refund_policy");
    assert_eq!(changed(&["--base", "HEAD"]), "dataset/gold profile/strict");
    repo.keelmark(&["impact", "--changed"])
        .is(0)
        .says("base: ")
        .says("changed dataset/gold fragment/refund_policy profile/strict")
        .says("would run suite/support_golden dataset/gold → suite/support_golden");
    repo.keelmark(&["impact"]).is(2);
    repo.keelmark(&["impact", "gold", "--changed"]).is(2);
    repo.keelmark(&["impact", "gold", "--base", "HEAD"]).is(2);
}

#[test]
fn a_deletion_and_an_alias_that_was_given_up_reach_whoever_still_asks() {
    let repo = product();
    repo.edit(GOLD, "aliases: [gold_old]\n", "");
    let impact = repo.json(0, &["impact", "--changed"]);
    assert_eq!(names(&impact["changed"]["entries"]), ["dataset/gold", "dataset/gold_old"]);
    assert_eq!(suites(&impact), ["dataset/gold_old → suite/support_golden"]);
    repo.run(&["checkout", "-q", "."]);
    repo.run(&["rm", "-rq", "registry/fragments"]);
    let impact = repo.json(0, &["impact", "--changed"]);
    assert_eq!(
        suites(&impact),
        ["fragment/refund_policy → prompt/billing_refund → suite/support_golden"]
    );
    repo.run(&["checkout", "-q", "HEAD", "."]);
    repo.keelmark(&["mv", "fragment/refund_policy", "refunds"]).is(0);
    let impact = repo.json(0, &["impact", "--changed"]);
    assert_eq!(
        suites(&impact),
        ["fragment/refunds → prompt/billing_refund → suite/support_golden"],
        "the old name leads to the new one"
    );
}

#[test]
fn what_depends_on_an_entry_is_listed_with_the_chain_to_it() {
    let repo = product();
    repo.keelmark(&["impact", "fragment/refund_policy"])
        .is(0)
        .says("prompts prompt/billing_refund 1.0.0 fragment/refund_policy → prompt/billing_refund")
        .says("composites composite/support 1.0.0 fragment/refund_policy → prompt/billing_refund → composite/support")
        .says("would run suite/support_golden")
        .leaves_out("greet")
        .says("3 dependents, 1 suite to run");
    let impact = repo.json(0, &["impact", "gold_old"]);
    assert!(impact["source"].is_null());
    assert_eq!(names(&impact["dependents"]), ["composite/support", "suite/support_golden"]);
    assert_eq!(names(&impact["dependents"][1]["path"]), ["dataset/gold", "suite/support_golden"]);
    assert_eq!(names(&impact["dependents"][1]["roles"]), ["cases"]);
    repo.keelmark(&["impact", "judge/good@1.0.0"]).is(0);
    repo.keelmark(&["impact", "judge/good@2.0.0"]).is(2).says("has version 1.0.0 here, not 2.0.0");
    repo.keelmark(&["impact", "refund_polcy"]).is(2).says("did you mean `fragment/refund_policy`?");
}

#[test]
fn an_entry_that_cannot_be_read_leaves_the_answer_open() {
    let repo = product();
    repo.write(PROMPT, "id: [");
    let impact = repo.json(3, &["impact", "fragment/refund_policy"]);
    assert_eq!(names(&impact["unreadable"]), ["prompt/billing_refund"]);
    repo.keelmark(&["-q", "impact", "--changed"])
        .is(3)
        .says("`prompt/billing_refund` cannot be read");
    repo.keelmark(&["graph"]).is(0).says("(unreadable)").says("nobody knows what it uses");
    assert_eq!(
        suites(&repo.json(3, &["impact", "--changed"])),
        ["prompt/billing_refund → suite/support_golden"]
    );
}

#[test]
fn the_graph_is_drawn_in_every_format() {
    let repo = product();
    repo.edit(SUITE, "judge/good@1.0.0", "judge/gone@1.0.0");
    let graph = repo.json(0, &["graph"]);
    assert_eq!(names(&graph["entries"]).len(), 10);
    let edges = graph["edges"].as_array().expect("edges");
    let missing: Vec<&Value> = edges.iter().filter(|edge| edge["missing"] == true).collect();
    assert_eq!(missing.len(), 1);
    assert_eq!((&missing[0]["to"], &missing[0]["slot"]), (&"judge/gone".into(), &"good".into()));
    let link = edges.iter().find(|edge| edge["role"] == "link").expect("a link");
    assert_eq!((&link["to"], &link["carries_impact"]), (&"dataset/gold".into(), &false.into()));

    let mermaid = repo.keelmark(&["graph"]).is(0);
    assert_eq!(mermaid.out.lines().filter(|line| line.contains('|')).count(), edges.len());
    assert_eq!(mermaid.out, repo.keelmark(&["graph", "--format", "mermaid"]).is(0).out);
    let dot = repo.keelmark(&["graph", "--format", "dot"]).is(0);
    assert_eq!(dot.out.lines().filter(|line| line.contains(" -> ")).count(), edges.len());
    repo.keelmark(&["graph", "--format", "human"])
        .is(0)
        .says("prompt/greeting 1.0.0 (draft)")
        .says("judge good @1.0.0 → judge/gone (missing)")
        .says("cases → dataset/gold");

    let part = repo.json(0, &["graph", "greeting"]);
    assert_eq!(names(&part["entries"]), ["prompt/greeting", "suite/greet"]);
    repo.edit(GOLD, "row_key", "depends_on: [suite/support_golden]\nrow_key");
    let graph = repo.json(0, &["graph", "gold", "suite/greet"]);
    assert_eq!(names(&graph["cycles"][0]), ["dataset/gold", "suite/support_golden"]);
    repo.keelmark(&["graph", "nothing"]).is(2);
    let committed = repo.json(0, &["graph", "--rev", "HEAD"]);
    assert_eq!(committed["cycles"], serde_json::json!([]));
}

#[test]
fn a_profile_that_a_suite_names_is_looked_for() {
    let repo = product();
    repo.edit(SUITE, "target:", "profile: profile/gone\ntarget:");
    let report = repo.json(1, &["check"]);
    let finding = crate::desk::finding(&report, "link-missing");
    assert_eq!(finding["pointer"], "/profile");
}
