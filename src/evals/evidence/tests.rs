//! Tests.

use std::collections::BTreeMap;

use super::*;
use crate::evals::gate::{BarSource, GateResult, Verdict};
use crate::evals::record::{EntryStamp, JudgeStamp, PromptStamp, Status};
use crate::evals::samples::{answer, case, run, with_outcome, with_score};
use crate::registry::policy::gates::Gates;

const ENTRY: &str = "prompt/refund";

fn digest(text: &str) -> Digest {
    Digest::of(text.as_bytes())
}

fn stamp(entry: &str, behaviour: &str) -> EntryStamp {
    let contract = digest("contract");
    let behaviour = digest(behaviour);
    EntryStamp { entry: entry.into(), version: "1.0.0".into(), contract, behaviour }
}

fn asked(entry: &str, text: &str) -> PromptStamp {
    let prompt = stamp(entry, text);
    PromptStamp { prompt, model: stamp("model/m", "m"), outputs: serde_json::Value::Null }
}

/// What one judgement is made of; each test changes one thing of a sound one.
struct Story {
    before: (RunRecord, Vec<CaseRecord>),
    after: (RunRecord, Vec<CaseRecord>),
    gates: Option<Gates>,
    published: &'static str,
    now: &'static str,
    has_baseline: bool,
}

/// Forty cases that pass before and after with other answers; `exact` may fall by 0.1.
fn story() -> Story {
    let side = |text: &str, said: &str| {
        let cases = (0..40).map(|at| {
            let mut case = case(at, 0);
            case.answer = Some(answer(said));
            with_score(case, "rouge1", [0.5, 0.75][at % 2])
        });
        (RunRecord { prompts: vec![asked(ENTRY, text)], ..run() }, cases.collect())
    };
    Story {
        before: side("old", "yes"),
        after: side("new", "yes!"),
        gates: Some(gates(&[("exact", 0.1)])),
        published: "old",
        now: "new",
        has_baseline: true,
    }
}

fn gates(margins: &[(&str, f64)]) -> Gates {
    let margins = margins.iter().map(|(name, margin)| ((*name).to_owned(), *margin)).collect();
    Gates { margins, ..Gates::default() }
}

impl Story {
    fn judged(&self) -> Result<Vec<Shown>, EvidenceFault> {
        let baseline = Baseline::from_record(&self.before.0, &self.before.1).expect("a baseline");
        let evidence = Evidence::of(&self.after.0, &self.after.1).expect("evidence");
        // What is judged is what was read.
        let text = evidence.to_json().expect("JSON");
        let (read, _) = Evidence::parse(&text).expect("evidence");
        assert_eq!(read, evidence);
        read.judge(&Bench {
            entry: ENTRY,
            before: digest(self.published),
            after: digest(self.now),
            baseline: self.has_baseline.then_some(&baseline),
            gates: self.gates.as_ref(),
        })
    }

    fn words(&self) -> String {
        match self.judged() {
            Ok(shown) => words(&shown),
            Err(fault) => format!("not: {fault}"),
        }
    }

    fn all_after(&mut self, change: impl Fn(CaseRecord) -> CaseRecord) {
        self.after.1 = std::mem::take(&mut self.after.1).into_iter().map(change).collect();
    }
}

#[test]
fn a_text_that_is_no_worse_is_shown_to_be_so() {
    let words = story().words();
    assert!(words.starts_with("`exact` changed by 0 (95 % interval -0.0"), "{words}");
    assert!(words.ends_with(" over 40 cases, margin 0.1"), "{words}");
}

#[test]
fn whatever_does_not_hold_is_said() {
    type Change = fn(&mut Story);
    let verdict = |verdict: Verdict| GateResult {
        source: BarSource::Policy,
        category: None,
        metric: "exact".into(),
        aggregate: "mean".into(),
        bar: ">= 1".into(),
        tail: None,
        scope: String::new(),
        n: 40,
        estimate: None,
        interval: None,
        verdict,
        reason: String::new(),
        offenders: Vec::new(),
    };
    let failed = verdict(Verdict::Fail);
    let cases: Vec<(&str, Change)> = vec![
        ("the run has not finished", |s| s.after.0.status = Status::Capped),
        ("a part of its suite", |s| s.after.0.settings.shard = Some((1, 2))),
        ("a part of its suite", |s| s.after.0.settings.filters = vec!["id=A".into()]),
        ("did not ask `prompt/refund`", |s| s.after.0.prompts = vec![asked("prompt/b", "new")]),
        ("is of another `prompt/refund`: its behaviour was", |s| s.now = "newer"),
        ("no `margins`", |s| s.gates = None),
        ("no `margins`", |s| s.gates = Some(gates(&[]))),
        ("`margins.exact` of the base's gates.yaml is -1", |s| {
            s.gates = Some(gates(&[("exact", -1.0)]));
        }),
        ("no baseline of `suite/support_golden` with `support/copilot`", |s| {
            s.has_baseline = false;
        }),
        ("is not of the published `prompt/refund`", |s| s.published = "older"),
        ("is not of the published `prompt/refund`", |s| {
            s.before.0.prompts = vec![asked("prompt/b", "old")];
        }),
        ("the suite differs", |s| s.after.0.suite.behaviour = Digest::of(b"other")),
        ("`model/m` differs", |s| {
            s.after.0.prompts.iter_mut().for_each(|p| p.model.behaviour = Digest::of(b"other"));
        }),
        ("`metrics` differs", |s| s.after.0.fingerprint.parts.clear()),
        ("the run lacks `C-039`", |s| drop(s.after.1.pop())),
        ("the run lacks `C-000`, `C-001`, `C-002`, …", |s| drop(s.after.1.drain(..5))),
        ("the baseline lacks `C-039`", |s| drop(s.before.1.pop())),
        ("other rows stand in `C-000`", |s| s.after.1[0].row = Digest::of(b"other")),
        ("no metric with a margin that may decide", |s| s.gates = Some(gates(&[("bleu", 1.0)]))),
        ("`exact` is worse by more than its margin of 0.1: changed by -1 (", |s| {
            s.all_after(|case| with_outcome(case, Outcome::Fail));
        }),
        ("`exact` is not shown to be no worse: changed by -0.05 (", |s| {
            s.all_after(|case| match case.index {
                0 | 1 => with_outcome(case, Outcome::Fail),
                _ => case,
            });
        }),
        ("0 of the 40 cases that the baseline measured have a score", |s| {
            s.all_after(|case| with_outcome(case, Outcome::Unscored));
        }),
        (
            "37 of the 40 cases that the baseline measured have a score, and at least 0.95 must",
            |s| {
                s.all_after(|case| match case.index {
                    0..3 => with_outcome(case, Outcome::Unscored),
                    _ => case,
                });
            },
        ),
        // Differences that do not vary have no interval.
        ("`rouge1` is not shown to be no worse: changed by 0 (no interval)", |s| {
            s.gates = Some(gates(&[("rouge1", 0.1)]));
        }),
    ];
    for (expected, change) in cases {
        let mut story = story();
        change(&mut story);
        let words = story.words();
        assert!(words.starts_with("not: ") && words.contains(expected), "{expected}: {words}");
    }
    let mut story = story();
    story.after.0.verdicts = vec![failed];
    assert!(story.words().contains("the gates closed on the run"), "{}", story.words());
}

#[test]
fn a_run_that_answers_word_for_word_as_before_is_no_worse() {
    let mut same = story();
    same.gates = Some(gates(&[("rouge1", 0.1)]));
    same.after.1.clone_from(&same.before.1);
    assert_eq!(same.words(), "`rouge1` is as it was: no answer differs in 40 cases, margin 0.1");
    // One answer of several says nothing of the others.
    let again: Vec<_> =
        (0..40).map(|at| with_score(case(at, 1), "rouge1", [0.5, 0.75][at % 2])).collect();
    same.after.1.extend(again);
    assert!(same.words().starts_with("not: "), "{}", same.words());
}

#[test]
fn only_the_cases_that_the_prompt_answered_count() {
    let mut story = story();
    let second = asked("prompt/other", "x");
    story.before.0.prompts.push(second.clone());
    story.after.0.prompts.push(second);
    // Twenty cases are of another prompt and stay as they are; of the twenty others 15 become worse.
    let other = |case: &mut CaseRecord| case.prompt = u16::from(case.index >= 20);
    story.before.1.iter_mut().for_each(other);
    story.after.1.iter_mut().for_each(other);
    story.gates = Some(gates(&[("exact", 0.3)]));
    assert!(story.words().ends_with("over 20 cases, margin 0.3"), "{}", story.words());
    story.all_after(|case| if case.index < 15 { with_outcome(case, Outcome::Fail) } else { case });
    assert!(story.words().contains("changed by -0.75"), "{}", story.words());
}

#[test]
fn a_judge_that_only_advises_proves_nothing() {
    let mut story = story();
    for (_, cases) in [&mut story.before, &mut story.after] {
        let scored = std::mem::take(cases).into_iter();
        *cases = scored.map(|case| with_score(case, "grounded", 4.0)).collect();
    }
    let judge = JudgeStamp {
        judge: stamp("judge/grounded", "j"),
        model: stamp("model/judge", "m"),
        min_coverage: 0.9,
        advisory: Some("nobody has calibrated it".into()),
        unseated: false,
    };
    story.after.0.judges = BTreeMap::from([("grounded".to_owned(), judge)]);
    story.gates = Some(gates(&[("grounded", 0.1), ("exact", 0.1)]));
    assert!(story.words().starts_with("`exact` changed by 0"), "{}", story.words());
    story.gates = Some(gates(&[("grounded", 0.1)]));
    assert!(story.words().contains("no metric with a margin that may decide"), "{}", story.words());
}

#[test]
fn the_digest_covers_every_value_and_no_blank() {
    let story = story();
    let evidence = Evidence::of(&story.after.0, &story.after.1).expect("evidence");
    let text = evidence.to_json().expect("JSON");
    assert_eq!(text.lines().filter(|line| line.contains("\"row\"")).count(), 40);
    assert!(!text.contains("yes!"), "no answer is in it");
    let (_, cited) = Evidence::parse(&text).expect("evidence");
    let (_, same) = Evidence::parse(&text.replace("\n ", "\n\t ")).expect("evidence");
    assert_eq!(same, cited);
    for (old, new) in [
        ("\"id\": \"run-1\"", "\"id\": \"run-2\""),
        ("\"exact\":1.0", "\"exact\":0.0"),
        ("\"seed\": 7", "\"seed\": 8"),
        ("\"C-000\"", "\"C-100\""),
        ("\"provenance\": \"local\"", "\"provenance\": \"ci\""),
    ] {
        assert!(text.contains(old), "{old}");
        let (_, other) = Evidence::parse(&text.replacen(old, new, 1)).expect("evidence");
        assert_ne!(other, cited, "{old}");
    }
    for (broken, words) in [
        ("{", "it is no evidence"),
        ("{}", "it is no evidence"),
        (&text.replace(EVIDENCE_SCHEMA, "keelmark.evidence.v2"), "expected `keelmark.evidence.v1`"),
        (&text.replace(RUN_SCHEMA, "keelmark.run.v2"), "expected `keelmark.run.v1`"),
        (&text.replacen("\"prompt\":0", "\"prompt\":0,\"x\":1", 1), "unknown field `x`"),
    ] {
        let fault = Evidence::parse(broken).expect_err("refused").to_string();
        assert!(fault.contains(words), "{fault}");
    }
}
