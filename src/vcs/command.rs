//! The git program, and those that sign: the only place that starts them.

use std::ffi::OsStr;
use std::io::{Read as _, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};

use super::error::VcsError;
use super::open::Configuration;

/// Bytes that are copied at once.
pub(super) const BLOCK: usize = 256 * 1024;

/// Variables that would lead git to another repository or index, or change how paths are read.
///
/// The program is told instead, by absolute paths, what gix found when the repository was opened:
/// a relative `GIT_INDEX_FILE` means something else in another working directory.
const REDIRECTING: [&str; 12] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_COMMON_DIR",
    "GIT_PREFIX",
    "GIT_NAMESPACE",
    "GIT_ATTR_SOURCE",
    "GIT_GLOB_PATHSPECS",
    "GIT_NOGLOB_PATHSPECS",
    "GIT_ICASE_PATHSPECS",
    "GIT_EXTERNAL_DIFF",
    "GIT_CEILING_DIRECTORIES",
];

/// Where the git program shall look, and whose configuration it may read.
#[derive(Debug, Clone)]
pub(super) struct Git {
    pub(super) repository: PathBuf,
    pub(super) workdir: Option<PathBuf>,
    pub(super) index: PathBuf,
    pub(super) configuration: Configuration,
}

/// What a program printed, and how it ended.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) status: ExitStatus,
    pub(super) stdout: Vec<u8>,
    pub(super) stderr: Vec<u8>,
}

impl Said {
    /// Returns what it complained about, or how it ended if it did so in silence.
    pub(super) fn complaint(&self) -> String {
        let said = String::from_utf8_lossy(&self.stderr).trim().to_owned();
        if said.is_empty() { self.status.to_string() } else { said }
    }
}

/// A running `git cat-file --batch`.
#[derive(Debug)]
pub(super) struct Batch(Child);

impl Batch {
    /// Returns where names are written to and answers are read from; the first caller gets them.
    pub(super) fn ends(&mut self) -> Option<(ChildStdin, ChildStdout)> {
        Some((self.0.stdin.take()?, self.0.stdout.take()?))
    }

    /// Waits for the program's end, which comes when names end.
    pub(super) fn wait(mut self) {
        drop(self.0.wait());
    }
}

impl Git {
    /// Returns the folder in which the program runs.
    pub(super) fn folder(&self) -> &Path {
        self.workdir.as_deref().unwrap_or(&self.repository)
    }

    /// Runs the program and returns what it printed.
    pub(super) fn run<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Result<Vec<u8>, VcsError> {
        let said = self.ask(arguments, None)?;
        if said.status.success() {
            return Ok(said.stdout);
        }
        Err(failed(arguments, said.complaint()))
    }

    /// Runs the program, hands it `input` and returns what came of it, success or not.
    pub(super) fn ask<A: AsRef<OsStr>>(
        &self,
        arguments: &[A],
        input: Option<&[u8]>,
    ) -> Result<Said, VcsError> {
        let said = converse(&mut self.command(arguments), input);
        said.map_err(|e| failed(arguments, e.to_string()))
    }

    /// Runs a program of the user's that makes or checks signatures, hands it `input` and returns
    /// what came of it, success or not.
    ///
    /// It has the user's environment, so that it finds keys, agents and the terminal; only the zone
    /// is fixed, in which dates without one are read.
    pub(super) fn tool<A: AsRef<OsStr>>(
        &self,
        program: &str,
        arguments: &[A],
        input: Option<&[u8]>,
    ) -> std::io::Result<Said> {
        #[expect(clippy::disallowed_methods, reason = "this is the one place that starts it")]
        let mut command = Command::new(program);
        command.args(arguments).current_dir(self.folder()).env("TZ", "UTC");
        converse(&mut command, input)
    }

    /// Runs the program and hands what it prints to `sink`, block by block.
    pub(super) fn stream<A: AsRef<OsStr>>(
        &self,
        arguments: &[A],
        sink: &mut dyn Write,
    ) -> Result<(), VcsError> {
        let mut command = self.command(arguments);
        // NOTE: nobody empties a pipe for stderr while stdout is read; a full one would block git.
        command.stderr(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn().map_err(|e| failed(arguments, e.to_string()))?;
        let copied = child.stdout.take().map_or(Ok(()), |mut stdout| {
            let mut block = vec![0; BLOCK];
            loop {
                let count = stdout.read(&mut block)?;
                match block.get(..count) {
                    Some(bytes) if !bytes.is_empty() => sink.write_all(bytes)?,
                    _ => return Ok::<(), std::io::Error>(()),
                }
            }
        });
        if copied.is_err() {
            // The reader gave up; the program would wait for it.
            drop(child.kill());
        }
        let status = child.wait().map_err(|e| failed(arguments, e.to_string()))?;
        copied.map_err(|e| failed(arguments, e.to_string()))?;
        if status.success() { Ok(()) } else { Err(failed(arguments, status.to_string())) }
    }

    /// Starts `git cat-file --batch`, which answers names on its input until that ends.
    pub(super) fn batch(&self) -> Result<Batch, VcsError> {
        let arguments = ["cat-file", "--batch", "--buffer"];
        let mut command = self.command(&arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        command.spawn().map(Batch).map_err(|e| failed(&arguments, e.to_string()))
    }

    #[allow(clippy::disallowed_methods, reason = "this is the one place that starts git")]
    fn command<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Command {
        let mut command = Command::new("git");
        for name in REDIRECTING {
            command.env_remove(name);
        }
        command.arg("--git-dir").arg(&self.repository);
        if let Some(workdir) = &self.workdir {
            command.arg("--work-tree").arg(workdir);
        }
        command.args(["--no-optional-locks", "--literal-pathspecs", "-c", "core.fsmonitor=false"]);
        // NOTE: the LFS driver may fetch gigabytes; without it git compares the bytes on disk.
        command.args(["-c", "filter.lfs.clean=", "-c", "filter.lfs.process="]);
        command.args(["-c", "filter.lfs.required=false"]);
        if self.configuration == Configuration::RepositoryOnly {
            command.args(["-c", "core.attributesFile=/dev/null"]);
            command.args(["-c", "core.excludesFile=/dev/null"]);
            command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
            command.env("GIT_ATTR_NOSYSTEM", "1").env_remove("GIT_CONFIG_PARAMETERS");
            command.env_remove("GIT_CONFIG_COUNT");
        }
        command
            .args(arguments)
            .current_dir(self.folder())
            .env("GIT_INDEX_FILE", &self.index)
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_OPTIONAL_LOCKS", "0")
            .env("GIT_NO_REPLACE_OBJECTS", "1")
            // Grafts are as local as replacements; nothing lies below this file.
            .env("GIT_GRAFT_FILE", "/dev/null/none")
            .env("LC_ALL", "C")
            .stdin(Stdio::null());
        command
    }
}

/// Runs a program with `input` as its standard input, or with none, to its end.
fn converse(command: &mut Command, input: Option<&[u8]>) -> std::io::Result<Said> {
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command.stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() });
    let mut child = command.spawn()?;
    let stdin = child.stdin.take();
    let output = std::thread::scope(|scope| {
        // NOTE: a program that answers while it reads would wait for us, and we for it.
        scope.spawn(move || {
            if let (Some(mut stdin), Some(input)) = (stdin, input) {
                // A program that fails early closes the pipe; what it says tells more.
                let _ = stdin.write_all(input);
            }
        });
        child.wait_with_output()
    })?;
    Ok(Said { status: output.status, stdout: output.stdout, stderr: output.stderr })
}

fn failed<A: AsRef<OsStr>>(arguments: &[A], cause: String) -> VcsError {
    let words: Vec<_> = arguments.iter().map(|a| a.as_ref().to_string_lossy()).collect();
    VcsError::Command { arguments: words.join(" "), cause }
}
