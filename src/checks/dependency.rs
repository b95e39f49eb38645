//! What an entry takes over from what it uses: its life, its stability, its data, its licence.
//!
//! Only what lies in the same tree is judged, and only as it is now: what an older version of the
//! other entry said is asked by a release, which has it at hand.

use crate::compat::{is_more_sensitive, is_sensitive};
use crate::finding::{Family, Finding, Place, Rule, Severity};
use crate::ident::{EntryName, Kind, Wanted};
use crate::license::{License, Terms, forbids_commerce};
use crate::registry::common::{Edge, Status};
use crate::registry::entry::{Body, Entry};
use crate::registry::facts::{Facts, PII_CLASS};
use crate::registry::model::Drift;
use crate::registry::reference::{Reference, Role};
use crate::time;
use crate::version::Version;

/// Seconds of a day.
const DAY: i64 = 86_400;

/// A dependency that is to be replaced, or is gone.
pub(super) static DEP_DEPRECATED: Rule = Rule::warning(
    "dep-deprecated",
    Family::Reference,
    "something that the entry uses is deprecated; if it is removed or past its sunset, an error",
);
/// A dependency whose version was taken back.
pub static DEP_YANKED: Rule = Rule::warning(
    "dep-yanked",
    Family::Reference,
    "something that the entry uses was withdrawn in this version; an error at release",
);
/// A stable version that rests on one that is not.
pub(super) static DEP_PRERELEASE_IN_STABLE: Rule = Rule::error(
    "dep-prerelease-in-stable",
    Family::Reference,
    "a stable version runs with, or is made from, a pre-release",
);
/// Data that is more sensitive than the entry says.
pub(super) static DEP_PII_PROPAGATED: Rule = Rule::error(
    "dep-pii-propagated",
    Family::Reference,
    "what the entry uses holds more sensitive data than the entry declares",
)
.down_to(Severity::Warning);
/// A licence that asks more than the entry passes on.
pub(super) static DEP_LICENSE_PROPAGATED: Rule = Rule::error(
    "dep-license-propagated",
    Family::Reference,
    "what the entry contains or is made from has a licence that asks more than the entry's own",
);
/// One entry in two versions.
pub static DEP_DIAMOND: Rule = Rule::warning(
    "dep-diamond",
    Family::Reference,
    "members of a composite ask for one entry in versions that do not agree; an error at release",
);
/// A name of a model that moves.
pub static MODEL_REFERENCE_FLOATING: Rule = Rule::warning(
    "model-reference-floating",
    Family::Reference,
    "the provider may put another model behind the name; `latest` is an error at release",
)
.down_to(Severity::Note);

/// A reference that leads to an entry, and what is known of that entry.
pub(super) struct Used<'a> {
    /// The entry that uses.
    pub(super) entry: &'a Entry,
    /// The reference.
    pub(super) written: &'a Reference,
    /// The version that it asks for.
    pub(super) wanted: &'a Wanted,
    /// The entry that is used.
    pub(super) name: &'a EntryName,
    /// What is known of it.
    pub(super) facts: &'a Facts,
    /// The day that it is, in seconds since 1970; `None` where it is not known.
    pub(super) today: Option<i64>,
}

/// Says what an entry would take over from one that it uses.
pub(super) fn check(used: &Used<'_>) -> Vec<Finding> {
    // A tombstone uses nothing any more.
    if used.entry.common.status == Status::Removed {
        return Vec::new();
    }
    let mut findings = Vec::new();
    findings.extend(used.life());
    findings.extend(used.withdrawn());
    findings.extend(used.prerelease());
    findings.extend(used.data());
    findings.extend(used.license());
    findings
}

/// Says that a provider may put another model behind the name that a model's entry has for it.
pub(super) fn moving(entry: &Entry) -> Option<Finding> {
    let Body::Model(model) = &entry.body else { return None };
    let provider = model.provider.as_ref()?;
    let drift = provider.drift()?;
    let name = provider.model.as_deref().unwrap_or_default();
    let message =
        format!("`{}` is {}", name.escape_debug(), drift.words().replacen("which is ", "", 1));
    let place = entry.document.place("/provider/model");
    let mut finding = Finding::new(&MODEL_REFERENCE_FLOATING, place, message)
        .help("name a snapshot with its date, such as `gpt-4o-mini-2024-07-18`")
        .values(String::new(), name);
    if drift == Drift::Undated {
        finding.severity = Severity::Note;
    }
    Some(finding)
}

impl Used<'_> {
    fn place(&self) -> Place {
        self.entry.document.place(&self.written.pointer)
    }

    fn say(&self, rule: &'static Rule, message: String) -> Finding {
        Finding::new(rule, self.place(), message).values(String::new(), &self.written.text)
    }

    fn life(&self) -> Option<Finding> {
        // What only points, or measures, goes on doing so.
        let follows = !matches!(
            self.written.role,
            Role::Link | Role::ReplacedBy | Role::DerivedFrom | Role::BaseModel
        );
        let measures = matches!(self.written.role, Role::Target | Role::Route(_));
        if !follows || self.entry.common.status == Status::Deprecated {
            return None;
        }
        let name = self.name;
        let older = matches!((self.wanted, &self.facts.version),
            (Wanted::Exact(asked), Some(current)) if asked != current);
        let (what, severity) = match self.facts.status {
            Status::Active | Status::Deprecated if !measures && self.is_past_sunset() => (
                "is past its sunset",
                if self.is_run() { Severity::Error } else { Severity::Warning },
            ),
            Status::Deprecated if !measures => ("is deprecated", Severity::Warning),
            // The version that is pinned was offered, and can be had from history.
            Status::Removed if older => ("is removed", Severity::Warning),
            Status::Removed => ("is removed", Severity::Error),
            Status::Active | Status::Draft | Status::Deprecated => return None,
        };
        let until = self.facts.sunset.as_deref().map(|day| match what {
            "is past its sunset" => format!(" of {day}"),
            _ => format!(", with its sunset on {day}"),
        });
        let message = format!("`{name}` {what}{}", until.unwrap_or_default());
        let help = match &self.facts.replaced_by {
            Some(other) => format!("use `{}`, which replaces it", other.escape_debug()),
            None => "look for what replaces it".to_owned(),
        };
        // What it was at the base is no excuse for what it is now: the life is part of the fingerprint.
        let mut finding =
            self.say(&DEP_DEPRECATED, message).help(help).values(what, &self.written.text);
        finding.severity = severity;
        Some(finding)
    }

    /// Says whether the day has come from which the used entry may be removed. The day that counts
    /// is that of the base, so that a check says the same in a year.
    fn is_past_sunset(&self) -> bool {
        let day = self.facts.sunset.as_deref().and_then(time::days);
        matches!((day, self.today), (Some(day), Some(today)) if today.div_euclid(DAY) >= day)
    }

    /// Says whether the entry cannot run without what it uses, so that a removal breaks it.
    fn is_run(&self) -> bool {
        match (&self.written.role, &self.entry.body) {
            (Role::Member(slot), Body::Composite(composite)) => composite.runs(slot),
            (Role::Model, _) => self.entry.name.kind != Kind::Suite,
            (role, _) => matches!(role, Role::DependsOn(Edge::Runtime | Edge::Reexported)),
        }
    }

    fn withdrawn(&self) -> Option<Finding> {
        // What only points takes nothing up, and what measures may measure what was withdrawn.
        let takes = !matches!(
            self.written.role,
            Role::Link | Role::ReplacedBy | Role::Target | Role::Route(_)
        );
        let gone = |version: &&Version| self.facts.withdrawn.contains(version);
        let in_tree = self.facts.version.as_ref().filter(gone);
        let (version, what) = match self.wanted {
            Wanted::Exact(asked) => (Some(asked).filter(gone)?, "was withdrawn"),
            Wanted::Any => (in_tree?, "is what the tree holds, and was withdrawn"),
            Wanted::Range(range) => {
                // Where nothing else is in the range, that is an error of its own.
                let others = self.facts.offered().any(|version| version.matches(range));
                let in_tree = in_tree.filter(|version| others && version.matches(range));
                (in_tree?, "is what the tree holds, and was withdrawn")
            }
        };
        if !takes {
            return None;
        }
        let message = format!("`{}` {version} {what}", self.name);
        let offered: Vec<String> = self.facts.offered().take(5).map(ToString::to_string).collect();
        let help = if offered.is_empty() {
            "no other version is known; bring a new one into the registry".to_owned()
        } else {
            format!("use one that is offered: {}", offered.join(", "))
        };
        // A version that is withdrawn after it was pinned is news, whatever stood before.
        Some(self.say(&DEP_YANKED, message).help(help).values("withdrawn", &self.written.text))
    }

    fn prerelease(&self) -> Option<Finding> {
        let needed = matches!(
            self.written.role,
            Role::Model
                | Role::BaseModel
                | Role::DependsOn(Edge::Runtime | Edge::Reexported | Edge::Build)
        );
        // A suite's models are measured, which is what a candidate is for.
        let stable = self.entry.version.as_ref().is_some_and(|version| !version.is_prerelease());
        let bound =
            self.entry.name.kind != Kind::Suite && self.entry.common.status != Status::Draft;
        let Wanted::Exact(asked) = self.wanted else { return None };
        if !(needed && stable && bound && asked.is_prerelease()) {
            return None;
        }
        let own = self.entry.version.as_ref().map(Version::to_string).unwrap_or_default();
        let message = format!("{own} is stable and uses `{}` {asked}", self.name);
        Some(self.say(&DEP_PRERELEASE_IN_STABLE, message).help(format!(
            "wait for `{}` {}, or make this a pre-release too",
            self.name,
            asked.without_labels()
        )))
    }

    fn data(&self) -> Option<Finding> {
        let passed = matches!(
            self.written.role,
            Role::DerivedFrom | Role::DependsOn(Edge::Runtime | Edge::Reexported | Edge::Build)
        );
        if !passed {
            return None;
        }
        let own = self.entry.common.data_class.as_deref();
        // A dataset says in its provenance what became of the rows that it was made from.
        let cleaned = matches!(&self.entry.body, Body::Dataset(d) if d.provenance.pii.is_some());
        let class = self.facts.classes.iter().find(|class| {
            !(cleaned && class.as_str() == PII_CLASS)
                && own.map_or_else(|| is_sensitive(class), |own| is_more_sensitive(own, class))
        })?;
        let shown = class.escape_debug();
        let declares = match own {
            Some(own) => format!("this entry declares `{}` at most", own.escape_debug()),
            None => "this entry declares no `data_class`".to_owned(),
        };
        let message = format!("`{}` holds data of the class `{shown}`, and {declares}", self.name);
        let help = format!("declare `data_class: {shown}`, or use data that is less sensitive");
        let mut finding = self.say(&DEP_PII_PROPAGATED, message).help(help);
        // Who declares nothing promised nothing.
        if own.is_none() {
            finding.severity = Severity::Warning;
        }
        Some(finding)
    }

    fn license(&self) -> Option<Finding> {
        let contained = matches!(
            self.written.role,
            Role::DerivedFrom
                | Role::BaseModel
                | Role::DependsOn(Edge::Runtime | Edge::Reexported | Edge::Build)
        );
        // Who grants nothing passes nothing on.
        let own = self.entry.common.license.as_deref().filter(|_| contained)?;
        let theirs = self.facts.licenses.iter().find(|theirs| asks_more(theirs, own))?;
        let (theirs, own) = (theirs.escape_debug(), own.escape_debug());
        let message = format!(
            "`{}` has the licence `{theirs}`, which asks more than `{own}`, under which this entry is given",
            self.name
        );
        Some(self.say(&DEP_LICENSE_PROPAGATED, message).help(format!(
            "declare a `license` that asks as much, such as `{own} AND {theirs}`, or do without `{}`",
            self.name
        )))
    }
}

/// Says whether a licence is known to ask more than another one.
fn asks_more(theirs: &str, own: &str) -> bool {
    if forbids_commerce(theirs) && !forbids_commerce(own) {
        return true;
    }
    match (License::read(theirs), License::read(own)) {
        (Ok(theirs), Ok(own)) => theirs.terms_after(&own) == Terms::More,
        _ => false,
    }
}
