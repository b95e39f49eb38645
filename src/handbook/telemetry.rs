//! `observability/telemetry_schema.yaml`: what production records, what is done to personal data,
//! and how long it is kept.

use serde_json::{Map, Value};

use super::facts::Facts;
use super::hand::{FaultKind, HandFault, Hands, Marks};
use crate::finding::Severity;
use crate::path::RepoPath;
use crate::registry::dataset::Pii;
use crate::registry::policy::telemetry::{FieldType, Redact, Telemetry, TelemetryField};
use crate::yaml::{self, Document};

/// Where the document lies.
pub(super) const PATH: &str = "observability/telemetry_schema.yaml";

/// The place for what people write.
const HAND: &str = "extensions";

/// Writes the document below its first line, with what people wrote.
///
/// # Errors
/// When what they wrote makes it unreadable.
pub(super) fn write(facts: &Facts<'_>, first: &str, hands: &Hands) -> Result<String, HandFault> {
    let mut out = format!("{first}\n");
    match &facts.policies.telemetry {
        None => {
            let how = "not configured: write the fields of an event into `policies/telemetry.yaml`";
            comment(&mut out, how);
            out.push_str("fields: {}\npii_handling: {}\nretention: {}\n");
        }
        Some(telemetry) => schema(&mut out, facts, telemetry),
    }
    comment(&mut out, "Keys of your own go between the two markers below; they are kept.");
    section(&mut out, HAND, hands.get(HAND));
    for (name, text) in hands.others(&[HAND]) {
        section(&mut out, name, Some(text));
    }
    match fault(&out) {
        None => Ok(out),
        Some(message) => {
            Err(HandFault { line: hands.first_line(), kind: FaultKind::NotYaml(message) })
        }
    }
}

fn section(out: &mut String, name: &str, text: Option<&str>) {
    out.push('\n');
    out.push_str(&Marks::Yaml.open(name));
    out.push('\n');
    if let Some(text) = text {
        out.push_str(text);
        out.push('\n');
    }
    out.push_str(&Marks::Yaml.close());
    out.push('\n');
}

fn comment(out: &mut String, words: &'static str) {
    out.push_str(&format!("\n# {words}\n"));
}

/// Says what keeps a text from being YAML.
fn fault(text: &str) -> Option<String> {
    let read = yaml::decode(&RepoPath::from(PATH), None, text.as_bytes().to_vec());
    match read {
        Err(finding) => Some(finding.message),
        Ok(source) => {
            let (document, findings) = Document::parse(source);
            let error = findings.into_iter().find(|finding| finding.severity == Severity::Error);
            let message = error.map(|finding| finding.message);
            message.or_else(|| document.is_none().then(|| "it cannot be read".to_owned()))
        }
    }
}

fn schema(out: &mut String, facts: &Facts<'_>, telemetry: &Telemetry) {
    comment(
        out,
        "One event for each answered request. First what every event has, then what some have.",
    );
    out.push_str("fields:\n");
    for required in [true, false] {
        for (name, field) in telemetry.fields.iter().filter(|(_, f)| f.required == required) {
            out.push_str(&format!("  {}: {}\n", scalar(name), described(field)));
        }
    }
    comment(out, "What `redact` does to a value that may identify a person, before it is stored.");
    let personal: Map<String, Value> = telemetry
        .fields
        .iter()
        .filter(|(_, field)| field.pii != Pii::None || field.redact != Redact::Keep)
        .map(|(name, field)| (name.clone(), Value::from(handling(field))))
        .collect();
    block(out, "pii_handling", &personal);
    comment(out, "How long events are kept. Raw text is what was not masked; 0 days keeps none.");
    let mut kept = Map::new();
    kept.insert("events_days".to_owned(), telemetry.retention_days.into());
    kept.insert("raw_text_days".to_owned(), telemetry.raw_retention_days.into());
    block(out, "retention", &kept);
    comment(out, "The share of requests that is recorded.");
    out.push_str(&format!("sampling: {}\n", yaml::inline(&Value::from(telemetry.sampling))));
    match &telemetry.pseudonym_key_env {
        Some(variable) => {
            comment(out, "The variable that holds the key of the keyed hash.");
            out.push_str(&format!("pseudonym_key_env: {}\n", scalar(variable)));
        }
        None if telemetry.fields.values().any(|field| field.redact == Redact::Hash) => {
            comment(
                out,
                "not configured: `pseudonym_key_env` in `policies/telemetry.yaml` names the variable that holds the key of the keyed hash.",
            );
        }
        None => {}
    }
    comment(out, "One event as an example.");
    let example = telemetry.event.clone().unwrap_or_else(|| example(telemetry));
    block(out, "example", &example);
    let journeys: Vec<Value> = facts.journeys().map(|(name, _)| Value::from(name)).collect();
    if !journeys.is_empty() {
        comment(out, "The journeys that an event may name.");
        out.push_str(&format!("journeys: {}\n", yaml::inline(&Value::Array(journeys))));
    }
}

fn block(out: &mut String, key: &str, values: &Map<String, Value>) {
    if values.is_empty() {
        out.push_str(&format!("{key}: {{}}\n"));
        return;
    }
    out.push_str(&format!("{key}:\n"));
    for (name, value) in values {
        out.push_str(&format!("  {}: {}\n", scalar(name), yaml::inline(value)));
    }
}

fn scalar(text: &str) -> String {
    yaml::inline(&Value::from(text))
}

/// Everything that the policy says of a field, in the order in which people ask for it.
fn described(field: &TelemetryField) -> String {
    let mut keys: Vec<(&str, Value)> = Vec::new();
    keys.extend(field.field_type.map(|kind| ("type", type_word(kind).into())));
    keys.push(("required", field.required.into()));
    keys.extend(field.unit.as_deref().map(|unit| ("unit", unit.into())));
    if !field.values.is_empty() {
        keys.push(("values", field.values.clone().into()));
    }
    keys.push(("pii", pii_word(field.pii).into()));
    keys.push(("redact", redact_word(field.redact).into()));
    keys.extend(field.otel.as_deref().map(|name| ("otel", name.into())));
    if !field.aliases.is_empty() {
        keys.push(("aliases", field.aliases.clone().into()));
    }
    keys.extend(field.description.as_deref().map(|words| ("description", words.into())));
    keys.extend(field.example.clone().map(|example| ("example", example)));
    let keys: Vec<String> =
        keys.iter().map(|(key, value)| format!("{key}: {}", yaml::inline(value))).collect();
    format!("{{{}}}", keys.join(", "))
}

const fn type_word(kind: FieldType) -> &'static str {
    match kind {
        FieldType::String => "string",
        FieldType::Integer => "integer",
        FieldType::Number => "number",
        FieldType::Boolean => "boolean",
        FieldType::Timestamp => "timestamp",
        FieldType::Uuid => "uuid",
        FieldType::List => "list",
        FieldType::Map => "map",
    }
}

const fn pii_word(pii: Pii) -> &'static str {
    match pii {
        Pii::None => "none",
        Pii::DeIdentified => "de-identified",
        Pii::Present => "present",
    }
}

const fn redact_word(redact: Redact) -> &'static str {
    match redact {
        Redact::Keep => "keep",
        Redact::Mask => "mask",
        Redact::Hash => "hash",
        Redact::Drop => "drop",
    }
}

fn handling(field: &TelemetryField) -> &'static str {
    match (field.redact, field.pii) {
        (Redact::Mask, _) => "what identifies a person is masked",
        (Redact::Hash, _) => "a keyed hash takes its place",
        (Redact::Drop, _) => "it is left out",
        (Redact::Keep, Pii::Present) => "kept as it is, though it identifies a person",
        (Redact::Keep, _) => "kept as it is",
    }
}

/// Makes an event of the examples of its fields.
fn example(telemetry: &Telemetry) -> Map<String, Value> {
    let example = |field: &TelemetryField| -> Option<Value> {
        if let Some(example) = &field.example {
            return Some(example.clone());
        }
        if let Some(value) = field.values.first() {
            return Some(value.as_str().into());
        }
        Some(match field.field_type? {
            FieldType::String => match field.redact {
                Redact::Mask => "[masked]".into(),
                Redact::Hash => "[hash]".into(),
                _ => return None,
            },
            FieldType::Integer | FieldType::Number => 0.into(),
            FieldType::Boolean => false.into(),
            FieldType::Timestamp => "2025-09-05T12:00:00Z".into(),
            FieldType::Uuid => "00000000-0000-4000-8000-000000000000".into(),
            FieldType::List => Value::Array(Vec::new()),
            FieldType::Map => Value::Object(Map::new()),
        })
    };
    let kept = telemetry.fields.iter().filter(|(_, field)| field.redact != Redact::Drop);
    kept.filter_map(|(name, field)| Some((name.clone(), example(field)?))).collect()
}
