//! Models: the step that a change of their manifest or of their files needs.

use crate::support::TestRepo;
use keelmark::digest::Digest;

/// A model that a team hosts.
const MODEL: &str = "registry/models/copilot/model.yaml";
/// Its tokenizer.
const TOKENIZER: &str = "registry/models/copilot/tokenizer.json";

/// A model with a tokenizer in its folder, sealed and published on `main`.
fn published() -> TestRepo {
    let repo = TestRepo::init();
    repo.write(
        MODEL,
        "id: copilot\nversion: 1.4.2\nowner: ml-platform\nprovider: {api: openai, model: gpt-4o-mini-2024-07-18}\ntokenizer:\n  path: tokenizer.json\nlimits: {context_tokens: 128000}\ncapabilities: [tools, json]\nchangelog:\n  - \"1.4.2: pinned snapshot\"\n",
    );
    repo.write(TOKENIZER, "{}\n").stage(".");
    repo.keelmark(&["seal"]).is(0).says("1 checksum written");
    let text = repo.read(MODEL);
    let digest = Digest::of(b"{}\n");
    assert!(text.contains(&format!("  path: tokenizer.json\n  sha256: \"{digest}\"\n")), "{text}");
    repo.stage(".").commit("publish");
    repo
}

/// Bumps, insists on the line, and checks what is staged.
fn bumps(repo: &TestRepo, line: &str) {
    repo.keelmark(&["bump", "-m", "changed"]).is(0).says(line);
    repo.stage(".");
    repo.keelmark(&["check", "--staged"]).is(0);
}

#[test]
fn a_smaller_context_is_major_and_shown_at_its_line() {
    let repo = published();
    repo.edit(MODEL, "context_tokens: 128000", "context_tokens: 32000");
    repo.edit(MODEL, "1.4.2", "1.4.3");
    repo.keelmark(&["check"])
        .is(1)
        .says("version-bump-insufficient")
        .says("`limits.context_tokens`: 128000 → 32000 (model-context-length-decreased)");
    repo.edit(MODEL, "version: 1.4.3", "version: 1.4.2");
    bumps(&repo, "model/copilot 1.4.2 → 2.0.0 (major");
}

#[test]
fn a_snapshot_is_minor_and_a_price_is_a_patch() {
    let repo = published();
    repo.edit(MODEL, "capabilities:", "pricing: {input_per_mtok_usd: 0.1}\ncapabilities:");
    bumps(&repo, "model/copilot 1.4.2 → 1.4.3 (patch");
    repo.edit(MODEL, "gpt-4o-mini-2024-07-18", "gpt-4o-mini-2025-01-02");
    bumps(&repo, "model/copilot 1.4.2 → 1.5.0 (minor");
}

#[test]
fn a_tokenizer_in_the_folder_is_compared_by_its_bytes() {
    let repo = published();
    repo.write(TOKENIZER, "{\"a\": 1}\n");
    repo.stage(".");
    // What is published has other bytes than it says.
    repo.keelmark(&["check"]).is(4).says("checksum-mismatch");
    bumps(&repo, "model/copilot 1.4.2 → 2.0.0 (major");
    let digest = Digest::of(b"{\"a\": 1}\n").to_string();
    assert!(repo.read(MODEL).contains(&digest));
    repo.delete(TOKENIZER).stage(".");
    repo.keelmark(&["check"]).is(1).says("payload-missing");
}

#[test]
fn what_is_written_otherwise_and_means_the_same_needs_no_step() {
    let repo = published();
    repo.edit(MODEL, "capabilities:", "signature: {inputs: [question]}\ncapabilities:");
    bumps(&repo, "model/copilot 1.4.2 → 1.5.0 (minor");
    repo.commit("declared");
    repo.edit(MODEL, "inputs: [question]", "inputs: {question: {type: string}}");
    repo.keelmark(&["check"]).is(0);
    repo.keelmark(&["bump"]).is(0).leaves_out("→");
}

#[test]
fn a_licence_is_compared_and_one_that_is_none_is_shown_at_its_place() {
    let repo = published();
    let with = |license: &str| {
        let text = repo.read(MODEL);
        let kept = text.lines().filter(|line| !line.starts_with("license:"));
        let text = kept.chain([""]).collect::<Vec<_>>().join("\n");
        repo.write(MODEL, text.replacen("owner:", &format!("license: {license}\nowner:"), 1));
    };
    with("Apache 2.0");
    repo.keelmark(&["check"])
        .is(1)
        .says("license-not-spdx")
        .says("did you mean `Apache-2.0`?")
        .says("model.yaml:3:10");
    with("GPL-3.0-only");
    bumps(&repo, "model/copilot 1.4.2 → 1.5.0 (minor");
    repo.commit("a licence");
    with("MIT");
    bumps(&repo, "model/copilot 1.5.0 → 1.6.0 (minor");
    repo.commit("a more permissive one");
    with("MIT AND LicenseRef-acme");
    bumps(&repo, "model/copilot 1.6.0 → 2.0.0 (major");
}

#[test]
fn a_digest_of_what_is_elsewhere_has_at_least_the_form_of_one() {
    let repo = published();
    let digest = Digest::of(b"weights").to_string();
    let short = &digest[..63];
    let weights = format!(
        "weights:\n  - {{uri: \"s3://m/a.safetensors\", sha256: \"{digest}\", tensors_sha256: \"{short}\"}}\n  - {{uri: \"s3://m/b.safetensors\", sha256: \"sha256:{digest}\"}}\n  - {{uri: \"s3://m/c.safetensors\", sha256: <hash>}}\nchat_template: {{name: chatml, sha256: none}}\ncapabilities:"
    );
    repo.edit(MODEL, "capabilities:", &weights);
    let said = repo.keelmark(&["check", "--format", "concise"]).is(1);
    for line in [
        ":10:127: error[checksum-malformed]",
        ":11:43: error[checksum-malformed]",
        ":12:43: warning[checksum-placeholder]",
        ":13:39: error[checksum-malformed]",
    ] {
        assert!(said.out.contains(line), "{line}: {said}");
    }
    assert_eq!(said.out.matches("checksum-").count(), 4, "{said}");
}

/// A safetensors file with one tensor and a word of metadata.
fn safetensors(data: &[u8], word: &str) -> Vec<u8> {
    let header = format!(
        "{{\"__metadata__\":{{\"by\":\"{word}\"}},\"w\":{{\"dtype\":\"U8\",\"shape\":[{0}],\"data_offsets\":[0,{0}]}}}}",
        data.len()
    );
    let mut file = (header.len() as u64).to_le_bytes().to_vec();
    file.extend_from_slice(header.as_bytes());
    file.extend_from_slice(data);
    file
}

#[test]
fn what_is_declared_of_tensors_is_compared_with_those_in_the_file() {
    const WEIGHTS: &str = "registry/models/copilot/model.safetensors";
    let repo = published();
    repo.write(WEIGHTS, safetensors(b"one", "first"));
    let weights = "weights:\n  - {path: model.safetensors, tensors_sha256: <hash>}\ncapabilities:";
    repo.edit(MODEL, "capabilities:", weights).stage(".");
    repo.keelmark(&["check"])
        .says("checksum-placeholder")
        .says("`<hash>` is a placeholder for the digest of the tensors of");
    // `bump` writes both digests, and what is published is what the file holds.
    repo.keelmark(&["bump", "-m", "weights"]).is(0);
    repo.stage(".");
    repo.keelmark(&["check", "--staged"]).is(0).leaves_out("checksum-");
    repo.commit("weights");
    // The same tensors with other metadata are a patch, and nobody has to be believed for it.
    repo.write(WEIGHTS, safetensors(b"one", "second")).stage(".");
    bumps(&repo, "(patch");
    repo.commit("written again");
    // Other tensors under the old claim are found out, and counted as what they are.
    repo.write(WEIGHTS, safetensors(b"two", "third")).stage(".");
    let text = repo.read(MODEL);
    let number = text.lines().find(|line| line.starts_with("version:")).expect("a version");
    let patch = number.replace("1.5.1", "1.5.2").replace("version: ", "");
    repo.edit(MODEL, number, &format!("version: {patch}"));
    repo.edit(MODEL, "changelog:\n", &format!("changelog:\n  - \"{patch}: claimed\"\n"));
    repo.keelmark(&["check"])
        .is(1)
        .says("the digest of the tensors of")
        .says("version-bump-insufficient")
        .says("(model-weights-changed)");
    repo.write(WEIGHTS, "no tensors").stage(".");
    repo.keelmark(&["check"]).is(1).says("payload-not-safetensors").says("is no safetensors file");
}
