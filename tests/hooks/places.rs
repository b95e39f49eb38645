//! Hooks in linked worktrees, submodules and subfolders.

use std::fs;

use crate::scene::{
    GREET_TEXT, Said, TEXT, command_in, found, git_in, greet, keelmark, prompt, top,
};
use crate::support::TestRepo;
use crate::{hooked, spoil};

/// G17.
#[test]
fn a_linked_worktree_checks_its_own_index() {
    let repo = hooked();
    let linked = repo.beside("linked");
    let path = linked.to_str().expect("UTF-8");
    repo.run(&["worktree", "add", "-q", "-b", "linked", path]);
    fs::write(linked.join(GREET_TEXT), top("spoiled")).expect("a template");
    git_in(&repo, &linked, &["commit", "-a", "-m", "x"]).ends(1).says("version-unchanged");
    let mut bump = command_in(&repo, &linked, &["bump"]);
    Said::of(&bump.output().expect("the program")).ends(0);
    git_in(&repo, &linked, &["commit", "-a", "-m", "x"]).ends(0);
    // The main worktree has not moved.
    assert_eq!(repo.run(&["status", "--porcelain"]), "");
    let mut status = command_in(&repo, &linked, &["hook", "status"]);
    Said::of(&status.output().expect("the program")).ends(0).says("runs keelmark");
}

#[test]
fn hooks_installed_from_a_linked_worktree_serve_every_worktree() {
    let repo = crate::scene::registry();
    let linked = repo.beside("linked");
    repo.run(&["worktree", "add", "-q", "-b", "linked", linked.to_str().expect("UTF-8")]);
    let mut install = command_in(&repo, &linked, &["hook", "install", "--files"]);
    Said::of(&install.output().expect("the program")).ends(0);
    spoil(&repo);
    git_in(&repo, repo.path(), &["commit", "-a", "-m", "x"]).ends(1).says("version-unchanged");
}

/// G17.
#[test]
fn a_submodule_checks_its_own_index() {
    let library = TestRepo::init();
    found(&library);
    let repo = TestRepo::init();
    repo.write("README.md", "outer\n").stage(".").commit("outer");
    repo.run(&["submodule", "-q", "add", &library.address(), "inner"]);
    repo.commit("a submodule");
    let inner = repo.path().join("inner");
    let mut install = command_in(&repo, &inner, &["hook", "install", "--files"]);
    Said::of(&install.output().expect("the program")).ends(0);
    assert!(repo.path().join(".git/modules/inner/hooks/pre-commit").exists());
    git_in(&repo, &inner, &["checkout", "-q", "-b", "work"]).ends(0);
    fs::write(inner.join(GREET_TEXT), top("spoiled")).expect("a template");
    git_in(&repo, &inner, &["commit", "-a", "-m", "x"]).ends(1).says("version-unchanged");
    let mut bump = command_in(&repo, &inner, &["bump"]);
    Said::of(&bump.output().expect("the program")).ends(0);
    git_in(&repo, &inner, &["commit", "-a", "-m", "x"]).ends(0);
    // The repository around it has no registry, and its hook has nothing to say about the inner one.
    keelmark(&repo, &["hook", "install", "--files"]).ends(0);
    git_in(&repo, repo.path(), &["commit", "-a", "-m", "x"]).ends(0).says("0 entries");
}

#[test]
fn a_commit_from_a_subfolder_is_checked_whole() {
    let repo = hooked();
    repo.write("docs/a.md", "a\n");
    spoil(&repo);
    repo.stage(".");
    let inside = repo.path().join("docs");
    git_in(&repo, &inside, &["commit", "-m", "x"]).ends(1).says("version-unchanged");
}

/// G36.
#[test]
fn a_registry_in_a_subfolder_is_checked_from_anywhere() {
    let repo = TestRepo::init();
    let entry = "product/registry/prompts/greet";
    repo.write("product/keelmark.yaml", "version: 1\n");
    repo.write(
        &format!("{entry}/prompt.yaml"),
        prompt("greet", "name", &["1.0.0: first version"], TEXT),
    );
    repo.write(&format!("{entry}/template.md"), TEXT).stage(".").commit("a registry below");
    keelmark(&repo, &["hook", "install", "--files"]).ends(0);
    repo.write(&format!("{entry}/template.md"), top("spoiled")).stage(".");
    for inside in ["product", "."] {
        let folder = repo.path().join(inside);
        git_in(&repo, &folder, &["commit", "-m", "x"]).ends(1).says("version-unchanged");
    }
}

#[test]
fn a_detached_head_is_measured_against_the_default_branch() {
    let repo = hooked();
    repo.run(&["checkout", "-q", "--detach"]);
    greet(&repo, &["1.1.0: other", "1.0.0: first version"], &top("better"));
    git_in(&repo, repo.path(), &["commit", "-a", "-m", "x"]).ends(0);
    greet(&repo, &["1.1.0: other", "1.0.0: first version"], &top("best"));
    git_in(&repo, repo.path(), &["commit", "-a", "-m", "x"]).ends(0);
}

#[test]
fn a_registry_in_a_subfolder_cannot_leave_by_its_configuration() {
    let repo = TestRepo::init();
    let entry = "product/registry/prompts/greet";
    repo.write("product/keelmark.yaml", "version: 1\n");
    repo.write(
        &format!("{entry}/prompt.yaml"),
        prompt("greet", "name", &["1.0.0: first version"], TEXT),
    );
    repo.write(&format!("{entry}/template.md"), TEXT).stage(".").commit("a registry below");
    keelmark(&repo, &["hook", "install", "--files"]).ends(0);
    repo.delete("product/keelmark.yaml").write(&format!("{entry}/template.md"), top("spoiled"));
    git_in(&repo, repo.path(), &["commit", "-a", "-m", "x"])
        .ends(1)
        .says("`product/keelmark.yaml` is gone");
}

#[test]
fn the_configuration_at_the_top_cannot_leave_either() {
    let repo = hooked();
    repo.delete("keelmark.yaml");
    git_in(&repo, repo.path(), &["commit", "-a", "-m", "x"])
        .ends(1)
        .says("`keelmark.yaml` is gone");
    // Who says that it is to go can have it so, and is not asked again.
    git_in(&repo, repo.path(), &["commit", "-a", "-n", "-m", "x"]).ends(0);
    repo.write("README.md", "hello\n").stage(".");
    git_in(&repo, repo.path(), &["commit", "-m", "y"]).ends(0);
}

#[test]
fn a_check_where_no_registry_is_names_those_further_down() {
    let repo = TestRepo::init();
    for folder in ["services/sales", "services/support"] {
        let entry = format!("{folder}/registry/prompts/greet");
        repo.write(&format!("{folder}/keelmark.yaml"), "version: 1\n");
        repo.write(&format!("{entry}/prompt.yaml"), "id: greet\n");
    }
    repo.stage(".").commit("two broken registries");
    keelmark(&repo, &["check"])
        .ends(0)
        .says("no registry is here; not checked: `services/sales`, `services/support`")
        .says("`keelmark -C services/sales check`");
    keelmark(&repo, &["-C", "services/sales", "check", "--all"])
        .ends(1)
        .never_says("no registry is here");
    // One at the top is a registry, and what is below is none of its business.
    repo.write("keelmark.yaml", "version: 1\n").stage(".");
    keelmark(&repo, &["check"]).ends(0).never_says("not checked");
    keelmark(&TestRepo::init(), &["check"]).ends(0).never_says("not checked");
}

/// G36.
#[test]
fn several_registries_are_all_checked() {
    let repo = hooked();
    let entry = "product/registry/prompts/greet";
    let text = prompt("greet", "name", &["1.0.0: first version"], TEXT);
    repo.write("product/keelmark.yaml", "version: 1\n");
    repo.write(&format!("{entry}/prompt.yaml"), &text).write(&format!("{entry}/template.md"), TEXT);
    repo.stage(".");
    git_in(&repo, repo.path(), &["commit", "-m", "x"]).ends(0).says("1 entry");
    // One is fine, the other is not, in either order.
    for (good, bad) in [(GREET_TEXT, entry), (entry, GREET_TEXT)] {
        let at = |place: &str| {
            if place == entry { format!("{entry}/template.md") } else { GREET_TEXT.to_owned() }
        };
        repo.write(&at(good), TEXT).write(&at(bad), top("spoiled"));
        git_in(&repo, repo.path(), &["commit", "-a", "-m", "x"])
            .ends(1)
            .says("version-unchanged")
            .says(&at(bad));
    }
}
