use super::*;
use crate::release::tests::mission::{COMPOSITE, MODEL, PROMPT, ROUTER, Registry, mission};

/// 2026-11-23.
const NOW: i64 = 1_795_392_000;

const INPUTS: &str = "inputs: [customer_context, policy_snippets, question]";
const OUTPUTS: &str = "outputs: [answer, citations, confidence]";

/// From a live product to the mission's.
fn back_from(live: &Registry) -> Direction {
    direction(&live.whole(), &mission().whole(), NOW)
}

/// From the mission's product to a target.
fn back_to(target: &Registry) -> Direction {
    direction(&mission().whole(), &target.whole(), NOW)
}

fn shown(direction: &Direction) -> Vec<String> {
    let line = |b: &Break| format!("{} {}: {}", b.slot, b.rule, b.who);
    direction.breaks.iter().map(line).collect()
}

#[test]
fn what_was_added_for_callers_is_gone_on_the_way_back() {
    let cases = [
        // Nothing that anybody sees.
        (PROMPT, "owner: support-ops", "owner: others", ""),
        ("registry/prompts/billing_refund/template.md", "Answer {{", "Reply to {{", ""),
        (
            PROMPT,
            "[answer, citations, confidence]",
            "{answer: {}, citations: {}, confidence: {}}",
            "",
        ),
        // Inputs.
        (
            PROMPT,
            INPUTS,
            "inputs: [customer_context, policy_snippets, question, locale]",
            "prompt input-removed: callers that send `locale`",
        ),
        (
            PROMPT,
            INPUTS,
            "inputs: {customer_context: {}, policy_snippets: {type: string}, question: {type: string}}",
            "prompt input-type-narrowed: callers whose `customer_context` the target refuses",
        ),
        (
            PROMPT,
            INPUTS,
            "inputs: [policy_snippets, question]",
            "prompt input-required-added: callers that do not send `customer_context`",
        ),
        (
            PROMPT,
            INPUTS,
            "inputs: {customer_context: {type: string}, policy_snippets: {type: string}, question: {type: string, required: false}}",
            "prompt input-became-required: callers that do not send `question`",
        ),
        (
            PROMPT,
            INPUTS,
            "inputs: {customer_context: {type: string}, policy_snippets: {type: string}, question: {type: string, aliases: [query]}}",
            "prompt input-alias-removed: callers that send `question` as `query`",
        ),
        (
            PROMPT,
            INPUTS,
            "open: {inputs: true}\n  inputs: [customer_context, policy_snippets, question]",
            "prompt input-content-model-closed: callers that send inputs that are not listed",
        ),
        // Outputs.
        (
            PROMPT,
            OUTPUTS,
            "outputs: [answer, citations, confidence, tone]",
            "prompt output-removed: readers of `tone`",
        ),
        (PROMPT, OUTPUTS, "outputs: [answer, citations]", ""),
        (
            PROMPT,
            OUTPUTS,
            "open: {outputs: false}\n  outputs: [answer, citations, confidence]",
            "prompt output-content-model-opened: readers that refuse outputs that are not listed",
        ),
        (
            PROMPT,
            OUTPUTS,
            "outputs: {answer: {type: string}, citations: {}, confidence: {}}",
            "prompt output-type-widened: readers of `answer`",
        ),
        (
            PROMPT,
            "changelog:",
            "response_format: json\nchangelog:",
            "prompt output-format-changed: readers of the answer",
        ),
        (
            PROMPT,
            "changelog:",
            "streaming: true\nchangelog:",
            "prompt output-streaming-changed: readers of the answer",
        ),
        // A tool less is no surprise to anybody.
        (PROMPT, "changelog:", "tools: [{name: look_up}]\nchangelog:", ""),
        // Callers do not see the router.
        (ROUTER, "outputs: [desk]", "outputs: [desk, urgency]", ""),
    ];
    for (path, old, live, expected) in cases {
        let found = back_from(&mission().edit(path, old, live));
        assert_eq!(shown(&found).join("; "), expected, "{live}");
        assert_eq!(found.compatible(), expected.is_empty());
    }
}

#[test]
fn a_tool_that_comes_back_is_called_again() {
    let target = mission().edit(PROMPT, "changelog:", "tools: [{name: look_up}]\nchangelog:");
    let who = "callers that execute the model's tool calls";
    assert_eq!(shown(&back_to(&target)), [format!("prompt output-tool-added: {who}")]);
    let own = "tools: [{name: look_up, executed_by: runtime}]\nchangelog:";
    assert!(back_to(&mission().edit(PROMPT, "changelog:", own)).compatible());
}

#[test]
fn promises_about_data_licences_and_safety_break_and_others_are_told() {
    let safety = "safety_profile: standard_level2}\nmodel";
    let cases = [
        (
            PROMPT,
            "owner:",
            "data_class: public\nowner:",
            "prompt policy-loosened: people whose data is sent",
        ),
        (
            PROMPT,
            "owner:",
            "retention_days: 30\nowner:",
            "prompt policy-retention-extended: people whose data is kept",
        ),
        (
            MODEL,
            "owner:",
            "license: Apache-2.0\nowner:",
            "model license-removed: everybody who uses it under that licence",
        ),
        (
            MODEL,
            "policies: {",
            "policies: {residency: eu, ",
            "model policy-loosened: people whose data is processed",
        ),
        (
            PROMPT,
            safety,
            "safety_profile: standard_level2, guardrails: [no_pii]}\nmodel",
            "prompt policy-loosened: users whom the guardrails protect",
        ),
        (
            PROMPT,
            safety,
            "safety_profile: standard_level3}\nmodel",
            "prompt policy-incomparable: users whom the guardrails protect",
        ),
        (
            PROMPT,
            safety,
            "safety_profile: standard_level2, human_review: true}\nmodel",
            "prompt policy-loosened: users whose answers a person reviews",
        ),
        (
            COMPOSITE,
            "owner:",
            "data_class: internal\nowner:",
            " policy-loosened: people whose data is sent",
        ),
        (
            MODEL,
            "allowed_data_classes: [internal]",
            "allowed_data_classes: [internal, confidential]",
            "model policy-tightened: requests with `confidential` data",
        ),
        // What the target promises beyond the live one hurts nobody.
        (PROMPT, "safety_profile: standard_level2}\nmodel", "disallowed_sources: []}\nmodel", ""),
    ];
    for (path, old, live, expected) in cases {
        let live = mission().edit(path, old, live);
        let (live, _) = live.composition();
        let found = direction(&live, &mission().whole(), NOW);
        assert_eq!(shown(&found).join("; "), expected);
    }
    let cited = mission().edit(PROMPT, "requires_citations: true", "requires_citations: false");
    let found = back_to(&cited);
    assert!(found.compatible(), "{found:#?}");
    let said = "`prompt`: 2.3.0 → 2.3.0: `requires_citations` is no longer promised";
    assert_eq!(found.notes, [said]);
}

#[test]
fn what_the_target_may_not_be_given_is_told_where_nobody_knows_what_is_sent() {
    let live = mission().edit(MODEL, "allowed_data_classes: [internal], ", "");
    let found = back_from(&live);
    assert!(found.compatible(), "{found:#?}");
    let note = "`model`: only these data classes are allowed: internal".to_owned();
    assert!(found.notes.contains(&note), "{found:#?}");
}

#[test]
fn a_journey_that_the_target_does_not_serve_breaks() {
    let serving = |list: &str| {
        let line = format!("channels: [canary, production]\njourneys: [{list}]");
        mission().edit(COMPOSITE, "channels: [canary, production]", &line)
    };
    let way =
        |live: &Registry, target: &Registry| shown(&direction(&live.whole(), &target.whole(), NOW));
    let gone = [" rollback-incompatible: the journey `extract`"];
    assert_eq!(way(&serving("copilot, extract"), &serving("copilot")), gone);
    assert!(way(&serving("copilot"), &serving("copilot, extract")).is_empty());
    // Lists are newer than some composites.
    assert!(way(&serving("copilot"), &mission()).is_empty());
    let allowing = |list: &str, serving: Registry| {
        let to = format!("policies: {{allowed_journeys: [{list}], ");
        serving.edit(MODEL, "policies: {", &to)
    };
    let live = allowing("copilot, extract", mission());
    let shut_out = ["model policy-tightened: the journey `extract`"];
    assert_eq!(way(&live, &allowing("copilot", mission())), shut_out);
    // The model may serve what the composite does not.
    let live = allowing("copilot, extract", serving("copilot"));
    assert!(way(&live, &allowing("copilot", serving("copilot"))).is_empty());
}

#[test]
fn a_signature_of_its_own_is_what_callers_see() {
    let provides = |signature: &str| {
        let line = format!("provides: {signature}\nsuites:");
        mission().edit(COMPOSITE, "suites:", &line)
    };
    let way =
        |live: &Registry, target: &Registry| shown(&direction(&live.whole(), &target.whole(), NOW));
    let (small, large) = (
        provides("{inputs: [question], outputs: [answer]}"),
        provides("{inputs: [question, locale], outputs: [answer]}"),
    );
    assert_eq!(way(&large, &small), [" input-removed: callers that send `locale`"]);
    assert_eq!(way(&small, &large), [" input-required-added: callers that do not send `locale`"]);
    // The prompt behind it may change as it likes, and it is told.
    let inside = small.clone().edit(PROMPT, OUTPUTS, "outputs: [answer]");
    let found = direction(&small.whole(), &inside.whole(), NOW);
    assert!(found.compatible(), "{found:#?}");
    assert!(found.notes.iter().any(|note| note.contains("callers do not see")), "{found:#?}");
    // Another slot answers.
    let routed = way(&mission(), &provides("router"));
    assert!(
        routed.contains(&"router output-removed: readers of `answer`".to_owned()),
        "{routed:?}"
    );
    assert_eq!(way(&mission(), &provides("none")), [" rollback-incompatible: every caller"]);
    assert!(way(&provides("none"), &mission()).is_empty());
    let mixed = way(&mission(), &small);
    assert!(mixed.contains(&" output-removed: readers of `citations`".to_owned()), "{mixed:?}");
}

#[test]
fn a_target_that_cannot_run_breaks_everybody_unless_it_runs_now() {
    let gone = "`model/cust-copilot@1.4.2` may be gone since 2026-11-23";
    let sunset = mission().edit(MODEL, "sunset: 2027-02-01", "sunset: 2026-11-23");
    let found = back_to(&sunset);
    let who = "every request: the provider may refuse the model";
    assert_eq!(shown(&found), [format!("model member-sunset: {who}")]);
    assert_eq!(found.breaks.first().map(|b| b.text.as_str()), Some(gone));
    let day_before = direction(&mission().whole(), &sunset.whole(), NOW - 1);
    assert!(day_before.compatible());
    let found = direction(&sunset.whole(), &sunset.whole(), NOW);
    assert!(found.compatible(), "{found:#?}");
    assert_eq!(found.notes, [format!("{gone}, and it is live now")]);
    for status in ["draft", "removed"] {
        let line = format!("status: {status}\nowner:");
        let found = back_to(&mission().edit(PROMPT, "owner:", &line));
        assert_eq!(shown(&found), ["prompt member-draft: every caller"], "{status}");
    }
    let old = back_to(&mission().edit(
        PROMPT,
        "owner:",
        "status: deprecated\nsunset: 2026-01-01\nowner:",
    ));
    assert!(old.compatible());
    assert_eq!(
        old.notes,
        [
            "`prompt/billing_refund@2.3.0` is deprecated",
            "`prompt/billing_refund@2.3.0` may be gone since 2026-01-01",
        ]
    );
}

#[test]
fn the_way_to_itself_breaks_nobody_and_slots_that_go_are_told() {
    let found = back_to(&mission());
    assert_eq!(found, Direction::default());
    let found = back_to(&mission().edit(COMPOSITE, "  router: prompt/intent_route@1.2.0\n", ""));
    assert!(found.compatible());
    assert_eq!(found.notes, ["the slot `router` is empty again"]);
}
