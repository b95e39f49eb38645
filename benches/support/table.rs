//! The table that is printed.

use std::fmt;
use std::time::Duration;

/// What a row must reach.
#[derive(Clone, Copy)]
pub(crate) enum Bar {
    /// At most this many times the other side's time.
    Times(f64),
    /// At least this many times the other side's throughput.
    Throughput(f64),
    /// At most this many milliseconds.
    Milliseconds(f64),
    /// At most this many seconds.
    Seconds(f64),
    /// At most this many megabytes (10⁶ bytes).
    Megabytes(f64),
    /// At most this many bytes of memory for each case.
    BytesPerCase(f64),
    /// At least this many cases a second.
    CasesPerSecond(f64),
}

impl Bar {
    /// Says whether a value reaches the bar.
    fn verdict(self, value: f64) -> &'static str {
        let met = match self {
            Self::Throughput(least) | Self::CasesPerSecond(least) => value >= least,
            Self::Times(most)
            | Self::Milliseconds(most)
            | Self::Seconds(most)
            | Self::Megabytes(most)
            | Self::BytesPerCase(most) => value <= most,
        };
        if met { "met" } else { "missed" }
    }

    fn shown(self, value: f64) -> String {
        match self {
            Self::Times(_) | Self::Throughput(_) => format!("{value:.2}×"),
            Self::Milliseconds(_) => format!("{value:.1} ms"),
            Self::Seconds(_) => format!("{value:.0} s"),
            Self::Megabytes(_) => format!("{value:.1} MB"),
            Self::BytesPerCase(_) => format!("{value:.1} B"),
            Self::CasesPerSecond(_) => format!("{value:.0}/s"),
        }
    }
}

impl fmt::Display for Bar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Times(most) => write!(f, "≤ {most}×"),
            Self::Throughput(least) => write!(f, "≥ {least}× throughput"),
            Self::Milliseconds(most) => write!(f, "≤ {most} ms"),
            Self::Seconds(most) => write!(f, "≤ {most} s"),
            Self::Megabytes(most) => write!(f, "≤ {most} MB"),
            Self::BytesPerCase(most) => write!(f, "≤ {most} B a case"),
            Self::CasesPerSecond(least) => write!(f, "≥ {least}/s"),
        }
    }
}

/// Prints the head of the table.
pub(crate) fn head() {
    println!("| measured | keelmark | compared with | result | bar | |");
    println!("|---|---|---|---|---|---|");
}

/// Prints a row whose result is judged.
pub(crate) fn row(what: &str, sides: (&str, &str), result: f64, bar: Bar) {
    let (ours, theirs) = sides;
    let (shown, verdict) = (bar.shown(result), bar.verdict(result));
    println!("| {what} | {ours} | {theirs} | {shown} | {bar} | {verdict} |");
}

/// Prints a row that nothing is demanded of; `said` is why it has no result, where it has none.
pub(crate) fn plain(what: &str, sides: (&str, &str), result: &str, said: &str) {
    let (ours, theirs) = sides;
    println!("| {what} | {ours} | {theirs} | {result} | – | {said} |");
}

/// Prints a row without a result, and why.
pub(crate) fn gap(what: &str, bar: Bar, why: &str) {
    println!("| {what} | – | – | – | {bar} | {why} |");
}

/// Writes a time with the digits that it deserves.
pub(crate) fn time(time: Duration) -> String {
    let milliseconds = time.as_secs_f64() * 1e3;
    if milliseconds < 100.0 {
        format!("{milliseconds:.1} ms")
    } else if milliseconds < 10_000.0 {
        format!("{milliseconds:.0} ms")
    } else {
        format!("{:.1} s", milliseconds / 1e3)
    }
}
