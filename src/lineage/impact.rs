//! Which suites measure what a change touches.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::graph::Graph;
use super::path::{Path, walk};
use crate::ident::{EntryName, Kind};
use crate::registry::common::Status;

/// The policy that decides about every suite. Other policies decide about nothing that a suite
/// measures.
const POLICY_OF_SUITES: &str = "gates";

/// What a change touches.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changed {
    /// Entries by their file or a payload, and names that lead nowhere any more.
    pub entries: BTreeSet<EntryName>,
    /// Policies by their file's stem, such as `gates`.
    pub policies: BTreeSet<String>,
}

/// Why a suite is to be run.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// A changed entry reaches it; the suite's own change is a chain of one.
    Chain(Path),
    /// A changed policy decides about it.
    Policy {
        /// The policy.
        policy: String,
        /// The suite.
        suite: EntryName,
    },
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Chain(path) => path.fmt(f),
            Self::Policy { policy, suite } => write!(f, "policies/{policy} → {suite}"),
        }
    }
}

/// Returns the suites that a change reaches, each with a reason for every change that reaches it.
///
/// The version that a reference pins does not matter: until it is bumped, changed content stands
/// under the number that is pinned. Tombstones are left out.
#[must_use]
pub fn affected_suites(graph: &Graph, changed: &Changed) -> BTreeMap<EntryName, Vec<Reason>> {
    // Made once: `Graph::dependents` would make it for each of what may be thousands of entries.
    let users = graph.users();
    let mut affected: BTreeMap<EntryName, Vec<Reason>> = BTreeMap::new();
    let runs = |name: &EntryName| {
        let node = graph.nodes().get(name);
        name.kind == Kind::Suite && node.is_some_and(|node| node.status != Some(Status::Removed))
    };
    let mut add = |suite: EntryName, reason| affected.entry(suite).or_default().push(reason);
    for name in &changed.entries {
        if runs(name) {
            add(name.clone(), Reason::Chain(Path::start(name.clone())));
        }
        let reached = walk(&users, |edge| Some(&edge.from), &BTreeSet::from([name.clone()]));
        for (suite, path) in reached.into_iter().filter(|(name, _)| runs(name)) {
            add(suite, Reason::Chain(path));
        }
    }
    if changed.policies.contains(POLICY_OF_SUITES) {
        for suite in graph.nodes().keys().filter(|name| runs(name)) {
            let policy = POLICY_OF_SUITES.to_owned();
            add(suite.clone(), Reason::Policy { policy, suite: suite.clone() });
        }
    }
    affected
}
