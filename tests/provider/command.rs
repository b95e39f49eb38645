//! Programs.

use std::collections::BTreeSet;
use std::sync::{Mutex, mpsc};
use std::thread;
use std::time::Duration;

use keelmark::provider::{Fault, FaultClass, Finish, Request, Timing};
use serde_json::{Value, json};

use crate::support::{KEY, Setup, asked};

/// A program that is a loop of the shell over its input, `$line` being the question.
fn shell(body: &str) -> Setup {
    Setup::program("sh", &["-c", &format!("while read -r line; do {body}; done")])
}

fn fault_of(body: &str) -> Fault {
    let mut setup = shell(body);
    setup.provider.timeout_ms = Some(20_000);
    setup.opened().complete(&asked("a", "b")).expect_err(body)
}

#[test]
fn a_question_and_its_answer_are_one_line_each() {
    let answer = r#"{"text":"Hi","finish":"length","model":"m","fingerprint":"f","usage":{"input_tokens":1,"output_tokens":2},"latency_ms":7.5}"#;
    let provider = shell(&format!("echo '{answer}'")).opened();
    let answer = provider.complete(&asked("a", "b")).expect("an answer");
    assert_eq!((answer.text.as_str(), answer.finish), ("Hi", Finish::Length));
    assert_eq!((answer.latency_ms, answer.timing), (Some(7.5), Timing::Live));
    assert_eq!(answer.fingerprint.as_deref(), Some("f"));
    let provider = shell(r#"echo '{"text":"Hi"}'"#).opened();
    let answer = provider.complete(&asked("a", "b")).expect("an answer");
    assert_eq!((answer.latency_ms, answer.model.as_deref()), (Some(5.0), Some("test-model")));
    assert!(provider.is_live());
}

#[test]
fn the_question_holds_everything_and_no_more() {
    // The shell's `sed` makes the question the text of the answer.
    let quote = r#"printf '{"text":"%s"}\n' "$(printf %s "$line" | sed 's/\\/\\\\/g; s/"/\\"/g')""#;
    let provider = shell(quote).opened();
    let mut request = Request {
        repeat: 3,
        schema: Some(json!({"type": "object"})),
        ..asked("FAQ-001", "two\nlines \"quoted\"")
    };
    request.parameters.temperature = Some(0.5);
    let answer = provider.complete(&request).expect("an answer");
    let question: Value = serde_json::from_str(&answer.text).expect("JSON");
    let expected = json!({
        "case_id": "FAQ-001",
        "repeat": 3,
        "messages": [{"role": "user", "content": "two\nlines \"quoted\""}],
        "parameters": {"temperature": 0.5},
        "tools": [],
        "schema": {"type": "object"},
    });
    assert_eq!(question, expected);
}

#[test]
fn arguments_are_no_shell_and_the_environment_is_almost_empty() {
    let script = r#"read -r line; printf '{"text":"%s|%s|%s|%s|%s"}\n' "$1" "$API_KEY" "$PATH" "$HOME" "$(pwd)""#;
    let mut setup = Setup::program("sh", &["-c", script, "sh", "$(id) ; * 'x'"]);
    setup.environment.insert("HOME".to_owned(), "/home/x".to_owned());
    let answer = setup.opened().complete(&asked("a", "b")).expect("an answer");
    assert_eq!(answer.text, "$(id) ; * 'x'||/usr/bin:/bin|/home/x|/tmp");
    assert!(!answer.text.contains(KEY));
}

#[test]
fn a_process_is_kept_and_each_thread_has_its_own() {
    let provider = shell(r#"n=$((n+1)); echo "{\"text\":\"$$ $n\"}""#).opened();
    let ask = || provider.complete(&asked("a", "b")).expect("an answer").text;
    let first = ask();
    let pid = first.strip_suffix(" 1").expect("the first question").to_owned();
    assert_eq!(ask(), format!("{pid} 2"));
    let processes = Mutex::new(BTreeSet::new());
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..25 {
                    let answer = ask();
                    let (pid, _) = answer.split_once(' ').expect("two numbers");
                    processes.lock().expect("a lock").insert(pid.to_owned());
                }
            });
        }
    });
    let processes = processes.into_inner().expect("a lock");
    assert!((1..=4).contains(&processes.len()), "{processes:?}");
}

#[test]
fn a_program_that_answers_once_is_started_again() {
    let provider =
        Setup::program("sh", &["-c", r#"read -r line; echo '{"text":"once"}'"#]).opened();
    let mut answers = 0;
    for _ in 0..5 {
        // Whether its end is seen before the next question is a matter of luck.
        match provider.complete(&asked("a", "b")) {
            Ok(answer) => {
                assert_eq!(answer.text, "once");
                answers += 1;
            }
            Err(fault) => assert_eq!(fault.class(), FaultClass::Transient),
        }
    }
    assert!(answers >= 3, "{answers}");
}

#[test]
fn what_is_no_answer_is_named() {
    let cases = [
        ("echo '{no JSON}'", "key must be a string", FaultClass::Refused),
        (r#"echo '{"text":"a","txt":"b"}'"#, "unknown field `txt`", FaultClass::Refused),
        ("echo '{}'", "neither `text` nor `error`", FaultClass::Refused),
        (
            r#"echo '{"error":"model not  loaded"}'"#,
            "cannot answer: model not loaded",
            FaultClass::Refused,
        ),
        (r#"echo '{"text":"a","case_id":"z"}'"#, "another question", FaultClass::Refused),
        (r#"echo '{"text":"a","repeat":1}'"#, "another question", FaultClass::Refused),
        (r#"echo '{"text":"a","latency_ms":-1}'"#, "negative", FaultClass::Refused),
        (r#"printf '{"text":"a"}\n{"text":"b"}\n'"#, "more than one line", FaultClass::Refused),
        (r"printf '\377\n'", "no answer that can be read", FaultClass::Refused),
        ("exit 3", "ended before it answered", FaultClass::Transient),
        (r#"printf '{"text":'; exit"#, "ended before it answered", FaultClass::Transient),
        (
            "echo 'out of memory' >&2; exit 1",
            "before it answered: out of memory",
            FaultClass::Transient,
        ),
    ];
    for (body, reason, class) in cases {
        let fault = fault_of(body);
        assert!(fault.to_string().contains(reason), "{body}: {fault}");
        assert_eq!(fault.class(), class, "{body}");
    }
}

#[test]
fn a_line_has_a_limit_and_stderr_is_kept_short() {
    let fault = fault_of("head -c 10000002 /dev/zero; cat");
    assert!(matches!(fault, Fault::TooLarge { limit_bytes: 10_000_000, .. }), "{fault:?}");
    let fault = fault_of("head -c 1000000 /dev/zero | tr '\\0' 'x' >&2; echo ' the end' >&2; exit");
    let said = fault.to_string();
    assert!(said.len() < 400, "{said}");
}

#[test]
fn a_program_that_does_not_answer_is_ended_with_all_that_it_started() {
    let folder = tempfile::tempdir().expect("a folder");
    let pipe = folder.path().join("pipe");
    let path = pipe.to_str().expect("UTF-8").to_owned();
    #[expect(clippy::disallowed_methods, reason = "the library makes no pipes with names")]
    let made = std::process::Command::new("mkfifo").arg(&path).status().expect("mkfifo");
    assert!(made.success());
    let (ended, all_ended) = mpsc::channel();
    thread::spawn(move || {
        // The end comes when nobody is left who could write.
        let read = std::fs::read(pipe).expect("a pipe");
        ended.send(read).expect("somebody waits");
    });
    let script = r#"exec 3> "$1"; sleep 1000 & read -r line; echo '{"text":"a"}'; sleep 1000"#;
    let mut setup = Setup::program("sh", &["-c", script, "sh", &path]);
    setup.provider.timeout_ms = Some(2_000);
    let provider = setup.opened();
    provider.complete(&asked("a", "b")).expect("an answer");
    let fault = provider.complete(&asked("a", "b")).expect_err("no answer");
    assert!(matches!(fault, Fault::TimedOut { limit_ms: 2_000, .. }), "{fault:?}");
    assert_eq!(fault.class(), FaultClass::Transient);
    let read = all_ended.recv_timeout(Duration::from_secs(20)).expect("nobody is left");
    assert!(read.is_empty());
}

#[test]
fn a_program_that_does_not_read_does_not_hold_up() {
    let mut setup = Setup::program("sleep", &["1000"]);
    setup.timeouts.call = Duration::from_millis(100);
    let fault = setup.opened().complete(&asked("a", &"x".repeat(1_000_000)));
    assert!(matches!(fault, Err(Fault::TimedOut { .. })), "{fault:?}");
}

#[test]
fn a_program_that_is_not_there_is_named() {
    for program in ["keelmark-no-such-program", "./keelmark-no-such-program", "/"] {
        let fault = Setup::program(program, &[]).opened().complete(&asked("a", "b"));
        let fault = fault.expect_err("no such program");
        assert_eq!(fault.class(), FaultClass::Configuration);
        assert!(fault.to_string().contains(&format!("`{program}` cannot be started")), "{fault}");
    }
}

#[test]
fn programs_may_give_vectors() {
    let texts = ["a".to_owned(), "b".to_owned()];
    let provider = shell(r#"echo '{"vectors":[[1,0],[0,1]]}'"#).opened();
    assert_eq!(provider.embed(&texts).expect("vectors"), [[1.0, 0.0], [0.0, 1.0]]);
    let provider = shell(r#"echo '{"text":"a"}'"#).opened();
    assert!(provider.embed(&texts).is_err());
    let provider = shell(r#"echo '{"error":"none"}'"#).opened();
    assert!(matches!(provider.embed(&texts), Err(Fault::ProgramSaid { .. })));
}

#[test]
fn the_identity_holds_program_and_arguments() {
    let provider = Setup::program("sh", &["-c", "x"]).opened();
    let expected =
        json!({"api": "command", "program": "sh", "args": ["-c", "x"], "model": "test-model"});
    assert_eq!(provider.identity(), expected);
}
