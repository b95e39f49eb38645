use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::{Changed, Graph, Target, affected_suites};
use crate::ident::{EntryName, EntryRef};
use crate::path::RepoPath;
use crate::registry::index::Index;
use crate::registry::layout::Layout;
use crate::snapshot::MemorySnapshot;
use crate::source::SourceFile;
use crate::yaml::Document;

/// Makes a graph of entries, each a name and the YAML of its file.
fn graph(entries: &[(&str, &str)]) -> Graph {
    let layout = Layout::new(RepoPath::from("registry"));
    let mut tree = MemorySnapshot::new();
    let mut read = Vec::new();
    for (text, yaml) in entries {
        let name = name(text);
        let path = layout.entry_paths(&name).next().expect("a path");
        tree = tree.with(&path.to_string(), *yaml);
        read.push((name, Document::parse(SourceFile::new(path, (*yaml).to_owned())).0));
    }
    Graph::build(&read, &Index::new(&layout, &tree)).expect("memory")
}

fn name(text: &str) -> EntryName {
    let reference: EntryRef = text.parse().expect("a reference");
    EntryName::new(reference.kind.expect("a kind"), reference.id)
}

fn set(names: &[&str]) -> BTreeSet<EntryName> {
    names.iter().map(|text| name(text)).collect()
}

/// Shows each reached entry by its chain.
fn chains(found: &BTreeMap<EntryName, super::Path>) -> Vec<String> {
    found.values().map(ToString::to_string).collect()
}

/// Two prompts share a fragment, a model and a profile; a suite measures both.
const DIAMOND: &[(&str, &str)] = &[
    ("fragment/tone", "version: 1.0.0"),
    ("prompt/a", "version: 1.0.0\ndepends_on: [fragment/tone]\nmodel: model/m@^1"),
    ("prompt/b", "version: 1.0.0\ndepends_on: [{ref: fragment/tone@1.0.0, edge: build}]"),
    ("model/m", "version: 1.2.0\npolicies: {safety_profile: strict}"),
    ("profile/strict", "version: 1.0.0"),
    ("dataset/gold", "version: 1.0.0\naliases: [gold_old]"),
    ("judge/good", "version: 1.0.0\nmodel: model/m@1.2.0"),
    ("suite/s", "cases: dataset/gold_old\ntarget: a\nroute: {B: prompt/b}\njudges: {good: good}"),
    ("composite/c", "members: {prompt: a@1.0.0, data: gold}\nsuites: [s]"),
];

#[test]
fn a_diamond_is_reached_once_and_by_the_shortest_chain() {
    let graph = graph(DIAMOND);
    let cases: &[(&str, &[&str])] = &[
        (
            "fragment/tone",
            &[
                "fragment/tone → prompt/a → composite/c",
                "fragment/tone → prompt/a",
                "fragment/tone → prompt/b",
                "fragment/tone → prompt/a → suite/s",
            ],
        ),
        (
            "profile/strict",
            &[
                "profile/strict → model/m → prompt/a → composite/c",
                "profile/strict → model/m → judge/good",
                "profile/strict → model/m",
                "profile/strict → model/m → prompt/a",
                "profile/strict → model/m → judge/good → suite/s",
            ],
        ),
        ("dataset/gold", &["dataset/gold → composite/c", "dataset/gold → suite/s"]),
        ("composite/c", &[]),
    ];
    for (of, expected) in cases {
        assert_eq!(chains(&graph.dependents(&set(&[of]))), *expected, "{of}");
    }
    assert_eq!(
        chains(&graph.dependencies(&set(&["prompt/a"]))),
        ["prompt/a → fragment/tone", "prompt/a → model/m", "prompt/a → model/m → profile/strict"]
    );
    let both = graph.dependents(&set(&["fragment/tone", "prompt/b"]));
    assert_eq!(both[&name("suite/s")].to_string(), "prompt/b → suite/s");
    assert!(!both.contains_key(&name("prompt/b")), "what changed is not what is reached");
    assert_eq!(graph.cycles(), Vec::<Vec<EntryName>>::new());
}

#[test]
fn aliases_and_short_forms_lead_to_the_entry_that_is_meant() {
    let graph = graph(DIAMOND);
    let of = |from: &str| -> Vec<String> {
        let edges = graph.edges().iter().filter(|edge| edge.from == name(from));
        edges.map(|edge| format!("{} → {}", edge.label().join(" "), edge.end())).collect()
    };
    assert_eq!(
        of("suite/s"),
        [
            "cases → dataset/gold",
            "judge good → judge/good",
            "target → prompt/a",
            "route B → prompt/b"
        ]
    );
    assert_eq!(
        of("composite/c"),
        ["member data → dataset/gold", "member prompt @1.0.0 → prompt/a", "suite → suite/s"]
    );
}

#[test]
fn links_are_shown_and_carry_nothing() {
    let graph = graph(&[
        ("prompt/a", "links: {datasets: [gold]}"),
        ("prompt/old", "status: deprecated\nreplaced_by: a"),
        ("dataset/gold", "version: 1.0.0"),
        ("suite/s", "cases: cases.csv\ntarget: a"),
    ]);
    assert_eq!(chains(&graph.dependents(&set(&["dataset/gold"]))), [""; 0]);
    assert_eq!(
        chains(&graph.dependents(&set(&["prompt/a"]))),
        ["prompt/a → suite/s"],
        "nobody acts otherwise because of what replaces it"
    );
    let around = |of: &str| -> Vec<String> {
        graph.around(&set(&[of])).nodes().keys().map(ToString::to_string).collect()
    };
    assert_eq!(around("dataset/gold"), ["dataset/gold", "prompt/a"]);
    assert_eq!(around("suite/s"), ["prompt/a", "suite/s"]);
    assert_eq!(around("prompt/old"), ["prompt/a", "prompt/old"]);
}

#[test]
fn circles_are_found_and_walked_once() {
    let graph = graph(&[
        ("fragment/a", "depends_on: [fragment/b]"),
        ("fragment/b", "depends_on: [fragment/c, fragment/d]"),
        ("fragment/c", "depends_on: [fragment/a]"),
        ("fragment/d", "depends_on: [fragment/d]"),
        ("fragment/e", "depends_on: [fragment/a]"),
        ("fragment/x", "replaced_by: y"),
        ("fragment/y", "replaced_by: x"),
    ]);
    let circles: Vec<String> = graph.cycles().iter().map(|c| names(c)).collect();
    assert_eq!(circles, ["fragment/a fragment/b fragment/c", "fragment/d"]);
    assert_eq!(
        chains(&graph.dependents(&set(&["fragment/a"]))),
        [
            "fragment/a → fragment/c → fragment/b",
            "fragment/a → fragment/c",
            "fragment/a → fragment/e"
        ]
    );
}

fn names(names: &[EntryName]) -> String {
    names.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

#[test]
fn what_leads_nowhere_is_kept_as_it_is_written() {
    let graph = graph(&[
        ("prompt/a", "model: Not An Id\ndepends_on: [tone, fragment/gone@^2]"),
        ("prompt/broken", "id: ["),
        ("suite/s", "cases: dataset/gone\ntarget: a"),
    ]);
    let shown: Vec<String> = graph
        .edges()
        .iter()
        .map(|edge| format!("{} {} {:?}", edge.pointer, edge.written, edge.to.name().is_some()))
        .collect();
    assert_eq!(
        shown,
        [
            "/depends_on/1 fragment/gone@^2 true",
            "/depends_on/0 tone false",
            "/model Not An Id false",
            "/target a true",
            "/cases dataset/gone true",
        ]
    );
    assert!(graph.edges().iter().filter(|e| matches!(e.to, Target::Entry(_))).count() == 1);
    assert_eq!(
        graph.missing(),
        ["Not An Id", "dataset/gone", "fragment/gone", "tone"].map(String::from).into()
    );
    assert_eq!(names(&graph.unreadable().cloned().collect::<Vec<_>>()), "prompt/broken");
    assert_eq!(
        chains(&graph.dependents(&set(&["fragment/gone"]))),
        ["fragment/gone → prompt/a", "fragment/gone → prompt/a → suite/s"],
        "a deletion reaches whoever still asks"
    );
}

#[test]
fn suites_run_for_every_reason_there_is() {
    let mut entries = DIAMOND.to_vec();
    entries.push(("suite/old", "status: removed\ncases: dataset/gold\ntarget: a"));
    entries.push(("suite/own", "cases: cases.csv\ntarget: lonely"));
    entries.push(("prompt/lonely", "version: 1.0.0"));
    let graph = graph(&entries);
    let cases: &[(&[&str], &[&str], &[&str])] = &[
        (&["fragment/tone"], &[], &["fragment/tone → prompt/a → suite/s"]),
        (&["dataset/gold"], &[], &["dataset/gold → suite/s"]),
        (
            &["judge/good", "model/m"],
            &[],
            &["judge/good → suite/s", "model/m → judge/good → suite/s"],
        ),
        (&["suite/own"], &[], &["suite/own"]),
        (&["suite/own", "prompt/lonely"], &[], &["prompt/lonely → suite/own", "suite/own"]),
        (&["composite/c", "suite/gone", "suite/old"], &[], &[]),
        (&[], &["journeys"], &[]),
        (
            &["suite/own"],
            &["gates"],
            &["suite/own", "policies/gates → suite/own", "policies/gates → suite/s"],
        ),
        (&[], &[], &[]),
    ];
    for (entries, policies, expected) in cases {
        let policies = policies.iter().map(ToString::to_string).collect();
        let affected = affected_suites(&graph, &Changed { entries: set(entries), policies });
        let mut shown = Vec::new();
        for (suite, reasons) in &affected {
            assert!(reasons.iter().all(|reason| reason.to_string().ends_with(&suite.to_string())));
            shown.extend(reasons.iter().map(ToString::to_string));
        }
        assert_eq!(shown, *expected, "{entries:?}");
    }
}

/// References among fragments by number; some lead to a number that is no fragment.
fn any_references() -> impl Strategy<Value = Vec<Vec<usize>>> {
    (1_usize..9).prop_flat_map(|count| {
        prop::collection::vec(prop::collection::vec(0..count + 1, 0..4), count)
    })
}

proptest! {
    #[test]
    fn a_change_reaches_the_transitive_closure_by_shortest_chains(
        references in any_references(),
        start in 0_usize..9,
    ) {
        let fragment = |at: usize| format!("fragment/f{at}");
        let entries: Vec<(String, String)> = references
            .iter()
            .enumerate()
            .map(|(at, to)| {
                let to: Vec<String> = to.iter().copied().map(fragment).collect();
                (fragment(at), format!("depends_on: [{}]", to.join(", ")))
            })
            .collect();
        let entries: Vec<(&str, &str)> =
            entries.iter().map(|(name, yaml)| (name.as_str(), yaml.as_str())).collect();
        let graph = graph(&entries);
        let start = start % (references.len() + 1);

        // The naive fixpoint, with the round in which each fragment was reached.
        let mut rounds: BTreeMap<usize, usize> = BTreeMap::from([(start, 0)]);
        for round in 1..=references.len() {
            let before: BTreeSet<usize> = rounds.keys().copied().collect();
            for (at, to) in references.iter().enumerate() {
                if to.iter().any(|to| before.contains(to)) {
                    rounds.entry(at).or_insert(round);
                }
            }
        }
        rounds.remove(&start);
        let of = set(&[&fragment(start)]);
        let found = graph.dependents(&of);
        let lengths: BTreeMap<EntryName, usize> =
            found.iter().map(|(name, path)| (name.clone(), path.edges.len())).collect();
        let expected: BTreeMap<EntryName, usize> =
            rounds.iter().map(|(at, round)| (name(&fragment(*at)), *round)).collect();
        prop_assert_eq!(lengths, expected);
        for (reached, path) in &found {
            prop_assert_eq!(path.names.last(), Some(reached));
            prop_assert_eq!(path.names.first(), of.first());
            for (edge, pair) in path.edges.iter().zip(path.names.windows(2)) {
                prop_assert!(graph.edges().contains(edge));
                prop_assert_eq!((edge.to.name(), &edge.from), (Some(&pair[0]), &pair[1]));
            }
        }

        // Backwards it is the same relation, and circles are what reaches itself.
        for (at, _) in &entries {
            let reached = graph.dependents(&set(&[at]));
            for other in graph.nodes().keys().filter(|other| **other != name(at)) {
                let back = graph.dependencies(&BTreeSet::from([other.clone()]));
                prop_assert_eq!(reached.contains_key(other), back.contains_key(&name(at)));
            }
        }
        let in_circle: BTreeSet<EntryName> = graph.cycles().into_iter().flatten().collect();
        for (at, to) in references.iter().enumerate() {
            let reached = graph.dependents(&set(&[&fragment(at)]));
            let leads_back =
                to.iter().any(|to| *to == at || reached.contains_key(&name(&fragment(*to))));
            prop_assert_eq!(in_circle.contains(&name(&fragment(at))), leads_back);
        }
    }
}
