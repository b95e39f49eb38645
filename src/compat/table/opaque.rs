//! Rules about changes that no rule of the kind's own describes.

use super::mirror;
use crate::finding::{Family, Rule};
use crate::version::Bump;

reasons! { Version;
    CONTRACT_CHANGE_UNKNOWN: "contract-change-unknown", Major, "", mirror("contract-change-unknown"),
        "The contract changed in a way that no rule can judge.",
        "What cannot be decided is taken for the worst; an override with a reason may lower it.";
    CONTENT_CHANGED: "content-changed", Patch, "", mirror("content-changed"),
        "The content changed and the contract did not.",
        "A published digest never changes under one number (`SemVer` item 3).";
}
