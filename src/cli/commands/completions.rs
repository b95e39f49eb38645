//! `keelmark completions`.

use clap::CommandFactory as _;

use super::check::ignore_closed;
use crate::cli::args::{Cli, CompletionsArgs};
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;

pub(in crate::cli) fn run(context: &Context, arguments: &CompletionsArgs) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Cli::command(), "keelmark", &mut script);
    context.printer.data(&String::from_utf8_lossy(&script)).or_else(ignore_closed)?;
    Ok(Exit::Success)
}
