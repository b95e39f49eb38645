//! A registry with a suite, and the program in it.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::support::{TestRepo, hermetic};

/// The program under test.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_keelmark");

/// How the program ended and what it said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Said {
    /// Insists on an exit code.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.out, self.err);
        self
    }

    /// Insists that everything is said somewhere.
    #[track_caller]
    pub(crate) fn says(self, words: &[&str]) -> Self {
        for word in words {
            let said = self.out.contains(word) || self.err.contains(word);
            assert!(said, "`{word}` is not in\nstdout:\n{}\nstderr:\n{}", self.out, self.err);
        }
        self
    }

    /// Reads the JSON document on stdout.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out)
            .unwrap_or_else(|fault| panic!("{fault}:\n{}\n{}", self.out, self.err))
    }
}

/// The program in a repository, ready to be run; `variables` are all that it sees of an environment.
pub(crate) fn program(repo: &TestRepo, arguments: &[&str], variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(PROGRAM);
    hermetic(&mut command, &repo.beside("home"));
    command
        .args(arguments)
        .envs(variables.iter().copied())
        .current_dir(repo.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Runs the program with variables.
pub(crate) fn keelmark_with(
    repo: &TestRepo,
    arguments: &[&str],
    variables: &[(&str, &str)],
) -> Said {
    let output = program(repo, arguments, variables).output().expect("the program");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Said {
        code: output.status.code().expect("an exit code"),
        out: text(&output.stdout),
        err: text(&output.stderr),
    }
}

/// Runs the program.
pub(crate) fn keelmark(repo: &TestRepo, arguments: &[&str]) -> Said {
    keelmark_with(repo, arguments, &[])
}

/// Runs `eval run` and returns the only run of its JSON document.
#[track_caller]
pub(crate) fn run_json(repo: &TestRepo, arguments: &[&str], code: i32) -> Value {
    let words = [&["eval", "run"], arguments, &["--format", "json"]].concat();
    let document = keelmark(repo, &words).exits(code).json();
    let runs = document["runs"].as_array().expect("runs");
    assert_eq!(runs.len(), 1, "{document:#}");
    runs[0].clone()
}

/// The folder of the newest run.
pub(crate) fn newest(repo: &TestRepo) -> PathBuf {
    let folder = repo.path().join(".keelmark/runs");
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("runs")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    // Two runs of one second are told apart by their content, not by their order.
    found.sort_by_key(|run| run.join("run.json").metadata().and_then(|file| file.modified()).ok());
    found.pop().expect("a run")
}

/// The lines of a run's cases, in the order of the suite.
pub(crate) fn cases(repo: &TestRepo) -> Vec<Value> {
    let text = std::fs::read_to_string(newest(repo).join("cases.jsonl")).expect("cases");
    let mut cases: Vec<Value> =
        text.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect();
    cases.sort_by_key(|case| (case["index"].as_u64(), case["repeat"].as_u64()));
    cases
}

/// A prompt `ask` with one input, and a suite `golden` of some cases for it.
pub(crate) struct Registry<'a> {
    /// The rows of the CSV, below its header.
    pub(crate) rows: &'a str,
    /// The keys of the model's `provider`.
    pub(crate) provider: &'a str,
    /// Further keys of the model.
    pub(crate) model: &'a str,
    /// Further keys of the suite.
    pub(crate) suite: &'a str,
    /// The configuration below `version: 1`.
    pub(crate) config: &'a str,
}

impl Default for Registry<'_> {
    fn default() -> Self {
        Self {
            rows: "A,faq,one,yes,exact,1,,\nB,faq,two,yes,exact,1,,\nC,other,three,yes,exact,1,,\n",
            provider: "{api: scripted, file: answers.yaml}",
            model: "",
            suite: "",
            config: "",
        }
    }
}

/// The file of the scripted answers.
pub(crate) const ANSWERS: &str = "registry/models/m/answers.yaml";
/// The template of the prompt.
pub(crate) const TEMPLATE: &str = "registry/prompts/ask/template.md";
/// The gates.
pub(crate) const GATES: &str = "registry/policies/gates.yaml";

impl Registry<'_> {
    /// Writes the registry and commits it.
    pub(crate) fn found(&self) -> TestRepo {
        let repo = TestRepo::init();
        repo.write("keelmark.yaml", format!("version: 1\n{}", self.config));
        repo.write(
            "registry/prompts/ask/prompt.yaml",
            "id: ask\nversion: 1.0.0\nowner: team\nschema:\n  inputs: [question]\n  outputs: [answer]\nchangelog: [\"1.0.0: first version\"]\n",
        );
        repo.write(TEMPLATE, "Answer: {{ question }}\n");
        repo.write(
            "registry/models/m/model.yaml",
            format!(
                "id: m\nversion: 1.0.0\nowner: team\nprovider: {}\n{}",
                self.provider, self.model
            ),
        );
        repo.write(ANSWERS, "default: {text: \"yes\", usage: {input: 10, output: 2}}\n");
        repo.write(
            "registry/suites/golden/suite.yaml",
            format!(
                "id: golden\nversion: 1.0.0\nowner: team\ncases: cases.csv\ntarget: prompt/ask\nbind: {{question: input}}\nmodels: [model/m]\n{}",
                self.suite
            ),
        );
        repo.write(
            "registry/suites/golden/cases.csv",
            format!(
                "case_id,domain,input,expected,metric,pass_bar,guardrails,notes\n{}",
                self.rows
            ),
        );
        repo.stage(".").commit("a registry");
        repo
    }
}
