//! A changed text as a patch: from the blessed baseline to the line that cites a run.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::desk::{Ending, finding, rules};
use crate::support::TestRepo;

const PROMPT: &str = "registry/prompts/refund/prompt.yaml";
const TEMPLATE: &str = "registry/prompts/refund/template.md";
const ANSWERS: &str = "registry/models/script/answers.yaml";
const GATES: &str = "registry/policies/gates.yaml";
const SUITE: &str = "registry/suites/golden/suite.yaml";
const CASES: &str = "registry/suites/golden/cases.csv";
const BASELINE: &str = "registry/baselines/golden/script.json";
const EVIDENCE: &str = "registry/evidence";

/// The words of a bump that cites a run.
fn bump(run: &str) -> [&str; 6] {
    ["bump", "refund", "--level", "patch", "--evidence", run]
}

/// The cases of the suite; each asks for its own word.
fn cases() -> String {
    let rows = (0..60).map(|at| format!("C-{at:02},Support,word {at},yes,exact\n"));
    format!("case_id,domain,input,expected,metric\n{}", rows.collect::<String>())
}

/// A registry with a scripted model that answers `yes`, or `no` where the prompt says `Badly`; the
/// first two cases are answered otherwise where it says `Loosely`.
fn registry() -> TestRepo {
    let repo = TestRepo::init();
    repo.write(
        PROMPT,
        "id: refund\nversion: 1.0.0\nowner: team\nschema:\n  inputs: [question]\n  outputs: {text: {type: string}}\nmodel: model/script\nchangelog:\n  - \"1.0.0: first\"\n",
    )
    .write(TEMPLATE, "Answer: {{ question }}\n")
    .write(
        "registry/models/script/model.yaml",
        "id: script\nversion: 1.0.0\nowner: team\nprovider: {api: scripted, file: answers.yaml}\nchangelog: [\"1.0.0: first\"]\n",
    )
    .write(
        ANSWERS,
        "answers:\n  - {when: {prompt_contains: Badly}, text: \"no\"}\n  - {when: {prompt_contains: Loosely, case_id: C-00}, text: \"no\"}\n  - {when: {prompt_contains: Loosely, case_id: C-01}, text: \"no\"}\ndefault: {text: \"yes\"}\n",
    )
    .write(
        SUITE,
        "id: golden\nversion: 1.0.0\nowner: team\ncases: cases.csv\ntarget: prompt/refund\nbind: {question: input}\nchangelog: [\"1.0.0: first\"]\n",
    )
    .write(CASES, cases())
    .write(
        GATES,
        "gates:\n  - {metric: exact, aggregate: mean, bar: \">= 0.5\"}\nmargins: {exact: 0.1}\n",
    );
    repo.stage(".");
    repo.keelmark(&["seal"]).is(0);
    repo.stage(".");
    repo.keelmark(&["check", "--staged"]).is(0);
    repo.commit("publish");
    repo
}

/// The registry with a baseline of the published version, on a branch of its own.
fn blessed() -> TestRepo {
    let repo = registry();
    bless(&repo);
    repo.branch("topic");
    repo
}

/// Runs the suite on what is there, and returns the id of the run. `latest` will not do: runs of one
/// second have no order.
#[track_caller]
fn measure(repo: &TestRepo, code: i32) -> String {
    measure_with(repo, code, &[])
}

#[track_caller]
fn measure_with(repo: &TestRepo, code: i32, more: &[&str]) -> String {
    let ids = || -> BTreeSet<String> {
        let files = repo.files().into_keys();
        let paths = files.filter_map(|path| path.to_str().map(str::to_owned));
        let id = |path: String| {
            Some(path.strip_prefix(".keelmark/runs/")?.split_once('/')?.0.to_owned())
        };
        paths.filter_map(id).collect()
    };
    let before = ids();
    repo.keelmark(&[&["eval", "run", "golden"], more].concat()).is(code);
    let after = ids();
    let new: Vec<&String> = after.difference(&before).collect();
    assert_eq!(new.len(), 1, "{new:?}");
    new[0].clone()
}

/// Runs the suite on what is there, and has its baseline merged.
fn bless(repo: &TestRepo) {
    let run = measure(repo, 0);
    repo.keelmark(&["eval", "bless", &run]).is(0);
    repo.stage(".");
    repo.keelmark(&["check", "--staged"]).is(0);
    repo.commit("bless");
}

/// Changes the text and runs the suite on it.
#[track_caller]
fn rewrite(repo: &TestRepo, text: &str, code: i32) -> String {
    repo.write(TEMPLATE, format!("{text}: {{{{ question }}}}\n"));
    measure(repo, code)
}

/// The only evidence file.
fn evidence(repo: &TestRepo) -> String {
    let files: Vec<String> = repo
        .files()
        .into_keys()
        .filter_map(|path| path.to_str().map(str::to_owned))
        .filter(|path| path.starts_with(EVIDENCE))
        .collect();
    assert_eq!(files.len(), 1, "{files:?}");
    files[0].clone()
}

/// Insists that nothing in the tree changed, but for the records of runs.
#[track_caller]
fn refused(repo: &TestRepo, words: &[&str]) -> Ending {
    let before = repo.files();
    let ending = repo.keelmark(words);
    assert_eq!(repo.files(), before, "{ending}");
    ending
}

/// What the check of the index says where the evidence does not hold.
#[track_caller]
fn invalid(repo: &TestRepo, words: &str) {
    repo.stage(".");
    let report = repo.json(1, &["check", "--staged"]);
    let found = finding(&report, "evidence-invalid");
    let message = found["message"].as_str().expect("a message");
    assert!(message.contains(words), "{message}");
    assert!(rules(&report).contains(&"version-bump-insufficient"), "{:?}", rules(&report));
}

fn reasons(report: &Value) -> Vec<&str> {
    let reasons = report["entries"][0]["reasons"].as_array().expect("reasons");
    reasons.iter().map(|reason| reason["rule"].as_str().expect("a rule")).collect()
}

#[test]
fn a_text_that_is_no_worse_becomes_a_patch_that_cites_its_run() {
    let repo = blessed();
    let run = rewrite(&repo, "Answer briefly", 0);
    repo.keelmark(&["bump", "refund", "--level", "patch"])
        .is(1)
        .says("needs a minor step; patch is smaller")
        .says("`keelmark bump refund --level patch --evidence latest`");
    refused(&repo, &[&bump(&run)[..], &["--dry-run"]].concat())
        .is(0)
        .says("+version: 1.0.1")
        .says("keelmark.evidence.v1");
    repo.keelmark(&bump(&run)).is(0).says(
        "prompt/refund 1.0.0 → 1.0.1 (patch; `suite/golden` with `script`: `exact` changed by 0 (95 % interval",
    );
    let text = repo.read(PROMPT);
    let digest = evidence(&repo);
    let digest = digest.strip_prefix("registry/evidence/").and_then(|f| f.strip_suffix(".json"));
    let digest = digest.expect("a digest");
    assert!(text.contains(&format!("template changed [evidence run:{digest}]\"\n")), "{text}");
    // Running it again changes nothing, before and after `git add`, and so does a plain bump.
    refused(&repo, &bump(&run)).is(0).says("as they should be");
    refused(&repo, &["bump"]).is(0);
    repo.stage(".");
    refused(&repo, &bump(&run)).is(0).says("as they should be");
    let report = repo.json(0, &["check", "--staged"]);
    assert_eq!(report["entries"][0]["required"], "patch", "{report:#}");
    assert_eq!(reasons(&report), ["prompt-template-text-nonregressing"]);
    let note = finding(&report, "prompt-template-text-nonregressing");
    assert_eq!(note["severity"], "note");
    assert!(note["message"].as_str().expect("words").contains("`local`"), "{note}");
    repo.commit("brief");
    // Anybody can judge it again from the two trees: the records of runs are not needed.
    let records = (repo.path().join(".keelmark"), repo.beside("records"));
    std::fs::rename(&records.0, &records.1).expect("moved");
    repo.keelmark(&["check", "--rev", "HEAD"]).is(0);
    std::fs::rename(&records.1, &records.0).expect("moved back");
    // A new text of the line keeps the evidence; merged, it is history.
    repo.keelmark(&["bump", "refund", "-m", "says less"]).is(0);
    assert!(repo.read(PROMPT).contains(&format!("1.0.1: says less [evidence run:{digest}]")));
    repo.stage(".").commit("words");
    repo.checkout("main");
    repo.run(&["merge", "-q", "topic"]);
    repo.keelmark(&["check", "--all"]).is(0);
    refused(&repo, &bump(&run)).is(2).says("`prompt/refund` needs no evidence");
}

#[test]
fn evidence_goes_with_a_patch_of_a_named_entry() {
    let repo = blessed();
    let run = rewrite(&repo, "Answer briefly", 0);
    for words in [
        &["bump", "refund", "--evidence", &run][..],
        &["bump", "refund", "--level", "minor", "--evidence", &run],
        &["bump", "refund", "--to", "1.0.1", "--evidence", &run],
    ] {
        refused(&repo, words).is(2).says("`--evidence` goes with `--level patch`");
    }
    refused(&repo, &["bump", "--level", "patch", "--evidence", &run])
        .is(2)
        .says("`--evidence` needs an entry");
    refused(&repo, &["bump", "refund", "--level", "patch", "--evidence", "1999"])
        .is(2)
        .says("there is no run `1999`");
}

#[test]
fn a_line_that_cites_what_does_not_hold_is_refused_by_the_check() {
    let repo = blessed();
    let run = rewrite(&repo, "Answer briefly", 0);
    repo.keelmark(&bump(&run)).is(0);
    let (prompt, file) = (repo.read(PROMPT), evidence(&repo));
    let proof = repo.read(&file);
    let digest = file.rsplit('/').next().and_then(|f| f.strip_suffix(".json")).expect("a digest");

    let forged = "0".repeat(64);
    repo.write(PROMPT, prompt.replace(digest, &forged));
    invalid(&repo, &format!("`registry/evidence/{forged}.json` does not exist"));
    repo.write(&format!("registry/evidence/{forged}.json"), &proof);
    invalid(&repo, &format!("`registry/evidence/{forged}.json` was edited"));
    repo.delete(&format!("registry/evidence/{forged}.json"));
    repo.write(PROMPT, prompt.replace(digest, "abc"));
    invalid(&repo, "`abc` is no SHA-256 digest");
    repo.write(PROMPT, &prompt);

    repo.write(&file, proof.replacen("\"exact\":1.0", "\"exact\":0.0", 1));
    invalid(&repo, "was edited");
    repo.write(&file, "no JSON");
    invalid(&repo, "it is no evidence");
    repo.delete(&file);
    invalid(&repo, "does not exist");
    repo.write(&file, &proof);

    repo.write(TEMPLATE, "Answer at length: {{ question }}\n");
    invalid(&repo, "the run is of another `prompt/refund`");
    // Without other evidence the step is minor, and the line lets go of the old one.
    repo.keelmark(&["bump", "refund"]).is(0).says("1.0.0 → 1.1.0");
    assert!(!repo.read(PROMPT).contains("[evidence"), "{}", repo.read(PROMPT));
    repo.stage(".");
    repo.keelmark(&["check", "--staged"]).is(0);
    // Evidence that nobody needs is no fault.
    let unneeded = format!("template changed [evidence run:{digest}]\"");
    repo.edit(PROMPT, "template changed\"", &unneeded);
    repo.stage(".");
    let report = repo.json(0, &["check", "--staged"]);
    assert!(!rules(&report).contains(&"evidence-invalid"), "{:?}", rules(&report));
}

#[test]
fn the_bars_of_the_base_decide_when_it_is_checked() {
    let repo = registry();
    repo.edit(GATES, "exact: 0.1", "exact: 0.2").stage(".").commit("a larger margin");
    bless(&repo);
    repo.branch("topic");
    let run = rewrite(&repo, "Loosely answer", 0);
    repo.keelmark(&bump(&run)).is(0).says("changed by -0.0333 (95 % interval -0.1136 to 0.0");
    repo.stage(".").commit("loose");
    repo.keelmark(&["check", "--rev", "HEAD"]).is(0);
    repo.checkout("main");
    repo.edit(GATES, "exact: 0.2", "exact: 0.1").stage(".").commit("a smaller margin");
    repo.checkout("topic");
    repo.keelmark(&["check", "--rev", "HEAD"])
        .is(1)
        .says("evidence-invalid")
        .says("`exact` is not shown to be no worse");
}

#[test]
fn other_evidence_takes_the_place_of_the_old_one() {
    let repo = blessed();
    let run = rewrite(&repo, "Answer briefly", 0);
    repo.keelmark(&bump(&run)).is(0);
    let old = repo.read(PROMPT);
    repo.write(TEMPLATE, "Answer shortly: {{ question }}\n");
    refused(&repo, &bump(&run))
        .is(2)
        .says("the run is of another `prompt/refund`")
        .says("--changed`");
    let run = measure(&repo, 0);
    repo.keelmark(&bump(&run)).is(0);
    let new = repo.read(PROMPT);
    assert!(new.contains("version: 1.0.1\n") && new != old, "{new}");
    assert_eq!(new.matches("[evidence run:").count(), 1, "{new}");
    repo.stage(".");
    repo.keelmark(&["check", "--staged"]).is(0);
}

#[test]
fn a_text_that_is_worse_or_may_be_worse_is_refused() {
    let repo = blessed();
    let run = rewrite(&repo, "Badly answer", 1);
    refused(&repo, &bump(&run)).is(1).says("the gates closed on the run");
    let run = rewrite(&repo, "Loosely answer", 3);
    refused(&repo, &bump(&run))
        .is(3)
        .says("`exact` is not shown to be no worse: changed by -0.0333 (95 % interval")
        .says("--repeat 5");
    // Without a bar the margin alone decides.
    let repo = registry();
    repo.write(GATES, "gates: []\nmargins: {exact: 0.1}\n").stage(".").commit("no bar");
    bless(&repo);
    repo.branch("topic");
    repo.write(TEMPLATE, "Badly answer: {{ question }}\n");
    let run = measure(&repo, 1);
    refused(&repo, &bump(&run)).is(1).says("the gates closed on the run");
}

#[test]
fn without_margins_or_a_baseline_of_what_is_published_nothing_can_be_shown() {
    let repo = registry();
    repo.branch("topic");
    let run = rewrite(&repo, "Answer briefly", 0);
    refused(&repo, &bump(&run))
        .is(3)
        .says("the base has no baseline of `suite/golden` with `script`")
        .says("bless a run of the published version first");

    let repo = blessed();
    repo.checkout("main");
    repo.write(GATES, "gates:\n  - {metric: exact, aggregate: mean, bar: \">= 0.5\"}\n");
    repo.stage(".").commit("no margins");
    repo.branch("other");
    let run = rewrite(&repo, "Answer briefly", 0);
    refused(&repo, &bump(&run)).is(2).says("gates.yaml has no `margins`");
    // The change's own margins decide nothing.
    repo.write(GATES, "gates: []\nmargins: {exact: 1}\n");
    refused(&repo, &bump(&run)).is(2).says("gates.yaml has no `margins`");

    let repo = blessed();
    repo.checkout("main");
    repo.write(TEMPLATE, "Do answer: {{ question }}\n");
    repo.keelmark(&["bump", "refund"]).is(0);
    repo.stage(".").commit("published without a new baseline");
    repo.branch("other");
    let run = rewrite(&repo, "Answer briefly", 0);
    refused(&repo, &bump(&run))
        .is(3)
        .says("the baseline of `suite/golden` is not of the published `prompt/refund`");
}

#[test]
fn whatever_else_the_change_brings_decides_alone() {
    let repo = blessed();
    let inputs = "inputs: {question: {type: string}, locale: {type: string, required: false}}";
    repo.edit(PROMPT, "inputs: [question]", inputs);
    repo.write(TEMPLATE, "Answer in {{ locale }}: {{ question }}\n");
    let run = "latest";
    refused(&repo, &bump(run))
        .is(1)
        .says("evidence speaks of texts alone")
        .says("input-optional-added");

    // Another model, other cases and another suite would hide what the text does.
    let repo = blessed();
    repo.write(ANSWERS, "default: {text: \"yes\"}\n");
    let run = rewrite(&repo, "Answer briefly", 0);
    refused(&repo, &bump(&run)).is(3).says("`model/script` differs");
    let repo = blessed();
    repo.write(CASES, cases().replace("C-00,Support,word 0,yes,exact\n", ""));
    let run = rewrite(&repo, "Answer briefly", 0);
    refused(&repo, &bump(&run)).is(3).says("the run lacks `C-00`");
    let repo = blessed();
    rewrite(&repo, "Answer briefly", 0);
    let run = measure_with(&repo, 0, &["--filter", "id=C-0*"]);
    refused(&repo, &bump(&run)).is(2).says("the run is a part of its suite");
}

#[test]
fn a_number_that_others_took_is_left_to_them() {
    let repo = blessed();
    let run = rewrite(&repo, "Answer briefly", 0);
    repo.branch("release/1");
    repo.write(TEMPLATE, "Answer:  {{ question }}\n");
    repo.keelmark(&["bump", "refund"]).is(0).says("1.0.0 → 1.0.1");
    repo.stage("registry/prompts").commit("spaces");
    repo.checkout("topic");
    repo.write(TEMPLATE, "Answer briefly: {{ question }}\n");
    repo.keelmark(&bump(&run)).is(0).says("1.0.0 → 1.0.2");
    repo.stage(".");
    repo.keelmark(&["check", "--staged"]).is(0);
}

#[test]
fn a_change_never_blesses_its_own_baseline() {
    let repo = blessed();
    let run = rewrite(&repo, "Answer briefly", 0);
    repo.keelmark(&["eval", "bless", &run]).is(0);
    repo.keelmark(&["bump", "refund"]).is(0);
    repo.stage(".");
    let report = repo.json(1, &["check", "--staged"]);
    let found = finding(&report, "baseline-own");
    let message = found["message"].as_str().expect("a message");
    assert!(message.contains("prompt/refund → suite/golden"), "{message}");
    repo.keelmark(&["hook", "run", "pre-commit"]).is(1).says("baseline-own");
    // The bars, the model and the cases are no different; what nothing measures is.
    repo.run(&["reset", "-q", "--hard"]);
    let anew = repo.read(BASELINE).replace("  \"created\"", "   \"created\"");
    for (path, old, new, code) in [
        (GATES, "0.5", "0.4", 1),
        (ANSWERS, "yes", "yes!", 4),
        (SUITE, "owner: team", "owner: others", 1),
        (CASES, "word 1", "word 0", 4),
    ] {
        repo.write(BASELINE, &anew).edit(path, old, new);
        let report = repo.json(code, &["check"]);
        finding(&report, "baseline-own");
        repo.run(&["reset", "-q", "--hard"]);
    }
    repo.write(BASELINE, &anew).write("registry/README.md", "words\n").stage(".");
    repo.keelmark(&["check", "--staged"]).is(0);
}

#[test]
fn a_baseline_is_what_its_path_says() {
    let repo = blessed();
    let text = repo.read(BASELINE);
    let cases = [
        (BASELINE, "{".to_owned(), "is no baseline: EOF"),
        (BASELINE, text.replace(".v1\"", ".v2\""), "its schema is `keelmark.baseline.v2`"),
        (
            "registry/baselines/golden/other.json",
            text.clone(),
            "it is of `suite/golden` with `script`, which belongs at `registry/baselines/golden/script.json`",
        ),
        (BASELINE, text.replace("suite/golden", "suite/Gold"), "is not an id"),
    ];
    for (path, bytes, words) in cases {
        repo.write(path, bytes).stage(".");
        let report = repo.json(1, &["check", "--staged"]);
        let message = finding(&report, "baseline-invalid")["message"].clone();
        assert!(message.as_str().expect("a message").contains(words), "{message}");
        repo.run(&["reset", "-q", "--hard"]);
    }
    repo.keelmark(&["check", "--all"]).is(0);
}

#[test]
fn the_answers_of_a_scripted_model_are_part_of_it() {
    let repo = registry();
    let sealed = repo.read("registry/models/script/model.yaml");
    let digest = keelmark::digest::Digest::of(repo.read(ANSWERS).as_bytes());
    assert!(sealed.contains(&format!("answers.yaml: \"{digest}\"")), "{sealed}");
    repo.edit(ANSWERS, "text: \"yes\"", "text: \"yes!\"");
    let report = repo.json(4, &["check"]);
    assert_eq!(report["entries"][0]["entry"], "model/script", "{report:#}");
    assert!(rules(&report).contains(&"version-unchanged"), "{:?}", rules(&report));
    repo.keelmark(&["bump", "script"]).is(0).says("1.0.0 → 1.1.0");
    repo.stage(".");
    repo.keelmark(&["check", "--staged"]).is(0);
}
