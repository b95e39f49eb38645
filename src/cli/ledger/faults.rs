//! What goes wrong with the ledger, in words and exit codes.

use crate::cli::failure::Failure;
use crate::escape;
use crate::ledger::channel::ChannelFault;
use crate::ledger::record::RecordFault;
use crate::vcs::write::{PushFault, RefFault, Refusal, RemoteFault};

impl From<RecordFault> for Failure {
    fn from(fault: RecordFault) -> Self {
        Self::usage(format!("this cannot be recorded: {fault}"))
    }
}

impl From<ChannelFault> for Failure {
    fn from(fault: ChannelFault) -> Self {
        Self::integrity(format!(
            "the ledger says something of channels that cannot be read: {fault}"
        ))
        .hint("`keelmark ledger verify` says since when")
    }
}

impl From<RefFault> for Failure {
    fn from(fault: RefFault) -> Self {
        let hint = fault.hint();
        let failure = match fault {
            RefFault::Vcs(error) => return error.into(),
            RefFault::Locked { .. } => Self::undecided(fault.to_string()),
            RefFault::Moved { .. } | RefFault::InTheWay { .. } => Self::refused(fault.to_string()),
        };
        advised(failure, hint)
    }
}

impl From<RemoteFault> for Failure {
    fn from(fault: RemoteFault) -> Self {
        let hint = fault.hint();
        let failure = match fault {
            RemoteFault::Vcs(error) => return error.into(),
            RemoteFault::Unknown { .. } => Self::usage(fault.to_string()),
            RemoteFault::Unreachable { .. }
            | RemoteFault::Missing { .. }
            | RemoteFault::Diverged { .. } => Self::undecided(fault.to_string()),
        };
        advised(failure, hint)
    }
}

impl From<PushFault> for Failure {
    fn from(fault: PushFault) -> Self {
        let hint = fault.hint();
        let mut words = fault.to_string();
        let failure = match fault {
            PushFault::Remote(fault) => return fault.into(),
            PushFault::Rejected { kind, said, .. } => {
                for line in said.lines() {
                    words.push_str("\n  remote: ");
                    words.push_str(&escape::line(line));
                }
                match kind {
                    Refusal::Moved => Self::undecided(words),
                    Refusal::Protected | Refusal::Exists | Refusal::Other => Self::refused(words),
                }
            }
        };
        advised(failure, hint)
    }
}

fn advised(failure: Failure, hint: Option<String>) -> Failure {
    match hint {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}
