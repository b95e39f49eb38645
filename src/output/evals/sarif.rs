//! `sarif`: SARIF 2.1.0, results at the rows of cases and at the policy that a gate stands in.
//!
//! The format is that of OASIS, <https://docs.oasis-open.org/sarif/sarif/v2.1.0/>. Columns count
//! Unicode scalar values, which `columnKind` says. Each run of Keelmark is a run of the log; the part
//! of `automationDetails.id` before the last `/` is what GitHub calls a category.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::failing::{Failing, failing};
use super::{in_order, words};
use crate::digest::Digest;
use crate::escape;
use crate::evals::gate::{GateResult, Verdict};
use crate::evals::record::{Outcome, Status};
use crate::evals::report::{Report, why};
use crate::finding::Place;
use crate::output::sarif::{self, location, message, pascal};

/// Where the rules are described.
const HELP: &str = "https://keelmark.dev/evals";

/// Id, level and description of each rule, in the order of their indices.
const RULES: [(&str, &str, &str); 5] = [
    ("case-failed", "error", "A case missed its bar or hit a guardrail."),
    ("case-error", "error", "A case has no answer."),
    (
        "case-unscored",
        "warning",
        "A case has an answer, and the score of its bar could not be had.",
    ),
    ("gate-failed", "error", "The bar of a gate does not hold."),
    ("gate-inconclusive", "warning", "A gate could not decide."),
];

/// Writes reports; `policy` is where the gates stand, where that is known.
///
/// # Errors
/// When the writer fails.
pub fn write(reports: &[Report], policy: Option<&Place>, out: &mut dyn Write) -> io::Result<()> {
    let mut runs: Vec<Value> =
        in_order(reports).into_iter().map(|report| run(report, policy)).collect();
    if runs.is_empty() {
        // A log without runs tells whoever keeps results nothing; one without results does.
        runs.push(json!({ "tool": tool(), "columnKind": "unicodeCodePoints", "results": [] }));
    }
    sarif::log(&runs, out)
}

fn tool() -> Value {
    let rules: Vec<Value> = RULES
        .iter()
        .map(|(id, level, text)| {
            json!({
                "id": id,
                "name": pascal(id),
                "shortDescription": { "text": text },
                "fullDescription": { "text": text },
                "defaultConfiguration": { "level": level },
                "helpUri": format!("{HELP}#{id}"),
                "help": { "text": format!("{text} See {HELP}#{id}.") },
            })
        })
        .collect();
    json!({ "driver": {
        "name": "keelmark",
        "semanticVersion": env!("CARGO_PKG_VERSION"),
        "informationUri": "https://keelmark.dev",
        "rules": rules,
    } })
}

fn run(report: &Report, policy: Option<&Place>) -> Value {
    let run = &report.run;
    let cases = failing(report).into_iter().map(|failing| of_case(report, failing));
    let gates = report.broken().map(|gate| of_gate(report, gate, policy));
    let suite = words::bare(&run.suite.entry);
    let name = format!("keelmark-eval/{suite}/{}/{}", run.model, run.id);
    json!({
        "tool": tool(),
        "automationDetails": { "id": escape::line(&name) },
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": sarif::bases(),
        "invocations": [{ "executionSuccessful": run.status == Status::Finished }],
        "results": cases.chain(gates).collect::<Vec<Value>>(),
    })
}

fn of_case(report: &Report, failing: Failing<'_>) -> Value {
    let case = failing.case;
    let rule = match case.outcome {
        Outcome::Pass | Outcome::Fail => 0,
        Outcome::Error => 1,
        Outcome::Unscored => 2,
    };
    let reason = words::cut(&why(case));
    let said = format!("{}: {}{reason}", case.case, failing.share());
    result(report, rule, &said, &[&case.case], report.place(case), &[])
}

fn of_gate(report: &Report, gate: &GateResult, policy: Option<&Place>) -> Value {
    let rule = if gate.verdict == Verdict::Fail { 3 } else { 4 };
    let (name, bar) = (words::gate(gate), words::bar(gate));
    let mut said = format!("{name}: {} against {bar}", words::measured(gate));
    if !gate.reason.is_empty() {
        said = format!("{said}; {}", words::cut(&gate.reason));
    }
    let offenders: Vec<&Place> = report
        .cases
        .iter()
        .filter(|case| case.repeat == 0 && gate.offenders.contains(&case.case))
        .filter_map(|case| report.place(case))
        .collect();
    // GitHub refuses a whole log for one result without a place; the file of the cases is not wrong.
    let file = report.places.iter().flatten().next();
    let file = file.map(|place| Place::of_file(place.file.clone()));
    result(report, rule, &said, &[&name, &bar], policy.or(file.as_ref()), &offenders)
}

/// Makes a result; `subject` is what its fingerprint is taken over, with suite and model.
fn result(
    report: &Report,
    rule: usize,
    said: &str,
    subject: &[&str],
    place: Option<&Place>,
    related: &[&Place],
) -> Value {
    let (id, level, _) = RULES.get(rule).copied().unwrap_or_default();
    let run = &report.run;
    let parts = [&[id, &run.suite.entry, &run.model], subject].concat();
    let said = format!("{}: {said}", words::title(run));
    let mut result = json!({
        "ruleId": id,
        "ruleIndex": rule,
        "level": level,
        "message": { "text": message(&said) },
        "locations": place.map(location).into_iter().collect::<Vec<Value>>(),
        "partialFingerprints": { "keelmark/v1": Digest::of(parts.join("\0").as_bytes()).short(16) },
    });
    // The schema wants each related place once.
    let mut places: Vec<Value> = Vec::new();
    for related in related.iter().map(|place| location(place)) {
        if !places.contains(&related) {
            places.push(related);
        }
    }
    if let (Some(result), false) = (result.as_object_mut(), places.is_empty()) {
        result.insert("relatedLocations".to_owned(), places.into());
    }
    result
}

#[cfg(test)]
mod tests;
