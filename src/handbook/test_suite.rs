//! `mlops/test_suite.csv`: every case of every suite, in the mission's columns (RFC 4180).

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::facts::Facts;
use crate::cases::{Case, Expected};
use crate::ident::EntryName;

/// Where the document lies.
pub(super) const PATH: &str = "mlops/test_suite.csv";

/// The columns.
pub(super) const HEADER: &str = "case_id,domain,input,expected,metric,pass_bar,guardrails,notes";

/// Writes the document.
///
/// A case that several suites take from one dataset stands once. Cases of one id that differ are told
/// apart by the name of their suite.
pub(super) fn write(facts: &Facts<'_>) -> String {
    let mut by_id: BTreeMap<&str, BTreeMap<[String; 7], &EntryName>> = BTreeMap::new();
    for (suite, cases) in facts.cases {
        for case in cases {
            by_id.entry(&case.id).or_default().entry(row(case)).or_insert(suite);
        }
    }
    let mut lines = BTreeSet::new();
    for (id, rows) in &by_id {
        for (row, suite) in rows {
            let id = if rows.len() == 1 {
                Cow::Borrowed(*id)
            } else {
                Cow::Owned(format!("{}:{id}", suite.id))
            };
            lines.insert((id.into_owned(), row.clone()));
        }
    }
    let mut out = format!("{HEADER}\n");
    for (id, row) in lines {
        let fields: Vec<String> =
            [&id].into_iter().chain(&row).map(|field| quoted(field).into_owned()).collect();
        out.push_str(&fields.join(","));
        out.push('\n');
    }
    out
}

/// The fields behind the id.
fn row(case: &Case) -> [String; 7] {
    let expected = match &case.expected {
        Expected::None => String::new(),
        Expected::Text(text) => text.clone(),
        Expected::Block => "<BLOCK>".to_owned(),
    };
    let bar = case.check.bar.map(|bar| bar.to_string()).unwrap_or_default();
    [
        case.domain.clone(),
        input(case),
        expected,
        case.check.metric.clone(),
        bar,
        case.guardrails.join("|"),
        case.notes.clone(),
    ]
}

/// What is put in: the text, or all inputs as JSON where there are several.
fn input(case: &Case) -> String {
    if case.variables.is_empty() {
        return case.input.clone();
    }
    let mut inputs = case.variables.clone();
    if !case.input.is_empty() {
        inputs.insert("input".to_owned(), Value::from(case.input.as_str()));
    }
    serde_json::to_string(&inputs).unwrap_or_default()
}

/// Quotes a field where RFC 4180 asks for it, and where blanks at an end would get lost.
fn quoted(field: &str) -> Cow<'_, str> {
    let special = field.contains([',', '"', '\n', '\r']) || field.trim() != field;
    if special {
        Cow::Owned(format!("\"{}\"", field.replace('"', "\"\"")))
    } else {
        Cow::Borrowed(field)
    }
}
