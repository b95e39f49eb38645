//! Servers that misbehave.

use std::net::TcpListener;
use std::time::Duration;

use keelmark::provider::{Fault, FaultClass};
use keelmark::registry::model::Api;

use crate::openai::OK;
use crate::server::{Reply, Server};
use crate::support::{KEY, Setup, asked};

/// Asks a server that does the same every time, and returns what went wrong.
fn fault_of(reply: Reply) -> Fault {
    fault_within(reply, Duration::from_secs(20))
}

fn fault_within(reply: Reply, limit: Duration) -> Fault {
    let server = Server::start(vec![reply]);
    let mut setup = Setup::at(Api::Openai, &server.url());
    setup.timeouts.call = limit;
    let fault = setup.opened().complete(&asked("a", "b")).expect_err("no answer");
    assert!(!format!("{fault} {fault:?}").contains(KEY), "{fault:?}");
    fault
}

#[test]
fn a_server_that_is_down_cannot_be_reached() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    drop(listener);
    let provider = Setup::at(Api::Openai, &format!("http://{address}")).opened();
    let fault = provider.complete(&asked("a", "b")).expect_err("no server");
    assert!(matches!(fault, Fault::Unreachable { .. }), "{fault:?}");
    assert_eq!(fault.class(), FaultClass::Transient);
    let said = fault.to_string();
    assert!(said.starts_with(&format!("`{address}` cannot be reached: ")), "{said}");
}

#[test]
fn a_connection_that_ends_early_is_no_answer() {
    for reply in [
        Reply::Cut(OK.len() + 10, OK.to_owned()),
        Reply::Cut(OK.len(), OK[..40].to_owned()),
        Reply::HangUp,
        Reply::Raw("HTTP/1.1 200 OK\r\ncontent-le".to_owned()),
    ] {
        let fault = fault_of(reply.clone());
        assert!(matches!(fault, Fault::BrokenOff { .. }), "{reply:?}: {fault:?}");
        assert_eq!(fault.class(), FaultClass::Transient);
    }
}

#[test]
fn a_length_that_is_too_small_cuts_the_answer() {
    let fault = fault_of(Reply::Cut(40, OK.to_owned()));
    assert!(matches!(fault, Fault::BadAnswer { .. }), "{fault:?}");
    assert_eq!(fault.class(), FaultClass::Refused);
}

#[test]
fn what_is_no_http_is_no_answer() {
    let fault = fault_of(Reply::Raw("SSH-2.0-OpenSSH_9.6\r\n\r\n".to_owned()));
    assert!(matches!(fault, Fault::BadAnswer { .. }), "{fault:?}");
}

#[test]
fn waiting_has_an_end() {
    for reply in [Reply::Silent, Reply::Drip, Reply::Short(OK.len() + 1, OK.to_owned())] {
        let fault = fault_within(reply.clone(), Duration::from_millis(400));
        let expected = matches!(fault, Fault::TimedOut { limit_ms: 400, .. });
        assert!(expected, "{reply:?}: {fault:?}");
        assert_eq!(fault.class(), FaultClass::Transient);
    }
}

#[test]
fn the_manifest_may_set_the_time_limit() {
    let server = Server::start(vec![Reply::Silent]);
    let mut setup = Setup::at(Api::Openai, &server.url());
    setup.provider.timeout_ms = Some(50);
    let fault = setup.opened().complete(&asked("a", "b")).expect_err("no answer");
    assert!(matches!(fault, Fault::TimedOut { limit_ms: 50, .. }), "{fault:?}");
}

#[test]
fn an_answer_without_end_is_not_read_to_its_end() {
    let server = Server::start(vec![Reply::Endless]);
    let provider = Setup::at(Api::Openai, &server.url()).opened();
    let fault = provider.complete(&asked("a", "b")).expect_err("no answer");
    assert!(matches!(fault, Fault::TooLarge { limit_bytes: 10_000_000, .. }), "{fault:?}");
    assert_eq!(fault.class(), FaultClass::Refused);
}

#[test]
fn an_answer_of_ten_megabytes_is_read() {
    let head = r#"{"choices":[{"message":{"content":""#;
    let tail = r#""},"finish_reason":"stop"}]}"#;
    let text = "x".repeat(10_000_000 - head.len() - tail.len());
    let one_more = format!("{head}{text}x{tail}");
    let replies = vec![Reply::ok(&format!("{head}{text}{tail}")), Reply::ok(&one_more)];
    let server = Server::start(replies);
    let provider = Setup::at(Api::Openai, &server.url()).opened();
    let answer = provider.complete(&asked("a", "b")).expect("an answer");
    assert_eq!(answer.text.len(), text.len());
    let fault = provider.complete(&asked("a", "b")).expect_err("too large");
    assert!(matches!(fault, Fault::TooLarge { .. }), "{fault:?}");
}

#[test]
fn statuses_say_whether_asking_again_helps() {
    let quota = r#"{"error":{"message":"You exceeded","type":"insufficient_quota","code":null}}"#;
    let code = r#"{"error":{"message":"You exceeded","code":"insufficient_quota"}}"#;
    let limited = r#"{"error":{"message":"Slow down","type":"tokens","code":"rate_limit"}}"#;
    let cases: [(u16, &str, FaultClass, bool); 16] = [
        (429, limited, FaultClass::Transient, true),
        (429, "", FaultClass::Transient, true),
        (503, "busy", FaultClass::Transient, true),
        (529, r#"{"error":{"message":"Overloaded"}}"#, FaultClass::Transient, true),
        (500, "{}", FaultClass::Transient, false),
        (502, "<html>", FaultClass::Transient, false),
        (504, "", FaultClass::Transient, false),
        (408, "", FaultClass::Transient, false),
        (429, quota, FaultClass::Refused, false),
        (429, code, FaultClass::Refused, false),
        (402, "", FaultClass::Refused, false),
        (400, r#"{"error":{"message":"bad"}}"#, FaultClass::Refused, false),
        (401, r#"{"error":"no"}"#, FaultClass::Refused, false),
        (403, "", FaultClass::Refused, false),
        (404, "not found", FaultClass::Refused, false),
        (422, "[1]", FaultClass::Refused, false),
    ];
    for (status, body, class, overload) in cases {
        let fault = fault_of(Reply::status(status, body));
        assert_eq!((fault.class(), fault.is_overload()), (class, overload), "{status} {body}");
        assert!(fault.to_string().contains(&format!("({status})")), "{fault}");
    }
    let fault = fault_of(Reply::status(400, r#"{"error":{"message":"max_tokens is too large"}}"#));
    assert!(fault.to_string().ends_with("(400): max_tokens is too large"), "{fault}");
}

#[test]
fn a_key_that_the_server_repeats_is_not_shown() {
    let masked = "Incorrect API key provided: sk-te****cdef. See your account";
    for said in [format!("Bearer {KEY}"), masked.to_owned()] {
        let body = serde_json::json!({"error": {"message": said}}).to_string();
        for body in [body, said] {
            let fault = fault_of(Reply::status(401, &body));
            let text = format!("{fault} {fault:?}");
            assert!(text.contains("***") && !text.contains("sk-te"), "{text}");
        }
    }
}

#[test]
fn a_redirect_is_named_and_not_followed() {
    let other = Server::start(vec![Reply::ok(OK)]);
    let cases = [
        (format!("{}/v1/chat/completions", other.url()), "`127.0.0.1`"),
        ("https://elsewhere.example/x?key=1".to_owned(), "`elsewhere.example`"),
        ("/elsewhere".to_owned(), "`another path of its own`"),
        ("http://[".to_owned(), "`another path of its own`"),
    ];
    for (location, target) in cases {
        for status in [301, 302, 303, 307, 308] {
            let headers = vec![("location", location.clone())];
            let server = Server::start(vec![Reply::Whole(status, headers, String::new())]);
            let provider = Setup::at(Api::Openai, &server.url()).opened();
            let fault = provider.complete(&asked("a", "b")).expect_err("redirected");
            assert_eq!(fault.class(), FaultClass::Configuration);
            assert!(fault.to_string().contains(target), "{fault}");
            assert_eq!(server.received().len(), 1);
        }
    }
    assert_eq!((other.connections(), other.received().len()), (0, 0));
    let fault = fault_of(Reply::status(304, ""));
    assert!(fault.to_string().contains("`nowhere`"), "{fault}");
}

#[test]
fn a_host_without_address_cannot_be_reached() {
    let mut setup = Setup::at(Api::Openai, "http://model.invalid/v1");
    setup.trust("model.invalid", None);
    let fault = setup.opened().complete(&asked("a", "b")).expect_err("no such host");
    assert!(matches!(fault, Fault::Unreachable { .. }), "{fault:?}");
}

#[test]
fn connections_are_kept() {
    let server = Server::start(vec![Reply::ok(OK)]);
    let provider = Setup::at(Api::Openai, &server.url()).opened();
    for _ in 0..20 {
        provider.complete(&asked("a", "b")).expect("an answer");
    }
    assert_eq!((server.connections(), server.received().len()), (1, 20));
}
