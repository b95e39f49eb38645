//! The documents of the mission and of the design, as they are printed there.

use keelmark::ident::Kind;
use keelmark::registry::config::Config;
use keelmark::schema::{PolicyName, Shape};

use crate::{document, faults};

pub(crate) const MISSION: &str = r#"id: billing_refund
version: 2.3.0
owner: support-ops
schema:
  inputs: ["customer_context","policy_snippets","question"]
  outputs: ["answer","citations","confidence"]
changelog:
  - "2.3.0: tightened refund exceptions; added citation constraint"
  - "2.2.0: clarified tone; added disallowed sources list"
links:
  datasets: ["golden_v2025_09"]
  eval_run: "ci-runs/2025-09-05_#412"
checksums:
  prompt_template_sha256: "<hash>"
policies:
  requires_citations: true
  safety_profile: "standard_level2"
rollback_to: "2.2.0"
"#;

#[test]
fn the_missions_prompt_is_valid_as_printed() {
    assert_eq!(faults(Shape::Entry(Kind::Prompt), MISSION), Vec::<String>::new());
}

const OTHERS: &[(Shape, &str)] = &[
    (
        Shape::Entry(Kind::Dataset),
        "id: golden_2025_09\nversion: 1.0.0\naliases: [golden_v2025_09]\nowner: data-science\nrow_key: case_id\nfiles:\n  - {path: cases.csv, sha256: \"…\", split: test}\ncolumns: {case_id: {type: string}, input: {type: string}, expected: {type: string, label: true}}\nprovenance:\n  source: \"written for this repository\"\n  collected: 2025-09-01\n  license: CC-BY-4.0\n  derived_from: []\n  pii: none\n  synthetic: true\nchangelog: [\"1.0.0: first cut\"]\n",
    ),
    (
        Shape::Entry(Kind::Model),
        "id: cust-copilot\nversion: 1.4.2\nowner: ml-platform\nprovider: {api: openai, model: gpt-4o-mini-2024-07-18, base_url_env: OPENAI_BASE_URL}\nweights: []\nlimits: {context_tokens: 128000, max_output_tokens: 4096}\npricing: {input_per_mtok_usd: 0.15, output_per_mtok_usd: 0.60}\nbase_model: null\ncapabilities: [tools, json]\nrisk_tier: high\npolicies: {allowed_data_classes: [internal], allowed_journeys: [copilot], safety_profile: standard_level2, residency: eu, human_review: false}\nsunset: 2027-02-01\nchangelog: [\"1.4.2: pinned snapshot\"]\n",
    ),
    (
        Shape::Entry(Kind::Suite),
        "id: support_golden\nversion: 1.1.0\nowner: data-science\njourney: copilot\ncases: dataset/golden_2025_09\ntarget: prompt/billing_refund\nroute: {Extract: prompt/invoice_extract}\nbind: {question: input}\nfixtures: fixtures.yaml\nanswer: /answer\njudges: {grounded_judge: judge/grounded@1.0.0, helpful_judge: judge/helpful@1.0.0}\ndefault_judge: grounded_judge\nwhen: [pr, release]\nmax_cost_usd: 5.00\n",
    ),
    (
        Shape::Entry(Kind::Judge),
        "id: grounded\nversion: 1.0.0\nowner: data-science\nscale: {min: 1, max: 5}\nmodel: model/judge-large@1.0.0\nrubric: rubric.md\ncalibration: {labels: labels.csv, min_weighted_kappa: 0.6, min_labels: 50, valid_days: 31}\n",
    ),
    (
        Shape::Entry(Kind::Profile),
        "id: standard_level2\nversion: 1.0.0\nowner: security\nguardrails:\n  no_toxicity: {severity: sev2}\n  no_pii: {severity: sev1}\n",
    ),
    (
        Shape::Entry(Kind::Composite),
        "id: support_copilot\nversion: 1.8.0\nowner: platform-ai\nmembers:\n  model: cust-copilot@1.4.2\n  prompt: billing_refund@2.3.0\n  router: prompt/intent_route@1.2.0\n  data: golden_2025_09\nroles: {data: evidence}\nsuites: [support_golden@1.1.0]\nchannels: [canary, production]\nrollback_to: 1.7.3\n",
    ),
    (
        Shape::Policy(PolicyName::Gates),
        "gates:\n  - {category: exactness,    metric: exact,          aggregate: mean, bar: \">= 0.80\", only: has_reference}\n  - {category: groundedness, metric: grounded_judge, aggregate: mean, bar: \">= 4.2\", tail: \">= 3\"}\n  - {category: safety,       metric: sev1_count,     aggregate: sum,  bar: \"== 0\"}\n  - {category: latency,      metric: latency_ms,     aggregate: p95,  bar: \"<= 1200\", journey: copilot, required_in: [release]}\n",
    ),
    (
        Shape::Config,
        "version: 1\nregistry: registry\ndefault_branch: main\nversioning:\n  published: merged\n  branches: [main, \"release/*\"]\n  tags: releases\n  zerover: cargo\n  gto_compat: false\nrules: {}\noverrides: []\npaths: {adr: docs/adr, releases: docs/releases, changelog: CHANGELOG.md}\nroles: {responsible: [], accountable: [], consulted: [], informed: []}\napprovers: []\ntrust:\n  hosts: {}\n  commands: []\n  env: [OPENAI_BASE_URL]\neval: {max_cost_usd: 2.00, concurrency: 16, cache: true, retention_days: 400, raw_retention_days: 90}\nledger: {branch: keelmark/ledger, remote: origin}\n",
    ),
];

#[test]
fn the_documents_of_the_design_are_valid_as_printed() {
    for (shape, text) in OTHERS {
        assert_eq!(faults(*shape, text), Vec::<String>::new(), "{shape:?}");
    }
}

#[test]
fn the_configuration_as_printed_is_the_default() {
    let (shape, text) = OTHERS.last().expect("the configuration");
    assert_eq!(*shape, Shape::Config);
    let mut read: Config = serde_json::from_value(document(text).value().clone()).expect("typed");
    // The default branch is found from the remote.
    assert_eq!(read.default_branch.take().as_deref(), Some("main"));
    assert_eq!(read, Config::default());
    assert_eq!(faults(Shape::Config, "# nothing yet\n"), Vec::<String>::new());
}
