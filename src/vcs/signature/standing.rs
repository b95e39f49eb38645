//! What a list of keys says of the key that somebody would sign with. Nothing is signed for it, so
//! that nobody is asked for a passphrase.

use std::path::Path;

use super::settings::Key;
use super::signers::{BLANKS, is_key_type, word};
use super::{Format, Namespace, SignFault, Signer, Signers};
use crate::time;
use crate::vcs::open::Repository;

/// What a list of keys says of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It is listed, and counts.
    Listed {
        /// Whom the list names for it.
        principal: String,
    },
    /// It is not listed.
    Unlisted,
    /// It is listed, and does not count yet or any more.
    OutOfTime {
        /// From or until when, as the list or the key ring has it.
        bound: String,
    },
    /// Its public half is not at hand.
    Unknown {
        /// What is missing.
        why: String,
    },
}

impl Repository {
    /// Says what a list of keys thinks of a signer's key at `seconds` since 1970.
    ///
    /// # Errors
    /// When the program that signs is not there, or gpg has no such secret key, or one that has
    /// expired or was revoked.
    pub fn standing(
        &self,
        signer: &Signer,
        signers: &Signers,
        seconds: i64,
    ) -> Result<Standing, SignFault> {
        let git = &self.store.git;
        let program = signer.program.as_str();
        // Asked is the shell, for a program that stands in for another may do anything.
        let found = git.tool("sh", &["-c", "command -v -- \"$1\"", "sh", program], None);
        if !found.is_ok_and(|said| said.status.success()) {
            let missing = std::io::Error::from(std::io::ErrorKind::NotFound);
            return Err(SignFault::not_started(program, signer.format, &missing));
        }
        match (signer.format, &signer.key) {
            (Format::Gpg, _) => {
                let key = signer.key();
                let words = ["--list-secret-keys", "--with-colons", "--", &key];
                let said = git.tool(program, &words, None);
                let said =
                    said.map_err(|error| SignFault::not_started(program, Format::Gpg, &error))?;
                of_ring(&String::from_utf8_lossy(&said.stdout), &key, signers)
            }
            (Format::Ssh, Key::Text(public)) => Ok(of_list(public, signers, seconds)),
            (Format::Ssh, Key::File(path)) => {
                let path = git.folder().join(path);
                Ok(match public_half(&path) {
                    Some(public) => of_list(&public, signers, seconds),
                    None => {
                        Standing::Unknown { why: format!("`{}.pub` is not there", path.display()) }
                    }
                })
            }
        }
    }
}

/// Reads the public half of a key: beside it, or the file itself where that is it.
fn public_half(path: &Path) -> Option<String> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".pub");
    let read = |path: &Path| std::fs::read_to_string(path).ok();
    let is_public = |text: &String| key_of(text).is_some();
    read(Path::new(&beside)).or_else(|| read(path)).filter(is_public)
}

/// Cuts a line into words as the list is read.
fn words(line: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = line.trim_matches(BLANKS);
    while let Some((first, behind)) = word(rest).filter(|(first, _)| !first.is_empty()) {
        words.push(first);
        rest = behind;
    }
    words
}

/// Returns the key where `KEYTYPE KEY` stands at a place among words.
fn key_at<'a>(words: &[&'a str], at: usize) -> Option<&'a str> {
    words.get(at).filter(|kind| is_key_type(kind))?;
    words.get(at + 1).copied()
}

/// Finds the key of a file `.pub`.
fn key_of(public: &str) -> Option<&str> {
    public.lines().find_map(|line| key_at(&words(line), 0))
}

/// Judges a key of ssh by the lines of the list. A line with `cert-authority` lists no key itself.
fn of_list(public: &str, signers: &Signers, seconds: i64) -> Standing {
    let Some(own) = key_of(public) else {
        return Standing::Unknown { why: "it is no public key of ssh".to_owned() };
    };
    let mut standing = Standing::Unlisted;
    for line in signers.ssh().lines().filter(|line| !line.trim_start().starts_with('#')) {
        // A line is `PRINCIPALS [OPTIONS] KEYTYPE KEY`.
        let words = words(line);
        let (options, key) = match (key_at(&words, 1), key_at(&words, 2)) {
            (Some(key), _) => (String::new(), key),
            (None, Some(key)) => {
                (words.get(1).map(|text| text.to_lowercase()).unwrap_or_default(), key)
            }
            (None, None) => continue,
        };
        let is_for_tags = option(&options, "namespaces").is_none_or(|names| {
            names.split(',').any(|name| name == Namespace::Git.name() || name == "*")
        });
        if key != own || options.contains("cert-authority") || !is_for_tags {
            continue;
        }
        let bound = |name: &str| Some((option(&options, name)?, moment(option(&options, name)?)?));
        let early = bound("valid-after").filter(|(_, from)| seconds < *from);
        let late = bound("valid-before").filter(|(_, until)| seconds > *until);
        let bound = early.map(|bound| ("from", bound)).or(late.map(|bound| ("until", bound)));
        let Some((word, (text, _))) = bound else {
            let principal = words.first().copied().unwrap_or_default().trim_matches('"');
            return Standing::Listed { principal: principal.to_owned() };
        };
        standing = Standing::OutOfTime { bound: format!("{word} {text}") };
    }
    standing
}

/// Returns the value of an option of a line, without its quotes.
fn option<'a>(options: &'a str, name: &str) -> Option<&'a str> {
    let rest = options.split_once(&format!("{name}="))?.1;
    match rest.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next(),
        None => rest.split([',', ' ']).next(),
    }
}

/// Reads `YYYYMMDD` or `YYYYMMDDHHMM[SS]`, with or without a `Z`, as seconds since 1970.
fn moment(text: &str) -> Option<i64> {
    let digits = text.trim_end_matches(['z', 'Z']);
    let part = |from: usize, to: usize| digits.get(from..to);
    let (hour, minute) = (part(8, 10).unwrap_or("00"), part(10, 12).unwrap_or("00"));
    let second = part(12, 14).unwrap_or("00");
    time::seconds(&format!(
        "{}-{}-{}T{hour}:{minute}:{second}Z",
        part(0, 4)?,
        part(4, 6)?,
        part(6, 8)?
    ))
}

/// Judges a key by what gpg lists in fields: of `sec` the second is the validity, of `fpr` the tenth
/// the fingerprint.
fn of_ring(printed: &str, key: &str, signers: &Signers) -> Result<Standing, SignFault> {
    let fields = |start: &str| {
        let line = printed.lines().find(|line| line.starts_with(start));
        line.map(|line| line.split(':').collect::<Vec<_>>())
    };
    let (Some(secret), Some(fingerprint)) = (fields("sec:"), fields("fpr:")) else {
        return Err(SignFault::NoKey { format: Format::Gpg, wanted: Some(key.to_owned()) });
    };
    if let Some(validity @ ("e" | "r")) = secret.get(1).copied() {
        return Err(SignFault::Expired { key: key.to_owned(), revoked: validity == "r" });
    }
    let principal = fingerprint.get(9).and_then(|digits| signers.gpg(digits));
    Ok(match principal {
        Some(principal) => Standing::Listed { principal: principal.to_owned() },
        None => Standing::Unlisted,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_counts_as_long_as_its_line_says() {
        let noon = 1_767_268_800; // 2026-01-01T12:00:00Z
        let listed = || Standing::Listed { principal: "ada@example.com".to_owned() };
        let out = |bound: &str| Standing::OutOfTime { bound: bound.to_owned() };
        let cases = [
            ("ada@example.com ssh-ed25519 AAAA", listed()),
            ("ada@example.com ssh-ed25519 AAAB", Standing::Unlisted),
            ("\"ada@example.com\" ssh-ed25519 AAAA", listed()),
            ("ssh-ed25519 AAAA", Standing::Unlisted),
            ("# ada@example.com ssh-ed25519 AAAA", Standing::Unlisted),
            ("ada@example.com namespaces=\"git,keelmark\" ssh-ed25519 AAAA", listed()),
            ("ada@example.com namespaces=\"file\" ssh-ed25519 AAAA", Standing::Unlisted),
            ("*@example.com cert-authority ssh-ed25519 AAAA", Standing::Unlisted),
            ("ada@example.com valid-before=\"20260101\" ssh-ed25519 AAAA", out("until 20260101")),
            ("ada@example.com valid-before=\"202601011200Z\" ssh-ed25519 AAAA", listed()),
            (
                "ada@example.com valid-after=\"20260101120001\" ssh-ed25519 AAAA",
                out("from 20260101120001"),
            ),
            (
                "ada@example.com valid-after=\"20250101\",valid-before=\"20270101\" ssh-ed25519 AAAA",
                listed(),
            ),
            (
                "ada@example.com valid-before=\"20250101\" ssh-ed25519 AAAA\nada@example.com ssh-ed25519 AAAA",
                listed(),
            ),
        ];
        for (list, expected) in cases {
            let signers = Signers::parse(list);
            assert_eq!(of_list("ssh-ed25519 AAAA ada", &signers, noon), expected, "{list}");
        }
        // Names that begin like a type of key are names.
        for name in ["ssh-bot@example.com", "sk-team", "ecdsa-", "\"ssh-bot of ada\""] {
            for options in ["", "namespaces=\"git\" "] {
                let signers = Signers::parse(&format!("{name} {options}ssh-ed25519 AAAA\n"));
                let standing = of_list("ssh-ed25519 AAAA ada", &signers, noon);
                let principal = name.trim_matches('"').to_owned();
                assert_eq!(standing, Standing::Listed { principal }, "{name}");
            }
        }
    }

    #[test]
    fn what_gpg_lists_is_judged() {
        let digits = "A49EE2CFA690C51098754CF8119F58E5A47FF923";
        let ring =
            |validity: &str| format!("sec:{validity}:255:22:X:1:::u:::\nfpr:::::::::{digits}:\n");
        let signers = Signers::parse(&format!("ada gpg:{digits}"));
        let judged = |text: &str, signers: &Signers| of_ring(text, "ada", signers);
        let listed = judged(&ring("u"), &signers).expect("a key");
        assert_eq!(listed, Standing::Listed { principal: "ada".to_owned() });
        let other = judged(&ring("u"), &Signers::default()).expect("a key");
        assert_eq!(other, Standing::Unlisted);
        assert!(matches!(
            judged(&ring("e"), &signers),
            Err(SignFault::Expired { revoked: false, .. })
        ));
        assert!(matches!(
            judged(&ring("r"), &signers),
            Err(SignFault::Expired { revoked: true, .. })
        ));
        assert!(matches!(judged("", &signers), Err(SignFault::NoKey { .. })));
    }
}
