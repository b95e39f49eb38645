//! Commands where there is nothing, or where something is broken: each says what is wrong, where,
//! and what to do next, in words of its own.

use std::fs;

use crate::desk::Ending;
use crate::fixtures::small;
use crate::support::TestRepo;

/// Every command that looks at a repository, with arguments that could be meant.
const COMMANDS: [&str; 62] = [
    "check",
    "check --staged",
    "check --rev HEAD",
    "check --base HEAD",
    "diff",
    "diff prompt/greet",
    "diff main topic",
    "bump",
    "bump greet",
    "seal",
    "seal --check",
    "mv prompt/greet prompt/hello --dry-run",
    "list",
    "list --staged",
    "show prompt/greet",
    "log prompt/greet",
    "why prompt/greet",
    "graph",
    "impact prompt/greet",
    "render prompt/greet --var name=x",
    "try prompt/greet --var name=x",
    "eval run",
    "eval plan",
    "eval list",
    "eval show latest",
    "eval compare latest",
    "eval bless latest",
    "eval replay latest",
    "eval record latest",
    "eval merge latest",
    "eval bisect A",
    "eval self-test",
    "eval gc",
    "ledger log",
    "ledger show 1234",
    "ledger verify",
    "ledger push",
    "ledger export",
    "publish",
    "publish --push",
    "approve support_copilot",
    "export support_copilot --out out",
    "export --channel production --out out",
    "adr new Title --dry-run",
    "adr list",
    "adr supersede a.md b.md",
    "notes",
    "notes main..topic",
    "docs build --dry-run",
    "docs build --check",
    "release prepare support_copilot",
    "release tag support_copilot",
    "release status",
    "verify support_copilot@1.0.0",
    "verify --all",
    "rollback production",
    "rollback production --rehearse",
    "status",
    "doctor",
    "hook status",
    "hook run pre-commit",
    "hook run pre-merge-commit",
];

/// Words of git's library and of the system, which tell nobody what to do.
const FOREIGN: [&str; 8] = [
    "rev-spec",
    "ref partially named",
    "couldn't parse",
    "could not be decoded",
    "input=",
    "os error",
    "gix",
    "peel",
];

fn registry() -> TestRepo {
    let repo = TestRepo::init();
    repo.run(&["config", "user.name", "Ada"]);
    repo.run(&["config", "user.email", "ada@example.com"]);
    repo.write("keelmark.yaml", "version: 1\n")
        .write("registry/prompts/greet/prompt.yaml", small("greet"))
        .write("registry/prompts/greet/template.md", "Hi {{ name }}\n");
    repo.stage(".").commit("a registry");
    repo
}

/// Insists that whatever did not do its job says what comes next.
#[track_caller]
fn helps(ending: &Ending) {
    for foreign in FOREIGN {
        assert!(!ending.err.contains(foreign), "`{foreign}`\n{ending}");
    }
    if ending.code == 0 {
        return;
    }
    let said = format!("{}{}", ending.out, ending.err);
    let steps = ["hint: ", "help: ", "→ "];
    assert!(steps.iter().any(|step| said.contains(step)), "no next step\n{ending}");
}

#[track_caller]
fn every_command_helps_in(repo: &TestRepo, folder: &std::path::Path) -> Vec<Ending> {
    let run = |command: &&str| {
        let words: Vec<&str> = command.split(' ').collect();
        let ending = repo.keelmark_in(folder, &words, &[]);
        helps(&ending);
        ending
    };
    COMMANDS.iter().map(run).collect()
}

#[test]
fn outside_of_a_repository() {
    let repo = TestRepo::init();
    let outside = repo.beside("outside");
    fs::create_dir_all(&outside).expect("a folder");
    for ending in every_command_helps_in(&repo, &outside) {
        ending.is(2).says("is in no git repository").says("hint: run `git init`");
    }
    assert_eq!(fs::read_dir(&outside).expect("a folder").count(), 0);
}

#[test]
fn before_the_first_commit() {
    let repo = TestRepo::init();
    every_command_helps_in(&repo, repo.path());
    let ours = |path: &&std::path::PathBuf| !path.starts_with(".keelmark");
    assert_eq!(repo.files().keys().filter(ours).count(), 0, "{:?}", repo.files().keys());
    for command in ["check --rev HEAD", "publish", "notes", "release tag a", "list --rev HEAD~1"] {
        let words: Vec<&str> = command.split(' ').collect();
        repo.keelmark(&words)
            .is(2)
            .says("nothing is committed here yet")
            .says("`git commit` makes the first commit");
    }
}

#[test]
fn in_a_bare_repository() {
    let repo = TestRepo::clone_of(&registry(), &["--bare"]);
    every_command_helps_in(&repo, repo.path());
    let folder = repo.path().file_name().expect("a name").to_str().expect("UTF-8").to_owned();
    for command in ["check", "check --staged", "bump", "eval run", "hook run pre-commit"] {
        let words: Vec<&str> = command.split(' ').collect();
        repo.keelmark(&words)
            .is(2)
            .says(&folder)
            .says("is bare and has no work tree")
            .says("`git worktree add ../work` makes a work tree");
    }
    repo.keelmark(&["check", "--rev", "HEAD"]).is(0);
}

#[test]
fn where_head_is_detached() {
    let repo = registry();
    repo.run(&["checkout", "-q", "--detach"]);
    every_command_helps_in(&repo, repo.path());
}

#[test]
fn where_the_branch_is_broken() {
    let repo = registry();
    fs::write(repo.path().join(".git/refs/heads/main"), "no object name\n").expect("a file");
    every_command_helps_in(&repo, repo.path());
    for command in ["check", "check --staged", "bump", "publish", "release status", "notes"] {
        let words: Vec<&str> = command.split(' ').collect();
        repo.keelmark(&words)
            .is(3)
            .says("the reference `refs/heads/main` is broken")
            .says("`git update-ref refs/heads/main COMMIT`");
    }
    // The way that the hint names leads out.
    let log = repo.read(".git/logs/refs/heads/main");
    let commit = log.lines().last().and_then(|line| line.split(' ').nth(1)).expect("a commit");
    fs::remove_file(repo.path().join(".git/refs/heads/main")).expect("removed");
    repo.run(&["update-ref", "refs/heads/main", commit]);
    repo.keelmark(&["check", "--rev", "main"]).is(0);
}

#[test]
fn where_another_reference_is_broken() {
    for (name, commands) in [
        ("refs/heads/keelmark/ledger", &["status", "ledger log", "rollback production"][..]),
        ("refs/tags/release/a@1.0.0", &["verify --all", "verify a@1.0.0"]),
        ("refs/heads/topic", &["check --rev topic", "diff main topic", "notes main..topic"]),
    ] {
        let repo = registry();
        let file = repo.path().join(".git").join(name);
        fs::create_dir_all(file.parent().expect("a parent")).expect("a folder");
        fs::write(&file, "no object name\n").expect("a file");
        every_command_helps_in(&repo, repo.path());
        for command in commands {
            let words: Vec<&str> = command.split(' ').collect();
            repo.keelmark(&words).is(3).says(&format!("the reference `{name}` is broken"));
        }
    }
}

#[test]
fn where_a_revision_names_no_commit() {
    let repo = registry();
    let cases = [
        ("nope", "no branch, tag or commit is called so here", "`git fetch --all --tags`"),
        ("deadbeef", "no branch, tag or commit is called so here", "`git branch --all`"),
        ("HEAD~9", "`HEAD` is there, and what follows it leads nowhere", "`git log` shows"),
        ("main@{99}", "`main` is there, and what follows it leads nowhere", "`git log` shows"),
        ("HEAD:keelmark.yaml", "it is a blob", "name a commit"),
        ("main:", "it is a tree", "name a commit"),
        ("main..HEAD", "it is a range", "name a branch, a tag or a commit"),
        ("", "is not empty", "name a branch, a tag or a commit"),
    ];
    for (revision, why, next) in cases {
        for command in ["check", "list", "graph", "show prompt/greet", "eval plan"] {
            let words: Vec<&str> = command.split(' ').chain(["--rev", revision]).collect();
            let ending = repo.keelmark(&words).is(2).says(why).says(next);
            helps(&ending.says(&format!("`{revision}` names no commit")));
        }
    }
    for command in [
        "check --base nope",
        "bump --base nope",
        "diff main nope",
        "diff prompt/greet nope",
        "notes nope..main",
        "notes main..nope",
        "try prompt/greet --base nope --var name=x",
        "eval run --base nope",
        "export x --rev nope --out out",
        "release prepare x --base nope",
        "release status --base nope",
        "render prompt/greet --rev nope --var name=x",
        "impact --changed --base nope",
    ] {
        let words: Vec<&str> = command.split(' ').collect();
        let ending = repo.keelmark(&words).is(2).says("`nope` names no commit");
        helps(&ending.says("no branch, tag or commit is called so here"));
    }
}

#[test]
fn without_a_configuration_no_handbook_is_written() {
    let repo = TestRepo::init();
    repo.commit_file("README.md", "nothing here");
    for words in
        [&["docs", "build"][..], &["docs", "build", "--check"], &["docs", "build", "--dry-run"]]
    {
        repo.keelmark(words)
            .is(2)
            .says("no keelmark.yaml is here or above")
            .says("`keelmark init`");
    }
    assert_eq!(repo.files().len(), 1);
}
