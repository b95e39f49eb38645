use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::proptest;

use super::source;
use crate::cases::{CaseFile, Expected, Fixtures, Format, decode, scan};
use crate::path::RepoPath;

/// Text that looks enough like cases to come far.
fn near_cases() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        Just("case_id,domain,input,expected,metric,pass_bar,guardrails,notes\n".to_owned()),
        Just("case_id,metric,a,metadata.b,repeat\n".to_owned()),
        Just("\u{feff}".to_owned()),
        Just("FAQ-1,s,\"i\",\"e\",exact>=0.8,\"no_pii\",n\n".to_owned()),
        Just("- {case_id: a, metric: exact, expected: \"(\"}\n".to_owned()),
        Just("cases:\n".to_owned()),
        Just("{\"case_id\":\"a\",\"metric\":\"regex\",\"expected\":\"[\"}\n".to_owned()),
        "[-,\"\r\n\t a-z0-9é<>=|(){}\\[\\]:\\\\]{0,12}",
    ];
    vec(part, 0..8).prop_map(|parts| parts.concat())
}

fn every_format(bytes: &[u8]) {
    let Ok(text) = decode(&RepoPath::from("a"), bytes.to_vec()) else { return };
    for format in [Format::Csv, Format::Yaml, Format::Jsonl] {
        let (file, findings) = CaseFile::read(&text, format);
        assert!(!file.cases.is_empty() || !findings.is_empty(), "a vacuous {format:?}");
        for finding in &findings {
            assert!(finding.place.span.end as usize <= text.text().len());
            let _ = text.position(finding.place.span.start);
        }
        for case in &file.cases {
            for field in ["case_id", "pass_bar", "metric", "no such"] {
                let span = file.place(case, field).span;
                assert!(text.text().get(span.range()).is_some(), "{field}");
            }
        }
        let _ = format.looks_like_cases(text.text());
    }
    let _ = Fixtures::read(&text);
}

proptest! {
    #[test]
    fn no_bytes_are_too_strange(bytes in vec(any::<u8>(), 0..200)) {
        every_format(&bytes);
    }

    #[test]
    fn no_text_is_too_strange(text in prop_oneof![near_cases(), ".{0,80}"]) {
        every_format(text.as_bytes());
    }

    #[test]
    fn what_the_csv_crate_writes_reads_back_equal(
        rows in vec(vec(prop_oneof![".{0,12}", "[\",\r\n ]{0,6}"], 5), 1..8)
    ) {
        let mut writer = ::csv::Writer::from_writer(Vec::new());
        writer.write_record(["case_id", "metric", "input", "expected", "notes", "other", "metadata.m"]).expect("memory");
        for (at, row) in rows.iter().enumerate() {
            let id = format!("case {at}");
            let mut record = vec![id.as_str(), "schema_valid"];
            record.extend(row.iter().map(String::as_str));
            writer.write_record(record).expect("memory");
        }
        let text = String::from_utf8(writer.into_inner().expect("memory")).expect("UTF-8");
        let (file, findings) = CaseFile::read(&source("a.csv", &text), Format::Csv);
        assert!(findings.is_empty(), "{findings:?}");
        assert_eq!(file.cases.len(), rows.len());
        for (case, row) in file.cases.iter().zip(&rows) {
            let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
            let expected = match &case.expected {
                Expected::Text(text) => text.clone(),
                Expected::None => String::new(),
                Expected::Block => panic!("no block was written"),
            };
            let other = text(case.variables.get("other").and_then(|value| value.as_str()));
            let read = [case.input.clone(), expected, case.notes.clone(), other, text(case.metadata.get("m").map(String::as_str))];
            assert_eq!(&read[..], &row[..]);
        }
    }

    #[test]
    fn a_small_pattern_that_parses_compiles(text in r"(\\[wWdDsSbpP]|\[\^?[a-z]-?[A-Z]\]|\(\?[iums]\)|[.a-zé|*+?()^$]|\\pL){0,32}") {
        let (_, findings) = CaseFile::read(
            &source("a.jsonl", &serde_json::json!({"case_id": "A", "metric": "regex", "expected": text}).to_string()),
            Format::Jsonl,
        );
        assert_eq!(findings.is_empty(), !text.is_empty() && regex::Regex::new(&text).is_ok(), "{text}");
    }

    #[test]
    fn both_readings_of_a_row_agree(fields in vec("[\",a\né]{0,5}", 2..6)) {
        let mut writer = ::csv::Writer::from_writer(Vec::new());
        writer.write_record(&fields).expect("memory");
        let row = String::from_utf8(writer.into_inner().expect("memory")).expect("UTF-8");
        let row = row.trim_end_matches('\n');
        let spans = scan::fields(row).expect("well written");
        let texts: Vec<String> = spans
            .into_iter()
            .map(|range| {
                let raw = &row[range];
                match raw.strip_prefix('"') {
                    Some(inner) => inner.strip_suffix('"').expect("closed").replace("\"\"", "\""),
                    None => raw.to_owned(),
                }
            })
            .collect();
        assert_eq!(texts, fields);
    }

    #[test]
    fn digests_tell_cases_apart(a in "[a-z]{1,3}", b in "[a-z]{1,3}") {
        let row = |text: &str| format!("case_id,metric,expected\nA,exact,{text}\n");
        let digest = |text: &str| {
            let (file, _) = CaseFile::read(&source("a.csv", &row(text)), Format::Csv);
            file.digests().into_iter().map(|(id, digest)| (id.to_owned(), digest)).collect::<BTreeMap<_, _>>()
        };
        assert_eq!(digest(&a) == digest(&b), a == b);
    }
}
