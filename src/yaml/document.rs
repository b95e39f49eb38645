//! A YAML document with its source.

use serde_json::Value;

use super::locate::{self, Located};
use super::parse;
use super::report;
use super::tree::{Kind, Tree};
use super::value::value_of;
use crate::finding::{Finding, Place};
use crate::source::{SourceFile, Span};

/// A YAML document: its source, its value, and where each part of the value stands.
#[derive(Debug)]
pub struct Document {
    source: SourceFile,
    pub(super) tree: Tree,
    value: Value,
}

impl Document {
    /// Reads a text and says what is wrong with it.
    ///
    /// There is no document where the text is not YAML or is more than Keelmark reads. After other
    /// findings there is one: of two equal keys the first counts, of two documents the first, a
    /// number or boolean as key counts by its text, and null or a collection as key is left out.
    #[must_use]
    pub fn parse(source: SourceFile) -> (Option<Self>, Vec<Finding>) {
        if let Some(finding) = report::conflict(&source) {
            return (None, vec![finding]);
        }
        if source.text().len() >= u32::MAX as usize {
            return (None, vec![report::stopped(&source, &parse::Stop::Nodes(Span::default()))]);
        }
        let reading = parse::read(source.text())
            .and_then(|read| value_of(&read.tree, source.text()).map(|value| (read, value)));
        match reading {
            Ok((reading, value)) => {
                let findings = report::findings(&source, &reading);
                (Some(Self { source, tree: reading.tree, value }), findings)
            }
            Err(stop) => {
                let finding = report::stopped(&source, &stop);
                (None, vec![finding])
            }
        }
    }

    /// Returns the text and its name.
    #[must_use]
    pub const fn source(&self) -> &SourceFile {
        &self.source
    }

    /// Returns the value; `Null` for an empty document.
    #[must_use]
    pub const fn value(&self) -> &Value {
        &self.value
    }

    /// Finds the value that a JSON pointer names, or else the deepest value above it.
    ///
    /// Aliases and merge keys are followed.
    #[must_use]
    pub fn locate(&self, pointer: &str) -> Located {
        locate::walk(&self.tree, self.source.text(), pointer, |_| {}).map_or(
            Located { key: None, value: Span::default(), via: None, found: pointer.is_empty() },
            |hit| locate::located(&self.tree, hit),
        )
    }

    /// Returns the place of a value; of its key where the value is empty.
    #[must_use]
    pub fn place(&self, pointer: &str) -> Place {
        let Located { key, value, .. } = self.locate(pointer);
        let span = if value.is_empty() { key.unwrap_or(value) } else { value };
        self.at(pointer, span)
    }

    /// Returns the place of a key; of the value where there is no key, as in lists.
    #[must_use]
    pub fn key_place(&self, pointer: &str) -> Place {
        let Located { key, value, .. } = self.locate(pointer);
        self.at(pointer, key.unwrap_or(value))
    }

    /// Returns a scalar as it is written, with its quotes; `None` for anything else.
    ///
    /// A plain `1.10` is the number 1.1: messages want the text.
    #[must_use]
    pub fn raw(&self, pointer: &str) -> Option<&str> {
        let hit = locate::walk(&self.tree, self.source.text(), pointer, |_| {})?;
        let node = self.tree.node(self.tree.target(hit.value));
        match node.kind {
            Kind::Scalar(_) if hit.found => Some(self.source.slice(node.span)),
            _ => None,
        }
    }

    fn at(&self, pointer: &str, span: Span) -> Place {
        Place { file: self.source.clone(), pointer: pointer.to_owned(), span }
    }
}
