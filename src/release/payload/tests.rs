use jsonschema::{Draft, Validator};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::*;
use crate::ledger::kind::Kind;
use crate::ledger::record::{Draft as New, Record};
use crate::ledger::verify::citations;
use crate::release::tests::mission::mission;

const SCHEMA: &str = include_str!("../../../schemas/ledger/keelmark.payloads.v1.schema.json");
const OBJECT: &str = "0123456789012345678901234567890123456789";
const TAG: &str = "release/support_copilot@1.8.0";

/// The schema of one kind of payload.
fn schema(kind: &str) -> Validator {
    let mut whole: Value = serde_json::from_str(SCHEMA).expect("JSON");
    jsonschema::meta::validate(&whole).expect("a schema");
    let root = whole.as_object_mut().expect("an object");
    root.remove("anyOf");
    root.insert("$ref".to_owned(), json!(format!("#/$defs/{kind}")));
    jsonschema::options().with_draft(Draft::Draft202012).build(&whole).expect("a schema")
}

fn composed() -> Composed {
    Composed::of(&mission().whole())
}

fn channels() -> BTreeMap<ChannelName, ChannelState> {
    let state = ChannelState {
        composite: "support_copilot".to_owned(),
        version: "1.8.0".to_owned(),
        digest: mission().whole().entry_digest(),
        bundle: None,
        tag: TAG.to_owned(),
        tag_object: OBJECT.to_owned(),
        since: "2026-11-25T22:58:16Z".to_owned(),
        by: "Ada <ada@example.com>".to_owned(),
        previous: None,
        rollback_to: Some("release/support_copilot@1.7.3".to_owned()),
        waivers: Vec::new(),
        rehearsed: None,
        post_mortem_due: None,
        more: Map::new(),
    };
    BTreeMap::from([("production".parse().expect("a channel"), state)])
}

fn previous() -> Previous {
    let tag = "release/support_copilot@1.7.3".to_owned();
    Previous { version: "1.7.3".to_owned(), tag, since: None }
}

fn release() -> Release {
    let mission = mission().whole();
    let members = mission.members.iter().map(|member| ReleasedMember {
        slot: member.slot.clone(),
        entry: member.reference(),
        digest: member.digest(),
    });
    Release {
        composed: composed(),
        candidate: false,
        composite_digest: mission.entry_digest(),
        members: members.collect(),
        class: Bump::Minor,
        previous: Some(previous()),
        commit: OBJECT.to_owned(),
        tag: TAG.to_owned(),
        tag_object: OBJECT.to_owned(),
        evidence: vec![CitedRun {
            suite: "suite/support_golden@1.1.0".to_owned(),
            model: "cust-copilot".to_owned(),
            run: "20261125T225816Z-0a1b".to_owned(),
            digest: Digest::of(b"run"),
            pack: None,
            provenance: Provenance::Ci,
        }],
        approvals: vec!["lead@example.com".to_owned()],
        waivers: vec![WaivedGate {
            gate: "latency_ms".to_owned(),
            until: "2026-11-27T12:00:00Z".to_owned(),
            reason: "slow region".to_owned(),
            by: "lead@example.com".to_owned(),
        }],
        adr: Some("docs/adr/2026-11-25-support_copilot-1.8.0.md".to_owned()),
        notes: None,
        rollback_to: Some(previous().tag),
        channels: channels(),
    }
}

/// Holds a payload against its schema, reads it back, and lets a record take it.
fn holds<T>(kind: Kind, payload: &T) -> Value
where
    T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug,
{
    let value = json!(payload);
    let schema = schema(kind.word());
    let faults: Vec<String> = schema.iter_errors(&value).map(|fault| fault.to_string()).collect();
    assert_eq!(faults, Vec::<String>::new());
    assert_eq!(&serde_json::from_value::<T>(value.clone()).expect("a payload"), payload);
    let record = Record::new(New {
        kind,
        at: 1_795_647_496,
        actor: "Ada <ada@example.com>".to_owned(),
        subject: TAG.to_owned(),
        payload: value.clone(),
    })
    .expect("a record");
    let read = Record::parse(&record.to_bytes()).expect("a record");
    assert_eq!(&serde_json::from_value::<T>(read.payload().clone()).expect("a payload"), payload);
    let mut more = value.clone();
    more.as_object_mut().expect("an object").insert("later".to_owned(), json!(1));
    assert!(!schema.is_valid(&more), "a key that nobody described");
    assert_eq!(&serde_json::from_value::<T>(more).expect("a newer payload"), payload);
    value
}

#[test]
fn a_release_is_what_the_schema_says_and_cites_its_tag() {
    let value = holds(Kind::Release, &release());
    assert_eq!(value.pointer("/composite"), Some(&json!("support_copilot")));
    assert_eq!(value.pointer("/digest"), Some(&json!(composed().digest)));
    let first = Release {
        previous: None,
        class: Bump::None,
        evidence: Vec::new(),
        rollback_to: None,
        channels: BTreeMap::new(),
        ..release()
    };
    let record = |payload: &Release| {
        Record::new(New {
            kind: Kind::Release,
            at: 1_795_647_496,
            actor: "Ada <ada@example.com>".to_owned(),
            subject: TAG.to_owned(),
            payload: json!(payload),
        })
        .expect("a record")
    };
    holds(Kind::Release, &first);
    let cited = citations(&record(&first));
    assert_eq!(cited.into_iter().collect::<Vec<_>>(), [(TAG.to_owned(), OBJECT.to_owned())]);
    let moved = crate::ledger::channel::moves(&record(&release())).expect("moves");
    assert_eq!(moved.iter().map(|c| c.name.to_string()).collect::<Vec<_>>(), ["production"]);
}

#[test]
fn decisions_about_a_composition_are_what_the_schema_says() {
    holds(
        Kind::Approval,
        &Approval {
            composed: composed(),
            principal: "lead@example.com".to_owned(),
            comment: None,
            commit: OBJECT.to_owned(),
        },
    );
    holds(
        Kind::Waiver,
        &Waiver {
            composed: composed(),
            gate: "latency_ms".to_owned(),
            until: "2026-11-27T12:00:00Z".to_owned(),
            reason: "slow region".to_owned(),
            principal: Some("lead@example.com".to_owned()),
        },
    );
}

#[test]
fn moves_of_channels_are_what_the_schema_says() {
    let channel: ChannelName = "production".parse().expect("a channel");
    holds(
        Kind::Rollback,
        &Rollback {
            channel: channel.clone(),
            from: previous(),
            tag: TAG.to_owned(),
            tag_object: OBJECT.to_owned(),
            judged: true,
            breaks: vec![Broken {
                who: "callers that send `locale`".to_owned(),
                text: "the input is gone".to_owned(),
                rule: "input-removed".to_owned(),
            }],
            forced: true,
            reason: Some("answers leak".to_owned()),
            channels: channels(),
        },
    );
    holds(
        Kind::Rehearsal,
        &Rehearsal {
            channel,
            tag: TAG.to_owned(),
            tag_object: Some(OBJECT.to_owned()),
            ok: false,
            pinged: true,
            tried: vec![Tried {
                what: "the model".to_owned(),
                ok: false,
                found: "past its sunset".to_owned(),
            }],
            channels: BTreeMap::new(),
        },
    );
}

#[test]
fn a_payload_without_a_key_is_none() {
    let mut value = json!(release());
    value.as_object_mut().expect("an object").remove("members");
    assert!(serde_json::from_value::<Release>(value.clone()).is_err());
    assert!(!schema("release").is_valid(&value));
}
