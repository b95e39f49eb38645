//! Times and memory of programs, side by side.

use std::io;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use super::shell::{complaint, ending, program};

/// What a series of pairs says.
pub(crate) struct Pairs {
    /// The median time of what is measured.
    pub(crate) ours: Duration,
    /// The median time of what it is compared with.
    pub(crate) theirs: Duration,
    /// The median over the pairs of `ours / theirs`.
    pub(crate) ratio: f64,
}

/// Why there is nothing to say.
pub(crate) struct Failure(pub(crate) String);

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self(error.to_string())
    }
}

/// Runs two programs by turns and compares them pair by pair.
///
/// The one that goes first changes with every pair, so that what the machine does meanwhile falls
/// on both. The first pair warms up and does not count.
pub(crate) fn pairs(
    ours: &mut dyn FnMut() -> Command,
    theirs: &mut dyn FnMut() -> Command,
    runs: usize,
) -> Result<Pairs, Failure> {
    let (mut our_times, mut their_times, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for run in 0..=runs {
        let (our_time, their_time) = if run % 2 == 0 {
            let their_time = time("the other side", theirs())?;
            (time("keelmark", ours())?, their_time)
        } else {
            let our_time = time("keelmark", ours())?;
            (our_time, time("the other side", theirs())?)
        };
        if run > 0 {
            our_times.push(our_time.as_secs_f64());
            their_times.push(their_time.as_secs_f64());
            ratios.push(our_time.as_secs_f64() / their_time.as_secs_f64().max(1e-9));
        }
    }
    Ok(Pairs {
        ours: Duration::from_secs_f64(median(our_times)),
        theirs: Duration::from_secs_f64(median(their_times)),
        ratio: median(ratios),
    })
}

/// Runs a program several times and returns the median; the first run does not count.
pub(crate) fn alone(ours: &mut dyn FnMut() -> Command, runs: usize) -> Result<Duration, Failure> {
    let mut times = Vec::new();
    for run in 0..=runs {
        let took = time("keelmark", ours())?;
        if run > 0 {
            times.push(took.as_secs_f64());
        }
    }
    Ok(Duration::from_secs_f64(median(times)))
}

/// Runs a program to its end and demands how it ends.
pub(crate) fn expect(mut command: Command, wanted: i32, why: &str) -> Result<String, Failure> {
    let output = command.output()?;
    if output.status.code() == Some(wanted) {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let ending = ending(output.status);
    eprintln!("{}: {ending}, expected exit {wanted}: {}", line(&command), complaint(&output));
    Err(Failure(format!("keelmark: {ending}, expected {wanted} {why}")))
}

/// Returns the most memory that a program held, in bytes.
///
/// GNU time reports what the kernel counted. Without it `/proc/<pid>/status` is read again and
/// again, which may miss what is allocated just before the end.
pub(crate) fn peak(command: &Command) -> Result<u64, Failure> {
    let folder = command.get_current_dir().unwrap_or(Path::new("."));
    let mut timed = program("/usr/bin/time", folder);
    timed.args(["-f", "%M"]).arg(command.get_program()).args(command.get_args());
    if let Ok(output) = timed.output() {
        let said = String::from_utf8_lossy(&output.stderr);
        if let Some(kilobytes) =
            said.lines().last().and_then(|last| last.trim().parse::<u64>().ok())
        {
            return demand("keelmark", output.status).map(|()| kilobytes * 1024);
        }
    }
    let mut polled = program(command.get_program(), folder);
    let mut child =
        polled.args(command.get_args()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    let mut most = None;
    loop {
        most = most.max(high_water(child.id()));
        if let Some(status) = child.try_wait()? {
            demand("keelmark", status)?;
            return most.ok_or_else(|| Failure("no `/usr/bin/time`, no `/proc`".to_owned()));
        }
        std::thread::sleep(Duration::from_micros(200));
    }
}

fn high_water(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kilobytes * 1024)
}

fn time(side: &str, mut command: Command) -> Result<Duration, Failure> {
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let start = Instant::now();
    let status = command.status()?;
    let took = start.elapsed();
    demand(side, status).map(|()| took)
}

/// Demands that a program ended well.
pub(crate) fn demand(side: &str, status: ExitStatus) -> Result<(), Failure> {
    if status.success() {
        return Ok(());
    }
    Err(Failure(format!("{side}: {}", ending(status))))
}

fn line(command: &Command) -> String {
    let arguments = command.get_args().map(|argument| argument.to_string_lossy().into_owned());
    std::iter::once("keelmark".to_owned()).chain(arguments).collect::<Vec<_>>().join(" ")
}

/// Returns the middle value; of an even number, the lower of the two.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len().saturating_sub(1) / 2).copied().unwrap_or(f64::NAN)
}
