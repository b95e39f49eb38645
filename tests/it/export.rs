//! A composite leaves the repository, and other programs read it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::desk;
use crate::fixtures::{PROMPT, PROMPT_TEMPLATE, TEMPLATE};
use crate::support::{TestRepo, hermetic};

const COMPOSITE: &str = "registry/composites/support_copilot/composite.yaml";
const MODEL: &str = "registry/models/cust-copilot/model.yaml";

/// The mission's product at 1.7.3 and then 1.8.0, each committed, the second one tagged.
fn product() -> TestRepo {
    let repo = TestRepo::init();
    repo.write("keelmark.yaml", "version: 1\n")
        .write(
            COMPOSITE,
            "id: support_copilot\nversion: 1.7.3\nowner: platform-ai\n\
             members:\n  model: cust-copilot@1.4.2\n  prompt: billing_refund@2.2.0\n  data: golden_2025_09\n\
             roles: {data: evidence}\njourneys: [copilot]\nchannels: [production]\n\
             changelog:\n  - \"1.7.3: refunds\"\n",
        )
        .write(
            PROMPT,
            "id: billing_refund\nversion: 2.2.0\nowner: support-ops\n\
             schema:\n  inputs: [customer_context, policy_snippets, question]\n  outputs: [answer]\n\
             policies: {safety_profile: standard_level2}\nchangelog:\n  - \"2.2.0: tone\"\n",
        )
        .write(PROMPT_TEMPLATE, TEMPLATE)
        .write(
            MODEL,
            "id: cust-copilot\nversion: 1.4.2\nowner: ml-platform\n\
             provider: {api: openai, model: gpt-4o-mini-2024-07-18}\n\
             pricing: {input_per_mtok_usd: 0.15, output_per_mtok_usd: 0.6}\nrisk_tier: high\n\
             changelog: [\"1.4.2: pinned snapshot\"]\n",
        )
        .write(
            "registry/profiles/standard_level2/profile.yaml",
            "id: standard_level2\nversion: 1.0.0\nowner: security\n\
             guardrails: {no_pii: {severity: sev1}}\nchangelog: [\"1.0.0: first\"]\n",
        )
        .write(
            "registry/datasets/golden_2025_09/dataset.yaml",
            "id: golden_2025_09\nversion: 1.0.0\nowner: data-science\nrow_key: case_id\n\
             files: [{path: cases.csv}]\nprovenance: {source: by hand, license: CC0-1.0, pii: none}\n\
             changelog: [\"1.0.0: first cut\"]\n",
        )
        .write("registry/datasets/golden_2025_09/cases.csv", "case_id,input\nc1,Where is it?\n")
        .stage(".")
        .commit("release 1.7.3");
    repo.edit(PROMPT, "version: 2.2.0", "version: 2.3.0")
        .edit(PROMPT, "outputs: [answer]", "outputs: [answer, citations]")
        .edit(PROMPT, "  - \"2.2.0", "  - \"2.3.0: citations\"\n  - \"2.2.0")
        .write(PROMPT_TEMPLATE, format!("{TEMPLATE}Cite.\n"))
        .edit(COMPOSITE, "version: 1.7.3", "version: 1.8.0")
        .edit(COMPOSITE, "billing_refund@2.2.0", "billing_refund@2.3.0")
        .edit(COMPOSITE, "  - \"1.7.3", "  - \"1.8.0: citations\"\n  - \"1.7.3")
        .stage(".")
        .commit("release 1.8.0");
    repo.tag("release/support_copilot@1.8.0");
    repo
}

/// Exports and returns what is said of it. A second run finds the bundle there, and says so.
#[track_caller]
fn exported(repo: &TestRepo, words: &[&str]) -> Value {
    repo.keelmark(&[&["export"], words, &["--format", "json"]].concat()).is(0).json()
}

/// What a bundle's folder holds.
fn folder(path: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut open = vec![path.to_path_buf()];
    while let Some(here) = open.pop() {
        for entry in fs::read_dir(&here).expect("a folder") {
            let at = entry.expect("an entry").path();
            if at.is_dir() {
                open.push(at);
            } else {
                let name = at.strip_prefix(path).expect("below").to_str().expect("UTF-8");
                files.insert(name.to_owned(), fs::read(&at).expect("a file"));
            }
        }
    }
    files
}

fn manifest(path: &Path) -> Value {
    let bytes = fs::read(path.join("keelmark-bundle.json")).expect("a manifest");
    let manifest = serde_json::from_slice(&bytes).expect("JSON");
    let faults = desk::faults(&manifest);
    assert!(faults.is_empty(), "{faults:#?}");
    manifest
}

/// Runs a Python program, and returns what it printed.
#[track_caller]
fn python(repo: &TestRepo, program: &str, arguments: &[&str]) -> String {
    let file = repo.beside("program.py");
    fs::write(&file, program).expect("a file");
    let mut command = Command::new("python3");
    hermetic(&mut command, &repo.beside(""));
    let output =
        command.arg(&file).args(arguments).current_dir(repo.path()).output().expect("python3");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout)
}

/// The versions of the members that a bundle has, by slot.
fn versions(manifest: &Value) -> Vec<String> {
    let members = manifest["members"].as_array().expect("members").iter();
    members.map(|member| member["entry"].as_str().expect("an entry").to_owned()).collect()
}

#[test]
fn a_release_is_read_from_its_tag_whatever_came_after_it() {
    let repo = product();
    let at_release = exported(&repo, &["support_copilot", "--out", "../first"]);
    repo.edit(PROMPT, "version: 2.3.0", "version: 2.4.0")
        .edit(PROMPT, "  - \"2.3.0", "  - \"2.4.0: more\"\n  - \"2.3.0")
        .write(PROMPT_TEMPLATE, "{{ question }}\n")
        .edit(COMPOSITE, "version: 1.8.0", "version: 1.9.0")
        .edit(COMPOSITE, "billing_refund@2.3.0", "billing_refund@2.4.0");
    let ways = [
        &["support_copilot@1.8.0"][..],
        &["composite/support_copilot@1.8.0"],
        &["support_copilot", "--rev", "HEAD"],
        &["model@1.4.2 + prompt@2.3.0 + data@golden_2025_09"],
    ];
    for (at, way) in ways.iter().enumerate() {
        let out = format!("../way{at}");
        let found = exported(&repo, &[*way, &["--out", &out]].concat());
        assert_eq!(found["bundle"], at_release["bundle"], "{way:?}");
        assert_eq!(folder(&repo.beside(&format!("way{at}"))), folder(&repo.beside("first")));
    }
    let found = manifest(&repo.beside("first"));
    assert_eq!(versions(&found), ["model/cust-copilot@1.4.2", "prompt/billing_refund@2.3.0"]);
    // The tree is not committed, and can be exported as it is.
    repo.keelmark(&["export", "support_copilot", "--out", "../now"]).is(0).says("1.9.0");
    assert_eq!(versions(&manifest(&repo.beside("now")))[1], "prompt/billing_refund@2.4.0");
    // Without a tag the history tells, of older versions too, and under a new name.
    repo.stage(".").commit("release 1.9.0");
    repo.run(&["tag", "-d", "release/support_copilot@1.8.0"]);
    repo.keelmark(&["mv", "composite/support_copilot", "composite/copilot"]).is(0);
    repo.stage(".").commit("another name");
    for (version, prompt) in [("1.7.3", "2.2.0"), ("1.8.0", "2.3.0")] {
        let out = format!("../old{version}");
        repo.keelmark(&["export", &format!("copilot@{version}"), "--out", &out]).is(0);
        let found = manifest(&repo.beside(&format!("old{version}")));
        assert_eq!(versions(&found)[1], format!("prompt/billing_refund@{prompt}"));
        assert_eq!(found["composite"]["entry"], format!("composite/support_copilot@{version}"));
    }
}

#[test]
fn a_bare_clone_and_another_machine_give_the_same_bytes() {
    let repo = product();
    repo.keelmark(&["export", "support_copilot@1.8.0", "--out", "../a.tar"]).is(0);
    let bare = TestRepo::clone_of(&repo, &["--bare"]);
    bare.keelmark(&["export", "support_copilot@1.8.0", "--out", "../b.tar"]).is(0);
    bare.keelmark(&["export", "support_copilot", "--out", "../c.tar"]).is(0);
    let shallow =
        TestRepo::clone_of(&repo, &["--depth", "1", "--branch", "release/support_copilot@1.8.0"]);
    shallow.keelmark(&["export", "support_copilot@1.8.0", "--out", "../d.tar"]).is(0);
    let bytes = fs::read(repo.beside("a.tar")).expect("a tar");
    for (clone, file) in [(&bare, "b.tar"), (&bare, "c.tar"), (&shallow, "d.tar")] {
        assert_eq!(fs::read(clone.beside(file)).expect("a tar"), bytes, "{file}");
    }
}

/// Reads a bundle with the libraries of another language and believes nothing that it does not
/// compute itself.
const READER: &str = r#"
import hashlib, json, os, re, sys, tarfile

source, printed = sys.argv[1:]
files = {}
if source.endswith(".tar"):
    with tarfile.open(source) as archive:
        for info in archive:
            assert info.isfile() and info.mode == 0o644, info
            assert (info.uid, info.gid, info.mtime, info.uname, info.gname) == (0, 0, 0, "", ""), info
            files[info.name] = archive.extractfile(info).read()
    assert list(files) == sorted(files)
else:
    for folder, _, names in os.walk(source):
        for name in names:
            path = os.path.join(folder, name)
            assert not os.path.islink(path)
            with open(path, "rb") as file:
                files[os.path.relpath(path, source)] = file.read()
digest = lambda data: hashlib.sha256(data).hexdigest()
for path in files:
    assert re.fullmatch(r"[a-z0-9_.-]+(/[a-z0-9_.-]+)*", path) and ".." not in path, path
manifest = json.loads(files["keelmark-bundle.json"])
assert manifest["schema"] == "keelmark.bundle.v1"
listed = {file["path"]: file for file in manifest["files"]}
assert set(listed) | {"keelmark-bundle.json"} == set(files)
for path, file in listed.items():
    assert digest(files[path]) == file["sha256"] and len(files[path]) == file["bytes"], path
whole = digest("".join(f"{digest(files[p])}  {p}\n" for p in sorted(files)).encode())
assert whole == printed, (whole, printed)
for member in manifest["members"]:
    for message in (member["prompt"] or {}).get("messages", []):
        files[message["template"]].decode("utf-8")
    if member["prompt"]:
        for side in ("inputs", "outputs"):
            schema = json.loads(files[member["prompt"][side]["schema"]])
            assert schema["type"] == "object", schema
composite = manifest["composite"]
for stamp in manifest["stamps"]:
    assert sorted(stamp) == ["composite", "digest", "journey", "prompt", "version"]
    assert composite["entry"] == "composite/%s@%s" % (stamp["composite"], stamp["version"])
    assert composite["digest"] == stamp["digest"]
print("verified", len(files))
"#;

#[test]
fn another_program_opens_the_bundle_and_verifies_every_digest() {
    let repo = product();
    for out in ["../dist", "../dist.tar"] {
        let done = exported(&repo, &["support_copilot@1.8.0", "--out", out]);
        let digest = done["bundle"].as_str().expect("a digest");
        let said = python(&repo, READER, &[out, digest]);
        assert_eq!(said, format!("verified {}\n", done["files"]));
        repo.keelmark(&["export", "support_copilot@1.8.0", "--out", out]).is(0).says(digest);
    }
    // Where both are at hand, tar and coreutils say the same.
    let done = exported(&repo, &["support_copilot@1.8.0", "--out", "../dist.tar"]);
    let shell = "mkdir ../unpacked && cd ../unpacked && tar xf ../dist.tar && \
                 find . -type f | cut -c3- | LC_ALL=C sort | xargs sha256sum | sha256sum";
    let mut command = Command::new("sh");
    hermetic(&mut command, &repo.beside(""));
    let output = command.args(["-c", shell]).current_dir(repo.path()).output().expect("a shell");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(said.split(' ').next(), done["bundle"].as_str(), "{output:?}");
    assert_eq!(folder(&repo.beside("unpacked")), folder(&repo.beside("dist")));
}

#[test]
fn the_guides_example_loads_a_bundle_and_refuses_a_changed_one() {
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/guides/run-time.md");
    let guide = fs::read_to_string(guide).expect("the guide");
    let (_, code) = guide.split_once("```python\n").expect("an example");
    let (code, _) = code.split_once("```\n").expect("its end");
    let repo = product();
    let done = exported(&repo, &["support_copilot@1.8.0", "--out", "../dist"]);
    let digest = done["bundle"].as_str().expect("a digest");
    let said: Value =
        serde_json::from_str(&python(&repo, code, &["../dist", digest])).expect("JSON");
    assert_eq!(said["model"], "gpt-4o-mini-2024-07-18");
    assert_eq!(said["journey"], "copilot");
    assert_eq!(
        (&said["composite"], &said["version"]),
        (&"support_copilot".into(), &"1.8.0".into())
    );
    assert_eq!(said["digest"], done["digest"]);
    let wrong = format!(
        "import sys\nsys.argv[2] = 64 * '0'\ntry:\n    exec({code:?})\nexcept ValueError as fault:\n    print(fault)\n"
    );
    let said = python(&repo, &wrong, &["../dist", digest]);
    assert_eq!(said, "this is not the bundle that was released\n");
}

#[test]
fn a_newer_bundle_takes_the_place_of_an_older_one_and_nothing_else() {
    let repo = product();
    let dist = repo.beside("dist");
    let router = "registry/prompts/route/prompt.yaml";
    repo.write(router, crate::fixtures::small("route"))
        .write("registry/prompts/route/template.md", "{{ name }}\n")
        .edit(COMPOSITE, "  data:", "  router: prompt/route@1.0.0\n  data:")
        .stage(".");
    repo.keelmark(&["export", "support_copilot", "--out", "../dist"])
        .is(0)
        .says("7 new files")
        .leaves_out("removed");
    assert!(dist.join("members/router").exists());
    repo.keelmark(&["export", "support_copilot", "--out", "../dist"])
        .is(0)
        .says("holds this bundle already");
    // The router goes, the others are replaced where they differ.
    repo.keelmark(&["export", "support_copilot@1.7.3", "--out", "../dist", "--dry-run"])
        .is(0)
        .says("would: 3 removed files")
        .says("-Cite.");
    assert!(dist.join("members/router").exists());
    repo.keelmark(&["export", "support_copilot@1.7.3", "--out", "../dist"])
        .is(0)
        .says("3 removed files");
    assert!(!dist.join("members/router").exists());
    repo.keelmark(&["export", "support_copilot@1.7.3", "--out", "../fresh"]).is(0);
    assert_eq!(folder(&dist), folder(&repo.beside("fresh")));
    // A run that was stopped half way can be run again.
    let files = folder(&dist);
    repo.keelmark(&["export", "support_copilot@1.8.0", "--out", "../next"]).is(0);
    let next = repo.beside("next").join("members/prompt/message-0.txt");
    fs::copy(next, dist.join("members/prompt/message-0.txt")).expect("copied");
    repo.keelmark(&["export", "support_copilot@1.8.0", "--out", "../dist"]).is(0);
    assert_eq!(folder(&dist), folder(&repo.beside("next")));
    assert_ne!(folder(&dist), files);
    // So does an archive.
    repo.keelmark(&["export", "support_copilot@1.7.3", "--out", "../one.tar"]).is(0);
    repo.keelmark(&["export", "support_copilot@1.8.0", "--out", "../one.tar", "--dry-run"])
        .is(0)
        .says("would: wrote ../one.tar");
    repo.keelmark(&["export", "support_copilot@1.8.0", "--out", "../one.tar"]).is(0);
    repo.keelmark(&["export", "support_copilot@1.8.0", "--out", "../two.tar"]).is(0);
    let read = |name: &str| fs::read(repo.beside(name)).expect("a tar");
    assert_eq!(read("one.tar"), read("two.tar"));
}

#[test]
fn what_is_no_older_bundle_stays_as_it_is() {
    let repo = product();
    let export = |out: &str| repo.keelmark(&["export", "support_copilot@1.8.0", "--out", out]);
    let before = repo.files();
    export(".").is(2).says("holds something else than a bundle");
    export("registry").is(2);
    export("keelmark.yaml").is(2).says("is a file");
    export("../x.tar.gz").is(2).says("neither a folder nor a .tar");
    export("../x.zip").is(2).says("neither a folder nor a .tar");
    export("").is(2);
    assert_eq!(repo.files(), before);
    fs::write(repo.beside("mine.tar"), "mine").expect("a file");
    export("../mine.tar").is(2).says("is no bundle of ours");
    assert_eq!(fs::read(repo.beside("mine.tar")).expect("a file"), b"mine");
    let dist = repo.beside("dist");
    for (path, says) in [
        ("members/prompt/notes.txt", "is no file of the bundle there"),
        ("members/prompt/message-0.txt", "was changed since it was written"),
    ] {
        export("../dist").is(0);
        fs::write(dist.join(path), "mine").expect("a file");
        let files = folder(&dist);
        repo.keelmark(&["export", "support_copilot@1.7.3", "--out", "../dist"]).is(2).says(says);
        assert_eq!(folder(&dist), files);
        fs::remove_dir_all(&dist).expect("removed");
    }
    // A link in the folder leads nowhere.
    export("../dist").is(0);
    let message = dist.join("members/prompt/message-0.txt");
    fs::remove_file(&message).expect("removed");
    std::os::unix::fs::symlink(repo.path().join(PROMPT_TEMPLATE), &message).expect("a link");
    export("../dist").is(2).says("is no file of the bundle there");
    // A manifest that lists what is not its own.
    let manifest = dist.join("keelmark-bundle.json");
    fs::write(&manifest, r#"{"schema":"keelmark.bundle.v1","files":[{"path":"../repo/keelmark.yaml","sha256":"0","bytes":1}]}"#)
        .expect("a file");
    export("../dist").is(2).says("holds something else than a bundle");
    assert_eq!(repo.files(), before);
}

#[test]
fn what_cannot_be_exported_says_why_and_writes_nothing() {
    let repo = product();
    let refused = |text: &str, code: i32| {
        let ending = repo.keelmark(&["export", text, "--out", "../dist"]).is(code);
        assert!(!repo.beside("dist").exists());
        ending
    };
    refused("support_copilot@1.9.9", 2).says("no version 1.9.9").says("keelmark log");
    refused("suport_copilot", 2).says("did you mean `composite/support_copilot`?");
    refused("prompt/billing_refund", 2).says("a composite is expected");
    refused("support_copilot@^1", 2).says("range");
    refused("model@1.4.9 + prompt@2.3.0", 2).says("no composite is or was");
    refused("model@1.4.2 + ", 2).says("is no composite");
    // A member that is nowhere.
    repo.edit(COMPOSITE, "cust-copilot@1.4.2", "cust-copilot@1.4.9");
    refused("support_copilot", 1).says("composite.yaml:5:").says("member-missing");
    repo.edit(COMPOSITE, "cust-copilot@1.4.9", "cust-copilot@^1");
    refused("support_copilot", 1).says("member-floating");
    repo.edit(COMPOSITE, "cust-copilot@^1", "cust-copilot@1.4.2");
    // What the schema refuses would be missing without a word.
    repo.edit(PROMPT, "outputs: [answer, citations]", "outputs: 3");
    refused("support_copilot", 1).says("prompt.yaml:6:").says("schema-type");
    repo.edit(PROMPT, "outputs: 3", "outputs: [answer]");
    repo.write("registry/policies/journeys.yaml", "journeys: 3\n");
    refused("support_copilot", 1).says("journeys.yaml:1:");
    repo.delete("registry/policies/journeys.yaml").delete(PROMPT_TEMPLATE);
    refused("support_copilot", 1).says("template.md");
    repo.write(PROMPT_TEMPLATE, TEMPLATE);
    // Guardrails that are asked for and are not there.
    repo.delete("registry/profiles/standard_level2/profile.yaml");
    refused("support_copilot", 1).says("guardrails of `standard_level2`");
    // A tag that leads elsewhere is no usage to be mended.
    repo.run(&["tag", "release/support_copilot@2.0.0", "HEAD"]);
    refused("support_copilot@2.0.0", 4).says("leads to a tree without");
}

#[test]
fn a_file_of_a_prompt_cannot_leave_the_bundle() {
    let repo = product();
    let hostile = "../../../../../../tmp/evil";
    repo.edit(
        PROMPT,
        "changelog:",
        &format!("messages: [{{role: user, file: {hostile}}}]\nchangelog:"),
    );
    repo.keelmark(&["export", "support_copilot", "--out", "../dist"]).is(1).says("evil");
    repo.edit(PROMPT, hostile, "a/../b/./c.txt")
        .write("registry/prompts/billing_refund/b/c.txt", "{{ question }}");
    repo.stage(".");
    repo.keelmark(&["export", "support_copilot", "--out", "../dist"]).is(0);
    assert!(folder(&repo.beside("dist")).contains_key("members/prompt/message-0.txt"));
}

#[test]
fn a_registry_with_a_prefix_has_tags_of_its_own() {
    let repo = product();
    repo.write("keelmark.yaml", "version: 1\ntag_prefix: shop-\n").stage(".").commit("a prefix");
    repo.edit(PROMPT, "version: 2.3.0", "version: 2.4.0").stage(".").commit("later");
    // The other registry's tag leads to another product.
    repo.run(&["tag", "-f", "release/support_copilot@1.8.0", "HEAD~2"]);
    repo.run(&["tag", "shop-release/support_copilot@1.8.0", "HEAD~1"]);
    repo.keelmark(&["export", "support_copilot@1.8.0", "--out", "../dist"]).is(0);
    let found = manifest(&repo.beside("dist"));
    assert_eq!(versions(&found)[1], "prompt/billing_refund@2.3.0");
}

/// The state of a channel with a release of the product.
fn live(repo: &TestRepo, bundle: &Value, digest: &Value) -> Value {
    serde_json::json!({
        "composite": "support_copilot",
        "version": "1.8.0",
        "digest": digest,
        "bundle": bundle,
        "tag": "release/support_copilot@1.8.0",
        "tag_object": repo.rev("refs/tags/release/support_copilot@1.8.0"),
        "since": "2026-11-25T22:58:16Z",
        "by": "Ada <ada@example.com>",
        "rollback_to": null,
        "waivers": [],
        "rehearsed": null,
        "post_mortem_due": null,
    })
}

fn release(repo: &TestRepo, number: i64, channel: &str, state: &Value) {
    let payload = serde_json::json!({"channels": {channel: state}});
    let subject = "release/support_copilot@1.8.0";
    crate::ledger::append(repo.path(), "release", number, subject, payload);
}

#[test]
fn what_is_live_on_a_channel_is_exported_in_a_bare_clone_too() {
    let repo = product();
    let first = exported(&repo, &["support_copilot@1.8.0", "--out", "../first"]);
    repo.keelmark(&["export", "--channel", "production", "--out", "../x"]).is(3).says("no ledger");
    release(&repo, 0, "production", &live(&repo, &first["bundle"], &first["digest"]));
    release(&repo, 1, "canary", &live(&repo, &Value::Null, &first["digest"]));
    repo.edit(COMPOSITE, "version: 1.8.0", "version: 1.9.0").stage(".").commit("later");
    let bare = TestRepo::clone_of(&repo, &["--mirror"]);
    for (channel, place) in [("production", &repo), ("canary", &repo), ("production", &bare)] {
        let out = format!("../{channel}");
        let found = exported(place, &["--channel", channel, "--out", &out]);
        assert_eq!(found["bundle"], first["bundle"]);
        assert_eq!(folder(&place.beside(channel)), folder(&repo.beside("first")));
    }
    let refused = |words: &[&str], code: i32| {
        let words = [&["export", "--out", "../none"], words].concat();
        let ending = repo.keelmark(&words).is(code);
        assert!(!repo.beside("none").exists());
        ending
    };
    refused(&["--channel", "beta"], 2).says("channels are: `canary`, `production`");
    refused(&["--channel", "../beta"], 2).says("is no name of a channel");
    refused(&["--channel", "canary", "support_copilot"], 2).says("cannot be used with");
    refused(&["--channel", "canary", "--rev", "HEAD"], 2).says("cannot be used with");
    refused(&[], 2).says("<COMPOSITE>");
}

#[test]
fn a_channel_whose_release_is_another_one_by_now_is_a_matter_of_integrity() {
    let repo = product();
    let first = exported(&repo, &["support_copilot@1.8.0", "--out", "../first"]);
    let state = live(&repo, &first["bundle"], &first["digest"]);
    let with = |key: &str, value: Value| {
        let mut other = state.clone();
        other[key] = value;
        other
    };
    let wrong = Value::from("0".repeat(64));
    for (number, (state, code, says)) in [
        (with("bundle", wrong.clone()), 4, "was released to `production`"),
        (with("digest", wrong), 4, "has the entry digest"),
        (with("version", "1.7.3".into()), 4, "leads to a tree without"),
        (with("composite", "A B".into()), 4, "no composite has such a name"),
        (with("tag", "release/support_copilot@1.8.1".into()), 3, "that tag is not here"),
        (with("digest", 3.into()), 4, "cannot be read"),
    ]
    .into_iter()
    .enumerate()
    {
        release(&repo, i64::try_from(number).expect("small"), "production", &state);
        let words = ["export", "--channel", "production", "--out", "../none"];
        repo.keelmark(&words).is(code).says(says);
        assert!(!repo.beside("none").exists());
    }
    release(&repo, 10, "production", &state);
    repo.run(&["tag", "-f", "-a", "-m", "moved", "release/support_copilot@1.8.0", "HEAD"]);
    let words = ["export", "--channel", "production", "--out", "../none"];
    repo.keelmark(&words).is(4).says("the ledger says otherwise of channel `production`");
}
