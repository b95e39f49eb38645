//! A release that was never made, for tests.

use std::collections::BTreeMap;

use super::facts::{
    AnswerExample, Approval, Breaking, ChangeKind, ChangeLine, ChangedAnswers, DigestFact,
    EvidenceFact, JudgeFact, Previous, Reason, ReleaseFacts, RollbackFact, ScoreFact, StepRow,
    WaiverFact,
};
use crate::evals::gate::Verdict;
use crate::evals::record::Provenance;
use crate::registry::composite::Role;
use crate::registry::config::Roles;
use crate::version::Bump;

/// A text that would be a mention, a table's cell, a picture, a tag and a terminal's command.
pub(super) const HOSTILE: &str = "@all | ![x](http://e/i.png) <b>\u{1b}[2J #1";

fn text(text: &str) -> String {
    text.to_owned()
}

/// The mission's product at 1.8.0.
pub(super) fn facts() -> ReleaseFacts {
    ReleaseFacts {
        composite: text("support_copilot"),
        version: text("1.8.0"),
        date: text("2026-11-25"),
        string: text("data@golden_2025_09 + model@1.4.2 + prompt@2.3.0"),
        summary: text("citation constraint"),
        tag: text("release/support_copilot@1.8.0"),
        composite_digest: format!("sha256:{}", "ab".repeat(32)),
        accepted: true,
        previous: Some(Previous {
            version: text("1.7.3"),
            tag: text("release/support_copilot@1.7.3"),
        }),
        step: Bump::Minor,
        rows: rows(),
        breaking: vec![
            Breaking {
                entry: text("prompt/billing_refund"),
                text: text("`locale` is required (KB-42)"),
                migration: Some(text("send `locale`, such as \"de\"")),
            },
            Breaking {
                entry: text("model/cust-copilot"),
                text: text("tools are gone"),
                migration: None,
            },
        ],
        changelog: vec![
            line("model/cust-copilot", "1.4.2", (ChangeKind::Changed, true), "pinned snapshot"),
            line("prompt/billing_refund", "2.3.0", (ChangeKind::Added, false), "citations"),
            line("prompt/billing_refund", "2.2.1", (ChangeKind::Fixed, false), HOSTILE),
            line("prompt/billing_refund", "2.3.0", (ChangeKind::Changed, false), "refunds"),
        ],
        changed_answers: vec![ChangedAnswers {
            suite: text("suite/support_golden"),
            cases: 120,
            changed: 9,
            newly_passing: vec![text("REF-001"), text("REF-002")],
            newly_failing: Vec::new(),
            examples: vec![AnswerExample {
                case: text("REF-001"),
                before: text("Ask us."),
                after: text("See KB-42.\n```\n# no heading"),
            }],
        }],
        evidence: vec![run()],
        digests: vec![
            digest("composite/support_copilot", "1.8.0", "ab"),
            digest("prompt/billing_refund", "2.3.0", "cd"),
        ],
        approvers: vec![Approval {
            principal: text("ada@example.com"),
            at: text("2026-11-25T10:00:00Z"),
        }],
        waivers: vec![WaiverFact {
            gate: text("latency_ms p95"),
            reason: text("the provider mends it"),
            until: text("2026-11-27T10:00:00Z"),
            by: text("ada@example.com"),
        }],
        rollback: Some(RollbackFact {
            to: text("release/support_copilot@1.7.3"),
            compatible: false,
            breaks: vec![Reason { rule: text("input-removed"), why: text("`locale` is unknown") }],
            command: text("git revert it_all"),
            rehearsed: Some(text("2026-11-20T08:00:00Z")),
        }),
        channels: vec![text("canary"), text("production")],
        risk_tier: Some(text("high")),
        warnings: vec![text("`model/cust-copilot` is to be removed on 2027-02-01")],
        roles: Roles {
            responsible: vec![text("platform-ai")],
            accountable: vec![text("Ada: \"head\" of AI")],
            consulted: Vec::new(),
            informed: vec![text("support-ops")],
        },
        adr: text("docs/adr/2026-11-25-support_copilot-1.8.0.md"),
        notes: text("docs/releases/support_copilot-1.8.0.md"),
        supersedes: vec![text("2026-10-01-support_copilot-1.7.3.md")],
    }
}

/// A first release about which nothing is known.
pub(super) fn bare() -> ReleaseFacts {
    ReleaseFacts {
        composite: text("a/b"),
        version: text("0.1.0-rc.1"),
        date: text("2026-11-25"),
        string: text("prompt@1.0.0"),
        tag: text("release/a/b@0.1.0-rc.1"),
        composite_digest: format!("sha256:{}", "00".repeat(32)),
        adr: text("a.md"),
        notes: text("docs/n.md"),
        ..ReleaseFacts::default()
    }
}

fn rows() -> Vec<StepRow> {
    let row =
        |slot: &str, role, entry: &str, versions: (Option<&str>, &str), steps: (Bump, Bump)| {
            StepRow {
                slot: text(slot),
                role,
                entry: text(entry),
                from: versions.0.map(text),
                to: Some(text(versions.1)),
                member_step: steps.0,
                step: steps.1,
                reasons: Vec::new(),
            }
        };
    let mut prompt = row(
        "prompt",
        Role::Runtime,
        "prompt/billing_refund",
        (Some("2.2.0"), "2.3.0"),
        (Bump::Minor, Bump::Minor),
    );
    prompt.reasons = vec![
        Reason { rule: text("output-added"), why: text("`citations` is new") },
        Reason { rule: text("prompt-template-text"), why: text("the text is another") },
    ];
    vec![
        row(
            "data",
            Role::Evidence,
            "dataset/golden_2025_09",
            (None, "1.0.0"),
            (Bump::None, Bump::Patch),
        ),
        row(
            "model",
            Role::Runtime,
            "model/cust-copilot",
            (Some("1.4.2"), "1.4.2"),
            (Bump::None, Bump::None),
        ),
        prompt,
    ]
}

fn line(entry: &str, version: &str, kind: (ChangeKind, bool), words: &str) -> ChangeLine {
    ChangeLine {
        entry: text(entry),
        version: text(version),
        kind: kind.0,
        breaking: kind.1,
        text: text(words),
    }
}

fn digest(entry: &str, version: &str, byte: &str) -> DigestFact {
    DigestFact {
        entry: text(entry),
        version: text(version),
        digest: format!("sha256:{}", byte.repeat(32)),
    }
}

fn run() -> EvidenceFact {
    let score = |metric: &str, category: &str, bar: &str| ScoreFact {
        metric: text(metric),
        category: Some(text(category)),
        aggregate: text("mean"),
        scope: String::new(),
        n: 120,
        value: Some(4.312_5),
        low: Some(4.2),
        high: Some(4.425),
        confidence: Some(0.95),
        bar: text(bar),
        verdict: Verdict::Pass,
        baseline: Some(4.25),
        delta: Some(0.062_5),
    };
    let latency = ScoreFact {
        aggregate: text("p95"),
        scope: text("domain Support"),
        value: None,
        low: None,
        high: None,
        confidence: None,
        baseline: None,
        delta: None,
        verdict: Verdict::NotMeasured,
        ..score("latency_ms", "latency", "<= 1200")
    };
    let judge = |name: &str, calibrated: Option<&str>, kappa| JudgeFact {
        judge: text(name),
        calibrated: calibrated.map(text),
        kappa,
    };
    EvidenceFact {
        suite: text("suite/support_golden"),
        version: text("1.1.0"),
        model: text("cust-copilot"),
        run: text("20261125T090000Z-ab12"),
        digest: format!("sha256:{}", "ef".repeat(32)),
        provenance: Provenance::Ci,
        journey: Some(text("copilot")),
        cases: 120,
        by_domain: BTreeMap::from([(text("Finance"), 20), (text("Support"), 100)]),
        synthetic_share: Some(0.125),
        untested: vec![text("latency: the answers are recorded"), text("languages but English")],
        judges: vec![
            judge("judge/grounded@1.0.0", Some("2026-11-01"), Some(0.71)),
            judge("judge/helpful@1.0.0", None, None),
        ],
        scores: vec![score("grounded_judge", "groundedness", ">= 4.2"), latency],
    }
}
