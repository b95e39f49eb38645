//! `keelmark init`.

use std::path::Path;

use super::hook::{Mode, install};
use crate::cli::apply;
use crate::cli::args::{CiSystem, InitArgs};
use crate::cli::assess::short_reference;
use crate::cli::context::{CONFIG_FILE, Context, Opened};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::edit::scaffold;
use crate::ident::Kind;
use crate::path::RepoPath;
use crate::plan::{Act, Plan};
use crate::registry::layout::Layout;
use crate::schema::{self, Shape};

/// Names a file below `.github` with its text.
macro_rules! github_file {
    ($path:literal) => {
        (
            concat!(".github/", $path),
            include_str!(concat!("../../../templates/init/github/", $path)),
        )
    };
}

/// What GitHub reads: the check, the evals of a labelled commit, the button that takes a channel
/// back, and rules for what must not change, which somebody has to switch on.
const GITHUB: [(&str, &str); 5] = [
    github_file!("workflows/keelmark.yml"),
    github_file!("workflows/keelmark-eval.yml"),
    github_file!("workflows/keelmark-rollback.yml"),
    github_file!("rulesets/keelmark-ledger.json"),
    github_file!("rulesets/keelmark-releases.json"),
];

/// What GitLab reads, once `.gitlab-ci.yml` includes it.
const GITLAB: (&str, &str) = (
    "keelmark.gitlab-ci.yml",
    include_str!("../../../templates/init/gitlab/keelmark.gitlab-ci.yml"),
);

/// The branch that the workflow of GitHub names until it is known better.
const PUSHED: &str = "branches: [main]";

/// What has to be protected where the repository is hosted. Git itself protects nothing there.
const PROTECT: &str = "\nprotect what must not change, once, as an admin of the repository:\n  \
    refs/heads/keelmark/ledger   no force push, no deletion\n  \
    refs/tags/release/**         no update, no deletion";

/// How it is done on GitHub.
const PROTECT_GITHUB: &str = "on GitHub:\n  \
    gh api -X POST 'repos/{owner}/{repo}/rulesets' --input .github/rulesets/keelmark-ledger.json\n  \
    gh api -X POST 'repos/{owner}/{repo}/rulesets' --input .github/rulesets/keelmark-releases.json";

pub(in crate::cli) fn run(context: &Context, arguments: &InitArgs) -> Result<Exit, Failure> {
    let here = std::env::current_dir()
        .map_err(|e| Failure::usage(format!("the working directory is gone: {e}")))?;
    let dir = arguments.dir.as_ref().map_or_else(|| here.clone(), |dir| here.join(dir));
    if arguments.demo {
        return super::demo::run(context, &dir, arguments);
    }
    if !dir.is_dir() {
        return Err(Failure::usage(format!("`{}` is no folder", dir.display()))
            .hint("make it and run `git init` in it first"));
    }
    enter(&dir)?;
    let opened = context.open()?;
    let top = opened.top()?.to_path_buf();
    let ci = arguments.ci.unwrap_or_else(|| hosted_at(&opened));
    let (plan, kept) = plan(&opened, &top, ci)?;
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
    context.printer.say(PROTECT);
    match ci {
        CiSystem::Github => context.printer.say(PROTECT_GITHUB),
        CiSystem::Gitlab => context
            .printer
            .say(&format!("on GitLab, let .gitlab-ci.yml read:\n  include: {}", GITLAB.0)),
        CiSystem::None => {}
    }
    context.printer.say(
        "\nnext:\n  keelmark new prompt my_first_prompt\n  git add -A\n  keelmark check --staged",
    );
    Ok(Exit::Success)
}

/// A registry without hooks is still a registry, so what stands in their way is only said.
pub(super) fn hooks(context: &Context, opened: &Opened) {
    if let Err(failure) = install(context, opened, Mode::Do) {
        context.printer.say(&failure.to_string());
    }
}

pub(super) fn enter(dir: &Path) -> Result<(), Failure> {
    std::env::set_current_dir(dir)
        .map_err(|e| Failure::usage(format!("cannot change to `{}`: {e}", dir.display())))
}

/// Plans what is not there yet; nothing that is there is touched, but for a line in `.gitignore`.
fn plan(opened: &Opened, top: &Path, ci: CiSystem) -> Result<(Plan, Vec<RepoPath>), Failure> {
    let inside = &opened.inside;
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
    ];
    match ci {
        CiSystem::Github => {
            let pushed = format!("branches: [{}]", default_branch(opened)?);
            let filled = |text: &str| text.replace(PUSHED, &pushed);
            files.extend(GITHUB.map(|(path, text)| (RepoPath::from(path), filled(text))));
        }
        CiSystem::Gitlab => files.push((RepoPath::from(GITLAB.0), GITLAB.1.to_owned())),
        CiSystem::None => {}
    }
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

/// Guesses from the addresses of the remotes where the repository is hosted.
fn hosted_at(opened: &Opened) -> CiSystem {
    let names = opened.repository.remotes();
    let mut addresses =
        names.iter().filter_map(|name| opened.repository.config(&format!("remote.{name}.url")));
    if addresses.any(|address| address.contains("gitlab")) {
        CiSystem::Gitlab
    } else {
        CiSystem::Github
    }
}

/// Returns the branch that changes are merged into, as far as anybody can tell before the first
/// configuration.
fn default_branch(opened: &Opened) -> Result<String, Failure> {
    let repository = &opened.repository;
    for name in ["main", "master"] {
        for folder in ["refs/remotes/upstream", "refs/remotes/origin", "refs/heads"] {
            if repository.reference(&format!("{folder}/{name}"))?.is_some() {
                return Ok(name.to_owned());
            }
        }
    }
    let head = repository.head_branch()?.unwrap_or_default();
    let name = short_reference(&head);
    // Other names would have to be quoted in YAML; the file says where they belong.
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '/');
    let is_plain = !name.is_empty() && name.chars().all(plain);
    Ok(if is_plain { name } else { "main" }.to_owned())
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
