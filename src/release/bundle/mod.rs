//! Bundles: a composite for run time, without git.
//!
//! A bundle is a set of files: the templates as the renderer sees them, JSON Schemas of what goes in
//! and comes out, and `keelmark-bundle.json` with the rest. Paths are made of slots and fixed names;
//! no name of a payload becomes one. Rows and weights stay where they are and are named by digest.
//! There are no prices, no programs and no keys in it.
//!
//! Its digest is in-toto's `dirHash` over all of its files ([`folder`]), so that any tool can take
//! it: `find . -type f | cut -c3- | LC_ALL=C sort | xargs sha256sum | sha256sum`.

mod archive;
mod document;
mod older;
mod profiles;
mod stamp;

pub use archive::holds_bundle;
pub use document::Stamp;
pub use older::listed;
pub use profiles::{Profiles, profiles};

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::composite::{Composition, Member};
use crate::digest::{Digest, canonical_json};
use crate::evals::prompt::{PromptFault, PromptText};
use crate::finding::Finding;
use crate::integrity::folder;
use crate::path::RepoPath;
use crate::registry::composite::{Provides, Role};
use crate::registry::entry::Body;
use crate::registry::fragment::Fragment;
use crate::registry::payload::Role as Use;
use crate::registry::policy::journeys::Journeys;
use crate::registry::prompt::{Policies, Prompt};
use crate::registry::signature::{Direction, Signature};

/// The file that says what the others are.
pub const MANIFEST: &str = "keelmark-bundle.json";

/// Longer slots make paths that not every archive can hold.
const LONGEST_SLOT: usize = 100;

/// Why a composite cannot be bundled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BundleFault {
    /// A text that runs cannot be read.
    #[error("the text at `{pointer}` of `{entry}` cannot be read")]
    Unreadable {
        /// The entry with its version.
        entry: String,
        /// Where the entry names the text.
        pointer: String,
    },
    /// A text includes a fragment that cannot be put in.
    #[error("the text of `{entry}` cannot be put together: {why}")]
    Include {
        /// The entry with its version.
        entry: String,
        /// What is wrong with the include.
        why: String,
    },
    /// A member would run without the guardrails that it asks for.
    #[error("`{entry}` asks for the guardrails of `{profile}`, which is not in the registry")]
    Profile {
        /// The entry with its version.
        entry: String,
        /// The profile as it is written.
        profile: String,
    },
    /// A slot holds something that does not run.
    #[error("`{slot}` holds `{entry}`, which does not run")]
    Kind {
        /// The slot.
        slot: String,
        /// The entry with its version.
        entry: String,
    },
    /// A slot makes no name of a folder.
    #[error(
        "the slot `{slot}` has more than {LONGEST_SLOT} characters, or others than a-z, 0-9, `_` and `-`"
    )]
    Slot {
        /// The slot.
        slot: String,
    },
}

/// A composite for run time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bundle {
    /// The files by their paths inside the bundle.
    pub files: BTreeMap<RepoPath, Vec<u8>>,
    /// The digest of all files.
    pub digest: Digest,
    /// What telemetry carries: one stamp for each journey and prompt.
    pub stamps: Vec<Stamp>,
}

/// Makes the bundle of a composition whose members are all at hand.
///
/// `journeys` is the policy of the same tree; it may name the composite of a journey, and the
/// prompts that serve it.
///
/// # Errors
/// A [`BundleFault`] that says which member cannot run as it is.
pub fn bundle(
    composition: &Composition,
    profiles: &Profiles,
    journeys: Option<&Journeys>,
) -> Result<Bundle, BundleFault> {
    let mut packing = Packing { profiles, files: BTreeMap::new() };
    let mut members = Vec::new();
    for member in composition.runtime() {
        members.push(packing.member(member)?);
    }
    let contract = packing.contract(composition, &members);
    let stamps = stamp::stamps(composition, journeys);
    let of_file = |(path, bytes): (&RepoPath, &Vec<u8>)| document::File {
        path: path.to_text().into_owned(),
        sha256: Digest::of(bytes),
        bytes: bytes.len() as u64,
    };
    let document = document::Document {
        schema: document::SCHEMA,
        composite: document::Composite {
            entry: format!("{}@{}", composition.name, composition.version),
            text: composition.string(),
            full: composition.full(),
            digest: composition.entry_digest(),
            composition: composition.digest(),
        },
        contract,
        stamps: stamps.clone(),
        members,
        profiles: profiles.parts(),
        evidence: evidence(composition),
        files: packing.files.iter().map(of_file).collect(),
    };
    let mut files = packing.files;
    files.insert(RepoPath::from(MANIFEST), line(&json!(document)));
    let digests = files.iter().map(|(path, bytes)| (path.clone(), Digest::of(bytes))).collect();
    // Only a line end in a path has no digest, and paths are made of slots.
    let digest = folder::digest(&digests)
        .ok_or_else(|| BundleFault::Slot { slot: composition.name.to_string() })?;
    Ok(Bundle { files, digest, stamps })
}

/// What proves a composite is named and stays behind.
fn evidence(composition: &Composition) -> Vec<document::Evidence> {
    composition
        .everything()
        .filter(|member| member.role == Role::Evidence)
        .map(|member| document::Evidence {
            slot: member.slot.clone(),
            entry: member.reference(),
            digests: member.loaded.facets().into(),
        })
        .collect()
}

/// A bundle that is being filled.
struct Packing<'a> {
    profiles: &'a Profiles,
    files: BTreeMap<RepoPath, Vec<u8>>,
}

impl Packing<'_> {
    fn put(&mut self, folder: &str, name: &str, bytes: Vec<u8>) -> String {
        let path = format!("{folder}/{name}");
        self.files.insert(RepoPath::from(path.as_str()), bytes);
        path
    }

    fn member(&mut self, member: &Member) -> Result<document::Member, BundleFault> {
        let entry = &member.loaded.entry;
        let common = &entry.common;
        let folder = folder_of(&member.slot)?;
        let data = member.loaded.payloads.iter().filter(|p| p.declared.role == Use::Data);
        let mut part = document::Member {
            slot: member.slot.clone(),
            entry: member.reference(),
            digests: member.loaded.facets().into(),
            data_class: common.data_class.clone(),
            retention_days: common.retention_days,
            license: common.license.clone(),
            sunset: common.sunset.clone(),
            prompt: None,
            fragment: None,
            model: None,
            profile: None,
            payloads: data
                .map(|payload| document::PayloadPart {
                    path: payload.declared.path.clone(),
                    sha256: payload.digest,
                    bytes: payload.size,
                })
                .collect(),
        };
        match &entry.body {
            Body::Prompt(prompt) => part.prompt = Some(self.prompt(member, &folder, prompt)?),
            Body::Fragment(text) => part.fragment = Some(self.fragment(member, &folder, text)?),
            Body::Model(model) => {
                let policies = self.policies(member, &model.policies)?;
                part.model = Some(document::ModelPart::new(model, policies));
            }
            Body::Profile(profile) => {
                part.profile = Some(document::ProfilePart::from(profile.as_ref()));
            }
            Body::Dataset(_) => {}
            Body::Composite(_) | Body::Judge(_) | Body::Suite(_) => {
                let (slot, entry) = (member.slot.clone(), member.reference());
                return Err(BundleFault::Kind { slot, entry });
            }
        }
        Ok(part)
    }

    fn prompt(
        &mut self,
        member: &Member,
        folder: &str,
        prompt: &Prompt,
    ) -> Result<document::PromptPart, BundleFault> {
        let loaded = &member.loaded;
        let text = PromptText::new(&loaded.entry, prompt, &loaded.read, loaded.facets());
        let text = text.map_err(|fault| match fault {
            PromptFault::Unreadable { pointer } => unreadable(member, &pointer),
            PromptFault::Include { fault, .. } => include(member, &fault),
            PromptFault::Template { .. } => unreadable(member, "/template"),
        })?;
        let message = |(at, (role, template)): (usize, (&str, &str))| document::MessagePart {
            role: role.to_owned(),
            template: self.put(folder, &format!("message-{at}.txt"), template.into()),
        };
        let messages = text.templates().enumerate().map(message).collect();
        Ok(document::PromptPart {
            engine: prompt.engine,
            messages,
            inputs: self.inputs(folder, &text.inputs),
            outputs: self.outputs(folder, &text.outputs),
            parameters: (&prompt.parameters).into(),
            response_format: prompt.response_format.clone(),
            language: prompt.language.clone(),
            streaming: prompt.streaming,
            tools: prompt.tools.iter().map(document::ToolPart::from).collect(),
            examples: prompt.examples.clone(),
            model: prompt.model.clone(),
            policies: self.policies(member, &prompt.policies)?,
        })
    }

    fn fragment(
        &mut self,
        member: &Member,
        folder: &str,
        fragment: &Fragment,
    ) -> Result<document::FragmentPart, BundleFault> {
        let text = member.loaded.read.get("/template");
        let text = text.ok_or_else(|| unreadable(member, "/template"))?;
        if let Some(fault) = text.faults().first() {
            return Err(include(member, fault));
        }
        Ok(document::FragmentPart {
            template: self.put(folder, "fragment.txt", text.text().into()),
            inputs: self.inputs(folder, &fragment.inputs()),
            language: fragment.language.clone(),
        })
    }

    fn policies(
        &self,
        member: &Member,
        policies: &Policies,
    ) -> Result<document::PolicyPart, BundleFault> {
        let profile = match &policies.safety_profile {
            None => None,
            Some(written) => Some(self.profiles.reference(written).ok_or_else(|| {
                BundleFault::Profile { entry: member.reference(), profile: written.clone() }
            })?),
        };
        Ok(document::PolicyPart::new(policies, profile))
    }

    fn inputs(&mut self, folder: &str, signature: &Signature) -> document::Inputs {
        let schema = line(&schema(signature, Direction::Input));
        document::Inputs::new(signature, self.put(folder, "inputs.schema.json", schema))
    }

    fn outputs(&mut self, folder: &str, signature: &Signature) -> document::Outputs {
        let schema = line(&schema(signature, Direction::Output));
        document::Outputs { schema: self.put(folder, "outputs.schema.json", schema) }
    }

    /// What callers of the whole send and receive.
    fn contract(
        &mut self,
        composition: &Composition,
        members: &[document::Member],
    ) -> Option<document::Contract> {
        let provides = composition.body().and_then(|body| body.provides.as_ref());
        if let Some(Provides::Signature(schema)) = provides {
            let own = Prompt { schema: schema.clone(), ..Prompt::default() };
            let inputs = self.inputs("contract", &own.inputs());
            let outputs = self.outputs("contract", &own.outputs());
            return Some(document::Contract { slot: None, inputs, outputs });
        }
        let slot = composition.answer_slot();
        let answering = members.iter().find(|member| Some(member.slot.as_str()) == slot);
        answering.and_then(|member| {
            let prompt = member.prompt.as_ref()?;
            Some(document::Contract {
                slot: Some(member.slot.clone()),
                inputs: prompt.inputs.clone(),
                outputs: prompt.outputs.clone(),
            })
        })
    }
}

fn include(member: &Member, fault: &Finding) -> BundleFault {
    BundleFault::Include { entry: member.reference(), why: fault.message.clone() }
}

fn unreadable(member: &Member, pointer: &str) -> BundleFault {
    BundleFault::Unreadable { entry: member.reference(), pointer: pointer.to_owned() }
}

/// Returns the folder of a slot. The schema of composites lets no other slots through; here it
/// matters that nothing is written elsewhere, so it is asked again.
fn folder_of(slot: &str) -> Result<String, BundleFault> {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-';
    if slot.is_empty() || slot.len() > LONGEST_SLOT || !slot.bytes().all(plain) {
        return Err(BundleFault::Slot { slot: slot.to_owned() });
    }
    Ok(format!("members/{slot}"))
}

/// Writes JSON as it is digested (RFC 8785), with a line end.
fn line(value: &Value) -> Vec<u8> {
    let mut text = canonical_json(value);
    text.push('\n');
    text.into_bytes()
}

/// Returns the JSON Schema of a side of a signature, with what people wrote about each name.
fn schema(signature: &Signature, direction: Direction) -> Value {
    let mut schema = signature.json_schema(direction);
    let Some(map) = schema.as_object_mut() else { return schema };
    map.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
    let properties = map.get_mut("properties").and_then(Value::as_object_mut);
    for (name, property) in properties.into_iter().flatten() {
        let (Some(field), Some(property)) = (signature.fields.get(name), property.as_object_mut())
        else {
            continue;
        };
        if let Some(description) = &field.description {
            property.insert("description".to_owned(), json!(description));
        }
        if let (Direction::Input, Some(default)) = (direction, &field.default) {
            property.insert("default".to_owned(), default.clone());
        }
    }
    schema
}

#[cfg(test)]
mod tests;
