use serde_json::json;

use super::{NOON, chained, moving, record, state};
use crate::ledger::append;
use crate::ledger::channel::{Channel, ChannelFault, ChannelName, Channels, moves};
use crate::ledger::kind::Kind;
use crate::ledger::verify;
use crate::path::RepoPath;

#[test]
fn the_last_record_that_names_a_channel_moves_it() {
    let records = [
        moving(NOON, "production", "1.7.3"),
        moving(NOON + 1, "canary", "1.8.0-rc.1"),
        record(Kind::Gate, NOON + 2, json!({"verdict": "pass"})),
        moving(NOON + 3, "production", "1.8.0"),
    ];
    let channels = Channels::fold(&records).expect("channels");
    let names: Vec<_> = channels.iter().map(|channel| channel.name.to_string()).collect();
    assert_eq!(names, ["canary", "production"]);
    let production = channels.get("production").expect("production");
    assert_eq!(production.record, *records[3].id());
    assert_eq!(production.state().expect("a state").version, "1.8.0");
    assert_eq!(production.at, "2026-11-25T22:58:19Z");
    assert_eq!(channels.get("staging"), None);
    let outcome = verify::chain(&chained(&records));
    assert_eq!((outcome.faults, outcome.channels), (Vec::new(), channels));
}

#[test]
fn a_file_says_what_the_record_says_and_keeps_what_is_not_known() {
    let mut newer = state("1.8.0");
    newer["traffic"] = json!({"share": 0.25});
    let record = record(Kind::Promote, NOON, json!({"channels": {"production": newer}}));
    let channel = moves(&record).expect("moves").remove(0);
    let edits = append::edits(&record, &Channels::default()).expect("edits");
    let bytes = edits[&RepoPath::from("channels/production.json")].clone().expect("a file");
    assert_eq!(bytes, channel.to_bytes());
    let read = Channel::parse(&bytes).expect("a channel");
    assert_eq!(read, channel);
    let typed = read.state().expect("a state");
    assert_eq!(typed.more["traffic"], json!({"share": 0.25}));
    assert_eq!(typed.to_json(), newer);
    assert_eq!(typed.waivers[0].gate, "helpful");
}

#[test]
fn a_rehearsal_says_nothing_of_a_release_that_is_no_longer_live() {
    let mut rehearsed = state("1.8.0");
    rehearsed["rehearsed"]["at"] = json!("2026-11-25T23:00:00Z");
    let rehearsal =
        record(Kind::Rehearsal, NOON + 2, json!({"channels": {"production": rehearsed}}));
    let live = [moving(NOON, "production", "1.8.0")];
    let mut channels = Channels::fold(&live).expect("channels");
    channels.apply(&rehearsal).expect("moves");
    let at = channels.get("production").and_then(|channel| channel.state().ok()?.rehearsed);
    assert_eq!(at.expect("a rehearsal").at, "2026-11-25T23:00:00Z");
    // Somebody went back before it arrived.
    let mut back = state("1.7.3");
    back["since"] = json!("2026-11-25T22:59:00Z");
    let back = record(Kind::Rollback, NOON + 1, json!({"channels": {"production": back}}));
    let all = [live[0].clone(), back, rehearsal.clone()];
    let channels = Channels::fold(&all).expect("channels");
    assert_eq!(channels.get("production").expect("there").record, *all[1].id());
    let outcome = verify::chain(&chained(&all));
    assert_eq!((outcome.faults, outcome.channels), (Vec::new(), channels));
    // On a channel that nobody knows it is as little.
    assert!(Channels::fold(&[rehearsal]).expect("channels").is_empty());
}

#[test]
fn a_state_without_its_parts_is_kept_and_not_believed() {
    let record = record(Kind::Release, NOON, json!({"channels": {"production": {"version": "1"}}}));
    let channel = moves(&record).expect("moves").remove(0);
    let fault = channel.state().expect_err("a fault").to_string();
    assert!(fault.contains("channel `production`") && fault.contains("composite"), "{fault}");
}

#[test]
fn what_is_no_map_of_states_moves_nothing() {
    let mut channels = Channels::default();
    for payload in [
        json!({"channels": ["production"]}),
        json!({"channels": {"production": "1.8.0"}}),
        json!({"channels": {"production": null}}),
        json!({"channels": {"production": state("1"), "../escape": state("1")}}),
        json!({"channels": {"Production": state("1")}}),
        json!({"channels": {"a/b": state("1")}}),
    ] {
        let record = record(Kind::Release, NOON, payload.clone());
        assert!(channels.apply(&record).is_err(), "{payload}");
        assert!(append::edits(&record, &channels).is_err(), "{payload}");
        assert!(channels.is_empty());
    }
}

#[test]
fn paths_and_names_are_each_others_inverse() {
    let name: ChannelName = "production".parse().expect("a name");
    assert_eq!(ChannelName::at(&name.path()), Some(name));
    for path in ["channels/a", "channels/a/b.json", "channels/.json", "x/a.json", "channels/A.json"]
    {
        assert_eq!(ChannelName::at(&RepoPath::from(path)), None, "{path}");
    }
    assert_eq!("x".repeat(101).parse::<ChannelName>(), Err(ChannelFault::Name("x".repeat(101))));
}

#[test]
fn a_file_of_another_shape_is_refused() {
    let channel = moves(&moving(NOON, "production", "1.8.0")).expect("moves").remove(0);
    let text = String::from_utf8(channel.to_bytes()).expect("UTF-8");
    for text in [
        text.replace("channel.v1", "channel.v2"),
        text.replace("{\"actor\"", "{\"aaa\":1,\"actor\""),
        text.replace("\"production\"", "\"../x\""),
        "{}".to_owned(),
    ] {
        assert!(Channel::parse(text.as_bytes()).is_err(), "{text}");
    }
}
