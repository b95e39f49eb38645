//! Which cases are run, and the most that it can cost, before anything is sent.

use super::judge::{PARSE_RETRIES, Question};
use super::session::{Session, Unit};
use crate::cases::Case;
use crate::money::MicroUsd;
use crate::provider::Request;

/// Which cases are run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// What a case must be; all must hold.
    pub filters: Vec<Filter>,
    /// Which part of the selected cases: the first number of the second, from 1.
    pub shard: Option<(u32, u32)>,
    /// How often each case is run, unless it says otherwise.
    pub repeat: u32,
}

/// A condition on a case: `domain=Support`, `id=FAQ-*`, or a key of its metadata.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    key: String,
    pattern: String,
}

/// A text that is no filter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no filter; write `id=FAQ-*`, `domain=Support`, `metric=exact` or a metadata key")]
pub struct FilterFault(String);

impl Filter {
    /// Reads `key=pattern`; `*` in the pattern stands for any text.
    ///
    /// # Errors
    /// When there is no `=`, or nothing before it.
    pub fn parse(text: &str) -> Result<Self, FilterFault> {
        let (key, pattern) = text.split_once('=').ok_or_else(|| FilterFault(text.to_owned()))?;
        if key.is_empty() {
            return Err(FilterFault(text.to_owned()));
        }
        Ok(Self { key: key.to_owned(), pattern: pattern.to_owned() })
    }

    /// Says whether a case is meant.
    #[must_use]
    pub fn holds(&self, case: &Case) -> bool {
        let value = match self.key.as_str() {
            "id" | "case_id" => Some(case.id.as_str()),
            "domain" => Some(case.domain.as_str()),
            "metric" => Some(case.check.metric.as_str()),
            key => case.metadata.get(key).map(String::as_str),
        };
        value.is_some_and(|value| matches(&self.pattern, value))
    }
}

/// Compares with a pattern in which `*` stands for any text.
fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        let Some((_, after)) = rest.split_once(part) else { return false };
        rest = after;
    }
    rest.ends_with(last)
}

/// Returns the units that are run, in the order of the suite.
#[must_use]
pub fn units(session: &Session, selection: &Selection) -> Vec<Unit> {
    let chosen = session
        .cases
        .iter()
        .enumerate()
        .filter(|(_, case)| selection.filters.iter().all(|filter| filter.holds(case)));
    let of_shard = |ordinal: usize| {
        selection.shard.is_none_or(|(which, of)| {
            ordinal % of.max(1) as usize == which.saturating_sub(1) as usize
        })
    };
    let mut units = Vec::new();
    for (ordinal, (at, case)) in chosen.enumerate() {
        if of_shard(ordinal) {
            let case_number = u32::try_from(at).unwrap_or(u32::MAX);
            let repeats = case.repeat.unwrap_or(selection.repeat).max(1);
            units.extend((0..repeats).map(|repeat| Unit { case: case_number, repeat }));
        }
    }
    units
}

/// What a run would take at the most.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Estimate {
    /// Cases.
    pub cases: u64,
    /// Calls of models under measurement.
    pub calls: u64,
    /// Calls of judges, without those for verdicts that cannot be read.
    pub judge_calls: u64,
    /// Calls that go to a recording or a script and cost nothing.
    pub free_calls: u64,
    /// The most tokens of requests; a token has at least one byte.
    pub most_input_tokens: u64,
    /// The most tokens of answers.
    pub most_output_tokens: u64,
    /// An upper bound of the cost; `None` where a model has no prices.
    pub most_cost: Option<MicroUsd>,
    /// Models that are asked and have no prices.
    pub unpriced: Vec<String>,
}

/// A case that cannot be run as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unrunnable {
    /// The case.
    pub case: String,
    /// Why.
    pub message: String,
}

/// Renders every unit without sending it, and adds up what it could cost.
///
/// # Errors
/// The cases whose inputs or template are wrong: nothing is spent on a suite that cannot be run.
pub fn preflight(session: &Session, units: &[Unit]) -> Result<Estimate, Vec<Unrunnable>> {
    let mut estimate = Estimate { most_cost: Some(MicroUsd(0)), ..Estimate::default() };
    let mut faults = Vec::new();
    for unit in units {
        let Some((case, _, target)) = session.subject(*unit) else { continue };
        let (request, inputs) = match session.request(*unit) {
            Ok(made) => made,
            Err(message) if unit.repeat == 0 => {
                faults.push(Unrunnable { case: case.id.clone(), message });
                continue;
            }
            Err(_) => continue,
        };
        if unit.repeat == 0 {
            estimate.cases += 1;
        }
        if add(&mut estimate, session, target.model, &request, 1) {
            estimate.calls += 1;
        }
        if session.judged_metric(&case.check.metric).is_some() {
            // The judge sees the answer too, which is at most as long as its tokens allow.
            let most = session.models.get(target.model).map(|model| model.most_usage(&request));
            let answer = " ".repeat(answer_bytes(most.map_or(0, |usage| usage.output_tokens)));
            for judge in session.judges.values() {
                let question = Question {
                    case_id: &case.id,
                    repeat: unit.repeat,
                    inputs: &inputs,
                    answer: &answer,
                };
                let asked = judge.request(&question, 0, 0);
                let tries = judge.votes.max(1) * (PARSE_RETRIES + 1);
                if add(&mut estimate, session, judge.model, &asked, tries) {
                    estimate.judge_calls += u64::from(judge.votes.max(1));
                }
            }
        }
    }
    estimate.unpriced.sort();
    estimate.unpriced.dedup();
    if !estimate.unpriced.is_empty() {
        estimate.most_cost = None;
    }
    if faults.is_empty() { Ok(estimate) } else { Err(faults) }
}

/// Returns the bytes that an answer is taken to have in a judge's request, about four a token.
fn answer_bytes(tokens: u64) -> usize {
    usize::try_from(tokens.saturating_mul(4)).unwrap_or(usize::MAX).min(1 << 20)
}

/// Adds one request and says whether it costs anything.
fn add(
    estimate: &mut Estimate,
    session: &Session,
    model: usize,
    request: &Request,
    times: u32,
) -> bool {
    let Some(model) = session.models.get(model) else { return false };
    if !model.provider.is_live() {
        estimate.free_calls += 1;
        return false;
    }
    let most = model.most_usage(request);
    let times = u64::from(times);
    let sum = |sum: u64, tokens: u64| sum.saturating_add(tokens.saturating_mul(times));
    estimate.most_input_tokens = sum(estimate.most_input_tokens, most.input_tokens);
    estimate.most_output_tokens = sum(estimate.most_output_tokens, most.output_tokens);
    match (model.bound(request), estimate.most_cost) {
        (Some(bound), Some(sum)) => {
            estimate.most_cost =
                Some(MicroUsd(sum.0.saturating_add(bound.0.saturating_mul(times))));
        }
        (None, _) => estimate.unpriced.push(model.stamp.entry.clone()),
        (Some(_), None) => {}
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_know_stars_only() {
        for (pattern, text, expected) in [
            ("FAQ-*", "FAQ-001", true),
            ("FAQ-*", "REF-001", false),
            ("*-001", "FAQ-001", true),
            ("F*-*1", "FAQ-001", true),
            ("FAQ-001", "FAQ-001", true),
            ("FAQ-001", "FAQ-0011", false),
            ("*", "", true),
            ("", "", true),
            ("", "a", false),
            ("a*a", "a", false),
            ("a**a", "aa", true),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn filters_have_a_key() {
        assert!(Filter::parse("domain=Support").is_ok());
        assert!(Filter::parse("note=").is_ok());
        assert!(Filter::parse("Support").is_err());
        assert!(Filter::parse("=Support").is_err());
    }
}
