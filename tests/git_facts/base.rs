//! What a change is judged against.

use keelmark::snapshot::ObjectName;
use keelmark::vcs::{
    Base, BaseFault, BaseReason, BaseRequest, DefaultBranch, Environment, Repository, Side,
};

use crate::support::{TestRepo, object_name};

struct Ask {
    explicit: Option<String>,
    environment: Environment,
    default_branch: Option<String>,
    head: Side,
}

impl Ask {
    fn plain() -> Self {
        let environment = Environment::new();
        Self { explicit: None, environment, default_branch: None, head: Side::Index }
    }

    fn with(pairs: &[(&str, &str)]) -> Self {
        let pairs = pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        Self { environment: pairs.collect(), ..Self::plain() }
    }

    fn explicit(self, revision: &str) -> Self {
        Self { explicit: Some(revision.to_owned()), ..self }
    }

    fn default_branch(self, name: &str) -> Self {
        Self { default_branch: Some(name.to_owned()), ..self }
    }

    fn revision(self, commit: ObjectName) -> Self {
        Self { head: Side::Revision(commit), ..self }
    }

    fn try_of(&self, repo: &Repository) -> Result<Base, BaseFault> {
        repo.base(&BaseRequest {
            explicit: self.explicit.as_deref(),
            environment: &self.environment,
            default_branch: self.default_branch.as_deref(),
            head: self.head,
        })
    }

    fn of(&self, repo: &TestRepo) -> Base {
        self.try_of(&repo.open()).expect("a base")
    }

    fn fault(&self, repo: &TestRepo) -> BaseFault {
        match self.try_of(&repo.open()) {
            Ok(base) => panic!("{base:?}"),
            Err(fault) => fault,
        }
    }
}

fn tip(base: &Base) -> Option<ObjectName> {
    base.tip.as_ref().map(|tip| tip.commit)
}

fn reference(base: &Base) -> Option<&str> {
    base.tip.as_ref().and_then(|tip| tip.reference.as_deref())
}

/// A server with three commits on `main`, and a clone with a branch from the second.
fn behind_main() -> (TestRepo, TestRepo) {
    let server = TestRepo::init();
    server.commit_file("a", "1\n");
    server.commit_file("a", "2\n");
    let clone = TestRepo::clone_of(&server, &[]);
    server.commit_file("b", "1\n");
    clone.branch("work").commit_file("c", "1\n");
    clone.run(&["fetch", "-q"]);
    (server, clone)
}

#[test]
fn a_branch_behind_main_began_at_the_merge_base() {
    let (server, clone) = behind_main();
    let base = Ask::plain().of(&clone);
    assert_eq!(tip(&base), Some(server.name("main")));
    assert_eq!(base.merge_base, Some(server.name("main~1")));
    assert_eq!(reference(&base), Some("refs/remotes/origin/main"));
    assert_eq!(base.reason.to_string(), "origin/HEAD");
    assert_eq!(base.remote.as_deref(), Some("origin"));
    assert_eq!(base.trusted, tip(&base));
    // libgit2 finds the same.
    let judge = git2::Repository::open(clone.path()).expect("libgit2");
    let id = |name: &str| git2::Oid::from_str(&clone.rev(name));
    let (one, other) = (id("HEAD").expect("an id"), id("origin/main").expect("an id"));
    let met = judge.merge_base(one, other).expect("a merge base");
    assert_eq!(base.merge_base, Some(ObjectName::new(met.as_bytes())));
}

#[test]
fn a_branch_is_never_judged_against_its_own_upstream() {
    let (server, clone) = behind_main();
    clone.run(&["push", "-q", "-u", "origin", "work"]);
    clone.commit_file("c", "2\n");
    let base = Ask::plain().of(&clone);
    assert_eq!(reference(&base), Some("refs/remotes/origin/main"));
    assert_eq!(base.merge_base, Some(server.name("main~1")));
}

/// G8.
#[test]
fn upstream_wins_over_origin() {
    let (server, clone) = behind_main();
    let fork = TestRepo::clone_of(&server, &[]);
    fork.commit_file("fork", "1\n");
    clone.run(&["remote", "rename", "origin", "upstream"]);
    clone.run(&["remote", "add", "origin", &fork.address()]);
    clone.run(&["fetch", "-q", "origin"]);
    let base = Ask::plain().of(&clone);
    assert_eq!(base.remote.as_deref(), Some("upstream"));
    assert_eq!(tip(&base), Some(server.name("main")));
}

/// G9.
#[test]
fn the_default_branch_is_found_in_order() {
    let server = TestRepo::init();
    server.commit_file("a", "1\n");
    server.run(&["branch", "trunk"]);
    server.run(&["branch", "master"]);
    let clone = TestRepo::clone_of(&server, &[]);
    let how = |clone: &TestRepo, ask: Ask| match ask.of(clone).reason {
        BaseReason::RemoteDefault { how, .. } => how,
        other => panic!("{other:?}"),
    };
    assert_eq!(how(&clone, Ask::plain()), DefaultBranch::RemoteHead);
    clone.run(&["remote", "set-head", "origin", "--delete"]);
    assert_eq!(how(&clone, Ask::plain()), DefaultBranch::Main);
    clone.run(&["update-ref", "-d", "refs/remotes/origin/main"]);
    assert_eq!(how(&clone, Ask::plain()), DefaultBranch::Master);
    clone.run(&["update-ref", "-d", "refs/remotes/origin/master"]);
    let asked = Ask::plain().default_branch("trunk");
    assert_eq!(how(&clone, asked), DefaultBranch::Asked);
    // What only the change says is a base, and not a reason to trust.
    assert_eq!(Ask::plain().default_branch("trunk").of(&clone).trusted, None);
    let fault = Ask::plain().fault(&clone);
    assert!(matches!(fault, BaseFault::NoBase { .. }), "{fault}");
    let hint = fault.hint().expect("a hint");
    assert!(hint.starts_with("`git remote set-head origin -a`"), "{hint}");
    // Where one branch alone is fetched, the others may be there.
    clone.run(&["config", "remote.origin.fetch", "+refs/heads/trunk:refs/remotes/origin/trunk"]);
    let hint = Ask::plain().fault(&clone).hint().expect("a hint");
    assert!(hint.starts_with("`git fetch origin main:refs/remotes/origin/main`"), "{hint}");
}

#[test]
fn the_remote_branch_itself_may_name_the_default() {
    let server = TestRepo::init();
    server.commit_file("a", "1\n");
    server.run(&["branch", "develop"]);
    server.commit_file("keelmark.yaml", "version: 1\ndefault_branch: develop # really\n");
    let clone = TestRepo::clone_of(&server, &[]);
    let base = Ask::plain().of(&clone);
    assert_eq!(reference(&base), Some("refs/remotes/origin/develop"));
    assert_eq!(base.reason.to_string(), "keelmark.yaml");
    clone.run(&["update-ref", "-d", "refs/remotes/origin/develop"]);
    let fault = Ask::plain().default_branch("develop").fault(&clone);
    assert!(matches!(&fault, BaseFault::NoBase { wanted, .. } if wanted.ends_with("/develop")));
    // A change that does not repeat what is wrong can mend it.
    assert_eq!(reference(&Ask::plain().of(&clone)), Some("refs/remotes/origin/main"));
}

#[test]
fn a_named_base_comes_first_and_widens_no_trust() {
    let (server, clone) = behind_main();
    let first = server.name("main~2");
    let base = Ask::plain().explicit("origin/main~2").of(&clone);
    assert_eq!((tip(&base), base.merge_base), (Some(first), Some(first)));
    assert_eq!(base.reason, BaseReason::Explicit);
    assert_eq!(base.trusted, Some(server.name("main")));
    let base = Ask::plain().explicit("origin/main").of(&clone);
    assert_eq!(reference(&base), Some("refs/remotes/origin/main"));
    assert_eq!(base.remote.as_deref(), Some("origin"));
    let variable = [("KEELMARK_BASE", "origin/main~2")];
    let base = Ask::with(&variable).of(&clone);
    assert_eq!((tip(&base), base.reason), (Some(first), BaseReason::Environment));
    assert_eq!(base.trusted, Some(server.name("main")));
    let base = Ask::with(&variable).explicit("HEAD").of(&clone);
    assert_eq!(base.reason, BaseReason::Explicit);
    assert_eq!(Ask::with(&[("KEELMARK_BASE", "")]).of(&clone).reason.to_string(), "origin/HEAD");
    for revision in ["nowhere", "--all", ""] {
        let fault = Ask::plain().explicit(revision).fault(&clone);
        assert!(matches!(fault, BaseFault::Unknown { .. }), "{revision}: {fault}");
        assert!(fault.hint().is_some());
    }
}

/// G25.
#[test]
fn a_tag_cannot_stand_in_for_a_remote_branch() {
    let (server, clone) = behind_main();
    clone.run(&["tag", "refs/remotes/origin/main", "HEAD"]);
    clone.run(&["tag", "origin/main", "HEAD"]);
    assert_eq!(tip(&Ask::plain().of(&clone)), Some(server.name("main")));
    clone.run(&["update-ref", "-d", "refs/remotes/origin/main"]);
    clone.run(&["remote", "set-head", "origin", "--delete"]);
    let fault = Ask::plain().fault(&clone);
    assert!(matches!(fault, BaseFault::NoBase { .. }), "{fault}");
}

#[test]
fn before_the_first_commit_the_base_is_empty() {
    let repo = TestRepo::init();
    repo.write("a", "1\n").stage(".");
    let base = Ask::plain().of(&repo);
    assert_eq!(base.tip, None);
    assert_eq!(base.merge_base, None);
    assert_eq!(base.reason, BaseReason::FirstCommit);
    assert_eq!(base.trusted, None);
}

#[test]
fn without_a_remote_the_default_branch_is_judged_against_its_last_commit() {
    let repo = TestRepo::init();
    let first = object_name(&repo.commit_file("a", "1\n"));
    let second = object_name(&repo.commit_file("a", "2\n"));
    let base = Ask::plain().of(&repo);
    assert_eq!((tip(&base), base.merge_base), (Some(second), Some(second)));
    assert_eq!(base.reason, BaseReason::HeadItself);
    assert_eq!(base.trusted, Some(second));
    // A commit that is its tip is judged against the one before.
    let base = Ask::plain().revision(second).of(&repo);
    assert_eq!((tip(&base), base.merge_base), (Some(first), Some(first)));
    assert_eq!(base.reason, BaseReason::FirstParent);
    repo.branch("work").commit_file("b", "1\n");
    let base = Ask::plain().of(&repo);
    assert_eq!((tip(&base), base.merge_base), (Some(second), Some(second)));
    assert_eq!(base.reason, BaseReason::LocalDefault(DefaultBranch::Main));
    let work = repo.name("work");
    assert_eq!(Ask::plain().revision(work).of(&repo).merge_base, Some(second));
}

#[test]
fn the_only_commit_is_judged_against_nothing() {
    let repo = TestRepo::init();
    let only = object_name(&repo.commit_file("a", "1\n"));
    let base = Ask::plain().revision(only).of(&repo);
    assert_eq!((base.tip, base.merge_base), (None, None));
    assert_eq!(base.reason, BaseReason::FirstCommit);
}

#[test]
fn without_a_remote_other_names_of_the_default_branch_are_known() {
    let repo = TestRepo::init();
    repo.commit_file("a", "1\n");
    repo.run(&["branch", "-m", "develop"]);
    let base = Ask::plain().of(&repo);
    assert_eq!(base.reason, BaseReason::HeadItself);
    repo.branch("work").commit_file("b", "1\n");
    assert_eq!(Ask::plain().of(&repo).reason, BaseReason::HeadItself);
    repo.run(&["config", "init.defaultBranch", "develop"]);
    let base = Ask::plain().of(&repo);
    assert_eq!(base.reason, BaseReason::LocalDefault(DefaultBranch::InitDefault));
    assert_eq!(tip(&base), Some(repo.name("develop")));
    let base = Ask::plain().default_branch("develop").of(&repo);
    assert_eq!(base.reason, BaseReason::LocalDefault(DefaultBranch::Asked));
}

#[test]
fn a_remote_that_was_never_fetched_from_holds_no_base() {
    let repo = TestRepo::init();
    repo.commit_file("a", "1\n");
    repo.run(&["remote", "add", "origin", "file:///nowhere"]);
    assert_eq!(Ask::plain().of(&repo).reason, BaseReason::HeadItself);
    let fault = Ask::with(&[("CI", "true")]).fault(&repo);
    assert!(matches!(fault, BaseFault::NoBase { .. }), "{fault}");
}

#[test]
fn merging_main_moves_the_point_where_the_change_began() {
    let (server, clone) = behind_main();
    clone.run(&["merge", "-q", "--no-commit", "--no-ff", "origin/main"]);
    let base = Ask::plain().of(&clone);
    assert_eq!(base.merge_base, Some(server.name("main")));
    // Merging something older changes nothing.
    clone.run(&["merge", "--abort"]);
    clone.run(&["branch", "older", "origin/main~2"]);
    clone.checkout("older").commit_file("d", "1\n");
    clone.checkout("work").run(&["merge", "-q", "--no-commit", "--no-ff", "older"]);
    assert_eq!(Ask::plain().of(&clone).merge_base, Some(server.name("main~1")));
    // A commit is judged as it is.
    let work = clone.name("work");
    assert_eq!(Ask::plain().revision(work).of(&clone).merge_base, Some(server.name("main~1")));
}

/// G13.
#[test]
fn criss_cross_merges_have_one_base_for_everybody() {
    let repo = TestRepo::init();
    repo.commit_file("a", "1\n");
    repo.branch("side").commit_file("b", "1\n");
    repo.checkout("main").commit_file("c", "1\n");
    repo.run(&["branch", "side-before", "side"]);
    repo.run(&["branch", "main-before", "main"]);
    repo.run(&["merge", "-q", "-m", "one way", "side-before"]);
    repo.checkout("side").run(&["merge", "-q", "-m", "other way", "main-before"]);
    let bases = repo.run(&["merge-base", "--all", "main", "side"]);
    assert_eq!(bases.lines().count(), 2);
    let base = Ask::plain().of(&repo);
    // The younger of the two.
    assert_eq!(base.merge_base, Some(repo.name("main-before")));
}

#[test]
fn histories_without_a_common_commit_are_a_fault() {
    let (_, clone) = behind_main();
    clone.run(&["checkout", "-q", "--orphan", "island"]);
    let base = Ask::plain().of(&clone);
    assert_eq!((base.merge_base, base.reason), (None, BaseReason::FirstCommit));
    clone.commit("an island");
    let fault = Ask::plain().fault(&clone);
    assert!(matches!(fault, BaseFault::Unrelated { .. }), "{fault}");
}

/// GitHub's checkout of a pull request: `HEAD` is a merge of the base and the contributor's commit.
fn merge_ref() -> (TestRepo, TestRepo) {
    let (server, clone) = behind_main();
    clone.run(&["checkout", "-q", "--detach", "origin/main"]);
    clone.run(&["merge", "-q", "--no-ff", "-m", "Merge work into main", "work"]);
    clone.run(&["update-ref", "refs/remotes/pull/1/merge", "HEAD"]);
    (server, clone)
}

fn github(more: &[(&'static str, &str)]) -> Ask {
    let always = [
        ("CI", "true"),
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_EVENT_NAME", "pull_request"),
        ("GITHUB_BASE_REF", "main"),
        ("GITHUB_REF", "refs/pull/1/merge"),
    ];
    Ask::with(&[&always, more].concat())
}

#[test]
fn a_github_merge_ref_is_judged_against_its_first_parent() {
    let (server, clone) = merge_ref();
    let head = clone.rev("HEAD");
    let base = github(&[("GITHUB_SHA", &head)]).of(&clone);
    assert_eq!(tip(&base), Some(server.name("main")));
    assert_eq!(base.merge_base, Some(server.name("main")));
    assert!(matches!(base.reason, BaseReason::Ci(_)), "{:?}", base.reason);
    assert_eq!(base.trusted, tip(&base));
    // Two commits deep is enough for that.
    clone.checkout("main").run(&["branch", "-f", "pr", &head]);
    let shallow = TestRepo::clone_of(&clone, &["--depth=2", "--branch=pr"]);
    let base = github(&[("GITHUB_SHA", &head)]).of(&shallow);
    assert_eq!(base.merge_base, Some(server.name("main")));
    // One is not.
    let shallow = TestRepo::clone_of(&clone, &["--depth=1", "--branch=pr"]);
    let fault = github(&[("GITHUB_SHA", &head)]).fault(&shallow);
    assert!(matches!(fault, BaseFault::Shallow { .. }), "{fault}");
    assert!(fault.hint().is_some_and(|hint| hint.contains("fetch-depth: 0")));
}

#[test]
fn a_contributor_cannot_choose_the_base_by_merging() {
    let (server, clone) = behind_main();
    clone.run(&["merge", "-q", "--no-ff", "-m", "catch up", "origin/main"]);
    // The workflow checked the contributor's own commit out, which is a merge too.
    let merge = "a".repeat(40);
    let base = github(&[("GITHUB_SHA", &merge)]).of(&clone);
    assert_eq!(reference(&base), Some("refs/remotes/origin/main"));
    assert_eq!(tip(&base), Some(server.name("main")));
    let head = clone.rev("HEAD");
    let target = [("GITHUB_EVENT_NAME", "pull_request_target"), ("GITHUB_SHA", &head)];
    assert_eq!(tip(&github(&target).of(&clone)), Some(server.name("main")));
}

#[test]
fn a_github_base_that_was_not_fetched_is_a_fault() {
    let (_, clone) = behind_main();
    let fault = github(&[("GITHUB_BASE_REF", "release/9")]).fault(&clone);
    assert!(matches!(fault, BaseFault::NoBase { .. }), "{fault}");
    assert!(fault.hint().is_some_and(|hint| hint.contains("git fetch origin release/9")));
    // A base that is named helps, and nothing is trusted.
    let ask = github(&[("GITHUB_BASE_REF", "release/9")]).explicit("origin/main");
    assert_eq!(ask.of(&clone).trusted, None);
}

#[test]
fn a_push_to_the_default_branch_is_judged_against_what_was_there() {
    let repo = TestRepo::init();
    let before = repo.commit_file("a", "1\n");
    repo.commit_file("a", "2\n");
    repo.commit_file("a", "3\n");
    let clone = TestRepo::clone_of(&repo, &[]);
    let event = clone.beside("event.json");
    let path = event.to_str().expect("UTF-8").to_owned();
    let ask = |branch: &str| {
        let reference = format!("refs/heads/{branch}");
        Ask::with(&[
            ("GITHUB_EVENT_NAME", "push"),
            ("GITHUB_REF", &reference),
            ("GITHUB_EVENT_PATH", &path),
        ])
    };
    let write = |text: &str| std::fs::write(&event, text).expect("an event");
    write(&format!(r#"{{"before":"{before}","repository":{{"default_branch":"main"}}}}"#));
    let base = ask("main").of(&clone);
    assert_eq!(base.merge_base, Some(object_name(&before)));
    assert!(matches!(base.reason, BaseReason::Ci(_)));
    // Another branch is judged as anywhere else.
    assert_eq!(ask("work").of(&clone).reason.to_string(), "origin/HEAD");
    // The first push of a branch has no state before.
    let zeros = "0".repeat(40);
    write(&format!(r#"{{"before":"{zeros}","repository":{{"default_branch":"main"}}}}"#));
    assert_eq!(tip(&ask("main").of(&clone)), Some(repo.name("HEAD~1")));
    // A state that was pushed over is not here.
    let gone = "b".repeat(40);
    write(&format!(r#"{{"before":"{gone}","repository":{{"default_branch":"main"}}}}"#));
    assert!(matches!(ask("main").fault(&clone), BaseFault::Missing { .. }));
    for odd in ["", "[]", "{", r#"{"before":7}"#] {
        write(odd);
        assert_eq!(tip(&ask("main").of(&clone)), Some(repo.name("HEAD~1")), "{odd}");
    }
}

/// G2.
#[test]
fn a_merge_queue_is_judged_against_its_base() {
    let (server, clone) = merge_ref();
    let event = clone.beside("event.json");
    let base = server.rev("main~1");
    std::fs::write(&event, format!(r#"{{"merge_group":{{"base_sha":"{base}"}}}}"#)).expect("it");
    let path = event.to_str().expect("UTF-8").to_owned();
    let found = Ask::with(&[("GITHUB_EVENT_NAME", "merge_group"), ("GITHUB_EVENT_PATH", &path)]);
    assert_eq!(tip(&found.of(&clone)), Some(object_name(&base)));
    let found = Ask::with(&[("GITHUB_EVENT_NAME", "merge_group")]).of(&clone);
    assert_eq!(tip(&found), Some(server.name("main")));
}

#[test]
fn gitlab_names_its_base() {
    let (server, clone) = behind_main();
    let (diff, target) = (server.rev("main~1"), server.rev("main"));
    let zeros = "0".repeat(40);
    let gitlab = ("GITLAB_CI", "true");
    let cases: [(&[(&str, &str)], &str); 5] = [
        (&[gitlab, ("CI_MERGE_REQUEST_DIFF_BASE_SHA", &diff)], &diff),
        (
            &[
                gitlab,
                ("CI_MERGE_REQUEST_DIFF_BASE_SHA", &diff),
                ("CI_MERGE_REQUEST_TARGET_BRANCH_SHA", &target),
            ],
            &target,
        ),
        (&[gitlab, ("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "main")], &target),
        (
            &[
                gitlab,
                ("CI_COMMIT_BRANCH", "main"),
                ("CI_DEFAULT_BRANCH", "main"),
                ("CI_COMMIT_BEFORE_SHA", &diff),
            ],
            &diff,
        ),
        (
            &[
                gitlab,
                ("CI_COMMIT_BRANCH", "work"),
                ("CI_DEFAULT_BRANCH", "main"),
                ("CI_COMMIT_BEFORE_SHA", &zeros),
            ],
            &target,
        ),
    ];
    for (pairs, expected) in cases {
        let base = Ask::with(pairs).of(&clone);
        assert_eq!(tip(&base), Some(object_name(expected)), "{pairs:?}");
        assert_eq!(base.merge_base, Some(object_name(&diff)), "{pairs:?}");
    }
}

/// G6.
#[test]
fn a_shallow_clone_does_not_guess() {
    let server = TestRepo::init();
    for number in 0..6 {
        server.commit_file("a", number.to_string());
    }
    server.branch("work");
    for number in 0..3 {
        server.commit_file("w", number.to_string());
    }
    server.checkout("main");
    for number in 0..3 {
        server.commit_file("m", number.to_string());
    }
    let began = server.name("main~3");
    let shallow =
        |depth: &str| TestRepo::clone_of(&server, &["--no-single-branch", "--branch=work", depth]);
    for depth in ["--depth=1", "--depth=2", "--depth=3"] {
        let fault = Ask::plain().fault(&shallow(depth));
        assert!(matches!(fault, BaseFault::Shallow { .. }), "{depth}: {fault}");
        assert!(fault.hint().is_some_and(|hint| hint.contains("git fetch --unshallow")));
    }
    for depth in ["--depth=4", "--depth=6"] {
        assert_eq!(Ask::plain().of(&shallow(depth)).merge_base, Some(began), "{depth}");
    }
    // One branch at depth 1 has no other to be judged against.
    let single = TestRepo::clone_of(&server, &["--depth=1", "--branch=work"]);
    let fault = Ask::plain().fault(&single);
    assert!(matches!(fault, BaseFault::NoBase { .. }), "{fault}");
}

#[test]
fn an_older_common_commit_is_not_taken_where_a_better_one_may_be_cut_off() {
    // main:  A - B - C - M      M's parents may be cut off, and A be here all the same.
    // work:  C - W, and W2 merges an old branch from A.
    let server = TestRepo::init();
    server.commit_file("a", "A");
    server.run(&["branch", "old"]);
    server.commit_file("a", "B");
    server.commit_file("a", "C");
    server.branch("work").commit_file("w", "W");
    server.checkout("old").commit_file("o", "O");
    server.checkout("main").run(&["merge", "-q", "-m", "old into main", "old"]);
    server.checkout("work").run(&["merge", "-q", "-m", "old into work", "old"]);
    let full = TestRepo::clone_of(&server, &[]);
    let expected = Ask::plain().explicit("origin/main").of(&full).merge_base;
    for depth in ["--depth=2", "--depth=3", "--depth=4", "--depth=5"] {
        let clone = TestRepo::clone_of(&server, &["--no-single-branch", depth, "--branch=work"]);
        match Ask::plain().explicit("origin/main").try_of(&clone.open()) {
            Ok(base) => assert_eq!(base.merge_base, expected, "{depth}"),
            Err(fault) => assert!(matches!(fault, BaseFault::Shallow { .. }), "{depth}: {fault}"),
        }
    }
}
