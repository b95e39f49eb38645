//! Statistics for eval suites: intervals, paired differences, tests and the power of a suite.
//!
//! Every function takes values and gives values. The room knows counts and numbers; it must never
//! know suites, metrics, gates or records. Bad input gives a [`StatsFault`]; an interval or an end
//! of one that the data cannot give is `None`, never a number that looks like one.

mod bootstrap;
mod fault;
mod interval;
mod moments;
mod multiple;
mod noncentral;
mod paired;
mod power;
mod quantile;
mod rate;
mod special;
mod two_rates;
mod verdict;
mod welch;

pub use bootstrap::{Bootstrap, Plan, Resamples, Sample, Shape, Statistic, bootstrap};
pub use fault::StatsFault;
pub use interval::{Ends, Interval, Level};
pub use moments::{Moments, mean_interval, sum, without_nan};
pub use multiple::holm;
pub use paired::{McNemar, PairedCounts, differences};
pub use power::{
    Change, Design, Sides, cases_for_mean, cases_for_mean_non_inferiority, cases_for_rate,
    detectable_paired_difference, detectable_rate_change, power_for_mean,
};
pub use quantile::{Sorted, cases_to_bound_quantile};
pub use rate::{Proportion, clean_cases_needed, clopper_pearson, wilson};
pub use two_rates::{TwoRates, ZTest};
pub use verdict::{Direction, Verdict, non_inferiority};
pub use welch::{Fieller, Uplift, Welch, fieller, relative_uplift, welch};
