//! Repositories as people have them: cut, lent, sparse, locked, of somebody else, in odd places.

use std::fs;

use crate::scene::{
    GREET, GREET_TEXT, Said, TEXT, check, check_with, command_in, found, git, greet, keelmark,
    keelmark_with, prompt, read, registry, server_and_clone, top,
};
use crate::support::TestRepo;

const ONE: &str = "1.0.0: first version";

/// G6: CI's usual depths. Of thirty commits on `main` and twelve on the branch, 20 are enough and 2
/// are not.
#[test]
fn of_a_long_history_enough_is_enough_and_less_is_undecided() {
    let server = registry();
    for number in 0..25 {
        server.commit_file("docs/a", number.to_string());
    }
    server.branch("work");
    greet(&server, &["1.0.1: small", ONE], &top("small"));
    server.stage(".").commit("small");
    for number in 0..11 {
        server.commit_file("docs/b", number.to_string());
    }
    server.checkout("main");
    for number in 0..5 {
        server.commit_file("docs/a", format!("later {number}"));
    }
    for (depth, code) in [("1", 3), ("2", 3), ("20", 1), ("50", 1)] {
        let depth = format!("--depth={depth}");
        let words = ["--no-single-branch", "--no-tags", "-b", "work", &depth];
        let clone = TestRepo::clone_of(&server, &words);
        let said = keelmark(&clone, &["check"]).ends(code);
        if code == 3 {
            said.says("shallow").says("git fetch --unshallow");
            clone.run(&["fetch", "-q", "--unshallow"]);
        }
        check(&clone).is(1, &["version-bump-insufficient"]);
    }
}

/// G6: where tags publish, a clone without any would take everything for work in progress.
#[test]
fn where_tags_publish_a_clone_without_tags_is_undecided() {
    let server = registry();
    server.write("keelmark.yaml", "version: 1\nversioning: {published: tagged}\n");
    server.stage(".").commit("tags publish");
    server.tag("prompt/greet@1.0.0");
    // The tip has no tag, so that a clone of one commit gets none.
    server.commit_file("README.md", "more\n");
    for (arguments, command) in [
        (&["--no-tags"][..], "git config --unset remote.origin.tagOpt"),
        (&["--depth=1"], "git fetch --unshallow --tags"),
    ] {
        let clone = TestRepo::clone_of(&server, arguments);
        clone.branch("work");
        keelmark(&clone, &["check"]).ends(0);
        greet(&clone, &[ONE], &top("spoiled"));
        keelmark(&clone, &["check"]).ends(3).says("this clone has none").says(command);
        for words in command.split(", then ") {
            clone.run(&words.split(' ').skip(1).collect::<Vec<_>>());
        }
        clone.run(&["fetch", "-q", "--tags"]);
        let checked = check(&clone);
        assert!(checked.rules().contains(&"version-unchanged"), "{:#}", checked.json);
    }
    // Before the first tag nothing is published, and whoever has all of history knows it.
    server.run(&["tag", "-d", "prompt/greet@1.0.0"]);
    let clone = TestRepo::clone_of(&server, &[]);
    greet(&clone, &[ONE], &top("still mine"));
    check(&clone).is(0, &[]);
}

/// G7: the merge ref moved while the job waited, so that what is checked out is no commit of the
/// event. Nobody knows whose merge it is.
#[test]
fn a_merge_ref_that_moved_is_no_base_by_itself() {
    let (server, clone) = server_and_clone();
    greet(&clone, &["1.0.1: small", ONE], &top("small"));
    clone.stage(".").commit("small");
    clone.run(&["push", "-q", "origin", "work"]);
    let before = server.rev("main");
    server.commit_file("README.md", "main went on\n");
    server.run(&["checkout", "-q", "--detach"]);
    git(&server, &["merge", "-q", "--no-ff", "-m", "merge", "work"]).ends(0);
    server.run(&["update-ref", "refs/pull/1/merge", "HEAD"]);
    server.checkout("main");
    let job = TestRepo::init();
    job.run(&["remote", "add", "origin", &server.address()]);
    job.run(&[
        "fetch",
        "-q",
        "--depth=2",
        "origin",
        "+refs/pull/1/merge:refs/remotes/pull/1/merge",
    ]);
    job.run(&["checkout", "-q", "--detach", "refs/remotes/pull/1/merge"]);
    let variables = [
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_EVENT_NAME", "pull_request"),
        ("GITHUB_REF", "refs/pull/1/merge"),
        ("GITHUB_BASE_REF", "main"),
        ("GITHUB_SHA", before.as_str()),
    ];
    keelmark_with(&job, &["check"], &variables).ends(3).says("git fetch origin main:");
    job.run(&["fetch", "-q", "--depth=2", "origin", "main:refs/remotes/origin/main"]);
    let checked = check_with(&job, &[], &variables).is(1, &["version-bump-insufficient"]);
    assert_eq!(checked.source("base_commit"), server.rev("main"));
}

/// G9: nothing says which branch is the default one, and nothing has a usual name.
#[test]
fn a_base_that_nothing_names_is_asked_for() {
    let server = TestRepo::init_with(&["-b", "trunk"]);
    found(&server);
    let clone = TestRepo::clone_of(&server, &[]);
    clone.run(&["remote", "set-head", "origin", "--delete"]);
    clone.branch("work");
    greet(&clone, &["1.0.1: small", ONE], &top("small"));
    let said = keelmark(&clone, &["check"]).ends(3).says("no base").says("`default_branch` in");
    assert!(!said.all().contains("main"), "there is no `main`: {}", said.all());
    // What it says helps.
    said.says("`git remote set-head origin -a`");
    clone.run(&["remote", "set-head", "origin", "-a"]);
    check(&clone).is(1, &["version-bump-insufficient"]);
    clone.run(&["remote", "set-head", "origin", "--delete"]);
    check_with(&clone, &["--base", "origin/trunk"], &[]).is(1, &["version-bump-insufficient"]);
    clone.write("keelmark.yaml", "version: 1\ndefault_branch: trunk\n");
    let checked = check(&clone).is(1, &["version-bump-insufficient"]);
    assert_eq!(checked.source("base"), "refs/remotes/origin/trunk");
    clone.run(&["remote", "set-head", "origin", "trunk"]);
    check(&clone).is(1, &["version-bump-insufficient"]);
}

/// G17: objects that lie in another repository.
#[test]
fn a_clone_that_borrows_its_objects_is_read() {
    let server = registry();
    for borrow in ["--shared", "--reference"] {
        let clone = if borrow == "--shared" {
            let path = server.path().to_str().expect("UTF-8");
            TestRepo::clone_at(&server, path, &["--shared"])
        } else {
            let path = server.path().to_str().expect("UTF-8");
            TestRepo::clone_of(&server, &["--reference", path])
        };
        assert!(clone.path().join(".git/objects/info/alternates").exists(), "{borrow}");
        clone.branch("work");
        greet(&clone, &["1.0.1: small", ONE], &top("small"));
        clone.stage(".").commit("small");
        check_with(&clone, &["--rev", "HEAD"], &[]).is(1, &["version-bump-insufficient"]);
        keelmark(&clone, &["bump"]).ends(0);
        check(&clone).is(0, &[]);
    }
}

/// G18: another git works on the index. Nothing of it is needed, and nothing of it is touched.
#[test]
fn a_locked_index_holds_nobody_up() {
    let (_server, clone) = server_and_clone();
    clone.write(GREET_TEXT, top("mine")).stage(".");
    let lock = clone.path().join(".git/index.lock");
    fs::write(&lock, "somebody else's").expect("a lock");
    for words in [&["check", "--staged"][..], &["check"], &["hook", "run", "pre-commit"]] {
        let said = keelmark(&clone, words).says("version-unchanged");
        assert!([1, 4].contains(&said.code), "{said:?}");
    }
    keelmark(&clone, &["bump", "-m", "mine"]).ends(0);
    keelmark(&clone, &["seal", "--check"]).ends(0);
    check(&clone).is(0, &[]);
    assert_eq!(fs::read_to_string(&lock).expect("the lock"), "somebody else's");
}

/// G19: an index in several files, one that keeps folders as one entry, a work tree without them.
#[test]
fn a_registry_that_is_not_checked_out_is_not_deleted() {
    let ways: [&[&str]; 3] = [
        &["sparse-checkout", "set", "--cone", "--sparse-index", "docs"],
        &["sparse-checkout", "set", "--no-sparse-index", "docs"],
        &["update-index", "--split-index"],
    ];
    for way in ways {
        let server = registry();
        server.commit_file("docs/a", "1\n");
        let clone = TestRepo::clone_of(&server, &[]);
        clone.branch("work").run(way);
        keelmark(&clone, &["hook", "install"]).ends(0);
        let sparse = way[0] == "sparse-checkout";
        assert_eq!(clone.path().join(GREET).exists(), !sparse, "{way:?}");
        assert_eq!(check(&clone).is(0, &[]).touched(), [], "{way:?}");
        clone.write("docs/a", "2\n").stage("docs");
        git(&clone, &["commit", "-q", "-m", "docs"]).ends(0).says("0 entries");
        // Whoever changes an entry all the same is checked as anybody else.
        clone.write(GREET_TEXT, top("mine"));
        clone.run(&["add", "--sparse", GREET_TEXT]);
        git(&clone, &["commit", "-q", "-m", "x"]).ends(1).says("version-unchanged");
    }
}

/// G19: files that git was told not to look at.
#[test]
fn what_git_does_not_look_at_is_as_the_index_has_it() {
    for flag in ["--assume-unchanged", "--skip-worktree"] {
        let (_server, clone) = server_and_clone();
        clone.run(&["update-index", flag, GREET_TEXT]);
        clone.write(GREET_TEXT, top("private"));
        assert_eq!(check(&clone).is(0, &[]).touched(), [], "{flag}");
        assert_eq!(check_with(&clone, &["--staged"], &[]).is(0, &[]).touched(), [], "{flag}");
    }
}

/// G20: bytes on disk that are not those of the blob.
#[test]
fn keywords_and_encodings_are_as_git_stores_them() {
    let repo = TestRepo::init();
    let text = format!("$Id$\n{TEXT}");
    repo.write(".gitattributes", "*.md ident\n").write("keelmark.yaml", "version: 1\n");
    greet(&repo, &[ONE], &text);
    repo.stage(".").commit("a registry");
    repo.branch("work").delete(GREET_TEXT).run(&["checkout", "-q", "--", GREET_TEXT]);
    assert!(read(&repo, GREET_TEXT).starts_with("$Id: "), "{}", read(&repo, GREET_TEXT));
    check_with(&repo, &["--all"], &[]).is(0, &[]);
    keelmark(&repo, &["seal", "--check"]).ends(0);
    // A template that is UTF-16 on disk is UTF-8 in git, and for us.
    let wide: Vec<u8> = std::iter::once(0xfeff)
        .chain(top("wide").encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    repo.write(".gitattributes", "*.md working-tree-encoding=UTF-16\n").write(GREET_TEXT, wide);
    keelmark(&repo, &["bump", "-m", "wide"]).ends(0);
    repo.stage(".");
    check_with(&repo, &["--staged"], &[]).is(0, &[]);
}

/// G20: what git stores encrypted, or otherwise as no text, is judged as it is stored.
#[test]
fn a_filter_that_makes_no_text_leaves_nothing_to_judge() {
    let (_server, clone) = server_and_clone();
    clone.run(&["config", "filter.shut.clean", "gzip -cn"]);
    clone.run(&["config", "filter.shut.smudge", "gzip -dc"]);
    clone.run(&["config", "filter.shut.required", "true"]);
    clone.write(".gitattributes", "template.md filter=shut -text\n");
    greet(&clone, &["1.1.0: mine", ONE], &top("mine"));
    let disk = check(&clone);
    assert!(disk.rules().contains(&"payload-not-utf8"), "{:#}", disk.json);
    clone.stage(".");
    for arguments in [&[][..], &["--staged"]] {
        let checked = check_with(&clone, arguments, &[]);
        assert!(checked.rules().contains(&"payload-not-utf8"), "{:#}", checked.json);
        assert_eq!(checked.code, 1);
    }
}

/// G22: names that are one on other machines, and names that other machines refuse.
#[test]
fn names_that_other_machines_take_for_one_are_refused() {
    let folder = "registry/prompts/greet";
    for (one, other) in [("Notes.txt", "notes.txt"), ("caf\u{e9}.txt", "cafe\u{301}.txt")] {
        let (_server, clone) = server_and_clone();
        // macOS would have one file here, and nothing to find.
        clone.write(&format!("{folder}/{one}"), "1\n").write(&format!("{folder}/{other}"), "2\n");
        if fs::read(clone.path().join(folder).join(one)).expect("a file") != b"1\n" {
            return;
        }
        clone.stage(".");
        for arguments in [&[][..], &["--staged"]] {
            let checked = check_with(&clone, arguments, &[]);
            assert!(checked.rules().contains(&"path-collision"), "{:#}", checked.json);
            assert_eq!(checked.code, 1);
        }
    }
    let (_server, clone) = server_and_clone();
    for (place, name) in [("aux", "aux"), ("greet", "greet")] {
        let yaml = prompt(name, "name", &[ONE], TEXT);
        clone.write(&format!("registry/prompts/{place}/prompt.yaml"), yaml);
        clone.write(&format!("registry/prompts/{place}/template.md"), TEXT);
    }
    clone.write(&format!("{folder}/a:b.txt"), "1\n").stage(".");
    let checked = check(&clone).is(0, &["path-not-portable", "path-not-portable"]);
    let finding = checked.finding("path-not-portable");
    assert_eq!(finding["severity"], "warning", "{finding}");
    // What stood there before is nobody's fault.
    clone.commit("odd names");
    let checked = check_with(&clone, &["--base", "HEAD"], &[]);
    assert_eq!(checked.rules(), [""; 0], "{:#}", checked.json);
}

/// G22: folders that are one on other machines.
#[test]
fn folders_that_other_machines_take_for_one_are_refused() {
    let folder = "registry/prompts/greet";
    let cases = [
        // Within an entry, and beside entries.
        (format!("{folder}/Docs/a.txt"), format!("{folder}/docs/b.txt"), "docs/` and `", 1),
        (format!("{folder}/caf\u{e9}/a"), format!("{folder}/cafe\u{301}/b"), "are one folder", 1),
        (
            "registry/Prompts/a.txt".to_owned(),
            "registry/notes.txt".to_owned(),
            "prompts/` and `",
            1,
        ),
        ("registry/Notes/a.txt".to_owned(), "registry/notes/b.txt".to_owned(), "one folder", 1),
        ("registry/prompts/GREET/a.txt".to_owned(), GREET.to_owned(), "one folder", 1),
        ("registry/notes/a.txt".to_owned(), "registry/other/a.txt".to_owned(), "", 0),
    ];
    for (one, other, words, count) in cases {
        let (_server, clone) = server_and_clone();
        let kept = fs::read(clone.path().join(&other)).unwrap_or_else(|_| b"2\n".to_vec());
        clone.write(&one, "1\n").write(&other, kept);
        let folder = clone.path().join(&one);
        let listed = fs::read_dir(folder.parent().expect("a folder")).expect("a folder").count();
        if listed != 1 {
            // macOS has one folder here, and nothing to find.
            return;
        }
        clone.stage(".");
        for arguments in [&[][..], &["--staged"], &["--all"]] {
            let checked = check_with(&clone, arguments, &[]);
            let rules = checked.rules();
            let found = rules.iter().filter(|rule| **rule == "path-collision").count();
            assert_eq!(found, count, "{one} {other} {arguments:?}: {:#}", checked.json);
            if count == 1 {
                let message = checked.finding("path-collision")["message"].to_string();
                assert!(message.contains(words), "{message}");
                assert_eq!(checked.code, 1);
            }
        }
        // What stood there before is nobody's fault, but whoever asks for everything hears of it.
        clone.commit("folders");
        let checked = check_with(&clone, &["--base", "HEAD"], &[]);
        assert_eq!(checked.rules(), [""; 0], "{:#}", checked.json);
        let checked = check_with(&clone, &["--base", "HEAD", "--all"], &[]);
        assert_eq!(checked.rules().contains(&"path-collision"), count == 1, "{:#}", checked.json);
    }
}

/// G22.
#[test]
fn a_new_entry_beside_an_old_folder_is_seen_and_what_collided_before_is_inherited() {
    let (_server, clone) = server_and_clone();
    clone.write("registry/Notes/a.txt", "1\n").write("registry/notes/b.txt", "1\n");
    let folder = clone.path().join("registry/Notes");
    if fs::read_dir(folder).expect("a folder").count() != 1 {
        return;
    }
    clone.write("registry/prompts/Other/notes.md", "1\n").stage(".").commit("folders");
    clone.write("registry/Notes/more.txt", "1\n");
    let checked = check_with(&clone, &["--base", "HEAD"], &[]);
    assert_eq!(checked.rules(), [""; 0], "{:#}", checked.json);
    clone.write("registry/prompts/other/prompt.yaml", "id: other\n");
    let checked = check_with(&clone, &["--base", "HEAD"], &[]);
    let findings = checked.json["findings"].as_array().expect("a list");
    let new = findings.iter().filter(|f| f["rule"] == "path-collision" && f["inherited"] == false);
    let new: Vec<String> = new.map(|finding| finding["message"].to_string()).collect();
    assert!(new.len() == 1 && new[0].contains("prompts/other/` and `"), "{new:?}");
}

/// G22: `template.md` becomes `Template.md`.
#[test]
fn a_rename_that_changes_the_case_alone_is_seen() {
    let (_server, clone) = server_and_clone();
    let renamed = "registry/prompts/greet/Template.md";
    clone.run(&["mv", GREET_TEXT, renamed]);
    // The entry's file says nothing of it yet.
    let checked = check(&clone);
    assert!(checked.rules().contains(&"payload-missing"), "{:#}", checked.json);
    let text = read(&clone, GREET).replace("owner:", "template: Template.md\nowner:");
    clone.write(GREET, text).stage(".");
    for arguments in [&[][..], &["--staged"]] {
        let checked = check_with(&clone, arguments, &[]);
        assert!(!checked.rules().contains(&"path-collision"), "{:#}", checked.json);
        assert!(!checked.rules().contains(&"payload-missing"), "{:#}", checked.json);
    }
    keelmark(&clone, &["bump", "-m", "another name"]).ends(0);
    check(&clone).is(0, &[]);
}

/// G26: neither replacements nor grafts change what is judged.
#[test]
fn what_only_this_clone_makes_of_history_is_not_seen() {
    let (server, clone) = server_and_clone();
    greet(&clone, &["1.0.1: small", ONE], &top("small"));
    clone.stage(".").commit("small");
    let honest = check(&clone).is(1, &["version-bump-insufficient"]);
    // A base that seems to have had the change already.
    clone.run(&["replace", &server.rev("main"), "HEAD"]);
    let replaced = check(&clone).is(1, &["version-bump-insufficient"]);
    assert_eq!(honest.json, replaced.json);
    clone.run(&["replace", "-d", &server.rev("main")]);
    // A history that seems to begin with it.
    fs::create_dir_all(clone.path().join(".git/info")).expect("a folder");
    fs::write(clone.path().join(".git/info/grafts"), format!("{}\n", clone.rev("HEAD")))
        .expect("grafts");
    let grafted = check(&clone).is(1, &["version-bump-insufficient"]);
    assert_eq!(honest.json["source"], grafted.json["source"]);
}

/// G27: a container runs as root in a folder of somebody else.
#[test]
fn a_repository_of_somebody_else_is_read_where_git_reads_it() {
    use std::os::unix::fs::chown;
    let repo = registry();
    greet(&repo, &["1.0.1: small", ONE], &top("small"));
    // Only root may give files away; elsewhere there is nothing to show.
    let other = Some(12_345);
    if chown(repo.path(), other, other).is_err() {
        return;
    }
    chown(repo.path().join(".git"), other, other).expect("root");
    let said = keelmark(&repo, &["check"]).ends(3).says("owned by someone else");
    let words = said.all();
    assert!(words.contains("git config --global --add safe.directory "), "{words}");
    let config = repo.beside("gitconfig");
    let top = repo.path().display();
    fs::write(&config, format!("[safe]\n\tdirectory = {top}\n")).expect("a configuration");
    let variables = [("GIT_CONFIG_GLOBAL", config.to_str().expect("UTF-8"))];
    check_with(&repo, &[], &variables).is(1, &["version-bump-insufficient"]);
    fs::write(&config, "[safe]\n\tdirectory = *\n").expect("a configuration");
    check_with(&repo, &[], &variables).is(1, &["version-bump-insufficient"]);
}

/// G35: jj keeps git's folder in its own, has no index that counts, and runs no hooks.
#[test]
fn a_repository_without_an_index_is_checked_by_its_revision() {
    let server = registry();
    let repo = TestRepo::init_with(&["--bare"]);
    repo.run(&["remote", "add", "origin", &server.address()]);
    repo.run(&["fetch", "-q", "origin"]);
    let work = repo.beside("work");
    fs::create_dir_all(&work).expect("a folder");
    server.branch("change");
    greet(&server, &["1.0.1: small", ONE], &top("small"));
    let commit = server.stage(".").commit("small");
    repo.run(&["fetch", "-q", "origin", &format!("{commit}:refs/jj/keep/{commit}")]);
    let git_dir = repo.path().to_str().expect("UTF-8").to_owned();
    let checked = |words: &[&str]| {
        let mut command = command_in(&repo, &work, words);
        Said::of(&command.env("GIT_DIR", &git_dir).output().expect("the program"))
    };
    checked(&["check", "--rev", &commit]).ends(1).says("version-bump-insufficient");
    // Git takes the folder that it was started in for the work tree, where the folder is not bare.
    checked(&["check"]).ends(2).says("--rev");
    repo.run(&["config", "core.bare", "false"]);
    checked(&["check", "--rev", &commit]).ends(1).says("version-bump-insufficient");
    let mut command = command_in(&repo, &work, &["check", "--rev", &commit]);
    command.env("GIT_DIR", &git_dir).env("GIT_WORK_TREE", &work);
    Said::of(&command.output().expect("the program")).ends(1).says("version-bump-insufficient");
}

/// G36: each registry of a repository is checked where it is.
#[test]
fn several_registries_are_checked_one_by_one() {
    let repo = registry();
    for place in ["shop", "desk"] {
        repo.write(&format!("{place}/keelmark.yaml"), "version: 1\n");
        let entry = format!("{place}/registry/prompts/greet");
        repo.write(&format!("{entry}/prompt.yaml"), prompt("greet", "name", &[ONE], TEXT));
        repo.write(&format!("{entry}/template.md"), TEXT);
    }
    repo.stage(".").commit("three registries");
    repo.branch("work").write("shop/registry/prompts/greet/template.md", top("spoiled"));
    for (place, code) in [(".", 0), ("desk", 0), ("desk/registry", 0), ("shop", 4)] {
        let folder = repo.path().join(place);
        let mut inside = command_in(&repo, &folder, &["check"]);
        Said::of(&inside.output().expect("the program")).ends(code);
        keelmark(&repo, &["-C", place, "check"]).ends(code);
    }
}
