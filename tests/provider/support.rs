//! A clock that never waits, and manifests with the trust that they need.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use keelmark::path::RepoPath;
use keelmark::provider::{Message, OpenFault, Opening, Provider, Request, Timeouts, open};
use keelmark::registry::config::{Config, Host, HostPurpose};
use keelmark::registry::model::{self, Api};
use keelmark::source::SourceFile;
use keelmark::time::Clock;

/// The key of every test; it must not appear in any text.
pub(crate) const KEY: &str = "sk-test-0123456789abcdef";

/// Time that passes five milliseconds whenever it is asked for, and by sleeping.
#[derive(Default)]
pub(crate) struct FakeClock {
    asked: Mutex<u64>,
    slept: Mutex<Duration>,
}

impl FakeClock {
    pub(crate) fn slept(&self) -> Duration {
        *self.slept.lock().expect("a lock")
    }
}

impl Clock for FakeClock {
    fn unix_seconds(&self) -> i64 {
        784_111_777
    }

    fn elapsed(&self) -> Duration {
        let mut asked = self.asked.lock().expect("a lock");
        *asked += 1;
        Duration::from_millis(5 * *asked) + self.slept()
    }

    fn sleep(&self, duration: Duration) {
        *self.slept.lock().expect("a lock") += duration;
    }
}

/// What a test opens a provider with.
pub(crate) struct Setup {
    pub(crate) provider: model::Provider,
    pub(crate) purpose: HostPurpose,
    pub(crate) trusted: Config,
    pub(crate) environment: BTreeMap<String, String>,
    pub(crate) file: Option<SourceFile>,
    pub(crate) roots: Option<Vec<u8>>,
    pub(crate) timeouts: Timeouts,
}

impl Setup {
    /// A model behind an API with nothing trusted.
    pub(crate) fn new(api: Api) -> Self {
        Self {
            provider: model::Provider {
                api: Some(api),
                model: Some("test-model".to_owned()),
                ..model::Provider::default()
            },
            purpose: HostPurpose::Provider,
            trusted: Config::default(),
            environment: BTreeMap::from([("API_KEY".to_owned(), KEY.to_owned())]),
            file: None,
            roots: None,
            timeouts: Timeouts { connect: Duration::from_secs(5), call: Duration::from_secs(20) },
        }
    }

    /// A model at an address, whose host is trusted with the key in `API_KEY`.
    pub(crate) fn at(api: Api, address: &str) -> Self {
        let mut setup = Self::new(api);
        setup.provider.base_url = Some(address.to_owned());
        setup.trust("127.0.0.1", Some("API_KEY"));
        setup
    }

    /// A model with a file.
    pub(crate) fn with_file(api: Api, text: &str) -> Self {
        let mut setup = Self::new(api);
        setup.file = Some(SourceFile::new(RepoPath::from("answers"), text.to_owned()));
        setup
    }

    /// A model that is a program of the system, started with arguments.
    pub(crate) fn program(program: &str, args: &[&str]) -> Self {
        let mut setup = Self::new(Api::Command);
        setup.provider.program = Some(program.to_owned());
        setup.provider.args = args.iter().map(|arg| (*arg).to_owned()).collect();
        setup.trusted.trust.commands = vec![program.to_owned()];
        setup.environment.insert("PATH".to_owned(), "relative:/usr/bin:/bin".to_owned());
        setup
    }

    pub(crate) fn trust(&mut self, host: &str, key_env: Option<&str>) {
        let key_env = key_env.map(str::to_owned);
        let purposes = vec![HostPurpose::Provider];
        let host_entry = Host { key_env, purposes, ..Host::default() };
        self.trusted.trust.hosts.insert(host.to_owned(), host_entry);
    }

    pub(crate) fn open(&self) -> Result<Box<dyn Provider>, OpenFault> {
        let clock: Arc<dyn Clock> = Arc::new(FakeClock::default());
        open(&Opening {
            provider: &self.provider,
            purpose: self.purpose,
            trusted: &self.trusted,
            environment: &self.environment,
            file: self.file.clone(),
            folder: Some(Path::new("/tmp")),
            roots: self.roots.as_deref(),
            timeouts: self.timeouts,
            clock: &clock,
        })
    }

    /// Opens what must open.
    pub(crate) fn opened(&self) -> Box<dyn Provider> {
        self.open().map_err(|fault| fault.to_string()).expect("it opens")
    }

    /// Opens what must not, and returns what is said.
    pub(crate) fn refused(&self) -> String {
        let fault = self.open().err().expect("it does not open");
        assert!(!format!("{fault} {fault:?}").contains(KEY), "{fault}");
        fault.to_string()
    }
}

/// A question of the user about a case.
pub(crate) fn asked(case_id: &str, content: &str) -> Request {
    let message = Message { role: "user".to_owned(), content: content.to_owned() };
    Request { case_id: case_id.to_owned(), messages: vec![message], ..Request::default() }
}
