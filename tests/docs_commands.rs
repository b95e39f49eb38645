//! Every `keelmark …` command that the project writes down can be typed.
//!
//! Read are the documents, the templates, the hooks and the manifests, and the hints in the program's
//! own messages. A command is a line that starts with `keelmark ` (in Markdown: in a fenced block),
//! also behind `$ `, `run:`, `entry:`, `&&`, `|` or an environment variable, and inline code that
//! starts with it. Placeholders are replaced as [`PLACEHOLDERS`] says; `…` stands for nothing.
//! A line that says `not built yet` is left out, and must be: once it parses, the words have to go.

#![allow(clippy::disallowed_methods, reason = "a test starts the program")]
#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "support/mod.rs"]
mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::error::ErrorKind;
use clap::{CommandFactory as _, Parser as _};
use keelmark::cli::args::Cli;

/// Words in capitals that stand for something to be filled in. Others are taken as they are.
const PLACEHOLDERS: &[(&str, &str)] = &[
    ("KIND", "prompt"),
    ("HOOK", "pre-commit"),
    ("SHELL", "bash"),
    ("LEVEL", "minor"),
    ("FORMAT", "json"),
    ("WHEN", "auto"),
];

/// Says so of a command that is a plan.
const PLANNED: &str = "not built yet";

/// A command and where it stands.
#[derive(Debug)]
struct Found {
    place: String,
    command: String,
    planned: bool,
}

#[test]
fn every_command_in_the_projects_files_can_be_typed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for start in [
        "README.md",
        "CONTRIBUTING.md",
        "ARCHITECTURE.md",
        "CHANGELOG.md",
        "docs",
        "templates",
        "hooks",
        "registry",
        ".pre-commit-hooks.yaml",
        "action.yml",
        "action.yaml",
        "keelmark.yaml",
        ".github",
        ".ci",
        "src",
    ] {
        collect(&root.join(start), &mut files);
    }
    files.sort();
    let mut found = Vec::new();
    for file in &files {
        // What is not text holds no commands.
        let Ok(text) = fs::read_to_string(file) else { continue };
        let name = file.strip_prefix(root).unwrap_or(file).display().to_string();
        found.extend(commands(&name, &text));
    }
    assert!(found.len() > 40, "only {} commands in {} files", found.len(), files.len());
    let faults: Vec<String> = found.iter().filter_map(fault).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// What `docs build` writes is typed at night, by people who have no time for a typing error. Read are
/// the documents of a registry that has nothing, and of the project's own.
#[test]
fn every_command_of_the_handbook_can_be_typed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut faults = Vec::new();
    for registry in [&[][..], &["keelmark.yaml", "registry"]] {
        let repo = support::TestRepo::init();
        repo.write("keelmark.yaml", "version: 1\n");
        let mut files = Vec::new();
        for start in registry {
            collect(&root.join(start), &mut files);
        }
        for file in files {
            let name = file.strip_prefix(root).expect("below").to_str().expect("UTF-8");
            repo.write(name, fs::read(&file).expect("a file"));
        }
        let mut program = Command::new(env!("CARGO_BIN_EXE_keelmark"));
        support::hermetic(&mut program, &repo.beside(""));
        program.args(["docs", "build"]).current_dir(repo.path());
        assert!(program.output().expect("the program").status.success());
        let mut found = Vec::new();
        for folder in ["mlops", "observability", "runbooks"] {
            let mut files = Vec::new();
            collect(&repo.path().join(folder), &mut files);
            for file in files {
                let name = file.strip_prefix(repo.path()).expect("below").display().to_string();
                found.extend(commands(&name, &fs::read_to_string(&file).expect("UTF-8")));
            }
        }
        assert!(found.len() > 40, "only {} commands in the handbook", found.len());
        faults.extend(found.iter().filter_map(fault));
    }
    faults.sort();
    faults.dedup();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn commands_are_found_where_people_write_them() {
    let text = "`keelmark bump` writes\n```console\n$ keelmark check --staged # look\nkeelmark 0.1.0\n```\n```sh\ncd x && KEELMARK_BASE=a keelmark diff | less\n```\nkeelmark is prose\n";
    let found: Vec<String> = commands("a.md", text).into_iter().map(|f| f.command).collect();
    assert_eq!(found, ["keelmark bump", "keelmark check --staged", "keelmark diff"]);
    let yaml = "# `keelmark seal` fills it\n- run: keelmark check --base \"$BASE\"\n  entry: keelmark hook run pre-commit\n";
    let found: Vec<String> = commands("a.yml", yaml).into_iter().map(|f| f.command).collect();
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(fault(&one("keelmark chek")).is_some());
    assert!(fault(&one("keelmark check --all --stagd")).is_some());
    assert!(fault(&one("keelmark bump [ENTRY…] [--level LEVEL] -m \"two words\"")).is_none());
    assert!(fault(&one("keelmark hook install|uninstall|status")).is_none());
    assert!(fault(&one("keelmark completions bash|zsh|nosuch")).is_some());
}

fn one(command: &str) -> Found {
    Found { place: "here".to_owned(), command: command.to_owned(), planned: false }
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) {
    if path.is_file() {
        files.push(path.to_path_buf());
    } else if path.is_dir() {
        for entry in fs::read_dir(path).expect("a folder") {
            collect(&entry.expect("an entry").path(), files);
        }
    }
}

/// Finds the commands of a file.
fn commands(name: &str, text: &str) -> Vec<Found> {
    let extension = Path::new(name).extension().and_then(|e| e.to_str()).unwrap_or_default();
    let markdown = extension == "md";
    let rust = extension == "rs";
    let mut found = Vec::new();
    let mut fence: Option<Vec<(usize, &str)>> = None;
    for (at, line) in text.lines().enumerate() {
        let mut add = |at: usize, line: &str, command: &str| {
            found.push(Found {
                place: format!("{name}:{}", at + 1),
                command: command.trim().to_owned(),
                planned: line.contains(PLANNED),
            });
        };
        if markdown && line.trim_start().starts_with("```") {
            match fence.take() {
                None => fence = Some(Vec::new()),
                Some(lines) => {
                    // Where some lines show a prompt, the others are what was printed.
                    let prompts = lines.iter().any(|(_, line)| line.trim_start().starts_with("$ "));
                    for (at, line) in lines {
                        let typed = !prompts || line.trim_start().starts_with("$ ");
                        let typed = if typed { in_line(line) } else { Vec::new() };
                        for command in &typed {
                            add(at, line, command);
                        }
                    }
                }
            }
            continue;
        }
        if let Some(lines) = &mut fence {
            lines.push((at, line));
            continue;
        }
        for code in line.split('`').skip(1).step_by(2).filter(|code| code.starts_with("keelmark "))
        {
            add(at, line, code);
        }
        if !markdown && !rust {
            for command in &in_line(line) {
                add(at, line, command);
            }
        }
    }
    found
}

/// Finds the commands of a shell line, or of a YAML line that holds one.
fn in_line(line: &str) -> Vec<String> {
    let mut line = line.trim();
    for start in ["- ", "$ ", "run: ", "entry: "] {
        line = line.strip_prefix(start).unwrap_or(line).trim_start();
    }
    let mut found = Vec::new();
    for part in line
        .split("&&")
        .flat_map(|part| part.split(" || "))
        .flat_map(|part| part.split(" | "))
        .flat_map(|part| part.split(';'))
    {
        let mut part = part.trim();
        while let Some((word, rest)) = part.split_once(' ')
            && word.split_once('=').is_some_and(|(name, _)| {
                !name.is_empty() && name.chars().all(|c| c.is_ascii_uppercase() || c == '_')
            })
        {
            part = rest.trim_start();
        }
        // Rust's own output lines, such as `keelmark 0.1.0`, are no commands.
        if part.strip_prefix("keelmark ").is_some_and(|rest| !rest.starts_with(char::is_numeric)) {
            let end = part.find(" #").or_else(|| part.find(" > ")).or_else(|| part.find(" < "));
            found.push(part[..end.unwrap_or(part.len())].trim().to_owned());
        }
    }
    found
}

/// Says what is wrong with a command.
fn fault(found: &Found) -> Option<String> {
    let faults: Vec<String> = spellings(&found.command)
        .into_iter()
        .filter_map(|words| match Cli::try_parse_from(&words) {
            Ok(_) => None,
            Err(error) if error.exit_code() == 0 => None,
            // Words may name a verb without saying what it is to work on.
            Err(error) if names_a_verb(&words, error.kind()) => None,
            Err(error) => {
                Some(format!("{words:?}: {}", error.to_string().lines().next().unwrap_or("")))
            }
        })
        .collect();
    let Found { place, command, planned } = found;
    match (faults.first(), planned) {
        (Some(fault), false) => Some(format!("{place}: `{command}`: {fault}")),
        (None, true) => Some(format!("{place}: `{command}` is built; take `{PLANNED}` out")),
        _ => None,
    }
}

/// Says whether the words are a verb alone, and nothing but its arguments is missing.
fn names_a_verb(words: &[String], fault: ErrorKind) -> bool {
    let mut command = Some(Cli::command());
    for word in words.iter().skip(1) {
        command = command.and_then(|command| command.find_subcommand(word).cloned());
    }
    command.is_some()
        && matches!(
            fault,
            ErrorKind::MissingRequiredArgument
                | ErrorKind::MissingSubcommand
                | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
        )
}

/// Returns the ways in which a command can be meant: one for each alternative.
fn spellings(command: &str) -> Vec<Vec<String>> {
    let command = command.replace(" | ", "|");
    let mut spellings: Vec<Vec<String>> = vec![Vec::new()];
    for word in words(&command) {
        let word = word.trim_matches(['[', ']', '…']).to_owned();
        let bare = word.strip_suffix("...").unwrap_or(&word);
        if bare.is_empty() {
            continue;
        }
        let alternatives: Vec<&str> = bare.split('|').collect();
        spellings = spellings
            .iter()
            .flat_map(|spelling| {
                alternatives.iter().map(move |alternative| {
                    let mut spelling = spelling.clone();
                    spelling.push(filled_in(alternative));
                    spelling
                })
            })
            .collect();
    }
    spellings
}

/// Fills a placeholder in.
fn filled_in(word: &str) -> String {
    let word = word.trim_matches(['[', ']', '<', '>', '{', '}', '…']);
    let known = PLACEHOLDERS.iter().find(|(placeholder, _)| *placeholder == word);
    known.map_or(word, |(_, value)| value).to_owned()
}

/// Splits a command into words as a shell does, quotes and all; what is in brackets counts.
fn words(command: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    let mut started = false;
    for c in command.chars() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), c) => word.push(c),
            (None, '"' | '\'') => {
                quote = Some(c);
                started = true;
            }
            (None, '\\') => {}
            (None, c) if c.is_whitespace() => {
                if started {
                    words.push(std::mem::take(&mut word));
                }
                started = false;
            }
            (None, c) => {
                word.push(c);
                started = true;
            }
        }
    }
    if started {
        words.push(word);
    }
    words
}
