//! What comes of changes that were each right for themselves.

use crate::scene::{
    GREET, GREET_TEXT, TEXT, bottom, check, check_with, found, git, greet, keelmark, prompt, read,
    top,
};
use crate::support::TestRepo;

const ONE: &str = "1.0.0: first version";

/// Writes `greet` without a digest, whose line would conflict: so two changes merge in silence.
fn undigested(repo: &TestRepo, changelog: &[&str], text: &str) {
    let yaml = prompt("greet", "name", changelog, text);
    let yaml = &yaml[..yaml.find("# What").expect("the comment")];
    repo.write(GREET, yaml).write(GREET_TEXT, text);
}

/// A server with a branch `mine` on 1.1.0, whose `main` then got 1.1.0 with other content.
fn converged() -> TestRepo {
    let server = TestRepo::init();
    found(&server);
    server.write("keelmark.yaml", "version: 1\nrules: {checksum-missing: {level: allow}}\n");
    undigested(&server, &[ONE], TEXT);
    server.stage(".").commit("no digests");
    let both = ["1.1.0: better", ONE];
    server.branch("mine");
    undigested(&server, &both, &top("mine"));
    server.stage(".").commit("mine");
    server.checkout("main").branch("theirs");
    undigested(&server, &both, &bottom("theirs"));
    server.stage(".").commit("theirs");
    server.checkout("main");
    server
}

/// What GitHub does: merges a branch into `main` beside it.
fn merged(server: &TestRepo, branch: &str, reference: &str) -> String {
    server.run(&["checkout", "-q", "--detach", "main"]);
    git(server, &["merge", "-q", "--no-ff", "-m", "merge", branch]).ends(0);
    let merge = server.rev("HEAD");
    server.run(&["update-ref", reference, &merge]);
    server.checkout("main");
    merge
}

/// Checks a commit as a job of GitHub would.
fn job(server: &TestRepo, reference: &str, event: &str, payload: &str) -> crate::scene::Checked {
    let clone = TestRepo::init();
    clone.run(&["remote", "add", "origin", &server.address()]);
    clone.run(&[
        "fetch",
        "-q",
        "--no-tags",
        "--depth=2",
        "origin",
        &format!("+{reference}:refs/remotes/origin/job"),
    ]);
    clone.run(&["checkout", "-q", "--detach", "refs/remotes/origin/job"]);
    let path = clone.beside("event.json");
    std::fs::write(&path, payload).expect("an event");
    let sha = clone.rev("HEAD");
    let mut variables = vec![
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_EVENT_NAME", event),
        ("GITHUB_EVENT_PATH", path.to_str().expect("UTF-8")),
        ("GITHUB_REF", reference),
        ("GITHUB_SHA", &sha),
    ];
    if event == "pull_request" {
        variables.push(("GITHUB_BASE_REF", "main"));
    }
    check_with(&clone, &[], &variables)
}

/// G1, G2, G7: two changes take one number for different contents and merge without a conflict. Each
/// is right for itself, as long as nobody looks at what comes of both.
#[test]
fn changes_that_converge_in_silence_are_caught_by_the_queue_and_on_main() {
    let server = converged();
    let was = server.rev("main");
    // Both pull requests are green on the base that they were checked on.
    for (branch, reference) in [("mine", "refs/pull/1/merge"), ("theirs", "refs/pull/2/merge")] {
        merged(&server, branch, reference);
        job(&server, reference, "pull_request", "{}").is(0, &[]);
    }
    // One is merged. The other's check is green still: its merge ref was not made anew.
    server.run(&["merge", "-q", "--no-ff", "-m", "theirs", "theirs"]);
    job(&server, "refs/pull/1/merge", "pull_request", "{}").is(0, &[]);
    // Made anew, it is red; and so is what the merge queue would bring.
    let base = server.rev("main");
    merged(&server, "mine", "refs/pull/1/merge");
    let checked = job(&server, "refs/pull/1/merge", "pull_request", "{}");
    checked.is(1, &["version-unchanged"]);
    merged(&server, "mine", "refs/heads/gh-readonly-queue/main/pr-1");
    let queue = format!("{{\"merge_group\":{{\"base_sha\":\"{base}\"}}}}");
    job(&server, "refs/heads/gh-readonly-queue/main/pr-1", "merge_group", &queue)
        .is(1, &["version-unchanged"]);
    // Where there is no queue, the push to main says so.
    git(&server, &["merge", "-q", "--no-ff", "-m", "mine", "mine"]).ends(0);
    let push = format!("{{\"before\":\"{base}\",\"repository\":{{\"default_branch\":\"main\"}}}}");
    job(&server, "refs/heads/main", "push", &push).is(1, &["version-unchanged"]);
    // Both in one push: measured from before it, 1.1.0 is one new version with both contents.
    let push = push.replace(&base, &was);
    let clone = TestRepo::clone_of(&server, &[]);
    let path = clone.beside("event.json");
    std::fs::write(&path, push).expect("an event");
    let variables = [
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_EVENT_NAME", "push"),
        ("GITHUB_EVENT_PATH", path.to_str().expect("UTF-8")),
        ("GITHUB_REF", "refs/heads/main"),
    ];
    check_with(&clone, &[], &variables).is(0, &[]);
}

/// G2: a branch that was green says what it is as soon as the base was fetched.
#[test]
fn a_stale_base_is_named_with_its_age() {
    let server = converged();
    let clone = TestRepo::clone_of(&server, &[]);
    clone.run(&["fetch", "-q"]);
    clone.run(&["checkout", "-q", "-b", "work", "origin/mine"]);
    keelmark(&clone, &["check"]).ends(0).says("base: origin/main ").says(", fetched ");
    server.run(&["merge", "-q", "--no-ff", "-m", "theirs", "theirs"]);
    check(&clone).is(0, &[]);
    clone.run(&["fetch", "-q"]);
    check(&clone).is(1, &["version-slot-taken-on-base"]);
}

/// G3: whoever is merged last may bring the lower number.
#[test]
fn a_number_that_goes_back_by_the_order_of_merges_is_refused() {
    let server = TestRepo::init();
    found(&server);
    let clone = TestRepo::clone_of(&server, &[]);
    clone.branch("work");
    greet(&clone, &["1.1.0: mine", ONE], &top("mine"));
    clone.stage(".").commit("mine");
    let text = bottom("theirs {{ place }}");
    let yaml = prompt("greet", "name, place", &["2.0.0: theirs", ONE], &text);
    server.write(GREET, yaml).write(GREET_TEXT, text).stage(".").commit("theirs");
    clone.run(&["fetch", "-q"]);
    assert_ne!(git(&clone, &["merge", "-q", "origin/main"]).code, 0);
    // The author keeps the own number for the content of both.
    let text = top("mine").replace("nine\n", "theirs {{ place }}\n");
    let yaml = prompt("greet", "name, place", &["1.1.0: mine", "2.0.0: theirs", ONE], &text);
    clone.write(GREET, yaml).write(GREET_TEXT, &text).stage(".");
    let checked = check(&clone);
    assert!(checked.rules().contains(&"version-decreased"), "{:#}", checked.json);
    assert_eq!(checked.code, 1);
    keelmark(&clone, &["bump", "-m", "mine"]).ends(0).says("2.1.0");
    assert!(read(&clone, GREET).contains("version: 2.1.0\n"));
}

/// G13: what counts is the tree that comes of a merge, and not what either side was.
#[test]
fn the_result_of_a_merge_is_judged_and_not_its_parents() {
    let server = TestRepo::init();
    found(&server);
    let clone = TestRepo::clone_of(&server, &[]);
    clone.branch("work");
    // A parent that no check would let pass, mended by the merge that brings it in.
    clone.branch("spoiled");
    clone.write(GREET_TEXT, top("spoiled")).stage(".").commit("spoiled");
    clone.checkout("work").commit_file("README.md", "mine\n");
    git(&clone, &["merge", "-q", "--no-ff", "--no-commit", "spoiled"]).ends(0);
    keelmark(&clone, &["bump", "-m", "mended"]).ends(0);
    clone.stage(".").commit("merge, mended");
    check_with(&clone, &["--rev", "HEAD"], &[]).is(0, &[]);
    // And two good parents whose merge is spoiled by hand.
    clone.branch("other").commit_file("docs/a", "1\n");
    clone.checkout("work").commit_file("docs/b", "1\n");
    git(&clone, &["merge", "-q", "--no-ff", "--no-commit", "other"]).ends(0);
    clone.write(GREET_TEXT, top("evil")).stage(".").commit("an evil merge");
    check_with(&clone, &["--rev", "HEAD"], &[]).is(1, &["checksum-stale"]);
}

/// G13: of several merge bases everybody takes the same.
#[test]
fn after_criss_cross_merges_both_sides_can_be_judged() {
    let server = TestRepo::init();
    found(&server);
    server.branch("side");
    greet(&server, &["1.1.0: side", ONE], &top("side"));
    server.stage(".").commit("side");
    server.checkout("main").commit_file("README.md", "main\n");
    server.run(&["branch", "side-before", "side"]);
    server.run(&["branch", "main-before", "main"]);
    git(&server, &["merge", "-q", "--no-ff", "-m", "one way", "side-before"]).ends(0);
    server.checkout("side");
    git(&server, &["merge", "-q", "--no-ff", "-m", "other way", "main-before"]).ends(0);
    assert_eq!(server.run(&["merge-base", "--all", "main", "side"]).lines().count(), 2);
    greet(&server, &["1.1.0: side", ONE], &top("side, changed"));
    server.stage(".");
    // 1.1.0 came to main by the other merge.
    let checked = check(&server).is(1, &["version-slot-taken-on-base"]);
    assert_eq!(checked.source("merge_base"), server.rev("main-before"));
    keelmark(&server, &["bump", "-m", "side"]).ends(0).says("1.2.0");
    check(&server).is(0, &[]);
}
