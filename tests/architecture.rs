//! The house rules of `ARCHITECTURE.md`, held against `src/` as it is.

#![expect(clippy::expect_used, reason = "a tree that cannot be read fails the test")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Every room and its floor. A room imports only from lower floors.
const FLOORS: &[(&str, u8)] = &[
    ("digest", 0),
    ("escape", 0),
    ("license", 0),
    ("metrics", 0),
    ("money", 0),
    ("path", 0),
    ("redact", 0),
    ("stats", 0),
    ("time", 0),
    ("version", 0),
    ("guardrails", 1),
    ("ident", 1),
    ("plan", 1),
    ("snapshot", 1),
    ("source", 1),
    ("finding", 2),
    ("template", 3),
    ("yaml", 3),
    ("ledger", 4),
    ("registry", 4),
    ("schema", 4),
    ("vcs", 4),
    ("cases", 5),
    ("compat", 5),
    ("integrity", 5),
    ("lineage", 5),
    ("provider", 5),
    ("checks", 6),
    ("edit", 6),
    ("evals", 6),
    ("release", 7),
    ("doctor", 8),
    ("handbook", 8),
    ("output", 9),
    ("cli", 10),
];

/// Crates, and parts of `std`, that only some places may name.
const RESERVED: &[(&str, &str, &[&str])] = &[
    ("gix", "", &["vcs/"]),
    ("git2", "", &[]),
    ("clap", "", &["cli/"]),
    ("clap_complete", "", &["cli/"]),
    ("clap_mangen", "", &["cli/"]),
    ("miette", "", &["output/human.rs", "cli/failure.rs"]),
    ("std", "env", &["cli/"]),
    ("std", "fs", &["cli/", "vcs/"]),
    (
        "std",
        "process",
        &[
            "cli/interrupt.rs",
            "cli/mod.rs",
            // It ends a process that a test has told where to end.
            "cli/steps.rs",
            "provider/command.rs",
            "vcs/command.rs",
            "main.rs",
        ],
    ),
    ("nix", "", &["provider/command.rs"]),
    ("spdx", "", &["license.rs", "license/"]),
    ("tar", "", &["release/bundle/"]),
    ("ureq", "", &["provider/"]),
];

/// Beyond this many lines a file holds more than one thing.
const LONGEST_FILE: usize = 500;

/// A source file: its path below `src/`, its lines, and its tokens outside tests.
struct Source {
    path: String,
    lines: usize,
    tokens: Vec<String>,
}

impl Source {
    fn room(&self) -> &str {
        self.path.split('/').next().unwrap_or_default().trim_end_matches(".rs")
    }

    /// The number of modules above the root that the file stands in.
    fn depth(&self) -> usize {
        let path = self.path.trim_end_matches(".rs").trim_end_matches("/mod");
        path.split('/').count()
    }

    fn is_door(&self) -> bool {
        ["lib.rs", "main.rs"].contains(&self.path.as_str())
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Files below `folder` with an extension, sorted.
fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files(&path, extension));
        } else if path.extension().is_some_and(|e| e == extension) {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn sources() -> Vec<Source> {
    let src = root().join("src");
    let mut sources = Vec::new();
    for file in files(&src, "rs") {
        let path = file.strip_prefix(&src).expect("below src").to_str().expect("UTF-8").to_owned();
        let text = fs::read_to_string(&file).expect("UTF-8");
        let is_test = path.split('/').any(|part| part == "tests" || part == "tests.rs");
        let tokens = if is_test { Vec::new() } else { without_tests(&tokens(&text)) };
        sources.push(Source { path, lines: text.lines().count(), tokens });
    }
    assert!(sources.len() > 50, "the walk over src/ found {} files", sources.len());
    sources
}

/// Cuts Rust into identifiers, `::` and single marks; comments and literals are left out.
fn tokens(text: &str) -> Vec<String> {
    let mut rest = text;
    let mut tokens = Vec::new();
    while let Some(first) = rest.chars().next() {
        let after = rest.strip_prefix(first).unwrap_or_default();
        rest = if rest.starts_with("//") {
            rest.split_once('\n').map_or("", |(_, next)| next)
        } else if let Some(inside) = rest.strip_prefix("/*") {
            behind_comment(inside)
        } else if first == '"' {
            behind_string(after)
        } else if first == '\'' {
            behind_quote(after)
        } else if first.is_alphanumeric() || first == '_' {
            let word: String =
                rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            let next = rest.strip_prefix(word.as_str()).unwrap_or_default();
            let hashes: String = next.chars().take_while(|c| *c == '#').collect();
            let raw = next.strip_prefix(hashes.as_str()).and_then(|n| n.strip_prefix('"'));
            if let Some(raw) = raw.filter(|_| ["r", "br", "cr"].contains(&word.as_str())) {
                raw.split_once(&format!("\"{hashes}")).map_or("", |(_, next)| next)
            } else {
                tokens.push(word);
                next
            }
        } else if let Some(next) = rest.strip_prefix("::") {
            tokens.push("::".to_owned());
            next
        } else {
            if !first.is_whitespace() {
                tokens.push(first.to_string());
            }
            after
        };
    }
    tokens
}

/// Block comments nest.
fn behind_comment(mut rest: &str) -> &str {
    let mut depth = 1;
    while depth > 0 {
        let Some(at) = rest.find(['/', '*']) else { return "" };
        let (_, here) = rest.split_at(at);
        rest = if let Some(next) = here.strip_prefix("/*") {
            depth += 1;
            next
        } else if let Some(next) = here.strip_prefix("*/") {
            depth -= 1;
            next
        } else {
            here.get(1..).unwrap_or_default()
        };
    }
    rest
}

fn behind_string(rest: &str) -> &str {
    let mut characters = rest.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => drop(characters.next()),
            '"' => break,
            _ => {}
        }
    }
    characters.as_str()
}

/// Behind a `'` stands a character, or the name of a lifetime.
fn behind_quote(rest: &str) -> &str {
    let mut characters = rest.chars();
    match (characters.next(), characters.next()) {
        (Some('\\'), _) => characters.as_str().split_once('\'').map_or("", |(_, next)| next),
        (_, Some('\'')) => characters.as_str(),
        _ => rest,
    }
}

/// Leaves out items under `#[cfg(test)]`.
fn without_tests(tokens: &[String]) -> Vec<String> {
    const MARK: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];
    let mut kept = Vec::new();
    let mut rest = tokens;
    while let Some((first, next)) = rest.split_first() {
        if rest.len() >= MARK.len() && rest.iter().zip(MARK).all(|(a, b)| a == b) {
            rest = behind_item(rest.get(MARK.len()..).unwrap_or_default());
        } else {
            kept.push(first.clone());
            rest = next;
        }
    }
    kept
}

/// An item ends with `;`, or with the brace that closes its first one.
fn behind_item(tokens: &[String]) -> &[String] {
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate() {
        match token.as_str() {
            "{" => depth += 1,
            "}" => depth -= 1,
            ";" => {}
            _ => continue,
        }
        if depth == 0 {
            return tokens.get(at + 1..).unwrap_or_default();
        }
    }
    &[]
}

/// The names right behind `head::`, alone or in a group: `a` and `b` for `head::{a::x, b}`.
fn behind(tokens: &[String], head: &[&str]) -> Vec<String> {
    let mut names = Vec::new();
    for (at, window) in tokens.windows(head.len()).enumerate() {
        let inside = at > 0 && tokens.get(at - 1).is_some_and(|before| before == "::");
        if inside || window.iter().zip(head).any(|(a, b)| a != b) {
            continue;
        }
        let rest = tokens.get(at + head.len()..).unwrap_or_default();
        match rest.first().map(String::as_str) {
            Some("{") => {
                let (mut depth, mut fresh) = (0, true);
                for token in rest {
                    match token.as_str() {
                        "{" => depth += 1,
                        "}" => depth -= 1,
                        "," => fresh = depth == 1,
                        name if fresh && depth == 1 => {
                            names.push(name.to_owned());
                            fresh = false;
                        }
                        _ => {}
                    }
                    if depth == 0 {
                        break;
                    }
                }
            }
            Some(name) => names.push(name.to_owned()),
            None => {}
        }
    }
    names
}

/// The rooms that a file names, its own among them.
fn rooms_named(source: &Source) -> BTreeSet<String> {
    let mut up: Vec<&str> = Vec::new();
    for _ in 0..source.depth() {
        up.extend(["super", "::"]);
    }
    let mut rooms: BTreeSet<String> =
        behind(&source.tokens, &["crate", "::"]).into_iter().collect();
    rooms.extend(behind(&source.tokens, &up));
    rooms
}

/// What a file does that its floor does not allow.
fn climbs(source: &Source, floors: &BTreeMap<&str, u8>) -> Vec<String> {
    let Some(own) = floors.get(source.room()) else {
        return vec![format!("{}: the room has no floor", source.path)];
    };
    let mut wrong = Vec::new();
    for room in rooms_named(source).iter().filter(|room| *room != source.room()) {
        match floors.get(room.as_str()) {
            None => wrong.push(format!("{}: `{room}` is no room", source.path)),
            Some(floor) if floor >= own => {
                let path = &source.path;
                wrong.push(format!("{path} (floor {own}) imports `{room}` (floor {floor})"));
            }
            Some(_) => {}
        }
    }
    wrong
}

#[test]
fn rooms_import_from_lower_floors_only() {
    let floors: BTreeMap<&str, u8> = FLOORS.iter().copied().collect();
    let inside = sources();
    let inside = inside.iter().filter(|source| !source.is_door());
    let wrong: Vec<String> = inside.flat_map(|source| climbs(source, &floors)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_table_names_the_rooms_that_exist() {
    let sources = sources();
    let on_disk: BTreeSet<&str> =
        sources.iter().filter(|source| !source.is_door()).map(Source::room).collect();
    let in_table: BTreeSet<&str> = FLOORS.iter().map(|(room, _)| *room).collect();
    assert_eq!(on_disk, in_table);
    let lib = sources.iter().find(|source| source.path == "lib.rs").expect("lib.rs");
    let declared: Vec<&str> = lib
        .tokens
        .windows(2)
        .filter_map(|pair| match pair {
            [word, name] if word == "mod" => Some(name.as_str()),
            _ => None,
        })
        .collect();
    let in_order: Vec<&str> = FLOORS.iter().map(|(room, _)| *room).collect();
    assert_eq!(declared, in_order, "lib.rs declares the rooms in the order of their floors");
}

#[test]
fn nothing_is_imported_wholesale_or_passed_on() {
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|source| source.path != "lib.rs") {
        for head in ["super", "crate"] {
            if behind(&source.tokens, &[head, "::"]).iter().any(|name| name == "*") {
                wrong.push(format!("{}: `{head}::*`", source.path));
            }
        }
        for head in [["pub", "use", "crate", "::"], [")", "use", "crate", "::"]] {
            for room in behind(&source.tokens, &head) {
                if room != source.room() {
                    wrong.push(format!("{}: passes `{room}` on", source.path));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn crates_are_named_only_where_they_belong() {
    let mut wrong = Vec::new();
    for source in sources() {
        for (name, part, places) in RESERVED {
            let allowed = places.iter().any(|place| source.path.starts_with(place));
            let named = if part.is_empty() {
                source.tokens.iter().any(|token| token == name)
            } else {
                behind(&source.tokens, &[*name, "::"]).iter().any(|found| found == part)
            };
            if named && !allowed {
                wrong.push(format!(
                    "{}: `{name}{}{part}`",
                    source.path,
                    if part.is_empty() { "" } else { "::" }
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn files_are_short() {
    let long: Vec<String> = sources()
        .into_iter()
        .filter(|source| source.lines > if source.path == "main.rs" { 20 } else { LONGEST_FILE })
        .map(|source| format!("{}: {} lines", source.path, source.lines))
        .collect();
    assert!(long.is_empty(), "{}", long.join("\n"));
}

#[test]
fn every_rule_is_described_once() {
    let mut seen: BTreeMap<String, PathBuf> = BTreeMap::new();
    for page in files(&root().join("docs/rules"), "md") {
        if page.ends_with("README.md") {
            continue;
        }
        let text = fs::read_to_string(&page).expect("UTF-8");
        for id in text.lines().filter_map(|line| line.strip_prefix("## ")) {
            let first = seen.insert(id.trim().to_owned(), page.clone());
            assert!(first.is_none(), "`{id}` stands in {first:?} and in {page:?}");
        }
    }
    assert!(seen.len() > 100, "the pages describe {} rules", seen.len());
}

#[test]
fn what_is_no_code_is_not_read_as_code() {
    let text = r##"
        // crate::cli
        /* crate::cli /* crate::vcs */ crate::cli */
        const A: (&str, char) = ("crate::cli \" crate::cli", '"');
        const B: &str = r#"crate::cli " crate::cli"#;
        fn a<'a>(b: &'a crate::path::RepoPath, c: char) { matches!(c, '\'' | '{') }
        #[cfg(test)]
        mod tests { use crate::output; fn x() {} }
        use crate::{digest::{Digest, cli}, yaml as y};
        use std::{collections::BTreeMap, env};
    "##;
    let source = Source { path: "vcs/a.rs".into(), lines: 0, tokens: without_tests(&tokens(text)) };
    let rooms: Vec<String> = rooms_named(&source).into_iter().collect();
    assert_eq!(rooms, ["digest", "path", "yaml"]);
    assert_eq!(behind(&source.tokens, &["std", "::"]), ["collections", "env"]);
}

#[test]
fn a_step_upwards_is_seen() {
    let floors: BTreeMap<&str, u8> = FLOORS.iter().copied().collect();
    let climbs = |path: &str, text: &str| {
        climbs(&Source { path: path.into(), lines: 0, tokens: tokens(text) }, &floors).len()
    };
    assert_eq!(climbs("vcs/a.rs", "use crate::path::RepoPath; use super::b;"), 0);
    assert_eq!(climbs("vcs/a.rs", "use crate::vcs::b;"), 0);
    assert_eq!(climbs("vcs/a.rs", "use crate::registry::entry;"), 1, "the same floor");
    assert_eq!(climbs("vcs/a.rs", "fn f() -> crate::cli::Exit {}"), 1, "a path in code");
    assert_eq!(climbs("vcs/a.rs", "use crate::{path, cli};"), 1, "a group");
    assert_eq!(climbs("vcs/a.rs", "use super::super::cli::exit;"), 1, "by way of super");
    assert_eq!(climbs("vcs/mod.rs", "use super::cli::exit;"), 1, "by way of super");
    assert_eq!(climbs("path.rs", "use super::digest::Digest;"), 1, "by way of super");
    assert_eq!(climbs("attic.rs", ""), 1, "a room without a floor");
}
