//! What a run records, and what becomes of it when it is stopped, split, replayed or old.

use std::fs;
use std::io::Write as _;
use std::process::Command;

use keelmark::digest::Digest;
use serde_json::Value;

use crate::desk::{
    ANSWERS, PROGRAM, Registry, TEMPLATE, cases, keelmark, newest, program, run_json,
};
use crate::support::TestRepo;

/// A program that answers each call and writes down that it was asked. Before the case `HANG` it
/// makes the file `hanging` and waits until whoever asked is gone, however that came about; then it
/// makes the file `over`.
const PROVIDER: &str = r#"import json, sys
for line in sys.stdin:
    request = json.loads(line)
    with open("asked.log", "a") as log:
        log.write(request["case_id"] + "\n")
    if request["case_id"] == "HANG" and not __import__("os").path.exists("mended"):
        open("hanging", "w").close()
        sys.stdin.read()
        open("over", "w").close()
        sys.exit()
    print(json.dumps({"text": "yes", "usage": {"input": 10, "output": 2}}), flush=True)
"#;

fn asked(repo: &TestRepo) -> Vec<String> {
    let text = fs::read_to_string(repo.path().join("asked.log")).unwrap_or_default();
    text.lines().map(ToOwned::to_owned).collect()
}

/// A suite whose model is a real program with a price; the third of five cases hangs.
fn hanging() -> TestRepo {
    let repo = Registry {
        rows: "A,,one,yes,exact,1,,\nB,,two,yes,exact,1,,\nHANG,,three,yes,exact,1,,\nD,,four,yes,exact,1,,\nE,,five,yes,exact,1,,\n",
        provider: "{api: command, program: python3, args: [provider.py]}",
        model: "pricing: {input_per_mtok_usd: 1.0, output_per_mtok_usd: 2.0}\n",
        config: "trust: {commands: [python3]}\n",
        ..Registry::default()
    }
    .found();
    repo.write("provider.py", PROVIDER);
    repo
}

/// Starts a run with one call at a time and waits until the third case hangs.
fn start_and_wait(repo: &TestRepo) -> std::process::Child {
    let mut child =
        program(repo, &["eval", "run", "golden", "-j", "1"], &[]).spawn().expect("started");
    if !appears(repo, "hanging") {
        let _ = child.kill();
        panic!("the provider never came to the third case: {:?}", child.wait());
    }
    child
}

/// Waits for a file that the provider makes; nothing else can be waited on.
fn appears(repo: &TestRepo, name: &str) -> bool {
    let sign = repo.path().join(name);
    (0..30_000).any(|_| {
        std::thread::park_timeout(std::time::Duration::from_millis(1));
        sign.exists()
    })
}

#[test]
fn a_killed_run_goes_on_and_pays_nothing_twice() {
    let repo = hanging();
    let mut child = start_and_wait(&repo);
    child.kill().expect("killed");
    child.wait().expect("gone");
    assert!(appears(&repo, "over"), "the provider outlives who asked it");
    let record = fs::read_to_string(newest(&repo).join("run.json")).expect("a header");
    assert!(record.contains("\"status\": \"running\""), "{record}");
    // The second answer may still have been on its way to the record; it is in the cache.
    assert!((1..=2).contains(&cases(&repo).len()));
    // The last line may be half written.
    let file = newest(&repo).join("cases.jsonl");
    let mut half = fs::OpenOptions::new().append(true).open(&file).expect("the file");
    half.write_all(b"{\"index\":4,\"case\":\"E\"").expect("written");
    keelmark(&repo, &["eval", "list"]).exits(0).says(&["killed"]);
    repo.write("mended", "");
    let id = newest(&repo).file_name().expect("a name").to_string_lossy().into_owned();
    keelmark(&repo, &["eval", "run", "--resume", &id, "-j", "1"]).exits(0);
    assert_eq!(asked(&repo), ["A", "B", "HANG", "HANG", "D", "E"]);
    let names: Vec<Value> = cases(&repo).iter().map(|case| case["case"].clone()).collect();
    assert_eq!(names, ["A", "B", "HANG", "D", "E"]);
    keelmark(&repo, &["eval", "replay", "latest"]).exits(0).says(&["5 scores", "0 different"]);
}

#[test]
fn an_interrupted_run_saves_what_was_finished_and_exits_130() {
    let repo = hanging();
    let child = start_and_wait(&repo);
    let pid = child.id().to_string();
    let signal =
        |name: &str| Command::new("kill").args([name, &pid]).status().expect("kill").success();
    assert!(signal("-INT"));
    // The call in flight would hang for ever; the second Ctrl-C does not wait for it.
    let mut heard = child;
    let mut stderr = heard.stderr.take().expect("stderr");
    let mut said = [0_u8; 11];
    std::io::Read::read_exact(&mut stderr, &mut said).expect("it says that it heard");
    assert_eq!(&said, b"interrupted");
    assert!(signal("-INT"));
    assert_eq!(heard.wait().expect("gone").code(), Some(130));
    assert!((1..=2).contains(&cases(&repo).len()));
    repo.write("mended", "");
    keelmark(&repo, &["eval", "run", "--resume", "latest", "-j", "1"]).exits(0);
    assert_eq!(asked(&repo), ["A", "B", "HANG", "HANG", "D", "E"]);
}

#[test]
fn a_run_goes_on_only_with_what_it_began_with() {
    let repo = hanging();
    let mut child = start_and_wait(&repo);
    child.kill().expect("killed");
    child.wait().expect("gone");
    repo.write(TEMPLATE, "Answer well: {{ question }}\n");
    keelmark(&repo, &["eval", "run", "--resume", "latest"])
        .exits(2)
        .says(&["other content", "prompts or models"]);
}

#[test]
fn cached_answers_are_not_paid_again_and_are_no_measurement() {
    let repo = hanging();
    repo.write("mended", "");
    let first = run_json(&repo, &["golden"], 0);
    assert_eq!(asked(&repo).len(), 5);
    assert_eq!(first["totals"]["paid_micro_usd"], 5 * 14);
    assert!(
        first["metrics"].as_array().expect("metrics").iter().any(|m| m["name"] == "latency_ms")
    );
    let second = run_json(&repo, &["golden", "--offline"], 0);
    assert_eq!(asked(&repo).len(), 5);
    assert_eq!(second["totals"]["paid_micro_usd"], 0);
    assert_eq!(second["totals"]["cached"], 5);
    let metrics = second["metrics"].as_array().expect("metrics").clone();
    assert!(!metrics.iter().any(|m| m["name"] == "latency_ms"), "{metrics:#?}");
    // What an answer costs is known whoever paid for it.
    assert!(metrics.iter().any(|m| m["name"] == "cost_usd"));
    run_json(&repo, &["golden", "--no-cache"], 0);
    assert_eq!(asked(&repo).len(), 10);
}

#[test]
fn offline_names_a_miss_with_its_key_and_what_differs() {
    let repo = hanging();
    repo.write("mended", "");
    run_json(&repo, &["golden"], 0);
    repo.write(TEMPLATE, "Answer well: {{ question }}\n");
    let run = run_json(&repo, &["golden", "--offline"], 3);
    assert_eq!(run["counts"]["errors"], 5);
    let why = run["cases"][0]["why"].as_str().expect("why");
    assert!(why.contains("under the key") && why.contains("differs in its messages"), "{why}");
    assert_eq!(asked(&repo).len(), 5);
}

#[test]
fn the_cap_stops_before_the_next_call_and_the_run_goes_on_with_a_larger_one() {
    let repo = hanging();
    repo.write("mended", "");
    let model =
        fs::read_to_string(repo.path().join("registry/models/m/model.yaml")).expect("a model");
    repo.write(
        "registry/models/m/model.yaml",
        format!("{model}limits: {{max_output_tokens: 100}}\n"),
    );
    // One call can cost about 0.00025 dollars at the most, and does cost 0.000014.
    let said = keelmark(&repo, &["eval", "run", "golden", "-j", "1", "--max-cost", "0.00028"]);
    said.exits(3).says(&["cap of $0.00028", "--resume"]);
    let before = asked(&repo).len();
    assert!((1..5).contains(&before), "{before}");
    keelmark(&repo, &["eval", "run", "--resume", "latest", "--max-cost", "1"]).exits(0);
    assert_eq!(asked(&repo).len(), 5);
}

#[test]
fn a_model_without_prices_is_refused_because_nobody_could_cap_its_cost() {
    let repo = Registry {
        provider: "{api: command, program: python3, args: [provider.py]}",
        config: "trust: {commands: [python3]}\n",
        ..Registry::default()
    }
    .found();
    repo.write("provider.py", PROVIDER);
    keelmark(&repo, &["eval", "run", "golden"]).exits(2).says(&["has no prices", "pricing:"]);
    assert!(asked(&repo).is_empty());
    keelmark(&repo, &["eval", "plan", "golden"]).exits(0).says(&["unknown: no prices for model/m"]);
}

#[test]
fn shards_are_merged_to_what_one_machine_would_have_found() {
    let repo = Registry::default().found();
    repo.write(
        ANSWERS,
        "answers:\n  - {when: {case_id: B}, text: \"no\"}\ndefault: {text: \"yes\"}\n",
    );
    let whole = run_json(&repo, &["golden"], 1);
    let mut ids = Vec::new();
    for part in ["1/2", "2/2"] {
        let run = run_json(&repo, &["golden", "--shard", part], 0);
        assert_eq!(run["gates"], Value::Array(Vec::new()), "a part is not judged");
        ids.push(run["id"].as_str().expect("an id").to_owned());
    }
    let merged = keelmark(&repo, &["eval", "merge", &ids[1], &ids[0], "--format", "json"]);
    let merged = merged.exits(1).json();
    let merged = &merged["runs"][0];
    for part in ["counts", "gates", "metrics", "cases"] {
        assert_eq!(merged[part], whole[part], "{part}");
    }
    keelmark(&repo, &["eval", "merge", &ids[0]]).exits(3).says(&["parts are missing: 2/2"]);
    keelmark(&repo, &["eval", "merge", &ids[0], &ids[0], &ids[1]])
        .exits(2)
        .says(&["is in two of the runs"]);
    let whole = whole["id"].as_str().expect("an id");
    keelmark(&repo, &["eval", "merge", whole]).exits(2).says(&["--shard I/N"]);
}

#[test]
fn repeats_tell_stable_cases_from_flaky_ones() {
    let repo = Registry::default().found();
    repo.write(
        ANSWERS,
        "answers:\n  - {when: {case_id: B}, texts: [\"yes\", \"no\"]}\n  - {when: {case_id: C}, text: \"no\"}\ndefault: {text: \"yes\"}\n",
    );
    let run = run_json(&repo, &["golden", "--repeat", "4"], 1);
    let stability = &run["stability"];
    assert_eq!(stability["stable_pass"], 1, "{run:#}");
    assert_eq!(stability["stable_fail"], 1);
    assert_eq!(stability["flaky"].as_array().map(Vec::len), Some(1));
    assert_eq!(cases(&repo).len(), 12);
}

#[test]
fn a_record_that_was_changed_is_no_record() {
    let repo = Registry::default().found();
    run_json(&repo, &["golden"], 0);
    let file = newest(&repo).join("cases.jsonl");
    let text = fs::read_to_string(&file).expect("cases");
    fs::write(&file, text.replacen("\"exact\":1.0", "\"exact\":0.5", 1)).expect("written");
    for verb in ["show", "replay", "bless"] {
        keelmark(&repo, &["eval", verb, "latest"]).exits(4).says(&["not those that were recorded"]);
    }
    fs::write(&file, "not JSON\n").expect("written");
    keelmark(&repo, &["eval", "show", "latest"]).exits(4).says(&["cases.jsonl:1"]);
    fs::write(newest(&repo).join("run.json"), "{").expect("written");
    keelmark(&repo, &["eval", "show", "latest"]).exits(4).says(&["no run record"]);
    keelmark(&repo, &["eval", "list"]).exits(0).says(&["cannot be read"]);
}

#[test]
fn the_digest_of_the_cases_is_that_of_the_file_whatever_its_lines_end_with() {
    let repo = Registry::default().found();
    run_json(&repo, &["golden"], 0);
    let folder = newest(&repo);
    let file = folder.join("cases.jsonl");
    let text = fs::read_to_string(&file).expect("cases");
    let header = fs::read_to_string(folder.join("run.json")).expect("a header");
    let header: Value = serde_json::from_str(&header).expect("JSON");
    assert_eq!(header["cases_sha256"], Digest::of(text.as_bytes()).to_string());
    fs::write(&file, text.replace('\n', "\r\n")).expect("written");
    keelmark(&repo, &["eval", "replay", "latest"]).exits(0).says(&["3 scores"]);
    let (first, rest) = text.split_once('\n').expect("lines");
    fs::write(&file, format!("{rest}{first}\n")).expect("written");
    keelmark(&repo, &["eval", "replay", "latest"]).exits(4).says(&["not those"]);
}

#[test]
fn a_replay_finds_scores_that_do_not_follow_from_the_answers() {
    let repo = Registry::default().found();
    run_json(&repo, &["golden"], 0);
    let folder = newest(&repo);
    // Whoever forges scores forges the digest as well; arithmetic still finds it.
    let text = fs::read_to_string(folder.join("cases.jsonl")).expect("cases");
    let forged = text.replacen("\"exact\":1.0", "\"exact\":0.0", 1);
    assert_ne!(forged, text);
    fs::write(folder.join("cases.jsonl"), forged).expect("written");
    let header = fs::read_to_string(folder.join("run.json")).expect("a header");
    let mut header: Value = serde_json::from_str(&header).expect("JSON");
    header.as_object_mut().expect("a map").remove("cases_sha256");
    fs::write(folder.join("run.json"), header.to_string()).expect("written");
    keelmark(&repo, &["eval", "replay", "latest"])
        .exits(4)
        .says(&["1 different", "exact was recorded as 0 and is 1"]);
}

#[test]
fn a_replay_says_what_has_changed_since_the_run() {
    let repo = Registry::default().found();
    run_json(&repo, &["golden"], 0);
    repo.write(TEMPLATE, "Answer well: {{ question }}\n");
    keelmark(&repo, &["eval", "replay", "latest"])
        .exits(0)
        .says(&["changed since the run: prompt/ask was 1.0.0, is 1.0.0", "0 different"]);
    repo.delete("registry/suites/golden/suite.yaml");
    keelmark(&repo, &["eval", "replay", "latest"])
        .exits(0)
        .says(&["changed since the run: suite/golden cannot be read here any more"]);
}

#[test]
fn personal_data_and_keys_never_reach_the_record() {
    let repo = Registry {
        rows: "A,,write to ada@example.com,yes,contains,1,no_pii,\n",
        config: "trust: {hosts: {api.example.com: {key_env: SOME_KEY, purposes: [provider]}}}\n",
        ..Registry::default()
    }
    .found();
    repo.write(
        ANSWERS,
        "default: {text: \"yes, ada@example.com, card 4111 1111 1111 1111, key topsecret-0123456789\"}\n",
    );
    let output =
        program(&repo, &["eval", "run", "golden"], &[("SOME_KEY", "topsecret-0123456789")])
            .output()
            .expect("the program");
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    let folder = newest(&repo);
    for file in ["run.json", "cases.jsonl"] {
        let text = fs::read_to_string(folder.join(file)).expect("a file");
        for secret in ["ada@example.com", "4111", "topsecret"] {
            assert!(!text.contains(secret), "{file} holds {secret}:\n{text}");
        }
    }
    let case = &cases(&repo)[0];
    assert_eq!(case["scores"]["contains"], 1.0, "scores are taken on the raw answer");
    assert_eq!(case["guardrails"]["no_pii"]["hit"], true);
    let text = case["answer"]["text"].as_str().expect("text");
    assert!(
        text.contains("[EMAIL]") && text.contains("[CARD]") && text.contains("[SECRET]"),
        "{text}"
    );
    // What redaction touched is attested, not computed again.
    keelmark(&repo, &["eval", "replay", "latest"])
        .exits(0)
        .says(&["0 scores computed again", "2 attested"]);
}

#[test]
fn old_runs_and_answers_go_and_young_ones_stay() {
    let repo = hanging();
    repo.write("mended", "");
    run_json(&repo, &["golden"], 0);
    keelmark(&repo, &["eval", "gc"]).exits(0).says(&["removed 0 runs"]);
    let header = newest(&repo).join("run.json");
    let text = fs::read_to_string(&header).expect("a header");
    let mut value: Value = serde_json::from_str(&text).expect("JSON");
    value["created"] = "2020-01-01T00:00:00Z".into();
    fs::write(&header, value.to_string()).expect("written");
    keelmark(&repo, &["eval", "gc", "--dry-run"]).exits(0).says(&["would remove 1 runs"]);
    assert!(header.exists());
    keelmark(&repo, &["eval", "gc"]).exits(0).says(&["removed 1 runs"]);
    assert!(!header.exists());
}

#[test]
fn nothing_passes_because_there_was_nothing() {
    let empty = Registry { rows: "", ..Registry::default() }.found();
    keelmark(&empty, &["eval", "run", "golden"]).exits(2);
    let repo = Registry::default().found();
    keelmark(&repo, &["eval", "run", "golden", "--filter", "domain=nowhere"])
        .exits(2)
        .says(&["no case of `suite/golden` is selected"]);
    keelmark(&repo, &["eval", "run", "golden", "--filter", "nowhere"])
        .exits(2)
        .says(&["no filter"]);
    keelmark(&repo, &["eval", "run", "nosuch"]).exits(2);
    keelmark(&repo, &["eval", "run", "prompt/ask"]).exits(2).says(&["is no suite"]);
    keelmark(&repo, &["eval", "show", "nosuch"]).exits(2).says(&["there is no run"]);
    keelmark(&repo, &["eval", "run", "golden", "--shard", "3/2"]).exits(2);
    assert_eq!(run_json(&repo, &["golden", "--filter", "domain=faq"], 0)["counts"]["cases"], 2);
}

#[test]
fn a_work_tree_below_is_found_from_any_folder_and_git_never_sees_the_records() {
    let repo = Registry::default().found();
    let below = repo.path().join("registry/suites");
    let output = Command::new(PROGRAM)
        .args(["eval", "run", "golden"])
        .current_dir(below)
        .output()
        .expect("the program");
    assert!(output.status.success());
    assert_eq!(repo.run(&["status", "--porcelain"]), "");
}
