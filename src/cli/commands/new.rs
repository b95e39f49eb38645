//! `keelmark new`.

use crate::cli::apply;
use crate::cli::args::NewArgs;
use crate::cli::context::{Context, Wanted, Workspace, refuse_misconfigured};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::edit::scaffold;
use crate::ident::{EntryId, EntryName, Kind};
use crate::integrity::payload::MAX_TEXT_BYTES;
use crate::plan::{Act, Plan};

pub(in crate::cli) fn run(context: &Context, arguments: &NewArgs) -> Result<Exit, Failure> {
    let workspace = context.open()?.workspace(&Wanted::Worktree, context)?;
    refuse_misconfigured(&workspace)?;
    let kind = Kind::by_name(&arguments.kind).ok_or_else(|| {
        let kinds: Vec<&str> = Kind::ALL.iter().map(|kind| kind.name()).collect();
        let close = kinds
            .iter()
            .map(|kind| (strsim::jaro_winkler(kind, &arguments.kind), *kind))
            .filter(|(likeness, _)| *likeness > 0.75)
            .max_by(|a, b| a.0.total_cmp(&b.0));
        Failure::usage(format!("`{}` is no kind", arguments.kind)).hint(match close {
            Some((_, close)) => format!("did you mean `{close}`?"),
            None => format!("kinds are: {}", kinds.join(", ")),
        })
    })?;
    let id: EntryId = arguments
        .id
        .parse()
        .map_err(|fault: crate::ident::IdentFault| Failure::usage(fault.to_string()))?;
    let name = EntryName::new(kind, id);
    let index = crate::registry::index::Index::new(&workspace.layout, workspace.snapshot());
    if let Some(found) = index.resolve(kind, &name.id)? {
        return Err(Failure::usage(format!("`{found}` exists already"))
            .hint(format!("`keelmark show {found}` shows it")));
    }
    let template = match &arguments.from {
        Some(path) => Some(read_text(kind, path)?),
        None => None,
    };
    let owner = match &arguments.owner {
        Some(owner) => owner.clone(),
        None => owner(&workspace),
    };
    let plan = scaffold::plan(&scaffold::New {
        layout: &workspace.layout,
        name: &name,
        owner: &owner,
        template: template.as_deref(),
    });
    let plan = sealed(plan);
    if arguments.dry_run {
        super::show_plan(context, &plan)?;
        return Ok(Exit::Success);
    }
    apply::apply(&plan, workspace.opened.top()?)?;
    for note in &plan.notes {
        context.printer.say(&format!("created {note}"));
    }
    context.printer.say("edit it, `git add` it, then `keelmark check --staged`");
    Ok(Exit::Success)
}

fn read_text(kind: Kind, path: &std::path::Path) -> Result<String, Failure> {
    if !matches!(kind, Kind::Prompt | Kind::Fragment) {
        return Err(Failure::usage(format!("`--from` makes prompts and fragments, not a {kind}")));
    }
    let shown = path.display();
    let size = std::fs::metadata(path)
        .map_err(|e| Failure::usage(format!("cannot read `{shown}`: {e}")))?
        .len();
    if size > MAX_TEXT_BYTES {
        return Err(Failure::usage(format!(
            "`{shown}` has {size} bytes; at most {MAX_TEXT_BYTES}"
        )));
    }
    let bytes =
        std::fs::read(path).map_err(|e| Failure::usage(format!("cannot read `{shown}`: {e}")))?;
    String::from_utf8(bytes).map_err(|e| {
        let at = e.utf8_error().valid_up_to();
        Failure::usage(format!("`{shown}` is not UTF-8: a bad byte at offset {at}"))
    })
}

/// The scaffold's placeholder is replaced at once: a fresh entry has no warning.
fn sealed(mut plan: Plan) -> Plan {
    let digest_of = |file: &str| {
        plan.acts.iter().find_map(|act| match act {
            Act::Create { path, bytes } if path.file_name() == file.as_bytes() => {
                Some(crate::digest::Digest::of(bytes).to_string())
            }
            _ => None,
        })
    };
    let digests: Vec<String> = ["template.md", "fragment.md", "cases.csv", "rubric.md"]
        .into_iter()
        .filter_map(digest_of)
        .collect();
    if let [digest] = digests.as_slice() {
        for act in &mut plan.acts {
            if let Act::Create { path, bytes } = act
                && path.file_name().ends_with(b".yaml")
                && let Ok(text) = std::str::from_utf8(bytes)
            {
                *bytes = text.replace("<hash>", digest).into_bytes();
            }
        }
    }
    plan
}

/// The owner that is written unless one is named: who git thinks the author is.
fn owner(workspace: &Workspace) -> String {
    workspace.opened.repository.config("user.name").unwrap_or_else(|| "nobody-yet".to_owned())
}
