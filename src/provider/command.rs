//! Processes that are asked line by line: the only place of this room that starts a program.

use std::collections::{BTreeMap, VecDeque};
use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use super::fault::Fault;
use super::secret::said;

/// The longest line that is read.
pub(super) const MAX_LINE_BYTES: u64 = 10_000_000;

/// How much of the end of stderr is kept.
const STDERR_BYTES: usize = 2_048;

/// How long the end of stderr is waited for after a program was ended.
const STDERR_WAIT: Duration = Duration::from_millis(200);

/// What a program is started with.
#[derive(Debug)]
pub(super) struct Start {
    /// The program as the manifest names it.
    pub(super) program: String,
    /// Its arguments.
    pub(super) args: Vec<String>,
    folder: PathBuf,
    environment: Vec<(&'static str, String)>,
}

impl Start {
    /// Takes what of the environment a program gets: `PATH` without relative folders, which would
    /// lead into the repository, `HOME` and `LANG`.
    pub(super) fn new(
        program: String,
        args: Vec<String>,
        folder: PathBuf,
        environment: &BTreeMap<String, String>,
    ) -> Self {
        let mut kept = Vec::new();
        if let Some(path) = environment.get("PATH") {
            let absolute: Vec<_> = path.split(':').filter(|part| part.starts_with('/')).collect();
            kept.push(("PATH", absolute.join(":")));
        }
        for name in ["HOME", "LANG"] {
            kept.extend(environment.get(name).map(|value| (name, value.clone())));
        }
        Self { program, args, folder, environment: kept }
    }

    /// Starts a process in a group of its own, without a shell.
    ///
    /// A program with a slash is below the folder; one without is looked for in `PATH`.
    pub(super) fn process(&self) -> Result<Process, Fault> {
        let path = if self.program.contains('/') {
            self.folder.join(&self.program)
        } else {
            PathBuf::from(&self.program)
        };
        #[expect(clippy::disallowed_methods, reason = "this is the one place that starts it")]
        let mut command = Command::new(path);
        command
            .args(&self.args)
            .current_dir(&self.folder)
            .env_clear()
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0);
        let failed = |cause: &str| Fault::NotStarted {
            program: self.program.clone(),
            cause: cause.to_owned(),
        };
        let mut child = command.spawn().map_err(|error| failed(&error.to_string()))?;
        let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (Some(stdin), Some(stdout), Some(stderr)) = pipes else {
            return Err(failed("it has no pipes"));
        };
        Ok(Process::new(child, stdin, stdout, stderr))
    }
}

/// Why a process gave no line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Silence {
    /// The time limit passed.
    TimedOut,
    /// The process ended, or closed its pipes.
    Ended,
    /// The line is longer than any answer.
    TooLarge,
    /// More came than one line.
    Surplus,
}

/// A running process. Dropping it ends it with its whole group.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    questions: Option<Sender<Vec<u8>>>,
    answers: Receiver<Result<Vec<u8>, Silence>>,
    stderr: Arc<Mutex<VecDeque<u8>>>,
    stderr_ended: Receiver<()>,
}

impl Process {
    /// Puts a thread at the pipes, since reading and writing may take for ever, and one at stderr,
    /// since a full pipe would hold the program up.
    fn new(
        child: Child,
        stdin: ChildStdin,
        stdout: ChildStdout,
        stderr: impl Read + Send + 'static,
    ) -> Self {
        let (questions, to_ask) = mpsc::channel();
        let (answered, answers) = mpsc::channel();
        thread::spawn(move || talk(stdin, stdout, &to_ask, &answered));
        let tail = Arc::new(Mutex::new(VecDeque::new()));
        let kept = Arc::clone(&tail);
        let (ended, stderr_ended) = mpsc::channel();
        thread::spawn(move || {
            keep_tail(stderr, &kept);
            // Nobody may be waiting for it.
            let _ = ended.send(());
        });
        Self { child, questions: Some(questions), answers, stderr: tail, stderr_ended }
    }

    /// Sends a line and waits for one.
    pub(super) fn ask(&self, question: Vec<u8>, limit: Duration) -> Result<Vec<u8>, Silence> {
        let questions = self.questions.as_ref().ok_or(Silence::Ended)?;
        questions.send(question).map_err(|_| Silence::Ended)?;
        self.answers.recv_timeout(limit).unwrap_or_else(|error| {
            Err(match error {
                RecvTimeoutError::Timeout => Silence::TimedOut,
                RecvTimeoutError::Disconnected => Silence::Ended,
            })
        })
    }

    /// Ends the input, upon which a program ends by itself.
    pub(super) fn close_input(&mut self) {
        self.questions = None;
    }

    /// Says whether the process has ended.
    pub(super) fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    /// Ends the process and returns the end of what it wrote to stderr, on one line.
    pub(super) fn end(mut self) -> String {
        self.kill();
        // A grandchild may hold the pipe open; what came until now must do then.
        let _ = self.stderr_ended.recv_timeout(STDERR_WAIT);
        let tail = self.stderr.lock().unwrap_or_else(PoisonError::into_inner);
        let bytes: Vec<u8> = tail.iter().copied().collect();
        said(&String::from_utf8_lossy(&bytes), None)
    }

    /// Kills the group while its leader has not been waited for: later its number may be another's.
    fn kill(&mut self) {
        if !self.has_ended() {
            if let Ok(group) = i32::try_from(self.child.id()) {
                let _ = killpg(Pid::from_raw(group), Signal::SIGKILL);
            }
            drop(self.child.wait());
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Carries lines between the channels and the pipes until one of them ends.
fn talk(
    mut stdin: ChildStdin,
    stdout: ChildStdout,
    questions: &Receiver<Vec<u8>>,
    answers: &Sender<Result<Vec<u8>, Silence>>,
) {
    let mut stdout = BufReader::new(stdout);
    for question in questions {
        let answer = exchange(&mut stdin, &mut stdout, question);
        let is_last = answer.is_err();
        if answers.send(answer).is_err() || is_last {
            return;
        }
    }
}

fn exchange(
    stdin: &mut ChildStdin,
    stdout: &mut BufReader<ChildStdout>,
    mut question: Vec<u8>,
) -> Result<Vec<u8>, Silence> {
    question.push(b'\n');
    stdin.write_all(&question).map_err(|_| Silence::Ended)?;
    drop(question);
    let mut line = Vec::new();
    let mut bounded = stdout.by_ref().take(MAX_LINE_BYTES + 1);
    bounded.read_until(b'\n', &mut line).map_err(|_| Silence::Ended)?;
    if line.last() == Some(&b'\n') {
        return if stdout.buffer().is_empty() { Ok(line) } else { Err(Silence::Surplus) };
    }
    Err(if line.len() as u64 > MAX_LINE_BYTES { Silence::TooLarge } else { Silence::Ended })
}

/// Reads to the end and keeps the last bytes.
fn keep_tail(mut pipe: impl Read, tail: &Mutex<VecDeque<u8>>) {
    let mut block = [0; STDERR_BYTES];
    while let Ok(count) = pipe.read(&mut block) {
        let Some(bytes) = block.get(..count).filter(|bytes| !bytes.is_empty()) else { return };
        let mut tail = tail.lock().unwrap_or_else(PoisonError::into_inner);
        tail.extend(bytes);
        let surplus = tail.len().saturating_sub(STDERR_BYTES);
        tail.drain(..surplus);
    }
}
