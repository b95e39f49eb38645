//! A graph in the DOT language of Graphviz.

use std::collections::BTreeMap;
use std::io::{self, Write};

use crate::escape;
use crate::lineage::Graph;

/// Writes a graph, from users to what they use. What is missing is dashed and marked; an edge that
/// carries no impact is dotted.
///
/// # Errors
/// When the writer fails.
pub fn write(graph: &Graph, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "digraph keelmark {{\n  rankdir=LR;\n  node [shape=box];")?;
    for (name, node) in graph.nodes() {
        let mut label = name.to_string();
        if let Some(version) = &node.version {
            label.push_str("\\n");
            label.push_str(&text(version));
        }
        let style = match node.mark() {
            Some(mark) => {
                label.push_str(&format!("\\n({mark})"));
                match mark {
                    "draft" | "unreadable" => ", style=dashed",
                    _ => ", color=gray, fontcolor=gray",
                }
            }
            None => "",
        };
        writeln!(out, "  \"{name}\" [label=\"{label}\"{style}];")?;
    }
    // An entry's name holds a `/`, so that none can be called so.
    let missing: BTreeMap<String, String> =
        graph.missing().into_iter().zip((0..).map(|at| format!("missing{at}"))).collect();
    for (end, id) in &missing {
        writeln!(out, "  \"{id}\" [label=\"{}\\n(missing)\", style=dashed];", text(end))?;
    }
    for edge in graph.edges() {
        let (style, to) = match edge.to.entry() {
            Some(name) if edge.carries_impact() => ("", name.to_string()),
            Some(name) => (", style=dotted", name.to_string()),
            None => (", style=dashed", missing.get(&edge.end()).cloned().unwrap_or_default()),
        };
        let label = text(&edge.label().join(" "));
        writeln!(out, "  \"{}\" -> \"{to}\" [label=\"{label}\"{style}];", edge.from)?;
    }
    writeln!(out, "}}")
}

/// Makes a text safe in a quoted label, where Graphviz reads backslashes and HTML entities.
fn text(text: &str) -> String {
    escape::line(text).replace('&', "&amp;").replace('\\', "\\\\").replace('"', "\\\"")
}
