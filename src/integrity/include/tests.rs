use super::*;
use crate::integrity::facets::{Facets, facets};
use crate::integrity::text::{Text, Texts};
use crate::path::RepoPath;
use crate::registry::layout::Layout;
use crate::snapshot::MemorySnapshot;
use crate::version::Version;

/// A fragment: its id, its text, and further keys.
type Written<'a> = (&'a str, &'a str, &'a str);

/// A tree with a prompt `p`, whose template and dependencies are given, and fragments.
fn tree(template: &str, needs: &str, fragments: &[Written<'_>]) -> MemorySnapshot {
    let mut tree = MemorySnapshot::new()
        .with(
            "registry/prompts/p/prompt.yaml",
            format!("id: p\nversion: 1.0.0\nowner: team\nschema: {{inputs: [q], outputs: [a]}}\ndepends_on: [{needs}]\n"),
        )
        .with("registry/prompts/p/template.md", template);
    for (id, text, more) in fragments {
        let folder = format!("registry/fragments/{id}");
        let file = format!("id: {id}\nversion: 1.2.0\nowner: team\n{more}");
        tree = tree
            .with(&format!("{folder}/fragment.yaml"), file)
            .with(&format!("{folder}/fragment.md"), *text);
    }
    tree
}

/// Reads the texts and the digests of an entry.
fn read(tree: &MemorySnapshot, name: &str) -> (Texts, Facets) {
    let layout = Layout::new(RepoPath::from("registry"));
    let index = Index::new(&layout, tree);
    let reference: EntryRef = name.parse().expect("a reference");
    let name = EntryName::new(reference.kind.expect("a kind"), reference.id);
    let path = layout.find(tree, &name).expect("memory").expect("an entry");
    let Placed::Entry { form, .. } = layout.place(&path) else { panic!("no entry at {path}") };
    let document = index.document(&path).expect("memory").expect("YAML");
    let value = document.value().clone();
    let (entry, _) = Entry::read(name, form, document, value);
    let sources = Sources { tree, attributes: tree };
    let (payloads, _) = payload::resolve(&entry, sources).expect("memory");
    let texts = Texts::read(&entry, &payloads, &index, tree).expect("memory");
    let facets = facets(&entry, &payloads, &texts);
    (texts, facets)
}

fn prompt(tree: &MemorySnapshot) -> Text {
    read(tree, "prompt/p").0.get("/template").expect("a template").clone()
}

fn said(tree: &MemorySnapshot) -> Vec<String> {
    prompt(tree).faults().iter().map(|f| format!("{}: {}", f.rule.id, f.message)).collect()
}

#[test]
fn fragments_stand_where_they_are_included_at_any_depth() {
    let needs = "fragment/a@^1, {ref: fragment/c@1.2.0, edge: reexported}";
    let fragments = [
        ("a", "\u{feff}A[{% include 'fragment/b' %}]\r\n\r\n", "depends_on: [fragment/b]\n"),
        ("b", "B {{ q }}\n", ""),
        ("c", "", "aliases: [old]\n"),
    ];
    let cases = [
        ("{% include 'fragment/a' %}\n", "A[B {{ q }}]\n"),
        ("x\n {%- include \"fragment/a\" -%} \ny", "xA[B {{ q }}]y"),
        ("{%include 'fragment/a'%}{% include 'fragment/a' %}", "A[B {{ q }}]A[B {{ q }}]"),
        ("{% if q %}{% include 'fragment/c' %}{% endif %}", "{% if q %}{% endif %}"),
        ("{% include 'fragment/old' %}-", "-"),
        ("{# {% include 'x' %} #}{% raw %}{% include 'y' %}{% endraw %}", ""),
    ];
    for (template, expected) in cases {
        let tree = tree(template, needs, &fragments);
        assert_eq!(said(&tree), [""; 0], "{template}");
        let expected = if expected.is_empty() { template } else { expected };
        assert_eq!(prompt(&tree).text(), expected, "{template}");
    }
    let text = prompt(&tree("{% include 'fragment/a' %}", needs, &fragments));
    let version = |version: Option<&Version>| version.map(ToString::to_string).unwrap_or_default();
    let names: Vec<String> =
        text.fragments().map(|(name, v)| format!("{name}@{}", version(v))).collect();
    assert_eq!(names, ["fragment/a@1.2.0", "fragment/b@1.2.0"]);
    let origin = text.origin(2);
    assert_eq!(origin.source.path().to_string(), "registry/fragments/b/fragment.md");
    assert_eq!((origin.offset, origin.include), (0, Some(Span::new(0, 26))));
}

#[test]
fn an_include_that_cannot_be_replaced_says_why_and_stays() {
    let cases: [(&str, &str, &[Written<'_>], &str); 18] = [
        ("{% include q %}", "", &[], "include-malformed: an include is one literal name"),
        ("{% include '/etc/passwd' %}", "", &[], "include-malformed: `/etc/passwd` is no fragment"),
        (
            "{% include 'a' %}",
            "fragment/a",
            &[("a", "", "")],
            "include-malformed: `a` is no fragment",
        ),
        ("{% include 'model/a' %}", "", &[], "include-malformed: `model/a` is no fragment"),
        ("{% include 'fragment/../p' %}", "", &[], "include-malformed: "),
        (
            "{% include 'fragment/a@1.2.0' %}",
            "",
            &[],
            "include-malformed: `fragment/a@1.2.0` names a version",
        ),
        (
            "{% include 'fragment/a' %}",
            "fragment/a",
            &[],
            "include-missing: there is no `fragment/a`",
        ),
        (
            "{% include 'fragment/a' %}",
            "",
            &[("a", "x", "")],
            "include-undeclared: `depends_on` of `prompt/p` does not name `fragment/a`",
        ),
        (
            "{% include 'fragment/a' %}",
            "{ref: fragment/a, edge: build}",
            &[("a", "x", "")],
            "include-undeclared: ",
        ),
        (
            "{% include 'fragment/a' %}",
            "fragment/a@1.1.0",
            &[("a", "x", "")],
            "include-version-mismatch: `prompt/p` pins `fragment/a@1.1.0`, and the tree has `fragment/a` 1.2.0",
        ),
        (
            "{% include 'fragment/a' %}",
            "fragment/a@^2",
            &[("a", "x", "")],
            "include-version-mismatch: ",
        ),
        (
            "{% include 'fragment/a' %}",
            "fragment/a",
            &[("a", "x", "template: gone.md\n")],
            "include-unreadable: `fragment/a` cannot be put in: `registry/fragments/a/gone.md` does not exist",
        ),
        (
            "{% include 'fragment/a' %}",
            "fragment/a",
            &[("a", "{% if q %}", "")],
            "include-unreadable: `fragment/a` is no template of its own",
        ),
        (
            "{% include 'fragment/a' %}",
            "fragment/a",
            &[("a", "{# open", "")],
            "include-unreadable: ",
        ),
        (
            "{% include 'fragment/a' %}",
            "fragment/a",
            &[("a", "{% include 'fragment/b' %}", ""), ("b", "", "")],
            "include-unreadable: `fragment/a` cannot be put in: `depends_on` of `fragment/a` does not name `fragment/b`",
        ),
        (
            "{% include 'fragment/a' %}",
            "fragment/a",
            &[("a", "{% include 'fragment/a' %}", "depends_on: [fragment/a]\n")],
            "include-cycle: `fragment/a` cannot be put in: the includes lead in a circle: fragment/a → fragment/a",
        ),
        (
            "{ {%- include 'fragment/a' %}",
            "fragment/a",
            &[("a", "% set x = 1 %}", "")],
            "include-unreadable: the fragment and the text beside it together begin a tag",
        ),
        (
            "{% include 'fragment/a' %}{ x }}",
            "fragment/a",
            &[("a", "{", "")],
            "include-unreadable: the fragment and the text beside it",
        ),
    ];
    for (template, needs, fragments, expected) in cases {
        let tree = tree(template, needs, fragments);
        let said = said(&tree);
        assert_eq!(said.len(), 1, "{template}: {said:?}");
        assert!(said.iter().all(|said| said.starts_with(expected)), "{said:?}, not {expected:?}");
        let text = prompt(&tree);
        let tag = template.find("{%").and_then(|at| template.get(at..)).expect("a tag");
        assert!(text.text().contains(tag.split("%}").next().expect("a tag")), "{}", text.text());
    }
}

#[test]
fn a_circle_through_others_ends() {
    let fragments = [
        ("a", "{% include 'fragment/b' %}", "depends_on: [fragment/b]\n"),
        ("b", "{% include 'fragment/a' %}", "depends_on: [fragment/a]\n"),
    ];
    let tree = tree("{% include 'fragment/a' %}", "fragment/a", &fragments);
    assert!(
        said(&tree).iter().all(|said| said.starts_with("include-cycle: ")),
        "{:?}",
        said(&tree)
    );
    let of_fragment = read(&tree, "fragment/b").0;
    let fault = of_fragment.faults().next().expect("a fault");
    assert_eq!(fault.rule.id, "include-cycle");
}

#[test]
fn depth_number_and_size_have_limits() {
    let chain = |length: usize| {
        let names: Vec<String> = (0..=length).map(|at| format!("f{at}")).collect();
        let mut found = MemorySnapshot::new();
        for (at, name) in names.iter().enumerate() {
            let next = format!("f{}", at + 1);
            let (text, more) = if at == length {
                ("end".to_owned(), String::new())
            } else {
                (
                    format!("{{% include 'fragment/{next}' %}}"),
                    format!("depends_on: [fragment/{next}]\n"),
                )
            };
            let folder = format!("registry/fragments/{name}");
            found = found
                .with(
                    &format!("{folder}/fragment.yaml"),
                    format!("id: {name}\nversion: 1.0.0\nowner: team\n{more}"),
                )
                .with(&format!("{folder}/fragment.md"), text);
        }
        found
            .with(
                "registry/prompts/p/prompt.yaml",
                "id: p\nversion: 1.0.0\nowner: team\ndepends_on: [fragment/f0]\n",
            )
            .with("registry/prompts/p/template.md", "{% include 'fragment/f0' %}")
    };
    let deepest = MAX_DEPTH - 1;
    assert_eq!(prompt(&chain(deepest)).text(), "end");
    assert!(said(&chain(deepest + 1)).iter().all(|said| said.starts_with("include-too-large: ")));
    let tag = "{% include 'fragment/a' %}";
    let many = tree(&tag.repeat(MAX_INCLUDES + 1), "fragment/a", &[("a", "", "")]);
    assert_eq!(said(&many).len(), 1);
    let large = "x".repeat(400_000);
    let large = tree(&tag.repeat(3), "fragment/a", &[("a", &large, "")]);
    assert_eq!(said(&large).len(), 1);
    assert!(said(&large).iter().all(|said| said.contains("more than 1048576 bytes")));
    // Each level repeats the next one: without a limit there would be 1000^8 of them.
    let tags = "{% include 'fragment/b' %}".repeat(900);
    let bomb = [
        ("a", tags.as_str(), "depends_on: [fragment/b]\n"),
        ("b", &tag.replace("/a", "/c").repeat(900), "depends_on: [fragment/c]\n"),
        ("c", "", ""),
    ];
    assert_eq!(said(&tree(tag, "fragment/a", &bomb)).len(), 1);
}

#[test]
fn digests_are_over_the_text_with_its_fragments() {
    let with = |text: &str| tree("{% include 'fragment/a' %}\n", "fragment/a", &[("a", text, "")]);
    let of = |tree: &MemorySnapshot| read(tree, "prompt/p").1;
    let (old, new) = (of(&with("x\n")), of(&with("y\n")));
    assert_ne!(old.behaviour, new.behaviour);
    assert_ne!(old.entry, new.entry);
    assert_eq!(old.contract, new.contract);
    // Line ends at the end count neither in the fragment nor where it is included.
    assert_eq!(old, of(&with("x\r\n\n")));
    // A fragment is a way to write a text; what is sent is the same.
    let plain = of(&tree("x\n", "fragment/a", &[("a", "x", "")]));
    assert_eq!(old.behaviour, plain.behaviour);
    assert_ne!(old.entry, plain.entry);
}

#[test]
fn messages_inside_the_file_include_too() {
    let of = |text: &str| {
        MemorySnapshot::new()
            .with(
                "registry/prompts/p/prompt.yaml",
                "id: p\nversion: 1.0.0\nowner: team\ndepends_on: [fragment/a]\nmessages:\n  - {role: system, content: \"be {% include 'fragment/a' %}\"}\n  - {role: user, content: \"{{ q }}\"}\n",
            )
            .with("registry/fragments/a/fragment.yaml", "id: a\nversion: 1.0.0\nowner: team\n")
            .with("registry/fragments/a/fragment.md", text)
    };
    let (texts, kind) = read(&of("kind\n"), "prompt/p");
    assert_eq!(texts.get("/messages/0/content").map(Text::text), Some("be kind"));
    assert_eq!(
        texts.expanded().map(|(pointer, _)| pointer).collect::<Vec<_>>(),
        ["/messages/0/content"]
    );
    let (_, firm) = read(&of("firm\n"), "prompt/p");
    assert_ne!(kind.behaviour, firm.behaviour);
    let broken = of("kind\n");
    let broken = broken.with("registry/fragments/a/fragment.md", "{{");
    let (texts, _) = read(&broken, "prompt/p");
    let fault = texts.faults().next().expect("a fault");
    assert_eq!(fault.place.pointer, "/messages/0/content");
}

#[test]
fn digests_of_entries_without_includes_are_what_they_were() {
    // Taken before includes existed.
    let tree = tree("Answer {{ q }}\r\n", "model/m@^1", &[("a", "x\n", "inputs: [q]\n")]);
    let of = |name: &str| {
        let facets = read(&tree, name).1;
        [facets.contract, facets.behaviour, facets.entry].map(|digest| digest.short(12))
    };
    assert_eq!(of("prompt/p"), ["ab41408b0add", "6d2ac7236dfb", "ed519dacd5cd"]);
    assert_eq!(of("fragment/a"), ["8a81088751cd", "515f72a37f59", "856567982bc0"]);
}
