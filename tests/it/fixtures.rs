//! The registries that stories begin with.

use crate::support::TestRepo;

/// The mission's prompt, as it is printed there.
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

/// A template with the mission's inputs.
pub(crate) const TEMPLATE: &str = "Context: {{ customer_context }}\nPolicy: {{ policy_snippets }}\n\nAnswer the question, and cite the policy: {{ question }}\n";

/// The mission's prompt file.
pub(crate) const PROMPT: &str = "registry/prompts/billing_refund/prompt.yaml";
/// Its template.
pub(crate) const PROMPT_TEMPLATE: &str = "registry/prompts/billing_refund/template.md";
/// A second prompt file.
pub(crate) const OTHER: &str = "registry/prompts/greeting/prompt.yaml";

/// The mission's prompt and its template, nothing else, not committed.
pub(crate) fn mission() -> TestRepo {
    let repo = TestRepo::init();
    repo.write(PROMPT, MISSION).write(PROMPT_TEMPLATE, TEMPLATE);
    repo
}

/// The mission's prompt, sealed and published on `main`, and a smaller prompt beside it.
pub(crate) fn published() -> TestRepo {
    let repo = mission();
    repo.write(OTHER, small("greeting"))
        .write("registry/prompts/greeting/template.md", "Hi {{ name }}\n");
    repo.stage(".");
    repo.keelmark(&["seal"]).is(0);
    repo.stage(".").commit("publish");
    repo
}

/// A prompt with one input, one output and no digest.
pub(crate) fn small(id: &str) -> String {
    format!(
        "id: {id}\nversion: 1.0.0\nowner: team\nschema:\n  inputs: [name]\n  outputs: [text]\nchangelog:\n  - \"1.0.0: first version\"\n"
    )
}
