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
use super::shell::{Store, complaint, git, keelmark, program};

/// Raised with every change of what is generated.
const GENERATOR: u32 = 2;
/// 2025-09-01T00:00:00Z; each record is an hour younger than the one before.
const BEGAN: i64 = 1_756_684_800;

/// The release to go back to, which is recorded first.
const BEFORE: &str = "release/support_copilot@1.7.0";
/// The release that is live.
const LIVE: &str = "release/support_copilot@1.8.0";

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
        let (kind, subject, payload) = match number {
            1 => (
                Kind::Release,
                BEFORE,
                json!({"tag": BEFORE, "tag_object": object(folder, BEFORE)?}),
            ),
            _ if number == records => (Kind::Release, LIVE, release(folder)?),
            _ => (Kind::Run, "suite/golden@1.0.0", run(number)),
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
        let words = ["show", "composite/support_copilot", "--format", "json"];
        let shown = keelmark(folder, &words).output()?.stdout;
        let shown: Value = serde_json::from_slice(&shown).map_err(io::Error::other)?;
        let digest =
            shown.pointer("/digests/entry").and_then(|digest| digest.as_str()).unwrap_or_default();
        let message = format!(
            "release support_copilot@{version}\n\nKeelmark-Format: 1\nKeelmark-Component: model/script@1.0.0 sha256:{digest}\nKeelmark-Composite-Digest: sha256:{digest}\nKeelmark-Class: minor\n"
        );
        let tag = format!("release/support_copilot@{version}");
        let mut made = program("git", folder);
        made.args(["tag", "-a", "-m", &message, &tag]);
        // A release is recorded in the second in which its tag is made.
        made.env("GIT_COMMITTER_DATE", format!("{BEGAN} +0000"));
        let output = made.output()?;
        if !output.status.success() {
            return Err(io::Error::other(complaint(&output)));
        }
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

/// The name of a tag's object.
fn object(folder: &Path, tag: &str) -> io::Result<String> {
    Ok(git(folder, &["rev-parse", &format!("refs/tags/{tag}")])?.trim().to_owned())
}

/// The record that says what is live.
fn release(folder: &Path) -> io::Result<Value> {
    let state = json!({
        "composite": "support_copilot",
        "version": "1.8.0",
        "digest": "0".repeat(64),
        "bundle": "1".repeat(64),
        "tag": LIVE,
        "tag_object": object(folder, LIVE)?,
        "since": "2026-01-01T00:00:00Z",
        "by": "bench <bench@keelmark.invalid>",
        "previous": {"version": "1.7.0", "tag": BEFORE},
        "rollback_to": BEFORE,
        "waivers": [],
        "rehearsed": null,
        "post_mortem_due": null,
    });
    Ok(json!({"channels": {"production": state}}))
}
