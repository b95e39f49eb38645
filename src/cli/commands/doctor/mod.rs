//! `keelmark doctor`: gathers what there is to know of a set-up. `crate::doctor` judges it, and
//! nothing is fetched or written for it.

mod releases;
mod setup;

use super::check::ignore_closed;
use crate::cli::args::{DoctorArgs, ListingFormat};
use crate::cli::commands::hook;
use crate::cli::context::{Context, Opened, Wanted, Workspace, refuse_misconfigured};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::doctor::{self, Facts, Fault, Level};
use crate::output::{checkup, json as documents};

pub(in crate::cli) fn run(context: &Context, arguments: &DoctorArgs) -> Result<Exit, Failure> {
    let checks = doctor::judge(&facts(context)?);
    let mut out = Vec::new();
    match arguments.format {
        ListingFormat::Human => checkup::write(&checks, context.printer.style(), &mut out)?,
        ListingFormat::Json => {
            let body = checkup::body(&checks);
            documents::write(&documents::v1::listing("keelmark.doctor.v1", body), &mut out)?;
        }
    }
    context.printer.data(&String::from_utf8_lossy(&out)).or_else(ignore_closed)?;
    Ok(match doctor::worst(&checks) {
        Level::Ok | Level::Warning => Exit::Success,
        Level::Error => Exit::Findings,
    })
}

fn facts(context: &Context) -> Result<Facts, Failure> {
    let opened = context.open()?;
    let repository = &opened.repository;
    let workspace = workspace(&opened, context);
    let mut facts = Facts {
        git: repository.git_version()?,
        shallow: repository.is_shallow(),
        partial: repository.partial_filter(),
        place: setup::place(&opened, None)?,
        configuration: Ok(None),
        bare: opened.top.is_none(),
        program: setup::program(context),
        hooks: hook::states(&opened)?,
        registry: None,
    };
    match workspace {
        Ok(None) => {}
        Ok(Some(workspace)) => {
            facts.place = setup::place(&opened, Some(&workspace))?;
            facts.configuration =
                Ok(workspace.config_path.as_ref().map(|path| path.to_text().into_owned()));
            facts.registry = Some(releases::registry(context, &opened, &workspace));
        }
        Err(failure) => facts.configuration = Err(fault(&failure)),
    }
    Ok(facts)
}

/// Opens the work tree, or the last commit where there is none; `None` where there is neither.
fn workspace(opened: &Opened, context: &Context) -> Result<Option<Workspace>, Failure> {
    let wanted = match (&opened.top, opened.repository.head()?) {
        (Some(_), _) => Wanted::Worktree,
        (None, Some(_)) => Wanted::Revision("HEAD".to_owned()),
        (None, None) => return Ok(None),
    };
    let workspace = opened.clone().workspace(&wanted, context)?;
    refuse_misconfigured(&workspace)?;
    Ok(Some(workspace))
}

fn fault(failure: &Failure) -> Fault {
    Fault { what: failure.message().to_owned(), help: failure.advice().map(ToOwned::to_owned) }
}
