//! `keelmark release`.

mod tag;
mod waive;

use crate::cli::args::ReleaseCommand;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;

pub(in crate::cli) fn run(context: &Context, command: &ReleaseCommand) -> Result<Exit, Failure> {
    match command {
        ReleaseCommand::Tag(arguments) => tag::run(context, arguments),
    }
}
