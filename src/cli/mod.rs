//! The command line: what was typed becomes what is meant, plans are carried out, endings become
//! exit codes. Nobody imports this room.

pub mod apply;
pub mod args;
mod assess;
mod commands;
mod composite;
mod context;
pub mod env;
mod evals;
pub mod exit;
mod failure;
mod interrupt;
mod ledger;
mod past;
mod printer;
mod reason;
mod release;
mod select;
mod shelf;
mod signing;
mod stationery;
mod steps;
mod store;
mod verify;

use std::process::ExitCode;

use clap::Parser as _;

use args::{Cli, Command};
use context::Context;
use env::EnvVars;
use exit::Exit;
use failure::Failure;
use printer::Printer;

/// Runs the command line and returns the exit code.
#[must_use]
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Clap writes help to stdout and faults to stderr; a closed pipe is nobody's fault.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let environment = EnvVars::read();
    let printer = Printer::new(&cli.global, &environment);
    let context = Context { global: cli.global, environment, printer };
    let exit = run(&context, cli.command).unwrap_or_else(|failure| {
        Printer::insist(&failure.to_string());
        failure.exit()
    });
    ExitCode::from(exit.code())
}

fn run(context: &Context, command: Command) -> Result<Exit, Failure> {
    if let Some(directory) = &context.global.directory {
        // Git's own variables are relative to the working directory, so this comes first.
        std::env::set_current_dir(directory).map_err(|error| {
            Failure::usage(format!("cannot change to `{}`: {error}", directory.display()))
        })?;
    }
    match command {
        Command::Init(arguments) => commands::init::run(context, &arguments),
        Command::New(arguments) => commands::new::run(context, &arguments),
        Command::Check(arguments) => commands::check::run(context, &arguments),
        Command::Diff(arguments) => commands::diff::run(context, &arguments),
        Command::Bump(arguments) => commands::bump::run(context, &arguments),
        Command::Seal(arguments) => commands::seal::run(context, &arguments),
        Command::Mv(arguments) => commands::mv::run(context, &arguments),
        Command::List(arguments) => commands::list::run(context, &arguments),
        Command::Show(arguments) => commands::show::run(context, &arguments),
        Command::Log(arguments) => commands::log::run(context, &arguments),
        Command::Why(arguments) => commands::why::run(context, &arguments),
        Command::Graph(arguments) => commands::graph::run(context, &arguments),
        Command::Impact(arguments) => commands::impact::run(context, &arguments),
        Command::Render(arguments) => commands::render::run(context, &arguments),
        Command::Try(arguments) => commands::attempt::run(context, &arguments),
        Command::Eval(arguments) => commands::eval::run(context, &arguments.command),
        Command::Ledger(arguments) => commands::ledger::run(context, &arguments.command),
        Command::Publish(arguments) => commands::publish::run(context, &arguments),
        Command::Approve(arguments) => commands::approve::run(context, &arguments),
        Command::Export(arguments) => commands::export::run(context, &arguments),
        Command::Adr(arguments) => commands::adr::run(context, &arguments.command),
        Command::Notes(arguments) => commands::notes::run(context, &arguments),
        Command::Docs(arguments) => commands::docs::run(context, &arguments),
        Command::Verify(arguments) => commands::verify::run(context, &arguments),
        Command::Release(arguments) => commands::release::run(context, &arguments.command),
        Command::Rollback(arguments) => commands::rollback::run(context, &arguments),
        Command::Status(arguments) => commands::status::run(context, &arguments),
        Command::Doctor(arguments) => commands::doctor::run(context, &arguments),
        Command::Rules(arguments) => commands::rules::run(context, &arguments),
        Command::Explain(arguments) => commands::explain::run(context, &arguments),
        Command::Hook(arguments) => commands::hook::run(context, arguments.command),
        Command::Completions(arguments) => commands::completions::run(context, &arguments),
        Command::Man(arguments) => commands::man::run(context, &arguments),
    }
}
