//! New entries, from scaffolds or from a text file.

use std::collections::BTreeSet;

use crate::ident::{EntryName, EntryRef, Kind, Wanted};
use crate::path::RepoPath;
use crate::plan::{Act, Plan};
use crate::registry::layout::Layout;
use crate::template::include::{includes, without_includes};
use crate::template::{jinja, simple};

/// The files of a scaffold: name and text.
type Files = &'static [(&'static str, &'static str)];

const fn files(kind: Kind) -> Files {
    match kind {
        Kind::Composite => {
            &[("composite.yaml", include_str!("../../templates/new/composite/composite.yaml"))]
        }
        Kind::Dataset => &[
            ("dataset.yaml", include_str!("../../templates/new/dataset/dataset.yaml")),
            ("cases.csv", include_str!("../../templates/new/dataset/cases.csv")),
        ],
        Kind::Fragment => &[
            ("fragment.yaml", include_str!("../../templates/new/fragment/fragment.yaml")),
            ("fragment.md", include_str!("../../templates/new/fragment/fragment.md")),
        ],
        Kind::Judge => &[
            ("judge.yaml", include_str!("../../templates/new/judge/judge.yaml")),
            ("rubric.md", include_str!("../../templates/new/judge/rubric.md")),
        ],
        Kind::Model => &[("model.yaml", include_str!("../../templates/new/model/model.yaml"))],
        Kind::Profile => {
            &[("profile.yaml", include_str!("../../templates/new/profile/profile.yaml"))]
        }
        Kind::Prompt => &[
            ("prompt.yaml", include_str!("../../templates/new/prompt/prompt.yaml")),
            ("template.md", include_str!("../../templates/new/prompt/template.md")),
        ],
        Kind::Suite => &[
            ("suite.yaml", include_str!("../../templates/new/suite/suite.yaml")),
            ("fixtures.yaml", include_str!("../../templates/new/suite/fixtures.yaml")),
        ],
    }
}

/// A new entry.
pub struct New<'a> {
    /// Where things lie.
    pub layout: &'a Layout,
    /// The entry.
    pub name: &'a EntryName,
    /// Who answers for it.
    pub owner: &'a str,
    /// The text of a prompt's or fragment's template, in place of the scaffold's.
    pub template: Option<&'a str>,
}

/// Plans the files of a new entry.
#[must_use]
pub fn plan(new: &New<'_>) -> Plan {
    let folder = new.layout.entry_folder(new.name);
    let mut plan = Plan::default();
    for (file, text) in files(new.name.kind) {
        let mut text = fill(text, new);
        if let Some(template) = new.template {
            if *file == "prompt.yaml" {
                text = with_inputs(&text, template);
            } else if ["template.md", "fragment.md"].contains(file) {
                template.clone_into(&mut text);
            }
        }
        let path = folder.join(file);
        plan.notes.push(format!("{path}"));
        plan.acts.push(Act::Create { path, bytes: text.into_bytes() });
    }
    plan
}

fn fill(text: &str, new: &New<'_>) -> String {
    let owner = new.owner.replace('\\', "\\\\").replace('"', "\\\"");
    text.replace("{{id}}", new.name.id.last())
        .replace("{{owner}}", &owner)
        .replace("{{schema}}", &schema_path(new))
}

/// Returns the path of the kind's schema, relative to the entry file.
fn schema_path(new: &New<'_>) -> String {
    let folder = new.layout.entry_folder(new.name);
    let depth = folder.below(new.layout.root()).unwrap_or_default().segments().count();
    format!("{}schemas/{}.schema.json", "../".repeat(depth), new.name.kind)
}

/// Puts the variables of a text into a prompt's inputs and the fragments that it includes into its
/// dependencies, and chooses the engine that reads it.
fn with_inputs(text: &str, template: &str) -> String {
    let (uses, engine) = match jinja::uses(&without_includes(template)) {
        Ok(uses) => (uses, ""),
        Err(_) => (simple::uses(template), "engine: simple\n"),
    };
    let mut seen = BTreeSet::new();
    let names: Vec<String> = uses
        .into_iter()
        .filter(|used| seen.insert(used.name.clone()))
        .map(|used| format!("\"{}\"", used.name))
        .collect();
    let inputs = format!("inputs: [{}]", names.join(","));
    let mut below = engine.to_owned();
    let included: BTreeSet<String> =
        includes(template).into_iter().filter_map(|include| include.name).collect();
    let is_fragment = |name: &&String| {
        let read = name.parse::<EntryRef>();
        read.is_ok_and(|read| read.kind == Some(Kind::Fragment) && read.wanted == Wanted::Any)
    };
    let needs: Vec<String> =
        included.iter().filter(is_fragment).map(|name| format!("\"{name}\"")).collect();
    if engine.is_empty() && !needs.is_empty() {
        below = format!("depends_on: [{}]\n", needs.join(", "));
    }
    text.lines()
        .map(|line| match line.strip_prefix("  inputs:") {
            Some(_) => format!("  {inputs}\n"),
            None if line.starts_with("response_format:") => below.clone(),
            None => format!("{line}\n"),
        })
        .collect()
}

/// Returns the folder of the editor schemas in a registry.
#[must_use]
pub fn schema_folder(layout: &Layout) -> RepoPath {
    layout.root().join("schemas")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_file_gives_its_variables_as_inputs() {
        let layout = Layout::new(RepoPath::from("registry"));
        let name = EntryName::new(Kind::Prompt, "support/refund".parse().expect("an id"));
        let new = |template| {
            let new =
                New { layout: &layout, name: &name, owner: "a \"b\"", template: Some(template) };
            let plan = plan(&new);
            let Some(Act::Create { path, bytes }) = plan.acts.first() else { panic!("a file") };
            assert_eq!(path, &RepoPath::from("registry/prompts/support/refund/prompt.yaml"));
            String::from_utf8(bytes.clone()).expect("text")
        };
        let text = new("Hi {{ name }}, {{ question }} {{ name }}");
        assert!(text.contains("  inputs: [\"name\",\"question\"]\n"), "{text}");
        assert!(text.contains("owner: \"a \\\"b\\\"\"\n"), "{text}");
        assert!(text.contains("$schema=../../../schemas/prompt.schema.json\n"), "{text}");
        let included = new("{% include 'fragment/tone' %} {{ question }}");
        assert!(included.contains("[\"question\"]") && !included.contains("engine:"), "{included}");
        assert!(included.contains("\ndepends_on: [\"fragment/tone\"]\n"), "{included}");
        let braces = new("int main() {{ {{name}} {% }");
        assert!(braces.contains("engine: simple\n") && braces.contains("[\"name\"]"), "{braces}");
    }
}
