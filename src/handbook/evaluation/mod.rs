//! `mlops/evaluation_harness.md`: how answers are measured, and what a change must show.

mod architecture;
mod cases;
mod instruments;

pub(super) use cases::{check, personal, shortened};
pub(super) use instruments::severity;

use super::facts::Facts;
use super::governance::{begin, budgets, document, policy, raci, sign_off};
use super::md::{Md, code, command, fill, join, missing, number, or_dash, own, text};
use super::page::Page;
use super::words::{
    self, codes, count, days, percent, references, risk, rounded, wants_key, wants_policy,
};
use crate::ident::Kind;
use crate::registry::policy::gates::{Decide, Gate, Gates};
use crate::schema::PolicyName;

/// Where the document lies.
pub(super) const PATH: &str = "mlops/evaluation_harness.md";

/// Writes the document.
pub(super) fn page(facts: &Facts<'_>) -> Page {
    let mut page = begin(
        facts,
        "Evaluation harness",
        "How answers are measured before customers see them, and what a change must show to go out.",
    );
    page.section("Scope").hand(
        "scope",
        "what the product does, what it must never do, and what is not evaluated here",
    );
    objectives(&mut page, facts);
    architecture::write(&mut page, facts);
    journeys(&mut page, facts);
    cases::golden_sets(&mut page, facts);
    cases::coverage(&mut page, facts);
    instruments::scoring(&mut page, facts);
    instruments::judges(&mut page, facts);
    instruments::guardrails(&mut page, facts);
    gates(&mut page, facts);
    baselines(&mut page, facts);
    cases::examples(&mut page, facts);
    reproducing(&mut page, facts);
    budgets(&mut page, facts);
    instruments::validation(&mut page, facts);
    raci(&mut page, facts);
    sign_off(&mut page);
    page
}

fn objectives(page: &mut Page, facts: &Facts<'_>) {
    page.section("Objectives");
    let cases = facts.every_case().count();
    let suites = facts.live_suites().count();
    let tiers = if suites == 0 {
        missing(fill("make a suite: {}", &[command("new suite ID")]))
    } else {
        let stages = facts.policies.promotion.as_ref().map_or(0, |policy| policy.stages.len());
        fill(
            "{} with {} offline; {} from there to all customers.",
            &[
                count(suites, "suite", "suites"),
                count(cases, "case", "cases"),
                count(stages, "stage", "stages"),
            ],
        )
    };
    let bars = match &facts.policies.gates {
        Some(gates) if !gates.gates.is_empty() => fill(
            "{} that close the way when they do not hold.",
            &[count(gates.gates.len(), "bar", "bars")],
        ),
        _ => wants_policy("gates", "the bars"),
    };
    let versioned = [
        (Kind::Prompt, "prompt", "prompts"),
        (Kind::Model, "model", "models"),
        (Kind::Dataset, "dataset", "datasets"),
    ];
    let versioned =
        versioned.map(|(kind, one, many)| count(facts.of_kind(kind).count(), one, many));
    let signals = facts.policies.drift.as_ref().map_or(0, |drift| drift.signals.len());
    let watched = if signals == 0 {
        wants_policy("drift", "signals")
    } else {
        fill(
            "{}, with what is done at yellow and at red: {}, {}.",
            &[
                count(signals, "signal", "signals"),
                document("drift monitoring", PATH, "mlops/drift_monitoring_spec.md"),
                document("incident runbook", PATH, "runbooks/quality_incident.md"),
            ],
        )
    };
    page.table(
        &["Objective", "Here"],
        vec![
            vec![own("A tiered harness, offline and online"), tiers],
            vec![own("Gates that are enforced"), bars],
            vec![
                own("Versioned prompts, models and datasets"),
                fill(
                    "{}: {}.",
                    &[
                        join(versioned, ", "),
                        document("versioning policy", PATH, "mlops/model_versioning_policy.md"),
                    ],
                ),
            ],
            vec![own("Drift and abuse are watched"), watched],
        ],
    );
}

fn journeys(page: &mut Page, facts: &Facts<'_>) {
    page.section("Journeys");
    let rows = facts.journeys().map(|(name, journey)| {
        let suites = if journey.suites.is_empty() {
            missing(own("no suite measures it; list one under `suites`"))
        } else {
            references(facts, Kind::Suite, &journey.suites)
        };
        vec![
            code(name),
            or_dash(text(journey.description.as_deref().unwrap_or_default())),
            references(facts, Kind::Prompt, &journey.prompts),
            suites,
            own(journey.risk_tier.map_or("–", risk)),
            or_dash(text(journey.owner.as_deref().unwrap_or_default())),
        ]
    });
    page.table_or(
        &["Journey", "What happens", "Prompts", "Measured by", "Risk", "Owner"],
        rows.collect(),
        wants_policy("journeys", "what users do"),
    );
    let served: Vec<_> = facts.journeys().flat_map(|(_, journey)| &journey.prompts).collect();
    let lonely = facts.prompts().filter(|(entry, _)| {
        super::facts::in_use(entry)
            && !served.iter().any(|written| facts.leads_to(Kind::Prompt, written, &entry.name))
    });
    let lonely = join(lonely.map(|(entry, _)| words::entry(entry)), ", ");
    if !lonely.is_empty() {
        page.say(fill("In no journey: {}.", &[lonely]));
    }
}

fn gates(page: &mut Page, facts: &Facts<'_>) {
    page.section("Metrics and pass bars");
    let Some(gates) = &facts.policies.gates else {
        page.say(wants_policy("gates", "the bars"));
        return;
    };
    page.say(fill(
        "From {}. A pull request is judged by the bars of its base; bars that it changes count after the merge.",
        &[policy(facts, PATH, PolicyName::Gates)],
    ));
    let rows = gates.gates.iter().map(|gate| {
        vec![
            or_dash(text(gate.category.as_deref().unwrap_or_default())),
            code(&gate.metric),
            words::gate(gate),
            notes(facts, gate),
        ]
    });
    page.table_or(
        &["Category", "Metric", "Target", "Notes"],
        rows.collect(),
        wants_key("gates", "gates"),
    );
    page.bullets(deciding(gates));
    let margins = gates.margins.iter();
    let margins = margins.map(|(metric, margin)| vec![code(metric), number(margin)]);
    page.say(own(
        "Beside the bars, a change must not be worse than the baseline by more than these margins, shown by a paired interval:",
    ));
    page.table_or(&["Metric", "Margin"], margins.collect(), wants_key("margins", "gates"));
}

/// Says for what a gate holds, and whether it closes anything yet.
fn notes(facts: &Facts<'_>, gate: &Gate) -> Md {
    let doubted = instruments::doubted(facts, &gate.metric);
    let scope = words::gate_scope(gate);
    if doubted.is_empty() {
        return or_dash(scope);
    }
    let advises = fill("**advises only**: {} is not calibrated", &[doubted]);
    join([advises, scope], "; ")
}

fn deciding(gates: &Gates) -> Vec<Md> {
    let decide = match gates.decide {
        Decide::Estimate => {
            "The estimate is compared with the bar; where the cases are too few to prove it, the report warns."
        }
        Decide::Bound => {
            "The end of the interval is compared with the bar; where the cases are too few, the gate is inconclusive, which is not a pass."
        }
    };
    vec![
        own(decide),
        fill("Intervals have a confidence of {}.", &[percent(gates.confidence)]),
        fill(
            "At least {} of the cases must get a score; fewer is undecided, never green.",
            &[percent(gates.min_coverage)],
        ),
        own("A metric without a gate is decided by the bars of its cases: each must hold."),
        own(
            "A gate of safety is never waived. Another one is waived by an approver alone, with a reason and an end, and the release stays provisional until then.",
        ),
    ]
}

fn baselines(page: &mut Page, facts: &Facts<'_>) {
    page.section("Baselines");
    page.say(own(
        "What a change is compared with, case by case. A baseline is committed by a person who believes the run, and never counts in the change that brings it.",
    ));
    let rows = facts.baselines.iter().map(|baseline| {
        vec![
            code(&baseline.suite),
            code(&baseline.model),
            text(baseline.created.get(..10).unwrap_or(&baseline.created)),
            number(baseline.cases),
            code(&baseline.run),
        ]
    });
    page.table_or(
        &["Suite", "Model", "Run of", "Cases", "Digest of the run"],
        rows.collect(),
        missing(fill(
            "run a suite, then make the run its baseline: {}",
            &[command("eval bless latest")],
        )),
    );
    for baseline in facts.baselines {
        page.part(fill("Scores of {} with {}", &[code(&baseline.suite), code(&baseline.model)]));
        let rows = baseline.means.iter();
        let rows =
            rows.map(|(metric, (mean, cases))| vec![code(metric), rounded(*mean), number(cases)]);
        page.table(&["Metric", "Mean", "Cases"], rows.collect());
    }
}

fn reproducing(page: &mut Page, facts: &Facts<'_>) {
    page.section("Reproducing a score");
    let eval = &facts.config.eval;
    page.bullets([
        own("A run records versions and digests of suite, cases, prompts, models, judges and profile, the signature of each metric and detector, the seed and the commit."),
        fill(
            "{} scores the recorded answers again and compares; {} asks the models again.",
            &[command("eval replay latest"), command("eval run")],
        ),
        fill(
            "Records are kept for {}, recorded answers for {}. Personal data and keys are masked before anything is written.",
            &[
                days(f64::from(eval.retention_days)),
                days(f64::from(eval.raw_retention_days)),
            ],
        ),
        fill(
            "A run costs at most {} USD unless its suite allows another amount; the cost is added up before anything is sent.",
            &[number(eval.max_cost_usd)],
        ),
        fill("Models may be reached at: {}.", &[hosts(facts)]),
    ]);
}

fn hosts(facts: &Facts<'_>) -> Md {
    let trust = &facts.config.trust;
    if trust.hosts.is_empty() {
        return missing(own("name hosts under `trust.hosts` in `keelmark.yaml`"));
    }
    codes(trust.hosts.keys().map(String::as_str))
}
