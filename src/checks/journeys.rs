//! Journeys that suites and gates name, against the policy that has them.

use super::lookup;
use crate::finding::{Finding, Place, Rule};
use crate::registry::index::Index;
use crate::schema::{PolicyName, meant};
use crate::snapshot::ReadFault;

/// The names of `policies/journeys.yaml`.
pub(super) struct Journeys(Vec<String>);

impl Journeys {
    /// Reads the policy; `None` without one, where any name is taken.
    pub(super) fn read(index: &Index<'_>) -> Result<Option<Self>, ReadFault> {
        let policy = lookup::policy(index, PolicyName::Journeys)?;
        let journeys =
            policy.as_ref().and_then(|policy| policy.value().get("journeys")?.as_object());
        Ok(journeys.map(|journeys| Self(journeys.keys().cloned().collect())))
    }

    /// Says that there is no journey of a name, if there is none.
    pub(super) fn unknown(&self, rule: &'static Rule, place: Place, name: &str) -> Option<Finding> {
        if self.0.iter().any(|known| known == name) {
            return None;
        }
        let help = meant(name, self.0.iter().map(String::as_str))
            .unwrap_or_else(|| format!("journeys are: {}", self.0.join(", ")));
        let message = format!("there is no journey `{}`", name.escape_debug());
        Some(Finding::new(rule, place, message).help(help).values("", name))
    }
}
