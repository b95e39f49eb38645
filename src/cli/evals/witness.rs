//! The witness whom a check asks: evidence of the tree at hand against the bars of the base.

use crate::checks::evidence::{Claim, Doubt, DoubtKind, Witness};
use crate::checks::read_policy;
use crate::digest::Digest;
use crate::evals::baseline::Baseline;
use crate::evals::evidence::{Bench, Evidence, EvidenceFault, MAX_BYTES, words};
use crate::evals::record::RunRecord;
use crate::path::RepoPath;
use crate::registry::policy::gates::Gates;
use crate::schema::PolicyName;
use crate::snapshot::{Mode, ReadFault, Snapshot};

/// Judges evidence by the base.
pub(in crate::cli) struct Examiner<'a> {
    /// The tree that bars and baselines are believed from; the one under check before there is one.
    pub trusted: Option<&'a dyn Snapshot>,
}

impl Witness for Examiner<'_> {
    fn vouch(&self, claim: &Claim<'_>) -> Result<Result<String, Doubt>, ReadFault> {
        let evidence = match read(claim)? {
            Ok(evidence) => evidence,
            Err(doubt) => return Ok(Err(doubt)),
        };
        let root = claim.layout.root();
        let tree = self.trusted.unwrap_or(claim.head);
        let run = &evidence.run;
        let baseline = match read_baseline(tree, root, run)? {
            Ok(baseline) => baseline.map(|(baseline, _)| baseline),
            Err(doubt) => return Ok(Err(doubt)),
        };
        let gates = read_policy::<Gates>(tree, claim.layout, PolicyName::Gates)?;
        let Ok(gates) = gates.map(|read| read.map(|read| read.policy)) else {
            let what = "the base's gates.yaml cannot be believed".to_owned();
            return Ok(Err(unfit(what, "have it mended at the base")));
        };
        let entry = claim.entry.to_string();
        let bench = Bench {
            entry: &entry,
            before: claim.before,
            after: claim.after,
            baseline: baseline.as_ref(),
            gates: gates.as_ref(),
        };
        Ok(match evidence.judge(&bench) {
            Ok(shown) => {
                Ok(format!("`{}` with `{}`: {}", run.suite.entry, run.model, words(&shown)))
            }
            Err(fault) => Err(doubt(&fault)),
        })
    }
}

/// Reads the evidence that a claim cites.
fn read(claim: &Claim<'_>) -> Result<Result<Evidence, Doubt>, ReadFault> {
    let path = Evidence::path(claim.layout.root(), claim.digest);
    let restore = "`git add` the file as `keelmark bump` wrote it";
    let Some(file) = claim.head.file(&path)? else {
        return Ok(Err(unfit(format!("`{path}` does not exist"), restore)));
    };
    if !matches!(file.mode, Mode::Regular | Mode::Executable) {
        return Ok(Err(unfit(format!("`{path}` is no regular file"), restore)));
    }
    let bytes = match claim.head.read(&file, MAX_BYTES) {
        Ok(bytes) => bytes,
        Err(fault @ ReadFault::TooLarge { .. }) => {
            return Ok(Err(unfit(fault.to_string(), restore)));
        }
        Err(fault) => return Err(fault),
    };
    let parsed = String::from_utf8(bytes)
        .map_err(|_| "it is not UTF-8".to_owned())
        .and_then(|text| Evidence::parse(&text).map_err(|fault| fault.to_string()));
    Ok(match parsed {
        Ok((evidence, digest)) if digest == claim.digest => Ok(evidence),
        Ok((_, digest)) => Err(unfit(
            format!("`{path}` was edited: its content has the digest {}", digest.short(12)),
            restore,
        )),
        Err(why) => Err(unfit(format!("`{path}`: {why}"), restore)),
    })
}

/// Reads the baseline of a run's suite and model, with the digest of its bytes; `None` where the
/// tree has none.
///
/// # Errors
/// The outer error when bytes cannot be had; the inner one for a file that is no baseline.
pub(in crate::cli) fn read_baseline(
    tree: &dyn Snapshot,
    root: &RepoPath,
    run: &RunRecord,
) -> Result<Result<Option<(Baseline, Digest)>, Doubt>, ReadFault> {
    // Runs over prompts with several models have a label that is no id, and no baseline.
    let Ok(path) = Baseline::path(root, &run.suite.entry, &run.model) else {
        return Ok(Ok(None));
    };
    let Some(file) = tree.file(&path)? else { return Ok(Ok(None)) };
    let bytes = tree.read(&file, MAX_BYTES)?;
    let digest = Digest::of(&bytes);
    let parsed = String::from_utf8(bytes)
        .map_err(|_| "it is not UTF-8".to_owned())
        .and_then(|text| Baseline::parse(&text).map_err(|fault| fault.to_string()));
    Ok(match parsed {
        Ok(baseline) => Ok(Some((baseline, digest))),
        Err(why) => Err(unfit(
            format!("the baseline `{path}` cannot be read: {why}"),
            "`keelmark eval bless RUN` writes it anew",
        )),
    })
}

fn unfit(what: String, next: &str) -> Doubt {
    Doubt { kind: DoubtKind::Unfit, what, next: next.to_owned() }
}

/// Says what a fault means for whoever named the evidence.
fn doubt(fault: &EvidenceFault) -> Doubt {
    let (kind, next) = match fault {
        EvidenceFault::GatesClosed | EvidenceFault::Worse(_) => {
            (DoubtKind::Refuted, "make the text better, or have the step be minor")
        }
        EvidenceFault::Undecided { .. } => (
            DoubtKind::Open,
            "run the suite with more cases, or more often with `keelmark eval run --changed --repeat 5`",
        ),
        EvidenceFault::NoBaseline { .. } | EvidenceFault::OtherBaseline { .. } => (
            DoubtKind::Open,
            "bless a run of the published version first, and have that baseline merged",
        ),
        EvidenceFault::Incomparable { .. } => (
            DoubtKind::Open,
            "merge what else differs, bless a run of the published version, then run the suite again",
        ),
        EvidenceFault::NothingMeasured => {
            (DoubtKind::Open, "have a margin merged for a metric that the suite measures")
        }
        EvidenceFault::NoMargins => (
            DoubtKind::Unfit,
            "have `margins` merged into gates.yaml first, such as `margins: {exact: 0.02}`",
        ),
        EvidenceFault::Policy { .. } => (DoubtKind::Unfit, "have gates.yaml mended at the base"),
        EvidenceFault::OtherText { .. }
        | EvidenceFault::NotAsked { .. }
        | EvidenceFault::Unfinished
        | EvidenceFault::Part => {
            (DoubtKind::Unfit, "run the whole suite again: `keelmark eval run --changed`")
        }
        EvidenceFault::Json(_) | EvidenceFault::Schema { .. } | EvidenceFault::Cases(_) => {
            (DoubtKind::Unfit, "name another run")
        }
    };
    Doubt { kind, what: fault.to_string(), next: next.to_owned() }
}
