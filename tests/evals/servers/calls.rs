//! Where calls go: certificates, redirects, encryption and proxies.

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::{KEY, KEYED, PRICED, ROWS, asking, at, faults, run, yes};
use crate::desk::{Registry, keelmark_with};
use crate::server::{Reply, Server};

/// The authority that signed the server's certificate, which nobody trusts by himself.
const AUTHORITY: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/tests/provider/certificates/authority.pem");
const CERTIFICATE: &[u8] = include_bytes!("../../provider/certificates/server.pem");
const PRIVATE_KEY: &[u8] = include_bytes!("../../provider/certificates/server.key");

fn encrypted() -> Server {
    let certificate = CertificateDer::from_pem_slice(CERTIFICATE).expect("a certificate");
    let key = PrivateKeyDer::from_pem_slice(PRIVATE_KEY).expect("a key");
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .expect("a configuration");
    Server::start_tls(vec![yes()], config)
}

#[test]
fn a_certificate_of_an_unknown_authority_measures_nothing_and_nothing_is_sent() {
    let server = encrypted();
    let repo = asking(&server, ROWS);
    run(&repo, &[]).exits(3).says(&["certificate", "UnknownIssuer"]);
    assert_eq!(faults(&repo)[0].0, "configuration");
    assert!(server.received().is_empty());
    assert_eq!(server.connections(), 2, "asking again would not help");
}

#[test]
fn an_authority_that_the_user_names_is_trusted() {
    let server = encrypted();
    let repo = asking(&server, ROWS);
    let variables = [KEYED[0], ("SSL_CERT_FILE", AUTHORITY)];
    keelmark_with(&repo, &["eval", "run", "golden"], &variables).exits(0);
    assert_eq!(server.received().len(), 2);
}

#[test]
fn an_authority_that_cannot_be_read_is_a_mistake_of_the_user() {
    let server = encrypted();
    let repo = asking(&server, ROWS);
    for (file, words) in [
        ("/nowhere.pem", "`SSL_CERT_FILE` names `/nowhere.pem`"),
        (concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"), "not PEM"),
    ] {
        let variables = [KEYED[0], ("SSL_CERT_FILE", file)];
        keelmark_with(&repo, &["eval", "run", "golden"], &variables).exits(2).says(&[words]);
    }
    assert_eq!(server.connections(), 0);
}

#[test]
fn a_redirect_to_another_host_is_not_followed() {
    let other = Server::start(vec![yes()]);
    for status in [301, 302, 307, 308] {
        let location = vec![("location", format!("{}/chat/completions", other.url()))];
        let server = Server::start(vec![Reply::Whole(status, location, String::new())]);
        let repo = asking(&server, ROWS);
        run(&repo, &[]).exits(3).says(&["redirects are not followed"]);
        assert_eq!(faults(&repo)[0].0, "configuration");
        assert_eq!(server.received().len(), 2);
    }
    assert_eq!(other.connections(), 0);
}

#[test]
fn a_key_is_not_sent_in_the_open() {
    // The proxy would see it.
    let proxy = Server::start(vec![yes()]);
    let repo = Registry {
        provider: &at("http://llm.internal:8080/v1"),
        model: PRICED,
        config: "trust: {hosts: {\"llm.internal:8080\": {key_env: MODEL_KEY, purposes: [provider]}}}\n",
        ..Registry::default()
    }
    .found();
    let url = proxy.url();
    let variables = [KEYED[0], ("HTTP_PROXY", url.as_str())];
    let said = keelmark_with(&repo, &["eval", "run", "golden"], &variables).exits(2);
    let said = said.says(&["`llm.internal:8080` would be sent without encryption"]);
    assert!(!format!("{said:?}").contains(KEY));
    assert_eq!(proxy.connections(), 0);
}

#[test]
fn the_proxy_for_everything_is_asked() {
    let proxy = Server::start(vec![Reply::status(403, "")]);
    let repo = Registry {
        rows: ROWS,
        provider: &at("http://llm.internal:8080/v1"),
        model: PRICED,
        config: "trust: {hosts: {\"llm.internal:8080\": {purposes: [provider]}}}\n",
        ..Registry::default()
    }
    .found();
    let url = proxy.url();
    for variable in ["ALL_PROXY", "all_proxy"] {
        let before = proxy.received().len();
        let variables = [(variable, url.as_str())];
        keelmark_with(&repo, &["eval", "run", "golden"], &variables).exits(3);
        let asked = proxy.received().split_off(before);
        assert!(!asked.is_empty(), "{variable}");
        assert_eq!(asked[0].line, "CONNECT llm.internal:8080 HTTP/1.1");
    }
}
