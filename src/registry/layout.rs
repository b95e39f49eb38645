//! Where things lie: from paths to entries and back, without reading anything.
//!
//! `registry/prompts/support/refund/prompt.yaml` is `prompt/support/refund`. The single-file form
//! stands directly in the kind's folder (`registry/prompts/refund.yaml`), so that it cannot be
//! mistaken for a payload of another entry.

use crate::ident::{EntryId, EntryName, IdentFault, Kind};
use crate::path::RepoPath;
use crate::snapshot::{ReadFault, Snapshot};

/// How entry files may end, the usual way first.
const EXTENSIONS: [&str; 2] = ["yaml", "yml"];

/// How an entry is laid out on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    /// A folder of its own with `<kind>.yaml` in it.
    Folder,
    /// One file `<id>.yaml` in the kind's folder, its payload beside it as `<id>.*`.
    Single,
}

/// What a path means to the registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Placed {
    /// The entry file of an entry.
    Entry {
        /// The entry.
        name: EntryName,
        /// Its form.
        form: Form,
    },
    /// An entry file whose path makes no id.
    Misnamed {
        /// The kind whose folder it is in.
        kind: Kind,
        /// Why there is no id.
        fault: IdentFault,
    },
    /// A file in a kind's folder that is no entry file: a payload, or a stray.
    Inside(Kind),
    /// A policy, by the stem of its file.
    Policy(String),
    /// Anything else below the registry.
    Other,
    /// Not below the registry.
    Outside,
}

/// The folder that Keelmark governs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    root: RepoPath,
}

impl Layout {
    /// Takes the registry's folder, such as `registry`.
    #[must_use]
    pub const fn new(root: RepoPath) -> Self {
        Self { root }
    }

    /// Returns the registry's folder.
    #[must_use]
    pub const fn root(&self) -> &RepoPath {
        &self.root
    }

    /// Returns the folder of a kind.
    #[must_use]
    pub fn kind_folder(&self, kind: Kind) -> RepoPath {
        self.root.join(kind.folder())
    }

    /// Returns the folder of an entry in folder form.
    #[must_use]
    pub fn entry_folder(&self, name: &EntryName) -> RepoPath {
        self.kind_folder(name.kind).join(name.id.as_str())
    }

    /// Returns the paths at which the entry file may lie, the usual one first.
    pub fn entry_paths(&self, name: &EntryName) -> impl Iterator<Item = RepoPath> {
        let inner = name.id.as_str().contains('/');
        let forms = [Form::Folder, Form::Single].into_iter();
        forms.filter(move |form| !inner || *form == Form::Folder).flat_map(move |form| {
            EXTENSIONS.into_iter().map(move |extension| self.entry_path(name, form, extension))
        })
    }

    fn entry_path(&self, name: &EntryName, form: Form, extension: &str) -> RepoPath {
        let (kind, id) = (name.kind, name.id.as_str());
        let below = match form {
            Form::Folder => [kind.folder(), "/", id, "/", kind.name(), ".", extension].concat(),
            Form::Single => [kind.folder(), "/", id, ".", extension].concat(),
        };
        self.root.join(&below)
    }

    /// Says what a path means.
    #[must_use]
    pub fn place(&self, path: &RepoPath) -> Placed {
        let Some(rest) = path.below(&self.root) else { return Placed::Outside };
        let segments: Vec<&[u8]> = rest.segments().collect();
        let Some((first, inner)) = segments.split_first() else { return Placed::Other };
        if *first == b"policies" {
            let stem = match inner {
                [name] => yaml_stem(name),
                _ => None,
            };
            return stem.map_or(Placed::Other, |stem| Placed::Policy(stem.to_owned()));
        }
        let kind = std::str::from_utf8(first)
            .ok()
            .and_then(|first| Kind::ALL.into_iter().find(|kind| kind.folder() == first));
        let (Some(kind), Some((file, folders))) = (kind, inner.split_last()) else {
            return Placed::Other;
        };
        let Some(stem) = yaml_stem(file) else { return Placed::Inside(kind) };
        let (id, form) = match folders {
            [] => (stem.to_owned(), Form::Single),
            _ if stem == kind.name() => {
                (String::from_utf8_lossy(&folders.join(&b'/')).into_owned(), Form::Folder)
            }
            _ => return Placed::Inside(kind),
        };
        match id.parse::<EntryId>() {
            Ok(id) => Placed::Entry { name: EntryName::new(kind, id), form },
            Err(fault) => Placed::Misnamed { kind, fault },
        }
    }

    /// Finds the entry file of `name`; the first one where there are several forms at once.
    ///
    /// # Errors
    /// When the snapshot cannot be read.
    pub fn find(
        &self,
        snapshot: &dyn Snapshot,
        name: &EntryName,
    ) -> Result<Option<RepoPath>, ReadFault> {
        for path in self.entry_paths(name) {
            if snapshot.file(&path)?.is_some() {
                return Ok(Some(path));
            }
        }
        Ok(None)
    }

    /// Finds the entry that owns a payload file: the nearest folder upward with an entry file, or
    /// the single-file entry whose name the file's name starts with.
    ///
    /// # Errors
    /// When the snapshot cannot be read.
    pub fn owner(
        &self,
        snapshot: &dyn Snapshot,
        kind: Kind,
        payload: &RepoPath,
    ) -> Result<Option<EntryName>, ReadFault> {
        let top = self.kind_folder(kind);
        let mut folder = payload.parent();
        while let Some(here) = folder.filter(|here| here.is_below(&top)) {
            for extension in EXTENSIONS {
                let path = here.join(&[kind.name(), ".", extension].concat());
                if snapshot.file(&path)?.is_some() {
                    return Ok(match self.place(&path) {
                        Placed::Entry { name, .. } => Some(name),
                        _ => None,
                    });
                }
            }
            folder = here.parent();
        }
        let Some(below) = payload.below(&top) else { return Ok(None) };
        let first = below.segments().next().unwrap_or_default();
        let stem = first.split(|byte| *byte == b'.').next().unwrap_or_default();
        let Ok(id) = String::from_utf8_lossy(stem).parse::<EntryId>() else { return Ok(None) };
        let name = EntryName::new(kind, id);
        Ok(self.find(snapshot, &name)?.map(|_| name))
    }
}

/// Returns the stem of a `.yaml` or `.yml` file.
fn yaml_stem(file: &[u8]) -> Option<&str> {
    let name = std::str::from_utf8(file).ok()?;
    name.strip_suffix(".yaml").or_else(|| name.strip_suffix(".yml")).filter(|stem| !stem.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::MemorySnapshot;

    fn layout() -> Layout {
        Layout::new(RepoPath::from("registry"))
    }

    #[test]
    fn paths_say_what_they_hold() {
        let cases = [
            ("registry/prompts/a/prompt.yaml", "prompt/a Folder"),
            ("registry/prompts/support/refund/prompt.yml", "prompt/support/refund Folder"),
            ("registry/prompts/a.yaml", "prompt/a Single"),
            ("registry/prompts/a/template.md", "inside"),
            ("registry/prompts/a/other.yaml", "inside"),
            ("registry/prompts/A/prompt.yaml", "misnamed"),
            ("registry/prompts/a/b/c/d/e/prompt.yaml", "misnamed"),
            ("registry/datasets/g/dataset.yaml", "dataset/g Folder"),
            ("registry/policies/gates.yaml", "policy gates"),
            ("registry/baselines/x/y.json", "other"),
            ("registry/README.md", "other"),
            ("docs/prompt.yaml", "outside"),
        ];
        for (path, expected) in cases {
            let placed = match layout().place(&RepoPath::from(path)) {
                Placed::Entry { name, form } => format!("{name} {form:?}"),
                Placed::Misnamed { .. } => "misnamed".to_owned(),
                Placed::Inside(_) => "inside".to_owned(),
                Placed::Policy(stem) => format!("policy {stem}"),
                Placed::Other => "other".to_owned(),
                Placed::Outside => "outside".to_owned(),
            };
            assert_eq!(placed, expected, "{path}");
        }
    }

    #[test]
    fn payloads_belong_to_the_nearest_entry_upward() {
        let snapshot = MemorySnapshot::new()
            .with("registry/prompts/a/prompt.yaml", "")
            .with("registry/prompts/a/parts/x.md", "")
            .with("registry/prompts/a/b/prompt.yaml", "")
            .with("registry/prompts/a/b/template.md", "")
            .with("registry/prompts/c.yaml", "")
            .with("registry/prompts/c.md", "")
            .with("registry/prompts/stray.md", "");
        let owner = |path: &str| {
            let found = layout().owner(&snapshot, Kind::Prompt, &RepoPath::from(path));
            found.expect("memory").map(|name| name.to_string())
        };
        assert_eq!(owner("registry/prompts/a/parts/x.md").as_deref(), Some("prompt/a"));
        assert_eq!(owner("registry/prompts/a/b/template.md").as_deref(), Some("prompt/a/b"));
        assert_eq!(owner("registry/prompts/c.md").as_deref(), Some("prompt/c"));
        assert_eq!(owner("registry/prompts/stray.md"), None);
    }

    #[test]
    fn every_entry_path_leads_back_to_its_entry() {
        for id in ["a", "support/refund"] {
            let name = EntryName::new(Kind::Judge, id.parse().expect("an id"));
            for path in layout().entry_paths(&name) {
                assert!(
                    matches!(layout().place(&path), Placed::Entry { name: found, .. } if found == name),
                    "{path}"
                );
            }
        }
    }
}
