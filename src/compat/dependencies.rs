//! What an entry uses: dependencies that came and went, and pins that moved.
//!
//! Two texts are compared and nothing is followed: `fragment/tone@1.0.0` and `fragment/tone@1.1.0`
//! say by themselves how far apart the two versions are.

use std::collections::BTreeMap;

use super::change::Change;
use super::table::dependency as rules;
use crate::finding::Rule;
use crate::ident::{EntryRef, Kind, Wanted};
use crate::registry::common::{Dependency, Edge};
use crate::version::{Bump, Version, Zerover};

/// How one reference became another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Move {
    /// It leads to another entry, or nowhere.
    Elsewhere,
    /// It leads to the same entry, and the texts do not say how far apart the versions are.
    Undecided,
    /// It means the same and is written otherwise.
    Spelling,
    /// It went this far, forwards or backwards.
    Step {
        /// The size of the step.
        size: Bump,
        /// Whether the newer version stood before.
        back: bool,
    },
}

/// Compares `depends_on`.
pub(super) fn changes(old: &[Dependency], new: &[Dependency]) -> Vec<Change> {
    let (before, after) = (by_name(old), by_name(new));
    let mut found = Vec::new();
    for (name, (at, dependency)) in &after {
        let pointer = format!("/depends_on/{at}");
        let Some((old_at, earlier)) = before.get(name) else {
            found.push(
                Change::new(&rules::DEP_ADDED, format!("`{}` is needed now", dependency.reference))
                    .at_new(&pointer)
                    .values("", &dependency.reference)
                    .bump(weight(dependency.edge)),
            );
            continue;
        };
        let places = (format!("/depends_on/{old_at}"), pointer);
        let place = |change: Change| change.at_old(&places.0).at_new(&places.1);
        if earlier.edge != dependency.edge {
            let note = format!(
                "`{}` is needed as `{}` instead of `{}`",
                dependency.reference,
                word(dependency.edge),
                word(earlier.edge)
            );
            let change = Change::new(&rules::DEP_PIN_CHANGED, note)
                .values(word(earlier.edge), word(dependency.edge))
                .bump(weight(earlier.edge).max(weight(dependency.edge)));
            found.push(place(withdrawn(change, earlier.edge)));
        }
        let edge = stronger(earlier.edge, dependency.edge);
        let moved = pin((&earlier.reference, &dependency.reference), None, edge);
        found.extend(moved.map(place));
    }
    for (at, dependency) in
        before.iter().filter(|(name, _)| !after.contains_key(*name)).map(|(_, d)| d)
    {
        let change = Change::new(
            &rules::DEP_REMOVED,
            format!("`{}` is no longer needed", dependency.reference),
        )
        .at_old(&format!("/depends_on/{at}"))
        .values(&dependency.reference, "")
        .bump(weight(dependency.edge));
        found.push(withdrawn(change, dependency.edge));
    }
    found
}

/// What was passed on to callers is part of the contract; without it nobody can tell what is left.
fn withdrawn(change: Change, lost: Edge) -> Change {
    match lost {
        Edge::Reexported => change.bump(Bump::Major).unknown(),
        Edge::Runtime | Edge::Eval | Edge::Build => change,
    }
}

/// Judges a reference that was edited and leads to the same entry still; `None` where it leads to
/// another one, which the rules of its key judge, or where nothing was edited.
///
/// `kind` is the one that the key expects. The change has no place yet.
pub(super) fn pin((old, new): (&str, &str), kind: Option<Kind>, edge: Edge) -> Option<Change> {
    if old == new {
        return None;
    }
    let moved = compare(old, new, kind);
    let make =
        |rule: &'static Rule| Change::new(rule, format!("`{old}` → `{new}`")).values(old, new);
    let unclear = "pin exact versions on both sides, so that the step between them is known";
    Some(match (moved, edge) {
        (Move::Elsewhere, _) => return None,
        (Move::Spelling, _) => make(&rules::DEP_PIN_CHANGED).bump(Bump::Patch),
        (_, Edge::Eval) => make(&rules::DEP_EVAL_BUMPED),
        (_, Edge::Build) => make(&rules::DEP_BUILD_BUMPED),
        (Move::Undecided, Edge::Reexported) => {
            make(&rules::DEP_REEXPORTED_MAJOR).unknown().help(unclear)
        }
        (Move::Undecided, Edge::Runtime) => make(&rules::DEP_PIN_CHANGED).help(unclear),
        // A step back over a minor version withdraws what that version promised.
        (
            Move::Step { size: Bump::Major, .. } | Move::Step { size: Bump::Minor, back: true },
            Edge::Reexported,
        ) => make(&rules::DEP_REEXPORTED_MAJOR),
        (Move::Step { size, .. }, Edge::Reexported | Edge::Runtime) => make(match size {
            Bump::Major => &rules::DEP_PIN_BUMPED_MAJOR,
            Bump::Minor => &rules::DEP_PIN_BUMPED_MINOR,
            Bump::Patch | Bump::None => &rules::DEP_PIN_BUMPED_PATCH,
        }),
    })
}

/// Says whether two references lead to one entry, in whatever versions.
pub(super) fn same_entry(old: &str, new: &str, kind: Option<Kind>) -> bool {
    compare(old, new, kind) != Move::Elsewhere
}

fn compare(old: &str, new: &str, kind: Option<Kind>) -> Move {
    let (Ok(old), Ok(new)) = (old.parse::<EntryRef>(), new.parse::<EntryRef>()) else {
        return Move::Elsewhere;
    };
    if old.id != new.id || old.kind.or(kind) != new.kind.or(kind) {
        return Move::Elsewhere;
    }
    match (&old.wanted, &new.wanted) {
        (before, after) if before == after => Move::Spelling,
        (Wanted::Exact(before), Wanted::Exact(after)) => step(before, after),
        _ => Move::Undecided,
    }
}

/// Returns the step between two versions. Below 1.0.0 it is counted as cargo counts it.
fn step(old: &Version, new: &Version) -> Move {
    // Candidates of one release may differ in anything.
    if old.core() == new.core() {
        return Move::Undecided;
    }
    let back = new < old;
    let (lower, upper) = if back { (new, old) } else { (old, new) };
    Move::Step { size: upper.declared_from(lower, Zerover::Cargo), back }
}

/// Names a dependency without its version; a text that is no reference is its own name.
fn by_name(list: &[Dependency]) -> BTreeMap<String, (usize, &Dependency)> {
    let name = |dependency: &Dependency| match dependency.reference.parse::<EntryRef>() {
        Ok(EntryRef { kind: Some(kind), id, .. }) => format!("{kind}/{id}"),
        Ok(EntryRef { kind: None, id, .. }) => id.to_string(),
        Err(_) => dependency.reference.clone(),
    };
    list.iter().enumerate().map(|(at, dependency)| (name(dependency), (at, dependency))).collect()
}

/// What only measures or makes an entry changes neither its contract nor its answers.
const fn weight(edge: Edge) -> Bump {
    match edge {
        Edge::Runtime | Edge::Reexported => Bump::Minor,
        Edge::Eval | Edge::Build => Bump::Patch,
    }
}

/// Returns the edge through which more is noticed.
const fn stronger(a: Edge, b: Edge) -> Edge {
    match (a, b) {
        (Edge::Reexported, _) | (_, Edge::Reexported) => Edge::Reexported,
        (Edge::Runtime, _) | (_, Edge::Runtime) => Edge::Runtime,
        (Edge::Build, _) | (_, Edge::Build) => Edge::Build,
        (Edge::Eval, Edge::Eval) => Edge::Eval,
    }
}

const fn word(edge: Edge) -> &'static str {
    match edge {
        Edge::Runtime => "runtime",
        Edge::Reexported => "reexported",
        Edge::Eval => "eval",
        Edge::Build => "build",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compat::change::Certainty;

    #[test]
    fn what_was_passed_on_to_callers_is_not_lost_by_a_smaller_step() {
        let one = |reference: &str, edge| Dependency { reference: reference.to_owned(), edge };
        let was = [one("model/a@1.0.0", Edge::Reexported)];
        for (is, more) in [
            (vec![], Bump::Major),
            (vec![one("model/b@1.0.0", Edge::Reexported)], Bump::Major),
            (vec![one("model/a@1.0.0", Edge::Runtime)], Bump::Major),
            (vec![one("model/a@1.0.1", Edge::Reexported)], Bump::Patch),
        ] {
            let found = changes(&was, &is);
            assert_eq!(found.iter().map(|change| change.bump).max(), Some(more), "{is:?}");
        }
    }

    fn judged(old: &str, new: &str, edge: Edge) -> Option<(&'static str, Bump, Certainty)> {
        pin((old, new), None, edge).map(|change| (change.rule.id, change.bump, change.certainty))
    }

    #[test]
    fn the_step_of_a_pin_counts_by_what_the_entry_is_needed_for() {
        use Certainty::{Known, Unknown};
        let cases = [
            (
                "model/m@1.0.0",
                "model/m@1.0.1",
                Edge::Runtime,
                "dep-pin-bumped-patch",
                Bump::Patch,
                Known,
            ),
            (
                "model/m@1.0.0",
                "model/m@1.1.0",
                Edge::Runtime,
                "dep-pin-bumped-minor",
                Bump::Minor,
                Known,
            ),
            (
                "model/m@1.0.0",
                "model/m@2.0.0",
                Edge::Runtime,
                "dep-pin-bumped-major",
                Bump::Minor,
                Known,
            ),
            (
                "model/m@2.0.0",
                "model/m@1.9.0",
                Edge::Runtime,
                "dep-pin-bumped-major",
                Bump::Minor,
                Known,
            ),
            (
                "model/m@0.3.0",
                "model/m@0.4.0",
                Edge::Reexported,
                "dep-reexported-major",
                Bump::Major,
                Known,
            ),
            (
                "model/m@1.0.0",
                "model/m@2.0.0",
                Edge::Reexported,
                "dep-reexported-major",
                Bump::Major,
                Known,
            ),
            (
                "model/m@1.0.0",
                "model/m@1.1.0",
                Edge::Reexported,
                "dep-pin-bumped-minor",
                Bump::Minor,
                Known,
            ),
            (
                "model/m@1.1.0",
                "model/m@1.0.0",
                Edge::Reexported,
                "dep-reexported-major",
                Bump::Major,
                Known,
            ),
            (
                "model/m@1.1.1",
                "model/m@1.1.0",
                Edge::Reexported,
                "dep-pin-bumped-patch",
                Bump::Patch,
                Known,
            ),
            (
                "model/m@^1.0",
                "model/m@^2.0",
                Edge::Reexported,
                "dep-reexported-major",
                Bump::Major,
                Unknown,
            ),
            ("model/m@^1.0", "model/m@1.0.0", Edge::Runtime, "dep-pin-changed", Bump::Minor, Known),
            ("model/m", "model/m@1.0.0", Edge::Runtime, "dep-pin-changed", Bump::Minor, Known),
            (
                "model/m@2.0.0-rc.1",
                "model/m@2.0.0",
                Edge::Runtime,
                "dep-pin-changed",
                Bump::Minor,
                Known,
            ),
            (
                "model/m@2.0.0-rc.1",
                "model/m@2.0.0-rc.2",
                Edge::Reexported,
                "dep-reexported-major",
                Bump::Major,
                Unknown,
            ),
            ("model/m@1.0.0", "model/m@3.0.0", Edge::Eval, "dep-eval-bumped", Bump::Patch, Known),
            ("model/m@^1", "model/m@^3", Edge::Eval, "dep-eval-bumped", Bump::Patch, Known),
            ("model/m@1.0.0", "model/m@1.0.1", Edge::Build, "dep-build-bumped", Bump::Minor, Known),
        ];
        for (old, new, edge, rule, bump, certainty) in cases {
            assert_eq!(judged(old, new, edge), Some((rule, bump, certainty)), "{old} {new}");
        }
        assert_eq!(judged("model/m@1.0.0", "model/n@1.0.0", Edge::Runtime), None);
        assert_eq!(judged("model/m@1.0.0", "model/m@1.0.0", Edge::Runtime), None);
        assert_eq!(judged("model/m@1.0.0", "no reference", Edge::Runtime), None);
    }

    #[test]
    fn a_kind_that_the_key_says_need_not_be_written() {
        let spelled = pin(("m@1.0.0", "model/m@1.0.0"), Some(Kind::Model), Edge::Runtime);
        let spelled = spelled.map(|change| (change.rule.id, change.bump));
        assert_eq!(spelled, Some(("dep-pin-changed", Bump::Patch)));
        assert!(pin(("m@1.0.0", "model/m@1.0.0"), None, Edge::Runtime).is_none());
    }

    #[test]
    fn an_edge_that_changed_with_its_pin_counts_by_the_stronger_one() {
        let of = |reference: &str, edge| Dependency { reference: reference.to_owned(), edge };
        let old = [of("dataset/d@1.0.0", Edge::Eval)];
        let new = [of("dataset/d@2.0.0", Edge::Reexported)];
        let found: Vec<_> = changes(&old, &new).iter().map(|c| (c.rule.id, c.bump)).collect();
        let expected = [("dep-pin-changed", Bump::Minor), ("dep-reexported-major", Bump::Major)];
        assert_eq!(found, expected);
    }
}
