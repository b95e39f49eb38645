//! The user's proxy. An entry cannot choose one; the environment may.

use std::collections::BTreeMap;

use ureq::{Proxy, ProxyProtocol};

use super::endpoint::{Endpoint, Scheme, is_loopback};
use super::open::OpenFault;

/// Finds the proxy for an address: `HTTPS_PROXY` or `HTTP_PROXY` by its scheme, else `ALL_PROXY`,
/// in upper or lower case, unless `NO_PROXY` names the host.
///
/// This machine is never reached through a proxy. Proxies that speak HTTP are supported, SOCKS is
/// not. `NO_PROXY` is a list with commas: `*` is every host, `example.com` and `.example.com` are
/// the host and all below it.
pub(super) fn find(
    environment: &BTreeMap<String, String>,
    endpoint: &Endpoint,
) -> Result<Option<Proxy>, OpenFault> {
    let own = match endpoint.scheme {
        Scheme::Https => "HTTPS_PROXY",
        Scheme::Http => "HTTP_PROXY",
    };
    let set = [own, "ALL_PROXY"].into_iter().find_map(|name| variable(environment, name));
    let Some((name, address)) = set else { return Ok(None) };
    let excepted = variable(environment, "NO_PROXY")
        .is_some_and(|(_, list)| list.split(',').any(|host| names(host.trim(), &endpoint.host)));
    if is_loopback(&endpoint.host) || excepted {
        return Ok(None);
    }
    let proxy = Proxy::new(address).ok();
    let proxy = proxy
        .filter(|proxy| matches!(proxy.protocol(), ProxyProtocol::Http | ProxyProtocol::Https));
    proxy.map(Some).ok_or(OpenFault::Proxy { variable: name })
}

fn variable<'a>(
    environment: &'a BTreeMap<String, String>,
    name: &str,
) -> Option<(String, &'a str)> {
    [name.to_owned(), name.to_ascii_lowercase()].into_iter().find_map(|name| {
        let value = environment.get(&name)?.trim();
        (!value.is_empty()).then_some((name, value))
    })
}

/// Says whether one word of `NO_PROXY` names a host.
fn names(word: &str, host: &str) -> bool {
    let word = word.to_ascii_lowercase();
    let suffix = word.trim_start_matches('*').trim_start_matches('.');
    let below = host.strip_suffix(suffix).is_some_and(|head| head.ends_with('.'));
    word == "*" || (!suffix.is_empty() && (host == suffix || below))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(variables: &[(&str, &str)], host: &str, scheme: Scheme) -> Result<Option<String>, ()> {
        let environment =
            variables.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        let endpoint = Endpoint {
            base: String::new(),
            shown: host.to_owned(),
            host: host.to_owned(),
            scheme,
            key: None,
            pii: crate::registry::dataset::Pii::None,
        };
        let proxy = find(&environment, &endpoint).map_err(|_| ())?;
        Ok(proxy.map(|proxy| format!("{}:{}", proxy.host(), proxy.port())))
    }

    #[test]
    fn the_environment_chooses_the_proxy() {
        let both = [("HTTPS_PROXY", "http://u:p@p.example:3128"), ("http_proxy", "q.example")];
        let some = |text: &str| Ok(Some(text.to_owned()));
        assert_eq!(found(&both, "api.example", Scheme::Https), some("p.example:3128"));
        assert_eq!(found(&both, "api.example", Scheme::Http), some("q.example:80"));
        assert_eq!(found(&both, "127.0.0.1", Scheme::Http), Ok(None));
        assert_eq!(found(&[], "api.example", Scheme::Https), Ok(None));
        assert_eq!(found(&[("ALL_PROXY", "r:1")], "a", Scheme::Https), some("r:1"));
        assert_eq!(found(&[("HTTPS_PROXY", "socks5://r:1")], "a", Scheme::Https), Err(()));
        assert_eq!(found(&[("HTTPS_PROXY", "not a proxy")], "a", Scheme::Https), Err(()));
    }

    #[test]
    fn no_proxy_names_hosts_and_all_below_them() {
        let cases = [
            ("api.example.com", true),
            ("example.com", true),
            (".example.com", true),
            ("*.example.com", true),
            ("*", true),
            ("other.com, EXAMPLE.com", true),
            ("ample.com", false),
            ("", false),
            (",", false),
        ];
        for (list, excepted) in cases {
            let variables = [("HTTPS_PROXY", "p:1"), ("NO_PROXY", list)];
            let proxy = found(&variables, "api.example.com", Scheme::Https).expect("a proxy");
            assert_eq!(proxy.is_none(), excepted, "{list}");
        }
    }
}
