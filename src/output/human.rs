//! `human`: what a person reads in a terminal, drawn by miette.

use std::fmt;
use std::io::{self, Write};

use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, SourceCode,
    SourceSpan,
};
use textwrap::{WordSeparator, WordSplitter};

use super::{concise, summary};
use crate::checks::report::Report;
use crate::escape;
use crate::finding::{Finding, Place, Severity};
use crate::source::Span;

/// How the text is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// With colours.
    Coloured,
    /// Without; nothing is said by colour alone.
    Plain,
}

/// The longest line that is shown with its neighbours; longer ones are cut out of the picture.
const MAX_LINE: usize = 400;

/// How many inherited findings are listed before the rest is only counted.
const INHERITED_SHOWN: usize = 5;

/// Writes a report: findings with their lines, inherited ones as one line each, a summary.
///
/// # Errors
/// When the writer fails.
pub fn write(report: &Report, style: Style, out: &mut dyn Write) -> io::Result<()> {
    concise::write_overridden(report, out)?;
    for finding in report.findings.iter().filter(|finding| !finding.inherited) {
        writeln!(out, "{}", draw(finding, style))?;
    }
    let inherited: Vec<&Finding> = report.findings.iter().filter(|f| f.inherited).collect();
    for finding in inherited.iter().take(INHERITED_SHOWN) {
        writeln!(out, "{}", concise::finding_line(finding))?;
    }
    if let Some(more) = inherited.len().checked_sub(INHERITED_SHOWN).filter(|more| *more > 0) {
        writeln!(out, "and {more} more inherited; `keelmark check --all` judges them")?;
    }
    writeln!(out, "{}", summary::line(report))
}

/// Draws one finding.
#[must_use]
pub fn draw(finding: &Finding, style: Style) -> String {
    let theme = match style {
        Style::Coloured => GraphicalTheme::unicode(),
        Style::Plain => GraphicalTheme::unicode_nocolor(),
    };
    let handler = GraphicalReportHandler::new_themed(theme)
        .with_width(100)
        // A command or a path in two lines could not be copied.
        .with_word_separator(WordSeparator::AsciiSpace)
        .with_word_splitter(WordSplitter::NoHyphenation)
        .with_break_words(false)
        .with_links(false)
        .with_context_lines(1);
    let mut text = String::new();
    match handler.render_report(&mut text, &Drawn::of(finding)) {
        Ok(()) => text.trim_end().lines().map(str::trim_end).collect::<Vec<_>>().join("\n") + "\n",
        Err(_) => concise::finding_line(finding),
    }
}

/// A finding as miette sees it.
#[derive(Debug)]
struct Drawn {
    head: String,
    severity: miette::Severity,
    help: Option<String>,
    source: Option<NamedSource<String>>,
    labels: Vec<LabeledSpan>,
    related: Vec<Self>,
}

impl Drawn {
    fn of(finding: &Finding) -> Self {
        let severity = match finding.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
            Severity::Note => miette::Severity::Advice,
        };
        let place = &finding.place;
        let here = |other: &Place| {
            other.file.path() == place.file.path() && other.file.revision() == place.file.revision()
        };
        let message = escape::line(&finding.message);
        let mut drawn = Self::at(place, String::new(), severity);
        drawn.head = format!("{}[{}]: {message}", finding.severity.word(), finding.rule.id);
        drawn.help = finding.help.as_deref().map(escape::lines);
        for related in &finding.related {
            let words = escape::line(&related.message);
            if here(&related.place) && drawn.source.is_some() {
                drawn.labels.push(label(&related.place, Some(words)));
            } else {
                let mut other = Self::at(&related.place, String::new(), miette::Severity::Advice);
                other.head = words;
                drawn.related.push(other);
            }
        }
        if drawn.source.is_none() {
            let at = place.file.position(place.span.start);
            let path = escape::line(&place.file.path().to_text());
            let line = place.file.text().is_empty();
            let at = if line { path } else { format!("{path}:{}:{}", at.line, at.column) };
            drawn.head = format!("{}\n  at {at}", drawn.head);
        }
        drawn
    }

    /// Draws a place; without source where its line is too long or its text is not at hand.
    fn at(place: &Place, words: String, severity: miette::Severity) -> Self {
        let text = place.file.text();
        let drawable = !text.is_empty() && line_length(text, place.span) <= MAX_LINE;
        let name = match place.file.revision() {
            Some(revision) => format!("{} at {revision}", place.file.path()),
            None => place.file.path().to_string(),
        };
        let words = (!words.is_empty()).then_some(words);
        Self {
            head: String::new(),
            severity,
            help: None,
            source: drawable.then(|| NamedSource::new(escape::line(&name), escape::source(text))),
            labels: if drawable { vec![label(place, words)] } else { Vec::new() },
            related: Vec::new(),
        }
    }
}

/// A label; its first line only, clamped to the text.
fn label(place: &Place, words: Option<String>) -> LabeledSpan {
    let text = place.file.text();
    let start = place.span.range().start.min(text.len());
    let end = place.span.range().end.min(text.len());
    let first = text.get(start..end).and_then(|t| t.lines().next()).map_or(0, str::len);
    let length = if first == 0 && start < text.len() { (end - start).min(1) } else { first };
    LabeledSpan::new_with_span(words, SourceSpan::new(start.into(), length))
}

/// Returns the length of the longest line that a drawing of `span` would show.
fn line_length(text: &str, span: Span) -> usize {
    let start = span.range().start.min(text.len());
    let before = text.get(..start).unwrap_or_default();
    let after = text.get(start..).unwrap_or_default();
    let own = before.rsplit('\n').next().map_or(0, str::len)
        + after.split('\n').next().map_or(0, str::len);
    let neighbours = before.rsplit('\n').nth(1).into_iter().chain(after.split('\n').nth(1));
    neighbours.map(str::len).chain([own]).max().unwrap_or(0)
}

impl fmt::Display for Drawn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.head)
    }
}

impl std::error::Error for Drawn {}

impl Diagnostic for Drawn {
    fn severity(&self) -> Option<miette::Severity> {
        Some(self.severity)
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.source.as_ref().map(|source| source as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.labels.iter().cloned()))
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn Diagnostic> + 'a>> {
        Some(Box::new(self.related.iter().map(|related| related as &dyn Diagnostic)))
    }
}
