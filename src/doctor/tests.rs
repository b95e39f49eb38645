use super::*;
use crate::vcs::Standing;

fn hook(event: &str, state: HookState) -> Hook {
    Hook { event: event.to_owned(), state }
}

fn hooks(state: &HookState) -> Vec<Hook> {
    ["pre-commit", "pre-push"].map(|event| hook(event, state.clone())).into()
}

fn fault(what: &str) -> Fault {
    Fault { what: what.to_owned(), help: Some("mend it".to_owned()) }
}

fn registry() -> Registry {
    Registry {
        signing: Signing::Off,
        list: None,
        branch: Ok(Branch::Found {
            name: "origin/main".to_owned(),
            reason: "origin/HEAD".to_owned(),
            fetched: Some("2 hours".to_owned()),
            guessed: false,
        }),
        tags: Ok(Vec::new()),
        orphans: Orphans::default(),
        ledger: Ok(Ledger::default()),
        channels: Ok(Vec::new()),
    }
}

fn healthy() -> Facts {
    Facts {
        git: Some((2, 47)),
        shallow: false,
        partial: None,
        place: Place { folds_case: Some(false), ..Place::default() },
        configuration: Ok(Some("keelmark.yaml".to_owned())),
        bare: false,
        program: Ok(()),
        hooks: hooks(&HookState::Runs),
        registry: Some(registry()),
    }
}

fn with(change: impl FnOnce(&mut Facts)) -> Facts {
    let mut facts = healthy();
    change(&mut facts);
    facts
}

fn with_registry(change: impl FnOnce(&mut Registry)) -> Facts {
    with(|facts| change(facts.registry.as_mut().expect("a registry")))
}

/// Insists that exactly one topic of a set-up is not ok, and says so in these words.
#[track_caller]
fn one(facts: &Facts, topic: Topic, level: Level, words: &str) {
    let checks = judge(facts);
    let found: Vec<&Check> = checks.iter().filter(|check| check.level > Level::Ok).collect();
    assert!(!found.is_empty(), "nothing says `{words}`");
    for check in &found {
        assert_eq!((check.topic, check.level), (topic, level), "{check:?}");
    }
    let said = found.iter().any(|check| check.found.contains(words));
    assert!(said, "`{words}`: {found:?}");
    assert_eq!(worst(&checks), level);
}

#[test]
fn a_healthy_set_up_is_a_line_a_topic() {
    let checks = judge(&healthy());
    let topics: Vec<Topic> = checks.iter().map(|check| check.topic).collect();
    let mut sorted = topics.clone();
    sorted.sort_unstable();
    sorted.dedup();
    assert_eq!(topics, sorted);
    assert_eq!(topics.len(), 11);
    assert_eq!(worst(&checks), Level::Ok);
    assert_eq!(worst(&[]), Level::Ok);
}

#[test]
fn git_the_clone_and_the_files() {
    let cases = [
        (with(|f| f.git = Some((2, 32))), Topic::Git, Level::Error, "older than 2.33"),
        (with(|f| f.git = None), Topic::Git, Level::Warning, "no version"),
        (with(|f| f.shallow = true), Topic::Clone, Level::Warning, "cut off"),
        (
            with(|f| f.partial = Some("blob:none".to_owned())),
            Topic::Clone,
            Level::Warning,
            "blob:none",
        ),
        (
            with(|f| f.place.collisions = vec![("a".to_owned(), "A".to_owned())]),
            Topic::Files,
            Level::Warning,
            "`a` and `A`",
        ),
        (
            with(|f| {
                f.place = Place {
                    folds_case: Some(true),
                    ignores_case: true,
                    collisions: vec![("a".to_owned(), "A".to_owned()); 5],
                };
            }),
            Topic::Files,
            Level::Error,
            "and 2 more pairs",
        ),
        (
            with(|f| f.place.collisions = vec![("a/".to_owned(), "A/".to_owned())]),
            Topic::Files,
            Level::Warning,
            "one folder on macOS and Windows: `a/` and `A/`",
        ),
        (
            with(|f| f.place.ignores_case = true),
            Topic::Files,
            Level::Warning,
            "core.ignoreCase is true",
        ),
        (with(|f| f.configuration = Ok(None)), Topic::Configuration, Level::Warning, "defaults"),
    ];
    for (facts, topic, level, words) in &cases {
        one(facts, *topic, *level, words);
    }
    let newest = with(|f| f.git = Some((3, 0)));
    assert_eq!(worst(&judge(&newest)), Level::Ok);
}

#[test]
fn a_broken_configuration_is_one_error_and_hides_what_hangs_on_it() {
    let facts = with(|facts| {
        facts.configuration = Err(fault("keelmark.yaml:1:1: no YAML"));
        facts.registry = None;
    });
    one(&facts, Topic::Configuration, Level::Error, "no YAML");
    assert!(judge(&facts).iter().all(|check| check.topic <= Topic::Hooks));
}

#[test]
fn every_state_of_a_hook_has_its_line() {
    let managed = |named| HookState::Managed { manager: "prek".to_owned(), named };
    let cases = [
        (HookState::Absent, Level::Warning, "nothing is checked"),
        (HookState::Foreign, Level::Warning, "somebody else"),
        (managed(false), Level::Warning, "prek runs, and is not told"),
        (HookState::Outdated, Level::Warning, "another version"),
        (HookState::RunsTwice, Level::Warning, "twice"),
        (HookState::NotExecutable { path: "x".to_owned() }, Level::Error, "not executable"),
        (HookState::TooNew, Level::Error, "does not read it"),
    ];
    for (state, level, words) in cases {
        let facts = with(|facts| facts.hooks[0].state = state.clone());
        one(&facts, Topic::Hooks, level, words);
        let said = judge(&facts);
        let check = said.iter().find(|check| check.topic == Topic::Hooks).expect("a check");
        assert_eq!(check.about, "pre-commit");
        assert!(check.help.is_some(), "{check:?}");
    }
    let facts = with(|facts| facts.hooks = hooks(&managed(true)));
    assert!(judge(&facts).iter().any(|check| check.found.ends_with("by prek")));
    assert_eq!(worst(&judge(&facts)), Level::Ok);
}

#[test]
fn a_hook_whose_program_is_not_there_refuses_every_commit() {
    let missing = |facts: &mut Facts| facts.program = Err(fault("not on PATH"));
    one(&with(missing), Topic::Hooks, Level::Error, "not on PATH");
    // Nobody starts it, so that nothing fails.
    let facts = with(|facts| {
        missing(facts);
        facts.hooks = hooks(&HookState::Absent);
    });
    one(&facts, Topic::Hooks, Level::Warning, "nothing is checked");
}

#[test]
fn a_bare_repository_is_no_place_for_hooks_of_a_working_copy() {
    let bare = with(|facts| {
        facts.bare = true;
        facts.hooks = vec![hook("update", HookState::Absent)];
        facts.program = Err(fault("not on PATH"));
    });
    assert_eq!(worst(&judge(&bare)), Level::Ok);
    let foreign = HookState::Foreign;
    let server = |state: HookState| {
        with(|facts| {
            facts.bare = true;
            facts.hooks = vec![hook("update", state)];
        })
    };
    assert_eq!(worst(&judge(&server(foreign))), Level::Ok);
    let guarded = judge(&server(HookState::Runs));
    assert!(guarded.iter().any(|check| check.found.contains("guards tags")), "{guarded:?}");
    for (state, level, words) in [
        (HookState::Outdated, Level::Warning, "another version"),
        (HookState::RunsTwice, Level::Warning, "twice"),
        (HookState::NotExecutable { path: "x".to_owned() }, Level::Error, "not executable"),
        (HookState::TooNew, Level::Error, "does not read it"),
    ] {
        one(&server(state), Topic::Hooks, level, words);
    }
    let mut unstarted = server(HookState::Runs);
    unstarted.program = Err(fault("not on PATH"));
    one(&unstarted, Topic::Hooks, Level::Error, "not on PATH");
}

#[test]
fn a_key_counts_where_the_list_says_so() {
    let on = |standing| Signing::On { format: "ssh".to_owned(), key: "k".to_owned(), standing };
    let listed = Standing::Listed { principal: "ada".to_owned() };
    let late = Standing::OutOfTime { bound: "until 20250101".to_owned() };
    let unknown = Standing::Unknown { why: "no public half".to_owned() };
    let cases = [
        (Signing::Off, true, Level::Warning, "not told to sign"),
        (Signing::Broken(fault("no program")), true, Level::Error, "no program"),
        (Signing::Broken(fault("no program")), false, Level::Error, "no program"),
        (on(Standing::Unlisted), true, Level::Warning, "not in `signers`"),
        (on(late), true, Level::Error, "until 20250101"),
        (on(unknown), true, Level::Warning, "no public half"),
    ];
    for (signing, lists, level, words) in cases {
        let facts = with_registry(|registry| {
            registry.signing = signing;
            registry.list = lists.then(|| "signers".to_owned());
        });
        one(&facts, Topic::Signing, level, words);
    }
    for (standing, lists) in [(listed, true), (Standing::Unlisted, false)] {
        let facts = with_registry(|registry| {
            registry.signing = on(standing);
            registry.list = lists.then(|| "signers".to_owned());
        });
        assert_eq!(worst(&judge(&facts)), Level::Ok);
    }
}

#[test]
fn the_base_is_there_or_it_is_said_how_to_get_it() {
    let guessed = Branch::Found {
        name: "trunk".to_owned(),
        reason: "current branch".to_owned(),
        fetched: None,
        guessed: true,
    };
    let cases = [
        (Err(fault("no base")), Level::Error, "no base"),
        (Ok(Branch::NoCommit), Level::Warning, "nothing is committed"),
        (Ok(guessed), Level::Warning, "`trunk`"),
    ];
    for (branch, level, words) in cases {
        let facts = with_registry(|registry| registry.branch = branch);
        one(&facts, Topic::DefaultBranch, level, words);
    }
}

#[test]
fn tags_that_do_not_hold_are_named_and_the_others_counted() {
    let tag = |name: &str, fails: Vec<Fault>, unknown: Vec<Fault>| Tag {
        name: name.to_owned(),
        fails,
        unknown,
    };
    let tags = vec![
        tag("a@1.0.0", vec![fault("moved"), fault("second")], vec![fault("open")]),
        tag("b@1.0.0", Vec::new(), vec![fault("not here")]),
        tag("c@1.0.0", Vec::new(), Vec::new()),
    ];
    let facts = with_registry(|registry| registry.tags = Ok(tags));
    let checks = judge(&facts);
    let lines: Vec<(&str, Level, &str)> = checks
        .iter()
        .filter(|check| check.topic == Topic::Tags)
        .map(|check| (check.about.as_str(), check.level, check.found.as_str()))
        .collect();
    let expected = [("a@1.0.0", Level::Error, "moved"), ("b@1.0.0", Level::Warning, "not here")];
    assert_eq!(lines, expected);
    let sound = with_registry(|registry| {
        registry.tags = Ok(vec![tag("c@1.0.0", Vec::new(), Vec::new()); 2]);
    });
    assert!(judge(&sound).iter().any(|check| check.found == "2 of releases and entries hold"));
}

#[test]
fn orphans_are_worse_where_a_release_is_one() {
    let entry = |commit: Option<&str>, held, elsewhere: Option<&str>| Orphan::Entry {
        tag: "prompt/a@1.0.0".to_owned(),
        commit: commit.map(ToOwned::to_owned),
        held,
        elsewhere: elsewhere.map(ToOwned::to_owned),
    };
    let release = Orphan::Release { tag: "release/a@1.0.0".to_owned() };
    let cases = [
        (release, Level::Error, "does not know this release"),
        (entry(Some("c1"), false, Some("c2")), Level::Warning, "on no published branch; c2"),
        (entry(Some("c1"), true, Some("c2")), Level::Warning, "does not have it; c2"),
        (entry(Some("c1"), false, None), Level::Warning, "no published branch has had"),
        (entry(None, false, None), Level::Warning, "leads to no commit"),
    ];
    for (orphan, level, words) in cases {
        let facts = with_registry(|registry| registry.orphans.found = vec![orphan]);
        one(&facts, Topic::OrphanTags, level, words);
    }
    // What was found is said, although others could not be looked for.
    let release = Orphan::Release { tag: "release/a@1.0.0".to_owned() };
    let cut = with_registry(|registry| {
        registry.orphans = Orphans { found: vec![release], open: Some(fault("cut off")) };
    });
    let checks = judge(&cut);
    let levels: Vec<Level> =
        checks.iter().filter(|c| c.topic == Topic::OrphanTags).map(|c| c.level).collect();
    assert_eq!(levels, [Level::Error, Level::Warning], "{checks:?}");
}

#[test]
fn a_ledger_is_here_and_goes_one_way() {
    let here = |change: &dyn Fn(&mut Ledger)| {
        let mut ledger = Ledger {
            branch: "keelmark/ledger".to_owned(),
            tip: Some("abc".to_owned()),
            remote: Some("origin".to_owned()),
            heard: true,
            ..Ledger::default()
        };
        change(&mut ledger);
        with_registry(|registry| registry.ledger = Ok(ledger))
    };
    let cases = [
        (here(&|l| (l.tip, l.released) = (None, true)), Level::Error, "tells of them, is not"),
        (here(&|l| l.heard = false), Level::Warning, "never fetched"),
        (here(&|l| (l.parted, l.unpushed) = (true, 1)), Level::Warning, "different ways"),
        (here(&|l| l.unpushed = 1), Level::Warning, "1 record is not at `origin`"),
        (here(&|l| l.fails = vec![fault("edited")]), Level::Error, "edited"),
        (here(&|l| l.unknown = vec![fault("cut off")]), Level::Warning, "cut off"),
        (with_registry(|r| r.ledger = Err(fault("unreadable"))), Level::Error, "unreadable"),
    ];
    for (facts, level, words) in &cases {
        one(facts, Topic::Ledger, *level, words);
    }
    // What nobody could ask is not called sound.
    let unread = judge(&here(&|l| l.unknown = vec![fault("cut off")]));
    let orphans = unread.iter().find(|check| check.topic == Topic::OrphanTags).expect("a check");
    assert!(orphans.found.contains("without the ledger"), "{orphans:?}");
    assert_eq!(worst(&judge(&here(&|l| l.tip = None))), Level::Ok);
    assert_eq!(worst(&judge(&here(&|l| (l.remote, l.unpushed) = (None, 3)))), Level::Ok);
}

#[test]
fn every_channel_has_a_way_back_or_says_why_not() {
    let channel = |target: Option<&str>, runnable| Channel {
        name: "production".to_owned(),
        target: target.map(ToOwned::to_owned),
        runnable,
        why: "because".to_owned(),
    };
    let cases = [
        (channel(Some("release/a@1.0.0"), Some(false)), Level::Error),
        (channel(Some("release/a@1.0.0"), None), Level::Warning),
        (channel(None, None), Level::Warning),
    ];
    for (channel, level) in cases {
        let facts = with_registry(|registry| registry.channels = Ok(vec![channel]));
        one(&facts, Topic::Rollback, level, "because");
    }
    let sound = channel(Some("release/a@1.0.0"), Some(true));
    let facts = with_registry(|registry| registry.channels = Ok(vec![sound]));
    assert_eq!(worst(&judge(&facts)), Level::Ok);
}
