//! `docs build`: the documents that people sign, from the registry that they are about.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::fixtures::published;
use crate::support::TestRepo;

const HARNESS: &str = "mlops/evaluation_harness.md";
const RUNBOOK: &str = "runbooks/quality_incident.md";
const SCHEMA: &str = "observability/telemetry_schema.yaml";
const CASES: &str = "mlops/test_suite.csv";
const GATES: &str = "registry/policies/gates.yaml";

const ALL: [&str; 7] = [
    HARNESS,
    CASES,
    "mlops/prompt_registry.md",
    "mlops/model_versioning_policy.md",
    "mlops/drift_monitoring_spec.md",
    SCHEMA,
    RUNBOOK,
];

/// The project's own registry, committed.
fn own() -> TestRepo {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let repo = TestRepo::init();
    let mut open: Vec<PathBuf> = vec![root.join("keelmark.yaml"), root.join("registry")];
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(fs::read_dir(path).expect("a folder").map(|e| e.expect("an entry").path()));
            continue;
        }
        let name = path.strip_prefix(root).expect("below").to_str().expect("UTF-8");
        repo.write(name, fs::read(&path).expect("a file"));
    }
    repo.stage(".").commit("the project's own registry");
    repo
}

#[test]
fn the_projects_own_registry_has_a_handbook_that_follows_its_policies() {
    let repo = own();
    let said = repo.keelmark(&["docs", "build"]).is(0);
    for path in ALL {
        assert!(said.err.contains(&format!("wrote {path}\n")), "{said}");
        assert!(repo.has(path), "{path}");
    }
    let before = repo.files();
    repo.keelmark(&["docs", "build", "--check"]).is(0).says("7 documents are up to date");
    repo.keelmark(&["docs", "build"]).is(0).says("7 documents are up to date");
    assert_eq!(repo.files(), before, "the second time nothing changes");
    let harness = repo.read(HARNESS);
    for words in ["mean **≥ 0.80**", "`suite/support_golden@1.1.0`", "flowchart LR", "100 % of 71"]
    {
        assert!(harness.contains(words), "{words} in {harness}");
    }
    let mut rows = csv::Reader::from_path(repo.path().join(CASES)).expect("a table");
    assert_eq!(rows.records().filter(|row| row.as_ref().is_ok_and(|r| r.len() == 8)).count(), 71);
    repo.edit(GATES, "\">= 0.80\"", "\">= 0.85\"");
    let stale = repo.keelmark(&["docs", "build", "--check"]).is(1).says("mean **≥ 0.85**");
    assert!(stale.out.contains(&format!("{HARNESS} is stale\n")), "{stale}");
    assert!(!stale.out.contains(CASES), "{stale}");
    let stale = stale.says("keelmark docs build`, and commit");
    assert!(stale.out.lines().count() < 40, "a short difference\n{stale}");
    let shown = repo.keelmark(&["docs", "build", "--dry-run"]).is(0).says("would: wrote");
    assert!(shown.out.contains("0.85") && repo.read(HARNESS) == harness, "{shown}");
    repo.keelmark(&["docs", "build"]).is(0).says(HARNESS).leaves_out(CASES);
    repo.keelmark(&["docs", "build", "--check"]).is(0);
    repo.run(&["rm", "-q", "--cached", "--ignore-unmatch", SCHEMA]);
    repo.delete(SCHEMA);
    repo.keelmark(&["docs", "build", "--check"]).is(1).says(&format!("{SCHEMA} is missing"));
}

#[test]
fn the_demo_has_a_handbook_too() {
    let repo = TestRepo::init();
    repo.keelmark_in(&repo.beside(""), &["init", "--demo", "demo"], &[]).is(0);
    let demo = repo.beside("demo");
    let docs = |words: &[&str], code| {
        repo.keelmark_in(&demo, &[&["docs", "build"], words].concat(), &[]).is(code)
    };
    docs(&["--check"], 1).says(&format!("{RUNBOOK} is missing"));
    docs(&[], 0).says(RUNBOOK);
    docs(&["--check"], 0);
    let drift = fs::read_to_string(demo.join("mlops/drift_monitoring_spec.md")).expect("a file");
    assert!(drift.contains("not configured: write signals into `policies/drift.yaml`"), "{drift}");
    let gates = demo.join(GATES);
    let text = fs::read_to_string(&gates).expect("a file").replace("<= 1200", "<= 900");
    fs::write(&gates, text).expect("written");
    docs(&["--check"], 1).says(&format!("{HARNESS} is stale")).says("900");
}

#[test]
fn a_registry_without_anything_says_so_and_is_written_all_the_same() {
    let repo = TestRepo::init();
    repo.write("keelmark.yaml", "version: 1\n");
    repo.keelmark(&["docs", "build"]).is(0);
    for path in ALL {
        let text = repo.read(path);
        assert_eq!(text.contains("not configured: "), path != CASES, "{path}: {text}");
    }
    repo.keelmark(&["docs", "build", "--check"]).is(0);
}

#[test]
fn what_people_wrote_survives_and_a_broken_marker_stops_everything() {
    let repo = own();
    repo.keelmark(&["docs", "build"]).is(0);
    let scope = "<!-- keelmark:hand scope -->\n";
    let words = "Answers about refunds,\n\n| never | about |\n|---|---|\n| health | law |\n";
    repo.edit(HARNESS, scope, &format!("{scope}{words}"));
    repo.edit(SCHEMA, "# /keelmark:hand", "team: support\n# /keelmark:hand");
    repo.edit(
        RUNBOOK,
        "## RACI",
        "<!-- keelmark:hand ours -->\nCall Ada.\n<!-- /keelmark:hand -->\n\n## RACI",
    );
    repo.edit(GATES, "\">= 0.80\"", "\">= 0.85\"");
    repo.keelmark(&["docs", "build"]).is(0);
    assert!(repo.read(HARNESS).contains(words) && repo.read(HARNESS).contains("≥ 0.85"));
    assert!(repo.read(SCHEMA).contains("team: support\n"));
    let runbook = repo.read(RUNBOOK);
    assert!(runbook.ends_with("Call Ada.\n\n<!-- /keelmark:hand -->\n"), "{runbook}");
    repo.keelmark(&["docs", "build", "--check"]).is(0);

    repo.edit(GATES, "\">= 0.85\"", "\">= 0.90\"");
    let broken =
        repo.read(HARNESS).replacen("<!-- /keelmark:hand -->", "<!-- /keelmark hand -->", 1);
    let line = broken.lines().position(|line| line.contains("hand people")).expect("a marker") + 1;
    repo.write(HARNESS, &broken);
    let before = repo.files();
    repo.keelmark(&["docs", "build"])
        .is(1)
        .says(&format!(
            "{HARNESS}:{line}: the section `people` begins inside of the section `scope`"
        ))
        .says("nothing was written");
    repo.keelmark(&["docs", "build", "--check"]).is(1).says(&format!("{HARNESS}:{line}: "));
    assert_eq!(repo.files(), before);
}

#[test]
fn what_is_live_is_shown_and_holds_up_nobody() {
    let repo = own();
    repo.keelmark(&["docs", "build"]).is(0);
    let state = json!({
        "composite": "support_copilot",
        "version": "1.8.0",
        "digest": "a".repeat(64),
        "bundle": null,
        "tag": "release/support_copilot@1.8.0",
        "tag_object": "c".repeat(40),
        "since": "2026-11-25T22:58:16Z",
        "by": "Ada <ada@example.com>",
        "previous": null,
        "rollback_to": "release/support_copilot@1.7.3",
        "waivers": [{"gate": "latency_ms", "until": "2026-11-27T22:58:16Z", "reason": "slow", "by": "ada@example.com"}],
        "rehearsed": {"at": "2026-11-26T08:00:00Z", "ok": true, "target": "release/support_copilot@1.7.3"},
        "post_mortem_due": null,
    });
    let release = json!({"composite": "support_copilot", "version": "1.8.0", "class": "minor", "tag": "release/support_copilot@1.8.0", "adr": "docs/adr/a.md", "channels": {"production": state}});
    crate::ledger::append(repo.path(), "release", 0, "release/support_copilot@1.8.0", release);
    repo.keelmark(&["docs", "build", "--check"]).is(0).says("up to date");
    repo.keelmark(&["docs", "build"]).is(0).says(RUNBOOK).leaves_out(HARNESS);
    let runbook = repo.read(RUNBOOK);
    for words in [
        "| `production` | `release/support_copilot@1.8.0` | 2026-11-25 22:58:16 UTC |",
        "**Provisional**: `latency_ms` on `production` is waived until 2026-11-27 22:58:16 UTC",
        "2026-11-26 08:00:00 UTC: the way to `release/support_copilot@1.7.3` was free",
    ] {
        assert!(runbook.contains(words), "{words} in {runbook}");
    }
    let policy = repo.read("mlops/model_versioning_policy.md");
    assert!(policy.contains("| minor | [`docs/adr/a.md`](../docs/adr/a.md) |"), "{policy}");
    repo.keelmark(&["docs", "build", "--check"]).is(0);
    repo.edit(RUNBOOK, "**Nothing stops a rollback**", "**Everything stops a rollback**");
    repo.keelmark(&["docs", "build", "--check"]).is(1).says("Everything stops");
}

#[test]
fn nothing_that_somebody_else_wrote_is_overwritten() {
    let repo = own();
    let theirs =
        "case_id,domain,input,expected,metric,pass_bar,guardrails,notes\nA,b,c,,exact,,,\n";
    for (path, text) in [(RUNBOOK, "# Ours\n"), (CASES, theirs), (SCHEMA, "fields: {}\n")] {
        repo.write(path, text);
        let before = repo.files();
        let refused =
            repo.keelmark(&["docs", "build"]).is(2).says("was not written by the handbook");
        refused.says(path).says("--out");
        assert_eq!(repo.files(), before);
        repo.delete(path);
    }
    repo.write(RUNBOOK, "# Ours\n");
    repo.keelmark(&["docs", "build", "--out", "docs/handbook"]).is(0);
    assert_eq!(repo.read(RUNBOOK), "# Ours\n");
    let harness = repo.read(&format!("docs/handbook/{HARNESS}"));
    assert!(harness.contains("`keelmark docs build --out docs/handbook`"), "{harness}");
    assert!(harness.contains("(../../../registry/policies/gates.yaml)"), "{harness}");
    repo.keelmark(&["docs", "build", "--out", "docs/handbook", "--check"]).is(0);
}

#[test]
fn the_documents_stay_inside_of_the_repository() {
    let repo = own();
    let before = repo.files();
    for out in ["..", "../elsewhere", "/tmp", "a/../../b", ".git", "docs/.git"] {
        repo.keelmark(&["docs", "build", "--out", out]).is(2);
    }
    std::os::unix::fs::symlink(repo.beside(""), repo.path().join("link")).expect("a link");
    repo.keelmark(&["docs", "build", "--out", "link"]).is(2).says("is a symbolic link");
    repo.keelmark(&["docs", "build", "--out", "link", "--check"]).is(2);
    assert!(!repo.beside("mlops").exists());
    fs::remove_file(repo.path().join("link")).expect("removed");
    assert_eq!(repo.files(), before);
}

#[test]
fn what_cannot_be_read_is_in_no_document() {
    let repo = own();
    for (path, old, new, words) in [
        (GATES, "metric: exact,", "metrik: exact,", "metrik"),
        (
            "registry/prompts/intent_route/prompt.yaml",
            "owner: support-ops",
            "owner: [",
            "prompt.yaml:",
        ),
        (
            "registry/prompts/intent_route/prompt.yaml",
            "version: 1.2.0",
            "verzion: 1.2.0",
            "verzion",
        ),
        ("registry/datasets/golden_2025_09/cases.csv", ",exact>=0.8,", ",exakt>=0.8,", "exakt"),
    ] {
        let text = repo.read(path);
        repo.edit(path, old, new);
        repo.keelmark(&["docs", "build"]).is(1).says(words).says("nothing was written");
        assert!(!repo.has("mlops"), "{path}");
        repo.write(path, text);
    }
    repo.keelmark(&["docs", "build"]).is(0);
}

#[test]
fn the_handbook_of_a_registry_in_a_folder_stands_at_the_top() {
    let repo = published();
    repo.write("team/keelmark.yaml", "version: 1\nroles: {accountable: [ada]}\n")
        .write("team/registry/policies/gates.yaml", "gates: [{metric: exact, bar: \">= 0.8\"}]\n");
    repo.keelmark(&["-C", "team", "docs", "build"]).is(0).says(HARNESS);
    let harness = repo.read(HARNESS);
    assert!(harness.contains("`keelmark -C team docs build`"), "{harness}");
    assert!(harness.contains("Accountable: ada") && harness.contains("≥ 0.8"), "{harness}");
    assert!(harness.contains("(../team/registry/policies/gates.yaml)"), "{harness}");
    repo.keelmark(&["docs", "build", "--check"]).is(2).says("`-C DIR` names the folder");
    repo.keelmark(&["-C", "team", "docs", "build", "--check"]).is(0);
}
