//! Gates, and those who answer for closed ones.

use std::collections::BTreeMap;
use std::slice::from_ref;

use serde_json::{Value, json};

use super::{NOW, digest, verdicts};
use crate::evals::gate::{BarSource, GateResult, Verdict as Gate};
use crate::evals::prompt;
use crate::evals::record::Provenance;
use crate::ident::Kind as EntryKind;
use crate::ledger::kind::Kind;
use crate::ledger::record::{Draft, Record};
use crate::release::approval::{Signed, Unbelieved};
use crate::release::claims::proof::{self, Waivers};
use crate::release::claims::{Claim, Verdict, waiver};
use crate::release::composite::{Composition, Member};
use crate::release::demand;
use crate::release::evidence::{Candidate, Claim as RunClaim, State, SuiteState};
use crate::release::payload::{Composed, Waiver};
use crate::release::tests::mission::mission;

fn gate(metric: &str, category: &str, verdict: Gate) -> GateResult {
    GateResult {
        source: BarSource::Policy,
        category: Some(category.to_owned()),
        metric: metric.to_owned(),
        aggregate: "mean".to_owned(),
        bar: ">= 0.8".to_owned(),
        tail: None,
        scope: String::new(),
        n: 3,
        estimate: Some(0.5),
        interval: None,
        verdict,
        reason: String::new(),
        offenders: Vec::new(),
    }
}

fn waiver(composition: &Composition, change: impl FnOnce(&mut Value)) -> Record {
    let said = Waiver {
        composed: Composed::of(composition),
        gate: "latency_ms".to_owned(),
        until: "2026-11-26T12:00:00Z".to_owned(),
        reason: "slow region".to_owned(),
        principal: Some("ada@example.com".to_owned()),
    };
    let mut payload = serde_json::to_value(said).expect("JSON");
    change(&mut payload);
    Record::new(Draft {
        kind: Kind::Waiver,
        at: NOW,
        actor: "Ada <ada@example.com>".to_owned(),
        subject: waiver::subject(composition),
        payload,
    })
    .expect("a record")
}

/// The claims about a suite whose run has these gates, where these waivers are recorded.
fn gates(composition: &Composition, verdicts: &[GateResult], waivers: &Waivers) -> Vec<Claim> {
    closed(composition, (verdicts, None), |state| proof::gates(state, true, waivers, NOW))
}

/// Asks about a suite whose run has these gates and is closed; `accepted` is why an inconclusive one
/// is accepted.
fn closed<T>(
    composition: &Composition,
    (verdicts, accepted): (&[GateResult], Option<&str>),
    ask: impl FnOnce(&SuiteState<'_>) -> T,
) -> T {
    let suite: &Member = composition
        .evidence
        .iter()
        .find(|member| member.name.kind == EntryKind::Suite)
        .expect("a suite");
    let stamp = prompt::stamp(&suite.loaded.entry, suite.loaded.facets());
    let run = Candidate {
        claim: RunClaim {
            finished: true,
            whole: true,
            tier: None,
            suite: &stamp,
            models: Vec::new(),
            used: Vec::new(),
            gates: None,
            verdicts,
            accepted,
        },
        run: "run-1",
        digest: digest("run"),
        pack: None,
        created: "2026-11-25T00:00:00Z",
        provenance: Provenance::Ci,
        local: None,
        record: None,
    };
    let why = vec!["its gates are closed".to_owned()];
    ask(&SuiteState { suite, state: State::Closed { run: &run, why } })
}

#[test]
fn a_closed_gate_needs_a_waiver_and_no_safety_gate_gets_one() {
    let composition = mission().whole();
    let approvers = ["ada@example.com".to_owned()];
    let by = Signed::By("ada@example.com".to_owned());
    let judged = |record: Record, signed: &Signed, late| {
        let judged = waiver::judge(&record, signed, &composition, &approvers, late);
        Waivers::from([("latency_ms".to_owned(), vec![(record, judged)])])
    };
    let shut = [gate("latency_ms", "latency", Gate::Fail), gate("exact", "exactness", Gate::Pass)];
    let of = |waivers: &Waivers| verdicts(&gates(&composition, &shut, waivers));
    let suite = "gate suite/support_golden@1.1.0".to_owned();
    let named = |verdict| ("waiver latency_ms".to_owned(), verdict);
    let closed = [(suite.clone(), Verdict::Attested)];
    assert_eq!(of(&BTreeMap::new()), [(suite.clone(), Verdict::Fails)]);
    let valid = judged(waiver(&composition, |_| {}), &by, false);
    assert_eq!(of(&valid), [&closed[..], &[named(Verdict::Attested)]].concat());
    let claims = gates(&composition, &shut, &valid);
    assert_eq!(
        claims[1].found,
        "PROVISIONAL until 2026-11-26T12:00:00Z, 24 hours left: ada@example.com answers for it (slow region)"
    );
    let other = Signed::By("bob@example.com".to_owned());
    let nobody = Signed::Not(Unbelieved::Unsigned);
    let set = |key: &'static str, value: Value| waiver(&composition, move |said| said[key] = value);
    let table = [
        (
            set("until", json!("2026-11-25T12:00:00Z")),
            &by,
            false,
            "it ended on 2026-11-25T12:00:00Z",
        ),
        (set("until", json!("tomorrow")), &by, false, "is no moment"),
        (set("digest", json!(digest("x"))), &by, false, "this composition has sha256:"),
        (set("principal", json!("bob@example.com")), &other, false, "not among the `approvers`"),
        (set("principal", json!("bob@example.com")), &by, false, "the key is that of"),
        (set("principal", Value::Null), &by, false, "it names `nobody`"),
        (set("reason", json!(1)), &by, false, "cannot be read as a waiver"),
        (waiver(&composition, |_| {}), &nobody, false, "it is not signed"),
        (waiver(&composition, |_| {}), &by, true, "recorded after the release"),
    ];
    for (record, signed, late, words) in table {
        let waivers = judged(record, signed, late);
        assert_eq!(of(&waivers), [&closed[..], &[named(Verdict::Fails)]].concat(), "{words}");
        let claims = gates(&composition, &shut, &waivers);
        assert!(claims[1].found.contains(words), "{}", claims[1].found);
    }
    // Whatever heading it has.
    for (metric, category) in [("latency_ms", "Safety"), ("sev2_rate", "other")] {
        let shut = [gate(metric, category, Gate::Fail), gate("latency_ms", "latency", Gate::Fail)];
        let claims = gates(&composition, &shut, &valid);
        assert_eq!(verdicts(&claims), [(suite.clone(), Verdict::Fails)]);
        assert!(claims[0].expected.contains("it is about safety"), "{}", claims[0].expected);
    }
}

#[test]
fn an_inconclusive_gate_that_was_accepted_needs_no_waiver() {
    let composition = mission().whole();
    let shut =
        [gate("latency_ms", "latency", Gate::Fail), gate("exact", "exactness", Gate::Inconclusive)];
    let approvers = ["ada@example.com".to_owned()];
    let by = Signed::By("ada@example.com".to_owned());
    let record = waiver(&composition, |_| {});
    let judged = waiver::judge(&record, &by, &composition, &approvers, false);
    let waivers = Waivers::from([("latency_ms".to_owned(), vec![(record, judged)])]);
    let waived = ["latency_ms".to_owned()];
    for (accepted, verdict, missing) in
        [(None, Verdict::Fails, 1), (Some("few cases"), Verdict::Attested, 0)]
    {
        let claims = closed(&composition, (&shut, accepted), |state| {
            proof::gates(state, true, &waivers, NOW)
        });
        assert_eq!(claims[0].verdict, verdict, "{accepted:?}: {}", claims[0].words());
        let findings = closed(&composition, (&shut, accepted), |state| {
            let found = demand::evidence(&composition, from_ref(state), false, &waived);
            found.iter().filter(|finding| finding.rule.id == "gate-closed").count()
        });
        assert_eq!(findings, missing, "{accepted:?}");
    }
}

#[test]
fn what_is_left_is_said_in_the_largest_unit() {
    let table = [
        (-5, "0 seconds"),
        (1, "1 second"),
        (61, "1 minute"),
        (3_600, "1 hour"),
        (172_799, "47 hours"),
        (259_200, "3 days"),
    ];
    for (seconds, words) in table {
        assert_eq!(waiver::left(seconds), words);
    }
}
