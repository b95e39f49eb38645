use std::io::Write as _;
use std::process::{Command, Stdio};

use clap::CommandFactory as _;
use keelmark::cli::args::Cli;

use crate::support::TestRepo;

#[test]
fn every_rule_has_a_page() {
    let repo = TestRepo::init();
    let rules = repo.json(0, &["rules"]);
    let rules = rules["rules"].as_array().expect("rules");
    assert!(rules.len() > 100, "{}", rules.len());
    let human = repo.keelmark(&["rules"]).is(0);
    for rule in rules {
        let id = rule["id"].as_str().expect("an id");
        assert!(human.out.contains(&format!("  {id} ")), "{id}");
        let page = repo.keelmark(&["explain", id]).is(0);
        assert!(page.out.starts_with(&format!("## {id}\n")), "{page}");
        assert!(page.out.lines().count() > 2, "{page}");
    }
    repo.keelmark(&["explain", "version-bump-insuficient"])
        .is(2)
        .says("did you mean `version-bump-insufficient`?");
    repo.keelmark(&["explain", "xyzzy"]).is(2).says("keelmark rules");
}

#[test]
fn completions_exist_and_bash_reads_its_own() {
    let repo = TestRepo::init();
    for shell in ["bash", "zsh", "fish"] {
        let script = repo.keelmark(&["completions", shell]).is(0);
        assert!(script.out.contains("keelmark") && script.out.contains("bump"), "{shell}");
        if shell == "bash" {
            let mut bash = Command::new("bash")
                .args(["--norc", "-n"])
                .stdin(Stdio::piped())
                .spawn()
                .expect("bash");
            let mut input = bash.stdin.take().expect("a pipe");
            input.write_all(script.out.as_bytes()).expect("written");
            drop(input);
            assert!(bash.wait().expect("an ending").success());
        }
    }
    repo.keelmark(&["completions", "tcsh"]).is(2);
}

#[test]
fn there_is_a_manual_page_for_every_verb() {
    let repo = TestRepo::init();
    repo.keelmark(&["man", "man"]).is(0);
    assert!(repo.read("man/keelmark.1").contains(".TH keelmark 1"));
    for command in Cli::command().get_subcommands() {
        let page = repo.read(&format!("man/keelmark-{}.1", command.get_name()));
        assert!(page.contains("Examples"), "{}", command.get_name());
    }
}

#[test]
fn every_verb_has_help_with_two_examples() {
    let repo = TestRepo::init();
    let mut open: Vec<(Vec<String>, clap::Command)> = vec![(Vec::new(), Cli::command())];
    while let Some((words, command)) = open.pop() {
        let words: Vec<&str> = words.iter().map(String::as_str).chain(["--help"]).collect();
        let help = repo.keelmark(&words).is(0);
        let (_, examples) = help.out.split_once("Examples:").unwrap_or_else(|| panic!("{help}"));
        assert!(examples.lines().filter(|l| l.contains("keelmark ")).count() >= 2, "{help}");
        for child in command.get_subcommands() {
            let mut path: Vec<String> = words.iter().map(ToString::to_string).collect();
            path.pop();
            path.push(child.get_name().to_owned());
            open.push((path, child.clone()));
        }
    }
}

#[test]
fn a_flag_or_verb_that_is_mistyped_gets_a_suggestion() {
    let repo = TestRepo::init();
    repo.keelmark(&["chek"]).is(2).says("'check'");
    repo.keelmark(&["check", "--stagd"]).is(2).says("'--staged'");
    repo.keelmark(&[]).is(2);
    repo.keelmark(&["eval", "run"]).is(2);
    let version = repo.keelmark(&["--version"]).is(0);
    assert_eq!(version.out, format!("keelmark {}\n", env!("CARGO_PKG_VERSION")));
}
