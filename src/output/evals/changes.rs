//! What changed between two runs, in words that all formats share.

use crate::evals::compare::{Changes, Example};
use crate::output::evals::words;

/// What the two runs are called.
#[derive(Debug, Clone, Copy)]
pub(super) struct Names<'a> {
    /// The run before.
    pub(super) before: &'a str,
    /// The run after; `None` where the whole report is about it.
    pub(super) after: Option<&'a str>,
}

impl Names<'_> {
    /// Heads what changed.
    pub(super) fn heading(self) -> String {
        match self.after {
            Some(after) => format!("Behaviour: {after} against {}", self.before),
            None => format!("Behaviour against the {}", self.before),
        }
    }

    /// Says that nothing can be said.
    pub(super) fn incomparable(self) -> String {
        let sides = match self.after {
            Some(after) => format!("{after} is not comparable with {}", self.before),
            None => format!("Not comparable with the {}", self.before),
        };
        format!("{sides}, so no difference is shown")
    }
}

/// Says how many answers changed.
pub(super) fn headline(changes: &Changes) -> String {
    let cases = words::count(changes.cases, "case");
    match changes.answers_changed {
        0 => format!("no answer changed ({cases} with the same row in both)"),
        count => {
            let answers = words::count(count, "answer");
            format!("{answers} changed ({cases} with the same row in both)")
        }
    }
}

/// Lists the cases that moved, only lists that hold some: `newly failing (2): a, b`.
pub(super) fn lists(changes: &Changes) -> Vec<String> {
    let lists = [
        ("newly failing", &changes.newly_failing),
        ("newly passing", &changes.newly_passing),
        ("newly undecided", &changes.newly_undecided),
        ("newly flaky", &changes.newly_flaky),
        ("newly stable", &changes.newly_stable),
        ("added, in no difference", &changes.added),
        ("removed, in no difference", &changes.removed),
        ("with another row, in no difference", &changes.other_rows),
    ];
    let some = lists.into_iter().filter(|(_, names)| !names.is_empty());
    some.map(|(what, names)| format!("{what} ({}): {}", names.len(), words::some_of(names)))
        .collect()
}

/// Heads an answer before and after.
pub(super) fn example(example: &Example) -> String {
    let by = match example.drop {
        drop if drop > 0.0 => format!(", worse by {}", words::number(drop)),
        drop if drop < 0.0 => format!(", better by {}", words::number(-drop)),
        _ => String::new(),
    };
    format!("{} ({}{by})", example.case, example.metric)
}

/// Names the metrics that are as they were.
pub(super) fn unchanged(changes: &Changes) -> Option<String> {
    let same = changes.metrics.iter().filter(|(_, change)| change.difference == 0.0);
    let names: Vec<&str> = same.map(|(name, _)| name.as_str()).collect();
    (!names.is_empty()).then(|| format!("unchanged: {}", names.join(", ")))
}

/// Writes the rows of the metrics that are not as they were: name, cases, means, difference,
/// `McNemar`'s p.
pub(super) fn metrics(changes: &Changes) -> Vec<[String; 4]> {
    let row = |(name, change): (&String, &crate::evals::compare::MetricChange)| {
        let mut difference = words::difference(name, change.difference, change.interval.as_ref());
        if let Some(p) = change.mcnemar_p {
            difference = format!("{difference}, McNemar p = {}", words::number(p));
        }
        [name.clone(), change.n.to_string(), words::means(name, change), difference]
    };
    changes.metrics.iter().filter(|(_, change)| change.difference != 0.0).map(row).collect()
}

/// What the columns of [`metrics`] are called.
pub(super) const METRIC_COLUMNS: [&str; 4] = ["metric", "n", "before → after", "difference"];
