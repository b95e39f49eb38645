//! What `bump` edits, over prompts written in many styles: the rest stays byte for byte.

use keelmark::digest::Digest;
use keelmark::edit::bump::{Bump, edits};
use keelmark::ident::{EntryName, Kind};
use keelmark::integrity::payload::{Sources, resolve};
use keelmark::path::RepoPath;
use keelmark::registry::entry::Entry;
use keelmark::registry::layout::Form;
use keelmark::snapshot::MemorySnapshot;
use keelmark::source::SourceFile;
use keelmark::version::Version;
use keelmark::yaml::{self, Document};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Value;

const PATH: &str = "registry/prompts/refund/prompt.yaml";
const TEMPLATE: &str = "Hi {{ name }}\n";

/// A prompt file, key by key, so that a test knows which bytes belong to which key.
#[derive(Debug, Clone)]
struct Written {
    mark: &'static str,
    chunks: Vec<(&'static str, String)>,
    end: &'static str,
}

impl Written {
    fn text(&self) -> String {
        let body: String = self.chunks.iter().map(|(_, chunk)| chunk.as_str()).collect();
        format!("{}{}{}", self.mark, body.trim_end_matches(['\r', '\n']), self.end)
    }
}

impl Written {
    /// Returns what a text has besides the keys that are nobody's to edit.
    fn between(&self, text: &str) -> Result<String, TestCaseError> {
        let body = text.strip_prefix(self.mark).ok_or_else(|| TestCaseError::fail("the mark"))?;
        let mut between = String::new();
        let mut rest = body;
        for (key, chunk) in &self.chunks {
            if ["version", "changelog", "checksums"].contains(key) {
                continue;
            }
            let chunk = chunk.trim_end_matches(['\r', '\n']);
            let (before, after) = rest
                .split_once(chunk)
                .ok_or_else(|| TestCaseError::fail(format!("{chunk:?} is not in\n{rest}")))?;
            between.push_str(before);
            rest = after;
        }
        Ok(between + rest)
    }
}

/// Takes the values that a bump may replace out of a text.
fn blank(text: &str, version: &str) -> String {
    let digests = [
        "<hash>".to_owned(),
        "0".repeat(64),
        Digest::of(b"old").to_string(),
        Digest::of(TEMPLATE.as_bytes()).to_string(),
    ];
    let text = text.replace(version, "V").replace("2.3.0", "V");
    digests.iter().fold(text, |text, digest| text.replace(digest, "D"))
}

fn quoted(text: &str) -> impl Strategy<Value = String> + use<> {
    select(vec![format!("\"{text}\""), format!("'{text}'")])
}

fn comment() -> impl Strategy<Value = &'static str> {
    select(vec!["", "", " # why: because", "   #x", "  ", "\t# tab"])
}

fn above() -> impl Strategy<Value = &'static str> {
    select(vec!["", "", "", "\n", "# above: it\n", "  # indented\n\n", "#\n#  - \"9.9.9: no\"\n"])
}

fn version() -> impl Strategy<Value = String> {
    let written = prop_oneof![Just("2.3.0".to_owned()), quoted("2.3.0")];
    (written, select(vec![" ", "  ", "\n  "])).prop_map(|(v, space)| format!("version:{space}{v}"))
}

fn changelog() -> impl Strategy<Value = Option<String>> {
    let (new, old) = ("2.3.0: tighter; “quoted”", "2.2.0: first # line");
    let block = (select(vec!["", "  ", "    "]), comment(), select(vec![" ", "   "]), quoted(old))
        .prop_map(move |(indent, comment, gap, old)| {
            format!("changelog:{comment}\n{indent}-{gap}\"{new}\"{comment}\n{indent}-{gap}{old}")
        });
    let folded = Just(format!("changelog:\n  - >-\n    {new}\n  - |-\n    {old}"));
    let flow = select(vec![
        format!("changelog: [\"{new}\", '{old}']"),
        format!("changelog: [\n  \"{new}\",\n  '{old}', # last\n]"),
        format!("changelog: [ '{old}' ]"),
    ]);
    let empty = select(vec!["changelog: []", "changelog: [ ]"]).prop_map(str::to_owned);
    prop_oneof![
        4 => block.prop_map(Some),
        1 => folded.prop_map(Some),
        2 => flow.prop_map(Some),
        1 => empty.prop_map(Some),
        1 => Just(None),
    ]
}

fn checksums() -> impl Strategy<Value = Option<String>> {
    let old = select(vec!["<hash>".to_owned(), "0".repeat(64), Digest::of(b"old").to_string()]);
    let some = (old.prop_flat_map(|old| quoted(&old)), comment(), any::<bool>()).prop_map(
        |(old, comment, block)| {
            if block {
                format!("checksums:{comment}\n   prompt_template_sha256:  {old}")
            } else {
                format!("checksums: {{prompt_template_sha256: {old}}}")
            }
        },
    );
    prop_oneof![3 => some.prop_map(Some), 1 => Just(None)]
}

fn others() -> impl Strategy<Value = Vec<(&'static str, String)>> {
    let schema = select(vec![
        "schema:\n  inputs: [name]\n  outputs: [ text ]",
        "schema: {inputs: [\"name\"], outputs: [text]}",
        "schema:\n    inputs:\n    - name   # the caller's\n    outputs:\n        text: {type: string,\n               maxLength: 10}",
        "\"schema\":\n  inputs:\n    name: &text {type: string}\n    other: {type: string, default: \"\"}\n  outputs:\n    text: *text",
    ]);
    let description = select(vec![
        "description: 'It''s'",
        "description: \"a \\u00e9 # no comment\"",
        "description: |\n  two\n\n    lines: 1\n",
        "description: >+\n  kept\n\n",
        "description: plain words\n  go on",
    ]);
    let owner = select(vec!["owner: team", "owner:   \"team\"", "'owner': 'team'"]);
    (schema, description, owner).prop_map(|(schema, description, owner)| {
        vec![
            ("id", "id: refund".to_owned()),
            ("owner", owner.to_owned()),
            ("schema", schema.to_owned()),
            ("description", description.to_owned()),
            ("policies", "policies: {requires_citations: true}".to_owned()),
        ]
    })
}

fn written() -> impl Strategy<Value = Written> {
    let ends = select(vec!["\n", "", "\n\n", "\n# the end", "\n...\n"]);
    let mark = select(vec!["", "", "\u{feff}", "---\n", "# first\n---\n"]);
    let keys =
        (version(), changelog(), checksums(), others()).prop_map(|(v, log, sums, others)| {
            let mut keys = others;
            keys.push(("version", v));
            keys.extend(log.map(|text| ("changelog", text)));
            keys.extend(sums.map(|text| ("checksums", text)));
            keys
        });
    let dressed = keys.prop_shuffle().prop_flat_map(|keys| {
        let count = keys.len();
        (Just(keys), prop::collection::vec((above(), comment()), count))
    });
    (dressed, mark, ends, any::<bool>()).prop_map(|((keys, dress), mark, end, crlf)| {
        let ends = |text: String| if crlf { text.replace('\n', "\r\n") } else { text };
        let chunks = keys
            .into_iter()
            .zip(dress)
            .map(|((key, text), (above, comment))| {
                // Behind a block scalar a comment would be part of it.
                let open = key == "description" || text.contains(">-");
                let comment = if open { "" } else { comment };
                let line = if text.ends_with('\n') { "" } else { "\n" };
                (key, ends(format!("{above}{text}{comment}{line}")))
            })
            .collect();
        let end = match end {
            "" => "",
            "\n" if crlf => "\r\n",
            other => other,
        };
        Written { mark, chunks, end }
    })
}

/// Reads a prompt, bumps it, and returns the old value, the new text and the new value.
fn bumped(text: &str, target: &Version, message: &str) -> (Value, String, Value) {
    let parse = |text: &str| {
        let source = SourceFile::new(RepoPath::from(PATH), text.to_owned());
        let (document, findings) = Document::parse(source);
        assert!(findings.is_empty(), "{text}\n{:?}", findings[0].message);
        document.expect("a document")
    };
    let name = EntryName::new(Kind::Prompt, "refund".parse().expect("an id"));
    let document = parse(text);
    let kept = document.value().clone();
    let (entry, findings) = Entry::read(name, Form::Folder, document, kept);
    assert!(findings.is_empty(), "{text}");
    let tree = MemorySnapshot::new()
        .with(PATH, text)
        .with("registry/prompts/refund/template.md", TEMPLATE);
    let sources = Sources { tree: &tree, attributes: &tree };
    let (payloads, _) = resolve(&entry, sources).expect("readable");
    let published = entry.common.changelog.clone();
    let edits = edits(&Bump {
        entry: &entry,
        payloads: &payloads,
        version: target,
        published: &published,
        message: Some(message),
        drafted: "",
        evidence: None,
    });
    let new =
        yaml::apply(&entry.document, &edits).unwrap_or_else(|fault| panic!("{fault}\n{text}"));
    let value = parse(&new).value().clone();
    (entry.document.value().clone(), new, value)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_bump_changes_the_version_the_changelog_and_the_digest_and_no_other_byte(
        written in written(),
        target in select(vec!["2.3.1", "2.4.0", "10.0.0-rc.1"]),
        message in select(vec!["plain", "it's \"both\" # and: more", "é → 😀", "- [x]: {y}", " "]),
    ) {
        let text = written.text();
        let target: Version = target.parse().expect("a version");
        let (old, new, value) = bumped(&text, &target, message);

        // What is read back is what was meant.
        let mut meant = old.clone();
        meant["version"] = Value::String(target.to_string());
        let lines = old.get("changelog").and_then(Value::as_array).cloned().unwrap_or_default();
        let line = Value::String(format!("{target}: {message}"));
        meant["changelog"] = std::iter::once(line).chain(lines).collect();
        meant["checksums"]["prompt_template_sha256"] = Digest::of(TEMPLATE.as_bytes()).to_string().into();
        prop_assert_eq!(&value, &meant, "{}\n──\n{}", text, new);

        // Every other key stands there byte for byte, in its order.
        let (between_old, between_new) = (written.between(&text)?, written.between(&new)?);
        // Of what is between nothing is gone but the two values, and little came in.
        let (kept, now) = (blank(&between_old, "2.3.0"), blank(&between_new, &target.to_string()));
        let mut rest = now.chars();
        let all = kept.chars().all(|wanted| rest.any(|c| c == wanted));
        prop_assert!(all, "{kept:?}\n──\n{now:?}");
        let came = now.chars().count() - kept.chars().count();
        prop_assert!(came <= 100 + message.chars().count(), "{came} came in\n{new}");
        // Comments and line ends are as they were.
        let (kept_old, kept_new) = (comments(&text), comments(&new));
        prop_assert_eq!(kept_old, kept_new, "{}\n──\n{}", text, new);
        let crlf = text.contains("\r\n");
        if crlf && !text.replace("\r\n", "").contains('\n') {
            prop_assert!(!new.replace("\r\n", "").contains('\n'), "{new:?}");
        } else if !crlf {
            prop_assert!(!new.contains('\r'), "{new:?}");
        }

        // Again: nothing.
        let (_, twice, _) = bumped(&new, &target, message);
        prop_assert_eq!(new, twice);
    }
}

/// Returns the comments that the generator wrote, in their order.
fn comments(text: &str) -> Vec<&str> {
    let known =
        ["# why: because", "#x", "# tab", "# above: it", "# indented", "# last", "# the end"];
    let mut found: Vec<(usize, &str)> =
        known.iter().flat_map(|comment| text.match_indices(comment)).collect();
    found.sort_unstable();
    found.into_iter().map(|(_, comment)| comment).collect()
}
