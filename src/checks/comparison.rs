//! Two contents of an entry with the rules of its kind: what changed, and the step that it needs.

use std::collections::BTreeMap;

use super::includes;
use super::loaded::Loaded;
use super::rows;
use crate::compat::change::Change;
use crate::compat::{
    common_changes, composite, dataset, fragment, judge, model, profile, prompt, required, suite,
};

use crate::integrity::text::Text;
use crate::registry::config::Config;
use crate::registry::entry::Body;
use crate::registry::fragment::Fragment;
use crate::registry::judge::Judge;
use crate::registry::prompt::Prompt;
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
    if let (Some(before), Some(after)) = (old.prompt_as_read(), new.prompt_as_read()) {
        let (old_texts, new_texts) = (old.texts(), new.texts());
        let (before, after) = (&with_template(&before, old), &with_template(&after, new));
        let earlier = prompt::Side { common: &old.entry.common, prompt: before, texts: &old_texts };
        let later = prompt::Side { common: &new.entry.common, prompt: after, texts: &new_texts };
        return includes::explained(prompt::changes(&earlier, &later), old, new);
    }
    if let (Body::Fragment(before), Body::Fragment(after)) = (&old.entry.body, &new.entry.body) {
        let (earlier, later) = (fragment_side(old, before), fragment_side(new, after));
        let changes = fragment::changes(&earlier, &later);
        return includes::explained(changes, old, new);
    }
    if let (Body::Model(before), Body::Model(after)) = (&old.entry.body, &new.entry.body) {
        let (old_files, new_files) = (old.behaviours(), new.behaviours());
        let (old_tensors, new_tensors) = (old.tensors(), new.tensors());
        let old = model::Side {
            common: &old.entry.common,
            model: before,
            files: &old_files,
            tensors: &old_tensors,
        };
        let new = model::Side {
            common: &new.entry.common,
            model: after,
            files: &new_files,
            tensors: &new_tensors,
        };
        return model::changes(&old, &new);
    }
    let mut changes = common_changes(&old.entry.common, &new.entry.common);
    let mut contract_equal = old.facets().own_contract == new.facets().own_contract;
    if let (Body::Composite(before), Body::Composite(after)) = (&old.entry.body, &new.entry.body) {
        changes.extend(composite::changes(before, after));
        contract_equal = true;
    }
    if let (Body::Dataset(before), Body::Dataset(after)) = (&old.entry.body, &new.entry.body) {
        let digests = (old.digests(), new.digests());
        let before =
            dataset::Side { common: &old.entry.common, dataset: before, digests: &digests.0 };
        let after =
            dataset::Side { common: &new.entry.common, dataset: after, digests: &digests.1 };
        let found = dataset::changes(&before, &after, &rows::compare(Some(old), new).seen);
        // Where no rule spoke of a contract that differs, it is taken for the worst; behaviour that
        // no rule speaks of is a patch, as with every kind.
        contract_equal |= !found.is_empty();
        changes.extend(found);
        changes
            .extend(required::opaque(required::Digests { contract_equal, behaviour_equal: true }));
        return changes;
    }
    let (before, after) = (&old.entry.body, &new.entry.body);
    // Their rules take every key apart; the digests only speak where those find nothing.
    let measured = match (before, after) {
        (Body::Suite(before), Body::Suite(after)) => {
            Some(suite::changes((before, &old.behaviours()), (after, &new.behaviours())))
        }
        (Body::Judge(before), Body::Judge(after)) => {
            let (was, is) = (old.texts(), new.texts());
            let (was, is) = (judge_side(old, before, &was), judge_side(new, after, &is));
            Some(judge::changes(&was, &is))
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

/// Names the template where the file does not: where it lies depends on the form of the entry.
fn with_template(prompt: &Prompt, loaded: &Loaded) -> Prompt {
    let implied = loaded.payloads.iter().find(|payload| payload.declared.pointer == "/template");
    let implied = implied.map(|payload| payload.declared.path.clone());
    Prompt { template: prompt.template.clone().or(implied), ..prompt.clone() }
}

fn judge_side<'a>(
    loaded: &Loaded,
    judge: &'a Judge,
    texts: &'a BTreeMap<String, String>,
) -> judge::Side<'a> {
    judge::Side {
        judge,
        rubric: texts.get(&judge.rubric).map(String::as_str),
        labels: loaded.behaviours().get("/calibration/labels").copied(),
    }
}

fn fragment_side<'a>(loaded: &'a Loaded, fragment: &'a Fragment) -> fragment::Side<'a> {
    let payload = loaded.payloads.first();
    fragment::Side {
        common: &loaded.entry.common,
        fragment,
        path: payload.map_or("", |payload| payload.declared.path.as_str()),
        text: loaded.read.get("/template").map(Text::text),
    }
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

#[cfg(test)]
mod tests;
