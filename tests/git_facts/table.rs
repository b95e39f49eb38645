//! The table of facts in the reference, held against the tests that it names.

use std::fs;
use std::path::Path;

/// The most facts that the table has, each with a line.
const FACTS: usize = 40;

#[test]
fn every_fact_has_a_line_and_every_test_that_it_names_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("docs/reference/git.md")).expect("the page");
    let rows: Vec<&str> = page.lines().filter(|line| line.starts_with("| G")).collect();
    let numbers: Vec<String> = (1..=FACTS).map(|number| format!("G{number}")).collect();
    let first = rows.iter().map(|row| row.split('|').nth(1).expect("a cell").trim());
    assert_eq!(first.collect::<Vec<_>>(), numbers);
    let mut named = 0;
    for row in rows {
        for test in row.split('`').filter(|word| word.contains("::")) {
            let (module, name) = test.rsplit_once("::").expect("a name");
            let file = root.join("tests").join(module.replace("::", "/") + ".rs");
            let text = fs::read_to_string(&file)
                .unwrap_or_else(|_| panic!("no {}: {row}", file.display()));
            assert!(text.contains(&format!("\nfn {name}() {{")), "no test {test}");
            named += 1;
        }
    }
    assert!(named > FACTS, "{named}");
}
