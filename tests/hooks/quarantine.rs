//! A server's `pre-receive`, which sees what is pushed before it is there.

use std::os::unix::fs::PermissionsExt as _;

use crate::scene::{bottom, git, greet, keelmark, path_with_program, registry};
use crate::spoil;
use crate::support::TestRepo;

/// A bare server whose `pre-receive` checks what is pushed to branches, and a clone without hooks.
fn guarded(format: &[&str]) -> (TestRepo, TestRepo) {
    let seed = TestRepo::init_with(format);
    crate::scene::found(&seed);
    let server = TestRepo::init_with(&[&["--bare"], format].concat());
    seed.run(&["push", "-q", &server.address(), "main"]);
    let path = path_with_program();
    let script = format!(
        "#!/bin/sh\nPATH='{}'\nexport PATH\n\
         test -n \"$GIT_QUARANTINE_PATH\" || exit 7\n\
         while read old new ref; do keelmark check --rev \"$new\" || exit; done\n",
        path.to_str().expect("UTF-8")
    );
    let hook = server.path().join("hooks/pre-receive");
    std::fs::create_dir_all(server.path().join("hooks")).expect("a folder");
    std::fs::write(&hook, script).expect("a hook");
    std::fs::set_permissions(&hook, std::fs::Permissions::from_mode(0o755)).expect("permissions");
    let clone = TestRepo::clone_of(&server, &[]);
    (server, clone)
}

/// G38.
#[test]
fn what_is_in_quarantine_is_read_and_refused_or_let_in() {
    for format in [
        &[][..],
        &["--object-format=sha256"],
        &["--ref-format=reftable"],
        &["--object-format=sha256", "--ref-format=reftable"],
    ] {
        let (server, clone) = guarded(format);
        let before = server.rev("main");
        clone.branch("work");
        spoil(&clone);
        clone.stage(".").commit("spoiled");
        for target in ["work", "main"] {
            let said = git(&clone, &["push", "origin", &format!("HEAD:{target}")]);
            assert_ne!(said.code, 0, "{format:?}: {}", said.all());
            said.says("version-unchanged").says("pre-receive hook declined");
        }
        assert_eq!(server.rev("main"), before);
        keelmark(&clone, &["bump"]).ends(0);
        clone.stage(".").commit("bump");
        git(&clone, &["push", "origin", "HEAD:work", "HEAD:main"]).ends(0);
        assert_eq!(server.rev("main"), clone.rev("HEAD"));
        // A branch that began before that, and takes the same number.
        clone.run(&["checkout", "-q", "-b", "side", &before]);
        greet(&clone, &["1.1.0: mine", "1.0.0: first version"], &bottom("mine"));
        clone.stage(".").commit("mine");
        let said = git(&clone, &["push", "origin", "side"]).says("version-slot-taken-on-base");
        assert_ne!(said.code, 0, "{format:?}: {}", said.all());
    }
}

/// G17: git's variables name folders of objects for other reasons as well.
#[test]
fn objects_that_another_repository_lends_are_found() {
    let repo = registry();
    let clone = TestRepo::clone_of(&repo, &[]);
    clone.branch("work");
    spoil(&clone);
    clone.stage(".").commit("spoiled");
    let commit = clone.rev("HEAD");
    let objects = clone.path().join(".git/objects");
    let lent = [("GIT_ALTERNATE_OBJECT_DIRECTORIES", objects.to_str().expect("UTF-8"))];
    let words = ["check", "--rev", &commit, "--base", "main"];
    keelmark(&repo, &words).ends(2).says("names no commit");
    crate::scene::keelmark_with(&repo, &words, &lent).ends(4).says("version-unchanged");
}
