//! Tests of the ledger in real repositories.

#![allow(clippy::disallowed_methods, reason = "tests start git and this program again")]

mod appending;
mod archiving;
mod crashing;
mod falsified;
mod joining;
mod racing;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::Book;
use super::place::Place;
use crate::ledger::kind::Kind;
use crate::ledger::record::{Draft, Record};
use crate::registry::config::Config;
use crate::vcs::{Configuration, Repository};

/// The ledger's branch.
const BRANCH: &str = "refs/heads/keelmark/ledger";
/// What is known of it at the remote.
const TRACKING: &str = "refs/remotes/origin/keelmark/ledger";
/// 2026-11-25T22:58:16Z.
const NOW: i64 = 1_795_647_496;

/// A folder with repositories, which goes when the value goes.
struct Yard {
    folder: TempDir,
}

impl Yard {
    fn new() -> Self {
        Self { folder: TempDir::with_prefix("keelmark-ledger-").expect("a folder") }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().canonicalize().expect("a real path").join(name)
    }

    /// Makes a repository with one commit on `main`.
    fn repository(&self, name: &str) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(&path).expect("a folder");
        git(&path, &["init", "-q", "-b", "main"]);
        git(&path, &["commit", "-q", "--allow-empty", "-m", "first"]);
        path
    }

    /// Makes a bare repository that others clone, with one commit on `main`.
    fn remote(&self) -> PathBuf {
        let seed = self.repository("seed");
        let path = self.path("remote.git");
        git(&seed, &["clone", "-q", "--bare", ".", path.to_str().expect("UTF-8")]);
        path
    }

    fn clone(&self, remote: &Path, name: &str) -> PathBuf {
        let path = self.path(name);
        git(self.folder.path(), &["clone", "-q", &address(remote), path.to_str().expect("UTF-8")]);
        path
    }
}

fn address(path: &Path) -> String {
    format!("file://{}", path.display())
}

fn command(folder: &Path, words: &[&str]) -> Command {
    let mut command = Command::new("git");
    command.args(words).current_dir(folder);
    for (name, value) in [
        ("GIT_CONFIG_GLOBAL", "/dev/null"),
        ("GIT_CONFIG_NOSYSTEM", "1"),
        ("GIT_AUTHOR_NAME", "Ada"),
        ("GIT_AUTHOR_EMAIL", "ada@example.com"),
        ("GIT_COMMITTER_NAME", "Ada"),
        ("GIT_COMMITTER_EMAIL", "ada@example.com"),
        ("LC_ALL", "C"),
    ] {
        command.env(name, value);
    }
    command
}

fn try_git(folder: &Path, words: &[&str]) -> Output {
    command(folder, words).output().expect("git")
}

/// Runs git, insists on success and returns what it printed.
#[track_caller]
fn git(folder: &Path, words: &[&str]) -> String {
    let output = try_git(folder, words);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "git {words:?}: {said}");
    String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
}

fn repository(path: &Path) -> Repository {
    Repository::discover_with(path, Configuration::RepositoryOnly).expect("a repository")
}

/// Opens the ledger of a repository.
fn book(path: &Path) -> Book {
    let repository = repository(path);
    let place = Place::new(&repository, &Config::default());
    Book::at(&repository, place).expect("a ledger")
}

/// The record of a number; its actor tells who made it.
fn record(who: &str, number: i64) -> Record {
    with(who, number, json!({ "number": number }))
}

fn with(who: &str, number: i64, payload: Value) -> Record {
    Record::new(Draft {
        kind: Kind::Approval,
        at: NOW + number,
        actor: format!("{who} <{who}@example.com>"),
        subject: format!("release/{who}@1.0.{number}"),
        payload,
    })
    .expect("a record")
}

/// A record that moves a channel.
fn moving(who: &str, number: i64, version: &str) -> Record {
    let state = json!({
        "composite": "support_copilot",
        "version": version,
        "digest": "a".repeat(64),
        "tag": format!("release/support_copilot@{version}"),
        "tag_object": "c".repeat(40),
        "since": "2026-11-25T22:58:16Z",
        "by": who,
    });
    with(who, number, json!({"channels": {"production": state}}))
}

/// Who made the records in the ledger, and their numbers.
fn told(path: &Path) -> Vec<String> {
    let records = book(path).records().expect("records");
    records.iter().map(|record| record.subject().replace("release/", "")).collect()
}

/// Insists that a repository and its ledger are sound, and returns how many records are at the tip.
#[track_caller]
fn sound(path: &Path) -> usize {
    git(path, &["fsck", "--strict", "--no-dangling"]);
    let audit = book(path).audit().expect("an audit");
    assert_eq!(audit.faults, []);
    let at_tip = book(path).records().expect("records").len();
    assert_eq!(audit.records, at_tip + book(path).archived().expect("records").len());
    at_tip
}
