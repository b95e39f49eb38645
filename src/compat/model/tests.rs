use serde_json::{Value, json};

use super::*;

fn read(value: &Value) -> Model {
    serde_json::from_value(value.clone()).expect("a model")
}

/// Two contents, and the rules of the step between them.
type Case<'a> = (Value, Value, &'a [(&'static str, Bump)]);

/// The rules of a step with their bumps.
fn judged(old: &Value, new: &Value) -> Vec<(&'static str, Bump)> {
    let (before, after) = (read(old), read(new));
    let (common, files) = (Common::default(), BTreeMap::new());
    let side = |model| Side { common: &common, model, files: &files, tensors: &files };
    let found = changes(&side(&before), &side(&after));
    found.iter().map(|change| (change.rule.id, change.bump)).collect()
}

#[test]
fn names_that_differ_in_date_or_number_alone_are_snapshots_of_one_model() {
    let cases = [
        ("gpt-4o-mini", "gpt-4o-mini-2024-07-18", true),
        ("gpt-4o-mini-2024-07-18", "gpt-4o-mini-2025-01-02", true),
        ("gpt-4-0613", "gpt-4", true),
        ("claude-3-5-sonnet-20241022", "claude-3-5-sonnet-latest", true),
        ("claude-3-5-sonnet@20240620", "claude-3-5-sonnet", true),
        ("gemini-1.5-pro-001", "gemini-1.5-pro-002", true),
        ("gpt-4o", "gpt-4o-mini", false),
        ("gpt-4", "gpt-5", false),
        ("llama3:8b", "llama3:70b", false),
        ("text-embedding-3-small", "text-embedding-3-large", false),
        ("2024-07-18", "2025-07-18", false),
    ];
    for (old, new, expected) in cases {
        assert_eq!(snapshots_of_one(Some(old), Some(new)), expected, "{old} {new}");
        assert_eq!(snapshots_of_one(Some(new), Some(old)), expected, "{new} {old}");
    }
    assert!(!snapshots_of_one(None, Some("gpt-4")));
    assert!(!snapshots_of_one(Some("@cf/meta/llama-3"), Some("@cf/mistral/mistral-7b")));
}

#[test]
fn without_the_digests_of_both_sides_the_weaker_claim_is_made() {
    let [a, b, t] = ["a", "b", "7"].map(|digit| digit.repeat(64));
    let weights = |files: Value| json!({ "weights": files });
    let file = |uri: &str, digest: &str| weights(json!([{"uri": uri, "sha256": digest}]));
    let changed = [("model-weights-changed", Bump::Minor)];
    let content = [("content-changed", Bump::Patch)];
    let cases: [Case<'_>; 10] = [
        (file("s3://a.gguf", &a), file("s3://a.gguf", &b), &changed),
        // What was known is not made unknown by a patch, so that another follows.
        (file("s3://a.gguf", &a), file("s3://a.gguf", "<hash>"), &changed),
        (file("s3://a.gguf", &a), weights(json!([{"uri": "s3://a.gguf"}])), &changed),
        (file("s3://a.gguf", &a), file("s3://b.gguf", &a), &content),
        // A placeholder is no digest.
        (file("s3://a.gguf", "<hash>"), file("s3://a.gguf", &a), &[]),
        (file("s3://a.gguf", "<hash>"), file("s3://b.gguf", "<hash>"), &changed),
        // One side with tensors is not enough.
        (
            file("s3://a.gguf", &a),
            weights(json!([{"uri": "s3://a.gguf", "sha256": b, "tensors_sha256": t}])),
            &changed,
        ),
        (
            weights(json!([{"uri": "s3://a.gguf", "tensors_sha256": t}])),
            weights(json!([{"uri": "s3://b.gguf", "sha256": b, "tensors_sha256": t}])),
            &[("model-weights-reserialized", Bump::Patch)],
        ),
        // Files in another order, and a format that is named for the first time.
        (
            weights(json!([{"uri": "s3://a", "sha256": a}, {"uri": "s3://b", "sha256": b}])),
            weights(json!([{"uri": "s3://b", "sha256": b}, {"uri": "s3://a", "sha256": a}])),
            &content,
        ),
        (
            weights(json!([{"uri": "s3://a", "sha256": a}])),
            weights(json!([{"uri": "s3://a", "sha256": a, "format": "safetensors"}])),
            &content,
        ),
    ];
    for (old, new, expected) in cases {
        assert_eq!(judged(&old, &new), expected, "{old} {new}");
    }
}

#[test]
fn a_digest_that_was_taken_counts_before_one_that_is_declared() {
    let model = read(&json!({"weights": [{"path": "a.gguf", "sha256": "0".repeat(64)}]}));
    let common = Common::default();
    let files = |bytes: &[u8]| BTreeMap::from([("/weights/0/path".to_owned(), Digest::of(bytes))]);
    let (one, two) = (files(b"one"), files(b"two"));
    let old = Side { common: &common, model: &model, files: &one, tensors: &one };
    let new = Side { common: &common, model: &model, files: &two, tensors: &two };
    let found = changes(&old, &new);
    assert_eq!(found.iter().map(|c| c.rule.id).collect::<Vec<_>>(), ["model-weights-changed"]);
    assert!(changes(&new, &new).is_empty());
}

#[test]
fn an_asset_is_compared_by_its_bytes_and_else_by_its_name() {
    let a = "a".repeat(64);
    let of = |asset: Value| json!({ "tokenizer": asset });
    let changed = ("model-tokenizer-changed", Bump::Major);
    let content = ("content-changed", Bump::Patch);
    let cases: [Case<'_>; 6] = [
        (of(json!({"uri": "x", "sha256": a})), of(json!({"uri": "x"})), &[changed]),
        (of(json!({"uri": "x", "sha256": a})), of(json!({"uri": "y", "sha256": a})), &[content]),
        (of(json!("x")), of(json!({"name": "x", "sha256": a})), &[content]),
        (of(json!("x")), of(json!({"name": "y", "sha256": a})), &[changed]),
        (json!({}), of(json!("x")), &[("model-tokenizer-changed", Bump::Minor)]),
        (of(json!("x")), json!({}), &[changed]),
    ];
    for (old, new, expected) in cases {
        assert_eq!(judged(&old, &new), expected, "{old} {new}");
    }
}

#[test]
fn each_space_of_vectors_names_what_made_it_another() {
    let of = |model: &str| json!({"provider": {"api": "openai", "model": model}, "embedding": {"dimensions": 1536}});
    let found = judged(&of("text-embedding-3-small-2024-01-01"), &of("text-embedding-3-small"));
    let expected =
        [("model-embedding-space-changed", Bump::Major), ("model-snapshot-changed", Bump::Minor)];
    assert_eq!(found, expected);
}

#[test]
fn residency_that_the_policies_rank_is_judged_as_a_policy() {
    let of = |value: &str| {
        let order = json!({"residency": ["world", "eu"]});
        json!({"policies": {"residency": value, "order": order}})
    };
    assert_eq!(judged(&of("world"), &of("eu")), [("policy-tightened", Bump::Minor)]);
    let laxer = [("model-data-residency-changed", Bump::Major)];
    assert_eq!(judged(&of("eu"), &of("world")), laxer);
}
