//! What Keelmark publishes of eval runs: `cargo bench --bench evals`.
//!
//! The real program runs suites over a server on this machine and over recorded answers. The table
//! goes to stdout and is pasted into `docs/performance.md`; talk goes to stderr. A bench judges
//! nothing: it exits with 0.

#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a bench starts programs, reads the clock and prints; the library never does"
)]

mod support;

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use support::measure::{Failure, alone, expect, median, peak};
use support::model::Model;
use support::shell::{complaint, ending, keelmark, program};
use support::suite::{PROMPTFOO, Suite};
use support::table::{self, Bar};

const USAGE: &str = "cargo bench --bench evals -- [--quick] [--promptfoo PATH]
  --quick           3 runs of each side instead of 11
  --promptfoo PATH  npm's promptfoo, where it is not on the PATH";

/// How long the server takes for an answer.
const LATENCY: Duration = Duration::from_millis(20);

/// Calls at once.
const JOBS: usize = 64;

const RUN: &[&str] = &["eval", "run", "golden", "-j", "64", "--no-cache"];
const REPLAY: &[&str] = &["eval", "replay", "latest"];

/// What is measured, and how often.
struct Settings {
    /// Cases over the server.
    live: usize,
    /// Recorded cases, and fewer of them to compare the memory with.
    recorded: (usize, usize),
    runs: usize,
    promptfoo: Option<PathBuf>,
}

fn main() {
    let settings = match settings(std::env::args().skip(1)) {
        Ok(settings) => settings,
        Err(said) => return eprintln!("{said}"),
    };
    if cfg!(debug_assertions) {
        eprintln!("not an optimised build: the figures say nothing about a release");
    }
    table::head();
    live(&settings);
    recorded(&settings);
}

/// Reads the arguments; without cargo's `--bench` everything runs once over next to nothing.
fn settings(arguments: impl Iterator<Item = String>) -> Result<Settings, String> {
    let arguments: Vec<String> = arguments.collect();
    let mut settings = if arguments.iter().any(|argument| argument == "--bench") {
        let promptfoo = Some(PathBuf::from("promptfoo"));
        Settings { live: 1000, recorded: (100_000, 10_000), runs: 11, promptfoo }
    } else {
        Settings { live: 40, recorded: (60, 30), runs: 1, promptfoo: None }
    };
    let mut arguments = arguments.into_iter();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--bench" => {}
            "--quick" => settings.runs = settings.runs.min(3),
            "--promptfoo" => {
                let path = arguments.next().ok_or(USAGE)?;
                let found = PathBuf::from(&path).canonicalize();
                settings.promptfoo = Some(found.map_err(|error| format!("`{path}`: {error}"))?);
            }
            other => return Err(format!("unknown argument `{other}`\n{USAGE}")),
        }
    }
    Ok(settings)
}

/// One run over the server, by the clock.
struct Lap {
    /// From starting the process to its end.
    whole: f64,
    /// From starting the process to its first request at the server.
    before: f64,
    /// From the server's last answer to the end of the process.
    after: f64,
}

/// A suite over the server, against the ideal, and promptfoo over the same.
fn live(settings: &Settings) {
    let cases = settings.live;
    let what = format!("`eval run`, {cases} cases, answers after 20 ms, `-j {JOBS}`");
    let bar = Bar::Times(1.3);
    let promptfoo = settings.promptfoo.as_ref().ok_or_else(|| Failure("not asked for".to_owned()));
    let mut version = promptfoo.and_then(|path| version(path));
    let mut measured = || -> Result<(Vec<Lap>, Vec<f64>), Failure> {
        let model = Model::start(LATENCY)?;
        let suite = Suite::live(cases, model.address())?;
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for run in 0..=settings.runs {
            suite.forget_runs()?;
            let lap = lap("keelmark", keelmark(&suite.folder, RUN), &model, cases)?;
            suite.demand_passes()?;
            if run > 0 {
                ours.push(lap);
            }
            let Ok((path, _)) = &version else { continue };
            match lap_of_promptfoo(path, &suite, &model) {
                Ok(lap) if run > 0 => theirs.push(lap.whole),
                Ok(_) => {}
                Err(failure) => version = Err(failure),
            }
        }
        Ok((ours, theirs))
    };
    let compared = format!("{what}, beside promptfoo");
    match measured() {
        Ok((ours, theirs)) => {
            let middle = |part: fn(&Lap) -> f64| median(ours.iter().map(part).collect());
            let (whole, before, after) =
                (middle(|lap| lap.whole), middle(|lap| lap.before), middle(|lap| lap.after));
            let ideal = ideal(cases);
            let parts = format!(
                "{} ({} before the first request, {} after the last answer)",
                seconds(whole),
                seconds(before),
                seconds(after)
            );
            let sides = (&*parts, &*format!("{:.1} ms, the ideal", ideal * 1e3));
            table::row(&what, sides, whole / ideal, bar);
            match version {
                Ok((_, version)) => {
                    let other = median(theirs);
                    let sides =
                        (&*seconds(whole), &*format!("{} promptfoo {version}", seconds(other)));
                    let faster = format!("{:.1}× faster", other / whole);
                    table::plain(&compared, sides, &faster, "");
                }
                Err(Failure(why)) => table::plain(&compared, ("–", "–"), "–", &why),
            }
        }
        Err(Failure(why)) => table::gap(&what, bar, &why),
    }
}

/// Returns the time that the answers alone take: as many rounds as there are cases for each job,
/// the last one in part.
#[allow(clippy::cast_precision_loss, reason = "counts are far below 2⁵²")]
fn ideal(cases: usize) -> f64 {
    LATENCY.as_secs_f64() * cases as f64 / JOBS as f64
}

/// Runs a program over the server and demands that it asks exactly once for each case.
fn lap(side: &str, mut command: Command, model: &Model, cases: usize) -> Result<Lap, Failure> {
    model.take();
    let start = Instant::now();
    let output = command.stdout(Stdio::null()).output()?;
    let end = Instant::now();
    if !output.status.success() {
        eprintln!("{side}: {}", complaint(&output));
        return Err(Failure(format!("{side}: {}", ending(output.status))));
    }
    match model.take() {
        Some(seen) if seen.requests == cases => Ok(Lap {
            whole: (end - start).as_secs_f64(),
            before: (seen.first - start).as_secs_f64(),
            after: end.saturating_duration_since(seen.last).as_secs_f64(),
        }),
        seen => {
            let requests = seen.map_or(0, |seen| seen.requests);
            Err(Failure(format!("{side}: {requests} requests, expected {cases}")))
        }
    }
}

/// Returns promptfoo with its version.
fn version(path: &PathBuf) -> Result<(&PathBuf, String), Failure> {
    let absent = || Failure("npm's promptfoo is not at hand (`--promptfoo PATH`)".to_owned());
    let mut command = program(path, &std::env::temp_dir());
    let output = command.arg("--version").output().map_err(|_| absent())?;
    let said = String::from_utf8_lossy(&output.stdout);
    let version = said.lines().rfind(|line| !line.trim().is_empty());
    version
        .filter(|_| output.status.success())
        .map(|line| (path, line.trim().to_owned()))
        .ok_or_else(absent)
}

/// Runs promptfoo over the server. It writes its own records, as Keelmark does, into the folder of
/// the registry; it exits with 0 only if every case passes.
fn lap_of_promptfoo(path: &PathBuf, suite: &Suite, model: &Model) -> Result<Lap, Failure> {
    let mut command = program(path, &suite.folder);
    command
        .args(["eval", "-c", PROMPTFOO, "-j", "64", "--no-cache"])
        .args(["--no-table", "--no-progress-bar", "--no-share"])
        .env("OPENAI_API_KEY", "none")
        .env("PROMPTFOO_CONFIG_DIR", suite.folder.join(".keelmark/promptfoo"));
    for off in ["TELEMETRY", "UPDATE", "REMOTE_GENERATION", "ERROR_LOG", "DEBUG_LOG"] {
        command.env(format!("PROMPTFOO_DISABLE_{off}"), "1");
    }
    lap("promptfoo", command, model, suite.cases)
}

/// Recorded answers: scored while they are run, and scored again from the record.
fn recorded(settings: &Settings) {
    let (many, few) = settings.recorded;
    let runs = settings.runs.min(5);
    let of = |verb: &str| format!("`eval {verb}`, {many} recorded cases, exact match");
    let (rate_bar, memory_bar) = (Bar::CasesPerSecond(50_000.0), Bar::BytesPerCase(64.0));
    let (replay, run) = (of("replay"), of("run"));
    let memory = format!("{replay}, memory beyond a fixed base");
    let run_memory = format!("{run}, memory beyond a fixed base");
    let fails = |Failure(why): Failure| {
        table::gap(&replay, rate_bar, &why);
        table::gap(&memory, memory_bar, &why);
    };
    let prepared = || -> Result<(Suite, Suite), Failure> {
        eprintln!("preparing {many} recorded cases");
        let (large, small) = (Suite::recorded(many)?, Suite::recorded(few)?);
        record(&small)?;
        small.falsify()?;
        expect(keelmark(&small.folder, REPLAY), 4, "for a false score")?;
        record(&small)?;
        record(&large)?;
        for suite in [&large, &small] {
            let said = [REPLAY, &["--format", "json"]].concat();
            scores_everything(
                &expect(keelmark(&suite.folder, &said), 0, "for a true record")?,
                suite,
            )?;
        }
        Ok((large, small))
    };
    let (large, small) = match prepared() {
        Ok(suites) => suites,
        Err(failure) => return fails(failure),
    };
    let measured = || -> Result<_, Failure> {
        let time = alone(&mut || keelmark(&large.folder, REPLAY), runs)?;
        Ok((time, growth(&large, &small, REPLAY, runs)?))
    };
    match measured() {
        Ok((time, growth)) => {
            table::row(
                &replay,
                (&table::time(time), "–"),
                rate(many, time.as_secs_f64()),
                rate_bar,
            );
            table::row(&memory, (&growth.large(), &growth.small()), growth.bytes, memory_bar);
        }
        Err(failure) => fails(failure),
    }
    let measured = || -> Result<_, Failure> {
        let mut times = Vec::new();
        for _ in 0..runs {
            times.push(record(&large)?);
        }
        Ok((median(times), growth(&large, &small, RUN, runs)?))
    };
    match measured() {
        Ok((time, growth)) => {
            let rate = format!("{:.0}/s", rate(many, time));
            table::plain(&run, (&seconds(time), "–"), &rate, "");
            let bytes = format!("{:.0} B", growth.bytes);
            table::plain(&run_memory, (&growth.large(), &growth.small()), &bytes, "");
        }
        Err(Failure(why)) => table::plain(&run, ("–", "–"), "–", &why),
    }
}

/// Runs a suite whose answers are recorded; returns how long it took.
fn record(suite: &Suite) -> Result<f64, Failure> {
    suite.forget_runs()?;
    let start = Instant::now();
    expect(keelmark(&suite.folder, RUN), 0, "for recorded answers")?;
    let took = start.elapsed();
    suite.demand_passes()?;
    Ok(took.as_secs_f64())
}

/// Demands a replay that computed the score of every case again.
fn scores_everything(said: &str, suite: &Suite) -> Result<(), Failure> {
    let said: Value = serde_json::from_str(said)
        .map_err(|_| Failure("keelmark: exit 0, and no JSON document".to_owned()))?;
    let equal = said.get("equal").and_then(Value::as_u64);
    if equal == Some(suite.cases as u64) {
        return Ok(());
    }
    let equal = equal.unwrap_or_default();
    Err(Failure(format!("keelmark: {equal} equal scores, expected {}", suite.cases)))
}

/// The peak memory over many cases and over few, and what each case between costs.
struct Growth {
    large: f64,
    small: f64,
    few: usize,
    bytes: f64,
}

impl Growth {
    fn large(&self) -> String {
        format!("{:.1} MB", self.large / 1e6)
    }

    fn small(&self) -> String {
        format!("{:.1} MB over {} cases", self.small / 1e6, self.few)
    }
}

/// Measures the medians of peaks; a peak differs from run to run by some pages of each thread.
#[allow(clippy::cast_precision_loss, reason = "sizes and counts are far below 2⁵²")]
fn growth(
    large: &Suite,
    small: &Suite,
    arguments: &[&str],
    runs: usize,
) -> Result<Growth, Failure> {
    let peak = |suite: &Suite| -> Result<f64, Failure> {
        let mut peaks = Vec::new();
        for _ in 0..runs {
            peaks.push(peak(&keelmark(&suite.folder, arguments))? as f64);
        }
        Ok(median(peaks))
    };
    let (most, least) = (peak(large)?, peak(small)?);
    let between = (large.cases - small.cases).max(1) as f64;
    Ok(Growth { large: most, small: least, few: small.cases, bytes: (most - least) / between })
}

#[allow(clippy::cast_precision_loss, reason = "counts are far below 2⁵²")]
fn rate(cases: usize, seconds: f64) -> f64 {
    cases as f64 / seconds.max(1e-9)
}

fn seconds(seconds: f64) -> String {
    table::time(Duration::from_secs_f64(seconds))
}
