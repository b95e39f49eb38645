//! The page for people.

use crate::escape;
use crate::evals::gate::{RunVerdict, Verdict};
use crate::evals::record::Provenance;
use crate::release::why::{Change, Gate, Move, Page, Release, Run, Stay, What};

/// What stands where nothing is known.
const NONE: &str = "  none\n";

/// Writes a page.
pub(super) fn human(page: &Page) -> String {
    let mut out = String::new();
    if let Some(record) = &page.record {
        let signed = if record.signed { ", signed" } else { "" };
        out.push_str(&format!("record {} ({}{signed})\n", record.id, escape::line(&record.kind)));
        out.push_str(&format!("  at       {}\n", record.at));
        out.push_str(&format!("  actor    {}\n", escape::line(&record.actor)));
        out.push_str(&format!("  subject  {}\n\n", escape::line(&record.subject)));
    }
    let sections = [
        ("what", page.what.as_ref().map(what)),
        ("what changed", page.change.as_ref().map(change)),
        ("runs", joined(&page.runs, run)),
        ("releases", joined(&page.releases, release)),
        ("live", joined(&page.live, stay)),
    ];
    let sections = sections
        .map(|(title, text)| format!("{title}\n{}", text.unwrap_or_else(|| NONE.to_owned())));
    out.push_str(&sections.join("\n"));
    out
}

fn joined<T>(items: &[T], write: impl Fn(&T) -> String) -> Option<String> {
    (!items.is_empty()).then(|| items.iter().map(write).collect())
}

fn what(what: &What) -> String {
    let commit = what.commit.as_ref().map_or_else(
        || "none: not committed".to_owned(),
        |commit| {
            let (author, subject) = (escape::line(&commit.author), escape::line(&commit.subject));
            format!("{}  {}  {author}: {subject}", short(&commit.id), commit.date)
        },
    );
    format!(
        "  {} {}\n  entry digest      {}\n  behaviour digest  {}\n  commit            {commit}\n",
        what.entry,
        escape::line(&what.version),
        what.digest,
        what.behaviour
    )
}

fn change(change: &Change) -> String {
    let changelog = change.changelog.as_deref().map_or_else(|| "none".to_owned(), escape::line);
    let step = match (&change.from, change.step) {
        (Some(from), Some(step)) => format!("{step} from {from}"),
        _ => "none: the first version".to_owned(),
    };
    let mut out = format!("  changelog  {changelog}\n  step       {step}\n");
    for reason in &change.reasons {
        let unknown = if reason.unknown { " (unknown)" } else { "" };
        let note = escape::line(&reason.note);
        out.push_str(&format!(
            "  {:<9}  {}{unknown}: {note}\n",
            reason.step.to_string(),
            reason.rule
        ));
    }
    out
}

fn run(run: &Run) -> String {
    let decision = match run.decision {
        RunVerdict::Pass => "pass",
        RunVerdict::Fail => "fail",
        RunVerdict::Inconclusive => "inconclusive",
    };
    let provenance = match (run.provenance, &run.principal) {
        (Provenance::Ci, Some(principal)) => format!("ci, signed by {}", escape::line(principal)),
        (Provenance::Ci, None) => "ci".to_owned(),
        (Provenance::Local, _) => "local".to_owned(),
    };
    let mut out = format!(
        "  {}  {}  {decision}  {provenance}\n    {} on {}, record {}\n",
        escape::line(&run.run),
        escape::line(&run.at),
        escape::line(&run.suite),
        escape::line(&run.model),
        run.record
    );
    run.gates.iter().for_each(|one| out.push_str(&gate(one)));
    out
}

/// Writes what a gate says, in one line.
pub(in crate::cli::commands) fn gate(gate: &Gate) -> String {
    let value = gate.value.map_or_else(|| "none".to_owned(), number);
    let interval = gate.interval.as_ref().map(|interval| {
        let end = |end: Option<f64>| end.map_or_else(|| "none".to_owned(), number);
        let confidence = number(interval.confidence * 100.0);
        format!(" [{}, {}] at {confidence} %", end(interval.low), end(interval.high))
    });
    let verdict = verdict(gate.verdict);
    let scope = if gate.scope.is_empty() { String::new() } else { format!(" ({})", gate.scope) };
    format!(
        "    {} {}{}: {value}{}, bar {}: {verdict}\n",
        escape::line(&gate.metric),
        escape::line(&gate.aggregate),
        escape::line(&scope),
        interval.unwrap_or_default(),
        escape::line(&gate.bar)
    )
}

fn release(release: &Release) -> String {
    let candidate = if release.candidate { ", a candidate" } else { "" };
    let mut out = format!(
        "  {}  {}  {}\n    step       {}{candidate}, record {}\n",
        escape::line(&release.tag),
        release.at,
        escape::line(&release.by),
        release.step,
        release.record
    );
    let mut line = |title: &str, texts: Vec<String>| {
        let texts = if texts.is_empty() { vec!["none".to_owned()] } else { texts };
        for (at, text) in texts.iter().enumerate() {
            let title = if at == 0 { title } else { "" };
            out.push_str(&format!("    {title:<9}  {}\n", escape::line(text)));
        }
    };
    let members = release.members.iter();
    line("members", members.map(|one| format!("{}  {}", one.slot, one.entry)).collect());
    line("evidence", release.evidence.clone());
    let approvals = release.approvals.iter().map(|one| {
        let at = one.at.as_deref().map(|at| format!("  {at}")).unwrap_or_default();
        let comment = one.comment.as_deref().map(|text| format!("  {text}")).unwrap_or_default();
        format!("{}{at}{comment}", one.principal)
    });
    line("approvals", approvals.collect());
    let waivers = release.waivers.iter();
    let waived = waivers
        .map(|one| format!("{} until {} by {}: {}", one.gate, one.until, one.by, one.reason));
    line("waivers", waived.collect());
    line("adr", release.adr.iter().cloned().collect());
    line("notes", release.notes.iter().cloned().collect());
    out
}

fn stay(stay: &Stay) -> String {
    let until = stay.until.as_deref().map_or_else(|| "now".to_owned(), escape::line);
    let mut out = format!(
        "  {}  {} to {until}  {}\n",
        escape::line(&stay.channel),
        escape::line(&stay.from),
        escape::line(&stay.tag)
    );
    out.push_str(&moved("by", &stay.began));
    stay.ended.iter().for_each(|ended| out.push_str(&moved("until", ended)));
    out
}

fn moved(title: &str, moved: &Move) -> String {
    let reason = moved.reason.as_deref().map(|reason| format!(": {reason}")).unwrap_or_default();
    let reason = escape::line(&reason);
    let (kind, by) = (escape::line(&moved.kind), escape::line(&moved.by));
    format!("    {title:<5}  {kind} {} by {by}{reason}\n", moved.record)
}

fn short(id: &str) -> &str {
    id.get(..10).unwrap_or(id)
}

/// Returns the word for what a gate says.
pub(in crate::cli::commands) const fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "pass",
        Verdict::Fail => "fail",
        Verdict::Inconclusive => "inconclusive",
        Verdict::NotMeasured => "not measured",
        Verdict::Advisory => "advisory",
    }
}

/// Writes a number with at most four digits behind the point.
pub(in crate::cli::commands) fn number(value: f64) -> String {
    let written = format!("{value:.4}");
    written.trim_end_matches('0').trim_end_matches('.').to_owned()
}
