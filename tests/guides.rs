//! The guides that walk through something are walked through: what they type is typed, and says what
//! they show.
//!
//! A page says where it starts, `<!-- walk: keelmark init --ci none -->` or `<!-- walk: author.md -->`
//! for where another page ends. Then in its order: a block behind "In `path`:" is that file, or a
//! change of it where it is a `diff`; in a `console` block each `$ ` line is run by bash, and the
//! lines below it must be printed, in this order, `…` standing for any others, and it must end well
//! unless an error is among them;
//! `<!-- run: … -->` is what readers do in words of their own.

#![allow(clippy::disallowed_methods, reason = "a test starts programs")]
#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "support/scene.rs"]
mod scene;
#[path = "support/mod.rs"]
mod support;

use std::fs;
use std::path::Path;
use std::process::Command;

use support::{TestRepo, hermetic};

/// One thing that a page does.
#[derive(Debug)]
enum Act {
    /// Starts a repository, or goes on where another page ended.
    Start(String),
    /// Writes a file, or changes it by a diff.
    File { path: String, diff: bool, text: String },
    /// Runs a line, and expects lines of it.
    Type { line: String, shown: Vec<String> },
}

fn acts(page: &str) -> Vec<Act> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/guides").join(page);
    let text = fs::read_to_string(path).unwrap_or_else(|e| panic!("{page}: {e}"));
    let mut acts = Vec::new();
    let mut named = None;
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let hidden = |word: &str| line.strip_prefix(word)?.strip_suffix(" -->").map(str::to_owned);
        if let Some(start) = hidden("<!-- walk: ") {
            acts.push(Act::Start(start));
        } else if let Some(line) = hidden("<!-- run: ") {
            acts.push(Act::Type { line, shown: Vec::new() });
        } else if let Some(name) =
            line.strip_prefix("In `").and_then(|rest| rest.strip_suffix("`:"))
        {
            named = Some(name.to_owned());
        } else if let Some(language) = line.strip_prefix("```") {
            let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            match (language, named.take()) {
                ("console", _) => acts.extend(typed(&block)),
                (language, Some(path)) => {
                    let text = format!("{}\n", block.join("\n"));
                    acts.push(Act::File { path, diff: language == "diff", text });
                }
                _ => {}
            }
        }
    }
    acts
}

fn typed(block: &[&str]) -> Vec<Act> {
    let mut found: Vec<Act> = Vec::new();
    for line in block {
        if let Some(line) = line.strip_prefix("$ ") {
            found.push(Act::Type { line: line.to_owned(), shown: Vec::new() });
        } else if let Some(Act::Type { shown, .. }) = found.last_mut() {
            shown.push((*line).to_owned());
        }
    }
    found
}

/// Walks through a page, and returns the repository in which it ended.
fn walk(page: &str) -> TestRepo {
    let mut repo: Option<TestRepo> = None;
    for act in acts(page) {
        match act {
            Act::Start(start) => repo = Some(begin(&start)),
            Act::File { path, diff, text } => {
                let repo = repo.as_ref().expect("a page starts before it does anything");
                let text =
                    if diff { changed(page, &scene::read(repo, &path), &text) } else { text };
                repo.write(&path, text);
            }
            Act::Type { line, shown } => {
                let repo = repo.as_ref().expect("a page starts before it does anything");
                let (fine, said) = bash(repo, &line);
                let refused = shown.iter().any(|line| line.contains(" error["));
                assert_ne!(fine, refused, "{page}: `{line}`:\n{said}");
                let mut printed = said.lines().map(str::trim_end);
                for expected in shown.iter().filter(|line| *line != "…") {
                    let found = printed.any(|line| line == expected.trim_end());
                    assert!(found, "{page}: `{line}` does not print `{expected}`:\n{said}");
                }
            }
        }
    }
    repo.unwrap_or_else(|| panic!("{page} does not say where it starts"))
}

fn begin(start: &str) -> TestRepo {
    if Path::new(start).extension().is_some_and(|ending| ending == "md") {
        return walk(start);
    }
    let repo = TestRepo::init();
    for (key, value) in [("user.name", "Ada"), ("user.email", "ada@example.com")] {
        repo.run(&["config", key, value]);
    }
    if start.contains("--demo") {
        // The demo is a repository of its own.
        run(&repo, "rm -rf .git && cd .. && rmdir repo && keelmark init --demo repo");
    } else {
        run(&repo, start);
        run(&repo, "git add . && git commit -q -m 'a registry'");
    }
    repo
}

/// Applies the lines of a diff to the one place that has its old lines.
fn changed(page: &str, text: &str, diff: &str) -> String {
    let side = |left_out: char| {
        let lines = diff.lines().filter(|line| !line.starts_with(left_out));
        let lines: Vec<&str> = lines.map(|line| line.get(1..).unwrap_or_default()).collect();
        format!("{}\n", lines.join("\n"))
    };
    let (old, new) = (side('+'), side('-'));
    assert_eq!(text.matches(&old).count(), 1, "{page}: `{old}` in\n{text}");
    text.replace(&old, &new)
}

fn run(repo: &TestRepo, line: &str) {
    let (fine, said) = bash(repo, line);
    assert!(fine, "`{line}`: {said}");
}

/// Runs a line, and returns whether it ended well and what it printed.
fn bash(repo: &TestRepo, line: &str) -> (bool, String) {
    let mut command = Command::new("bash");
    hermetic(&mut command, &repo.beside(""));
    command
        .args(["--norc", "-c", &format!("{{ {line}\n}} 2>&1")])
        .current_dir(repo.path())
        .env("PATH", scene::path_with_program());
    let said = command.output().expect("bash");
    (said.status.success(), String::from_utf8_lossy(&said.stdout).into_owned())
}

#[test]
fn the_authors_guide_can_be_walked_through() {
    walk("author.md");
}

#[test]
fn the_reviewers_guide_can_be_walked_through() {
    walk("reviewer.md");
}

#[test]
fn the_release_managers_guide_can_be_walked_through() {
    walk("release-manager.md");
}

#[test]
fn what_a_guide_does_not_show_rightly_is_seen() {
    let typed = typed(&["$ echo one; echo two", "one", "…", "two", "$ true"]);
    assert!(matches!(&typed[..], [Act::Type { shown, .. }, Act::Type { .. }] if shown.len() == 3));
    assert_eq!(changed("x", "a\nb\nc\n", " a\n-b\n+B\n c\n"), "a\nB\nc\n");
    let wrong = std::panic::catch_unwind(|| changed("x", "a\n", " a\n-b\n+B\n"));
    assert!(wrong.is_err(), "a change of what is not there");
}
