//! Why there is no answer.

use std::time::Duration;

/// What can be done about a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultClass {
    /// The set-up is wrong; every call would fail alike.
    Configuration,
    /// The other side said no, or what it said is no answer; asking again would not help.
    Refused,
    /// It may work a moment later.
    Transient,
    /// Nothing is recorded for this call.
    NotRecorded,
}

/// Why there is no answer. No message holds a key, or more than a line of what the other side sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// No connection came about.
    #[error("`{host}` cannot be reached: {cause}")]
    Unreachable {
        /// The host.
        host: String,
        /// What the system says.
        cause: String,
    },
    /// The connection ended before the answer did.
    #[error("`{host}` broke the connection off before its answer was whole")]
    BrokenOff {
        /// The host.
        host: String,
    },
    /// The time limit of one call passed.
    #[error("no whole answer from `{from}` within {limit_ms} ms")]
    TimedOut {
        /// The host or program.
        from: String,
        /// The limit that passed.
        limit_ms: u64,
    },
    /// Too many requests, of ours or of all (429, 503, 529).
    #[error("`{host}` takes no more requests for now ({status}){}", tail(.said))]
    Overloaded {
        /// The host.
        host: String,
        /// The HTTP status.
        status: u16,
        /// What the host says.
        said: String,
        /// How long the host asks to wait.
        retry_after: Option<Duration>,
    },
    /// The host failed (408, 409 and 5xx).
    #[error("`{host}` failed ({status}){}", tail(.said))]
    ServerFailed {
        /// The host.
        host: String,
        /// The HTTP status.
        status: u16,
        /// What the host says.
        said: String,
        /// How long the host asks to wait.
        retry_after: Option<Duration>,
    },
    /// The account has nothing left to spend.
    #[error("the quota at `{host}` is used up ({status}){}", tail(.said))]
    QuotaUsedUp {
        /// The host.
        host: String,
        /// The HTTP status.
        status: u16,
        /// What the host says.
        said: String,
    },
    /// The key is wrong, missing, or not allowed to do this (401, 403).
    #[error("`{host}` does not accept the key ({status}){}", tail(.said))]
    KeyRefused {
        /// The host.
        host: String,
        /// The HTTP status.
        status: u16,
        /// What the host says.
        said: String,
    },
    /// The host refuses the request as it is.
    #[error("`{host}` refuses the request ({status}){}", tail(.said))]
    Rejected {
        /// The host.
        host: String,
        /// The HTTP status.
        status: u16,
        /// What the host says.
        said: String,
    },
    /// The host points to another place, where nothing is sent.
    #[error("`{host}` redirects to `{target}` ({status}); redirects are not followed")]
    Redirected {
        /// The host.
        host: String,
        /// The HTTP status.
        status: u16,
        /// The host that it points to.
        target: String,
    },
    /// The certificate of the host is not one to trust.
    #[error("the certificate of `{host}` is not trusted: {cause}")]
    Certificate {
        /// The host.
        host: String,
        /// What is wrong with it.
        cause: String,
    },
    /// The answer is larger than anything that could be one.
    #[error("the answer of `{from}` is larger than {limit_bytes} bytes")]
    TooLarge {
        /// The host or program.
        from: String,
        /// The limit.
        limit_bytes: u64,
    },
    /// What came is whole, and no answer.
    #[error("`{from}` sent no answer that can be read: {reason}{}", tail(.excerpt))]
    BadAnswer {
        /// The host or program.
        from: String,
        /// What is wrong.
        reason: String,
        /// How it begins; empty where that would not help.
        excerpt: String,
    },
    /// The protocol has no word for what is asked.
    #[error("{api} has no {what}")]
    Unsupported {
        /// The protocol.
        api: &'static str,
        /// What it does not have.
        what: String,
    },
    /// Nothing is recorded or scripted for the case.
    #[error("no answer is recorded for the case `{case_id}`, repeat {repeat}{}", tail(.nearest))]
    NotRecorded {
        /// The case.
        case_id: String,
        /// The repeat.
        repeat: u32,
        /// What is recorded that comes nearest; may be empty.
        nearest: String,
    },
    /// The program cannot be started.
    #[error("the program `{program}` cannot be started: {cause}")]
    NotStarted {
        /// The program.
        program: String,
        /// What the system says.
        cause: String,
    },
    /// The program ended while it was asked.
    #[error("the program `{program}` ended before it answered{}", tail(.stderr))]
    ProgramEnded {
        /// The program.
        program: String,
        /// The end of what it wrote to stderr.
        stderr: String,
    },
    /// The program says that it cannot answer.
    #[error("the program `{program}` cannot answer: {said}")]
    ProgramSaid {
        /// The program.
        program: String,
        /// What it says.
        said: String,
    },
}

impl Fault {
    /// Says what can be done about the fault.
    #[must_use]
    pub const fn class(&self) -> FaultClass {
        match self {
            Self::Unreachable { .. }
            | Self::BrokenOff { .. }
            | Self::TimedOut { .. }
            | Self::Overloaded { .. }
            | Self::ServerFailed { .. }
            | Self::ProgramEnded { .. } => FaultClass::Transient,
            Self::QuotaUsedUp { .. }
            | Self::KeyRefused { .. }
            | Self::Rejected { .. }
            | Self::TooLarge { .. }
            | Self::BadAnswer { .. }
            | Self::ProgramSaid { .. } => FaultClass::Refused,
            Self::Redirected { .. }
            | Self::Certificate { .. }
            | Self::Unsupported { .. }
            | Self::NotStarted { .. } => FaultClass::Configuration,
            Self::NotRecorded { .. } => FaultClass::NotRecorded,
        }
    }

    /// Returns how long the other side asks to wait.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Overloaded { retry_after, .. } | Self::ServerFailed { retry_after, .. } => {
                *retry_after
            }
            _ => None,
        }
    }

    /// Says whether the other side may ask money for what led to the fault: it may have made an
    /// answer that did not arrive, or that cannot be used.
    #[must_use]
    pub const fn may_be_billed(&self) -> bool {
        matches!(
            self,
            Self::BrokenOff { .. }
                | Self::TimedOut { .. }
                | Self::TooLarge { .. }
                | Self::BadAnswer { .. }
                | Self::ProgramEnded { .. }
        )
    }

    /// Says whether fewer calls at once would help.
    #[must_use]
    pub const fn is_overload(&self) -> bool {
        matches!(self, Self::Overloaded { .. })
    }
}

fn tail(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!(": {text}") }
}
