//! `keelmark show`.

use serde_json::json;

use super::check::ignore_closed;
use crate::checks::{Loaded, Named, read_entry};
use crate::cli::args::{ListingFormat, ShowArgs};
use crate::cli::assess::Ground;
use crate::cli::context::{Context, Wanted, Workspace, refuse_misconfigured};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::select::{self, Selected};
use crate::escape;
use crate::ident::EntryName;
use crate::output::json as documents;
use crate::registry::payload::Role;

pub(in crate::cli) fn run(context: &Context, arguments: &ShowArgs) -> Result<Exit, Failure> {
    let workspace = context.open()?.workspace(&Wanted::from(&arguments.tree), context)?;
    refuse_misconfigured(&workspace)?;
    let selected = select::entry(&workspace, &arguments.reference)?;
    let loaded = load(context, &workspace, &selected)?;
    let out = match arguments.format {
        ListingFormat::Human => human(&loaded).into_bytes(),
        ListingFormat::Json => {
            let mut out = Vec::new();
            let facets = loaded.facets();
            let payloads: Vec<_> = loaded
                .payloads
                .iter()
                .map(|payload| {
                    json!({
                        "path": payload.path.to_text(),
                        "sha256": payload.digest,
                        "bytes": payload.size,
                    })
                })
                .collect();
            let body = json!({
                "entry": loaded.entry.name,
                "path": loaded.entry.path().to_text(),
                "revision": loaded.entry.document.source().revision().filter(|r| !r.is_empty()),
                "version": loaded.entry.common.version,
                "value": loaded.entry.document.value(),
                "digests": {
                    "contract": facets.contract,
                    "behaviour": facets.behaviour,
                    "entry": facets.entry,
                },
                "payloads": payloads,
            });
            documents::write(&documents::v1::listing("keelmark.show.v1", body), &mut out)?;
            out
        }
    };
    context.printer.data(&String::from_utf8_lossy(&out)).or_else(ignore_closed)?;
    Ok(Exit::Success)
}

/// Reads an entry at the version that was asked for: here, or in the base's history.
pub(in crate::cli) fn load(
    context: &Context,
    workspace: &Workspace,
    selected: &Selected,
) -> Result<Loaded, Failure> {
    let name = &selected.name;
    let here = read_entry(&workspace.layout, name, Named { name: "", tree: workspace.snapshot() })?;
    let Some(version) = &selected.version else {
        return here.ok_or_else(|| select::unreadable(name));
    };
    // The entry may have had another id then: each of its aliases may have been one.
    let mut names = vec![name.clone()];
    if let Some(here) = here {
        if here.entry.version.as_ref() == Some(version) {
            return Ok(here);
        }
        let former = here.entry.common.aliases.iter().filter_map(|alias| alias.parse().ok());
        names.extend(former.map(|id| EntryName::new(name.kind, id)));
    }
    let ground = Ground::open(workspace, None, context)?;
    for name in &names {
        let found = crate::checks::content_at(&ground.view(), &workspace.layout, name, version)?;
        if let Some(found) = found {
            return Ok(found);
        }
    }
    Err(Failure::usage(format!("`{name}` has no version {version} in the history of the base"))
        .hint(format!("`keelmark log {name}` lists its versions")))
}

fn human(loaded: &Loaded) -> String {
    let entry = &loaded.entry;
    let facets = loaded.facets();
    let mut out = format!("{} {}\n", entry.name, escape::line(&entry.common.version));
    let revision = entry.document.source().revision().filter(|revision| !revision.is_empty());
    let at = revision.map(|revision| format!(" at {revision}")).unwrap_or_default();
    out.push_str(&format!("file       {}{at}\n", escape::line(&entry.path().to_text())));
    out.push_str(&format!("contract   {}\n", facets.contract));
    out.push_str(&format!("behaviour  {}\n", facets.behaviour));
    out.push_str(&format!("entry      {}\n\n", facets.entry));
    out.push_str(&escape::lines(entry.document.source().text()));
    out.push('\n');
    for payload in &loaded.payloads {
        let path = escape::line(&payload.path.to_text());
        out.push_str(&format!("\n── {path} ({} bytes, sha256 {})\n", payload.size, payload.digest));
        if payload.declared.role == Role::Text
            && let Some(text) = &payload.text
        {
            out.push_str(&escape::lines(text.text()));
            out.push('\n');
        }
    }
    out
}
