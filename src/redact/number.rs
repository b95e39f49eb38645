//! Numbers that carry their own proof: payment cards, IBANs, and US social security numbers.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::scan::{
    self, HYPHENS, SPACES, is_glued_after, is_glued_before, is_glued_to_letters, pattern,
};
use super::{Hit, PiiKind};

/// Issuer ranges by their first four digits (ISO/IEC 7812), with the lengths that are in use.
const ISSUERS: &[(u32, u32, &[usize])] = &[
    (4000, 4999, &[13, 16, 19]),                 // Visa
    (5100, 5599, &[16]),                         // Mastercard
    (2221, 2720, &[16]),                         // Mastercard
    (3400, 3499, &[15]),                         // American Express
    (3700, 3799, &[15]),                         // American Express
    (6011, 6011, &[16, 17, 18, 19]),             // Discover
    (6440, 6599, &[16, 17, 18, 19]),             // Discover, RuPay
    (3000, 3059, &[14, 15, 16, 17, 18, 19]),     // Diners Club
    (3095, 3095, &[14, 15, 16, 17, 18, 19]),     // Diners Club
    (3600, 3699, &[14, 15, 16, 17, 18, 19]),     // Diners Club
    (3800, 3999, &[14, 15, 16, 17, 18, 19]),     // Diners Club
    (3528, 3589, &[16, 17, 18, 19]),             // JCB
    (6200, 6299, &[16, 17, 18, 19]),             // UnionPay
    (2200, 2204, &[16, 17, 18, 19]),             // Mir
    (5080, 5089, &[16]),                         // RuPay
    (8100, 8299, &[16, 17, 18, 19]),             // RuPay, UnionPay
    (9792, 9792, &[16]),                         // Troy
    (5018, 5018, &[13, 14, 15, 16, 17, 18, 19]), // Maestro
    (5020, 5020, &[13, 14, 15, 16, 17, 18, 19]), // Maestro
    (5038, 5038, &[13, 14, 15, 16, 17, 18, 19]), // Maestro
    (5893, 5893, &[13, 14, 15, 16, 17, 18, 19]), // Maestro
    (6304, 6304, &[13, 14, 15, 16, 17, 18, 19]), // Maestro
    (6759, 6763, &[13, 14, 15, 16, 17, 18, 19]), // Maestro
];

/// Length of an IBAN by country, from the SWIFT IBAN registry (release 99).
const IBAN_LENGTHS: &str = "\
    AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 \
    DJ27 DK18 DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 \
    HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 \
    MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 \
    RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 \
    VA22 VG24 XK20 YE30";

/// Numbers that were printed in advertisements and belong to nobody.
const ADVERTISED: &[&str] = &["078051120", "219099999"];

/// Finds card numbers: 13 to 19 digits, whole or in at most five groups, with a known issuer and
/// a right check digit (Luhn, ISO/IEC 7812-1 annex B).
pub(super) fn cards(text: &str) -> Vec<Hit> {
    static GROUP: LazyLock<Regex> = LazyLock::new(|| pattern("[0-9]+"));
    scan::hits(text, &GROUP, PiiKind::Card, |group| {
        let end = group.end;
        card(text, group).ok_or(end)
    })
}

/// Joins the group with those that follow, and returns the longest card number among them.
fn card(text: &str, first: Range<usize>) -> Option<Range<usize>> {
    if !(4..=19).contains(&first.len()) {
        return None;
    }
    let mut digits = text.get(first.clone())?.to_owned();
    let mut end = first.end;
    let mut longest = None;
    for _ in 0..5 {
        if is_card(&digits) && !is_glued_to_letters(text, first.start, end) {
            longest = Some(first.start..end);
        }
        let rest = text.get(end..)?;
        let Some(behind) = rest.strip_prefix(SPACES).or_else(|| rest.strip_prefix(HYPHENS)) else {
            break;
        };
        let length = behind.bytes().take(20).take_while(u8::is_ascii_digit).count();
        digits.push_str(behind.get(..length)?);
        if length == 0 || digits.len() > 19 {
            break;
        }
        end += rest.len() - behind.len() + length;
    }
    longest
}

fn is_card(digits: &str) -> bool {
    let issuer = digits.get(..4).and_then(|issuer| issuer.parse().ok()).unwrap_or_default();
    let known = ISSUERS.iter().any(|(from, to, lengths)| {
        (*from..=*to).contains(&issuer) && lengths.contains(&digits.len())
    });
    known && luhn(digits) == 0
}

/// Returns the Luhn sum modulo 10.
fn luhn(digits: &str) -> u32 {
    let sum: u32 = digits
        .chars()
        .rev()
        .filter_map(|c| c.to_digit(10))
        .enumerate()
        .map(|(place, digit)| match (place % 2, digit) {
            (0, digit) => digit,
            (_, 0..=4) => digit * 2,
            (_, digit) => digit * 2 - 9,
        })
        .sum();
    sum % 10
}

/// Finds IBANs (ISO 13616): a country's length, and a remainder of 1 modulo 97; in capitals or
/// not, whole or with single spaces or hyphens.
pub(super) fn ibans(text: &str) -> Vec<Hit> {
    static HEAD: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b[A-Za-z]{2}[0-9]{2}"));
    scan::hits(text, &HEAD, PiiKind::Iban, |head| {
        iban(text, head.start).map(|end| head.start..end).ok_or(head.start)
    })
}

/// Returns where the IBAN that begins at `start` ends.
fn iban(text: &str, start: usize) -> Option<usize> {
    let country = text.get(start..start + 2)?.to_ascii_uppercase();
    let mut lengths = IBAN_LENGTHS.split(' ');
    let length: usize = lengths.find_map(|entry| entry.strip_prefix(&country)?.parse().ok())?;
    let mut account = String::with_capacity(length);
    let mut end = start;
    let mut gap = 0;
    for c in scan::after(text, start) {
        if c.is_ascii_alphanumeric() {
            account.push(c.to_ascii_uppercase());
            gap = 0;
        } else if gap == 0 && (SPACES.contains(&c) || HYPHENS.contains(&c)) {
            gap = 1;
        } else {
            return None;
        }
        end += c.len_utf8();
        if account.len() == length {
            break;
        }
    }
    let complete =
        account.len() == length && !scan::after(text, end).next().is_some_and(scan::is_word);
    (complete && remainder_97(&account) == 1).then_some(end)
}

/// Returns the account number modulo 97 as ISO 7064 counts it: four characters moved to the end,
/// letters as 10 to 35.
fn remainder_97(account: &str) -> u32 {
    let (head, tail) = account.split_at_checked(4).unwrap_or_default();
    tail.chars().chain(head.chars()).filter_map(|c| c.to_digit(36)).fold(0, |sum, value| {
        let shift = if value > 9 { 100 } else { 10 };
        (sum * shift + value) % 97
    })
}

/// Finds US social security numbers: `AAA-GG-SSSS`, or nine digits behind words that say so.
///
/// Never issued are the areas 000, 666 and 900 to 999, the group 00 and the serial 0000 (SSA,
/// POMS RM 10201.035), and two numbers from advertisements.
pub(super) fn social_security(text: &str) -> Vec<Hit> {
    static WRITTEN: LazyLock<Regex> = LazyLock::new(|| {
        pattern(r"[0-9]{3}[\x{2010}\x{2011}-][0-9]{2}[\x{2010}\x{2011}-][0-9]{4}")
    });
    static NAMED: LazyLock<Regex> = LazyLock::new(|| {
        pattern(concat!(
            r"(?i)\b(?:ssn|social security(?: (?:number|no\.?|#))?)",
            r"(?:\s*[:#=]|\s+is)?\s*[0-9]{3}[ .-]?[0-9]{2}[ .-]?[0-9]{4}",
        ))
    });
    let mut hits = scan::hits(text, &WRITTEN, PiiKind::Ssn, |found| {
        issued(text, found.clone()).ok_or(found.start)
    });
    hits.extend(scan::hits(text, &NAMED, PiiKind::Ssn, |found| {
        let named = text.get(found.clone()).unwrap_or_default();
        let words = named.find(|c: char| c.is_ascii_digit()).unwrap_or_default();
        issued(text, found.start + words..found.end).ok_or(found.start)
    }));
    hits
}

fn issued(text: &str, range: Range<usize>) -> Option<Range<usize>> {
    let digits: String = text.get(range.clone())?.chars().filter(char::is_ascii_digit).collect();
    let (area, rest) = digits.split_at_checked(3)?;
    let (group, serial) = rest.split_at_checked(2)?;
    let was_issued = !matches!(area, "000" | "666")
        && !area.starts_with('9')
        && group != "00"
        && serial != "0000"
        && !ADVERTISED.contains(&digits.as_str());
    let glued = is_glued_before(text, range.start) || is_glued_after(text, range.end);
    (was_issued && !glued).then_some(range)
}
