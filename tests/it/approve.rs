//! Approvals: who may give one, and which of those that are recorded count.

use keelmark::ledger::append;
use keelmark::ledger::channel::Channels;
use keelmark::ledger::kind::Kind;
use keelmark::ledger::record::{Draft, Record, Signature, SignatureFormat};
use keelmark::vcs::write::{NewCommit, Old, RefUpdate};
use keelmark::vcs::{Identity, Namespace, SignWish, Signers, Verified};
use serde_json::{Value, json};

use crate::desk::Ending;
use crate::people::{Person, at_once};
use crate::support::TestRepo;

const COMPOSITE: &str = "registry/composites/copilot/composite.yaml";
const TEMPLATE: &str = "registry/prompts/answer/template.md";
const LEDGER: &str = "refs/heads/keelmark/ledger";

/// A product that Ada wrote. Bob and Cleo may approve it; Eve may not, though her key is listed; and
/// Dave's is not. Cleo is listed by her name alone.
struct Scene {
    /// Their keys are beside it.
    source: TestRepo,
    server: TestRepo,
    bob: Person,
    cleo: Person,
    dave: Person,
    eve: Person,
}

impl Scene {
    fn new() -> Self {
        let source = TestRepo::init();
        let [bob, cleo, dave, eve] =
            ["bob", "cleo", "dave", "eve"].map(|name| Person::new(&source, name));
        source
            .write("keelmark.yaml", "version: 1\napprovers: [bob@example.com, cleo]\n")
            .write("allowed_signers", format!("{}{}cleo {}\n", bob.line(), eve.line(), cleo.public))
            .write(
                COMPOSITE,
                "id: copilot\nversion: 1.0.0\nowner: team\nmembers:\n  prompt: answer@1.0.0\n  model: small@1.0.0\nchangelog: [\"1.0.0: first\"]\n",
            )
            .write(
                "registry/prompts/answer/prompt.yaml",
                "id: answer\nversion: 1.0.0\nowner: team\nschema:\n  inputs: [question]\n  outputs: [answer]\nchangelog: [\"1.0.0: first\"]\n",
            )
            .write(TEMPLATE, "Answer: {{ question }}\n")
            .write(
                "registry/models/small/model.yaml",
                "id: small\nversion: 1.0.0\nowner: team\nprovider: {api: openai, model: gpt-4o-mini-2024-07-18}\nrisk_tier: high\nchangelog: [\"1.0.0: first\"]\n",
            );
        source.stage(".").commit("a product");
        let server = TestRepo::clone_of(&source, &["--bare"]);
        Self { source, server, bob, cleo, dave, eve }
    }

    /// Returns a clone at which somebody sits.
    fn desk(&self, who: &Person) -> TestRepo {
        let clone = TestRepo::clone_of(&self.server, &[]);
        who.sits_at(&clone);
        clone
    }

    /// Changes what everybody starts from.
    fn merge(&self, path: &str, text: &str) {
        self.source.commit_file(path, text);
        let address = self.server.address();
        self.source.run(&["push", "-q", &address, "HEAD:main"]);
    }
}

/// Every record, with its payload.
fn records(repo: &TestRepo) -> Vec<Value> {
    let lines = repo.keelmark(&["ledger", "export"]).is(0).out;
    lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// Insists that an approval was refused, and nothing recorded.
#[track_caller]
fn refused(repo: &TestRepo, code: i32, words: &[&str]) -> Ending {
    let ending = repo.keelmark(words).is(code);
    assert!(repo.open().reference(LEDGER).expect("readable").is_none(), "{ending}");
    ending
}

/// Commits as somebody else.
fn commit_by(repo: &TestRepo, path: &str, text: &str, author: &str, message: &str) {
    repo.write(path, text).stage(".");
    repo.run(&["commit", "-q", "--author", author, "-m", message]);
}

#[test]
fn an_approval_is_signed_recorded_and_pushed() {
    let scene = Scene::new();
    let repo = scene.desk(&scene.bob);
    let words = ["approve", "copilot", "-m", " read the refunds "];
    refused(&repo, 0, &[&words[..], &["--dry-run"]].concat())
        .says("by bob@example.com")
        .says("nothing was recorded");
    repo.keelmark(&[&words[..], &["--push"]].concat())
        .is(0)
        .says("composite/copilot 1.0.0 model@1.0.0 + prompt@1.0.0")
        .says("by bob@example.com")
        .says("pushed to `origin`");
    let records = records(&repo);
    let [record] = records.as_slice() else { panic!("{records:#?}") };
    assert_eq!(record["kind"], "approval");
    assert_eq!(record["subject"], "release/copilot@1.0.0");
    assert_eq!(record["actor"], "bob <bob@example.com>");
    let digest = record["payload"]["digest"].as_str().expect("a digest");
    assert_eq!(digest.len(), 64);
    assert_eq!(
        record["payload"],
        json!({
            "composite": "copilot",
            "version": "1.0.0",
            "string": "model@model/small@1.0.0 + prompt@prompt/answer@1.0.0",
            "digest": digest,
            "principal": "bob@example.com",
            "comment": "read the refunds",
            "commit": repo.rev("HEAD"),
        })
    );
    // Others see it, and whoever has the list can check it.
    assert_eq!(scene.server.rev(LEDGER), repo.rev(LEDGER));
    repo.keelmark(&["ledger", "verify"]).is(0).says("1 record");
    let bytes = [record.to_string().as_bytes(), b"\n"].concat();
    let parsed = Record::parse(&bytes).expect("a record");
    let signature = parsed.signature().expect("a signature");
    let list = Signers::parse(&repo.read("allowed_signers"));
    let (text, signed) = (&signature.text, parsed.signed_bytes());
    let found =
        repo.open().verify_signature(text, &signed, Namespace::Keelmark, &list, parsed.at());
    assert!(
        matches!(&found, Ok(Verified::Good { principal, .. }) if principal == "bob@example.com"),
        "{found:?}"
    );
    // It is not given twice, whatever the composite is called.
    for name in ["copilot", "composite/copilot@1.0.0", "prompt@1.0.0 + model@1.0.0"] {
        repo.keelmark(&["approve", name]).is(0).says("`bob@example.com` approved this on 20");
    }
    assert_eq!(self::records(&repo), records);
}

#[test]
fn whoever_is_listed_by_a_name_approves_under_that_name() {
    let scene = Scene::new();
    let repo = scene.desk(&scene.cleo);
    repo.keelmark(&["approve", "copilot"])
        .is(0)
        .says("by cleo")
        .says("not pushed yet: `keelmark ledger push` does");
    let records = records(&repo);
    assert_eq!(records[0]["payload"]["principal"], "cleo");
    assert_eq!(records[0]["payload"]["comment"], Value::Null);
    // It goes along when the next one is pushed, and is not made again.
    repo.keelmark(&["approve", "copilot", "--push"]).is(0).says("already");
    assert_eq!(scene.server.rev(LEDGER), repo.rev(LEDGER));
    assert_eq!(self::records(&repo), records);
}

#[test]
fn two_approve_at_once_and_neither_is_lost() {
    let scene = Scene::new();
    let (bob, cleo) = (scene.desk(&scene.bob), scene.desk(&scene.cleo));
    at_once([&bob, &cleo], &["approve", "copilot", "--push"]);
    bob.run(&["fetch", "-q"]);
    let records = records(&bob);
    let mut principals: Vec<&str> = records
        .iter()
        .map(|record| record["payload"]["principal"].as_str().expect("a principal"))
        .collect();
    principals.sort_unstable();
    assert_eq!(principals, ["bob@example.com", "cleo"]);
    bob.keelmark(&["ledger", "verify"]).is(0);
}

#[test]
fn a_key_that_nobody_lists_approves_nothing() {
    let scene = Scene::new();
    let repo = scene.desk(&scene.dave);
    refused(&repo, 1, &["approve", "copilot"])
        .says("this approval would not count: the key SHA256:")
        .says("is not in `allowed_signers`")
        .says("have your key merged");
    repo.run(&["config", "--unset", "user.signingKey"]);
    refused(&repo, 3, &["approve", "copilot"])
        .says("there is no ssh key to sign with")
        .says("git config --global user.signingKey");
    scene.eve.sits_at(&repo);
    refused(&repo, 1, &["approve", "copilot"])
        .says("`eve@example.com` is not among the `approvers`")
        .says("`bob@example.com`, `cleo`");
    // A key that ran out.
    let line = format!("bob@example.com valid-before=\"20240101\" {}\n", scene.bob.public);
    scene.merge("allowed_signers", &line);
    let repo = scene.desk(&scene.bob);
    refused(&repo, 1, &["approve", "copilot"]).says("was not valid at that time");
}

#[test]
fn a_change_cannot_say_who_approves_it() {
    let scene = Scene::new();
    let repo = scene.desk(&scene.eve);
    repo.branch("topic");
    repo.edit("keelmark.yaml", "[bob", "[eve@example.com, bob").stage(".").commit("me too");
    refused(&repo, 1, &["approve", "copilot"]).says("is not among the `approvers`");
    scene.dave.sits_at(&repo);
    repo.write("allowed_signers", scene.dave.line())
        .edit("keelmark.yaml", "[eve", "[dave@example.com, eve")
        .stage(".")
        .commit("and me");
    refused(&repo, 1, &["approve", "copilot"]).says("is not in `allowed_signers`");
    // Bob approves the change before it is merged.
    scene.bob.sits_at(&repo);
    repo.keelmark(&["approve", "copilot"]).is(0);
}

#[test]
fn without_a_list_or_approvers_nobody_can_approve() {
    let scene = Scene::new();
    scene.merge("keelmark.yaml", "version: 1\n");
    let repo = scene.desk(&scene.bob);
    refused(&repo, 2, &["approve", "copilot"]).says("the base lists no `approvers`");
    scene.source.delete("allowed_signers");
    scene.merge("README.md", "no list");
    let repo = scene.desk(&scene.bob);
    refused(&repo, 2, &["approve", "copilot"]).says("the base has no `allowed_signers`");
}

#[test]
fn nobody_approves_own_work() {
    let scene = Scene::new();
    let repo = scene.desk(&scene.bob);
    repo.branch("topic");
    // What lies beside the registry is not what is approved.
    commit_by(&repo, "README.md", "by bob", "Bob <bob@example.com>", "words");
    refused(&repo, 0, &["approve", "copilot", "--dry-run"]);
    let base = repo.rev("HEAD");
    let both = "a text\n\nCo-authored-by: Bob B. <Bob@Example.com>";
    for (author, message) in [("B <BOB@example.com>", "a text"), ("Ada <ada@example.com>", both)] {
        repo.run(&["reset", "-q", "--hard", &base]);
        commit_by(&repo, TEMPLATE, "Say: {{ question }}\n", author, message);
        refused(&repo, 1, &["approve", "copilot"])
            .says("`bob@example.com` wrote part of what is to be approved")
            .says("before the first release everybody who wrote part of it counts");
    }
    // Cleo's principal is no address; her commits tell.
    scene.cleo.sits_at(&repo);
    refused(&repo, 0, &["approve", "copilot", "--dry-run"]);
    commit_by(&repo, TEMPLATE, "Tell: {{ question }}\n", "C <cleo@example.com>", "a text");
    refused(&repo, 1, &["approve", "copilot"]).says("`cleo` wrote part");
    // A tag that no record tells of releases nothing.
    repo.tag("release/copilot@0.9.0");
    refused(&repo, 1, &["approve", "copilot"]).says("`cleo` wrote part");
    // What was released before is approved no more.
    crate::ledger::append(
        repo.path(),
        "release",
        0,
        "release/copilot@0.9.0",
        release_of(&repo, "copilot", "0.9.0"),
    );
    repo.keelmark(&["approve", "copilot"]).is(0);
    scene.bob.sits_at(&repo);
    repo.keelmark(&["approve", "copilot"]).is(0);
}

/// What a record says of a release that has a tag and nothing else.
fn release_of(repo: &TestRepo, composite: &str, version: &str) -> Value {
    let tag = format!("release/{composite}@{version}");
    let nothing = "0".repeat(64);
    json!({
        "composite": composite, "version": version, "string": composite, "digest": nothing,
        "candidate": false, "composite_digest": nothing, "members": [], "class": "none",
        "previous": null, "commit": repo.rev(&format!("{tag}^{{commit}}")), "tag": tag,
        "tag_object": repo.rev(&format!("refs/tags/{tag}")), "evidence": [], "approvals": [],
        "waivers": [], "adr": null, "notes": null, "rollback_to": null, "channels": {},
    })
}

#[test]
fn an_author_wrote_what_is_approved_or_what_decides_on_it() {
    let scene = Scene::new();
    let repo = scene.desk(&scene.bob);
    repo.branch("topic");
    repo.tag("release/copilot@0.9.0");
    let base = repo.rev("HEAD");
    let other = "registry/prompts/other/prompt.yaml";
    let fragment = "registry/fragments/tone/fragment.yaml";
    let table = [
        (other, false),
        ("registry/README.md", false),
        (fragment, false),
        (COMPOSITE, true),
        ("registry/models/small/notes.md", true),
        ("registry/policies/gates.yaml", true),
        ("registry/baselines/golden/small.json", true),
        ("keelmark.yaml", true),
        ("allowed_signers", true),
    ];
    for (path, wrote) in table {
        repo.run(&["reset", "-q", "--hard", &base]);
        let text = if repo.has(path) { repo.read(path) } else { String::new() };
        let text = format!("{text}# a word\n");
        commit_by(&repo, path, &text, "Bob <bob@example.com>", "a word");
        let words = ["approve", "copilot", "--dry-run"];
        if wrote {
            refused(&repo, 1, &words)
                .says("`bob@example.com` wrote part")
                .says("list an approver who did not");
        } else {
            refused(&repo, 0, &words);
        }
    }
    // What a prompt includes is part of it.
    repo.run(&["reset", "-q", "--hard", &base]);
    repo.write(fragment, "id: tone\nversion: 1.0.0\nowner: team\nchangelog: [\"1.0.0: first\"]\n")
        .write("registry/fragments/tone/fragment.md", "Kindly.\n")
        .edit(
            "registry/prompts/answer/prompt.yaml",
            "owner: team",
            "owner: team\ndepends_on: [fragment/tone@1.0.0]",
        );
    repo.stage(".");
    repo.run(&["commit", "-q", "--author", "Ada <ada@example.com>", "-m", "a tone"]);
    refused(&repo, 0, &["approve", "copilot", "--dry-run"]);
    let path = "registry/fragments/tone/fragment.md";
    commit_by(&repo, path, "Curtly.\n", "Bob <bob@example.com>", "another tone");
    refused(&repo, 1, &["approve", "copilot", "--dry-run"]).says("wrote part");
}

#[test]
fn a_cut_off_history_does_not_say_who_wrote_it() {
    let scene = Scene::new();
    scene.merge("README.md", "more");
    let repo = TestRepo::clone_of(&scene.server, &["--depth", "1"]);
    scene.bob.sits_at(&repo);
    refused(&repo, 3, &["approve", "copilot"]).says("git fetch --unshallow");
}

#[test]
fn a_composite_is_approved_as_head_has_it() {
    let scene = Scene::new();
    let repo = scene.desk(&scene.bob);
    refused(&repo, 2, &["approve", "copilot@1.1.0"])
        .says("HEAD has `composite/copilot` at 1.0.0, not at 1.1.0");
    refused(&repo, 2, &["approve", "nothing"]).says("there is no entry");
    refused(&repo, 2, &["approve", "prompt/answer"]).says("a composite is expected");
    repo.branch("topic");
    repo.edit(COMPOSITE, "answer@1.0.0", "answer@9.0.0").stage(".").commit("a pin to nothing");
    refused(&repo, 1, &["approve", "copilot"]).says("composite.yaml:5:11").says("answer@9.0.0");
    // What is not committed is not what is approved.
    repo.run(&["reset", "-q", "--hard", "origin/main"]);
    let committed = repo.rev("HEAD");
    repo.write(TEMPLATE, "Something else\n");
    repo.keelmark(&["approve", "copilot"]).is(0);
    let records = records(&repo);
    assert_eq!(records[0]["payload"]["commit"], json!(committed));
    repo.run(&["reset", "-q", "--hard"]);
    repo.keelmark(&["approve", "copilot"]).is(0).says("already");
}

#[test]
fn an_approval_is_for_one_composition_only() {
    let scene = Scene::new();
    let repo = scene.desk(&scene.bob);
    repo.keelmark(&["approve", "copilot"]).is(0);
    repo.branch("topic");
    repo.write(TEMPLATE, "Answer at once: {{ question }}\n").stage(".").commit("under one number");
    repo.keelmark(&["approve", "copilot"])
        .is(0)
        .says("note: the approval by `bob@example.com` (record")
        .says("does not count: it is for the composition digest sha256:")
        .leaves_out("already");
    let records = records(&repo);
    let digests: Vec<&Value> = records.iter().map(|record| &record["payload"]["digest"]).collect();
    assert_eq!(digests.len(), 2);
    assert_ne!(digests[0], digests[1]);
}

/// Writes a record into the ledger as anybody can who may push.
fn forge(repo: &TestRepo, payload: &Value, signature: Option<Signature>) -> Record {
    let record = Record::new(Draft {
        kind: Kind::Approval,
        at: 1_795_647_496,
        actor: "Bob <bob@example.com>".to_owned(),
        subject: "release/copilot@1.0.0".to_owned(),
        payload: payload.clone(),
    })
    .expect("a record");
    let open = repo.open();
    let signature = signature.or_else(|| {
        let signer = open.signer(SignWish::Configured).expect("settings")?;
        let text = open.sign(&signer, &record.signed_bytes(), Namespace::Keelmark);
        Some(Signature { format: SignatureFormat::Ssh, text: text.expect("a signature") })
    });
    let record =
        signature.map_or_else(|| record.clone(), |found| record.clone().with_signature(found));
    let tip = open.reference(LEDGER).expect("a reference");
    let ada = Identity { name: "Ada".to_owned(), email: "ada@example.com".to_owned() };
    let edits = append::edits(&record, &Channels::default()).expect("edits");
    let commit = NewCommit {
        tree: open.write_tree(tip, &edits).expect("a tree"),
        parents: tip.as_slice(),
        message: &append::message(&record),
        author: &ada,
        committer: &ada,
        seconds: record.at(),
    };
    let new = Some(open.write_commit(&commit).expect("a commit"));
    let old = tip.map_or(Old::Missing, Old::Is);
    let update = RefUpdate { name: LEDGER.to_owned(), new, old };
    open.update_refs(&[update], "forged").expect("moved");
    record
}

#[test]
fn forged_approvals_are_named_and_do_not_count() {
    let scene = Scene::new();
    let repo = scene.desk(&scene.bob);
    // What Bob approved once, to be misused.
    repo.keelmark(&["approve", "copilot"]).is(0);
    let real = records(&repo).remove(0);
    repo.run(&["update-ref", "-d", LEDGER]);
    let signature: Signature =
        serde_json::from_value(real["signature"].clone()).expect("a signature");
    let payload = |comment: &str, principal: &str| {
        let mut payload = real["payload"].clone();
        payload["comment"] = comment.into();
        payload["principal"] = principal.into();
        payload
    };
    let bob = "bob@example.com";
    let unsigned = forge(&repo, &payload("unsigned", bob), None);
    let copied = forge(&repo, &payload("copied", bob), Some(signature));
    repo.run(&["config", "commit.gpgSign", "true"]);
    scene.dave.sits_at(&repo);
    let unlisted = forge(&repo, &payload("unlisted", bob), None);
    scene.eve.sits_at(&repo);
    let borrowed = forge(&repo, &payload("borrowed", bob), None);
    let own = forge(&repo, &payload("own", "eve@example.com"), None);
    let other = forge(&repo, &json!({"approved": true}), None);
    scene.bob.sits_at(&repo);
    let mut replayed = payload("replayed", bob);
    replayed["version"] = "0.9.0".into();
    let replayed = forge(&repo, &replayed, None);
    let [copied_id, unlisted_id, borrowed_id, own_id] =
        [&copied, &unlisted, &borrowed, &own].map(|record| record.id().to_string());
    let mut ending = repo.keelmark(&["approve", "copilot"]).is(0).leaves_out("already");
    let cases = [
        (unsigned, bob, "it is not signed"),
        (copied, bob, "incorrect signature"),
        (unlisted, bob, "is not in `allowed_signers`"),
        (borrowed, bob, "it names `bob@example.com`, and the key is that of `eve@example.com`"),
        (own, "eve@example.com", "`eve@example.com` is not among the `approvers`"),
        (other, "Bob <bob@example.com>", "it cannot be read as an approval"),
        (replayed, bob, "it says `release/copilot@0.9.0` inside"),
    ];
    for (record, claimed, why) in cases {
        let id = record.id();
        ending = ending
            .says(&format!("note: the approval by `{claimed}` (record {id}) does not count:"))
            .says(why);
    }
    // Whoever lists or shows them sees it as well.
    let shown = |id: &str| repo.keelmark(&["ledger", "show", id]).is(0);
    shown(&borrowed_id)
        .says("SIGNED BY eve@example.com (SHA256:")
        .says("AND NOT BY bob@example.com");
    shown(&unlisted_id).says("SIGNED BY NOBODY ON THE LIST");
    shown(&copied_id).says("ITS SIGNATURE IS FALSE");
    let log = repo.keelmark(&["ledger", "log"]).is(0).says("AND NOT BY bob@example.com");
    log.says("signed by eve@example.com");
    let listed = repo.json(0, &["ledger", "log"]);
    let signer = |id: &str| {
        let mut all = listed["records"].as_array().expect("records").iter();
        all.find(|record| record["id"] == id).expect("the record")["signer"].clone()
    };
    assert_eq!((signer(&borrowed_id), signer(&own_id)), (json!(null), json!("eve@example.com")));
    // The real one counts beside them.
    repo.keelmark(&["approve", "copilot"]).is(0).says("already");
}
