//! What a composite still needs before it is released, as far as trees alone can say.
//!
//! Every rule is asked and nothing stops at the first fault, so that `release status` names every
//! missing piece at once. Evidence, documents and tags are judged beside this.

mod dependencies;
mod exposure;
pub mod freeze;
mod judges;
mod license;
mod lifecycle;
mod models;
mod way_back;

use std::collections::BTreeSet;

use super::composite::{Composition, Member, Source};
use crate::finding::{Finding, Rule};
use crate::ident::EntryName;
use crate::registry::policy::freeze::Freeze;
use crate::snapshot::ReadFault;
use crate::version::Version;

/// What is known of entries beyond the tree that is released.
pub trait Knowledge {
    /// Says whether a version is published.
    ///
    /// # Errors
    /// When a tree cannot be read.
    fn is_published(&self, name: &EntryName, version: &Version) -> Result<bool, ReadFault>;

    /// Returns the version that is published now; `None` where there is none.
    ///
    /// # Errors
    /// When a tree cannot be read.
    fn published_now(&self, name: &EntryName) -> Result<Option<Version>, ReadFault>;

    /// Returns the versions of an entry that the base says were withdrawn.
    ///
    /// # Errors
    /// When a tree cannot be read.
    fn withdrawn(&self, name: &EntryName) -> Result<Vec<Version>, ReadFault>;

    /// Reads the calibration of a judge, as the base has it.
    ///
    /// # Errors
    /// When bytes cannot be had.
    fn calibration(&self, judge: &EntryName) -> Result<Option<Vec<u8>>, ReadFault>;
}

/// A composite that is to be released, and what is known around it.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// The composite.
    pub composition: &'a Composition,
    /// Where its members came from.
    pub source: &'a dyn Source,
    /// What is published and calibrated.
    pub known: &'a dyn Knowledge,
    /// Whether it was never released before.
    pub first: bool,
    /// The release that `rollback_to` names, where there is one.
    pub target: Option<&'a Composition>,
    /// Who approved exactly this composition, by principal. Signatures were verified before.
    pub approvals: &'a [String],
    /// The policy about freezes.
    pub freeze: Option<&'a Freeze>,
    /// The journeys that the composite serves.
    pub journeys: &'a BTreeSet<String>,
    /// Whether only a candidate is released, whose members may be pre-releases.
    pub candidate: bool,
    /// Now, in seconds since 1970.
    pub now: i64,
}

/// Asks every rule, and returns what they say in the order of reports.
///
/// # Errors
/// When bytes cannot be had.
pub fn check(request: &Request<'_>) -> Result<Vec<Finding>, ReadFault> {
    let mut findings = lifecycle::check(request)?;
    findings.extend(dependencies::check(request)?);
    findings.extend(license::check(request.composition));
    findings.extend(exposure::check(request.composition));
    findings.extend(models::check(request));
    findings.extend(judges::check(request)?);
    findings.extend(way_back::check(request)?);
    findings.extend(freeze::check(request));
    findings.sort_by(Finding::order);
    Ok(findings)
}

/// Says something about a member, at its place in the composite's file.
fn about(
    composition: &Composition,
    member: &Member,
    rule: &'static Rule,
    message: impl Into<String>,
) -> Finding {
    Finding::new(rule, composition.place(member), message)
        .entry(&composition.name)
        .values(member.slot.clone(), member.reference())
}

#[cfg(test)]
mod tests;
