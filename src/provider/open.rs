//! From a model's manifest to something that answers.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::Provider;
use super::anthropic::{self, Anthropic};
use super::endpoint::Endpoint;
use super::openai::{self, OpenAi};
use super::program::Program;
use super::replay::Replay;
use super::scripted::Scripted;
use super::table::FileFault;
use crate::registry::config::{Config, HostPurpose};
use crate::registry::dataset::Pii;
use crate::registry::model::{self, Api};
use crate::source::SourceFile;
use crate::time::Clock;

/// How long the parts of one call may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// Until a connection stands.
    pub connect: Duration,
    /// Until the answer is whole, connecting included; `provider.timeout_ms` goes before it.
    pub call: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { connect: Duration::from_secs(10), call: Duration::from_secs(120) }
    }
}

/// What is needed to open a provider. It holds the environment, and so keys: it has no `Debug`.
#[derive(Clone)]
pub struct Opening<'a> {
    /// What the manifest says.
    pub provider: &'a model::Provider,
    /// What the answers are for.
    pub purpose: HostPurpose,
    /// The base's configuration.
    pub trusted: &'a Config,
    /// The variables of the user's environment.
    pub environment: &'a BTreeMap<String, String>,
    /// The file that `provider.file` names, for recorded and scripted answers.
    pub file: Option<SourceFile>,
    /// The folder that programs are started in; only they need one.
    pub folder: Option<&'a Path>,
    /// Root certificates (PEM) to trust in place of the built-in ones.
    pub roots: Option<&'a [u8]>,
    /// How long the parts of one call may take.
    pub timeouts: Timeouts,
    /// What latencies are measured with.
    pub clock: &'a Arc<dyn Clock>,
}

/// Why a provider cannot be opened. No message holds the value of a variable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenFault {
    /// A key that the protocol needs is not written.
    #[error("`provider.{key}` is missing")]
    Missing {
        /// The key.
        key: &'static str,
    },
    /// The file that the manifest names was not handed over.
    #[error("`provider.file` could not be read")]
    NoFile,
    /// No folder was handed over to start the program in.
    #[error("`provider.program` has no folder to be started in")]
    NoFolder,
    /// The address cannot be used.
    #[error("{origin} cannot be used: {reason}")]
    Address {
        /// Where the address is written.
        origin: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The base does not name the host for this purpose.
    #[error("`{host}` is not in `trust.hosts` at the base for the purpose `{purpose}`")]
    HostNotTrusted {
        /// The host, with its port unless that is the scheme's own.
        host: String,
        /// The purpose.
        purpose: &'static str,
    },
    /// The base does not name the variable.
    #[error("`{variable}` is not in `trust.env` at the base")]
    VariableNotTrusted {
        /// The variable.
        variable: String,
    },
    /// The base does not name the program.
    #[error("`{program}` is not in `trust.commands` at the base")]
    CommandNotTrusted {
        /// The program.
        program: String,
    },
    /// A key would travel in the open.
    #[error("the key for `{host}` would be sent without encryption; use `https://`")]
    PlainHttp {
        /// The host.
        host: String,
    },
    /// The variable that holds the key is not set.
    #[error("the variable `{variable}` with the key for `{host}` is not set")]
    KeyMissing {
        /// The variable.
        variable: String,
        /// The host.
        host: String,
    },
    /// The key has characters that no header may hold.
    #[error("the variable `{variable}` holds no key for `{host}`: blanks or other characters")]
    KeyUnfit {
        /// The variable.
        variable: String,
        /// The host.
        host: String,
    },
    /// The user's proxy cannot be used.
    #[error("the variable `{variable}` names no proxy that can be used; `http://host:port` can")]
    Proxy {
        /// The variable.
        variable: String,
    },
    /// The root certificates cannot be read.
    #[error("the root certificates are not PEM, or none is among them")]
    Roots,
    /// The file of recorded or scripted answers is wrong.
    #[error(transparent)]
    File(#[from] FileFault),
}

/// Opens a provider, if the base allows it.
///
/// Nothing is sent and no program is started yet.
pub fn open(opening: &Opening<'_>) -> Result<Box<dyn Provider>, OpenFault> {
    let file = || opening.file.as_ref().ok_or(OpenFault::NoFile);
    Ok(match opening.provider.api.ok_or(OpenFault::Missing { key: "api" })? {
        Api::Openai => Box::new(OpenAi::open(opening)?),
        Api::Anthropic => Box::new(Anthropic::open(opening)?),
        Api::Command => Box::new(Program::open(opening)?),
        Api::Replay => Box::new(Replay::read(file()?, opening.provider.model.clone())?),
        Api::Scripted => Box::new(Scripted::read(file()?, opening.provider.model.clone())?),
    })
}

/// Returns the most sensitive data that may be sent to whoever answers: what the base says of the
/// host that [`open`] would ask. Of programs, recordings and scripts it says nothing.
pub fn most_sensitive(opening: &Opening<'_>) -> Result<Pii, OpenFault> {
    let default = match opening.provider.api {
        Some(Api::Openai) => openai::DEFAULT_BASE,
        Some(Api::Anthropic) => anthropic::DEFAULT_BASE,
        Some(Api::Command | Api::Replay | Api::Scripted) | None => return Ok(Pii::None),
    };
    Ok(Endpoint::find(opening, default)?.pii)
}
