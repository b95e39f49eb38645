use crate::fixtures::{OTHER, PROMPT, PROMPT_TEMPLATE, TEMPLATE, mission, published, small};
use crate::support::TestRepo;

/// What `check` says of what is staged now.
fn passes(repo: &TestRepo) {
    repo.stage(".");
    repo.keelmark(&["check", "--staged"]).is(0);
}

/// Runs `bump` again and insists that no byte changes.
fn again(repo: &TestRepo) {
    let before = repo.files();
    repo.keelmark(&["bump"]).is(0).leaves_out("→");
    assert_eq!(repo.files(), before);
}

#[test]
fn bump_takes_every_touched_entry_and_a_second_run_changes_no_byte() {
    let repo = published();
    repo.edit(PROMPT, "\"question\"]", "\"question\",\"locale\"]");
    repo.write(PROMPT_TEMPLATE, format!("{TEMPLATE}{{{{ locale }}}}\n"));
    repo.write("registry/prompts/greeting/template.md", "Hello {{ name }}\n");
    repo.keelmark(&["bump", "--dry-run"]).is(0).says("+version: 3.0.0");
    assert!(repo.read(PROMPT).contains("version: 2.3.0"));
    repo.keelmark(&["bump", "-m", "in the customer's language"])
        .is(0)
        .says("prompt/billing_refund 2.3.0 → 3.0.0 (major")
        .says("prompt/greeting 1.0.0 → 1.1.0 (minor");
    let text = repo.read(PROMPT);
    assert!(text.contains("version: 3.0.0\n"), "{text}");
    assert!(
        text.contains("changelog:\n  - \"3.0.0: in the customer's language\"\n  - \"2.3.0: tight"),
        "{text}"
    );
    again(&repo);
    passes(&repo);
    again(&repo);
    let other = repo.read(OTHER);
    assert!(other.contains("prompt_template_sha256:"), "{other}");
}

#[test]
fn the_number_moves_up_and_down_while_it_is_unpublished() {
    let repo = published();
    let published = repo.files();
    repo.write(PROMPT_TEMPLATE, format!("{TEMPLATE}Be brief.\n"));
    repo.keelmark(&["bump", "-m", "brief"]).is(0).says("2.3.0 → 2.4.0");
    repo.edit(PROMPT, ",\"confidence\"", "");
    repo.keelmark(&["bump"]).is(0).says("2.3.0 → 3.0.0");
    assert!(repo.read(PROMPT).contains("- \"3.0.0: brief\"\n  - \"2.3.0"), "{}", repo.read(PROMPT));
    again(&repo);
    repo.edit(PROMPT, "\"citations\"]", "\"citations\",\"confidence\"]");
    repo.keelmark(&["bump"]).is(0).says("2.3.0 → 2.4.0");
    assert!(repo.read(PROMPT).contains("- \"2.4.0: brief\"\n  - \"2.3.0"), "{}", repo.read(PROMPT));
    passes(&repo);
    for (path, bytes) in published {
        repo.write(path.to_str().expect("UTF-8"), bytes);
    }
    again(&repo);
    repo.keelmark(&["check"]).is(0);
}

#[test]
fn a_smaller_level_is_refused_and_a_larger_one_taken() {
    let repo = published();
    repo.write(PROMPT_TEMPLATE, format!("{TEMPLATE}Be brief.\n"));
    let before = repo.files();
    repo.keelmark(&["bump", "--level", "patch"])
        .is(1)
        .says("needs a minor step; patch is smaller")
        .says("prompt-template-text");
    assert_eq!(repo.files(), before);
    repo.keelmark(&["bump", "--level", "minor", "--dry-run"]).is(0).says("+version: 2.4.0");
    repo.keelmark(&["bump", "--level", "major"]).is(0).says("2.3.0 → 3.0.0");
    repo.keelmark(&["bump", "--level", "huge"]).is(2).says("patch, minor, major");
    repo.keelmark(&["bump", "--level", "major", "--to", "4.0.0"]).is(2);
}

#[test]
fn a_version_of_ones_own_is_taken_where_it_is_enough() {
    let repo = published();
    repo.write(PROMPT_TEMPLATE, format!("{TEMPLATE}Be brief.\n"));
    let before = repo.files();
    repo.keelmark(&["bump", "--to", "4.0.0"]).is(2).says("`--to` needs an entry");
    repo.keelmark(&["bump", "billing_refund", "--to", "four"]).is(2).says("SemVer");
    for small in ["2.3.0", "2.3.1", "2.2.0", "1.0.0"] {
        repo.keelmark(&["bump", "billing_refund", "--to", small]).is(1).says("nothing was written");
        assert_eq!(repo.files(), before, "{small}");
    }
    repo.keelmark(&["bump", "billing_refund", "--to", "4.0.0-rc.1", "-m", "try it"]).is(0);
    assert!(repo.read(PROMPT).contains("\"4.0.0-rc.1: try it\""));
    passes(&repo);
    repo.keelmark(&["bump", "billing_refnd"]).is(2).says("did you mean `prompt/billing_refund`?");
}

#[test]
fn an_entry_that_nothing_touched_gets_no_number_that_is_not_above_its_own() {
    let repo = published();
    let before = repo.files();
    for small in ["2.2.0", "2.2.9", "1.0.0", "2.3.0-rc.1", "0.1.0"] {
        repo.keelmark(&["bump", "billing_refund", "--to", small, "-m", "back"])
            .is(1)
            .says("the bump would not pass the check; nothing was written")
            .says("2.3.0");
        assert_eq!(repo.files(), before, "{small}");
    }
    repo.keelmark(&["bump", "billing_refund", "--to", "2.3.0"]).is(0).says("as they should be");
    assert_eq!(repo.files(), before);
    for above in ["2.3.1", "2.4.0", "3.0.0", "3.0.0-rc.1"] {
        repo.keelmark(&["bump", "billing_refund", "--to", above, "-m", "by hand"])
            .is(0)
            .says(&format!("2.3.0 → {above}"));
        passes(&repo);
        repo.run(&["reset", "-q", "--hard"]);
    }
    repo.keelmark(&["bump", "billing_refund", "--level", "major", "--dry-run"]).is(0).says("3.0.0");
}

#[test]
fn without_a_message_the_reasons_are_the_line_and_an_own_line_stays() {
    let repo = published();
    repo.write(PROMPT_TEMPLATE, format!("{TEMPLATE}Be brief.\n"));
    repo.keelmark(&["bump"]).is(0);
    let text = repo.read(PROMPT);
    assert!(text.contains("changelog:\n  - \"2.4.0: "), "{text}");
    repo.keelmark(&["bump", "-m", "better words: \"quoted\" # not a comment"]).is(0);
    let shown = repo.json(0, &["show", "billing_refund"]);
    assert_eq!(shown["value"]["changelog"][0], "2.4.0: better words: \"quoted\" # not a comment");
    again(&repo);
    passes(&repo);
}

#[test]
fn comments_line_ends_quotes_and_order_stay_as_the_author_has_them() {
    let repo = TestRepo::init();
    let old = "# Owned by support.\r\nversion: '1.0.0'   # the number\r\nid: \"odd\"\r\nowner: team \r\n\r\nchangelog:   # newest first\r\n    - 1.0.0: first\r\nschema: {outputs: [text], inputs: [ name ]}\r\n# the end";
    let old = old.replace("- 1.0.0: first", "- '1.0.0: first'");
    repo.write("registry/prompts/odd.yaml", &old)
        .write("registry/prompts/odd.md", "Hi {{ name }}\n");
    repo.stage(".").commit("publish");
    repo.keelmark(&["check", "--all"]).is(0);
    repo.write("registry/prompts/odd.md", "Hello {{ name }}\n");
    repo.keelmark(&["bump", "-m", "greets"]).is(0);
    let new = repo.read("registry/prompts/odd.yaml");
    assert_eq!(new.matches('\n').count(), new.matches("\r\n").count(), "{new:?}");
    let digest = keelmark::digest::Digest::of(b"Hello {{ name }}\n").to_string();
    let unnumbered = new.replace("'1.1.0'   #", "'1.0.0'   #");
    let kept: Vec<&str> = unnumbered
        .lines()
        .filter(|line| !line.contains("1.1.0: greets"))
        .filter(|line| !line.contains(&digest) && !line.starts_with("checksums:"))
        .collect();
    assert_eq!(kept, old.lines().collect::<Vec<_>>(), "{new}");
    again(&repo);
    passes(&repo);
}

#[test]
fn a_new_entry_keeps_its_first_version_and_gets_its_digest() {
    let repo = published();
    repo.write("registry/prompts/fresh/prompt.yaml", small("fresh").replace("1.0.0", "7.1.2"))
        .write("registry/prompts/fresh/template.md", "{{ name }}\n")
        .stage(".");
    repo.keelmark(&["bump"]).is(0).says("prompt/fresh 7.1.2");
    let text = repo.read("registry/prompts/fresh/prompt.yaml");
    assert!(text.contains("version: 7.1.2\n") && text.contains("prompt_template_sha256"), "{text}");
    again(&repo);
    passes(&repo);
}

#[test]
fn before_the_first_commit_bump_fills_the_placeholder() {
    let repo = mission();
    repo.stage(".");
    repo.keelmark(&["bump"]).is(0);
    assert!(!repo.read(PROMPT).contains("<hash>"));
    again(&repo);
    passes(&repo);
}

#[test]
fn an_empty_message_is_refused() {
    let repo = published();
    repo.write(PROMPT_TEMPLATE, format!("{TEMPLATE}Be brief.\n"));
    for text in ["", "  "] {
        repo.keelmark(&["bump", "-m", text]).is(2).says("is empty");
    }
    assert!(repo.read(PROMPT).contains("version: 2.3.0"));
}

#[test]
fn nothing_touched_is_nothing_to_bump() {
    let repo = published();
    repo.keelmark(&["bump"]).is(0).says("0 entries are touched");
    repo.keelmark(&["bump", "billing_refund"]).is(0).says("as they should be");
}

/// What cannot be read is touched, whether it is named or not.
#[test]
fn an_entry_that_cannot_be_read_is_not_passed_over() {
    let repo = published();
    repo.write("registry/prompts/greeting/template.md", "Hello {{ name }}\n");
    repo.edit(PROMPT, "version: 2.3.0", "version: \"2.3.0");
    let before = repo.files();
    for arguments in [&["bump"][..], &["bump", "billing_refund"]] {
        repo.keelmark(arguments).is(1);
        assert_eq!(repo.files(), before);
    }
    repo.keelmark(&["bump"]).is(1).says("what cannot be read; nothing was written");
}

#[test]
fn after_a_rebase_the_conflict_in_its_lines_is_resolved_and_the_next_number_taken() {
    let repo = published();
    repo.branch("topic");
    repo.write(PROMPT_TEMPLATE, TEMPLATE.replace("Context", "The context"));
    repo.keelmark(&["bump", "-m", "mine"]).is(0);
    repo.stage(".").commit("mine");
    repo.checkout("main");
    repo.write(PROMPT_TEMPLATE, format!("{TEMPLATE}\nTheirs.\n"));
    repo.keelmark(&["bump", "-m", "theirs"]).is(0);
    repo.stage(".").commit("theirs");
    repo.checkout("topic");
    let rebase = repo.try_run(&["rebase", "main"]);
    assert!(!rebase.status.success(), "the two changes conflict");
    assert!(repo.read(PROMPT).contains("<<<<<<<"));
    repo.keelmark(&["bump"]).is(0).says("2.4.0 → 2.5.0");
    let text = repo.read(PROMPT);
    assert!(
        text.contains("  - \"2.5.0: mine\"\n  - \"2.4.0: theirs\"\n  - \"2.3.0: tight"),
        "{text}"
    );
    again(&repo);
    repo.stage(".");
    repo.run(&["-c", "core.editor=true", "rebase", "--continue"]);
    repo.keelmark(&["check", "--rev", "HEAD"]).is(0);
}

#[test]
fn a_conflict_in_lines_that_bump_did_not_write_is_left_to_the_author() {
    let repo = published();
    repo.edit(
        PROMPT,
        "owner: support-ops\n",
        "<<<<<<< HEAD\nowner: a\n=======\nowner: b\n>>>>>>> x\n",
    );
    let before = repo.files();
    repo.keelmark(&["bump"]).is(1).says("by hand");
    assert_eq!(repo.files(), before);
}

#[test]
fn a_prerelease_answers_for_everything_since_the_last_release() {
    let repo = published();
    repo.edit(PROMPT, ",\"confidence\"", "");
    repo.keelmark(&["bump", "billing_refund", "--to", "3.0.0-rc.1"]).is(0);
    repo.stage(".").commit("rc");
    repo.write(PROMPT_TEMPLATE, format!("{TEMPLATE}Be brief.\n"));
    repo.keelmark(&["bump", "-m", "brief"]).is(0).says("3.0.0-rc.1 → 3.0.0");
    passes(&repo);
}

#[test]
fn a_model_whose_contract_changes_without_a_rule_needs_a_major_step() {
    let repo = TestRepo::init();
    repo.keelmark(&["new", "model", "copilot"]).is(0);
    let path = "registry/models/copilot/model.yaml";
    repo.edit(path, "version: 0.1.0", "version: 1.0.0").edit(path, "0.1.0: first", "1.0.0: first");
    repo.stage(".").commit("publish");
    repo.edit(path, "max_output_tokens: 16384", "max_output_tokens: 8");
    let report = repo.json(1, &["check"]);
    assert_ne!(report["entries"][0]["required"], "none", "{report:#}");
    repo.keelmark(&["bump"]).is(0);
    passes(&repo);
    repo.edit(path, "description: ", "description: about ");
    repo.keelmark(&["check"]).is(0);
}
