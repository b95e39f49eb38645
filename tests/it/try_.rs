//! `keelmark try`.

use std::process::Stdio;

use crate::support::TestRepo;

/// The prompt that is tried.
pub(crate) const ASK: &str = "registry/prompts/ask/prompt.yaml";
/// Its template.
pub(crate) const ASK_TEXT: &str = "registry/prompts/ask/template.md";
/// The answers of its model.
pub(crate) const ANSWERS: &str = "registry/models/m/answers.yaml";
/// The cases of its suite.
pub(crate) const CASES: &str = "registry/suites/golden/cases.csv";

/// The header of cases, with two cases below it.
const TWO_CASES: &str = "case_id,domain,input,expected,metric,pass_bar,guardrails,notes\nFAQ-001,faq,Where is my refund?,See KB-42,contains,1,no_pii,\nFAQ-002,faq,Reset my password,See KB-7,contains,1,,\n";

/// A published prompt, a suite of two cases, and a model with this manifest.
pub(crate) fn registry(config: &str, model: &str) -> TestRepo {
    let repo = TestRepo::init();
    repo.write("keelmark.yaml", format!("version: 1\n{config}"))
        .write(
            ASK,
            "id: ask\nversion: 1.0.0\nowner: team\nschema:\n  inputs: [question]\n  outputs: [answer]\nchangelog:\n  - \"1.0.0: first version\"\n",
        )
        .write(ASK_TEXT, "Answer: {{ question }}\n")
        .write("registry/models/m/model.yaml", format!("id: m\nversion: 1.0.0\nowner: team\n{model}"))
        .write(
            "registry/suites/golden/suite.yaml",
            "id: golden\nversion: 1.0.0\nowner: team\ncases: cases.csv\ntarget: prompt/ask\nbind: {question: input}\nmodels: [model/m]\n",
        )
        .write(CASES, TWO_CASES);
    repo
}

/// The same with a table of answers: the published prompt refers to KB-42, one that says
/// `Be brief` does not.
fn scripted() -> TestRepo {
    let repo = registry("", "provider: {api: scripted, file: answers.yaml}\n");
    repo.write(
        ANSWERS,
        "answers:\n  - {when: {prompt_contains: Be brief}, text: \"Refunds take 14 days.\", latency_ms: 120, usage: {input: 9, output: 5}}\n  - {when: {prompt_contains: Be evil}, text: \"\\e[2J::error::gone \\u202e\\n::warning::x mail ada@example.com\"}\ndefault: {text: \"Refunds take 30 working days. See KB-42.\", latency_ms: 340}\n",
    );
    repo.stage(".").commit("publish");
    repo
}

fn brief(repo: &TestRepo) {
    repo.edit(ASK_TEXT, "Answer:", "Be brief. Answer:");
}

#[test]
fn my_answer_stands_beside_the_published_one_with_its_scores() {
    let repo = scripted();
    brief(&repo);
    let said = repo.keelmark(&["try", "ask", "--case", "FAQ-001"]).is(0);
    assert_eq!(
        said.out,
        "prompt/ask with model/m, case FAQ-001 of suite/golden\n\n\
         ── published 1.0.0\n\
         Refunds take [-30 working-] days.[- See KB-42.-]\n\
         ── mine 1.0.0\n\
         Refunds take {+14+} days.\n\n\
         \x20              published      mine\n\
         came           recorded       recorded\n\
         latency        (340 ms then)  (120 ms then)\n\
         cost           unknown        unknown\n\
         tokens                        9 in, 5 out\n\
         schema valid   no             no\n\
         no_pii         clear          clear\n\
         contains >= 1  1              0\n\
         case           pass           fail\n\
         published, schema valid: the answer is no JSON object\n\
         mine, schema valid: the answer is no JSON object\n\
         mine, case: contains is 0, the bar is >= 1\n",
        "{said}"
    );
    let wide =
        repo.keelmark_with(&["try", "ask", "--case", "FAQ-001"], &[("COLUMNS", "100")]).is(0);
    assert!(wide.out.contains("│ ── published 1.0.0"), "{wide}");
    let row = wide.out.lines().find(|line| line.contains("[-30 working-]")).expect("a row");
    assert!(row.contains("{+14+}"), "{wide}");
}

#[test]
fn the_json_document_has_both_answers_redacted() {
    let repo = scripted();
    repo.edit(ASK_TEXT, "Answer:", "Be evil. Answer:");
    let document = repo.json(0, &["try", "ask", "--case", "FAQ-001"]);
    assert_eq!(document["same_prompt"], false);
    assert_eq!(document["model"], "model/m");
    assert_eq!(document["published"]["verdict"]["outcome"], "pass");
    assert_eq!(document["published"]["latency_ms"], 340.0);
    let mine = &document["mine"];
    let answer = mine["answer"].as_str().expect("an answer");
    assert!(!answer.contains("ada@example.com"), "{answer}");
    assert_eq!(mine["redactions"].as_object().map(serde_json::Map::len), Some(1), "{mine:#}");
    assert_eq!(mine["guardrails"][0]["hit"], true, "{mine:#}");
    assert_eq!(mine["verdict"]["outcome"], "fail");
}

#[test]
fn a_hostile_answer_reaches_no_terminal_raw() {
    let repo = scripted();
    repo.edit(ASK_TEXT, "Answer:", "Be evil. Answer:");
    // Every run of the desk is searched for raw control characters.
    for columns in ["80", "120"] {
        let words = ["try", "ask", "--case", "FAQ-001"];
        let said = repo.keelmark_with(&words, &[("COLUMNS", columns)]).is(0).says("\\u{1b}[2J");
        assert!(!said.out.lines().any(|line| line.trim_start().starts_with("::")), "{said}");
        assert!(!said.out.contains("ada@example.com"), "stdout is no terminal\n{said}");
    }
}

#[test]
fn an_unchanged_prompt_is_asked_once_and_a_new_one_stands_alone() {
    let repo = scripted();
    repo.keelmark(&["try", "ask", "--case", "FAQ-001"])
        .is(0)
        .says("same as published 1.0.0: asked once")
        .leaves_out("── published");
    let document = repo.json(0, &["try", "ask", "--case", "FAQ-001"]);
    assert_eq!(document["same_prompt"], true);
    assert_eq!(document["published"], document["mine"]);
    repo.write(
        "registry/prompts/fresh/prompt.yaml",
        "id: fresh\nversion: 0.1.0\nowner: team\nschema:\n  inputs: []\n  outputs: [answer]\nmodel: model/m\n",
    )
    .write("registry/prompts/fresh/template.md", "Say hello\n");
    repo.keelmark(&["try", "fresh"]).is(1).says("git add registry/prompts/fresh/template.md");
    repo.stage(".");
    repo.keelmark(&["try", "fresh"]).is(0).says("there is no published version").says("mine 0.1.0");
    assert!(repo.json(0, &["try", "fresh"])["published"].is_null());
}

#[test]
fn a_renamed_prompt_is_compared_with_what_it_was() {
    let repo = scripted();
    repo.keelmark(&["mv", "ask", "inquire"]).is(0);
    repo.stage(".");
    repo.edit("registry/prompts/inquire/template.md", "Answer:", "Be brief. Answer:");
    repo.keelmark(&["try", "inquire", "--case", "FAQ-001"]).is(0).says("{+14+}");
}

#[test]
fn inputs_may_be_typed_and_what_is_missing_is_said_as_render_says_it() {
    let repo = scripted();
    brief(&repo);
    let document = repo.json(0, &["try", "ask", "--var", "question=Why?"]);
    assert!(document["case"].is_null() && document["mine"]["verdict"].is_null(), "{document:#}");
    assert_eq!(document["mine"]["schema_valid"], false);
    repo.write("inputs.yaml", "question: Why?\n");
    repo.keelmark(&["try", "ask", "--vars", "inputs.yaml"]).is(0).says("{+14+}");
    // Without any input the first case of the suite is asked.
    repo.keelmark(&["try", "ask"]).is(0).says("case FAQ-001 of suite/golden");
    repo.edit(ASK, "[question]", "[question, tone]");
    repo.keelmark(&["try", "ask", "--var", "question=Why?"])
        .is(2)
        .says("required inputs have no value: --var tone=…");
    // What only the new prompt takes is no matter to the published one.
    repo.keelmark(&["try", "ask", "--var", "question=Why?", "--var", "tone=firm"])
        .is(0)
        .says("{+14+}");
    repo.keelmark(&["try", "ask", "--case", "FAQ-001"])
        .is(2)
        .says("`tone` of `prompt/ask` has no value")
        .says("nothing was sent");
    repo.keelmark(&["try", "ask", "--var", "mood=bad"]).is(2).says("`mood` is no input");
}

#[test]
fn a_published_prompt_that_cannot_take_the_inputs_is_said_so_beside_mine() {
    let repo = scripted();
    repo.edit(ASK, "[question]", "[query]").edit(ASK_TEXT, "question", "query");
    let said = repo.keelmark(&["try", "ask", "--var", "query=Why?", "--model", "model/m"]).is(0);
    assert!(said.out.contains("no answer"), "{said}");
    said.says("required inputs have no value: question");
}

#[test]
fn cases_and_suites_that_are_not_there_are_named_with_the_closest() {
    let repo = scripted();
    repo.keelmark(&["try", "ask", "--case", "FAQ-01"]).is(2).says("did you mean `FAQ-001`?");
    repo.keelmark(&["try", "ask", "--case", "nothing-like-it"]).is(2).says("keelmark list suite");
    repo.keelmark(&["try", "model/m"]).is(2).says("is no prompt");
    repo.keelmark(&["try", "ask@1.0.0"]).is(2).says("--base REV");
    let suite = repo.read("registry/suites/golden/suite.yaml");
    repo.write("registry/suites/second/suite.yaml", suite.replace("golden", "second"))
        .write("registry/suites/second/cases.csv", TWO_CASES);
    repo.keelmark(&["try", "ask", "--case", "FAQ-001"])
        .is(2)
        .says("`suite/golden` and `suite/second`")
        .says("--suite");
    repo.keelmark(&["try", "ask", "--case", "FAQ-001", "--suite", "second"]).is(0);
    repo.keelmark(&["try", "ask", "--var", "question=Why?"]).is(2).says("--model");
    repo.keelmark(&["try", "ask", "--var", "question=Why?", "--model", "m"]).is(0);
}

#[test]
fn a_prompt_that_cannot_be_understood_is_shown_with_the_line() {
    let repo = scripted();
    repo.edit(ASK, "owner: team", "owner: team\nowner: [");
    repo.keelmark(&["try", "ask", "--case", "FAQ-001"])
        .is(1)
        .says("prompt.yaml:")
        .says("cannot be read");
    repo.edit(ASK, "owner: team\nowner: [", "owner: team\nengine: jinjaa");
    repo.keelmark(&["try", "ask", "--case", "FAQ-001"]).is(1).says("engine");
    repo.edit(ASK, "owner: team\nengine: jinjaa", "owner: team");
    repo.edit(ASK_TEXT, "{{ question }}", "{{ question");
    repo.keelmark(&["try", "ask", "--case", "FAQ-001"]).is(1).says("template.md:1:");
}

/// A program that answers, and writes down that it was asked.
pub(crate) const PROVIDER: &str = r#"import json, sys
for line in sys.stdin:
    request = json.loads(line)
    with open("asked.log", "a") as log:
        log.write(request["case_id"] + "\n")
    text = " ".join(message["content"] for message in request["messages"])
    answer = "no" if "Be brief" in text else "See KB-42"
    print(json.dumps({"text": answer, "usage": {"input": 10, "output": 2}}), flush=True)
"#;

/// A model that is a program, with prices.
pub(crate) const PROGRAM_MODEL: &str = "provider: {api: command, program: python3, args: [provider.py]}\npricing: {input_per_mtok_usd: 1.0, output_per_mtok_usd: 2.0}\n";
/// The configuration that lets it run.
pub(crate) const PROGRAM_TRUST: &str = "trust: {commands: [python3]}\n";

#[test]
fn answers_are_cached_and_offline_only_they_are_had() {
    let repo = registry(PROGRAM_TRUST, PROGRAM_MODEL);
    repo.write("provider.py", PROVIDER).stage(".").commit("publish");
    repo.keelmark(&["try", "ask", "--case", "FAQ-001", "--offline"])
        .is(3)
        .says("(no answer: no answer is cached for `FAQ-001`");
    let missed = repo.json(3, &["try", "ask", "--case", "FAQ-001", "--offline"]);
    assert_eq!(missed["mine"]["fault"]["class"], "not_recorded");
    repo.keelmark(&["try", "ask", "--case", "FAQ-001"]).is(0).says("live").says("$0.000014");
    brief(&repo);
    repo.keelmark(&["try", "ask", "--case", "FAQ-001"])
        .is(0)
        .says("from the cache live")
        .says("[-See KB-42-]");
    assert_eq!(repo.read("asked.log").lines().count(), 2);
    repo.keelmark(&["try", "ask", "--case", "FAQ-001", "--offline"]).is(0);
    // The other side of the comparison is missing, and that is no answer either.
    repo.edit(ASK_TEXT, "Be brief", "Be very brief");
    repo.keelmark(&["try", "ask", "--case", "FAQ-001", "--offline"]).is(3).says("nearest cached");
    assert_eq!(repo.read("asked.log").lines().count(), 2);
}

#[test]
fn watching_asks_again_after_a_change_and_ends_on_an_interrupt_with_130() {
    let repo = scripted();
    let mut command = std::process::Command::new(crate::desk::program());
    crate::support::hermetic(&mut command, &repo.beside(""));
    let child = command
        .args(["try", "ask", "--case", "FAQ-001", "--watch"])
        .current_dir(repo.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let mut child = child.expect("started");
    let mut lines =
        std::io::BufRead::lines(std::io::BufReader::new(child.stdout.take().expect("a pipe")));
    let mut wait_for = |words: &str| {
        let found =
            lines.by_ref().map(|line| line.expect("UTF-8")).find(|line| line.contains(words));
        assert!(found.is_some(), "{words}");
    };
    wait_for("same as published");
    wait_for("case");
    brief(&repo);
    wait_for("{+14+}");
    let pid = child.id().to_string();
    let killed = std::process::Command::new("kill").args(["-INT", &pid]).status();
    assert!(killed.expect("kill").success());
    assert_eq!(child.wait().expect("an ending").code(), Some(130));
    repo.keelmark(&["try", "nothing", "--watch"]).is(2).says("no entry `nothing`");
}
