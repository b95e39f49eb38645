//! `--watch`: asks again whenever a file of the registry changes.

use std::collections::BTreeMap;
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use crate::cli::args::TryArgs;
use crate::cli::context::{CONFIG_FILE, Context, Wanted};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::printer::Printer;
use crate::cli::{apply, interrupt};
use crate::path::RepoPath;
use crate::time::{self, Clock};

/// How often files are looked at.
const GLANCE: Duration = Duration::from_millis(300);

/// When each watched file was written last, and its size.
type Stamp = BTreeMap<PathBuf, (Option<SystemTime>, u64)>;

/// Asks, and asks again after each change, until Ctrl-C. What goes wrong is shown, and mending it is
/// a change like any other; only what was typed wrongly at the start ends the loop.
pub(super) fn run(context: &Context, arguments: &TryArgs) -> Result<Exit, Failure> {
    let clock = context.clock();
    let mut author =
        Author { context, arguments, clock: &*clock, watched: Vec::new(), attempts: 0 };
    match watch(&*clock, interrupt::watch(), &mut author) {
        ControlFlow::Break(failure) => Err(failure),
        ControlFlow::Continue(()) => Ok(Exit::Interrupted),
    }
}

/// Something that changes, and what is done about it.
trait Work {
    /// What the work looks like; equal looks mean that nothing has changed.
    type Look: PartialEq;

    /// Looks at it.
    fn look(&mut self) -> Self::Look;

    /// Does it once; breaks where there is no use in going on.
    fn attempt(&mut self) -> ControlFlow<Failure>;
}

/// Does the work once, and again after each change until `stop` is set. A change counts when one
/// glance later there is no other: editors write a file in several steps.
fn watch<W: Work>(clock: &dyn Clock, stop: &AtomicBool, work: &mut W) -> ControlFlow<Failure> {
    loop {
        // What changes during the attempt is asked again.
        let before = work.look();
        work.attempt()?;
        let mut last = None;
        loop {
            if stop.load(Ordering::Acquire) {
                return ControlFlow::Continue(());
            }
            clock.sleep(GLANCE);
            let now = work.look();
            if now != before && last.as_ref() == Some(&now) {
                break;
            }
            last = Some(now);
        }
    }
}

/// An author at work on a prompt.
struct Author<'a> {
    context: &'a Context,
    arguments: &'a TryArgs,
    clock: &'a dyn Clock,
    /// The files and folders that are looked at.
    watched: Vec<PathBuf>,
    attempts: usize,
}

impl Author<'_> {
    /// Finds the registry, its configuration and the file of inputs; the configuration may move the
    /// registry.
    fn watched(&self) -> Result<Vec<PathBuf>, Failure> {
        let workspace = self.context.open()?.workspace(&Wanted::Worktree, self.context)?;
        let top = workspace.opened.top()?;
        let config = workspace.config_path.clone().unwrap_or_else(|| RepoPath::from(CONFIG_FILE));
        let mut watched =
            vec![apply::on_disk(top, workspace.layout.root()), apply::on_disk(top, &config)];
        watched.extend(self.arguments.file.clone());
        Ok(watched)
    }
}

impl Work for Author<'_> {
    type Look = Stamp;

    fn look(&mut self) -> Stamp {
        if self.watched.is_empty() {
            self.watched = self.watched().unwrap_or_default();
        }
        let mut stamp = Stamp::new();
        for path in &self.watched {
            add(path, &mut stamp);
        }
        stamp
    }

    fn attempt(&mut self) -> ControlFlow<Failure> {
        if self.attempts > 0 {
            let now = time::moment(self.clock.unix_seconds());
            self.context.printer.say(&format!("\n──── {now} ────"));
        }
        self.attempts += 1;
        match super::once(self.context, self.arguments) {
            Err(failure) if self.attempts == 1 && failure.exit() == Exit::Usage => {
                return ControlFlow::Break(failure);
            }
            Err(failure) => Printer::insist(&failure.to_string()),
            Ok(_) => {}
        }
        if let Ok(watched) = self.watched() {
            self.watched = watched;
        }
        ControlFlow::Continue(())
    }
}

/// Adds a file, or every file below a folder. Hidden folders are git's and Keelmark's own.
fn add(path: &Path, stamp: &mut Stamp) {
    // What cannot be looked at now is looked at again in a moment.
    let Ok(found) = fs::symlink_metadata(path) else { return };
    if !found.is_dir() {
        stamp.insert(path.to_path_buf(), (found.modified().ok(), found.len()));
        return;
    }
    let Ok(entries) = fs::read_dir(path) else { return };
    for entry in entries.flatten() {
        if !entry.file_name().as_encoded_bytes().starts_with(b".") {
            add(&entry.path(), stamp);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::sync::atomic::AtomicU64;

    use super::*;

    /// A clock that never waits, and counts how long it should have.
    #[derive(Default)]
    struct Counted(AtomicU64);

    impl Clock for Counted {
        fn unix_seconds(&self) -> i64 {
            0
        }

        fn elapsed(&self) -> Duration {
            Duration::from_millis(self.0.load(Ordering::Relaxed))
        }

        fn sleep(&self, duration: Duration) {
            let millis = u64::try_from(duration.as_millis()).expect("short");
            self.0.fetch_add(millis, Ordering::Relaxed);
        }
    }

    /// Work that looks as the script says, one look after the other; at its end it is stopped.
    struct Scripted<'a> {
        looks: VecDeque<u32>,
        stop: &'a AtomicBool,
        attempts: Vec<u32>,
        last: u32,
        breaks_at: Option<u32>,
    }

    impl Work for Scripted<'_> {
        type Look = u32;

        fn look(&mut self) -> u32 {
            self.last = self.looks.pop_front().unwrap_or(self.last);
            if self.looks.is_empty() {
                self.stop.store(true, Ordering::Release);
            }
            self.last
        }

        fn attempt(&mut self) -> ControlFlow<Failure> {
            self.attempts.push(self.last);
            if self.breaks_at == Some(self.last) {
                return ControlFlow::Break(Failure::usage("typed wrongly"));
            }
            ControlFlow::Continue(())
        }
    }

    fn attempts(looks: &[u32], breaks_at: Option<u32>) -> (Vec<u32>, bool, Duration) {
        let (clock, stop) = (Counted::default(), AtomicBool::new(false));
        let looks = looks.iter().copied().collect();
        let mut work = Scripted { looks, stop: &stop, attempts: Vec::new(), last: 0, breaks_at };
        let ended = watch(&clock, &stop, &mut work);
        (work.attempts, ended.is_break(), clock.elapsed())
    }

    #[test]
    fn a_change_that_has_settled_is_asked_again_and_a_stop_ends_the_loop() {
        // Nothing changes; then a file is written in two steps; then nothing again.
        let (asked, broke, waited) = attempts(&[1, 1, 1, 2, 3, 3, 3, 3, 3], None);
        assert_eq!(asked, [1, 3]);
        assert!(!broke);
        assert_eq!(waited, GLANCE * 7);
        // What is undone before it settles was no change.
        assert_eq!(attempts(&[1, 2, 1, 1, 1], None).0, [1]);
        // What changes while the answer is waited for is seen at the next glance.
        assert_eq!(attempts(&[1, 2, 2, 2, 2], None).0, [1, 2]);
    }

    #[test]
    fn work_that_makes_no_sense_ends_the_loop_at_once() {
        let (asked, broke, waited) = attempts(&[1, 1, 2, 2, 2], Some(1));
        assert_eq!((asked, broke, waited), (vec![1], true, Duration::ZERO));
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "the test makes the files")]
    fn every_file_below_the_registry_counts_and_hidden_folders_do_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let look = || {
            let mut stamp = Stamp::new();
            add(folder.path(), &mut stamp);
            stamp
        };
        fs::create_dir_all(folder.path().join("a/b")).expect("folders");
        fs::write(folder.path().join("a/b/c.md"), "one").expect("a file");
        let first = look();
        assert_eq!(first.len(), 1);
        fs::create_dir_all(folder.path().join(".keelmark")).expect("a folder");
        fs::write(folder.path().join(".keelmark/run.json"), "{}").expect("a file");
        assert_eq!(look(), first);
        fs::write(folder.path().join("a/b/c.md"), "four").expect("a file");
        assert_ne!(look(), first);
    }
}
