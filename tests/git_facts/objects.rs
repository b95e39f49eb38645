//! Objects that are written, read back by git and by libgit2.

use std::collections::BTreeMap;

use keelmark::path::RepoPath;
use keelmark::snapshot::ObjectName;
use keelmark::vcs::write::{NewCommit, NewTag};
use keelmark::vcs::{Identity, Repository, TargetKind, VcsError};

use crate::support::{TestRepo, object_name};

type Edits = BTreeMap<RepoPath, Option<Vec<u8>>>;

pub(crate) fn edits(pairs: &[(&str, Option<&str>)]) -> Edits {
    let pair = |(path, text): &(&str, Option<&str>)| {
        (RepoPath::from(*path), text.map(|text| text.as_bytes().to_vec()))
    };
    pairs.iter().map(pair).collect()
}

pub(crate) fn ada() -> Identity {
    Identity { name: "Ada".to_owned(), email: "ada@example.com".to_owned() }
}

/// Writes a commit on top of others; nothing leads to it.
pub(crate) fn commit(
    open: &Repository,
    parents: &[ObjectName],
    changes: &[(&str, Option<&str>)],
    seconds: i64,
) -> ObjectName {
    let tree = open.write_tree(parents.first().copied(), &edits(changes)).expect("a tree");
    let (author, committer) = (&ada(), &ada());
    let commit = NewCommit { tree, parents, message: "x", author, committer, seconds };
    open.write_commit(&commit).expect("a commit")
}

fn listed(repo: &TestRepo, tree: ObjectName) -> Vec<String> {
    let printed = repo.run(&["ls-tree", "-r", "--name-only", &tree.to_string()]);
    printed.lines().map(ToOwned::to_owned).collect()
}

#[test]
fn a_tree_is_the_one_that_git_would_write() {
    for format in ["sha1", "sha256"] {
        let repo = TestRepo::init_with(&[&format!("--object-format={format}")]);
        for (path, text) in [("a", "1"), ("b/c/d", "2"), ("b/c/e", "3"), ("b-c", "4"), ("f/g", "5")]
        {
            repo.write(path, text);
        }
        let start = object_name(&repo.stage(".").commit("start"));
        let open = repo.open();
        let changes = [
            ("a", Some("new")),
            ("b/c/d", None),
            ("b/c/x/y/z", Some("deep")),
            ("f", Some("a file where a folder was")),
            ("f/g", None),
            ("nowhere/at/all", None),
        ];
        let tree = open.write_tree(Some(start), &edits(&changes)).expect("a tree");
        repo.delete("b/c/d").delete("f/g");
        std::fs::remove_dir(repo.path().join("f")).expect("an empty folder");
        for (path, text) in changes {
            if let Some(text) = text {
                repo.write(path, text);
            }
        }
        repo.stage(".");
        assert_eq!(tree.to_string(), repo.run(&["write-tree"]), "{format}");
        let from_tree = open.write_tree(Some(tree), &edits(&[("a", None)])).expect("a tree");
        assert_eq!(listed(&repo, from_tree), ["b-c", "b/c/e", "b/c/x/y/z", "f"]);
        let emptied = edits(&[("a", None), ("b", None), ("b-c", None), ("f", None)]);
        let emptied = open.write_tree(Some(tree), &emptied).expect("a tree");
        assert_eq!(open.write_tree(None, &Edits::new()).expect("a tree"), emptied);
        let again = open.write_tree(Some(emptied), &edits(&[("a", Some("1"))])).expect("a tree");
        assert_eq!(listed(&repo, again), ["a"]);
    }
}

#[test]
fn paths_that_git_would_not_check_out_are_refused() {
    let open_repo = TestRepo::init();
    let open = open_repo.open();
    for path in ["", "a//b", "/a", "a/", "../a", "a/./b", ".git/config", "a/.GIT/b", "git~1"] {
        let written = open.write_tree(None, &edits(&[(path, Some("x"))]));
        assert!(matches!(written, Err(VcsError::Write { .. })), "{path}: {written:?}");
    }
}

#[test]
fn a_commit_is_the_one_that_git_would_write() {
    for format in ["sha1", "sha256"] {
        let repo = TestRepo::init_with(&[&format!("--object-format={format}")]);
        let first = object_name(&repo.commit_file("a", "1"));
        let second = object_name(&repo.commit("second\n\nwith a body"));
        let written = repo.open().write_commit(&NewCommit {
            tree: repo.name("HEAD^{tree}"),
            parents: &[first],
            message: "second\n\nwith a body",
            author: &ada(),
            committer: &ada(),
            // The second command of the harness that has a date of its own, and so on.
            seconds: repo.run(&["show", "-s", "--format=%ct", "HEAD"]).parse().expect("seconds"),
        });
        assert_eq!(written.expect("a commit"), second, "{format}");
    }
}

#[test]
fn a_merge_is_read_by_libgit2() {
    let repo = TestRepo::init();
    let one = object_name(&repo.commit_file("a", "1"));
    let two = object_name(&repo.commit_file("a", "2"));
    let grace = Identity { name: "Gräce".to_owned(), email: "grace@example.com".to_owned() };
    let written = repo.open().write_commit(&NewCommit {
        tree: repo.name("HEAD^{tree}"),
        parents: &[two, one],
        message: "a title\n",
        author: &grace,
        committer: &ada(),
        seconds: 1_800_000_000,
    });
    let written = written.expect("a commit").to_string();
    let other = git2::Repository::open(repo.path()).expect("libgit2");
    let found = other.find_commit(written.parse().expect("a name")).expect("a commit");
    assert_eq!(found.parent_ids().count(), 2);
    assert_eq!(found.message(), Ok("a title\n"));
    assert_eq!(found.author().name(), Ok("Gräce"));
    assert_eq!(found.committer().email(), Ok("ada@example.com"));
    assert_eq!(found.committer().when().seconds(), 1_800_000_000);
    repo.run(&["update-ref", "refs/heads/written", &written]);
    repo.run(&["fsck", "--strict", "--no-dangling"]);
}

#[test]
fn names_that_would_break_out_of_their_line_are_refused() {
    let repo = TestRepo::init();
    let commit = object_name(&repo.commit_file("a", "1"));
    let open = repo.open();
    for name in ["A\ntree 0", "A <b", "A>", "A\0"] {
        let bad = Identity { name: name.to_owned(), email: "a@b.c".to_owned() };
        let tag = NewTag { object: commit, name: "v1", message: "m", tagger: &bad, seconds: 0 };
        assert!(matches!(open.write_tag(&tag, None), Err(VcsError::Write { .. })), "{name:?}");
    }
    let who = ada();
    for name in ["", "a b", "a..b", "a\nb", "a:b"] {
        let tag = NewTag { object: commit, name, message: "m", tagger: &who, seconds: 0 };
        assert!(matches!(open.write_tag(&tag, None), Err(VcsError::Write { .. })), "{name:?}");
    }
    let tag = NewTag { object: commit, name: "v1", message: "a\0b", tagger: &who, seconds: 0 };
    assert!(matches!(open.write_tag(&tag, None), Err(VcsError::Write { .. })));
}

#[test]
fn a_tag_is_written_and_read() {
    for format in ["sha1", "sha256"] {
        let repo = TestRepo::init_with(&[&format!("--object-format={format}")]);
        let commit = object_name(&repo.commit_file("a", "1"));
        let open = repo.open();
        let who = ada();
        let message = "a title\n\nKeelmark-Format: 1\nKeelmark-Component: x sha256:y";
        let tag =
            NewTag { object: commit, name: "release/x@1.0.0", message, tagger: &who, seconds: 7 };
        let written = open.write_tag(&tag, None).expect("a tag");
        repo.run(&["update-ref", "refs/tags/release/x@1.0.0", &written.to_string()]);
        repo.run(&["fsck", "--strict"]);
        let trailer = "--format=%(contents:trailers:key=Keelmark-Component,valueonly)";
        assert_eq!(repo.run(&["for-each-ref", trailer, "refs/tags"]).trim(), "x sha256:y");

        let found = open.read_tag(written).expect("readable").expect("a tag");
        assert_eq!(found.target, commit);
        assert_eq!(found.target_kind, TargetKind::Commit);
        assert_eq!(found.name, "release/x@1.0.0");
        assert_eq!(found.tagger, Some(ada()));
        assert_eq!(found.seconds, 7);
        assert_eq!(found.message, format!("{message}\n"));
        assert_eq!(found.signature, None);
        assert_eq!(found.payload, open.tag_bytes(&tag).expect("bytes"));
        assert_eq!(open.read_tag(commit).expect("readable"), None, "a commit is no tag");

        let of_tag = NewTag { object: written, name: "again", ..tag };
        let of_tag = open.write_tag(&of_tag, None).expect("a tag");
        let found = open.read_tag(of_tag).expect("readable").expect("a tag");
        assert_eq!(found.target_kind, TargetKind::Tag);
        let blob = open.write_blob(b"bytes").expect("a blob");
        assert_eq!(open.blob(blob, 5).expect("bytes"), b"bytes");
        assert!(open.blob(blob, 4).is_err(), "larger than allowed");
    }
}

#[test]
fn a_missing_object_is_not_tagged() {
    let repo = TestRepo::init();
    repo.commit_file("a", "1");
    let object = ObjectName::parse(&"1".repeat(40)).expect("a name");
    let who = ada();
    let tag = NewTag { object, name: "v1", message: "m", tagger: &who, seconds: 0 };
    assert!(repo.open().write_tag(&tag, None).is_err());
}

#[test]
fn git_names_who_writes_or_says_what_is_missing() {
    let repo = TestRepo::init();
    let open = || repo.open().identity();
    assert!(matches!(open(), Err(VcsError::NoIdentity { what: "email address", .. })));
    repo.run(&["config", "user.email", "ada@example.com"]);
    let fault = open().expect_err("no name");
    assert!(matches!(fault, VcsError::NoIdentity { what: "name", .. }), "{fault:?}");
    assert_eq!(fault.hint().as_deref(), Some("`git config --global user.name \"Your Name\"`"));
    repo.run(&["config", "user.name", "Ada Lovelace"]);
    assert_eq!(open().expect("an identity").to_string(), "Ada Lovelace <ada@example.com>");
    repo.run(&["config", "committer.name", "Robot"]);
    assert_eq!(open().expect("an identity").name, "Robot");
}
