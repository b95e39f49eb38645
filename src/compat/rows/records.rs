//! From pieces of a stream to records: rows of CSV, or lines.

use memchr::memchr;

use super::MAX_ROW_BYTES;

/// One record, without its line end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Record<'a> {
    pub(super) bytes: &'a [u8],
    /// The line that it begins in, from 1.
    pub(super) line: u32,
    /// The byte that it begins at.
    pub(super) offset: u64,
    /// Whether a quote is in it.
    pub(super) quoted: bool,
    /// What is wrong with it as a whole.
    pub(super) flaw: Option<Flaw>,
}

/// What can be wrong with a record as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flaw {
    /// It has more than [`MAX_ROW_BYTES`]; `bytes` holds its beginning.
    TooLarge,
    /// A quote is open at the end of the file.
    Open,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    FieldStart,
    Bare,
    Quoted,
    QuoteClosed,
}

/// Cuts a stream into records.
#[derive(Debug)]
pub(super) struct Records {
    quotes: bool,
    state: State,
    seen_quote: bool,
    pending: Vec<u8>,
    too_large: bool,
    line: u32,
    offset: u64,
    start: (u32, u64),
}

impl Records {
    /// Cuts at line ends; with `quotes` not at those inside quotes.
    pub(super) fn new(quotes: bool) -> Self {
        Self {
            quotes,
            state: State::FieldStart,
            seen_quote: false,
            pending: Vec::new(),
            too_large: false,
            line: 1,
            offset: 0,
            start: (1, 0),
        }
    }

    /// Takes the next piece and hands on every record that it completes.
    pub(super) fn push(&mut self, mut piece: &[u8], mut take: impl FnMut(Record<'_>)) {
        while let Some(end) = memchr(b'\n', piece) {
            let (line, rest) = piece.split_at(end);
            piece = rest.get(1..).unwrap_or_default();
            self.scan(line);
            if self.state == State::Quoted {
                self.keep(line);
                self.keep(b"\n");
            } else if self.pending.is_empty() && line.len() <= MAX_ROW_BYTES {
                take(self.record(line));
                self.begin_next();
            } else {
                self.keep(line);
                self.hand_on(&mut take);
            }
            self.line = self.line.saturating_add(1);
            self.offset = self.offset.saturating_add(end as u64 + 1);
            if self.state == State::FieldStart && self.pending.is_empty() && !self.too_large {
                self.start = (self.line, self.offset);
            }
        }
        self.scan(piece);
        self.keep(piece);
        self.offset = self.offset.saturating_add(piece.len() as u64);
    }

    /// Hands on what is left at the end of the stream.
    pub(super) fn finish(&mut self, mut take: impl FnMut(Record<'_>)) {
        if !self.pending.is_empty() {
            self.hand_on(&mut take);
        }
    }

    fn hand_on(&mut self, take: &mut impl FnMut(Record<'_>)) {
        let pending = std::mem::take(&mut self.pending);
        take(self.record(&pending));
        self.pending = pending;
        self.pending.clear();
        self.begin_next();
    }

    fn record<'a>(&self, bytes: &'a [u8]) -> Record<'a> {
        let flaw = if self.too_large {
            Some(Flaw::TooLarge)
        } else {
            (self.state == State::Quoted).then_some(Flaw::Open)
        };
        Record {
            bytes: bytes.strip_suffix(b"\r").unwrap_or(bytes),
            line: self.start.0,
            offset: self.start.1,
            quoted: self.seen_quote,
            flaw,
        }
    }

    fn begin_next(&mut self) {
        self.state = State::FieldStart;
        self.seen_quote = false;
        self.too_large = false;
    }

    /// Keeps the beginning of a record whose end is not here yet.
    fn keep(&mut self, bytes: &[u8]) {
        let room = MAX_ROW_BYTES.saturating_sub(self.pending.len());
        self.too_large |= bytes.len() > room;
        self.pending.extend_from_slice(bytes.get(..room.min(bytes.len())).unwrap_or_default());
    }

    fn scan(&mut self, bytes: &[u8]) {
        if !self.quotes {
            return;
        }
        let mut rest = bytes;
        while let Some(at) = memchr(b'"', rest) {
            self.seen_quote = true;
            let (before, behind) = rest.split_at(at);
            self.pass(before);
            self.state = match self.state {
                State::FieldStart | State::QuoteClosed => State::Quoted,
                State::Quoted => State::QuoteClosed,
                State::Bare => State::Bare,
            };
            rest = behind.get(1..).unwrap_or_default();
        }
        self.pass(rest);
    }

    /// Passes over bytes without a quote.
    fn pass(&mut self, bytes: &[u8]) {
        self.state = match (self.state, bytes.last()) {
            (state, None) | (state @ State::Quoted, _) => state,
            (_, Some(b',')) => State::FieldStart,
            (_, Some(_)) => State::Bare,
        };
    }
}
