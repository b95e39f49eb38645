//! What every command works with: the repository, the configuration, the two sides.

mod past;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::args::{Global, TreeArgs};
use super::env::EnvVars;
use super::failure::Failure;
use super::printer::Printer;
use super::signing::signers_of;
use crate::checks::config::{self, Settings};
use crate::finding::Severity;
use crate::ident::Kind;
use crate::path::RepoPath;
use crate::registry::config::Config;
use crate::registry::layout::Layout;
use crate::schema::{self, Shape};
use crate::snapshot::{ObjectName, Snapshot};
use crate::time::Clock;
use crate::vcs::{
    After, Base, BaseFault, BaseRequest, IndexSnapshot, Repository, Side, TreeSnapshot, VcsError,
    WorktreeSnapshot,
};

pub(super) use past::Past;

/// Git's variables that name folders of objects outside of the repository.
const OBJECTS_ELSEWHERE: [&str; 2] = ["GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES"];

/// The name of the configuration file.
pub(super) const CONFIG_FILE: &str = "keelmark.yaml";

/// What every command gets.
#[derive(Debug)]
pub(super) struct Context {
    /// The global options.
    pub global: Global,
    /// The environment.
    pub environment: EnvVars,
    /// Where words go.
    pub printer: Printer,
}

impl Context {
    /// Returns one whose commands print nothing.
    #[must_use]
    pub(super) fn muted(&self) -> Self {
        Self {
            global: self.global.clone(),
            environment: self.environment.clone(),
            printer: self.printer.muted(),
        }
    }

    /// Returns the seconds since 1970.
    #[must_use]
    pub(super) fn now(&self) -> i64 {
        self.clock().unix_seconds()
    }

    /// Returns the clock that engines are given.
    #[must_use]
    #[expect(clippy::unused_self, reason = "whoever holds no context gets no clock")]
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the clock")]
    pub(super) fn clock(&self) -> Arc<dyn Clock> {
        Arc::new(SystemClock { began: Instant::now() })
    }

    /// Opens the repository of the working directory.
    ///
    /// # Errors
    /// When there is none that can be read.
    pub(super) fn open(&self) -> Result<Opened, Failure> {
        // Git's files are read meanwhile.
        schema::compile_soon(&[Shape::Config, Shape::Entry(Kind::Prompt)]);
        let here = std::env::current_dir()
            .map_err(|e| Failure::usage(format!("the working directory is gone: {e}")))?;
        let mut repository = Repository::discover(&here)?;
        // What is being pushed lies in quarantine until a server's hooks agree.
        if !self.environment.named(OBJECTS_ELSEWHERE).is_empty() {
            repository = repository.with_objects_elsewhere();
        }
        let top = repository.workdir().map(Path::to_path_buf);
        let inside = top
            .as_deref()
            .and_then(|top| Some((here.canonicalize().ok()?, top.canonicalize().ok()?)))
            .and_then(|(here, top)| here.strip_prefix(&top).ok().map(repo_path))
            .unwrap_or_default();
        Ok(Opened { repository, top, inside })
    }
}

/// The clock of the machine.
struct SystemClock {
    began: Instant,
}

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the clock")]
    fn unix_seconds(&self) -> i64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
    }

    fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    fn sleep(&self, duration: Duration) {
        std::thread::sleep(duration);
    }
}

/// Which tree a command speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wanted {
    /// The work tree.
    Worktree,
    /// The index.
    Index,
    /// A revision, as it was named.
    Revision(String),
}

impl From<&TreeArgs> for Wanted {
    fn from(arguments: &TreeArgs) -> Self {
        match &arguments.rev {
            Some(revision) => Self::Revision(revision.clone()),
            None if arguments.staged => Self::Index,
            None => Self::Worktree,
        }
    }
}

/// Refuses to go on with a configuration that cannot be believed: without it nobody knows where the
/// registry is. `check` and the hooks show its findings instead.
pub(super) fn refuse_misconfigured(workspace: &Workspace) -> Result<(), Failure> {
    refuse(&workspace.settings)
}

/// Refuses the same where the configuration alone was read.
pub(super) fn refuse(settings: &Settings) -> Result<(), Failure> {
    let errors = settings.findings.iter().find(|f| f.severity == Severity::Error);
    let Some(finding) = errors else { return Ok(()) };
    let at = finding.place.file.position(finding.place.span.start);
    let place = format!("{}:{}:{}", finding.path(), at.line, at.column);
    Err(Failure::usage(format!("{place}: {}", finding.message))
        .hint("mend the configuration first; `keelmark check` shows all that is wrong with it"))
}

/// A repository, and where in it the command was started.
#[derive(Clone)]
pub(super) struct Opened {
    /// The repository.
    pub repository: Repository,
    /// The top of the work tree; bare repositories have none.
    pub top: Option<PathBuf>,
    /// The folder in which the command was started.
    pub inside: RepoPath,
}

impl Opened {
    /// Returns the top of the work tree.
    ///
    /// # Errors
    /// In a bare repository.
    pub(super) fn top(&self) -> Result<&Path, Failure> {
        let bare = || VcsError::Bare { path: self.repository.git_dir().to_path_buf() };
        Ok(self.top.as_deref().ok_or_else(bare)?)
    }

    /// Reads the tree that a command speaks of, and its configuration.
    ///
    /// # Errors
    /// When the tree cannot be read, or its configuration is no configuration.
    pub(super) fn workspace(
        self,
        wanted: &Wanted,
        context: &Context,
    ) -> Result<Workspace, Failure> {
        let explicit = match &context.global.config {
            Some(path) => Some(self.named_path(path)?),
            None => None,
        };
        let tree = match wanted {
            Wanted::Index => Tree::Index(self.repository.staged_snapshot()?),
            Wanted::Revision(revision) => {
                let commit = self.repository.resolve(revision)?;
                let tree = self.repository.commit_snapshot(commit)?;
                Tree::Revision { tree, commit, name: revision.clone() }
            }
            Wanted::Worktree => {
                // The configuration says where the registry is; until it is read, look for it on
                // disk without asking git about the whole work tree.
                let top = self.top()?.to_path_buf();
                let found = explicit.clone().or_else(|| nearest_on_disk(&top, &self.inside));
                let config = found.clone().unwrap_or_else(|| RepoPath::from(CONFIG_FILE));
                let early = self.repository.worktree_snapshot(std::slice::from_ref(&config))?;
                let settings = config::read(&early, &config)?;
                let layout = layout_of(found.as_ref(), &settings.config);
                let mut prefixes = vec![layout.root().clone(), config];
                prefixes.extend(signers_of(found.as_ref(), &settings.config));
                Tree::Worktree(self.repository.worktree_snapshot(&prefixes)?)
            }
        };
        let path = match explicit {
            Some(path) => Some(path),
            None => nearest(tree.snapshot(), &self.inside)?,
        };
        if let (Some(path), Some(_)) = (&path, &context.global.config)
            && tree.snapshot().file(path)?.is_none()
        {
            return Err(Failure::usage(format!("there is no configuration `{path}`")));
        }
        let settings = match &path {
            Some(path) => config::read(tree.snapshot(), path)?,
            None => Settings::default(),
        };
        let layout = layout_of(path.as_ref(), &settings.config);
        Ok(Workspace { opened: self, tree, layout, config_path: path, settings })
    }

    /// Turns a path as typed into one of the repository.
    ///
    /// # Errors
    /// When the path is outside the work tree.
    pub(super) fn named_path(&self, typed: &Path) -> Result<RepoPath, Failure> {
        let outside = || Failure::usage(format!("`{}` is outside the repository", typed.display()));
        if typed.is_absolute() {
            let top = self.top()?.canonicalize().map_err(|_| outside())?;
            let path = typed.canonicalize().unwrap_or_else(|_| typed.to_path_buf());
            return path.strip_prefix(&top).map(repo_path).map_err(|_| outside());
        }
        let mut parts: Vec<Vec<u8>> = self.inside.segments().map(<[u8]>::to_vec).collect();
        for component in typed.components() {
            match component {
                std::path::Component::CurDir => {}
                std::path::Component::ParentDir => {
                    parts.pop().ok_or_else(outside)?;
                }
                other => {
                    use std::os::unix::ffi::OsStrExt as _;
                    parts.push(other.as_os_str().as_bytes().to_vec());
                }
            }
        }
        Ok(RepoPath::new(parts.join(&b'/')))
    }
}

/// The tree that a command speaks of.
pub(super) enum Tree {
    /// The work tree.
    Worktree(WorktreeSnapshot),
    /// The index.
    Index(IndexSnapshot),
    /// A commit.
    Revision {
        /// Its tree.
        tree: TreeSnapshot,
        /// Its name.
        commit: ObjectName,
        /// The name that was typed.
        name: String,
    },
}

impl Tree {
    /// Returns the tree as engines see it.
    #[must_use]
    pub(super) fn snapshot(&self) -> &dyn Snapshot {
        match self {
            Self::Worktree(tree) => tree,
            Self::Index(tree) => tree,
            Self::Revision { tree, .. } => tree,
        }
    }

    /// Returns the word for the tree in reports.
    #[must_use]
    pub(super) const fn kind(&self) -> &'static str {
        match self {
            Self::Worktree(_) => "worktree",
            Self::Index(_) => "staged",
            Self::Revision { .. } => "revision",
        }
    }

    /// Returns the paths that are in conflict.
    #[must_use]
    pub(super) fn unmerged(&self) -> &[RepoPath] {
        match self {
            Self::Worktree(tree) => tree.unmerged(),
            Self::Index(tree) => tree.unmerged(),
            Self::Revision { .. } => &[],
        }
    }

    pub(super) fn after(&self) -> After<'_> {
        match self {
            Self::Worktree(tree) => After::Worktree(tree),
            Self::Index(tree) => After::Index(tree),
            Self::Revision { tree, .. } => After::Tree(tree),
        }
    }

    const fn side(&self) -> Side {
        match self {
            Self::Worktree(_) => Side::Worktree,
            Self::Index(_) => Side::Index,
            Self::Revision { commit, .. } => Side::Revision(*commit),
        }
    }
}

/// A tree with its configuration.
pub(super) struct Workspace {
    /// The repository.
    pub opened: Opened,
    /// The tree.
    pub tree: Tree,
    /// Where things lie in it.
    pub layout: Layout,
    /// Where its configuration is.
    pub config_path: Option<RepoPath>,
    /// Its configuration, with what is wrong in it.
    pub settings: Settings,
}

impl Workspace {
    /// Returns the tree as engines see it.
    #[must_use]
    pub(super) fn snapshot(&self) -> &dyn Snapshot {
        self.tree.snapshot()
    }

    /// Returns the paths that a change can touch: the registry and its configuration.
    #[must_use]
    pub(super) fn prefixes(&self) -> Vec<RepoPath> {
        let mut prefixes = vec![self.layout.root().clone()];
        prefixes.extend(self.config_path.clone());
        prefixes
    }

    /// Finds what the tree is judged against.
    ///
    /// # Errors
    /// When there is no base, or too little history to be sure of it.
    pub(super) fn base(&self, explicit: Option<&str>, context: &Context) -> Result<Base, Failure> {
        Ok(self.try_base(explicit, context)?)
    }

    /// Finds the same, for callers to whom it matters why there is no base.
    ///
    /// # Errors
    /// As [`Workspace::base`].
    pub(super) fn try_base(
        &self,
        explicit: Option<&str>,
        context: &Context,
    ) -> Result<Base, BaseFault> {
        let request = BaseRequest {
            explicit,
            environment: context.environment.all(),
            default_branch: self.settings.config.default_branch.as_deref(),
            head: self.tree.side(),
        };
        self.opened.repository.base(&request)
    }

    /// Says whether the tree holds a configuration or a file of the registry.
    ///
    /// # Errors
    /// When the tree cannot be read.
    pub(super) fn holds_registry(&self) -> Result<bool, Failure> {
        let has_files = || Ok::<_, Failure>(!self.snapshot().list(self.layout.root())?.is_empty());
        Ok(self.config_path.is_some() || has_files()?)
    }

    /// Returns the configuration of another tree, though this one may have none any more. Where
    /// that tree has none, the defaults count, and the registry is where this tree says it is.
    ///
    /// # Errors
    /// When the tree cannot be read.
    pub(super) fn config_at(&self, tree: &dyn Snapshot) -> Result<Config, Failure> {
        let path = match &self.config_path {
            Some(path) => Some(path.clone()),
            None => nearest(tree, &self.opened.inside)?,
        };
        let settings = match path {
            Some(path) => config::read(tree, &path)?,
            None => Settings::default(),
        };
        let mut config = settings.config;
        if settings.registry_place.is_none() {
            config.registry.clone_from(&self.settings.config.registry);
        }
        Ok(config)
    }

    /// Returns where things lie in another tree by its own configuration; as here where it has none.
    ///
    /// # Errors
    /// When the tree cannot be read.
    pub(super) fn layout_at(&self, tree: &dyn Snapshot) -> Result<Layout, Failure> {
        let path = match &self.config_path {
            Some(path) => Some(path.clone()),
            None => nearest(tree, &self.opened.inside)?,
        };
        let Some(path) = path else { return Ok(self.layout.clone()) };
        if tree.file(&path)?.is_none() {
            return Ok(self.layout.clone());
        }
        Ok(layout_of(Some(&path), &config::read(tree, &path)?.config))
    }
}

fn layout_of(config: Option<&RepoPath>, settings: &Config) -> Layout {
    let folder = config.and_then(RepoPath::parent).unwrap_or_default();
    let root = folder.resolve(&settings.registry);
    Layout::new(root.unwrap_or_else(|_| folder.join("registry")))
}

/// Finds the nearest configuration upward in a tree.
pub(super) fn nearest(tree: &dyn Snapshot, inside: &RepoPath) -> Result<Option<RepoPath>, Failure> {
    let mut folder = Some(inside.clone());
    while let Some(here) = folder {
        let path = here.join(CONFIG_FILE);
        if tree.file(&path)?.is_some() {
            return Ok(Some(path));
        }
        folder = here.parent();
    }
    Ok(None)
}

/// Finds the nearest configuration upward on disk.
pub(super) fn nearest_on_disk(top: &Path, inside: &RepoPath) -> Option<RepoPath> {
    let mut folder = Some(inside.clone());
    while let Some(here) = folder {
        let path = here.join(CONFIG_FILE);
        if super::apply::on_disk(top, &path).is_file() {
            return Some(path);
        }
        folder = here.parent();
    }
    None
}

fn repo_path(path: &Path) -> RepoPath {
    use std::os::unix::ffi::OsStrExt as _;
    RepoPath::new(path.as_os_str().as_bytes())
}
