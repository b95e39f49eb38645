//! The command line, as clap knows it.

use std::fmt::Write as _;

use clap::{Arg, Command, CommandFactory as _};
use keelmark::cli::args::Cli;

use crate::{Part, cell};

const PAGE: &str = "docs/reference/cli.md";

pub(crate) fn parts() -> Vec<Part> {
    let mut whole = Cli::command();
    whole.build();
    let mut options = "| option | |\n|---|---|\n".to_owned();
    rows(&whole, true, &mut options);
    let mut parts = vec![Part { page: PAGE, name: "options".to_owned(), text: options }];
    for verb in whole.get_subcommands() {
        describe(verb, verb.get_name(), &mut parts);
    }
    parts
}

fn describe(command: &Command, path: &str, parts: &mut Vec<Part>) {
    let about = command.get_about().map(ToString::to_string).unwrap_or_default();
    let usage = command.clone().render_usage().to_string();
    let usage = usage.trim_start_matches("Usage: ").trim_start_matches("keelmark ").to_owned();
    let mut text = format!("{about}.\n\nUsage: `{usage}`\n");
    let mut table = String::new();
    for child in command.get_subcommands() {
        let about = child.get_about().map(ToString::to_string).unwrap_or_default();
        let (name, about) = (child.get_name(), cell(&about));
        let _ =
            writeln!(table, "| [`{path} {name}`](#{}-{name}) | {about} |", path.replace(' ', "-"));
    }
    rows(command, false, &mut table);
    if !table.is_empty() {
        let _ = write!(text, "\n| | |\n|---|---|\n{table}");
    }
    if let Some(examples) = command.get_after_help().map(ToString::to_string) {
        let lines = examples.lines().filter_map(|line| line.strip_prefix("  keelmark "));
        let lines: Vec<String> = lines.map(example).collect();
        let _ = write!(text, "\n```sh\n{}\n```\n", lines.join("\n"));
    }
    parts.push(Part { page: PAGE, name: path.to_owned(), text });
    for child in command.get_subcommands() {
        describe(child, &format!("{path} {}", child.get_name()), parts);
    }
}

/// An example of the help, with what it is for in a line above it.
fn example(line: &str) -> String {
    match line.split_once("   ") {
        Some((command, words)) => format!("# {}\nkeelmark {}", words.trim(), command.trim()),
        None => format!("keelmark {}", line.trim()),
    }
}

/// Writes a row for each argument; those of every command stand at the top of the page.
fn rows(command: &Command, everywhere: bool, table: &mut String) {
    for argument in command.get_arguments() {
        let every =
            argument.is_global_set() || ["help", "version"].contains(&argument.get_id().as_str());
        if argument.is_hide_set() || every != everywhere {
            continue;
        }
        let _ = writeln!(table, "| `{}` | {} |", cell(&name(argument)), cell(&meaning(argument)));
    }
}

fn name(argument: &Arg) -> String {
    let value = || {
        let names = argument.get_value_names().unwrap_or_default();
        names.first().map_or_else(|| argument.get_id().as_str().to_uppercase(), ToString::to_string)
    };
    if argument.is_positional() {
        let several = argument.get_num_args().is_some_and(|range| range.max_values() > 1);
        let dots = if several { "..." } else { "" };
        let (open, close) = if argument.is_required_set() { ('<', '>') } else { ('[', ']') };
        return format!("{open}{}{close}{dots}", value());
    }
    let long = argument.get_long().map(|long| format!("--{long}")).unwrap_or_default();
    let short = argument.get_short().map(|short| format!("-{short}, ")).unwrap_or_default();
    let takes = argument.get_num_args().is_none_or(|range| range.takes_values());
    let value = if takes { format!(" <{}>", value()) } else { String::new() };
    format!("{short}{long}{value}")
}

fn meaning(argument: &Arg) -> String {
    let mut text = argument.get_help().map(ToString::to_string).unwrap_or_default();
    let takes = argument.get_num_args().is_none_or(|range| range.takes_values());
    let values: Vec<String> = argument
        .get_possible_values()
        .iter()
        .filter(|value| takes && !value.is_hide_set())
        .map(|value| match value.get_help() {
            Some(help) => format!("`{}` ({})", value.get_name(), lower(&help.to_string())),
            None => format!("`{}`", value.get_name()),
        })
        .collect();
    if !values.is_empty() {
        let _ = write!(text, ": {}", values.join(", "));
    }
    let defaults = argument.get_default_values();
    if takes && !defaults.is_empty() {
        let values: Vec<String> =
            defaults.iter().map(|value| format!("`{}`", value.to_string_lossy())).collect();
        let _ = write!(text, "; default {}", values.join(" "));
    }
    text
}

/// Words that go on a sentence begin with a small letter, unless they are a name.
fn lower(text: &str) -> String {
    let mut letters = text.chars();
    match (letters.next(), letters.next()) {
        (Some(first), Some(second)) if !second.is_uppercase() => {
            format!("{}{}", first.to_lowercase(), &text[first.len_utf8()..])
        }
        _ => text.to_owned(),
    }
}
