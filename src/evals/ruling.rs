//! What the bars say of a recorded run: from its header and the table of its cases to verdicts.
//!
//! Whoever runs a suite and whoever proves an old run again come through here, so that equal
//! records, bars and baselines give equal verdicts.

use std::collections::BTreeMap;

use super::gate::{Court, CourtFault, GateResult, Verdict};
use super::pairs::Compared;
use super::record::{CaseRecord, RunRecord};
use super::table::{Keep, Names, Table, TableFault};
use crate::registry::policy::gates::Gates;

/// Says what a table must keep so that a policy can judge it and a baseline be compared with it.
#[must_use]
pub fn keep(policy: Option<&Gates>) -> Keep {
    policy.map_or_else(Keep::all_names, |policy| Keep::of_policy(policy, Names::All))
}

/// Makes the table of some cases.
///
/// # Errors
/// A record that no table can hold, such as one with a score that is no number.
pub fn table(cases: &[CaseRecord], policy: Option<&Gates>) -> Result<Table, TableFault> {
    let mut table = Table::new(keep(policy));
    for case in cases {
        table.add(case)?;
    }
    Ok(table)
}

/// Judges a run by a policy and its baseline. The table must keep what [`keep`] says.
///
/// # Errors
/// A policy that cannot be applied.
pub fn verdicts(
    run: &RunRecord,
    policy: Option<&Gates>,
    baseline: Option<&Compared>,
    table: &Table,
) -> Result<Vec<GateResult>, CourtFault> {
    let judges = run.judges.iter();
    let advisory: BTreeMap<String, String> = judges
        .clone()
        .filter_map(|(metric, judge)| Some((metric.clone(), judge.advisory.clone()?)))
        .collect();
    let court = Court {
        policy,
        suite: &run.suite.entry,
        journey: run.journey.as_deref(),
        tier: run.settings.tier,
        advisory,
        judge_coverage: judges
            .map(|(metric, judge)| (metric.clone(), judge.min_coverage))
            .collect(),
        baseline,
        seed: run.seed,
    };
    let mut results = court.judge(table)?;
    for result in &mut results {
        let unseated = run.judges.get(&result.metric).is_some_and(|judge| judge.unseated);
        if unseated && result.verdict == Verdict::Advisory {
            result.verdict = Verdict::Inconclusive;
            result.reason = format!(
                "the base's judge gates, and the change takes its calibration away: {}",
                result.reason
            );
        }
    }
    Ok(results)
}
