//! Records as statements of in-toto.
//!
//! A gate becomes a [test result](https://github.com/in-toto/attestation/blob/main/spec/predicates/test-result.md),
//! about what its run asked; a release becomes a
//! [release](https://github.com/in-toto/attestation/blob/main/spec/predicates/release.md) of its members.
//! Other records have no predicate there and are left out. The statements are not signed: whoever
//! hands them on wraps and signs them.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Deserialize as _;
use serde_json::{Value, json};

use crate::digest::Digest;
use crate::ledger::kind::Kind;
use crate::ledger::record::Record;
use crate::output::json;
use crate::release::payload::Release;

const STATEMENT: &str = "https://in-toto.io/Statement/v1";
const TEST_RESULT: &str = "https://in-toto.io/attestation/test-result/v0.1";
const RELEASE: &str = "https://in-toto.io/attestation/release/v0.1";

/// Writes the statements about records, one a line; the runs of gates are looked for among `all`.
///
/// # Errors
/// When the writer fails.
pub fn write(records: &[Record], all: &[Record], out: &mut dyn Write) -> io::Result<()> {
    statements(records, all).iter().try_for_each(|statement| json::line(statement, out))
}

/// Makes the statements, in the order of the records.
#[must_use]
pub fn statements(records: &[Record], all: &[Record]) -> Vec<Value> {
    let runs: BTreeMap<&str, &Value> = all
        .iter()
        .filter(|record| *record.kind() == Kind::Run)
        .filter_map(|record| Some((text(record.payload(), "run")?, record.payload())))
        .collect();
    let made = records.iter().filter_map(|record| match record.kind() {
        Kind::Gate => {
            let run = text(record.payload(), "run").and_then(|run| runs.get(run).copied());
            Some(test_result(record.payload(), run))
        }
        Kind::Release => release(record.payload()),
        _ => None,
    });
    made.collect()
}

fn test_result(gate: &Value, run: Option<&Value>) -> Value {
    let mut subject = Vec::new();
    subject.extend(descriptor(text(gate, "run"), text(gate, "digest")));
    for prompt in run.map(|run| list(run, "prompts")).unwrap_or_default() {
        subject.extend(prompt.get("prompt").and_then(entry));
        subject.extend(prompt.get("model").and_then(entry));
    }
    let mut configuration = Vec::new();
    if let Some(run) = run {
        for key in ["suite", "dataset", "profile"] {
            configuration.extend(run.get(key).and_then(entry));
        }
        let judges = run.get("judges").and_then(Value::as_object);
        for judge in judges.into_iter().flat_map(|judges| judges.values()) {
            configuration.extend(judge.get("judge").and_then(entry));
        }
    }
    configuration.extend(descriptor(Some("registry/policies/gates.yaml"), text(gate, "gates")));
    let result = match text(gate, "decision") {
        Some("pass") => "PASSED",
        Some("fail") => "FAILED",
        _ => "WARNED",
    };
    let tests = |wanted: &str| -> Vec<String> {
        let verdicts = list(gate, "verdicts").into_iter();
        let said = |verdict: &&Value| match text(verdict, "verdict") {
            Some(word @ ("pass" | "fail")) => word == wanted,
            _ => wanted == "inconclusive",
        };
        verdicts.filter(said).map(test_name).collect()
    };
    json!({
        "_type": STATEMENT,
        "subject": distinct(subject),
        "predicateType": TEST_RESULT,
        "predicate": {
            "result": result,
            "configuration": distinct(configuration),
            "passedTests": tests("pass"),
            "warnedTests": tests("inconclusive"),
            "failedTests": tests("fail"),
        },
    })
}

/// The bar of a gate, as its name.
fn test_name(verdict: &Value) -> String {
    let parts = ["metric", "category", "aggregate", "bar", "scope"];
    let words: Vec<&str> = parts.iter().filter_map(|key| text(verdict, key)).collect();
    words.join(" ").trim().to_owned()
}

fn release(payload: &Value) -> Option<Value> {
    let release = Release::deserialize(payload).ok()?;
    let named = format!("{}@{}", release.composed.composite, release.composed.version);
    let sha256 = |name: &str, digest: &Digest| json!({"name": name, "digest": {"sha256": digest}});
    let mut subject = vec![sha256(&format!("composite/{named}"), &release.composite_digest)];
    subject.extend(release.members.iter().map(|member| sha256(&member.entry, &member.digest)));
    let tag = format!("refs/tags/{}", release.tag);
    subject.push(json!({"name": tag, "digest": {"gitTag": release.tag_object}}));
    Some(json!({
        "_type": STATEMENT,
        "subject": distinct(subject),
        "predicateType": RELEASE,
        "predicate": {"purl": format!("pkg:generic/{named}")},
    }))
}

/// A version of an entry, by what it does.
fn entry(stamp: &Value) -> Option<Value> {
    let name = format!("{}@{}", text(stamp, "entry")?, text(stamp, "version")?);
    descriptor(Some(&name), text(stamp, "behaviour"))
}

fn descriptor(name: Option<&str>, digest: Option<&str>) -> Option<Value> {
    Some(json!({"name": name?, "digest": {"sha256": digest?.trim_start_matches("sha256:")}}))
}

/// Leaves out what is there already; several prompts may ask one model.
fn distinct(descriptors: Vec<Value>) -> Vec<Value> {
    let mut kept: Vec<Value> = Vec::new();
    for descriptor in descriptors {
        if !kept.contains(&descriptor) {
            kept.push(descriptor);
        }
    }
    kept
}

fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key).and_then(Value::as_str)
}

fn list<'a>(value: &'a Value, key: &str) -> Vec<&'a Value> {
    value.get(key).and_then(Value::as_array).into_iter().flatten().collect()
}
