//! Real repositories for tests, made with the `git` program and nothing of the caller's settings.
#![allow(dead_code, reason = "each test crate uses its own part")]
#![allow(clippy::disallowed_methods, reason = "tests make the files and start the programs")]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "clippy knows tests by their attribute, and not what they call"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU64, Ordering};

use keelmark::snapshot::ObjectName;
use keelmark::vcs::{Configuration, Repository};
use tempfile::TempDir;

/// A repository in a folder of its own, which goes when the value goes.
pub(crate) struct TestRepo {
    folder: TempDir,
    path: PathBuf,
    /// Seconds since the first commit; each commit takes the next minute.
    clock: AtomicU64,
}

impl TestRepo {
    /// Makes an empty repository on the branch `main`.
    pub(crate) fn init() -> Self {
        Self::init_with(&[])
    }

    /// Makes an empty repository with more arguments to `git init`.
    pub(crate) fn init_with(arguments: &[&str]) -> Self {
        let repo = Self::nowhere("repo");
        fs::create_dir_all(&repo.path).expect("a folder");
        repo.run(&[&["init", "-q", "-b", "main"], arguments].concat());
        repo
    }

    /// Clones a repository by its `file://` address, so that depth and filters count.
    pub(crate) fn clone_of(source: &Self, arguments: &[&str]) -> Self {
        Self::clone_at(source, &source.address(), arguments)
    }

    /// Clones a repository that lies beside another one, by its address.
    pub(crate) fn clone_at(source: &Self, address: &str, arguments: &[&str]) -> Self {
        let repo = Self::nowhere("clone");
        // Later commits must be younger than those of the source.
        repo.clock.store(source.clock.load(Ordering::Relaxed), Ordering::Relaxed);
        let path = repo.path.to_str().expect("UTF-8").to_owned();
        let words = [&["clone", "-q"], arguments, &[address, &path]].concat();
        let output = repo.command_in(repo.folder.path(), &words).output().expect("git");
        assert!(output.status.success(), "{words:?}: {}", text(&output.stderr));
        repo
    }

    /// Copies a repository and everything that lies beside it.
    pub(crate) fn copy_of(source: &Self) -> Self {
        let name = source.path.file_name().and_then(|name| name.to_str()).expect("UTF-8");
        let repo = Self::nowhere(name);
        repo.clock.store(source.clock.load(Ordering::Relaxed), Ordering::Relaxed);
        let from = source.path.parent().expect("a parent").join(".");
        let to = repo.path.parent().expect("a parent");
        let copied = Command::new("cp").arg("-a").args([&from, to]).status().expect("cp");
        assert!(copied.success());
        repo
    }

    /// Copies a repository, with everything in it.
    pub(crate) fn copy_at(path: &Path) -> Self {
        let repo = Self::nowhere("copy");
        // Later commits must be younger than those that are there.
        repo.clock.store(10_000, Ordering::Relaxed);
        let mut copy = Command::new("cp");
        let status = copy.arg("-R").arg(path).arg(&repo.path).status().expect("cp");
        assert!(status.success(), "{}", path.display());
        repo
    }

    fn nowhere(name: &str) -> Self {
        let folder = TempDir::with_prefix("keelmark-").expect("a temporary folder");
        // macOS hands out a path through a symbolic link.
        let path = folder.path().canonicalize().expect("a real path").join(name);
        Self { folder, path, clock: AtomicU64::new(0) }
    }

    /// Returns the work tree's folder.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Returns a folder beside the repository, for whatever a test needs.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.path.parent().expect("a parent").join(name)
    }

    /// Returns the address to clone or fetch from.
    pub(crate) fn address(&self) -> String {
        format!("file://{}", self.path.display())
    }

    /// Opens the repository with its own configuration only.
    pub(crate) fn open(&self) -> Repository {
        Self::open_at(&self.path)
    }

    /// Opens any repository with its own configuration only.
    pub(crate) fn open_at(path: &Path) -> Repository {
        Repository::discover_with(path, Configuration::RepositoryOnly).expect("a repository")
    }

    /// Writes a file of the work tree.
    pub(crate) fn write(&self, path: &str, bytes: impl AsRef<[u8]>) -> &Self {
        let path = self.path.join(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, bytes).expect("a file");
        self
    }

    /// Removes a file of the work tree.
    pub(crate) fn delete(&self, path: &str) -> &Self {
        fs::remove_file(self.path.join(path)).expect("a file to remove");
        self
    }

    /// Stages paths; `.` stages everything.
    pub(crate) fn stage(&self, path: &str) -> &Self {
        self.run(&["add", "--all", "--", path]);
        self
    }

    /// Commits what is staged and returns the commit's name.
    pub(crate) fn commit(&self, message: &str) -> String {
        self.run(&["commit", "-q", "--allow-empty", "-m", message]);
        self.rev("HEAD")
    }

    /// Writes a file, stages everything and commits.
    pub(crate) fn commit_file(&self, path: &str, bytes: impl AsRef<[u8]>) -> String {
        self.write(path, bytes).stage(".").commit(&format!("write {path}"))
    }

    /// Makes an annotated tag.
    pub(crate) fn tag(&self, name: &str) -> &Self {
        self.run(&["tag", "-a", "-m", name, name]);
        self
    }

    /// Makes a branch at `HEAD` and checks it out.
    pub(crate) fn branch(&self, name: &str) -> &Self {
        self.run(&["checkout", "-q", "-b", name]);
        self
    }

    /// Checks a branch or commit out.
    pub(crate) fn checkout(&self, name: &str) -> &Self {
        self.run(&["checkout", "-q", name]);
        self
    }

    /// Returns the full name of the object that a revision names.
    pub(crate) fn rev(&self, revision: &str) -> String {
        self.run(&["rev-parse", "--verify", revision])
    }

    /// Returns the same as the library's type.
    pub(crate) fn name(&self, revision: &str) -> ObjectName {
        object_name(&self.rev(revision))
    }

    /// Runs git, insists on success and returns what it printed, without the last line end.
    pub(crate) fn run(&self, arguments: &[&str]) -> String {
        let printed = self.run_bytes(arguments);
        text(&printed).trim_end_matches('\n').to_owned()
    }

    /// Runs git, insists on success and returns the bytes that it printed.
    pub(crate) fn run_bytes(&self, arguments: &[&str]) -> Vec<u8> {
        let output = self.try_run(arguments);
        assert!(output.status.success(), "git {arguments:?}: {}", text(&output.stderr));
        output.stdout
    }

    /// Runs git, whatever comes of it.
    pub(crate) fn try_run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("git")
    }

    /// Returns git in the work tree, ready to be run.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        self.command_in(&self.path, arguments)
    }

    /// Returns git in any folder, ready to be run.
    pub(crate) fn command_in(&self, folder: &Path, arguments: &[&str]) -> Command {
        let seconds = 1_700_000_000 + 60 * self.clock.fetch_add(1, Ordering::Relaxed);
        let date = format!("{seconds} +0000");
        let mut command = Command::new("git");
        hermetic(&mut command, self.folder.path());
        command
            .args(["-c", "protocol.file.allow=always", "-c", "core.fsmonitor=false"])
            .args([
                "-c",
                "gc.auto=0",
                "-c",
                "commit.gpgsign=false",
                "-c",
                "advice.detachedHead=false",
            ])
            .args(arguments)
            .current_dir(folder)
            .env("GIT_AUTHOR_NAME", "Ada")
            .env("GIT_AUTHOR_EMAIL", "ada@example.com")
            .env("GIT_AUTHOR_DATE", &date)
            .env("GIT_COMMITTER_NAME", "Ada")
            .env("GIT_COMMITTER_EMAIL", "ada@example.com")
            .env("GIT_COMMITTER_DATE", &date);
        command
    }
}

/// Clears the environment but for what a program needs, and keeps git to the repository's settings.
pub(crate) fn hermetic(command: &mut Command, home: &Path) {
    let path = std::env::var_os("PATH").unwrap_or_default();
    command
        .env_clear()
        .env("PATH", path)
        .env("HOME", home)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_ATTR_NOSYSTEM", "1")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("LC_ALL", "C");
}

/// Reads an object's name from its hexadecimal digits.
pub(crate) fn object_name(hex: &str) -> ObjectName {
    let digit = |at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hexadecimal digits");
    let bytes: Vec<u8> = (0..hex.len()).step_by(2).map(digit).collect();
    ObjectName::new(&bytes)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
