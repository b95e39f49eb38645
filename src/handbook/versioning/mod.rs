//! `mlops/model_versioning_policy.md`: what has a version, which step a change needs, and the way of
//! a release to customers and back.

mod promotion;
mod registers;
mod rules;

pub(super) use promotion::{channels, rehearsals};

use super::facts::Facts;
use super::governance::{approvers, begin, raci, sign_off};
use super::md::{Md, code, command, fill, join, link, missing, moment, number, or_dash, own, text};
use super::page::Page;
use super::place::argument;
use super::words::{self, codes, count, days, hours};
use crate::ident::Kind;
use crate::path::RepoPath;
use crate::registry::composite::Composite;
use crate::registry::config::{Published, Tags};
use crate::registry::dataset::Pii;
use crate::registry::entry::Entry;
use crate::version::Zerover;

/// Where the document lies.
pub(super) const PATH: &str = "mlops/model_versioning_policy.md";

/// Writes the document.
pub(super) fn page(facts: &Facts<'_>) -> Page {
    let mut page = begin(
        facts,
        "Versioning and release policy",
        "What has a version, which step a change needs, how a composite is released to customers, and how it is taken back.",
    );
    versioned(&mut page, facts);
    registers::models(&mut page, facts);
    registers::datasets(&mut page, facts);
    registers::composites(&mut page, facts);
    live(&mut page, facts);
    rules::write(&mut page, facts);
    release(&mut page, facts);
    decisions(&mut page, facts);
    promotion::write(&mut page, facts);
    promotion::rollback(&mut page, facts);
    governance(&mut page, facts);
    page.section("Exceptions").hand(
        "exceptions",
        "exceptions from this policy that were granted, by whom and until when",
    );
    raci(&mut page, facts);
    sign_off(&mut page);
    page
}

fn versioned(page: &mut Page, facts: &Facts<'_>) {
    page.section("What has a version");
    let kinds = Kind::ALL
        .map(|kind| vec![code(kind.name()), own(holds(kind)), number(facts.of_kind(kind).count())]);
    page.table(&["Kind", "What it is", "Entries"], kinds.to_vec());
    let versioning = &facts.config.versioning;
    let published = match versioning.published {
        Published::Merged => fill(
            "A version is published once a branch of {} carries it or names it in the entry's changelog, or a tag names it.",
            &[codes(versioning.branches.iter().map(String::as_str))],
        ),
        Published::Tagged => own("A version is published once a tag names it."),
    };
    let zerover = match versioning.zerover {
        Zerover::Cargo => {
            "Below 1.0.0 the second number counts as major: 0.2.0 may break what 0.1.0 promised."
        }
        Zerover::Off => "Below 1.0.0 the numbers mean the same as above.",
    };
    let tags = match versioning.tags {
        Tags::Releases => "A tag is made for each release of a composite.",
        Tags::Entries => {
            "A tag is made for each release of a composite, and one for each version of an entry."
        }
        Tags::None => "No tags are made.",
    };
    page.bullets([
        published,
        own("A published version never changes. The same number with other content is refused on the branch, at the merge and at the tag."),
        own(zerover),
        own(tags),
        fill(
            "Lineage: {} draws which entry uses which, {} says what a change reaches.",
            &[command("graph"), command("impact ENTRY")],
        ),
        own("Checksums are SHA-256 over the bytes that git stores; large files in Git LFS are verified by their pointer."),
    ]);
}

/// Returns what a kind is.
const fn holds(kind: Kind) -> &'static str {
    match kind {
        Kind::Composite => "exact versions of members, proven, released and taken back as one",
        Kind::Dataset => "rows, with provenance and digests",
        Kind::Fragment => "a text that prompts share",
        Kind::Judge => "a rubric and the model that applies it",
        Kind::Model => "a model at a pinned snapshot, with its limits, price and promises",
        Kind::Profile => "guardrails with severities",
        Kind::Prompt => "a template with its contract",
        Kind::Suite => "cases, and what they measure",
    }
}

fn live(page: &mut Page, facts: &Facts<'_>) {
    page.section("What is live");
    page.live(|page| super::runbook::channels(page, facts));
    page.part(own("Last releases"));
    page.live(|page| releases(page, facts));
}

fn releases(page: &mut Page, facts: &Facts<'_>) {
    let rows = facts.ledger.releases.iter().map(|release| {
        let adr = release
            .adr
            .as_ref()
            .map(|path| link(&code(path), &facts.place.way(PATH, &RepoPath::from(path.as_str()))));
        vec![
            code(&release.tag),
            moment(&release.at),
            text(&release.by),
            text(&release.step),
            or_dash(adr.unwrap_or_default()),
        ]
    });
    page.table_or(
        &["Release", "When", "By", "Step", "Decision"],
        rows.collect(),
        missing(own("the ledger holds no release yet")),
    );
}

/// Returns the composites that commands are shown for; a placeholder where there are none.
pub(super) fn named<'a>(facts: &Facts<'a>) -> Vec<&'a str> {
    let names: Vec<&str> = facts.composites().map(|(entry, _)| entry.name.id.as_str()).collect();
    if names.is_empty() { vec!["COMPOSITE"] } else { names }
}

fn release(page: &mut Page, facts: &Facts<'_>) {
    page.section("Releasing a composite");
    let first = named(facts).first().copied().unwrap_or("COMPOSITE");
    let name = argument(first);
    page.steps([
        fill(
            "{} pins published versions, derives the composite's step, and writes version, decision record and notes as one change.",
            &[command(&format!("release prepare {name}"))],
        ),
        fill("{} names every piece that is still missing.", &[command("release status")]),
        fill(
            "{} records an approval, signed with the approver's git key. Approvers: {}",
            &[command(&format!("approve {name}")), approvers(facts)],
        ),
        fill(
            "{} makes the signed tag {} when all pieces are there; {} makes a candidate for a canary.",
            &[
                command(&format!("release tag {name} --push")),
                code(&format!("{}release/{first}@VERSION", facts.config.tag_prefix)),
                code("--rc"),
            ],
        ),
        fill(
            "{} proves the release in a fresh clone, without a network.",
            &[command(&format!("verify {}release/{first}@VERSION", facts.config.tag_prefix))],
        ),
    ]);
    page.say(fill(
        "What keeps a release from being made; {} shows all of it at once:",
        &[command("release status")],
    ));
    rules::releases(page, facts);
    page.say(fill(
        "Keys of those who may sign stand in {} beside the configuration. Decisions are kept on the branch {}, one commit each: who, what, which digests, which scores.",
        &[code(facts.config.paths.signers()), code(&facts.config.ledger.branch)],
    ));
}

fn decisions(page: &mut Page, facts: &Facts<'_>) {
    page.section("A decision record for each release");
    let paths = &facts.config.paths;
    page.say(fill(
        "Each release has a record in {} (MADR 4.0.0, `<date>-<composite>-<version>.md`), a page in {} and a section in {}. The record answers:",
        &[
            code(&paths.adr),
            code(&paths.releases),
            code(&paths.changelog),
        ],
    ));
    page.table(
        &["Question", "Where it is answered"],
        vec![
            vec![own("What changed, and why"), own("Context; Decision Outcome: members from and to, with the deciding rules")],
            vec![own("Evidence, offline and online"), own("Confirmation: journeys, cases by domain, what was not tested, judges with their calibration, synthetic share, scores with intervals")],
            vec![own("Risk"), own("Consequences; Pros and Cons of the Options")],
            vec![own("Rollback plan"), own("More Information: the target, the command, the last rehearsal")],
        ],
    );
    page.say(fill(
        "{} lists them. Places that only the author can fill are marked, and a release is not tagged while one is empty.",
        &[command("adr list")],
    ));
}

fn governance(page: &mut Page, facts: &Facts<'_>) {
    page.section("Governance");
    let ledger = &facts.config.ledger;
    let eval = &facts.config.eval;
    let events = facts.policies.telemetry.as_ref().map_or_else(
        || words::wants_policy("telemetry", "what production records"),
        |telemetry| {
            fill(
                "Production events are kept for {}, raw text for {}.",
                &[
                    days(f64::from(telemetry.retention_days)),
                    days(f64::from(telemetry.raw_retention_days)),
                ],
            )
        },
    );
    page.bullets([
        fill(
            "**Audit**: versions, digests, scores and decisions stand on {}, pushed to {}. A record is never edited or removed unseen: {} recomputes every one.",
            &[code(&ledger.branch), code(&ledger.remote), command("ledger verify")],
        ),
        fill(
            "**Retention**: run records {}, recorded answers {}. {}",
            &[
                days(f64::from(eval.retention_days)),
                days(f64::from(eval.raw_retention_days)),
                events,
            ],
        ),
        fill(
            "**Ledger**: a record stays at the branch's tip for {}, then goes into a signed archive; it stays in the history, and none is dropped.",
            &[count(usize::try_from(ledger.retention_months).unwrap_or(usize::MAX), "month", "months")],
        ),
        own("**Personal data** is masked before an answer is recorded or leaves for a judge; a host sees it only where the configuration says so."),
        hosts(facts),
        own("**Trust** comes from the base: a pull request cannot lower a bar, reach a new host or name a variable for itself."),
    ]);
}

fn hosts(facts: &Facts<'_>) -> Md {
    let hosts = facts.config.trust.hosts.iter().map(|(name, host)| {
        let data = match host.pii {
            Pii::None => "no personal data",
            Pii::DeIdentified => "de-identified data",
            Pii::Present => "**personal data**",
        };
        fill("{} ({})", &[code(name), own(data)])
    });
    let hosts = join(hosts, ", ");
    let named = if hosts.is_empty() {
        missing(own("name those that may be reached under `trust.hosts` in `keelmark.yaml`"))
    } else {
        hosts
    };
    fill("**Hosts** that may be reached: {}.", &[named])
}

/// Writes the string of a composite as it is pinned: `model@1.4.2 + prompt@2.3.0`.
pub(super) fn string(composite: &Composite) -> Md {
    let members = composite.members.iter().map(|(slot, written)| {
        let (id, version) = match written.rsplit_once('@') {
            Some((id, version)) => (id, version),
            None => (written.as_str(), written.as_str()),
        };
        let shown = if version == id { id.rsplit('/').next().unwrap_or(id) } else { version };
        format!("{slot}@{shown}")
    });
    code(&members.collect::<Vec<_>>().join(" + "))
}

/// Returns the version that a composite goes back to.
pub(super) fn target(entry: &Entry) -> Md {
    match &entry.common.rollback_to {
        Some(version) => code(version),
        None => own("the release before, as the ledger knows it"),
    }
}

/// Says within which time what is due.
pub(super) fn within(length: f64) -> Md {
    fill("within {}", &[hours(length)])
}

/// Counts approvals.
pub(super) fn approvals(needed: u32) -> Md {
    count(usize::try_from(needed).unwrap_or(usize::MAX), "approval", "approvals")
}
