//! Answers that are none.

use std::sync::mpsc;
use std::sync::{Barrier, Mutex, PoisonError};
use std::time::Duration;

use super::{
    ROWS, THREE, Told, asking, asking_at, at, completion, faults, many, number, record, run, says,
    verdict, yes,
};
use crate::desk::{Registry, cases, keelmark_with, program};
use crate::server::{Reply, Server};

/// One case, for servers that are asked again.
const ONE: &str = "A-5031,faq,one,yes,exact,1,,\n";

#[test]
fn a_server_that_is_down_measures_nothing_and_the_next_step_is_named() {
    // Nobody listens there.
    let repo = asking_at("http://127.0.0.1:1", ROWS);
    run(&repo, &[]).exits(3).says(&["`127.0.0.1:1` cannot be reached", "--resume"]);
    for (class, message) in faults(&repo) {
        assert_eq!(class, "transient");
        assert!(message.contains("127.0.0.1:1"), "{message}");
    }
    assert_eq!(verdict(&repo, "exact").0, "inconclusive");
}

#[test]
fn a_connection_that_is_cut_is_no_answer_and_is_asked_for_again() {
    for reply in [Reply::Cut(10_000, completion("yes")), Reply::HangUp] {
        let server = Server::start(vec![reply]);
        let repo = asking(&server, ONE);
        run(&repo, &[]).exits(3);
        let (class, message) = faults(&repo).remove(0);
        assert_eq!((class.as_str(), server.received().len()), ("transient", 5));
        assert!(message.contains("broke the connection off"), "{message}");
    }
}

#[test]
fn what_is_whole_and_no_answer_is_not_asked_for_again() {
    let page = "<html><body><h1>502 Bad Gateway</h1></body></html>";
    let usage = |tokens: &str| completion("yes").replace("\"prompt_tokens\":10", tokens);
    let replies = [
        Reply::Cut(40, completion("yes")),
        Reply::ok("yes"),
        Reply::ok(page),
        Reply::ok(""),
        Reply::ok("{}"),
        Reply::ok("null"),
        Reply::ok("{\"choices\": []}"),
        Reply::ok("{\"choices\": [{\"message\": {\"content\": null}}]}"),
        Reply::ok(&"[".repeat(100_000)),
        Reply::ok(&usage("\"prompt_tokens\":NaN")),
        Reply::ok(&usage("\"prompt_tokens\":Infinity")),
        Reply::ok(&usage("\"prompt_tokens\":1e999")),
        Reply::ok(&usage("\"prompt_tokens\":-10")),
        Reply::Raw("SSH-2.0-OpenSSH_9.6\r\n\r\n".to_owned()),
    ];
    let sent = replies.clone();
    let server = Server::answering(move |_, request| sent[number(request)].clone());
    let repo = asking(&server, &many(replies.len(), "yes,exact,1"));
    run(&repo, &[]).exits(3);
    assert_eq!(server.received().len(), replies.len());
    let faults = faults(&repo);
    assert_eq!(faults.len(), replies.len());
    for ((class, message), reply) in faults.iter().zip(replies) {
        assert_eq!(class, "refused", "{reply:?}: {message}");
        assert!(message.contains("no answer that can be read"), "{reply:?}: {message}");
    }
}

#[test]
fn a_count_of_tokens_that_nobody_can_pay_is_added_without_harm() {
    let most = completion("yes")
        .replace("\"prompt_tokens\":10", &format!("\"prompt_tokens\":{}", u64::MAX));
    // Two answers are on their way when the first is paid; a third is not asked for.
    let both = Barrier::new(2);
    let dear = most.clone();
    let server = Server::answering(move |_, _| {
        both.wait();
        Reply::ok(&dear)
    });
    let repo = asking(&server, THREE);
    run(&repo, &["-j", "2", "--max-cost", "1"]).exits(3).says(&["cap"]);
    assert_eq!(server.received().len(), 2);
    let server = Server::start(vec![Reply::ok(&most)]);
    let free = Registry {
        rows: ROWS,
        provider: &at(&server.url()),
        model: "pricing: {input_per_mtok_usd: 0, output_per_mtok_usd: 0}\n",
        config: "trust: {hosts: {127.0.0.1: {purposes: [provider]}}}\n",
        ..Registry::default()
    };
    let free = free.found();
    run(&free, &["-j", "1"]).exits(0);
    assert_eq!(record(&free)["totals"]["tokens"]["input"], u64::MAX);
}

#[test]
fn an_answer_that_does_not_come_to_its_end_has_a_time_limit() {
    let told = Told::start();
    let provider =
        format!("{{api: openai, model: x, base_url: \"{}\", timeout_ms: 50}}", told.server.url());
    let repo = Registry {
        rows: ONE,
        provider: &provider,
        model: super::PRICED,
        config: &super::trusting(&told.server),
        ..Registry::default()
    }
    .found();
    for reply in [Reply::Drip, Reply::Silent, Reply::Short(10_000, completion("yes"))] {
        told.to_say(reply);
        run(&repo, &[]).exits(3).says(&["within 50 ms"]);
        assert_eq!(faults(&repo)[0].0, "transient");
    }
}

#[test]
fn a_very_large_answer_is_scored_and_recorded() {
    let server = Server::start(vec![says(&"x".repeat(4_000_000))]);
    let repo = asking(&server, "A,,one,x,contains,1,,\n");
    run(&repo, &[]).exits(0);
    let length = cases(&repo)[0]["answer"]["text"].as_str().map(str::len);
    assert_eq!(length, Some(4_000_000));
}

#[test]
#[cfg(target_os = "linux")]
fn an_answer_without_end_is_refused_and_does_not_fill_the_memory() {
    // The second case is answered when the test has looked at the program.
    let (came, coming) = mpsc::channel();
    let (go, going) = mpsc::channel::<()>();
    let going = Mutex::new(going);
    let server = Server::answering(move |index, _| {
        if index == 0 {
            return Reply::Endless;
        }
        came.send(()).expect("somebody waits");
        let going = going.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = going.recv_timeout(Duration::from_secs(60));
        yes()
    });
    let repo = asking(&server, ROWS);
    let child = program(&repo, &["eval", "run", "golden", "-j", "1"], &super::KEYED);
    let child = { child }.spawn().expect("the program");
    coming.recv_timeout(Duration::from_secs(60)).expect("the second case");
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).expect("a status");
    go.send(()).expect("the server waits");
    assert_eq!(child.wait_with_output().expect("an end").status.code(), Some(3));
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak");
    let peak_kb: u64 = peak.trim().trim_end_matches(" kB").parse().expect("a number");
    assert!(peak_kb < 200_000, "{peak_kb} kB");
    let cases = cases(&repo);
    assert_eq!(cases[0]["fault"]["class"], "refused");
    assert!(cases[0]["fault"]["message"].to_string().contains("larger than 10000000 bytes"));
    assert_eq!(cases[1]["outcome"], "pass");
}

/// A suite of four cases whose gate is content with half of them.
fn half_is_enough() -> crate::support::TestRepo {
    let repo = Registry {
        rows: "A-5031,faq,one,yes,exact,1,,\nB-63712,faq,two,yes,exact,1,,\nC-78815,faq,three,yes,exact,1,,\nD-70127,faq,four,yes,exact,1,,\n",
        provider: "{api: openai, model: x, base_url_env: OPENAI_BASE_URL}",
        model: super::PRICED,
        config: "trust: {hosts: {127.0.0.1: {key_env: MODEL_KEY, purposes: [provider]}}}\n",
        ..Registry::default()
    }
    .found();
    repo.write(crate::desk::GATES, "gates:\n  - {metric: exact, bar: \">= 0.5\"}\n");
    repo.stage(".").commit("bars");
    repo
}

#[test]
fn half_of_the_answers_decide_nothing_and_a_resume_asks_for_the_other_half() {
    let dying = Server::answering(|index, _| if index < 2 { yes() } else { Reply::HangUp });
    let repo = half_is_enough();
    let with = |server: &Server, words: &[&str]| {
        let url = server.url();
        let variables = [("OPENAI_BASE_URL", url.as_str()), super::KEYED[0]];
        keelmark_with(&repo, &[&["eval", "run"], words].concat(), &variables)
    };
    with(&dying, &["golden", "-j", "1"]).exits(3).says(&["broke the connection off", "--resume"]);
    let (said, why) = verdict(&repo, "exact");
    assert_eq!(said, "inconclusive");
    assert!(why.contains("only 2 of 4 cases have an answer"), "{why}");
    let healthy = Server::start(vec![yes()]);
    with(&healthy, &["--resume", "latest", "-j", "1"]).exits(0);
    assert_eq!(super::questions(&healthy), ["Answer: three", "Answer: four"]);
    let outcomes: Vec<_> = cases(&repo).iter().map(|case| case["outcome"].clone()).collect();
    assert_eq!(outcomes, ["pass"; 4]);
    assert_eq!(record(&repo)["status"], "finished");
}

#[test]
fn a_resume_against_a_server_that_is_still_down_loses_nothing() {
    let dying = Server::answering(|index, _| if index < 2 { yes() } else { Reply::HangUp });
    let repo = half_is_enough();
    let url = dying.url();
    let variables = [("OPENAI_BASE_URL", url.as_str()), super::KEYED[0]];
    keelmark_with(&repo, &["eval", "run", "golden", "-j", "1"], &variables).exits(3);
    keelmark_with(&repo, &["eval", "run", "--resume", "latest", "-j", "1"], &variables).exits(3);
    let outcomes: Vec<_> = cases(&repo).iter().map(|case| case["outcome"].clone()).collect();
    assert_eq!(outcomes, ["pass", "pass", "error", "error"]);
    // Half of the answers and what was asked for in vain, twice.
    assert_eq!(record(&repo)["totals"]["calls"], 2 + 2 * 2 * 5);
}

#[test]
fn a_record_that_was_changed_is_not_gone_on_with() {
    let dying = Server::answering(|index, _| if index < 2 { yes() } else { Reply::HangUp });
    let repo = half_is_enough();
    let url = dying.url();
    let variables = [("OPENAI_BASE_URL", url.as_str()), super::KEYED[0]];
    keelmark_with(&repo, &["eval", "run", "golden", "-j", "1"], &variables).exits(3);
    let file = crate::desk::newest(&repo).join("cases.jsonl");
    let text = std::fs::read_to_string(&file).expect("cases");
    std::fs::write(&file, text.replacen("\"exact\":1.0", "\"exact\":0.5", 1)).expect("written");
    let before = dying.received().len();
    keelmark_with(&repo, &["eval", "run", "--resume", "latest"], &variables)
        .exits(4)
        .says(&["not those that were recorded"]);
    assert_eq!(dying.received().len(), before);
}
