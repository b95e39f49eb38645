//! Whatever `overrides` says: reading it never panics, each finding is reported or accepted with a
//! reason, and what no change may accept for itself stays.

#![no_main]

use std::collections::BTreeMap;
use std::sync::LazyLock;

use keelmark::checks::config::{self, Settings};
use keelmark::checks::evidence::{Claim, Doubt, DoubtKind, Witness};
use keelmark::checks::report::Report;
use keelmark::checks::{Base, Named, Reading, Request, Scope, Stage, run};
use keelmark::path::RepoPath;
use keelmark::registry::config::{Config, Published};
use keelmark::registry::layout::Layout;
use keelmark::snapshot::{MemorySnapshot, NoHistory, ReadFault};
use libfuzzer_sys::fuzz_target;

const CONFIG: &str = "keelmark.yaml";

/// Findings of these rules no change accepts for itself.
const NEVER: [&str; 2] = ["version-unchanged", "checksum-mismatch"];

struct Nobody;

impl Witness for Nobody {
    fn vouch(&self, _: &Claim<'_>) -> Result<Result<String, Doubt>, ReadFault> {
        let (what, next) = ("nobody saw it".to_owned(), String::new());
        Ok(Err(Doubt { kind: DoubtKind::Open, what, next }))
    }
}

fn prompt(version: &str, inputs: &str) -> String {
    format!(
        "id: it\nversion: {version}\nowner: team\nschema: {{inputs: [{inputs}], outputs: [a]}}\n\
         changelog: [\"{version}: so\"]\n"
    )
}

fn tree(entries: [(&str, &str, &str); 3]) -> MemorySnapshot {
    entries.into_iter().fold(MemorySnapshot::new(), |tree, (id, version, inputs)| {
        let folder = format!("registry/prompts/{id}");
        let text = prompt(version, inputs).replace("id: it", &format!("id: {id}"));
        tree.with(&format!("{folder}/prompt.yaml"), text)
            .with(&format!("{folder}/template.md"), "Hello {{ b }}")
    })
}

/// Three prompts, of which one moves too little, one too much, and one not at all.
fn check(settings: &Settings, head: &MemorySnapshot) -> Report {
    let before = tree([("few", "1.0.0", "b, c"), ("many", "1.0.0", "b"), ("none", "1.0.0", "b")]);
    let layout = Layout::new(RepoPath::from("registry"));
    let trusted = Config::default();
    let named = || Named { name: "main", tree: &before };
    let base = Base {
        before: named(),
        tip: named(),
        branches: Vec::new(),
        tags: BTreeMap::new(),
        history: &NoHistory,
        published: Published::Merged,
    };
    let path = RepoPath::from(CONFIG);
    let mut changed = vec![path.clone()];
    let ids = ["few", "many", "none"];
    changed.extend(ids.map(|id| RepoPath::from(&*format!("registry/prompts/{id}/prompt.yaml"))));
    run(&Request {
        layout: &layout,
        settings,
        config: Some(&path),
        trusted: &trusted,
        head,
        read: &Reading::default(),
        unmerged: &[],
        base: &base,
        changed: &changed,
        scope: Scope::Everything,
        today: Some(0),
        stage: Stage::Review,
        witness: &Nobody,
    })
    .expect("memory is read")
}

fn head() -> MemorySnapshot {
    tree([("few", "1.0.1", "b"), ("many", "9.0.0", "b"), ("none", "1.0.0", "b, d")])
}

/// What there is to say of the entries: rule, entry and fingerprint.
fn said(report: &Report) -> Vec<[String; 3]> {
    let accepted = report.overridden.iter().map(|overridden| &overridden.finding);
    let findings = report.findings.iter().chain(accepted);
    let mut said: Vec<[String; 3]> = findings
        .filter_map(|finding| {
            let entry = finding.entry.as_ref()?.to_string();
            Some([finding.rule.id.to_owned(), entry, finding.fingerprint()])
        })
        .collect();
    said.sort();
    said
}

static PLAIN: LazyLock<Vec<[String; 3]>> = LazyLock::new(|| {
    let said = said(&check(&Settings::default(), &head()));
    assert!(NEVER.iter().any(|rule| said.iter().any(|[id, ..]| id == rule)), "{said:?}");
    said
});

/// Makes overrides of lines `NUMBER|reason|pointer`, so that some of them name findings.
fn overrides(text: &str) -> String {
    let list = text.lines().filter_map(|line| {
        let mut parts = line.splitn(3, '|');
        let at: usize = parts.next()?.parse().ok()?;
        let [rule, entry, fingerprint] = PLAIN.get(at % PLAIN.len())?;
        let mut one = serde_json::json!({
            "rule": rule, "entry": entry, "fingerprint": fingerprint, "reason": parts.next()?,
        });
        if let Some(pointer) = parts.next() {
            one["pointer"] = pointer.into();
        }
        Some(one)
    });
    serde_json::json!({"overrides": list.collect::<Vec<_>>()}).to_string()
}

fuzz_target!(|text: &str| {
    for text in [text.to_owned(), overrides(text)] {
        let head = head().with(CONFIG, text);
        let settings = config::read(&head, &RepoPath::from(CONFIG)).expect("memory is read");
        assert_eq!(settings.config.overrides.len(), settings.override_places.len());
        let report = check(&settings, &head);
        assert_eq!(said(&report), *PLAIN);
        for accepted in &report.overridden {
            assert!(!NEVER.contains(&accepted.finding.rule.id));
            assert!(!accepted.reason.trim().is_empty(), "{:?}", accepted.reason);
        }
        for finding in &report.findings {
            let range = finding.place.span.range();
            assert!(finding.place.file.text().get(range).is_some(), "{finding:?}");
        }
    }
});
