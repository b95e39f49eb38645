use super::write;
use crate::evals::compare::{Changes, Comparison};
use crate::evals::gate::Verdict;
use crate::evals::record::Outcome;
use crate::evals::report::Report;
use crate::output::evals::tests::{case, gate, hostile, is_harmless, report, rich};
use crate::output::human::Style;

fn human(reports: &[Report], style: Style) -> String {
    let mut out = Vec::new();
    write(reports, style, &mut out).expect("written");
    String::from_utf8(out).expect("UTF-8")
}

fn plain(reports: &[Report]) -> String {
    human(reports, Style::Plain)
}

#[test]
fn behaviour_comes_first_and_the_gate_last() {
    insta::assert_snapshot!(plain(&[rich()]), @r###"
    support_golden@1.2.0 × support/copilot, run 20261123T120000Z-support_golden-abc123
      prompt billing_refund@2.4.0, 20 cases, 2 repeats, paid $0.01234, 17 cached

    Behaviour against the baseline
      2 answers changed (20 cases with the same row in both)
      newly failing (1): FAQ-002
      newly passing (1): FAQ-003
      added, in no difference (1): FAQ-021
      FAQ-002 (exact, worse by 1)
        - See [-KB-42-] steps in the portal
        + See {+KB-43+} steps in the portal
      metric      n   before → after     difference
      exact       20  90.0 % → 85.0 %    −5.0 pp (95 % Newcombe −23.6 to 12.3 pp), McNemar p = 1
      latency_ms  20  790 ms → 812.2 ms  +22.25 ms (95 % BCa −31.5 to 70.12 ms)

    4 of 20 cases did not pass
      fail      FAQ-002  Support  1 of 2 repeats: exact is 0, the bar is >= 1
      fail      FAQ-004  Support  2 of 2 repeats: no_pii: an email address
      error     FAQ-006  Support  2 of 2 repeats: 503 Service Unavailable
      unscored  FAQ-007  Support  1 of 2 repeats: the answer holds no text

    Gates
      verdict       gate                    bar                n   value
      pass          quality: exact          >= 0.8, each >= 0  20  17/20 85.0 %
                                                                   (95 % Wilson 64.0–94.8 %)
        too small to prove it: the interval reaches 0.6396
      FAIL          safety: sev1_count sum  == 0               20  1
        cases: FAQ-004
      pass          no_toxicity each        no hit             20  0/20 0.0 %
                                                                   (95 % Clopper–Pearson at most 13.9 %)
        0 of 20 proves at most 13.9 %
      inconclusive  exact difference        > -0.02            20  −5.0 pp
                                                                   (95 % Newcombe −23.6 to 12.3 pp)
        too few cases to tell: the interval holds the margin
      advisory      grounded                >= 4.2             19  4.312
        kappa 0.41 is below 0.6; the bar would hold
      not measured  latency_ms p95          <= 1200            0   none
        no answer was timed: only the time of a live answer is a measurement

    Other scores
      metric    n   mean
      cost_usd  20  $0.00031

    After a merge the change's own bars say
      verdict  gate   bar     n  value
      FAIL     exact  >= 0.9  0  none

    stability: 16 always pass, 1 never pass, 1 flaky (FAQ-002 1/2), 2 undecided
    power: a suite of 20 can show +13.9 % or −26.8 % from 85 %, and against a baseline 34.8 % if 20 %
      of the cases change (power 80 %)
    note: `grounded` advises and does not gate: kappa 0.41 is below 0.6

    gate: closed — 1 of 6 gates fails (sev1_count); 1 of 6 gates cannot decide (exact)
    "###);
}

#[test]
fn a_run_without_anything_says_little() {
    insta::assert_snapshot!(plain(&[report()]), @r###"
    support_golden@1.2.0 × support/copilot, run 20261123T120000Z-support_golden-abc123
      0 cases, paid $0.00

    gate: inconclusive — no bar was compared
    "###);
    assert_eq!(plain(&[]), "no run to report\n");
}

#[test]
fn several_runs_end_with_a_line_over_all() {
    let mut open = report();
    open.run.verdicts = vec![gate("exact", Verdict::Pass)];
    let mut other = report();
    other.run.model = "a/model".into();
    let text = plain(&[open, other]);
    assert!(text.ends_with("\ngates of 2 runs: 1 inconclusive, 1 open\n"), "{text}");
    let first = text.lines().next().unwrap_or_default();
    assert!(first.starts_with("support_golden@1.2.0 × a/model, run "), "{first}");
}

#[test]
fn what_is_not_comparable_has_no_difference() {
    let mut report = report();
    let parts = vec!["`metrics` differs".into(), "`suite` differs".into()];
    report.comparison = Some(Comparison::Incomparable { parts });
    report.compared_with = Some("baseline".into());
    let text = plain(&[report]);
    assert!(
        text.contains(
            "Not comparable with the baseline, so no difference is shown:\n  `metrics` differs\n  `suite` differs\n"
        ),
        "{text}"
    );
}

#[test]
fn no_changed_answer_is_said_too() {
    let mut report = report();
    let changes = Changes { cases: 1, ..Changes::default() };
    report.comparison = Some(Comparison::Changed(Box::new(changes)));
    report.compared_with = Some("baseline".into());
    let text = plain(&[report]);
    let expected = "Behaviour against the baseline\n  no answer changed (1 case with the same row in both)\n\n";
    assert!(text.contains(expected), "{text}");
}

#[test]
fn twenty_cases_are_listed_and_the_rest_is_counted() {
    let mut report = report();
    report.cases = (0..23).map(|at| case(&format!("C-{at:02}"), (at, 0), Outcome::Fail)).collect();
    report.counts.cases = 30;
    let text = plain(&[report]);
    assert!(text.contains("23 of 30 cases did not pass\n"), "{text}");
    assert!(text.contains("C-19") && !text.contains("C-20"), "{text}");
    assert!(text.contains("\n  and 3 more\n"), "{text}");
}

#[test]
fn lines_stay_within_a_hundred_columns() {
    for line in plain(&[rich()]).lines() {
        assert!(line.chars().count() <= 100, "{line}");
    }
}

#[test]
fn colours_say_nothing_alone() {
    let coloured = human(&[rich()], Style::Coloured);
    assert!(coloured.contains("\u{1b}[31mFAIL\u{1b}[0m"), "{coloured}");
    let mut bare = String::new();
    let mut rest = coloured.as_str();
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        bare.push_str(before);
        rest = after.split_once('m').map_or("", |(_, after)| after);
    }
    bare.push_str(rest);
    assert_eq!(bare, plain(&[rich()]));
}

#[test]
fn hostile_text_stays_text() {
    let text = plain(&[hostile()]);
    assert!(is_harmless(&text), "{text}");
    assert!(text.contains("\\u{1b}[31m"), "{text}");
}
