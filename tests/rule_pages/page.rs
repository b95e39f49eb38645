//! The pages of rules: their sections, and the blocks in them.

use std::fs;
use std::path::Path;

/// The section of one rule.
pub(crate) struct Section {
    /// The page's name, which is that of the family.
    pub(crate) page: String,
    /// The rule.
    pub(crate) id: String,
    /// The line below the heading.
    pub(crate) summary: String,
    /// The line with severity, bump and version.
    pub(crate) weight: String,
    /// What fires the rule.
    pub(crate) bad: Part,
    /// What does not, or carries the step.
    pub(crate) good: Part,
}

/// A half of a section: its words and its blocks.
#[derive(Default)]
pub(crate) struct Part {
    /// The day that the words say it is, such as `On 2026-12-24:`.
    pub(crate) day: Option<String>,
    /// The blocks in their order.
    pub(crate) blocks: Vec<Block>,
}

/// A block of code.
pub(crate) struct Block {
    /// The language of the fence.
    pub(crate) language: String,
    /// The file that the block or the words above it name.
    pub(crate) name: Option<String>,
    /// Where the file stands.
    pub(crate) at: At,
    /// What stands in the block, without the line that names the file.
    pub(crate) text: String,
}

/// The tree in which a file stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum At {
    /// In the tree under check.
    Change,
    /// In every tree: the base has it as well.
    Base,
    /// At the base's tip alone: it came after the change had begun.
    Tip,
}

/// Reads every section of every page.
pub(crate) fn sections() -> Vec<Section> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/rules");
    let mut found = Vec::new();
    let mut pages: Vec<_> = fs::read_dir(folder)
        .expect("the pages")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "md"))
        .filter(|path| !path.ends_with("README.md"))
        .collect();
    pages.sort();
    for path in pages {
        let page = path.file_stem().expect("a name").to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).expect("UTF-8");
        found.extend(text.split("\n## ").skip(1).map(|text| section(&page, text)));
    }
    found
}

/// Reads the section of a page that begins with its heading, without the marks before it.
pub(crate) fn section(page: &str, text: &str) -> Section {
    let mut lines = text.lines();
    let id = lines.next().unwrap_or_default().trim().to_owned();
    let summary = lines.next().unwrap_or_default().to_owned();
    let weight = lines.find(|line| line.starts_with("Severity: ")).unwrap_or_default().to_owned();
    let (_, rest) = text.split_once("\n**Bad**").unwrap_or_default();
    let (bad, rest) = rest.split_once("\n**Good**").unwrap_or_default();
    let (good, _) = rest.split_once("\n**Mend**").unwrap_or_default();
    Section { page: page.to_owned(), id, summary, weight, bad: part(bad), good: part(good) }
}

fn part(text: &str) -> Part {
    let mut part = Part::default();
    let mut open: Option<(String, Vec<&str>)> = None;
    let mut words = "";
    for line in text.lines() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(language)) => open = Some((language.to_owned(), Vec::new())),
            (Some(_), Some("")) => {
                if let Some((language, lines)) = open.take() {
                    part.blocks.push(block(&language, &lines, words));
                }
                words = "";
            }
            (Some((_, lines)), _) => lines.push(line),
            (None, None) => {
                if !line.trim().is_empty() {
                    words = line;
                }
                if let Some((_, rest)) = line.split_once("On 20") {
                    part.day = rest.get(..8).map(|day| format!("20{day}"));
                }
            }
        }
    }
    part
}

/// A block is named by a comment in its first line (`# model.yaml`), or by the words above it
/// (``In `template.md`:``).
fn block(language: &str, lines: &[&str], words: &str) -> Block {
    let comment = lines.first().and_then(|line| line.strip_prefix("# ")).unwrap_or_default();
    let (name, place) = comment.split_once(", ").unwrap_or((comment, ""));
    let named = language == "yaml" && is_file(name);
    let (name, place, lines) = if named {
        (Some(name), place, &lines[1..])
    } else {
        let (name, place) = in_words(words);
        (name, place, lines)
    };
    let at = match place.trim() {
        "" => At::Change,
        "at the base" => At::Base,
        "merged meanwhile" => At::Tip,
        other => panic!("`{other}` is no place of a file"),
    };
    let text = format!("{}\n", lines.join("\n"));
    Block { language: language.to_owned(), name: name.map(str::to_owned), at, text }
}

fn is_file(name: &str) -> bool {
    let ends = [".yaml", ".md", ".json", ".jsonl", ".csv", "signers"];
    !name.contains(' ') && ends.iter().any(|end| name.ends_with(end))
}

fn in_words(words: &str) -> (Option<&str>, &str) {
    let words = words.trim();
    let code = words.strip_prefix("In `").or_else(|| words.strip_prefix("in `"));
    let Some((name, rest)) = code.and_then(|rest| rest.split_once('`')) else { return (None, "") };
    let place = rest.strip_prefix(", ").and_then(|rest| rest.strip_suffix(':'));
    (Some(name).filter(|name| is_file(name) && rest.ends_with(':')), place.unwrap_or_default())
}
