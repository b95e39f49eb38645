//! The ledger: records of decisions, one a commit, on a branch of their own.
//!
//! A commit adds one file below `records/` and may rewrite files below `channels/`; nothing else ever
//! changes. Git's chain of commits is the chain of hashes, so a record holds no commit of the
//! ledger and stays what it is when it is put on another tip.
//!
//! This room knows records and their order, not what is decided: payloads are made by the rooms
//! whose decisions they hold. It reads no repository; whoever does hands over bytes.

pub mod append;
pub mod channel;
pub mod find;
pub mod fork;
pub mod kind;
pub mod record;
pub mod retention;
pub mod verify;

#[cfg(test)]
mod tests;
