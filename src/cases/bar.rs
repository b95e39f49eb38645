//! Bars: a comparison and a number that a score must clear.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

/// How a score is compared with its bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Comparison {
    /// At least.
    AtLeast,
    /// More than.
    Above,
    /// At most.
    AtMost,
    /// Less than.
    Below,
    /// Equal, up to `1e-9`.
    Equal,
}

impl Comparison {
    /// Every comparison; a sign that begins with another one comes first.
    const ALL: [Self; 5] = [Self::AtLeast, Self::AtMost, Self::Equal, Self::Above, Self::Below];

    /// Returns the sign.
    #[must_use]
    pub const fn sign(self) -> &'static str {
        match self {
            Self::AtLeast => ">=",
            Self::Above => ">",
            Self::AtMost => "<=",
            Self::Below => "<",
            Self::Equal => "==",
        }
    }
}

/// A comparison and the number on its right.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bar {
    /// How a score is compared.
    pub comparison: Comparison,
    /// The number; always finite.
    pub value: f64,
}

/// A text that is no bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a bar is a comparison and a number, such as `>= 0.8`")]
pub struct BarFault;

/// The least and the greatest value that a score can have.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Range {
    /// The least value.
    pub least: f64,
    /// The greatest value; infinite where there is none.
    pub most: f64,
}

/// What a bar means for scores of a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Some values clear it and some do not.
    Decides,
    /// No value clears it.
    Never,
    /// Every value clears it.
    Always,
}

impl Bar {
    /// Requires at least `value`.
    #[must_use]
    pub const fn at_least(value: f64) -> Self {
        Self { comparison: Comparison::AtLeast, value }
    }

    /// Says whether a score clears the bar. What is no number clears none.
    #[must_use]
    pub fn holds(self, score: f64) -> bool {
        match self.comparison {
            Comparison::AtLeast => score >= self.value,
            Comparison::Above => score > self.value,
            Comparison::AtMost => score <= self.value,
            Comparison::Below => score < self.value,
            Comparison::Equal => (score - self.value).abs() <= 1e-9,
        }
    }

    /// Says whether scores between `range.least` and `range.most` can clear the bar or miss it.
    #[must_use]
    pub fn reach(self, range: Range) -> Reach {
        let Range { least, most } = range;
        let value = self.value;
        let (never, always) = match self.comparison {
            Comparison::AtLeast => (value > most, value <= least),
            Comparison::Above => (value >= most, value < least),
            Comparison::AtMost => (value < least, value >= most),
            Comparison::Below => (value <= least, value > most),
            Comparison::Equal => (value < least || value > most, false),
        };
        match (never, always) {
            (true, _) => Reach::Never,
            (_, true) => Reach::Always,
            _ => Reach::Decides,
        }
    }

    /// Says whether every score of a range that clears this bar clears another one as well.
    #[must_use]
    pub fn implies(self, other: Self, range: Range) -> bool {
        let (own, asked) = (self.admits(range), other.admits(range));
        let low = own.low > asked.low || (same(own.low, asked.low) && (own.low_in <= asked.low_in));
        let high =
            own.high < asked.high || (same(own.high, asked.high) && own.high_in <= asked.high_in);
        own.is_empty() || (low && high)
    }

    /// Returns the scores of a range that clear the bar.
    fn admits(self, range: Range) -> Admitted {
        let value = self.value;
        let whole = Admitted { low: range.least, low_in: true, high: range.most, high_in: true };
        match self.comparison {
            Comparison::AtLeast => whole.from(value, true),
            Comparison::Above => whole.from(value, false),
            Comparison::AtMost => whole.to(value, true),
            Comparison::Below => whole.to(value, false),
            Comparison::Equal => whole.from(value, true).to(value, true),
        }
    }

    /// Reads a bar; a number alone asks for at least that much.
    ///
    /// # Errors
    /// When the text is neither.
    pub fn of_column(text: &str) -> Result<Self, BarFault> {
        number(text).map(Self::at_least).map_or_else(|| text.parse(), Ok)
    }
}

/// The scores that clear a bar: those between two ends, of which each may be one of them.
#[derive(Clone, Copy)]
struct Admitted {
    low: f64,
    low_in: bool,
    high: f64,
    high_in: bool,
}

impl Admitted {
    /// Cuts off what is below a value.
    fn from(self, value: f64, with: bool) -> Self {
        if value < self.low || (same(value, self.low) && with) {
            return self;
        }
        Self { low: value, low_in: with, ..self }
    }

    /// Cuts off what is above a value.
    fn to(self, value: f64, with: bool) -> Self {
        if value > self.high || (same(value, self.high) && with) {
            return self;
        }
        Self { high: value, high_in: with, ..self }
    }

    fn is_empty(self) -> bool {
        self.low > self.high || (same(self.low, self.high) && !(self.low_in && self.high_in))
    }
}

/// Ends are taken as they are written: nothing was computed that could be a little off.
fn same(a: f64, b: f64) -> bool {
    a.partial_cmp(&b).is_some_and(Ordering::is_eq)
}

/// Cuts a text in front of the first sign of a comparison.
pub(super) fn cut(text: &str) -> (&str, &str) {
    text.find(['<', '>', '=']).map_or((text, ""), |at| text.split_at(at))
}

/// Reads a decimal number: no infinity, no `nan`.
fn number(text: &str) -> Option<f64> {
    let text = text.trim();
    let plain = |c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.' | 'e' | 'E');
    if !text.chars().all(plain) {
        return None;
    }
    text.parse().ok().filter(|value: &f64| value.is_finite())
}

impl FromStr for Bar {
    type Err = BarFault;

    fn from_str(text: &str) -> Result<Self, BarFault> {
        let text = text.trim();
        for comparison in Comparison::ALL {
            if let Some(rest) = text.strip_prefix(comparison.sign()) {
                return number(rest).map(|value| Self { comparison, value }).ok_or(BarFault);
            }
        }
        Err(BarFault)
    }
}

impl fmt::Display for Bar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.comparison.sign(), self.value)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop_oneof};
    use proptest::proptest;

    use super::*;

    #[test]
    fn bars_are_read_as_people_write_them() {
        for (text, shown) in [
            (">= 0.80", ">= 0.8"),
            (">=0.8", ">= 0.8"),
            (" <  3 ", "< 3"),
            ("<=1200", "<= 1200"),
            ("== 0", "== 0"),
            ("> -1.5e-3", "> -0.0015"),
        ] {
            let bar: Bar = text.parse().expect(text);
            assert_eq!(bar.to_string(), shown);
        }
        for text in ["", "0.8", "=> 1", "= 1", ">= ", ">= 1 %", ">= inf", ">= nan", ">= 1e999"] {
            assert_eq!(text.parse::<Bar>(), Err(BarFault), "{text}");
        }
        assert_eq!(Bar::of_column(" 0.8 "), Ok(Bar::at_least(0.8)));
        assert_eq!(Bar::of_column("<= 5").expect("a bar").comparison, Comparison::AtMost);
        assert_eq!(Bar::of_column("high"), Err(BarFault));
    }

    #[test]
    fn what_is_no_number_clears_no_bar() {
        for sign in Comparison::ALL {
            assert!(!Bar { comparison: sign, value: 0.0 }.holds(f64::NAN), "{sign:?}");
        }
        assert!("== 0.3".parse::<Bar>().expect("a bar").holds(0.1 + 0.2));
    }

    #[test]
    fn a_bar_beyond_the_range_decides_nothing() {
        let share = Range { least: 0.0, most: 1.0 };
        let count = Range { least: 0.0, most: f64::INFINITY };
        for (bar, range, reach) in [
            (">= 80", share, Reach::Never),
            (">= 1", share, Reach::Decides),
            ("> 1", share, Reach::Never),
            (">= 0", share, Reach::Always),
            ("> 0", share, Reach::Decides),
            ("<= 1", share, Reach::Always),
            ("< 0", share, Reach::Never),
            ("== 2", share, Reach::Never),
            ("== 0", count, Reach::Decides),
            ("<= 1200", count, Reach::Decides),
            (">= 0", count, Reach::Always),
            ("< 0", count, Reach::Never),
        ] {
            assert_eq!(bar.parse::<Bar>().expect(bar).reach(range), reach, "{bar} in {range:?}");
        }
    }

    #[test]
    fn a_bar_asks_as_much_as_another_one_where_no_score_clears_it_alone() {
        let share = Range { least: 0.0, most: 1.0 };
        let count = Range { least: 0.0, most: f64::INFINITY };
        for (bar, other, range, expected) in [
            (">= 0.8", ">= 0.8", share, true),
            (">= 0.9", ">= 0.8", share, true),
            (">= 0.7", ">= 0.8", share, false),
            ("> 0.8", ">= 0.8", share, true),
            (">= 0.8", "> 0.8", share, false),
            ("== 1", ">= 0.8", share, true),
            (">= 1", "== 1", share, true),
            ("<= 0", "== 0", count, true),
            ("<= 3", "== 0", count, false),
            ("< 3", "<= 3", count, true),
            ("<= 3", "< 3", count, false),
            (">= 0.8", "<= 0.8", share, false),
            ("> 1", "<= 0.1", share, true),
        ] {
            let read = |text: &str| text.parse::<Bar>().expect(text);
            assert_eq!(read(bar).implies(read(other), range), expected, "{bar} for {other}");
        }
    }

    proptest! {
        #[test]
        fn what_a_bar_implies_holds_for_every_score(
            at in 0_usize..5, value in -2_i8..12, with in 0_usize..5, other in -2_i8..12,
            score in 0_u8..=10,
        ) {
            let bar = |at: usize, value: i8| {
                Bar { comparison: Comparison::ALL[at], value: f64::from(value) }
            };
            let (bar, other) = (bar(at, value), bar(with, other));
            let range = Range { least: 0.0, most: 10.0 };
            let score = f64::from(score);
            if bar.implies(other, range) && bar.holds(score) {
                assert!(other.holds(score), "{bar} for {other}: {score}");
            }
        }

        #[test]
        fn a_bar_reads_back_as_it_is_shown(value in any::<f64>(), at in 0_usize..5) {
            proptest::prop_assume!(value.is_finite());
            let bar = Bar { comparison: Comparison::ALL[at], value };
            assert_eq!(bar.to_string().parse::<Bar>(), Ok(bar));
        }

        #[test]
        fn no_text_is_too_strange_for_a_bar(text in prop_oneof![".*", "[<>=]{0,3} ?[-0-9.e]{0,9}"]) {
            if let Ok(bar) = Bar::of_column(&text) {
                assert!(bar.value.is_finite());
            }
        }
    }
}
