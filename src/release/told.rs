//! What templates are told of a release: its facts, and what follows from them.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::{Value, json};

use super::facts::{ChangeKind, ChangeLine, ReleaseFacts};
use super::page;
use super::place::way;
use crate::evals::gate::Verdict;
use crate::template::Variables;

/// Lines of one type.
#[derive(Debug, Serialize)]
pub(super) struct Kind<'a> {
    name: &'static str,
    lines: Vec<&'a ChangeLine>,
}

impl ChangeKind {
    /// Every type, in the order of Keep a Changelog.
    pub const ALL: [Self; 6] =
        [Self::Added, Self::Changed, Self::Deprecated, Self::Removed, Self::Fixed, Self::Security];

    /// Returns the heading.
    #[must_use]
    pub const fn heading(self) -> &'static str {
        match self {
            Self::Added => "Added",
            Self::Changed => "Changed",
            Self::Deprecated => "Deprecated",
            Self::Removed => "Removed",
            Self::Fixed => "Fixed",
            Self::Security => "Security",
        }
    }
}

/// Sorts lines into their types; types without one are left out. What breaks callers comes first.
pub(super) fn kinds(lines: &[ChangeLine]) -> Vec<Kind<'_>> {
    let of = |kind: ChangeKind| {
        let of_kind = || lines.iter().filter(move |line| line.kind == kind);
        let breaking = of_kind().filter(|line| line.breaking);
        let lines = breaking.chain(of_kind().filter(|line| !line.breaking)).collect();
        Kind { name: kind.heading(), lines }
    };
    ChangeKind::ALL.into_iter().map(of).filter(|kind| !kind.lines.is_empty()).collect()
}

/// Makes the variables that every template of a release has.
pub(super) fn variables(facts: &ReleaseFacts) -> Variables {
    let scores = || facts.evidence.iter().flat_map(|run| &run.scores);
    let held = scores().filter(|score| score.verdict == Verdict::Pass).count();
    // Gates that only advise, and those that nothing was measured for, neither hold nor break.
    let open = |verdict| matches!(verdict, Verdict::Advisory | Verdict::NotMeasured);
    let judged = scores().filter(|score| !open(score.verdict)).count();
    let mut named = BTreeSet::new();
    let drivers: Vec<Value> = scores()
        .filter(|score| {
            named.insert((
                &score.category,
                &score.metric,
                &score.aggregate,
                &score.scope,
                &score.bar,
            ))
        })
        .map(|score| {
            json!({
                "category": score.category,
                "metric": score.metric,
                "aggregate": score.aggregate,
                "scope": score.scope,
                "bar": score.bar,
            })
        })
        .collect();
    let untested: BTreeSet<&String> = facts.evidence.iter().flat_map(|run| &run.untested).collect();
    let changed = facts.rows.iter().filter(|row| row.from != row.to).count();
    let mut variables = page::variables(facts);
    let derived = json!({
        "status": if facts.accepted { "accepted" } else { "proposed" },
        "kinds": kinds(&facts.changelog),
        "gates": {"all": judged, "held": held},
        "drivers": drivers,
        "untested": untested,
        "changed": changed,
        "adr_link": way(&facts.notes, &facts.adr),
        "notes_link": way(&facts.adr, &facts.notes),
        "verify": format!("keelmark verify {}", facts.tag),
    });
    if let Value::Object(derived) = derived {
        variables.extend(derived);
    }
    variables
}
