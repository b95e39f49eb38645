use crate::fixtures::published;
use crate::support::TestRepo;

/// A prompt with an optional input, a number, an alias, and two messages.
fn chat() -> TestRepo {
    let repo = TestRepo::init();
    repo.write(
        "registry/prompts/chat/prompt.yaml",
        "id: chat\nversion: 1.0.0\nowner: team\nschema:\n  inputs:\n    question: {type: string, aliases: [query]}\n    tone: {type: string, default: kind}\n    count: {type: integer, required: false}\n  outputs: [text]\nmessages:\n  - {role: system, content: \"Be {{ tone }}.\"}\n  - {role: user, file: user.md}\nchangelog: [\"1.0.0: first\"]\n",
    )
    .write("registry/prompts/chat/user.md", "{{ question }}{% if count %} ({{ count + 1 }}){% endif %}\n")
    .stage(".");
    repo.keelmark(&["check"]).is(0);
    repo
}

#[test]
fn the_exact_messages_are_shown_with_defaults_aliases_and_types() {
    let repo = chat();
    repo.keelmark(&["render", "chat", "--var", "query=Why?", "--var", "count=2"])
        .is(0)
        .says("── system Be kind. ── user Why? (3)");
    let sent = repo.json(0, &["render", "chat", "--var", "question=Why?"]);
    assert_eq!(sent["messages"][0], serde_json::json!({"role": "system", "content": "Be kind."}));
    let file = "{question: \"Why?\", tone: firm}";
    repo.write("case.yaml", file);
    let firm = repo.json(0, &["render", "chat", "--vars", "case.yaml"]);
    assert_eq!(firm["messages"][0]["content"], "Be firm.");
    assert_ne!(firm["digests"]["messages"], sent["digests"]["messages"]);
    assert_eq!(firm["digests"]["behaviour"], sent["digests"]["behaviour"]);
    let over = repo.json(0, &["render", "chat", "--vars", "case.yaml", "--var", "tone=soft"]);
    assert_eq!(over["messages"][0]["content"], "Be soft.");
}

#[test]
fn what_is_missing_unknown_or_of_another_type_is_refused() {
    let repo = chat();
    repo.keelmark(&["render", "chat"]).is(2).says("--var question=…");
    repo.keelmark(&["render", "chat", "--var", "question=a", "--var", "locale=de"])
        .is(2)
        .says("`locale` is no input")
        .says("inputs are: ");
    repo.keelmark(&["render", "chat", "--var", "question=a", "--var", "count=many"])
        .is(2)
        .says("count");
    repo.keelmark(&["render", "chat", "--var", "question"]).is(2).says("NAME=VALUE");
    repo.keelmark(&["render", "chat", "--vars", "none.yaml"]).is(2).says("none.yaml");
    repo.write("list.yaml", "- a\n").write("bad.yaml", "a: 1\na: 2\n");
    repo.keelmark(&["render", "chat", "--vars", "list.yaml"]).is(2).says("no map");
    repo.keelmark(&["render", "chat", "--vars", "bad.yaml"]).is(2).says("bad.yaml:2:1");
}

#[test]
fn an_older_version_is_rendered_with_its_own_template() {
    let repo = published();
    repo.write("registry/prompts/greeting/template.md", "Hello {{ name }}\n");
    repo.keelmark(&["bump", "-m", "hello"]).is(0);
    repo.stage(".").commit("hello");
    repo.keelmark(&["render", "greeting", "--var", "name=Ada"]).is(0).says("Hello Ada");
    repo.keelmark(&["render", "greeting@1.0.0", "--var", "name=Ada"]).is(0).says("Hi Ada");
    repo.keelmark(&["new", "model", "copilot"]).is(0);
    repo.keelmark(&["render", "copilot"]).is(2).says("is no prompt");
}

#[test]
fn a_template_cannot_run_away_or_reach_out() {
    let repo = published();
    for text in [
        "{% for a in range(100000) %}{% for b in range(100000) %}{{ name }}{% endfor %}{% endfor %}",
        "{% include \"/etc/passwd\" %}{{ name }}",
        "{{ name.missing.deeper }}",
    ] {
        repo.write("registry/prompts/greeting/template.md", text);
        repo.keelmark(&["render", "greeting", "--var", "name=Ada"])
            .is(1)
            .says("registry/prompts/greeting/template.md:1:");
    }
}
