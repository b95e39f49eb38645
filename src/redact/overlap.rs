//! Decides between hits that overlap.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::Hit;

/// Keeps the longest of hits that overlap, then the first by kind, then the first by place.
pub(super) fn settled(mut hits: Vec<Hit>) -> Vec<Hit> {
    hits.sort_by_key(|hit| (Reverse(hit.end - hit.start), hit.kind, hit.start));
    let mut kept: BTreeMap<usize, Hit> = BTreeMap::new();
    for hit in hits {
        let last_before = kept.range(..hit.end).next_back();
        if last_before.is_none_or(|(_, other)| other.end <= hit.start) {
            kept.insert(hit.start, hit);
        }
    }
    kept.into_values().collect()
}
