//! Who answers, what may be used up, and where a document's words come from: what several documents
//! say.

use super::facts::Facts;
use super::md::{Md, code, fill, join, link, missing, moment, or_dash, own, text};
use super::page::Page;
use super::words::{
    bar, codes, count, days, hours, percent, rounded, texts, unit, wants_key, wants_policy,
};
use crate::registry::policy::freeze::{Blocked, Cause, RaciRole, Scope};
use crate::registry::policy::journeys::{Indicator, Objective};
use crate::schema::PolicyName;

/// Begins a document: its title, what it is for, and who answers for it.
pub(super) fn begin(facts: &Facts<'_>, title: &'static str, purpose: &'static str) -> Page {
    let mut page = Page::titled(title);
    page.say(own(purpose));
    page.bullets([
        fill("Accountable: {}", &[named(facts, RaciRole::Accountable)]),
        fill(
            "Written by {} from the registry in {}. What stands between two hand markers is kept; anything else that is edited here is lost.",
            &[code(&facts.place.command()), code(&facts.place.registry.to_text())],
        ),
    ]);
    page
}

/// Ends a document with a place for names.
pub(super) fn sign_off(page: &mut Page) {
    page.section("Sign-off").hand("sign-off", "name, role and date of whoever signs this document");
}

/// Links to a policy, or says that there is none.
pub(super) fn policy(facts: &Facts<'_>, document: &str, policy: PolicyName) -> Md {
    let folder = facts.place.registry.join("policies");
    let path = folder.join(&format!("{}.yaml", policy.name()));
    link(&code(&path.to_text()), &facts.place.way(document, &path))
}

/// Links from one document to another.
pub(super) fn document(shown: &'static str, from: &str, to: &'static str) -> Md {
    let folder = |path: &str| path.rsplit_once('/').map_or("", |(folder, _)| folder).len();
    let (own_folder, other) = (from.get(..folder(from)), to.get(..folder(to)));
    if own_folder == other {
        let name = to.get(folder(to)..).unwrap_or(to).trim_start_matches('/');
        return link(&own(shown), name);
    }
    link(&own(shown), &format!("{}{to}", "../".repeat(from.matches('/').count())))
}

/// Says who does what.
pub(super) fn raci(page: &mut Page, facts: &Facts<'_>) {
    page.section("RACI");
    let row = |words: &'static str, role: RaciRole| vec![own(words), named(facts, role)];
    page.table(
        &["Role", "Who"],
        vec![
            row("**Responsible**: does the work", RaciRole::Responsible),
            row("**Accountable**: answers for it", RaciRole::Accountable),
            row("**Consulted**: is asked before", RaciRole::Consulted),
            row("**Informed**: is told after", RaciRole::Informed),
        ],
    );
}

/// Names who has a role of the RACI table.
pub(super) fn named(facts: &Facts<'_>, role: RaciRole) -> Md {
    let roles = &facts.config.roles;
    let names = match role {
        RaciRole::Responsible => &roles.responsible,
        RaciRole::Accountable => &roles.accountable,
        RaciRole::Consulted => &roles.consulted,
        RaciRole::Informed => &roles.informed,
    };
    if names.is_empty() {
        return missing(own("list names under `roles` in `keelmark.yaml`"));
    }
    texts(names)
}

/// Returns a role with who has it, as part of a sentence.
fn role(facts: &Facts<'_>, role: RaciRole) -> Md {
    let word = match role {
        RaciRole::Responsible => "whoever is responsible",
        RaciRole::Accountable => "whoever is accountable",
        RaciRole::Consulted => "whoever is consulted",
        RaciRole::Informed => "whoever is informed",
    };
    fill("{} ({})", &[own(word), named(facts, role)])
}

/// Says which service levels there are, and what happens when one is used up.
pub(super) fn budgets(page: &mut Page, facts: &Facts<'_>) {
    page.section("Error budgets");
    let mut rows = Vec::new();
    for (name, journey) in facts.journeys() {
        for objective in &journey.objectives {
            rows.push(vec![
                code(name),
                code(&objective.name),
                good(objective),
                percent(objective.target),
                budget(objective),
                days(f64::from(objective.period_days)),
            ]);
        }
    }
    let header = ["Journey", "Objective", "A good request", "Target", "Budget", "Counted over"];
    page.table_or(&header, rows, wants_key("objectives", "journeys"));
    let Some(freeze) = &facts.policies.freeze else {
        page.say(wants_policy("freeze", "the trigger `on: budget_exhausted`"));
        return;
    };
    let trigger = freeze.triggers.iter().find(|t| t.cause == Some(Cause::BudgetExhausted));
    let consequence = match trigger {
        Some(trigger) => fill(
            "A budget that is used up freezes {}{}.",
            &[
                own(scope(trigger.scope)),
                own(if trigger.automatic { " by itself" } else { ", when a person decides so" }),
            ],
        ),
        None => wants_key("on: budget_exhausted", "freeze"),
    };
    let sprint = match freeze.stability_sprint_days {
        Some(length) => {
            fill("A stability sprint follows: for {} only repairs are released.", &[days(length)])
        }
        None => wants_key("stability_sprint_days", "freeze"),
    };
    page.bullets([consequence, sprint]);
}

/// Says what a good request is.
fn good(objective: &Objective) -> Md {
    let asked = || match (&objective.metric, &objective.bar) {
        (Some(metric), Some(written)) => {
            fill("{} {}{}", &[code(metric), bar(written), own(unit(metric))])
        }
        (Some(metric), None) => code(metric),
        (None, Some(written)) => bar(written),
        (None, None) => Md::default(),
    };
    let kind = match objective.indicator {
        Some(Indicator::Availability) => "is answered",
        Some(Indicator::Latency) => "is answered in time",
        Some(Indicator::Quality) => "scores well",
        Some(Indicator::Guardrail) => "hits no guardrail",
        Some(Indicator::Cost) => "costs little",
        None => "",
    };
    or_dash(join([own(kind), asked()], ": "))
}

/// Says how much may go wrong; time that a service may be down is easier to picture than a share.
fn budget(objective: &Objective) -> Md {
    let share = 1.0 - objective.target;
    if objective.indicator != Some(Indicator::Availability) {
        return percent(share);
    }
    let minutes = share * f64::from(objective.period_days) * 24.0 * 60.0;
    fill("{} ({} minutes)", &[percent(share), rounded(minutes)])
}

/// Returns what is frozen.
pub(super) const fn scope(scope: Scope) -> &'static str {
    match scope {
        Scope::Journey => "the journey",
        Scope::Composite => "the composite",
        Scope::Registry => "everything",
    }
}

/// Says what has been frozen for, what it refuses, and who may go on.
pub(super) fn freeze_rules(page: &mut Page, facts: &Facts<'_>) {
    let Some(freeze) = &facts.policies.freeze else {
        page.say(wants_policy("freeze", "what stops changes"));
        return;
    };
    let rows = freeze.triggers.iter().map(|trigger| {
        let journey = trigger.journey.as_deref();
        vec![
            own(trigger.cause.map_or("–", cause)),
            own(scope(trigger.scope)),
            journey.map_or_else(|| own("every journey"), code),
            own(if trigger.automatic { "by itself" } else { "when a person decides so" }),
        ]
    });
    let header = ["What happened", "Is frozen", "Where", "How"];
    page.table_or(&header, rows.collect(), wants_key("triggers", "freeze"));
    let blocked = freeze.blocks.iter().map(|blocked| match blocked {
        Blocked::Merge => "merging",
        Blocked::Release => "releases",
        Blocked::Promote => "promotion to the next stage",
        Blocked::Publish => "tags of entries",
    });
    let ends = match freeze.expires_hours {
        Some(length) => fill("It ends by itself after {}.", &[hours(length)]),
        None => own("It stands until somebody lifts it."),
    };
    let glass = &freeze.break_glass;
    let roles = join(glass.roles.iter().map(|r| role(facts, *r)), ", ");
    let roles = if roles.is_empty() { own("anybody who may approve") } else { roles };
    page.bullets([
        fill(
            "A freeze refuses {}. **It never refuses a rollback.**",
            &[join(blocked.map(own), ", ")],
        ),
        ends,
        own(if facts.has("freeze") {
            ""
        } else {
            "This version of Keelmark freezes nothing but the planned times below by itself: until it does, the person on call carries the table out."
        }),
        fill(
            "To go on in spite of it takes {} from {}, for at most {}; it is recorded with its reason.",
            &[
                count(usize::try_from(glass.approvals).unwrap_or(usize::MAX), "approval", "approvals"),
                roles,
                hours(glass.max_hours),
            ],
        ),
    ]);
    let windows = freeze.windows.iter().map(|window| {
        vec![
            moment(&window.from),
            moment(&window.until),
            window.journey.as_deref().map_or_else(|| own("every journey"), code),
            or_dash(text(window.reason.as_deref().unwrap_or_default())),
        ]
    });
    page.table_or(
        &["Planned freeze from", "Until", "Where", "Why"],
        windows.collect(),
        own("No freeze is planned ahead."),
    );
}

/// Returns what happened, in words.
pub(super) const fn cause(cause: Cause) -> &'static str {
    match cause {
        Cause::DriftRed => "a drift signal is red",
        Cause::BudgetExhausted => "an error budget is used up",
        Cause::Sev1 => "a Sev-1 guardrail was hit",
        Cause::AbuseSurge => "attacks surge",
        Cause::StopLoss => "an experiment lost too much",
        Cause::Rollback => "a release was taken back",
    }
}

/// Says who signs.
pub(super) fn approvers(facts: &Facts<'_>) -> Md {
    if facts.config.approvers.is_empty() {
        return missing(fill(
            "list principals of {} under `approvers` in `keelmark.yaml`",
            &[code(facts.config.paths.signers())],
        ));
    }
    codes(facts.config.approvers.iter().map(String::as_str))
}
