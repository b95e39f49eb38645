//! Releases: composites resolved, judged, documented, and proved again.
//!
//! Everything here is a function of values: what is in trees and records comes in, findings, texts
//! and payloads go out.

pub mod bundle;
pub mod composite;
pub mod rollback;
pub mod rules;
pub mod source;

#[cfg(test)]
mod tests;
