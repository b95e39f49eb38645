//! Models: whether a name means one model, and whether somebody approved a risky one.

use super::{Request, about};
use crate::checks::MODEL_REFERENCE_FLOATING;
use crate::finding::{Finding, Severity};
use crate::registry::entry::Body;

use crate::registry::model::Drift;
use crate::release::claims::people;
use crate::release::rules;

pub(super) fn check(request: &Request<'_>) -> Vec<Finding> {
    let composition = request.composition;
    let mut findings = Vec::new();
    for model in composition.everything() {
        let Body::Model(body) = &model.loaded.entry.body else { continue };
        let Some(provider) = &body.provider else { continue };
        let Some(drift) = provider.drift() else { continue };
        let name = provider.model.as_deref().unwrap_or_default();
        let message =
            format!("`{}` asks the provider for `{name}`, {}", model.reference(), drift.words());
        let place = model.loaded.entry.document.place("/provider/model");
        let mut finding = about(composition, model, &MODEL_REFERENCE_FLOATING, message)
            .help("name a snapshot with its date, such as `gpt-4o-mini-2024-07-18`")
            .related(place, "it stands here");
        finding.severity = match drift {
            Drift::Latest => Severity::Error,
            Drift::Undated => Severity::Warning,
        };
        findings.push(finding);
    }
    let risky = people::risky(composition);
    if let Some(model) = risky.filter(|_| request.approvals.is_empty()) {
        let message = format!(
            "`{}` is of the risk tier `high`, and nobody approved this composition",
            model.reference()
        );
        let place = model.loaded.entry.document.place("/risk_tier");
        findings.push(
            about(composition, model, &rules::APPROVAL_MISSING, message)
                .help(format!(
                    "an approver runs `keelmark approve {}`; an approval holds for one composition",
                    composition.name.id
                ))
                .related(place, "its risk tier"),
        );
    }
    findings
}
