//! E-mail addresses.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::scan::{self, pattern};
use super::{Hit, PiiKind};

/// Endings of file names that stand behind an `@`: `icon@2x.png` is no address.
const FILE_ENDINGS: &[&str] =
    &["png", "jpg", "jpeg", "gif", "svg", "webp", "ico", "js", "ts", "css", "json", "html"];

/// Finds addresses of the form that mail providers hand out: dot-separated atoms, letters of any
/// script, and a domain that ends in a top-level domain of letters.
///
/// Of RFC 5322, quoted local parts, comments and address literals are left out; of lengths, RFC
/// 5321 holds (64 and 253). `git@host:path` names a repository.
pub(super) fn emails(text: &str) -> Vec<Hit> {
    static ADDRESS: LazyLock<Regex> = LazyLock::new(|| {
        pattern(concat!(
            r"[\p{L}\p{N}_%+-][\p{L}\p{N}_%+'-]*(?:\.[\p{L}\p{N}_%+'-]+)*@",
            r"[\p{L}\p{N}](?:[\p{L}\p{N}-]*[\p{L}\p{N}])?",
            r"(?:\.[\p{L}\p{N}](?:[\p{L}\p{N}-]*[\p{L}\p{N}])?)+",
        ))
    });
    scan::hits(text, &ADDRESS, PiiKind::Email, |found| {
        let end = found.end;
        address(text, found).ok_or(end)
    })
}

/// Narrows a candidate to the address in it: without labels behind the top-level domain.
fn address(text: &str, found: Range<usize>) -> Option<Range<usize>> {
    let candidate = text.get(found.clone())?;
    let (local, mut domain) = candidate.split_once('@')?;
    while !domain.rsplit_once('.').is_some_and(|(_, label)| is_top_level(label)) {
        domain = domain.rsplit_once('.')?.0;
    }
    let end = found.start + local.len() + 1 + domain.len();
    let is_repository = local == "git" && scan::after(text, end).next() == Some(':');
    let fits = (1..=64).contains(&local.chars().count()) && domain.chars().count() <= 253;
    (fits && !is_repository).then_some(found.start..end)
}

/// Says whether a label can be a top-level domain.
fn is_top_level(label: &str) -> bool {
    let letters = label.chars().count() >= 2 && label.chars().all(char::is_alphabetic);
    let lower = label.to_lowercase();
    (letters || lower.starts_with("xn--")) && !FILE_ENDINGS.contains(&lower.as_str())
}
