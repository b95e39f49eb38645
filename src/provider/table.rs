//! Faults in files of recorded and scripted answers.

use crate::source::{Position, SourceFile};

/// What is wrong in a file of answers, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}:{column}: {message}")]
pub struct FileFault {
    /// The path of the file.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1, in Unicode scalar values.
    pub column: u32,
    /// What is wrong.
    pub message: String,
}

impl FileFault {
    /// Points at a byte of a file.
    pub(super) fn at(file: &SourceFile, offset: u32, message: impl Into<String>) -> Self {
        let Position { line, column } = file.position(offset);
        Self { file: file.path().to_text().into_owned(), line, column, message: message.into() }
    }
}
