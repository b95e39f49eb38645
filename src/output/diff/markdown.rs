//! One comment on a pull request: what differs, with every reason. Whether a check passes is not said.

use std::io::{self, Write};

use super::{Difference, Words, summary, unknown};
use crate::output::markdown::{cut, line, section};

/// The mark by which a comment is found again; that of a check is another one.
const MARK: &str = "<!-- keelmark-diff -->";

/// Writes the comment.
///
/// # Errors
/// When the writer fails.
pub fn write(differences: &[Difference], out: &mut dyn Write) -> io::Result<()> {
    let mut text = String::new();
    line(&mut text, MARK);
    line(&mut text, &format!("**keelmark diff**: {}", summary(differences)));
    let entry = |difference: &Difference| {
        let Words { name, status, versions, step } = difference.words();
        vec![name, status, versions, step, cut(&difference.because())]
    };
    let rows: Vec<Vec<String>> = differences.iter().map(entry).collect();
    section(&mut text, "Versions", &["entry", "change", "version", "step", "because"], &rows);
    let mut reasons = Vec::new();
    for difference in differences {
        for change in &difference.report.reasons {
            reasons.push(vec![
                difference.report.name.to_string(),
                change.bump.to_string(),
                format!("{}{}", change.rule.id, unknown(change)),
                cut(&change.note),
            ]);
        }
    }
    section(&mut text, "Reasons", &["entry", "step", "rule", "what changed"], &reasons);
    out.write_all(text.as_bytes())
}
