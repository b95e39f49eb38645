use super::*;
use crate::evals::record::Outcome;
use crate::evals::samples::{case, with_outcome, with_score};
use crate::evals::table::Keep;

fn policy(margins: &[(&str, f64)]) -> Gates {
    let margins = margins.iter().map(|(metric, margin)| ((*metric).to_owned(), *margin));
    Gates { margins: margins.collect(), ..Gates::default() }
}

/// Cases with four repeats of a score that scatters by `noise`.
fn noisy(cases: usize, noise: f64) -> Table {
    let mut table = Table::new(Keep::default());
    let mut generator = Xoshiro256PlusPlus::seed_from_u64(11);
    for index in 0..cases {
        for repeat in 0..4 {
            let share = f64::from(u32::try_from(generator.next_u64() >> 32).expect("32 bits"));
            let score = 4.0 + noise * (share / f64::from(u32::MAX) - 0.5);
            table.add(&with_score(case(index, repeat), "grounded", score)).expect("a record");
        }
    }
    table
}

#[test]
fn a_gate_that_asks_for_more_than_the_noise_allows_raises_false_alarms() {
    let wide = self_test(&noisy(30, 2.0), &policy(&[("grounded", 0.5)]), 7, 200).expect("a test");
    assert_eq!((wide.seed, wide.splits, wide.any_alarm.count), (7, 200, 0));
    assert_eq!(wide.gates[0].inconclusive.count, 0);
    assert_eq!(wide.gates[0].n, 30);
    assert_eq!(wide.any_alarm.interval.method, "wilson");
    let narrow = self_test(&noisy(30, 2.0), &policy(&[("grounded", 0.0)]), 7, 200).expect("a test");
    assert!(narrow.any_alarm.rate < 0.1, "{:?}", narrow.any_alarm);
    assert!(narrow.any_inconclusive.rate > 0.8, "{:?}", narrow.any_inconclusive);
}

#[test]
fn the_same_seed_gives_the_same_test() {
    let run = |seed| self_test(&noisy(12, 2.0), &policy(&[("grounded", 0.1)]), seed, 100);
    let first = run(1).expect("a test");
    assert_eq!(run(1).expect("a test"), first);
    assert_ne!(run(2).expect("a test").gates, first.gates);
}

#[test]
fn each_case_needs_two_answers() {
    let mut table = noisy(3, 1.0);
    table.add(&case(3, 0)).expect("a record");
    table.add(&with_outcome(case(3, 1), Outcome::Error)).expect("a record");
    let fault = |table: &Table, margins: &[(&str, f64)]| {
        self_test(table, &policy(margins), 7, 10).expect_err("a fault").to_string()
    };
    assert_eq!(
        fault(&table, &[("grounded", 0.1)]),
        "1 of 4 cases have fewer than 2 answers; run with `--repeat 2` or more"
    );
    assert_eq!(
        fault(&noisy(3, 1.0), &[]),
        "the gates policy has no `margins`, so there is no relative gate to test"
    );
    assert_eq!(
        fault(&noisy(3, 1.0), &[("bleu", 1.0)]),
        "no case has the score `bleu` in two repeats"
    );
    assert!(fault(&Table::new(Keep::default()), &[("grounded", 0.1)]).starts_with("0 of 0"));
}

#[test]
fn halves_are_of_one_size_and_share_nothing() {
    let answered = vec![(0, vec![0, 1, 2, 3, 4]), (1, vec![0, 2])];
    let found = halves(&answered, 3);
    assert_eq!(found.iter().map(|(a, b)| (a.len(), b.len())).collect::<Vec<_>>(), [(2, 2), (1, 1)]);
    for (first, second) in &found {
        assert!(first.iter().all(|repeat| !second.contains(repeat)));
    }
}
