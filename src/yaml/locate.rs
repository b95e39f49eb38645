//! JSON pointer → node.

use super::tree::{Id, Kind, Tree};
use crate::source::Span;

/// Where the value of a pointer stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Located {
    /// The key, for the values of mappings.
    pub key: Option<Span>,
    /// The value where it is written, which for an alias is behind its anchor.
    pub value: Span,
    /// The outermost alias or merged mapping on the way, where the pointer's own text uses it.
    pub via: Option<Span>,
    /// Whether the pointer names something; otherwise this is the deepest value above it.
    pub found: bool,
}

/// What a walk along a pointer came to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hit {
    /// The key, as written.
    pub(super) key: Option<Id>,
    /// The value, as written: an alias stays one.
    pub(super) value: Id,
    pub(super) via: Option<Span>,
    pub(super) found: bool,
}

/// Walks along a pointer; `visit` sees every collection on the way. `None` for an empty document.
pub(super) fn walk(
    tree: &Tree,
    source: &str,
    pointer: &str,
    mut visit: impl FnMut(Id),
) -> Option<Hit> {
    let mut hit = Hit { key: None, value: tree.root?, via: None, found: true };
    let Some(parts) = pointer.strip_prefix('/') else {
        return Some(Hit { found: pointer.is_empty(), ..hit });
    };
    for part in parts.split('/') {
        let node = tree.node(hit.value);
        let here = tree.target(hit.value);
        if here != hit.value {
            hit.via = hit.via.or(Some(node.span));
        }
        let next = match &tree.node(here).kind {
            Kind::Seq { items, .. } => index(part)
                .and_then(|index| items.get(index))
                .map(|item| Hit { key: None, value: *item, ..hit }),
            Kind::Map { .. } => {
                Search { tree, source, part, via: hit.via }.entry(here).map(|step| Hit {
                    key: Some(step.key),
                    value: step.value,
                    via: step.via,
                    found: true,
                })
            }
            _ => None,
        };
        let Some(next) = next else {
            return Some(Hit { found: false, ..hit });
        };
        visit(here);
        hit = next;
    }
    Some(hit)
}

/// Returns the spans of a hit.
pub(super) fn located(tree: &Tree, hit: Hit) -> Located {
    let target = tree.target(hit.value);
    let alias = (target != hit.value).then(|| tree.node(hit.value).span);
    Located {
        key: hit.key.map(|key| tree.node(key).span),
        value: tree.node(target).span,
        via: hit.via.or(alias),
        found: hit.found,
    }
}

/// A search for one key.
struct Search<'a> {
    tree: &'a Tree,
    source: &'a str,
    part: &'a str,
    via: Option<Span>,
}

struct Step {
    key: Id,
    value: Id,
    via: Option<Span>,
}

impl Search<'_> {
    /// Searches the entries of a mapping, and after them what its merge keys bring.
    fn entry(&self, map: Id) -> Option<Step> {
        let Kind::Map { entries, .. } = &self.tree.node(map).kind else { return None };
        let is_merge = |key: Id| self.tree.is_merge(self.source, key);
        let explicit = entries.iter().find(|(key, _)| {
            self.tree.key(self.source, *key).is_some_and(|key| names(self.part, key))
                && !is_merge(*key)
        });
        if let Some((key, value)) = explicit {
            return Some(Step { key: *key, value: *value, via: self.via });
        }
        let mut merges = entries.iter().filter(|(key, _)| is_merge(*key));
        merges.find_map(|(_, source)| self.merged(*source))
    }

    /// Searches one source of a merge. Making the value has bounded how far this can go.
    fn merged(&self, source: Id) -> Option<Step> {
        let via = self.via.or(Some(self.tree.node(source).span));
        let inner = Search { via, ..*self };
        let target = self.tree.target(source);
        match &self.tree.node(target).kind {
            Kind::Map { .. } => inner.entry(target),
            Kind::Seq { items, .. } => items.iter().find_map(|item| inner.merged(*item)),
            _ => None,
        }
    }
}

/// Reads a part as an index: digits without a leading zero.
fn index(part: &str) -> Option<usize> {
    let digits = part.bytes().all(|byte| byte.is_ascii_digit());
    let padded = part.len() > 1 && part.starts_with('0');
    if digits && !padded { part.parse().ok() } else { None }
}

/// Says whether an escaped part of a pointer names a key.
fn names(part: &str, key: &str) -> bool {
    if part.contains('~') { unescape_pointer(part) == key } else { part == key }
}

/// Takes the escapes of a JSON pointer (RFC 6901) out of one part.
#[must_use]
pub fn unescape_pointer(part: &str) -> String {
    part.replace("~1", "/").replace("~0", "~")
}

/// Puts a key into the form that it has in a JSON pointer (RFC 6901).
#[must_use]
pub fn escape_pointer(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}
