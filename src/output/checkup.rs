//! The health of a set-up: a line a check, and under it how to mend what is wrong.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::grid::{Hue, paint};
use super::human::Style;
use crate::doctor::{Check, Level, worst};
use crate::escape;

/// Writes every check, and in the last line how many of them ended how.
///
/// # Errors
/// When the writer fails.
pub fn write(checks: &[Check], style: Style, out: &mut dyn Write) -> io::Result<()> {
    let width = checks.iter().map(|check| check.topic.word().len()).max().unwrap_or(0);
    for check in checks {
        let hue = match check.level {
            Level::Ok => Hue::Green,
            Level::Warning => Hue::Yellow,
            Level::Error => Hue::Red,
        };
        let word = paint(style, hue, &format!("{:<7}", check.level.word()));
        let about = match check.about.as_str() {
            "" => String::new(),
            about => format!("{}: ", escape::line(about)),
        };
        let (topic, found) = (check.topic.word(), escape::line(&check.found));
        writeln!(out, "{word}  {topic:<width$}  {about}{found}")?;
        if let Some(help) = &check.help {
            writeln!(out, "         {:<width$}  → {}", "", escape::line(help))?;
        }
    }
    let count = |level: Level| checks.iter().filter(|check| check.level == level).count();
    let named =
        |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
    let (errors, warnings) = (count(Level::Error), count(Level::Warning));
    writeln!(
        out,
        "{}, {}, {} ok",
        named(errors, "error"),
        named(warnings, "warning"),
        count(Level::Ok)
    )
}

/// Returns the body of the document for machines.
#[must_use]
pub fn body(checks: &[Check]) -> Value {
    let check = |check: &Check| {
        json!({
            "check": check.topic.word(),
            "about": check.about,
            "level": check.level.word(),
            "found": check.found,
            "help": check.help,
        })
    };
    json!({
        "level": worst(checks).word(),
        "checks": checks.iter().map(check).collect::<Vec<_>>(),
    })
}
