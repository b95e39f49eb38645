//! Two real systems over 1,319 problems, from their recorded answers.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::desk::{keelmark, run_json};
use crate::support::TestRepo;

fn data(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/gsm8k").join(name);
    fs::read_to_string(path).expect("data")
}

fn gsm8k(cases: usize) -> TestRepo {
    let repo = TestRepo::init();
    repo.write("keelmark.yaml", "version: 1\n")
        .write(
            "registry/prompts/solve/prompt.yaml",
            "id: solve\nversion: 1.0.0\nowner: research\nschema: {inputs: [problem], outputs: [answer]}\n",
        )
        .write("registry/prompts/solve/template.md", "{{ problem }}\n")
        .write(
            "registry/suites/gsm8k/suite.yaml",
            "id: gsm8k\nversion: 1.0.0\nowner: research\ncases: cases.csv\ntarget: prompt/solve\n\
             bind: {problem: input}\nmodels: [model/finetuned, model/verified]\n",
        )
        .write(
            "registry/suites/gsm8k/cases.csv",
            data("cases.csv").split_inclusive('\n').take(cases + 1).collect::<String>(),
        );
    for (id, file) in [
        ("finetuned", "responses-175b_finetuning.jsonl"),
        ("verified", "responses-6b_verification.jsonl"),
    ] {
        repo.write(
            &format!("registry/models/{id}/model.yaml"),
            format!(
                "id: {id}\nversion: 1.0.0\nowner: research\nprovider: {{api: replay, file: responses.jsonl}}\n"
            ),
        )
        .write(&format!("registry/models/{id}/responses.jsonl"), data(file));
    }
    repo.stage(".").commit("two systems");
    repo
}

fn metric<'a>(changes: &'a Value, name: &str) -> &'a Value {
    let metrics = changes["metrics"].as_array().expect("metrics");
    metrics.iter().find(|metric| metric["metric"] == name).unwrap_or_else(|| panic!("{changes:#}"))
}

fn close(value: &Value, expected: f64) {
    let value = value.as_f64().unwrap_or_else(|| panic!("{value} is no number"));
    assert!((value - expected).abs() < 1e-6, "{value} is not {expected}");
}

#[test]
fn two_recorded_systems_are_scored_and_compared_paired() {
    let repo = gsm8k(1319);
    // Every case has its own bar and most are missed, so the gate is closed for both.
    let document = keelmark(&repo, &["eval", "run", "gsm8k", "--format", "json"]).exits(1).json();
    let runs = document["runs"].as_array().expect("runs");
    assert_eq!(runs.len(), 2);
    let expected = [(457, 0.321_274, 0.372_567), (513, 0.362_981, 0.415_526)];
    for (run, (passed, low, high)) in runs.iter().zip(expected) {
        assert_eq!(run["counts"]["cases"], 1319);
        assert_eq!(run["counts"]["passed"], passed, "{}", run["model"]);
        let metrics = run["metrics"].as_array().expect("metrics");
        let regex = metrics.iter().find(|metric| metric["name"] == "regex").expect("regex");
        close(&regex["mean"]["value"], f64::from(passed) / 1319.0);
        close(&regex["mean"]["interval"]["low"], low);
        close(&regex["mean"]["interval"]["high"], high);
        assert_eq!(regex["mean"]["interval"]["method"], "wilson");
    }
    let (before, after) =
        (runs[0]["id"].as_str().expect("an id"), runs[1]["id"].as_str().expect("an id"));
    let compared =
        keelmark(&repo, &["eval", "compare", after, before, "--format", "json"]).exits(0).json();
    let changed = &compared["comparison"]["changes"];
    assert_eq!(changed["cases"], 1319, "{compared:#}");
    assert_eq!(changed["newly_failing"].as_array().map(Vec::len), Some(151));
    assert_eq!(changed["newly_passing"].as_array().map(Vec::len), Some(207));
    let regex = metric(changed, "regex");
    close(&regex["difference"], 0.042_456_406);
    close(&regex["mcnemar_p"], 0.003_651_243);
    // A replay of the record gives every score again.
    let replayed = keelmark(&repo, &["eval", "replay", after, "--format", "json"]).exits(0).json();
    assert_eq!(replayed["different"], Value::Array(Vec::new()));
    assert_eq!(replayed["equal"], 1319);
}

#[test]
fn fifty_cases_say_the_opposite_and_cannot_prove_it() {
    let repo = gsm8k(50);
    let document = keelmark(&repo, &["eval", "run", "gsm8k", "--format", "json"]).exits(1).json();
    let runs = document["runs"].as_array().expect("runs");
    let (before, after) =
        (runs[0]["id"].as_str().expect("an id"), runs[1]["id"].as_str().expect("an id"));
    let compared =
        keelmark(&repo, &["eval", "compare", after, before, "--format", "json"]).exits(0).json();
    let regex = metric(&compared["comparison"]["changes"], "regex");
    close(&regex["difference"], -0.04);
    close(&regex["mcnemar_p"], 0.774_414_062_5);
    let interval = &regex["interval"];
    assert!(interval["low"].as_f64() < Some(0.0) && interval["high"].as_f64() > Some(0.0));
}

#[test]
fn a_case_that_was_not_recorded_is_no_failed_answer() {
    let repo = gsm8k(20);
    let lines = data("responses-6b_verification.jsonl");
    let few: String = lines.split_inclusive('\n').take(10).collect();
    repo.write("registry/models/verified/responses.jsonl", few);
    let run = run_json(&repo, &["gsm8k", "--model", "model/verified"], 3);
    assert_eq!(run["counts"]["errors"], 10);
    let errors: Vec<&Value> = run["cases"]
        .as_array()
        .expect("cases")
        .iter()
        .filter(|case| case["outcome"] == "error")
        .collect();
    assert!(errors[0]["why"].as_str().expect("why").contains("GSM-0011"), "{}", errors[0]);
}
