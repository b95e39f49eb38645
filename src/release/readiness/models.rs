//! Models: whether a name means one model, and whether somebody approved a risky one.

use super::{Request, about};
use crate::finding::{Finding, Severity};
use crate::registry::entry::Body;
use crate::registry::model::{Api, Provider};
use crate::release::claims::people;
use crate::release::rules;

pub(super) fn check(request: &Request<'_>) -> Vec<Finding> {
    let composition = request.composition;
    let mut findings = Vec::new();
    for model in composition.everything() {
        let Body::Model(body) = &model.loaded.entry.body else { continue };
        let Some(provider) = &body.provider else { continue };
        let Some((severity, why)) = drifts(provider) else { continue };
        let name = provider.model.as_deref().unwrap_or_default();
        let message = format!("`{}` asks the provider for `{name}`, {why}", model.reference());
        let place = model.loaded.entry.document.place("/provider/model");
        let mut finding = about(composition, model, &rules::MODEL_REFERENCE_FLOATING, message)
            .help("name a snapshot with its date, such as `gpt-4o-mini-2024-07-18`")
            .related(place, "it stands here");
        finding.severity = severity;
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

/// Says whether the provider may put another model behind the name.
fn drifts(provider: &Provider) -> Option<(Severity, &'static str)> {
    let hosted = matches!(provider.api, Some(Api::Openai | Api::Anthropic));
    let name = provider.model.as_deref()?;
    let parts = || name.split(['-', ':', '@', '/', '_', '.']);
    if !hosted {
        return None;
    }
    if parts().any(|part| part.eq_ignore_ascii_case("latest")) {
        return Some((Severity::Error, "which is whatever is latest"));
    }
    let dated = parts().any(|part| part.len() >= 3 && part.bytes().all(|b| b.is_ascii_digit()));
    // A server of one's own is not the provider's to change.
    let own_server = provider.base_url.is_some();
    (!dated && !own_server && !name.contains("sha256"))
        .then_some((Severity::Warning, "a name without a date, which the provider may move"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_without_a_date_may_move() {
        let cases = [
            ("gpt-4o-mini-2024-07-18", None),
            ("claude-3-5-sonnet-20241022", None),
            ("gpt-4-0613", None),
            ("gemini-1.5-pro-002", None),
            ("claude-3-5-sonnet-latest", Some(Severity::Error)),
            ("llama3:latest", Some(Severity::Error)),
            ("gpt-4o", Some(Severity::Warning)),
            ("gpt-4.1-mini", Some(Severity::Warning)),
        ];
        let provider = |api, name: &str| Provider {
            api: Some(api),
            model: Some(name.to_owned()),
            ..Provider::default()
        };
        for (name, expected) in cases {
            let found = drifts(&provider(Api::Openai, name)).map(|(severity, _)| severity);
            assert_eq!(found, expected, "{name}");
            assert_eq!(drifts(&provider(Api::Replay, name)), None, "{name}");
        }
        let own = Provider {
            base_url: Some("http://gpu-1".to_owned()),
            ..provider(Api::Openai, "llama")
        };
        assert_eq!(drifts(&own), None);
    }
}
