//! Persons with keys of their own, made for one test.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::desk::program;
use crate::support::{TestRepo, hermetic};

/// Somebody with a name, an address and a key of ssh.
pub(crate) struct Person {
    pub(crate) name: &'static str,
    /// The public key, as a list of signers has it.
    pub(crate) public: String,
    key: PathBuf,
}

impl Person {
    /// Makes a key beside a repository.
    pub(crate) fn new(repo: &TestRepo, name: &'static str) -> Self {
        let key = repo.beside(&format!("key-of-{name}"));
        let mut made = Command::new("ssh-keygen");
        hermetic(&mut made, &repo.beside(""));
        made.args(["-q", "-t", "ed25519", "-C", name, "-N", "", "-f"]).arg(&key);
        assert!(made.status().expect("ssh-keygen").success());
        let public = std::fs::read_to_string(key.with_extension("pub")).expect("a key");
        Self { name, public: public.trim().to_owned(), key }
    }

    /// Copies the key to a folder that outlives the repository.
    pub(crate) fn keep(&self, folder: &Path) {
        for end in ["", ".pub"] {
            let file = |folder: &Path| folder.join(format!("key-of-{}{end}", self.name));
            let beside = self.key.parent().expect("a parent");
            std::fs::copy(file(beside), file(folder)).expect("a copy");
        }
    }

    /// Returns somebody whose key was kept in a folder.
    pub(crate) fn kept(folder: &Path, name: &'static str) -> Self {
        let key = folder.join(format!("key-of-{name}"));
        let public = std::fs::read_to_string(key.with_extension("pub")).expect("a key");
        Self { name, public: public.trim().to_owned(), key }
    }

    pub(crate) fn email(&self) -> String {
        format!("{}@example.com", self.name)
    }

    /// Returns the line of a list of signers.
    pub(crate) fn line(&self) -> String {
        format!("{} {}\n", self.email(), self.public)
    }

    /// Sits down at a repository: commands there are this person's, and git knows the key.
    pub(crate) fn sits_at(&self, repo: &TestRepo) {
        for (key, value) in [
            ("user.name", self.name),
            ("user.email", &self.email()),
            ("gpg.format", "ssh"),
            ("user.signingKey", self.key.to_str().expect("UTF-8")),
        ] {
            repo.run(&["config", key, value]);
        }
    }
}

/// Runs the program in several places at once, each of which has to succeed.
pub(crate) fn at_once(repos: [&TestRepo; 2], words: &[&str]) {
    let start = |repo: &TestRepo| {
        let mut command = Command::new(program());
        hermetic(&mut command, &repo.beside(""));
        command.args(words).current_dir(repo.path()).stdin(Stdio::null());
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program")
    };
    for child in repos.map(start) {
        let output = child.wait_with_output().expect("an ending");
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    }
}
