//! Names that are put into commands, and lists that stand in several places.

use std::fs;
use std::path::Path;

use keelmark::registry::policy::gates::CATEGORIES;
use keelmark::schema::{PolicyName, Shape};

use crate::{faults, schema};

#[test]
fn what_a_shell_acts_on_is_no_name_of_a_branch_remote_or_tag() {
    let wrapped = |key: &str, name: &str| match key.strip_prefix("ledger.") {
        Some(key) => format!("version: 1\nledger: {{{key}: {name:?}}}\n"),
        None => format!("version: 1\n{key}: {name:?}\n"),
    };
    for key in ["ledger.remote", "ledger.branch", "default_branch", "tag_prefix"] {
        for name in ["origin", "team/a_b-c.2", "V2", "_x"] {
            assert_eq!(faults(Shape::Config, &wrapped(key, name)), [""; 0], "{key} {name}");
        }
        for name in [
            "x; touch pwned #",
            "-x",
            "$(id)",
            "a b",
            "a`id`",
            "a|b",
            "a&b",
            "a>b",
            "a'b",
            "a\\b",
            "a\nb",
            "a\n",
            "../x",
        ] {
            let found = faults(Shape::Config, &wrapped(key, name));
            assert_eq!(found.len(), 1, "{key} {name}: {found:?}");
            assert!(found[0].contains("letters, digits, `.`, `_`, `-`"), "{found:?}");
        }
    }
    assert_eq!(faults(Shape::Config, "version: 1\ntag_prefix: \"@shop+eu/\"\n"), [""; 0]);
}

#[test]
fn the_headings_of_gates_are_the_same_wherever_they_are_told() {
    let [others @ .., last] = CATEGORIES;
    let in_ticks = |name: &&str| format!("`{name}`");
    let joined = |word: &str| {
        let others: Vec<String> = others.iter().map(in_ticks).collect();
        format!("{} {word} `{last}`", others.join(", "))
    };
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for page in ["docs/guides/evals.md", "docs/rules/eval.md"] {
        let text = fs::read_to_string(root.join(page)).expect("a page");
        assert!(text.contains(&format!("The headings are {}", joined("and"))), "{page}");
    }
    let gates = schema(Shape::Policy(PolicyName::Gates));
    let category = &gates["properties"]["gates"]["items"]["properties"]["category"];
    let told = category["description"].as_str().expect("a description");
    assert!(told.contains(&format!("under: {}.", joined("or"))), "{told}");
}
