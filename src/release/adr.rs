//! Decision records in the form of MADR 4.0.0: written from facts, read back, replaced.

mod read;
mod supersede;
mod unfilled;

#[cfg(test)]
mod tests;

use serde_json::json;

use super::facts::ReleaseFacts;
use super::page::{self, Page, PageFault, Pages};
use super::told;
use crate::path::RepoPath;
use crate::registry::config::Roles;
use crate::source::SourceFile;

pub use read::{Decision, read};
pub(super) use read::{Inside, line_end};
pub use supersede::{SupersedeFault, replace, replaced_by};
pub(super) use unfilled::{MARK, TODO};
pub use unfilled::{Unfilled, unfilled};

/// The headings of MADR 4.0.0 behind the title, in order. Between the last two stand the options,
/// one heading each.
const HEADINGS: [&str; 8] = [
    "## Context and Problem Statement",
    "## Decision Drivers",
    "## Considered Options",
    "## Decision Outcome",
    "### Consequences",
    "### Confirmation",
    "## Pros and Cons of the Options",
    "## More Information",
];

/// The headings that MADR does not let anybody leave out.
const NEEDED: [&str; 3] =
    ["## Context and Problem Statement", "## Considered Options", "## Decision Outcome"];

/// Writes the decision record of a release.
///
/// # Errors
/// The template fails, or makes no record: MADR's headings in their order, and a front matter with
/// a status, are what tools look for.
pub fn render(facts: &ReleaseFacts, pages: &Pages) -> Result<String, PageFault> {
    let text = pages.render(Page::Adr, &told::variables(facts))?;
    checked(text, Page::Adr, pages)
}

/// What a decision record without a release begins with.
#[derive(Debug, Clone)]
pub struct Begun<'a> {
    /// The title.
    pub title: &'a str,
    /// The day (ISO 8601).
    pub date: &'a str,
    /// Who decides.
    pub roles: &'a Roles,
    /// The file names of records that this one replaces.
    pub supersedes: &'a [String],
}

/// Writes a decision record that its author fills in.
///
/// # Errors
/// As [`render`].
pub fn begin(begun: &Begun<'_>, pages: &Pages) -> Result<String, PageFault> {
    let variables = page::variables(&json!({
        "title": begun.title,
        "date": begun.date,
        "roles": begun.roles,
        "supersedes": begun.supersedes,
    }));
    let text = pages.render(Page::Decision, &variables)?;
    checked(text, Page::Decision, pages)
}

/// Returns the text if it is a record.
fn checked(text: String, page: Page, pages: &Pages) -> Result<String, PageFault> {
    match shape(&text) {
        None => Ok(text),
        Some(message) => Err(pages.refuse(page, message)),
    }
}

/// Says what a text lacks to be a record in the form of MADR 4.0.0; `None` where it lacks nothing.
#[must_use]
pub fn shape(text: &str) -> Option<String> {
    let decision = read(&SourceFile::new(RepoPath::default(), text.to_owned()));
    if let Some(fault) = decision.fault {
        return Some(fault);
    }
    if decision.status.is_none() {
        return Some("the front matter has no `status`".to_owned());
    }
    if decision.title.is_none() {
        return Some("there is no title: a line that starts with `# `".to_owned());
    }
    let mut rest = HEADINGS.as_slice();
    for (_, heading) in read::headings(text) {
        if let Some(at) = rest.iter().position(|known| *known == heading) {
            rest = rest.get(at + 1..).unwrap_or_default();
        } else if HEADINGS.contains(&heading) {
            return Some(format!("`{heading}` stands twice, or not where MADR 4.0.0 has it"));
        }
    }
    let there: Vec<&str> = read::headings(text).into_iter().map(|(_, heading)| heading).collect();
    let missing = NEEDED.iter().find(|needed| !there.contains(needed));
    missing.map(|needed| format!("there is no `{needed}`"))
}

/// Makes the part of a file name that tells what a record is about: letters, digits and dashes of
/// ASCII, at most 60 of them.
#[must_use]
pub fn slug(title: &str) -> String {
    let mut slug = String::new();
    for c in title.chars() {
        if c.is_ascii_alphanumeric() {
            slug.push(c.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.truncate(60);
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { "decision".to_owned() } else { slug.to_owned() }
}

/// Finds a name for a record that nobody has: the day and the title, with a number behind it where
/// they are taken.
pub fn free_name(date: &str, title: &str, taken: impl Fn(&str) -> bool) -> String {
    let stem = format!("{date}-{}", slug(title));
    let plain = std::iter::once(format!("{stem}.md"));
    let numbered = (2_u32..).map(|number| format!("{stem}-{number}.md"));
    plain.chain(numbered).find(|name| !taken(name)).unwrap_or_default()
}
