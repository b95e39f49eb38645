//! Changes to a registry, as plans: every function returns data and writes nothing.

pub mod bump;
pub mod checksums;
pub mod conflict;
pub mod fix;
pub mod rename;
pub mod scaffold;
