//! Links between the project's Markdown files: the file is there, and so is the heading.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::{markdown, root};

fn pages() -> Vec<PathBuf> {
    let mut pages = markdown(&root().join("docs"));
    for name in ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"] {
        pages.push(root().join(name));
    }
    for folder in ["templates", "registry", "tests", "benches", "fuzz"] {
        pages.extend(markdown(&root().join(folder)));
    }
    pages
}

/// The lines of a page that are no code.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut fenced = false;
    text.lines().enumerate().filter(move |(_, line)| {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
            return false;
        }
        !fenced
    })
}

/// The anchors of a page's headings, as GitHub makes them.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut anchors = BTreeSet::new();
    for (_, line) in prose(text) {
        let Some(heading) = line.strip_prefix('#') else { continue };
        let heading = heading.trim_start_matches('#').trim();
        let mut anchor = String::new();
        for c in heading.chars().flat_map(char::to_lowercase) {
            match c {
                ' ' => anchor.push('-'),
                c if c.is_alphanumeric() || c == '-' || c == '_' => anchor.push(c),
                _ => {}
            }
        }
        let mut free = anchor.clone();
        let mut at = 0;
        while anchors.contains(&free) {
            at += 1;
            free = format!("{anchor}-{at}");
        }
        anchors.insert(free);
    }
    anchors
}

/// The targets of the links in a line; code is no link.
fn targets(line: &str) -> Vec<String> {
    let bare: String = line.split('`').step_by(2).collect::<Vec<_>>().join("code");
    let mut found = Vec::new();
    for rest in bare.split("](").skip(1) {
        if let Some((target, _)) = rest.split_once(')') {
            found.push(target.trim_matches(['<', '>']).to_owned());
        }
    }
    found
}

/// Says what is wrong with a link.
fn fault(page: &Path, text: &str, target: &str) -> Option<String> {
    if ["https://", "http://", "mailto:"].iter().any(|start| target.starts_with(start)) {
        return None;
    }
    let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
    let other = if file.is_empty() {
        text.to_owned()
    } else {
        let path = page.parent().expect("a folder").join(file);
        if !path.exists() {
            return Some(format!("there is no `{file}`"));
        }
        if anchor.is_empty() {
            return None;
        }
        fs::read_to_string(path).ok()?
    };
    (!anchors(&other).contains(anchor)).then(|| format!("`{target}`: there is no such heading"))
}

#[test]
fn every_link_leads_somewhere() {
    let mut wrong = Vec::new();
    let mut seen = 0;
    for page in pages() {
        let text = fs::read_to_string(&page).expect("UTF-8");
        for (at, line) in prose(&text) {
            for target in targets(line) {
                seen += 1;
                if let Some(fault) = fault(&page, &text, &target) {
                    let name = page.strip_prefix(root()).expect("below").display();
                    wrong.push(format!("{name}:{}: {fault}", at + 1));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(seen > 100, "only {seen} links");
}

#[test]
fn every_page_is_listed_among_the_documents() {
    let index = root().join("docs/README.md");
    let text = fs::read_to_string(&index).expect("UTF-8");
    let linked: BTreeSet<PathBuf> = prose(&text)
        .flat_map(|(_, line)| targets(line))
        .filter_map(|target| index.parent()?.join(target.split('#').next()?).canonicalize().ok())
        .collect();
    for page in markdown(&root().join("docs")) {
        // The page of rules lists those of their families.
        let family = page.parent().is_some_and(|folder| folder.ends_with("rules"));
        if page == index || (family && !page.ends_with("README.md")) {
            continue;
        }
        let name = page.strip_prefix(root()).expect("below").display();
        assert!(linked.contains(&page.canonicalize().expect("a path")), "{name} is not listed");
    }
}

#[test]
fn a_link_that_leads_nowhere_is_seen() {
    let page = root().join("docs/README.md");
    let text = "# One `two`\n\n## One `two`\n\n```sh\n# no heading\n```\n";
    for (target, sound) in [
        ("#one-two", true),
        ("#one-two-1", true),
        ("#no-heading", false),
        ("rules/README.md", true),
        ("rules/README.md#levels-and-overrides", true),
        ("rules/README.md#nothing", false),
        ("nowhere.md", false),
        ("https://example.com/#x", true),
    ] {
        assert_eq!(fault(&page, text, target).is_none(), sound, "{target}");
    }
    assert_eq!(targets("see [a](b.md#c) and `[d](e)` and [`f`](g)"), ["b.md#c", "g"]);
}
