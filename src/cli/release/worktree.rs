//! The work tree as the next release would have it, judged against the base.

use super::proofs::Proofs;
use super::scene::Scene;
use super::{documents, tags};
use crate::checks::Base;
use crate::cli::assess::Ground;
use crate::cli::context::{Context, Wanted, Workspace, refuse_misconfigured};
use crate::cli::failure::Failure;
use crate::cli::ledger::Book;
use crate::cli::signing::Notary;
use crate::cli::store::runs::Runs;
use crate::ledger::find::Index;
use crate::registry::layout::Layout;
use crate::release::place::Places;
use crate::snapshot::Snapshot;
use crate::vcs::WorktreeSnapshot;

/// Everything that a proposal from the work tree is judged with.
pub(in crate::cli) struct Worktree {
    /// The work tree.
    pub workspace: Workspace,
    /// Its base.
    pub ground: Ground,
    /// The ledger's records.
    pub index: Index,
    /// Whose signatures count, by the base.
    pub notary: Notary,
    /// Where decision records and notes lie.
    pub places: Places,
    /// The work tree as far as they lie in it: they are outside the registry.
    pub written: WorktreeSnapshot,
    runs: Option<Runs>,
    fetch: Option<String>,
    trusted_layout: Layout,
    now: i64,
}

impl Worktree {
    /// Opens the work tree, its base and the ledger.
    ///
    /// # Errors
    /// When one of them cannot be read.
    pub(in crate::cli) fn open(context: &Context, base: Option<&str>) -> Result<Self, Failure> {
        let workspace = context.open()?.workspace(&Wanted::Worktree, context)?;
        refuse_misconfigured(&workspace)?;
        let places = documents::places(&workspace)?;
        let written = workspace.opened.repository.worktree_snapshot(&[
            places.adr.clone(),
            places.releases.clone(),
            places.changelog.clone(),
        ])?;
        let ground = Ground::open(&workspace, base, context)?;
        let book = Book::open(&workspace.opened, context)?;
        tags::refuse_without_ledger(
            &workspace.opened.repository,
            &ground.trusted.tag_prefix,
            &book,
        )?;
        let index = book.index()?;
        let believed = ground.trusted_tree().unwrap_or_else(|| workspace.snapshot());
        let notary = Notary::of(&workspace, believed, &ground.trusted)?;
        let trusted_layout = workspace.layout_at(believed)?;
        let runs = workspace.opened.top.as_deref().map(Runs::open).transpose()?;
        let now = context.now();
        Ok(Self {
            workspace,
            ground,
            index,
            notary,
            places,
            written,
            runs,
            fetch: book.remote().map(|_| book.fetch_words()),
            trusted_layout,
            now,
        })
    }

    /// Returns the runs that may prove something.
    ///
    /// # Errors
    /// When they cannot be read.
    pub(in crate::cli) fn proofs(&self) -> Result<Proofs<'_>, Failure> {
        Proofs::read(&self.index, &self.notary, self.runs.as_ref())
    }

    /// Returns what a proposal from a tree is judged in.
    pub(in crate::cli) fn scene<'a>(
        &'a self,
        context: &'a Context,
        (tree, past, proofs): (&'a dyn Snapshot, &'a Base<'a>, &'a Proofs<'a>),
    ) -> Scene<'a> {
        Scene {
            context,
            layout: &self.workspace.layout,
            tree,
            past,
            trusted: &self.ground.trusted,
            trusted_tree: self.ground.trusted_tree().unwrap_or_else(|| self.workspace.snapshot()),
            trusted_layout: &self.trusted_layout,
            notary: &self.notary,
            index: &self.index,
            proofs,
            fetch: self.fetch.as_deref(),
            now: self.now,
        }
    }
}
