//! How a judge scores: its scale, its rubric, its model, and with how much care.

use std::cmp::Ordering;

use serde_json::Value;

use super::change::{Change, shown, sort};
use super::table::{measure as rules, prompt as prompt_rules};
use super::{dependencies, text};
use crate::digest::Digest;
use crate::ident::Kind;
use crate::registry::common::Edge;
use crate::registry::judge::Judge;
use crate::registry::prompt::{Engine, Parameters};
use crate::version::Bump;

/// One version of a judge.
#[derive(Debug, Clone, Copy)]
pub struct Side<'a> {
    /// The judge.
    pub judge: &'a Judge,
    /// The text of its rubric, where it is at hand.
    pub rubric: Option<&'a str>,
    /// The digest of people's scores that it is calibrated against.
    pub labels: Option<Digest>,
}

/// Compares two judges, the deciding changes first.
#[must_use]
pub fn changes(before: &Side<'_>, after: &Side<'_>) -> Vec<Change> {
    let (old, new) = (before.judge, after.judge);
    // Taken apart by name, so that a key which is added later cannot be forgotten here. Where the
    // rubric lies is no content; its text is.
    let Judge { scale, model, rubric, parameters, calibration, votes, min_coverage } = new;
    let mut found = Vec::new();
    if old.scale != *scale {
        let shown = |judge: &Judge| format!("{} to {}", judge.scale.min, judge.scale.max);
        let (before, after) = (shown(old), shown(new));
        let note = format!("scores: {before} → {after}");
        let change = Change::new(&rules::JUDGE_SCALE_CHANGED, note);
        found.push(change.at("/scale").values(before, after));
    }
    if old.model != *model {
        let pin = dependencies::pin((&old.model, model), Some(Kind::Model), Edge::Runtime);
        let change = pin.unwrap_or_else(|| {
            let note = format!("`{}` → `{model}`", old.model);
            Change::new(&rules::JUDGE_MODEL_CHANGED, note).values(&old.model, model)
        });
        found.push(change.at("/model"));
    }
    found.extend(asked(rubric, before.rubric, after.rubric));
    found.extend(sampled(&old.parameters, parameters));
    let whole = |votes: u64| votes.to_string();
    found.extend(care("votes", old.votes.cmp(votes), (whole(old.votes), whole(*votes))));
    let share = |share: f64| share.to_string();
    let covered = old.min_coverage.total_cmp(min_coverage);
    found.extend(care("min_coverage", covered, (share(old.min_coverage), share(*min_coverage))));
    if old.calibration != *calibration {
        let json = |value| shown(serde_json::to_value(value).ok().as_ref());
        let change = Change::new(&rules::JUDGE_CALIBRATION_CHANGED, "`calibration` changed");
        found.push(change.at("/calibration").values(json(&old.calibration), json(calibration)));
    } else if before.labels != after.labels {
        let note = "the scores of people that the judge is calibrated against changed";
        let change = Change::new(&rules::JUDGE_CALIBRATION_CHANGED, note).at("/calibration/labels");
        let short = |labels: Option<Digest>| labels.map(|d| d.short(12)).unwrap_or_default();
        found.push(change.values(short(before.labels), short(after.labels)));
    }
    sort(&mut found);
    found
}

/// Compares the rubrics, which are sent as they stand.
fn asked(path: &str, old: Option<&str>, new: Option<&str>) -> Option<Change> {
    let bump = match (old, new) {
        (None, None) => return None,
        (Some(old), Some(new)) => match text::judge(old, new, Engine::Simple)?.id {
            id if id == prompt_rules::TEMPLATE_EOL_ONLY.id => return None,
            id if id == prompt_rules::TEMPLATE_WHITESPACE.id => Bump::Patch,
            _ => Bump::Minor,
        },
        _ => Bump::Minor,
    };
    let note = match bump {
        Bump::Patch => format!("`{path}` differs in white space only"),
        _ => format!("`{path}` changed"),
    };
    let digest =
        |text: Option<&str>| text.map(|t| Digest::of(t.as_bytes()).short(12)).unwrap_or_default();
    let change = Change::new(&rules::JUDGE_RUBRIC_CHANGED, note).bump(bump).payload(path).at("");
    Some(change.values(digest(old), digest(new)))
}

/// Compares the parameters of the judge's model.
fn sampled(old: &Parameters, new: &Parameters) -> Option<Change> {
    if old == new {
        return None;
    }
    let seeded = Parameters { seed: new.seed, ..old.clone() };
    let bump = if seeded == *new { Bump::Patch } else { Bump::Minor };
    let json = |value: &Parameters| -> String {
        shown(serde_json::to_value(value).ok().filter(Value::is_object).as_ref())
    };
    let change = Change::new(&rules::JUDGE_PARAMETERS_CHANGED, "`parameters` changed").bump(bump);
    Some(change.at("/parameters").values(json(old), json(new)))
}

/// Judges a number that is better the higher it is; `old` says how the old one compares.
fn care(key: &str, old: Ordering, (before, after): (String, String)) -> Option<Change> {
    let rule = match old {
        Ordering::Equal => return None,
        Ordering::Less => &rules::JUDGE_CARE_RAISED,
        Ordering::Greater => &rules::JUDGE_CARE_LOWERED,
    };
    let change = Change::new(rule, format!("`{key}`: `{before}` → `{after}`"));
    Some(change.at(&format!("/{key}")).values(before, after))
}
