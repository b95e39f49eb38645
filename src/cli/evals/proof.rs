//! Runs of the ledger, computed again from their packs.

use std::str::FromStr as _;

use super::witness::read_baseline;
use crate::checks::{ReadPolicy, read_policy};
use crate::cli::failure::Failure;
use crate::cli::shelf::Shelf;
use crate::digest::Digest;
use crate::evals::baseline::Baseline;
use crate::evals::record::RunRecord;
use crate::registry::layout::Layout;
use crate::registry::policy::gates::Gates;
use crate::release::arithmetic::{Arithmetic, ArithmeticFault, Law, compute};
use crate::release::pack::{Pack, PackFault};
use crate::release::recorded::Kept;
use crate::schema::PolicyName;
use crate::snapshot::Snapshot;

/// What became of a run of the ledger.
#[derive(Debug)]
pub(in crate::cli) enum Proven {
    /// Nobody keeps its pack any more: its scores are attested by the ledger.
    Expired,
    /// The pack is not what the ledger says.
    Broken(PackFault),
    /// It was computed again.
    Computed {
        /// The header in the pack.
        run: Box<RunRecord>,
        /// What came of it.
        arithmetic: Box<Arithmetic>,
        /// The first key of the ledger's records that the pack does not bear out.
        disagrees: Option<String>,
    },
    /// It cannot be computed here: another version of Keelmark is asked for, or the records or the
    /// policy cannot be applied.
    Undecided(ArithmeticFault),
}

/// Computes a run of the ledger again. Bars and baseline are looked for in the trees, by the digests
/// that the run names; the first tree that has them counts.
///
/// # Errors
/// When a tree or the branch of packs cannot be read.
pub(in crate::cli) fn prove(
    kept: &Kept<'_>,
    shelf: &Shelf,
    trees: &[(&dyn Snapshot, &Layout)],
) -> Result<Proven, Failure> {
    let Some(bytes) = shelf.read(kept.run.pack)? else { return Ok(Proven::Expired) };
    let pack = match Pack::open(&bytes, kept.run.pack) {
        Ok(pack) => pack,
        Err(fault) => return Ok(Proven::Broken(fault)),
    };
    let found = Found::of(&pack.run, trees)?;
    let law = found.law();
    let arithmetic = match compute(&pack, &law) {
        Ok(arithmetic) => arithmetic,
        Err(ArithmeticFault::Pack(fault)) => return Ok(Proven::Broken(fault)),
        Err(fault) => return Ok(Proven::Undecided(fault)),
    };
    let disagrees = arithmetic
        .disagrees(&pack.run, &law, (&kept.run, &kept.gate))
        .map_err(|fault| Failure::undecided(format!("a mean cannot be computed: {fault}")))?;
    let (run, arithmetic) = (Box::new(pack.run), Box::new(arithmetic));
    Ok(Proven::Computed { run, arithmetic, disagrees })
}

/// Bars and baseline of a run, as they were found.
#[derive(Debug, Default)]
pub(in crate::cli) struct Found {
    gates: Option<ReadPolicy<Gates>>,
    baseline: Option<(Baseline, Digest)>,
}

impl Found {
    /// Looks in the trees for what a run was judged by.
    ///
    /// # Errors
    /// When a tree cannot be read.
    pub(in crate::cli) fn of(
        run: &RunRecord,
        trees: &[(&dyn Snapshot, &Layout)],
    ) -> Result<Self, Failure> {
        let mut found = Self::default();
        for (tree, layout) in trees {
            if found.gates.is_none() {
                let read = read_policy::<Gates>(*tree, layout, PolicyName::Gates)?;
                let read = read.ok().flatten();
                found.gates = read.filter(|read| Some(read.digest) == run.gates);
            }
            if found.baseline.is_none() {
                let read = read_baseline(*tree, layout.root(), run)?;
                let read = read.ok().flatten();
                found.baseline = read.filter(|(_, digest)| Some(*digest) == run.baseline);
            }
        }
        Ok(found)
    }

    /// Returns what was found, for [`compute`].
    pub(in crate::cli) fn law(&self) -> Law<'_> {
        Law {
            gates: self.gates.as_ref().map(|read| (&read.policy, read.digest)),
            baseline: self.baseline.as_ref().map(|(baseline, digest)| (baseline, *digest)),
        }
    }
}

/// Finds runs of the ledger by their id, by a beginning of it, or by a beginning of the digest of
/// the run or of its pack.
pub(in crate::cli) fn named<'k, 'r>(kept: &'k [Kept<'r>], text: &str) -> Vec<&'k Kept<'r>> {
    let bare = text.strip_prefix("sha256:").unwrap_or(text);
    if bare.is_empty() {
        return Vec::new();
    }
    if let Ok(digest) = Digest::from_str(bare) {
        let is = |kept: &&Kept<'_>| kept.run.pack == digest || kept.run.digest == digest;
        return kept.iter().filter(is).collect();
    }
    let begins = |kept: &&Kept<'_>| {
        kept.run.run.starts_with(text)
            || kept.run.pack.to_string().starts_with(bare)
            || kept.run.digest.to_string().starts_with(bare)
    };
    let whole: Vec<&Kept<'_>> = kept.iter().filter(|kept| kept.run.run == text).collect();
    if whole.is_empty() { kept.iter().filter(begins).collect() } else { whole }
}
