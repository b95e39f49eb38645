//! From a value to a person to an act, in one table.

use super::PATH;
use crate::handbook::drift::{red, threshold, told, yellow};
use crate::handbook::facts::Facts;
use crate::handbook::governance::{cause, document, scope};
use crate::handbook::md::{Md, code, fill, join, missing, or_dash, own};
use crate::handbook::page::Page;
use crate::handbook::words::{gate, gate_scope, wants_key, wants_policy};
use crate::registry::policy::drift::Signal;
use crate::registry::policy::freeze::{Cause, Freeze};

/// Writes the section.
pub(super) fn write(page: &mut Page, facts: &Facts<'_>) {
    page.section("Thresholds, routes and acts");
    page.table(&["What happened", "Who is told", "What is done"], happenings(facts));
    page.part(own("Signals"));
    let signals = facts.policies.drift.iter().flat_map(|policy| &policy.signals);
    let rows = signals.map(|signal| {
        vec![
            code(&signal.name),
            signal.journey.as_deref().map_or_else(|| own("every journey"), code),
            threshold(signal, signal.yellow),
            threshold(signal, signal.red),
            paged(facts, signal),
        ]
    });
    page.table_or(
        &["Signal", "Journey", "Yellow", "Red", "Paged at red"],
        rows.collect(),
        wants_policy("drift", "signals"),
    );
    page.say(fill(
        "How they are computed: {}.",
        &[document("drift monitoring spec", PATH, "mlops/drift_monitoring_spec.md")],
    ));
    page.part(own("What a release had to clear, to compare with"));
    let gates = facts.policies.gates.iter().flat_map(|policy| &policy.gates);
    let rows =
        gates.map(|found| vec![code(&found.metric), gate(found), or_dash(gate_scope(found))]);
    page.table_or(&["Metric", "Bar", "Notes"], rows.collect(), wants_policy("gates", "the bars"));
}

fn happenings(facts: &Facts<'_>) -> Vec<Vec<Md>> {
    let everybody = on_call(facts, None);
    let drift = facts.policies.drift.as_ref();
    let mut rows = vec![
        vec![
            own("a signal is **yellow**"),
            drift.map_or_else(
                || everybody.clone(),
                |policy| told(&policy.actions.yellow.notify, &everybody),
            ),
            drift.map_or_else(|| wants_policy("drift", "signals"), yellow),
        ],
        vec![
            own("a signal is **red**"),
            drift.map_or_else(
                || everybody.clone(),
                |policy| told(&policy.actions.red.notify, &everybody),
            ),
            drift.map_or_else(|| wants_policy("drift", "signals"), red),
        ],
    ];
    let Some(freeze) = &facts.policies.freeze else {
        rows.push(vec![
            own("anything else"),
            everybody,
            wants_policy("freeze", "what stops changes"),
        ]);
        return rows;
    };
    for (what, act) in [
        (Cause::Sev1, "Take the release back."),
        (Cause::AbuseSurge, "See *Abuse and jailbreaks*."),
        (Cause::StopLoss, "Take the candidate back; the experiment has ended."),
        (Cause::BudgetExhausted, "Repairs only, until the sprint is over."),
        (Cause::Rollback, "Write the post-mortem."),
    ] {
        let said = join([own(act), frozen(freeze, what)], " ");
        rows.push(vec![own(cause(what)), everybody.clone(), said]);
    }
    rows
}

/// Says what is frozen for a cause.
fn frozen(freeze: &Freeze, what: Cause) -> Md {
    let mut triggers = freeze.triggers.iter().filter(|trigger| trigger.cause == Some(what));
    match triggers.next() {
        None => own("Freezes nothing."),
        Some(trigger) if trigger.automatic => {
            fill("Freezes {} by itself.", &[own(scope(trigger.scope))])
        }
        Some(trigger) => fill("Freezes {} when a person decides so.", &[own(scope(trigger.scope))]),
    }
}

/// Names who is paged: of a journey, or of every one.
fn on_call(facts: &Facts<'_>, journey: Option<&str>) -> Md {
    let journeys = facts.journeys().filter(|(name, _)| journey.is_none_or(|one| one == *name));
    let mut names: Vec<&str> =
        journeys.filter_map(|(_, journey)| journey.on_call.as_deref()).collect();
    names.sort_unstable();
    names.dedup();
    if names.is_empty() {
        return missing(fill("write {} in each journey", &[code("on_call")]));
    }
    or_dash(join(names.into_iter().map(code), ", "))
}

fn paged(facts: &Facts<'_>, signal: &Signal) -> Md {
    let red = facts.policies.drift.as_ref().map(|policy| &policy.actions.red);
    match red {
        Some(red) if red.page => on_call(facts, signal.journey.as_deref()),
        _ => wants_key("actions: {red: {page: true}}", "drift"),
    }
}
