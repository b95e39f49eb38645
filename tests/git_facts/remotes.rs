//! Fetching from remotes and pushing to them, among them some that refuse.

use std::path::Path;
use std::process::Command;

use keelmark::snapshot::ObjectName;
use keelmark::vcs::Repository;
use keelmark::vcs::write::{Old, PushFault, PushSpec, Refusal, RemoteFault};

use crate::objects::commit;
use crate::support::{TestRepo, object_name};

const LEDGER: &str = "refs/heads/ledger";

/// A bare remote with one commit on `main`, and a clone of it.
fn remote_and_clone(arguments: &[&str]) -> (TestRepo, TestRepo) {
    let server = TestRepo::init_with(&[&["--bare"], arguments].concat());
    let seed = TestRepo::init_with(arguments);
    seed.commit_file("a", "1");
    seed.run(&["push", "-q", &server.address(), "main"]);
    let clone = TestRepo::clone_of(&server, &[]);
    (server, clone)
}

fn to(name: &str, object: ObjectName, old: Old) -> PushSpec {
    PushSpec { object, name: name.to_owned(), old }
}

fn refs(repo: &TestRepo) -> String {
    repo.run(&["for-each-ref", "--format=%(refname) %(objectname)"])
}

fn hook(server: &TestRepo, name: &str, script: &str) {
    let path = server.path().join("hooks").join(name);
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("a hook");
    make_executable(&path);
}

fn make_executable(path: &Path) {
    assert!(Command::new("chmod").arg("+x").arg(path).status().expect("chmod").success());
}

fn refusal(pushed: Result<(), PushFault>) -> (String, Refusal, String, String) {
    match pushed {
        Err(PushFault::Rejected { name, kind, reason, said, .. }) => (name, kind, reason, said),
        other => panic!("{other:?}"),
    }
}

/// Makes `refs/heads/ledger` on the server, from elsewhere.
fn other_writer(server: &TestRepo, parents: &[ObjectName], seconds: i64) -> ObjectName {
    let made = commit(&server.open(), parents, &[("other", Some("1"))], seconds);
    server.run(&["update-ref", LEDGER, &made.to_string()]);
    made
}

#[test]
fn objects_are_pushed_without_references_of_ours() {
    for format in ["sha1", "sha256"] {
        let (server, clone) = remote_and_clone(&[&format!("--object-format={format}")]);
        let open = clone.open();
        let before = refs(&clone);
        let root = commit(&open, &[], &[("r/1", Some("1"))], 1);
        let tag = "refs/tags/release/x@1.0.0";
        let specs = [to(LEDGER, root, Old::Missing), to(tag, root, Old::Missing)];
        open.push("origin", &specs).expect("a push");
        assert_eq!(server.rev(LEDGER), root.to_string());
        assert_eq!(server.rev(tag), root.to_string());
        open.push("origin", &specs).expect("the same again is no fault");
        let next = commit(&open, &[root], &[("r/2", Some("1"))], 2);
        open.push("origin", &[to(LEDGER, next, Old::Is(root))]).expect("a push");
        let last = commit(&open, &[next], &[("r/3", Some("1"))], 3);
        open.push("origin", &[to(LEDGER, last, Old::Any)]).expect("a push");
        assert_eq!(server.rev(LEDGER), last.to_string());
        let tracking = format!("refs/remotes/origin/ledger {last}");
        let after: Vec<_> = refs(&clone).lines().map(ToOwned::to_owned).collect();
        let new: Vec<_> = after.iter().filter(|line| !before.contains(*line)).collect();
        assert_eq!(new, [&tracking], "only the reference that follows the remote moved");
        open.push("origin", &[]).expect("nothing to push");
    }
}

#[test]
fn a_refused_push_changes_nothing_on_either_side() {
    let (server, clone) = remote_and_clone(&[]);
    let open = clone.open();
    let root = commit(&open, &[], &[("r/1", Some("1"))], 1);
    let tag = "refs/tags/release/x@1.0.0";
    let specs = [to(LEDGER, root, Old::Missing), to(tag, root, Old::Missing)];
    let (ours, theirs) = (refs(&clone), refs(&server));
    let cases = [
        (
            "pre-receive",
            "echo 'only CI may push'; exit 1",
            LEDGER,
            "pre-receive hook declined",
            "only CI may push",
        ),
        (
            "update",
            "case $1 in refs/tags/*) echo 'tags are protected'; exit 1;; esac",
            tag,
            "hook declined",
            "tags are protected",
        ),
    ];
    for (name, script, refused, why, words) in cases {
        hook(&server, name, script);
        let (name_refused, kind, reason, said) = refusal(open.push("origin", &specs));
        assert_eq!((name_refused.as_str(), kind), (refused, Refusal::Protected), "{name}");
        assert_eq!(reason, why);
        assert!(said.starts_with(words), "{said}");
        assert_eq!((refs(&clone), refs(&server)), (ours.clone(), theirs.clone()), "{name}");
        std::fs::remove_file(server.path().join("hooks").join(name)).expect("a hook");
    }
    open.push("origin", &specs).expect("without hooks");
}

#[test]
fn what_somebody_else_pushed_is_never_overwritten() {
    let (server, clone) = remote_and_clone(&[]);
    let open = clone.open();
    let mine = commit(&open, &[], &[("mine", Some("1"))], 1);
    let theirs = other_writer(&server, &[], 2);
    let tag = "refs/tags/t";
    server.run(&["update-ref", tag, &theirs.to_string()]);
    let before = refs(&server);
    let other = "refs/heads/other";
    let absent = ObjectName::parse(&"1".repeat(40)).expect("a name");
    let cases = [
        (to(LEDGER, mine, Old::Missing), Refusal::Exists),
        (to(LEDGER, mine, Old::Any), Refusal::Moved),
        (to(LEDGER, mine, Old::Is(absent)), Refusal::Moved),
        (to(tag, mine, Old::Missing), Refusal::Exists),
        (to(tag, mine, Old::Any), Refusal::Exists),
    ];
    for (spec, expected) in cases {
        for specs in [
            [spec.clone(), to(other, mine, Old::Missing)],
            [to(other, mine, Old::Missing), spec.clone()],
        ] {
            let (name, kind, reason, _) = refusal(open.push("origin", &specs));
            assert_eq!((&name, kind), (&spec.name, expected), "{spec:?}: {reason}");
            assert_eq!(refs(&server), before);
        }
    }
    // Now ours knows theirs, and still it does not go over it.
    open.fetch("origin", &["refs/heads/ledger:refs/remotes/origin/ledger"]).expect("fetched");
    let (_, kind, _, _) = refusal(open.push("origin", &[to(LEDGER, mine, Old::Is(theirs))]));
    assert_eq!(kind, Refusal::Moved);
    let on_top = commit(&open, &[theirs], &[("mine", Some("1"))], 3);
    let (_, kind, _, _) = refusal(open.push("origin", &[to(tag, on_top, Old::Is(theirs))]));
    assert_eq!(kind, Refusal::Exists, "not even forward");
    let later = other_writer(&server, &[theirs], 4);
    let (_, kind, _, _) = refusal(open.push("origin", &[to(LEDGER, on_top, Old::Is(theirs))]));
    assert_eq!(kind, Refusal::Moved, "somebody was faster");
    assert_eq!(server.rev(LEDGER), later.to_string());
    open.fetch("origin", &["refs/heads/ledger:refs/remotes/origin/ledger"]).expect("fetched");
    let rebuilt = commit(&open, &[later], &[("mine", Some("1"))], 5);
    open.push("origin", &[to(LEDGER, rebuilt, Old::Is(later))]).expect("on top of theirs");
}

#[test]
fn a_writer_in_the_middle_of_our_push_is_seen() {
    let (server, clone) = remote_and_clone(&[]);
    let open = clone.open();
    let root = other_writer(&server, &[], 1);
    open.fetch("origin", &["refs/heads/ledger:refs/remotes/origin/ledger"]).expect("fetched");
    let theirs = commit(&server.open(), &[root], &[("theirs", Some("1"))], 2);
    let mine = commit(&open, &[root], &[("mine", Some("1"))], 3);
    // The hook runs between the check and the update; a child of it is the other writer.
    let script = format!("env -u GIT_QUARANTINE_PATH git update-ref {LEDGER} {theirs}");
    hook(&server, "pre-receive", &script);
    let specs = [to("refs/tags/new", mine, Old::Missing), to(LEDGER, mine, Old::Is(root))];
    let (_, kind, reason, said) = refusal(open.push("origin", &specs));
    assert_eq!(kind, Refusal::Moved, "{reason}: {said}");
    assert_eq!(server.rev(LEDGER), theirs.to_string());
    assert!(!refs(&server).contains("refs/tags/new"));

    let script = format!("env -u GIT_QUARANTINE_PATH git update-ref refs/tags/new {theirs}");
    hook(&server, "pre-receive", &script);
    let (_, kind, reason, said) = refusal(open.push("origin", &specs[..1]));
    assert_eq!(kind, Refusal::Exists, "{reason}: {said}");
}

#[test]
fn what_would_force_or_name_nothing_is_refused_before_it_is_sent() {
    let (_server, clone) = remote_and_clone(&[]);
    let open = clone.open();
    let head = clone.name("HEAD");
    for name in ["+refs/heads/x", "x", "refs/heads/a b", "refs/heads/a:refs/heads/b", "--all"] {
        assert!(open.push("origin", &[to(name, head, Old::Any)]).is_err(), "{name}");
    }
    let absent = ObjectName::parse(&"1".repeat(40)).expect("a name");
    assert!(open.push("origin", &[to("refs/heads/x", absent, Old::Missing)]).is_err());
}

#[test]
fn settings_of_the_user_do_not_widen_a_push() {
    let (server, clone) = remote_and_clone(&[]);
    clone.tag("v1").commit_file("b", "1");
    for (key, value) in [
        ("push.followTags", "true"),
        ("push.default", "matching"),
        ("remote.origin.push", "+refs/heads/*:refs/heads/*"),
        ("push.recurseSubmodules", "on-demand"),
    ] {
        clone.run(&["config", key, value]);
    }
    let hook = clone.path().join(".git/hooks/pre-push");
    std::fs::create_dir_all(hook.parent().expect("a folder")).expect("a folder");
    std::fs::write(&hook, "#!/bin/sh\nexit 1\n").expect("a hook");
    make_executable(&hook);
    let before = refs(&server);
    let open = clone.open();
    open.push("origin", &[to("refs/heads/x", clone.name("HEAD"), Old::Missing)]).expect("a push");
    let after = refs(&server);
    let new: Vec<_> = after.lines().filter(|line| !before.contains(line)).collect();
    assert_eq!(new, [format!("refs/heads/x {}", clone.rev("HEAD"))]);
}

#[test]
fn remotes_that_are_not_there_are_told_from_those_that_cannot_be_reached() {
    let (_server, clone) = remote_and_clone(&[]);
    let gone = clone.beside("gone");
    clone.run(&["remote", "add", "gone", gone.to_str().expect("UTF-8")]);
    clone.run(&["remote", "add", "closed", "https://ada:secret@127.0.0.1:1/x.git"]);
    let open = clone.open();
    let head = clone.name("HEAD");
    let push = |open: &Repository, remote: &str| {
        let pushed = open.push(remote, &[to("refs/heads/x", head, Old::Missing)]);
        let Err(PushFault::Remote(fault)) = pushed else { panic!("{pushed:?}") };
        fault
    };
    for remote in ["none", "--upload-pack=x", "https://127.0.0.1:1/x.git"] {
        for fault in [
            push(&open, remote),
            open.fetch(remote, &["refs/heads/main"]).expect_err("unknown"),
            open.remote_references(remote, &[]).expect_err("unknown"),
        ] {
            assert!(matches!(fault, RemoteFault::Unknown { .. }), "{remote}: {fault:?}");
        }
    }
    for remote in ["gone", "closed"] {
        for fault in [
            push(&open, remote),
            open.fetch(remote, &["refs/heads/main"]).expect_err("unreachable"),
            open.remote_references(remote, &[]).expect_err("unreachable"),
        ] {
            assert!(matches!(fault, RemoteFault::Unreachable { .. }), "{remote}: {fault:?}");
            assert!(!fault.to_string().contains("secret"), "{fault}");
            assert!(fault.hint().is_some());
        }
    }
}

#[test]
fn a_fetch_brings_what_was_asked_for_and_nothing_else() {
    let (server, clone) = remote_and_clone(&[]);
    let open = clone.open();
    let fetched_before = open.last_fetch();
    let theirs = other_writer(&server, &[], 1);
    server.run(&["update-ref", "refs/tags/t", &theirs.to_string()]);
    let before = refs(&clone);
    let spec = "refs/heads/ledger:refs/remotes/origin/ledger";
    let missing = open.fetch("origin", &[spec, "refs/heads/none:refs/remotes/origin/none"]);
    match missing {
        Err(RemoteFault::Missing { name, .. }) => assert_eq!(name, "refs/heads/none"),
        other => panic!("{other:?}"),
    }
    open.fetch("origin", &[spec]).expect("fetched");
    let after = refs(&clone);
    let new: Vec<_> = after.lines().filter(|line| !before.contains(line)).collect();
    assert_eq!(new, [format!("refs/remotes/origin/ledger {theirs}")]);
    assert_eq!(open.last_fetch(), fetched_before, "a fetch of one branch is no fetch");
    assert_eq!(open.first_parents(theirs, None).expect("a line").steps.len(), 1);

    let rewritten = other_writer(&server, &[], 99);
    match open.fetch("origin", &[spec]) {
        Err(RemoteFault::Diverged { name, .. }) => assert_eq!(name, "refs/remotes/origin/ledger"),
        other => panic!("{other:?}"),
    }
    open.fetch("origin", &[&format!("+{spec}")]).expect("overwritten");
    let now = open.reference("refs/remotes/origin/ledger").expect("readable");
    assert_eq!(now, Some(rewritten));
}

#[test]
fn references_of_a_remote_are_listed_by_their_whole_names() {
    let (server, clone) = remote_and_clone(&[]);
    let head = server.rev("main");
    for name in ["refs/tags/release/a@1.0.0", "refs/tags/refs/heads/main", "refs/tags/b"] {
        server.run(&["update-ref", name, &head]);
    }
    let seed = TestRepo::clone_of(&server, &[]);
    seed.tag("release/a@2.0.0").run(&["push", "-q", "origin", "release/a@2.0.0"]);
    let open = clone.open();
    let names = |patterns: &[&str]| {
        let found = open.remote_references("origin", patterns).expect("reachable");
        found.into_iter().map(|(name, _)| name).collect::<Vec<_>>()
    };
    assert_eq!(names(&["refs/heads/main"]), ["refs/heads/main"]);
    assert_eq!(
        names(&["refs/tags/release/*"]),
        ["refs/tags/release/a@1.0.0", "refs/tags/release/a@2.0.0"]
    );
    assert_eq!(names(&["refs/tags/none"]), [""; 0]);
    assert_eq!(names(&[]).len(), 5);
    let tag = open.remote_references("origin", &["refs/tags/release/a@2.0.0"]).expect("reachable");
    assert_eq!(tag[0].1, object_name(&seed.rev("refs/tags/release/a@2.0.0")), "not followed");
}
