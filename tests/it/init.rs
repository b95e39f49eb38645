use crate::desk::program;
use crate::fixtures::published;
use crate::support::TestRepo;

#[test]
fn init_makes_a_registry_that_passes_and_a_second_run_changes_nothing() {
    let repo = TestRepo::init();
    repo.keelmark(&["init"]).is(0).says("created keelmark.yaml").says("keelmark new prompt");
    for path in [
        "keelmark.yaml",
        "registry/README.md",
        "registry/schemas/prompt.schema.json",
        "registry/schemas/keelmark.schema.json",
        "registry/schemas/policies/gates.schema.json",
        ".github/workflows/keelmark.yml",
    ] {
        assert!(repo.has(path), "{path}");
    }
    repo.keelmark(&["hook", "status"]).is(0).says("pre-commit        runs keelmark");
    assert_eq!(repo.read(".gitignore"), ".keelmark/\n");
    let before = repo.files();
    repo.keelmark(&["init"]).is(0).says("kept keelmark.yaml");
    assert_eq!(repo.files(), before);
    repo.stage(".");
    repo.keelmark(&["check", "--staged"]).is(0).says("0 entries");
    repo.keelmark(&["check", "--all"]).is(0).says("0 entries");
}

#[test]
fn what_stands_there_is_kept_and_gitignore_gets_one_line() {
    let repo = TestRepo::init();
    repo.write("keelmark.yaml", "version: 1 # mine\n")
        .write("registry/README.md", "mine\n")
        .write(".gitignore", "target\n*.log");
    repo.keelmark(&["init"]).is(0).says("kept keelmark.yaml").says("kept registry/README.md");
    assert_eq!(repo.read("keelmark.yaml"), "version: 1 # mine\n");
    assert_eq!(repo.read("registry/README.md"), "mine\n");
    assert_eq!(repo.read(".gitignore"), "target\n*.log\n.keelmark/\n");
}

#[test]
fn a_dry_run_of_init_writes_nothing() {
    let repo = TestRepo::init();
    let before = repo.files();
    repo.keelmark(&["init", "--dry-run"]).is(0).says("would: created keelmark.yaml");
    assert_eq!(repo.files(), before);
    assert!(!repo.has(".git/hooks/pre-commit"));
}

#[test]
fn init_writes_for_the_ci_system_that_the_remote_is_of_or_that_is_named() {
    const EVAL: &str = ".github/workflows/keelmark-eval.yml";
    const GITLAB: &str = "keelmark.gitlab-ci.yml";
    let with = |address: &str, words: &[&str]| {
        let repo = TestRepo::init();
        repo.run(&["remote", "add", "origin", address]);
        let ending = repo.keelmark(&[&["init"], words].concat()).is(0);
        ((repo.has(EVAL), repo.has(GITLAB)), ending)
    };
    let (written, ending) = with("https://gitlab.example.com/team/registry.git", &[]);
    assert_eq!(written, (false, true));
    ending.says("include: keelmark.gitlab-ci.yml").leaves_out("gh api");
    let (written, ending) = with("git@github.com:team/registry.git", &[]);
    assert_eq!(written, (true, false));
    ending.says("gh api");
    assert_eq!(with("git@github.com:team/registry.git", &["--ci", "gitlab"]).0, (false, true));
    assert_eq!(with("https://gitlab.com/a/b.git", &["--ci", "github"]).0, (true, false));
    assert_eq!(with("https://gitlab.com/a/b.git", &["--ci", "none"]).0, (false, false));
}

#[test]
fn the_workflow_runs_for_pushes_to_the_default_branch() {
    let pushed = |branch: &str| {
        let repo = TestRepo::init_with(&["-b", branch]);
        repo.keelmark(&["init"]).is(0);
        let text = repo.read(".github/workflows/keelmark.yml");
        let line = text.lines().find(|line| line.contains("branches:")).expect("branches");
        line.trim().to_owned()
    };
    assert_eq!(pushed("main"), "branches: [main]");
    assert_eq!(pushed("trunk"), "branches: [trunk]");
    assert_eq!(pushed("x,y"), "branches: [main]");
}

#[test]
fn init_takes_a_folder_of_the_repository_and_refuses_what_is_none() {
    let repo = TestRepo::init();
    repo.write("team/notes.txt", "x");
    repo.keelmark(&["init", "team"]).is(0);
    assert!(repo.has("team/keelmark.yaml") && repo.has("team/registry/README.md"));
    assert!(!repo.has("keelmark.yaml"));
    repo.keelmark(&["init", "nowhere"]).is(2).says("is no folder").says("git init");
    let outside = repo.beside("outside");
    std::fs::create_dir_all(&outside).expect("a folder");
    repo.keelmark_in(&outside, &["init"], &[]).is(2).says("git init");
}

#[test]
fn the_demo_is_released_proved_and_taken_back_then_refused_mended_and_committed() {
    let repo = TestRepo::init();
    repo.keelmark_in(&repo.beside(""), &["init", "--demo", "demo"], &[])
        .is(0)
        .says("version-bump-insufficient")
        .says("input-required-added")
        .says("release/support_copilot@1.1.0")
        .says("none is false")
        .says("support_copilot 1.1.0 → support_copilot 1.0.0")
        .says("keelmark bump");
    let demo = repo.beside("demo");
    let git = |words: &[&str]| {
        let output = repo.command_in(&demo, words).output().expect("git");
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    assert_eq!(git(&["status", "--porcelain"]), "", "the tree is clean");
    assert_eq!(git(&["remote"]), "");
    repo.keelmark_in(&demo, &["release", "status"], &[]).is(0).says("nothing has changed since");
    repo.keelmark_in(&demo, &["verify", "--all"], &[]).is(0);
    repo.keelmark_in(&demo, &["check", "--all"], &[]).is(0);
    let live = repo.keelmark_in(&demo, &["status", "--format", "json"], &[]).is(0).json();
    let version = |at: usize| live["channels"][at]["version"].as_str().map(str::to_owned);
    assert_eq!((version(0), version(1)), (Some("1.1.0".into()), Some("1.0.0".into())), "{live}");
    git(&["apply", "locale.patch"]);
    let commit = || {
        let mut git = repo.command_in(&demo, &["commit", "-q", "-a", "-m", "ask for the locale"]);
        git.env("KEELMARK_BIN", program()).output().expect("git")
    };
    let refused = commit();
    assert!(!refused.status.success());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("version-bump-insufficient"));
    repo.keelmark_in(&demo, &["bump"], &[]).is(0).says("2.4.0 → 3.0.0");
    let passed = commit();
    assert!(passed.status.success(), "{}", String::from_utf8_lossy(&passed.stderr));
    repo.keelmark_in(&demo, &["check", "--all", "--rev", "HEAD"], &[]).is(0);
    let log = repo.keelmark_in(&demo, &["log", "billing_refund", "--format", "json"], &[]).is(0);
    let log = log.json();
    assert_eq!(log["versions"][0]["version"], "3.0.0");
    assert_eq!(log["versions"][0]["bump"], "major");
    assert_eq!(log["versions"][1]["version"], "2.4.0");
    assert_eq!(log["versions"][3]["version"], "2.2.0");
}

#[test]
fn the_demo_needs_a_folder_of_its_own() {
    let repo = published();
    let before = repo.files();
    repo.keelmark(&["init", "--demo", "."]).is(2).says("is not empty");
    assert_eq!(repo.files(), before);
    repo.keelmark(&["init", "--demo", "--dry-run", "fresh"]).is(0).says("billing_refund");
    assert!(!repo.has("fresh"));
}
