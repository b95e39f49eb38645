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
        "The same licence is spelled otherwise.",
        "Nothing but case and white space differs; SPDX identifiers are compared without case.";
    LICENSE_INCOMPARABLE: "license-incomparable", Major, LICENSE, mirror("license-incomparable"),
        "Another licence is given.",
        "Keelmark does not rank licences, so another one may withdraw what users rely on.";
    LICENSE_REMOVED: "license-removed", Major, LICENSE, mirror("license-added"),
        "A licence is no longer given.",
        "Without a licence nothing is granted.";
}
