//! Text from the repository reaches nobody raw, whatever it holds.

use crate::desk::program;
use crate::support::{TestRepo, hermetic};

/// A colour, a line turned round, a hidden character, a bell and a workflow command.
const EVIL: &str = "\\e[31mred \\u202egnirts\\u202c \\u200b\\a ::error::x";
const EVIL_TEMPLATE: &str = "::stop-commands::x\n  ::add-mask::y\n##[error]z\n\u{1b}]0;title\u{7}{{ name }}\u{202e}abc\u{2066}\r\n::warning::{{ name }}\n\u{9b}31m\n";

fn evil() -> TestRepo {
    let repo = TestRepo::init();
    repo.write(
        "registry/prompts/evil/prompt.yaml",
        format!(
            "id: evil\nversion: 1.0.0\nowner: \"::error::owner {EVIL}\"\ndescription: \"::warning::desc {EVIL}\"\ntags: [\"{EVIL}\"]\nschema:\n  inputs: [name]\n  outputs: [text]\nlinks:\n  datasets: [\"::error::{EVIL}\"]\nchangelog:\n  - \"1.0.0: ::notice::{EVIL}\"\n"
        ),
    );
    repo.write("registry/prompts/evil/template.md", EVIL_TEMPLATE);
    repo.stage(".").commit("::error::subject \u{1b}[2J");
    repo
}

/// Runs a command in every format and looks at each line.
fn harmless(repo: &TestRepo, words: &[&str], formats: &[&str]) {
    for format in formats {
        let words = [words, &["--format", format]].concat();
        // What every run promises is checked by the desk: no raw control or bidi character.
        let ending = repo.keelmark(&words);
        for line in ending.out.lines().chain(ending.err.lines()) {
            let start = line.trim_start();
            let own =
                *format == "github" && line.starts_with("::") && line.contains("title=keelmark");
            assert!(
                own || !(start.starts_with("::") || start.starts_with("##[")),
                "{line}\n{ending}"
            );
        }
    }
}

#[test]
fn nothing_raw_reaches_stdout_or_stderr_in_any_format() {
    let repo = evil();
    let reports = ["human", "concise", "json", "sarif", "github", "gitlab", "markdown"];
    let listings = ["human", "json"];
    harmless(&repo, &["check", "--all"], &reports);
    for words in [
        &["list"][..],
        &["show", "evil"],
        &["log", "evil"],
        &["render", "evil", "--var", "name=\u{1b}[31m::error::"],
        &["seal", "--check"],
    ] {
        harmless(&repo, words, &listings);
    }
    // Now a change around each of those lines, so that they are shown as context and as change.
    repo.write(
        "registry/prompts/evil/template.md",
        EVIL_TEMPLATE.replace("##[error]z", "##[error]q\n::group::new \u{1b}[1m"),
    );
    repo.edit(
        "registry/prompts/evil/prompt.yaml",
        "outputs: [text]",
        "outputs: [\"::set-output\\e\"]",
    );
    repo.edit("registry/prompts/evil/prompt.yaml", "tags:", "\"::tgs\\e\\u202e\": 1\ntags:");
    harmless(&repo, &["check"], &reports);
    harmless(&repo, &["diff"], &reports);
    harmless(&repo, &["bump", "--base", "::error::\u{1b}"], &[]);
    let plain = |words: &[&str]| {
        let ending = repo.keelmark(words);
        for line in ending.out.lines().chain(ending.err.lines()) {
            assert!(!line.trim_start().starts_with("::"), "{line}\n{ending}");
        }
    };
    plain(&["bump", "--dry-run"]);
    plain(&["bump", "--dry-run", "-m", "::error::\u{1b}[31m\n::error::"]);
    plain(&["seal", "--dry-run"]);
    plain(&["mv", "evil", "good", "--dry-run"]);
    plain(&["show", "::error::\u{1b}"]);
    plain(&["new", "::error::\u{1b}", "x"]);
    plain(&["new", "prompt", "::error::\u{1b}"]);
    plain(&["new", "prompt", "x", "--owner", "::error::\u{1b}[1m", "--dry-run"]);
    plain(&["explain", "::error::\u{1b}"]);
    plain(&["list", "::error::\u{1b}"]);
    plain(&["check", "::error::\u{1b}"]);
    plain(&["check", "--rev", "::error::\u{1b}"]);
    plain(&["render", "evil", "--var", "::error::\u{1b}=1"]);
    plain(&["-C", "::error::\u{1b}", "check"]);
    plain(&["bump", "-m", "::error::\u{1b}[31m\n::error::"]);
    plain(&["check"]);
}

#[test]
fn a_file_with_a_dangerous_name_is_named_safely() {
    let repo = evil();
    repo.write("registry/prompts/\u{1b}[31m\u{202e}/prompt.yaml", "id: x\n");
    repo.write("registry/prompts/::error::x/prompt.yaml", "id: x\n");
    repo.write("registry/policies/::error::\u{1b}.yaml", "id: x\n");
    repo.write("registry/datasets/a\nb/dataset.yaml", "id: x\n");
    repo.stage(".");
    harmless(
        &repo,
        &["check"],
        &["human", "concise", "json", "sarif", "github", "gitlab", "markdown"],
    );
    harmless(&repo, &["list"], &["human", "json"]);
}

#[test]
fn colours_are_keelmarks_own() {
    let repo = evil();
    repo.write("registry/prompts/evil/template.md", format!("{EVIL_TEMPLATE}\u{1b}[7mmore\n"));
    for words in [&["check"][..], &["diff"]] {
        let mut command = std::process::Command::new(program());
        hermetic(&mut command, &repo.beside(""));
        let output =
            command.args(words).args(["--color", "always"]).current_dir(repo.path()).output();
        let out = String::from_utf8(output.expect("the program").stdout).expect("UTF-8");
        assert!(out.contains("\u{1b}["), "{out:?}");
        for foreign in ["\u{1b}[7m", "\u{1b}]0", "\u{9b}", "\u{202e}", "\u{7}"] {
            assert!(!out.contains(foreign), "{foreign:?} in {out:?}");
        }
    }
}
