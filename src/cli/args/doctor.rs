//! What can be typed about the set-up.

use clap::Args;

use super::ListingFormat;

/// Arguments of `doctor`
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  keelmark doctor\n  keelmark doctor --format json")]
pub struct DoctorArgs {
    /// How the checks are written
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: ListingFormat,
}
