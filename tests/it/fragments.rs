//! Texts that prompts share: included, changed, rendered, released.

use crate::desk::{finding, rules};
use crate::fixtures::small;
use crate::shop::{self, Shop};
use crate::support::TestRepo;

const FRAGMENT: &str = "registry/fragments/refund_policy/fragment.yaml";
const TEXT: &str = "registry/fragments/refund_policy/fragment.md";
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

#[test]
fn an_exact_pin_moves_with_the_fragment() {
    let repo = shared();
    repo.edit(REFUND, "@^1]", "@1.0.0]").stage(".").commit("pin");
    repo.branch("work").edit(TEXT, "30", "14");
    // However often it is included, one pin is wrong.
    repo.edit(TEMPLATE, "Bye", "{% include 'fragment/refund_policy' %}");
    repo.keelmark(&["bump", "fragment/refund_policy"]).is(0);
    let report = repo.json(1, &["check"]);
    assert_eq!(rules(&report).iter().filter(|id| **id == "include-version-mismatch").count(), 1);
    let fault = finding(&report, "include-version-mismatch");
    assert_eq!(
        (&fault["entry"], &fault["path"], &fault["pointer"]),
        (&"prompt/refund".into(), &REFUND.into(), &"/depends_on/0".into())
    );
    let note = finding(&report, "fragment-changes-prompts");
    assert!(
        note["message"].as_str().is_some_and(|said| said.contains("`prompt/refund`")),
        "{note}"
    );
    repo.keelmark(&["render", "refund", "--var", "name=Ada"])
        .is(1)
        .says("pins `fragment/refund_policy@1.0.0`");
    repo.keelmark(&["bump"]).is(1).says("include-version-mismatch");
    repo.keelmark(&["check", "--fix"]).says("pin `fragment/refund_policy` 1.1.0");
    assert!(repo.read(REFUND).contains("depends_on: [fragment/refund_policy@1.1.0]\n"));
    repo.keelmark(&["bump"]).is(0);
    repo.keelmark(&["check"]).is(0);
}

#[test]
fn a_pin_of_a_fragment_that_never_was_is_said_once() {
    let repo = shared();
    for pin in ["@9.9.9]", "@^9]"] {
        repo.edit(REFUND, "@^1]", pin);
        let report = repo.json(1, &["check"]);
        let found = report["findings"].as_array().expect("findings").iter();
        let errors = found.filter(|finding| finding["severity"] == "error");
        let ids: Vec<&str> = errors.filter_map(|finding| finding["rule"].as_str()).collect();
        let ids: Vec<&str> = ids.into_iter().filter(|id| !id.starts_with("version-")).collect();
        assert_eq!(ids, ["include-version-mismatch"], "{pin}");
        repo.edit(REFUND, pin, "@^1]");
    }
    // A pin that nothing includes has no include to speak for it.
    repo.edit(TEMPLATE, "{% include 'fragment/refund_policy' %}", "");
    repo.edit(REFUND, "@^1]", "@9.9.9]");
    assert!(rules(&repo.json(1, &["check"])).contains(&"dep-version-missing"));
}

#[test]
fn a_prompt_whose_fragment_goes_is_refused_and_one_that_keeps_an_old_name_is_not() {
    let repo = shared();
    repo.branch("work");
    repo.keelmark(&["mv", "fragment/refund_policy", "refunds"]).is(0);
    repo.stage(".");
    repo.keelmark(&["render", "refund", "--var", "name=Ada"]).is(0).says("30 days");
    let report = repo.json(1, &["check"]);
    let moved: Vec<_> = report["entries"].as_array().expect("entries").iter().collect();
    assert_eq!(moved.len(), 1, "only the fragment gets an alias: {report:#}");
    repo.run(&["reset", "-q", "--hard"]);
    repo.run(&["rm", "-rq", "registry/fragments"]);
    let report = repo.json(1, &["check"]);
    let missing: Vec<_> = report["findings"]
        .as_array()
        .expect("findings")
        .iter()
        .filter(|finding| finding["rule"] == "include-missing" && finding["inherited"] == false)
        .map(|finding| (finding["path"].as_str(), finding["pointer"].as_str()))
        .collect();
    assert_eq!(missing, [(Some(CHAT), Some("/messages/0/content")), (Some(TEMPLATE), Some(""))]);
    assert!(rules(&report).contains(&"entry-deleted"));
}

#[test]
fn what_a_fragment_uses_its_prompts_have_to_provide() {
    let repo = shared();
    repo.branch("work")
        .edit(FRAGMENT, "owner: team", "owner: team\ninputs: [days]")
        .write(TEXT, "No refund after {{ days }} days, {{ nam }}.\n");
    let report = repo.json(1, &["check"]);
    let lacking: Vec<_> = report["findings"]
        .as_array()
        .expect("findings")
        .iter()
        .filter(|finding| finding["rule"] == "prompt-variable-undeclared")
        .map(|finding| format!("{} {}", finding["entry"], finding["message"]).replace('"', ""))
        .collect();
    assert_eq!(
        lacking,
        [
            "fragment/refund_policy `nam` is no input of the fragment",
            "prompt/chat `days` is no input of the prompt",
            "prompt/chat `nam` is no input of the prompt",
            "prompt/refund `days` is no input of the prompt",
            "prompt/refund `nam` is no input of the prompt",
        ]
    );
    repo.keelmark(&["check"])
        .is(1)
        .says("registry/prompts/refund/template.md:2:1")
        .says("the included text uses it")
        .says("did you mean `name`?");
    assert_eq!(report["entries"][0]["required"], "major");
    repo.write(TEXT, "{{ days }}{% if %}");
    let report = repo.json(1, &["check"]);
    assert_eq!(finding(&report, "template-syntax")["path"], TEXT);
    assert_eq!(rules(&report).iter().filter(|id| **id == "include-unreadable").count(), 2);
    repo.write(TEXT, "{{ days }}").edit(REFUND, "inputs: [name]", "inputs: [name, days]");
    repo.keelmark(&["render", "refund", "--var", "name=Ada", "--var", "days=9"])
        .is(0)
        .says("Ada, 9 Bye");
}

#[test]
fn fragments_include_fragments_and_a_change_reaches_through_all_of_them() {
    let repo = shared();
    let inner = "registry/fragments/exceptions/fragment.md";
    repo.write("registry/fragments/exceptions/fragment.yaml", entry("exceptions", ""))
        .write(inner, "None.")
        .edit(FRAGMENT, "owner: team", "owner: team\ndepends_on: [fragment/exceptions@^1]")
        .write(TEXT, "No refund after 30 days. {% include 'fragment/exceptions' %}\n")
        .stage(".");
    repo.keelmark(&["bump"]).is(0);
    repo.stage(".").commit("exceptions");
    repo.branch("work").write(inner, "Ask.").stage(".");
    // The bump wrote digests of published texts, so that this is a matter of integrity.
    let report = repo.json(4, &["check", "--staged"]);
    let note = finding(&report, "fragment-changes-prompts");
    assert_eq!(
        note["message"],
        "the change of `fragment/exceptions` changes `fragment/refund_policy`, `prompt/chat`, `prompt/refund`"
    );
    repo.keelmark(&["bump"]).is(0);
    repo.keelmark(&["check"]).is(0);
    repo.keelmark(&["render", "chat", "--var", "name=Ada"]).is(0).says("30 days. Ask.");
    repo.write(inner, "{% include 'fragment/refund_policy' %}").edit(
        "registry/fragments/exceptions/fragment.yaml",
        "owner: team",
        "owner: team\ndepends_on: [fragment/refund_policy]",
    );
    assert!(rules(&repo.json(1, &["check"])).contains(&"include-cycle"));
}

#[test]
fn an_older_version_is_read_with_the_fragments_that_it_was_published_with() {
    let repo = shared();
    repo.branch("work").edit(TEXT, "30", "21").stage(".");
    repo.keelmark(&["bump"]).is(0);
    repo.stage(".").commit("three weeks");
    // The prompts have their numbers; in the same change the fragment is edited once more.
    repo.edit(TEXT, "21", "14").stage(".");
    repo.keelmark(&["check"]).is(0);
    repo.commit("two weeks");
    repo.run(&["switch", "-q", "main"]);
    repo.run(&["merge", "-q", "--no-ff", "-m", "merge", "work"]);
    repo.edit(TEMPLATE, "Bye", "So long").stage(".");
    repo.keelmark(&["bump", "refund"]).is(0);
    repo.stage(".").commit("so long");
    let rendered = |version: &str| {
        repo.keelmark(&["render", &format!("refund@{version}"), "--var", "name=Ada"]).is(0)
    };
    rendered("1.0.0").says("after 30 days. Bye");
    rendered("1.1.0").says("after 14 days. Bye");
    rendered("1.2.0").says("after 14 days. So long");
}

#[test]
fn a_draft_may_be_written_before_its_fragments() {
    let repo = shared();
    repo.edit(REFUND, "owner: team", "owner: team\nstatus: draft")
        .edit(REFUND, "refund_policy@^1", "tone")
        .edit(TEMPLATE, "refund_policy", "tone")
        .stage(".")
        .commit("draft");
    repo.edit(TEMPLATE, "Bye", "So long");
    let report = repo.json(0, &["check"]);
    assert_eq!(finding(&report, "include-missing")["severity"], "warning");
    repo.keelmark(&["render", "refund", "--var", "name=Ada"])
        .is(1)
        .says("there is no `fragment/tone`");
}

#[test]
fn the_simple_engine_sends_an_include_as_text() {
    let repo = shared();
    repo.edit(REFUND, "owner: team", "owner: team\nengine: simple");
    assert_eq!(finding(&repo.json(1, &["check"]), "include-engine-mismatch")["line"], 2);
    repo.keelmark(&["render", "refund", "--var", "name=Ada"])
        .is(0)
        .says("{% include 'fragment/refund_policy' %}");
}

#[test]
fn a_release_proves_and_exports_the_text_with_its_fragments() {
    let shop = Shop::open();
    let desk = &shop.desk;
    let policy = "registry/fragments/policy/fragment.md";
    desk.write("registry/fragments/policy/fragment.yaml", entry("policy", ""))
        .write(policy, "No refund after 30 days.\n")
        .edit(shop::PROMPT, "owner: team", "owner: team\ndepends_on: [fragment/policy@^1]")
        .write(shop::TEMPLATE, "{% include 'fragment/policy' %}\nAnswer: {{ question }}\n")
        .edit(shop::COMPOSITE, "  prompt: ", "  policy: fragment/policy@1.0.0\n  prompt: ")
        .stage(".");
    desk.keelmark(&["bump", "refund", "-m", "the policy"]).is(0);
    shop::release(desk, "1.9.0");
    desk.keelmark(&["verify", "release/support_copilot@1.9.0"]).is(0);
    let prompt = |repo: &TestRepo| repo.json(0, &["show", "prompt/refund"]);
    let old = prompt(desk);
    desk.edit(policy, "30", "14");
    desk.keelmark(&["check"]).is(1).says("the change of `fragment/policy` changes `prompt/refund`");
    desk.keelmark(&["bump", "-m", "two weeks"]).is(0);
    let new = prompt(desk);
    assert_ne!(old["digests"]["behaviour"], new["digests"]["behaviour"]);
    assert_ne!(old["digests"]["entry"], new["digests"]["entry"]);
    assert_eq!(old["digests"]["contract"], new["digests"]["contract"]);
    shop::release(desk, "1.10.0");
    desk.keelmark(&["verify", "release/support_copilot@1.10.0"]).is(0);
    desk.keelmark(&["verify", "release/support_copilot@1.9.0"]).is(0);
    for (release, days, shown) in [("1.9.0", "30", &old), ("1.10.0", "14", &new)] {
        let to = format!("bundle-{days}");
        desk.keelmark(&["export", &format!("support_copilot@{release}"), "--out", &to]).is(0);
        let sent = desk.read(&format!("{to}/members/prompt/message-0.txt"));
        assert_eq!(sent, format!("No refund after {days} days.\nAnswer: {{{{ question }}}}\n"));
        let manifest: serde_json::Value =
            serde_json::from_str(&desk.read(&format!("{to}/keelmark-bundle.json"))).expect("JSON");
        let members = manifest["members"].as_array().expect("members");
        let member = members.iter().find(|member| member["slot"] == "prompt").expect("the prompt");
        assert_eq!(member["digests"]["behaviour"], shown["digests"]["behaviour"]);
    }
}
