//! Finished runs go into the ledger, and their cases onto the branch of packs.

use super::Desk;
use super::proof::Found;
use crate::cli::args::SignArgs;
use crate::cli::failure::Failure;
use crate::cli::ledger::{Book, Change};
use crate::cli::release::published::Branches;
use crate::cli::shelf::{Parcel, Shelf};
use crate::cli::signing::Notary;
use crate::cli::steps;
use crate::cli::store::runs::Stored;
use crate::digest::Digest;
use crate::evals::record::{GitStamp, RunRecord, Status};
use crate::ledger::kind::Kind;
use crate::ledger::record::{Draft, Record, RecordId};
use crate::registry::suite::Tier;
use crate::release::arithmetic::{Arithmetic, ArithmeticFault, Law, compute};
use crate::release::pack::{Pack, PackFault, Packed};
use crate::release::recorded::{Measured, RecordedGate, RecordedRun, kept};
use crate::snapshot::ObjectName;

/// How runs are recorded.
#[derive(Debug, Clone, Copy)]
pub(in crate::cli) struct Recording {
    /// Whether records are signed.
    pub sign: SignArgs,
    /// Whether evidence and ledger are pushed.
    pub push: bool,
}

/// A run that is in the ledger.
#[derive(Debug, Clone)]
pub(in crate::cli) struct Recorded {
    /// The id of the run.
    pub run: String,
    /// The digest of its header.
    pub digest: Digest,
    /// The digest of its pack.
    pub pack: Digest,
    /// The ids of its records: of the run and of its gates.
    pub records: (RecordId, RecordId),
    /// Whether it was there before.
    pub was_there: bool,
    /// Whether its records are signed, where they were made now.
    pub signed: bool,
}

/// A run with everything that is to be recorded of it.
struct Ready {
    parcel: Parcel,
    run: RecordedRun,
    records: (Record, Record),
}

impl Desk<'_> {
    /// Refuses to record what proves nothing to others, before anything is asked: a tree that is in
    /// no commit, a run for a pull request, a commit that nobody has published.
    ///
    /// # Errors
    /// What is to be done first.
    pub(in crate::cli) fn refuse_unrecordable(
        &self,
        git: &GitStamp,
        tier: Option<Tier>,
    ) -> Result<(), Failure> {
        if tier == Some(Tier::Pr) {
            return Err(Failure::usage("runs of the tier `pr` are not recorded")
                .hint("a pull request writes nothing to the ledger; record after the merge, with `--when merge` or `--when release`"));
        }
        let commit = git.commit.as_deref().and_then(ObjectName::parse);
        let (Some(commit), false) = (commit, git.dirty) else {
            return Err(Failure::usage("what was run is in no commit, and cannot be proven to others")
                .hint("commit it and run the suite again: `keelmark eval run SUITE --record`, or run a commit as it is with `--rev REV`"));
        };
        if matches!(tier, Some(Tier::Merge | Tier::Release)) {
            return Ok(());
        }
        let repository = &self.workspace.opened.repository;
        if Branches::of(repository, self.trusted())?.holding(repository, commit)?.is_some() {
            return Ok(());
        }
        Err(Failure::usage(format!("commit {} is on no published branch", commit.short())).hint(
            "merge it first; a run that decides a merge or a release says so with `--when merge` or `--when release`",
        ))
    }

    /// Insists on everything that recording needs beside a run: a name, a key where records are
    /// signed, a remote where they are pushed.
    ///
    /// # Errors
    /// What is missing.
    pub(in crate::cli) fn refuse_unprepared(&self, recording: Recording) -> Result<(), Failure> {
        let repository = &self.workspace.opened.repository;
        repository.identity()?;
        self.notary()?.signer(recording.sign)?;
        let remote = &self.workspace.settings.config.ledger.remote;
        if recording.push && !repository.remotes().contains(remote) {
            return Err(Failure::usage(format!("there is no remote `{remote}` to push to")).hint(
                format!("`git remote add {remote} URL` makes one; `ledger.remote` in keelmark.yaml names another"),
            ));
        }
        Ok(())
    }

    /// Records finished runs: packs go onto their branch first, so that the ledger never names what
    /// was never there. A run that is in the ledger is not recorded again; its pack is kept anew
    /// where it was removed.
    ///
    /// # Errors
    /// A run cannot be recorded, or its scores and gates do not follow from its cases; nothing is
    /// written then. The repository cannot be written, or the remote refuses.
    pub(in crate::cli) fn record(
        &self,
        runs: &[&Stored],
        recording: Recording,
    ) -> Result<Vec<Recorded>, Failure> {
        self.refuse_unprepared(recording)?;
        let ready = self.ready(runs, recording.sign)?;
        let opened = &self.workspace.opened;
        let (who, now) = (opened.repository.identity()?, self.clock.unix_seconds());
        let mut book = Book::open(opened, self.context)?;
        let mut packs = Shelf::open(&opened.repository, &self.workspace.settings.config.ledger)?;
        let parcels: Vec<Parcel> = ready.iter().map(|ready| ready.parcel.clone()).collect();
        packs.keep(&parcels, (&who, now), recording.push)?;
        steps::reach("evidence:kept");
        let recorded = book.settle(recording.push, |book| {
            let (fresh, recorded) = sorted_out(book, &ready)?;
            Ok((Change::of(book.chain(&fresh)?), recorded))
        })?;
        for note in book.notes() {
            self.context.printer.say(note);
        }
        Ok(recorded)
    }

    /// Says what recording would add, and writes nothing.
    ///
    /// # Errors
    /// As [`Desk::record`], as far as nothing is written.
    pub(in crate::cli) fn would_record(
        &self,
        runs: &[&Stored],
        sign: SignArgs,
    ) -> Result<Vec<Recorded>, Failure> {
        let ready = self.ready(runs, sign)?;
        let book = Book::open(&self.workspace.opened, self.context)?;
        Ok(sorted_out(&book, &ready)?.1)
    }

    fn ready(&self, runs: &[&Stored], sign: SignArgs) -> Result<Vec<Ready>, Failure> {
        runs.iter().map(|stored| self.one(stored, sign)).collect()
    }

    /// Packs a run, computes it again, and makes its records.
    fn one(&self, stored: &Stored, sign: SignArgs) -> Result<Ready, Failure> {
        let run = &stored.record;
        refuse_unfit(run)?;
        self.refuse_unrecordable(&run.git, run.settings.tier)?;
        let unfit = |fault: &PackFault| {
            Failure::undecided(format!("the run `{}` cannot be kept: {fault}", run.id))
        };
        let packed = Packed::of(run, stored.written()?).map_err(|fault| unfit(&fault))?;
        let bytes = packed.compressed().map_err(|fault| unfit(&fault))?;
        let pack = Pack::open(&bytes, packed.digest).map_err(|fault| unfit(&fault))?;
        let trees =
            [(self.trusted_tree(), &self.trusted_layout), (self.tree(), &self.workspace.layout)];
        let found = Found::of(run, &trees)?;
        let law = found.law();
        let arithmetic = computed(run, &pack, &law)?;
        let measured = Measured {
            table: &arithmetic.table,
            extent: &arithmetic.extent,
            policy: law.gates.map(|(gates, _)| gates),
            compared: arithmetic.compared.as_ref(),
        };
        let kept = RecordedRun::of(run, packed.digest, &measured)
            .map_err(|fault| Failure::undecided(format!("a mean cannot be computed: {fault}")))?;
        let gate = RecordedGate::of(run, packed.digest);
        let records = (
            self.drafted(Kind::Run, &kept.subject(), serde_json::to_value(&kept), sign)?,
            self.drafted(Kind::Gate, &kept.subject(), serde_json::to_value(&gate), sign)?,
        );
        let title = format!("{} {}", kept.subject(), run.id);
        let parcel = Parcel { digest: packed.digest, bytes, title };
        Ok(Ready { parcel, run: kept, records })
    }

    fn notary(&self) -> Result<Notary, Failure> {
        Notary::of(self.workspace, self.trusted_tree(), self.trusted())
    }

    fn drafted(
        &self,
        kind: Kind,
        subject: &str,
        payload: serde_json::Result<serde_json::Value>,
        sign: SignArgs,
    ) -> Result<Record, Failure> {
        let repository = &self.workspace.opened.repository;
        let record = Record::new(Draft {
            kind,
            at: self.clock.unix_seconds(),
            actor: repository.identity()?.to_string(),
            subject: subject.to_owned(),
            payload: payload.map_err(std::io::Error::from)?,
        })?;
        let notary = self.notary()?;
        match notary.signer(sign)? {
            Some(signer) => notary.sign(record, &signer),
            None => Ok(record),
        }
    }
}

/// Tells runs that are in the ledger from those that are not, and returns the records to add.
fn sorted_out(book: &Book, ready: &[Ready]) -> Result<(Vec<Record>, Vec<Recorded>), Failure> {
    let index = book.index()?;
    let known = kept(index.all());
    let (mut fresh, mut recorded) = (Vec::new(), Vec::new());
    for ready in ready {
        let there = known
            .iter()
            .find(|kept| kept.run.digest == ready.run.digest && kept.run.pack == ready.run.pack);
        let records = if let Some(kept) = there {
            (kept.record.id().clone(), kept.gate_record.id().clone())
        } else {
            fresh.extend([ready.records.0.clone(), ready.records.1.clone()]);
            (ready.records.0.id().clone(), ready.records.1.id().clone())
        };
        recorded.push(Recorded {
            run: ready.run.run.clone(),
            digest: ready.run.digest,
            pack: ready.run.pack,
            records,
            was_there: there.is_some(),
            signed: ready.records.0.signature().is_some(),
        });
    }
    Ok((fresh, recorded))
}

/// Refuses runs that prove nothing, whoever has them.
fn refuse_unfit(run: &RunRecord) -> Result<(), Failure> {
    let id = &run.id;
    if run.status != Status::Finished {
        return Err(Failure::usage(format!("the run `{id}` has not finished"))
            .hint(format!("`keelmark eval run --resume {id}` goes on with it")));
    }
    refuse_part(&format!("the run `{id}`"), run.settings.shard, &run.settings.filters)?;
    if run.cases_sha256.is_none() || run.verdicts.is_empty() {
        return Err(Failure::usage(format!("the run `{id}` was never judged"))
            .hint("run the suite again; the ledger keeps runs with their verdicts"));
    }
    Ok(())
}

/// Refuses runs of some cases only.
pub(in crate::cli) fn refuse_part(
    what: &str,
    shard: Option<(u32, u32)>,
    filters: &[String],
) -> Result<(), Failure> {
    if shard.is_some() {
        return Err(Failure::usage(format!("{what} is a part of its suite"))
            .hint("join the parts with `keelmark eval merge`, and record the whole"));
    }
    if filters.is_empty() {
        return Ok(());
    }
    Err(Failure::usage(format!("{what} is of some cases of its suite"))
        .hint("run the whole suite: without `--filter`"))
}

/// Computes a run again: what is recorded must follow from its cases, for others will ask.
fn computed(run: &RunRecord, pack: &Pack<'_>, law: &Law<'_>) -> Result<Arithmetic, Failure> {
    let id = &run.id;
    let given = law.gates.map(|(_, digest)| digest);
    if run.gates != given {
        return Err(Failure::usage(format!(
            "the run `{id}` was judged by other gates than those of now"
        ))
        .hint("run the suite again; answers that are cached are not paid again"));
    }
    let arithmetic = compute(pack, law).map_err(|fault| match fault {
        ArithmeticFault::Signature { .. } => Failure::undecided(format!("the run `{id}`: {fault}"))
            .hint("record it with that version, or run the suite again"),
        fault => Failure::integrity(format!("the run `{id}` cannot be computed again: {fault}")),
    })?;
    match &arithmetic.first {
        None => Ok(arithmetic),
        Some(unequal) => Err(Failure::integrity(format!(
            "the run `{id}` does not follow from its cases: {unequal}"
        ))
        .hint("its record was changed since; run the suite again")),
    }
}
