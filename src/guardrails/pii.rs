//! `no_pii`: identifiers of persons and secrets in an answer.

use std::collections::BTreeMap;

use super::text::excerpt;
use super::{Answer, Verdict};
use crate::redact::{VERSION, find};

/// Holds an answer that shows any identifier or secret that [`find`] knows.
///
/// Every identifier counts, also the customer's own that the question held: an answer is stored
/// and forwarded, and a rule that repeats what it is told can be made to repeat anything. A
/// structured answer is read as it came and, if nothing is found so, without its escapes.
#[must_use]
pub fn no_pii(answer: &Answer<'_>) -> Verdict {
    let prose = answer.prose();
    let verdict = judged(answer.text);
    if verdict == Verdict::Pass { judged(&prose) } else { verdict }
}

fn judged(text: &str) -> Verdict {
    let hits = find(text);
    let Some(first) = hits.first() else {
        return Verdict::Pass;
    };
    let mut counts: BTreeMap<_, usize> = BTreeMap::new();
    for hit in &hits {
        *counts.entry(hit.kind).or_default() += 1;
    }
    let found: Vec<_> =
        counts.iter().map(|(kind, count)| format!("{count} {}", kind.placeholder())).collect();
    Verdict::Hit {
        excerpt_redacted: excerpt(text, &(first.start..first.end), first.kind.placeholder()),
        reason: format!("`{VERSION}` found {}", found.join(", ")),
    }
}
