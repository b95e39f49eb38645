//! `keelmark graph`.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::check::ignore_closed;
use crate::checks;
use crate::cli::args::{GraphArgs, GraphFormat};
use crate::cli::context::{Context, Wanted, Workspace, refuse_misconfigured};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::printer::Printer;
use crate::cli::select;
use crate::ident::EntryName;
use crate::lineage::{Edge, Graph, Node, Target};
use crate::output::{dot, json as documents, mermaid, outline};

pub(in crate::cli) fn run(context: &Context, arguments: &GraphArgs) -> Result<Exit, Failure> {
    let workspace = context.open()?.workspace(&Wanted::from(&arguments.tree), context)?;
    refuse_misconfigured(&workspace)?;
    let mut graph = read(&workspace)?;
    if !arguments.entries.is_empty() {
        let named = arguments.entries.iter().map(|text| named(&workspace, &graph, text));
        graph = graph.around(&named.collect::<Result<BTreeSet<EntryName>, Failure>>()?);
    }
    let mut out = Vec::new();
    match arguments.format {
        GraphFormat::Mermaid => {
            mermaid::write(&graph, &mut out)?;
            if graph.edges().len() > mermaid::MAX_EDGES {
                context.printer.say(&format!(
                    "Mermaid draws at most {} edges unless told otherwise, and these are {}; name entries to draw a part",
                    mermaid::MAX_EDGES,
                    graph.edges().len()
                ));
            }
        }
        GraphFormat::Dot => dot::write(&graph, &mut out)?,
        GraphFormat::Human => outline::graph(&graph, &mut out)?,
        GraphFormat::Json => {
            let body = json!({
                "entries": graph.nodes().iter().map(entry).collect::<Vec<_>>(),
                "edges": graph.edges().iter().map(edge).collect::<Vec<_>>(),
                "cycles": graph.cycles(),
            });
            documents::write(&documents::v1::listing("keelmark.graph.v1", body), &mut out)?;
        }
    }
    context.printer.data(&String::from_utf8_lossy(&out)).or_else(ignore_closed)?;
    Ok(Exit::Success)
}

/// Reads the graph of the tree, and says what is not in it.
pub(super) fn read(workspace: &Workspace) -> Result<Graph, Failure> {
    let graph = checks::graph(&workspace.layout, workspace.snapshot())?;
    for name in graph.unreadable() {
        Printer::insist(&format!("`{name}` cannot be read, so nobody knows what it uses"));
    }
    Ok(graph)
}

/// Finds an entry that was named. A version may stand behind it where it is the one in this tree.
pub(super) fn named(
    workspace: &Workspace,
    graph: &Graph,
    text: &str,
) -> Result<EntryName, Failure> {
    let selected = select::entry(workspace, text)?;
    let name = selected.name;
    let here = graph.nodes().get(&name).and_then(|node| node.version.as_deref());
    match selected.version.map(|version| version.to_string()) {
        Some(version) if here != Some(version.as_str()) => {
            let here = here.unwrap_or("none");
            Err(Failure::usage(format!("`{name}` has version {here} here, not {version}"))
                .hint("leave the version out, or name another tree with `--rev`"))
        }
        _ => Ok(name),
    }
}

fn entry((name, node): (&EntryName, &Node)) -> Value {
    json!({"entry": name, "version": node.version, "status": node.status})
}

fn edge(edge: &Edge) -> Value {
    json!({
        "from": edge.from,
        "to": edge.to.name(),
        "missing": !matches!(edge.to, Target::Entry(_)),
        "role": edge.role.word(),
        "slot": edge.role.slot(),
        "written": edge.written,
        "pointer": edge.pointer,
        "carries_impact": edge.carries_impact(),
    })
}
