use serde_json::Value;

use crate::desk::{finding, rules};
use crate::fixtures::{MISSION, OTHER, PROMPT, PROMPT_TEMPLATE, TEMPLATE, mission, published};
use crate::support::TestRepo;

#[test]
fn the_missions_prompt_passes_as_printed_with_warnings() {
    let repo = mission();
    repo.stage(".");
    for tree in [&["--staged"][..], &["--worktree"], &["--all"], &[PROMPT]] {
        let words = [&["check"], tree].concat();
        let report = repo.json(0, &words);
        assert_eq!(report["summary"]["errors"], 0, "{report:#}");
        finding(&report, "checksum-placeholder");
        finding(&report, "rollback-target-unpublished");
        assert!(rules(&report).contains(&"link-missing"), "{report:#}");
    }
    repo.commit("publish");
    repo.json(0, &["check", "--rev", "HEAD"]);
    repo.json(0, &["check", "--rev", "HEAD", "--all"]);
}

#[test]
fn every_format_speaks_of_the_same_findings() {
    let repo = published();
    repo.edit(PROMPT, "\"question\"]", "\"question\",\"locale\"]");
    repo.keelmark(&["check"])
        .is(1)
        .says("error[version-unchanged]")
        .says("help: run `keelmark bump billing_refund` (writes 3.0.0)")
        .says("the base has 2.3.0")
        .says("input-required-added");
    repo.keelmark(&["check", "--format", "concise"])
        .is(1)
        .says("registry/prompts/billing_refund/prompt.yaml:2:10: error[version-unchanged]");
    let github = repo.keelmark_with(&["check"], &[("GITHUB_ACTIONS", "true")]).is(1);
    assert!(
        github.out.contains("::error file=registry/prompts/billing_refund/prompt.yaml,line=2,"),
        "{github}"
    );
    let report = repo.json(1, &["check"]);
    let finding = finding(&report, "version-unchanged");
    assert_eq!(finding["line"], 2);
    assert_eq!(finding["column"], 10);
    assert_eq!(finding["pointer"], "/version");
    let entry = &report["entries"][0];
    assert_eq!(entry["required"], "major");
    assert_eq!(entry["suggested"], "3.0.0");
    assert_eq!(entry["reasons"][0]["rule"], "input-required-added");
    repo.keelmark(&["check", "--format", "json", "-o", "report.json"]).is(1);
    assert!(repo.read("report.json").contains("version-unchanged"));
    let quiet = repo.keelmark(&["check", "-q", "--format", "concise"]).is(1);
    assert_eq!(quiet.err, "");
}

#[test]
fn each_tree_is_read_and_no_other() {
    let repo = published();
    repo.edit(PROMPT, "version: 2.3.0", "version: two");
    repo.keelmark(&["check", "--staged"]).is(0);
    repo.keelmark(&["check", "--rev", "HEAD"]).is(0);
    repo.keelmark(&["check"]).is(1).says("version-not-semver");
    repo.stage(".");
    repo.write(PROMPT, repo.run_bytes(&["show", &format!("HEAD:{PROMPT}")]));
    repo.keelmark(&["check"]).is(0);
    repo.keelmark(&["check", "--staged"]).is(1).says("version-not-semver");
    repo.keelmark(&["check", "--staged", "--rev", "HEAD"]).is(2);
}

#[test]
fn what_stood_at_the_base_is_inherited_and_fails_nothing_but_all() {
    let repo = mission();
    repo.edit(PROMPT, "owner: support-ops", "ownr: support-ops");
    repo.write(OTHER, crate::fixtures::small("greeting"))
        .write("registry/prompts/greeting/template.md", "Hi {{ name }}\n");
    repo.stage(".").commit("three hundred old prompts");
    let report = repo.json(0, &["check"]);
    assert_eq!(report["summary"]["errors"], 0, "{report:#}");
    assert!(report["summary"]["inherited"].as_u64() > Some(0), "{report:#}");
    repo.keelmark(&["check", "--all"]).is(1).says("schema-unknown-key");
    // Another entry is touched: the old faults stay inherited.
    repo.edit(OTHER, "owner: team", "owner: other-team");
    repo.keelmark(&["check"]).is(0);
    // The entry itself is touched: what stood there still does not fail it.
    repo.edit(PROMPT, "requires_citations: true", "requires_citations: true # yes");
    let report = repo.json(0, &["check"]);
    assert_eq!(report["summary"]["touched"], 2, "{report:#}");
}

#[test]
fn paths_narrow_the_check_and_one_that_is_not_there_is_a_mistake() {
    let repo = published();
    repo.edit(PROMPT, "version: 2.3.0", "version: two");
    repo.edit(OTHER, "version: 1.0.0", "version: one");
    let report = repo.json(1, &["check", PROMPT]);
    assert_eq!(report["summary"]["entries"], 1, "{report:#}");
    assert!(report.to_string().contains("billing_refund"));
    assert!(!report.to_string().contains("greeting"));
    repo.json(1, &["check", "registry/prompts/billing_refund"]);
    let inside = repo.path().join("registry/prompts");
    repo.keelmark_in(&inside, &["check", "greeting"], &[]).is(1).leaves_out("billing_refund");
    for path in ["nowhere", "registry/prompts/nothing", "../outside", "/etc/passwd"] {
        repo.keelmark(&["check", path]).is(2);
    }
    let none = repo.keelmark(&["-C", "nowhere", "check"]).is(2);
    assert!(none.err.contains("nowhere"), "{none}");
}

#[test]
fn no_entry_is_nothing_wrong() {
    let repo = TestRepo::init();
    for words in [&["check"][..], &["check", "--staged"], &["check", "--all"]] {
        repo.keelmark(words).is(0).says("0 entries");
        assert_eq!(repo.json(0, words)["summary"]["entries"], 0);
    }
    repo.commit_file("README.md", "x");
    repo.keelmark(&["check", "--rev", "HEAD"]).is(0).says("0 entries");
}

#[test]
fn fix_writes_the_digest_and_nothing_else() {
    let repo = mission();
    repo.stage(".");
    let before = repo.read(PROMPT);
    repo.keelmark(&["check", "--fix"]).is(0).says("fixed");
    let after = repo.read(PROMPT);
    let digest = keelmark::digest::Digest::of(TEMPLATE.as_bytes()).to_string();
    assert_eq!(after, before.replace("<hash>", &digest));
    repo.keelmark(&["check", "--fix"]).is(0).says("nothing to fix");
    assert_eq!(repo.read(PROMPT), after);
    repo.keelmark(&["check", "--fix", "--staged"]).is(2);
}

#[test]
fn a_stale_digest_warns_the_author_and_fails_the_review() {
    let repo = published();
    repo.branch("topic");
    repo.write(PROMPT_TEMPLATE, format!("{TEMPLATE}Be brief.\n"));
    repo.edit(PROMPT, "version: 2.3.0", "version: 2.4.0");
    repo.edit(PROMPT, "changelog:\n", "changelog:\n  - \"2.4.0: brief\"\n");
    let report = repo.json(0, &["check"]);
    assert_eq!(finding(&report, "checksum-stale")["severity"], "warning");
    assert_eq!(finding(&report, "checksum-stale")["fixable"], true);
    repo.stage(".").commit("brief");
    let report = repo.json(1, &["check", "--rev", "HEAD"]);
    assert_eq!(finding(&report, "checksum-stale")["severity"], "error");
    repo.keelmark(&["check", "--fix"]).is(0);
    repo.stage(".").commit("sealed");
    repo.keelmark(&["check", "--rev", "HEAD"]).is(0);
}

#[test]
fn an_unknown_key_is_an_error_at_its_place_with_a_suggestion() {
    let repo = mission();
    repo.edit(PROMPT, "owner:", "ownr:");
    repo.stage(".");
    let report = repo.json(1, &["check"]);
    let unknown = finding(&report, "schema-unknown-key");
    assert_eq!((&unknown["line"], &unknown["column"]), (&3.into(), &1.into()));
    assert!(unknown.to_string().contains("did you mean `owner`"), "{unknown:#}");
}

#[test]
fn a_variable_that_is_no_input_is_found_at_its_line_in_the_template() {
    let repo = mission();
    repo.write(PROMPT_TEMPLATE, format!("{TEMPLATE}In {{{{ locale }}}}.\n")).stage(".");
    let report = repo.json(1, &["check"]);
    let found = finding(&report, "prompt-variable-undeclared");
    assert_eq!(found["path"], PROMPT_TEMPLATE);
    assert_eq!((&found["line"], &found["column"]), (&5.into(), &7.into()));
}

#[test]
fn a_revert_is_a_note_and_a_deletion_an_error() {
    let repo = published();
    repo.write(PROMPT_TEMPLATE, format!("{TEMPLATE}Be brief.\n"));
    repo.keelmark(&["bump", "-m", "brief"]).is(0);
    repo.stage(".").commit("brief");
    repo.run(&["checkout", "-q", "HEAD~1", "--", "registry"]);
    let report = repo.json(0, &["check"]);
    assert_eq!(report["entries"][0]["status"], "reverted", "{report:#}");
    assert_eq!(finding(&report, "version-reverted")["severity"], "note");
    repo.run(&["checkout", "-q", "HEAD", "--", "registry"]);
    repo.delete(PROMPT).delete(PROMPT_TEMPLATE).stage(".");
    let report = repo.json(1, &["check", "--staged"]);
    assert_eq!(report["entries"][0]["status"], "deleted");
    finding(&report, "entry-deleted");
}

#[test]
fn a_number_that_another_change_took_is_named_with_its_commit() {
    let repo = published();
    repo.branch("topic");
    repo.write(PROMPT_TEMPLATE, format!("{TEMPLATE}Mine.\n"));
    repo.keelmark(&["bump", "-m", "mine"]).is(0);
    repo.stage(".").commit("mine");
    repo.checkout("main");
    repo.write(PROMPT_TEMPLATE, format!("{TEMPLATE}Theirs.\n"));
    repo.keelmark(&["bump", "-m", "theirs"]).is(0);
    let theirs = repo.stage(".").commit("theirs came first");
    repo.checkout("topic");
    let report = repo.json(1, &["check"]);
    let taken = finding(&report, "version-slot-taken-on-base");
    let message = taken["message"].as_str().expect("a message");
    assert!(message.contains(&theirs[..7]) && message.contains("theirs came first"), "{message}");
    repo.keelmark(&["bump"]).is(0);
    repo.stage(".");
    repo.keelmark(&["check", "--staged"]).is(0);
}

#[test]
fn the_base_alone_says_which_rules_may_be_softened() {
    let repo = published();
    repo.write("keelmark.yaml", "version: 1\nrules:\n  schema-unknown-key: {level: allow}\n");
    repo.edit(PROMPT, "rollback_to:", "rolback_to:");
    repo.keelmark(&["check"]).is(1).says("schema-unknown-key");
}

#[test]
fn a_configuration_with_a_mistake_is_a_finding_at_its_place() {
    let repo = published();
    repo.write("keelmark.yaml", "version: 1\nregistri: registry\n").stage(".");
    let report = repo.json(2, &["check"]);
    let found = finding(&report, "schema-unknown-key");
    assert_eq!(found["path"], "keelmark.yaml");
    assert_eq!(found["line"], 2);
    // Nobody else goes on with it, and once it stands at the base it is nobody's fault.
    repo.keelmark(&["bump"]).is(2).says("keelmark.yaml:2:1");
    repo.keelmark(&["list"]).is(2).says("keelmark.yaml:2:1");
    repo.commit("a mistake");
    repo.write("unrelated", "x").stage(".");
    repo.keelmark(&["check"]).is(0).says("inherited");
    repo.keelmark(&["check", "--config", "nowhere.yaml"]).is(2).says("nowhere.yaml");
}

#[test]
fn a_mistake_in_the_configuration_comes_with_the_next_step() {
    let repo = published();
    for (text, line, help) in [
        ("rules: {input-removed: {level: warning}}", 2, "did you mean `warn`?"),
        ("rules: {input-removed: {level: error}}", 2, "did you mean `deny`?"),
        ("rules: {input-removed: {level: 'off'}}", 2, "did you mean `allow`?"),
        ("rules:\n  input-removed:\n    level: severe", 4, "`deny` makes findings errors"),
        ("rules: {input-removed: minor}", 2, "write `{bump: minor}`"),
        ("rules: {input-removed: error}", 2, "write `{level: deny}`"),
        ("rules: [input-removed]", 2, "such as `rules: {"),
        ("rules: {input-remove: {level: warn}}", 2, "did you mean `input-removed`?"),
        ("overrides: {rule: x}", 2, "such as `overrides: ["),
        (
            "overrides:\n  - {rule: input-removd, entry: a, fingerprint: 0f3c11aa9d20, reason: b}",
            3,
            "did you mean `input-removed`?",
        ),
        (
            "overrides:\n  - {rule: input-removed, entry: a, fingerprint: \"0f3c\", reason: b}",
            3,
            "copy it from",
        ),
        (
            "overrides:\n  - {rule: input-removed, entry: a, fingerprint: 0f3c11aa9d20, reason: \" \"}",
            3,
            "say why",
        ),
        (
            "overrides:\n  - {rule: input-removed, entry: a, fingerprint: 0f3c11aa9d20, reason: \".\"}",
            3,
            "say why",
        ),
        (
            "overrides:\n  - {rule: input-removed, entry: a, fingerprint: 0f3c11aa9d20, reason: \"\u{2014}\u{2014}\"}",
            3,
            "say why",
        ),
        ("trust: {hosts: [api.openai.com]}", 2, "such as `hosts: {"),
        ("trust: {hosts: {api.openai.com: KEY}}", 2, "write `{key_env: "),
        ("ledger: keelmark/ledger", 2, "such as `ledger: {"),
        ("approvers: ada", 2, "write a list: `[ada]`"),
    ] {
        repo.write("keelmark.yaml", format!("version: 1\n{text}\n"));
        let report = repo.json(2, &["check"]);
        let own = report["findings"].as_array().expect("findings").iter();
        let said: Vec<_> = own
            .filter(|found| found["path"] == "keelmark.yaml")
            .map(|found| (found["line"].as_u64(), found["help"].as_str().unwrap_or_default()))
            .collect();
        let met = said.iter().any(|(at, words)| *at == Some(line) && words.contains(help));
        assert!(met, "{text}: {said:?}");
    }
}

#[test]
fn a_check_only_reads() {
    let repo = published();
    repo.edit(PROMPT, "owner: support-ops", "owner: others");
    repo.stage(".");
    let index = std::fs::read(repo.path().join(".git/index")).expect("an index");
    let files = repo.files();
    for words in [&["check"][..], &["check", "--staged"], &["check", "--all", "--rev", "HEAD"]] {
        repo.keelmark(words).is(0);
    }
    assert_eq!(repo.files(), files);
    assert_eq!(std::fs::read(repo.path().join(".git/index")).expect("an index"), index);
    assert_eq!(MISSION.lines().count(), repo.read(PROMPT).lines().count());
}

#[test]
fn no_change_excuses_itself_for_other_content_under_a_published_number() {
    let repo = published();
    repo.edit("registry/prompts/billing_refund/template.md", "{{ question }}", "{{ question }}!");
    let report = repo.json(4, &["check"]);
    let fingerprint =
        finding(&report, "version-unchanged")["fingerprint"].as_str().expect("text").to_owned();
    repo.write(
        "keelmark.yaml",
        format!(
            "version: 1\noverrides:\n  - {{rule: version-unchanged, entry: prompt/billing_refund, fingerprint: \"{fingerprint}\", reason: trust me}}\n"
        ),
    );
    let report = repo.json(4, &["check"]);
    finding(&report, "version-unchanged");
}

#[test]
fn what_is_overridden_heads_every_report_for_people() {
    let repo = published();
    repo.edit(PROMPT, "version: 2.3.0", "version: 9.0.0");
    repo.edit(PROMPT, "changelog:\n", "changelog:\n  - \"9.0.0: a leap\"\n");
    let report = repo.json(0, &["check"]);
    let fingerprint = finding(&report, "version-bump-excessive")["fingerprint"]
        .as_str()
        .expect("text")
        .to_owned();
    repo.write(
        "keelmark.yaml",
        format!(
            "version: 1\noverrides:\n  - {{rule: version-bump-excessive, entry: prompt/billing_refund, fingerprint: \"{fingerprint}\", reason: a new name}}\n"
        ),
    );
    for format in ["human", "concise", "sarif", "github", "gitlab", "markdown"] {
        repo.keelmark(&["check", "--format", format]).is(0).says("a new name");
    }
}

#[test]
fn an_override_that_accepts_nothing_is_said() {
    let accept = |fingerprint: &str| {
        format!(
            "version: 1\noverrides:\n  - {{rule: version-bump-excessive, entry: prompt/billing_refund, fingerprint: \"{fingerprint}\", reason: a new name}}\n"
        )
    };
    let stale = |report: &Value| -> Vec<Value> {
        let all = report["findings"].as_array().expect("findings");
        all.iter().filter(|f| f["rule"] == "override-stale").cloned().collect()
    };
    let repo = published();
    repo.edit(PROMPT, "version: 2.3.0", "version: 9.0.0");
    repo.edit(PROMPT, "changelog:\n", "changelog:\n  - \"9.0.0: a leap\"\n");
    repo.write("keelmark.yaml", accept("000000000000"));
    let report = repo.json(0, &["check"]);
    let excessive = finding(&report, "version-bump-excessive");
    let now = excessive["fingerprint"].as_str().expect("text").to_owned();
    let said = finding(&report, "override-stale");
    assert_eq!((&said["path"], &said["line"]), (&"keelmark.yaml".into(), &3.into()));
    assert_eq!(said["inherited"], false);
    assert!(said["help"].as_str().is_some_and(|help| help.contains(&now)), "{said}");
    repo.write("keelmark.yaml", accept(&now));
    assert_eq!(stale(&repo.json(0, &["check"])), Vec::<Value>::new());
    // What cannot be read hides the finding.
    let good = repo.read(PROMPT);
    repo.write(PROMPT, format!("{good}surprise: 1\n"));
    assert_eq!(stale(&repo.json(1, &["check"])), Vec::<Value>::new());
    repo.write(PROMPT, good);
    // Once it is merged, the override has served.
    repo.stage(".").commit("9.0.0");
    let report = repo.json(0, &["check"]);
    assert_eq!(stale(&report)[0]["inherited"], true, "{report:#}");
    let report = repo.json(0, &["check", "--all"]);
    assert_eq!(stale(&report)[0]["inherited"], false, "{report:#}");
    assert_eq!(stale(&repo.json(0, &["check", "registry/prompts"])), Vec::<Value>::new());
}

#[test]
fn an_override_of_what_a_change_does_not_touch_is_not_called_stale() {
    let repo = published();
    let accept = |rule: &str, entry: &str| {
        format!("  - {{rule: {rule}, entry: {entry}, fingerprint: \"000000000000\", reason: so}}\n")
    };
    // Rules of this kind are asked where an entry is touched.
    let asked_then = [
        accept("sunset-missing", "prompt/billing_refund"),
        accept("suite-input-missing", "prompt/greeting"),
        accept("gate-metric-unknown", "registry/policies/gates.yaml"),
    ];
    repo.write("keelmark.yaml", format!("version: 1\noverrides:\n{}", asked_then.concat()));
    let stale = |words: &[&str]| -> Vec<u64> {
        let report = repo.json(0, words);
        let all = report["findings"].as_array().expect("findings").clone();
        let own = all.iter().filter(|found| found["rule"] == "override-stale");
        own.map(|found| found["line"].as_u64().expect("a line")).collect()
    };
    assert_eq!(stale(&["check"]), [0_u64; 0]);
    assert_eq!(stale(&["check", "--all"]), [0_u64; 0]);
    // Where it is touched, they are known not to find it.
    repo.edit("registry/prompts/greeting/prompt.yaml", "owner: team", "owner: others");
    assert_eq!(stale(&["check"]), [4]);
    // What is not there has no findings, nor has what no finding is called.
    let never = [accept("sunset-missing", "prompt/nobody"), accept("sunset-missing", "greeting")];
    repo.write("keelmark.yaml", format!("version: 1\noverrides:\n{}", never.concat()));
    assert_eq!(stale(&["check"]), [3, 4]);
}

#[test]
fn an_override_without_a_reason_accepts_nothing() {
    let repo = published();
    repo.edit(PROMPT, "version: 2.3.0", "version: 9.0.0");
    repo.edit(PROMPT, "changelog:\n", "changelog:\n  - \"9.0.0: a leap\"\n");
    let report = repo.json(0, &["check"]);
    let fingerprint = finding(&report, "version-bump-excessive")["fingerprint"].clone();
    for reason in ["\" \"", "\"\"", "\"\\t\"", "~", "[]"] {
        let text = format!(
            "version: 1\noverrides:\n  - rule: version-bump-excessive\n    entry: prompt/billing_refund\n    fingerprint: {fingerprint}\n    reason: {reason}\n"
        );
        repo.write("keelmark.yaml", text);
        let report = repo.json(2, &["check"]);
        assert_eq!(report["overridden"].as_array().map(Vec::len), Some(0), "{reason}");
        let findings = report["findings"].as_array().expect("findings");
        let said = findings.iter().find(|f| f["pointer"] == "/overrides/0/reason");
        let said = said.unwrap_or_else(|| panic!("{reason}: {report:#}"));
        assert_eq!(
            (&said["path"], &said["line"]),
            (&"keelmark.yaml".into(), &6.into()),
            "{reason}"
        );
        finding(&report, "version-bump-excessive");
    }
}

#[test]
fn a_named_folder_without_entries_is_no_pass() {
    let repo = published();
    repo.write("notes/x", "x").stage(".");
    repo.keelmark(&["check", "notes"]).is(2).says("no entry is at or below `notes`");
    repo.keelmark(&["check", "registry"]).is(0);
}

#[test]
fn a_misspelt_key_is_said_once_and_bump_derives_nothing_from_it() {
    let repo = published();
    repo.edit(PROMPT, "schema:\n", "shema:\n");
    let report = repo.json(1, &["check"]);
    assert_eq!(report["entries"][0]["required"], "none", "{report:#}");
    finding(&report, "schema-unknown-key");
    let before = repo.read(PROMPT);
    repo.keelmark(&["bump"]).is(1).says("did you mean `schema`");
    assert_eq!(repo.read(PROMPT), before);
}

#[test]
fn conflict_markers_in_a_template_are_not_published() {
    let repo = published();
    let path = "registry/prompts/billing_refund/template.md";
    let text = repo.read(path);
    repo.write(path, format!("<<<<<<< HEAD\n{text}=======\n{text}>>>>>>> mine\n"));
    repo.keelmark(&["check"]).is(4).says("payload-conflict-marker");
    repo.keelmark(&["bump"]).is(1).says("payload-conflict-marker");
}

#[test]
fn a_changelog_takes_no_number_that_was_never_made() {
    let repo = published();
    repo.edit(PROMPT, "changelog:\n", "changelog:\n  - \"4.0.0: planned\"\n");
    repo.keelmark(&["check"]).is(1).says("changelog-line-newer");
}

#[test]
fn a_misplaced_entry_file_is_not_overlooked() {
    let repo = published();
    repo.write("registry/promts/late/prompt.yaml", "id: late\n").stage(".");
    repo.write("registry/prompts/late/Prompt.yaml", "id: late\n").stage(".");
    let report = repo.json(0, &["check"]);
    let misplaced = report["findings"].as_array().expect("a list").iter();
    assert_eq!(misplaced.filter(|f| f["rule"] == "file-misplaced").count(), 2, "{report:#}");
}

#[test]
fn a_model_names_only_variables_and_programs_that_the_base_allows() {
    let repo = published();
    repo.write(
        "registry/models/late/model.yaml",
        "id: late\nversion: 1.0.0\nowner: a\nprovider: {api: openai, model: m-1, base_url_env: AWS_SECRET}\nchangelog: [\"1.0.0: first\"]\n",
    );
    repo.write("keelmark.yaml", "version: 1\ntrust: {env: [AWS_SECRET]}\n").stage(".");
    let report = repo.json(1, &["check"]);
    finding(&report, "trust-variable-missing");
}

#[test]
fn the_step_of_a_composite_is_not_called_too_large_for_what_its_members_went_through() {
    let repo = published();
    let composite = "registry/composites/support_copilot/composite.yaml";
    let text = "id: support_copilot\nversion: 1.0.0\nowner: platform-ai\nmembers: {prompt: billing_refund@2.3.0}\n\
                changelog: [\"1.0.0: first\"]\n";
    repo.write(composite, text);
    repo.commit("a composite");
    let moved = text
        .replace("version: 1.0.0", "version: 1.1.0")
        .replace("[\"1.0.0: first\"]", "[\"1.1.0: second\", \"1.0.0: first\"]")
        .replace("owner: platform-ai\n", "owner: platform-ai\nrollback_to: 1.0.0\n");
    repo.write(composite, &moved);
    let report = repo.json(0, &["check"]);
    assert_eq!(report["entries"][0]["entry"], "composite/support_copilot");
    assert!(!report.to_string().contains("version-bump-excessive"), "{report:#}");
}
