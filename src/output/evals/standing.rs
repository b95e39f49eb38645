//! Whether the gate is open, and why, in one sentence.

use crate::evals::gate::{Decision, GateResult, RunVerdict, Verdict};
use crate::evals::record::{Settings, Status};
use crate::evals::report::Report;

/// Whether a run lets a change pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::output) enum Standing {
    /// A bar is broken.
    Closed,
    /// No bar is broken, and the run is no proof that all hold.
    Inconclusive,
    /// Every bar that was compared holds, or what is open was accepted.
    Open,
}

impl Standing {
    /// Judges a run. One that did not finish, or is a part of its suite, opens nothing.
    pub(in crate::output) fn of(report: &Report) -> Self {
        let run = &report.run;
        match report.decision().verdict() {
            RunVerdict::Fail => Self::Closed,
            _ if run.status != Status::Finished || part(report).is_some() => Self::Inconclusive,
            RunVerdict::Inconclusive if run.accepted_inconclusive.is_none() => Self::Inconclusive,
            RunVerdict::Inconclusive | RunVerdict::Pass => Self::Open,
        }
    }

    /// Returns the word used in every format.
    pub(in crate::output) const fn word(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Inconclusive => "inconclusive",
            Self::Open => "open",
        }
    }
}

/// Says why the gate stands as it does; the names in it are not escaped.
pub(super) fn why(report: &Report) -> String {
    let run = &report.run;
    let decision = report.decision();
    let accepted = run.accepted_inconclusive.as_deref();
    match Standing::of(report) {
        Standing::Closed => {
            let failed = share(&run.verdicts, Verdict::Fail, ("fails", "fail"));
            match decision.inconclusive {
                0 => failed,
                _ => format!("{failed}; {}", undecided(&run.verdicts, accepted)),
            }
        }
        Standing::Inconclusive => match (run.status, part(report)) {
            (Status::Running, _) => "the run has not ended".to_owned(),
            (Status::Interrupted, _) => "the run was interrupted".to_owned(),
            (Status::Capped, _) => "a cap on cost or time stopped the run".to_owned(),
            (Status::Finished, Some((which, of))) => {
                format!("part {which} of {of} of a suite is not judged by itself")
            }
            (Status::Finished, None) if decision.inconclusive == 0 => not_compared(decision),
            (Status::Finished, None) => undecided(&run.verdicts, None),
        },
        Standing::Open => {
            let mut parts = vec![match decision.passed {
                0 => not_compared(decision),
                _ => counted(decision).join(", "),
            }];
            if decision.verdict() == RunVerdict::Inconclusive {
                if decision.inconclusive > 0 {
                    parts.push(undecided(&run.verdicts, accepted));
                } else {
                    parts.push(format!("accepted: {}", accepted.unwrap_or_default()));
                }
            }
            parts.join("; ")
        }
    }
}

/// Counts how the gates of several runs stand, in one sentence.
pub(super) fn overall(reports: &[&Report]) -> String {
    let count = |wanted| reports.iter().filter(|report| Standing::of(report) == wanted).count();
    let each = [Standing::Closed, Standing::Inconclusive, Standing::Open];
    let some = each.into_iter().map(|standing| (count(standing), standing.word()));
    let some = some.filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}"));
    format!("gates of {} runs: {}", reports.len(), some.collect::<Vec<_>>().join(", "))
}

/// Returns which part of its suite a run is that was not judged for it.
fn part(report: &Report) -> Option<(u32, u32)> {
    let Settings { shard, .. } = &report.run.settings;
    shard.filter(|_| report.run.verdicts.is_empty())
}

fn counted(decision: Decision) -> Vec<String> {
    let counts = [
        (decision.passed, if decision.passed == 1 { "passes" } else { "pass" }),
        (decision.advisory, "advisory"),
        (decision.not_measured, "not measured"),
    ];
    let some = counts.into_iter().filter(|(count, _)| *count > 0);
    some.map(|(count, word)| format!("{count} {word}")).collect()
}

/// Says that nothing was decided, and what there is instead.
fn not_compared(decision: Decision) -> String {
    let what = counted(decision);
    match what.as_slice() {
        [] => "no bar was compared".to_owned(),
        some => format!("no bar decided anything: {}", some.join(", ")),
    }
}

fn undecided(verdicts: &[GateResult], accepted: Option<&str>) -> String {
    let share = share(verdicts, Verdict::Inconclusive, ("cannot decide", "cannot decide"));
    match accepted {
        Some(reason) => format!("{share}, accepted: {reason}"),
        None => share,
    }
}

/// Writes `2 of 7 gates fail (exact, sev1_count)`.
fn share(verdicts: &[GateResult], wanted: Verdict, (one, many): (&str, &str)) -> String {
    let mut names: Vec<&str> = Vec::new();
    let chosen: Vec<&GateResult> = verdicts.iter().filter(|g| g.verdict == wanted).collect();
    for gate in &chosen {
        if !names.contains(&gate.metric.as_str()) {
            names.push(&gate.metric);
        }
    }
    let all = verdicts.len();
    let gates = if all == 1 { "gate" } else { "gates" };
    let verb = if chosen.len() == 1 { one } else { many };
    format!("{} of {all} {gates} {verb} ({})", chosen.len(), names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evals::gate::Verdict::{Advisory, Fail, Inconclusive, NotMeasured, Pass};
    use crate::output::evals::tests::{gate, report};

    fn line(report: &Report) -> String {
        format!("{} — {}", Standing::of(report).word(), why(report))
    }

    #[test]
    fn the_gate_says_how_it_stands_and_why() {
        let cases: [(&[(&str, Verdict)], &str); 7] = [
            (
                &[("exact", Fail), ("sev1_count", Fail), ("judge", Pass)],
                "closed — 2 of 3 gates fail (exact, sev1_count)",
            ),
            (
                &[("exact", Fail), ("latency_ms", Inconclusive)],
                "closed — 1 of 2 gates fails (exact); 1 of 2 gates cannot decide (latency_ms)",
            ),
            (&[("exact", Fail), ("exact", Fail)], "closed — 2 of 2 gates fail (exact)"),
            (
                &[("exact", Pass), ("f1", Pass), ("judge", Advisory), ("latency_ms", NotMeasured)],
                "open — 2 pass, 1 advisory, 1 not measured",
            ),
            (
                &[("exact", Pass), ("latency_ms", Inconclusive)],
                "inconclusive — 1 of 2 gates cannot decide (latency_ms)",
            ),
            (
                &[("latency_ms", NotMeasured)],
                "inconclusive — no bar decided anything: 1 not measured",
            ),
            (&[], "inconclusive — no bar was compared"),
        ];
        for (verdicts, expected) in cases {
            let mut report = report();
            report.run.verdicts = verdicts.iter().map(|(name, v)| gate(name, *v)).collect();
            assert_eq!(line(&report), expected);
        }
    }

    #[test]
    fn what_was_accepted_is_open_and_says_so() {
        let mut report = report();
        report.run.verdicts = vec![gate("exact", Pass), gate("judge", Inconclusive)];
        report.run.accepted_inconclusive = Some("the judge is down".into());
        assert_eq!(
            line(&report),
            "open — 1 passes; 1 of 2 gates cannot decide (judge), accepted: the judge is down"
        );
        report.run.verdicts.clear();
        assert_eq!(line(&report), "open — no bar was compared; accepted: the judge is down");
    }

    #[test]
    fn a_run_that_did_not_finish_or_is_a_part_opens_nothing() {
        let mut report = report();
        report.run.verdicts = vec![gate("exact", Pass)];
        report.run.status = Status::Capped;
        report.run.accepted_inconclusive = Some("why not".into());
        assert_eq!(line(&report), "inconclusive — a cap on cost or time stopped the run");
        report.run.verdicts = vec![gate("exact", Fail)];
        assert_eq!(line(&report), "closed — 1 of 1 gate fails (exact)");
        report.run.verdicts.clear();
        report.run.status = Status::Finished;
        report.run.settings.shard = Some((2, 4));
        assert_eq!(line(&report), "inconclusive — part 2 of 4 of a suite is not judged by itself");
    }
}
