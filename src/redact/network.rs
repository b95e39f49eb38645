//! IP addresses.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::LazyLock;

use regex::Regex;

use super::scan::{self, pattern};
use super::{Hit, PiiKind};

/// Finds IPv4 and IPv6 addresses that can belong to a machine.
///
/// Left out are 0/8, loopback, multicast, reserved and net masks (224/4 and above), and of IPv6
/// all but global, unique local and link-local addresses: they name nobody. Private addresses and
/// those kept for documentation count. Four single digits, as in `1.2.3.4`, are a version or
/// a section: of all addresses, four in a million look like that, and the known ones are public
/// services. Other quads are addresses unless a word before them or a letter beside them says
/// version.
pub(super) fn addresses(text: &str) -> Vec<Hit> {
    static FOUR: LazyLock<Regex> = LazyLock::new(|| pattern(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}"));
    static SIX: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"[0-9A-Fa-f]{3,4}:[0-9A-Fa-f:]{1,35}(?:(?:\.[0-9]{1,3}){3})?"));
    let mut hits = scan::hits(text, &FOUR, PiiKind::Ip, |found| {
        let address = text.get(found.clone()).and_then(|four| four.parse().ok());
        let counts = address.is_some_and(is_host)
            && !scan::is_glued_to_letters(text, found.start, found.end)
            && scan::before(text, found.start).next() != Some('.')
            && !is_version(text, found.start);
        if counts { Ok(found) } else { Err(found.start) }
    });
    hits.extend(scan::hits(text, &SIX, PiiKind::Ip, |found| {
        let six = text.get(found.clone()).unwrap_or_default();
        let trimmed = if six.ends_with("::") { six } else { six.trim_end_matches(':') };
        let end = found.start + trimmed.len();
        let glued =
            scan::before(text, found.start).next().is_some_and(|c| scan::is_word(c) || c == ':')
                || scan::after(text, end).next().is_some_and(scan::is_word);
        let counts = !glued && trimmed.parse().is_ok_and(is_allocated);
        if counts { Ok(found.start..end) } else { Err(found.start) }
    }));
    hits
}

fn is_host(address: Ipv4Addr) -> bool {
    let octets = address.octets();
    let [first, ..] = octets;
    (1..224).contains(&first) && !address.is_loopback() && octets.iter().any(|octet| *octet > 9)
}

/// Says whether an address lies in `2000::/3`, `fc00::/7` or `fe80::/10`.
fn is_allocated(address: Ipv6Addr) -> bool {
    let [first, ..] = address.segments();
    matches!(first, 0x2000..=0x3fff | 0xfc00..=0xfdff | 0xfe80..=0xfebf)
}

fn is_version(text: &str, start: usize) -> bool {
    static WORD: LazyLock<Regex> = LazyLock::new(|| {
        pattern(concat!(
            r"(?i)(?:\b(?:v|ver\.?|versi[oó]n|release|build|firmware|section|chapter|clause",
            r"|abschnitt|kapitel)|§)\s*[:=]?\s*$",
        ))
    });
    WORD.is_match(scan::lead(text, start, 16))
}
