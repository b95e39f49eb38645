//! `keelmark release status`.

use serde_json::{Value, json};

use super::super::check::ignore_closed;
use crate::cli::args::{ListingFormat, ReleaseStatusArgs, SignArgs};
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::release::documents::Documents;
use crate::cli::release::proposal::{Proposal, Wish};
use crate::cli::release::show;
use crate::cli::release::worktree::Worktree;
use crate::cli::select;
use crate::finding::{Finding, Severity};
use crate::ident::{EntryName, Kind};
use crate::output::json as documents_of;

/// A composite, and everything that its release lacks.
struct Standing {
    proposal: Proposal,
    findings: Vec<Finding>,
}

impl Standing {
    fn missing(&self) -> usize {
        self.findings.iter().filter(|finding| finding.severity == Severity::Error).count()
    }
}

pub(super) fn run(context: &Context, arguments: &ReleaseStatusArgs) -> Result<Exit, Failure> {
    let worktree = Worktree::open(context, arguments.base.as_deref())?;
    let workspace = &worktree.workspace;
    let names: Vec<EntryName> = match &arguments.composite {
        Some(text) => vec![select::composite(workspace, text)?],
        None => crate::checks::entries(&workspace.layout, workspace.snapshot())?
            .into_iter()
            .map(|listed| listed.name)
            .filter(|name| name.kind == Kind::Composite)
            .collect(),
    };
    if names.is_empty() {
        return Err(Failure::usage("the registry has no composite")
            .hint("`keelmark new composite support_copilot` makes one"));
    }
    let past = worktree.ground.view();
    let proofs = worktree.proofs()?;
    let scene = worktree.scene(context, (workspace.snapshot(), &past, &proofs));
    let mut all = Vec::new();
    for name in &names {
        let loaded = select::load(&workspace.layout, workspace.snapshot(), name)?;
        let proposal = Proposal::judge(&scene, workspace, loaded, Wish::default())?;
        let version = &proposal.composition.version;
        proposal.releases.refuse_absent(version)?;
        let mut findings = proposal.findings.clone();
        if stands(&proposal) {
            findings.clear();
        } else {
            let id = name.id.as_str();
            let found = Documents::find(&worktree.places, &worktree.written, (id, version))?;
            findings.extend(found.findings(&proposal));
            let signing = SignArgs { sign: false, no_sign: false };
            findings.extend(show::unsigned(&worktree.notary, signing, &proposal.composition));
        }
        findings.sort_by(Finding::order);
        all.push(Standing { proposal, findings });
    }
    let exit = all.iter().fold(Exit::Success, |exit, s| exit.and(show::ending(&s.findings)));
    match arguments.format {
        ListingFormat::Human => human(context, &all)?,
        ListingFormat::Json => {
            let composites: Vec<Value> = all.iter().map(describe).collect();
            let body = json!({"composites": composites});
            let mut out = Vec::new();
            let listing = documents_of::v1::listing("keelmark.release_status.v1", body);
            documents_of::write(&listing, &mut out)?;
            context.printer.data(&String::from_utf8_lossy(&out)).or_else(ignore_closed)?;
        }
    }
    Ok(exit)
}

/// Says whether exactly this is released: else its step is counted from the release of that number.
fn stands(proposal: &Proposal) -> bool {
    let own = &proposal.composition.version;
    let differs = proposal.before.as_ref().is_some_and(|b| b.composition.version == *own);
    proposal.is_released() && !differs
}

fn human(context: &Context, all: &[Standing]) -> Result<(), Failure> {
    for standing in all {
        let mut text = show::heading(context, &standing.proposal)?;
        let id = &standing.proposal.composition.name.id;
        if stands(&standing.proposal) {
            text.push_str("released, and nothing has changed since\n");
        } else {
            text.push_str(&show::findings(context, &standing.findings, 1)?);
            let missing = standing.missing();
            text.push_str(&match missing {
                0 => format!("ready: `keelmark release tag {id}`\n"),
                1 => "1 thing is missing\n".to_owned(),
                n => format!("{n} things are missing\n"),
            });
        }
        context.printer.data(&text).or_else(ignore_closed)?;
    }
    Ok(())
}

fn describe(standing: &Standing) -> Value {
    let proposal = &standing.proposal;
    let composition = &proposal.composition;
    let before = proposal.before.as_ref();
    let rows: Vec<Value> = proposal
        .step
        .rows
        .iter()
        .map(|row| {
            json!({
                "slot": row.slot,
                "entry": row.entry,
                "from": row.from.as_ref().map(ToString::to_string),
                "to": row.to.as_ref().map(ToString::to_string),
                "own_step": row.own_step.to_string(),
                "step": row.step.to_string(),
                "rule": row.rule.id,
                "why": row.why,
            })
        })
        .collect();
    let suites: Vec<Value> = proposal
        .suites
        .iter()
        .map(|suite| {
            json!({
                "suite": suite.suite,
                "state": suite.state,
                "run": suite.run,
                "vouched": suite.vouched,
            })
        })
        .collect();
    let findings: Vec<Value> = standing
        .findings
        .iter()
        .map(|finding| {
            let at = finding.place.file.position(finding.place.span.start);
            json!({
                "rule": finding.rule.id,
                "severity": finding.severity.word(),
                "path": finding.path().to_text(),
                "pointer": finding.place.pointer,
                "line": at.line,
                "message": finding.message,
                "help": finding.help,
            })
        })
        .collect();
    json!({
        "composite": composition.name,
        "version": composition.version.to_string(),
        "string": composition.string(),
        "composition_digest": composition.digest(),
        "released": stands(proposal),
        "previous": before.and_then(|b| b.tag.as_ref()).map(|tag| tag.name.clone()),
        "required": proposal.step.required.to_string(),
        "declared": proposal.step.declared.to_string(),
        "suggested": proposal.step.suggested.to_string(),
        "rows": rows,
        "suites": suites,
        "approvals": proposal.approvals.iter().map(|a| a.principal.clone()).collect::<Vec<_>>(),
        "findings": findings,
        "ready": standing.missing() == 0,
    })
}
