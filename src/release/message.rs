//! The message of a release tag: a subject, the notes, and trailers that git itself can read.
//!
//! Trailers are the last paragraph, one line each, as `git interpret-trailers` wants them, so that
//! `git for-each-ref --format='%(contents:trailers:key=Keelmark-Component,valueonly)'` reads a
//! release without Keelmark.

use super::composite::Component;
use crate::digest::Digest;
use crate::version::{Bump, Version};

/// The form of the message. Other forms are refused, not guessed at.
pub(super) const FORMAT: &str = "1";
/// What stands before every key of ours.
pub(super) const PREFIX: &str = "Keelmark-";
/// What stands before a digest.
pub(super) const SHA256: &str = "sha256:";
/// The most lines of notes that a message holds.
pub const MOST_LINES: usize = 40;

/// A run that a release cites.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cited {
    /// The digest of its pack.
    pub digest: Digest,
    /// Where the pack is, such as the branch `keelmark/evidence`; empty where nobody says.
    pub place: String,
}

/// What a release tag says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The id of the composite.
    pub composite: String,
    /// The version of the release.
    pub version: Version,
    /// What it is about, in one line; may be empty.
    pub title: String,
    /// The notes, or their beginning; may be empty.
    pub body: String,
    /// The members, sorted by slot.
    pub components: Vec<Component>,
    /// The digest of the composite's own entry.
    pub composite_digest: Digest,
    /// The tag of the release before.
    pub previous: Option<String>,
    /// The step from the release before; none for the first.
    pub class: Bump,
    /// The runs that prove it.
    pub evidence: Vec<Cited>,
    /// The path of the decision record.
    pub adr: Option<String>,
    /// The path of the notes.
    pub notes: Option<String>,
    /// The tag of the release to go back to.
    pub rollback_to: Option<String>,
    /// The tip of the ledger when the tag was made.
    pub ledger: Option<String>,
    /// Other trailers, as they stand.
    pub further: Vec<(String, String)>,
}

/// Why there is no message, or why a text is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MessageFault {
    /// The first line is no release.
    #[error("the message begins with `{0}`, not with `release <composite>@<version>`")]
    Subject(String),
    /// The last paragraph has no trailers.
    #[error("the message has no `{PREFIX}Format` among its trailers")]
    Plain,
    /// A newer Keelmark wrote it.
    #[error("the message has the form `{0}`; this Keelmark reads form {FORMAT}")]
    Format(String),
    /// A trailer is missing.
    #[error("the message has no trailer `{0}`")]
    Missing(String),
    /// A trailer stands twice and may not.
    #[error("the trailer `{0}` stands twice")]
    Twice(String),
    /// A value is not what the trailer holds.
    #[error("the trailer `{key}` has the value `{value}`; {expected} is expected")]
    Value {
        /// The key.
        key: String,
        /// The value.
        value: String,
        /// What was expected.
        expected: &'static str,
    },
}

impl Message {
    /// Writes the message. Notes are cut to [`MOST_LINES`] lines; what git would take for
    /// something else in them is moved in by a blank.
    ///
    /// # Errors
    /// When a value cannot stand in one line, or the composite's id holds a `:`.
    pub fn compose(&self) -> Result<String, MessageFault> {
        let mut text = self.subject()?;
        text.push_str("\n\n");
        let body = self.cut_body();
        if !body.is_empty() {
            text.push_str(&body);
            text.push_str("\n\n");
        }
        for (key, value) in self.trailers() {
            check_line(&key, &value)?;
            text.push_str(&format!("{key}: {value}\n"));
        }
        Ok(text)
    }

    /// Reads a message.
    ///
    /// # Errors
    /// A [`MessageFault`], where the text is no release's.
    pub fn parse(text: &str) -> Result<Self, MessageFault> {
        let text = text.trim_end();
        let (head, block) = match text.rsplit_once("\n\n") {
            Some((head, block)) => (head, block),
            None => (text, ""),
        };
        let (subject, body) = head.split_once('\n').unwrap_or((head, ""));
        let (composite, version, title) = read_subject(subject)?;
        let mut found = Trailers::read(block);
        match found.one("Format")? {
            Some(form) if form == FORMAT => {}
            Some(form) => return Err(MessageFault::Format(form)),
            None => return Err(MessageFault::Plain),
        }
        let components: Vec<Component> = found.each("Component", component)?;
        if components.is_empty() {
            return Err(MessageFault::Missing(format!("{PREFIX}Component")));
        }
        Ok(Self {
            composite,
            version,
            title,
            body: body.trim_matches('\n').to_owned(),
            components,
            composite_digest: found.needed(
                "Composite-Digest",
                prefixed,
                "`sha256:` and a digest",
            )?,
            previous: found.one("Previous")?,
            class: found.needed("Class", bump, "`none`, `patch`, `minor` or `major`")?,
            evidence: found.each("Evidence", cited)?,
            adr: found.one("ADR")?,
            notes: found.one("Notes")?,
            rollback_to: found.one("Rollback-To")?,
            ledger: found.one("Ledger")?,
            further: found.rest,
        })
    }

    fn subject(&self) -> Result<String, MessageFault> {
        let title = in_one_line(&self.title);
        let head = format!("release {}@{}", self.composite, self.version);
        let subject = if title.is_empty() { head } else { format!("{head}: {title}") };
        // Whatever would not read back is refused now.
        match read_subject(&subject) {
            Ok((composite, version, _))
                if composite == self.composite && version == self.version =>
            {
                Ok(subject)
            }
            _ => Err(MessageFault::Subject(subject)),
        }
    }

    /// Returns the notes as the tag holds them.
    fn cut_body(&self) -> String {
        let lines: Vec<String> = self.body.lines().map(plain_line).collect();
        let mut kept: Vec<&str> = Vec::new();
        for line in &lines {
            let blank = kept.last().is_none_or(|last| last.is_empty());
            if !(line.is_empty() && blank) {
                kept.push(line);
            }
        }
        while kept.last().is_some_and(|last| last.is_empty()) {
            kept.pop();
        }
        if kept.len() <= MOST_LINES {
            return kept.join("\n");
        }
        let more =
            self.notes.as_ref().map(|path| format!("The full notes are in {}.", in_one_line(path)));
        let room = MOST_LINES.saturating_sub(if more.is_some() { 2 } else { 0 });
        kept.truncate(room);
        while kept.last().is_some_and(|last| last.is_empty()) {
            kept.pop();
        }
        if let Some(more) = &more {
            kept.push("");
            kept.push(more);
        }
        kept.join("\n")
    }

    fn trailers(&self) -> Vec<(String, String)> {
        let mut found = Vec::new();
        let mut add = |key: &str, value: String| found.push((format!("{PREFIX}{key}"), value));
        add("Format", FORMAT.to_owned());
        for component in &self.components {
            add("Component", format!("{} {SHA256}{}", component.entry, component.digest));
        }
        add("Composite-Digest", format!("{SHA256}{}", self.composite_digest));
        let optional = |add: &mut dyn FnMut(&str, String), key: &str, value: &Option<String>| {
            if let Some(value) = value {
                add(key, value.clone());
            }
        };
        optional(&mut add, "Previous", &self.previous);
        add("Class", self.class.to_string());
        for cited in &self.evidence {
            add(
                "Evidence",
                format!("{SHA256}{} {}", cited.digest, cited.place).trim_end().to_owned(),
            );
        }
        optional(&mut add, "ADR", &self.adr);
        optional(&mut add, "Notes", &self.notes);
        optional(&mut add, "Rollback-To", &self.rollback_to);
        optional(&mut add, "Ledger", &self.ledger);
        found.extend(self.further.iter().cloned());
        found
    }
}

/// Reads `release <composite>@<version>: <title>`.
fn read_subject(subject: &str) -> Result<(String, Version, String), MessageFault> {
    let fault = || MessageFault::Subject(subject.to_owned());
    let rest = subject.strip_prefix("release ").ok_or_else(fault)?;
    let (name, title) = match rest.split_once(':') {
        Some((name, title)) => (name, title.trim()),
        None => (rest, ""),
    };
    let (composite, version) = name.trim_end().rsplit_once('@').ok_or_else(fault)?;
    let version = version.parse().map_err(|_| fault())?;
    let plain = !composite.is_empty() && !composite.contains(char::is_whitespace);
    plain.then(|| (composite.to_owned(), version, title.to_owned())).ok_or_else(fault)
}

/// Brings a text into one line.
pub(super) fn in_one_line(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control());
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// A line of the notes without what has another meaning in a tag: control characters, and a
/// beginning of `---`, which starts a patch to git, or a signature.
fn plain_line(line: &str) -> String {
    let line: String =
        line.chars().map(|c| if c.is_control() && c != '\t' { ' ' } else { c }).collect();
    let line = line.trim_end();
    if line.starts_with("---") { format!(" {line}") } else { line.to_owned() }
}

/// Refuses what would not be one trailer.
fn check_line(key: &str, value: &str) -> Result<(), MessageFault> {
    let is_key = !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let is_line =
        !value.is_empty() && value.trim() == value && !value.chars().any(char::is_control);
    if is_key && is_line {
        return Ok(());
    }
    Err(MessageFault::Value {
        key: key.to_owned(),
        value: value.to_owned(),
        expected: "one line without blanks at its ends",
    })
}

/// The trailers of a message that are not read yet.
pub(super) struct Trailers {
    rest: Vec<(String, String)>,
}

impl Trailers {
    pub(super) fn read(block: &str) -> Self {
        let mut rest: Vec<(String, String)> = Vec::new();
        for line in block.lines() {
            // A line that begins with a blank goes on with the value before.
            if let (true, Some((_, value))) = (line.starts_with([' ', '\t']), rest.last_mut()) {
                value.push(' ');
                value.push_str(line.trim());
            } else if let Some((key, value)) = line.split_once(':') {
                rest.push((key.trim_end().to_owned(), value.trim().to_owned()));
            }
        }
        Self { rest }
    }

    /// Takes the values of a key of ours; keys of trailers have no case.
    fn take(&mut self, key: &str) -> (String, Vec<String>) {
        let key = format!("{PREFIX}{key}");
        let (found, rest) = std::mem::take(&mut self.rest)
            .into_iter()
            .partition::<Vec<_>, _>(|(found, _)| found.eq_ignore_ascii_case(&key));
        self.rest = rest;
        (key, found.into_iter().map(|(_, value)| value).collect())
    }

    pub(super) fn one(&mut self, key: &str) -> Result<Option<String>, MessageFault> {
        let (key, mut found) = self.take(key);
        if found.len() > 1 {
            return Err(MessageFault::Twice(key));
        }
        Ok(found.pop())
    }

    fn needed<T>(
        &mut self,
        key: &str,
        read: impl Fn(&str) -> Option<T>,
        expected: &'static str,
    ) -> Result<T, MessageFault> {
        let name = format!("{PREFIX}{key}");
        let value = self.one(key)?.ok_or_else(|| MessageFault::Missing(name.clone()))?;
        read(&value).ok_or(MessageFault::Value { key: name, value, expected })
    }

    pub(super) fn each<T>(
        &mut self,
        key: &str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<Vec<T>, MessageFault> {
        let (key, found) = self.take(key);
        let expected = "a digest with what it is of";
        found
            .into_iter()
            .map(|value| {
                let fault =
                    MessageFault::Value { key: key.clone(), value: value.clone(), expected };
                read(&value).ok_or(fault)
            })
            .collect()
    }
}

fn prefixed(text: &str) -> Option<Digest> {
    text.strip_prefix(SHA256)?.parse().ok()
}

fn bump(text: &str) -> Option<Bump> {
    [Bump::None, Bump::Patch, Bump::Minor, Bump::Major]
        .into_iter()
        .find(|bump| bump.to_string() == text)
}

pub(super) fn component(text: &str) -> Option<Component> {
    let (entry, digest) = text.split_once(' ')?;
    Some(Component { entry: entry.to_owned(), digest: prefixed(digest.trim_start())? })
}

fn cited(text: &str) -> Option<Cited> {
    let (digest, place) = text.split_once(' ').unwrap_or((text, ""));
    Some(Cited { digest: prefixed(digest)?, place: place.trim().to_owned() })
}

#[cfg(test)]
mod tests;
