//! Gates against the baseline: no metric may be worse by more than its margin.
//!
//! The run passes if every metric is shown to be non-inferior. Each test must hold, so that their
//! number needs no correction (an intersection-union test, Berger 1982).

use super::court::{Court, CourtFault};
use super::decide::lack_of_coverage;
use super::words::{join, number};
use super::{BarSource, GateResult, Verdict};
use crate::evals::difference::{Difference, Method, RESAMPLES, direction};
use crate::evals::pairs::{Compared, Pairs};
use crate::evals::table::{Scope, Table};
use crate::stats::{Direction, Level};

impl Court<'_> {
    /// Judges each metric that has a margin.
    pub(super) fn judge_baseline(
        &self,
        table: &Table,
        confidence: Level,
    ) -> Result<Vec<GateResult>, CourtFault> {
        let Some(policy) = self.policy else { return Ok(Vec::new()) };
        let mut results = Vec::new();
        for (metric, margin) in &policy.margins {
            if !(margin.is_finite() && *margin >= 0.0) {
                let key = format!("margins.{metric}");
                let expected = "0 or a positive number";
                return Err(CourtFault::Number { key, value: *margin, expected });
            }
            results.push(self.advise(self.judge_margin(metric, *margin, table, confidence)));
        }
        Ok(results)
    }

    fn judge_margin(
        &self,
        metric: &str,
        margin: f64,
        table: &Table,
        confidence: Level,
    ) -> GateResult {
        let direction = direction(metric, self.policy);
        let bar = match direction {
            Direction::HigherIsBetter => format!("> {}", 0.0 - margin),
            Direction::LowerIsBetter => format!("< {margin}"),
        };
        let mut result = GateResult::new(BarSource::Baseline, metric, "difference", bar);
        let pairs = match self.baseline {
            None => {
                "no baseline yet; `keelmark eval bless RUN` makes one"
                    .clone_into(&mut result.reason);
                return result;
            }
            Some(Compared::Incomparable(parts)) => {
                result.reason = format!("not comparable with the baseline: {}", parts.join("; "));
                return result;
            }
            Some(Compared::Paired(pairs)) => pairs,
        };
        let method = Method { confidence, resamples: RESAMPLES, seed: self.seed };
        self.judge_pairs(&mut result, pairs, table, (margin, direction), &method);
        result
    }

    fn judge_pairs(
        &self,
        result: &mut GateResult,
        pairs: &Pairs,
        table: &Table,
        (margin, direction): (f64, Direction),
        method: &Method,
    ) {
        let coverage = table.coverage(&result.metric, &Scope::all());
        if let Some(lack) = lack_of_coverage(coverage, self.least_coverage(&result.metric), table) {
            result.verdict = Verdict::Inconclusive;
            result.reason = lack;
            return;
        }
        let Some(series) = pairs.series(&result.metric) else {
            "no case has this score in both runs".clone_into(&mut result.reason);
            return;
        };
        let found = Difference::of(&result.metric, series, method)
            .and_then(|difference| Ok((difference.verdict(margin, direction)?, difference)));
        let (verdict, difference) = match found {
            Ok(found) => found,
            Err(fault) => {
                result.verdict = Verdict::Inconclusive;
                result.reason = fault.to_string();
                return;
            }
        };
        result.n = difference.n;
        result.estimate = Some(difference.estimate);
        result.verdict = verdict;
        let mut reasons = Vec::new();
        if pairs.is_unchanged() && series.before == series.after {
            result.verdict = Verdict::Pass;
            reasons.push("no answer differs from the baseline's".to_owned());
        } else if difference.interval.is_none() {
            reasons.push("the differences do not vary, so there is no interval".to_owned());
        } else if verdict == Verdict::Inconclusive {
            reasons.push("too few cases to tell: the interval holds the margin".to_owned());
        }
        if let Some(p) = difference.mcnemar_p {
            reasons.push(format!("McNemar's p = {}", number(p)));
        }
        result.interval = difference.interval;
        result.reason = join(reasons);
    }
}
