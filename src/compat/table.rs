//! The table of rules about changes: what each asks for, and why.
//!
//! Bump rules are notes: they are reasons for a step, not faults. The faults of a step are the
//! rules of `step.rs`, `version-bump-insufficient` first among them.

use crate::finding::{Mirror, Rule};

/// Defines rules and the slice that lists them, so that none can be forgotten.
macro_rules! reasons {
    ($family:ident; $(
        $name:ident: $id:literal, $bump:ident, $reads:expr, $mirror:expr,
        $summary:literal, $why:literal;
    )*) => {
        $(pub(crate) static $name: Rule = Rule {
            bump: Some(Bump::$bump),
            rationale: $why,
            reads: $reads,
            mirror: Some($mirror),
            ..Rule::note($id, Family::$family, $summary)
        };)*
        pub(super) const ALL: &[&Rule] = &[$(&$name),*];
    };
}

pub(crate) mod dataset;
pub(crate) mod dependency;
pub(crate) mod fragment;
pub(crate) mod input;
pub(crate) mod measure;
pub(crate) mod metadata;
pub(crate) mod model;
pub(crate) mod opaque;
pub(crate) mod output;
pub(crate) mod policy;
pub(crate) mod prompt;
pub(crate) mod step;

const PARTS: [&[&Rule]; 12] = [
    fragment::ALL,
    input::ALL,
    output::ALL,
    prompt::ALL,
    model::ALL,
    dataset::ALL,
    policy::ALL,
    metadata::ALL,
    dependency::ALL,
    measure::ALL,
    opaque::ALL,
    step::ALL,
];

const TOTAL: usize = fragment::ALL.len()
    + input::ALL.len()
    + output::ALL.len()
    + prompt::ALL.len()
    + model::ALL.len()
    + dataset::ALL.len()
    + policy::ALL.len()
    + metadata::ALL.len()
    + dependency::ALL.len()
    + measure::ALL.len()
    + opaque::ALL.len()
    + step::ALL.len();

static JOINED: [&Rule; TOTAL] = join();

/// Every rule of this room.
pub const RULES: &[&Rule] = &JOINED;

const fn join() -> [&'static Rule; TOTAL] {
    let mut joined: [&'static Rule; TOTAL] = [&opaque::CONTENT_CHANGED; TOTAL];
    let mut free: &mut [&'static Rule] = &mut joined;
    let mut parts: &[&[&'static Rule]] = &PARTS;
    while let Some((part, later)) = parts.split_first() {
        let mut rules: &[&'static Rule] = part;
        while let Some((rule, others)) = rules.split_first() {
            let slots = free;
            free = match slots.split_first_mut() {
                Some((slot, rest)) => {
                    *slot = rule;
                    rest
                }
                None => &mut [],
            };
            rules = others;
        }
        parts = later;
    }
    joined
}

/// Names the rule that speaks of the reversed change.
const fn mirror(id: &'static str) -> Mirror {
    Mirror::Rule(id)
}

/// Says why no single rule speaks of the reversed change.
const fn waived(why: &'static str) -> Mirror {
    Mirror::Waived(why)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn every_rule_is_listed_once() {
        let ids: BTreeMap<&str, &Rule> = RULES.iter().map(|rule| (rule.id, *rule)).collect();
        assert_eq!(ids.len(), RULES.len());
        assert_eq!(RULES.last().map(|r| r.id), step::ALL.last().map(|r| r.id));
    }

    #[test]
    fn mirrors_are_mutual_or_waived() {
        for rule in RULES {
            match rule.mirror {
                Some(Mirror::Rule(id)) => {
                    let other = RULES.iter().find(|r| r.id == id);
                    let other = other.unwrap_or_else(|| panic!("{}: no rule `{id}`", rule.id));
                    let back = matches!(other.mirror, Some(Mirror::Rule(b)) if b == rule.id);
                    assert!(back, "{} names {id}, which does not name it", rule.id);
                }
                Some(Mirror::Waived(why)) => {
                    // A waiver names what speaks of the reversed change; the pairs prove it.
                    let named: Vec<&str> = why.split('`').skip(1).step_by(2).collect();
                    assert!(!named.is_empty(), "{}: `{why}` names no rule", rule.id);
                    for id in named {
                        assert!(RULES.iter().any(|r| r.id == id), "{}: no rule `{id}`", rule.id);
                    }
                }
                None => assert!(rule.bump.is_none(), "{} has neither mirror nor waiver", rule.id),
            }
        }
    }

    #[test]
    fn every_bump_has_a_reason() {
        for rule in RULES {
            assert_eq!(rule.bump.is_some(), !rule.rationale.is_empty(), "{}", rule.id);
            assert!(rule.summary.ends_with('.'), "{}", rule.id);
        }
    }
}
