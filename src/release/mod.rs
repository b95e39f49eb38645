//! Releases: composites resolved, judged, documented, and proved again.
//!
//! Everything here is a function of values: what is in trees and records comes in, findings, texts
//! and payloads go out.

pub mod adr;
pub mod composite;
pub mod facts;
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
