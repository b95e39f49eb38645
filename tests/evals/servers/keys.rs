//! Keys: who gets them, and where they never are.

use super::{KEY, KEYED, PRICED, ROWS, asking, completion, everything_below, faults, run, says};
use crate::desk::{Registry, Said, cases, keelmark, keelmark_with, program};
use crate::server::{Reply, Server};
use crate::support::TestRepo;

/// Insists that the key is in nothing that was said or written.
#[track_caller]
fn nowhere(repo: &TestRepo, said: &Said) {
    assert!(!format!("{}{}", said.out, said.err).contains(KEY), "{said:?}");
    let written = everything_below(&repo.path().join(".keelmark"));
    assert!(!written.contains(KEY), "{written}");
}

#[test]
fn a_key_that_is_refused_measures_nothing_and_is_shown_nowhere() {
    for said in [format!("Bearer {KEY} is wrong"), format!("<html>{KEY}</html>")] {
        let body = serde_json::json!({"error": {"message": said}}).to_string();
        for body in [body, said] {
            let server = Server::start(vec![Reply::status(401, &body)]);
            let repo = asking(&server, ROWS);
            let said = run(&repo, &["-v"]).exits(3).says(&["does not accept the key (401)"]);
            assert_eq!(faults(&repo)[0].0, "refused");
            assert_eq!(server.received().len(), 2, "asking again would not help");
            assert_eq!(server.received()[0].headers["authorization"], format!("Bearer {KEY}"));
            nowhere(&repo, &said);
        }
    }
}

#[test]
fn a_key_that_is_not_set_is_named_and_nothing_is_sent() {
    let server = Server::start(vec![says("yes")]);
    let repo = asking(&server, ROWS);
    keelmark(&repo, &["eval", "run", "golden"]).exits(2).says(&["`MODEL_KEY`", "export MODEL_KEY"]);
    assert_eq!(server.connections(), 0);
}

#[test]
fn a_key_that_an_answer_repeats_is_written_nowhere() {
    // Whoever copied the key copied the end of its line as well.
    for value in [KEY.to_owned(), format!(" {KEY}\n")] {
        let server = Server::start(vec![says(&format!("yes, {KEY}"))]);
        let repo = asking(&server, "A,,one,yes,contains,1,,\n");
        let variables = [("MODEL_KEY", value.as_str())];
        let said = keelmark_with(&repo, &["eval", "run", "golden", "-v"], &variables).exits(0);
        assert_eq!(cases(&repo)[0]["answer"]["text"], "yes, ***");
        nowhere(&repo, &said);
    }
}

#[test]
fn a_key_that_is_in_no_answer_but_beside_it_is_written_nowhere() {
    let named = completion("yes")
        .replace("\"x-1\"", &format!("\"{KEY}\",\"system_fingerprint\":\"{KEY}\""));
    let server = Server::start(vec![Reply::ok(&named)]);
    let repo = asking(&server, ROWS);
    let said = run(&repo, &["-v"]).exits(0);
    nowhere(&repo, &said);
}

#[test]
fn the_key_of_another_host_is_written_nowhere() {
    // No key is sent with a script, so nobody but the record takes it out.
    let config = "trust: {hosts: {api.example.com: {key_env: MODEL_KEY, purposes: [provider]}}}\n";
    let repo =
        Registry { rows: "A,,one,yes,contains,1,,\n", config, ..Registry::default() }.found();
    repo.write(crate::desk::ANSWERS, format!("default: {{text: \"yes, {KEY}\"}}\n"));
    let value = format!(" {KEY}\n");
    let variables = [("MODEL_KEY", value.as_str())];
    let said = keelmark_with(&repo, &["eval", "run", "golden", "-v"], &variables).exits(0);
    assert_eq!(cases(&repo)[0]["answer"]["text"], "yes, [SECRET]");
    nowhere(&repo, &said);
}

#[test]
fn a_judge_that_may_see_personal_data_still_sees_no_key() {
    let model = Server::start(vec![says(&format!("yes, ada@example.com, {KEY}"))]);
    let judge = Server::start(vec![says("{\"reason\": \"fine\", \"score\": 5}")]);
    let config = super::judging::both(&model, &judge).replace("[judge]", "[judge], pii: present");
    let repo = super::judging::judged(&model, &judge, &config);
    run(&repo, &[]).exits(0);
    let asked = super::questions(&judge);
    assert!(asked[0].contains("ada@example.com"), "{asked:?}");
    assert!(!asked[0].contains(KEY), "{asked:?}");
}

/// A program that answers, and writes down all that it sees of the environment.
const SPY: &str = r#"import json, os, sys
open("seen", "w").write(json.dumps(dict(os.environ)))
for line in sys.stdin:
    print(json.dumps({"text": "yes", "usage": {"input": 1, "output": 1}}), flush=True)
"#;

#[test]
fn a_change_of_a_programs_arguments_shows_it_no_key() {
    let manifest = |args: &str| {
        format!(
            "id: m\nversion: 1.0.0\nowner: team\nprovider: {{api: command, program: python3, args: [{args}]}}\n{PRICED}"
        )
    };
    let repo = Registry {
        rows: ROWS,
        config: "trust:\n  commands: [python3]\n  env: [OTHER_SECRET]\n  hosts: {api.example.com: {key_env: MODEL_KEY, purposes: [provider]}}\n",
        ..Registry::default()
    }
    .found();
    repo.branch("work").write("spy.py", SPY);
    repo.write("registry/models/m/model.yaml", manifest("spy.py"));
    repo.stage(".").commit("spy");
    let variables = [KEYED[0], ("OTHER_SECRET", "another-secret-value")];
    let status = program(&repo, &["eval", "run", "golden"], &variables).status();
    assert_eq!(status.expect("the program").code(), Some(0));
    let seen = std::fs::read_to_string(repo.path().join("seen")).expect("it ran");
    assert!(!seen.contains(KEY) && !seen.contains("another-secret-value"), "{seen}");
}
