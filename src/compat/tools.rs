//! Tools: their calls are output to whoever executes them.

use std::collections::BTreeMap;

use serde_json::Value;

use super::change::{Change, shown};
use super::schema_diff::{Shift, compare};
use super::table::opaque::CONTENT_CHANGED;
use super::table::output as rules;
use crate::registry::prompt::{ExecutedBy, Tool};
use crate::version::Bump;

/// Compares the tools of two versions.
pub(super) fn changes(old: &[Tool], new: &[Tool]) -> Vec<Change> {
    let mut found = Vec::new();
    let (before, after) = (by_name(old), by_name(new));
    for (name, (at, tool)) in &after {
        let pointer = format!("/tools/{at}");
        match before.get(name) {
            None => found.push(
                added(tool, format!("the model may call `{name}`"))
                    .at_new(&pointer)
                    .values("", *name),
            ),
            Some((old_at, old_tool)) => {
                let place =
                    |change: Change| change.at_old(&format!("/tools/{old_at}")).at_new(&pointer);
                found.extend(kept(old_tool, tool).into_iter().map(place));
            }
        }
    }
    for (name, (at, _)) in before.iter().filter(|(name, _)| !after.contains_key(*name)) {
        let note = format!("the model can no longer call `{name}`");
        found.push(
            Change::new(&rules::TOOL_REMOVED, note)
                .at_old(&format!("/tools/{at}"))
                .values(*name, ""),
        );
    }
    // The order is sent to the model; so is a second tool of one name.
    if found.is_empty() && old != new {
        found.push(Change::new(&CONTENT_CHANGED, "the tools stand in another order").at("/tools"));
    }
    found
}

fn by_name(tools: &[Tool]) -> BTreeMap<&str, (usize, &Tool)> {
    tools.iter().enumerate().map(|(at, tool)| (tool.name.as_str(), (at, tool))).collect()
}

fn added(tool: &Tool, note: String) -> Change {
    let change = Change::new(&rules::TOOL_ADDED, note);
    match tool.executed_by {
        ExecutedBy::Caller => change.help(format!(
            "let the runtime execute `{}`: `executed_by: runtime` (⇒ minor)",
            tool.name
        )),
        ExecutedBy::Runtime => change.bump(Bump::Minor),
    }
}

fn kept(old: &Tool, new: &Tool) -> Vec<Change> {
    let name = &new.name;
    let mut found = Vec::new();
    match (old.executed_by, new.executed_by) {
        (ExecutedBy::Runtime, ExecutedBy::Caller) => {
            found.push(added(new, format!("callers must execute `{name}` now")));
        }
        (ExecutedBy::Caller, ExecutedBy::Runtime) => {
            let note = format!("callers no longer see calls of `{name}`");
            found.push(Change::new(&rules::TOOL_REMOVED, note));
        }
        _ => {}
    }
    let everything = Value::Bool(true);
    let parameters = |tool: &'_ Tool| tool.parameters.clone().unwrap_or_else(|| everything.clone());
    let differences = compare(&parameters(old), &parameters(new));
    for difference in &differences {
        let note = format!("arguments of `{name}`: {}", difference.note);
        let change =
            Change::new(&rules::TOOL_PARAM_CHANGED, note).values(&difference.old, &difference.new);
        found.push(match (old.executed_by, difference.shift) {
            (ExecutedBy::Runtime, _) | (_, Shift::Narrowed) => change.bump(Bump::Minor),
            (_, Shift::Widened) => change,
            (_, Shift::Changed) => change.unknown(),
        });
    }
    let described = old.description != new.description
        || (differences.is_empty() && old.parameters != new.parameters);
    if described {
        let note = format!("what the model reads about `{name}` changed");
        found.push(Change::new(&rules::TOOL_DESCRIPTION_CHANGED, note).values(
            format!(
                "{}{}",
                old.description.as_deref().unwrap_or_default(),
                shown(old.parameters.as_ref())
            ),
            format!(
                "{}{}",
                new.description.as_deref().unwrap_or_default(),
                shown(new.parameters.as_ref())
            ),
        ));
    }
    found
}
