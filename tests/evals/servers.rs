//! Runs against a real server on this machine that misbehaves, and what each of them ends with.

mod answers;
mod calls;
mod changes;
mod judging;
mod keys;
mod measures;
mod personal;
mod storms;

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::desk::{Registry, Said, cases, keelmark_with, newest};
use crate::server::{Received, Reply, Server};
use crate::support::TestRepo;

/// The key of the model's host. It has no form by which keys are known.
const KEY: &str = "correct-horse-battery-staple";

/// What the tests set of the environment.
const KEYED: [(&str, &str); 1] = [("MODEL_KEY", KEY)];

/// Cases that pass where the answer is `yes`. Waits between attempts are seeded by the id of the
/// case; these ids have waits of a quarter of a second together.
const ROWS: &str = "A-5031,faq,one,yes,exact,1,,\nB-63712,faq,two,yes,exact,1,,\n";

/// The cases of `ROWS` and one more.
const THREE: &str = "A-5031,faq,one,yes,exact,1,,\nB-63712,faq,two,yes,exact,1,,\nC-78815,other,three,yes,exact,1,,\n";

/// So many cases with a check such as `yes,exact,1`; each asks for its number.
fn many(count: usize, check: &str) -> String {
    let rows = (0..count).map(|n| format!("N-{n:02},faq,ask {n:02},{check},,\n"));
    rows.collect::<Vec<_>>().concat()
}

/// The number of the case that a request is about.
fn number(request: &Received) -> usize {
    let question = asked(request);
    let (_, rest) = question.split_once("ask ").expect("a case of `many`");
    rest[..2].parse().expect("a number")
}

/// A model whose calls cost something.
const PRICED: &str = "pricing: {input_per_mtok_usd: 1.0, output_per_mtok_usd: 2.0}\n";

/// A provider at an address.
fn at(address: &str) -> String {
    format!("{{api: openai, model: x, base_url: \"{address}\"}}")
}

/// Trust in a server of this machine, with its key.
fn trusting(server: &Server) -> String {
    format!(
        "trust: {{hosts: {{\"127.0.0.1:{}\": {{key_env: MODEL_KEY, purposes: [provider]}}}}}}\n",
        server.port()
    )
}

/// A registry whose model is the server.
fn asking(server: &Server, rows: &str) -> TestRepo {
    asking_at(&server.url(), rows)
}

/// A registry whose model is at an address of this machine, whatever is there.
fn asking_at(address: &str, rows: &str) -> TestRepo {
    Registry {
        rows,
        provider: &at(address),
        model: PRICED,
        config: "trust: {hosts: {127.0.0.1: {key_env: MODEL_KEY, purposes: [provider]}}}\n",
        ..Registry::default()
    }
    .found()
}

/// Runs the suite. Runs of one second have no order, so earlier ones go.
fn run(repo: &TestRepo, arguments: &[&str]) -> Said {
    drop(std::fs::remove_dir_all(repo.path().join(".keelmark/runs")));
    keelmark_with(repo, &[&["eval", "run", "golden"], arguments].concat(), &KEYED)
}

/// What a server says for an answer.
fn completion(text: &str) -> String {
    json!({
        "choices": [{"message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
        "model": "x-1", "usage": {"prompt_tokens": 10, "completion_tokens": 2},
    })
    .to_string()
}

/// An answer.
fn says(text: &str) -> Reply {
    Reply::ok(&completion(text))
}

/// An answer that is as it should be.
fn yes() -> Reply {
    says("yes")
}

/// The last message of a request.
fn asked(request: &Received) -> String {
    let messages = request.body["messages"].as_array().expect("messages");
    let last = messages.last().expect("a message");
    last["content"].as_str().expect("a text").trim().to_owned()
}

/// The last message of each request that a server received.
fn questions(server: &Server) -> Vec<String> {
    server.received().iter().map(asked).collect()
}

/// The header of the newest run.
fn record(repo: &TestRepo) -> Value {
    let text = std::fs::read_to_string(newest(repo).join("run.json")).expect("a header");
    serde_json::from_str(&text).expect("JSON")
}

/// The verdict of a metric's gate in the newest run, with its reason.
fn verdict(repo: &TestRepo, metric: &str) -> (String, String) {
    let record = record(repo);
    let verdicts = record["verdicts"].as_array().expect("verdicts");
    let of_metric = |verdict: &&Value| verdict["metric"] == metric;
    let verdict = verdicts.iter().find(of_metric).unwrap_or_else(|| panic!("{record:#}"));
    let text = |key: &str| verdict[key].as_str().unwrap_or_default().to_owned();
    (text("verdict"), text("reason"))
}

/// Insists that no case of the newest run has an answer, and returns the classes and the messages
/// of their faults.
#[track_caller]
fn faults(repo: &TestRepo) -> Vec<(String, String)> {
    let cases = cases(repo);
    assert!(!cases.is_empty());
    let fault = |case: &Value| {
        assert_eq!(case["outcome"], "error", "{case:#}");
        assert_eq!(case["answer"], Value::Null, "{case:#}");
        let text = |key: &str| case["fault"][key].as_str().expect("a text").to_owned();
        (text("class"), text("message"))
    };
    cases.iter().map(fault).collect()
}

/// A server that says what it is told to say.
struct Told {
    server: Server,
    reply: Arc<Mutex<Reply>>,
}

impl Told {
    fn start() -> Self {
        let reply = Arc::new(Mutex::new(yes()));
        let told = Arc::clone(&reply);
        let server = Server::answering(move |_, _| told.lock().expect("a lock").clone());
        Self { server, reply }
    }

    fn to_say(&self, reply: Reply) {
        *self.reply.lock().expect("a lock") = reply;
    }
}

/// All bytes below a folder, as text.
fn everything_below(folder: &std::path::Path) -> String {
    let mut all = String::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            all.push_str(&everything_below(&path));
        } else {
            all.push_str(&String::from_utf8_lossy(&std::fs::read(&path).expect("a file")));
        }
    }
    all
}
