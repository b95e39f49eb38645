//! From a template to a page: Keelmark's own, or the one that a registry has in its place.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use serde_json::Value;

use crate::integrity::payload::MAX_TEXT_BYTES;
use crate::path::RepoPath;
use crate::registry::layout::Layout;
use crate::snapshot::{Mode, ReadFault, Snapshot};
use crate::source::{Position, SourceFile};
use crate::template::{self, Variables};

/// The pages that have a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Page {
    /// The decision record of a release.
    Adr,
    /// Any other decision record.
    Decision,
    /// The notes of a release.
    Notes,
    /// What changed between two revisions.
    Changes,
    /// The section of a release in the repository's changelog, without its heading.
    Changelog,
    /// The post-mortem of a rollback.
    PostMortem,
}

impl Page {
    /// Every page, by name.
    pub const ALL: [Self; 6] =
        [Self::Adr, Self::Changelog, Self::Changes, Self::Decision, Self::Notes, Self::PostMortem];

    /// Returns the name of the template's file.
    #[must_use]
    pub const fn file_name(self) -> &'static str {
        match self {
            Self::Adr => "adr.md",
            Self::Decision => "decision.md",
            Self::Notes => "notes.md",
            Self::Changes => "changes.md",
            Self::Changelog => "changelog.md",
            Self::PostMortem => "postmortem.md",
        }
    }

    const fn text(self) -> &'static str {
        match self {
            Self::Adr => include_str!("../../templates/release/adr.md"),
            Self::Decision => include_str!("../../templates/release/decision.md"),
            Self::Notes => include_str!("../../templates/release/notes.md"),
            Self::Changes => include_str!("../../templates/release/changes.md"),
            Self::Changelog => include_str!("../../templates/release/changelog.md"),
            Self::PostMortem => include_str!("../../templates/release/postmortem.md"),
        }
    }
}

/// A template that cannot be used, and where in it the fault is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageFault {
    /// The template.
    pub path: RepoPath,
    /// Where in it; `None` for the file as a whole.
    pub at: Option<Position>,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for PageFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, at, message } = self;
        match at {
            Some(Position { line, column }) => write!(f, "{path}:{line}:{column}: {message}"),
            None => write!(f, "{path}: {message}"),
        }
    }
}

impl std::error::Error for PageFault {}

/// The templates of a registry.
#[derive(Debug, Clone, Default)]
pub struct Pages {
    own: BTreeMap<Page, SourceFile>,
}

impl Pages {
    /// Reads the templates that a registry has in the place of Keelmark's, from `templates/`.
    ///
    /// # Errors
    /// When the tree cannot be read. A template that is too large, no regular file or no UTF-8 is
    /// the inner fault.
    pub fn read(
        tree: &dyn Snapshot,
        layout: &Layout,
    ) -> Result<Result<Self, PageFault>, ReadFault> {
        let folder = layout.root().join("templates");
        let mut own = BTreeMap::new();
        for page in Page::ALL {
            let path = folder.join(page.file_name());
            let Some(file) = tree.file(&path)? else { continue };
            let refuse =
                |message: String| Ok(Err(PageFault { path: path.clone(), at: None, message }));
            if !matches!(file.mode, Mode::Regular | Mode::Executable) {
                return refuse("a template is a regular file".to_owned());
            }
            let bytes = match tree.read(&file, MAX_TEXT_BYTES) {
                Ok(bytes) => bytes,
                Err(ReadFault::TooLarge { size, limit, .. }) => {
                    return refuse(format!("the template has {size} bytes; at most {limit}"));
                }
                Err(fault) => return Err(fault),
            };
            match String::from_utf8(bytes) {
                Ok(text) => own.insert(page, SourceFile::new(path, text)),
                Err(_) => return refuse("the template is not UTF-8".to_owned()),
            };
        }
        Ok(Ok(Self { own }))
    }

    /// Renders a page.
    ///
    /// # Errors
    /// The template fails, at a place.
    pub fn render(&self, page: Page, variables: &Variables) -> Result<String, PageFault> {
        let own = self.source(page);
        template::page::render(own.text(), variables).map_err(|fault| PageFault {
            path: own.path().clone(),
            at: Some(own.position(fault.span.start)),
            message: fault.message,
        })
    }

    /// Says what is wrong with what a template made.
    pub(super) fn refuse(&self, page: Page, message: String) -> PageFault {
        PageFault { path: self.source(page).path().clone(), at: None, message }
    }

    fn source(&self, page: Page) -> SourceFile {
        self.own.get(&page).cloned().unwrap_or_else(|| {
            let path = RepoPath::from("templates/release").join(page.file_name());
            SourceFile::new(path, page.text().to_owned())
        })
    }
}

/// Makes the variables of a template: the fields of a value.
pub(super) fn variables(value: &impl Serialize) -> Variables {
    // What is serialised here is plain data; there is nothing that could fail.
    match serde_json::to_value(value) {
        Ok(Value::Object(fields)) => fields.into_iter().collect(),
        _ => Variables::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::MemorySnapshot;

    fn layout() -> Layout {
        Layout::new(RepoPath::from("registry"))
    }

    #[test]
    fn a_registry_may_have_templates_of_its_own() {
        let tree =
            MemorySnapshot::new().with("registry/templates/notes.md", "# {{ v }}\n{{ w }}\n");
        let pages = Pages::read(&tree, &layout()).expect("read").expect("templates");
        let mut variables = Variables::from([("v".to_owned(), "a*".into())]);
        let fault = pages.render(Page::Notes, &variables).expect_err("no value");
        assert_eq!(fault.to_string(), "registry/templates/notes.md:2:4: `w` is undefined");
        variables.insert("w".to_owned(), "b".into());
        assert_eq!(pages.render(Page::Notes, &variables).as_deref(), Ok("# a\\*\nb\n"));
    }

    #[test]
    fn a_template_that_cannot_be_read_is_named() {
        let large = vec![b'x'; usize::try_from(MAX_TEXT_BYTES).expect("small") + 1];
        let cases = [
            (Mode::Regular, large, "has 1048577 bytes"),
            (Mode::Regular, b"\xff".to_vec(), "is not UTF-8"),
            (Mode::Symlink, b"x".to_vec(), "is a regular file"),
        ];
        for (mode, bytes, words) in cases {
            let tree = MemorySnapshot::new().with_mode("registry/templates/adr.md", mode, bytes);
            let fault = Pages::read(&tree, &layout()).expect("read").expect_err("a fault");
            assert!(fault.to_string().starts_with("registry/templates/adr.md: "), "{fault}");
            assert!(fault.message.contains(words), "{fault}");
        }
    }
}
