//! Whoever is late moves nothing: a channel moves from what was live when somebody decided it.

use crate::shop::{Shop, measure, prepare, rewrite};

const BACK: [&str; 3] = ["rollback", "production", "--push"];

/// Tags 1.9.0 at a desk and does not push it.
fn unpushed_release(shop: &Shop) {
    let desk = &shop.desk;
    rewrite(desk, "Answer kindly");
    prepare(desk, "1.9.0");
    measure(desk);
    desk.keelmark(&["release", "tag", "support_copilot"]).is(0).says("not pushed yet");
}

#[test]
fn a_release_that_arrives_after_a_rollback_does_not_undo_it() {
    for push in [&["release", "tag", "support_copilot", "--push"][..], &["ledger", "push"]] {
        let shop = Shop::open();
        let (desk, on_call) = (&shop.desk, shop.another_desk());
        unpushed_release(&shop);
        on_call.keelmark(&BACK).is(0);
        let back = shop.live("production");
        let ending = desk.keelmark(push).is(1);
        let ending = ending.says("`production` stays at `release/support_copilot@1.7.0`");
        ending
            .says("(release of `release/support_copilot@1.9.0`) was made")
            .says("keelmark rollback production --to release/support_copilot@1.9.0 --force");
        assert_eq!(shop.live("production"), back);
        // On the other channel nobody was faster.
        assert_eq!(shop.live("canary")["state"]["version"], "1.9.0");
        assert_eq!(shop.recorded("release").len(), 4, "what was decided is kept");
        assert_eq!(desk.json(0, &["status"])["ledger"]["unpushed"], 0);
        desk.keelmark(push).is(0);
        assert_eq!(shop.live("production"), back);
        let fresh = shop.another_desk();
        fresh.keelmark(&["ledger", "verify"]).is(0);
        if push[0] == "release" {
            fresh.keelmark(&["verify", "support_copilot@1.9.0"]).is(0);
            // The explicit way.
            let to = ["--to", "1.9.0", "--force", "--reason", "1.9.0 is sound"];
            fresh.keelmark(&[&BACK[..], &to].concat()).is(0);
            assert_eq!(shop.live("production")["state"]["version"], "1.9.0");
        }
    }
}

#[test]
fn what_is_late_is_told_before_it_is_pushed() {
    let shop = Shop::open();
    let desk = &shop.desk;
    unpushed_release(&shop);
    shop.another_desk().keelmark(&BACK).is(0);
    desk.run(&["fetch", "-q"]);
    desk.keelmark(&["ledger", "log"]).is(0).says("`production` stays at").says("moves nothing");
    let status = desk.json(0, &["status"]);
    assert_eq!(status["channels"][1]["version"], "1.7.0", "{status:#}");
}

#[test]
fn a_rollback_that_arrives_after_the_mending_release_takes_nothing_back() {
    let shop = Shop::open();
    let on_call = shop.another_desk();
    on_call.keelmark(&["rollback", "production"]).is(0).says("nobody else sees it");
    let desk = &shop.desk;
    rewrite(desk, "Answer kindly");
    prepare(desk, "1.9.0");
    measure(desk);
    desk.keelmark(&["release", "tag", "support_copilot", "--push"]).is(0);
    on_call
        .keelmark(&["ledger", "push"])
        .is(1)
        .says("(rollback of `release/support_copilot@1.7.0`)");
    assert_eq!(shop.live("production")["state"]["version"], "1.9.0");
    assert_eq!(shop.recorded("rollback").len(), 1);
    shop.another_desk().keelmark(&["ledger", "verify"]).is(0);
    // Asked once more, it is judged from what is live now.
    on_call.run(&["fetch", "-q", "--tags"]);
    on_call.keelmark(&BACK).is(0).says("1.9.0 → support_copilot 1.8.0");
    assert_eq!(shop.live("production")["state"]["version"], "1.8.0");
}

#[test]
fn back_and_forth_again_is_not_where_a_late_release_came_from() {
    let shop = Shop::open();
    let (desk, on_call) = (&shop.desk, shop.another_desk());
    unpushed_release(&shop);
    on_call.keelmark(&BACK).is(0);
    let to = ["--to", "1.8.0", "--force", "--reason", "it was the network"];
    on_call.keelmark(&[&BACK[..], &to].concat()).is(0);
    desk.keelmark(&["ledger", "push"]).is(1).says("`production` stays at");
    assert_eq!(shop.live("production")["state"]["version"], "1.8.0");
}
