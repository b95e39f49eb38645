//! Conflict markers around lines that `bump` wrote.
//!
//! Two branches that bump the same entry conflict in `version`, at the head of `changelog` and in
//! the digests. Nothing of that needs a person: the number and the digests are computed again, and
//! both changelog lines are kept, the base's below. A hunk that holds anything else is left alone.

use crate::registry::changelog::Line;
use crate::yaml::Document;

/// A conflict that holds more than the lines that `bump` writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("line {line} is in conflict, and it is no version, changelog line or checksum")]
pub struct ConflictFault {
    /// The line, from 1.
    pub line: usize,
}

/// Says whether a text holds conflict markers.
#[must_use]
pub fn is_conflicted(text: &str) -> bool {
    text.lines().any(|line| line.starts_with("<<<<<<< "))
}

/// Resolves the conflicts in a text; the base's changelog lines tell whose line is whose.
///
/// # Errors
/// A hunk holds a line that `bump` does not write; then nothing is resolved.
pub fn resolve(text: &str, published: &[String]) -> Result<String, ConflictFault> {
    let mut resolved = String::with_capacity(text.len());
    let mut lines = text.split_inclusive('\n').enumerate();
    while let Some((at, line)) = lines.next() {
        if !line.starts_with("<<<<<<< ") {
            resolved.push_str(line);
            continue;
        }
        let mut hunk = Hunk::default();
        let mut side = Side::Ours;
        let mut closed = false;
        for (at, line) in lines.by_ref() {
            if line.starts_with("||||||| ") || line.trim_end() == "|||||||" {
                side = Side::Ancestor;
            } else if line.trim_end() == "=======" {
                side = Side::Theirs;
            } else if line.starts_with(">>>>>>> ") {
                closed = true;
                break;
            } else {
                hunk.push(side, at, line);
            }
        }
        if !closed {
            return Err(ConflictFault { line: at + 1 });
        }
        resolved.push_str(&hunk.resolve(published)?);
    }
    Ok(resolved)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Ours,
    Ancestor,
    Theirs,
}

/// What `bump` writes.
#[derive(Clone, PartialEq, Eq)]
enum Wrote {
    /// `version:` or a digest, by its key.
    Value(String),
    /// A changelog line.
    Change(Line),
}

/// The two sides of a conflict.
#[derive(Default)]
struct Hunk<'a> {
    ours: Vec<Read<'a>>,
    theirs: Vec<Read<'a>>,
}

/// A line, where it is, and what `bump` wrote in it; `None` for a line of the author's.
#[derive(Clone)]
struct Read<'a> {
    at: usize,
    wrote: Option<Wrote>,
    line: &'a str,
}

impl<'a> Hunk<'a> {
    /// Takes a line of a side.
    fn push(&mut self, side: Side, at: usize, line: &'a str) {
        let read = Read { at, wrote: wrote(line), line };
        match side {
            Side::Ours => self.ours.push(read),
            Side::Ancestor => {}
            Side::Theirs => self.theirs.push(read),
        }
    }

    /// Merges what stands between lines of the author's, which must be the same on both sides: git
    /// joins conflicts that are near each other and takes the lines between them along.
    fn resolve(&self, published: &[String]) -> Result<String, ConflictFault> {
        let mut resolved = String::new();
        let (mut ours, mut theirs) = (self.ours.as_slice(), self.theirs.as_slice());
        loop {
            let (our_lines, our_rest) = ours.split_at(own_lines(ours));
            let (their_lines, their_rest) = theirs.split_at(own_lines(theirs));
            resolved.push_str(&merge(our_lines, their_lines, published));
            match (our_rest.split_first(), their_rest.split_first()) {
                (None, None) => return Ok(resolved),
                (Some((our, our_rest)), Some((their, their_rest))) if our.line == their.line => {
                    resolved.push_str(our.line);
                    (ours, theirs) = (our_rest, their_rest);
                }
                (Some((read, _)), _) | (None, Some((read, _))) => {
                    return Err(ConflictFault { line: read.at + 1 });
                }
            }
        }
    }
}

/// Counts the lines at the start that `bump` wrote.
fn own_lines(lines: &[Read<'_>]) -> usize {
    lines.iter().take_while(|read| read.wrote.is_some()).count()
}

/// Keeps one line a key, and every changelog line: the author's own first, then the base's.
fn merge(ours: &[Read<'_>], theirs: &[Read<'_>], published: &[String]) -> String {
    let mut values: Vec<(&str, &str)> = Vec::new();
    let mut changes: Vec<(&Line, &str)> = Vec::new();
    for read in ours.iter().chain(theirs) {
        match &read.wrote {
            Some(Wrote::Value(key)) if values.iter().all(|(known, _)| known != key) => {
                values.push((key, read.line));
            }
            Some(Wrote::Change(change)) if changes.iter().all(|(known, _)| *known != change) => {
                changes.push((change, read.line));
            }
            _ => {}
        }
    }
    let known = |line: &Line| published.iter().any(|p| Line::read(p).as_ref() == Some(line));
    changes
        .sort_by(|(a, _), (b, _)| known(a).cmp(&known(b)).then_with(|| b.version.cmp(&a.version)));
    let values = values.into_iter().map(|(_, line)| line);
    values.chain(changes.into_iter().map(|(_, line)| line)).collect()
}

/// Recognises a line that `bump` writes.
fn wrote(line: &str) -> Option<Wrote> {
    let source = crate::source::SourceFile::new(crate::path::RepoPath::default(), line.to_owned());
    let (document, findings) = Document::parse(source);
    let document = document.filter(|_| findings.is_empty())?;
    let value = document.value();
    let indented = line.starts_with([' ', '\t']);
    if let Some(item) = value.as_array().filter(|items| items.len() == 1).and_then(|i| i.first()) {
        return match item.as_str() {
            Some(text) => Line::read(text).map(Wrote::Change),
            // A file of a dataset: `- {path: cases.csv, sha256: "…"}`.
            None => without_digests(line).map(Wrote::Value),
        };
    }
    let map = value.as_object().filter(|map| map.len() == 1)?;
    let (key, value) = map.iter().next()?;
    let text = value.as_str()?;
    let is_version = key == "version" && !indented;
    let is_digest = text.parse::<crate::digest::Digest>().is_ok() || text == "<hash>";
    (is_version || (indented && is_digest)).then(|| Wrote::Value(key.clone()))
}

/// Returns a line without the digests in it, which names what they are digests of; `None` where it
/// holds none.
fn without_digests(line: &str) -> Option<String> {
    let is_digest = |word: &&str| word.parse::<crate::digest::Digest>().is_ok();
    let mut found = false;
    let mut rest = line.to_owned();
    for word in line.split(|c: char| !c.is_ascii_alphanumeric()).filter(is_digest) {
        rest = rest.replace(word, "");
        found = true;
    }
    found.then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_digests_and_changelog_lines_are_merged() {
        let (a, b) = ("a".repeat(64), "b".repeat(64));
        let text = format!(
            "id: x\n<<<<<<< HEAD\nversion: 2.4.0\n=======\nversion: 2.5.0\n>>>>>>> mine\nchangelog:\n\
             <<<<<<< HEAD\n  - \"2.4.0: theirs\"\n||||||| base\n=======\n  - \"2.4.0: mine\" # kept\n>>>>>>> mine\n  \
             - \"2.3.0: old\"\nchecksums:\n<<<<<<< HEAD\n  t: \"{a}\"\n=======\n  t: \"{b}\"\n>>>>>>> mine\n"
        );
        let published = ["2.4.0: theirs".to_owned(), "2.3.0: old".to_owned()];
        assert_eq!(
            resolve(&text, &published),
            Ok(format!(
                "id: x\nversion: 2.4.0\nchangelog:\n  - \"2.4.0: mine\" # kept\n  - \"2.4.0: theirs\"\n  \
                 - \"2.3.0: old\"\nchecksums:\n  t: \"{a}\"\n"
            ))
        );
    }

    #[test]
    fn lines_of_the_author_between_two_conflicts_stay_where_they_are() {
        let (a, b) = ("a".repeat(64), "b".repeat(64));
        let side = |version: &str, text: &str, digest: &str| {
            format!(
                "  - \"{version}: {text}\"\n  - \"2.3.0: old\"\n\n# why\nfiles:\n  \
                 - {{path: a.csv, sha256: {digest}}}\nchecksums:\n  t: \"{digest}\"\n"
            )
        };
        let conflict = |ours: &str, theirs: &str| {
            format!("changelog:\n<<<<<<< HEAD\n{ours}=======\n{theirs}>>>>>>> mine\nend: 1\n")
        };
        let text = conflict(&side("2.4.0", "theirs", &a), &side("2.4.0", "mine", &b));
        let published = ["2.4.0: theirs".to_owned(), "2.3.0: old".to_owned()];
        let lines = side("2.4.0", "mine\"\n  - \"2.4.0: theirs", &a);
        assert_eq!(resolve(&text, &published), Ok(format!("changelog:\n{lines}end: 1\n")));
        // A line of the author's that only one side has, or has elsewhere, is the author's to settle.
        for (ours, theirs, line) in [
            ("version: 1.0.0\n# a\n", "version: 1.1.0\n", 4),
            ("version: 1.0.0\n", "version: 1.1.0\n\n", 6),
            ("version: 1.0.0\na: 1\n", "version: 1.1.0\na: 2\n", 4),
        ] {
            let fault = ConflictFault { line };
            assert_eq!(resolve(&conflict(ours, theirs), &[]), Err(fault), "{ours}{theirs}");
        }
    }

    #[test]
    fn other_lines_are_left_to_their_author() {
        let text = "id: x\n<<<<<<< HEAD\nowner: a\n=======\nowner: b\n>>>>>>> mine\n";
        assert_eq!(resolve(text, &[]), Err(ConflictFault { line: 3 }));
        assert_eq!(resolve("<<<<<<< HEAD\nversion: 1.0.0\n", &[]), Err(ConflictFault { line: 1 }));
        assert!(is_conflicted(text) && !is_conflicted("a <<<<<<< b"));
    }
}
