use super::read;
use crate::cases::{Known, check_names};

/// The rules about cases in words.
const PAGE: &str = include_str!("../../../docs/rules/eval.md");

/// The files of cases in a part of a section.
fn blocks(part: &str) -> impl Iterator<Item = &str> {
    part.split("```csv\n").skip(1).filter_map(|rest| rest.split_once("```")).map(|(block, _)| block)
}

#[test]
fn the_examples_on_the_page_are_what_they_are_said_to_be() {
    let mut seen = 0;
    for section in PAGE.split("\n## ").skip(1) {
        let id = section.lines().next().expect("a heading");
        let (bad, good) = section.split_once("**Good**").expect("a good example");
        let said = |text: &str| {
            let (file, mut findings) = read("cases.csv", text);
            findings.extend(check_names(&[file], &Known::default()));
            findings.iter().map(|finding| finding.rule.id).collect::<Vec<_>>()
        };
        // What a suite says of cases is not in the cases alone.
        for block in blocks(bad).filter(|_| !id.starts_with("suite-")) {
            seen += 1;
            assert!(said(block).contains(&id), "{id}: {:?}", said(block));
        }
        for block in blocks(good) {
            assert!(said(block).is_empty(), "{id}: {:?}", said(block));
        }
    }
    assert!(seen >= 15, "only {seen} examples");
}
