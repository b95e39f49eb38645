//! Asking again.

use std::cell::Cell;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use keelmark::provider::{
    Answer, Attempted, Fault, Provider, Request, RetryPolicy, complete_with_retries,
    embed_with_retries,
};
use keelmark::registry::model::Api;
use proptest::prelude::*;

use crate::openai::OK;
use crate::server::{Reply, Server};
use crate::support::{FakeClock, Setup, asked};

const POLICY: RetryPolicy = RetryPolicy {
    attempts: 4,
    first_wait: Duration::from_millis(500),
    longest_wait: Duration::from_secs(30),
    longest_retry_after: Duration::from_secs(60),
};

/// Asks a server with retries; returns what came of it and how long it would have waited.
fn retried(replies: Vec<Reply>, policy: &RetryPolicy) -> (Attempted, Duration, usize) {
    let server = Server::start(replies);
    let provider = Setup::at(Api::Openai, &server.url()).opened();
    let clock = FakeClock::default();
    let request = asked("FAQ-001", "b");
    let attempted = complete_with_retries(provider.as_ref(), &request, policy, &clock, &|| false);
    (attempted, clock.slept(), server.received().len())
}

fn limited(retry_after: Option<&str>) -> Reply {
    let headers = retry_after.map(|value| ("retry-after", value.to_owned()));
    Reply::Whole(429, headers.into_iter().collect(), String::new())
}

#[test]
fn a_storm_of_429_passes_with_and_without_retry_after() {
    let replies = |after| vec![limited(after), limited(after), Reply::ok(OK)];
    let (attempted, slept, received) = retried(replies(None), &POLICY);
    assert_eq!(attempted.result.expect("an answer").text, "Hi");
    assert_eq!((attempted.attempts, attempted.rate_limited, received), (3, 2, 3));
    assert!(slept <= Duration::from_millis(500 + 1_000), "{slept:?}");
    let cases = [
        ("2", Duration::from_secs(4)),
        ("Sun, 06 Nov 1994 08:49:47 GMT", Duration::from_secs(20)),
        ("3600", Duration::from_secs(120)),
        ("0", Duration::ZERO),
    ];
    for (after, least) in cases {
        let (attempted, slept, _) = retried(replies(Some(after)), &POLICY);
        assert!(attempted.result.is_ok());
        let most = least + 2 * POLICY.first_wait;
        assert!((least..=most).contains(&slept), "{after}: {slept:?}");
    }
}

#[test]
fn failures_of_the_server_pass() {
    let replies = vec![
        Reply::status(500, ""),
        Reply::HangUp,
        Reply::Cut(1_000, OK.to_owned()),
        Reply::ok(OK),
    ];
    let (attempted, _, received) = retried(replies, &POLICY);
    assert_eq!((attempted.attempts, attempted.rate_limited, received), (4, 0, 4));
    assert!(attempted.result.is_ok());
}

#[test]
fn only_the_attempt_that_succeeded_is_timed() {
    let (attempted, slept, _) = retried(vec![limited(Some("9")), Reply::ok(OK)], &POLICY);
    assert!(slept >= Duration::from_secs(9));
    assert_eq!(attempted.result.expect("an answer").latency_ms, Some(5.0));
}

#[test]
fn attempts_have_an_end() {
    for attempts in [0, 1, 2, 5] {
        let policy = RetryPolicy { attempts, ..POLICY };
        let (attempted, _, received) = retried(vec![limited(None)], &policy);
        let made = attempts.max(1);
        assert_eq!((attempted.attempts, attempted.rate_limited), (made, made));
        assert_eq!(received, made as usize);
        assert!(matches!(attempted.result, Err(Fault::Overloaded { status: 429, .. })));
    }
}

#[test]
fn what_asking_again_cannot_mend_is_asked_once() {
    let quota = r#"{"error":{"message":"x","code":"insufficient_quota"}}"#;
    let replies = [
        Reply::status(429, quota),
        Reply::status(400, ""),
        Reply::status(401, ""),
        Reply::status(404, ""),
        Reply::ok("no JSON"),
        Reply::Whole(302, vec![("location", "https://a.example".to_owned())], String::new()),
    ];
    for reply in replies {
        let (attempted, slept, received) = retried(vec![reply.clone()], &POLICY);
        assert!(attempted.result.is_err());
        assert_eq!((attempted.attempts, slept, received), (1, Duration::ZERO, 1), "{reply:?}");
    }
}

/// Somebody who is always overloaded.
#[derive(Default)]
struct Overloaded {
    asked: AtomicUsize,
}

impl Overloaded {
    fn fault(&self) -> Fault {
        self.asked.fetch_add(1, Ordering::SeqCst);
        Fault::Overloaded {
            host: "a".to_owned(),
            status: 429,
            said: String::new(),
            retry_after: None,
        }
    }
}

impl Provider for Overloaded {
    fn complete(&self, _: &Request) -> Result<Answer, Fault> {
        Err(self.fault())
    }

    fn embed(&self, _: &[String]) -> Result<Vec<Vec<f32>>, Fault> {
        Err(self.fault())
    }

    fn identity(&self) -> serde_json::Value {
        serde_json::Value::Null
    }

    fn is_live(&self) -> bool {
        true
    }
}

fn slept(case_id: &str, repeat: u32, policy: &RetryPolicy) -> Duration {
    let clock = FakeClock::default();
    let request = Request { repeat, ..asked(case_id, "b") };
    complete_with_retries(&Overloaded::default(), &request, policy, &clock, &|| false);
    clock.slept()
}

#[test]
fn equal_calls_wait_equally_and_others_do_not_wait_in_step() {
    assert_eq!(slept("a", 0, &POLICY), slept("a", 0, &POLICY));
    let waits: std::collections::BTreeSet<_> =
        (0..20).map(|repeat| slept("a", repeat, &POLICY)).collect();
    assert!(waits.len() > 10, "{waits:?}");
    assert_ne!(slept("a", 0, &POLICY), slept("b", 0, &POLICY));
}

#[test]
fn a_wait_ends_when_it_is_no_longer_wanted() {
    let (provider, clock) = (Overloaded::default(), FakeClock::default());
    let policy = RetryPolicy { first_wait: Duration::from_secs(1_000), ..POLICY };
    let policy = RetryPolicy { longest_wait: policy.first_wait, ..policy };
    let looks = Cell::new(0);
    let stop = || {
        looks.set(looks.get() + 1);
        looks.get() > 10
    };
    let attempted = complete_with_retries(&provider, &asked("a", "b"), &policy, &clock, &stop);
    assert_eq!(attempted.attempts, 1);
    assert!(matches!(attempted.result, Err(Fault::Overloaded { .. })));
    assert_eq!(clock.slept(), Duration::from_millis(500));
}

#[test]
fn vectors_are_asked_for_again_as_well() {
    let (provider, clock) = (Overloaded::default(), FakeClock::default());
    let texts = ["a".to_owned()];
    let attempted = embed_with_retries(&provider, &texts, &POLICY, &clock, &|| false);
    assert_eq!((attempted.attempts, attempted.rate_limited), (4, 4));
    assert_eq!(provider.asked.into_inner(), 4);
}

proptest! {
    #[test]
    fn waits_stay_below_their_limits(
        first_ms in 0_u64..5_000,
        longest_ms in 0_u64..5_000,
        attempts in 0_u32..70,
    ) {
        let policy = RetryPolicy {
            attempts,
            first_wait: Duration::from_millis(first_ms),
            longest_wait: Duration::from_millis(longest_ms),
            ..POLICY
        };
        let most = policy.longest_wait * attempts.saturating_sub(1);
        prop_assert!(slept("a", 1, &policy) <= most);
    }
}

#[test]
fn a_run_of_a_storm_is_the_same_every_time() {
    let server = Server::start(vec![limited(None), Reply::status(503, ""), Reply::ok(OK)]);
    let provider = Setup::at(Api::Openai, &server.url()).opened();
    let clocks = Mutex::new(FakeClock::default());
    let clock = clocks.lock().expect("a lock");
    let attempted = complete_with_retries(
        provider.as_ref(),
        &asked("a", "b"),
        &RetryPolicy::default(),
        &*clock,
        &|| false,
    );
    assert_eq!((attempted.attempts, attempted.rate_limited), (3, 2));
}
