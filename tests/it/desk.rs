//! Where a person sits: runs the program in a repository and reads what it says.
//!
//! Whatever is run here is held to what every run promises: no raw control characters, no panic,
//! an exit code of the contract, and JSON that its schema in `schemas/output/` accepts.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use jsonschema::{Draft, Validator};
use keelmark::escape::is_dangerous;
use serde_json::Value;

use crate::support::{TestRepo, hermetic};

/// How a run ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Ending {
    words: String,
    /// The exit code.
    pub(crate) code: i32,
    /// What went to stdout.
    pub(crate) out: String,
    /// What went to stderr.
    pub(crate) err: String,
}

impl Ending {
    /// Insists on an exit code.
    #[track_caller]
    pub(crate) fn is(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self}");
        self
    }

    /// Insists on words on stdout or stderr; how lines are wrapped does not matter.
    #[track_caller]
    pub(crate) fn says(self, words: &str) -> Self {
        assert!(self.flat().contains(&flat(words)), "nothing says `{words}`\n{self}");
        self
    }

    /// Insists that some words are neither on stdout nor on stderr.
    #[track_caller]
    pub(crate) fn leaves_out(self, words: &str) -> Self {
        assert!(!self.flat().contains(&flat(words)), "something says `{words}`\n{self}");
        self
    }

    /// Returns stdout as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|fault| panic!("{fault}\n{self}"))
    }

    fn flat(&self) -> String {
        flat(&format!("{}\n{}", self.out, self.err))
    }

    /// What every run promises.
    #[track_caller]
    fn keeps_the_promises(&self) {
        assert!((0..=4).contains(&self.code), "{self}");
        assert!(!self.err.contains("panicked"), "{self}");
        if !self.words.contains("completions") && !self.words.contains("--color always") {
            for stream in [&self.out, &self.err] {
                let raw = stream.chars().find(|c| *c != '\n' && is_dangerous(*c));
                assert_eq!(raw, None, "{self}");
            }
        }
        if self.words.contains("--format json") && !self.out.is_empty() {
            conforms(&self.json());
        }
    }
}

impl std::fmt::Display for Ending {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { words, code, out, err } = self;
        write!(f, "$ keelmark {words}\n── exit {code}\n── stdout\n{out}\n── stderr\n{err}")
    }
}

/// Takes line ends, indentation and the drawing's bars out of a text.
fn flat(text: &str) -> String {
    text.replace(['│', '×', '⚠', '☞'], " ").split_whitespace().collect::<Vec<_>>().join(" ")
}

impl TestRepo {
    /// Runs the program in the work tree's folder.
    #[track_caller]
    pub(crate) fn keelmark(&self, words: &[&str]) -> Ending {
        self.keelmark_in(self.path(), words, &[])
    }

    /// Runs the program with more variables.
    #[track_caller]
    pub(crate) fn keelmark_with(&self, words: &[&str], variables: &[(&str, &str)]) -> Ending {
        self.keelmark_in(self.path(), words, variables)
    }

    /// Runs the program in some folder.
    #[track_caller]
    pub(crate) fn keelmark_in(
        &self,
        folder: &Path,
        words: &[&str],
        variables: &[(&str, &str)],
    ) -> Ending {
        let mut command = Command::new(program());
        hermetic(&mut command, &self.beside(""));
        let output = command
            .args(words)
            .envs(variables.iter().copied())
            .current_dir(folder)
            .stdin(Stdio::null())
            .output()
            .expect("the program");
        let ending = Ending {
            words: words.join(" "),
            code: output.status.code().expect("no signal"),
            out: String::from_utf8(output.stdout).expect("UTF-8 on stdout"),
            err: String::from_utf8(output.stderr).expect("UTF-8 on stderr"),
        };
        ending.keeps_the_promises();
        ending
    }

    /// Runs the program until it reaches a step, and ends it there as a power cut would. Whatever it
    /// left behind, no reference names an object that is not there.
    #[track_caller]
    pub(crate) fn killed_at(&self, step: &str, words: &[&str]) {
        let mut command = Command::new(program());
        hermetic(&mut command, &self.beside(""));
        command.args(words).env("KEELMARK_CRASH_AT", step).current_dir(self.path());
        let output = command.stdin(Stdio::null()).output().expect("the program");
        assert_eq!(output.status.code(), None, "`{step}` is not reached: {output:?}");
        self.every_reference_holds();
    }

    /// Insists that every reference names an object that is there, with all that it leads to.
    #[track_caller]
    pub(crate) fn every_reference_holds(&self) {
        self.run(&["fsck", "--strict", "--no-dangling", "--connectivity-only"]);
        for name in self.run(&["for-each-ref", "--format=%(refname)"]).lines() {
            self.run(&["rev-list", "--objects", "--quiet", name]);
        }
    }

    /// Runs the program twice with `--format json` and insists on equal bytes.
    #[track_caller]
    pub(crate) fn json(&self, code: i32, words: &[&str]) -> Value {
        let words = [words, &["--format", "json"]].concat();
        let first = self.keelmark(&words).is(code);
        assert_eq!(first, self.keelmark(&words), "the same question, another answer");
        first.json()
    }

    /// Returns the text of a file of the work tree.
    #[track_caller]
    pub(crate) fn read(&self, path: &str) -> String {
        String::from_utf8(self.bytes(path)).expect("UTF-8")
    }

    /// Returns the bytes of a file of the work tree.
    #[track_caller]
    pub(crate) fn bytes(&self, path: &str) -> Vec<u8> {
        fs::read(self.path().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
    }

    /// Says whether a file or folder is in the work tree.
    pub(crate) fn has(&self, path: &str) -> bool {
        self.path().join(path).exists()
    }

    /// Replaces a text that must be there, in a file of the work tree.
    #[track_caller]
    pub(crate) fn edit(&self, path: &str, old: &str, new: &str) -> &Self {
        let text = self.read(path);
        assert!(text.contains(old), "`{old}` is not in {path}:\n{text}");
        self.write(path, text.replacen(old, new, 1))
    }

    /// Returns every file below the work tree, git's own left out, with its bytes.
    pub(crate) fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut files = BTreeMap::new();
        let mut folders = vec![self.path().to_path_buf()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                if path.is_dir() && path.file_name().is_some_and(|name| name != ".git") {
                    folders.push(path);
                } else if path.is_file() {
                    let name = path.strip_prefix(self.path()).expect("below").to_path_buf();
                    files.insert(name, fs::read(&path).expect("a file"));
                }
            }
        }
        files
    }
}

/// Writes a program. Another process does it: while this one has the file open for writing, a test
/// beside it may start a child that has it open too, and then nobody may run it.
pub(crate) fn script(path: &Path, text: &str) {
    let mut shell = Command::new("sh");
    shell.args(["-c", "mkdir -p \"$(dirname \"$1\")\" && cat > \"$1\" && chmod +x \"$1\"", "sh"]);
    let mut child = shell.arg(path).stdin(Stdio::piped()).spawn().expect("sh");
    child.stdin.take().expect("a pipe").write_all(text.as_bytes()).expect("written");
    assert!(child.wait().expect("sh").success());
}

/// The program under test.
pub(crate) const fn program() -> &'static str {
    env!("CARGO_BIN_EXE_keelmark")
}

/// Returns the rules that a report names, in its order.
pub(crate) fn rules(report: &Value) -> Vec<&str> {
    let findings = report["findings"].as_array().expect("findings");
    findings.iter().map(|finding| finding["rule"].as_str().expect("a rule")).collect()
}

/// Returns the only finding of a rule.
#[track_caller]
pub(crate) fn finding<'a>(report: &'a Value, rule: &str) -> &'a Value {
    let findings = report["findings"].as_array().expect("findings");
    let found: Vec<&Value> = findings.iter().filter(|finding| finding["rule"] == rule).collect();
    assert_eq!(found.len(), 1, "`{rule}` in {:?}", rules(report));
    found[0]
}

/// Insists that a document is what the schema that it names says.
#[track_caller]
fn conforms(document: &Value) {
    let faults = faults(document);
    assert!(faults.is_empty(), "{faults:#?}\n{document:#}");
}

/// Returns what the schema that a document names has against it.
#[track_caller]
pub(crate) fn faults(document: &Value) -> Vec<String> {
    let name = document["schema"].as_str().expect("the name of a schema");
    let validator = schemas().get(name).unwrap_or_else(|| panic!("there is no schema `{name}`"));
    validator.iter_errors(document).map(|e| format!("{}: {e}", e.instance_path())).collect()
}

fn schemas() -> &'static BTreeMap<String, Validator> {
    static SCHEMAS: OnceLock<BTreeMap<String, Validator>> = OnceLock::new();
    SCHEMAS.get_or_init(|| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/output");
        let files = fs::read_dir(folder).expect("the schemas of the output");
        files
            .map(|file| {
                let path = file.expect("a file").path();
                let text = fs::read_to_string(&path).expect("UTF-8");
                let schema: Value = serde_json::from_str(&text).expect("JSON");
                jsonschema::meta::validate(&schema).expect("a schema");
                let name = schema["properties"]["schema"]["const"].as_str().expect("a name");
                assert_eq!(
                    path.file_name().and_then(|file| file.to_str()),
                    Some(format!("{name}.schema.json").as_str())
                );
                let validator =
                    jsonschema::options().with_draft(Draft::Draft202012).offline().build(&schema);
                (name.to_owned(), validator.expect("a schema"))
            })
            .collect()
    })
}
