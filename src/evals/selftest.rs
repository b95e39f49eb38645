//! The gates against themselves: how often they would raise an alarm although nothing changed.
//!
//! The repeats of each case are split in halves at random, and one half is judged against the other
//! with the configured margins. Whatever fails then is a false alarm.

use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng as _, SeedableRng as _};
use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};
use serde::Serialize;

use super::difference::{Difference, Method, Series, direction};
use super::gate::{IntervalRecord, Verdict};
use super::table::Table;
use crate::registry::policy::gates::Gates;
use crate::stats::{Direction, Ends, Level, Proportion, StatsFault, wilson};

/// The number of splits that a report uses.
pub const SPLITS: u32 = 1_000;

/// The number of bootstrap resamples within a split: fewer than a gate's own, for there are many
/// splits, and their ends differ from a gate's by less than the splits differ from each other.
const RESAMPLES_OF_SPLIT: u32 = 1_000;

/// How often something happened in so many splits.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Frequency {
    /// How often.
    pub count: u32,
    /// As a share.
    pub rate: f64,
    /// Wilson's interval of the share.
    pub interval: IntervalRecord,
}

/// One relative gate against itself.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GateAlarms {
    /// The metric.
    pub metric: String,
    /// Its margin.
    pub margin: f64,
    /// The number of cases that have the score in both halves of the first split.
    pub n: u32,
    /// How often it failed.
    pub alarms: Frequency,
    /// How often it could not decide.
    pub inconclusive: Frequency,
}

/// All relative gates against themselves.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SelfTest {
    /// The seed of the splits.
    pub seed: u64,
    /// The number of splits.
    pub splits: u32,
    /// Each gate.
    pub gates: Vec<GateAlarms>,
    /// How often at least one gate failed.
    pub any_alarm: Frequency,
    /// How often none failed and at least one could not decide.
    pub any_inconclusive: Frequency,
}

/// Why there is no self-test.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SelfTestFault {
    /// The policy has no relative gate.
    #[error("the gates policy has no `margins`, so there is no relative gate to test")]
    NoMargins,
    /// Cases with fewer than two answers.
    #[error("{lacking} of {cases} cases have fewer than 2 answers; run with `--repeat 2` or more")]
    TooFewRepeats {
        /// The number of such cases.
        lacking: usize,
        /// The number of all.
        cases: usize,
    },
    /// A metric that no case has in two repeats.
    #[error("no case has the score `{0}` in two repeats")]
    NoScores(String),
    /// A number that statistics refuse.
    #[error(transparent)]
    Stats(#[from] StatsFault),
}

/// What the gates said in one split, each with its number of cases.
type Split = Vec<(Verdict, u32)>;

/// What is needed of one gate.
struct Tested<'a> {
    metric: &'a str,
    margin: f64,
    direction: Direction,
    /// For each case its values by repeat.
    cases: Vec<Vec<(u32, f64)>>,
}

/// Tests the relative gates of a policy on a run with repeats.
pub fn self_test(
    table: &Table,
    policy: &Gates,
    seed: u64,
    splits: u32,
) -> Result<SelfTest, SelfTestFault> {
    if policy.margins.is_empty() {
        return Err(SelfTestFault::NoMargins);
    }
    let answered = table.answered();
    let lacking = answered.iter().filter(|(_, repeats)| repeats.len() < 2).count();
    if lacking > 0 || answered.is_empty() {
        return Err(SelfTestFault::TooFewRepeats { lacking, cases: answered.len() });
    }
    let confidence = Level::new(policy.confidence)?;
    let tested: Vec<Tested<'_>> = policy
        .margins
        .iter()
        .map(|(metric, margin)| Tested {
            metric,
            margin: *margin,
            direction: direction(metric, Some(policy)),
            cases: answered.iter().map(|(index, _)| table.repeats_of(metric, *index)).collect(),
        })
        .collect();
    let of_split = |split: u32| -> Result<Split, SelfTestFault> {
        let seed = seed.wrapping_add(u64::from(split));
        let halves = halves(&answered, seed);
        let method = Method { confidence, resamples: RESAMPLES_OF_SPLIT, seed };
        tested.iter().map(|gate| judge(gate, &halves, &method)).collect()
    };
    let verdicts: Vec<Split> =
        (0..splits).into_par_iter().map(of_split).collect::<Result<_, _>>()?;
    let frequency = |happened: &dyn Fn(&Split) -> bool| {
        let count = verdicts.iter().filter(|split| happened(split)).count();
        let rate = Proportion::new(count as u64, verdicts.len() as u64)?;
        let interval = wilson(rate, confidence, Ends::Both).into();
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        Ok::<_, StatsFault>(Frequency { count, rate: rate.estimate(), interval })
    };
    let says = |split: &Split, place: usize, wanted: Verdict| {
        split.get(place).is_some_and(|(verdict, _)| *verdict == wanted)
    };
    let any = |split: &Split, wanted: Verdict| split.iter().any(|(verdict, _)| *verdict == wanted);
    let mut gates = Vec::new();
    for (place, gate) in tested.iter().enumerate() {
        let first = verdicts.first().and_then(|split| split.get(place));
        gates.push(GateAlarms {
            metric: gate.metric.to_owned(),
            margin: gate.margin,
            n: first.map_or(0, |(_, n)| *n),
            alarms: frequency(&|split| says(split, place, Verdict::Fail))?,
            inconclusive: frequency(&|split| says(split, place, Verdict::Inconclusive))?,
        });
    }
    Ok(SelfTest {
        seed,
        splits,
        gates,
        any_alarm: frequency(&|split| any(split, Verdict::Fail))?,
        any_inconclusive: frequency(&|split| {
            !any(split, Verdict::Fail) && any(split, Verdict::Inconclusive)
        })?,
    })
}

/// The repeats of one case in two halves of one size.
type Halves = Vec<(Vec<u32>, Vec<u32>)>;

/// Splits the repeats of each case; of an odd number one is left out.
fn halves(answered: &[(u32, Vec<u32>)], seed: u64) -> Halves {
    let mut generator = Xoshiro256PlusPlus::seed_from_u64(seed);
    let split = |(_, repeats): &(u32, Vec<u32>)| {
        let mut repeats = repeats.clone();
        // Fisher and Yates; the bias of the remainder is below 2⁻³² for so few repeats.
        for last in (1..repeats.len()).rev() {
            let other = generator.next_u64() % (last as u64 + 1);
            repeats.swap(last, usize::try_from(other).unwrap_or(last));
        }
        let half = repeats.len() / 2;
        let second = repeats.split_off(half);
        (repeats, second.into_iter().take(half).collect())
    };
    answered.iter().map(split).collect()
}

/// Judges the second half of each case against the first.
fn judge(
    gate: &Tested<'_>,
    halves: &Halves,
    method: &Method,
) -> Result<(Verdict, u32), SelfTestFault> {
    let mean_over = |values: &[(u32, f64)], half: &[u32]| {
        let of_half = values.iter().filter(|(repeat, _)| half.contains(repeat));
        let (sum, count) = of_half.fold((0.0, 0_u32), |(s, n), (_, value)| (s + value, n + 1));
        (count > 0).then(|| sum / f64::from(count))
    };
    let mut series = Series::default();
    for (values, (first, second)) in gate.cases.iter().zip(halves) {
        if let (Some(before), Some(after)) = (mean_over(values, first), mean_over(values, second)) {
            series.before.push(before);
            series.after.push(after);
        }
    }
    if series.before.is_empty() {
        return Err(SelfTestFault::NoScores(gate.metric.to_owned()));
    }
    let difference = Difference::of(gate.metric, &series, method)?;
    Ok((difference.verdict(gate.margin, gate.direction)?, difference.n))
}

#[cfg(test)]
mod tests;
