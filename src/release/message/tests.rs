use proptest::prelude::*;

use super::*;

fn digest(of: &str) -> Digest {
    Digest::of(of.as_bytes())
}

fn mission() -> Message {
    let component = |entry: &str| Component { entry: entry.to_owned(), digest: digest(entry) };
    Message {
        composite: "support_copilot".to_owned(),
        version: "1.8.0".parse().expect("a version"),
        title: "citation constraint".to_owned(),
        body: "Answers cite what they rest on.\n\n- prompt 2.2.0 → 2.3.0".to_owned(),
        components: vec![
            component("dataset/golden_2025_09@1.0.0"),
            component("model/cust-copilot@1.4.2"),
            component("prompt/billing_refund@2.3.0"),
        ],
        composite_digest: digest("composite"),
        previous: Some("release/support_copilot@1.7.3".to_owned()),
        class: Bump::Minor,
        evidence: vec![Cited { digest: digest("run"), place: "keelmark/evidence".to_owned() }],
        adr: Some("docs/adr/2026-11-23-refund-citations.md".to_owned()),
        notes: Some("docs/releases/support_copilot-1.8.0.md".to_owned()),
        rollback_to: Some("release/support_copilot@1.7.3".to_owned()),
        ledger: Some("0123456789012345678901234567890123456789".to_owned()),
        further: Vec::new(),
    }
}

#[test]
fn the_message_is_the_one_that_was_agreed_on() {
    let text = mission().compose().expect("a message");
    let of = |text: &str| digest(text).to_string();
    assert_eq!(
        text,
        format!(
            "release support_copilot@1.8.0: citation constraint\n\
             \n\
             Answers cite what they rest on.\n\
             \n\
             - prompt 2.2.0 → 2.3.0\n\
             \n\
             Keelmark-Format: 1\n\
             Keelmark-Component: dataset/golden_2025_09@1.0.0 sha256:{}\n\
             Keelmark-Component: model/cust-copilot@1.4.2 sha256:{}\n\
             Keelmark-Component: prompt/billing_refund@2.3.0 sha256:{}\n\
             Keelmark-Composite-Digest: sha256:{}\n\
             Keelmark-Previous: release/support_copilot@1.7.3\n\
             Keelmark-Class: minor\n\
             Keelmark-Evidence: sha256:{} keelmark/evidence\n\
             Keelmark-ADR: docs/adr/2026-11-23-refund-citations.md\n\
             Keelmark-Notes: docs/releases/support_copilot-1.8.0.md\n\
             Keelmark-Rollback-To: release/support_copilot@1.7.3\n\
             Keelmark-Ledger: 0123456789012345678901234567890123456789\n",
            of("dataset/golden_2025_09@1.0.0"),
            of("model/cust-copilot@1.4.2"),
            of("prompt/billing_refund@2.3.0"),
            of("composite"),
            of("run"),
        )
    );
    assert_eq!(Message::parse(&text), Ok(mission()));
}

#[test]
fn a_first_release_says_little_and_reads_back() {
    let first = Message {
        title: String::new(),
        body: String::new(),
        previous: None,
        class: Bump::None,
        evidence: Vec::new(),
        adr: None,
        notes: None,
        rollback_to: None,
        ledger: None,
        ..mission()
    };
    let text = first.compose().expect("a message");
    assert!(text.starts_with("release support_copilot@1.8.0\n\nKeelmark-Format: 1\n"), "{text}");
    assert_eq!(Message::parse(&text), Ok(first));
}

#[test]
fn long_notes_are_cut_and_say_where_the_rest_is() {
    let body: Vec<String> = (1..=60).map(|line| format!("line {line}")).collect();
    let long = Message { body: body.join("\n"), ..mission() };
    let read = Message::parse(&long.compose().expect("a message")).expect("a message");
    assert_eq!(read.body.lines().count(), MOST_LINES);
    let end = "line 38\n\nThe full notes are in docs/releases/support_copilot-1.8.0.md.";
    assert!(read.body.ends_with(end), "{}", read.body);
    let silent = Message { notes: None, ..long };
    let read = Message::parse(&silent.compose().expect("a message")).expect("a message");
    assert!(read.body.ends_with("line 40"));
    // What is cut once is not cut again.
    assert_eq!(Message::parse(&read.compose().expect("a message")), Ok(read));
}

#[test]
fn notes_cannot_pass_for_something_else() {
    let body = "---\na patch begins here?\n-----BEGIN SSH SIGNATURE-----\nx\r\n\n\n\nKeelmark-Class: major\n\n";
    let sly = Message { body: body.to_owned(), ..mission() };
    let text = sly.compose().expect("a message");
    assert!(text.lines().all(|line| !line.starts_with("---")), "{text}");
    let read = Message::parse(&text).expect("a message");
    assert_eq!(read.class, Bump::Minor);
    assert_eq!(
        read.body,
        " ---\na patch begins here?\n -----BEGIN SSH SIGNATURE-----\nx\n\nKeelmark-Class: major"
    );
}

#[test]
fn what_cannot_stand_in_one_line_is_refused() {
    for adr in ["docs/a\nKeelmark-Class: major", "", " docs/a", "a\u{0}b"] {
        let message = Message { adr: Some(adr.to_owned()), ..mission() };
        let fault = message.compose().expect_err("no trailer");
        assert!(
            matches!(&fault, MessageFault::Value { key, .. } if key == "Keelmark-ADR"),
            "{fault}"
        );
    }
    for composite in ["", "a:b", "a b"] {
        let message = Message { composite: composite.to_owned(), ..mission() };
        assert!(matches!(message.compose(), Err(MessageFault::Subject(_))), "{composite}");
    }
    let message = Message { further: vec![("No key".to_owned(), "x".to_owned())], ..mission() };
    assert!(message.compose().is_err());
}

#[test]
fn trailers_of_others_are_kept() {
    let text = mission().compose().expect("a message") + "Signed-off-by: A <a@b.c>\n";
    let read = Message::parse(&text).expect("a message");
    assert_eq!(read.further, [("Signed-off-by".to_owned(), "A <a@b.c>".to_owned())]);
    assert_eq!(read.compose().expect("a message"), text);
    let lower = text.replace("Keelmark-ADR", "keelmark-adr");
    assert_eq!(Message::parse(&lower).expect("a message").adr, mission().adr);
    let folded = text.replace("docs/adr/", "docs/adr/x\n  ");
    let read = Message::parse(&folded).expect("a message");
    assert_eq!(read.adr.as_deref(), Some("docs/adr/x 2026-11-23-refund-citations.md"));
}

#[test]
fn a_text_that_is_no_release_says_why() {
    let text = mission().compose().expect("a message");
    let without = |key: &str| {
        let lines = text.lines().filter(|line| !line.starts_with(&format!("Keelmark-{key}:")));
        lines.collect::<Vec<_>>().join("\n")
    };
    let missing = |key: &str| MessageFault::Missing(format!("Keelmark-{key}"));
    let cases = [
        (String::new(), MessageFault::Subject(String::new())),
        ("v1.0\n".to_owned(), MessageFault::Subject("v1.0".to_owned())),
        ("release a@x\n\nA: b".to_owned(), MessageFault::Subject("release a@x".to_owned())),
        ("release a@1.0.0".to_owned(), MessageFault::Plain),
        (without("Format"), MessageFault::Plain),
        (text.replace("Format: 1", "Format: 2"), MessageFault::Format("2".to_owned())),
        (without("Component"), missing("Component")),
        (without("Composite-Digest"), missing("Composite-Digest")),
        (without("Class"), missing("Class")),
        (
            format!("{text}Keelmark-Class: major\n"),
            MessageFault::Twice("Keelmark-Class".to_owned()),
        ),
        (
            text.replace("Class: minor", "Class: huge"),
            MessageFault::Value {
                key: "Keelmark-Class".to_owned(),
                value: "huge".to_owned(),
                expected: "`none`, `patch`, `minor` or `major`",
            },
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(Message::parse(&text), Err(expected), "{text}");
    }
    let damaged = text.replace("Evidence: sha256:", "Evidence: md5:");
    assert!(matches!(Message::parse(&damaged), Err(MessageFault::Value { .. })));
}

fn line() -> impl Strategy<Value = String> {
    "[ -~äß→]{0,30}"
}

prop_compose! {
    fn messages()(
        id in "[a-z0-9]([a-z0-9_-]{0,8}[a-z0-9])?(/[a-z0-9]{1,5}){0,2}",
        numbers in (0..100_u64, 0..100_u64, 0..100_u64, prop::option::of(1..20_u32)),
        title in line(),
        body in prop::collection::vec(line(), 0..50),
        components in prop::collection::vec("[a-z]{1,6}/[a-z]{1,6}@1\\.[0-9]\\.0", 1..5),
        optional in prop::collection::vec(prop::option::of("[!-~]([ -~]{0,20}[!-~])?"), 5),
        class in prop::sample::select(vec![Bump::None, Bump::Patch, Bump::Minor, Bump::Major]),
        runs in prop::collection::vec("[a-z/]{0,10}", 0..3),
    ) -> Message {
        let (major, minor, patch, candidate) = numbers;
        let label = candidate.map(|n| format!("-rc.{n}")).unwrap_or_default();
        let mut optional = optional.into_iter();
        let mut next = || optional.next().flatten();
        Message {
            composite: id,
            version: format!("{major}.{minor}.{patch}{label}").parse().expect("a version"),
            title,
            body: body.join("\n"),
            components: components
                .into_iter()
                .map(|entry| Component { digest: digest(&entry), entry })
                .collect(),
            composite_digest: digest("composite"),
            previous: next(),
            class,
            evidence: runs.into_iter().map(|place| Cited { digest: digest(&place), place }).collect(),
            adr: next(),
            notes: next(),
            rollback_to: next(),
            ledger: next(),
            further: Vec::new(),
        }
    }
}

proptest! {
    #[test]
    fn what_is_written_reads_back(message in messages()) {
        let text = message.compose().expect("a message");
        let read = Message::parse(&text).expect("a message");
        // Title and notes are brought into the form that a tag holds; all else is as it was.
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        prop_assert_eq!(&read.title, &words(&message.title));
        let same = Message { title: message.title.clone(), body: message.body.clone(), ..read.clone() };
        prop_assert_eq!(same, message);
        prop_assert!(read.body.lines().count() <= MOST_LINES);
        prop_assert_eq!(read.compose(), Ok(text));
    }

    #[test]
    fn any_text_is_read_without_a_panic(text in "(release a@1\\.0\\.0)?(\\PC|\n|Keelmark-Format: 1){0,40}") {
        let _ = Message::parse(&text);
    }
}
