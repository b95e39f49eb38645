//! The metrics that a case or a gate may name.
//!
//! The table says what a name needs and which values it can have; how a score is computed is
//! nothing to this room. A suite's judges are metrics too, by the names that the suite gives them.

use super::bar::{Bar, Range};

/// What a metric compares an answer with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reference {
    /// The expected text; without one there is no score.
    Needed,
    /// Nothing of the case: an expected text is a remark for people and judges.
    Unused,
}

/// Who may name a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// Cases and gates.
    ByCases,
    /// Gates alone: the metric is counted over every case of a run.
    ByGates,
}

/// Which way a metric is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Better {
    /// A greater value.
    Higher,
    /// A smaller value.
    Lower,
}

/// What holds for a case that names the metric and writes no bar.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Unwritten {
    /// The metric has two outcomes, and the good one is asked for.
    Passes,
    /// This bar.
    Bar(Bar),
    /// A bar must be written.
    Refused,
}

/// One metric.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Metric {
    /// Its name.
    pub name: &'static str,
    /// Who may name it.
    pub named: Named,
    /// What it compares an answer with.
    pub reference: Reference,
    /// The values that it can have; `None` where the judge's scale says it.
    pub range: Option<Range>,
    /// What holds without a bar.
    pub unwritten: Unwritten,
    /// Which way is better.
    pub better: Better,
}

const SHARE: Option<Range> = Some(Range { least: 0.0, most: 1.0 });
const AMOUNT: Option<Range> = Some(Range { least: 0.0, most: f64::INFINITY });

/// A metric of texts that needs a reference.
const fn text(name: &'static str, range: Option<Range>) -> Metric {
    Metric {
        name,
        named: Named::ByCases,
        reference: Reference::Needed,
        range,
        unwritten: Unwritten::Refused,
        better: Better::Higher,
    }
}

/// A metric of texts that holds or does not.
const fn plain(name: &'static str) -> Metric {
    Metric { unwritten: Unwritten::Bar(Bar::at_least(1.0)), ..text(name, SHARE) }
}

/// A property of an answer that holds or does not.
const fn property(name: &'static str) -> Metric {
    Metric { reference: Reference::Unused, unwritten: Unwritten::Passes, ..text(name, SHARE) }
}

/// Something of which less is better.
const fn amount(name: &'static str) -> Metric {
    Metric { reference: Reference::Unused, better: Better::Lower, ..text(name, AMOUNT) }
}

/// A count or rate over a whole run.
const fn of_run(name: &'static str, range: Option<Range>) -> Metric {
    Metric { named: Named::ByGates, range, ..amount(name) }
}

/// Every metric.
///
/// `levenshtein` is a likeness from 0 to 1; `bleu` runs from 0 to 100 as in sacrebleu; people
/// (`sme`) score from 1 to 5.
pub const METRICS: &[Metric] = &[
    plain("exact"),
    plain("contains"),
    plain("regex"),
    text("f1", SHARE),
    text("levenshtein", SHARE),
    text("bleu", Some(Range { least: 0.0, most: 100.0 })),
    text("rouge1", SHARE),
    text("rouge2", SHARE),
    text("rougel", SHARE),
    property("schema_valid"),
    property("citations"),
    property("guardrail_pass"),
    Metric { reference: Reference::Unused, ..text(JUDGE, None) },
    Metric { reference: Reference::Unused, ..text("sme", Some(Range { least: 1.0, most: 5.0 })) },
    amount("latency_ms"),
    amount("cost_usd"),
    of_run("sev1_count", AMOUNT),
    of_run("sev2_count", AMOUNT),
    of_run("sev3_count", AMOUNT),
    of_run("sev1_rate", SHARE),
    of_run("sev2_rate", SHARE),
    of_run("sev3_rate", SHARE),
    Metric { better: Better::Higher, ..of_run("pass", SHARE) },
    of_run("refusal_rate", SHARE),
    of_run("over_refusal", SHARE),
];

/// The metric that means the suite's default judge.
pub const JUDGE: &str = "judge";

/// Guardrails that need no profile.
pub const GUARDRAILS: [&str; 4] =
    ["no_toxicity", "no_pii", "jailbreak_block", "citations_required"];

/// Finds a metric by its name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Metric> {
    METRICS.iter().find(|metric| metric.name == name)
}

/// Iterates over the names that a case may use without a suite.
pub fn case_names<'a>() -> impl Iterator<Item = &'a str> {
    METRICS.iter().filter(|metric| metric.named == Named::ByCases).map(|metric| metric.name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::bar::Reach;

    #[test]
    fn every_metric_stands_once_and_its_own_bar_decides_something() {
        for (at, metric) in METRICS.iter().enumerate() {
            assert_eq!(METRICS.iter().position(|m| m.name == metric.name), Some(at));
            if let (Unwritten::Bar(bar), Some(range)) = (metric.unwritten, metric.range) {
                assert_eq!(bar.reach(range), Reach::Decides, "{}", metric.name);
            }
        }
    }
}
