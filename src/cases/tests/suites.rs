use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize as _;
use serde_json::{Value, json};

use super::{MISSION, fixtures, good, source};
use crate::cases::bar::Range;
use crate::cases::bind::{self, InputFault};
use crate::cases::{CaseFile, Fixtures, Measured, SuiteParts, check_suite, prompt_of};
use crate::finding::{Finding, Severity};
use crate::registry::signature::{Direction, Signature};
use crate::registry::suite::Suite;
use crate::yaml::Document;

const SUITE: &str = r"cases: dataset/golden
target: prompt/refund
route: {Extract: prompt/extract}
bind: {question: input}
fixtures: fixtures.yaml
answer: /answer
judges: {grounded: judge/grounded}
default_judge: grounded
";

const FIXTURES: &str = "default: {context: c}\nXTR-021: {document: d}\n";

fn signature(direction: Direction, value: &Value, open: bool) -> Signature {
    Signature::read(Some(value), "", direction, Some(open))
}

fn inputs(value: &Value) -> Signature {
    signature(Direction::Input, value, false)
}

fn prompts() -> BTreeMap<String, Measured> {
    let outputs = |names: Value, open| signature(Direction::Output, &names, open);
    let refund = Measured {
        inputs: inputs(&json!(["context", "question"])),
        outputs: outputs(json!(["answer"]), true),
    };
    let extract = Measured {
        inputs: inputs(&json!({
            "question": {"type": "string"},
            "document": {"type": "string", "maxLength": 10},
        })),
        outputs: outputs(json!(["total"]), false),
    };
    BTreeMap::from([("prompt/refund".to_owned(), refund), ("prompt/extract".to_owned(), extract)])
}

fn suite(text: &str) -> (Document, Suite) {
    let (document, findings) = Document::parse(source("suite.yaml", text));
    assert!(findings.is_empty(), "{findings:?}");
    let document = document.expect("a document");
    let suite = Suite::deserialize(document.value()).expect("a suite");
    (document, suite)
}

fn check(text: &str, file: CaseFile, fixtures: &Fixtures) -> Vec<Finding> {
    let (document, suite) = suite(text);
    check_suite(&SuiteParts {
        document: &document,
        suite: &suite,
        files: &[file],
        fixtures,
        prompts: &prompts(),
        scales: &BTreeMap::from([("grounded".to_owned(), Range { least: 1.0, most: 5.0 })]),
        guardrails: &BTreeSet::from(["no_secrets".to_owned()]),
    })
}

fn shown(findings: &[Finding]) -> Vec<String> {
    findings.iter().map(|f| format!("{} {}: {}", f.rule.id, f.place.pointer, f.message)).collect()
}

#[test]
fn a_suite_that_fits_its_cases_has_nothing_to_mend() {
    let findings = check(SUITE, good("a.csv", MISSION), &fixtures(FIXTURES));
    assert!(findings.is_empty(), "{findings:#?}");
}

#[test]
fn what_keeps_a_suite_from_being_measured_is_said_once_with_its_cases() {
    let cases = good("a.csv", MISSION);
    let four = "`FAQ-001`, `EXPL-010`, `JAIL-007`";
    let table: &[(&str, &str, &str)] = &[
        (
            "question: input",
            "question: inptu",
            "suite-bind-column-missing /bind/question: the cases have no column `inptu`",
        ),
        (
            "question: input",
            "question: input, qestion: input",
            "suite-bind-input-unknown /bind/qestion: no prompt of the suite has an input `qestion`",
        ),
        (
            "Extract: ",
            "Extrakt: prompt/refund, Extract: ",
            "suite-route-unused /route/Extrakt: no case has the domain `Extrakt`",
        ),
        (
            "target: prompt/refund\n",
            "",
            "suite-prompt-missing /route: no prompt answers the domain `Finance`; 1 case: `EXPL-010`",
        ),
        (
            "default_judge: grounded\n",
            "",
            "suite-judge-missing /judges: the suite has no `default_judge`; 1 case: `EXPL-010`",
        ),
        (
            "default_judge: grounded",
            "default_judge: other",
            "suite-judge-missing /default_judge: `other` is no judge of the suite",
        ),
        (
            "answer: /answer",
            "answer: /text",
            "suite-answer-missing /answer: `prompt/refund` does not declare `/text`, which 1 case: `FAQ-001` read",
        ),
    ];
    for (from, to, expected) in table {
        assert!(SUITE.contains(from));
        let findings =
            check(&SUITE.replacen(from, to, 1), good("a.csv", MISSION), &fixtures(FIXTURES));
        assert!(
            shown(&findings).iter().any(|f| f == expected),
            "{expected}\n{:#?}",
            shown(&findings)
        );
    }
    let findings = check(SUITE, cases, &fixtures("XTR-021: {document: far too long a text}\n"));
    assert_eq!(
        shown(&findings),
        [
            format!("suite-input-missing /fixtures: `context` of `prompt/refund` has no value in 3 cases: {four}"),
            "suite-input-refused /fixtures: `prompt/extract` refuses the value of `document` in 1 case: `XTR-021`: \"far too long a text\" is longer than 10 characters".to_owned(),
        ]
    );
    let related = &findings[0].related[0].place;
    assert_eq!(related.file.slice(related.span), "FAQ-001");
}

#[test]
fn names_that_nobody_has_are_shown_at_their_first_case() {
    let text = "case_id,expected,metric,guardrails\nA,x,exct>=0.8,no_pi\nB,x,exct>=0.8,no_secrets\nC,x,style>=3,\nD,x,sev1_count,\nE,x,grounded>=7,\nF,x,judge>=1,\n";
    let unbound = SUITE.replace("bind: {question: input}\n", "");
    let defaults = fixtures("default: {context: c, question: q}\n");
    let findings = check(
        &unbound.replace("route: {Extract: prompt/extract}\n", ""),
        good("a.csv", text),
        &defaults,
    );
    assert_eq!(
        shown(&findings),
        [
            "suite-judge-missing /judges: the suite has no judge `style`; 1 case: `C`",
            "case-metric-unknown /metric: `exct` is neither a metric nor a judge; in 2 cases: `A`, `B`",
            "case-metric-unknown /metric: `sev1_count` is counted over a run; only gates can name it; in 1 case: `D`",
            "case-guardrail-unknown /guardrails: `no_pi` is no guardrail; in 1 case: `A`",
            "suite-bar-pointless /judges/grounded: `grounded` scores from 1 to 5: no score clears `>= 7` in 1 case: `E`",
            "suite-bar-pointless /judges/grounded: `grounded` scores from 1 to 5: every score clears `>= 1` in 1 case: `F`",
        ]
    );
    assert_eq!(findings[1].help.as_deref(), Some("did you mean `exact`?"));
    assert_eq!(findings[3].help.as_deref(), Some("did you mean `no_pii`?"));
}

#[test]
fn fixtures_that_nobody_takes_are_worth_a_warning() {
    let text = format!("{FIXTURES}XTR-O21: {{document: d}}\nFAQ-001: {{contxt: c}}\n");
    let findings = check(SUITE, good("a.csv", MISSION), &fixtures(&text));
    assert_eq!(
        shown(&findings),
        [
            "fixtures-unused /XTR-O21: no case has the id `XTR-O21`",
            "fixtures-unused /FAQ-001/contxt: no prompt of the suite has an input `contxt`",
        ]
    );
    assert!(findings.iter().all(|finding| finding.severity == Severity::Warning));
    for (text, pointer) in [("- a\n", ""), ("default: c\n", "/default"), ("A: [1]\n", "/A")] {
        let (_, findings) = Fixtures::read(&source("f.yaml", text));
        assert_eq!(
            (findings[0].rule.id, &*findings[0].place.pointer),
            ("fixtures-invalid", pointer)
        );
    }
}

#[test]
fn inputs_come_from_the_column_the_case_and_the_fixtures_in_this_order() {
    let (_, bound) = suite("cases: c\ntarget: t\nbind: {question: input, n: count}\n");
    let inputs = inputs(&json!({
        "question": {"type": "string", "aliases": ["query"]},
        "n": {"type": "integer"},
        "tone": {"type": "string", "default": "kind"},
        "note": {"type": "string", "required": false},
        "context": {"type": "string"},
    }));
    let fixtures =
        fixtures("default: {query: from fixtures, context: all, unheard: x}\nA: {context: own}\n");
    let file = good(
        "a.csv",
        "case_id,metric,input,count\nA,schema_valid,Why?,3\nB,schema_valid,,4\nC,schema_valid,x,many\n",
    );
    let [a, b, c] = file.cases.as_slice() else { panic!("three cases") };
    let given = |case| bind::variables(case, &bound, &fixtures, &inputs);
    assert_eq!(
        json!(given(a).expect("good")),
        json!({"question": "Why?", "query": "Why?", "n": 3, "tone": "kind", "note": null, "context": "own"})
    );
    let b = given(b).expect("good");
    assert_eq!((&b["question"], &b["context"]), (&json!("from fixtures"), &json!("all")));
    let fault = given(c).expect_err("no number");
    assert_eq!(fault[0].to_string(), "case `C`: `n`: \"many\" is not of type \"integer\"");
    let file = good(
        "a.jsonl",
        r#"{"case_id":"A","metric":"schema_valid","inputs":{"question":"","n":1,"context":"in the case","unheard":1}}"#,
    );
    let own = given(&file.cases[0]).expect("good");
    assert_eq!((&own["question"], &own["context"]), (&json!(""), &json!("in the case")));
}

#[test]
fn what_a_prompt_cannot_take_is_a_fault_unless_it_may_be_anothers() {
    let file = good("a.csv", MISSION);
    let inputs = inputs(&json!(["question", "context"]));
    let faults = |text: &str, inputs: &Signature| {
        let (_, suite) = suite(text);
        let found = bind::variables(&file.cases[0], &suite, &Fixtures::default(), inputs);
        found.map_err(|faults| faults.iter().map(ToString::to_string).collect::<Vec<_>>())
    };
    let bind = "cases: c\ntarget: t\nbind: {question: input, document: notes}\n";
    assert_eq!(
        faults(bind, &inputs),
        Err(vec![
            "case `FAQ-001`: `document` is no input of the prompt".to_owned(),
            "case `FAQ-001`: required inputs have no value: context".to_owned(),
        ])
    );
    let routed = faults(&format!("{bind}route: {{x: y}}\n"), &inputs).expect_err("no context");
    assert_eq!(routed.len(), 1);
    let open = signature(Direction::Input, &json!(["question"]), true);
    assert_eq!(faults(bind, &open).expect("open")["document"], json!("Reference answer"));
}

#[test]
fn values_are_fitted_one_by_one() {
    let inputs = inputs(&json!(["a", "b"]));
    let fit = |value: Value| {
        let map = value.as_object().expect("a map").clone();
        bind::fit(&inputs, map.into_iter().collect())
    };
    assert_eq!(
        fit(json!({"a": 1, "c": 2})).expect_err("two").to_string(),
        "`a`: 1 is not of type \"string\""
    );
    assert!(matches!(fit(json!({"c": 2})), Err(InputFault::Unknown { .. })));
    let missing = fit(json!({})).expect_err("nothing given");
    assert_eq!(missing, InputFault::Missing { names: vec!["a".to_owned(), "b".to_owned()] });
}

#[test]
fn a_route_goes_before_the_target() {
    let (_, suite) = suite(SUITE);
    let file = good("a.csv", MISSION);
    let prompts: Vec<_> = file.cases.iter().map(|case| prompt_of(case, &suite)).collect();
    assert_eq!(prompts[0], Some("prompt/refund"));
    assert_eq!(prompts[3], Some("prompt/extract"));
}
