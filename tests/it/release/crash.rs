//! The power goes at some step of a release, and the same command is typed once more.

use serde_json::Value;

use super::place::{
    FIRST, LEDGER, NEXT, TAG, at_remote, channel, colleague, next, ready, records, references,
    remote, sound,
};
use crate::support::TestRepo;

/// The steps of a release that stays here, in their order, and whether it is there after them.
const HERE: [(&str, bool); 6] = [
    ("ledger:objects-written", false),
    ("release:tag-written", false),
    ("release:records-written", false),
    ("ledger:before-refs", false),
    ("ledger:after-refs", true),
    ("release:done", true),
];

/// The steps of one that is pushed, and whether it is at the remote and here after them.
const PUSHED: [(&str, bool, bool); 8] = [
    ("ledger:objects-written", false, false),
    ("release:tag-written", false, false),
    ("release:records-written", false, false),
    ("ledger:before-push", false, false),
    ("ledger:after-push", true, false),
    ("ledger:before-refs", true, false),
    ("ledger:after-refs", true, true),
    ("release:done", true, true),
];

fn push() -> Vec<&'static str> {
    [&TAG[..], &["--push"]].concat()
}

/// Says whether a repository has a tag.
fn has(repo: &TestRepo, place: &str, tag: &str) -> bool {
    let full = format!("refs/tags/{tag}");
    !repo.run(&["-C", place, "for-each-ref", &full]).is_empty()
}

fn here(repo: &TestRepo) -> String {
    repo.path().to_str().expect("UTF-8").to_owned()
}

/// Insists on a tag and exactly one record of it, each of which names the other.
#[track_caller]
fn released_once(repo: &TestRepo, tag: &str) -> Value {
    sound(repo);
    let all = records(repo, "release");
    let own: Vec<&Value> = all.iter().filter(|record| record["payload"]["tag"] == tag).collect();
    assert_eq!(own.len(), 1, "{own:#?}");
    let name = repo.rev(&format!("refs/tags/{tag}"));
    assert_eq!(own[0]["payload"]["tag_object"], name.as_str());
    let state = channel(repo, "canary").expect("a channel")["state"].clone();
    assert_eq!(state["tag_object"], name.as_str());
    repo.keelmark(&["ledger", "verify"]).is(0);
    own[0].clone()
}

#[test]
fn a_release_that_is_killed_is_there_or_not_and_is_finished_by_typing_it_again() {
    for (step, there) in HERE {
        let repo = ready();
        let before = references(&repo);
        repo.killed_at(step, &TAG);
        sound(&repo);
        assert_eq!(has(&repo, &here(&repo), FIRST), there, "{step}");
        assert_eq!(records(&repo, "release").len(), usize::from(there), "{step}");
        assert_eq!(references(&repo) == before, !there, "{step}");
        repo.keelmark(&TAG).is(0);
        released_once(&repo, FIRST);
        let after = references(&repo);
        repo.keelmark(&TAG).is(0).says("is there already");
        assert_eq!(references(&repo), after, "{step}");
    }
}

#[test]
fn a_push_that_is_killed_is_everything_or_nothing_at_the_remote_and_is_finished_here() {
    for (step, pushed, there) in PUSHED {
        let repo = ready();
        let before = (references(&repo), at_remote(&repo, &["for-each-ref"]));
        repo.killed_at(step, &push());
        sound(&repo);
        at_remote(&repo, &["fsck", "--strict", "--no-dangling", "--connectivity-only"]);
        assert_eq!(has(&repo, &remote(&repo), FIRST), pushed, "{step}");
        assert_eq!(has(&repo, &here(&repo), FIRST), there, "{step}");
        assert_eq!(at_remote(&repo, &["for-each-ref"]) == before.1, !pushed, "{step}");
        let count = |words: &[&str]| at_remote(&repo, words).lines().count();
        let recorded = count(&["log", "--format=%H", "--grep=^release: ", LEDGER]);
        assert_eq!(recorded, usize::from(pushed), "{step}");
        if !pushed {
            assert_eq!(references(&repo), before.0, "{step}");
        }
        repo.keelmark(&push()).is(0);
        released_once(&repo, FIRST);
        assert_eq!(count(&["log", "--format=%H", "--grep=^release: ", LEDGER]), 1, "{step}");
        let both = ["rev-parse", LEDGER, &format!("refs/tags/{FIRST}")];
        assert_eq!(at_remote(&repo, &both), repo.run(&both), "{step}");
        let other = colleague(&repo, &[]);
        other.keelmark(&["ledger", "verify"]).is(0).leaves_out("is not here");
    }
}

#[test]
fn what_was_pushed_before_the_power_went_is_found_without_pushing_again() {
    for step in ["ledger:after-push", "ledger:before-refs"] {
        let repo = ready();
        repo.killed_at(step, &push());
        let at = at_remote(&repo, &["for-each-ref"]);
        // Whoever types it without `--push` and has fetched meanwhile gets the very same tag.
        repo.run(&["fetch", "-q", "origin"]);
        repo.keelmark(&TAG).is(0);
        assert_eq!(at_remote(&repo, &["for-each-ref"]), at, "{step}");
        assert_eq!(
            repo.rev(&format!("refs/tags/{FIRST}")),
            at_remote(&repo, &["rev-parse", &format!("refs/tags/{FIRST}")])
        );
    }
}

#[test]
fn a_killed_candidate_gets_no_second_number() {
    for (step, _, _) in PUSHED {
        let repo = next();
        let words = [&push()[..], &["--rc"]].concat();
        repo.killed_at(step, &words);
        if ["ledger:after-refs", "release:done"].contains(&step) {
            continue;
        }
        repo.keelmark(&words).is(0).says("1.1.0-rc.1");
        released_once(&repo, &format!("{NEXT}-rc.1"));
        assert!(!has(&repo, &remote(&repo), &format!("{NEXT}-rc.2")), "{step}");
    }
}

#[test]
fn after_a_killed_push_somebody_else_may_go_on() {
    for (step, pushed, _) in PUSHED {
        let repo = ready();
        repo.killed_at(step, &push());
        let other = colleague(&repo, &[]);
        let ending = other.keelmark(&push()).is(0);
        assert_eq!(ending.err.contains("is there already"), pushed, "{step}: {ending}");
        repo.keelmark(&push()).is(0);
        let both = ["rev-parse", LEDGER, &format!("refs/tags/{FIRST}")];
        assert_eq!(repo.run(&both), at_remote(&repo, &both), "{step}");
        released_once(&repo, FIRST);
    }
}
