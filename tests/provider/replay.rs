//! Recorded answers.

use keelmark::provider::{FaultClass, Finish, Request, Timing, Usage};
use keelmark::registry::model::Api;

use crate::support::{Setup, asked};

const LINES: &str = concat!(
    "\u{feff}{\"case_id\":\"FAQ-001\",\"response\":\"See KB-42\",\"latency_ms\":812.5,",
    "\"usage\":{\"input_tokens\":12,\"output_tokens\":5},\"model\":\"m-1\"}\r\n",
    "\n",
    "{\"response\":{\"b\":1,\"a\":[true]},\"case_id\":\"FAQ-002\",\"finish\":\"blocked\"}\n",
    "{\"case_id\":\"FAQ-001\",\"response\":\"Again\",\"repeat\":1,\"usage\":{\"input\":1,\"output\":2}}",
);

#[test]
fn recorded_answers_are_given_as_they_were() {
    let provider = Setup::with_file(Api::Replay, LINES).opened();
    let answer = provider.complete(&asked("FAQ-001", "")).expect("recorded");
    assert_eq!((answer.text.as_str(), answer.finish), ("See KB-42", Finish::Stop));
    assert_eq!((answer.latency_ms, answer.timing), (Some(812.5), Timing::Recorded));
    assert_eq!(answer.model.as_deref(), Some("m-1"));
    let usage = Usage { input_tokens: 12, output_tokens: 5, cached_input_tokens: 0 };
    assert_eq!(answer.usage, Some(usage));
    let answer = provider.complete(&asked("FAQ-002", "")).expect("recorded");
    assert_eq!((answer.text.as_str(), answer.finish), (r#"{"a":[true],"b":1}"#, Finish::Blocked));
    assert_eq!((answer.latency_ms, answer.model.as_deref()), (None, Some("test-model")));
    let again = Request { repeat: 1, ..asked("FAQ-001", "") };
    assert_eq!(provider.complete(&again).expect("recorded").text, "Again");
    assert!(!provider.is_live());
}

#[test]
fn what_is_not_recorded_is_named_with_what_comes_nearest() {
    let provider = Setup::with_file(Api::Replay, LINES).opened();
    let cases = [
        (
            asked("FAQ-0O2", ""),
            "no answer is recorded for the case `FAQ-0O2`, repeat 0: the nearest is `FAQ-002`",
        ),
        (
            Request { repeat: 2, ..asked("FAQ-001", "") },
            "no answer is recorded for the case `FAQ-001`, repeat 2: there are answers for repeat 0, 1",
        ),
    ];
    for (request, said) in cases {
        let fault = provider.complete(&request).expect_err(said);
        assert_eq!((fault.to_string().as_str(), fault.class()), (said, FaultClass::NotRecorded));
    }
    assert!(provider.embed(&["a".to_owned()]).is_err());
}

#[test]
fn bad_lines_are_named_with_line_and_column() {
    let good = r#"{"case_id":"a","response":"b"}"#;
    let cases = [
        (r#"{"case_id":"ä","answer":"b"}"#, 2, 23, "unknown field `answer`"),
        (r#"{"case_id":"c"}"#, 2, 15, "missing field `response`"),
        (r#"{"case_id":7,"response":"b"}"#, 2, 12, "expected a string"),
        (r#"{"case_id":"c","response":7}"#, 2, 1, "`response` is neither text nor JSON"),
        (r#"{"case_id":"c","response":null}"#, 2, 1, "`response` is neither text nor JSON"),
        (r#"{"case_id":"c","response":"b","repeat":-1}"#, 2, 41, "invalid value"),
        (r#"{"case_id":"c","response":"b","latency_ms":-1}"#, 2, 1, "`latency_ms` is negative"),
        (r#"{"case_id":"c","response":"b","finish":"end"}"#, 2, 44, "unknown variant `end`"),
        (r#"{"case_id":"c","response":"b","usage":{"in":1}}"#, 2, 43, "unknown field `in`"),
        (r#"{"case_id":"c","case_id":"d","response":"b"}"#, 2, 24, "duplicate field"),
        (r#"{"case_id":"a","response":"c"}"#, 2, 1, "two answers for repeat 0"),
        (r#"{"case_id":"c","response":"b"} {}"#, 2, 32, "trailing characters"),
        (r#"{"case_id":"c","response":"b"#, 2, 28, "EOF"),
        ("case_id,response", 2, 1, "expected value"),
    ];
    for (line, row, column, reason) in cases {
        let said = Setup::with_file(Api::Replay, &format!("{good}\n{line}\n{good}")).refused();
        assert!(said.contains(reason), "{line}: {said}");
        assert!(said.starts_with(&format!("answers:{row}:{column}: ")), "{line}: {said}");
    }
    for empty in ["", "\n\n", "\u{feff}"] {
        assert_eq!(Setup::with_file(Api::Replay, empty).refused(), "answers:1:1: no answers");
    }
}

#[test]
fn a_line_has_a_limit() {
    let line = format!(r#"{{"case_id":"a","response":"{}"}}"#, "x".repeat(10_000_000));
    let said = Setup::with_file(Api::Replay, &line).refused();
    assert_eq!(said, "answers:1:1: a line of more than 10000000 bytes");
}

#[test]
fn many_lines_are_read_and_the_nearest_is_still_found() {
    let lines: Vec<_> = (0..5_000)
        .map(|n| format!("{{\"case_id\":\"case-{n:05}\",\"response\":\"{n}\"}}"))
        .collect();
    let lines = lines.join("\n");
    let provider = Setup::with_file(Api::Replay, &lines).opened();
    assert_eq!(provider.complete(&asked("case-04999", "")).expect("recorded").text, "4999");
    let fault = provider.complete(&asked("case-04998x", "")).expect_err("not recorded");
    assert!(fault.to_string().ends_with("the nearest is `case-04998`"), "{fault}");
}

#[test]
fn other_recordings_have_another_identity() {
    let one = Setup::with_file(Api::Replay, LINES).opened().identity();
    let same = Setup::with_file(Api::Replay, LINES).opened().identity();
    let other = Setup::with_file(Api::Replay, &format!("{LINES}\n")).opened().identity();
    assert_eq!(one, same);
    assert_ne!(one, other);
}
