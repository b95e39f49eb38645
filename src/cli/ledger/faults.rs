//! What goes wrong with the ledger, in words and exit codes.

use crate::cli::failure::Failure;
use crate::ledger::channel::ChannelFault;
use crate::ledger::record::RecordFault;

impl From<RecordFault> for Failure {
    fn from(fault: RecordFault) -> Self {
        Self::usage(format!("this cannot be recorded: {fault}"))
    }
}

impl From<ChannelFault> for Failure {
    fn from(fault: ChannelFault) -> Self {
        Self::integrity(format!("the ledger says something of channels that cannot be read: {fault}"))
            .hint("`keelmark ledger verify` says since when")
    }
}
