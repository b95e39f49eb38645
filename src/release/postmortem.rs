//! The post-mortem of a rollback: what is known the moment it is begun, and places for what is not.

use serde::Serialize;

use super::page::{self, Page, PageFault, Pages};
use super::payload::{Broken, CitedRun};
use crate::ledger::channel::WaivedGate;

/// A release, as the story tells of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Side {
    /// The id of the composite; empty where nobody knows.
    pub composite: String,
    /// Its version.
    pub version: String,
    /// The release tag.
    pub tag: String,
    /// The composite string; `None` where the ledger does not have it at hand.
    pub string: Option<String>,
    /// The path of its decision record.
    pub adr: Option<String>,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Moment {
    /// When (ISO 8601, UTC).
    pub at: String,
    /// Who did it.
    pub who: String,
    /// What was done.
    pub what: String,
}

/// What is known of a rollback.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Incident {
    /// The channel.
    pub channel: String,
    /// When it went back (ISO 8601, UTC).
    pub at: String,
    /// Who took it back.
    pub by: String,
    /// When the post-mortem is due (ISO 8601, UTC).
    pub due: String,
    /// The id of the record.
    pub record: String,
    /// What was taken back.
    pub from: Side,
    /// What is live again.
    pub to: Side,
    /// Whether what was live could be compared with it.
    pub judged: bool,
    /// Who breaks by going back.
    pub breaks: Vec<Broken>,
    /// Whether it was forced.
    pub forced: bool,
    /// Why, where somebody said it.
    pub reason: Option<String>,
    /// What happened, in order.
    pub timeline: Vec<Moment>,
    /// Gates that were waived for what was taken back.
    pub waivers: Vec<WaivedGate>,
    /// The runs that proved what was taken back.
    pub evidence: Vec<CitedRun>,
}

/// Writes the stub.
///
/// # Errors
/// The template fails.
pub fn render(incident: &Incident, pages: &Pages) -> Result<String, PageFault> {
    pages.render(Page::PostMortem, &page::variables(incident))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evals::record::Provenance;
    use crate::release::adr;

    fn incident() -> Incident {
        let side = |version: &str| Side {
            composite: "support_copilot".to_owned(),
            version: version.to_owned(),
            tag: format!("release/support_copilot@{version}"),
            string: None,
            adr: None,
        };
        Incident {
            channel: "production".to_owned(),
            at: "2026-11-26T03:00:00Z".to_owned(),
            by: "Ada <ada@example.com>".to_owned(),
            due: "2026-11-28T03:00:00Z".to_owned(),
            record: "1f3a5c0de2b47a90".to_owned(),
            from: side("1.8.0"),
            to: side("1.7.3"),
            judged: true,
            timeline: vec![Moment {
                at: "2026-11-26T03:00:00Z".to_owned(),
                who: "Ada <ada@example.com>".to_owned(),
                what: "took production back".to_owned(),
            }],
            ..Incident::default()
        }
    }

    #[test]
    fn the_stub_has_the_missions_headings_and_waits_for_its_author() {
        let text = render(&incident(), &Pages::default()).expect("a page");
        let headings: Vec<&str> = text.lines().filter(|line| line.starts_with('#')).collect();
        assert_eq!(
            headings,
            [
                "# Rollback of production on 2026-11-26",
                "## What happened",
                "### Timeline",
                "## Impact",
                "## Root cause",
                "## What the gates did not see",
                "## Actions",
            ]
        );
        let places = adr::unfilled(&text);
        assert_eq!(places.len(), 6, "{places:#?}\n{text}");
        assert!(text.contains("Nobody is known to break by going back."), "{text}");
        assert!(text.contains("No reason was given."), "{text}");
    }

    #[test]
    fn what_is_known_stands_there_as_the_words_that_it_is() {
        let broken = Broken {
            who: "callers that send `locale`".to_owned(),
            text: "the input is gone | <b>".to_owned(),
            rule: "input-removed".to_owned(),
        };
        let known = Incident {
            breaks: vec![broken],
            forced: true,
            reason: Some("answers *leak*".to_owned()),
            waivers: vec![WaivedGate {
                gate: "latency_ms".to_owned(),
                until: "2026-11-27T12:00:00Z".to_owned(),
                reason: "slow region".to_owned(),
                by: "ines@example.com".to_owned(),
            }],
            evidence: vec![CitedRun {
                suite: "suite/support_golden@1.0.0".to_owned(),
                model: "script".to_owned(),
                run: "20261125-a".to_owned(),
                digest: crate::digest::Digest::of(b"x"),
                pack: None,
                provenance: Provenance::Ci,
            }],
            ..incident()
        };
        let text = render(&known, &Pages::default()).expect("a page");
        for words in [
            "callers that send `locale`",
            "the input is gone \\| &lt;b&gt;",
            "answers \\*leak\\*",
            "`latency_ms` was waived until `2026-11-27T12:00:00Z`",
            "`20261125-a`",
        ] {
            assert!(text.contains(words), "no `{words}` in\n{text}");
        }
        let blind = render(&Incident { judged: false, ..incident() }, &Pages::default());
        assert!(blind.expect("a page").contains("was not at hand"));
    }
}
