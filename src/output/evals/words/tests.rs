use proptest::prelude::*;

use super::{cut, difference, estimate, gate, number, some_of};
use crate::evals::gate::{IntervalRecord, Verdict};
use crate::output::evals::tests;

fn interval(low: Option<f64>, high: Option<f64>, method: &str) -> IntervalRecord {
    IntervalRecord { low, high, confidence: 0.95, method: method.to_owned() }
}

#[test]
fn values_stand_with_their_units_and_intervals() {
    let wilson = interval(Some(0.6396), Some(0.9476), "wilson");
    let zero = interval(None, Some(0.072_157), "clopper-pearson");
    let t = interval(Some(-0.5), Some(2.25), "t");
    let order = interval(Some(700.0), None, "order-statistic");
    let cases = [
        ("exact", 20, 0.85, Some(&wilson), "17/20 85.0 % (95 % Wilson 64.0–94.8 %)"),
        // Two of 22 cases could not be judged: the share is not one of 22.
        ("exact", 22, 0.85, Some(&wilson), "85.0 % (95 % Wilson 64.0–94.8 %)"),
        ("no_pii", 40, 0.0, Some(&zero), "0/40 0.0 % (95 % Clopper–Pearson at most 7.2 %)"),
        ("judge", 20, 1.0, Some(&t), "1 (95 % t −0.5 to 2.25)"),
        (
            "latency_ms",
            20,
            812.34,
            Some(&order),
            "812.3 ms (95 % order statistics at least 700 ms)",
        ),
        ("cost_usd", 20, 0.000_012_4, None, "$0.000012"),
        ("sev1_count", 20, 0.0, None, "0"),
    ];
    for (metric, n, value, interval, expected) in cases {
        assert_eq!(estimate(metric, n, value, interval), expected);
    }
}

#[test]
fn differences_have_signs_and_rates_have_points() {
    let newcombe = interval(Some(-0.121), Some(0.023), "newcombe-paired");
    let cases = [
        ("exact", -0.05, Some(&newcombe), "−5.0 pp (95 % Newcombe −12.1 to 2.3 pp)"),
        ("exact", 0.0001, Some(&newcombe), "0.0 pp (95 % Newcombe −12.1 to 2.3 pp)"),
        ("latency_ms", 12.5, None, "+12.5 ms"),
        ("cost_usd", -0.01, None, "−$0.01"),
        ("judge", 0.0, None, "0"),
    ];
    for (metric, value, interval, expected) in cases {
        assert_eq!(difference(metric, value, interval), expected);
    }
}

#[test]
fn a_confidence_that_is_not_usual_is_written_out() {
    let interval = IntervalRecord { confidence: 0.975, ..interval(Some(0.1), Some(0.2), "bca") };
    assert_eq!(estimate("f1", 3, 0.15, Some(&interval)), "0.15 (97.5 % BCa 0.1–0.2)");
}

#[test]
fn gates_are_named_by_category_metric_aggregate_and_scope() {
    let mut named = tests::gate("latency_ms", Verdict::Pass);
    assert_eq!(gate(&named), "latency_ms");
    named.category = Some("speed".into());
    named.aggregate = "p95".into();
    named.scope = "domain = Billing".into();
    assert_eq!(gate(&named), "speed: latency_ms p95 (domain = Billing)");
}

#[test]
fn lists_and_sentences_are_cut() {
    let names: Vec<String> = (0..23).map(|at| at.to_string()).collect();
    assert!(some_of(&names).ends_with("18, 19 and 3 more"));
    assert_eq!(some_of(&[]), "");
    assert_eq!(cut("é"), "é");
    assert_eq!(cut(&"é".repeat(301)).chars().count(), 301);
    assert_eq!(cut(&"é".repeat(300)), "é".repeat(300));
}

proptest! {
    #[test]
    fn numbers_read_back_to_four_digits(value in -1e8_f64..1e8) {
        let shown = number(value).replace('−', "-");
        let read: f64 = shown.parse().expect("a number");
        prop_assert!((read - value).abs() <= value.abs() * 1e-3 + 1e-9, "{} is {}", value, shown);
    }
}
