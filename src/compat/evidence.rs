//! Where a witness may lower a step: a change of text alone, of which evidence shows that it is no
//! worse. What the evidence is worth is decided elsewhere.

use super::change::Change;
use super::table::prompt as rules;
use crate::version::Bump;

/// Says whether a change is one of text alone, for which evidence may be heard.
#[must_use]
pub fn is_text(change: &Change) -> bool {
    change.rule.id == rules::TEMPLATE_TEXT.id && change.bump == Bump::Minor
}

/// Says whether a change of text was shown to be no worse.
#[must_use]
pub fn is_shown(change: &Change) -> bool {
    change.rule.id == rules::TEMPLATE_TEXT_NONREGRESSING.id
}

/// Says whether changes of text alone ask for more than a patch.
#[must_use]
pub fn is_text_only(changes: &[Change]) -> bool {
    let mut large = changes.iter().filter(|change| change.bump > Bump::Patch).peekable();
    large.peek().is_some() && large.all(is_text)
}

/// Turns every change of text into one that was shown to be no worse.
pub fn show(changes: &mut [Change]) {
    for change in changes.iter_mut().filter(|change| is_text(change)) {
        change.rule = &rules::TEMPLATE_TEXT_NONREGRESSING;
        change.bump = rules::TEMPLATE_TEXT_NONREGRESSING.bump.unwrap_or_default();
    }
    super::change::sort(changes);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changes(ids: &[&str]) -> Vec<Change> {
        let rule = |id: &&str| super::super::RULES.iter().find(|rule| rule.id == *id).copied();
        ids.iter().map(|id| Change::new(rule(id).expect("a rule"), *id)).collect()
    }

    #[test]
    fn a_witness_is_heard_on_text_alone() {
        let cases: [(&[&str], bool); 7] = [
            (&[], false),
            (&["prompt-template-comment"], false),
            (&["prompt-template-text"], true),
            (&["prompt-template-text", "prompt-template-text", "prompt-seed-changed"], true),
            (&["prompt-template-text", "prompt-example-changed"], false),
            (&["prompt-template-text", "input-required-added"], false),
            (&["prompt-template-text-nonregressing"], false),
        ];
        for (ids, expected) in cases {
            assert_eq!(is_text_only(&changes(ids)), expected, "{ids:?}");
        }
        let raised = changes(&["prompt-template-text"]).remove(0).bump(Bump::Major);
        assert!(!is_text_only(&[raised]), "the base asks for more than evidence can lower");
    }

    #[test]
    fn what_is_shown_is_a_patch_and_the_rest_stays() {
        let mut found = changes(&["prompt-template-text", "prompt-template-comment"]);
        show(&mut found);
        let bumps: Vec<Bump> = found.iter().map(|change| change.bump).collect();
        assert_eq!(bumps, [Bump::Patch, Bump::Patch]);
        assert_eq!(found.iter().filter(|change| is_shown(change)).count(), 1);
    }
}
