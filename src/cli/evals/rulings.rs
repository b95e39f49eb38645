//! Judges a recorded run by the bars of the base, and puts the verdicts into its record.

use super::witness::read_baseline;
use super::{Desk, Prepared};
use crate::checks::ReadPolicy;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::store::runs::Stored;
use crate::digest::Digest;
use crate::evals::baseline::Baseline;
use crate::evals::compare::{Comparison, Sides};
use crate::evals::difference::Method;
use crate::evals::gate::{Decision, GateResult, RunVerdict};
use crate::evals::pairs::Compared;
use crate::evals::power::Power;
use crate::evals::record::{CaseRecord, RunRecord, Status, Tokens};
use crate::evals::report::{self, Report};
use crate::evals::ruling;
use crate::evals::stability::Stability;
use crate::evals::table::{Scope, Table};
use crate::finding::Place;
use crate::registry::policy::gates::Gates;
use crate::schema::PolicyName;
use crate::stats::Level;

/// How many resamples the bootstrap of a report draws.
const RESAMPLES: u32 = 10_000;

/// A run that was judged.
#[derive(Debug)]
pub(in crate::cli) struct Rulings {
    /// What is shown.
    pub report: Report,
    /// What follows for the exit code.
    pub exit: Exit,
}

/// Bars and baseline, as the base has them.
pub(in crate::cli) struct Law {
    gates: Option<ReadPolicy<Gates>>,
    /// The change's own bars, where they are others.
    own: Option<ReadPolicy<Gates>>,
    baseline: Option<(Baseline, Digest)>,
}

/// Judges a run that has ended, and saves the verdicts.
///
/// # Errors
/// Bars or a baseline that cannot be believed, a record that cannot be read.
pub(in crate::cli) fn judge_run(
    desk: &Desk<'_>,
    prepared: Option<&Prepared>,
    stored: &mut Stored,
    accept: Option<&str>,
) -> Result<Rulings, Failure> {
    let (cases, digest) = stored.sorted_cases()?;
    let law = desk.law(&stored.record)?;
    let gates = law.gates.as_ref().map(|read| &read.policy);
    let table = table(&cases, gates)?;
    let compared = law
        .baseline
        .as_ref()
        .map(|(baseline, _)| Compared::of(baseline, &stored.record.fingerprint, &table));
    let mut notes = Vec::new();
    let record = &mut stored.record;
    let is_part = record.settings.shard.is_some();
    record.verdicts = if is_part {
        notes
            .push("this is a part of the suite; `keelmark eval merge` judges the whole".to_owned());
        Vec::new()
    } else {
        rule(record, gates, compared.as_ref(), &table)?
    };
    let after_merge = match &law.own {
        Some(own) if !is_part => {
            let table = self::table(&cases, Some(&own.policy))?;
            rule(record, Some(&own.policy), compared.as_ref(), &table)?
        }
        _ => Vec::new(),
    };
    record.gates = law.gates.as_ref().map(|read| read.digest);
    record.baseline = law.baseline.as_ref().map(|(_, digest)| *digest);
    record.cases_sha256 = Some(digest);
    record.accepted_inconclusive = accept.map(ToOwned::to_owned);
    total(record, &cases, &table);
    stored.save()?;
    let record = &stored.record;
    if law.gates.is_none() {
        notes.push("the base has no gates.yaml: every case must pass its own bar".to_owned());
    }
    if record.profile.is_none() && cases.iter().any(|case| !case.guardrails.is_empty()) {
        notes.push("no guardrail profile is at hand: every hit fails its case".to_owned());
    }
    let unanswered = cases.iter().filter(|case| case.answer.is_none()).count();
    if unanswered > 0 {
        let (cases, them) =
            if unanswered == 1 { ("case has", "it") } else { ("cases have", "them") };
        notes.push(format!(
            "{unanswered} {cases} no answer; `keelmark eval run --resume {}` asks for {them} again",
            record.id
        ));
    }
    for (metric, judge) in &record.judges {
        if let Some(why) = judge.advisory.as_ref().filter(|_| !judge.unseated) {
            notes.push(format!("`{metric}` advises and does not gate: {why}"));
        }
    }
    let comparison = match &law.baseline {
        Some((baseline, _)) => {
            let mut comparison = compare(record, baseline, &table, gates)?;
            // The run that was blessed may still be here, with its answers.
            if let Some(blessed) = desk.runs()?.by_digest(baseline.run)?
                && let Ok((before, _)) = blessed.sorted_cases()
            {
                comparison.show_answers(&before, &cases);
            }
            Some(comparison)
        }
        None => None,
    };
    let mut exit = exit(record, &Decision::of(&record.verdicts), accept, is_part);
    if let Some(lack) = lack_of_answers(&table, gates) {
        notes.push(lack);
        if accept.is_none() {
            exit = exit.and(Exit::Undecided);
        }
    }
    let report = assemble(Parts {
        record,
        cases,
        places: prepared.map(places).unwrap_or_default(),
        table: &table,
        gates,
        comparison,
        compared_with: law.baseline.is_some().then(|| "baseline".to_owned()),
        after_merge,
        notes,
    })?;
    Ok(Rulings { report, exit })
}

/// What a report is made of.
pub(in crate::cli) struct Parts<'a> {
    /// The header.
    pub record: &'a RunRecord,
    /// The cases, sorted.
    pub cases: Vec<CaseRecord>,
    /// Where they stand.
    pub places: Vec<Option<Place>>,
    /// Their table.
    pub table: &'a Table,
    /// The policy that decided.
    pub gates: Option<&'a Gates>,
    /// The run beside another.
    pub comparison: Option<Comparison>,
    /// Which other.
    pub compared_with: Option<String>,
    /// The verdicts of the change's own bars.
    pub after_merge: Vec<GateResult>,
    /// What people should know besides.
    pub notes: Vec<String>,
}

/// Makes a report.
///
/// # Errors
/// When a statistic cannot be computed.
pub(in crate::cli) fn assemble(parts: Parts<'_>) -> Result<Report, Failure> {
    let Parts {
        record,
        cases,
        places,
        table,
        gates,
        comparison,
        compared_with,
        after_merge,
        notes,
    } = parts;
    let confidence = level(gates)?;
    let metrics =
        report::metrics(record, table, gates, confidence).map_err(|fault| statistic(&fault))?;
    let pass = table.values("pass", &Scope::all());
    #[expect(clippy::cast_precision_loss, reason = "counts of cases are small")]
    let rate = pass.iter().map(|(_, value)| value).sum::<f64>() / pass.len().max(1) as f64;
    let power = Power::of(pass.len() as u64, rate, None).ok().filter(|_| !pass.is_empty());
    Ok(Report {
        run: record.clone(),
        counts: report::counts(table),
        metrics,
        stability: table.has_repeats().then(|| Stability::of(table)),
        power,
        comparison,
        compared_with,
        after_merge,
        notes,
        cases,
        places,
    })
}

/// Adds records to a table that keeps all names.
///
/// # Errors
/// A record that no table can hold, such as one with a score that is no number.
pub(in crate::cli) fn table(cases: &[CaseRecord], gates: Option<&Gates>) -> Result<Table, Failure> {
    ruling::table(cases, gates).map_err(|fault| Failure::integrity(fault.to_string()))
}

/// Compares a run with another one or with its baseline.
///
/// # Errors
/// When a statistic cannot be computed.
pub(in crate::cli) fn compare(
    record: &RunRecord,
    before: &Baseline,
    after: &Table,
    gates: Option<&Gates>,
) -> Result<Comparison, Failure> {
    let sides = Sides { before, after, fingerprint: &record.fingerprint, policy: gates };
    let method = Method { confidence: level(gates)?, resamples: RESAMPLES, seed: record.seed };
    Comparison::of(&sides, &method).map_err(|fault| statistic(&fault))
}

fn level(gates: Option<&Gates>) -> Result<Level, Failure> {
    Level::new(gates.map_or(0.95, |gates| gates.confidence))
        .map_err(|fault| Failure::usage(format!("`confidence` of gates.yaml: {fault}")))
}

fn statistic(fault: &crate::stats::StatsFault) -> Failure {
    Failure::undecided(format!("a statistic cannot be computed: {fault}"))
}

fn rule(
    record: &RunRecord,
    gates: Option<&Gates>,
    baseline: Option<&Compared>,
    table: &Table,
) -> Result<Vec<GateResult>, Failure> {
    ruling::verdicts(record, gates, baseline, table)
        .map_err(|fault| Failure::usage(fault.to_string()))
}

/// Adds up answers and tokens; calls and what was paid are the runner's.
fn total(record: &mut RunRecord, cases: &[CaseRecord], table: &Table) {
    let mut tokens = Tokens::default();
    let mut answers = 0;
    for answer in cases.iter().filter_map(|case| case.answer.as_ref()) {
        answers += 1;
        let counted = answer.tokens.unwrap_or_default();
        tokens.input = tokens.input.saturating_add(counted.input);
        tokens.output = tokens.output.saturating_add(counted.output);
    }
    record.totals.cases = u32::try_from(table.cases()).unwrap_or(u32::MAX);
    record.totals.answers = answers;
    record.totals.tokens = tokens;
}

/// Returns the place of each case's id, for formats that point at lines.
fn places(prepared: &Prepared) -> Vec<Option<Place>> {
    let single = prepared.files.first().filter(|_| prepared.files.len() == 1);
    let cases = prepared.session.cases.iter();
    cases.map(|case| single.map(|file| file.place(case, "case_id"))).collect()
}

/// Says that so many answers are missing that the run measured too little, whatever the rest says.
fn lack_of_answers(table: &Table, gates: Option<&Gates>) -> Option<String> {
    let least = gates.map_or_else(|| Gates::default().min_coverage, |gates| gates.min_coverage);
    let coverage = table.coverage("pass", &Scope::all());
    #[expect(clippy::cast_precision_loss, reason = "counts of answers are small")]
    let share = coverage.answered as f64 / coverage.run.max(1) as f64;
    (share < least).then(|| {
        let (answered, run) = (coverage.answered, coverage.run);
        format!("only {answered} of {run} calls were answered; `min_coverage` asks for {least}")
    })
}

/// Says how a run ends: what is broken is broken, and what is open is not closed.
fn exit(record: &RunRecord, decision: &Decision, accept: Option<&str>, is_part: bool) -> Exit {
    let mut exit = match record.status {
        Status::Finished => Exit::Success,
        Status::Interrupted => Exit::Interrupted,
        Status::Running | Status::Capped => Exit::Undecided,
    };
    if is_part {
        return exit;
    }
    if decision.failed > 0 {
        exit = exit.and(Exit::Findings);
    }
    let open = decision.inconclusive > 0 || decision.verdict() == RunVerdict::Inconclusive;
    if open && accept.is_none() {
        exit = exit.and(Exit::Undecided);
    }
    exit
}

impl Desk<'_> {
    /// Reads bars and baseline of the base, and the bars of the change where they are others.
    pub(in crate::cli) fn law(&self, record: &RunRecord) -> Result<Law, Failure> {
        let gates = self.trusted_policy::<Gates>(PolicyName::Gates)?;
        let own = self.own_policy::<Gates>(PolicyName::Gates)?;
        let same = own.as_ref().map(|read| read.digest) == gates.as_ref().map(|read| read.digest);
        Ok(Law { gates, own: own.filter(|_| !same), baseline: self.baseline(record)? })
    }

    /// Returns the bars of the base.
    ///
    /// # Errors
    /// A policy that cannot be believed.
    pub(in crate::cli) fn gates(&self) -> Result<Option<Gates>, Failure> {
        Ok(self.trusted_policy::<Gates>(PolicyName::Gates)?.map(|read| read.policy))
    }

    /// Reads the baseline of a run's suite and model, as the base has it.
    ///
    /// # Errors
    /// A baseline that cannot be believed.
    pub(in crate::cli) fn baseline(
        &self,
        record: &RunRecord,
    ) -> Result<Option<(Baseline, Digest)>, Failure> {
        let root = self.trusted_layout.root();
        read_baseline(self.trusted_tree(), root, record)?
            .map_err(|doubt| Failure::usage(doubt.what).hint(doubt.next))
    }
}
