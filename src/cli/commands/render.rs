//! `keelmark render`.

use std::path::Path;

use serde_json::{Value, json};

use super::check::ignore_closed;
use super::show;
use crate::cases::bind::{self, InputFault, Inputs};
use crate::cli::args::{ListingFormat, RenderArgs};
use crate::cli::context::{Context, Wanted, refuse_misconfigured};
use crate::cli::evals::{prompt_failure, prompt_text};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::select;
use crate::digest::Digest;
use crate::escape;
use crate::output::json as documents;
use crate::registry::signature::Signature;
use crate::source::SourceFile;
use crate::template::Variables;
use crate::yaml::{self, Document};

pub(in crate::cli) fn run(context: &Context, arguments: &RenderArgs) -> Result<Exit, Failure> {
    let workspace = context.open()?.workspace(&Wanted::from(&arguments.tree), context)?;
    refuse_misconfigured(&workspace)?;
    let selected = select::entry(&workspace, &arguments.entry)?;
    let loaded = show::load(context, &workspace, &selected)?;
    let Some(prompt) = loaded.entry.as_prompt() else {
        return Err(Failure::usage(format!("`{}` is no prompt", selected.name)));
    };
    let inputs = prompt.inputs();
    let variables =
        variables(&inputs, given(arguments.file.as_deref(), &arguments.variables, &inputs)?)?;
    let text = prompt_text(&loaded)?;
    let messages = text.render(&variables).map_err(|fault| prompt_failure(&fault))?;
    let mut out = Vec::new();
    match arguments.format {
        ListingFormat::Human => {
            for message in &messages {
                if messages.len() > 1 {
                    out.extend_from_slice(
                        format!("── {}\n", escape::line(&message.role)).as_bytes(),
                    );
                }
                out.extend_from_slice(escape::lines(&message.content).as_bytes());
                out.push(b'\n');
            }
        }
        ListingFormat::Json => {
            let facets = loaded.facets();
            let sent: Vec<Value> =
                messages.iter().map(|m| json!({"role": m.role, "content": m.content})).collect();
            let rendered = Digest::of_json(&Value::Array(sent.clone()));
            let body = json!({
                "entry": loaded.entry.name,
                "version": loaded.entry.common.version,
                "digests": {
                    "contract": facets.contract,
                    "behaviour": facets.behaviour,
                    "entry": facets.entry,
                    "messages": rendered,
                },
                "messages": sent,
            });
            documents::write(&documents::v1::listing("keelmark.render.v1", body), &mut out)?;
        }
    }
    context.printer.data(&String::from_utf8_lossy(&out)).or_else(ignore_closed)?;
    Ok(Exit::Success)
}

/// Collects what was typed: the file first, single values over it.
pub(super) fn given(
    file: Option<&Path>,
    typed: &[String],
    inputs: &Signature,
) -> Result<Variables, Failure> {
    let mut given = Variables::new();
    if let Some(path) = file {
        let shown = path.display();
        let bytes = std::fs::read(path)
            .map_err(|e| Failure::usage(format!("cannot read `{shown}`: {e}")))?;
        let name = crate::path::RepoPath::from(&*path.to_string_lossy());
        let source: SourceFile = yaml::decode(&name, None, bytes)
            .map_err(|finding| Failure::usage(format!("`{shown}`: {}", finding.message)))?;
        let (document, findings) = Document::parse(source);
        if let Some(finding) = findings.first() {
            let at = finding.place.file.position(finding.place.span.start);
            return Err(Failure::usage(format!(
                "`{shown}:{}:{}`: {}",
                at.line, at.column, finding.message
            )));
        }
        let value = document.map(|document| document.value().clone()).unwrap_or_default();
        let map = value.as_object().cloned().ok_or_else(|| {
            Failure::usage(format!("`{shown}` holds no map of input names to values"))
        })?;
        given.extend(map);
    }
    let inputs = Inputs::new(inputs);
    for text in typed {
        let (name, value) = text.split_once('=').ok_or_else(|| {
            Failure::usage(format!("`{text}` is no `NAME=VALUE`"))
                .hint("`--var question=\"Where is my refund?\"`")
        })?;
        given.insert(name.to_owned(), inputs.typed(name, value));
    }
    Ok(given)
}

/// Fits what was given to the inputs, and says in the words of the command line what is wrong.
pub(super) fn variables(inputs: &Signature, given: Variables) -> Result<Variables, Failure> {
    bind::fit(inputs, given).map_err(|fault| match &fault {
        InputFault::Unknown { known, .. } => {
            Failure::usage(fault.to_string()).hint(format!("inputs are: {}", known.join(", ")))
        }
        InputFault::Missing { names } => {
            let options: Vec<String> = names.iter().map(|name| format!("--var {name}=…")).collect();
            Failure::usage(format!("required inputs have no value: {}", options.join(" ")))
                .hint("give each with `--var`, or all in a file with `--vars`")
        }
        InputFault::Refused { .. } | InputFault::InCase { .. } => Failure::usage(fault.to_string()),
    })
}
