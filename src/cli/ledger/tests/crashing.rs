use std::path::{Path, PathBuf};
use std::process::Command;

use super::{BRANCH, TRACKING, Yard, book, git, moving, record, sound, told, try_git};

/// The steps of an append without and with a push.
const LOCAL: [&str; 3] = ["ledger:objects-written", "ledger:before-refs", "ledger:after-refs"];
const PUSHING: [&str; 5] = [
    "ledger:objects-written",
    "ledger:before-push",
    "ledger:after-push",
    "ledger:before-refs",
    "ledger:after-refs",
];

/// Where the process that is killed finds its work.
const REPOSITORY: &str = "KEELMARK_TEST_REPOSITORY";
const PUSHES: &str = "KEELMARK_TEST_PUSHES";

/// Started by [`killed`] in a process of its own; does nothing otherwise.
#[test]
#[ignore = "the process that is killed"]
fn append_two_records() {
    let Some(path) = std::env::var_os(REPOSITORY).map(PathBuf::from) else { return };
    let records = [moving("ada", 1, "1.1.0"), record("ada", 2)];
    book(&path).append(&records, std::env::var_os(PUSHES).is_some()).expect("appended");
}

/// Appends in a process that ends at a step, and says whether it did end there.
fn killed(path: &Path, step: &str, push: bool) -> bool {
    let mut child = Command::new(std::env::current_exe().expect("this program"));
    child
        .args(["--ignored", "--exact", "cli::ledger::tests::crashing::append_two_records"])
        .env(REPOSITORY, path)
        .env("KEELMARK_CRASH_AT", step);
    if push {
        child.env(PUSHES, "yes");
    }
    let output = child.output().expect("the process");
    let ran = String::from_utf8_lossy(&output.stdout).contains("running 1 test");
    assert!(ran, "{output:?}");
    !output.status.success()
}

/// Insists that no reference names an object that is not there.
#[track_caller]
fn every_reference_holds(path: &Path) {
    git(path, &["fsck", "--strict", "--no-dangling", "--connectivity-only"]);
    for name in git(path, &["for-each-ref", "--format=%(refname)"]).lines() {
        git(path, &["rev-list", "--objects", "--quiet", name]);
    }
}

fn appended_again(path: &Path, push: bool) {
    let records = [moving("ada", 1, "1.1.0"), record("ada", 2)];
    book(path).append(&records, push).expect("appended");
}

#[test]
fn an_append_that_is_killed_leaves_the_old_ledger_or_the_new_one() {
    for begun in [false, true] {
        for step in LOCAL {
            let yard = Yard::new();
            let path = yard.repository("a");
            if begun {
                book(&path).append(&[record("ada", 0)], false).expect("appended");
            }
            let before = told(&path).len();
            assert!(killed(&path, step, false), "{step} is reached");
            every_reference_holds(&path);
            let after = told(&path).len();
            let done = step == "ledger:after-refs";
            assert_eq!(after, if done { before + 2 } else { before }, "{step}");
            appended_again(&path, false);
            assert_eq!(sound(&path), before + 2, "{step}");
        }
    }
}

#[test]
fn a_push_that_is_killed_is_done_or_not_and_is_finished_by_the_next() {
    for step in PUSHING {
        let yard = Yard::new();
        let remote = yard.remote();
        let path = yard.clone(&remote, "a");
        book(&path).append(&[record("ada", 0)], true).expect("pushed");
        assert!(killed(&path, step, true), "{step} is reached");
        every_reference_holds(&path);
        every_reference_holds(&remote);
        let pushed = !["ledger:objects-written", "ledger:before-push"].contains(&step);
        assert_eq!(sound(&remote), if pushed { 3 } else { 1 }, "{step}");
        // Somebody else goes on before we come back.
        let other = yard.clone(&remote, "b");
        book(&other).append(&[record("bob", 3)], true).expect("pushed");
        appended_again(&path, true);
        for place in [&path, &remote] {
            assert_eq!(sound(place), 4, "{step}");
        }
        assert_eq!(git(&path, &["rev-parse", BRANCH]), git(&path, &["rev-parse", TRACKING]));
    }
}

#[test]
fn records_of_a_killed_process_that_were_not_pushed_are_pushed_by_the_next() {
    let yard = Yard::new();
    let remote = yard.remote();
    let path = yard.clone(&remote, "a");
    assert!(killed(&path, "ledger:after-refs", false));
    book(&path).append(&[record("ada", 5)], true).expect("pushed");
    assert_eq!(sound(&remote), 3);
}

#[test]
fn a_step_that_nobody_names_ends_nothing() {
    let yard = Yard::new();
    let path = yard.repository("a");
    assert!(!killed(&path, "ledger:somewhere-else", false));
    assert!(try_git(&path, &["show-ref", "--verify", BRANCH]).status.success());
    assert_eq!(sound(&path), 2);
}
