//! `github`: workflow commands that GitHub shows as annotations on a pull request.
//!
//! Form: `::error file=…,line=…,endLine=…,col=…,endColumn=…,title=…::message`. GitHub shows
//! columns only where the annotation stays on one line. Escapes as its runner undoes them: `%`,
//! CR and LF in data, also `:` and `,` in properties (`actions/toolkit`, `command.ts`).

use std::io::{self, Write};

use super::summary;
use crate::checks::report::Report;
use crate::escape;
use crate::finding::{Finding, Place, Severity};

/// Writes a report.
///
/// # Errors
/// When the writer fails.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    annotate(report, out)?;
    writeln!(out, "{}", summary::line(report))
}

/// Writes the annotations alone, overrides first.
///
/// # Errors
/// When the writer fails.
pub fn annotate(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    for silenced in &report.overridden {
        let mut finding = silenced.finding.clone();
        finding.severity = Severity::Note;
        finding.message = format!("overridden ({}): {}", silenced.reason, finding.message);
        writeln!(out, "{}", of_finding(&finding))?;
    }
    for finding in report.findings.iter().filter(|finding| !finding.inherited) {
        writeln!(out, "{}", of_finding(finding))?;
    }
    Ok(())
}

fn of_finding(finding: &Finding) -> String {
    let level = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    };
    let help = finding.help.as_deref().map(|help| format!("\nhelp: {help}")).unwrap_or_default();
    command(&Annotation {
        level,
        place: Some(&finding.place),
        title: &format!("keelmark: {}", finding.rule.id),
        message: &format!("{}{help}", finding.message),
    })
}

/// One annotation.
#[derive(Debug, Clone, Copy)]
pub(super) struct Annotation<'a> {
    /// `error`, `warning` or `notice`.
    pub(super) level: &'static str,
    /// Where it is shown; one without a place stands at the run.
    pub(super) place: Option<&'a Place>,
    /// Its title.
    pub(super) title: &'a str,
    /// Its text, of one or several lines.
    pub(super) message: &'a str,
}

/// Returns the workflow command of an annotation.
pub(super) fn command(annotation: &Annotation<'_>) -> String {
    let Annotation { level, place, title, message } = annotation;
    let place = place.map(position).unwrap_or_default();
    format!("::{level} {place}title={}::{}", property(title), data(message))
}

fn position(place: &Place) -> String {
    let (start, end) = (place.file.position(place.span.start), place.file.position(place.span.end));
    let columns = if start.line == end.line {
        format!("col={},endColumn={},", start.column, end.column)
    } else {
        String::new()
    };
    let path = property(&place.file.path().to_text());
    format!("file={path},line={},endLine={},{columns}", start.line, end.line)
}

fn data(text: &str) -> String {
    let safe: Vec<String> = text.split('\n').map(escape::line).collect();
    safe.join("\n").replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::finding::{Family, Rule};
    use crate::path::RepoPath;
    use crate::source::{SourceFile, Span};

    static RULE: Rule = Rule::error("some-rule", Family::Shape, "some");

    fn finding(path: &str, message: &str) -> Finding {
        let file = SourceFile::new(RepoPath::from(path), "a: 1\nb: 2\n".to_owned());
        Finding::new(&RULE, Place { file, pointer: String::new(), span: Span::new(5, 6) }, message)
    }

    #[test]
    fn a_finding_is_one_annotation_at_its_place() {
        assert_eq!(
            of_finding(&finding("r/a.yaml", "50 % of: x, y").help("mend it")),
            "::error file=r/a.yaml,line=2,endLine=2,col=1,endColumn=2,title=keelmark%3A some-rule\
             ::50 %25 of: x, y%0Ahelp: mend it"
        );
    }

    proptest! {
        #[test]
        fn no_text_breaks_out_of_its_annotation(path in any::<String>(), message in any::<String>()) {
            let command = of_finding(&finding(&path, &message));
            prop_assert_eq!(command.lines().count(), 1);
            prop_assert!(!command.contains('\r'));
            let rest = command.strip_prefix("::error file=").unwrap_or_default();
            let properties = rest.split("::").next().unwrap_or_default();
            prop_assert_eq!(properties.matches(',').count(), 5);
        }
    }
}
