//! `citations_required`: does the answer cite, and does each citation name a source it was given?

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use super::text::{opening, pattern};
use super::{Answer, Verdict};

/// The detector's name and version.
pub(super) const VERSION: &str = "citations/1";

/// How many unresolved citations a reason names.
const NAMED: usize = 5;

/// Members of a value that hold the id of a source.
const ID_KEYS: &[&str] = &["id", "url", "uri", "href", "link", "source", "ref", "doc", "document"];

/// The sources that a case gives in its inputs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sources(BTreeSet<String>);

impl Sources {
    /// Collects what looks like an id or an address from inputs: in texts and keys, `[…]` without
    /// spaces, `scheme://…` and ids of letters and digits such as `KB-42`; and whole values below keys such
    /// as `id`, `url` and `source`.
    #[must_use]
    pub fn from_inputs(inputs: &Value) -> Self {
        let mut sources = BTreeSet::new();
        collect(inputs, &mut sources);
        Self(sources)
    }

    /// Iterates over the sources in their normal form, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Says whether a citation names one of the sources.
    #[must_use]
    pub fn resolve(&self, citation: &str) -> bool {
        let citation = normal(citation);
        !citation.is_empty() && self.0.contains(&citation)
    }
}

/// The citations of an answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Citations {
    /// How many different ones there are.
    pub found: usize,
    /// Those that name no source, in their order.
    pub unresolved: Vec<String>,
}

impl Citations {
    /// Returns the share that resolves, from 0 to 1; none where nothing is cited.
    #[must_use]
    pub fn share(&self) -> Option<f64> {
        let found = u32::try_from(self.found).ok().filter(|found| *found > 0)?;
        let lost = u32::try_from(self.unresolved.len()).ok()?;
        Some(f64::from(found.saturating_sub(lost)) / f64::from(found))
    }
}

/// Lists what an answer cites and whether it resolves.
///
/// A structured answer cites in `citations`: strings, or objects with one of `id`, `url`,
/// `source` and the like. Where it has no such member, and in plain text, citations are
/// `scheme://…` and `[…]` around ids with a digit; several in one pair of brackets may be parted by
/// commas or semicolons.
///
/// Citations and sources are compared without surrounding space, brackets, quotes and trailing
/// punctuation, without a fragment, with scheme and host (or an id without scheme) in lower case.
#[must_use]
pub fn citations(answer: &Answer<'_>, sources: &Sources) -> Citations {
    let listed = answer.json.and_then(|value| value.get("citations"));
    let cited = listed.map_or_else(|| in_text(&answer.prose()), in_list);
    let mut seen = BTreeSet::new();
    let mut citations = Citations::default();
    for citation in cited {
        if seen.insert(normal(&citation)) {
            citations.found += 1;
            if !sources.resolve(&citation) {
                citations.unresolved.push(citation);
            }
        }
    }
    citations
}

/// Holds an answer that cites nothing, or something that it was not given.
#[must_use]
pub fn citations_required(answer: &Answer<'_>, sources: &Sources) -> Verdict {
    let citations = citations(answer, sources);
    let reason = match (citations.found, citations.unresolved.len()) {
        (0, _) => format!("`{VERSION}` found no citation"),
        (_, 0) => return Verdict::Pass,
        (found, lost) => {
            let named: Vec<_> = citations
                .unresolved
                .iter()
                .take(NAMED)
                .map(|citation| format!("`{}`", opening(citation)))
                .collect();
            let more =
                if lost > NAMED { format!(" and {} more", lost - NAMED) } else { String::new() };
            format!(
                "`{VERSION}` found {lost} of {found} citations without a source: {}{more}",
                named.join(", ")
            )
        }
    };
    Verdict::Hit { excerpt_redacted: opening(&answer.prose()), reason }
}

fn collect(inputs: &Value, sources: &mut BTreeSet<String>) {
    let mut add = |text: &str| sources.extend(tokens(text).into_iter().map(|token| normal(&token)));
    match inputs {
        Value::String(text) => add(text),
        Value::Array(items) => items.iter().for_each(|item| collect(item, sources)),
        Value::Object(members) => {
            for (key, member) in members {
                sources.extend(tokens(key).into_iter().map(|token| normal(&token)));
                if is_id_key(key) {
                    sources.extend(scalar(member).map(|id| normal(&id)));
                }
                collect(member, sources);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn is_id_key(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    ID_KEYS.contains(&key.as_str()) || key.ends_with("_id") || key.ends_with("_url")
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Lists what a text may name as a source.
fn tokens(text: &str) -> Vec<String> {
    static TOKEN: LazyLock<Regex> = LazyLock::new(|| {
        pattern(concat!(
            r#"\[([^\[\]\s]{1,200})\]|[A-Za-z][A-Za-z0-9+.-]{0,30}://[^\s<>"'\[\]{}|]+"#,
            r"|[A-Za-z0-9]+(?:[-_/.:][A-Za-z0-9]+)+",
        ))
    });
    let is_id = |text: &str| {
        text.contains(|c: char| c.is_ascii_digit()) && text.contains(|c: char| c.is_alphabetic())
    };
    TOKEN
        .captures_iter(text)
        .filter_map(|found| match (found.get(1), found.get(0)) {
            (Some(inside), _) => Some(inside),
            (None, whole) => {
                whole.filter(|token| token.as_str().contains("://") || is_id(token.as_str()))
            }
        })
        .map(|token| token.as_str().to_owned())
        .collect()
}

/// Lists what a plain text cites.
fn in_text(text: &str) -> Vec<String> {
    static CITED: LazyLock<Regex> = LazyLock::new(|| {
        pattern(r#"\[([^\[\]\n]{1,400})\]|([A-Za-z][A-Za-z0-9+.-]{0,30}://[^\s<>"'\[\]{}|]+)"#)
    });
    static ID: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"^(?:[A-Za-z][A-Za-z0-9+.-]{0,30}://\S+|[0-9]{1,4}|[A-Za-z0-9]+(?:[-_/.:#][A-Za-z0-9]+)*[-_/.:#]?[0-9]\S*)$",
        )
    });
    let mut cited = Vec::new();
    for found in CITED.captures_iter(text) {
        if let Some(inside) = found.get(1) {
            let parts: Vec<_> = inside.as_str().split([',', ';']).map(str::trim).collect();
            if parts.iter().all(|part| ID.is_match(part)) {
                cited.extend(parts.into_iter().map(str::to_owned));
            }
        } else if let Some(address) = found.get(2) {
            cited.push(address.as_str().to_owned());
        }
    }
    cited
}

/// Lists what stands in a member `citations`.
fn in_list(listed: &Value) -> Vec<String> {
    match listed {
        Value::Null => Vec::new(),
        Value::Array(items) => items.iter().map(cited).collect(),
        item => vec![cited(item)],
    }
}

/// Returns what one entry of a list cites; an entry without an id is its own JSON, so that it is
/// named as unresolved.
fn cited(item: &Value) -> String {
    let named = ID_KEYS.iter().find_map(|key| item.get(key).and_then(scalar));
    named.or_else(|| scalar(item)).unwrap_or_else(|| item.to_string())
}

/// Writes an id or address in the form in which it is compared.
fn normal(text: &str) -> String {
    const AROUND: &[char] = &['[', ']', '<', '>', '"', '\'', '`', '“', '”', '‘', '’', '【', '】'];
    let text = text.trim().trim_matches(AROUND);
    let mut text =
        text.trim_end_matches(['.', ',', ';', ':', '!', '?', '…']).trim_end_matches(AROUND);
    if !text.contains('(') {
        text = text.trim_end_matches(')').trim_end_matches(['.', ',']);
    }
    let (text, _) = text.split_once('#').filter(|(text, _)| !text.is_empty()).unwrap_or((text, ""));
    match text.split_once("://") {
        None => text.to_lowercase(),
        Some((scheme, rest)) => {
            let cut = rest.find(['/', '?']).unwrap_or(rest.len());
            let (host, path) = rest.split_at_checked(cut).unwrap_or((rest, ""));
            let path = if path == "/" { "" } else { path };
            format!("{}://{}{path}", scheme.to_lowercase(), host.to_lowercase())
        }
    }
}
