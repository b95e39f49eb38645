//! Commits and the index.

use keelmark::path::RepoPath;
use keelmark::snapshot::{Content, Mode, ReadFault, Snapshot};
use keelmark::vcs::Repository;

use crate::support::TestRepo;
use crate::{file, paths, read, streamed};

#[test]
fn the_index_and_the_work_tree_differ_after_partial_staging() {
    let repo = TestRepo::init();
    repo.commit_file("a.txt", "committed\n");
    repo.write("a.txt", "staged\n").stage("a.txt").write("a.txt", "on disk\n");
    let open = repo.open();
    let commit = open.commit_snapshot(repo.name("HEAD")).expect("a commit");
    let index = open.index_snapshot().expect("an index");
    let disk = open.worktree_snapshot(&[]).expect("a work tree");
    assert_eq!(read(&commit, "a.txt"), b"committed\n");
    assert_eq!(read(&index, "a.txt"), b"staged\n");
    assert_eq!(read(&disk, "a.txt"), b"on disk\n");
    assert_eq!(file(&disk, "a.txt").content, Content::Disk);
    assert_eq!(file(&index, "a.txt").content, Content::Object(repo.name(":a.txt")));
}

/// Git leaves the checksum to `git fsck`; what is wrong with the entries themselves is still seen.
#[test]
fn the_checksum_of_the_index_is_not_asked_for_as_git_does_not_ask() {
    let repo = TestRepo::init();
    repo.commit_file("a.txt", "a\n");
    repo.write("b.txt", "b\n").stage("b.txt");
    let index = repo.path().join(".git/index");
    let whole = std::fs::read(&index).expect("an index");
    let mut bytes = whole.clone();
    let last = bytes.last_mut().expect("a checksum");
    *last = !*last;
    std::fs::write(&index, &bytes).expect("written");
    assert_eq!(repo.run(&["diff", "--cached", "--name-only"]).trim(), "b.txt");
    assert_eq!(paths(&repo.open().index_snapshot().expect("an index")), ["a.txt", "b.txt"]);
    for cut in [whole.len() - 30, whole.len() / 2, 20] {
        std::fs::write(&index, &whole[..cut]).expect("written");
        assert!(repo.open().index_snapshot().is_err(), "{cut} bytes of {}", whole.len());
    }
}

/// G19.
#[test]
fn announced_files_are_absent_from_the_index_and_read_from_disk() {
    let repo = TestRepo::init();
    repo.commit_file("a.txt", "a\n");
    repo.write("soon.txt", "soon\n").run(&["add", "--intent-to-add", "soon.txt"]);
    let open = repo.open();
    let index = open.index_snapshot().expect("an index");
    assert_eq!(paths(&index), ["a.txt"]);
    assert_eq!(index.file(&RepoPath::from("soon.txt")).expect("readable"), None);
    let disk = open.worktree_snapshot(&[]).expect("a work tree");
    assert_eq!(read(&disk, "soon.txt"), b"soon\n");
}

#[test]
fn conflicts_are_reported_and_read_from_disk() {
    let repo = TestRepo::init();
    repo.commit_file("a.txt", "base\n");
    repo.branch("side").commit_file("a.txt", "side\n");
    repo.checkout("main").commit_file("a.txt", "main\n");
    assert!(!repo.try_run(&["merge", "side"]).status.success());
    let open = repo.open();
    let index = open.index_snapshot().expect("an index");
    assert_eq!(index.unmerged(), [RepoPath::from("a.txt")]);
    assert_eq!(paths(&index), [""; 0]);
    let disk = open.worktree_snapshot(&[]).expect("a work tree");
    assert_eq!(disk.unmerged(), [RepoPath::from("a.txt")]);
    assert!(read(&disk, "a.txt").starts_with(b"<<<<<<<"));
}

#[test]
fn lists_are_in_the_order_of_paths() {
    let repo = TestRepo::init();
    for path in ["a/b", "a-b", "a.b", "a0", "a/c/d", "a/c-d", "b"] {
        repo.write(path, path);
    }
    repo.stage(".").commit("all");
    let expected: Vec<String> = repo.run(&["ls-files"]).lines().map(ToOwned::to_owned).collect();
    let open = repo.open();
    let commit = open.commit_snapshot(repo.name("HEAD")).expect("a commit");
    let index = open.index_snapshot().expect("an index");
    let disk = open.worktree_snapshot(&[]).expect("a work tree");
    assert_eq!(paths(&commit), expected);
    assert_eq!(paths(&index), expected);
    assert_eq!(paths(&disk), expected);
    for snapshot in [&commit as &dyn Snapshot, &index, &disk] {
        let below = snapshot.list(&RepoPath::from("a")).expect("readable");
        let below: Vec<_> = below.iter().map(|file| file.path.to_text().into_owned()).collect();
        assert_eq!(below, ["a/b", "a/c-d", "a/c/d"]);
        assert_eq!(snapshot.list(&RepoPath::from("a/b")).expect("readable"), []);
        assert_eq!(snapshot.file(&RepoPath::from("a")).expect("readable"), None);
        assert_eq!(snapshot.file(&RepoPath::from("a/b/x")).expect("readable"), None);
    }
}

#[test]
#[cfg(unix)]
fn modes_are_those_of_git() {
    let repo = TestRepo::init();
    let other = TestRepo::init();
    other.commit_file("x", "x\n");
    repo.write("plain", "p").write("tool", "#!/bin/sh\n").stage(".");
    repo.run(&["update-index", "--chmod=+x", "tool"]);
    std::os::unix::fs::symlink("plain", repo.path().join("link")).expect("a link");
    repo.stage("link").run(&["submodule", "--quiet", "add", &other.address(), "sub"]);
    repo.commit("all kinds");
    let open = repo.open();
    let commit = open.commit_snapshot(repo.name("HEAD")).expect("a commit");
    let index = open.index_snapshot().expect("an index");
    let expected = [
        ("plain", Mode::Regular),
        ("tool", Mode::Executable),
        ("link", Mode::Symlink),
        ("sub", Mode::Submodule),
    ];
    for (path, mode) in expected {
        assert_eq!(file(&commit, path).mode, mode, "{path}");
        assert_eq!(file(&index, path).mode, mode, "{path}");
        assert_eq!(file(&index, path).content, file(&commit, path).content, "{path}");
    }
    assert_eq!(read(&index, "link"), b"plain");
    let gitlink = file(&index, "sub");
    assert!(matches!(index.read(&gitlink, 10), Err(ReadFault::Store(_))));

    // libgit2 sees the same.
    let judge = git2::Repository::open(repo.path()).expect("libgit2");
    let tree = judge.head().and_then(|head| head.peel_to_tree()).expect("a tree");
    for (path, mode) in expected {
        let entry = tree.get_name(path).expect("an entry");
        let filemode = match mode {
            Mode::Regular => 0o100_644,
            Mode::Executable => 0o100_755,
            Mode::Symlink => 0o120_000,
            Mode::Submodule => 0o160_000,
        };
        assert_eq!(entry.filemode(), filemode, "{path}");
        let Content::Object(name) = file(&commit, path).content else { panic!("no object") };
        assert_eq!(entry.id().as_bytes(), name.as_bytes());
    }
}

#[test]
#[cfg(target_os = "linux")]
fn names_that_are_not_text_survive() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;

    let repo = TestRepo::init();
    let name = b"caf\xe9.txt";
    std::fs::write(repo.path().join(OsStr::from_bytes(name)), "latin\n").expect("a file");
    let open = repo.open();
    let path = RepoPath::new(*name);
    let disk = open.worktree_snapshot(&[]).expect("a work tree");
    let found = disk.file(&path).expect("readable").expect("a file");
    assert_eq!(found.content, Content::Untracked);
    assert_eq!(disk.read(&found, 10).expect("bytes"), b"latin\n");
    repo.stage(".").commit("latin");
    let commit = open.commit_snapshot(repo.name("HEAD")).expect("a commit");
    assert_eq!(commit.list(&RepoPath::default()).expect("readable")[0].path, path);
    let narrowed = open.worktree_snapshot(std::slice::from_ref(&path)).expect("a work tree");
    assert!(narrowed.file(&path).expect("readable").is_some());
}

#[test]
fn readers_are_told_when_a_file_is_too_large() {
    let repo = TestRepo::init();
    repo.commit_file("big", "0123456789");
    repo.write("loose", "0123456789");
    let open = repo.open();
    let index = open.index_snapshot().expect("an index");
    let disk = open.worktree_snapshot(&[]).expect("a work tree");
    for (snapshot, path) in [(&index as &dyn Snapshot, "big"), (&disk, "big"), (&disk, "loose")] {
        let found = snapshot.file(&RepoPath::from(path)).expect("readable").expect("a file");
        assert_eq!(snapshot.size(&found).expect("a size"), 10);
        assert_eq!(snapshot.read(&found, 10).expect("bytes").len(), 10);
        let refused = snapshot.read(&found, 9);
        assert!(matches!(refused, Err(ReadFault::TooLarge { size: 10, limit: 9, .. })), "{path}");
    }
}

#[test]
fn blobs_of_any_size_are_streamed_whole() {
    let repo = TestRepo::init();
    let mut seed = 1_u32;
    let mut noise = |size: usize| -> Vec<u8> {
        std::iter::repeat_with(|| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            seed.to_be_bytes()[0]
        })
        .take(size)
        .collect()
    };
    let cases = [("small", noise(1000)), ("middle", noise(100_000)), ("large", noise(9_000_000))];
    for (path, bytes) in &cases {
        repo.write(path, bytes);
    }
    repo.stage(".").commit("sizes");
    let open = repo.open();
    let commit = open.commit_snapshot(repo.name("HEAD")).expect("a commit");
    let disk = open.worktree_snapshot(&[]).expect("a work tree");
    for (path, bytes) in &cases {
        assert!(streamed(&commit, path) == *bytes, "{path} from the commit");
        assert!(streamed(&disk, path) == *bytes, "{path} from disk");
    }
}

#[test]
fn missing_objects_are_named() {
    let repo = TestRepo::init();
    repo.commit_file("a.txt", "lost\n");
    let blob = repo.rev("HEAD:a.txt");
    repo.delete(&format!(".git/objects/{}/{}", &blob[..2], &blob[2..]));
    let commit = repo.open().commit_snapshot(repo.name("HEAD")).expect("a commit");
    let lost = file(&commit, "a.txt");
    for result in [
        commit.read(&lost, 100).map(|_| ()),
        commit.size(&lost).map(|_| ()),
        commit.stream(&lost, &mut Vec::new()),
    ] {
        let Err(ReadFault::Missing { object }) = result else { panic!("{result:?}") };
        assert_eq!(object, blob);
    }
}

#[test]
fn threads_share_a_snapshot() {
    use rayon::prelude::*;

    let repo = TestRepo::init();
    for number in 0..200 {
        repo.write(&format!("d{}/f{number}", number % 7), number.to_string());
    }
    repo.stage(".").commit("many");
    let index = repo.open().index_snapshot().expect("an index");
    let files = index.list(&RepoPath::default()).expect("readable");
    let total: usize =
        files.par_iter().map(|file| index.read(file, 100).map_or(0, |bytes| bytes.len())).sum();
    assert_eq!(total, 10 + 90 * 2 + 100 * 3);
}

#[test]
fn the_empty_tree_has_no_files() {
    let empty = Repository::empty_snapshot();
    assert_eq!(paths(&empty), [""; 0]);
    assert_eq!(empty.file(&RepoPath::from("a")).expect("readable"), None);
}
