//! Holds the room `stats` against figures that were published, to the digits printed there.
//!
//! The paired counts are those of two systems on the 1,319 problems of GSM8K
//! (openai/grade-school-math, MIT, `example_model_solutions.jsonl`); reference values by scipy
//! 1.17.1 and statsmodels 0.15.0.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use keelmark::stats::{Ends, Interval, Level, PairedCounts, Proportion, clopper_pearson, wilson};

fn of(successes: u64, trials: u64) -> Proportion {
    Proportion::new(successes, trials).expect("a rate")
}

fn rounded(value: f64, digits: usize) -> String {
    format!("{value:.digits$}")
}

fn ends(interval: &Interval, digits: usize) -> [String; 2] {
    [interval.low, interval.high].map(|end| rounded(end.expect("an end"), digits))
}

#[test]
fn wilson_and_exact_intervals_are_reproduced_to_the_digit() {
    for (x, n, digits, low, high) in [
        (457, 1319, 6, "0.321274", "0.372567"),
        (513, 1319, 6, "0.362981", "0.415526"),
        (17, 20, 4, "0.6396", "0.9476"),
        (18, 20, 4, "0.6990", "0.9721"),
        (5, 5, 4, "0.5655", "1.0000"),
        (10, 10, 4, "0.7225", "1.0000"),
        (460, 500, 4, "0.8929", "0.9407"),
        (0, 200, 4, "0.0000", "0.0188"),
        (0, 1000, 4, "0.0000", "0.0038"),
    ] {
        let found = wilson(of(x, n), Level::PERCENT_95, Ends::Both);
        assert_eq!(ends(&found, digits), [low, high], "{x} of {n}");
    }
    let lower = wilson(of(18, 20), Level::PERCENT_95, Ends::Low);
    assert_eq!(rounded(lower.low.expect("low"), 4), "0.7383");
    let upper = clopper_pearson(of(0, 40), Level::PERCENT_95, Ends::High);
    assert_eq!(rounded(upper.high.expect("high"), 3), "0.072");
}

#[test]
fn two_systems_on_the_same_problems_are_compared_to_the_digit() {
    // Problems that only one of the two systems solved, among the first n.
    for (n, base_only, candidate_only, method, statistic, p) in [
        (1319, 151, 207, "mcnemar-chi-square-cc", "8.449721", "0.003651"),
        (200, 20, 30, "mcnemar-chi-square-cc", "1.620000", "0.203092"),
        (50, 7, 5, "mcnemar-exact", "5.000000", "0.774414"),
        (20, 2, 3, "mcnemar-exact", "2.000000", "1.000000"),
    ] {
        let neither = n - base_only - candidate_only;
        let counts = PairedCounts { both: 0, base_only, candidate_only, neither };
        let test = counts.mcnemar();
        assert_eq!((test.method, rounded(test.statistic, 6)), (method, statistic.to_owned()));
        assert_eq!(rounded(test.p, 6), p, "first {n}");
    }
    let all = PairedCounts { both: 306, base_only: 151, candidate_only: 207, neither: 655 };
    assert_eq!(rounded(all.difference().expect("cases"), 6), "0.042456");
    let wald = all.wald(Level::PERCENT_95).expect("cases");
    assert_eq!(ends(&wald, 6), ["0.014434", "0.070478"]);
}

/// Complete response before and after consolidation therapy (Cavo et al. 2012), with the figures that
/// the R package contingencytables (Fagerland, Lydersen and Laake) holds in its own tests.
#[test]
fn paired_methods_agree_with_another_implementation() {
    let counts = PairedCounts { both: 59, base_only: 6, candidate_only: 16, neither: 80 };
    assert_eq!(rounded(counts.difference().expect("cases"), 4), "0.0621");
    let newcombe = counts.newcombe(Level::PERCENT_95).expect("cases");
    assert_eq!(ends(&newcombe, 4), ["0.0046", "0.1186"]);
    let tango = counts.tango(Level::PERCENT_95).expect("cases");
    assert_eq!(ends(&tango, 4), ["0.0054", "0.1240"]);
    let wald = counts.wald(Level::PERCENT_95).expect("cases");
    assert_eq!(ends(&wald, 4), ["0.0058", "0.1184"]);
    assert_eq!(rounded(counts.mcnemar().p, 6), "0.052479");
}
