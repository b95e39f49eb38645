//! Texts that prompts share: included, changed, rendered, released.

use crate::desk::{finding, rules};
use crate::fixtures::small;
use crate::support::TestRepo;

pub(crate) const FRAGMENT: &str = "registry/fragments/refund_policy/fragment.yaml";
pub(crate) const TEXT: &str = "registry/fragments/refund_policy/fragment.md";
const REFUND: &str = "registry/prompts/refund/prompt.yaml";
const TEMPLATE: &str = "registry/prompts/refund/template.md";
const CHAT: &str = "registry/prompts/chat/prompt.yaml";

/// What every entry has.
fn entry(id: &str, more: &str) -> String {
    format!("id: {id}\nversion: 1.0.0\nowner: team\n{more}changelog:\n  - \"1.0.0: first\"\n")
}

/// A fragment that two prompts include, one in a file and one in a message, and a prompt without
/// includes, published on `main`.
fn shared() -> TestRepo {
    let repo = TestRepo::init();
    repo.write("keelmark.yaml", "version: 1\n")
        .write(FRAGMENT, entry("refund_policy", ""))
        .write(TEXT, "No refund after 30 days.\n")
        .write(REFUND, small("refund") + "depends_on: [fragment/refund_policy@^1]\n")
        .write(TEMPLATE, "Dear {{ name }},\n{% include 'fragment/refund_policy' %}\nBye\n")
        .write(
            CHAT,
            small("chat")
                + "depends_on:\n  - {ref: fragment/refund_policy, edge: reexported}\nmessages:\n  - {role: system, content: \"{% include 'fragment/refund_policy' %}\"}\n  - {role: user, content: \"{{ name }}\"}\n",
        )
        .write("registry/prompts/greeting/prompt.yaml", small("greeting"))
        .write("registry/prompts/greeting/template.md", "Hi {{ name }}\n");
    repo.stage(".");
    repo.keelmark(&["check"]).is(0);
    repo.stage(".").commit("publish");
    repo
}

#[test]
fn a_fragment_stands_where_it_is_included() {
    let repo = shared();
    repo.keelmark(&["render", "refund", "--var", "name=Ada"])
        .is(0)
        .says("Dear Ada, No refund after 30 days. Bye");
    let sent = repo.json(0, &["render", "chat", "--var", "name=Ada"]);
    assert_eq!(sent["messages"][0]["content"], "No refund after 30 days.");
}

#[test]
fn the_change_of_a_fragment_is_a_change_of_the_prompts_that_include_it() {
    let repo = shared();
    repo.branch("work").edit(TEXT, "30", "14");
    let report = repo.json(1, &["check"]);
    let note = finding(&report, "fragment-changes-prompts");
    let message = "the change of `fragment/refund_policy` changes `prompt/chat`, `prompt/refund`";
    assert_eq!((&note["message"], &note["path"]), (&message.into(), &FRAGMENT.into()));
    let unmoved = || rules(&report).into_iter().filter(|id| *id == "version-unchanged").count();
    assert_eq!(unmoved(), 3, "{report:#}");
    let reasons = &report["entries"][2]["reasons"];
    assert_eq!(report["entries"][2]["entry"], "prompt/refund");
    assert_eq!(reasons[0]["rule"], "prompt-template-text");
    repo.keelmark(&["check"])
        .is(1)
        .says("through `fragment/refund_policy`")
        .says("fragment.md:1:1");
    repo.stage(".");
    repo.keelmark(&["check", "--staged"]).is(1);
    // The hook reads what the fragment's change reaches, and nothing else.
    repo.keelmark(&["check", "--staged", "registry/prompts/greeting"]).is(0);
    repo.keelmark(&["check", "registry/prompts/refund"]).is(1).says("needs minor (1.0.0 → 1.1.0)");
    repo.keelmark(&["bump"]).is(0);
    for path in [FRAGMENT, REFUND, CHAT] {
        assert!(repo.read(path).contains("version: 1.1.0\n"), "{}", repo.read(path));
    }
    let line =
        "1.1.0: `template.md`: the text of a template changed, through `fragment/refund_policy`";
    assert!(repo.read(REFUND).contains(line), "{}", repo.read(REFUND));
    assert!(repo.read("registry/prompts/greeting/prompt.yaml").contains("version: 1.0.0\n"));
    repo.keelmark(&["check"]).is(0).says("fragment-changes-prompts");
    repo.stage(".").commit("stricter");
    repo.keelmark(&["check", "--rev", "HEAD", "--base", "main"]).is(0);
    repo.keelmark(&["render", "refund@1.0.0", "--var", "name=Ada"]).is(0).says("after 30 days");
    repo.keelmark(&["render", "refund@1.1.0", "--var", "name=Ada"]).is(0).says("after 14 days");
}

#[test]
fn what_does_not_count_in_a_fragment_changes_no_prompt() {
    let repo = shared();
    for (old, new) in
        [("owner: team", "owner: other"), ("version: 1.0.0\n", "version: 1.0.0\ntags: [a]\n")]
    {
        repo.edit(FRAGMENT, old, new);
        let report = repo.json(0, &["check"]);
        assert_eq!(report["entries"].as_array().map(Vec::len), Some(1), "{report:#}");
    }
    repo.write(TEXT, "No refund after 30 days.\r\n\r\n");
    assert!(!rules(&repo.json(0, &["check"])).contains(&"fragment-changes-prompts"));
    // A comment is no text for the model, and still a patch: of the fragment and of its users.
    repo.write(TEXT, "{# since June #}No refund after 30 days.\n");
    let report = repo.json(1, &["check"]);
    let steps: Vec<_> = (0..3).map(|at| &report["entries"][at]["required"]).collect();
    assert_eq!(steps, ["patch", "patch", "patch"]);
}
