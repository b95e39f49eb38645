//! A registry of any size, the same bytes at every run.

use std::io;
use std::path::{Path, PathBuf};

use super::content::{self, Draft, Entry};
use super::shell::{Store, git};

/// Raised with every change of what is generated; a registry of another version is made anew.
const GENERATOR: u32 = 1;

/// The prompt that is edited for the hook.
const EDITED: usize = 7;

/// How large a registry is.
#[derive(Clone, Copy)]
pub(crate) struct Size {
    /// Prompts, each with a template.
    pub(crate) prompts: usize,
    /// Datasets, each with a CSV file.
    pub(crate) datasets: usize,
}

/// A generated registry, committed and packed.
pub(crate) struct Registry {
    /// The repository's root.
    pub(crate) folder: PathBuf,
    /// How large it is.
    pub(crate) size: Size,
}

impl Size {
    /// Counts the entries, with the profile that the prompts name.
    pub(crate) const fn entries(self) -> usize {
        self.prompts + self.datasets + 1
    }

    /// Says the size in words.
    pub(crate) fn words(self) -> String {
        format!("{} prompts, {} datasets", self.prompts, self.datasets)
    }
}

impl Registry {
    /// Makes the registry, or takes the one that an earlier run made.
    pub(crate) fn ready(size: Size) -> io::Result<Self> {
        Self::stored(size, "registry", "")
    }

    /// Makes the same registry with tags for entries, and no tag in it; a remote has its branch.
    pub(crate) fn untagged(size: Size) -> io::Result<Self> {
        let registry = Self::stored(size, "tags", "versioning: {tags: entries}\n")?;
        registry.forget_tags()?;
        git(&registry.folder, &["config", "remote.origin.url", "."])?;
        git(&registry.folder, &["update-ref", "refs/remotes/origin/main", "HEAD"])?;
        git(&registry.folder, &["prune"])?;
        Ok(registry)
    }

    /// Makes a registry under a name, with more lines in its configuration.
    fn stored(size: Size, name: &str, settings: &str) -> io::Result<Self> {
        let Size { prompts, datasets } = size;
        let stamp = format!("generator {GENERATOR}, {prompts} prompts, {datasets} datasets\n");
        let store = Store::new(&format!("{name}-{prompts}-{datasets}"), stamp);
        let folder = store.ready(|folder| make(folder, size, settings))?;
        let registry = Self { folder, size };
        registry.reset()?;
        Ok(registry)
    }

    /// Takes index and work tree back to the commit.
    pub(crate) fn reset(&self) -> io::Result<()> {
        git(&self.folder, &["reset", "-q", "--hard", "HEAD"]).map(|_| ())
    }

    /// Takes every tag away; none was ever packed.
    pub(crate) fn forget_tags(&self) -> io::Result<()> {
        let tags = self.folder.join(".git/refs/tags");
        std::fs::remove_dir_all(&tags)?;
        std::fs::create_dir(&tags)
    }

    /// Stages one edited prompt, and nothing else.
    pub(crate) fn stage(&self, draft: Draft) -> io::Result<()> {
        self.reset()?;
        let index = EDITED.min(self.size.prompts.saturating_sub(1));
        let entry = content::prompt(index, self.size.datasets, draft);
        write_entry(&self.folder, &entry)?;
        git(&self.folder, &["add", "--", &entry.folder]).map(|_| ())
    }
}

fn make(folder: &Path, size: Size, settings: &str) -> io::Result<()> {
    let config = format!("version: 1\ndefault_branch: main\n{settings}");
    write(folder, "keelmark.yaml", &config)?;
    let (path, profile) = content::PROFILE;
    write(folder, path, profile)?;
    for index in 0..size.prompts {
        write_entry(folder, &content::prompt(index, size.datasets, Draft::Published))?;
    }
    for index in 0..size.datasets {
        write_entry(folder, &content::dataset(index))?;
    }
    git(folder, &["add", "--all"])?;
    git(folder, &["commit", "-q", "--no-verify", "-m", "registry: generated"])?;
    // Packed, as after a clone: loose objects would cost both sides a file each.
    git(folder, &["gc", "-q", "--prune=now"]).map(|_| ())
}

fn write_entry(root: &Path, entry: &Entry) -> io::Result<()> {
    for (name, text) in [&entry.yaml, &entry.payload] {
        write(root, &format!("{}/{name}", entry.folder), text)?;
    }
    Ok(())
}

/// Writes a file below the root, with its folders.
pub(crate) fn write(root: &Path, path: &str, text: &str) -> io::Result<()> {
    let path = root.join(path);
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent)?;
    }
    std::fs::write(path, text)
}
