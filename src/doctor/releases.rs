//! Tags, the ledger, and the ways back.

use super::{Channel, Check, Fault, Ledger, Level, Orphan, Registry, Topic};

/// Judges tags: a line for each that does not hold, or one for all.
pub(super) fn tags(registry: &Registry) -> Vec<Check> {
    let topic = Topic::Tags;
    let tags = match &registry.tags {
        Err(fault) => return vec![Check::of_fault(topic, Level::Error, fault)],
        Ok(tags) => tags,
    };
    let mut checks = Vec::new();
    for tag in tags {
        let found = match (tag.fails.first(), tag.unknown.first()) {
            (Some(fault), _) => {
                let check = Check::of_fault(topic, Level::Error, fault);
                let verify = "a tag is never moved; `keelmark verify --all` says more";
                if check.help.is_none() { check.help(verify) } else { check }
            }
            (None, Some(fault)) => {
                let check = Check::of_fault(topic, Level::Warning, fault);
                let verify = "`keelmark verify --all` says more";
                if check.help.is_none() { check.help(verify) } else { check }
            }
            (None, None) => continue,
        };
        checks.push(found.about(&tag.name));
    }
    if checks.is_empty() {
        let words = match tags.len() {
            0 => "none of a release or an entry is here".to_owned(),
            1 => "the one of a release or an entry holds".to_owned(),
            count => format!("{count} of releases and entries hold"),
        };
        let alone = if counts(registry) || tags.is_empty() {
            ""
        } else {
            " by themselves; what the ledger says of them is not known"
        };
        checks.push(Check::ok(topic, words + alone));
    }
    checks
}

/// Says whether tags of releases could be compared with the ledger.
fn counts(registry: &Registry) -> bool {
    registry.ledger.as_ref().is_ok_and(Ledger::counts)
}

/// Judges tags of what is nowhere.
pub(super) fn orphans(registry: &Registry) -> Vec<Check> {
    let topic = Topic::OrphanTags;
    let orphans = &registry.orphans;
    if orphans.found.is_empty() && orphans.open.is_none() {
        let words = if counts(registry) {
            "none"
        } else {
            "none of entries; those of releases cannot be told without the ledger"
        };
        return vec![Check::ok(topic, words)];
    }
    let take_away =
        |tag: &str| format!("`git tag -d {tag}` takes it away here, if it was made by mistake");
    let judge = |orphan: &Orphan| match orphan {
        Orphan::Release { tag } => {
            let words = "the ledger does not know this release, so nothing that it says counts";
            let help = format!("`git fetch`, where others release; else {}", take_away(tag));
            Check::error(topic, words).about(tag).help(help)
        }
        Orphan::Entry { tag, commit: Some(commit), held, elsewhere: Some(other) } => {
            let why = if *held { "does not have it" } else { "is on no published branch" };
            let words = format!("it leads to {commit}, which {why}; {other} brought the version");
            Check::warning(topic, words)
                .about(tag)
                .help(format!("tag merged commits alone (`keelmark publish`); {}", take_away(tag)))
        }
        Orphan::Entry { tag, commit, .. } => {
            let lead = match commit {
                Some(commit) => format!("it leads to {commit}, and "),
                None => "it leads to no commit, and ".to_owned(),
            };
            let words = format!("{lead}no published branch has had this version");
            Check::warning(topic, words).about(tag).help(take_away(tag))
        }
    };
    let open = orphans.open.iter().map(|fault| Check::of_fault(topic, Level::Warning, fault));
    orphans.found.iter().map(judge).chain(open).collect()
}

/// Judges the ledger: a line for each fault, or one for all of it.
pub(super) fn ledger(registry: &Registry) -> Vec<Check> {
    let topic = Topic::Ledger;
    let ledger = match &registry.ledger {
        Err(fault) => return vec![Check::of_fault(topic, Level::Error, fault)],
        Ok(ledger) => ledger,
    };
    let branch = &ledger.branch;
    let Some(tip) = &ledger.tip else {
        return vec![if ledger.released {
            let words =
                format!("releases are tagged here, and `{branch}`, which tells of them, is not");
            Check::error(topic, words).help(&ledger.fetch)
        } else {
            Check::ok(topic, format!("no `{branch}` yet"))
        }];
    };
    let compare = "compare with another clone; `keelmark ledger verify` says since when it is so";
    let faults = ledger.fails.iter().map(|fault| {
        let check = Check::of_fault(topic, Level::Error, fault);
        if check.help.is_none() { check.help(compare) } else { check }
    });
    let unknown = ledger.unknown.iter().map(|fault| {
        let check = Check::of_fault(topic, Level::Warning, fault);
        if check.help.is_none() { check.help("`keelmark ledger verify` says more") } else { check }
    });
    let mut checks: Vec<Check> = faults.chain(unknown).collect();
    let push = "`keelmark ledger push`";
    match &ledger.remote {
        Some(remote) if !ledger.heard => {
            let words = format!("that of `{remote}` was never fetched");
            checks.push(Check::warning(topic, words).help(&ledger.fetch));
        }
        Some(remote) if ledger.parted => {
            let words = format!(
                "what is here and what `{remote}` had at the last fetch went different ways"
            );
            let help =
                format!("{push} puts the {} records of here behind its own", ledger.unpushed);
            checks.push(Check::warning(topic, words).help(help));
        }
        Some(remote) if ledger.unpushed > 0 => {
            let count = ledger.unpushed;
            let words = format!(
                "{count} record{} not at `{remote}`",
                if count == 1 { " is" } else { "s are" }
            );
            checks.push(Check::warning(topic, words).help(push));
        }
        _ => {}
    }
    if checks.is_empty() {
        let s = if ledger.records == 1 { "" } else { "s" };
        let words =
            format!("`{branch}` at {tip}, {} record{s}, each as it was added", ledger.records);
        checks.push(Check::ok(topic, words));
    }
    checks
}

/// Judges the way back of each channel.
pub(super) fn channels(channels: &Result<Vec<Channel>, Fault>) -> Vec<Check> {
    let topic = Topic::Rollback;
    let channels = match channels {
        Err(fault) => return vec![Check::of_fault(topic, Level::Error, fault)],
        Ok(channels) if channels.is_empty() => {
            return vec![Check::ok(topic, "nothing was released to a channel")];
        }
        Ok(channels) => channels,
    };
    let judge = |channel: &Channel| {
        let name = &channel.name;
        let Some(target) = &channel.target else {
            let next = "the next release to the channel can go back to what is live now";
            return Check::warning(topic, channel.why.clone()).about(name).help(next);
        };
        let words = format!("{target}: {}", channel.why);
        let other = format!("`keelmark rollback {name} --to RELEASE --rehearse` tries another one");
        match channel.runnable {
            Some(true) => Check::ok(topic, words).about(name),
            Some(false) => Check::error(topic, words).about(name).help(other),
            None => Check::warning(topic, words).about(name).help(other),
        }
    };
    channels.iter().map(judge).collect()
}
