//! `keelmark init`.

use std::path::{Path, PathBuf};

use super::check::write;
use super::hook::{Mode, install};
use crate::checks::{Scope, Stage};
use crate::cli::apply;
use crate::cli::args::{InitArgs, ReportArgs};
use crate::cli::assess::{Ground, How};
use crate::cli::context::{CONFIG_FILE, Context, Opened, Wanted};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::edit::scaffold;
use crate::ident::Kind;
use crate::path::RepoPath;
use crate::plan::{Act, Plan};
use crate::registry::layout::Layout;
use crate::schema::{self, Shape};
use crate::vcs;

/// Where the workflow goes.
const WORKFLOW: &str = ".github/workflows/keelmark.yml";

/// The demo's registry as it is published.
const DEMO: [(&str, &str); 8] = [
    ("keelmark.yaml", include_str!("../../../templates/demo/keelmark.yaml")),
    (
        "registry/datasets/golden_2025_09/cases.csv",
        include_str!("../../../templates/demo/registry/datasets/golden_2025_09/cases.csv"),
    ),
    (
        "registry/datasets/golden_2025_09/dataset.yaml",
        include_str!("../../../templates/demo/registry/datasets/golden_2025_09/dataset.yaml"),
    ),
    (
        "registry/models/cust-copilot/model.yaml",
        include_str!("../../../templates/demo/registry/models/cust-copilot/model.yaml"),
    ),
    (
        "registry/profiles/standard_level2/profile.yaml",
        include_str!("../../../templates/demo/registry/profiles/standard_level2/profile.yaml"),
    ),
    (
        "registry/prompts/billing_refund/prompt.yaml",
        include_str!("../../../templates/demo/registry/prompts/billing_refund/prompt.yaml"),
    ),
    (
        "registry/prompts/billing_refund/template.md",
        include_str!("../../../templates/demo/registry/prompts/billing_refund/template.md"),
    ),
    (".gitignore", include_str!("../../../templates/init/gitignore")),
];

/// The author's edit: a new required input, under a number that is too small.
const DEMO_EDIT: [(&str, &str); 2] = [
    (
        "registry/prompts/billing_refund/prompt.yaml",
        include_str!("../../../templates/demo/after/prompt.yaml"),
    ),
    (
        "registry/prompts/billing_refund/template.md",
        include_str!("../../../templates/demo/after/template.md"),
    ),
];

pub(in crate::cli) fn run(context: &Context, arguments: &InitArgs) -> Result<Exit, Failure> {
    let here = std::env::current_dir()
        .map_err(|e| Failure::usage(format!("the working directory is gone: {e}")))?;
    let dir = arguments.dir.as_ref().map_or_else(|| here.clone(), |dir| here.join(dir));
    if arguments.demo {
        return demo(context, &dir, arguments);
    }
    if !dir.is_dir() {
        return Err(Failure::usage(format!("`{}` is no folder", dir.display()))
            .hint("make it and run `git init` in it first"));
    }
    enter(&dir)?;
    let opened = context.open()?;
    let top = opened.top()?.to_path_buf();
    let (plan, kept) = plan(&opened.inside, &top)?;
    for path in &kept {
        context.printer.say(&format!("kept {path}"));
    }
    if arguments.dry_run {
        super::show_plan(context, &plan)?;
        return install(context, &opened, Mode::Show).map(|()| Exit::Success);
    }
    apply::apply(&plan, &top)?;
    for note in &plan.notes {
        context.printer.say(note);
    }
    hooks(context, &opened);
    context.printer.say(
        "\nnext:\n  keelmark new prompt my_first_prompt\n  git add -A\n  keelmark check --staged",
    );
    Ok(Exit::Success)
}

/// A registry without hooks is still a registry, so what stands in their way is only said.
fn hooks(context: &Context, opened: &Opened) {
    if let Err(failure) = install(context, opened, Mode::Do) {
        context.printer.say(&failure.to_string());
    }
}

fn enter(dir: &Path) -> Result<(), Failure> {
    std::env::set_current_dir(dir)
        .map_err(|e| Failure::usage(format!("cannot change to `{}`: {e}", dir.display())))
}

/// Plans what is not there yet; nothing that is there is touched, but for a line in `.gitignore`.
fn plan(inside: &RepoPath, top: &Path) -> Result<(Plan, Vec<RepoPath>), Failure> {
    let layout = Layout::new(inside.join("registry"));
    let schemas = scaffold::schema_folder(&layout);
    let mut files: Vec<(RepoPath, String)> = vec![
        (
            inside.join(CONFIG_FILE),
            with_modeline(
                include_str!("../../../templates/init/keelmark.yaml"),
                "registry/schemas/keelmark.schema.json",
            ),
        ),
        (
            layout.root().join("README.md"),
            include_str!("../../../templates/init/registry-README.md").to_owned(),
        ),
        (
            RepoPath::from(WORKFLOW),
            include_str!("../../../templates/init/github/keelmark.yml").to_owned(),
        ),
    ];
    for kind in Kind::ALL {
        let file = schemas.join(&format!("{kind}.schema.json"));
        files.push((file, schema::source(Shape::Entry(kind)).to_owned()));
    }
    let config = schemas.join("keelmark.schema.json");
    files.push((config, schema::source(Shape::Config).to_owned()));
    for policy in schema::PolicyName::ALL {
        let file = schemas.join(&format!("policies/{}.schema.json", policy.name()));
        files.push((file, schema::source(Shape::Policy(policy)).to_owned()));
    }
    let mut plan = Plan::default();
    let mut kept = Vec::new();
    let mut schemas_made = 0;
    for (path, text) in files {
        if apply::on_disk(top, &path).exists() {
            kept.push(path);
            continue;
        }
        if path.is_below(&schemas) {
            schemas_made += 1;
        } else {
            plan.notes.push(format!("created {path}"));
        }
        plan.acts.push(Act::Create { path, bytes: text.into_bytes() });
    }
    if schemas_made > 0 {
        plan.notes.push(format!("created {schemas_made} editor schemas in {schemas}"));
    }
    ignore(&mut plan, top)?;
    Ok((plan, kept))
}

fn with_modeline(text: &str, schema: &str) -> String {
    format!("# yaml-language-server: $schema={schema}\n{text}")
}

/// Keeps run records out of git: one line, added to what is there.
fn ignore(plan: &mut Plan, top: &Path) -> Result<(), Failure> {
    let path = RepoPath::from(".gitignore");
    let line = include_str!("../../../templates/init/gitignore");
    let at = apply::on_disk(top, &path);
    let act = if at.exists() {
        let old = std::fs::read(&at)
            .map_err(|e| Failure::undecided(format!("failed to read `{path}`: {e}")))?;
        let has =
            old.split(|byte| *byte == b'\n').any(|l| l.trim_ascii() == line.trim().as_bytes());
        if has {
            return Ok(());
        }
        let mut new = old.clone();
        if !new.is_empty() && !new.ends_with(b"\n") {
            new.push(b'\n');
        }
        new.extend_from_slice(line.as_bytes());
        Act::Replace { path, old, new }
    } else {
        Act::Create { path, bytes: line.into() }
    };
    plan.notes.push(format!("`.keelmark/` is ignored by {}", act.path()));
    plan.acts.push(act);
    Ok(())
}

/// Makes the demo: publishes the product, makes the author's edit, and shows what the check says.
fn demo(context: &Context, dir: &Path, arguments: &InitArgs) -> Result<Exit, Failure> {
    let dir: PathBuf =
        if arguments.dir.is_some() { dir.to_path_buf() } else { dir.join("keelmark-demo") };
    let taken = dir.read_dir().is_ok_and(|mut files| files.next().is_some()) || dir.is_file();
    if taken {
        return Err(Failure::usage(format!("`{}` is not empty", dir.display()))
            .hint("name a folder that does not exist yet: `keelmark init --demo demo`"));
    }
    let published = Plan {
        acts: DEMO
            .iter()
            .map(|(path, text)| Act::Create { path: RepoPath::from(*path), bytes: (*text).into() })
            .collect(),
        notes: Vec::new(),
    };
    if arguments.dry_run {
        super::show_plan(context, &published)?;
        return Ok(Exit::Success);
    }
    apply::make_dir(&dir)
        .map_err(|e| Failure::usage(format!("cannot make `{}`: {e}", dir.display())))?;
    let dir = dir
        .canonicalize()
        .map_err(|e| Failure::usage(format!("cannot enter `{}`: {e}", dir.display())))?;
    vcs::write::init(&dir)?;
    apply::apply(&published, &dir)?;
    vcs::write::commit_all(&dir, "billing_refund 2.3.0 is published")?;
    enter(&dir)?;
    let opened = context.open()?;
    hooks(context, &opened);
    apply::apply(&edit(), &dir)?;
    let workspace = opened.workspace(&Wanted::Worktree, context)?;
    let ground = Ground::open(&workspace, None, context)?;
    let how = How { scope: Scope::Touched, stage: Stage::Work };
    let report = ground.check(&workspace, workspace.snapshot(), how)?;
    context.printer.say(&format!(
        "\nA registry is in {}. billing_refund 2.3.0 is published; an author has added the required\n\
         input `locale` and called it 2.4.0. `keelmark check` says:\n",
        dir.display()
    ));
    let source = ground.source(&workspace);
    write(
        context,
        "keelmark.check.v1",
        (&report, &source),
        &ReportArgs { format: None, output: None },
    )?;
    let shown = arguments
        .dir
        .as_ref()
        .map_or_else(|| "keelmark-demo".to_owned(), |typed| typed.display().to_string());
    let path = path_hint();
    context.printer.say(&format!(
        "\nTry it:\n{path}  cd {shown}\n  git commit -am \"ask for the locale\"     # the hook refuses it\n  \
         keelmark bump                           # writes 3.0.0\n  \
         git commit -am \"ask for the locale\"     # now it passes\n  keelmark log billing_refund"
    ));
    Ok(Exit::Success)
}

/// The hook starts `keelmark` by name; where the shell would not find it, the demo says how it does.
#[expect(clippy::disallowed_methods, reason = "PATH decides what the hook finds, nothing else")]
fn path_hint() -> String {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).any(|dir| dir.join("keelmark").is_file());
    let here = std::env::current_exe().ok().and_then(|exe| exe.parent().map(Path::to_path_buf));
    match here.filter(|_| !found) {
        Some(dir) => format!("  export PATH=\"{}:$PATH\"\n", dir.display()),
        None => String::new(),
    }
}

fn edit() -> Plan {
    let published =
        |path: &str| DEMO.iter().find(|(p, _)| *p == path).map_or("", |(_, text)| *text);
    let acts = DEMO_EDIT
        .iter()
        .map(|(path, text)| Act::Replace {
            path: RepoPath::from(*path),
            old: published(path).into(),
            new: (*text).into(),
        })
        .collect();
    Plan { acts, notes: Vec::new() }
}
