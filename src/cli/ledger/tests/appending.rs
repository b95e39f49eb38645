use serde_json::json;

use super::{BRANCH, NOW, Yard, book, git, moving, record, repository, sound, told, try_git, with};
use crate::cli::exit::Exit;
use crate::cli::ledger::Change;
use crate::snapshot::ObjectName;
use crate::vcs::Identity;
use crate::vcs::write::{NewTag, Old, RefUpdate};

#[test]
fn the_first_record_makes_a_root_commit_and_touches_nothing_else() {
    let yard = Yard::new();
    let path = yard.repository("a");
    let mut ledger = book(&path);
    assert!(ledger.is_missing() && ledger.tip().is_none());
    assert_eq!(ledger.records().expect("records"), []);
    assert!(ledger.channels().expect("channels").is_empty());
    assert_eq!(ledger.audit().expect("an audit").records, 0);

    let first = moving("ada", 0, "1.0.0");
    ledger.append(std::slice::from_ref(&first), false).expect("appended");
    ledger.append(&[record("bob", 1), record("bob", 2)], false).expect("appended");
    assert_eq!(sound(&path), 3);
    assert_eq!(ledger.records().expect("records").len(), 3);
    let shown =
        git(&path, &["log", "--format=%an <%ae>|%cn|%at %ct|%B", "-1", &format!("{BRANCH}~2")]);
    assert_eq!(
        shown.trim_end(),
        format!(
            "ada <ada@example.com>|ada|{NOW} {NOW}|approval: release/ada@1.0.0\n\nActor: ada <ada@example.com>\nRecord: {}",
            first.id()
        )
    );
    assert_eq!(git(&path, &["log", "--format=%p", "-1", &format!("{BRANCH}~2")]), "");
    let files = git(&path, &["ls-tree", "-r", "--name-only", BRANCH]);
    assert_eq!(files.lines().count(), 4);
    assert!(files.starts_with("channels/production.json\nrecords/2026/11/25/"), "{files}");
    assert_eq!(git(&path, &["status", "--porcelain"]), "");
    assert_eq!(git(&path, &["rev-parse", "--abbrev-ref", "HEAD"]), "main");
    let live = book(&path).channels().expect("channels");
    assert_eq!(live.get("production").expect("a channel").state["version"], "1.0.0");
    let commit = ledger.commit_of(&first).expect("a commit");
    assert_eq!(commit, repository(&path).resolve(&format!("{BRANCH}~2")).ok());
}

#[test]
fn a_record_that_is_there_is_not_written_again() {
    let yard = Yard::new();
    let path = yard.repository("a");
    let mut ledger = book(&path);
    ledger.append(&[record("ada", 0)], false).expect("appended");
    let tip = ledger.tip();
    ledger.append(&[record("ada", 0)], false).expect("appended");
    assert_eq!(ledger.tip(), tip);
    ledger
        .append(&[record("ada", 1), record("ada", 0), record("ada", 1)], false)
        .expect("appended");
    assert_eq!(told(&path), ["ada@1.0.0", "ada@1.0.1"]);
    assert_eq!(sound(&path), 2);
}

#[test]
fn parts_of_a_ledger_are_read_alone() {
    let yard = Yard::new();
    let path = yard.repository("a");
    let days = |n: i64| record("ada", n * 86_400);
    book(&path).append(&[days(0), days(1), days(2), days(3)], false).expect("appended");
    let ledger = book(&path);
    let since = ledger.records_since("2026-11-27").expect("records");
    assert_eq!(since, [days(2), days(3)]);
    assert_eq!(ledger.index().expect("an index").about("release/ada@1.0.0").count(), 1);
    assert_eq!(ledger.unpushed().expect("a number"), None);
}

#[test]
fn a_record_that_moves_no_channel_it_can_name_is_refused_whole() {
    let yard = Yard::new();
    let path = yard.repository("a");
    let odd = with("ada", 1, json!({"channels": {"../x": {}}}));
    let fault = book(&path).append(&[record("ada", 0), odd], false).expect_err("refused");
    assert!(fault.message().contains("`../x` is no name of a channel"), "{fault}");
    assert!(book(&path).is_missing());
}

#[test]
fn a_tag_moves_with_the_ledger_or_not_at_all() {
    let yard = Yard::new();
    let path = yard.repository("a");
    let names = |tag: ObjectName, old: Old| {
        vec![RefUpdate { name: "refs/tags/release/x@1.0.0".to_owned(), new: Some(tag), old }]
    };
    let ada = Identity { name: "Ada".to_owned(), email: "ada@example.com".to_owned() };
    let mut ledger = book(&path);
    let release = |number: i64, ledger: &mut crate::cli::ledger::Book| {
        ledger.settle(false, |ledger| {
            // The tag cites the ledger before it, and the record behind it cites the tag.
            let before = ledger.chain(&[record("ada", number)])?;
            let cited = before.tip.expect("a tip");
            let repository = repository(&path);
            let tag = NewTag {
                object: repository.resolve("main")?,
                name: "release/x@1.0.0",
                message: &format!("release\n\nKeelmark-Format: 1\nKeelmark-Ledger: {cited}\n"),
                tagger: &ada,
                seconds: NOW,
            };
            let tag = repository.write_tag(&tag, None).expect("a tag");
            let payload = json!({"tag": "release/x@1.0.0", "tag_object": tag.to_string()});
            let chain = ledger.extend(before, &[with("ada", number + 1, payload)])?;
            assert_eq!(chain.commits.len(), 2);
            Ok((Change { chain, references: names(tag, Old::Missing) }, tag))
        })
    };
    let tag = release(0, &mut ledger).expect("released");
    assert_eq!(git(&path, &["rev-parse", "refs/tags/release/x@1.0.0"]), tag.to_string());
    let audit = book(&path).audit().expect("an audit");
    assert_eq!((audit.faults.len(), audit.records, audit.tags), (0, 2, 1));

    let tip = git(&path, &["rev-parse", BRANCH]);
    let fault = release(7, &mut ledger).expect_err("the tag is there");
    assert_eq!(fault.exit(), Exit::Findings, "{fault}");
    assert!(fault.message().contains("`refs/tags/release/x@1.0.0` exists already"), "{fault}");
    assert_eq!(git(&path, &["rev-parse", BRANCH]), tip, "nothing moved");

    git(&path, &["tag", "-f", "-a", "-m", "moved", "release/x@1.0.0"]);
    let audit = book(&path).audit().expect("an audit");
    assert_eq!(audit.faults.len(), 1, "{:?}", audit.faults);
    assert!(audit.faults[0].to_string().contains("the tag `release/x@1.0.0` is the object"));
}

#[test]
fn a_bare_repository_has_a_ledger_too() {
    let yard = Yard::new();
    let path = yard.remote();
    book(&path).append(&[moving("ada", 0, "1.0.0")], false).expect("appended");
    assert_eq!(sound(&path), 1);
    let alone = yard.repository("alone");
    let fault = book(&alone).append(&[record("ada", 1)], true).expect_err("no remote");
    assert_eq!(fault.exit(), Exit::Usage);
    assert!(fault.to_string().contains("there is no remote `origin`"), "{fault}");
}

#[test]
fn a_lock_that_stays_is_reported_and_nothing_is_lost() {
    let yard = Yard::new();
    let path = yard.repository("a");
    book(&path).append(&[record("ada", 0)], false).expect("appended");
    let lock = path.join(".git").join(format!("{BRANCH}.lock"));
    std::fs::write(&lock, "").expect("a lock");
    let fault = book(&path).append(&[record("ada", 1)], false).expect_err("locked");
    assert_eq!(fault.exit(), Exit::Undecided);
    assert!(fault.to_string().contains("may hold a lock"), "{fault}");
    std::fs::remove_file(&lock).expect("the lock");
    book(&path).append(&[record("ada", 1)], false).expect("appended");
    assert_eq!(sound(&path), 2);
    assert!(try_git(&path, &["show-ref", "--verify", BRANCH]).status.success());
}
