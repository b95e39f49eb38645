//! The ledger: records of decisions, one a commit, on a branch of their own.
//!
//! This room knows records and their order, not what is decided: payloads are made by the rooms
//! whose decisions they hold. It reads no repository; whoever does hands over bytes.
