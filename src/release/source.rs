//! Entries of a tree, and of the history behind it.

use super::composite::Source;
use super::readiness::Knowledge;
use crate::checks::{Base, Loaded, Named, content_at, published, read_entry, withdrawn};
use crate::evals::calibration;
use crate::ident::{EntryId, EntryName, Kind};
use crate::registry::config::Published;
use crate::registry::index::Index;
use crate::registry::layout::Layout;
use crate::snapshot::ReadFault;
use crate::version::Version;
use crate::yaml;

/// A tree, and where versions are looked for that it no longer has.
pub struct Trees<'a> {
    layout: &'a Layout,
    tree: Named<'a>,
    index: Index<'a>,
    past: Option<&'a Base<'a>>,
}

impl<'a> Trees<'a> {
    /// Takes a tree; without a past only the versions that it has can be read.
    #[must_use]
    pub fn new(layout: &'a Layout, tree: Named<'a>, past: Option<&'a Base<'a>>) -> Self {
        Self { layout, tree, index: Index::new(layout, tree.tree), past }
    }
}

impl Source for Trees<'_> {
    fn entry(
        &self,
        name: &EntryName,
        version: Option<&Version>,
    ) -> Result<Option<Loaded>, ReadFault> {
        let here = read_entry(self.layout, name, self.tree)?;
        let Some(version) = version else { return Ok(here) };
        if let Some(here) = here.filter(|here| here.entry.version.as_ref() == Some(version)) {
            return Ok(Some(here));
        }
        match self.past {
            Some(past) => content_at(past, self.layout, name, version),
            None => Ok(None),
        }
    }

    fn resolve(&self, kind: Kind, id: &EntryId) -> Result<Option<EntryName>, ReadFault> {
        self.index.resolve(kind, id)
    }
}

/// Without a past nothing is published.
impl Knowledge for Trees<'_> {
    fn is_published(&self, name: &EntryName, version: &Version) -> Result<bool, ReadFault> {
        let Some(past) = self.past else { return Ok(false) };
        Ok(published(past, self.layout, name)?.contains(version))
    }

    /// Where merging publishes, this is what the base's tip has, whatever was published before a
    /// revert; where tags do, it is the greatest release.
    fn published_now(&self, name: &EntryName) -> Result<Option<Version>, ReadFault> {
        let Some(past) = self.past else { return Ok(None) };
        if past.published == Published::Merged {
            let tip = read_entry(self.layout, name, past.tip)?;
            return Ok(tip.and_then(|loaded| loaded.entry.version));
        }
        let known = published(past, self.layout, name)?;
        let gone = self.withdrawn(name)?;
        let offered = known.into_iter().filter(|version| !gone.contains(version));
        Ok(offered.filter(|version| !version.is_prerelease()).max())
    }

    fn withdrawn(&self, name: &EntryName) -> Result<Vec<Version>, ReadFault> {
        self.past.map_or_else(|| Ok(Vec::new()), |past| withdrawn(past, self.layout, name))
    }

    fn calibration(&self, judge: &EntryName) -> Result<Option<Vec<u8>>, ReadFault> {
        let Some(past) = self.past else { return Ok(None) };
        let tree = past.tip.tree;
        let Some(entry) = self.layout.find(tree, judge)? else { return Ok(None) };
        let path = entry.parent().unwrap_or_default().join(calibration::FILE);
        let file = tree.file(&path)?;
        file.map(|file| tree.read(&file, yaml::MAX_BYTES)).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::path::RepoPath;
    use crate::release::tests::mission::{PROMPT, mission, name};
    use crate::snapshot::{NoHistory, Snapshot};

    fn base(tip: &dyn Snapshot, published: Published) -> Base<'_> {
        let tip = Named { name: "main", tree: tip };
        let tags = std::collections::BTreeMap::new();
        Base { before: tip, tip, branches: Vec::new(), tags, history: &NoHistory, published }
    }

    #[test]
    fn what_is_published_is_asked_of_the_base_and_not_of_the_change() {
        let layout = Layout::new(RepoPath::from("registry"));
        let prompt = name("prompt/billing_refund");
        let version = |text: &str| text.parse::<Version>().expect("a version");
        let tip = mission().snapshot();
        let change = mission()
            .edit(PROMPT, "\nversion: 2.3.0", "\nversion: 2.4.0")
            .with("registry/judges/grounded/calibration.json", "of the change")
            .snapshot();
        let tree = Named { name: "", tree: &change };
        let past = base(&tip, Published::Merged);
        let trees = Trees::new(&layout, tree, Some(&past));
        assert!(trees.is_published(&prompt, &version("2.3.0")).expect("memory"));
        assert!(!trees.is_published(&prompt, &version("2.4.0")).expect("memory"));
        assert_eq!(trees.published_now(&prompt).expect("memory"), Some(version("2.3.0")));
        let judge = name("judge/grounded");
        assert_eq!(trees.calibration(&judge).expect("memory"), None);

        let calibrated = mission().with("registry/judges/grounded/calibration.json", "of the base");
        let calibrated = calibrated.snapshot();
        let past = base(&calibrated, Published::Tagged);
        let trees = Trees::new(&layout, tree, Some(&past));
        assert_eq!(trees.calibration(&judge).expect("memory"), Some(b"of the base".to_vec()));
        // Without a tag nothing is published where tags publish.
        assert_eq!(trees.published_now(&prompt).expect("memory"), None);

        let alone = Trees::new(&layout, tree, None);
        assert!(!alone.is_published(&prompt, &version("2.4.0")).expect("memory"));
        assert!(alone.entry(&prompt, Some(&version("2.4.0"))).expect("memory").is_some());
        assert!(alone.entry(&prompt, Some(&version("2.3.0"))).expect("memory").is_none());
    }
}
