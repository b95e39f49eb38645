//! Releases and the ledger: what each says of the other.

use super::scene::Judged;
use super::select::ReleaseName;
use super::{Court, Ledger};
use crate::cli::failure::Failure;
use crate::ledger::kind::Kind;
use crate::ledger::record::Record;
use crate::ledger::verify::citations;
use crate::release::claims::record::{self, Tagged};
use crate::release::claims::{Claim, Subject, SubjectKind, What};
use crate::release::message::Message;
use crate::snapshot::ObjectName;
use crate::vcs::Verified;

impl Court<'_> {
    /// Judges the record of a release, the ledger, and what both cite.
    pub(super) fn record(
        &self,
        name: &ReleaseName,
        (message, commit): (Option<&Message>, Option<ObjectName>),
        judged: &Judged,
    ) -> Result<Vec<Claim>, Failure> {
        let (index, audit) = match &self.ledger {
            Ledger::Here { index, audit } => (index, audit),
            Ledger::False(audit) => {
                let unread = self.without_ledger(What::Record).into_iter();
                return Ok(unread.chain([record::ledger(&audit.faults, audit.records)]).collect());
            }
            Ledger::Missing | Ledger::Unread(_) => {
                let all = [What::Record, What::Ledger, What::Anchor];
                return Ok(all.into_iter().filter_map(|what| self.without_ledger(what)).collect());
            }
        };
        let releases: Vec<&Record> =
            index.about(&name.tag).filter(|record| *record.kind() == Kind::Release).collect();
        let mut found: Vec<(&Record, Option<Verified>)> = Vec::new();
        for release in releases {
            let signed = match &judged.notary {
                Some(notary) => notary.check(release)?,
                None => None,
            };
            found.push((release, signed));
        }
        let object = name.object.to_string();
        let commit = commit.map(|commit| commit.to_string());
        let tagged = Tagged {
            tag: &name.tag,
            object: &object,
            commit: commit.as_deref(),
            message,
            composition: judged.composition.as_ref(),
            signed: judged.signed.as_ref(),
            approvals: judged.approvals.as_deref(),
            waivers: judged.waivers.as_ref(),
            lists: judged.notary.as_ref().is_some_and(|notary| notary.lists),
        };
        let cited = message.and_then(|message| message.ledger.as_deref());
        let cited = match cited {
            Some(text) => Some((text, self.is_below(text)?)),
            None => None,
        };
        let citing: Vec<(String, String)> = index
            .all()
            .iter()
            .flat_map(|record| {
                let of_tag = citations(record).into_iter().filter(|(tag, _)| *tag == name.tag);
                of_tag.map(|(_, object)| (record.id().to_string(), object))
            })
            .collect();
        Ok(vec![
            record::record(&tagged, &found),
            record::ledger(&audit.faults, audit.records),
            record::anchor(&object, cited, &citing),
        ])
    }

    /// Says whether the ledger goes on from a commit.
    fn is_below(&self, commit: &str) -> Result<bool, Failure> {
        let (Some(commit), Some(tip)) = (ObjectName::parse(commit), self.book.tip()) else {
            return Ok(false);
        };
        Ok(self.opened.repository.is_ancestor(commit, tip)?)
    }

    /// Names the releases that the ledger has and whose tags are not here.
    pub(super) fn untagged(&self, released: &[ReleaseName]) -> Vec<Subject> {
        let Some(index) = self.index() else { return Vec::new() };
        let mut names: Vec<&str> = index
            .of_kind(&Kind::Release)
            .map(Record::subject)
            .filter(|subject| !released.iter().any(|name| name.tag == **subject))
            .collect();
        names.sort_unstable();
        names.dedup();
        let subject = |name: &str| {
            let found = "the ledger has this release, and its tag is not here";
            let claim = Claim::unknown(What::Tag, found).hint("`git fetch --tags` brings it");
            Subject {
                kind: SubjectKind::Release,
                name: name.to_owned(),
                object: None,
                claims: vec![claim],
            }
        };
        names.into_iter().map(subject).collect()
    }

    /// Judges the ledger as a whole, and every tag that it cites.
    pub(in crate::cli) fn whole_ledger(&self) -> Subject {
        let claims = match &self.ledger {
            Ledger::Here { audit, .. } | Ledger::False(audit) => {
                let mut claims = vec![
                    record::ledger(&audit.faults, audit.records),
                    record::anchors(&audit.faults, audit.tags),
                ];
                let notes = audit.notes.iter();
                claims.extend(notes.map(|note| Claim::note(What::Ledger, note.clone())));
                claims
            }
            Ledger::Missing | Ledger::Unread(_) => {
                self.without_ledger(What::Ledger).into_iter().collect()
            }
        };
        Subject {
            kind: SubjectKind::Ledger,
            name: self.book.branch().to_owned(),
            object: self.book.tip().map(|tip| tip.to_string()),
            claims,
        }
    }
}
