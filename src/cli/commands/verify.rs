//! `keelmark verify`.

use super::check::ignore_closed;
use crate::cli::args::{ListingFormat, VerifyArgs};
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::verify::{Court, Depth};
use crate::output::{claims, json as documents};
use crate::release::claims::{Ending, ending};

pub(in crate::cli) fn run(context: &Context, arguments: &VerifyArgs) -> Result<Exit, Failure> {
    let depth = if arguments.deep { Depth::Deep } else { Depth::Whole };
    let court = Court::open(context, depth)?;
    let subjects =
        if arguments.all { court.everything()? } else { court.named(&arguments.references)? };
    let mut out = Vec::new();
    match arguments.format {
        ListingFormat::Human => claims::write(&subjects, context.printer.style(), &mut out)?,
        ListingFormat::Json => {
            let body = claims::body(&subjects);
            documents::write(&documents::v1::listing("keelmark.verify.v1", body), &mut out)?;
        }
    }
    context.printer.data(&String::from_utf8_lossy(&out)).or_else(ignore_closed)?;
    if subjects.is_empty() {
        context.printer.say("no release is here; `git fetch --tags` brings those that others made");
    }
    Ok(match ending(&subjects).0 {
        Ending::Holds => Exit::Success,
        Ending::Unknown => Exit::Undecided,
        Ending::Fails => Exit::Integrity,
    })
}
