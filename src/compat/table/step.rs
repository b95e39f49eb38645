//! Rules about the step from one number to the next.

use crate::finding::{Family, Rule};

macro_rules! faults {
    ($($name:ident = $kind:ident($id:literal, $summary:literal);)*) => {
        $(pub(crate) static $name: Rule = Rule {
            reads: "/properties/version",
            ..Rule::$kind($id, Family::Version, $summary)
        };)*
        pub(super) const ALL: &[&Rule] = &[$(&$name),*];
    };
}

faults! {
    UNCHANGED = error("version-unchanged",
        "The content of a published version changed under the same number.");
    DECREASED = error("version-decreased",
        "The version is lower than the one that it follows.");
    BUMP_INSUFFICIENT = error("version-bump-insufficient",
        "The step is smaller than the change needs.");
    BUMP_EXCESSIVE = warning("version-bump-excessive",
        "The step is larger than the change needs.");
    SKIPPED = warning("version-skipped",
        "The step leaves out numbers that are free.");
    LOWER_NOT_RESET = error("version-lower-not-reset",
        "A number was raised and the numbers behind it were not set to 0.");
    ALREADY_PUBLISHED = integrity("version-already-published",
        "The number is published with other content.");
    SLOT_TAKEN_ON_BASE = error("version-slot-taken-on-base",
        "The base carries the number with other content already.");
    BUILD_METADATA_ONLY = error("version-build-metadata-only",
        "Two versions differ in build metadata only, which has no precedence.");
    BUILD_METADATA_FORBIDDEN = error("version-build-metadata-forbidden",
        "The version carries build metadata.");
    PRERELEASE_AFTER_RELEASE = error("version-prerelease-after-release",
        "A pre-release follows its own release.");
    PRERELEASE_CORE_INSUFFICIENT = error("version-prerelease-core-insufficient",
        "The release that a pre-release leads to is a smaller step than the change needs.");
    PRERELEASE_NOT_INCREASING = error("version-prerelease-not-increasing",
        "A pre-release does not come after the one that it follows.");
    REVERTED = note("version-reverted",
        "Content and number are those of an earlier published version.");
}
