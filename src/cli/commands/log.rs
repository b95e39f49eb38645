//! `keelmark log`.

use serde_json::{Value, json};

use super::check::ignore_closed;
use crate::cli::args::{ListingFormat, LogArgs};
use crate::cli::assess::Walk;
use crate::cli::context::{Context, Wanted, Workspace, refuse_misconfigured};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::{past, select};
use crate::escape;
use crate::ident::EntryName;
use crate::output::json as documents;
use crate::registry::changelog::Line;
use crate::snapshot::{ObjectName, Revision};
use crate::time;
use crate::version::{Version, Zerover};

/// The commit at which a version first stood in the entry.
struct Row {
    version: Version,
    since: Option<Revision>,
    step: String,
    text: String,
}

pub(in crate::cli) fn run(context: &Context, arguments: &LogArgs) -> Result<Exit, Failure> {
    let workspace = context.open()?.workspace(&Wanted::Worktree, context)?;
    refuse_misconfigured(&workspace)?;
    let selected = select::entry(&workspace, &arguments.entry)?;
    let rows = rows(&workspace, &selected.name)?;
    let mut out = Vec::new();
    match arguments.format {
        ListingFormat::Human => {
            for row in &rows {
                let since = row.since.as_ref().map_or_else(
                    || "uncommitted            ".to_owned(),
                    |at| format!("{}  {}", time::date(at.time_seconds), at.commit.short()),
                );
                let line = format!(
                    "{:<12} {:<6} {since}  {}",
                    row.version.to_string(),
                    row.step,
                    escape::line(&row.text)
                );
                out.extend_from_slice(line.trim_end().as_bytes());
                out.push(b'\n');
            }
        }
        ListingFormat::Json => {
            let versions: Vec<Value> = rows.iter().map(describe).collect();
            let body = json!({"entry": selected.name, "versions": versions});
            documents::write(&documents::v1::listing("keelmark.log.v1", body), &mut out)?;
        }
    }
    context.printer.data(&String::from_utf8_lossy(&out)).or_else(ignore_closed)?;
    if workspace.opened.repository.is_shallow() {
        context.printer.say("history is cut off here; `git fetch --unshallow` brings the rest");
    }
    Ok(Exit::Success)
}

fn describe(row: &Row) -> Value {
    let since = row.since.as_ref();
    json!({
        "version": row.version.to_string(),
        "bump": row.step,
        "commit": since.map(|at| at.commit.to_string()),
        "date": since.map(|at| time::date(at.time_seconds)),
        "author": since.map(|at| &at.author),
        "subject": since.map(|at| &at.subject),
        "changelog": row.text,
    })
}

/// Collects the versions of an entry, newest first.
fn rows(workspace: &Workspace, name: &EntryName) -> Result<Vec<Row>, Failure> {
    let layout = &workspace.layout;
    let tree = workspace.snapshot();
    let here = select::load(layout, tree, name)?;
    let head: Option<ObjectName> = workspace.opened.repository.head()?;
    let walk = Walk { repository: workspace.opened.repository.clone(), from: head };
    let past = past::versions(layout, &walk, &past::names(&here))?;
    let mut versions: Vec<(Version, Option<Revision>)> =
        past.into_iter().map(|past| (past.version, Some(past.since))).collect();
    if let Some(version) = here.entry.version.filter(|v| versions.iter().all(|(w, _)| w != v)) {
        versions.push((version, None));
        versions.sort_by(|a, b| a.0.cmp(&b.0));
    }
    let lines: Vec<Line> =
        here.entry.common.changelog.iter().filter_map(|l| Line::read(l)).collect();
    let mut rows = Vec::new();
    let mut previous: Option<Version> = None;
    for (version, since) in versions {
        let step = previous.as_ref().map_or_else(
            || "first".to_owned(),
            |previous| version.declared_from(previous, Zerover::Cargo).to_string(),
        );
        let line = lines.iter().find(|line| line.version == version);
        let text = line.map(|line| line.text.clone()).unwrap_or_default();
        previous = Some(version.clone());
        rows.push(Row { version, since, step, text });
    }
    rows.reverse();
    Ok(rows)
}
