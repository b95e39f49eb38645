//! Each exit code of the contract, by the story that ends with it.

use crate::desk::finding;
use crate::fixtures::{OTHER, PROMPT, PROMPT_TEMPLATE, TEMPLATE, published};
use crate::support::TestRepo;

#[test]
fn three_where_the_history_is_cut_off() {
    let source = published();
    source.branch("topic");
    source.edit(PROMPT, "owner: support-ops", "owner: others");
    source.stage(".").commit("topic");
    source.checkout("main");
    source.commit_file("README.md", "main went on");
    let shallow =
        TestRepo::clone_of(&source, &["--depth", "1", "--no-single-branch", "--branch", "topic"]);
    shallow.keelmark(&["check"]).is(3).says("git fetch --unshallow");
    shallow.keelmark(&["bump"]).is(3);
    shallow.keelmark_with(&["check"], &[("GITHUB_ACTIONS", "true")]).is(3).says("fetch-depth: 0");
    shallow.run(&["fetch", "-q", "--unshallow"]);
    shallow.keelmark(&["check"]).is(0);
}

#[test]
fn three_where_there_is_no_base() {
    let source = published();
    source.branch("other").checkout("main");
    let clone = TestRepo::clone_of(&source, &[]);
    // Of the remote only a branch of another name was fetched.
    clone.run(&["update-ref", "-d", "refs/remotes/origin/main"]);
    clone.run(&["symbolic-ref", "--delete", "refs/remotes/origin/HEAD"]);
    let ending = clone.keelmark(&["check"]).is(3);
    assert!(ending.err.contains("hint: "), "{ending}");
    clone.keelmark(&["check", "--base", "HEAD"]).is(0);
}

#[test]
fn three_where_an_object_is_missing() {
    let repo = published();
    repo.edit(PROMPT, "owner: support-ops", "owner: others").stage(".");
    let object = repo.rev(&format!("HEAD:{PROMPT}"));
    let file = repo.path().join(".git/objects").join(&object[..2]).join(&object[2..]);
    std::fs::remove_file(file).expect("a loose object");
    repo.keelmark(&["check", "--staged"]).is(3).says(&object[..10]);
}

#[test]
fn two_for_what_cannot_be_meant() {
    let repo = published();
    repo.keelmark(&["check", "--base", "nowhere"]).is(2).says("nowhere");
    repo.keelmark(&["check", "--rev", "nowhere"]).is(2).says("nowhere");
    repo.keelmark_with(&["check"], &[("KEELMARK_BASE", "nowhere")]).is(2).says("nowhere");
    repo.keelmark(&["check", "nowhere"]).is(2);
    let outside = repo.beside("outside");
    std::fs::create_dir_all(&outside).expect("a folder");
    repo.keelmark_in(&outside, &["check"], &[]).is(2).says("git init");
}

#[test]
fn four_where_published_bytes_changed_under_their_number() {
    let repo = published();
    repo.write(PROMPT_TEMPLATE, format!("{TEMPLATE}Be brief.\n"));
    repo.branch("topic").stage(".").commit("sneaky");
    repo.edit(OTHER, "version: 1.0.0", "version: one");
    // The digest is that of the published template: bytes and digest part ways.
    repo.keelmark(&["check", "--rev", "HEAD"]).is(4).says("checksum-mismatch");
    // Findings and an integrity fault together: the graver ending counts.
    let report = repo.json(4, &["check"]);
    finding(&report, "version-not-semver");
}

#[test]
fn four_where_a_tagged_version_comes_back_with_other_content() {
    let repo = published();
    repo.tag("prompt/greeting@1.0.0");
    repo.write("registry/prompts/greeting/template.md", "Hello {{ name }}\n");
    repo.keelmark(&["bump", "-m", "hello"]).is(0);
    repo.stage(".").commit("1.1.0");
    repo.branch("topic");
    repo.edit(OTHER, "version: 1.1.0", "version: 1.0.0");
    repo.write("registry/prompts/greeting/template.md", "Other {{ name }}\n");
    repo.keelmark(&["seal"]).is(0);
    repo.stage(".");
    let report = repo.json(4, &["check", "--staged"]);
    finding(&report, "version-already-published");
    repo.write("registry/prompts/greeting/template.md", "Hi {{ name }}\n");
    repo.keelmark(&["seal"]).is(0);
    repo.stage(".");
    let report = repo.json(0, &["check", "--staged"]);
    assert_eq!(report["entries"][0]["status"], "reverted", "{report:#}");
}

#[test]
fn no_configuration_softens_four() {
    let repo = published();
    repo.commit_file(
        "keelmark.yaml",
        "version: 1\nrules:\n  checksum-mismatch: {level: allow}\n  version-unchanged: {level: allow}\n",
    );
    repo.write(PROMPT_TEMPLATE, format!("{TEMPLATE}Be brief.\n"));
    repo.keelmark(&["check"]).is(4).says("checksum-mismatch");
}

#[test]
fn one_for_findings_and_zero_for_none() {
    let repo = published();
    repo.keelmark(&["check"]).is(0).says("nothing wrong");
    repo.edit(PROMPT, "\"confidence\"]", "\"confidence\",\"locale\"]");
    repo.keelmark(&["check"]).is(1);
    repo.keelmark(&["bump"]).is(0);
    repo.keelmark(&["check"]).is(0).says("required: billing_refund minor");
}

#[test]
fn a_bare_repository_has_revisions_and_nothing_else() {
    let source = published();
    let bare = TestRepo::clone_of(&source, &["--bare"]);
    bare.keelmark(&["check", "--all", "--rev", "HEAD"]).is(0);
    bare.keelmark(&["list", "--rev", "main"]).is(0).says("prompt/greeting");
    for words in [&["check"][..], &["bump"], &["init"], &["new", "prompt", "x"]] {
        bare.keelmark(words).is(2).says("bare");
    }
}

#[test]
fn a_registry_below_another_folder_is_found_from_inside_it() {
    let repo = TestRepo::init();
    let team = repo.path().join("team");
    repo.write("team/keelmark.yaml", "version: 1\nregistry: prompts\n").stage(".").commit("two");
    repo.keelmark_in(&team, &["new", "prompt", "hello"], &[]).is(0);
    assert!(repo.has("team/prompts/prompts/hello/prompt.yaml"));
    repo.stage(".");
    let inside = repo.keelmark_in(&team, &["check", "--staged", "--format", "json"], &[]).is(0);
    assert_eq!(inside.json()["summary"]["entries"], 1);
    let other = repo.keelmark(&["-C", "team", "list"]).is(0).says("prompt/hello");
    assert_eq!(other.out.lines().count(), 1);
    repo.keelmark(&["check"]).is(0).says("0 entries");
    repo.keelmark(&["list", "--config", "team/keelmark.yaml"]).is(0).says("prompt/hello");
}

#[test]
fn the_base_that_was_asked_for_is_taken() {
    let repo = published();
    let first = repo.rev("HEAD");
    repo.edit(PROMPT, "owner: support-ops", "owner: others");
    repo.stage(".").commit("others");
    assert_eq!(repo.json(0, &["check"])["summary"]["touched"], 0);
    let report = repo.json(0, &["check", "--base", &first]);
    assert_eq!(report["summary"]["touched"], 1, "{report:#}");
    assert_eq!(report["source"]["base_commit"], first);
    let words = ["check", "--format", "json"];
    let report = repo.keelmark_with(&words, &[("KEELMARK_BASE", &first)]).is(0).json();
    assert_eq!(report["summary"]["touched"], 1, "{report:#}");
    let report = repo
        .keelmark_with(&[&words[..], &["--base", "HEAD"]].concat(), &[("KEELMARK_BASE", &first)]);
    assert_eq!(report.is(0).json()["summary"]["touched"], 0);
}

#[test]
fn who_closes_the_pipe_has_read_enough() {
    let repo = published();
    let mut command = std::process::Command::new("sh");
    crate::support::hermetic(&mut command, &repo.beside(""));
    let script = format!("'{}' rules | true", crate::desk::program());
    let output = command.args(["-c", &script]).current_dir(repo.path()).output().expect("a shell");
    assert!(!String::from_utf8_lossy(&output.stderr).contains("panic"), "{output:?}");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}
