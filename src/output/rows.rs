//! Rows of a dataset that came, went or changed, for people.

use super::human::Style;
use super::marks;
use crate::checks::RowChanges;
use crate::compat::rows::Sample;
use crate::escape;

/// Writes how many rows came, went and differ, and the cells of the first that differ.
#[must_use]
pub fn rows(changes: &RowChanges, style: Style) -> String {
    let (diff, details) = (&changes.diff, &changes.details);
    let mut out = String::new();
    for (sample, sign, words) in [(&diff.added, '+', "came"), (&diff.removed, '-', "went")] {
        if !sample.is_empty() {
            out.push_str(&format!("  {sign} {} {words}: {}\n", count(sample.count), names(sample)));
        }
    }
    if details.looked_at == 0 {
        return out;
    }
    let columns: Vec<String> = details
        .columns
        .iter()
        .map(|(name, count)| format!("{} {count}", escape::line(name)))
        .collect();
    let (looked_at, columns) = (count(details.looked_at), columns.join(", "));
    out.push_str(&format!("  ~ {looked_at} differ, by column: {columns}\n"));
    for row in &details.rows {
        for (column, (was, is)) in &row.cells {
            let (key, column) = (escape::line(&row.key), escape::line(column));
            out.push_str(&format!("    {key}, {column}\n"));
            let (was, is) = (was.as_deref().unwrap_or_default(), is.as_deref().unwrap_or_default());
            out.push_str(&marks::differences(was, is, 6, style));
        }
    }
    out
}

fn count(rows: u64) -> String {
    if rows == 1 { "1 row".to_owned() } else { format!("{rows} rows") }
}

fn names(sample: &Sample) -> String {
    let names: Vec<String> = sample.names().map(escape::line).collect();
    let more = usize::try_from(sample.count).unwrap_or(usize::MAX) > names.len();
    format!("{}{}", names.join(", "), if more { ", …" } else { "" })
}
