//! What is wrong here, in one clone: each is refused, with what to do, and nothing moves.

use super::place::{
    COMPOSITE, FIRST, LEDGER, NEXT, PREPARE, PROMPT, TAG, TEMPLATE, decisions, merged, next,
    prepared, push, ready, records, refused, released, sound,
};
use crate::ledger::append;
use crate::support::TestRepo;

fn tag_dry() -> Vec<&'static str> {
    [&TAG[..], &["--dry-run"]].concat()
}

fn tag_push() -> Vec<&'static str> {
    [&TAG[..], &["--push"]].concat()
}

#[test]
fn what_is_not_committed_is_not_tagged() {
    let adr = decisions(&ready()).remove(0);
    for path in [TEMPLATE, "keelmark.yaml", "CHANGELOG.md", &adr] {
        let repo = ready();
        repo.write(path, format!("{}\n", repo.read(path)));
        refused(&repo, 2, &TAG).says(&format!("`{path}` is changed and not committed"));
        repo.stage(".");
        refused(&repo, 2, &TAG).says("git stash");
    }
    // What no release is made of does not matter.
    let repo = ready();
    repo.write("notes.txt", "mine\n");
    repo.keelmark(&TAG).is(0);
}

#[test]
fn a_composite_that_nobody_knows_is_named_before_the_work_tree_is_looked_at() {
    let repo = ready();
    repo.write(TEMPLATE, "Something else: {{ question }}\n");
    refused(&repo, 2, &["release", "tag", "support_copilto"])
        .says("there is no entry `composite/support_copilto`")
        .says("did you mean `composite/support_copilot`?")
        .leaves_out("not committed");
    // One that is only here is known, and waits for a commit.
    let repo = ready();
    let other = COMPOSITE.replace("support_copilot", "other");
    repo.write(&other, repo.read(COMPOSITE).replace("id: support_copilot", "id: other"));
    refused(&repo, 2, &["release", "tag", "other"])
        .says("`composite/other` is in the work tree and in no commit");
}

#[test]
fn only_what_is_on_a_published_branch_is_tagged() {
    let repo = ready();
    repo.commit_file("README.md", "ahead\n");
    refused(&repo, 2, &TAG).says("`origin` does not have").says("git push origin main");
    repo.run(&["checkout", "-q", "--detach"]);
    refused(&repo, 2, &TAG).says("HEAD is detached at").says("merge the commit first");
    repo.branch("topic").commit_file("README.md", "beside\n");
    refused(&repo, 2, &tag_push()).says("of the branch `topic` is on no published branch");
    // Where HEAD is does not matter, as long as others have the commit.
    repo.run(&["checkout", "-q", "--detach", "origin/main"]);
    repo.keelmark(&TAG).is(0);
    sound(&repo);
}

#[test]
fn no_branch_declares_itself_published() {
    let repo = ready();
    repo.branch("topic")
        .edit(
            "keelmark.yaml",
            "version: 1\n",
            "version: 1\nversioning: {branches: [main, topic]}\n",
        )
        .stage(".")
        .commit("this branch counts, says this branch");
    repo.run(&["push", "-q", "origin", "topic"]);
    repo.run(&["fetch", "-q", "origin"]);
    for words in [&TAG[..], &tag_push()[..]] {
        refused(&repo, 2, words).says("of the branch `topic` is on no published branch");
    }
    // Once it is merged, it counts.
    repo.run(&["push", "-q", "origin", "topic:main"]);
    repo.run(&["fetch", "-q", "origin"]);
    repo.keelmark(&TAG).is(0);
}

#[test]
fn a_tag_that_no_record_tells_of_is_no_release() {
    for kind in [&["tag"][..], &["tag", "-a", "-m", "hotfix"][..]] {
        let repo = next();
        repo.run(&[kind, &["release/support_copilot@1.0.5", "HEAD"]].concat());
        let ending = repo.keelmark(&["release", "status"]).is(0);
        let ending = ending.says("release-unrecorded").says("support_copilot@1.0.5");
        assert!(ending.out.contains("1.0.0 → 1.1.0"), "{ending}");
        repo.keelmark(&TAG).is(0);
        let message = repo.run(&["cat-file", "tag", NEXT]);
        assert!(message.contains(&format!("Keelmark-Previous: {FIRST}\n")), "{message}");
        assert!(message.contains("Keelmark-Class: minor\n"), "{message}");
    }
    // One that its own maker wrote is not believed either.
    let repo = next();
    let text = repo.run(&["cat-file", "tag", FIRST]).replace("@1.0.0", "@1.0.5");
    repo.run(&["tag", "-a", "-m", &text, "release/support_copilot@1.0.5", "HEAD"]);
    repo.keelmark(&["release", "status"]).is(0).says("release-unrecorded");
}

#[test]
fn nobody_decides_without_the_tags_and_the_ledger_that_others_have() {
    let repo = next();
    repo.run(&["tag", "-d", FIRST]);
    refused(&repo, 3, &TAG).says("its tag is not here").says("git fetch --tags");
    refused(&repo, 3, &["release", "status"]).says("the release before is 1.0.0");
    repo.run(&["fetch", "-q", "--tags"]);
    repo.run(&["update-ref", "-d", LEDGER]);
    repo.run(&["update-ref", "-d", "refs/remotes/origin/keelmark/ledger"]);
    for words in [&TAG[..], &["release", "status"], &PREPARE] {
        refused(&repo, 3, words)
            .says("the ledger that tells of it is not")
            .says("git fetch origin keelmark/ledger:refs/remotes/origin/keelmark/ledger");
    }
}

#[test]
fn a_record_makes_no_release_of_another_object() {
    let repo = next();
    let object = repo.rev(&format!("refs/tags/{FIRST}"));
    let record = records(&repo, "release").remove(0);
    let mut payload = record["payload"].clone();
    payload["version"] = "1.1.0".into();
    payload["tag"] = NEXT.into();
    assert_eq!(payload["tag_object"], object);
    append(repo.path(), "release", 0, NEXT, payload);
    refused(&repo, 4, &TAG).says("the ledger has").says("with other content");
}

#[test]
fn a_name_that_is_taken_is_never_given_to_something_else() {
    for words in [&TAG[..], &tag_push()[..], &tag_dry()[..]] {
        let repo = ready();
        repo.tag(FIRST);
        refused(&repo, 4, words)
            .says(&format!("`{FIRST}` is there already and is another release"))
            .says("a release never changes");
    }
    let repo = ready();
    repo.run(&["tag", FIRST]);
    refused(&repo, 4, &TAG).says("is another release");
    // The tag of 1.0.0 is right, and the composite is not what it was.
    let repo = released();
    repo.edit(COMPOSITE, "channels: [canary, production]", "channels: [production]");
    merged(&repo, "other content under the old number");
    refused(&repo, 4, &TAG).says("is another release").says("takes the next number");
}

#[test]
fn evidence_of_another_prompt_proves_nothing() {
    let repo = next();
    repo.keelmark(&TAG).is(0);
    repo.write(TEMPLATE, "Answer with more care: {{ question }}\n");
    repo.keelmark(&["bump", "billing_refund"]).is(0).says("1.2.0");
    merged(&repo, "prompt 1.2.0");
    prepared(&repo);
    push(&repo);
    refused(&repo, 1, &TAG)
        .says("evidence-missing")
        .says("prompt/billing_refund")
        .says("keelmark eval run golden --when release --record");
    assert!(repo.read(COMPOSITE).contains("1.2.0"));
    // The bars are evidence too: others ask for another run.
    let repo = ready();
    repo.edit("registry/policies/gates.yaml", "0.8", "0.7");
    merged(&repo, "a lower bar");
    refused(&repo, 1, &TAG).says("evidence-missing").says("gates");
}

#[test]
fn a_step_that_is_too_small_is_refused() {
    let repo = released();
    refused(&repo, 1, &[&PREPARE[..], &["--to", "1.0.1"]].concat()).says("needs minor");
    refused(&repo, 1, &[&PREPARE[..], &["--level", "patch"]].concat()).says("patch is smaller");
    refused(&repo, 1, &[&PREPARE[..], &["--to", "1.0.0"]].concat());
    refused(&repo, 2, &[&PREPARE[..], &["--to", "one"]].concat()).says("is no SemVer");
    refused(&repo, 2, &[&PREPARE[..], &["--hold", "judge"]].concat()).says("has no slot `judge`");
    repo.keelmark(&[&PREPARE[..], &["--hold", "prompt"]].concat())
        .is(0)
        .says("nothing that it pins has changed");
    assert!(repo.read(PROMPT).contains("1.1.0") && repo.read(COMPOSITE).contains("@1.0.0"));
}

#[test]
fn without_a_key_nothing_is_signed() {
    let repo = ready();
    let sign = [&TAG[..], &["--sign"]].concat();
    repo.run(&["config", "gpg.format", "ssh"]);
    refused(&repo, 3, &sign).says("user.signingKey");
    repo.run(&["config", "user.signingKey", repo.beside("nowhere").to_str().expect("UTF-8")]);
    refused(&repo, 3, &sign);
    repo.run(&["config", "tag.gpgSign", "true"]);
    refused(&repo, 3, &tag_push());
    // And nobody needs a name to be told what is missing.
    let nobody = ready();
    nobody.run(&["config", "--unset", "user.name"]);
    nobody.run(&["config", "--unset", "user.email"]);
    nobody.run(&["config", "user.useConfigOnly", "true"]);
    nobody.keelmark(&TAG).says("git knows no email address for you");
    assert!(!has_tag(&nobody, FIRST) && !has_tag(&nobody, NEXT));
    assert_eq!(nobody.run(&["log", "--format=%s", "--grep=^release", LEDGER]), "");
}

fn has_tag(repo: &TestRepo, tag: &str) -> bool {
    !repo.run(&["tag", "--list", tag]).is_empty()
}

#[test]
fn a_decision_about_another_composition_is_written_anew() {
    let repo = ready();
    let merged = |message: &str| {
        repo.stage(".").commit(message);
        repo.run(&["push", "-q", "origin", "main"]);
    };
    repo.edit(COMPOSITE, "owner: platform-ai", "owner: platform");
    merged("edited after it was prepared");
    repo.keelmark(&TAG)
        .is(1)
        .says("adr-incomplete")
        .says("is about another content of `composite/support_copilot`");
    repo.keelmark(&["release", "status"]).is(1).says("is about another content");
    repo.keelmark(&PREPARE).is(0).leaves_out("adr-incomplete");
    merged("prepared anew");
    repo.keelmark(&[&TAG[..], &["--dry-run"]].concat()).is(0);
    // A record that lost its decision is no accepted one.
    let path = repo.run(&["ls-files", "docs/adr"]);
    repo.edit(&path, "status: \"accepted\"\n", "");
    merged("no decision");
    repo.keelmark(&TAG).is(1).says("adr-incomplete").says("has no `status`");
}
