//! Names in cases that only others can vouch for: judges of suites, guardrails of profiles.

use std::collections::{BTreeMap, BTreeSet};

use super::case::Case;
use super::file::CaseFile;
use super::metric::{self, Named};
use super::rules;
use crate::finding::{Finding, Rule};
use crate::schema::nearest;

/// The names beyond those that Keelmark has itself.
#[derive(Debug, Default)]
pub struct Known {
    /// Judged metrics.
    pub judges: BTreeSet<String>,
    /// Guardrails of profiles and prompts.
    pub guardrails: BTreeSet<String>,
}

impl Known {
    /// Says whether a case may name the metric.
    pub(super) fn has_metric(&self, name: &str) -> bool {
        self.judges.contains(name)
            || metric::find(name).is_some_and(|metric| metric.named == Named::ByCases)
    }

    /// Finds the metric that was most likely meant.
    pub(super) fn nearest_metric(&self, name: &str) -> Option<&str> {
        nearest(name, metric::case_names().chain(self.judges.iter().map(String::as_str)))
    }
}

/// How many cases a finding names.
const SHOWN: usize = 3;

/// Cases that share a fault.
#[derive(Debug, Default)]
pub(super) struct Group<'a> {
    pub(super) first: Vec<(&'a CaseFile, &'a Case)>,
    count: usize,
}

impl<'a> Group<'a> {
    pub(super) fn add(&mut self, file: &'a CaseFile, case: &'a Case) {
        self.count += 1;
        if self.first.len() < SHOWN {
            self.first.push((file, case));
        }
    }

    /// Names the first cases and counts the others.
    pub(super) fn named(&self) -> String {
        let ids = self.first.iter().map(|(_, case)| format!("`{}`", case.id.escape_debug()));
        let mut shown = ids.collect::<Vec<_>>().join(", ");
        if self.count > self.first.len() {
            shown = format!("{shown} and {} more", self.count - self.first.len());
        }
        shown
    }

    /// Says how many cases there are, and which.
    pub(super) fn counted(&self) -> String {
        let cases = if self.count == 1 { "case" } else { "cases" };
        format!("{} {cases}: {}", self.count, self.named())
    }
}

/// Finds metrics and guardrails that do not exist: one finding for each name, at its first case.
#[must_use]
pub fn check_names(files: &[CaseFile], known: &Known) -> Vec<Finding> {
    let mut metrics: BTreeMap<&str, Group<'_>> = BTreeMap::new();
    let mut guardrails: BTreeMap<&str, Group<'_>> = BTreeMap::new();
    for (file, case) in files.iter().flat_map(|file| file.cases.iter().map(move |c| (file, c))) {
        let name = case.check.metric.as_str();
        // Without a name at all, reading has spoken.
        if !name.is_empty() && !known.has_metric(name) {
            metrics.entry(name).or_default().add(file, case);
        }
        for name in &case.guardrails {
            if !metric::GUARDRAILS.contains(&name.as_str()) && !known.guardrails.contains(name) {
                guardrails.entry(name).or_default().add(file, case);
            }
        }
    }
    let mut findings = Vec::new();
    for (name, group) in metrics {
        let shown = name.escape_debug();
        let (message, help) = if metric::find(name).is_some() {
            let message = format!("`{shown}` is counted over a run; only gates can name it");
            (message, "a case is measured by what is said of its answer".to_owned())
        } else {
            let names: Vec<&str> = metric::case_names().collect();
            let help = match known.nearest_metric(name) {
                Some(close) => format!("did you mean `{close}`?"),
                None => format!("metrics are {}, and the judges of a suite", names.join(", ")),
            };
            (format!("`{shown}` is neither a metric nor a judge"), help)
        };
        findings.extend(say(&rules::CASE_METRIC_UNKNOWN, "metric", name, (&group, &message, help)));
    }
    for (name, group) in guardrails {
        let message = format!("`{}` is no guardrail", name.escape_debug());
        let of_profiles = known.guardrails.iter().map(String::as_str);
        let names: Vec<&str> = metric::GUARDRAILS.into_iter().chain(of_profiles).collect();
        let help = match nearest(name, names.iter().copied()) {
            Some(close) => format!("did you mean `{close}`?"),
            None => format!("guardrails are {}", names.join(", ")),
        };
        let told = (&group, message.as_str(), help);
        findings.extend(say(&rules::CASE_GUARDRAIL_UNKNOWN, "guardrails", name, told));
    }
    findings
}

fn say(
    rule: &'static Rule,
    field: &str,
    name: &str,
    (group, message, help): (&Group<'_>, &str, String),
) -> Option<Finding> {
    let (file, case) = group.first.first()?;
    let mut place = file.place(case, field);
    // The fault is the name's, whichever row is the first to have it.
    place.pointer = format!("/{field}");
    let message = format!("{message}; in {}", group.counted());
    Some(Finding::new(rule, place, message).help(help).values(String::new(), name))
}
