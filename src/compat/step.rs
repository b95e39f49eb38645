//! The step from one number to the next: is it the one that the change needs?

use super::suggest;
use super::table::step as rules;
use crate::finding::Rule;
use crate::version::{Bump, Step, Version, Zerover};

/// Whether somebody may rely on a version already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Published {
    /// It is published: its content never changes.
    Yes,
    /// It is work in progress: its content may change under the same number.
    No,
}

/// How a content compares with another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// Contract and behaviour are equal.
    Equal,
    /// Contract or behaviour differ.
    Differs,
}

/// The version that a change starts from.
#[derive(Debug, Clone)]
pub struct Baseline {
    /// Its number.
    pub version: Version,
    /// How its content compares with the new one.
    pub content: Content,
    /// Whether it is published.
    pub published: Published,
}

/// Who holds a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder {
    /// The tip of the base carries it.
    BaseTip,
    /// It is published: by a tag, the ledger, or a branch of `versioning.branches`.
    Published,
}

/// A number that is no longer free.
#[derive(Debug, Clone)]
pub struct Taken {
    /// The number.
    pub version: Version,
    /// Who holds it.
    pub holder: Holder,
    /// How the content there compares with the new one.
    pub content: Content,
}

/// What is needed to judge a step.
#[derive(Debug, Clone, Copy)]
pub struct StepInput<'a> {
    /// Where the change starts from; `None` for a first version.
    pub old: Option<&'a Baseline>,
    /// The number that the new content carries.
    pub new: &'a Version,
    /// The last published release on this line, against which pre-releases are measured.
    pub last_stable: Option<&'a Version>,
    /// The step that the change needs. For pre-releases: the change since `last_stable`.
    pub required: Bump,
    /// The numbers that are no longer free.
    pub taken: &'a [Taken],
    /// How versions below 1.0.0 are read.
    pub zerover: Zerover,
}

/// One fault of a step.
#[derive(Debug, Clone)]
pub struct StepFault {
    /// The rule.
    pub rule: &'static Rule,
    /// What is wrong, and what was expected.
    pub message: String,
    /// The next step.
    pub help: Option<String>,
}

/// What is to be said about a step.
#[derive(Debug, Clone)]
pub struct Judgement {
    /// The faults, in the order of their discovery.
    pub faults: Vec<StepFault>,
    /// The step that the two numbers announce.
    pub declared: Bump,
    /// The smallest free number that the change may have.
    pub suggested: Version,
}

/// Chooses the version that `new` is measured against: the greatest release that is not above it,
/// so that 1.4.3 follows 1.4.2 while 2.0.0 exists.
///
/// Where every release is above `new`, or there is none, the greatest published version serves.
#[must_use]
pub fn baseline<'v>(published: &'v [Version], new: &Version) -> Option<&'v Version> {
    let below = published.iter().filter(|version| !version.is_prerelease() && *version <= new);
    below.max().or_else(|| published.iter().max())
}

/// Judges the step from the old number to the new one.
#[must_use]
pub fn judge(input: &StepInput<'_>) -> Judgement {
    let suggested = suggest::suggested(input);
    let mut judge = Judge { input, suggested: &suggested, faults: Vec::new() };
    let declared = judge.run();
    let faults = judge.faults;
    Judgement { faults, declared, suggested }
}

struct Judge<'a> {
    input: &'a StepInput<'a>,
    suggested: &'a Version,
    faults: Vec<StepFault>,
}

/// What becomes of the judgement after a check.
enum Verdict {
    /// The number cannot stand, so its size is not judged.
    Settled,
    /// Nothing was found that settles it.
    Open,
}

impl Judge<'_> {
    fn add(&mut self, rule: &'static Rule, message: String) {
        let help = format!("use {}", self.suggested);
        self.faults.push(StepFault { rule, message, help: Some(help) });
    }

    fn run(&mut self) -> Bump {
        let input = self.input;
        self.build_metadata();
        if matches!(self.holders(), Verdict::Settled) {
            return Bump::None;
        }
        let Some(old) = input.old else { return Bump::None };
        // Work in progress is measured against what is published.
        let from = match (old.published, input.last_stable) {
            (Published::No, None) => return Bump::None,
            (Published::No, Some(stable)) => stable,
            (Published::Yes, _) => &old.version,
        };
        let same_number_is_a_fault =
            old.published == Published::Yes && old.content == Content::Differs;
        match input.new.step_from(from) {
            Step::Same | Step::BuildOnly if same_number_is_a_fault => self.unchanged(from),
            Step::Same | Step::BuildOnly => Bump::None,
            Step::Lower => self.lower(from),
            Step::Higher => self.higher(from),
        }
    }

    fn build_metadata(&mut self) {
        let new = self.input.new;
        let twin = self.input.old.is_some_and(|old| {
            old.published == Published::Yes && new.step_from(&old.version) == Step::BuildOnly
        });
        if twin {
            let old = self.input.old.map(|old| old.version.to_string()).unwrap_or_default();
            self.add(
                &rules::BUILD_METADATA_ONLY,
                format!("{new} and {old} differ in build metadata only, which has no precedence"),
            );
        } else if new.has_build() {
            self.add(
                &rules::BUILD_METADATA_FORBIDDEN,
                format!("{new} carries build metadata; entry versions have none"),
            );
        }
    }

    /// Looks for others who hold the number, or a number that forbids it.
    fn holders(&mut self) -> Verdict {
        let input = self.input;
        let new = input.new;
        let holds = |taken: &&Taken| taken.version == *new;
        let own = input.old.is_some_and(|old| old.version == *new);
        if let Some(other) =
            input.taken.iter().filter(holds).find(|taken| taken.content == Content::Differs)
        {
            // The baseline may be among the taken numbers; `version-unchanged` speaks of it, but not
            // where others brought the number meanwhile.
            let meanwhile = other.holder == Holder::BaseTip;
            if own && !meanwhile && input.old.is_some_and(is_changed) {
                return Verdict::Open;
            }
            let (rule, who): (&'static Rule, &str) = match other.holder {
                Holder::BaseTip => (&rules::SLOT_TAKEN_ON_BASE, "on the base"),
                Holder::Published => (&rules::ALREADY_PUBLISHED, "as published"),
            };
            self.add(rule, format!("{new} has other content {who}"));
            return Verdict::Settled;
        }
        let earlier = input
            .taken
            .iter()
            .filter(holds)
            .any(|taken| taken.holder == Holder::Published && taken.content == Content::Equal);
        if earlier && input.old.is_some_and(|old| old.version > *new) {
            self.faults.push(StepFault {
                rule: &rules::REVERTED,
                message: format!("content and number are those of the published {new}"),
                help: None,
            });
            return Verdict::Settled;
        }
        if new.is_prerelease() { self.prerelease() } else { Verdict::Open }
    }

    /// Checks a pre-release against the published versions of the same core.
    fn prerelease(&mut self) -> Verdict {
        let input = self.input;
        let new = input.new;
        let published = input.taken.iter().filter(|taken| taken.holder == Holder::Published);
        let old = input.old.filter(|old| old.published == Published::Yes);
        let known = published
            .map(|taken| &taken.version)
            .chain(old.map(|old| &old.version))
            .chain(input.last_stable);
        let last = known.filter(|version| version.core() == new.core()).max();
        match last {
            Some(last) if !last.is_prerelease() => {
                self.add(
                    &rules::PRERELEASE_AFTER_RELEASE,
                    format!("{new} is a pre-release of {last}, which is published"),
                );
                Verdict::Settled
            }
            Some(last) if last > new => {
                self.add(
                    &rules::PRERELEASE_NOT_INCREASING,
                    format!("{new} does not come after {last}; numbers behind a dot count as numbers, `rc10` does not"),
                );
                Verdict::Settled
            }
            _ => Verdict::Open,
        }
    }

    fn unchanged(&mut self, old: &Version) -> Bump {
        if self.input.new.step_from(old) == Step::Same {
            let required = self.input.required.max(Bump::Patch);
            self.add(
                &rules::UNCHANGED,
                format!(
                    "{old} is published and its content changed; the change needs {required} ({old} → {})",
                    self.suggested
                ),
            );
        }
        Bump::None
    }

    fn lower(&mut self, old: &Version) -> Bump {
        let new = self.input.new;
        self.add(&rules::DECREASED, format!("{new} is lower than {old}, which it follows"));
        Bump::None
    }

    fn higher(&mut self, from: &Version) -> Bump {
        let input = self.input;
        let new = input.new;
        // A pre-release is measured by where it leads to, and a release by what it replaces.
        let reference = match input.last_stable {
            Some(stable) if (from.is_prerelease() || new.is_prerelease()) && stable < new => stable,
            _ => from,
        };
        if reference.is_prerelease() && reference.core() == new.core() {
            // There was never a release to compare with.
            return new.declared_from(reference, input.zerover);
        }
        let declared = new.declared_from(reference, input.zerover);
        let required = input.required;
        if declared < required {
            let rule: &'static Rule = if new.is_prerelease() {
                &rules::PRERELEASE_CORE_INSUFFICIENT
            } else {
                &rules::BUMP_INSUFFICIENT
            };
            self.add(
                rule,
                format!(
                    "{reference} → {new} is a {declared} step; the change needs {required} ({reference} → {})",
                    self.suggested
                ),
            );
            return declared;
        }
        // Whoever stays on a pre-release's numbers answered for them before.
        if from.is_prerelease() && from.core() == new.core() {
            return declared;
        }
        if !is_reset(reference, new) {
            self.add(
                &rules::LOWER_NOT_RESET,
                format!("{reference} → {new}: the numbers behind the raised one start again at 0"),
            );
            return declared;
        }
        self.size(reference, declared);
        declared
    }

    /// Warns of steps that are larger than needed and of numbers that are left out.
    fn size(&mut self, reference: &Version, declared: Bump) {
        let Judge { input, suggested, .. } = *self;
        let new = input.new;
        let needed = input.required.max(Bump::Patch);
        let next = |bump: Bump| reference.next(bump, input.zerover).core();
        // Below 1.0.0 several steps share a number, and leaving it is a decision of its own.
        let leaves_zero = reference.core().0 == 0 && new.core() == (1, 0, 0);
        if declared > needed && next(declared) != next(needed) && !leaves_zero {
            self.add(
                &rules::BUMP_EXCESSIVE,
                format!(
                    "{reference} → {new} is a {declared} step; the change needs {} ({reference} → {suggested})",
                    input.required
                ),
            );
        }
        let first = suggest::free(reference, declared, input);
        if new.core() > first.core() && !leaves_zero {
            self.add(
                &rules::SKIPPED,
                format!("{reference} → {new} leaves out {}", first.without_labels()),
            );
        }
    }
}

fn is_changed(old: &Baseline) -> bool {
    old.published == Published::Yes && old.content == Content::Differs
}

/// Says whether the numbers behind the raised one are 0.
fn is_reset(old: &Version, new: &Version) -> bool {
    let ((old_major, old_minor, _), (major, minor, patch)) = (old.core(), new.core());
    if major > old_major { minor == 0 && patch == 0 } else { minor == old_minor || patch == 0 }
}

#[cfg(test)]
mod tests;
