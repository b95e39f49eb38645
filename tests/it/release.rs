//! Releases: what a manager types from a merged change to a tag, and everything that gets in the way.

mod crash;
mod path;
mod place;
mod refused;
mod remote;
mod trust;
mod why;
