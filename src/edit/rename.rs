//! Another id for an entry; the old one stays as an alias, and history follows it.

use crate::ident::{EntryId, EntryName};
use crate::path::RepoPath;
use crate::plan::{Act, Plan};
use crate::registry::entry::Entry;
use crate::registry::layout::{Form, Layout};
use crate::yaml::{self, Edit, EditFault, NewValue, Scalar};

/// Why an entry cannot be renamed.
#[derive(Debug, thiserror::Error)]
pub enum RenameFault {
    /// The entry file cannot be edited.
    #[error(transparent)]
    Edit(#[from] EditFault),
    /// A single-file entry cannot have an id with folders in it.
    #[error("`{0}` has folders in it, and the entry is a single file")]
    Single(EntryId),
}

/// Plans a rename. `files` are the files of the entry; `bytes` is what stands in its entry file.
///
/// # Errors
/// The entry file cannot be edited safely, or the new id does not suit the entry's form.
pub fn plan(
    layout: &Layout,
    entry: &Entry,
    new: &EntryId,
    files: &[RepoPath],
    bytes: &[u8],
) -> Result<Plan, RenameFault> {
    let old = &entry.name;
    let target = EntryName::new(old.kind, new.clone());
    let edited = yaml::apply(&entry.document, &edits(entry, new))?;
    let mut acts = vec![Act::Replace {
        path: entry.path().clone(),
        old: bytes.to_vec(),
        new: edited.into_bytes(),
    }];
    match entry.form {
        Form::Folder => {
            let (from, to) = (layout.entry_folder(old), layout.entry_folder(&target));
            for path in files {
                if let Some(rest) = path.below(&from) {
                    acts.push(Act::Move { from: path.clone(), to: to.join(&rest.to_text()) });
                }
            }
        }
        Form::Single => {
            if new.as_str().contains('/') {
                return Err(RenameFault::Single(new.clone()));
            }
            let folder = layout.kind_folder(old.kind);
            for path in files {
                let rest = path.below(&folder).map(|rest| rest.to_text().into_owned());
                let Some(rest) = rest else { continue };
                if let Some(extension) = rest.strip_prefix(old.id.as_str()) {
                    let to = folder.join(&format!("{new}{extension}"));
                    acts.push(Act::Move { from: path.clone(), to });
                }
            }
        }
    }
    Ok(Plan { acts, notes: vec![format!("{old} → {target}; `{}` stays as an alias", old.id)] })
}

fn edits(entry: &Entry, new: &EntryId) -> Vec<Edit> {
    let old = &entry.name.id;
    let written = &entry.common.id;
    let id = if written == old.as_str() && old.as_str().contains('/') {
        new.as_str()
    } else {
        new.last()
    };
    let mut edits = Vec::new();
    if written != id {
        let value = Scalar::Text(id.to_owned());
        edits.push(Edit::Set { pointer: "/id".to_owned(), value });
    }
    let alias = Scalar::Text(old.to_string());
    // Renamed back: the name that the entry gets was an alias, and stays no longer one.
    if let Some(at) = entry.common.aliases.iter().position(|alias| alias == new.as_str()) {
        edits.push(Edit::Set { pointer: format!("/aliases/{at}"), value: alias });
    } else if entry.document.value().get("aliases").is_some() {
        if !entry.common.aliases.iter().any(|alias| alias == old.as_str()) {
            edits.push(Edit::PrependItem { pointer: "/aliases".to_owned(), item: alias });
        }
    } else {
        edits.push(Edit::InsertKeyAfter {
            sibling: "/version".to_owned(),
            key: "aliases".to_owned(),
            value: NewValue::List(vec![alias]),
        });
    }
    edits
}
