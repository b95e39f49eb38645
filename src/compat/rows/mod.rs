//! Rows of datasets: read as a stream, told apart by their key, compared by digests.
//!
//! Nothing here reads a file: bytes are pushed in, in pieces of any size. A row leaves 80 bytes and
//! the beginning of its key behind, so that a million rows on each side fit into 512 MiB.
//!
//! Two rows are equal where the values of all columns are that both sides have. A value is the same
//! in CSV, JSON lines and YAML: cells of CSV are read by the declared type of their column, an empty
//! cell is no value unless the column is declared as text that is never absent, and a number is the
//! same however it is written.

mod cell;
mod compare;
mod detail;
mod feed;
mod fields;
mod reader;
mod records;
mod spec;
mod table;

#[cfg(test)]
mod tests;

pub use compare::{RowDiff, Sample, Side, compare};
pub use detail::{ChangedRow, Details, Picked, Picker, details};
pub use reader::{ColumnReader, RowReader};
pub use spec::{FileSpec, Format, Packing, Role, Spec, is_label};
pub use table::{Fault, FaultKind, Table};

/// The most bytes that one row may have.
pub const MAX_ROW_BYTES: usize = 16 << 20;

/// The most bytes of a YAML file of rows, which is read whole.
pub const MAX_YAML_BYTES: usize = 16 << 20;
