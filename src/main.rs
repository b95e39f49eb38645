//! The program: a doorbell for [`keelmark::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    keelmark::cli::main()
}
