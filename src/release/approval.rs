//! Approvals: what the record of one says, and whether it counts.

use std::collections::BTreeSet;

use super::facts;
use super::payload::{Approval, Composed};
use crate::digest::Digest;
use crate::ledger::record::Record;
use crate::time;

/// How many digits of a digest a message shows.
const DIGITS: usize = 12;

/// Whose approvals count.
#[derive(Debug, Clone, Copy)]
pub struct Rules<'a> {
    /// Principals who may approve.
    pub approvers: &'a [String],
    /// The addresses, in lower case, of those who wrote what is to be approved.
    pub authors: &'a BTreeSet<String>,
}

/// Who signed a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signed {
    /// The key of this principal did.
    By(String),
    /// Nobody's on the list, and why not.
    Not(Unbelieved),
}

/// Why a signature says nothing of who made it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unbelieved {
    /// There is none.
    #[error("it is not signed")]
    Unsigned,
    /// Nobody lists the key.
    #[error("the key {key} is not in `{list}`")]
    Unlisted {
        /// The key's fingerprint.
        key: String,
        /// The path of the list.
        list: String,
    },
    /// The list, or the key itself, says that its time was over or had not begun.
    #[error("the key {key} was not valid at that time")]
    Expired {
        /// The key's fingerprint.
        key: String,
    },
    /// The key was revoked.
    #[error("the key {key} was revoked")]
    Revoked {
        /// The key's fingerprint.
        key: String,
    },
    /// The signature does not fit what it stands under.
    #[error("its signature is not good: {0}")]
    Bad(String),
}

/// Why the record of an approval or of a waiver does not count.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Doubt {
    /// The payload is none of its kind.
    #[error("it cannot be read as {0}")]
    Unreadable(String),
    /// The payload is about something else than the record says.
    #[error("it says `{written}` inside, and is about `{expected}`")]
    Subject {
        /// What the payload is about.
        written: String,
        /// What the record is about.
        expected: String,
    },
    /// Something else was meant under this number.
    #[error(
        "it is for the composition digest sha256:{}…, and this composition has sha256:{}…",
        .meant.short(DIGITS), .expected.short(DIGITS)
    )]
    Digest {
        /// What it is for.
        meant: Digest,
        /// What is asked about.
        expected: Digest,
    },
    /// Nobody's signature that counts.
    #[error("{0}")]
    Unsigned(String),
    /// Somebody signed in another's name.
    #[error("it names `{written}`, and the key is that of `{signed}`")]
    Principal {
        /// Whom the payload names.
        written: String,
        /// Whose key it is.
        signed: String,
    },
    /// A listed key of somebody who may neither approve nor waive.
    #[error("`{0}` is not among the `approvers`")]
    NoApprover(String),
    /// Somebody who approves own work.
    #[error("`{0}` wrote part of what is to be approved")]
    Author(String),
    /// It came after the release.
    #[error("it was recorded after the release")]
    Late,
}

/// Returns the approver who signed a record in their own name.
///
/// # Errors
/// Nobody on the list signed it, somebody else than it names did, or they may not.
pub fn approver(
    signed: &Signed,
    written: Option<&str>,
    approvers: &[String],
) -> Result<String, Doubt> {
    let principal = match signed {
        Signed::By(principal) => principal.clone(),
        Signed::Not(why) => return Err(Doubt::Unsigned(why.to_string())),
    };
    if written != Some(principal.as_str()) {
        let written = written.unwrap_or("nobody").to_owned();
        return Err(Doubt::Principal { written, signed: principal });
    }
    if approvers.contains(&principal) { Ok(principal) } else { Err(Doubt::NoApprover(principal)) }
}

/// Judges an approval of a composition. Who signed the record was found out before; whose name stands
/// on it decides nothing but whether it is an author's.
///
/// # Errors
/// The reason why it does not count.
pub fn judge(
    record: &Record,
    signed: &Signed,
    subject: &Composed,
    rules: &Rules<'_>,
) -> Result<facts::Approval, Doubt> {
    let said: Approval = serde_json::from_value(record.payload().clone())
        .map_err(|fault| Doubt::Unreadable(format!("an approval: {fault}")))?;
    let (written, expected) = (said.composed.subject(), record.subject().to_owned());
    if written != expected || expected != subject.subject() {
        return Err(Doubt::Subject { written, expected });
    }
    let meant = said.composed.digest;
    if meant != subject.digest {
        return Err(Doubt::Digest { meant, expected: subject.digest });
    }
    let principal = approver(signed, Some(&said.principal), rules.approvers)?;
    let (_, email) = record.actor_parts();
    if [principal.as_str(), email].iter().any(|own| rules.authors.contains(&own.to_lowercase())) {
        return Err(Doubt::Author(principal));
    }
    Ok(facts::Approval { principal, at: time::moment(record.at()) })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::ledger::kind::Kind;
    use crate::ledger::record::Draft;

    const ADA: &str = "ada@example.com";

    fn subject() -> Composed {
        Composed {
            composite: "support_copilot".to_owned(),
            version: "1.8.0".to_owned(),
            string: "prompt@prompt/a@1.0.0".to_owned(),
            digest: Digest::of(b"composition"),
        }
    }

    fn payload() -> Approval {
        Approval {
            composed: subject(),
            principal: ADA.to_owned(),
            comment: Some("read the refunds".to_owned()),
            commit: "0".repeat(40),
        }
    }

    fn record(subject: &str, payload: Value, actor: &str) -> Record {
        Record::new(Draft {
            kind: Kind::Approval,
            at: 1_795_647_496,
            actor: actor.to_owned(),
            subject: subject.to_owned(),
            payload,
        })
        .expect("a record")
    }

    /// Judges an approval in which one thing may be other than it should.
    fn judged(change: impl FnOnce(&mut Approval), signed: &Signed) -> Result<String, Doubt> {
        let mut said = payload();
        change(&mut said);
        let payload = serde_json::to_value(said).expect("JSON");
        let record = record(&subject().subject(), payload, "Ada <ada@example.com>");
        let approvers = [ADA.to_owned(), "bob@example.com".to_owned()];
        let authors = BTreeSet::from(["eve@example.com".to_owned()]);
        let rules = Rules { approvers: &approvers, authors: &authors };
        judge(&record, signed, &subject(), &rules).map(|approval| approval.principal)
    }

    fn by(principal: &str) -> Signed {
        Signed::By(principal.to_owned())
    }

    #[test]
    fn an_approval_by_an_approver_counts() {
        assert_eq!(judged(|_| {}, &by(ADA)), Ok(ADA.to_owned()));
        assert_eq!(judged(|said| said.comment = None, &by(ADA)), Ok(ADA.to_owned()));
        let other =
            judged(|said| said.principal = "bob@example.com".to_owned(), &by("bob@example.com"));
        assert_eq!(other, Ok("bob@example.com".to_owned()));
    }

    #[test]
    fn each_forgery_is_named() {
        let unsigned = Signed::Not(Unbelieved::Unsigned);
        assert_eq!(judged(|_| {}, &unsigned), Err(Doubt::Unsigned("it is not signed".to_owned())));
        let digest = Digest::of(b"something else");
        assert_eq!(
            judged(|said| said.composed.digest = digest, &by(ADA)),
            Err(Doubt::Digest { meant: digest, expected: subject().digest })
        );
        let (written, signed) = (ADA.to_owned(), "bob@example.com".to_owned());
        assert_eq!(judged(|_| {}, &by(&signed)), Err(Doubt::Principal { written, signed }));
        for change in
            [(|said| said.composed.version = "1.7.0".to_owned()) as fn(&mut Approval), |said| {
                said.composed.composite = "router".to_owned();
            }]
        {
            assert!(matches!(judged(change, &by(ADA)), Err(Doubt::Subject { .. })));
        }
        let eve = |said: &mut Approval| said.principal = "eve@example.com".to_owned();
        let found = judged(eve, &by("eve@example.com"));
        assert_eq!(found, Err(Doubt::NoApprover("eve@example.com".to_owned())));
    }

    #[test]
    fn who_wrote_the_change_does_not_approve_it() {
        let approvers = [ADA.to_owned(), "gpg:AAAA".to_owned()];
        let payload = |principal: &str| {
            let said = Approval { principal: principal.to_owned(), ..payload() };
            serde_json::to_value(said).expect("JSON")
        };
        let authors = BTreeSet::from([ADA.to_owned()]);
        let rules = Rules { approvers: &approvers, authors: &authors };
        let cases = [
            (ADA, "Ada <other@example.com>"),
            // The principal of a key of gpg is no address; the record's author is asked.
            ("gpg:AAAA", "Ada <Ada@Example.com>"),
        ];
        for (principal, actor) in cases {
            let record = record(&subject().subject(), payload(principal), actor);
            let found = judge(&record, &by(principal), &subject(), &rules);
            assert_eq!(found, Err(Doubt::Author(principal.to_owned())), "{actor}");
        }
        let record = record(&subject().subject(), payload("gpg:AAAA"), "Bob <bob@example.com>");
        assert!(judge(&record, &by("gpg:AAAA"), &subject(), &rules).is_ok());
    }

    #[test]
    fn a_payload_of_another_form_is_no_approval() {
        let rules = Rules { approvers: &[ADA.to_owned()], authors: &BTreeSet::new() };
        let text = subject().subject();
        for payload in [json!({}), json!({"composite": "support_copilot", "digest": "abc"})] {
            let record = record(&text, payload, "Ada <ada@example.com>");
            let found = judge(&record, &by(ADA), &subject(), &rules);
            assert!(matches!(found, Err(Doubt::Unreadable(_))), "{found:?}");
        }
        let payload = serde_json::to_value(payload()).expect("JSON");
        let record = record("release/router@1.8.0", payload, "Ada <ada@example.com>");
        let found = judge(&record, &by(ADA), &subject(), &rules);
        assert!(matches!(found, Err(Doubt::Subject { .. })), "{found:?}");
    }
}
