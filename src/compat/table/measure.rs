//! Rules about what measures: suites, judges and guardrail profiles.
//!
//! Whoever reads a score, a gate or a baseline relies on what was measured, with what, and how
//! strictly. Measuring more is a promise added, measuring less or something else is one withdrawn.

use super::mirror;
use crate::finding::{Family, Rule};
use crate::version::Bump;

reasons! { Eval;
    SUITE_MEASURES_MORE: "suite-measures-more", Minor, "/properties/when", mirror("suite-measures-less"),
        "A suite measures more than before, or more often.",
        "A promise added: what was measured still is, under the same names.";
    SUITE_MEASURES_LESS: "suite-measures-less", Major, "/properties/when", mirror("suite-measures-more"),
        "A suite no longer measures something, or does so less often.",
        "A promise withdrawn: a gate, a baseline or a release that rests on it finds nothing. Croissant counts records that were removed as major.";
    SUITE_MEASURES_OTHER: "suite-measures-other", Major, "/properties/target", mirror("suite-measures-other"),
        "A suite measures something else, or with something else, under the same name.",
        "Scores under one name are about another thing from then on. Croissant counts records that were edited as major.";
    SUITE_BINDING_CHANGED: "suite-binding-changed", Minor, "/properties/bind", mirror("suite-binding-changed"),
        "What a suite sends for a case, or reads from an answer, changed.",
        "The same thing is measured in another way: behaviour under an unchanged contract.";
    SUITE_BUDGET_CHANGED: "suite-budget-changed", Patch, "/properties/max_cost_usd", mirror("suite-budget-changed"),
        "The most that one run of a suite may cost changed.",
        "A run that is stopped has no score, so no score changes.";
    JUDGE_SCALE_CHANGED: "judge-scale-changed", Major, "/properties/scale", mirror("judge-scale-changed"),
        "The scores that a judge may give changed.",
        "Bars such as `>= 4.2` are written for a scale and mean something else on another one.";
    JUDGE_RUBRIC_CHANGED: "judge-rubric-changed", Minor, "/properties/rubric", mirror("judge-rubric-changed"),
        "The rubric of a judge changed.",
        "The judge is asked something else on the same scale: behaviour under an unchanged contract. White space alone is patch, line ends alone are nothing.";
    JUDGE_MODEL_CHANGED: "judge-model-changed", Minor, "/properties/model", mirror("judge-model-changed"),
        "Another model judges.",
        "Another model scores otherwise on the same scale; its calibration has to be repeated.";
    JUDGE_PARAMETERS_CHANGED: "judge-parameters-changed", Minor, "/properties/parameters", mirror("judge-parameters-changed"),
        "The model of a judge is asked with other parameters.",
        "Behaviour under an unchanged contract. A seed alone serves reproduction and is patch.";
    JUDGE_CARE_RAISED: "judge-care-raised", Minor, "/properties/votes", mirror("judge-care-lowered"),
        "A judge gives more verdicts for a case, or must score more of the cases.",
        "A promise added: scores are steadier, or rest on more cases.";
    JUDGE_CARE_LOWERED: "judge-care-lowered", Major, "/properties/votes", mirror("judge-care-raised"),
        "A judge gives fewer verdicts for a case, or may leave out more of the cases.",
        "A promise withdrawn, as with a policy whose threshold is laxer.";
    JUDGE_CALIBRATION_CHANGED: "judge-calibration-changed", None, "/properties/calibration", mirror("judge-calibration-changed"),
        "What is asked of a judge's agreement with people changed, or the scores of people themselves.",
        "Calibration is renewed on a calendar of its own and is bound to the behaviour's digest; a release asks whether it holds. A release that needs a calibrated judge reads the base's demand.";
    PROFILE_SERVICE_CHANGED: "profile-service-changed", Minor, "/properties/services", mirror("profile-service-changed"),
        "A service that guards was added, removed or replaced.",
        "Which texts are a hit may differ, which guardrails there are does not. The same service at another address, or with another time limit, is patch.";
}
