//! The fields of a record of CSV.

use std::borrow::Cow;

use memchr::{memchr, memchr_iter};

/// One field: its bytes in the record, quotes included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) start: usize,
    pub(super) end: usize,
    quoted: bool,
}

impl Field {
    /// Returns the text of the field.
    pub(super) fn text<'a>(&self, record: &'a [u8]) -> Cow<'a, [u8]> {
        let raw = record.get(self.start..self.end).unwrap_or_default();
        if !self.quoted {
            return Cow::Borrowed(raw);
        }
        let inner = raw.get(1..raw.len().saturating_sub(1)).unwrap_or_default();
        if !inner.contains(&b'"') {
            return Cow::Borrowed(inner);
        }
        let mut text = Vec::with_capacity(inner.len());
        let mut bytes = inner.iter();
        while let Some(byte) = bytes.next() {
            text.push(*byte);
            if *byte == b'"' {
                // The second of two quotes.
                bytes.next();
            }
        }
        Cow::Owned(text)
    }
}

/// Cuts a record into fields. Returns the byte at which text stands behind a closing quote.
pub(super) fn cut(record: &[u8], quoted: bool, fields: &mut Vec<Field>) -> Option<usize> {
    fields.clear();
    let mut start = 0;
    if !quoted {
        for at in memchr_iter(b',', record) {
            fields.push(Field { start, end: at, quoted: false });
            start = at + 1;
        }
        fields.push(Field { start, end: record.len(), quoted: false });
        return None;
    }
    let mut behind = None;
    loop {
        let rest = record.get(start..).unwrap_or_default();
        let (mut end, mut closed) = (record.len(), false);
        if rest.first() == Some(&b'"')
            && let Some(close) = closing(record, start + 1)
        {
            end = close + 1;
            closed = true;
        }
        if !closed || record.get(end).is_some_and(|byte| *byte != b',') {
            if closed {
                behind.get_or_insert(end);
                closed = false;
            }
            let from = if rest.first() == Some(&b'"') { end } else { start };
            let tail = record.get(from..).unwrap_or_default();
            end = memchr(b',', tail).map_or(record.len(), |at| from + at);
        }
        fields.push(Field { start, end, quoted: closed });
        if end >= record.len() {
            return behind;
        }
        start = end + 1;
    }
}

/// Finds the quote that closes a field; two in a row belong to the text.
fn closing(record: &[u8], mut at: usize) -> Option<usize> {
    loop {
        at += memchr(b'"', record.get(at..)?)?;
        if record.get(at + 1) != Some(&b'"') {
            return Some(at);
        }
        at += 2;
    }
}
