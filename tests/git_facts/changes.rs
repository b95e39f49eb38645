//! What differs, against what `git diff` says.

use std::collections::BTreeSet;

use keelmark::path::RepoPath;
use keelmark::vcs::{After, Changed};

use crate::support::TestRepo;

/// Writes changes the way `git diff --name-status` does.
fn letters(changed: &[Changed]) -> Vec<String> {
    let line = |one: &Changed| {
        let letter = match (&one.before, &one.after) {
            (None, _) => 'A',
            (_, None) => 'D',
            (Some(a), Some(b)) if is_file(a.mode) != is_file(b.mode) => 'T',
            _ => 'M',
        };
        format!("{letter}\t{}", one.path)
    };
    changed.iter().map(line).collect()
}

fn is_file(mode: keelmark::snapshot::Mode) -> bool {
    use keelmark::snapshot::Mode;
    matches!(mode, Mode::Regular | Mode::Executable)
}

fn by_git(repo: &TestRepo, arguments: &[&str]) -> Vec<String> {
    let words = [&["diff", "--name-status", "--no-renames"], arguments].concat();
    let mut lines: Vec<String> = repo.run(&words).lines().map(ToOwned::to_owned).collect();
    lines.sort_by(|a, b| a[2..].cmp(&b[2..]));
    lines
}

/// A small generator, so that each run sees the same trees.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.0 >> 33) % sides
    }
}

fn shuffle(repo: &TestRepo, dice: &mut Dice) {
    let paths =
        ["a/b/c", "a/b/d", "a/b-d", "a/b.d/e", "a/x", "b", "b/c", "c-d/x", "c/x", "c.d", "d/e/f/g"];
    for _ in 0..4 {
        let path = paths[usize::try_from(dice.roll(paths.len() as u64)).expect("small")];
        let target = repo.path().join(path);
        if target.is_dir() {
            std::fs::remove_dir_all(&target).expect("a folder");
        } else if dice.roll(3) == 0 && target.is_file() {
            std::fs::remove_file(&target).expect("a file");
            continue;
        }
        // A file on the way makes room.
        for above in target.ancestors().skip(1) {
            if above.is_file() {
                std::fs::remove_file(above).expect("a file");
            }
        }
        repo.write(path, dice.roll(3).to_string());
    }
}

#[test]
fn comparisons_agree_with_git() {
    let mut dice = Dice(7);
    for round in 0..12 {
        let repo = TestRepo::init();
        shuffle(&repo, &mut dice);
        shuffle(&repo, &mut dice);
        repo.stage(".").commit("one");
        shuffle(&repo, &mut dice);
        repo.stage(".").commit("two");
        shuffle(&repo, &mut dice);
        repo.stage(".");
        if round % 2 == 0 {
            // The index then knows the names of all its trees.
            repo.run(&["write-tree"]);
        }
        let open = repo.open();
        let one = open.commit_snapshot(repo.name("HEAD~1")).expect("a commit");
        let two = open.commit_snapshot(repo.name("HEAD")).expect("a commit");
        let index = open.index_snapshot().expect("an index");
        let found = open.changed(Some(&one), After::Tree(&two), &[]).expect("a comparison");
        assert_eq!(letters(&found), by_git(&repo, &["HEAD~1", "HEAD"]), "{round}: trees");
        for (base, name) in [(&one, "HEAD~1"), (&two, "HEAD")] {
            let found = open.changed(Some(base), After::Index(&index), &[]).expect("a comparison");
            assert_eq!(letters(&found), by_git(&repo, &["--cached", name]), "{round}: index");
        }
        let prefixes = [RepoPath::from("a/b"), RepoPath::from("c-d"), RepoPath::from("b")];
        let found = open.changed(Some(&one), After::Index(&index), &prefixes).expect("it");
        let narrowed = by_git(&repo, &["--cached", "HEAD~1", "--", "a/b", "c-d", "b"]);
        assert_eq!(letters(&found), narrowed, "{round}: prefixes");

        shuffle(&repo, &mut dice);
        let disk = open.worktree_snapshot(&[]).expect("a work tree");
        let found = open.changed(Some(&two), After::Worktree(&disk), &[]).expect("it");
        // What git would say if everything were staged; bytes that came back may be listed too.
        repo.stage(".");
        let expected: BTreeSet<String> = by_git(&repo, &["--cached", "HEAD"]).into_iter().collect();
        let found: BTreeSet<String> = letters(&found).into_iter().collect();
        assert!(found.is_superset(&expected), "{round}: {found:?} lacks some of {expected:?}");
        assert!(
            found.difference(&expected).all(|line| line.starts_with('M')),
            "{round}: {found:?}"
        );
    }
}

#[test]
fn modes_alone_are_a_change() {
    let repo = TestRepo::init();
    repo.commit_file("tool", "x");
    repo.run(&["update-index", "--chmod=+x", "tool"]);
    let open = repo.open();
    let before = open.commit_snapshot(repo.name("HEAD")).expect("a commit");
    let index = open.index_snapshot().expect("an index");
    let found = open.changed(Some(&before), After::Index(&index), &[]).expect("a comparison");
    assert_eq!(letters(&found), ["M\ttool"]);
}

/// G33.
#[test]
fn a_commit_that_only_deletes_is_a_change() {
    let repo = TestRepo::init();
    repo.write("a/x", "x").write("b", "b").stage(".").commit("all");
    repo.run(&["rm", "-rq", "a"]);
    let open = repo.open();
    let before = open.commit_snapshot(repo.name("HEAD")).expect("a commit");
    let index = open.index_snapshot().expect("an index");
    let found = open.changed(Some(&before), After::Index(&index), &[]).expect("a comparison");
    assert_eq!(letters(&found), ["D\ta/x"]);
    let disk = open.worktree_snapshot(&[]).expect("a work tree");
    let found = open.changed(Some(&before), After::Worktree(&disk), &[]).expect("a comparison");
    assert_eq!(letters(&found), ["D\ta/x"]);
}

#[test]
fn conflicts_and_announcements_have_no_file_after() {
    let repo = TestRepo::init();
    repo.commit_file("a", "base\n");
    repo.branch("side").commit_file("a", "side\n");
    repo.checkout("main").commit_file("a", "main\n");
    repo.try_run(&["merge", "side"]);
    repo.write("soon", "s").run(&["add", "-N", "soon"]);
    let open = repo.open();
    let before = open.commit_snapshot(repo.name("HEAD")).expect("a commit");
    let index = open.index_snapshot().expect("an index");
    let found = open.changed(Some(&before), After::Index(&index), &[]).expect("a comparison");
    assert_eq!(letters(&found), ["D\ta"]);
    let disk = open.worktree_snapshot(&[]).expect("a work tree");
    let found = open.changed(Some(&before), After::Worktree(&disk), &[]).expect("a comparison");
    assert_eq!(letters(&found), ["M\ta", "A\tsoon"]);
}
