//! Days and times, from the seconds that git and the clock count; and the clock as engines see it.

use std::time::Duration;

/// What engines may ask of time. The real clock is in `cli`; tests bring one that never waits.
pub trait Clock: Send + Sync {
    /// Returns the seconds since 1970.
    fn unix_seconds(&self) -> i64;

    /// Returns the time since some fixed moment; it never goes back.
    fn elapsed(&self) -> Duration;

    /// Waits.
    fn sleep(&self, duration: Duration);
}

/// Returns the date (ISO 8601, UTC) of some seconds since 1970.
///
/// Days become dates by the algorithm `civil_from_days` of Howard Hinnant,
/// <https://howardhinnant.github.io/date_algorithms.html>.
#[must_use]
pub fn date(seconds: i64) -> String {
    let days = seconds.div_euclid(86_400) + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

/// Returns the moment (ISO 8601, UTC, whole seconds) of some seconds since 1970.
#[must_use]
pub fn moment(seconds: i64) -> String {
    let of_day = seconds.rem_euclid(86_400);
    let (hour, minute, second) = (of_day / 3_600, of_day / 60 % 60, of_day % 60);
    format!("{}T{hour:02}:{minute:02}:{second:02}Z", date(seconds))
}

/// Returns the days since 1970 of a date (ISO 8601); `None` for what is none.
///
/// The inverse of [`date`], by `days_from_civil` of the same source.
#[must_use]
pub fn days(text: &str) -> Option<i64> {
    let mut parts = text.splitn(3, '-');
    let mut number = |digits: usize| {
        let part = parts.next()?;
        let plain = part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit());
        plain.then(|| part.parse::<i64>().ok()).flatten()
    };
    let (year, month, day) = (number(4)?, number(2)?, number(2)?);
    if !(1..=12).contains(&month) {
        return None;
    }
    let shifted = if month <= 2 { year - 1 } else { year };
    let era = shifted.div_euclid(400);
    let year_of_era = shifted.rem_euclid(400);
    let month_from_march = (month + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    let days = era * 146_097 + day_of_era - 719_468;
    // A day that the month does not have would have become one of the next month.
    (date(days * 86_400) == text).then_some(days)
}

/// Returns the seconds since 1970 of a moment as [`moment`] writes it; `None` for any other text.
#[must_use]
pub fn seconds(text: &str) -> Option<i64> {
    let (day, clock) = text.strip_suffix('Z')?.split_once('T')?;
    let mut parts = clock.splitn(3, ':').map(|part| part.parse::<i64>().ok());
    let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next()??);
    let seconds = days(day)? * 86_400 + hour * 3_600 + minute * 60 + second;
    // Whatever is out of range, or written in another way, would have become another moment.
    (moment(seconds) == text).then_some(seconds)
}

/// Returns the seconds since 1970 of any moment as RFC 3339 writes it, with its offset; fractions of
/// a second are cut off. `None` for what is none.
#[must_use]
pub fn instant(text: &str) -> Option<i64> {
    let (day, rest) = text.split_at_checked(10)?;
    let rest = rest.strip_prefix(['T', 't', ' '])?;
    let (clock, rest) = rest.split_at_checked(8)?;
    let fraction = rest.strip_prefix('.').unwrap_or_default();
    let fraction = fraction.len() - fraction.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let offset = if fraction > 0 { rest.get(fraction + 1..)? } else { rest };
    let offset = match offset {
        "Z" | "z" => 0,
        _ => {
            let sign = if offset.starts_with('-') { -1 } else { 1 };
            let (hours, minutes) = offset.strip_prefix(['+', '-'])?.split_once(':')?;
            let two = |text: &str, most: i64| {
                let plain = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
                plain.then(|| text.parse::<i64>().ok()).flatten().filter(|number| *number <= most)
            };
            sign * (two(hours, 23)? * 3_600 + two(minutes, 59)? * 60)
        }
    };
    // A leap second is the last second of its day.
    let clock = if clock.ends_with(":60") { clock.replace(":60", ":59") } else { clock.to_owned() };
    Some(seconds(&format!("{day}T{clock}Z"))? - offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        let cases = [
            (0, "1970-01-01"),
            (-1, "1969-12-31"),
            (951_782_400, "2000-02-29"),
            (1_700_000_000, "2023-11-14"),
            (1_795_392_000, "2026-11-23"),
            (4_107_542_400, "2100-03-01"),
        ];
        for (seconds, expected) in cases {
            assert_eq!(date(seconds), expected);
        }
    }

    #[test]
    fn moments_are_in_utc() {
        assert_eq!(moment(1_795_392_000 + 3_661), "2026-11-23T01:01:01Z");
        assert_eq!(moment(-1), "1969-12-31T23:59:59Z");
    }

    #[test]
    fn seconds_are_the_inverse_of_moments() {
        for expected in [0, 1, 86_399, 951_782_400, 1_795_392_000 + 3_661, 253_402_300_799] {
            assert_eq!(seconds(&moment(expected)), Some(expected));
        }
        for text in [
            "2026-11-23",
            "2026-11-23T01:01:01",
            "2026-11-23T1:01:01Z",
            "2026-11-23T24:00:00Z",
            "2026-11-23T23:59:60Z",
            "2026-11-23T+1:01:01Z",
            "2026-11-23T01:01:01.5Z",
            "2026-11-23t01:01:01Z",
            "2026-02-30T01:01:01Z",
            "",
        ] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }

    #[test]
    fn days_are_the_inverse_of_dates() {
        for (text, expected) in [
            ("1970-01-01", Some(0)),
            ("2026-11-23", Some(20_780)),
            ("2000-02-29", Some(11_016)),
            ("2001-02-29", None),
            ("2026-13-01", None),
            ("2026-1-01", None),
            ("today", None),
            ("", None),
        ] {
            assert_eq!(days(text), expected, "{text}");
        }
    }

    #[test]
    fn moments_with_an_offset_are_read_as_rfc_3339_writes_them() {
        let noon = seconds("2026-11-23T12:00:00Z");
        assert!(noon.is_some());
        for text in [
            "2026-11-23T12:00:00Z",
            "2026-11-23t12:00:00z",
            "2026-11-23 12:00:00.123456+00:00",
            "2026-11-23T13:30:00+01:30",
            "2026-11-23T11:00:00.5-01:00",
            "2026-11-23T12:00:00-00:00",
        ] {
            assert_eq!(instant(text), noon, "{text}");
        }
        assert_eq!(instant("2016-12-31T23:59:60Z"), seconds("2016-12-31T23:59:59Z"));
        for text in [
            "",
            "2026-11-23",
            "2026-11-23T12:00:00",
            "2026-11-23T12:00Z",
            "2026-11-23T12:00:00.Z",
            "2026-11-23T25:00:00Z",
            "2026-11-31T12:00:00Z",
            "2026-11-23T12:00:00+0100",
            "2026-11-23T12:00:00+1:00",
            "2026-11-23T12:00:00+24:00",
            "2026-11-23T12:00:00Z ",
            "2026-11-2é",
        ] {
            assert_eq!(instant(text), None, "{text}");
        }
    }
}
