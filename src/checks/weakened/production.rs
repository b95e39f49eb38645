//! `drift.yaml` and `telemetry.yaml`: what is watched in production, and what is kept of it.

use super::scale::{Scale, word};
use crate::registry::dataset::Pii;
use crate::registry::policy::drift::{Actions, Drift, Red, Reference, Signal, Worse, Yellow};
use crate::registry::policy::telemetry::{Redact, Telemetry, TelemetryField};
use crate::yaml::escape_pointer;

/// Weighs two ways to watch.
pub(super) fn drift(scale: &mut Scale, old: &Drift, new: &Drift) {
    // Taken apart by name, here and below, so that a key which is added later cannot be forgotten.
    // How many bins a distance is counted in asks neither more nor less.
    let Drift {
        signals,
        reference,
        window_hours,
        min_samples,
        consecutive,
        bins: _,
        alpha,
        actions,
        alerts,
    } = new;
    scale.below("signals", |scale| {
        for (stood_at, before) in old.signals.iter().enumerate() {
            let kept = signals.iter().enumerate().find(|(_, one)| one.name == before.name);
            match kept {
                Some((at, after)) => scale.item(&before.name, (stood_at, at), |scale| {
                    signal(scale, (before, old.min_samples), (after, *min_samples));
                }),
                None => scale.gone(&before.name, stood_at, &before.red.to_string()),
            }
        }
    });
    scale.below("reference", |scale| {
        let Reference { release, trailing_days: _ } = reference;
        scale.stays("release", old.reference.release, *release);
    });
    // What is looked at less often, later or with more patience is seen later.
    scale.most("window_hours", &old.window_hours, window_hours);
    scale.most("min_samples", &old.min_samples, min_samples);
    scale.most("consecutive", &old.consecutive, consecutive);
    scale.least("alpha", &old.alpha, alpha);
    scale.below("actions", |scale| {
        let Actions { yellow, red } = actions;
        scale.below("yellow", |scale| {
            let Yellow { investigate_hours, notify } = yellow;
            let old = &old.actions.yellow;
            scale.most_if_any(
                "investigate_hours",
                old.investigate_hours.as_ref(),
                investigate_hours.as_ref(),
            );
            scale.loses("notify", &old.notify, notify);
        });
        scale.below("red", |scale| {
            let Red { page, freeze, propose_rollback, notify } = red;
            let old = &old.actions.red;
            scale.stays("page", old.page, *page);
            scale.stays("freeze", old.freeze, *freeze);
            scale.stays("propose_rollback", old.propose_rollback, *propose_rollback);
            scale.loses("notify", &old.notify, notify);
        });
    });
    scale.below("alerts", |scale| {
        for name in old.alerts.keys().filter(|name| !alerts.contains_key(*name)) {
            scale.gone(name, escape_pointer(name), &name.clone());
        }
    });
}

fn signal(scale: &mut Scale, (old, few): (&Signal, u64), (new, enough): (&Signal, u64)) {
    let Signal {
        name: _,
        group: _,
        method,
        field,
        yellow,
        red,
        worse,
        relative,
        journey,
        segments,
        min_samples,
        description: _,
    } = new;
    scale.same("method", &old.method, method);
    scale.same("field", &old.field, field);
    scale.when(old.worse != *worse && *worse != Worse::Both, "worse", &old.worse, worse);
    scale.same("relative", &old.relative, relative);
    for (key, old, new) in [("yellow", old.yellow, *yellow), ("red", old.red, *red)] {
        match worse {
            Worse::Lower => scale.least(key, &old, &new),
            Worse::Higher | Worse::Both => scale.most(key, &old, &new),
        }
    }
    let narrower = journey.is_some() && old.journey != *journey;
    scale.when(narrower, "journey", &old.journey, journey);
    scale.loses("segments", &old.segments, segments);
    if old.min_samples.is_some() || min_samples.is_some() {
        scale.most("min_samples", &old.min_samples.unwrap_or(few), &min_samples.unwrap_or(enough));
    }
}

/// Weighs two descriptions of events.
pub(super) fn telemetry(scale: &mut Scale, old: &Telemetry, new: &Telemetry) {
    let Telemetry {
        fields,
        retention_days,
        raw_retention_days,
        sampling,
        pseudonym_key_env,
        event: _,
    } = new;
    scale.below("fields", |scale| {
        for (name, before) in &old.fields {
            match fields.get(name) {
                Some(after) => scale.below(name, |scale| field(scale, before, after)),
                None if before.required => {
                    scale.gone(name, escape_pointer(name), &word(&before.field_type));
                }
                None => {}
            }
        }
    });
    // Events speak of people.
    scale.most("retention_days", &old.retention_days, retention_days);
    scale.most("raw_retention_days", &old.raw_retention_days, raw_retention_days);
    scale.least("sampling", &old.sampling, sampling);
    let hashed = pseudonym_key_env.is_none() && old.pseudonym_key_env.is_some();
    scale.when(hashed, "pseudonym_key_env", &old.pseudonym_key_env, pseudonym_key_env);
}

fn field(scale: &mut Scale, old: &TelemetryField, new: &TelemetryField) {
    let TelemetryField {
        field_type: _,
        required,
        values: _,
        pii,
        redact,
        aliases: _,
        otel: _,
        unit: _,
        description: _,
        example: _,
    } = new;
    scale.stays("required", old.required, *required);
    let named = |pii: Pii| pii != Pii::None;
    scale.when(named(old.pii) && *pii < old.pii, "pii", &old.pii, pii);
    scale.when(hidden(*redact) < hidden(old.redact), "redact", &old.redact, redact);
}

/// How much of a value is hidden.
const fn hidden(redact: Redact) -> u8 {
    match redact {
        Redact::Keep => 0,
        Redact::Mask => 1,
        Redact::Hash => 2,
        Redact::Drop => 3,
    }
}
