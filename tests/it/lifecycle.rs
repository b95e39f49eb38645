//! The end of an entry: announced, with time to move, and never taken back.
//!
//! The first commit of a test is of 2023-11-14, and each later one a minute younger.

use crate::fixtures::{MISSION, OTHER, PROMPT, PROMPT_TEMPLATE, published};
use crate::support::TestRepo;

/// Writes the keys of a life into the mission's prompt, which stands as it was published otherwise.
fn lives(repo: &TestRepo, keys: &str) {
    let text = repo.read(PROMPT);
    let kept = text.lines().filter(|line| {
        !["status:", "sunset:", "replaced_by:"].iter().any(|key| line.starts_with(key))
    });
    let text = kept.chain([""]).collect::<Vec<_>>().join("\n");
    repo.write(PROMPT, text.replacen("owner:", &format!("{keys}owner:"), 1));
}

/// Bumps and commits, insisting that a check passes.
fn publish(repo: &TestRepo, message: &str) {
    repo.keelmark(&["bump", "-m", message]).is(0);
    repo.stage(".");
    repo.keelmark(&["check", "--staged"]).is(0);
    repo.commit(message);
}

#[test]
fn a_deprecation_says_until_when_and_leaves_time() {
    let repo = published();
    lives(&repo, "status: deprecated\n");
    repo.keelmark(&["check"]).is(1).says("sunset-missing").says("prompt.yaml:3:9");
    lives(&repo, "status: deprecated\nsunset: 2023-12-13\n");
    repo.keelmark(&["check"])
        .is(1)
        .says("sunset-too-soon")
        .says("may be used for 29 more days; 30 are to be left")
        .says("write `sunset: 2023-12-14` or a later day");
    lives(&repo, "status: deprecated\nsunset: 2023-02-30\n");
    repo.keelmark(&["check"]).is(1).says("a day such as `2027-02-01`").leaves_out("sunset-");
    lives(&repo, "status: deprecated\nsunset: 2023-12-14\n");
    publish(&repo, "deprecated");
    assert!(repo.read(PROMPT).contains("version: 2.4.0\n"), "{}", repo.read(PROMPT));
}

#[test]
fn the_days_of_grace_are_the_bases() {
    let repo = published();
    repo.write("keelmark.yaml", "version: 1\nversioning: {grace_days: 0}\n");
    lives(&repo, "status: deprecated\nsunset: 2023-11-15\n");
    repo.keelmark(&["check"]).is(1).says("sunset-too-soon");
    let keys = repo.read(PROMPT);
    repo.run(&["checkout", "-q", "--", "registry"]);
    repo.stage(".").commit("no grace");
    repo.write(PROMPT, keys);
    publish(&repo, "deprecated at once");
}

#[test]
fn an_end_that_was_announced_comes_no_nearer() {
    let repo = published();
    lives(&repo, "status: deprecated\nsunset: 2024-06-01\n");
    publish(&repo, "deprecated");
    lives(&repo, "status: deprecated\nsunset: 2024-05-01\n");
    repo.keelmark(&["check"])
        .is(1)
        .says("sunset-moved-earlier")
        .says("31 days less than announced");
    lives(&repo, "status: deprecated\nsunset: 2024-07-01\n");
    publish(&repo, "later");
    lives(&repo, "status: removed\nsunset: 2024-07-01\nreplaced_by: greeting\n");
    repo.keelmark(&["check"])
        .is(1)
        .says("removed-before-sunset")
        .says("may be used until 2024-07-01");
}

#[test]
fn a_tombstone_stands_after_the_sunset_and_its_file_stays() {
    let repo = published();
    lives(&repo, "status: removed\n");
    repo.keelmark(&["check"]).is(1).says("removed-before-sunset").says("it has no `sunset`");
    lives(&repo, "status: deprecated\nsunset: 2023-12-20\n");
    publish(&repo, "deprecated");
    let commit = ["commit", "-q", "--allow-empty", "-m", "weeks later"];
    let mut later = repo.command(&commit);
    let later = later.env("GIT_COMMITTER_DATE", "2023-12-20T00:00:00Z").output().expect("git");
    assert!(later.status.success());
    lives(&repo, "status: removed\nsunset: 2023-12-20\nreplaced_by: prompt/greeting\n");
    publish(&repo, "gone");
    assert!(repo.read(PROMPT).contains("version: 3.0.0\n"), "{}", repo.read(PROMPT));
    repo.delete(PROMPT).delete(PROMPT_TEMPLATE).stage(".");
    repo.keelmark(&["check"]).is(1).says("entry-deleted").leaves_out("status: deprecated");
}

#[test]
fn an_entry_that_vanishes_is_looked_for_under_other_names() {
    let repo = published();
    let text = repo.read(PROMPT);
    let template = repo.read(PROMPT_TEMPLATE);
    repo.delete(PROMPT).delete(PROMPT_TEMPLATE);
    repo.keelmark(&["check"])
        .is(1)
        .says("entry-deleted")
        .says("set `status: deprecated` with a `sunset`");
    let moved = text.replace("id: billing_refund", "id: refund");
    repo.write("registry/prompts/refund/prompt.yaml", moved.clone());
    repo.write("registry/prompts/refund/template.md", template).stage(".");
    repo.keelmark(&["check"])
        .is(1)
        .says("entry-id-changed")
        .says("`prompt/billing_refund` is `prompt/refund` now")
        .leaves_out("entry-deleted");
    let known = moved.replace("owner:", "aliases: [billing_refund]\nowner:");
    repo.write("registry/prompts/refund/prompt.yaml", known);
    repo.keelmark(&["bump", "-m", "a better name"]).is(0);
    repo.stage(".");
    repo.keelmark(&["check"]).is(0);
}

#[test]
fn an_entry_does_not_change_its_kind() {
    let repo = published();
    repo.delete(OTHER).delete("registry/prompts/greeting/template.md");
    repo.write(
        "registry/fragments/greeting/fragment.yaml",
        "id: greeting\nversion: 1.0.0\nowner: team\nchangelog:\n  - \"1.0.0: first version\"\n",
    );
    repo.write("registry/fragments/greeting/fragment.md", "Hi\n").stage(".");
    repo.keelmark(&["check"])
        .is(1)
        .says("entry-kind-changed")
        .says("`prompt/greeting` is `fragment/greeting` now")
        .leaves_out("entry-deleted");
}

#[test]
fn a_file_that_moves_and_keeps_its_id_needs_no_step() {
    let repo = published();
    let text = repo.read(PROMPT);
    assert!(text.starts_with(MISSION.lines().next().expect("a line")));
    let template = repo.read(PROMPT_TEMPLATE);
    repo.delete(PROMPT).delete(PROMPT_TEMPLATE);
    repo.write("registry/prompts/billing_refund.yaml", text);
    repo.write("registry/prompts/billing_refund.md", template).stage(".");
    repo.keelmark(&["check"]).is(0).says("entry-path-moved").says("no step is needed");
}

#[test]
fn what_follows_a_withdrawn_version_is_measured_from_the_last_one_that_is_offered() {
    let repo = published();
    // A mistake: an output that everybody reads is gone.
    repo.edit(PROMPT, ",\"confidence\"", "");
    publish(&repo, "shorter answers");
    assert!(repo.read(PROMPT).contains("version: 3.0.0\n"), "{}", repo.read(PROMPT));
    // The mark alone needs no step, and is no edit of the line.
    repo.edit(PROMPT, "3.0.0: shorter answers", "3.0.0: shorter answers [YANKED]");
    repo.stage(".");
    repo.keelmark(&["check"]).is(0);
    repo.commit("withdraw 3.0.0");
    // Bringing the output back would be minor after 3.0.0, and is nothing new after 2.3.0.
    repo.edit(PROMPT, "\"citations\"]", "\"citations\",\"confidence\"]");
    repo.keelmark(&["bump", "-m", "as before"]).is(0).says("3.0.0 → 3.0.1");
    repo.stage(".");
    repo.keelmark(&["check"]).is(0);
    let text = repo.read(PROMPT);
    repo.edit(PROMPT, "rollback_to: \"2.2.0\"", "rollback_to: \"3.0.0\"");
    repo.keelmark(&["check"]).is(1).says("rollback-target-yanked").says("3.0.0 was withdrawn");
    // Any other edit of the line is one.
    repo.write(PROMPT, text.replace("3.0.0: shorter answers [YANKED]", "3.0.0: longer [YANKED]"));
    repo.keelmark(&["check"]).is(1).says("changelog-history-rewritten");
}

#[test]
fn a_way_back_across_a_major_version_says_whom_it_breaks() {
    let repo = published();
    let back =
        |to: &str| repo.edit(PROMPT, "rollback_to: \"2.2.0\"", &format!("rollback_to: \"{to}\""));
    // Callers of the new version send what the old one refuses.
    repo.edit(PROMPT, "inputs: [", "inputs: [\"locale\", ");
    back("2.3.0");
    repo.keelmark(&["bump", "-m", "asks for the locale"]).is(0).says("2.3.0 → 3.0.0");
    repo.stage(".");
    repo.keelmark(&["check"])
        .is(0)
        .says("warning[rollback-target-incompatible]")
        .says("going back from 3.0.0 to 2.3.0 breaks callers: `locale` was removed")
        .says("(input-removed)");
    // What was only added for callers is not missed by them.
    let repo = published();
    repo.edit(PROMPT, ",\"confidence\"", "");
    repo.edit(PROMPT, "rollback_to: \"2.2.0\"", "rollback_to: \"2.3.0\"");
    repo.keelmark(&["bump", "-m", "shorter answers"]).is(0).says("2.3.0 → 3.0.0");
    repo.stage(".");
    repo.keelmark(&["check"]).is(0).leaves_out("rollback-target-incompatible");
}

#[test]
fn what_breaks_nobody_and_takes_something_away_is_warned_of() {
    let repo = TestRepo::init();
    let text = "id: answer\nversion: 1.0.0\nowner: team\nschema:\n  open: true\n  inputs: [name, hint]\n  outputs: [text]\nparameters: {max_output_tokens: 400}\ntools:\n  - {name: refund}\nchangelog:\n  - \"1.0.0: first version\"\n";
    let path = "registry/prompts/answer/prompt.yaml";
    repo.write("keelmark.yaml", "version: 1\n")
        .write(path, text)
        .write("registry/prompts/answer/template.md", "{{ name }} {{ hint }}\n");
    repo.stage(".").commit("a registry");
    repo.edit(path, ", hint]", "]").edit(path, "400", "300");
    repo.edit(path, "tools:\n  - {name: refund}\n", "");
    repo.write("registry/prompts/answer/template.md", "{{ name }}\n");
    repo.keelmark(&["bump", "-m", "less"]).is(0).says("1.0.0 → 1.1.0 (minor");
    repo.stage(".");
    repo.keelmark(&["check"])
        .is(0)
        .says("warning[input-removed-tolerated]")
        .says("warning[output-tool-removed]")
        .says("warning[prompt-max-output-decreased]")
        .says("answers that need more tokens are cut off");
}
