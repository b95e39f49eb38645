//! The trailers of a release tag, read by git.

use keelmark::digest::Digest;
use keelmark::release::composite::Component;
use keelmark::release::message::{Cited, Message};
use keelmark::vcs::write::NewTag;
use keelmark::version::Bump;

use crate::objects::ada;
use crate::support::TestRepo;

fn message(title: &str, body: &str) -> Message {
    let digest = |of: &str| Digest::of(of.as_bytes());
    let component = |entry: &str| Component { entry: entry.to_owned(), digest: digest(entry) };
    Message {
        composite: "support_copilot".to_owned(),
        version: "1.8.0".parse().expect("a version"),
        title: title.to_owned(),
        body: body.to_owned(),
        components: vec![
            component("model/cust-copilot@1.4.2"),
            component("prompt/billing_refund@2.3.0"),
        ],
        composite_digest: digest("composite"),
        previous: Some("release/support_copilot@1.7.3".to_owned()),
        class: Bump::Minor,
        evidence: vec![Cited { digest: digest("run"), place: "keelmark/evidence".to_owned() }],
        adr: Some("docs/adr/2026-11-23-refund citations.md".to_owned()),
        notes: None,
        rollback_to: None,
        ledger: Some("0123456789".repeat(4)),
        further: Vec::new(),
    }
}

/// The trailers as we write them.
fn written(text: &str) -> Vec<String> {
    let (_, block) = text.trim_end().rsplit_once("\n\n").expect("paragraphs");
    block.lines().map(ToOwned::to_owned).collect()
}

#[test]
fn git_reads_the_trailers_that_we_write_whatever_the_notes_say() {
    let repo = TestRepo::init();
    let target = repo.name(&repo.commit_file("a", "1"));
    let open = repo.open();
    let bodies = [
        "",
        "Answers cite what they rest on.",
        "- a: b\n- c: d\n\nFixes: everything\nKeelmark-Class: major",
        "# A heading\n\n---\n\na rule above\n\n--- a/file\n+++ b/file\n@@ -1 +1 @@",
        "-----BEGIN SSH SIGNATURE-----\nU1NI\n-----END SSH SIGNATURE-----",
        "    Indented: code\n\ttab: value",
        "a\u{0}b\u{7}\r\nc",
        "# comments\n# only",
    ];
    for (at, body) in bodies.iter().enumerate() {
        for title in ["", "citations: now a promise"] {
            let own = message(title, body);
            let text = own.compose().expect("a message");
            let name = format!("release/support_copilot@1.8.{at}{}", title.len());
            let tagger = ada();
            let tag = NewTag {
                object: target,
                name: &name,
                message: &text,
                tagger: &tagger,
                seconds: 17,
            };
            let object = open.write_tag(&tag, None).expect("a tag");
            repo.run(&["update-ref", &format!("refs/tags/{name}"), &object.to_string()]);

            // What was written is what is read, by us and by git.
            let read = open.read_tag(object).expect("a tag").expect("a tag");
            assert_eq!(read.signature, None, "{body:?}");
            let back = Message::parse(&read.message).expect("a message");
            assert_eq!(back.components, own.components, "{body:?}");
            assert_eq!(back.class, Bump::Minor, "{body:?}");
            let each = |format: &str| {
                let reference = format!("refs/tags/{name}");
                let said = repo.run(&["for-each-ref", &format!("--format={format}"), &reference]);
                said.lines()
                    .filter(|line| !line.is_empty())
                    .map(ToOwned::to_owned)
                    .collect::<Vec<_>>()
            };
            assert_eq!(each("%(contents:trailers)"), written(&text), "{body:?}");
            let values = each("%(contents:trailers:key=Keelmark-Component,valueonly)");
            let expected: Vec<String> = own
                .components
                .iter()
                .map(|component| format!("{} sha256:{}", component.entry, component.digest))
                .collect();
            assert_eq!(values, expected, "{body:?}");
            // The program that works on messages takes a line of dashes for the end of one.
            repo.write("message", &text);
            let parsed = repo.run(&["interpret-trailers", "--parse", "message"]);
            assert_eq!(parsed.lines().collect::<Vec<_>>(), written(&text), "{body:?}");
        }
    }
}
