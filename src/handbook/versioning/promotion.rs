//! From the offline pass to all customers, and back.

use super::{PATH, approvals, within};
use crate::handbook::facts::Facts;
use crate::handbook::governance::{document, policy};
use crate::handbook::md::{Md, code, command, fill, join, missing, moment, number, or_dash, own};
use crate::handbook::page::Page;
use crate::handbook::place::argument;
use crate::handbook::words::{days, hours, percent, signed_percent, wants_key, wants_policy};
use crate::registry::policy::promotion::{Design, Limit, Promotion, Stage, StageName, Way};
use crate::schema::PolicyName;

/// Writes the way to full traffic.
pub(super) fn write(page: &mut Page, facts: &Facts<'_>) {
    page.section("Promotion");
    let Some(policy_) = &facts.policies.promotion else {
        page.say(wants_policy("promotion", "the stages"));
        return;
    };
    page.say(fill(
        "Pull request → evaluation in CI → offline pass → canary → {} → full rollout, as {} says. Each stage is entered when the one before has held.",
        &[own(design(policy_)), policy(facts, PATH, PolicyName::Promotion)],
    ));
    let rows = policy_.stages.iter().map(stage);
    page.table_or(
        &["Stage", "Traffic", "At least", "Channel", "Approvals", "Left when"],
        rows.collect(),
        wants_key("stages", "promotion"),
    );
    for name in [StageName::Offline, StageName::Canary, StageName::Ab, StageName::Full] {
        if !policy_.stages.iter().any(|stage| stage.name == Some(name)) {
            page.say(fill(
                "Stage {}: {}",
                &[own(stage_word(name)), wants_key("stages", "promotion")],
            ));
        }
    }
    criteria(page, policy_);
    experiment(page, facts, policy_);
}

const fn design(policy: &Promotion) -> &'static str {
    match policy.experiment.design {
        Design::Ab => "A/B test",
        Design::Interleaving => "interleaving",
    }
}

const fn stage_word(name: StageName) -> &'static str {
    match name {
        StageName::Offline => "offline",
        StageName::Canary => "canary",
        StageName::Ab => "A/B",
        StageName::Full => "full",
    }
}

fn stage(stage: &Stage) -> Vec<Md> {
    let least = [
        stage.min_hours.map(hours),
        stage.min_samples.map(|samples| fill("{} requests an arm", &[number(samples)])),
    ];
    let left = match stage.name {
        Some(StageName::Offline) => "every bar holds",
        Some(StageName::Canary) => "no stop-loss was touched, and no guardrail got worse",
        Some(StageName::Ab) => "the uplift is shown, and nothing that is guarded is worse",
        Some(StageName::Full) => "the next release takes its place, or it is taken back",
        None => "–",
    };
    vec![
        own(stage.name.map_or("–", stage_word)),
        or_dash(join(stage.traffic.iter().map(|share| percent(*share)), ", then ")),
        or_dash(join(least.into_iter().flatten(), ", ")),
        stage.channel.as_deref().map_or_else(|| own("–"), code),
        if stage.approvals == 0 { own("–") } else { number(stage.approvals) },
        own(left),
    ]
}

fn criteria(page: &mut Page, policy: &Promotion) {
    page.part(own("What must be shown"));
    let primary = policy.primary.as_ref().map_or_else(
        || wants_key("primary", "promotion"),
        |primary| {
            let way = match primary.better {
                Way::Higher => "higher is better",
                Way::Lower => "lower is better",
            };
            let uplift = if primary.relative {
                fill("{} of the baseline", &[signed_percent(primary.uplift)])
            } else {
                fill("{} in its own units", &[number(primary.uplift)])
            };
            fill("{}: at least {} ({})", &[code(&primary.metric), uplift, own(way)])
        },
    );
    page.bullets([fill("**Uplift**, registered before the first request: {}.", &[primary])]);
    let rows = |limits: &[Limit], what: &'static str| -> Vec<Vec<Md>> {
        limits.iter().map(|limit| limit_row(limit, what)).collect()
    };
    let mut limits = rows(&policy.guardrails, "must be shown not to be worse than this");
    limits.extend(rows(&policy.stop_loss, "ends the experiment at once"));
    page.table_or(
        &["Metric", "Limit", "Journey", "What follows"],
        limits,
        wants_key("guardrails", "promotion"),
    );
    if policy.stop_loss.is_empty() {
        page.say(wants_key("stop_loss", "promotion"));
    }
    page.say(own(
        "A limit of safety is part of every promotion: that a rate has not risen at all can never be shown, so it has a margin, and a single Sev-1 hit needs none.",
    ));
}

fn limit_row(limit: &Limit, what: &'static str) -> Vec<Md> {
    let way = match limit.worse {
        Some(Way::Higher) => "above the baseline",
        Some(Way::Lower) => "below the baseline",
        None => "worse than the baseline",
    };
    let amount = if limit.relative {
        percent(limit.limit)
    } else if limit.limit > 0.0 {
        fill("{} in its own units", &[number(limit.limit)])
    } else {
        own("nothing")
    };
    vec![
        code(&limit.metric),
        fill("{} {}", &[amount, own(way)]),
        limit.journey.as_deref().map_or_else(|| own("every journey"), code),
        own(what),
    ]
}

fn experiment(page: &mut Page, facts: &Facts<'_>, policy: &Promotion) {
    page.part(own("Online experiment"));
    let plan = &policy.experiment;
    let arms = match plan.design {
        Design::Ab => {
            "A/B: each user sees one arm. It suits extraction and routing, where an answer is right or wrong."
        }
        Design::Interleaving => {
            "Interleaving: each user sees both arms, mixed. It suits ranking and quality, and needs fewer users."
        }
    };
    page.bullets([
        own(arms),
        fill(
            "Power at least {}, at a level of {}.",
            &[percent(plan.power), percent(plan.alpha)],
        ),
        fill(
            "A split of traffic that chance explains with less than {} is broken, and its result is no result.",
            &[percent(plan.srm_alpha)],
        ),
        plan.max_days.map_or_else(
            || wants_key("experiment.max_days", "promotion"),
            |length| fill("After {} without a decision it ends.", &[days(length)]),
        ),
        own(if facts.has("experiment") {
            "The decision memo names effect, interval, cost difference and safety outcomes, and links to the runs behind them."
        } else {
            "This version of Keelmark reads no experiment out: effect, interval, cost difference, safety outcomes and the decision are written below."
        }),
    ]);
    page.hand(
        "readouts",
        "readouts of experiments so far: effect, interval, cost, safety, and the decision",
    );
    let needed = &policy.approvals;
    page.say(fill(
        "Full traffic takes {}, for a journey of high risk {}{}.",
        &[
            approvals(needed.count),
            number(needed.high_risk),
            own(if needed.independent { "; the author of the change does not count" } else { "" }),
        ],
    ));
}

/// Writes the way back.
pub(super) fn rollback(page: &mut Page, facts: &Facts<'_>) {
    page.section("Rollback");
    page.say(own(
        "Nothing stops a rollback: no freeze, no gate, no review. It is one commit on the ledger's branch and needs no work tree and no evaluation.",
    ));
    let channels = channels(facts);
    let commands: Vec<(String, &'static str)> = channels
        .iter()
        .flat_map(|channel| {
            let channel = argument(channel);
            [
                (
                    format!("rollback {channel} --rehearse --push"),
                    "prove the way back; what is live stays",
                ),
                (format!("rollback {channel} --push"), "back to the last good release"),
            ]
        })
        .collect();
    page.commands(&commands);
    let Some(policy) = &facts.policies.promotion else {
        page.say(wants_policy("promotion", "`rollback`"));
        return;
    };
    let back = &policy.rollback;
    let criteria = policy.stop_loss.iter().map(|limit| code(&limit.metric));
    let criteria = join(criteria, ", ");
    page.bullets([
        if criteria.is_empty() {
            fill("**Criteria**: {}", &[wants_key("stop_loss", "promotion")])
        } else {
            fill(
                "**Criteria**: a stop-loss ({}), a red drift signal, a Sev-1 hit: {}.",
                &[criteria, document("the runbook", PATH, "runbooks/quality_incident.md")],
            )
        },
        own(if back.automatic {
            "The last good release is proposed without asking; a person or a job carries it out."
        } else {
            "A person proposes the release to go back to."
        }),
        own(match (back.freeze, facts.has("freeze")) {
            (true, true) => "A rollback freezes what was taken back.",
            (true, false) => {
                "What was taken back is frozen: no command of this version does so, so a person does."
            }
            (false, _) => "A rollback freezes nothing.",
        }),
        fill("The post-mortem is due {}.", &[within(back.post_mortem_hours)]),
        fill(
            "A target that callers of the new version could not use is refused, with who would break; {} goes there all the same and records why.",
            &[command("rollback CHANNEL --to COMPOSITE@VERSION --force --reason TEXT")],
        ),
    ]);
    page.live(|page| rehearsals(page, facts));
}

/// Writes when the way back of each channel was last tried.
pub(in crate::handbook) fn rehearsals(page: &mut Page, facts: &Facts<'_>) {
    let channels = channels(facts);
    let rows = channels.iter().map(|channel| {
        let said = facts.ledger.rehearsal(channel).map_or_else(
            || {
                let words = format!("rollback {} --rehearse --push", argument(channel));
                missing(fill("rehearse it: {}", &[command(&words)]))
            },
            |last| {
                let way = last.target.as_deref().map_or_else(
                    || own("there was no release to go back to"),
                    |target| {
                        let outcome = own(if last.ok { "free" } else { "**blocked**" });
                        fill("the way to {} was {}", &[code(target), outcome])
                    },
                );
                fill("{}: {}", &[moment(&last.at), way])
            },
        );
        vec![code(channel), said]
    });
    page.table(&["Channel", "Last rehearsal"], rows.collect());
}

/// Returns the channels by name: those of the stages and the composites; a placeholder where there
/// are none. A name that is no word can be no channel, and is in no command.
pub(in crate::handbook) fn channels(facts: &Facts<'_>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (_, composite) in facts.composites() {
        names.extend(composite.channels.iter().cloned());
    }
    let stages = facts.policies.promotion.iter().flat_map(|policy| &policy.stages);
    names.extend(stages.filter_map(|stage| stage.channel.clone()));
    names.retain(|name| name.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c)));
    names.sort();
    names.dedup();
    if names.is_empty() { vec!["CHANNEL".to_owned()] } else { names }
}
