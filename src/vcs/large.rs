//! Large blobs that were read a moment ago: a comparison of rows reads the same one several times.

use std::sync::{Arc, Mutex};

use super::store::lock;
use crate::snapshot::ObjectName;

/// The most bytes that are held at once; what does not fit is read anew each time.
const MOST_BYTES_HELD: u64 = 160 << 20;

/// Blobs that are held.
#[derive(Debug, Default)]
pub(super) struct Large(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    held: Vec<(ObjectName, Arc<Vec<u8>>)>,
    /// Bytes of blobs that are on their way.
    coming: u64,
}

/// Whether a blob can be had from memory.
enum Room {
    Held(Arc<Vec<u8>>),
    Free,
    Full,
}

impl Large {
    /// Returns a blob that is held, or reads it and holds it. `None` where there is no room beside
    /// those that somebody reads, or where it cannot be read: then it has to be streamed.
    pub(super) fn get(
        &self,
        name: ObjectName,
        size: u64,
        read: impl FnOnce() -> Option<Vec<u8>>,
    ) -> Option<Arc<Vec<u8>>> {
        match self.room(name, size) {
            Room::Held(bytes) => Some(bytes),
            Room::Full => None,
            Room::Free => {
                let bytes = read().map(Arc::new);
                let mut state = lock(&self.0);
                state.coming = state.coming.saturating_sub(size);
                state.held.extend(bytes.iter().map(|bytes| (name, Arc::clone(bytes))));
                bytes
            }
        }
    }

    fn room(&self, name: ObjectName, size: u64) -> Room {
        let mut state = lock(&self.0);
        if let Some((_, bytes)) = state.held.iter().find(|(held, _)| *held == name) {
            return Room::Held(Arc::clone(bytes));
        }
        if size > MOST_BYTES_HELD {
            return Room::Full;
        }
        if state.bytes().saturating_add(size) > MOST_BYTES_HELD {
            // What nobody reads makes way.
            state.held.retain(|(_, bytes)| Arc::strong_count(bytes) > 1);
        }
        if state.bytes().saturating_add(size) > MOST_BYTES_HELD {
            return Room::Full;
        }
        state.coming += size;
        Room::Free
    }
}

impl State {
    fn bytes(&self) -> u64 {
        self.held.iter().map(|(_, bytes)| bytes.len() as u64).sum::<u64>() + self.coming
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(byte: u8) -> ObjectName {
        ObjectName::new(&[byte; 20])
    }

    #[test]
    fn what_is_held_is_not_read_again() {
        let large = Large::default();
        let first = large.get(name(1), 3, || Some(b"one".to_vec())).expect("read");
        let again = large.get(name(1), 3, || panic!("read twice")).expect("held");
        assert!(Arc::ptr_eq(&first, &again));
        assert_eq!(large.get(name(2), 3, || None), None);
        assert_eq!(lock(&large.0).bytes(), 3, "what could not be read takes no room");
    }

    #[test]
    fn what_somebody_reads_stays_and_the_rest_makes_way() {
        let large = Large::default();
        let half = MOST_BYTES_HELD / 2;
        let bytes = || Some(vec![0; usize::try_from(half).expect("a size")]);
        let read = large.get(name(1), half, bytes).expect("read");
        drop(large.get(name(2), half, bytes));
        assert!(large.get(name(3), half, bytes).is_some(), "the second one made way");
        let third = large.get(name(3), half, || None).expect("held");
        assert_eq!(large.get(name(4), 1, || Some(vec![0])), None, "both are read");
        assert_eq!(large.get(name(5), MOST_BYTES_HELD + 1, || None), None);
        drop((read, third));
        assert!(large.get(name(4), 1, || Some(vec![0])).is_some());
    }
}
