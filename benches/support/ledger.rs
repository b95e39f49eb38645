//! A ledger of any length, written by `git fast-import`, the same bytes at every run.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use keelmark::ledger::append;
use keelmark::ledger::channel::Channels;
use keelmark::ledger::kind::Kind;
use keelmark::ledger::record::{Draft, Record};
use serde_json::{Value, json};

use super::generate::write;
use super::shell::{Store, complaint, git, program};

/// Raised with every change of what is generated.
const GENERATOR: u32 = 1;
/// 2025-09-01T00:00:00Z; each record is an hour younger than the one before.
const BEGAN: i64 = 1_756_684_800;

/// The channel that the last record moves.
pub(crate) const CHANNEL: &str = "keelmark/ledger:channels/production.json";

/// A repository with a composite, released twice, and a ledger of so many records.
pub(crate) struct Ledger {
    /// The repository's root.
    pub(crate) folder: PathBuf,
}

impl Ledger {
    /// Makes the ledger, or takes the one that an earlier run made.
    pub(crate) fn ready(records: usize) -> io::Result<Self> {
        let stamp = format!("generator {GENERATOR}, {records} records\n");
        let store = Store::new(&format!("ledger-{records}"), stamp);
        let folder = store.ready(|folder| make(folder, records))?;
        Ok(Self { folder })
    }
}

fn make(folder: &Path, records: usize) -> io::Result<()> {
    registry(folder)?;
    let mut stream = Vec::new();
    let mut live = Channels::default();
    let mut at = BEGAN;
    for number in 1..=records {
        let payload = if number == records { release(folder)? } else { run(number) };
        let (kind, subject) = if number == records {
            (Kind::Release, "release/support_copilot@1.8.0")
        } else {
            (Kind::Run, "suite/golden@1.0.0")
        };
        let actor = "bench <bench@keelmark.invalid>".to_owned();
        let record = Record::new(Draft { kind, at, actor, subject: subject.to_owned(), payload });
        let record = record.map_err(io::Error::other)?;
        let edits = append::edits(&record, &live).map_err(io::Error::other)?;
        live.apply(&record).map_err(io::Error::other)?;
        let message = append::message(&record);
        writeln!(stream, "commit refs/heads/keelmark/ledger")?;
        writeln!(stream, "committer {} {at} +0000", record.actor())?;
        writeln!(stream, "data {}\n{message}", message.len())?;
        for (path, bytes) in edits {
            let bytes = bytes.unwrap_or_default();
            writeln!(stream, "M 100644 inline {path}\ndata {}", bytes.len())?;
            stream.extend_from_slice(&bytes);
            stream.push(b'\n');
        }
        at += 3_600;
    }
    let mut import = program("git", folder);
    import.args(["fast-import", "--quiet"]).stdin(Stdio::piped()).stderr(Stdio::piped());
    let mut import = import.spawn()?;
    if let Some(mut stdin) = import.stdin.take() {
        stdin.write_all(&stream)?;
    }
    let output = import.wait_with_output()?;
    if output.status.success() { Ok(()) } else { Err(io::Error::other(complaint(&output))) }
}

/// A composite with one model, tagged as two releases.
fn registry(folder: &Path) -> io::Result<()> {
    write(folder, "keelmark.yaml", "version: 1\n")?;
    let model = "id: script\nversion: 1.0.0\nowner: team\nprovider: {api: openai, model: x}\nchangelog: [\"1.0.0: first\"]\n";
    write(folder, "registry/models/script/model.yaml", model)?;
    for version in ["1.7.0", "1.8.0"] {
        let composite = format!(
            "id: support_copilot\nversion: {version}\nowner: team\nmembers: {{model: script@1.0.0}}\nchannels: [production]\nchangelog: [\"{version}: next\"]\n"
        );
        write(folder, "registry/composites/support_copilot/composite.yaml", &composite)?;
        git(folder, &["add", "--all"])?;
        git(folder, &["commit", "-q", "--no-verify", "-m", version])?;
        let digest = "0".repeat(64);
        let message = format!(
            "release support_copilot@{version}\n\nKeelmark-Format: 1\nKeelmark-Component: model/script@1.0.0 sha256:{digest}\nKeelmark-Composite-Digest: sha256:{digest}\nKeelmark-Class: minor\n"
        );
        let tag = format!("release/support_copilot@{version}");
        git(folder, &["tag", "-a", "-m", &message, &tag])?;
    }
    Ok(())
}

/// What a record of a run is about as large as.
fn run(number: usize) -> Value {
    let stamp = |entry: &str| json!({"entry": entry, "version": "1.0.0", "contract": "0".repeat(64), "behaviour": "1".repeat(64)});
    json!({
        "run": format!("run-{number}"),
        "digest": "2".repeat(64),
        "pack": "3".repeat(64),
        "suite": stamp("suite/golden"),
        "dataset": stamp("dataset/golden"),
        "prompts": [{"prompt": stamp("prompt/refund"), "model": stamp("model/script")}],
    })
}

/// The record that says what is live.
fn release(folder: &Path) -> io::Result<Value> {
    let tag = "release/support_copilot@1.8.0";
    let object = git(folder, &["rev-parse", &format!("refs/tags/{tag}")])?;
    let state = json!({
        "composite": "support_copilot",
        "version": "1.8.0",
        "digest": "0".repeat(64),
        "bundle": "1".repeat(64),
        "tag": tag,
        "tag_object": object.trim(),
        "since": "2026-01-01T00:00:00Z",
        "by": "bench <bench@keelmark.invalid>",
        "previous": {"version": "1.7.0", "tag": "release/support_copilot@1.7.0"},
        "rollback_to": "release/support_copilot@1.7.0",
        "waivers": [],
        "rehearsed": null,
        "post_mortem_due": null,
    });
    Ok(json!({"channels": {"production": state}}))
}
