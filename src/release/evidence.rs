//! Evidence: which runs prove a composition, what is to be run still, and what documents say of it.
//!
//! A run proves what it was made of. It is reused as long as everything that it touched still acts
//! in the same way, whatever numbers have changed meanwhile.

mod answers;
mod facts;
mod mismatch;
mod state;

#[cfg(test)]
mod tests;

pub use self::answers::{AnswersFault, changed_answers};
pub use self::facts::{Known, Proof, facts};
pub use self::mismatch::{Claim, Demand, Facet, Mismatch, matches};
pub use self::state::{Candidate, State, SuiteState, states};
