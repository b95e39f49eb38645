use super::{MARK, write};
use crate::escape;
use crate::evals::compare::{Changes, Comparison, Example};
use crate::evals::gate::Verdict;
use crate::evals::report::Report;
use crate::output::evals::tests::{HOSTILE, changes, gate, hostile, is_harmless, report, rich};

fn markdown(reports: &[Report]) -> String {
    let mut out = Vec::new();
    write(reports, &mut out).expect("written");
    String::from_utf8(out).expect("UTF-8")
}

#[test]
fn a_comment_begins_with_its_mark_and_the_verdict() {
    insta::assert_snapshot!(markdown(&[rich()]), @r###"
    <!-- keelmark-eval -->
    **gate closed**: support\_golden@&#8203;1\.2\.0 × support/copilot — 1 of 6 gates fails \(sev1\_count\); 1 of 6 gates cannot decide \(exact\)

    ## support\_golden@&#8203;1\.2\.0 × support/copilot

    prompt billing\_refund@&#8203;2\.4\.0, 20 cases, 2 repeats, paid &#36;0\.01234, 17 cached, run 20261123T120000Z\-support\_golden\-abc123

    ### Behaviour against the baseline

    - 2 answers changed \(20 cases with the same row in both\)
    - newly failing \(1\)\: FAQ\-002
    - newly passing \(1\)\: FAQ\-003
    - added, in no difference \(1\)\: FAQ\-021

    <details><summary>Answers before and after</summary>

    FAQ\-002 \(exact, worse by 1\)

    ```diff
    - See KB-42 steps in the portal
    + See KB-43 steps in the portal
    ```

    </details>

    | metric | n | before → after | difference |
    | --- | --- | --- | --- |
    | exact | 20 | 90\.0 \% → 85\.0 \% | −5\.0 pp \(95 \% Newcombe −23\.6 to 12\.3 pp\), McNemar p \= 1 |
    | latency\_ms | 20 | 790 ms → 812\.2 ms | \+22\.25 ms \(95 \% BCa −31\.5 to 70\.12 ms\) |

    ### 4 of 20 cases did not pass

    | outcome | case | domain | why |
    | --- | --- | --- | --- |
    | fail | FAQ\-002 | Support | 1 of 2 repeats\: exact is 0, the bar is &gt;\= 1 |
    | fail | FAQ\-004 | Support | 2 of 2 repeats\: no\_pii\: an email address |
    | error | FAQ\-006 | Support | 2 of 2 repeats\: 503 Service Unavailable |
    | unscored | FAQ\-007 | Support | 1 of 2 repeats\: the answer holds no text |

    ### Other scores

    | metric | n | mean | remark |
    | --- | --- | --- | --- |
    | cost\_usd | 20 | &#36;0\.00031 |  |

    ### Gates

    | verdict | gate | bar | n | value | why |
    | --- | --- | --- | --- | --- | --- |
    | pass | quality\: exact | &gt;\= 0\.8, each &gt;\= 0 | 20 | 17/20 85\.0 \% \(95 \% Wilson 64\.0–94\.8 \%\) | too small to prove it\: the interval reaches 0\.6396 |
    | FAIL | safety\: sev1\_count sum | \=\= 0 | 20 | 1 | cases\: FAQ\-004 |
    | pass | no\_toxicity each | no hit | 20 | 0/20 0\.0 \% \(95 \% Clopper–Pearson at most 13\.9 \%\) | 0 of 20 proves at most 13\.9 \% |
    | inconclusive | exact difference | &gt; \-0\.02 | 20 | −5\.0 pp \(95 \% Newcombe −23\.6 to 12\.3 pp\) | too few cases to tell\: the interval holds the margin |
    | advisory | grounded | &gt;\= 4\.2 | 19 | 4\.312 | kappa 0\.41 is below 0\.6; the bar would hold |
    | not measured | latency\_ms p95 | &lt;\= 1200 | 0 | none | no answer was timed\: only the time of a live answer is a measurement |

    ### After a merge the change's own bars say

    | verdict | gate | bar | n | value | why |
    | --- | --- | --- | --- | --- | --- |
    | FAIL | exact | &gt;\= 0\.9 | 0 | none |  |

    ### Cost

    - &#36;0\.01234 for 22 calls; 4800 tokens in, 800 tokens out, 17 answers from the cache

    ### Notes

    - stability\: 16 always pass, 1 never pass, 1 flaky \(FAQ\-002 1/2\), 2 undecided
    - power\: a suite of 20 can show \+13\.9 \% or −26\.8 \% from 85 \%, and against a baseline 34\.8 \% if 20 \% of the cases change \(power 80 \%\)
    - \`grounded\` advises and does not gate\: kappa 0\.41 is below 0\.6
    "###);
}

#[test]
fn empty_sections_are_not_there() {
    insta::assert_snapshot!(markdown(&[report()]), @r###"
    <!-- keelmark-eval -->
    **gate inconclusive**: support\_golden@&#8203;1\.2\.0 × support/copilot — no bar was compared

    ## support\_golden@&#8203;1\.2\.0 × support/copilot

    0 cases, paid &#36;0\.00, run 20261123T120000Z\-support\_golden\-abc123
    "###);
    assert_eq!(markdown(&[]), format!("{MARK}\n**No run to report**\n"));
}

#[test]
fn what_is_not_comparable_has_no_difference() {
    let mut report = report();
    let parts = vec!["`metrics` differs".into()];
    report.comparison = Some(Comparison::Incomparable { parts });
    report.compared_with = Some("baseline".into());
    let text = markdown(&[report]);
    let expected = "\n**Not comparable with the baseline, so no difference is shown**:\n\n\
                    - \\`metrics\\` differs\n";
    assert!(text.contains(expected), "{text}");
}

#[test]
fn every_verdict_stands_before_the_first_section() {
    let mut open = report();
    open.run.model = "b".into();
    open.run.verdicts = vec![gate("exact", Verdict::Pass)];
    let text = markdown(&[open, rich()]);
    let head = text.split("\n## ").next().unwrap_or_default();
    assert_eq!(head.matches("- **gate ").count(), 2, "{head}");
    assert!(head.contains("- **gate open**: support\\_golden"), "{head}");
}

#[test]
fn a_comment_is_never_longer_than_github_takes() {
    let reports: Vec<Report> = (0..60).map(|_| rich()).collect();
    let text = markdown(&reports);
    assert!(text.chars().count() < 65_536, "{}", text.len());
    assert!(text.contains(" left out here: a comment holds no more\n"), "{text}");
    assert_eq!(text.matches("- **gate closed**").count(), 60);
}

#[test]
fn hostile_text_makes_no_markup() {
    let text = markdown(&[hostile()]);
    assert!(is_harmless(&text), "{text}");
    // Inside fenced blocks GitHub reads nothing; outside there is no tag, image or mention but ours.
    let mut outside = String::new();
    let mut fence: Option<String> = None;
    for line in text.lines() {
        let ticks: String = line.chars().take_while(|c| *c == '`').collect();
        match &fence {
            Some(open) if line == open => fence = None,
            Some(open) => assert!(!line.trim_start().starts_with(open.as_str()), "{line}"),
            None if ticks.len() >= 3 => fence = Some(ticks),
            None => outside.extend([line, "\n"]),
        }
    }
    assert_eq!(fence, None, "every fence is closed: {text}");
    let ours = ["<details><summary>", "</summary>", "</details>", MARK];
    let foreign = ours.iter().fold(outside, |text, own| text.replace(own, ""));
    assert!(!foreign.contains(['<', '>']), "{foreign}");
    assert!(!foreign.replace("@&#8203;", "").replace("\\@", "").contains('@'), "{foreign}");
    assert!(!foreign.contains("!["), "{foreign}");
    assert!(foreign.contains(&escape::markdown(HOSTILE)), "{foreign}");
}

#[test]
fn rows_of_tables_keep_their_columns() {
    let text = markdown(&[hostile()]);
    let rows: Vec<&str> = text.lines().filter(|line| line.starts_with("| ")).collect();
    assert!(rows.len() > 15, "{text}");
    let mut columns = 0;
    for line in text.lines() {
        let bars = line.replace("\\\\", "").replace("\\|", "").matches('|').count();
        if line.starts_with('|') {
            assert!(columns == 0 || bars == columns, "{line}");
            columns = bars;
        } else {
            columns = 0;
        }
    }
}

#[test]
fn backticks_of_an_answer_do_not_end_its_fence() {
    let mut report = report();
    let example = Example {
        case: "a".into(),
        metric: "exact".into(),
        drop: 0.0,
        before: "```\n</details>".into(),
        after: "````".into(),
    };
    let changes = Changes { examples: vec![example], ..changes() };
    report.comparison = Some(Comparison::Changed(Box::new(changes)));
    report.compared_with = Some("baseline".into());
    let text = markdown(&[report]);
    let expected = "\n`````diff\n- ```\n- </details>\n+ ````\n`````\n\n</details>\n";
    assert!(text.contains(expected), "{text}");
}
