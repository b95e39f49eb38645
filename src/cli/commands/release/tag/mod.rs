//! `keelmark release tag`.

mod again;
mod pen;

use std::collections::BTreeMap;

use super::super::check::ignore_closed;
use super::super::export;
use super::others::{fetch_releases, learned_candidate, send_packs};
use super::waive;
use crate::checks::Loaded;
use crate::cli::args::{SignArgs, TagArgs};
use crate::cli::assess::Ground;
use crate::cli::composite::Standpoint;
use crate::cli::context::{Context, Wanted as Which, Workspace};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::ledger::{Book, Change};
use crate::cli::release::documents::{self, Documents};
use crate::cli::release::entry_tags::{EntryTags, Wanted};
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
use crate::ident::EntryName;
use crate::ledger::record::Record;
use crate::registry::config::Tags;
use crate::release::demand;
use crate::release::facts::WaiverFact;
use crate::release::step;
use crate::time;
use crate::version::Version;
use again::{Again, say_pushed, unfinished};
use pen::{Pen, last};

pub(super) fn run(context: &Context, arguments: &TagArgs) -> Result<Exit, Failure> {
    let standpoint = Standpoint::open(context, &Which::Revision("HEAD".to_owned()))?;
    let workspace = &standpoint.workspace;
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
    // An unknown name is said before anything is said of the work tree.
    let name = named(context, workspace, &arguments.composite)?;
    waive::refuse_mistyped(arguments, context.now())?;
    let place = published::head(workspace, &ground.trusted, &committed)?;
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
    let past = standpoint.past();
    let pushed = arguments.push && !arguments.dry_run;
    let fetch = book.remote().filter(|_| !pushed).map(|_| book.fetch_words());
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
        fetch: fetch.as_deref(),
        now: context.now(),
    };
    let loaded = select::load(&workspace.layout, workspace.snapshot(), &name)?;
    let wish = Wish { candidate: arguments.rc, waived: &arguments.waive, costs: None };
    let proposal = Proposal::judge(&scene, workspace, loaded, wish)?;
    let candidate = if arguments.rc {
        learned_candidate(repository, &proposal, &learned, place.commit)?
    } else {
        None
    };
    let version = candidate.unwrap_or_else(|| version(&proposal, arguments.rc));
    let tag = tags::name_of(&config.tag_prefix, name.id.as_str(), &version);
    let (now, sign) = (scene.now, arguments.signing.sign);
    let again = Again { context, workspace, proposal: &proposal, proofs: &proofs, now, sign };
    if let Some(found) = repository.reference(&format!("refs/tags/{tag}"))? {
        return again.tagged(&mut book, (&tag, found), pushed);
    }
    let unwaivable = waive::faults(&proposal, arguments)?;
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
    // Who answers for a gate signs.
    let signing = match arguments.waive.as_slice() {
        [_, ..] if !arguments.signing.no_sign => SignArgs { sign: true, no_sign: false },
        _ => arguments.signing,
    };
    findings.extend(show::unsigned(&notary, signing, &proposal.composition));
    findings.sort_by(Finding::order);
    if findings.iter().any(|finding| finding.severity == Severity::Error) {
        let text = show::heading(context, &proposal)? + &show::findings(context, &findings, 1)?;
        context.printer.data(&text).or_else(ignore_closed)?;
        for fault in &unwaivable {
            context.printer.say(&format!("`--waive`: {}", escape::line(&fault.to_string())));
        }
        let who = repository.identity()?.to_string();
        for words in waive::outlook(&scene, &proposal, arguments, (&who, signing)) {
            context.printer.say(&words);
        }
        context.printer.say(&format!("nothing was tagged; {tag} needs what stands above"));
        return Ok(show::ending(&findings));
    }
    let actor = repository.identity()?;
    let signer = notary.signer(signing)?;
    let said = actor.to_string();
    let waivers =
        waive::records(&scene, &proposal, (arguments, &arguments.waive), (&said, signer.as_ref()))?;
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
    let trees = standpoint.trees(&past);
    let bundle = export::make(&standpoint, &trees, &proposal.composition)?;
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
        dry(context, &tagging, &proposal, &book)?;
        show::warnings(context, &findings);
        return Ok(Exit::Success);
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
                Some(found) => again.tagged(&mut book, (&tag, found), arguments.push),
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
    show::warnings(context, &findings);
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

/// Finds the composite in the commit. One that is in the work tree alone was never committed.
fn named(context: &Context, workspace: &Workspace, text: &str) -> Result<EntryName, Failure> {
    let failure = match select::composite(workspace, text) {
        Ok(name) => return Ok(name),
        Err(failure) => failure,
    };
    if workspace.opened.top.is_some() {
        let here = context.open()?.workspace(&Which::Worktree, context)?;
        if let Ok(name) = select::composite(&here, text) {
            return Err(Failure::usage(format!("`{name}` is in the work tree and in no commit"))
                .hint("commit, merge and come back"));
        }
    }
    Err(failure)
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

/// Shows what would be written.
fn dry(
    context: &Context,
    tagging: &Tagging<'_>,
    proposal: &Proposal,
    book: &Book,
) -> Result<(), Failure> {
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
    Ok(context.printer.data(&text).or_else(ignore_closed)?)
}
