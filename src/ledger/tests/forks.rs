use proptest::prelude::*;
use serde_json::json;

use super::{NOON, commit, record};
use crate::digest::Digest;
use crate::ledger::fork::{Told, contradictions, unsent};
use crate::ledger::kind::Kind;
use crate::ledger::verify::Wrong;

/// Records by number, in commits from a place on.
fn told(from: usize, numbers: &[i64]) -> Vec<Told> {
    let one = |(at, number): (usize, &i64)| {
        let record = record(Kind::Run, NOON + number, json!({}));
        let bytes = Digest::of(&record.to_bytes());
        Told { commit: commit(from + at), path: record.path(), id: record.id().clone(), bytes }
    };
    numbers.iter().enumerate().map(one).collect()
}

#[test]
fn records_that_were_not_exchanged_contradict_nothing() {
    let cases: [(&[i64], &[i64]); 6] = [
        (&[], &[]),
        (&[1, 2], &[]),
        (&[], &[3, 4]),
        (&[1, 2], &[3, 4]),
        // Sent and put behind others there; then the process was killed.
        (&[1, 2], &[3, 1, 2]),
        // The same, and one more was added here.
        (&[1, 2, 5], &[3, 1, 2, 4]),
    ];
    for (local, remote) in cases {
        assert_eq!(contradictions(&told(0, local), &told(50, remote)), [], "{local:?} {remote:?}");
    }
}

#[test]
fn a_record_dropped_at_the_remote_is_found() {
    let (local, remote) = (told(0, &[1, 2, 3, 4]), told(50, &[1, 3, 9]));
    let faults = contradictions(&local, &remote);
    assert_eq!(faults.len(), 1);
    assert_eq!((faults[0].wrong, faults[0].commit), (Wrong::Fork, Some(commit(1))));
    assert!(faults[0].found.contains(local[1].id.as_str()));
    let numbers: Vec<_> = unsent(&local, &remote).iter().map(|told| told.commit).collect();
    assert_eq!(numbers, [commit(1), commit(3)], "nothing is lost, whatever happened there");
}

#[test]
fn the_same_record_in_other_bytes_is_found() {
    let (local, mut remote) = (told(0, &[1]), told(50, &[1]));
    remote[0].bytes = Digest::of(b"signed by another key");
    let faults = contradictions(&local, &remote);
    assert_eq!(faults.len(), 1);
    assert_eq!(faults[0].commit, Some(commit(50)));
}

proptest! {
    #[test]
    fn nothing_is_lost_and_nothing_is_there_twice(
        local in prop::collection::btree_set(0..20_i64, 0..10),
        remote in prop::collection::btree_set(0..20_i64, 0..10),
    ) {
        let (local, remote): (Vec<_>, Vec<_>) = (local.into_iter().collect(), remote.into_iter().collect());
        let (ours, theirs) = (told(0, &local), told(50, &remote));
        let mut joined: Vec<_> = theirs.iter().map(|told| &told.id).collect();
        joined.extend(unsent(&ours, &theirs).iter().map(|told| &told.id));
        let all: std::collections::BTreeSet<_> = joined.iter().copied().collect();
        prop_assert_eq!(all.len(), joined.len());
        prop_assert!(ours.iter().chain(&theirs).all(|told| all.contains(&told.id)));
    }
}
