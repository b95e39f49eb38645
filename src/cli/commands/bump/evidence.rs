//! `keelmark bump --level patch --evidence RUN`: a changed text that is shown to be no worse.
//!
//! What evidence is worth is said by the check alone: a number and its line are laid over the tree
//! together with the evidence, and the check is asked what it makes of them.

use super::{Bench, Files, how, overlay};
use crate::checks::evidence::{Doubt, DoubtKind};
use crate::checks::report::EntryReport;
use crate::cli::apply;
use crate::cli::args::{BumpArgs, LevelArg};
use crate::cli::context::Workspace;
use crate::cli::failure::Failure;
use crate::cli::store::runs::Runs;
use crate::compat::change::Change;
use crate::compat::evidence::{is_shown, is_text};
use crate::evals::evidence::Evidence;
use crate::path::RepoPath;
use crate::version::{Bump, Version};

/// How many patch numbers in a row may be taken by others.
const MOST_TAKEN: u32 = 100;

/// Evidence that was made from a run.
pub(super) struct Offer {
    /// Where it belongs.
    pub(super) path: RepoPath,
    /// What stands there.
    pub(super) on_disk: Option<Vec<u8>>,
    /// What is to stand there.
    pub(super) text: Vec<u8>,
    digest: String,
    run: String,
}

impl Offer {
    /// Makes evidence from the run that was named; `None` where none was.
    ///
    /// # Errors
    /// Other options that do not go with it; a run that is no evidence.
    pub(super) fn open(
        workspace: &Workspace,
        arguments: &BumpArgs,
    ) -> Result<Option<Self>, Failure> {
        let Some(run) = &arguments.evidence else { return Ok(None) };
        if !matches!(arguments.level, Some(LevelArg::Patch)) {
            return Err(Failure::usage(
                "`--evidence` goes with `--level patch`: it lowers a step to that",
            )
            .hint("`keelmark bump billing_refund --level patch --evidence latest`"));
        }
        if arguments.entries.is_empty() {
            return Err(Failure::usage("`--evidence` needs an entry")
                .hint("`keelmark bump billing_refund --level patch --evidence latest`"));
        }
        let top = workspace.opened.top()?;
        let stored = Runs::open(top)?.find(run)?;
        let id = &stored.record.id;
        let (cases, _) = stored.sorted_cases()?;
        let unfit = |fault: &dyn std::fmt::Display| {
            Failure::usage(format!("the run `{id}` is no evidence: {fault}"))
        };
        let evidence = Evidence::of(&stored.record, &cases).map_err(|fault| unfit(&fault))?;
        let text = evidence.to_json().map_err(std::io::Error::from)?;
        // The digest is that of what will be read.
        let (_, digest) = Evidence::parse(&text).map_err(|fault| unfit(&fault))?;
        let path = Evidence::path(workspace.layout.root(), digest);
        let on_disk = std::fs::read(apply::on_disk(top, &path)).ok();
        let (digest, run) = (digest.to_string(), id.clone());
        Ok(Some(Self { path, on_disk, text: text.into_bytes(), digest, run }))
    }

    /// Finds the number that the evidence allows, with the digest to name and a note for people.
    ///
    /// # Errors
    /// Other changes decide, or none needs evidence; the evidence does not hold.
    pub(super) fn target(
        &self,
        bench: &Bench<'_>,
        files: &Files,
        entry: &EntryReport,
    ) -> Result<(Version, Option<&str>, String), Failure> {
        let name = &entry.name;
        refuse_other_reasons(entry)?;
        let needless = || {
            Failure::usage(format!(
                "`{name}` needs no evidence: the change needs {}",
                entry.required
            ))
            .hint(format!("`keelmark bump {}` writes what it needs", name.id))
        };
        let spoken = |change: &Change| is_text(change) || is_shown(change);
        let base = entry.base_version.as_ref().filter(|_| entry.reasons.iter().any(spoken));
        let base = base.ok_or_else(needless)?;
        let zerover = bench.ground.trusted.versioning.zerover;
        let mut number = base.next(Bump::Patch, zerover);
        if base.is_prerelease() || number.declared_from(base, zerover) != Bump::Patch {
            return Err(needless());
        }
        for _ in 0..MOST_TAKEN {
            let judged = self.ask(bench, files, entry, &number)?;
            match judged.and_then(|judged| Some((judged.evidence?, judged.suggested))) {
                Some((Ok(shown), suggested)) => {
                    let number = suggested.unwrap_or(number);
                    let note = format!("{name} {base} → {number} (patch; {shown})");
                    return Ok((number, Some(&self.digest), note));
                }
                Some((Err(doubt), _)) => return Err(self.refuse(entry, &doubt)),
                // Somebody else has the number.
                None => number = number.next(Bump::Patch, zerover),
            }
        }
        Err(Failure::undecided(format!("`{name}` has no free patch number above {base}")))
    }

    /// Asks the check what it makes of a number with this evidence.
    fn ask(
        &self,
        bench: &Bench<'_>,
        files: &Files,
        entry: &EntryReport,
        number: &Version,
    ) -> Result<Option<EntryReport>, Failure> {
        let mut laid = files.clone();
        if let Some((path, old, new)) = bench.bump(entry, number, Some(&self.digest))? {
            laid.insert(path, (Some(old), new));
        }
        laid.insert(self.path.clone(), (None, self.text.clone()));
        let tree = overlay(bench.workspace.snapshot(), &laid);
        let report = bench.ground.check(bench.workspace, &tree, how())?;
        Ok(report.entries.into_iter().find(|judged| judged.name == entry.name))
    }

    fn refuse(&self, entry: &EntryReport, doubt: &Doubt) -> Failure {
        let message = format!(
            "the run `{}` does not let `{}` be a patch: {}",
            self.run, entry.name, doubt.what
        );
        let failure = match doubt.kind {
            DoubtKind::Refuted => Failure::refused(message),
            DoubtKind::Open => Failure::undecided(message),
            DoubtKind::Unfit => Failure::usage(message),
        };
        failure.hint(doubt.next.clone())
    }
}

/// Evidence speaks of texts: whatever else asks for a larger step decides alone.
fn refuse_other_reasons(entry: &EntryReport) -> Result<(), Failure> {
    let others: Vec<String> = entry
        .reasons
        .iter()
        .filter(|change| change.bump > Bump::Patch && !is_text(change))
        .map(|change| format!("  {}: {} ({})", change.bump, change.note, change.rule.id))
        .collect();
    if others.is_empty() || entry.required <= Bump::Patch {
        return Ok(());
    }
    Err(Failure::refused(format!(
        "`{}` needs a {} step; evidence speaks of texts alone, and not of\n{}",
        entry.name,
        entry.required,
        others.join("\n")
    ))
    .hint("leave `--level` and `--evidence` out, or make the text a change of its own"))
}
