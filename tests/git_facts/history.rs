//! The commits that changed a path.

use keelmark::path::RepoPath;
use keelmark::snapshot::Content;

use crate::file;
use crate::support::{TestRepo, object_name};

fn subjects(repo: &TestRepo, path: &str) -> Vec<String> {
    let open = repo.open();
    let history = open.history(repo.name("HEAD"), &RepoPath::from(path)).expect("a history");
    assert!(!history.truncated);
    history.commits.into_iter().map(|commit| commit.subject).collect()
}

fn by_git(repo: &TestRepo, path: &str) -> Vec<String> {
    repo.run(&["log", "--format=%s", "--", path]).lines().map(ToOwned::to_owned).collect()
}

#[test]
fn a_path_is_followed_through_merges() {
    let repo = TestRepo::init();
    repo.write("p/a", "1\n").write("p/b", "1\n").write("q", "1\n").stage(".").commit("start");
    repo.branch("side");
    repo.write("p/a", "2\n").stage(".").commit("side a");
    repo.write("q", "2\n").stage(".").commit("side q");
    repo.checkout("main");
    repo.write("p/b", "2\n").stage(".").commit("main b");
    repo.run(&["merge", "-q", "--no-ff", "-m", "clean merge", "side"]);
    repo.branch("conflict");
    repo.write("p/a", "3\n").stage(".").commit("theirs");
    repo.checkout("main");
    repo.write("p/a", "4\n").stage(".").commit("ours");
    repo.try_run(&["merge", "-q", "conflict"]);
    repo.write("p/a", "5\n").stage(".").commit("both");
    repo.write("q", "3\n").stage(".").commit("unrelated");
    for path in ["p/a", "p/b", "p", "q"] {
        assert_eq!(subjects(&repo, path), by_git(&repo, path), "{path}");
    }
    assert_eq!(subjects(&repo, "p/a"), ["both", "ours", "theirs", "side a", "start"]);
    assert_eq!(subjects(&repo, "nothing"), [""; 0]);
}

#[test]
fn commits_say_who_when_and_what() {
    let repo = TestRepo::init();
    repo.commit_file("a", "1\n");
    repo.run(&["rm", "-q", "a"]);
    let removed = repo.commit("remove it\n\nbecause");
    let again = repo.commit_file("a", "2\n");
    let open = repo.open();
    let history = open.history(object_name(&again), &RepoPath::from("a")).expect("a history");
    let [last, gone, first] = history.commits.as_slice() else { panic!("{history:?}") };
    assert_eq!(last.id, object_name(&again));
    assert_eq!(last.parents, [object_name(&removed)]);
    assert_eq!(last.author, "Ada <ada@example.com>");
    let commit = open.commit_snapshot(last.id).expect("a commit");
    assert_eq!(last.object.map(Content::Object), Some(file(&commit, "a").content));
    assert_eq!(gone.object, None);
    assert_eq!(gone.subject, "remove it");
    assert!(first.time_seconds < gone.time_seconds && gone.time_seconds < last.time_seconds);
    let stamp = repo.run(&["show", "-s", "--format=%ct", "HEAD"]);
    assert_eq!(last.time_seconds.to_string(), stamp);
}

#[test]
fn a_file_that_comes_back_through_a_merge_is_not_lost() {
    let repo = TestRepo::init();
    repo.commit_file("x", "1\n");
    repo.branch("side").commit_file("new", "1\n");
    repo.checkout("main").commit_file("x", "2\n");
    repo.run(&["merge", "-q", "-m", "take side", "side"]);
    assert_eq!(subjects(&repo, "new"), ["write new"]);
}
