//! A version, its changelog line and its digests, in one list of edits.

use super::checksums::{self, sibling};
use crate::integrity::payload::Payload;
use crate::registry::changelog::{Line, with_evidence};
use crate::registry::entry::Entry;
use crate::version::Version;
use crate::yaml::{Edit, NewValue, Scalar};

/// What a bump is to write.
pub struct Bump<'a> {
    /// The entry as it is.
    pub entry: &'a Entry,
    /// Its payloads, for their digests.
    pub payloads: &'a [Payload],
    /// The version to write.
    pub version: &'a Version,
    /// The changelog lines that are published, as they are written at the base.
    pub published: &'a [String],
    /// The text that the author gives; without one an existing line keeps its text.
    pub message: Option<&'a str>,
    /// The text for a line that does not exist yet and for which the author gives none.
    pub drafted: &'a str,
    /// The digest of the evidence to name; without one a line keeps what it names as long as it is
    /// about the same version.
    pub evidence: Option<&'a str>,
}

/// Returns the edits of a bump; none where everything is as it should be.
#[must_use]
pub fn edits(bump: &Bump<'_>) -> Vec<Edit> {
    let entry = bump.entry;
    let mut edits = Vec::new();
    if entry.common.version != bump.version.to_string() {
        let value = Scalar::Text(bump.version.to_string());
        edits.push(Edit::Set { pointer: "/version".to_owned(), value });
    }
    edits.extend(changelog(bump));
    edits.extend(checksums::edits(entry, bump.payloads));
    edits
}

fn changelog(bump: &Bump<'_>) -> Option<Edit> {
    let written = &bump.entry.common.changelog;
    let line = |text: &str, evidence: Option<&str>| {
        let text = evidence.map_or_else(|| text.to_owned(), |digest| with_evidence(text, digest));
        Scalar::Text(format!("{}: {text}", bump.version))
    };
    let text = bump.message.unwrap_or(bump.drafted);
    if bump.entry.document.value().get("changelog").is_none() {
        return Some(Edit::InsertKeyAfter {
            sibling: sibling(bump.entry, &["owner", "version"])?,
            key: "changelog".to_owned(),
            value: NewValue::List(vec![line(text, bump.evidence)]),
        });
    }
    // The author's own line is the one at the head that the base does not have.
    let own = written.first().filter(|line| !is_published(line, bump.published));
    match own.and_then(|own| Line::read(own)) {
        Some(own) => {
            let text = bump.message.unwrap_or(own.words());
            let kept = own.evidence().filter(|_| own.version == *bump.version);
            let evidence = bump.evidence.or(kept);
            let same =
                own.version == *bump.version && own.words() == text && own.evidence() == evidence;
            let value = line(text, evidence);
            (!same).then(|| Edit::Set { pointer: "/changelog/0".to_owned(), value })
        }
        None if written
            .iter()
            .filter_map(|line| Line::read(line))
            .any(|l| l.version == *bump.version) =>
        {
            None
        }
        None => Some(Edit::PrependItem {
            pointer: "/changelog".to_owned(),
            item: line(text, bump.evidence),
        }),
    }
}

/// Says whether the base has this very line.
fn is_published(line: &str, published: &[String]) -> bool {
    let read = Line::read(line);
    published.iter().any(|other| other == line || (read.is_some() && Line::read(other) == read))
}
