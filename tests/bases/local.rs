//! Repositories without a remote, and ones that begin.

use crate::scene::{
    GREET, TEXT, ask, check, check_with, greet, keelmark, prompt, read, registry, top,
};
use crate::support::TestRepo;

const ONE: &str = "1.0.0: first version";

/// G10.
#[test]
fn without_a_commit_everything_is_new() {
    let repo = TestRepo::init();
    greet(&repo, &["7.3.1: first version here"], TEXT);
    // Nobody else has what git does not track.
    check(&repo).is(1, &["payload-untracked"]);
    repo.stage(".");
    let checked = check(&repo).is(0, &[]);
    assert_eq!(checked.touched(), [("prompt/greet", "new")]);
    assert_eq!(checked.source("base_reason"), "first commit");
    check_with(&repo, &["--staged"], &[]).is(0, &[]);
}

/// G10.
#[test]
fn the_first_commit_is_judged_as_new() {
    let repo = registry();
    let checked = check_with(&repo, &["--rev", "HEAD"], &[]).is(0, &[]);
    assert_eq!(checked.touched().len(), 2);
    assert_eq!(check(&repo).is(0, &[]).touched(), []);
}

/// G10.
#[test]
fn an_empty_repository_has_no_entries_and_nothing_wrong() {
    let repo = TestRepo::init();
    keelmark(&repo, &["check"]).ends(0).says("0 entries");
    repo.write("README.md", "hello\n").stage(".").commit("x");
    keelmark(&repo, &["check"]).ends(0).says("0 entries");
    keelmark(&repo, &["check", "--staged"]).ends(0).says("0 entries");
    keelmark(&repo, &["check", "--rev", "HEAD"]).ends(0).says("0 entries");
}

#[test]
fn a_selection_that_is_named_and_empty_is_a_mistake() {
    let repo = registry();
    keelmark(&repo, &["check", "registry/prompts/none"]).ends(2).says("not in the tree");
    keelmark(&repo, &["check", "--rev", "none"]).ends(2).says("names no commit");
}

#[test]
fn on_the_default_branch_itself_the_base_is_the_last_commit() {
    let repo = registry();
    greet(&repo, &["1.1.0: other", ONE], &top("other"));
    repo.stage(".").commit("other");
    greet(&repo, &["1.1.0: other", ONE], &top("third"));
    let checked = check(&repo).is(1, &["version-unchanged"]);
    assert_eq!(checked.source("base_reason"), "HEAD");
}

#[test]
fn a_branch_without_a_remote_is_measured_against_the_local_default_branch() {
    let repo = registry();
    repo.branch("work");
    greet(&repo, &["1.1.0: other", ONE], &top("other"));
    repo.stage(".").commit("other");
    greet(&repo, &["1.1.0: other", ONE], &top("third"));
    let checked = check(&repo).is(0, &[]);
    assert_eq!(checked.source("base"), "refs/heads/main");
}

#[test]
fn a_remote_that_was_never_fetched_is_no_base_yet() {
    let repo = registry();
    repo.run(&["remote", "add", "origin", "https://example.com/nowhere.git"]);
    greet(&repo, &["1.0.1: other", ONE], &top("other"));
    check(&repo).is(1, &["version-bump-insufficient"]);
}

/// G10.
#[test]
fn a_new_entry_may_have_any_number_and_moves_nothing_else() {
    let repo = registry();
    repo.branch("work");
    for version in ["0.1.0", "1.0.0", "5.4.3", "1.0.0-rc.1"] {
        let text = prompt("late", "name", &[&format!("{version}: first")], TEXT);
        repo.write("registry/prompts/late/prompt.yaml", text);
        repo.write("registry/prompts/late/template.md", TEXT).stage(".");
        let checked = check(&repo).is(0, &[]);
        assert_eq!(checked.touched(), [("prompt/late", "new")]);
    }
    keelmark(&repo, &["bump"]).ends(0);
    assert!(read(&repo, "registry/prompts/late/prompt.yaml").contains("version: 1.0.0-rc.1\n"));
}

/// G11.
#[test]
fn an_entry_under_another_name_keeps_its_history() {
    let repo = registry();
    repo.branch("work");
    keelmark(&repo, &["mv", "greet", "salute"]).ends(0);
    repo.stage(".");
    let checked = check(&repo);
    assert!(!checked.rules().contains(&"entry-deleted"), "{:#}", checked.json);
    keelmark(&repo, &["bump"]).ends(0);
    let text = read(&repo, "registry/prompts/salute/prompt.yaml");
    assert!(text.contains("greet") && text.contains(ONE), "{text}");
    repo.stage(".");
    let checked = check(&repo).is(0, &[]);
    assert_eq!(checked.touched(), [("prompt/salute", "changed")]);
    // Its published numbers are still taken.
    let spoiled = text.lines().map(|line| {
        if line.starts_with("version:") {
            "version: 1.0.0\n".to_owned()
        } else {
            format!("{line}\n")
        }
    });
    repo.write("registry/prompts/salute/prompt.yaml", spoiled.collect::<String>());
    repo.write("registry/prompts/salute/template.md", top("spoiled")).stage(".");
    assert_ne!(check(&repo).code, 0);
}

/// G11.
#[test]
fn a_rename_by_hand_leads_nowhere() {
    let repo = registry();
    repo.branch("work");
    repo.run(&["mv", "registry/prompts/greet", "registry/prompts/salute"]);
    let text = prompt("salute", "name", &[ONE], TEXT);
    repo.write("registry/prompts/salute/prompt.yaml", text).stage(".");
    let checked = check(&repo).is(1, &["entry-id-changed"]);
    let help = checked.finding("entry-id-changed")["help"].as_str().expect("help").to_owned();
    assert!(help.contains("keelmark mv"), "{help}");
}

/// G33.
#[test]
fn a_published_entry_cannot_just_go() {
    let repo = registry();
    repo.branch("work");
    repo.run(&["rm", "-rq", "registry/prompts/greet"]);
    let checked = check(&repo).is(1, &["entry-deleted"]);
    assert_eq!(checked.touched(), [("prompt/greet", "deleted")]);
    repo.commit("gone");
    check_with(&repo, &["--rev", "HEAD"], &[]).is(1, &["entry-deleted"]);
}

#[test]
fn an_alias_of_an_old_entry_hides_no_deletion() {
    let repo = registry();
    let late = "registry/prompts/late/prompt.yaml";
    repo.write(late, prompt("late", "name", &[ONE], TEXT));
    repo.write("registry/prompts/late/template.md", TEXT).stage(".").commit("late");
    repo.branch("work");
    repo.run(&["rm", "-rq", "registry/prompts/greet"]);
    let taking = prompt("late", "name", &[ONE], TEXT).replace("owner:", "aliases: [greet]\nowner:");
    repo.write(late, taking).stage(".");
    keelmark(&repo, &["bump", "late"]).ends(0);
    repo.stage(".");
    check(&repo).is(1, &["entry-deleted"]);
}

#[test]
fn an_entry_that_was_added_and_removed_again_was_never_there() {
    let repo = registry();
    repo.branch("work");
    let late = "registry/prompts/late/prompt.yaml";
    repo.write(late, prompt("late", "name", &[ONE], TEXT));
    repo.write("registry/prompts/late/template.md", TEXT).stage(".").commit("late");
    repo.run(&["rm", "-rq", "registry/prompts/late"]);
    assert_eq!(check(&repo).is(0, &[]).touched(), []);
}

#[test]
fn several_touched_entries_are_each_judged_for_themselves() {
    let repo = registry();
    repo.branch("work");
    greet(&repo, &["1.1.0: other", ONE], &top("other"));
    ask(&repo, &["1.0.1: other", ONE], &top("other"));
    let checked = check(&repo).is(1, &["version-bump-insufficient"]);
    assert_eq!(checked.touched(), [("prompt/ask", "changed"), ("prompt/greet", "changed")]);
    keelmark(&repo, &["bump"]).ends(0);
    check(&repo).is(0, &[]);
    let before = read(&repo, GREET);
    keelmark(&repo, &["bump"]).ends(0);
    assert_eq!(read(&repo, GREET), before);
}

/// Prompts on a branch `trunk`, without a remote, a setting or another branch.
fn trunk_alone() -> TestRepo {
    let repo = registry();
    repo.run(&["branch", "-m", "trunk"]);
    repo
}

const UNNAMED: &str = "config-branch-unnamed";

#[test]
fn a_branch_that_is_its_own_base_says_so_where_there_are_others() {
    let repo = trunk_alone();
    check(&repo).is(0, &[]);
    check_with(&repo, &["--rev", "HEAD"], &[]).is(0, &[]);
    // What the program keeps is no branch that a change could have come from.
    repo.run(&["branch", "keelmark/ledger"]);
    repo.run(&["branch", "keelmark/evidence"]);
    check(&repo).is(0, &[]);
    repo.branch("work");
    greet(&repo, &["1.0.1: other", ONE], &top("other"));
    repo.stage(".").commit("too small a step");
    greet(&repo, &["1.0.1: other", ONE], &top("other"));
    let checked = check(&repo).is(0, &[UNNAMED]);
    let finding = checked.finding(UNNAMED);
    assert_eq!((&finding["severity"], &finding["inherited"]), (&"note".into(), &false.into()));
    assert_eq!(
        finding["message"],
        "no branch is known to be the default one: `work` is compared with itself, not with `trunk`"
    );
    assert!(finding["help"].as_str().expect("a help").contains("default_branch"));
    keelmark(&repo, &["check"]).ends(0).says("not with `trunk`");
    check_with(&repo, &["--rev", "HEAD"], &[]).is(1, &[UNNAMED, "version-bump-insufficient"]);
    repo.run(&["checkout", "-q", "--detach"]);
    check(&repo).is(0, &[UNNAMED]);
    repo.run(&["checkout", "-q", "work"]);
    // Whoever says what to compare with is not told.
    check_with(&repo, &["--base", "trunk"], &[]).is(1, &["version-bump-insufficient"]);
    check_with(&repo, &[], &[("KEELMARK_BASE", "trunk")]).is(1, &["version-bump-insufficient"]);
    repo.write("keelmark.yaml", "version: 1\ndefault_branch: trunk\n");
    check(&repo).is(1, &["version-bump-insufficient"]);
}

#[test]
fn git_s_own_default_branch_is_known() {
    let repo = trunk_alone();
    repo.branch("work");
    check(&repo).is(0, &[UNNAMED]);
    repo.run(&["config", "init.defaultBranch", "trunk"]);
    check(&repo).is(0, &[]);
}

#[test]
fn what_is_said_of_a_rename_by_hand_helps() {
    let repo = registry();
    repo.branch("work");
    repo.run(&["mv", "registry/prompts/greet", "registry/prompts/salute"]);
    let checked = check(&repo);
    let help = checked.finding("entry-id-mismatch")["help"].as_str().expect("help").to_owned();
    assert_eq!(
        help,
        "write `id: salute`; if the entry was renamed, add `greet` to `aliases` as well"
    );
    let path = "registry/prompts/salute/prompt.yaml";
    let text = read(&repo, path).replace("id: greet\n", "id: salute\naliases: [greet]\n");
    repo.write(path, text);
    keelmark(&repo, &["bump"]).ends(0);
    let checked = check(repo.stage(".")).is(0, &[]);
    assert_eq!(checked.touched(), [("prompt/salute", "changed")]);
    // In a folder the alias is the whole id.
    repo.run(&["mv", "registry/prompts/salute", "registry/prompts/warm"]);
    repo.write("registry/prompts/eu/ask/prompt.yaml", prompt("frage", "name", &[ONE], TEXT));
    repo.write("registry/prompts/eu/ask/template.md", TEXT).stage(".");
    let checked = check(&repo);
    let help = |id: &str| {
        let found = checked.json["findings"].as_array().expect("findings").iter();
        let mut found = found.filter(|f| f["rule"] == "entry-id-mismatch");
        let found = found.find(|f| f["path"].as_str().is_some_and(|path| path.contains(id)));
        found.expect(id)["help"].as_str().expect("help").to_owned()
    };
    assert!(help("eu/ask").ends_with("add `eu/frage` to `aliases` as well"), "{}", help("eu/ask"));
    assert!(help("warm").ends_with("add `salute` to `aliases` as well"), "{}", help("warm"));
}
