//! Making tags, records and ledgers that nobody should believe.

use std::fs;

use keelmark::ledger::append;
use keelmark::ledger::channel::Channels;
use keelmark::ledger::kind::Kind;
use keelmark::ledger::record::{Draft, Record, Signature, SignatureFormat};
use keelmark::vcs::write::NewCommit;
use keelmark::vcs::{Identity, Namespace, SignWish, split_signature};
use serde_json::{Value, json};

use super::{LEDGER, Released, TAG};
use crate::people::Person;
use crate::support::TestRepo;

/// Makes a record again with another payload; nobody has signed it.
pub(crate) fn remade(record: &Record, change: impl FnOnce(&mut Value)) -> Record {
    let mut payload = record.payload().clone();
    change(&mut payload);
    Record::new(Draft {
        kind: record.kind().clone(),
        at: record.at(),
        actor: record.actor().to_owned(),
        subject: record.subject().to_owned(),
        payload,
    })
    .expect("a record")
}

/// Where the only record of a kind and subject is.
pub(crate) fn find(records: &[Record], kind: &Kind, subject: &str) -> usize {
    let is = |record: &Record| record.kind() == kind && record.subject() == subject;
    records.iter().position(is).expect("a record")
}

impl Released {
    /// Signs a record as somebody.
    pub(crate) fn signed(&self, record: Record, by: &Person) -> Record {
        let text = self.sign(&record.signed_bytes(), Namespace::Keelmark, by);
        record.with_signature(Signature { format: SignatureFormat::Ssh, text })
    }

    fn sign(&self, bytes: &[u8], namespace: Namespace, by: &Person) -> String {
        by.sits_at(&self.server);
        let repository = TestRepo::open_at(self.server.path());
        let signer = repository.signer(SignWish::Always).expect("a key").expect("a signer");
        repository.sign(&signer, bytes, namespace).expect("a signature")
    }

    /// The records of the ledger, in the order of its commits.
    pub(crate) fn records(&self) -> Vec<Record> {
        let commits = self.server.run(&["rev-list", "--reverse", LEDGER]);
        let record = |commit: &str| {
            let words = [
                "diff-tree",
                "--root",
                "--no-commit-id",
                "-r",
                "--name-only",
                commit,
                "--",
                "records",
            ];
            let path = self.server.run(&words);
            let bytes = self.server.run_bytes(&["show", &format!("{commit}:{path}")]);
            Record::parse(&bytes).expect("a record")
        };
        commits.lines().map(record).collect()
    }

    /// Has the ledger hold these records and no others; commits stay as far as the records do.
    pub(crate) fn rewrite(&self, records: &[Record]) {
        let old = self.records();
        let commits = self.server.run(&["rev-list", "--reverse", LEDGER]);
        let same = old.iter().zip(records).take_while(|(a, b)| a == b).count();
        let kept = same.checked_sub(1).and_then(|last| commits.lines().nth(last));
        let mut tip = kept.map(crate::support::object_name);
        let repository = TestRepo::open_at(self.server.path());
        let eve = Identity { name: "Eve".to_owned(), email: "eve@example.com".to_owned() };
        let mut live = Channels::fold(&records[..same]).expect("channels");
        for record in &records[same..] {
            let edits = append::edits(record, &live).expect("edits");
            live.apply(record).expect("channels");
            let commit = NewCommit {
                tree: repository.write_tree(tip, &edits).expect("a tree"),
                parents: tip.as_slice(),
                message: &append::message(record),
                author: &eve,
                committer: &eve,
                seconds: record.at(),
            };
            tip = Some(repository.write_commit(&commit).expect("a commit"));
        }
        let tip = tip.expect("a commit").to_string();
        self.server.run(&["update-ref", LEDGER, &tip]);
    }

    /// Has a tag name another object: what it says is changed, and signed by somebody or nobody.
    /// Returns the object.
    pub(crate) fn retag(
        &self,
        tag: &str,
        by: Option<&Person>,
        change: impl FnOnce(String) -> String,
    ) -> String {
        let reference = format!("refs/tags/{tag}");
        let bytes = self.server.run_bytes(&["cat-file", "tag", &reference]);
        let (said, _) = split_signature(&bytes);
        let mut text = change(String::from_utf8(said.to_vec()).expect("UTF-8"));
        if let Some(by) = by {
            let signature = self.sign(text.as_bytes(), Namespace::Git, by);
            text.push_str(&signature);
        }
        self.write_tag(tag, &text)
    }

    /// Has a tag name an object that holds these bytes.
    pub(crate) fn write_tag(&self, tag: &str, text: &str) -> String {
        let file = self.server.beside("tag.txt");
        fs::write(&file, text).expect("a file");
        let file = file.to_str().expect("UTF-8");
        let object = self.server.run(&["hash-object", "-t", "tag", "-w", file]);
        self.server.run(&["update-ref", &format!("refs/tags/{tag}"), &object]);
        object
    }

    /// Releases the newest version anew: of another commit, after other records, with other words.
    /// Tag and record are signed by somebody or nobody, and fit each other.
    pub(crate) fn rerelease(
        &self,
        by: Option<&Person>,
        commit: Option<&str>,
        before: impl FnOnce(&mut Vec<Record>),
        say: impl FnOnce(String) -> String,
    ) {
        let mut records = self.records();
        let release = records.remove(find(&records, &Kind::Release, TAG));
        before(&mut records);
        self.rewrite(&records);
        let tip = self.server.rev(LEDGER);
        let commit =
            commit.map_or_else(|| self.server.rev(&format!("{TAG}^{{commit}}")), str::to_owned);
        let object = self.retag(TAG, by, |text| {
            let line = |line: &str| match line.split_once(' ') {
                Some(("object", _)) => format!("object {commit}\n"),
                Some(("Keelmark-Ledger:", _)) => format!("Keelmark-Ledger: {tip}\n"),
                _ => format!("{line}\n"),
            };
            say(text.lines().map(line).collect())
        });
        let record = remade(&release, |payload| {
            payload["commit"] = json!(commit);
            payload["tag_object"] = json!(object);
            for state in payload["channels"].as_object_mut().expect("channels").values_mut() {
                state["tag_object"] = json!(object);
            }
        });
        records.push(match by {
            Some(by) => self.signed(record, by),
            None => record,
        });
        self.rewrite(&records);
    }

    /// Commits a change of the release's commit in a clone, and returns the commit; a branch of the
    /// server holds it.
    pub(crate) fn commit(&self, change: impl FnOnce(&TestRepo)) -> String {
        let desk = TestRepo::clone_of(&self.server, &[]);
        desk.run(&["checkout", "-q", "-B", "main", TAG]);
        change(&desk);
        let commit = desk.stage(".").commit("somebody's change");
        desk.run(&["push", "-q", "--force", "origin", "main"]);
        commit
    }
}
