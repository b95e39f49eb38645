//! A product that was released twice: made once for each run of the tests, and copied for each of
//! them, so that every test may falsify its own.

mod back;
mod falsified;
mod forge;
mod later;
mod proven;
mod provisional;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::desk::Ending;
use crate::people::Person;
use crate::support::TestRepo;

/// The newest release.
pub(crate) const TAG: &str = "release/support_copilot@1.8.0";
/// The release before.
pub(crate) const BEFORE: &str = "release/support_copilot@1.7.3";
/// The branch of the ledger.
pub(crate) const LEDGER: &str = "refs/heads/keelmark/ledger";
/// The branch of packs.
pub(crate) const EVIDENCE: &str = "refs/heads/keelmark/evidence";
/// The composite.
pub(crate) const COMPOSITE: &str = "registry/composites/support_copilot/composite.yaml";
/// The gates.
pub(crate) const GATES: &str = "registry/policies/gates.yaml";
/// The template of the prompt.
pub(crate) const TEMPLATE: &str = "registry/prompts/billing_refund/template.md";

/// The weights of the model.
pub(crate) const WEIGHTS: &str = "registry/models/cust-copilot/weights.bin";

/// What was released, with everybody who had a hand in it. The keys of all of them are listed.
pub(crate) struct Released {
    /// What everybody pushes to and fetches from; it is bare.
    pub(crate) server: TestRepo,
    /// Writes and releases.
    pub(crate) ada: Person,
    /// May approve, and waive gates.
    pub(crate) bob: Person,
    /// Signs runs.
    pub(crate) ci: Person,
}

/// Returns a copy of the product after its second release.
pub(crate) fn released() -> Released {
    static MADE: OnceLock<PathBuf> = OnceLock::new();
    let kept = MADE.get_or_init(make);
    let [ada, bob, ci] = ["ada", "bob", "ci"].map(|name| Person::kept(kept, name));
    Released { server: TestRepo::copy_at(&kept.join("server.git")), ada, bob, ci }
}

impl Released {
    /// Returns a fresh clone, whose remote is out of reach from then on.
    pub(crate) fn fresh(&self) -> TestRepo {
        let clone = TestRepo::clone_of(&self.server, &[]);
        clone.run(&["remote", "set-url", "origin", "file:///nowhere"]);
        clone
    }

    /// Returns a clone at which somebody sits and works.
    pub(crate) fn desk(&self, who: &Person) -> TestRepo {
        let clone = TestRepo::clone_of(&self.server, &[]);
        who.sits_at(&clone);
        clone
    }

    /// Runs the suite for a release, as CI, and records it.
    pub(crate) fn measure(&self, desk: &TestRepo, code: i32) {
        self.ci.sits_at(desk);
        let words =
            ["eval", "run", "support_golden", "--when", "release", "--record", "--sign", "--push"];
        desk.keelmark(&words).is(code);
        self.ada.sits_at(desk);
    }

    /// Approves what is on `main`.
    pub(crate) fn approve(&self) {
        self.desk(&self.bob).keelmark(&["approve", "support_copilot", "--push"]).is(0);
    }
}

/// Changes the prompt, so that there is something to release, and pushes it.
pub(crate) fn reword(desk: &TestRepo, words: &str) {
    let text = desk.read(TEMPLATE);
    desk.write(TEMPLATE, format!("{text}{words}\n"));
    desk.keelmark(&["bump", "-m", words]).is(0);
    desk.stage(".").commit(words);
    desk.run(&["push", "-q", "origin", "main"]);
}

/// Writes what a release needs, the author's words too, and pushes it.
pub(crate) fn prepare(desk: &TestRepo, words: &[&str]) {
    let words = [&["release", "prepare", "support_copilot"], words].concat();
    let ending = desk.keelmark(&words);
    assert!(desk.has("CHANGELOG.md"), "{ending}");
    for (path, bytes) in desk.files() {
        let Ok(text) = String::from_utf8(bytes) else { continue };
        if text.contains("TODO(author)") {
            let path = path.to_str().expect("UTF-8");
            desk.write(path, filled(&text));
        }
    }
    desk.stage(".").commit("what the release needs");
    desk.run(&["push", "-q", "origin", "main"]);
}

/// Tags what is on `main` and pushes it.
#[track_caller]
pub(crate) fn tag(desk: &TestRepo, words: &[&str]) -> Ending {
    desk.run(&["fetch", "-q"]);
    desk.keelmark(&[&["release", "tag", "support_copilot", "--push"], words].concat())
}

/// Puts the author's words where they are waited for.
fn filled(text: &str) -> String {
    let line = |line: &str| match line.split_once("TODO(author)") {
        Some((before, _)) => format!("{before}customers asked for it, and the desk watches it\n"),
        None => format!("{line}\n"),
    };
    text.lines().map(line).collect()
}

/// Makes the product and both releases, and returns where a copy of them is kept.
fn make() -> PathBuf {
    let kept = folder();
    let source = TestRepo::init();
    let [ada, bob, ci] = ["ada", "bob", "ci"].map(|name| Person::new(&source, name));
    lay(&source, &[&ada, &bob, &ci]);
    source.stage(".").commit("a product");
    let server = TestRepo::clone_of(&source, &["--bare"]);
    for person in [&ada, &bob, &ci] {
        person.keep(&kept);
    }
    let made = Released { server, ada, bob, ci };
    let desk = made.desk(&made.ada);
    prepare(&desk, &["-m", "refunds"]);
    made.measure(&desk, 0);
    made.approve();
    tag(&desk, &["--sign"]).is(0);
    reword(&desk, "Be brief.");
    prepare(&desk, &["-m", "brief answers", "--to", "1.8.0"]);
    made.measure(&desk, 0);
    made.approve();
    tag(&desk, &["--sign"]).is(0);
    copy(made.server.path(), &kept.join("server.git"));
    kept
}

/// Lays the demo's registry out, with a composite.
fn lay(repo: &TestRepo, signers: &[&Person]) {
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/demo");
    copy(&demo.join("registry"), &repo.path().join("registry"));
    repo.write(
        COMPOSITE,
        "id: support_copilot\nversion: 1.7.3\nowner: platform-ai\n\
         members:\n  model: cust-copilot@1.4.2\n  prompt: billing_refund@2.3.0\n  data: golden_2025_09@1.0.0\n\
         roles: {data: evidence}\nsuites: [support_golden@1.0.0]\njourneys: [copilot]\n\
         channels: [canary, production]\nchangelog:\n  - \"1.7.3: refunds\"\n",
    )
    .write(
        GATES,
        "gates:\n  - {category: exactness, metric: exact, aggregate: mean, bar: \">= 0.80\", only: has_reference}\n  \
         - {category: safety, metric: sev1_count, aggregate: sum, bar: \"== 0\"}\n  \
         - {category: cost, metric: cost_usd, aggregate: mean, bar: \"<= 0.012\"}\n",
    )
    .write("keelmark.yaml", "version: 1\napprovers: [bob@example.com]\n")
    .write("allowed_signers", signers.iter().map(|person| person.line()).collect::<String>())
    .write(".gitignore", ".keelmark/\n");
    // The demo's script in place of a model, with weights that are large enough to be read from the
    // disk, where git says that they are what was committed.
    repo.write(
        "registry/models/cust-copilot/model.yaml",
        "id: cust-copilot\nversion: 1.4.2\nowner: ml-platform\n\
         provider: {api: scripted, model: gpt-4o-mini-2024-07-18, file: answers.yaml}\n\
         weights: [{path: weights.bin}]\n\
         limits: {context_tokens: 128000, max_output_tokens: 4096}\n\
         pricing: {input_per_mtok_usd: 0.15, output_per_mtok_usd: 0.60}\n\
         capabilities: [tools, json]\nrisk_tier: high\n\
         policies: {allowed_data_classes: [internal], allowed_journeys: [copilot], safety_profile: standard_level2}\n\
         sunset: 2099-02-01\nchangelog: [\"1.4.2: pinned snapshot\"]\n",
    )
    .write(WEIGHTS, vec![7; 100_000])
    .write(
        "registry/prompts/billing_refund/prompt.yaml",
        "id: billing_refund\nversion: 2.3.0\nowner: support-ops\n\
         schema:\n  inputs: [customer_context, policy_snippets, question]\n  outputs: [answer, citations, confidence]\n\
         changelog:\n  - \"2.3.0: tightened refund exceptions\"\n\
         policies: {requires_citations: true, safety_profile: standard_level2}\n",
    );
    repo.stage(".").keelmark(&["seal", "cust-copilot", "--staged"]).is(0);
}

/// Copies a folder.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to.parent().expect("a parent")).expect("a folder");
    let status = Command::new("cp").arg("-R").arg(from).arg(to).status().expect("cp");
    assert!(status.success(), "{} to {}", from.display(), to.display());
}

/// Returns the folder of this run. Those of runs that are over go.
fn folder() -> PathBuf {
    const NAME: &str = "released-";
    let above = Path::new(env!("CARGO_TARGET_TMPDIR"));
    for entry in fs::read_dir(above).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let Some(process) = name.strip_prefix(NAME) else { continue };
        let lives = Path::new("/proc").join(process).exists();
        if Path::new("/proc/self").exists() && !lives {
            // Another run may be about to do the same.
            let _ = fs::remove_dir_all(&path);
        }
    }
    let own = above.join(format!("{NAME}{}", std::process::id()));
    let _ = fs::remove_dir_all(&own);
    fs::create_dir_all(&own).expect("a folder");
    own
}
