//! `SemVer` numbers, the lattice of bumps, and the arithmetic between them.
//!
//! Precedence follows [SemVer 2.0.0](https://semver.org/spec/v2.0.0.html) item 11: build metadata
//! never counts. Below 1.0.0 the rules are cargo's by default (see [`Zerover`]).

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The size of a step between two versions: `None < Patch < Minor < Major`.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Bump {
    /// Nothing that consumers can notice.
    #[default]
    None,
    /// The third number.
    Patch,
    /// The second number.
    Minor,
    /// The first number.
    Major,
}

impl fmt::Display for Bump {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "none",
            Self::Patch => "patch",
            Self::Minor => "minor",
            Self::Major => "major",
        })
    }
}

/// How versions below 1.0.0 are read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Zerover {
    /// As cargo reads them: in `0.y.z` a major change needs `y+1`, any other `z+1`; in `0.0.z`
    /// every change needs `z+1` and counts as major.
    #[default]
    Cargo,
    /// As if they were 1.0.0 or later: a major change leads to 1.0.0.
    Off,
}

/// A `SemVer` 2.0.0 version. Equality and order are by precedence: build metadata does not count.
#[derive(Debug, Clone)]
pub struct Version(semver::Version);

/// A text that is no `SemVer` 2.0.0 version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct VersionFault(String);

/// How one version relates to an earlier one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The same number.
    Same,
    /// The same precedence; only build metadata differs.
    BuildOnly,
    /// A lower precedence.
    Lower,
    /// A higher precedence.
    Higher,
}

impl Version {
    /// Builds a release number.
    #[must_use]
    pub fn release(major: u64, minor: u64, patch: u64) -> Self {
        Self(semver::Version::new(major, minor, patch))
    }

    /// Returns major, minor and patch.
    #[must_use]
    pub fn core(&self) -> (u64, u64, u64) {
        (self.0.major, self.0.minor, self.0.patch)
    }

    /// Says whether the version carries a pre-release.
    #[must_use]
    pub fn is_prerelease(&self) -> bool {
        !self.0.pre.is_empty()
    }

    /// Says whether the version carries build metadata.
    #[must_use]
    pub fn has_build(&self) -> bool {
        !self.0.build.is_empty()
    }

    /// Returns the version without pre-release and build metadata.
    #[must_use]
    pub fn without_labels(&self) -> Self {
        let (major, minor, patch) = self.core();
        Self::release(major, minor, patch)
    }

    /// Says whether `requirement` (`^1.4`, `1.4.2`, `>=1, <2`) admits this version.
    #[must_use]
    pub fn matches(&self, requirement: &semver::VersionReq) -> bool {
        requirement.matches(&self.0)
    }

    /// Compares this version with an earlier one.
    #[must_use]
    pub fn step_from(&self, old: &Self) -> Step {
        match self.cmp(old) {
            Ordering::Less => Step::Lower,
            Ordering::Greater => Step::Higher,
            Ordering::Equal if self.0.build == old.0.build => Step::Same,
            Ordering::Equal => Step::BuildOnly,
        }
    }

    /// Returns the smallest release that is `bump` above this one.
    ///
    /// From a pre-release it is the step above the release that the pre-release leads to only when
    /// that release is not large enough itself; callers compare against the last stable version.
    #[must_use]
    pub fn next(&self, bump: Bump, zerover: Zerover) -> Self {
        let (major, minor, patch) = self.core();
        let bump = match (zerover, major, minor, bump) {
            (_, _, _, Bump::None) => return self.clone(),
            (Zerover::Cargo, 0, 0, _) | (Zerover::Cargo, 0, _, Bump::Patch | Bump::Minor) => {
                Bump::Patch
            }
            (Zerover::Cargo, 0, _, Bump::Major) => Bump::Minor,
            (_, _, _, bump) => bump,
        };
        match bump {
            Bump::None => self.clone(),
            Bump::Patch => Self::release(major, minor, patch.saturating_add(1)),
            Bump::Minor => Self::release(major, minor.saturating_add(1), 0),
            Bump::Major => Self::release(major.saturating_add(1), 0, 0),
        }
    }

    /// Returns the largest bump that the step from `old` to this version announces.
    ///
    /// Pre-releases count by the release that they lead to.
    #[must_use]
    pub fn declared_from(&self, old: &Self, zerover: Zerover) -> Bump {
        if self.step_from(old) != Step::Higher {
            return Bump::None;
        }
        [Bump::Major, Bump::Minor, Bump::Patch]
            .into_iter()
            .find(|bump| self.core() >= old.next(*bump, zerover).core())
            .unwrap_or(if self.core() == old.core() { Bump::Patch } else { Bump::None })
    }
}

impl FromStr for Version {
    type Err = VersionFault;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        semver::Version::parse(text).map(Self).map_err(|e| VersionFault(e.to_string()))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Version {}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.cmp_precedence(&other.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn v(text: &str) -> Version {
        text.parse().expect("a version")
    }

    #[test]
    fn next_follows_semver_and_cargo_below_one() {
        let cases = [
            ("2.3.4", Bump::Patch, "2.3.5", "2.3.5"),
            ("2.3.4", Bump::Minor, "2.4.0", "2.4.0"),
            ("2.3.4", Bump::Major, "3.0.0", "3.0.0"),
            ("2.3.4", Bump::None, "2.3.4", "2.3.4"),
            ("0.3.4", Bump::Patch, "0.3.5", "0.3.5"),
            ("0.3.4", Bump::Minor, "0.3.5", "0.4.0"),
            ("0.3.4", Bump::Major, "0.4.0", "1.0.0"),
            ("0.0.4", Bump::Patch, "0.0.5", "0.0.5"),
            ("0.0.4", Bump::Major, "0.0.5", "1.0.0"),
        ];
        for (from, bump, cargo, off) in cases {
            assert_eq!(v(from).next(bump, Zerover::Cargo), v(cargo), "{from} {bump} cargo");
            assert_eq!(v(from).next(bump, Zerover::Off), v(off), "{from} {bump} off");
        }
    }

    #[test]
    fn declared_is_the_largest_bump_that_the_step_announces() {
        let cases = [
            ("2.3.0", "2.3.1", Bump::Patch),
            ("2.3.0", "2.4.0", Bump::Minor),
            ("2.3.0", "3.0.0", Bump::Major),
            ("2.3.0", "3.0.0-rc.1", Bump::Major),
            ("3.0.0-rc.1", "3.0.0-rc.2", Bump::Patch),
            ("2.3.0", "2.3.0", Bump::None),
            ("2.3.0", "2.2.9", Bump::None),
            ("2.3.0", "2.3.0+x", Bump::None),
            ("0.3.0", "0.3.1", Bump::Minor),
            ("0.3.0", "0.4.0", Bump::Major),
            ("0.0.3", "0.0.4", Bump::Major),
            ("0.3.0", "1.0.0", Bump::Major),
        ];
        for (old, new, expected) in cases {
            assert_eq!(v(new).declared_from(&v(old), Zerover::Cargo), expected, "{old} → {new}");
        }
    }

    #[test]
    fn build_metadata_never_counts() {
        assert_eq!(v("1.0.0+b").step_from(&v("1.0.0+a")), Step::BuildOnly);
        assert_eq!(v("1.0.0+b"), v("1.0.0+a"));
    }

    #[test]
    fn texts_that_people_write_for_versions_are_refused() {
        for text in [
            "v1.0.0",
            "1.0",
            "01.0.0",
            " 1.0.0",
            "1.0.0 ",
            "",
            "1.0.0-",
            "18446744073709551616.0.0",
        ] {
            assert!(text.parse::<Version>().is_err(), "{text:?}");
        }
    }
}
