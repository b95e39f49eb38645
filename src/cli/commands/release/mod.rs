//! `keelmark release`.

mod others;
mod prepare;
mod status;
mod tag;
mod waive;

use crate::cli::args::ReleaseCommand;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;

pub(in crate::cli) fn run(context: &Context, command: &ReleaseCommand) -> Result<Exit, Failure> {
    match command {
        ReleaseCommand::Prepare(arguments) => prepare::run(context, arguments),
        ReleaseCommand::Status(arguments) => status::run(context, arguments),
        ReleaseCommand::Tag(arguments) => tag::run(context, arguments),
    }
}
