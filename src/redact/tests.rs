use proptest::prelude::*;

use super::*;

/// Writes what is found as `kind:text`.
fn found(text: &str) -> Vec<String> {
    find(text)
        .iter()
        .map(|hit| format!("{:?}:{}", hit.kind, &text[hit.start..hit.end]).to_lowercase())
        .collect()
}

fn secret(value: &str) -> Secret {
    Secret::new(value).expect("long enough")
}

#[test]
fn identifiers_are_found_where_they_stand() {
    let cases: &[(&str, &[&str])] = &[
        ("Write to jo@example.com.", &["email:jo@example.com"]),
        ("<o'neil.x+tag@mail.example.co.uk>", &["email:o'neil.x+tag@mail.example.co.uk"]),
        ("from='jo@example.com'", &["email:jo@example.com"]),
        ("jörg@müller.example", &["email:jörg@müller.example"]),
        ("My card is 4111 1111 1111 1111, exp 09/27", &["card:4111 1111 1111 1111"]),
        ("3782-822463-10005", &["card:3782-822463-10005"]),
        ("4111111111111111 5555555555554444", &["card:4111111111111111", "card:5555555555554444"]),
        (
            "4242\u{a0}4242\u{202f}4242\u{2011}4242",
            &["card:4242\u{a0}4242\u{202f}4242\u{2011}4242"],
        ),
        ("IBAN GB82 WEST 1234 5698 7654 32.", &["iban:gb82 west 1234 5698 7654 32"]),
        ("de89370400440532013000", &["iban:de89370400440532013000"]),
        ("SSN 123-45-6789", &["ssn:123-45-6789"]),
        ("social security number is 123456789", &["ssn:123456789"]),
        ("+49 30 23125-000", &["phone:+49 30 23125-000"]),
        ("+44 (0)20 7946 0018", &["phone:+44 (0)20 7946 0018"]),
        ("+1 212-555-0142 100 EUR", &["phone:+1 212-555-0142"]),
        ("+12125550142", &["phone:+12125550142"]),
        ("in 2025 (212) 555-0142", &["phone:(212) 555-0142"]),
        ("030 23125 000 or 0171/39200 12", &["phone:030 23125 000", "phone:0171/39200 12"]),
        ("(030 23125 000)", &["phone:030 23125 000"]),
        ("01.99.00.12.34", &["phone:01.99.00.12.34"]),
        ("call us on 5550142", &["phone:5550142"]),
        ("Tel.: 612 345 678", &["phone:612 345 678"]),
        ("from 192.0.2.17:8080", &["ip:192.0.2.17"]),
        ("2001:db8::8a2e:370:7334", &["ip:2001:db8::8a2e:370:7334"]),
        ("Bearer abc123def456ghi789", &["secret:bearer abc123def456ghi789"]),
        ("AKIAIOSFODNN7EXAMPLE", &["secret:akiaiosfodnn7example"]),
        ("sk-ant-api03-aaaaaaaaaaaaaaaaaaaa", &["secret:sk-ant-api03-aaaaaaaaaaaaaaaaaaaa"]),
    ];
    for (text, expected) in cases {
        assert_eq!(found(text), *expected, "{text}");
    }
}

#[test]
fn what_only_looks_alike_is_left_alone() {
    let texts = [
        "icon@2x.png and @angular/core@12.0.0",
        "git clone git@github.example:acme/prompts.git",
        "jo@localhost",
        "4111 1111 1111 1112",
        "1234 5678 9012 3452",
        "0.4111111111111111",
        "order AB-4111-1111-1111-1111",
        "GB82 WEST 1234 5698 7654 33",
        "000-12-3456 666-12-3456 900-12-3456 123-00-4567 123-45-0000 078-05-1120",
        "AB-123-45-6789",
        "version 10.2.3.4, v10.0.0.1, 1.2.3.4, foo-10.0.0.1, 10.0.0.1-beta",
        "127.0.0.1 0.0.0.0 255.255.255.0 224.0.0.1 ::1 1.2.3.4.5 256.1.1.1",
        "std::vec, dead::beef, 12:30:45, fe::1",
        "on 05.09.2025, 2025-09-05 or 05/09/2025",
        "call on 2025-09-05",
        "order 0301-23125-000",
        "Rechnung Nr. 030 23125 000",
        "+12 345 678 EUR more",
        "09.00-12.30 and 0900-1700",
        "1.037,39 € and 12,345,678",
        "ISBN 978-0-306-40615-7",
        "2025-0421 and RE-2025-0117",
        "911-555-0142",
        "Boston, MA 02111-1307",
        "0207.0020.0002 and 252.227-7013",
        "sk-learn-pipelines-and-more, bearer of very-good-news-for-all",
        "[EMAIL] [CARD] [IP]",
    ];
    for text in texts {
        assert_eq!(found(text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn redacting_counts_by_kind() {
    let redacted = redact("jo@example.com, JO@EXAMPLE.COM, 192.0.2.1 [EMAIL]", &[]);
    assert_eq!(redacted.text, "[EMAIL], [EMAIL], [IP] [EMAIL]");
    assert_eq!(redacted.counts, BTreeMap::from([(PiiKind::Email, 2), (PiiKind::Ip, 1)]));
}

#[test]
fn secrets_are_replaced_before_everything_else_and_wherever_they_stand() {
    let secrets = [secret("hunter2@example.com"), secret("2@example.comX")];
    let redacted = redact("xhunter2@example.comX jo@example.com", &secrets);
    assert_eq!(redacted.text, "x[SECRET]X [EMAIL]");
    assert_eq!(Secret::new("seven77"), None);
    assert_eq!(format!("{:?}", secrets[0]), "Secret(..)");
    // A secret that is a placeholder would never end.
    assert_eq!(redact("[SECRET] x", &[secret("[SECRET]")]).text, "[SECRET] x");
}

#[test]
fn the_longest_of_overlapping_hits_counts() {
    assert_eq!(found("4111111111111111@example.com"), ["email:4111111111111111@example.com"]);
    assert_eq!(found("Bearer jo1@example.comxxxxxxxxxxx"), ["email:jo1@example.comxxxxxxxxxxx"]);
}

#[test]
fn identifiers_that_are_glued_together_are_uncovered_round_by_round() {
    let once = redact("AKIAIOSFODNN7EXAMPLE4111111111111111", &[]);
    assert_eq!(once.text, "[SECRET][CARD]");
    // Beyond the last round the rest goes as a whole.
    let once = redact(&"AKIAIOSFODNN7EXAMPLE".repeat(40), &[]);
    assert_eq!(once.text, "[SECRET]".repeat(ROUNDS + 1));
    assert_eq!(
        redact(&once.text, &[]),
        Redacted { text: once.text.clone(), ..Redacted::default() }
    );
}

#[test]
fn large_texts_take_linear_time() {
    // Each would take hours if a candidate were read twice over; a debug build has seconds.
    let pieces = [
        "a.",
        "4",
        "4111 ",
        "4111111111111111-",
        "+4",
        "0301 2",
        "x@",
        "GB82 ",
        "1.1.",
        "2001:",
        "[",
        "[IP",
    ];
    for piece in pieces {
        let text = piece.repeat(100_000 / piece.len());
        let once = redact(&text, &[secret("12345678")]);
        assert!(redact(&once.text, &[]).counts.is_empty(), "{piece}");
    }
}

/// Pieces that identifiers and placeholders are built of, so that they meet in all ways.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "jo",
        "@",
        "example.com",
        ".",
        "4111",
        " ",
        "-",
        "1111",
        "111111111111",
        "4111111111111111",
        "GB82",
        "WEST12345698765432",
        "+",
        "49",
        "30",
        "23125000",
        "(",
        ")",
        "0",
        "192.0.2",
        ".7",
        "2001:db8::",
        "7",
        "123-45-6789",
        "Bearer ",
        "abcdefgh12345678",
        "sk-",
        "[",
        "]",
        "EMAIL",
        "[EMAIL]",
        "[SECRET]",
        "[IP]",
        "tel ",
        "order ",
        "hunter22",
        "v",
        "é",
        "\u{2011}",
        "\n",
    ]);
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn hits_lie_on_character_boundaries_in_order(text in prop_oneof![pieces(), ".{0,80}"]) {
        let mut from = 0;
        for hit in find(&text) {
            prop_assert!(from <= hit.start && hit.start < hit.end);
            prop_assert!(text.get(hit.start..hit.end).is_some());
            from = hit.end;
        }
    }

    #[test]
    fn redacting_twice_is_redacting_once(text in prop_oneof![pieces(), ".{0,80}"]) {
        let secrets = [secret("hunter22"), secret("hunter2211"), secret("22111111"), secret("[EMAIL]4")];
        let once = redact(&text, &secrets);
        let twice = redact(&once.text, &secrets);
        prop_assert_eq!(&twice.text, &once.text);
        prop_assert!(twice.counts.is_empty());
        prop_assert!(!once.text.contains("hunter22"));
    }
}
