//! Gates that somebody answers for, for some time: which waivers count, and for how long.

use super::{Claim, What};
use crate::ledger::record::Record;
use crate::release::approval::{self, Doubt, Signed};
use crate::release::composite::Composition;
use crate::release::payload::{Composed, Waiver};
use crate::time;

/// A waiver that counts, or counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The gate, by its metric.
    pub gate: String,
    /// Until when, in seconds since 1970.
    pub until: i64,
    /// Why.
    pub reason: String,
    /// Who answers for it.
    pub by: String,
}

/// Returns the subject of the records that waive a gate of a composition.
#[must_use]
pub fn subject(composition: &Composition) -> String {
    format!("{}@{}", composition.name, composition.version)
}

/// Says which gate a record is about, whether or not it counts.
#[must_use]
pub fn gate_of(record: &Record) -> Option<String> {
    Some(record.payload().get("gate")?.as_str()?.to_owned())
}

/// Judges a waiver. Who signed the record was found out before.
///
/// # Errors
/// The reason why it does not count.
pub fn judge(
    record: &Record,
    signed: &Signed,
    composition: &Composition,
    approvers: &[String],
    late: bool,
) -> Result<Standing, Doubt> {
    let unreadable = |why: String| Doubt::Unreadable(format!("a waiver: {why}"));
    let said: Waiver = serde_json::from_value(record.payload().clone())
        .map_err(|fault| unreadable(fault.to_string()))?;
    let expected = Composed::of(composition).digest;
    if said.composed.digest != expected {
        return Err(Doubt::Digest { meant: said.composed.digest, expected });
    }
    let by = approval::approver(signed, said.principal.as_deref(), approvers)?;
    if late {
        return Err(Doubt::Late);
    }
    let until = time::seconds(&said.until)
        .ok_or_else(|| unreadable(format!("`{}` is no moment", said.until)))?;
    Ok(Standing { gate: said.gate, until, reason: said.reason, by })
}

/// Says what a waived gate comes to: the waiver that lasts longest counts.
#[must_use]
pub fn claim(gate: &str, waivers: &[(Record, Result<Standing, Doubt>)], now: i64) -> Claim {
    let best = waivers.iter().filter_map(|(_, judged)| judged.as_ref().ok());
    let claim = match best.max_by_key(|standing| standing.until) {
        Some(best) if best.until > now => Claim::attested(
            What::Waiver,
            format!(
                "PROVISIONAL until {}, {} left: {} answers for it ({})",
                time::moment(best.until),
                left(best.until - now),
                best.by,
                best.reason
            ),
        ),
        Some(best) => Claim::fails(
            What::Waiver,
            format!("it ended on {}, and {} answered for it", time::moment(best.until), best.by),
            "an open gate, or a release in place of this one",
        )
        .hint("`keelmark rollback CHANNEL` goes back to the release before"),
        None => match waivers.first() {
            Some((record, Err(doubt))) => Claim::fails(
                What::Waiver,
                format!("record {} does not count: {doubt}", record.id()),
                "a waiver that an approver signed before the release",
            ),
            _ => Claim::fails(What::Waiver, "nobody waived it", "an approver's waiver"),
        },
    };
    claim.about(gate)
}

/// Says how long something lasts still, in its largest unit.
#[must_use]
pub fn left(seconds: i64) -> String {
    let (count, unit) = match seconds {
        ..60 => (seconds.max(0), "second"),
        60..3_600 => (seconds / 60, "minute"),
        3_600..259_200 => (seconds / 3_600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}
