//! Metrics and guardrails that nothing computes.

use super::{PRICED, ROWS, asking, at, run, trusting, verdict, yes};
use crate::desk::{GATES, Registry, cases};
use crate::server::Server;

#[test]
fn a_suite_whose_only_metric_is_not_computed_is_not_open() {
    let server = Server::start(vec![yes()]);
    let repo = asking(&server, "A,,one,yes,sme,3,,\n");
    run(&repo, &[]).exits(3);
    assert_eq!(verdict(&repo, "sme").0, "inconclusive");
    assert_eq!(cases(&repo)[0]["outcome"], "unscored");
}

#[test]
fn a_gate_alone_that_nothing_was_measured_for_is_not_open() {
    let server = Server::start(vec![yes()]);
    let repo = Registry {
        rows: "A,,one,yes,sme,3,,\n",
        provider: &at(&server.url()),
        model: PRICED,
        config: &trusting(&server),
        ..Registry::default()
    }
    .found();
    repo.write(GATES, "gates:\n  - {metric: sme, bar: \">= 3\"}\n").stage(".").commit("bars");
    run(&repo, &[]).exits(3);
    assert_eq!(verdict(&repo, "sme").0, "inconclusive");
}

#[test]
fn metrics_and_guardrails_that_do_not_exist_are_refused_before_anything_is_sent() {
    let server = Server::start(vec![yes()]);
    for (row, words) in [
        ("A,,one,yes,exactt,1,,\n", "did you mean `exact`?"),
        ("A,,one,yes,exact,1,no_toxicty,\n", "did you mean `no_toxicity`?"),
    ] {
        let repo = asking(&server, row);
        run(&repo, &[]).exits(2).says(&[words, "cases.csv:2"]);
    }
    assert_eq!(server.connections(), 0);
}

#[test]
fn a_judged_case_without_a_judge_is_refused_before_anything_is_sent() {
    let server = Server::start(vec![yes()]);
    let repo = asking(&server, "A,,one,,judge>=4,,\n");
    run(&repo, &[])
        .exits(2)
        .says(&["suite-judge-missing", "the suite has no `default_judge`; 1 case: `A`"]);
    assert_eq!(server.connections(), 0);
}

#[test]
fn a_guardrail_of_a_profile_that_nothing_here_detects_opens_nothing() {
    let server = Server::start(vec![yes()]);
    let repo = Registry {
        rows: "A,,one,yes,exact,1,brand_voice,\n",
        provider: &at(&server.url()),
        model: PRICED,
        suite: "profile: profile/house\n",
        config: &trusting(&server),
    }
    .found();
    repo.write(
        "registry/profiles/house/profile.yaml",
        "id: house\nversion: 1.0.0\nowner: security\nguardrails: {brand_voice: {severity: sev2}}\n",
    );
    repo.stage(".").commit("a profile");
    run(&repo, &[]).exits(3);
    let case = &cases(&repo)[0];
    assert_eq!(case["outcome"], "unscored");
    assert_eq!(case["unscored"]["brand_voice"], "nothing here detects it");
}

#[test]
fn cached_answers_are_no_measurement_of_latency() {
    let server = Server::start(vec![yes()]);
    let repo = asking(&server, ROWS);
    repo.write(
        GATES,
        "gates:\n  - {metric: latency_ms, aggregate: p95, bar: \"<= 60000\", required_in: [pr]}\n",
    );
    repo.stage(".").commit("bars");
    run(&repo, &["--when", "pr"]).exits(0);
    assert_eq!(verdict(&repo, "latency_ms").0, "pass");
    run(&repo, &["--when", "pr"]).exits(1);
    let (said, why) = verdict(&repo, "latency_ms");
    assert_eq!(said, "fail");
    assert!(why.contains("only the time of a live answer is a measurement"), "{why}");
    // A tier that does not insist has the bars of the cases.
    run(&repo, &["--when", "nightly"]).exits(0);
    assert_eq!(verdict(&repo, "latency_ms").0, "not_measured");
    run(&repo, &["--when", "pr", "--no-cache"]).exits(0);
}
