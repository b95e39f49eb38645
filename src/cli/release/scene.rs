//! What a proposal is judged in: trees, trust, the ledger and the runs.

use std::collections::BTreeMap;

use super::proofs::Proofs;
use crate::checks::{self, Base, Named, read_entry, read_policy};
use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::cli::signing::Notary;
use crate::evals::calibration::{self, Measured};
use crate::ident::EntryName;
use crate::ledger::find::Index;
use crate::registry::config::Config;
use crate::registry::layout::Layout;
use crate::release::composite::Composition;
use crate::release::readiness::Knowledge;
use crate::schema::PolicyName;
use crate::snapshot::{ReadFault, Snapshot};
use crate::version::Version;
use crate::yaml;

/// What a proposal is judged in.
#[derive(Clone, Copy)]
pub(in crate::cli) struct Scene<'a> {
    /// The context.
    pub context: &'a Context,
    /// Where things lie in the tree.
    pub layout: &'a Layout,
    /// The tree that is to be released.
    pub tree: &'a dyn Snapshot,
    /// What is published, and the history behind it.
    pub past: &'a Base<'a>,
    /// The configuration that is believed.
    pub trusted: &'a Config,
    /// The tree whose policies and calibrations are believed.
    pub trusted_tree: &'a dyn Snapshot,
    /// Where things lie in it.
    pub trusted_layout: &'a Layout,
    /// Whose signatures count.
    pub notary: &'a Notary,
    /// The ledger.
    pub index: &'a Index,
    /// The runs that may prove something.
    pub proofs: &'a Proofs<'a>,
    /// What brings the records that others made; `None` where all of them are here.
    pub fetch: Option<&'a str>,
    /// Now, in seconds since 1970.
    pub now: i64,
}

impl Scene<'_> {
    /// Reads a policy that is believed; `None` where there is none.
    ///
    /// # Errors
    /// A policy that cannot be believed decides nothing, so nobody can go on.
    pub(in crate::cli) fn policy<T: serde::de::DeserializeOwned>(
        &self,
        name: PolicyName,
    ) -> Result<Option<checks::ReadPolicy<T>>, Failure> {
        read_policy(self.trusted_tree, self.trusted_layout, name)?.map_err(|_| {
            Failure::usage(format!("the policy `{}` cannot be believed", name.name()))
                .hint("`keelmark check --all` shows what is wrong with it")
        })
    }

    /// Reads the calibrations of a composition's judges, by entry; one that cannot be read is none.
    ///
    /// # Errors
    /// When bytes cannot be had.
    pub(in crate::cli) fn calibrations(
        &self,
        composition: &Composition,
    ) -> Result<BTreeMap<String, Measured>, Failure> {
        let mut found = BTreeMap::new();
        for member in composition.everything() {
            if let Some(bytes) = self.calibration(&member.name)?
                && let Ok(measured) = Measured::parse(&bytes)
            {
                found.insert(member.name.to_string(), measured);
            }
        }
        Ok(found)
    }
}

impl Knowledge for Scene<'_> {
    fn is_published(&self, name: &EntryName, version: &Version) -> Result<bool, ReadFault> {
        Ok(checks::published(self.past, self.trusted_layout, name)?.contains(version))
    }

    fn published_now(&self, name: &EntryName) -> Result<Option<Version>, ReadFault> {
        let tip = Named { name: "", tree: self.past.tip.tree };
        let found = read_entry(self.trusted_layout, name, tip)?;
        Ok(found.and_then(|found| found.entry.version.clone()))
    }

    fn withdrawn(&self, name: &EntryName) -> Result<Vec<Version>, ReadFault> {
        checks::withdrawn(self.past, self.trusted_layout, name)
    }

    fn calibration(&self, judge: &EntryName) -> Result<Option<Vec<u8>>, ReadFault> {
        let path = self.trusted_layout.entry_folder(judge).join(calibration::FILE);
        match self.trusted_tree.file(&path)? {
            Some(file) => self.trusted_tree.read(&file, yaml::MAX_BYTES).map(Some),
            None => Ok(None),
        }
    }
}
