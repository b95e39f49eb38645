//! What two values weigh against each other: which of them asks more.

use std::collections::BTreeSet;
use std::fmt::Display;

use serde::Serialize;

use crate::yaml::escape_pointer;

/// A key that asks less than it did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Weaker {
    /// Where the new value stands, or would stand.
    pub(super) at: String,
    /// Where the old one stands.
    pub(super) stood_at: String,
    /// The key as people name it: `gates.exact.bar`.
    pub(super) key: String,
    /// What became of it.
    pub(super) what: String,
    /// The old value.
    pub(super) old: String,
    /// The new value.
    pub(super) new: String,
}

/// Where something stands in two files, and what people call it.
#[derive(Debug, Clone, Default)]
struct Spot {
    at: String,
    stood_at: String,
    key: String,
}

/// Collects what became weaker.
#[derive(Debug, Default)]
pub(super) struct Scale {
    spot: Spot,
    pub(super) found: Vec<Weaker>,
}

impl Scale {
    /// Weighs what stands below a key.
    pub(super) fn below(&mut self, key: &str, weigh: impl FnOnce(&mut Self)) {
        let part = escape_pointer(key);
        self.item(key, (&part, &part), weigh);
    }

    /// Weighs what stands at an item of a list, of which each file has its own position.
    pub(super) fn item(
        &mut self,
        name: &str,
        (old, new): (impl Display, impl Display),
        weigh: impl FnOnce(&mut Self),
    ) {
        let spot = self.spot.clone();
        self.spot = Spot {
            at: format!("{}/{new}", spot.at),
            stood_at: format!("{}/{old}", spot.stood_at),
            key: if spot.key.is_empty() { name.to_owned() } else { format!("{}.{name}", spot.key) },
        };
        weigh(self);
        self.spot = spot;
    }

    /// Says that what stands here asks less.
    fn say(&mut self, what: String, old: String, new: String) {
        let Spot { at, stood_at, key } = self.spot.clone();
        self.found.push(Weaker { at, stood_at, key, what, old, new });
    }

    /// Says that an item of the list that stands here is gone.
    pub(super) fn gone(&mut self, name: &str, position: impl Display, old: &str) {
        let Spot { at, stood_at, key } = self.spot.clone();
        self.found.push(Weaker {
            at,
            stood_at: format!("{stood_at}/{position}"),
            key: format!("{key}.{name}"),
            what: "is gone".to_owned(),
            old: format!("{name}: {old}"),
            new: String::new(),
        });
    }

    /// Says that a key asks less, if it does.
    pub(super) fn when<T: Serialize>(&mut self, weaker: bool, key: &str, old: &T, new: &T) {
        if !weaker {
            return;
        }
        let (old, new) = (word(old), word(new));
        let what = match (old.as_str(), new.as_str()) {
            (old, "") => format!("goes from `{old}` to nothing"),
            ("", new) => format!("goes from nothing to `{new}`"),
            (old, new) => format!("goes from `{old}` to `{new}`"),
        };
        self.below(key, |scale| scale.say(what, old, new));
    }

    /// The value asks for at least so much.
    pub(super) fn least<T: PartialOrd + Serialize>(&mut self, key: &str, old: &T, new: &T) {
        self.when(new < old, key, old, new);
    }

    /// The value allows at most so much.
    pub(super) fn most<T: PartialOrd + Serialize>(&mut self, key: &str, old: &T, new: &T) {
        self.when(new > old, key, old, new);
    }

    /// The same where no value allows everything.
    pub(super) fn most_if_any<T: PartialOrd + Serialize>(
        &mut self,
        key: &str,
        old: Option<&T>,
        new: Option<&T>,
    ) {
        let weaker = match (old, new) {
            (Some(old), Some(new)) => new > old,
            (old, new) => old.is_some() && new.is_none(),
        };
        self.when(weaker, key, &old, &new);
    }

    /// The value is a promise that may be made, and not taken back.
    pub(super) fn stays(&mut self, key: &str, old: bool, new: bool) {
        self.when(old && !new, key, &old, &new);
    }

    /// What was named there was named for a purpose; nobody can say that something else serves it.
    pub(super) fn kept<T: PartialEq + Serialize>(
        &mut self,
        key: &str,
        old: Option<&T>,
        new: Option<&T>,
    ) {
        self.when(old.is_some() && old != new, key, &old, &new);
    }

    /// Any other value may ask less.
    pub(super) fn same<T: PartialEq + Serialize>(&mut self, key: &str, old: &T, new: &T) {
        self.when(old != new, key, old, new);
    }

    /// The list names what is asked for: what it loses is no longer asked.
    pub(super) fn loses<T: Serialize>(&mut self, key: &str, old: &[T], new: &[T]) {
        self.differs(key, ("loses", only_in(old, new)), old, new);
    }

    /// The list names what is allowed: what it gains is allowed now.
    pub(super) fn gains<T: Serialize>(&mut self, key: &str, old: &[T], new: &[T]) {
        self.differs(key, ("gains", only_in(new, old)), old, new);
    }

    /// Says that a list loses or gains what is named, if anything is.
    pub(super) fn differs<T: Serialize>(
        &mut self,
        key: &str,
        (verb, named): (&str, BTreeSet<String>),
        old: &[T],
        new: &[T],
    ) {
        if named.is_empty() {
            return;
        }
        let named: Vec<String> = named.iter().map(|one| format!("`{one}`")).collect();
        let what = format!("{verb} {}", named.join(", "));
        let joined = |list: &[T]| words(list).into_iter().collect::<Vec<_>>().join(", ");
        let (old, new) = (joined(old), joined(new));
        self.below(key, |scale| scale.say(what, old, new));
    }
}

fn words<T: Serialize>(list: &[T]) -> BTreeSet<String> {
    list.iter().map(word).collect()
}

fn only_in<T: Serialize>(some: &[T], other: &[T]) -> BTreeSet<String> {
    let other = words(other);
    words(some).into_iter().filter(|one| !other.contains(one)).collect()
}

/// Returns a value as the file has it; nothing where there is none.
pub(super) fn word<T: Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(text)) => text,
        Ok(serde_json::Value::Null) | Err(_) => String::new(),
        Ok(other) => other.to_string(),
    }
}
