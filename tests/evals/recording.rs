//! Runs that go into the ledger: what is kept, what others can prove with it, what is refused.

use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use keelmark::digest::Digest;
use serde_json::Value;

use crate::desk::{ANSWERS, GATES, Registry, TEMPLATE, keelmark, newest, program, run_json};
use crate::support::TestRepo;

const EVIDENCE: &str = "refs/heads/keelmark/evidence";
const LEDGER: &str = "refs/heads/keelmark/ledger";
const RULE: &str = "gates: [{category: exactness, metric: exact, bar: \">= 0.5\"}]\n";

/// A registry with gates, whose author git knows.
fn registry() -> TestRepo {
    let repo = Registry::default().found();
    known(&repo);
    repo.commit_file(GATES, RULE);
    repo
}

fn known(repo: &TestRepo) {
    repo.run(&["config", "user.name", "Ada"]);
    repo.run(&["config", "user.email", "ada@example.com"]);
}

/// A bare remote with the registry, and a clone of it.
fn behind_a_remote() -> (TestRepo, TestRepo) {
    let source = registry();
    let remote = source.beside("remote.git");
    source.run(&["clone", "-q", "--bare", ".", remote.to_str().expect("UTF-8")]);
    source.run(&["remote", "add", "origin", remote.to_str().expect("UTF-8")]);
    let clone = clone(&source);
    (source, clone)
}

/// A fresh clone of the remote.
fn clone(source: &TestRepo) -> TestRepo {
    let clone = TestRepo::clone_of(source, &[]);
    let remote = source.beside("remote.git");
    clone.run(&["remote", "set-url", "origin", remote.to_str().expect("UTF-8")]);
    clone.run(&["fetch", "-q", "origin"]);
    known(&clone);
    clone
}

fn gunzip(bytes: &[u8]) -> Vec<u8> {
    filter(&["gzip", "-dc"], bytes)
}

/// Runs a program that reads and writes bytes.
fn filter(words: &[&str], bytes: &[u8]) -> Vec<u8> {
    let mut child = Command::new(words[0])
        .args(&words[1..])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program");
    let mut to = child.stdin.take().expect("a pipe");
    let bytes = bytes.to_vec();
    let writer = std::thread::spawn(move || to.write_all(&bytes));
    let mut out = Vec::new();
    child.stdout.take().expect("a pipe").read_to_end(&mut out).expect("bytes");
    writer.join().expect("a writer").expect("written");
    assert!(child.wait().expect("an end").success(), "{words:?}");
    out
}

/// The packs on a branch, with plain git: their paths.
fn packs(repo: &TestRepo, branch: &str) -> Vec<String> {
    let listed = repo.run(&["ls-tree", "-r", "--name-only", branch]);
    listed.lines().map(ToOwned::to_owned).collect()
}

/// The records on a branch, with plain git, the oldest first.
fn records(repo: &TestRepo, branch: &str) -> Vec<Value> {
    let commits = repo.run(&["rev-list", "--reverse", branch]);
    let mut records = Vec::new();
    for commit in commits.lines() {
        let words = ["diff-tree", "--root", "--no-commit-id", "-r", "--name-only", commit];
        let added = repo.run(&words);
        let added: Vec<&str> = added.lines().collect();
        assert_eq!(added.len(), 1, "one record a commit: {added:?}");
        let text = repo.run(&["show", &format!("{commit}:{}", added[0])]);
        records.push(serde_json::from_str(&text).expect("JSON"));
    }
    records
}

fn kinds(records: &[Value]) -> Vec<&str> {
    records.iter().map(|record| record["kind"].as_str().expect("a kind")).collect()
}

/// Neither branch exists.
#[track_caller]
fn nothing_is_recorded(repo: &TestRepo) {
    assert_eq!(repo.run(&["for-each-ref", EVIDENCE, LEDGER]), "");
}

#[test]
fn a_recorded_run_is_proven_again_from_a_fresh_clone_until_its_pack_expires() {
    let (source, repo) = behind_a_remote();
    keelmark(&repo, &["eval", "run", "golden", "--record", "--push"]).exits(0).says(&["recorded"]);
    // With plain git: one pack, named by what is in it; a run and its gate.
    let found = packs(&repo, EVIDENCE);
    assert_eq!(found.len(), 1, "{found:?}");
    let bytes = gunzip(&repo.run_bytes(&["show", &format!("{EVIDENCE}:{}", found[0])]));
    let digest = Digest::of(&bytes);
    assert_eq!(found[0], format!("packs/{digest}.jsonl.gz"));
    let lines: Vec<Value> = String::from_utf8(bytes)
        .expect("UTF-8")
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(lines[0]["schema"], "keelmark.run.v1");
    let cases: Vec<&str> = lines[1..].iter().filter_map(|line| line["case"].as_str()).collect();
    assert_eq!(cases, ["A", "B", "C"]);
    let kept = records(&repo, LEDGER);
    assert_eq!(kinds(&kept), ["run", "gate"]);
    let (run, gate) = (&kept[0]["payload"], &kept[1]["payload"]);
    assert_eq!(run["pack"], digest.to_string());
    assert_eq!(run["digest"], gate["digest"]);
    assert_eq!(run["commit"], repo.rev("HEAD"));
    assert_eq!(run["extent"]["domains"], serde_json::json!({"faq": 2, "other": 1}));
    assert_eq!(gate["decision"], "pass");
    assert_eq!(gate["verdicts"][0]["metric"], "exact");
    // No answer, no question, no case stands in the ledger.
    let text = format!("{run} {gate}");
    for word in ["\"yes\"", "three", "\"A\""] {
        assert!(!text.contains(word), "{word} in {text}");
    }
    // Somebody else proves it from a fresh clone, without any run of their own.
    let fresh = clone(&source);
    let run_id = run["run"].as_str().expect("an id");
    for name in [run_id, &digest.to_string(), &format!("sha256:{digest}")] {
        let said = keelmark(&fresh, &["eval", "replay", name]).exits(0);
        said.says(&["3 scores computed again and equal", "1 gates computed again and equal"]);
    }
    let json = keelmark(&fresh, &["eval", "replay", run_id, "--format", "json"]).exits(0).json();
    assert_eq!((&json["equal"], &json["id"]), (&3.into(), &run_id.into()), "{json:#}");
    // The pack goes; the ledger stays what it is, and says what is left.
    repo.run(&["checkout", "-q", "keelmark/evidence"]);
    repo.run(&["rm", "-q", &found[0]]);
    repo.run(&["commit", "-q", "-m", "the raw answers expired"]);
    repo.run(&["push", "-q", "origin", "keelmark/evidence"]);
    let fresh = clone(&source);
    keelmark(&fresh, &["eval", "replay", run_id])
        .exits(3)
        .says(&["raw expired, scores attested", "keelmark ledger show"]);
    keelmark(&fresh, &["ledger", "verify"]).exits(0);
    repo.run(&["push", "-q", "origin", "--delete", "keelmark/evidence"]);
    let fresh = clone(&source);
    keelmark(&fresh, &["eval", "replay", run_id]).exits(3).says(&["scores attested"]);
    keelmark(&fresh, &["ledger", "verify"]).exits(0);
}

#[test]
fn a_run_is_recorded_later_and_only_once() {
    let (_source, repo) = behind_a_remote();
    run_json(&repo, &["golden"], 0);
    nothing_is_recorded(&repo);
    let planned = keelmark(&repo, &["eval", "record", "latest", "--dry-run"]).exits(0);
    planned.says(&["would be recorded"]);
    nothing_is_recorded(&repo);
    let words = ["eval", "record", "latest", "--format", "json"];
    let first = keelmark(&repo, &words).exits(0).json();
    assert_eq!((&first["new"], &first["pushed"]), (&true.into(), &false.into()), "{first:#}");
    let again = keelmark(&repo, &words).exits(0).json();
    assert_eq!(again["new"], false, "{again:#}");
    for key in ["run", "digest", "pack", "run_record", "gate_record"] {
        assert_eq!(first[key], again[key], "{key}");
    }
    assert_eq!(kinds(&records(&repo, LEDGER)), ["run", "gate"]);
    // What is recorded already can still be pushed, pack and all.
    keelmark(&repo, &["eval", "record", "latest", "--push"]).exits(0).says(&["already"]);
    for branch in [EVIDENCE, LEDGER] {
        let there = repo.run(&["ls-remote", "origin", branch]);
        assert!(there.starts_with(&repo.rev(branch)), "{there}");
    }
    // A pack that was removed is kept anew; the ledger gets no second record.
    repo.run(&["update-ref", "-d", EVIDENCE]);
    repo.run(&["push", "-q", "origin", "--delete", "keelmark/evidence"]);
    keelmark(&repo, &["eval", "record", "latest", "--push"]).exits(0);
    assert_eq!(packs(&repo, EVIDENCE).len(), 1);
    assert_eq!(kinds(&records(&repo, LEDGER)), ["run", "gate"]);
}

#[test]
fn closed_gates_are_decisions_too() {
    let repo = registry();
    repo.commit_file(ANSWERS, "default: {text: \"no\", usage: {input: 10, output: 2}}\n");
    keelmark(&repo, &["eval", "run", "golden", "--record"]).exits(1).says(&["is recorded"]);
    let kept = records(&repo, LEDGER);
    assert_eq!(kept[1]["payload"]["decision"], "fail");
    assert_eq!(kept[1]["payload"]["verdicts"][0].get("offenders"), None);
}

#[test]
fn what_proves_nothing_to_others_is_refused_before_it_is_run() {
    type Change = fn(&TestRepo);
    let table: [(&str, Change, &[&str], &str, &str); 8] = [
        (
            "a dirty tree",
            |repo| {
                repo.write(TEMPLATE, "Answer this: {{ question }}\n");
            },
            &[],
            "is in no commit",
            "commit it and run the suite again",
        ),
        (
            "a dirty tree that says it is for a release",
            |repo| {
                repo.write(TEMPLATE, "Answer this: {{ question }}\n");
            },
            &["--when", "release"],
            "is in no commit",
            "--rev",
        ),
        ("a pull request", |_| {}, &["--when", "pr"], "`pr` are not recorded", "after the merge"),
        (
            "a commit of a branch",
            |repo| {
                repo.branch("topic").commit_file(TEMPLATE, "Answer this: {{ question }}\n");
            },
            &[],
            "is on no published branch",
            "--when merge",
        ),
        ("some cases", |_| {}, &["--filter", "id=A"], "--record", "--filter"),
        ("a part", |_| {}, &["--shard", "1/2"], "--record", "--shard"),
        (
            "nobody",
            |repo| {
                repo.run(&["config", "--unset", "user.email"]);
            },
            &[],
            "email address",
            "user.email",
        ),
        (
            "no remote to push to",
            |repo| drop(repo.run(&["remote", "remove", "origin"])),
            &["--push"],
            "no remote `origin`",
            "git remote add",
        ),
    ];
    for (what, change, more, message, hint) in table {
        let (_source, repo) = behind_a_remote();
        change(&repo);
        let words = [&["eval", "run", "golden", "--record"], more].concat();
        let said = keelmark(&repo, &words).says(&[message, hint]);
        assert_eq!(said.code, if what == "nobody" { 3 } else { 2 }, "{what}: {said:?}");
        let runs = fs::read_dir(repo.path().join(".keelmark/runs"));
        assert_eq!(runs.map_or(0, Iterator::count), 0, "{what}: it was run");
        nothing_is_recorded(&repo);
    }
}

#[test]
fn a_commit_of_a_branch_counts_where_it_decides_a_merge_or_a_release() {
    for tier in ["merge", "release"] {
        let (_source, repo) = behind_a_remote();
        repo.branch("topic").commit_file(TEMPLATE, "Answer this: {{ question }}\n");
        keelmark(&repo, &["eval", "run", "golden", "--record", "--when", tier]).exits(0);
        assert_eq!(records(&repo, LEDGER)[0]["payload"]["tier"], tier);
    }
}

type Forge = fn(&str, &str) -> (String, String);

#[test]
fn a_run_that_does_not_follow_from_its_cases_is_not_recorded() {
    let repo = registry();
    run_json(&repo, &["golden"], 0);
    let folder = newest(&repo);
    let (cases, header) = (folder.join("cases.jsonl"), folder.join("run.json"));
    let honest = (read(&cases), read(&header));
    let forgeries: [(&str, Forge, &str); 3] = [
        (
            "a score",
            |cases, header| {
                (cases.replacen("\"exact\":1.0", "\"exact\":0.5", 1), header.to_owned())
            },
            "`exact` was recorded as 0.5 and is 1",
        ),
        (
            "an answer",
            |cases, header| {
                (cases.replacen("\"text\":\"yes\"", "\"text\":\"no\"", 1), header.to_owned())
            },
            "`exact` was recorded as 1 and is 0",
        ),
        (
            "a verdict",
            |cases, header| {
                let forged = header.replacen("\"verdict\": \"pass\"", "\"verdict\": \"fail\"", 1);
                (cases.to_owned(), forged)
            },
            "gate 1 (`exact`) was recorded as",
        ),
    ];
    for (what, forge, expected) in forgeries {
        let (forged, mut head) = forge(&honest.0, &honest.1);
        assert_ne!((&forged, &head), (&honest.0, &honest.1), "{what}");
        // Whoever forges makes the digest fit.
        let (old, new) = (Digest::of(honest.0.as_bytes()), Digest::of(forged.as_bytes()));
        head = head.replace(&old.to_string(), &new.to_string());
        fs::write(&cases, forged).expect("written");
        fs::write(&header, head).expect("written");
        keelmark(&repo, &["eval", "record", "latest"]).exits(4).says(&[expected]);
        nothing_is_recorded(&repo);
    }
    fs::write(&cases, &honest.0).expect("written");
    fs::write(&header, &honest.1).expect("written");
    keelmark(&repo, &["eval", "record", "latest"]).exits(0);
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).expect("UTF-8")
}

#[test]
fn a_forged_pack_is_found() {
    let repo = registry();
    run_json(&repo, &["golden", "--record"], 0);
    let path = packs(&repo, EVIDENCE).remove(0);
    let run = records(&repo, LEDGER)[0]["payload"]["run"].as_str().expect("an id").to_owned();
    fs::remove_dir_all(repo.path().join(".keelmark")).expect("removed");
    let honest = gunzip(&repo.run_bytes(&["show", &format!("{EVIDENCE}:{path}")]));
    let honest = String::from_utf8(honest).expect("UTF-8");
    let forged = honest.replacen("\"exact\":1.0", "\"exact\":0.0", 1);
    assert_ne!(forged, honest);
    let put = |bytes: &[u8]| {
        repo.run(&["checkout", "-q", "keelmark/evidence"]);
        repo.write(&path, filter(&["gzip", "-c"], bytes));
        repo.stage(".").commit("another pack");
        repo.run(&["checkout", "-q", "main"]);
    };
    put(forged.as_bytes());
    keelmark(&repo, &["eval", "replay", &run])
        .exits(4)
        .says(&["the pack of the run", "its content has the digest"]);
    keelmark(&repo, &["ledger", "verify"]).exits(0);
    // Whatever compressed it, the same content is the same pack.
    put(honest.as_bytes());
    keelmark(&repo, &["eval", "replay", &run]).exits(0);
}

#[test]
fn two_clones_record_at_once_and_nothing_is_lost() {
    let (source, one) = behind_a_remote();
    let two = clone(&source);
    run_json(&one, &["golden", "--record"], 0);
    keelmark(&two, &["eval", "run", "golden", "--record", "--push", "--repeat", "2"]).exits(0);
    // The first clone comes late, with records and a pack that were made on nothing.
    keelmark(&one, &["eval", "record", "latest", "--push"]).exits(0);
    let fresh = clone(&source);
    let (evidence, ledger) = ("origin/keelmark/evidence", "origin/keelmark/ledger");
    assert_eq!(packs(&fresh, evidence).len(), 2);
    assert_eq!(kinds(&records(&fresh, ledger)), ["run", "gate", "run", "gate"]);
    let subjects = fresh.run(&["log", "--format=%s", evidence]);
    assert_eq!(subjects.lines().count(), 2, "one commit a pack: {subjects}");
    keelmark(&fresh, &["ledger", "verify"]).exits(0);
}

#[test]
fn a_remote_that_refuses_leaves_nothing_half_done_and_is_asked_again() {
    let (source, repo) = behind_a_remote();
    let hook = source.beside("remote.git").join("hooks/update");
    fs::create_dir_all(hook.parent().expect("a folder")).expect("a folder");
    fs::write(&hook, "#!/bin/sh\necho \"ask the release team\"\nexit 1\n").expect("written");
    fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).expect("executable");
    keelmark(&repo, &["eval", "run", "golden", "--record", "--push"])
        .exits(1)
        .says(&["refused", "ask the release team"]);
    nothing_is_recorded(&repo);
    fs::remove_file(&hook).expect("removed");
    keelmark(&repo, &["eval", "record", "latest", "--push"]).exits(0);
    assert_eq!(kinds(&records(&repo, LEDGER)), ["run", "gate"]);
}

#[test]
fn records_are_signed_where_git_has_a_key() {
    let repo = registry();
    run_json(&repo, &["golden"], 0);
    repo.run(&["config", "gpg.format", "ssh"]);
    keelmark(&repo, &["eval", "record", "latest", "--sign"]).exits(3).says(&["user.signingKey"]);
    nothing_is_recorded(&repo);
    let key = repo.beside("key");
    let made = Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-C", "ada", "-N", "", "-f"])
        .arg(&key)
        .output()
        .expect("ssh-keygen");
    assert!(made.status.success(), "{made:?}");
    repo.run(&["config", "user.signingKey", key.to_str().expect("UTF-8")]);
    keelmark(&repo, &["eval", "record", "latest", "--sign"]).exits(0).says(&["signed"]);
    for record in records(&repo, LEDGER) {
        assert_eq!(record["signature"]["format"], "ssh", "{record:#}");
        let text = record["signature"]["text"].as_str().expect("a signature");
        assert!(text.starts_with("-----BEGIN SSH SIGNATURE-----"), "{text}");
    }
}

#[test]
fn a_run_that_has_not_finished_or_is_a_part_is_not_recorded_later_either() {
    let repo = registry();
    run_json(&repo, &["golden", "--filter", "id=A"], 0);
    keelmark(&repo, &["eval", "record", "latest"]).exits(2).says(&["some cases", "--filter"]);
    run_json(&repo, &["golden", "--shard", "1/2"], 0);
    keelmark(&repo, &["eval", "record", "latest"]).exits(2).says(&["a part", "eval merge"]);
    nothing_is_recorded(&repo);
    let repo = registry();
    run_json(&repo, &["golden"], 0);
    let header = newest(&repo).join("run.json");
    let text = read(&header).replace("\"status\": \"finished\"", "\"status\": \"interrupted\"");
    fs::write(&header, text).expect("written");
    keelmark(&repo, &["eval", "record", "latest"]).exits(2).says(&["has not finished", "--resume"]);
    nothing_is_recorded(&repo);
}

#[test]
fn a_run_that_was_judged_by_other_gates_is_run_again() {
    let repo = registry();
    run_json(&repo, &["golden"], 0);
    repo.commit_file(GATES, RULE.replace("0.5", "0.9"));
    keelmark(&repo, &["eval", "record", "latest"])
        .exits(2)
        .says(&["judged by other gates", "run the suite again"]);
    nothing_is_recorded(&repo);
}

#[test]
fn the_demo_is_measured_recorded_and_proven_again() {
    let repo = TestRepo::init();
    let demo = repo.beside("demo");
    let place = demo.to_str().expect("UTF-8");
    keelmark(&repo, &["init", "--demo", place]).exits(0);
    let git = |words: &[&str]| {
        let output = repo.command_in(&demo, words).output().expect("git");
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    };
    let keelmark = |words: &[&str]| keelmark(&repo, &[&["-C", place], words].concat());
    git(&["config", "user.name", "Ada"]);
    git(&["config", "user.email", "ada@example.com"]);
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    let packs = || text(git(&["ls-tree", "-r", "--name-only", EVIDENCE]));
    let before = packs();
    keelmark(&["eval", "run", "support_golden", "--record"]).exits(0).says(&["is recorded"]);
    let after = packs();
    let fresh: Vec<&str> = after.lines().filter(|path| !before.contains(path)).collect();
    assert_eq!(fresh.len(), 1, "one pack more: {after}");
    let path = fresh.concat();
    let pack = gunzip(&git(&["show", &format!("{EVIDENCE}:{path}")]));
    assert_eq!(path, format!("packs/{}.jsonl.gz", Digest::of(&pack)));
    assert_eq!(text(pack).lines().count(), 9, "a header and eight cases");
    let subjects = text(git(&["log", "--format=%s", "-2", LEDGER]));
    assert_eq!(subjects, "gate: suite/support_golden@1.0.0\nrun: suite/support_golden@1.0.0\n");
    let ledger = text(git(&["grep", "-h", "-e", "", LEDGER]));
    for word in ["KB-42", "REF-001", "refund within"] {
        assert!(!ledger.contains(word), "`{word}` stands in the ledger");
    }
    fs::remove_dir_all(demo.join(".keelmark/runs")).expect("removed");
    let digest = path.trim_start_matches("packs/").split('.').next().expect("a digest");
    keelmark(&["eval", "replay", digest])
        .exits(0)
        .says(&["0 different", "9 gates computed again and equal"]);
    git(&["branch", "-D", "keelmark/evidence"]);
    keelmark(&["eval", "replay", digest]).exits(3).says(&["raw expired, scores attested"]);
    keelmark(&["ledger", "verify"]).exits(0);
}

#[test]
fn a_crash_at_any_step_loses_nothing_and_recording_again_ends_where_it_should() {
    let steps = [
        "evidence:objects-written",
        "evidence:before-ref",
        "evidence:kept",
        "ledger:objects-written",
        "ledger:before-push",
        "ledger:after-push",
        "ledger:before-refs",
        "ledger:after-refs",
    ];
    for step in steps {
        let (source, repo) = behind_a_remote();
        run_json(&repo, &["golden"], 0);
        let words = ["eval", "record", "latest", "--push"];
        let crash = [("KEELMARK_CRASH_AT", step)];
        let ended = program(&repo, &words, &crash).output().expect("the program");
        assert_eq!(ended.status.code(), None, "{step} was not reached: {ended:?}");
        for (name, object) in references(&repo) {
            repo.run(&["cat-file", "-e", &object]);
            repo.run(&["rev-list", "--objects", &name]);
        }
        keelmark(&repo, &words).exits(0);
        let fresh = clone(&source);
        assert_eq!(packs(&fresh, "origin/keelmark/evidence").len(), 1, "{step}");
        let kept = records(&fresh, "origin/keelmark/ledger");
        assert_eq!(kinds(&kept), ["run", "gate"], "{step}");
        keelmark(&fresh, &["ledger", "verify"]).exits(0);
        keelmark(&fresh, &["eval", "replay", kept[0]["payload"]["run"].as_str().expect("an id")])
            .exits(0);
    }
}

fn references(repo: &TestRepo) -> Vec<(String, String)> {
    let listed = repo.run(&["for-each-ref", "--format=%(refname) %(objectname)"]);
    let pair = |line: &str| {
        let (name, object) = line.split_once(' ').expect("a name and an object");
        (name.to_owned(), object.to_owned())
    };
    listed.lines().map(pair).collect()
}

#[test]
fn programs_that_record_at_the_same_time_in_one_repository_lose_nothing() {
    let repo = registry();
    let mut runs = Vec::new();
    for repeat in ["1", "2", "3"] {
        let run = run_json(&repo, &["golden", "--repeat", repeat], 0);
        runs.push(run["id"].as_str().expect("an id").to_owned());
    }
    let started: Vec<_> = runs
        .iter()
        .map(|run| program(&repo, &["eval", "record", run], &[]).spawn().expect("started"))
        .collect();
    for child in started {
        let ended = child.wait_with_output().expect("an end");
        assert!(ended.status.success(), "{ended:?}");
    }
    assert_eq!(packs(&repo, EVIDENCE).len(), 3);
    let mut kept = kinds(&records(&repo, LEDGER)).join(" ");
    kept = kept.replace("run", "r").replace("gate", "g");
    assert_eq!(kept.matches("r g").count(), 3, "a gate follows its run: {kept}");
    keelmark(&repo, &["ledger", "verify"]).exits(0);
}
