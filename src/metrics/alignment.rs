//! Edit distance and longest common subsequence, 64 rows of the table at a time.
//!
//! Both walk the table in bands of 64 rows, kept as the bits of a word, and carry what leaves a
//! band at its lower edge to the next. Time is `rows × columns / 64`, memory linear.

use super::tokens::UNKNOWN;
use super::{MetricFault, TextMetric};

/// The largest product of two lengths that is aligned, the common beginning and end aside.
///
/// Two texts of 131,072 units reach it. Edit distance then takes about a second.
const LIMIT: usize = 1 << 34;

const BAND: usize = 64;

/// Cuts off what two texts begin and end with in common, and refuses those that stay too long.
///
/// Neither the distance nor, less what is cut off, the common subsequence changes by the cut.
pub(super) fn guard<'a>(
    metric: TextMetric,
    answer: &'a [u32],
    reference: &'a [u32],
) -> Result<(&'a [u32], &'a [u32]), MetricFault> {
    let same = |(left, right): &(&u32, &u32)| left == right;
    let start = answer.iter().zip(reference).take_while(same).count();
    let [left, right] = [answer, reference].map(|text| text.get(start..).unwrap_or_default());
    let end = left.iter().rev().zip(right.iter().rev()).take_while(same).count();
    let [left, right] = [left, right].map(|text| text.get(..text.len() - end).unwrap_or_default());
    if left.len().saturating_mul(right.len()) > LIMIT {
        return Err(MetricFault::TooLong {
            metric,
            answer: left.len(),
            reference: right.len(),
            limit: LIMIT,
        });
    }
    Ok((left, right))
}

/// Counts the insertions, deletions and substitutions that turn one text into the other.
///
/// The method is that of Myers (1999) in the form of Hyyrö (2003), *A bit-vector algorithm for
/// computing Levenshtein and Damerau edit distances*: a word holds where the table rises and
/// falls from one row to the next.
pub(super) fn edit_distance(left: &[u32], right: &[u32]) -> usize {
    let (rows, columns) = longer_first(left, right);
    // The step of the table from each column to the next, at the lower edge of the last band, as
    // two bits: up and down. Above the first row each column is one insertion more.
    let mut edge = vec![(1_u64, 0_u64); columns.len()];
    let mut masks = Masks::new(rows);
    for band in rows.chunks(BAND) {
        masks.set(band);
        let last = band.len() - 1;
        let (mut rises, mut falls) = (u64::MAX, 0_u64);
        for (column, (up, down)) in columns.iter().zip(&mut edge) {
            let equal = masks.of(*column);
            let vertical = equal | falls;
            let equal = equal | *down;
            let diagonal = ((equal & rises).wrapping_add(rises) ^ rises) | equal;
            let step_up = falls | !(diagonal | rises);
            let step_down = rises & diagonal;
            let shifted_up = (step_up << 1) | *up;
            let shifted_down = (step_down << 1) | *down;
            (*up, *down) = ((step_up >> last) & 1, (step_down >> last) & 1);
            rises = shifted_down | !(vertical | shifted_up);
            falls = shifted_up & vertical;
        }
        masks.clear(band);
    }
    let ups = edge.iter().filter(|(up, _)| *up == 1).count();
    let downs = edge.iter().filter(|(_, down)| *down == 1).count();
    rows.len() + ups - downs
}

/// Returns the length of the longest common subsequence of two sequences.
///
/// The method is that of Hyyrö (2004), *Bit-parallel LCS-length computation revisited*: a zero
/// bit is a row in which the subsequence grows by one.
pub(super) fn common_subsequence(left: &[u32], right: &[u32]) -> usize {
    let (rows, columns) = longer_first(left, right);
    let mut carries = vec![false; columns.len()];
    let mut masks = Masks::new(rows);
    let mut length = 0;
    for band in rows.chunks(BAND) {
        masks.set(band);
        let mut state = u64::MAX;
        for (column, carry) in columns.iter().zip(&mut carries) {
            let equal = masks.of(*column);
            let (sum, first) = state.overflowing_add(state & equal);
            let (sum, second) = sum.overflowing_add(u64::from(*carry));
            *carry = first || second;
            state = sum | (state & !equal);
        }
        let used = u64::MAX >> (BAND - band.len());
        length += (!state & used).count_ones() as usize;
        masks.clear(band);
    }
    length
}

fn longer_first<'a>(left: &'a [u32], right: &'a [u32]) -> (&'a [u32], &'a [u32]) {
    if left.len() >= right.len() { (left, right) } else { (right, left) }
}

/// The rows of a band in which each symbol stands, as bits.
struct Masks(Vec<u64>);

impl Masks {
    fn new(rows: &[u32]) -> Self {
        let largest = rows.iter().filter(|symbol| **symbol != UNKNOWN).max();
        Self(vec![0; largest.map_or(0, |symbol| *symbol as usize + 1)])
    }

    fn set(&mut self, band: &[u32]) {
        for (row, symbol) in band.iter().enumerate() {
            if let Some(mask) = self.0.get_mut(*symbol as usize) {
                *mask |= 1 << row;
            }
        }
    }

    fn clear(&mut self, band: &[u32]) {
        for symbol in band {
            if let Some(mask) = self.0.get_mut(*symbol as usize) {
                *mask = 0;
            }
        }
    }

    fn of(&self, symbol: u32) -> u64 {
        self.0.get(symbol as usize).copied().unwrap_or(0)
    }
}
