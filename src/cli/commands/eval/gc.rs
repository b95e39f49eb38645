//! `keelmark eval gc`.

use crate::cli::args::GcArgs;
use crate::cli::context::{Context, Wanted, refuse_misconfigured};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::store::answers::DiskCache;
use crate::cli::store::runs::Runs;
use crate::escape;
use crate::time;

/// Seconds of a day.
const DAY: i64 = 86_400;

pub(super) fn run(context: &Context, arguments: &GcArgs) -> Result<Exit, Failure> {
    let workspace = context.open()?.workspace(&Wanted::Worktree, context)?;
    refuse_misconfigured(&workspace)?;
    let top = workspace.opened.top()?;
    let limits = &workspace.settings.config.eval;
    let now = context.now();
    let runs = Runs::open(top)?;
    let oldest = time::date(now - i64::from(limits.retention_days) * DAY);
    let (stored, _) = runs.all()?;
    let mut removed = 0_u64;
    for run in stored {
        // Moments of one form compare as texts.
        if run.record.created < oldest {
            if arguments.dry_run {
                context.printer.say(&format!("would remove {}", escape::line(&run.record.id)));
            } else {
                runs.remove(&run)?;
            }
            removed += 1;
        }
    }
    let before = now - i64::from(limits.raw_retention_days) * DAY;
    let cache = DiskCache::open(top)?;
    let answers = if arguments.dry_run { cache.count(before)? } else { cache.collect(before)? };
    let verb = if arguments.dry_run { "would remove" } else { "removed" };
    context.printer.say(&format!(
        "{verb} {removed} runs older than {} days and {answers} cached answers older than {} days",
        limits.retention_days, limits.raw_retention_days
    ));
    Ok(Exit::Success)
}
