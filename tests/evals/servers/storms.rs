//! Servers that take no more requests, and how many they are sent at once.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use super::{ROWS, asked, asking, cases, faults, many, number, questions, record, run, yes};
use crate::server::{Received, Reply, Server};

/// Too many requests.
fn limited(retry_after: Option<&str>) -> Reply {
    let headers = retry_after.map(|value| ("retry-after", value.to_owned()));
    Reply::Whole(
        429,
        headers.into_iter().collect(),
        "{\"error\":{\"message\":\"slow down\"}}".to_owned(),
    )
}

/// How many of the requests up to this one ask the same.
fn earlier(server: &Mutex<Vec<String>>, request: &Received) -> usize {
    let mut seen = server.lock().expect("a lock");
    let question = asked(request);
    let earlier = seen.iter().filter(|other| **other == question).count();
    seen.push(question);
    earlier
}

#[test]
fn a_storm_of_429_that_passes_is_no_failure() {
    let seen = Mutex::new(Vec::new());
    let server = Server::answering(move |_, request| match earlier(&seen, request) {
        0 => limited(Some("0")),
        1 => limited(None),
        _ => yes(),
    });
    let repo = asking(&server, ROWS);
    run(&repo, &[]).exits(0);
    for case in cases(&repo) {
        assert_eq!((&case["outcome"], &case["answer"]["attempts"]), (&"pass".into(), &3.into()));
    }
    assert_eq!(server.received().len(), 6);
    assert_eq!(record(&repo)["totals"]["calls"], 6);
}

#[test]
fn a_server_is_left_alone_for_as_long_as_it_asks() {
    let times = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&times);
    let server = Server::answering(move |index, _| {
        noted.lock().expect("a lock").push(Instant::now());
        if index == 0 { limited(Some("1")) } else { yes() }
    });
    let repo = asking(&server, "A-5031,faq,one,yes,exact,1,,\n");
    run(&repo, &[]).exits(0);
    let times = times.lock().expect("a lock");
    assert_eq!(times.len(), 2);
    assert!(times[1] - times[0] >= Duration::from_secs(1), "{times:?}");
}

#[test]
fn a_storm_without_end_ends_with_the_time_limit() {
    let server = Server::start(vec![limited(Some("60"))]);
    let repo = asking(&server, ROWS);
    let began = Instant::now();
    run(&repo, &["--time-limit", "1"]).exits(3).says(&["time limit of 1 s", "--resume"]);
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    assert_eq!(record(&repo)["status"], "capped");
    assert!(cases(&repo).is_empty(), "a case that was not answered in time was not run");
}

#[test]
fn a_storm_that_outlasts_every_attempt_measures_nothing() {
    let server = Server::start(vec![limited(Some("0"))]);
    let repo = asking(&server, "A-5031,faq,one,yes,exact,1,,\n");
    run(&repo, &[]).exits(3).says(&["takes no more requests for now (429): slow down"]);
    assert_eq!(faults(&repo)[0].0, "transient");
    assert_eq!(server.received().len(), 5);
}

#[test]
fn a_quota_that_is_used_up_is_asked_once_for_each_case() {
    let body = r#"{"error":{"message":"You exceeded","type":"insufficient_quota"}}"#;
    let server = Server::start(vec![Reply::status(429, body)]);
    let repo = asking(&server, ROWS);
    run(&repo, &[]).exits(3).says(&["quota"]);
    assert_eq!(faults(&repo)[0].0, "refused");
    assert_eq!(server.received().len(), 2);
}

/// Counts requests that are answered at the same time.
#[derive(Default)]
struct AtOnce {
    now: Mutex<usize>,
    changed: Condvar,
    most: AtomicUsize,
}

impl AtOnce {
    /// Stays until so many are here, or nobody has come for a while.
    fn meet(&self, expected: usize) {
        let mut now = self.now.lock().expect("a lock");
        *now += 1;
        self.most.fetch_max(*now, Ordering::SeqCst);
        self.changed.notify_all();
        let most = &self.most;
        let wait = |_: &mut usize| most.load(Ordering::SeqCst) < expected;
        let patience = Duration::from_millis(300);
        let (mut now, _) = self.changed.wait_timeout_while(now, patience, wait).expect("a lock");
        *now -= 1;
    }
}

#[test]
fn no_more_calls_run_at_once_than_were_asked_for() {
    let at_once = Arc::new(AtOnce::default());
    let met = Arc::clone(&at_once);
    // The ninth would be seen, if it came.
    let server = Server::answering(move |_, _| {
        met.meet(9);
        yes()
    });
    let repo = asking(&server, &many(16, "yes,exact,1"));
    run(&repo, &["-j", "8"]).exits(0);
    assert_eq!(at_once.most.load(Ordering::SeqCst), 8);
}

#[test]
fn after_a_429_fewer_calls_run_at_once() {
    let later = Arc::new(AtOnce::default());
    let met = Arc::clone(&later);
    let seen = Mutex::new(Vec::new());
    // The first eight are turned away once; those behind them come in smaller groups.
    let server = Server::answering(move |_, request| {
        let turned_away = number(request) < 8;
        if turned_away && earlier(&seen, request) == 0 {
            return limited(Some("0"));
        }
        if !turned_away {
            met.meet(8);
        }
        yes()
    });
    let repo = asking(&server, &many(16, "yes,exact,1"));
    run(&repo, &["-j", "8"]).exits(0);
    // Halved to four, and one more for a whole window of successes.
    let most = later.most.load(Ordering::SeqCst);
    assert!((1..=5).contains(&most), "{most}");
}

#[test]
fn repeats_are_asked_for_and_kept_one_by_one() {
    let server = Server::start(vec![yes()]);
    let repo = asking(&server, ROWS);
    run(&repo, &["-j", "4", "--repeat", "3"]).exits(0);
    let mut asked = questions(&server);
    asked.sort();
    assert_eq!(asked, [["Answer: one"; 3], ["Answer: two"; 3]].concat());
    let keys = cases(&repo)
        .iter()
        .map(|case| case["answer"]["key"].to_string())
        .collect::<std::collections::BTreeSet<_>>();
    assert_eq!(keys.len(), 6);
    run(&repo, &["-j", "4", "--repeat", "3"]).exits(0);
    assert_eq!(server.received().len(), 6, "everything is cached");
    assert_eq!(record(&repo)["totals"]["cached"], 6);
    run(&repo, &["-j", "4", "--repeat", "4"]).exits(0);
    assert_eq!(server.received().len(), 8, "only the fourth repeats are new");
}
