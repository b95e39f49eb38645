//! Git's variables, as real hooks hand them over.
//!
//! The environment belongs to the process, so these tests run this test binary again as the hook.

use std::path::Path;
use std::process::Command;

use keelmark::path::RepoPath;
use keelmark::snapshot::Snapshot as _;
use keelmark::vcs::Repository;

use crate::support::{TestRepo, hermetic};

const PROBE: &str = "KEELMARK_TEST_PROBE";
const PROBE_TEST: &str = "environment::what_a_child_process_sees_is_written_down";

/// Writes the index as it is seen from the working directory to the file that the variable names.
///
/// Without the variable this is an ordinary run of the tests, and there is nothing to write.
#[test]
fn what_a_child_process_sees_is_written_down() {
    let Some(target) = std::env::var_os(PROBE) else { return };
    let open = Repository::discover(Path::new(".")).expect("a repository");
    let index = open.index_snapshot().expect("an index");
    let mut lines = Vec::new();
    for file in index.list(&RepoPath::default()).expect("readable") {
        let bytes = index.read(&file, 1000).expect("bytes");
        lines.push(format!("{}={}", file.path, String::from_utf8_lossy(&bytes)));
    }
    if open.workdir().is_some() {
        // The git program must see the same index.
        let disk = open.worktree_snapshot(&[]).expect("a work tree");
        for file in disk.list(&RepoPath::default()).expect("readable") {
            lines.push(format!("{} {:?}", file.path, file.content).chars().take(40).collect());
        }
    }
    std::fs::write(target, lines.join("\n")).expect("a file");
}

/// Makes this test binary the repository's pre-commit hook and returns where it will write.
fn hook(repo: &TestRepo) -> std::path::PathBuf {
    let seen = repo.beside("seen");
    let binary = std::env::current_exe().expect("this binary");
    let script = format!(
        "#!/bin/sh\n{PROBE}='{}' '{}' --exact {PROBE_TEST} --quiet >&2\n",
        seen.display(),
        binary.display()
    );
    let path = repo.path().join(".git/hooks/pre-commit");
    std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
    std::fs::write(&path, script).expect("a hook");
    let done = Command::new("chmod").arg("+x").arg(&path).status().expect("chmod");
    assert!(done.success());
    seen
}

fn entries(seen: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(seen).expect("what the hook saw");
    text.lines().filter(|line| line.contains('=')).map(ToOwned::to_owned).collect()
}

#[test]
#[cfg(unix)]
fn hooks_see_the_index_that_will_be_committed() {
    // `commit`, `commit -a` and `commit PATH` each use another index file.
    let cases: [(&[&str], [&str; 2]); 3] = [
        (&["commit", "-q", "-m", "x"], ["a=staged", "b=old"]),
        (&["commit", "-q", "-a", "-m", "x"], ["a=disk", "b=disk"]),
        (&["commit", "-q", "-m", "x", "b"], ["a=old", "b=disk"]),
    ];
    for (words, expected) in cases {
        let repo = TestRepo::init();
        repo.write("a", "old").write("b", "old").stage(".").commit("start");
        repo.write("a", "staged").stage("a").write("a", "disk").write("b", "disk");
        let seen = hook(&repo);
        repo.run(words);
        assert_eq!(entries(&seen), expected, "{words:?}");
    }
}

/// G17.
#[test]
#[cfg(unix)]
fn hooks_of_linked_work_trees_see_their_index() {
    let repo = TestRepo::init();
    repo.commit_file("a", "old");
    let linked = repo.beside("linked");
    repo.run(&["worktree", "add", "-q", "-b", "side", linked.to_str().expect("UTF-8")]);
    let seen = hook(&repo);
    std::fs::write(linked.join("a"), "linked").expect("a file");
    repo.command_in(&linked, &["add", "a"]).status().expect("git");
    let words = ["commit", "-q", "-m", "x"];
    let output = repo.command_in(&linked, &words).output().expect("git");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(entries(&seen), ["a=linked"]);
}

#[test]
fn index_files_may_be_named_by_any_path() {
    let repo = TestRepo::init();
    repo.commit_file("a", "committed");
    repo.write("a", "other").write("b", "other");
    let other = repo.path().join(".git/other-index");
    for variable in [other.as_path(), Path::new(".git/other-index")] {
        let seen = repo.beside("seen");
        let mut add = repo.command(&["add", "a", "b"]);
        assert!(add.env("GIT_INDEX_FILE", variable).status().expect("git").success());
        let mut child = Command::new(std::env::current_exe().expect("this binary"));
        hermetic(&mut child, &repo.beside("home"));
        child.args(["--exact", PROBE_TEST, "--quiet"]).current_dir(repo.path());
        child.env(PROBE, &seen).env("GIT_INDEX_FILE", variable);
        let output = child.output().expect("a child");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        assert_eq!(entries(&seen), ["a=other", "b=other"]);
        assert_eq!(repo.run(&["ls-files"]), "a");
    }
}

/// G35.
#[test]
fn a_git_folder_may_be_named_from_anywhere() {
    let repo = TestRepo::init();
    repo.commit_file("a", "1");
    repo.write("new", "n");
    let elsewhere = tempfile::tempdir().expect("a folder");
    let seen = repo.beside("seen");
    let mut child = Command::new(std::env::current_exe().expect("this binary"));
    hermetic(&mut child, &repo.beside("home"));
    child.args(["--exact", PROBE_TEST, "--quiet"]).current_dir(elsewhere.path());
    child.env(PROBE, &seen).env("GIT_DIR", repo.path().join(".git"));
    child.env("GIT_WORK_TREE", repo.path());
    let output = child.output().expect("a child");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    let text = std::fs::read_to_string(&seen).expect("what the child saw");
    assert!(text.contains("a=1") && text.contains("new Untracked"), "{text}");
}
