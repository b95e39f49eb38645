//! What a composite promises by itself: the signature that callers see, and where it is released to.
//!
//! What its members bring about is judged by a release, which has them at hand.

use std::collections::BTreeSet;

use super::change::{Change, shown, sort};
use super::prompt::signatures;
use super::table::{metadata as rules, opaque::CONTRACT_CHANGE_UNKNOWN};
use crate::registry::composite::{Composite, Provides};
use crate::registry::prompt::{Prompt, PromptSchema};

/// The slot whose prompt's signature callers see where `provides` says nothing.
pub const ANSWER_SLOT: &str = "prompt";

/// Compares the contract of two composites, the deciding changes first.
#[must_use]
pub fn changes(old: &Composite, new: &Composite) -> Vec<Change> {
    let mut found = provided(old.provides.as_ref(), new.provides.as_ref());
    found.extend(channels(&old.channels, &new.channels));
    sort(&mut found);
    found
}

fn provided(old: Option<&Provides>, new: Option<&Provides>) -> Vec<Change> {
    let slot = |provides: Option<&Provides>| match provides {
        None => Some(ANSWER_SLOT.to_owned()),
        Some(Provides::Slot(slot)) => Some(slot.clone()),
        Some(Provides::Signature(_)) => None,
    };
    if let (Some(Provides::Signature(before)), Some(Provides::Signature(after))) = (old, new) {
        let mut found = signatures(&with(before), &with(after));
        for change in &mut found {
            for pointer in [&mut change.pointer_old, &mut change.pointer_new].into_iter().flatten()
            {
                *pointer = pointer.replacen("/schema", "/provides", 1);
            }
        }
        return found;
    }
    if slot(old) == slot(new) {
        return Vec::new();
    }
    let json = |provides: Option<&Provides>| {
        shown(provides.and_then(|provides| serde_json::to_value(provides).ok()).as_ref())
    };
    let note = "what callers see is said by another place, and the two are not compared";
    let change = Change::new(&CONTRACT_CHANGE_UNKNOWN, note).at("/provides").unknown();
    vec![change.values(json(old), json(new))]
}

fn with(schema: &PromptSchema) -> Prompt {
    Prompt { schema: schema.clone(), ..Prompt::default() }
}

fn channels(old: &[String], new: &[String]) -> Vec<Change> {
    let set = |list: &[String]| -> BTreeSet<String> { list.iter().cloned().collect() };
    let (before, after) = (set(old), set(new));
    let won = after.difference(&before).map(|name| {
        Change::new(&rules::CHANNEL_ADDED, format!("it is released to `{name}` too"))
            .at("/channels")
            .values("", name)
    });
    let lost = before.difference(&after).map(|name| {
        Change::new(&rules::CHANNEL_REMOVED, format!("it is no longer released to `{name}`"))
            .at("/channels")
            .values(name, "")
    });
    won.chain(lost).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::version::Bump;

    fn read(value: serde_json::Value) -> Composite {
        serde_json::from_value(value).expect("a composite")
    }

    #[test]
    fn a_signature_of_its_own_is_compared_like_a_prompts() {
        let own = |inputs: serde_json::Value| {
            read(json!({"provides": {"inputs": inputs, "outputs": ["answer"]}}))
        };
        let (old, new) = (own(json!(["question"])), own(json!(["question", "locale"])));
        let found = changes(&old, &new);
        assert_eq!(found.len(), 1);
        let change = found.first().expect("a change");
        assert_eq!((change.rule.id, change.bump), ("input-required-added", Bump::Major));
        assert_eq!(change.pointer_new.as_deref(), Some("/provides/inputs/1"));
        assert!(changes(&old, &old).is_empty());
    }

    #[test]
    fn who_provides_the_signature_is_a_contract_that_nothing_here_can_compare() {
        let (silent, same) = (read(json!({})), read(json!({"provides": "prompt"})));
        assert!(changes(&silent, &same).is_empty());
        for other in [json!({"provides": "router"}), json!({"provides": {"inputs": ["a"]}})] {
            let found = changes(&silent, &read(other));
            assert_eq!(found.iter().map(|c| c.bump).collect::<Vec<_>>(), [Bump::Major]);
        }
    }
}
