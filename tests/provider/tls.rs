//! Certificates.

use keelmark::provider::{Fault, FaultClass};
use keelmark::registry::model::Api;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::openai::OK;
use crate::server::{Reply, Server};
use crate::support::{KEY, Setup, asked};

const AUTHORITY: &[u8] = include_bytes!("certificates/authority.pem");
const CERTIFICATE: &[u8] = include_bytes!("certificates/server.pem");
const PRIVATE_KEY: &[u8] = include_bytes!("certificates/server.key");

fn server() -> Server {
    let certificate = CertificateDer::from_pem_slice(CERTIFICATE).expect("a certificate");
    let key = PrivateKeyDer::from_pem_slice(PRIVATE_KEY).expect("a key");
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .expect("a configuration");
    Server::start_tls(vec![Reply::ok(OK)], config)
}

#[test]
fn a_certificate_of_an_unknown_authority_is_refused_before_anything_is_sent() {
    let server = server();
    let provider = Setup::at(Api::Openai, &server.url()).opened();
    let fault = provider.complete(&asked("a", "b")).expect_err("not trusted");
    assert!(matches!(fault, Fault::Certificate { .. }), "{fault:?}");
    assert_eq!(fault.class(), FaultClass::Configuration);
    assert!(fault.to_string().contains("UnknownIssuer"), "{fault}");
    assert!(server.received().is_empty());
}

#[test]
fn a_certificate_of_an_authority_that_the_user_trusts_is_accepted() {
    let server = server();
    let mut setup = Setup::at(Api::Openai, &server.url());
    setup.roots = Some(AUTHORITY.to_vec());
    let provider = setup.opened();
    for _ in 0..3 {
        provider.complete(&asked("a", "b")).expect("an answer");
    }
    assert_eq!(server.received()[0].headers["authorization"], format!("Bearer {KEY}"));
    assert_eq!(server.connections(), 1);
}

#[test]
fn a_certificate_for_another_name_is_refused() {
    let server = server();
    let mut setup = Setup::at(Api::Openai, &format!("https://127.0.0.2:{}", server.port()));
    setup.trust("127.0.0.2", Some("API_KEY"));
    setup.roots = Some(AUTHORITY.to_vec());
    // The whole of 127.0.0.0/8 is this machine on Linux; elsewhere the address has no server.
    let fault = setup.opened().complete(&asked("a", "b")).expect_err("another name");
    let expected = matches!(fault, Fault::Certificate { .. } | Fault::Unreachable { .. });
    assert!(expected, "{fault:?}");
    assert!(server.received().is_empty());
}

#[test]
fn a_server_without_tls_gets_nothing_over_https() {
    let server = Server::start(vec![Reply::ok(OK)]);
    let provider = Setup::at(Api::Openai, &format!("https://127.0.0.1:{}", server.port())).opened();
    provider.complete(&asked("a", "b")).expect_err("no TLS");
    assert!(!format!("{:?}", server.received()).contains(KEY));
}

#[test]
fn root_certificates_must_be_some() {
    let mut setup = Setup::at(Api::Openai, "https://127.0.0.1:1");
    let broken = [
        "".as_bytes(),
        b"no PEM",
        PRIVATE_KEY,
        b"-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n",
    ];
    for pem in broken {
        setup.roots = Some(pem.to_vec());
        assert!(setup.refused().starts_with("the root certificates are not PEM"), "{pem:?}");
    }
}
