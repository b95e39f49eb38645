//! Bootstrap intervals of a mean or a median, seeded or exhaustive.

use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng as _, SeedableRng as _};

use super::fault::StatsFault;
use super::interval::{Interval, Level};
use super::moments::{Moments, check_finite};
use super::quantile::Sorted;
use super::special::{length, normal_upper, normal_upper_quantile};

/// The most resamples that are enumerated.
const MOST_RESAMPLES: u64 = 1_000_000;

/// The values whose statistic is bounded.
#[derive(Debug, Clone, Copy)]
pub enum Sample<'a> {
    /// One sample, such as the differences of paired cases.
    One(&'a [f64]),
    /// The statistic of the treatment less that of the control, the two being independent.
    Difference {
        /// The values of the control.
        control: &'a [f64],
        /// The values of the treatment.
        treatment: &'a [f64],
    },
}

/// What is computed of every resample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Statistic {
    /// The mean.
    Mean,
    /// The median, halfway between the two middle values of an even number.
    Median,
}

/// How the ends are read off the resamples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// At the error's own percentiles.
    Percentile,
    /// At percentiles corrected for bias and acceleration (Efron 1987).
    Bca,
}

/// Which resamples are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resamples {
    /// All there are, each once; for very small samples only.
    Exhaustive,
    /// So many, drawn with Xoshiro256++ from a seed; the same seed gives the same interval.
    Seeded {
        /// The number of resamples, 2 or more.
        count: u32,
        /// The seed.
        seed: u64,
    },
}

/// How a bootstrap is performed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Plan {
    /// What is computed of every resample.
    pub statistic: Statistic,
    /// How the ends are read off.
    pub shape: Shape,
    /// Which resamples are taken.
    pub resamples: Resamples,
    /// The confidence of the interval.
    pub confidence: Level,
}

/// A statistic with its bootstrap interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bootstrap {
    /// The statistic of the values themselves.
    pub estimate: f64,
    /// The standard deviation of the resamples' statistics.
    pub standard_error: f64,
    /// The interval.
    pub interval: Interval,
    /// The number of resamples.
    pub resamples: u64,
}

/// Computes a bootstrap interval; a sample has 2 or more values.
///
/// Percentiles lie between neighbours (type 7). Resamples that do not vary, or for `BCa` do not
/// surround the estimate, are [`StatsFault::NoVariation`].
pub fn bootstrap(sample: &Sample<'_>, plan: &Plan) -> Result<Bootstrap, StatsFault> {
    let groups = match *sample {
        Sample::One(values) => vec![(1.0, values)],
        Sample::Difference { control, treatment } => vec![(-1.0, control), (1.0, treatment)],
    };
    for (_, values) in &groups {
        check_group(values)?;
    }
    if let Resamples::Seeded { count: count @ ..2, .. } = plan.resamples {
        let value = f64::from(count);
        return Err(StatsFault::OutOfRange { name: "resamples", value, expected: "2 or more" });
    }
    let statistic = plan.statistic;
    let estimate = groups.iter().map(|(sign, values)| sign * statistic.of(&mut values.to_vec()));
    let estimate: f64 = estimate.sum();
    let replicates = match plan.resamples {
        Resamples::Exhaustive => enumerate(&groups, statistic)?,
        Resamples::Seeded { count, seed } => draw(&groups, statistic, count, seed),
    };
    let standard_error = spread(&replicates, plan.resamples)?;
    if standard_error <= 0.0 {
        return Err(StatsFault::NoVariation);
    }
    let sorted = Sorted::new(replicates)?;
    let tail = plan.confidence.complement() / 2.0;
    let (low, high) = match plan.shape {
        Shape::Percentile => (tail, 1.0 - tail),
        Shape::Bca => {
            let acceleration = acceleration(&groups, statistic);
            corrected_levels(&sorted, estimate, acceleration, tail)
                .ok_or(StatsFault::NoVariation)?
        }
    };
    let method = match plan.shape {
        Shape::Percentile => "percentile",
        Shape::Bca => "bca",
    };
    let at = |level: f64| {
        Level::new(level).map(|level| sorted.interpolated(level)).or(Err(StatsFault::NoVariation))
    };
    Ok(Bootstrap {
        estimate,
        standard_error,
        interval: Interval::between(at(low)?, at(high)?, plan.confidence, method),
        resamples: sorted.values().len() as u64,
    })
}

impl Statistic {
    /// Computes the statistic; a median reorders the values.
    fn of(self, values: &mut [f64]) -> f64 {
        let size = values.len();
        if self == Self::Mean {
            return values.iter().sum::<f64>() / length(size);
        }
        let (below, middle, _) = values.select_nth_unstable_by(size / 2, f64::total_cmp);
        if size % 2 == 1 {
            return *middle;
        }
        let lower = below.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        lower + (*middle - lower) / 2.0
    }

    /// Computes the statistic without each value in turn.
    fn without_each(self, values: &[f64]) -> Vec<f64> {
        if self == Self::Mean {
            let (total, rest): (f64, _) = (values.iter().sum(), length(values.len()) - 1.0);
            return values.iter().map(|value| (total - value) / rest).collect();
        }
        let without = |left_out: usize| {
            let rest = values.iter().enumerate().filter(|(place, _)| *place != left_out);
            self.of(&mut rest.map(|(_, value)| *value).collect::<Vec<_>>())
        };
        (0..values.len()).map(without).collect()
    }
}

/// Computes the standard deviation of the statistics: all there are, or a sample of them.
fn spread(replicates: &[f64], resamples: Resamples) -> Result<f64, StatsFault> {
    // The values are finite, so only their sums can have run out of range.
    let moments = Moments::of(replicates).or(Err(StatsFault::Overflow))?;
    let variance = moments.variance().ok_or(StatsFault::TooFew { needed: 2, found: 1 })?;
    let size = length(replicates.len());
    Ok(match resamples {
        Resamples::Exhaustive => (variance * (size - 1.0) / size).sqrt(),
        Resamples::Seeded { .. } => variance.sqrt(),
    })
}

fn check_group(values: &[f64]) -> Result<(), StatsFault> {
    if values.len() < 2 {
        return Err(StatsFault::TooFew { needed: 2, found: values.len() as u64 });
    }
    check_finite(values)
}

/// Draws resamples; the order of draws is group by group within each resample.
fn draw(groups: &[(f64, &[f64])], statistic: Statistic, count: u32, seed: u64) -> Vec<f64> {
    let mut generator = Xoshiro256PlusPlus::seed_from_u64(seed);
    let mut buffer = Vec::new();
    let mut resample = |values: &[f64]| {
        buffer.clear();
        buffer
            .extend(values.iter().filter_map(|_| values.get(index(&mut generator, values.len()))));
        statistic.of(&mut buffer)
    };
    (0..count).map(|_| groups.iter().map(|(sign, values)| sign * resample(values)).sum()).collect()
}

/// Draws a number below `bound` without bias (Lemire 2019).
#[expect(clippy::cast_possible_truncation, reason = "the two halves are what is wanted")]
fn index(generator: &mut Xoshiro256PlusPlus, bound: usize) -> usize {
    let bound = bound as u64;
    loop {
        let product = u128::from(generator.next_u64()) * u128::from(bound);
        let [high, low] = [(product >> 64) as u64, product as u64];
        if low >= bound || low >= bound.wrapping_neg() % bound {
            return high as usize;
        }
    }
}

/// Computes the statistic of every resample there is.
fn enumerate(groups: &[(f64, &[f64])], statistic: Statistic) -> Result<Vec<f64>, StatsFault> {
    let size = groups.iter().try_fold(1_u64, |total, (_, values)| {
        let all = (values.len() as u64).checked_pow(u32::try_from(values.len()).ok()?)?;
        total.checked_mul(all).filter(|total| *total <= MOST_RESAMPLES)
    });
    if size.is_none() {
        return Err(StatsFault::TooManyResamples { limit: MOST_RESAMPLES });
    }
    Ok(groups.iter().fold(vec![0.0], |sums, (sign, values)| {
        let of_group: Vec<f64> =
            tuples(values).iter_mut().map(|tuple| sign * statistic.of(tuple)).collect();
        sums.iter().flat_map(|sum| of_group.iter().map(move |value| sum + value)).collect()
    }))
}

/// Lists all ordered choices, with repetition, of as many values as there are.
fn tuples(values: &[f64]) -> Vec<Vec<f64>> {
    values.iter().fold(vec![Vec::new()], |tuples, _| {
        let longer = |tuple: &Vec<f64>, value: f64| [tuple.as_slice(), &[value]].concat();
        tuples.iter().flat_map(|tuple| values.iter().map(move |v| longer(tuple, *v))).collect()
    })
}

/// Computes the acceleration from the statistics without each value in turn.
///
/// With `u = (n − 1)·(mean of those − each)` it is `Σ(Σu³/n³) / (6·(Σ(Σu²/n²))^1.5)`, the outer sums
/// over the groups (Efron and Tibshirani 1993, equation 14.15; for groups as in scipy).
fn acceleration(groups: &[(f64, &[f64])], statistic: Statistic) -> f64 {
    let (mut cubes, mut squares) = (0.0, 0.0);
    for (sign, values) in groups {
        let size = length(values.len());
        let without = statistic.without_each(values);
        let mean = without.iter().sum::<f64>() / size;
        let influence = without.iter().map(|value| sign * (size - 1.0) * (mean - value) / size);
        for share in influence {
            cubes += share.powi(3);
            squares += share.powi(2);
        }
    }
    cubes / (6.0 * squares.powf(1.5))
}

/// Computes the two percentiles of the `BCa` interval, if there are any.
///
/// `z₀` is the normal quantile of the share of resamples below the estimate, ties by half; a level
/// is `Φ(z₀ + (z₀ ± z)/(1 − a·(z₀ ± z)))`.
fn corrected_levels(
    sorted: &Sorted,
    estimate: f64,
    acceleration: f64,
    tail: f64,
) -> Option<(f64, f64)> {
    let values = sorted.values();
    let below = values.partition_point(|value| *value < estimate);
    let at_most = values.partition_point(|value| *value <= estimate);
    let share = (length(below) + length(at_most)) / (2.0 * length(values.len()));
    if !(share > 0.0 && share < 1.0 && acceleration.is_finite()) {
        return None;
    }
    let bias = -normal_upper_quantile(share);
    let z = normal_upper_quantile(tail);
    let level = |z: f64| {
        let moved = bias + z;
        let stretch = 1.0 - acceleration * moved;
        (stretch > 0.0).then(|| normal_upper(-bias - moved / stretch))
    };
    Some((level(-z)?, level(z)?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn seeded(shape: Shape, count: u32, seed: u64) -> Plan {
        Plan {
            statistic: Statistic::Mean,
            shape,
            resamples: Resamples::Seeded { count, seed },
            confidence: Level::PERCENT_95,
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_interval_on_every_machine() {
        let sample = Sample::One(&[1.0, 0.0, 1.0, 1.0, 0.0, 0.0, 1.0, -1.0]);
        let found = bootstrap(&sample, &seeded(Shape::Bca, 1000, 7)).expect("an interval");
        assert_eq!(found, bootstrap(&sample, &seeded(Shape::Bca, 1000, 7)).expect("an interval"));
        assert_ne!(found, bootstrap(&sample, &seeded(Shape::Bca, 1000, 8)).expect("an interval"));
        let drawn = draw(&[(1.0, &[0.0, 1.0, 2.0, 3.0])], Statistic::Mean, 5, 7);
        // Computed with Xoshiro256++, seeded by SplitMix64, written anew in Python.
        assert_eq!(drawn, [0.75, 1.75, 0.75, 0.75, 0.75]);
    }

    #[test]
    fn indices_are_drawn_without_bias() {
        let mut generator = Xoshiro256PlusPlus::seed_from_u64(1);
        let mut counts = [0_u32; 3];
        for _ in 0..30_000 {
            counts[index(&mut generator, 3)] += 1;
        }
        // Six standard deviations of 30,000 draws with probability one third are 490.
        assert!(counts.iter().all(|count| count.abs_diff(10_000) < 490), "{counts:?}");
        assert_eq!(index(&mut generator, 1), 0);
    }

    #[test]
    fn samples_that_give_no_interval_are_faults() {
        let plan = seeded(Shape::Bca, 100, 1);
        let too_few = |found| Err(StatsFault::TooFew { needed: 2, found });
        let of = |values: &[f64], plan: &Plan| bootstrap(&Sample::One(values), plan);
        assert_eq!(of(&[], &plan), too_few(0));
        assert_eq!(of(&[1.0], &plan), too_few(1));
        assert_eq!(of(&[0.0; 40], &plan), Err(StatsFault::NoVariation));
        assert_eq!(of(&[0.1; 39], &plan), Err(StatsFault::NoVariation));
        assert!(matches!(of(&[1.0, f64::NAN], &plan), Err(StatsFault::NotFinite { .. })));
        for count in [0, 1] {
            let found = of(&[1.0, 2.0], &seeded(Shape::Percentile, count, 1));
            assert!(matches!(found, Err(StatsFault::OutOfRange { .. })), "{found:?}");
        }
        assert_eq!(of(&[f64::MAX, f64::MAX / 2.0], &plan), Err(StatsFault::Overflow));
        let exhaustive = Plan { resamples: Resamples::Exhaustive, ..plan };
        let too_many = Err(StatsFault::TooManyResamples { limit: MOST_RESAMPLES });
        assert_eq!(of(&[1.0; 8], &exhaustive), too_many);
        let sample = Sample::Difference { control: &[1.0, 2.0], treatment: &[1.0] };
        assert_eq!(bootstrap(&sample, &plan), too_few(1));
    }

    proptest! {
        #[test]
        fn intervals_lie_within_the_values_and_move_with_them(
            values in prop::collection::vec(-100_i32..100, 3..40),
            shift in -50_i32..50,
            seed: u64,
        ) {
            let values: Vec<f64> = values.into_iter().map(f64::from).collect();
            let moved: Vec<f64> = values.iter().map(|value| value + f64::from(shift)).collect();
            let plan = seeded(Shape::Percentile, 50, seed);
            let found = bootstrap(&Sample::One(&values), &plan).expect("an interval");
            let after = bootstrap(&Sample::One(&moved), &plan).expect("an interval");
            let (low, high) = (found.interval.low.expect("low"), found.interval.high.expect("high"));
            prop_assert!(low <= high);
            prop_assert!(values.iter().any(|value| *value <= low));
            prop_assert!(values.iter().any(|value| *value >= high));
            let by = after.interval.low.expect("low") - low;
            prop_assert!((by - f64::from(shift)).abs() < 1e-9);
        }
    }
}
