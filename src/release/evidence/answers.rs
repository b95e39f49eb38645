//! What a release does to answers: the cases of two packs, side by side.

use crate::evals::baseline::{Baseline, BaselineFault};
use crate::evals::compare::{Comparison, Sides};
use crate::evals::difference::Method;
use crate::evals::record::CaseRecord;
use crate::evals::ruling;
use crate::evals::table::TableFault;
use crate::registry::policy::gates::Gates;
use crate::release::facts::{AnswerExample, ChangedAnswers};
use crate::release::pack::{Pack, PackFault};
use crate::stats::{Level, StatsFault};

/// Answers are shown here, not intervals: the fewest resamples that the bootstrap takes seriously.
const RESAMPLES: u32 = 100;

/// Why two packs cannot be set side by side.
#[derive(Debug, thiserror::Error)]
pub enum AnswersFault {
    /// A pack that cannot be read.
    #[error(transparent)]
    Pack(#[from] PackFault),
    /// Records that no table can hold.
    #[error(transparent)]
    Table(#[from] TableFault),
    /// Cases that cannot be told apart.
    #[error(transparent)]
    Cases(#[from] BaselineFault),
    /// A mean that cannot be computed.
    #[error(transparent)]
    Statistic(#[from] StatsFault),
}

/// Sets the answers of two runs of a suite side by side: that of the release before, and that of this
/// one. `None` where the instruments or all rows differ, so that nothing can be said.
///
/// # Errors
/// A pack cannot be read, or holds what cannot be compared.
pub fn changed_answers(
    before: &Pack<'_>,
    after: &Pack<'_>,
    policy: Option<&Gates>,
) -> Result<Option<ChangedAnswers>, AnswersFault> {
    let cases = |pack: &Pack<'_>| pack.cases().collect::<Result<Vec<CaseRecord>, _>>();
    let (old, new) = (cases(before)?, cases(after)?);
    let baseline = Baseline::from_record(&before.run, &old)?;
    let table = ruling::table(&new, policy)?;
    let fingerprint = &after.run.fingerprint;
    let sides = Sides { before: &baseline, after: &table, fingerprint, policy };
    let confidence = Level::new(policy.map_or(0.95, |policy| policy.confidence))?;
    let method = Method { confidence, resamples: RESAMPLES, seed: after.run.seed };
    let mut comparison = Comparison::of(&sides, &method)?;
    comparison.show_answers(&old, &new);
    let Comparison::Changed(changes) = comparison else { return Ok(None) };
    let examples = changes.examples.into_iter().map(|example| AnswerExample {
        case: example.case,
        before: example.before,
        after: example.after,
    });
    Ok(Some(ChangedAnswers {
        suite: after.run.suite.entry.clone(),
        cases: changes.cases,
        changed: changes.answers_changed,
        newly_passing: changes.newly_passing,
        newly_failing: changes.newly_failing,
        examples: examples.collect(),
    }))
}
