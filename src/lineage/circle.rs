//! Circles: entries that lead back to themselves.

use std::collections::{BTreeMap, BTreeSet};

use crate::ident::EntryName;

/// What each entry leads to.
type Ways<'a> = BTreeMap<&'a EntryName, Vec<&'a EntryName>>;

/// Returns the groups of entries that lead back to themselves, sorted: the strongly connected
/// components that hold a circle.
///
/// By Kosaraju and Sharir: a walk along the pairs notes entries as it is done with them; taken from
/// the last noted to the first, each gathers what leads to it and is not gathered yet.
#[must_use]
pub fn circles<'a>(
    pairs: impl Iterator<Item = (&'a EntryName, &'a EntryName)>,
) -> Vec<Vec<EntryName>> {
    let mut onward = Ways::new();
    let mut back = Ways::new();
    for (from, to) in pairs {
        onward.entry(from).or_default().push(to);
        back.entry(to).or_default().push(from);
    }
    let mut circles = Vec::new();
    let mut gathered: BTreeSet<&EntryName> = BTreeSet::new();
    for start in done_last_first(&onward) {
        let mut group = Vec::new();
        let mut open = vec![start];
        while let Some(name) = open.pop() {
            if gathered.insert(name) {
                group.push(name.clone());
                open.extend(ways(&back, name));
            }
        }
        if group.len() > 1 || (!group.is_empty() && ways(&onward, start).contains(&start)) {
            group.sort();
            circles.push(group);
        }
    }
    circles.sort();
    circles
}

/// Walks along the pairs, depth first, and returns the entries from the last one done to the first.
fn done_last_first<'a>(onward: &Ways<'a>) -> Vec<&'a EntryName> {
    let mut seen: BTreeSet<&EntryName> = BTreeSet::new();
    let mut done = Vec::new();
    for start in onward.keys().copied() {
        let mut open = Vec::new();
        if seen.insert(start) {
            open.push((start, ways(onward, start).iter()));
        }
        while let Some((name, rest)) = open.last_mut() {
            match rest.next() {
                Some(next) if seen.insert(next) => open.push((next, ways(onward, next).iter())),
                Some(_) => {}
                None => {
                    done.push(*name);
                    open.pop();
                }
            }
        }
    }
    done.reverse();
    done
}

fn ways<'a, 'b>(ways: &'b Ways<'a>, name: &EntryName) -> &'b [&'a EntryName] {
    ways.get(name).map_or(&[], Vec::as_slice)
}
