//! Keelmark: a git-native registry and release gate for prompts, datasets and models.
//!
//! Rooms stand on floors and import only from lower floors; `tests/architecture.rs` holds it.
//! See `ARCHITECTURE.md` for the map and the invariants.

// Floor 0: values.
pub mod digest;
pub mod escape;
pub mod license;
pub mod metrics;
pub mod money;
pub mod path;
pub mod redact;
pub mod stats;
pub mod time;
pub mod version;
// Floor 1: how things are named and pointed at.
pub mod guardrails;
pub mod ident;
pub mod plan;
pub mod snapshot;
pub mod source;
// Floor 2: what Keelmark says.
pub mod finding;
// Floor 3: how text is read.
pub mod template;
pub mod yaml;
// Floor 4: the library rooms.
pub mod ledger;
pub mod registry;
pub mod schema;
pub mod vcs;
// Floor 5: entries and their bonds, cases, and who answers them.
pub mod cases;
pub mod compat;
pub mod integrity;
pub mod lineage;
pub mod provider;
// Floor 6: work over the registry.
pub mod checks;
pub mod edit;
pub mod evals;
// Floor 7: releases.
pub mod release;
// Floor 8: what is told of all of it.
pub mod doctor;
pub mod handbook;
// Floor 9: how results are shown.
pub mod output;
// Floor 10: the command line.
pub mod cli;
