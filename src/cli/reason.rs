//! Reasons that are typed.

use super::failure::Failure;
use crate::registry::reason;

/// Insists on a reason; `what` is what needs one, such as `a waiver`.
///
/// # Errors
/// There is none, or it says nothing.
pub(super) fn given<'a>(what: &str, typed: Option<&'a str>) -> Result<&'a str, Failure> {
    typed.and_then(reason::read).ok_or_else(|| {
        let found = typed.map(|text| format!(", found `{}`", text.escape_debug()));
        Failure::usage(format!(
            "{what} needs a reason: expected {}{}",
            reason::EXPECTED,
            found.unwrap_or_default()
        ))
        .hint("say why, such as `--reason \"slow region, mended on Monday\"`")
    })
}
