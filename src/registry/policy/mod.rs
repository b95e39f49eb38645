//! The policy files below `registry/policies/`, as written.

pub mod drift;
pub mod freeze;
pub mod gates;
pub mod journeys;
pub mod promotion;
pub mod telemetry;
