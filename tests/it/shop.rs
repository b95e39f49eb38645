//! A product that was released three times, each time by the program itself.

use std::fs;
use std::sync::OnceLock;

use serde_json::Value;

use crate::support::TestRepo;

pub(crate) const COMPOSITE: &str = "registry/composites/support_copilot/composite.yaml";
pub(crate) const MODEL: &str = "registry/models/script/model.yaml";
pub(crate) const PROMPT: &str = "registry/prompts/refund/prompt.yaml";
pub(crate) const TEMPLATE: &str = "registry/prompts/refund/template.md";
/// The manifest of the model beside it.
pub(crate) const SPARE: &str = "registry/models/spare/model.yaml";
/// The ledger's branch.
pub(crate) const LEDGER: &str = "refs/heads/keelmark/ledger";

/// A server, and a clone of it.
pub(crate) struct Shop {
    pub(crate) server: TestRepo,
    pub(crate) desk: TestRepo,
}

impl Shop {
    /// A server with 1.6.0, 1.7.0 and 1.8.0 of `support_copilot`, of which the last is live on
    /// `canary` and `production`, and a clone of it.
    pub(crate) fn open() -> Self {
        let server = TestRepo::init_with(&["--bare"]);
        let bundle = server.beside("shop.bundle");
        fs::write(&bundle, released()).expect("a file");
        server.run(&["fetch", "-q", bundle.to_str().expect("UTF-8"), "+refs/*:refs/*"]);
        let desk = clone(&server);
        Self { server, desk }
    }

    /// Another clone.
    pub(crate) fn another_desk(&self) -> TestRepo {
        clone(&self.server)
    }

    /// The payloads of the records of a kind that the server has.
    #[track_caller]
    pub(crate) fn recorded(&self, kind: &str) -> Vec<Value> {
        let listed = self.server.json(0, &["ledger", "log", "--kind", kind]);
        let records = listed["records"].as_array().expect("records");
        let id = |record: &Value| record["id"].as_str().expect("an id").to_owned();
        let show = |id: String| self.server.json(0, &["ledger", "show", &id])["payload"].clone();
        records.iter().map(id).map(show).collect()
    }

    /// What the server's ledger says is live on a channel.
    #[track_caller]
    pub(crate) fn live(&self, channel: &str) -> Value {
        let path = format!("{LEDGER}:channels/{channel}.json");
        serde_json::from_str(&self.server.run(&["show", &path])).expect("JSON")
    }
}

/// Clones a repository for Ada.
pub(crate) fn clone(server: &TestRepo) -> TestRepo {
    let desk = TestRepo::clone_of(server, &[]);
    identify(&desk);
    desk
}

pub(crate) fn identify(repo: &TestRepo) {
    repo.run(&["config", "user.name", "Ada"]);
    repo.run(&["config", "user.email", "ada@example.com"]);
}

/// Releases what is in the work tree, under a number that will do, and pushes everything.
#[track_caller]
pub(crate) fn release(repo: &TestRepo, version: &str) {
    prepare(repo, version);
    measure(repo);
    repo.keelmark(&["release", "tag", "support_copilot", "--push"]).is(0);
}

/// Merges what is in the work tree as a release that only lacks its runs and its tag.
#[track_caller]
pub(crate) fn prepare(repo: &TestRepo, version: &str) {
    repo.stage(".").commit(&format!("content of {version}"));
    repo.run(&["push", "-q", "origin", "main"]);
    repo.keelmark(&["release", "prepare", "support_copilot", "--to", version]).is(0);
    for (path, bytes) in repo.files() {
        let path = path.to_str().expect("UTF-8");
        let text = String::from_utf8_lossy(&bytes);
        if path.starts_with("docs/") && text.contains("TODO(author)") {
            repo.write(path, text.replace("TODO(author)", "said"));
        }
    }
    repo.stage(".").commit(&format!("release {version}"));
    repo.run(&["push", "-q", "origin", "main"]);
}

/// Runs what proves it.
#[track_caller]
pub(crate) fn measure(repo: &TestRepo) {
    repo.keelmark(&["eval", "run", "golden", "--when", "release", "--record", "--push"]).is(0);
}

/// Gives the prompt another text and the next number.
#[track_caller]
pub(crate) fn rewrite(repo: &TestRepo, text: &str) {
    repo.write(TEMPLATE, format!("{text}: {{{{ question }}}}\n"));
    repo.keelmark(&["bump", "refund", "-m", text]).is(0);
}

/// Puts another model beside the first, asked at an address.
pub(crate) fn with_a_spare(desk: &TestRepo, address: &str) {
    let provider = format!("provider: {{api: openai, model: spare-1, base_url: \"{address}\"}}");
    desk.write(
        SPARE,
        format!(
            "id: spare\nversion: 1.0.0\nowner: team\n{provider}\nchangelog:\n  - \"1.0.0: first\"\n"
        ),
    )
    .edit(COMPOSITE, "  prompt: ", "  spare: model/spare@1.0.0\n  prompt: ");
}

/// Everything of the server, as a bundle of git, made once.
fn released() -> &'static [u8] {
    static BUNDLE: OnceLock<Vec<u8>> = OnceLock::new();
    BUNDLE.get_or_init(|| {
        let server = TestRepo::init_with(&["--bare"]);
        let repo = TestRepo::init();
        identify(&repo);
        repo.run(&["remote", "add", "origin", &server.address()]);
        registry(&repo);
        release(&repo, "1.6.0");
        rewrite(&repo, "Answer briefly");
        release(&repo, "1.7.0");
        rewrite(&repo, "Answer at length");
        release(&repo, "1.8.0");
        let bundle = server.beside("made.bundle");
        server.run(&["bundle", "create", "-q", bundle.to_str().expect("UTF-8"), "--all"]);
        fs::read(bundle).expect("a bundle")
    })
}

fn registry(repo: &TestRepo) {
    repo.write("keelmark.yaml", "version: 1\n")
        .write(".gitignore", ".keelmark/\n")
        .write(
            PROMPT,
            "id: refund\nversion: 1.0.0\nowner: team\nschema:\n  inputs: [question]\n  outputs: [answer]\nchangelog:\n  - \"1.0.0: first\"\n",
        )
        .write(TEMPLATE, "Answer: {{ question }}\n")
        .write(
            MODEL,
            "id: script\nversion: 1.0.0\nowner: team\nprovider: {api: scripted, file: answers.yaml}\nchangelog:\n  - \"1.0.0: first\"\n",
        )
        .write("registry/models/script/answers.yaml", "default: {text: \"yes\"}\n")
        .write(
            "registry/suites/golden/suite.yaml",
            "id: golden\nversion: 1.0.0\nowner: team\ncases: cases.csv\ntarget: prompt/refund\nmodels: [model/script]\nbind: {question: input}\nchangelog: [\"1.0.0: first\"]\n",
        )
        .write(
            "registry/suites/golden/cases.csv",
            "case_id,domain,input,expected,metric\nC-1,Support,where,yes,exact\nC-2,Support,when,yes,exact\n",
        )
        .write(
            "registry/policies/gates.yaml",
            "gates:\n  - {metric: exact, aggregate: mean, bar: \">= 0.5\"}\n",
        )
        .write(
            COMPOSITE,
            "id: support_copilot\nversion: 1.6.0\nowner: team\nmembers:\n  model: script@1.0.0\n  prompt: refund@1.0.0\nsuites: [golden@1.0.0]\nchannels: [canary, production]\nchangelog:\n  - \"1.6.0: first\"\n",
        )
        .stage(".");
    repo.keelmark(&["seal"]).is(0);
}
