use jsonschema::{Draft, Validator};
use serde_json::Value;

use super::{compare_document, document};
use crate::evals::compare::Comparison;
use crate::evals::record::Status;
use crate::evals::report::Report;
use crate::output::evals::tests::{changes, hostile, report, rich};
use crate::output::json::write;

fn validator(schema: &str) -> Validator {
    let schema: Value = serde_json::from_str(schema).expect("JSON");
    jsonschema::meta::validate(&schema).expect("a schema");
    jsonschema::options().with_draft(Draft::Draft202012).offline().build(&schema).expect("a schema")
}

fn faults(validator: &Validator, document: &Value) -> Vec<String> {
    validator.iter_errors(document).map(|e| format!("{}: {e}", e.instance_path())).collect()
}

fn eval() -> Validator {
    validator(include_str!("../../../../../schemas/output/keelmark.eval.v1.schema.json"))
}

fn rendered(reports: &[&Report]) -> Value {
    let mut out = Vec::new();
    write(&document(reports), &mut out).expect("written");
    serde_json::from_slice(&out).expect("JSON")
}

#[test]
fn reports_hold_to_their_schema() {
    let mut stopped = report();
    stopped.run.status = Status::Interrupted;
    stopped.run.finished = None;
    stopped.run.settings.shard = Some((1, 4));
    stopped.comparison = Some(Comparison::Incomparable { parts: vec!["`suite` differs".into()] });
    let (rich, empty, hostile) = (rich(), report(), hostile());
    let schema = eval();
    for reports in [vec![], vec![&empty], vec![&rich, &empty], vec![&hostile], vec![&stopped]] {
        let document = rendered(&reports);
        assert_eq!(faults(&schema, &document), Vec::<String>::new());
        assert_eq!(document["runs"].as_array().map(Vec::len), Some(reports.len()));
    }
}

#[test]
fn the_schema_refuses_what_it_does_not_know() {
    let (schema, rich) = (eval(), rich());
    for pointer in ["/runs/0", "/runs/0/gates/0", "/runs/0/cases/0", "/runs/0/comparison/changes"] {
        let mut document = rendered(&[&rich]);
        document.pointer_mut(pointer).expect("it is there")["surprise"] = true.into();
        assert!(!faults(&schema, &document).is_empty(), "{pointer} is open");
    }
}

#[test]
fn a_run_says_what_it_measured_and_where_its_cases_stand() {
    let document = rendered(&[&rich()]);
    let run = &document["runs"][0];
    assert_eq!(run["verdict"], "closed");
    assert_eq!(run["decision"]["failed"], 1);
    assert_eq!(run["gates"][0]["interval"]["method"], "wilson");
    assert_eq!(run["comparison"]["changes"]["metrics"][0]["difference"], -0.05);
    assert_eq!(run["totals"]["paid_micro_usd"], 12_340);
    let case = &run["cases"][7];
    assert_eq!((&case["case"], &case["outcome"]), (&"FAQ-004".into(), &"fail".into()));
    assert_eq!(case["why"], "no_pii: an email address");
    assert_eq!(case["path"], "registry/datasets/a b/rows.csv");
    // The row begins with one character, which UTF-8 writes as four bytes, and a comma.
    assert_eq!((&case["line"], &case["column"]), (&5.into(), &3.into()));
    assert_eq!(case["answer"]["text"], "See KB-42 steps");
    assert_eq!(run["cases"][10]["answer"], Value::Null);
    assert_eq!(run["cases"][10]["fault"], "transient");
}

#[test]
fn a_comparison_alone_holds_to_its_schema() {
    let schema = validator(include_str!(
        "../../../../../schemas/output/keelmark.eval_compare.v1.schema.json"
    ));
    let parts = vec!["`metrics` differs".to_owned()];
    let samples = [
        Comparison::Changed(Box::new(changes())),
        Comparison::Changed(Box::default()),
        Comparison::Incomparable { parts },
    ];
    for comparison in samples {
        let document =
            serde_json::to_value(compare_document("one", "other", &comparison)).expect("JSON");
        assert_eq!(faults(&schema, &document), Vec::<String>::new());
        let comparable = document["comparison"]["comparable"] == true;
        assert_eq!(comparable, document["comparison"]["changes"].is_object());
        assert_ne!(comparable, document["comparison"]["differing_parts"] != serde_json::json!([]));
    }
}
