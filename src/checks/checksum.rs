//! Declared digests against computed ones.

use super::loaded::Loaded;
use crate::digest::Digest;
use crate::finding::{Family, Finding, Fix, Place, Replacement, Rule, Safety, Severity};
use crate::integrity::facets::is_evidence;
use crate::integrity::payload::Payload;
use crate::registry::entry::{Body, Entry};

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
    here.chain(elsewhere(entry)).collect()
}

/// Judges the digests that a model declares of files that are not here, and of tensors. Only their
/// form can be judged: nobody else says what the bytes are.
fn elsewhere(entry: &Entry) -> Vec<Finding> {
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
    let faults = stated.into_iter().filter(|(_, text, _)| text.parse::<Digest>().is_err());
    faults
        .map(|(pointer, text, of)| {
            let (shown, of) = (text.escape_debug(), of.escape_debug());
            let open = text.starts_with('<') && text.ends_with('>');
            let (rule, message): (&'static Rule, String) = if open {
                let message = format!("`{shown}` is a placeholder for the digest of `{of}`");
                (&CHECKSUM_PLACEHOLDER, message)
            } else {
                let message = format!("`{shown}` is no SHA-256 digest (64 hexadecimal digits)");
                (&CHECKSUM_MALFORMED, message)
            };
            Finding::new(rule, entry.document.place(&pointer), message)
                .help(format!("write the digest of `{of}`, which is not here, or leave it out"))
                .entry(&entry.name)
                .values(text, String::new())
        })
        .collect()
}

fn judge(entry: &Entry, payload: &Payload, fixed: Fixed, stage: Stage) -> Option<Finding> {
    let declared = &payload.declared;
    let path = &payload.path;
    let read = declared.digest.as_ref().map(|digest| digest.text.parse::<Digest>());
    if read == Some(Ok(payload.digest)) {
        return None;
    }
    let seal = format!("run `keelmark seal {}`", entry.name.id);
    let Some(digest) = &declared.digest else {
        let message = format!("no digest is declared for `{path}`");
        let place = entry.document.place("/checksums");
        return Some(Finding::new(&CHECKSUM_MISSING, place, message).help(seal));
    };
    let place = entry.document.place(&digest.pointer);
    let fix = fix(&place, payload.digest);
    let shown = digest.text.escape_debug();
    let finding = match digest.text.parse::<Digest>() {
        Err(_) if digest.text.starts_with('<') && digest.text.ends_with('>') => {
            let message = format!("`{shown}` is a placeholder for the digest of `{path}`");
            Finding::new(&CHECKSUM_PLACEHOLDER, place, message)
                .help(format!("{seal} or `keelmark bump`; a release refuses the placeholder"))
                .fix(fix)
        }
        Err(_) => {
            let message = format!("`{shown}` is no SHA-256 digest (64 hexadecimal digits)");
            Finding::new(&CHECKSUM_MALFORMED, place, message).help(seal).fix(fix)
        }
        // Labels of people may come after a judge was published; a digest of older ones is stale.
        Ok(declared)
            if fixed == Fixed::Published
                && !is_evidence(entry.name.kind, &payload.declared.pointer) =>
        {
            let message = format!(
                "`{path}` of a published version is not what was published: declared {}…, found {}…",
                declared.short(12),
                payload.digest.short(12)
            );
            Finding::new(&CHECKSUM_MISMATCH, place, message).help(format!(
                "restore the file, or make a new version with `keelmark bump {}`",
                entry.name.id
            ))
        }
        Ok(declared) => {
            let message = format!(
                "the digest of `{path}` is {}…, declared is {}…",
                payload.digest.short(12),
                declared.short(12)
            );
            let mut finding = Finding::new(&CHECKSUM_STALE, place, message).help(seal).fix(fix);
            if stage == Stage::Review {
                finding.severity = Severity::Error;
            }
            finding
        }
    };
    Some(finding.entry(&entry.name).values(digest.text.clone(), payload.digest.to_string()))
}

/// Replaces the value in place, quoted: a plain digest may read as a number.
fn fix(place: &Place, digest: Digest) -> Fix {
    Fix {
        title: "write the digest of the bytes".to_owned(),
        safety: Safety::Safe,
        replacements: vec![Replacement { span: place.span, text: format!("\"{digest}\"") }],
    }
}
