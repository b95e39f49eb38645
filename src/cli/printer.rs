//! Where words go: data to stdout, talk to stderr.

use std::io::{self, IsTerminal as _, Write as _};

use super::args::{Color, Global};
use super::env::EnvVars;
use crate::output::human::Style;

/// How much is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Verbosity {
    /// Nothing: what is said is another's to say.
    Mute,
    /// Results only.
    Quiet,
    /// Results and what people need to follow them.
    Normal,
    /// More.
    Verbose,
}

/// Writes to the two streams.
#[derive(Debug)]
pub(super) struct Printer {
    style: Style,
    verbosity: Verbosity,
}

impl Printer {
    /// Decides on colours and on how much is said.
    #[must_use]
    pub(super) fn new(global: &Global, environment: &EnvVars) -> Self {
        let coloured = match global.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => io::stdout().is_terminal() && environment.get("NO_COLOR").is_none(),
        };
        let verbosity = match (global.quiet, global.verbose) {
            (true, _) => Verbosity::Quiet,
            (_, true) => Verbosity::Verbose,
            _ => Verbosity::Normal,
        };
        Self { style: if coloured { Style::Coloured } else { Style::Plain }, verbosity }
    }

    /// Returns one that prints nothing.
    #[must_use]
    pub(super) const fn muted(&self) -> Self {
        Self { style: self.style, verbosity: Verbosity::Mute }
    }

    /// Returns how reports are drawn.
    #[must_use]
    pub(super) const fn style(&self) -> Style {
        self.style
    }

    /// Says whether talk goes to a terminal, and is wanted.
    #[must_use]
    pub(super) fn talks_to_a_terminal(&self) -> bool {
        self.verbosity >= Verbosity::Normal && io::stderr().is_terminal()
    }

    /// Says whether data goes to a terminal, and so to nobody but who started the program.
    #[must_use]
    #[expect(clippy::unused_self, reason = "whoever holds no printer prints nothing")]
    pub(super) fn shows_on_a_terminal(&self) -> bool {
        io::stdout().is_terminal()
    }

    /// Writes data to stdout.
    ///
    /// # Errors
    /// When stdout is closed.
    pub(super) fn data(&self, text: &str) -> io::Result<()> {
        if self.verbosity == Verbosity::Mute {
            return Ok(());
        }
        let mut out = io::stdout().lock();
        out.write_all(text.as_bytes())?;
        out.flush()
    }

    /// Says something on stderr, unless told to be quiet.
    pub(super) fn say(&self, text: &str) {
        if self.verbosity >= Verbosity::Normal {
            Self::insist(text);
        }
    }

    /// Says something on stderr that only `--verbose` asks for.
    pub(super) fn detail(&self, text: &str) {
        if self.verbosity == Verbosity::Verbose {
            Self::insist(text);
        }
    }

    /// Says something on stderr whatever was asked for. A closed stderr is nobody's loss.
    pub(super) fn insist(text: &str) {
        let _ = writeln!(io::stderr().lock(), "{text}");
    }
}
