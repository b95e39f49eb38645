//! `runbooks/quality_incident.md`: what the person on call does, from the page to the post-mortem.

mod thresholds;

use std::collections::BTreeSet;

use super::drift;
use super::evaluation::severity;
use super::facts::{Facts, in_use};
use super::governance::{begin, budgets, document, freeze_rules, named, raci, sign_off};
use super::md::{Md, code, command, fill, join, missing, moment, own, text};
use super::page::Page;
use super::place::argument;
use super::versioning::{approvals, channels as channel_names, rehearsals};
use super::words::{self, codes, days, hours, wants_key, wants_policy};
use crate::ident::Kind;
use crate::registry::dataset::Pii;
use crate::registry::policy::drift::Group;
use crate::registry::policy::freeze::RaciRole;
use crate::registry::policy::promotion::StageName;
use crate::registry::profile::HitSeverity;

/// Where the document lies.
pub(super) const PATH: &str = "runbooks/quality_incident.md";

/// Writes the document.
pub(super) fn page(facts: &Facts<'_>) -> Page {
    let mut page = begin(
        facts,
        "Quality incident runbook",
        "For the person on call: what to do when answers are wrong, unsafe, slow or too expensive.",
    );
    first(&mut page, facts);
    page.section("What is live");
    page.live(|page| channels(page, facts));
    serving(&mut page, facts);
    severities(&mut page, facts);
    thresholds::write(&mut page, facts);
    escalation(&mut page, facts);
    freeze(&mut page, facts);
    revert(&mut page, facts);
    abuse(&mut page, facts);
    personal_data(&mut page, facts);
    budgets(&mut page, facts);
    afterwards(&mut page, facts);
    raci(&mut page, facts);
    sign_off(&mut page);
    page
}

fn first(page: &mut Page, facts: &Facts<'_>) {
    page.section("The first five minutes");
    page.say(own(
        "**Nothing stops a rollback**: no freeze, no gate, no review. Where customers are harmed now, take the release back first and ask why later.",
    ));
    page.say(own("1. See what is live, since when, and whether the way back is free:"));
    page.commands(&[("status".to_owned(), "")]);
    page.say(own("2. Take the channel on which it happens back to the last good release:"));
    let channels = channel_names(facts);
    let back = channels
        .iter()
        .map(|channel| (format!("rollback {} --push", argument(channel)), serves(facts, channel)));
    page.commands(&back.collect::<Vec<_>>());
    page.say(own("3. See that it is live, and prove what it claims:"));
    page.commands(&[
        ("status".to_owned(), ""),
        ("verify --all".to_owned(), "every release, without a network"),
    ]);
    page.say(fill("4. Say so, see *Escalation*. {}", &[due(facts)]));
    page.hand(
        "contacts",
        "where an incident is declared, in which channel people talk, and who speaks to customers",
    );
}

/// Says whom a channel serves, as the stage that moves it does.
fn serves(facts: &Facts<'_>, channel: &str) -> &'static str {
    let stages = facts.policies.promotion.iter().flat_map(|policy| &policy.stages);
    let mut stages = stages.filter(|stage| stage.channel.as_deref() == Some(channel));
    match stages.next().and_then(|stage| stage.name) {
        Some(StageName::Offline) => "no customer",
        Some(StageName::Canary) => "the canary's share of customers",
        Some(StageName::Ab) => "an arm of the experiment",
        Some(StageName::Full) => "all customers",
        None => "",
    }
}

/// Says which composite and which channels a journey is served by.
fn serving(page: &mut Page, facts: &Facts<'_>) {
    let rows = facts.journeys().map(|(name, journey)| {
        let found = facts.composites().find(|(entry, composite)| {
            let named = journey.composite.as_ref();
            named.is_some_and(|written| facts.leads_to(Kind::Composite, written, &entry.name))
                || composite.journeys.iter().any(|served| served == name)
        });
        let (served, channels) = match found {
            Some((entry, composite)) => {
                (words::entry(entry), codes(composite.channels.iter().map(String::as_str)))
            }
            None => (
                missing(fill("write {} in the journey", &[code("composite")])),
                own("none: the prompt's own service decides"),
            ),
        };
        let paged = journey
            .on_call
            .as_deref()
            .map_or_else(|| missing(fill("write {} in the journey", &[code("on_call")])), code);
        vec![code(name), served, channels, paged]
    });
    page.table_or(
        &["Journey", "Served by", "Channels", "Paged"],
        rows.collect(),
        wants_policy("journeys", "what users do"),
    );
}

fn due(facts: &Facts<'_>) -> Md {
    match &facts.policies.promotion {
        Some(policy) => {
            fill("The post-mortem is due within {}.", &[hours(policy.rollback.post_mortem_hours)])
        }
        None => fill(
            "When the post-mortem is due: {}.",
            &[wants_policy("promotion", "`rollback.post_mortem_hours`")],
        ),
    }
}

/// Writes what the ledger says of each channel.
pub(super) fn channels(page: &mut Page, facts: &Facts<'_>) {
    let mut channels: Vec<_> = facts.ledger.channels.iter().collect();
    channels.sort_by(|a, b| a.name.cmp(&b.name));
    let rows = channels.iter().map(|channel| {
        vec![
            code(&channel.name),
            code(&channel.tag),
            moment(&channel.since),
            text(&channel.by),
            channel
                .rollback_to
                .as_deref()
                .map_or_else(|| missing(own("there is no release before it")), code),
        ]
    });
    page.table_or(
        &["Channel", "Release", "Since", "By", "Goes back to"],
        rows.collect(),
        missing(fill(
            "nothing is recorded as live; the first {} records it",
            &[command("release tag COMPOSITE --push")],
        )),
    );
    let waivers = channels.iter().flat_map(|channel| {
        channel.waivers.iter().map(|waiver| {
            fill(
                "**Provisional**: {} on {} is waived until {} by {}: {}",
                &[
                    code(&waiver.gate),
                    code(&channel.name),
                    moment(&waiver.until),
                    text(&waiver.by),
                    text(&waiver.reason),
                ],
            )
        })
    });
    let overdue = channels.iter().filter_map(|channel| {
        let due = channel.post_mortem_due.as_deref()?;
        Some(fill("The post-mortem of {} is due {}.", &[code(&channel.name), moment(due)]))
    });
    let remarks: Vec<Md> = waivers.chain(overdue).collect();
    if !remarks.is_empty() {
        page.bullets(remarks);
    }
}

fn severities(page: &mut Page, facts: &Facts<'_>) {
    page.section("How bad it is");
    let levels = [HitSeverity::Sev1, HitSeverity::Sev2, HitSeverity::Sev3];
    let rows = levels.map(|level| {
        let hits = facts.profiles().filter(|(found, _)| in_use(found)).flat_map(|(_, profile)| {
            profile.guardrails.iter().filter(|(_, g)| g.severity == Some(level))
        });
        let names: BTreeSet<&str> = hits.map(|(name, _)| name.as_str()).collect();
        let metrics = match level {
            HitSeverity::Sev1 => ["sev1_count", "sev1_rate"],
            HitSeverity::Sev2 => ["sev2_count", "sev2_rate"],
            HitSeverity::Sev3 => ["sev3_count", "sev3_rate"],
        };
        let bars = facts.policies.gates.iter().flat_map(|policy| &policy.gates);
        let bars = bars.filter(|found| metrics.contains(&found.metric.as_str()));
        let bars = join(
            bars.map(|found| fill("{}: {}", &[code(&found.metric), words::gate(found)])),
            ", ",
        );
        let bars = if bars.is_empty() {
            missing(fill("write a bar for {} in `policies/gates.yaml`", &[codes(metrics)]))
        } else {
            bars
        };
        let act = match level {
            HitSeverity::Sev1 => "Take the release back.",
            HitSeverity::Sev2 => "Above the bar: take the release back. Below: find the cause.",
            HitSeverity::Sev3 => "It is counted.",
        };
        vec![fill("**{}**", &[own(severity(level))]), codes(names), bars, own(act)]
    });
    let profiles = facts.profiles().any(|(found, _)| in_use(found));
    page.table_or(
        &["Severity", "Guardrails", "Bar", "Act"],
        if profiles { rows.to_vec() } else { Vec::new() },
        missing(fill("make a profile: {}", &[command("new profile ID")])),
    );
}

fn escalation(page: &mut Page, facts: &Facts<'_>) {
    drift::routes(page, facts, PATH);
    page.section("Escalation");
    let glass = facts.policies.freeze.as_ref().map(|freeze| &freeze.break_glass);
    let over = glass
        .map_or_else(|| wants_policy("freeze", "`override`"), |glass| approvals(glass.approvals));
    page.steps([
        own("Whoever is on call for the journey acts. A rollback needs nobody's leave."),
        own("The journey's owner is told at once."),
        fill(
            "**Accountable** ({}): answers for the outcome. To go on in spite of a freeze: {}.",
            &[named(facts, RaciRole::Accountable), over],
        ),
        fill(
            "**Consulted** ({}): asked before anything but a rollback is decided.",
            &[named(facts, RaciRole::Consulted)],
        ),
        fill(
            "**Informed** ({}): told when customers were harmed.",
            &[named(facts, RaciRole::Informed)],
        ),
    ]);
    page.hand("escalation", "times after which the next one is called, deputies, and telephone numbers or where they are kept");
}

fn freeze(page: &mut Page, facts: &Facts<'_>) {
    page.section("Freeze");
    freeze_rules(page, facts);
    let path = facts.place.registry.join("policies/freeze.yaml");
    page.say(fill(
        "To freeze ahead, add a window to {} and merge it; to lift it, end the window:",
        &[code(&path.to_text())],
    ));
    page.fence(
        "yaml",
        "windows:\n  - {from: 2026-01-01T08:00:00Z, until: 2026-01-02T08:00:00Z, reason: why, journey: which}".to_owned(),
    );
}

fn revert(page: &mut Page, facts: &Facts<'_>) {
    page.section("Revert");
    page.part(own("A release, on a channel"));
    let channels = channel_names(facts);
    let channel = argument(channels.first().map_or("CHANNEL", String::as_str));
    page.commands(&[
        (format!("rollback {channel} --rehearse --push"), "prove the way back; what is live stays"),
        (format!("rollback {channel} --push"), "to the last good release"),
        (format!("rollback {channel} --to COMPOSITE@VERSION --push"), "to another one"),
        (
            format!("rollback {channel} --to COMPOSITE@VERSION --force --reason TEXT --push"),
            "though callers would break; the reason is recorded",
        ),
    ]);
    let buttons = facts.workflows.iter().filter(|flow| flow.runs("rollback"));
    let buttons = join(buttons.map(|flow| code(&flow.path)), ", ");
    let buttons = if buttons.is_empty() {
        missing(fill("have a workflow run {}", &[command("rollback CHANNEL --push")]))
    } else {
        buttons
    };
    page.say(fill(
        "One commit on the ledger's branch moves the channel; services read the new state from there. Without a command line, run the workflow: {}.",
        &[buttons],
    ));
    page.part(own("One prompt, dataset or model"));
    page.bullets([
        own("Revert the merge: `git revert -m 1 COMMIT`, or the button of the forge. Content and number that were published before are welcome, so the check passes."),
        fill("{} shows which versions there were, and {} what the one before said.", &[command("log ENTRY"), command("show ENTRY@VERSION")]),
        own("Customers get it with the next release; a channel that must change now is rolled back instead."),
    ]);
    page.part(own("What went wrong"));
    page.commands(&[
        ("ledger log --kind rollback".to_owned(), "what was taken back, and when"),
        ("log ENTRY".to_owned(), "versions of an entry, with what changed"),
        ("eval bisect CASE".to_owned(), "which published version first broke a case"),
        ("impact ENTRY".to_owned(), "what else uses it"),
    ]);
}

fn abuse(page: &mut Page, facts: &Facts<'_>) {
    page.section("Abuse and jailbreaks");
    let signals = facts.policies.drift.iter().flat_map(|policy| &policy.signals);
    let signals = signals.filter(|signal| signal.group == Some(Group::Abuse));
    let signals = join(signals.map(|signal| code(&signal.name)), ", ");
    let signals = if signals.is_empty() {
        wants_policy("drift", drift::wanted(Group::Abuse))
    } else {
        signals
    };
    let mut suites = facts.live_suites().map(|(found, _)| found.name.id.as_str());
    let suite = argument(suites.next().unwrap_or("SUITE"));
    page.steps([
        fill("Which signal rang: {}.", &[signals]),
        own("What got through: an attack that was blocked is a count, one that was answered is a hit of its guardrail's severity. One attacker or many: events carry a pseudonym, not a name."),
        fill(
            "Put the attack into the golden set as a case that expects `<BLOCK>`, and see it fail: {}.",
            &[command(&format!("eval run {suite} --filter metric=guardrail_pass"))],
        ),
        own("Mend the prompt or the guardrail, see the case pass, release. The commits, the run and the release are the log of it."),
    ]);
}

fn personal_data(page: &mut Page, facts: &Facts<'_>) {
    page.section("Personal data in an answer");
    let fields = facts.policies.telemetry.as_ref().map_or_else(
        || wants_policy("telemetry", "which fields hold personal data"),
        |telemetry| {
            let held = telemetry.fields.iter().filter(|(_, field)| field.pii == Pii::Present);
            fill(
                "in the fields {}; events are kept for {}, raw text for {}",
                &[
                    codes(held.map(|(name, _)| name.as_str())),
                    days(f64::from(telemetry.retention_days)),
                    days(f64::from(telemetry.raw_retention_days)),
                ],
            )
        },
    );
    let bad = facts.profiles().filter(|(found, _)| in_use(found)).filter_map(|(found, profile)| {
        let level = profile.guardrails.get("no_pii")?.severity?;
        Some(fill("{} in {}", &[own(severity(level)), words::entry(found)]))
    });
    let bad = join(bad, ", ");
    let bad = if bad.is_empty() {
        missing(fill("give {} a severity in a profile", &[code("no_pii")]))
    } else {
        bad
    };
    page.bullets([
        fill("How bad it is: {}.", &[bad]),
        fill("Where it may be recorded: {}.", &[fields]),
        fill("Who is asked: {}.", &[named(facts, RaciRole::Consulted)]),
        own("The text goes into no ticket, chat or case. Records of runs mask it before they are written; the ledger holds digests and scores only."),
    ]);
}

fn afterwards(page: &mut Page, facts: &Facts<'_>) {
    page.section("Afterwards");
    let tabletop = facts.policies.freeze.as_ref().and_then(|freeze| freeze.tabletop_days);
    let tabletop = tabletop.map_or_else(
        || {
            let how = wants_key("tabletop_days", "freeze");
            fill("When a tabletop exercise is held: {}.", &[how])
        },
        |length| fill("A tabletop exercise is held at least every {}.", &[days(length)]),
    );
    let channels = channel_names(facts);
    let channel = argument(channels.first().map_or("CHANNEL", String::as_str));
    page.bullets([
        fill("{} It names the release, the time line, the cause, what the gates did not see, and the case that will see it.", &[due(facts)]),
        own("The question that failed becomes a case of the golden set before the mended version is released."),
        fill(
            "{} This page is played through, with {} for each channel.",
            &[tabletop, command(&format!("rollback {channel} --rehearse --push"))],
        ),
        fill(
            "Thresholds that rang too late or too often are changed in the policy ({}, {}), and this page is written anew with {}.",
            &[
                document("drift monitoring", PATH, "mlops/drift_monitoring_spec.md"),
                document("evaluation harness", PATH, "mlops/evaluation_harness.md"),
                code(&facts.place.command()),
            ],
        ),
    ]);
    page.live(|page| rehearsals(page, facts));
    page.hand("lessons", "what past incidents and exercises taught, with links to their records");
}
