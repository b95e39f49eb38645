//! Tree → [`Value`]: the YAML 1.2 core schema, aliases and merge keys.

use serde_json::{Map, Number, Value};

use super::parse::Stop;
use super::tree::{Id, Kind, Scalar, Style, Tag, Tree};
use crate::source::Span;

/// How deep values may be nested, aliases counted.
pub(super) const MAX_DEPTH: u32 = 64;

/// How much may be made through aliases: one for each value and one for every 64 bytes of text.
const MAX_EXPANSION: usize = 100_000;

/// Makes the value of a tree; `Null` for an empty one.
pub(super) fn value_of(tree: &Tree, source: &str) -> Result<Value, Stop> {
    let mut builder = Builder { tree, source, spent: 0 };
    tree.root.map_or(Ok(Value::Null), |root| builder.value(root, At { depth: 0, via: None }))
}

struct Builder<'a> {
    tree: &'a Tree,
    source: &'a str,
    spent: usize,
}

/// Where the builder is.
#[derive(Clone, Copy)]
struct At {
    depth: u32,
    /// The outermost alias on the way here.
    via: Option<Span>,
}

impl Builder<'_> {
    fn value(&mut self, id: Id, at: At) -> Result<Value, Stop> {
        let node = self.tree.node(id);
        self.charge(1, at)?;
        match &node.kind {
            Kind::Alias(target) => {
                let via = at.via.or(Some(node.span));
                self.value(*target, At { via, ..at })
            }
            Kind::Scalar(scalar) => {
                self.charge(scalar.text(self.source).len() / 64, at)?;
                Ok(scalar.value(self.source))
            }
            Kind::Seq { items, .. } => {
                let inner = Self::deeper(at, node.span)?;
                let values = items.iter().map(|item| self.value(*item, inner));
                values.collect::<Result<Vec<_>, _>>().map(Value::Array)
            }
            Kind::Map { entries, .. } => {
                let inner = Self::deeper(at, node.span)?;
                self.map(entries, inner).map(Value::Object)
            }
        }
    }

    /// Explicit keys win over merged ones, and of two equal ones the first wins.
    fn map(&mut self, entries: &[(Id, Id)], at: At) -> Result<Map<String, Value>, Stop> {
        let mut map = Map::new();
        let mut merges = Vec::new();
        for (key, value) in entries {
            if self.tree.is_merge(self.source, *key) {
                merges.push(*value);
            } else if let Some(key) = self.tree.key(self.source, *key)
                && !map.contains_key(key)
            {
                self.charge(key.len() / 64, at)?;
                let value = self.value(*value, at)?;
                map.insert(key.to_owned(), value);
            }
        }
        for source in merges {
            self.merge(source, at, &mut map)?;
        }
        Ok(map)
    }

    /// Adds what a merge key brings; what is no mapping has been reported and brings nothing.
    fn merge(&mut self, id: Id, at: At, into: &mut Map<String, Value>) -> Result<(), Stop> {
        let node = self.tree.node(id);
        self.charge(1, at)?;
        match &node.kind {
            Kind::Alias(target) => {
                let via = at.via.or(Some(node.span));
                self.merge(*target, At { via, ..at }, into)
            }
            Kind::Seq { items, .. } => {
                let inner = Self::deeper(at, node.span)?;
                items.iter().try_for_each(|item| self.merge(*item, inner, into))
            }
            Kind::Map { entries, .. } => {
                let inner = Self::deeper(at, node.span)?;
                for (key, value) in self.map(entries, inner)? {
                    into.entry(key).or_insert(value);
                }
                Ok(())
            }
            Kind::Scalar(_) => Ok(()),
        }
    }

    fn charge(&mut self, amount: usize, at: At) -> Result<(), Stop> {
        let Some(span) = at.via else { return Ok(()) };
        self.spent = self.spent.saturating_add(amount);
        if self.spent > MAX_EXPANSION { Err(Stop::Expansion(span)) } else { Ok(()) }
    }

    fn deeper(at: At, span: Span) -> Result<At, Stop> {
        if at.depth < MAX_DEPTH {
            Ok(At { depth: at.depth + 1, ..at })
        } else {
            Err(Stop::Depth(at.via.unwrap_or(span)))
        }
    }
}

impl Scalar {
    /// Reads the scalar by the YAML 1.2 core schema; what fits nothing is a string.
    pub(super) fn value(&self, source: &str) -> Value {
        self.typed(source).unwrap_or_else(|| Value::String(self.text(source).to_owned()))
    }

    /// Reads the scalar as null, a boolean or a number; `None` for strings.
    pub(super) fn typed(&self, source: &str) -> Option<Value> {
        let text = self.text(source);
        match (self.tag, self.style) {
            (Tag::Absent, Style::Plain) => plain(text),
            (Tag::Absent | Tag::Str, _) => None,
            (Tag::Null, _) => null(text),
            (Tag::Bool, _) => boolean(text),
            (Tag::Int, _) => integer(text),
            (Tag::Float, _) => float(text),
        }
    }

    /// Says whether the scalar is null, without making its value.
    pub(super) fn is_null(&self, source: &str) -> bool {
        match (self.tag, self.style) {
            (Tag::Absent, Style::Plain) | (Tag::Null, _) => null(self.text(source)).is_some(),
            _ => false,
        }
    }
}

/// Reads a plain scalar as null, a boolean or a number; `None` for strings.
pub(super) fn plain(text: &str) -> Option<Value> {
    match text.bytes().next() {
        None | Some(b'~' | b'n' | b'N') => null(text),
        Some(b't' | b'T' | b'f' | b'F') => boolean(text),
        Some(b'0'..=b'9' | b'+' | b'-' | b'.') => integer(text).or_else(|| float(text)),
        Some(_) => None,
    }
}

fn null(text: &str) -> Option<Value> {
    matches!(text, "" | "~" | "null" | "Null" | "NULL").then_some(Value::Null)
}

fn boolean(text: &str) -> Option<Value> {
    match text {
        "true" | "True" | "TRUE" => Some(Value::Bool(true)),
        "false" | "False" | "FALSE" => Some(Value::Bool(false)),
        _ => None,
    }
}

/// Reads `-?[0-9]+`, `0o…` and `0x…`; what does not fit 64 bits is left to [`float`].
fn integer(text: &str) -> Option<Value> {
    let (digits, radix) = match (text.strip_prefix("0x"), text.strip_prefix("0o")) {
        (Some(digits), _) => (digits, 16),
        (_, Some(digits)) => (digits, 8),
        _ => (text.strip_prefix(['+', '-']).unwrap_or(text), 10),
    };
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
        return None;
    }
    let number = if text.starts_with('-') {
        i64::from_str_radix(text, radix).ok().map(Number::from)
    } else {
        u64::from_str_radix(digits, radix).ok().map(Number::from)
    };
    number.map(Value::Number)
}

/// Reads a decimal number; infinities and what overflows to one stay text.
fn float(text: &str) -> Option<Value> {
    let body = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) =
        body.split_once(['e', 'E']).map_or((body, None), |(mantissa, rest)| (mantissa, Some(rest)));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let exponent_is_fine = exponent.is_none_or(|exponent| {
        let rest = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        !rest.is_empty() && digits(rest)
    });
    let some = !whole.is_empty() || !fraction.is_empty();
    if !(some && digits(whole) && digits(fraction) && exponent_is_fine) {
        return None;
    }
    text.parse().ok().and_then(Number::from_f64).map(Value::Number)
}
