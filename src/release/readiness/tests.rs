//! Each rule with a bad case and with the mission's product, which lacks nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::{Knowledge, Request, check};
use crate::digest::Digest;
use crate::evals::calibration;
use crate::finding::{Finding, Severity};
use crate::ident::EntryName;
use crate::registry::policy::freeze::{Blocked, Freeze, Window};
use crate::release::composite::Composition;
use crate::release::tests::mission::{
    COMPOSITE, DATA, JUDGE, MODEL, PROMPT, ROUTER, Registry, SUITE, TEMPLATE, ids, mission,
};
use crate::snapshot::ReadFault;
use crate::time;
use crate::version::Version;

const NOW: &str = "2026-11-25T12:00:00Z";

/// A registry that is to be released, and what is known around it.
struct World {
    registry: Registry,
    target: Option<Registry>,
    unpublished: BTreeSet<String>,
    withdrawn: Vec<Version>,
    calibration: Option<String>,
    approvals: Vec<String>,
    freeze: Option<Freeze>,
    journeys: BTreeSet<String>,
    first: bool,
    candidate: bool,
}

impl Knowledge for World {
    fn is_published(&self, name: &EntryName, version: &Version) -> Result<bool, ReadFault> {
        Ok(!self.unpublished.contains(&format!("{name}@{version}")))
    }

    fn published_now(&self, _: &EntryName) -> Result<Option<Version>, ReadFault> {
        Ok(None)
    }

    fn withdrawn(&self, name: &EntryName) -> Result<Vec<Version>, ReadFault> {
        let own = name.to_string() == "model/cust-copilot";
        Ok(if own { self.withdrawn.clone() } else { Vec::new() })
    }

    fn calibration(&self, _: &EntryName) -> Result<Option<Vec<u8>>, ReadFault> {
        Ok(self.calibration.clone().map(String::into_bytes))
    }
}

/// The mission's product, ready to be released as 1.8.0 after 1.7.3.
fn ready() -> World {
    world(mission())
}

fn world(registry: Registry) -> World {
    let composition = registry.composition().0;
    World {
        target: Some(registry.clone().edit(COMPOSITE, "\nversion: 1.8.0", "\nversion: 1.7.3")),
        unpublished: BTreeSet::new(),
        withdrawn: Vec::new(),
        calibration: Some(calibrated(&composition, "2026-11-20", 0.7)),
        approvals: vec!["lead@example.com".to_owned()],
        freeze: None,
        journeys: BTreeSet::from(["copilot".to_owned()]),
        first: false,
        candidate: false,
        registry,
    }
}

fn calibrated(composition: &Composition, day: &str, kappa: f64) -> String {
    let digests: BTreeMap<String, String> = composition
        .everything()
        .map(|member| (member.name.to_string(), member.loaded.facets().behaviour.to_string()))
        .collect();
    serde_json::json!({
        "schema": calibration::SCHEMA,
        "judge": digests.get("judge/grounded"),
        "model": digests.get("model/judge-large"),
        "weighted_kappa": kappa,
        "labels": 60,
        "measured": day,
    })
    .to_string()
}

fn say(world: &World) -> Vec<Finding> {
    let composition = world.registry.composition().0;
    let target = world.target.as_ref().map(Registry::whole);
    let request = Request {
        composition: &composition,
        source: &world.registry,
        known: world,
        first: world.first,
        target: target.as_ref(),
        approvals: &world.approvals,
        freeze: world.freeze.as_ref(),
        journeys: &world.journeys,
        candidate: world.candidate,
        now: time::seconds(NOW).expect("a moment"),
    };
    check(&request).expect("memory")
}

/// What must be said of a registry in which one thing is wrong.
fn expect(what: &str, world: &World, expected: &[(&str, Severity)]) {
    let findings = say(world);
    let found: Vec<(&str, Severity)> =
        findings.iter().map(|finding| (finding.rule.id, finding.severity)).collect();
    assert_eq!(found, expected, "{what}: {findings:#?}");
    for finding in &findings {
        assert!(finding.help.is_some(), "{what}: without a next step");
        assert_eq!(finding.path().to_string(), COMPOSITE, "{what}");
    }
}

const E: Severity = Severity::Error;
const W: Severity = Severity::Warning;

#[test]
fn the_missions_product_lacks_nothing() {
    expect("ready", &ready(), &[]);
}

#[test]
fn members_have_to_be_offered() {
    let mut unpublished = ready();
    unpublished.unpublished.insert("model/cust-copilot@1.4.2".to_owned());
    expect("a member", &unpublished, &[("member-unpublished", E)]);
    let mut unpublished = ready();
    unpublished.unpublished.insert("judge/grounded@1.0.0".to_owned());
    expect("a judge", &unpublished, &[("member-unpublished", E)]);
    let status = |path: &str, word: &str| {
        let to = format!("owner: support-ops\nstatus: {word}");
        world(mission().edit(path, "owner: support-ops", &to))
    };
    expect("a draft", &status(ROUTER, "draft"), &[("member-draft", E)]);
    expect("a tombstone", &status(ROUTER, "removed"), &[("member-draft", E)]);
    expect("deprecated", &status(ROUTER, "deprecated"), &[("member-deprecated", W)]);
    let own = mission().edit(COMPOSITE, "owner: platform-ai", "owner: platform-ai\nstatus: draft");
    expect("the composite", &world(own), &[("member-draft", E)]);
}

#[test]
fn what_was_withdrawn_is_not_released() {
    let mut base = ready();
    base.withdrawn = vec!["1.4.2".parse().expect("a version")];
    expect("the base says so", &base, &[("dep-yanked", E)]);
    base.withdrawn = vec!["1.4.1".parse().expect("a version")];
    expect("another version", &base, &[]);
    let tree = mission().edit(MODEL, "1.4.2: pinned snapshot", "1.4.2: pinned snapshot [YANKED]");
    expect("the tree says so", &world(tree), &[("dep-yanked", E)]);
}

#[test]
fn a_sunset_is_compared_with_the_day() {
    for (day, expected) in [
        ("2026-11-25", &[("member-sunset", E)][..]),
        ("2026-11-26", &[("member-sunset", W)]),
        ("2026-12-25", &[("member-sunset", W)]),
        ("2026-12-26", &[]),
    ] {
        let registry = mission().edit(MODEL, "sunset: 2027-02-01", &format!("sunset: {day}"));
        expect(day, &world(registry), expected);
    }
    let proves = mission().edit(JUDGE, "owner: data-science", "owner: d\nsunset: 2026-01-01");
    expect("what only proves", &world(proves), &[("member-sunset", W)]);
}

#[test]
fn pre_releases_enter_candidates_only() {
    let registry = mission().edit(ROUTER, "\nversion: 1.2.0", "\nversion: 1.3.0-rc.1").edit(
        COMPOSITE,
        "intent_route@1.2.0",
        "intent_route@1.3.0-rc.1",
    );
    let mut world = world(registry);
    expect("a release", &world, &[("member-prerelease", E)]);
    world.candidate = true;
    expect("a candidate", &world, &[]);
}

#[test]
fn digests_of_what_is_released_are_written_and_right() {
    let sealed = |digest: &str| {
        let sums =
            format!("owner: support-ops\nchecksums: {{prompt_template_sha256: \"{digest}\"}}");
        world(mission().edit(PROMPT, "owner: support-ops", &sums))
    };
    expect("a placeholder", &sealed("<hash>"), &[("checksum-placeholder", E)]);
    expect("no digest", &sealed("12"), &[("checksum-malformed", E)]);
    let zeros = "0".repeat(64);
    expect("another digest", &sealed(&zeros), &[("checksum-mismatch", E)]);
    assert!(say(&sealed(&zeros)).iter().all(|finding| finding.rule.integrity));
    let mission = mission();
    let right = Digest::of(mission.file(TEMPLATE).as_bytes()).to_string();
    expect("the digest", &sealed(&right), &[]);
}

#[test]
fn links_lead_somewhere() {
    let dataset = mission().edit(PROMPT, "datasets: [golden_v2025_09]", "datasets: [golden]");
    expect("a dataset", &world(dataset), &[("link-missing", E)]);
    let profile = mission().edit(
        PROMPT,
        "true, safety_profile: standard_level2",
        "true, safety_profile: other",
    );
    expect("a profile", &world(profile), &[("link-missing", E)]);
}

#[test]
fn the_fragment_that_a_slot_pins_is_the_one_that_is_sent() {
    let fragment = "registry/fragments/tone/fragment.yaml";
    let older = mission()
        .with(fragment, "id: tone\nversion: 1.2.0\nowner: o\nchangelog: [\"1.2.0: x\"]\n")
        .with("registry/fragments/tone/fragment.md", "Be kind.\n")
        .edit(ROUTER, "owner: support-ops", "owner: support-ops\ndepends_on: [fragment/tone@^1]")
        .with("registry/prompts/intent_route/template.md", "{% include 'fragment/tone' %}\n")
        .edit(COMPOSITE, "  data: ", "  tone: fragment/tone@1.2.0\n  data: ");
    expect("one version", &world(older.clone()), &[]);
    // The router that is pinned was published with the fragment of that day.
    let newer = older
        .clone()
        .edit(fragment, "version: 1.2.0", "version: 1.3.0")
        .edit(ROUTER, "version: 1.2.0", "version: 1.2.1")
        .edit(COMPOSITE, "fragment/tone@1.2.0", "fragment/tone@1.3.0");
    expect("two versions", &world(newer.after(&older)), &[("dep-diamond", E)]);
}

#[test]
fn what_runs_is_pinned_by_somebody() {
    let needs = |what: &str| {
        let to = format!("owner: support-ops\ndepends_on: [{what}]");
        mission()
            .with(
                "registry/fragments/tone/fragment.yaml",
                "id: tone\nversion: 1.2.0\nowner: o\nchangelog: [\"1.2.0: x\"]\n",
            )
            .with("registry/fragments/tone/fragment.md", "Be kind.\n")
            .edit(PROMPT, "owner: support-ops", &to)
    };
    expect("any", &world(needs("fragment/tone")), &[("dep-floating", E)]);
    expect("a range", &world(needs("fragment/tone@^1")), &[("dep-floating", E)]);
    expect("a version", &world(needs("fragment/tone@1.2.0")), &[]);
    expect("only to measure", &world(needs("{ref: fragment/tone, edge: eval}")), &[]);
    let pinned = needs("fragment/tone@^1").edit(
        COMPOSITE,
        "  data: ",
        "  tone: fragment/tone@1.2.0\n  data: ",
    );
    expect("a member pins it", &world(pinned), &[]);
}

#[test]
fn nobody_asks_for_another_version() {
    let newer = mission()
        .edit(MODEL, "\nversion: 1.4.2", "\nversion: 1.5.0")
        .edit(COMPOSITE, "cust-copilot@1.4.2", "cust-copilot@1.5.0")
        .after(&mission());
    let findings = say(&world(newer.clone()));
    assert_eq!(ids(&findings), ["dep-diamond"]);
    let who: Vec<&str> =
        findings.iter().flat_map(|f| &f.related).map(|related| related.message.as_str()).collect();
    assert_eq!(
        who,
        [
            "`model` pins 1.5.0",
            "`prompt/billing_refund@2.3.0` asks for `model/cust-copilot@^1.4`",
            "`prompt/intent_route@1.2.0` asks for `model/cust-copilot@1.4.2`",
            "`suite/support_golden@1.1.0` asks for `model/cust-copilot@1.4.2`",
        ]
    );
    let outside = mission()
        .edit(MODEL, "\nversion: 1.4.2", "\nversion: 2.0.0")
        .edit(COMPOSITE, "cust-copilot@1.4.2", "cust-copilot@2.0.0")
        .edit(ROUTER, "@1.4.2", "@2.0.0")
        .edit(SUITE, "@1.4.2", "@2.0.0");
    expect("a range that does not admit the pin", &world(outside), &[("dep-diamond", E)]);
    for split in ["model/cust-copilot", "cust-copilot"] {
        let allowed = newer.clone().edit(
            COMPOSITE,
            "channels:",
            &format!("allow_split: [{split}]\nchannels:"),
        );
        expect(split, &world(allowed), &[]);
    }
    let other = newer.edit(COMPOSITE, "channels:", "allow_split: [prompt/cust-copilot]\nchannels:");
    expect("another kind", &world(other), &[("dep-diamond", E)]);
}

#[test]
fn two_slots_may_hold_two_versions_where_that_is_meant() {
    let split = mission()
        .edit(COMPOSITE, "  data: ", "  fallback: prompt/intent_route@1.1.0\n  data: ")
        .after(&mission().edit(ROUTER, "\nversion: 1.2.0", "\nversion: 1.1.0"));
    expect("two versions", &world(split.clone()), &[("dep-diamond", E)]);
    let meant = split.edit(COMPOSITE, "channels:", "allow_split: [prompt/intent_route]\nchannels:");
    expect("meant", &world(meant), &[]);
}

#[test]
fn licences_that_forbid_commerce_are_passed_on() {
    let licensed = |own: &str, path: &str, owner: &str, license: &str| {
        world(
            mission()
                .edit(COMPOSITE, "owner: platform-ai", &format!("owner: platform-ai{own}"))
                .edit(path, owner, &format!("{owner}\nlicense: {license}")),
        )
    };
    let (ml, ds) = ("owner: ml-platform", "owner: data-science");
    let nc = "CC-BY-NC-4.0";
    expect("silent", &licensed("", MODEL, ml, nc), &[("license-conflict", E)]);
    expect("what only proves", &licensed("", DATA, ds, nc), &[("license-conflict", W)]);
    let open = say(&licensed("\nlicense: MIT", MODEL, ml, "Apache-2.0"));
    assert_eq!(ids(&open), ["license-undeclared", "license-undeclared"], "{open:#?}");
    let closed = say(&licensed("\nlicense: CC-BY-NC-4.0", MODEL, ml, nc));
    assert_eq!(ids(&closed), ["license-undeclared", "license-undeclared"], "{closed:#?}");
    let source = mission().edit(DATA, "license: CC-BY-4.0", "license: CC-BY-NC-SA-4.0");
    expect("the source of rows", &world(source), &[("license-conflict", W)]);
}

#[test]
fn models_see_only_the_data_that_they_may() {
    let class = |class: &str| {
        let to = format!("owner: support-ops\ndata_class: {class}");
        world(mission().edit(PROMPT, "owner: support-ops", &to))
    };
    expect("allowed", &class("internal"), &[]);
    expect("less sensitive", &class("public"), &[]);
    expect("more sensitive", &class("confidential"), &[("data-class-forbidden", E)]);
    let rows = mission().edit(DATA, "pii: none", "pii: present");
    expect("rows about people", &world(rows.clone()), &[("data-class-forbidden", E)]);
    let may = rows.edit(MODEL, "[internal]", "[internal, pii]");
    expect("and a model that may see them", &world(may), &[]);
    let column = mission().edit(DATA, "pii: none, ", "").edit(
        DATA,
        "row_key: case_id",
        "row_key: case_id\ncolumns: {input: {type: string, pii: true}}",
    );
    expect("a column about people", &world(column), &[("data-class-forbidden", E)]);
    let judge = mission().edit(
        "registry/models/judge-large/model.yaml",
        "risk_tier: low",
        "risk_tier: low\npolicies: {allowed_data_classes: [public]}",
    );
    let judge = judge.edit(PROMPT, "owner: support-ops", "owner: o\ndata_class: internal");
    expect("a judge's model", &world(judge), &[("data-class-forbidden", E)]);
}

#[test]
fn models_are_named_by_a_snapshot() {
    let named = |name: &str| world(mission().edit(MODEL, "gpt-4o-mini-2024-07-18", name));
    expect("latest", &named("gpt-4o-latest"), &[("model-reference-floating", E)]);
    expect("no date", &named("gpt-4o"), &[("model-reference-floating", W)]);
}

#[test]
fn risky_models_need_an_approval() {
    let mut world = ready();
    world.approvals.clear();
    expect("nobody", &world, &[("approval-missing", E)]);
    world.registry = mission().edit(MODEL, "risk_tier: high", "risk_tier: medium");
    expect("a lower tier", &world, &[]);
}

#[test]
fn judges_are_calibrated_now_and_as_they_are() {
    let mut late = ready();
    late.calibration = Some(calibrated(&mission().whole(), "2026-09-01", 0.7));
    expect("old", &late, &[("judge-uncalibrated", E)]);
    let mut weak = ready();
    weak.calibration = Some(calibrated(&mission().whole(), "2026-11-20", 0.3));
    expect("weak", &weak, &[("judge-uncalibrated", E)]);
    let mut none = ready();
    none.calibration = None;
    expect("none", &none, &[("judge-uncalibrated", E)]);
    let mut other = ready();
    other.registry = mission().with("registry/judges/grounded/rubric.md", "Is it kind?\n");
    expect("another rubric", &other, &[("judge-uncalibrated", E)]);
    let advises = mission().edit(
        JUDGE,
        "calibration: {labels: labels.csv, min_weighted_kappa: 0.6, min_labels: 50, valid_days: 31}\n",
        "",
    );
    expect("it only advises", &world(advises), &[("judge-uncalibrated", W)]);
}

#[test]
fn there_is_a_way_back_that_serves_callers() {
    let mut lost = ready();
    lost.target = None;
    expect("no such release", &lost, &[("rollback-target-unreleased", E)]);
    lost.first = true;
    expect("before the first release", &lost, &[("rollback-target-unreleased", E)]);
    let silent = mission().edit(COMPOSITE, "rollback_to: 1.7.3\n", "");
    let mut silent = world(silent);
    silent.target = None;
    expect("none named", &silent, &[("rollback-target-unreleased", E)]);
    silent.first = true;
    expect("none needed", &silent, &[]);

    let grown = mission().edit(PROMPT, "question]\n  out", "question, locale]\n  out");
    let mut world = ready();
    world.registry = grown.clone();
    expect("within a major", &world, &[("rollback-target-incompatible", W)]);
    world.registry = grown.clone().edit(COMPOSITE, "\nversion: 1.8.0", "\nversion: 2.0.0");
    expect("across a major", &world, &[("rollback-target-incompatible", E)]);
    for (words, severity) in [
        ("1.7.3: every caller sends it since March", W),
        ("1.7.2: every caller sends it since March", E),
    ] {
        let answered = format!("\nrollback_breaks: \"{words}\"\nversion: 2.0.0");
        world.registry = grown.clone().edit(COMPOSITE, "\nversion: 1.8.0", &answered);
        expect(words, &world, &[("rollback-target-incompatible", severity)]);
        let wrong = "`rollback_breaks` answers for going back to 1.7.2, and not for this";
        let said = say(&world).remove(0);
        assert_eq!(said.message.contains(wrong), severity == E, "{}", said.message);
        assert_eq!(said.related.len(), usize::from(severity == E));
    }
    for words in ["1.7.3: -", "1.7.3: x", "1.7.3: \u{2014}\u{2014}"] {
        let answered = format!("\nrollback_breaks: \"{words}\"\nversion: 2.0.0");
        world.registry = grown.clone().edit(COMPOSITE, "\nversion: 1.8.0", &answered);
        expect(words, &world, &[("rollback-target-incompatible", E)]);
        let said = say(&world).remove(0).message;
        let wanted = "`rollback_breaks` gives no reason: expected words";
        assert!(said.contains(wanted) && !said.contains("not for this"), "{said}");
    }
}

#[test]
fn members_too_go_back_to_something_that_is_there() {
    let back = |to: &str| {
        mission().edit(PROMPT, "owner: support-ops", &format!("owner: o\nrollback_to: \"{to}\""))
    };
    expect("gone", &world(back("2.2.0")), &[("rollback-target-missing", E)]);
    let kept = back("2.2.0").after(&mission().edit(PROMPT, "\nversion: 2.3.0", "\nversion: 2.2.0"));
    expect("in an older tree", &world(kept), &[]);
}

#[test]
fn nothing_is_released_in_a_frozen_time() {
    let window = |from: &str, until: &str, journey: Option<&str>| Window {
        from: from.to_owned(),
        until: until.to_owned(),
        reason: Some("the holidays".to_owned()),
        journey: journey.map(ToOwned::to_owned),
    };
    let frozen = |window: Window| {
        let freeze = Freeze { windows: vec![window], ..Freeze::default() };
        World { freeze: Some(freeze), ..ready() }
    };
    let fault = &[("release-frozen", E)][..];
    let cases = [
        (window("2026-11-25T00:00:00Z", "2026-11-26T00:00:00Z", None), fault),
        (window("2026-11-25T13:00:00+01:00", "2026-11-26T00:00:00Z", None), fault),
        (window("2026-11-25T12:00:01Z", "2026-11-26T00:00:00Z", None), &[]),
        (window("2026-11-24T00:00:00Z", "2026-11-25T12:00:00Z", None), &[]),
        (window("2026-11-24T00:00:00Z", "2026-11-26T00:00:00Z", Some("copilot")), fault),
        (window("2026-11-24T00:00:00Z", "2026-11-26T00:00:00Z", Some("extract")), &[]),
        (window("2026-11-24T00:00:00Z", "whenever", None), fault),
    ];
    for (window, expected) in cases {
        expect(&format!("{window:?}"), &frozen(window), expected);
    }
    let mut elsewhere = frozen(window("2026-11-24T00:00:00Z", "2026-11-26T00:00:00Z", None));
    if let Some(freeze) = &mut elsewhere.freeze {
        freeze.blocks = vec![Blocked::Merge];
    }
    expect("it blocks other things", &elsewhere, &[]);
}

#[test]
fn every_missing_piece_is_named_at_once() {
    let mut world = world(
        mission()
            .edit(MODEL, "gpt-4o-mini-2024-07-18", "gpt-4o-latest")
            .edit(MODEL, "sunset: 2027-02-01", "sunset: 2026-01-01")
            .edit(ROUTER, "owner: support-ops", "owner: o\nstatus: draft"),
    );
    world.approvals.clear();
    world.calibration = None;
    let mut found = ids(&say(&world));
    found.sort_unstable();
    assert_eq!(
        found,
        [
            "approval-missing",
            "judge-uncalibrated",
            "member-draft",
            "member-sunset",
            "model-reference-floating"
        ]
    );
}
