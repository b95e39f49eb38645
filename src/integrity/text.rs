//! The texts of an entry as their engine reads them: with fragments where includes stood.
//!
//! This is the one place where includes are replaced. Digests, checks, rendering, evals and bundles
//! all begin with [`Texts`], so that they cannot see different texts.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::include::Weaver;
use super::payload::Payload;
use crate::finding::Finding;
use crate::ident::EntryName;
use crate::path::RepoPath;
use crate::registry::entry::{Body, Entry};
use crate::registry::index::Index;
use crate::registry::payload::Role;
use crate::registry::prompt::Engine;
use crate::snapshot::{ReadFault, Snapshot};
use crate::source::{SourceFile, Span};
use crate::template::include::{Origin, Woven, includes};
use crate::version::Version;

/// Fragments by their names, with the versions that the tree has.
pub(super) type Fragments = BTreeMap<EntryName, Option<Version>>;

/// One text of an entry.
#[derive(Debug, Clone)]
pub struct Text {
    /// The text as it is written: a payload file, or a message of the entry file alone.
    pub source: SourceFile,
    expanded: Option<Arc<Expanded>>,
}

/// A text that has includes, with what stands in their places.
#[derive(Debug)]
struct Expanded {
    woven: Woven,
    fragments: Fragments,
    faults: Vec<Finding>,
}

impl Text {
    /// Returns the text as the engine reads it. An include that cannot be replaced stays as it is.
    #[must_use]
    pub fn text(&self) -> &str {
        self.expanded.as_ref().map_or_else(|| self.source.text(), |found| found.woven.text())
    }

    /// Says whether the text has includes.
    #[must_use]
    pub const fn has_includes(&self) -> bool {
        self.expanded.is_some()
    }

    /// Iterates over the fragments that the text names, at any depth, each with its version; `None`
    /// where it is not there, or has none.
    pub fn fragments(&self) -> impl Iterator<Item = (&EntryName, Option<&Version>)> {
        let named = self.expanded.iter().flat_map(|found| &found.fragments);
        named.map(|(name, version)| (name, version.as_ref()))
    }

    /// Returns what is wrong with its includes.
    #[must_use]
    pub fn faults(&self) -> &[Finding] {
        self.expanded.as_ref().map_or(&[], |found| &found.faults)
    }

    /// Returns the file and the byte that a byte of [`Self::text`] came from.
    #[must_use]
    pub fn origin(&self, at: u32) -> Origin {
        let found = self.expanded.as_ref().and_then(|found| found.woven.origin(at));
        found.unwrap_or_else(|| Origin { source: self.source.clone(), offset: at, include: None })
    }
}

/// The texts of an entry by the pointers at which its file names or holds them, such as `/template`,
/// `/messages/0/file` and `/messages/1/content`.
#[derive(Debug, Clone, Default)]
pub struct Texts(BTreeMap<String, Text>);

impl Texts {
    /// Collects the texts of an entry and puts in what they include from the same tree.
    ///
    /// `attributes` is the tree whose `.gitattributes` are believed.
    ///
    /// # Errors
    /// When bytes cannot be had. What is wrong with an include is no error but a fault of its text.
    pub fn read(
        entry: &Entry,
        payloads: &[Payload],
        index: &Index<'_>,
        attributes: &dyn Snapshot,
    ) -> Result<Self, ReadFault> {
        let mut sources: Vec<(String, SourceFile)> = Vec::new();
        for payload in payloads.iter().filter(|payload| payload.declared.role == Role::Text) {
            if let Some(source) = &payload.text {
                sources.push((payload.declared.pointer.clone(), source.clone()));
            }
        }
        let messages = entry.as_prompt().map_or(&[][..], |prompt| &prompt.messages);
        for (at, message) in messages.iter().enumerate() {
            if let Some(content) = &message.content {
                let source = SourceFile::new(entry.path().clone(), content.clone());
                sources.push((format!("/messages/{at}/content"), source));
            }
        }
        let mut texts = BTreeMap::new();
        for (pointer, source) in sources {
            let expanded = if is_template(entry) && !includes(source.text()).is_empty() {
                let mut weaver = Weaver::new(index, attributes);
                let inline = pointer.ends_with("/content");
                let place =
                    |span: Span| super::include::place(entry, &source, &pointer, inline, span);
                let (woven, faults) = weaver.weave(entry, &source, &place)?;
                Some(Arc::new(Expanded { woven, fragments: weaver.fragments, faults }))
            } else {
                None
            };
            texts.insert(pointer, Text { source, expanded });
        }
        Ok(Self(texts))
    }

    /// Returns the text at a pointer.
    #[must_use]
    pub fn get(&self, pointer: &str) -> Option<&Text> {
        self.0.get(pointer)
    }

    /// Iterates over pointers and texts, sorted by pointer.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Text)> {
        self.0.iter().map(|(pointer, text)| (pointer.as_str(), text))
    }

    /// Iterates over the texts that have includes.
    pub fn expanded(&self) -> impl Iterator<Item = (&str, &Text)> {
        self.iter().filter(|(_, text)| text.has_includes())
    }

    /// Iterates over the fragments that the texts name, as [`Text::fragments`] does.
    pub fn fragments(&self) -> impl Iterator<Item = (&EntryName, Option<&Version>)> {
        self.0.values().flat_map(Text::fragments)
    }

    /// Returns the files of the fragments that stand in the texts.
    #[must_use]
    pub fn included_files(&self) -> BTreeSet<RepoPath> {
        let woven = self.0.values().filter_map(|text| text.expanded.as_ref());
        woven.flat_map(|found| found.woven.included()).map(|file| file.path().clone()).collect()
    }

    /// Iterates over what is wrong with the includes of the texts.
    pub fn faults(&self) -> impl Iterator<Item = &Finding> {
        self.0.values().flat_map(Text::faults)
    }
}

/// Says whether the texts of an entry are read by the engine that has includes.
fn is_template(entry: &Entry) -> bool {
    match &entry.body {
        Body::Prompt(prompt) => prompt.engine == Engine::Jinja,
        Body::Fragment(_) => true,
        _ => false,
    }
}
