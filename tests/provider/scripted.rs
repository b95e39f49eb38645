//! Tables of patterns.

use keelmark::provider::{FaultClass, Finish, Message, Request, Timing, Usage};
use keelmark::registry::model::Api;

use crate::support::{Setup, asked};

const TABLE: &str = r#"answers:
  - {when: {case_id: FAQ-001}, text: "See KB-42 steps"}
  - {when: {case_id: 7}, text: seven, model: other, finish: blocked}
  - {when: {contains: "Reset password", prompt_contains: Be brief}, text: Ask, latency_ms: 340, usage: {input: 120, output: 20}}
  - {when: {matches: "(?i)refund .* (\\d+) days"}, json: {citations: ["doc://kb/101"], answer: "30", confidence: 0.9}}
  - {when: {contains: flaky}, texts: ["yes", "no"]}
default: {text: "I do not know"}
"#;

#[test]
fn the_first_answer_that_fits_counts() {
    let provider = Setup::with_file(Api::Scripted, TABLE).opened();
    let json = r#"{"answer":"30","citations":["doc://kb/101"],"confidence":0.9}"#;
    let cases = [
        (asked("FAQ-001", "a refund in 30 days"), "See KB-42 steps"),
        (asked("7", ""), "seven"),
        (asked("a", "A REFUND within 30 days"), json),
        (asked("a", "Reset password"), "I do not know"),
        (asked("a", "it is flaky"), "yes"),
        (Request { repeat: 1, ..asked("a", "it is flaky") }, "no"),
        (Request { repeat: 2, ..asked("a", "it is flaky") }, "yes"),
        (asked("FAQ-0011", ""), "I do not know"),
        (Request::default(), "I do not know"),
    ];
    for (request, text) in cases {
        let answer = provider.complete(&request).expect("a default");
        assert_eq!(answer.text, text, "{request:?}");
        assert_eq!(answer.timing, Timing::Recorded);
    }
    let answer = provider.complete(&asked("7", "")).expect("an answer");
    assert_eq!((answer.model.as_deref(), answer.finish), (Some("other"), Finish::Blocked));
    assert!(!provider.is_live());
}

#[test]
fn an_edited_prompt_is_told_from_the_published_one() {
    let provider = Setup::with_file(Api::Scripted, TABLE).opened();
    let mut request = asked("a", "Reset password");
    let system = Message { role: "system".to_owned(), content: "Be brief.".to_owned() };
    request.messages.insert(0, system);
    let answer = provider.complete(&request).expect("an answer");
    assert_eq!(answer.text, "Ask");
    assert_eq!(answer.latency_ms, Some(340.0));
    let usage = Usage { input_tokens: 120, output_tokens: 20, cached_input_tokens: 0 };
    assert_eq!(answer.usage, Some(usage));
    request.messages[0].content = "Reset password. Be brief.".to_owned();
    request.messages[1].content = "Hello".to_owned();
    let answer = provider.complete(&request).expect("an answer");
    assert_eq!(answer.text, "I do not know", "`contains` is about the user's message alone");
}

#[test]
fn without_a_default_what_fits_nothing_is_not_recorded() {
    let table = "answers:\n  - {when: {contains: a}, text: b}\n";
    let provider = Setup::with_file(Api::Scripted, table).opened();
    let fault = provider.complete(&asked("c", "x")).expect_err("nothing fits");
    assert_eq!(fault.class(), FaultClass::NotRecorded);
    assert!(fault.to_string().contains("`c`"), "{fault}");
}

#[test]
fn bad_tables_are_named_with_line_and_column() {
    let cases = [
        ("", "1:1: "),
        ("[]", "1:1: expected a map"),
        ("{}", "1:1: no answers"),
        ("answers: []", "1:1: no answers"),
        ("answers: 1", "1:10: expected a list"),
        ("answer: []", "1:1: unknown key `answer`; did you mean `answers`?"),
        ("default: {txt: a}", "1:11: unknown key `txt`; did you mean `text`?"),
        ("default: {text: a, zzz: 1}", "1:20: unknown key `zzz`; known are `text`, `json`"),
        ("default: {text: a, when: {case_id: b}}", "1:20: unknown key `when`"),
        ("default: {}", "1:10: an answer has one of `text`, `json` and `texts`"),
        ("default: {text: a, json: {}}", "1:10: an answer has one of"),
        ("default: {text: [a]}", "1:17: expected a text"),
        ("default: {texts: []}", "1:18: expected a list of texts"),
        ("default: {texts: [a, {}]}", "1:22: expected a text"),
        ("default: {text: a, finish: end}", "1:28: expected `stop`"),
        ("default: {text: a, latency_ms: -1}", "1:32: expected milliseconds"),
        ("default: {text: a, latency_ms: fast}", "1:32: expected milliseconds"),
        ("default: {text: a, usage: {input: 1.5}}", "1:35: expected a number of tokens"),
        (
            "default: {text: a, usage: {inputs: 1}}",
            "1:28: unknown key `inputs`; did you mean `input`?",
        ),
        ("answers:\n  - {text: a}", "2:5: an answer without `when`"),
        ("answers:\n  - {text: a, when: {}}", "2:21: an empty `when`"),
        (
            "answers:\n  - {text: a, when: {case: b}}",
            "2:22: unknown key `case`; did you mean `case_id`?",
        ),
        (
            "answers:\n  - text: a\n    when: {matches: '(a'}",
            "3:21: not a regular expression: unclosed group",
        ),
        ("default: {text: a, text: b}", "1:20: "),
        ("default: {text: a", "1:"),
        ("default: {text: a}\n---\ndefault: {text: b}", "2:1: "),
    ];
    for (table, said) in cases {
        let fault = Setup::with_file(Api::Scripted, table).refused();
        assert!(fault.starts_with(&format!("answers:{said}")), "{table}: {fault}");
    }
}
