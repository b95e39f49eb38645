//! What a composite resolves to.

use super::mission::{COMPOSITE, MODEL, PROMPT, SUITE, ids, mission};
use crate::ident::composite::CompositeText;
use crate::registry::composite::Role;
use crate::release::composite::{Composition, Member};

fn references(composition: &Composition) -> Vec<String> {
    composition.members.iter().map(Member::reference).collect()
}

#[test]
fn the_missions_composite_is_read_and_named_by_slot() {
    let found = mission().whole();
    assert_eq!(found.string(), "data@golden_2025_09 + model@1.4.2 + prompt@2.3.0 + router@1.2.0");
    assert_eq!(
        found.full(),
        "data@dataset/golden_2025_09@1.0.0 + model@model/cust-copilot@1.4.2 + \
         prompt@prompt/billing_refund@2.3.0 + router@prompt/intent_route@1.2.0"
    );
    for text in [found.string(), found.full()] {
        let read: CompositeText = text.parse().expect("a composite string");
        assert_eq!(read.to_string(), text);
        let body = found.body().expect("a composite");
        for (slot, member) in read.members() {
            let pinned = found.members.iter().find(|m| m.slot == slot).expect("the slot");
            let written = body.members.get(slot).expect("the slot");
            assert!(member.means(written) || member.means(&pinned.reference()), "{slot}: {text}");
        }
    }
    let roles: Vec<(&str, Role)> =
        found.members.iter().map(|member| (member.slot.as_str(), member.role)).collect();
    assert_eq!(
        roles,
        [
            ("data", Role::Evidence),
            ("model", Role::Runtime),
            ("prompt", Role::Runtime),
            ("router", Role::Runtime)
        ]
    );
}

#[test]
fn what_proves_it_is_found_through_the_suites_and_members_are_not_repeated() {
    let found = mission().whole();
    let evidence: Vec<String> = found.evidence.iter().map(Member::reference).collect();
    assert_eq!(
        evidence,
        [
            "judge/grounded@1.0.0",
            "model/judge-large@1.0.0",
            "profile/standard_level2@1.0.0",
            "prompt/invoice_extract@1.0.0",
            "suite/support_golden@1.1.0",
        ]
    );
}

#[test]
fn an_alias_leads_to_the_entry_and_is_not_what_is_printed() {
    let found = mission().edit(COMPOSITE, "data: golden_2025_09", "data: golden_v2025_09").whole();
    assert!(found.string().starts_with("data@golden_2025_09 + "), "{}", found.string());
}

#[test]
fn a_pinned_version_comes_from_an_older_tree() {
    let before = mission();
    let now = mission()
        .edit(PROMPT, "version: 2.3.0", "version: 2.4.0")
        .edit(MODEL, "version: 1.4.2", "version: 1.5.0")
        .after(&before);
    let (old, new) = (before.whole(), now.whole());
    assert_eq!(references(&old), references(&new));
    assert_eq!(old.digest(), new.digest());
    // A suite that names no version of a prompt measures the one that the composite pins.
    assert!(new.evidence.iter().all(|member| member.name.id.as_str() != "billing_refund"));
}

#[test]
fn the_digest_follows_the_composite_and_every_member() {
    let base = mission().whole();
    assert_eq!(base.digest(), mission().whole().digest());
    for changed in [
        mission().edit(COMPOSITE, "channels: [canary, production]", "channels: [production]"),
        mission().edit(PROMPT, "owner: support-ops", "owner: support"),
        mission().edit(super::mission::ROWS, "In five days", "In six days"),
    ] {
        assert_ne!(changed.whole().digest(), base.digest());
    }
    // What proves the members is bound by the runs that cite it.
    let suite = mission().edit(SUITE, "owner: data-science", "owner: data");
    assert_eq!(suite.whole().digest(), base.digest());
}

#[test]
fn what_leads_nowhere_is_said_and_the_rest_is_resolved() {
    let cases = [
        ("billing_refund@2.3.0", "billing_refund@2.9.9", &["member-missing"][..]),
        ("billing_refund@2.3.0", "refund@2.3.0", &["member-missing"]),
        ("cust-copilot@1.4.2 #", "cust-copilot@^1.4 #", &["member-floating"]),
        ("cust-copilot@1.4.2 #", "cust-copilot #", &["member-floating"]),
        ("cust-copilot@1.4.2 #", "cust-copilot@^2 #", &["member-floating", "member-missing"]),
        ("data: golden_2025_09", "data: golden_2025_09@^1", &["member-floating"]),
        ("data: golden_2025_09", "data: golden_2025_09@1.0.0", &[]),
        ("support_golden@1.1.0", "support_golden@1.0.0", &["member-missing"]),
        ("billing_refund@2.3.0", "\"no reference\"", &["member-missing"]),
        ("billing_refund@2.3.0", "model/cust-copilot@1.4.2", &["member-missing"]),
        ("prompt/intent_route@1.2.0", "intent_route@1.2.0", &["member-missing"]),
    ];
    for (from, to, expected) in cases {
        let (found, findings) = mission().edit(COMPOSITE, from, to).composition();
        assert_eq!(ids(&findings), expected, "{to}");
        assert!(found.members.len() >= 3, "{to}");
        for finding in &findings {
            assert!(finding.help.is_some() && !finding.place.pointer.is_empty(), "{finding:?}");
        }
    }
}

#[test]
fn what_the_suites_need_is_asked_for_too() {
    let lost = mission().without("registry/models/judge-large/model.yaml");
    let (_, findings) = lost.composition();
    assert_eq!(ids(&findings), ["member-missing"]);
    assert_eq!(findings.first().map(|f| f.place.pointer.as_str()), Some("/suites/0"));
}
