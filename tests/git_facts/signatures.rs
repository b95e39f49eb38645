//! Signatures, made and checked with real keys by the real programs.
//!
//! Keys are made in folders of their own. The key ring is named by a program in gpg's place, since
//! the environment belongs to the whole process.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use keelmark::vcs::write::{NewTag, Old, RefUpdate};
use keelmark::vcs::{
    Format, Namespace, Repository, SignFault, SignWish, Signer, Signers, VcsError, Verified,
    split_signature,
};
use tempfile::TempDir;

use crate::objects::ada;
use crate::support::{TestRepo, object_name};

const NOW: i64 = 1_800_000_000;

/// Runs a program and insists on success.
fn run(command: &mut Command) -> String {
    let output = command.output().expect("a program");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {said}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// Writes a program. Another process does it: while this one has the file open for writing, a test
/// beside it may start a child that has it open too, and then nobody may run it.
fn program(path: &Path, text: &str) {
    use std::io::Write as _;
    let mut shell = Command::new("sh");
    shell.args(["-c", "cat > \"$1\" && chmod +x \"$1\"", "sh"]).arg(path).stdin(Stdio::piped());
    let mut child = shell.spawn().expect("sh");
    child.stdin.take().expect("a pipe").write_all(text.as_bytes()).expect("written");
    assert!(child.wait().expect("sh").success());
}

/// Makes a key of ssh and returns its private file and its public line.
fn ssh_key(folder: &Path, name: &str, passphrase: &str) -> (PathBuf, String) {
    let path = folder.join(name);
    let words = ["-q", "-t", "ed25519", "-C", name, "-N", passphrase, "-f"];
    run(Command::new("ssh-keygen").args(words).arg(&path));
    let public = std::fs::read_to_string(path.with_extension("pub")).expect("a key");
    (path, public.trim().to_owned())
}

/// A key ring of gpg. Its path is short: an agent's socket lies in it.
struct KeyRing {
    folder: TempDir,
}

impl KeyRing {
    fn new() -> Self {
        Self { folder: TempDir::with_prefix_in("k", "/tmp").expect("a folder") }
    }

    fn gpg(&self) -> Command {
        let mut command = Command::new("gpg");
        command.args(["--batch", "--quiet", "--homedir"]).arg(self.folder.path());
        command
    }

    /// Makes a key without a passphrase and returns its fingerprint.
    fn key(&self, name: &str, more: &[&str]) -> String {
        let email = format!("{name}@example.com");
        let wish = format!(
            "%no-protection\nKey-Type: eddsa\nKey-Curve: ed25519\nName-Real: {name}\n\
             Name-Email: {email}\n{}\n%commit\n",
            if more.is_empty() { "Expire-Date: 0" } else { "Expire-Date: seconds=60" },
        );
        let file = self.folder.path().join("wish");
        std::fs::write(&file, wish).expect("a file");
        run(self.gpg().args(more).arg("--generate-key").arg(&file));
        let listed = run(self.gpg().args(["--with-colons", "--list-keys"]).arg(&email));
        let line = listed.lines().find(|line| line.starts_with("fpr:")).expect("a fingerprint");
        line.split(':').nth(9).expect("a fingerprint").to_owned()
    }

    /// Makes a repository sign with this key ring.
    fn serve(&self, repo: &TestRepo) {
        let path = repo.beside("gpg");
        let folder = self.folder.path().display();
        program(&path, &format!("#!/bin/sh\nexec gpg --homedir '{folder}' \"$@\"\n"));
        repo.run(&["config", "gpg.program", path.to_str().expect("UTF-8")]);
    }
}

impl Drop for KeyRing {
    fn drop(&mut self) {
        let mut end = Command::new("gpgconf");
        end.arg("--homedir").arg(self.folder.path()).args(["--kill", "all"]);
        // The agent ends by itself when its folder goes; this is only quicker.
        drop(end.output());
    }
}

fn repository(format: &str) -> TestRepo {
    let repo = TestRepo::init_with(&[&format!("--object-format={format}")]);
    repo.run(&["config", "user.name", "Ada"]);
    repo.run(&["config", "user.email", "ada@example.com"]);
    repo.commit_file("a", "1");
    repo
}

/// Makes a repository sign with a key of ssh, and git check with a list that has it.
fn sign_with_ssh(repo: &TestRepo, key: &Path, public: &str) -> Signers {
    let list = repo.beside("allowed_signers");
    let text = format!("ada@example.com {public}\n");
    std::fs::write(&list, &text).expect("a file");
    repo.run(&["config", "gpg.format", "ssh"]);
    repo.run(&["config", "user.signingKey", key.to_str().expect("UTF-8")]);
    repo.run(&["config", "gpg.ssh.allowedSignersFile", list.to_str().expect("UTF-8")]);
    Signers::parse(&text)
}

fn signer(open: &Repository) -> Signer {
    open.signer(SignWish::Always).expect("a key").expect("a signer")
}

fn sign(open: &Repository, bytes: &[u8]) -> Result<String, SignFault> {
    open.sign(&signer(open), bytes, Namespace::Git)
}

/// Makes a signed tag and has git and Keelmark check it.
fn tag_is_accepted(repo: &TestRepo, signers: &Signers, principal: &str, format: Format) {
    let open = repo.open();
    let who = ada();
    let message = "a release\n\nKeelmark-Format: 1\n";
    let object = repo.name("HEAD");
    let tag = NewTag { object, name: "release/x@1.0.0", message, tagger: &who, seconds: NOW };
    let bytes = open.tag_bytes(&tag).expect("bytes");
    let signature = sign(&open, &bytes).expect("a signature");
    assert!(signature.ends_with('\n'));
    assert_eq!(Format::of(&signature), Some(format));
    let written = open.write_tag(&tag, Some(&signature)).expect("a tag");
    let name = "refs/tags/release/x@1.0.0".to_owned();
    let update = RefUpdate { name: name.clone(), new: Some(written), old: Old::Missing };
    open.update_refs(&[update], "a test").expect("moved");

    repo.run(&["verify-tag", "release/x@1.0.0"]);
    repo.run(&["fsck", "--strict"]);
    let trailer = "--format=%(contents:trailers:key=Keelmark-Format,valueonly)";
    assert_eq!(repo.run(&["for-each-ref", trailer, &name]).trim(), "1");

    let found = open.read_tag(written).expect("readable").expect("a tag");
    assert_eq!(found.payload, bytes);
    assert_eq!(found.message, message);
    let check = |bytes: &[u8], signers: &Signers| {
        let signature = found.signature.as_deref().expect("a signature");
        open.verify_signature(signature, bytes, Namespace::Git, signers, NOW).expect("checked")
    };
    match check(&bytes, signers) {
        Verified::Good { principal: p, format: f, fingerprint } => {
            assert_eq!((p.as_str(), f), (principal, format));
            assert!(!fingerprint.is_empty());
        }
        other => panic!("{other:?}"),
    }
    let tampered = String::from_utf8(bytes.clone()).expect("UTF-8").replace("1.0.0", "9.0.0");
    assert!(matches!(check(tampered.as_bytes(), signers), Verified::Bad { .. }), "tampered");
    let nobody = Signers::parse("# nobody\n");
    assert!(matches!(check(&bytes, &nobody), Verified::UnknownKey { .. }), "not listed");
}

#[test]
fn git_accepts_a_tag_signed_with_ssh() {
    for format in ["sha1", "sha256"] {
        let repo = repository(format);
        let (key, public) = ssh_key(&repo.beside(""), "id", "");
        let signers = sign_with_ssh(&repo, &key, &public);
        tag_is_accepted(&repo, &signers, "ada@example.com", Format::Ssh);
    }
}

#[test]
fn git_accepts_a_tag_signed_with_gpg() {
    let ring = KeyRing::new();
    let fingerprint = ring.key("ada", &[]);
    for format in ["sha1", "sha256"] {
        let repo = repository(format);
        ring.serve(&repo);
        let signers = Signers::parse(&format!("ada@example.com gpg:{fingerprint}\n"));
        // Without `user.signingKey` gpg looks for who commits.
        repo.run(&["config", "user.name", "ada"]);
        tag_is_accepted(&repo, &signers, "ada@example.com", Format::Gpg);
        repo.run(&["config", "user.signingKey", &fingerprint]);
        let alone = Signers::parse(&format!("gpg:{fingerprint}\n"));
        repo.run(&["tag", "-d", "release/x@1.0.0"]);
        tag_is_accepted(&repo, &alone, &format!("gpg:{fingerprint}"), Format::Gpg);
    }
}

#[test]
fn tags_that_git_signed_are_read_and_checked() {
    let ring = KeyRing::new();
    let fingerprint = ring.key("ada", &[]);
    for format in ["sha1", "sha256"] {
        let repo = repository(format);
        let (key, public) = ssh_key(&repo.beside(""), "id", "");
        let ssh = sign_with_ssh(&repo, &key, &public);
        repo.run(&["tag", "-s", "-m", "by ssh\n\nbody", "one"]);
        repo.run(&["config", "gpg.format", "openpgp"]);
        repo.run(&["config", "user.signingKey", &fingerprint]);
        ring.serve(&repo);
        repo.run(&["tag", "-s", "-m", "by gpg", "two"]);
        let open = repo.open();
        let gpg = Signers::parse(&format!("ada gpg:{fingerprint}"));
        for (name, signers, message) in
            [("one", &ssh, "by ssh\n\nbody\n"), ("two", &gpg, "by gpg\n")]
        {
            let tag = open.read_tag(repo.name(name)).expect("readable").expect("a tag");
            assert_eq!(tag.message, message);
            let raw = repo.run_bytes(&["cat-file", "tag", name]);
            let (signed, signature) = split_signature(&raw);
            assert_eq!(signed, tag.payload);
            let signature = std::str::from_utf8(signature.expect("a signature")).expect("UTF-8");
            assert_eq!(tag.signature.as_deref(), Some(signature));
            let checked = open.verify_signature(
                signature,
                &tag.payload,
                Namespace::Git,
                signers,
                tag.seconds,
            );
            assert!(matches!(checked, Ok(Verified::Good { .. })), "{format} {name}: {checked:?}");
        }
    }
}

#[test]
fn an_ssh_signature_is_good_for_one_purpose_only() {
    let repo = repository("sha1");
    let (key, public) = ssh_key(&repo.beside(""), "id", "");
    let signers = sign_with_ssh(&repo, &key, &public);
    let open = repo.open();
    let bytes = b"{\"a\":1}";
    let record = open.sign(&signer(&open), bytes, Namespace::Keelmark).expect("a signature");
    let check = |namespace, signers: &Signers| {
        open.verify_signature(&record, bytes, namespace, signers, NOW).expect("checked")
    };
    assert!(matches!(check(Namespace::Keelmark, &signers), Verified::Good { .. }));
    assert!(matches!(check(Namespace::Git, &signers), Verified::Bad { .. }));
    let restricted = Signers::parse(&format!("ada namespaces=\"git\" {public}"));
    match check(Namespace::Keelmark, &restricted) {
        Verified::Bad { why } => assert!(why.contains("not permitted"), "{why}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_key_of_ssh_counts_while_the_list_says_so() {
    let repo = repository("sha1");
    let (key, public) = ssh_key(&repo.beside(""), "id", "");
    let (_, other) = ssh_key(&repo.beside(""), "other", "");
    sign_with_ssh(&repo, &key, &public);
    let open = repo.open();
    let signature = sign(&open, b"x").expect("a signature");
    let check = |list: &str, seconds: i64| {
        let signers = Signers::parse(list);
        open.verify_signature(&signature, b"x", Namespace::Git, &signers, seconds).expect("checked")
    };
    // 2020-01-01T00:00:00Z; times without a zone are UTC wherever this runs.
    let end = 1_577_836_800;
    let until = format!("ada valid-before=\"20200101\" {public}\n");
    let since = format!("ada valid-after=\"20200101\" {public}\n");
    assert!(matches!(check(&until, end - 60), Verified::Good { .. }));
    assert!(matches!(check(&until, end + 60), Verified::Expired { .. }));
    assert!(matches!(check(&since, end - 60), Verified::Expired { .. }));
    assert!(matches!(check(&since, end + 60), Verified::Good { .. }));
    assert!(matches!(check(&format!("{until}{since}"), end + 60), Verified::Good { .. }));
    let others = format!("eve valid-before=\"20200101\" {other}\n");
    match check(&others, end + 60) {
        Verified::UnknownKey { fingerprint } => assert!(fingerprint.starts_with("SHA256:")),
        found => panic!("{found:?}"),
    }
    for far in [i64::MIN, -1, i64::MAX] {
        assert!(matches!(check(&format!("ada {public}"), far), Verified::Good { .. }), "{far}");
    }
}

#[test]
fn what_is_no_signature_is_bad() {
    let repo = repository("sha1");
    let (key, public) = ssh_key(&repo.beside(""), "id", "");
    let signers = sign_with_ssh(&repo, &key, &public);
    let ring = KeyRing::new();
    ring.serve(&repo);
    let open = repo.open();
    let good = sign(&open, b"x").expect("a signature");
    let cut = good.lines().take(3).collect::<Vec<_>>().join("\n");
    for text in [
        "",
        "hello",
        "-----BEGIN SIGNED MESSAGE-----\nx\n",
        "-----BEGIN SSH SIGNATURE-----\nnot base64\n-----END SSH SIGNATURE-----\n",
        "-----BEGIN PGP SIGNATURE-----\n\nxxxx\n-----END PGP SIGNATURE-----\n",
        &cut,
    ] {
        let found = open.verify_signature(text, b"x", Namespace::Git, &signers, NOW);
        match found.expect("checked") {
            Verified::Bad { why } => assert!(!why.is_empty(), "{text:?}"),
            other => panic!("{text:?}: {other:?}"),
        }
    }
}

#[test]
fn two_signatures_of_gpg_are_not_one() {
    let ring = KeyRing::new();
    let (ada, eve) = (ring.key("ada", &[]), ring.key("eve", &[]));
    let repo = repository("sha1");
    ring.serve(&repo);
    let open = repo.open();
    let file = repo.beside("signed");
    std::fs::write(&file, "x").expect("a file");
    let mut both = ring.gpg();
    both.args(["-bsa", "-u", &ada, "-u", &eve, "-o", "-"]).arg(&file);
    let both = run(&mut both);
    let signers = Signers::parse(&format!("ada gpg:{ada}\n"));
    let found = open.verify_signature(&both, b"x", Namespace::Git, &signers, NOW);
    assert!(matches!(found, Ok(Verified::Bad { .. })), "{found:?}");
}

#[test]
fn an_expired_key_of_gpg_does_not_sign_and_what_it_signed_stays_good() {
    let ring = KeyRing::new();
    // A key that was good for a minute of 2024.
    let then = ["--faked-system-time", "20240101T000000"];
    let fingerprint = ring.key("old", &then);
    let repo = repository("sha1");
    ring.serve(&repo);
    repo.run(&["config", "user.signingKey", &fingerprint]);
    let open = repo.open();
    let fault = sign(&open, b"x").expect_err("the key has expired");
    assert!(matches!(&fault, SignFault::Expired { revoked: false, .. }), "{fault:?}");
    assert!(fault.hint().expect("a hint").contains("expire"), "{fault:?}");

    let file = repo.beside("signed");
    std::fs::write(&file, "x").expect("a file");
    let mut past = ring.gpg();
    past.args(["--faked-system-time", "20240101T000010", "-bsa", "-u", &fingerprint, "-o", "-"]);
    let signature = run(past.arg(&file));
    let signers = Signers::parse(&format!("old gpg:{fingerprint}\n"));
    let start = 1_704_067_200;
    let check = |seconds| {
        open.verify_signature(&signature, b"x", Namespace::Git, &signers, seconds).expect("checked")
    };
    assert!(matches!(check(start + 10), Verified::Good { .. }));
    assert!(matches!(check(start + 61), Verified::Expired { .. }));
    assert!(matches!(check(NOW), Verified::Expired { .. }));
}

#[test]
fn a_revoked_key_of_gpg_neither_signs_nor_vouches() {
    let ring = KeyRing::new();
    let fingerprint = ring.key("ada", &[]);
    let repo = repository("sha1");
    ring.serve(&repo);
    repo.run(&["config", "user.signingKey", &fingerprint]);
    let open = repo.open();
    let signature = sign(&open, b"x").expect("a signature");
    // gpg keeps a revocation at hand, with a colon before it so that nobody imports it unawares.
    let kept = ring.folder.path().join("openpgp-revocs.d").join(format!("{fingerprint}.rev"));
    let text = std::fs::read_to_string(kept).expect("a revocation");
    let file = repo.beside("revocation");
    std::fs::write(&file, text.replace(":-----BEGIN", "-----BEGIN")).expect("a file");
    run(ring.gpg().arg("--import").arg(&file));
    let signers = Signers::parse(&format!("ada gpg:{fingerprint}\n"));
    let found = open.verify_signature(&signature, b"x", Namespace::Git, &signers, NOW);
    match found.expect("checked") {
        Verified::Revoked { fingerprint: found } => assert_eq!(found, fingerprint),
        other => panic!("{other:?}"),
    }
    let fault = sign(&open, b"x").expect_err("revoked");
    assert!(matches!(&fault, SignFault::Expired { revoked: true, .. }), "{fault:?}");
}

#[test]
fn a_key_that_gpg_does_not_have_is_unknown() {
    let ring = KeyRing::new();
    let fingerprint = ring.key("ada", &[]);
    let repo = repository("sha1");
    ring.serve(&repo);
    repo.run(&["config", "user.signingKey", &fingerprint]);
    let signature = sign(&repo.open(), b"x").expect("a signature");
    let empty = KeyRing::new();
    let elsewhere = repository("sha1");
    empty.serve(&elsewhere);
    let signers = Signers::parse(&format!("ada gpg:{fingerprint}\n"));
    let found = elsewhere.open().verify_signature(&signature, b"x", Namespace::Git, &signers, NOW);
    match found.expect("checked") {
        Verified::UnknownKey { fingerprint: found } => assert_eq!(found, fingerprint),
        other => panic!("{other:?}"),
    }
}

#[test]
fn without_a_key_there_is_a_hint() {
    let ring = KeyRing::new();
    let repo = repository("sha1");
    ring.serve(&repo);
    let set = |key: &str, value: &str| {
        repo.run(&["config", key, value]);
    };
    let fault = |open: Repository| match open.signer(SignWish::Always) {
        Ok(Some(signer)) => open.sign(&signer, b"x", Namespace::Git).expect_err("no key"),
        Ok(None) => panic!("something shall be signed"),
        Err(fault) => fault,
    };
    let none = fault(repo.open());
    assert!(matches!(none, SignFault::NoKey { format: Format::Gpg, .. }), "{none:?}");
    set("user.signingKey", "nobody@example.com");
    let none = fault(repo.open());
    assert!(none.to_string().contains("nobody@example.com"), "{none}");
    assert!(none.hint().is_some());

    set("gpg.format", "ssh");
    let missing = fault(repo.open());
    assert!(matches!(missing, SignFault::KeyFile { .. }), "{missing:?}");
    repo.run(&["config", "--unset", "user.signingKey"]);
    let none = fault(repo.open());
    assert!(matches!(none, SignFault::NoKey { format: Format::Ssh, .. }), "{none:?}");
    let (key, public) = ssh_key(&repo.beside(""), "id", "");
    let lonely = repo.beside("lonely.pub");
    std::fs::write(&lonely, format!("{public}\n")).expect("a file");
    set("user.signingKey", lonely.to_str().expect("UTF-8"));
    let none = fault(repo.open());
    assert!(matches!(none, SignFault::NoKey { .. } | SignFault::Locked { .. }), "{none:?}");

    set("user.signingKey", key.to_str().expect("UTF-8"));
    set("gpg.ssh.program", "no-such-program");
    let missing = fault(repo.open());
    assert!(matches!(missing, SignFault::NoProgram { setting: "gpg.ssh.program", .. }));
    let signers = Signers::parse(&format!("ada {public}"));
    let text = "-----BEGIN SSH SIGNATURE-----\n";
    let found = repo.open().verify_signature(text, b"x", Namespace::Git, &signers, NOW);
    assert!(matches!(found, Err(SignFault::NoProgram { .. })), "{found:?}");
    set("gpg.format", "openpgp");
    set("gpg.program", "no-such-program");
    let missing = fault(repo.open());
    assert!(matches!(missing, SignFault::NoProgram { setting: "gpg.program", .. }));
    set("gpg.format", "x509");
    assert!(matches!(fault(repo.open()), SignFault::Unsupported { .. }));
}

#[test]
fn a_program_that_lies_makes_no_signature() {
    let repo = repository("sha1");
    let (key, public) = ssh_key(&repo.beside(""), "id", "");
    sign_with_ssh(&repo, &key, &public);
    let liar = repo.beside("liar");
    repo.run(&["config", "gpg.ssh.program", liar.to_str().expect("UTF-8")]);
    repo.run(&["config", "gpg.program", liar.to_str().expect("UTF-8")]);
    let scripts = [
        "exit 0",
        "for last; do :; done; echo hello > \"$last.sig\"",
        "echo '-----BEGIN PGP SIGNATURE-----'",
        "echo 'card removed' >&2; exit 2",
    ];
    for format in ["ssh", "openpgp"] {
        repo.run(&["config", "gpg.format", format]);
        for script in scripts {
            program(&liar, &format!("#!/bin/sh\n{script}\n"));
            let fault = sign(&repo.open(), b"x").expect_err("no signature");
            assert!(matches!(fault, SignFault::Failed { .. }), "{format} {script}: {fault:?}");
        }
    }
}

#[test]
fn keys_are_named_in_every_way_that_git_knows() {
    let repo = repository("sha1");
    let home = repo.beside("");
    let (key, public) = ssh_key(&home, "id", "");
    let signers = sign_with_ssh(&repo, &key, &public);
    // An agent has the key; it is told about through a program in the place of ssh-keygen.
    let socket = TempDir::with_prefix_in("a", "/tmp").expect("a folder");
    let socket_path = socket.path().join("s");
    let agent = run(Command::new("ssh-agent").arg("-a").arg(&socket_path));
    let pid = agent.split("SSH_AGENT_PID=").nth(1).and_then(|rest| rest.split(';').next());
    let pid = pid.expect("a process").to_owned();
    let _end = Agent(pid);
    run(Command::new("ssh-add").arg("-q").arg(&key).env("SSH_AUTH_SOCK", &socket_path));
    let keygen = repo.beside("keygen");
    let socket_name = socket_path.display();
    let text = format!("#!/bin/sh\nSSH_AUTH_SOCK='{socket_name}' exec ssh-keygen \"$@\"\n");
    program(&keygen, &text);
    repo.run(&["config", "gpg.ssh.program", keygen.to_str().expect("UTF-8")]);

    let good = |what: &str| {
        let open = repo.open();
        let signature = sign(&open, b"x").unwrap_or_else(|fault| panic!("{what}: {fault:?}"));
        let found = open.verify_signature(&signature, b"x", Namespace::Git, &signers, NOW);
        assert!(matches!(found, Ok(Verified::Good { .. })), "{what}: {found:?}");
    };
    let public_file = key.with_extension("pub");
    for name in [
        key.to_str().expect("UTF-8"),
        public_file.to_str().expect("UTF-8"),
        "../id",
        &public,
        &format!("key::{public}"),
    ] {
        repo.run(&["config", "user.signingKey", name]);
        good(name);
    }
    std::fs::remove_file(&key).expect("a key");
    repo.run(&["config", "user.signingKey", key.to_str().expect("UTF-8")]);
    good("the agent alone has the private half");
    repo.run(&["config", "--unset", "user.signingKey"]);
    let command = format!("SSH_AUTH_SOCK='{socket_name}' ssh-add -L");
    repo.run(&["config", "gpg.ssh.defaultKeyCommand", &command]);
    good("a command names the key");
    repo.run(&["config", "gpg.ssh.defaultKeyCommand", "echo nothing like a key"]);
    let fault = repo.open().signer(SignWish::Always).expect_err("no key");
    assert!(matches!(fault, SignFault::NoKey { .. }), "{fault:?}");
    repo.run(&["config", "gpg.ssh.defaultKeyCommand", "echo locked >&2; exit 1"]);
    let fault = repo.open().signer(SignWish::Always).expect_err("no key");
    assert!(fault.to_string().contains("locked"), "{fault}");
}

/// An agent of ssh, which ends with the value.
struct Agent(String);

impl Drop for Agent {
    fn drop(&mut self) {
        drop(Command::new("kill").arg(&self.0).status());
    }
}

#[test]
fn a_passphrase_that_nobody_can_give_is_told_apart() {
    let repo = repository("sha1");
    let (key, public) = ssh_key(&repo.beside(""), "id", "secret");
    sign_with_ssh(&repo, &key, &public);
    // Without a terminal nobody can be asked.
    let keygen = repo.beside("keygen");
    program(
        &keygen,
        "#!/bin/sh\nunset SSH_AUTH_SOCK SSH_ASKPASS DISPLAY\nexec setsid -w ssh-keygen \"$@\"\n",
    );
    repo.run(&["config", "gpg.ssh.program", keygen.to_str().expect("UTF-8")]);
    let fault = sign(&repo.open(), b"x").expect_err("no passphrase");
    assert!(matches!(fault, SignFault::Locked { format: Format::Ssh, .. }), "{fault:?}");
    assert!(fault.hint().expect("a hint").contains("ssh-add"));
}

#[test]
fn git_decides_whether_something_is_signed() {
    let repo = repository("sha1");
    let (key, public) = ssh_key(&repo.beside(""), "id", "");
    sign_with_ssh(&repo, &key, &public);
    let wanted = |wish| repo.open().signer(wish).expect("settings").is_some();
    assert!(wanted(SignWish::Always));
    assert!(!wanted(SignWish::Configured), "nothing asks for it");
    let steps = [
        ("commit.gpgSign", "true", true),
        ("tag.gpgSign", "false", false),
        ("tag.gpgSign", "1", true),
        ("tag.gpgSign", "off", false),
        ("tag.gpgSign", "yes", true),
    ];
    for (name, value, expected) in steps {
        repo.run(&["config", name, value]);
        assert_eq!(wanted(SignWish::Configured), expected, "{name}={value}");
        assert!(!wanted(SignWish::Never), "{name}={value}");
    }
    repo.run(&["config", "--unset", "tag.gpgSign"]);
    repo.run(&["config", "commit.gpgSign", "false"]);
    repo.run(&["config", "tag.forceSignAnnotated", "true"]);
    assert!(wanted(SignWish::Configured));
}

#[test]
fn gpg_needs_to_know_who_commits_where_no_key_is_named() {
    let repo = TestRepo::init();
    let fault = repo.open().signer(SignWish::Always).expect_err("nobody");
    assert!(matches!(fault, SignFault::Vcs(VcsError::NoIdentity { .. })), "{fault:?}");
    assert!(fault.hint().is_some());
}

#[test]
fn a_bare_repository_and_a_linked_work_tree_sign_too() {
    let repo = repository("sha1");
    let (key, public) = ssh_key(&repo.beside(""), "id", "");
    let signers = sign_with_ssh(&repo, &key, &public);
    let linked = repo.beside("linked");
    repo.run(&["worktree", "add", "-q", "-b", "side", linked.to_str().expect("UTF-8")]);
    let bare = repo.beside("bare");
    repo.run(&["clone", "-q", "--bare", ".", bare.to_str().expect("UTF-8")]);
    for path in [linked, bare] {
        let open = TestRepo::open_at(&path);
        if open.workdir().is_none() {
            let config = ["config", "--file"];
            let file = path.join("config");
            for (name, value) in
                [("gpg.format", "ssh"), ("user.signingKey", key.to_str().expect("UTF-8"))]
            {
                let file = file.to_str().expect("UTF-8");
                repo.run(&[&config[..], &[file, name, value]].concat());
            }
        }
        let signature = sign(&open, b"x").expect("a signature");
        let found = open.verify_signature(&signature, b"x", Namespace::Git, &signers, NOW);
        assert!(matches!(found, Ok(Verified::Good { .. })), "{path:?}: {found:?}");
    }
    let left: Vec<_> = std::fs::read_dir(repo.path())
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name())
        .collect();
    assert_eq!(left.len(), 2, "nothing is left in the work tree: {left:?}");
    assert_eq!(object_name(&repo.rev("HEAD")), repo.name("HEAD"));
}
