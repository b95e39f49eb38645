//! Whose signatures records carry, as far as the list of keys at the base says.

use rayon::prelude::*;

use crate::cli::assess::Ground;
use crate::cli::context::{Context, Wanted};
use crate::cli::signing::Notary;
use crate::ledger::record::Record;
use crate::vcs::Verified;

/// Signatures that a list checks: each costs a program or two.
const MOST: usize = 200;

/// What is to be said of a signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Signed {
    /// In words.
    pub words: String,
    /// Who signed, as the list names the key; `None` where nobody's on the list did, or where the
    /// record names somebody else.
    pub signer: Option<String>,
}

impl Signed {
    fn nobody(words: impl Into<String>) -> Self {
        Self { words: words.into(), signer: None }
    }
}

/// The list of keys that counts.
pub(super) struct Keys(Option<Notary>);

impl Keys {
    /// Reads the list of the base, or that of the last commit where there is no base. A list that
    /// cannot be read checks nothing.
    pub(super) fn open(context: &Context) -> Self {
        let head = Wanted::Revision("HEAD".to_owned());
        let workspace = context.open().and_then(|opened| opened.workspace(&head, context));
        let notary = workspace.ok().and_then(|workspace| {
            let own = workspace.snapshot();
            match Ground::open(&workspace, None, context) {
                Ok(ground) => {
                    let tree = ground.trusted_tree().unwrap_or(own);
                    Notary::as_it_is(&workspace, tree, &ground.trusted).ok()
                }
                Err(_) => Notary::as_it_is(&workspace, own, &workspace.settings.config).ok(),
            }
        });
        Self(notary)
    }

    /// Says of each record whose signature it carries; `None` where it carries none.
    pub(super) fn all(&self, records: &[&Record]) -> Vec<Option<Signed>> {
        let carry = records.iter().filter(|record| record.signature().is_some());
        let last = carry.take(MOST).last().map(|record| record.id());
        let end =
            records.iter().position(|record| Some(record.id()) == last).map_or(0, |at| at + 1);
        let (checked, others) = records.split_at(end);
        let mut all: Vec<_> = checked.par_iter().map(|record| self.one(record)).collect();
        let unchecked = || Signed::nobody("signed, not checked: `keelmark ledger show` does");
        all.extend(others.iter().map(|record| record.signature().map(|_| unchecked())));
        all
    }

    /// Says whose signature a record carries; `None` where it carries none.
    pub(super) fn one(&self, record: &Record) -> Option<Signed> {
        record.signature()?;
        let Some(notary) = &self.0 else {
            return Some(Signed::nobody("signed, not checked: there is no list of keys"));
        };
        Some(match notary.check(record) {
            Err(failure) => Signed::nobody(format!("signed, not checked: {}", failure.message())),
            Ok(None) => return None,
            Ok(Some(verified)) => judged(record, verified, notary),
        })
    }
}

fn judged(record: &Record, verified: Verified, notary: &Notary) -> Signed {
    match verified {
        Verified::Good { principal, fingerprint, .. } => {
            let named = record.payload().get("principal").and_then(|name| name.as_str());
            if let Some(named) = named.filter(|named| **named != principal) {
                return Signed::nobody(format!(
                    "SIGNED BY {principal} ({fingerprint}) AND NOT BY {named}, WHOM IT NAMES: it counts for nothing"
                ));
            }
            let words = if named.is_some() || record.actor_parts().1 == principal {
                format!("signed by {principal} ({fingerprint})")
            } else {
                format!("signed by {principal} ({fingerprint}), which is not the actor's address")
            };
            Signed { words, signer: Some(principal) }
        }
        Verified::UnknownKey { fingerprint } if notary.lists => {
            Signed::nobody(format!("SIGNED BY NOBODY ON THE LIST ({fingerprint})"))
        }
        Verified::UnknownKey { fingerprint } => {
            Signed::nobody(format!("signed by {fingerprint}; there is no list of keys"))
        }
        Verified::Expired { fingerprint } => {
            Signed::nobody(format!("SIGNED BY A KEY THAT WAS NOT VALID THEN ({fingerprint})"))
        }
        Verified::Revoked { fingerprint } => {
            Signed::nobody(format!("SIGNED BY A REVOKED KEY ({fingerprint})"))
        }
        Verified::Bad { why } => Signed::nobody(format!("ITS SIGNATURE IS FALSE: {why}")),
    }
}
