//! Who may be asked, and who gets a key.

use keelmark::registry::config::HostPurpose;
use keelmark::registry::model::Api;

use crate::openai::OK;
use crate::server::{Reply, Server};
use crate::support::{KEY, Setup, asked};

#[test]
fn a_host_that_the_base_does_not_name_gets_nothing() {
    let server = Server::start(vec![Reply::ok(OK)]);
    let mut setup = Setup::new(Api::Openai);
    setup.provider.base_url = Some(server.url());
    let host = format!("127.0.0.1:{}", server.port());
    let expected =
        format!("`{host}` is not in `trust.hosts` at the base for the purpose `provider`");
    assert_eq!(setup.refused(), expected);
    setup.trust("localhost", Some("API_KEY"));
    setup.trust("api.openai.com", Some("API_KEY"));
    assert_eq!(setup.refused(), expected);
    assert_eq!(server.connections(), 0);
}

#[test]
fn a_host_serves_only_the_purposes_that_it_is_named_for() {
    let mut setup = Setup::at(Api::Openai, "http://127.0.0.1:1");
    setup.purpose = HostPurpose::Judge;
    assert!(setup.refused().ends_with("for the purpose `judge`"));
    setup.trusted.trust.hosts.values_mut().for_each(|host| host.purposes.clear());
    setup.purpose = HostPurpose::Provider;
    assert!(setup.refused().ends_with("for the purpose `provider`"));
}

#[test]
fn hosts_are_equal_by_name_and_port() {
    let cases = [
        ("https://api.openai.com/v1", "api.openai.com", true),
        ("https://API.OpenAI.com/v1", "api.openai.COM", true),
        ("https://api.openai.com:443/v1", "api.openai.com", true),
        ("https://api.openai.com:443/v1", "api.openai.com:443", true),
        ("https://api.openai.com:8443/v1", "api.openai.com", false),
        ("https://api.openai.com:8443/v1", "api.openai.com:8443", true),
        ("https://api.openai.com:8443/v1", "api.openai.com:port", false),
        ("https://api.openai.com.evil.example", "api.openai.com", false),
        ("https://evil-api.openai.com", "api.openai.com", false),
        ("https://api.openai.com.", "api.openai.com", false),
        ("https://xn--api-openai.com", "api.openai.com", false),
        ("http://localhost:8080", "localhost", true),
        ("http://localhost:8080", "localhost:8080", true),
        ("http://localhost:8080", "localhost:8081", false),
        ("http://127.0.0.1:8080", "localhost", false),
        ("http://127.1.2.3:8080", "127.1.2.3", true),
        ("http://[::1]:8080", "[::1]", true),
        ("http://[::1]:8080", "::1", true),
        ("http://[::1]:8080", "[::1]:8080", true),
        ("http://[::1]:8080", "[::1]:8081", false),
    ];
    for (address, name, trusted) in cases {
        let mut setup = Setup::new(Api::Openai);
        setup.provider.base_url = Some(address.to_owned());
        setup.trust(name, Some("API_KEY"));
        assert_eq!(setup.open().is_ok(), trusted, "{address} by {name}");
    }
}

#[test]
fn an_address_that_hides_something_is_refused() {
    let cases = [
        ("https://api.openai.com@evil.example/v1", "a user name or a password"),
        ("https://user:sk-hidden@api.openai.com/v1", "a user name or a password"),
        ("https://api.openai.com/v1?x=1", "a query or a fragment"),
        ("https://api.openai.com/v1#x", "a query or a fragment"),
        ("https://api.openai.com:x/v1", "its port is no number"),
        ("https://api.openai.com\\@evil.example", "no address"),
        ("https://api.openai.com\r\nx: y", "no address"),
        ("ftp://api.openai.com", "`https://` or `http://`"),
        ("file:///etc/passwd", "no address"),
        ("api.openai.com", "`https://` or `http://`"),
        ("https://", "`https://` or `http://`"),
        ("", "no address"),
    ];
    for (address, reason) in cases {
        let mut setup = Setup::new(Api::Openai);
        setup.provider.base_url = Some(address.to_owned());
        setup.trust("api.openai.com", Some("API_KEY"));
        let said = setup.refused();
        assert!(said.contains(reason) && !said.contains("hidden"), "{address}: {said}");
    }
}

#[test]
fn keys_come_from_the_variable_that_the_base_names() {
    let mut setup = Setup::new(Api::Openai);
    setup.trust("api.openai.com", Some("OTHER_KEY"));
    let missing = "the variable `OTHER_KEY` with the key for `api.openai.com` is not set";
    assert_eq!(setup.refused(), missing);
    for empty in ["", " \n"] {
        setup.environment.insert("OTHER_KEY".to_owned(), empty.to_owned());
        assert_eq!(setup.refused(), missing);
    }
    setup.environment.insert("OTHER_KEY".to_owned(), format!("{KEY}\nx: y"));
    assert!(setup.refused().contains("holds no key"));
    setup.environment.insert("OTHER_KEY".to_owned(), format!("{KEY}\n"));
    setup.opened();
}

#[test]
fn a_key_goes_to_the_host_that_it_is_for_and_to_no_other() {
    let (mine, other) = (Server::start(vec![Reply::ok(OK)]), Server::start(vec![Reply::ok(OK)]));
    let mut setup = Setup::new(Api::Openai);
    setup.trust(&format!("127.0.0.1:{}", mine.port()), Some("API_KEY"));
    setup.trust("127.0.0.1", None);
    for server in [&mine, &other] {
        setup.provider.base_url = Some(server.url());
        setup.opened().complete(&asked("a", "b")).expect("an answer");
    }
    assert_eq!(mine.only().headers["authorization"], format!("Bearer {KEY}"));
    assert!(!format!("{:?}", other.only()).contains(KEY));
}

#[test]
fn a_key_is_not_sent_in_the_open() {
    let mut setup = Setup::new(Api::Openai);
    setup.provider.base_url = Some("http://llm.internal:8080/v1".to_owned());
    setup.trust("llm.internal:8080", Some("API_KEY"));
    let expected =
        "the key for `llm.internal:8080` would be sent without encryption; use `https://`";
    assert_eq!(setup.refused(), expected);
    setup.trust("llm.internal:8080", None);
    setup.opened();
}

#[test]
fn the_variable_of_the_address_must_be_one_of_the_base() {
    let server = Server::start(vec![Reply::ok(OK)]);
    let mut setup = Setup::at(Api::Openai, "http://127.0.0.1:1");
    setup.provider.base_url_env = Some("SECRET_HOST".to_owned());
    setup.environment.insert("SECRET_HOST".to_owned(), server.url());
    assert_eq!(setup.refused(), "`SECRET_HOST` is not in `trust.env` at the base");
    setup.trusted.trust.env.push("SECRET_HOST".to_owned());
    setup.opened().complete(&asked("a", "b")).expect("an answer");
    setup.environment.insert("SECRET_HOST".to_owned(), "http://u:sk-hidden@x".to_owned());
    let said = setup.refused();
    assert!(said.starts_with("the variable `SECRET_HOST` cannot be used"), "{said}");
    assert!(!said.contains("hidden"), "{said}");
    setup.environment.remove("SECRET_HOST");
    assert!(setup.opened().identity().to_string().contains("http://127.0.0.1:1"));
}

#[test]
fn without_an_address_the_vendor_is_asked() {
    let cases = [
        (Api::Openai, "api.openai.com", "https://api.openai.com/v1"),
        (Api::Anthropic, "api.anthropic.com", "https://api.anthropic.com"),
    ];
    for (api, host, endpoint) in cases {
        let mut setup = Setup::new(api);
        setup.trust(host, Some("API_KEY"));
        setup.provider.base_url_env = Some("OPENAI_BASE_URL".to_owned());
        assert_eq!(setup.opened().identity()["endpoint"], endpoint);
    }
}

#[test]
fn what_a_protocol_needs_is_named() {
    let mut setup = Setup::new(Api::Openai);
    setup.provider.model = None;
    assert_eq!(setup.refused(), "`provider.model` is missing");
    setup.provider.api = None;
    assert_eq!(setup.refused(), "`provider.api` is missing");
    assert_eq!(Setup::new(Api::Command).refused(), "`provider.program` is missing");
    assert_eq!(Setup::new(Api::Replay).refused(), "`provider.file` could not be read");
    let mut setup = Setup::program("sh", &[]);
    setup.trusted.trust.commands = vec!["/bin/sh".to_owned()];
    assert_eq!(setup.refused(), "`sh` is not in `trust.commands` at the base");
}

#[test]
fn the_users_proxy_is_asked_and_never_for_this_machine() {
    let proxy = Server::start(vec![Reply::status(403, "")]);
    let mut setup = Setup::at(Api::Openai, "http://model.example/v1");
    setup.trust("model.example", None);
    setup.environment.insert("HTTP_PROXY".to_owned(), proxy.url());
    setup.opened().complete(&asked("a", "b")).expect_err("refused by the proxy");
    assert_eq!(proxy.only().line, "CONNECT model.example:80 HTTP/1.1");
    let server = Server::start(vec![Reply::ok(OK)]);
    setup.provider.base_url = Some(server.url());
    setup.opened().complete(&asked("a", "b")).expect("an answer");
    assert_eq!(proxy.received().len(), 1);
    setup.provider.base_url = Some("http://model.example/v1".to_owned());
    setup.environment.insert("HTTP_PROXY".to_owned(), "socks5://u:sk-hidden@p".to_owned());
    let said = setup.refused();
    assert!(said.contains("`HTTP_PROXY`") && !said.contains("hidden"), "{said}");
}
