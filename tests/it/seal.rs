use crate::fixtures::{PROMPT, PROMPT_TEMPLATE, TEMPLATE, mission, published};
use keelmark::digest::Digest;

#[test]
fn seal_writes_what_check_verifies() {
    let repo = mission();
    repo.stage(".");
    let before = repo.read(PROMPT);
    repo.keelmark(&["seal", "--dry-run"]).is(0).says("-  prompt_template_sha256: \"<hash>\"");
    assert_eq!(repo.read(PROMPT), before);
    repo.keelmark(&["seal"]).is(0).says("1 checksum written");
    let digest = Digest::of(TEMPLATE.as_bytes()).to_string();
    assert_eq!(repo.read(PROMPT), before.replace("<hash>", &digest));
    repo.keelmark(&["seal"]).is(0).says("as they should be");
    let report = repo.json(0, &["seal", "--check"]);
    assert_eq!(report["payloads"][0]["verdict"], "bytes-verified");
    assert_eq!(report["payloads"][0]["sha256"], digest);
    repo.keelmark(&["seal", "--check"]).is(0).says("Verified 1 by their bytes");
}

#[test]
fn staged_means_the_bytes_of_the_index() {
    let repo = mission();
    repo.stage(".");
    let staged = Digest::of(TEMPLATE.as_bytes()).to_string();
    repo.write(PROMPT_TEMPLATE, format!("{TEMPLATE}later\n"));
    repo.keelmark(&["seal", "--staged"]).is(0);
    assert!(repo.read(PROMPT).contains(&staged));
    repo.stage(PROMPT);
    repo.keelmark(&["seal", "--check", "--staged"]).is(0);
    // Nothing is published yet: a mistake, not a breach.
    let report = repo.json(1, &["seal", "--check"]);
    assert_eq!(report["differ"], 1);
    assert_eq!(report["payloads"][0]["verdict"], "differs");
}

#[test]
fn the_digest_is_over_the_bytes_that_git_would_store() {
    let repo = mission();
    repo.write(".gitattributes", "*.md text eol=crlf\n");
    repo.write(PROMPT_TEMPLATE, TEMPLATE.replace('\n', "\r\n")).stage(".");
    repo.keelmark(&["seal"]).is(0);
    assert!(repo.read(PROMPT).contains(&Digest::of(TEMPLATE.as_bytes()).to_string()));
}

#[test]
fn a_payload_that_differs_or_is_missing_is_told_apart() {
    let repo = published();
    repo.write(PROMPT_TEMPLATE, "other\n");
    repo.keelmark(&["seal", "--check"]).is(4).says("1 differ");
    repo.keelmark(&["seal", "--check", "greeting"]).is(0);
    repo.delete(PROMPT_TEMPLATE);
    let report = repo.json(1, &["seal", "--check"]);
    assert_eq!(report["unreadable"], 1);
    repo.keelmark(&["seal", "--check", "nothing"]).is(2).says("there is no entry `nothing`");
}

#[test]
fn without_names_seal_writes_touched_entries_only() {
    let repo = published();
    repo.write(PROMPT_TEMPLATE, format!("{TEMPLATE}more\n"));
    let other = repo.read(crate::fixtures::OTHER);
    // The digest of a published version does not change.
    repo.keelmark(&["seal"]).is(1).says("keelmark bump billing_refund");
    repo.edit(PROMPT, "version: 2.3.0", "version: 2.4.0");
    repo.keelmark(&["seal"]).is(0).says("prompt/billing_refund");
    assert_eq!(repo.read(crate::fixtures::OTHER), other);
}
