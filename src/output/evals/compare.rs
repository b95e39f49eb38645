//! Two runs beside each other, without the rest of a report: `eval compare`.

use std::io::{self, Write};

use super::changes::Names;
use super::{human, markdown};
use crate::evals::compare::Comparison;
use crate::output::human::Style;
use crate::output::json;
use crate::output::json::v1::eval;

/// A comparison with the names of its sides.
#[derive(Debug, Clone, Copy)]
pub struct Compared<'a> {
    /// What people call the run before.
    pub before: &'a str,
    /// What people call the run after.
    pub after: &'a str,
    /// What the two say.
    pub comparison: &'a Comparison,
}

impl<'a> Compared<'a> {
    const fn names(&self) -> Names<'a> {
        Names { before: self.before, after: Some(self.after) }
    }

    /// Writes it for a terminal.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn human(&self, style: Style, out: &mut dyn Write) -> io::Result<()> {
        human::write_comparison(self.comparison, self.names(), style, out)
    }

    /// Writes the document `keelmark.eval_compare.v1`.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn json(&self, out: &mut dyn Write) -> io::Result<()> {
        json::write(&eval::compare_document(self.before, self.after, self.comparison), out)
    }

    /// Writes it for a comment on a pull request.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn markdown(&self, out: &mut dyn Write) -> io::Result<()> {
        markdown::write_comparison(self.comparison, self.names(), out)
    }
}

#[cfg(test)]
mod tests;
