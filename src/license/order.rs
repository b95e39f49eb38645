//! Which licence asks no more than which: a small table, and what follows from it.

use std::collections::BTreeSet;

use super::Term;

/// What a licence asks, compared with another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Terms {
    /// Neither more nor less.
    Same,
    /// Less: whatever the other one allowed is allowed.
    Fewer,
    /// More: something that the other one allowed is not allowed, and nothing new is.
    More,
    /// The table does not say.
    Undecided,
}

/// Pairs of which the first asks no more than the second: whoever keeps the second keeps the first.
///
/// - David A. Wheeler, The Free-Libre / Open Source Software (FLOSS) License Slide, 2007
///   (<https://dwheeler.com/essays/floss-license-slide.html>), for the software licences; its arrow
///   from BSD to Apache-2.0 is left out, because Apache-2.0 grants patents that BSD does not.
/// - The licences themselves: LGPL-2.1 section 3 (any GPL from 2 on may take its place), LGPL-3.0 (the
///   GPL with more permissions), GPL-3.0 section 13 (AGPL-3.0), MPL-2.0 section 3.3 (secondary
///   licences).
/// - `-or-later` leaves a choice that `-only` does not.
/// - Open Data Commons (<https://opendatacommons.org/licenses/>): no terms, attribution, share-alike.
const NO_MORE_THAN: &[(&str, &str)] = &[
    ("0BSD", "MIT"),
    ("AGPL-3.0-or-later", "AGPL-3.0-only"),
    ("Apache-2.0", "LGPL-3.0-or-later"),
    ("BSD-2-Clause", "BSD-3-Clause"),
    ("BSD-3-Clause", "LGPL-2.1-or-later"),
    ("BSD-3-Clause", "MPL-2.0"),
    ("CC0-1.0", "MIT"),
    ("GPL-2.0-or-later", "GPL-2.0-only"),
    ("GPL-2.0-or-later", "GPL-3.0-or-later"),
    ("GPL-3.0-only", "AGPL-3.0-only"),
    ("GPL-3.0-or-later", "AGPL-3.0-or-later"),
    ("GPL-3.0-or-later", "GPL-3.0-only"),
    ("LGPL-2.1-only", "GPL-2.0-or-later"),
    ("LGPL-2.1-or-later", "LGPL-2.1-only"),
    ("LGPL-2.1-or-later", "LGPL-3.0-or-later"),
    ("LGPL-3.0-only", "GPL-3.0-only"),
    ("LGPL-3.0-or-later", "GPL-3.0-or-later"),
    ("LGPL-3.0-or-later", "LGPL-3.0-only"),
    ("MIT", "BSD-2-Clause"),
    ("MIT-0", "MIT"),
    ("MPL-2.0", "LGPL-2.1-or-later"),
    ("ODC-By-1.0", "ODbL-1.0"),
    ("PDDL-1.0", "ODC-By-1.0"),
    ("Unlicense", "MIT"),
];

/// Says whether a licence asks no more than another one.
pub(super) fn asks_no_more(one: &Term, other: &Term) -> bool {
    // An exception takes terms away: with one, a licence asks no more than without. How two
    // licences with exceptions compare, the table does not say.
    match (&one.exception, &other.exception) {
        (_, None) => names(&one.name, &other.name),
        (own, theirs) => own == theirs && one.name == other.name,
    }
}

fn names(one: &str, other: &str) -> bool {
    one == other
        || one.strip_suffix('+') == Some(other)
        || reaches(one, other)
        || commons(one, other)
}

/// Follows the table.
fn reaches(one: &str, other: &str) -> bool {
    let mut seen = BTreeSet::new();
    let mut next = vec![one];
    while let Some(name) = next.pop() {
        if name == other {
            return true;
        }
        if seen.insert(name) {
            next.extend(
                NO_MORE_THAN.iter().filter(|(less, _)| *less == name).map(|(_, more)| *more),
            );
        }
    }
    false
}

/// Compares licences of Creative Commons of one version by their elements
/// (<https://creativecommons.org/share-your-work/cclicenses/>): attribution, non-commercial, no
/// derivatives. Share-alike is comparable with plain attribution alone, because what is shared
/// alike must keep its own licence.
fn commons(one: &str, other: &str) -> bool {
    let Some((less, version)) = elements(one) else {
        // What is in the public domain asks nothing.
        return one == "CC0-1.0" && elements(other).is_some();
    };
    let Some((more, same)) = elements(other) else { return false };
    version == same && !less.contains("SA") && less.is_subset(&more)
}

fn elements(name: &str) -> Option<(BTreeSet<&str>, &str)> {
    let rest = name.strip_prefix("CC-")?;
    let digit = rest.find(|character: char| character.is_ascii_digit())?;
    let (elements, version) = rest.split_at_checked(digit)?;
    let elements: BTreeSet<&str> = elements.trim_end_matches('-').split('-').collect();
    elements.contains("BY").then_some((elements, version))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_names_licences_of_the_list_and_has_no_circle() {
        for (less, more) in NO_MORE_THAN {
            for name in [less, more] {
                let known = spdx::license_id(name);
                assert!(known.is_some_and(|id| !id.is_deprecated()), "{name}");
            }
            assert!(!reaches(more, less), "{less} and {more} ask no more than each other");
        }
    }
}
