//! Which files an entry says it owns.

use serde_json::Value;

use super::entry::Entry;
use super::layout::Form;
use crate::ident::Kind;
use crate::yaml::escape_pointer;

/// How a payload is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Text that is part of the entry's behaviour: templates, messages, rubrics.
    Text,
    /// Bytes that are only hashed: rows, weights, cases, recorded answers.
    Data,
}

/// A digest that the entry declares for a payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclaredDigest {
    /// Where it stands.
    pub pointer: String,
    /// What is written there.
    pub text: String,
}

/// A payload as the entry names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declared {
    /// The path as written, relative to the entry's folder; a folder's path may end in `/`.
    pub path: String,
    /// Where it is written; where it would be written, for a path that is implied.
    pub pointer: String,
    /// How it is used.
    pub role: Role,
    /// The declared digest.
    pub digest: Option<DeclaredDigest>,
    /// Where a digest would be written.
    pub digest_pointer: String,
}

/// Returns the payloads of an entry, in the order of its file.
#[must_use]
pub fn declared(entry: &Entry) -> Vec<Declared> {
    let value = entry.value();
    let stem = entry.name.id.last();
    let implied = |file: &str| match entry.form {
        Form::Folder => file.to_owned(),
        Form::Single => format!("{stem}.{}", file.rsplit('.').next().unwrap_or("md")),
    };
    let mut found = Vec::new();
    match entry.name.kind {
        Kind::Prompt => prompt(value, &implied("template.md"), &mut found),
        Kind::Fragment => {
            let path = text(value, "template").unwrap_or_else(|| implied("fragment.md"));
            found.push(listed(value, path, "/template", Role::Text));
        }
        Kind::Dataset => files(value, "files", &mut found),
        Kind::Model => {
            files(value, "weights", &mut found);
            asset(value, "tokenizer", Role::Data, &mut found);
            asset(value, "chat_template", Role::Text, &mut found);
            let answers = value.pointer("/provider/file").and_then(Value::as_str);
            if let Some(path) = answers {
                found.push(listed(value, path.to_owned(), "/provider/file", Role::Data));
            }
        }
        Kind::Suite => {
            if let Some(path) = text(value, "fixtures") {
                found.push(listed(value, path, "/fixtures", Role::Data));
            }
            if let Some(path) = text(value, "cases").filter(|cases| is_path(cases)) {
                found.push(listed(value, path, "/cases", Role::Data));
            }
        }
        Kind::Judge => {
            if let Some(path) = text(value, "rubric") {
                found.push(listed(value, path, "/rubric", Role::Text));
            }
            let labels = value.pointer("/calibration/labels").and_then(Value::as_str);
            if let Some(path) = labels {
                found.push(listed(value, path.to_owned(), "/calibration/labels", Role::Data));
            }
        }
        Kind::Composite | Kind::Profile => {}
    }
    found
}

/// Says whether a suite's `cases` is a file rather than a dataset's reference.
fn is_path(cases: &str) -> bool {
    [".csv", ".jsonl", ".yaml", ".yml"].iter().any(|extension| cases.ends_with(extension))
}

fn text(value: &Value, key: &str) -> Option<String> {
    value.get(key).and_then(Value::as_str).map(ToOwned::to_owned)
}

/// A payload whose digest stands in `checksums` under its path.
fn listed(value: &Value, path: String, pointer: &str, role: Role) -> Declared {
    let digest_pointer = format!("/checksums/{}", escape_pointer(&path));
    let digest = value
        .pointer(&digest_pointer)
        .and_then(Value::as_str)
        .map(|text| DeclaredDigest { pointer: digest_pointer.clone(), text: text.to_owned() });
    Declared { path, pointer: pointer.to_owned(), role, digest, digest_pointer }
}

/// A prompt's template has a digest of its own name, `prompt_template_sha256`.
fn prompt(value: &Value, implied: &str, found: &mut Vec<Declared>) {
    let messages = value.get("messages").and_then(Value::as_array);
    let written = text(value, "template");
    if written.is_some() || messages.is_none() {
        let path = written.unwrap_or_else(|| implied.to_owned());
        let mut template = listed(value, path, "/template", Role::Text);
        if template.digest.is_none() {
            let pointer = "/checksums/prompt_template_sha256";
            pointer.clone_into(&mut template.digest_pointer);
            template.digest = value
                .pointer(pointer)
                .and_then(Value::as_str)
                .map(|text| DeclaredDigest { pointer: pointer.to_owned(), text: text.to_owned() });
        }
        found.push(template);
    }
    for (at, message) in messages.into_iter().flatten().enumerate() {
        if let Some(path) = text(message, "file") {
            found.push(listed(value, path, &format!("/messages/{at}/file"), Role::Text));
        }
    }
}

/// Files of a list whose items carry `path` and `sha256`; items with a `uri` are elsewhere.
fn files(value: &Value, key: &str, found: &mut Vec<Declared>) {
    let items = value.get(key).and_then(Value::as_array);
    for (at, item) in items.into_iter().flatten().enumerate() {
        let Some(path) = text(item, "path") else { continue };
        let digest_pointer = format!("/{key}/{at}/sha256");
        let digest = text(item, "sha256")
            .map(|text| DeclaredDigest { pointer: digest_pointer.clone(), text });
        found.push(Declared {
            path,
            pointer: format!("/{key}/{at}/path"),
            role: Role::Data,
            digest,
            digest_pointer,
        });
    }
}

/// A file of a model that carries `path` and `sha256`.
fn asset(value: &Value, key: &str, role: Role, found: &mut Vec<Declared>) {
    let Some(path) = value.get(key).and_then(|asset| text(asset, "path")) else { return };
    let digest_pointer = format!("/{key}/sha256");
    let digest = value
        .pointer(&digest_pointer)
        .and_then(Value::as_str)
        .map(|text| DeclaredDigest { pointer: digest_pointer.clone(), text: text.to_owned() });
    found.push(Declared { path, pointer: format!("/{key}/path"), role, digest, digest_pointer });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::path::RepoPath;
    use crate::source::SourceFile;
    use crate::yaml::Document;

    #[test]
    fn the_answers_of_a_model_are_its_payload() {
        let of = |text: &str| {
            let path = RepoPath::from("registry/models/m/model.yaml");
            let (document, _) = Document::parse(SourceFile::new(path, text.to_owned()));
            let document = document.expect("YAML");
            let value = document.value().clone();
            let name = crate::ident::EntryName::new(Kind::Model, "m".parse().expect("an id"));
            declared(&Entry::read(name, Form::Folder, document, value).0)
        };
        assert_eq!(of("provider: {api: openai, model: x}\n"), []);
        let found =
            of("provider: {api: replay, file: a/b.jsonl}\nchecksums: {a/b.jsonl: \"12\"}\n");
        let pointer = "/checksums/a~1b.jsonl".to_owned();
        assert_eq!(
            found,
            [Declared {
                path: "a/b.jsonl".to_owned(),
                pointer: "/provider/file".to_owned(),
                role: Role::Data,
                digest: Some(DeclaredDigest { pointer: pointer.clone(), text: "12".to_owned() }),
                digest_pointer: pointer,
            }]
        );
    }
}
