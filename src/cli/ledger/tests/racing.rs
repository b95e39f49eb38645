use std::collections::BTreeSet;
use std::path::Path;

use super::{Yard, book, record, sound, told};
use crate::ledger::record::Record;

/// Has two writers append at once, each its own records one by one.
fn race(places: [&Path; 2], each: i64, push: bool) {
    std::thread::scope(|scope| {
        for (who, path) in ["ada", "bob"].into_iter().zip(places) {
            scope.spawn(move || {
                for number in 0..each {
                    book(path).append(&[record(who, number)], push).expect("appended");
                }
            });
        }
    });
}

fn expected(each: i64) -> BTreeSet<String> {
    let name = |who: &'static str| (0..each).map(move |number| format!("{who}@1.0.{number}"));
    name("ada").chain(name("bob")).collect()
}

#[track_caller]
fn all_there_once(path: &Path, each: i64) {
    let found = told(path);
    assert_eq!(found.iter().cloned().collect::<BTreeSet<_>>(), expected(each));
    assert_eq!(found.len(), expected(each).len());
    assert_eq!(sound(path), found.len());
}

#[test]
fn two_writers_in_one_repository_lose_nothing() {
    let yard = Yard::new();
    let path = yard.repository("a");
    race([&path, &path], 50, false);
    all_there_once(&path, 50);
}

#[test]
fn two_clones_that_push_to_one_remote_lose_nothing() {
    let yard = Yard::new();
    let remote = yard.remote();
    let (a, b) = (yard.clone(&remote, "a"), yard.clone(&remote, "b"));
    race([&a, &b], 50, true);
    all_there_once(&remote, 50);
}

#[test]
fn two_pushers_in_one_clone_lose_nothing() {
    let yard = Yard::new();
    let remote = yard.remote();
    let path = yard.clone(&remote, "a");
    race([&path, &path], 20, true);
    all_there_once(&remote, 20);
    all_there_once(&path, 20);
}

#[test]
fn the_same_record_from_two_writers_is_there_once() {
    let yard = Yard::new();
    let remote = yard.remote();
    let (a, b) = (yard.clone(&remote, "a"), yard.clone(&remote, "b"));
    let records: Vec<Record> = (0..6).map(|number| record("ci", number)).collect();
    std::thread::scope(|scope| {
        for path in [&a, &b] {
            let records = &records;
            scope.spawn(move || {
                for record in records {
                    book(path).append(std::slice::from_ref(record), true).expect("appended");
                }
            });
        }
    });
    assert_eq!(sound(&remote), 6);
}
