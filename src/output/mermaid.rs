//! A graph as a Mermaid flowchart, for Markdown pages.
//!
//! Mermaid looks for its own words in front of strings (`direction TB` anywhere in a line is one),
//! and edits lines before it parses them. So every character of a text from the repository that is
//! no letter, digit or one of `/ _ - . @ ^ ~` is written as the entity code that Mermaid reads:
//! `#34;`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
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
        let mut label = text(&name.to_string());
        if let Some(version) = &node.version {
            label.push_str("<br/>");
            label.push_str(&text(version));
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
        writeln!(out, "  {id}[\"{}<br/>(missing)\"]:::missing", text(end))?;
    }
    for edge in graph.edges() {
        let (arrow, to) = match edge.to.entry() {
            Some(name) if edge.carries_impact() => ("-->", id(name)),
            Some(name) => ("-.->", id(name)),
            None => ("-.-x", missing.get(&edge.end()).cloned().unwrap_or_default()),
        };
        let label: Vec<String> = edge.label().iter().map(|word| text(word)).collect();
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

fn text(text: &str) -> String {
    let mut safe = String::new();
    for c in escape::line(text).chars() {
        if c.is_alphanumeric() || "/_-.@^~".contains(c) {
            safe.push(c);
        } else {
            // Writing to a `String` cannot fail.
            let _ = write!(safe, "#{};", u32::from(c));
        }
    }
    safe
}
