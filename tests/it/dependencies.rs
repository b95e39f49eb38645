//! What entries ask of each other: pins, circles, diamonds, and those who are left behind.

use serde_json::Value;

use crate::desk::{finding, rules};
use crate::fixtures::small;
use crate::support::TestRepo;

const PROMPT: &str = "registry/prompts/answer/prompt.yaml";
const MODEL: &str = "registry/models/copilot/model.yaml";
const TONE: &str = "registry/fragments/tone/fragment.yaml";
const POLICY: &str = "registry/fragments/policy/fragment.yaml";
const PRODUCT: &str = "registry/composites/support/composite.yaml";
const GOLD: &str = "registry/datasets/gold/dataset.yaml";

/// What every entry has.
fn entry(id: &str, more: &str) -> String {
    format!("id: {id}\nversion: 1.0.0\nowner: team\nchangelog: [\"1.0.0: first\"]\n{more}")
}

/// A prompt with a model and two fragments, one of which uses the other, and their composite.
fn product() -> TestRepo {
    let repo = TestRepo::init();
    repo.write("keelmark.yaml", "version: 1\n")
        .write(TONE, entry("tone", ""))
        .write("registry/fragments/tone/fragment.md", "Be kind.\n")
        .write(POLICY, entry("policy", "depends_on: [fragment/tone@1.0.0]\n"))
        .write("registry/fragments/policy/fragment.md", "No refund after 30 days.\n")
        .write(
            MODEL,
            entry(
                "copilot",
                "provider: {api: openai, model: gpt-4o-mini-2024-07-18}\ncapabilities: [json]\n",
            ),
        )
        .write(
            GOLD,
            entry(
                "gold",
                "row_key: case_id\nfiles: [{path: rows.csv}]\ncolumns: {case_id: {type: string}}\n",
            ),
        )
        .write("registry/datasets/gold/rows.csv", "case_id\n1\n")
        .write(
            PROMPT,
            small("answer") + "model: model/copilot@1.0.0\ndepends_on: [fragment/policy@1.0.0]\n",
        )
        .write("registry/prompts/answer/template.md", "{{ name }}\n")
        .write(
            PRODUCT,
            entry("support", "members: {model: copilot@1.0.0, prompt: answer@1.0.0}\n"),
        );
    repo.stage(".").commit("a product");
    let report = repo.json(0, &["check", "--all"]);
    assert!(!rules(&report).iter().any(|rule| rule.starts_with("dep-")), "{report:#}");
    repo
}

/// Gives an entry a new version.
fn version(repo: &TestRepo, path: &str, version: &str) {
    let text = repo.read(path);
    let text = text.replace("version: 1.0.0", &format!("version: {version}"));
    let line = format!("\"{version}: next\"");
    let text = text.replace("changelog: [", &format!("changelog: [{line}, "));
    let text = text.replace("changelog:\n", &format!("changelog:\n  - {line}\n"));
    assert!(text.contains(&line), "{text}");
    repo.write(path, text);
}

fn related(finding: &Value) -> Vec<&str> {
    let related = finding["related"].as_array().expect("places");
    related.iter().map(|place| place["path"].as_str().expect("a path")).collect()
}

#[test]
fn entries_that_need_each_other_are_named_together() {
    let repo = product();
    let old = repo.read(TONE);
    repo.write(TONE, old.clone() + "depends_on: [fragment/policy@1.0.0]\n");
    for how in [&["check"][..], &["check", "--staged"]] {
        repo.stage(".");
        let report = repo.json(1, how);
        let said = finding(&report, "dep-cycle");
        assert_eq!(said["path"], TONE, "{report:#}");
        assert_eq!(said["message"], "`fragment/policy`, `fragment/tone` need each other");
        assert_eq!(related(said), [POLICY]);
    }
    // What only measures comes after what it measures.
    repo.write(TONE, old + "depends_on: [{ref: fragment/policy@1.0.0, edge: eval}]\n");
    assert!(!rules(&repo.json(1, &["check"])).contains(&"dep-cycle"));
}

#[test]
fn a_circle_that_stood_is_inherited() {
    let repo = product();
    repo.edit(TONE, "changelog", "depends_on: [fragment/policy@1.0.0]\nchangelog");
    repo.stage(".").commit("nobody looked");
    repo.edit(PROMPT, "owner: ", "owner: other-");
    let report = repo.json(0, &["check"]);
    assert_eq!(finding(&report, "dep-cycle")["inherited"], true, "{report:#}");
    assert!(rules(&repo.json(1, &["check", "--all"])).contains(&"dep-cycle"));
}

#[test]
fn a_circle_that_became_smaller_is_inherited_and_one_with_a_new_edge_is_not() {
    let repo = product();
    let extra = "registry/fragments/extra/fragment.yaml";
    let tone = repo.read(TONE);
    repo.write(extra, entry("extra", "depends_on: [fragment/tone@1.0.0]\n"))
        .write("registry/fragments/extra/fragment.md", "More.\n")
        .edit(POLICY, "[fragment/tone@1.0.0]", "[fragment/tone@1.0.0, fragment/extra@1.0.0]")
        .write(TONE, tone.clone() + "depends_on: [fragment/policy@1.0.0]\n");
    repo.stage(".").commit("nobody looked");
    let circle = |report: &Value| {
        let said = finding(report, "dep-cycle");
        (said["message"].as_str().expect("a text").to_owned(), said["inherited"] == true)
    };
    let three = "`fragment/extra`, `fragment/policy`, `fragment/tone` need each other";
    repo.edit(PROMPT, "owner: ", "owner: other-");
    assert_eq!(circle(&repo.json(0, &["check"])), (three.to_owned(), true));
    repo.edit(extra, "depends_on: [fragment/tone@1.0.0]\n", "");
    let two = "`fragment/policy`, `fragment/tone` need each other";
    let report = repo.keelmark(&["check", "--format", "json"]).json();
    assert_eq!(circle(&report), (two.to_owned(), true));
    // The same two through another edge are a new circle.
    repo.write(TONE, tone);
    repo.stage(".").commit("mended by force");
    repo.write(TONE, repo.read(TONE) + "depends_on: [fragment/policy@1.0.0]\n");
    let report = repo.keelmark(&["check", "--format", "json"]).json();
    assert_eq!(circle(&report), (two.to_owned(), false));
}

#[test]
fn what_a_change_breaks_elsewhere_is_not_inherited() {
    let repo = product();
    repo.write("registry/fragments/idea/fragment.yaml", entry("idea", "status: draft\n"))
        .write("registry/fragments/idea/fragment.md", "An idea.\n")
        .edit(PROMPT, "[fragment/policy@1.0.0]", "[fragment/policy@1.0.0, fragment/idea]");
    repo.stage(".").commit("a draft that somebody uses");
    repo.delete("registry/fragments/idea/fragment.yaml")
        .delete("registry/fragments/idea/fragment.md");
    let report = repo.json(1, &["check"]);
    let said = finding(&report, "dep-missing");
    assert_eq!((said["path"].as_str(), said["inherited"].as_bool()), (Some(PROMPT), Some(false)));
    // Merged all the same, it is nobody's fault any more.
    repo.stage(".").commit("merged by force");
    repo.edit(MODEL, "owner: ", "owner: other-");
    assert_eq!(finding(&repo.json(0, &["check"]), "dep-missing")["inherited"], true);
}

#[test]
fn those_who_stay_behind_a_major_version_are_named() {
    let repo = product();
    let other = small("other").replace("owner: ", "model: model/copilot\nowner: ");
    repo.write("registry/prompts/other/prompt.yaml", other)
        .write("registry/prompts/other/template.md", "{{ name }}\n");
    repo.stage(".").commit("a second prompt");
    version(&repo, MODEL, "2.0.0");
    repo.edit(MODEL, "capabilities: [json]", "capabilities: []");
    let report = repo.json(0, &["check"]);
    let said = finding(&report, "dep-major-unadopted");
    assert_eq!(said["path"], MODEL);
    assert_eq!(
        said["message"],
        "`model/copilot` 2.0.0 breaks what 1.0.0 promised: `composite/support`, `prompt/answer` \
         stay on an older version, and `prompt/other` takes the new one unseen"
    );
    // The hook reads only what is touched, and cannot say who else uses it.
    repo.stage(".");
    repo.keelmark(&["hook", "run", "pre-commit"]).is(0);
    // Whoever moves along is not named.
    version(&repo, PROMPT, "1.1.0");
    repo.edit(PROMPT, "copilot@1.0.0", "copilot@2.0.0");
    let message = finding(&repo.json(0, &["check"]), "dep-major-unadopted")["message"].clone();
    assert!(!message.as_str().expect("a text").contains("prompt/answer"), "{message}");
}

#[test]
fn a_composite_whose_members_disagree_is_told_before_its_release() {
    let repo = product();
    version(&repo, MODEL, "1.1.0");
    repo.edit(MODEL, "capabilities:", "aliases: [helper]\ncapabilities:");
    version(&repo, PRODUCT, "1.0.1");
    repo.edit(PRODUCT, "copilot@1.0.0", "copilot@1.1.0");
    let report = repo.json(0, &["check"]);
    let said = finding(&report, "dep-diamond");
    assert_eq!(
        (said["path"].as_str(), said["severity"].as_str()),
        (Some(PRODUCT), Some("warning"))
    );
    assert_eq!(
        said["message"],
        "`model/copilot` is asked for in versions that do not agree: 1.0.0, 1.1.0"
    );
    assert_eq!(related(said), [PROMPT]);
    repo.edit(PRODUCT, "members:", "allow_split: [model/copilot]\nmembers:");
    assert!(!rules(&repo.json(0, &["check"])).contains(&"dep-diamond"));
}

#[test]
fn what_an_entry_uses_shows_through() {
    let repo = product();
    let uses = |depends: &str, more: &str| {
        let text = small("answer") + &format!("depends_on: [{depends}]\n{more}");
        repo.write(PROMPT, text);
        repo.keelmark(&["check", PROMPT, "--format", "json"]).json()
    };
    version(&repo, TONE, "1.1.0");
    repo.edit(TONE, "changelog", "status: deprecated\nreplaced_by: fragment/policy\nchangelog");
    version(&repo, POLICY, "1.1.0");
    repo.edit(POLICY, "changelog", "status: removed\nchangelog");
    repo.edit(GOLD, "row_key", "data_class: confidential\nprovenance: {pii: present}\nrow_key");
    let tone = repo.read(TONE);
    let cases = [
        ("fragment/tone@1.1.0", "", "dep-deprecated", "warning"),
        ("fragment/policy@^1", "", "dep-deprecated", "error, dep-floating note"),
        // The version that is pinned was offered.
        ("fragment/policy@1.0.0", "", "dep-deprecated", "warning"),
        ("dataset/gold@1.0.0", "data_class: internal\n", "dep-pii-propagated", "error"),
        ("dataset/gold@1.0.0", "data_class: confidential\n", "dep-pii-propagated", "error"),
        ("dataset/gold@1.0.0", "data_class: pii\n", "", ""),
        ("dataset/gold@1.0.0", "", "dep-pii-propagated", "warning"),
        ("{ref: dataset/gold@1.0.0, edge: eval}", "", "", ""),
        ("dataset/gold", "data_class: restricted\n", "dep-floating", "note"),
        ("fragment/tone@1.0.0", "license: MIT\n", "dep-license-propagated", "error"),
        ("fragment/tone@1.0.0", "license: MIT AND CC-BY-NC-4.0\n", "", ""),
        ("fragment/tone@1.0.0", "", "", ""),
    ];
    for (depends, more, rule, severity) in cases {
        if depends == "fragment/tone@1.0.0" {
            let licensed = tone.replace("status: deprecated", "license: CC-BY-NC-4.0");
            repo.write(TONE, licensed);
        }
        let report = uses(depends, more);
        let found: Vec<String> = report["findings"]
            .as_array()
            .expect("findings")
            .iter()
            .map(|f| (f["rule"].as_str().expect("a rule"), f["severity"].as_str().expect("one")))
            .filter(|(rule, _)| rule.starts_with("dep-"))
            .map(|(rule, severity)| format!("{rule} {severity}"))
            .collect();
        let expected = if rule.is_empty() { String::new() } else { format!("{rule} {severity}") };
        assert_eq!(found.join(", "), expected, "{depends} {more}");
    }
}

#[test]
fn a_stable_version_does_not_rest_on_a_candidate() {
    let repo = product();
    version(&repo, MODEL, "2.0.0-rc.1");
    repo.edit(MODEL, "capabilities: [json]", "capabilities: []");
    version(&repo, PROMPT, "1.1.0");
    repo.edit(PROMPT, "copilot@1.0.0", "copilot@2.0.0-rc.1");
    let report = repo.json(1, &["check"]);
    let said = finding(&report, "dep-prerelease-in-stable");
    assert_eq!(said["message"], "1.1.0 is stable and uses `model/copilot` 2.0.0-rc.1");
    repo.edit(PROMPT, "version: 1.1.0", "version: 1.1.0-rc.1");
    repo.edit(PROMPT, "1.1.0: next", "1.1.0-rc.1: next");
    assert!(!rules(&repo.json(0, &["check"])).contains(&"dep-prerelease-in-stable"));
}

#[test]
fn a_name_that_its_provider_may_move_is_told() {
    let repo = product();
    for (name, severity) in
        [("gpt-latest", "warning"), ("gpt-4o", "note"), ("gpt-4o-2024-11-20", "")]
    {
        let text = entry("copilot", &format!("provider: {{api: openai, model: {name}}}\n"));
        repo.write(MODEL, text.replace("1.0.0", "2.0.0"));
        let report = repo.keelmark(&["check", MODEL, "--format", "json"]).json();
        let found = report["findings"].as_array().expect("findings");
        let found = found.iter().find(|f| f["rule"] == "model-reference-floating");
        assert_eq!(found.map_or("", |f| f["severity"].as_str().expect("one")), severity, "{name}");
    }
}

/// The findings about one entry that begin with `dep-`, with their severity and message.
fn about<'r>(report: &'r Value, path: &str) -> Vec<(&'r str, &'r str, &'r str)> {
    let findings = report["findings"].as_array().expect("findings").iter();
    let text = |finding: &'r Value, key: &str| finding[key].as_str().expect("a text");
    findings
        .filter(|finding| finding["path"] == path)
        .map(|f| (text(f, "rule"), text(f, "severity"), text(f, "message")))
        .filter(|(rule, ..)| rule.starts_with("dep-"))
        .collect()
}

#[test]
fn whoever_uses_what_is_withdrawn_is_told_at_once() {
    let repo = product();
    version(&repo, MODEL, "1.1.0");
    repo.stage(".").commit("a second version");
    let mark = |line: &str| repo.edit(MODEL, line, &format!("{line} [YANKED]"));
    mark("1.0.0: first");
    // Nothing but the mark changed: its users hear of it, and the change is not refused.
    let report = repo.json(0, &["check"]);
    for path in [PROMPT, PRODUCT] {
        let said = ("dep-yanked", "warning", "`model/copilot` 1.0.0 was withdrawn");
        assert!(about(&report, path).contains(&said), "{report:#}");
    }
    let found = report["findings"].as_array().expect("findings").iter();
    let mine = found.filter(|finding| finding["rule"] == "dep-yanked");
    assert!(mine.clone().count() == 2 && mine.clone().all(|f| f["inherited"] == false));
    repo.stage(".").commit("withdraw 1.0.0");
    repo.edit(GOLD, "owner: ", "owner: other-");
    let report = repo.json(0, &["check"]);
    let found = report["findings"].as_array().expect("findings").iter();
    let mut mine = found.filter(|finding| finding["rule"] == "dep-yanked");
    assert!(mine.all(|finding| finding["inherited"] == true), "{report:#}");
    // A range passes over what was withdrawn.
    repo.edit(PROMPT, "copilot@1.0.0", "copilot@~1.0");
    let report = repo.json(1, &["check", PROMPT]);
    let said = about(&report, PROMPT);
    let message = "what `model/copilot` had in `~1.0` was withdrawn: 1.0.0";
    assert_eq!(said, [("dep-range-unsatisfied", "error", message)]);
    assert_eq!(finding(&report, "dep-range-unsatisfied")["help"], "known versions: 1.1.0");
    repo.edit(PROMPT, "copilot@~1.0", "copilot@^1.0");
    let report = repo.json(1, &["check", PROMPT]);
    assert_eq!(about(&report, PROMPT), [], "{report:#}");
    // Without the exact pin it is the tree that decides.
    mark("1.1.0: next");
    repo.edit(PROMPT, "copilot@^1.0", "copilot");
    let report = repo.json(1, &["check", PROMPT]);
    let message = "`model/copilot` 1.1.0 is what the tree holds, and was withdrawn";
    assert!(about(&report, PROMPT).contains(&("dep-yanked", "warning", message)), "{report:#}");
}

#[test]
fn a_sunset_of_what_is_used_is_compared_with_the_day_of_the_base() {
    let repo = product();
    let other = small("later").replace("owner: ", "model: model/copilot@1.0.0\nowner: ");
    let life = |keys: &str| repo.edit(MODEL, "capabilities:", &format!("{keys}capabilities:"));
    // The commits of a test are of 2023-11-14.
    life("sunset: 2023-11-15\n");
    version(&repo, MODEL, "1.0.1");
    repo.stage(".").commit("an end");
    repo.write("registry/prompts/later/prompt.yaml", other)
        .write("registry/prompts/later/template.md", "{{ name }}\n")
        .stage(".");
    assert_eq!(about(&repo.json(0, &["check"]), "registry/prompts/later/prompt.yaml"), []);
    let commit = ["commit", "-q", "--allow-empty", "--only", "-m", "a day later"];
    let mut later = repo.command(&commit);
    let later = later.env("GIT_COMMITTER_DATE", "2023-11-15T00:00:00Z").output().expect("git");
    assert!(later.status.success());
    let report = repo.json(1, &["check"]);
    let message = "`model/copilot` is past its sunset of 2023-11-15";
    let said = about(&report, "registry/prompts/later/prompt.yaml");
    assert_eq!(said, [("dep-deprecated", "error", message)]);
    // Who used it before is told, and not refused.
    let found = report["findings"].as_array().expect("findings").iter();
    let older = found.filter(|f| {
        f["rule"] == "dep-deprecated" && f["path"] != "registry/prompts/later/prompt.yaml"
    });
    let older: Vec<(&str, bool)> =
        older.map(|f| (f["path"].as_str().expect("a path"), f["inherited"] == true)).collect();
    assert_eq!(older, [(PRODUCT, true), (PROMPT, true)]);
}

#[test]
fn scores_before_and_after_another_version_of_what_measures_are_not_compared() {
    let repo = product();
    repo.edit(PROMPT, "depends_on: [", "depends_on: [{ref: dataset/gold@1.0.0, edge: eval}, ");
    let suite = "registry/suites/golden/suite.yaml";
    let keys = "cases: dataset/gold@1.0.0\ntarget: prompt/answer@1.0.0\n";
    repo.write(suite, entry("golden", keys)).stage(".").commit("measured");
    let notes = |report: &Value| -> Vec<(String, String)> {
        let findings = report["findings"].as_array().expect("findings").iter();
        let text = |finding: &Value, key: &str| finding[key].as_str().expect("a text").to_owned();
        let said = findings.filter(|finding| finding["rule"] == "baseline-invalidated");
        said.map(|f| (text(f, "path"), text(f, "message"))).collect()
    };
    let message =
        "scores with `dataset/gold@1.0.0` and with `dataset/gold@1.1.0` cannot be compared";
    repo.edit(PROMPT, "gold@1.0.0", "gold@1.1.0");
    repo.edit(suite, "gold@1.0.0", "gold@1.1.0").edit(suite, "answer@1.0.0", "answer@1.0.1");
    version(&repo, GOLD, "1.1.0");
    version(&repo, PROMPT, "1.0.1");
    version(&repo, suite, "1.0.1");
    let found = notes(&repo.keelmark(&["check", "--format", "json"]).json());
    let expected = [PROMPT, suite].map(|path| (path.to_owned(), message.to_owned()));
    assert_eq!(found, expected);
}

#[test]
fn a_version_that_is_left_open_is_settled_by_a_composite() {
    let repo = product();
    let floats = |report: &Value, path: &str| -> Vec<String> {
        let found = about(report, path).into_iter().filter(|(rule, ..)| *rule == "dep-floating");
        found.map(|(_, severity, message)| format!("{severity}: {message}")).collect()
    };
    // The composite has both, and pins the model.
    for open in ["copilot@^1.0", "copilot"] {
        let line = format!("model: model/{open}\n");
        repo.write(PROMPT, small("answer") + &line);
        let report = repo.keelmark(&["check", PROMPT, "--format", "json"]).json();
        assert_eq!(floats(&report, PROMPT), Vec::<String>::new(), "{open}");
    }
    // Without the pin both are open.
    repo.write(PROMPT, small("answer") + "model: model/copilot@^1.0\n");
    repo.edit(PRODUCT, "copilot@1.0.0", "copilot");
    let report = repo.keelmark(&["check", "--format", "json"]).json();
    assert_eq!(floats(&report, PROMPT), ["note: `model/copilot` is used in any version of `^1.0`"]);
    assert_eq!(
        floats(&report, PRODUCT),
        ["note: `model/copilot` is used in whatever version it has"]
    );
    // What only proves is named by its id.
    repo.edit(PRODUCT, "members: {", "roles: {data: evidence}\nmembers: {data: gold, ");
    let report = repo.keelmark(&["check", "--format", "json"]).json();
    assert_eq!(floats(&report, PRODUCT).len(), 1, "{report:#}");
    // A composite that has one of them alone says nothing of the other.
    repo.edit(PRODUCT, ", prompt: answer@1.0.0", "").edit(PRODUCT, "copilot", "copilot@1.0.0");
    let report = repo.keelmark(&["check", "--format", "json"]).json();
    assert_eq!(floats(&report, PROMPT).len(), 1, "{report:#}");
}

#[test]
fn a_range_that_cannot_be_read_is_answered_with_those_that_can() {
    let repo = product();
    repo.edit(PROMPT, "copilot@1.0.0", "copilot@latest");
    let report = repo.json(1, &["check", PROMPT]);
    let said = finding(&report, "reference-malformed");
    let message =
        "`model/copilot@latest` is no reference: `latest` is neither a version nor a range";
    assert_eq!(said["message"], message);
    let help = said["help"].as_str().expect("a next step");
    for form in ["`1.4.2`", "`^1.4`", "`~1.4`", "`1.4.*`", "`>=1.2, <2`"] {
        assert!(help.contains(form), "{help}");
        let range = form.trim_matches('`');
        repo.edit(PROMPT, "copilot@latest", &format!("copilot@{range}"));
        let report = repo.json(1, &["check", PROMPT]);
        assert!(!rules(&report).contains(&"reference-malformed"), "{form}");
        repo.edit(PROMPT, &format!("copilot@{range}"), "copilot@latest");
    }
}
