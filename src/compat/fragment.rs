//! Everything in which two versions of a fragment differ.
//!
//! A fragment acts through the prompts that include it: its text is behaviour like theirs, and its
//! inputs are what they have to provide. They may have more, so inputs are judged as open ones.

use super::change::{Change, sort};
use super::table::fragment as rules;
use super::table::input::CONSTRAINT_TIGHTENED;
use super::table::prompt as texts;
use super::{fields, inputs, metadata, policies, text};
use crate::digest::Digest;
use crate::finding::Rule;
use crate::registry::common::Common;
use crate::registry::fragment::Fragment;
use crate::registry::prompt::Engine;
use crate::registry::signature::Signature;

/// One version of a fragment.
#[derive(Debug, Clone, Copy)]
pub struct Side<'a> {
    /// The keys that entries of every kind share.
    pub common: &'a Common,
    /// The keys that only fragments have.
    pub fragment: &'a Fragment,
    /// The text's path in the entry's folder.
    pub path: &'a str,
    /// The text with what it includes itself; `None` where it cannot be read.
    pub text: Option<&'a str>,
}

/// Returns every difference between two versions, the deciding ones first.
///
/// Equal versions give nothing. Changes that need no step are listed with
/// [`crate::version::Bump::None`].
#[must_use]
pub fn changes(old: &Side<'_>, new: &Side<'_>) -> Vec<Change> {
    // Taken apart by name, so that a key which is added later cannot be forgotten here. Where the
    // text lies is no content.
    let Fragment { template: _, inputs: written, language } = new.fragment;
    let mut found = metadata::changes(old.common, new.common);
    found.extend(policies::common(old.common, new.common));
    let open = |fragment: &Fragment| Signature { open: true, ..fragment.inputs() };
    let (before, after) = (open(old.fragment), open(new.fragment));
    let provided = inputs::changes(
        &fields::Side { signature: &before, written: old.fragment.inputs.as_ref() },
        &fields::Side { signature: &after, written: written.as_ref() },
    );
    // An include passes nothing by name, so no value was passed over before its name meant anything.
    let passed_over =
        |change: &Change| change.rule.id == CONSTRAINT_TIGHTENED.id && change.pointer_old.is_none();
    found.extend(provided.into_iter().filter(|change| !passed_over(change)));
    if old.fragment.language != *language {
        let word = |language: &Option<String>| language.clone().unwrap_or_default();
        found.push(
            Change::new(&rules::LANGUAGE_CHANGED, "`language` changed")
                .at("/language")
                .values(word(&old.fragment.language), word(language)),
        );
    }
    found.extend(text_change(old.text, new.text, new.path));
    sort(&mut found);
    found
}

fn text_change(old: Option<&str>, new: Option<&str>, path: &str) -> Option<Change> {
    let (rule, note): (&'static Rule, String) = match (old, new) {
        (None, None) => return None,
        (Some(before), Some(after)) => {
            let rule = text::judge(before, after, Engine::Jinja)?;
            (rule, format!("`{path}`: {}", rule.summary.trim_end_matches('.').to_lowercase()))
        }
        (None, Some(_)) => (&texts::TEMPLATE_TEXT, format!("`{path}` was added")),
        (Some(_), None) => (&texts::TEMPLATE_TEXT, format!("`{path}` is gone")),
    };
    let digest = |text: Option<&str>| {
        text.map(|text| Digest::of(text.as_bytes()).short(12)).unwrap_or_default()
    };
    Some(Change::new(rule, note).values(digest(old), digest(new)).payload(path).at(""))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::version::Bump;

    fn judged(old: serde_json::Value, new: serde_json::Value, texts: (&str, &str)) -> Vec<String> {
        let read = |value: serde_json::Value| -> Fragment {
            serde_json::from_value(value).expect("a fragment")
        };
        let (old, new, common) = (read(old), read(new), Common::default());
        let old = Side { common: &common, fragment: &old, path: "x.md", text: Some(texts.0) };
        let new = Side { common: &common, fragment: &new, path: "x.md", text: Some(texts.1) };
        changes(&old, &new).iter().map(|c| format!("{} {}", c.bump, c.rule.id)).collect()
    }

    #[test]
    fn prompts_that_include_it_are_its_callers() {
        let cases = [
            (json!({"inputs": ["a"]}), json!({"inputs": ["a", "b"]}), "major input-required-added"),
            (
                json!({"inputs": ["a", "b"]}),
                json!({"inputs": ["a"]}),
                "minor input-removed-tolerated",
            ),
            (json!({}), json!({"inputs": ["a"]}), "major input-required-added"),
            (
                json!({"language": "en"}),
                json!({"language": "de"}),
                "minor fragment-language-changed",
            ),
            (json!({"template": "a.md"}), json!({"template": "b.md"}), ""),
        ];
        for (old, new, expected) in cases {
            let found = judged(old.clone(), new.clone(), ("x", "x"));
            assert_eq!(found.join(", "), expected, "{old} → {new}");
        }
    }

    #[test]
    fn its_text_is_judged_like_a_template() {
        let cases = [
            ("a\n", "a", "none prompt-template-eol-only"),
            ("a b", "a  b", "patch prompt-template-whitespace"),
            ("a", "{# x #}a", "patch prompt-template-comment"),
            ("a", "b", "minor prompt-template-text"),
        ];
        for (old, new, expected) in cases {
            assert_eq!(judged(json!({}), json!({}), (old, new)), [expected]);
        }
        let (fragment, common) = (Fragment::default(), Common::default());
        let here = Side { common: &common, fragment: &fragment, path: "x.md", text: Some("a") };
        let gone = Side { text: None, ..here };
        assert!(changes(&gone, &gone).is_empty());
        let bump = |changes: Vec<Change>| changes.iter().map(|c| c.bump).max();
        assert_eq!(bump(changes(&here, &gone)), Some(Bump::Minor));
        assert_eq!(bump(changes(&gone, &here)), Some(Bump::Minor));
    }
}
