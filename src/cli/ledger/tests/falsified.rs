use std::path::Path;

use super::{BRANCH, TRACKING, Yard, book, command, git, moving, record, told};
use crate::cli::exit::Exit;
use crate::ledger::verify::Wrong;

/// Makes the ledger of a repository anew, from the commit at `from` (counted from the oldest) on, as
/// somebody with git would: `edit` changes an index that holds the tree of that commit.
pub(super) fn remake(path: &Path, from: usize, edit: impl Fn(&dyn Fn(&[&str]) -> String)) {
    let all = git(path, &["rev-list", "--reverse", BRANCH]);
    let commits: Vec<&str> = all.lines().collect();
    let index = path.join(".git/falsified");
    let run = |words: &[&str]| {
        let output = command(path, words).env("GIT_INDEX_FILE", &index).output().expect("git");
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
    };
    let mut parent = from.checked_sub(1).map(|at| commits[at].to_owned());
    for (at, commit) in commits.iter().enumerate().skip(from) {
        if at == from {
            run(&["read-tree", commit]);
        } else {
            // What the commit did is done again on the edited tree.
            let before = format!("{commit}~1");
            let diff = run(&["diff-tree", "-r", "--no-renames", &before, commit]);
            for line in diff.lines() {
                let (fields, file) = line.split_once('\t').expect("a path");
                let blob = fields.split(' ').nth(3).expect("a blob");
                run(&["update-index", "--add", "--cacheinfo", &format!("100644,{blob},{file}")]);
            }
        }
        if at == from {
            edit(&run);
        }
        let tree = run(&["write-tree"]);
        let mut words = vec!["commit-tree", &tree, "-m", "made anew"];
        if let Some(parent) = &parent {
            words.extend(["-p", parent]);
        }
        parent = Some(run(&words));
    }
    git(path, &["update-ref", BRANCH, &parent.expect("a tip")]);
}

fn six(path: &Path) {
    let records = [
        record("ada", 0),
        moving("ada", 1, "1.0.0"),
        record("ada", 2),
        moving("ada", 3, "1.1.0"),
        record("ada", 4),
        record("ada", 5),
    ];
    book(path).append(&records, false).expect("appended");
}

#[track_caller]
fn first_fault(path: &Path) -> (Wrong, Option<String>, Option<String>) {
    let audit = book(path).audit().expect("an audit");
    let first = audit.faults.first().expect("a fault");
    let commit = first.commit.map(|commit| commit.to_string());
    (first.wrong, commit, first.path.as_ref().map(ToString::to_string))
}

#[test]
fn an_edited_record_is_named_with_its_commit_and_path() {
    let yard = Yard::new();
    let path = yard.repository("a");
    six(&path);
    let file = record("ada", 2).path().to_string();
    remake(&path, 2, |run| {
        let text = String::from_utf8(record("ada", 2).to_bytes()).expect("UTF-8");
        std::fs::write(path.join("edited"), text.replace("\"number\":2", "\"number\":3"))
            .expect("a file");
        let blob = run(&["hash-object", "-w", "edited"]);
        run(&["update-index", "--cacheinfo", &format!("100644,{blob},{file}")]);
    });
    let commit = git(&path, &["rev-parse", &format!("{BRANCH}~3")]);
    assert_eq!(first_fault(&path), (Wrong::Edited, Some(commit), Some(file)));
    let fault = book(&path).records().expect_err("a false record");
    assert_eq!(fault.exit(), Exit::Integrity);
    assert!(fault.to_string().contains("is false: what it says has the id"), "{fault}");
}

#[test]
fn what_somebody_edited_is_not_pushed() {
    let yard = Yard::new();
    let remote = yard.remote();
    let path = yard.clone(&remote, "a");
    book(&path).append(&[record("ada", 0)], true).expect("pushed");
    let sound = git(&remote, &["rev-parse", BRANCH]);
    let file = record("ada", 0).path().to_string();
    let edited = |blob: &str| {
        git(&path, &["read-tree", BRANCH]);
        git(&path, &["update-index", "--add", "--cacheinfo", &format!("100644,{blob},{file}")]);
        let tree = git(&path, &["write-tree"]);
        let commit = git(&path, &["commit-tree", &tree, "-p", BRANCH, "-m", "edited"]);
        git(&path, &["update-ref", BRANCH, &commit]);
        commit
    };
    std::fs::write(path.join("edited"), "{}").expect("a file");
    let false_commit = edited(&git(&path, &["hash-object", "-w", "edited"]));
    let doubt = book(&path).doubt().expect("a look").expect("a doubt");
    assert!(doubt.contains(&false_commit[..10]), "{doubt}");
    // Alone, and below what is appended.
    for records in [&[][..], &[record("ada", 1)]] {
        let fault = book(&path).append(records, true).expect_err("false");
        assert_eq!(fault.exit(), Exit::Integrity, "{fault}");
        assert!(fault.message().contains(&file), "{fault}");
        let hint = fault.advice().expect("a hint").to_owned();
        assert!(hint.contains(&format!("git update-ref {BRANCH} {sound}")), "{hint}");
        assert_eq!(git(&remote, &["rev-parse", BRANCH]), sound);
        assert_eq!(git(&path, &["rev-parse", TRACKING]), sound);
    }
    git(&path, &["update-ref", BRANCH, &sound]);
    assert_eq!(book(&path).doubt().expect("a look"), None);
    book(&path).append(&[record("ada", 1)], true).expect("pushed");
    // A ledger that was never pushed is looked at from its first commit.
    let (other, remote) = (yard.repository("b"), yard.path("other.git"));
    git(&other, &["init", "-q", "--bare", remote.to_str().expect("UTF-8")]);
    git(&other, &["remote", "add", "origin", &super::address(&remote)]);
    six(&other);
    remake(&other, 4, |run| {
        run(&["rm", "-q", "--cached", &file]);
    });
    let fault = book(&other).append(&[], true).expect_err("false");
    assert_eq!(fault.exit(), Exit::Integrity, "{fault}");
    assert_eq!(git(&remote, &["for-each-ref"]), "");
}

#[test]
fn a_dropped_record_is_named() {
    let yard = Yard::new();
    let path = yard.repository("a");
    six(&path);
    // A later commit removes a record.
    let file = record("ada", 0).path().to_string();
    remake(&path, 4, |run| {
        run(&["rm", "-q", "--cached", &file]);
    });
    let commit = git(&path, &["rev-parse", &format!("{BRANCH}~1")]);
    assert_eq!(first_fault(&path), (Wrong::Removed, Some(commit), Some(file)));
}

#[test]
fn a_commit_that_adds_no_record_or_something_else_is_named() {
    let yard = Yard::new();
    let path = yard.repository("a");
    six(&path);
    let tip = git(&path, &["rev-parse", BRANCH]);
    let empty = git(&path, &["commit-tree", &format!("{tip}^{{tree}}"), "-p", &tip, "-m", "empty"]);
    git(&path, &["update-ref", BRANCH, &empty]);
    assert_eq!(first_fault(&path), (Wrong::Count, Some(empty), None));
    // A merge has two parents.
    let tree = format!("{tip}^{{tree}}");
    let merge = git(&path, &["commit-tree", &tree, "-p", &tip, "-p", "main", "-m", "merge"]);
    git(&path, &["update-ref", BRANCH, &merge]);
    assert_eq!(first_fault(&path).0, Wrong::Order);
    git(&path, &["update-ref", BRANCH, &tip]);
    assert_eq!(book(&path).audit().expect("an audit").faults, []);
}

#[test]
fn a_channel_set_by_hand_is_named() {
    let yard = Yard::new();
    let path = yard.repository("a");
    six(&path);
    remake(&path, 3, |run| {
        let blob = run(&["rev-parse", &format!("{BRANCH}~3:channels/production.json")]);
        run(&["update-index", "--cacheinfo", &format!("100644,{blob},channels/production.json")]);
    });
    let (wrong, commit, file) = first_fault(&path);
    assert_eq!((wrong, file.as_deref()), (Wrong::Channel, Some("channels/production.json")));
    assert_eq!(commit, Some(git(&path, &["rev-parse", &format!("{BRANCH}~2")])));
}

#[test]
fn a_record_that_is_left_out_of_commits_made_anew_is_found_at_the_tag_that_cites_them() {
    let yard = Yard::new();
    let path = yard.repository("a");
    six(&path);
    let cited = git(&path, &["rev-parse", BRANCH]);
    let message = format!("release\n\nKeelmark-Format: 1\nKeelmark-Ledger: {cited}");
    git(&path, &["tag", "-a", "-m", &message, "release/x@1.0.0"]);
    assert_eq!(book(&path).audit().expect("an audit").faults, []);
    let shorter = git(&path, &["rev-parse", &format!("{BRANCH}~1")]);
    git(&path, &["update-ref", BRANCH, &shorter]);
    let audit = book(&path).audit().expect("an audit");
    assert_eq!(audit.faults.len(), 1);
    let words = audit.faults[0].to_string();
    assert!(words.contains(&cited) && words.contains("`release/x@1.0.0` cites it"), "{words}");
}

#[test]
fn a_ledger_made_anew_at_the_remote_is_not_taken() {
    let yard = Yard::new();
    let remote = yard.remote();
    let path = yard.clone(&remote, "a");
    six(&path);
    book(&path).append(&[], true).expect("pushed");
    // At the remote, the third record is dropped and the rest made anew.
    let other = yard.clone(&remote, "b");
    git(&other, &["update-ref", BRANCH, TRACKING]);
    let kept: Vec<_> = book(&other).records().expect("records");
    git(&other, &["update-ref", "-d", BRANCH]);
    git(&other, &["update-ref", "-d", TRACKING]);
    let fewer: Vec<_> =
        kept.iter().filter(|r| *r.id() != *record("ada", 2).id()).cloned().collect();
    book(&other).append(&fewer, false).expect("appended");
    git(&other, &["push", "-q", "--force", "origin", BRANCH]);

    let before = git(&path, &["show-ref"]);
    let fault = book(&path).append(&[record("ada", 6)], true).expect_err("made anew");
    assert_eq!(fault.exit(), Exit::Integrity);
    assert!(fault.message().contains("the ledger at `origin` was made anew"), "{fault}");
    assert_eq!(git(&path, &["show-ref"]), before);
    // Whoever lets git overwrite what it knows of the remote still has the record.
    git(&path, &["fetch", "-q", "--force", "origin", "+refs/heads/*:refs/remotes/origin/*"]);
    let (wrong, _, file) = first_fault(&path);
    assert_eq!((wrong, file), (Wrong::Fork, Some(record("ada", 2).path().to_string())));
    assert_eq!(told(&path).len(), 6);
    book(&path).append(&[], true).expect("pushed");
    assert_eq!(told(&remote).len(), 6, "and brings it back");
}
