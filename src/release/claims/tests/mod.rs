mod gates;

use super::content::Before;
use super::proof::Replay;
use super::tag::Named;
use super::*;
use crate::digest::Digest;
use crate::evals::table::Table;
use crate::ledger::verify::{Fault, Wrong};
use crate::path::RepoPath;
use crate::registry::config::Config;
use crate::release::adr::Decision;
use crate::release::arithmetic::Arithmetic;
use crate::release::composite::{Component, Composition, Member};
use crate::release::facts::Approval;
use crate::release::message::Message;
use crate::release::pack::PackFault;
use crate::release::recorded::Extent;
use crate::release::tests::mission::{COMPOSITE, DATA, MODEL, PROMPT, ROWS, Registry, mission};
use crate::vcs::{Format, TagObject, TargetKind, Verified};
use crate::version::Bump;

const TAG: &str = "release/support_copilot@1.8.0";
/// 2026-11-25T12:00:00Z.
const NOW: i64 = 1_795_608_000;

fn digest(text: &str) -> Digest {
    Digest::of(text.as_bytes())
}

/// What a tag of a composition says.
fn message(composition: &Composition) -> Message {
    Message {
        composite: composition.name.id.to_string(),
        version: composition.version.clone(),
        title: String::new(),
        body: String::new(),
        components: composition.components(),
        composite_digest: composition.entry_digest(),
        previous: None,
        class: Bump::None,
        evidence: Vec::new(),
        adr: None,
        notes: None,
        rollback_to: None,
        ledger: None,
        further: Vec::new(),
    }
}

fn object(message: &str) -> TagObject {
    TagObject {
        target: crate::snapshot::ObjectName::new(&[7; 20]),
        target_kind: TargetKind::Commit,
        name: TAG.to_owned(),
        tagger: None,
        seconds: NOW,
        message: message.to_owned(),
        signature: None,
        payload: Vec::new(),
    }
}

fn good(principal: &str) -> Verified {
    let (principal, fingerprint) = (principal.to_owned(), "SHA256:abc".to_owned());
    Verified::Good { principal, fingerprint, format: Format::Ssh }
}

#[test]
fn a_tag_is_annotated_of_its_name_and_of_a_commit() {
    type Change<'a> = &'a dyn Fn(&mut TagObject);
    let composition = mission().whole();
    let version = composition.version.clone();
    let said = message(&composition).compose().expect("a message");
    let named = Named { tag: TAG, composite: "support_copilot", version: &version };
    let judged = |change: &dyn Fn(&mut TagObject)| {
        let mut object = object(&said);
        change(&mut object);
        let (claim, read) = tag::tag(named, Some(&object));
        (claim.verdict, claim.words(), read.is_some())
    };
    assert_eq!(
        judged(&|_| {}),
        (Verdict::Holds, "annotated, of commit 0707070707".to_owned(), true)
    );
    let table: [(Change<'_>, &str, bool); 5] = [
        (&|o| o.target_kind = TargetKind::Blob, "it leads to a file; expected a commit", true),
        (&|o| o.target_kind = TargetKind::Tag, "it leads to another tag", true),
        (&|o| o.name = "v1".to_owned(), "the object calls itself `v1`", true),
        (&|o| o.message = "hello\n".to_owned(), "the message begins with `hello`", false),
        (
            &|o| o.message = o.message.replace("support_copilot@", "router@"),
            "its message releases router@1.8.0; expected support_copilot@1.8.0",
            true,
        ),
    ];
    for (change, words, read) in table {
        let found = judged(change);
        assert_eq!((found.0, found.2), (Verdict::Fails, read), "{words}");
        assert!(found.1.starts_with(words), "{}", found.1);
    }
    let (claim, read) = tag::tag(named, None);
    assert_eq!((claim.verdict, read), (Verdict::Fails, None));
}

#[test]
fn whose_signature_counts_depends_on_who_is_listed() {
    let print = || "SHA256:abc".to_owned();
    let table = [
        (None, Verdict::Attested, Verdict::Note),
        (Some(good("ada")), Verdict::Holds, Verdict::Holds),
        (Some(Verified::Bad { why: "x".to_owned() }), Verdict::Fails, Verdict::Fails),
        (Some(Verified::UnknownKey { fingerprint: print() }), Verdict::Fails, Verdict::Note),
        (Some(Verified::Expired { fingerprint: print() }), Verdict::Fails, Verdict::Fails),
        (Some(Verified::Revoked { fingerprint: print() }), Verdict::Fails, Verdict::Fails),
    ];
    for (verified, listed, unlisted) in table {
        let judged = |lists| tag::signature(verified.as_ref(), lists, "allowed_signers").verdict;
        assert_eq!((judged(true), judged(false)), (listed, unlisted), "{verified:?}");
    }
}

fn verdicts(claims: &[Claim]) -> Vec<(String, Verdict)> {
    claims.iter().map(|claim| (claim.name(), claim.verdict)).collect()
}

#[test]
fn every_member_has_the_digest_that_the_tag_names() {
    let composition = mission().whole();
    let said = message(&composition);
    let claims = content::digests(&said, &composition, false);
    assert_eq!(claims.len(), 5);
    assert!(claims.iter().all(|claim| claim.verdict == Verdict::Holds), "{claims:?}");
    assert_eq!(claims[0].name(), "composite composite/support_copilot@1.8.0");

    let other = mission().edit(PROMPT, "owner: support-ops", "owner: others").whole();
    let false_ones: Vec<String> = content::digests(&said, &other, false)
        .iter()
        .filter(|claim| claim.verdict == Verdict::Fails)
        .map(Claim::name)
        .collect();
    assert_eq!(false_ones, ["component prompt/billing_refund@2.3.0"]);

    // More than the tag says, or less.
    let mut fewer = message(&composition);
    let gone = fewer.components.remove(0);
    let claims = content::digests(&fewer, &composition, false);
    let last = claims.last().expect("a claim");
    assert_eq!((last.verdict, &last.about), (Verdict::Fails, &gone.entry));
    let mut more = message(&composition);
    let entry = "prompt/other@1.0.0".to_owned();
    more.components.push(Component { entry, digest: digest("other") });
    let cut = |cut| verdicts(&content::digests(&more, &composition, cut)).pop().expect("a claim").1;
    assert_eq!((cut(false), cut(true)), (Verdict::Fails, Verdict::Unknown));
}

#[test]
fn files_are_what_their_entries_declare() {
    let rows = mission().file(ROWS).to_owned();
    let declared = |text: &str| {
        let list = format!("files: [{{path: cases.csv, sha256: \"{}\"", digest(text));
        mission().edit(DATA, "files: [{path: cases.csv", &list)
    };
    let judged = |registry: Registry| content::payloads(&registry.whole().members);
    let elsewhere = declared(&rows).edit(
        MODEL,
        "risk_tier: high",
        "risk_tier: high\nweights: [{uri: \"s3://w\", sha256: \"ab\"}]",
    );
    let claim = judged(elsewhere);
    assert_eq!(
        (claim.verdict, claim.found.as_str()),
        (
            Verdict::Holds,
            "1 verified by their bytes, 0 by their LFS pointers; 1 declared only, 2 undeclared"
        )
    );
    let claim = judged(declared("others"));
    assert_eq!(claim.verdict, Verdict::Fails);
    assert_eq!(claim.expected, format!("sha256:{}, as the entry says", digest("others")));
    let claim = judged(declared(&rows).without(ROWS));
    assert_eq!(claim.found, "`cases.csv` of dataset/golden_2025_09@1.0.0 cannot be read");
}

#[test]
fn the_step_is_derived_again() {
    let config = Config::default();
    let old = mission().whole();
    let new = mission()
        .edit(PROMPT, "version: 2.3.0", "version: 2.4.0")
        .edit(PROMPT, "owner: support-ops", "owner: support-ops\nmax_output_tokens: 99")
        .edit(COMPOSITE, "billing_refund@2.3.0", "billing_refund@2.4.0")
        .edit(COMPOSITE, "version: 1.8.0", "version: 1.9.0")
        .after(&mission())
        .whole();
    let judged = |class: Bump, before: Before<'_>| {
        let said = Message { class, ..message(&new) };
        content::step(&said, before, &new, &config)
    };
    assert_eq!(judged(Bump::None, Before::First).verdict, Verdict::Holds);
    assert_eq!(judged(Bump::Minor, Before::First).verdict, Verdict::Fails);
    let claim = judged(Bump::Minor, Before::Here(&old));
    assert_eq!(claim.verdict, Verdict::Holds, "{claim:?}");
    assert!(claim.found.starts_with("minor since 1.8.0: "), "{}", claim.found);
    for class in [Bump::None, Bump::Patch, Bump::Major] {
        let claim = judged(class, Before::Here(&old));
        assert_eq!(claim.verdict, Verdict::Fails, "{class}");
        assert_eq!(claim.expected, format!("{class}, as the tag says"));
    }
}

#[test]
fn runs_are_computed_broken_expired_or_unknown() {
    let fault = PackFault::Empty;
    let table = [
        (Replay::Unrecorded, Verdict::Fails, "the ledger has no run"),
        (Replay::Expired, Verdict::Attested, "raw expired, scores attested"),
        (Replay::Broken(&fault), Verdict::Fails, "the run has no cases"),
    ];
    for (replay, verdict, words) in table {
        let claim = proof::arithmetic("run-1", &replay);
        assert_eq!((claim.verdict, replay.recomputes()), (verdict, false));
        assert_eq!(claim.about, "run-1");
        assert!(claim.found.starts_with(words), "{}", claim.found);
    }
}

#[test]
fn gates_against_a_baseline_that_nobody_has_are_not_computed() {
    let arithmetic = |gates_attested| Arithmetic {
        scores: 4,
        attested: 1,
        gates: 2,
        gates_attested,
        first: None,
        table: Table::default(),
        extent: Extent::default(),
        compared: None,
    };
    for (attested, again) in [(0, true), (1, false)] {
        let arithmetic = arithmetic(attested);
        let replay = Replay::Computed { arithmetic: &arithmetic, disagrees: None };
        assert_eq!(replay.recomputes(), again, "{attested} attested");
        let claim = proof::arithmetic("run-1", &replay);
        assert_eq!(claim.verdict, Verdict::Holds);
        let other = Replay::Computed { arithmetic: &arithmetic, disagrees: Some("scores") };
        assert!(!other.recomputes());
    }
}

#[test]
fn one_listed_key_vouches_for_run_and_gates() {
    let listed = |signed: (Option<&Verified>, Option<&Verified>), lists| {
        proof::provenance("run-1", signed, (lists, "allowed_signers")).verdict
    };
    let (ada, ci) = (good("ada"), good("ci"));
    let bad = Verified::Bad { why: "x".to_owned() };
    let unknown = Verified::UnknownKey { fingerprint: "SHA256:x".to_owned() };
    let table = [
        ((Some(&ci), Some(&ci)), Verdict::Holds, Verdict::Holds),
        ((Some(&ci), Some(&ada)), Verdict::Fails, Verdict::Fails),
        ((Some(&ci), None), Verdict::Fails, Verdict::Note),
        ((None, None), Verdict::Fails, Verdict::Note),
        ((Some(&ci), Some(&bad)), Verdict::Fails, Verdict::Fails),
        ((Some(&unknown), Some(&unknown)), Verdict::Fails, Verdict::Note),
    ];
    for (signed, with, without) in table {
        assert_eq!((listed(signed, true), listed(signed, false)), (with, without), "{signed:?}");
    }
}

#[test]
fn a_risky_model_needs_an_approval() {
    let composition = mission().whole();
    let risky = people::risky(&composition).map(Member::reference);
    assert_eq!(risky.as_deref(), Some("model/cust-copilot@1.4.2"));
    let valid = [Approval { principal: "bob".to_owned(), at: "2026-11-25".to_owned() }];
    let doubted = ["the approval by `eve` does not count".to_owned()];
    let of = |needed: Option<&str>, valid: &[Approval], doubted: &[String]| {
        let claims = people::approvals(needed, valid, doubted);
        claims.iter().map(|claim| claim.verdict).collect::<Vec<_>>()
    };
    assert_eq!(of(Some("m"), &[], &[]), [Verdict::Fails]);
    assert_eq!(of(Some("m"), &[], &doubted), [Verdict::Fails]);
    assert_eq!(of(Some("m"), &valid, &doubted), [Verdict::Holds, Verdict::Note]);
    assert_eq!(of(None, &valid, &[]), [Verdict::Holds]);
    assert_eq!(of(None, &[], &[]), []);
}

#[test]
fn documents_are_there_and_say_something() {
    let own = digest("composite");
    let said = |status: Option<&str>, lines: &[u32]| {
        let decision = Decision { status: status.map(str::to_owned), ..Decision::default() };
        documents::Decided { unfilled: lines.to_vec(), decision }
    };
    let of = |record: &documents::Decided, candidate| {
        documents::adr(Some("a.md"), Some(record), (own, candidate)).verdict
    };
    let judged =
        |status: Option<&str>, lines: &[u32], candidate| of(&said(status, lines), candidate);
    assert_eq!(judged(Some("accepted"), &[], false), Verdict::Holds);
    assert_eq!(judged(None, &[], false), Verdict::Fails);
    assert_eq!(judged(None, &[], true), Verdict::Fails);
    assert_eq!(judged(Some("accepted"), &[3], false), Verdict::Fails);
    assert_eq!(judged(Some("accepted"), &[3], true), Verdict::Note);
    assert_eq!(judged(Some("proposed"), &[], false), Verdict::Fails);
    assert_eq!(judged(Some("Proposed"), &[], true), Verdict::Holds);
    assert_eq!(judged(Some("rejected"), &[], true), Verdict::Fails);
    for (written, verdict) in [
        (own.to_string(), Verdict::Holds),
        (format!("sha256:{own}"), Verdict::Holds),
        (digest("another").to_string(), Verdict::Fails),
    ] {
        let mut record = said(Some("accepted"), &[]);
        record.decision.composite_digest = Some(written);
        assert_eq!(of(&record, false), verdict);
        record.decision.fault = Some("line 3: no mapping".to_owned());
        assert_eq!(of(&record, false), Verdict::Fails);
    }
    assert_eq!(documents::adr(Some("a.md"), None, (own, false)).verdict, Verdict::Fails);
    assert_eq!(documents::adr(None, None, (own, true)).verdict, Verdict::Fails);
    assert_eq!(documents::notes(Some("n.md"), true).verdict, Verdict::Holds);
    assert_eq!(documents::notes(Some("n.md"), false).verdict, Verdict::Fails);
}

#[test]
fn the_bundle_is_the_one_that_went_live() {
    let live = |said: Option<Digest>| vec![("production".to_owned(), said)];
    let (own, other) = (digest("bundle"), digest("other"));
    let verdict = |live: &[(String, Option<Digest>)]| content::bundle(own, live).verdict;
    assert_eq!(verdict(&live(Some(own))), Verdict::Holds);
    assert_eq!(verdict(&live(Some(other))), Verdict::Fails);
    assert_eq!(verdict(&live(None)), Verdict::Note);
    assert_eq!(verdict(&[]), Verdict::Note);
}

#[test]
fn anchors_are_judged_apart_from_the_ledger() {
    let fault = |wrong| Fault {
        wrong,
        commit: None,
        path: Some(RepoPath::from("records/x.json")),
        found: "something".to_owned(),
        expected: "something else".to_owned(),
    };
    let faults = [fault(Wrong::Anchor), fault(Wrong::Edited)];
    assert_eq!(record::ledger(&faults[..1], 2).found, "2 records, each as it was added");
    assert_eq!(record::ledger(&faults, 2).found, "records/x.json: something");
    assert_eq!(record::anchors(&faults[1..], 1).found, "1 tag as the ledger cites them");
    assert_eq!(record::anchors(&faults, 1).verdict, Verdict::Fails);
    let citing = |object: &str| [("0123".to_owned(), object.to_owned())];
    let verdict = |cited, citing: &[(String, String)]| record::anchor("aa", cited, citing).verdict;
    assert_eq!(verdict(Some(("c", true)), &citing("aa")), Verdict::Holds);
    assert_eq!(verdict(Some(("c", false)), &citing("aa")), Verdict::Fails);
    assert_eq!(verdict(Some(("c", true)), &citing("bb")), Verdict::Fails);
    assert_eq!(verdict(None, &[]), Verdict::Note);
}

#[test]
fn a_tag_of_an_entry_holds_what_it_says() {
    let reference = "prompt/a@1.0.0";
    let (own, other) = (digest("a"), digest("b"));
    let said = format!(
        "{reference}\n\nKeelmark-Format: 1\nKeelmark-Component: {reference} sha256:{own}\n"
    );
    let mut made = object(&said);
    made.name = reference.to_owned();
    let verdict = |object: Option<&TagObject>, found: Option<Digest>| {
        entry::entry((reference, reference), object, found).verdict
    };
    assert_eq!(verdict(Some(&made), Some(own)), Verdict::Holds);
    assert_eq!(verdict(Some(&made), Some(other)), Verdict::Fails);
    assert_eq!(verdict(Some(&made), None), Verdict::Fails);
    assert_eq!(verdict(None, Some(own)), Verdict::Note);
    let by_hand = TagObject { message: "one\n".to_owned(), ..made.clone() };
    assert_eq!(verdict(Some(&by_hand), Some(own)), Verdict::Note);
    let moved = TagObject { name: "prompt/a@2.0.0".to_owned(), ..made };
    assert_eq!(verdict(Some(&moved), Some(own)), Verdict::Fails);
}

#[test]
fn the_first_false_claim_decides_before_any_that_is_open() {
    let subject = |name: &str, claims: &[Claim]| Subject {
        kind: SubjectKind::Release,
        name: name.to_owned(),
        object: None,
        claims: claims.to_vec(),
    };
    let holds = Claim::holds(What::Tag, "a");
    let open = Claim::unknown(What::Step, "b");
    let fails = Claim::fails(What::Record, "c", "d");
    let of = |subjects: &[Subject]| {
        let (ended, first) = ending(subjects);
        (ended, first.map(|(subject, claim)| format!("{} {}", subject.name, claim.name())))
    };
    let quiet = [holds.clone(), Claim::note(What::Tag, ""), Claim::attested(What::Gate, "")];
    assert_eq!(of(&[]), (Ending::Holds, None));
    assert_eq!(of(&[subject("one", &quiet)]), (Ending::Holds, None));
    let some = [subject("one", &[holds.clone(), open]), subject("two", &[holds, fails])];
    assert_eq!(of(&some), (Ending::Fails, Some("two record".to_owned())));
    assert_eq!(of(&some[..1]), (Ending::Unknown, Some("one step".to_owned())));
}
