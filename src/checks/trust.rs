//! What an entry may name outside the repository: only what the base's configuration allows.

use serde_json::Value;

use crate::finding::{Family, Finding, Rule};
use crate::registry::config::Config;
use crate::registry::entry::Entry;

/// A variable that the base does not allow.
pub(super) static TRUST_VARIABLE_MISSING: Rule = Rule::error(
    "trust-variable-missing",
    Family::Reference,
    "an entry names an environment variable that the base's `trust.env` does not allow",
);
/// A program that the base does not allow.
pub(super) static TRUST_COMMAND_MISSING: Rule = Rule::error(
    "trust-command-missing",
    Family::Reference,
    "an entry names a program that the base's `trust.commands` does not allow",
);

/// Checks variables and programs against the trusted configuration.
pub(super) fn check(entry: &Entry, trusted: &Config) -> Vec<Finding> {
    let written = |pointer: &str| entry.value().pointer(pointer).and_then(Value::as_str);
    let mut findings = Vec::new();
    let mut say = |rule, pointer: &str, key: &str, text: &str| {
        let shown = text.escape_debug();
        let message = format!("`{shown}` is not in `{key}` at the base");
        let help = format!("have `{key}: [{shown}]` merged into keelmark.yaml first");
        let place = entry.document.place(pointer);
        findings.push(Finding::new(rule, place, message).help(help).values(String::new(), text));
    };
    let variable = "/provider/base_url_env";
    if let Some(name) = written(variable).filter(|n| !trusted.trust.env.iter().any(|t| t == n)) {
        say(&TRUST_VARIABLE_MISSING, variable, "trust.env", name);
    }
    let program = "/provider/program";
    if let Some(name) = written(program).filter(|n| !trusted.trust.commands.iter().any(|t| t == n))
    {
        say(&TRUST_COMMAND_MISSING, program, "trust.commands", name);
    }
    findings
}
