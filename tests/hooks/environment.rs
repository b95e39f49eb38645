//! Hooks where little is set up: no home, no terminal, no program.

use crate::scene::{Said, git, path_with_program, path_without_program};
use crate::{hooked, spoil};

/// G34.
#[test]
fn no_home_and_no_terminal_are_needed() {
    let repo = hooked();
    spoil(&repo);
    repo.stage(".");
    let mut commit = repo.command(&["commit", "-m", "x"]);
    commit.env("PATH", path_with_program()).env_remove("HOME").stdin(std::process::Stdio::null());
    Said::of(&commit.output().expect("git"))
        .ends(1)
        .says("version-unchanged")
        .never_says("\u{1b}[");
}

/// G34.
#[test]
fn a_missing_program_refuses_and_says_what_helps() {
    let repo = hooked();
    repo.write("a", "1\n").stage("a");
    let mut commit = repo.command(&["commit", "-m", "x"]);
    commit.env("PATH", path_without_program());
    Said::of(&commit.output().expect("git"))
        .ends(1)
        .says("keelmark is not on PATH")
        .says("KEELMARK_BIN")
        .says("git commit --no-verify");
}

/// G34.
#[test]
fn keelmark_bin_names_the_program() {
    let repo = hooked();
    spoil(&repo);
    repo.stage(".");
    let with = |program: &str| {
        let mut commit = repo.command(&["commit", "-m", "x"]);
        commit.env("PATH", path_without_program()).env("KEELMARK_BIN", program);
        Said::of(&commit.output().expect("git")).ends(1)
    };
    with(crate::scene::PROGRAM).says("version-unchanged");
    with("/nowhere/keelmark").says("/nowhere/keelmark");
}

#[test]
fn colours_are_for_terminals() {
    let repo = hooked();
    spoil(&repo);
    git(&repo, &["commit", "-a", "-m", "x"]).ends(1).never_says("\u{1b}[");
}

#[test]
fn a_base_of_the_environment_counts_in_the_hook() {
    let repo = hooked();
    spoil(&repo);
    git(&repo, &["commit", "-a", "-n", "-m", "x"]).ends(0);
    repo.write("README.md", "hello\n").stage(".");
    git(&repo, &["commit", "-m", "x"]).ends(0);
    repo.write("README.md", "more\n").stage(".");
    let mut commit = repo.command(&["commit", "-m", "x"]);
    commit.env("PATH", path_with_program()).env("KEELMARK_BASE", "HEAD~2");
    Said::of(&commit.output().expect("git")).ends(1).says("version-unchanged");
}
