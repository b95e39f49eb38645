//! Rules about promises: adding one is minor, withdrawing one is major.

use super::{mirror, waived};
use crate::finding::{Family, Rule};
use crate::version::Bump;

const POLICIES: &str = "/properties/policies";
const LICENSE: &str = "/properties/license";

reasons! { Policy;
    TIGHTENED: "policy-tightened", Minor, POLICIES, mirror("policy-loosened"),
        "A policy promises more than before.",
        "A promise added. The mission's own 2.2.0 to 2.3.0 tightens policies.";
    LOOSENED: "policy-loosened", Major, POLICIES, mirror("policy-tightened"),
        "A policy promises less than before.",
        "A promise withdrawn, on which somebody may rely. buf's `FIELD_SAME_UTF8_VALIDATION` is of this family.";
    INCOMPARABLE: "policy-incomparable", Major, POLICIES, mirror("policy-incomparable"),
        "A policy has another value, and nothing says which is stricter.",
        "What cannot be decided is taken for the worst. List the values under `policies.order` to make it decidable.";
    RETENTION_EXTENDED: "policy-retention-extended", Major, "/properties/retention_days",
        waived("the reverse is `policy-tightened`"),
        "Data may be kept longer than before.",
        "A promise to those whose data it is was withdrawn.";
    PII_CLASS_RAISED: "pii-class-raised", Major, "/properties/data_class",
        waived("the reverse is `policy-tightened`"),
        "The entry sees more sensitive data than before.",
        "Whoever uses the entry was told of less sensitive data.";
    LICENSE_ADDED: "license-added", Minor, LICENSE, mirror("license-removed"),
        "A licence is given where there was none.",
        "Without a licence nothing is granted, so any licence grants more than before.";
    LICENSE_EQUIVALENT: "license-equivalent", Patch, LICENSE, mirror("license-equivalent"),
        "The licence asks the same and is spelled otherwise.",
        "What is granted is the same; the published text changed. SPDX identifiers are compared without case, and the order of `OR` and `AND` means nothing.";
    LICENSE_MORE_PERMISSIVE: "license-more-permissive", Minor, LICENSE, mirror("license-more-restrictive"),
        "The licence asks less of those who use the entry.",
        "A promise added: whatever was allowed still is.";
    LICENSE_MORE_RESTRICTIVE: "license-more-restrictive", Major, LICENSE, mirror("license-more-permissive"),
        "The licence asks more of those who use the entry.",
        "Something that was allowed no longer is: a promise withdrawn.";
    LICENSE_INCOMPARABLE: "license-incomparable", Major, LICENSE, mirror("license-incomparable"),
        "Another licence is given, and the table of licences does not say which asks more.",
        "What cannot be decided is taken for the worst: another licence may withdraw what users rely on.";
    LICENSE_REMOVED: "license-removed", Major, LICENSE, mirror("license-added"),
        "A licence is no longer given.",
        "Without a licence nothing is granted.";
}
