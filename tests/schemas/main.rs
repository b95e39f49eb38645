//! The schemas, the typed model and the messages, held together.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test may stop at the first surprise"
)]

mod fields;
mod full;
mod messages;
mod model;
mod names;
mod printed;
mod properties;

use keelmark::finding::Finding;
use keelmark::ident::Kind;
use keelmark::path::RepoPath;
use keelmark::registry::common::Common;
use keelmark::registry::config::Config;
use keelmark::registry::policy::drift::Drift;
use keelmark::registry::policy::freeze::Freeze;
use keelmark::registry::policy::gates::Gates;
use keelmark::registry::policy::journeys::Journeys;
use keelmark::registry::policy::promotion::Promotion;
use keelmark::registry::policy::telemetry::Telemetry;
use keelmark::registry::{
    composite, dataset, fragment, judge, model as models, profile, prompt, suite,
};
use keelmark::schema::{Checked, PolicyName, Shape, check, source};
use keelmark::source::SourceFile;
use keelmark::yaml::Document;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

fn schema(shape: Shape) -> Value {
    serde_json::from_str(source(shape)).expect("a schema")
}

fn document(text: &str) -> Document {
    let file = SourceFile::new(RepoPath::from("x.yaml"), text.to_owned());
    let (document, findings) = Document::parse(file);
    assert!(findings.is_empty(), "{findings:?}");
    document.expect("a document")
}

fn checked(shape: Shape, text: &str) -> Checked {
    check(shape, &document(text))
}

/// Shows a finding as one line for each part.
fn shown(finding: &Finding) -> String {
    let at = finding.place.file.position(finding.place.span.start);
    let rule = finding.rule.id.trim_start_matches("schema-");
    let help = finding.help.as_ref().map(|help| format!(" ({help})")).unwrap_or_default();
    format!("{}:{} {rule}: {}{help}", at.line, at.column, finding.message)
}

fn faults(shape: Shape, text: &str) -> Vec<String> {
    checked(shape, text).findings.iter().map(shown).collect()
}

/// Reads a value into the struct and writes it out again.
fn round<T: Serialize + DeserializeOwned>(value: &Value) -> Result<Value, String> {
    let typed: T = serde_json::from_value(value.clone()).map_err(|e| e.to_string())?;
    serde_json::to_value(typed).map_err(|e| e.to_string())
}

/// Reads a document of a shape into its structs and writes it out again.
fn typed(shape: Shape, value: &Value) -> Result<Value, String> {
    let own = match shape {
        Shape::Entry(Kind::Composite) => round::<composite::Composite>(value),
        Shape::Entry(Kind::Dataset) => round::<dataset::Dataset>(value),
        Shape::Entry(Kind::Fragment) => round::<fragment::Fragment>(value),
        Shape::Entry(Kind::Judge) => round::<judge::Judge>(value),
        Shape::Entry(Kind::Model) => round::<models::Model>(value),
        Shape::Entry(Kind::Profile) => round::<profile::Profile>(value),
        Shape::Entry(Kind::Prompt) => round::<prompt::Prompt>(value),
        Shape::Entry(Kind::Suite) => round::<suite::Suite>(value),
        Shape::Config => round::<Config>(value),
        Shape::Policy(PolicyName::Drift) => round::<Drift>(value),
        Shape::Policy(PolicyName::Freeze) => round::<Freeze>(value),
        Shape::Policy(PolicyName::Gates) => round::<Gates>(value),
        Shape::Policy(PolicyName::Journeys) => round::<Journeys>(value),
        Shape::Policy(PolicyName::Promotion) => round::<Promotion>(value),
        Shape::Policy(PolicyName::Telemetry) => round::<Telemetry>(value),
    }?;
    let mut all = match shape {
        Shape::Entry(_) => round::<Common>(value)?,
        _ => json!({}),
    };
    let map = all.as_object_mut().ok_or("no map")?;
    map.extend(own.as_object().cloned().ok_or("no map")?);
    Ok(all)
}

fn validator(schema: &Value) -> jsonschema::Validator {
    jsonschema::options()
        .with_draft(jsonschema::Draft::Draft202012)
        .should_validate_formats(true)
        .should_ignore_unknown_formats(false)
        .offline()
        .build(schema)
        .expect("a schema that compiles")
}
