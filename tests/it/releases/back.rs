//! Going back to a release whose list of keys cannot be read.

use keelmark::ledger::kind::Kind;

use super::{TAG, released};
use crate::support::TestRepo;

#[test]
fn a_list_of_keys_that_cannot_be_read_keeps_nobody_from_going_back() {
    type Change = fn(&TestRepo);
    let table: [(&str, Change); 2] = [
        ("too long", |repo| {
            repo.write("allowed_signers", vec![b'#'; (1 << 20) + 1]);
        }),
        ("elsewhere", |repo| {
            repo.edit("keelmark.yaml", "approvers:", "paths: {signers: ../keys}\napprovers:");
        }),
    ];
    for (what, change) in table {
        let made = released();
        let commit = made.commit(change);
        made.rerelease(None, Some(&commit), |_| {}, |text| text);
        let desk = made.desk(&made.ada);
        desk.run(&["config", "commit.gpgSign", "true"]);
        desk.keelmark(&["rollback", "production", "--push", "--to", "support_copilot@1.7.3"]).is(0);
        let again = ["--to", "support_copilot@1.8.0", "--force", "--reason", "it was better"];
        let words = [&["rollback", "production", "--push"][..], &again].concat();
        let ending = desk.keelmark(&words).is(0);
        let records = made.records();
        let last = records.last().expect("a record");
        assert_eq!((last.kind(), last.subject()), (&Kind::Rollback, TAG), "{what}: {ending}");
        assert!(last.signature().is_some(), "{what}: {ending}");
    }
}
