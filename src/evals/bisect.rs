//! The first bad of a row of versions, by halving.
//!
//! Pure: versions are numbers from 0, the oldest, and asking is a closure. Some versions cannot be
//! judged; as with `git bisect skip` the search goes round them, and where they stand right before
//! the first bad one the answer is a range.

/// What is known of one version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It does what is wanted.
    Good,
    /// It does not.
    Bad,
    /// Nobody can tell.
    Unclear,
}

/// What the search found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// `bad` is bad, `good` before it is good, and everything between them is unclear.
    Broke {
        /// The last good version.
        good: usize,
        /// The first bad one.
        bad: usize,
    },
    /// The oldest version that can be judged is bad already.
    NeverGood {
        /// That version.
        oldest: usize,
    },
    /// The newest version that can be judged is good.
    NotBad {
        /// That version.
        newest: usize,
    },
    /// No version can be judged.
    Unclear,
}

/// Searches `count` versions; none is asked about twice.
///
/// The newest and the oldest are asked first, then always the middle of what is left. Where every
/// version after the first bad one is bad, that one is found; where verdicts go to and fro, some
/// change from good to bad is found.
///
/// # Errors
/// The first error of `ask`.
pub fn search<E>(
    count: usize,
    mut ask: impl FnMut(usize) -> Result<Verdict, E>,
) -> Result<Found, E> {
    let mut open: Vec<usize> = (0..count).collect();
    let mut bad = loop {
        let Some(newest) = open.pop() else { return Ok(Found::Unclear) };
        match ask(newest)? {
            Verdict::Good => return Ok(Found::NotBad { newest }),
            Verdict::Bad => break newest,
            Verdict::Unclear => {}
        }
    };
    open.reverse();
    let mut good = loop {
        let Some(oldest) = open.pop() else { return Ok(Found::NeverGood { oldest: bad }) };
        match ask(oldest)? {
            Verdict::Good => break oldest,
            Verdict::Bad => return Ok(Found::NeverGood { oldest }),
            Verdict::Unclear => {}
        }
    };
    while !open.is_empty() {
        let middle = open.remove(open.len() / 2);
        match ask(middle)? {
            Verdict::Good => {
                good = middle;
                open.retain(|version| *version > middle);
            }
            Verdict::Bad => {
                bad = middle;
                open.retain(|version| *version < middle);
            }
            Verdict::Unclear => {}
        }
    }
    Ok(Found::Broke { good, bad })
}

/// Returns the most versions that [`search`] asks about where each can be judged: the two ends, and
/// the binary logarithm of what lies between them.
#[must_use]
pub fn most_asked(count: usize) -> usize {
    match count {
        0..=2 => count,
        _ => 2 + (count - 1).next_power_of_two().trailing_zeros() as usize,
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use proptest::prelude::*;

    use super::*;

    /// Searches a row and says what was asked.
    fn asked(row: &[Verdict]) -> (Found, Vec<usize>) {
        let mut asked = Vec::new();
        let found = search(row.len(), |at| {
            asked.push(at);
            Ok::<_, Infallible>(row[at])
        });
        (found.expect("no error"), asked)
    }

    /// Walks the same row from end to end.
    fn walked(row: &[Verdict]) -> Found {
        let clear: Vec<usize> = (0..row.len()).filter(|at| row[*at] != Verdict::Unclear).collect();
        let (Some(oldest), Some(newest)) = (clear.first(), clear.last()) else {
            return Found::Unclear;
        };
        if row[*newest] == Verdict::Good {
            return Found::NotBad { newest: *newest };
        }
        if row[*oldest] == Verdict::Bad {
            return Found::NeverGood { oldest: *oldest };
        }
        let bad = clear.iter().position(|at| row[*at] == Verdict::Bad).expect("the newest");
        Found::Broke { good: clear[bad - 1], bad: clear[bad] }
    }

    fn verdicts() -> impl Strategy<Value = Vec<Verdict>> {
        let verdict = prop_oneof![
            3 => Just(Verdict::Good),
            3 => Just(Verdict::Bad),
            2 => Just(Verdict::Unclear)
        ];
        proptest::collection::vec(verdict, 0..40)
    }

    #[test]
    fn eight_versions_take_five_questions() {
        let mut row = vec![Verdict::Good; 8];
        row[5..].fill(Verdict::Bad);
        assert_eq!(asked(&row), (Found::Broke { good: 4, bad: 5 }, vec![7, 0, 3, 5, 4]));
        assert_eq!([0, 1, 2, 3, 4, 8, 9, 100].map(most_asked), [0, 1, 2, 3, 4, 5, 5, 9]);
    }

    #[test]
    fn an_error_ends_the_search() {
        assert_eq!(
            search(3, |at| if at == 0 { Err("down") } else { Ok(Verdict::Bad) }),
            Err("down")
        );
    }

    proptest! {
        #[test]
        fn what_breaks_once_is_found_as_a_walk_finds_it(
            length in 0_usize..60,
            first_bad in 0_usize..70,
            unclear in proptest::collection::vec(any::<bool>(), 60),
        ) {
            let row: Vec<Verdict> = (0..length)
                .map(|at| match (unclear[at], at < first_bad) {
                    (true, _) => Verdict::Unclear,
                    (false, true) => Verdict::Good,
                    (false, false) => Verdict::Bad,
                })
                .collect();
            prop_assert_eq!(asked(&row).0, walked(&row));
        }

        #[test]
        fn whatever_the_row_what_is_found_is_true_and_nothing_is_asked_twice(row in verdicts()) {
            let (found, mut questions) = asked(&row);
            match found {
                Found::Broke { good, bad } => {
                    prop_assert!(good < bad);
                    prop_assert_eq!((row[good], row[bad]), (Verdict::Good, Verdict::Bad));
                    prop_assert!(row[good + 1..bad].iter().all(|v| *v == Verdict::Unclear));
                }
                other => prop_assert_eq!(other, walked(&row)),
            }
            let count = questions.len();
            questions.sort_unstable();
            questions.dedup();
            prop_assert_eq!(questions.len(), count);
            if !row.contains(&Verdict::Unclear) {
                prop_assert!(count <= most_asked(row.len()), "{} of {}", count, row.len());
            }
        }
    }
}
