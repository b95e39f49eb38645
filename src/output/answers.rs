//! Two answers of a model, one below or beside the other, with the words that differ marked.

use similar::{Algorithm, ChangeTag, DiffTag, TextDiff};
use textwrap::core::display_width;

use super::human::Style;
use crate::escape;

/// Beyond this many words on one side answers are compared line by line: where everything differs,
/// the time grows with the square of the number.
const MOST_WORDS: usize = 2_000;

/// One answer.
#[derive(Debug, Clone, Copy)]
pub struct Column<'a> {
    /// What stands above it.
    pub heading: &'a str,
    /// The answer, or why there is none; as it came, not yet escaped.
    pub text: &'a str,
}

/// How two answers are put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrangement {
    /// The second below the first.
    Stacked,
    /// Side by side, in this many columns of the terminal.
    Beside(usize),
}

/// Which of two answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Old,
    New,
}

/// A piece of a line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Piece {
    differs: bool,
    text: String,
}

type Line = Vec<Piece>;

/// Shows one answer.
#[must_use]
pub fn one(column: Column<'_>) -> String {
    format!("── {}\n{}\n", escape::line(column.heading), escape::lines(column.text))
}

/// Shows two answers. What only the first has stands in `[-…-]` or is red, what only the second has
/// in `{+…+}` or is green.
#[must_use]
pub fn two(old: Column<'_>, new: Column<'_>, how: Arrangement, style: Style) -> String {
    if old.text == new.text {
        let heading = format!("{} and {}: the same answer", old.heading, new.heading);
        return one(Column { heading: &heading, text: new.text });
    }
    let (before, after) = compared(old.text, new.text);
    match how {
        Arrangement::Stacked => {
            let mut out = String::new();
            for (column, lines, side) in [(old, before, Side::Old), (new, after, Side::New)] {
                out.push_str(&format!("── {}\n", escape::line(column.heading)));
                for line in &lines {
                    out.push_str(&drawn(line, side, style));
                    out.push('\n');
                }
            }
            out
        }
        Arrangement::Beside(columns) => {
            // Three bars, and a blank on either side of a text.
            let width = (columns.saturating_sub(5) / 2).max(16);
            let wrapped = |column: Column<'_>, lines: &[Line], side| {
                let heading = vec![Piece {
                    differs: false,
                    text: format!("── {}", escape::line(column.heading)),
                }];
                let rows = std::iter::once(&heading).chain(lines);
                rows.flat_map(|line| wrap(line, width, style))
                    .map(|line| drawn(&line, side, style).trim_end().to_owned())
                    .collect::<Vec<String>>()
            };
            let left = wrapped(old, &before, Side::Old);
            let right = wrapped(new, &after, Side::New);
            let mut out = String::new();
            for row in 0..left.len().max(right.len()) {
                let cell = |side: &[String]| side.get(row).cloned().unwrap_or_default();
                let (first, second) = (cell(&left), cell(&right));
                // The bar in front keeps a wrapped line from looking like a workflow command.
                let gap = " ".repeat(width.saturating_sub(display_width(&first)));
                out.push_str(format!("│ {first}{gap}│ {second}").trim_end());
                out.push('\n');
            }
            out
        }
    }
}

/// Returns the lines of both answers, escaped, in pieces that differ or do not.
fn compared(old: &str, new: &str) -> (Vec<Line>, Vec<Line>) {
    let (old, new) = (escape::lines(old), escape::lines(new));
    let words = old.split_whitespace().count().max(new.split_whitespace().count());
    let diff = if words > MOST_WORDS {
        TextDiff::from_lines(old.as_str(), new.as_str())
    } else {
        // The others take shortcuts that are made for lines, and lose words that stayed.
        TextDiff::configure().algorithm(Algorithm::RawMyers).diff_words(old.as_str(), new.as_str())
    };
    let (mut before, mut after) = (Vec::new(), Vec::new());
    for op in diff.ops() {
        let differs = op.tag() != DiffTag::Equal;
        for change in diff.iter_changes(op) {
            if change.tag() != ChangeTag::Insert {
                push(&mut before, differs, change.value());
            }
            if change.tag() != ChangeTag::Delete {
                push(&mut after, differs, change.value());
            }
        }
    }
    (lines(join(before)), lines(join(after)))
}

fn push(pieces: &mut Vec<Piece>, differs: bool, text: &str) {
    match pieces.last_mut() {
        Some(last) if last.differs == differs => last.text.push_str(text),
        _ => pieces.push(Piece { differs, text: text.to_owned() }),
    }
}

/// Takes blanks between two words that differ into the difference.
fn join(pieces: Vec<Piece>) -> Vec<Piece> {
    let blank = |piece: &Piece| !piece.text.contains('\n') && piece.text.trim().is_empty();
    let count = pieces.len();
    let mut joined = Vec::new();
    for (at, piece) in pieces.into_iter().enumerate() {
        let between = at > 0 && at + 1 < count;
        let differs = piece.differs || (between && blank(&piece));
        push(&mut joined, differs, &piece.text);
    }
    joined
}

fn lines(pieces: Vec<Piece>) -> Vec<Line> {
    let mut lines = vec![Line::new()];
    for piece in pieces {
        for (at, text) in piece.text.split('\n').enumerate() {
            if at > 0 {
                lines.push(Line::new());
            }
            if !text.is_empty()
                && let Some(line) = lines.last_mut()
            {
                line.push(Piece { differs: piece.differs, text: text.to_owned() });
            }
        }
    }
    lines
}

/// Draws a line with its marks.
fn drawn(line: &Line, side: Side, style: Style) -> String {
    let (open, close) = match (style, side) {
        (Style::Plain, Side::Old) => ("[-", "-]"),
        (Style::Plain, Side::New) => ("{+", "+}"),
        (Style::Coloured, Side::Old) => ("\u{1b}[31m", "\u{1b}[0m"),
        (Style::Coloured, Side::New) => ("\u{1b}[32m", "\u{1b}[0m"),
    };
    let draw = |piece: &Piece| {
        if piece.differs { format!("{open}{}{close}", piece.text) } else { piece.text.clone() }
    };
    line.iter().map(draw).collect()
}

/// Breaks a line at blanks so that it fits; a word that is too long is cut.
fn wrap(line: &Line, width: usize, style: Style) -> Vec<Line> {
    let marks = if style == Style::Plain { 4 } else { 0 };
    let mut rows = vec![Line::new()];
    let mut used = 0;
    for piece in line {
        for word in piece.text.split_inclusive(' ') {
            let mut rest = word;
            while !rest.is_empty() {
                let row = rows.last_mut();
                let open = row.as_ref().and_then(|row| row.last()).map(|last| last.differs);
                let extra = if piece.differs && open != Some(true) { marks } else { 0 };
                // Blanks at the end of a row are seen only inside a mark.
                let seen = if piece.differs { rest } else { rest.trim_end() };
                let taken = if seen.is_empty() || used + extra + display_width(seen) <= width {
                    rest.len()
                } else if used > 0 {
                    rows.push(Line::new());
                    used = 0;
                    continue;
                } else {
                    fitting(rest, width.saturating_sub(extra))
                };
                let (text, after) = rest.split_at(taken);
                if let Some(row) = row {
                    push(row, piece.differs, text);
                }
                used += extra + display_width(text);
                rest = after;
            }
        }
    }
    rows
}

/// Returns how many bytes of a text fit into `room` columns; one character at least.
fn fitting(text: &str, room: usize) -> usize {
    let mut taken = 0;
    let mut width = 0;
    for c in text.chars() {
        width += display_width(c.encode_utf8(&mut [0; 4]));
        if width > room && taken > 0 {
            break;
        }
        taken += c.len_utf8();
    }
    taken
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn both(old: &str, new: &str, how: Arrangement, style: Style) -> String {
        let old = Column { heading: "published 1.0.0", text: old };
        two(old, Column { heading: "mine", text: new }, how, style)
    }

    #[test]
    fn words_that_differ_are_marked_on_both_sides() {
        let shown = both(
            "Refunds take 30 working days.\nSee KB-42.",
            "Refunds take 14 days.\nSee KB-42.",
            Arrangement::Stacked,
            Style::Plain,
        );
        assert_eq!(
            shown,
            "── published 1.0.0\nRefunds take [-30 working-] days.\nSee KB-42.\n── mine\nRefunds take {+14+} days.\nSee KB-42.\n"
        );
        let (old, new) = compared("Pay by day, write to ada and wait.", "Sleep; write to ada.");
        assert_eq!(
            drawn(&old[0], Side::Old, Style::Plain),
            "[-Pay by day,-] write to[- ada and wait.-]"
        );
        assert_eq!(drawn(&new[0], Side::New, Style::Plain), "{+Sleep;+} write to {+ada.+}");
        let coloured = both("a b", "a c", Arrangement::Stacked, Style::Coloured);
        assert!(coloured.contains("a \u{1b}[31mb\u{1b}[0m\n"), "{coloured:?}");
        assert!(coloured.contains("a \u{1b}[32mc\u{1b}[0m\n"), "{coloured:?}");
    }

    #[test]
    fn the_same_answer_is_shown_once() {
        let shown = both("yes", "yes", Arrangement::Stacked, Style::Plain);
        assert_eq!(shown, "── published 1.0.0 and mine: the same answer\nyes\n");
    }

    #[test]
    fn beside_each_other_lines_are_broken_at_blanks() {
        let shown = both(
            "one two three four five six seven",
            "one two three four five six eight",
            Arrangement::Beside(50),
            Style::Plain,
        );
        assert_eq!(
            shown,
            "│ ── published 1.0.0    │ ── mine\n│ one two three four    │ one two three four\n│ five six [-seven-]    │ five six {+eight+}\n"
        );
    }

    #[test]
    fn what_an_answer_holds_reaches_no_terminal_raw() {
        let evil = "\u{1b}[2J::error::x\n::error file=a::b \u{202e}";
        for how in [Arrangement::Stacked, Arrangement::Beside(40)] {
            let shown = both(evil, "fine", how, Style::Plain);
            assert!(!shown.chars().any(|c| c != '\n' && escape::is_dangerous(c)), "{shown:?}");
            assert!(!shown.lines().any(|line| line.trim_start().starts_with("::")), "{shown}");
        }
    }

    proptest! {
        #[test]
        fn nothing_is_lost_but_the_marks(
            old in "[a-d \n]{0,60}", new in "[a-d \n]{0,60}", width in 12_usize..40,
        ) {
            let (before, after) = compared(&old, &new);
            let text = |lines: &[Line]| {
                let line = |line: &Line| line.iter().map(|p| p.text.as_str()).collect::<String>();
                lines.iter().map(line).collect::<Vec<_>>().join("\n")
            };
            prop_assert_eq!(text(&before), escape::lines(&old));
            prop_assert_eq!(text(&after), escape::lines(&new));
            for line in before.iter().chain(&after) {
                let rows = wrap(line, width, Style::Plain);
                let joined: Line = rows.iter().flatten().cloned().collect();
                prop_assert_eq!(text(&[joined]), text(std::slice::from_ref(line)));
                for row in &rows {
                    let shown = drawn(row, Side::Old, Style::Plain);
                    prop_assert!(display_width(shown.trim_end()) <= width, "{shown:?}");
                }
            }
        }
    }
}
