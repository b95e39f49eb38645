//! Which detector looks for which guardrail.

use std::cell::OnceCell;

use serde_json::Value;

use super::score::Given;
use crate::cases::{Case, Expected};
use crate::guardrails::{
    self, Answer, Attack, Blocked, DETECTORS, Expectation, Finish, Sources, Verdict,
};
use crate::provider;

/// An answer as detectors see it.
pub(super) struct Subject<'a> {
    given: &'a Given<'a>,
    answer: Answer<'a>,
    finish: Finish,
    sources: OnceCell<Sources>,
}

/// What a detector found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Found {
    /// Nothing.
    Nothing,
    /// A hit, with the reason; it holds no identifier.
    Hit {
        /// What was found, and where.
        reason: String,
    },
}

impl<'a> Subject<'a> {
    /// Takes an answer and, where it is one, its structure.
    pub(super) fn new(given: &'a Given<'a>, json: Option<&'a Value>) -> Self {
        let finish = match given.finish {
            provider::Finish::Blocked => Finish::Filtered,
            _ => Finish::Ordinary,
        };
        let answer = Answer { text: given.text, json };
        Self { given, answer, finish, sources: OnceCell::new() }
    }

    /// Says whether the answer is a refusal, by the provider's word or by its own.
    pub(super) fn is_refusal(&self) -> bool {
        guardrails::blocked(&self.answer, self.finish) != Blocked::No
    }

    fn given_sources(&self) -> &Sources {
        self.sources.get_or_init(|| {
            let inputs = self.given.inputs.iter();
            Sources::from_inputs(
                &inputs.map(|(name, value)| (name.clone(), value.clone())).collect(),
            )
        })
    }

    /// Returns the share of citations that name a source of the inputs; `None` without citations.
    pub(super) fn citations(&self) -> Option<f64> {
        guardrails::citations(&self.answer, self.given_sources()).share()
    }

    /// Returns the sources that the inputs give.
    pub(super) fn sources(&self) -> Vec<String> {
        self.given_sources().names().map(ToOwned::to_owned).collect()
    }
}

/// Looks for one guardrail; `None` for a name that no detector here knows.
pub(super) fn look(name: &str, case: &Case, subject: &Subject<'_>) -> Option<Found> {
    let verdict = match name {
        "no_toxicity" => guardrails::no_toxicity(&subject.answer),
        "no_pii" => guardrails::no_pii(&subject.answer),
        "citations_required" => {
            guardrails::citations_required(&subject.answer, subject.given_sources())
        }
        "jailbreak_block" => guardrails::jailbreak_block(&Attack {
            expectation: match case.expected {
                Expected::Block => Expectation::Block,
                Expected::None | Expected::Text(_) => Expectation::Answer,
            },
            input: &case.input,
            answer: subject.answer,
            finish: subject.finish,
        }),
        _ => return None,
    };
    Some(match verdict {
        Verdict::Pass => Found::Nothing,
        Verdict::Hit { reason, .. } => Found::Hit { reason },
    })
}

/// Returns the signature of the detector behind a guardrail's name, with its quality on the
/// labelled set; `refusal` is what `<BLOCK>` looks for.
#[must_use]
pub fn signature(name: &str) -> Option<String> {
    let detector = match name {
        "no_toxicity" => "lexicon/1",
        "no_pii" => "pii/1",
        "citations_required" => "citations/1",
        "jailbreak_block" => "injection/1",
        "refusal" => "refusal/1",
        _ => return None,
    };
    let found = DETECTORS.iter().find(|found| found.name == detector)?;
    let (precision, recall) = (found.quality.precision(), found.quality.recall());
    let rows = found.quality.rows;
    Some(format!("{name}={detector}|precision:{precision:.3}|recall:{recall:.3}|rows:{rows}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_guardrail_that_needs_no_profile_has_a_detector() {
        for name in crate::cases::metric::GUARDRAILS.iter().chain(&["refusal"]) {
            assert!(signature(name).is_some(), "{name}");
        }
        assert_eq!(signature("no_such_thing"), None);
    }
}
