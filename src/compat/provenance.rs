//! Where rows and weights come from: statements that were added, corrected or withdrawn.
//!
//! None of them changes a byte, so saying more is a patch; whoever relies on a statement finds it
//! gone when it is withdrawn. What is said of personal data is a promise, and judged as one.

use std::collections::BTreeSet;

use super::change::Change;
use super::dependencies::same_entry;
use super::policies;
use super::table::{dataset, metadata as rules, policy};
use crate::finding::Rule;
use crate::registry::dataset::{Dataset, Pii, Provenance};
use crate::registry::model::Origin;

/// A statement by its key, before and after.
type Said<'a> = (&'a str, Option<String>, Option<String>);

/// Compares where the rows of two datasets come from.
pub(super) fn of_dataset(old: &Dataset, new: &Dataset) -> Vec<Change> {
    // Taken apart by name, so that a key which is added later cannot be forgotten here.
    let Provenance {
        source,
        collected,
        license,
        derived_from,
        pii,
        synthetic,
        collected_by,
        attestations,
        contamination,
    } = &new.provenance;
    let was = &old.provenance;
    let flag = |flag: Option<bool>| flag.map(|flag| flag.to_string());
    let mut found = stated([
        ("source", was.source.clone(), source.clone()),
        ("collected", was.collected.clone(), collected.clone()),
        ("collected_by", was.collected_by.clone(), collected_by.clone()),
        ("synthetic", flag(was.synthetic), flag(*synthetic)),
    ]);
    found.extend(listed("derived_from", &was.derived_from, derived_from));
    found.extend(listed("attestations", &was.attestations, attestations));
    found.extend(license_of_source(was.license.as_deref(), license.as_deref()));
    found.extend(personal((was.pii, old.identifies_people()), *pii));
    if was.contamination != *contamination {
        let note = "what is known of overlap with training sets changed";
        let change = Change::new(&dataset::DESCRIPTION_CHANGED, note);
        found.push(change.at("/provenance/contamination"));
    }
    found
}

/// Compares where two models come from.
pub(super) fn of_model(old: &Origin, new: &Origin) -> Vec<Change> {
    // Taken apart by name, so that a key which is added later cannot be forgotten here.
    let Origin { source, trained, license, derived_from, attestations } = new;
    let mut found = stated([
        ("source", old.source.clone(), source.clone()),
        ("trained", old.trained.clone(), trained.clone()),
    ]);
    found.extend(listed("derived_from", &old.derived_from, derived_from));
    found.extend(listed("attestations", &old.attestations, attestations));
    found.extend(license_of_source(old.license.as_deref(), license.as_deref()));
    found
}

fn stated<'a>(rows: impl IntoIterator<Item = Said<'a>>) -> Vec<Change> {
    let judged = rows.into_iter().filter_map(|(key, old, new)| {
        let (rule, what): (&'static Rule, String) = match (&old, &new) {
            _ if old == new => return None,
            (None, Some(new)) => (&rules::PROVENANCE_ADDED, format!("says `{new}`")),
            (Some(old), None) => (&rules::PROVENANCE_REMOVED, format!("no longer says `{old}`")),
            (Some(old), Some(new)) => (&rules::PROVENANCE_CHANGED, format!("`{old}` → `{new}`")),
            (None, None) => return None,
        };
        let change = at(Change::new(rule, format!("`provenance.{key}`: {what}")), key);
        Some(change.values(old.unwrap_or_default(), new.unwrap_or_default()))
    });
    judged.collect()
}

/// Compares a list of statements. An element in the place of another one corrects it; with fewer
/// than before, something is no longer said.
fn listed(key: &str, old: &[String], new: &[String]) -> Vec<Change> {
    let set = |list: &[String]| list.iter().cloned().collect::<BTreeSet<String>>();
    let (before, after) = (set(old), set(new));
    let lost: Vec<&str> = before.difference(&after).map(String::as_str).collect();
    let won: Vec<&str> = after.difference(&before).map(String::as_str).collect();
    let rule: &'static Rule = match (lost.len(), won.len()) {
        (0, 0) if old == new => return Vec::new(),
        // In another order, or once where it stood twice.
        (0, 0) => &rules::PROVENANCE_CHANGED,
        (0, _) => &rules::PROVENANCE_ADDED,
        (lost, won) if lost > won => &rules::PROVENANCE_REMOVED,
        _ => &rules::PROVENANCE_CHANGED,
    };
    let names = |names: &[&str]| {
        names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
    };
    let said = match (lost.as_slice(), won.as_slice()) {
        ([], []) => "is written in another order".to_owned(),
        ([], won) => format!("names {} too", names(won)),
        ([lost], [won]) if same_entry(lost, won, None) => format!("`{lost}` → `{won}`"),
        (lost, []) => format!("no longer names {}", names(lost)),
        (lost, won) => format!("names {} in place of {}", names(won), names(lost)),
    };
    let change = at(Change::new(rule, format!("`provenance.{key}` {said}")), key);
    vec![change.values(old.join(", "), new.join(", "))]
}

fn license_of_source(old: Option<&str>, new: Option<&str>) -> Option<Change> {
    policies::license("/provenance/license", (old, new))
}

/// Compares what is said of personal data. `before` is what was said, and whether the rows were
/// known to identify people by that or by their columns.
fn personal(before: (Option<Pii>, bool), new: Option<Pii>) -> Option<Change> {
    let (old, identified) = before;
    let word = |pii: Option<Pii>| match pii {
        None => "not said",
        Some(Pii::None) => "none",
        Some(Pii::DeIdentified) => "de-identified",
        Some(Pii::Present) => "present",
    };
    let rule: &'static Rule = match (old, new) {
        _ if old == new => return None,
        // The columns said it before.
        (None, Some(Pii::Present)) if identified => &rules::PROVENANCE_ADDED,
        (None, Some(Pii::Present)) => &policy::PII_CLASS_RAISED,
        (Some(_), None) => &policy::LOOSENED,
        (Some(old), Some(new)) if new > old => &policy::PII_CLASS_RAISED,
        _ => &policy::TIGHTENED,
    };
    let (old, new) = (word(old), word(new));
    let note = format!("`provenance.pii`: {old} → {new}");
    Some(at(Change::new(rule, note), "pii").values(old, new))
}

fn at(change: Change, key: &str) -> Change {
    change.at(&format!("/provenance/{key}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::version::Bump;

    fn dataset(provenance: Provenance) -> Dataset {
        Dataset { provenance, ..Dataset::default() }
    }

    fn judged(old: &Dataset, new: &Dataset) -> Vec<(&'static str, Bump)> {
        of_dataset(old, new).iter().map(|change| (change.rule.id, change.bump)).collect()
    }

    #[test]
    fn a_list_with_fewer_statements_withdraws_one() {
        let cases: [(&[&str], &[&str], Option<&str>); 7] = [
            (&["a"], &["a"], None),
            (&[], &["a"], Some("provenance-added")),
            (&["a"], &["a", "b"], Some("provenance-added")),
            (&["a"], &["b"], Some("provenance-changed")),
            (&["a", "b"], &["b", "a"], Some("provenance-changed")),
            (&["a", "b"], &["c"], Some("provenance-removed")),
            (&["a"], &[], Some("provenance-removed")),
        ];
        for (old, new, rule) in cases {
            let owned = |list: &[&str]| list.iter().map(ToString::to_string).collect::<Vec<_>>();
            let found = listed("derived_from", &owned(old), &owned(new));
            assert_eq!(found.first().map(|change| change.rule.id), rule, "{old:?} {new:?}");
        }
    }

    #[test]
    fn what_is_said_of_personal_data_is_a_promise() {
        use Pii::{DeIdentified, None as Never, Present};
        let cases = [
            (None, Some(Never), "policy-tightened", Bump::Minor),
            (Some(Never), None, "policy-loosened", Bump::Major),
            (Some(Never), Some(DeIdentified), "pii-class-raised", Bump::Major),
            (Some(Present), Some(DeIdentified), "policy-tightened", Bump::Minor),
            (None, Some(Present), "pii-class-raised", Bump::Major),
        ];
        for (old, new, rule, bump) in cases {
            let of = |pii| dataset(Provenance { pii, ..Provenance::default() });
            assert_eq!(judged(&of(old), &of(new)), [(rule, bump)], "{old:?} {new:?}");
        }
        let column = crate::registry::dataset::Column { pii: true, ..Default::default() };
        let mut old = dataset(Provenance::default());
        old.columns.insert("email".to_owned(), column);
        let mut new = old.clone();
        new.provenance.pii = Some(Present);
        assert_eq!(judged(&old, &new), [("provenance-added", Bump::Patch)]);
    }

    #[test]
    fn the_licence_of_the_source_is_judged_like_any_licence() {
        let of = |license: Option<&str>| {
            let license = license.map(ToOwned::to_owned);
            dataset(Provenance { license, ..Provenance::default() })
        };
        let cases = [
            (None, Some("MIT"), "license-added"),
            (Some("MIT"), Some("GPL-3.0-only"), "license-more-restrictive"),
            (Some("MIT"), None, "license-removed"),
        ];
        for (old, new, rule) in cases {
            let found = of_dataset(&of(old), &of(new));
            let found: Vec<_> =
                found.iter().map(|c| (c.rule.id, c.pointer_new.as_deref())).collect();
            assert_eq!(found, [(rule, Some("/provenance/license"))], "{old:?} {new:?}");
        }
    }
}
