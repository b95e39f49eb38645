//! What the ledger says, as the documents show it.

/// The last recorded state of things. Times are ISO 8601, UTC, as the records have them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LedgerView {
    /// The channels by name.
    pub channels: Vec<ChannelView>,
    /// The last releases, the newest first.
    pub releases: Vec<ReleaseView>,
    /// The last rehearsal of each channel.
    pub rehearsals: Vec<RehearsalView>,
}

/// What is live on a channel.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChannelView {
    /// Its name.
    pub name: String,
    /// The composite.
    pub composite: String,
    /// Its version.
    pub version: String,
    /// Its tag, without `refs/tags/`.
    pub tag: String,
    /// Since when.
    pub since: String,
    /// Who brought it there.
    pub by: String,
    /// The tag to go back to.
    pub rollback_to: Option<String>,
    /// Gates that are waived.
    pub waivers: Vec<WaiverView>,
    /// When the post-mortem of a rollback is due.
    pub post_mortem_due: Option<String>,
}

/// A gate that is waived for a while.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WaiverView {
    /// The gate.
    pub gate: String,
    /// Until when.
    pub until: String,
    /// Why.
    pub reason: String,
    /// By whom.
    pub by: String,
}

/// A release.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReleaseView {
    /// The composite.
    pub composite: String,
    /// Its version.
    pub version: String,
    /// Its tag, without `refs/tags/`.
    pub tag: String,
    /// When.
    pub at: String,
    /// By whom.
    pub by: String,
    /// The step: `major`, `minor` or `patch`.
    pub step: String,
    /// The path of its decision record.
    pub adr: Option<String>,
}

/// A rehearsal of the way back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RehearsalView {
    /// The channel.
    pub channel: String,
    /// When.
    pub at: String,
    /// The tag that was to be gone back to; `None` where there was none.
    pub target: Option<String>,
    /// Whether the way was free.
    pub ok: bool,
}

impl LedgerView {
    /// Returns the last rehearsal of a channel.
    pub(super) fn rehearsal(&self, channel: &str) -> Option<&RehearsalView> {
        self.rehearsals.iter().filter(|r| r.channel == channel).max_by(|a, b| a.at.cmp(&b.at))
    }
}
