//! `keelmark export`.

mod channel;
mod place;

use serde_json::json;

use super::check::ignore_closed;
use crate::checks::{Loaded, read_policy};
use crate::cli::apply;
use crate::cli::args::{ExportArgs, ListingFormat};
use crate::cli::composite::{self, Standpoint};
use crate::cli::context::{Context, Wanted};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::escape;
use crate::finding::{Finding, Severity};
use crate::output::json as documents;
use crate::plan::Plan;
use crate::registry::policy::journeys::Journeys;
use crate::release::bundle::{self, Bundle, BundleFault};
use crate::release::composite::Composition;
use crate::release::source::Trees;
use crate::schema::{self, PolicyName, Shape};
use crate::yaml::Document;
use place::Place;

pub(in crate::cli) fn run(context: &Context, arguments: &ExportArgs) -> Result<Exit, Failure> {
    let place = Place::of(&arguments.out)?;
    let (found, live) = match (&arguments.composite, &arguments.channel) {
        (_, Some(channel)) => {
            let (found, state) = channel::live(context, channel)?;
            (found, Some((channel, state)))
        }
        (composite, None) => {
            let text = composite.as_deref().unwrap_or_default();
            (composite::find(context, &Wanted::from(&arguments.tree), text)?, None)
        }
    };
    let past = found.standpoint.past();
    let trees = found.standpoint.trees(&past);
    let composition = composite::resolve(&trees, found.loaded)?;
    let bundle = make(&found.standpoint, &trees, &composition)?;
    if let Some((channel, state)) = &live {
        channel::refuse_other(channel, state, &bundle)?;
    }
    let plan = place.plan(&bundle)?;
    if arguments.dry_run {
        place.show(context, &plan)?;
    } else {
        apply::apply(&plan, place.root())?;
    }
    let out = escape::line(&arguments.out.to_string_lossy());
    match arguments.format {
        ListingFormat::Human => human(context, &composition, &bundle, &out)?,
        ListingFormat::Json => {
            let mut text = Vec::new();
            let body = json!({
                "composite": composition.name,
                "version": composition.version.to_string(),
                "text": composition.string(),
                "digest": composition.entry_digest(),
                "bundle": bundle.digest,
                "out": arguments.out.to_string_lossy(),
                "files": bundle.files.len(),
                "changed": plan.acts.len(),
                "stamps": bundle.stamps,
            });
            documents::write(&documents::v1::listing("keelmark.export.v1", body), &mut text)?;
            context.printer.data(&String::from_utf8_lossy(&text)).or_else(ignore_closed)?;
        }
    }
    say(context, &plan, arguments.dry_run, &out);
    Ok(Exit::Success)
}

/// Makes the bundle of a composition, of which nothing may be faulty.
///
/// # Errors
/// A member that cannot run as it is.
pub(in crate::cli) fn make(
    standpoint: &Standpoint,
    trees: &Trees<'_>,
    composition: &Composition,
) -> Result<Bundle, Failure> {
    refuse_faulty(composition)?;
    let profiles = bundle::profiles(composition, trees)?;
    let journeys = journeys(standpoint)?;
    bundle::bundle(composition, &profiles, journeys.as_ref()).map_err(|fault| refused(&fault))
}

fn human(
    context: &Context,
    composition: &Composition,
    bundle: &Bundle,
    out: &str,
) -> Result<(), Failure> {
    let text = format!(
        "{} {}  {}\nbundle  {}\nfiles   {} in {out}\n",
        composition.name,
        composition.version,
        composition.string(),
        bundle.digest,
        bundle.files.len()
    );
    Ok(context.printer.data(&text).or_else(ignore_closed)?)
}

fn say(context: &Context, plan: &Plan, dry_run: bool, out: &str) {
    if plan.is_empty() {
        context.printer.say(&format!("{out} holds this bundle already"));
    } else if !dry_run {
        plan.notes.iter().for_each(|note| context.printer.say(note));
    }
}

/// What the schema refuses is left out when an entry is read, and would be missing from the bundle
/// without a word.
fn refuse_faulty(composition: &Composition) -> Result<(), Failure> {
    let members = composition.runtime().map(|member| &member.loaded);
    for loaded in std::iter::once(&composition.loaded).chain(members) {
        super::refuse_unread(loaded)?;
        if let Some(finding) = faults(loaded).into_iter().find(|f| f.severity == Severity::Error) {
            return Err(faulty(&finding));
        }
    }
    Ok(())
}

fn faults(loaded: &Loaded) -> Vec<Finding> {
    let document = &loaded.entry.document;
    let mut findings = schema::check(Shape::Entry(loaded.entry.name.kind), document).findings;
    findings.extend(Document::parse(document.source().clone()).1);
    findings
}

fn faulty(finding: &Finding) -> Failure {
    let at = finding.place.file.position(finding.place.span.start);
    let place = format!("{}:{}:{}", finding.path(), at.line, at.column);
    Failure::refused(format!("{place}: {} ({})", finding.message, finding.rule.id))
        .hint("nothing was written; `keelmark check --all` shows all that is wrong")
}

fn journeys(standpoint: &Standpoint) -> Result<Option<Journeys>, Failure> {
    let workspace = &standpoint.workspace;
    let name = PolicyName::Journeys;
    match read_policy::<Journeys>(workspace.snapshot(), &workspace.layout, name)? {
        Ok(policy) => Ok(policy.map(|policy| policy.policy)),
        Err(findings) => match findings.first() {
            Some(finding) => Err(faulty(finding)),
            None => Ok(None),
        },
    }
}

fn refused(fault: &BundleFault) -> Failure {
    let hint = match fault {
        BundleFault::Unreadable { .. } | BundleFault::Include { .. } => {
            "`keelmark check --all` says what is wrong with it"
        }
        BundleFault::Profile { .. } => {
            "make it with `keelmark new profile NAME`; nothing was written"
        }
        BundleFault::Kind { .. } => {
            "give the slot `evidence` under `roles`, or put it under `suites`"
        }
        BundleFault::Slot { .. } => "give the slot a shorter name",
    };
    Failure::refused(fault.to_string()).hint(hint)
}
