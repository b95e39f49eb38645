//! `mlops/drift_monitoring_spec.md`: what is watched in production, from which value on somebody
//! acts, and who.

use std::collections::BTreeSet;

use super::facts::Facts;
use super::governance::{begin, document, policy, raci, sign_off};
use super::md::{Md, code, command, fill, join, missing, number, or_dash, own, text};
use super::page::Page;
use super::words::{self, codes, count, days, hours, percent, wants_key, wants_policy};
use crate::registry::policy::drift::{AlertApi, Drift, Group, Method, Signal, Worse};
use crate::schema::PolicyName;

/// Where the document lies.
pub(super) const PATH: &str = "mlops/drift_monitoring_spec.md";

const GROUPS: [Group; 4] = [Group::Input, Group::Embedding, Group::Output, Group::Abuse];

/// Writes the document.
pub(super) fn page(facts: &Facts<'_>) -> Page {
    let mut page = begin(
        facts,
        "Drift and abuse monitoring",
        "What is watched in production, from which value on somebody acts, who that is, and what happens by itself.",
    );
    signals(&mut page, facts);
    windows(&mut page, facts);
    methods(&mut page, facts);
    computing(&mut page, facts);
    actions(&mut page, facts);
    routes(&mut page, facts, PATH);
    dashboards(&mut page, facts);
    raci(&mut page, facts);
    sign_off(&mut page);
    page
}

fn signals(page: &mut Page, facts: &Facts<'_>) {
    page.section("Signals and thresholds");
    let Some(drift) = &facts.policies.drift else {
        page.say(wants_policy("drift", "signals"));
        return;
    };
    page.say(fill(
        "From {}. Fields are those of {}.",
        &[
            policy(facts, PATH, PolicyName::Drift),
            document("the telemetry schema", PATH, "observability/telemetry_schema.yaml"),
        ],
    ));
    for group in GROUPS {
        page.part(own(title(group)));
        let of_group = drift.signals.iter().filter(|signal| signal.group == Some(group));
        let rows = of_group.map(|signal| {
            vec![
                code(&signal.name),
                field(facts, &signal.field),
                own(signal.method.map_or("–", method)),
                threshold(signal, signal.yellow),
                threshold(signal, signal.red),
                signal.journey.as_deref().map_or_else(|| own("every journey"), code),
                codes(signal.segments.iter().map(String::as_str)),
                or_dash(text(signal.description.as_deref().unwrap_or_default())),
            ]
        });
        let header =
            ["Signal", "Field", "Compared by", "Yellow", "Red", "Journey", "Split by", "Why"];
        page.table_or(&header, rows.collect(), wants_policy("drift", wanted(group)));
    }
    let rest = drift.signals.iter().filter(|signal| signal.group.is_none());
    let rest = join(rest.map(|signal| code(&signal.name)), ", ");
    if !rest.is_empty() {
        page.say(fill("In no group: {}.", &[rest]));
    }
}

const fn title(group: Group) -> &'static str {
    match group {
        Group::Input => "Input drift: what users send",
        Group::Embedding => "Embedding drift: what it means",
        Group::Output => "Output drift: what users receive",
        Group::Abuse => "Abuse: attacks and blocked requests",
    }
}

/// Says what a group without signals wants.
pub(super) const fn wanted(group: Group) -> &'static str {
    match group {
        Group::Input => "a signal with `group: input`",
        Group::Embedding => "a signal with `group: embedding`",
        Group::Output => "a signal with `group: output`",
        Group::Abuse => "a signal with `group: abuse`",
    }
}

/// Names a field, and says so where no event has it.
fn field(facts: &Facts<'_>, written: &str) -> Md {
    let first = written.split('.').next().unwrap_or(written);
    let known = facts.policies.telemetry.as_ref().is_some_and(|telemetry| {
        telemetry
            .fields
            .iter()
            .any(|(name, field)| name == first || field.aliases.iter().any(|alias| alias == first))
    });
    if known {
        return code(written);
    }
    fill(
        "{} ({})",
        &[code(written), missing(fill("add {} to `policies/telemetry.yaml`", &[code(first)]))],
    )
}

/// Writes a threshold as people read it.
pub(super) fn threshold(signal: &Signal, value: f64) -> Md {
    let way = own(match signal.worse {
        Worse::Higher => "higher",
        Worse::Lower => "lower",
        Worse::Both => "higher or lower",
    });
    match signal.method {
        Some(Method::Surge) => fill("{} times as often", &[number(value)]),
        Some(Method::Mean | Method::Rate) if signal.relative => {
            fill("{} {}", &[percent(value), way])
        }
        Some(Method::Rate) => fill("{} {}", &[words::points(value), way]),
        Some(Method::Mean) => fill("{} {}", &[number(value), way]),
        _ if signal.relative => fill("≥ {}", &[percent(value)]),
        _ => fill("≥ {}", &[number(value)]),
    }
}

const fn method(method: Method) -> &'static str {
    match method {
        Method::Psi => "PSI",
        Method::Kl => "KL divergence",
        Method::Js => "Jensen-Shannon distance",
        Method::Hellinger => "Hellinger distance",
        Method::Tvd => "total variation",
        Method::Linf => "greatest difference of shares",
        Method::Ks => "Kolmogorov-Smirnov",
        Method::Wasserstein => "Wasserstein distance",
        Method::Chi2 => "chi-squared test",
        Method::Cosine => "cosine distance of means",
        Method::Mmd => "maximum mean discrepancy",
        Method::Mean => "difference of means",
        Method::Rate => "difference of rates",
        Method::Surge => "rise of a count",
    }
}

fn windows(page: &mut Page, facts: &Facts<'_>) {
    page.section("Windows and references");
    let Some(drift) = &facts.policies.drift else {
        page.say(wants_policy("drift", "signals"));
        return;
    };
    let mut references = Vec::new();
    if drift.reference.release {
        references.push(own("the frozen baseline of the last promoted release"));
    }
    if drift.reference.trailing_days > 0 {
        let length = days(f64::from(drift.reference.trailing_days));
        references.push(fill("the {} before", &[length]));
    }
    let own_least = drift.signals.iter().filter_map(|signal| {
        Some(fill("{} for {}", &[number(signal.min_samples?), code(&signal.name)]))
    });
    let own_least = join(own_least, ", ");
    page.bullets([
        fill(
            "The last {} are compared with {}.",
            &[hours(drift.window_hours), or_dash(join(references, " and with "))],
        ),
        fill(
            "A window needs at least {} events{}. With fewer the answer is `insufficient data`, and what cannot be computed is `undefined`; neither is ever green.",
            &[
                number(drift.min_samples),
                if own_least.is_empty() { own("") } else { fill(" ({})", &[own_least]) },
            ],
        ),
        fill(
            "Red counts after {} in a row.",
            &[count(usize::try_from(drift.consecutive).unwrap_or(usize::MAX), "window", "windows")],
        ),
        fill(
            "Numbers are cut into {} quantile bins of the reference. A distance counts only when it is also larger than chance explains at a level of {}.",
            &[number(drift.bins), percent(drift.alpha)],
        ),
    ]);
}

/// Says who computes the signals.
fn computing(page: &mut Page, facts: &Facts<'_>) {
    page.part(own("Who computes them"));
    if facts.has("drift") {
        page.say(fill("{} computes them from recorded events.", &[command("drift")]));
        return;
    }
    page.say(own(
        "This version of Keelmark keeps the signals and their thresholds, and computes none. What does takes them from the policy, so that they stand in one place:",
    ));
    page.hand(
        "monitor",
        "which service computes the signals, how it reads the policy, and who runs it",
    );
}

/// Explains the methods that are used, and no others.
fn methods(page: &mut Page, facts: &Facts<'_>) {
    let Some(drift) = &facts.policies.drift else { return };
    let mut told = BTreeSet::new();
    let mut rows = Vec::new();
    for found in drift.signals.iter().filter_map(|signal| signal.method) {
        if told.insert(method(found)) {
            rows.push(vec![own(method(found)), own(meaning(found))]);
        }
    }
    if !rows.is_empty() {
        page.part(own("What is computed")).table(&["Method", "Meaning"], rows);
    }
}

const fn meaning(method: Method) -> &'static str {
    match method {
        Method::Psi => {
            "Σ (p − q) · ln(p / q) over bins or categories, with shares of at least 0.0001"
        }
        Method::Kl => "Σ p · ln(p / q) of reference p and window q, in nats",
        Method::Js => "root of the divergence from the mean of both, base 2: 0 to 1",
        Method::Hellinger => "distance of the roots of shares: 0 to 1",
        Method::Tvd => "half of the summed differences of shares: 0 to 1",
        Method::Linf => "the greatest difference of two shares: 0 to 1",
        Method::Ks => "the greatest difference of two cumulative distributions: 0 to 1",
        Method::Wasserstein => {
            "how far mass has to be moved, in standard deviations of the reference"
        }
        Method::Chi2 => "whether counts differ more than chance explains",
        Method::Cosine => {
            "1 − cosine of the two mean vectors: 0 for the same direction, 2 for the opposite"
        }
        Method::Mmd => "difference of two sets of vectors under a kernel, with a permutation test",
        Method::Mean => "mean of the window minus mean of the reference, with an interval",
        Method::Rate => {
            "share of the window minus share of the reference, in percentage points, with an interval"
        }
        Method::Surge => "how many times as often as in the windows before",
    }
}

fn actions(page: &mut Page, facts: &Facts<'_>) {
    page.section("Actions");
    let Some(drift) = &facts.policies.drift else {
        page.say(wants_policy("drift", "`actions`"));
        return;
    };
    let on_call = own("the journey's on-call");
    page.table(
        &["Colour", "What is done", "Told to"],
        vec![
            vec![
                own("**Yellow**: early warning"),
                yellow(drift),
                told(&drift.actions.yellow.notify, &on_call),
            ],
            vec![own("**Red**: alarm"), red(drift), told(&drift.actions.red.notify, &on_call)],
        ],
    );
    page.say(fill(
        "What the person on call does then, what is frozen, and what error budgets there are: {}.",
        &[document("the incident runbook", PATH, "runbooks/quality_incident.md")],
    ));
}

/// Names the alert routes, or who is told where none is named.
pub(super) fn told(routes: &[String], otherwise: &Md) -> Md {
    if routes.is_empty() { otherwise.clone() } else { codes(routes.iter().map(String::as_str)) }
}

/// Says what an early warning asks for.
pub(super) fn yellow(drift: &Drift) -> Md {
    match drift.actions.yellow.investigate_hours {
        Some(length) => fill("Somebody looks into it within {}.", &[hours(length)]),
        None => wants_key("actions.yellow.investigate_hours", "drift"),
    }
}

/// Says what an alarm asks for.
pub(super) fn red(drift: &Drift) -> Md {
    let red = &drift.actions.red;
    let done = [
        (red.page, "the person on call is paged"),
        (red.freeze, "the journey is frozen by itself"),
        (red.propose_rollback, "a rollback is proposed; a guardrail update is weighed against it"),
    ];
    let done = join(done.iter().filter(|(does, _)| *does).map(|(_, words)| own(words)), "; ");
    if done.is_empty() { wants_key("actions.red", "drift") } else { fill("{}.", &[done]) }
}

/// Says who is reached, and by which way.
pub(super) fn routes(page: &mut Page, facts: &Facts<'_>, from: &str) {
    page.section("Page routes");
    let rows = facts.journeys().map(|(name, journey)| {
        let paged = journey
            .on_call
            .as_deref()
            .map_or_else(|| missing(fill("write {} in the journey", &[code("on_call")])), code);
        vec![
            code(name),
            own(journey.risk_tier.map_or("–", words::risk)),
            paged,
            or_dash(text(journey.owner.as_deref().unwrap_or_default())),
            journey.runbook.as_deref().map_or_else(
                || document("the incident runbook", from, "runbooks/quality_incident.md"),
                text,
            ),
        ]
    });
    page.table_or(
        &["Journey", "Risk", "Paged", "Then", "Runbook"],
        rows.collect(),
        wants_policy("journeys", "`on_call` of each journey"),
    );
    let alerts = facts.policies.drift.iter().flat_map(|drift| &drift.alerts);
    let rows = alerts.map(|(name, route)| {
        let api = match route.api {
            Some(AlertApi::Alertmanager) => "Alertmanager",
            Some(AlertApi::Pagerduty) => "PagerDuty",
            Some(AlertApi::Webhook) => "a JSON document",
            None => "–",
        };
        let address = match (&route.url, &route.url_env) {
            (Some(url), _) => code(url),
            (None, Some(variable)) => fill("in the variable {}", &[code(variable)]),
            (None, None) => own("–"),
        };
        let key = route.key_env.as_deref();
        vec![
            code(name),
            own(api),
            address,
            key.map_or_else(|| own("–"), |variable| fill("in the variable {}", &[code(variable)])),
        ]
    });
    page.table_or(
        &["Alert route", "Form", "Address", "Key"],
        rows.collect(),
        fill("Alert routes: {}", &[wants_key("alerts", "drift")]),
    );
}

fn dashboards(page: &mut Page, facts: &Facts<'_>) {
    page.section("Dashboards");
    let linked = facts.entries.iter().filter_map(|entry| {
        let dashboard = entry.common.links.dashboard.as_deref()?;
        Some(vec![words::entry(entry), text(dashboard)])
    });
    page.table_or(
        &["Entry", "Dashboard"],
        linked.collect(),
        missing(fill("write {} in an entry", &[code("links: {dashboard: …}")])),
    );
    page.hand("dashboards", "what each dashboard shows, and who looks at it how often");
}
