//! `keelmark impact`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::check::ignore_closed;
use super::graph;
use crate::checks;
use crate::checks::report::Source;
use crate::cli::args::{ImpactArgs, ListingFormat};
use crate::cli::assess::{Ground, describe};
use crate::cli::context::{Context, Wanted, refuse_misconfigured};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::escape;
use crate::ident::EntryName;
use crate::lineage::{Changed, Graph, Path, Reason, affected_suites};
use crate::output::{json as documents, outline};

/// What a change reaches.
struct Impact {
    source: Option<Source>,
    changed: Changed,
    dependents: BTreeMap<EntryName, Path>,
    suites: BTreeMap<EntryName, Vec<Reason>>,
}

pub(in crate::cli) fn run(context: &Context, arguments: &ImpactArgs) -> Result<Exit, Failure> {
    let workspace = context.open()?.workspace(&Wanted::from(&arguments.tree), context)?;
    refuse_misconfigured(&workspace)?;
    let graph = graph::read(&workspace)?;
    let (source, changed) = if let Some(text) = &arguments.entry {
        let name = graph::named(&workspace, &graph, text)?;
        (None, Changed { entries: BTreeSet::from([name]), ..Changed::default() })
    } else {
        let ground = Ground::open(&workspace, arguments.base.as_deref(), context)?;
        let (before, after) = (ground.before.snapshot(), workspace.snapshot());
        let changed = checks::changed(&workspace.layout, &ground.changed, before, after)?;
        (Some(ground.source(&workspace)), changed)
    };
    let impact = Impact {
        dependents: graph.dependents(&changed.entries),
        suites: affected_suites(&graph, &changed),
        source,
        changed,
    };
    let mut out = Vec::new();
    match arguments.format {
        ListingFormat::Human => human(context, &graph, &impact, &mut out)?,
        ListingFormat::Json => {
            let document = documents::v1::listing("keelmark.impact.v1", body(&graph, &impact));
            documents::write(&document, &mut out)?;
        }
    }
    context.printer.data(&String::from_utf8_lossy(&out)).or_else(ignore_closed)?;
    // A suite may be missing from an answer that was found without knowing all references.
    let complete = graph.unreadable().next().is_none();
    Ok(if complete { Exit::Success } else { Exit::Undecided })
}

fn human(
    context: &Context,
    graph: &Graph,
    impact: &Impact,
    out: &mut Vec<u8>,
) -> Result<(), Failure> {
    let changed = &impact.changed;
    if let Some(source) = &impact.source {
        context.printer.say(&describe(source, context));
        let policies = changed.policies.iter().map(|policy| format!("policies/{policy}"));
        let touched = changed.entries.iter().map(ToString::to_string).chain(policies);
        for (at, name) in touched.enumerate() {
            let heading = if at == 0 { "changed\n" } else { "" };
            out.extend_from_slice(format!("{heading}  {}\n", escape::line(&name)).as_bytes());
        }
    }
    outline::dependents(graph, &impact.dependents, out)?;
    outline::suites(&impact.suites, out)?;
    let count = |count: usize, one: &str, many: &str| match count {
        1 => format!("1 {one}"),
        count => format!("{count} {many}"),
    };
    context.printer.say(&format!(
        "{}, {} to run",
        count(impact.dependents.len(), "dependent", "dependents"),
        count(impact.suites.len(), "suite", "suites")
    ));
    Ok(())
}

fn body(graph: &Graph, impact: &Impact) -> Value {
    let dependent = |(name, path): (&EntryName, &Path)| {
        let node = graph.nodes().get(name);
        json!({
            "entry": name,
            "version": node.and_then(|node| node.version.as_ref()),
            "status": node.and_then(|node| node.status),
            "path": path.names,
            "roles": path.edges.iter().map(|edge| edge.role.word()).collect::<Vec<_>>(),
        })
    };
    let suite = |(name, reasons): (&EntryName, &Vec<Reason>)| {
        let reasons: Vec<String> = reasons.iter().map(ToString::to_string).collect();
        json!({"suite": name, "reasons": reasons})
    };
    json!({
        "source": impact.source.as_ref().map(documents::v1::source),
        "changed": {"entries": impact.changed.entries, "policies": impact.changed.policies},
        "dependents": impact.dependents.iter().map(dependent).collect::<Vec<_>>(),
        "suites": impact.suites.iter().map(suite).collect::<Vec<_>>(),
        "unreadable": graph.unreadable().collect::<Vec<_>>(),
    })
}
