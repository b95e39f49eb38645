//! The runs that a release cites, and the gates that they opened.

use std::collections::{BTreeMap, BTreeSet};

use super::scene::Scene;
use super::undecided;
use crate::checks::read_policy;
use crate::cli::evals::proof::{Proven, prove};
use crate::cli::failure::Failure;
use crate::cli::release::approvals;
use crate::cli::shelf::Shelf as Packs;
use crate::evals::record::Provenance;
use crate::ledger::find::Index;
use crate::ledger::kind::Kind;
use crate::ledger::record::Record;
use crate::registry::layout::Layout;
use crate::registry::policy::gates::Gates;
use crate::release::claims::proof::{self, Replay, Waivers};
use crate::release::claims::{Claim, Verdict, What, waiver};
use crate::release::composite::Composition;
use crate::release::evidence::{self, Candidate, Claim as RunClaim, Demand};
use crate::release::recorded::{Kept, Vouch, vouched};
use crate::schema::PolicyName;
use crate::snapshot::{ObjectName, Snapshot};

/// A cited run that the ledger has.
struct Found<'a> {
    kept: Kept<'a>,
    recomputed: bool,
    vouched: bool,
}

impl Scene<'_> {
    /// Judges the cited runs one by one, and then the gates of each suite.
    pub(super) fn evidence(
        &self,
        composition: &Composition,
        waivers: &Waivers,
    ) -> Result<Vec<Claim>, Failure> {
        if let Some(claim) = self.court.without_ledger(What::Arithmetic) {
            let same = |what: What| Claim { what, ..claim.clone() };
            return Ok(vec![claim.clone(), same(What::Provenance), same(What::Gate)]);
        }
        let Some(index) = self.court.index() else { return Ok(Vec::new()) };
        let workspace = &self.standpoint.workspace;
        let packs = Packs::open(&workspace.opened.repository, &self.config().ledger)?;
        let recorded = self.recorded(index)?;
        let mut claims = Vec::new();
        let mut found: Vec<Found<'_>> = Vec::new();
        for cited in &self.tagged.message.evidence {
            let mut own = recorded.iter().filter(|(kept, _)| kept.run.pack == cited.digest);
            let signed = own.clone().find(|(_, vouch)| vouch.principal().is_some());
            let Some((kept, _)) = signed.or_else(|| own.next()) else {
                let about = format!("sha256:{}…", cited.digest.short(12));
                claims.push(proof::arithmetic(&about, &Replay::Unrecorded));
                continue;
            };
            let recomputed = self.arithmetic(kept, &packs, &mut claims)?;
            let vouched = self.provenance(kept, &mut claims);
            found.push(Found { kept: kept.clone(), recomputed, vouched });
        }
        claims.extend(self.gates((composition, waivers), &found)?);
        Ok(claims)
    }

    /// Reads the cited runs as they were recorded when it was released: what came later, and what
    /// nobody on the list signed where somebody did, changes nothing.
    fn recorded<'a>(&self, index: &'a Index) -> Result<Vec<(Kept<'a>, Vouch)>, Failure> {
        let cited: Vec<String> =
            self.tagged.message.evidence.iter().map(|cited| cited.digest.to_string()).collect();
        let is_cited = |record: &&Record| {
            let pack = record.payload().get("pack").and_then(serde_json::Value::as_str);
            pack.is_some_and(|pack| cited.iter().any(|cited| cited == pack))
        };
        let earlier = index.all().iter().filter(is_cited).filter(|record| !self.is_late(record));
        vouched(earlier, |record| approvals::signed(&self.notary, record))
    }

    fn arithmetic(
        &self,
        kept: &Kept<'_>,
        packs: &Packs,
        claims: &mut Vec<Claim>,
    ) -> Result<bool, Failure> {
        let workspace = &self.standpoint.workspace;
        let repository = &workspace.opened.repository;
        let commit = kept.run.commit.as_deref().and_then(ObjectName::parse);
        // The commit of a branch that was never merged need not be here.
        let then = commit.and_then(|commit| repository.commit_snapshot(commit).ok());
        let layout = match &then {
            Some(tree) => Some(workspace.layout_at(tree)?),
            None => None,
        };
        let mut trees: Vec<(&dyn Snapshot, &Layout)> =
            vec![(workspace.snapshot(), &workspace.layout)];
        if let (Some(tree), Some(layout)) = (&then, &layout) {
            trees.push((tree, layout));
        }
        let proven = prove(kept, packs, &trees)?;
        let replay = match &proven {
            Proven::Expired => Replay::Expired,
            Proven::Broken(fault) => Replay::Broken(fault),
            Proven::Undecided(fault) => Replay::Undecided(fault),
            Proven::Computed { arithmetic, disagrees, .. } => {
                Replay::Computed { arithmetic, disagrees: disagrees.as_deref() }
            }
        };
        claims.push(proof::arithmetic(&kept.run.run, &replay));
        Ok(replay.recomputes())
    }

    /// Judges who vouches for a run; says whether somebody that is listed does.
    fn provenance(&self, kept: &Kept<'_>, claims: &mut Vec<Claim>) -> bool {
        let run = &kept.run.run;
        let notary = &self.notary;
        let signed = notary.check(kept.record).and_then(|run| {
            let gate = notary.check(kept.gate_record)?;
            Ok((run, gate))
        });
        let claim = match signed {
            Ok((one, other)) => {
                let list = notary.path.to_text();
                proof::provenance(run, (one.as_ref(), other.as_ref()), (notary.lists, &list))
            }
            Err(failure) => undecided(What::Provenance, &failure).about(run),
        };
        let vouched = claim.verdict == Verdict::Holds;
        claims.push(claim);
        vouched
    }

    fn gates(
        &self,
        (composition, waivers): (&Composition, &Waivers),
        found: &[Found<'_>],
    ) -> Result<Vec<Claim>, Failure> {
        let workspace = &self.standpoint.workspace;
        let policy =
            read_policy::<Gates>(workspace.snapshot(), &workspace.layout, PolicyName::Gates)?;
        let Ok(policy) = policy else {
            let claim = Claim::fails(What::Gate, "the commit's gates cannot be read", "a policy");
            return Ok(vec![claim]);
        };
        let demand =
            Demand { composition, gates: policy.as_ref().map(|read| (&read.policy, read.digest)) };
        let candidates: Vec<Candidate<'_>> = found.iter().map(candidate).collect();
        let states = evidence::states(&demand, &candidates, &BTreeMap::new());
        if states.is_empty() {
            let claim = Claim::fails(What::Gate, "the composite names no suite", "one at least");
            return Ok(vec![claim]);
        }
        let recomputed: BTreeSet<&str> = found
            .iter()
            .filter(|found| found.recomputed)
            .map(|found| found.kept.record.id().as_str())
            .collect();
        let claims = states.iter().flat_map(|state| {
            let run = match &state.state {
                evidence::State::Reused { run, .. } | evidence::State::Closed { run, .. } => {
                    run.record
                }
                evidence::State::ToRun { .. } => None,
            };
            let again = run.is_some_and(|run| recomputed.contains(run));
            proof::gates(state, again, waivers, self.court.now)
        });
        Ok(claims.collect())
    }

    /// Judges the waivers that the ledger has of this composition, by gate.
    pub(super) fn waivers(&self, composition: &Composition) -> Result<Waivers, Failure> {
        let mut waivers = Waivers::new();
        let Some(index) = self.court.index() else { return Ok(waivers) };
        let subject = waiver::subject(composition);
        for record in index.about(&subject).filter(|record| *record.kind() == Kind::Waiver) {
            let Some(gate) = waiver::gate_of(record) else { continue };
            let signed = approvals::signed(&self.notary, record)?;
            let approvers = &self.config().approvers;
            let late = self.is_late(record);
            let judged = waiver::judge(record, &signed, composition, approvers, late);
            waivers.entry(gate).or_default().push((record.clone(), judged));
        }
        Ok(waivers)
    }
}

fn candidate<'a>(found: &'a Found<'_>) -> Candidate<'a> {
    let kept = &found.kept;
    Candidate {
        claim: RunClaim::recorded(&kept.run, &kept.gate),
        run: &kept.run.run,
        digest: kept.run.digest,
        pack: Some(kept.run.pack),
        created: &kept.run.created,
        provenance: if found.vouched { Provenance::Ci } else { Provenance::Local },
        local: None,
        record: Some(kept.record.id().as_str()),
    }
}
