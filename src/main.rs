//! The program: a doorbell for [`keelmark::cli`].

use std::process::ExitCode;

/// A check of a large registry makes and drops some million small strings, in several threads.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    keelmark::cli::main()
}
