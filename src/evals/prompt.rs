//! A prompt that is ready to be rendered: its messages' texts, its signature, its digests.

use serde_json::Value;

use super::record::EntryStamp;
use crate::finding::Finding;
use crate::integrity::facets::Facets;
use crate::integrity::text::{Text, Texts};
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
    /// A fragment that the prompt includes cannot be put in.
    #[error("{}:{line}:{column}: {}", .fault.path(), .fault.message)]
    Include {
        /// What is wrong.
        fault: Box<Finding>,
        /// Its line, from 1.
        line: u32,
        /// Its column, from 1.
        column: u32,
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
    text: Text,
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
    /// Collects the texts of a prompt, with the fragments that they include.
    ///
    /// # Errors
    /// A text that the prompt names cannot be read, or an include cannot be replaced; `keelmark
    /// check` says why.
    pub fn new(
        entry: &Entry,
        prompt: &Prompt,
        texts: &Texts,
        facets: &Facets,
    ) -> Result<Self, PromptFault> {
        let text = |pointer: String| {
            let text = texts.get(&pointer).cloned();
            let text = text.ok_or(PromptFault::Unreadable { pointer })?;
            match text.faults().first() {
                None => Ok(text),
                Some(fault) => {
                    let at = fault.place.file.position(fault.place.span.start);
                    let fault = Box::new(fault.clone());
                    Err(PromptFault::Include { fault, line: at.line, column: at.column })
                }
            }
        };
        let mut parts = Vec::new();
        if prompt.messages.is_empty() {
            parts.push(Part { role: "user".to_owned(), text: text("/template".to_owned())? });
        }
        for (at, message) in prompt.messages.iter().enumerate() {
            let key = if message.content.is_some() { "content" } else { "file" };
            let text = text(format!("/messages/{at}/{key}"))?;
            parts.push(Part { role: message.role.clone(), text });
        }
        Ok(Self {
            stamp: stamp(entry, facets),
            inputs: prompt.inputs(),
            outputs: prompt.outputs(),
            prompt: prompt.clone(),
            parts,
        })
    }

    /// Iterates over the messages before they are rendered: the role and the template of each, with
    /// fragments in the places of includes.
    pub fn templates(&self) -> impl Iterator<Item = (&str, &str)> {
        self.parts.iter().map(|part| (part.role.as_str(), part.text.text()))
    }

    /// Renders the messages.
    ///
    /// # Errors
    /// A template refuses the values.
    pub fn render(&self, variables: &Variables) -> Result<Vec<Rendered>, PromptFault> {
        let render = |part: &Part| {
            let text = part.text.text();
            let rendered = match self.prompt.engine {
                Engine::Jinja => jinja::render(text, variables),
                Engine::Simple => simple::render(text, variables),
            };
            let content = rendered.map_err(|fault| {
                let origin = part.text.origin(fault.span.start);
                let at = origin.source.position(origin.offset);
                let source_file = origin.source;
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
