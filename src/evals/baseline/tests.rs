use proptest::prelude::*;

use super::*;
use crate::evals::pairs::{Compared, Pairs};
use crate::evals::samples::{answer, case, fingerprint, run, with_outcome, with_score};

fn table(records: &[CaseRecord]) -> Table {
    let mut table = Table::new(Keep::all_names());
    for record in records {
        table.add(record).expect("a record");
    }
    table
}

#[test]
fn a_baseline_reads_well_as_a_difference() {
    let records = [with_outcome(case(1, 0), Outcome::Fail), case(0, 0), case(0, 1)];
    let mut run = run();
    run.fingerprint = fingerprint(&["suite"]);
    let baseline = Baseline::from_record(&run, &records).expect("a baseline");
    let text = baseline.to_json().expect("json");
    let lines: Vec<&str> = text.lines().collect();
    let row = Digest::of(b"C-000");
    let yes = Digest::of(b"yes");
    assert_eq!(lines[1], r#"  "schema": "keelmark.baseline.v1","#);
    let at = lines.iter().position(|line| *line == r#"  "cases": {"#).expect("cases");
    assert_eq!(
        lines[at + 1],
        format!(
            r#"    "C-000": {{"row":"{row}","outcome":"pass","scores":{{"exact":1.0,"over_refusal":0.0,"pass":1.0,"refusal_rate":0.0}},"answer_sha256":"{yes}"}},"#
        )
    );
    assert!(lines[at + 2].starts_with(r#"    "C-001": {"row":""#), "{}", lines[at + 2]);
    assert_eq!(lines[at + 3..], ["  }", "}"]);
    assert_eq!(Baseline::parse(&text).expect("a baseline"), baseline);
}

#[test]
fn repeats_are_averaged_and_the_worst_decides() {
    let records = [case(0, 0), with_outcome(case(0, 1), Outcome::Fail)];
    let baseline = Baseline::from_record(&run(), &records).expect("a baseline");
    let case = &baseline.cases["C-000"];
    assert_eq!((case.outcome, case.scores["exact"]), (Outcome::Fail, 0.5));
    assert_eq!(case.answer_sha256, Some(Digest::of(b"yes")), "the first answer");
}

#[test]
fn what_is_no_baseline_is_refused() {
    let good = Baseline::from_record(&run(), [case(0, 0)]).expect("a baseline");
    let text = good.to_json().expect("json");
    let fault = |text: &str| Baseline::parse(text).expect_err("a fault").to_string();
    assert!(fault("{}").starts_with("this is no baseline: missing field"));
    assert_eq!(
        fault(&text.replace("keelmark.baseline.v1", "keelmark.baseline.v2")),
        "the schema is `keelmark.baseline.v2`, expected `keelmark.baseline.v1`"
    );
    assert!(fault(&text.replace("\"model\"", "\"modle\"")).contains("modle"));
    assert!(fault(&text.replace("1.0", "1e999")).starts_with("this is no baseline"));
    assert!(fault(&"[".repeat(100_000)).starts_with("this is no baseline"));
    assert_eq!(
        fault(&" ".repeat(MAX_BYTES + 1)),
        "the baseline has 67108865 bytes; at most 67108864 are read"
    );
    let empty = Baseline::from_record(&run(), Vec::<CaseRecord>::new());
    assert!(matches!(empty, Err(BaselineFault::Empty)));
    let mut twice = case(1, 0);
    twice.case = "C-000".into();
    let twice = Baseline::from_record(&run(), [case(0, 0), twice]);
    assert!(matches!(twice, Err(BaselineFault::Twice(case)) if case == "C-000"));
}

#[test]
fn no_two_baselines_have_one_place() {
    let registry = RepoPath::new("registry");
    let path = |suite: &str, model: &str| {
        Baseline::path(&registry, suite, model).map(|path| path.to_text().into_owned())
    };
    let cases = [
        ("support_golden", "copilot", "registry/baselines/support_golden/copilot.json"),
        ("suite/x", "model/y/z", "registry/baselines/x/y.z.json"),
        ("x/y", "z", "registry/baselines/x/y/z.json"),
    ];
    for (suite, model, expected) in cases {
        assert_eq!(path(suite, model).as_deref(), Ok(expected));
    }
    for (suite, model) in [("x", "../../etc"), ("..", "y"), ("x", "a.b"), ("", "y"), ("x", "Y")] {
        assert!(path(suite, model).is_err(), "{suite} {model}");
    }
}

#[test]
fn a_run_is_comparable_with_the_same_instruments_and_rows() {
    let all: Vec<CaseRecord> = (0..6).map(|index| case(index, 0)).collect();
    let baseline = Baseline::from_record(&run(), &all[..5]).expect("a baseline");
    let differences =
        |records: &[CaseRecord], parts| baseline.differences(&fingerprint(parts), &table(records));
    let parts = &["suite", "metrics"];
    assert_eq!(differences(&all[..5], parts), Vec::<String>::new());
    assert_eq!(differences(&all[1..3], parts), Vec::<String>::new(), "a part of the cases");
    assert_eq!(differences(&all, parts), ["it lacks 1 case (`C-005`)"]);
    assert_eq!(differences(&[], parts), ["the run has no cases to pair"]);
    let parts = &["suite", "metrics", "judges"];
    assert_eq!(differences(&all[..5], parts), ["`judges` differs"]);
    let changed: Vec<CaseRecord> =
        (0..4).map(|index| CaseRecord { row: Digest::of(b"other"), ..case(index, 0) }).collect();
    assert_eq!(
        differences(&changed, &["suite", "metrics"]),
        ["4 rows (`C-000`, `C-001`, `C-002`, …) differ"]
    );
}

proptest! {
    #[test]
    fn a_baseline_of_a_run_is_equal_to_it(
        scores in prop::collection::vec((any::<f64>(), 0_usize..3), 1..20),
    ) {
        let mut records = Vec::new();
        for (index, (score, repeats)) in scores.iter().enumerate() {
            prop_assume!(score.is_finite() && score.abs() < 1e300);
            for repeat in 0..=*repeats {
                let mut record = with_score(case(index, repeat), "judge", *score / 3.0);
                record.answer = Some(answer(&format!("{score}")));
                records.push(record);
            }
        }
        let baseline = Baseline::from_record(&run(), &records).expect("a baseline");
        let text = baseline.to_json().expect("json");
        let read = Baseline::parse(&text).expect("a baseline");
        prop_assert_eq!(&read, &baseline);
        prop_assert_eq!(read.to_json().expect("json"), text);
        let table = table(&records);
        let Compared::Paired(pairs) = Compared::of(&read, &run().fingerprint, &table) else {
            return Err(TestCaseError::fail("it is comparable"));
        };
        prop_assert_eq!(&pairs, &Pairs::of(&baseline, &table));
        prop_assert_eq!(pairs.changed_answers(), 0);
        for (metric, series) in pairs.metrics() {
            prop_assert_eq!(&series.before, &series.after, "{}", metric);
        }
    }
}
