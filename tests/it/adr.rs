//! `adr`: decision records, from the first word to the one that takes their place.

use std::os::unix::fs::symlink;

use serde_json::{Value, json};

use crate::support::TestRepo;

const CONFIG: &str = "version: 1\nroles: {accountable: [Ada], consulted: [\"ops: night\"]}\n";
const OLD: &str = "docs/adr/2026-11-01-old.md";
const NEW: &str = "docs/adr/2026-11-02-new.md";

/// A repository with two records.
fn decided() -> TestRepo {
    let repo = TestRepo::init();
    repo.write("keelmark.yaml", CONFIG)
        .write(OLD, "---\nstatus: accepted # in the meeting\ndate: 2026-11-01\n---\n\n# Old *way*\n\nBody.\n")
        .write(NEW, "---\nstatus: proposed\n---\n\n# New\n");
    repo.stage(".").commit("decided");
    repo
}

fn decisions(repo: &TestRepo) -> Vec<Value> {
    repo.json(0, &["adr", "list"])["decisions"].as_array().expect("decisions").clone()
}

/// The only record whose path ends so.
fn ending(repo: &TestRepo, end: &str) -> Value {
    let mut found = decisions(repo);
    found.retain(|decision| decision["path"].as_str().expect("a path").ends_with(end));
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

#[test]
fn a_record_is_begun_in_the_form_of_madr_and_never_over_another() {
    let repo = TestRepo::init();
    repo.write("keelmark.yaml", CONFIG);
    let before = repo.files();
    repo.keelmark(&["adr", "new", "Ask for @all | <b>", "--dry-run"])
        .is(0)
        .says("+# Ask for @&#8203;all \\| &lt;b&gt;")
        .says("would: docs/adr/")
        .says("-ask-for-all-b.md created");
    assert_eq!(repo.files(), before);
    repo.keelmark(&["adr", "new", "Ask for @all | <b>"]).is(0).says("TODO(author)");
    let first = ending(&repo, "-ask-for-all-b.md");
    assert_eq!(
        (&first["status"], &first["title"]),
        (&json!("proposed"), &json!("Ask for @all | <b>"))
    );
    let path = first["path"].as_str().expect("a path");
    let text = repo.read(path);
    assert!(text.contains("decision-makers: [\"Ada\"]\nconsulted: [\"ops: night\"]\n"), "{text}");
    assert!(path.starts_with(&format!("docs/adr/{}-", first["date"].as_str().expect("a date"))));
    assert!(!first["unfilled"].as_array().expect("places").is_empty());

    // What git does not know is there all the same.
    repo.write(".gitignore", "docs/\n").stage(".").commit("ignored");
    repo.keelmark(&["adr", "new", "Ask for @all | <b>"]).is(0).says("-ask-for-all-b-2.md created");
    assert_eq!(repo.read(path), text);

    for title in ["", "  ", "two\nlines", "a\u{1b}[2J"] {
        repo.keelmark(&["adr", "new", title]).is(2).says("a title is one line");
    }
}

/// G32: names are days and titles, so that no two branches count to the same number.
#[test]
fn records_of_two_branches_do_not_meet() {
    let repo = TestRepo::init();
    repo.write("keelmark.yaml", CONFIG).stage(".").commit("a registry");
    for (branch, title) in [("one", "Ask for the order"), ("other", "Answer in one line")] {
        repo.checkout("main").branch(branch);
        repo.keelmark(&["adr", "new", title]).is(0);
        repo.stage(".").commit(title);
    }
    repo.run(&["merge", "-q", "-m", "merge", "one"]);
    let titles: Vec<Value> = decisions(&repo).iter().map(|found| found["title"].clone()).collect();
    assert_eq!(titles.len(), 2, "{titles:?}");
    // Two with one title and other words are a conflict that git shows, and not one record.
    repo.checkout("main").branch("again");
    repo.keelmark(&["adr", "new", "Ask for the order"]).is(0);
    let record = ending(&repo, "-ask-for-the-order.md");
    let path = record["path"].as_str().expect("a path");
    repo.write(path, repo.read(path) + "Decided twice.\n").stage(".").commit("again");
    assert!(!repo.try_run(&["merge", "-q", "-m", "merge", "one"]).status.success());
}

#[test]
fn one_record_takes_the_place_of_another_and_bodies_keep_their_bytes() {
    let repo = decided();
    let before = repo.files();
    let short = "2026-11-01-old.md";
    repo.keelmark(&["adr", "supersede", short, "2026-11-02-new", "--dry-run"])
        .is(0)
        .says("-status: accepted # in the meeting")
        .says("+status: superseded by 2026-11-02-new.md # in the meeting");
    assert_eq!(repo.files(), before);
    repo.keelmark(&["adr", "supersede", OLD, NEW]).is(0).says("superseded by");
    assert_eq!(
        repo.read(OLD),
        "---\nstatus: superseded by 2026-11-02-new.md # in the meeting\ndate: 2026-11-01\n---\n\n# Old *way*\n\nBody.\n"
    );
    assert_eq!(
        repo.read(NEW),
        "---\nstatus: proposed\nsupersedes:\n  - \"2026-11-01-old.md\"\n---\n\n# New\n"
    );
    let old = ending(&repo, "old.md");
    assert_eq!(old["superseded_by"], "2026-11-02-new.md");
    assert_eq!(ending(&repo, "new.md")["supersedes"], json!(["2026-11-01-old.md"]));
    repo.keelmark(&["adr", "list"])
        .is(0)
        .says("2026-11-01 superseded Old *way* docs/adr/2026-11-01-old.md (by 2026-11-02-new.md)")
        .says("2 decision records in docs/adr");

    let done = repo.files();
    repo.keelmark(&["adr", "supersede", OLD, NEW]).is(0).says("both records say so already");
    repo.keelmark(&["adr", "supersede", NEW, OLD]).is(1).says("itself superseded");
    repo.keelmark(&["adr", "new", "Third", "--supersedes", short]).is(1).says("already");
    repo.keelmark(&["adr", "supersede", OLD, OLD]).is(2).says("its own place");
    repo.keelmark(&["adr", "supersede", "2026-11-01-od.md", NEW])
        .is(2)
        .says("did you mean `2026-11-01-old.md`?");
    repo.keelmark(&["adr", "supersede", "keelmark.yaml", NEW]).is(2).says("no decision record");
    assert_eq!(repo.files(), done);
}

#[test]
fn a_new_record_takes_the_place_of_an_old_one_in_one_go() {
    let repo = decided();
    let folder = repo.path().join("docs/adr");
    let words = ["adr", "new", "Third", "--supersedes", "2026-11-01-old.md"];
    repo.keelmark_in(&folder, &words, &[]).is(0).says("2026-11-01-old.md superseded");
    let third = ending(&repo, "-third.md");
    assert_eq!(third["supersedes"], json!(["2026-11-01-old.md"]));
    let name = third["path"].as_str().and_then(|path| path.strip_prefix("docs/adr/"));
    assert_eq!(ending(&repo, "old.md")["superseded_by"].as_str(), name);
}

#[test]
fn records_of_other_tools_are_listed_and_pages_about_them_are_not() {
    let repo = decided();
    repo.write("docs/adr/README.md", "# Our decisions\n")
        .write("docs/adr/0001-use-git.md", "# 1. Use git\n\n## Status\n\nAccepted\n")
        .write("docs/adr/broken.md", "---\nstatus: [\n---\n# B\n")
        .write("docs/adr/2026-11-03-large.md", vec![b'x'; (1 << 20) + 1])
        .write("docs/adr/notes.txt", "no record\n");
    symlink("/etc/hostname", repo.path().join("docs/adr/2026-11-04-link.md")).expect("a link");
    let found = decisions(&repo);
    let paths: Vec<&str> = found.iter().map(|d| d["path"].as_str().expect("a path")).collect();
    assert_eq!(
        paths,
        [
            "docs/adr/0001-use-git.md",
            OLD,
            NEW,
            "docs/adr/2026-11-03-large.md",
            "docs/adr/broken.md"
        ]
    );
    assert_eq!((&found[0]["title"], &found[0]["status"]), (&json!("1. Use git"), &Value::Null));
    assert!(found[3]["fault"].as_str().expect("a fault").contains("too large"));
    assert!(found[4]["fault"].as_str().expect("a fault").starts_with("line "), "{found:?}");
    repo.keelmark(&["adr", "list"]).is(0).says("unreadable").says("unknown 1. Use git");
    repo.keelmark(&["adr", "supersede", "broken.md", NEW]).is(1).says("cannot be read");
    let empty = TestRepo::init();
    assert!(decisions(&empty).is_empty());
    empty.keelmark(&["adr", "list"]).is(0).says("0 decision records in docs/adr");
}

#[test]
fn a_place_outside_the_repository_is_refused() {
    let repo = TestRepo::init();
    for (place, words) in [
        ("../adr", "`paths.adr` is a path that leaves its folder"),
        ("/tmp/adr", "`paths.adr` is an absolute path"),
        (".git/adr", "`paths.adr` is a path with a `.git` component"),
    ] {
        repo.write("keelmark.yaml", format!("version: 1\npaths: {{adr: {place}}}\n"));
        repo.keelmark(&["adr", "new", "x"]).is(2).says(words).says("inside the repository");
    }
    let team = repo.path().join("team");
    repo.write("team/keelmark.yaml", "version: 1\npaths: {adr: ../decisions}\n");
    repo.keelmark_in(&team, &["adr", "new", "Ours"], &[]).is(0).says("decisions/");
    repo.keelmark_in(&team, &["adr", "list"], &[]).is(0).says("-ours.md");

    let outside = repo.beside("outside");
    std::fs::create_dir_all(&outside).expect("a folder");
    repo.write("keelmark.yaml", "version: 1\npaths: {adr: link}\n");
    symlink(&outside, repo.path().join("link")).expect("a link");
    repo.keelmark(&["adr", "new", "x"]).is(2).says("symbolic link");
    assert_eq!(std::fs::read_dir(&outside).expect("a folder").count(), 0);
}

#[test]
fn a_template_of_ones_own_is_taken_and_a_faulty_one_named_with_its_line() {
    let repo = TestRepo::init();
    repo.write("keelmark.yaml", CONFIG);
    let template = "registry/templates/decision.md";
    let good = "---\nstatus: draft\n---\n# {{ title }}\n## Context and Problem Statement\n## Considered Options\n## Decision Outcome\n### Ours\n";
    repo.write(template, good);
    repo.keelmark(&["adr", "new", "Mine"]).is(0);
    assert_eq!(ending(&repo, "-mine.md")["status"], "draft");
    let before = repo.files();
    for (text, words) in [
        (
            format!("{good}{{{{ nothing }}}}\n"),
            "registry/templates/decision.md:9:4: `nothing` is undefined",
        ),
        (format!("{good}{{% for %}}\n"), "registry/templates/decision.md:9:"),
        (format!("{good}{{% include 'x' %}}\n"), "cannot include other files"),
        (
            format!(
                "{good}{{% for a in range(9000) %}}{{% for b in range(9000) %}}x{{% endfor %}}{{% endfor %}}"
            ),
            "steps",
        ),
        (good.replace("## Considered Options\n", ""), "there is no `## Considered Options`"),
    ] {
        repo.write(template, &text);
        repo.keelmark(&["adr", "new", "Mine"]).is(2).says(words).says("templates");
        repo.write(template, good);
        assert_eq!(repo.files(), before, "{text}");
    }
}
