//! Bounds of a schema: the keywords that are one number each.

use std::cmp::Ordering;

use serde_json::{Map, Number, Value};

use super::schema_diff::Shift;
use super::schema_values::{Types, integer, order};

/// Which side of a range a keyword bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// Values below are refused.
    Lower,
    /// Values above are refused.
    Upper,
}

/// The keywords that bound a count: keyword, side, and the types that it speaks of.
pub(super) const COUNTS: [(&str, Side, Types); 6] = [
    ("minLength", Side::Lower, Types::STRING),
    ("maxLength", Side::Upper, Types::STRING),
    ("minItems", Side::Lower, Types::ARRAY),
    ("maxItems", Side::Upper, Types::ARRAY),
    ("minProperties", Side::Lower, Types::OBJECT),
    ("maxProperties", Side::Upper, Types::OBJECT),
];

/// A bound and whether the number itself is refused.
struct Bound {
    number: Number,
    exclusive: bool,
}

/// A keyword that is no number.
struct Malformed;

/// Compares a bound on a count.
pub(super) fn count(old: Option<&Value>, new: Option<&Value>, side: Side) -> Option<Shift> {
    let read = |value: Option<&Value>| match value {
        None => Ok(None),
        // A count is never below 0, so this bounds nothing.
        Some(Value::Number(zero)) if side == Side::Lower && integer(zero) == Some(0) => Ok(None),
        Some(Value::Number(number)) => Ok(Some(Bound { number: number.clone(), exclusive: false })),
        Some(_) => Err(Malformed),
    };
    shift(read(old), read(new), side)
}

/// Compares `minimum` and `exclusiveMinimum`, or their counterparts, as one bound.
pub(super) fn range(
    old: &Map<String, Value>,
    new: &Map<String, Value>,
    side: Side,
    types: Types,
) -> Option<Shift> {
    let (inclusive, exclusive) = keywords(side);
    if [inclusive, exclusive].iter().all(|key| old.get(*key) == new.get(*key)) {
        return None;
    }
    let whole = !types.meets(Types::NUMBER.without(Types::INTEGER));
    shift(bound(old, side, whole), bound(new, side, whole), side)
}

/// Returns the inclusive and the exclusive keyword of a side.
pub(super) const fn keywords(side: Side) -> (&'static str, &'static str) {
    match side {
        Side::Lower => ("minimum", "exclusiveMinimum"),
        Side::Upper => ("maximum", "exclusiveMaximum"),
    }
}

/// Returns the tighter of the two keywords of a side.
fn bound(schema: &Map<String, Value>, side: Side, whole: bool) -> Result<Option<Bound>, Malformed> {
    let (inclusive, exclusive) = keywords(side);
    let read = |key: &str, exclusive: bool| match schema.get(key) {
        None => Ok(None),
        Some(Value::Number(number)) => Ok(Some(Bound { number: number.clone(), exclusive })),
        Some(_) => Err(Malformed),
    };
    let tighter = match (read(inclusive, false)?, read(exclusive, true)?) {
        (Some(at), Some(beyond)) => {
            let order = order(&at.number, &beyond.number).ok_or(Malformed)?;
            let looser = if side == Side::Lower { Ordering::Greater } else { Ordering::Less };
            Some(if order == looser { at } else { beyond })
        }
        (at, beyond) => at.or(beyond),
    };
    Ok(tighter.map(|bound| if whole { nearest(bound, side) } else { bound }))
}

/// Among whole numbers, `> 0` is `>= 1`.
fn nearest(bound: Bound, side: Side) -> Bound {
    let step = if side == Side::Lower { 1 } else { -1 };
    let next = integer(&bound.number).and_then(|at| i64::try_from(at.saturating_add(step)).ok());
    match next {
        Some(next) if bound.exclusive => Bound { number: Number::from(next), exclusive: false },
        _ => bound,
    }
}

fn shift(
    old: Result<Option<Bound>, Malformed>,
    new: Result<Option<Bound>, Malformed>,
    side: Side,
) -> Option<Shift> {
    let (Ok(old), Ok(new)) = (old, new) else { return Some(Shift::Changed) };
    let (old, new) = match (old, new) {
        (None, None) => return None,
        (None, Some(_)) => return Some(Shift::Narrowed),
        (Some(_), None) => return Some(Shift::Widened),
        (Some(old), Some(new)) => (old, new),
    };
    let raised = match order(&old.number, &new.number) {
        None => return Some(Shift::Changed),
        Some(Ordering::Less) => Shift::Narrowed,
        Some(Ordering::Greater) => Shift::Widened,
        Some(Ordering::Equal) => {
            return match (old.exclusive, new.exclusive) {
                (false, true) => Some(Shift::Narrowed),
                (true, false) => Some(Shift::Widened),
                _ => None,
            };
        }
    };
    Some(if side == Side::Lower { raised } else { raised.reversed() })
}

/// Compares `multipleOf`; whole numbers only, since doubles do not divide exactly.
pub(super) fn multiple(old: Option<&Value>, new: Option<&Value>) -> Option<Shift> {
    let whole = |value: &Value| match value {
        Value::Number(number) => integer(number).filter(|number| *number > 0),
        _ => None,
    };
    match (old, new) {
        (None, None) => None,
        (None, Some(_)) => Some(Shift::Narrowed),
        (Some(_), None) => Some(Shift::Widened),
        (Some(old), Some(new)) if old == new => None,
        (Some(old), Some(new)) => Some(match (whole(old), whole(new)) {
            (Some(old), Some(new)) if old == new => return None,
            (Some(old), Some(new)) if new % old == 0 => Shift::Narrowed,
            (Some(old), Some(new)) if old % new == 0 => Shift::Widened,
            _ => Shift::Changed,
        }),
    }
}
