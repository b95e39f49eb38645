//! Which step a composite needs, and whether its number is that step.

use super::mission::{
    COMPOSITE, DATA, MODEL, PROMPT, ROUTER, ROWS, Registry, SUITE, TEMPLATE, ids, mission,
};
use crate::registry::config::{Config, RuleSetting};
use crate::release::step::{Request, Step, candidate, judge};
use crate::version::{Bump, Version, Zerover};

/// A change with its name: from the released registry to the one that is to be released.
type Case = (&'static str, fn(Registry) -> Registry, Bump, &'static str, &'static str);

fn step(old: &Registry, new: &Registry) -> Step {
    judge(&Request {
        old: Some(&old.whole()),
        new: &new.whole(),
        taken: &[],
        trusted: &Config::default(),
    })
}

fn v(text: &str) -> Version {
    text.parse().expect("a version")
}

#[test]
fn every_kind_of_change_has_its_step() {
    let cases: &[Case] = &[
        ("nothing", |r| r, Bump::None, "", ""),
        (
            "an input that callers must send now",
            |r| r.edit(PROMPT, "question]\n  out", "question, locale]\n  out"),
            Bump::Major,
            "prompt",
            "input-required-added",
        ),
        (
            "another text of the answer prompt",
            |r| r.edit(TEMPLATE, "Answer ", "Please answer "),
            Bump::Minor,
            "prompt",
            "prompt-template-text",
        ),
        (
            "white space in the answer prompt",
            |r| r.edit(TEMPLATE, "Answer ", "Answer  "),
            Bump::Minor,
            "prompt",
            "member-changed",
        ),
        (
            "a promise of the answer prompt withdrawn",
            |r| r.edit(PROMPT, "requires_citations: true, ", ""),
            Bump::Major,
            "prompt",
            "policy-loosened",
        ),
        (
            "a name of the answer prompt that its callers never use",
            |r| r.edit(PROMPT, "owner: support-ops", "owner: support-ops\naliases: [refund]"),
            Bump::Patch,
            "prompt",
            "member-repinned",
        ),
        (
            "the model behind the provider",
            |r| r.edit(MODEL, "gpt-4o-mini-2024-07-18", "gpt-4o-mini-2025-01-01"),
            Bump::Minor,
            "model",
            "member-changed",
        ),
        (
            "the contract of the model",
            |r| r.edit(MODEL, "allowed_data_classes: [internal]", "allowed_data_classes: []"),
            Bump::Minor,
            "model",
            "member-changed",
        ),
        (
            "an input that the router must get now",
            |r| r.edit(ROUTER, "inputs: [question]", "inputs: [question, channel]"),
            Bump::Minor,
            "router",
            "member-changed",
        ),
        (
            "another number of the router",
            |r| {
                r.edit(ROUTER, "\nversion: 1.2.0", "\nversion: 1.2.1").edit(
                    COMPOSITE,
                    "intent_route@1.2.0",
                    "intent_route@1.2.1",
                )
            },
            Bump::Patch,
            "router",
            "member-repinned",
        ),
        (
            "the router is gone",
            |r| r.edit(COMPOSITE, "  router: prompt/intent_route@1.2.0\n", ""),
            Bump::Minor,
            "router",
            "member-removed",
        ),
        (
            "a member more",
            |r| r.edit(COMPOSITE, "  data: ", "  extract: prompt/invoice_extract@1.0.0\n  data: "),
            Bump::Minor,
            "extract",
            "member-added",
        ),
        (
            "another model",
            |r| r.edit(COMPOSITE, "model: cust-copilot@1.4.2 #", "model: judge-large@1.0.0 #"),
            Bump::Minor,
            "model",
            "member-replaced",
        ),
        (
            "another prompt with another signature answers",
            |r| r.edit(COMPOSITE, "billing_refund@2.3.0", "invoice_extract@1.0.0"),
            Bump::Major,
            "prompt",
            "input-removed",
        ),
        (
            "no prompt answers",
            |r| r.edit(COMPOSITE, "  prompt: billing_refund@2.3.0\n", ""),
            Bump::Major,
            "prompt",
            "answer-removed",
        ),
        (
            "rows of the golden set",
            |r| r.edit(ROWS, "In five days", "In six days"),
            Bump::Patch,
            "data",
            "proof-changed",
        ),
        (
            "what only proved runs now",
            |r| {
                r.edit(COMPOSITE, "roles: {data: evidence}\n", "").edit(
                    COMPOSITE,
                    "data: golden_2025_09",
                    "data: golden_2025_09@1.0.0",
                )
            },
            Bump::Minor,
            "data",
            "member-added",
        ),
        (
            "another version of a suite",
            |r| {
                r.edit(SUITE, "\nversion: 1.1.0", "\nversion: 1.2.0").edit(
                    COMPOSITE,
                    "support_golden@1.1.0",
                    "support_golden@1.2.0",
                )
            },
            Bump::Patch,
            "suite/support_golden",
            "proof-changed",
        ),
        (
            "a channel less",
            |r| r.edit(COMPOSITE, "[canary, production]", "[production]"),
            Bump::Major,
            "",
            "channel-removed",
        ),
        (
            "another target to go back to",
            |r| r.edit(COMPOSITE, "rollback_to: 1.7.3", "rollback_to: 1.7.2"),
            Bump::Patch,
            "",
            "rollback-target-changed",
        ),
        (
            "what may be split",
            |r| r.edit(COMPOSITE, "channels:", "allow_split: [model/judge-large]\nchannels:"),
            Bump::Patch,
            "",
            "content-changed",
        ),
    ];
    for (what, change, required, slot, rule) in cases {
        let step = step(&mission(), &change(mission()));
        assert_eq!(step.required, *required, "{what}: {:#?}", step.rows);
        let deciding: Vec<(&str, &str)> =
            step.deciding().map(|row| (row.slot.as_str(), row.rule.id)).collect();
        if *required == Bump::None {
            assert_eq!(deciding, [], "{what}");
        } else {
            assert_eq!(deciding, [(*slot, *rule)], "{what}");
        }
        assert!(step.rows.iter().all(|row| !row.why.is_empty()), "{what}");
    }
}

#[test]
fn the_member_with_the_largest_step_decides() {
    let new = mission()
        .edit(TEMPLATE, "Answer ", "Please answer ")
        .edit(PROMPT, "question]\n  out", "question, locale]\n  out")
        .edit(DATA, "provenance:", "license: MIT\nprovenance:");
    let step = step(&mission(), &new);
    let rows: Vec<String> = step
        .rows
        .iter()
        .map(|row| format!("{} {} {} {}", row.slot, row.own_step, row.step, row.rule.id))
        .collect();
    assert_eq!(rows, ["data minor patch proof-changed", "prompt major major input-required-added"]);
    assert_eq!(step.suggested, v("2.0.0"));
}

#[test]
fn callers_see_what_provides_says() {
    let routed = mission().edit(COMPOSITE, "channels:", "provides: router\nchannels:");
    let cases: &[(&str, Registry, Registry, Bump)] = &[
        (
            "the slot that it names counts in full",
            routed.clone(),
            routed.clone().edit(ROUTER, "inputs: [question]", "inputs: [question, channel]"),
            Bump::Major,
        ),
        (
            "and the prompt is a member like others",
            routed.clone(),
            routed.edit(PROMPT, "question]\n  out", "question, locale]\n  out"),
            Bump::Minor,
        ),
        (
            "a signature of its own hides every member",
            mission().edit(COMPOSITE, "channels:", "provides: {inputs: [q]}\nchannels:"),
            mission().edit(COMPOSITE, "channels:", "provides: {inputs: [q]}\nchannels:").edit(
                PROMPT,
                "question]\n  out",
                "question, locale]\n  out",
            ),
            Bump::Minor,
        ),
        (
            "and is a contract itself",
            mission().edit(COMPOSITE, "channels:", "provides: {inputs: [q]}\nchannels:"),
            mission().edit(COMPOSITE, "channels:", "provides: {inputs: [q, r]}\nchannels:"),
            Bump::Major,
        ),
        (
            "another place of the signature cannot be compared",
            mission(),
            mission().edit(COMPOSITE, "channels:", "provides: router\nchannels:"),
            Bump::Major,
        ),
    ];
    for (what, old, new, required) in cases {
        let step = step(old, new);
        assert_eq!(step.required, *required, "{what}: {:#?}", step.rows);
    }
}

#[test]
fn who_changes_what_runs_cannot_leave_out_what_proved_it() {
    let dropped = |new: &Registry| {
        let step = step(&mission(), new);
        step.findings.iter().filter(|finding| finding.rule.id == "proof-dropped").count()
    };
    let other_text = || mission().edit(TEMPLATE, "Answer ", "Please answer ");
    let no_suite = |r: Registry| r.edit(COMPOSITE, "suites: [support_golden@1.1.0]\n", "");
    let no_rows =
        |r: Registry| r.edit(COMPOSITE, "  data: golden_2025_09\nroles: {data: evidence}\n", "");
    assert_eq!(dropped(&no_suite(other_text())), 1);
    assert_eq!(dropped(&no_rows(other_text())), 1);
    assert_eq!(dropped(&no_suite(no_rows(other_text()))), 1, "one finding names both");
    assert_eq!(dropped(&other_text()), 0);
    assert_eq!(dropped(&no_suite(mission())), 0, "it is seen for itself");
}

#[test]
fn a_number_may_follow_one_that_was_merged_and_never_released() {
    let released = mission().edit(COMPOSITE, "\nversion: 1.8.0", "\nversion: 1.7.3").whole();
    let step = |number: &str| {
        // The line of 1.8.0 stays: it was merged.
        let new = mission()
            .edit(TEMPLATE, "Answer ", "Please answer ")
            .edit(COMPOSITE, "\nversion: 1.8.0", &format!("\nversion: {number}"))
            .edit(COMPOSITE, "  - \"1.8.0", &format!("  - \"{number}: tone\"\n  - \"1.8.0"))
            .whole();
        let taken = [released.version.clone()];
        let trusted = Config::default();
        judge(&Request { old: Some(&released), new: &new, taken: &taken, trusted: &trusted })
    };
    for number in ["1.8.1", "1.9.0", "2.0.0"] {
        assert_eq!(ids(&step(number).findings), [""; 0], "{number}");
        assert_eq!(step(number).suggested, v(number));
    }
    assert_eq!(ids(&step("1.10.0").findings), ["version-skipped"]);
}

#[test]
fn the_number_is_held_against_the_step() {
    let released = mission().edit(COMPOSITE, "\nversion: 1.8.0", "\nversion: 1.7.3").whole();
    let numbered = |number: &str, registry: Registry| {
        registry
            .edit(COMPOSITE, "\nversion: 1.8.0", &format!("\nversion: {number}"))
            .edit(COMPOSITE, "1.8.0: citations", &format!("{number}: citations"))
            .whole()
    };
    let minor = || mission().edit(TEMPLATE, "Answer ", "Please answer ");
    let cases: &[(&str, &[&str], &[&str], &str)] = &[
        ("1.8.0", &[], &[], "1.8.0"),
        ("1.7.4", &[], &["release-step-insufficient"], "1.8.0"),
        ("1.7.3", &[], &["release-step-insufficient"], "1.8.0"),
        ("1.7.2", &[], &["version-decreased"], "1.8.0"),
        ("2.0.0", &[], &["version-bump-excessive"], "1.8.0"),
        ("1.9.0", &[], &["version-skipped"], "1.8.0"),
        ("1.8.0", &["1.8.0"], &["release-exists"], "1.9.0"),
        ("1.8.0-rc.1", &[], &[], "1.8.0-rc.1"),
        ("1.7.4-rc.1", &[], &["release-step-insufficient"], "1.8.0-rc.1"),
        ("1.8.0-rc.1", &["1.8.0-rc.1"], &["release-exists"], "1.8.0-rc.2"),
        ("1.8.0", &["1.8.0-rc.1"], &[], "1.8.0"),
    ];
    for (number, taken, expected, suggested) in cases {
        let new = numbered(number, minor());
        let mut taken: Vec<Version> = taken.iter().map(|text| v(text)).collect();
        taken.push(released.version.clone());
        let step = judge(&Request {
            old: Some(&released),
            new: &new,
            taken: &taken,
            trusted: &Config::default(),
        });
        assert_eq!(ids(&step.findings), *expected, "{number}: {:#?}", step.findings);
        assert_eq!(step.suggested, v(suggested), "{number}");
        if *expected == ["release-step-insufficient"] {
            let reasons: Vec<&str> = step
                .findings
                .iter()
                .flat_map(|finding| &finding.related)
                .map(|related| related.message.as_str())
                .collect();
            assert_eq!(reasons.len(), 1);
            assert!(reasons.iter().all(|r| r.contains("prompt-template-text")), "{reasons:?}");
        }
    }
}

#[test]
fn below_one_zero_the_steps_are_those_of_cargo() {
    let at = |number: &str| {
        mission().edit(COMPOSITE, "\nversion: 1.8.0", &format!("\nversion: {number}"))
    };
    let old = at("0.3.1").whole();
    let major = |r: Registry| r.edit(PROMPT, "question]\n  out", "question, locale]\n  out");
    let minor = |r: Registry| r.edit(TEMPLATE, "Answer ", "Please answer ");
    let cases: &[(Registry, Zerover, &[&str], &str)] = &[
        (minor(at("0.3.2")), Zerover::Cargo, &[], "0.3.2"),
        (major(at("0.3.2")), Zerover::Cargo, &["release-step-insufficient"], "0.4.0"),
        (major(at("0.4.0")), Zerover::Cargo, &[], "0.4.0"),
        (minor(at("0.3.2")), Zerover::Off, &["release-step-insufficient"], "0.4.0"),
        (major(at("0.4.0")), Zerover::Off, &["release-step-insufficient"], "1.0.0"),
    ];
    for (new, zerover, expected, suggested) in cases {
        let mut trusted = Config::default();
        trusted.versioning.zerover = *zerover;
        let new = new.whole();
        let step = judge(&Request { old: Some(&old), new: &new, taken: &[], trusted: &trusted });
        assert_eq!(ids(&step.findings), *expected, "{}: {:#?}", new.version, step.findings);
        assert_eq!(step.suggested, v(suggested), "{}", new.version);
    }
}

#[test]
fn the_first_release_may_have_any_number_and_bumps_are_the_bases() {
    let new = mission().whole();
    let first = judge(&Request { old: None, new: &new, taken: &[], trusted: &Config::default() });
    assert!(first.findings.is_empty() && first.rows.is_empty());
    assert_eq!((first.required, first.suggested), (Bump::None, v("1.8.0")));
    let mut trusted = Config::default();
    let major = RuleSetting { bump: Some(Bump::Major), level: None };
    trusted.rules.insert("prompt-template-text".to_owned(), major);
    let new = mission().edit(TEMPLATE, "Answer ", "Please answer ").whole();
    let old = mission().whole();
    let step = judge(&Request { old: Some(&old), new: &new, taken: &[], trusted: &trusted });
    assert_eq!(step.required, Bump::Major);
}

#[test]
fn candidates_are_counted_up() {
    let cases: &[(&str, &[&str], &str)] = &[
        ("1.8.0", &[], "1.8.0-rc.1"),
        ("1.8.0", &["1.7.3", "1.8.0-rc.1", "1.8.0-rc.10", "1.8.0-beta.7"], "1.8.0-rc.11"),
        ("1.8.0-rc.3", &["1.9.0-rc.4"], "1.8.0-rc.1"),
    ];
    for (release, taken, expected) in cases {
        let taken: Vec<Version> = taken.iter().map(|text| v(text)).collect();
        assert_eq!(candidate(&v(release), &taken), v(expected));
    }
}
