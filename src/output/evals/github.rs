//! `github`: annotations at the rows of cases that did not pass.
//!
//! GitHub shows ten errors and ten warnings of a step; what is beyond is counted in the log.

use std::io::{self, Write};

use super::failing::{Failing, failing};
use super::{Standing, in_order, standing, words};
use crate::escape;
use crate::evals::record::Outcome;
use crate::evals::report::{Report, why};
use crate::output::github::{Annotation, command};

/// How many annotations of one level GitHub shows.
const MOST: usize = 10;

/// Writes reports: annotations, and how the gate of each run stands.
///
/// # Errors
/// When the writer fails.
pub fn write(reports: &[Report], out: &mut dyn Write) -> io::Result<()> {
    annotate(reports, out)?;
    for report in in_order(reports) {
        let (title, why) = (words::title(&report.run), standing::why(report));
        let line = format!("{title}: gate {} — {why}", Standing::of(report).word());
        writeln!(out, "{}", escape::line(&line))?;
    }
    if reports.is_empty() { writeln!(out, "no run to report") } else { Ok(()) }
}

/// Writes the annotations alone.
///
/// # Errors
/// When the writer fails.
pub fn annotate(reports: &[Report], out: &mut dyn Write) -> io::Result<()> {
    let reports = in_order(reports);
    let all =
        || reports.iter().flat_map(|report| failing(report).into_iter().map(|f| (*report, f)));
    let is_warning = |failing: &Failing<'_>| failing.case.outcome == Outcome::Unscored;
    for (level, wanted) in [("error", false), ("warning", true)] {
        let mut written = 0_usize;
        for (report, failing) in all().filter(|(_, failing)| is_warning(failing) == wanted) {
            written += 1;
            if written <= MOST {
                writeln!(out, "{}", annotation(level, report, failing))?;
            }
        }
        match written.saturating_sub(MOST) {
            0 => {}
            1 => writeln!(out, "and 1 more {level}, which GitHub would not show")?,
            more => writeln!(out, "and {more} more {level}s, which GitHub would not show")?,
        }
    }
    Ok(())
}

fn annotation(level: &'static str, report: &Report, failing: Failing<'_>) -> String {
    let case = failing.case;
    let reason = words::cut(&why(case));
    command(&Annotation {
        level,
        place: report.place(case),
        title: &format!("keelmark: {} {}", case.case, case.outcome.word()),
        message: &format!("{}: {}{reason}", words::title(&report.run), failing.share()),
    })
}

#[cfg(test)]
mod tests;
