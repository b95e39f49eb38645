//! What `init` writes for GitHub, and the action: what they may do, and what their steps do.
//!
//! A step is run as GitHub runs it, by bash with its variables and nothing else. Expressions are
//! replaced from a table; one that is not in the table fails the test.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::desk::{program, script};
use crate::shop::identify;
use crate::support::{TestRepo, hermetic};

const CHECK: &str = include_str!("../../templates/init/github/workflows/keelmark.yml");
const EVAL: &str = include_str!("../../templates/init/github/workflows/keelmark-eval.yml");
const ROLLBACK: &str = include_str!("../../templates/init/github/workflows/keelmark-rollback.yml");
const GITLAB: &str = include_str!("../../templates/init/gitlab/keelmark.gitlab-ci.yml");
const ACTION: &str = include_str!("../../action.yml");

fn parsed(text: &str) -> Value {
    serde_saphyr::from_str(text).expect("YAML")
}

/// The jobs of a workflow, by name.
fn jobs(workflow: &Value) -> Vec<(&str, &Value)> {
    let jobs = workflow["jobs"].as_object().expect("jobs");
    jobs.iter().map(|(name, job)| (name.as_str(), job)).collect()
}

fn steps(of: &Value) -> Vec<&Value> {
    of["steps"].as_array().expect("steps").iter().collect()
}

/// The step of a job with a name.
fn step<'a>(of: &'a Value, name: &str) -> &'a Value {
    let found = steps(of).into_iter().find(|step| step["name"] == name);
    found.unwrap_or_else(|| panic!("no step {name}"))
}

/// The permissions that a job has, as `contents: read`.
fn permissions(job: &Value) -> Vec<String> {
    let given = job["permissions"].as_object().expect("permissions of a job");
    given.iter().map(|(name, what)| format!("{name}: {}", what.as_str().expect("text"))).collect()
}

#[test]
fn every_job_has_the_least_permissions_that_do() {
    let expected = [
        (CHECK, "check", "contents: read"),
        (CHECK, "fix", "contents: write"),
        (CHECK, "recheck", "actions: write"),
        (EVAL, "eval", "contents: read"),
        (EVAL, "comment", "pull-requests: write"),
        (ROLLBACK, "rollback", "contents: write"),
    ];
    let mut seen = 0;
    for text in [CHECK, EVAL, ROLLBACK] {
        let workflow = parsed(text);
        assert_eq!(workflow["permissions"], serde_json::json!({}), "nothing by default");
        for (name, job) in jobs(&workflow) {
            let found = expected.iter().find(|(of, job, _)| *of == text && *job == name);
            let (_, _, permission) = found.unwrap_or_else(|| panic!("{name} is new"));
            assert_eq!(permissions(job), [*permission], "{name}");
            assert!(job["timeout-minutes"].as_u64().is_some(), "{name} ends by itself");
            seen += 1;
        }
    }
    assert_eq!(seen, expected.len());
}

#[test]
fn actions_are_named_by_their_commit_and_keep_no_credentials() {
    for (text, keeps) in [(CHECK, false), (EVAL, false), (ROLLBACK, true)] {
        let workflow = parsed(text);
        for (name, job) in jobs(&workflow) {
            for step in steps(job).into_iter().filter(|step| step["uses"].is_string()) {
                let uses = step["uses"].as_str().expect("text");
                let (action, commit) = uses.split_once('@').expect("a commit");
                assert_eq!(action, "actions/checkout", "{name}");
                let hexadecimal = commit.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f'));
                assert!(commit.len() == 40 && hexadecimal, "{name}: {uses}");
                assert_eq!(step["with"]["persist-credentials"], Value::Bool(keeps), "{name}");
            }
        }
    }
    let action = parsed(ACTION);
    assert!(steps(&action["runs"]).iter().all(|step| step["uses"].is_null()));
}

/// What comes from an event is a value, never text of a script.
#[test]
fn no_script_holds_an_expression() {
    for text in [CHECK, EVAL, ROLLBACK, ACTION] {
        let workflow = parsed(text);
        let holders: Vec<&Value> = match workflow["jobs"].as_object() {
            Some(jobs) => jobs.values().collect(),
            None => vec![&workflow["runs"]],
        };
        for step in holders.into_iter().flat_map(steps) {
            let script = step["run"].as_str().unwrap_or_default();
            assert!(!script.contains("${{"), "{script}");
        }
    }
}

#[test]
fn secrets_are_where_nothing_of_a_change_is_checked_out() {
    for text in [CHECK, ROLLBACK, ACTION, GITLAB] {
        assert!(!text.contains("secrets."), "{text}");
        assert!(!text.contains("pull_request_target:"), "{text}");
    }
    let workflow = parsed(EVAL);
    let events: Vec<&String> = workflow["on"].as_object().expect("events").keys().collect();
    assert_eq!(events, ["pull_request_target"]);
    // Only somebody who sets the label starts it, for the commit that was there then.
    assert_eq!(workflow["on"]["pull_request_target"]["types"], serde_json::json!(["labeled"]));
    for (name, job) in jobs(&workflow) {
        let text = job.to_string();
        assert_eq!(text.contains("secrets."), name == "eval", "{name}");
        for step in steps(job) {
            // Without `ref` and `repository` it is the base that is checked out.
            assert!(step["with"]["ref"].is_null() && step["with"]["repository"].is_null());
            let script = step["run"].as_str().unwrap_or_default();
            for word in ["checkout", "switch", "restore", "worktree", "merge", "pull", "apply"] {
                let typed = format!("git {word}");
                assert!(!script.contains(&typed), "{script}");
            }
            // The token of the workflow and the keys are never in one step.
            let variables = step["env"].to_string();
            assert!(!(variables.contains("secrets.") && variables.contains("github.token")));
        }
    }
    let eval = &workflow["jobs"]["eval"];
    assert_eq!(eval["environment"], "keelmark-eval");
    let labelled = eval["if"].as_str().expect("a condition");
    assert_eq!(labelled, "github.event.label.name == 'keelmark:eval'");
}

#[test]
fn what_writes_to_a_branch_leaves_forks_alone() {
    let same = "github.event.pull_request.head.repo.full_name == github.repository";
    let workflow = parsed(CHECK);
    let condition = workflow["jobs"]["fix"]["if"].as_str().expect("a condition");
    assert!(condition.contains(same) && condition.contains("vars.KEELMARK_FIX == 'true'"));
    let action = parsed(ACTION);
    for name in ["write", "push"] {
        let condition = step(&action["runs"], name)["if"].as_str().expect("a condition");
        assert!(condition.contains(same) && condition.contains("inputs.fix == 'true'"), "{name}");
    }
}

/// Package managers read what lies in the folder that they are started in.
#[test]
fn the_program_is_installed_where_nothing_of_a_change_lies() {
    let mut seen = 0;
    for text in [CHECK, EVAL, ROLLBACK] {
        let workflow = parsed(text);
        for (name, job) in jobs(&workflow) {
            let steps = steps(job);
            let at = |wanted: &dyn Fn(&Value) -> bool| steps.iter().position(|step| wanted(step));
            let install = at(&|step| step["run"].as_str().is_some_and(|run| run.contains("pipx ")));
            let Some(install) = install else { continue };
            let checkout = at(&|step| step["uses"].is_string()).expect("a checkout");
            assert!(install < checkout, "{name}");
            seen += 1;
        }
    }
    assert_eq!(seen, 4);
    let action = parsed(ACTION);
    let install = step(&action["runs"], "install");
    assert_eq!(install["working-directory"], "${{ github.action_path }}");
}

/// The action does what the workflow does.
#[test]
fn the_action_and_the_workflow_run_the_same_scripts() {
    let (workflow, action) = (parsed(CHECK), parsed(ACTION));
    for (job, name) in [("check", "check"), ("fix", "write"), ("fix", "push")] {
        let theirs = step(&workflow["jobs"][job], name);
        let ours = step(&action["runs"], name);
        assert_eq!(theirs["run"], ours["run"], "{name}");
    }
}

/// The summary of both is the report as Markdown, and no other format or program makes it.
#[test]
fn the_summary_is_the_report_as_markdown() {
    let (workflow, action) = (parsed(CHECK), parsed(ACTION));
    for step in [step(&workflow["jobs"]["check"], "check"), step(&action["runs"], "check")] {
        let script = step["run"].as_str().expect("a script");
        assert!(script.contains("--format markdown -o \"$REPORT\""), "{script}");
        assert!(script.contains("cat \"$REPORT\" >> \"$GITHUB_STEP_SUMMARY\""), "{script}");
        assert!(!script.contains("sed "), "{script}");
    }
}

#[test]
fn gitlab_gets_the_report_as_code_quality_and_the_check_decides() {
    let job = &parsed(GITLAB)["keelmark"];
    let artifact = job["artifacts"]["reports"]["codequality"].as_str().expect("a file");
    assert_eq!(job["artifacts"]["when"], "always", "a check that fails has a report too");
    let lines: Vec<&str> =
        job["script"].as_array().expect("lines").iter().filter_map(Value::as_str).collect();
    assert_eq!(lines.last(), Some(&"keelmark check --rev HEAD"));
    let (server, contributor) = server_and_contributor();
    let head = other_words(&contributor);
    let desk = TestRepo::clone_of(&server, &[]);
    desk.run(&["checkout", "-q", "--detach", &head]);
    let mut runner = Runner::new(&desk);
    runner
        .set("CI_PROJECT_DIR", desk.path().to_str().expect("UTF-8"))
        .set("CI_DEFAULT_BRANCH", "main")
        .set("GIT_CONFIG_GLOBAL", desk.beside("gitconfig").to_str().expect("UTF-8"));
    let script = serde_json::json!({ "run": lines.join("\n") });
    let done = runner.run(&script).is(4);
    assert!(done.all.contains("version-unchanged"), "{}", done.all);
    let report: Value = serde_json::from_str(&desk.read(artifact)).expect("JSON");
    let names: Vec<&str> = report
        .as_array()
        .expect("issues")
        .iter()
        .filter_map(|i| i["check_name"].as_str())
        .collect();
    assert!(names.contains(&"version-unchanged"), "{report:#}");
}

#[test]
fn the_version_that_is_installed_is_this_one() {
    let wanted = format!("keelmark=={}", env!("CARGO_PKG_VERSION"));
    let mut found = 0;
    for text in [CHECK, EVAL, ROLLBACK, GITLAB] {
        for (at, _) in text.match_indices("keelmark==") {
            assert!(text[at..].starts_with(&wanted), "{}", &text[at..at + 20]);
            found += 1;
        }
    }
    assert_eq!(found, 5);
}

/// A runner with a work tree, and what GitHub says of the event.
struct Runner<'a> {
    desk: &'a TestRepo,
    expressions: BTreeMap<String, String>,
    variables: BTreeMap<String, String>,
}

/// How a step ended.
struct Done {
    code: i32,
    all: String,
    summary: String,
    output: String,
}

impl Done {
    #[track_caller]
    fn is(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}", self.all);
        self
    }
}

impl<'a> Runner<'a> {
    fn new(desk: &'a TestRepo) -> Self {
        let temp = desk.beside("runner");
        let programs = desk.beside("programs");
        for folder in [&temp, &programs] {
            fs::create_dir_all(folder).expect("a folder");
        }
        script(&programs.join("keelmark"), &format!("#!/bin/sh\nexec '{}' \"$@\"\n", program()));
        let mut runner = Self { desk, expressions: BTreeMap::new(), variables: BTreeMap::new() };
        let temp = temp.to_str().expect("UTF-8").to_owned();
        runner
            .says("runner.temp", &temp)
            .says("github.server_url", "https://github.com")
            .says("github.token", "t0ken")
            .set("RUNNER_TEMP", &temp)
            .set("GITHUB_ACTIONS", "true")
            .set("CI", "true");
        runner
    }

    fn says(&mut self, expression: &str, value: &str) -> &mut Self {
        self.expressions.insert(expression.to_owned(), value.to_owned());
        self
    }

    fn set(&mut self, name: &str, value: &str) -> &mut Self {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    /// What GitHub says in a run for a pull request.
    fn for_pull_request(&mut self, event: &str, (head, branch): (&str, &str)) -> &mut Self {
        self.set("GITHUB_EVENT_NAME", event)
            .set("GITHUB_BASE_REF", "main")
            .set("GITHUB_HEAD_REF", branch)
            .says("github.event.pull_request.head.sha", head)
            .says("github.event.pull_request.head.ref", branch)
    }

    fn filled_in(&self, text: &str) -> String {
        let mut filled = String::new();
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once("${{") {
            let (expression, after) = behind.split_once("}}").expect("the end of an expression");
            let value = self.expressions.get(expression.trim());
            filled.push_str(before);
            filled.push_str(value.unwrap_or_else(|| panic!("nobody says what {expression} is")));
            rest = after;
        }
        filled + rest
    }

    /// Runs a step in the work tree.
    fn run(&self, step: &Value) -> Done {
        let temp = self.desk.beside("runner");
        let (summary, output) = (temp.join("summary"), temp.join("output"));
        for file in [&summary, &output] {
            fs::write(file, "").expect("a file");
        }
        let mut command = Command::new("bash");
        hermetic(&mut command, &self.desk.beside(""));
        let path = std::env::var("PATH").expect("a PATH");
        command
            .args(["--noprofile", "--norc", "-e", "-o", "pipefail", "-c"])
            .arg(step["run"].as_str().expect("a script"))
            .current_dir(self.desk.path())
            .stdin(Stdio::null())
            .env("PATH", format!("{}:{path}", self.desk.beside("programs").display()))
            .env("GITHUB_STEP_SUMMARY", &summary)
            .env("GITHUB_OUTPUT", &output)
            .envs(&self.variables);
        if let Some(variables) = step["env"].as_object() {
            for (name, value) in variables {
                command.env(name, self.filled_in(value.as_str().expect("text")));
            }
        }
        let ended = command.output().expect("bash");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Done {
            code: ended.status.code().expect("no signal"),
            all: text(&ended.stdout) + &text(&ended.stderr),
            summary: fs::read_to_string(summary).expect("a summary"),
            output: fs::read_to_string(output).expect("an output"),
        }
    }
}

const TEMPLATE: &str = "registry/prompts/refund/template.md";

/// A registry with a suite whose model answers `yes`, or `no` where the prompt says `Badly`.
fn registry(repo: &TestRepo) {
    repo.write("keelmark.yaml", "version: 1\n")
        .write(".gitignore", ".keelmark/\n")
        .write(
            "registry/prompts/refund/prompt.yaml",
            "id: refund\nversion: 1.0.0\nowner: team\nschema:\n  inputs: [question]\n  outputs: [answer]\nchangelog:\n  - \"1.0.0: first\"\n",
        )
        .write(TEMPLATE, "Answer: {{ question }}\n")
        .write(
            "registry/models/script/model.yaml",
            "id: script\nversion: 1.0.0\nowner: team\nprovider: {api: scripted, file: answers.yaml}\nchangelog: [\"1.0.0: first\"]\n",
        )
        .write(
            "registry/models/script/answers.yaml",
            "answers:\n  - {when: {contains: Badly}, text: \"no\"}\ndefault: {text: \"yes\"}\n",
        )
        .write(
            "registry/suites/golden/suite.yaml",
            "id: golden\nversion: 1.0.0\nowner: team\ncases: cases.csv\ntarget: prompt/refund\nmodels: [model/script]\nbind: {question: input}\nwhen: [pr]\nchangelog: [\"1.0.0: first\"]\n",
        )
        .write(
            "registry/suites/golden/cases.csv",
            "case_id,domain,input,expected,metric\nC-1,Support,where,yes,exact\nC-2,Support,when,yes,exact\n",
        )
        .stage(".");
    repo.keelmark(&["seal"]).is(0);
    repo.stage(".").commit("a registry");
}

/// A server with a registry, and a clone with the branch `work`, as a contributor has it.
fn server_and_contributor() -> (TestRepo, TestRepo) {
    let seed = TestRepo::init();
    registry(&seed);
    let server = TestRepo::init_with(&["--bare"]);
    seed.run(&["push", "-q", &server.address(), "main"]);
    let contributor = TestRepo::clone_of(&server, &[]);
    identify(&contributor);
    contributor.branch("work");
    (server, contributor)
}

/// Pushes other words under the same number, and returns the commit.
fn other_words(contributor: &TestRepo) -> String {
    contributor.write(TEMPLATE, "Other: {{ question }}\n").stage(".").commit("other words");
    contributor.run(&["push", "-q", "origin", "work"]);
    contributor.rev("HEAD")
}

#[test]
fn the_check_fails_a_pull_request_and_puts_its_reasons_into_the_summary() {
    let (server, contributor) = server_and_contributor();
    // An unknown key is quoted by the report.
    let hostile = "\"<img src=x> [pwned](https://evil.example) @everyone\": 1\n";
    let entry = contributor.read("registry/prompts/refund/prompt.yaml");
    contributor.write(
        "registry/prompts/greeting/prompt.yaml",
        entry.replace("refund", "greeting") + hostile,
    );
    contributor.write("registry/prompts/greeting/template.md", "{{ question }}\n");
    other_words(&contributor);
    let desk = TestRepo::clone_of(&server, &[]);
    identify(&desk);
    // What GitHub calls refs/pull/7/merge.
    desk.run(&["checkout", "-q", "--detach", "origin/main"]);
    desk.run(&["merge", "-q", "--no-ff", "-m", "merge", "origin/work"]);
    let workflow = parsed(CHECK);
    let mut runner = Runner::new(&desk);
    runner
        .for_pull_request("pull_request", (&desk.rev("HEAD^2"), "work"))
        .set("GITHUB_REF", "refs/pull/7/merge")
        .set("GITHUB_SHA", &desk.rev("HEAD"));
    let check = step(&workflow["jobs"]["check"], "check");
    let done = runner.run(check).is(4);
    assert!(done.all.contains("::error"), "{}", done.all);
    // The summary is what `--format markdown` writes, byte for byte.
    let report = desk.keelmark_with(
        &["check", "--rev", "HEAD", "--format", "markdown", "--base", "origin/main"],
        &[],
    );
    assert_eq!(done.summary, report.out);
    assert!(done.summary.contains("version\\-unchanged"), "{}", done.summary);
    // Nothing that the change has written is Markdown there.
    assert!(done.summary.contains("pwned"), "{}", done.summary);
    for raw in ["<img", "[pwned](", "](https://", "@everyone", "# pwned"] {
        assert!(!done.summary.contains(raw), "{raw}: {}", done.summary);
    }
    // On the base itself there is nothing to say.
    desk.run(&["checkout", "-q", "--detach", "origin/main"]);
    let mut runner = Runner::new(&desk);
    runner.set("GITHUB_EVENT_NAME", "workflow_dispatch");
    runner.run(check).is(0);
}

#[test]
fn fix_pushes_one_commit_with_version_changelog_and_checksum() {
    let (server, contributor) = server_and_contributor();
    let head = other_words(&contributor);
    let desk = TestRepo::clone_of(&server, &[]);
    desk.run(&["checkout", "-q", "--detach", &head]);
    let workflow = parsed(CHECK);
    let fix = &workflow["jobs"]["fix"];
    let mut runner = Runner::new(&desk);
    runner
        .for_pull_request("pull_request", (&head, "work"))
        .set("GITHUB_REF", "refs/pull/7/merge")
        .set("GITHUB_SHA", &"1".repeat(40));
    runner.run(step(fix, "write")).is(0);
    let pushed = runner.run(step(fix, "push")).is(0);
    assert_eq!(pushed.output, "pushed=true\n");
    assert!(!pushed.all.replace("::add-mask::", "").contains("t0ken"), "{}", pushed.all);
    assert_eq!(server.rev("work~1"), head, "one commit, on top");
    let touched = server.run(&["diff", "--name-only", "work~1", "work"]);
    assert_eq!(touched, "registry/prompts/refund/prompt.yaml");
    let entry = server.run(&["show", "work:registry/prompts/refund/prompt.yaml"]);
    assert!(entry.contains("version: 1.1.0") && entry.contains("\"1.1.0: "), "{entry}");
    assert_eq!(server.run(&["log", "-1", "--format=%an", "work"]), "github-actions[bot]");
    // A second run, for the commit that was pushed, has nothing to write.
    let next = server.rev("work");
    desk.run(&["fetch", "-q", "origin"]);
    desk.run(&["checkout", "-q", "--detach", &next]);
    runner.for_pull_request("pull_request", (&next, "work"));
    assert!(runner.run(step(fix, "write")).is(0).all.contains("nothing to write"));
    assert_eq!(runner.run(step(fix, "push")).is(0).output, "");
    assert_eq!(server.rev("work"), next);
}

#[test]
fn fix_never_takes_away_what_was_pushed_meanwhile() {
    let (server, contributor) = server_and_contributor();
    let head = other_words(&contributor);
    let desk = TestRepo::clone_of(&server, &[]);
    desk.run(&["checkout", "-q", "--detach", &head]);
    contributor.write("README.md", "more\n").stage(".").commit("meanwhile");
    contributor.run(&["push", "-q", "origin", "work"]);
    let workflow = parsed(CHECK);
    let fix = &workflow["jobs"]["fix"];
    let mut runner = Runner::new(&desk);
    runner.for_pull_request("pull_request", (&head, "work"));
    runner.run(step(fix, "write")).is(0);
    let pushed = runner.run(step(fix, "push"));
    assert_ne!(pushed.code, 0, "{}", pushed.all);
    assert_eq!(pushed.output, "");
    assert_eq!(server.rev("work"), contributor.rev("HEAD"));
    // Beside a merge with the base it would push what nobody wrote.
    desk.run(&["checkout", "-q", "--detach", "origin/main"]);
    let refused = runner.run(step(fix, "write")).is(1);
    assert!(refused.all.contains("own commit"), "{}", refused.all);
}

/// Everything that a change could hope to have run or followed.
fn hostile(contributor: &TestRepo, mark: &Path) -> String {
    let touch = format!("#!/bin/sh\necho \"$0 $OPENAI_API_KEY\" >> '{}'\n", mark.display());
    for name in ["pwned", ".githooks/post-checkout", ".githooks/reference-transaction"] {
        contributor.write(name, &touch);
        script(&contributor.path().join(name), &touch);
    }
    contributor
        .write(TEMPLATE, "Badly: {{ question }}\n")
        .write(".gitattributes", "* filter=pwned\n")
        .write(".gitmodules", "[submodule \"x\"]\n\tpath = x\n\turl = ../x\n\tupdate = !./pwned\n")
        .write(".env", "OPENAI_API_KEY=other\n")
        .write(".github/workflows/keelmark-eval.yml", "on: push\njobs: {}\n")
        .write(
            "keelmark.yaml",
            "version: 1\ntrust: {commands: [./pwned], hosts: {evil.example: {key_env: OPENAI_API_KEY}}}\n",
        )
        .write(
            "registry/models/command/model.yaml",
            "id: command\nversion: 1.0.0\nowner: team\nprovider: {api: command, program: ./pwned}\nchangelog: [\"1.0.0: first\"]\n",
        )
        .stage(".");
    contributor.keelmark(&["bump", "-m", "badly"]).is(0);
    contributor.stage(".").commit("hostile")
}

#[test]
fn the_evals_read_the_labelled_commit_as_objects_and_run_nothing_of_it() {
    let (server, contributor) = server_and_contributor();
    let mark = contributor.beside("mark");
    let head = hostile(&contributor, &mark);
    // A fork's commit is at the server under the pull request's own reference.
    contributor.run(&["push", "-q", "origin", "HEAD:refs/pull/7/head"]);
    server.run(&["config", "uploadpack.allowAnySHA1InWant", "true"]);
    let desk = TestRepo::clone_of(&server, &[]);
    identify(&desk);
    let before = desk.files();
    // What is pushed after the label was set is not what is measured.
    contributor.write(TEMPLATE, "Later: {{ question }}\n").stage(".").commit("later");
    contributor.run(&["push", "-q", "-f", "origin", "HEAD:refs/pull/7/head"]);

    let workflow = parsed(EVAL);
    let eval = &workflow["jobs"]["eval"];
    let mut runner = Runner::new(&desk);
    runner
        .for_pull_request("pull_request_target", (&head, "work"))
        .set("GITHUB_REF", "refs/heads/main")
        .set("GITHUB_SHA", &desk.rev("HEAD"))
        .says("secrets.OPENAI_API_KEY", "s3cret")
        .says("secrets.ANTHROPIC_API_KEY", "");
    runner.run(step(eval, "fetch")).is(0);
    let measured = runner.run(step(eval, "measure"));
    let report = runner.run(step(eval, "report")).is(0);
    assert!(measured.all.contains("C-1") || report.summary.contains("C-1"), "{}", measured.all);
    assert!(report.summary.contains("no"), "{}", report.summary);
    // The change's answers, and neither a file of it nor its effects.
    assert!(!mark.exists(), "{}", fs::read_to_string(&mark).unwrap_or_default());
    let mut after = desk.files();
    after.retain(|path, _| !path.starts_with(".keelmark"));
    assert_eq!(after, before);
    assert_eq!(desk.run(&["status", "--porcelain"]), "");
    let said = [measured.all, report.summary, report.output.clone()].concat();
    assert!(!said.contains("s3cret") && !said.contains("t0ken"), "{said}");
    // The comment gets the report, whole, and the change cannot end it early.
    let (first, rest) = report.output.split_once('\n').expect("a line");
    let end = first.strip_prefix("report<<").expect("a delimiter");
    assert_eq!(end.len(), 32);
    assert_eq!(rest.matches(end).count(), 1);
    // A model that the change brings together with the trust in it is not started.
    let words = ["eval", "run", "golden", "--rev", &head, "--model", "model/command"];
    let event = [("GITHUB_EVENT_NAME", "pull_request_target"), ("GITHUB_BASE_REF", "main")];
    desk.keelmark_in(desk.path(), &words, &event).is(2).says("trust.commands");
    assert!(!mark.exists());
}

#[test]
fn one_comment_is_written_and_then_updated_and_where_none_is_allowed_it_is_said() {
    let desk = TestRepo::init();
    let workflow = parsed(EVAL);
    let comment = step(&workflow["jobs"]["comment"], "comment");
    let mut runner = Runner::new(&desk);
    runner
        .says("github.repository", "ada/registry")
        .says("github.run_id", "12")
        .says("github.event.pull_request.number", "7")
        .says("needs.eval.outputs.report", "## Report\n`$(touch pwned)` \"quoted\"");
    let (calls, body) = (desk.beside("calls"), desk.beside("body"));
    let gh = |found: &str, code: i32| {
        script(
            &desk.beside("programs").join("gh"),
            &format!(
                "#!/bin/sh\necho \"$*\" >> '{}'\n[ {code} -eq 0 ] || exit {code}\nfor word; do case $word in body=@*) cp \"${{word#body=@}}\" '{}';; esac; done\ncase \"$*\" in *--paginate*) printf '%s' '{found}';; esac\n",
                calls.display(),
                body.display(),
            ),
        );
    };
    gh("", 0);
    runner.run(comment).is(0);
    let typed = fs::read_to_string(&calls).expect("calls");
    assert!(typed.contains("--method POST repos/ada/registry/issues/7/comments"), "{typed}");
    let written = fs::read_to_string(&body).expect("a body");
    assert!(
        written.starts_with("<!-- keelmark-eval -->\n## Report\n`$(touch pwned)` \"quoted\"\n")
    );
    assert!(written.contains("(https://github.com/ada/registry/actions/runs/12)"));
    gh("34\n56", 0);
    runner.run(comment).is(0);
    let typed = fs::read_to_string(&calls).expect("calls");
    assert!(typed.contains("--method PATCH repos/ada/registry/issues/comments/56"), "{typed}");
    gh("", 1);
    let refused = runner.run(comment).is(0);
    assert!(refused.all.contains("::notice::no comment is allowed"), "{}", refused.all);
    assert!(!desk.path().join("pwned").exists());
}
