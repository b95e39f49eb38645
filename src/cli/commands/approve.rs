//! `keelmark approve`.

use super::check::ignore_closed;
use crate::cli::args::{ApproveArgs, SignArgs};
use crate::cli::assess::Ground;
use crate::cli::composite;
use crate::cli::context::{Context, Wanted};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::ledger::Book;
use crate::cli::release::approvals;
use crate::cli::release::tags::{self, Releases};
use crate::cli::signing::Notary;
use crate::escape;
use crate::ledger::kind::Kind;
use crate::ledger::record::{Draft, Record};
use crate::release::approval::{self, Doubt, Rules, Signed};
use crate::release::composite::Composition;
use crate::release::facts::Approval;
use crate::release::payload::{self, Composed};
use crate::snapshot::ObjectName;
use crate::vcs::Identity;

pub(in crate::cli) fn run(context: &Context, arguments: &ApproveArgs) -> Result<Exit, Failure> {
    let wanted = Wanted::Revision("HEAD".to_owned());
    let found = composite::standing(context, &wanted, &arguments.reference)?;
    let past = found.standpoint.past();
    let composition = composite::resolve(&found.standpoint.trees(&past), found.loaded)?;
    let workspace = &found.standpoint.workspace;
    let repository = &workspace.opened.repository;
    let commit = repository.head()?.ok_or_else(|| Failure::usage("there is no commit yet"))?;
    let ground = Ground::open(workspace, None, context)?;
    let trusted = ground.trusted_tree().unwrap_or_else(|| workspace.snapshot());
    let notary = Notary::of(workspace, trusted, &ground.trusted)?;
    let approvers = &ground.trusted.approvers;
    refuse_unlisted(&notary, approvers)?;
    let mut book = Book::open(&workspace.opened, context)?;
    let prefix = &ground.trusted.tag_prefix;
    tags::refuse_without_ledger(repository, prefix, &book)?;
    let index = book.index()?;
    let releases = Releases::of(repository, prefix, composition.name.id.as_str(), &index)?;
    let authors = approvals::authors(workspace, &releases, &composition, commit)?;
    let rules = Rules { approvers, authors: &authors.emails };
    let approval = Approving {
        notary: &notary,
        composition: &composition,
        comment: arguments.message.as_deref(),
        commit,
        who: repository.identity()?,
        now: context.now(),
    };
    let record = approval.record()?;
    let signed = approvals::signed(&notary, &record)?;
    let approved = approval::judge(&record, &signed, &Composed::of(&composition), &rules)
        .map_err(|doubt| refused(&doubt, approvers, authors.first))?;
    let known = approvals::of(&index, &notary, &composition, &rules)?;
    let before = known.valid.into_iter().find(|known| known.principal == approved.principal);
    for doubted in &known.doubted {
        context.printer.say(&format!("note: {}", doubted.words()));
    }
    if let Some(before) = &before {
        context.printer.say(&format!(
            "`{}` approved this on {} already",
            escape::line(&before.principal),
            before.at
        ));
    }
    if arguments.dry_run {
        show(context, &composition, &approved, None)?;
        context.printer.say("nothing was recorded");
        return Ok(Exit::Success);
    }
    let fresh = if before.is_none() { vec![record.clone()] } else { Vec::new() };
    if !fresh.is_empty() || arguments.push {
        book.append(&fresh, arguments.push)?;
    }
    let pushed = book.remote().filter(|_| arguments.push).map(escape::line);
    if !fresh.is_empty() {
        show(context, &composition, &approved, Some(&record))?;
    }
    if let Some(remote) = pushed {
        context.printer.say(&format!("pushed to `{remote}`"));
    }
    if !arguments.push && book.unpushed()?.is_some_and(|count| count > 0) {
        context.printer.say("not pushed yet: `keelmark ledger push` does");
    }
    Ok(Exit::Success)
}

/// What goes into the record.
struct Approving<'a> {
    notary: &'a Notary,
    composition: &'a Composition,
    comment: Option<&'a str>,
    commit: ObjectName,
    who: Identity,
    now: i64,
}

impl Approving<'_> {
    /// Makes the record, signed.
    ///
    /// The record names the principal, and only a signature tells whose key it is. Most people are
    /// listed by their address; for others it is signed a second time.
    fn record(&self) -> Result<Record, Failure> {
        let record = self.signed_as(&self.who.email)?;
        match approvals::signed(self.notary, &record)? {
            Signed::By(principal) if principal != self.who.email => self.signed_as(&principal),
            _ => Ok(record),
        }
    }

    fn signed_as(&self, principal: &str) -> Result<Record, Failure> {
        let composed = Composed::of(self.composition);
        let subject = composed.subject();
        let comment = self.comment.map(str::trim).filter(|comment| !comment.is_empty());
        let payload = payload::Approval {
            composed,
            principal: principal.to_owned(),
            comment: comment.map(str::to_owned),
            commit: self.commit.to_string(),
        };
        let record = Record::new(Draft {
            kind: Kind::Approval,
            at: self.now,
            actor: self.who.to_string(),
            subject,
            payload: serde_json::to_value(payload).map_err(std::io::Error::from)?,
        })?;
        let always = SignArgs { sign: true, no_sign: false };
        match self.notary.signer(always)? {
            Some(signer) => self.notary.sign(record, &signer),
            None => Ok(record),
        }
    }
}

/// Refuses where nobody's approval could count.
fn refuse_unlisted(notary: &Notary, approvers: &[String]) -> Result<(), Failure> {
    let list = escape::line(&notary.path.to_text());
    if !notary.lists {
        return Err(Failure::usage(format!(
            "the base has no `{list}`, so that nobody's signature counts"
        ))
        .hint("have a file with lines such as `ada@example.com ssh-ed25519 AAAA…` merged first"));
    }
    if approvers.is_empty() {
        return Err(Failure::usage("nobody may approve here: the base lists no `approvers`").hint(
            format!("`approvers: [ada@example.com]` in keelmark.yaml, merged, names principals of `{list}`"),
        ));
    }
    Ok(())
}

/// Says to the approver why the approval would not count.
fn refused(doubt: &Doubt, approvers: &[String], first: bool) -> Failure {
    let listed = |left_out: Option<&String>| {
        let names = approvers.iter().filter(|name| Some(*name) != left_out);
        names.map(|name| format!("`{}`", escape::line(name))).collect::<Vec<_>>().join(", ")
    };
    let names = listed(None);
    let failure = Failure::refused(format!("this approval would not count: {doubt}"));
    match doubt {
        Doubt::Unsigned(_) => failure.hint(
            "the list is read from the base: have your key merged into it, or sign with one that is there (`git config user.signingKey KEY`)",
        ),
        Doubt::NoApprover(_) => failure.hint(format!("those who may approve: {names}")),
        Doubt::Author(_) if first => failure.hint(format!(
            "before the first release everybody who wrote part of it counts; list an approver who did not in `approvers`, now {names}"
        )),
        Doubt::Author(principal) => match listed(Some(principal)).as_str() {
            "" => failure.hint(
                "somebody else has to approve it, and `approvers` lists nobody else: have another approver merged into keelmark.yaml",
            ),
            others => failure.hint(format!(
                "somebody else has to approve it; `approvers` lists {others}"
            )),
        },
        _ => failure,
    }
}

fn show(
    context: &Context,
    composition: &Composition,
    approved: &Approval,
    record: Option<&Record>,
) -> Result<(), Failure> {
    let mut out = format!(
        "{} {}  {}\ncomposition digest  sha256:{}\napproved            {} by {}\n",
        composition.name,
        composition.version,
        composition.string(),
        composition.digest(),
        approved.at,
        escape::line(&approved.principal),
    );
    if let Some(record) = record {
        out.push_str(&format!("record              {}\n", record.id()));
    }
    Ok(context.printer.data(&out).or_else(ignore_closed)?)
}
