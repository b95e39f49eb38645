//! Messages.

use keelmark::provider::{Fault, FaultClass, Finish, Message, Request, Timing, Usage};
use keelmark::registry::model::Api;
use keelmark::registry::prompt::{Parameters, Tool};
use serde_json::json;

use crate::server::{Reply, Server};
use crate::support::{KEY, Setup, asked};

const OK: &str = r#"{"content":[{"type":"text","text":"Hi"}],"stop_reason":"end_turn"}"#;

#[test]
fn a_question_is_sent_whole_and_its_answer_is_read_whole() {
    let server = Server::start(vec![Reply::ok(
        r#"{"id":"m","type":"message","role":"assistant","model":"claude-1","content":[
            {"type":"thinking","thinking":"x"},{"type":"text","text":"a"},{"type":"text","text":"b"}],
            "stop_reason":"end_turn","usage":{"input_tokens":10,"output_tokens":3,
            "cache_read_input_tokens":7,"cache_creation_input_tokens":2}}"#,
    )]);
    let message =
        |role: &str, content: &str| Message { role: role.into(), content: content.into() };
    let request = Request {
        messages: vec![
            message("system", "Be brief"),
            message("user", "Hi"),
            message("assistant", "Yes?"),
            message("developer", "Be kind"),
            message("user", "Help"),
        ],
        parameters: Parameters {
            temperature: Some(0.5),
            top_k: Some(3),
            stop: vec!["END".to_owned()],
            max_output_tokens: Some(99),
            ..Parameters::default()
        },
        tools: vec![Tool { name: "lookup".to_owned(), ..Tool::default() }],
        ..asked("a", "")
    };
    let answer =
        Setup::at(Api::Anthropic, &server.url()).opened().complete(&request).expect("an answer");
    assert_eq!((answer.text.as_str(), answer.finish), ("ab", Finish::Stop));
    assert_eq!(answer.model.as_deref(), Some("claude-1"));
    let usage = Usage { input_tokens: 19, output_tokens: 3, cached_input_tokens: 7 };
    assert_eq!(answer.usage, Some(usage));
    assert_eq!((answer.latency_ms, answer.timing), (Some(5.0), Timing::Live));
    let received = server.only();
    assert_eq!(received.line, "POST /v1/messages HTTP/1.1");
    assert_eq!(received.headers["x-api-key"], KEY);
    assert_eq!(received.headers["anthropic-version"], "2023-06-01");
    assert!(!received.headers.contains_key("authorization"));
    let expected = json!({
        "model": "test-model",
        "max_tokens": 99,
        "system": "Be brief\n\nBe kind",
        "messages": [
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": "Yes?"},
            {"role": "user", "content": "Help"},
        ],
        "temperature": 0.5,
        "top_k": 3,
        "stop_sequences": ["END"],
        "tools": [{"name": "lookup", "input_schema": {"type": "object"}}],
    });
    assert_eq!(received.body, expected);
}

#[test]
fn a_schema_becomes_a_tool_whose_input_is_the_answer() {
    let server = Server::start(vec![Reply::ok(
        r#"{"content":[{"type":"text","text":"Here:"},
            {"type":"tool_use","id":"1","name":"answer","input":{"a":1}}],"stop_reason":"tool_use"}"#,
    )]);
    let provider = Setup::at(Api::Anthropic, &server.url()).opened();
    let schema = json!({"type": "object", "required": ["a"]});
    let request = Request { schema: Some(schema.clone()), ..asked("a", "b") };
    let answer = provider.complete(&request).expect("an answer");
    assert_eq!((answer.text.as_str(), answer.finish), (r#"{"a":1}"#, Finish::Stop));
    let body = server.only().body;
    assert_eq!(body["tools"][0]["input_schema"], schema);
    assert_eq!(body["tool_choice"], json!({"type": "tool", "name": "answer"}));
    assert_eq!(body["max_tokens"], 1_024);
}

#[test]
fn every_form_of_answer_is_understood() {
    let text = r#"[{"type":"text","text":"a"}]"#;
    let called = r#"[{"type":"tool_use","id":"1","name":"answer","input":{"a":1}}]"#;
    let cases = [
        (text, "stop_sequence", "a", Finish::Stop),
        (text, "max_tokens", "a", Finish::Length),
        (text, "refusal", "a", Finish::Blocked),
        (text, "pause_turn", "a", Finish::Other),
        ("[]", "refusal", "", Finish::Blocked),
        ("[]", "end_turn", "", Finish::Stop),
        (called, "tool_use", r#"[{"name":"answer","arguments":{"a":1}}]"#, Finish::ToolCalls),
    ];
    for (content, reason, text, finish) in cases {
        let body = format!(r#"{{"content":{content},"stop_reason":"{reason}"}}"#);
        let server = Server::start(vec![Reply::ok(&body)]);
        let provider = Setup::at(Api::Anthropic, &server.url()).opened();
        let answer = provider.complete(&asked("a", "b")).expect(reason);
        assert_eq!((answer.text.as_str(), answer.finish), (text, finish), "{body}");
    }
    for body in ["[]", "{}", r#"{"content":[]}"#, r#"{"content":"a"}"#, "{"] {
        let server = Server::start(vec![Reply::ok(body)]);
        let provider = Setup::at(Api::Anthropic, &server.url()).opened();
        let fault = provider.complete(&asked("a", "b")).expect_err(body);
        assert!(matches!(fault, Fault::BadAnswer { .. }), "{fault:?}");
    }
}

#[test]
fn what_the_protocol_has_no_field_for_is_not_left_out() {
    let server = Server::start(vec![Reply::ok(OK)]);
    let provider = Setup::at(Api::Anthropic, &server.url()).opened();
    let mut seeded = asked("a", "b");
    seeded.parameters.seed = Some(1);
    let mut tool = asked("a", "b");
    tool.messages[0].role = "tool".to_owned();
    let cases = [
        (seeded, "anthropic has no parameter `seed`"),
        (tool, "anthropic has no messages of the role `tool`"),
    ];
    for (request, said) in cases {
        let fault = provider.complete(&request).expect_err(said);
        assert_eq!((fault.to_string().as_str(), fault.class()), (said, FaultClass::Configuration));
    }
    let fault = provider.embed(&["a".to_owned()]).expect_err("no embeddings");
    assert_eq!(fault.to_string(), "anthropic has no embeddings");
    assert!(server.received().is_empty());
}
