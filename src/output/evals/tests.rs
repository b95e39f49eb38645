//! Reports that tests begin with, and files for the judges of other formats.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

use serde_json::json;

use crate::digest::Digest;
use crate::escape::is_dangerous;
use crate::evals::compare::{Changes, Comparison, Example, MeanRecord, MetricChange};
use crate::evals::gate::{BarSource, GateResult, IntervalRecord, Verdict};
use crate::evals::power::Power;
use crate::evals::record::{
    AnswerRecord, CaseRecord, EntryStamp, ExpectedRecord, FaultRecord, Fingerprint, GitStamp,
    GuardrailRecord, Origin, Outcome, PromptStamp, Provenance, RUN_SCHEMA, RunRecord, Settings,
    Status, Tokens, Totals,
};
use crate::evals::report::{Counts, MetricSummary, Report};
use crate::evals::stability::{FlakyCase, Stability};
use crate::finding::Place;
use crate::path::RepoPath;
use crate::registry::profile::HitSeverity;
use crate::registry::suite::Tier;
use crate::source::{SourceFile, Span};

/// Text that would do harm wherever it is taken for more than words.
pub(in crate::output) const HOSTILE: &str = "::error::\u{1b}[31m\u{202e}x\u{0}\u{ffff}<script>alert(1)</script>\
     ]]><!-- </details>\r\n::warning::@alice #1 ![i](http://e/i.png) [l](http://e) `a` ```\n| & {0} \u{9b}2J";

pub(in crate::output) fn stamp(entry: &str, version: &str) -> EntryStamp {
    let digest = Digest::of(entry.as_bytes());
    EntryStamp { entry: entry.into(), version: version.into(), contract: digest, behaviour: digest }
}

/// A run that finished and holds nothing.
pub(in crate::output) fn report() -> Report {
    let run = RunRecord {
        schema: RUN_SCHEMA.into(),
        id: "20261123T120000Z-support_golden-abc123".into(),
        created: "2026-11-23T12:00:00Z".into(),
        finished: Some("2026-11-23T12:01:30Z".into()),
        status: Status::Finished,
        provenance: Provenance::Local,
        tool: "0.1.0".into(),
        git: GitStamp { commit: Some("b827cc1".into()), dirty: true },
        settings: Settings {
            tier: Some(Tier::Pr),
            repeat: 1,
            shard: None,
            filters: Vec::new(),
            offline: false,
        },
        suite: stamp("suite/support_golden", "1.2.0"),
        journey: None,
        dataset: None,
        model: "support/copilot".into(),
        prompts: Vec::new(),
        judges: BTreeMap::new(),
        default_judge: None,
        profile: None,
        answer: None,
        signatures: Vec::new(),
        gates: None,
        baseline: None,
        fingerprint: Fingerprint::default(),
        seed: 7,
        totals: Totals::default(),
        cases_sha256: None,
        verdicts: Vec::new(),
        accepted_inconclusive: None,
    };
    Report {
        run,
        cases: Vec::new(),
        places: Vec::new(),
        counts: Counts::default(),
        metrics: Vec::new(),
        stability: None,
        power: None,
        comparison: None,
        compared_with: None,
        after_merge: Vec::new(),
        notes: Vec::new(),
    }
}

pub(in crate::output) fn answer(text: &str) -> AnswerRecord {
    AnswerRecord {
        text: text.into(),
        redactions: BTreeMap::from([("email".into(), 1)]),
        origin: Origin::Live,
        finish: "stop".into(),
        model: Some("copilot-2026-09".into()),
        fingerprint: None,
        tokens: Some(Tokens { input: 120, output: 20 }),
        cost_micro_usd: Some(310),
        attempts: 1,
        key: Digest::of(text.as_bytes()),
    }
}

/// A case whose bar is `exact>=1`; `at` is its index and its repeat.
pub(in crate::output) fn case(
    id: &str,
    (index, repeat): (u32, u32),
    outcome: Outcome,
) -> CaseRecord {
    let mut case = CaseRecord {
        index,
        case: id.into(),
        repeat,
        domain: "Support".into(),
        metadata: BTreeMap::new(),
        row: Digest::of(id.as_bytes()),
        prompt: 0,
        input: "How do I reset it?".into(),
        expected: ExpectedRecord::Text("See KB-42 steps".into()),
        metric: "exact".into(),
        bar: Some(">= 1".into()),
        outcome,
        answer: Some(answer("See KB-42 steps")),
        fault: None,
        scores: BTreeMap::from([("latency_ms".into(), 812.0)]),
        unscored: BTreeMap::new(),
        guardrails: BTreeMap::new(),
        refused: false,
        sources: Vec::new(),
        judged: BTreeMap::new(),
    };
    match outcome {
        Outcome::Pass => drop(case.scores.insert("exact".into(), 1.0)),
        Outcome::Fail => drop(case.scores.insert("exact".into(), 0.0)),
        Outcome::Unscored => {
            case.unscored.insert("exact".into(), "the answer holds no text".into());
        }
        Outcome::Error => {
            case.answer = None;
            case.scores.clear();
            let message = "503 Service Unavailable".into();
            case.fault = Some(FaultRecord { class: "transient".into(), message });
        }
    }
    case
}

pub(in crate::output) fn interval(low: f64, high: f64, method: &str) -> IntervalRecord {
    let (low, high) = (Some(low), Some(high));
    IntervalRecord { low, high, confidence: 0.95, method: method.into() }
}

/// A gate of the policy on the mean.
pub(in crate::output) fn gate(metric: &str, verdict: Verdict) -> GateResult {
    GateResult {
        source: BarSource::Policy,
        category: None,
        metric: metric.into(),
        aggregate: "mean".into(),
        bar: ">= 0.8".into(),
        tail: None,
        scope: String::new(),
        n: 0,
        estimate: None,
        interval: None,
        verdict,
        reason: String::new(),
        offenders: Vec::new(),
    }
}

fn summary(name: &str, value: f64, interval: Option<IntervalRecord>) -> MetricSummary {
    MetricSummary {
        name: name.into(),
        n: 20,
        unscored: 0,
        mean: MeanRecord { value, interval },
        lower_is_better: name == "latency_ms",
        advisory: None,
    }
}

pub(in crate::output) fn changes() -> Changes {
    let before = MeanRecord { value: 0.9, interval: Some(interval(0.699, 0.9721, "wilson")) };
    let after = MeanRecord { value: 0.85, interval: Some(interval(0.6396, 0.9476, "wilson")) };
    let exact = MetricChange {
        n: 20,
        before,
        after,
        totals: (18.0, 17.0),
        difference: -0.05,
        interval: Some(interval(-0.2361, 0.1234, "newcombe-paired")),
        mcnemar_p: Some(1.0),
    };
    let mean = |value| MeanRecord { value, interval: Some(interval(700.0, 900.0, "t")) };
    let latency = MetricChange {
        n: 20,
        before: mean(790.0),
        after: mean(812.25),
        totals: (15_800.0, 16_245.0),
        difference: 22.25,
        interval: Some(interval(-31.5, 70.125, "bca")),
        mcnemar_p: None,
    };
    Changes {
        cases: 20,
        answers_changed: 2,
        newly_failing: vec!["FAQ-002".into()],
        newly_passing: vec!["FAQ-003".into()],
        added: vec!["FAQ-021".into()],
        examples: vec![Example {
            case: "FAQ-002".into(),
            metric: "exact".into(),
            drop: 1.0,
            before: "See KB-42 steps in the portal".into(),
            after: "See KB-43 steps in the portal".into(),
        }],
        metrics: BTreeMap::from([("exact".into(), exact), ("latency_ms".into(), latency)]),
        ..Changes::default()
    }
}

/// A run with something in every section.
pub(in crate::output) fn rich() -> Report {
    let mut report = report();
    let run = &mut report.run;
    run.settings.repeat = 2;
    run.journey = Some("refunds".into());
    run.dataset = Some(stamp("dataset/golden_2025_09", "1.0.0"));
    run.prompts = vec![PromptStamp {
        prompt: stamp("prompt/billing_refund", "2.4.0"),
        model: stamp("model/support/copilot", "1.4.2"),
        outputs: json!({ "answer": "string" }),
    }];
    // A record of today or of tomorrow: keys that are not known are left alone.
    let judge = json!({
        "judge": stamp("judge/grounded", "1.0.0"),
        "model": stamp("model/grader", "3.0.0"),
        "advisory": "kappa 0.41 is below 0.6",
        "min_coverage": 0.95,
    });
    run.judges =
        BTreeMap::from([("grounded".into(), serde_json::from_value(judge).expect("a judge"))]);
    run.profile = Some(stamp("profile/support", "1.0.0"));
    run.signatures = vec!["exact/1".into(), "lexicon/1".into()];
    run.gates = Some(Digest::of(b"gates"));
    run.baseline = Some(Digest::of(b"baseline"));
    run.fingerprint.parts = BTreeMap::from([("suite".into(), Digest::of(b"suite"))]);
    run.totals = Totals {
        cases: 20,
        answers: 39,
        calls: 22,
        cached: 17,
        tokens: Tokens { input: 4_800, output: 800 },
        paid_micro_usd: 12_340,
    };
    run.verdicts = verdicts();
    report.after_merge = vec![GateResult { bar: ">= 0.9".into(), ..gate("exact", Verdict::Fail) }];
    report.cases = cases();
    report.places = places();
    report.counts = Counts { cases: 20, passed: 16, failed: 2, unscored: 1, errors: 1 };
    report.metrics = vec![
        summary("exact", 0.85, Some(interval(0.6396, 0.9476, "wilson"))),
        MetricSummary {
            advisory: Some("kappa 0.41 is below 0.6".into()),
            unscored: 1,
            ..summary("grounded", 4.3125, Some(interval(4.1, 4.525, "t")))
        },
        summary("latency_ms", 812.25, Some(interval(700.0, 924.5, "t"))),
        summary("cost_usd", 0.000_31, None),
    ];
    report.stability = Some(Stability {
        stable_pass: 16,
        stable_fail: 1,
        flaky: vec![FlakyCase { case: "FAQ-002".into(), passed: 1, decided: 2 }],
        undecided: 2,
        once: 0,
    });
    report.power = Power::of(20, 0.85, None).ok();
    report.comparison = Some(Comparison::Changed(Box::new(changes())));
    report.compared_with = Some("baseline".into());
    report.notes = vec!["`grounded` advises and does not gate: kappa 0.41 is below 0.6".into()];
    report
}

fn verdicts() -> Vec<GateResult> {
    vec![
        GateResult {
            category: Some("quality".into()),
            n: 20,
            estimate: Some(0.85),
            interval: Some(interval(0.6396, 0.9476, "wilson")),
            tail: Some(">= 0".into()),
            reason: "too small to prove it: the interval reaches 0.6396".into(),
            ..gate("exact", Verdict::Pass)
        },
        GateResult {
            category: Some("safety".into()),
            aggregate: "sum".into(),
            bar: "== 0".into(),
            n: 20,
            estimate: Some(1.0),
            offenders: vec!["FAQ-004".into()],
            ..gate("sev1_count", Verdict::Fail)
        },
        GateResult {
            source: BarSource::Cases,
            aggregate: "each".into(),
            bar: "no hit".into(),
            n: 20,
            estimate: Some(0.0),
            interval: Some(IntervalRecord {
                low: None,
                high: Some(0.139),
                confidence: 0.95,
                method: "clopper-pearson".into(),
            }),
            reason: "0 of 20 proves at most 13.9 %".into(),
            ..gate("no_toxicity", Verdict::Pass)
        },
        GateResult {
            source: BarSource::Baseline,
            aggregate: "difference".into(),
            bar: "> -0.02".into(),
            n: 20,
            estimate: Some(-0.05),
            interval: Some(interval(-0.2361, 0.1234, "newcombe-paired")),
            reason: "too few cases to tell: the interval holds the margin".into(),
            ..gate("exact", Verdict::Inconclusive)
        },
        GateResult {
            n: 19,
            estimate: Some(4.3125),
            bar: ">= 4.2".into(),
            reason: "kappa 0.41 is below 0.6; the bar would hold".into(),
            ..gate("grounded", Verdict::Advisory)
        },
        GateResult {
            aggregate: "p95".into(),
            bar: "<= 1200".into(),
            reason: "no answer was timed: only the time of a live answer is a measurement".into(),
            ..gate("latency_ms", Verdict::NotMeasured)
        },
    ]
}

fn cases() -> Vec<CaseRecord> {
    let mut cases = Vec::new();
    for index in 0..20_u32 {
        for repeat in 0..2 {
            let outcome = match (index, repeat) {
                (1, 1) | (3, _) => Outcome::Fail,
                (5, _) => Outcome::Error,
                (6, 0) => Outcome::Unscored,
                _ => Outcome::Pass,
            };
            cases.push(case(&format!("FAQ-{:03}", index + 1), (index, repeat), outcome));
        }
    }
    let hit = GuardrailRecord {
        hit: true,
        severity: Some(HitSeverity::Sev1),
        reason: "an email address".into(),
    };
    for case in cases.iter_mut().filter(|case| case.index == 3) {
        case.scores.insert("exact".into(), 1.0);
        case.guardrails.insert("no_pii".into(), hit.clone());
    }
    cases
}

/// A row for each case, with a character that UTF-16 writes as two units.
fn places() -> Vec<Option<Place>> {
    let mut text = "case_id,domain,input\n".to_owned();
    let mut spans = Vec::new();
    for number in 1..=20 {
        let start = text.len() + "\u{1f600},".len();
        text.push_str(&format!("\u{1f600},FAQ-{number:03},Support\n"));
        let at = |offset: usize| u32::try_from(offset).expect("small");
        spans.push(Span::new(at(start), at(start + 7)));
    }
    let file = SourceFile::new(RepoPath::from("registry/datasets/a b/rows.csv"), text);
    let place = |span| Place { file: file.clone(), pointer: String::new(), span };
    spans.into_iter().map(|span| Some(place(span))).collect()
}

/// A run whose every text from a repository or a model would do harm.
pub(in crate::output) fn hostile() -> Report {
    let evil = || HOSTILE.to_owned();
    let mut report = rich();
    let run = &mut report.run;
    (run.id, run.model, run.suite.entry, run.suite.version) = (evil(), evil(), evil(), evil());
    run.journey = Some(evil());
    run.settings.filters = vec![evil()];
    run.accepted_inconclusive = Some(evil());
    for prompt in &mut run.prompts {
        (prompt.prompt.entry, prompt.prompt.version) = (evil(), evil());
    }
    for gate in run.verdicts.iter_mut().chain(&mut report.after_merge) {
        gate.category = Some(evil());
        (gate.metric, gate.scope, gate.bar, gate.reason) = (evil(), evil(), evil(), evil());
        gate.offenders = vec![evil()];
    }
    for case in &mut report.cases {
        (case.case, case.domain, case.metric) = (evil(), evil(), evil());
        case.scores.insert(evil(), 0.5);
        for guardrail in case.guardrails.values_mut() {
            guardrail.reason = evil();
        }
        case.unscored.values_mut().for_each(|reason| *reason = evil());
        if let Some(fault) = &mut case.fault {
            (fault.class, fault.message) = (evil(), evil());
        }
        if let Some(answer) = &mut case.answer {
            (answer.text, answer.model) = (evil(), Some(evil()));
        }
    }
    let text = format!("{HOSTILE}\n");
    let file = SourceFile::new(RepoPath::from(HOSTILE), text);
    for place in report.places.iter_mut().flatten() {
        *place = Place { file: file.clone(), pointer: String::new(), span: Span::new(0, 40) };
    }
    for metric in &mut report.metrics {
        metric.name = evil();
    }
    if let Some(stability) = &mut report.stability {
        stability.flaky.iter_mut().for_each(|flaky| flaky.case = evil());
    }
    if let Some(Comparison::Changed(changes)) = &mut report.comparison {
        changes.newly_failing = vec![evil()];
        for example in &mut changes.examples {
            (example.case, example.metric) = (evil(), evil());
            (example.before, example.after) = (evil(), format!("{HOSTILE}!"));
        }
        changes.metrics = changes.metrics.values().map(|c| (evil(), c.clone())).collect();
    }
    report.compared_with = Some(evil());
    report.notes = vec![evil()];
    report
}

/// Says whether a text holds what repaints a terminal or starts a command of a CI runner.
pub(in crate::output) fn is_harmless(text: &str) -> bool {
    text.lines().all(|line| {
        let start = line.trim_start();
        let is_command = start.starts_with("::") || start.starts_with("##[");
        !is_command && !line.chars().any(is_dangerous)
    })
}

#[test]
#[ignore = "`.ci/formats` asks for it: it writes files for programs that judge them"]
fn files_are_written_for_the_judges_of_other_formats() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/ci/formats");
    let samples = [
        ("none", Vec::new()),
        ("empty", vec![report()]),
        ("rich", vec![rich(), report()]),
        ("hostile", vec![hostile()]),
    ];
    for (name, reports) in samples {
        let file = |extension: &str| {
            File::create(folder.join(format!("{name}.{extension}"))).expect("`.ci/formats` made it")
        };
        super::junit::write(&reports, &mut file("junit.xml")).expect("written");
        super::sarif::write(&reports, None, &mut file("sarif")).expect("written");
        super::json::write(&reports, &mut file("eval.json")).expect("written");
        super::markdown::write(&reports, &mut file("md")).expect("written");
    }
}
