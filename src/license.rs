//! Licences as SPDX expressions, and which of two asks more of those who use the work.
//!
//! An expression is read as the choices that it leaves, each a set of licences that hold together.
//! The order of single licences is a small table; what it does not say is not decided. Patents and
//! trade marks are no part of it, and nothing here is legal advice.

mod commerce;
mod order;

use std::collections::BTreeSet;
use std::fmt;

pub use commerce::forbids_commerce;
pub use order::Terms;

/// The most bytes of an expression that are read.
const MAX_BYTES: usize = 1_000;

/// The most choices that an expression may leave.
const MAX_CHOICES: usize = 64;

/// How deep parentheses may be nested.
const MAX_DEPTH: usize = 20;

/// One licence with the exception that softens it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Term {
    /// The identifier, as the SPDX list spells it; `+` stands behind it for later versions.
    name: String,
    /// What stands behind `WITH`.
    exception: Option<String>,
}

/// A licence: the choices that it leaves, each a set of licences that hold together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct License {
    choices: BTreeSet<BTreeSet<Term>>,
}

/// Why a text is no SPDX expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct Fault {
    /// What is wrong.
    pub what: String,
    /// The byte at which it is.
    pub at: usize,
    /// What to write instead, where that can be guessed.
    pub instead: Option<String>,
}

impl License {
    /// Reads an SPDX expression, such as `MIT OR Apache-2.0`.
    ///
    /// Identifiers and operators are matched without case. Identifiers that SPDX has replaced, such
    /// as `GPL-2.0`, are read as their successors. A licence that the list does not have is written
    /// as `LicenseRef-<name>`.
    ///
    /// # Errors
    /// When the text is no expression, or leaves too many choices to compare them.
    pub fn read(text: &str) -> Result<Self, Fault> {
        if text.len() > MAX_BYTES {
            let what = format!("an expression has at most {MAX_BYTES} bytes");
            return Err(Fault { what, at: 0, instead: None });
        }
        let mut reader = Reader { rest: tokens(text), end: text.len() };
        let choices = reader.either(0)?;
        match reader.rest.first() {
            None => Ok(Self { choices }),
            Some(token) => {
                let what = format!("`{}` was not expected", shown(token.text));
                Err(fault(what, token.at))
            }
        }
    }

    /// Compares what a licence asks with what another asked before it.
    #[must_use]
    pub fn terms_after(&self, old: &Self) -> Terms {
        match (covers(old, self), covers(self, old)) {
            (true, true) => Terms::Same,
            (true, false) => Terms::Fewer,
            (false, true) => Terms::More,
            (false, false) => Terms::Undecided,
        }
    }

    /// Says whether every choice holds a licence that `is` is true of, by its identifier.
    pub fn always(&self, is: impl Fn(&str) -> bool) -> bool {
        self.choices.iter().all(|choice| choice.iter().any(|term| is(&term.name)))
    }
}

/// Says whether whatever the old licence allowed is allowed by the new one: for each choice of the
/// old one there is a choice of the new one that asks no more.
fn covers(old: &License, new: &License) -> bool {
    let asks_no_more = |new: &BTreeSet<Term>, old: &BTreeSet<Term>| {
        new.iter().all(|term| old.iter().any(|other| order::asks_no_more(term, other)))
    };
    old.choices.iter().all(|old| new.choices.iter().any(|new| asks_no_more(new, old)))
}

/// A word or a parenthesis, and the byte at which it begins.
#[derive(Debug, Clone, Copy)]
struct Token<'a> {
    text: &'a str,
    at: usize,
}

fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut found = Vec::new();
    let mut start = None;
    for (at, character) in text.char_indices().chain([(text.len(), ' ')]) {
        let ends = character.is_whitespace() || matches!(character, '(' | ')');
        if ends && let Some(from) = start.take() {
            found.extend(text.get(from..at).map(|text| Token { text, at: from }));
        }
        if !ends {
            start.get_or_insert(at);
        } else if !character.is_whitespace() {
            found.extend(text.get(at..=at).map(|text| Token { text, at }));
        }
    }
    found
}

fn fault(what: impl Into<String>, at: usize) -> Fault {
    Fault { what: what.into(), at, instead: None }
}

/// Shortens a text for a message.
fn shown(text: &str) -> String {
    let short: String = text.chars().take(60).collect();
    short.escape_debug().to_string()
}

/// Reads tokens by the grammar of SPDX: `OR` binds less than `AND`, and `AND` less than `WITH`.
struct Reader<'a> {
    rest: Vec<Token<'a>>,
    end: usize,
}

/// The choices of a part of an expression.
type Choices = BTreeSet<BTreeSet<Term>>;

impl<'a> Reader<'a> {
    fn next(&mut self) -> Option<Token<'a>> {
        (!self.rest.is_empty()).then(|| self.rest.remove(0))
    }

    fn take(&mut self, word: &str) -> bool {
        let is = self.rest.first().is_some_and(|token| token.text.eq_ignore_ascii_case(word));
        if is {
            self.rest.remove(0);
        }
        is
    }

    fn either(&mut self, depth: usize) -> Result<Choices, Fault> {
        let mut choices = self.both(depth)?;
        while self.take("OR") {
            choices.extend(self.both(depth)?);
            self.bounded(&choices)?;
        }
        Ok(choices)
    }

    fn both(&mut self, depth: usize) -> Result<Choices, Fault> {
        let mut choices = self.one(depth)?;
        while self.take("AND") {
            let others = self.one(depth)?;
            let pairs = choices.iter().flat_map(|a| others.iter().map(move |b| (a, b)));
            choices = pairs.map(|(a, b)| a.union(b).cloned().collect()).collect();
            self.bounded(&choices)?;
        }
        Ok(choices)
    }

    fn bounded(&self, choices: &Choices) -> Result<(), Fault> {
        let what = format!("an expression leaves at most {MAX_CHOICES} choices");
        if choices.len() > MAX_CHOICES { Err(fault(what, self.end)) } else { Ok(()) }
    }

    fn one(&mut self, depth: usize) -> Result<Choices, Fault> {
        let Some(token) = self.next() else {
            return Err(fault("the expression ends where a licence is expected", self.end));
        };
        if token.text == "(" {
            if depth == MAX_DEPTH {
                let what = format!("parentheses are nested {MAX_DEPTH} deep at most");
                return Err(fault(what, token.at));
            }
            let choices = self.either(depth + 1)?;
            if self.take(")") {
                return Ok(choices);
            }
            return Err(fault("a `(` is not closed", token.at));
        }
        let name = name(token)?;
        let mut exception = None;
        if self.take("WITH") {
            let Some(token) = self.next() else {
                return Err(fault("an exception is expected after `WITH`", self.end));
            };
            exception = Some(addition(token)?);
        }
        Ok(BTreeSet::from([BTreeSet::from([Term { name, exception }])]))
    }
}

/// Says whether a text is a reference to a licence or an addition of one's own.
fn is_own(text: &str, prefix: &str) -> bool {
    let plain = |text: &str| {
        !text.is_empty()
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.')
    };
    let own = |text: &str| text.strip_prefix(prefix).is_some_and(plain);
    match text.strip_prefix("DocumentRef-") {
        Some(rest) => {
            rest.split_once(':').is_some_and(|(document, rest)| plain(document) && own(rest))
        }
        None => own(text),
    }
}

/// Reads an identifier of a licence.
fn name(token: Token<'_>) -> Result<String, Fault> {
    let text = token.text;
    if is_own(text, "LicenseRef-") {
        return Ok(text.to_owned());
    }
    let (bare, later) = text.strip_suffix('+').map_or((text, false), |bare| (bare, true));
    let licenses = spdx::identifiers::LICENSES;
    let Some(known) = licenses.iter().find(|known| known.name.eq_ignore_ascii_case(bare)) else {
        let operator = ["AND", "OR", "WITH", ")"].iter().any(|o| o.eq_ignore_ascii_case(text));
        let what = if operator {
            format!("a licence is expected before `{}`", shown(text))
        } else {
            format!("`{}` is no licence that SPDX lists", shown(text))
        };
        let instead = if operator { None } else { likely(text) };
        return Err(Fault { what, at: token.at, instead });
    };
    let successor = |ending: &str| {
        let name = format!("{}{ending}", known.name);
        spdx::license_id(&name).map(|_| name)
    };
    // `GPL-2.0` and `GPL-2.0+` are spelled out since version 3.0 of the list.
    let spelled = if later { successor("-or-later") } else { successor("-only") };
    if let Some(name) = spelled {
        return Ok(name);
    }
    let versions = ["-only", "-or-later"].iter().any(|ending| known.name.ends_with(ending));
    if later && versions {
        let what = format!("`+` and the ending of `{}` contradict each other", known.name);
        return Err(fault(what, token.at));
    }
    Ok(if later { format!("{}+", known.name) } else { known.name.to_owned() })
}

/// Reads what stands behind `WITH`.
fn addition(token: Token<'_>) -> Result<String, Fault> {
    if is_own(token.text, "AdditionRef-") {
        return Ok(token.text.to_owned());
    }
    let exceptions = spdx::identifiers::EXCEPTIONS;
    let known = exceptions.iter().find(|known| known.name.eq_ignore_ascii_case(token.text));
    known.map(|known| known.name.to_owned()).ok_or_else(|| {
        fault(format!("`{}` is no exception that SPDX lists", shown(token.text)), token.at)
    })
}

/// Guesses which identifier was meant.
fn likely(text: &str) -> Option<String> {
    if let Some((id, length)) = spdx::imprecise_license_id(text)
        && length == text.len()
    {
        return Some(id.name.to_owned());
    }
    let likeness = |name: &str| strsim::jaro_winkler(&name.to_lowercase(), &text.to_lowercase());
    let names = spdx::identifiers::LICENSES.iter().map(|known| (likeness(known.name), known.name));
    let close = names.filter(|(likeness, _)| *likeness > 0.9);
    let close = close.max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(a.1)));
    close.map(|(_, name)| name.to_owned())
}

impl fmt::Display for License {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let alone = self.choices.len() == 1;
        for (at, choice) in self.choices.iter().enumerate() {
            let terms: Vec<String> = choice.iter().map(ToString::to_string).collect();
            let joined = terms.join(" AND ");
            f.write_str(if at > 0 { " OR " } else { "" })?;
            if alone || choice.len() == 1 {
                write!(f, "{joined}")
            } else {
                write!(f, "({joined})")
            }?;
        }
        Ok(())
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        self.exception.as_ref().map_or(Ok(()), |exception| write!(f, " WITH {exception}"))
    }
}

#[cfg(test)]
mod tests;
