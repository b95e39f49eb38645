//! The files of the demo, as the program carries them.

/// The prompt's template, which the author edits.
pub(super) const TEMPLATE: &str = "registry/prompts/billing_refund/template.md";

/// The prompt's entry.
pub(super) const PROMPT: &str = "registry/prompts/billing_refund/prompt.yaml";

/// What is released.
pub(super) const COMPOSITE: &str = "registry/composites/support_copilot/composite.yaml";

/// Names a file of the demo with its text.
macro_rules! demo_file {
    ($path:literal) => {
        ($path, include_str!(concat!("../../../../templates/demo/", $path)))
    };
}

/// The registry as it is first released.
pub(super) const PUBLISHED: [(&str, &str); 19] = [
    demo_file!("keelmark.yaml"),
    demo_file!("registry/composites/support_copilot/composite.yaml"),
    demo_file!("registry/datasets/golden_2025_09/cases.csv"),
    demo_file!("registry/datasets/golden_2025_09/dataset.yaml"),
    demo_file!("registry/judges/grounded/judge.yaml"),
    demo_file!("registry/judges/grounded/rubric.md"),
    demo_file!("registry/models/cust-copilot/answers.yaml"),
    demo_file!("registry/models/cust-copilot/model.yaml"),
    demo_file!("registry/models/judge-large/model.yaml"),
    demo_file!("registry/models/judge-large/verdicts.yaml"),
    demo_file!("registry/policies/gates.yaml"),
    demo_file!("registry/policies/journeys.yaml"),
    demo_file!("registry/profiles/standard_level2/profile.yaml"),
    demo_file!("registry/prompts/billing_refund/prompt.yaml"),
    demo_file!("registry/prompts/billing_refund/template.md"),
    demo_file!("registry/suites/support_golden/fixtures.yaml"),
    demo_file!("registry/suites/support_golden/suite.yaml"),
    ("README.md", include_str!("../../../../templates/demo/README.md")),
    (".gitignore", include_str!("../../../../templates/init/gitignore")),
];

/// A friendlier text that has lost the rule about sources.
pub(super) const FRIENDLIER: &str =
    include_str!("../../../../templates/demo/friendlier/template.md");
/// The same with the rule.
pub(super) const MENDED: &str = include_str!("../../../../templates/demo/mended/template.md");
/// A new required input, under a number that is too small, and a value of it for every case.
pub(super) const CONTRACT: [(&str, &str); 4] = [
    (PROMPT, include_str!("../../../../templates/demo/after/prompt.yaml")),
    (TEMPLATE, include_str!("../../../../templates/demo/after/template.md")),
    (
        "registry/suites/support_golden/fixtures.yaml",
        include_str!("../../../../templates/demo/after/fixtures.yaml"),
    ),
    (
        "registry/suites/support_golden/suite.yaml",
        include_str!("../../../../templates/demo/after/suite.yaml"),
    ),
];

/// The version before the first that is released, which the prompt falls back to.
pub(super) const BEFORE: [(&str, &str); 2] = [
    (PROMPT, include_str!("../../../../templates/demo/before/prompt.yaml")),
    (TEMPLATE, include_str!("../../../../templates/demo/before/template.md")),
];
/// The change that asks for the locale, as it is set aside for the reader of the demo.
pub(super) const PATCH: (&str, &str) =
    ("locale.patch", include_str!("../../../../templates/demo/locale.patch"));

/// Returns the text of a file as it is first released.
pub(super) fn published(path: &str) -> &'static str {
    PUBLISHED.iter().find(|(p, _)| *p == path).map_or("", |(_, text)| *text)
}
