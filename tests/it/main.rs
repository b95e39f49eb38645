//! Stories: the program in real repositories, from the first command to the last.
#![allow(clippy::disallowed_methods, reason = "tests make the files and start the programs")]
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "clippy knows tests by their attribute, and not what they call"
)]

#[path = "../support/server.rs"]
mod server;
#[path = "../support/mod.rs"]
mod support;

mod desk;
mod fixtures;
mod people;

mod adr;
mod approve;
mod bisect;
mod bump;
mod cases;
mod check;
mod clones;
mod contract;
mod dependencies;
mod diff;
mod doctor;
mod edits;
mod escaping;
mod evidence;
mod exits;
mod export;
mod faults;
mod fragments;
mod handbook;
mod init;
mod late;
mod ledger;
mod lifecycle;
mod lineage;
mod log;
mod look;
mod mistyped;
mod models;
mod moved;
mod mv;
mod new;
mod notes;
mod pages;
mod publish;
mod rehearsal;
mod release;
mod release_status;
mod releases;
mod render;
mod rollback;
mod rows;
mod seal;
mod shop;
mod status;
mod strange_places;
mod try_;
mod undone;
mod update_hook;
mod workflows;
