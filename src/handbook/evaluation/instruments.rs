//! What measures: metrics, judges, guardrails, and whether those who measure are others than those
//! who write.

use std::collections::{BTreeMap, BTreeSet};

use crate::cases::metric::{self, Reference};
use crate::handbook::facts::{Facts, in_use};
use crate::handbook::md::{Md, code, command, fill, join, missing, number, or_dash, own, text};
use crate::handbook::page::Page;
use crate::handbook::words::{codes, days, entry, reference, rounded};
use crate::ident::{EntryName, Kind};
use crate::registry::entry::{Body, Entry};
use crate::registry::judge::Judge;
use crate::registry::model::RiskTier;
use crate::registry::profile::{AppliesTo, HitAction, HitSeverity, ServiceApi};
use crate::time;

/// Writes which metrics score the cases.
pub(super) fn scoring(page: &mut Page, facts: &Facts<'_>) {
    page.section("Scoring");
    let judges: BTreeSet<&str> = facts
        .live_suites()
        .flat_map(|(_, suite)| suite.judges.keys().map(String::as_str))
        .collect();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for case in facts.every_case() {
        *counts.entry(&case.check.metric).or_default() += 1;
    }
    let rows = counts.iter().map(|(name, cases)| {
        let kind = match metric::find(name) {
            _ if *name == metric::JUDGE || judges.contains(name) => "judged by a rubric",
            Some(found) if found.name == "guardrail_pass" => "guardrail",
            Some(found) if found.reference == Reference::Needed => "compared with a reference",
            Some(_) => "measured on the answer",
            None => "unknown",
        };
        vec![code(name), own(kind), number(cases)]
    });
    page.table_or(
        &["Metric", "How", "Cases"],
        rows.collect(),
        missing(own("a suite without cases scores nothing")),
    );
    let defaults = facts.live_suites().filter_map(|(found, suite)| {
        let judge = suite.default_judge.as_ref()?;
        Some(fill("{} means {} in {}.", &[code("judge"), code(judge), entry(found)]))
    });
    page.say(join(defaults, " "));
}

/// Writes who judges, and whether people vouch for it.
pub(super) fn judges(page: &mut Page, facts: &Facts<'_>) {
    page.section("Judges and their calibration");
    page.say(own(
        "A judge is a rubric and a model, both versioned. It gates only while a calibration against people's scores is valid; until then its scores advise, and its gates close nothing.",
    ));
    let rows = facts.judges().filter(|(found, _)| in_use(found)).map(|(found, judge)| {
        let uses = facts.live_suites().flat_map(|(_, suite)| &suite.judges);
        let uses = uses.filter(|(_, written)| facts.leads_to(Kind::Judge, written, &found.name));
        let metrics: BTreeSet<&str> = uses.map(|(metric, _)| metric.as_str()).collect();
        vec![
            entry(found),
            codes(metrics),
            reference(facts, Kind::Model, &judge.model),
            fill("{} to {}", &[number(judge.scale.min), number(judge.scale.max)]),
            demand(judge),
            agreement(facts, found, judge),
        ]
    });
    page.table_or(
        &["Judge", "Metric", "Model", "Scale", "Asked of it", "Calibrated"],
        rows.collect(),
        missing(fill("make a judge: {}", &[command("new judge ID")])),
    );
    page.hand(
        "people",
        "who scores answers by hand, by which instructions, and how two people who differ are settled",
    );
}

/// Names the judges of a metric that nobody vouches for: they were never calibrated, or as something
/// else than they are now.
pub(super) fn doubted(facts: &Facts<'_>, metric: &str) -> Md {
    let written = facts.live_suites().filter_map(|(_, suite)| suite.judges.get(metric));
    let judges: BTreeSet<&EntryName> =
        written.filter_map(|written| facts.find(Kind::Judge, written)).map(|e| &e.name).collect();
    let doubted = facts.judges().filter(|(found, judge)| {
        judges.contains(&found.name)
            && (judge.calibration.is_none()
                || !facts.agreements.get(&found.name).is_some_and(|agreement| agreement.current))
    });
    join(doubted.map(|(found, _)| entry(found)), ", ")
}

fn demand(judge: &Judge) -> Md {
    let Some(asked) = &judge.calibration else {
        return missing(fill("write {} in the judge", &[code("calibration")]));
    };
    fill(
        "kappa ≥ {} over at least {} labels, every {}",
        &[
            number(asked.min_weighted_kappa.unwrap_or(0.6)),
            number(asked.min_labels.unwrap_or(50)),
            days(whole(asked.valid_days.unwrap_or(31))),
        ],
    )
}

fn agreement(facts: &Facts<'_>, found: &Entry, judge: &Judge) -> Md {
    let Some(agreement) = facts.agreements.get(&found.name) else {
        return own("**no**: its scores advise");
    };
    let asked = judge.calibration.clone().unwrap_or_default();
    let valid = i64::try_from(asked.valid_days.unwrap_or(31)).unwrap_or(i64::MAX);
    let until = time::days(&agreement.day)
        .and_then(|day| day.checked_add(valid)?.checked_mul(86_400))
        .map(|seconds| fill(", valid until {}", &[text(&time::date(seconds))]));
    let measured = fill(
        "{}: kappa {} over {} labels{}",
        &[
            text(&agreement.day),
            rounded(agreement.kappa),
            number(agreement.labels),
            until.unwrap_or_default(),
        ],
    );
    if agreement.current {
        measured
    } else {
        fill("{}; **of another rubric or model**, so its scores advise", &[measured])
    }
}

#[expect(clippy::cast_precision_loss, reason = "nobody waits 2^53 days")]
fn whole(days: u64) -> f64 {
    days as f64
}

/// Writes what is kept out of answers.
pub(super) fn guardrails(page: &mut Page, facts: &Facts<'_>) {
    page.section("Guardrails");
    let mut rows = Vec::new();
    for (found, profile) in facts.profiles().filter(|(found, _)| in_use(found)) {
        for (name, guardrail) in &profile.guardrails {
            let detector = match (&guardrail.detector, guardrail.threshold) {
                (None, _) => own("built in"),
                (Some(detector), None) => code(detector),
                (Some(detector), Some(score)) => {
                    fill("{} from {}", &[code(detector), number(score)])
                }
            };
            rows.push(vec![
                entry(found),
                code(name),
                own(guardrail.severity.map_or("–", severity)),
                detector,
                own(match guardrail.applies_to {
                    AppliesTo::Input => "question",
                    AppliesTo::Output => "answer",
                    AppliesTo::Both => "question and answer",
                }),
                own(match guardrail.action {
                    HitAction::Block => "withheld",
                    HitAction::Redact => "masked",
                    HitAction::Flag => "counted",
                }),
            ]);
        }
    }
    page.table_or(
        &["Profile", "Guardrail", "Severity", "Detector", "Looks at", "On a hit"],
        rows,
        missing(fill("make a profile: {}", &[command("new profile ID")])),
    );
    services(page, facts);
    page.bullets([
        own("**Sev-1**: none is allowed. **Sev-2**: a rate is allowed, see the bars. **Sev-3**: counted."),
        own("That no hit was seen in *n* cases shows only that the true rate is below about 3/*n*, at 95 % confidence; the report prints the exact bound."),
    ]);
    let bare = facts
        .prompts()
        .filter(|(found, prompt)| in_use(found) && prompt.policies.safety_profile.is_none());
    let bare = join(bare.map(|(found, _)| entry(found)), ", ");
    if !bare.is_empty() {
        let key = code("policies.safety_profile");
        page.say(fill("Without a profile: {} (write {}).", &[bare, key]));
    }
}

/// Writes the services that detectors may be.
fn services(page: &mut Page, facts: &Facts<'_>) {
    let mut rows = Vec::new();
    for (found, profile) in facts.profiles().filter(|(found, _)| in_use(found)) {
        for (name, service) in &profile.services {
            let api = match service.api {
                Some(ServiceApi::OpenaiModerations) => "moderations of OpenAI",
                Some(ServiceApi::PresidioAnalyzer) => "analyzer of Presidio",
                None => "–",
            };
            let address = match (&service.base_url, &service.base_url_env) {
                (Some(url), _) => code(url),
                (None, Some(variable)) => fill("in the variable {}", &[code(variable)]),
                (None, None) => own("–"),
            };
            rows.push(vec![entry(found), code(name), own(api), address]);
        }
    }
    if !rows.is_empty() {
        page.table(&["Profile", "Service", "Form", "Address"], rows);
    }
}

/// Returns how bad a hit is, in words.
pub(in crate::handbook) const fn severity(severity: HitSeverity) -> &'static str {
    match severity {
        HitSeverity::Sev1 => "Sev-1",
        HitSeverity::Sev2 => "Sev-2",
        HitSeverity::Sev3 => "Sev-3",
    }
}

/// Says, of each journey where a wrong answer can do much harm, whether those who measure are others
/// than those who write.
pub(super) fn validation(page: &mut Page, facts: &Facts<'_>) {
    page.section("Independent validation");
    page.say(own(
        "Where a wrong answer can do much harm, whoever writes the prompt does not also own what measures it.",
    ));
    let high = facts.journeys().filter(|(_, journey)| journey.risk_tier == Some(RiskTier::High));
    let rows = high.map(|(name, journey)| {
        let owners = |kind, references: &[String]| -> BTreeSet<String> {
            let found = references.iter().filter_map(|written| facts.find(kind, written));
            found.map(|found| found.common.owner.clone()).collect()
        };
        let write = owners(Kind::Prompt, &journey.prompts);
        let mut measure = owners(Kind::Suite, &journey.suites);
        for written in &journey.suites {
            if let Some(Body::Suite(suite)) = facts.find(Kind::Suite, written).map(|e| &e.body) {
                let judges: Vec<String> = suite.judges.values().cloned().collect();
                measure.extend(owners(Kind::Judge, &judges));
                measure.extend(owners(Kind::Dataset, std::slice::from_ref(&suite.cases)));
            }
        }
        let both: Vec<&String> = write.intersection(&measure).collect();
        let verdict = if measure.is_empty() {
            missing(own("nothing measures it"))
        } else if both.is_empty() {
            own("yes")
        } else {
            let both = join(both.into_iter().map(|owner| text(owner)), ", ");
            fill("**no**: {} does both", &[both])
        };
        let names =
            |owners: &BTreeSet<String>| or_dash(join(owners.iter().map(|owner| text(owner)), ", "));
        vec![code(name), names(&write), names(&measure), verdict]
    });
    page.table_or(
        &["Journey of high risk", "Written by", "Measured by", "Independent"],
        rows.collect(),
        missing(fill(
            "no journey has {}; say so in `policies/journeys.yaml` where it is one",
            &[code("risk_tier: high")],
        )),
    );
    let approvals = facts.policies.promotion.as_ref().map(|policy| &policy.approvals);
    if let Some(approvals) = approvals {
        page.say(fill(
            "Full traffic takes {} approvals for a journey of high risk and {} for others{}.",
            &[
                number(approvals.high_risk),
                number(approvals.count),
                own(if approvals.independent {
                    "; the author of the change does not count"
                } else {
                    ""
                }),
            ],
        ));
    }
}
