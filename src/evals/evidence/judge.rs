//! The judgement: the run beside the baseline, with nothing between them but the text.

use std::collections::BTreeSet;

use super::fault::{EvidenceFault, Shown, difference, figure};
use super::{Evidence, EvidenceCase};
use crate::digest::Digest;
use crate::evals::baseline::{Baseline, instruments};
use crate::evals::difference::{Difference, Method, RESAMPLES, Series, direction};
use crate::evals::gate::{Decision, RunVerdict, Verdict};
use crate::evals::record::Status;
use crate::registry::policy::gates::Gates;
use crate::stats::{Level, StatsFault};

/// How many ids a list of differences names.
const MOST_NAMED: usize = 3;

/// What evidence is held against.
#[derive(Debug, Clone, Copy)]
pub struct Bench<'a> {
    /// The prompt, such as `prompt/billing_refund`.
    pub entry: &'a str,
    /// The behaviour that is published.
    pub before: Digest,
    /// The behaviour of the entry now.
    pub after: Digest,
    /// The base's baseline of the run's suite and model.
    pub baseline: Option<&'a Baseline>,
    /// The base's gates policy.
    pub gates: Option<&'a Gates>,
}

impl Evidence {
    /// Judges the evidence: each metric that has a margin and that the baseline measured must be
    /// shown to be worse by less than that, over the cases that the prompt answered. The test is the
    /// one of the gates; all must hold, so that their number needs no correction.
    ///
    /// Metrics of judges that only advise prove nothing and are passed over.
    ///
    /// # Errors
    /// The first thing that does not hold.
    pub fn judge(&self, bench: &Bench<'_>) -> Result<Vec<Shown>, EvidenceFault> {
        if self.run.status != Status::Finished {
            return Err(EvidenceFault::Unfinished);
        }
        if self.run.settings.shard.is_some() || !self.run.settings.filters.is_empty() {
            return Err(EvidenceFault::Part);
        }
        let asked = self.asked(bench)?;
        if Decision::of(&self.run.verdicts).verdict() == RunVerdict::Fail {
            return Err(EvidenceFault::GatesClosed);
        }
        let gates = bench.gates.filter(|gates| !gates.margins.is_empty());
        let gates = gates.ok_or(EvidenceFault::NoMargins)?;
        let baseline = bench.baseline.ok_or_else(|| EvidenceFault::NoBaseline {
            suite: self.run.suite.entry.clone(),
            model: self.run.model.clone(),
        })?;
        self.refuse_incomparable(baseline, bench, &asked)?;
        let cases = self.cases.iter().filter(|(_, case)| asked.contains(&case.prompt));
        let pairs: Vec<_> =
            cases.filter_map(|(id, after)| Some((baseline.cases.get(id)?, after))).collect();
        let mut shown = Vec::new();
        for (metric, margin) in &gates.margins {
            if !(margin.is_finite() && *margin >= 0.0) {
                let key = format!("margins.{metric}");
                return Err(EvidenceFault::Policy { key, value: *margin });
            }
            let measured = pairs.iter().filter(|(before, _)| before.scores.contains_key(metric));
            let (measured, mut series) = (measured.count(), Series::default());
            if measured == 0 || self.advises(metric) {
                continue;
            }
            for (before, after) in &pairs {
                if let (Some(before), Some(after)) =
                    (before.scores.get(metric), after.scores.get(metric))
                {
                    series.before.push(*before);
                    series.after.push(*after);
                }
            }
            self.refuse_gaps(metric, measured, series.before.len(), gates)?;
            let is_unchanged = series.before == series.after
                && pairs.iter().all(|(before, after)| {
                    after.answer_sha256.is_some() && before.answer_sha256 == after.answer_sha256
                });
            shown.push(self.compare((metric, *margin), &series, gates, is_unchanged)?);
        }
        if shown.is_empty() {
            return Err(EvidenceFault::NothingMeasured);
        }
        Ok(shown)
    }

    /// Returns which of the run's prompts are the entry, all of them as it is now.
    fn asked(&self, bench: &Bench<'_>) -> Result<BTreeSet<u16>, EvidenceFault> {
        let stamps = (0_u16..).zip(&self.run.prompts);
        let own: Vec<_> = stamps.filter(|(_, s)| s.prompt.entry == bench.entry).collect();
        let entry = bench.entry.to_owned();
        if own.is_empty() {
            return Err(EvidenceFault::NotAsked { entry });
        }
        if let Some((_, stamp)) = own.iter().find(|(_, s)| s.prompt.behaviour != bench.after) {
            let (run, now) = (stamp.prompt.behaviour, bench.after);
            return Err(EvidenceFault::OtherText { entry, run, now });
        }
        Ok(own.into_iter().map(|(at, _)| at).collect())
    }

    /// Refuses a baseline of something else than what is published, and one that differs in more
    /// than the text: in suite, model, instruments, cases or rows. Whatever else differs could hide
    /// what the text did.
    fn refuse_incomparable(
        &self,
        baseline: &Baseline,
        bench: &Bench<'_>,
        asked: &BTreeSet<u16>,
    ) -> Result<(), EvidenceFault> {
        let own: Vec<_> =
            baseline.prompts.iter().filter(|stamp| stamp.prompt.entry == bench.entry).collect();
        if own.is_empty() || own.iter().any(|stamp| stamp.prompt.behaviour != bench.before) {
            let (suite, entry) = (baseline.suite.entry.clone(), bench.entry.to_owned());
            return Err(EvidenceFault::OtherBaseline { suite, entry });
        }
        let mut parts = Vec::new();
        if baseline.suite.behaviour != self.run.suite.behaviour {
            parts.push("the suite differs".to_owned());
        }
        let stamps = (0_u16..).zip(&self.run.prompts).filter(|(at, _)| asked.contains(at));
        let same_model = |model: &Digest| own.iter().any(|stamp| stamp.model.behaviour == *model);
        let other = stamps.map(|(_, s)| &s.model).find(|model| !same_model(&model.behaviour));
        parts.extend(other.map(|model| format!("`{}` differs", model.entry)));
        parts.extend(instruments(&baseline.fingerprint, &self.run.fingerprint));
        let (before, after) = (&baseline.cases, &self.cases);
        let lacks = |of: &BTreeSet<&String>, other: &BTreeSet<&String>| -> Vec<String> {
            of.difference(other).map(|id| (*id).clone()).collect()
        };
        let (old, new) = (before.keys().collect(), after.keys().collect());
        let differs = |(id, case): (&String, &EvidenceCase)| {
            before.get(id).is_some_and(|old| old.row != case.row).then(|| id.clone())
        };
        let rows: Vec<String> = after.iter().filter_map(differs).collect();
        parts.extend(listed("the baseline lacks", &lacks(&new, &old)));
        parts.extend(listed("the run lacks", &lacks(&old, &new)));
        parts.extend(listed("other rows stand in", &rows));
        if parts.is_empty() { Ok(()) } else { Err(EvidenceFault::Incomparable { parts }) }
    }

    /// Says whether the scores of a metric come from a judge that only advises.
    fn advises(&self, metric: &str) -> bool {
        let name = if metric == "judge" { self.run.default_judge.as_deref() } else { Some(metric) };
        let judge = name.and_then(|name| self.run.judges.get(name));
        judge.is_some_and(|judge| judge.advisory.is_some())
    }

    /// Refuses a metric that too few cases have a value of: the lost ones may be the bad ones.
    fn refuse_gaps(
        &self,
        metric: &str,
        measured: usize,
        paired: usize,
        gates: &Gates,
    ) -> Result<(), EvidenceFault> {
        let judge = self.run.judges.get(metric).map_or(0.0, |judge| judge.min_coverage);
        let least = gates.min_coverage.max(judge);
        #[expect(clippy::cast_precision_loss, reason = "counts of cases are small")]
        let share = paired as f64 / measured as f64;
        if paired > 0 && share >= least {
            return Ok(());
        }
        let why = format!(
            "{paired} of the {measured} cases that the baseline measured have a score, and at least {} must",
            figure(least)
        );
        Err(EvidenceFault::Undecided { metric: metric.to_owned(), why })
    }

    fn compare(
        &self,
        (metric, margin): (&str, f64),
        series: &Series,
        gates: &Gates,
        is_unchanged: bool,
    ) -> Result<Shown, EvidenceFault> {
        let undecided = |why: String| EvidenceFault::Undecided { metric: metric.to_owned(), why };
        let statistic = |fault: StatsFault| undecided(fault.to_string());
        let confidence = Level::new(gates.confidence).map_err(|_| EvidenceFault::Policy {
            key: "confidence".to_owned(),
            value: gates.confidence,
        })?;
        let method = Method { confidence, resamples: RESAMPLES, seed: self.run.seed };
        let found = Difference::of(metric, series, &method).map_err(statistic)?;
        let verdict = found.verdict(margin, direction(metric, Some(gates))).map_err(statistic)?;
        let shown = Shown {
            metric: metric.to_owned(),
            n: found.n,
            estimate: found.estimate,
            interval: found.interval,
            margin,
        };
        match verdict {
            Verdict::Pass => Ok(shown),
            _ if is_unchanged => Ok(Shown { interval: None, ..shown }),
            Verdict::Fail => Err(EvidenceFault::Worse(shown)),
            _ => Err(undecided(format!(
                "{}, and the margin is {}",
                difference(&shown),
                figure(margin)
            ))),
        }
    }
}

/// Writes the first ids of a list behind some words; nothing for an empty one.
fn listed(words: &str, ids: &[String]) -> Option<String> {
    let first: Vec<String> =
        ids.iter().take(MOST_NAMED).map(|id| format!("`{}`", id.escape_debug())).collect();
    let more = if ids.len() > MOST_NAMED { ", …" } else { "" };
    (!ids.is_empty()).then(|| format!("{words} {}{more}", first.join(", ")))
}
