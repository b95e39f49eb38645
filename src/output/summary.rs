//! The last line of every report for people.

use crate::checks::report::Report;
use crate::version::Bump;

use crate::escape;

/// Returns the summary: what was checked, what was found, which steps are needed.
#[must_use]
pub fn line(report: &Report) -> String {
    let counts = report.counts();
    let mut parts = vec![match counts.errors + counts.warnings {
        0 => "nothing wrong".to_owned(),
        _ => format!("{}, {}", some(counts.errors, "error"), some(counts.warnings, "warning")),
    }];
    if counts.inherited > 0 {
        parts.push(format!("{} inherited", counts.inherited));
    }
    let required: Vec<String> = report
        .entries
        .iter()
        .filter(|entry| entry.required > Bump::None)
        .map(|entry| format!("{} {}", escape::line(entry.name.id.as_str()), entry.required))
        .collect();
    let steps = match required.as_slice() {
        [] => String::new(),
        some if some.len() <= 5 => format!("; required: {}", some.join(", ")),
        many => {
            let first = many.get(..5).unwrap_or_default().join(", ");
            format!("; required: {first} and {} more", many.len() - 5)
        }
    };
    format!("Checked {}: {}{steps}", entries(counts.entries), parts.join(", "))
}

fn some(count: usize, word: &str) -> String {
    format!("{count} {word}{}", if count == 1 { "" } else { "s" })
}

fn entries(count: usize) -> String {
    format!("{count} {}", if count == 1 { "entry" } else { "entries" })
}
