//! `telemetry.yaml`: the events that production records.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::registry::dataset::Pii;

/// The type of a field's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FieldType {
    /// Text.
    String,
    /// Whole numbers.
    Integer,
    /// Numbers.
    Number,
    /// True or false.
    Boolean,
    /// Moments (RFC 3339).
    Timestamp,
    /// UUIDs.
    Uuid,
    /// Lists.
    List,
    /// Maps.
    Map,
}

/// What is done to a value before it is stored.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Redact {
    /// Nothing. The default.
    #[default]
    Keep,
    /// What identifies a person is masked.
    Mask,
    /// A keyed hash takes its place.
    Hash,
    /// It is left out.
    Drop,
}

/// One field of an event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TelemetryField {
    /// The type of its values; absent only where the file leaves it out.
    #[serde(rename = "type")]
    pub field_type: Option<FieldType>,
    /// Whether every event has it.
    pub required: bool,
    /// The values that may stand in it.
    pub values: Vec<String>,
    /// Whether its values may identify a person.
    pub pii: Pii,
    /// What is done to a value before it is stored.
    pub redact: Redact,
    /// Other names that are read as this field.
    pub aliases: Vec<String>,
    /// The name that is written for `OpenTelemetry`.
    pub otel: Option<String>,
    /// The unit of a number.
    pub unit: Option<String>,
    /// What it means.
    pub description: Option<String>,
    /// A value as it may stand in an event.
    pub example: Option<Value>,
}

impl Default for TelemetryField {
    fn default() -> Self {
        Self {
            field_type: None,
            required: false,
            values: Vec::new(),
            pii: Pii::None,
            redact: Redact::Keep,
            aliases: Vec::new(),
            otel: None,
            unit: None,
            description: None,
            example: None,
        }
    }
}

/// The whole file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Telemetry {
    /// The fields of an event by name.
    pub fields: BTreeMap<String, TelemetryField>,
    /// How many days redacted events are kept.
    pub retention_days: u32,
    /// How many days unredacted text is kept; 0 keeps none.
    pub raw_retention_days: u32,
    /// The share of requests that is recorded.
    pub sampling: f64,
    /// The variable that holds the key of the keyed hash.
    pub pseudonym_key_env: Option<String>,
    /// One event as an example, in any form.
    pub event: Option<Map<String, Value>>,
}

impl Default for Telemetry {
    fn default() -> Self {
        Self {
            fields: BTreeMap::new(),
            retention_days: 400,
            raw_retention_days: 0,
            sampling: 1.0,
            pseudonym_key_env: None,
            event: None,
        }
    }
}
