use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use super::{
    Begun, Decision, SupersedeFault, begin, free_name, read, render, replace, replaced_by, shape,
    slug, unfilled,
};
use crate::path::RepoPath;
use crate::registry::config::Roles;
use crate::release::page::Pages;
use crate::release::sample::{bare, facts};
use crate::source::SourceFile;
use crate::yaml::Document;

/// The headings of MADR 4.0.0's template behind the title, as `git-and-hooks.md` 6.1 has them.
const MADR: [&str; 8] = [
    "## Context and Problem Statement",
    "## Decision Drivers",
    "## Considered Options",
    "## Decision Outcome",
    "### Consequences",
    "### Confirmation",
    "## Pros and Cons of the Options",
    "## More Information",
];

fn file(text: &str) -> SourceFile {
    SourceFile::new(RepoPath::from("docs/adr/a.md"), text.to_owned())
}

fn begun() -> String {
    let roles = Roles { accountable: vec!["Ada".to_owned()], ..Roles::default() };
    let begun =
        Begun { title: "Ask @ada | <b>", date: "2026-11-25", roles: &roles, supersedes: &[] };
    begin(&begun, &Pages::default()).expect("a record")
}

fn records() -> [String; 3] {
    let pages = Pages::default();
    let of = |facts| render(&facts, &pages).expect("a record");
    [of(facts()), of(bare()), begun()]
}

/// The headings that another reader of Markdown sees, as they are written.
fn headings(text: &str) -> Vec<String> {
    let options = Options::ENABLE_TABLES | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS;
    let mut found = Vec::new();
    let mut inside: Option<String> = None;
    for event in Parser::new_ext(text, options) {
        match event {
            Event::Start(Tag::Heading { level, .. }) => {
                inside = Some(format!("{} ", "#".repeat(level as usize)));
                assert!(level <= HeadingLevel::H3, "only `###` may be added");
            }
            Event::End(TagEnd::Heading(_)) => found.extend(inside.take()),
            Event::Text(text) | Event::Code(text) => {
                if let Some(heading) = &mut inside {
                    heading.push_str(&text);
                }
            }
            _ => {}
        }
    }
    found
}

#[test]
fn the_headings_are_those_of_madr_in_their_order() {
    for text in records() {
        let headings = headings(&text);
        assert!(headings[0].starts_with("# "), "{headings:?}");
        let options: Vec<&String> = headings
            .iter()
            .skip_while(|h| *h != MADR[6])
            .skip(1)
            .filter(|h| h.starts_with("### "))
            .collect();
        let known: Vec<&String> =
            headings.iter().skip(1).filter(|heading| !options.contains(heading)).collect();
        assert_eq!(known, MADR.iter().collect::<Vec<_>>());
        for heading in &headings {
            assert!(
                text.lines().any(|line| line == heading || heading.starts_with("# ")),
                "{heading}"
            );
        }
        // Each option that is considered has its arguments under its own words.
        let list = text.split("## Considered Options\n\n").nth(1).expect("the options");
        let listed = list.lines().take_while(|line| line.starts_with("* "));
        let listed: Vec<String> =
            listed.map(|line| line.replace("* ", "### ").replace(" a line", "")).collect();
        assert_eq!(listed.len(), options.len());
        assert!(listed.iter().zip(&options).all(|(a, b)| a.starts_with(&b[..8])), "{listed:?}");
    }
}

#[test]
fn the_front_matter_is_yaml_that_says_what_was_decided() {
    let [accepted, proposed, begun] = records();
    for (text, status) in [(&accepted, "accepted"), (&proposed, "proposed"), (&begun, "proposed")] {
        let front = text.strip_prefix("---\n").and_then(|text| text.split_once("\n---\n"));
        let (front, _) = front.expect("front matter");
        let (document, findings) = Document::parse(file(&format!("{front}\n")));
        assert!(findings.is_empty(), "{findings:?}");
        let value = document.expect("YAML").value().clone();
        assert_eq!(value["status"], status);
        assert_eq!(value["date"], "2026-11-25");
        assert!(value["decision-makers"].is_array(), "{value}");
    }
    let decision = read(&file(&accepted));
    assert_eq!(
        decision,
        Decision {
            title: Some("Release support_copilot 1.8.0".to_owned()),
            status: Some("accepted".to_owned()),
            date: Some("2026-11-25".to_owned()),
            release: Some("release/support_copilot@1.8.0".to_owned()),
            composite_digest: Some(format!("sha256:{}", "ab".repeat(32))),
            supersedes: vec!["2026-10-01-support_copilot-1.7.3.md".to_owned()],
            fault: None,
        }
    );
    assert_eq!(read(&file(&begun)).title.as_deref(), Some("Ask @ada | <b>"));
}

#[test]
fn other_peoples_records_are_read_as_far_as_they_go() {
    let cases = [
        ("# A\n", (None, None)),
        ("---\nstatus: accepted # today\n---\n# A `b` \\*\n", (Some("accepted"), None)),
        (
            "---\r\nstatus: 'superseded by b.md'\r\n---\r\n\r\n# A\r\n",
            (Some("superseded by b.md"), Some("b.md")),
        ),
        ("\u{feff}---\nstatus: rejected\n---\n# A\n", (Some("rejected"), None)),
        ("---\nstatus: [\n---\n# A\n", (None, None)),
        ("---\nstatus: accepted\n# A\n", (None, None)),
        ("", (None, None)),
    ];
    for (text, (status, by)) in cases {
        let decision = read(&file(text));
        assert_eq!(decision.status.as_deref(), status, "{text:?}");
        assert_eq!(decision.superseded_by(), by, "{text:?}");
        assert_eq!(decision.title.is_some(), text.contains("# A"), "{text:?}");
    }
    assert_eq!(
        read(&file("---\na: 1\n---\n```\n# No\n```\n# A `b` \\*\n")).title.as_deref(),
        Some("A b *")
    );
    let fault = read(&file("---\na: 1\nstatus: [\n---\n")).fault.expect("a fault");
    assert!(fault.starts_with("line 3: ") || fault.starts_with("line 4: "), "{fault}");
}

#[test]
fn a_place_waits_until_words_stand_in_it() {
    let [release, _, begun] = records();
    let lines = |text: &str| unfilled(text).iter().map(|place| place.line).collect::<Vec<_>>();
    let of_release = unfilled(&release);
    let what: Vec<&str> = of_release.iter().map(|place| place.what.as_str()).collect();
    assert_eq!(
        what,
        [
            "write which problem the release solves, and why now",
            "finish the sentence in your own words",
            "write the risk that is taken, and who watches it"
        ]
    );
    for place in &of_release {
        let line = release.lines().nth(place.line as usize - 1).expect("a line");
        assert!(line.contains("TODO(author)"), "{line}");
    }
    assert!(unfilled(&begun).len() > 8);
    let filled: String =
        release.lines().map(|line| line.replace("TODO(author): ", "") + "\n").collect();
    assert_eq!(unfilled(&filled), []);
    let asked = "<!-- keelmark: write why -->";
    let cases = [
        (format!("{asked}\n"), vec![1]),
        (format!("{asked}\n\n## Next\n"), vec![1]),
        (format!("{asked}\n\n{asked}\nwords\n"), vec![1]),
        (format!("{asked}\nTODO(author): x\n"), vec![2]),
        (format!("{asked}\n\nwords\n"), vec![]),
        ("words\n".to_owned(), vec![]),
        ("## Decision Outcome\n\n### Consequences\n\n* a\n".to_owned(), vec![1]),
        ("## Decision Outcome\n\nwords\n".to_owned(), vec![]),
        ("## Decision Drivers\n".to_owned(), vec![]),
    ];
    for (text, expected) in cases {
        assert_eq!(lines(&text), expected, "{text}");
    }
}

#[test]
fn one_record_takes_the_place_of_another_and_nothing_else_changes() {
    let body = "\n# A\n\nstatus: proposed\n";
    let cases = [
        (
            "---\nstatus: \"accepted\" # so\ndate: x\n---\n",
            "---\nstatus: \"superseded by b.md\" # so\ndate: x\n---\n",
        ),
        ("---\ndate: x\n---\n", "---\ndate: x\nstatus: superseded by b.md\n---\n"),
        ("---\n---\n", "---\nstatus: \"superseded by b.md\"\n---\n"),
        ("", "---\nstatus: \"superseded by b.md\"\n---\n\n"),
        ("---\r\nstatus: accepted\r\n---\r\n", "---\r\nstatus: superseded by b.md\r\n---\r\n"),
    ];
    for (old, new) in cases {
        let (old, new) = (format!("{old}{body}"), format!("{new}{body}"));
        assert_eq!(replaced_by(&file(&old), "b.md"), Ok(Some(new.clone())), "{old:?}");
        assert_eq!(replaced_by(&file(&new), "b.md"), Ok(None), "{new:?}");
        let already = SupersedeFault::Already { by: "b.md".to_owned() };
        assert_eq!(replaced_by(&file(&new), "c.md"), Err(already));
        assert_eq!(replace(&file(&new), "b.md"), Err(SupersedeFault::Circle));
    }
    let once = replace(&file("---\nstatus: accepted\n---\nx"), "a.md").expect("edited");
    let once = once.expect("changed");
    assert_eq!(once, "---\nstatus: accepted\nsupersedes:\n  - \"a.md\"\n---\nx");
    assert_eq!(replace(&file(&once), "a.md"), Ok(None));
    let twice = replace(&file(&once), "b.md").expect("edited").expect("changed");
    assert_eq!(read(&file(&twice)).supersedes, ["b.md", "a.md"]);
    let [release, ..] = records();
    let edited = replaced_by(&file(&release), "b.md").expect("edited").expect("changed");
    assert_eq!(edited, release.replacen("\"accepted\"", "\"superseded by b.md\"", 1));
    for broken in ["---\nstatus: [\n---\n", "---\n- a\n---\n"] {
        let fault = replaced_by(&file(broken), "b.md");
        assert!(matches!(fault, Err(SupersedeFault::Unreadable(_))), "{fault:?}");
    }
    let fault = replace(&file("---\nsupersedes: a.md\n---\n"), "b.md");
    assert!(matches!(fault, Err(SupersedeFault::Edit(_))), "{fault:?}");
}

#[test]
fn a_name_is_the_day_and_the_title_and_never_one_that_is_there() {
    let cases = [
        ("Ask for the locale", "ask-for-the-locale"),
        ("  Más: \"x\" / y?  ", "m-s-x-y"),
        ("決定", "decision"),
        ("..", "decision"),
        (&"long title ".repeat(20), "long-title-long-title-long-title-long-title-long-title-long"),
    ];
    for (title, expected) in cases {
        assert_eq!(slug(title), expected, "{title}");
    }
    let taken = ["2026-11-25-a.md", "2026-11-25-a-2.md"];
    let name = |title: &str| free_name("2026-11-25", title, |name| taken.contains(&name));
    assert_eq!(name("a"), "2026-11-25-a-3.md");
    assert_eq!(name("b"), "2026-11-25-b.md");
}

#[test]
fn what_keelmark_writes_is_a_record() {
    for text in records() {
        assert_eq!(shape(&text), None);
    }
}
