//! Rules about what an entry uses, and in which version.

use super::{mirror, waived};
use crate::finding::{Family, Rule};
use crate::version::Bump;

const DEPENDS_ON: &str = "/properties/depends_on";
const BACK: &str = "a pin that goes back is judged by the same step, or by `dep-reexported-major`";

reasons! { Reference;
    DEP_ADDED: "dep-added", Minor, DEPENDS_ON, mirror("dep-removed"),
        "A dependency was added.",
        "Behaviour may change, the contract does not. What only measures or makes the entry (`edge: eval`, `edge: build`) asks for patch.";
    DEP_REMOVED: "dep-removed", Minor, DEPENDS_ON, mirror("dep-added"),
        "A dependency was removed.",
        "Behaviour may change, the contract does not. What only measures or makes the entry (`edge: eval`, `edge: build`) asks for patch.";
    DEP_PIN_CHANGED: "dep-pin-changed", Minor, DEPENDS_ON, mirror("dep-pin-changed"),
        "A dependency is used in another way, or in versions between which no step is announced.",
        "Between ranges, and between candidates of one release, the numbers do not say what may differ; behaviour may. What only measures or makes the entry (`edge: eval`, `edge: build`) asks for patch.";
    DEP_PIN_BUMPED_PATCH: "dep-pin-bumped-patch", Patch, DEPENDS_ON, waived(BACK),
        "What the entry runs with is pinned a patch away.",
        "A patch of the dependency changes nothing that its users can notice, so it is a patch here. changesets gives dependents a patch.";
    DEP_PIN_BUMPED_MINOR: "dep-pin-bumped-minor", Minor, DEPENDS_ON, waived(BACK),
        "What the entry runs with is pinned a minor version away.",
        "The dependency acts otherwise, so the entry does; its own contract is the same.";
    DEP_PIN_BUMPED_MAJOR: "dep-pin-bumped-major", Minor, DEPENDS_ON, waived(BACK),
        "What the entry runs with is pinned a major version away.",
        "The contract that broke is the dependency's, with this entry as its caller; callers of this entry see other behaviour and the same contract. changesets took forced majors of dependents back in 3.0 because they were noise.";
    DEP_REEXPORTED_MAJOR: "dep-reexported-major", Major, DEPENDS_ON,
        waived("the reverse is `dep-reexported-major` or, forwards over a minor version, `dep-pin-bumped-minor`"),
        "What the entry passes on to its callers broke its contract.",
        "With `edge: reexported` the contract of the dependency is part of this one, so it breaks with it; a pin that goes back to before a minor version withdraws what that version promised. Rust's public dependencies (RFC 3516) are of this kind.";
    DEP_EVAL_BUMPED: "dep-eval-bumped", Patch, DEPENDS_ON, mirror("dep-eval-bumped"),
        "What measures the entry is used in another version.",
        "What the entry does is the same, and what is known of it is new: scores from before and after cannot be compared.";
    DEP_BUILD_BUMPED: "dep-build-bumped", Minor, DEPENDS_ON, mirror("dep-build-bumped"),
        "What the entry is made from is used in another version.",
        "A thing made from other data may act otherwise, as with other weights; the contract is compared on its own.";
}
