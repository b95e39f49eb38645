//! The same work in every format in which git keeps objects and references.

use crate::scene::{GREET, GREET_TEXT, check, check_with, found, git, greet, keelmark, read, top};
use crate::support::TestRepo;

const ONE: &str = "1.0.0: first version";

/// What git can keep a repository in; later versions of git begin with the last of these.
const FORMATS: [[&str; 2]; 4] = [
    ["--object-format=sha1", "--ref-format=files"],
    ["--object-format=sha1", "--ref-format=reftable"],
    ["--object-format=sha256", "--ref-format=files"],
    ["--object-format=sha256", "--ref-format=reftable"],
];

/// A server with a registry, and a clone with hooks; both in one format.
fn server_and_clone(format: &[&str]) -> (TestRepo, TestRepo) {
    let server = TestRepo::init_with(format);
    server.write("keelmark.yaml", "version: 1\nversioning: {tags: entries}\n");
    found(&server);
    server.write("keelmark.yaml", "version: 1\nversioning: {tags: entries}\n");
    server.stage(".").commit("tags of entries");
    let storage = format.iter().filter(|word| word.starts_with("--ref-format"));
    let clone = TestRepo::clone_of(&server, &storage.copied().collect::<Vec<_>>());
    clone.run(&["config", "user.name", "Ada"]);
    clone.run(&["config", "user.email", "ada@example.com"]);
    keelmark(&clone, &["hook", "install"]).ends(0);
    clone.branch("work");
    (server, clone)
}

/// G1, G7, G16, G17, G19.
#[test]
fn a_change_goes_its_whole_way_in_every_format() {
    for format in FORMATS {
        let (server, clone) = server_and_clone(&format);
        clone.write(GREET_TEXT, top("mine"));
        git(&clone, &["commit", "-a", "-m", "mine"]).ends(1).says("version-unchanged");
        keelmark(&clone, &["bump", "-m", "mine"]).ends(0).says("1.1.0");
        git(&clone, &["commit", "-a", "-m", "mine"]).ends(0);
        git(&clone, &["push", "-q", "-u", "origin", "work"]).ends(0);
        let checked = check_with(&clone, &["--rev", "work"], &[]).is(0, &[]);
        assert_eq!(checked.source("base"), "refs/remotes/origin/main", "{format:?}");
        assert_eq!(checked.source("base_reason"), "origin/HEAD");
        assert_eq!(checked.source("base_commit"), server.rev("main"));
        keelmark(&clone, &["log", "greet"]).ends(0).says("1.0.0");
        // A linked work tree, and a commit that is checked out by its name.
        let linked = clone.beside("linked");
        let path = linked.to_str().expect("UTF-8");
        clone.run(&["worktree", "add", "-q", "--detach", path, "work"]);
        let mut command = crate::scene::command_in(&clone, &linked, &["check"]);
        crate::scene::Said::of(&command.output().expect("the program")).ends(0);
        // Somebody else takes the number.
        greet(&server, &["1.1.0: theirs", ONE], &crate::scene::bottom("theirs"));
        let theirs = server.stage(".").commit("theirs");
        clone.run(&["fetch", "-q"]);
        let checked = check(&clone).is(1, &["version-slot-taken-on-base"]);
        let finding = checked.finding("version-slot-taken-on-base");
        let message = finding["message"].as_str().expect("a message");
        assert!(message.contains(&theirs[..10]), "{message}");
    }
}

/// G13, G16, G19: `MERGE_HEAD` lies beside the references, whatever keeps those.
#[test]
fn a_conflict_is_resolved_in_every_format() {
    for format in FORMATS {
        let (server, clone) = server_and_clone(&format);
        greet(&server, &["1.1.0: theirs", ONE], &crate::scene::bottom("theirs"));
        server.stage(".").commit("theirs");
        greet(&clone, &["1.1.0: mine", ONE], &top("mine"));
        git(&clone, &["commit", "-a", "-q", "-m", "mine"]).ends(0);
        clone.run(&["fetch", "-q"]);
        assert_ne!(git(&clone, &["merge", "-q", "origin/main"]).code, 0, "{format:?}");
        keelmark(&clone, &["bump"]).ends(0).says("1.2.0");
        clone.stage(".");
        let checked = check_with(&clone, &["--staged"], &[]).is(0, &[]);
        assert_eq!(checked.source("merge_base"), server.rev("main"), "{format:?}");
        git(&clone, &["commit", "-q", "-m", "merge"]).ends(0);
        assert!(read(&clone, GREET).contains("version: 1.2.0\n"));
    }
}

/// G19, G23, G28.
#[test]
fn tags_are_made_pushed_and_believed_in_every_format() {
    for format in FORMATS {
        let (server, clone) = server_and_clone(&format);
        clone.checkout("main");
        keelmark(&clone, &["publish", "--push"]).ends(0);
        assert_eq!(server.run(&["tag", "--list"]), "prompt/ask@1.0.0\nprompt/greet@1.0.0");
        assert_eq!(clone.run(&["tag", "--list"]), "prompt/ask@1.0.0\nprompt/greet@1.0.0");
        keelmark(&clone, &["publish", "--push"]).ends(0);
        // A number that only a tag has is taken all the same.
        clone.branch("side");
        greet(&clone, &["1.1.0: side", ONE], &top("side"));
        clone.stage(".").run(&["commit", "-q", "-n", "-m", "side"]);
        clone.tag("prompt/greet@1.1.0").checkout("main").branch("mine");
        greet(&clone, &["1.1.0: mine", ONE], &top("mine"));
        check(&clone).is(4, &["version-already-published"]);
        keelmark(&clone, &["bump"]).ends(0);
        assert!(read(&clone, GREET).contains("version: 1.2.0\n"));
    }
}
