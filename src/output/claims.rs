//! What became of claims, one line each.

use std::collections::BTreeSet;
use std::io::{self, Write};

use serde_json::{Value, json};

use super::grid::{Hue, paint};
use super::human::Style;
use crate::escape;
use crate::release::claims::{Claim, Ending, Subject, Verdict, ending};

/// Writes every claim, and in the last line what they come to: the first false claim, or else the
/// first that cannot be decided.
///
/// # Errors
/// When the writer fails.
pub fn write(subjects: &[Subject], style: Style, out: &mut dyn Write) -> io::Result<()> {
    let claims = || subjects.iter().flat_map(|subject| &subject.claims);
    let width = claims().map(|claim| claim.what.word().len()).max().unwrap_or(0);
    let mut said = BTreeSet::new();
    for subject in subjects {
        writeln!(out, "{}", paint(style, Hue::Bold, &escape::line(&subject.name)))?;
        for claim in &subject.claims {
            let word = format!("{:<8}", claim.verdict.word());
            let word = hue(claim.verdict).map_or(word.clone(), |hue| paint(style, hue, &word));
            let about = match claim.about.as_str() {
                "" => String::new(),
                about => format!("{}: ", escape::line(about)),
            };
            let words = escape::line(&claim.words());
            let hint = claim.hint.as_ref().filter(|hint| said.insert((*hint).clone()));
            let hint = hint.map(|hint| format!(" ({})", escape::line(hint)));
            let what = claim.what.word();
            writeln!(out, "  {word}  {what:<width$}  {about}{words}{}", hint.unwrap_or_default())?;
        }
    }
    if subjects.is_empty() { Ok(()) } else { writeln!(out, "{}", sum(subjects, style)) }
}

const fn hue(verdict: Verdict) -> Option<Hue> {
    match verdict {
        Verdict::Holds => Some(Hue::Green),
        Verdict::Attested | Verdict::Unknown => Some(Hue::Yellow),
        Verdict::Note => None,
        Verdict::Fails => Some(Hue::Red),
    }
}

/// Says what all claims come to.
fn sum(subjects: &[Subject], style: Style) -> String {
    let named = |(subject, claim): (&Subject, &Claim)| {
        escape::line(&format!("{}: {}: {}", subject.name, claim.name(), claim.words()))
    };
    match ending(subjects) {
        (Ending::Fails, Some(first)) => {
            format!("{}  {}", paint(style, Hue::Red, "FALSE"), named(first))
        }
        (Ending::Unknown, Some(first)) => {
            format!("{}  {}", paint(style, Hue::Yellow, "UNDECIDED"), named(first))
        }
        _ => {
            let of = |verdict: Verdict| {
                let claims = subjects.iter().flat_map(|subject| &subject.claims);
                claims.filter(|claim| claim.verdict == verdict).count()
            };
            let (holds, attested) = (of(Verdict::Holds), of(Verdict::Attested));
            let words =
                format!("{holds} claims computed again, {attested} attested, none is false");
            format!("{}  {words}", paint(style, Hue::Green, "HOLDS"))
        }
    }
}

/// Returns the body of the document for machines.
#[must_use]
pub fn body(subjects: &[Subject]) -> Value {
    let (ended, first) = ending(subjects);
    let verdict = match ended {
        Ending::Holds => Verdict::Holds,
        Ending::Unknown => Verdict::Unknown,
        Ending::Fails => Verdict::Fails,
    };
    let first = first.map(|(subject, claim)| {
        json!({"subject": subject.name, "claim": claim.what.word(), "about": claim.about})
    });
    let claim = |claim: &Claim| {
        let expected = Some(&claim.expected).filter(|expected| !expected.is_empty());
        json!({
            "claim": claim.what.word(),
            "about": claim.about,
            "verdict": claim.verdict.word(),
            "found": claim.found,
            "expected": expected,
            "hint": claim.hint,
        })
    };
    let subject = |subject: &Subject| {
        json!({
            "kind": subject.kind.word(),
            "name": subject.name,
            "object": subject.object,
            "claims": subject.claims.iter().map(claim).collect::<Vec<_>>(),
        })
    };
    json!({
        "verdict": verdict.word(),
        "first": first,
        "subjects": subjects.iter().map(subject).collect::<Vec<_>>(),
    })
}
