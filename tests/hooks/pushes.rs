//! What is pushed.

use crate::scene::{TEXT, found, git, greet, keelmark, keelmark_with, registry, top};
use crate::spoil;
use crate::support::TestRepo;

/// A bare server with a registry on `main`, and a clone with hooks.
fn server_and_clone() -> (TestRepo, TestRepo) {
    let seed = registry();
    let server = TestRepo::init_with(&["--bare"]);
    seed.run(&["push", "-q", &server.address(), "main"]);
    let clone = TestRepo::clone_of(&server, &[]);
    keelmark(&clone, &["hook", "install"]).ends(0);
    (server, clone)
}

fn has(server: &TestRepo, reference: &str) -> bool {
    server.try_run(&["rev-parse", "-q", "--verify", reference]).status.success()
}

#[test]
fn a_new_branch_is_checked_before_it_is_pushed() {
    let (server, clone) = server_and_clone();
    clone.branch("work");
    spoil(&clone);
    git(&clone, &["commit", "-a", "-n", "-m", "spoiled"]).ends(0);
    let said = git(&clone, &["push", "-u", "origin", "work"]).says("version-unchanged");
    assert_ne!(said.code, 0);
    assert!(!has(&server, "refs/heads/work"));
    keelmark(&clone, &["bump"]).ends(0);
    git(&clone, &["commit", "-a", "-m", "bump"]).ends(0);
    git(&clone, &["push", "-u", "origin", "work"]).ends(0);
    assert!(has(&server, "refs/heads/work"));
    // What is there already is measured against the base again, and not against itself.
    greet(&clone, &["1.0.0: first version"], &top("spoiled"));
    git(&clone, &["commit", "-a", "-n", "-m", "spoiled again"]).ends(0);
    assert_ne!(git(&clone, &["push"]).says("version-unchanged").code, 0);
}

#[test]
fn a_stale_digest_is_an_error_when_it_is_pushed() {
    let (_server, clone) = server_and_clone();
    clone.branch("work");
    greet(&clone, &["1.1.0: other", "1.0.0: first version"], &top("better"));
    clone.write(crate::scene::GREET_TEXT, top("best"));
    git(&clone, &["commit", "-a", "-m", "x"]).ends(0).says("checksum-stale");
    assert_ne!(git(&clone, &["push", "origin", "work"]).says("checksum-stale").code, 0);
}

#[test]
fn deleting_a_branch_there_needs_no_check() {
    let (server, clone) = server_and_clone();
    clone.branch("work");
    git(&clone, &["push", "origin", "work"]).ends(0);
    git(&clone, &["push", "origin", ":work"]).ends(0);
    assert!(!has(&server, "refs/heads/work"));
}

#[test]
fn tags_are_checked_by_the_commit_that_they_lead_to() {
    let (server, clone) = server_and_clone();
    clone.tag("prompt/greet@1.0.0");
    git(&clone, &["push", "origin", "prompt/greet@1.0.0"]).ends(0);
    clone.branch("work");
    spoil(&clone);
    git(&clone, &["commit", "-a", "-n", "-m", "spoiled"]).ends(0);
    clone.tag("bad");
    let said = git(&clone, &["push", "origin", "bad"]).says("version-unchanged");
    assert_ne!(said.code, 0);
    assert!(!has(&server, "refs/tags/bad"));
}

#[test]
fn a_tag_that_leads_to_no_commit_holds_no_registry() {
    let (server, clone) = server_and_clone();
    let tree = clone.rev("HEAD^{tree}");
    clone.run(&["tag", "tree", &tree]);
    clone.run(&["tag", "-a", "-m", "a tree", "annotated", &tree]);
    git(&clone, &["push", "origin", "tree", "annotated"]).ends(0);
    assert!(has(&server, "refs/tags/tree") && has(&server, "refs/tags/annotated"));
}

#[test]
fn several_branches_at_once_are_all_checked() {
    let (server, clone) = server_and_clone();
    clone.branch("good");
    clone.write("README.md", "hello\n").stage(".").run(&["commit", "-q", "-n", "-m", "x"]);
    clone.checkout("main").branch("bad");
    spoil(&clone);
    git(&clone, &["commit", "-a", "-n", "-m", "spoiled"]).ends(0);
    assert_ne!(git(&clone, &["push", "origin", "good", "bad"]).says("version-unchanged").code, 0);
    assert!(!has(&server, "refs/heads/good"));
}

#[test]
fn a_branch_without_a_registry_and_without_shared_history_can_be_pushed() {
    let (server, clone) = server_and_clone();
    clone.run(&["checkout", "-q", "--orphan", "pages"]);
    clone.run(&["rm", "-rqf", "."]);
    clone.write("index.html", "<p>\n").stage(".").run(&["commit", "-q", "-n", "-m", "pages"]);
    git(&clone, &["push", "origin", "pages"]).ends(0).says("0 entries");
    assert!(has(&server, "refs/heads/pages"));
    // With a registry in it nobody can say what it changes.
    greet(&clone, &["1.0.0: first version"], TEXT);
    clone.stage(".").run(&["commit", "-q", "-n", "-m", "a registry"]);
    assert_ne!(git(&clone, &["push", "origin", "pages"]).says("share no history").code, 0);
}

#[test]
fn the_first_push_to_an_empty_server_is_checked() {
    let server = TestRepo::init_with(&["--bare"]);
    let repo = TestRepo::init();
    found(&repo);
    repo.run(&["remote", "add", "origin", &server.address()]);
    keelmark(&repo, &["hook", "install"]).ends(0);
    git(&repo, &["push", "-u", "origin", "main"]).ends(0);
    assert!(has(&server, "refs/heads/main"));
}

/// An empty server, and a registry without entries that has the hooks and no remote.
fn unpublished() -> (TestRepo, TestRepo) {
    let server = TestRepo::init_with(&["--bare"]);
    let repo = TestRepo::init();
    repo.write("keelmark.yaml", "version: 1\n").stage(".").commit("nothing yet");
    keelmark(&repo, &["hook", "install"]).ends(0);
    (server, repo)
}

#[test]
fn what_was_never_published_is_judged_as_it_is_and_not_by_its_last_step() {
    let (server, repo) = unpublished();
    repo.branch("work");
    greet(&repo, &["0.1.0: first draft"], TEXT);
    git(repo.stage("."), &["commit", "-q", "-m", "draft"]).ends(0);
    greet(&repo, &["1.0.0: ready"], TEXT);
    git(&repo, &["commit", "-q", "-a", "-m", "bump"]).ends(0);
    repo.checkout("main").run(&["merge", "-q", "work"]);
    repo.run(&["remote", "add", "origin", &server.address()]);
    for branch in ["main", "work"] {
        git(&repo, &["push", "-u", "origin", branch]).ends(0).never_says("history-rewritten");
        assert!(has(&server, branch));
        // Forget it again, so that the second one is the first publication as well.
        repo.run(&["update-ref", "-d", &format!("refs/remotes/origin/{branch}")]);
    }
    // What is wrong with it as it stands is found, though an older commit brought it.
    let (server, repo) = unpublished();
    greet(&repo, &["1.0.0: ready"], TEXT);
    repo.write(crate::scene::GREET_TEXT, top("spoiled"));
    repo.stage(".").run(&["commit", "-q", "-n", "-m", "stale"]);
    repo.write("README.md", "hello\n").stage(".").run(&["commit", "-q", "-n", "-m", "x"]);
    assert_ne!(git(&repo, &["push", &server.address(), "main"]).says("checksum-stale").code, 0);
    assert!(!has(&server, "main"));
}

#[test]
fn without_a_remote_that_is_known_a_push_is_measured_by_what_git_says_is_there() {
    let (server, repo) = unpublished();
    greet(&repo, &["1.0.0: ready"], TEXT);
    git(repo.stage("."), &["commit", "-q", "-m", "ready"]).ends(0);
    let address = server.address();
    git(&repo, &["push", &address, "main"]).ends(0);
    // Two steps are one to the server.
    spoil(&repo);
    git(&repo, &["commit", "-a", "-n", "-m", "spoiled"]).ends(0);
    repo.write("README.md", "hello\n").stage(".").run(&["commit", "-q", "-n", "-m", "x"]);
    assert_ne!(git(&repo, &["push", &address, "main"]).says("version-unchanged").code, 0);
    keelmark(&repo, &["bump", "greet", "--base", "HEAD~2"]).ends(0);
    git(&repo, &["commit", "-a", "-n", "-m", "bump"]).ends(0);
    git(&repo, &["push", &address, "main"]).ends(0);
}

#[test]
fn pushing_to_the_default_branch_is_measured_against_what_is_there() {
    let (_server, clone) = server_and_clone();
    spoil(&clone);
    git(&clone, &["commit", "-a", "-n", "-m", "spoiled"]).ends(0);
    clone.write("README.md", "hello\n").stage(".").run(&["commit", "-q", "-n", "-m", "x"]);
    assert_ne!(git(&clone, &["push", "origin", "main"]).says("version-unchanged").code, 0);
}

#[test]
fn a_hook_that_was_there_gets_the_pushed_refs_as_well() {
    let (_server, clone) = server_and_clone();
    keelmark(&clone, &["hook", "uninstall"]).ends(0);
    let hook = clone.path().join(".git/hooks/pre-push");
    std::fs::write(&hook, "#!/bin/sh\ncat > seen\necho \"$1\" >> seen\n").expect("a hook");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&hook, mode).expect("permissions");
    keelmark(&clone, &["hook", "install"]).ends(0);
    clone.branch("work");
    spoil(&clone);
    git(&clone, &["commit", "-a", "-n", "-m", "spoiled"]).ends(0);
    assert_ne!(git(&clone, &["push", "origin", "work"]).says("version-unchanged").code, 0);
    let seen = crate::scene::read(&clone, "seen");
    let line = format!("refs/heads/work {}", clone.rev("work"));
    assert!(seen.starts_with(&line) && seen.ends_with("\norigin\n"), "{seen}");
}

#[test]
fn the_range_of_a_hook_manager_is_checked() {
    let (_server, clone) = server_and_clone();
    clone.branch("work");
    spoil(&clone);
    git(&clone, &["commit", "-a", "-n", "-m", "spoiled"]).ends(0);
    let to = clone.rev("HEAD");
    let range = [("PRE_COMMIT_FROM_REF", "origin/main"), ("PRE_COMMIT_TO_REF", to.as_str())];
    keelmark_with(&clone, &["hook", "run", "pre-push"], &range).ends(4).says("version-unchanged");
    let good = [("PRE_COMMIT_TO_REF", "origin/main")];
    keelmark_with(&clone, &["hook", "run", "pre-push"], &good).ends(0);
}
