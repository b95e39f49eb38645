//! For people: a table where several entries differ, and one entry with its reasons, words and rows.

use std::io::{self, Write};

use super::{Difference, Words, summary, unknown};
use crate::escape;
use crate::output::grid::{Cell, Grid, Hue};
use crate::output::human::Style;
use crate::output::{marks, rows};
use crate::version::Bump;

/// Writes a line an entry in one table, and a last line that counts them.
///
/// # Errors
/// When the writer fails.
pub fn table(differences: &[Difference], style: Style, out: &mut dyn Write) -> io::Result<()> {
    let mut grid = Grid::new(style, &["entry", "change", "version", "step", "because"]);
    for difference in differences {
        let Words { name, status, versions, step } = difference.words();
        let hue = match difference.report.required {
            _ if difference.unreadable.is_some() => Some(Hue::Red),
            Bump::Major => Some(Hue::Red),
            Bump::Minor => Some(Hue::Yellow),
            Bump::Patch | Bump::None => None,
        };
        let step = hue.map_or_else(|| Cell::plain(&step), |hue| Cell::hued(&step, hue));
        let because = Cell::plain(difference.because());
        let cells = [name, status, versions].map(Cell::plain);
        grid.row(cells.into_iter().chain([step, because]).collect());
    }
    grid.write(out)?;
    writeln!(out, "{}", summary(differences))
}

/// Writes an entry with every reason for its step, and the words and rows that differ.
///
/// # Errors
/// When the writer fails.
pub fn closer(difference: &Difference, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let Words { name, status, versions, step } = difference.words();
    let step = match (&difference.unreadable, difference.report.required) {
        (Some(_), _) => "cannot be compared".to_owned(),
        (None, Bump::None) => "needs no step".to_owned(),
        (None, _) => format!("needs {step}"),
    };
    writeln!(out, "{name} {status}: {versions}, {step}")?;
    if let Some(why) = &difference.unreadable {
        writeln!(out, "  {}", escape::line(why))?;
    }
    for change in &difference.report.reasons {
        let (bump, rule) = (change.bump.to_string(), change.rule.id);
        writeln!(out, "  {bump:<5} {rule}{}: {}", unknown(change), escape::line(&change.note))?;
    }
    for text in &difference.texts {
        writeln!(out, "  {}", escape::line(&text.path))?;
        out.write_all(marks::differences(&text.was, &text.is, 4, style).as_bytes())?;
    }
    if let Some(changes) = &difference.rows {
        out.write_all(rows::rows(changes, style).as_bytes())?;
    }
    writeln!(out)
}
