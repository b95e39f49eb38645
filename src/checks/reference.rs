//! References from one entry to another.

use std::collections::BTreeSet;

use super::dependency::{self, Used};
use crate::finding::{Family, Finding, Place, Rule, Severity};
use crate::ident::{EntryName, EntryRef, IdentFault, Kind, Wanted};
use crate::integrity::include::INCLUDE_VERSION_MISMATCH;
use crate::lineage;
use crate::registry::common::{Edge, Status};
use crate::registry::entry::{Body, Entry};
use crate::registry::index::Index;
use crate::registry::reference::{Reference, Role, references};
use crate::snapshot::ReadFault;

/// A reference that is none.
pub(super) static REFERENCE_MALFORMED: Rule = Rule::error(
    "reference-malformed",
    Family::Reference,
    "a reference is not `kind/id`, `kind/id@version` or an id",
)
.down_to(Severity::Warning);
/// A link to nothing.
pub static LINK_MISSING: Rule =
    Rule::warning("link-missing", Family::Reference, "a link leads to no entry");
/// A dependency on nothing.
pub(super) static DEP_MISSING: Rule =
    Rule::error("dep-missing", Family::Reference, "a dependency leads to no entry")
        .down_to(Severity::Warning);
/// A dependency on something of another kind.
pub(super) static DEP_KIND_MISMATCH: Rule = Rule::error(
    "dep-kind-mismatch",
    Family::Reference,
    "a reference names a kind that cannot stand there",
);
/// A pin of a version that never was.
pub(super) static DEP_VERSION_MISSING: Rule = Rule::error(
    "dep-version-missing",
    Family::Reference,
    "a reference pins a version that the entry does not have",
)
.down_to(Severity::Warning);
/// A range that no version is in.
pub(super) static DEP_RANGE_UNSATISFIED: Rule = Rule::error(
    "dep-range-unsatisfied",
    Family::Reference,
    "no version of the entry is in the range that a reference asks for",
);
/// A runtime reference without a version.
pub static DEP_FLOATING: Rule = Rule::note(
    "dep-floating",
    Family::Reference,
    "a runtime dependency names no exact version, and no composite pins it; an error at release",
);

/// How much a missing target weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Weight {
    /// The entry works without it.
    Link,
    /// The entry does not.
    Dependency,
    /// The entry does not, and the version decides how it acts.
    Runtime,
}

/// Says whether a rule's findings in an entry depend on what other entries are.
pub(super) fn is_about_others(rule: &Rule) -> bool {
    [
        &LINK_MISSING,
        &DEP_MISSING,
        &DEP_VERSION_MISSING,
        &DEP_RANGE_UNSATISFIED,
        &dependency::DEP_DEPRECATED,
        &dependency::DEP_YANKED,
        &dependency::DEP_LICENSE_PROPAGATED,
        &dependency::DEP_PII_PROPAGATED,
    ]
    .iter()
    .any(|other| other.id == rule.id)
}

/// Says how much the entry needs what it names.
fn weight(kind: Kind, role: &Role) -> Weight {
    match role {
        Role::BaseModel | Role::DerivedFrom | Role::Link | Role::Profile => Weight::Link,
        Role::Model if kind != Kind::Suite => Weight::Runtime,
        Role::DependsOn(Edge::Runtime | Edge::Reexported) => Weight::Runtime,
        _ => Weight::Dependency,
    }
}

/// Says whether a composite runs the member in this slot, and does not only prove with it.
fn is_running_member(entry: &Entry, role: &Role) -> bool {
    match (&entry.body, role) {
        (Body::Composite(composite), Role::Member(slot)) => composite.runs(slot),
        _ => false,
    }
}

/// Checks every reference of an entry against the tree, and returns those that lead to an entry.
/// `today` is in seconds since 1970.
pub(super) fn check(
    entry: &Entry,
    index: &Index<'_>,
    today: Option<i64>,
) -> Result<(Vec<Finding>, Vec<lineage::Edge>), ReadFault> {
    let mut findings = Vec::new();
    let mut edges = Vec::new();
    for written in references(entry.name.kind, entry.value()) {
        let (said, found) = judge(entry, &written, (index, today))?;
        findings.extend(said);
        edges.extend(found.map(|name| {
            let Reference { pointer, text, role, .. } = written;
            let to = lineage::Target::Entry(name);
            lineage::Edge { from: entry.name.clone(), to, role, written: text, pointer }
        }));
    }
    findings.extend(dependency::moving(entry));
    if entry.common.status == Status::Draft {
        // A draft is written before what it will use; nothing can depend on it until it is active.
        let open = [&DEP_MISSING, &DEP_VERSION_MISSING];
        for finding in findings.iter_mut().filter(|f| open.iter().any(|rule| rule.id == f.rule.id))
        {
            finding.severity = Severity::Warning;
        }
    }
    Ok((findings, edges))
}

/// Leaves out what an include says already of the same pin: it names the version to write.
pub(super) fn beside_includes(said: Vec<Finding>, findings: &[Finding]) -> Vec<Finding> {
    let wrong = |finding: &&Finding| finding.rule.id == INCLUDE_VERSION_MISMATCH.id;
    let pins: BTreeSet<&str> =
        findings.iter().filter(wrong).map(|f| f.place.pointer.as_str()).collect();
    let rules = [DEP_VERSION_MISSING.id, DEP_RANGE_UNSATISFIED.id];
    let again = |finding: &Finding| {
        rules.contains(&finding.rule.id) && pins.contains(finding.place.pointer.as_str())
    };
    said.into_iter().filter(|finding| !again(finding)).collect()
}

/// Follows one reference: what is to be said of it, and the entry that it leads to.
fn judge(
    entry: &Entry,
    written: &Reference,
    (index, today): (&Index<'_>, Option<i64>),
) -> Result<(Vec<Finding>, Option<EntryName>), ReadFault> {
    let nowhere = |finding: Finding| Ok((vec![finding], None));
    let weight = weight(entry.name.kind, &written.role);
    let place = entry.document.place(&written.pointer);
    let shown = written.text.escape_debug().to_string();
    let say = |rule: &'static Rule, place: Place, message: String| {
        Finding::new(rule, place, message).values(String::new(), written.text.clone())
    };
    let reference: EntryRef = match written.text.parse() {
        Ok(reference) => reference,
        Err(fault) => {
            let message = format!("`{shown}` is no reference: {fault}");
            let help = match fault {
                IdentFault::Version(_) => {
                    "write a version, such as `1.4.2`, or a range as cargo reads it: `^1.4` (below 2.0.0), `~1.4` (below 1.5.0), `1.4.*`, `>=1.2, <2`"
                }
                _ => "write it as `model/cust-copilot@1.4.2`",
            };
            let mut finding = say(&REFERENCE_MALFORMED, place, message).help(help);
            if weight == Weight::Link {
                finding.severity = Severity::Warning;
            }
            return nowhere(finding);
        }
    };
    let kind = match (reference.kind, written.kind) {
        (Some(found), Some(expected)) if found != expected => {
            let message = format!("`{shown}` is a {found}; a {expected} is expected");
            return nowhere(say(&DEP_KIND_MISMATCH, place, message));
        }
        (Some(kind), _) | (None, Some(kind)) => kind,
        (None, None) => {
            let message = format!("`{shown}` names no kind");
            let finding = say(&REFERENCE_MALFORMED, place, message);
            return nowhere(finding.help(format!("write it as `fragment/{}`", reference.id)));
        }
    };
    if kind == Kind::Suite && matches!(written.role, Role::Member(_)) {
        let message = format!("`{shown}` is a suite, which proves and does not run");
        let finding = say(&DEP_KIND_MISMATCH, place, message);
        return nowhere(finding.help(format!("list it under `suites`: `{}`", reference.id)));
    }
    let Some(name) = index.resolve(kind, &reference.id)? else {
        let rule = if weight == Weight::Link { &LINK_MISSING } else { &DEP_MISSING };
        let message = format!("there is no {kind} `{}`", reference.id);
        let help = match rule.severity {
            Severity::Error => {
                format!("create it with `keelmark new {kind} {}`, or mend the name", reference.id)
            }
            _ => format!(
                "create it with `keelmark new {kind} {}`; a release refuses the missing entry",
                reference.id
            ),
        };
        return nowhere(say(rule, place, message).help(help));
    };
    let facts = index.facts(&name)?;
    let known = &facts.versions;
    // Only where a version is left open: then the composites of the tree are read.
    let floats = || -> Result<bool, ReadFault> {
        let runs = weight == Weight::Runtime || is_running_member(entry, &written.role);
        Ok(runs && !index.is_pinned_beside(&entry.name, &name)?)
    };
    let pin = "name an exact version, or let a composite pin it";
    let version = match &reference.wanted {
        Wanted::Any if floats()? => {
            let message = format!("`{name}` is used in whatever version it has");
            Some(say(&DEP_FLOATING, place, message).help(pin))
        }
        Wanted::Any => None,
        Wanted::Exact(version) => (!known.contains(version)).then(|| {
            let message = format!("`{name}` has no version {version}");
            say(&DEP_VERSION_MISSING, place, message).help(list(known))
        }),
        Wanted::Range(range) if facts.offered().any(|version| version.matches(range)) => {
            let message = format!("`{name}` is used in any version of `{range}`");
            floats()?.then(|| say(&DEP_FLOATING, place, message).help(pin))
        }
        Wanted::Range(range) => {
            let was = known.iter().filter(|version| version.matches(range));
            let was: Vec<String> = was.map(ToString::to_string).collect();
            let message = if was.is_empty() {
                format!("no version of `{name}` is in `{range}`")
            } else {
                let gone = was.join(", ");
                format!("what `{name}` had in `{range}` was withdrawn: {gone}")
            };
            let offered: Vec<_> = facts.offered().cloned().collect();
            Some(say(&DEP_RANGE_UNSATISFIED, place, message).help(list(&offered)))
        }
    };
    let mut findings: Vec<Finding> = version.into_iter().collect();
    findings.extend(dependency::check(&Used {
        entry,
        written,
        wanted: &reference.wanted,
        name: &name,
        facts: &facts,
        today,
    }));
    Ok((findings, Some(name)))
}

fn list(known: &[crate::version::Version]) -> String {
    let shown: Vec<String> = known.iter().take(5).map(ToString::to_string).collect();
    if shown.is_empty() {
        return "every version of it was withdrawn; bring a new one into the registry".to_owned();
    }
    format!("known versions: {}", shown.join(", "))
}
