//! What others do meanwhile, at a real remote.

use std::process::{Command, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::json;

use super::place::{
    FIRST, LEDGER, NEXT, TAG, at_remote, colleague, known, next, push, ready, records, references,
    refused, sound,
};
use crate::desk::{program, script};
use crate::ledger::append;
use crate::support::{TestRepo, hermetic};

fn tag_push() -> Vec<&'static str> {
    [&TAG[..], &["--push"]].concat()
}

/// The remote and a clone have the same release, once.
#[track_caller]
fn agreed(repo: &TestRepo, tag: &str) {
    sound(repo);
    let both = ["rev-parse", LEDGER, &format!("refs/tags/{tag}")];
    assert_eq!(repo.run(&both), at_remote(repo, &both));
    let all = records(repo, "release");
    assert_eq!(all.iter().filter(|record| record["payload"]["tag"] == tag).count(), 1);
    repo.keelmark(&["ledger", "verify"]).is(0);
}

/// Has the remote refuse references that begin with some words.
fn protect(repo: &TestRepo, what: &str) {
    let hook = repo.beside("remote.git").join("hooks/update");
    script(
        &hook,
        &format!(
            "#!/bin/sh\ncase \"$1\" in {what}*) echo \"$1 is protected\" >&2; exit 1;; esac\n"
        ),
    );
}

#[test]
fn a_tag_that_only_the_remote_has_is_believed_or_held_against_this_release() {
    let repo = ready();
    let other = colleague(&repo, &[]);
    other.tag(FIRST);
    other.run(&["push", "-q", "origin", FIRST]);
    let ledger = (repo.rev(LEDGER), at_remote(&repo, &["for-each-ref"]));
    repo.keelmark(&tag_push()).is(4).says("is another release").says("a release never changes");
    assert_eq!((repo.rev(LEDGER), at_remote(&repo, &["for-each-ref"])), ledger);

    let repo = ready();
    let other = colleague(&repo, &[]);
    other.keelmark(&tag_push()).is(0);
    repo.keelmark(&tag_push()).is(0).says("is there already and is exactly this, by Bob");
    agreed(&repo, FIRST);
    // A tag that differs here and there is nobody's to choose.
    let repo = next();
    let other = colleague(&repo, &[]);
    repo.run(&["tag", "-f", "-a", "-m", "mine", FIRST]);
    drop(other);
    refused(&repo, 4, &tag_push()).says(&format!("`{FIRST}` here is not that of `origin`"));
}

#[test]
fn records_that_others_pushed_meanwhile_are_kept() {
    let repo = ready();
    let other = colleague(&repo, &["-q"]);
    other.run(&["update-ref", LEDGER, "origin/keelmark/ledger"]);
    append(other.path(), "approval", 0, "release/else@1.0.0", json!({}));
    other.keelmark(&["ledger", "push"]).is(0);
    repo.keelmark(&tag_push()).is(0);
    agreed(&repo, FIRST);
    assert_eq!(records(&repo, "approval").len(), 1);

    // Somebody is faster between the look and the push.
    let repo = ready();
    let other = colleague(&repo, &[]);
    other.run(&["update-ref", LEDGER, "origin/keelmark/ledger"]);
    append(other.path(), "approval", 0, "release/else@1.0.0", json!({}));
    let once = repo.beside("once");
    intrude(
        &repo,
        &other,
        &format!(
            "[ -e '{0}' ] || {{ touch '{0}'; '{1}' ledger push >&2; }}",
            once.display(),
            program()
        ),
    );
    repo.keelmark(&tag_push()).is(0);
    agreed(&repo, FIRST);
    assert_eq!(records(&repo, "approval").len(), 1);
}

/// Runs a command in somebody else's clone whenever a push arrives, before it is taken.
fn intrude(repo: &TestRepo, other: &TestRepo, command: &str) {
    let slow = repo.beside("slow");
    let there = other.path().display();
    let text = format!("#!/bin/sh\n(cd '{there}' && {command})\nexec git-receive-pack \"$@\"\n");
    script(&slow, &text);
    repo.run(&["config", "remote.origin.receivepack", slow.to_str().expect("UTF-8")]);
}

#[test]
fn of_two_managers_one_tags_and_the_other_is_told() {
    // Just between the look and the push.
    let repo = ready();
    let other = colleague(&repo, &[]);
    intrude(&repo, &other, &format!("'{}' release tag support_copilot --push >&2", program()));
    repo.keelmark(&tag_push()).is(0).says("is there already and is exactly this, by Bob");
    agreed(&repo, FIRST);
    // Both at once, some times.
    for _ in 0..3 {
        let repo = ready();
        let other = colleague(&repo, &[]);
        let start = |repo: &TestRepo| {
            let mut command = Command::new(program());
            hermetic(&mut command, &repo.beside(""));
            command.args(tag_push()).current_dir(repo.path()).stdin(Stdio::null());
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program")
        };
        let said: Vec<String> = [start(&repo), start(&other)]
            .map(|child| {
                let output = child.wait_with_output().expect("an ending");
                let said = String::from_utf8_lossy(&output.stderr).into_owned();
                assert_eq!(output.status.code(), Some(0), "{said}");
                said
            })
            .into();
        let told = said.iter().filter(|said| said.contains("is there already")).count();
        assert_eq!(told, 1, "{said:#?}");
        repo.keelmark(&tag_push()).is(0);
        agreed(&repo, FIRST);
    }
    // Two in one clone.
    let repo = ready();
    crate::people::at_once([&repo, &repo], &TAG);
    sound(&repo);
    assert_eq!(records(&repo, "release").len(), 1);
}

#[test]
fn a_refused_push_leaves_nothing_here() {
    for what in ["refs/tags/release/", "refs/heads/keelmark/ledger"] {
        let repo = ready();
        protect(&repo, what);
        refused(&repo, 1, &tag_push())
            .says(&format!("the remote `origin` refused `{what}"))
            .says("is protected")
            .says("ask who administers `origin`");
        sound(&repo);
        std::fs::remove_file(repo.beside("remote.git").join("hooks/update")).expect("removed");
        repo.keelmark(&tag_push()).is(0);
        agreed(&repo, FIRST);
    }
    let repo = ready();
    let before = references(&repo);
    std::fs::rename(repo.beside("remote.git"), repo.beside("away.git")).expect("moved");
    repo.keelmark(&tag_push()).is(3).says("cannot be reached").says("git ls-remote origin");
    assert_eq!(references(&repo), before);
    let repo = ready();
    repo.run(&["remote", "remove", "origin"]);
    repo.keelmark(&tag_push()).is(2).says("there is no remote `origin`");
}

#[test]
fn a_branch_that_moved_on_does_not_matter_and_one_that_was_made_anew_does() {
    let repo = ready();
    let other = colleague(&repo, &[]);
    other.commit_file("README.md", "main goes on\n");
    other.run(&["push", "-q", "origin", "HEAD:main"]);
    repo.keelmark(&tag_push()).is(0);
    agreed(&repo, FIRST);
    let repo = next();
    let other = colleague(&repo, &[]);
    other.run(&["push", "-q", "-f", "origin", "HEAD~2:main"]);
    refused(&repo, 3, &tag_push()).says("have diverged");
    other.run(&["push", "-q", "origin", "HEAD:main"]);
    repo.keelmark(&tag_push()).is(0);
    agreed(&repo, NEXT);
}

#[test]
fn a_ledger_that_is_not_here_is_found_at_the_remote_or_missed() {
    // Only the remote's is known here.
    let repo = ready();
    repo.run(&["update-ref", "-d", LEDGER]);
    repo.keelmark(&tag_push()).is(0);
    agreed(&repo, FIRST);
    // A clone that follows one branch has never seen it.
    let source = ready();
    let repo = colleague(&source, &["--single-branch", "--no-tags"]);
    let before = references(&repo);
    repo.keelmark(&TAG).is(1).says("evidence-missing").says("git fetch origin");
    assert_eq!(references(&repo), before);
    repo.keelmark(&tag_push()).is(0);
    assert_eq!(repo.rev(LEDGER), at_remote(&source, &["rev-parse", LEDGER]));
    // It is nowhere: what was measured is still recorded here.
    let repo = ready();
    at_remote(&repo, &["update-ref", "-d", LEDGER]);
    repo.run(&["update-ref", "-d", LEDGER]);
    repo.run(&["update-ref", "-d", "refs/remotes/origin/keelmark/ledger"]);
    refused(&repo, 1, &TAG).says("evidence-missing").says("keelmark eval record");
    repo.keelmark(&["eval", "record", "latest", "--push"]).is(0);
    repo.keelmark(&tag_push()).is(0);
    agreed(&repo, FIRST);
    // It was removed at the remote, and what was there is remembered here.
    let repo = ready();
    at_remote(&repo, &["update-ref", "-d", LEDGER]);
    repo.keelmark(&tag_push()).is(0);
    agreed(&repo, FIRST);
}

#[test]
fn ledgers_that_parted_are_joined_and_one_that_was_made_anew_is_not_believed() {
    let repo = ready();
    let other = colleague(&repo, &[]);
    other.run(&["update-ref", LEDGER, "origin/keelmark/ledger"]);
    append(other.path(), "approval", 0, "release/else@1.0.0", json!({}));
    other.keelmark(&["ledger", "push"]).is(0);
    append(repo.path(), "override", 1, "release/else@1.1.0", json!({}));
    repo.run(&["fetch", "-q", "origin"]);
    repo.keelmark(&TAG).is(0).says("not pushed yet");
    sound(&repo);
    repo.keelmark(&["ledger", "push"]).is(0);
    assert_eq!(records(&repo, "approval").len() + records(&repo, "override").len(), 2);
    assert_eq!(records(&repo, "release").len(), 1);
    repo.keelmark(&["ledger", "verify"]).is(0);

    let repo = ready();
    let other = colleague(&repo, &[]);
    known(&other);
    append(other.path(), "approval", 0, "release/else@1.0.0", json!({}));
    other.run(&["push", "-q", "-f", "origin", LEDGER]);
    refused(&repo, 4, &tag_push()).says("was made anew").says("nothing was written");
}

#[test]
fn a_clock_that_goes_wrong_is_a_note() {
    let repo = ready();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
    let now = i64::try_from(now).expect("a time");
    // The helper counts hours from a moment of its own.
    let tomorrow = (now - 1_795_647_496) / 3_600 + 26;
    append(repo.path(), "override", tomorrow, "release/else@1.0.0", json!({}));
    repo.keelmark(&tag_push()).is(0);
    sound(&repo);
    let verified = repo.keelmark(&["ledger", "verify"]).is(0);
    assert!(verified.err.contains("clock") || verified.out.contains("clock"), "{verified}");
    push(&repo);
}

#[test]
fn what_a_release_is_proven_with_goes_to_the_remote_with_it() {
    const PACKS: &str = "refs/heads/keelmark/evidence";
    let repo = ready();
    at_remote(&repo, &["update-ref", "-d", PACKS]);
    repo.run(&["fetch", "-q", "--prune", "origin"]);
    repo.keelmark(&["release", "tag", "support_copilot", "--push"]).is(0);
    assert_ne!(at_remote(&repo, &["for-each-ref", PACKS]), "");
    let proof = colleague(&repo, &[]).keelmark(&["verify"]).is(0);
    assert!(proof.out.contains("scores and") && !proof.out.contains("raw expired"), "{proof}");
    // Asked again, it brings what somebody took away.
    at_remote(&repo, &["update-ref", "-d", PACKS]);
    repo.keelmark(&["release", "tag", "support_copilot", "--push"]).is(0).says("is exactly this");
    assert_ne!(at_remote(&repo, &["for-each-ref", PACKS]), "");
}
