//! Rows of datasets in a repository: what each edit asks for, and what cannot be read.

use serde_json::Value;

use crate::support::TestRepo;

const ENTRY: &str = "registry/datasets/gold/dataset.yaml";
const ROWS: &str = "registry/datasets/gold/rows.csv";
const FIRST: &str = "id,question,label\na,How?,yes\nb,\"When, and where?\",no\nc,Why?,yes\n";

/// A published dataset.
fn published() -> TestRepo {
    let repo = TestRepo::init();
    repo.write(ENTRY, "id: gold\nversion: 1.0.0\nowner: data\nrow_key: id\nfiles: [{path: rows.csv}]\ncolumns: {label: {label: true}}\nprovenance: {source: x, pii: none}\nchangelog: [\"1.0.0: first\"]\n");
    repo.write(ROWS, FIRST);
    repo.stage(".").commit("publish");
    repo
}

/// What the check says of the dataset: its step, and each reason with its note.
fn reasons(report: &Value) -> (String, Vec<String>) {
    let entry = &report["entries"][0];
    let word = |value: &Value| value.as_str().expect("a text").to_owned();
    let reasons = entry["reasons"].as_array().expect("reasons").iter();
    let told =
        reasons.map(|reason| format!("{}: {}", word(&reason["rule"]), word(&reason["note"])));
    (word(&entry["required"]), told.collect())
}

fn findings(report: &Value) -> Vec<String> {
    let findings = report["findings"].as_array().expect("findings").iter();
    let mut told: Vec<String> = findings
        .filter(|finding| {
            let rule = finding["rule"].as_str().expect("a rule");
            rule.starts_with("dataset-") || rule.starts_with("baseline-")
        })
        .map(|finding| {
            let path = finding["path"].as_str().expect("a path");
            let name = path.rsplit('/').next().expect("a name");
            let mark = if finding["inherited"] == true { " (inherited)" } else { "" };
            let (line, column) = (&finding["line"], &finding["column"]);
            format!("{} {name}:{line}:{column}{mark}", finding["rule"].as_str().expect("a rule"))
        })
        .collect();
    told.sort();
    told
}

#[test]
fn each_edit_of_rows_asks_for_its_own_step() {
    let cases = [
        (FIRST.replace("Why?", "Why not?"), "major", "dataset-rows-changed: 1 row changed: `c`"),
        (
            FIRST.replace("where?\",no", "where?\",yes"),
            "major",
            "dataset-labels-changed: 1 row got another label, metric or bar: `b`",
        ),
        (format!("{FIRST}d,Who?,no\n"), "minor", "dataset-rows-added: 1 row came: `d`"),
        (FIRST.replace("c,Why?,yes\n", ""), "major", "dataset-rows-removed: 1 row went: `c`"),
        (
            FIRST.replace('\n', "\r\n"),
            "patch",
            "dataset-reserialized: the rows are the same in other bytes",
        ),
    ];
    for (rows, step, why) in cases {
        let repo = published();
        repo.write(ROWS, rows).stage(".");
        for words in [&["check"][..], &["check", "--staged"]] {
            let report = repo.json(1, words);
            assert_eq!(reasons(&report), (step.to_owned(), vec![why.to_owned()]));
        }
        // The number that bump writes is the one that the check asks for.
        repo.keelmark(&["bump", "gold", "-m", "other rows"]).is(0);
        repo.stage(".").commit("change");
        repo.keelmark(&["check", "--rev", "HEAD", "--base", "HEAD~1"]).is(0);
    }
}

#[test]
fn a_diff_shows_which_cells_of_which_rows_changed() {
    let repo = published();
    let rows = FIRST.replace("Why?", "Why not?").replace("a,How?,yes", "a,How?,no");
    repo.write(ROWS, format!("{rows}d,Who?,no\n")).stage(".");
    repo.keelmark(&["diff"])
        .is(0)
        .says("  + 1 row came: d\n")
        .says("  ~ 2 rows differ, by column: label 1, question 1\n")
        .says("    a, label\n")
        .says("    c, question\n      - Why?\n      + Why not?\n");
}

#[test]
fn mended_labels_are_minor_where_the_changelog_says_so() {
    let repo = published();
    repo.write(ROWS, FIRST.replace("c,Why?,yes", "c,Why?,no")).stage(".");
    let text = std::fs::read_to_string(repo.path().join(ENTRY)).expect("the entry");
    let line = "changelog: [\"1.1.0: label-fix: the third is a no\", ";
    let text = text.replace("version: 1.0.0", "version: 1.1.0").replace("changelog: [", line);
    repo.write(ENTRY, text).stage(".");
    let report = repo.json(0, &["check"]);
    assert_eq!(reasons(&report).0, "minor");
    assert_eq!(findings(&report), ["baseline-invalidated dataset.yaml:5:8"]);
}

#[test]
fn a_bump_that_says_that_labels_were_mended_writes_the_minor_number_at_once() {
    let repo = published();
    let mended = FIRST.replace("c,Why?,yes", "c,Why?,no");
    let written = || std::fs::read_to_string(repo.path().join(ENTRY)).expect("the entry");
    let at_the_base = written();
    let bumps: [&[&str]; 3] = [&[], &["--level", "minor"], &["dataset/gold"]];
    for more in bumps {
        repo.write(ENTRY, &at_the_base).write(ROWS, &mended).stage(".");
        let bump = [&["bump", "-m", "label-fix: the third is a no"], more].concat();
        repo.keelmark(&bump).is(0).says("1.0.0 → 1.1.0 (minor");
        assert!(written().contains("1.1.0: label-fix: the third is a no"), "{}", written());
        assert_eq!(reasons(&repo.json(0, &["check"])).0, "minor");
        let first = written();
        repo.keelmark(&["bump"]).is(0).says("as they should be");
        assert_eq!(written(), first, "once is enough");
    }
    // The line may stand in the file, with a number that nobody could know.
    let line = "changelog: [\"1.0.1: label-fix: the third is a no\", ";
    repo.write(ENTRY, at_the_base.replace("changelog: [", line)).stage(".");
    repo.keelmark(&["bump"]).is(0).says("1.0.0 → 1.1.0 (minor");
    // Another text, or a change that is none of labels alone, is what it was.
    repo.write(ENTRY, &at_the_base).stage(".");
    repo.keelmark(&["bump", "-m", "the third is a no"]).is(0).says("1.0.0 → 2.0.0 (major");
    repo.write(ENTRY, &at_the_base).write(ROWS, mended.replace("How?", "How so?")).stage(".");
    repo.keelmark(&["bump", "-m", "label-fix: all of it"]).is(0).says("1.0.0 → 2.0.0 (major");
}

/// The entry of a dataset that trains, so that its files are rows and no cases.
const TRAINING: &str = "id: gold\nversion: 1.0.0\nowner: data\npurpose: training\nrow_key: id\nfiles: [{path: rows.csv}]\ncolumns: {id: {type: string}, label: {type: string, label: true}}\nprovenance: {source: x, pii: none}\nchangelog: [\"1.0.0: first\"]\n";

#[test]
fn each_kind_of_bad_input_is_a_finding_of_its_own_at_its_place() {
    let repo = TestRepo::init();
    repo.write(ENTRY, TRAINING).write(ROWS, FIRST).stage(".").commit("publish");
    let mut large = b"id,question,label\na,".to_vec();
    large.resize(large.len() + (16 << 20), b'y');
    large.extend_from_slice(b",yes\nb,Who?,no\n");
    let cases: [(&str, &[u8], &str); 15] = [
        (
            "in conflict",
            b"id,question,label\n<<<<<<< ours\na,How?,yes\n=======\na,Who?,yes\n>>>>>>> theirs\n",
            "dataset-conflict-marker rows.csv:2:1",
        ),
        (
            "cut off in a row",
            b"id,question,label\na,How?,yes\nb,\"When",
            "dataset-syntax rows.csv:3:1",
        ),
        (
            "cut off between fields",
            b"id,question,label\na,How?,yes\nb,Whe",
            "dataset-row-ragged rows.csv:3:1",
        ),
        ("without a byte", b"", "dataset-syntax rows.csv:1:1"),
        ("without a header", b"\n\n", "dataset-syntax rows.csv:1:1"),
        (
            "another key column",
            b"key,question,label\na,How?,yes\n",
            "dataset-row-key-missing rows.csv:1:1",
        ),
        (
            "another column",
            b"id,question,lable\na,How?,yes\n",
            "dataset-column-missing dataset.yaml:7:31",
        ),
        ("a column twice", b"id,label,label\na,How?,yes\n", "dataset-column-twice rows.csv:1:1"),
        (
            "a byte order mark",
            b"\xef\xbb\xbfid,question,label\na,How?,yes\n",
            "dataset-byte-order-mark rows.csv:1:1",
        ),
        ("too few fields", b"id,question,label\na,yes\n", "dataset-row-ragged rows.csv:2:1"),
        (
            "too many fields",
            b"id,question,label\na,How?,yes,no\n",
            "dataset-row-ragged rows.csv:2:1",
        ),
        ("too large a row", &large, "dataset-row-too-large rows.csv:1:1"),
        ("not UTF-8", b"id,question,label\na,caf\xe9,yes\n", "dataset-not-utf8 rows.csv:2:1"),
        (
            "a key twice",
            b"id,question,label\na,How?,yes\na,Who?,no\n",
            "dataset-row-key-twice rows.csv:3:1",
        ),
        (
            "a row without a key",
            b"id,question,label\n,How?,yes\n",
            "dataset-row-key-missing rows.csv:2:1",
        ),
    ];
    for (what, bytes, expected) in cases {
        repo.write(ROWS, bytes).stage(".");
        let report = repo.json(1, &["check"]);
        assert!(
            findings(&report).contains(&expected.to_owned()),
            "{what}: {:?}",
            findings(&report)
        );
    }
}

#[test]
fn what_is_wrong_with_a_row_is_said_at_its_place_and_what_stood_there_is_inherited() {
    let repo = TestRepo::init();
    repo.write("registry/prompts/.keep", "");
    repo.stage(".").commit("start");
    repo.write(ENTRY, "id: gold\nversion: 1.0.0\nowner: data\nrow_key: id\nfiles: [{path: rows.csv}]\nchangelog: [\"1.0.0: first\"]\n");
    repo.write(ROWS, "id,a\n1,x,y\n2,z\n").stage(".");
    let report = repo.json(1, &["check"]);
    assert_eq!(findings(&report), ["dataset-row-ragged rows.csv:2:1"]);
    repo.stage(".").commit("publish, whatever the check said");
    repo.write(ROWS, "id,a\n1,x,y\n2,z\n3,ok\n3,\"again\n").stage(".");
    let report = repo.json(1, &["check", "--base", "HEAD"]);
    assert_eq!(
        findings(&report),
        [
            "baseline-invalidated dataset.yaml:5:8",
            "dataset-row-ragged rows.csv:2:1 (inherited)",
            "dataset-syntax rows.csv:5:1",
        ]
    );
    // What cannot be told apart is taken for the worst.
    assert_eq!(reasons(&report).0, "major");
}

#[test]
fn rows_behind_a_pointer_are_not_judged() {
    let repo = published();
    repo.write(".gitattributes", "*.csv filter=lfs diff=lfs merge=lfs -text\n");
    let pointer = |digit: &str| {
        format!(
            "version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize 120\n",
            digit.repeat(64)
        )
    };
    repo.run(&["config", "filter.lfs.clean", "cat"]);
    repo.write(ROWS, pointer("a")).stage(".").commit("rows in LFS");
    repo.write(ROWS, pointer("b")).stage(".");
    let report = repo.json(1, &["check", "--base", "HEAD"]);
    let (step, why) = reasons(&report);
    assert_eq!(step, "major");
    assert!(
        why[0].starts_with("dataset-bytes-changed: a file changed, and the rows were not judged:"),
        "{why:?}"
    );
    assert!(
        findings(&report).contains(&"dataset-rows-not-judged dataset.yaml:5:8".to_owned()),
        "{:?}",
        findings(&report)
    );
}

#[test]
fn a_file_that_git_streams_is_compared_like_any_other() {
    let repo = published();
    // Beyond 8 MiB a blob comes from the git program in pieces.
    let row = |at: u32| {
        format!("{at},\"Question {at}, and so on, and so forth, until it is long enough\",yes\n")
    };
    let mut rows = "id,question,label\n".to_owned();
    (0..120_000).for_each(|at| rows.push_str(&row(at)));
    assert!(rows.len() > 8 << 20);
    repo.write(ROWS, &rows).stage(".").commit("many rows");
    repo.write(ROWS, rows.replace("\n77,\"Question 77,", "\n77,\"Question 78,"))
        .stage(".")
        .commit("edit");
    let report = repo.json(1, &["check", "--rev", "HEAD", "--base", "HEAD~1"]);
    assert_eq!(reasons(&report).1, ["dataset-rows-changed: 1 row changed: `77`"]);
}

/// A step that is derived from rows that were not read would be another one once they are mended.
#[test]
fn no_number_is_derived_from_rows_that_cannot_be_read() {
    let repo = published();
    let before = repo.read(ENTRY);
    repo.write(ROWS, format!("{FIRST}d,\"Who?,no\n"));
    repo.keelmark(&["bump"]).is(1).says("dataset-syntax").says("nothing was written");
    assert_eq!(repo.read(ENTRY), before);
    repo.write(ROWS, format!("{FIRST}d,Who?,no\n"));
    repo.keelmark(&["bump"]).is(0).says("(minor");
}

/// The reader of cases has its own words for what hides them.
#[test]
fn no_number_is_derived_from_cases_that_cannot_be_read() {
    const CASES: &str = "case_id,input,expected,metric\na,Ada,Ada,exact\n";
    let repo = TestRepo::init();
    repo.write(ENTRY, "id: gold\nversion: 1.0.0\nowner: data\nfiles: [{path: rows.csv}]\nprovenance: {source: x, pii: none}\nchangelog: [\"1.0.0: first\"]\n");
    repo.write(ROWS, CASES).stage(".").commit("publish");
    let before = repo.read(ENTRY);
    for (row, rule) in
        [("b,\"Bob,Bob,exact\n", "cases-syntax"), ("a,Eve,Eve,exact\n", "case-id-twice")]
    {
        repo.write(ROWS, format!("{CASES}{row}"));
        repo.keelmark(&["bump"]).is(1).says(rule).says("nothing was written");
        assert_eq!(repo.read(ENTRY), before);
    }
    repo.write(ROWS, format!("{CASES}b,Bob,Bob,exact\n"));
    repo.keelmark(&["bump"]).is(0).says("(minor");
}
