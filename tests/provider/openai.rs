//! Chat completions and embeddings.

use keelmark::provider::{Fault, Finish, Message, Request, Timing, Usage};
use keelmark::registry::model::Api;
use keelmark::registry::prompt::{Parameters, Tool};
use serde_json::json;

use crate::server::{Reply, Server};
use crate::support::{KEY, Setup, asked};

/// A minimal answer.
pub(crate) const OK: &str =
    r#"{"choices":[{"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}]}"#;

#[test]
fn a_question_is_sent_whole_and_its_answer_is_read_whole() {
    let server = Server::start(vec![Reply::ok(
        r#"{"id":"x","model":"test-model-1","system_fingerprint":"fp_1","choices":[{"index":0,
            "message":{"role":"assistant","content":"See KB-42","refusal":null,"tool_calls":null},
            "finish_reason":"stop"}],"usage":{"prompt_tokens":12,"completion_tokens":5,
            "total_tokens":17,"prompt_tokens_details":{"cached_tokens":4}}}"#,
    )]);
    let setup = Setup::at(Api::Openai, &format!("{}/v1/", server.url()));
    let request = Request {
        messages: vec![
            Message { role: "system".to_owned(), content: "Be brief".to_owned() },
            Message { role: "user".to_owned(), content: "Reset \"password\"\n".to_owned() },
        ],
        parameters: Parameters {
            temperature: Some(0.0),
            top_p: Some(0.5),
            stop: vec!["END".to_owned()],
            seed: Some(-7),
            max_output_tokens: Some(400),
            ..Parameters::default()
        },
        tools: vec![Tool {
            name: "lookup".to_owned(),
            description: Some("Looks up".to_owned()),
            parameters: Some(json!({"type": "object"})),
            ..Tool::default()
        }],
        schema: Some(json!({"type": "object"})),
        ..asked("FAQ-001", "")
    };
    let answer = setup.opened().complete(&request).expect("an answer");
    assert_eq!(answer.text, "See KB-42");
    assert_eq!(answer.finish, Finish::Stop);
    assert_eq!(answer.model.as_deref(), Some("test-model-1"));
    assert_eq!(answer.fingerprint.as_deref(), Some("fp_1"));
    let usage = Usage { input_tokens: 12, output_tokens: 5, cached_input_tokens: 4 };
    assert_eq!(answer.usage, Some(usage));
    assert_eq!((answer.latency_ms, answer.timing), (Some(5.0), Timing::Live));
    let received = server.only();
    assert_eq!(received.line, "POST /v1/chat/completions HTTP/1.1");
    assert_eq!(received.headers["authorization"], format!("Bearer {KEY}"));
    assert_eq!(received.headers["content-type"], "application/json");
    let function =
        json!({"name": "lookup", "description": "Looks up", "parameters": {"type": "object"}});
    let format = json!({"name": "answer", "schema": {"type": "object"}});
    let expected = json!({
        "model": "test-model",
        "messages": [
            {"role": "system", "content": "Be brief"},
            {"role": "user", "content": "Reset \"password\"\n"},
        ],
        "temperature": 0.0,
        "top_p": 0.5,
        "stop": ["END"],
        "seed": -7,
        "max_tokens": 400,
        "tools": [{"type": "function", "function": function}],
        "response_format": {"type": "json_schema", "json_schema": format},
    });
    assert_eq!(received.body, expected);
}

#[test]
fn what_is_not_asked_for_is_not_sent() {
    let server = Server::start(vec![Reply::ok(OK)]);
    let mut setup = Setup::at(Api::Openai, &server.url());
    setup.trust("127.0.0.1", None);
    setup.opened().complete(&asked("a", "Hi")).expect("an answer");
    let received = server.only();
    assert!(!received.headers.contains_key("authorization"));
    let expected = json!({"model": "test-model", "messages": [{"role": "user", "content": "Hi"}]});
    assert_eq!(received.body, expected);
}

#[test]
fn every_form_of_answer_is_understood() {
    let cases = [
        (r#"{"content":"a"},"finish_reason":"length""#, "a", Finish::Length),
        (r#"{"content":""},"finish_reason":"length""#, "", Finish::Length),
        (r#"{"content":null},"finish_reason":"content_filter""#, "", Finish::Blocked),
        (
            r#"{"content":null,"refusal":"I cannot"},"finish_reason":"stop""#,
            "I cannot",
            Finish::Blocked,
        ),
        (r#"{"content":"a"}"#, "a", Finish::Other),
        (
            r#"{"content":[{"type":"text","text":"a"},{"type":"image"},{"type":"text","text":"b"}]},"finish_reason":"stop""#,
            "ab",
            Finish::Stop,
        ),
        (
            r#"{"content":null,"tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":"{\"a\": 1}"}},{"function":{"name":"g","arguments":"{"}}]},"finish_reason":"tool_calls""#,
            r#"[{"name":"f","arguments":{"a":1}},{"name":"g","arguments":"{"}]"#,
            Finish::ToolCalls,
        ),
    ];
    for (choice, text, finish) in cases {
        let body = format!(r#"{{"choices":[{{"message":{choice}}}]}}"#);
        let server = Server::start(vec![Reply::ok(&body)]);
        let provider = Setup::at(Api::Openai, &server.url()).opened();
        let answer = provider.complete(&asked("a", "b")).expect(choice);
        assert_eq!((answer.text.as_str(), answer.finish), (text, finish), "{choice}");
        assert_eq!((answer.model, answer.usage), (None, None));
    }
}

#[test]
fn what_is_no_answer_is_named() {
    let cases = [
        ("<html>Not here</html>", "expected value"),
        (r#"{"choices":[{"message":{"content":"a""#, "EOF"),
        (r#"{"object":"list"}"#, "missing field `choices`"),
        (r#"{"error":{"message":"model overloaded"}}"#, "model overloaded"),
        (r#"{"choices":[]}"#, "no choices"),
        (r#"{"choices":[{"finish_reason":"stop"}]}"#, "missing field `message`"),
        (r#"{"choices":[{"message":{"content":null},"finish_reason":"stop"}]}"#, "without content"),
        (r#"{"choices":[{"message":{"content":7}}]}"#, "did not match"),
        ("", "EOF"),
        ("\u{0}\u{1b}[31m", "expected value"),
    ];
    for (body, reason) in cases {
        let server = Server::start(vec![Reply::ok(body)]);
        let provider = Setup::at(Api::Openai, &server.url()).opened();
        let fault = provider.complete(&asked("a", "b")).expect_err(body);
        assert!(matches!(fault, Fault::BadAnswer { .. }), "{fault:?}");
        let said = fault.to_string();
        assert!(said.contains(reason), "{said}");
        assert!(!said.contains(|c: char| c.is_control()), "{said:?}");
    }
}

#[test]
fn an_excerpt_is_short_and_without_the_key() {
    let body = format!("{KEY} {}", "long ".repeat(10_000));
    let server = Server::start(vec![Reply::ok(&body)]);
    let provider = Setup::at(Api::Openai, &server.url()).opened();
    let said = provider.complete(&asked("a", "b")).expect_err("no JSON").to_string();
    assert!(said.len() < 500 && !said.contains(KEY), "{said}");
}

#[test]
fn vectors_come_in_the_order_of_their_texts() {
    let body = r#"{"data":[{"index":1,"embedding":[0,1.5]},{"index":0,"embedding":[1,-2e-1]}]}"#;
    let server = Server::start(vec![Reply::ok(body)]);
    let provider = Setup::at(Api::Openai, &server.url()).opened();
    let texts = ["a".to_owned(), "b".to_owned()];
    let vectors = provider.embed(&texts).expect("vectors");
    assert_eq!(vectors, [vec![1.0, -0.2], vec![0.0, 1.5]]);
    let received = server.only();
    assert_eq!(received.line, "POST /embeddings HTTP/1.1");
    let expected = json!({"model": "test-model", "input": ["a", "b"], "encoding_format": "float"});
    assert_eq!(received.body, expected);
    assert_eq!(provider.embed(&[]).expect("none"), Vec::<Vec<f32>>::new());
    let one = provider.embed(&texts[..1]).expect_err("two vectors");
    assert!(one.to_string().contains("2 vectors for 1 texts"), "{one}");
}

#[test]
fn vectors_that_are_numbered_twice_are_refused() {
    let body = r#"{"data":[{"index":0,"embedding":[0]},{"index":0,"embedding":[1]}]}"#;
    let server = Server::start(vec![Reply::ok(body)]);
    let provider = Setup::at(Api::Openai, &server.url()).opened();
    let fault = provider.embed(&["a".to_owned(), "b".to_owned()]).expect_err("numbered twice");
    assert!(matches!(fault, Fault::BadAnswer { .. }), "{fault:?}");
}

#[test]
fn the_identity_tells_models_and_addresses_apart_and_holds_no_key() {
    let setup = Setup::at(Api::Openai, "http://127.0.0.1:1/v1/");
    let provider = setup.opened();
    let expected =
        json!({"api": "openai", "endpoint": "http://127.0.0.1:1/v1", "model": "test-model"});
    assert_eq!(provider.identity(), expected);
    assert!(provider.is_live());
}
