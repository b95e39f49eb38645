//! What of an entry counts, and for what: contract, behaviour and entry digests.
//!
//! | digest | over | who compares it |
//! |---|---|---|
//! | contract | what consumers may rely on | `SemVer`, immutability |
//! | behaviour | what makes the entry act | `SemVer`, immutability, evidence |
//! | entry | everything but `checksums`, payloads by their bytes | releases |
//!
//! Each is the SHA-256 of canonical JSON (RFC 8785). Line ends, a byte order mark and the last line
//! end of a template do not count as behaviour, because no model sees the difference and an editor
//! or `autocrlf` changes them unasked; they do count in the entry digest. A key that says what is
//! meant without it counts in the entry digest alone as well.

use serde_json::{Map, Value, json};

use super::defaults;
use super::payload::Payload;
use super::text::Texts;
use crate::digest::Digest;
use crate::ident::Kind;
use crate::registry::entry::{Body, Entry};
use crate::registry::signature::Direction;
use crate::template::normal_text;

/// Keys of every kind that need no new version, or are judged by rules of their own.
pub const FREE_KEYS: [&str; 8] =
    ["changelog", "checksums", "description", "id", "links", "owner", "tags", "version"];

/// Promises that every kind can make; rules of `compat` know each of them.
pub const COMMON_CONTRACT_KEYS: [&str; 8] = [
    "aliases",
    "data_class",
    "license",
    "replaced_by",
    "retention_days",
    "rollback_to",
    "status",
    "sunset",
];

/// Returns the keys of one kind that its consumers may rely on; every other key is behaviour.
#[must_use]
pub const fn contract_keys(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Composite => &["channels", "provides"],
        Kind::Dataset => {
            &["classes", "columns", "live", "ordered", "provenance", "row_key", "splits"]
        }
        Kind::Fragment => &["inputs"],
        Kind::Judge => &["scale"],
        Kind::Model => &[
            "architecture",
            "capabilities",
            "embedding",
            "hardware",
            "languages",
            "limits",
            "modalities",
            "policies",
            "provenance",
            "residency",
            "risk_tier",
            "runtime",
            "signature",
            "tokenizer",
        ],
        Kind::Profile => &["guardrails"],
        Kind::Prompt => &["language", "policies", "response_format", "schema", "streaming"],
        Kind::Suite => &["journey"],
    }
}

/// Keys whose value is free although it is not free in every kind: a judge's calibration may be
/// renewed at any time, and a template's path is not its text.
const fn free_keys_of(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Judge => &["calibration", "rubric"],
        Kind::Prompt | Kind::Fragment => &["template"],
        _ => &[],
    }
}

/// The digests of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facets {
    /// Over the contract, common promises included.
    pub contract: Digest,
    /// Over the kind's own part of the contract, for kinds whose rules know only the common part.
    pub own_contract: Digest,
    /// Over the behaviour.
    pub behaviour: Digest,
    /// Over everything but `checksums`.
    pub entry: Digest,
}

impl Facets {
    /// Says whether contract and behaviour are the same, which is what `SemVer` asks.
    #[must_use]
    pub fn same_content(&self, other: &Self) -> bool {
        self.contract == other.contract && self.behaviour == other.behaviour
    }
}

/// Computes the facets of an entry from its keys, its payloads and its texts as they are read.
#[must_use]
pub fn facets(entry: &Entry, payloads: &[Payload], texts: &Texts) -> Facets {
    let kind = entry.name.kind;
    let empty = Map::new();
    let map = entry.value().as_object().unwrap_or(&empty);
    let pick = |wanted: &dyn Fn(&str) -> bool| -> Map<String, Value> {
        let keys = map.iter().filter(|(key, value)| wanted(key) && !value.is_null());
        keys.map(|(key, value)| (key.clone(), value.clone())).collect()
    };
    let mut contract = pick(&|key| contract_keys(kind).contains(&key));
    let mut common = pick(&|key| COMMON_CONTRACT_KEYS.contains(&key));
    let mut behaviour = pick(&|key| {
        !FREE_KEYS.contains(&key)
            && !COMMON_CONTRACT_KEYS.contains(&key)
            && !contract_keys(kind).contains(&key)
            && !free_keys_of(kind).contains(&key)
    });
    for keys in [&mut contract, &mut common, &mut behaviour] {
        defaults::leave_out(kind, keys);
    }
    if common.get("status") == Some(&json!("active")) {
        common.remove("status");
    }
    if let Some(prompt) = entry.as_prompt() {
        contract.remove("schema");
        contract.insert("inputs".to_owned(), prompt.inputs().to_json());
        contract.insert("outputs".to_owned(), prompt.outputs().to_json());
    }
    if let Body::Model(model) = &entry.body
        && contract.remove("signature").is_some()
    {
        for (key, direction) in [("inputs", Direction::Input), ("outputs", Direction::Output)] {
            let side = model.signature(direction).map(|signature| signature.to_json());
            contract.insert(key.to_owned(), side.into());
        }
    }
    drop_file_digests(&mut contract);
    drop_file_digests(&mut behaviour);
    let by_pointer = |wanted: &dyn Fn(&Payload) -> bool,
                      digest: &dyn Fn(&Payload) -> Digest|
     -> Value {
        payloads
            .iter()
            .filter(|payload| wanted(payload))
            .map(|payload| (payload.declared.pointer.clone(), json!(digest(payload).to_string())))
            .collect::<Map<String, Value>>()
            .into()
    };
    let acts = |payload: &Payload| !is_evidence(kind, &payload.declared.pointer);
    let acting = by_pointer(&acts, &|payload| behaviour_digest(payload, texts));
    behaviour.insert("payloads".to_owned(), acting);
    let mut behaviour = Value::Object(behaviour);
    let mut expanded = Map::new();
    for (pointer, text) in texts.expanded() {
        // A message inside the file has no payload; its text is among the keys.
        if let Some(inline) = behaviour.pointer_mut(pointer).filter(|_| is_inline(pointer)) {
            *inline = text.text().into();
        }
        let digest = Digest::of(text.text().as_bytes()).to_string();
        expanded.insert(pointer.to_owned(), digest.into());
    }
    let mut whole = map.clone();
    whole.remove("checksums");
    drop_file_digests(&mut whole);
    let kind_and_id = format!("{}", entry.name);
    let contract = Value::Object(contract);
    let mut everything = json!({
        "entry": kind_and_id,
        "keys": whole,
        "payloads": by_pointer(&|_| true, &|payload| payload.digest),
    });
    // Only where there is something to say: digests of entries without includes stay what they were.
    if let (false, Some(map)) = (expanded.is_empty(), everything.as_object_mut()) {
        map.insert("expanded".to_owned(), expanded.into());
    }
    Facets {
        own_contract: Digest::of_json(&contract),
        contract: Digest::of_json(&json!({"own": contract, "common": common})),
        behaviour: Digest::of_json(&behaviour),
        entry: Digest::of_json(&everything),
    }
}

/// Says whether a payload is evidence about an entry and no part of what it does: the scores of
/// people that a judge is calibrated against.
///
/// A calibration is bound to the digest of the judge's behaviour. If the labels were part of it, no
/// judge could be calibrated against more of them without becoming another one.
#[must_use]
pub fn is_evidence(kind: Kind, pointer: &str) -> bool {
    kind == Kind::Judge && pointer == "/calibration/labels"
}

/// Returns a payload's digest as behaviour: of its normal text as it is read, or of its bytes.
#[must_use]
pub fn behaviour_digest(payload: &Payload, texts: &Texts) -> Digest {
    match texts.get(&payload.declared.pointer) {
        Some(text) => Digest::of(normal_text(text.text()).as_bytes()),
        None => payload.digest,
    }
}

/// Leaves out the declared digests of an entry's files, of those in its partitions too.
fn drop_file_digests(entry: &mut Map<String, Value>) {
    drop_digests(entry);
    let partitions = entry.get_mut("partitions").and_then(Value::as_array_mut);
    for partition in partitions.into_iter().flatten().filter_map(Value::as_object_mut) {
        drop_digests(partition);
    }
}

/// Says whether a text stands in the entry file.
fn is_inline(pointer: &str) -> bool {
    pointer.ends_with("/content")
}

/// Leaves out the declared digests of files that are at hand; their real digests count instead.
fn drop_digests(keys: &mut Map<String, Value>) {
    for key in ["chat_template", "files", "tokenizer", "weights"] {
        let items = match keys.get_mut(key) {
            Some(Value::Array(items)) => items.as_mut_slice(),
            Some(item) => std::slice::from_mut(item),
            None => continue,
        };
        for item in items.iter_mut().filter_map(Value::as_object_mut) {
            if item.contains_key("path") {
                item.remove("sha256");
            }
        }
    }
}
