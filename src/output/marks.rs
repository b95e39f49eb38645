//! Two texts under each other, with the words that differ marked: `[-old-]` and `{+new+}`.

use similar::{ChangeTag, TextDiff};

use super::human::Style;
use crate::escape;

/// Writes the lines that differ, each with one line around it, behind `indent` blanks.
#[must_use]
pub fn differences(before: &str, after: &str, indent: usize, style: Style) -> String {
    let mut out = String::new();
    let (before, after) = (escape::source_lines(before), escape::source_lines(after));
    let diff = TextDiff::from_lines(before.as_str(), after.as_str());
    for group in diff.grouped_ops(1) {
        for op in &group {
            let lines: Vec<_> = diff.iter_inline_changes(op).collect();
            for line in lines {
                let (sign, open, close) = match line.tag() {
                    ChangeTag::Equal => (' ', "", ""),
                    ChangeTag::Delete => ('-', "[-", "-]"),
                    ChangeTag::Insert => ('+', "{+", "+}"),
                };
                let blanks = " ".repeat(indent);
                out.push_str(&format!("{blanks}{}{sign} ", colour(style, line.tag())));
                for (emphasised, piece) in line.iter_strings_lossy() {
                    let piece = piece.trim_end_matches(['\n', '\r']);
                    if emphasised && !piece.is_empty() {
                        out.push_str(&format!("{open}{piece}{close}"));
                    } else {
                        out.push_str(piece);
                    }
                }
                out.push_str(if style == Style::Coloured { "\u{1b}[0m\n" } else { "\n" });
            }
        }
    }
    out
}

const fn colour(style: Style, tag: ChangeTag) -> &'static str {
    match (style, tag) {
        (Style::Coloured, ChangeTag::Delete) => "\u{1b}[31m",
        (Style::Coloured, ChangeTag::Insert) => "\u{1b}[32m",
        _ => "",
    }
}
