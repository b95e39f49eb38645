//! A server that keeps what must not change: `hook install --server`.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::desk::program;
use crate::shop::{LEDGER, PROMPT, Shop, TEMPLATE, identify, release, rewrite};
use crate::support::TestRepo;

const TAG: &str = "refs/tags/release/support_copilot@1.7.0";
const EVIDENCE: &str = "refs/heads/keelmark/evidence";

/// Installs the hook, as whoever keeps the server does who knows where the program is.
fn guarded(server: &TestRepo) {
    server.keelmark(&["hook", "install", "--server"]).is(0).says("hooks/update");
    server.keelmark(&["hook", "status"]).is(0).says("update            runs keelmark");
    let path = server.path().join("hooks/update");
    let text = fs::read_to_string(&path).expect("a hook");
    let known = format!("hook=update\nKEELMARK_BIN='{}'\n", program());
    fs::write(&path, text.replace("hook=update\n", &known)).expect("a hook");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("permissions");
}

/// A shop whose server has the hook.
fn guarded_shop() -> Shop {
    let shop = Shop::open();
    guarded(&shop.server);
    shop
}

/// Pushes, and insists that the server refuses for this reason and stays as it was.
#[track_caller]
fn refused(shop: &Shop, words: &[&str], reason: &str) {
    let before = shop.server.run(&["for-each-ref"]);
    let pushed = shop.desk.try_run(&[&["push", "-q", "origin"], words].concat());
    let said = String::from_utf8_lossy(&pushed.stderr).replace("remote: ", "");
    let said: String = said.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(!pushed.status.success(), "accepted: {words:?}");
    assert!(said.contains(reason), "nothing says `{reason}`: {said}");
    assert_eq!(shop.server.run(&["for-each-ref"]), before);
}

#[test]
fn releases_rollbacks_and_records_pass_the_hook() {
    let shop = guarded_shop();
    let desk = &shop.desk;
    rewrite(desk, "Answer kindly");
    release(desk, "1.9.0");
    desk.keelmark(&["rollback", "production", "--push"]).is(0);
    assert_eq!(shop.live("production")["state"]["version"], "1.8.0");
    shop.another_desk().keelmark(&["verify", "--all"]).is(0);
}

#[test]
fn tags_of_releases_neither_move_nor_go_nor_change_their_names() {
    let shop = guarded_shop();
    let desk = &shop.desk;
    let at = desk.rev(TAG);
    refused(&shop, &["--delete", TAG], "published and is not deleted");
    let moved = format!("+release/support_copilot@1.8.0:{TAG}");
    refused(&shop, &[&moved], "published and never moves");
    let renamed = format!("{at}:refs/tags/release/support_copilot@9.0.0");
    refused(&shop, &[&renamed], "calls itself `release/support_copilot@1.7.0`");
    refused(&shop, &["HEAD:refs/tags/release/support_copilot@9.0.0"], "is not annotated");
    refused(&shop, &["HEAD:refs/tags/team/release/x@9.0.0"], "is not annotated");
    // Other people's tags are their own.
    for words in [["main:refs/tags/latest"], ["+main~1:refs/tags/latest"], [":refs/tags/latest"]] {
        desk.run(&[&["push", "-q", "origin"], &words[..]].concat());
    }
    // A version of an entry may be a light tag, and does not move either.
    desk.run(&["push", "-q", "origin", "main:refs/tags/prompt/refund@1.0.0"]);
    refused(&shop, &["+main~1:refs/tags/prompt/refund@1.0.0"], "never moves");
}

#[test]
fn the_ledger_only_grows_and_only_by_records() {
    let shop = guarded_shop();
    let desk = &shop.desk;
    refused(&shop, &["--delete", LEDGER], "is the ledger and is not deleted");
    let tracking = "refs/remotes/origin/keelmark/ledger";
    refused(&shop, &[&format!("+{tracking}~1:{LEDGER}")], "only goes forward");
    // A commit that follows the tip and edits what was recorded.
    desk.run(&["checkout", "-q", "--detach", tracking]);
    let live = desk.read("channels/production.json");
    desk.write("channels/production.json", live.replace("1.8.0", "1.6.0"));
    desk.stage(".").commit("nobody was here");
    refused(&shop, &[&format!("HEAD:{LEDGER}")], "the ledger would be damaged");
    refused(&shop, &[&format!("HEAD:{LEDGER}")], "the commit adds 0 records");
    // A merge into it, though everything in it is right.
    desk.run(&["checkout", "-q", "--detach", tracking]);
    let tree = desk.rev("HEAD^{tree}");
    let merge = desk.run(&["commit-tree", "-m", "x", "-p", "HEAD", "-p", "HEAD~1", &tree]);
    refused(&shop, &[&format!("{merge}:{LEDGER}")], "the ledger would be damaged");
    desk.checkout("main");
    desk.keelmark(&["rollback", "production", "--push"]).is(0);
}

#[test]
fn evidence_is_neither_forced_nor_rewritten() {
    let shop = guarded_shop();
    let desk = &shop.desk;
    refused(&shop, &["--delete", EVIDENCE], "is the evidence and is not deleted");
    let tracking = "refs/remotes/origin/keelmark/evidence";
    refused(&shop, &[&format!("+{tracking}~1:{EVIDENCE}")], "only goes forward");
    desk.run(&["checkout", "-q", "--detach", tracking]);
    let pack = desk.run(&["ls-files"]).lines().next().expect("a pack").to_owned();
    desk.write(&pack, "other").stage(".").commit("better numbers");
    refused(&shop, &[&format!("HEAD:{EVIDENCE}")], "would be rewritten");
    // What was kept long enough may go.
    desk.run(&["reset", "-q", "--hard", tracking]);
    desk.run(&["rm", "-q", &pack]);
    desk.commit("four hundred days");
    desk.run(&["push", "-q", "origin", &format!("HEAD:{EVIDENCE}")]);
}

#[test]
fn what_is_pushed_to_a_published_branch_is_checked_against_what_is_there() {
    let shop = guarded_shop();
    let desk = &shop.desk;
    let published = desk.read(TEMPLATE);
    desk.write(TEMPLATE, "Other: {{ question }}\n").stage(".").commit("the same number");
    refused(&shop, &["main"], "version-unchanged");
    // A branch of somebody's work is nobody's business before it is merged.
    desk.run(&["push", "-q", "origin", "main:refs/heads/work"]);
    refused(&shop, &["main:refs/heads/release/2.x"], "version-unchanged");
    desk.keelmark(&["bump", "refund", "-m", "other"]).is(0);
    desk.stage(".").commit("the next number");
    desk.run(&["push", "-q", "origin", "main"]);
    desk.run(&["push", "-q", "origin", "main~2:refs/heads/release/2.x"]);
    // Nothing takes published numbers away again.
    refused(&shop, &["+main~1:main"], "only goes forward");
    refused(&shop, &["--delete", "release/2.x"], "is not deleted");
    // The change does not choose what it is measured by.
    desk.write(TEMPLATE, published)
        .write("keelmark.yaml", "version: 1\nrules: {version-unchanged: {level: allow}}\n")
        .stage(".")
        .commit("excused by itself");
    refused(&shop, &["main"], "version-unchanged");
}

#[test]
fn the_first_push_and_a_renamed_default_branch_are_judged() {
    let server = TestRepo::init_with(&["--bare"]);
    server.run(&["symbolic-ref", "HEAD", "refs/heads/master"]);
    guarded(&server);
    let desk = TestRepo::init();
    identify(&desk);
    desk.run(&["remote", "add", "origin", &server.address()]);
    desk.keelmark(&["new", "prompt", "refund", "--owner", "team"]).is(0);
    desk.write("keelmark.yaml", "version: 1\ndefault_branch: trunk\n");
    let good = desk.read(PROMPT);
    desk.write(PROMPT, good.replace("version: ", "version: x")).stage(".").commit("no version");
    let shop = Shop { server, desk };
    refused(&shop, &["main"], "version");
    let Shop { server, desk } = &shop;
    desk.write(PROMPT, &good).stage(".").commit("a version");
    desk.run(&["push", "-q", "origin", "main", "main:trunk"]);
    server.run(&["symbolic-ref", "HEAD", "refs/heads/main"]);
    desk.write(TEMPLATE, "Other.\n").stage(".").commit("the same number");
    refused(&shop, &["main:trunk"], "version-unchanged");
}

#[test]
fn a_default_branch_that_is_not_there_yet_is_no_way_around_the_rules() {
    let shop = guarded_shop();
    let desk = &shop.desk;
    desk.write("keelmark.yaml", "version: 1\ndefault_branch: trunk\n").stage(".").commit("trunk");
    desk.run(&["push", "-q", "origin", "main"]);
    let excuse = "version: 1\nrules: {version-unchanged: {level: allow}}\n";
    desk.write("keelmark.yaml", excuse).write(TEMPLATE, "Other: {{ question }}\n");
    desk.stage(".").commit("excused by itself");
    refused(&shop, &["main:trunk"], "version-unchanged");
    desk.run(&["push", "-q", "origin", "main~1:refs/heads/trunk"]);
    refused(&shop, &["main:trunk"], "version-unchanged");
    // Nor is a registry further down, which speaks for itself.
    let below = "version: 1\ndefault_branch: work\n";
    desk.run(&["reset", "-q", "--hard", "origin/main"]);
    desk.write("team/keelmark.yaml", below).stage(".").commit("another registry");
    desk.run(&["push", "-q", "origin", "main", "main:trunk"]);
    desk.write("keelmark.yaml", excuse).write(TEMPLATE, "Other: {{ question }}\n");
    desk.stage(".").commit("excused by itself");
    refused(&shop, &["main:trunk"], "version-unchanged");
    refused(&shop, &["main:work"], "version-unchanged");
}

#[test]
fn the_hook_says_what_git_should_pass_and_goes_again() {
    let shop = guarded_shop();
    shop.server.keelmark(&["hook", "run", "update", "refs/heads/main"]).is(2).says("git passes");
    let any = "1".repeat(40);
    shop.server.keelmark(&["hook", "run", "update", "refs/notes/x", &any, &any]).is(0);
    shop.server.keelmark(&["hook", "uninstall"]).is(0).says("hooks/update");
    assert!(!shop.server.path().join("hooks/update").exists());
    shop.desk.run(&["push", "-q", "origin", "--delete", TAG]);
}
