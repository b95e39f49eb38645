use std::fs::File;
use std::path::Path;

use jsonschema::{Draft, Validator};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{message, pascal, uri, write};
use crate::checks::report::{Overridden, Report};
use crate::escape;
use crate::finding::{Family, Finding, Fix, Place, Replacement, Rule, Safety};
use crate::ident::EntryName;
use crate::ident::Kind;
use crate::output::evals::tests::HOSTILE;
use crate::path::RepoPath;
use crate::source::{SourceFile, Span};

/// The schema of OASIS; `tests/vectors/sarif/README.md` says where it comes from.
const OASIS: &str = include_str!("../../../tests/vectors/sarif/sarif-schema-2.1.0.json");

/// Some rules, not in the order of their ids.
static RULES: [Rule; 3] = [
    Rule::error("some-rule", Family::Shape, "some [thing]"),
    Rule::integrity("other-rule", Family::Integrity, "other"),
    Rule::warning("a-rule", Family::Version, "a"),
];

/// A text whose characters have one, two, three and four bytes.
const TEXT: &str = "a: 1\nb: \"é€𝄞\" # x\nc: 3\n";

pub(in crate::output) fn oasis() -> Validator {
    // Its patterns for languages have a bracket too many, which not every reader of patterns forgives.
    let mended = OASIS.replace("-[a-zA-Z]{2}]?$", "-[a-zA-Z]{2}$");
    assert_ne!(mended, OASIS);
    let schema: Value = serde_json::from_str(&mended).expect("JSON");
    jsonschema::options()
        .with_draft(Draft::Draft7)
        .should_validate_formats(true)
        .offline()
        .build(&schema)
        .expect("a schema")
}

fn place(text: &str, of: &str) -> Place {
    let start = text.find(of).expect("it is in the text");
    let file = SourceFile::new(RepoPath::from("r/a b.yaml"), text.to_owned());
    let number = |at: usize| u32::try_from(at).expect("small");
    Place {
        file,
        pointer: "/b".to_owned(),
        span: Span::new(number(start), number(start + of.len())),
    }
}

fn name(id: &str) -> EntryName {
    EntryName::new(Kind::Prompt, id.parse().expect("an id"))
}

/// A report with one finding of every sort: new, inherited, twice, overridden, with a fix.
pub(in crate::output) fn report() -> Report {
    let [some, other, a] = &RULES;
    let fix = Fix {
        title: "write 2".to_owned(),
        safety: Safety::Safe,
        replacements: vec![Replacement { span: place(TEXT, "𝄞").span, text: "2\n".to_owned() }],
    };
    let old = SourceFile::at_revision(
        RepoPath::from("r/a b.yaml"),
        "abc1234".to_owned(),
        TEXT.to_owned(),
    );
    let old = Place { file: old, ..place(TEXT, "c: 3") };
    let new = Finding::new(some, place(TEXT, "\"é€𝄞\""), "b is [wrong] {0}")
        .entry(&name("x"))
        .help("write 2\nor 3")
        .related(place(TEXT, "c: 3"), "and here")
        .related(place(TEXT, "c: 3"), "and here")
        .related(old, "it was so")
        .fix(fix);
    let mut inherited = Finding::new(a, place(TEXT, "# x"), "old");
    inherited.inherited = true;
    let nowhere = SourceFile::new(RepoPath::from("r/gone.yaml"), String::new());
    let broken = Finding::new(other, Place::of_file(nowhere), "bytes differ");
    let accepted = Finding::new(some, place(TEXT, "€"), "too much");
    Report {
        judged: 1,
        entries: Vec::new(),
        findings: vec![new.clone(), new, inherited, broken],
        overridden: vec![Overridden { finding: accepted, reason: "SUP-1412, @alice".to_owned() }],
    }
}

/// A report whose every text from a repository would do harm.
pub(in crate::output) fn hostile(evil: &str) -> Report {
    let file = SourceFile::new(RepoPath::from(evil), format!("{evil}\n{evil}"));
    let other = SourceFile::at_revision(RepoPath::from(evil), evil.to_owned(), evil.to_owned());
    let at = |file: &SourceFile| Place {
        file: file.clone(),
        pointer: evil.to_owned(),
        span: Span::new(3, 40),
    };
    let fix = Fix {
        title: evil.to_owned(),
        safety: Safety::Safe,
        replacements: vec![Replacement { span: Span::new(0, 2), text: evil.to_owned() }],
    };
    let finding = Finding::new(&RULES[0], at(&file), evil)
        .help(evil)
        .related(at(&other), evil)
        .related(at(&file), evil)
        .values(evil, evil)
        .fix(fix);
    Report {
        judged: 1,
        entries: Vec::new(),
        findings: vec![finding.clone()],
        overridden: vec![Overridden { finding, reason: evil.to_owned() }],
    }
}

fn sarif(report: &Report) -> Value {
    let mut out = Vec::new();
    write(report, &mut out).expect("written");
    let log = serde_json::from_slice(&out).expect("JSON");
    let faults: Vec<String> =
        oasis().iter_errors(&log).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert_eq!(faults, Vec::<String>::new());
    log
}

/// Reads what a region of a text holds, by counting lines and characters.
fn cut(text: &str, region: &Value) -> String {
    let number = |key: &str| {
        usize::try_from(region[key].as_u64().unwrap_or_else(|| panic!("{key}: {region}")))
            .expect("small")
    };
    let offset = |line: usize, column: usize| {
        let before: usize = text.split_inclusive('\n').take(line - 1).map(str::len).sum();
        let rest = text[before..].chars().take(column - 1);
        before + rest.map(char::len_utf8).sum::<usize>()
    };
    let start = offset(number("startLine"), number("startColumn"));
    let end = offset(number("endLine"), number("endColumn"));
    text[start..end].to_owned()
}

#[test]
fn a_finding_is_a_result_at_the_text_that_it_speaks_of() {
    let log = sarif(&report());
    let results = log["runs"][0]["results"].as_array().expect("results");
    let shown: Vec<(&str, &str, &str)> = results
        .iter()
        .map(|result| {
            let word = |key: &str| result[key].as_str().expect("a word");
            (word("ruleId"), word("level"), word("baselineState"))
        })
        .collect();
    assert_eq!(
        shown,
        [
            ("some-rule", "note", "new"),
            ("some-rule", "error", "new"),
            ("some-rule", "error", "new"),
            ("a-rule", "warning", "unchanged"),
            ("other-rule", "error", "new"),
        ]
    );
    for result in results {
        let index =
            usize::try_from(result["ruleIndex"].as_u64().expect("an index")).expect("small");
        assert_eq!(log["runs"][0]["tool"]["driver"]["rules"][index]["id"], result["ruleId"]);
    }
    let region = |result: &Value| result["locations"][0]["physicalLocation"]["region"].clone();
    assert_eq!(cut(TEXT, &region(&results[0])), "€");
    assert_eq!(cut(TEXT, &region(&results[1])), "\"é€𝄞\"");
    assert_eq!(cut(TEXT, &region(&results[3])), "# x");
    assert_eq!(region(&results[4]), json!({ "startLine": 1 }));
    assert_eq!(
        results[0]["suppressions"],
        json!([{ "kind": "external", "status": "accepted", "justification": "SUP-1412, @alice" }])
    );
    let new = &results[1];
    assert_eq!(
        new["message"]["text"],
        "b is \\[wrong\\] {{0}}\nit was so (r/a b.yaml:3 at abc1234)\nwrite 2\nor 3"
    );
    assert_eq!(new["relatedLocations"].as_array().map(Vec::len), Some(1));
    assert_eq!(new["properties"], json!({ "entry": "prompt/x", "pointer": "/b" }));
    let change = &new["fixes"][0]["artifactChanges"][0];
    assert_eq!(change["artifactLocation"]["uri"], "r/a%20b.yaml");
    assert_eq!(cut(TEXT, &change["replacements"][0]["deletedRegion"]), "𝄞");
}

#[test]
fn a_report_without_findings_is_a_log_without_results() {
    let log = sarif(&Report::default());
    assert_eq!(log["runs"].as_array().map(Vec::len), Some(1));
    assert_eq!(log["runs"][0]["results"], json!([]));
}

#[test]
fn messages_hold_no_links_and_uris_no_marks() {
    assert_eq!(message("[a](b) {0} \\"), "\\[a\\](b) {{0}} \\\\");
    assert_eq!(uri("a b/é:%.csv".as_bytes()), "a%20b/%C3%A9%3A%25.csv");
    assert!(uri(HOSTILE.as_bytes()).is_ascii());
    assert_eq!(pascal("some-rule"), "SomeRule");
}

#[test]
fn the_schema_refuses_what_is_no_log() {
    let mut log = sarif(&report());
    log["runs"][0]["results"][0]["surprise"] = true.into();
    assert!(!oasis().is_valid(&log));
}

#[test]
#[ignore = "`.ci/formats` asks for it: it writes files for programs that judge them"]
fn files_are_written_for_the_judges_of_other_formats() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/ci/formats");
    for (name, report) in
        [("none", Report::default()), ("rich", report()), ("hostile", hostile(HOSTILE))]
    {
        let file = |extension: &str| {
            File::create(folder.join(format!("check-{name}.{extension}")))
                .expect("`.ci/formats` made it")
        };
        write(&report, &mut file("sarif")).expect("written");
        super::super::gitlab::write(&report, &mut file("gitlab.json")).expect("written");
        super::super::markdown::write(&report, &mut file("md")).expect("written");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn whatever_the_texts_are_the_log_is_valid_and_holds_nothing_raw(evil in any::<String>()) {
        let evil = format!("{evil}{HOSTILE}");
        let mut out = Vec::new();
        write(&hostile(&evil), &mut out).expect("written");
        let text = String::from_utf8(out).expect("UTF-8");
        prop_assert!(!text.chars().any(|c| c != '\n' && escape::is_dangerous(c)));
        prop_assert!(oasis().is_valid(&serde_json::from_str(&text).expect("JSON")));
    }
}
