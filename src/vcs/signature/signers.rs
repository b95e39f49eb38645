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

impl Signers {
    /// Reads the list. Lines that nobody understands list no key.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut signers = Self::default();
        for line in text.lines() {
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

#[cfg(test)]
mod tests {
    use super::*;

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
