//! HTTP: one agent for each provider, and what can go wrong on the way.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use ureq::http::header::{CONTENT_TYPE, LOCATION, RETRY_AFTER};
use ureq::http::{HeaderValue, Response, Uri};
use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::{Agent, Body};

use super::answer::Answer;
use super::endpoint::{Endpoint, Scheme};
use super::fault::Fault;
use super::open::{OpenFault, Opening};
use super::proxy;
use super::retry_after;
use super::secret::{Key, said};
use crate::time::Clock;

/// The largest answer that is read.
const MAX_ANSWER_BYTES: u64 = 10_000_000;

/// How much of a refusal is read.
const MAX_REFUSAL_BYTES: u64 = 64 * 1024;

/// Connections that are kept for the next call: more than there are threads that call.
const KEPT_CONNECTIONS: usize = 1_024;

/// Bytes that a connection reads and writes at once.
const BUFFER_BYTES: usize = 32 * 1024;

/// A way to one host.
pub(super) struct Http {
    agent: Agent,
    host: String,
    key: Option<Key>,
    headers: Vec<(&'static str, HeaderValue)>,
    limit: Duration,
    clock: Arc<dyn Clock>,
}

/// The body of a successful answer.
pub(super) struct Reply {
    pub(super) body: Vec<u8>,
    pub(super) latency_ms: f64,
}

/// What providers say is wrong, in the forms of OpenAI and Anthropic.
#[derive(Debug, Deserialize)]
struct Refusal {
    error: RefusalDetail,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RefusalDetail {
    message: String,
    code: serde_json::Value,
    r#type: Option<String>,
}

impl Http {
    /// Makes the agent: no redirects, no proxy but the user's, certificates always checked.
    ///
    /// `headers` go with every request; they are where the key is.
    pub(super) fn new(
        opening: &Opening<'_>,
        endpoint: &Endpoint,
        headers: Vec<(&'static str, HeaderValue)>,
    ) -> Result<Self, OpenFault> {
        let own = opening.provider.timeout_ms.map(Duration::from_millis);
        let limit = own.unwrap_or(opening.timeouts.call);
        let mut tls = TlsConfig::builder();
        if let Some(pem) = opening.roots {
            tls = tls.root_certs(roots(pem)?);
        }
        let agent = Agent::config_builder()
            .https_only(endpoint.scheme == Scheme::Https)
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(proxy::find(opening.environment, endpoint)?)
            .tls_config(tls.build())
            .timeout_connect(Some(opening.timeouts.connect.min(limit)))
            .timeout_global(Some(limit))
            .max_idle_connections(KEPT_CONNECTIONS)
            .max_idle_connections_per_host(KEPT_CONNECTIONS)
            .input_buffer_size(BUFFER_BYTES)
            .output_buffer_size(BUFFER_BYTES)
            .user_agent(concat!("keelmark/", env!("CARGO_PKG_VERSION")))
            .build()
            .new_agent();
        Ok(Self {
            agent,
            host: endpoint.shown.clone(),
            key: endpoint.key.clone(),
            headers,
            limit,
            clock: Arc::clone(opening.clock),
        })
    }

    /// Sends JSON and reads the answer to its end, in one attempt.
    pub(super) fn post(&self, uri: &Uri, json: &[u8]) -> Result<Reply, Fault> {
        let mut request = self.agent.post(uri).header(CONTENT_TYPE, "application/json");
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        let start = self.clock.elapsed();
        let response = request.send(json).map_err(|error| self.failed(error))?;
        if !response.status().is_success() {
            return Err(self.refused(response));
        }
        let body = self.read(response, MAX_ANSWER_BYTES)?;
        let latency = self.clock.elapsed().saturating_sub(start);
        Ok(Reply { body, latency_ms: latency.as_secs_f64() * 1e3 })
    }

    /// Reads the body of a successful answer as the form that the protocol asks for.
    pub(super) fn parse<'a, T: Deserialize<'a>>(&self, body: &'a [u8]) -> Result<T, Fault> {
        serde_json::from_slice(body).map_err(|error| self.bad(&error.to_string(), body))
    }

    /// Takes the key out of an answer that repeats it: answers are kept, shown and judged.
    pub(super) fn without_key(&self, mut answer: Answer) -> Answer {
        if let Some(key) = &self.key {
            key.hide(&mut answer.text);
            answer.model.iter_mut().chain(&mut answer.fingerprint).for_each(|text| key.hide(text));
        }
        answer
    }

    /// Says that an answer cannot be read.
    pub(super) fn bad(&self, reason: &str, body: &[u8]) -> Fault {
        Fault::BadAnswer {
            from: self.host.clone(),
            reason: said(reason, self.key.as_ref()),
            excerpt: said(&String::from_utf8_lossy(body), self.key.as_ref()),
        }
    }

    /// Returns the host as messages show it.
    pub(super) fn host(&self) -> &str {
        &self.host
    }

    fn read(&self, response: Response<Body>, limit: u64) -> Result<Vec<u8>, Fault> {
        let body = response.into_body().into_with_config().limit(limit).read_to_vec();
        body.map_err(|error| self.failed(error))
    }

    fn refused(&self, response: Response<Body>) -> Fault {
        let host = self.host.clone();
        let status = response.status().as_u16();
        let header = |name| response.headers().get(name).and_then(|v| v.to_str().ok());
        if response.status().is_redirection() {
            let target = header(LOCATION).map_or_else(|| "nowhere".to_owned(), target);
            return Fault::Redirected { host, status, target: said(&target, self.key.as_ref()) };
        }
        let now = self.clock.unix_seconds();
        let retry_after = header(RETRY_AFTER).and_then(|value| retry_after::read(value, now));
        // The status says enough where its text cannot be read.
        let body = self.read(response, MAX_REFUSAL_BYTES).unwrap_or_default();
        let refusal = serde_json::from_slice(&body).map(|Refusal { error }| error);
        let whole = || String::from_utf8_lossy(&body).into_owned();
        let detail = refusal
            .unwrap_or_else(|_| RefusalDetail { message: whole(), ..RefusalDetail::default() });
        let said = said(&detail.message, self.key.as_ref());
        match status {
            402 => Fault::QuotaUsedUp { host, status, said },
            429 if detail.is_quota() => Fault::QuotaUsedUp { host, status, said },
            401 | 403 => Fault::KeyRefused { host, status, said },
            429 | 503 | 529 => Fault::Overloaded { host, status, said, retry_after },
            408 | 409 | 500..=599 => Fault::ServerFailed { host, status, said, retry_after },
            _ => Fault::Rejected { host, status, said },
        }
    }

    fn failed(&self, error: ureq::Error) -> Fault {
        let host = self.host.clone();
        let cause = |text: String| said(&text, self.key.as_ref());
        match error {
            ureq::Error::Timeout(_) => Fault::TimedOut {
                from: host,
                limit_ms: u64::try_from(self.limit.as_millis()).unwrap_or(u64::MAX),
            },
            ureq::Error::BodyExceedsLimit(limit_bytes) => {
                Fault::TooLarge { from: host, limit_bytes }
            }
            ureq::Error::HostNotFound => {
                Fault::Unreachable { host, cause: "its name has no address".to_owned() }
            }
            ureq::Error::Io(error) => match error.kind() {
                io::ErrorKind::InvalidData if error.to_string().contains("certificate") => {
                    Fault::Certificate { host, cause: cause(error.to_string()) }
                }
                io::ErrorKind::UnexpectedEof
                | io::ErrorKind::ConnectionReset
                | io::ErrorKind::ConnectionAborted
                | io::ErrorKind::BrokenPipe => Fault::BrokenOff { host },
                _ => Fault::Unreachable { host, cause: cause(error.to_string()) },
            },
            ureq::Error::Tls(_) | ureq::Error::Rustls(_) => {
                Fault::Certificate { host, cause: cause(error.to_string()) }
            }
            ureq::Error::Protocol(_) | ureq::Error::LargeResponseHeader(..) => {
                self.bad(&error.to_string(), &[])
            }
            other => Fault::Unreachable { host, cause: cause(other.to_string()) },
        }
    }
}

impl RefusalDetail {
    /// Says whether waiting does not help: the account has nothing left.
    fn is_quota(&self) -> bool {
        const WORDS: [&str; 2] = ["insufficient_quota", "billing_hard_limit_reached"];
        let code = self.code.as_str().unwrap_or_default();
        WORDS.contains(&code) || self.r#type.as_deref().is_some_and(|word| WORDS.contains(&word))
    }
}

/// Returns the host that a `Location` points to.
fn target(location: &str) -> String {
    let uri: Option<Uri> = location.parse().ok();
    let host = uri.as_ref().and_then(Uri::host);
    host.map_or_else(|| "another path of its own".to_owned(), str::to_owned)
}

/// Reads the certificates that stand in place of the built-in ones.
fn roots(pem: &[u8]) -> Result<RootCerts, OpenFault> {
    let mut certificates = Vec::new();
    for item in parse_pem(pem) {
        match item {
            Ok(PemItem::Certificate(certificate)) => certificates.push(certificate),
            Ok(_) => {}
            Err(_) => return Err(OpenFault::Roots),
        }
    }
    if certificates.is_empty() {
        return Err(OpenFault::Roots);
    }
    Ok(RootCerts::new_with_certs(&certificates))
}
