//! Annotated tags, and signatures at the end of objects.

use super::error::VcsError;
use super::identity::Identity;
use super::open::Repository;
use super::store::{Kind, to_gix};
use crate::snapshot::ObjectName;

/// Bytes beyond which a tag is not read.
const LONGEST_TAG: u64 = 4 * 1024 * 1024;

/// Lines that begin a signature, as git knows them.
const BEGINNINGS: [&[u8]; 4] = [
    b"-----BEGIN SSH SIGNATURE-----",
    b"-----BEGIN PGP SIGNATURE-----",
    b"-----BEGIN PGP MESSAGE-----",
    b"-----BEGIN SIGNED MESSAGE-----",
];

/// What kind of object a tag names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TargetKind {
    /// A commit.
    Commit,
    /// A tree.
    Tree,
    /// A blob.
    Blob,
    /// Another annotated tag.
    Tag,
}

/// An annotated tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagObject {
    /// What it names.
    pub target: ObjectName,
    /// What kind of object that is.
    pub target_kind: TargetKind,
    /// The name that stands in it; a reference elsewhere may lead to it.
    pub name: String,
    /// Who made it; some old tags do not say.
    pub tagger: Option<Identity>,
    /// When it was made, in seconds since 1970; 0 where it does not say.
    pub seconds: i64,
    /// Its message, without the signature.
    pub message: String,
    /// Its signature, with the lines around it.
    pub signature: Option<String>,
    /// The bytes that are signed.
    pub payload: Vec<u8>,
}

impl Repository {
    /// Reads an annotated tag; `None` where the object is something else, as with lightweight tags.
    ///
    /// # Errors
    /// When the object is missing, larger than 4 MiB, or no tag that git would write.
    pub fn read_tag(&self, name: ObjectName) -> Result<Option<TagObject>, VcsError> {
        let id = to_gix(name)?;
        let header = self.store.with(|repo| repo.try_find_header(id));
        let header = header.map_err(VcsError::git("an object's header"))?;
        // Tags are never left behind by a partial clone.
        let header = header.ok_or_else(|| super::store::missing(name))?;
        if header.kind() != gix::objs::Kind::Tag {
            return Ok(None);
        }
        let broken = |cause: String| VcsError::Git { what: "a tag", cause };
        if header.size() > LONGEST_TAG {
            return Err(broken(format!("{name} has {} bytes", header.size())));
        }
        let bytes = self.store.object(name, Kind::Tag)?;
        parse(&bytes).map(Some).ok_or_else(|| broken(format!("{name} is not written as git does")))
    }
}

fn parse(bytes: &[u8]) -> Option<TagObject> {
    let (signed, signature) = split_signature(bytes);
    let signature = signature.map(|text| String::from_utf8_lossy(text).into_owned());
    let payload = without_other_signatures(signed);
    let at = payload.windows(2).position(|pair| pair == b"\n\n");
    // A tag without a message ends with its header.
    let (header, message) = match at {
        Some(at) => (payload.get(..at)?, payload.get(at + 2..)?),
        None => (payload.strip_suffix(b"\n").unwrap_or(&payload), &[][..]),
    };
    let header = String::from_utf8_lossy(header);
    let mut lines = header.lines();
    let target = ObjectName::parse(lines.next()?.strip_prefix("object ")?)?;
    let target_kind = match lines.next()?.strip_prefix("type ")? {
        "commit" => TargetKind::Commit,
        "tree" => TargetKind::Tree,
        "blob" => TargetKind::Blob,
        "tag" => TargetKind::Tag,
        _ => return None,
    };
    let name = lines.next()?.strip_prefix("tag ")?.to_owned();
    let tagger = lines.find_map(|line| line.strip_prefix("tagger "));
    let seconds = tagger.and_then(|line| line.rsplit_once('>')?.1.split_whitespace().next());
    Some(TagObject {
        target,
        target_kind,
        name,
        tagger: tagger.and_then(Identity::parse),
        seconds: seconds.and_then(|digits| digits.parse().ok()).unwrap_or(0),
        message: String::from_utf8_lossy(message).into_owned(),
        signature,
        payload,
    })
}

/// Splits the bytes of a tag into what is signed and the signature behind it.
///
/// As in git, the signature begins at the last line that begins one.
#[must_use]
pub fn split_signature(bytes: &[u8]) -> (&[u8], Option<&[u8]>) {
    let mut last = None;
    let mut at = 0;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        if BEGINNINGS.iter().any(|beginning| line.starts_with(beginning)) {
            last = Some(at);
        }
        at += line.len();
    }
    match last.and_then(|at| bytes.split_at_checked(at)) {
        Some((signed, signature)) => (signed, Some(signature)),
        None => (bytes, None),
    }
}

/// Leaves out header fields with the signature that the tag has under its other hash.
///
/// A repository with both SHA-1 and SHA-256 names signs both forms of a tag; the signature of the
/// other form stands in the header, and neither signature covers the other.
fn without_other_signatures(signed: &[u8]) -> Vec<u8> {
    let mut kept = Vec::with_capacity(signed.len());
    let mut in_header = true;
    let mut skipping = false;
    for line in signed.split_inclusive(|byte| *byte == b'\n') {
        in_header &= line != b"\n";
        skipping = in_header
            && (line.starts_with(b"gpgsig ")
                || line.starts_with(b"gpgsig-sha256 ")
                || (skipping && line.starts_with(b" ")));
        if !skipping {
            kept.extend_from_slice(line);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SSH: &str = "-----BEGIN SSH SIGNATURE-----\nU1NI\n-----END SSH SIGNATURE-----\n";

    fn tag(message: &str) -> String {
        let zeros = "0".repeat(40);
        format!("object {zeros}\ntype commit\ntag v1\ntagger A <a@b.c> 17 +0100\n\n{message}")
    }

    #[test]
    fn a_signature_begins_at_the_last_line_that_begins_one() {
        for beginning in BEGINNINGS {
            let beginning = String::from_utf8_lossy(beginning);
            let quoted = format!("see\n{SSH}above\n");
            let text = format!("{quoted}{beginning}\nabc\n");
            let (signed, signature) = split_signature(text.as_bytes());
            assert_eq!(signed, quoted.as_bytes());
            assert_eq!(signature, Some(format!("{beginning}\nabc\n").as_bytes()));
        }
        let indented = format!("text\n {SSH}");
        assert_eq!(split_signature(indented.as_bytes()).1, None);
    }

    #[test]
    fn a_tag_is_read_with_and_without_its_parts() {
        let found = parse(format!("{}{SSH}", tag("title\n\nbody\n\nA: b\n")).as_bytes());
        let found = found.expect("a tag");
        assert_eq!(found.message, "title\n\nbody\n\nA: b\n");
        assert_eq!(found.signature.as_deref(), Some(SSH));
        assert_eq!(found.payload, tag("title\n\nbody\n\nA: b\n").as_bytes());
        assert_eq!((found.name.as_str(), found.seconds), ("v1", 17));
        assert_eq!(found.tagger.expect("a tagger").to_string(), "A <a@b.c>");

        let bare = tag("");
        let old = bare.replace("tagger A <a@b.c> 17 +0100\n\n", "");
        let found = parse(old.as_bytes()).expect("a tag");
        assert_eq!((found.tagger, found.seconds, found.message.as_str()), (None, 0, ""));
        assert_eq!(parse(bare.replace("type commit", "type hat").as_bytes()), None);
        assert_eq!(parse(bare.replace("object 0", "object x").as_bytes()), None);
    }

    #[test]
    fn a_signature_of_the_other_hash_is_not_signed() {
        let plain = tag("title\n\ngpgsig is no header here\n");
        let field = "gpgsig -----BEGIN SSH SIGNATURE-----\n U1NI\n -----END SSH SIGNATURE-----\n\n";
        let both = plain.replacen("\n\n", &format!("\n{field}"), 1);
        let found = parse(both.as_bytes()).expect("a tag");
        assert_eq!(found.payload, plain.as_bytes());
        assert_eq!(found.signature, None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            parse(&bytes);
            let (signed, signature) = split_signature(&bytes);
            prop_assert_eq!([signed, signature.unwrap_or_default()].concat(), bytes);
        }
    }
}
