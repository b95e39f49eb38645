//! Where requests go, and whether the base lets them go there.

use std::net::IpAddr;

use ureq::http::Uri;

use super::open::{OpenFault, Opening};
use super::secret::Key;
use crate::registry::config::{Host, HostPurpose};
use crate::registry::dataset::Pii;

/// An address that may be spoken to, with the key for it.
#[derive(Debug)]
pub(super) struct Endpoint {
    /// The address without a slash at its end.
    pub(super) base: String,
    /// The host as messages show it, with its port unless that is the scheme's own.
    pub(super) shown: String,
    /// The host in lower case.
    pub(super) host: String,
    /// Whether the connection is encrypted.
    pub(super) scheme: Scheme,
    /// The key for this host.
    pub(super) key: Option<Key>,
    /// The most sensitive data that the host may have.
    pub(super) pii: Pii,
}

/// How an address is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scheme {
    Http,
    Https,
}

impl Scheme {
    const fn port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

impl Endpoint {
    /// Finds the address that the manifest means and checks it against the base's `trust`.
    ///
    /// The address is that of the variable `base_url_env` where it is set, else `base_url`, else
    /// `default`. Its host must be a key of `trust.hosts`, exact but for case, with the purpose.
    /// A key `host:port` means that port, a key without port the scheme's own port; for loopback
    /// hosts it means every port. Plain HTTP goes to loopback hosts, and to hosts without a key.
    pub(super) fn find(opening: &Opening<'_>, default: &str) -> Result<Self, OpenFault> {
        let (address, origin) = written(opening, default)?;
        let bad = |reason| OpenFault::Address { origin: origin.clone(), reason };
        let base = address.trim().trim_end_matches('/');
        let uri: Uri = base.parse().map_err(|_| bad("it is no address"))?;
        let scheme = match uri.scheme_str() {
            Some("https") => Scheme::Https,
            Some("http") => Scheme::Http,
            _ => return Err(bad("it must start with `https://` or `http://`")),
        };
        let authority = uri.authority().ok_or_else(|| bad("it names no host"))?;
        if authority.as_str().contains('@') {
            return Err(bad("it holds a user name or a password"));
        }
        if base.contains(['?', '#']) {
            return Err(bad("it holds a query or a fragment"));
        }
        let host = authority.host().to_ascii_lowercase();
        if host.is_empty() {
            return Err(bad("it names no host"));
        }
        let has_port = authority.as_str().len() > authority.host().len();
        let port = match authority.port_u16() {
            Some(port) => port,
            None if has_port => return Err(bad("its port is no number")),
            None => scheme.port(),
        };
        let shown = if port == scheme.port() { host.clone() } else { format!("{host}:{port}") };
        let trusted = trusted(opening, &host, port, scheme).ok_or_else(|| {
            OpenFault::HostNotTrusted { host: shown.clone(), purpose: purpose(opening.purpose) }
        })?;
        let key = trusted.key_env.as_deref().map(|name| key(opening, name, &shown)).transpose()?;
        if scheme == Scheme::Http && key.is_some() && !is_loopback(&host) {
            return Err(OpenFault::PlainHttp { host: shown });
        }
        Ok(Self { base: base.to_owned(), shown, host, scheme, key, pii: trusted.pii })
    }

    /// Returns the address of a path below the base.
    pub(super) fn at(&self, path: &str) -> Result<Uri, OpenFault> {
        format!("{}{path}", self.base).parse().map_err(|_| OpenFault::Address {
            origin: "the address".to_owned(),
            reason: "it is no address",
        })
    }
}

/// Returns the address, and where it is written.
fn written(opening: &Opening<'_>, default: &str) -> Result<(String, String), OpenFault> {
    let provider = opening.provider;
    if let Some(name) = &provider.base_url_env {
        if !opening.trusted.trust.env.contains(name) {
            return Err(OpenFault::VariableNotTrusted { variable: name.clone() });
        }
        let value = opening.environment.get(name).filter(|value| !value.trim().is_empty());
        if let Some(value) = value {
            return Ok((value.clone(), format!("the variable `{name}`")));
        }
    }
    let address = provider.base_url.clone().unwrap_or_else(|| default.to_owned());
    Ok((address, "`provider.base_url`".to_owned()))
}

fn trusted<'a>(opening: &Opening<'a>, host: &str, port: u16, scheme: Scheme) -> Option<&'a Host> {
    let hosts = &opening.trusted.trust.hosts;
    let found = hosts.iter().filter(|(_, trusted)| trusted.purposes.contains(&opening.purpose));
    let mut found: Vec<_> = found
        .filter_map(|(name, trusted)| {
            let (name, named_port) = split(name);
            let bare = host.trim_start_matches('[').trim_end_matches(']');
            let any_port = named_port.is_none() && (is_loopback(host) || port == scheme.port());
            let fits = name.eq_ignore_ascii_case(bare) && (named_port == Some(port) || any_port);
            fits.then_some((named_port.is_none(), trusted))
        })
        .collect();
    // The one that names the port knows more.
    found.sort_by_key(|(any_port, _)| *any_port);
    found.first().map(|(_, trusted)| *trusted)
}

/// Splits a key of `trust.hosts`; a port that is no number fits nothing.
fn split(name: &str) -> (&str, Option<u16>) {
    if let Some((host, rest)) = name.strip_prefix('[').and_then(|inside| inside.split_once(']')) {
        return (host, rest.strip_prefix(':').map(|port| port.parse().unwrap_or_default()));
    }
    match name.split_once(':') {
        Some((host, port)) if !port.contains(':') => (host, Some(port.parse().unwrap_or_default())),
        _ => (name, None),
    }
}

fn key(opening: &Opening<'_>, variable: &str, host: &str) -> Result<Key, OpenFault> {
    let fault = || (variable.to_owned(), host.to_owned());
    let value = opening.environment.get(variable).map(|value| value.trim());
    let value = value.filter(|value| !value.is_empty()).ok_or_else(|| {
        let (variable, host) = fault();
        OpenFault::KeyMissing { variable, host }
    })?;
    Key::new(value).ok_or_else(|| {
        let (variable, host) = fault();
        OpenFault::KeyUnfit { variable, host }
    })
}

/// Says whether a host is this machine: `localhost`, 127.0.0.0/8 or `[::1]`.
pub(super) fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare == "localhost" || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

const fn purpose(purpose: HostPurpose) -> &'static str {
    match purpose {
        HostPurpose::Provider => "provider",
        HostPurpose::Judge => "judge",
        HostPurpose::Guardrail => "guardrail",
        HostPurpose::Webhook => "webhook",
    }
}
