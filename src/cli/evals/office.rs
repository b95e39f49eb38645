//! Whether a judge may gate, as the base has it.

use super::Desk;
use crate::checks::{Loaded, Named, read_entry};
use crate::cli::failure::Failure;
use crate::evals::calibration;
use crate::evals::prompt;
use crate::evals::record::EntryStamp;
use crate::ident::{EntryName, EntryRef, Kind};
use crate::registry::entry::Body;
use crate::registry::index::Index;

impl Desk<'_> {
    /// Says why a judge's scores advise and do not gate, and whether the base's own judge does gate.
    ///
    /// The demand and the calibration are believed from the base alone: a change cannot vouch for its
    /// own judge, and it cannot talk the judge that guards it out of office either.
    pub(super) fn office(
        &self,
        found: &Loaded,
        judge: &EntryStamp,
        model: &EntryStamp,
    ) -> Result<(Option<String>, bool), Failure> {
        let name = &found.entry.name;
        let Some(before) = self.trusted_entry(name)? else {
            return Ok((Some("the base has no such judge".to_owned()), false));
        };
        let Body::Judge(body) = &before.entry.body else {
            return Ok((Some(format!("the base's `{name}` is no judge")), false));
        };
        let Some(demand) = &body.calibration else {
            return Ok((Some("the judge declares no `calibration` on the base".to_owned()), false));
        };
        let path = self.trusted_path(&found.entry.folder().join(calibration::FILE));
        let tree = self.trusted_tree();
        let text = match tree.file(&path)? {
            Some(file) => Some(tree.read(&file, crate::yaml::MAX_BYTES)?),
            None => None,
        };
        let today = crate::time::date(self.clock.unix_seconds());
        let doubt = |judge: &EntryStamp, model: &EntryStamp| {
            calibration::doubt(
                text.as_deref(),
                demand,
                calibration::Judged { judge, model },
                &today,
            )
        };
        let Some(why) = doubt(judge, model) else { return Ok((None, false)) };
        let own = prompt::stamp(&before.entry, before.facets());
        let asked = self.trusted_model(&body.model)?;
        let gated = asked.is_some_and(|asked| doubt(&own, &asked).is_none());
        Ok((Some(why), gated))
    }

    /// Reads an entry of the base.
    fn trusted_entry(&self, name: &EntryName) -> Result<Option<Loaded>, Failure> {
        let from = Named { name: "", tree: self.trusted_tree() };
        Ok(read_entry(&self.trusted_layout, name, from)?)
    }

    /// Returns the stamp of a model of the base.
    fn trusted_model(&self, reference: &str) -> Result<Option<EntryStamp>, Failure> {
        let Ok(reference) = reference.parse::<EntryRef>() else { return Ok(None) };
        let index = Index::new(&self.trusted_layout, self.trusted_tree());
        let Some(name) = index.resolve(Kind::Model, &reference.id)? else { return Ok(None) };
        let found = self.trusted_entry(&name)?;
        Ok(found.map(|found| prompt::stamp(&found.entry, found.facets())))
    }
}
