//! Releases: composites resolved, judged, documented, and proved again.
//!
//! Everything here is a function of values: what is in trees and records comes in, findings, texts
//! and payloads go out.

pub mod adr;
pub mod ahead;
pub mod approval;
pub mod arithmetic;
pub mod bundle;
pub mod carry;
pub mod claims;
pub mod composite;
pub mod demand;
pub mod entry_tag;
pub mod evidence;
pub mod facts;
pub mod keepachangelog;
pub mod lines;
pub mod message;
pub mod notes;
pub mod pack;
pub mod page;
pub mod payload;
pub mod pins;
pub mod place;
pub mod postmortem;
pub mod readiness;
pub mod recorded;
pub mod rollback;
pub mod rules;
#[cfg(test)]
mod sample;
pub mod source;
pub mod step;
mod told;
pub mod why;

#[cfg(test)]
mod tests;
