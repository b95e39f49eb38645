//! LFS, without its driver.

use keelmark::digest::Digest;
use keelmark::path::RepoPath;
use keelmark::snapshot::{Content, Snapshot};
use keelmark::vcs::After;

use crate::support::TestRepo;
use crate::{file, read, streamed};

/// Sets a driver up that leaves a trace when somebody runs it.
fn with_driver(repo: &TestRepo) {
    let trace = repo.beside("driver-ran");
    let command = format!("touch '{}'; cat", trace.display());
    for key in ["filter.lfs.clean", "filter.lfs.smudge", "filter.lfs.process"] {
        repo.run(&["config", key, &command]);
    }
    repo.run(&["config", "filter.lfs.required", "true"]);
}

/// G21.
#[test]
fn large_files_are_read_raw_and_the_driver_never_runs() {
    let repo = TestRepo::init();
    let pointer = "version https://git-lfs.github.com/spec/v1\n";
    repo.write(".gitattributes", "*.bin filter=lfs -text\n").write("a.bin", pointer);
    repo.write("same.bin", pointer).stage(".").commit("pointers");
    with_driver(&repo);
    let content = b"content\r\n".repeat(20_000);
    repo.write("a.bin", &content).write("new.bin", &content);
    let snapshot = repo.open().worktree_snapshot(&[]).expect("a work tree");
    for path in ["a.bin", "new.bin"] {
        assert!(read(&snapshot, path) == content, "{path}");
        assert!(streamed(&snapshot, path) == content, "{path}");
        let size = snapshot.size(&file(&snapshot, path)).expect("a size");
        assert_eq!(size, content.len() as u64);
    }
    assert_eq!(file(&snapshot, "a.bin").content, Content::Disk);
    assert_eq!(file(&snapshot, "new.bin").content, Content::Untracked);
    assert_eq!(read(&snapshot, "same.bin"), pointer.as_bytes());
    assert!(!repo.beside("driver-ran").exists());
}

#[test]
fn a_large_file_with_the_bytes_of_its_pointer_is_unmodified() {
    let repo = TestRepo::init();
    let content = b"weights".repeat(1000);
    let digest = Digest::of(&content);
    let pointer = format!(
        "version https://git-lfs.github.com/spec/v1\noid sha256:{digest}\nsize {}\n",
        content.len()
    );
    repo.write(".gitattributes", "*.bin filter=lfs -text\n").write("a.bin", &pointer);
    repo.stage(".").commit("pointer");
    let before = repo.name("HEAD");
    for (bytes, count) in [(content.clone(), 0), (b"WEIGHTS".repeat(1000), 1), (vec![1], 1)] {
        repo.write("a.bin", &bytes);
        let open = repo.open();
        let snapshot = open.worktree_snapshot(&[]).expect("a work tree");
        let before = open.commit_snapshot(before).expect("a commit");
        let changed = open.changed(Some(&before), After::Worktree(&snapshot), &[]).expect("it");
        assert_eq!(changed.len(), count);
        let expected = if count == 0 { pointer.as_bytes() } else { &bytes };
        assert_eq!(read(&snapshot, "a.bin"), expected);
    }
}

#[test]
fn attributes_come_from_the_snapshot_itself() {
    let repo = TestRepo::init();
    repo.write(".gitattributes", "[attr]heavy filter=lfs -text\n*.bin heavy\n");
    repo.write("deep/er/.gitattributes", "small.bin -filter\n").write("x", "x");
    repo.stage(".").commit("attributes");
    repo.write(".gitattributes", "").stage(".");
    repo.write(".gitattributes", "*.txt filter=lfs\n");
    let open = repo.open();
    let commit = open.commit_snapshot(repo.name("HEAD")).expect("a commit");
    let index = open.index_snapshot().expect("an index");
    let disk = open.worktree_snapshot(&[]).expect("a work tree");
    let cases = [
        ("a.bin", [true, false, false]),
        ("deep/a.bin", [true, false, false]),
        ("deep/er/a.bin", [true, false, false]),
        ("deep/er/small.bin", [false, false, false]),
        ("deep/er/down/small.bin", [false, false, false]),
        ("elsewhere/small.bin", [true, false, false]),
        ("a.txt", [false, false, true]),
        ("deep/a.txt", [false, false, true]),
    ];
    for (path, expected) in cases {
        let path = RepoPath::from(path);
        let found = [&commit as &dyn Snapshot, &index, &disk]
            .map(|snapshot| snapshot.is_lfs(&path).expect("attributes"));
        assert_eq!(found, expected, "{path}");
    }
}

#[test]
fn attributes_of_the_repository_alone_count_everywhere() {
    let repo = TestRepo::init();
    repo.commit_file("a.bin", "x");
    repo.write(".git/info/attributes", "*.bin filter=lfs\n");
    let open = repo.open();
    let path = RepoPath::from("a.bin");
    let commit = open.commit_snapshot(repo.name("HEAD")).expect("a commit");
    assert!(commit.is_lfs(&path).expect("attributes"));
    assert!(open.index_snapshot().expect("an index").is_lfs(&path).expect("attributes"));
    assert!(open.worktree_snapshot(&[]).expect("a work tree").is_lfs(&path).expect("attributes"));
}
