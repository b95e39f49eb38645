//! From a model's entry to something that answers.

use std::collections::BTreeMap;

use serde_json::json;

use super::Desk;
use crate::checks::{Loaded, Named, read_entry};
use crate::cli::failure::Failure;
use crate::digest::{Digest, Hasher};
use crate::evals::prompt;
use crate::evals::runner::Reach;
use crate::evals::session::{Egress, ModelSide};
use crate::ident::EntryName;
use crate::path::RepoPath;
use crate::provider::{self, OpenFault, Opening, Timeouts};
use crate::registry::config::HostPurpose;
use crate::registry::dataset::Pii;
use crate::registry::entry::Body;
use crate::registry::model::{Api, Model, Pricing, Provider};
use crate::source::SourceFile;

/// The most bytes of recorded or scripted answers.
const MAX_FILE: u64 = 1 << 30;

impl Desk<'_> {
    /// Opens a model for a purpose.
    ///
    /// # Errors
    /// What the base does not allow, a missing key, a file that cannot be read.
    pub(super) fn model(
        &self,
        loaded: &Loaded,
        purpose: HostPurpose,
    ) -> Result<ModelSide, Failure> {
        let name = &loaded.entry.name;
        let Body::Model(model) = &loaded.entry.body else {
            return Err(Failure::usage(format!("`{name}` is no model")));
        };
        let Some(manifest) = &model.provider else {
            return Err(Failure::usage(format!(
                "`{name}` has no `provider`, so nobody can be asked"
            ))
            .hint("add `provider: {api: openai, model: …}` to its manifest"));
        };
        let mut environment = self.environment();
        if self.reach == Reach::Offline {
            // Nothing is sent, so nothing needs a key; the name of who would be asked is enough.
            for host in self.trusted().trust.hosts.values() {
                if let Some(variable) = &host.key_env {
                    environment.entry(variable.clone()).or_insert_with(|| "offline".to_owned());
                }
            }
        }
        let file = match &manifest.file {
            Some(file) => Some(self.answers_file(loaded, file)?),
            None => None,
        };
        let roots = match environment.get("SSL_CERT_FILE") {
            Some(path) => Some(std::fs::read(path).map_err(|error| {
                Failure::usage(format!(
                    "`SSL_CERT_FILE` names `{path}`, which cannot be read: {error}"
                ))
            })?),
            None => None,
        };
        let folder = self.workspace.opened.top.as_deref();
        let mut timeouts = Timeouts::default();
        if let Some(limit) = manifest.timeout_ms {
            timeouts.call = std::time::Duration::from_millis(limit);
        }
        let opening = Opening {
            provider: manifest,
            purpose,
            trusted: self.trusted(),
            environment: &environment,
            file,
            folder,
            roots: roots.as_deref(),
            timeouts,
            clock: &self.clock,
        };
        let provider = provider::open(&opening).map_err(|fault| open_failure(name, &fault))?;
        let pii = provider::most_sensitive(&opening).map_err(|fault| open_failure(name, &fault))?;
        Ok(ModelSide {
            stamp: prompt::stamp(&loaded.entry, loaded.facets()),
            identity: json!({
                "provider": provider.identity(),
                "files": self.program_files(manifest)?,
            }),
            provider,
            pricing: self.prices(name, model)?,
            max_output_tokens: model.limits.max_output_tokens,
            structured: model.capabilities.iter().any(|capability| capability == "json"),
            redact: if pii == Pii::Present { Egress::AsItIs } else { Egress::Redacted },
        })
    }

    /// Returns the prices of a model: a change may make them known or raise them, and those that it
    /// lowers count once it is merged, for a cap must hold for the change too.
    fn prices(&self, name: &EntryName, model: &Model) -> Result<Option<Pricing>, Failure> {
        let Some(own) = model.pricing.clone() else { return Ok(None) };
        let tree = Named { name: "", tree: self.trusted_tree() };
        let base = read_entry(&self.trusted_layout, name, tree)?;
        let Some(Body::Model(base)) = base.as_ref().map(|loaded| &loaded.entry.body) else {
            return Ok(Some(own));
        };
        let Some(base) = &base.pricing else { return Ok(Some(own)) };
        let dearer = |a: Option<f64>, b: Option<f64>| match (a, b) {
            (Some(a), Some(b)) => Some(a.max(b)),
            (a, b) => a.or(b),
        };
        Ok(Some(Pricing {
            input_per_mtok_usd: dearer(own.input_per_mtok_usd, base.input_per_mtok_usd),
            output_per_mtok_usd: dearer(own.output_per_mtok_usd, base.output_per_mtok_usd),
            cached_input_per_mtok_usd: dearer(
                own.cached_input_per_mtok_usd,
                base.cached_input_per_mtok_usd,
            ),
            per_request_usd: dearer(own.per_request_usd, base.per_request_usd),
        }))
    }

    /// Digests the files of the tree that a program is started with, so that answers of an older
    /// script are not taken for its own.
    fn program_files(&self, manifest: &Provider) -> Result<BTreeMap<String, Digest>, Failure> {
        let mut files = BTreeMap::new();
        if manifest.api != Some(Api::Command) {
            return Ok(files);
        }
        for word in manifest.program.iter().chain(&manifest.args) {
            let Ok(path) = RepoPath::default().resolve(word) else { continue };
            if let Some(file) = self.tree().file(&path)? {
                let mut hasher = Hasher::new();
                self.tree().stream(&file, &mut hasher)?;
                files.insert(word.clone(), hasher.finish());
            }
        }
        Ok(files)
    }

    /// Reads the file of recorded or scripted answers from the entry's folder.
    fn answers_file(&self, loaded: &Loaded, file: &str) -> Result<SourceFile, Failure> {
        let name = &loaded.entry.name;
        let path = loaded
            .entry
            .folder()
            .resolve(file)
            .map_err(|fault| Failure::usage(format!("`{name}`: `provider.file`: {fault}")))?;
        let found = self.tree().file(&path)?.ok_or_else(|| {
            Failure::usage(format!("`{name}`: `{path}` does not exist"))
                .hint("`provider.file` is relative to the folder of the model")
        })?;
        let bytes = self.tree().read(&found, MAX_FILE)?;
        let text = String::from_utf8(bytes)
            .map_err(|_| Failure::usage(format!("`{path}` is not UTF-8")))?;
        Ok(SourceFile::new(path, text))
    }
}

/// Says why a model cannot be asked, and how to mend it.
fn open_failure(name: &EntryName, fault: &OpenFault) -> Failure {
    let failure = Failure::usage(format!("`{name}` cannot be asked: {fault}"));
    match fault {
        OpenFault::HostNotTrusted { host, purpose } => failure.hint(format!(
            "have this merged into keelmark.yaml first: `trust: {{hosts: {{\"{host}\": {{key_env: …, purposes: [{purpose}]}}}}}}`"
        )),
        OpenFault::VariableNotTrusted { variable } => {
            failure.hint(format!("have `trust: {{env: [{variable}]}}` merged into keelmark.yaml first"))
        }
        OpenFault::CommandNotTrusted { program } => failure
            .hint(format!("have `trust: {{commands: [{program}]}}` merged into keelmark.yaml first")),
        OpenFault::KeyMissing { variable, .. } => {
            failure.hint(format!("set it: `export {variable}=…`; keys are read from the environment only"))
        }
        _ => failure,
    }
}
