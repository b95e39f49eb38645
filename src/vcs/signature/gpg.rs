//! Signatures of `gpg`, which tells in words for machines what it did.
//!
//! See `doc/DETAILS` of `GnuPG` for these words.

use std::ffi::OsString;

use super::{Format, SignFault, Signer, Signers, Verified, private_file};
use crate::vcs::command::{Git, Said};

/// The code of a signature whose key is not in the key ring.
const NO_PUBLIC_KEY: &str = "9";

/// Signs as git calls `gpg`.
pub(super) fn sign(git: &Git, signer: &Signer, bytes: &[u8]) -> Result<String, SignFault> {
    let program = signer.program.as_str();
    let key = signer.key();
    let words = ["--status-fd=2", "-bsau", key.as_str()];
    let said = git.tool(program, &words, Some(bytes));
    let said = said.map_err(|error| SignFault::not_started(program, Format::Gpg, &error))?;
    let status = Status::read(&said.stderr);
    if said.status.success() && status.has("SIG_CREATED") {
        return Ok(String::from_utf8_lossy(&said.stdout).replace('\r', ""));
    }
    Err(why(git, signer, &said, &status))
}

/// Finds out why there is no signature; whether a key is missing or may not sign any more is asked
/// of the key ring.
fn why(git: &Git, signer: &Signer, said: &Said, status: &Status) -> SignFault {
    let program = signer.program.clone();
    let cause = words_for_people(said);
    let has = |words: &[&str]| words.iter().any(|word| cause.contains(word));
    if has(&["Inappropriate ioctl", "cannot open '/dev/tty'", "No pinentry", "No passphrase"]) {
        return SignFault::Locked { program, format: Format::Gpg, cause };
    }
    let unusable = status.has("INV_SGNR") || has(&["secret key"]);
    if !unusable {
        return SignFault::Failed { program, cause };
    }
    let key = signer.key();
    let listed = git.tool(&program, &["--list-secret-keys", "--with-colons", "--", &key], None);
    let listed = listed.map(|said| said.stdout).unwrap_or_default();
    let listed = String::from_utf8_lossy(&listed);
    // Fields of `sec` (a key) and `ssb` (a part of it): the second is its validity.
    let validity: Vec<&str> = listed
        .lines()
        .filter(|line| line.starts_with("sec:") || line.starts_with("ssb:"))
        .filter_map(|line| line.split(':').nth(1))
        .collect();
    if validity.is_empty() {
        SignFault::NoKey { format: Format::Gpg, wanted: Some(key) }
    } else if validity.contains(&"e") {
        SignFault::Expired { key, revoked: false }
    } else if validity.contains(&"r") {
        SignFault::Expired { key, revoked: true }
    } else {
        SignFault::Failed { program, cause }
    }
}

fn words_for_people(said: &Said) -> String {
    let complaint = said.complaint();
    let lines = complaint.lines().filter(|line| !line.starts_with("[GNUPG:]"));
    lines.collect::<Vec<_>>().join("\n")
}

/// How a signature is checked.
pub(super) struct Check<'a> {
    pub(super) git: &'a Git,
    pub(super) program: &'a str,
}

impl Check<'_> {
    pub(super) fn verify(
        &self,
        signature: &str,
        bytes: &[u8],
        signers: &Signers,
        seconds: i64,
    ) -> Result<Verified, SignFault> {
        let file = private_file(signature.as_bytes())?;
        let words: [OsString; 4] =
            ["--status-fd=1".into(), "--verify".into(), file.path().into(), "-".into()];
        let said = self.git.tool(self.program, &words, Some(bytes));
        let said = said.map_err(|e| SignFault::not_started(self.program, Format::Gpg, &e))?;
        let status = Status::read(&said.stdout);
        Ok(status.judge(signers, seconds).unwrap_or_else(|| {
            let words = words_for_people(&said);
            let line = words.lines().last().unwrap_or_default();
            let why = line.strip_prefix("gpg: ").unwrap_or(line).to_owned();
            Verified::Bad { why }
        }))
    }
}

/// The lines that gpg writes for machines: a keyword and its arguments.
struct Status(Vec<Vec<String>>);

impl Status {
    fn read(printed: &[u8]) -> Self {
        let printed = String::from_utf8_lossy(printed);
        let lines = printed.lines().filter_map(|line| line.strip_prefix("[GNUPG:] "));
        Self(lines.map(|line| line.split(' ').map(ToOwned::to_owned).collect()).collect())
    }

    fn all<'a>(&'a self, keyword: &'a str) -> impl Iterator<Item = &'a [String]> {
        self.0.iter().filter_map(move |line| match line.split_first() {
            Some((first, rest)) if first == keyword => Some(rest),
            _ => None,
        })
    }

    fn has(&self, keyword: &str) -> bool {
        self.all(keyword).next().is_some()
    }

    /// Says what gpg found; `None` where it found nothing that could be a signature.
    fn judge(&self, signers: &Signers, seconds: i64) -> Option<Verified> {
        let verdicts = ["GOODSIG", "EXPSIG", "EXPKEYSIG", "REVKEYSIG", "BADSIG", "ERRSIG"];
        match verdicts.iter().map(|keyword| self.all(keyword).count()).sum() {
            0 => return None,
            1 => {}
            2.. => {
                // The others could be anybody's.
                let why = "there is more than one signature".to_owned();
                return Some(Verified::Bad { why });
            }
        }
        if self.has("BADSIG") {
            return Some(Verified::Bad { why: "it does not fit what was signed".to_owned() });
        }
        if let Some(error) = self.all("ERRSIG").next() {
            // KEYID PUBKEY_ALGO HASH_ALGO CLASS TIME CODE [FINGERPRINT]
            let code = error.get(5).map(String::as_str);
            let fingerprint = error.get(6).filter(|text| text.as_str() != "-");
            return Some(if code == Some(NO_PUBLIC_KEY) {
                let fingerprint = fingerprint.or(error.first()).cloned().unwrap_or_default();
                Verified::UnknownKey { fingerprint }
            } else {
                Verified::Bad { why: "gpg cannot check its algorithm".to_owned() }
            });
        }
        // FINGERPRINT DATE TIME EXPIRES VERSION - ALGO HASH CLASS PRIMARY_FINGERPRINT
        let valid = self.all("VALIDSIG").next()?;
        let own = valid.first()?;
        let primary = valid.get(9).unwrap_or(own);
        let fingerprint = primary.clone();
        if self.has("REVKEYSIG") {
            return Some(Verified::Revoked { fingerprint });
        }
        if self.has("EXPSIG") || (self.has("EXPKEYSIG") && !self.was_valid(seconds)) {
            return Some(Verified::Expired { fingerprint });
        }
        Some(match signers.gpg(primary).or_else(|| signers.gpg(own)) {
            Some(principal) => {
                Verified::Good { principal: principal.to_owned(), fingerprint, format: Format::Gpg }
            }
            None => Verified::UnknownKey { fingerprint },
        })
    }

    /// Says whether a key that has expired had not yet done so.
    fn was_valid(&self, seconds: i64) -> bool {
        let ends = self.all("KEYEXPIRED").map(|line| line.first()?.parse::<i64>().ok());
        // Where gpg does not say when, the key counts as expired.
        ends.min().flatten().is_some_and(|end| seconds < end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "A49EE2CFA690C51098754CF8119F58E5A47FF923";

    fn judge(lines: &[&str], seconds: i64) -> Option<Verified> {
        let printed = format!("[GNUPG:] {}\n", lines.join("\n[GNUPG:] "));
        let signers = Signers::parse(&format!("ada gpg:{KEY}"));
        Status::read(printed.as_bytes()).judge(&signers, seconds)
    }

    fn valid(primary: &str) -> String {
        format!("VALIDSIG {} 2024-01-01 1704067203 0 4 0 22 8 00 {primary}", "B".repeat(40))
    }

    #[test]
    fn what_gpg_says_is_judged() {
        let valid = valid(KEY);
        let valid = valid.as_str();
        let fingerprint = || KEY.to_owned();
        let good = || Verified::Good {
            principal: "ada".to_owned(),
            fingerprint: fingerprint(),
            format: Format::Gpg,
        };
        let expired = Verified::Expired { fingerprint: fingerprint() };
        let cases: [(&[&str], i64, Verified); 8] = [
            (&["NEWSIG", "GOODSIG X Ada", valid], 0, good()),
            (&["KEYEXPIRED 1704067210", "EXPKEYSIG X Ada", valid], 1_704_067_209, good()),
            (&["KEYEXPIRED 1704067210", "EXPKEYSIG X Ada", valid], 1_704_067_210, expired.clone()),
            (&["EXPKEYSIG X Ada", valid], 0, expired.clone()),
            (&["KEYEXPIRED 9", "KEYEXPIRED 5", "EXPKEYSIG X Ada", valid], 7, expired.clone()),
            (&["EXPSIG X Ada", valid], 0, expired),
            (&["REVKEYSIG X Ada", valid], 0, Verified::Revoked { fingerprint: fingerprint() }),
            (
                &["ERRSIG 119F58E5A47FF923 22 8 00 1795649346 9"],
                0,
                Verified::UnknownKey { fingerprint: "119F58E5A47FF923".to_owned() },
            ),
        ];
        for (lines, seconds, expected) in cases {
            assert_eq!(judge(lines, seconds), Some(expected), "{lines:?}");
        }
    }

    #[test]
    fn nothing_but_a_single_good_signature_of_a_listed_key_is_good() {
        let listed = valid(KEY);
        let other = valid(&"C".repeat(40));
        let cases: [&[&str]; 6] = [
            &["BADSIG X Ada", &listed],
            &["GOODSIG X Ada", &other],
            &["GOODSIG X Eve", &listed, "GOODSIG X Ada", &listed],
            &["GOODSIG X Ada", "BADSIG Y Ada", &listed],
            &["ERRSIG X 1 8 00 1 4 -", &listed],
            &["GOODSIG X Ada"],
        ];
        for lines in cases {
            let found = judge(lines, 0);
            assert!(!matches!(found, Some(Verified::Good { .. })), "{lines:?}: {found:?}");
        }
        assert_eq!(judge(&["NODATA 1"], 0), None);
        assert_eq!(judge(&[&listed], 0), None, "without a verdict");
    }
}
