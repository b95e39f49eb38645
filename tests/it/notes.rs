//! `notes`: what changed between two revisions.

use serde_json::{Value, json};

use crate::fixtures::{OTHER, PROMPT, published, small};
use crate::support::TestRepo;

/// What is published, released once, and changed since: a step that breaks callers, one that does
/// not, a new entry, and one that is gone.
fn changed() -> TestRepo {
    let repo = published();
    repo.write("registry/prompts/zeta.yaml", small("zeta"))
        .write("registry/prompts/zeta.md", "{{ name }}\n");
    for id in ["support_copilot", "other"] {
        composite(&repo, id);
    }
    repo.stage(".").commit("more");
    repo.tag("release/support_copilot@1.7.3");
    repo.edit(PROMPT, "\"question\"]", "\"question\",\"locale\"]");
    repo.edit(OTHER, "outputs: [text]", "outputs: [text, title]");
    repo.keelmark(&["bump", "-m", "fixed: @all | ask for the `locale`"]).is(0);
    repo.keelmark(&["new", "prompt", "fresh"]).is(0);
    repo.delete("registry/prompts/zeta.yaml").delete("registry/prompts/zeta.md");
    repo.stage(".").commit("change");
    repo
}

/// Writes a composite of the smaller prompt.
fn composite(repo: &TestRepo, id: &str) {
    let text = format!(
        "id: {id}\nversion: 1.0.0\nowner: team\nmembers: {{prompt: greeting@1.0.0}}\nchangelog: [\"1.0.0: it\"]\n"
    );
    repo.write(&format!("registry/composites/{id}/composite.yaml"), text);
}

fn names(notes: &Value) -> Vec<&str> {
    let entries = notes["entries"].as_array().expect("entries");
    entries.iter().map(|entry| entry["entry"].as_str().expect("a name")).collect()
}

#[test]
fn without_a_range_notes_begin_at_the_last_release_with_what_breaks() {
    let repo = changed();
    let notes = repo.json(0, &["notes"]);
    assert_eq!(notes["from"]["name"], "release/support_copilot@1.7.3");
    assert_eq!(notes["to"], json!({"name": "HEAD", "commit": repo.rev("HEAD")}));
    assert_eq!(
        names(&notes),
        ["prompt/billing_refund", "prompt/zeta", "prompt/fresh", "prompt/greeting"]
    );
    let refund = &notes["entries"][0];
    assert_eq!((&refund["from"], &refund["to"]), (&json!("2.3.0"), &json!("3.0.0")));
    assert_eq!((&refund["step"], &refund["breaking"]), (&json!("major"), &json!(true)));
    assert_eq!(refund["deciding"][0]["rule"], "input-required-added");
    assert_eq!(notes["entries"][1]["to"], Value::Null);
    let lines = notes["lines"].as_array().expect("lines");
    let kinds: Vec<(&str, &str)> = lines
        .iter()
        .map(|line| {
            (line["kind"].as_str().expect("a kind"), line["text"].as_str().expect("a text"))
        })
        .collect();
    assert_eq!(
        kinds,
        [
            ("fixed", "fixed: @all | ask for the `locale`"),
            ("removed", "gone"),
            ("added", "first version"),
            ("fixed", "fixed: @all | ask for the `locale`"),
        ]
    );
    let page = repo.keelmark(&["notes"]).is(0);
    assert!(page.out.starts_with("# `release/support_copilot@1.7.3` to `HEAD`\n"), "{page}");
    page.says("| `prompt/billing_refund` | 2.3.0 | 3.0.0 | major | `input-required-added`: `locale` is required and has no default |")
        .says("## Fixed - **Breaking:** `prompt/billing_refund` 3.0.0: fixed: @&#8203;all \\| ask for the `locale`")
        .says("- **Breaking:** `prompt/zeta` 1.0.0: gone")
        .says("| `prompt/fresh` | none | 0.1.0 | new |");
}

#[test]
fn a_range_names_revisions_or_releases() {
    let repo = changed();
    repo.tag("release/support_copilot@1.8.0");
    repo.tag("release/support_copilot@1.9.0-rc.1");
    let full = "release/support_copilot@1.7.3..release/support_copilot@1.8.0";
    let expected = names(&repo.json(0, &["notes", full])).join(" ");
    for range in [
        "support_copilot@1.7.3..support_copilot@1.8.0",
        "refs/tags/release/support_copilot@1.7.3..",
        "HEAD~1..HEAD",
        "..support_copilot@1.8.0",
        "HEAD~1..",
        "..",
    ] {
        assert_eq!(names(&repo.json(0, &["notes", range])).join(" "), expected, "{range}");
    }
    let back = repo.json(0, &["notes", "HEAD..HEAD~1"]);
    assert!(names(&back).contains(&"prompt/zeta"), "{back:#}");
    repo.keelmark(&["notes", "HEAD..HEAD"]).is(0).says("No entry changed its version.");
    for range in ["HEAD", "a...b", "a..b..c"] {
        repo.keelmark(&["notes", range]).is(2).says("is no range").says("A..B");
    }
    repo.keelmark(&["notes", "nowhere..HEAD"]).is(2).says("nowhere");
    repo.keelmark(&["notes", "support_copilot@9.9.9..HEAD"]).is(2).says("support_copilot@9.9.9");
}

#[test]
fn the_last_release_is_the_one_that_no_other_came_after() {
    let repo = published();
    let first = repo.keelmark(&["notes"]).is(0);
    assert!(first.out.starts_with("# `the beginning` to `HEAD`"), "{first}");
    first.says("- `prompt/greeting` 1.0.0: first version").leaves_out("**Breaking:**");
    let bump = |text: &str, message: &str| {
        repo.write("registry/prompts/greeting/template.md", text);
        repo.keelmark(&["bump", "-m", message]).is(0);
        repo.stage(".").commit(message);
    };
    let began = || repo.json(0, &["notes"])["from"]["name"].as_str().expect("a name").to_owned();
    repo.tag("release/b@2.0.0");
    bump("Ho {{ name }}\n", "one");
    assert_eq!(began(), "release/b@2.0.0");
    repo.tag("release/a@1.0.0").tag("release/a@1.1.0-rc.1");
    bump("Hey {{ name }}\n", "two");
    assert_eq!(began(), "release/a@1.0.0", "the greater number of another composite is older");

    // Two lines that meet, with a release on each.
    repo.branch("side").commit("aside");
    repo.tag("release/b@3.0.0");
    repo.checkout("main").commit("along");
    repo.tag("release/a@1.2.0");
    repo.run(&["merge", "-q", "--no-edit", "side"]);
    repo.keelmark(&["notes"])
        .is(2)
        .says("`release/a@1.2.0` and `release/b@3.0.0` are all the last release")
        .says("A..HEAD");
    repo.write("keelmark.yaml", "version: 1\ntag_prefix: team-\n").stage(".").commit("prefix");
    assert_eq!(began(), "the beginning", "tags of another registry are none of ours");
    repo.run(&["tag", "-a", "-m", "x", "team-release/a@0.1.0", "HEAD~2"]);
    assert_eq!(began(), "team-release/a@0.1.0");
}

#[test]
fn at_a_release_they_are_the_notes_of_that_release() {
    let repo = changed();
    repo.tag("release/support_copilot@1.8.0");
    let ends = |words: &[&str]| {
        let notes = repo.json(0, &[&["notes"], words].concat());
        let name = |end: &str| notes[end]["name"].as_str().expect("a name").to_owned();
        (name("from"), name("to"), names(&notes).len())
    };
    let own = |from: &str, to: &str, count| {
        (format!("release/support_copilot@{from}"), format!("release/support_copilot@{to}"), count)
    };
    assert_eq!(ends(&[]), own("1.7.3", "1.8.0", 4));
    let page = repo.keelmark(&["notes"]).is(0);
    let title = "# `release/support_copilot@1.7.3` to `release/support_copilot@1.8.0`\n";
    assert!(page.out.starts_with(title), "{page}");
    // A candidate of the next one on the same commit changes nothing; neither does another
    // composite that was released meanwhile.
    repo.tag("release/support_copilot@1.9.0-rc.1");
    repo.run(&["tag", "-a", "-m", "other", "release/other@3.0.0", "HEAD~1"]);
    assert_eq!(ends(&[]), own("1.7.3", "1.8.0", 4));
    // Once something follows, they are what follows.
    repo.commit_file("README.md", "more\n");
    assert_eq!(ends(&[]), (own("1.8.0", "1.8.0", 0).0, "HEAD".to_owned(), 0));
    assert_eq!(ends(&["..support_copilot@1.8.0"]), own("1.7.3", "1.8.0", 4));
    repo.tag("release/support_copilot@1.9.0-rc.2");
    assert_eq!(ends(&[]), own("1.8.0", "1.9.0-rc.2", 0));
    // Where two products are released at one commit, one of them is named.
    repo.tag("release/other@3.1.0");
    assert_eq!(ends(&[]), (own("1.8.0", "1.8.0", 0).0, "HEAD".to_owned(), 0));
    assert_eq!(ends(&["..other@3.1.0"]).0, "release/other@3.0.0");
    // The first release of a product tells everything.
    let first = published();
    composite(&first, "a");
    first.stage(".").commit("a composite");
    first.tag("release/a@1.0.0");
    let page = first.keelmark(&["notes"]).is(0);
    assert!(page.out.starts_with("# `the beginning` to `release/a@1.0.0`"), "{page}");
}

#[test]
fn a_tag_that_only_has_the_name_of_a_release_is_passed_over() {
    let repo = changed();
    let ends = || {
        let notes = repo.json(0, &["notes"]);
        ["from", "to"].map(|end| notes[end]["name"].as_str().expect("a name").to_owned())
    };
    let before = ["release/support_copilot@1.7.3", "HEAD"].map(ToOwned::to_owned);
    assert_eq!(ends(), before);
    repo.run(&["tag", "release/zzz@0.0.1"]);
    repo.tag("release/yyy@0.0.1").tag("release/No_Id@1.0.0");
    assert_eq!(ends(), before);
    // Whoever names one has its notes.
    let named = repo.json(0, &["notes", "..zzz@0.0.1"]);
    assert_eq!(named["to"]["name"], "release/zzz@0.0.1");
    // The message of a release is enough, whatever became of the composite.
    let digest = "a".repeat(64);
    let message = format!(
        "release yyy@0.0.2\n\nKeelmark-Format: 1\nKeelmark-Component: prompt/greeting@1.0.0 sha256:{digest}\nKeelmark-Composite-Digest: sha256:{digest}\nKeelmark-Class: none\n"
    );
    repo.run(&["tag", "-a", "-m", &message, "release/yyy@0.0.2"]);
    assert_eq!(ends()[1], "release/yyy@0.0.2");
}

#[test]
fn a_change_without_its_version_and_another_name_are_said_so() {
    let repo = published();
    repo.tag("release/a@1.0.0");
    repo.edit(OTHER, "inputs: [name]", "inputs: [name, title]");
    repo.edit(PROMPT, "owner: support-ops", "owner: others");
    repo.stage(".").commit("not bumped");
    let notes = repo.json(0, &["notes"]);
    assert_eq!(names(&notes), ["prompt/greeting"], "an owner needs no version");
    assert_eq!(notes["entries"][0]["too_small"], true);
    repo.keelmark(&["notes"]).is(0).says("| 1.0.0 | 1.0.0 | none, needs major |");
    repo.run(&["reset", "-q", "--hard", "HEAD~1"]);
    repo.keelmark(&["mv", "greeting", "hello"]).is(0);
    repo.stage(".");
    repo.keelmark(&["bump"]).is(0);
    repo.stage(".").commit("renamed");
    let notes = repo.json(0, &["notes"]);
    assert_eq!(names(&notes), ["prompt/hello"], "{notes:#}");
    assert_eq!(notes["entries"][0]["from"], "1.0.0");
}

#[test]
fn notes_need_no_work_tree_and_take_templates_of_the_later_side() {
    let repo = changed();
    repo.write("registry/templates/changes.md", "{{ entries|length }} of {{ to.name }}\n");
    repo.keelmark(&["notes"]).is(0).says("## Fixed");
    repo.stage(".").commit("a template");
    let page = repo.keelmark(&["notes"]).is(0);
    assert_eq!(page.out, "4 of HEAD\n");
    let bare = repo.beside("bare.git");
    repo.run(&["clone", "-q", "--bare", ".", bare.to_str().expect("UTF-8")]);
    assert_eq!(repo.keelmark_in(&bare, &["notes"], &[]).is(0).out, page.out);
    repo.write("registry/templates/changes.md", "a\n{{ entries.nothing.more }}\n");
    repo.stage(".").commit("a faulty one");
    repo.keelmark(&["notes"]).is(2).says("registry/templates/changes.md:2:");
    let shallow = TestRepo::clone_of(&repo, &["--depth", "1"]);
    shallow.keelmark(&["notes"]).is(3).says("git fetch --unshallow");
    let empty = TestRepo::init();
    empty.keelmark(&["notes"]).is(2).says("HEAD");
}
