//! Hooks of git's configuration, which git 2.54 and later run. The git here may be older: a program
//! in front of it on PATH answers for its version, and what git would do with the configuration is
//! done by a hook file.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use crate::scene::{Said, command_in, git, keelmark, path_with_program, registry};
use crate::spoil;
use crate::support::TestRepo;

const EVENTS: [&str; 3] = ["pre-commit", "pre-merge-commit", "pre-push"];

/// PATH with a git in front that claims to be of a version.
fn path_with_git(repo: &TestRepo, version: &str) -> OsString {
    let folder = repo.beside(&format!("git-{version}"));
    fs::create_dir_all(&folder).expect("a folder");
    let real = std::env::split_paths(&std::env::var_os("PATH").expect("a PATH"))
        .map(|folder| folder.join("git"))
        .find(|git| git.exists())
        .expect("git");
    let git = folder.join("git");
    let text = format!(
        "#!/bin/sh\nfor word; do :; done\n[ \"$word\" = version ] && {{ echo 'git version {version}'; exit; }}\nexec '{}' \"$@\"\n",
        real.display()
    );
    program(&git, &text);
    let path = path_with_program();
    std::env::join_paths(std::iter::once(folder).chain(std::env::split_paths(&path))).expect("PATH")
}

fn program(path: &Path, text: &str) {
    fs::write(path, text).expect("a program");
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("permissions");
}

/// Runs the program beside a git of a version.
fn with_git(repo: &TestRepo, version: &str, words: &[&str]) -> Said {
    let mut command = command_in(repo, repo.path(), words);
    command.env("PATH", path_with_git(repo, version));
    Said::of(&command.output().expect("the program"))
}

fn file(repo: &TestRepo, event: &str) -> PathBuf {
    repo.path().join(".git/hooks").join(event)
}

/// Does with a configured hook what git does: its command is a line of shell, and what git passes
/// comes behind it.
fn run_as_git_would(repo: &TestRepo, event: &str) {
    let command = repo.run(&["config", &format!("hook.keelmark-{event}.command")]);
    program(&file(repo, event), &format!("#!/bin/sh\n{command} \"$@\"\n"));
}

#[test]
fn the_version_of_git_decides_where_hooks_are_installed() {
    for (version, configured) in
        [("2.47.3", false), ("2.53.9", false), ("2.54.0", true), ("3.1.0.windows.1", true)]
    {
        let repo = registry();
        with_git(&repo, version, &["hook", "install"]).ends(0);
        for event in EVENTS {
            assert_eq!(file(&repo, event).exists(), !configured, "{version} {event}");
            let key = format!("hook.keelmark-{event}.event");
            let found = repo.try_run(&["config", "--local", &key]);
            let found = String::from_utf8_lossy(&found.stdout).trim().to_owned();
            assert_eq!(found, if configured { event } else { "" }, "{version}");
        }
        with_git(&repo, version, &["hook", "install"]).ends(0).says("installed already");
        with_git(&repo, version, &["hook", "uninstall"]).ends(0).says("removed");
        let left = repo.try_run(&["config", "--local", "--get-regexp", "^hook\\."]);
        assert_eq!(left.stdout, b"", "{version}");
        with_git(&repo, version, &["hook", "uninstall"]).ends(0).says("no hook of Keelmark");
    }
}

#[test]
fn what_is_configured_refuses_what_the_files_refuse() {
    let server = TestRepo::init_with(&["--bare"]);
    let repo = registry();
    repo.run(&["remote", "add", "origin", &server.address()]);
    repo.run(&["push", "-q", "origin", "main"]);
    repo.run(&["fetch", "-q", "origin"]);
    with_git(&repo, "2.54.0", &["hook", "install"])
        .ends(0)
        .says("configured hook.keelmark-pre-push");
    for event in EVENTS {
        run_as_git_would(&repo, event);
    }
    repo.branch("work");
    spoil(&repo);
    git(&repo, &["commit", "-a", "-m", "x"]).ends(1).says("version-unchanged");
    git(&repo, &["commit", "-a", "-n", "-m", "x"]).ends(0);
    assert_ne!(git(&repo, &["push", "origin", "work"]).says("version-unchanged").code, 0);
    keelmark(&repo, &["bump"]).ends(0);
    git(&repo, &["commit", "-a", "-m", "x"]).ends(0);
    git(&repo, &["push", "origin", "work"]).ends(0);
    // The program may be elsewhere.
    let mut commit = repo.command(&["commit", "--allow-empty", "-m", "x"]);
    commit.env("PATH", crate::scene::path_without_program());
    assert_ne!(Said::of(&commit.output().expect("git")).code, 0);
    let mut commit = repo.command(&["commit", "--allow-empty", "-m", "x"]);
    commit.env("PATH", crate::scene::path_without_program());
    commit.env("KEELMARK_BIN", crate::scene::PROGRAM);
    Said::of(&commit.output().expect("git")).ends(0);
}

#[test]
fn nobodys_folder_is_in_the_way_of_the_configuration() {
    let repo = registry();
    let shared = repo.beside("company-hooks");
    repo.run(&["config", "--local", "core.hooksPath", shared.to_str().expect("UTF-8")]);
    program(&file(&repo, "pre-commit"), "#!/bin/sh\n");
    with_git(&repo, "2.54.0", &["hook", "install"]).ends(0);
    assert!(!shared.exists());
    assert!(!file(&repo, "pre-commit.legacy").exists());
}

#[test]
fn hooks_that_are_files_stay_files() {
    let repo = registry();
    keelmark(&repo, &["hook", "install", "--files"]).ends(0);
    with_git(&repo, "2.54.0", &["hook", "install"]).ends(0).says("installed already");
    assert_eq!(repo.try_run(&["config", "--get-regexp", "^hook\\."]).stdout, b"");
    // Older clients beside a new git are asked for.
    let other = registry();
    with_git(&other, "2.54.0", &["hook", "install", "--files"]).ends(0);
    assert!(file(&other, "pre-push").exists());
}

#[test]
fn a_hook_manager_is_left_alone_there_too() {
    let repo = registry();
    program(&file(&repo, "pre-commit"), "#!/bin/sh\n# File generated by pre-commit\n");
    with_git(&repo, "2.54.0", &["hook", "install"]).ends(2).says("belongs to pre-commit");
    assert_eq!(repo.try_run(&["config", "--get-regexp", "^hook\\."]).stdout, b"");
}

#[test]
fn a_dry_run_configures_nothing() {
    let repo = registry();
    let would = "would have configured hook.keelmark-pre-commit";
    with_git(&repo, "2.54.0", &["hook", "install", "--dry-run"]).ends(0).says(would);
    assert_eq!(repo.try_run(&["config", "--get-regexp", "^hook\\."]).stdout, b"");
    with_git(&repo, "2.54.0", &["hook", "install"]).ends(0);
    let would = "would have removed hook.keelmark-pre-commit";
    with_git(&repo, "2.54.0", &["hook", "uninstall", "--dry-run"]).ends(0).says(would);
    assert_eq!(repo.run(&["config", "hook.keelmark-pre-commit.event"]), "pre-commit");
}

#[test]
fn status_says_who_runs_and_who_does_not() {
    let repo = registry();
    let status = |version: &str| with_git(&repo, version, &["hook", "status"]).ends(0);
    repo.run(&["config", "hook.linter.command", "lint"]);
    repo.run(&["config", "hook.linter.event", "pre-commit"]);
    with_git(&repo, "2.54.0", &["hook", "install"]).ends(0);
    status("2.54.0")
        .says("pre-commit        runs linter (hook.linter of git's local configuration)\n")
        .says("                  runs keelmark (hook.keelmark-pre-commit of git's local configuration)\n")
        .says("pre-push          runs keelmark (hook.keelmark-pre-push of git's local configuration)\n")
        .never_says("not installed");
    status("2.47.3").says("does not run it").says("hook install --files");
    repo.run(&["config", "hook.keelmark-pre-commit.enabled", "false"]);
    status("2.54.0").never_says("runs keelmark (hook.keelmark-pre-commit");
    repo.run(&["config", "--unset", "hook.keelmark-pre-commit.enabled"]);
    program(&file(&repo, "pre-commit"), "#!/bin/sh\n");
    status("2.54.0").says("a hook of somebody else runs after it");
    fs::remove_file(file(&repo, "pre-commit")).expect("a hook");
    with_git(&repo, "2.47.3", &["hook", "install"]).ends(0);
    status("2.54.0").says("runs keelmark a second time");
    // Both go at once.
    with_git(&repo, "2.54.0", &["hook", "uninstall"]).ends(0);
    status("2.54.0").says("pre-push          not installed").never_says("runs keelmark");
}
