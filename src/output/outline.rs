//! A graph, and what a change reaches in it, as lines for people.

use std::collections::BTreeMap;
use std::io::{self, Write};

use crate::escape;
use crate::ident::{EntryName, Kind};
use crate::lineage::{Edge, Graph, Node, Path, Reason};

/// Writes each entry with what it names below it.
///
/// # Errors
/// When the writer fails.
pub fn graph(graph: &Graph, out: &mut dyn Write) -> io::Result<()> {
    let label = |edge: &Edge| escape::line(&edge.label().join(" "));
    let width = graph.edges().iter().map(|edge| label(edge).chars().count()).max().unwrap_or(0);
    let mut edges = graph.edges().iter().peekable();
    for (name, node) in graph.nodes() {
        writeln!(out, "{}", entry(name, Some(node)))?;
        while let Some(edge) = edges.next_if(|edge| edge.from == *name) {
            let label = label(edge);
            let missing = if edge.to.entry().is_none() { " (missing)" } else { "" };
            writeln!(out, "  {label:width$} → {}{missing}", escape::line(&edge.end()))?;
        }
    }
    for circle in graph.cycles() {
        let names: Vec<String> = circle.iter().map(ToString::to_string).collect();
        writeln!(out, "circle: {}", names.join(", "))?;
    }
    Ok(())
}

/// Writes what is reached, by kind, with the chain to it.
///
/// # Errors
/// When the writer fails.
pub fn dependents(
    graph: &Graph,
    dependents: &BTreeMap<EntryName, Path>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let shown = |name| entry(name, graph.nodes().get(name));
    let width = dependents.keys().map(|name| shown(name).chars().count()).max().unwrap_or(0);
    for kind in Kind::ALL {
        let mut heading = Some(kind.folder());
        for (name, path) in dependents.iter().filter(|(name, _)| name.kind == kind) {
            if let Some(heading) = heading.take() {
                writeln!(out, "{heading}")?;
            }
            writeln!(out, "  {:width$}  {path}", shown(name))?;
        }
    }
    Ok(())
}

/// Writes the suites to run, each with its reasons.
///
/// # Errors
/// When the writer fails.
pub fn suites(suites: &BTreeMap<EntryName, Vec<Reason>>, out: &mut dyn Write) -> io::Result<()> {
    if !suites.is_empty() {
        writeln!(out, "would run")?;
    }
    for (suite, reasons) in suites {
        writeln!(out, "  {suite}")?;
        for reason in reasons {
            writeln!(out, "    {reason}")?;
        }
    }
    Ok(())
}

fn entry(name: &EntryName, node: Option<&Node>) -> String {
    let mut shown = name.to_string();
    if let Some(version) = node.and_then(|node| node.version.as_deref()) {
        shown.push(' ');
        shown.push_str(&escape::line(version));
    }
    if let Some(mark) = node.and_then(Node::mark) {
        shown.push_str(&format!(" ({mark})"));
    }
    shown
}
