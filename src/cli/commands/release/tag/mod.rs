//! `keelmark release tag`.

use std::collections::BTreeMap;

use super::super::check::ignore_closed;
use super::super::export;
use super::others::{fetch_releases, is_this, learned_candidate, send, send_packs};
use super::waive;
use crate::checks::Loaded;
use crate::cli::args::TagArgs;
use crate::cli::assess::Ground;
use crate::cli::composite::Shelf;
use crate::cli::context::{Context, Wanted as Which, Workspace};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::ledger::{Book, Change};
use crate::cli::release::documents::{self, Documents};
use crate::cli::release::entry_tags::{self, EntryTags, Wanted};
use crate::cli::release::facts::{Beside, facts};
use crate::cli::release::proofs::Proofs;
use crate::cli::release::proposal::{self, Proposal, Wish};
use crate::cli::release::scene::Scene;
use crate::cli::release::tagging::Tagging;
use crate::cli::release::{live, published, show, tags};
use crate::cli::signing::Notary;
use crate::cli::store::runs::Runs;
use crate::cli::{select, steps};
use crate::escape;
use crate::finding::{Finding, Severity};
use crate::ledger::find::Index;
use crate::ledger::kind::Kind;
use crate::ledger::record::{Draft, Record};
use crate::registry::config::Tags;
use crate::release::demand;
use crate::release::facts::WaiverFact;
use crate::release::payload::Release;
use crate::release::step;
use crate::snapshot::ObjectName;
use crate::time;
use crate::vcs::write::{NewTag, Old, RefUpdate};
use crate::vcs::{Identity, Namespace, Repository, Signer};
use crate::version::Version;

pub(super) fn run(context: &Context, arguments: &TagArgs) -> Result<Exit, Failure> {
    let shelf = Shelf::open(context, &Which::Revision("HEAD".to_owned()))?;
    let workspace = &shelf.workspace;
    let config = &workspace.settings.config;
    let repository = &workspace.opened.repository;
    // Which branches are published is the base's word, not that of what is to be tagged.
    let ground = Ground::open(workspace, None, context)?;
    if config.versioning.tags == Tags::None {
        return Err(Failure::usage("`versioning.tags` is `none`: this registry makes no tags")
            .hint("set it to `releases` in keelmark.yaml"));
    }
    let places = documents::places(workspace)?;
    let mut committed = workspace.prefixes();
    committed.extend([places.adr.clone(), places.releases.clone(), places.changelog.clone()]);
    let place = published::head(workspace, &ground.trusted, &committed)?;
    let name = select::composite(workspace, &arguments.composite)?;
    let mut book = Book::open(&workspace.opened, context)?;
    let mut learned = Vec::new();
    if arguments.push && !arguments.dry_run {
        // What others did meanwhile decides: the branch, the ledger and the numbers that are taken.
        place.refresh(repository)?;
        let ground = Ground::open(workspace, None, context)?;
        published::head(workspace, &ground.trusted, &committed)?;
        book.fetch()?;
        learned = fetch_releases(repository, &book, &config.tag_prefix)?;
        live::introduce(context, &book);
    }
    tags::refuse_without_ledger(repository, &config.tag_prefix, &book)?;
    let index = book.index()?;
    let notary = Notary::of(workspace, workspace.snapshot(), config)?;
    let runs = workspace.opened.top.as_deref().map(Runs::open).transpose()?;
    let proofs = Proofs::read(&index, &notary, runs.as_ref())?;
    let past = shelf.past();
    let scene = Scene {
        context,
        layout: &workspace.layout,
        tree: workspace.snapshot(),
        past: &past,
        trusted: config,
        trusted_tree: workspace.snapshot(),
        trusted_layout: &workspace.layout,
        notary: &notary,
        index: &index,
        proofs: &proofs,
        now: context.now(),
    };
    let loaded = select::load(&workspace.layout, workspace.snapshot(), &name)?;
    let wish = Wish { candidate: arguments.rc, waived: &arguments.waive, costs: None };
    let proposal = Proposal::judge(&scene, workspace, loaded, wish)?;
    let pushed = arguments.push && !arguments.dry_run;
    let candidate = if arguments.rc {
        learned_candidate(repository, &proposal, &learned, place.commit)?
    } else {
        None
    };
    let version = candidate.unwrap_or_else(|| version(&proposal, arguments.rc));
    let tag = tags::name_of(&config.tag_prefix, name.id.as_str(), &version);
    if let Some(found) = repository.reference(&format!("refs/tags/{tag}"))? {
        let exit = tagged_already(context, repository, &proposal, (&tag, found))?;
        if pushed {
            let entries = tags_of_members(workspace, &proposal)?;
            send(&mut book, (&tag, found), &entries)?;
            send_packs(repository, config, (&proposal, &proofs), scene.now)?;
            say_pushed(context, &book, &tag);
        }
        return Ok(exit);
    }
    let documents = Documents::find(&places, workspace.snapshot(), (name.id.as_str(), &version))?;
    let mut findings = proposal.findings.clone();
    if arguments.rc && proposal.is_released() {
        return Err(Failure::refused(format!(
            "`{name}` {} is released already",
            proposal.composition.version
        ))
        .hint(format!(
            "a candidate comes before its release: `keelmark release prepare {}`",
            name.id
        )));
    }
    findings.retain(|finding| finding.rule.id != crate::release::rules::RELEASE_EXISTS.id);
    findings.extend(demand::decided(&proposal.composition, &documents.adr, arguments.rc));
    findings.extend(documents.findings(&proposal));
    findings.sort_by(Finding::order);
    if findings.iter().any(|finding| finding.severity == Severity::Error) {
        let text = show::heading(context, &proposal)? + &show::findings(context, &findings, 1)?;
        context.printer.data(&text).or_else(ignore_closed)?;
        context.printer.say(&format!("nothing was tagged; {tag} needs what stands above"));
        if book.remote().is_some() && index.all().is_empty() {
            context
                .printer
                .say(&format!("no ledger is known here; {}, if there is one", book.fetch_words()));
        }
        return Ok(show::ending(&findings));
    }
    let actor = repository.identity()?;
    let signer = notary.signer(arguments.signing)?;
    let signer = match signer {
        None if !arguments.waive.is_empty() && !arguments.signing.no_sign => {
            repository.signer(crate::vcs::SignWish::Always)?
        }
        signer => signer,
    };
    let said = actor.to_string();
    let waivers = waive::records(&scene, &proposal, arguments, (&said, signer.as_ref()))?;
    let (records, waived): (Vec<Record>, Vec<_>) = waivers.into_iter().unzip();
    let shown: Vec<WaiverFact> = waived
        .iter()
        .map(|waived| WaiverFact {
            gate: waived.gate.clone(),
            reason: waived.reason.clone(),
            until: waived.until.clone(),
            by: waived.by.clone(),
        })
        .collect();
    let now = time::moment(scene.now);
    let facts = facts(
        &scene,
        &proposal,
        &Beside {
            version: &version,
            accepted: !arguments.rc,
            adr: &documents.adr_path,
            notes: &documents.notes_path,
            summary: None,
            date: now.get(..10).unwrap_or_default(),
            approvals: &proposal.approvals,
            waivers: &shown,
            answers: &[],
            rehearsed: None,
        },
    );
    let trees = shelf.trees(&past);
    let bundle = export::make(&shelf, &trees, &proposal.composition)?;
    let tagging = Tagging {
        proposal: &proposal,
        facts: &facts,
        version: &version,
        commit: place.commit,
        proofs: &proofs,
        bundle: bundle.digest,
        notes: documents.notes_text.as_deref().unwrap_or_default(),
        waivers: &waived,
        actor: &said,
        now: &now,
    };
    let pen = Pen { repository, notary: &notary, signer: signer.as_ref(), actor, now: scene.now };
    if arguments.dry_run {
        return dry(context, &tagging, &proposal, &book);
    }
    let entries = entry_tags(workspace, &proposal)?;
    let unsent = unfinished(repository, &index, &proposal, (&tag, place.commit))?;
    let seen = book.tip();
    let settled = book.settle(arguments.push, |book| {
        if book.tip() != seen {
            refuse_frozen(&Scene { index: &book.index()?, ..scene }, &proposal)?;
        }
        let chain = book.chain(&records)?;
        if let Some(object) = unsent {
            // An earlier try came as far as the ledger; only the reference is missing.
            return Ok((
                Change {
                    chain,
                    references: pen.references(&entries, place.commit, last(&tag, object))?,
                },
                object,
            ));
        }
        // A commit that may still be made anew on another tip is not cited.
        let stays = arguments.push || book.remote().is_none();
        let cited = if stays { chain.tip } else { book.anchor() };
        let message = tagging.message(cited)?;
        let object = pen.tag(place.commit, &tag, &message)?;
        steps::reach("release:tag-written");
        let release = tagging.release(object, &book.channels()?);
        let record = pen.record(&tag, &release)?;
        let chain = book.extend(chain, &[record])?;
        steps::reach("release:records-written");
        let references = pen.references(&entries, place.commit, last(&tag, object))?;
        Ok((Change { chain, references }, object))
    });
    let object = match settled {
        Ok(object) => object,
        // Somebody may have tagged it between the look and the push.
        Err(failure) => {
            if arguments.push {
                fetch_releases(repository, &book, &config.tag_prefix)?;
            }
            return match repository.reference(&format!("refs/tags/{tag}"))? {
                Some(found) => {
                    let exit = tagged_already(context, repository, &proposal, (&tag, found))?;
                    if arguments.push {
                        let entries = tags_of_members(workspace, &proposal)?;
                        send(&mut book, (&tag, found), &entries)?;
                        send_packs(repository, config, (&proposal, &proofs), scene.now)?;
                        say_pushed(context, &book, &tag);
                    }
                    Ok(exit)
                }
                None => Err(failure),
            };
        }
    };
    steps::reach("release:done");
    if arguments.push {
        send_packs(repository, config, (&proposal, &proofs), scene.now)?;
    }
    // An earlier try may have signed otherwise.
    let written = repository.read_tag(object)?;
    let word = match written.and_then(|tag| tag.signature) {
        Some(_) => "signed",
        None => "not signed",
    };
    let text = format!("{tag}  {}  {word}\n", object.short());
    let text = show::heading(context, &proposal)? + &text;
    context.printer.data(&text).or_else(ignore_closed)?;
    for finding in findings.iter().filter(|finding| finding.severity == Severity::Warning) {
        let message = escape::line(&finding.message);
        context.printer.say(&format!("warning: {message} ({})", finding.rule.id));
    }
    for waiver in &waived {
        context.printer.say(&format!(
            "PROVISIONAL: `{}` is waived until {} by {}",
            waiver.gate,
            waiver.until,
            escape::line(&waiver.by)
        ));
    }
    for channel in &facts.channels {
        context.printer.say(&format!("live on {}", escape::line(channel)));
    }
    if arguments.push {
        say_pushed(context, &book, &tag);
    }
    let next = match book.remote().filter(|_| !arguments.push) {
        None => format!("anybody can prove it now: `keelmark verify {tag}`"),
        Some(_) => format!("not pushed yet: `keelmark release tag {} --push` does", name.id),
    };
    context.printer.say(&next);
    Ok(Exit::Success)
}

/// Returns the tags that members lack, where the registry has one for each version of an entry. A
/// member that is pinned at an older version than the tree has is not in this commit to be tagged.
fn entry_tags(workspace: &Workspace, proposal: &Proposal) -> Result<Vec<Wanted>, Failure> {
    let config = &workspace.settings.config;
    if config.versioning.tags != Tags::Entries {
        return Ok(Vec::new());
    }
    let here =
        |loaded: &&Loaded| loaded.entry.document.source().revision().is_none_or(str::is_empty);
    let members = proposal.composition.members.iter().map(|member| &member.loaded).filter(here);
    EntryTags::read(workspace, config)?.missing(members)
}

/// Returns the tags of members that are here, with their objects.
fn tags_of_members(
    workspace: &Workspace,
    proposal: &Proposal,
) -> Result<Vec<(String, ObjectName)>, Failure> {
    let config = &workspace.settings.config;
    if config.versioning.tags != Tags::Entries {
        return Ok(Vec::new());
    }
    let tags = EntryTags::read(workspace, config)?;
    let members = proposal.composition.members.iter().map(|member| &member.loaded);
    let found = members.filter_map(|loaded| tags.wanted(loaded)).filter_map(|wanted| {
        let object = tags.object(&wanted)?;
        Some((wanted.reference(), object))
    });
    Ok(found.collect())
}

fn say_pushed(context: &Context, book: &Book, tag: &str) {
    if let Some(remote) = book.remote() {
        context
            .printer
            .say(&format!("pushed to `{}`: {tag}, with its records", escape::line(remote)));
    }
}

/// Chooses the number of the tag: the composite's, or the next of its candidates.
fn version(proposal: &Proposal, candidate: bool) -> Version {
    if !candidate {
        return proposal.composition.version.clone();
    }
    step::candidate(&proposal.composition.version, &proposal.releases.taken())
}

/// Refuses where somebody froze releases since the ledger was read.
fn refuse_frozen(scene: &Scene<'_>, proposal: &Proposal) -> Result<(), Failure> {
    match proposal::frozen(scene, &proposal.composition).first() {
        None => Ok(()),
        Some(finding) => {
            let failure = Failure::frozen(finding.message.clone());
            Err(match &finding.help {
                Some(help) => failure.hint(help.clone()),
                None => failure,
            })
        }
    }
}

/// The tag comes last: before it there is no release, with it there is one.
fn last(tag: &str, object: ObjectName) -> RefUpdate {
    RefUpdate { name: format!("refs/tags/{tag}"), new: Some(object), old: Old::Missing }
}

/// A tag of that name is there: it is this release, or the number is taken.
fn tagged_already(
    context: &Context,
    repository: &Repository,
    proposal: &Proposal,
    (tag, object): (&str, ObjectName),
) -> Result<Exit, Failure> {
    let composition = &proposal.composition;
    let found = repository.read_tag(object)?;
    if found.as_ref().is_some_and(|found| is_this(found, proposal)) {
        let who = found.and_then(|tag| tag.tagger).map(|who| who.to_string());
        let by = who.map(|who| format!(", by {}", escape::line(&who))).unwrap_or_default();
        context.printer.say(&format!("{tag} is there already and is exactly this{by}"));
        return Ok(Exit::Success);
    }
    Err(Failure::integrity(format!("`{tag}` is there already and is another release")).hint(
        format!(
            "a release never changes: `keelmark release prepare {}` takes the next number",
            composition.name.id
        ),
    ))
}

/// Finds the tag object of a release that was recorded and whose reference was never made: whatever
/// ended the program between the two is mended by running it again.
fn unfinished(
    repository: &Repository,
    index: &Index,
    proposal: &Proposal,
    (tag, commit): (&str, ObjectName),
) -> Result<Option<ObjectName>, Failure> {
    let composition = &proposal.composition;
    for record in index.about(tag).filter(|record| *record.kind() == Kind::Release).rev() {
        let Ok(release) = serde_json::from_value::<Release>(record.payload().clone()) else {
            continue;
        };
        let Some(object) = ObjectName::parse(&release.tag_object) else { continue };
        let found = repository.read_tag(object);
        let Ok(Some(written)) = found else {
            return Err(Failure::undecided(format!("`{tag}` was made elsewhere"))
                .hint("`git fetch --tags` brings it"));
        };
        // What the record says of the object is not enough: a tag never moves again.
        let fits = release.composed.digest == composition.digest()
            && written.name == tag
            && written.target == commit
            && is_this(&written, proposal);
        if !fits {
            return Err(Failure::integrity(format!("the ledger has `{tag}` with other content"))
                .hint(format!(
                    "`keelmark ledger show {}` shows it; `keelmark release prepare {}` takes the next number",
                    record.id(),
                    composition.name.id
                )));
        }
        return Ok(Some(object));
    }
    Ok(None)
}

/// Shows what would be written.
fn dry(
    context: &Context,
    tagging: &Tagging<'_>,
    proposal: &Proposal,
    book: &Book,
) -> Result<Exit, Failure> {
    let mut text = show::heading(context, proposal)?;
    text.push_str(&format!("would tag {}:\n\n", tagging.facts.tag));
    for line in tagging.message(book.anchor())?.lines() {
        text.push_str(format!("    {}", escape::line(line)).trim_end());
        text.push('\n');
    }
    let channels: BTreeMap<_, _> =
        tagging.facts.channels.iter().map(|name| (name.clone(), tagging.version.clone())).collect();
    for (channel, version) in channels {
        text.push_str(&format!("would be live on {}: {version}\n", escape::line(&channel)));
    }
    context.printer.data(&text).or_else(ignore_closed)?;
    Ok(Exit::Success)
}

/// Who writes, with which key, and when.
struct Pen<'a> {
    repository: &'a Repository,
    notary: &'a Notary,
    signer: Option<&'a Signer>,
    actor: Identity,
    now: i64,
}

impl Pen<'_> {
    fn tag(&self, commit: ObjectName, name: &str, message: &str) -> Result<ObjectName, Failure> {
        let tag = NewTag { object: commit, name, message, tagger: &self.actor, seconds: self.now };
        let signature = match self.signer {
            Some(signer) => {
                let bytes = self.repository.tag_bytes(&tag)?;
                let signature = self.repository.sign(signer, &bytes, Namespace::Git)?;
                self.notary.insist(&signature, &bytes, Namespace::Git, self.now)?;
                Some(signature)
            }
            None => None,
        };
        Ok(self.repository.write_tag(&tag, signature.as_deref())?)
    }

    /// Puts the tags of entries before that of the release.
    fn references(
        &self,
        entries: &[Wanted],
        commit: ObjectName,
        last: RefUpdate,
    ) -> Result<Vec<RefUpdate>, Failure> {
        let by = (&self.actor, self.now);
        let mut references = entry_tags::write(self.notary, entries, commit, by, self.signer)?;
        references.push(last);
        Ok(references)
    }

    fn record(&self, tag: &str, release: &Release) -> Result<Record, Failure> {
        let record = Record::new(Draft {
            kind: Kind::Release,
            at: self.now,
            actor: self.actor.to_string(),
            subject: tag.to_owned(),
            payload: serde_json::to_value(release).map_err(std::io::Error::from)?,
        })?;
        match self.signer {
            Some(signer) => self.notary.sign(record, signer),
            None => Ok(record),
        }
    }
}
