//! Personal data: who may see them.

use super::judging::{both, judged};
use super::{KEYED, PRICED, questions, run, says, trusting};
use crate::desk::{Registry, keelmark_with};
use crate::server::Server;
use crate::support::TestRepo;

const ADDRESS: &str = "ada@example.com";
const FINE: &str = "{\"reason\": \"fine\", \"score\": 5}";

/// A model that tells an address, and a judge.
fn servers() -> (Server, Server) {
    let answer = format!("yes, write to {ADDRESS}");
    (Server::start(vec![says(&answer)]), Server::start(vec![says(FINE)]))
}

#[test]
fn a_judge_that_may_not_see_personal_data_gets_the_answer_without_them() {
    let (model, judge) = servers();
    let repo = judged(&model, &judge, &both(&model, &judge));
    run(&repo, &[]).exits(0);
    for question in questions(&judge) {
        assert!(question.contains("yes, write to [EMAIL]"), "{question}");
        assert!(!question.contains(ADDRESS), "{question}");
    }
    assert_eq!(judge.received().len(), 2);
}

#[test]
fn a_judge_that_may_see_them_gets_the_answer_as_it_is() {
    let (model, judge) = servers();
    let config = both(&model, &judge).replace("[judge]", "[judge], pii: present");
    let repo = judged(&model, &judge, &config);
    run(&repo, &[]).exits(0);
    for question in questions(&judge) {
        assert!(question.contains(ADDRESS), "{question}");
    }
}

#[test]
fn the_host_that_is_asked_decides_and_not_one_that_is_only_written() {
    let (model, judge) = servers();
    // The manifest names a host that may see everything; the variable leads to another one.
    let config = format!(
        "{}    \"127.0.0.1:1\": {{purposes: [judge], pii: present}}\n",
        both(&model, &judge)
    );
    let repo = judged(&model, &judge, &config);
    repo.write(
        "registry/models/critic/model.yaml",
        format!("id: critic\nversion: 1.0.0\nowner: ds\nprovider: {{api: openai, model: x, base_url: \"http://127.0.0.1:1\", base_url_env: OPENAI_BASE_URL}}\n{PRICED}"),
    );
    let url = judge.url();
    let variables = [KEYED[0], ("OPENAI_BASE_URL", url.as_str())];
    // The judge has another model now, so that its calibration is gone.
    keelmark_with(&repo, &["eval", "run", "golden"], &variables).exits(3);
    assert_eq!(judge.received().len(), 2);
    assert!(!questions(&judge).concat().contains(ADDRESS), "{:?}", questions(&judge));
}

/// A suite whose cases are a dataset that identifies people.
fn of_people(model: &str, config: &str) -> TestRepo {
    let repo = Registry { provider: model, model: PRICED, config, ..Registry::default() }.found();
    let rows = format!(
        "case_id,domain,input,expected,metric,pass_bar,guardrails,notes\nA-5031,,write to {ADDRESS},yes,contains,1,,\n"
    );
    repo.write(
        "registry/datasets/people/dataset.yaml",
        "id: people\nversion: 1.0.0\nowner: ds\nrow_key: case_id\nfiles: [{path: cases.csv}]\nlicense: CC-BY-4.0\nprovenance: {source: test, license: CC-BY-4.0, pii: present}\n",
    )
    .write("registry/datasets/people/cases.csv", rows);
    let suite = "registry/suites/golden/suite.yaml";
    let text = std::fs::read_to_string(repo.path().join(suite)).expect("a suite");
    repo.write(suite, text.replace("cases: cases.csv", "cases: dataset/people"));
    repo.delete("registry/suites/golden/cases.csv").stage(".").commit("people");
    repo
}

#[test]
fn a_dataset_about_people_is_not_sent_to_a_host_that_may_not_have_it() {
    let (model, _) = servers();
    let repo = of_people(&super::at(&model.url()), &trusting(&model));
    run(&repo, &[]).exits(2).says(&["`dataset/people` says `pii: present`", "trust.hosts"]);
    assert_eq!(model.connections(), 0);
}

#[test]
fn a_dataset_about_people_is_sent_to_a_host_that_may_have_it() {
    let (model, _) = servers();
    let config = trusting(&model).replace("[provider]", "[provider], pii: present");
    let repo = of_people(&super::at(&model.url()), &config);
    run(&repo, &[]).exits(0);
    assert_eq!(questions(&model), [format!("Answer: write to {ADDRESS}")]);
}

#[test]
fn a_change_does_not_let_personal_data_out() {
    let (model, _) = servers();
    let repo = of_people(&super::at(&model.url()), &trusting(&model));
    let config = trusting(&model).replace("[provider]", "[provider], pii: present");
    repo.branch("work").write("keelmark.yaml", format!("version: 1\n{config}"));
    repo.stage(".").commit("help myself");
    run(&repo, &[]).exits(2);
    assert_eq!(model.connections(), 0);
}

#[test]
fn the_vendors_own_host_may_have_them_where_the_base_says_so() {
    // Nobody is asked: the proxy of the test refuses.
    let proxy = Server::start(vec![crate::server::Reply::status(403, "")]);
    let config = "trust: {hosts: {api.openai.com: {key_env: MODEL_KEY, purposes: [provider], pii: present}}}\n";
    let repo = of_people("{api: openai, model: x}", config);
    let url = proxy.url();
    let variables = [KEYED[0], ("HTTPS_PROXY", url.as_str())];
    keelmark_with(&repo, &["eval", "run", "golden"], &variables).exits(3);
    assert_eq!(proxy.received()[0].line, "CONNECT api.openai.com:443 HTTP/1.1");
}
