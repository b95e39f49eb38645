//! `keelmark man`.

use std::fs;

use clap::CommandFactory as _;

use crate::cli::args::{Cli, ManArgs};
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;

#[expect(clippy::disallowed_methods, reason = "packagers name the folder; it is no work tree")]
pub(in crate::cli) fn run(context: &Context, arguments: &ManArgs) -> Result<Exit, Failure> {
    let dir = &arguments.dir;
    let failed =
        |e: std::io::Error| Failure::usage(format!("cannot write to `{}`: {e}", dir.display()));
    fs::create_dir_all(dir).map_err(failed)?;
    clap_mangen::generate_to(Cli::command(), dir).map_err(failed)?;
    context.printer.say(&format!("wrote the manual pages to {}", dir.display()));
    Ok(Exit::Success)
}
