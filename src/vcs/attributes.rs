//! Which paths the attributes hand to the LFS filter.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use gix::attrs::StateRef;
use gix::bstr::BStr;
use gix::index::entry::{Flags, Mode as IndexMode, Stat};
use gix::worktree::Stack;
use gix::worktree::stack::state::attributes::Source;

use super::error::VcsError;
use super::store::{Store, lock, to_gix};
use crate::path::RepoPath;
use crate::snapshot::{Content, File, Mode, ObjectName, ReadFault};

/// The `.gitattributes` files that count for a folder, from the root down.
type Chain = Arc<Vec<(RepoPath, ObjectName)>>;

/// The attributes of a tree or of the index: the files come from there, never from the disk.
#[derive(Default)]
pub(super) struct Attributes {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    chains: BTreeMap<RepoPath, Chain>,
    stacks: BTreeMap<Chain, Stack>,
}

impl Attributes {
    /// Says whether the filter of `path` is LFS; `file` looks up a file of the snapshot.
    pub(super) fn is_lfs(
        &self,
        store: &Store,
        path: &RepoPath,
        file: impl Fn(&RepoPath) -> Result<Option<File>, ReadFault>,
    ) -> Result<bool, ReadFault> {
        let mut state = lock(&self.state);
        let State { chains, stacks } = &mut *state;
        let chain = chain_of(chains, &path.parent().unwrap_or_default(), &file)?;
        let stack = match stacks.entry(Arc::clone(&chain)) {
            std::collections::btree_map::Entry::Occupied(held) => held.into_mut(),
            std::collections::btree_map::Entry::Vacant(free) => {
                free.insert(stack_of(store, &chain)?)
            }
        };
        Ok(filter_of(store, stack, path)?.as_deref() == Some("lfs"))
    }
}

fn chain_of(
    chains: &mut BTreeMap<RepoPath, Chain>,
    folder: &RepoPath,
    file: &impl Fn(&RepoPath) -> Result<Option<File>, ReadFault>,
) -> Result<Chain, ReadFault> {
    if let Some(chain) = chains.get(folder) {
        return Ok(Arc::clone(chain));
    }
    let above = match folder.parent() {
        Some(parent) => chain_of(chains, &parent, file)?,
        None => Chain::default(),
    };
    let path = folder.join(".gitattributes");
    let chain = match file(&path)? {
        Some(File { mode: Mode::Regular, content: Content::Object(name), .. }) => {
            let mut longer = above.as_ref().clone();
            longer.push((path, name));
            Arc::new(longer)
        }
        _ => above,
    };
    chains.insert(folder.clone(), Arc::clone(&chain));
    Ok(chain)
}

/// Builds gix's look-up over just these files; it takes them from an index.
fn stack_of(store: &Store, chain: &Chain) -> Result<Stack, VcsError> {
    let hash = store.with(gix::Repository::object_hash);
    let mut index = gix::index::State::new(hash);
    for (path, name) in chain.iter() {
        // A partial clone may have to fetch it; gix would not.
        store.size(*name)?;
        let path = BStr::new(path.as_bytes());
        let id = to_gix(*name)?;
        index.dangerously_push_entry(Stat::default(), id, Flags::empty(), IndexMode::FILE, path);
    }
    index.sort_entries();
    store.with(|repo| {
        let stack = repo.attributes_only(&index, Source::IdMapping);
        stack.map(gix::AttributeStack::detach).map_err(VcsError::git("the attributes"))
    })
}

/// Returns the name of the filter that the attributes give to `path`.
pub(super) fn filter_of(
    store: &Store,
    stack: &mut Stack,
    path: &RepoPath,
) -> Result<Option<String>, VcsError> {
    value_of(store, stack, path, "filter")
}

/// Returns the value of an attribute of `path`; `None` where it is unset or has no value.
pub(super) fn value_of(
    store: &Store,
    stack: &mut Stack,
    path: &RepoPath,
    attribute: &str,
) -> Result<Option<String>, VcsError> {
    let mut outcome = stack.selected_attribute_matches([attribute]);
    store.with(|repo| {
        let at = stack
            .at_entry(BStr::new(path.as_bytes()), None, &repo.objects)
            .map_err(|e| VcsError::Git { what: "the attributes", cause: e.to_string() })?;
        at.matching_attributes(&mut outcome);
        Ok::<(), VcsError>(())
    })?;
    let found = outcome.iter_selected().next();
    Ok(found.and_then(|found| match found.assignment.state {
        StateRef::Value(value) => Some(value.as_bstr().to_string()),
        _ => None,
    }))
}
