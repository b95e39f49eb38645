use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use super::{
    BRANCH, TRACKING, Yard, address, book, git, moving, record, repository, sound, told, try_git,
};
use crate::cli::exit::Exit;
use crate::cli::ledger::Change;
use crate::ledger::record::Record;
use crate::vcs::write::{Old, RefUpdate};

#[test]
fn a_fresh_clone_goes_on_where_the_remote_is() {
    let yard = Yard::new();
    let remote = yard.remote();
    let (a, b) = (yard.clone(&remote, "a"), yard.clone(&remote, "b"));
    book(&a).append(&[record("ada", 0)], true).expect("pushed");
    assert_eq!(git(&remote, &["rev-parse", BRANCH]), git(&a, &["rev-parse", BRANCH]));
    assert_eq!(git(&a, &["rev-parse", TRACKING]), git(&a, &["rev-parse", BRANCH]));

    git(&b, &["fetch", "-q"]);
    assert_eq!(told(&b), ["ada@1.0.0"]);
    assert!(!try_git(&b, &["show-ref", "--verify", BRANCH]).status.success());
    book(&b).append(&[record("bob", 1)], false).expect("appended");
    assert_eq!(git(&b, &["rev-parse", &format!("{BRANCH}~1")]), git(&b, &["rev-parse", TRACKING]));
    assert_eq!(book(&b).unpushed().expect("a number"), Some(1));
    assert_eq!(book(&b).anchor(), repository(&b).resolve(TRACKING).ok());
    book(&b).append(&[], true).expect("pushed");
    assert_eq!(book(&b).unpushed().expect("a number"), Some(0));
    assert_eq!(sound(&remote), 2);
    assert_eq!(sound(&b), 2);
}

#[test]
fn records_of_both_sides_are_kept_and_keep_their_names() {
    let yard = Yard::new();
    let remote = yard.remote();
    let (a, b) = (yard.clone(&remote, "a"), yard.clone(&remote, "b"));
    book(&a).append(&[moving("ada", 0, "1.0.0")], true).expect("pushed");
    git(&b, &["fetch", "-q"]);
    // Both go on from the first record, and know nothing of each other.
    book(&a).append(&[record("ada", 1), moving("ada", 4, "1.1.0")], true).expect("pushed");
    let rollback = moving("bob", 2, "0.9.0");
    book(&b).append(&[rollback.clone(), record("bob", 3)], false).expect("appended");
    git(&b, &["fetch", "-q"]);

    let ledger = book(&b);
    assert_eq!(told(&b), ["ada@1.0.0", "ada@1.0.1", "bob@1.0.2", "bob@1.0.3", "ada@1.0.4"]);
    assert_eq!(ledger.unpushed().expect("a number"), Some(2));
    assert_eq!(ledger.notes().len(), 1, "{:?}", ledger.notes());
    assert!(ledger.notes()[0].contains("moves channel `production`"), "{:?}", ledger.notes());
    let live = ledger.channels().expect("channels");
    assert_eq!(live.get("production").expect("a channel").record, *rollback.id());
    assert_eq!(sound(&b), 5);

    let old = git(&b, &["rev-parse", BRANCH]);
    book(&b).append(&[], true).expect("pushed");
    assert_ne!(git(&b, &["rev-parse", BRANCH]), old, "made anew on the remote's tip");
    assert_eq!(book(&b).channels().expect("channels"), live);
    for path in [&remote, &b] {
        assert_eq!(sound(path), 5);
        assert_eq!(told(path), told(&b));
    }
    let bytes = git(&b, &["cat-file", "blob", &format!("{BRANCH}:{}", rollback.path())]);
    assert_eq!(Record::parse(format!("{bytes}\n").as_bytes()), Ok(rollback));
    book(&a).fetch().expect("fetched");
    assert_eq!(told(&a).len(), 5);
}

#[test]
fn a_ledger_that_was_never_fetched_is_not_lost() {
    let yard = Yard::new();
    let remote = yard.remote();
    let (a, b) = (yard.clone(&remote, "a"), yard.clone(&remote, "b"));
    book(&a).append(&[record("ada", 0), record("ada", 1)], true).expect("pushed");
    // To b there is no ledger yet: its first record makes a root of its own.
    book(&b).append(&[record("bob", 2)], false).expect("appended");
    assert_eq!(told(&b), ["bob@1.0.2"]);
    book(&b).append(&[], true).expect("pushed");
    assert_eq!(told(&b), ["ada@1.0.0", "ada@1.0.1", "bob@1.0.2"]);
    assert_eq!(sound(&remote), 3);
    assert_eq!(git(&remote, &["rev-list", "--count", "--max-parents=0", BRANCH]), "1");
}

#[test]
fn a_rejected_push_is_built_again_on_what_is_there() {
    let yard = Yard::new();
    let remote = yard.remote();
    let (a, b) = (yard.clone(&remote, "a"), yard.clone(&remote, "b"));
    let mut ours = book(&a);
    let mut asked = 0;
    ours.settle(true, |ledger| {
        asked += 1;
        if asked == 1 {
            // Between our fetch and our push somebody else pushes.
            book(&b).append(&[record("bob", 0)], true).expect("pushed");
        }
        Ok((Change::of(ledger.chain(&[record("ada", 1)])?), ()))
    })
    .expect("pushed");
    assert_eq!(asked, 2);
    assert_eq!(told(&a), ["bob@1.0.0", "ada@1.0.1"]);
    assert_eq!((sound(&a), sound(&remote)), (2, 2));
}

#[test]
fn what_the_remote_refuses_is_not_there_locally_either() {
    let yard = Yard::new();
    let remote = yard.remote();
    let a = yard.clone(&remote, "a");
    book(&a).append(&[record("ada", 0)], true).expect("pushed");
    let before = git(&a, &["show-ref"]);
    let hook = remote.join("hooks/pre-receive");
    fs::write(&hook, "#!/bin/sh\necho 'the ledger is for CI only' >&2\nexit 1\n").expect("a hook");
    fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).expect("executable");
    let fault = book(&a).append(&[record("ada", 1)], true).expect_err("refused");
    assert_eq!(fault.exit(), Exit::Findings, "{fault}");
    assert!(fault.to_string().contains("remote: the ledger is for CI only"), "{fault}");
    assert_eq!(git(&a, &["show-ref"]), before);
    assert_eq!(sound(&remote), 1);
}

#[test]
fn a_tag_that_exists_at_the_remote_stops_all_of_it() {
    let yard = Yard::new();
    let remote = yard.remote();
    let (a, b) = (yard.clone(&remote, "a"), yard.clone(&remote, "b"));
    git(&b, &["tag", "-a", "-m", "theirs", "release/x@1.0.0"]);
    git(&b, &["push", "-q", "origin", "refs/tags/release/x@1.0.0"]);
    let before = git(&a, &["show-ref"]);
    let tag = repository(&a).resolve("main").expect("a commit");
    let name = "refs/tags/release/x@1.0.0".to_owned();
    let fault = book(&a)
        .settle(true, |ledger| {
            let chain = ledger.chain(&[record("ada", 1)])?;
            let references =
                vec![RefUpdate { name: name.clone(), new: Some(tag), old: Old::Missing }];
            Ok((Change { chain, references }, ()))
        })
        .expect_err("refused");
    assert!(fault.message().contains(&name), "{fault}");
    assert_eq!(git(&a, &["show-ref"]), before);
    assert!(book(&remote).is_missing());
}

#[test]
fn a_remote_that_cannot_be_reached_changes_nothing() {
    let yard = Yard::new();
    let remote = yard.remote();
    let a = yard.clone(&remote, "a");
    book(&a).append(&[record("ada", 0)], false).expect("appended");
    fs::rename(&remote, yard.path("elsewhere.git")).expect("moved");
    let fault = book(&a).append(&[record("ada", 1)], true).expect_err("unreachable");
    assert_eq!(fault.exit(), Exit::Undecided, "{fault}");
    assert!(fault.message().contains("`origin` cannot be reached"), "{fault}");
    assert_eq!(told(&a), ["ada@1.0.0"]);
    fs::rename(yard.path("elsewhere.git"), &remote).expect("moved back");
    book(&a).append(&[record("ada", 1)], true).expect("pushed");
    assert_eq!(sound(&remote), 2);
}

#[test]
fn a_branch_that_was_removed_at_the_remote_comes_back_whole() {
    let yard = Yard::new();
    let remote = yard.remote();
    let a = yard.clone(&remote, "a");
    book(&a).append(&[record("ada", 0)], true).expect("pushed");
    git(&remote, &["update-ref", "-d", BRANCH]);
    book(&a).append(&[record("ada", 1)], true).expect("pushed");
    assert_eq!(sound(&remote), 2);
}

#[test]
fn a_shallow_clone_adds_and_does_not_judge() {
    let yard = Yard::new();
    let remote = yard.remote();
    let a = yard.clone(&remote, "a");
    book(&a).append(&[record("ada", 0), record("ada", 1), record("ada", 2)], true).expect("pushed");
    let shallow = yard.path("shallow");
    let words = ["clone", "-q", "--depth=1", "--no-single-branch"];
    let path = shallow.to_str().expect("UTF-8");
    git(&yard.path(""), &[&words[..], &[&address(&remote), path]].concat());
    assert_eq!(told(&shallow).len(), 3);
    let fault = book(&shallow).audit().expect_err("cut off");
    assert_eq!(fault.exit(), Exit::Undecided);
    assert!(fault.to_string().contains("git fetch --unshallow"), "{fault}");
    book(&shallow).append(&[record("bob", 3)], true).expect("pushed");
    assert_eq!(sound(&remote), 4);
}
