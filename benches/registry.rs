//! The comparisons that Keelmark publishes: `cargo bench --bench registry`.
//!
//! Every figure is a ratio against a command of git or coreutils, taken by turns in one run on one
//! machine, so that it holds on another. The table goes to stdout and is pasted into
//! `docs/performance.md`; talk goes to stderr. A bench judges nothing: it exits with 0.

#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a bench starts programs, reads the clock and prints; the library never does"
)]

mod support;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use support::content::Draft;
use support::generate::{Registry, Size};
use support::ledger::{self, Ledger};
use support::measure::{Failure, alone, expect, pairs, peak};
use support::payloads::{Divisor, Payloads};
use support::released::Released;
use support::rows::Rows;
use support::shell::{git, keelmark, program, shell};
use support::table::{self, Bar};

const USAGE: &str = "cargo bench --bench registry -- [--quick] [--prompts N] [--seal] [--build] [--check-jsonschema PATH]
  --quick      3 pairs instead of 11
  --prompts N  N prompts and N/10 datasets instead of 10000 and 1000
  --seal       makes 3 GB of payloads and measures `seal --check` and `verify`
  --build      times a release build in an empty target folder
  --check-jsonschema PATH  PyPI's check-jsonschema, beside which schemas are judged";

/// What is measured, and how often.
struct Settings {
    prompts: usize,
    runs: usize,
    /// How many rows the compared dataset has.
    rows: usize,
    payloads: Option<Divisor>,
    build: Build,
    check_jsonschema: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Build {
    Timed,
    LeftOut,
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
    start(&settings);
    hook(&settings);
    check(&settings);
    schemas(&settings);
    rows(&settings);
    seal(&settings);
    verify(&settings);
    publish(&settings);
    status(&settings);
    build(&settings);
}

/// Reads the arguments.
///
/// Cargo passes `--bench` when it measures. Without it this is `cargo test --all-targets`, and
/// everything runs once over next to nothing, to see that it runs.
fn settings(arguments: impl Iterator<Item = String>) -> Result<Settings, String> {
    let arguments: Vec<String> = arguments.collect();
    let measures = arguments.iter().any(|argument| argument == "--bench");
    let full = Divisor(1);
    let mut settings = Settings {
        prompts: if measures { 10_000 } else { 40 },
        runs: if measures { 11 } else { 1 },
        rows: if measures { 1_000_000 } else { 1000 },
        payloads: if measures {
            Payloads::are_there(full).then_some(full)
        } else {
            Some(Divisor(1000))
        },
        build: Build::LeftOut,
        check_jsonschema: None,
    };
    let mut arguments = arguments.into_iter();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--bench" => {}
            "--quick" => settings.runs = settings.runs.min(3),
            "--seal" => settings.payloads = Some(full),
            "--build" => settings.build = Build::Timed,
            "--prompts" => {
                let count = arguments.next().and_then(|count| count.parse().ok());
                settings.prompts = count.filter(|count| *count > 0).ok_or(USAGE)?;
            }
            "--check-jsonschema" => {
                let path = arguments.next().ok_or(USAGE)?;
                let found = std::path::absolute(&path);
                let found = found.map_err(|error| format!("`{path}`: {error}"))?;
                settings.check_jsonschema = Some(found);
            }
            other => return Err(format!("unknown argument `{other}`\n{USAGE}")),
        }
    }
    Ok(settings)
}

fn size(prompts: usize) -> Size {
    Size { prompts, datasets: (prompts / 10).max(1) }
}

/// Start-up and size of the program.
fn start(settings: &Settings) {
    let what = "`keelmark --version`";
    let bar = Bar::Milliseconds(5.0);
    let here = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let measured = || {
        let said = expect(keelmark(here, &["--version"]), 0, "")?;
        if !said.starts_with("keelmark ") {
            return Err(Failure("keelmark: exit 0, and no version printed".to_owned()));
        }
        alone(&mut || keelmark(here, &["--version"]), settings.runs)
    };
    match measured() {
        Ok(time) => {
            table::row(what, (&table::time(time), "–"), time.as_secs_f64() * 1e3, bar);
        }
        Err(Failure(why)) => table::gap(what, bar, &why),
    }
    let what = "the program's size";
    let bar = Bar::Megabytes(20.0);
    match std::fs::metadata(env!("CARGO_BIN_EXE_keelmark")) {
        Ok(file) => {
            let size = megabytes(file.len());
            table::row(what, (&format!("{size:.1} MB"), "–"), size, bar);
        }
        Err(error) => table::gap(what, bar, &error.to_string()),
    }
}

/// The hook, in the large registry against git, in a small one against the clock.
fn hook(settings: &Settings) {
    let large = size(settings.prompts);
    let what = format!("`hook run pre-commit`, one staged entry, {}", large.words());
    let bar = Bar::Times(2.5);
    let measured = || {
        let registry = staged(large)?;
        let result = pairs(
            &mut || keelmark(&registry.folder, HOOK),
            &mut || staged_names(&registry.folder),
            settings.runs,
        );
        registry.reset()?;
        result
    };
    match measured() {
        Ok(pairs) => {
            let theirs = format!("{} `git diff --cached --name-only`", table::time(pairs.theirs));
            table::row(&what, (&table::time(pairs.ours), &theirs), pairs.ratio, bar);
        }
        Err(Failure(why)) => table::gap(&what, bar, &why),
    }

    let small = Size { prompts: 270.min(settings.prompts), datasets: 29 };
    let what = format!("`hook run pre-commit`, one staged entry, {} entries", small.entries());
    let bar = Bar::Milliseconds(15.0);
    let measured = || {
        let registry = staged(small)?;
        alone(&mut || keelmark(&registry.folder, HOOK), settings.runs)
    };
    match measured() {
        Ok(time) => table::row(&what, (&table::time(time), "–"), time.as_secs_f64() * 1e3, bar),
        Err(Failure(why)) => table::gap(&what, bar, &why),
    }
}

const HOOK: &[&str] = &["hook", "run", "pre-commit"];

/// Returns a registry with one good edit staged, after the hook was seen to refuse a bad one.
fn staged(size: Size) -> Result<Registry, Failure> {
    eprintln!("preparing {}", size.words());
    let registry = Registry::ready(size)?;
    registry.stage(Draft::Forgotten)?;
    expect(keelmark(&registry.folder, HOOK), 1, "for an edit without a new version")?;
    registry.stage(Draft::Bumped)?;
    expect(keelmark(&registry.folder, HOOK), 0, "for a bumped edit")?;
    Ok(registry)
}

fn staged_names(folder: &Path) -> Command {
    let mut command = program("git", folder);
    command.args(["diff", "--cached", "--name-only"]);
    command
}

/// The whole registry at a revision: time against reading every blob, and memory.
fn check(settings: &Settings) {
    const ARGUMENTS: &[&str] = &["check", "--all", "--rev", "HEAD"];
    const READ_ALL: &str = "git ls-files -s | awk '{print $2}' | git cat-file --batch >/dev/null";
    let size = size(settings.prompts);
    let what = format!("`check --all --rev HEAD`, {}", size.words());
    let (bar, memory_bar) = (Bar::Times(2.0), Bar::Megabytes(200.0));
    let measured = || {
        let registry = Registry::ready(size)?;
        let report = [ARGUMENTS, &["--format", "json"]].concat();
        let report = expect(keelmark(&registry.folder, &report), 0, "for a sound registry")?;
        sees_everything(&report, size)?;
        let times = pairs(
            &mut || keelmark(&registry.folder, ARGUMENTS),
            &mut || shell(&registry.folder, READ_ALL),
            settings.runs,
        )?;
        Ok((times, peak(&keelmark(&registry.folder, ARGUMENTS))))
    };
    let memory_of = format!("{what}, peak memory");
    match measured() {
        Ok((pairs, memory)) => {
            let theirs =
                format!("{} `git cat-file --batch` of every file", table::time(pairs.theirs));
            table::row(&what, (&table::time(pairs.ours), &theirs), pairs.ratio, bar);
            match memory.map(megabytes) {
                Ok(most) => {
                    table::row(&memory_of, (&format!("{most:.0} MB"), "–"), most, memory_bar);
                }
                Err(Failure(why)) => table::gap(&memory_of, memory_bar, &why),
            }
        }
        Err(Failure(why)) => {
            table::gap(&what, bar, &why);
            table::gap(&memory_of, memory_bar, &why);
        }
    }
}

/// Entries against their schemas: everything that `check` does, against a validator of schemas alone
/// over the same files.
fn schemas(settings: &Settings) {
    const ARGUMENTS: &[&str] = &["check", "--all", "--rev", "HEAD"];
    let size = Size { prompts: 1000.min(settings.prompts), datasets: 100.min(settings.prompts) };
    let what = format!("`check --all --rev HEAD`, {}, beside check-jsonschema", size.words());
    let bar = Bar::Throughput(40.0);
    let Some(validator) = &settings.check_jsonschema else {
        return table::gap(&what, bar, "not asked for: `--check-jsonschema PATH`");
    };
    let schemas = concat!(env!("CARGO_MANIFEST_DIR"), "/schemas");
    let line: Vec<String> = ["prompt", "dataset"]
        .iter()
        .map(|kind| {
            let validator = validator.display();
            let schema = format!("{schemas}/{kind}.schema.json");
            format!("'{validator}' --schemafile '{schema}' registry/{kind}s/*/*/{kind}.yaml")
        })
        .collect();
    let line = format!("{} >/dev/null", line.join(" >/dev/null && "));
    let measured = || {
        eprintln!("preparing {}", size.words());
        let registry = Registry::ready(size)?;
        let report = [ARGUMENTS, &["--format", "json"]].concat();
        let report = expect(keelmark(&registry.folder, &report), 0, "for a sound registry")?;
        sees_everything(&report, size)?;
        pairs(
            &mut || keelmark(&registry.folder, ARGUMENTS),
            &mut || shell(&registry.folder, &line),
            settings.runs.min(3),
        )
    };
    match measured() {
        Ok(pairs) => {
            let theirs = format!("{} check-jsonschema", table::time(pairs.theirs));
            table::row(&what, (&table::time(pairs.ours), &theirs), 1.0 / pairs.ratio, bar);
        }
        Err(Failure(why)) => table::gap(&what, bar, &why),
    }
}

/// Two contents of a dataset, row by row: time against sorting both files, and memory.
fn rows(settings: &Settings) {
    const ARGUMENTS: &[&str] = &["diff"];
    let sorted = format!(
        "sort old.csv > old.sorted && sort {} > new.sorted && comm -3 old.sorted new.sorted > /dev/null",
        Rows::FILE
    );
    let what = format!("`diff` of a dataset of {} rows of CSV", settings.rows);
    let memory_of = format!("{what}, peak memory");
    let (bar, memory_bar) = (Bar::Times(1.5), Bar::Megabytes(512.0));
    let measured = || {
        eprintln!("preparing {} rows", settings.rows);
        let rows = Rows::ready(settings.rows)?;
        let said = expect(keelmark(&rows.folder, ARGUMENTS), 0, "for a diff")?;
        if let Some(lacking) = Rows::said(settings.rows).iter().find(|words| !said.contains(*words))
        {
            return Err(Failure(format!("keelmark: exit 0, and not said: {lacking}")));
        }
        let times = pairs(
            &mut || keelmark(&rows.folder, ARGUMENTS),
            &mut || shell(&rows.folder, &sorted),
            settings.runs,
        )?;
        Ok((times, peak(&keelmark(&rows.folder, ARGUMENTS)).map(megabytes)?))
    };
    match measured() {
        Ok((pairs, memory)) => {
            let theirs = format!("{} `sort` of both files and `comm`", table::time(pairs.theirs));
            table::row(&what, (&table::time(pairs.ours), &theirs), pairs.ratio, bar);
            table::row(&memory_of, (&format!("{memory:.0} MB"), "–"), memory, memory_bar);
        }
        Err(Failure(why)) => {
            table::gap(&what, bar, &why);
            table::gap(&memory_of, memory_bar, &why);
        }
    }
}

/// Demands a report that counts every entry and finds nothing: speed is easy for who looks away.
fn sees_everything(report: &str, size: Size) -> Result<(), Failure> {
    let report: serde_json::Value = serde_json::from_str(report)
        .map_err(|_| Failure("keelmark: exit 0, and no JSON report".to_owned()))?;
    let entries = report.pointer("/summary/entries").and_then(serde_json::Value::as_u64);
    if entries != Some(size.entries() as u64) {
        let found = entries.map_or_else(|| "no".to_owned(), |count| count.to_string());
        return Err(Failure(format!("keelmark: {found} entries, expected {}", size.entries())));
    }
    if let Some(first) = report.pointer("/findings/0") {
        eprintln!("the generated registry has findings, the first: {first}");
    }
    Ok(())
}

/// Digests of large payloads: throughput against `sha256sum`, and memory.
fn seal(settings: &Settings) {
    const ARGUMENTS: &[&str] = &["seal", "--check"];
    const SUMS: &str = "git ls-files -z 'registry/*.bin' | xargs -0 sha256sum >/dev/null";
    let (bar, memory_bar) = (Bar::Throughput(3.0), Bar::Times(1.5));
    let Some(divisor) = settings.payloads else {
        let why = "not measured: `--seal` makes 2 GB of payloads and takes 4 GB of disk";
        table::gap("`seal --check` over 2 GB", bar, why);
        return;
    };
    let mut what = "`seal --check`".to_owned();
    let mut measured = || {
        eprintln!("preparing large payloads");
        let payloads = Payloads::ready(divisor)?;
        let gigabytes = gigabytes(payloads.bytes);
        what = format!("`seal --check` over {gigabytes:.3} GB in {} files", payloads.files);
        payloads.falsify()?;
        let status = keelmark(&payloads.folder, ARGUMENTS).output()?.status;
        payloads.mend()?;
        if status.success() {
            return Err(Failure("keelmark: exit 0 for a false digest".to_owned()));
        }
        expect(keelmark(&payloads.folder, ARGUMENTS), 0, "for true digests")?;
        let times = pairs(
            &mut || keelmark(&payloads.folder, ARGUMENTS),
            &mut || shell(&payloads.folder, SUMS),
            settings.runs,
        )?;
        let whole = peak(&keelmark(&payloads.folder, ARGUMENTS))?;
        let part = peak(&keelmark(&payloads.folder, &["seal", Payloads::SMALLER, "--check"]))?;
        Ok((times, gigabytes, megabytes(whole), megabytes(part)))
    };
    match measured() {
        Ok((pairs, gigabytes, whole, part)) => {
            let rate = |time: f64| format!("{:.2} GB/s", gigabytes / time.max(1e-9));
            let theirs = format!("{} `sha256sum`", rate(pairs.theirs.as_secs_f64()));
            let sides = (&*rate(pairs.ours.as_secs_f64()), &*theirs);
            table::row(&what, sides, 1.0 / pairs.ratio, bar);
            let sides =
                (&*format!("{whole:.0} MB"), &*format!("{part:.0} MB over its smaller files"));
            table::row(&format!("{what}, peak memory"), sides, whole / part.max(1e-9), memory_bar);
        }
        Err(Failure(why)) => table::gap(&what, bar, &why),
    }
}

/// A release with large payloads, proven, against `seal --check` of the same payloads.
fn verify(settings: &Settings) {
    let bar = Bar::Milliseconds(200.0);
    let full = Divisor(1);
    let divisor = match settings.payloads {
        Some(divisor) => divisor,
        None if Released::is_there(full) => full,
        None => {
            let why = "not measured: `--seal` makes 1 GB of payloads and takes 2 GB of disk";
            return table::gap("`verify` of a release with 1 GB of payloads", bar, why);
        }
    };
    let mut what = "`verify`".to_owned();
    let mut measured = || {
        eprintln!("preparing a release with large payloads");
        let released = Released::ready(divisor)?;
        let (gigabytes, files) = (gigabytes(released.bytes), released.files);
        what = format!(
            "`verify` of a release with {gigabytes:.3} GB in {files} files, less `seal --check`"
        );
        let folder = &released.folder;
        released.falsify()?;
        let said = expect(keelmark(folder, &["verify"]), 4, "for one false byte");
        released.mend()?;
        if !said?.contains("bulk/data` of dataset/bulk@1.0.0 is sha256:") {
            return Err(Failure("keelmark: exit 4, and not for the false byte".to_owned()));
        }
        expect(keelmark(folder, &["verify"]), 0, "for a release that holds")?;
        pairs(
            &mut || keelmark(folder, &["verify"]),
            &mut || keelmark(folder, &["seal", "--check"]),
            settings.runs,
        )
    };
    match measured() {
        Ok(pairs) => {
            let more = (pairs.ours.as_secs_f64() - pairs.theirs.as_secs_f64()) * 1e3;
            let theirs = format!("{} `seal --check`", table::time(pairs.theirs));
            table::row(&what, (&table::time(pairs.ours), &theirs), more, bar);
        }
        Err(Failure(why)) => table::gap(&what, bar, &why),
    }
}

/// The tags of all entries in one transaction: checking them, digests, tag objects and references,
/// against git moving the references alone.
fn publish(settings: &Settings) {
    const REFERENCES: &str = ".git/keelmark-tags";
    let size = Size { prompts: 270.min(settings.prompts), datasets: 29 };
    let entries = size.entries();
    let what = format!("`publish`, {entries} tags, {}", size.words());
    let bar = Bar::Times(3.0);
    let measured = || {
        let registry = Registry::untagged(size)?;
        let folder = &registry.folder;
        expect(keelmark(folder, &["publish"]), 0, "for merged versions")?;
        let lines = ["for-each-ref", "--format=create %(refname) %(objectname)", "refs/tags"];
        let lines = git(folder, &lines)?;
        let count = lines.lines().count();
        if count != entries {
            return Err(Failure(format!("keelmark: {count} tags, expected {entries}")));
        }
        std::fs::write(folder.join(REFERENCES), lines)?;
        let fresh = || {
            // A failure shows when the next tag is made.
            let _ = registry.forget_tags();
        };
        pairs(
            &mut || {
                fresh();
                keelmark(folder, &["publish"])
            },
            &mut || {
                fresh();
                shell(folder, &format!("git update-ref --stdin < {REFERENCES}"))
            },
            settings.runs,
        )
    };
    match measured() {
        Ok(pairs) => {
            let theirs = format!("{} `git update-ref --stdin`", table::time(pairs.theirs));
            table::row(&what, (&table::time(pairs.ours), &theirs), pairs.ratio, bar);
        }
        Err(Failure(why)) => table::gap(&what, bar, &why),
    }
}

/// What is live, beside a ledger of any length, against git showing the one file that says it.
fn status(settings: &Settings) {
    let records = settings.prompts;
    let what = format!("`status`, {records} records");
    let bar = Bar::Milliseconds(30.0);
    let measured = || {
        eprintln!("preparing a ledger of {records} records");
        let ledger = Ledger::ready(records)?;
        let folder = &ledger.folder;
        let said = expect(keelmark(folder, &["status", "--format", "json"]), 0, "for a status")?;
        let said: serde_json::Value = serde_json::from_str(&said)
            .map_err(|_| Failure("keelmark: exit 0, and no JSON".to_owned()))?;
        let tells = |pointer: &str| said.pointer(pointer).and_then(serde_json::Value::as_str);
        let runnable = said.pointer("/channels/0/way_back/runnable");
        if tells("/channels/0/string") != Some("model@1.0.0")
            || runnable != Some(&serde_json::Value::Bool(true))
        {
            return Err(Failure(format!("keelmark: exit 0, and not what is live: {said}")));
        }
        let listed = expect(keelmark(folder, &["ledger", "log"]), 0, "for a sound ledger")?;
        if listed.lines().count() != records {
            return Err(Failure(format!("{} records are listed", listed.lines().count())));
        }
        let show = || {
            let mut command = program("git", folder);
            command.args(["show", ledger::CHANNEL]);
            command
        };
        pairs(&mut || keelmark(folder, &["status"]), &mut || show(), settings.runs)
    };
    match measured() {
        Ok(pairs) => {
            let theirs = format!("{} `git show` of the channel's file", table::time(pairs.theirs));
            let ours = pairs.ours.as_secs_f64() * 1e3;
            table::row(&what, (&table::time(pairs.ours), &theirs), ours, bar);
        }
        Err(Failure(why)) => table::gap(&what, bar, &why),
    }
}

/// A release build from nothing but downloaded sources.
fn build(settings: &Settings) {
    let what = "clean `cargo build --release`";
    let bar = Bar::Seconds(360.0);
    if settings.build == Build::LeftOut {
        return table::gap(what, bar, "not measured: `--build` takes minutes");
    }
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench/build");
    let measured = || {
        if target.exists() {
            std::fs::remove_dir_all(&target)?;
        }
        // With the caller's environment: cargo and rustc are found through it.
        let mut cargo = Command::new(env!("CARGO"));
        cargo.current_dir(env!("CARGO_MANIFEST_DIR")).args(["build", "--release", "--locked"]);
        cargo.env("CARGO_TARGET_DIR", &target);
        let start = Instant::now();
        let status = cargo.status()?;
        let took = start.elapsed();
        std::fs::remove_dir_all(&target)?;
        if status.success() { Ok(took) } else { Err(Failure("the build failed".to_owned())) }
    };
    match measured() {
        Ok(took) => table::row(what, (&table::time(took), "–"), took.as_secs_f64(), bar),
        Err(Failure(why)) => table::gap(what, bar, &why),
    }
}

#[allow(clippy::cast_precision_loss, reason = "sizes are far below 2⁵² bytes")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

#[allow(clippy::cast_precision_loss, reason = "sizes are far below 2⁵² bytes")]
fn gigabytes(bytes: usize) -> f64 {
    bytes as f64 / 1e9
}
