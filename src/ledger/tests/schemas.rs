use jsonschema::{Draft, Validator};
use serde_json::{Value, json};

use super::{NOON, moving, record};
use crate::ledger::channel::moves;
use crate::ledger::kind::Kind;
use crate::ledger::record::{Signature, SignatureFormat};

fn schema(text: &str) -> Validator {
    let schema: Value = serde_json::from_str(text).expect("JSON");
    jsonschema::meta::validate(&schema).expect("a schema");
    jsonschema::options().with_draft(Draft::Draft202012).build(&schema).expect("a schema")
}

#[test]
fn records_are_what_their_schema_says() {
    let schema = schema(include_str!("../../../schemas/output/keelmark.record.v1.schema.json"));
    let plain = record(Kind::Run, NOON, json!({"run": {"digest": "x"}}));
    let text = "-----BEGIN SSH SIGNATURE-----".to_owned();
    let signed = plain.clone().with_signature(Signature { format: SignatureFormat::Ssh, text });
    for record in [plain, signed, record("sunset".parse().expect("a word"), NOON, json!({}))] {
        let faults: Vec<_> = schema.iter_errors(&record.to_json()).map(|e| e.to_string()).collect();
        assert_eq!(faults, Vec::<String>::new());
    }
    let mut odd = record(Kind::Run, NOON, json!({})).to_json();
    for (key, value) in [("kind", json!("Run")), ("at", json!("today")), ("id", json!("1"))] {
        odd[key] = value;
        assert!(!schema.is_valid(&odd), "{key}");
    }
}

#[test]
fn channels_are_what_their_schema_says() {
    let schema = schema(include_str!("../../../schemas/output/keelmark.channel.v1.schema.json"));
    let channel = moves(&moving(NOON, "production", "1.8.0")).expect("moves").remove(0);
    let mut value: Value = serde_json::from_slice(&channel.to_bytes()).expect("JSON");
    let faults: Vec<_> = schema.iter_errors(&value).map(|e| e.to_string()).collect();
    assert_eq!(faults, Vec::<String>::new());
    value["state"]["version"] = json!(1);
    assert!(!schema.is_valid(&value));
}
