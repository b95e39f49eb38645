//! Payloads that are not what they seem.

use std::os::unix::fs::symlink;

use keelmark::digest::Digest;

use crate::scene::{
    GREET, GREET_TEXT, TEXT, check, check_with, greet, keelmark, prompt, read, registry, top,
};
use crate::support::TestRepo;

const ONE: &str = "1.0.0: first version";
const ROWS: &str = "registry/datasets/rows";

fn dataset(path: &str, digest: &Digest) -> String {
    format!(
        "id: rows\nversion: 1.0.0\nowner: data\nfiles:\n  - {{path: \"{path}\", sha256: \"{digest}\"}}\n\
         license: CC0-1.0\nprovenance: {{source: here, collected: 2025-09-01, license: CC0-1.0, \
         derived_from: [], pii: none, synthetic: true}}\nchangelog: [\"1.0.0: first cut\"]\n"
    )
}

fn pointer(content: &[u8]) -> String {
    format!(
        "version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize {}\n",
        Digest::of(content),
        content.len()
    )
}

/// A repository with `.gitattributes` in its first commit.
fn with_attributes(attributes: &str) -> TestRepo {
    let repo = TestRepo::init();
    crate::scene::found(&repo);
    repo.commit_file(".gitattributes", attributes);
    repo.branch("work");
    repo
}

/// G21.
#[test]
fn a_pointer_that_the_base_announces_is_verified_by_its_oid() {
    let repo = with_attributes("*.bin filter=lfs diff=lfs merge=lfs -text\n");
    let content = b"forty gigabytes";
    repo.write(&format!("{ROWS}/dataset.yaml"), dataset("data.bin", &Digest::of(content)));
    repo.write(&format!("{ROWS}/data.bin"), pointer(content)).stage(".");
    for arguments in [&[][..], &["--staged"]] {
        check_with(&repo, arguments, &[]).is(0, &["dataset-rows-not-judged"]);
    }
    // Another digest than the pointer's is stale.
    repo.write(&format!("{ROWS}/dataset.yaml"), dataset("data.bin", &Digest::of(b"other")));
    check(&repo).is(0, &["dataset-rows-not-judged", "checksum-stale"]);
}

/// G21.
#[test]
fn a_pointer_that_nobody_announced_claims_nothing() {
    let repo = with_attributes("*.dat filter=lfs\n");
    let content = b"forty gigabytes";
    repo.write(&format!("{ROWS}/dataset.yaml"), dataset("data.bin", &Digest::of(content)));
    repo.write(&format!("{ROWS}/data.bin"), pointer(content)).stage(".");
    let checked = check(&repo);
    assert!(checked.rules().contains(&"payload-lfs-pointer-unexpected"), "{:#}", checked.json);
    assert_eq!(checked.code, 1);
}

/// G21.
#[test]
fn a_pointer_may_come_with_its_attributes_in_one_change() {
    let content = b"forty gigabytes";
    let bring = |repo: &TestRepo| {
        repo.write(".gitattributes", "*.bin filter=lfs diff=lfs merge=lfs -text\n");
        repo.write(&format!("{ROWS}/dataset.yaml"), dataset("data.bin", &Digest::of(content)));
        repo.write(&format!("{ROWS}/data.bin"), pointer(content)).stage(".");
    };
    let repo = registry();
    repo.branch("work");
    bring(&repo);
    check_with(&repo, &["--staged"], &[]).is(0, &["dataset-rows-not-judged"]);
    repo.commit("a dataset in LFS");
    check_with(&repo, &["--rev", "HEAD"], &[]).is(0, &["dataset-rows-not-judged"]);
    repo.checkout("main").run(&["merge", "-q", "work"]);
    check_with(&repo, &["--all"], &[]).is(0, &[]);
    // In the first commit as well.
    let first = TestRepo::init();
    bring(&first);
    check_with(&first, &["--staged"], &[]).is(0, &["dataset-rows-not-judged"]);
    // Another digest than the pointer's is as wrong as ever.
    repo.branch("wrong");
    repo.write(&format!("{ROWS}/dataset.yaml"), dataset("data.bin", &Digest::of(b"other")));
    check(&repo).is(0, &["checksum-stale"]);
}

/// G21.
#[test]
fn a_pointer_takes_the_place_of_its_own_content_and_of_no_other() {
    let content = b"a few bytes";
    let repo = with_attributes("");
    repo.write(&format!("{ROWS}/dataset.yaml"), dataset("data.bin", &Digest::of(content)));
    repo.write(&format!("{ROWS}/data.bin"), content).stage(".").commit("content");
    repo.checkout("main").run(&["merge", "-q", "work"]);
    repo.branch("convert").write(".gitattributes", "*.bin filter=lfs -text\n");
    repo.write(&format!("{ROWS}/data.bin"), pointer(content)).stage(".");
    let checked = check_with(&repo, &["--staged"], &[]);
    assert_eq!(checked.code, 0, "{:#}", checked.json);
    repo.write(&format!("{ROWS}/data.bin"), pointer(b"other bytes"));
    repo.write(&format!("{ROWS}/dataset.yaml"), dataset("data.bin", &Digest::of(b"other bytes")));
    repo.stage(".");
    let checked = check_with(&repo, &["--staged"], &[]);
    assert!(checked.rules().contains(&"payload-lfs-pointer-unexpected"), "{:#}", checked.json);
    assert_ne!(checked.code, 0);
}

/// G21.
#[test]
fn content_where_a_pointer_belongs_is_noticed() {
    let repo = with_attributes("");
    let content = b"a few bytes";
    repo.write(&format!("{ROWS}/dataset.yaml"), dataset("data.bin", &Digest::of(content)));
    repo.write(&format!("{ROWS}/data.bin"), content).stage(".").commit("content");
    repo.checkout("main");
    repo.commit_file(".gitattributes", "*.bin filter=lfs\n");
    repo.checkout("work");
    repo.run(&["rebase", "-q", "main"]);
    check_with(&repo, &["--staged"], &[])
        .is(0, &["dataset-rows-not-judged", "payload-lfs-content-committed"]);
}

#[test]
fn a_symbolic_link_is_no_payload() {
    for target in ["../ask/template.md", "/etc/hostname", "nowhere"] {
        let repo = registry();
        repo.branch("work");
        repo.delete(GREET_TEXT);
        symlink(target, repo.path().join(GREET_TEXT)).expect("a link");
        for arguments in [&[][..], &["--staged"]] {
            let checked = check_with(&repo, arguments, &[]);
            assert_eq!(checked.code, 1, "{:#}", checked.json);
            assert!(checked.rules().contains(&"payload-not-a-file"), "{:#}", checked.json);
            repo.stage(".");
        }
    }
}

#[test]
fn a_folder_behind_a_symbolic_link_is_not_followed() {
    let repo = registry();
    repo.branch("work");
    let outside = repo.beside("outside");
    std::fs::create_dir_all(&outside).expect("a folder");
    std::fs::write(outside.join("data.csv"), "a,b\n").expect("a file");
    repo.write(&format!("{ROWS}/dataset.yaml"), dataset("in/data.csv", &Digest::of(b"a,b\n")));
    symlink(&outside, repo.path().join(ROWS).join("in")).expect("a link");
    repo.stage(".");
    for arguments in [&[][..], &["--staged"]] {
        let checked = check_with(&repo, arguments, &[]);
        assert_eq!(checked.code, 1, "{:#}", checked.json);
        assert_eq!(checked.rules(), ["payload-missing", "file-not-regular"]);
    }
}

#[test]
fn another_repository_is_no_payload() {
    let library = TestRepo::init();
    library.commit_file("cases.csv", "a,b\n");
    let repo = registry();
    repo.branch("work");
    repo.run(&["submodule", "-q", "add", &library.address(), &format!("{ROWS}/data")]);
    repo.write(&format!("{ROWS}/dataset.yaml"), dataset("data", &Digest::of(b"a,b\n"))).stage(".");
    for arguments in [&[][..], &["--staged"]] {
        let checked = check_with(&repo, arguments, &[]);
        assert_eq!(checked.code, 1, "{:#}", checked.json);
        assert!(checked.rules().contains(&"payload-not-a-file"), "{:#}", checked.json);
    }
    let inside = dataset("data/cases.csv", &Digest::of(b"a,b\n"));
    repo.write(&format!("{ROWS}/dataset.yaml"), inside).stage(".");
    for arguments in [&[][..], &["--staged"]] {
        let checked = check_with(&repo, arguments, &[]);
        assert_eq!(checked.code, 1, "{:#}", checked.json);
        assert!(
            checked.rules().iter().any(|rule| rule.starts_with("payload-")),
            "{:#}",
            checked.json
        );
    }
}

#[test]
fn what_git_does_not_track_is_no_payload() {
    let repo = registry();
    repo.branch("work");
    repo.write("registry/prompts/late/prompt.yaml", prompt("late", "name", &[ONE], TEXT));
    repo.run(&["add", "registry/prompts/late/prompt.yaml"]);
    repo.write("registry/prompts/late/template.md", TEXT);
    let checked = check(&repo).is(1, &["payload-untracked"]);
    let help = checked.finding("payload-untracked")["help"].as_str().expect("help").to_owned();
    assert_eq!(help, "git add registry/prompts/late/template.md");
    check_with(&repo, &["--staged"], &[]).is(1, &["payload-missing"]);
    // Ignored files are not tracked either.
    repo.write(".gitignore", "template.md\n");
    let checked = check(&repo);
    assert_eq!(checked.code, 1, "{:#}", checked.json);
}

#[test]
fn a_payload_cannot_leave_its_folder() {
    for path in ["../ask/template.md", "/etc/passwd", "a/../../ask/template.md", ".git/config"] {
        let repo = registry();
        repo.branch("work");
        let text = read(&repo, GREET)
            .replace("owner: team\n", &format!("owner: team\ntemplate: {path}\n"));
        repo.write(GREET, text);
        let checked = check(&repo);
        assert_eq!(checked.code, 1, "{path}: {:#}", checked.json);
        assert!(checked.rules().contains(&"payload-path-invalid"), "{path}: {:#}", checked.json);
    }
}

/// G20.
#[test]
fn a_digest_is_over_the_bytes_that_git_stores() {
    for (attributes, autocrlf) in [("", "true"), ("*.md text eol=crlf\n", "false")] {
        let repo = TestRepo::init();
        repo.run(&["config", "core.autocrlf", autocrlf]);
        repo.write(".gitattributes", attributes).write("keelmark.yaml", "version: 1\n");
        greet(&repo, &[ONE], TEXT);
        repo.stage(".").commit("a registry");
        repo.branch("work");
        // The file on disk has CRLF, the blob has LF.
        repo.delete(GREET_TEXT).run(&["checkout", "-q", "--", GREET_TEXT]);
        assert!(read(&repo, GREET_TEXT).contains("\r\n"), "{autocrlf}");
        check_with(&repo, &["--all"], &[]).is(0, &[]);
        keelmark(&repo, &["seal", "--check"]).ends(0);
        keelmark(&repo, &["seal"]).ends(0);
        assert_eq!(repo.run(&["status", "--porcelain"]), "");
        // A change on disk is measured, sealed and bumped as git would store it.
        repo.write(GREET_TEXT, top("better").replace('\n', "\r\n"));
        keelmark(&repo, &["bump", "-m", "better"]).ends(0);
        assert!(read(&repo, GREET).contains(&Digest::of(top("better").as_bytes()).to_string()));
        repo.stage(".");
        check_with(&repo, &["--staged"], &[]).is(0, &[]);
    }
}

#[test]
fn an_entry_with_crlf_keeps_its_line_ends() {
    let repo = registry();
    repo.branch("work");
    repo.write(GREET, read(&repo, GREET).replace('\n', "\r\n")).write(GREET_TEXT, top("better"));
    keelmark(&repo, &["bump", "-m", "better"]).ends(0);
    let text = read(&repo, GREET);
    assert_eq!(text.matches('\n').count(), text.matches("\r\n").count(), "{text:?}");
    assert!(text.contains("version: 1.1.0\r\n"), "{text:?}");
}
