//! The work tree.

use keelmark::digest::Digest;
use keelmark::path::RepoPath;
use keelmark::snapshot::{Content, Mode, Snapshot as _};

use crate::support::TestRepo;
use crate::{file, paths, read, streamed};

/// Lets git store a file of the work tree and returns what it stored.
fn stored_by_git(repo: &TestRepo, path: &str) -> Vec<u8> {
    repo.run(&["-c", "core.safecrlf=false", "add", "--", path]);
    repo.run_bytes(&["cat-file", "blob", &format!(":{path}")])
}

/// A name, the attributes, the settings, and the bytes on disk.
type Case = (&'static str, &'static str, &'static [(&'static str, &'static str)], Vec<u8>);

/// G20.
#[test]
fn bytes_are_those_that_git_would_store() {
    let utf16 = |text: &str| -> Vec<u8> {
        let units = std::iter::once(0xfeff).chain(text.encode_utf16());
        units.flat_map(u16::to_le_bytes).collect()
    };
    let cases: [Case; 9] = [
        ("plain", "", &[], b"a\r\nb\r\n".to_vec()),
        ("autocrlf", "", &[("core.autocrlf", "true")], b"a\r\nb\r\n".to_vec()),
        ("input", "", &[("core.autocrlf", "input")], b"a\r\nb\n".to_vec()),
        ("auto", "* text=auto\n", &[], b"a\r\nb\r\n".to_vec()),
        ("auto binary", "* text=auto\n", &[("core.safecrlf", "true")], b"a\r\n\0b\r\n".to_vec()),
        ("eol", "* text eol=crlf\n", &[("core.safecrlf", "true")], b"a\nb\r\n".to_vec()),
        ("ident", "* ident\n", &[], b"x $Id: 1234 $ y\n".to_vec()),
        ("utf-16", "* working-tree-encoding=UTF-16\n", &[], utf16("né\n")),
        (
            "driver",
            "* filter=shout\n",
            &[("filter.shout.clean", "tr a-z A-Z"), ("filter.shout.required", "true")],
            b"quiet\n".to_vec(),
        ),
    ];
    for (name, attributes, settings, bytes) in cases {
        let repo = TestRepo::init();
        for (key, value) in settings {
            repo.run(&["config", key, value]);
        }
        repo.write("changed.txt", "before\n").stage(".").commit("before");
        repo.write(".gitattributes", attributes).write("changed.txt", &bytes);
        repo.write("deep/new.txt", &bytes);
        let snapshot = repo.open().worktree_snapshot(&[]).expect("a work tree");
        for path in ["changed.txt", "deep/new.txt"] {
            let found = (read(&snapshot, path), streamed(&snapshot, path));
            let size = snapshot.size(&file(&snapshot, path)).expect("a size");
            let expected = stored_by_git(&repo, path);
            assert_eq!(found, (expected.clone(), expected.clone()), "{name}: {path}");
            assert_eq!(size, expected.len() as u64, "{name}: {path}");
        }
    }
}

#[test]
fn checked_out_bytes_that_differ_from_the_blob_are_not_a_change() {
    let repo = TestRepo::init();
    let long = "a line of text\n".repeat(10_000);
    repo.write(".gitattributes", "*.txt text eol=crlf\n").write("a.txt", "a\nb\n");
    repo.write("long.txt", &long).stage(".").commit("text");
    repo.delete("a.txt").delete("long.txt").run(&["checkout", "--", "."]);
    let on_disk = std::fs::read(repo.path().join("a.txt")).expect("a file");
    assert_eq!(on_disk, b"a\r\nb\r\n");
    let snapshot = repo.open().worktree_snapshot(&[]).expect("a work tree");
    assert_eq!(file(&snapshot, "a.txt").content, Content::Object(repo.name(":a.txt")));
    assert_eq!(read(&snapshot, "a.txt"), b"a\nb\n");
    assert!(streamed(&snapshot, "long.txt") == long.as_bytes());
}

#[test]
fn carriage_returns_that_the_index_has_are_kept() {
    let repo = TestRepo::init();
    repo.commit_file("a.txt", "a\r\n");
    repo.write(".gitattributes", "* text=auto\n").write("a.txt", "a\r\nb\r\n");
    let snapshot = repo.open().worktree_snapshot(&[]).expect("a work tree");
    let found = read(&snapshot, "a.txt");
    assert_eq!(found, b"a\r\nb\r\n");
    assert_eq!(found, stored_by_git(&repo, "a.txt"));
}

#[test]
fn untracked_files_are_seen_and_ignored_ones_are_not() {
    let repo = TestRepo::init();
    repo.commit_file(".gitignore", "*.log\n");
    repo.write("new/one", "1").write("new/two", "2").write("noise.log", "x");
    repo.write("nested/x", "x");
    repo.command_in(&repo.path().join("nested"), &["init", "-q"]).status().expect("git");
    repo.command_in(&repo.path().join("nested"), &["commit", "-q", "--allow-empty", "-m", "x"])
        .status()
        .expect("git");
    let snapshot = repo.open().worktree_snapshot(&[]).expect("a work tree");
    assert_eq!(paths(&snapshot), [".gitignore", "nested", "new/one", "new/two"]);
    assert_eq!(file(&snapshot, "new/one").content, Content::Untracked);
    assert_eq!(file(&snapshot, "nested").mode, Mode::Submodule);
}

#[test]
fn deleted_files_are_absent() {
    let repo = TestRepo::init();
    repo.write("kept", "k").write("gone", "g").write("a/gone", "g").stage(".").commit("all");
    repo.delete("gone").delete("a/gone");
    let open = repo.open();
    let snapshot = open.worktree_snapshot(&[]).expect("a work tree");
    assert_eq!(paths(&snapshot), ["kept"]);
    assert_eq!(paths(&open.index_snapshot().expect("an index")).len(), 3);
}

#[test]
fn a_folder_may_take_the_place_of_a_file() {
    let repo = TestRepo::init();
    repo.write("a", "file").write("b/x", "file").stage(".").commit("all");
    repo.delete("a").delete("b/x").write("a/x", "below");
    std::fs::remove_dir(repo.path().join("b")).expect("an empty folder");
    repo.write("b", "file now");
    let snapshot = repo.open().worktree_snapshot(&[]).expect("a work tree");
    assert_eq!(paths(&snapshot), ["a/x", "b"]);
    assert_eq!(read(&snapshot, "b"), b"file now");
}

#[test]
fn outside_the_prefixes_the_snapshot_is_the_index() {
    let repo = TestRepo::init();
    repo.write("in/a", "1").write("out/a", "1").write("file", "1").stage(".").commit("all");
    repo.write("in/a", "2").write("out/a", "2").write("file", "2").write("in/new", "n");
    repo.write("out/new", "n");
    let prefixes = [RepoPath::from("in"), RepoPath::from("file")];
    let snapshot = repo.open().worktree_snapshot(&prefixes).expect("a work tree");
    assert_eq!(paths(&snapshot), ["file", "in/a", "in/new", "out/a"]);
    assert_eq!(read(&snapshot, "in/a"), b"2");
    assert_eq!(read(&snapshot, "file"), b"2");
    assert_eq!(read(&snapshot, "out/a"), b"1");
}

#[test]
fn prefixes_are_no_patterns() {
    let repo = TestRepo::init();
    repo.write("a*", "star").write("ab", "other").write(":(top)x", "magic");
    let open = repo.open();
    for (prefix, expected) in [("a*", "a*"), (":(top)x", ":(top)x")] {
        let snapshot = open.worktree_snapshot(&[RepoPath::from(prefix)]).expect("a work tree");
        assert_eq!(paths(&snapshot), [expected]);
    }
}

/// G19.
#[test]
fn files_that_git_was_told_not_to_look_at_come_from_the_index() {
    let repo = TestRepo::init();
    let old = "old line\n".repeat(20_000);
    let new = "new line\n".repeat(20_000);
    repo.commit_file("assumed", &old);
    repo.run(&["update-index", "--assume-unchanged", "assumed"]);
    repo.write("assumed", &new);
    let snapshot = repo.open().worktree_snapshot(&[]).expect("a work tree");
    assert!(read(&snapshot, "assumed") == old.as_bytes());
    assert!(streamed(&snapshot, "assumed") == old.as_bytes());
}

/// G18.
#[test]
fn the_index_is_not_written() {
    let repo = TestRepo::init();
    repo.commit_file("a", "a");
    let index = repo.path().join(".git/index");
    let before = std::fs::read(&index).expect("an index");
    // The same bytes under a new time: `git status` would refresh the index here.
    repo.delete("a").write("a", "a");
    repo.write(".git/index.lock", "");
    let snapshot = repo.open().worktree_snapshot(&[]).expect("a work tree");
    assert_eq!(read(&snapshot, "a"), b"a");
    assert_eq!(std::fs::read(&index).expect("an index"), before);
}

#[test]
#[cfg(unix)]
fn links_and_tools_on_disk_have_their_modes() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    let repo = TestRepo::init();
    repo.write("tool", "#!/bin/sh\n").write("was-file", "x").stage("was-file").commit("x");
    let executable = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(repo.path().join("tool"), executable).expect("permissions");
    symlink("../outside", repo.path().join("link")).expect("a link");
    repo.delete("was-file");
    symlink("tool", repo.path().join("was-file")).expect("a link");
    let snapshot = repo.open().worktree_snapshot(&[]).expect("a work tree");
    assert_eq!(file(&snapshot, "tool").mode, Mode::Executable);
    assert_eq!(file(&snapshot, "link").mode, Mode::Symlink);
    assert_eq!(read(&snapshot, "link"), b"../outside");
    assert_eq!(file(&snapshot, "was-file").mode, Mode::Symlink);
    assert_eq!(read(&snapshot, "was-file"), b"tool");
    assert_eq!(snapshot.size(&file(&snapshot, "link")).expect("a size"), 10);
}

#[test]
#[cfg(unix)]
fn a_pipe_in_the_place_of_a_file_does_not_block() {
    let repo = TestRepo::init();
    repo.commit_file("a", "a");
    let snapshot = {
        repo.write("a", "changed");
        repo.open().worktree_snapshot(&[]).expect("a work tree")
    };
    repo.delete("a");
    let made = std::process::Command::new("mkfifo").arg(repo.path().join("a")).status();
    assert!(made.expect("mkfifo").success());
    assert!(snapshot.read(&file(&snapshot, "a"), 100).is_err());
}

#[test]
fn a_large_file_is_digested_on_disk_where_git_says_that_it_is_unmodified() {
    let (old, new) = (vec![7_u8; 100_000], vec![8_u8; 100_000]);
    for (what, changed) in [("unmodified", false), ("changed", true)] {
        let repo = TestRepo::init();
        repo.commit_file("large.bin", &old);
        if changed {
            repo.write("large.bin", &new);
        }
        let opened = repo.open();
        let tree = opened.commit_snapshot(repo.name("HEAD")).expect("a tree");
        let found = file(&tree, "large.bin");
        let disk = opened.worktree_snapshot(&[]).expect("a work tree");
        disk.remember(&found).expect("digested");
        // Without its object the blob can be known from the disk alone.
        let name = repo.rev("HEAD:large.bin");
        let (folder, rest) = name.split_at(2);
        std::fs::remove_file(repo.path().join(".git/objects").join(folder).join(rest))
            .expect("a loose object");
        let digested = tree.digest(&found).ok();
        let expected = (!changed).then(|| (Digest::of(&old), 100_000));
        assert_eq!(digested, expected, "{what}");
    }
}

#[test]
fn a_tree_digests_what_git_stored() {
    let repo = TestRepo::init();
    let bytes = vec![1_u8; 70_000];
    let commit = repo.commit_file("a.bin", &bytes);
    let tree = repo.open().commit_snapshot(repo.name(&commit)).expect("a tree");
    let found = file(&tree, "a.bin");
    for _ in 0..2 {
        let digested = tree.digest(&found).expect("digested");
        assert_eq!(digested, (Digest::of(&bytes), 70_000));
    }
}
