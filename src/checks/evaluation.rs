//! Cases of touched suites and datasets.

use std::collections::BTreeSet;

use super::journeys::Journeys;
use super::material::{Material, dataset_files, read_if_cases};
use super::{lookup, row_findings};
use crate::cases::{Known, SuiteParts, check_names, check_suite, rules};
use crate::finding::{Finding, Severity};
use crate::ident::Kind;
use crate::registry::common::Status;
use crate::registry::dataset::{Dataset, Purpose};
use crate::registry::entry::{Body, Entry};
use crate::registry::index::Index;
use crate::registry::suite::Suite;
use crate::snapshot::ReadFault;

/// Checks what a suite or a dataset holds; of other kinds there is nothing to say.
pub(super) fn check(entry: &Entry, index: &Index<'_>) -> Result<Vec<Finding>, ReadFault> {
    let mut findings = match &entry.body {
        Body::Suite(suite) => check_suite_entry(entry, suite, index)?,
        Body::Dataset(dataset) => check_dataset(entry, dataset, index)?,
        _ => return Ok(Vec::new()),
    };
    if entry.common.status == Status::Draft {
        // A draft is written before what it will use.
        for finding in findings.iter_mut().filter(|f| f.rule.id.starts_with("suite-")) {
            finding.severity = finding.severity.max(Severity::Warning);
        }
    }
    Ok(findings.into_iter().map(|finding| finding.entry(&entry.name)).collect())
}

/// Reads what a suite is made of, and says what keeps it from being measured.
///
/// # Errors
/// When bytes cannot be had.
pub fn read_suite(
    entry: &Entry,
    suite: &Suite,
    index: &Index<'_>,
) -> Result<(Material, Vec<Finding>), ReadFault> {
    let (material, mut findings) = Material::read(entry, suite, index)?;
    // What the cases lack can only be said of all of them.
    if material.complete {
        findings.extend(check_suite(&SuiteParts {
            document: &entry.document,
            suite,
            files: &material.files,
            fixtures: &material.fixtures,
            prompts: &material.prompts,
            scales: &material.scales,
            guardrails: &material.guardrails,
        }));
    }
    Ok((material, findings))
}

fn check_suite_entry(
    entry: &Entry,
    suite: &Suite,
    index: &Index<'_>,
) -> Result<Vec<Finding>, ReadFault> {
    let (_, mut findings) = read_suite(entry, suite, index)?;
    findings.extend(check_journey(entry, suite, index)?);
    Ok(findings)
}

fn check_journey(
    entry: &Entry,
    suite: &Suite,
    index: &Index<'_>,
) -> Result<Option<Finding>, ReadFault> {
    let Some(journey) = &suite.journey else { return Ok(None) };
    let Some(journeys) = Journeys::read(index)? else { return Ok(None) };
    let place = entry.document.place("/journey");
    Ok(journeys.unknown(&rules::SUITE_JOURNEY_UNKNOWN, place, journey))
}

fn check_dataset(
    entry: &Entry,
    dataset: &Dataset,
    index: &Index<'_>,
) -> Result<Vec<Finding>, ReadFault> {
    if !matches!(dataset.purpose, None | Some(Purpose::Evaluation)) {
        return Ok(Vec::new());
    }
    let tree = index.snapshot();
    let mut findings: Vec<Finding> =
        row_findings::contaminated(&entry.document, dataset).into_iter().collect();
    let mut files = Vec::new();
    for (file, format) in dataset_files(entry, dataset, tree)? {
        let (read, said) = read_if_cases(tree, &file, format)?;
        files.extend(read);
        findings.extend(said);
    }
    let mut strange = check_names(&files, &Known::default());
    if !strange.is_empty() {
        // A name may be that of any suite's judge or of any profile's guardrail.
        strange = check_names(&files, &known(index)?);
    }
    findings.extend(strange);
    Ok(findings)
}

/// Reads the names that the registry has for judges and guardrails.
fn known(index: &Index<'_>) -> Result<Known, ReadFault> {
    let mut guardrails = BTreeSet::new();
    for entry in lookup::entries(index, Kind::Profile)? {
        if let Body::Profile(profile) = entry.body {
            guardrails.extend(profile.guardrails.into_keys());
        }
    }
    for entry in lookup::entries(index, Kind::Prompt)? {
        if let Body::Prompt(prompt) = entry.body {
            guardrails.extend(prompt.policies.guardrails.into_iter().flatten());
        }
    }
    Ok(Known { judges: judges(index)?, guardrails })
}

fn judges(index: &Index<'_>) -> Result<BTreeSet<String>, ReadFault> {
    let mut judges = BTreeSet::new();
    for entry in lookup::entries(index, Kind::Suite)? {
        if let Body::Suite(suite) = entry.body {
            judges.extend(suite.judges.into_keys());
        }
    }
    Ok(judges)
}
