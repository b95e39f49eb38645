//! The header `Retry-After`: seconds, or a moment.

use std::time::Duration;

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Reads the header (RFC 9110, section 10.2.3); `None` for what it does not allow.
///
/// A moment has the preferred form `Sun, 06 Nov 1994 08:49:37 GMT`; the two obsolete ones, which no
/// server sends, are not read. A moment that has passed means no wait.
pub(super) fn read(value: &str, now_unix_seconds: i64) -> Option<Duration> {
    let value = value.trim();
    if value.bytes().all(|byte| byte.is_ascii_digit()) {
        return value.parse().ok().map(Duration::from_secs);
    }
    let until = moment(value)?.saturating_sub(now_unix_seconds);
    Some(Duration::from_secs(u64::try_from(until).unwrap_or_default()))
}

fn moment(value: &str) -> Option<i64> {
    let (_, value) = value.split_once(", ")?;
    let mut parts = value.split(' ');
    let day: i64 = parts.next()?.parse().ok()?;
    let name = parts.next()?;
    let month = i64::try_from(MONTHS.iter().position(|month| *month == name)?).ok()? + 1;
    let year: i64 = parts.next()?.parse().ok()?;
    let mut clock = parts.next()?.split(':').map(|part| part.parse::<i64>().ok());
    let (hour, minute, second) = (clock.next()??, clock.next()??, clock.next()??);
    let in_range = (1..=31).contains(&day)
        && (1_970..=9_999).contains(&year)
        && (0..24).contains(&hour)
        && (0..60).contains(&minute)
        && (0..=60).contains(&second);
    let ends = clock.next().is_none() && parts.next() == Some("GMT") && parts.next().is_none();
    (in_range && ends)
        .then(|| days(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second)
}

/// Counts days since 1970 by the algorithm `days_from_civil` of Howard Hinnant,
/// <https://howardhinnant.github.io/date_algorithms.html>.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::time;

    #[test]
    fn seconds_and_moments_are_read_and_nothing_else() {
        let now = 784_111_777 - 40;
        let cases = [
            ("120", Some(120)),
            (" 0 ", Some(0)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(40)),
            ("Sun, 06 Nov 1994 08:48:00 GMT", Some(0)),
            ("Sun, 06 Nov 1994 08:49:37", None),
            ("Sun, 06 Nov 1994 08:49:37 CET", None),
            ("Sun, 06 Foo 1994 08:49:37 GMT", None),
            ("Sun, 06 Nov 1994 25:49:37 GMT", None),
            ("-1", None),
            ("1.5", None),
            ("", None),
            ("99999999999999999999", None),
        ];
        for (value, seconds) in cases {
            assert_eq!(read(value, now), seconds.map(Duration::from_secs), "{value}");
        }
    }

    proptest! {
        #[test]
        fn days_are_the_reverse_of_dates(day in 0_i64..2_900_000) {
            let date = time::date(day * 86_400);
            let mut parts = date.split('-').map(|part| part.parse::<i64>().expect("a number"));
            let mut next = || parts.next().expect("three parts");
            prop_assert_eq!(days(next(), next(), next()), day);
        }
    }
}
