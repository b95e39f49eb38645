//! Named steps at which a test may end the process, as a power cut would.
//!
//! Programs that users get have nothing of it: only builds with debug assertions look.

/// Says that a step is reached. Where `KEELMARK_CRASH_AT` names it, the process ends here and now.
pub(in crate::cli) fn reach(step: &'static str) {
    if cfg!(debug_assertions) && super::env::EnvVars::read().get("KEELMARK_CRASH_AT") == Some(step)
    {
        std::process::abort();
    }
}
