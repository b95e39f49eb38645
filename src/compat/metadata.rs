//! The keys that entries of every kind share: names, lifecycle, dependencies.

use super::change::Change;
use super::dependencies;
use super::table::metadata as rules;
use crate::finding::Rule;
use crate::registry::changelog::yanked;
use crate::registry::common::{Common, Links, Status};
use crate::version::Version;

/// Compares the common keys; what they promise is compared by the policies.
pub(super) fn changes(old: &Common, new: &Common) -> Vec<Change> {
    // Taken apart by name, so that a key which is added later cannot be forgotten here. Identity,
    // number and declared digests are no content, nor what a changelog says of versions but for their
    // withdrawal; policies.rs compares the promises.
    let Common {
        id: _,
        version: _,
        changelog,
        checksums: _,
        data_class: _,
        retention_days: _,
        license: _,
        owner,
        description,
        tags,
        links,
        aliases,
        status,
        sunset,
        replaced_by,
        depends_on,
        rollback_to,
    } = new;
    let mut found = Vec::new();
    let word = |text: &Option<String>| text.clone().unwrap_or_default();
    let texts: [(&'static Rule, &str, String, String); 6] = [
        (&rules::OWNER_CHANGED, "owner", old.owner.clone(), owner.clone()),
        (&rules::DESCRIPTION_CHANGED, "description", word(&old.description), word(description)),
        (&rules::TAGS_CHANGED, "tags", old.tags.join(", "), tags.join(", ")),
        (&rules::SUNSET_CHANGED, "sunset", word(&old.sunset), word(sunset)),
        (&rules::REPLACEMENT_CHANGED, "replaced_by", word(&old.replaced_by), word(replaced_by)),
        (&rules::ROLLBACK_TARGET_CHANGED, "rollback_to", word(&old.rollback_to), word(rollback_to)),
    ];
    for (rule, key, old, new) in texts {
        if old != new {
            let note = format!("`{key}` changed");
            found.push(Change::new(rule, note).at(&format!("/{key}")).values(old, new));
        }
    }
    found.extend(links_changed(&old.links, links));
    found.extend(names(&old.aliases, aliases));
    found.extend(withdrawn(&old.changelog, changelog));
    found.extend(lifecycle(old.status, *status));
    found.extend(dependencies::changes(&old.depends_on, depends_on));
    found
}

fn links_changed(old: &Links, new: &Links) -> Vec<Change> {
    let mut found = Vec::new();
    if old.eval_run != new.eval_run {
        let word = |text: &Option<String>| text.clone().unwrap_or_default();
        found.push(
            Change::new(&rules::LINKS_EVAL_RUN_CHANGED, "the link to the eval run changed")
                .at("/links/eval_run")
                .values(word(&old.eval_run), word(&new.eval_run)),
        );
    }
    let rest = |links: &Links| Links { eval_run: None, ..links.clone() };
    if rest(old) != rest(new) {
        found.push(Change::new(&rules::LINKS_CHANGED, "a link changed").at("/links"));
    }
    found
}

fn names(old: &[String], new: &[String]) -> Vec<Change> {
    let lost = old.iter().enumerate().filter(|(_, name)| !new.contains(name)).map(|(at, name)| {
        Change::new(&rules::ALIAS_REMOVED, format!("references to `{name}` no longer resolve"))
            .at_old(&format!("/aliases/{at}"))
            .values(name, "")
            .help(format!("keep `{name}` under `aliases`"))
    });
    let won = new.iter().enumerate().filter(|(_, name)| !old.contains(name)).map(|(at, name)| {
        Change::new(&rules::ALIAS_ADDED, format!("references to `{name}` resolve"))
            .at_new(&format!("/aliases/{at}"))
            .values("", name)
    });
    lost.chain(won).collect()
}

/// Compares which versions are withdrawn.
fn withdrawn(old: &[String], new: &[String]) -> Vec<Change> {
    let (before, after) = (yanked(old), yanked(new));
    let say = |version: &Version, what: &str| {
        Change::new(&rules::YANKED, format!("{version} {what}")).at("/changelog")
    };
    let won = after.iter().filter(|version| !before.contains(version));
    let won = won.map(|version| say(version, "is withdrawn").values("", version.to_string()));
    let lost = before.iter().filter(|version| !after.contains(version));
    let lost = lost.map(|version| say(version, "is offered again").values(version.to_string(), ""));
    won.chain(lost).collect()
}

fn lifecycle(old: Status, new: Status) -> Option<Change> {
    use Status::{Active, Deprecated, Draft, Removed};
    let (rule, note): (&'static Rule, &str) = match (old, new) {
        (Draft, Draft) | (Active, Active) | (Deprecated, Deprecated) | (Removed, Removed) => {
            return None;
        }
        (Draft | Active, Deprecated) => (&rules::DEPRECATED_MARKED, "the entry is deprecated"),
        (Deprecated, Active) => (&rules::DEPRECATED_UNMARKED, "the entry is no longer deprecated"),
        (Draft, Active) | (Removed, _) => (&rules::STATUS_RAISED, "the entry is offered for use"),
        (_, Draft | Removed) => (&rules::STATUS_WITHDRAWN, "the entry is no longer offered"),
    };
    let change = Change::new(rule, note).at("/status");
    Some(change.values(word(old), word(new)))
}

const fn word(status: Status) -> &'static str {
    match status {
        Status::Draft => "draft",
        Status::Active => "active",
        Status::Deprecated => "deprecated",
        Status::Removed => "removed",
    }
}
