//! What is said of a change from one tree to another, by the check and by the release.

use std::collections::{BTreeMap, BTreeSet};

use keelmark::checks::evidence::{Claim, Doubt, DoubtKind, Witness};
use keelmark::checks::{
    Base, Named, Reading, Request, Scope, Stage, config, read_entry, read_policy, run,
};
use keelmark::finding::Severity;
use keelmark::ident::{EntryName, Kind};
use keelmark::path::RepoPath;
use keelmark::registry::layout::Layout;
use keelmark::registry::policy::freeze::Freeze;
use keelmark::release::composite::Composition;
use keelmark::release::readiness;
use keelmark::release::source::Trees;
use keelmark::release::step;
use keelmark::schema::PolicyName;
use keelmark::snapshot::{History, MemorySnapshot, ObjectName, ReadFault, Revision, Snapshot};
use keelmark::time;
use keelmark::version::Bump;

use crate::stage::{Play, State, Tree};

/// What was said.
#[derive(Debug, Default)]
pub(crate) struct Said {
    /// The rules of findings and of reasons, and how each finding weighs.
    pub(crate) rules: BTreeSet<String>,
    /// The steps that numbers announce and that contents need, by the rule that is a reason.
    pub(crate) steps: BTreeMap<String, (Bump, Bump)>,
    /// The rules whose findings refuse the change.
    pub(crate) refused: BTreeSet<String>,
    /// The messages of what was found.
    pub(crate) words: Vec<String>,
}

/// The day of the base's tip.
const TODAY: &str = "2026-11-26";

/// Who is asked.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    Check,
    Release,
}

/// Judges the last of `states` by the one before it; the scene stands where there is none.
pub(crate) fn judge(
    play: &Play,
    (states, before): (&[State], &[State]),
    day: Option<&str>,
    asked: Asked,
) -> Said {
    let Some((last, earlier)) = states.split_last() else { return Said::default() };
    let past: Vec<&State> =
        if earlier.is_empty() { before.iter().collect() } else { earlier.iter().collect() };
    let head = play.tree(Some(last));
    let before = play.tree(past.last().copied());
    let tip = play.tip(past.last().copied(), last);
    let mut trees: Vec<MemorySnapshot> =
        past.iter().map(|state| play.tree(Some(state)).files).collect();
    if trees.is_empty() {
        trees.push(before.files.clone());
    }
    trees.push(tip.clone());
    let line = Line { trees };
    let moment = format!("{}T12:00:00Z", day.unwrap_or(TODAY));
    let now = time::seconds(&moment).expect("a moment");
    let layout = Layout::new(RepoPath::from("registry"));
    let settings = read(&head.files);
    let trusted = read(&tip).config;
    let base = Base {
        before: Named { name: "before", tree: &before.files },
        tip: Named { name: "main", tree: &tip },
        branches: Vec::new(),
        tags: BTreeMap::new(),
        history: &line,
        published: trusted.versioning.published,
    };
    if asked == Asked::Release {
        return release(&layout, (&head.files, &base), now);
    }
    let changed = changed(&before.files, &head);
    let configuration = RepoPath::from("keelmark.yaml");
    let unmerged: Vec<RepoPath> =
        head.unmerged.iter().map(|path| RepoPath::from(path.as_str())).collect();
    let request = Request {
        layout: &layout,
        settings: &settings,
        config: Some(&configuration),
        trusted: &trusted,
        head: &head.files,
        read: &Reading::default(),
        unmerged: &unmerged,
        base: &base,
        changed: &changed,
        scope: Scope::Everything,
        today: Some(now),
        stage: Stage::Work,
        witness: &Refuses,
    };
    let report = run(&request).expect("memory");
    let mut said = Said::default();
    for finding in report.findings.iter().filter(|finding| !finding.inherited) {
        said.rules.insert(finding.rule.id.to_owned());
        if finding.severity == Severity::Error {
            said.refused.insert(finding.rule.id.to_owned());
        }
        said.words.push(format!("{}: {}", finding.rule.id, finding.message));
        let own = !trusted.rules.contains_key(finding.rule.id);
        assert!(!own || finding.severity <= finding.rule.least, "{} weighs less", finding.rule.id);
    }
    for entry in &report.entries {
        for reason in &entry.reasons {
            said.rules.insert(reason.rule.id.to_owned());
            said.steps.insert(reason.rule.id.to_owned(), (entry.declared, entry.required));
            said.words.push(format!(
                "{}: {} (declares {}, needs {})",
                reason.rule.id, reason.note, entry.declared, entry.required
            ));
        }
    }
    said
}

/// Asks what a release of the composite would say.
fn release(layout: &Layout, (head, base): (&MemorySnapshot, &Base<'_>), now: i64) -> Said {
    let mut said = Said::default();
    let name = EntryName::new(Kind::Composite, "support_copilot".parse().expect("an id"));
    let trees = Trees::new(layout, Named { name: "", tree: head }, Some(base));
    let resolve = |trees: &Trees<'_>, tree: &dyn Snapshot| {
        let loaded = read_entry(layout, &name, Named { name: "", tree }).expect("memory")?;
        Some(Composition::resolve(trees, loaded).expect("memory"))
    };
    let Some((Some(new), findings)) = resolve(&trees, head) else { return said };
    let before = Trees::new(layout, base.tip, Some(base));
    let old = resolve(&before, base.tip.tree).and_then(|(old, _)| old);
    let target = new.loaded.entry.common.rollback_to.clone();
    let target = target.and_then(|text| text.parse().ok()).and_then(|version| {
        let loaded =
            keelmark::checks::content_at(base, layout, &name, &version).expect("memory")?;
        Composition::resolve(&before, loaded).expect("memory").0
    });
    let freeze = read_policy::<Freeze>(head, layout, PolicyName::Freeze).expect("memory");
    let freeze = freeze.ok().flatten().map(|read| read.policy);
    let taken: Vec<_> = old.iter().map(|old| old.version.clone()).collect();
    let trusted = keelmark::registry::config::Config::default();
    let request = step::Request { old: old.as_ref(), new: &new, taken: &taken, trusted: &trusted };
    let judged = step::judge(&request);
    for row in &judged.rows {
        said.steps.insert(row.rule.id.to_owned(), (judged.declared, judged.required));
        said.rules.insert(row.rule.id.to_owned());
        said.words.push(format!("{}: {}", row.rule.id, row.why));
    }
    let ready = readiness::check(&readiness::Request {
        composition: &new,
        source: &trees,
        known: &trees,
        first: false,
        target: target.as_ref(),
        approvals: &[],
        freeze: freeze.as_ref(),
        journeys: &BTreeSet::new(),
        candidate: false,
        now,
    });
    for finding in findings.iter().chain(&judged.findings).chain(&ready.expect("memory")) {
        said.rules.insert(finding.rule.id.to_owned());
        said.words.push(format!("{}: {}", finding.rule.id, finding.message));
    }
    said
}

fn read(tree: &MemorySnapshot) -> config::Settings {
    config::read(tree, &RepoPath::from("keelmark.yaml")).expect("memory")
}

fn changed(old: &MemorySnapshot, new: &Tree) -> Vec<RepoPath> {
    let all = |tree: &MemorySnapshot| -> BTreeMap<RepoPath, String> {
        let files = tree.list(&RepoPath::from("")).expect("memory");
        files.into_iter().map(|f| (f.path, format!("{:?} {:?}", f.mode, f.content))).collect()
    };
    let (old, new) = (all(old), all(&new.files));
    let paths: BTreeSet<&RepoPath> = old.keys().chain(new.keys()).collect();
    paths.into_iter().filter(|path| old.get(path) != new.get(path)).cloned().collect()
}

/// Commits one behind the other, the oldest first.
struct Line {
    trees: Vec<MemorySnapshot>,
}

impl Line {
    fn name(at: usize) -> ObjectName {
        ObjectName::new(&[u8::try_from(at + 1).expect("few commits"); 20])
    }

    fn content(tree: &MemorySnapshot, path: &RepoPath) -> Option<String> {
        tree.file(path).expect("memory").map(|file| format!("{:?}", file.content))
    }
}

impl History for Line {
    fn revisions(&self, path: &RepoPath) -> Result<Vec<Revision>, ReadFault> {
        let mut found = Vec::new();
        let mut before = None;
        for (at, tree) in self.trees.iter().enumerate() {
            let now = Self::content(tree, path);
            if now != before {
                found.push(Revision {
                    commit: Self::name(at),
                    time_seconds: i64::try_from(at).expect("few commits"),
                    author: "A <a@example.com>".to_owned(),
                    subject: format!("commit {at}"),
                });
            }
            before = now;
        }
        found.reverse();
        Ok(found)
    }

    fn arrivals(&self, _: &RepoPath, path: &RepoPath) -> Result<Vec<ObjectName>, ReadFault> {
        Ok(self.revisions(path)?.into_iter().map(|revision| revision.commit).collect())
    }

    fn at(&self, commit: ObjectName) -> Result<Box<dyn Snapshot>, ReadFault> {
        let found = self.trees.iter().enumerate().find(|(at, _)| Self::name(*at) == commit);
        let missing = || ReadFault::Missing { object: commit.to_string() };
        found.map(|(_, tree)| Box::new(tree.clone()) as Box<dyn Snapshot>).ok_or_else(missing)
    }
}

/// Knows of no evidence.
struct Refuses;

impl Witness for Refuses {
    fn vouch(&self, _: &Claim<'_>) -> Result<Result<String, Doubt>, ReadFault> {
        let (what, next) = ("there is no such file".to_owned(), "run the suite".to_owned());
        Ok(Err(Doubt { kind: DoubtKind::Unfit, what, next }))
    }
}
