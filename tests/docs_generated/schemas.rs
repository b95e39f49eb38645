//! The JSON Schemas: what each is for, and its keys.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::{Part, cell, root};

const PAGE: &str = "docs/reference/schemas.md";

/// Parts of the page: what they are called, and the folder of their files.
const GROUPS: [(&str, &str); 4] = [
    ("entries", "schemas"),
    ("policies", "schemas/policies"),
    ("ledger", "schemas/ledger"),
    ("output", "schemas/output"),
];

pub(crate) fn parts() -> Vec<Part> {
    GROUPS.into_iter().map(|(name, folder)| group(name, folder)).collect()
}

fn files(folder: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(root().join(folder)).expect("a folder");
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "json"))
        .collect();
    files.sort();
    files
}

fn group(name: &str, folder: &str) -> Part {
    let mut text = String::new();
    for file in files(folder) {
        let schema: Value =
            serde_json::from_slice(&fs::read(&file).expect("a file")).expect("JSON");
        one(&file, &schema, &mut text);
    }
    Part { page: PAGE, name: name.to_owned(), text }
}

fn one(file: &Path, schema: &Value, text: &mut String) {
    let path = file.strip_prefix(root()).expect("below").display().to_string();
    let stem = file.file_name().expect("a name").to_string_lossy();
    let title = stem.trim_end_matches(".schema.json");
    let word = |key: &str| schema[key].as_str().unwrap_or_default();
    let _ = write!(
        text,
        "### {title}\n\n{}\n\n[`{path}`](../../{path}), `{}`\n",
        without_arguments(word("description")),
        word("$id")
    );
    let mut table = String::new();
    keys(schema, schema, "", &mut BTreeSet::new(), &mut table);
    if !table.is_empty() {
        let _ = write!(text, "\n| key | type | | meaning |\n|---|---|---|---|\n{table}");
    }
    if let Some(definitions) = schema["$defs"].as_object() {
        for (name, definition) in definitions {
            let mut table = String::new();
            keys(schema, definition, "", &mut BTreeSet::new(), &mut table);
            if table.is_empty() {
                continue;
            }
            let said = definition["description"].as_str().unwrap_or_default();
            let _ = write!(
                text,
                "\n`{name}`: {}\n\n| key | type | | meaning |\n|---|---|---|---|\n{table}",
                cell(said)
            );
        }
    }
    text.push('\n');
}

/// Descriptions name commands without what they are to work on: on a page that is a verb with its
/// options behind it.
fn without_arguments(text: &str) -> String {
    let parts = text.split('`').map(|part| match part.split_once(" --") {
        Some((verb, options)) if part.starts_with("keelmark ") => {
            format!("{verb}` with `--{options}")
        }
        _ => part.to_owned(),
    });
    parts.collect::<Vec<_>>().join("`")
}

/// Writes a row for each key of a map, and for the keys below it.
fn keys(
    whole: &Value,
    schema: &Value,
    above: &str,
    seen: &mut BTreeSet<String>,
    table: &mut String,
) {
    let required: Vec<&str> = schema["required"]
        .as_array()
        .map(|names| names.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default();
    for (name, value) in schema["properties"].as_object().into_iter().flatten() {
        let path = format!("{above}{name}");
        let must = if required.contains(&name.as_str()) { "required" } else { "" };
        let meaning = value["description"].as_str().unwrap_or_default();
        let _ =
            writeln!(table, "| `{path}` | {} | {must} | {} |", cell(&kind(value)), cell(meaning));
        below(whole, value, &path, seen, table);
    }
    if let Some(value) = schema.get("additionalProperties").filter(|value| value.is_object()) {
        below(whole, value, &format!("{above}*"), seen, table);
    }
}

/// Writes the keys that stand below a key: of its map, of the items of its list, of its forms.
fn below(
    whole: &Value,
    value: &Value,
    path: &str,
    seen: &mut BTreeSet<String>,
    table: &mut String,
) {
    keys(whole, value, &format!("{path}."), seen, table);
    if value["items"].is_object() {
        below(whole, &value["items"], &format!("{path}[]"), seen, table);
    }
    for form in ["anyOf", "oneOf", "allOf"] {
        for value in value[form].as_array().into_iter().flatten() {
            if value.get("properties").is_some() && seen.insert(format!("{path} {value}")) {
                below(whole, value, path, seen, table);
            }
        }
    }
}

/// The types of a value in words.
fn kind(value: &Value) -> String {
    if let Some(to) = value["$ref"].as_str() {
        return format!("`{}`", to.rsplit('/').next().unwrap_or(to));
    }
    if let Some(one) = value.get("const") {
        return format!("`{one}`").replace('"', "");
    }
    if let Some(words) = value["enum"].as_array() {
        let words: Vec<String> =
            words.iter().map(|word| format!("`{word}`").replace('"', "")).collect();
        return words.join(", ");
    }
    for form in ["anyOf", "oneOf"] {
        if let Some(forms) = value[form].as_array() {
            let mut kinds: Vec<String> = forms.iter().map(kind).filter(|k| !k.is_empty()).collect();
            kinds.dedup();
            if !kinds.is_empty() {
                return kinds.join(" or ");
            }
        }
    }
    let name = |name: &str| match name {
        "object" => "map".to_owned(),
        "array" => match kind(&value["items"]).as_str() {
            "" => "list".to_owned(),
            items => format!("list of {items}"),
        },
        other => other.to_owned(),
    };
    match &value["type"] {
        Value::String(one) => name(one),
        Value::Array(several) => {
            let several: Vec<String> = several.iter().filter_map(Value::as_str).map(name).collect();
            several.join(" or ")
        }
        _ => String::new(),
    }
}
