//! Blobs that will be read soon, fetched by one `git cat-file --batch` beside the work on them.
//!
//! Git keeps the bases of deltas between objects and gix does not, which makes git about five times
//! as fast over the thousands of similar small files of a registry. Whatever does not arrive, or is
//! too large, or too much to be held, is read the ordinary way: the prefetch only saves time.

use std::collections::{HashMap, HashSet};
use std::io::{BufRead, BufReader, BufWriter, Read as _, Write as _};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use super::command::Batch;
use crate::snapshot::ObjectName;

/// Larger blobs are left to whoever wants them.
const MOST_BYTES_EACH: usize = 1 << 20;
/// Beyond this many bytes nothing more is held.
const MOST_BYTES_HELD: usize = 64 << 20;
/// As many blobs are handed over at once, at most: who works should not wait for more.
const MOST_TOGETHER: usize = 64;

/// Blobs on their way.
#[derive(Debug, Default)]
pub(super) struct Prefetch {
    state: Mutex<State>,
    arrived: Condvar,
}

#[derive(Debug, Default)]
struct State {
    awaited: HashSet<ObjectName>,
    held: HashMap<ObjectName, Vec<u8>>,
    bytes: usize,
}

impl Prefetch {
    /// Starts to fetch `names` from a running `git cat-file --batch`, in this order.
    pub(super) fn start(self: &Arc<Self>, names: Vec<ObjectName>, mut git: Batch) {
        let Some((stdin, stdout)) = git.ends() else { return };
        self.lock().awaited.extend(names.iter().copied());
        let order = names.clone();
        thread::spawn(move || {
            // A program that went away wants no more names; the reader notices.
            let mut stdin = BufWriter::new(stdin);
            let written = names.iter().try_for_each(|name| writeln!(stdin, "{name}"));
            drop(written.and_then(|()| stdin.flush()));
        });
        let prefetch = Arc::clone(self);
        thread::spawn(move || {
            let mut reader = BufReader::with_capacity(1 << 18, stdout);
            let mut arrived = Vec::new();
            for name in order {
                let Some(answer) = read_one(&mut reader) else { break };
                arrived.push((name, answer));
                // What came together is handed over together: every handing over wakes somebody.
                if reader.buffer().is_empty() || arrived.len() >= MOST_TOGETHER {
                    prefetch.deliver(arrived.drain(..));
                }
            }
            prefetch.deliver(arrived.into_iter());
            // Whoever still waits is sent the ordinary way.
            prefetch.lock().awaited.clear();
            prefetch.arrived.notify_all();
            git.wait();
        });
    }

    /// Takes a blob that was asked for, and waits for it where it is still on its way. `None` where
    /// it has to be read the ordinary way.
    pub(super) fn take(&self, name: ObjectName) -> Option<Vec<u8>> {
        let mut state = self.lock();
        loop {
            if let Some(bytes) = state.held.remove(&name) {
                state.bytes -= bytes.len();
                return Some(bytes);
            }
            if !state.awaited.contains(&name) {
                return None;
            }
            state = self.arrived.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn deliver(&self, answers: impl Iterator<Item = (ObjectName, Answer)>) {
        let mut state = self.lock();
        for (name, answer) in answers {
            state.awaited.remove(&name);
            if let Answer::Blob(bytes) = answer
                && state.bytes + bytes.len() <= MOST_BYTES_HELD
            {
                state.bytes += bytes.len();
                if let Some(twin) = state.held.insert(name, bytes) {
                    state.bytes -= twin.len();
                }
            }
        }
        drop(state);
        self.arrived.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What git says to one name.
#[derive(Debug, PartialEq, Eq)]
enum Answer {
    /// A blob.
    Blob(Vec<u8>),
    /// Nothing that is to be held.
    PassedOver,
}

/// Reads one answer: `<name> <kind> <size>`, the bytes, a line end; or `<name> missing`.
///
/// `None` is the end of answers.
fn read_one(reader: &mut impl BufRead) -> Option<Answer> {
    let mut head = String::new();
    if reader.read_line(&mut head).ok()? == 0 {
        return None;
    }
    let mut words = head.split_ascii_whitespace().skip(1);
    let kind = words.next()?;
    let Some(size) = words.next() else { return Some(Answer::PassedOver) };
    let size: u64 = size.parse().ok()?;
    let length = usize::try_from(size).unwrap_or(usize::MAX);
    if kind != "blob" || length > MOST_BYTES_EACH {
        let skipped = std::io::copy(&mut reader.by_ref().take(size + 1), &mut std::io::sink());
        return (skipped.ok()? == size + 1).then_some(Answer::PassedOver);
    }
    let mut bytes = vec![0; length];
    reader.read_exact(&mut bytes).ok()?;
    reader.read_exact(&mut [0]).ok()?;
    Some(Answer::Blob(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read_one_by_one_and_large_ones_are_passed_over() {
        let large = "x".repeat(MOST_BYTES_EACH + 1);
        let answers = format!(
            "a blob 3\none\nb missing\nc tree 2\nxx\nd blob {}\n{large}\ne blob 0\n\n",
            large.len()
        );
        let mut reader = BufReader::new(answers.as_bytes());
        let mut next = || read_one(&mut reader);
        assert_eq!(next(), Some(Answer::Blob(b"one".to_vec())));
        assert_eq!(next(), Some(Answer::PassedOver));
        assert_eq!(next(), Some(Answer::PassedOver));
        assert_eq!(next(), Some(Answer::PassedOver));
        assert_eq!(next(), Some(Answer::Blob(Vec::new())));
        assert_eq!(next(), None);
    }

    #[test]
    fn what_does_not_arrive_is_not_waited_for() {
        let prefetch = Prefetch::default();
        let name = |byte| ObjectName::new(&[byte; 20]);
        prefetch.lock().awaited.extend([name(1), name(2), name(3)]);
        prefetch.deliver([(name(1), Answer::Blob(b"one".to_vec()))].into_iter());
        prefetch.deliver([(name(2), Answer::PassedOver)].into_iter());
        assert_eq!(prefetch.take(name(1)).as_deref(), Some(&b"one"[..]));
        assert_eq!(prefetch.take(name(1)), None);
        assert_eq!(prefetch.take(name(2)), None);
        assert_eq!(prefetch.take(name(9)), None);
        let prefetch = Arc::new(prefetch);
        let waiting = Arc::clone(&prefetch);
        let waiter = thread::spawn(move || waiting.take(name(3)));
        prefetch.deliver([(name(3), Answer::Blob(b"three".to_vec()))].into_iter());
        assert_eq!(waiter.join().expect("no panic").as_deref(), Some(&b"three"[..]));
    }
}
