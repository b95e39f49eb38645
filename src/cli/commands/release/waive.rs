//! Gates that somebody answers for, for a while.

use std::collections::BTreeSet;

use crate::cli::args::{SignArgs, TagArgs};
use crate::cli::failure::Failure;
use crate::cli::reason;
use crate::cli::release::approvals;
use crate::cli::release::proposal::Proposal;
use crate::cli::release::scene::Scene;
use crate::escape;
use crate::evals::gate::GateResult;
use crate::ledger::channel::WaivedGate;
use crate::ledger::kind::Kind;
use crate::ledger::record::{Draft, Record};
use crate::release::approval::Signed;
use crate::release::claims::waiver;
use crate::release::demand::{self, WaiverFault};
use crate::release::payload::{Composed, Waiver};
use crate::schema;
use crate::time;
use crate::vcs::Signer;

/// The longest that a gate may be waived, in seconds: thirty days.
const LONGEST: i64 = 30 * 86_400;

/// Reads until when: `+48h`, `+7d`, or a moment; returns seconds since 1970.
///
/// # Errors
/// A text that says no such moment, or one that is past or too far away.
pub(super) fn until(text: &str, now: i64) -> Result<i64, Failure> {
    let unclear = || {
        Failure::usage(format!("`--until {text}` is no moment"))
            .hint("write `+48h`, `+7d`, or a moment in UTC such as 2026-11-27T12:00:00Z")
    };
    let moment = if let Some(span) = text.strip_prefix('+') {
        let (digits, seconds) = match (span.strip_suffix('h'), span.strip_suffix('d')) {
            (Some(hours), _) => (hours, 3_600),
            (_, Some(days)) => (days, 86_400),
            _ => return Err(unclear()),
        };
        let count: u32 = digits.parse().map_err(|_| unclear())?;
        now.saturating_add(i64::from(count).saturating_mul(seconds))
    } else {
        time::seconds(text).ok_or_else(unclear)?
    };
    if moment <= now {
        return Err(Failure::usage(format!("`--until {text}` is past")).hint(format!(
            "now it is {}; write `+48h`, `+7d`, or a later moment",
            time::moment(now)
        )));
    }
    if moment - now > LONGEST {
        return Err(Failure::usage(format!("`--until {text}` is more than 30 days away"))
            .hint("what holds longer than that is a change of the bar, in gates.yaml"));
    }
    Ok(moment)
}

/// What is asked for every waived gate.
struct Asked<'a> {
    reason: &'a str,
    /// Seconds since 1970.
    until: i64,
}

fn asked(arguments: &TagArgs, now: i64) -> Result<Asked<'_>, Failure> {
    let reason = reason::given("a waiver", arguments.reason.as_deref())?;
    let until = until(arguments.until.as_deref().unwrap_or_default(), now)?;
    Ok(Asked { reason, until })
}

/// Refuses a waiver whose reason or end cannot be meant, before anything is looked at.
///
/// # Errors
/// A reason that says nothing, or no moment.
pub(super) fn refuse_mistyped(arguments: &TagArgs, now: i64) -> Result<(), Failure> {
    if arguments.waive.is_empty() { Ok(()) } else { asked(arguments, now).map(|_| ()) }
}

/// Says which of the gates that were typed cannot be waived. A gate that is open, or that nobody has,
/// is refused at once, whatever else is missing; but where a suite has no run yet, nobody knows all
/// gates, and it is only told.
///
/// # Errors
/// A gate that is open or not there, where every suite has a run.
pub(super) fn faults(
    proposal: &Proposal,
    arguments: &TagArgs,
) -> Result<Vec<WaiverFault>, Failure> {
    let judged = arguments.waive.iter().map(|gate| demand::waivable(&proposal.gates, gate));
    let faults: Vec<WaiverFault> = judged.filter_map(Result::err).collect();
    let mistyped = faults.iter().find(|fault| !matches!(fault, WaiverFault::Safety(_)));
    match mistyped.filter(|_| proposal.is_measured()) {
        Some(fault) => Err(refused(fault, &proposal.gates)),
        None => Ok(faults),
    }
}

/// Says what becomes of the waivers where something else keeps the release back: which gates would be
/// waived, and what is closed all the same; or why whoever asks may not.
pub(super) fn outlook(
    scene: &Scene<'_>,
    proposal: &Proposal,
    arguments: &TagArgs,
    (actor, signing): (&str, SignArgs),
) -> Vec<String> {
    let can = |gate: &&String| demand::waivable(&proposal.gates, gate).is_ok();
    let gates: BTreeSet<&String> = arguments.waive.iter().filter(can).collect();
    if gates.is_empty() {
        return Vec::new();
    }
    let gates: Vec<String> = gates.into_iter().cloned().collect();
    let made = scene
        .notary
        .signer(signing)
        .and_then(|signer| records(scene, proposal, (arguments, &gates), (actor, signer.as_ref())));
    if let Err(failure) = made {
        let advice = failure.advice().map(|advice| format!("; {advice}")).unwrap_or_default();
        return vec![format!("`--waive`: {}{advice}", failure.message())];
    }
    let would: BTreeSet<&str> = gates.iter().map(String::as_str).collect();
    let closed = demand::all_closed(&proposal.gates);
    let rest: BTreeSet<&str> = closed.difference(&would).copied().collect();
    let mut words = format!("`--waive`: {} would be waived", named(&would));
    if !rest.is_empty() {
        words += &format!("; still closed: {}", named(&rest));
    }
    vec![words]
}

/// Makes the records of waivers: each gate must be closed and not be about safety, and whoever signs
/// must be somebody who may approve.
///
/// # Errors
/// A gate that cannot be waived, or a person who may not.
pub(super) fn records(
    scene: &Scene<'_>,
    proposal: &Proposal,
    (arguments, gates): (&TagArgs, &[String]),
    (actor, signer): (&str, Option<&Signer>),
) -> Result<Vec<(Record, WaivedGate)>, Failure> {
    if gates.is_empty() {
        return Ok(Vec::new());
    }
    let Asked { reason, until } = asked(arguments, scene.now)?;
    let approvers = &scene.trusted.approvers;
    if approvers.is_empty() || !scene.notary.lists {
        return Err(Failure::usage("nobody may waive a gate here").hint(format!(
            "name people in `approvers` of keelmark.yaml, and their keys in `{}`",
            scene.notary.path
        )));
    }
    let Some(signer) = signer else {
        return Err(Failure::usage("a waiver is signed, and signing was declined")
            .hint("leave `--no-sign` out"));
    };
    let mut made = Vec::new();
    // A gate that is named twice is waived once.
    let gates: BTreeSet<&String> = gates.iter().collect();
    for gate in gates {
        demand::waivable(&proposal.gates, gate)
            .map_err(|fault| refused(&fault, &proposal.gates))?;
        let draft = |principal: Option<String>| -> Result<Record, Failure> {
            let said = Waiver {
                composed: Composed::of(&proposal.composition),
                gate: gate.clone(),
                until: time::moment(until),
                reason: reason.to_owned(),
                principal,
            };
            let record = Record::new(Draft {
                kind: Kind::Waiver,
                at: scene.now,
                actor: actor.to_owned(),
                subject: waiver::subject(&proposal.composition),
                payload: serde_json::to_value(said).map_err(std::io::Error::from)?,
            })?;
            scene.notary.sign(record, signer)
        };
        // Whose key it is, is known from a signature alone.
        let principal = match approvals::signed(scene.notary, &draft(None)?)? {
            Signed::By(principal) => principal,
            Signed::Not(why) => {
                return Err(Failure::refused(format!("your waiver would not count: {why}"))
                    .hint("somebody of `approvers` has to waive it"));
            }
        };
        if !approvers.contains(&principal) {
            let names: Vec<String> =
                approvers.iter().map(|name| format!("`{}`", escape::line(name))).collect();
            let principal = escape::line(&principal);
            return Err(Failure::refused(format!("`{principal}` may not waive gates"))
                .hint(format!("one of `approvers` may: {}", names.join(", "))));
        }
        let waived = WaivedGate {
            gate: gate.clone(),
            until: time::moment(until),
            reason: reason.to_owned(),
            by: principal.clone(),
        };
        made.push((draft(Some(principal))?, waived));
    }
    Ok(made)
}

fn refused(fault: &WaiverFault, gates: &[GateResult]) -> Failure {
    let closed = demand::closed(gates);
    let hint = match fault {
        WaiverFault::Safety(_) => {
            return Failure::refused(fault.to_string())
                .hint("mend what closed it, and run the suite again");
        }
        _ if closed.is_empty() => {
            "no gate is closed that can be waived; leave `--waive` out".to_owned()
        }
        WaiverFault::Open(_) => listed(&closed),
        WaiverFault::Unknown(typed) => {
            schema::meant_among(typed, closed.iter().copied(), listed(&closed))
        }
    };
    Failure::usage(fault.to_string()).hint(hint)
}

/// Names the gates that are closed, and so can be waived.
fn listed(closed: &BTreeSet<&str>) -> String {
    format!("what can be waived is {}", named(closed))
}

fn named(gates: &BTreeSet<&str>) -> String {
    gates.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
