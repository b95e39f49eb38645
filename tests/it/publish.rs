//! Tags of entries, from a merged version to what others fetch.

use std::fs;

use crate::desk::{program, script};
use crate::fixtures::{PROMPT, mission, small};
use crate::people::{Person, at_once};
use crate::support::TestRepo;

const CONFIG: &str = "version: 1\nversioning: {tags: entries}\n";
/// The steps of a run without a remote, and of one with a push.
const LOCAL: [&str; 3] = ["publish:objects-written", "publish:before-refs", "publish:after-refs"];
const PUSHING: [&str; 4] =
    ["publish:objects-written", "publish:after-push", "publish:before-refs", "publish:after-refs"];

/// Writes a prompt.
fn prompt(repo: &TestRepo, id: &str) {
    repo.write(&file(id), small(id)).write(&template(id), "Hi {{ name }}\n");
}

fn file(id: &str) -> String {
    format!("registry/prompts/{id}/prompt.yaml")
}

fn template(id: &str) -> String {
    format!("registry/prompts/{id}/template.md")
}

/// Gives a prompt a new text and the next number, and commits it.
fn rewrite(repo: &TestRepo, id: &str, text: &str) {
    repo.write(&template(id), format!("{text} {{{{ name }}}}\n"));
    repo.keelmark(&["bump", id, "-m", text]).is(0);
    repo.stage(".").commit(text);
}

fn identify(repo: &TestRepo) {
    repo.run(&["config", "user.name", "Ada"]);
    repo.run(&["config", "user.email", "ada@example.com"]);
}

/// Two prompts and a draft on `main`, with tags for entries.
fn registry() -> TestRepo {
    let repo = TestRepo::init();
    identify(&repo);
    repo.write("keelmark.yaml", CONFIG);
    prompt(&repo, "one");
    prompt(&repo, "two");
    prompt(&repo, "draft");
    repo.edit(&file("draft"), "owner: team", "owner: team\nstatus: draft");
    repo.stage(".").commit("a registry");
    repo
}

/// A server, and two clones of it.
fn office() -> (TestRepo, TestRepo, TestRepo) {
    let server = TestRepo::clone_of(&registry(), &["--bare"]);
    let clone = || {
        let clone = TestRepo::clone_of(&server, &[]);
        identify(&clone);
        clone
    };
    let (one, other) = (clone(), clone());
    (server, one, other)
}

/// Every tag with the object that it names.
fn tags(repo: &TestRepo) -> Vec<String> {
    let printed = repo.run(&["for-each-ref", "--format=%(refname) %(objectname)", "refs/tags"]);
    printed.lines().map(str::to_owned).collect()
}

/// The names of every tag.
fn names(repo: &TestRepo) -> Vec<String> {
    let printed = repo.run(&["for-each-ref", "--format=%(refname:strip=2)", "refs/tags"]);
    printed.lines().map(str::to_owned).collect()
}

/// Refuses every tag at a server, as a rule of a forge does.
fn protect(server: &TestRepo) {
    let text = "#!/bin/sh\ncase $1 in refs/tags/*) echo 'tags are made by the release job' >&2; exit 1;; esac\n";
    script(&server.path().join("hooks/update"), text);
}

#[test]
fn every_version_without_a_tag_gets_one() {
    let repo = registry();
    let before = repo.rev("HEAD");
    repo.keelmark(&["publish", "--dry-run"])
        .is(0)
        .says("prompt/one@1.0.0")
        .says("first version")
        .says(&format!("2 tags would be made on {} (main)", &before[..10]))
        .says("1 draft left out");
    assert_eq!(names(&repo), Vec::<String>::new());
    let made = repo.keelmark(&["publish"]).is(0).says("2 tags made on");
    assert_eq!(made.out.lines().count(), 2, "{made}");
    assert_eq!(names(&repo), ["prompt/one@1.0.0", "prompt/two@1.0.0"]);
    for id in ["one", "two"] {
        let tag = format!("refs/tags/prompt/{id}@1.0.0");
        let shown = repo.json(0, &["show", &format!("prompt/{id}")]);
        let digest = shown["digests"]["entry"].as_str().expect("a digest");
        assert_eq!(repo.run(&["cat-file", "-t", &tag]), "tag");
        assert_eq!(repo.rev(&format!("{tag}^{{commit}}")), before);
        let format = "--format=%(contents:subject)|%(contents:trailers:key=Keelmark-Component,valueonly,separator=)|%(contents:trailers:key=Keelmark-Format,valueonly,separator=)|%(taggername)";
        assert_eq!(
            repo.run(&["for-each-ref", format, &tag]),
            format!("prompt/{id}@1.0.0: first version|prompt/{id}@1.0.0 sha256:{digest}|1|Ada")
        );
    }
    // A second run, and one after a commit that changes no version, do nothing.
    let there = tags(&repo);
    repo.keelmark(&["publish"]).is(0).says("2 tags up to date: nothing to do");
    repo.commit_file("README.md", "words");
    repo.keelmark(&["publish"]).is(0).says("2 tags up to date: nothing to do");
    assert_eq!(tags(&repo), there);
    rewrite(&repo, "one", "Hello");
    let made = repo.keelmark(&["publish"]).is(0).says("1 tag made").says("1 tag up to date");
    assert!(made.out.starts_with("prompt/one@1.1.0  sha256:"), "{made}");
    assert!(made.out.ends_with("…  Hello\n"), "{made}");
    assert_eq!(&tags(&repo)[..1], &there[..1]);
    repo.every_reference_holds();
}

/// What asks for no version of its own is no other content.
#[test]
fn another_owner_under_a_published_number_is_the_same_version() {
    let repo = registry();
    repo.keelmark(&["publish"]).is(0);
    let there = tags(&repo);
    repo.edit(&file("one"), "owner: team", "owner: others");
    repo.stage(".").commit("moved");
    repo.keelmark(&["check", "--rev", "HEAD"]).is(0);
    repo.keelmark(&["publish"]).is(0).says("2 tags up to date: nothing to do");
    assert_eq!(tags(&repo), there);
}

#[test]
fn a_prefix_and_the_form_of_gto_are_written_as_the_base_says() {
    let repo = registry();
    repo.write(
        "keelmark.yaml",
        "version: 1\ntag_prefix: copilot/\nversioning: {tags: entries, gto_compat: true}\n",
    );
    repo.stage(".").commit("settings");
    repo.keelmark(&["publish", "prompt/two"]).is(0);
    assert_eq!(names(&repo), ["copilot/prompt/two@v1.0.0"]);
    repo.keelmark(&["publish"]).is(0).says("1 tag up to date");
    assert_eq!(names(&repo), ["copilot/prompt/one@v1.0.0", "copilot/prompt/two@v1.0.0"]);
    repo.keelmark(&["check", "--all", "--rev", "HEAD"]).is(0);
}

#[test]
fn entries_can_be_named_and_must_be_as_head_has_them() {
    let repo = registry();
    repo.keelmark(&["publish", "one@1.0.0", "prompt/one"]).is(0);
    assert_eq!(names(&repo), ["prompt/one@1.0.0"]);
    repo.keelmark(&["publish", "two@2.0.0"])
        .is(2)
        .says("HEAD has `prompt/two` at 1.0.0, not at 2.0.0");
    repo.keelmark(&["publish", "three"]).is(2).says("there is no entry `three`");
    repo.keelmark(&["publish", "draft"]).is(2).says("`prompt/draft` is a draft");
    assert_eq!(names(&repo), ["prompt/one@1.0.0"]);
}

#[test]
fn without_the_setting_nothing_is_tagged() {
    for config in ["version: 1\n", "version: 1\nversioning: {tags: none}\n"] {
        let repo = registry();
        repo.write("keelmark.yaml", config).stage(".").commit("settings");
        repo.keelmark(&["publish"]).is(2).says("`versioning: {tags: entries}` in keelmark.yaml");
        assert_eq!(names(&repo), Vec::<String>::new());
    }
}

#[test]
fn only_what_others_have_is_tagged() {
    let (_server, repo, _other) = office();
    let nothing = |repo: &TestRepo| assert_eq!(names(repo), Vec::<String>::new());
    repo.write(&template("one"), "Hello {{ name }}\n");
    repo.keelmark(&["publish"])
        .is(2)
        .says("`registry/prompts/one/template.md` is changed and not committed");
    repo.stage(".").write(&file("one"), small("one"));
    repo.keelmark(&["publish"]).is(2).says("not committed");
    repo.run(&["reset", "-q", "--hard"]);
    // What git does not track, and what is beside the registry, is no part of it.
    repo.write("registry/prompts/three/prompt.yaml", small("three")).write("README.md", "words");
    repo.branch("topic").run(&["commit", "-q", "--allow-empty", "-m", "topic"]);
    repo.keelmark(&["publish"])
        .is(2)
        .says("of the branch `topic` is on no published branch (`origin/main`)");
    nothing(&repo);
    let topic = repo.rev("HEAD");
    repo.checkout(&topic);
    repo.keelmark(&["publish"]).is(2).says("HEAD is detached at").says("`origin/main`");
    repo.checkout("main").run(&["merge", "-q", "--ff-only", "topic"]);
    repo.keelmark(&["publish"])
        .is(2)
        .says("`origin` does not have")
        .says("of `main` yet")
        .says("git push origin main");
    nothing(&repo);
    // CI checks out a commit; what counts is that a published branch holds it.
    let merged = repo.rev("origin/main");
    repo.checkout(&merged);
    repo.keelmark(&["publish"]).is(0).says("(origin/main)");
    assert_eq!(names(&repo).len(), 2);
}

#[test]
fn before_the_first_commit_there_is_nothing_to_tag() {
    let repo = TestRepo::init();
    repo.write("keelmark.yaml", CONFIG);
    prompt(&repo, "one");
    repo.keelmark(&["publish"]).is(2);
}

#[test]
fn a_base_that_was_typed_publishes_nothing() {
    let (_server, repo, _other) = office();
    repo.branch("topic").run(&["commit", "-q", "--allow-empty", "-m", "topic"]);
    repo.keelmark_with(&["publish"], &[("KEELMARK_BASE", "topic")])
        .is(2)
        .says("on no published branch");
}

#[test]
fn a_maintenance_branch_is_published_too() {
    let (server, repo, _other) = office();
    repo.branch("release/1.x");
    rewrite(&repo, "one", "Hello");
    repo.run(&["push", "-q", "origin", "release/1.x"]);
    repo.keelmark(&["publish", "--push"]).is(0).says("(origin/release/1.x)");
    assert_eq!(names(&server), ["prompt/one@1.1.0", "prompt/two@1.0.0"]);
}

#[test]
fn what_a_release_would_refuse_is_not_published() {
    let repo = mission();
    identify(&repo);
    repo.write("keelmark.yaml", CONFIG);
    prompt(&repo, "one");
    repo.stage(".").commit("the mission as printed");
    repo.keelmark(&["check", "--all", "--rev", "HEAD"]).is(0);
    repo.keelmark(&["publish"])
        .is(1)
        .says("1 entry cannot be published; nothing was tagged")
        .says("(checksum-placeholder)")
        .says("(link-missing)");
    assert_eq!(names(&repo), Vec::<String>::new());
    repo.keelmark(&["publish", "one"]).is(0);
    assert_eq!(names(&repo), ["prompt/one@1.0.0"]);
    // Neither levels nor overrides reach the placeholder.
    repo.write("keelmark.yaml", format!("{CONFIG}rules:\n  checksum-placeholder: {{level: allow}}\n  link-missing: {{level: allow}}\n"));
    repo.stage(".").commit("look away");
    repo.keelmark(&["publish"]).is(1).says("(checksum-placeholder)").leaves_out("(link-missing)");
    repo.keelmark(&["seal", "billing_refund"]).is(0);
    repo.stage(".").commit("sealed");
    repo.keelmark(&["publish"]).is(0).says("prompt/billing_refund@2.3.0");
    // An error of the check is one here.
    repo.edit(PROMPT, "version: 2.3.0", "version: two");
    repo.stage(".").commit("no version");
    repo.keelmark(&["publish"]).is(1).says("(version-not-semver)");
}

#[test]
fn a_tag_that_says_something_else_is_a_failure_of_integrity() {
    let repo = registry();
    repo.keelmark(&["publish"]).is(0);
    let digest = |id: &str| {
        let shown = repo.json(0, &["show", id]);
        shown["digests"]["entry"].as_str().expect("a digest")[..12].to_owned()
    };
    let old = digest("prompt/one");
    let there = tags(&repo);
    repo.write(&template("one"), "Goodbye {{ name }}\n").stage(".").commit("same number");
    let new = digest("prompt/one");
    assert_ne!(old, new);
    repo.keelmark(&["publish"])
        .is(4)
        .says("`prompt/one@1.0.0`")
        .says(&format!("sha256:{old}…"))
        .says(&format!("sha256:{new}…"))
        .says("keelmark bump");
    repo.keelmark(&["publish", "--dry-run"]).is(4);
    // The other entry is none the worse for it.
    repo.keelmark(&["publish", "two"]).is(0).says("1 tag up to date");
    assert_eq!(tags(&repo), there);
}

#[test]
fn tags_of_other_tools_are_believed_as_far_as_their_commits_go() {
    let repo = registry();
    repo.run(&["tag", "prompt/one@1.0.0"]);
    repo.tag("prompt/two@1.0.0");
    let there = tags(&repo);
    repo.commit_file("README.md", "words");
    repo.keelmark(&["publish"]).is(0).says("2 tags up to date: nothing to do");
    assert_eq!(tags(&repo), there);
    let empty = repo.run(&["hash-object", "-t", "tree", "-w", "/dev/null"]);
    for target in [empty.as_str(), "HEAD:keelmark.yaml"] {
        repo.run(&["tag", "-f", "prompt/one@1.0.0", target]);
        repo.keelmark(&["publish", "one"]).is(4).says("holds no prompt/one@1.0.0");
    }
}

#[test]
fn a_tag_is_signed_where_git_is_told_so_or_somebody_asks() {
    let repo = registry();
    let signature = |tag: &str| {
        let text = repo.run(&["cat-file", "tag", tag]);
        text.contains("-----BEGIN SSH SIGNATURE-----")
    };
    repo.run(&["config", "gpg.format", "ssh"]);
    repo.run(&["config", "tag.gpgSign", "true"]);
    repo.keelmark(&["publish"]).is(3).says("there is no ssh key to sign with").says("hint:");
    assert_eq!(names(&repo), Vec::<String>::new());
    let ada = Person::new(&repo, "ada");
    ada.sits_at(&repo);
    let list = repo.beside("signers");
    fs::write(&list, ada.line()).expect("a file");
    repo.run(&["config", "gpg.ssh.allowedSignersFile", list.to_str().expect("UTF-8")]);
    repo.keelmark(&["publish", "one"]).is(0);
    repo.run(&["verify-tag", "prompt/one@1.0.0"]);
    repo.keelmark(&["publish", "two", "--no-sign"]).is(0);
    assert!(!signature("prompt/two@1.0.0"));
    repo.run(&["config", "tag.gpgSign", "false"]);
    rewrite(&repo, "one", "Hello");
    rewrite(&repo, "two", "Hello");
    repo.keelmark(&["publish", "one"]).is(0);
    assert!(!signature("prompt/one@1.1.0"));
    repo.keelmark(&["publish", "two", "--sign"]).is(0);
    repo.run(&["verify-tag", "prompt/two@1.1.0"]);
    repo.keelmark(&["publish", "--sign", "--no-sign"]).is(2);
    // Where the registry lists keys, what goes out unsigned is said.
    repo.write("allowed_signers", ada.line()).stage(".").commit("a list");
    rewrite(&repo, "one", "Good day");
    let words = "1 tag unsigned, and `allowed_signers` lists whose signatures count";
    repo.keelmark(&["publish", "--dry-run"]).is(0).says(words).says("not told to sign tags");
    repo.keelmark(&["publish", "--dry-run", "--sign"]).is(0).leaves_out("unsigned");
    repo.keelmark(&["publish"]).is(0).says(words);
    repo.keelmark(&["publish"]).is(0).leaves_out("unsigned");
    repo.every_reference_holds();
}

#[test]
fn a_push_brings_tags_to_the_server_and_from_there_to_others() {
    let (server, one, other) = office();
    one.keelmark(&["publish", "one"]).is(0);
    assert_eq!(names(&server), Vec::<String>::new());
    one.keelmark(&["publish", "--push", "--dry-run"]).is(0).says("1 tag would be made");
    assert_eq!((names(&one).len(), names(&server).len()), (1, 0));
    // A tag that was only here goes along.
    one.keelmark(&["publish", "--push"]).is(0).says("2 tags pushed to `origin`");
    assert_eq!(tags(&one), tags(&server));
    one.keelmark(&["publish", "--push"]).is(0).says("`origin` has every tag");
    // A clone that has not fetched them takes them, and makes none of its own.
    other.keelmark(&["publish", "--push", "--dry-run"]).is(0).says("2 tags would be taken");
    assert_eq!(names(&other), Vec::<String>::new());
    other.keelmark(&["publish", "--push"]).is(0).says("2 tags taken from `origin`");
    assert_eq!(tags(&other), tags(&server));
    other.every_reference_holds();
}

#[test]
fn without_a_remote_nothing_can_be_pushed() {
    let repo = registry();
    repo.keelmark(&["publish", "--push"]).is(2).says("there is no remote").says("git remote add");
    let (server, one, _other) = office();
    fs::rename(server.path(), server.beside("away")).expect("moved");
    one.keelmark(&["publish", "--push"]).is(3).says("cannot be reached");
    assert_eq!(names(&one), Vec::<String>::new());
}

#[test]
fn what_the_server_refuses_is_not_here_either() {
    let (server, one, other) = office();
    protect(&server);
    one.keelmark(&["publish", "--push"])
        .is(1)
        .says("the remote `origin` refused `refs/tags/prompt/")
        .says("remote: tags are made by the release job")
        .says("ask who administers `origin`");
    assert_eq!(names(&one), Vec::<String>::new());
    assert_eq!(names(&server), Vec::<String>::new());
    fs::remove_file(server.path().join("hooks/update")).expect("a hook");
    one.keelmark(&["publish", "--push"]).is(0).says("2 tags pushed");
    // The same number with other content, from a clone that has not fetched the tags.
    other.write(&template("one"), "Goodbye {{ name }}\n").stage(".").commit("same number");
    other.run(&["push", "-q", "origin", "main"]);
    let there = tags(&server);
    other
        .keelmark(&["publish", "--push"])
        .is(4)
        .says("the tag `prompt/one@1.0.0` at `origin` holds sha256:")
        .says("HEAD has sha256:");
    assert_eq!(names(&other), Vec::<String>::new());
    assert_eq!(tags(&server), there);
}

#[test]
fn one_name_for_two_tags_is_said_and_neither_moves() {
    let (server, one, other) = office();
    one.keelmark(&["publish"]).is(0);
    other.run(&["config", "user.name", "Bob"]);
    other.keelmark(&["publish", "one", "--push"]).is(0);
    let (here, there) = (tags(&one), tags(&server));
    assert_ne!(here[0], there[0]);
    one.keelmark(&["publish", "--push"])
        .is(4)
        .says("the tag `prompt/one@1.0.0` is")
        .says("at `origin`; neither moves");
    assert_eq!((tags(&one), tags(&server)), (here, there));
}

#[test]
fn a_branch_that_was_made_anew_at_the_server_is_not_believed() {
    let (server, one, other) = office();
    rewrite(&one, "one", "Hello");
    one.run(&["push", "-q", "origin", "main"]);
    // Somebody takes the commit back, by force.
    other.run(&["push", "-q", "-f", "origin", "HEAD:main"]);
    one.keelmark(&["publish", "--push"]).is(3).says("have diverged");
    assert_eq!((names(&one), names(&server)), (Vec::new(), Vec::new()));
    // Where it only went on, what others have is still there.
    one.run(&["push", "-q", "-f", "origin", "HEAD:main"]);
    other.run(&["fetch", "-q"]);
    other.checkout("origin/main").commit_file("README.md", "main goes on");
    other.run(&["push", "-q", "origin", "HEAD:main"]);
    one.keelmark(&["publish", "--push"]).is(0).says("2 tags pushed");
}

#[test]
fn a_run_that_is_killed_has_done_everything_or_nothing() {
    for step in LOCAL {
        let repo = registry();
        repo.killed_at(step, &["publish"]);
        let done = if step == "publish:after-refs" { 2 } else { 0 };
        assert_eq!(names(&repo).len(), done, "{step}");
        let there = tags(&repo);
        repo.keelmark(&["publish"]).is(0);
        assert_eq!(names(&repo), ["prompt/one@1.0.0", "prompt/two@1.0.0"], "{step}");
        assert!(there.iter().all(|tag| tags(&repo).contains(tag)), "{step}");
    }
}

#[test]
fn a_push_that_is_killed_is_finished_by_the_next_run() {
    for step in PUSHING {
        let (server, one, other) = office();
        one.killed_at(step, &["publish", "--push"]);
        server.every_reference_holds();
        let pushed = if step == "publish:objects-written" { 0 } else { 2 };
        assert_eq!(names(&server).len(), pushed, "{step}");
        let here = if step == "publish:after-refs" { 2 } else { 0 };
        assert_eq!(names(&one).len(), here, "{step}");
        // Somebody else comes first.
        other.keelmark(&["publish", "--push"]).is(0);
        let there = tags(&server);
        assert_eq!(there.len(), 2, "{step}");
        one.keelmark(&["publish", "--push"]).is(0);
        assert_eq!(tags(&server), there, "{step}");
        assert_eq!(tags(&one), there, "{step}");
        one.every_reference_holds();
    }
}

#[test]
fn two_who_publish_at_once_agree_on_every_tag() {
    let (server, one, other) = office();
    other.run(&["config", "user.name", "Bob"]);
    at_once([&one, &other], &["publish", "--push"]);
    assert_eq!(names(&server), ["prompt/one@1.0.0", "prompt/two@1.0.0"]);
    assert_eq!((tags(&one), tags(&other)), (tags(&server), tags(&server)));
    let repo = registry();
    at_once([&repo, &repo], &["publish"]);
    assert_eq!(names(&repo), ["prompt/one@1.0.0", "prompt/two@1.0.0"]);
}

#[test]
fn whoever_is_faster_between_look_and_push_is_followed() {
    let (server, one, other) = office();
    other.run(&["config", "user.name", "Bob"]);
    let slow = one.beside("slow");
    let (program, there) = (program(), other.path().display());
    script(
        &slow,
        &format!(
            "#!/bin/sh\ncd '{there}' && '{program}' publish one --push >&2 || exit 1\nexec git-receive-pack \"$@\"\n"
        ),
    );
    one.run(&["config", "remote.origin.receivepack", slow.to_str().expect("UTF-8")]);
    one.keelmark(&["publish", "--push"])
        .is(0)
        .says("1 tag taken from `origin`")
        .says("1 tag pushed");
    assert_eq!(tags(&one), tags(&server));
    assert_eq!(tags(&other)[0], tags(&server)[0]);
    let tagger = ["for-each-ref", "--format=%(taggername)", "refs/tags"];
    assert_eq!(server.run(&tagger), "Bob\nAda");
}

#[test]
fn three_hundred_tags_are_made_in_one_transaction() {
    let repo = registry();
    for number in 0..298 {
        prompt(&repo, &format!("many/p{number:03}"));
    }
    repo.stage(".").commit("many");
    // One of them is being written by somebody else, and so none is made.
    let lock = repo.path().join(".git/refs/tags/prompt/many/p150@1.0.0.lock");
    fs::create_dir_all(lock.parent().expect("a folder")).expect("a folder");
    fs::write(&lock, "").expect("a lock");
    repo.keelmark(&["publish"]).is(3).says("locked").says("p150@1.0.0.lock");
    assert_eq!(names(&repo), Vec::<String>::new());
    fs::remove_file(&lock).expect("a lock");
    repo.keelmark(&["publish"]).is(0).says("300 tags made");
    assert_eq!(names(&repo).len(), 300);
    repo.keelmark(&["publish"]).is(0).says("300 tags up to date: nothing to do");
    let server = TestRepo::clone_of(&repo, &["--bare", "--no-tags"]);
    repo.run(&["remote", "add", "origin", &server.address()]);
    repo.run(&["fetch", "-q", "origin"]);
    repo.keelmark(&["publish", "--push"]).is(0).says("300 tags pushed");
    assert_eq!(tags(&server), tags(&repo));
}

#[test]
fn a_tag_that_was_made_here_by_mistake_is_named_with_the_way_to_remove_it() {
    let (server, one, _) = office();
    one.run(&["tag", "prompt/one@1.0.0", "HEAD^{tree}"]);
    let ending = one.keelmark(&["publish", "--push"]).is(4).says("`origin` does not have it");
    ending.says("`git tag -d prompt/one@1.0.0`").leaves_out("keelmark bump");
    assert_eq!(names(&server), Vec::<String>::new());
    one.run(&["tag", "-d", "prompt/one@1.0.0"]);
    one.keelmark(&["publish", "--push"]).is(0).says("2 tags pushed");
}

#[test]
fn tags_of_entries_need_no_ledger_to_hold() {
    let repo = registry();
    repo.keelmark(&["publish"]).is(0);
    let ending = repo.keelmark(&["verify", "--all"]).is(0);
    assert!(ending.out.contains("prompt/one@"), "{ending}");
    ending.leaves_out("git fetch").leaves_out("keelmark/ledger");
}
