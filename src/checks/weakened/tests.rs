//! What weakens, key by key, and that the other direction does not.

use serde::de::DeserializeOwned;

use super::renamed::Renamed;
use super::scale::Scale;
use super::{gates, production, release, settings};
use crate::time;

/// Weighs two texts of a file, and returns the keys that ask less.
fn weaker(file: &str, old: &str, new: &str) -> Vec<String> {
    fn read<T: DeserializeOwned + Default>(text: &str) -> T {
        if text.is_empty() { T::default() } else { serde_saphyr::from_str(text).expect(text) }
    }
    let mut scale = Scale::default();
    let own = &mut scale;
    let renamed = Renamed::default();
    let today = time::instant("2026-11-26T00:00:00Z");
    match file {
        "keelmark" => settings::weigh(own, &read(old), &read(new), "origin/team/trunk"),
        "gates" => gates::weigh(own, &read(old), &read(new), &renamed),
        "journeys" => release::journeys(own, &read(old), &read(new), &renamed),
        "freeze" => release::freeze(own, &read(old), &read(new), today),
        "promotion" => release::promotion(own, &read(old), &read(new)),
        "drift" => production::drift(own, &read(old), &read(new)),
        "telemetry" => production::telemetry(own, &read(old), &read(new)),
        other => panic!("no file `{other}`"),
    }
    scale.found.into_iter().map(|weaker| weaker.key).collect()
}

/// File, what asks more, what asks less, and the key; nothing is the default.
const WEAKENED: &str = r"
keelmark | versioning: {published: merged} | versioning: {published: tagged} | versioning.published
keelmark | versioning: {branches: [main, rel]} | versioning: {branches: [main]} | versioning.branches
keelmark | versioning: {tags: entries} | versioning: {tags: releases} | versioning.tags
keelmark | versioning: {tags: releases} | versioning: {tags: none} | versioning.tags
keelmark | versioning: {zerover: 'off'} |  | versioning.zerover
keelmark | versioning: {grace_days: 90} | versioning: {grace_days: 30} | versioning.grace_days
keelmark |  | versioning: {grace_days: 0} | versioning.grace_days
keelmark |  | rules: {template-syntax: {level: warn}} | rules.template-syntax.level
keelmark | rules: {changelog-order: {level: deny}} |  | rules.changelog-order.level
keelmark | rules: {dep-pii-propagated: {level: deny}} |  | rules.dep-pii-propagated.level
keelmark | rules: {suite-input-missing: {level: deny}} |  | rules.suite-input-missing.level
keelmark | rules: {model-reference-floating: {level: deny}} |  | rules.model-reference-floating.level
keelmark | rules: {baseline-invalidated: {level: warn}} |  | rules.baseline-invalidated.level
keelmark |  | rules: {checksum-stale: {level: warn}} | rules.checksum-stale.level
keelmark | rules: {changelog-order: {level: deny}} | rules: {changelog-order: {level: warn}} | rules.changelog-order.level
keelmark |  | rules: {changelog-order: {level: allow}} | rules.changelog-order.level
keelmark |  | rules: {entry-path-moved: {level: allow}} | rules.entry-path-moved.level
keelmark |  | rules: {input-removed: {bump: minor}} | rules.input-removed.bump
keelmark | rules: {prompt-template-text: {bump: major}} |  | rules.prompt-template-text.bump
keelmark | roles: {accountable: [ada, bob]} | roles: {accountable: [ada]} | roles.accountable
keelmark | roles: {responsible: [ada]} |  | roles.responsible
keelmark | roles: {consulted: [ada]} |  | roles.consulted
keelmark | roles: {informed: [ada]} |  | roles.informed
keelmark | approvers: [ada] | approvers: [ada, eve] | approvers
keelmark |  | trust: {hosts: {evil.example.com: {purposes: [judge]}}} | trust.hosts
keelmark | trust: {hosts: {a.b: {}}} | trust: {hosts: {a.b: {key_env: KEY}}} | trust.hosts.a.b.key_env
keelmark | trust: {hosts: {a.b: {}}} | trust: {hosts: {a.b: {purposes: [judge]}}} | trust.hosts.a.b.purposes
keelmark | trust: {hosts: {a.b: {}}} | trust: {hosts: {a.b: {pii: present}}} | trust.hosts.a.b.pii
keelmark |  | trust: {commands: [bin/x]} | trust.commands
keelmark |  | trust: {env: [OPENAI_BASE_URL, AWS_SECRET]} | trust.env
keelmark |  | eval: {max_cost_usd: 50} | eval.max_cost_usd
keelmark |  | eval: {retention_days: 1} | eval.retention_days
keelmark |  | eval: {raw_retention_days: 400} | eval.raw_retention_days
keelmark |  | ledger: {retention_months: 1} | ledger.retention_months
gates | gates: [{metric: exact, bar: '>= 0.8'}] | gates: [] | gates.exact
gates | gates: [{metric: exact, bar: '>= 0.8'}] |  | gates.exact
gates | gates: [{metric: exact, bar: '>= 0.8'}] | gates: [{metric: exact, bar: '>= 0.5'}] | gates.exact.bar
gates | gates: [{metric: exact, bar: '> 0.8'}] | gates: [{metric: exact, bar: '>= 0.8'}] | gates.exact.bar
gates | gates: [{metric: sev1_count, aggregate: sum, bar: '== 0'}] | gates: [{metric: sev1_count, aggregate: sum, bar: '<= 3'}] | gates.sev1_count.bar
gates | gates: [{metric: latency_ms, aggregate: p95, bar: '<= 1200'}] | gates: [{metric: latency_ms, aggregate: p95, bar: '<= 9000'}] | gates.latency_ms.bar
gates | gates: [{metric: exact, bar: '>= 0.8', tail: '>= 0.5'}] | gates: [{metric: exact, bar: '>= 0.8'}] | gates.exact.tail
gates | gates: [{metric: exact, bar: '>= 0.8', tail: '>= 0.5'}] | gates: [{metric: exact, bar: '>= 0.8', tail: '>= 0.1'}] | gates.exact.tail
gates | gates: [{metric: exact, bar: '>= 0.8', required_in: [pr, release]}] | gates: [{metric: exact, bar: '>= 0.8', required_in: [pr]}] | gates.exact.required_in
gates | gates: [{metric: exact, bar: '>= 0.8', decide: bound}] | gates: [{metric: exact, bar: '>= 0.8'}] | gates.exact.decide
gates | gates: [{metric: exact, bar: '>= 0.8', category: Safety}] | gates: [{metric: exact, bar: '>= 0.8', category: accuracy}] | gates.exact.category
gates | gates: [{metric: exact, bar: '>= 0.8'}] | gates: [{metric: exact, bar: '>= 0.8', journey: copilot}] | gates.exact
gates | gates: [{metric: exact, bar: '>= 0.8'}] | gates: [{metric: exact, bar: '>= 0.8', suite: small}] | gates.exact
gates | decide: bound |  | decide
gates | confidence: 0.99 |  | confidence
gates |  | min_coverage: 0.5 | min_coverage
gates | margins: {exact: 0.01} | margins: {exact: 0.1} | margins.exact
gates | margins: {exact: 0.01} |  | margins.exact
freeze | triggers: [{on: sev1}] |  | triggers.sev1
freeze | triggers: [{on: sev1, scope: registry}] | triggers: [{on: sev1}] | triggers.sev1.scope
freeze | triggers: [{on: sev1}] | triggers: [{on: sev1, automatic: false}] | triggers.sev1.automatic
freeze | triggers: [{on: sev1}] | triggers: [{on: sev1, journey: copilot}] | triggers.sev1
freeze |  | blocks: [release] | blocks
freeze | expires_hours: 48 | expires_hours: 24 | expires_hours
freeze |  | expires_hours: 24 | expires_hours
freeze | windows: [{from: 2026-12-20T00:00:00Z, until: 2027-01-02T00:00:00Z}] |  | windows.2026-12-20T00:00:00Z
freeze | windows: [{from: 2026-12-20T00:00:00Z, until: 2027-01-02T00:00:00Z}] | windows: [{from: 2026-12-20T00:00:00Z, until: 2026-12-21T00:00:00Z}] | windows.2026-12-20T00:00:00Z.until
freeze | windows: [{from: 2026-12-20T00:00:00Z, until: 2027-01-02T00:00:00Z, reason: year's end}] | windows: [{from: 2026-12-24T00:00:00Z, until: 2027-01-02T00:00:00Z, reason: year's end}] | windows.year's end.from
freeze |  | override: {approvals: 1} | override.approvals
freeze | override: {roles: [accountable]} | override: {roles: [accountable, informed]} | override.roles
freeze |  | override: {max_hours: 72} | override.max_hours
freeze | stability_sprint_days: 14 | stability_sprint_days: 7 | stability_sprint_days
freeze | stability_sprint_days: 14 |  | stability_sprint_days
freeze | tabletop_days: 90 | tabletop_days: 365 | tabletop_days
freeze | tabletop_days: 90 |  | tabletop_days
promotion | stages: [{name: canary}] |  | stages.canary
promotion | stages: [{name: canary, traffic: [0.05, 0.1]}] | stages: [{name: canary, traffic: [0.1]}] | stages.canary.traffic
promotion | stages: [{name: canary, min_hours: 24}] | stages: [{name: canary}] | stages.canary.min_hours
promotion | stages: [{name: ab, min_samples: 1000}] | stages: [{name: ab, min_samples: 10}] | stages.ab.min_samples
promotion | stages: [{name: full, approvals: 2}] | stages: [{name: full, approvals: 1}] | stages.full.approvals
promotion | experiment: {power: 0.9} |  | experiment.power
promotion |  | experiment: {alpha: 0.1} | experiment.alpha
promotion |  | experiment: {srm_alpha: 0.0001} | experiment.srm_alpha
promotion | primary: {metric: exact, uplift: 0.05} |  | primary
promotion | primary: {metric: exact, uplift: 0.05} | primary: {metric: exact, uplift: 0.01} | primary.uplift
promotion | guardrails: [{metric: cost_usd, limit: 0.1}] | guardrails: [{metric: cost_usd, limit: 0.5}] | guardrails.cost_usd.limit
promotion | guardrails: [{metric: cost_usd, limit: 0.1}] |  | guardrails.cost_usd
promotion | stop_loss: [{metric: exact, limit: 0.1}] | stop_loss: [{metric: exact, limit: 0.2}] | stop_loss.exact.limit
promotion | approvals: {count: 2} |  | approvals.count
promotion |  | approvals: {high_risk: 1} | approvals.high_risk
promotion |  | approvals: {independent: false} | approvals.independent
promotion |  | rollback: {automatic: false} | rollback.automatic
promotion |  | rollback: {freeze: false} | rollback.freeze
promotion |  | rollback: {post_mortem_hours: 96} | rollback.post_mortem_hours
journeys | journeys: {copilot: {}} |  | journeys.copilot
journeys | journeys: {copilot: {prompts: [a, b]}} | journeys: {copilot: {prompts: [prompt/a]}} | journeys.copilot.prompts
journeys | journeys: {copilot: {suites: [a]}} | journeys: {copilot: {}} | journeys.copilot.suites
journeys | journeys: {copilot: {composite: a}} | journeys: {copilot: {}} | journeys.copilot.composite
journeys | journeys: {copilot: {risk_tier: high}} | journeys: {copilot: {risk_tier: low}} | journeys.copilot.risk_tier
journeys | journeys: {copilot: {owner: ada}} | journeys: {copilot: {}} | journeys.copilot.owner
journeys | journeys: {copilot: {on_call: ada}} | journeys: {copilot: {}} | journeys.copilot.on_call
journeys | journeys: {copilot: {runbook: a.md}} | journeys: {copilot: {}} | journeys.copilot.runbook
journeys | journeys: {copilot: {objectives: [{name: fast, target: 0.99}]}} | journeys: {copilot: {}} | journeys.copilot.objectives.fast
journeys | journeys: {copilot: {objectives: [{name: fast, target: 0.99}]}} | journeys: {copilot: {objectives: [{name: fast, target: 0.9}]}} | journeys.copilot.objectives.fast.target
journeys | journeys: {copilot: {objectives: [{name: fast, bar: '<= 100'}]}} | journeys: {copilot: {objectives: [{name: fast, bar: '<= 200'}]}} | journeys.copilot.objectives.fast.bar
drift | signals: [{name: psi}] |  | signals.psi
drift | signals: [{name: psi, yellow: 0.1, red: 0.2}] | signals: [{name: psi, yellow: 0.1, red: 0.4}] | signals.psi.red
drift | signals: [{name: q, worse: lower, yellow: 0.9, red: 0.8}] | signals: [{name: q, worse: lower, yellow: 0.5, red: 0.8}] | signals.q.yellow
drift | signals: [{name: q, worse: both}] | signals: [{name: q, worse: higher}] | signals.q.worse
drift | signals: [{name: q}] | signals: [{name: q, journey: copilot}] | signals.q.journey
drift | signals: [{name: q, segments: [en, de]}] | signals: [{name: q, segments: [en]}] | signals.q.segments
drift | signals: [{name: q, min_samples: 10}] | signals: [{name: q, min_samples: 100}] | signals.q.min_samples
drift | reference: {release: true} | reference: {release: false} | reference.release
drift |  | window_hours: 72 | window_hours
drift |  | min_samples: 3000 | min_samples
drift |  | consecutive: 9 | consecutive
drift |  | alpha: 0.001 | alpha
drift | actions: {yellow: {investigate_hours: 24}} |  | actions.yellow.investigate_hours
drift | actions: {yellow: {notify: [ops]}} |  | actions.yellow.notify
drift | actions: {red: {page: true}} |  | actions.red.page
drift | actions: {red: {freeze: true}} |  | actions.red.freeze
drift | actions: {red: {propose_rollback: true}} |  | actions.red.propose_rollback
drift | actions: {red: {notify: [ops]}} |  | actions.red.notify
drift | alerts: {ops: {api: webhook}} |  | alerts.ops
telemetry | fields: {a: {required: true}} |  | fields.a
telemetry | fields: {a: {required: true}} | fields: {a: {}} | fields.a.required
telemetry | fields: {a: {pii: present}} | fields: {a: {pii: none}} | fields.a.pii
telemetry | fields: {a: {redact: drop}} | fields: {a: {redact: hash}} | fields.a.redact
telemetry | fields: {a: {redact: hash}} | fields: {a: {redact: mask}} | fields.a.redact
telemetry | fields: {a: {redact: mask}} | fields: {a: {}} | fields.a.redact
telemetry |  | retention_days: 4000 | retention_days
telemetry |  | raw_retention_days: 7 | raw_retention_days
telemetry |  | sampling: 0.1 | sampling
telemetry | pseudonym_key_env: KEY |  | pseudonym_key_env
";

/// File, two values of which neither asks more for sure, and the key.
const OTHER: &str = r"
keelmark | default_branch: trunk | default_branch: mine | default_branch
keelmark |  | default_branch: mine | default_branch
keelmark | default_branch: main | default_branch: master | default_branch
keelmark | tag_prefix: a/ | tag_prefix: b/ | tag_prefix
keelmark | paths: {signers: keys} |  | paths.signers
keelmark | trust: {hosts: {a.b: {key_env: A}}} | trust: {hosts: {a.b: {key_env: B}}} | trust.hosts.a.b.key_env
keelmark | ledger: {branch: a} | ledger: {branch: b} | ledger.branch
keelmark | ledger: {remote: a} | ledger: {remote: b} | ledger.remote
gates | gates: [{metric: exact, bar: '>= 0.8'}] | gates: [{metric: exact, bar: '<= 0.8'}] | gates.exact.bar
gates | gates: [{metric: exact, bar: '>= 0.8'}] | gates: [{metric: exact, aggregate: p50, bar: '>= 0.8'}] | gates.exact
gates | gates: [{metric: exact, bar: '>= 0.8'}] | gates: [{metric: exact, bar: '>= 0.8', where: {domain: A}}] | gates.exact
gates | gates: [{metric: exact, bar: '>= 0.8'}] | gates: [{metric: exact, bar: '>= 0.8', only: has_reference}] | gates.exact
promotion | primary: {metric: a} | primary: {metric: b} | primary.metric
promotion | primary: {metric: a, better: higher} | primary: {metric: a, better: lower} | primary.better
promotion | primary: {metric: a, relative: true} | primary: {metric: a, relative: false} | primary.relative
promotion | stop_loss: [{metric: a, worse: lower}] | stop_loss: [{metric: a, worse: higher}] | stop_loss.a.worse
promotion | stop_loss: [{metric: a, relative: true}] | stop_loss: [{metric: a, relative: false}] | stop_loss.a.relative
drift | signals: [{name: q, method: psi}] | signals: [{name: q, method: js}] | signals.q.method
drift | signals: [{name: q, field: a}] | signals: [{name: q, field: b}] | signals.q.field
drift | signals: [{name: q, relative: true}] | signals: [{name: q}] | signals.q.relative
journeys | journeys: {a: {objectives: [{name: q, indicator: latency}]}} | journeys: {a: {objectives: [{name: q, indicator: quality}]}} | journeys.a.objectives.q.indicator
journeys | journeys: {a: {objectives: [{name: q, metric: a}]}} | journeys: {a: {objectives: [{name: q, metric: b}]}} | journeys.a.objectives.q.metric
";

/// File and two values that ask the same, or of which nothing is asked.
const EQUAL: &str = r"
keelmark |  | version: 1
keelmark |  | default_branch: main
keelmark |  | rules: {input-removed: {bump: major}, template-syntax: {level: deny}}
keelmark |  | rules: {checksum-mismatch: {level: allow}}
keelmark |  | rules: {no-such-rule: {level: allow}}
keelmark | versioning: {branches: [main, release/*]} | versioning: {branches: [release/*, main]}
keelmark |  | overrides: [{rule: a, entry: b, fingerprint: c, reason: d}]
keelmark |  | eval: {concurrency: 2, cache: false}
gates | gates: [{metric: sev1_count, aggregate: sum, bar: '== 0'}] | gates: [{metric: sev1_count, aggregate: sum, bar: '<= 0'}]
gates | gates: [{metric: exact, bar: '>= 0.8', suite: suite/a}] | gates: [{metric: exact, bar: '>= 0.80', suite: a, description: why}]
gates | gates: [{metric: exact, bar: '>= 0.8'}, {metric: f1, bar: '>= 0.7'}] | gates: [{metric: f1, bar: '>= 0.7'}, {metric: exact, bar: '>= 0.8'}]
freeze | windows: [{from: 2025-12-20T00:00:00Z, until: 2026-01-02T00:00:00Z}] | 
journeys | journeys: {a: {prompts: [b], owner: ada}} | journeys: {a: {prompts: [prompt/b], owner: bob}}
";

/// Returns the rows of a table, cell by cell.
fn rows(table: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    table
        .lines()
        .filter(|line| !line.is_empty())
        .map(|line| line.split('|').map(str::trim).collect())
}

#[test]
fn what_asks_less_is_found_and_what_asks_more_is_not() {
    for row in rows(WEAKENED) {
        let [file, more, less, key] = row[..] else { panic!("{row:?}") };
        assert_eq!(weaker(file, more, less), [key], "{file}: {more} → {less}");
        assert_eq!(weaker(file, less, more), [""; 0], "{file}: {less} → {more}");
    }
}

#[test]
fn what_nobody_can_compare_is_found_in_both_directions() {
    for row in rows(OTHER) {
        let [file, one, other, key] = row[..] else { panic!("{row:?}") };
        assert_eq!(weaker(file, one, other), [key], "{file}: {one} → {other}");
        assert_eq!(weaker(file, other, one), [key], "{file}: {other} → {one}");
    }
}

#[test]
fn what_asks_the_same_is_not_found() {
    for row in rows(EQUAL) {
        let [file, one, other] = row[..] else { panic!("{row:?}") };
        assert_eq!(weaker(file, one, other), [""; 0], "{file}: {one} → {other}");
        assert_eq!(weaker(file, other, one), [""; 0], "{file}: {other} → {one}");
    }
}

#[test]
fn a_level_of_findings_that_weigh_differently_may_ask_less_in_either_direction() {
    // Of a name that moves there are notes and warnings.
    let (nothing, warn) = ("", "rules: {model-reference-floating: {level: warn}}");
    let key = "rules.model-reference-floating.level";
    assert_eq!(weaker("keelmark", nothing, warn), [key]);
    assert_eq!(weaker("keelmark", warn, nothing), [key]);
}

#[test]
fn a_pattern_of_branches_stands_for_what_it_matches() {
    let (one, all) = ("versioning: {branches: [release/1]}", "versioning: {branches: [release/*]}");
    assert_eq!(weaker("keelmark", one, all), [""; 0]);
    assert_eq!(weaker("keelmark", all, one), ["versioning.branches"]);
}

#[test]
fn who_writes_down_which_branch_judges_weakens_nothing() {
    let (nothing, named) = ("", "default_branch: team/trunk");
    assert_eq!(weaker("keelmark", nothing, named), [""; 0]);
    assert_eq!(weaker("keelmark", named, nothing), ["default_branch"]);
}

#[test]
fn a_gate_is_compared_with_the_one_that_is_nearest() {
    let two = "gates: [{metric: exact, bar: '>= 0.8'}, {metric: exact, bar: '<= 0.99'}]";
    let turned = "gates: [{metric: exact, bar: '<= 0.99'}, {metric: exact, bar: '>= 0.7'}]";
    let mut scale = Scale::default();
    let read = |text: &str| serde_saphyr::from_str(text).expect("gates");
    gates::weigh(&mut scale, &read(two), &read(turned), &Renamed::default());
    let places: Vec<_> =
        scale.found.iter().map(|one| (one.stood_at.as_str(), one.at.as_str())).collect();
    assert_eq!(places, [("/gates/0/bar", "/gates/1/bar")]);
}

#[test]
fn the_tables_hold_every_file_that_has_something_to_weaken() {
    for name in crate::schema::PolicyName::ALL {
        let count = rows(WEAKENED).filter(|row| row[0] == name.name()).count();
        assert!(count > 5, "{} has {count} rows", name.name());
    }
}
