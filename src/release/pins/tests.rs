use super::*;
use crate::registry::changelog::yanked;
use crate::registry::config::Config;
use crate::release::step::{Request, judge};
use crate::release::tests::mission::{
    COMPOSITE, MODEL, PROMPT, ROUTER, Registry, SUITE, TEMPLATE, mission, name,
};
use crate::yaml;

/// What the tree has is published.
impl Knowledge for Registry {
    fn is_published(&self, name: &EntryName, version: &Version) -> Result<bool, ReadFault> {
        Ok(self.published_now(name)?.as_ref() == Some(version))
    }

    fn published_now(&self, name: &EntryName) -> Result<Option<Version>, ReadFault> {
        Ok(self.entry(name, None)?.and_then(|loaded| loaded.entry.version))
    }

    fn withdrawn(&self, name: &EntryName) -> Result<Vec<Version>, ReadFault> {
        let loaded = self.entry(name, None)?;
        Ok(loaded.map(|loaded| yanked(&loaded.entry.common.changelog)).unwrap_or_default())
    }

    fn calibration(&self, _: &EntryName) -> Result<Option<Vec<u8>>, ReadFault> {
        Ok(None)
    }
}

fn composite(registry: &Registry) -> Loaded {
    let name = name("composite/support_copilot");
    registry.entry(&name, None).expect("memory").expect("a composite")
}

fn hold(slots: &[&str]) -> BTreeSet<String> {
    slots.iter().map(|slot| (*slot).to_owned()).collect()
}

fn moved(registry: &Registry, held: &[&str]) -> Vec<String> {
    let found = pins(&composite(registry), registry, registry, &hold(held)).expect("memory");
    assert_eq!(found.unknown, Vec::<String>::new());
    found.moved.iter().map(|pin| format!("{}: {}", pin.pointer, pin.text)).collect()
}

/// The mission after a day of work: another text, another model, another suite.
fn later() -> Registry {
    mission()
        .edit(PROMPT, "\nversion: 2.3.0", "\nversion: 2.4.0")
        .edit(TEMPLATE, "Answer ", "Please answer ")
        .edit(MODEL, "\nversion: 1.4.2", "\nversion: 1.5.0")
        .edit(SUITE, "\nversion: 1.1.0", "\nversion: 1.2.0")
        .after(&mission())
}

#[test]
fn the_pins_move_to_what_is_published() {
    assert_eq!(moved(&mission(), &[]), Vec::<String>::new());
    assert_eq!(
        moved(&later(), &[]),
        [
            "/members/model: cust-copilot@1.5.0",
            "/members/prompt: billing_refund@2.4.0",
            "/suites/0: support_golden@1.2.0"
        ]
    );
}

#[test]
fn what_is_held_stays_and_a_slot_that_is_not_there_is_said() {
    assert_eq!(
        moved(&later(), &["model", "suite/support_golden"]),
        ["/members/prompt: billing_refund@2.4.0"]
    );
    let registry = later();
    let found = pins(&composite(&registry), &registry, &registry, &hold(&["modle", "model"]));
    assert_eq!(found.expect("memory").unknown, ["modle"]);
}

#[test]
fn what_names_no_version_gets_one_where_it_runs() {
    let cases: &[(&str, &str, &[&str])] = &[
        ("cust-copilot@1.4.2 #", "cust-copilot@^1.4 #", &["/members/model: cust-copilot@1.4.2"]),
        ("cust-copilot@1.4.2 #", "cust-copilot #", &["/members/model: cust-copilot@1.4.2"]),
        (
            "prompt/intent_route@1.2.0",
            "prompt/intent_route",
            &["/members/router: prompt/intent_route@1.2.0"],
        ),
        ("data: golden_2025_09", "data: golden_v2025_09", &[]),
        (
            "data: golden_2025_09",
            "data: golden_v2025_09@^1",
            &["/members/data: golden_v2025_09@1.0.0"],
        ),
        ("billing_refund@2.3.0", "nowhere@2.3.0", &[]),
    ];
    for (from, to, expected) in cases {
        assert_eq!(moved(&mission().edit(COMPOSITE, from, to), &[]), *expected, "{to}");
    }
}

#[test]
fn nothing_moves_to_what_nobody_may_rely_on() {
    let router = |version: &str, status: &str| {
        mission()
            .edit(ROUTER, "\nversion: 1.2.0", &format!("\nversion: {version}\nstatus: {status}"))
            .after(&mission())
    };
    let cases: &[(&str, &str, &[&str])] = &[
        ("1.3.0", "active", &["/members/router: prompt/intent_route@1.3.0"]),
        ("1.3.0", "deprecated", &["/members/router: prompt/intent_route@1.3.0"]),
        ("1.3.0", "draft", &[]),
        ("2.0.0", "removed", &[]),
        ("1.3.0-rc.1", "active", &[]),
        // A revert was merged: what is published now is the older one.
        ("1.1.0", "active", &["/members/router: prompt/intent_route@1.1.0"]),
    ];
    for (version, status, expected) in cases {
        assert_eq!(moved(&router(version, status), &[]), *expected, "{version} {status}");
    }
    let tried = router("1.3.0-rc.2", "active").edit(
        COMPOSITE,
        "intent_route@1.2.0",
        "intent_route@1.3.0-rc.1",
    );
    assert_eq!(moved(&tried, &[]), ["/members/router: prompt/intent_route@1.3.0-rc.2"]);
}

/// Writes what a release of `registry` needs, after `released`.
fn prepared(registry: &Registry, message: Option<&str>, back: Option<&str>) -> String {
    let loaded = composite(registry);
    let found = pins(&loaded, registry, registry, &hold(&[])).expect("memory");
    let version = |text: &str| text.parse::<Version>().expect("a version");
    let back = back.map(version);
    let wish = Wish {
        composite: &loaded,
        pins: &found.moved,
        version: &version("1.9.0"),
        published: &["1.8.0: citations".to_owned(), "1.7.3: refunds".to_owned()],
        message,
        rollback_to: back.as_ref(),
    };
    yaml::apply(&loaded.entry.document, &edits(&wish)).expect("edits")
}

#[test]
fn all_that_a_release_needs_is_written_and_the_rest_keeps_its_bytes() {
    let registry = later();
    let before = registry.file(COMPOSITE).to_owned();
    let text = prepared(&registry, None, Some("1.8.0"));
    let expected = before
        .replace("\nversion: 1.8.0", "\nversion: 1.9.0")
        .replace("cust-copilot@1.4.2", "cust-copilot@1.5.0")
        .replace("billing_refund@2.3.0", "billing_refund@2.4.0")
        .replace("support_golden@1.1.0", "support_golden@1.2.0")
        .replace("rollback_to: 1.7.3", "rollback_to: 1.8.0")
        .replace(
            "changelog:\n",
            "changelog:\n  - \"1.9.0: model 1.4.2 → 1.5.0, prompt 2.3.0 → 2.4.0, suite/support_golden 1.1.0 → 1.2.0\"\n",
        );
    assert_eq!(text, expected);
    assert!(text.contains("cust-copilot@1.5.0 # the snapshot of July\n"));
    let words = prepared(&registry, Some("kinder answers"), None);
    assert!(words.contains("  - \"1.9.0: kinder answers\"\n"), "{words}");
    assert!(words.contains("rollback_to: 1.7.3"), "{words}");
}

#[test]
fn a_way_back_is_added_where_there_was_none() {
    let registry = later().edit(COMPOSITE, "rollback_to: 1.7.3\n", "");
    let text = prepared(&registry, None, Some("1.8.0"));
    let line = text.lines().skip_while(|line| !line.starts_with("channels:")).nth(1);
    assert!(line.is_some_and(|line| line.starts_with("rollback_to: ")), "{text}");
}

#[test]
fn what_is_written_needs_nothing_more_and_has_the_step_that_it_needs() {
    let released = mission().whole();
    let registry = later();
    let text = prepared(&registry, None, Some("1.8.0"));
    let registry = registry.with(COMPOSITE, &text);
    assert_eq!(moved(&registry, &[]), Vec::<String>::new());
    let composition = registry.whole();
    let step = judge(&Request {
        old: Some(&released),
        new: &composition,
        taken: std::slice::from_ref(&released.version),
        trusted: &Config::default(),
    });
    assert!(step.findings.is_empty(), "{:#?}", step.findings);
    let again = Wish {
        composite: &composite(&registry),
        pins: &[],
        version: &composition.version,
        published: &["1.8.0: citations".to_owned()],
        message: None,
        rollback_to: Some(&released.version),
    };
    assert_eq!(edits(&again), []);
}
