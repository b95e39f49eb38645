//! A fault before it has a place, and the finding that it becomes.

use super::rules::{MISSING_KEY, TYPE, UNKNOWN_KEY};
use super::words;
use crate::finding::{Finding, Fix, Place, Replacement, Rule, Safety};
use crate::source::Span;
use crate::yaml::Document;

/// Which part of an element a fault points at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum At {
    /// Its value.
    Value,
    /// Its key.
    Key,
    /// The key or the first line of the map that lacks it.
    Holder,
}

/// Something that a schema refuses.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) rule: &'static Rule,
    /// The element; it need not exist.
    pub(super) pointer: String,
    pub(super) at: At,
    pub(super) message: String,
    pub(super) help: Option<String>,
    /// What would stand there instead, where that can be said.
    pub(super) instead: Option<(String, Safety)>,
    /// Whether typed reading has to leave the value out.
    pub(super) leaves_out: bool,
}

impl Fault {
    pub(super) fn new(rule: &'static Rule, pointer: impl Into<String>, at: At) -> Self {
        Self {
            rule,
            pointer: pointer.into(),
            at,
            message: String::new(),
            help: None,
            instead: None,
            leaves_out: false,
        }
    }

    pub(super) fn message(mut self, message: impl Into<String>) -> Self {
        self.message = message.into();
        self
    }

    pub(super) fn help(mut self, help: Option<String>) -> Self {
        self.help = help;
        self
    }

    /// Points the fault at its line and column.
    pub(super) fn into_finding(self, document: &Document) -> Finding {
        let mut place = match self.at {
            At::Value => document.place(&self.pointer),
            At::Key => document.key_place(&self.pointer),
            At::Holder => document.key_place(words::parent(&self.pointer)),
        };
        if self.at != At::Value {
            place.span = first_line(&place);
        }
        place.pointer.clone_from(&self.pointer);
        let fix = self.instead.as_ref().and_then(|(text, safety)| {
            let located = document.locate(&self.pointer);
            let span = if self.at == At::Key { located.key? } else { located.value };
            // A value behind an alias serves others too.
            (located.found && located.via.is_none() && !span.is_empty()).then(|| Fix {
                title: format!("write `{}`", words::cut(text)),
                safety: *safety,
                replacements: vec![Replacement { span, text: text.clone() }],
            })
        });
        let value = document.value().pointer(&self.pointer).map(ToString::to_string);
        let mut finding = Finding::new(self.rule, place, self.message)
            .values(String::new(), words::cut(&value.unwrap_or_default()));
        finding.help = self.help;
        finding.fix = fix;
        finding
    }
}

/// Cuts a place to its first line, so that a missing key does not underline the whole map.
fn first_line(place: &Place) -> Span {
    let text = place.file.slice(place.span);
    let line = text.lines().next().unwrap_or_default();
    let length = u32::try_from(line.len()).unwrap_or_default();
    Span::new(place.span.start, place.span.start.saturating_add(length))
}

/// Leaves one fault for each element, and none that only repeats another.
pub(super) fn without_echoes(faults: Vec<Fault>) -> Vec<Fault> {
    let mut kept: Vec<Fault> = Vec::new();
    for fault in faults {
        let rival = kept.iter_mut().find(|other| {
            other.pointer == fault.pointer && (other.at == At::Value) == (fault.at == At::Value)
        });
        match rival {
            // A value of the wrong type is also none of an `enum`'s values.
            Some(other) if fault.rule.id == TYPE.id && other.rule.id != TYPE.id => *other = fault,
            Some(_) => {}
            None => kept.push(fault),
        }
    }
    // A misspelt key is also a missing one.
    let misspelt: Vec<String> = kept
        .iter()
        .filter(|fault| fault.rule.id == UNKNOWN_KEY.id)
        .filter_map(|fault| {
            let (meant, _) = fault.instead.as_ref()?;
            Some(words::child(words::parent(&fault.pointer), meant))
        })
        .collect();
    kept.retain(|fault| fault.rule.id != MISSING_KEY.id || !misspelt.contains(&fault.pointer));
    kept
}
