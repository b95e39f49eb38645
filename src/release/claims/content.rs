//! What was released: digests computed again, and the step from the release before.

use super::{Claim, DIGITS, What};
use crate::digest::Digest;
use crate::finding::Severity;
use crate::integrity::payload::{Payload, Verdict as Sight};
use crate::registry::config::Config;
use crate::registry::payload::declared;
use crate::release::composite::{Component, Composition, Member};
use crate::release::message::Message;
use crate::release::step;
use crate::version::Bump;

/// Compares the composite and every member with what the tag says of them. In a clone whose history
/// is `cut` off, a member that is not found may well be there.
#[must_use]
pub fn digests(message: &Message, composition: &Composition, cut: bool) -> Vec<Claim> {
    let name = format!("{}@{}", composition.name, composition.version);
    let own = compared(What::Composite, composition.entry_digest(), message.composite_digest);
    let mut claims = vec![own.about(name)];
    let mut left: Vec<Component> = composition.components();
    for said in &message.components {
        let at = left.iter().position(|found| found.entry == said.entry);
        let claim = match at.map(|at| left.remove(at)) {
            Some(found) => compared(What::Component, found.digest, said.digest),
            None if cut => {
                Claim::unknown(What::Component, "the history that may hold it is cut off here")
                    .hint("`git fetch --unshallow`")
            }
            None => {
                Claim::fails(What::Component, "the commit does not have it", shown(said.digest))
            }
        };
        claims.push(claim.about(&said.entry));
    }
    for more in left {
        let found = format!("the composite pins it at {}", shown(more.digest));
        let claim = Claim::fails(What::Component, found, "a composite of what the tag names");
        claims.push(claim.about(more.entry));
    }
    claims
}

fn compared(what: What, found: Digest, said: Digest) -> Claim {
    let words = format!("entry digest {}", shown(found));
    if found == said {
        Claim::holds(what, words)
    } else {
        Claim::fails(what, words, format!("{}, as the tag says", shown(said)))
    }
}

fn shown(digest: Digest) -> String {
    format!("sha256:{digest}")
}

/// Compares the digests that entries declare of their files with the files, and counts what each was
/// taken over.
#[must_use]
pub fn payloads<'a>(members: impl IntoIterator<Item = &'a Member>) -> Claim {
    let (mut bytes, mut pointers, mut elsewhere, mut undeclared) = (0, 0, 0, 0);
    for member in members {
        let entry = &member.loaded.entry;
        elsewhere += declared_only(entry.value());
        let lost = declared(entry).into_iter().find(|wanted| {
            !member.loaded.payloads.iter().any(|found| found.declared.pointer == wanted.pointer)
        });
        if let Some(lost) = lost {
            let found = format!("`{}` of {} cannot be read", lost.path, member.reference());
            return Claim::fails(What::Payloads, found, "every file that it names");
        }
        for payload in &member.loaded.payloads {
            match (&payload.declared.digest, payload.verdict) {
                (Some(said), _) if said.text != payload.digest.to_string() => {
                    return differs(member, payload, &said.text);
                }
                (None, _) => undeclared += 1,
                (Some(_), Sight::BytesVerified) => bytes += 1,
                (Some(_), Sight::PointerVerified) => pointers += 1,
            }
        }
    }
    Claim::holds(
        What::Payloads,
        format!(
            "{bytes} verified by their bytes, {pointers} by their LFS pointers; \
             {elsewhere} declared only, {undeclared} undeclared"
        ),
    )
}

fn differs(member: &Member, payload: &Payload, said: &str) -> Claim {
    let (path, reference) = (&payload.path, member.reference());
    let found = format!("`{path}` of {reference} is {}", shown(payload.digest));
    Claim::fails(What::Payloads, found, format!("sha256:{said}, as the entry says"))
}

/// Counts the files that an entry says are elsewhere: their digests are the entry's word alone.
fn declared_only(value: &serde_json::Value) -> usize {
    let lists = ["files", "weights"].into_iter().filter_map(|key| value.get(key)?.as_array());
    let is_elsewhere =
        |item: &&serde_json::Value| item.get("uri").is_some() && item.get("path").is_none();
    lists.flatten().filter(is_elsewhere).count()
}

/// The release that a step is counted from.
#[derive(Debug, Clone, Copy)]
pub enum Before<'a> {
    /// There is none.
    First,
    /// It was read where its tag leads.
    Here(&'a Composition),
}

/// Derives the step again, and compares it with what the tag announces.
#[must_use]
pub fn step(
    message: &Message,
    before: Before<'_>,
    composition: &Composition,
    config: &Config,
) -> Claim {
    let said = message.class;
    let Before::Here(old) = before else {
        if said == Bump::None {
            return Claim::holds(What::Step, "the first release");
        }
        let expected = "`none`: it names no release before it";
        return Claim::fails(What::Step, format!("the tag says `{said}`"), expected);
    };
    let judged = step::judge(&step::Request {
        old: Some(old),
        new: composition,
        taken: &[],
        trusted: config,
    });
    let why = judged.deciding().next().map(|row| format!(": {} ({})", row.why, row.rule.id));
    let needs = format!("{} since {}{}", judged.required, old.version, why.unwrap_or_default());
    if judged.required != said {
        return Claim::fails(What::Step, needs, format!("{said}, as the tag says"));
    }
    match judged.findings.iter().find(|finding| finding.severity == Severity::Error) {
        Some(finding) => {
            let expected = format!("at least {}", judged.suggested);
            Claim::fails(What::Step, finding.message.clone(), expected)
        }
        None => Claim::holds(What::Step, needs),
    }
}

/// Compares the bundle with the one that the record says went live; `live` is empty where the
/// release goes to no channel.
#[must_use]
pub fn bundle(found: Digest, live: &[(String, Option<Digest>)]) -> Claim {
    let other = live.iter().find(|(_, said)| said.is_some_and(|said| said != found));
    if let Some((channel, Some(said))) = other {
        let expected = format!("{}, which went live on `{channel}`", shown(*said));
        return Claim::fails(What::Bundle, shown(found), expected);
    }
    let short = found.short(DIGITS);
    if live.iter().any(|(_, said)| said.is_some()) {
        Claim::holds(What::Bundle, shown(found))
    } else {
        Claim::note(
            What::Bundle,
            format!("sha256:{short}…, and no record says which one went live"),
        )
    }
}
