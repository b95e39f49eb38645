//! References that move together or not at all.

use keelmark::snapshot::ObjectName;
use keelmark::vcs::write::{Old, RefFault, RefUpdate};
use keelmark::vcs::{Repository, VcsError};

use crate::awkward::STORAGES;
use crate::objects::commit;
use crate::support::{TestRepo, object_name};

fn update(name: &str, new: ObjectName, old: Old) -> RefUpdate {
    RefUpdate { name: name.to_owned(), new: Some(new), old }
}

fn verify(name: &str, old: Old) -> RefUpdate {
    RefUpdate { name: name.to_owned(), new: None, old }
}

/// Two commits, both of which nothing but `main` leads to.
fn two_commits() -> (TestRepo, Repository, ObjectName, ObjectName) {
    two_commits_in(STORAGES[0])
}

fn two_commits_in(storage: &str) -> (TestRepo, Repository, ObjectName, ObjectName) {
    let repo = TestRepo::init_with(&[storage]);
    let one = object_name(&repo.commit_file("a", "1"));
    let two = object_name(&repo.commit_file("a", "2"));
    let open = repo.open();
    (repo, open, one, two)
}

fn refs(repo: &TestRepo) -> String {
    repo.run(&["for-each-ref", "--format=%(refname) %(objectname)"])
}

/// G28.
#[test]
fn all_references_move_in_one_transaction() {
    for storage in STORAGES {
        let (repo, open, one, two) = two_commits_in(storage);
        repo.run(&["branch", "kept", &one.to_string()]);
        repo.run(&["branch", "moved", &one.to_string()]);
        let updates = [
            update("refs/heads/new", one, Old::Missing),
            update("refs/heads/moved", two, Old::Is(one)),
            update("refs/tags/any", two, Old::Any),
            verify("refs/heads/kept", Old::Is(one)),
            verify("refs/heads/none", Old::Missing),
            verify("refs/heads/whatever", Old::Any),
        ];
        open.update_refs(&updates, "keelmark: a test").expect("a transaction");
        assert_eq!(open.reference("refs/heads/new").expect("readable"), Some(one));
        assert_eq!(open.reference("refs/heads/moved").expect("readable"), Some(two));
        assert_eq!(open.reference("refs/tags/any").expect("readable"), Some(two));
        assert_eq!(open.reference("refs/heads/none").expect("readable"), None);
        let log = repo.run(&["log", "-g", "-1", "--format=%gs", "moved"]);
        assert_eq!(log, "keelmark: a test");
    }
}

#[test]
fn a_reference_that_moved_refuses_the_whole_transaction() {
    for storage in STORAGES {
        let (repo, open, one, two) = two_commits_in(storage);
        repo.run(&["branch", "there", &two.to_string()]);
        let before = refs(&repo);
        let there = "refs/heads/there";
        let cases = [
            (update(there, one, Old::Is(one)), Old::Is(one), Some(two)),
            (update(there, one, Old::Missing), Old::Missing, Some(two)),
            (verify(there, Old::Is(one)), Old::Is(one), Some(two)),
            (verify(there, Old::Missing), Old::Missing, Some(two)),
            (update("refs/heads/gone", one, Old::Is(two)), Old::Is(two), None),
        ];
        for (bad, expected, found) in cases {
            let good = update("refs/tags/good", one, Old::Missing);
            for updates in [[good.clone(), bad.clone()], [bad.clone(), good]] {
                let fault = open.update_refs(&updates, "a test").expect_err("it moved");
                let RefFault::Moved { name, expected: e, found: f } = fault else {
                    panic!("{bad:?}: {fault:?}")
                };
                assert_eq!((name, e, f), (bad.name.clone(), expected, found));
                assert_eq!(refs(&repo), before, "{bad:?}");
            }
        }
    }
}

#[test]
fn names_in_the_way_are_told_apart() {
    for storage in STORAGES {
        let (repo, open, one, two) = two_commits_in(storage);
        repo.run(&["update-ref", "refs/heads/a", &one.to_string()]);
        repo.run(&["update-ref", "refs/heads/x/y", &one.to_string()]);
        for (name, other) in
            [("refs/heads/a/b", "refs/heads/a"), ("refs/heads/x", "refs/heads/x/y")]
        {
            let fault = open.update_refs(&[update(name, two, Old::Missing)], "a test");
            match fault {
                Err(RefFault::InTheWay { name: n, other: o }) => {
                    assert_eq!((&*n, &*o), (name, other));
                }
                found => panic!("{name}: {found:?}"),
            }
        }
    }
}

/// G18, G28.
#[test]
fn a_reference_that_is_locked_is_told_apart() {
    let (repo, open, one, two) = two_commits();
    repo.run(&["update-ref", "refs/heads/a", &one.to_string()]);
    let before = refs(&repo);
    let lock = repo.path().join(".git/refs/heads/a.lock");
    std::fs::write(&lock, "").expect("a lock");
    let locked =
        [update("refs/tags/t", one, Old::Missing), update("refs/heads/a", two, Old::Is(one))];
    let fault = open.update_refs(&locked, "a test").expect_err("locked");
    assert!(matches!(&fault, RefFault::Locked { cause } if cause.contains("a.lock")), "{fault:?}");
    assert!(fault.hint().is_some());
    assert_eq!(refs(&repo), before);
    std::fs::remove_file(&lock).expect("a lock");
    open.update_refs(&locked, "a test").expect("the lock is gone");
}

#[test]
fn references_never_lead_to_objects_that_are_not_there() {
    for storage in STORAGES {
        let (repo, open, one, _) = two_commits_in(storage);
        let before = refs(&repo);
        let nothing = ObjectName::parse(&"1".repeat(40)).expect("a name");
        let updates = [
            update("refs/tags/a", one, Old::Missing),
            update("refs/tags/b", nothing, Old::Missing),
        ];
        let fault = open.update_refs(&updates, "a test").expect_err("a missing object");
        assert!(matches!(fault, RefFault::Vcs(VcsError::Missing { .. })), "{fault:?}");
        let tree = repo.name("HEAD^{tree}");
        let fault = open.update_refs(&[update("refs/heads/tree", tree, Old::Missing)], "a test");
        assert!(matches!(fault, Err(RefFault::Vcs(VcsError::Write { .. }))), "{fault:?}");
        for name in
            ["main", "refs/heads/a b", "refs/heads/x\ncreate refs/heads/y", "refs/heads/../x", ""]
        {
            let fault = open.update_refs(&[update(name, one, Old::Any)], "a test");
            assert!(fault.is_err(), "{name:?}");
        }
        assert_eq!(refs(&repo), before);
    }
}

#[test]
#[cfg(unix)]
fn hooks_of_the_repository_are_not_run() {
    let (repo, open, one, _) = two_commits();
    let hook = repo.path().join(".git/hooks/reference-transaction");
    std::fs::create_dir_all(hook.parent().expect("a folder")).expect("a folder");
    std::fs::write(&hook, "#!/bin/sh\nexit 1\n").expect("a hook");
    let done = std::process::Command::new("chmod").arg("+x").arg(&hook).status().expect("chmod");
    assert!(done.success());
    assert!(!repo.try_run(&["update-ref", "refs/tags/x", &one.to_string()]).status.success());
    open.update_refs(&[update("refs/tags/x", one, Old::Missing)], "a test").expect("no hook");
}

#[test]
fn linked_work_trees_and_bare_repositories_share_references() {
    for format in ["sha1", "sha256"] {
        let format = format!("--object-format={format}");
        let repo = TestRepo::init_with(&[&format]);
        let start = object_name(&repo.commit_file("a", "1"));
        let linked = repo.beside("linked");
        repo.run(&["worktree", "add", "-q", "-b", "side", linked.to_str().expect("UTF-8")]);
        let open = TestRepo::open_at(&linked);
        assert_eq!(open.head_branch().expect("readable").as_deref(), Some("refs/heads/side"));
        let next = commit(&open, &[start], &[("b", Some("2"))], 1);
        open.update_refs(&[update("refs/heads/ledger", next, Old::Missing)], "t").expect("moved");
        assert_eq!(repo.rev("refs/heads/ledger"), next.to_string());
        assert!(!open.is_dirty().expect("readable"), "the work tree is as it was");

        let bare = TestRepo::init_with(&["--bare", &format]);
        let open = bare.open();
        let root = commit(&open, &[], &[("records/a", Some("1"))], 1);
        open.update_refs(&[update("refs/heads/ledger", root, Old::Missing)], "t").expect("moved");
        let next = commit(&open, &[root], &[("records/b", Some("2"))], 2);
        open.update_refs(&[update("refs/heads/ledger", next, Old::Is(root))], "t").expect("moved");
        assert_eq!(bare.run(&["log", "--format=%H", "ledger"]), format!("{next}\n{root}"));
        bare.run(&["fsck", "--strict"]);
        assert_eq!(open.uncommitted(&[]).expect("readable"), []);
    }
}

#[test]
fn references_are_read_without_following_tags() {
    for storage in STORAGES {
        let (repo, open, _, two) = two_commits_in(storage);
        repo.tag("release/a@1.0.0").tag("other");
        repo.run(&["tag", "release/light"]);
        repo.run(&["symbolic-ref", "refs/remotes/origin/HEAD", "refs/heads/main"]);
        let tag = repo.name("refs/tags/release/a@1.0.0");
        assert_ne!(tag, two);
        let below = |prefix: &str| open.references_below(prefix).expect("readable");
        let expected = vec![
            ("refs/tags/release/a@1.0.0".to_owned(), tag),
            ("refs/tags/release/light".to_owned(), two),
        ];
        assert_eq!(below("refs/tags/release/"), expected);
        repo.run(&["pack-refs", "--all"]);
        assert_eq!(below("refs/tags/release/"), expected, "packed");
        assert_eq!(below("refs/tags/none/"), []);
        let one = |name: &str| open.reference(name).expect("readable");
        assert_eq!(one("refs/tags/release/a@1.0.0"), Some(tag));
        assert_eq!(one("refs/remotes/origin/HEAD"), Some(two));
        for absent in ["refs/tags/none", "release/light", "refs/tags/a b", ""] {
            assert_eq!(one(absent), None, "{absent}");
        }
        repo.run(&["symbolic-ref", "refs/remotes/gone/HEAD", "refs/remotes/gone/main"]);
        assert_eq!(below("refs/remotes/gone/"), [], "it leads nowhere");
        // A tag may have the whole name of a branch for its own.
        repo.run(&["update-ref", "refs/tags/refs/heads/ledger", &two.to_string()]);
        assert_eq!(one("refs/heads/ledger"), None);
    }
}
