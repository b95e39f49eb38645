//! Whose signatures count.

use std::collections::BTreeMap;

/// Principals and their keys: the text of an `allowed_signers` file of ssh, in which lines for keys
/// of gpg may stand as well.
///
/// A line of ssh is `PRINCIPALS [OPTIONS] KEYTYPE KEY`, see `ssh-keygen(1)`; times without a zone are
/// UTC. A line of gpg is `PRINCIPAL gpg:FINGERPRINT`, or `gpg:FINGERPRINT` alone, which is then the
/// principal too.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Signers {
    ssh: String,
    gpg: BTreeMap<String, String>,
}

/// A line of a list that lists no key and is no comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineFault {
    /// The line, from 0.
    pub line: usize,
    /// What is wrong with it.
    pub why: &'static str,
}

impl Signers {
    /// Reads the list for its keys: each line that lists one, without comments and with one space
    /// between words, and each that no program reads.
    #[must_use]
    pub fn lines(text: &str) -> (Vec<String>, Vec<LineFault>) {
        let mut keys = Vec::new();
        let mut faults = Vec::new();
        for (line, text) in text.lines().enumerate() {
            match key(text) {
                Ok(None) => {}
                Ok(Some(key)) => keys.push(key),
                Err(why) => faults.push(LineFault { line, why }),
            }
        }
        (keys, faults)
    }

    /// Reads the list. Lines that nobody understands list no key.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut signers = Self::default();
        for line in text.lines() {
            if key(line) == Err(STRANGE) {
                continue;
            }
            let words: Vec<&str> = line.split_whitespace().collect();
            let gpg = match words.as_slice() {
                [principal] => fingerprint(principal).map(|key| (*principal, key)),
                [principal, key] if !principal.starts_with('#') => {
                    fingerprint(key).map(|key| (*principal, key))
                }
                _ => None,
            };
            if let Some((principal, key)) = gpg {
                signers.gpg.entry(key).or_insert_with(|| principal.to_owned());
            } else {
                signers.ssh.push_str(line);
                signers.ssh.push('\n');
            }
        }
        signers
    }

    /// Returns the lines that `ssh-keygen` reads.
    pub(super) fn ssh(&self) -> &str {
        &self.ssh
    }

    /// Returns the principal of a key by its fingerprint.
    pub(super) fn gpg(&self, fingerprint: &str) -> Option<&str> {
        self.gpg.get(&fingerprint.to_uppercase()).map(String::as_str)
    }
}

/// Reads `gpg:FINGERPRINT`; a fingerprint has 40 or more hexadecimal digits. Shorter names of keys
/// can be forged.
fn fingerprint(word: &str) -> Option<String> {
    let digits = word.strip_prefix("gpg:")?;
    let whole = digits.len() >= 40 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    whole.then(|| digits.to_uppercase())
}

/// Reads a line: `None` for a comment, else the key with those whom it is listed for.
///
/// Only spaces, tabs and line ends part words, as `ssh-keygen` has it: another blank belongs to a name
/// there, and what looks like a comment here would list a key.
fn key(line: &str) -> Result<Option<String>, &'static str> {
    let line = line.trim_matches(BLANKS);
    if line.contains(|c: char| !BLANKS.contains(&c) && (c.is_whitespace() || c.is_control())) {
        return Err(STRANGE);
    }
    if line.is_empty() || line.starts_with('#') {
        return Ok(None);
    }
    if line.starts_with("gpg:") {
        let one = line.split_whitespace().count() == 1 && fingerprint(line).is_some();
        return if one { Ok(Some(line.to_owned())) } else { Err(GPG) };
    }
    let (principals, rest) = word(line).ok_or(UNCLOSED)?;
    let (first, behind) = word(rest).ok_or(UNCLOSED)?;
    if first.starts_with("gpg:") {
        let whole = behind.is_empty() && fingerprint(first).is_some();
        return if whole { Ok(Some(format!("{principals} {first}"))) } else { Err(GPG) };
    }
    let (options, kind, behind) = if is_key_type(first) {
        ("", first, behind)
    } else {
        check_options(first)?;
        let (kind, behind) = word(behind).ok_or(UNCLOSED)?;
        (first, kind, behind)
    };
    let blob = behind.split_whitespace().next().unwrap_or_default();
    if !is_key_type(kind) || !holds(blob, kind) {
        return Err(SSH);
    }
    let words: Vec<&str> =
        [principals, options, kind, blob].into_iter().filter(|word| !word.is_empty()).collect();
    Ok(Some(words.join(" ")))
}

/// What parts words.
pub(super) const BLANKS: [char; 3] = [' ', '\t', '\r'];

const STRANGE: &str =
    "spaces and tabs alone part words; another blank or control character is in it";
const UNCLOSED: &str = "a quote is not closed";
const GPG: &str =
    "a key of gpg is `PRINCIPAL gpg:FINGERPRINT`, with all of its 40 or more hexadecimal digits";
const SSH: &str = "a key of ssh is `PRINCIPALS [OPTIONS] KEYTYPE KEY`, as in a file `.pub`";
const OPTION: &str = "options are `cert-authority`, `namespaces=\"…\"`, `valid-after=\"…\"` and `valid-before=\"…\"`";
const TIME: &str = "a time is `YYYYMMDD`, `YYYYMMDDHHMM` or `YYYYMMDDHHMMSS`, with `Z` for UTC";

/// Cuts off the first word; spaces between quotes belong to it. `None` where a quote is not closed.
pub(super) fn word(text: &str) -> Option<(&str, &str)> {
    let mut quoted = false;
    for (at, c) in text.char_indices() {
        match c {
            '"' => quoted = !quoted,
            c if BLANKS.contains(&c) && !quoted => {
                let (first, rest) = text.split_at(at);
                return Some((first, rest.trim_start_matches(BLANKS)));
            }
            _ => {}
        }
    }
    (!quoted).then_some((text, ""))
}

pub(super) fn is_key_type(word: &str) -> bool {
    let known = ["ssh-", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-sha2-"];
    known.iter().any(|start| word.starts_with(start)) && !word.contains(['=', '"', ','])
}

fn check_options(text: &str) -> Result<(), &'static str> {
    let mut rest = text;
    while !rest.is_empty() {
        let (name, behind) = rest.split_at(rest.find(['=', ',']).unwrap_or(rest.len()));
        let (value, behind) = match behind.strip_prefix("=\"") {
            Some(value) => {
                value.split_once('"').map(|(value, rest)| (Some(value), rest)).ok_or(OPTION)?
            }
            None => (None, behind),
        };
        match (name.to_ascii_lowercase().as_str(), value) {
            ("cert-authority", None) => {}
            ("namespaces", Some(names)) if !names.is_empty() => {}
            ("valid-after" | "valid-before", Some(time)) => {
                let digits = time.strip_suffix('Z').unwrap_or(time);
                let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
                if !plain || ![8, 12, 14].contains(&digits.len()) {
                    return Err(TIME);
                }
            }
            // Whoever forgot the key type wrote no option either.
            _ => return Err(if text.contains('=') { OPTION } else { SSH }),
        }
        rest = match behind.strip_prefix(',') {
            Some(next) if !next.is_empty() => next,
            None if behind.is_empty() => behind,
            _ => return Err(OPTION),
        };
    }
    Ok(())
}

/// Says whether a key in Base64 is of the type that stands before it: it begins with that name.
fn holds(blob: &str, kind: &str) -> bool {
    let length = u32::try_from(kind.len()).unwrap_or(u32::MAX);
    let mut head = length.to_be_bytes().to_vec();
    head.extend(kind.as_bytes());
    let digits = blob.trim_end_matches('=');
    let value = |byte: u8| match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    };
    let Some(values) = digits.bytes().map(value).collect::<Option<Vec<u8>>>() else { return false };
    let mut bytes = Vec::with_capacity(values.len());
    let (mut bits, mut count) = (0_u32, 0_u32);
    for value in values {
        bits = ((bits << 6) | u32::from(value)) & 0xFFFF;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from((bits >> count) & 0xFF).unwrap_or_default());
        }
    }
    bytes.len() > head.len() && bytes.starts_with(&head)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHF3Bmk2rtsVhcd7Q5p0dqEzQf3l7mGxKzV2d0o7b1Xy";

    #[test]
    fn lines_that_no_program_reads_are_named() {
        let gpg = "a".repeat(40);
        for (line, expected) in [
            ("", None),
            ("  # ada", None),
            ("ada KEY", None),
            ("ada,bob KEY and a comment", None),
            ("\"ada b\" KEY", None),
            ("ada namespaces=\"git,keelmark\" KEY", None),
            (
                "ada cert-authority,valid-after=\"20260101\",valid-before=\"202701011200Z\" KEY",
                None,
            ),
            ("ada Valid-Before=\"20270101\" KEY", None),
            ("ada gpg:GPG", None),
            ("gpg:GPG", None),
            ("ada", Some(SSH)),
            ("KEY", Some(SSH)),
            ("ada ssh-ed25519", Some(SSH)),
            ("ada ssh-ed25519 AAAA", Some(SSH)),
            (
                "ada ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIHF3Bmk2rtsVhcd7Q5p0dqEzQf3l7mGxKzV2d0o7b1Xy",
                Some(SSH),
            ),
            ("ada ssh-ed25519 !!!", Some(SSH)),
            ("ada KEYS", Some(SSH)),
            ("ada valid-before=\"tomorrow\" KEY", Some(TIME)),
            ("ada valid-before=\"2027\" KEY", Some(TIME)),
            ("ada valid-before=20270101 KEY", Some(OPTION)),
            ("ada no-touch=\"1\" KEY", Some(OPTION)),
            ("ada namespaces=\"git KEY", Some(UNCLOSED)),
            ("ada gpg:0123", Some(GPG)),
            ("gpg:0123", Some(GPG)),
            ("ada gpg:GPG more", Some(GPG)),
            // To `ssh-keygen` this is a line for somebody called `\u{a0}#`.
            ("\u{a0}# KEY", Some(STRANGE)),
            ("ada\u{a0}KEY KEY", Some(STRANGE)),
            ("ada\u{b}KEY", Some(STRANGE)),
            ("<<<<<<< ours", Some(SSH)),
            ("{\"keys\": []}", Some(SSH)),
        ] {
            let text =
                line.replace("KEYS", "ssh-ed25519 KEYS").replace("KEY", KEY).replace("GPG", &gpg);
            let (_, faults) = Signers::lines(&text);
            let why = faults.first().map(|fault| fault.why);
            assert_eq!(why, expected, "{text}");
        }
    }

    #[test]
    fn keys_are_told_apart_by_all_but_their_comments() {
        let text = format!("# people\n ada   {KEY} home\n\ngarbage\nada {KEY} work\r\n");
        let (keys, faults) = Signers::lines(&text);
        assert_eq!(keys, [format!("ada {KEY}"), format!("ada {KEY}")]);
        assert_eq!(faults, [LineFault { line: 3, why: SSH }]);
    }

    #[test]
    fn lines_of_gpg_are_taken_out_of_those_of_ssh() {
        let key = "0123456789abcdef0123456789ABCDEF01234567";
        let other = "f".repeat(40);
        let text = format!(
            "# people\nada@example.com ssh-ed25519 AAAA\n ada@example.com  gpg:{key}\n\
             gpg:{other}\n# no@example.com gpg:{}\nshort@example.com gpg:01234567\n",
            "a".repeat(40)
        );
        let signers = Signers::parse(&text);
        assert_eq!(signers.gpg(&key.to_lowercase()), Some("ada@example.com"));
        assert_eq!(signers.gpg(&other), Some(&*format!("gpg:{other}")));
        assert_eq!(signers.gpg(&"a".repeat(40)), None, "a comment");
        let strange = format!("\u{a0}# {KEY}\nada\u{a0}x {KEY}\n");
        assert_eq!(Signers::parse(&strange).ssh(), "", "what is faulted lists nobody");
        assert_eq!(signers.gpg("01234567"), None, "too short to be sure of");
        assert!(signers.ssh().contains("ada@example.com ssh-ed25519 AAAA\n"));
        assert!(!signers.ssh().contains(key) && !signers.ssh().contains(&other));
    }

    #[test]
    fn the_first_line_for_a_key_counts() {
        let key = "a".repeat(40);
        let signers = Signers::parse(&format!("ada gpg:{key}\neve gpg:{key}\n"));
        assert_eq!(signers.gpg(&key), Some("ada"));
    }
}
