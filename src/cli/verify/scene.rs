//! A release in the tree of its commit.

use std::collections::BTreeMap;

use super::release::Tagged;
use super::{Court, Depth, undecided};
use crate::checks::Loaded;
use crate::cli::commands::export;
use crate::cli::composite::Standpoint;
use crate::cli::context::Wanted;
use crate::cli::failure::Failure;
use crate::cli::release::approvals;
use crate::cli::release::proposal::document;
use crate::cli::release::published::Branches;
use crate::cli::release::tags;
use crate::cli::signing::Notary;
use crate::escape;
use crate::ident::{EntryName, Kind as EntryKind};
use crate::ledger::find::Index;
use crate::ledger::kind::Kind;
use crate::ledger::record::Record;
use crate::path::RepoPath;
use crate::registry::config::Config;
use crate::release::adr;
use crate::release::approval::Rules;
use crate::release::claims::content::{self, Before};
use crate::release::claims::documents::Decided;
use crate::release::claims::proof::Waivers;
use crate::release::claims::{Claim, What, documents, people, tag};
use crate::release::composite::{Composition, Member, Source as _};
use crate::release::facts::Approval;
use crate::release::payload::{Composed, Release};
use crate::release::source::Trees;
use crate::snapshot::ObjectName;
use crate::source::SourceFile;
use crate::vcs::{Namespace, Verified};
use crate::version::Version;

/// What was found out about a release, for whoever compares it with the ledger.
#[derive(Default)]
pub(super) struct Judged {
    /// Whose signatures count, by its commit.
    pub(super) notary: Option<Notary>,
    /// What became of the tag's signature.
    pub(super) signed: Option<Verified>,
    /// What it is made of.
    pub(super) composition: Option<Composition>,
    /// Who approved.
    pub(super) approvals: Option<Vec<Approval>>,
    /// Who waived which gate.
    pub(super) waivers: Option<Waivers>,
}

/// A release, with everything that its claims are held against.
pub(super) struct Scene<'a> {
    pub(super) court: &'a Court<'a>,
    pub(super) tagged: &'a Tagged<'a>,
    pub(super) standpoint: &'a Standpoint,
    pub(super) trees: &'a Trees<'a>,
    pub(super) notary: Notary,
}

impl<'a> Scene<'a> {
    pub(super) fn new(
        court: &'a Court<'a>,
        tagged: &'a Tagged<'a>,
        standpoint: &'a Standpoint,
        trees: &'a Trees<'a>,
    ) -> Result<Self, Failure> {
        let workspace = &standpoint.workspace;
        let notary = Notary::as_it_is(workspace, workspace.snapshot(), &workspace.settings.config)?;
        Ok(Self { court, tagged, standpoint, trees, notary })
    }

    /// Returns the configuration that the release's commit has.
    pub(super) fn config(&self) -> &Config {
        &self.standpoint.workspace.settings.config
    }

    /// Judges every claim that the commit decides, in the order in which they build on each other.
    pub(super) fn judge(self, claims: &mut Vec<Claim>) -> Result<Judged, Failure> {
        let (claim, signed) = self.signature();
        claims.push(claim);
        claims.push(self.commit());
        let name = self.composite()?;
        let loaded = self.trees.entry(&name, None)?;
        let loaded = loaded.filter(|loaded| self.is_released(loaded));
        let composition = match loaded {
            Some(loaded) => self.resolved(loaded)?,
            None => None,
        };
        let mut judged = Judged { signed, ..Judged::default() };
        if let Some(composition) = composition {
            self.content(&composition, claims);
            if self.court.depth == Depth::Tags {
                judged.composition = Some(composition);
                judged.notary = Some(self.notary);
                return Ok(judged);
            }
            let waivers = self.waivers(&composition)?;
            claims.extend(self.evidence(&composition, &waivers)?);
            judged.waivers = Some(waivers);
            let (said, valid) = self.approvals(&composition)?;
            claims.extend(said);
            judged.approvals = valid;
            claims.extend(self.documents(&composition)?);
            if self.court.depth == Depth::Deep {
                claims.push(self.bundle(&composition));
            }
            judged.composition = Some(composition);
        } else {
            let message = self.tagged.message;
            let wanted = format!("{name}@{}", message.version.without_labels());
            claims.push(
                Claim::fails(What::Composite, "the commit does not have it", "what the tag names")
                    .about(wanted),
            );
        }
        judged.notary = Some(self.notary);
        Ok(judged)
    }

    /// Checks the tag's signature with the keys that the commit lists.
    fn signature(&self) -> (Claim, Option<Verified>) {
        let object = self.tagged.object;
        let list = self.notary.path.to_text();
        if self.notary.missing {
            let found = format!("the commit does not have `{list}`, which `paths.signers` names");
            return (Claim::fails(What::Signature, found, "the list of keys that count"), None);
        }
        let Some(signature) = &object.signature else {
            return (tag::signature(None, self.notary.lists, &list), None);
        };
        let checked =
            self.notary.verify(signature, &object.payload, Namespace::Git, object.seconds);
        match checked {
            Ok(verified) => {
                (tag::signature(Some(&verified), self.notary.lists, &list), Some(verified))
            }
            Err(failure) => (undecided(What::Signature, &failure), None),
        }
    }

    /// Says whether a published branch holds the commit. Keys, approvers and gates are the commit's
    /// own word, so that one which nobody merged proves nothing.
    fn commit(&self) -> Claim {
        let repository = &self.court.opened.repository;
        let commit = self.tagged.commit;
        let holding = Branches::of(repository, &self.court.config).and_then(|branches| {
            Ok(branches.holding(repository, commit)?.map(|branch| branch.name.clone()))
        });
        let short = commit.short();
        match holding {
            Ok(Some(branch)) => {
                let name = crate::cli::assess::short_reference(&branch);
                Claim::holds(What::Commit, format!("`{}` holds {short}", escape::line(name)))
            }
            Ok(None) if repository.is_shallow() => {
                let claim = Claim::unknown(What::Commit, "the history is cut off here");
                claim.hint("`git fetch --unshallow`")
            }
            Ok(None) => Claim::fails(
                What::Commit,
                format!("no published branch that is known here holds {short}"),
                "a commit that was merged",
            ),
            Err(failure) => undecided(What::Commit, &failure),
        }
    }

    fn composite(&self) -> Result<EntryName, Failure> {
        let id = self.tagged.name.composite.parse().map_err(|fault| {
            Failure::integrity(format!("`{}` names no composite: {fault}", self.tagged.name.tag))
        })?;
        Ok(EntryName::new(EntryKind::Composite, id))
    }

    /// A candidate is of the version that it is a candidate for.
    fn is_released(&self, loaded: &Loaded) -> bool {
        let released = self.tagged.name.version.without_labels();
        loaded
            .entry
            .version
            .as_ref()
            .is_some_and(|version| *version == self.tagged.name.version || *version == released)
    }

    fn resolved(&self, loaded: Loaded) -> Result<Option<Composition>, Failure> {
        self.court.read_ahead(self.standpoint, self.trees, &loaded);
        Ok(Composition::resolve(self.trees, loaded)?.0)
    }

    /// Judges digests, payloads and the step.
    fn content(&self, composition: &Composition, claims: &mut Vec<Claim>) {
        let cut = self.court.opened.repository.is_shallow();
        claims.extend(content::digests(self.tagged.message, composition, cut));
        claims.push(content::payloads(&composition.members));
        if self.court.depth == Depth::Deep {
            claims.push(content::payloads(&composition.evidence).about("evidence"));
        }
        if self.court.depth > Depth::Tags {
            claims.push(match self.step(composition) {
                Ok(claim) => claim,
                Err(failure) => undecided(What::Step, &failure),
            });
        }
    }

    fn step(&self, composition: &Composition) -> Result<Claim, Failure> {
        let message = self.tagged.message;
        let judged =
            |before: Before<'_>| content::step(message, before, composition, self.config());
        let built_on = self.built_on()?;
        let Some(tag) = &message.previous else {
            return Ok(match built_on {
                None => judged(Before::First),
                Some((_, tag)) => Claim::fails(
                    What::Step,
                    "the tag names no release before it",
                    format!("`{tag}`, which this commit builds on"),
                ),
            });
        };
        let read = tags::parse(&self.config().tag_prefix, tag);
        let own = &self.tagged.name;
        let is_older = read.as_ref().is_some_and(|(composite, version)| {
            *composite == own.composite && *version < own.version
        });
        if !is_older {
            let found = format!("the tag names `{tag}` as the release before");
            return Ok(Claim::fails(What::Step, found, "an older release of this composite"));
        }
        if let Some((newer, passed)) = built_on
            && read.is_some_and(|(_, version)| version < newer)
        {
            let found = format!("the tag names `{tag}` as the release before");
            let expected = format!("`{passed}`, which this commit builds on");
            return Ok(Claim::fails(What::Step, found, expected));
        }
        let Some(commit) = self.previous()? else { return Ok(judged(Before::First)) };
        let wanted = Wanted::Revision(commit.to_string());
        let place = Standpoint::of(self.court.opened.clone(), self.court.context, &wanted)?;
        let past = place.past();
        let trees = place.trees(&past);
        let missing = || Failure::integrity(format!("`{tag}` leads to a commit without it"));
        let loaded = trees.entry(&composition.name, None)?.ok_or_else(missing)?;
        self.court.read_ahead(&place, &trees, &loaded);
        let old = Composition::resolve(&trees, loaded)?.0.ok_or_else(missing)?;
        Ok(judged(Before::Here(&old)))
    }

    /// Returns the newest release of this composite that the commit builds on and that is older than
    /// this one, with its tag: as the ledger had it when this one was recorded, wherever tags lead now.
    fn built_on(&self) -> Result<Option<(Version, String)>, Failure> {
        let Some(index) = self.court.index() else { return Ok(None) };
        let repository = &self.court.opened.repository;
        let own = &self.tagged.name;
        let mut older: BTreeMap<Version, &str> = BTreeMap::new();
        for record in index.of_kind(&Kind::Release) {
            let read = tags::parse(&self.config().tag_prefix, record.subject());
            let Some((composite, version)) = read else { continue };
            let counts = composite == own.composite && !version.is_prerelease();
            if counts && version < own.version && !self.is_late(record) {
                older.insert(version, record.subject());
            }
        }
        for (version, tag) in older.into_iter().rev() {
            let Some(commit) = tags::recorded_commit(index, tag) else { continue };
            if repository.is_ancestor(commit, self.tagged.commit)? {
                return Ok(Some((version, tag.to_owned())));
            }
        }
        Ok(None)
    }

    /// Returns the commit of the release before, as the ledger recorded it; `None` where the tag
    /// names none. Where the ledger is not here, the tag of that name is believed.
    ///
    /// # Errors
    /// The ledger tells of no such release, or its tag is not here.
    fn previous(&self) -> Result<Option<ObjectName>, Failure> {
        let Some(tag) = &self.tagged.message.previous else { return Ok(None) };
        let repository = &self.court.opened.repository;
        if let Some(index) = self.court.index() {
            let commit = tags::recorded_commit(index, tag).ok_or_else(|| {
                Failure::undecided(format!("the ledger tells of no release by the tag `{tag}`"))
                    .hint(self.court.newer())
            })?;
            return Ok(Some(commit));
        }
        let object = repository.reference(&format!("refs/tags/{tag}"))?.ok_or_else(|| {
            Failure::undecided(format!("`{tag}` is not here")).hint("`git fetch --tags` brings it")
        })?;
        Ok(Some(repository.resolve(&object.to_string())?))
    }

    /// Judges approvals as they were when the release was recorded.
    fn approvals(
        &self,
        composition: &Composition,
    ) -> Result<(Vec<Claim>, Option<Vec<Approval>>), Failure> {
        let needed = people::risky(composition).map(Member::reference);
        let Some(index) = self.court.index() else {
            let claim = needed.and_then(|_| self.court.without_ledger(What::Approval));
            return Ok((claim.into_iter().collect(), None));
        };
        let subject = Composed::of(composition).subject();
        let records: Vec<Record> = index
            .about(&subject)
            .filter(|record| *record.kind() == Kind::Approval && !self.is_late(record))
            .cloned()
            .collect();
        let authors = if records.is_empty() {
            Ok(std::collections::BTreeSet::new())
        } else {
            let workspace = &self.standpoint.workspace;
            let range = (self.previous()?, self.tagged.commit);
            approvals::authors_since(workspace, composition, range)
        };
        let authors = match authors {
            Ok(authors) => authors,
            Err(failure) => return Ok((vec![undecided(What::Approval, &failure)], None)),
        };
        let rules = Rules { approvers: &self.config().approvers, authors: &authors };
        let found = approvals::of(&Index::new(records), &self.notary, composition, &rules)?;
        let doubted: Vec<String> = found.doubted.iter().map(approvals::Doubted::words).collect();
        let claims = people::approvals(needed.as_deref(), &found.valid, &doubted);
        Ok((claims, Some(found.valid)))
    }

    /// Says whether a record came after that of the release. Where there are several of it, the one
    /// that was appended first counts, whatever time they claim.
    pub(super) fn is_late(&self, record: &Record) -> bool {
        let Some(index) = self.court.index() else { return false };
        let own = index.about(&self.tagged.name.tag);
        let own = own.filter(|record| *record.kind() == Kind::Release);
        let Some(at) = own.filter_map(|record| self.court.place(record.id())).min() else {
            return false;
        };
        // What is not at the tip comes behind everything that is.
        self.court.place(record.id()).is_none_or(|place| place > at)
    }

    fn documents(&self, composition: &Composition) -> Result<Vec<Claim>, Failure> {
        let message = self.tagged.message;
        let tree = self.standpoint.workspace.snapshot();
        let text = |path: Option<&String>| -> Result<Option<SourceFile>, Failure> {
            let Some(path) = path.map(|path| RepoPath::from(path.as_str())) else {
                return Ok(None);
            };
            Ok(document(tree, &path)?.map(|text| SourceFile::new(path, text)))
        };
        let record = text(message.adr.as_ref())?.map(|file| Decided {
            unfilled: adr::unfilled(file.text()).iter().map(|found| found.line).collect(),
            decision: adr::read(&file),
        });
        let candidate = message.version.is_prerelease();
        let notes = text(message.notes.as_ref())?.is_some();
        Ok(vec![
            documents::adr(
                message.adr.as_deref(),
                record.as_ref(),
                (composition.entry_digest(), candidate),
            ),
            documents::notes(message.notes.as_deref(), notes),
        ])
    }

    /// Makes the bundle again, and compares it with what the record says went live.
    fn bundle(&self, composition: &Composition) -> Claim {
        if let Some(claim) = self.court.without_ledger(What::Bundle) {
            return claim;
        }
        let bundle = match export::make(self.standpoint, self.trees, composition) {
            Ok(bundle) => bundle,
            Err(failure) => return undecided(What::Bundle, &failure),
        };
        let index = self.court.index();
        let records = index.into_iter().flat_map(|index| index.about(&self.tagged.name.tag));
        let releases = records.filter(|record| *record.kind() == Kind::Release);
        let read =
            |record: &Record| serde_json::from_value::<Release>(record.payload().clone()).ok();
        let live: Vec<_> = releases
            .filter_map(read)
            .flat_map(|release| release.channels)
            .map(|(channel, state)| (escape::line(channel.as_str()), state.bundle))
            .collect();
        content::bundle(bundle.digest, &live)
    }
}
