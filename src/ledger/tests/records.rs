use proptest::prelude::*;
use serde_json::{Value, json};

use super::{NOON, draft, record};
use crate::digest::{Digest, canonical_json};
use crate::ledger::append;
use crate::ledger::kind::Kind;
use crate::ledger::record::{
    Draft, Record, RecordFault, RecordId, Signature, SignatureFormat, id_in,
};
use crate::path::RepoPath;

#[test]
fn a_record_is_canonical_json_at_the_path_of_its_time_and_id() {
    let record = record(Kind::Gate, NOON, json!({"verdict": "pass", "mean": 0.5}));
    let said = concat!(
        r#"{"actor":"Mara Quint <mara@example.com>","at":"2026-11-25T22:58:16Z","kind":"gate","#,
        r#""payload":{"mean":0.5,"verdict":"pass"},"schema":"keelmark.record.v1","#,
        r#""subject":"release/support_copilot@1.8.0"}"#
    );
    let id = Digest::of(said.as_bytes()).short(16);
    assert_eq!(record.id().as_str(), id);
    let with_id = said.replace(r#","kind""#, &format!(r#","id":"{id}","kind""#));
    assert_eq!(record.signed_bytes(), with_id.as_bytes());
    let file = with_id.replace(r#","subject""#, r#","signature":null,"subject""#) + "\n";
    assert_eq!(String::from_utf8(record.to_bytes()).expect("UTF-8"), file);
    let path = format!("records/2026/11/25/225816-{id}.json");
    assert_eq!(record.path(), RepoPath::from(path.as_str()));
    assert_eq!(id_in(&record.path()).as_ref(), Some(record.id()));
    assert_eq!(record.actor_parts(), ("Mara Quint", "mara@example.com"));
    assert_eq!(
        append::message(&record),
        format!(
            "gate: release/support_copilot@1.8.0\n\nActor: Mara Quint <mara@example.com>\nRecord: {id}\n"
        )
    );
}

#[test]
fn a_signature_changes_neither_the_id_nor_what_is_signed() {
    let plain = record(Kind::Approval, NOON, json!({"digest": "x"}));
    let text = "-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----\n".to_owned();
    let signature = Signature { format: SignatureFormat::Ssh, text };
    let signed = plain.clone().with_signature(signature.clone());
    assert_eq!((signed.id(), signed.path()), (plain.id(), plain.path()));
    assert_eq!(signed.signed_bytes(), plain.signed_bytes());
    let read = Record::parse(&signed.to_bytes()).expect("a record");
    assert_eq!(read.signature(), Some(&signature));
    assert_eq!(read, signed);
}

#[test]
fn an_edited_record_is_not_what_its_id_says() {
    let bytes = record(Kind::Gate, NOON, json!({"verdict": "fail"})).to_bytes();
    let edited = String::from_utf8(bytes).expect("UTF-8").replace("\"fail\"", "\"pass\"");
    let fault = Record::parse(edited.as_bytes()).expect_err("a fault");
    assert!(matches!(fault, RecordFault::Id { .. }), "{fault}");
}

#[test]
fn what_is_no_record_is_refused_with_a_reason() {
    let good = String::from_utf8(record(Kind::Run, NOON, json!({})).to_bytes()).expect("UTF-8");
    let cases = [
        (String::new(), "it is no record: EOF"),
        ("[]\n".to_owned(), "it is no record: invalid type: sequence"),
        ("{}\n".to_owned(), "names no schema"),
        (good.replace("record.v1", "record.v2"), "its schema is `keelmark.record.v2`"),
        (good.replace("\"kind\":\"run\"", "\"kind\":\"Run!\""), "a kind is a word"),
        (good.replace("16Z", "16+01:00"), "is no moment in UTC"),
        (good.replace("{\"actor\"", "{\"aaa\":1,\"actor\""), "unknown field `aaa`"),
        (good.replace("\"payload\":{}", "\"payload\":[]"), "payload is no object"),
        (good.replace(" <mara@example.com>", ""), "expected `Name <email>`"),
        (good.replace("mara@example.com", "a> <b@c"), "expected `Name <email>`"),
        (good.replace("release/support", "release\\n/support"), "its subject is empty"),
        (good.replace('\n', ""), "not canonical"),
        (good.replace("\"at\"", " \"at\""), "not canonical"),
        (good.replace(",\"signature\":null", ""), "not canonical"),
        (good.replace("\"payload\":{}", "\"payload\":{},\"payload\":{}"), "not canonical"),
        (good.replace("\"id\":\"", "\"id\":\"0"), "is no id of a record"),
    ];
    for (text, words) in cases {
        let fault = Record::parse(text.as_bytes()).expect_err(words).to_string();
        assert!(fault.contains(words), "`{fault}` does not say `{words}`");
    }
}

/// The most bytes of a record.
const MEBIBYTE: usize = 1024 * 1024;

#[test]
fn a_draft_that_no_record_can_hold_is_refused() {
    let good = draft(Kind::Run, NOON, json!({}));
    let cases = [
        Draft { at: -1, ..good.clone() },
        Draft { at: 253_402_300_800, ..good.clone() },
        Draft { actor: "mara".to_owned(), ..good.clone() },
        Draft { actor: "Mara <m@x>\n <y@z>".to_owned(), ..good.clone() },
        Draft { actor: " <m@x>".to_owned(), ..good.clone() },
        Draft { subject: " ".to_owned(), ..good.clone() },
        Draft { subject: "x".repeat(401), ..good.clone() },
        Draft { payload: Value::Null, ..good.clone() },
        Draft { payload: json!({"text": "x".repeat(MEBIBYTE)}), ..good.clone() },
    ];
    for case in cases {
        assert!(Record::new(case.clone()).is_err(), "{:?}", case.subject);
    }
    let fits = Draft { payload: json!({"text": "x".repeat(MEBIBYTE - 1_000)}), ..good };
    assert!(Record::new(fits).is_ok());
}

#[test]
fn unknown_kinds_are_kept() {
    let record = record("sunset".parse().expect("a word"), NOON, json!({"until": 2027}));
    let read = Record::parse(&record.to_bytes()).expect("a record");
    assert_eq!(read.kind().word(), "sunset");
    assert_eq!(read, record);
    for known in Kind::KNOWN {
        assert_eq!(known.word().parse(), Ok(known));
    }
    let long = "a".repeat(41);
    for bad in ["", "Run", "1run", "-x", "a b", "é", long.as_str()] {
        assert!(bad.parse::<Kind>().is_err(), "{bad}");
    }
}

#[test]
fn an_id_is_sixteen_digits() {
    assert!("0123456789abcdef".parse::<RecordId>().is_ok());
    for bad in
        ["", "0123456789abcde", "0123456789abcdeF", "0123456789abcdefg", "0123456789abcde\u{e9}"]
    {
        assert!(bad.parse::<RecordId>().is_err(), "{bad}");
    }
    for path in ["records/x.json", "x/y/012345-0123456789abcdef.json", "records/1-0123456789abcdef"]
    {
        assert_eq!(id_in(&RepoPath::from(path)), None, "{path}");
    }
}

/// JSON of all sorts, with numbers that JSON cannot hold exactly.
pub(super) fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(any::<String>(), inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_written_is_what_is_read(value in json_value(), at in 0..253_402_300_799_i64) {
        let record = record(Kind::Run, at, json!({"value": value}));
        let bytes = record.to_bytes();
        let read = Record::parse(&bytes).expect("a record");
        prop_assert_eq!(&read, &record);
        prop_assert_eq!(read.to_bytes(), bytes);
        // Reading and writing once more changes nothing: the form is final.
        let again = Record::new(draft(Kind::Run, at, read.payload().clone())).expect("a record");
        prop_assert_eq!(again.id(), record.id());
        prop_assert_eq!(canonical_json(again.payload()), canonical_json(record.payload()));
    }

    #[test]
    fn a_flipped_bit_is_found(at in 0..10_000_usize, bit in 0..8_u8) {
        let record = record(Kind::Gate, NOON, json!({"mean": 0.875, "verdict": "pass", "n": [1, 2, 3]}));
        let mut bytes = record.to_bytes();
        let at = at % bytes.len();
        bytes[at] ^= 1 << bit;
        prop_assert!(Record::parse(&bytes).is_err());
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(Record::parse(&bytes).is_err());
    }
}
