//! Bars, baselines, and whom they are believed from.

use std::fs;

use serde_json::Value;

use crate::desk::{ANSWERS, GATES, Registry, TEMPLATE, keelmark, keelmark_with, run_json};
use crate::support::TestRepo;

const ROWS: &str = "A,faq,one,yes,exact,1,,\nB,faq,two,yes,exact,1,,\nC,faq,three,yes,exact,1,,\nD,faq,four,yes,exact,1,,\nE,other,five,yes,exact,1,,\n";

/// A registry whose suite passes four of five cases.
fn four_of_five(gates: &str) -> TestRepo {
    let repo = Registry { rows: ROWS, ..Registry::default() }.found();
    repo.write(
        ANSWERS,
        "answers:\n  - {when: {case_id: E}, text: \"no\"}\ndefault: {text: \"yes\"}\n",
    );
    if !gates.is_empty() {
        repo.write(GATES, gates);
    }
    repo.stage(".").commit("bars");
    repo
}

fn gate<'a>(run: &'a Value, metric: &str) -> &'a Value {
    let gates = run["gates"].as_array().expect("gates");
    gates.iter().find(|gate| gate["metric"] == metric).unwrap_or_else(|| panic!("{run:#}"))
}

#[test]
fn an_aggregate_bar_decides_in_place_of_the_bars_of_its_cases() {
    let repo = four_of_five("gates:\n  - {metric: exact, bar: \">= 0.8\", only: has_reference}\n");
    let run = run_json(&repo, &["golden"], 0);
    assert_eq!(run["counts"]["failed"], 1);
    assert_eq!(gate(&run, "exact")["verdict"], "pass");
    assert!(gate(&run, "exact")["reason"].as_str().expect("words").contains("too small to prove"));
    let repo = four_of_five("gates:\n  - {metric: exact, bar: \">= 0.9\"}\n");
    run_json(&repo, &["golden"], 1);
    // A case that no gate covers still answers for its own bar.
    let repo = four_of_five("gates:\n  - {metric: exact, bar: \">= 0.9\", where: {domain: faq}}\n");
    let run = run_json(&repo, &["golden"], 1);
    assert_eq!(gate(&run, "exact")["verdict"], "pass");
    assert_eq!(run["gates"][1]["offenders"], serde_json::json!(["E"]));
    let repo = four_of_five("gates:\n  - {metric: exact, bar: \">= 0.5\", tail: \">= 1\"}\n");
    let run = run_json(&repo, &["golden"], 1);
    assert_eq!(gate(&run, "exact")["offenders"], serde_json::json!(["E"]));
}

#[test]
fn a_bound_that_five_cases_cannot_show_is_inconclusive_unless_somebody_answers_for_it() {
    let repo = four_of_five("decide: bound\ngates:\n  - {metric: exact, bar: \">= 0.7\"}\n");
    run_json(&repo, &["golden"], 3);
    let run =
        run_json(&repo, &["golden", "--accept-inconclusive", "five cases are all we have"], 0);
    assert_eq!(run["accepted_inconclusive"], "five cases are all we have");
    assert_eq!(gate(&run, "exact")["verdict"], "inconclusive");
}

#[test]
fn what_was_not_measured_fails_only_where_the_tier_insists() {
    let repo = four_of_five(
        "gates:\n  - {metric: exact, bar: \">= 0.8\"}\n  - {metric: latency_ms, aggregate: p95, bar: \"<= 1200\", required_in: [release]}\n",
    );
    // A script takes no time, so there is no latency.
    let run = run_json(&repo, &["golden"], 0);
    assert_eq!(gate(&run, "latency_ms")["verdict"], "not_measured");
    let run = run_json(&repo, &["golden", "--when", "release"], 1);
    assert_eq!(gate(&run, "latency_ms")["verdict"], "fail");
}

#[test]
fn a_change_does_not_lower_a_bar_for_itself() {
    let repo = four_of_five("gates:\n  - {metric: exact, bar: \">= 0.9\"}\n");
    repo.branch("work").write(GATES, "gates:\n  - {metric: exact, bar: \">= 0.1\"}\n");
    repo.stage(".").commit("a lower bar");
    let run = run_json(&repo, &["golden"], 1);
    assert_eq!(gate(&run, "exact")["bar"], ">= 0.9");
    assert_eq!(run["after_merge"][0]["bar"], ">= 0.1");
    assert_eq!(run["after_merge"][0]["verdict"], "pass");
    keelmark(&repo, &["eval", "run", "golden"]).exits(1).says(&["After a merge", ">= 0.1"]);
}

#[test]
fn a_baseline_counts_once_it_is_merged_and_a_change_does_not_bless_itself() {
    let gates = "gates:\n  - {metric: exact, bar: \">= 0.1\"}\nmargins: {exact: 0.05}\n";
    let repo = four_of_five(gates);
    repo.write(ANSWERS, "default: {text: \"yes\"}\n").stage(".").commit("all right");
    let run = run_json(&repo, &["golden"], 0);
    let relative = run["gates"].as_array().expect("gates").iter();
    let relative: Vec<&Value> = relative.filter(|gate| gate["source"] == "baseline").collect();
    assert_eq!(relative[0]["verdict"], "not_measured");
    keelmark(&repo, &["eval", "bless", "latest"])
        .exits(0)
        .says(&["registry/baselines/golden/m.json", "once it is merged"]);
    let baseline = "registry/baselines/golden/m.json";
    assert!(
        fs::read_to_string(repo.path().join(baseline))
            .expect("a baseline")
            .contains("keelmark.baseline.v1")
    );
    keelmark(&repo, &["eval", "bless", "latest"]).exits(0).says(&["already"]);
    repo.stage(".").commit("bless");
    // Now two of five answers break.
    repo.branch("work");
    repo.write(ANSWERS, "answers:\n  - {when: {case_id: E}, text: \"no\"}\n  - {when: {case_id: D}, text: \"no\"}\ndefault: {text: \"yes\"}\n");
    repo.stage(".").commit("worse");
    let worse = keelmark(&repo, &["eval", "run", "golden", "--format", "json"]);
    assert!([1, 3].contains(&worse.code), "{}", worse.err);
    let worse = worse.json()["runs"][0].clone();
    let changed = &worse["comparison"]["changes"];
    assert_eq!(changed["newly_failing"], serde_json::json!(["D", "E"]), "{worse:#}");
    // Blessing the worse run and committing it with the change helps nothing.
    let blessed = fs::read_to_string(repo.path().join(baseline)).expect("a baseline");
    repo.write(baseline, blessed.replace("\"exact\":1.0", "\"exact\":0.0"));
    repo.stage(".").commit("bless myself");
    let again = run_json(&repo, &["golden"], worse_code(&worse));
    assert_eq!(again["comparison"]["changes"]["newly_failing"], serde_json::json!(["D", "E"]));
}

fn worse_code(run: &Value) -> i32 {
    let gates = run["gates"].as_array().expect("gates");
    if gates.iter().any(|gate| gate["verdict"] == "inconclusive") { 3 } else { 1 }
}

#[test]
fn runs_with_other_instruments_are_not_compared() {
    let repo = four_of_five("gates:\n  - {metric: exact, bar: \">= 0.1\"}\n");
    run_json(&repo, &["golden"], 0);
    keelmark(&repo, &["eval", "bless", "latest"]).exits(0);
    repo.stage(".").commit("bless");
    let suite = "registry/suites/golden/suite.yaml";
    let text = fs::read_to_string(repo.path().join(suite)).expect("a suite");
    repo.write(suite, format!("{text}answer: /answer\n"));
    repo.stage(".").commit("another instrument");
    let run =
        keelmark(&repo, &["eval", "run", "golden", "--format", "json"]).json()["runs"][0].clone();
    let parts = run["comparison"]["differing_parts"].to_string();
    assert!(parts.contains("suite"), "{run:#}");
    keelmark(&repo, &["eval", "compare", "latest"]).exits(3).says(&["suite"]);
}

#[test]
fn only_suites_that_the_change_can_affect_are_run() {
    let repo = Registry::default().found();
    repo.branch("work");
    keelmark(&repo, &["eval", "run", "--changed"]).exits(0).says(&["0 suites"]);
    repo.write(
        "registry/prompts/other/prompt.yaml",
        "id: other\nversion: 1.0.0\nowner: team\nschema: {inputs: [question], outputs: [answer]}\n",
    )
    .write("registry/prompts/other/template.md", "{{ question }}\n");
    repo.stage(".").commit("something else");
    keelmark(&repo, &["eval", "run", "--changed"]).exits(0).says(&["0 suites"]);
    repo.write(TEMPLATE, "Answer well: {{ question }}\n").stage(".").commit("the prompt");
    run_json(&repo, &["--changed"], 0);
    keelmark(&repo, &["-v", "eval", "run", "--changed"])
        .exits(0)
        .says(&["prompt/ask → suite/golden"]);
    repo.write(
        "registry/suites/golden/suite.yaml",
        format!(
            "{}when: [nightly]\n",
            fs::read_to_string(repo.path().join("registry/suites/golden/suite.yaml"))
                .expect("a suite")
        ),
    );
    keelmark(&repo, &["eval", "run", "--changed", "--when", "pr"]).exits(2).says(&["in this tier"]);
}

#[test]
fn a_change_cannot_name_a_host_a_variable_or_a_program_for_itself() {
    let cases = [
        (
            "{api: openai, model: x, base_url: \"http://127.0.0.1:9/v1\"}",
            "trust: {hosts: {\"127.0.0.1:9\": {purposes: [provider]}}}\n",
            "is not in `trust.hosts` at the base",
        ),
        (
            "{api: openai, model: x, base_url_env: EVIL_URL}",
            "trust: {env: [EVIL_URL], hosts: {\"127.0.0.1:9\": {purposes: [provider]}}}\n",
            "is not in `trust.env` at the base",
        ),
        (
            "{api: command, program: sh, args: [\"-c\", \"touch owned\"]}",
            "trust: {commands: [sh]}\n",
            "is not in `trust.commands` at the base",
        ),
    ];
    for (provider, config, refusal) in cases {
        let repo = Registry::default().found();
        repo.branch("work");
        repo.write("keelmark.yaml", format!("version: 1\n{config}"));
        repo.write(
            "registry/models/m/model.yaml",
            format!(
                "id: m\nversion: 1.0.0\nowner: team\nprovider: {provider}\npricing: {{input_per_mtok_usd: 0, output_per_mtok_usd: 0}}\n"
            ),
        );
        repo.stage(".").commit("help myself");
        let variables =
            [("EVIL_URL", "http://127.0.0.1:9/v1"), ("OPENAI_API_KEY", "sk-0123456789abcdef")];
        keelmark_with(&repo, &["eval", "run", "golden"], &variables)
            .exits(2)
            .says(&[refusal, "merged into keelmark.yaml first"]);
        assert!(!repo.path().join("owned").exists());
    }
}

#[test]
fn a_gates_file_that_cannot_be_believed_decides_nothing() {
    let repo = four_of_five("gates:\n  - {metric: exact, bar: high}\n");
    keelmark(&repo, &["eval", "run", "golden"]).exits(2).says(&["gates.yaml:2"]);
    let repo = four_of_five("gates:\n  - {metric: bleu, bar: \">= 10\"}\n");
    // A bar on a metric that no case has is not measured, and every case still has its own.
    let run = run_json(&repo, &["golden"], 1);
    assert_eq!(gate(&run, "bleu")["verdict"], "not_measured");
}

#[test]
fn the_gate_is_tested_against_itself_with_repeats() {
    let repo =
        four_of_five("gates:\n  - {metric: exact, bar: \">= 0.1\"}\nmargins: {exact: 0.2}\n");
    run_json(&repo, &["golden"], 0);
    keelmark(&repo, &["eval", "self-test"]).exits(3).says(&["repeat"]);
    run_json(&repo, &["golden", "--repeat", "4"], 0);
    let first = keelmark(&repo, &["eval", "self-test", "--format", "json"]).exits(0);
    let second = keelmark(&repo, &["eval", "self-test", "--format", "json"]).exits(0);
    assert_eq!(first.out, second.out);
    assert_eq!(first.json()["self_test"]["splits"], 1000);
}
