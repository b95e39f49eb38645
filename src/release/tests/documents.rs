use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use crate::release::facts::ReleaseFacts;
use crate::release::keepachangelog::{insert, section};
use crate::release::page::Pages;
use crate::release::sample::{bare, facts};
use crate::release::{adr, notes};
use crate::snapshot::MemorySnapshot;

/// Documents of a release, by name.
fn documents(facts: &ReleaseFacts) -> [(&'static str, String); 3] {
    let pages = Pages::default();
    let section = section(facts, &pages).expect("a section");
    [
        ("adr", adr::render(facts, &pages).expect("a record")),
        ("notes", notes::render(facts, &pages).expect("notes")),
        ("changelog", insert("", &section)),
    ]
}

#[test]
fn the_documents_of_a_release_read_like_this() {
    for (name, text) in documents(&facts()) {
        insta::assert_snapshot!(name, text);
    }
}

#[test]
fn what_is_not_known_is_said_so() {
    for (name, text) in documents(&bare()) {
        insta::assert_snapshot!(format!("bare_{name}"), text);
    }
}

/// What another reader of Markdown sees in a document.
struct Seen {
    text: String,
    links: Vec<String>,
    tables: Vec<usize>,
    pictures_and_markup: Vec<String>,
}

fn seen(markdown: &str) -> Seen {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS;
    let mut seen =
        Seen { text: String::new(), links: vec![], tables: vec![], pictures_and_markup: vec![] };
    let mut hidden = false;
    for event in Parser::new_ext(markdown, options) {
        match event {
            Event::Start(Tag::MetadataBlock(_)) => hidden = true,
            Event::End(TagEnd::MetadataBlock(_)) => hidden = false,
            Event::Text(text) | Event::Code(text) if !hidden => seen.text.push_str(&text),
            Event::Start(Tag::Link { dest_url, .. }) => seen.links.push(dest_url.to_string()),
            Event::Start(Tag::TableRow | Tag::TableHead) => seen.tables.push(0),
            Event::Start(Tag::TableCell) => *seen.tables.last_mut().expect("a row") += 1,
            Event::Start(Tag::Image { dest_url, .. }) => {
                seen.pictures_and_markup.push(dest_url.to_string());
            }
            Event::Html(html) | Event::InlineHtml(html) if !html.starts_with("<!-- keelmark: ") => {
                seen.pictures_and_markup.push(html.to_string());
            }
            _ => {}
        }
    }
    seen
}

#[test]
fn foreign_text_is_words_whatever_it_is() {
    for (name, text) in documents(&facts()) {
        let seen = seen(&text);
        assert_eq!(seen.pictures_and_markup, [""; 0], "{name}");
        let links = ["adr/", "https://keepachangelog.com/", "../"];
        assert!(seen.links.iter().all(|link| links.iter().any(|l| link.contains(l))), "{name}");
        assert!(
            seen.text.contains("@\u{200b}all | ![x](http://e/i.png) <b>\\u{1b}[2J #"),
            "{name}"
        );
        assert!(!text.contains('\u{1b}'), "{name}");
        let columns = |row: &usize| [3, 6, 7, 8, 9].contains(row);
        assert!(seen.tables.iter().all(columns), "{name}: {:?}", seen.tables);
    }
}

#[test]
fn a_template_of_ones_own_that_makes_no_record_is_refused() {
    let layout = crate::registry::layout::Layout::new("registry".into());
    let text = documents(&facts())[0].1.clone();
    let literal = text.replace("\\u{1b}", "");
    let cases = [
        (literal.clone(), None),
        (
            literal.replace("## Considered Options\n", ""),
            Some("there is no `## Considered Options`"),
        ),
        (literal.replace("# Release support", "Release support"), Some("there is no title")),
        (literal.replace("status:", "state:"), Some("has no `status`")),
        (
            literal.replace("## Considered Options", "## Decision Outcome"),
            Some("`## Decision Outcome` stands twice, or not where MADR 4.0.0 has it"),
        ),
        (literal.replace("date: \"", "date: \"\""), Some("line 3: ")),
    ];
    for (template, expected) in cases {
        let tree = MemorySnapshot::new().with("registry/templates/adr.md", template);
        let pages = Pages::read(&tree, &layout).expect("read").expect("templates");
        let said = adr::render(&facts(), &pages).err().map(|fault| fault.to_string());
        match expected {
            None => assert_eq!(said, None),
            Some(words) => {
                let said = said.expect("a fault");
                assert!(said.starts_with("registry/templates/adr.md: "), "{said}");
                assert!(said.contains(words), "{said}");
            }
        }
    }
}
