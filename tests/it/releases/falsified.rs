//! Each claim made false in turn: the claim that is named first is that one.

use std::io::Write as _;
use std::process::{Command, Stdio};

use keelmark::ledger::kind::Kind;
use keelmark::ledger::record::Record;
use serde_json::{Value, json};

use super::forge::{find, remade};
use super::{BEFORE, EVIDENCE, LEDGER, Released, TAG, TEMPLATE, released};
use crate::people::Person;
use crate::support::TestRepo;

/// The subject of the approval of the newest release, which is that of its record too.
const SUBJECT: &str = TAG;

/// Verifies the newest release in a fresh clone, and returns what is said of it. The last line names
/// the claim that decides.
#[track_caller]
fn verified(made: &Released, code: i32) -> Value {
    let fresh = made.fresh();
    let found = fresh.json(code, &["verify", TAG]);
    let ending = fresh.keelmark(&["verify", TAG]).is(code);
    let last = ending.out.lines().last().expect("a line");
    match found["first"]["claim"].as_str() {
        None => assert!(last.starts_with("HOLDS  "), "{last}"),
        Some(claim) => {
            let word = if code == 4 { "FALSE" } else { "UNDECIDED" };
            assert!(last.starts_with(&format!("{word}  {TAG}: {claim}")), "{last}");
        }
    }
    found
}

/// What became of the claims of one name.
fn of(document: &Value, claim: &str) -> Vec<String> {
    let claims = document["subjects"][0]["claims"].as_array().expect("claims").iter();
    let own = claims.filter(|found| found["claim"] == claim);
    own.map(|found| found["verdict"].as_str().expect("a verdict").to_owned()).collect()
}

/// A claim's own words.
fn words(document: &Value, claim: &str, verdict: &str) -> String {
    let claims = document["subjects"][0]["claims"].as_array().expect("claims").iter();
    let mut own = claims.filter(|c| c["claim"] == claim && c["verdict"] == verdict);
    let found = own.next().unwrap_or_else(|| panic!("no {claim} that {verdict} in {document:#}"));
    format!("{}; {}", found["found"], found["expected"])
}

/// Compresses bytes as any gzip does.
fn gzip(bytes: &[u8], words: &[&str]) -> Vec<u8> {
    let mut child = Command::new("gzip")
        .args(words)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("gzip");
    let mut to = child.stdin.take().expect("a pipe");
    let bytes = bytes.to_vec();
    let writer = std::thread::spawn(move || to.write_all(&bytes));
    let output = child.wait_with_output().expect("an end");
    writer.join().expect("a writer").expect("written");
    assert!(output.status.success());
    output.stdout
}

/// A text without the lines that begin so.
fn without_line(text: &str, beginning: &str) -> String {
    let kept = text.lines().filter(|line| !line.starts_with(beginning));
    kept.flat_map(|line| [line, "\n"]).collect()
}

/// Somebody whose key nobody lists.
fn eve(made: &Released) -> Person {
    Person::new(&made.server, "eve")
}

#[test]
fn whatever_is_false_of_a_tag_is_named() {
    type Forge = fn(&Released);
    let table: [(&str, Forge, &str, &str); 11] = [
        (
            "a lightweight tag in its place",
            |made| {
                let commit = made.server.rev(&format!("{TAG}^{{commit}}"));
                made.server.run(&["update-ref", &format!("refs/tags/{TAG}"), &commit]);
            },
            "tag",
            "it is a lightweight tag",
        ),
        (
            "another release under its name",
            |made| {
                let other = made.server.rev(&format!("refs/tags/{BEFORE}"));
                made.server.run(&["update-ref", &format!("refs/tags/{TAG}"), &other]);
            },
            "tag",
            "calls itself `release/support_copilot@1.7.3`",
        ),
        (
            "a tag of a tree",
            |made| {
                let tree = made.server.rev(&format!("{TAG}^{{tree}}"));
                made.retag(TAG, None, |text| {
                    let (_, rest) = text.split_once("\ntype commit\n").expect("a header");
                    format!("object {tree}\ntype tree\n{rest}")
                });
            },
            "tag",
            "it leads to a tree",
        ),
        (
            "a message that is none of a release",
            |made| {
                made.retag(TAG, Some(&made.ada), |text| text.replace("Keelmark-Format: 1\n", ""));
            },
            "tag",
            "no `Keelmark-Format`",
        ),
        (
            "a message that was edited under its signature",
            |made| {
                let bytes = made.server.run_bytes(&["cat-file", "tag", TAG]);
                let text = String::from_utf8(bytes).expect("UTF-8");
                made.write_tag(TAG, &text.replace("Class: minor", "Class: patch"));
            },
            "signature",
            "it is bad",
        ),
        (
            "a key that nobody lists",
            |made| {
                made.retag(TAG, Some(&eve(made)), |text| text);
            },
            "signature",
            "which is not listed",
        ),
        (
            "another class",
            |made| {
                made.retag(TAG, None, |text| text.replace("Class: minor", "Class: patch"));
            },
            "step",
            "minor since 1.7.3",
        ),
        (
            "another digest of the composite",
            |made| {
                made.retag(TAG, None, |text| {
                    let (head, rest) = text.split_once("Composite-Digest: sha256:").expect("one");
                    format!("{head}Composite-Digest: sha256:{}{}", "0".repeat(64), &rest[64..])
                });
            },
            "composite",
            "as the tag says",
        ),
        (
            "a member that is not there",
            |made| {
                made.retag(TAG, None, |text| text.replace("refund@2.4.0 sha", "refund@2.9.0 sha"));
            },
            "component",
            "the commit does not have it",
        ),
        (
            "evidence that is not cited",
            |made| {
                made.retag(TAG, None, |text| without_line(&text, "Keelmark-Evidence"));
            },
            "gate",
            "a cited run of exactly this composition",
        ),
        (
            "nothing but the signature",
            |made| {
                made.retag(TAG, None, |text| text);
            },
            "record",
            "`tag_object`",
        ),
    ];
    for (what, forge, claim, said) in table {
        let made = released();
        forge(&made);
        let found = verified(&made, 4);
        assert_eq!(found["first"]["claim"], claim, "{what}: {found:#}");
        let words = words(&found, claim, "fails");
        assert!(words.contains(said), "{what}: {words}");
    }
}

#[test]
fn a_tag_that_was_moved_is_seen_though_everything_else_fits() {
    let made = released();
    let commit = made.commit(|repo| {
        repo.write("README.md", "harmless\n");
    });
    // Whoever moves it has a key that counts.
    made.retag(TAG, Some(&made.ada), |text| {
        let (_, rest) = text.split_once('\n').expect("lines");
        format!("object {commit}\n{rest}")
    });
    let found = verified(&made, 4);
    assert_eq!(found["first"]["claim"], "record", "{found:#}");
    assert_eq!(of(&found, "signature"), ["holds"]);
    assert!(words(&found, "anchor", "fails").contains("cites the tag object"));
}

#[test]
fn a_commit_that_nobody_merged_proves_nothing() {
    let made = released();
    let merged = made.server.rev("main");
    let commit = made.commit(|repo| {
        repo.write("README.md", "harmless\n");
    });
    made.rerelease(Some(&made.ada), Some(&commit), |_| {}, |text| text);
    verified(&made, 0);
    made.server.run(&["update-ref", "refs/heads/main", &merged]);
    let found = verified(&made, 4);
    assert_eq!(found["first"]["claim"], "commit", "{found:#}");
    assert!(words(&found, "commit", "fails").contains("a commit that was merged"));
}

#[test]
fn a_release_before_is_not_passed_over() {
    let made = released();
    let unlinked = |text: String| {
        without_line(&text, "Keelmark-Previous:").replace("Class: minor", "Class: none")
    };
    made.rerelease(Some(&made.ada), None, |_| {}, unlinked);
    let found = verified(&made, 4);
    assert!(words(&found, "step", "fails").contains(BEFORE), "{found:#}");
    // And what nobody recorded is none, whatever the tag of its name leads to.
    let made = released();
    let other = BEFORE.replace("1.7.3", "1.7.9");
    made.server.run(&["update-ref", &format!("refs/tags/{other}"), &format!("{TAG}^{{commit}}")]);
    made.rerelease(
        Some(&made.ada),
        None,
        |_| {},
        |text| text.replace(BEFORE, &other).replace("Class: minor", "Class: none"),
    );
    let found = verified(&made, 4);
    assert!(words(&found, "step", "unknown").contains("tells of no release"), "{found:#}");
}

#[test]
fn content_that_was_rewritten_under_a_tag_is_seen() {
    let made = released();
    let commit = made.commit(|repo| {
        repo.write(TEMPLATE, "{{ question }}{{ customer_context }}{{ policy_snippets }}\n");
    });
    made.rerelease(Some(&made.ada), Some(&commit), |_| {}, |text| text);
    let found = verified(&made, 4);
    let first =
        json!({"subject": TAG, "claim": "component", "about": "prompt/billing_refund@2.4.0"});
    assert_eq!(found["first"], first, "{found:#}");
    assert_eq!(of(&found, "payloads"), ["fails"]);
}

#[test]
fn documents_that_are_gone_or_unfinished_are_named() {
    type Change = fn(&TestRepo);
    fn edited(repo: &TestRepo, change: fn(&str) -> String) {
        let path = repo.run(&["ls-files", "docs/adr/*1.8.0*"]);
        repo.write(&path, change(&repo.read(&path)));
    }
    let table: [(&str, Change, &str, &str); 6] = [
        (
            "a record without a decision",
            |repo| edited(repo, |text| text.replace("status: \"accepted\"\n", "")),
            "adr",
            "has no `status`",
        ),
        (
            "a record that nobody can read",
            |repo| edited(repo, |text| text.replace("status: \"accepted\"", "status: [accepted")),
            "adr",
            "cannot be read",
        ),
        (
            "a record of another composition",
            |repo| {
                edited(repo, |text| {
                    let (head, rest) = text.split_once("composite-digest: ").expect("a digest");
                    let (_, rest) = rest.split_once('\n').expect("lines");
                    format!("{head}composite-digest: \"{}\"\n{rest}", "0".repeat(64))
                });
            },
            "adr",
            "is about a composite of the entry digest",
        ),
        (
            "no decision record",
            |repo| {
                let path = repo.run(&["ls-files", "docs/adr/*1.8.0*"]);
                repo.delete(&path);
            },
            "adr",
            "the commit has no `docs/adr/",
        ),
        (
            "words that were never written",
            |repo| {
                let path = repo.run(&["ls-files", "docs/adr/*1.8.0*"]);
                let text = repo.read(&path).replacen("customers asked", "TODO(author): why", 1);
                repo.write(&path, text);
            },
            "adr",
            "waits for words at line",
        ),
        (
            "no notes",
            |repo| {
                repo.delete("docs/releases/support_copilot-1.8.0.md");
            },
            "notes",
            "the commit has no `docs/releases/",
        ),
    ];
    for (what, change, claim, said) in table {
        let made = released();
        let commit = made.commit(change);
        made.rerelease(Some(&made.ada), Some(&commit), |_| {}, |text| text);
        let found = verified(&made, 4);
        assert_eq!(found["first"]["claim"], claim, "{what}: {found:#}");
        assert!(words(&found, claim, "fails").contains(said), "{what}: {found:#}");
    }
}

#[test]
fn a_release_that_nobody_signed_is_attested_only() {
    let made = released();
    made.rerelease(None, None, |_| {}, |text| text);
    let found = verified(&made, 0);
    assert_eq!(of(&found, "signature"), ["attested"]);
    assert!(words(&found, "signature", "attested").contains("nobody signed"));
    // Where nobody is listed, there is nothing to attest.
    let made = released();
    let commit = made.commit(|repo| {
        repo.delete("allowed_signers");
    });
    made.rerelease(None, Some(&commit), |_| {}, |text| text);
    let found = verified(&made, 4);
    assert_eq!(of(&found, "signature"), ["note"]);
    assert_eq!(of(&found, "provenance"), ["note"]);
    assert_eq!(found["first"]["claim"], "approval", "{found:#}");
}

#[test]
fn a_list_of_keys_that_the_commit_names_and_does_not_have_is_false() {
    let made = released();
    let commit = made.commit(|repo| {
        repo.edit("keelmark.yaml", "approvers:", "paths: {signers: keys}\napprovers:");
    });
    made.rerelease(None, Some(&commit), |_| {}, |text| text);
    let found = verified(&made, 4);
    assert_eq!(found["first"]["claim"], "signature", "{found:#}");
    assert!(words(&found, "signature", "fails").contains("`keys`, which `paths.signers` names"));
}

#[test]
fn forged_scores_are_found_by_computing_them_again() {
    let paths = |made: &Released| made.server.run(&["ls-tree", "-r", "--name-only", EVIDENCE]);
    // In the pack, under its name.
    let made = released();
    let cited = made.server.run(&["cat-file", "tag", TAG]);
    let (_, cited) = cited.split_once("Keelmark-Evidence: sha256:").expect("evidence");
    let path = format!("packs/{}.jsonl.gz", &cited[..64]);
    assert!(paths(&made).contains(&path));
    let packed = made.server.run_bytes(&["show", &format!("{EVIDENCE}:{path}")]);
    let honest = String::from_utf8(gzip(&packed, &["-dc"])).expect("UTF-8");
    let forged = honest.replacen("\"outcome\":\"pass\"", "\"outcome\":\"fail\"", 1);
    assert_ne!(honest, forged);
    let desk = made.desk(&made.ada);
    desk.run(&["checkout", "-q", "keelmark/evidence"]);
    desk.write(&path, gzip(forged.as_bytes(), &["-c"])).stage(".").commit("another pack");
    desk.run(&["push", "-q", "origin", "keelmark/evidence"]);
    let found = verified(&made, 4);
    assert_eq!(found["first"]["claim"], "arithmetic", "{found:#}");
    assert!(words(&found, "arithmetic", "fails").contains("its content has the digest"));
    let deep = made.fresh().keelmark(&["verify", BEFORE, "--deep"]).is(4);
    assert!(
        deep.out.lines().last().expect("a line").contains("keelmark/evidence: packs"),
        "{deep}"
    );

    // In the ledger, which says better scores than the pack.
    let made = released();
    let mut records = made.records();
    let at = records.iter().rposition(|record| *record.kind() == Kind::Run).expect("a run");
    records[at] = made.signed(
        remade(&records[at], |payload| payload["scores"][0]["value"] = json!(0.5)),
        &made.ci,
    );
    made.rewrite(&records);
    let found = verified(&made, 4);
    assert_eq!(found["first"]["claim"], "arithmetic", "{found:#}");
    assert!(words(&found, "arithmetic", "fails").contains("otherwise of `scores`"));

    // A gate that failed and is said to have passed.
    let made = released();
    let mut records = made.records();
    let at = records.iter().rposition(|record| *record.kind() == Kind::Gate).expect("a gate");
    records[at] = remade(&records[at], |payload| payload["verdicts"][0]["n"] = json!(99));
    made.rewrite(&records);
    let found = verified(&made, 4);
    assert_eq!(found["first"]["claim"], "arithmetic", "{found:#}");
    assert_eq!(of(&found, "provenance"), ["fails"], "nobody signed the gates");
}

#[test]
fn runs_that_nobody_vouches_for_are_named() {
    let made = released();
    let stranger = eve(&made);
    for by in [None, Some(&stranger)] {
        let made = released();
        let mut records = made.records();
        for record in &mut records {
            if matches!(record.kind(), Kind::Run | Kind::Gate) {
                let bare = remade(record, |_| {});
                *record = match by {
                    Some(by) => made.signed(bare, by),
                    None => bare,
                };
            }
        }
        made.rewrite(&records);
        let found = verified(&made, 4);
        assert_eq!(found["first"]["claim"], "provenance", "{found:#}");
    }
}

#[test]
fn forged_approvals_do_not_count() {
    type Forge<'a> = Box<dyn Fn(&Released, Record) -> Option<Record> + 'a>;
    let made = released();
    let stranger = eve(&made);
    let table: [(&str, Forge<'_>, &str); 5] = [
        ("none", Box::new(|_, _| None), "nobody approved it"),
        ("nobody's", Box::new(|_, record| Some(remade(&record, |_| {}))), "it is not signed"),
        (
            "a stranger's in Bob's name",
            Box::new(|made, record| Some(made.signed(remade(&record, |_| {}), &stranger))),
            "is not in `allowed_signers`",
        ),
        (
            "one of something else",
            Box::new(|made, record| {
                let other = remade(&record, |payload| payload["digest"] = json!("0".repeat(64)));
                Some(made.signed(other, &made.bob))
            }),
            "and this composition has",
        ),
        (
            "the author's own",
            Box::new(|made, record| {
                let own =
                    remade(&record, |payload| payload["principal"] = json!("ada@example.com"));
                Some(made.signed(own, &made.ada))
            }),
            "is not among the `approvers`",
        ),
    ];
    for (what, forge, said) in table {
        let made = released();
        let mut records = made.records();
        let at = find(&records, &Kind::Approval, SUBJECT);
        let record = records.remove(at);
        if let Some(forged) = forge(&made, record) {
            records.insert(at, forged);
        }
        made.rewrite(&records);
        let found = verified(&made, 4);
        assert_eq!(found["first"]["claim"], "approval", "{what}: {found:#}");
        assert!(words(&found, "approval", "fails").contains(said), "{what}: {found:#}");
    }
    // One that came after the release approves nothing any more.
    let made = released();
    let mut records = made.records();
    let at = find(&records, &Kind::Approval, SUBJECT);
    let late = records.remove(at);
    records.push(late);
    made.rewrite(&records);
    let found = verified(&made, 4);
    assert_eq!(found["first"]["claim"], "approval", "{found:#}");
}

#[test]
fn a_ledger_that_was_rewritten_is_not_believed() {
    // A record that is edited under its own name.
    let made = released();
    let records = made.records();
    let at = find(&records, &Kind::Release, TAG);
    let path = records[at].path().to_string();
    let text = String::from_utf8(records[at].to_bytes()).expect("UTF-8");
    let desk = made.desk(&made.ada);
    desk.run(&["checkout", "-q", "keelmark/ledger"]);
    desk.write(&path, text.replace("\"class\":\"minor\"", "\"class\":\"patch\""));
    desk.stage(".").run(&["commit", "-q", "--amend", "-m", "a small correction"]);
    desk.run(&["push", "-q", "--force", "origin", "keelmark/ledger"]);
    let found = verified(&made, 4);
    assert_eq!(found["first"]["claim"], "ledger", "{found:#}");
    assert!(words(&found, "ledger", "fails").contains(&path));
    assert_eq!(of(&found, "arithmetic"), ["unknown"]);

    // The record of the release, made anew with what it does not say.
    for (key, value) in [
        ("class", json!("patch")),
        ("adr", json!("docs/adr/other.md")),
        ("approvals", json!(["ada@example.com"])),
        ("evidence", json!([])),
        ("digest", json!("0".repeat(64))),
        ("commit", json!("0".repeat(40))),
    ] {
        let made = released();
        let mut records = made.records();
        let at = find(&records, &Kind::Release, TAG);
        let other = remade(&records[at], |payload| payload[key] = value.clone());
        records[at] = made.signed(other, &made.ada);
        made.rewrite(&records);
        let found = verified(&made, 4);
        assert_eq!(found["first"]["claim"], "record", "{key}: {found:#}");
        assert!(words(&found, "record", "fails").contains(&format!("`{key}`")), "{key}: {found:#}");
    }

    // The same without the key of whoever released.
    let made = released();
    let mut records = made.records();
    let at = find(&records, &Kind::Release, TAG);
    records[at] = remade(&records[at], |_| {});
    made.rewrite(&records);
    let found = verified(&made, 4);
    assert_eq!(found["first"]["claim"], "record", "{found:#}");
    assert!(words(&found, "record", "fails").contains("is not signed"));
}

#[test]
fn a_record_moves_what_was_released_and_nothing_else() {
    let waiver = json!([{"gate": "cost_usd", "until": "2099-01-01T00:00:00Z", "reason": "late", "by": "bob@example.com"}]);
    let zeros = json!("0".repeat(64));
    let table = [
        ("/candidate", json!(true), "`candidate`"),
        ("/members/0/digest", zeros.clone(), "`members`"),
        ("/members/1", Value::Null, "`members`"),
        ("/waivers", waiver.clone(), "`waivers`"),
        ("/rollback_to", Value::Null, "`rollback_to`"),
        ("/channels/production/composite", json!("router"), "`channels.production.composite`"),
        ("/channels/production/version", json!("1.9.0"), "`channels.production.version`"),
        ("/channels/production/digest", zeros, "`channels.production.digest`"),
        ("/channels/production/tag", json!(BEFORE), "`channels.production.tag`"),
        (
            "/channels/production/tag_object",
            json!("0".repeat(40)),
            "`channels.production.tag_object`",
        ),
        ("/channels/production/rollback_to", json!(TAG), "`channels.production.rollback_to`"),
        ("/channels/production/waivers", waiver, "`channels.production.waivers`"),
        ("/channels/blue", Value::Null, "`channels`"),
    ];
    let made = released();
    let kept = made.records();
    let at = find(&kept, &Kind::Release, TAG);
    for (pointer, value, said) in table {
        let mut records = kept.clone();
        let other = remade(&records[at], |payload| match pointer {
            "/members/1" => drop(payload["members"].as_array_mut().expect("members").remove(1)),
            "/channels/blue" => payload["channels"]["blue"] = payload["channels"]["canary"].clone(),
            _ => *payload.pointer_mut(pointer).expect("a value") = value,
        });
        records[at] = made.signed(other, &made.ada);
        made.rewrite(&records);
        let found = made.fresh().json(4, &["verify", TAG]);
        assert_eq!(found["first"]["claim"], "record", "{pointer}: {found:#}");
        assert!(words(&found, "record", "fails").contains(said), "{pointer}: {found:#}");
    }
}

#[test]
fn dropped_records_are_missed() {
    // That of the release.
    let made = released();
    let mut records = made.records();
    let at = find(&records, &Kind::Release, TAG);
    records.remove(at);
    made.rewrite(&records);
    let found = verified(&made, 4);
    assert_eq!(found["first"]["claim"], "record", "{found:#}");
    assert!(words(&found, "record", "fails").contains("the ledger has none of this release"));
    // That of a run.
    let made = released();
    let mut records = made.records();
    let at = records.iter().rposition(|record| *record.kind() == Kind::Run).expect("a run");
    records.remove(at);
    made.rewrite(&records);
    let found = verified(&made, 4);
    assert_eq!(found["first"]["claim"], "arithmetic", "{found:#}");
    // One that this release has nothing to do with: its tag cites a commit that is gone.
    let made = released();
    let mut records = made.records();
    let at = find(&records, &Kind::Release, BEFORE);
    records.remove(at);
    let cited = made.server.run(&["cat-file", "tag", TAG]);
    let (_, cited) = cited.split_once("Keelmark-Ledger: ").expect("a commit of the ledger");
    made.rewrite(&records);
    let found = verified(&made, 4);
    assert_eq!(found["first"]["claim"], "anchor", "{found:#}");
    assert!(words(&found, "anchor", "fails").contains(&cited[..40]));
    // All of them at once: the ledger is another one.
    let made = released();
    made.server.run(&["update-ref", "-d", LEDGER]);
    let found = verified(&made, 3);
    assert_eq!(found["first"]["claim"], "arithmetic", "{found:#}");
}

#[test]
fn the_first_false_release_is_named_and_the_ledger_names_every_tag() {
    let made = released();
    made.retag(BEFORE, Some(&made.ada), |text| text.replace("refunds", "returns"));
    let fresh = made.fresh();
    // The newest one is what it was.
    fresh.keelmark(&["verify"]).is(0);
    let found = fresh.json(4, &["verify", "--all"]);
    assert_eq!(found["first"], json!({"subject": BEFORE, "claim": "record", "about": ""}));
    let subjects = found["subjects"].as_array().expect("subjects");
    let ledger = subjects.iter().find(|subject| subject["kind"] == "ledger").expect("the ledger");
    assert_eq!(ledger["claims"][1]["verdict"], "fails", "{ledger:#}");
}
