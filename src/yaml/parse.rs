//! Text → tree, from the events of the parser.

use std::collections::HashMap;

use granit_parser::{ErrorKind, Event, Parser, ScalarStyle, ScanError, StructureStyle};

use super::text::{offset, skip_blank};
use super::tree::{Id, Kind, Layout, Node, Scalar, Style, Tag, Text, Tree};
use super::value::MAX_DEPTH;
use crate::source::Span;

/// How many nodes a document may have.
pub(super) const MAX_NODES: usize = 200_000;

/// Why reading stopped.
#[derive(Debug)]
pub(super) enum Stop {
    /// The text is not YAML.
    Syntax(ScanError),
    /// Too many nodes.
    Nodes(Span),
    /// Too much through aliases.
    Expansion(Span),
    /// Nested too deep.
    Depth(Span),
    /// An alias inside its own target.
    Recursive(Span),
}

/// The tree of the first document, and where a second one starts.
pub(super) struct Reading {
    pub(super) tree: Tree,
    pub(super) second: Option<Span>,
}

/// Reads the first document of a text.
pub(super) fn read(source: &str) -> Result<Reading, Stop> {
    let mut options = granit_parser::options! {
        flow_nesting_limit: MAX_DEPTH as usize,
        block_nesting_limit: MAX_DEPTH as usize,
        emit_anchor_events: true,
    };
    // With comment events, 97 comment lines between a key and its value are an error.
    options.set_emit_comments(false);
    let mut reader = Reader { source, ..Reader::default() };
    let mut documents = 0;
    let mut second = None;
    for event in Parser::new_from_str_with_options(source, options) {
        let (event, at) = event.map_err(|fault| match fault.kind() {
            ErrorKind::RecursionLimitExceeded => {
                Stop::Depth(character_at(source, fault.marker().byte_offset().unwrap_or_default()))
            }
            _ => Stop::Syntax(fault),
        })?;
        let range = at.byte_range().unwrap_or_default();
        let span = Span::new(offset(range.start), offset(range.end));
        if matches!(event, Event::DocumentStart(..)) {
            documents += 1;
            if documents > 1 {
                second = Some(span);
                break;
            }
            continue;
        }
        let tagged = at.tag_start.and_then(|mark| mark.byte_offset()).map(offset);
        let outer = tagged.map_or(span.start, |start| start.min(span.start));
        reader.event(event, span, outer)?;
    }
    reader.tree.shared.sort_unstable();
    reader.tree.shared.dedup();
    Ok(Reading { tree: reader.tree, second })
}

/// Returns the span of the character at an offset; empty at the end of the text.
pub(super) fn character_at(source: &str, at: usize) -> Span {
    let mut start = at.min(source.len());
    while !source.is_char_boundary(start) {
        start -= 1;
    }
    let next = source.get(start..).and_then(|rest| rest.chars().next());
    let length = next.filter(|c| !matches!(c, '\r' | '\n')).map_or(0, char::len_utf8);
    Span::new(offset(start), offset(start + length))
}

#[derive(Default)]
struct Reader<'s> {
    source: &'s str,
    tree: Tree,
    anchors: HashMap<usize, Id>,
    /// The collections that are not closed yet, each with the key that waits for its value.
    open: Vec<(Id, Option<Id>)>,
    /// Where the event before this one ended.
    before: u32,
}

impl Reader<'_> {
    fn event(&mut self, event: Event<'_>, span: Span, outer: u32) -> Result<(), Stop> {
        let before = self.before;
        if !matches!(event, Event::Anchor(..)) {
            self.before = span.end;
        }
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let tag = tag.map_or(Tag::Absent, |tag| known_tag(tag.core_suffix()));
                let node = self.scalar(&text, (style, tag), (before, span), outer);
                let id = self.push(node)?;
                self.anchor(anchor, id);
                self.attach(id);
            }
            Event::Alias(anchor) => {
                let known = self.anchors.get(&anchor).copied();
                let target = known.ok_or(Stop::Recursive(span))?;
                if self.open.iter().any(|(id, _)| *id == target) {
                    return Err(Stop::Recursive(span));
                }
                self.tree.shared.push(target);
                let kind = Kind::Alias(target);
                let id = self.push(Node { span, outer, tail: span.end, kind })?;
                self.attach(id);
            }
            Event::SequenceStart(style, anchor, _) => {
                let kind = Kind::Seq { layout: layout(style), items: Vec::new() };
                let id = self.push(Node { span, outer, tail: span.end, kind })?;
                self.anchor(anchor, id);
                self.open.push((id, None));
            }
            Event::MappingStart(style, anchor, _) => {
                let kind = Kind::Map { layout: layout(style), entries: Vec::new() };
                let id = self.push(Node { span, outer, tail: span.end, kind })?;
                self.anchor(anchor, id);
                self.open.push((id, None));
            }
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some((id, _)) = self.open.pop() {
                    self.close(id, span.end);
                    self.attach(id);
                }
            }
            // The anchor of the node before.
            Event::Anchor(..) => {
                if let Some(node) = self.tree.nodes.last_mut() {
                    node.outer = node.outer.min(span.start);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn scalar(
        &self,
        text: &str,
        (style, tag): (ScalarStyle, Tag),
        (before, span): (u32, Span),
        outer: u32,
    ) -> Node {
        let (style, inner) = match style {
            ScalarStyle::Plain => (Style::Plain, span),
            ScalarStyle::SingleQuoted => (Style::Single, within_quotes(span)),
            ScalarStyle::DoubleQuoted => (Style::Double, within_quotes(span)),
            ScalarStyle::Literal | ScalarStyle::Folded => (Style::Block, span),
        };
        let (span, tail) = match style {
            Style::Block => self.block_scalar(before, span, text),
            _ => (span, span.end),
        };
        // The parser gives an empty value the text `~`.
        let text = if span.is_empty() {
            Text::Source(span)
        } else if self.source.get(inner.range()) == Some(text) {
            Text::Source(inner)
        } else {
            Text::Owned(text.into())
        };
        let outer = outer.min(span.start);
        Node { span, outer, tail, kind: Kind::Scalar(Scalar { text, style, tag }) }
    }

    /// Returns the span of a block scalar from its header on, and where the blank lines end that
    /// belong to its text.
    ///
    /// The parser's span starts at the first character of the content. The header is searched
    /// forward from the event before: searched backward, `> # a | b` would mislead.
    fn block_scalar(&self, before: u32, content: Span, text: &str) -> (Span, u32) {
        let bytes = self.source.as_bytes();
        let stop = content.start as usize;
        let mut at = before as usize;
        let head = loop {
            at = skip_blank(self.source, at);
            match bytes.get(at) {
                Some(b'|' | b'>') if at < stop => break at,
                Some(b'&' | b'!') if at < stop => {
                    let rest = bytes.get(at..).unwrap_or_default();
                    let word = rest.iter().position(u8::is_ascii_whitespace);
                    at += word.unwrap_or(rest.len()).max(1);
                }
                Some(_) if at < stop => at += 1,
                _ => break stop,
            }
        };
        let written = self.source.get(head..content.end as usize).unwrap_or_default();
        let span = Span::new(offset(head), offset(head + written.trim_end().len()));
        let header = written.split(['\n', '#', ' ', '\t', '\r']).next().unwrap_or_default();
        let keeps = header.contains('+') || text.trim_end_matches('\n').ends_with([' ', '\t']);
        (span, if keeps { content.end } else { span.end })
    }

    fn push(&mut self, node: Node) -> Result<Id, Stop> {
        if self.tree.nodes.len() >= MAX_NODES {
            return Err(Stop::Nodes(node.span));
        }
        let id = offset(self.tree.nodes.len());
        self.tree.nodes.push(node);
        Ok(id)
    }

    fn anchor(&mut self, anchor: usize, id: Id) {
        if anchor != 0 {
            self.anchors.insert(anchor, id);
        }
    }

    /// Hands a finished node to the collection around it.
    fn attach(&mut self, id: Id) {
        let Some((parent, pending)) = self.open.last_mut() else {
            self.tree.root.get_or_insert(id);
            return;
        };
        match self.tree.nodes.get_mut(*parent as usize).map(|node| &mut node.kind) {
            Some(Kind::Seq { items, .. }) => items.push(id),
            Some(Kind::Map { entries, .. }) => match pending.take() {
                Some(key) => entries.push((key, id)),
                None => *pending = Some(id),
            },
            _ => {}
        }
    }

    /// Sets the end of a collection. Only flow collections have one of their own; for the others
    /// the parser gives the place of the next token.
    fn close(&mut self, id: Id, end: u32) {
        let node = self.tree.node(id);
        let (bracket, last) = match &node.kind {
            Kind::Seq { layout: Layout::Flow, items } => (Some(b']'), items.last().copied()),
            Kind::Map { layout: Layout::Flow, entries } => {
                (Some(b'}'), entries.last().map(|(_, value)| *value))
            }
            Kind::Seq { items, .. } => (None, items.last().copied()),
            Kind::Map { entries, .. } => (None, entries.last().map(|(_, value)| *value)),
            _ => return,
        };
        let byte = (end as usize).checked_sub(1).and_then(|at| self.source.as_bytes().get(at));
        // `[a: 1]` holds a flow mapping without braces.
        let own_end = bracket.is_some() && byte == bracket.as_ref() && end > node.span.start + 1;
        let (end, tail) = match last {
            Some(last) if !own_end => {
                let last = self.tree.node(last);
                (last.span.end, last.tail)
            }
            _ if own_end => (end, end),
            _ => (node.span.end, node.span.end),
        };
        if let Some(node) = self.tree.nodes.get_mut(id as usize) {
            node.span = Span::new(node.span.start, end);
            node.tail = tail.max(node.span.end);
        }
    }
}

fn within_quotes(span: Span) -> Span {
    Span::new(span.start.saturating_add(1), span.end.saturating_sub(1))
}

fn layout(style: StructureStyle) -> Layout {
    match style {
        StructureStyle::Block => Layout::Block,
        StructureStyle::Flow => Layout::Flow,
    }
}

fn known_tag(core: Option<&str>) -> Tag {
    match core {
        Some("null") => Tag::Null,
        Some("bool") => Tag::Bool,
        Some("int") => Tag::Int,
        Some("float") => Tag::Float,
        _ => Tag::Str,
    }
}
