//! `junit`: XML that CI systems show as tests, one suite of tests a run and one for its gates.
//!
//! There is no standard; what is written holds to the schema of Jenkins' xUnit plugin but for
//! `skipped` at the root, which `quick-junit` adds. Answers and inputs are not in it, for such files
//! are kept and passed on by systems that know nothing of their worth.

use std::io::{self, Write};
use std::time::Duration;

use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite, XmlString};

use super::{in_order, words};
use crate::escape;
use crate::evals::gate::{GateResult, Verdict};
use crate::evals::record::{CaseRecord, Origin, Outcome};
use crate::evals::report::{Report, why};

/// Writes reports.
///
/// # Errors
/// When the writer fails.
pub fn write(reports: &[Report], out: &mut dyn Write) -> io::Result<()> {
    let mut document = quick_junit::Report::new("keelmark eval");
    for report in in_order(reports) {
        document.add_test_suite(cases(report));
        if !report.run.verdicts.is_empty() {
            document.add_test_suite(gates(report));
        }
    }
    document.serialize(out).map_err(io::Error::other)
}

fn cases(report: &Report) -> TestSuite {
    let run = &report.run;
    let mut suite = TestSuite::new(text(&words::title(run)));
    suite.add_property(("run", text(&run.id).as_str()));
    for prompt in &run.prompts {
        suite.add_property(("prompt", text(&words::entry(&prompt.prompt)).as_str()));
    }
    let mut time = Duration::ZERO;
    for case in &report.cases {
        let mut test = TestCase::new(text(&name(report, case)), status(case));
        let suite_id = words::bare(&run.suite.entry);
        let class = match case.domain.as_str() {
            "" => suite_id.to_owned(),
            domain => format!("{suite_id}.{domain}"),
        };
        test.set_classname(text(&class));
        if let Some(taken) = live_time(case) {
            test.set_time(taken);
            time = time.saturating_add(taken);
        }
        suite.add_test_case(test);
    }
    suite.set_time(time);
    suite
}

/// Names a case, and its repeat where there are several, from 1 as people count.
fn name(report: &Report, case: &CaseRecord) -> String {
    if report.run.settings.repeat > 1 || case.repeat > 0 {
        format!("{} (repeat {})", case.case, case.repeat + 1)
    } else {
        case.case.clone()
    }
}

fn status(case: &CaseRecord) -> TestCaseStatus {
    let (mut status, kind) = match case.outcome {
        Outcome::Pass => return TestCaseStatus::success(),
        Outcome::Fail => (TestCaseStatus::non_success(NonSuccessKind::Failure), &case.metric),
        Outcome::Unscored => (TestCaseStatus::skipped(), &case.metric),
        Outcome::Error => {
            let class = case.fault.as_ref().map_or(&case.metric, |fault| &fault.class);
            (TestCaseStatus::non_success(NonSuccessKind::Error), class)
        }
    };
    status.set_message(text(&words::cut(&why(case)))).set_type(text(kind));
    status
}

/// Returns how long the model took, where that is a measurement.
fn live_time(case: &CaseRecord) -> Option<Duration> {
    let answer = case.answer.as_ref().filter(|answer| answer.origin == Origin::Live);
    let milliseconds = answer.and(case.scores.get("latency_ms"))?;
    Duration::try_from_secs_f64(milliseconds / 1_000.0).ok()
}

fn gates(report: &Report) -> TestSuite {
    let run = &report.run;
    let mut suite = TestSuite::new(text(&format!("gates: {}", words::title(run))));
    let class = format!("{}.gates", words::bare(&run.suite.entry));
    for gate in &run.verdicts {
        let name = format!("{} {}", words::gate(gate), words::bar(gate));
        let accepted = run.accepted_inconclusive.as_deref();
        let mut test = TestCase::new(text(&name), gate_status(gate, accepted));
        test.set_classname(text(&class));
        suite.add_test_case(test);
    }
    suite
}

/// A gate that could not decide is an error unless that was accepted: it must not look green.
fn gate_status(gate: &GateResult, accepted: Option<&str>) -> TestCaseStatus {
    let mut status = match (gate.verdict, accepted) {
        (Verdict::Pass, _) => return TestCaseStatus::success(),
        (Verdict::Fail, _) => TestCaseStatus::non_success(NonSuccessKind::Failure),
        (Verdict::Inconclusive, None) => TestCaseStatus::non_success(NonSuccessKind::Error),
        (Verdict::Inconclusive, Some(_)) | (Verdict::NotMeasured | Verdict::Advisory, _) => {
            TestCaseStatus::skipped()
        }
    };
    let mut parts = vec![words::verdict(gate.verdict).to_owned()];
    if gate.verdict == Verdict::Inconclusive {
        parts.extend(accepted.map(|reason| format!("accepted: {reason}")));
    }
    parts.push(format!("measured {}", words::measured(gate)));
    parts.push(words::gate_reason(gate));
    parts.retain(|part| !part.is_empty());
    status.set_message(text(&words::cut(&parts.join("; ")))).set_type(text(&gate.metric));
    status
}

/// Writes what XML cannot hold as escapes: control characters, and U+FFFE and U+FFFF.
fn text(words: &str) -> XmlString {
    let safe = escape::line(words);
    XmlString::new(safe.replace('\u{fffe}', "\\u{fffe}").replace('\u{ffff}', "\\u{ffff}"))
}

#[cfg(test)]
mod tests;
