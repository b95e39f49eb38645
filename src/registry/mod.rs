//! Entries: where they lie, what is in them, and how they are loaded.

pub mod changelog;
pub mod common;
pub mod composite;
pub mod config;
pub mod dataset;
pub mod entry;
pub mod facts;
pub mod fragment;
pub mod index;
pub mod judge;
pub mod layout;
pub mod model;
pub mod payload;
pub mod policy;
pub mod profile;
pub mod prompt;
pub mod reason;
pub mod reference;
pub mod signature;
pub mod suite;
