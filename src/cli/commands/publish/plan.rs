//! Which tags are to be made, pushed, or taken from the remote.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::checks::Loaded;
use crate::cli::context::Workspace;
use crate::cli::failure::Failure;
use crate::cli::release::entry_tags::{EntryTags, Wanted, refuse_others};
use crate::escape;
use crate::snapshot::ObjectName;
use crate::vcs::Repository;

/// How many references a fetch names at once.
const AT_ONCE: usize = 200;

/// What is to be done, by entry.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// Tags that exist nowhere.
    pub(super) create: Vec<Wanted>,
    /// Tags that only the remote has, and that hold the same.
    pub(super) adopt: Vec<(Wanted, ObjectName)>,
    /// Tags that the remote lacks.
    pub(super) send: Vec<(Wanted, ObjectName)>,
    /// How many tags are where they belong.
    pub(super) there: usize,
}

impl Plan {
    /// Compares entries with the tags that are here, and at a remote where one is named. Tags that
    /// only the remote has are fetched, without references, and compared; a dry run believes them.
    ///
    /// # Errors
    /// A tag holds something else; or it is one object here and another one at the remote.
    pub(super) fn make(
        workspace: &Workspace,
        tags: &EntryTags<'_>,
        entries: &[Arc<Loaded>],
        remote: Option<&str>,
        dry_run: bool,
    ) -> Result<Self, Failure> {
        let repository = &workspace.opened.repository;
        let wanted: Vec<Wanted> = entries.iter().filter_map(|loaded| tags.wanted(loaded)).collect();
        let theirs = match remote {
            Some(remote) => at_remote(tags, repository, remote, &wanted)?,
            None => BTreeMap::new(),
        };
        let place = remote.map(|remote| format!(" at `{}`", escape::line(remote)));
        let place = place.unwrap_or_default();
        if let Some(remote) = remote.filter(|_| !dry_run) {
            let unknown = wanted.iter().filter(|wanted| tags.object(wanted).is_none());
            let unknown = unknown.map(Wanted::reference).filter(|name| theirs.contains_key(name));
            fetch(repository, remote, &unknown.collect::<Vec<_>>())?;
        }
        let mut plan = Self::default();
        let (mut others, mut strays) = (Vec::new(), Vec::new());
        for wanted in wanted {
            match (tags.object(&wanted), theirs.get(&wanted.reference()).copied()) {
                (None, None) => plan.create.push(wanted),
                (None, Some(object)) => {
                    let other = if dry_run { None } else { tags.other(&wanted, object, &place)? };
                    match other {
                        Some(other) => others.push(other),
                        None => plan.adopt.push((wanted, object)),
                    }
                }
                (Some(here), Some(there)) if here != there => others.push(format!(
                    "the tag `{}` is {} here and {}{place}; neither moves",
                    wanted.name,
                    here.short(),
                    there.short()
                )),
                (Some(here), there) => match tags.other(&wanted, here, "")? {
                    Some(other) if remote.is_some() && there.is_none() => {
                        strays.push(format!("`git tag -d {}`", escape::line(&wanted.name)));
                        others.push(format!(
                            "{other}; `{}` does not have it",
                            remote.unwrap_or_default()
                        ));
                    }
                    Some(other) => others.push(other),
                    None if remote.is_some() && there.is_none() => plan.send.push((wanted, here)),
                    None => plan.there += 1,
                },
            }
        }
        let all_strays = !strays.is_empty() && strays.len() == others.len();
        refuse_others(&others).map_err(|failure| {
            if !all_strays {
                return failure;
            }
            let words = strays.join(", ");
            failure
                .hint(format!("they were made here and never pushed: {words}, and publish again"))
        })?;
        Ok(plan)
    }
}

/// Asks a remote for the tags of the kinds that are wanted.
fn at_remote(
    tags: &EntryTags<'_>,
    repository: &Repository,
    remote: &str,
    wanted: &[Wanted],
) -> Result<BTreeMap<String, ObjectName>, Failure> {
    let patterns: BTreeSet<String> =
        wanted.iter().map(|wanted| tags.pattern(wanted.tag.name.kind)).collect();
    if patterns.is_empty() {
        return Ok(BTreeMap::new());
    }
    let patterns: Vec<&str> = patterns.iter().map(String::as_str).collect();
    Ok(repository.remote_references(remote, &patterns)?.into_iter().collect())
}

fn fetch(repository: &Repository, remote: &str, names: &[String]) -> Result<(), Failure> {
    for names in names.chunks(AT_ONCE) {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        repository.fetch(remote, &names)?;
    }
    Ok(())
}
