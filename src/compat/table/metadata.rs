//! Rules about names and lifecycle.

use super::mirror;
use crate::finding::{Family, Rule};
use crate::version::Bump;

const STATUS: &str = "/properties/status";
const ALIASES: &str = "/properties/aliases";
const PROVENANCE: &str = "/properties/provenance";
const CHANNELS: &str = "/properties/channels";

reasons! { Metadata;
    DESCRIPTION_CHANGED: "meta-description-changed", None, "/properties/description", mirror("meta-description-changed"),
        "The description of the entry changed.",
        "It is neither contract nor behaviour.";
    TAGS_CHANGED: "meta-tags-changed", None, "/properties/tags", mirror("meta-tags-changed"),
        "The tags of the entry changed.",
        "They are neither contract nor behaviour.";
    LINKS_CHANGED: "links-changed", None, "/properties/links", mirror("links-changed"),
        "A link of the entry changed.",
        "Links are neither contract nor behaviour.";
    LINKS_EVAL_RUN_CHANGED: "links-eval-run-changed", None, "/properties/links/properties/eval_run",
        mirror("links-eval-run-changed"),
        "The link to the eval run changed.",
        "Evidence is produced after the version is fixed.";
    OWNER_CHANGED: "owner-changed", None, "/properties/owner", mirror("owner-changed"),
        "The entry has another owner.",
        "A reorganisation must not ask for a version of every prompt; the change is listed.";
    ALIAS_ADDED: "entry-alias-added", Minor, ALIASES, mirror("entry-alias-removed"),
        "The entry answers to one more name.",
        "A promise added: references by that name resolve from now on.";
    ALIAS_REMOVED: "entry-alias-removed", Major, ALIASES, mirror("entry-alias-added"),
        "The entry no longer answers to a name.",
        "References by that name no longer resolve.";
    DEPRECATED_MARKED: "deprecated-marked", Minor, STATUS, mirror("deprecated-unmarked"),
        "The entry was marked as deprecated.",
        "`SemVer` item 7 asks for minor; cargo-semver-checks `type_marked_deprecated`.";
    DEPRECATED_UNMARKED: "deprecated-unmarked", Patch, STATUS, mirror("deprecated-marked"),
        "The entry is no longer deprecated.",
        "Nothing changes for users but a warning that goes. oasdiff lists it as information.";
    STATUS_WITHDRAWN: "status-withdrawn", Major, STATUS, mirror("status-raised"),
        "The entry is no longer offered for use.",
        "Those who use it must stop. oasdiff treats lowered stability so.";
    STATUS_RAISED: "status-raised", Minor, STATUS, mirror("status-withdrawn"),
        "The entry is offered for use.",
        "A promise added.";
    YANKED: "yanked", None, "/properties/changelog", mirror("yanked"),
        "A version was withdrawn, or is offered again.",
        "Its content stays as it was published, and so does every other version. cargo-semver-checks passes over yanked versions; Keep a Changelog marks them so.";
    SUNSET_CHANGED: "sunset-changed", Patch, "/properties/sunset", mirror("sunset-changed"),
        "The day changed from which the entry may be removed.",
        "Neither what is sent nor what arrives changes; whether the day leaves enough time is asked by the sunset rules.";
    REPLACEMENT_CHANGED: "replacement-changed", Patch, "/properties/replaced_by", mirror("replacement-changed"),
        "Another entry is named as the replacement.",
        "Advice to users; neither what is sent nor what arrives changes.";
    ROLLBACK_TARGET_CHANGED: "rollback-target-changed", Patch, "/properties/rollback_to",
        mirror("rollback-target-changed"),
        "The version to go back to changed.",
        "It is part of what was published, and changes nothing for callers.";
    PROVENANCE_ADDED: "provenance-added", Patch, PROVENANCE, mirror("provenance-removed"),
        "More is said about where rows or weights come from.",
        "The bytes are the same, and a statement about them is added to what was published.";
    PROVENANCE_CHANGED: "provenance-changed", Patch, PROVENANCE, mirror("provenance-changed"),
        "What is said about where rows or weights come from was corrected.",
        "The bytes are the same; other bytes are judged by the rules about rows and weights.";
    PROVENANCE_REMOVED: "provenance-removed", Major, PROVENANCE, mirror("provenance-added"),
        "Something is no longer said about where rows or weights come from.",
        "A promise withdrawn: whoever has to show the source, the signature or the attestation finds nothing.";
    CHANNEL_ADDED: "channel-added", Minor, CHANNELS, mirror("channel-removed"),
        "A composite is released to one more channel.",
        "A promise added: whoever watches the channel gets its releases.";
    CHANNEL_REMOVED: "channel-removed", Major, CHANNELS, mirror("channel-added"),
        "A composite is no longer released to a channel.",
        "Whoever watches the channel gets no further release.";
}
