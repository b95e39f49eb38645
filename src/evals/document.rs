//! The form of files that hold a value for each case and are kept in git.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

/// Writes `head`, whose last key is an empty map of cases, with the cases in that map: one a line, so
/// that a difference reads well.
pub(super) fn case_a_line(
    head: &impl Serialize,
    cases: &BTreeMap<String, impl Serialize>,
) -> Result<String, serde_json::Error> {
    let head = serde_json::to_string_pretty(head)?;
    let mut text = head.strip_suffix("{}\n}").unwrap_or(&head).to_owned();
    text.push_str("{\n");
    for (place, (id, case)) in cases.iter().enumerate() {
        let comma = if place + 1 < cases.len() { "," } else { "" };
        let (id, case) = (serde_json::to_string(id)?, serde_json::to_string(case)?);
        // Writing to a text cannot fail.
        let _ = writeln!(text, "    {id}: {case}{comma}");
    }
    text.push_str("  }\n}\n");
    Ok(text)
}
