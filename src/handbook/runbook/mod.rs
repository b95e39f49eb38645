//! `runbooks/quality_incident.md`: what the person on call does, from the page to the post-mortem.

mod thresholds;

use super::drift;
use super::evaluation::severity;
use super::facts::{Facts, in_use};
use super::governance::{begin, budgets, document, freeze_rules, raci, role, sign_off};
use super::md::{Md, code, command, fill, join, missing, own, text};
use super::page::Page;
use super::place::argument;
use super::versioning::channels as channel_names;
use super::words::{codes, days, hours, wants_key, wants_policy};
use crate::registry::dataset::Pii;
use crate::registry::policy::freeze::RaciRole;

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
    channels(&mut page, facts);
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
    page.say(own("2. Take the channel back to the last good release:"));
    let mut back = Vec::new();
    for channel in channel_names(facts) {
        back.push((format!("rollback {} --push", argument(&channel)), ""));
    }
    page.commands(&back);
    page.say(own("3. Prove what is live now:"));
    page.commands(&[
        ("verify --all".to_owned(), "every release, offline"),
        ("status".to_owned(), ""),
    ]);
    page.say(fill(
        "4. Say so: the journey's owner, then {}. A post-mortem is due {}.",
        &[role(facts, RaciRole::Accountable), due(facts)],
    ));
    page.hand(
        "contacts",
        "where an incident is declared, in which channel people talk, who speaks to customers",
    );
}

fn due(facts: &Facts<'_>) -> Md {
    match &facts.policies.promotion {
        Some(policy) => fill("within {}", &[hours(policy.rollback.post_mortem_hours)]),
        None => wants_policy("promotion", "`rollback.post_mortem_hours`"),
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
            text(&channel.since),
            text(&channel.by),
            channel
                .rollback_to
                .as_deref()
                .map_or_else(|| missing(own("no release before it")), code),
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
                    text(&waiver.until),
                    text(&waiver.by),
                    text(&waiver.reason),
                ],
            )
        })
    });
    let overdue = channels.iter().filter_map(|channel| {
        let due = channel.post_mortem_due.as_deref()?;
        Some(fill("The post-mortem of {} is due {}.", &[code(&channel.name), text(due)]))
    });
    let remarks: Vec<Md> = waivers.chain(overdue).collect();
    if !remarks.is_empty() {
        page.bullets(remarks);
    }
}

fn severities(page: &mut Page, facts: &Facts<'_>) {
    page.section("How bad it is");
    let mut rows = Vec::new();
    use crate::registry::profile::HitSeverity::{Sev1, Sev2, Sev3};
    for (level, follows) in [
        (Sev1, "Page at once. None is allowed: take the release back."),
        (Sev2, "Page when the rate is above its bar; else look into it the same day."),
        (Sev3, "Counted, and read in the weekly review."),
    ] {
        let hits = facts.profiles().filter(|(found, _)| in_use(found)).flat_map(|(_, profile)| {
            profile.guardrails.iter().filter(|(_, g)| g.severity == Some(level))
        });
        let mut names: Vec<&str> = hits.map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        let hits = if names.is_empty() { own("no guardrail has it") } else { codes(names) };
        rows.push(vec![fill("**{}**", &[own(severity(level))]), hits, own(follows)]);
    }
    let profiles = facts.profiles().any(|(found, _)| in_use(found));
    let otherwise = missing(fill("make a profile: {}", &[command("new profile ID")]));
    page.table_or(
        &["Severity", "Guardrails", "What follows"],
        if profiles { rows } else { Vec::new() },
        otherwise,
    );
}

fn escalation(page: &mut Page, facts: &Facts<'_>) {
    drift::routes(page, facts, PATH);
    page.section("Escalation");
    page.steps([
        own("The person on call of the journey acts, and decides alone on a rollback."),
        own("The journey's owner is told at once, and decides what customers hear."),
        fill("{} decides on going on in spite of a freeze.", &[role(facts, RaciRole::Accountable)]),
        fill(
            "{} are asked where safety, personal data or money is concerned.",
            &[role(facts, RaciRole::Consulted)],
        ),
        fill(
            "{} are told after a Sev-1, and after every rollback.",
            &[role(facts, RaciRole::Informed)],
        ),
    ]);
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
        (format!("rollback {channel} --rehearse"), "prove the way back, change nothing"),
        (format!("rollback {channel} --push"), "to the last good release"),
        (format!("rollback {channel} --to COMPOSITE@VERSION --push"), "to another one"),
        (
            format!("rollback {channel} --to COMPOSITE@VERSION --force --reason TEXT --push"),
            "though callers would break; the reason is recorded",
        ),
    ]);
    page.say(own(
        "One commit on the ledger's branch moves the channel; services read the new state from there. Without a command line, run the repository's rollback workflow.",
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
    let signals =
        signals.filter(|signal| signal.group == Some(crate::registry::policy::drift::Group::Abuse));
    let signals = join(signals.map(|signal| code(&signal.name)), ", ");
    let signals = if signals.is_empty() {
        wants_key("a signal with `group: abuse`", "drift")
    } else {
        signals
    };
    let suites: Vec<_> = facts.live_suites().map(|(found, _)| found).collect();
    let suite = suites.first().map_or("SUITE", |found| found.name.id.as_str());
    page.steps([
        fill("What rang: {}.", &[signals]),
        own("One attacker or many: look at the pseudonym, the tenant and the time. Block the source in front of the product where there is one."),
        own("What got through: an attack that was blocked is a count; one that was answered is a Sev-1 or a Sev-2."),
        fill(
            "Put the attack into the golden set as a case that expects {}, and see it fail: {}.",
            &[
                code("<BLOCK>"),
                command(&format!("eval run {} --filter metric=guardrail_pass", argument(suite))),
            ],
        ),
        own("Mend the prompt or the guardrail, see the case pass, release. Every step is in the log of the repository and of the ledger."),
    ]);
}

fn personal_data(page: &mut Page, facts: &Facts<'_>) {
    page.section("Personal data in an answer");
    let fields = facts.policies.telemetry.as_ref().map_or_else(
        || wants_policy("telemetry", "which fields hold personal data"),
        |telemetry| {
            let held = telemetry.fields.iter().filter(|(_, field)| field.pii == Pii::Present);
            fill(
                "fields that may hold it: {}; events are kept for {}, raw text for {}",
                &[
                    codes(held.map(|(name, _)| name.as_str())),
                    days(f64::from(telemetry.retention_days)),
                    days(f64::from(telemetry.raw_retention_days)),
                ],
            )
        },
    );
    page.bullets([
        own("It is a Sev-1 unless the profile says otherwise. Take the release back, then preserve the event; do not copy the text into tickets or chats."),
        fill("Where to look: {}.", &[fields]),
        fill("Who must hear of it: {}.", &[role(facts, RaciRole::Consulted)]),
        own("Records of runs and of the ledger hold digests and scores; answers in them are masked before they are written."),
    ]);
}

fn afterwards(page: &mut Page, facts: &Facts<'_>) {
    page.section("Afterwards");
    let tabletop = facts.policies.freeze.as_ref().and_then(|freeze| freeze.tabletop_days);
    let tabletop = tabletop.map_or_else(
        || wants_key("tabletop_days", "freeze"),
        |length| fill("at least every {}", &[days(length)]),
    );
    let channels = channel_names(facts);
    let channel = argument(channels.first().map_or("CHANNEL", String::as_str));
    page.bullets([
        fill("The post-mortem is due {}. It names the release, the time line, the cause, what the gates did not see, and the case that will see it.", &[due(facts)]),
        own("The failing question becomes a case of the golden set before the mended version is released."),
        fill(
            "A tabletop exercise is held {}: this page is played through, with {} for each channel.",
            &[tabletop, command(&format!("rollback {channel} --rehearse"))],
        ),
        fill(
            "{} and {} stay true: change the registry, then {}.",
            &[
                document("The drift monitoring spec", PATH, "mlops/drift_monitoring_spec.md"),
                document("the evaluation harness", PATH, "mlops/evaluation_harness.md"),
                command(&facts.place.command()),
            ],
        ),
    ]);
    let rows = channels.iter().filter_map(|channel| {
        let last = facts.ledger.rehearsal(channel)?;
        let outcome = own(if last.ok { "free" } else { "**blocked**" });
        Some(vec![code(channel), text(&last.at), code(&last.target), outcome])
    });
    page.table_or(
        &["Channel", "Last rehearsal", "Way to", "Outcome"],
        rows.collect(),
        missing(own("no rehearsal is recorded")),
    );
    page.hand("lessons", "what past incidents taught, with links to their post-mortems");
}
