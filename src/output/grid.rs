//! Columns that stand under each other, and paragraphs, within 100 columns where that can be.

use std::io::{self, Write};

use crate::escape;
use crate::output::human::Style;

/// The columns of a terminal that reports are made for.
const WIDTH: usize = 100;

/// The least width of a last column, however wide the others are.
const LEAST: usize = 30;

/// Blanks between columns.
const GAP: usize = 2;

/// A way to set words apart; none says anything alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hue {
    /// Bold, for headings.
    Bold,
    /// For what is broken.
    Red,
    /// For what is open.
    Yellow,
    /// For what holds.
    Green,
}

/// Colours a text that is escaped already.
pub fn paint(style: Style, hue: Hue, text: &str) -> String {
    let code = match (style, hue) {
        (Style::Plain, _) => return text.to_owned(),
        (Style::Coloured, Hue::Bold) => "1",
        (Style::Coloured, Hue::Red) => "31",
        (Style::Coloured, Hue::Yellow) => "33",
        (Style::Coloured, Hue::Green) => "32",
    };
    format!("\u{1b}[{code}m{text}\u{1b}[0m")
}

/// Writes a text as a paragraph behind `indent` blanks; further lines stand two blanks deeper.
pub fn paragraph(text: &str, indent: usize, out: &mut dyn Write) -> io::Result<()> {
    let safe = escape::line(text);
    for (place, line) in folded(&safe, WIDTH - indent - GAP).iter().enumerate() {
        let blanks = " ".repeat(if place == 0 { indent } else { indent + GAP });
        writeln!(out, "{blanks}{line}")?;
    }
    Ok(())
}

/// Folds a line between words.
fn folded(text: &str, width: usize) -> Vec<String> {
    textwrap::wrap(text, width).into_iter().map(|line| line.trim_end().to_owned()).collect()
}

/// One cell.
#[derive(Debug, Clone)]
pub struct Cell {
    text: String,
    hue: Option<Hue>,
}

impl Cell {
    /// Makes a cell without colour.
    pub fn plain(text: impl AsRef<str>) -> Self {
        Self { text: escape::line(text.as_ref()), hue: None }
    }

    /// Makes a cell with a colour.
    pub fn hued(text: &str, hue: Hue) -> Self {
        Self { text: escape::line(text), hue: Some(hue) }
    }

    fn width(&self) -> usize {
        self.text.chars().count()
    }

    /// Folds the text; before an interval rather than within it.
    fn folded(&self, room: usize) -> Vec<String> {
        let fits = |part: &str| part.chars().count() <= room;
        if let (false, Some(at)) = (fits(&self.text), self.text.find(" (")) {
            let (value, interval) = self.text.split_at(at);
            if fits(value) && fits(interval.trim_start()) {
                return vec![value.to_owned(), interval.trim_start().to_owned()];
            }
        }
        folded(&self.text, room)
    }
}

/// A row with a sentence below it; the sentence may be empty.
#[derive(Debug, Clone)]
struct Row {
    cells: Vec<Cell>,
    remark: String,
}

/// Rows of cells.
#[derive(Debug, Clone)]
pub struct Grid {
    style: Style,
    head: Option<Row>,
    rows: Vec<Row>,
}

impl Grid {
    /// Begins with the names of the columns; no name leaves the line out.
    pub fn new(style: Style, columns: &[&str]) -> Self {
        let cells: Vec<Cell> = columns.iter().map(Cell::plain).collect();
        let head = (!cells.is_empty()).then(|| Row { cells, remark: String::new() });
        Self { style, head, rows: Vec::new() }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: Vec<Cell>) {
        self.rows.push(Row { cells, remark: String::new() });
    }

    /// Puts a sentence below the last row.
    pub fn remark(&mut self, text: String) {
        if let Some(row) = self.rows.last_mut() {
            row.remark = text;
        }
    }

    /// Writes the rows two blanks in; the last column folds. Without rows there is nothing.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        if self.rows.is_empty() {
            return Ok(());
        }
        let rows = || self.head.iter().chain(&self.rows);
        let columns = rows().map(|row| row.cells.len()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..columns)
            .map(|column| {
                let cells = rows().filter_map(|row| row.cells.get(column));
                cells.map(Cell::width).max().unwrap_or(0)
            })
            .collect();
        rows().try_for_each(|row| self.write_row(row, &widths, out))
    }

    fn write_row(&self, row: &Row, widths: &[usize], out: &mut dyn Write) -> io::Result<()> {
        let mut line = " ".repeat(GAP);
        let mut offset = GAP;
        let last = row.cells.len().saturating_sub(1);
        for (place, (cell, width)) in row.cells.iter().zip(widths).enumerate() {
            if place == last {
                let room = WIDTH.saturating_sub(offset).max(LEAST);
                let blanks = format!("\n{}", " ".repeat(offset));
                line.push_str(&self.show(cell, &cell.folded(room).join(&blanks)));
            } else if *width > 0 {
                line.push_str(&self.show(cell, &cell.text));
                line.push_str(&" ".repeat(width - cell.width() + GAP));
                offset += width + GAP;
            }
        }
        writeln!(out, "{}", line.trim_end())?;
        if row.remark.is_empty() { Ok(()) } else { paragraph(&row.remark, GAP * 2, out) }
    }

    fn show(&self, cell: &Cell, text: &str) -> String {
        cell.hue.map_or_else(|| text.to_owned(), |hue| paint(self.style, hue, text))
    }
}
