//! What was released is proven from a fresh clone, offline.

use serde_json::{Value, json};

use super::{BEFORE, EVIDENCE, TAG, prepare, released, reword, tag};
use crate::desk::Ending;
use crate::support::TestRepo;

/// The claims of the newest release, in their order.
const CLAIMS: [&str; 18] = [
    "tag",
    "signature",
    "commit",
    "composite",
    "component",
    "component",
    "component",
    "payloads",
    "step",
    "arithmetic",
    "provenance",
    "gate",
    "approval",
    "adr",
    "notes",
    "record",
    "ledger",
    "anchor",
];

/// The claims of a subject, each with what became of it.
fn claims(document: &Value, subject: &str) -> Vec<(String, String)> {
    let subjects = document["subjects"].as_array().expect("subjects");
    let found = subjects.iter().find(|found| found["name"] == subject);
    let found = found.unwrap_or_else(|| panic!("no `{subject}` in {document:#}"));
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let claims = found["claims"].as_array().expect("claims").iter();
    claims.map(|claim| (text(&claim["claim"]), text(&claim["verdict"]))).collect()
}

fn names(document: &Value) -> Vec<&str> {
    let subjects = document["subjects"].as_array().expect("subjects").iter();
    subjects.map(|subject| subject["name"].as_str().expect("a name")).collect()
}

/// The last line on stdout.
fn last(ending: &Ending) -> &str {
    ending.out.lines().last().expect("a line")
}

#[test]
fn every_claim_holds_in_a_fresh_clone_without_a_network() {
    let made = released();
    let fresh = made.fresh();
    let before = fresh.files();
    let references = fresh.run(&["for-each-ref"]);
    let ways = [
        &[][..],
        &[TAG],
        &["refs/tags/release/support_copilot@1.8.0"],
        &["support_copilot@1.8.0"],
        &["composite/support_copilot@1.8.0"],
        &["support_copilot"],
        &["model@1.4.2 + prompt@2.4.0 + data@golden_2025_09"],
        &[TAG, "support_copilot@1.8.0"],
    ];
    for words in ways {
        let found = fresh.json(0, &[&["verify"], words].concat());
        assert_eq!((&found["verdict"], &found["first"]), (&json!("holds"), &Value::Null));
        assert_eq!(names(&found), [TAG], "{words:?}");
        let expected: Vec<(String, String)> =
            CLAIMS.map(|claim| (claim.to_owned(), "holds".to_owned())).to_vec();
        assert_eq!(claims(&found, TAG), expected, "{words:?}");
    }
    let ending = fresh.keelmark(&["verify"]).is(0);
    assert_eq!(ending.out.lines().count(), CLAIMS.len() + 2, "one line a claim: {ending}");
    assert_eq!(last(&ending), "HOLDS  18 claims computed again, 0 attested, none is false");
    // Nothing is written, not even where the program may write.
    assert_eq!(fresh.files(), before);
    assert_eq!(fresh.run(&["for-each-ref"]), references);
    // What somebody changed in the work tree since is not what was released.
    fresh.write(super::WEIGHTS, vec![8; 100_000]).write(super::TEMPLATE, "changed\n");
    fresh.keelmark(&["verify"]).is(0);
    // In the bare repository itself as well, and from a folder of the work tree.
    made.server.keelmark(&["verify"]).is(0);
    fresh.keelmark_in(&fresh.path().join("registry"), &["verify"], &[]).is(0);
}

#[test]
fn everything_is_proven_at_once_and_to_the_last_byte() {
    let made = released();
    let fresh = made.fresh();
    let found = fresh.json(0, &["verify", "--all", "--deep"]);
    assert_eq!(names(&found), [BEFORE, TAG, "keelmark/ledger", "keelmark/evidence"]);
    for tag in [BEFORE, TAG] {
        let claims = claims(&found, tag);
        assert!(claims.iter().all(|(_, verdict)| verdict == "holds"), "{claims:?}");
        let of = |what: &str| claims.iter().filter(|(claim, _)| claim == what).count();
        assert_eq!((of("bundle"), of("payloads")), (1, 2), "{claims:?}");
    }
    let whole = claims(&found, "keelmark/ledger");
    assert_eq!(
        whole,
        [("ledger", "holds"), ("anchor", "holds")].map(|(a, b)| (a.to_owned(), b.to_owned()))
    );
    fresh
        .keelmark(&["verify", "--all", "--deep"])
        .is(0)
        .says("2 packs, each with the content of its name")
        .says("8 records, each as it was added")
        .says("minor since 1.7.3")
        .says("the first release");
}

#[test]
fn a_pack_that_expired_leaves_the_scores_attested() {
    let made = released();
    let branch = made.server.run(&["ls-tree", "-r", "--name-only", EVIDENCE]);
    assert_eq!(branch.lines().count(), 2);
    let desk = made.desk(&made.ada);
    desk.run(&["checkout", "-q", "keelmark/evidence"]);
    desk.run(&["rm", "-q", "-r", "packs"]);
    desk.commit("the raw answers expired");
    desk.run(&["push", "-q", "origin", "keelmark/evidence"]);
    let fresh = made.fresh();
    let found = fresh.json(0, &["verify", "--all", "--deep"]);
    let attested: Vec<(String, String)> =
        claims(&found, TAG).into_iter().filter(|(_, verdict)| verdict != "holds").collect();
    assert_eq!(
        attested,
        [("arithmetic", "attested"), ("gate", "attested")]
            .map(|(a, b)| (a.to_owned(), b.to_owned()))
    );
    fresh.keelmark(&["verify"]).is(0).says("raw expired, scores attested").says("2 attested");
    // The whole branch may go.
    made.server.run(&["update-ref", "-d", EVIDENCE]);
    made.fresh().keelmark(&["verify"]).is(0).says("raw expired, scores attested");
}

#[test]
fn what_a_clone_lacks_is_undecided_and_says_what_to_fetch() {
    let made = released();
    let one = TestRepo::clone_of(&made.server, &["--single-branch", "--branch", "main"]);
    let found = one.json(3, &["verify", TAG]);
    assert_eq!(found["verdict"], "unknown");
    assert_eq!(found["first"], json!({"subject": TAG, "claim": "arithmetic", "about": ""}));
    let unknown: Vec<String> = claims(&found, TAG)
        .into_iter()
        .filter(|(_, verdict)| verdict == "unknown")
        .map(|(claim, _)| claim)
        .collect();
    let expected = ["arithmetic", "provenance", "gate", "approval", "record", "ledger", "anchor"];
    assert_eq!(unknown, expected);
    // A ledger that is older than the tag: the next step is the same.
    let behind = made.fresh();
    let tracking = "refs/remotes/origin/keelmark/ledger";
    let root = behind.run(&["rev-list", "--max-parents=0", tracking]);
    behind.run(&["update-ref", tracking, root.trim()]);
    let ending =
        behind.keelmark(&["verify", TAG]).is(4).says("where this clone may be older than the tag");
    let fetch = "git fetch origin keelmark/ledger:refs/remotes/origin/keelmark/ledger";
    assert_eq!(ending.out.matches(fetch).count(), 1, "{ending}");
    behind.run(&["remote", "set-url", "origin", &made.server.address()]);
    behind.run(&fetch.split(' ').skip(1).collect::<Vec<_>>());
    behind.keelmark(&["verify", TAG]).is(0);
    let ending = one.keelmark(&["verify", TAG]).is(3);
    let hint = "git fetch origin keelmark/ledger:refs/remotes/origin/keelmark/ledger";
    assert_eq!(ending.out.matches(hint).count(), 1, "{ending}");
    assert!(
        last(&ending).starts_with("UNDECIDED  release/support_copilot@1.8.0: arithmetic: "),
        "{ending}"
    );
    // What the hint says helps.
    one.run(&["fetch", "-q", "origin", "keelmark/ledger:refs/remotes/origin/keelmark/ledger"]);
    one.keelmark(&["verify", TAG]).is(0).says("raw expired, scores attested");
    one.run(&["fetch", "-q", "origin", "keelmark/evidence:refs/remotes/origin/keelmark/evidence"]);
    one.keelmark(&["verify", TAG]).is(0).says("0 attested");
    // Where history is cut off, nobody can tell who wrote the change.
    let shallow = TestRepo::clone_of(&made.server, &["--depth", "1", "--no-single-branch"]);
    let found = shallow.json(3, &["verify", TAG]);
    assert_eq!(found["first"]["claim"], "arithmetic", "{found:#}");
    shallow.keelmark(&["verify"]).is(3).says("git fetch --unshallow");
    // Without tags there is nothing to prove, and the ledger knows what is missing.
    let bare = TestRepo::clone_of(&made.server, &["--no-tags"]);
    let found = bare.json(3, &["verify"]);
    assert_eq!(names(&found), [BEFORE, TAG]);
    bare.keelmark(&["verify"]).is(3).says("git fetch --tags");
    bare.keelmark(&["verify", TAG]).is(3).says("its tag is not here").says("git fetch --tags");
}

#[test]
fn names_of_nothing_are_mistakes_of_whoever_typed_them() {
    let made = released();
    let fresh = made.fresh();
    for (text, words) in [
        ("support_copilot@9.9.9", "`support_copilot@9.9.9` is not released here"),
        ("prompt/billing_refund@2.4.0", "is a prompt; a release is expected"),
        ("support_copilot@^1", "is a range"),
        ("model@9.9.9 + prompt@2.4.0", "no composite is or was"),
        ("nothing at all", "is no release"),
    ] {
        fresh.keelmark(&["verify", text]).is(2).says(words);
    }
    fresh.keelmark(&["verify", "--all", TAG]).is(2).says("cannot be used with");
    // Nothing was released yet: nothing is wrong.
    let repo = TestRepo::init();
    repo.commit("first");
    for words in [&["verify"][..], &["verify", "--all"], &["verify", "--deep"]] {
        assert_eq!(repo.keelmark(words).is(0).says("no release is here").out, "");
        assert_eq!(repo.json(0, words)["subjects"], json!([]));
    }
}

#[test]
fn a_candidate_is_proven_like_a_release() {
    let made = released();
    let desk = made.desk(&made.ada);
    reword(&desk, "Name the sources.");
    prepare(&desk, &["-m", "sources", "--to", "1.9.0"]);
    made.measure(&desk, 0);
    made.approve();
    tag(&desk, &["--rc", "--sign"]).is(0);
    let fresh = made.fresh();
    let candidate = "release/support_copilot@1.9.0-rc.1";
    let found = fresh.json(0, &["verify", candidate]);
    assert!(claims(&found, candidate).iter().all(|(_, verdict)| verdict == "holds"), "{found:#}");
    // The newest release is no candidate.
    assert_eq!(names(&fresh.json(0, &["verify"])), [TAG]);
    fresh.keelmark(&["verify", "--all"]).is(0);
}

#[test]
fn tags_of_entries_are_held_against_what_they_lead_to() {
    let made = released();
    let desk = made.desk(&made.ada);
    desk.edit("keelmark.yaml", "version: 1\n", "version: 1\nversioning: {tags: entries}\n");
    desk.stage(".").commit("tags for entries");
    desk.run(&["push", "-q", "origin", "main"]);
    desk.keelmark(&["publish", "--sign", "--push"]).is(0);
    // What other tools make says nothing of digests.
    made.server.run(&["tag", "-d", "model/cust-copilot@1.4.2"]);
    made.server.run(&["tag", "model/cust-copilot@1.4.2", "main"]);
    let fresh = made.fresh();
    let found = fresh.json(0, &["verify", "--all"]);
    let own = "prompt/billing_refund@2.4.0";
    assert_eq!(
        claims(&found, own),
        [("entry", "holds"), ("signature", "holds")].map(|(a, b)| (a.to_owned(), b.to_owned()))
    );
    assert_eq!(claims(&found, "model/cust-copilot@1.4.2")[0].1, "note");
    // Whoever made it, it leads to its version.
    let stray = "prompt/billing_refund@2.6.0";
    for words in [&["tag", stray, "main"][..], &["tag", "-f", "-a", "-m", "by hand", stray, "main"]]
    {
        made.server.run(words);
        let found = made.fresh().json(4, &["verify", "--all"]);
        assert_eq!(found["first"], json!({"subject": stray, "claim": "entry", "about": stray}));
    }
    made.server.run(&["tag", "-d", stray]);
    // A tag that is moved to another commit does not have the content that it names.
    let commit = made.commit(|repo| {
        repo.write(super::TEMPLATE, "{{ question }}\n");
    });
    made.retag(own, Some(&made.ada), |text| {
        let rest = text.split_once('\n').expect("lines").1;
        format!("object {commit}\n{rest}")
    });
    let found = made.fresh().json(4, &["verify", "--all"]);
    assert_eq!(found["first"], json!({"subject": own, "claim": "entry", "about": own}));
}
