//! Properties over generated documents.

use std::sync::LazyLock;

use keelmark::path::RepoPath;
use keelmark::schema::{Shape, check, check_field_schema};
use keelmark::source::SourceFile;
use keelmark::yaml::Document;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::full::full;
use crate::{schema, typed, validator};

/// The documents with every property, and the judge, of each shape.
static FULL: LazyLock<Vec<(Shape, Vec<Value>, jsonschema::Validator)>> = LazyLock::new(|| {
    Shape::all()
        .map(|shape| {
            let schema = schema(shape);
            (shape, full(&schema, &schema), validator(&schema))
        })
        .collect()
});

/// Any small JSON value.
fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-1e20..1e20f64).prop_map(Value::from),
        Just(json!(1.0)),
        Just(json!(0.5)),
        "[a-z<>=. 0-9]{0,6}".prop_map(Value::from),
    ];
    leaf.prop_recursive(2, 6, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map(
                "[a-z_]{1,6}|ref|type|required|default|\\$ref",
                inner,
                0..3
            )
            .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// Lists the pointers of everything in a value.
fn pointers(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                pointers(item, &format!("{at}/{index}"), found);
            }
        }
        Value::Object(map) => {
            for (key, item) in map {
                let key = key.replace('~', "~0").replace('/', "~1");
                pointers(item, &format!("{at}/{key}"), found);
            }
        }
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever stands in a document, what is left after the check is read by the typed model, and
    /// a document that the schema refuses has a finding.
    #[test]
    fn what_the_schema_lets_through_the_typed_model_reads(
        shape in 0..15usize,
        which in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any_value()), 1..4),
    ) {
        let (shape, documents, judge) = &FULL[shape];
        let mut value = documents[which.index(documents.len())].clone();
        for (place, other) in changes {
            let mut all = Vec::new();
            pointers(&value, "", &mut all);
            let pointer = all[place.index(all.len())].clone();
            *value.pointer_mut(&pointer).expect("in the value") = other;
        }
        let text = serde_json::to_string(&value).expect("json");
        let file = SourceFile::new(RepoPath::from("x.yaml"), text.clone());
        let (Some(document), _) = Document::parse(file) else { return Ok(()) };
        let checked = check(*shape, &document);
        let readable = checked.readable(document.value());
        let read = typed(*shape, &readable);
        prop_assert!(read.is_ok(), "{shape:?} {read:?} {:?}\n{text}", checked.invalid);
        let accepted = judge.is_valid(document.value());
        prop_assert!(accepted || !checked.findings.is_empty() || document.value().is_null());
        for finding in &checked.findings {
            prop_assert!(finding.message.chars().count() < 400, "{}", finding.message);
            prop_assert!(!finding.message.contains('\n'));
        }
    }

    /// A schema that is accepted judges values without trouble.
    #[test]
    fn accepted_field_schemas_judge_any_value(schema in any_value(), value in any_value()) {
        if check_field_schema(&schema).is_ok() {
            std::hint::black_box(validator(&schema).is_valid(&value));
        }
    }
}
