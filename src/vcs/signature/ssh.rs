//! Signatures of `ssh-keygen`.

use std::ffi::OsString;
use std::path::Path;

use tempfile::TempDir;

use super::settings::Key;
use super::{
    Format, Namespace, SignFault, Signer, Signers, Verified, private_file, private_file_in,
};
use crate::time;
use crate::vcs::command::{Git, Said};

/// Times that `ssh-keygen` can be told: it takes 0 for a mistake, and years have four digits.
const SECONDS: (i64, i64) = (1, 253_402_300_799);

/// Signs as git calls `ssh-keygen`: other programs that stand in for it know no other way.
pub(super) fn sign(
    git: &Git,
    signer: &Signer,
    bytes: &[u8],
    namespace: Namespace,
) -> Result<String, SignFault> {
    let program = signer.program.as_str();
    // The signature is written beside what is signed.
    let folder = TempDir::with_prefix("keelmark-");
    let folder = folder.map_err(|source| SignFault::Scratch { source })?;
    let buffer = private_file_in(folder.path(), bytes)?;
    let mut words: Vec<OsString> =
        ["-Y", "sign", "-n", namespace.name(), "-f"].map(OsString::from).into();
    // The file has to be there until the program ends.
    let written_out = match &signer.key {
        Key::Text(key) => Some(private_file(format!("{key}\n").as_bytes())?),
        Key::File(path) => {
            words.push(path.into());
            None
        }
    };
    if let Some(file) = &written_out {
        words.push(file.path().into());
        // The agent has the private half.
        words.push("-U".into());
    }
    words.push(buffer.path().into());
    let said = git.tool(program, &words, None);
    let said = said.map_err(|error| SignFault::not_started(program, Format::Ssh, &error))?;
    if !said.status.success() {
        return Err(why(signer, &said));
    }
    let mut made = buffer.path().as_os_str().to_owned();
    made.push(".sig");
    let signature = std::fs::read_to_string(made).map_err(|error| SignFault::Failed {
        program: program.to_owned(),
        cause: format!("it wrote no signature: {error}"),
    })?;
    if Format::of(&signature) != Some(Format::Ssh) {
        let cause = "it wrote something else than a signature".to_owned();
        return Err(SignFault::Failed { program: program.to_owned(), cause });
    }
    Ok(signature)
}

fn why(signer: &Signer, said: &Said) -> SignFault {
    let program = signer.program.clone();
    let cause = said.complaint();
    let has = |words: &[&str]| words.iter().any(|word| cause.contains(word));
    if has(&["passphrase", "Couldn't get agent socket", "agent refused operation"]) {
        return SignFault::Locked { program, format: Format::Ssh, cause };
    }
    if has(&["No private key found", "agent contains no identities", "not found in agent"]) {
        return SignFault::NoKey { format: Format::Ssh, wanted: Some(signer.key()) };
    }
    SignFault::Failed { program, cause }
}

/// How a signature is checked.
pub(super) struct Check<'a> {
    pub(super) git: &'a Git,
    pub(super) program: &'a str,
    pub(super) namespace: Namespace,
}

impl Check<'_> {
    pub(super) fn verify(
        &self,
        signature: &str,
        bytes: &[u8],
        signers: &Signers,
        seconds: i64,
    ) -> Result<Verified, SignFault> {
        let signature = private_file(signature.as_bytes())?;
        let signature = signature.path();
        let list = private_file(signers.ssh().as_bytes())?;
        let list = list.path();
        let time = verify_time(seconds);
        let listed = self.ask("find-principals", signature, bytes, |words| {
            words.extend(["-f".into(), list.into(), OsString::from(&time)]);
        })?;
        let principals = String::from_utf8_lossy(&listed.stdout);
        let mut refused = String::new();
        if listed.status.success() {
            for principal in principals.lines().filter(|line| !line.is_empty()) {
                let said = self.ask("verify", signature, bytes, |words| {
                    words.extend(["-n".into(), self.namespace.name().into()]);
                    words.extend(["-f".into(), list.into(), OsString::from(&time)]);
                    words.extend(["-I".into(), principal.into()]);
                })?;
                if said.status.success() {
                    let principal = principal.to_owned();
                    let fingerprint = fingerprint(&said);
                    return Ok(Verified::Good { principal, fingerprint, format: Format::Ssh });
                }
                refused = said.complaint();
            }
        }
        // Whether it fits at all can be said without a list.
        let said = self.ask("check-novalidate", signature, bytes, |words| {
            words.extend(["-n".into(), self.namespace.name().into()]);
        })?;
        if !said.status.success() {
            return Ok(Verified::Bad { why: reason(&said.complaint()) });
        }
        if !refused.is_empty() {
            return Ok(Verified::Bad { why: reason(&refused) });
        }
        let fingerprint = fingerprint(&said);
        let words = listed.complaint();
        let known = words.contains("key has expired") || words.contains("key is not yet valid");
        Ok(if known {
            Verified::Expired { fingerprint }
        } else {
            Verified::UnknownKey { fingerprint }
        })
    }

    fn ask(
        &self,
        what: &str,
        signature: &Path,
        bytes: &[u8],
        more: impl FnOnce(&mut Vec<OsString>),
    ) -> Result<Said, SignFault> {
        let mut words: Vec<OsString> = vec!["-Y".into(), what.into(), "-s".into()];
        words.push(signature.into());
        more(&mut words);
        let said = self.git.tool(self.program, &words, Some(bytes));
        said.map_err(|error| SignFault::not_started(self.program, Format::Ssh, &error))
    }
}

/// Writes the time as `ssh-keygen` takes it; the program is told that the zone is UTC.
fn verify_time(seconds: i64) -> String {
    let moment = time::moment(seconds.clamp(SECONDS.0, SECONDS.1));
    let digits: String = moment.chars().filter(char::is_ascii_digit).collect();
    format!("-Overify-time={digits}")
}

fn fingerprint(said: &Said) -> String {
    let printed = String::from_utf8_lossy(&said.stdout);
    let found = printed.split_whitespace().find(|word| word.starts_with("SHA256:"));
    found.unwrap_or("unknown").to_owned()
}

/// Takes the first line, without the name of a temporary file before it.
fn reason(complaint: &str) -> String {
    let line = complaint.lines().next().unwrap_or_default().trim();
    match line.split_once(": ") {
        Some((place, why)) if place.starts_with('/') => why.to_owned(),
        _ => line.to_owned(),
    }
}
