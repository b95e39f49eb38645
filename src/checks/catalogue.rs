//! Every rule of a check, from every room that has a part in it.

use crate::finding::Rule;
use crate::{cases, compat, integrity, schema, yaml};

/// The rules of this room.
const OWN: &[&Rule] = &[
    &super::baseline::BASELINE_INVALID,
    &super::baseline::BASELINE_INVALIDATED,
    &super::baseline::BASELINE_OWN,
    &super::bonds::DEP_CYCLE,
    &super::bonds::DEP_MAJOR_UNADOPTED,
    &super::changelog::CHANGELOG_ENTRY_MISSING,
    &super::changelog::CHANGELOG_HISTORY_REWRITTEN,
    &super::changelog::CHANGELOG_LINE_NEWER,
    &super::changelog::CHANGELOG_LINE_UNREADABLE,
    &super::changelog::CHANGELOG_ORDER,
    &super::checksum::CHECKSUM_MALFORMED,
    &super::checksum::CHECKSUM_MISMATCH,
    &super::checksum::CHECKSUM_MISSING,
    &super::checksum::CHECKSUM_PLACEHOLDER,
    &super::checksum::CHECKSUM_STALE,
    &super::config::CONFIG_BRANCH_MISSING,
    &super::config::CONFIG_BRANCH_UNNAMED,
    &super::config::CONFIG_REGISTRY_INVALID,
    &super::config::CONFIG_REGISTRY_MOVED,
    &super::config::CONFIG_RULE_UNKNOWN,
    &super::dependency::DEP_DEPRECATED,
    &super::dependency::DEP_DIAMOND,
    &super::dependency::DEP_LICENSE_PROPAGATED,
    &super::dependency::DEP_PII_PROPAGATED,
    &super::dependency::DEP_PRERELEASE_IN_STABLE,
    &super::dependency::DEP_YANKED,
    &super::dependency::MODEL_REFERENCE_FLOATING,
    &super::evidence::EVIDENCE_INVALID,
    &super::gates::GATE_BAR_POINTLESS,
    &super::gates::GATE_CATEGORY_UNKNOWN,
    &super::gates::GATE_JOURNEY_UNKNOWN,
    &super::gates::GATE_METRIC_UNKNOWN,
    &super::gates::GATE_TWICE,
    &super::gone::ENTRY_DELETED,
    &super::gone::ENTRY_DELETED_UNPUBLISHED,
    &super::gone::ENTRY_ID_CHANGED,
    &super::gone::ENTRY_KIND_CHANGED,
    &super::gone::ENTRY_PATH_MOVED,
    &super::includes::FRAGMENT_CHANGES_PROMPTS,
    &super::judge::VERSION_NOT_SEMVER,
    &super::license::LICENSE_NOT_SPDX,
    &super::lifecycle::REMOVED_BEFORE_SUNSET,
    &super::lifecycle::SUNSET_MISSING,
    &super::lifecycle::SUNSET_MOVED_EARLIER,
    &super::lifecycle::SUNSET_TOO_SOON,
    &super::levels::OVERRIDE_STALE,
    &super::loaded::FILE_NOT_REGULAR,
    &super::files::FILE_MISPLACED,
    &super::loaded::FILE_TOO_LARGE,
    &super::names::ALIAS_TAKEN,
    &super::names::ENTRY_ID_MISMATCH,
    &super::names::ENTRY_PATH_INVALID,
    &super::names::ENTRY_TWICE,
    &super::paths::PATH_COLLISION,
    &super::paths::PATH_NOT_PORTABLE,
    &super::reference::DEP_FLOATING,
    &super::reference::DEP_KIND_MISMATCH,
    &super::reference::DEP_MISSING,
    &super::reference::DEP_RANGE_UNSATISFIED,
    &super::reference::DEP_VERSION_MISSING,
    &super::reference::LINK_MISSING,
    &super::reference::REFERENCE_MALFORMED,
    &super::rollback::ROLLBACK_TARGET_INCOMPATIBLE,
    &super::rollback::ROLLBACK_TARGET_MISSING,
    &super::rollback::ROLLBACK_TARGET_NEWER,
    &super::rollback::ROLLBACK_TARGET_SELF,
    &super::rollback::ROLLBACK_TARGET_UNPUBLISHED,
    &super::rollback::ROLLBACK_TARGET_YANKED,
    &super::row_findings::BYTE_ORDER_MARK,
    &super::row_findings::COLUMN_MISSING,
    &super::row_findings::COLUMN_TWICE,
    &super::row_findings::CONFLICT_MARKER,
    &super::row_findings::CONTAMINATION_FLAG,
    &super::row_findings::NOT_UTF8,
    &super::row_findings::ROWS_MISCOUNTED,
    &super::row_findings::ROWS_NOT_JUDGED,
    &super::row_findings::ROW_KEY_MISSING,
    &super::row_findings::ROW_KEY_TWICE,
    &super::row_findings::ROW_RAGGED,
    &super::row_findings::ROW_TOO_LARGE,
    &super::row_findings::SYNTAX,
    &super::files::PATH_UNMERGED,
    &super::files::POLICY_UNKNOWN,
    &super::signers::SIGNERS_EMPTY,
    &super::signers::SIGNERS_LINE_UNREADABLE,
    &super::signers::SIGNERS_MISSING,
    &super::template::INCLUDE_ENGINE_MISMATCH,
    &super::template::PROMPT_VARIABLE_UNDECLARED,
    &super::template::PROMPT_VARIABLE_UNUSED,
    &super::template::TEMPLATE_SYNTAX,
    &super::trust::TRUST_COMMAND_MISSING,
    &super::trust::TRUST_VARIABLE_MISSING,
    &super::weakened::POLICY_WEAKENED,
    &crate::registry::entry::ENTRY_UNREADABLE,
];

/// Iterates over every rule, sorted by family and id.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    let mut all: Vec<&'static Rule> =
        [OWN, cases::RULES, compat::RULES, integrity::RULES, schema::RULES, yaml::RULES]
            .into_iter()
            .flatten()
            .copied()
            .collect();
    all.sort_by_key(|rule| (rule.family, rule.id));
    all.into_iter()
}

/// Returns the next step for an id that is no rule.
#[must_use]
pub fn suggest(id: &str) -> String {
    suggest_among(rules(), id)
}

/// Returns the next step for an id that is none of `rules`.
#[must_use]
pub fn suggest_among(rules: impl Iterator<Item = &'static Rule>, id: &str) -> String {
    let close = rules
        .map(|rule| (strsim::jaro_winkler(rule.id, id), rule.id))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(a.1)));
    match close {
        Some((_, close)) => format!("did you mean `{close}`?"),
        None => "`keelmark rules` lists them".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn ids_are_unique_and_in_kebab_case() {
        let mut seen = BTreeSet::new();
        for rule in rules() {
            assert!(seen.insert(rule.id), "{} stands twice", rule.id);
            assert!(
                rule.id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
            );
            assert!(!rule.summary.is_empty(), "{} has no summary", rule.id);
        }
    }
}
