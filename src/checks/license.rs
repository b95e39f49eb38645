//! Licences as they are written: whether they can be read.

use crate::finding::{Family, Finding, Rule};
use crate::license::License;
use crate::registry::entry::Entry;

/// A licence that is no expression.
pub(super) static LICENSE_NOT_SPDX: Rule =
    Rule::error("license-not-spdx", Family::Policy, "a licence is no SPDX expression");

/// Where licences stand: the entry's own, and that of the source of a dataset's rows.
const PLACES: [&str; 2] = ["/license", "/provenance/license"];

/// Checks the licences of an entry.
pub(super) fn check(entry: &Entry) -> Vec<Finding> {
    let written = |pointer| Some((pointer, entry.value().pointer(pointer)?));
    let texts = PLACES.into_iter().filter_map(written);
    let texts = texts.filter_map(|(pointer, value)| Some((pointer, value.as_str()?)));
    texts
        .filter_map(|(pointer, text)| {
            let fault = License::read(text).err()?;
            let shown = text.escape_debug();
            let message = format!("`{shown}` is no SPDX expression: {fault}");
            let help = fault.instead.map_or_else(
                || "write an identifier of https://spdx.org/licenses, or `LicenseRef-<name>` for a licence that it does not list".to_owned(),
                |instead| format!("did you mean `{instead}`?"),
            );
            let place = entry.document.place(pointer);
            Some(Finding::new(&LICENSE_NOT_SPDX, place, message).help(help).values(String::new(), text))
        })
        .collect()
}
