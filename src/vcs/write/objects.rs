//! Objects: blobs, trees, commits and annotated tags.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use gix::bstr::BStr;
use gix::objs::tree::{Editor, EntryKind};
use gix::objs::{Exists as _, Kind as GixKind, TreeRef, Write as _};
use gix::validate::path::component;
use gix::validate::path::component::Options;

use crate::path::RepoPath;
use crate::snapshot::ObjectName;
use crate::vcs::error::{VcsError, explain};
use crate::vcs::identity::Identity;
use crate::vcs::open::Repository;
use crate::vcs::store::{Kind, from_gix, lock, to_gix};

/// A commit to be written.
#[derive(Debug, Clone, Copy)]
pub struct NewCommit<'a> {
    /// Its tree.
    pub tree: ObjectName,
    /// Its parents, in order.
    pub parents: &'a [ObjectName],
    /// Its message; a line end is added where the last line has none.
    pub message: &'a str,
    /// Who made the change.
    pub author: &'a Identity,
    /// Who writes the commit.
    pub committer: &'a Identity,
    /// When, in seconds since 1970; both dates are this one, in UTC.
    pub seconds: i64,
}

/// An annotated tag to be written.
#[derive(Debug, Clone, Copy)]
pub struct NewTag<'a> {
    /// What is tagged.
    pub object: ObjectName,
    /// The name below `refs/tags/`.
    pub name: &'a str,
    /// Its message; a line end is added where the last line has none.
    pub message: &'a str,
    /// Who tags.
    pub tagger: &'a Identity,
    /// When, in seconds since 1970, in UTC.
    pub seconds: i64,
}

impl Repository {
    /// Writes a blob. No reference leads to it yet.
    ///
    /// # Errors
    /// When the repository cannot be written.
    pub fn write_blob(&self, bytes: &[u8]) -> Result<ObjectName, VcsError> {
        self.write_object(GixKind::Blob, bytes)
    }

    /// Writes the tree that comes of `base`, a tree or commit, by the edits; without a base the edits
    /// are made to the empty tree.
    ///
    /// `None` removes the file or folder at the path, and a folder that loses its last file goes
    /// too. Files are written as regular ones.
    ///
    /// # Errors
    /// When the base cannot be read, a path cannot stand in a tree, or the repository cannot be
    /// written.
    pub fn write_tree(
        &self,
        base: Option<ObjectName>,
        edits: &BTreeMap<RepoPath, Option<Vec<u8>>>,
    ) -> Result<ObjectName, VcsError> {
        let mut blobs = Vec::new();
        for (path, bytes) in edits {
            check(path)?;
            if let Some(bytes) = bytes {
                blobs.push((path, to_gix(self.write_blob(bytes)?)?));
            }
        }
        let root = match base {
            Some(base) => self.root_bytes(base)?,
            None => Vec::new(),
        };
        let written = self.store.with(|repo| {
            let hash = repo.object_hash();
            let root = TreeRef::from_bytes(&root, hash)?.into();
            let mut editor = Editor::new(root, &repo.objects, hash);
            let names = |path: &RepoPath| {
                path.segments().map(|name| BStr::new(name).to_owned()).collect::<Vec<_>>()
            };
            // A file may take the place of a folder whose files are removed in the same breath.
            for (path, _) in edits.iter().filter(|(_, bytes)| bytes.is_none()) {
                editor.remove(names(path))?;
            }
            for (path, id) in blobs {
                editor.upsert(names(path), EntryKind::Blob, id)?;
            }
            editor.write(|tree| repo.write_object(tree).map(gix::Id::detach))
        });
        written.map(|id| from_gix(&id)).map_err(VcsError::write("a tree"))
    }

    /// Writes a commit. No reference leads to it yet.
    ///
    /// # Errors
    /// When a name holds what cannot stand in a commit, or the repository cannot be written.
    pub fn write_commit(&self, commit: &NewCommit<'_>) -> Result<ObjectName, VcsError> {
        let mut text = format!("tree {}\n", commit.tree);
        for parent in commit.parents {
            push(&mut text, format_args!("parent {parent}\n"));
        }
        push(&mut text, signed_off("author", commit.author, commit.seconds)?);
        push(&mut text, signed_off("committer", commit.committer, commit.seconds)?);
        text.push('\n');
        text.push_str(&whole_lines("a commit", commit.message)?);
        self.write_object(GixKind::Commit, text.as_bytes())
    }

    /// Returns the bytes of an annotated tag, as they are signed.
    ///
    /// # Errors
    /// When the object is not here, or a name holds what cannot stand in a tag.
    pub fn tag_bytes(&self, tag: &NewTag<'_>) -> Result<Vec<u8>, VcsError> {
        let kind = self.kind_to_tag(tag.object)?;
        if gix::validate::tag::name(BStr::new(tag.name)).is_err() {
            let cause = format!("`{}` is no name for a tag", tag.name);
            return Err(VcsError::Write { what: "a tag", cause });
        }
        let mut text = format!("object {}\ntype {kind}\ntag {}\n", tag.object, tag.name);
        push(&mut text, signed_off("tagger", tag.tagger, tag.seconds)?);
        text.push('\n');
        text.push_str(&whole_lines("a tag", tag.message)?);
        Ok(text.into_bytes())
    }

    fn kind_to_tag(&self, object: ObjectName) -> Result<GixKind, VcsError> {
        if let Some((last, kind)) = *lock(&self.store.tagged)
            && last == object
        {
            return Ok(kind);
        }
        let id = to_gix(object)?;
        let header = self.store.with(|repo| repo.find_header(id));
        let kind = header.map_err(VcsError::git("the object to tag"))?.kind();
        *lock(&self.store.tagged) = Some((object, kind));
        Ok(kind)
    }

    /// Writes an annotated tag. No reference leads to it yet.
    ///
    /// The signature is one of [`Repository::tag_bytes`] for the same tag; it is appended as git
    /// does.
    ///
    /// # Errors
    /// As [`Repository::tag_bytes`], and when the repository cannot be written.
    pub fn write_tag(
        &self,
        tag: &NewTag<'_>,
        signature: Option<&str>,
    ) -> Result<ObjectName, VcsError> {
        let mut bytes = self.tag_bytes(tag)?;
        bytes.extend_from_slice(signature.unwrap_or_default().as_bytes());
        self.write_object(GixKind::Tag, &bytes)
    }

    fn write_object(&self, kind: GixKind, bytes: &[u8]) -> Result<ObjectName, VcsError> {
        let written = self.store.with(|repo| {
            let id = gix::objs::compute_hash(repo.object_hash(), kind, bytes)?;
            let mut known = repo.objects.clone();
            // Most are new, and gix would look for new packs at every one of them. What somebody else
            // packed this moment is written once more, which is no harm.
            known.refresh_never();
            if known.exists(&id) {
                return Ok(id);
            }
            repo.objects.write_buf_with_known_id(kind, bytes, id)
        });
        written.map(|id| from_gix(&id)).map_err(VcsError::write("an object"))
    }

    /// Reads the tree that a tree or commit is.
    fn root_bytes(&self, base: ObjectName) -> Result<Vec<u8>, VcsError> {
        let id = to_gix(base)?;
        if id.is_empty_tree() {
            return Ok(Vec::new());
        }
        let header = self.store.with(|repo| repo.try_find_header(id));
        let header = header.map_err(VcsError::git("an object's header"))?;
        let tree = match header.map(|header| header.kind()) {
            Some(GixKind::Tree) => base,
            // What was left behind by a partial clone is fetched when it is read.
            _ => self
                .store
                .tree_of(base)?
                .ok_or_else(|| VcsError::Missing { object: base.to_string() })?,
        };
        if to_gix(tree)?.is_empty_tree() {
            return Ok(Vec::new());
        }
        self.store.object(tree, Kind::Tree)
    }
}

fn push(text: &mut String, more: impl std::fmt::Display) {
    // Writing to a string cannot fail.
    let _ = write!(text, "{more}");
}

fn signed_off(field: &str, who: &Identity, seconds: i64) -> Result<String, VcsError> {
    if !who.is_writable() {
        return Err(VcsError::Write {
            what: "who wrote it",
            cause: format!("`{who}` holds a line break or an angle bracket"),
        });
    }
    Ok(format!("{field} {who} {seconds} +0000\n"))
}

fn whole_lines(what: &'static str, message: &str) -> Result<String, VcsError> {
    if message.contains('\0') {
        let cause = "its message holds a NUL character".to_owned();
        return Err(VcsError::Write { what, cause });
    }
    let end = if message.is_empty() || message.ends_with('\n') { "" } else { "\n" };
    Ok(format!("{message}{end}"))
}

/// Refuses paths that git would not check out, such as those through `.git`.
fn check(path: &RepoPath) -> Result<(), VcsError> {
    let refused = |cause: String| {
        Err(VcsError::Write { what: "a tree", cause: format!("`{path}`: {cause}") })
    };
    if path.is_root() {
        return refused("names no file".to_owned());
    }
    for name in path.as_bytes().split(|byte| *byte == b'/') {
        let name = BStr::new(name);
        if let Err(error) = component(name, None, Options::default()) {
            return refused(explain(&error));
        }
    }
    Ok(())
}
