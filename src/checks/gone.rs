//! Entries that are not where they were: deleted, under another id, of another kind, in another
//! file.

use super::judge::{Court, Judged, blank};
use super::past::{Named, content};
use super::report::{EntryReport, Status};
use crate::escape;
use crate::finding::{Family, Finding, Rule};
use crate::ident::EntryName;
use crate::registry::common::Status as Life;
use crate::registry::entry::Entry;
use crate::registry::layout::Form;
use crate::snapshot::ReadFault;

/// A published entry is gone.
pub(super) static ENTRY_DELETED: Rule =
    Rule::error("entry-deleted", Family::Metadata, "an entry with published versions was deleted");
/// An entry that nobody could rely on is gone.
pub(super) static ENTRY_DELETED_UNPUBLISHED: Rule = Rule::note(
    "entry-deleted-unpublished",
    Family::Metadata,
    "an entry without published versions was deleted",
);
/// A published entry goes on under another id, and nothing leads there.
pub(super) static ENTRY_ID_CHANGED: Rule = Rule::error(
    "entry-id-changed",
    Family::Metadata,
    "a published entry has another id, and the old one leads nowhere",
);
/// A published entry became one of another kind.
pub(super) static ENTRY_KIND_CHANGED: Rule =
    Rule::error("entry-kind-changed", Family::Metadata, "a published entry is of another kind now");
/// An entry has another file.
pub(super) static ENTRY_PATH_MOVED: Rule = Rule::note(
    "entry-path-moved",
    Family::Metadata,
    "the file of an entry was moved, and its id is the same",
);

/// Says that the file of an entry was moved; who refers to it uses its id.
pub(super) fn moved(old: &Entry, new: &Entry) -> Option<Finding> {
    (old.name == new.name && old.path() != new.path()).then(|| {
        let message = format!("`{}` moved from `{}`; no step is needed", new.name, old.path());
        let finding = Finding::new(&ENTRY_PATH_MOVED, new.document.place("/id"), message);
        finding.values(old.path().to_string(), new.path().to_string())
    })
}

/// Returns the entries that a change brings.
pub(super) fn newcomers(entries: &[EntryReport]) -> Vec<EntryName> {
    let new = entries.iter().filter(|entry| entry.status == Status::New);
    new.map(|entry| entry.name.clone()).collect()
}

impl Court<'_> {
    /// Judges an entry that is gone. `newcomers` are the entries that the change brings.
    pub(super) fn judge_deleted(
        &self,
        name: &EntryName,
        newcomers: &[EntryName],
    ) -> Result<Option<Judged>, ReadFault> {
        let Some(old) = content(self.layout, name, self.base.before)? else { return Ok(None) };
        let mut report = blank(&old);
        report.status = Status::Deleted;
        report.base_version = report.version.take();
        let seen = self.base.published(self.layout, name)?;
        let place = old.entry.document.place("/id");
        if seen.is_empty() || old.entry.common.status == Life::Draft {
            let message = format!("`{name}` is gone");
            let finding = Finding::new(&ENTRY_DELETED_UNPUBLISHED, place, message);
            return Ok(Some(Judged { report, findings: vec![finding.entry(name)] }));
        }
        let path = match old.entry.form {
            Form::Folder => self.layout.entry_folder(name),
            Form::Single => old.entry.path().clone(),
        };
        let restore = format!(
            "restore it with `git checkout {} -- {}`",
            escape::word(self.base.before.name),
            escape::word(&path.to_text())
        );
        let here = Named { name: "", tree: self.head };
        let mut finding = None;
        for newcomer in newcomers {
            let Some(new) = content(self.layout, newcomer, here)? else { continue };
            let (rule, message): (&'static Rule, String) = if newcomer.kind != name.kind {
                if newcomer.id != name.id {
                    continue;
                }
                (&ENTRY_KIND_CHANGED, format!("`{name}` is `{newcomer}` now"))
            } else if old.facets().own_contract == new.facets().own_contract
                && old.facets().behaviour == new.facets().behaviour
            {
                (
                    &ENTRY_ID_CHANGED,
                    format!("`{name}` is `{newcomer}` now, and nothing leads there"),
                )
            } else {
                continue;
            };
            let keep = format!(
                "{restore} and give it `status: deprecated`, a `sunset` and `replaced_by: {newcomer}`"
            );
            let help = if newcomer.kind == name.kind {
                format!(
                    "write `aliases: [{}]` into `{newcomer}`, as `keelmark mv` does, or {keep}",
                    name.id
                )
            } else {
                keep
            };
            let place = place.clone();
            let new = new.entry.document.place("/id");
            finding =
                Some(Finding::new(rule, place, message).help(help).related(new, "it is here now"));
            break;
        }
        let finding = finding.unwrap_or_else(|| {
            let versions: Vec<String> = seen.iter().map(|seen| seen.version.to_string()).collect();
            let be = if versions.len() == 1 { "is" } else { "are" };
            let message = format!("`{name}` is gone, and {} {be} published", versions.join(", "));
            let end = match (old.entry.common.status, &old.entry.common.sunset) {
                (Life::Removed, _) => String::new(),
                (_, Some(day)) => format!(" and set `status: removed` in a new major version, from {day} on"),
                (_, None) => " and set `status: deprecated` with a `sunset`, and after that day `status: removed` in a new major version".to_owned(),
            };
            let help = format!("{restore}{end}, or rename it with `keelmark mv`");
            Finding::new(&ENTRY_DELETED, place, message).help(help)
        });
        Ok(Some(Judged { report, findings: vec![finding.entry(name)] }))
    }
}
