//! Two contents of an entry with the rules of its kind: what changed, and the step that it needs.

use std::collections::BTreeMap;

use super::loaded::Loaded;
use crate::compat::change::Change;
use crate::compat::{common_changes, composite, judge, model, profile, prompt, required, suite};
use crate::registry::config::Config;
use crate::registry::entry::Body;
use crate::version::Bump;

/// Lists the changes between two contents of one kind, the deciding ones first.
///
/// Bumps are those of the rules, unless `trusted` says others.
#[must_use]
pub fn changes_between(old: &Loaded, new: &Loaded, trusted: &Config) -> Vec<Change> {
    let mut changes = of_kind(old, new);
    let decided = changes.iter().any(|change| change.bump > Bump::None);
    if !decided && !old.facets().same_content(new.facets()) {
        // What no rule speaks of is a patch at least: silence would let it pass unseen.
        changes.extend(required::opaque(required::Digests {
            contract_equal: true,
            behaviour_equal: false,
        }));
    }
    believe_bumps(&mut changes, trusted);
    changes
}

/// Returns the step that the changes between two contents need, and the changes.
#[must_use]
pub fn step_between(old: &Loaded, new: &Loaded, trusted: &Config) -> (Bump, Vec<Change>) {
    let changes = changes_between(old, new, trusted);
    let step = if same_content(old, new, &changes) {
        Bump::None
    } else {
        required::required(&changes, old.entry.common.status)
    };
    (step, changes)
}

fn of_kind(old: &Loaded, new: &Loaded) -> Vec<Change> {
    if let (Some(before), Some(after)) = (old.entry.as_prompt(), new.entry.as_prompt()) {
        let (old_texts, new_texts) = (old.texts(), new.texts());
        let old = prompt::Side { common: &old.entry.common, prompt: before, texts: &old_texts };
        let new = prompt::Side { common: &new.entry.common, prompt: after, texts: &new_texts };
        return prompt::changes(&old, &new);
    }
    if let (Body::Model(before), Body::Model(after)) = (&old.entry.body, &new.entry.body) {
        let (old_files, new_files) = (old.digests(), new.digests());
        let old = model::Side { common: &old.entry.common, model: before, files: &old_files };
        let new = model::Side { common: &new.entry.common, model: after, files: &new_files };
        return model::changes(&old, &new);
    }
    let mut changes = common_changes(&old.entry.common, &new.entry.common);
    let mut contract_equal = old.facets().own_contract == new.facets().own_contract;
    if let (Body::Composite(before), Body::Composite(after)) = (&old.entry.body, &new.entry.body) {
        changes.extend(composite::changes(before, after));
        contract_equal = true;
    }
    let (before, after) = (&old.entry.body, &new.entry.body);
    // Their rules take every key apart; the digests only speak where those find nothing.
    let measured = match (before, after) {
        (Body::Suite(before), Body::Suite(after)) => {
            Some(suite::changes((before, &old.digests()), (after, &new.digests())))
        }
        (Body::Judge(before), Body::Judge(after)) => {
            let (was, is) = (old.texts(), new.texts());
            let rubric = |texts: &BTreeMap<String, String>, path: &str| texts.get(path).cloned();
            let (was, is) = (rubric(&was, &before.rubric), rubric(&is, &after.rubric));
            Some(judge::changes((before, was.as_deref()), (after, is.as_deref())))
        }
        (Body::Profile(before), Body::Profile(after)) => Some(profile::changes(before, after)),
        _ => None,
    };
    if let Some(measured) = measured.filter(|measured| !measured.is_empty()) {
        changes.extend(measured);
        return changes;
    }
    changes.extend(required::opaque(required::Digests {
        contract_equal,
        behaviour_equal: old.facets().behaviour == new.facets().behaviour,
    }));
    changes
}

/// Gives changes the bumps that the base's configuration says.
pub(super) fn believe_bumps(changes: &mut [Change], trusted: &Config) {
    for change in changes {
        if let Some(bump) = trusted.rules.get(change.rule.id).and_then(|rule| rule.bump) {
            change.bump = bump;
        }
    }
}

/// Says whether contract and behaviour are the same, and nothing that changed asks for a step.
pub(super) fn same_content(old: &Loaded, new: &Loaded, changes: &[Change]) -> bool {
    old.facets().same_content(new.facets())
        && changes.iter().all(|change| change.bump == Bump::None)
}
