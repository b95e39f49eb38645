//! Finding and opening a repository.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use gix::sec::Trust;

use super::command::Git;
use super::difference::{After, Changed};
use super::error::{VcsError, explain};
use super::history::shallow_edges;
use super::staged::IndexSnapshot;
use super::store::{Beyond, Store};
use super::tree::{EmptySnapshot, TreeSnapshot};
use super::worktree::WorktreeSnapshot;
use crate::path::RepoPath;
use crate::snapshot::ObjectName;

/// Whose git configuration counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Configuration {
    /// The system's, the user's and the repository's, and git's environment variables.
    Inherited,
    /// The repository's alone.
    RepositoryOnly,
}

/// A git repository, opened for reading. Cloning is cheap; threads may share it.
#[derive(Clone)]
pub struct Repository {
    pub(super) store: Arc<Store>,
}

impl Repository {
    /// Finds the repository that holds `start` and opens it as git would.
    ///
    /// Git's variables (`GIT_DIR`, `GIT_INDEX_FILE` …) are honoured; relative ones are relative to
    /// the process's working directory.
    ///
    /// # Errors
    /// When there is none, when it belongs to somebody else, or when its format cannot be read.
    pub fn discover(start: &Path) -> Result<Self, VcsError> {
        Self::discover_with(start, Configuration::Inherited)
    }

    /// Finds the repository that holds `start`, with a say in whose configuration counts.
    ///
    /// # Errors
    /// As [`Repository::discover`].
    pub fn discover_with(start: &Path, configuration: Configuration) -> Result<Self, VcsError> {
        let looks = gix::discover::upwards::Options {
            // Git takes a ceiling that does not hold the folder as none.
            match_ceiling_dir_or_error: false,
            ..Default::default()
        };
        let found = match configuration {
            Configuration::Inherited => {
                let mut by_trust = gix::sec::trust::Mapping::<gix::open::Options>::default();
                for options in [&mut by_trust.full, &mut by_trust.reduced] {
                    options.modify(as_a_gate);
                }
                gix::ThreadSafeRepository::discover_with_environment_overrides_opts(
                    start, looks, by_trust,
                )
            }
            Configuration::RepositoryOnly => {
                let options = || as_a_gate(gix::open::Options::isolated());
                let by_trust = gix::sec::trust::Mapping { full: options(), reduced: options() };
                gix::ThreadSafeRepository::discover_opts(start, looks, by_trust)
            }
        };
        let shared = found.map_err(|error| {
            if error.is_not_found() {
                VcsError::NotARepository { path: start.to_owned() }
            } else {
                VcsError::Git { what: "the repository", cause: explain(&error) }
            }
        })?;
        Self::adopt(shared.to_thread_local(), configuration)
    }

    fn adopt(mut local: gix::Repository, configuration: Configuration) -> Result<Self, VcsError> {
        local.make_paths_absolute().map_err(VcsError::git("the repository's paths"))?;
        if local.git_dir_trust() == Trust::Reduced {
            let path = local.workdir().unwrap_or_else(|| local.git_dir()).to_owned();
            return Err(VcsError::Ownership { path });
        }
        let storage = local.config_snapshot().string("extensions.refStorage");
        let is =
            |format: &[u8]| storage.as_ref().is_some_and(|name| name.eq_ignore_ascii_case(format));
        if storage.is_some() && !is(b"files") && !is(b"reftable") {
            return Err(VcsError::Unsupported {
                what: "a format of references that is neither files nor reftable",
                hint: "`git refs migrate --ref-format=files` converts it",
            });
        }
        let beyond = Beyond { references: is(b"reftable"), objects: false };
        let git = Git {
            repository: local.git_dir().to_owned(),
            workdir: local.workdir().map(Path::to_owned),
            index: local.index_path(),
            configuration,
        };
        Ok(Self { store: Arc::new(Store::new(local.into_sync(), git, beyond)) })
    }

    /// Looks for objects also where only the git program finds them: in the folders that
    /// `GIT_OBJECT_DIRECTORY` and `GIT_ALTERNATE_OBJECT_DIRECTORIES` name, as git sets them for a push
    /// in quarantine.
    #[must_use]
    pub fn with_objects_elsewhere(&self) -> Self {
        Self { store: Arc::new(self.store.with_objects_elsewhere()) }
    }

    /// Returns the work tree's folder; a bare repository has none.
    #[must_use]
    pub fn workdir(&self) -> Option<&Path> {
        self.store.git.workdir.as_deref()
    }

    /// Returns the repository's own folder; that of a linked work tree, in one.
    #[must_use]
    pub fn git_dir(&self) -> &Path {
        &self.store.git.repository
    }

    /// Returns the folder that all linked work trees share.
    #[must_use]
    pub fn common_dir(&self) -> PathBuf {
        self.store.with(|repo| {
            let path = repo.common_dir();
            path.canonicalize().unwrap_or_else(|_| path.to_owned())
        })
    }

    /// Returns the folder from which git runs hooks, `core.hooksPath` honoured.
    ///
    /// # Errors
    /// When the git program fails.
    pub fn hooks_dir(&self) -> Result<PathBuf, VcsError> {
        let printed = self.store.git.run(&["rev-parse", "--git-path", "hooks"])?;
        let line = printed.strip_suffix(b"\n").unwrap_or(&printed);
        let path = gix::path::from_bstr(gix::bstr::BStr::new(line))
            .map_err(VcsError::git("the path of the hooks"))?;
        Ok(self.store.git.folder().join(path))
    }

    /// Says whether `core.hooksPath` is set for this repository alone.
    ///
    /// # Errors
    /// When the git program fails.
    pub fn hooks_path_is_local(&self) -> Result<bool, VcsError> {
        let scopes =
            self.store.git.run(&["config", "--show-scope", "--get-regexp", "^core\\.hookspath$"]);
        // Without the key the program fails, and there is nothing to share.
        let Ok(scopes) = scopes else { return Ok(false) };
        let last = scopes.split(|byte| *byte == b'\n').rfind(|line| !line.is_empty());
        Ok(last.is_some_and(|line| line.starts_with(b"local") || line.starts_with(b"worktree")))
    }

    /// Says whether history was cut when the repository was cloned or fetched.
    #[must_use]
    pub fn is_shallow(&self) -> bool {
        self.store.is_shallow()
    }

    /// Returns a value of git's configuration; the last one where there are several.
    #[must_use]
    pub fn config(&self, key: &str) -> Option<String> {
        self.store.config(key)
    }

    /// Returns the commits at which a shallow clone ends, sorted; none where history is whole.
    ///
    /// # Errors
    /// When the list of them cannot be read.
    pub fn shallow_boundary(&self) -> Result<Vec<ObjectName>, VcsError> {
        Ok(shallow_edges(&self.store)?.into_iter().collect())
    }

    /// Returns the filter of a partial clone, such as `blob:none`, or the name of the remote that has
    /// the rest where no filter is told; `None` where the clone is whole.
    #[must_use]
    pub fn partial_filter(&self) -> Option<String> {
        let promises = |remote: &String| {
            self.config(&format!("remote.{remote}.promisor")).is_some_and(|value| value == "true")
        };
        let named = self.config("extensions.partialClone");
        let remote = self.remotes().into_iter().find(promises).or(named)?;
        Some(self.config(&format!("remote.{remote}.partialclonefilter")).unwrap_or(remote))
    }

    /// Returns when the repository last fetched, in seconds since 1970.
    #[must_use]
    pub fn last_fetch(&self) -> Option<i64> {
        let folders = [self.git_dir().to_owned(), self.common_dir()];
        folders.iter().filter_map(|folder| changed(&folder.join("FETCH_HEAD"))).max()
    }

    /// Says whether the last fetch brought more than tags. Of an empty remote it brings nothing, and
    /// `FETCH_HEAD` is there all the same.
    pub(super) fn fetched_a_branch(&self) -> bool {
        let folders = [self.git_dir().to_owned(), self.common_dir()];
        folders.iter().any(|folder| {
            let bytes = std::fs::read(folder.join("FETCH_HEAD")).unwrap_or_default();
            let text = String::from_utf8_lossy(&bytes);
            text.lines().any(|line| !line.is_empty() && !line.contains("\ttag '"))
        })
    }

    /// Returns when the repository last fetched, or last learned where a reference of a remote is, in
    /// seconds since 1970. A push tells that as well.
    #[must_use]
    pub fn last_fetch_of(&self, reference: &str) -> Option<i64> {
        let folder = self.common_dir();
        let files = [folder.join(reference), folder.join("logs").join(reference)];
        files.iter().filter_map(|file| changed(file)).max().max(self.last_fetch())
    }

    /// Opens the tree of a commit.
    ///
    /// # Errors
    /// When the commit cannot be read.
    pub fn commit_snapshot(&self, commit: ObjectName) -> Result<TreeSnapshot, VcsError> {
        TreeSnapshot::of_commit(&self.store, commit)
    }

    /// Opens the index, `GIT_INDEX_FILE` honoured.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn index_snapshot(&self) -> Result<IndexSnapshot, VcsError> {
        IndexSnapshot::open(&self.store)
    }

    /// Opens the index where something can be staged: a bare repository has nothing in its own, and
    /// nothing is no answer.
    ///
    /// # Errors
    /// The repository is bare and has no index, or the index cannot be read.
    pub fn staged_snapshot(&self) -> Result<IndexSnapshot, VcsError> {
        let index = self.index_snapshot()?;
        if self.workdir().is_none() && index.is_empty() {
            return Err(VcsError::Bare { path: self.git_dir().to_path_buf() });
        }
        Ok(index)
    }

    /// Opens the work tree as `git add --all` would record it.
    ///
    /// The disk is looked at only at and below `prefixes` (everywhere, where there are none);
    /// elsewhere the snapshot is the index.
    ///
    /// # Errors
    /// When there is no work tree, or it cannot be read.
    pub fn worktree_snapshot(&self, prefixes: &[RepoPath]) -> Result<WorktreeSnapshot, VcsError> {
        WorktreeSnapshot::open(&self.store, prefixes)
    }

    /// Returns the tree before the first commit.
    #[must_use]
    pub fn empty_snapshot() -> EmptySnapshot {
        EmptySnapshot
    }

    /// Returns what differs between a tree and what came of it, sorted by path.
    ///
    /// `None` before stands for the empty tree. Only paths at and below `prefixes` are compared, all
    /// of them where there are none. A path with a merge conflict in the index has no file after.
    ///
    /// # Errors
    /// When a tree cannot be read.
    pub fn changed(
        &self,
        before: Option<&TreeSnapshot>,
        after: After<'_>,
        prefixes: &[RepoPath],
    ) -> Result<Vec<Changed>, VcsError> {
        super::difference::changed(&self.store, before, after, prefixes)
    }
}

/// Replacement objects are local and unsigned: a gate must see what everybody else sees. The checksum
/// of the index is left to `git fsck`, as git itself leaves it: it takes longer than reading the index
/// (`verify_index_checksum` in git's `read-cache.c`). One thread reads the index, for the table by which
/// several would share it is believed without being checked.
fn as_a_gate(options: gix::open::Options) -> gix::open::Options {
    options.config_overrides([
        "core.useReplaceRefs=false",
        "index.skipHash=true",
        "index.threads=1",
    ])
}

/// Returns when a file was last changed, in seconds since 1970.
fn changed(file: &Path) -> Option<i64> {
    let changed = file.metadata().ok()?.modified().ok()?;
    i64::try_from(changed.duration_since(UNIX_EPOCH).ok()?.as_secs()).ok()
}
