use serde_json::{Value, json};

use super::*;
use crate::ledger::record::Draft;

const OBJECT: &str = "0123456789012345678901234567890123456789";

fn record(kind: Kind, at: i64, payload: Value) -> Record {
    let (actor, subject) = ("Ada <ada@example.com>".to_owned(), "a subject".to_owned());
    Record::new(Draft { kind, at, actor, subject, payload }).expect("a record")
}

fn tag(version: &str) -> String {
    format!("release/copilot@{version}")
}

fn moved(version: &str) -> Value {
    json!({"production": {"tag": tag(version), "tag_object": OBJECT, "since": "2026-11-25T22:58:16Z"}})
}

fn released(at: i64, version: &str, prompt: &str) -> Record {
    let digest = Digest::of(version.as_bytes());
    let payload = json!({
        "composite": "copilot", "version": version, "string": "", "digest": digest,
        "candidate": version.contains("rc"), "composite_digest": digest,
        "members": [{"slot": "prompt", "entry": prompt, "digest": digest}],
        "class": "minor", "previous": null, "commit": OBJECT, "tag": tag(version),
        "tag_object": OBJECT, "evidence": [], "approvals": ["bob", "eve"], "waivers": [],
        "adr": null, "notes": null, "rollback_to": null, "channels": {},
    });
    record(Kind::Release, at, payload)
}

fn about(names: &[&str], version: &str) -> About {
    let name = |name: &&str| {
        let (kind, id) = name.split_once('/').expect("a name");
        let kind = EntryKind::ALL.into_iter().find(|known| known.name() == kind).expect("a kind");
        EntryName::new(kind, id.parse().expect("an id"))
    };
    About {
        names: names.iter().map(name).collect(),
        version: version.parse().expect("a version"),
        behaviour: Digest::of(b"behaviour"),
        tag: None,
    }
}

fn tags(about: &About, records: &[Record]) -> Vec<String> {
    let page = Page::new("x").told(about, Told { records, runs: &[], approvals: &[] });
    page.releases.into_iter().map(|release| release.tag).collect()
}

#[test]
fn releases_contain_what_their_record_names() {
    let records = [
        released(1, "1.0.0", "prompt/old@1.0.0"),
        released(2, "1.1.0-rc.1", "prompt/refund@1.1.0"),
        released(3, "1.1.0", "prompt/refund@1.1.0"),
    ];
    let all = [tag("1.0.0"), tag("1.1.0-rc.1"), tag("1.1.0")];
    let cases = [
        (about(&["prompt/refund"], "1.1.0"), &all[1..]),
        (about(&["prompt/refund", "prompt/old"], "1.0.0"), &all[..1]),
        (about(&["prompt/refund"], "1.0.0"), &[]),
        (about(&["composite/copilot"], "1.1.0"), &all[1..]),
        (
            About { tag: Some(tag("1.1.0-rc.1")), ..about(&["composite/copilot"], "1.1.0") },
            &all[1..2],
        ),
    ];
    for (about, expected) in cases {
        assert_eq!(tags(&about, &records), expected, "{about:?}");
    }
}

#[test]
fn an_approval_counts_for_its_composition_only() {
    let approved = |version: &str, principal: &str| {
        let digest = Digest::of(version.as_bytes());
        let payload = json!({
            "composite": "copilot", "version": version, "string": "", "digest": digest,
            "principal": principal, "comment": "read it", "commit": OBJECT,
        });
        record(Kind::Approval, 0, payload)
    };
    let records = [
        approved("1.0.0", "bob"),
        approved("0.9.0", "eve"),
        released(1, "1.0.0", "prompt/refund@1.0.0"),
    ];
    let at = |approvals: &[&Record]| -> Vec<Option<String>> {
        let told = Told { records: &records, runs: &[], approvals };
        let page = Page::new("x").told(&about(&["prompt/refund"], "1.0.0"), told);
        let approvals = &page.releases.first().expect("a release").approvals;
        approvals.iter().map(|one| one.at.clone()).collect()
    };
    let (bob, eve) = (&records[0], &records[1]);
    assert_eq!(at(&[bob, eve]), [Some("1970-01-01T00:00:00Z".to_owned()), None]);
    // Nobody may have signed it.
    assert_eq!(at(&[eve]), [None, None]);
}

#[test]
fn a_stay_ends_with_the_next_move_and_a_rehearsal_ends_none() {
    let rollback = json!({"reason": "answers leak", "channels": moved("1.0.0")});
    let records = [
        record(Kind::Release, 1, json!({"channels": moved("1.0.0")})),
        record(Kind::Release, 2, json!({"channels": moved("1.1.0")})),
        record(Kind::Rehearsal, 3, json!({"channels": moved("1.1.0")})),
        record(Kind::Rollback, 4, rollback),
        record(Kind::Release, 5, json!({"channels": "none of the form"})),
    ];
    // A clock that is behind makes no stay that ends before it began.
    let behind =
        [records[1].clone(), record(Kind::Release, 1, json!({"channels": moved("1.2.0")}))];
    let stays = live(&BTreeSet::from([tag("1.1.0").as_str()]), &behind);
    assert_eq!(stays[0].until.as_deref(), Some("1970-01-01T00:00:02Z"));

    let (first, second) = (tag("1.0.0"), tag("1.1.0"));
    let stays = live(&BTreeSet::from([second.as_str()]), &records);
    let [stay] = stays.as_slice() else { panic!("{stays:#?}") };
    assert_eq!(
        (stay.from.as_str(), stay.until.as_deref()),
        ("1970-01-01T00:00:02Z", Some("1970-01-01T00:00:04Z"))
    );
    let ended = stay.ended.as_ref().expect("an end");
    assert!(ended.rollback);
    assert_eq!(ended.reason.as_deref(), Some("answers leak"));

    let stays = live(&BTreeSet::from([first.as_str()]), &records);
    let until: Vec<bool> = stays.iter().map(|stay| stay.until.is_some()).collect();
    assert_eq!(until, [true, false]);
    assert_eq!(stays.last().map(|stay| stay.began.rollback), Some(true));
}
