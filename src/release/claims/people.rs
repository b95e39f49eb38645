//! Who approved a release that needs it.

use super::{Claim, What};
use crate::registry::entry::Body;
use crate::registry::model::RiskTier;
use crate::release::composite::{Composition, Member};
use crate::release::facts::Approval;

/// Returns the model for which a composition needs an approval; `None` where it needs none.
#[must_use]
pub fn risky(composition: &Composition) -> Option<&Member> {
    let high = |body: &Body| matches!(body, Body::Model(m) if m.risk_tier == Some(RiskTier::High));
    composition.runtime().find(|member| high(&member.loaded.entry.body))
}

/// Judges the approvals of a composition: those that count, and what is to be said of the others.
/// Nothing is claimed where none is needed and none is there.
#[must_use]
pub fn approvals(needed_for: Option<&str>, valid: &[Approval], doubted: &[String]) -> Vec<Claim> {
    let mut claims = Vec::new();
    let names: Vec<String> =
        valid.iter().map(|found| format!("{} on {}", found.principal, found.at)).collect();
    match needed_for {
        _ if !names.is_empty() => {
            claims.push(Claim::holds(What::Approval, names.join(", ")));
        }
        Some(model) => {
            let found = doubted.first().cloned().unwrap_or_else(|| "nobody approved it".to_owned());
            let expected =
                format!("an approver's signature, for {model} is of the risk tier `high`");
            return vec![Claim::fails(What::Approval, found, expected)];
        }
        None => {}
    }
    claims.extend(doubted.iter().map(|words| Claim::note(What::Approval, words.clone())));
    claims
}
