//! Changes that would help themselves; `gates` has more of them.

use super::{KEY, KEYED, PRICED, ROWS, asking, at, record, run, trusting, verdict, yes};
use crate::desk::{GATES, Registry, cases, keelmark_with};
use crate::server::Server;
use crate::support::TestRepo;

const MODEL: &str = "registry/models/m/model.yaml";

/// Commits a change on a branch.
fn propose(repo: &TestRepo, files: &[(&str, &str)]) {
    repo.branch("work");
    for (path, text) in files {
        repo.write(path, text);
    }
    repo.stage(".").commit("help myself");
}

fn manifest(provider: &str) -> String {
    format!("id: m\nversion: 1.0.0\nowner: team\nprovider: {provider}\n{PRICED}")
}

#[test]
fn a_host_that_a_change_adds_is_not_reached() {
    let (mine, other) = (Server::start(vec![yes()]), Server::start(vec![yes()]));
    let repo = Registry {
        rows: ROWS,
        provider: &at(&mine.url()),
        model: PRICED,
        config: &trusting(&mine),
        ..Registry::default()
    }
    .found();
    let config = format!("version: 1\n{}", trusting(&other));
    propose(&repo, &[("keelmark.yaml", &config), (MODEL, &manifest(&at(&other.url())))]);
    let host = format!("127.0.0.1:{}", other.port());
    run(&repo, &[]).exits(2).says(&[&host, "is not in `trust.hosts` at the base"]);
    // A base that was typed is compared with, not believed.
    run(&repo, &["--base", "work"]).exits(2);
    assert_eq!((mine.connections(), other.connections()), (0, 0));
}

#[test]
fn another_variable_does_not_lead_to_another_host() {
    let (mine, other) = (Server::start(vec![yes()]), Server::start(vec![yes()]));
    let config = trusting(&mine).replace("trust: {", "trust: {env: [MODEL_URL, OTHER_URL], ");
    let repo = Registry {
        rows: ROWS,
        provider: "{api: openai, model: x, base_url_env: MODEL_URL}",
        model: PRICED,
        config: &config,
        ..Registry::default()
    }
    .found();
    let (mine_url, other_url) = (mine.url(), other.url());
    let variables = [KEYED[0], ("MODEL_URL", mine_url.as_str()), ("OTHER_URL", other_url.as_str())];
    keelmark_with(&repo, &["eval", "run", "golden"], &variables).exits(0);
    assert_eq!(mine.received().len(), 2);
    propose(&repo, &[(MODEL, &manifest("{api: openai, model: x, base_url_env: OTHER_URL}"))]);
    keelmark_with(&repo, &["eval", "run", "golden"], &variables)
        .exits(2)
        .says(&["is not in `trust.hosts` at the base"]);
    assert_eq!(other.connections(), 0);
}

#[test]
fn a_change_of_address_takes_no_key_along() {
    let (mine, other) = (Server::start(vec![yes()]), Server::start(vec![yes()]));
    let config = format!(
        "trust:\n  hosts:\n    127.0.0.1:{}: {{key_env: MODEL_KEY, purposes: [provider]}}\n    127.0.0.1:{}: {{purposes: [provider]}}\n",
        mine.port(),
        other.port()
    );
    let repo = Registry {
        rows: ROWS,
        provider: &at(&mine.url()),
        model: PRICED,
        config: &config,
        ..Registry::default()
    }
    .found();
    propose(&repo, &[(MODEL, &manifest(&at(&other.url())))]);
    run(&repo, &[]).exits(0);
    assert_eq!(other.received().len(), 2);
    assert!(!format!("{:?}", other.received()).contains(KEY));
    assert_eq!(mine.connections(), 0);
}

#[test]
fn the_key_is_that_of_the_variable_that_the_base_names() {
    let server = Server::start(vec![yes()]);
    let repo = asking(&server, ROWS);
    let config =
        "version: 1\ntrust: {hosts: {127.0.0.1: {key_env: DEPLOY_KEY, purposes: [provider]}}}\n";
    propose(&repo, &[("keelmark.yaml", config)]);
    let variables = [KEYED[0], ("DEPLOY_KEY", "the-key-to-everything")];
    keelmark_with(&repo, &["eval", "run", "golden"], &variables).exits(0);
    for request in server.received() {
        assert_eq!(request.headers["authorization"], format!("Bearer {KEY}"));
    }
    assert!(!format!("{:?}", server.received()).contains("the-key-to-everything"));
}

#[test]
fn a_program_with_other_arguments_is_the_program_that_the_base_trusts_and_no_other() {
    let repo = Registry { config: "trust: {commands: [bin/answer]}\n", ..Registry::default() };
    let repo = repo.found();
    for program in ["sh", "./bin/answer", "bin/../bin/answer", "/bin/sh", "bin/answer2"] {
        repo.checkout("main").try_run(&["branch", "-D", "work"]);
        let provider =
            format!("{{api: command, program: \"{program}\", args: [\"-c\", \"touch owned\"]}}");
        propose(&repo, &[(MODEL, &manifest(&provider))]);
        run(&repo, &[]).exits(2).says(&["is not in `trust.commands` at the base"]);
    }
    assert!(!repo.path().join("owned").exists());
}

#[test]
fn limits_are_those_of_the_base() {
    let server = Server::start(vec![yes()]);
    let trust = trusting(&server);
    let repo = Registry {
        rows: ROWS,
        provider: &at(&server.url()),
        model: PRICED,
        config: &format!("{trust}eval: {{max_cost_usd: 0.000001}}\n"),
        ..Registry::default()
    }
    .found();
    propose(
        &repo,
        &[("keelmark.yaml", &format!("version: 1\n{trust}eval: {{max_cost_usd: 100}}\n"))],
    );
    run(&repo, &[]).exits(3).says(&["cap"]);
    assert_eq!(server.connections(), 0);
}

/// A suite that passes one of two cases, with a bar of the base.
fn one_of_two(gates: &str) -> (Server, TestRepo) {
    let server = Server::answering(|_, request| {
        if super::asked(request).contains("one") { yes() } else { super::says("no") }
    });
    let repo = asking(&server, ROWS);
    repo.write(GATES, gates).stage(".").commit("bars");
    (server, repo)
}

#[test]
fn bars_that_a_change_removes_still_decide() {
    let gates = "gates:\n  - {metric: cost_usd, aggregate: max, bar: \"<= 0\"}\n  - {metric: exact, bar: \">= 0.1\"}\n";
    let (_server, repo) = one_of_two(gates);
    repo.branch("work").delete(GATES).stage(".").commit("no bars");
    run(&repo, &[]).exits(1);
    assert_eq!(verdict(&repo, "cost_usd").0, "fail");
}

#[test]
fn bars_still_decide_when_a_change_moves_the_registry_away_from_them() {
    let gates = "gates:\n  - {metric: cost_usd, aggregate: max, bar: \"<= 0\"}\n  - {metric: exact, bar: \">= 0.1\"}\n";
    let (server, repo) = one_of_two(gates);
    repo.branch("work").run(&["mv", "registry", "elsewhere"]);
    repo.write("elsewhere/policies/gates.yaml", "gates:\n  - {metric: exact, bar: \">= 0.1\"}\n");
    repo.write("keelmark.yaml", format!("version: 1\nregistry: elsewhere\n{}", trusting(&server)));
    repo.stage(".").commit("moved");
    run(&repo, &[]).exits(1);
    assert_eq!(verdict(&repo, "cost_usd").0, "fail");
}

#[test]
fn a_baseline_that_a_change_removes_or_moves_still_compares() {
    let gates = "gates:\n  - {metric: exact, bar: \">= 0.1\"}\nmargins: {cost_usd: 0.0}\n";
    let (server, repo) = one_of_two(gates);
    run(&repo, &[]).exits(0);
    crate::desk::keelmark(&repo, &["eval", "bless", "latest"]).exits(0);
    repo.stage(".").commit("bless");
    let baseline = "registry/baselines/golden/m.json";
    repo.branch("work").delete(baseline).stage(".").commit("no baseline");
    run(&repo, &[]);
    let digest = record(&repo)["baseline"].clone();
    assert!(digest.is_string(), "{digest}");
    repo.checkout("main").branch("moved").run(&["mv", "registry", "elsewhere"]);
    repo.write("keelmark.yaml", format!("version: 1\nregistry: elsewhere\n{}", trusting(&server)));
    repo.stage(".").commit("moved");
    run(&repo, &[]);
    assert_eq!(record(&repo)["baseline"], digest);
    assert_eq!(cases(&repo).len(), 2);
}
