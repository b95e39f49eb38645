use proptest::prelude::{ProptestConfig, any, prop, prop_assert, prop_assert_eq, proptest};
use proptest::strategy::Strategy;

use super::alignment::{common_subsequence, edit_distance};
use super::{BleuCounts, MetricFault, Reference, TextMetric};

fn score(metric: TextMetric, answer: &str, reference: &str) -> f64 {
    Reference::prepare(metric, reference)
        .and_then(|reference| reference.score(answer))
        .unwrap_or_else(|fault| panic!("{metric} of {reference:?}: {fault}"))
}

#[test]
fn known_values_are_those_of_the_other_programs() {
    let cases = [
        (TextMetric::Rouge1, "the cat sat on the mat today", "the cat sat on the mat", 0.9231),
        (TextMetric::Rouge2, "the cat sat on the mat today", "the cat sat on the mat", 0.9091),
        (TextMetric::RougeL, "the cat sat on the mat today", "the cat sat on the mat", 0.9231),
        (TextMetric::Bleu, "the cat sat on the mat today", "the cat sat on the mat", 80.9107),
        (TextMetric::Rouge1, "Answer: Reset password", "Answer reset password", 1.0),
        (TextMetric::F1, "The cat, today!", "a cat", 0.6667),
        (TextMetric::Levenshtein, "kitten", "sitting", 0.5714),
    ];
    for (metric, answer, reference, expected) in cases {
        let found = score(metric, answer, reference);
        assert!((found - expected).abs() < 5e-5, "{metric}: {found}, not {expected}");
    }
}

#[test]
fn exact_and_contains_forgive_line_ends_and_surrounding_white_space_alone() {
    let cases = [
        ("Yes", "Yes", 1.0, 1.0),
        (" Yes\r\n", "Yes\n", 1.0, 1.0),
        ("\u{a0}Yes\u{3000}", "Yes", 1.0, 1.0),
        ("one\r\ntwo", "one\ntwo", 1.0, 1.0),
        ("one\rtwo", "one\ntwo", 1.0, 1.0),
        ("one\n\ntwo", "one\ntwo", 0.0, 0.0),
        ("It is Yes.", "Yes\n", 0.0, 1.0),
        ("yes", "Yes", 0.0, 0.0),
        ("a  b", "a b", 0.0, 0.0),
        ("caf\u{e9}", "cafe\u{301}", 0.0, 0.0),
    ];
    for (answer, reference, exact, contains) in cases {
        let found = [TextMetric::Exact, TextMetric::Contains]
            .map(|metric| score(metric, answer, reference).to_bits());
        assert_eq!(found, [exact, contains].map(f64::to_bits), "{answer:?} and {reference:?}");
    }
    assert_eq!(score(TextMetric::Exact, " \n", "").to_bits(), 1.0_f64.to_bits());
}

#[test]
fn a_pattern_is_searched_with_any_line_end() {
    let gsm = r"(?m)^A: 18\s*$";
    let cases = [
        (gsm, "She makes 9 * 2 = $18\nA: 18", 1.0),
        (gsm, "She makes 9 * 2 = $18\r\nA: 18\r\n", 1.0),
        (gsm, "A: 18\r\nThat is all.", 1.0),
        (gsm, "A: 18 \nThat is all.", 1.0),
        (gsm, "A: 180", 0.0),
        (gsm, "so A: 18", 0.0),
        (gsm, "A: 18 dollars", 0.0),
        (r"(?m)^A: 18$", "1\r\nA: 18\r\n2", 1.0),
        (r"(?m)^A: 18$", "1\rA: 18\r2", 1.0),
        (r"one\r\ntwo", "one\r\ntwo", 1.0),
        (r"^A: 18$", "A: 18\n", 0.0),
        (r"^.*$", "one\r\n", 0.0),
        (r"(?i)straße", "STRAßE", 1.0),
        (r"\d+ €", "kostet 5 €", 1.0),
        (" ", "one two", 1.0),
    ];
    for (pattern, answer, expected) in cases {
        let found = score(TextMetric::Regex, answer, pattern);
        assert_eq!(found.to_bits(), f64::to_bits(expected), "{pattern:?} in {answer:?}");
    }
}

#[test]
fn a_bad_pattern_is_a_fault_with_its_place() {
    let cases = [
        ("(", 0, "unclosed group"),
        ("ab[c", 2, "unclosed character class"),
        ("é(?=x)", 2, "look-around"),
        (r"(a)\1", 3, "backreferences"),
        ("a**b{2,1}", 4, "invalid repetition count range"),
        (r"x\p{Klingon}", 1, "Unicode property not found"),
        (r"(?-u)\xff", 5, "invalid UTF-8"),
    ];
    for (pattern, place, words) in cases {
        let fault = Reference::prepare(TextMetric::Regex, pattern).expect_err(pattern);
        let MetricFault::BadPattern { offset, reason } = &fault else {
            panic!("{pattern:?}: {fault}")
        };
        assert_eq!(*offset, place, "{pattern:?}: {fault}");
        assert!(reason.contains(words), "{pattern:?}: {fault}");
    }
}

#[test]
fn a_pattern_of_any_size_is_refused_or_compiled_in_bounds() {
    for pattern in [r"\w{20}", r"(?i)[a-z]{1,50}", r"(a+)+$", r"(?m)^A: -?[\d,.]{1,30}\s*$"] {
        assert!(Reference::prepare(TextMetric::Regex, pattern).is_ok(), "{pattern}");
    }
    for pattern in [r"\w{1000}", r"((a{100}){100}){100}", r"\pL{1,500}x", &"a".repeat(1 << 21)] {
        let fault = Reference::prepare(TextMetric::Regex, pattern).map(|_| ());
        assert_eq!(fault, Err(MetricFault::PatternTooLarge { limit_bytes: 1 << 20 }));
    }
    let nested = format!("{}a{}", "(".repeat(100_000), ")".repeat(100_000));
    assert!(matches!(
        Reference::prepare(TextMetric::Regex, &nested),
        Err(MetricFault::BadPattern { .. })
    ));
}

#[test]
fn a_reference_that_nothing_could_match_is_a_fault_and_no_zero() {
    let cases = [
        (TextMetric::Rouge1, "東京", 0, 1),
        (TextMetric::RougeL, "...", 0, 1),
        (TextMetric::Rouge2, "Paris", 1, 2),
        (TextMetric::Rouge2, "", 0, 2),
        (TextMetric::Bleu, " <skipped>\n", 0, 1),
        (TextMetric::F1, "The?", 0, 1),
    ];
    for (metric, text, found, needed) in cases {
        assert_eq!(
            Reference::prepare(metric, text).map(|_| ()),
            Err(MetricFault::ReferenceWithoutTokens { metric, found, needed }),
            "{text:?}"
        );
    }
    for (metric, text) in [(TextMetric::Contains, " \n"), (TextMetric::Regex, "")] {
        assert_eq!(
            Reference::prepare(metric, text).map(|_| ()),
            Err(MetricFault::EmptyReference { metric })
        );
    }
}

#[test]
fn texts_are_refused_by_the_size_of_what_differs() {
    let long = "x y ".repeat(100_000);
    let other = "z ".repeat(200_000);
    for metric in [TextMetric::Levenshtein, TextMetric::RougeL] {
        let reference = Reference::prepare(metric, &long).expect("a reference");
        assert_eq!(reference.score(&long).map(f64::to_bits), Ok(1.0_f64.to_bits()), "{metric}");
        let near = reference.score(&long.replacen('x', "q", 1)).expect("a small difference");
        assert!((0.999..1.0).contains(&near), "{metric}: {near}");
        assert!(
            matches!(reference.score(&other), Err(MetricFault::TooLong { limit, .. }) if limit == 1 << 34),
            "{metric}"
        );
    }
}

#[test]
fn names_and_signatures_tell_metrics_apart() {
    for metric in TextMetric::ALL {
        assert_eq!(TextMetric::from_name(metric.name()), Some(metric));
        assert!(metric.signature().starts_with(&format!("{metric}/1|")), "{metric}");
    }
    for name in ["", "Exact", "rougeL", "rougeLsum", "judge"] {
        assert_eq!(TextMetric::from_name(name), None, "{name}");
    }
}

#[test]
fn an_empty_sum_of_counts_scores_nothing() {
    assert_eq!(std::iter::empty().sum::<BleuCounts>().corpus_score().to_bits(), 0);
}

#[test]
fn a_carry_goes_through_a_band_without_a_match() {
    let rows: Vec<u32> = (0..200).collect();
    for columns in [[150, 10], [10, 150], [199, 0], [0, 199]] {
        let found = (edit_distance(&rows, &columns), common_subsequence(&rows, &columns));
        assert_eq!(found, table(&rows, &columns), "{columns:?}");
    }
}

/// The table, row by row, without any shortcut.
fn table(left: &[u32], right: &[u32]) -> (usize, usize) {
    let mut distances: Vec<usize> = (0..=right.len()).collect();
    let mut lengths = vec![0; right.len() + 1];
    for (row, a) in left.iter().enumerate() {
        let (old_distances, old_lengths) = (distances.clone(), lengths.clone());
        distances[0] = row + 1;
        for (column, b) in right.iter().enumerate() {
            let step = old_distances[column + 1].min(distances[column]) + 1;
            distances[column + 1] = step.min(old_distances[column] + usize::from(a != b));
            lengths[column + 1] = if a == b {
                old_lengths[column] + 1
            } else {
                old_lengths[column + 1].max(lengths[column])
            };
        }
    }
    (distances[right.len()], lengths[right.len()])
}

fn symbols() -> impl Strategy<Value = Vec<u32>> {
    prop::sample::select([1_u32, 2, 4, 20, 1000].as_slice())
        .prop_flat_map(|alphabet| prop::collection::vec(0..alphabet, 0..200))
}

/// Texts of any characters, and texts rich in what tokenizers look at.
fn text() -> impl Strategy<Value = String> {
    let rich = prop::sample::select(
        [
            "the",
            "a",
            "x",
            "yes",
            "K",
            "İ",
            "Σ",
            "ß",
            "東",
            "\u{301}",
            "👍",
            "7",
            "0",
            ".",
            ",",
            "-",
            "-\n",
            "<skipped>",
            "&amp;",
            "&quot;",
            " ",
            " ",
            "\u{a0}",
            "\u{1c}",
            "\r\n",
            "\r",
        ]
        .as_slice(),
    );
    proptest::prop_oneof![
        any::<String>(),
        prop::collection::vec(rich, 0..40).prop_map(|parts| parts.concat()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn bands_of_bits_give_what_the_table_gives(left in symbols(), right in symbols()) {
        prop_assert_eq!(
            (edit_distance(&left, &right), common_subsequence(&left, &right)),
            table(&left, &right)
        );
    }

    #[test]
    fn any_answer_scores_in_range(answer in text(), text in text()) {
        for metric in TextMetric::ALL {
            let Ok(reference) = Reference::prepare(metric, &text) else { continue };
            let score = reference.score(&answer).expect("short texts");
            prop_assert!((0.0..=metric.maximum()).contains(&score), "{}: {}", metric, score);
        }
    }

    #[test]
    fn a_reference_scores_the_maximum_against_itself(text in text()) {
        for metric in TextMetric::ALL {
            if metric == TextMetric::Regex {
                continue;
            }
            let Ok(reference) = Reference::prepare(metric, &text) else { continue };
            let score = reference.score(&text).expect("short texts");
            prop_assert!((score - metric.maximum()).abs() < 1e-9, "{}: {}", metric, score);
        }
    }

    #[test]
    fn the_symmetric_metrics_are_symmetric(one in text(), other in text()) {
        for metric in [
            TextMetric::Exact,
            TextMetric::F1,
            TextMetric::Levenshtein,
            TextMetric::Rouge1,
            TextMetric::RougeL,
        ] {
            let pair = [&one, &other].map(|text| Reference::prepare(metric, text));
            let [Ok(first), Ok(second)] = pair else { continue };
            let (there, back) = (first.score(&other).expect("short"), second.score(&one).expect("short"));
            prop_assert!((there - back).abs() < 1e-12, "{}: {} and {}", metric, there, back);
        }
    }
}
