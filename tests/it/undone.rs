//! A rollback that was undone, and the next one.

use serde_json::{Value, json};

use crate::shop::Shop;

const BACK: [&str; 3] = ["rollback", "production", "--push"];
const FORTH: [&str; 7] =
    ["rollback", "production", "--to", "1.8.0", "--force", "--reason", "it was the network"];

#[test]
fn after_a_rollback_was_undone_the_next_one_goes_back_again() {
    let shop = Shop::open();
    let desk = &shop.desk;
    desk.keelmark(&BACK).is(0);
    desk.keelmark(&[&FORTH[..], &["--push"]].concat()).is(0).leaves_out("post-mortem");
    let forth = shop.live("production")["state"].clone();
    assert_eq!(forth["rollback_to"], "release/support_copilot@1.7.0");
    assert_eq!(forth["post_mortem_due"], Value::Null);
    let status = desk.json(0, &["status"]);
    let way = &status["channels"][1]["way_back"];
    assert_eq!(
        (&way["tag"], &way["runnable"]),
        (&json!("release/support_copilot@1.7.0"), &json!(true))
    );
    desk.keelmark(&["rollback", "production", "--rehearse", "--dry-run"]).is(0);
    desk.keelmark(&BACK).is(0).says("1.8.0 → support_copilot 1.7.0");
    assert_eq!(shop.recorded("rollback").len(), 3);
    // Within one incident it is done once.
    desk.keelmark(&BACK).is(0).says("is back already");
    shop.another_desk().keelmark(&BACK).is(0).says("is back already");
    assert_eq!(shop.recorded("rollback").len(), 3);
    assert_eq!(shop.live("production")["state"]["version"], "1.7.0");
}
