//! A branch along first parents, its changes and its authors.

use keelmark::path::RepoPath;
use keelmark::snapshot::Snapshot as _;
use keelmark::vcs::{End, Touched};

use crate::objects::commit;
use crate::support::{TestRepo, object_name};

#[test]
fn the_line_is_the_one_that_git_lists() {
    let repo = TestRepo::init();
    repo.commit_file("a", "1");
    repo.branch("side").commit_file("b", "1");
    repo.checkout("main").commit_file("c", "1");
    repo.run(&["merge", "-q", "--no-ff", "-m", "merge", "side"]);
    repo.commit_file("d", "1");
    let open = repo.open();
    let (tip, stop) = (repo.name("HEAD"), repo.name("HEAD~2"));
    let whole = open.first_parents(tip, None).expect("a line");
    assert_eq!(whole.end, End::Root);
    let listed = whole.steps.iter().map(|step| {
        let parents: Vec<_> = step.parents.iter().map(ToString::to_string).collect();
        format!("{} {} {} {}", step.commit, step.tree, step.time_seconds, parents.join(" "))
    });
    let listed: Vec<_> = listed.map(|line| line.trim().to_owned()).collect();
    let by_git = repo.run(&["log", "--first-parent", "--format=%H %T %ct %P"]);
    assert_eq!(listed, by_git.lines().map(str::trim).collect::<Vec<_>>());
    let part = open.first_parents(tip, Some(stop)).expect("a line");
    assert_eq!((part.end, part.steps.len()), (End::Stop, 2));
    assert_eq!(open.first_parents(tip, Some(tip)).expect("a line").steps, []);
    // Every commit that branches have, each once, as git lists them.
    let tips = [tip, repo.name("side"), stop];
    let all = open.reachable(tips).expect("commits");
    let mut all: Vec<_> = all.iter().map(|step| step.commit.to_string()).collect();
    all.sort();
    let by_git = repo.run(&["rev-list", "HEAD", "side"]);
    let mut listed: Vec<_> = by_git.lines().map(ToOwned::to_owned).collect();
    listed.sort();
    assert_eq!(all, listed);
    let elsewhere = repo.name("side");
    assert_eq!(open.first_parents(tip, Some(elsewhere)).expect("a line").end, End::Root);

    let shallow = TestRepo::clone_of(&repo, &["--depth", "2"]);
    let cut = shallow.open().first_parents(tip, None).expect("a line");
    assert_eq!((cut.end, cut.steps.len()), (End::Cut, 2));
    let known = shallow.run(&["rev-list", "--count", "HEAD"]);
    let reached = shallow.open().reachable([tip]).expect("commits").len();
    assert_eq!(known.trim(), reached.to_string());
}

#[test]
fn no_commit_comes_before_its_child_whatever_clocks_said() {
    let repo = TestRepo::init();
    repo.commit("first");
    repo.branch("side").commit("aside");
    repo.checkout("main").commit("along");
    repo.run(&["merge", "-q", "--no-ff", "-m", "merge", "side"]);
    let at = |date: &str, message: &str| {
        let words = ["commit", "-q", "--allow-empty", "-m", message];
        let done = repo.command(&words).env("GIT_COMMITTER_DATE", date).status();
        assert!(done.expect("git").success());
    };
    at("1500000000 +0000", "a clock that is late");
    at("1900000000 +0000", "a clock that is early");
    at("1600000000 +0000", "a clock that is late as well");
    let tip = repo.name("HEAD");
    let all = repo.open().reachable([tip, repo.name("HEAD~1"), repo.name("side")]);
    let listed: Vec<String> =
        all.expect("commits").iter().map(|step| step.commit.to_string()).collect();
    let by_git = repo.run(&["rev-list", "--date-order", "HEAD"]);
    assert_eq!(listed, by_git.lines().collect::<Vec<_>>());
}

#[test]
fn what_a_commit_touched_is_what_git_says() {
    for format in ["sha1", "sha256"] {
        let repo = TestRepo::init_with(&[&format!("--object-format={format}")]);
        repo.write("r/a/1", "1").write("r/a/2", "1").write("x", "1").stage(".").commit("start");
        repo.write("r/a/3", "1").write("r/b/1", "1").stage(".").commit("more");
        repo.run(&["rm", "-q", "-r", "r/a"]);
        repo.write("r/a", "a file where a folder was").stage(".").commit("type");
        repo.branch("side").commit_file("side", "1");
        repo.checkout("main").commit_file("x", "2");
        repo.run(&["merge", "-q", "--no-ff", "-m", "merge", "side"]);
        repo.run(&["update-index", "--chmod=+x", "x"]);
        repo.commit("mode");
        repo.commit("nothing");
        let open = repo.open();
        let line = open.first_parents(repo.name("HEAD"), None).expect("a line");
        let touched = open.touched(&line.steps).expect("changes");
        assert_eq!(touched.len(), line.steps.len());
        let zeros = "0".repeat(repo.rev("HEAD").len());
        let name = |object: Option<_>| object.map_or(zeros.clone(), |name| format!("{name}"));
        for (step, touched) in line.steps.iter().zip(&touched) {
            let words = ["show", "--first-parent", "-m", "--format=", "--raw", "--no-abbrev"];
            let commit = step.commit.to_string();
            let raw = repo.run(&[&words[..], &["--no-renames", &commit]].concat());
            let mut by_git: Vec<_> = raw
                .lines()
                .map(|line| {
                    let (fields, path) = line.split_once('\t').expect("a path");
                    let fields: Vec<_> = fields.split(' ').collect();
                    (path.to_owned(), fields[2].to_owned(), fields[3].to_owned())
                })
                .collect();
            by_git.sort();
            let found: Vec<_> = touched
                .iter()
                .map(|t| (t.path.to_string(), name(t.before), name(t.after)))
                .collect();
            assert_eq!(found, by_git, "{format}");
        }
        let single = open.step(repo.name("HEAD~2")).expect("a step");
        assert_eq!(open.touched(&[single]).expect("changes")[0].len(), 1, "without its parent");
    }
}

/// G14.
#[test]
fn a_file_is_followed_along_first_parents_alone() {
    let repo = TestRepo::init();
    let start = repo.commit_file("r/d/a", "1");
    repo.commit_file("elsewhere", "1");
    repo.branch("side").commit_file("r/d/a", "tried out");
    repo.commit_file("r/d/a", "2");
    repo.checkout("main").run(&["merge", "-q", "--no-ff", "-m", "merge", "side"]);
    let merge = repo.rev("HEAD");
    repo.run(&["revert", "--no-edit", "-m", "1", "HEAD"]);
    let reverted = repo.rev("HEAD");
    repo.run(&["rm", "-q", "r/d/a"]);
    repo.commit("gone");
    repo.commit_file("r/d/b", "1");
    let open = repo.open();
    let arrivals = |tip: &str, folder: &str, most| {
        let found = open.arrivals(repo.name(tip), &RepoPath::from(folder), most).expect("a way");
        let names = |path: &str| -> Vec<String> {
            let commits = found.get(&RepoPath::from(path)).into_iter().flatten();
            commits.map(ToString::to_string).collect()
        };
        (names("r/d/a"), found.len())
    };
    let all = vec![reverted.clone(), merge, start];
    assert_eq!(arrivals("HEAD", "r", 100), (all.clone(), 2));
    assert_eq!(arrivals("HEAD", "", 100), (all.clone(), 3));
    assert_eq!(arrivals("HEAD", "r/d", 100), (all, 2));
    assert_eq!(arrivals("HEAD", "r/none", 100), (Vec::new(), 0));
    assert_eq!(arrivals("HEAD", "r", 3), (vec![reverted], 2));
    let by_git = repo.run(&[
        "log",
        "--first-parent",
        "-m",
        "--diff-filter=AM",
        "--format=%H",
        "HEAD",
        "--",
        "r/d/a",
    ]);
    assert_eq!(arrivals("HEAD", "r", 100).0.join("\n"), by_git);
}

#[test]
fn a_tree_out_of_order_hides_nothing() {
    let repo = TestRepo::init();
    let (one, two) = (repo.write("one", "1"), repo.write("two", "2"));
    let one = one.run(&["hash-object", "-w", "one"]);
    let two = two.run(&["hash-object", "-w", "two"]);
    let tree = |entries: &[(&str, &str)]| {
        let mut bytes = Vec::new();
        for (name, blob) in entries {
            bytes.extend(format!("100644 {name}\0").as_bytes());
            bytes.extend(object_name(blob).as_bytes());
        }
        repo.write("tree", bytes);
        repo.run(&["hash-object", "-w", "-t", "tree", "--literally", "tree"])
    };
    let before = tree(&[("a", &one), ("b", &one), ("c", &one)]);
    let after = tree(&[("c", &one), ("b", &two), ("a", &one)]);
    let first = repo.run(&["commit-tree", "-m", "1", &before]);
    let second = repo.run(&["commit-tree", "-m", "2", "-p", &first, &after]);
    let open = repo.open();
    let line = open.first_parents(object_name(&second), None).expect("a line");
    let touched = open.touched(&line.steps).expect("changes");
    let b = |t: &&Touched| t.path == RepoPath::from("b") && t.after == Some(object_name(&two));
    assert_eq!(touched[0].iter().filter(b).count(), 1, "{touched:?}");
}

/// A tree made by hand may hold a file and a folder of one name; git would write neither.
#[test]
fn a_file_and_a_folder_of_one_name_are_both_found() {
    let repo = TestRepo::init();
    let blob = repo.write("one", "1").run(&["hash-object", "-w", "one"]);
    let tree = |entries: &[(&str, &str, &str)]| {
        let mut bytes = Vec::new();
        for (mode, name, object) in entries {
            bytes.extend(format!("{mode} {name}\0").as_bytes());
            bytes.extend(object_name(object).as_bytes());
        }
        repo.write("tree", bytes);
        repo.run(&["hash-object", "-w", "-t", "tree", "--literally", "tree"])
    };
    let inner = tree(&[("100644", "b", &blob)]);
    let root = tree(&[
        ("40000", "a", &inner),
        ("100644", "a.b", &blob),
        ("100644", "a", &blob),
        ("40000", "a0", &inner),
    ]);
    let commit = repo.run(&["commit-tree", "-m", "1", &root]);
    let snapshot = repo.open().commit_snapshot(object_name(&commit)).expect("a commit");
    let listed = snapshot.list(&RepoPath::default()).expect("a list");
    let listed: Vec<String> = listed.iter().map(|file| file.path.to_string()).collect();
    assert_eq!(listed, ["a", "a.b", "a/b", "a0/b"]);
    for path in &listed {
        let found = snapshot.file(&RepoPath::from(path.as_str())).expect("a tree");
        assert!(found.is_some(), "{path}");
    }
    for path in ["", "a0", "a.b/b", "a/c", "b"] {
        assert_eq!(snapshot.file(&RepoPath::from(path)).expect("a tree"), None, "{path}");
    }
}

#[test]
fn a_path_that_lies_too_deep_is_refused() {
    let repo = TestRepo::init();
    let blob = repo.write("one", "1").run(&["hash-object", "-w", "one"]);
    let (mut mode, mut object, mut path) = ("100644", blob, "a".to_owned());
    for _ in 0..300 {
        let mut bytes = format!("{mode} a\0").into_bytes();
        bytes.extend(object_name(&object).as_bytes());
        repo.write("tree", bytes);
        object = repo.run(&["hash-object", "-w", "-t", "tree", "--literally", "tree"]);
        mode = "40000";
        path.push_str("/a");
    }
    let commit = repo.run(&["commit-tree", "-m", "1", &object]);
    let snapshot = repo.open().commit_snapshot(object_name(&commit)).expect("a commit");
    let fault = snapshot.file(&RepoPath::from(path.as_str())).expect_err("too deep");
    assert!(fault.to_string().contains("lies too deep"), "{fault}");
    let fault = snapshot.list(&RepoPath::default()).expect_err("too deep");
    assert!(fault.to_string().contains("too deep folders"), "{fault}");
}

#[test]
fn ancestors_are_found_across_merges() {
    let repo = TestRepo::init();
    let start = repo.commit_file("a", "1");
    let side = repo.branch("side").commit_file("b", "1");
    let main = repo.checkout("main").commit_file("c", "1");
    repo.run(&["merge", "-q", "--no-ff", "-m", "merge", "side"]);
    let merge = repo.rev("HEAD");
    let open = repo.open();
    let other = git2::Repository::open(repo.path()).expect("libgit2");
    let all = [&start, &side, &main, &merge];
    for one in all {
        for two in all {
            let (a, b) = (one.parse().expect("a name"), two.parse().expect("a name"));
            let expected = a == b || other.graph_descendant_of(b, a).expect("libgit2");
            let found = open.is_ancestor(object_name(one), object_name(two)).expect("readable");
            assert_eq!(found, expected, "{one} {two}");
        }
    }
    let unrelated = commit(&open, &[], &[("x", Some("1"))], 1);
    assert!(!open.is_ancestor(unrelated, object_name(&merge)).expect("readable"));
    let nothing = object_name(&"1".repeat(40));
    assert!(!open.is_ancestor(nothing, object_name(&merge)).expect("readable"));
}

#[test]
fn authors_of_a_range_are_those_who_touched_the_paths() {
    let repo = TestRepo::init();
    let by = |author: &str, path: &str, message: &str| {
        repo.write(path, author).stage(".");
        repo.run(&["commit", "-q", &format!("--author={author}"), "-m", message]);
        repo.name("HEAD")
    };
    let start = by("Old <old@example.com>", "p/a", "start");
    by("Ada <Ada@Example.com>", "p/a", "one\n\nCo-authored-by: Grace <grace@example.com>");
    by("Linus <linus@example.com>", "q", "elsewhere");
    let end = by("Q <q@example.com>", "p [b]/x", "a name like a pattern");
    let open = repo.open();
    let authors = |from, paths: &[&str]| {
        let paths: Vec<_> = paths.iter().map(|path| RepoPath::from(*path)).collect();
        let found = open.authors(from, end, &paths).expect("authors");
        found.into_iter().collect::<Vec<_>>()
    };
    assert_eq!(authors(Some(start), &["p"]), ["ada@example.com", "grace@example.com"]);
    assert_eq!(authors(Some(start), &["p [b]"]), ["q@example.com"]);
    assert_eq!(authors(Some(end), &["p"]), [""; 0]);
    assert_eq!(authors(None, &["p"]).len(), 3);
    assert_eq!(authors(Some(start), &[]).len(), 4);
}

#[test]
fn whoever_merges_has_written_nothing_but_what_the_merge_alone_has() {
    let repo = TestRepo::init();
    let start = object_name(&repo.commit_file("p/a", "start"));
    repo.branch("side").write("p/a", "side").stage(".");
    repo.run(&["commit", "-q", "--author=Side <side@example.com>", "-m", "side"]);
    repo.checkout("main").write("p/b", "main").stage(".");
    repo.run(&["commit", "-q", "--author=Main <main@example.com>", "-m", "main"]);
    let authors = |paths: &[&str]| {
        let paths: Vec<_> = paths.iter().map(|path| RepoPath::from(*path)).collect();
        let found = repo.open().authors(Some(start), repo.name("HEAD"), &paths).expect("authors");
        found.into_iter().collect::<Vec<_>>()
    };
    let merge = |message: &str| {
        repo.run(&["commit", "-q", "--author=Merger <merger@example.com>", "-m", message]);
    };
    repo.run(&["merge", "-q", "--no-ff", "--no-commit", "side"]);
    merge("merge\n\nCo-authored-by: Help <help@example.com>");
    assert_eq!(authors(&["p"]), ["main@example.com", "side@example.com"]);
    assert_eq!(authors(&[]), ["main@example.com", "side@example.com"]);
    // What is smuggled in with a merge has an author.
    repo.run(&["reset", "-q", "--hard", "HEAD^"]);
    repo.run(&["merge", "-q", "--no-ff", "--no-commit", "side"]);
    repo.write("p/a", "neither").stage(".");
    merge("merge\n\nCo-authored-by: Help <help@example.com>");
    assert_eq!(
        authors(&["p"]),
        ["help@example.com", "main@example.com", "merger@example.com", "side@example.com"]
    );
    assert_eq!(authors(&["q"]), [""; 0]);
}

#[test]
fn uncommitted_are_tracked_files_that_differ() {
    let repo = TestRepo::init();
    let paths = |prefixes: &[&str]| {
        let prefixes: Vec<_> = prefixes.iter().map(|path| RepoPath::from(*path)).collect();
        let found = repo.open().uncommitted(&prefixes).expect("readable");
        found.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    repo.write("a/1", "1");
    assert_eq!(paths(&[]), [""; 0], "an untracked file does not count");
    repo.stage(".");
    assert_eq!(paths(&[]), ["a/1"], "nothing is committed yet");
    repo.write("b", "1").write("c", "1").write("d", "1").stage(".").commit("start");
    assert_eq!(paths(&[]), [""; 0]);
    repo.write("new", "untracked");
    assert!(!repo.open().is_dirty().expect("readable"));
    repo.write("a/1", "changed").delete("b");
    repo.write("c", "staged").stage("c").write("c", "1");
    repo.write("a/new", "1").stage("a/new");
    assert_eq!(paths(&[]), ["a/1", "a/new", "b", "c"]);
    assert_eq!(paths(&["a"]), ["a/1", "a/new"]);
    assert!(repo.open().is_dirty().expect("readable"));
}

#[test]
fn branch_and_remotes_are_named() {
    let repo = TestRepo::init();
    let branch = || repo.open().head_branch().expect("readable");
    assert_eq!(branch().as_deref(), Some("refs/heads/main"), "before the first commit");
    let start = repo.commit_file("a", "1");
    repo.branch("x/y");
    assert_eq!(branch().as_deref(), Some("refs/heads/x/y"));
    repo.checkout(&start);
    assert_eq!(branch(), None);
    assert_eq!(repo.open().remotes(), [""; 0]);
    repo.run(&["remote", "add", "origin", "x"]);
    repo.run(&["remote", "add", "backup", "y"]);
    assert_eq!(repo.open().remotes(), ["backup", "origin"]);
}

/// G26: the git program is asked for authors, and would believe a graft.
#[test]
fn a_graft_hides_nobody() {
    let repo = TestRepo::init();
    let commit = |email: &str, text: &str| {
        repo.write("a", text).stage(".");
        let mut command = repo.command(&["commit", "-q", "-m", text]);
        command.env("GIT_AUTHOR_EMAIL", email).status().expect("git");
        repo.rev("HEAD")
    };
    commit("eve@example.com", "1");
    let last = commit("ada@example.com", "2");
    std::fs::create_dir_all(repo.path().join(".git/info")).expect("a folder");
    std::fs::write(repo.path().join(".git/info/grafts"), format!("{last}\n")).expect("a graft");
    assert_eq!(repo.run(&["rev-list", "--count", "HEAD"]), "1");
    let open = repo.open();
    let authors = open.authors(None, object_name(&last), &[RepoPath::from("a")]);
    let authors: Vec<_> = authors.expect("authors").into_iter().collect();
    assert_eq!(authors, ["ada@example.com", "eve@example.com"]);
    let line = open.first_parents(object_name(&last), None).expect("a line");
    assert_eq!(line.steps.len(), 2);
}
