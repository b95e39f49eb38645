//! A composite with everything that it pins, at exact versions.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::rules;
use crate::checks::Loaded;
use crate::compat::composite::ANSWER_SLOT;
use crate::digest::Digest;
use crate::finding::{Finding, Place};
use crate::ident::composite::{CompositeText, Member as Written};
use crate::ident::{EntryId, EntryName, EntryRef, Kind, Wanted};
use crate::registry::composite::{Composite, Provides, Role};
use crate::registry::entry::Body;
use crate::registry::reference::{self, Reference, references};
use crate::snapshot::ReadFault;
use crate::version::Version;
use crate::yaml::escape_pointer;

/// Where entries come from: a tree, and the history behind it.
pub trait Source {
    /// Reads an entry at a version, or as the tree has it.
    ///
    /// # Errors
    /// When bytes cannot be had.
    fn entry(
        &self,
        name: &EntryName,
        version: Option<&Version>,
    ) -> Result<Option<Loaded>, ReadFault>;

    /// Finds the entry that an id or alias leads to.
    ///
    /// # Errors
    /// When the tree cannot be read.
    fn resolve(&self, kind: Kind, id: &EntryId) -> Result<Option<EntryName>, ReadFault>;
}

/// One entry that a composite pins.
#[derive(Debug)]
pub struct Member {
    /// Its slot; for suites and what they use the name of the entry.
    pub slot: String,
    /// What it is there for.
    pub role: Role,
    /// The entry.
    pub name: EntryName,
    /// Its version.
    pub version: Version,
    /// The entry as it was at that version.
    pub loaded: Loaded,
}

impl Member {
    /// Returns the digest that releases bind to.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.loaded.facets().entry
    }

    /// Returns the full reference, such as `prompt/billing_refund@2.3.0`.
    #[must_use]
    pub fn reference(&self) -> String {
        format!("{}@{}", self.name, self.version)
    }
}

/// A member as tags and records name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Component {
    /// The full reference, such as `prompt/billing_refund@2.3.0`.
    pub entry: String,
    /// The digest of the entry.
    pub digest: Digest,
}

/// A composite and what it is made of.
#[derive(Debug)]
pub struct Composition {
    /// The composite.
    pub name: EntryName,
    /// Its version.
    pub version: Version,
    /// The composite as its file has it.
    pub loaded: Loaded,
    /// Its members, sorted by slot.
    pub members: Vec<Member>,
    /// Suites, and the datasets, prompts, models, judges and profiles that they use beside the
    /// members, sorted by name and version.
    pub evidence: Vec<Member>,
}

impl Composition {
    /// Resolves what a composite pins, and says what cannot be resolved.
    ///
    /// A member without a version is taken as the tree has it; so is what suites name without one,
    /// unless it is a member. What leads nowhere is left out, with a finding. There is no
    /// composition where the entry is no composite or has no version; other rules say so.
    ///
    /// # Errors
    /// When bytes cannot be had.
    pub fn resolve(
        source: &dyn Source,
        loaded: Loaded,
    ) -> Result<(Option<Self>, Vec<Finding>), ReadFault> {
        let (Body::Composite(composite), Some(version)) =
            (&loaded.entry.body, loaded.entry.version.clone())
        else {
            return Ok((None, Vec::new()));
        };
        let name = loaded.entry.name.clone();
        let mut resolving = Resolving { source, composite: &loaded, findings: Vec::new() };
        let members = resolving.members(composite)?;
        let evidence = resolving.evidence(&members)?;
        let findings = resolving.findings;
        Ok((Some(Self { name, version, loaded, members, evidence }), findings))
    }

    /// Returns the keys that only composites have.
    #[must_use]
    pub fn body(&self) -> Option<&Composite> {
        match &self.loaded.entry.body {
            Body::Composite(composite) => Some(composite),
            _ => None,
        }
    }

    /// Returns the composite string: `data@golden_2025_09 + model@1.4.2 + prompt@2.3.0`.
    ///
    /// The right side is the version, or the id of a member that the file names without one.
    #[must_use]
    pub fn string(&self) -> String {
        let text = |member: &Member| {
            if self.written(&member.slot).is_some_and(|text| names_version(text)) {
                Written::Version(member.version.clone())
            } else {
                let id = member.name.id.clone();
                Written::Entry(EntryRef { kind: None, id, wanted: Wanted::Any })
            }
        };
        self.joined(text)
    }

    /// Returns the composite string with full references; it reads back as a composite string.
    #[must_use]
    pub fn full(&self) -> String {
        self.joined(|member| {
            Written::Entry(EntryRef {
                kind: Some(member.name.kind),
                id: member.name.id.clone(),
                wanted: Wanted::Exact(member.version.clone()),
            })
        })
    }

    /// Returns the digest of the composition: of the composite's entry and of every member's.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let members: BTreeMap<&str, serde_json::Value> = self
            .members
            .iter()
            .map(|member| {
                let value = json!({"entry": member.reference(), "digest": member.digest()});
                (member.slot.as_str(), value)
            })
            .collect();
        Digest::of_json(&json!({"composite": self.entry_digest(), "members": members}))
    }

    /// Returns the digest of the composite's own entry.
    #[must_use]
    pub fn entry_digest(&self) -> Digest {
        self.loaded.facets().entry
    }

    /// Returns the members as tags and records name them, sorted by slot.
    #[must_use]
    pub fn components(&self) -> Vec<Component> {
        let component = |m: &Member| Component { entry: m.reference(), digest: m.digest() };
        self.members.iter().map(component).collect()
    }

    /// Iterates over the members and everything that proves them.
    pub fn everything(&self) -> impl Iterator<Item = &Member> {
        self.members.iter().chain(&self.evidence)
    }

    /// Iterates over the members that run.
    pub fn runtime(&self) -> impl Iterator<Item = &Member> {
        self.members.iter().filter(|member| member.role == Role::Runtime)
    }

    /// Returns the slot whose prompt's signature callers see; `None` where the composite has a
    /// signature of its own.
    #[must_use]
    pub fn answer_slot(&self) -> Option<&str> {
        match self.body().and_then(|body| body.provides.as_ref()) {
            Some(Provides::Slot(slot)) => Some(slot),
            Some(Provides::Signature(_)) => None,
            None => Some(ANSWER_SLOT),
        }
    }

    /// Returns the place of a member in the composite's file.
    #[must_use]
    pub fn place(&self, member: &Member) -> Place {
        let document = &self.loaded.entry.document;
        if self.members.iter().any(|m| m.slot == member.slot) {
            return document.place(&slot_pointer(&member.slot));
        }
        document.place("/suites")
    }

    /// Returns what the file says in a slot.
    fn written(&self, slot: &str) -> Option<&String> {
        self.body()?.members.get(slot)
    }

    fn joined(&self, text: impl Fn(&Member) -> Written) -> String {
        let members = self.members.iter().map(|member| (member.slot.clone(), text(member)));
        CompositeText::from_members(members).to_string()
    }
}

/// Returns the composite string that a composite's own file gives, without looking at its members.
/// That of a release is [`Composition::string`].
#[must_use]
pub fn written_string(composite: &Composite) -> String {
    let members = composite.members.iter().filter_map(|(slot, text)| {
        let reference: EntryRef = text.parse().ok()?;
        let written = match reference.wanted {
            Wanted::Exact(version) => Written::Version(version),
            _ => Written::Entry(EntryRef { kind: None, wanted: Wanted::Any, ..reference }),
        };
        Some((slot.clone(), written))
    });
    CompositeText::from_members(members).to_string()
}

/// Returns the pointer of a slot.
pub(super) fn slot_pointer(slot: &str) -> String {
    format!("/members/{}", escape_pointer(slot))
}

fn names_version(text: &str) -> bool {
    text.parse::<EntryRef>().is_ok_and(|reference| reference.wanted != Wanted::Any)
}

/// A resolution under way.
struct Resolving<'a> {
    source: &'a dyn Source,
    composite: &'a Loaded,
    findings: Vec<Finding>,
}

impl Resolving<'_> {
    fn members(&mut self, composite: &Composite) -> Result<Vec<Member>, ReadFault> {
        let mut members = Vec::new();
        let entry = &self.composite.entry;
        for written in references(Kind::Composite, entry.value()) {
            let reference::Role::Member(slot) = &written.role else { continue };
            let role = composite.role(slot);
            let place = entry.document.place(&written.pointer);
            let Some((name, wanted)) = self.lead(&written, &place)? else { continue };
            if wanted != Wanted::Any && !matches!(wanted, Wanted::Exact(_))
                || wanted == Wanted::Any && role == Role::Runtime
            {
                let message = format!("`{slot}` names no exact version of `{name}`");
                let finding = Finding::new(&rules::MEMBER_FLOATING, place.clone(), message)
                    .help(format!(
                        "write `{name}@<version>`, or run `keelmark release prepare {}`",
                        entry.name.id
                    ))
                    .values(String::new(), written.text.clone());
                self.say(finding);
            }
            members.extend(self.read(slot, role, &name, &wanted, &place)?);
        }
        members.sort_by(|a, b| a.slot.cmp(&b.slot));
        Ok(members)
    }

    /// Walks from the suites to what they measure with. What is a member is not repeated.
    fn evidence(&mut self, members: &[Member]) -> Result<Vec<Member>, ReadFault> {
        let entry = &self.composite.entry;
        let mut open: Vec<Open> = Vec::new();
        for written in references(Kind::Composite, entry.value()) {
            if written.role == reference::Role::Suite {
                let place = entry.document.place(&written.pointer);
                open.push(Open { written, place, link: false });
            }
        }
        let mut found: Vec<Member> = Vec::new();
        let mut walked: BTreeSet<(EntryName, Version)> = BTreeSet::new();
        while let Some(Open { written, place, link }) = open.pop() {
            // A link that leads nowhere is refused by a rule of its own.
            let said = self.findings.len();
            let Some((name, wanted)) = self.lead(&written, &place)? else {
                if link {
                    self.findings.truncate(said);
                }
                continue;
            };
            let meant = |other: &&Member| other.name == name && is_meant(&wanted, &other.version);
            if found.iter().any(|other| meant(&other)) {
                continue;
            }
            let mut read = None;
            // A member stands in for every range: whether it is in the range is asked later.
            let exact = matches!(wanted, Wanted::Exact(_));
            let member = members.iter().find(|m| if exact { meant(m) } else { m.name == name });
            if member.is_none() {
                let slot = name.to_string();
                read = self.read(&slot, Role::Evidence, &name, &wanted, &place)?;
            }
            let Some(used_by) = member.or(read.as_ref()) else { continue };
            if walked.insert((name.clone(), used_by.version.clone())) {
                let used = references(name.kind, used_by.loaded.entry.value()).into_iter();
                let used = used.filter(|used| measures(name.kind, used));
                open.extend(used.map(|written| Open {
                    link: name.kind == Kind::Prompt && written.role == reference::Role::Profile,
                    place: place.clone(),
                    written,
                }));
            }
            found.extend(read);
        }
        found.sort_by(|a, b| a.name.cmp(&b.name).then_with(|| a.version.cmp(&b.version)));
        Ok(found)
    }

    /// Finds the entry that a reference leads to.
    fn lead(
        &mut self,
        written: &Reference,
        place: &Place,
    ) -> Result<Option<(EntryName, Wanted)>, ReadFault> {
        let text = &written.text;
        let read = text.parse::<EntryRef>().ok();
        let kind = read.as_ref().and_then(|read| read.kind.or(written.kind));
        let (Some(read), Some(kind)) = (read, kind) else {
            self.missing(place, &format!("`{}` names no entry", text.escape_debug()), text);
            return Ok(None);
        };
        if let Some(expected) = written.kind.filter(|expected| *expected != kind) {
            self.missing(place, &format!("`{text}` is a {kind}; a {expected} is expected"), text);
            return Ok(None);
        }
        let found = self.source.resolve(kind, &read.id)?;
        if found.is_none() {
            self.missing(place, &format!("there is no {kind} `{}`", read.id), &written.text);
        }
        Ok(found.map(|name| (name, read.wanted)))
    }

    fn read(
        &mut self,
        slot: &str,
        role: Role,
        name: &EntryName,
        wanted: &Wanted,
        place: &Place,
    ) -> Result<Option<Member>, ReadFault> {
        let exact = match wanted {
            Wanted::Exact(version) => Some(version),
            Wanted::Any | Wanted::Range(_) => None,
        };
        let loaded = self.source.entry(name, exact)?;
        let version = loaded.as_ref().and_then(|loaded| loaded.entry.version.clone());
        if let (Some(loaded), Some(version)) = (loaded, version)
            && is_meant(wanted, &version)
        {
            let slot = slot.to_owned();
            return Ok(Some(Member { slot, role, name: name.clone(), version, loaded }));
        }
        let message = match wanted {
            Wanted::Any => format!("`{name}` cannot be read, or has no version"),
            Wanted::Exact(version) => {
                format!("the content of `{name}@{version}` is neither in the tree nor in history")
            }
            Wanted::Range(range) => format!("`{name}` is not in `{range}`"),
        };
        self.missing(place, &message, &name.to_string());
        Ok(None)
    }

    fn missing(&mut self, place: &Place, message: &str, written: &str) {
        let finding = Finding::new(&rules::MEMBER_MISSING, place.clone(), message)
            .help("name a version that was committed; in a shallow clone fetch the history first")
            .values(String::new(), written);
        self.say(finding);
    }

    fn say(&mut self, finding: Finding) {
        self.findings.push(finding.entry(&self.composite.entry.name));
    }
}

/// A reference that is to be followed.
struct Open {
    written: Reference,
    /// Where the composite names the suite that led here.
    place: Place,
    /// Whether what names it can do without it.
    link: bool,
}

fn is_meant(wanted: &Wanted, version: &Version) -> bool {
    match wanted {
        Wanted::Any => true,
        Wanted::Exact(exact) => exact == version,
        Wanted::Range(range) => version.matches(range),
    }
}

/// Says whether what an entry names takes part in a measurement.
pub(super) fn measures(kind: Kind, used: &Reference) -> bool {
    use reference::Role as Use;
    match kind {
        Kind::Suite => matches!(
            used.role,
            Use::Cases | Use::Target | Use::Model | Use::Route(_) | Use::Judge(_) | Use::Profile
        ),
        Kind::Judge => used.role == Use::Model,
        // A suite that names no guardrails measures with those of its prompts.
        Kind::Prompt => matches!(used.role, Use::Model | Use::Profile),
        _ => false,
    }
}
