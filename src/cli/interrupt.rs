//! Ctrl-C and SIGTERM: the first asks the run to end, the second ends the program.

use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Watches for an interrupt from now on, and returns what it sets.
///
/// Where no handler can be installed the program just ends on Ctrl-C, and the record is as a kill
/// leaves it.
pub(super) fn watch() -> &'static AtomicBool {
    static WATCH: Once = Once::new();
    WATCH.call_once(|| {
        let _ = ctrlc::set_handler(|| {
            if INTERRUPTED.swap(true, Ordering::AcqRel) {
                #[expect(
                    clippy::exit,
                    reason = "the second Ctrl-C means now; the record is whole up to its last line"
                )]
                std::process::exit(i32::from(super::exit::Exit::Interrupted.code()));
            }
            super::printer::Printer::insist(
                "interrupted; calls in flight are finished (Ctrl-C again to stop at once)",
            );
        });
    });
    &INTERRUPTED
}
