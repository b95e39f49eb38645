use proptest::prelude::*;
use serde_json::json;

use super::records::json_value;
use super::{NOON, chained, commit, moving, record};
use crate::ledger::kind::Kind;
use crate::ledger::record::Record;
use crate::ledger::verify::{self, Change, Link, Wrong, anchors, citations, cited_commits};
use crate::path::RepoPath;
use crate::snapshot::ObjectName;

/// What is wrong, and where.
fn wrong(links: &[Link]) -> Vec<(Wrong, Option<ObjectName>)> {
    verify::chain(links).faults.iter().map(|fault| (fault.wrong, fault.commit)).collect()
}

/// Six records, of which three move channels.
fn six() -> Vec<Record> {
    vec![
        record(Kind::Run, NOON, json!({"run": "a"})),
        moving(NOON + 1, "production", "1.7.3"),
        record(Kind::Gate, NOON + 2, json!({"verdict": "pass"})),
        moving(NOON + 3, "production", "1.8.0"),
        moving(NOON + 4, "canary", "1.9.0-rc.1"),
        record("sunset".parse().expect("a word"), NOON + 5, json!({})),
    ]
}

#[test]
fn a_ledger_as_it_was_written_is_true() {
    let records = six();
    let outcome = verify::chain(&chained(&records));
    assert_eq!(outcome.faults, []);
    assert_eq!(outcome.notes, Vec::<String>::new());
    assert_eq!(outcome.records, 6);
    assert_eq!(outcome.commits.len(), 6);
    assert_eq!(verify::chain(&[]).faults, []);
}

/// What somebody does to a ledger.
type Edit<'a> = &'a dyn Fn(&mut Vec<Link>);

#[test]
fn every_way_to_falsify_a_commit_is_named() {
    let records = six();
    let other = record(Kind::Gate, NOON + 2, json!({"verdict": "fail"}));
    let stray = RepoPath::from("README.md");
    let production = RepoPath::from("channels/production.json");
    let cases: [(&str, Edit<'_>, &[Wrong]); 14] = [
        ("another parent", &|l| l[2].parents = vec![commit(9)], &[Wrong::Order]),
        ("a merge", &|l| l[2].parents.push(commit(9)), &[Wrong::Order]),
        ("a second root", &|l| l[2].parents.clear(), &[Wrong::Order]),
        ("an empty commit", &|l| l[2].changes.clear(), &[Wrong::Count]),
        (
            "two records",
            &|l| l[2].changes.push((other.path(), Change::Added(other.to_bytes()))),
            &[Wrong::Count],
        ),
        (
            "a verdict changed, the id kept",
            &|l| {
                let text = String::from_utf8(records[2].to_bytes()).expect("UTF-8");
                let text = text.replace("pass", "fail").into_bytes();
                l[2].changes = vec![(records[2].path(), Change::Added(text))];
            },
            &[Wrong::Edited],
        ),
        (
            "another record under the old name",
            &|l| l[2].changes = vec![(records[2].path(), Change::Added(other.to_bytes()))],
            &[Wrong::Misplaced],
        ),
        (
            "no record",
            &|l| l[2].changes = vec![(records[2].path(), Change::Added(b"{}".to_vec()))],
            &[Wrong::Unreadable],
        ),
        (
            "an older record edited later",
            &|l| l[4].changes.push((records[0].path(), Change::Rewritten(other.to_bytes()))),
            &[Wrong::Edited],
        ),
        (
            "an older record removed later",
            &|l| l[4].changes.push((records[0].path(), Change::Removed)),
            &[Wrong::Removed],
        ),
        (
            "a record once more",
            &|l| {
                l[5].changes = vec![(records[2].path(), Change::Added(records[2].to_bytes()))];
            },
            &[Wrong::Twice],
        ),
        (
            "a file of another sort",
            &|l| l[2].changes.push((stray.clone(), Change::Added(Vec::new()))),
            &[Wrong::Stray],
        ),
        (
            "a channel moved by a record that does not name it",
            &|l| l[2].changes.push((production.clone(), Change::Removed)),
            &[Wrong::Channel],
        ),
        (
            "a channel that stays where it was",
            &|l| l[3].changes.retain(|(path, _)| *path != production),
            &[Wrong::Channel],
        ),
    ];
    for (name, edit, expected) in cases {
        let mut links = chained(&records);
        edit(&mut links);
        let found: Vec<Wrong> = wrong(&links).into_iter().map(|(wrong, _)| wrong).collect();
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn a_channel_that_says_something_else_than_its_record_is_found() {
    let records = six();
    let mut links = chained(&records);
    for (path, change) in &mut links[3].changes {
        if let (true, Change::Rewritten(bytes)) =
            (path.as_bytes().starts_with(b"channels/"), change)
        {
            let text = String::from_utf8(bytes.clone()).expect("UTF-8");
            *bytes = text.replace("1.8.0", "1.7.9").into_bytes();
        }
    }
    let outcome = verify::chain(&links);
    let fault = &outcome.faults[0];
    assert_eq!((fault.wrong, fault.commit), (Wrong::Channel, Some(commit(3))));
    assert_eq!(
        fault.to_string(),
        format!(
            "commit {}: channels/production.json: the file was rewritten; expected what record {} says of the channel",
            commit(3).short(),
            records[3].id()
        )
    );
}

#[test]
fn a_record_that_was_put_on_another_tip_later_is_a_note() {
    let records = [
        record(Kind::Run, NOON, json!({})),
        record(Kind::Run, NOON - 86_400, json!({})),
        record(Kind::Run, NOON - 86_401, json!({})),
        record(Kind::Run, NOON + 9, json!({})),
    ];
    let outcome = verify::chain(&chained(&records));
    assert_eq!((outcome.faults.len(), outcome.notes.len()), (0, 1));
    assert!(outcome.notes[0].contains(records[2].id().as_str()), "{:?}", outcome.notes);
}

#[test]
fn tags_are_what_records_cite() {
    let mut state = super::state("1.8.0");
    state["tag"] = json!("release/other@2.0.0");
    let payload = json!({
        "tag": "release/support_copilot@1.8.0",
        "tag_object": "d".repeat(40),
        "channels": {"production": state},
    });
    let records =
        [record(Kind::Release, NOON, payload), record(Kind::Run, NOON, json!({"tag": "x"}))];
    assert_eq!(citations(&records[0]).len(), 2);
    let outcome = verify::chain(&chained(&records));
    assert_eq!(outcome.citations.len(), 2);
    let object = |digit: u8| ObjectName::new(&[digit; 20]);
    let (faults, notes) = anchors(&outcome.citations, |tag| match tag {
        "release/support_copilot@1.8.0" => Some(object(0xdd)),
        _ => None,
    });
    assert_eq!(faults, []);
    assert_eq!(notes, ["the tag `release/other@2.0.0` is not here, so it was not compared"]);
    let (faults, _) = anchors(&outcome.citations, |_| Some(object(0xdd)));
    assert_eq!(faults.len(), 1);
    assert_eq!((faults[0].wrong, faults[0].commit), (Wrong::Anchor, Some(commit(0))));
    assert_eq!(faults[0].path.as_ref(), Some(&records[0].path()));
}

#[test]
fn a_ledger_without_a_commit_that_a_tag_cites_was_rewritten() {
    let outcome = verify::chain(&chained(&six()));
    let cited = |at| (format!("release/a@1.{at}.0"), commit(at));
    assert_eq!(cited_commits(&[cited(0), cited(5)], &outcome.commits), []);
    let faults = cited_commits(&[cited(0), cited(6)], &outcome.commits);
    assert_eq!(faults.len(), 1);
    assert!(faults[0].to_string().contains("the tag `release/a@1.6.0` cites it"), "{}", faults[0]);
}

/// Ledgers with channels and payloads of all sorts.
fn ledgers() -> impl Strategy<Value = Vec<Record>> {
    let one = (0..3_u8, json_value(), 0..3_u8);
    prop::collection::vec(one, 2..12).prop_map(|all| {
        let made = all.into_iter().enumerate().map(|(at, (sort, value, channel))| {
            let time = NOON + i64::try_from(at).expect("small") * 7;
            match sort {
                0 => {
                    moving(time, ["canary", "staging", "production"][usize::from(channel)], "1.0.0")
                }
                1 => record(Kind::Run, time, json!({ "value": value })),
                _ => record(Kind::Approval, time, json!({ "n": at })),
            }
        });
        made.collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_flipped_byte_anywhere_is_found(
        records in ledgers(), link in 0..99_usize, file in 0..9_usize, at in 0..9_999_usize, bit in 0..8_u8
    ) {
        let mut links = chained(&records);
        let link = link % links.len();
        let file = file % links[link].changes.len();
        let (Change::Added(bytes) | Change::Rewritten(bytes)) = &mut links[link].changes[file].1 else {
            panic!("nothing is removed here")
        };
        let at = at % bytes.len();
        bytes[at] ^= 1 << bit;
        let outcome = verify::chain(&links);
        prop_assert!(!outcome.faults.is_empty());
        prop_assert_eq!(outcome.faults[0].commit, Some(commit(link)));
    }

    #[test]
    fn a_dropped_commit_is_found(records in ledgers(), at in 0..99_usize) {
        let mut links = chained(&records);
        let at = at % (links.len() - 1);
        links.remove(at);
        let found = wrong(&links);
        prop_assert_eq!(found.first(), Some(&(Wrong::Order, Some(commit(at + 1)))));
    }

    #[test]
    fn commits_in_another_order_are_found(records in ledgers(), at in 0..99_usize) {
        let mut links = chained(&records);
        let at = at % (links.len() - 1);
        links.swap(at, at + 1);
        prop_assert_eq!(wrong(&links).first().map(|(wrong, _)| *wrong), Some(Wrong::Order));
    }

    /// Whoever drops a record and makes the rest anew makes other commits, and a tag cites one of
    /// the old ones.
    #[test]
    fn a_dropped_record_under_commits_made_anew_is_found_by_a_tag(records in ledgers(), at in 0..99_usize) {
        let cited = (String::from("release/a@1.0.0"), commit(records.len() - 1));
        prop_assert!(cited_commits(std::slice::from_ref(&cited), &verify::chain(&chained(&records)).commits).is_empty());
        let mut fewer = records.clone();
        fewer.remove(at % records.len());
        let mut links = chained(&fewer);
        // Another parent or another tree is another name.
        for (at, link) in links.iter_mut().enumerate() {
            link.commit = commit(1_000 + at);
            link.parents = at.checked_sub(1).map(|at| commit(1_000 + at)).into_iter().collect();
        }
        let outcome = verify::chain(&links);
        prop_assert!(outcome.faults.is_empty());
        prop_assert_eq!(cited_commits(&[cited], &outcome.commits).len(), 1);
    }

    #[test]
    fn records_keep_their_ids_on_another_tip(records in ledgers(), mine in 0..99_usize) {
        let mine = mine % records.len();
        let other = record(Kind::Override, NOON - 1, json!({"reason": "first"}));
        let mut rebuilt = vec![other];
        rebuilt.extend(records[mine..].iter().map(|r| Record::parse(&r.to_bytes()).expect("a record")));
        let outcome = verify::chain(&chained(&rebuilt));
        prop_assert!(outcome.faults.is_empty());
        let ids: Vec<_> = rebuilt[1..].iter().map(Record::id).collect();
        prop_assert_eq!(ids, records[mine..].iter().map(Record::id).collect::<Vec<_>>());
    }
}
