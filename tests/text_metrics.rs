//! Text metrics against the programs whose scores they reproduce.
//!
//! The vectors are made by `tests/vectors/make_text_metrics.py`; their header names the versions.

#![expect(clippy::expect_used, reason = "vectors that cannot be read fail the test")]

use std::collections::BTreeMap;

use keelmark::metrics::{BleuCounts, MetricFault, Reference, TextMetric};
use serde::Deserialize;

const TOLERANCE: f64 = 1e-9;

#[derive(Deserialize)]
struct Vectors {
    pairs: Vec<Pair>,
    corpora: Vec<Corpus>,
}

#[derive(Deserialize)]
struct Pair {
    name: String,
    answer: String,
    reference: String,
    reference_tokens: TokenCounts,
    exact: f64,
    contains: Option<f64>,
    f1: f64,
    levenshtein: f64,
    bleu: f64,
    rouge1: [f64; 3],
    rouge2: [f64; 3],
    #[serde(rename = "rougeL")]
    rouge_l: [f64; 3],
}

#[derive(Deserialize)]
struct TokenCounts {
    bleu: usize,
    f1: usize,
    rouge: usize,
}

#[derive(Deserialize)]
struct Corpus {
    name: String,
    pairs: Vec<String>,
    bleu: f64,
}

fn vectors() -> Vectors {
    serde_json::from_str(include_str!("vectors/text_metrics.json")).expect("vectors")
}

/// Says what differs, if a score is not the expected one; `None` expects a fault.
fn difference(pair: &Pair, metric: TextMetric, expected: Option<f64>) -> Option<String> {
    let found = Reference::prepare(metric, &pair.reference)
        .and_then(|reference| reference.score(&pair.answer));
    let agrees = match (&found, expected) {
        (Ok(found), Some(expected)) => (found - expected).abs() <= TOLERANCE,
        (
            Err(MetricFault::ReferenceWithoutTokens { .. } | MetricFault::EmptyReference { .. }),
            None,
        ) => true,
        _ => false,
    };
    (!agrees).then(|| format!("{}: {metric} is {found:?}, not {expected:?}", pair.name))
}

#[test]
fn every_pair_scores_as_the_other_programs_score_it() {
    let vectors = vectors();
    assert!(vectors.pairs.len() >= 240, "only {} pairs", vectors.pairs.len());
    let mut differences = Vec::new();
    for pair in &vectors.pairs {
        let tokens = &pair.reference_tokens;
        let expectations = [
            (TextMetric::Exact, Some(pair.exact)),
            (TextMetric::Contains, pair.contains),
            (TextMetric::F1, (tokens.f1 > 0).then_some(pair.f1)),
            (TextMetric::Levenshtein, Some(pair.levenshtein)),
            (TextMetric::Bleu, (tokens.bleu > 0).then_some(pair.bleu)),
            (TextMetric::Rouge1, (tokens.rouge > 0).then_some(pair.rouge1[2])),
            (TextMetric::Rouge2, (tokens.rouge > 1).then_some(pair.rouge2[2])),
            (TextMetric::RougeL, (tokens.rouge > 0).then_some(pair.rouge_l[2])),
        ];
        differences.extend(
            expectations
                .into_iter()
                .filter_map(|(metric, expected)| difference(pair, metric, expected)),
        );
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn precision_and_recall_of_rouge_are_those_of_rouge_score() {
    let mut compared = 0;
    for pair in vectors().pairs {
        for (metric, expected) in [
            (TextMetric::Rouge1, pair.rouge1),
            (TextMetric::Rouge2, pair.rouge2),
            (TextMetric::RougeL, pair.rouge_l),
        ] {
            let Ok(reference) = Reference::prepare(metric, &pair.reference) else { continue };
            let score = reference.rouge_score(&pair.answer).expect("short texts").expect("a ROUGE");
            for (found, expected) in
                [score.precision, score.recall, score.f_measure].into_iter().zip(expected)
            {
                assert!(
                    (found - expected).abs() <= TOLERANCE,
                    "{}: {metric} is {score:?}, not {expected:?}",
                    pair.name
                );
            }
            compared += 1;
        }
    }
    assert!(compared >= 600, "only {compared} comparisons");
}

#[test]
fn the_bleu_of_a_corpus_is_that_of_sacrebleu() {
    let vectors = vectors();
    let pairs: BTreeMap<&str, &Pair> =
        vectors.pairs.iter().map(|pair| (pair.name.as_str(), pair)).collect();
    assert!(vectors.corpora.len() >= 20, "only {} corpora", vectors.corpora.len());
    for corpus in &vectors.corpora {
        let counts: BleuCounts = corpus
            .pairs
            .iter()
            .map(|name| {
                let pair = pairs[name.as_str()];
                Reference::prepare(TextMetric::Bleu, &pair.reference)
                    .expect("a reference with tokens")
                    .bleu_counts(&pair.answer)
                    .expect("a BLEU")
            })
            .sum();
        let found = counts.corpus_score();
        assert!(
            (found - corpus.bleu).abs() <= TOLERANCE,
            "{}: {found}, not {}",
            corpus.name,
            corpus.bleu
        );
    }
}
