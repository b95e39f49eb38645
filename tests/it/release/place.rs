//! A product that is about to be released, with a bare remote beside it. It is made once and copied.

use std::sync::OnceLock;

use serde_json::Value;

use crate::desk::Ending;
use crate::people::Person;
use crate::support::TestRepo;

pub(super) const COMPOSITE: &str = "registry/composites/support_copilot/composite.yaml";
pub(super) const PROMPT: &str = "registry/prompts/billing_refund/prompt.yaml";
pub(super) const TEMPLATE: &str = "registry/prompts/billing_refund/template.md";
pub(super) const MODEL: &str = "registry/models/cust-copilot/model.yaml";
pub(super) const GATES: &str = "registry/policies/gates.yaml";
pub(super) const LEDGER: &str = "refs/heads/keelmark/ledger";
pub(super) const FIRST: &str = "release/support_copilot@1.0.0";
pub(super) const NEXT: &str = "release/support_copilot@1.1.0";
pub(super) const TAG: [&str; 3] = ["release", "tag", "support_copilot"];
pub(super) const PREPARE: [&str; 3] = ["release", "prepare", "support_copilot"];

/// Gates that every run here passes.
const GATES_OPEN: &str = "gates:\n  \
    - {category: exactness, metric: exact, aggregate: mean, bar: \">= 0.8\"}\n  \
    - {category: safety, metric: sev1_count, aggregate: sum, bar: \"== 0\"}\n";

/// The registry as it is committed first, without anything of a release.
fn registry(repo: &TestRepo) {
    repo.write(".gitignore", ".keelmark/\n")
        .write("keelmark.yaml", "version: 1\n")
        .write(
            COMPOSITE,
            "id: support_copilot\nversion: 1.0.0\nowner: platform-ai\nmembers:\n  \
             model: cust-copilot@1.4.2\n  prompt: billing_refund@1.0.0\n  data: golden_2025_09\n\
             roles: {data: evidence}\nsuites: [golden@1.0.0]\nchannels: [canary, production]\n\
             changelog: [\"1.0.0: first cut\"]\n",
        )
        .write(
            PROMPT,
            "id: billing_refund\nversion: 1.0.0\nowner: support-ops\n\
             schema: {inputs: [question], outputs: [answer]}\nchangelog: [\"1.0.0: first\"]\n",
        )
        .write(TEMPLATE, "Answer: {{ question }}\n")
        .write(
            MODEL,
            "id: cust-copilot\nversion: 1.4.2\nowner: ml-platform\n\
             provider: {api: scripted, file: answers.yaml}\n\
             pricing: {input_per_mtok_usd: 1, output_per_mtok_usd: 1}\nrisk_tier: medium\n\
             changelog: [\"1.4.2: first\"]\n",
        )
        .write(
            "registry/models/cust-copilot/answers.yaml",
            "answers:\n  - {when: {prompt_contains: Badly}, text: \"no\"}\n\
             default: {text: \"yes\", usage: {input: 10, output: 2}}\n",
        )
        .write(
            "registry/datasets/golden_2025_09/dataset.yaml",
            "id: golden_2025_09\nversion: 1.0.0\nowner: data-science\nrow_key: case_id\n\
             files: [{path: cases.csv}]\nprovenance: {source: by hand, license: CC0-1.0, pii: none}\n\
             license: CC0-1.0\nchangelog: [\"1.0.0: first\"]\n",
        )
        .write(
            "registry/datasets/golden_2025_09/cases.csv",
            "case_id,domain,input,expected,metric,pass_bar,guardrails,notes\n\
             A,Support,Is it?,yes,exact,,no_pii,\nB,Support,Was it?,yes,exact,,no_pii,\n",
        )
        .write(
            "registry/suites/golden/suite.yaml",
            "id: golden\nversion: 1.0.0\nowner: data-science\ncases: dataset/golden_2025_09\n\
             target: prompt/billing_refund\nmodels: [model/cust-copilot@1.4.2]\n\
             bind: {question: input}\nwhen: [pr, release]\nchangelog: [\"1.0.0: first\"]\n",
        )
        .write(GATES, GATES_OPEN);
}

/// A repository that came of a recipe, made once a process and copied for each test.
fn copy(kept: &'static OnceLock<TestRepo>, make: fn() -> TestRepo) -> TestRepo {
    let repo = TestRepo::copy_of(kept.get_or_init(make));
    repo.run(&["remote", "set-url", "origin", &remote(&repo)]);
    repo
}

/// 1.0.0 is merged, measured and written about: only the tag is missing.
pub(super) fn ready() -> TestRepo {
    static MADE: OnceLock<TestRepo> = OnceLock::new();
    copy(&MADE, || ready_in(&[]))
}

/// The same in a repository of any format.
pub(super) fn ready_in(format: &[&str]) -> TestRepo {
    let repo = TestRepo::init_with(format);
    registry(&repo);
    founded(&repo);
    measured(&repo);
    repo
}

/// Seals and commits a registry, prepares its release, and makes the remote.
fn founded(repo: &TestRepo) {
    known(repo);
    repo.stage(".");
    repo.keelmark(&["seal"]).is(0);
    repo.stage(".").commit("a registry");
    prepared(repo);
    let remote = remote(repo);
    repo.run(&["clone", "-q", "--bare", ".", &remote]);
    repo.run(&["remote", "add", "origin", &remote]);
    repo.run(&["fetch", "-q", "origin"]);
    repo.run(&["branch", "-q", "-u", "origin/main"]);
}

/// The same product with a model of high risk and a list of keys: `ci` signs runs, `bob` approves,
/// and `eve` may do neither. 1.0.0 is merged, measured by CI and written about.
pub(super) struct Guarded {
    pub(super) repo: TestRepo,
    pub(super) people: &'static People,
}

/// Who sits at a guarded product.
pub(super) struct People {
    /// Their keys are beside it.
    _keys: TestRepo,
    pub(super) bob: Person,
    pub(super) ci: Person,
    pub(super) eve: Person,
}

impl Guarded {
    pub(super) fn ready() -> Self {
        static MADE: OnceLock<TestRepo> = OnceLock::new();
        Self { repo: copy(&MADE, || Self::make(GATES_OPEN)), people: Self::people() }
    }

    /// One whose gate of costs is closed, under some heading.
    pub(super) fn closed(heading: &str) -> Self {
        let gate = format!(
            "  - {{category: {heading}, metric: cost_usd, aggregate: mean, bar: \"<= 0.000001\"}}\n"
        );
        Self { repo: Self::make(&format!("{GATES_OPEN}{gate}")), people: Self::people() }
    }

    /// One whose gates of costs and of exactness are closed.
    pub(super) fn twice_closed() -> Self {
        let gates = GATES_OPEN.replace(">= 0.8", ">= 2")
            + "  - {category: cost, metric: cost_usd, aggregate: mean, bar: \"<= 0.000001\"}\n";
        Self { repo: Self::make(&gates), people: Self::people() }
    }

    fn people() -> &'static People {
        static PEOPLE: OnceLock<People> = OnceLock::new();
        PEOPLE.get_or_init(|| {
            let keys = TestRepo::init();
            let [bob, ci, eve] = ["bob", "ci", "eve"].map(|name| Person::new(&keys, name));
            People { _keys: keys, bob, ci, eve }
        })
    }

    fn make(gates: &str) -> TestRepo {
        let People { bob, ci, eve, .. } = Self::people();
        let repo = TestRepo::init();
        registry(&repo);
        repo.edit(MODEL, "risk_tier: medium", "risk_tier: high")
            .write(GATES, gates)
            .write("keelmark.yaml", "version: 1\napprovers: [bob@example.com]\n")
            .write("allowed_signers", [bob.line(), ci.line(), eve.line()].concat());
        founded(&repo);
        ci.sits_at(&repo);
        let words = ["eval", "run", "golden", "--when", "release", "--record", "--sign", "--push"];
        let ending = repo.keelmark(&words);
        assert!(ending.err.contains("recorded"), "{ending}");
        known(&repo);
        repo
    }
}

/// Insists that a command is refused and that nothing moved, here or at the remote.
#[track_caller]
pub(super) fn refused(repo: &TestRepo, code: i32, words: &[&str]) -> Ending {
    let before = (references(repo), at_remote(repo, &["for-each-ref"]), repo.files());
    let ending = repo.keelmark(words).is(code);
    assert_eq!(references(repo), before.0, "{ending}");
    assert_eq!(at_remote(repo, &["for-each-ref"]), before.1, "{ending}");
    assert!(repo.files() == before.2, "{ending}");
    ending
}

/// 1.0.0 is released, and a new prompt is merged.
pub(super) fn released() -> TestRepo {
    static MADE: OnceLock<TestRepo> = OnceLock::new();
    copy(&MADE, || {
        let repo = ready();
        repo.keelmark(&[&TAG[..], &["--push"]].concat()).is(0);
        repo.write(TEMPLATE, "Answer with care: {{ question }}\n");
        repo.keelmark(&["bump", "billing_refund", "-m", "takes care"]).is(0).says("1.1.0");
        merged(&repo, "prompt 1.1.0");
        repo
    })
}

/// 1.1.0 is merged, measured and written about.
pub(super) fn next() -> TestRepo {
    static MADE: OnceLock<TestRepo> = OnceLock::new();
    copy(&MADE, || {
        let repo = released();
        prepared(&repo);
        push(&repo);
        measured(&repo);
        repo
    })
}

/// Writes everything of a release, with words in the places that wait for some, and commits.
pub(super) fn prepared(repo: &TestRepo) {
    repo.keelmark(&PREPARE).is(0);
    write_words(repo);
    repo.stage(".").commit("a release");
}

/// Writes words in the places of decision records that wait for some.
pub(super) fn write_words(repo: &TestRepo) {
    for path in decisions(repo) {
        let text = repo.read(&path);
        repo.write(&path, text.replace("TODO(author): ", "our own words: "));
    }
}

/// The decision records, the oldest release first.
pub(super) fn decisions(repo: &TestRepo) -> Vec<String> {
    let files = repo.files().into_keys();
    let paths = files.filter_map(|path| path.to_str().map(ToOwned::to_owned));
    let mut found: Vec<String> = paths.filter(|path| path.starts_with("docs/adr/2")).collect();
    found.sort();
    found
}

/// Runs the suite on the commit and puts the run into the ledger, here and at the remote.
pub(super) fn measured(repo: &TestRepo) {
    let words = ["eval", "run", "golden", "--when", "release", "--record", "--push"];
    repo.keelmark(&words).is(0).says("recorded");
}

/// Commits everything and pushes the branch.
pub(super) fn merged(repo: &TestRepo, message: &str) {
    repo.stage(".").commit(message);
    push(repo);
}

/// Pushes the branch.
pub(super) fn push(repo: &TestRepo) {
    repo.run(&["push", "-q", "origin", "main"]);
    repo.run(&["fetch", "-q", "origin"]);
}

/// Tells git who is there.
pub(super) fn known(repo: &TestRepo) {
    repo.run(&["config", "user.name", "Ada"]);
    repo.run(&["config", "user.email", "ada@example.com"]);
}

/// The bare remote beside a repository.
pub(super) fn remote(repo: &TestRepo) -> String {
    repo.beside("remote.git").to_str().expect("UTF-8").to_owned()
}

/// Runs git at the remote.
pub(super) fn at_remote(repo: &TestRepo, words: &[&str]) -> String {
    repo.run(&[&["-C", remote(repo).as_str()], words].concat())
}

/// Another manager's clone of the remote.
pub(super) fn colleague(repo: &TestRepo, arguments: &[&str]) -> TestRepo {
    let clone = TestRepo::clone_at(repo, &remote(repo), arguments);
    clone.run(&["config", "user.name", "Bob"]);
    clone.run(&["config", "user.email", "bob@example.com"]);
    clone
}

/// The records of a ledger of one kind, the oldest first, read with plain git.
pub(super) fn records(repo: &TestRepo, kind: &str) -> Vec<Value> {
    let known = repo.run(&["for-each-ref", LEDGER]);
    if known.is_empty() {
        return Vec::new();
    }
    let commits =
        repo.run(&["log", "--reverse", "--format=%H", "--name-only", LEDGER, "--", "records"]);
    let paths = commits.lines().filter(|line| line.starts_with("records/"));
    let read = |path: &str| -> Value {
        let text = repo.run(&["show", &format!("{LEDGER}:{path}")]);
        serde_json::from_str(&text).expect("JSON")
    };
    paths.map(read).filter(|record| record["kind"] == kind).collect()
}

/// What a channel's file says, read with plain git.
pub(super) fn channel(repo: &TestRepo, name: &str) -> Option<Value> {
    let output = repo.try_run(&["show", &format!("{LEDGER}:channels/{name}.json")]);
    let text = output.status.success().then_some(output.stdout)?;
    serde_json::from_slice(&text).ok()
}

/// Every reference with its object.
pub(super) fn references(repo: &TestRepo) -> String {
    repo.run(&["for-each-ref", "--format=%(refname) %(objectname)"])
}

/// Insists that no reference leads to what is not there, and that a release has its tag exactly
/// where the ledger has its record.
#[track_caller]
pub(super) fn sound(repo: &TestRepo) {
    let checked = repo.try_run(&["fsck", "--connectivity-only", "--no-dangling"]);
    assert!(checked.status.success(), "{checked:?}");
    let tags =
        repo.run(&["for-each-ref", "--format=%(refname:short) %(objectname)", "refs/tags/release"]);
    let recorded: Vec<String> = records(repo, "release")
        .iter()
        .map(|record| {
            let payload = &record["payload"];
            let word = |key: &str| payload[key].as_str().expect("a text").to_owned();
            format!("{} {}", word("tag"), word("tag_object"))
        })
        .collect();
    for tag in tags.lines() {
        assert!(recorded.iter().any(|found| found == tag), "{tag} is in no record: {recorded:?}");
    }
}
