//! What is said about mistakes, and what is left for the typed model.

use keelmark::ident::Kind;
use keelmark::registry::common::Common;
use keelmark::registry::prompt;
use keelmark::schema::{PolicyName, Shape, check};

use crate::printed::MISSION;
use crate::{checked, document, faults};

/// Replaces one line of the mission's prompt.
fn mission(old: &str, new: &str) -> String {
    assert!(MISSION.contains(old), "{old}");
    MISSION.replacen(old, new, 1)
}

#[test]
fn mistakes_are_told_where_they_are_and_how_to_mend_them() {
    let prompt = Shape::Entry(Kind::Prompt);
    let more = |text: &str| format!("{MISSION}{text}");
    let cases: Vec<(String, Vec<&str>)> = vec![
        (
            mission("owner: support-ops", "ownr: support-ops"),
            vec!["3:1 unknown-key: unknown key `ownr`; did you mean `owner`?"],
        ),
        (
            mission("owner: support-ops\n", ""),
            vec!["1:1 missing-key: missing key `owner` (add a line such as `owner: support-ops`)"],
        ),
        (
            mission("version: 2.3.0", "version: 1.10"),
            vec![
                "2:10 type: `version`: expected a string, found the number `1.10` (quote it: `\"1.10\"`)",
            ],
        ),
        (
            mission("version: 2.3.0", "version: "),
            vec![
                "2:1 type: `version`: expected a string, found nothing (write a value, or leave the key out)",
            ],
        ),
        (
            mission("version: 2.3.0", "version: \"\""),
            vec!["2:10 value: `version`: expected some text such as `2.3.0`, found an empty text"],
        ),
        (
            mission("id: billing_refund", "id: Billing"),
            vec![
                "1:5 value: `id`: expected an id of lower-case letters, digits, `_` and `-`, in at most four segments joined by `/`, found the text `Billing`",
            ],
        ),
        (
            more("parameters: {temprature: 0.2}\n"),
            vec![
                "19:14 unknown-key: unknown key `temprature` in `parameters`; did you mean `temperature`? (known keys: `frequency_penalty`, `max_output_tokens`, `presence_penalty`, `seed`, `stop`, `temperature`, `top_k`, `top_p`)",
            ],
        ),
        (
            more("temperature: 0.2\n"),
            vec![
                "19:1 unknown-key: unknown key `temperature` (`temperature` belongs in `parameters`)",
            ],
        ),
        (
            more("parameters:\n  temperature: hot\n  top_p: 2\n"),
            vec![
                "20:16 type: `parameters.temperature`: expected a number, found the text `hot`",
                "21:10 value: `parameters.top_p`: expected at most 1, found the number `2`",
            ],
        ),
        (
            more("parameters: {temperature: \"0.2\"}\n"),
            vec![
                "19:27 type: `parameters.temperature`: expected a number, found the text `0.2` (write it without quotes: `0.2`)",
            ],
        ),
        (
            more("status: activ\n"),
            vec![
                "19:9 value: `status`: unknown value `activ`; did you mean `active`? (expected `draft`, `active`, `deprecated` or `removed`)",
            ],
        ),
        (
            more("status: 3\n"),
            vec![
                "19:9 type: `status`: expected a string, found the number `3` (write `draft`, `active`, `deprecated` or `removed`)",
            ],
        ),
        (
            more("streaming: yes\n"),
            vec![
                "19:12 type: `streaming`: expected `true` or `false`, found the text `yes` (write `true` without quotes)",
            ],
        ),
        (
            mission(
                "inputs: [\"customer_context\",\"policy_snippets\",\"question\"]",
                "inputs: question",
            ),
            vec![
                "5:11 type: `schema.inputs`: expected a list of names or a map of name to JSON Schema, found the text `question` (write a list: `[question]`)",
            ],
        ),
        (
            mission("\"question\"]", "\"2nd\", 3, question, question]"),
            vec![
                "5:49 value: `schema.inputs[2]`: expected a name of letters, digits and `_` that does not start with a digit, since templates use it as a variable, found the text `2nd`",
                "5:56 type: `schema.inputs[3]`: expected a string, found the number `3` (write a name of letters, digits and `_` that does not start with a digit, since templates use it as a variable)",
                "5:69 value: `schema.inputs`: `question` stands twice",
            ],
        ),
        (
            mission(
                "inputs: [\"customer_context\",\"policy_snippets\",\"question\"]",
                "inputs: {2nd: {type: string}, question: {type: strng}, x: text}",
            ),
            vec![
                "5:12 value: `schema.inputs`: the key `2nd` must be a name of letters, digits and `_` that does not start with a digit, since templates use it as a variable",
                "5:50 field-invalid: `schema.inputs.question.type`: unknown value `strng`; did you mean `string`?",
                "5:61 type: `schema.inputs.x`: expected a JSON Schema or `true` or `false`, which are JSON Schemas too, found the text `text`",
            ],
        ),
        (
            mission("schema:\n  inputs:", "schema:\n  input:"),
            vec![
                "5:3 unknown-key: unknown key `input` in `schema`; did you mean `inputs`? (known keys: `inputs`, `open`, `outputs`)",
            ],
        ),
        (
            mission("  outputs: [\"answer\",\"citations\",\"confidence\"]\n", ""),
            vec![
                "4:1 missing-key: missing key `outputs` in `schema` (add a line such as `outputs: [answer, citations, confidence]`)",
            ],
        ),
        (
            mission(
                "  - \"2.2.0: clarified tone; added disallowed sources list\"",
                "  - 2.2.0: clarified tone",
            ),
            vec![
                "9:5 type: `changelog[1]`: expected a string, found a map (quote the line, since `: ` makes it a map: `\"2.2.0: clarified tone\"`)",
            ],
        ),
        (
            more("messages:\n  - role: system\n  - {role: sytem, content: a, file: b}\n"),
            vec![
                "20:5 missing-key: missing key `content` or `file` in `messages[0]` (add a line such as `content: \"You answer refund questions.\"`)",
                "21:12 value: `messages[1].role`: unknown value `sytem`; did you mean `system`? (expected `system`, `user`, `assistant`, `developer` or `tool`)",
                "21:31 value: `messages[1]`: expected one of `content` and `file`, found both",
            ],
        ),
        (
            more("depends_on: [{ref: model/a, edge: run}, 3]\n"),
            vec![
                "19:35 value: `depends_on[0].edge`: expected `runtime`, `reexported`, `eval` or `build`, found `run`",
                "19:41 type: `depends_on[1]`: expected a reference or a map with `ref` and `edge`, found the number `3` (quote it: `\"3\"`)",
            ],
        ),
        (
            more("sunset: soon\nretention_days: -1\n"),
            vec![
                "19:9 value: `sunset`: expected a day such as `2027-02-01`, found the text `soon`",
                "20:17 value: `retention_days`: expected at least 0, found the number `-1`",
            ],
        ),
        (
            more("tools:\n  - {name: a, parameters: {typ: object}}\n"),
            vec![
                "20:28 field-invalid: `tools[0].parameters.typ`: unknown keyword `typ`; did you mean `type`?",
            ],
        ),
        (
            format!("{MISSION}description: [{}]\n", "x".repeat(500)),
            vec!["19:14 type: `description`: expected a string, found a list"],
        ),
        (
            "- a\n".to_owned(),
            vec!["1:1 type: expected a prompt, which is a map of keys, found a list"],
        ),
        ("# nothing\n".to_owned(), vec!["1:1 type: the file is empty; expected a prompt"]),
    ];
    for (text, expected) in cases {
        assert_eq!(faults(prompt, &text), expected, "{text}");
    }
}

#[test]
fn other_kinds_say_what_they_lack() {
    let head = "id: a\nversion: 1.0.0\nowner: b\n";
    let cases = [
        (
            Shape::Entry(Kind::Dataset),
            "",
            "1:1 missing-key: missing key `files` or `partitions` (add a line such as `files: [{path: cases.csv, sha256: \"<hash>\", split: test}]`)",
        ),
        (
            Shape::Entry(Kind::Dataset),
            "file: cases.csv\n",
            "4:1 unknown-key: unknown key `file`; did you mean `files`?",
        ),
        (
            Shape::Entry(Kind::Model),
            "",
            "1:1 missing-key: missing key `provider` or `weights` (add a line such as `provider: {api: openai, model: gpt-4o-mini-2024-07-18}`)",
        ),
        (
            Shape::Entry(Kind::Suite),
            "cases: cases.csv\n",
            "1:1 missing-key: missing key `target` or `route` (add a line such as `target: prompt/billing_refund`)",
        ),
        (
            Shape::Entry(Kind::Profile),
            "guardrails: {}\n",
            "4:13 value: `guardrails`: expected at least one key, found an empty map",
        ),
        (
            Shape::Entry(Kind::Composite),
            "members: {prompt: 3}\n",
            "4:19 type: `members.prompt`: expected a string, found the number `3` (quote it: `\"3\"`)",
        ),
    ];
    for (shape, rest, expected) in cases {
        assert_eq!(faults(shape, &format!("{head}{rest}")), [expected]);
    }
    let gates = "gates:\n  - {metric: exact, bar: 0.8}\n  - {metric: exact, bar: \"≥ 0.8\"}\n";
    assert_eq!(
        faults(Shape::Policy(PolicyName::Gates), gates),
        [
            "2:26 type: `gates[0].bar`: expected a string, found the number `0.8` (write a comparison and a number, such as `\">= 0.80\"`)",
            "3:26 value: `gates[1].bar`: expected a comparison and a number, such as `\">= 0.80\"`, found the text `≥ 0.8`",
        ]
    );
    assert_eq!(
        faults(Shape::Config, "version: 2\nrules: {a: {level: warning}}\noverrides: [{rule: a}]\n"),
        [
            "1:10 value: `version`: expected `1`, found `2`",
            "2:20 value: `rules.a.level`: expected `deny`, `warn` or `allow`, found `warning`",
            "3:13 missing-key: missing key `entry` in `overrides[0]` (add a line such as `entry: prompt/billing_refund`)",
            "3:13 missing-key: missing key `fingerprint` in `overrides[0]` (add a line such as `fingerprint: 0f3c11aa9d20`)",
            "3:13 missing-key: missing key `reason` in `overrides[0]` (add a line such as `reason: \"No caller sends it: see SUP-1412\"`)",
        ]
    );
}

#[test]
fn what_is_refused_is_left_out_and_the_rest_is_read() {
    let text = mission("version: 2.3.0", "version: 1.10")
        + "parameters: {temperature: hot, seed: 7, max_output_tokens: 4e3}\ntags: [a, 3]\nmessages:\n  - {role: 3, content: a}\n";
    let document = document(&text);
    let checked = check(Shape::Entry(Kind::Prompt), &document);
    let invalid: Vec<&str> = checked.invalid.iter().map(String::as_str).collect();
    assert_eq!(invalid, ["/messages/0/role", "/parameters/temperature", "/tags/1", "/version"]);
    assert!(checked.refuses("/version") && checked.refuses("/tags/1/x"));
    assert!(!checked.refuses("/owner") && !checked.refuses("/tags"));
    let readable = checked.readable(document.value());
    let common: Common = serde_json::from_value(readable.clone()).expect("typed");
    let prompt: prompt::Prompt = serde_json::from_value(readable).expect("typed");
    assert_eq!((common.owner.as_str(), common.version.as_str()), ("support-ops", ""));
    assert!(common.tags.is_empty());
    assert_eq!(prompt.parameters.seed, Some(7));
    assert_eq!(prompt.parameters.max_output_tokens, Some(4000));
    assert_eq!(prompt.messages.len(), 1);
}

#[test]
fn an_unquoted_version_has_a_safe_fix() {
    let text = mission("version: 2.3.0", "version: 1.10 # soon");
    let found = checked(Shape::Entry(Kind::Prompt), &text);
    let fix = found.findings[0].fix.as_ref().expect("a fix");
    let replacement = &fix.replacements[0];
    let mut mended = text.clone();
    mended.replace_range(replacement.span.range(), &replacement.text);
    assert!(mended.contains("version: \"1.10\" # soon\n"));
    assert!(faults(Shape::Entry(Kind::Prompt), &mended).is_empty());
}
