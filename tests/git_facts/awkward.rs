//! Repositories of unusual shape.

use keelmark::path::RepoPath;
use keelmark::snapshot::{ReadFault, Snapshot as _};
use keelmark::vcs::{After, Configuration, Repository, VcsError};

use crate::support::{TestRepo, object_name};
use crate::{file, paths, read};

fn refused(path: &std::path::Path) -> VcsError {
    match Repository::discover_with(path, Configuration::RepositoryOnly) {
        Ok(_) => panic!("{} was opened", path.display()),
        Err(error) => error,
    }
}

/// G17.
#[test]
fn a_linked_work_tree_has_its_own_index() {
    let repo = TestRepo::init();
    repo.commit_file("a", "main\n");
    let linked = repo.beside("linked");
    repo.run(&["worktree", "add", "-q", "-b", "side", linked.to_str().expect("UTF-8")]);
    std::fs::write(linked.join("a"), "linked\n").expect("a file");
    repo.command_in(&linked, &["add", "a"]).status().expect("git");
    let open = TestRepo::open_at(&linked);
    assert_eq!(read(&open.index_snapshot().expect("an index"), "a"), b"linked\n");
    assert_eq!(read(&repo.open().index_snapshot().expect("an index"), "a"), b"main\n");
    assert_eq!(open.workdir(), Some(linked.as_path()));
    assert_ne!(open.git_dir(), open.common_dir());
    assert_eq!(open.common_dir(), repo.path().join(".git"));
    assert_eq!(open.hooks_dir().expect("hooks"), repo.path().join(".git/hooks"));
    assert_eq!(open.head().expect("a head"), Some(repo.name("main")));
    assert_eq!(read(&open.worktree_snapshot(&[]).expect("a work tree"), "a"), b"linked\n");
}

/// G17.
#[test]
fn a_submodule_is_a_repository_of_its_own() {
    let outer = TestRepo::init();
    let inner = TestRepo::init();
    inner.commit_file("x", "inner\n");
    outer.run(&["submodule", "--quiet", "add", &inner.address(), "sub"]);
    let sub = outer.path().join("sub");
    std::fs::write(sub.join("y"), "new\n").expect("a file");
    let open = TestRepo::open_at(&sub);
    assert_eq!(open.workdir().expect("a work tree").canonicalize().expect("a path"), sub);
    let disk = open.worktree_snapshot(&[]).expect("a work tree");
    assert_eq!(paths(&disk), ["x", "y"]);
    assert_eq!(read(&disk, "x"), b"inner\n");
}

#[test]
fn a_bare_repository_has_commits_and_no_work_tree() {
    let repo = TestRepo::init();
    repo.commit_file("a", "a\n");
    let bare = TestRepo::clone_of(&repo, &["--bare"]);
    let open = bare.open();
    assert_eq!(open.workdir(), None);
    let commit = open.commit_snapshot(repo.name("HEAD")).expect("a commit");
    assert_eq!(read(&commit, "a"), b"a\n");
    assert!(matches!(open.worktree_snapshot(&[]), Err(VcsError::Bare { .. })));
    assert_eq!(paths(&open.index_snapshot().expect("an index")), [""; 0]);
}

/// G10.
#[test]
fn before_the_first_commit_there_is_an_index_and_no_head() {
    let repo = TestRepo::init();
    let open = repo.open();
    assert_eq!(open.head().expect("a head"), None);
    assert_eq!(paths(&open.index_snapshot().expect("an index")), [""; 0]);
    repo.write("a", "a").stage("a").write("b", "b");
    let index = open.index_snapshot().expect("an index");
    assert_eq!(paths(&index), ["a"]);
    let disk = open.worktree_snapshot(&[]).expect("a work tree");
    assert_eq!(paths(&disk), ["a", "b"]);
    let changed = open.changed(None, After::Index(&index), &[]).expect("a comparison");
    assert_eq!(changed.len(), 1);
    assert_eq!(changed[0].before, None);
}

/// G19.
#[test]
fn names_may_be_sha_256() {
    let repo = TestRepo::init_with(&["--object-format=sha256"]);
    let first = repo.commit_file("d/a", "1\n");
    repo.commit_file("d/a", "2\n");
    repo.tag("v/one");
    assert_eq!(first.len(), 64);
    let open = repo.open();
    let before = open.commit_snapshot(object_name(&first)).expect("a commit");
    assert_eq!(open.resolve("HEAD~1").expect("a commit"), object_name(&first));
    let index = open.index_snapshot().expect("an index");
    assert_eq!(read(&index, "d/a"), b"2\n");
    let changed = open.changed(Some(&before), After::Index(&index), &[]).expect("a comparison");
    assert_eq!(changed.len(), 1);
    let history = open.history(repo.name("HEAD"), &RepoPath::from("d/a")).expect("a history");
    assert_eq!(history.commits.len(), 2);
    assert_eq!(open.tags("v/").expect("tags"), [("v/one".to_owned(), repo.name("HEAD"))]);
    repo.write("d/a", "3\n");
    assert_eq!(read(&open.worktree_snapshot(&[]).expect("a work tree"), "d/a"), b"3\n");
}

/// G19.
#[test]
fn a_split_index_is_read_whole() {
    let repo = TestRepo::init();
    repo.write("a", "1").write("b", "1").stage(".").commit("all");
    repo.run(&["update-index", "--split-index"]);
    repo.write("b", "2").write("c", "1").stage(".");
    let open = repo.open();
    let index = open.index_snapshot().expect("an index");
    assert_eq!(paths(&index), ["a", "b", "c"]);
    assert_eq!(read(&index, "b"), b"2");
    let before = open.commit_snapshot(repo.name("HEAD")).expect("a commit");
    let changed = open.changed(Some(&before), After::Index(&index), &[]).expect("a comparison");
    assert_eq!(changed.len(), 2);
}

/// G19.
#[test]
fn a_sparse_index_looks_whole() {
    let repo = TestRepo::init();
    for path in ["in/a", "out/a", "out/deep/b", "out-side", "out.x/c", "top"] {
        repo.write(path, path);
    }
    repo.stage(".").commit("all");
    repo.run(&["sparse-checkout", "set", "--cone", "--sparse-index", "in"]);
    let listed = repo.run(&["ls-files", "--sparse"]);
    assert!(listed.lines().any(|line| line == "out/"), "not collapsed: {listed}");
    let open = repo.open();
    let commit = open.commit_snapshot(repo.name("HEAD")).expect("a commit");
    let index = open.index_snapshot().expect("an index");
    let disk = open.worktree_snapshot(&[]).expect("a work tree");
    assert_eq!(paths(&index), paths(&commit));
    assert_eq!(paths(&disk), paths(&commit));
    for path in ["out/a", "out/deep/b", "out.x/c", "in/a"] {
        assert_eq!(file(&index, path), file(&commit, path));
        assert_eq!(read(&disk, path), path.as_bytes());
    }
    for folder in ["out", "out/deep", "in"] {
        let folder = RepoPath::from(folder);
        let listed = index.list(&folder).expect("readable");
        assert_eq!(listed, commit.list(&folder).expect("readable"), "{folder}");
    }
    assert_eq!(index.file(&RepoPath::from("out")).expect("readable"), None);
    assert_eq!(index.file(&RepoPath::from("out/")).expect("readable"), None);
    let same = open.changed(Some(&commit), After::Index(&index), &[]).expect("a comparison");
    assert_eq!(same, []);
    // A base that differs inside the collapsed folder.
    let all = open.changed(None, After::Index(&index), &[]).expect("a comparison");
    assert_eq!(all.len(), 6);
}

/// G19.
#[test]
fn a_sparse_checkout_reads_absent_files_from_the_index() {
    let repo = TestRepo::init();
    repo.write("in/a", "a").write("out/b", "b").stage(".").commit("all");
    repo.run(&["sparse-checkout", "set", "--no-sparse-index", "in"]);
    assert!(!repo.path().join("out").exists());
    let disk = repo.open().worktree_snapshot(&[]).expect("a work tree");
    assert_eq!(paths(&disk), ["in/a", "out/b"]);
    assert_eq!(read(&disk, "out/b"), b"b");
}

/// G19.
#[test]
fn a_partial_clone_fetches_what_is_read() {
    let repo = TestRepo::init();
    repo.run(&["config", "uploadpack.allowFilter", "true"]);
    repo.write("d/a", "old\n").stage(".").commit("old");
    repo.write("d/a", "new\n").stage(".").commit("new");
    for filter in ["--filter=blob:none", "--filter=tree:0"] {
        let clone = TestRepo::clone_of(&repo, &[filter]);
        let open = clone.open();
        let old = open.commit_snapshot(repo.name("HEAD~1")).expect("a commit");
        let found = file(&old, "d/a");
        assert_eq!(old.size(&found).expect("a size"), 4, "{filter}");
        assert_eq!(old.read(&found, 100).expect("bytes"), b"old\n", "{filter}");
    }
    // A source that is gone leaves a fault, not a wait.
    let clone = TestRepo::clone_of(&repo, &["--filter=blob:none"]);
    clone.run(&["remote", "set-url", "origin", "file:///nowhere"]);
    let old = clone.open().commit_snapshot(repo.name("HEAD~1")).expect("a commit");
    let lost = old.read(&file(&old, "d/a"), 100);
    assert!(matches!(lost, Err(ReadFault::Missing { .. })), "{lost:?}");
}

/// G6.
#[test]
fn a_shallow_clone_says_so_and_history_is_marked() {
    let repo = TestRepo::init();
    repo.commit_file("a", "1\n");
    repo.commit_file("a", "2\n");
    repo.commit_file("b", "1\n");
    let clone = TestRepo::clone_of(&repo, &["--depth=1"]);
    let open = clone.open();
    assert!(open.is_shallow());
    assert!(!repo.open().is_shallow());
    let head = open.head().expect("a head").expect("a commit");
    let history = open.history(head, &RepoPath::from("a")).expect("a history");
    assert!(history.truncated);
    assert_eq!(history.commits.len(), 1);
    assert!(open.resolve("HEAD~1").is_err());
    let absent = open.commit_snapshot(repo.name("HEAD~1"));
    assert!(matches!(absent, Err(VcsError::Missing { .. })));
}

/// G19.
#[test]
fn a_reftable_is_read() {
    for format in ["sha1", "sha256"] {
        let format = format!("--object-format={format}");
        let repo = TestRepo::init_with(&["--ref-format=reftable", &format]);
        let open = repo.open();
        assert_eq!(open.head().expect("a head"), None);
        assert_eq!(open.head_branch().expect("a head").as_deref(), Some("refs/heads/main"));
        let first = object_name(&repo.commit_file("a", "1\n"));
        repo.write("a", "2\n");
        assert_eq!(open.head().expect("a head"), Some(first));
        let index = open.index_snapshot().expect("an index");
        assert_eq!(read(&index, "a"), b"1\n");
        let disk = open.worktree_snapshot(&[]).expect("a work tree");
        assert_eq!(read(&disk, "a"), b"2\n");
        // What is written is there at once, in every work tree.
        let linked = repo.beside("linked");
        repo.run(&["worktree", "add", "-q", "-b", "side", linked.to_str().expect("UTF-8")]);
        let beside = TestRepo::open_at(&linked);
        assert_eq!(beside.head_branch().expect("a head").as_deref(), Some("refs/heads/side"));
        assert_eq!(beside.head().expect("a head"), Some(first));
        repo.run(&["checkout", "-q", "--detach"]);
        assert_eq!(open.head_branch().expect("a head"), None);
        assert_eq!(open.head().expect("a head"), Some(first));
    }
}

#[test]
fn a_storage_of_references_that_nobody_knows_is_refused() {
    let repo = TestRepo::init();
    repo.commit_file("a", "1\n");
    let config = repo.path().join(".git/config");
    let mut text = std::fs::read_to_string(&config).expect("a configuration");
    text.push_str("[core]\n\trepositoryformatversion = 1\n[extensions]\n\trefStorage = slate\n");
    std::fs::write(&config, text).expect("a configuration");
    let error = refused(repo.path());
    assert!(matches!(error, VcsError::Unsupported { .. }), "{error}");
    assert!(error.hint().is_some_and(|hint| hint.contains("git refs migrate")));
}

#[test]
fn a_folder_outside_git_is_no_repository() {
    let folder = tempfile::tempdir().expect("a folder");
    let error = refused(folder.path());
    assert!(matches!(error, VcsError::NotARepository { .. }), "{error}");
}

/// G27.
#[test]
#[cfg(unix)]
fn a_repository_of_somebody_else_is_refused() {
    let repo = TestRepo::init();
    repo.commit_file("a", "1\n");
    // Only root may give files away; elsewhere there is nothing to show.
    let other = Some(12_345);
    if std::os::unix::fs::chown(repo.path(), other, other).is_err() {
        return;
    }
    std::os::unix::fs::chown(repo.path().join(".git"), other, other).expect("root");
    let error = refused(repo.path());
    assert!(matches!(error, VcsError::Ownership { .. }), "{error}");
    assert!(error.hint().is_some_and(|hint| hint.contains("safe.directory")));
}

/// G26.
#[test]
fn replacements_are_not_seen() {
    let repo = TestRepo::init();
    repo.commit_file("a", "true\n");
    repo.write("fake", "fake\n");
    let fake = repo.run(&["hash-object", "-w", "fake"]);
    repo.run(&["replace", &repo.rev("HEAD:a"), &fake]);
    assert_eq!(repo.run(&["cat-file", "blob", "HEAD:a"]), "fake");
    let commit = repo.open().commit_snapshot(repo.name("HEAD")).expect("a commit");
    assert_eq!(read(&commit, "a"), b"true\n");
}

#[test]
fn hooks_are_where_git_looks_for_them() {
    let repo = TestRepo::init();
    assert_eq!(repo.open().hooks_dir().expect("hooks"), repo.path().join(".git/hooks"));
    repo.run(&["config", "core.hooksPath", "tools/hooks"]);
    assert_eq!(repo.open().hooks_dir().expect("hooks"), repo.path().join("tools/hooks"));
    repo.run(&["config", "core.hooksPath", "/etc/hooks"]);
    assert_eq!(repo.open().hooks_dir().expect("hooks"), std::path::Path::new("/etc/hooks"));
}

#[test]
fn the_last_fetch_is_remembered() {
    let repo = TestRepo::init();
    repo.commit_file("a", "1\n");
    let clone = TestRepo::clone_of(&repo, &[]);
    assert_eq!(clone.open().last_fetch(), None);
    clone.run(&["fetch", "-q"]);
    assert!(clone.open().last_fetch().is_some_and(|seconds| seconds > 1_600_000_000));
}

/// The two ways in which git keeps references.
pub(crate) const STORAGES: [&str; 2] = ["--ref-format=files", "--ref-format=reftable"];

/// G19, G24: a tag of a tag and a tag of a tree.
#[test]
fn revisions_are_commits() {
    for storage in STORAGES {
        let repo = TestRepo::init_with(&[storage]);
        let first = repo.commit_file("a", "1\n");
        repo.tag("v1").run(&["tag", "-a", "-m", "of a tag", "v1-again", "v1"]);
        repo.commit_file("a", "2\n");
        repo.run(&["tag", "a-tree", "HEAD^{tree}"]);
        let open = repo.open();
        for revision in ["v1", "v1-again", "refs/tags/v1", "HEAD~1", &first, &first[..10]] {
            assert_eq!(open.resolve(revision).expect(revision), object_name(&first), "{revision}");
        }
        for revision in ["", "-v1", "--all", "nothing", "HEAD~9", "a-tree", "HEAD:a", "@{u}"] {
            let error = open.resolve(revision);
            assert!(matches!(error, Err(VcsError::Revision { .. })), "{revision}: {error:?}");
        }
    }
}

/// G19, G24.
#[test]
fn tags_and_branches_are_listed_by_name() {
    for storage in STORAGES {
        let repo = TestRepo::init_with(&[storage]);
        let first = repo.commit_file("a", "1\n");
        repo.tag("prompt/a@1.0.0").run(&["tag", "prompt/a@1.1.0"]);
        repo.run(&["tag", "prompt/tree", "HEAD^{tree}"]);
        repo.tag("prompter").tag("other/x");
        repo.run(&["branch", "release/1"]);
        repo.run(&["branch", "release/1-x/deep"]);
        let open = repo.open();
        let one = object_name(&first);
        let expected = [("prompt/a@1.0.0".to_owned(), one), ("prompt/a@1.1.0".to_owned(), one)];
        assert_eq!(open.tags("prompt/").expect("tags"), expected);
        assert_eq!(open.tags("prompt/a@1.1").expect("tags"), expected[1..]);
        assert_eq!(open.tags("").expect("tags").len(), 4);
        repo.run(&["pack-refs", "--all"]);
        assert_eq!(open.tags("prompt/").expect("tags"), expected);
        let patterns = ["main".to_owned(), "release/*".to_owned()];
        let names = |remote: Option<&str>, open: &Repository| -> Vec<String> {
            let found = open.branches(&patterns, remote).expect("branches");
            found.into_iter().map(|branch| branch.name).collect()
        };
        assert_eq!(names(None, &open), ["refs/heads/main", "refs/heads/release/1"]);
        let clone = TestRepo::clone_of(&repo, &[storage]);
        assert_eq!(
            names(Some("origin"), &clone.open()),
            ["refs/remotes/origin/main", "refs/remotes/origin/release/1"]
        );
        assert_eq!(names(None, &clone.open()), ["refs/heads/main"]);
    }
}

#[test]
fn a_tree_that_is_absurdly_deep_is_refused() {
    let repo = TestRepo::init();
    repo.commit_file("a", "1\n");
    let judge = git2::Repository::open(repo.path()).expect("libgit2");
    let mut id = judge.blob(b"x").expect("a blob");
    for depth in 0..3000 {
        let mut folder = judge.treebuilder(None).expect("a tree");
        let mode = if depth == 0 { 0o100_644 } else { 0o040_000 };
        folder.insert("d", id, mode).expect("an entry");
        id = folder.write().expect("a tree");
    }
    let deep = repo.run(&["commit-tree", "-m", "deep", &id.to_string()]);
    let open = repo.open();
    let flat = open.commit_snapshot(repo.name("HEAD")).expect("a commit");
    let deep = open.commit_snapshot(object_name(&deep)).expect("a commit");
    assert!(deep.list(&RepoPath::default()).is_err());
    assert!(open.changed(Some(&flat), After::Tree(&deep), &[]).is_err());
}
