use keelmark::ident::Kind;

use crate::desk::rules;
use crate::fixtures::{PROMPT, published};
use crate::support::TestRepo;

#[test]
fn every_kind_can_be_scaffolded_and_passes_once_it_is_staged() {
    for kind in Kind::ALL {
        let repo = TestRepo::init();
        repo.keelmark(&["init"]).is(0);
        repo.keelmark(&["new", kind.name(), "first_one"]).is(0).says("created");
        repo.stage(".");
        let report = repo.json(0, &["check", "--staged"]);
        assert_eq!(report["summary"]["errors"], 0, "{kind}: {report:#}");
        assert_eq!(report["entries"][0]["entry"], format!("{kind}/first_one"));
        assert_eq!(report["entries"][0]["status"], "new");
        repo.json(0, &["check", "--staged", "--all"]);
        assert!(!rules(&report).contains(&"checksum-placeholder"), "{report:#}");
    }
}

#[test]
fn every_kind_together_passes() {
    let repo = TestRepo::init();
    repo.keelmark(&["init"]).is(0);
    for kind in Kind::ALL {
        repo.keelmark(&["new", kind.name(), "team/first-one", "--owner", "a \"b\": #c"]).is(0);
    }
    repo.stage(".");
    let report = repo.json(0, &["check", "--staged"]);
    assert_eq!(report["summary"]["entries"], 8, "{report:#}");
    assert_eq!(repo.json(0, &["list"])["entries"][0]["owner"], "a \"b\": #c");
}

#[test]
fn a_text_file_becomes_a_prompt_with_its_variables_as_inputs() {
    let repo = TestRepo::init();
    repo.write("old.txt", "Hello {{ name }}, about {{ topic }}: {{ name }}\n");
    repo.keelmark(&["new", "prompt", "support/hello", "--from", "old.txt"]).is(0);
    assert_eq!(repo.read("registry/prompts/support/hello/template.md"), repo.read("old.txt"));
    let shown = repo.json(0, &["show", "support/hello"]);
    assert_eq!(shown["value"]["schema"]["inputs"], serde_json::json!(["name", "topic"]));
    repo.stage(".");
    repo.keelmark(&["check", "--staged"]).is(0);
    repo.keelmark(&["render", "support/hello", "--var", "name=Ada", "--var", "topic=refunds"])
        .is(0)
        .says("Hello Ada, about refunds: Ada");
}

#[test]
fn a_text_that_no_template_engine_reads_becomes_a_simple_prompt() {
    let repo = TestRepo::init();
    repo.write("code.txt", "Explain {% this {{ code }} to {{reader}}\n");
    repo.keelmark(&["new", "prompt", "explain", "--from", "code.txt"]).is(0);
    repo.stage(".");
    repo.keelmark(&["check", "--staged"]).is(0);
    repo.keelmark(&["render", "explain", "--var", "code=x", "--var", "reader=me"])
        .is(0)
        .says("Explain {% this x to me");
}

#[test]
fn an_id_that_is_taken_is_refused_and_nothing_is_written() {
    let repo = published();
    let before = repo.files();
    repo.keelmark(&["new", "prompt", "billing_refund"]).is(2).says("exists already").says("show");
    repo.edit(PROMPT, "owner: support-ops\n", "owner: support-ops\naliases: [refund]\n");
    repo.keelmark(&["new", "prompt", "refund"])
        .is(2)
        .says("`prompt/billing_refund` exists already");
    repo.edit(PROMPT, "aliases: [refund]\n", "");
    assert_eq!(repo.files(), before);
}

#[test]
fn what_is_no_kind_and_what_is_no_id_is_refused_with_the_next_step() {
    let repo = TestRepo::init();
    repo.keelmark(&["new", "promt", "a"]).is(2).says("did you mean `prompt`?");
    repo.keelmark(&["new", "xyzzy", "a"]).is(2).says("kinds are: ").says("composite");
    for id in ["Refund", "a/b/c/d/e", "../a", "a//b", "-a", ""] {
        repo.keelmark(&["new", "prompt", "--", id]).is(2);
    }
    repo.keelmark(&["new", "model", "m", "--from", "x"]).is(2).says("prompts and fragments");
    repo.keelmark(&["new", "prompt", "m", "--from", "missing.txt"]).is(2).says("missing.txt");
    repo.write("latin.txt", b"caf\xe9");
    repo.keelmark(&["new", "prompt", "m", "--from", "latin.txt"]).is(2).says("offset 3");
    assert!(!repo.has("registry"));
}

#[test]
fn a_dry_run_of_new_shows_the_files_and_writes_none() {
    let repo = TestRepo::init();
    repo.keelmark(&["new", "prompt", "hello", "--dry-run"]).is(0).says("+version: 0.1.0");
    assert!(!repo.has("registry"));
}
