//! The rules about cases, fixtures and what a suite makes of them.

use crate::finding::{Family, Rule, Severity};

const fn error(id: &'static str, summary: &'static str) -> Rule {
    Rule::error(id, Family::Eval, summary)
}

/// A draft is written before what it will use.
const fn suite(id: &'static str, summary: &'static str) -> Rule {
    error(id, summary).down_to(Severity::Warning)
}

/// A case file that is not UTF-8.
pub static CASES_NOT_UTF8: Rule = error("cases-not-utf8", "a case file is not UTF-8");
/// More than is read.
pub static CASES_TOO_LARGE: Rule =
    error("cases-too-large", "a case file has more than 256 MiB, or a cell more than 16 MiB");
/// Text that is not CSV or JSON, or YAML of another shape.
pub static CASES_SYNTAX: Rule =
    error("cases-syntax", "a case file is not CSV, JSON lines or a list of cases in YAML");
/// A column that every case needs is not there.
pub static CASES_COLUMN_MISSING: Rule =
    error("cases-column-missing", "a case file has no column `case_id` or no column `metric`");
/// A column that cannot be told from another.
pub static CASES_COLUMN_TWICE: Rule =
    error("cases-column-twice", "a column of a case file has no name, or the name of another one");
/// A file without cases.
pub static CASES_EMPTY: Rule = error("cases-empty", "a case file holds no case");
/// Rows that are somewhere else.
pub static CASES_NOT_AT_HAND: Rule = Rule::note(
    "cases-not-at-hand",
    Family::Eval,
    "a case file is a Git LFS pointer here, so its cases were not looked at",
);

/// A row of another length than the header.
pub static CASE_RAGGED: Rule =
    error("case-ragged", "a row has another number of fields than the header");
/// A key that no case has.
pub static CASE_KEY_UNKNOWN: Rule =
    error("case-key-unknown", "a case has a key that Keelmark does not know");
/// A value of another type.
pub static CASE_VALUE_INVALID: Rule =
    error("case-value-invalid", "a value of a case has the wrong type");
/// A case without a name.
pub static CASE_ID_MISSING: Rule = error("case-id-missing", "a case has no `case_id`");
/// Two cases of one name.
pub static CASE_ID_TWICE: Rule = error("case-id-twice", "two cases have the same `case_id`");
/// A metric that is none.
pub static CASE_METRIC_UNKNOWN: Rule =
    error("case-metric-unknown", "a case names no metric, or one that does not exist");
/// A bar that cannot be read.
pub static CASE_BAR_INVALID: Rule =
    error("case-bar-invalid", "a bar is not a comparison and a number");
/// A metric that needs a bar and has none.
pub static CASE_BAR_MISSING: Rule =
    error("case-bar-missing", "a case has no bar, and its metric has no bar of its own");
/// Two bars.
pub static CASE_BAR_TWICE: Rule =
    error("case-bar-twice", "a case has one bar in `metric` and another one in `pass_bar`");
/// A bar that decides nothing.
pub static CASE_BAR_POINTLESS: Rule =
    error("case-bar-pointless", "no value of the metric clears a bar, or every value does");
/// Nothing to compare with.
pub static CASE_REFERENCE_MISSING: Rule = error(
    "case-reference-missing",
    "a metric compares with `expected`, and the case has no text there",
);
/// A reference that the metric sees nothing of.
pub static CASE_REFERENCE_UNUSABLE: Rule =
    error("case-reference-unusable", "a reference has nothing that its metric compares");
/// A pattern that is none.
pub static CASE_REGEX_INVALID: Rule =
    error("case-regex-invalid", "the pattern of a case with the metric `regex` does not compile");
/// A guardrail that is none.
pub static CASE_GUARDRAIL_UNKNOWN: Rule =
    error("case-guardrail-unknown", "a case names a guardrail that does not exist");
/// A case that cannot fail.
pub static CASE_GUARDRAIL_MISSING: Rule = error(
    "case-guardrail-missing",
    "a case asks for `guardrail_pass` and names neither a guardrail nor `<BLOCK>`",
);

/// Fixtures of another shape.
pub static FIXTURES_INVALID: Rule =
    error("fixtures-invalid", "a fixtures file is not a map of case to inputs");
/// Fixtures that nobody reads.
pub static FIXTURES_UNUSED: Rule = Rule::warning(
    "fixtures-unused",
    Family::Eval,
    "fixtures name a case or an input that the suite does not have",
);

/// `cases` leads nowhere.
pub static SUITE_CASES_INVALID: Rule = suite(
    "suite-cases-invalid",
    "`cases` is neither `dataset/<id>` nor a file in CSV, YAML or JSON lines",
);
/// Cases that cannot be relied on.
pub static SUITE_CASES_FAULTY: Rule =
    suite("suite-cases-faulty", "the dataset of a suite has cases that are refused");
/// A column that is not there.
pub static SUITE_BIND_COLUMN_MISSING: Rule =
    suite("suite-bind-column-missing", "`bind` names a column that the cases do not have");
/// An input that is not there.
pub static SUITE_BIND_INPUT_UNKNOWN: Rule =
    suite("suite-bind-input-unknown", "`bind` names an input that no prompt of the suite declares");
/// An input without a value.
pub static SUITE_INPUT_MISSING: Rule =
    suite("suite-input-missing", "a required input of a prompt has no value in some cases");
/// An input with another value.
pub static SUITE_INPUT_REFUSED: Rule =
    suite("suite-input-refused", "the schema of an input refuses the value of some cases");
/// A judge that the suite does not have.
pub static SUITE_JUDGE_MISSING: Rule =
    suite("suite-judge-missing", "cases name a judged metric that the suite has no judge for");
/// A bar beyond the judge's scale.
pub static SUITE_BAR_POINTLESS: Rule = suite(
    "suite-bar-pointless",
    "no score on the judge's scale clears the bar of some cases, or every score does",
);
/// A route that nothing takes.
pub static SUITE_ROUTE_UNUSED: Rule =
    Rule::warning("suite-route-unused", Family::Eval, "`route` names a domain that no case has");
/// Cases that no prompt answers.
pub static SUITE_PROMPT_MISSING: Rule =
    suite("suite-prompt-missing", "cases of a domain have neither a route nor a target");
/// An answer that cannot be found.
pub static SUITE_ANSWER_MISSING: Rule =
    suite("suite-answer-missing", "`answer` names an output that a measured prompt does not have");
/// A journey that is none.
pub static SUITE_JOURNEY_UNKNOWN: Rule =
    suite("suite-journey-unknown", "`journey` is not in `policies/journeys.yaml`");

/// Every rule of this room.
pub const RULES: &[&Rule] = &[
    &CASES_NOT_UTF8,
    &CASES_TOO_LARGE,
    &CASES_SYNTAX,
    &CASES_COLUMN_MISSING,
    &CASES_COLUMN_TWICE,
    &CASES_EMPTY,
    &CASES_NOT_AT_HAND,
    &CASE_RAGGED,
    &CASE_KEY_UNKNOWN,
    &CASE_VALUE_INVALID,
    &CASE_ID_MISSING,
    &CASE_ID_TWICE,
    &CASE_METRIC_UNKNOWN,
    &CASE_BAR_INVALID,
    &CASE_BAR_MISSING,
    &CASE_BAR_TWICE,
    &CASE_BAR_POINTLESS,
    &CASE_REFERENCE_MISSING,
    &CASE_REFERENCE_UNUSABLE,
    &CASE_REGEX_INVALID,
    &CASE_GUARDRAIL_UNKNOWN,
    &CASE_GUARDRAIL_MISSING,
    &FIXTURES_INVALID,
    &FIXTURES_UNUSED,
    &SUITE_CASES_INVALID,
    &SUITE_CASES_FAULTY,
    &SUITE_BIND_COLUMN_MISSING,
    &SUITE_BIND_INPUT_UNKNOWN,
    &SUITE_INPUT_MISSING,
    &SUITE_INPUT_REFUSED,
    &SUITE_JUDGE_MISSING,
    &SUITE_BAR_POINTLESS,
    &SUITE_ROUTE_UNUSED,
    &SUITE_PROMPT_MISSING,
    &SUITE_ANSWER_MISSING,
    &SUITE_JOURNEY_UNKNOWN,
];
