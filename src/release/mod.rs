//! Releases: composites resolved, judged, documented, and proved again.
//!
//! Everything here is a function of values: what is in trees and records comes in, findings, texts
//! and payloads go out.

pub mod arithmetic;
pub mod bundle;
pub mod composite;
pub mod facts;
pub mod pack;
pub mod rollback;
pub mod rules;
pub mod source;
pub mod step;

pub mod evidence;
pub mod recorded;
#[cfg(test)]
mod tests;
