//! Templates: which variables they use, where, and what they render to.
//!
//! Two engines exist: [`jinja`] (minijinja with strict undefined, bounded) and [`simple`]
//! (`{{name}}` only). [`page`] is the first for Markdown. Neither reads other files: [`mod@include`]
//! finds the places where Jinja asks for one, and whoever has the files puts them in before. The
//! room knows nothing of entries.

pub mod include;
pub mod jinja;
pub mod page;
pub mod simple;

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::Value;

use crate::source::Span;

/// The values that a template is rendered with, by name.
pub type Variables = BTreeMap<String, Value>;

/// The most bytes that a rendered template may have.
pub const MAX_OUTPUT: usize = 4 << 20;

/// One use of a variable in a template.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Use {
    /// Where.
    pub span: Span,
    /// The variable's name.
    pub name: String,
}

/// Why a template cannot be read or rendered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct TemplateFault {
    /// What is wrong.
    pub message: String,
    /// Where; empty at the start where the engine does not say.
    pub span: Span,
}

fn offset(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

/// Returns a text in the form in which templates are compared: without byte order mark, with LF line
/// ends, without line ends at the end.
///
/// Work tree and blob differ in these under `autocrlf` and friends, and editors add or drop them.
/// Unicode is not normalised: a model may well see the difference.
#[must_use]
pub fn normal_text(text: &str) -> Cow<'_, str> {
    let text = text.trim_start_matches('\u{feff}');
    if !text.contains("\r\n") {
        return Cow::Borrowed(text.trim_end_matches('\n'));
    }
    let mut lines: Vec<&str> = text.split('\n').collect();
    // What follows the last LF is no line of its own and keeps its carriage returns.
    let last = lines.pop().unwrap_or_default();
    let mut normal = String::with_capacity(text.len());
    for line in lines {
        normal.push_str(line.trim_end_matches('\r'));
        normal.push('\n');
    }
    normal.push_str(last);
    normal.truncate(normal.trim_end_matches('\n').len());
    Cow::Owned(normal)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn line_ends_marks_and_final_newlines_do_not_count() {
        for (text, normal) in [
            ("a\r\nb\r\n", "a\nb"),
            ("\u{feff}a\nb", "a\nb"),
            ("a\nb\n\n\n", "a\nb"),
            ("a\r\r\nb", "a\nb"),
            ("a\rb", "a\rb"),
            ("", ""),
            ("\r\n", ""),
            ("  a ", "  a "),
        ] {
            assert_eq!(normal_text(text), normal, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn the_normal_form_is_a_fixed_point(text in "[a\u{feff}\r\n {}#%'\\\\é-]{0,24}") {
            let once = normal_text(&text).into_owned();
            let again = normal_text(&once).into_owned();
            prop_assert_eq!(again, once);
        }
    }
}
