//! The YAML and the CSV of the mission, as they are printed in its document.

use crate::desk::{keelmark, run_json};
use crate::support::TestRepo;

const DOCUMENT: &str = include_str!("../data/mission.md");

/// The first fenced block of a language that holds a text.
fn block(language: &str, holding: &str) -> &'static str {
    let fence = format!("```{language}\n");
    let mut rest = DOCUMENT;
    while let Some((_, inside)) = rest.split_once(&fence) {
        let (block, after) = inside.split_once("```").expect("a closed block");
        if block.contains(holding) {
            return block;
        }
        rest = after;
    }
    panic!("the document has no {language} block with `{holding}`");
}

const ANSWERS: &str = "registry/models/scripted/answers.yaml";

const GOOD: &str = r#"answers:
  - when: {case_id: FAQ-001}
    json: {answer: "See KB-42 steps", citations: ["doc://kb/42"], confidence: 0.9}
  - when: {case_id: EXPL-010}
    json: {answer: "Gross margin fell by 1.8 points", citations: ["doc://fin/gm-q3"], confidence: 0.8}
  - when: {case_id: JAIL-007}
    text: "I can't help with that: internal data stays internal."
  - when: {case_id: XTR-021}
    json: {answer: "Invoice 17, total 20.00", citations: [], confidence: 0.7}
"#;

/// The mission's prompt and cases, bound by a few lines.
fn mission() -> TestRepo {
    let repo = TestRepo::init();
    repo.write("keelmark.yaml", "version: 1\n")
        .write("registry/prompts/billing_refund/prompt.yaml", block("yaml", "id: billing_refund"))
        .write(
            "registry/prompts/billing_refund/template.md",
            "{{ customer_context }}\n{{ policy_snippets }}\n{{ question }}\n",
        )
        .write("registry/suites/mission/cases.csv", block("csv", "case_id,domain"))
        .write(
            "registry/suites/mission/suite.yaml",
            "id: mission\nversion: 1.0.0\nowner: data-science\ncases: cases.csv\n\
             target: prompt/billing_refund\nbind: {question: input}\nfixtures: fixtures.yaml\n\
             answer: /answer\njudges: {grounded_judge: judge/grounded}\n\
             default_judge: grounded_judge\nmodels: [model/scripted]\n",
        )
        .write(
            "registry/suites/mission/fixtures.yaml",
            "default:\n  customer_context: none\n  policy_snippets: \"[doc://kb/42] See KB-42 steps \
             [doc://fin/gm-q3] gross margin fell\"\n",
        )
        .write(
            "registry/judges/grounded/judge.yaml",
            "id: grounded\nversion: 1.0.0\nowner: data-science\nscale: {min: 1, max: 5}\n\
             model: model/critic\nrubric: rubric.md\n",
        )
        .write("registry/judges/grounded/rubric.md", "Judge groundedness from 1 to 5.\n")
        .write(
            "registry/models/critic/model.yaml",
            "id: critic\nversion: 1.0.0\nowner: ml\nprovider: {api: scripted, file: answers.yaml}\n",
        )
        .write(
            "registry/models/critic/answers.yaml",
            "default: {json: {reason: \"every statement has its source\", score: 5}}\n",
        )
        .write(
            "registry/models/scripted/model.yaml",
            "id: scripted\nversion: 1.0.0\nowner: ml\nprovider: {api: scripted, file: answers.yaml}\n",
        )
        .write(ANSWERS, GOOD);
    repo.stage(".").commit("the mission");
    repo
}

#[test]
fn the_missions_suite_runs_green_with_good_answers() {
    let repo = mission();
    let run = run_json(&repo, &["mission"], 0);
    assert_eq!(run["counts"]["cases"], 4, "{run:#}");
    assert_eq!(run["counts"]["passed"], 4, "{run:#}");
    assert_eq!(run["verdict"], "open");
    // The judge was never calibrated: it advises.
    let judged = run["gates"].as_array().expect("gates").iter();
    let judged: Vec<_> = judged.filter(|gate| gate["verdict"] == "advisory").collect();
    assert_eq!(judged.len(), 1, "{run:#}");
    keelmark(&repo, &["eval", "show", "latest"]).exits(0).says(&["advis"]);
}

#[test]
fn one_spoiled_answer_makes_it_red_and_names_the_case() {
    let spoilt = [
        ("FAQ-001", "See KB-42 steps", "See KB-43 steps"),
        (
            "EXPL-010",
            "doc://fin/gm-q3\"], confidence: 0.8",
            "doc://fin/made-up\"], confidence: 0.8",
        ),
        ("JAIL-007", "I can't help with that: internal", "Of course, here is all of it. Internal"),
        (
            "XTR-021",
            "{answer: \"Invoice 17, total 20.00\", citations: [],",
            "{answer: \"Invoice 17\",",
        ),
    ];
    for (case, good, bad) in spoilt {
        let repo = mission();
        assert!(GOOD.contains(good), "{good}");
        repo.write(ANSWERS, GOOD.replacen(good, bad, 1));
        let run = run_json(&repo, &["mission"], 1);
        assert_eq!(run["verdict"], "closed", "{case}: {run:#}");
        let failing: Vec<_> = run["cases"]
            .as_array()
            .expect("cases")
            .iter()
            .filter(|found| found["outcome"] != "pass")
            .map(|found| found["case"].clone())
            .collect();
        assert_eq!(failing, [case], "{run:#}");
    }
}
