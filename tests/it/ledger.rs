//! The record of decisions, looked at from outside.

use std::path::Path;
use std::process::Command;

use keelmark::ledger::append;
use keelmark::ledger::channel::{Channel, Channels};
use keelmark::ledger::kind::Kind;
use keelmark::ledger::record::{Draft, Record};
use keelmark::snapshot::{ObjectName, Snapshot as _};
use keelmark::vcs::write::{NewCommit, Old, RefUpdate};
use keelmark::vcs::{Identity, Repository};
use serde_json::{Value, json};

use crate::support::TestRepo;

const BRANCH: &str = "refs/heads/keelmark/ledger";
/// 2026-11-25T22:58:16Z.
const NOW: i64 = 1_795_647_496;

/// Appends a record as the program does, and returns it.
pub(crate) fn append(
    place: &Path,
    kind: &str,
    number: i64,
    subject: &str,
    payload: Value,
) -> Record {
    let record = Record::new(Draft {
        kind: kind.parse::<Kind>().expect("a kind"),
        at: NOW + number * 3_600,
        actor: "Ada <ada@example.com>".to_owned(),
        subject: subject.to_owned(),
        payload,
    })
    .expect("a record");
    let repository = TestRepo::open_at(place);
    let tip = repository.reference(BRANCH).expect("a reference");
    let edits = append::edits(&record, &live(&repository, tip)).expect("edits");
    let ada = Identity { name: "Ada".to_owned(), email: "ada@example.com".to_owned() };
    let commit = NewCommit {
        tree: repository.write_tree(tip, &edits).expect("a tree"),
        parents: tip.as_slice(),
        message: &append::message(&record),
        author: &ada,
        committer: &ada,
        seconds: record.at(),
    };
    let new = Some(repository.write_commit(&commit).expect("a commit"));
    let old = tip.map_or(Old::Missing, Old::Is);
    let update = RefUpdate { name: BRANCH.to_owned(), new, old };
    repository.update_refs(&[update], "append").expect("moved");
    record
}

/// What is live where at a commit of the ledger.
pub(crate) fn live(repository: &Repository, tip: Option<ObjectName>) -> Channels {
    let mut channels = Channels::default();
    let tree = tip.map(|tip| repository.commit_snapshot(tip).expect("a tree"));
    for file in tree.iter().flat_map(|tree| tree.list(&"channels".into()).expect("files")) {
        let bytes = tree.as_ref().expect("a tree").read(&file, 1 << 20).expect("bytes");
        channels.put(Channel::parse(&bytes).expect("a channel"));
    }
    channels
}

fn state(version: &str) -> Value {
    json!({
        "composite": "support_copilot",
        "version": version,
        "digest": "a".repeat(64),
        "bundle": null,
        "tag": format!("release/support_copilot@{version}"),
        "tag_object": "c".repeat(40),
        "since": "2026-11-25T22:58:16Z",
        "by": "Ada <ada@example.com>",
        "previous": null,
        "rollback_to": null,
        "waivers": [],
        "rehearsed": null,
        "post_mortem_due": null,
    })
}

/// A run, its gate, a release and a record of a kind that nobody knows yet.
fn story(place: &Path) -> Vec<Record> {
    let stamp = |entry: &str, digit: &str| json!({"entry": entry, "version": "1.0.0", "contract": "0".repeat(64), "behaviour": digit.repeat(64)});
    let run = json!({
        "run": "20261125-support_golden",
        "digest": "1".repeat(64),
        "suite": stamp("suite/support_golden", "2"),
        "dataset": stamp("dataset/golden_2025_09", "3"),
        "prompts": [{"prompt": stamp("prompt/billing_refund", "4"), "model": stamp("model/cust-copilot", "5")}],
        "judges": {"grounded": {"judge": stamp("judge/grounded", "6"), "model": stamp("model/judge-large", "7")}},
    });
    let gate = json!({
        "run": "20261125-support_golden",
        "digest": "1".repeat(64),
        "gates": "8".repeat(64),
        "decision": "fail",
        "verdicts": [
            {"metric": "exact", "aggregate": "mean", "bar": ">= 0.8", "verdict": "pass"},
            {"metric": "toxicity", "category": "safety", "aggregate": "each", "bar": "<= 0", "verdict": "fail"},
            {"metric": "helpful", "aggregate": "mean", "bar": ">= 0.7", "verdict": "inconclusive"},
        ],
    });
    let release = json!({
        "composite": "support_copilot",
        "version": "1.8.0",
        "string": "prompt=prompt/billing_refund@2.3.0",
        "digest": "9".repeat(64),
        "candidate": false,
        "composite_digest": "a".repeat(64),
        "members": [{"slot": "prompt", "entry": "prompt/billing_refund@2.3.0", "digest": "b".repeat(64)}],
        "class": "minor",
        "previous": null,
        "commit": "d".repeat(40),
        "tag": "release/support_copilot@1.8.0",
        "tag_object": "c".repeat(40),
        "evidence": [],
        "approvals": [],
        "waivers": [],
        "adr": null,
        "notes": null,
        "rollback_to": null,
        "channels": {"production": state("1.8.0")},
    });
    vec![
        append(place, "run", 0, "suite/support_golden@1.0.0", run),
        append(place, "gate", 1, "suite/support_golden@1.0.0", gate),
        append(place, "release", 24, "release/support_copilot@1.8.0", release),
        append(
            place,
            "sunset",
            48,
            "model/cust-copilot@1.4.2",
            json!({"words": "=1+1\u{202e}\n::error"}),
        ),
    ]
}

#[test]
fn without_a_ledger_there_is_nothing_to_show_and_nothing_wrong() {
    let repo = TestRepo::init();
    repo.commit("first");
    for words in [&["ledger", "log"][..], &["ledger", "verify"], &["ledger", "export"]] {
        let ending = repo.keelmark(words).is(0).says("no ledger yet");
        assert_eq!(ending.out, "");
    }
    assert_eq!(repo.json(0, &["ledger", "log"])["records"], json!([]));
    assert_eq!(repo.json(0, &["ledger", "verify"])["tip"], Value::Null);
    repo.keelmark(&["ledger", "show", "12"]).is(2).says("no record is called `12`");
    repo.keelmark(&["ledger", "push"]).is(2).says("there is no remote `origin`");
}

#[test]
fn records_are_listed_the_newest_first_and_chosen_by_kind_subject_and_day() {
    let repo = TestRepo::init();
    repo.commit("first");
    let records = story(repo.path());
    let ending = repo.keelmark(&["ledger", "log"]).is(0);
    let lines: Vec<&str> = ending.out.lines().collect();
    assert_eq!(lines.len(), 4);
    assert_eq!(
        lines[1],
        format!(
            "{}  2026-11-26T22:58:16Z  release  release/support_copilot@1.8.0  Ada <ada@example.com>",
            records[2].id()
        )
    );
    let ids = |words: &[&str]| {
        let found = repo.json(0, &[&["ledger", "log"], words].concat());
        let records = found["records"].as_array().expect("records").clone();
        records.iter().map(|r| r["id"].as_str().expect("an id").to_owned()).collect::<Vec<_>>()
    };
    let id = |at: usize| records[at].id().to_string();
    assert_eq!(ids(&[]), [id(3), id(2), id(1), id(0)]);
    assert_eq!(ids(&["--kind", "sunset"]), [id(3)]);
    assert_eq!(ids(&["--subject", "suite/support_golden@1.0.0"]), [id(1), id(0)]);
    assert_eq!(ids(&["--since", "2026-11-26"]), [id(3), id(2)]);
    assert_eq!(ids(&["--since", "2026-11-25", "--kind", "gate"]), [id(1)]);
    assert_eq!(ids(&["--kind", "waiver"]), Vec::<String>::new());
    repo.keelmark(&["ledger", "log", "--since", "yesterday"]).is(2).says("is no date");
    repo.keelmark(&["ledger", "log", "--kind", "Release"]).is(2).says("kinds are: run, gate");
    // A kind of a newer program is one as soon as a record has it.
    for verb in ["log", "export"] {
        repo.keelmark(&["ledger", verb, "--kind", "nope"])
            .is(2)
            .says("there is no kind of record `nope`")
            .says("kinds are: alert, approval,")
            .says("sunset");
    }
    repo.keelmark(&["ledger", "log", "--kind", "relaese"]).is(2).says("did you mean `release`?");
    repo.keelmark(&["ledger", "log", "--kind", "sunsett"]).is(2).says("did you mean `sunset`?");
    assert_eq!(ids(&["--kind", "sunset", "--since", "2030-01-01"]), Vec::<String>::new());
    assert_eq!(ids(&["--kind", "readout"]), Vec::<String>::new());
    let none = |words: &[&str]| repo.keelmark(&[&["ledger", "log"], words].concat()).is(0);
    none(&["--subject", "nobody"])
        .says("no record is like that; `keelmark ledger log` lists those of the tip");
    none(&["--subject", "nobody", "--archived"])
        .says("no record is like that; `keelmark ledger log --archived` lists all")
        .leaves_out("those of the tip");
    // A branch without any record is a ledger all the same.
    let tree = repo.run(&["hash-object", "-t", "tree", "-w", "/dev/null"]);
    let commit = repo.run(&["commit-tree", "-m", "empty", &tree]);
    repo.run(&["update-ref", BRANCH, &commit]);
    let without = "the ledger has no record";
    none(&[]).says(without).says("`--archived` lists older").leaves_out("like that");
    none(&["--archived"]).says(without).leaves_out("like that").leaves_out("`--archived`");
}

#[test]
fn a_record_is_shown_by_enough_of_its_first_digits() {
    let repo = TestRepo::init();
    repo.commit("first");
    let records = story(repo.path());
    let digits = &records[3].id().as_str()[..12];
    let commit = repo.rev(BRANCH);
    repo.keelmark(&["ledger", "show", digits])
        .is(0)
        .says(&format!("commit {commit}"))
        .says("kind sunset")
        .says("words: =1+1\\u{202e}\\n::error")
        .says("signed no");
    let shown = repo.json(0, &["ledger", "show", digits]);
    assert_eq!(shown, records[3].to_json());
    repo.keelmark(&["ledger", "show", ""]).is(2).says("several records begin with").says("gate");
}

#[test]
fn records_are_written_for_other_tools() {
    let repo = TestRepo::init();
    repo.commit("first");
    let records = story(repo.path());
    let lines = repo.keelmark(&["ledger", "export"]).is(0).out;
    let read: Vec<Value> =
        lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(read, records.iter().map(Record::to_json).collect::<Vec<_>>());

    repo.keelmark(&["ledger", "export", "--format", "csv", "-o", "ledger.csv"]).is(0);
    let table = repo.read("ledger.csv");
    assert_eq!(table.lines().count(), 5);
    assert!(table.starts_with("at,id,kind,subject,actor,signed,channels,payload\n"), "{table}");
    let release = table.lines().nth(3).expect("a row");
    assert!(
        release.contains(
            ",release,release/support_copilot@1.8.0,Ada <ada@example.com>,no,production,"
        )
    );

    let words = ["ledger", "export", "--format", "in-toto"];
    let statements = repo.keelmark(&words).is(0).out;
    let statements: Vec<Value> =
        statements.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(statements.len(), 2);
    let [tested, released] = statements.as_slice() else { panic!("two statements") };
    assert_eq!(tested["_type"], "https://in-toto.io/Statement/v1");
    assert_eq!(tested["predicateType"], "https://in-toto.io/attestation/test-result/v0.1");
    assert_eq!(
        tested["predicate"],
        json!({
            "result": "FAILED",
            "configuration": [
                {"name": "suite/support_golden@1.0.0", "digest": {"sha256": "2".repeat(64)}},
                {"name": "dataset/golden_2025_09@1.0.0", "digest": {"sha256": "3".repeat(64)}},
                {"name": "judge/grounded@1.0.0", "digest": {"sha256": "6".repeat(64)}},
                {"name": "registry/policies/gates.yaml", "digest": {"sha256": "8".repeat(64)}},
            ],
            "passedTests": ["exact mean >= 0.8"],
            "warnedTests": ["helpful mean >= 0.7"],
            "failedTests": ["toxicity safety each <= 0"],
        })
    );
    let names: Vec<&str> = tested["subject"]
        .as_array()
        .expect("subjects")
        .iter()
        .map(|subject| subject["name"].as_str().expect("a name"))
        .collect();
    assert_eq!(
        names,
        ["20261125-support_golden", "prompt/billing_refund@1.0.0", "model/cust-copilot@1.0.0"]
    );
    assert_eq!(released["predicateType"], "https://in-toto.io/attestation/release/v0.1");
    assert_eq!(released["predicate"], json!({"purl": "pkg:generic/support_copilot@1.8.0"}));
    assert_eq!(
        released["subject"],
        json!([
            {"name": "composite/support_copilot@1.8.0", "digest": {"sha256": "a".repeat(64)}},
            {"name": "prompt/billing_refund@2.3.0", "digest": {"sha256": "b".repeat(64)}},
            {"name": "refs/tags/release/support_copilot@1.8.0", "digest": {"gitTag": "c".repeat(40)}},
        ])
    );
    // A gate that is chosen alone still knows what its run asked.
    let alone = repo.keelmark(&[&words[..], &["--kind", "gate"]].concat()).is(0).out;
    assert_eq!(serde_json::from_str::<Value>(&alone).expect("JSON"), *tested);
}

#[test]
fn a_false_record_is_named_with_commit_and_path() {
    let repo = TestRepo::init();
    repo.commit("first");
    let records = story(repo.path());
    repo.keelmark(&["ledger", "verify"])
        .is(0)
        .says("4 records, each as it was added")
        .says("the tag `release/support_copilot@1.8.0` is not here");
    // Somebody makes the failed gate pass, under the old name, on top of everything.
    let path = records[1].path().to_string();
    let text = String::from_utf8(records[1].to_bytes()).expect("UTF-8");
    repo.write("edited.json", text.replace("\"decision\":\"fail\"", "\"decision\":\"pass\""));
    let blob = repo.run(&["hash-object", "-w", "edited.json"]);
    repo.checkout("keelmark/ledger");
    repo.run(&["update-index", "--cacheinfo", &format!("100644,{blob},{path}")]);
    let commit = repo.commit("mend a verdict");
    repo.run(&["checkout", "-q", "-f", "main"]);
    let report = repo.json(4, &["ledger", "verify"]);
    let first = &report["faults"][0];
    assert_eq!(
        (&first["wrong"], &first["commit"], &first["path"]),
        (&json!("count"), &json!(commit), &Value::Null)
    );
    assert_eq!(report["faults"][1]["path"], json!(path));
    repo.keelmark(&["ledger", "verify"]).is(4).says("the ledger is false").says(&path);
    repo.keelmark(&["ledger", "log"]).is(4).says("of the ledger is false").says(&path);
}

#[test]
fn a_push_keeps_what_others_pushed() {
    let source = TestRepo::init();
    source.commit("first");
    let bare = TestRepo::clone_of(&source, &["--bare"]);
    let (one, other) = (TestRepo::clone_of(&bare, &[]), TestRepo::clone_of(&bare, &[]));
    append(one.path(), "approval", 0, "release/a@1.0.0", json!({}));
    one.keelmark(&["ledger", "log"]).is(0).says("1 record not at the remote yet");
    one.keelmark(&["ledger", "push"]).is(0).says("1 record pushed");
    one.keelmark(&["ledger", "push"]).is(0).says("the remote has every record");
    append(other.path(), "approval", 1, "release/a@1.1.0", json!({}));
    append(other.path(), "approval", 2, "release/a@1.2.0", json!({}));
    other.keelmark(&["ledger", "push"]).is(0).says("2 records pushed");
    let seen = other.json(0, &["ledger", "log"]);
    assert_eq!(seen["records"].as_array().map(Vec::len), Some(3));
    one.run(&["fetch", "-q"]);
    assert_eq!(one.json(0, &["ledger", "log"]), seen);
    other.keelmark(&["ledger", "verify"]).is(0).says("3 records");
    // In the bare repository itself the same verbs work.
    bare.keelmark(&["ledger", "verify"]).is(0).says("3 records");
}

#[test]
fn old_records_go_into_an_archive_that_is_never_overwritten() {
    let source = TestRepo::init();
    source.commit("first");
    let bare = TestRepo::clone_of(&source, &["--bare"]);
    let repo = TestRepo::clone_of(&bare, &[]);
    repo.run(&["config", "user.name", "Ada"]);
    repo.run(&["config", "user.email", "ada@example.com"]);
    let hours = |days: i64| -days * 24;
    let old = append(repo.path(), "gate", hours(900), "suite/a@1.0.0", json!({"n": 1}));
    append(repo.path(), "gate", hours(10), "suite/a@1.1.0", json!({"n": 2}));
    let out = repo.beside("old.bundle");
    let file = out.to_str().expect("UTF-8");
    let words = ["ledger", "archive", "--before", "2024-12-01", "--out", file];
    repo.keelmark(&[&words[..], &["--dry-run"]].concat()).is(0).says("1 record of days before");
    repo.keelmark(&["ledger", "archive", "--before", "2026-11-01", "--out", file])
        .is(2)
        .says("`ledger.retention_months` is 18");
    repo.keelmark(&["ledger", "archive", "--before", "soon", "--out", file])
        .is(2)
        .says("is no date");
    repo.keelmark(&words).is(0).says("1 record in");
    assert_eq!(repo.rev("refs/remotes/origin/keelmark/ledger"), repo.rev(BRANCH), "and pushed");
    repo.run(&["bundle", "verify", "-q", file]);
    let restored = repo.beside("restored");
    let path = restored.to_str().expect("UTF-8");
    repo.run(&["clone", "-q", "--bare", file, path]);
    assert!(repo.run(&["-C", path, "ls-tree", "-r", BRANCH]).contains(old.id().as_str()));

    let listed = repo.json(0, &["ledger", "log"]);
    let kinds = |listed: &Value| -> Vec<String> {
        let records = listed["records"].as_array().expect("records");
        records.iter().map(|r| r["kind"].as_str().expect("a kind").to_owned()).collect()
    };
    assert_eq!(kinds(&listed), ["retention", "gate"]);
    assert_eq!(
        kinds(&repo.json(0, &["ledger", "log", "--archived"])),
        ["retention", "gate", "gate"]
    );
    assert_eq!(repo.json(0, &["ledger", "show", old.id().as_str()]), old.to_json());
    let digest = keelmark::digest::Digest::of(&std::fs::read(&out).expect("the archive"));
    repo.keelmark(&["ledger", "show", listed["records"][0]["id"].as_str().expect("an id")])
        .is(0)
        .says(&format!("bundle: {digest}"))
        .says("signed: false");
    repo.keelmark(&["ledger", "verify"]).is(0).says("3 records, each as it was added");

    append(repo.path(), "gate", hours(899), "suite/a@1.0.1", json!({"n": 3}));
    repo.keelmark(&words).is(2).says("name a file that does not exist yet");
    // It is an old one that arrived last.
    assert_eq!(kinds(&repo.json(0, &["ledger", "log"])), ["gate", "retention", "gate"]);
}

#[test]
fn an_archive_is_signed_by_the_users_own_key() {
    let repo = TestRepo::init();
    repo.commit("first");
    let key = repo.beside("key");
    let name = key.to_str().expect("UTF-8");
    let made = Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "", "-f", name])
        .status()
        .expect("ssh-keygen");
    assert!(made.success());
    for (key, value) in [
        ("user.name", "Ada"),
        ("user.email", "ada@example.com"),
        ("gpg.format", "ssh"),
        ("user.signingKey", name),
    ] {
        repo.run(&["config", key, value]);
    }
    append(repo.path(), "gate", -24 * 900, "suite/a@1.0.0", json!({}));
    let out = repo.beside("old.bundle");
    let file = out.to_str().expect("UTF-8");
    let words = ["ledger", "archive", "--before", "2024-12-01", "--out", file, "--sign"];
    repo.keelmark(&words).is(0).says("1 record in");
    let signature = format!("{file}.sig");
    let checked = Command::new("ssh-keygen")
        .args(["-Y", "check-novalidate", "-n", "keelmark", "-s", &signature])
        .stdin(std::fs::File::open(&out).expect("the archive"))
        .output()
        .expect("ssh-keygen");
    assert!(checked.status.success(), "{checked:?}");
    repo.keelmark(&["ledger", "export", "--kind", "retention"]).is(0).says("\"signed\":true");
}

#[test]
fn the_branch_is_the_one_that_the_configuration_names() {
    let repo = TestRepo::init();
    repo.commit_file("keelmark.yaml", "version: 1\nledger: {branch: audit/log}\n");
    append(repo.path(), "approval", 0, "release/a@1.0.0", json!({}));
    repo.keelmark(&["ledger", "log"]).is(0).says("no ledger yet");
    repo.run(&["update-ref", "refs/heads/audit/log", BRANCH]);
    let listed = repo.json(0, &["ledger", "log"]);
    assert_eq!(listed["branch"], "audit/log");
    assert_eq!(listed["records"].as_array().map(Vec::len), Some(1));
}

#[test]
fn what_arrived_last_stands_first_whatever_its_clock_said() {
    let repo = TestRepo::init();
    for (number, subject) in
        [(5, "release/a@1.0.0"), (2, "release/b@1.0.0"), (3, "release/c@1.0.0")]
    {
        append(repo.path(), "approval", number, subject, json!({}));
    }
    let listed = repo.json(0, &["ledger", "log"]);
    let records = listed["records"].as_array().expect("records").iter();
    let subjects: Vec<&str> = records.map(|r| r["subject"].as_str().expect("words")).collect();
    assert_eq!(subjects, ["release/c@1.0.0", "release/b@1.0.0", "release/a@1.0.0"]);
}
