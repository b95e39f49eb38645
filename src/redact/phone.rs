//! Telephone numbers.

use std::ops::{Range, RangeInclusive};
use std::sync::LazyLock;

use regex::Regex;

use super::scan::{self, GAP, HYPHENS, SPACES, is_glued_after, is_glued_before, pattern};
use super::{Hit, PiiKind};

/// The least and the most digits: national numbers have eight or more with their trunk prefix,
/// and E.164 allows fifteen.
const DIGITS: RangeInclusive<usize> = 8..=15;

/// Finds telephone numbers that are written as such:
///
/// - international, with `+` or `00` before the country code (E.164);
/// - North American, `(AAA) EEE-NNNN` with its separators, area and exchange from 2 on (NANP);
/// - national with a trunk zero and separators (`030 23125 000`, `020 7946 0018`,
///   `01 99 00 12 34`), as in most of Europe and Asia;
/// - any seven or more digits behind a word such as `tel` or `call`.
///
/// Bare runs of digits, dates, versions, amounts and what a word names as another kind of number
/// (order, invoice, ticket) are left alone.
pub(super) fn phones(text: &str) -> Vec<Hit> {
    let mut hits = international(text);
    hits.extend(north_american(text));
    hits.extend(national(text));
    hits.extend(announced(text));
    hits
}

fn international(text: &str) -> Vec<Hit> {
    static PLUS: LazyLock<Regex> = LazyLock::new(|| {
        pattern(&format!(
            r"\+[{GAP}]?\(?[1-9](?:[{GAP}./()]{{0,3}}[0-9]){{7,16}}|\b00[1-9](?:[{GAP}/()]{{0,3}}[0-9]){{7,16}}"
        ))
    });
    scan::hits(text, &PLUS, PiiKind::Phone, |found| {
        international_number(text, found.clone()).ok_or(found.start)
    })
}

fn international_number(text: &str, found: Range<usize>) -> Option<Range<usize>> {
    let candidate = text.get(found.clone())?;
    let prefix = if candidate.starts_with("00") { 2 } else { 0 };
    let is_plan_of_one = digits(candidate).get(prefix..)?.starts_with('1');
    let glued = if prefix == 0 {
        scan::before(text, found.start).next().is_some_and(scan::is_word)
    } else {
        is_glued_before(text, found.start)
    };
    if glued {
        return None;
    }
    narrowed(text, found, |range, number| {
        let digits = digits(number);
        let fits = match digits.get(prefix..) {
            Some(national) if is_plan_of_one => national.get(1..).is_some_and(is_north_american),
            Some(national) => DIGITS.contains(&national.len()),
            None => false,
        };
        fits && number.len() > digits.len() && !is_amount(text, range)
    })
}

/// Returns the longest run of whole groups from the start of a candidate that is not glued to what
/// follows and that `fits` as a number.
fn narrowed(
    text: &str,
    found: Range<usize>,
    fits: impl Fn(&Range<usize>, &str) -> bool,
) -> Option<Range<usize>> {
    let candidate = text.get(found.clone())?;
    candidate
        .char_indices()
        .filter(|(_, c)| c.is_ascii_digit())
        .map(|(at, c)| found.start..found.start + at + c.len_utf8())
        .filter(|range| {
            !is_glued_after(text, range.end)
                && text.get(range.clone()).is_some_and(|number| fits(range, number))
        })
        .last()
}

fn north_american(text: &str) -> Vec<Hit> {
    static NANP: LazyLock<Regex> = LazyLock::new(|| {
        pattern(&format!(
            r"(?:1[{GAP}.])?(?:\([2-9][0-9]{{2}}\)[{GAP}]?|[2-9][0-9]{{2}}[{GAP}.])[2-9][0-9]{{2}}[{GAP}.][0-9]{{4}}"
        ))
    });
    scan::hits(text, &NANP, PiiKind::Phone, |found| {
        let digits = digits(text.get(found.clone()).unwrap_or_default());
        let number = digits.get(digits.len().saturating_sub(10)..).unwrap_or_default();
        let written = text.get(found.clone()).unwrap_or_default();
        let mixed = written.contains('.') && written.contains(HYPHENS);
        let counts = is_north_american(number)
            && !mixed
            && !is_glued_before(text, found.start)
            && !is_glued_after(text, found.end)
            && !is_named_otherwise(text, found.start);
        if counts { Ok(found) } else { Err(found.start) }
    })
}

/// Says whether ten digits can be a number of the North American plan: area and exchange begin
/// with 2 to 9 and are no service code such as 911.
fn is_north_american(number: &str) -> bool {
    let part = |at: usize| number.get(at..at + 3).unwrap_or_default();
    number.len() == 10
        && [part(0), part(3)]
            .iter()
            .all(|part| !part.starts_with(['0', '1']) && !part.ends_with("11"))
}

fn national(text: &str) -> Vec<Hit> {
    static TRUNK: LazyLock<Regex> = LazyLock::new(|| {
        pattern(&format!(
            r"(?:\(0[1-9][0-9]{{0,4}}\)|0[1-9][0-9]{{0,4}})(?:[{GAP}./]{{1,2}}[0-9]{{2,8}}){{1,5}}"
        ))
    });
    scan::hits(text, &TRUNK, PiiKind::Phone, |found| {
        let marked = scan::before(text, found.start).next().is_some_and(|c| "/#$€£".contains(c));
        if marked || is_glued_before(text, found.start) || is_named_otherwise(text, found.start) {
            return Err(found.start);
        }
        narrowed(text, found.clone(), |_, number| {
            (9..=12).contains(&digits(number).len())
                && is_grouped_as_phone(number)
                && !is_another_form(number)
        })
        .ok_or(found.start)
    })
}

fn announced(text: &str) -> Vec<Hit> {
    static ANNOUNCED: LazyLock<Regex> = LazyLock::new(|| {
        pattern(&format!(
            "{}{}{}",
            r"(?i)\b(?:tel|telefon|telefonnummer|telephone|tel[eé]fono|t[eé]l[eé]phone|phone|fax|mobile|mobil|m[oó]vil|handy|cell|call|ring|dial|whatsapp|sms|text)\b",
            r"(?:[\s:.=#]{0,3}(?:number|nummer|no|nr|is|ist|est|es|at|on|us|me|him|her|them|under|unter|au|al)\b){0,3}",
            format_args!(r"[\s:.=#]{{0,3}}\(?[0-9](?:[{GAP}./()]{{0,2}}[0-9]){{6,15}}"),
        ))
    });
    scan::hits(text, &ANNOUNCED, PiiKind::Phone, |found| {
        let announced = text.get(found.clone()).unwrap_or_default();
        let words = announced.find(|c: char| c.is_ascii_digit() || c == '(').unwrap_or_default();
        narrowed(text, found.start + words..found.end, |_, number| {
            (7..=15).contains(&digits(number).len())
                && is_grouped_as_phone(number)
                && !is_another_form(number)
        })
        .ok_or(found.start)
    })
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// Says whether separators stand as in a telephone number: dots only as in `01.99.00.12.34`, and a
/// slash at most once, behind the area code.
fn is_grouped_as_phone(number: &str) -> bool {
    let is_mark = |c: &char| !c.is_ascii_digit() && !"()".contains(*c);
    let marks: Vec<char> = number.chars().filter(is_mark).collect();
    let groups: Vec<&str> =
        number.split(|c| is_mark(&c)).filter(|group| !group.is_empty()).collect();
    let slashes = marks.iter().filter(|c| **c == '/').count();
    let slash_is_first = marks.iter().find(|c| !SPACES.contains(c)) == Some(&'/');
    let dots_fit = !marks.contains(&'.')
        || (marks.iter().all(|c| *c == '.')
            && groups.len() >= 4
            && groups.iter().all(|group| group.len() <= 3));
    dots_fit && (slashes == 0 || (slashes == 1 && slash_is_first))
}

/// Says whether a date, a social security number or a US postal code is meant.
fn is_another_form(number: &str) -> bool {
    static FORM: LazyLock<Regex> = LazyLock::new(|| {
        pattern(concat!(
            r"^(?:[0-9]{4}[-/.][0-9]{1,2}[-/.][0-9]{1,2}|[0-9]{1,2}[-/.][0-9]{1,2}[-/.][0-9]{4}",
            r"|(?:[0-9]{3}-[0-9]{2}|[0-9]{5})-[0-9]{4}$)",
        ))
    });
    FORM.is_match(number)
}

/// Says whether `+12 345 678 EUR` is meant: groups of three, and a unit behind them.
fn is_amount(text: &str, range: &Range<usize>) -> bool {
    static UNIT: LazyLock<Regex> = LazyLock::new(|| {
        pattern(r"(?i)^\s?(?:%|€|\$|£|¥|(?:eur|usd|gbp|chf|euros?|dollars?|pounds?|points?)\b)")
    });
    let mut groups = text
        .get(range.clone())
        .unwrap_or_default()
        .split(|c| SPACES.contains(&c) || c == '.')
        .skip(1);
    groups.all(|group| group.len() == 3) && UNIT.is_match(text.get(range.end..).unwrap_or_default())
}

/// Says whether the words before a number call it something else.
fn is_named_otherwise(text: &str, start: usize) -> bool {
    static NAME: LazyLock<Regex> = LazyLock::new(|| {
        pattern(concat!(
            r"(?i)\b(?:orders?|invoices?|tickets?|case|ref|reference|article|item|sku|id|tracking|parcel|version",
            r"|part|serial|contract|customer|account|isbn|ean|bestell\w*|rechnung\w*|auftrag\w*|kunden\w*",
            r"|vertrag\w*|artikel\w*|commande|facture|pedido|factura)",
            r"[\s-]*(?:number|no|nr|nummer|id|code)?[\s.:#=]*\(?$",
        ))
    });
    NAME.is_match(scan::lead(text, start, 32)) || {
        let before = scan::before(text, start).next();
        before == Some('#') || before.is_some_and(|c| HYPHENS.contains(&c) && c != '-')
    }
}
