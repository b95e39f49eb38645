//! Which entry uses which, and what a change reaches.
//!
//! Pure: documents are handed in, and what a name leads to is asked of an
//! [`crate::registry::index::Index`]. It knows nothing of git, of terminals, or of what an eval run
//! does with the suites that are named here.

mod circle;
mod diamond;
mod graph;
mod impact;
mod path;

pub use circle::circles;
pub use diamond::{Ask, diamonds};
pub use graph::{Edge, Graph, Node, Target};
pub use impact::{Changed, Reason, affected_suites};
pub use path::Path;

#[cfg(test)]
mod tests;
