//! What Keelmark says about a registry: findings, and the rules that they belong to.
//!
//! A finding is data. It knows its rule, its place and its words; it knows nothing of terminals,
//! formats or exit codes. A finding is not an error: an error is a failure to do the job.

use std::cmp::Ordering;

use crate::digest::Digest;
use crate::ident::EntryName;
use crate::path::RepoPath;
use crate::source::{SourceFile, Span};
use crate::version::Bump;

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The change is refused.
    Error,
    /// Worth mending; the change passes.
    Warning,
    /// Worth knowing.
    Note,
}

impl Severity {
    /// Returns the word used in every format.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// What a rule is about; each family has one page below `docs/rules/`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// Reading files: syntax, encoding, size.
    Reading,
    /// The shape of entries: schemas, names, places.
    Shape,
    /// Numbers, steps and changelogs.
    Version,
    /// What callers send.
    Input,
    /// What callers receive.
    Output,
    /// Templates, messages, parameters and models.
    Prompt,
    /// Models: weights, limits, capabilities, providers.
    Model,
    /// Rows, columns, splits and partitions.
    Dataset,
    /// Promises: policies, licences, data classes.
    Policy,
    /// Owner, description, status and the like.
    Metadata,
    /// Digests and payload files.
    Integrity,
    /// References between entries.
    Reference,
    /// Cases, suites and gates.
    Eval,
    /// What a composite needs before it is released.
    Release,
}

impl Family {
    /// Every family, in the order of the documentation.
    pub const ALL: [Self; 14] = [
        Self::Reading,
        Self::Shape,
        Self::Version,
        Self::Input,
        Self::Output,
        Self::Prompt,
        Self::Model,
        Self::Dataset,
        Self::Policy,
        Self::Metadata,
        Self::Integrity,
        Self::Reference,
        Self::Eval,
        Self::Release,
    ];

    /// Returns the name of the family and of its page.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Reading => "reading",
            Self::Shape => "shape",
            Self::Version => "version",
            Self::Input => "input",
            Self::Output => "output",
            Self::Prompt => "prompt",
            Self::Model => "model",
            Self::Dataset => "dataset",
            Self::Policy => "policy",
            Self::Metadata => "metadata",
            Self::Integrity => "integrity",
            Self::Reference => "reference",
            Self::Eval => "eval",
            Self::Release => "release",
        }
    }
}

/// The other rule that speaks of the same change in the opposite direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mirror {
    /// The mirror's id.
    Rule(&'static str),
    /// Why there is none.
    Waived(&'static str),
}

/// One rule: what it is called, how much it weighs and what it is for.
///
/// Rules are constants, listed in one slice per room; `checks::catalogue` joins the slices.
#[derive(Debug)]
pub struct Rule {
    /// The stable id, in kebab case. It reads as "allow `<id>`".
    pub id: &'static str,
    /// Which page documents it.
    pub family: Family,
    /// The severity of its findings unless the configuration changes it.
    pub severity: Severity,
    /// The severity of the findings that weigh least; some weigh less than the rule, such as those
    /// about drafts.
    pub least: Severity,
    /// The step that the change asks for, where the rule is about a change.
    pub bump: Option<Bump>,
    /// Whether the finding says that published bytes do not match (exit code 4).
    pub integrity: bool,
    /// One sentence: what the rule finds.
    pub summary: &'static str,
    /// The version of Keelmark that brought the rule.
    pub since: &'static str,
    /// Why the bump is what it is, and who else decides so; empty where there is no bump.
    pub rationale: &'static str,
    /// The schema pointer of the value that the rule reads; empty where it reads no single one.
    pub reads: &'static str,
    /// The mirror, for rules about a change.
    pub mirror: Option<Mirror>,
}

impl Rule {
    /// Makes a rule whose findings are errors.
    #[must_use]
    pub const fn error(id: &'static str, family: Family, summary: &'static str) -> Self {
        Self {
            id,
            family,
            severity: Severity::Error,
            least: Severity::Error,
            bump: None,
            integrity: false,
            summary,
            since: "0.1.0",
            rationale: "",
            reads: "",
            mirror: None,
        }
    }

    /// Makes a rule whose findings are warnings.
    #[must_use]
    pub const fn warning(id: &'static str, family: Family, summary: &'static str) -> Self {
        Self {
            severity: Severity::Warning,
            least: Severity::Warning,
            ..Self::error(id, family, summary)
        }
    }

    /// Makes a rule whose findings are notes.
    #[must_use]
    pub const fn note(id: &'static str, family: Family, summary: &'static str) -> Self {
        Self { severity: Severity::Note, least: Severity::Note, ..Self::error(id, family, summary) }
    }

    /// Says that some findings of the rule weigh less than the rule.
    #[must_use]
    pub const fn down_to(self, least: Severity) -> Self {
        Self { least, ..self }
    }

    /// Makes a rule whose findings say that published bytes do not match.
    #[must_use]
    pub const fn integrity(id: &'static str, family: Family, summary: &'static str) -> Self {
        Self { integrity: true, ..Self::error(id, family, summary) }
    }
}

/// A place in a file.
#[derive(Debug, Clone)]
pub struct Place {
    /// The file.
    pub file: SourceFile,
    /// The JSON pointer of the value that is spoken of; empty for the whole document.
    pub pointer: String,
    /// The bytes to point at.
    pub span: Span,
}

impl Place {
    /// Points at a file as a whole.
    #[must_use]
    pub fn of_file(file: SourceFile) -> Self {
        Self { file, pointer: String::new(), span: Span::default() }
    }
}

/// A further place with a sentence of its own, such as the old line at the baseline.
#[derive(Debug, Clone)]
pub struct Related {
    /// The place.
    pub place: Place,
    /// What stands there.
    pub message: String,
}

/// Whether a fix may be applied without asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Safety {
    /// The result is what the author would have written.
    Safe,
    /// The result may not be what the author meant.
    Unsafe,
}

/// Other text for some bytes of the finding's file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replacement {
    /// The bytes to replace.
    pub span: Span,
    /// What is to stand there.
    pub text: String,
}

/// A way to mend a finding in its own file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// What the fix does.
    pub title: String,
    /// Whether it may be applied without asking.
    pub safety: Safety,
    /// The replacements, which do not overlap.
    pub replacements: Vec<Replacement>,
}

/// One thing that a rule has to say.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The rule.
    pub rule: &'static Rule,
    /// The severity after the configuration has had its say.
    pub severity: Severity,
    /// The entry that the finding belongs to.
    pub entry: Option<EntryName>,
    /// Where.
    pub place: Place,
    /// What is wrong, and what was expected.
    pub message: String,
    /// The next step.
    pub help: Option<String>,
    /// Further places.
    pub related: Vec<Related>,
    /// Whether the fault stood at the base already.
    pub inherited: bool,
    /// A way to mend it.
    pub fix: Option<Fix>,
    /// The old and the new value, which make the fingerprint.
    pub values: (String, String),
}

impl Finding {
    /// Makes a finding with the rule's own severity.
    #[must_use]
    pub fn new(rule: &'static Rule, place: Place, message: impl Into<String>) -> Self {
        Self {
            rule,
            severity: rule.severity,
            entry: None,
            place,
            message: message.into(),
            help: None,
            related: Vec::new(),
            inherited: false,
            fix: None,
            values: (String::new(), String::new()),
        }
    }

    /// Adds the next step.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Says which entry the finding belongs to.
    #[must_use]
    pub fn entry(mut self, entry: &EntryName) -> Self {
        self.entry = Some(entry.clone());
        self
    }

    /// Adds a further place.
    #[must_use]
    pub fn related(mut self, place: Place, message: impl Into<String>) -> Self {
        self.related.push(Related { place, message: message.into() });
        self
    }

    /// Adds a way to mend it.
    #[must_use]
    pub fn fix(mut self, fix: Fix) -> Self {
        self.fix = Some(fix);
        self
    }

    /// Adds the old and the new value.
    #[must_use]
    pub fn values(mut self, old: impl Into<String>, new: impl Into<String>) -> Self {
        self.values = (old.into(), new.into());
        self
    }

    /// Returns the path of the file that the finding speaks of.
    #[must_use]
    pub fn path(&self) -> &RepoPath {
        self.place.file.path()
    }

    /// Returns the fingerprint: 12 hexadecimal digits that stay the same while rule, entry,
    /// pointer and values do, whatever happens to lines and to other entries.
    ///
    /// It is `sha256(rule ‖ entry or path ‖ pointer ‖ old ‖ new)[:12]`, the parts separated by NUL.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let subject =
            self.entry.as_ref().map_or_else(|| self.path().to_string(), ToString::to_string);
        let (old, new) = &self.values;
        let parts = [self.rule.id, &subject, &self.place.pointer, old, new];
        Digest::of(parts.join("\0").as_bytes()).short(12)
    }

    /// Orders findings by path, place and rule, so that equal input gives equal output.
    #[must_use]
    pub fn order(&self, other: &Self) -> Ordering {
        let key = |f: &Self| (f.place.span.start, f.rule.id, f.place.span.end);
        self.path()
            .cmp(other.path())
            .then_with(|| key(self).cmp(&key(other)))
            .then_with(|| self.place.pointer.cmp(&other.place.pointer))
            .then_with(|| self.message.cmp(&other.message))
    }
}
