//! `keelmark list`.

use rayon::prelude::*;
use serde_json::{Value, json};

use super::check::ignore_closed;
use crate::checks::{Loaded, Named, entries, read_entry};
use crate::cli::args::{ListArgs, ListingFormat};
use crate::cli::context::{Context, Wanted, refuse_misconfigured};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::escape;
use crate::ident::Kind;
use crate::output::json as documents;

pub(in crate::cli) fn run(context: &Context, arguments: &ListArgs) -> Result<Exit, Failure> {
    let workspace = context.open()?.workspace(&Wanted::from(&arguments.tree), context)?;
    refuse_misconfigured(&workspace)?;
    let kind = match &arguments.kind {
        None => None,
        Some(name) => Some(Kind::by_name(name).ok_or_else(|| {
            let kinds: Vec<&str> = Kind::ALL.iter().map(|kind| kind.name()).collect();
            Failure::usage(format!("`{name}` is no kind"))
                .hint(format!("kinds are: {}", kinds.join(", ")))
        })?),
    };
    let tree = workspace.snapshot();
    let listed: Vec<_> = entries(&workspace.layout, tree)?
        .into_iter()
        .filter(|listed| kind.is_none_or(|kind| listed.name.kind == kind))
        .collect();
    if listed.is_empty() && kind.is_some() {
        return Err(Failure::usage(format!(
            "there is no {} in `{}`",
            kind.map_or("entry", Kind::name),
            workspace.layout.root()
        ))
        .hint("`keelmark new` makes one"));
    }
    let rows: Result<Vec<_>, Failure> = listed
        .par_iter()
        .map(|listed| {
            let loaded = read_entry(&workspace.layout, &listed.name, Named { name: "", tree })?;
            Ok((listed, loaded))
        })
        .collect();
    let rows = rows?;
    let mut out = Vec::new();
    match arguments.format {
        ListingFormat::Human => {
            let width = rows.iter().map(|(l, _)| l.name.to_string().len()).max().unwrap_or(0);
            for (listed, loaded) in &rows {
                let (version, status, owner, words) = match loaded {
                    Some(loaded) => {
                        let common = &loaded.entry.common;
                        (
                            escape::line(&common.version),
                            format!("{:?}", common.status).to_lowercase(),
                            escape::line(&common.owner),
                            common.description.as_deref().map(escape::line).unwrap_or_default(),
                        )
                    }
                    None => ("unreadable".to_owned(), String::new(), String::new(), String::new()),
                };
                let line = format!(
                    "{:width$}  {version:<10}  {status:<10}  {owner:<16}  {words}",
                    listed.name.to_string()
                );
                out.extend_from_slice(line.trim_end().as_bytes());
                out.push(b'\n');
            }
            context.printer.say(&format!(
                "{} {}",
                rows.len(),
                if rows.len() == 1 { "entry" } else { "entries" }
            ));
        }
        ListingFormat::Json => {
            let rows: Vec<Value> =
                rows.iter().map(|(listed, loaded)| describe(listed, loaded.as_ref())).collect();
            let document = documents::v1::listing("keelmark.list.v1", json!({"entries": rows}));
            documents::write(&document, &mut out)?;
        }
    }
    context.printer.data(&String::from_utf8_lossy(&out)).or_else(ignore_closed)?;
    Ok(Exit::Success)
}

fn describe(listed: &crate::checks::Listed, loaded: Option<&Loaded>) -> Value {
    let common = loaded.map(|loaded| &loaded.entry.common);
    json!({
        "entry": listed.name,
        "path": listed.file.path.to_text(),
        "version": common.map(|common| &common.version),
        "status": common.map(|common| common.status),
        "owner": common.map(|common| &common.owner),
        "description": common.and_then(|common| common.description.as_ref()),
        "aliases": common.map(|common| &common.aliases),
    })
}
