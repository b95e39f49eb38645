//! Whatever a person can get wrong in a file: one finding at its place, exit 1, and no panic.

use crate::fixtures::{MISSION, OTHER, PROMPT, PROMPT_TEMPLATE, TEMPLATE, mission, small};

/// Bytes of a prompt file, and the one finding that they deserve.
struct Case {
    name: &'static str,
    bytes: Vec<u8>,
    rule: &'static str,
    line: u32,
    column: u32,
}

fn cases() -> Vec<Case> {
    let case = |name, text: String, rule, (line, column)| Case {
        name,
        bytes: text.into_bytes(),
        rule,
        line,
        column,
    };
    let mut bad = MISSION.replace("support-ops", "support\u{1}ops").into_bytes();
    let at = bad.iter().position(|byte| *byte == 1).expect("the mark");
    bad[at] = 0xff;
    let level = |at: u32| format!("l{at}: &l{at} [{}]", vec![format!("*l{}", at - 1); 9].join(","));
    let bomb = (1..12).map(level).collect::<Vec<_>>().join("\n");
    vec![
        case(
            "a key twice",
            MISSION.replace("schema:\n", "owner: others\nschema:\n"),
            "yaml-duplicate-key",
            (4, 1),
        ),
        Case { name: "bad UTF-8", bytes: bad, rule: "yaml-not-utf8", line: 3, column: 15 },
        case(
            "a tab for indentation",
            MISSION.replace("  outputs", "\toutputs"),
            "yaml-syntax",
            (6, 1),
        ),
        case(
            "an alias bomb",
            format!("{MISSION}l0: &l0 [x,x,x,x,x,x,x,x,x]\n{bomb}"),
            "yaml-too-large",
            (0, 0),
        ),
        case(
            "more than 1 MiB",
            format!("{MISSION}# {}\n", "x".repeat(1 << 20)),
            "file-too-large",
            (1, 1),
        ),
        case(
            "deep nesting in flow style",
            format!("{MISSION}tags: {}{}\n", "[".repeat(20_000), "]".repeat(20_000)),
            "yaml-too-large",
            (0, 0),
        ),
        case(
            "deep nesting that never ends",
            format!("{MISSION}tags: {}", "{a: ".repeat(100_000)),
            "yaml-too-large",
            (0, 0),
        ),
        case("an open quote", MISSION.replace("\"2.2.0\"\n", "\"2.2.0\n"), "yaml-syntax", (0, 0)),
        case("two documents", format!("{MISSION}---\na: 1\n"), "yaml-multiple-documents", (19, 1)),
        case("an alias of nothing", format!("{MISSION}tags: *x\n"), "yaml-syntax", (19, 7)),
        case(
            "a conflict",
            MISSION.replace(
                "owner: support-ops\n",
                "<<<<<<< HEAD\nowner: a\n=======\nowner: b\n>>>>>>> topic\n",
            ),
            "yaml-conflict-marker",
            (3, 1),
        ),
        case(
            "an unknown key",
            MISSION.replace("rollback_to", "rolback_to"),
            "schema-unknown-key",
            (18, 1),
        ),
        case(
            "a wrong type",
            MISSION.replace("owner: support-ops", "owner: [a]"),
            "schema-type",
            (3, 8),
        ),
        case(
            "no number",
            MISSION.replace("version: 2.3.0", "version: v2.3"),
            "version-not-semver",
            (2, 10),
        ),
        case(
            "another id",
            MISSION.replace("id: billing", "id: biling"),
            "entry-id-mismatch",
            (1, 5),
        ),
        case("a list", "- a\n- b\n".to_owned(), "schema-type", (1, 1)),
    ]
}

#[test]
fn one_mistake_is_one_error_at_its_place_and_hides_no_other_entry() {
    for Case { name, bytes, rule, line, column } in cases() {
        let repo = mission();
        repo.write(PROMPT, bytes);
        repo.write(OTHER, small("greeting").replace("owner", "ownr"))
            .write("registry/prompts/greeting/template.md", "Hi {{ name }}\n");
        repo.stage(".");
        let report = repo.json(1, &["check", "--staged"]);
        let errors: Vec<_> = report["findings"]
            .as_array()
            .expect("findings")
            .iter()
            .filter(|finding| finding["severity"] == "error" && finding["path"] == PROMPT)
            .collect();
        assert_eq!(errors.len(), 1, "{name}: {errors:#?}");
        assert_eq!(errors[0]["rule"], rule, "{name}: {:#}", errors[0]);
        // 0: the parser's choice, as long as there is one.
        let found = (&errors[0]["line"], &errors[0]["column"]);
        if line > 0 {
            assert_eq!(found, (&line.into(), &column.into()), "{name}: {:#}", errors[0]);
        }
        if name == "an unknown key" {
            assert!(
                errors[0].to_string().contains("did you mean `rollback_to`"),
                "{:#}",
                errors[0]
            );
        }
        let other = report["findings"].as_array().expect("findings").iter();
        assert!(other.into_iter().any(|finding| finding["path"] == OTHER), "{name}: {report:#}");
        repo.keelmark(&["check", "--staged"]).is(1).says(rule);
        repo.keelmark(&["check", "--format", "concise"]).is(1).says(rule);
        repo.keelmark(&["check", "--format", "github"]).is(1).says(rule);
        for words in [&["list"][..], &["seal", "--check"], &["bump"], &["log", "greeting"]] {
            repo.keelmark(words);
        }
    }
}

#[test]
fn one_bad_field_does_not_hide_the_others() {
    let repo = mission();
    repo.write(
        PROMPT,
        MISSION
            .replace("owner: support-ops", "owner: []")
            .replace("requires_citations: true", "requires_citations: \"yes\"")
            .replace("links:", "lnks:"),
    );
    repo.stage(".");
    let report = repo.json(1, &["check"]);
    for pointer in ["/owner", "/policies/requires_citations", "/lnks"] {
        let findings = report["findings"].as_array().expect("findings");
        assert!(
            findings.iter().any(|finding| finding["pointer"] == pointer),
            "{pointer}: {report:#}"
        );
    }
}

#[test]
fn a_template_can_be_missing_huge_binary_a_link_or_broken() {
    for (bytes, rule) in [
        (Some(vec![b'x'; (1 << 20) + 1]), "payload-too-large"),
        (Some(b"caf\xe9 {{ question }}".to_vec()), "payload-not-utf8"),
        (Some(b"{% if question %}{{ customer_context }}".to_vec()), "template-syntax"),
        (Some("{{ ".repeat(10_000).into_bytes()), "template-syntax"),
        (None, "payload-missing"),
    ] {
        let repo = mission();
        match bytes {
            Some(bytes) => repo.write(PROMPT_TEMPLATE, bytes),
            None => repo.delete(PROMPT_TEMPLATE),
        };
        repo.stage(".");
        repo.keelmark(&["check", "--staged"]).is(1).says(rule);
        repo.keelmark(&["check"]).is(1).says(rule);
    }
    let repo = mission();
    repo.write("secret.txt", TEMPLATE).delete(PROMPT_TEMPLATE);
    let link = repo.path().join(PROMPT_TEMPLATE);
    std::os::unix::fs::symlink("../../../secret.txt", link).expect("a link");
    repo.stage(".");
    repo.keelmark(&["check", "--staged"]).is(1).says("payload-not-a-file");
    repo.keelmark(&["check"]).is(1).says("payload-not-a-file");
}

#[test]
fn a_payload_stays_inside_its_entry_and_is_tracked() {
    for path in ["../greeting/template.md", "/etc/passwd", ".git/config", "a/../../x.md"] {
        let repo = mission();
        repo.edit(PROMPT, "owner:", &format!("template: {path}\nowner:")).stage(".");
        repo.keelmark(&["check"]).is(1).says("payload-path-invalid");
    }
    let repo = mission();
    repo.stage(PROMPT);
    repo.keelmark(&["check"]).is(1).says("payload-untracked");
    repo.keelmark(&["check", "--staged"]).is(1).says("payload-missing");
}

#[test]
fn a_policy_a_fragment_and_a_dataset_with_mistakes_are_found_too() {
    let repo = mission();
    repo.write("registry/policies/gates.yaml", "gates: [{metric: exact}]\n")
        .write("registry/policies/gate.yaml", "gates: []\n")
        .write("registry/fragments/tone/fragment.yaml", "id: tone\nversion: 1\n")
        .write("registry/datasets/Golden/dataset.yaml", "id: Golden\n");
    repo.stage(".");
    repo.keelmark(&["check"])
        .is(1)
        .says("schema-missing-key")
        .says("policy-unknown")
        .says("registry/fragments/tone/fragment.yaml")
        .says("entry-path-invalid");
}

#[test]
fn a_file_of_100_mb_is_named_and_not_read() {
    let repo = mission();
    repo.stage(".");
    for path in [PROMPT, PROMPT_TEMPLATE] {
        let file =
            std::fs::File::options().write(true).open(repo.path().join(path)).expect("a file");
        file.set_len(100_000_000).expect("a sparse file");
    }
    repo.keelmark(&["check"]).is(1).says("file-too-large").says("100000000 bytes");
    repo.keelmark(&["list"]).is(0).says("unreadable");
    repo.write(PROMPT, MISSION);
    repo.keelmark(&["check"]).is(1).says("payload-too-large");
}

#[test]
fn a_path_that_is_not_utf8_is_a_finding_and_no_panic() {
    use std::os::unix::ffi::OsStrExt as _;
    let repo = mission();
    let name = std::ffi::OsStr::from_bytes(b"caf\xe9");
    let folder = repo.path().join("registry/prompts").join(name);
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join("prompt.yaml"), small("cafe")).expect("a file");
    repo.stage(".");
    for format in ["human", "concise", "json", "github"] {
        repo.keelmark(&["check", "--format", format]).is(1).says("entry-path-invalid");
        repo.keelmark(&["check", "--staged", "--format", format]).is(1).says("entry-path-invalid");
    }
    repo.keelmark(&["list"]).is(0);
    repo.keelmark(&["bump"]).is(0);
}

#[test]
fn a_path_in_conflict_is_a_finding_until_it_is_resolved() {
    let repo = mission();
    repo.stage(".").commit("publish");
    repo.branch("topic");
    repo.edit(PROMPT, "owner: support-ops", "owner: mine");
    repo.stage(".").commit("mine");
    repo.checkout("main");
    repo.edit(PROMPT, "owner: support-ops", "owner: theirs");
    repo.stage(".").commit("theirs");
    assert!(!repo.try_run(&["merge", "topic"]).status.success());
    repo.keelmark(&["check"]).is(1).says("yaml-conflict-marker");
    repo.keelmark(&["check", "--staged"]).is(1).says("path-unmerged");
    repo.write(PROMPT, MISSION).stage(".");
    repo.keelmark(&["check", "--staged"]).is(0);
}
