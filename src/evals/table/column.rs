//! One value for each case and repeat, held so that a hundred thousand cases are small.

use std::collections::BTreeMap;

/// A case's place in the table.
pub(super) type Row = u32;

/// The rows of a block.
const BLOCK: usize = 1024;

/// A value for each row. It grows by blocks: nothing is copied, and no larger copy leaves the space
/// of a smaller one empty.
#[derive(Debug, Clone, Default)]
pub(super) struct Dense<T> {
    blocks: Vec<Vec<T>>,
}

impl<T: Copy> Dense<T> {
    /// Stores a value; rows of the same block that were never set become `empty`.
    pub(super) fn set(&mut self, row: Row, value: T, empty: T) {
        let (block, at) = place(row);
        if block >= self.blocks.len() {
            self.blocks.resize_with(block + 1, Vec::new);
        }
        let Some(block) = self.blocks.get_mut(block) else { return };
        if block.is_empty() {
            block.resize(BLOCK, empty);
        }
        if let Some(place) = block.get_mut(at) {
            *place = value;
        }
    }

    pub(super) fn get(&self, row: Row) -> Option<T> {
        let (block, at) = place(row);
        self.blocks.get(block)?.get(at).copied()
    }
}

const fn place(row: Row) -> (usize, usize) {
    (row as usize / BLOCK, row as usize % BLOCK)
}

/// The values of one metric.
///
/// The first repeat of each case is dense, NaN where there is no value; further repeats are sparse.
#[derive(Debug, Clone, Default)]
pub(super) struct Column {
    first: Dense<f64>,
    more: BTreeMap<(Row, u32), f64>,
}

impl Column {
    /// Stores a value, which is finite.
    pub(super) fn set(&mut self, row: Row, repeat: u32, value: f64) {
        if repeat == 0 {
            self.first.set(row, value, f64::NAN);
        } else {
            self.more.insert((row, repeat), value);
        }
    }

    /// Iterates over the values of a case in the order of its repeats.
    pub(super) fn repeats(&self, row: Row) -> impl Iterator<Item = (u32, f64)> {
        let first = self.first.get(row).filter(|value| !value.is_nan());
        let more = self.more.range((row, 0)..=(row, u32::MAX));
        first.map(|value| (0, value)).into_iter().chain(more.map(|((_, repeat), v)| (*repeat, *v)))
    }

    /// Says whether a case has a value for a repeat.
    pub(super) fn has(&self, row: Row, repeat: u32) -> bool {
        if repeat == 0 {
            self.first.get(row).is_some_and(|value| !value.is_nan())
        } else {
            self.more.contains_key(&(row, repeat))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_any_block_hold_what_was_set_and_the_others_nothing() {
        let mut values = Dense::default();
        let last = u32::try_from(BLOCK).expect("small") - 1;
        for row in [0, last, last + 1, 5 * last] {
            values.set(row, row + 7, 0);
        }
        for row in [0, last, last + 1, 5 * last] {
            assert_eq!(values.get(row), Some(row + 7));
        }
        assert_eq!(values.get(1), Some(0));
        assert_eq!(values.get(3 * last), None);
        assert_eq!(values.get(u32::MAX), None);
    }
}
