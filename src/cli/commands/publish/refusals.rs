//! What keeps an entry from being published.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Taken;
use crate::checks::{self, CHECKSUM_PLACEHOLDER, LINK_MISSING, Scope, Stage};
use crate::cli::assess::{Ground, How};
use crate::cli::context::Workspace;
use crate::cli::failure::Failure;
use crate::cli::release::entry_tags::Wanted;
use crate::finding::{Finding, Severity};
use crate::ident::EntryName;

/// Findings that a message lists.
const LISTED: usize = 20;

/// Refuses all of them where one has an error in a check of everything, a placeholder for a digest,
/// or a link to nothing. Of an entry whose tag is there nothing is asked any more.
///
/// # Errors
/// The first findings, by place.
pub(super) fn refuse(
    workspace: &Workspace,
    ground: &Ground,
    wanted: &[Wanted],
    taken: &Taken,
) -> Result<(), Failure> {
    let entries = &taken.entries;
    if wanted.is_empty() && entries.iter().all(|loaded| loaded.entry.version.is_some()) {
        return Ok(());
    }
    let mut asked: BTreeSet<&EntryName> = wanted.iter().map(|wanted| &wanted.tag.name).collect();
    // What is no version gets no tag, and must not be passed over for that.
    let unnumbered = entries.iter().filter(|loaded| loaded.entry.version.is_none());
    asked.extend(unnumbered.map(|loaded| &loaded.entry.name));
    let how = How { scope: Scope::All, stage: Stage::Review };
    let report = ground.check_what_was_read(workspace, workspace.snapshot(), how, &taken.read)?;
    let open = |finding: &Finding| finding.rule.id == CHECKSUM_PLACEHOLDER.id;
    let stops = |finding: &Finding| {
        finding.severity == Severity::Error || finding.rule.id == LINK_MISSING.id
    };
    let about = |finding: &Finding| finding.entry.as_ref().is_some_and(|name| asked.contains(name));
    let said = report.findings.into_iter().filter(|f| about(f) && stops(f) && !open(f));
    // Neither levels nor overrides reach the placeholder.
    let sealed =
        entries.iter().filter(|loaded| asked.contains(&loaded.entry.name)).map(Arc::as_ref);
    let mut findings: Vec<Finding> =
        said.chain(sealed.flat_map(checks::sealed).filter(open)).collect();
    findings.sort_by(Finding::order);
    if findings.is_empty() {
        return Ok(());
    }
    let faulty: BTreeSet<&EntryName> = findings.iter().filter_map(|f| f.entry.as_ref()).collect();
    let mut words = match faulty.len() {
        1 => "1 entry cannot be published; nothing was tagged".to_owned(),
        more => format!("{more} entries cannot be published; nothing was tagged"),
    };
    for finding in findings.iter().take(LISTED) {
        let at = finding.place.file.position(finding.place.span.start);
        let path = finding.path();
        words.push_str(&format!(
            "\n  {path}:{}:{}: {} ({})",
            at.line, at.column, finding.message, finding.rule.id
        ));
    }
    if let Some(more) = findings.len().checked_sub(LISTED).filter(|more| *more > 0) {
        words.push_str(&format!("\n  and {more} more"));
    }
    let failure = if findings.iter().any(|finding| finding.rule.integrity) {
        Failure::integrity(words)
    } else {
        Failure::refused(words)
    };
    Err(failure.hint("mend and merge them, or name the entries that are to be published"))
}
