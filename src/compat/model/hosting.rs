//! What hosting a model needs.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use super::rules;
use crate::compat::change::Change;
use crate::finding::Rule;
use crate::registry::model::Runtime;
use crate::version::Bump;

/// Compares the number format. It runs elsewhere than before if hardware was lost with it.
pub(super) fn quantization(
    (old, new): (Option<&str>, Option<&str>),
    (old_hardware, new_hardware): (&[String], &[String]),
) -> Option<Change> {
    if old == new {
        return None;
    }
    let lost = lost(old_hardware, new_hardware);
    let word = |text: Option<&str>| text.unwrap_or("not said").to_owned();
    let note = format!("`quantization`: {} → {}", word(old), word(new));
    let change = if lost.is_empty() {
        Change::new(&rules::QUANTIZATION_CHANGED, note)
    } else {
        let note = format!("{note}, and it no longer runs on {}", lost.join(", "));
        Change::new(&rules::QUANTIZATION_CHANGED, note).bump(Bump::Major)
    };
    let change = change.at("/quantization");
    Some(change.values(old.unwrap_or_default(), new.unwrap_or_default()))
}

/// Lists the hardware that is no longer named; without a list none was promised.
fn lost(old: &[String], new: &[String]) -> Vec<String> {
    let gone = old.iter().filter(|name| !new.contains(name));
    gone.map(|name| format!("`{name}`")).collect()
}

/// Compares the hardware on which a model is known to run.
pub(super) fn hardware(old: &[String], new: &[String]) -> Vec<Change> {
    let set = |list: &[String]| list.iter().cloned().collect::<BTreeSet<String>>();
    let (before, after) = (set(old), set(new));
    let mut found = Vec::new();
    let mut say = |rule: &'static Rule, what: &str, names: Vec<&String>| {
        if !names.is_empty() {
            let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
            let note = format!("`hardware` {what} {}", names.join(", "));
            let change = Change::new(rule, note).at("/hardware");
            found.push(change.values(old.join(", "), new.join(", ")));
        }
    };
    say(&rules::RUNTIME_RAISED, "lost", before.difference(&after).collect());
    say(&rules::RUNTIME_LOWERED, "gained", after.difference(&before).collect());
    found
}

/// Compares memory and software.
pub(super) fn runtime(old: &Runtime, new: &Runtime) -> Vec<Change> {
    let Runtime { vram_gb, ram_gb, server, driver } = new;
    let mut found = Vec::new();
    for (key, old, new) in [("vram_gb", old.vram_gb, *vram_gb), ("ram_gb", old.ram_gb, *ram_gb)] {
        let word = |size: Option<f64>| size.map(|size| size.to_string());
        let order = match (old, new) {
            (Some(old), Some(new)) => Some(new.total_cmp(&old)),
            _ => None,
        };
        found.extend(requirement(key, (word(old), word(new)), order));
    }
    for (key, old, new) in [("server", &old.server, server), ("driver", &old.driver, driver)] {
        let order = match (old, new) {
            (Some(old), Some(new)) => minimum_order(old, new),
            _ => None,
        };
        found.extend(requirement(key, (old.clone(), new.clone()), order));
    }
    found
}

/// Judges one requirement. `order` is how the new one compares with the old one, where both are
/// there and can be compared.
fn requirement(
    key: &str,
    (old, new): (Option<String>, Option<String>),
    order: Option<Ordering>,
) -> Option<Change> {
    if old == new {
        return None;
    }
    let note = {
        let word = |text: &Option<String>| text.as_deref().unwrap_or("not said").to_owned();
        format!("`runtime.{key}`: {} → {}", word(&old), word(&new))
    };
    let change = match (&old, &new, order) {
        (None, ..) | (.., Some(Ordering::Less)) => Change::new(&rules::RUNTIME_LOWERED, note),
        (Some(_), Some(_), None) => Change::new(&rules::RUNTIME_RAISED, note).unknown(),
        // What is no longer said may be anything.
        _ => Change::new(&rules::RUNTIME_RAISED, note),
    };
    let change = change.at(&format!("/runtime/{key}"));
    Some(change.values(old.unwrap_or_default(), new.unwrap_or_default()))
}

/// Compares two lower bounds such as `vllm>=0.11`; `None` where they are of other software or form.
fn minimum_order(old: &str, new: &str) -> Option<Ordering> {
    let read = |text: &str| {
        let (name, bound) = text.split_once(">=")?;
        let parts = bound.trim().trim_start_matches('v').split('.');
        let numbers: Option<Vec<u64>> = parts.map(|part| part.parse().ok()).collect();
        let mut numbers = numbers?;
        while numbers.last() == Some(&0) {
            numbers.pop();
        }
        Some((name.trim().to_ascii_lowercase(), numbers))
    };
    let (old, new) = (read(old)?, read(new)?);
    (old.0 == new.0).then(|| new.1.cmp(&old.1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lower_bounds_of_one_software_are_compared_as_numbers() {
        let cases = [
            ("vllm>=0.9", "vllm>=0.11", Some(Ordering::Greater)),
            ("vllm >= 0.11", "vLLM>=0.11.0", Some(Ordering::Equal)),
            ("nvidia>=550", "nvidia>=535", Some(Ordering::Less)),
            ("vllm>=0.9", "tgi>=0.11", None),
            ("vllm>=0.9", "vllm", None),
            ("vllm>=0.9rc1", "vllm>=0.9", None),
        ];
        for (old, new, expected) in cases {
            assert_eq!(minimum_order(old, new), expected, "{old} {new}");
        }
    }
}
