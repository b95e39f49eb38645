//! What the program and its constants say: rules, exit codes, variables.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use keelmark::cli::env::{Reader, VARIABLES};
use keelmark::cli::exit::Exit;

use crate::{Part, cell, root};

pub(crate) fn parts() -> Vec<Part> {
    let mut parts = vec![rules(), exits()];
    parts.extend(Reader::ALL.into_iter().map(variables));
    parts
}

fn rules() -> Part {
    let mut program = Command::new(env!("CARGO_BIN_EXE_keelmark"));
    program.args(["rules", "--format", "markdown"]).env_clear();
    let said = program.output().expect("the program");
    assert!(said.status.success(), "{said:?}");
    let text = String::from_utf8(said.stdout).expect("UTF-8");
    Part { page: "docs/rules/README.md", name: "rules".to_owned(), text }
}

fn exits() -> Part {
    let mut text = "| code | meaning |\n|---|---|\n".to_owned();
    for exit in Exit::ALL {
        let _ = writeln!(text, "| {} | {} |", exit.code(), exit.meaning());
    }
    let mut order = Exit::ALL;
    order.sort_by(|a, b| {
        if a.and(*b) == *a { std::cmp::Ordering::Less } else { std::cmp::Ordering::Greater }
    });
    let order: Vec<String> =
        order.iter().filter(|e| **e != Exit::Success).map(|e| e.code().to_string()).collect();
    let _ = write!(text, "\nWhere several apply, the first of {} counts.", order.join(", "));
    Part { page: "docs/reference/exit-codes.md", name: "exit codes".to_owned(), text }
}

fn variables(reader: Reader) -> Part {
    let mut text = "| variable | meaning |\n|---|---|\n".to_owned();
    for variable in VARIABLES.iter().filter(|variable| variable.reader == reader) {
        let names: Vec<String> = variable.names.iter().map(|name| format!("`{name}`")).collect();
        let _ = writeln!(text, "| {} | {} |", names.join(", "), cell(variable.meaning));
    }
    Part { page: "docs/reference/environment.md", name: reader.name().to_owned(), text }
}

/// Names that look like variables and are none of the documented ones, and why.
const OTHERS: &[(&str, &str)] =
    &[("KEELMARK_CRASH_AT", "only builds with debug assertions read it, for tests of crashes")];

#[test]
fn every_variable_that_is_read_is_documented_and_the_other_way_round() {
    let mut named = BTreeSet::new();
    for folder in ["src", "hooks"] {
        collect(&root().join(folder), &mut named);
    }
    let known: BTreeSet<&str> = VARIABLES.iter().flat_map(|v| v.names.iter().copied()).collect();
    let looks = |name: &str| {
        ["CI_", "GITHUB_", "GITLAB_", "KEELMARK_", "PRE_COMMIT_"]
            .iter()
            .any(|p| name.starts_with(p))
            || name.ends_with("_PROXY")
    };
    let other = |name: &str| OTHERS.iter().any(|(other, _)| *other == name);
    let open: Vec<&String> = named
        .iter()
        .filter(|name| looks(name) && !known.contains(name.as_str()) && !other(name))
        .collect();
    assert!(open.is_empty(), "not among `cli::env::VARIABLES`: {open:?}");
    let gone: Vec<&&str> = known.iter().filter(|name| !named.contains(**name)).collect();
    assert!(gone.is_empty(), "nobody reads {gone:?}");
    for (name, _) in OTHERS {
        assert!(named.contains(*name), "nobody reads {name}");
    }
}

/// Collects the words in capitals that stand in quotes, or behind a `$` in a shell file.
fn collect(path: &Path, found: &mut BTreeSet<String>) {
    if path.is_dir() {
        for entry in fs::read_dir(path).expect("a folder") {
            collect(&entry.expect("an entry").path(), found);
        }
        return;
    }
    // The table itself reads nothing.
    if path.ends_with("cli/env.rs") || path.to_string_lossy().contains("tests") {
        return;
    }
    let Ok(text) = fs::read_to_string(path) else { return };
    let code = path.extension().is_some_and(|ending| ending == "rs");
    let word = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    let mut words: Vec<&str> = Vec::new();
    if code {
        words.extend(text.split('"'));
    } else {
        words.extend(text.split(|c: char| !word(c)));
    }
    let names = words.into_iter().filter(|text| !text.is_empty() && text.chars().all(word));
    found.extend(names.map(str::to_owned));
}
