//! Programs, started where nothing of the caller's set-up reaches them.

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// The settings that keep git from doing other work while it is measured.
const SETTINGS: [(&str, &str); 6] = [
    ("core.fsmonitor", "false"),
    ("core.autocrlf", "false"),
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
    ("user.name", "bench"),
    ("user.email", "bench@keelmark.invalid"),
];

/// Prepares a program with an environment of its own, in `folder`.
pub(crate) fn program(name: impl AsRef<OsStr>, folder: &Path) -> Command {
    let mut command = Command::new(name);
    command
        .current_dir(folder)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", folder)
        .env("LC_ALL", "C")
        .env("TZ", "UTC")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_AUTHOR_DATE", "2025-09-01T00:00:00Z")
        .env("GIT_COMMITTER_DATE", "2025-09-01T00:00:00Z")
        .stdin(Stdio::null());
    command
}

/// Prepares the program under measurement.
pub(crate) fn keelmark(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = program(env!("CARGO_BIN_EXE_keelmark"), folder);
    command.args(arguments);
    command
}

/// Prepares a line for the shell.
pub(crate) fn shell(folder: &Path, line: &str) -> Command {
    let mut command = program("sh", folder);
    command.args(["-c", line]);
    command
}

/// Runs git to its end; its complaint becomes the error.
pub(crate) fn git(folder: &Path, arguments: &[&str]) -> io::Result<String> {
    let output = program("git", folder).args(arguments).output()?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(io::Error::other(format!("`git {}`: {}", arguments.join(" "), complaint(&output))))
}

/// Makes an empty repository whose only branch is `main`.
pub(crate) fn init(folder: &Path) -> io::Result<()> {
    git(folder, &["init", "-q", "-b", "main", "."])?;
    for (key, value) in SETTINGS {
        git(folder, &["config", key, value])?;
    }
    Ok(())
}

/// Returns the line in which a program says why it failed.
pub(crate) fn complaint(output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stderr);
    let line = said.lines().find(|line| !line.trim().is_empty()).unwrap_or("it said nothing");
    line.trim().to_owned()
}

/// Returns how a program ended, in the words of the table.
pub(crate) fn ending(status: std::process::ExitStatus) -> String {
    status.code().map_or_else(|| "killed".to_owned(), |code| format!("exit {code}"))
}

/// A folder below the target folder that is made once and used again.
///
/// A stamp, written last, names what made the folder; another stamp or none has it made anew.
pub(crate) struct Store {
    folder: PathBuf,
    stamp: String,
}

impl Store {
    /// Names a folder and what is to be in it.
    pub(crate) fn new(name: &str, stamp: String) -> Self {
        Self { folder: Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench").join(name), stamp }
    }

    /// Says whether the folder holds what the stamp says.
    pub(crate) fn is_ready(&self) -> bool {
        std::fs::read_to_string(self.stamp_path()).is_ok_and(|found| found == self.stamp)
    }

    /// Returns the folder, made by `make` where it is not there yet.
    pub(crate) fn ready(&self, make: impl FnOnce(&Path) -> io::Result<()>) -> io::Result<PathBuf> {
        if !self.is_ready() {
            if self.folder.exists() {
                std::fs::remove_dir_all(&self.folder)?;
            }
            std::fs::create_dir_all(&self.folder)?;
            init(&self.folder)?;
            make(&self.folder)?;
            std::fs::write(self.stamp_path(), &self.stamp)?;
        }
        Ok(self.folder.clone())
    }

    /// Inside `.git`, so that the work tree stays clean.
    fn stamp_path(&self) -> PathBuf {
        self.folder.join(".git/keelmark-bench")
    }
}
