//! Judges: whether their agreement with people is proven.

use super::{Request, about};
use crate::evals::calibration::{self, Judged};
use crate::evals::prompt::stamp;
use crate::finding::{Finding, Severity};
use crate::ident::{EntryRef, Kind, Wanted};
use crate::registry::entry::Body;
use crate::release::composite::Member;
use crate::release::rules;
use crate::snapshot::ReadFault;
use crate::time;

pub(super) fn check(request: &Request<'_>) -> Result<Vec<Finding>, ReadFault> {
    let composition = request.composition;
    let today = time::date(request.now);
    let mut findings = Vec::new();
    for judge in composition.everything() {
        let Body::Judge(body) = &judge.loaded.entry.body else { continue };
        let Some(demand) = &body.calibration else {
            let message =
                format!("`{}` declares no `calibration`: its scores advise", judge.reference());
            let mut finding = about(composition, judge, &rules::JUDGE_UNCALIBRATED, message)
                .help("declare `calibration` with labels of people, or let no gate rest on it");
            finding.severity = Severity::Warning;
            findings.push(finding);
            continue;
        };
        let Some(model) = asked(request, &body.model)? else { continue };
        let file = request.known.calibration(&judge.name)?;
        let own = stamp(&judge.loaded.entry, judge.loaded.facets());
        let model = stamp(&model.loaded.entry, model.loaded.facets());
        let judged = Judged { judge: &own, model: &model };
        if let Some(why) = calibration::doubt(file.as_deref(), demand, judged, &today) {
            let message = format!("`{}` is not calibrated: {why}", judge.reference());
            findings.push(
                about(composition, judge, &rules::JUDGE_UNCALIBRATED, message)
                    .help("calibrate it against people's labels and merge the result")
                    .related(
                        judge.loaded.entry.document.place("/calibration"),
                        "what is asked for",
                    ),
            );
        }
    }
    Ok(findings)
}

/// Finds the model that a judge asks; what is missing was said before.
fn asked<'a>(request: &Request<'a>, written: &str) -> Result<Option<&'a Member>, ReadFault> {
    let Ok(reference) = written.parse::<EntryRef>() else { return Ok(None) };
    let Some(name) = request.source.resolve(Kind::Model, &reference.id)? else { return Ok(None) };
    let mut found = request.composition.everything().filter(|member| member.name == name);
    Ok(match &reference.wanted {
        Wanted::Exact(version) => found.find(|member| member.version == *version),
        _ => found.next(),
    })
}
