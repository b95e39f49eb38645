use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::release::tests::mission::{
    COMPOSITE, MODEL, PROFILE, PROMPT, Registry, TEMPLATE, mission,
};

fn journeys(text: &str) -> Journeys {
    serde_json::from_str(text).expect("a policy")
}

fn packed(registry: &Registry, policy: Option<&Journeys>) -> Result<Bundle, BundleFault> {
    let composition = registry.whole();
    let profiles = profiles(&composition, registry).expect("memory");
    bundle(&composition, &profiles, policy)
}

fn of(registry: &Registry) -> Bundle {
    packed(registry, None).expect("a bundle")
}

fn manifest(bundle: &Bundle) -> Value {
    serde_json::from_slice(&bundle.files[&RepoPath::from(MANIFEST)]).expect("JSON")
}

fn text(bundle: &Bundle, path: &Value) -> String {
    let path = RepoPath::from(path.as_str().expect("a path"));
    String::from_utf8(bundle.files[&path].clone()).expect("UTF-8")
}

#[track_caller]
fn conforms(manifest: &Value) {
    let schema = include_str!("../../../schemas/output/keelmark.bundle.v1.schema.json");
    let schema = serde_json::from_str(schema).expect("JSON");
    let validator = jsonschema::options().offline().build(&schema).expect("a schema");
    let faults: Vec<String> =
        validator.iter_errors(manifest).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert!(faults.is_empty(), "{faults:#?}\n{manifest:#}");
}

#[test]
fn the_missions_product_is_bundled_with_what_runs_and_names_what_proves() {
    let bundle = of(&mission());
    let found = manifest(&bundle);
    conforms(&found);
    let paths: Vec<String> = bundle.files.keys().map(ToString::to_string).collect();
    assert_eq!(
        paths,
        [
            "keelmark-bundle.json",
            "members/prompt/inputs.schema.json",
            "members/prompt/message-0.txt",
            "members/prompt/outputs.schema.json",
            "members/router/inputs.schema.json",
            "members/router/message-0.txt",
            "members/router/outputs.schema.json",
        ]
    );
    let composition = mission().whole();
    assert_eq!(found["composite"]["entry"], "composite/support_copilot@1.8.0");
    assert_eq!(found["composite"]["text"], composition.string());
    assert_eq!(found["composite"]["digest"], composition.entry_digest().to_string());
    let slots = |list: &str| -> Vec<String> {
        let list = found[list].as_array().expect("a list").iter();
        list.map(|m| format!("{}: {}", m["slot"], m["entry"]).replace('"', "")).collect()
    };
    assert_eq!(
        slots("members"),
        [
            "model: model/cust-copilot@1.4.2",
            "prompt: prompt/billing_refund@2.3.0",
            "router: prompt/intent_route@1.2.0",
        ]
    );
    assert_eq!(slots("evidence")[0], "data: dataset/golden_2025_09@1.0.0");
    assert!(
        slots("evidence").contains(&"suite/support_golden: suite/support_golden@1.1.0".to_owned())
    );
    let [model, prompt, _] = found["members"].as_array().expect("members").as_slice() else {
        panic!("{found:#}")
    };
    assert_eq!(model["model"]["model"], "gpt-4o-mini-2024-07-18");
    assert_eq!(model["sunset"], "2027-02-01");
    assert_eq!(prompt["prompt"]["policies"]["profile"], "profile/standard_level2@1.0.0");
    assert_eq!(found["profiles"][0]["guardrails"]["no_pii"]["severity"], "sev1");
    let message = &prompt["prompt"]["messages"][0];
    assert_eq!(message["role"], "user");
    assert_eq!(
        text(&bundle, &message["template"]),
        "Answer {{ question }} from {{ policy_snippets }} for {{ customer_context }}.\n"
    );
    assert_eq!(found["contract"]["slot"], "prompt");
    assert_eq!(found["contract"]["inputs"], prompt["prompt"]["inputs"]);
    let members = composition.members.iter().find(|m| m.slot == "prompt").expect("a slot");
    assert_eq!(prompt["digests"]["behaviour"], members.loaded.facets().behaviour.to_string());
}

#[test]
fn chats_tools_defaults_and_older_names_are_carried() {
    let registry = mission()
        .edit(
            PROMPT,
            "inputs: [customer_context, policy_snippets, question]",
            "inputs:\n    question: {type: string, aliases: [query], description: What is asked}\n    \
             tone: {type: string, default: kind}\n    count: {type: integer, required: false}\n ",
        )
        .edit(
            PROMPT,
            "changelog:",
            "messages:\n  - {role: system, content: \"Be {{ tone }}.\"}\n  - {role: user, file: ../a/b}\n  - {role: user, file: parts/ask.md}\n\
             engine: simple\nresponse_format: {type: json_object}\ntools: [{name: look_up, parameters: {type: object}}]\n\
             parameters: {temperature: 0.2, stop: [END]}\nchangelog:",
        );
    let registry = registry.with("registry/prompts/billing_refund/parts/ask.md", "{{question}}");
    // A path that leaves the entry's folder is no payload, so there is no text to carry.
    let lost = BundleFault::Unreadable {
        entry: "prompt/billing_refund@2.3.0".to_owned(),
        pointer: "/messages/1/file".to_owned(),
    };
    assert_eq!(packed(&registry, None), Err(lost));
    let registry = registry.edit(PROMPT, "  - {role: user, file: ../a/b}\n", "");
    let bundle = of(&registry);
    let found = manifest(&bundle);
    conforms(&found);
    let prompt = &found["members"][1]["prompt"];
    assert_eq!(prompt["engine"], "simple");
    assert_eq!(text(&bundle, &prompt["messages"][0]["template"]), "Be {{ tone }}.");
    assert_eq!(prompt["messages"][1]["template"], "members/prompt/message-1.txt");
    assert_eq!(text(&bundle, &prompt["messages"][1]["template"]), "{{question}}");
    assert_eq!(
        prompt["inputs"],
        json!({
            "schema": "members/prompt/inputs.schema.json",
            "aliases": {"query": "question"},
            "defaults": {"tone": "kind"},
            "optional": ["count"],
        })
    );
    let inputs: Value =
        serde_json::from_str(&text(&bundle, &prompt["inputs"]["schema"])).expect("JSON");
    assert_eq!(
        inputs,
        json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "properties": {
                "question": {"type": "string", "description": "What is asked"},
                "tone": {"type": "string", "default": "kind"},
                "count": {"type": "integer"},
            },
            "required": ["question"],
            "additionalProperties": false,
        })
    );
    assert_eq!(prompt["tools"][0]["executed_by"], "caller");
    assert_eq!(prompt["response_format"]["type"], "json_object");
    assert_eq!(prompt["parameters"]["stop"], json!(["END"]));
}

#[test]
fn prices_programs_and_keys_stay_behind() {
    let registry = mission().edit(
        MODEL,
        "provider: {api: openai, model: gpt-4o-mini-2024-07-18}",
        "provider: {api: openai, model: m, base_url_env: OPENAI_BASE_URL, program: ./run-me, args: [--secret]}\n\
         pricing: {input_per_mtok_usd: 0.15, output_per_mtok_usd: 0.6}\nweights: [{uri: \"https://example.com/w\", sha256: \"00\"}]",
    );
    let (composition, _) = registry.composition();
    let profiles = profiles(&composition, &registry).expect("memory");
    let bundle = bundle(&composition, &profiles, None).expect("a bundle");
    let found = manifest(&bundle);
    let model = &found["members"][0]["model"];
    assert_eq!(model["base_url_env"], "OPENAI_BASE_URL");
    assert_eq!(model["weights"][0]["uri"], "https://example.com/w");
    for word in ["run-me", "--secret", "pricing", "0.15", "owner"] {
        assert!(!found.to_string().contains(word), "{word}: {found:#}");
    }
}

#[test]
fn data_that_runs_is_named_by_its_digest() {
    let registry = mission().edit(COMPOSITE, "roles: {data: evidence}\n", "").edit(
        COMPOSITE,
        "data: golden_2025_09",
        "data: golden_2025_09@1.0.0",
    );
    let bundle = of(&registry);
    let found = manifest(&bundle);
    conforms(&found);
    let rows = &found["members"][0];
    assert_eq!(rows["payloads"][0]["path"], "cases.csv");
    assert_eq!(rows["payloads"][0]["bytes"], 74);
    let folder: BTreeSet<String> = bundle.files.keys().map(ToString::to_string).collect();
    assert!(folder.iter().all(|path| !path.contains("cases")), "{folder:?}");
}

#[test]
fn a_fragment_a_profile_and_a_signature_of_its_own_are_carried() {
    let registry = mission()
        .with(
            "registry/fragments/tone/fragment.yaml",
            "id: tone\nversion: 1.0.0\nowner: a\ninputs: [name]\nchangelog: [\"1.0.0: first\"]\n",
        )
        .with("registry/fragments/tone/fragment.md", "Be kind to {{ name }}.\n")
        .edit(
            COMPOSITE,
            "  data: golden",
            "  tone: fragment/tone@1.0.0\n  guard: profile/standard_level2@1.0.0\n  data: golden",
        )
        .edit(COMPOSITE, "suites:", "provides: {inputs: [question], outputs: [answer]}\nsuites:");
    let bundle = of(&registry);
    let found = manifest(&bundle);
    conforms(&found);
    let member = |slot: &str| {
        let members = found["members"].as_array().expect("members");
        members.iter().find(|member| member["slot"] == slot).expect("a member").clone()
    };
    let template = &member("tone")["fragment"]["template"];
    assert_eq!(text(&bundle, template), "Be kind to {{ name }}.\n");
    assert_eq!(member("guard")["profile"]["guardrails"]["no_pii"]["action"], "block");
    assert_eq!(found["contract"]["slot"], Value::Null);
    assert_eq!(found["contract"]["inputs"]["schema"], "contract/inputs.schema.json");
    let none = of(&mission().edit(COMPOSITE, "suites:", "provides: elsewhere\nsuites:"));
    assert_eq!(manifest(&none)["contract"], Value::Null);
}

#[test]
fn there_is_a_stamp_for_each_journey_and_prompt() {
    let stamps = |registry: &Registry, policy: Option<&str>| -> Vec<String> {
        let policy = policy.map(journeys);
        let bundle = packed(registry, policy.as_ref()).expect("a bundle");
        let found = manifest(&bundle);
        assert_eq!(found["stamps"], json!(bundle.stamps));
        let line = |s: &Stamp| format!("{} {}", s.journey.as_deref().unwrap_or("-"), s.prompt);
        bundle.stamps.iter().map(line).collect()
    };
    let plain = mission();
    assert_eq!(stamps(&plain, None), ["- billing_refund", "- intent_route"]);
    let named = plain.clone().edit(COMPOSITE, "suites:", "journeys: [copilot, extract]\nsuites:");
    assert_eq!(
        stamps(&named, None),
        [
            "copilot billing_refund",
            "copilot intent_route",
            "extract billing_refund",
            "extract intent_route"
        ]
    );
    let policy = r#"{"journeys": {
        "copilot": {"prompts": ["prompt/billing_refund"]},
        "extract": {"prompts": ["invoice_extract"]},
        "route": {"composite": "composite/support_copilot", "prompts": ["intent_route@^1"]},
        "other": {"composite": "another"}}}"#;
    assert_eq!(stamps(&plain, Some(policy)), ["route intent_route"]);
    assert_eq!(
        stamps(&named, Some(policy)),
        [
            "copilot billing_refund",
            // None of the policy's prompts is in the composite, so any may serve.
            "extract billing_refund",
            "extract intent_route",
            "route intent_route"
        ]
    );
    let stamp = &of(&plain).stamps[0];
    assert_eq!((stamp.composite.as_str(), stamp.version.as_str()), ("support_copilot", "1.8.0"));
    assert_eq!(stamp.digest, plain.whole().entry_digest());
}

#[test]
fn what_cannot_run_as_it_is_is_refused() {
    let fault = |registry: Registry| packed(&registry, None).expect_err("no bundle").to_string();
    let unguarded = mission()
        .without(PROFILE)
        .edit(COMPOSITE, "suites: [support_golden@1.1.0]\n", "")
        .edit(MODEL, ", safety_profile: standard_level2", "");
    assert!(fault(unguarded).contains("`standard_level2`, which is not in the registry"));
    let pinned = mission().edit(
        MODEL,
        "safety_profile: standard_level2",
        "safety_profile: standard_level2@2.0.0",
    );
    assert!(fault(pinned).contains("`standard_level2@2.0.0`"));
    let suite = mission().edit(
        COMPOSITE,
        "  data: golden",
        "  proof: suite/support_golden@1.1.0\n  data: golden",
    );
    assert_eq!(fault(suite), "`proof` holds `suite/support_golden@1.1.0`, which does not run");
    let long = "x".repeat(101);
    let slot = format!("  {long}: prompt/intent_route@1.2.0\n  data: golden");
    assert!(fault(mission().edit(COMPOSITE, "  data: golden", &slot)).contains("characters"));
    for slot in ["", "..", "a/b", "../a", "A", "a b", "é", ".git"] {
        assert!(folder_of(slot).is_err(), "{slot:?}");
    }
}

#[test]
fn equal_compositions_give_equal_bytes_and_others_do_not() {
    let base = of(&mission());
    assert_eq!(base, of(&mission()));
    assert_eq!(base.to_tar().expect("a tar"), of(&mission()).to_tar().expect("a tar"));
    for other in [
        mission().edit(TEMPLATE, "Answer", "Reply to"),
        mission().edit(PROMPT, "owner: support-ops", "owner: others"),
        mission().edit(PROFILE, "sev1", "sev2"),
    ] {
        assert_ne!(base.digest, of(&other).digest);
    }
    // The digest by its definition, with the manifest as one file of many.
    let line = |(path, bytes): (&RepoPath, &Vec<u8>)| format!("{}  {path}\n", Digest::of(bytes));
    let lines: String = base.files.iter().map(line).collect();
    assert_eq!(base.digest, Digest::of(lines.as_bytes()));
}

#[test]
fn the_archive_holds_the_files_with_nothing_of_its_maker() {
    let bundle = of(&mission());
    let bytes = bundle.to_tar().expect("a tar");
    let mut read = BTreeMap::new();
    let mut archive = tar::Archive::new(bytes.as_slice());
    for entry in archive.entries().expect("entries") {
        let mut entry = entry.expect("an entry");
        let header = entry.header();
        assert_eq!(header.mode().expect("a mode"), 0o644);
        let owner = (header.uid(), header.gid(), header.mtime());
        assert_eq!((owner.0.ok(), owner.1.ok(), owner.2.ok()), (Some(0), Some(0), Some(0)));
        assert_eq!(header.username().ok().flatten(), Some(""));
        let path = RepoPath::new(entry.path_bytes().into_owned());
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut entry, &mut bytes).expect("bytes");
        read.insert(path, bytes);
    }
    assert_eq!(read, bundle.files);
    assert!(holds_bundle(&bytes));
    let files = listed(&bundle.files[&RepoPath::from(MANIFEST)]).expect("a manifest");
    assert_eq!(files.len() + 1, bundle.files.len());
    assert!(files.iter().all(|(path, digest)| Digest::of(&bundle.files[path]) == *digest));
}

#[test]
fn the_archives_bytes_do_not_change_with_the_crate_that_writes_them() {
    let files = BTreeMap::from([
        (RepoPath::from(MANIFEST), b"{}\n".to_vec()),
        (RepoPath::from("members/a/message-0.txt"), b"Hi\n".to_vec()),
    ]);
    let bundle = Bundle { files, digest: Digest::of(b""), stamps: Vec::new() };
    let bytes = bundle.to_tar().expect("a tar");
    assert_eq!(bytes.len(), 3072);
    // Python's `tarfile` writes the same with USTAR_FORMAT, but for the spelling of the checksums.
    assert_eq!(
        Digest::of(&bytes).to_string(),
        "7a8bd644503854ee5fbe8dd64ead9b1db68eb30f31c590266293c00152fe32a3"
    );
    assert!(!holds_bundle(&bytes), "no manifest of ours");
}

proptest! {
    #[test]
    fn no_bytes_are_taken_for_an_archive_by_accident(bytes in proptest::collection::vec(any::<u8>(), 0..2048)) {
        prop_assert!(!holds_bundle(&bytes));
        prop_assert!(listed(&bytes).is_none());
    }
}
