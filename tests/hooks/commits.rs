//! What each way of committing hands to the hook.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::scene::{
    ASK_TEXT, GREET, GREET_TEXT, Said, TEXT, bottom, git, git_answering, greet, keelmark, prompt,
    read, top,
};
use crate::{hooked, spoil};

#[test]
fn a_plain_commit_is_refused_with_the_rule_and_the_command_that_mends_it() {
    let repo = hooked();
    let before = repo.rev("HEAD");
    spoil(&repo);
    repo.stage(".");
    git(&repo, &["commit", "-m", "x"])
        .ends(1)
        .says("version-unchanged")
        .says("1.0.0 → 1.1.0")
        .says("keelmark bump greet");
    assert_eq!(repo.rev("HEAD"), before);
    // The command that the message names mends it.
    keelmark(&repo, &["bump", "greet"]).ends(0);
    repo.stage(".");
    git(&repo, &["commit", "-m", "x"]).ends(0);
    assert_ne!(repo.rev("HEAD"), before);
}

#[test]
fn a_commit_that_touches_no_entry_never_says_them() {
    let repo = hooked();
    repo.write("README.md", "hello\n").stage(".");
    git(&repo, &["commit", "-m", "x"]).ends(0).says("0 entries");
}

#[test]
fn a_refused_commit_can_be_made_anyway_with_no_verify() {
    let repo = hooked();
    spoil(&repo);
    repo.stage(".");
    git(&repo, &["commit", "-n", "-m", "x"]).ends(0);
}

/// G18, G40.
#[test]
fn the_hook_writes_nothing_to_index_work_tree_or_git_folder() {
    for bad in [false, true] {
        let repo = hooked();
        spoil(&repo);
        if !bad {
            greet(&repo, &["1.1.0: other", "1.0.0: first version"], &top("better"));
        }
        repo.stage(".").write(ASK_TEXT, "not staged\n").write("registry/new", "untracked\n");
        let before = everything(repo.path());
        let mut hook = repo.command(&["hook", "run", "pre-commit"]);
        hook.env("PATH", crate::scene::path_with_program()).env("GIT_INDEX_FILE", ".git/index");
        Said::of(&hook.output().expect("git")).ends(if bad { 4 } else { 0 });
        assert_eq!(everything(repo.path()), before);
    }
}

/// Every file with its bytes and the time of its last change.
fn everything(folder: &Path) -> BTreeMap<PathBuf, (Vec<u8>, SystemTime)> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let entry = entry.expect("an entry");
            if entry.file_type().expect("a type").is_dir() {
                folders.push(entry.path());
            } else {
                let time = entry.metadata().expect("facts").modified().expect("a time");
                found.insert(entry.path(), (fs::read(entry.path()).expect("bytes"), time));
            }
        }
    }
    found
}

/// G16, G18.
#[test]
fn commit_all_checks_the_work_tree_through_its_index_lock() {
    let repo = hooked();
    spoil(&repo);
    git(&repo, &["commit", "-a", "-m", "x"]).ends(1).says("version-unchanged");
    keelmark(&repo, &["bump"]).ends(0);
    git(&repo, &["commit", "-a", "-m", "x"]).ends(0);
    assert!(!repo.path().join(".git/index.lock").exists());
}

/// G16.
#[test]
fn commit_of_a_path_checks_that_path_and_leaves_the_staged_rest() {
    let repo = hooked();
    spoil(&repo);
    repo.stage(".").write("README.md", "hello\n").run(&["add", "-N", "README.md"]);
    git(&repo, &["commit", "-m", "x", "README.md"]).ends(0).says("0 entries");
    // The other way round: what is staged is good, the path is not.
    repo.run(&["reset", "-q", "--hard"]);
    repo.write("README.md", "more\n").stage(".");
    spoil(&repo);
    git(&repo, &["commit", "-m", "x", GREET_TEXT]).ends(1).says("version-unchanged");
    git(&repo, &["commit", "-m", "x"]).ends(0);
}

/// G16.
#[test]
fn commit_including_a_path_checks_it_together_with_the_staged_rest() {
    let repo = hooked();
    repo.write("README.md", "more\n").stage(".");
    spoil(&repo);
    git(&repo, &["commit", "-i", "-m", "x", GREET_TEXT]).ends(1).says("version-unchanged");
}

/// G16.
#[test]
fn the_staged_half_of_a_file_counts() {
    let repo = hooked();
    // Two hunks in one file: a description, which needs no version, and an input, which does.
    let text = read(&repo, GREET).replace("says it", "says it kindly");
    let text =
        text.replace("\nchangelog:", ", why]\nchangelog:").replace("answer], why", "answer, why");
    repo.write(GREET, &text);
    git_answering(&repo, &["commit", "-p", "-m", "kindly"], "s\ny\nn\n").ends(0);
    assert!(repo.run(&["show", &format!("HEAD:{GREET}")]).contains("kindly"));
    assert!(!repo.run(&["show", &format!("HEAD:{GREET}")]).contains("why"));
    git_answering(&repo, &["commit", "-p", "-m", "why"], "y\n").ends(1).says("version-unchanged");
}

#[test]
fn a_half_that_is_staged_is_refused_although_the_work_tree_is_whole() {
    let repo = hooked();
    greet(&repo, &["1.1.0: other", "1.0.0: first version"], &top("better"));
    // The file of the entry comes first; only the template is taken.
    git_answering(&repo, &["commit", "-p", "-m", "x"], "d\ny\n").ends(1).says("version-unchanged");
    git(&repo, &["commit", "-a", "-m", "x"]).ends(0);
}

/// G16.
#[test]
fn amending_is_measured_against_the_base_and_not_against_the_amended_commit() {
    let repo = hooked();
    repo.branch("work");
    greet(&repo, &["1.1.0: other", "1.0.0: first version"], &top("better"));
    git(&repo, &["commit", "-a", "-m", "x"]).ends(0);
    // The number is not published, so its content may still change.
    greet(&repo, &["1.1.0: other", "1.0.0: first version"], &top("even better"));
    git(&repo, &["commit", "-a", "--amend", "-m", "x"]).ends(0);
    greet(&repo, &["1.0.0: first version"], &top("even better"));
    git(&repo, &["commit", "-a", "--amend", "-m", "x"]).ends(1).says("version-unchanged");
    // Back to what the base has: nothing is touched.
    greet(&repo, &["1.0.0: first version"], TEXT);
    repo.write("README.md", "hello\n").stage(".");
    git(&repo, &["commit", "--amend", "-m", "x"]).ends(0).says("0 entries");
}

/// G33.
#[test]
fn a_commit_of_deletions_only_is_checked() {
    let repo = hooked();
    repo.run(&["rm", "-rq", "registry/prompts/greet"]);
    git(&repo, &["commit", "-m", "x"]).ends(1).says("entry-deleted");
    repo.run(&["reset", "-q", "--hard"]);
    repo.run(&["rm", "-q", GREET_TEXT]);
    git(&repo, &["commit", "-m", "x"]).ends(1).says("payload-missing");
}

/// G19.
#[test]
fn what_is_only_intended_to_be_added_is_not_committed_and_not_checked() {
    let repo = hooked();
    repo.write("registry/prompts/new/prompt.yaml", "id: nonsense\n").write("README.md", "hello\n");
    repo.run(&["add", "-N", "registry/prompts/new/prompt.yaml"]);
    repo.stage("README.md");
    git(&repo, &["commit", "-m", "x"]).ends(0).says("0 entries");
    // A template that is only intended is not there for anybody else.
    repo.write("registry/prompts/new/prompt.yaml", prompt("new", "name", &["1.0.0: x"], TEXT));
    repo.write("registry/prompts/new/template.md", TEXT);
    repo.run(&["add", "-N", "registry/prompts/new/template.md"]);
    repo.run(&["add", "registry/prompts/new/prompt.yaml"]);
    git(&repo, &["commit", "-m", "x"]).ends(1).says("payload-missing");
}

#[test]
fn a_conflicted_index_is_told_apart_from_a_bad_one() {
    let repo = hooked();
    repo.branch("other");
    greet(&repo, &["1.1.0: other", "1.0.0: first version"], &top("other"));
    git(&repo, &["commit", "-a", "-m", "other"]).ends(0);
    repo.checkout("main");
    greet(&repo, &["1.1.0: mine", "1.0.0: first version"], &top("mine"));
    git(&repo, &["commit", "-a", "-m", "mine"]).ends(0);
    assert!(!repo.try_run(&["merge", "-q", "other"]).status.success());
    keelmark(&repo, &["hook", "run", "pre-commit"]).ends(1).says("path-unmerged").says(GREET);
}

#[test]
fn a_conflicted_merge_is_checked_when_it_is_committed() {
    let repo = hooked();
    repo.branch("other");
    greet(&repo, &["1.1.0: other", "1.0.0: first version"], &top("other"));
    git(&repo, &["commit", "-a", "-m", "other"]).ends(0);
    repo.checkout("main");
    greet(&repo, &["1.1.0: mine", "1.0.0: first version"], &bottom("mine"));
    git(&repo, &["commit", "-a", "-m", "mine"]).ends(0);
    assert!(!repo.try_run(&["merge", "-q", "other"]).status.success());
    // Whoever keeps one side's number for the content of both is refused.
    let both = top("other").replace("nine\n", "mine\n");
    greet(&repo, &["1.1.0: mine", "1.0.0: first version"], &both);
    repo.stage(".");
    git(&repo, &["commit", "-m", "both"]).ends(1).says("version-unchanged");
    keelmark(&repo, &["bump", "-m", "both"]).ends(0);
    repo.stage(".");
    git(&repo, &["commit", "-m", "both"]).ends(0);
    assert!(read(&repo, GREET).contains("version: 1.2.0\n"), "{}", read(&repo, GREET));
}

/// G13.
#[test]
fn a_merge_without_conflict_is_checked() {
    let repo = hooked();
    repo.branch("other");
    spoil(&repo);
    git(&repo, &["commit", "-a", "-n", "-m", "spoiled"]).ends(0);
    repo.checkout("main");
    let before = repo.rev("HEAD");
    git(&repo, &["merge", "--no-ff", "-m", "x", "other"]).ends(1).says("version-unchanged");
    assert_eq!(repo.rev("HEAD"), before);
    repo.run(&["merge", "--abort"]);
    repo.checkout("other");
    keelmark(&repo, &["bump"]).ends(0);
    git(&repo, &["commit", "-a", "-m", "bump"]).ends(0);
    repo.checkout("main");
    git(&repo, &["merge", "--no-ff", "-m", "x", "other"]).ends(0);
}

/// G4.
#[test]
fn a_squashed_merge_is_checked() {
    let repo = hooked();
    repo.branch("other");
    spoil(&repo);
    git(&repo, &["commit", "-a", "-n", "-m", "spoiled"]).ends(0);
    repo.checkout("main");
    git(&repo, &["merge", "-q", "--squash", "other"]).ends(0);
    git(&repo, &["commit", "-m", "x"]).ends(1).says("version-unchanged");
}

#[test]
fn the_first_commit_of_a_repository_is_checked() {
    let repo = crate::support::TestRepo::init();
    keelmark(&repo, &["hook", "install"]).ends(0);
    repo.write(GREET, prompt("greet", "name", &["1.0.0: first version"], TEXT)).stage(".");
    git(&repo, &["commit", "-m", "x"]).ends(1).says("payload-missing");
    repo.write(GREET_TEXT, TEXT).stage(".");
    git(&repo, &["commit", "-m", "x"]).ends(0).says("1 entry");
}
