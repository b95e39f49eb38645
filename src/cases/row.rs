//! From the texts of a row to a case, whatever the format.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::ops::Range;

use super::bar::{self, Bar, Reach};
use super::case::{BLOCK, Case, CasePlace, Check, Expected};
use super::metric::{self, Better, Metric, Named, Reference, Unwritten};
use super::rules;
use crate::finding::Rule;
use crate::template::Variables;

/// The most bytes that one value may have.
pub(super) const MAX_CELL_BYTES: usize = 16 << 20;

/// How often a case may be run; the suite's `repeat` has the same limit.
const MAX_REPEAT: u32 = 1000;

/// The columns of the mission, in its order.
pub(super) const COLUMNS: [&str; 8] =
    ["case_id", "domain", "input", "expected", "metric", "pass_bar", "guardrails", "notes"];

/// A row as it is written.
#[derive(Debug, Default)]
pub(super) struct Row {
    pub(super) id: String,
    pub(super) domain: String,
    pub(super) input: String,
    pub(super) variables: Variables,
    pub(super) expected: String,
    pub(super) metric: String,
    pub(super) pass_bar: String,
    pub(super) guardrails: Vec<String>,
    pub(super) notes: String,
    pub(super) metadata: BTreeMap<String, String>,
    pub(super) repeat: String,
    pub(super) place: CasePlace,
}

/// What is wrong with one field of a row.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) rule: &'static Rule,
    pub(super) field: String,
    pub(super) message: String,
    pub(super) help: Option<String>,
    /// The bytes of the field's text that are meant; `None` for the whole field.
    pub(super) inside: Option<Range<usize>>,
}

impl Fault {
    pub(super) fn new(rule: &'static Rule, field: &str, message: String) -> Self {
        Self { rule, field: field.to_owned(), message, help: None, inside: None }
    }

    pub(super) fn too_large(field: &str, size: usize) -> Self {
        let shown = field.escape_debug();
        let message = format!("`{shown}` has {size} bytes; at most {MAX_CELL_BYTES} are read");
        Self { inside: Some(0..0), ..Self::new(&rules::CASES_TOO_LARGE, field, message) }
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// Large patterns that were compiled already.
pub(super) type Patterns = BTreeSet<String>;

/// Cuts a list of guardrails at its bars.
pub(super) fn guardrails(text: &str) -> Vec<String> {
    text.split('|').map(str::trim).filter(|name| !name.is_empty()).map(ToOwned::to_owned).collect()
}

/// Makes a case of a row and says what is wrong with it.
pub(super) fn accept(row: Row, patterns: &mut Patterns) -> (Case, Vec<Fault>) {
    let mut faults = Vec::new();
    if row.id.is_empty() {
        let fault = Fault::new(&rules::CASE_ID_MISSING, "case_id", "the case has no id".to_owned());
        faults.push(fault.help("give every case an id of its own, such as `FAQ-001`"));
    }
    let check = check(&row, &mut faults);
    let expected = match row.expected {
        text if text.is_empty() => Expected::None,
        text if text.trim().eq_ignore_ascii_case(BLOCK) => Expected::Block,
        text => Expected::Text(text),
    };
    if let Some(metric) = metric::find(&check.metric) {
        faults.extend(reference(metric, &expected, patterns));
    }
    if check.metric == "guardrail_pass" && row.guardrails.is_empty() && expected != Expected::Block
    {
        let message = "nothing can make `guardrail_pass` fail here".to_owned();
        let fault = Fault::new(&rules::CASE_GUARDRAIL_MISSING, "guardrails", message);
        faults.push(fault.help("name a guardrail, or write `<BLOCK>` in `expected`"));
    }
    let repeat = match row.repeat.as_str() {
        "" => None,
        text => {
            let read = text.parse().ok().filter(|count| (1..=MAX_REPEAT).contains(count));
            if read.is_none() {
                let message = format!("`{}` is no number of runs", text.escape_debug());
                let fault = Fault::new(&rules::CASE_VALUE_INVALID, "repeat", message);
                faults.push(fault.help(format!("write a whole number from 1 to {MAX_REPEAT}")));
            }
            read
        }
    };
    let case = Case {
        id: row.id,
        domain: row.domain,
        input: row.input,
        variables: row.variables,
        expected,
        check,
        guardrails: row.guardrails,
        notes: row.notes,
        metadata: row.metadata,
        repeat,
        place: row.place,
    };
    (case, faults)
}

/// Says whether a row without a field for `pass_bar` may have this metric: one that carries its bar,
/// or one that passes or does not.
pub(super) fn carries_bar(written: &str) -> bool {
    let (name, rest) = bar::cut(written);
    if rest.is_empty() {
        return metric::find(name.trim()).is_some_and(|m| m.unwritten == Unwritten::Passes);
    }
    !name.trim().is_empty() && rest.parse::<Bar>().is_ok()
}

/// Reads the metric and its bar from both columns.
fn check(row: &Row, faults: &mut Vec<Fault>) -> Check {
    let (name, rest) = bar::cut(&row.metric);
    let name = name.trim();
    let metric = metric::find(name);
    if name.is_empty() {
        let message = "the case names no metric".to_owned();
        let fault = Fault::new(&rules::CASE_METRIC_UNKNOWN, "metric", message);
        faults.push(fault.help("write one such as `exact>=0.8` or `guardrail_pass`"));
        return Check::default();
    }
    let invalid = |field: &'static str, text: &str| {
        let message = format!("`{}` is no bar", text.escape_debug());
        Fault::new(&rules::CASE_BAR_INVALID, field, message)
            .help("write a comparison and a number, such as `>= 0.8`")
    };
    let mut read = |field: &'static str, text: &str, read: Result<Bar, bar::BarFault>| {
        read.map_err(|_| faults.push(invalid(field, text))).ok()
    };
    let carried = if rest.is_empty() { None } else { Some(read("metric", rest, rest.parse())) };
    let column = match row.pass_bar.as_str() {
        "" => None,
        text => Some(read("pass_bar", text, Bar::of_column(text))),
    };
    let (field, written) = match (carried, column) {
        (Some(Some(carried)), Some(Some(column))) if carried != column => {
            let message = format!("`metric` says {carried}, and `pass_bar` says {column}");
            let fault = Fault::new(&rules::CASE_BAR_TWICE, "pass_bar", message);
            faults.push(fault.help("write the bar once"));
            ("metric", Some(carried))
        }
        (Some(None), _) | (_, Some(None)) => {
            return Check { metric: name.to_owned(), bar: None };
        }
        (Some(carried), _) => ("metric", carried),
        (None, Some(column)) => ("pass_bar", column),
        (None, None) => ("metric", None),
    };
    if let (Some(bar), Some(metric)) = (written, metric) {
        let alone = field == "pass_bar" && !row.pass_bar.contains(['<', '>', '=']);
        faults.extend(beyond(metric, bar, field));
        if alone && metric.better == Better::Lower {
            let message = format!(
                "`{name}` is better when it is lower: `{}` alone says too little",
                row.pass_bar
            );
            let fault = Fault::new(&rules::CASE_BAR_INVALID, field, message);
            faults.push(fault.help(format!("write `<= {}`", row.pass_bar)));
        }
    }
    let unwritten = match metric {
        // A judge of the suite, until the suite says otherwise.
        None => Unwritten::Refused,
        Some(metric) if metric.named == Named::ByGates => Unwritten::Passes,
        Some(metric) => metric.unwritten,
    };
    let bar = match (written, unwritten) {
        (Some(bar), _) | (None, Unwritten::Bar(bar)) => Some(bar),
        (None, Unwritten::Passes) => None,
        (None, Unwritten::Refused) => {
            let message = format!("`{}` needs a bar", name.escape_debug());
            let example = match metric.map(|metric| metric.better) {
                Some(Better::Lower) => "<=1200",
                _ => ">=0.8",
            };
            let fault = Fault::new(&rules::CASE_BAR_MISSING, "metric", message);
            faults.push(fault.help(format!("write it behind the metric, as in `{name}{example}`")));
            None
        }
    };
    Check { metric: name.to_owned(), bar }
}

fn beyond(metric: &Metric, bar: Bar, field: &'static str) -> Option<Fault> {
    let range = metric.range?;
    let what = match bar.reach(range) {
        Reach::Decides => return None,
        Reach::Never => "no value clears",
        Reach::Always => "every value clears",
    };
    let name = metric.name;
    let message = if range.most.is_finite() {
        format!("`{name}` lies between {} and {}: {what} `{bar}`", range.least, range.most)
    } else {
        format!("`{name}` is {} or more: {what} `{bar}`", range.least)
    };
    Some(Fault::new(&rules::CASE_BAR_POINTLESS, field, message))
}

/// Checks that the metric has what it compares with.
fn reference(metric: &Metric, expected: &Expected, patterns: &mut Patterns) -> Option<Fault> {
    if metric.reference == Reference::Unused {
        return None;
    }
    let name = metric.name;
    let text = match expected {
        Expected::Text(text) => text,
        Expected::None => {
            let message = format!("`{name}` compares with `expected`, which is empty");
            return Some(Fault::new(&rules::CASE_REFERENCE_MISSING, "expected", message));
        }
        Expected::Block => {
            let message = format!("`{name}` compares with a text, and `<BLOCK>` is none");
            let fault = Fault::new(&rules::CASE_REFERENCE_MISSING, "expected", message);
            return Some(fault.help("measure a refusal with `guardrail_pass`"));
        }
    };
    match name {
        "regex" => pattern(text, patterns),
        "rouge1" | "rougel" => tokens(name, text, 1),
        "rouge2" => tokens(name, text, 2),
        _ => None,
    }
}

/// ROUGE as `rouge_score` computes it sees runs of the letters a to z and of digits only.
fn tokens(name: &str, text: &str, least: usize) -> Option<Fault> {
    let seen = |c: char| c.is_ascii_alphanumeric();
    let count = text.split(|c| !seen(c)).filter(|token| !token.is_empty()).take(least).count();
    (count < least).then(|| {
        let message = format!(
            "`{name}` compares words of the letters a to z and digits; the reference has {count} of the {least} that are needed"
        );
        Fault::new(&rules::CASE_REFERENCE_UNUSABLE, "expected", message)
            .help("use `contains`, `exact` or a judge")
    })
}

/// The most bytes of a pattern that is only parsed.
///
/// A pattern that parses can still be too large to compile. Without a counted repetition and in so
/// few bytes it cannot: 32 classes of Unicode are far from the limit. Parsing is ten times faster.
const SMALL_PATTERN: usize = 64;

/// Compiles a pattern, once however often it stands in the file.
fn pattern(text: &str, patterns: &mut Patterns) -> Option<Fault> {
    if patterns.contains(text) {
        return None;
    }
    let (message, inside) = match regex_syntax::Parser::new().parse(text) {
        Err(regex_syntax::Error::Parse(fault)) => {
            let span = fault.span();
            (fault.kind().to_string(), Some(span.start.offset..span.end.offset))
        }
        Err(regex_syntax::Error::Translate(fault)) => {
            let span = fault.span();
            (fault.kind().to_string(), Some(span.start.offset..span.end.offset))
        }
        Err(fault) => (fault.to_string(), None),
        Ok(_) if text.len() <= SMALL_PATTERN && !text.contains('{') => return None,
        Ok(_) => match regex::Regex::new(text) {
            Ok(_) => {
                patterns.insert(text.to_owned());
                return None;
            }
            Err(regex::Error::CompiledTooBig(limit)) => {
                (format!("compiled it has more than {limit} bytes"), None)
            }
            Err(fault) => (fault.to_string(), None),
        },
    };
    let at = inside.as_ref().map_or_else(String::new, |range| {
        let before = text.get(..range.start).map_or(0, |before| before.chars().count());
        format!(" at its character {}", before + 1)
    });
    let message = format!("the pattern does not compile{at}: {message}");
    Some(Fault { inside, ..Fault::new(&rules::CASE_REGEX_INVALID, "expected", message) })
}
