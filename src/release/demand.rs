//! What a release still asks for beside its members: evidence, decision record and notes.

use std::collections::BTreeSet;

use super::adr::Decision;
use super::approval::Unbelieved;
use super::composite::Composition;
use super::evidence::{Claim, State, SuiteState};
use super::facts::EvidenceFact;
use super::recorded::Local;
use super::rules;
use crate::evals::gate::{GateResult, Verdict};
use crate::evals::record::Provenance;
use crate::finding::{Finding, Place, Rule, Severity};
use crate::registry::policy::gates::is_of_safety;

/// How many digits of a digest a message shows.
const DIGITS: usize = 12;

/// Metrics that are about safety whatever heading a policy gives them.
const SAFETY_METRICS: [&str; 5] =
    ["guardrail_pass", "sev1_count", "sev1_rate", "sev2_count", "sev2_rate"];

/// Why a gate cannot be waived.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WaiverFault {
    /// No gate of the evidence has the metric.
    #[error("no gate of the evidence is about `{0}`")]
    Unknown(String),
    /// There is nothing to waive.
    #[error("the gate about `{0}` is open; there is nothing to waive")]
    Open(String),
    /// Safety is not negotiable.
    #[error("the gate about `{0}` is a safety gate, and no such gate is ever waived")]
    Safety(String),
}

/// Says whether a gate is about safety.
#[must_use]
pub fn is_safety(gate: &GateResult) -> bool {
    is_of_safety(gate.category.as_deref()) || SAFETY_METRICS.contains(&gate.metric.as_str())
}

/// Says whether a gate may be waived, by its metric, in the light of everything that was judged.
///
/// # Errors
/// A metric without a gate, an open gate, or one about safety.
pub fn waivable<'a>(
    gates: impl IntoIterator<Item = &'a GateResult>,
    metric: &str,
) -> Result<(), WaiverFault> {
    let about: Vec<&GateResult> = gates.into_iter().filter(|g| g.metric == metric).collect();
    if about.is_empty() {
        return Err(WaiverFault::Unknown(metric.to_owned()));
    }
    if about.iter().any(|gate| is_safety(gate)) {
        return Err(WaiverFault::Safety(metric.to_owned()));
    }
    if !about.iter().any(|gate| is_closed(gate)) {
        return Err(WaiverFault::Open(metric.to_owned()));
    }
    Ok(())
}

/// Returns the metrics of the gates that are closed and may be waived, sorted.
#[must_use]
pub fn closed(gates: &[GateResult]) -> BTreeSet<&str> {
    let metrics = gates.iter().filter(|gate| is_closed(gate)).map(|gate| gate.metric.as_str());
    metrics.filter(|metric| waivable(gates, metric).is_ok()).collect()
}

/// Returns the metrics of every gate that is closed, sorted; also of those that nobody may waive.
#[must_use]
pub fn all_closed(gates: &[GateResult]) -> BTreeSet<&str> {
    gates.iter().filter(|gate| is_closed(gate)).map(|gate| gate.metric.as_str()).collect()
}

fn is_closed(gate: &GateResult) -> bool {
    matches!(gate.verdict, Verdict::Fail | Verdict::Inconclusive)
}

/// Says whether everything that keeps a run's gates closed is waived.
#[must_use]
pub fn is_waived(claim: &Claim<'_>, waived: &[String]) -> bool {
    let mut closed = claim.closed().peekable();
    closed.peek().is_some() && closed.all(|gate| !is_safety(gate) && waived.contains(&gate.metric))
}

/// Says what is missing of the evidence.
///
/// `lists` says whether the registry lists whose signatures count; then a run without one of them
/// only advises. Gates are waived by their metrics.
#[must_use]
pub fn evidence(
    composition: &Composition,
    states: &[SuiteState<'_>],
    lists: bool,
    waived: &[String],
) -> Vec<Finding> {
    let mut findings = Vec::new();
    if states.is_empty() {
        let place = composition.loaded.entry.document.place("/suites");
        findings.push(
            Finding::new(
                &rules::EVIDENCE_MISSING,
                place,
                format!("`{}` names no suite; nothing would prove it", composition.name),
            )
            .help("name one: `suites: [support_golden@1.0.0]`"),
        );
    }
    for state in states {
        let place = composition.place(state.suite);
        let suite = state.suite.reference();
        let id = &state.suite.name.id;
        match &state.state {
            State::ToRun { why, cost } => {
                let cost = cost.map(|cost| format!(" (at most {cost})")).unwrap_or_default();
                let message = format!("`{suite}` has no run of this: {}", why.join("; "));
                let help =
                    format!("`keelmark eval run {id} --when release --record` makes one{cost}");
                findings.push(Finding::new(&rules::EVIDENCE_MISSING, place, message).help(help));
            }
            State::Closed { run, why } if !is_waived(&run.claim, waived) => {
                let message = format!("`{suite}`: the run {} says {}", run.run, why.join("; "));
                let help = "mend what closed it and run it again; a gate that is not about safety \
                            can be waived for a while with `release tag --waive`";
                findings.push(Finding::new(&rules::GATE_CLOSED, place, message).help(help));
            }
            State::Reused { run, .. } | State::Closed { run, .. } => {
                if run.record.is_none() {
                    let message = format!("`{suite}`: the run {} is only recorded here", run.run);
                    let sign = if lists { " --sign" } else { "" };
                    let help =
                        format!("`keelmark eval record {}{sign}` puts it into the ledger", run.run);
                    findings
                        .push(Finding::new(&rules::EVIDENCE_MISSING, place, message).help(help));
                } else if lists && run.provenance == Provenance::Local {
                    let unsigned = Local::Run(Unbelieved::Unsigned);
                    let why = run.local.unwrap_or(&unsigned);
                    let message = format!("`{suite}`: the run {} counts as local: {why}", run.run);
                    let help = why.next_step();
                    findings.push(Finding::new(&rules::EVIDENCE_LOCAL, place, message).help(help));
                }
            }
        }
    }
    findings.into_iter().map(|finding| finding.entry(&composition.name)).collect()
}

/// Says that a tag of the release would go out unsigned where the registry lists whose signatures
/// count. `why` says what keeps it from being signed.
#[must_use]
pub fn unsigned(composition: &Composition, list: &str, why: &str, help: String) -> Finding {
    let message = format!(
        "the release tag would go out unsigned, and `{list}` lists whose signatures count: {why}"
    );
    let place = composition.loaded.entry.document.place("/version");
    Finding::new(&rules::RELEASE_UNSIGNED, place, message).help(help).entry(&composition.name)
}

/// Says in findings that what they miss may stand in a newer ledger; `fetch` says how to bring it.
pub fn suggest_fetching(findings: &mut [Finding], fetch: &str) {
    let told = findings.iter_mut().filter(|f| rules::OF_LEDGER.iter().any(|r| r.id == f.rule.id));
    for finding in told {
        let known = format!("where others recorded it, {fetch}");
        finding.help = Some(match finding.help.take() {
            Some(help) => format!("{help}; {known}"),
            None => known,
        });
    }
}

/// A document of a release, as a tree has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Its path.
    pub path: String,
    /// The lines that wait for the author's words; `None` where there is no such file.
    pub unfilled: Option<Vec<u32>>,
    /// What a decision record says of itself; `None` for another document, or where there is none.
    pub decision: Option<Decision>,
}

/// Says whether the decision stands: for a release it is accepted, for a candidate it may be proposed.
/// One whose front matter cannot be read decides nothing.
#[must_use]
pub fn decided(composition: &Composition, adr: &Document, candidate: bool) -> Option<Finding> {
    let decision = adr.decision.as_ref()?;
    let status = decision.status.as_deref().unwrap_or_default();
    let proposed = status.eq_ignore_ascii_case("proposed");
    let stands = status.eq_ignore_ascii_case("accepted") || (candidate && proposed);
    let message = match &decision.fault {
        Some(fault) => format!("the front matter of `{}` cannot be read: {fault}", adr.path),
        None if stands => return None,
        None if status.is_empty() => format!("`{}` has no `status`", adr.path),
        None => format!("`{}` is `{status}`", adr.path),
    };
    let place = composition.loaded.entry.document.place("/version");
    let help = if proposed && decision.fault.is_none() {
        format!("`keelmark release prepare {}` writes `accepted`", composition.name.id)
    } else {
        "a release needs a decision that is accepted: `status: accepted`".to_owned()
    };
    let finding = Finding::new(&rules::ADR_INCOMPLETE, place, message).help(help);
    Some(finding.entry(&composition.name))
}

/// Says what is missing of decision record and notes.
#[must_use]
pub fn documents(composition: &Composition, adr: &Document, notes: &Document) -> Vec<Finding> {
    let mut findings = Vec::new();
    let id = &composition.name.id;
    let prepare = format!("`keelmark release prepare {id}` writes it");
    let missing = |rule: &'static Rule, place: Place, document: &Document| {
        Finding::new(rule, place, format!("there is no `{}`", document.path)).help(prepare.clone())
    };
    let place = || composition.loaded.entry.document.place("/version");
    match &adr.unfilled {
        None => findings.push(missing(&rules::ADR_MISSING, place(), adr)),
        Some(lines) if !lines.is_empty() => {
            let lines: Vec<String> = lines.iter().map(ToString::to_string).collect();
            let message = format!("`{}` waits for words at line {}", adr.path, lines.join(", "));
            let finding = Finding::new(&rules::ADR_INCOMPLETE, place(), message);
            findings.push(finding.help("write them in place of the marks, and commit"));
        }
        Some(_) => {}
    }
    let own = composition.entry_digest();
    if let Some(other) = adr.decision.as_ref().and_then(|decision| decision.is_of_another(own)) {
        let message = format!(
            "`{}` is about another content of `{}`: the entry digest sha256:{}…, and this one is sha256:{}…",
            adr.path,
            composition.name,
            other.chars().take(DIGITS).collect::<String>(),
            own.short(DIGITS)
        );
        findings.push(
            Finding::new(&rules::ADR_INCOMPLETE, place(), message)
                .help(format!("{prepare} anew; your words in the marked places are carried over")),
        );
    }
    if notes.unfilled.is_none() {
        findings.push(missing(&rules::NOTES_MISSING, place(), notes));
    }
    findings.into_iter().map(|finding| finding.entry(&composition.name)).collect()
}

/// Says which runs prove the release and are not named in its decision record: they were made after
/// it was written, and it says less than the tag.
#[must_use]
pub fn uncited(
    composition: &Composition,
    (adr, text): (&Document, &str),
    runs: &[EvidenceFact],
) -> Vec<Finding> {
    let lacking = runs.iter().filter(|run| !text.contains(&run.run));
    let finding = |run: &EvidenceFact| {
        let place = composition.loaded.entry.document.place("/version");
        let message = format!("`{}` does not name the run {}, which proves it", adr.path, run.run);
        let mut finding = Finding::new(&rules::ADR_INCOMPLETE, place, message);
        finding.severity = Severity::Warning;
        let id = &composition.name.id;
        finding
            .help(format!(
                "`keelmark release prepare {id}` writes its scores, and keeps your words"
            ))
            .entry(&composition.name)
    };
    lacking.map(finding).collect()
}
