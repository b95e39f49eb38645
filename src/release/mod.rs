//! Releases: composites resolved, judged, documented, and proved again.
//!
//! Everything here is a function of values: what is in trees and records comes in, findings, texts
//! and payloads go out.

pub mod arithmetic;
pub mod bundle;
pub mod composite;
pub mod facts;
pub mod message;
pub mod pack;
pub mod readiness;
pub mod rollback;
pub mod rules;
pub mod source;
pub mod step;

pub mod demand;
pub mod evidence;
pub mod recorded;
pub mod adr;
pub mod keepachangelog;
pub mod lines;
pub mod notes;
pub mod page;
pub mod place;
#[cfg(test)]
mod sample;
mod told;
#[cfg(test)]
mod tests;
