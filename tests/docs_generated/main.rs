//! Tables of the documents that are made of what the program says about itself: rules, the command
//! line, exit codes, variables, schemas. They stand between marks, with people's words around them.
//!
//! Where one is out of date: `cargo test --test docs_generated -- --ignored` writes them anew.

#![allow(clippy::disallowed_methods, reason = "a test reads files and starts the program")]
#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod cli;
mod links;
mod program;
mod schemas;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// How the documents are written anew.
const COMMAND: &str = "cargo test --test docs_generated -- --ignored";

/// What stands behind a generated part.
const END: &str = "<!-- end of what is generated -->";

/// A part of a document that is generated.
struct Part {
    /// The document.
    page: &'static str,
    /// What the part is called in its mark.
    name: String,
    /// What stands there, without marks.
    text: String,
}

fn parts() -> Vec<Part> {
    let mut parts = program::parts();
    parts.extend(cli::parts());
    parts.extend(schemas::parts());
    parts
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(page: &str) -> String {
    fs::read_to_string(root().join(page)).unwrap_or_else(|e| panic!("{page}: {e}"))
}

/// Puts a part in its place; `None` where the page has no marks for it.
fn put(page: &str, part: &Part) -> Option<String> {
    let mark = format!("<!-- generated: {} -->\n", part.name);
    let (before, rest) = page.split_once(&mark)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{mark}\n{}\n\n{END}{after}", part.text.trim_end()))
}

#[test]
fn what_is_generated_is_up_to_date() {
    let mut wrong = BTreeSet::new();
    for part in parts() {
        let page = read(part.page);
        match put(&page, &part) {
            Some(text) if text == page => {}
            Some(_) => {
                wrong.insert(format!("{}: `{}` is out of date", part.page, part.name));
            }
            None => {
                let marks = format!("<!-- generated: {} -->` and `{END}", part.name);
                wrong.insert(format!("{}: there is no part between `{marks}`", part.page));
            }
        }
    }
    let list: Vec<String> = wrong.into_iter().collect();
    assert!(list.is_empty(), "{}\n`{COMMAND}` writes what has its marks", list.join("\n"));
}

#[test]
fn no_mark_is_left_of_what_is_no_longer_there() {
    let known: BTreeSet<(&str, String)> =
        parts().into_iter().map(|part| (part.page, part.name)).collect();
    for page in known.iter().map(|(page, _)| *page).collect::<BTreeSet<_>>() {
        let text = read(page);
        let named = text.lines().filter_map(|line| {
            line.strip_prefix("<!-- generated: ").and_then(|rest| rest.strip_suffix(" -->"))
        });
        for name in named {
            assert!(known.contains(&(page, name.to_owned())), "{page}: `{name}` is nothing");
        }
    }
}

#[test]
fn a_part_that_is_out_of_date_is_seen() {
    let part = |name: &str| Part { page: "x", name: name.to_owned(), text: "new".to_owned() };
    let page = format!("a\n<!-- generated: b -->\n\nold\n\n{END}\nc\n");
    let expected = format!("a\n<!-- generated: b -->\n\nnew\n\n{END}\nc\n");
    assert_eq!(put(&page, &part("b")).as_deref(), Some(expected.as_str()));
    assert_eq!(put(&page, &part("d")), None);
}

#[test]
#[ignore = "writes the documents"]
fn write_what_is_generated() {
    for part in parts() {
        let page = read(part.page);
        if let Some(text) = put(&page, &part) {
            fs::write(root().join(part.page), text).expect("the document");
        }
    }
}

/// A cell of a table.
fn cell(text: &str) -> String {
    text.trim().replace('|', "\\|").replace('\n', " ")
}

/// Every Markdown file below a folder, sorted.
fn markdown(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(markdown(&path));
        } else if path.extension().is_some_and(|ending| ending == "md") {
            found.push(path);
        }
    }
    found.sort();
    found
}
