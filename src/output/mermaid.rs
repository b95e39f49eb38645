//! A graph as a Mermaid flowchart, for Markdown pages.
//!
//! Text from the repository goes through [`escape::mermaid`].

use std::collections::BTreeMap;
use std::io::{self, Write};

use crate::escape;
use crate::ident::EntryName;
use crate::lineage::Graph;

/// The most edges that Mermaid draws unless its page is configured otherwise (`maxEdges`).
pub const MAX_EDGES: usize = 500;

/// Writes a graph, from users to what they use. What is missing is dashed and marked, and its edge
/// ends in a cross; an edge that carries no impact is dotted.
///
/// # Errors
/// When the writer fails.
pub fn write(graph: &Graph, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "flowchart LR")?;
    for (name, node) in graph.nodes() {
        let mut label = escape::mermaid(&name.to_string());
        if let Some(version) = &node.version {
            label.push_str("<br/>");
            label.push_str(&escape::mermaid(version));
        }
        let class = match node.mark() {
            Some(mark) => {
                label.push_str(&format!("<br/>({mark})"));
                format!(":::{mark}")
            }
            None => String::new(),
        };
        writeln!(out, "  {}[\"{label}\"]{class}", id(name))?;
    }
    let missing: BTreeMap<String, String> =
        graph.missing().into_iter().zip((0..).map(|at| format!("missing{at}"))).collect();
    for (end, id) in &missing {
        writeln!(out, "  {id}[\"{}<br/>(missing)\"]:::missing", escape::mermaid(end))?;
    }
    for edge in graph.edges() {
        let (arrow, to) = match edge.to.entry() {
            Some(name) if edge.carries_impact() => ("-->", id(name)),
            Some(name) => ("-.->", id(name)),
            None => ("-.-x", missing.get(&edge.end()).cloned().unwrap_or_default()),
        };
        let label: Vec<String> = edge.label().iter().map(|word| escape::mermaid(word)).collect();
        writeln!(out, "  {} {arrow}|\"{}\"| {to}", id(&edge.from), label.join(" "))?;
    }
    for class in ["draft", "unreadable", "missing"] {
        writeln!(out, "  classDef {class} stroke-dasharray:4 4")?;
    }
    for class in ["deprecated", "removed"] {
        writeln!(out, "  classDef {class} opacity:0.5")?;
    }
    Ok(())
}

/// Returns a word that only this entry has, and that is none of Mermaid's.
fn id(name: &EntryName) -> String {
    let mut id = String::new();
    for c in name.to_string().chars() {
        match c {
            '_' => id.push_str("__"),
            '/' => id.push_str("_s"),
            '-' => id.push_str("_d"),
            c => id.push(c),
        }
    }
    id
}
