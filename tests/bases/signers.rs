//! The list of keys that count, from the base to a change.

use crate::scene::{Checked, check, check_with, found, greet, keelmark, top};
use crate::support::TestRepo;

const ONE: &str = "1.0.0: first version";

const LIST: &str = "allowed_signers";

const ADA: &str = "ada@example.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHF3Bmk2rtsVhcd7Q5p0dqEzQf3l7mGxKzV2d0o7b1Xy\n";

const EVE: &str = "eve@example.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMW0rtsVhcd7Q5p0dqEzQf3l7mGxKzV2d0o7b1XyHF3B\n";

/// A clone of a server whose base lists Ada's key.
fn listed() -> (TestRepo, TestRepo) {
    let server = TestRepo::init();
    found(&server);
    server.commit_file(LIST, ADA);
    let clone = TestRepo::clone_of(&server, &[]);
    clone.branch("work");
    (server, clone)
}

fn at(checked: &Checked, rule: &str) -> (String, u64, String) {
    let found = checked.finding(rule);
    let text = |key: &str| found[key].as_str().unwrap_or_default().to_owned();
    (text("path"), found["line"].as_u64().unwrap_or_default(), text("message"))
}

#[test]
fn a_path_of_signers_that_leads_nowhere_is_an_error_of_the_configuration() {
    let (server, clone) = listed();
    let settings = "version: 1\npaths:\n  signers: alowed_signers\n";
    clone.write("keelmark.yaml", settings).stage(".");
    for words in [&[][..], &["--staged"], &["--all"]] {
        let checked = check_with(&clone, words, &[]);
        assert_eq!(checked.code, 2, "{:#}", checked.json);
        let (path, line, message) = at(&checked, "signers-missing");
        assert_eq!((path.as_str(), line), ("keelmark.yaml", 3));
        assert!(message.contains("`alowed_signers`"), "{message}");
        let help = checked.finding("signers-missing")["help"].as_str().expect("a help").to_owned();
        assert!(help.contains("at the base it is `allowed_signers`"), "{help}");
    }
    // The change cannot accept it for itself.
    let fingerprint = check(&clone).finding("signers-missing")["fingerprint"].clone();
    clone.write(
        "keelmark.yaml",
        format!(
            "{settings}overrides:\n  - {{rule: signers-missing, entry: keelmark.yaml, fingerprint: {fingerprint}, reason: later}}\n"
        ),
    );
    assert_eq!(check(&clone).code, 2);
    // Outside of the repository there is no list either.
    clone.write("keelmark.yaml", "version: 1\npaths: {signers: ../keys}\n");
    check(&clone).is(2, &["policy-weakened-in-same-change", "signers-missing"]);
    // Once it stands at the base it is nobody's fault, and still not forgotten.
    server.commit_file("keelmark.yaml", settings);
    clone.run(&["checkout", "-q", "-f", "-B", "work"]);
    clone.run(&["pull", "-q", "origin", "main"]);
    greet(&clone, &["1.1.0: more", ONE], &top("more"));
    let checked = check(&clone).is(0, &[]);
    assert_eq!(checked.finding("signers-missing")["inherited"], true);
    assert_eq!(check_with(&clone, &["--all"], &[]).code, 2);
}

#[test]
fn a_list_that_is_removed_emptied_or_garbled_is_an_error() {
    let (_server, clone) = listed();
    clone.delete(LIST).stage(".");
    for words in [&[][..], &["--staged"]] {
        let checked = check_with(&clone, words, &[]).is(1, &["signers-missing"]);
        let (path, _, message) = at(&checked, "signers-missing");
        assert_eq!(path, LIST);
        assert!(message.contains("there no more"), "{message}");
    }
    for text in ["", "# nobody\n\n"] {
        clone.write(LIST, text);
        check(&clone).is(1, &["signers-empty"]);
    }
    clone.write(LIST, "# people\nada@example.com\n");
    let checked = check(&clone).is(1, &["signers-empty", "signers-line-unreadable"]);
    assert_eq!(at(&checked, "signers-line-unreadable").1, 2);
    // One bad line among good ones lists nobody, where somebody believes that it does.
    clone.write(LIST, format!("{ADA}\nbob@example.com ssh-ed25519 AAAA\n"));
    let checked = check(&clone).is(1, &["signers-line-unreadable"]);
    assert_eq!(at(&checked, "signers-line-unreadable").1, 3);
    clone.delete(LIST);
    std::os::unix::fs::symlink("keelmark.yaml", clone.path().join(LIST)).expect("a link");
    check(&clone).is(1, &["signers-missing"]);
    // Without the configuration the list is not where the base has it.
    clone.delete(LIST).write(LIST, ADA);
    check(&clone).is(0, &[]);
}

#[test]
fn a_list_moves_together_with_the_key_that_names_it() {
    let (server, clone) = listed();
    server.delete(LIST).write("keys/people", ADA);
    server.write("keelmark.yaml", "version: 1\npaths: {signers: keys/people}\n");
    server.stage(".").commit("moved");
    clone.run(&["pull", "-q", "origin", "main"]);
    check(&clone).is(0, &[]);
    clone.delete("keelmark.yaml").stage(".");
    let checked = check(&clone);
    let (path, _, message) = at(&checked, "signers-missing");
    assert_eq!(path, LIST);
    assert!(message.contains("`keys/people`"), "{message}");
}

#[test]
fn who_adds_a_key_beside_an_entry_widens_trust_in_the_same_change() {
    let (_server, clone) = listed();
    clone.write(LIST, format!("{EVE}{ADA}"));
    let checked = check(&clone).is(0, &["policy-weakened-in-same-change"]);
    assert_eq!(checked.finding("policy-weakened-in-same-change")["severity"], "note");
    greet(&clone, &["1.1.0: more", ONE], &top("more"));
    let checked = check(&clone).is(1, &["policy-weakened-in-same-change"]);
    let (path, _, message) = at(&checked, "policy-weakened-in-same-change");
    assert_eq!(path, LIST);
    assert!(message.contains("eve@example.com"), "{message}");
    // Keys can be made that end alike; they are others all the same.
    clone.write(LIST, ADA.replace("IHF3Bmk2", "IMX3Bmk2"));
    check(&clone).is(1, &["policy-weakened-in-same-change"]);
    // A key less trusts less, and a comment is none.
    clone.write(LIST, format!("# people\n{}", ADA.replace('\n', " at work\n")));
    check(&clone).is(0, &[]);
}

#[test]
fn a_registry_without_a_list_needs_none() {
    let server = TestRepo::init();
    found(&server);
    let clone = TestRepo::clone_of(&server, &[]);
    clone.branch("work");
    greet(&clone, &["1.1.0: more", ONE], &top("more"));
    check(&clone).is(0, &[]);
    clone.write(LIST, ADA);
    check(&clone).is(0, &[]);
    keelmark(&clone, &["check"]).ends(0).never_says("signers");
}
