//! Bars of single cases: they decide wherever the policy has no gate.

use super::court::{Court, Judged};
use super::decide::{MOST_OFFENDERS, lack_of_coverage};
use super::words::{count, join, percent};
use super::{BarSource, GateResult, Verdict};
use crate::evals::table::{Coverage, Scope, Table};
use crate::registry::profile::HitSeverity;
use crate::stats::{Ends, Level, Proportion, clopper_pearson, wilson};

impl Court<'_> {
    /// Judges bars of cases by metric, and then guardrails by name.
    pub(super) fn judge_cases(
        &self,
        gates: &[Judged<'_>],
        table: &Table,
        confidence: Level,
    ) -> Vec<GateResult> {
        let covering = |metrics: &[&str]| -> Vec<Scope> {
            let of_metric = gates.iter().filter(|judged| metrics.contains(&&*judged.gate.metric));
            of_metric.map(|judged| Scope::of_gate(judged.gate)).collect()
        };
        let mut results = Vec::new();
        for metric in table.bar_metrics() {
            let scope = Scope::all().about(metric).except(covering(&[metric]));
            results.extend(self.judge_bars(metric, &scope, table, confidence));
        }
        for (name, severity) in table.guardrails() {
            let metrics = severity.map(severity_metrics).unwrap_or_default();
            let scope = Scope::of_guardrail(name).except(covering(&metrics));
            results.extend(judge_guardrail(name, &scope, table, confidence));
        }
        results
    }

    /// Judges the bars about one metric. A case holds if each of its repeats does.
    fn judge_bars(
        &self,
        metric: &str,
        scope: &Scope,
        table: &Table,
        confidence: Level,
    ) -> Option<GateResult> {
        let tallies = table.tallies(scope);
        let broken: Vec<u32> =
            tallies.iter().filter(|(_, t)| t.broken > 0).map(|(index, _)| *index).collect();
        let open: Vec<u32> = tallies
            .iter()
            .filter(|(_, t)| t.broken == 0 && t.open > 0)
            .map(|(index, _)| *index)
            .collect();
        let flaky = tallies.iter().filter(|(_, t)| t.broken > 0 && t.broken < t.repeats() - t.open);
        let flaky = flaky.count();
        let mut coverage = Coverage::default();
        for (_, tally) in &tallies {
            coverage.run += u64::from(tally.repeats());
            coverage.answered += u64::from(tally.repeats() - tally.errors);
            coverage.scored += u64::from(tally.repeats() - tally.open);
            coverage.unscored += u64::from(tally.open - tally.errors);
        }
        let bar = table.common_bar(scope).unwrap_or("each its own");
        let mut result = of_cases(metric, scope, tallies.len(), bar)?;
        // A case without an answer is no case that held.
        let judged = tallies.len() - open.len();
        result.n = u32::try_from(judged).unwrap_or(u32::MAX);
        let rate = Proportion::new((judged - broken.len()) as u64, judged as u64);
        if let Ok(rate) = rate {
            result.estimate = Some(rate.estimate());
            result.interval = Some(wilson(rate, confidence, Ends::Both).into());
        }
        let lack = lack_of_coverage(coverage, self.least_coverage(metric), table);
        let mut reasons = Vec::new();
        if !broken.is_empty() {
            result.verdict = Verdict::Fail;
            let verb = if broken.len() == 1 { "misses its" } else { "miss their" };
            reasons.push(format!("{} {verb} bar", count(broken.len(), "case")));
            if flaky > 0 {
                let verb = if flaky == 1 { "holds" } else { "hold" };
                reasons.push(format!("{flaky} of them {verb} in another repeat"));
            }
        } else if let Some(lack) = lack {
            result.verdict = Verdict::Inconclusive;
            reasons.push(lack);
        }
        result.offenders = named(if broken.is_empty() { &open } else { &broken }, table);
        result.reason = join(reasons);
        Some(self.advise_on(result, coverage))
    }
}

/// Judges one guardrail: no answer may hit it.
fn judge_guardrail(
    name: &str,
    scope: &Scope,
    table: &Table,
    confidence: Level,
) -> Option<GateResult> {
    let tallies = table.tallies(scope);
    let hit = table.hit(name, scope);
    let mut result = of_cases(name, scope, tallies.len(), "no hit")?;
    // Where nothing was answered, nothing could be hit.
    let n = tallies.iter().filter(|(_, tally)| tally.repeats() > tally.errors).count();
    result.n = u32::try_from(n).unwrap_or(u32::MAX);
    let Ok(rate) = Proportion::new(hit.len() as u64, n as u64) else {
        result.verdict = Verdict::Inconclusive;
        "no case has an answer".clone_into(&mut result.reason);
        return Some(result);
    };
    let interval = clopper_pearson(rate, confidence, Ends::High);
    result.estimate = Some(rate.estimate());
    if hit.is_empty() {
        let high = interval.high.map(percent).unwrap_or_default();
        result.reason = format!("0 of {n} proves at most {high}");
    } else {
        result.verdict = Verdict::Fail;
        let verb = if hit.len() == 1 { "hits" } else { "hit" };
        result.reason = format!("{} {verb} it", count(hit.len(), "case"));
    }
    result.interval = Some(interval.into());
    result.offenders = named(&hit, table);
    Some(result)
}

/// Begins a result about single cases, which holds; there is none without cases.
fn of_cases(metric: &str, scope: &Scope, n: usize, bar: &str) -> Option<GateResult> {
    (n > 0).then(|| GateResult {
        scope: scope.words(),
        n: u32::try_from(n).unwrap_or(u32::MAX),
        verdict: Verdict::Pass,
        ..GateResult::new(BarSource::Cases, metric, "each", bar.to_owned())
    })
}

/// Names the metrics whose gates decide about hits of a severity.
fn severity_metrics(severity: HitSeverity) -> Vec<&'static str> {
    match severity {
        HitSeverity::Sev1 => vec!["sev1_count", "sev1_rate"],
        HitSeverity::Sev2 => vec!["sev2_count", "sev2_rate"],
        HitSeverity::Sev3 => vec!["sev3_count", "sev3_rate"],
    }
}

fn named(cases: &[u32], table: &Table) -> Vec<String> {
    cases.iter().take(MOST_OFFENDERS).map(|index| table.shown(*index)).collect()
}
