//! A small registry, and the real program run in it.
#![allow(dead_code, reason = "each test crate uses its own part")]
#![allow(clippy::disallowed_methods, reason = "tests make the files and start the programs")]
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "clippy knows tests by their attribute, and not what they call"
)]

use std::ffi::OsString;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use keelmark::digest::Digest;
use serde_json::Value;

use crate::support::{TestRepo, hermetic};

/// The program under test.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_keelmark");

/// The file of the prompt that most tests change.
pub(crate) const GREET: &str = "registry/prompts/greet/prompt.yaml";
/// Its template.
pub(crate) const GREET_TEXT: &str = "registry/prompts/greet/template.md";
/// The file of a second prompt.
pub(crate) const ASK: &str = "registry/prompts/ask/prompt.yaml";
/// Its template.
pub(crate) const ASK_TEXT: &str = "registry/prompts/ask/template.md";

/// Nine lines and a greeting at the tenth, so that changes at both ends merge cleanly.
pub(crate) const TEXT: &str =
    "one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\nnine\nHello {{ name }}.\n";

/// Writes a prompt's YAML; the newest changelog line comes first and gives the version.
pub(crate) fn prompt(id: &str, inputs: &str, changelog: &[&str], text: &str) -> String {
    let version = changelog[0].split(':').next().expect("a version");
    let lines = changelog.join("\"\n  - \"");
    let digest = Digest::of(text.as_bytes());
    format!(
        "id: {id}\nversion: {version}\nowner: team\ndescription: says it\nschema:\n  \
         inputs: [{inputs}]\n  outputs: [answer]\nchangelog:\n  - \"{lines}\"\n\
         # What follows is written by the program.\n\
         checksums:\n  prompt_template_sha256: \"{digest}\"\n"
    )
}

/// Writes `greet` with its template.
pub(crate) fn greet(repo: &TestRepo, changelog: &[&str], text: &str) {
    repo.write(GREET, prompt("greet", "name", changelog, text)).write(GREET_TEXT, text);
}

/// Writes `ask` with its template.
pub(crate) fn ask(repo: &TestRepo, changelog: &[&str], text: &str) {
    repo.write(ASK, prompt("ask", "name", changelog, text)).write(ASK_TEXT, text);
}

/// The text with another first line.
pub(crate) fn top(word: &str) -> String {
    TEXT.replace("one\n", &format!("{word}\n"))
}

/// The text with another ninth line.
pub(crate) fn bottom(word: &str) -> String {
    TEXT.replace("nine\n", &format!("{word}\n"))
}

/// Writes the configuration and both prompts, and commits.
pub(crate) fn found(repo: &TestRepo) {
    repo.write("keelmark.yaml", "version: 1\n");
    greet(repo, &["1.0.0: first version"], TEXT);
    ask(repo, &["1.0.0: first version"], TEXT);
    repo.stage(".").commit("a registry");
}

/// A repository with a registry on `main`, without a remote.
pub(crate) fn registry() -> TestRepo {
    let repo = TestRepo::init();
    found(&repo);
    repo
}

/// A server with a registry, and a clone with the branch `work` checked out.
pub(crate) fn server_and_clone() -> (TestRepo, TestRepo) {
    let server = registry();
    let clone = TestRepo::clone_of(&server, &[]);
    clone.branch("work");
    (server, clone)
}

/// How a program ended and what it said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Said {
    pub(crate) fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let code = output.status.code().expect("an exit code");
        Self { code, out: text(&output.stdout), err: text(&output.stderr) }
    }

    /// Everything that was said.
    pub(crate) fn all(&self) -> String {
        format!("{}{}", self.out, self.err)
    }

    #[track_caller]
    pub(crate) fn ends(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}", self.all());
        self
    }

    #[track_caller]
    pub(crate) fn says(self, words: &str) -> Self {
        assert!(self.all().contains(words), "no `{words}` in:\n{}", self.all());
        self
    }

    #[track_caller]
    pub(crate) fn never_says(self, words: &str) -> Self {
        assert!(!self.all().contains(words), "`{words}` in:\n{}", self.all());
        self
    }
}

/// PATH with the program under test in front.
pub(crate) fn path_with_program() -> OsString {
    let own = Path::new(PROGRAM).parent().expect("a folder").to_path_buf();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = std::iter::once(own).chain(std::env::split_paths(&path)).collect();
    std::env::join_paths(folders).expect("a PATH")
}

/// PATH without any folder that holds the program.
pub(crate) fn path_without_program() -> OsString {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).filter(|folder| !folder.join("keelmark").exists());
    std::env::join_paths(folders.collect::<Vec<_>>()).expect("a PATH")
}

/// Returns the program in a folder, ready to be run.
pub(crate) fn command_in(repo: &TestRepo, folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(PROGRAM);
    hermetic(&mut command, &repo.beside(""));
    command
        .args(arguments)
        .current_dir(folder)
        .env("PATH", path_with_program())
        .stdin(Stdio::null());
    command
}

/// Runs the program in the work tree.
pub(crate) fn keelmark(repo: &TestRepo, arguments: &[&str]) -> Said {
    keelmark_with(repo, arguments, &[])
}

/// Runs the program in the work tree with more variables.
pub(crate) fn keelmark_with(
    repo: &TestRepo,
    arguments: &[&str],
    variables: &[(&str, &str)],
) -> Said {
    let mut command = command_in(repo, repo.path(), arguments);
    command.envs(variables.iter().copied());
    Said::of(&command.output().expect("the program"))
}

/// Runs git with the program on PATH, so that hooks find it.
pub(crate) fn git(repo: &TestRepo, arguments: &[&str]) -> Said {
    git_in(repo, repo.path(), arguments)
}

/// Runs git in a folder with the program on PATH.
pub(crate) fn git_in(repo: &TestRepo, folder: &Path, arguments: &[&str]) -> Said {
    let mut command = repo.command_in(folder, arguments);
    command.env("PATH", path_with_program()).env("GIT_EDITOR", "true").stdin(Stdio::null());
    Said::of(&command.output().expect("git"))
}

/// Runs git and types the answers to its questions.
pub(crate) fn git_answering(repo: &TestRepo, arguments: &[&str], answers: &str) -> Said {
    let mut command = repo.command(arguments);
    command
        .env("PATH", path_with_program())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().expect("git");
    child.stdin.take().expect("stdin").write_all(answers.as_bytes()).expect("answers");
    Said::of(&child.wait_with_output().expect("git"))
}

/// A report in JSON.
#[derive(Debug)]
pub(crate) struct Checked {
    pub(crate) code: i32,
    pub(crate) json: Value,
}

impl Checked {
    /// The ids of the rules of findings that are not inherited, in the report's order.
    pub(crate) fn rules(&self) -> Vec<&str> {
        let findings = self.json["findings"].as_array().expect("findings");
        findings
            .iter()
            .filter(|finding| finding["inherited"] == Value::Bool(false))
            .map(|finding| finding["rule"].as_str().expect("a rule"))
            .collect()
    }

    /// The entries that the change touches, with the status of each.
    pub(crate) fn touched(&self) -> Vec<(&str, &str)> {
        let entries = self.json["entries"].as_array().expect("entries");
        entries
            .iter()
            .map(|entry| {
                (
                    entry["entry"].as_str().expect("a name"),
                    entry["status"].as_str().expect("a status"),
                )
            })
            .collect()
    }

    /// One value of the report's `source`.
    pub(crate) fn source(&self, key: &str) -> &str {
        self.json["source"][key].as_str().unwrap_or_default()
    }

    /// The first finding of a rule.
    #[track_caller]
    pub(crate) fn finding(&self, rule: &str) -> &Value {
        let findings = self.json["findings"].as_array().expect("findings");
        let found = findings.iter().find(|finding| finding["rule"] == rule);
        found.unwrap_or_else(|| panic!("no {rule} in {:#}", self.json))
    }

    #[track_caller]
    pub(crate) fn is(self, code: i32, rules: &[&str]) -> Self {
        assert_eq!((self.code, self.rules()), (code, rules.to_vec()), "{:#}", self.json);
        self
    }
}

/// Checks the work tree.
pub(crate) fn check(repo: &TestRepo) -> Checked {
    check_with(repo, &[], &[])
}

/// Checks with more arguments and variables.
pub(crate) fn check_with(
    repo: &TestRepo,
    arguments: &[&str],
    variables: &[(&str, &str)],
) -> Checked {
    let words = [&["check", "--format", "json"], arguments].concat();
    let said = keelmark_with(repo, &words, variables);
    let json = serde_json::from_str(&said.out)
        .unwrap_or_else(|fault| panic!("{fault}; exit {}: {}", said.code, said.all()));
    Checked { code: said.code, json }
}

/// Reads a file of the work tree.
pub(crate) fn read(repo: &TestRepo, path: &str) -> String {
    fs::read_to_string(repo.path().join(path)).expect("a file")
}
