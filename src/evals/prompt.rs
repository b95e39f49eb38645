//! A prompt that is ready to be rendered: its messages' texts, its signature, its digests.

use serde_json::Value;

use super::record::EntryStamp;
use crate::integrity::facets::{Facets, facets};
use crate::integrity::payload::Payload;
use crate::registry::entry::Entry;
use crate::registry::prompt::{Engine, Prompt};
use crate::registry::signature::{Direction, Signature};
use crate::source::SourceFile;
use crate::template::{TemplateFault, Variables, jinja, simple};

/// One message as it would be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// `system`, `user`, `assistant`, `developer` or `tool`.
    pub role: String,
    /// The text.
    pub content: String,
}

/// Why a prompt cannot be rendered.
#[derive(Debug, thiserror::Error)]
pub enum PromptFault {
    /// A text that the prompt names is not there or cannot be read.
    #[error("the text at `{pointer}` cannot be read")]
    Unreadable {
        /// Where the prompt names it.
        pointer: String,
    },
    /// A template refuses the values.
    #[error("{}:{line}:{column}: {fault}", .source_file.path())]
    Template {
        /// The template.
        source_file: SourceFile,
        /// Its line, from 1.
        line: u32,
        /// Its column, from 1.
        column: u32,
        /// What the engine says.
        fault: TemplateFault,
    },
}

/// One message before it is rendered.
#[derive(Debug, Clone)]
struct Part {
    role: String,
    source: SourceFile,
}

/// A prompt with its texts.
#[derive(Debug, Clone)]
pub struct PromptText {
    /// What the record says of it.
    pub stamp: EntryStamp,
    /// Its keys.
    pub prompt: Prompt,
    /// What it takes.
    pub inputs: Signature,
    /// What it gives.
    pub outputs: Signature,
    parts: Vec<Part>,
}

impl PromptText {
    /// Collects the texts of a prompt.
    ///
    /// # Errors
    /// A text that the prompt names cannot be read; `keelmark check` says why.
    pub fn new(
        entry: &Entry,
        prompt: &Prompt,
        payloads: &[Payload],
        facets: &Facets,
    ) -> Result<Self, PromptFault> {
        let text = |pointer: String| {
            let payload = payloads.iter().find(|payload| payload.declared.pointer == pointer);
            payload
                .and_then(|payload| payload.text.clone())
                .ok_or(PromptFault::Unreadable { pointer })
        };
        let mut parts = Vec::new();
        if prompt.messages.is_empty() {
            parts.push(Part { role: "user".to_owned(), source: text("/template".to_owned())? });
        }
        for (at, message) in prompt.messages.iter().enumerate() {
            let source = match &message.content {
                Some(content) => SourceFile::new(entry.path().clone(), content.clone()),
                None => text(format!("/messages/{at}/file"))?,
            };
            parts.push(Part { role: message.role.clone(), source });
        }
        Ok(Self {
            stamp: stamp(entry, facets),
            inputs: prompt.inputs(),
            outputs: prompt.outputs(),
            prompt: prompt.clone(),
            parts,
        })
    }

    /// Iterates over the messages before they are rendered: the role and the template of each.
    pub fn templates(&self) -> impl Iterator<Item = (&str, &str)> {
        self.parts.iter().map(|part| (part.role.as_str(), part.source.text()))
    }

    /// Renders the messages.
    ///
    /// # Errors
    /// A template refuses the values.
    pub fn render(&self, variables: &Variables) -> Result<Vec<Rendered>, PromptFault> {
        let render = |part: &Part| {
            let source = &part.source;
            let rendered = match self.prompt.engine {
                Engine::Jinja => jinja::render(source.text(), variables),
                Engine::Simple => simple::render(source.text(), variables),
            };
            let content = rendered.map_err(|fault| {
                let at = source.position(fault.span.start);
                let source_file = source.clone();
                PromptFault::Template { source_file, line: at.line, column: at.column, fault }
            })?;
            Ok(Rendered { role: part.role.clone(), content })
        };
        self.parts.iter().map(render).collect()
    }

    /// Returns the JSON Schema of the outputs: an object with the declared names.
    #[must_use]
    pub fn output_schema(&self) -> Value {
        self.outputs.json_schema(Direction::Output)
    }
}

/// Stamps an entry for the record.
#[must_use]
pub fn stamp(entry: &Entry, facets: &Facets) -> EntryStamp {
    EntryStamp {
        entry: entry.name.to_string(),
        version: entry.common.version.clone(),
        contract: facets.contract,
        behaviour: facets.behaviour,
    }
}

/// Stamps an entry whose digests nobody has taken yet.
#[must_use]
pub fn stamp_of(entry: &Entry, payloads: &[Payload]) -> EntryStamp {
    stamp(entry, &facets(entry, payloads))
}
