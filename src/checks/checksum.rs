//! Declared digests against computed ones.

use super::loaded::Loaded;
use crate::digest::Digest;
use crate::finding::{Family, Finding, Fix, Place, Replacement, Rule, Safety, Severity};
use crate::integrity::facets::is_evidence;
use crate::integrity::payload::Payload;
use crate::registry::entry::{Body, Entry};
use crate::registry::payload::DeclaredDigest;

/// Other bytes than declared, not yet published.
pub(super) static CHECKSUM_STALE: Rule = Rule::warning(
    "checksum-stale",
    Family::Integrity,
    "a declared digest of an unpublished version is not that of the bytes",
);
/// Other bytes than declared, published.
pub(super) static CHECKSUM_MISMATCH: Rule = Rule::integrity(
    "checksum-mismatch",
    Family::Integrity,
    "a declared digest of a published version is not that of the bytes",
);
/// No digest is declared.
pub(super) static CHECKSUM_MISSING: Rule =
    Rule::note("checksum-missing", Family::Integrity, "no digest is declared for a payload");
/// A placeholder stands where a digest belongs.
pub static CHECKSUM_PLACEHOLDER: Rule = Rule::warning(
    "checksum-placeholder",
    Family::Integrity,
    "a placeholder stands where a digest belongs",
);
/// A text that is no digest.
pub(super) static CHECKSUM_MALFORMED: Rule = Rule::error(
    "checksum-malformed",
    Family::Integrity,
    "a declared digest is not 64 hexadecimal digits",
);

/// Who reads the findings: an author who is still at work, or everybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// The author's own tree: a stale digest is mended on the way.
    Work,
    /// A pull request or a revision: nothing may be stale.
    Review,
}

/// Whether the entry's version may still change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fixed {
    /// The version is published: its bytes are fixed.
    Published,
    /// The version is not published.
    Open,
}

/// Judges the declared digests of an entry that is to be released: nothing may be open any more.
#[must_use]
pub fn sealed(loaded: &Loaded) -> Vec<Finding> {
    let mut findings = check(&loaded.entry, &loaded.payloads, Fixed::Published, Stage::Review);
    findings.retain(|finding| finding.severity != Severity::Note);
    for finding in &mut findings {
        finding.severity = Severity::Error;
    }
    findings
}

/// Judges the declared digests of an entry.
pub(super) fn check(
    entry: &Entry,
    payloads: &[Payload],
    fixed: Fixed,
    stage: Stage,
) -> Vec<Finding> {
    let here = payloads.iter().filter_map(|payload| judge(entry, payload, fixed, stage));
    let inside = payloads.iter().filter_map(|payload| tensors(entry, payload, fixed, stage));
    here.chain(inside).chain(elsewhere(entry, payloads)).collect()
}

/// Judges the digests that a model declares of files and tensors that cannot be read here. Only their
/// form can be judged: nobody else says what the bytes are.
fn elsewhere(entry: &Entry, payloads: &[Payload]) -> Vec<Finding> {
    let Body::Model(model) = &entry.body else { return Vec::new() };
    let mut stated: Vec<(String, &str, String)> = Vec::new();
    for (at, weight) in model.weights.iter().enumerate() {
        let of = weight.uri.as_ref().or(weight.path.as_ref()).cloned().unwrap_or_default();
        if let (None, Some(text)) = (&weight.path, &weight.sha256) {
            stated.push((format!("/weights/{at}/sha256"), text, of.clone()));
        }
        if let Some(text) = &weight.tensors_sha256 {
            let of = format!("the tensors of {of}");
            stated.push((format!("/weights/{at}/tensors_sha256"), text, of));
        }
    }
    let assets = [("tokenizer", &model.tokenizer), ("chat_template", &model.chat_template)];
    for (key, asset) in assets {
        if let Some(asset) = asset.as_ref().filter(|asset| asset.path.is_none())
            && let Some(text) = &asset.sha256
        {
            let of = asset.uri.as_ref().or(asset.name.as_ref()).map_or(key, String::as_str);
            stated.push((format!("/{key}/sha256"), text, of.to_owned()));
        }
    }
    let read: Vec<&str> = payloads
        .iter()
        .filter_map(|p| Some(p.tensors.as_ref()?.declared.pointer.as_str()))
        .collect();
    let faults = stated.into_iter().filter(|(pointer, text, _)| {
        !read.contains(&pointer.as_str()) && text.parse::<Digest>().is_err()
    });
    faults
        .map(|(pointer, text, of)| {
            let (shown, of) = (text.escape_debug(), of.escape_debug());
            let (rule, message): (&'static Rule, String) = if is_placeholder(text) {
                let message = format!("`{shown}` is a placeholder for the digest of `{of}`");
                (&CHECKSUM_PLACEHOLDER, message)
            } else {
                let message = format!("`{shown}` is no SHA-256 digest (64 hexadecimal digits)");
                (&CHECKSUM_MALFORMED, message)
            };
            Finding::new(rule, entry.document.place(&pointer), message)
                .help(format!(
                    "write the digest of `{of}`, which cannot be taken here, or leave it out"
                ))
                .entry(&entry.name)
                .values(text, String::new())
        })
        .collect()
}

fn judge(entry: &Entry, payload: &Payload, fixed: Fixed, stage: Stage) -> Option<Finding> {
    let path = &payload.path;
    let Some(digest) = &payload.declared.digest else {
        let message = format!("no digest is declared for `{path}`");
        let place = entry.document.place("/checksums");
        let seal = format!("run `keelmark seal {}`", entry.name.id);
        return Some(Finding::new(&CHECKSUM_MISSING, place, message).help(seal));
    };
    // Labels of people may come after a judge was published; a digest of older ones is stale.
    let evidence = is_evidence(entry.name.kind, &payload.declared.pointer);
    let fixed = if evidence { Fixed::Open } else { fixed };
    compare(entry, (&format!("`{path}`"), digest, payload.digest), fixed, stage)
}

/// Judges what a model declares of the tensors in a file that is at hand.
fn tensors(entry: &Entry, payload: &Payload, fixed: Fixed, stage: Stage) -> Option<Finding> {
    let read = payload.tensors.as_ref()?;
    let what = format!("the tensors of `{}`", payload.path);
    compare(entry, (&what, &read.declared, read.digest), fixed, stage)
}

fn compare(
    entry: &Entry,
    (what, digest, found): (&str, &DeclaredDigest, Digest),
    fixed: Fixed,
    stage: Stage,
) -> Option<Finding> {
    let declared = digest.text.parse::<Digest>();
    if declared == Ok(found) {
        return None;
    }
    let seal = format!("run `keelmark seal {}`", entry.name.id);
    let place = entry.document.place(&digest.pointer);
    let fix = fix(&place, found);
    let shown = digest.text.escape_debug();
    let finding = match declared {
        Err(_) if is_placeholder(&digest.text) => {
            let message = format!("`{shown}` is a placeholder for the digest of {what}");
            Finding::new(&CHECKSUM_PLACEHOLDER, place, message)
                .help(format!("{seal} or `keelmark bump`; a release refuses the placeholder"))
                .fix(fix)
        }
        Err(_) => {
            let message = format!("`{shown}` is no SHA-256 digest (64 hexadecimal digits)");
            Finding::new(&CHECKSUM_MALFORMED, place, message).help(seal).fix(fix)
        }
        Ok(declared) if fixed == Fixed::Published => {
            let message = format!(
                "{what} of a published version is not what was published: declared {}…, found {}…",
                declared.short(12),
                found.short(12)
            );
            Finding::new(&CHECKSUM_MISMATCH, place, message).help(format!(
                "restore the file, or make a new version with `keelmark bump {}`",
                entry.name.id
            ))
        }
        Ok(declared) => {
            let message = format!(
                "the digest of {what} is {}…, declared is {}…",
                found.short(12),
                declared.short(12)
            );
            let mut finding = Finding::new(&CHECKSUM_STALE, place, message).help(seal).fix(fix);
            if stage == Stage::Review {
                finding.severity = Severity::Error;
            }
            finding
        }
    };
    Some(finding.entry(&entry.name).values(digest.text.clone(), found.to_string()))
}

fn is_placeholder(text: &str) -> bool {
    text.starts_with('<') && text.ends_with('>')
}

/// Replaces the value in place, quoted: a plain digest may read as a number.
fn fix(place: &Place, digest: Digest) -> Fix {
    Fix {
        title: "write the digest of the bytes".to_owned(),
        safety: Safety::Safe,
        replacements: vec![Replacement { span: place.span, text: format!("\"{digest}\"") }],
    }
}
