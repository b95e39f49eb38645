use crate::fixtures::{PROMPT, PROMPT_TEMPLATE, TEMPLATE, mission, published};
use crate::support::TestRepo;

#[test]
fn list_shows_every_entry_or_those_of_a_kind() {
    let repo = published();
    repo.keelmark(&["new", "model", "copilot"]).is(0);
    repo.keelmark(&["list"]).is(0).says("prompt/billing_refund 2.3.0").says("model/copilot");
    let list = repo.json(0, &["list", "prompt"]);
    let names: Vec<_> =
        list["entries"].as_array().expect("entries").iter().map(|e| &e["entry"]).collect();
    assert_eq!(names, ["prompt/billing_refund", "prompt/greeting"]);
    let committed = repo.json(0, &["list", "--rev", "HEAD"]);
    assert!(!committed.to_string().contains("copilot"));
    repo.keelmark(&["list", "suite"]).is(2).says("there is no suite");
    repo.keelmark(&["list", "prompts"]).is(0).says("prompt/greeting");
    repo.keelmark(&["list", "thing"]).is(2).says("kinds are: ");
    TestRepo::init().keelmark(&["list"]).is(0).says("0 entries");
}

#[test]
fn an_entry_that_cannot_be_read_is_listed_all_the_same() {
    let repo = mission();
    repo.write(PROMPT, "id: [").stage(".");
    repo.keelmark(&["list"]).is(0).says("prompt/billing_refund unreadable");
    assert!(repo.json(0, &["list"])["entries"][0]["version"].is_null());
    repo.keelmark(&["show", "billing_refund"]).is(1).says("cannot be read").says("keelmark check");
    repo.keelmark(&["log", "billing_refund"]).is(1).says("keelmark check");
    repo.keelmark(&["mv", "billing_refund", "x"]).is(1).says("keelmark check");
    repo.keelmark(&["render", "billing_refund"]).is(1).says("keelmark check");
}

#[test]
fn a_version_is_shown_from_history() {
    let repo = published();
    let first = repo.rev("HEAD");
    repo.write(PROMPT_TEMPLATE, format!("{TEMPLATE}Be brief.\n"));
    repo.keelmark(&["bump", "-m", "brief"]).is(0);
    repo.stage(".").commit("brief");
    repo.keelmark(&["show", "billing_refund"])
        .is(0)
        .says("prompt/billing_refund 2.4.0")
        .says("Be brief.");
    repo.keelmark(&["show", "prompt/billing_refund@2.3.0"])
        .is(0)
        .says("prompt/billing_refund 2.3.0")
        .leaves_out("Be brief.");
    let old = repo.json(0, &["show", "billing_refund@2.3.0"]);
    assert_eq!(old["version"], "2.3.0");
    assert!(first.starts_with(old["revision"].as_str().expect("a revision")), "{old:#}");
    let now = repo.json(0, &["show", "billing_refund"]);
    assert!(now["revision"].is_null());
    assert_eq!(old["digests"]["contract"], now["digests"]["contract"]);
    assert_ne!(old["digests"]["behaviour"], now["digests"]["behaviour"]);
    let at = repo.json(0, &["show", "billing_refund", "--rev", &first]);
    assert_eq!(at["digests"], old["digests"]);
    repo.keelmark(&["show", "billing_refund@9.9.9"]).is(2).says("has no version 9.9.9");
    repo.keelmark(&["show", "billing_refund@^2"]).is(2).says("is a range");
    repo.keelmark(&["show", "biling_refund"]).is(2).says("did you mean `prompt/billing_refund`?");
    repo.keelmark(&["show", "Not An Id"]).is(2).says("is no entry");
}

#[test]
fn a_name_that_two_kinds_share_asks_for_the_kind() {
    let repo = published();
    repo.keelmark(&["new", "dataset", "greeting"]).is(0);
    repo.keelmark(&["show", "greeting"]).is(2).says("`dataset/greeting` and `prompt/greeting`");
    repo.keelmark(&["show", "prompt/greeting"]).is(0);
}

#[test]
fn the_log_tells_each_version_with_its_step_and_commit() {
    let repo = published();
    repo.write(PROMPT_TEMPLATE, format!("{TEMPLATE}Be brief.\n"));
    repo.keelmark(&["bump", "-m", "brief"]).is(0);
    let brief = repo.stage(".").commit("make it brief");
    repo.edit(PROMPT, ",\"confidence\"", "");
    repo.keelmark(&["bump", "-m", "no confidence"]).is(0);
    repo.keelmark(&["log", "billing_refund"])
        .is(0)
        .says("3.0.0 major uncommitted no confidence")
        .says("2.4.0 minor 2023-11-14")
        .says("2.3.0 first 2023-11-14");
    let log = repo.json(0, &["log", "billing_refund"]);
    let versions = log["versions"].as_array().expect("versions");
    assert_eq!(versions.len(), 3);
    assert!(versions[0]["commit"].is_null());
    assert_eq!(versions[1]["commit"], brief);
    assert_eq!(versions[1]["changelog"], "brief");
    assert_eq!(versions[1]["subject"], "make it brief");
    repo.keelmark(&["log", "nothing"]).is(2);
}
