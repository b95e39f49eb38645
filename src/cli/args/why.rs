//! What can be typed behind `why`.

use clap::Args;

use super::ListingFormat;

/// Arguments of `why`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  keelmark why prompt/billing_refund@2.3.0              what was measured, decided and live\n  keelmark why release/support_copilot@1.8.0 --format json"
)]
pub struct WhyArgs {
    /// An entry or a composite, with or without a version, a release tag, or the id of a record
    pub reference: String,
    /// How the page is written
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: ListingFormat,
}
