//! Data that models would see and may not: data classes of prompts and rows against what the models
//! allow.

use super::about;
use crate::compat::admits;
use crate::finding::Finding;
use crate::registry::entry::Body;
use crate::registry::facts::PII_CLASS;
use crate::release::composite::{Composition, Member};
use crate::release::rules;

/// Every model of the composition may see what any prompt or dataset of it holds: the members answer
/// and are measured with the rows, and judges read both.
pub(super) fn check(composition: &Composition) -> Vec<Finding> {
    let mut findings = Vec::new();
    for model in composition.everything() {
        let Body::Model(body) = &model.loaded.entry.body else { continue };
        // Without a list everything is allowed.
        let Some(allowed) = &body.policies.allowed_data_classes else { continue };
        for holder in composition.everything() {
            for class in classes(holder) {
                if !admits(allowed, class) {
                    findings.push(forbidden(composition, model, holder, class));
                }
            }
        }
    }
    findings
}

/// The classes of data that an entry brings to a model.
fn classes(member: &Member) -> Vec<&str> {
    let entry = &member.loaded.entry;
    let mut found = Vec::new();
    match &entry.body {
        Body::Prompt(_) => found.extend(entry.common.data_class.as_deref()),
        Body::Dataset(dataset) => {
            found.extend(entry.common.data_class.as_deref());
            if dataset.identifies_people() {
                found.push(PII_CLASS);
            }
        }
        _ => {}
    }
    found
}

fn forbidden(composition: &Composition, model: &Member, holder: &Member, class: &str) -> Finding {
    let (model_name, holder_name) = (model.reference(), holder.reference());
    let message = format!(
        "`{holder_name}` holds data of the class `{class}`, which `{model_name}` may not see"
    );
    let allows = model.loaded.entry.document.place("/policies/allowed_data_classes");
    let pointer = if class == PII_CLASS { "/provenance" } else { "/data_class" };
    about(composition, holder, &rules::DATA_CLASS_FORBIDDEN, message)
        .help("use a model that may see it, or remove what is sensitive")
        .values(holder_name, model_name)
        .related(allows, "the model allows these")
        .related(holder.loaded.entry.document.place(pointer), "the data is of this class")
}
