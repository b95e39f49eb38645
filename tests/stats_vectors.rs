//! Reproduces the reference values of `vectors/stats.json`, every case of it by its kind.
//!
//! A kind, an expected field or a recommended behaviour that this file does not know is a failure,
//! so nothing is skipped silently.

#![expect(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};

use keelmark::stats::{
    Change, Design, Direction, Ends, Interval, Level, Moments, PairedCounts, Plan, Proportion,
    Resamples, Sample, Shape, Sides, Sorted, Statistic, StatsFault, TwoRates, Verdict, bootstrap,
    cases_for_mean, cases_for_mean_non_inferiority, cases_for_rate, cases_to_bound_quantile,
    clean_cases_needed, clopper_pearson, detectable_paired_difference, detectable_rate_change,
    fieller, holm, mean_interval, non_inferiority, power_for_mean, relative_uplift, welch, wilson,
    without_nan,
};
use serde_json::Value;

/// What the room gives for the fields of a case; missing ends are NaN.
type Found = BTreeMap<&'static str, Vec<f64>>;

/// Differences below this are rounding around zero.
const NEAR_ZERO: f64 = 1e-15;

/// Fields that no implementation should reproduce, and why.
const NOT_REPRODUCED: [(&str, &str); 4] = [
    ("statsmodels_score_NOT_AN_ORACLE", "as the name says"),
    ("error", "gbstats' name for the fault; the behaviour is checked by `FAULTS`"),
    ("p_error", "null wherever there is a value"),
    ("gbstats_error", "gbstats' name for the fault; the behaviour is checked by `FAULTS`"),
];

/// Cases that must end in a fault: there the numbers of the peers are not to be reproduced.
const FAULTS: [(&str, StatsFault); 3] = [
    ("welch-05-both-constant-different", StatsFault::NoVariation),
    ("welch-07-n1-one-arm", StatsFault::TooFew { needed: 2, found: 1 }),
    ("rel-07-zero-variance-arm", StatsFault::NoVariation),
];

/// Cases with a recommended behaviour that their kind's function checks.
const BEHAVIOURS: [&str; 2] = ["fieller-02-near-zero", "quantile-02-p95-small-n"];

#[test]
fn every_reference_value_is_reproduced_to_its_tolerance() {
    let text = include_str!("vectors/stats.json");
    let file: Value = serde_json::from_str(text).expect("json");
    let cases = file["cases"].as_array().expect("cases");
    assert!(cases.len() > 150, "{} cases", cases.len());
    let mut wrong = Vec::new();
    let mut kinds = BTreeSet::new();
    for case in cases {
        let kind = case["kind"].as_str().expect("kind");
        kinds.insert(kind);
        match reproduce(kind, case) {
            Some(found) => check(case, found, &mut wrong),
            None => wrong.push(format!("the kind `{kind}` is unknown")),
        }
    }
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(kinds.len(), 25, "{kinds:?}");
}

fn reproduce(kind: &str, case: &Value) -> Option<Result<Found, StatsFault>> {
    let input = &case["input"];
    Some(match kind {
        "welch_diff" => welch_diff(input),
        "welch_summary" => welch_summary(input),
        "relative_uplift_delta" => uplift(input),
        "relative_uplift_fieller" => fieller_of(input),
        "noninferiority_relative_upper" => relative_upper(input),
        "two_proportions" => two_proportions(input),
        "noninferiority_proportion_diff" => proportion_difference(input),
        "one_proportion" => one_proportion(case),
        "clean_cases" => {
            Ok(whole("n", clean_cases_needed(level(input, "limit"), level(input, "confidence"))))
        }
        "mcnemar" => {
            let test = counts(input).mcnemar();
            Ok(Found::from([("statistic", vec![test.statistic]), ("p", vec![test.p])]))
        }
        "paired_rates" => paired_rates(input),
        "mean_t" => mean_t(input),
        "quantile_ci" => quantile(case),
        "quantile_cases" => {
            Ok(whole("n", cases_to_bound_quantile(level(input, "p"), level(input, "confidence"))))
        }
        "bootstrap_exhaustive" => exhaustive_difference(input),
        "bootstrap_one_exhaustive" => exhaustive(input),
        "bootstrap_bca" | "bootstrap_one_bca" => monte_carlo(input),
        "power_t" => power(input),
        "sample_size_t" => cases_of_mean(input),
        "sample_size_proportion_h" => cases_of_rate(input),
        "sample_size_noninferiority" => cases_of_non_inferiority(input),
        "detectable_paired" => detectable_paired_difference(
            integer(input, "n"),
            number(input, "discordance"),
            &design(input),
        )
        .map(|found| Found::from([("difference", vec![found.unwrap_or(f64::NAN)])])),
        "detectable_rate" => detectable_rate(input),
        "multiple_testing" => multiple(input),
        _ => return None,
    })
}

fn check(case: &Value, found: Result<Found, StatsFault>, wrong: &mut Vec<String>) {
    let id = case["id"].as_str().expect("id");
    let fault = FAULTS.iter().find(|(case, _)| *case == id).map(|(_, fault)| fault);
    if case.get("recommended_behaviour").is_some() && fault.is_none() && !BEHAVIOURS.contains(&id) {
        wrong.push(format!("{id}: the recommended behaviour is not checked"));
    }
    let found = match (found, fault) {
        (Ok(found), None) => found,
        (Err(found), Some(fault)) if found == *fault => return,
        (found, _) => return wrong.push(format!("{id}: {found:?}, expected {fault:?}")),
    };
    for (field, expected) in case["expected"].as_object().expect("expected") {
        if NOT_REPRODUCED.iter().any(|(name, _)| name == field) {
            continue;
        }
        let expected = numbers(expected);
        let Some(values) = found.get(field.as_str()) else {
            wrong.push(format!("{id}: nothing computes `{field}`"));
            continue;
        };
        let same = values.len() == expected.len()
            && values.iter().zip(&expected).all(|pair| close(case, field, pair));
        if !same {
            wrong.push(format!("{id} {field}: {values:?}, expected {expected:?}"));
        }
    }
}

fn close(case: &Value, field: &str, (found, expected): (&f64, &f64)) -> bool {
    let rtol = case["rtol"].as_f64().expect("rtol");
    let tolerance = match case["kind"].as_str() {
        // Monte Carlo: what the note of the case says.
        Some("bootstrap_bca") if field != "se" => 0.02,
        Some("bootstrap_one_bca") if field != "se" => {
            let ends = &case["expected"];
            rtol * (number(ends, "ci_high") - number(ends, "ci_low"))
        }
        _ => (rtol * expected.abs()).max(NEAR_ZERO),
    };
    (found.is_nan() && expected.is_nan()) || (found - expected).abs() <= tolerance
}

fn number_of(value: &Value) -> f64 {
    match value {
        Value::Number(number) => number.as_f64().expect("a double"),
        Value::Bool(truth) => f64::from(u8::from(*truth)),
        Value::Null => f64::NAN,
        Value::String(text) => match text.as_str() {
            "NaN" => f64::NAN,
            "Infinity" => f64::INFINITY,
            // Verdicts and states as numbers, see `verdict` and `fieller_of`.
            "non_inferior" | "bounded" => 1.0,
            "inferior" | "unbounded" => -1.0,
            "inconclusive" => 0.0,
            other => panic!("`{other}` is no number"),
        },
        other => panic!("{other} is no number"),
    }
}

fn numbers(value: &Value) -> Vec<f64> {
    value
        .as_array()
        .map_or_else(|| vec![number_of(value)], |all| all.iter().map(number_of).collect())
}

fn number(value: &Value, name: &str) -> f64 {
    assert!(value.get(name).is_some(), "no `{name}` in {value}");
    number_of(&value[name])
}

fn integer(value: &Value, name: &str) -> u64 {
    value[name].as_u64().unwrap_or_else(|| panic!("no `{name}` in {value}"))
}

fn level(value: &Value, name: &str) -> Level {
    Level::new(number(value, name)).expect("a level")
}

fn confidence(input: &Value) -> Level {
    Level::new(1.0 - number(input, "alpha")).expect("a level")
}

/// Returns the confidence of the two-sided interval whose ends are one-sided bounds at `alpha`.
fn doubled(input: &Value) -> Level {
    Level::new(1.0 - 2.0 * number(input, "alpha")).expect("a level")
}

#[expect(clippy::cast_precision_loss, reason = "small numbers")]
fn real(count: u64) -> f64 {
    count as f64
}

fn whole(field: &'static str, value: u64) -> Found {
    Found::from([(field, vec![real(value)])])
}

fn ends(interval: &Interval) -> Vec<f64> {
    [interval.low, interval.high].map(|end| end.unwrap_or(f64::NAN)).to_vec()
}

fn low(interval: &Interval) -> Vec<f64> {
    vec![interval.low.unwrap_or(f64::NAN)]
}

fn high(interval: &Interval) -> Vec<f64> {
    vec![interval.high.unwrap_or(f64::NAN)]
}

fn with_ends(mut found: Found, interval: &Interval) -> Found {
    found.insert("ci_low", low(interval));
    found.insert("ci_high", high(interval));
    found
}

fn arm(value: &Value) -> Result<Moments, StatsFault> {
    Moments::from_summary(integer(value, "n"), number(value, "mean"), number(value, "sd"))
}

fn welch_found(control: &Moments, treatment: &Moments, input: &Value) -> Result<Found, StatsFault> {
    let found = welch(control, treatment, confidence(input))?;
    assert_eq!(found.interval.method, "welch");
    let fields = Found::from([
        ("diff", vec![found.difference]),
        ("se", vec![found.standard_error]),
        ("t", vec![found.t]),
        ("df", vec![found.freedom]),
        ("p_two_sided", vec![found.p]),
    ]);
    Ok(with_ends(fields, &found.interval))
}

fn welch_diff(input: &Value) -> Result<Found, StatsFault> {
    let (control, dropped) = without_nan(&numbers(&input["control"]));
    let (treatment, more) = without_nan(&numbers(&input["treatment"]));
    let (control, treatment) = (Moments::of(&control)?, Moments::of(&treatment)?);
    let mut found = welch_found(&control, &treatment, input)?;
    found.extend(whole("n_control", control.count()));
    found.extend(whole("n_treatment", treatment.count()));
    found.extend(whole("dropped", (dropped + more) as u64));
    Ok(found)
}

fn welch_summary(input: &Value) -> Result<Found, StatsFault> {
    welch_found(&arm(&input["control"])?, &arm(&input["treatment"])?, input)
}

fn uplift(input: &Value) -> Result<Found, StatsFault> {
    let (control, treatment) = (arm(&input["control"])?, arm(&input["treatment"])?);
    let found = relative_uplift(&control, &treatment, confidence(input))?;
    let fields = Found::from([
        ("expected", vec![found.uplift]),
        ("se", vec![found.standard_error]),
        ("p", vec![found.p]),
    ]);
    Ok(with_ends(fields, &found.interval))
}

fn fieller_of(input: &Value) -> Result<Found, StatsFault> {
    let (control, treatment) = (arm(&input["control"])?, arm(&input["treatment"])?);
    let found = fieller(&control, &treatment, confidence(input))?;
    let status = if found.interval.is_some() { 1.0 } else { -1.0 };
    let fields = Found::from([("g", vec![found.g]), ("status", vec![status])]);
    Ok(found.interval.map_or(fields.clone(), |interval| with_ends(fields, &interval)))
}

fn verdict(verdict: Verdict) -> Vec<f64> {
    vec![match verdict {
        Verdict::Pass => 1.0,
        Verdict::Fail => -1.0,
        Verdict::Inconclusive => 0.0,
    }]
}

fn relative_upper(input: &Value) -> Result<Found, StatsFault> {
    let (control, treatment) = (arm(&input["control"])?, arm(&input["treatment"])?);
    let found = relative_uplift(&control, &treatment, doubled(input))?;
    let direction = match input["direction"].as_str() {
        Some("lower_is_better") => Direction::LowerIsBetter,
        Some("higher_is_better") => Direction::HigherIsBetter,
        other => panic!("{other:?}"),
    };
    let judged = non_inferiority(&found.interval, number(input, "margin"), direction)?;
    Ok(Found::from([
        ("uplift", vec![found.uplift]),
        ("lower_one_sided_95", low(&found.interval)),
        ("upper_one_sided_95", high(&found.interval)),
        ("verdict", verdict(judged)),
    ]))
}

fn two_rates(input: &Value) -> Result<TwoRates, StatsFault> {
    let rate = |x, n| Proportion::new(integer(input, x), integer(input, n));
    let control = rate("x_control", "n_control")?;
    Ok(TwoRates { control, treatment: rate("x_treatment", "n_treatment")? })
}

fn two_proportions(input: &Value) -> Result<Found, StatsFault> {
    let (rates, confidence) = (two_rates(input)?, confidence(input));
    let pooled = rates.pooled_test();
    Ok(Found::from([
        ("diff", vec![rates.difference()]),
        ("z_pooled", vec![pooled.map_or(f64::NAN, |test| test.z)]),
        ("p_pooled", vec![pooled.map_or(f64::NAN, |test| test.p)]),
        ("ci_wald", ends(&rates.wald(confidence))),
        ("ci_agresti-caffo", ends(&rates.agresti_caffo(confidence))),
        ("ci_newcomb", ends(&rates.newcombe(confidence))),
        ("ci_miettinen_nurminen", ends(&rates.miettinen_nurminen(confidence))),
        ("fisher_p", vec![rates.fisher_p()]),
        ("ratio_ci_log_adjusted", ends(&rates.log_ratio(confidence))),
    ]))
}

fn proportion_difference(input: &Value) -> Result<Found, StatsFault> {
    let (rates, margin) = (two_rates(input)?, number(input, "margin"));
    let interval = rates.miettinen_nurminen(doubled(input));
    let test = rates.score_test(margin);
    Ok(Found::from([
        ("diff", vec![rates.difference()]),
        ("lower_one_sided_95_score", low(&interval)),
        ("upper_one_sided_95_score", high(&interval)),
        ("z", vec![test.z]),
        ("p", vec![test.p]),
        ("verdict", verdict(non_inferiority(&interval, margin, Direction::LowerIsBetter)?)),
    ]))
}

fn one_proportion(case: &Value) -> Result<Found, StatsFault> {
    let input = &case["input"];
    let rate = Proportion::new(integer(input, "x"), integer(input, "n"))?;
    let confidence = confidence(input);
    if case["note"].as_str().is_some_and(|note| note.contains("n>=598")) {
        let half_percent = Level::new(0.005)?;
        assert_eq!(clean_cases_needed(half_percent, Level::PERCENT_95), 598);
    }
    let upper = |confidence| clopper_pearson(rate, confidence, Ends::High);
    let one_sided = [Ends::Low, Ends::High].map(|ends| wilson(rate, confidence, ends));
    let one_sided = [low(&one_sided[0]), high(&one_sided[1])].concat();
    Ok(Found::from([
        ("p", vec![rate.estimate()]),
        ("clopper_pearson", ends(&clopper_pearson(rate, confidence, Ends::Both))),
        ("wilson", ends(&wilson(rate, confidence, Ends::Both))),
        ("wilson_one_sided", one_sided),
        ("upper_one_sided", high(&upper(confidence))),
        ("upper_one_sided_95", high(&upper(Level::PERCENT_95))),
    ]))
}

fn counts(input: &Value) -> PairedCounts {
    PairedCounts {
        both: integer(input, "both_pass"),
        base_only: integer(input, "base_only"),
        candidate_only: integer(input, "cand_only"),
        neither: integer(input, "both_fail"),
    }
}

fn paired_rates(input: &Value) -> Result<Found, StatsFault> {
    let (counts, confidence) = (counts(input), confidence(input));
    Ok(Found::from([
        ("diff", vec![counts.difference()?]),
        ("newcombe", ends(&counts.newcombe(confidence)?)),
        ("tango", ends(&counts.tango(confidence)?)),
        ("wald", ends(&counts.wald(confidence)?)),
    ]))
}

fn mean_t(input: &Value) -> Result<Found, StatsFault> {
    let moments = Moments::of(&numbers(&input["values"]))?;
    let interval = mean_interval(&moments, confidence(input)).expect("an interval");
    let fields = Found::from([
        ("mean", vec![moments.mean()]),
        ("variance", vec![moments.variance().expect("a variance")]),
    ]);
    Ok(with_ends(fields, &interval))
}

fn quantile(case: &Value) -> Result<Found, StatsFault> {
    let input = &case["input"];
    let (at, confidence) = (level(input, "p"), confidence(input));
    let sorted = Sorted::new(numbers(&input["values"]))?;
    let interval = sorted.quantile_interval(at, confidence, Ends::Both);
    assert_eq!(interval.method, "order-statistic");
    let one_sided = |ends| sorted.quantile_interval(at, confidence, ends);
    if case["recommended_behaviour"].as_str().is_some_and(|text| text.contains("n < 59")) {
        assert_eq!(cases_to_bound_quantile(at, Level::PERCENT_95), 59);
        assert_eq!((interval.high, one_sided(Ends::High).high), (None, None));
    }
    let interpolated = sorted.interpolated(at);
    let fields = Found::from([
        ("p95_type7", vec![interpolated]),
        ("type7", vec![interpolated]),
        ("nearest_rank", vec![sorted.nearest_rank(at)]),
        ("lower_one_sided", low(&one_sided(Ends::Low))),
        ("upper_one_sided", high(&one_sided(Ends::High))),
        ("p_value", vec![sorted.quantile_test(at, number(input, "h0"))]),
    ]);
    Ok(with_ends(fields, &interval))
}

fn plan(input: &Value, shape: Shape, resamples: Resamples) -> Plan {
    let statistic = match input["stat"].as_str() {
        Some("mean") => Statistic::Mean,
        Some("median") => Statistic::Median,
        other => panic!("{other:?}"),
    };
    Plan { statistic, shape, resamples, confidence: confidence(input) }
}

fn exhaustive_difference(input: &Value) -> Result<Found, StatsFault> {
    let [control, treatment] = ["control", "treatment"].map(|name| numbers(&input[name]));
    let sample = Sample::Difference { control: &control, treatment: &treatment };
    let percentile = bootstrap(&sample, &plan(input, Shape::Percentile, Resamples::Exhaustive))?;
    let bca = bootstrap(&sample, &plan(input, Shape::Bca, Resamples::Exhaustive))?;
    let mut found = whole("n_resamples", percentile.resamples);
    found.insert("estimate", vec![percentile.estimate]);
    found.insert("se", vec![percentile.standard_error]);
    found.insert("bca", ends(&bca.interval));
    Ok(with_ends(found, &percentile.interval))
}

fn exhaustive(input: &Value) -> Result<Found, StatsFault> {
    let values = numbers(&input["values"]);
    let sample = Sample::One(&values);
    let percentile = bootstrap(&sample, &plan(input, Shape::Percentile, Resamples::Exhaustive))?;
    let bca = bootstrap(&sample, &plan(input, Shape::Bca, Resamples::Exhaustive))?;
    let mut found = whole("n_resamples", percentile.resamples);
    found.insert("estimate", vec![percentile.estimate]);
    found.insert("se", vec![percentile.standard_error]);
    found.insert("percentile", ends(&percentile.interval));
    found.insert("bca", ends(&bca.interval));
    Ok(found)
}

fn monte_carlo(input: &Value) -> Result<Found, StatsFault> {
    let count = u32::try_from(integer(input, "n_resamples")).expect("a small number");
    let plan = plan(input, Shape::Bca, Resamples::Seeded { count, seed: 20_261_123 });
    let repeated = |name, value: f64| {
        let count = input.get(name).map_or(0, |_| integer(input, name));
        (0..count).map(move |_| value)
    };
    let [control, treatment] =
        ["control", "treatment"].map(|name| input.get(name).map(numbers).unwrap_or_default());
    let mut values = input.get("values").map(numbers).unwrap_or_default();
    values.extend(repeated("minus", -1.0));
    values.extend(repeated("zero", 0.0));
    values.extend(repeated("plus", 1.0));
    let sample = if values.is_empty() {
        Sample::Difference { control: &control, treatment: &treatment }
    } else {
        Sample::One(&values)
    };
    let found = bootstrap(&sample, &plan)?;
    assert_eq!((found.resamples, found.interval.method), (u64::from(count), "bca"));
    Ok(with_ends(Found::from([("se", vec![found.standard_error])]), &found.interval))
}

fn design(input: &Value) -> Design {
    let one = integer_or(input, "sides", 2) == 1
        || input["alternative"].as_str().is_some_and(|alternative| alternative != "two-sided");
    Design {
        alpha: level(input, "alpha"),
        sides: if one { Sides::One } else { Sides::Two },
        power: level(input, "power"),
    }
}

fn integer_or(value: &Value, name: &str, otherwise: u64) -> u64 {
    value.get(name).map_or(otherwise, |_| integer(value, name))
}

fn power(input: &Value) -> Result<Found, StatsFault> {
    let power = power_for_mean(
        number(input, "effect_size_d"),
        number(input, "n_treatment"),
        number(input, "n_control"),
        level(input, "alpha"),
    )?;
    Ok(Found::from([("power", vec![power])]))
}

fn cases_of_mean(input: &Value) -> Result<Found, StatsFault> {
    let ratio = number(input, "ratio");
    let cases = cases_for_mean(number(input, "effect_size_d"), ratio, &design(input))?;
    Ok(Found::from([("n_treatment", vec![cases]), ("n_control", vec![cases * ratio])]))
}

fn cases_of_rate(input: &Value) -> Result<Found, StatsFault> {
    let (control, treatment) = (number(input, "p_control"), number(input, "p_treatment"));
    let found = cases_for_rate(control, treatment, number(input, "ratio"), &design(input))?;
    let effect = 2.0 * control.sqrt().asin() - 2.0 * treatment.sqrt().asin();
    Ok(Found::from([("n_per_arm", vec![found]), ("cohen_h", vec![effect])]))
}

fn cases_of_non_inferiority(input: &Value) -> Result<Found, StatsFault> {
    let baseline = number(input, "baseline");
    let design = Design {
        alpha: level(input, "alpha_one_sided"),
        sides: Sides::One,
        power: level(input, "power"),
    };
    let cases = cases_for_mean_non_inferiority(
        number(input, "sd"),
        baseline * number(input, "relative_margin"),
        baseline * number(input, "true_relative_diff"),
        &design,
    )?;
    Ok(Found::from([("n_per_arm", vec![cases])]))
}

fn detectable_rate(input: &Value) -> Result<Found, StatsFault> {
    let change = match input["change"].as_str() {
        Some("rise") => Change::Rise,
        Some("drop") => Change::Drop,
        other => panic!("{other:?}"),
    };
    let (rate, cases) = (number(input, "rate"), integer(input, "n"));
    let found = detectable_rate_change(rate, cases, change, &design(input))?;
    Ok(Found::from([("change", vec![found.unwrap_or(f64::NAN)])]))
}

fn multiple(input: &Value) -> Result<Found, StatsFault> {
    assert_eq!(input["method"], "holm");
    let adjusted = holm(&numbers(&input["p"]))?;
    let alpha = number(input, "alpha");
    let reject = adjusted.iter().map(|p| f64::from(u8::from(*p <= alpha))).collect();
    Ok(Found::from([("adjusted", adjusted), ("reject", reject)]))
}
