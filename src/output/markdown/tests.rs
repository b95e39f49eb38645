use super::{MARK, MOST_BYTES, write};
use crate::checks::report::Report;
use crate::output::evals::tests::HOSTILE;
use crate::output::sarif::tests::{hostile, report};

fn markdown(report: &Report) -> String {
    let mut out = Vec::new();
    write(report, &mut out).expect("written");
    String::from_utf8(out).expect("UTF-8")
}

#[test]
fn a_comment_leads_with_the_verdict_and_the_gravest_finding() {
    insta::assert_snapshot!(markdown(&report()), @r"
    <!-- keelmark-check -->
    **keelmark check refused**: Checked 1 entry\: 3 errors, 0 warnings, 1 inherited

    ### Overridden

    | rule | place | finding | reason |
    | --- | --- | --- | --- |
    | some\-rule | r/a b\.yaml\:2 | too much | SUP\-1412, @&#8203;alice |

    ### Findings

    | severity | rule | place | finding |
    | --- | --- | --- | --- |
    | error | other\-rule | r/gone\.yaml\:1 | bytes differ |
    | error | some\-rule | r/a b\.yaml\:2 | b is \[wrong\] \{0\}; write 2 or 3 |
    | error | some\-rule | r/a b\.yaml\:2 | b is \[wrong\] \{0\}; write 2 or 3 |

    ### Inherited\: at the base as well, refuses nothing

    | severity | rule | place | finding |
    | --- | --- | --- | --- |
    | warning | a\-rule | r/a b\.yaml\:2 | old |
    ");
}

#[test]
fn nothing_wrong_is_two_lines() {
    let text = markdown(&Report::default());
    assert_eq!(
        text,
        format!("{MARK}\n**keelmark check passes**: Checked 0 entries\\: nothing wrong\n")
    );
}

#[test]
fn a_comment_holds_what_there_is_room_for_and_counts_the_rest() {
    let mut report = report();
    let finding = report.findings.remove(0);
    report.findings = vec![finding; 2000];
    let text = markdown(&report);
    assert!(text.len() < 65_536 && text.len() > MOST_BYTES - 1_000, "{}", text.len());
    let rows = text.lines().filter(|line| line.starts_with("| error |")).count();
    assert!(text.contains(&format!("and {} more, for which a comment has no room", 2000 - rows)));
    // However long one text is, it takes no more than its share.
    for finding in &mut report.findings {
        finding.message = "@".repeat(100_000);
    }
    assert!(markdown(&report).len() < 65_536);
}

#[test]
fn hostile_text_makes_no_markup() {
    let text = markdown(&hostile(HOSTILE));
    assert_eq!(text.lines().next(), Some(MARK));
    let rest = text.strip_prefix(MARK).expect("the mark");
    assert!(!rest.contains(['<', '\u{1b}', '\u{202e}']), "{text}");
    assert!(!rest.contains("@alice") && !rest.contains("-->"), "{text}");
    // Each row has the cells of its table.
    for line in rest.lines().filter(|line| line.starts_with("| error |")) {
        assert_eq!(line.replace("\\|", "").matches('|').count(), 5, "{line}");
    }
}
