//! `freeze.yaml`, `promotion.yaml` and `journeys.yaml`: what stands between a change and its users.

use std::collections::BTreeSet;

use super::gates::asks_as_much;
use super::renamed::Renamed;
use super::scale::{Scale, word};
use crate::cases::bar::Range;
use crate::ident::Kind;
use crate::registry::policy::freeze::{Freeze, FreezeOverride, Scope, Trigger, Window};
use crate::registry::policy::journeys::{Journey, Journeys, Objective};
use crate::registry::policy::promotion::{
    Approvals, Experiment, Limit, Primary, Promotion, Rollback, Stage,
};
use crate::time;

/// Weighs two freezes; `today` is in seconds since 1970, and what is over by then asks nothing.
pub(super) fn freeze(scale: &mut Scale, old: &Freeze, new: &Freeze, today: Option<i64>) {
    // Taken apart by name, here and below, so that a key which is added later cannot be forgotten.
    let Freeze {
        triggers,
        blocks,
        expires_hours,
        windows,
        break_glass,
        stability_sprint_days,
        tabletop_days,
    } = new;
    scale.below("triggers", |scale| {
        for (at, before) in old.triggers.iter().enumerate() {
            trigger(scale, (at, before), triggers);
        }
    });
    scale.loses("blocks", &old.blocks, blocks);
    // A freeze without an end is the longest.
    let sooner = expires_hours.is_some_and(|new| old.expires_hours.is_none_or(|old| new < old));
    scale.when(sooner, "expires_hours", &old.expires_hours, expires_hours);
    scale.below("windows", |scale| {
        for (at, before) in old.windows.iter().enumerate() {
            let over = time::instant(&before.until).zip(today).is_some_and(|(end, now)| end <= now);
            if !over {
                window(scale, (at, before), windows);
            }
        }
    });
    scale.below("override", |scale| {
        let FreezeOverride { approvals, roles, max_hours } = break_glass;
        scale.least("approvals", &old.break_glass.approvals, approvals);
        scale.gains("roles", &old.break_glass.roles, roles);
        scale.most("max_hours", &old.break_glass.max_hours, max_hours);
    });
    let shorter = old
        .stability_sprint_days
        .is_some_and(|old| stability_sprint_days.is_none_or(|new| new < old));
    scale.when(shorter, "stability_sprint_days", &old.stability_sprint_days, stability_sprint_days);
    scale.most_if_any("tabletop_days", old.tabletop_days.as_ref(), tabletop_days.as_ref());
}

/// Says whether something for `new` journeys is in force wherever something for `old` ones was.
fn as_wide(old: Option<&String>, new: Option<&String>) -> bool {
    new.is_none() || old == new
}

fn trigger(scale: &mut Scale, (stood_at, old): (usize, &Trigger), triggers: &[Trigger]) {
    let name = word(&old.cause);
    let kept = triggers.iter().enumerate().find(|(_, new)| {
        new.cause == old.cause && as_wide(old.journey.as_ref(), new.journey.as_ref())
    });
    let Some((at, new)) = kept else {
        return scale.gone(&name, stood_at, &word(&old.scope));
    };
    scale.item(&name, (stood_at, at), |scale| {
        let narrower = old.scope != new.scope && new.scope != Scope::Registry;
        scale.when(narrower, "scope", &old.scope, &new.scope);
        scale.stays("automatic", old.automatic, new.automatic);
    });
}

fn window(scale: &mut Scale, (stood_at, old): (usize, &Window), windows: &[Window]) {
    let starts = |old: &str, new: &str| match (time::instant(old), time::instant(new)) {
        (Some(old), Some(new)) => new <= old,
        _ => old == new,
    };
    let (begins, ends) = (
        |new: &Window| starts(&old.from, &new.from),
        |new: &Window| starts(&new.until, &old.until),
    );
    let near = || {
        windows
            .iter()
            .enumerate()
            .filter(|(_, new)| as_wide(old.journey.as_ref(), new.journey.as_ref()))
    };
    if near().any(|(_, new)| begins(new) && ends(new)) {
        return;
    }
    let known = near().find(|(_, new)| {
        old.from == new.from
            || old.until == new.until
            || (old.reason.is_some() && old.reason == new.reason)
    });
    let name = old.reason.clone().unwrap_or_else(|| old.from.clone());
    match known {
        Some((at, new)) => scale.item(&name, (stood_at, at), |scale| {
            scale.when(!begins(new), "from", &old.from, &new.from);
            scale.when(!ends(new), "until", &old.until, &new.until);
        }),
        None => scale.gone(&name, stood_at, &format!("{} – {}", old.from, old.until)),
    }
}

/// Weighs two ways to full traffic.
pub(super) fn promotion(scale: &mut Scale, old: &Promotion, new: &Promotion) {
    let Promotion { stages, experiment, primary, guardrails, stop_loss, approvals, rollback } = new;
    scale.below("stages", |scale| {
        for (stood_at, before) in old.stages.iter().enumerate() {
            let name = word(&before.name);
            match stages.iter().enumerate().find(|(_, stage)| stage.name == before.name) {
                Some((at, after)) => {
                    scale.item(&name, (stood_at, at), |scale| stage(scale, before, after));
                }
                None => scale.gone(&name, stood_at, &name.clone()),
            }
        }
    });
    scale.below("experiment", |scale| {
        // How arms are compared and when a comparison ends undecided asks neither more nor less.
        let Experiment { design: _, power, alpha, srm_alpha, max_days: _ } = experiment;
        scale.least("power", &old.experiment.power, power);
        scale.most("alpha", &old.experiment.alpha, alpha);
        scale.least("srm_alpha", &old.experiment.srm_alpha, srm_alpha);
    });
    match (&old.primary, primary) {
        (Some(before), Some(after)) => scale.below("primary", |scale| {
            let Primary { metric, uplift, relative, better } = after;
            scale.same("metric", &before.metric, metric);
            scale.least("uplift", &before.uplift, uplift);
            scale.same("relative", &before.relative, relative);
            scale.same("better", &before.better, better);
        }),
        (before, after) => {
            let metric = |primary: &Option<Primary>| primary.as_ref().map(|p| p.metric.clone());
            scale.kept("primary", metric(before).as_ref(), metric(after).as_ref());
        }
    }
    scale.below("guardrails", |scale| limits(scale, &old.guardrails, guardrails));
    scale.below("stop_loss", |scale| limits(scale, &old.stop_loss, stop_loss));
    scale.below("approvals", |scale| {
        let Approvals { count, high_risk, independent } = approvals;
        scale.least("count", &old.approvals.count, count);
        scale.least("high_risk", &old.approvals.high_risk, high_risk);
        scale.stays("independent", old.approvals.independent, *independent);
    });
    scale.below("rollback", |scale| {
        let Rollback { automatic, freeze, post_mortem_hours } = rollback;
        scale.stays("automatic", old.rollback.automatic, *automatic);
        scale.stays("freeze", old.rollback.freeze, *freeze);
        scale.most("post_mortem_hours", &old.rollback.post_mortem_hours, post_mortem_hours);
    });
}

fn stage(scale: &mut Scale, old: &Stage, new: &Stage) {
    let Stage { name: _, traffic, channel: _, min_hours, min_samples, approvals } = new;
    let least = |key: &str, old: Option<f64>, new: Option<f64>, scale: &mut Scale| {
        let weaker = old.is_some_and(|old| new.is_none_or(|new| new < old));
        scale.when(weaker, key, &old, &new);
    };
    // Fewer steps, or a first or last one that meets more people at once.
    let rises = |of: Option<&f64>, to: Option<&f64>| of.zip(to).is_some_and(|(of, to)| to > of);
    let steeper = traffic.len() < old.traffic.len()
        || rises(old.traffic.first(), traffic.first())
        || rises(old.traffic.last(), traffic.last());
    scale.when(steeper, "traffic", &old.traffic, traffic);
    least("min_hours", old.min_hours, *min_hours, scale);
    let fewer = old.min_samples.is_some_and(|old| min_samples.is_none_or(|new| new < old));
    scale.when(fewer, "min_samples", &old.min_samples, min_samples);
    scale.least("approvals", &old.approvals, approvals);
}

fn limits(scale: &mut Scale, old: &[Limit], new: &[Limit]) {
    for (stood_at, before) in old.iter().enumerate() {
        let kept = new.iter().enumerate().find(|(_, after)| {
            after.metric == before.metric
                && as_wide(before.journey.as_ref(), after.journey.as_ref())
        });
        match kept {
            Some((at, after)) => scale.item(&before.metric, (stood_at, at), |scale| {
                let Limit { metric: _, limit, relative, worse, journey: _ } = after;
                scale.most("limit", &before.limit, limit);
                scale.same("relative", &before.relative, relative);
                scale.same("worse", &before.worse, worse);
            }),
            None => scale.gone(&before.metric, stood_at, &before.limit.to_string()),
        }
    }
}

/// Weighs two lists of journeys.
pub(super) fn journeys(scale: &mut Scale, old: &Journeys, new: &Journeys, renamed: &Renamed) {
    let Journeys { journeys } = new;
    scale.below("journeys", |scale| {
        for (name, before) in &old.journeys {
            match journeys.get(name) {
                Some(after) => scale.below(name, |scale| journey(scale, before, after, renamed)),
                None => scale.gone(name, crate::yaml::escape_pointer(name), &name.clone()),
            }
        }
    });
}

fn journey(scale: &mut Scale, old: &Journey, new: &Journey, renamed: &Renamed) {
    let Journey {
        description: _,
        prompts,
        suites,
        composite,
        risk_tier,
        owner,
        on_call,
        runbook,
        objectives,
    } = new;
    let names = |kind: Kind, list: &[String]| -> Vec<String> {
        list.iter().map(|name| renamed.name(kind, name)).collect()
    };
    scale.loses("prompts", &names(Kind::Prompt, &old.prompts), &names(Kind::Prompt, prompts));
    scale.loses("suites", &names(Kind::Suite, &old.suites), &names(Kind::Suite, suites));
    let one = |name: &Option<String>| name.as_deref().map(|n| renamed.name(Kind::Composite, n));
    scale.kept("composite", one(&old.composite).as_ref(), one(composite).as_ref());
    scale.when(*risk_tier < old.risk_tier, "risk_tier", &old.risk_tier, risk_tier);
    // Somebody else may answer; nobody may not.
    for (key, old, new) in [
        ("owner", &old.owner, owner),
        ("on_call", &old.on_call, on_call),
        ("runbook", &old.runbook, runbook),
    ] {
        scale.when(old.is_some() && new.is_none(), key, old, new);
    }
    scale.below("objectives", |scale| {
        for (stood_at, before) in old.objectives.iter().enumerate() {
            let kept = objectives.iter().enumerate().find(|(_, one)| one.name == before.name);
            match kept {
                Some((at, after)) => {
                    scale.item(&before.name, (stood_at, at), |scale| {
                        objective(scale, before, after);
                    });
                }
                None => scale.gone(&before.name, stood_at, &before.target.to_string()),
            }
        }
    });
}

fn objective(scale: &mut Scale, old: &Objective, new: &Objective) {
    // Over how many days a budget is counted asks neither more nor less.
    let Objective { name: _, indicator, metric, bar, target, period_days: _ } = new;
    scale.kept("indicator", old.indicator.as_ref(), indicator.as_ref());
    scale.kept("metric", old.metric.as_ref(), metric.as_ref());
    let any = Range { least: f64::NEG_INFINITY, most: f64::INFINITY };
    let kept = match (&old.bar, bar) {
        (Some(old), Some(new)) => asks_as_much(old, new, any),
        (old, _) => old.is_none(),
    };
    scale.when(!kept, "bar", &old.bar, bar);
    scale.least("target", &old.target, target);
}

/// The names of entries that journeys speak of.
pub(super) fn named(journeys: &Journeys) -> BTreeSet<(Kind, String)> {
    let mut names = BTreeSet::new();
    for journey in journeys.journeys.values() {
        names.extend(journey.prompts.iter().map(|name| (Kind::Prompt, name.clone())));
        names.extend(journey.suites.iter().map(|name| (Kind::Suite, name.clone())));
        names.extend(journey.composite.iter().map(|name| (Kind::Composite, name.clone())));
    }
    names
}
