//! Entries that go by another name than they did: a name that moved is not a name that is gone.

use std::collections::{BTreeMap, BTreeSet};

use crate::ident::{EntryId, Kind};
use crate::registry::index::Index;
use crate::snapshot::ReadFault;

/// Names as they are written, with the names that they lead to.
#[derive(Debug, Default)]
pub(super) struct Renamed(BTreeMap<(Kind, String), String>);

impl Renamed {
    /// Asks the tree under check where names lead.
    pub(super) fn read(
        names: BTreeSet<(Kind, String)>,
        index: &Index<'_>,
    ) -> Result<Self, ReadFault> {
        let mut renamed = BTreeMap::new();
        for (kind, written) in names {
            let Ok(id) = bare(kind, &written).parse::<EntryId>() else { continue };
            if let Some(name) = index.resolve(kind, &id)? {
                renamed.insert((kind, written), name.id.to_string());
            }
        }
        Ok(Self(renamed))
    }

    /// Returns the id that a name leads to; itself where it leads nowhere.
    pub(super) fn name(&self, kind: Kind, written: &str) -> String {
        let known = self.0.get(&(kind, written.to_owned()));
        known.cloned().unwrap_or_else(|| bare(kind, written).to_owned())
    }
}

fn bare(kind: Kind, written: &str) -> &str {
    written.strip_prefix(kind.name()).and_then(|rest| rest.strip_prefix('/')).unwrap_or(written)
}
