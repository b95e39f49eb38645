use proptest::prelude::*;

use super::*;
use crate::finding::Severity;

fn v(text: &str) -> Version {
    text.parse().expect("a version")
}

/// One row: the old number, the new one, the last release, the step needed.
struct Row<'a> {
    old: &'a str,
    new: &'a str,
    stable: &'a str,
    required: Bump,
    taken: &'a [(&'a str, Holder, Content)],
}

const ROW: Row<'_> =
    Row { old: "2.3.0", new: "2.3.1", stable: "2.3.0", required: Bump::Patch, taken: &[] };

fn taken(rows: &[(&str, Holder, Content)]) -> Vec<Taken> {
    let row = |(version, holder, content): &(&str, Holder, Content)| Taken {
        version: v(version),
        holder: *holder,
        content: *content,
    };
    rows.iter().map(row).collect()
}

fn judged(row: &Row<'_>) -> (Vec<&'static str>, String) {
    let old =
        Baseline { version: v(row.old), content: Content::Differs, published: Published::Yes };
    let stable = (!row.stable.is_empty()).then(|| v(row.stable));
    let judgement = judge(&StepInput {
        old: Some(&old),
        new: &v(row.new),
        last_stable: stable.as_ref(),
        required: row.required,
        taken: &taken(row.taken),
        zerover: Zerover::Cargo,
    });
    let ids = judgement.faults.iter().map(|fault| fault.rule.id).collect();
    (ids, judgement.suggested.to_string())
}

#[test]
fn the_step_is_compared_with_what_the_change_needs() {
    use Bump::{Major, Minor, Patch};
    let cases: [(&str, &str, Bump, &[&str], &str); 20] = [
        ("2.3.0", "2.3.1", Patch, &[], "2.3.1"),
        ("2.3.0", "2.4.0", Minor, &[], "2.4.0"),
        ("2.3.0", "3.0.0", Major, &[], "3.0.0"),
        ("2.3.0", "2.3.0", Minor, &["version-unchanged"], "2.4.0"),
        ("2.3.0", "2.2.0", Patch, &["version-decreased"], "2.3.1"),
        ("2.3.0", "2.3.1", Minor, &["version-bump-insufficient"], "2.4.0"),
        ("2.3.0", "2.4.0", Major, &["version-bump-insufficient"], "3.0.0"),
        ("2.3.0", "3.0.0", Patch, &["version-bump-excessive"], "2.3.1"),
        ("1.2.0", "1.4.0", Minor, &["version-skipped"], "1.3.0"),
        ("1.2.3", "2.0.1", Major, &["version-lower-not-reset"], "2.0.0"),
        ("1.2.3", "1.3.3", Minor, &["version-lower-not-reset"], "1.3.0"),
        ("1.2.3", "1.2.5", Patch, &["version-skipped"], "1.2.4"),
        ("1.0.0+a", "1.0.0+b", Patch, &["version-build-metadata-only"], "1.0.1"),
        ("1.0.0", "1.1.0+b", Minor, &["version-build-metadata-forbidden"], "1.1.0"),
        ("0.3.0", "0.3.1", Minor, &[], "0.3.1"),
        ("0.3.0", "0.3.1", Patch, &[], "0.3.1"),
        ("0.3.0", "0.3.1", Major, &["version-bump-insufficient"], "0.4.0"),
        ("0.3.0", "0.4.0", Patch, &["version-bump-excessive"], "0.3.1"),
        ("0.3.0", "1.0.0", Patch, &[], "0.3.1"),
        ("0.0.3", "0.0.4", Major, &[], "0.0.4"),
    ];
    for (old, new, required, faults, suggested) in cases {
        let found = judged(&Row { old, new, stable: old, required, ..ROW });
        assert_eq!(found, (faults.to_vec(), suggested.to_owned()), "{old} → {new}, {required}");
    }
}

#[test]
fn pre_releases_are_measured_by_the_release_they_lead_to() {
    use Bump::{Major, Minor, Patch};
    let published = |text| (text, Holder::Published, Content::Differs);
    let rc = [published("3.0.0-rc.1")];
    let cases: [(Row<'_>, &[&str], &str); 9] = [
        (Row { new: "3.0.0-rc.1", required: Major, ..ROW }, &[], "3.0.0-rc.1"),
        (
            Row { new: "2.4.0-rc.1", required: Major, ..ROW },
            &["version-prerelease-core-insufficient"],
            "3.0.0-rc.1",
        ),
        (Row { old: "3.0.0-rc.1", new: "3.0.0-rc.2", required: Major, ..ROW }, &[], "3.0.0-rc.2"),
        (
            Row { old: "3.0.0-rc.2", new: "3.0.0-rc.1", required: Minor, ..ROW },
            &["version-prerelease-not-increasing"],
            "3.0.0-rc.3",
        ),
        (
            Row { old: "3.0.0-rc.1", new: "3.0.0-rc.1", required: Minor, ..ROW },
            &["version-unchanged"],
            "3.0.0-rc.2",
        ),
        (Row { old: "3.0.0-rc.1", new: "3.0.0", required: Patch, ..ROW }, &[], "3.0.0-rc.2"),
        (Row { new: "2.3.0-rc.2", ..ROW }, &["version-prerelease-after-release"], "2.3.1-rc.1"),
        (
            Row { old: "2.4.0-rc.1", new: "2.4.0-rc.2", required: Major, ..ROW },
            &["version-prerelease-core-insufficient"],
            "3.0.0-rc.1",
        ),
        (
            Row { new: "3.0.0-beta", required: Major, taken: &rc, ..ROW },
            &["version-prerelease-not-increasing"],
            "3.0.0-rc.2",
        ),
    ];
    for (row, faults, suggested) in cases {
        let found = judged(&row);
        assert_eq!(found, (faults.to_vec(), suggested.to_owned()), "{} → {}", row.old, row.new);
    }
}

#[test]
fn numbers_that_others_hold_are_refused_and_passed_over() {
    use Bump::Minor;
    use Content::{Differs, Equal};
    use Holder::{BaseTip, Published};
    let next = Row { new: "2.4.0", required: Minor, ..ROW };
    let cases: [(Row<'_>, &[&str], &str); 6] = [
        (
            Row { taken: &[("2.4.0", BaseTip, Differs)], ..next },
            &["version-slot-taken-on-base"],
            "2.5.0",
        ),
        (
            Row { taken: &[("2.4.0", Published, Differs)], ..next },
            &["version-already-published"],
            "2.5.0",
        ),
        (Row { new: "2.5.0", taken: &[("2.4.0", Published, Differs)], ..next }, &[], "2.5.0"),
        (
            Row { new: "2.2.0", taken: &[("2.2.0", Published, Equal)], ..next },
            &["version-reverted"],
            "2.4.0",
        ),
        (
            Row { new: "2.3.0", taken: &[("2.3.0", Published, Differs)], ..next },
            &["version-unchanged"],
            "2.4.0",
        ),
        (
            // Both sides added the entry: others published the number since this change began.
            Row { new: "2.3.0", taken: &[("2.3.0", BaseTip, Differs)], ..next },
            &["version-slot-taken-on-base"],
            "2.4.0",
        ),
    ];
    for (row, faults, suggested) in cases {
        assert_eq!(judged(&row), (faults.to_vec(), suggested.to_owned()), "{}", row.new);
    }
}

#[test]
fn work_in_progress_may_keep_its_number_while_it_is_large_enough() {
    let cases = [
        ("2.3.1", "2.3.1", Bump::Patch, vec![], "2.3.1"),
        ("2.3.1", "2.3.1", Bump::Major, vec!["version-bump-insufficient"], "3.0.0"),
        ("2.4.0", "2.3.1", Bump::Patch, vec![], "2.4.0"),
        ("2.4.0", "2.2.0", Bump::Patch, vec!["version-decreased"], "2.4.0"),
    ];
    for (old, new, required, faults, suggested) in cases {
        let old = Baseline { version: v(old), content: Content::Differs, published: Published::No };
        let judgement = judge(&StepInput {
            old: Some(&old),
            new: &v(new),
            last_stable: Some(&v("2.3.0")),
            required,
            taken: &[],
            zerover: Zerover::Cargo,
        });
        let ids: Vec<&str> = judgement.faults.iter().map(|fault| fault.rule.id).collect();
        assert_eq!(ids, faults, "{} → {new}", old.version);
        assert_eq!(judgement.suggested.to_string(), suggested);
    }
}

#[test]
fn any_valid_number_is_a_fine_first_version() {
    for (new, faults) in [
        ("7.4.1", vec![]),
        ("0.0.1-a", vec![]),
        ("1.0.0+x", vec!["version-build-metadata-forbidden"]),
    ] {
        let judgement = judge(&StepInput {
            old: None,
            new: &v(new),
            last_stable: None,
            required: Bump::None,
            taken: &[],
            zerover: Zerover::Cargo,
        });
        let ids: Vec<&str> = judgement.faults.iter().map(|fault| fault.rule.id).collect();
        assert_eq!(ids, faults, "{new}");
    }
}

#[test]
fn each_line_has_its_own_baseline() {
    let published = ["1.4.1", "1.4.2", "2.0.0", "3.0.0-rc.1"].map(v);
    let cases = [
        ("1.4.3", Some("1.4.2")),
        ("2.0.1", Some("2.0.0")),
        ("3.0.0-rc.2", Some("2.0.0")),
        ("1.4.2", Some("1.4.2")),
        ("1.0.0", Some("3.0.0-rc.1")),
    ];
    for (new, expected) in cases {
        assert_eq!(baseline(&published, &v(new)), expected.map(v).as_ref(), "{new}");
    }
    assert_eq!(baseline(&[], &v("1.0.0")), None);
}

fn bump() -> impl Strategy<Value = Bump> {
    prop_oneof![Just(Bump::None), Just(Bump::Patch), Just(Bump::Minor), Just(Bump::Major)]
}

fn version() -> impl Strategy<Value = Version> {
    let label = prop_oneof![Just(""), Just("-rc.1"), Just("-rc.2"), Just("-beta"), Just("-7")];
    (0_u64..3, 0_u64..3, 0_u64..3, label)
        .prop_map(|(major, minor, patch, label)| v(&format!("{major}.{minor}.{patch}{label}")))
}

fn holder() -> impl Strategy<Value = Holder> {
    prop_oneof![Just(Holder::BaseTip), Just(Holder::Published)]
}

proptest! {
    #[test]
    fn the_suggested_number_is_accepted(
        old in version(),
        tried in version(),
        stable in proptest::option::of(version()),
        required in bump(),
        numbers in proptest::collection::vec((version(), holder()), 0..5),
        off in proptest::bool::ANY,
    ) {
        // The last release is the old version itself, or lies below an old pre-release.
        let stable = if old.is_prerelease() {
            stable.map(|s| s.without_labels()).filter(|s| *s < old)
        } else {
            Some(old.clone())
        };
        let zerover = if off { Zerover::Off } else { Zerover::Cargo };
        let old = Baseline { version: old, content: Content::Differs, published: Published::Yes };
        let taken: Vec<Taken> = numbers
            .into_iter()
            .map(|(version, holder)| Taken { version, holder, content: Content::Differs })
            .collect();
        let input = StepInput {
            old: Some(&old), new: &tried, last_stable: stable.as_ref(), required,
            taken: &taken, zerover,
        };
        let suggested = judge(&input).suggested;
        let again = judge(&StepInput { new: &suggested, ..input });
        let errors: Vec<_> =
            again.faults.iter().filter(|f| f.rule.severity == Severity::Error).collect();
        prop_assert!(errors.is_empty(), "{suggested}: {errors:?}");
    }

    #[test]
    fn a_larger_need_never_gets_a_smaller_number(
        old in version(), one in bump(), two in bump(),
    ) {
        let (small, large) = (one.min(two), one.max(two));
        let baseline =
            Baseline { version: old.clone(), content: Content::Differs, published: Published::Yes };
        let stable = (!old.is_prerelease()).then(|| old.clone());
        let suggested = |required| {
            judge(&StepInput {
                old: Some(&baseline), new: &old, last_stable: stable.as_ref(), required,
                taken: &[], zerover: Zerover::Cargo,
            })
            .suggested
        };
        prop_assert!(suggested(small) <= suggested(large));
    }
}
