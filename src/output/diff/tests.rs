use super::*;
use crate::checks::report::Status;
use crate::finding::{Family, Rule};
use crate::ident::Kind;
use crate::output::human::Style;
use crate::path::RepoPath;

static RULE: Rule = Rule::error("some-rule", Family::Input, "some");

fn name(id: &str) -> EntryName {
    EntryName::new(Kind::Prompt, id.parse().expect("an id"))
}

fn version(text: &str) -> Version {
    text.parse().expect("a version")
}

fn difference(id: &str, required: Bump, notes: &[&str]) -> Difference {
    let reason = |note: &&str| Change { bump: required, ..Change::new(&RULE, *note) };
    Difference {
        report: EntryReport {
            name: name(id),
            path: RepoPath::from(&*format!("registry/prompts/{id}/prompt.yaml")),
            status: Status::Changed,
            base_version: Some(version("1.0.0")),
            version: Some(version("1.0.0")),
            declared: Bump::None,
            required,
            suggested: Some(version("1.1.0")),
            reasons: notes.iter().map(reason).collect(),
            evidence: None,
            verdicts: Vec::new(),
        },
        former: None,
        unreadable: None,
        texts: Vec::new(),
        rows: None,
    }
}

fn unreadable(id: &str) -> Difference {
    let mut difference = difference(id, Bump::None, &[]);
    difference.unreadable = Some("a.yaml:1:1: no YAML".to_owned());
    difference
}

fn written(write: impl FnOnce(&mut Vec<u8>) -> io::Result<()>) -> String {
    let mut out = Vec::new();
    write(&mut out).expect("written");
    String::from_utf8(out).expect("UTF-8")
}

#[test]
fn what_cannot_be_read_is_never_called_harmless() {
    let one = unreadable("broken");
    let all = std::slice::from_ref(&one);
    for text in [
        written(|out| human::table(all, Style::Plain, out)),
        written(|out| human::closer(&one, Style::Plain, out)),
        written(|out| markdown::write(all, out)),
        written(|out| concise(all, out)),
    ] {
        assert!(text.contains("no YAML") && text.contains("unreadable"), "{text}");
        assert!(!text.contains("needs no step"), "{text}");
    }
    assert_eq!(summary(all), "1 entry differs: 1 that cannot be compared");
}

#[test]
fn a_number_is_suggested_where_the_written_one_is_too_small() {
    let mut one = difference("a", Bump::Minor, &["x", "y"]);
    assert_eq!(one.words().step, "minor (1.1.0)");
    assert_eq!(one.because(), "some-rule: x (and 1 more)");
    (one.report.declared, one.report.version) = (Bump::Minor, Some(version("1.1.0")));
    assert_eq!(one.words().step, "minor");
    assert_eq!(one.words().versions, "1.0.0 → 1.1.0");
    one.former = Some(name("b"));
    assert_eq!(one.words().status, "renamed from prompt/b");
    one.report.status = Status::Deleted;
    assert_eq!(one.words().versions, "1.0.0 → none");
}

#[test]
fn a_comment_has_a_mark_of_its_own_and_every_reason() {
    let all = [difference("a", Bump::Major, &["one | two", "three"]), unreadable("b")];
    let text = written(|out| markdown::write(&all, out));
    assert!(text.starts_with("<!-- keelmark-diff -->\n"), "{text}");
    assert!(!text.contains("passes") && !text.contains("keelmark-check"), "{text}");
    assert!(text.contains("2 entries differ: 1 major, 1 that cannot be compared"), "{text}");
    assert!(text.contains("one \\| two") && text.contains("three"), "{text}");
}
