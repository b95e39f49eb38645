//! What people type wrongly on the way to a release and back: every message says what was expected,
//! and what it names as the next step works when it is typed.

use crate::desk::Ending;
use crate::fixtures::small;
use crate::shop::{Shop, identify, rewrite};
use crate::support::TestRepo;

/// Returns the commands in backticks that can be typed as they stand.
fn commands(ending: &Ending) -> Vec<Vec<String>> {
    let said = format!("{} {}", ending.out, ending.err).replace('\n', " ");
    let quoted = said.split('`').skip(1).step_by(2);
    let typed = quoted.filter(|text| text.starts_with("keelmark ") || text.starts_with("git "));
    let whole = typed.filter(|text| !text.contains("URL") && !text.contains("TEXT"));
    whole.map(|text| text.split_whitespace().map(ToOwned::to_owned).collect()).collect()
}

/// Types a command; git's own are believed to end well.
fn type_it(repo: &TestRepo, command: &[String]) -> Option<Ending> {
    let words: Vec<&str> = command.iter().skip(1).map(String::as_str).collect();
    if command[0] == "git" {
        repo.run(&words);
        return None;
    }
    Some(repo.keelmark(&words))
}

#[test]
fn a_name_that_is_none_is_answered_with_those_that_are() {
    let shop = Shop::open();
    let desk = &shop.desk;
    let kind = "`refund` is a prompt; a composite is expected";
    let table: [(&[&str], i32, &[&str]); 18] = [
        (&["release", "status", "refund"], 2, &[kind, "`keelmark list composite`"]),
        (&["release", "prepare", "refund"], 2, &[kind]),
        (&["release", "tag", "refund"], 2, &[kind]),
        (&["approve", "refund"], 2, &[kind]),
        (&["export", "refund", "--out", "../none"], 2, &[kind]),
        (&["show", "suite/refund"], 2, &["`refund` is a prompt; a suite is expected"]),
        (
            &["release", "tag", "support_copilot@1.8.0"],
            2,
            &[
                "a composite is expected as it stands here",
                "name it alone: `support_copilot`",
                "`keelmark why composite/support_copilot@1.8.0`",
            ],
        ),
        (
            &["release", "prepare", "support_copilot", "--to", "1.9"],
            2,
            &["`1.9` is no SemVer 2.0.0 version", "write three numbers, such as `2.3.0`"],
        ),
        (&["bump", "refund", "--to", "v2.0.0"], 2, &["write three numbers"]),
        (
            &["release", "prepare", "support_copilot", "--hold", "promt"],
            2,
            &["has no slot `promt`", "did you mean `prompt`?", "its slots are `model`, `prompt`"],
        ),
        (
            &["verify", "support_copilot@9.9.9"],
            2,
            &[
                "`support_copilot@9.9.9` is not released here",
                "the newest here: `support_copilot@1.8.0`, `support_copilot@1.7.0`",
            ],
        ),
        (&["verify", "support_copilto"], 2, &["did you mean `support_copilot`?"]),
        (&["verify", "other"], 2, &["there are releases of `support_copilot` here"]),
        (&["verify", "HEAD"], 2, &["`HEAD` is no release", "such as `support_copilot@1.8.0`"]),
        (
            &["rollback", "production", "--to", "support_copilot@1.7.9"],
            3,
            &["has no release", "it has `support_copilot@1.8.0`, `support_copilot@1.7.0`"],
        ),
        (
            &["rollback", "Production"],
            2,
            &["`Production` is no name of a channel", "channels are: `canary`, `production`"],
        ),
        (&["ledger", "log", "--subject", "support_copilot"], 0, &["no record is like that"]),
        (
            &["notes", "support_copilot@1.8.0"],
            2,
            &["is no range", "`..support_copilot@1.8.0` are the notes up to it"],
        ),
    ];
    for (words, code, said) in table {
        let ending = desk.keelmark(words).is(code);
        for command in commands(&ending) {
            if let Some(next) = type_it(desk, &command) {
                assert_eq!(next.code, 0, "{command:?} after {words:?}: {next}");
            }
        }
        for words in said {
            assert!(
                ending.err.split_whitespace().collect::<Vec<_>>().join(" ").contains(words),
                "no `{words}`: {ending}"
            );
        }
    }
    desk.keelmark(&["notes", "..support_copilot@1.8.0"]).is(0).says("support_copilot@1.7.0` to");
    desk.keelmark(&["release", "tag", "support_copilot", "--sign"])
        .is(0)
        .says("it is not signed, and a release never changes");
    // A release may be named by its tag, also where its bundle is asked for.
    let tag = "release/support_copilot@1.7.0";
    desk.keelmark(&["export", tag, "--out", "../dist"]).is(0).says("support_copilot 1.7.0");
    desk.keelmark(&["export", "release/support_copilot@9.9.9", "--out", "../none"])
        .is(2)
        .says("has no version 9.9.9");
}

#[test]
fn a_decision_has_a_title_in_words_and_takes_another_one_s_place() {
    let desk = Shop::open().desk;
    for title in ["", " ", ".", "--- ---", "\u{2014}"] {
        desk.keelmark(&["adr", "new", "--", title]).is(2).says("at least one word");
    }
    let files = desk.files();
    let is_decision = |path: &str| path.starts_with("docs/adr/");
    let path = files.keys().filter_map(|path| path.to_str()).find(|path| is_decision(path));
    let path = path.expect("a decision record");
    desk.keelmark(&["adr", "supersede", path, path])
        .is(2)
        .says(&format!("`{path}` cannot take its own place"))
        .says("name the record that is replaced, then the one that takes its place");
}

#[test]
fn without_a_remote_the_command_that_makes_one_is_whole() {
    let desk = Shop::open().desk;
    desk.run(&["remote", "remove", "origin"]);
    for words in [
        &["ledger", "push"][..],
        &["release", "tag", "support_copilot", "--push"],
        &["eval", "run", "golden", "--record", "--push"],
    ] {
        desk.keelmark(words).is(2).says("`git remote add origin URL` makes one");
    }
    // A name that a shell acts on is refused before anybody is told to type it.
    let hostile = "version: 1\nledger: {remote: \"x; touch pwned #\", branch: \"$(id)\"}\n";
    desk.write("keelmark.yaml", hostile).stage(".").commit("hostile");
    desk.keelmark(&["check", "--all"])
        .is(2)
        .says("`ledger.remote`: expected the name of a remote")
        .says("`ledger.branch`: expected the name of a branch");
    for words in [&["ledger", "push"][..], &["eval", "run", "golden", "--record", "--push"]] {
        desk.keelmark(words).is(2).leaves_out("git remote add").leaves_out("git fetch");
    }
}

#[test]
fn what_is_changed_and_not_merged_is_named_where_nothing_is_to_be_released() {
    let shop = Shop::open();
    let desk = &shop.desk;
    let prepare = ["release", "prepare", "support_copilot"];
    let nothing = "1.8.0 is released, and nothing that it pins has changed";
    desk.keelmark(&prepare).is(0).says(nothing).leaves_out("has changed here");
    desk.branch("work");
    rewrite(desk, "Answer in rhymes");
    let ending = desk.keelmark(&prepare).is(0).says(nothing);
    let ending =
        ending.says("`prompt/refund` has changed here, and a release takes what is merged");
    let ending = ending.says("`keelmark bump prompt/refund`");
    for command in commands(&ending) {
        assert_eq!(type_it(desk, &command).expect("of keelmark").code, 0, "{command:?}");
    }
    desk.stage(".").commit("committed is not merged");
    desk.keelmark(&prepare).is(0).says("`prompt/refund` has changed here");
}

#[test]
fn in_a_clone_that_knows_nothing_of_releases_the_commands_that_are_named_lead_to_an_answer() {
    let shop = Shop::open();
    // Git brings the tags of the commits that it brings.
    shop.desk.commit_file("README.md", "more\n");
    shop.desk.run(&["push", "-q", "origin", "main"]);
    let shallow = || {
        let clone = TestRepo::clone_of(&shop.server, &["--depth", "1"]);
        identify(&clone);
        clone
    };
    for words in [
        &["release", "status"][..],
        &["release", "prepare", "support_copilot"],
        &["release", "tag", "support_copilot"],
    ] {
        let clone = shallow();
        let first = clone.keelmark(words).is(3).says("nobody can tell what was released before");
        assert!(first.out.is_empty(), "{first}");
        let mut ending = first;
        for _ in 0..3 {
            if ending.code != 3 {
                break;
            }
            let command = commands(&ending).into_iter().next().expect("a command");
            type_it(&clone, &command);
            ending = clone.keelmark(words);
        }
        assert_eq!(ending.code, 0, "{ending}");
        ending.leaves_out("the first release");
    }
    // What is live is asked of the ledger alone, and nobody says that there is none.
    let clone = shallow();
    let ending =
        clone.keelmark(&["status"]).is(0).says("no ledger is known here").leaves_out("yet");
    type_it(&clone, &commands(&ending)[0]);
    clone.keelmark(&["status"]).is(0).says("production support_copilot 1.8.0");
}

#[test]
fn a_path_in_a_command_is_one_word_for_a_shell() {
    let repo = TestRepo::init();
    repo.write("keelmark.yaml", "version: 1\nregistry: \"R&D; id\"\n")
        .write("R&D; id/prompts/greeting.yaml", small("greeting"))
        .write("R&D; id/prompts/greeting.md", "Hi {{ name }}\n");
    repo.stage(".").commit("a registry");
    repo.branch("work");
    repo.delete("R&D; id/prompts/greeting.yaml").delete("R&D; id/prompts/greeting.md");
    let report = repo.json(1, &["check"]);
    let findings = report["findings"].as_array().expect("findings");
    let helps = findings.iter().filter_map(|finding| finding["help"].as_str());
    let help: Vec<&str> = helps.filter(|help| help.contains("git checkout")).collect();
    assert_eq!(help.len(), 1, "{report:#}");
    assert!(help[0].contains(" -- 'R&D; id/prompts/greeting.yaml'`"), "{help:?}");
}
