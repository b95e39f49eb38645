//! What became of the rows, as changes.

use std::collections::BTreeSet;

use super::files::renamed;
use super::{Comparison, Header, Rows, Seen, Side};
use crate::compat::change::Change;
use crate::compat::rows::Sample;
use crate::compat::table::dataset as rules;
use crate::finding::Rule;
use crate::registry::changelog::Line;
use crate::registry::common::Common;
use crate::version::Bump;

/// What a changelog line begins with that only mends labels.
const LABEL_FIX: &str = "label-fix:";

/// Tells what became of the rows.
pub(super) fn changes(old: &Side<'_>, new: &Side<'_>, seen: &Seen) -> Vec<Change> {
    match &seen.rows {
        Rows::Same => Vec::new(),
        Rows::Unread { why, gone, come } => vec![unread(why, (*gone, *come))],
        Rows::Compared(compared) => {
            let place = place(new);
            let found = compared_rows(old, new, compared, seen);
            found.into_iter().map(|change| change.at_old(self::place(old)).at_new(place)).collect()
        }
    }
}

fn place(side: &Side<'_>) -> &'static str {
    if side.dataset.files.is_empty() { "/partitions" } else { "/files" }
}

/// Files that only came leave every old row where it was; files that only went took rows along.
fn unread(why: &str, (gone, come): (u64, u64)) -> Change {
    let files =
        |count: u64| if count == 1 { "a file".to_owned() } else { format!("{count} files") };
    let change = match (gone, come) {
        (0, _) => {
            let note =
                format!("{} came, and no other changed (rows not judged: {why})", files(come));
            Change::new(&rules::ROWS_ADDED, note)
        }
        (_, 0) => {
            let note = format!("{} went (rows not judged: {why})", files(gone));
            Change::new(&rules::ROWS_REMOVED, note)
        }
        _ => {
            let note = format!("{} changed, and the rows were not judged: {why}", files(come));
            Change::new(&rules::BYTES_CHANGED, note).unknown()
        }
    };
    change.at("/files")
}

fn compared_rows(
    old: &Side<'_>,
    new: &Side<'_>,
    compared: &Comparison,
    seen: &Seen,
) -> Vec<Change> {
    let diff = &compared.diff;
    let mut found = Vec::new();
    let mut tell = |rule: &'static Rule, sample: &Sample, words: &str| {
        if !sample.is_empty() {
            found.push(told(rule, sample, words));
        }
    };
    let live = old.dataset.live && new.dataset.live;
    let added: &'static Rule = match (compared.keyed, live) {
        // Nothing was there that has to be told from what came.
        (false, _) if diff.before > 0 => &rules::ROWS_ADDED_UNKEYED,
        (_, true) => &rules::LIVE,
        _ => &rules::ROWS_ADDED,
    };
    // Without keys an edited row is one that went and one that came.
    if !compared.keyed && !diff.added.is_empty() && !diff.removed.is_empty() {
        tell(&rules::ROWS_CHANGED, &diff.removed, "changed or went, with no key to tell which");
    } else {
        tell(added, &diff.added, "came");
        tell(&rules::ROWS_REMOVED, &diff.removed, "went");
    }
    tell(&rules::ROWS_CHANGED, &diff.data, "changed");
    tell(&rules::SAMPLING_WEIGHT_CHANGED, &diff.weights, "got another weight");
    tell(&rules::REMARK_CHANGED, &diff.remarks, "got other notes");
    if !diff.labels.is_empty() {
        let change = told(&rules::LABELS_CHANGED, &diff.labels, "got another label, metric or bar");
        found.push(if label_fix(new.common) {
            change.bump(Bump::Minor)
        } else {
            let help = format!(
                "let the changelog line begin with `{LABEL_FIX}` where labels were only mended"
            );
            change.help(help)
        });
    }
    let renamed = renamed(old, new, &seen.rows);
    for (pair, sample) in &diff.moved {
        if renamed.as_ref() != Some(pair) {
            let words = format!("moved from the split `{}` to `{}`", pair.0, pair.1);
            found.push(told(&rules::SPLIT_MOVED, sample, &words));
        }
    }
    if diff.reordered && old.dataset.ordered && new.dataset.ordered {
        found.push(Change::new(&rules::ROWS_REORDERED, "rows are in another order"));
    }
    let set = |header: &Header| -> BTreeSet<String> { header.names.iter().cloned().collect() };
    let columns_same =
        seen.headers.as_ref().is_none_or(|(before, after)| set(before) == set(after));
    if found.is_empty() && renamed.is_none() && columns_same {
        let note = "the rows are the same in other bytes";
        found.push(Change::new(&rules::RESERIALIZED, note));
    }
    found
}

/// Says whether the line of the new version says that labels were mended.
fn label_fix(common: &Common) -> bool {
    let lines = common.changelog.iter().filter_map(|line| Line::read(line));
    let mut own = lines.filter(|line| line.version.to_string() == common.version);
    own.next().is_some_and(|line| line.text.starts_with(LABEL_FIX))
}

fn told(rule: &'static Rule, sample: &Sample, words: &str) -> Change {
    let names: Vec<String> =
        sample.names().map(|name| format!("`{}`", name.escape_debug())).collect();
    let count =
        if sample.count == 1 { "1 row".to_owned() } else { format!("{} rows", sample.count) };
    let more = usize::try_from(sample.count).unwrap_or(usize::MAX) > names.len();
    let such = if more { "such as " } else { "" };
    let list = names.join(", ");
    let note = format!("{count} {words}: {such}{list}");
    Change::new(rule, note).values("", format!("{count} {list}"))
}
