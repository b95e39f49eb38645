//! The arena of nodes that one reading of a text makes.

use crate::source::Span;

/// The number of a node in its tree. Numbers rise in the order of the text.
pub(super) type Id = u32;

/// The nodes of one document.
#[derive(Debug, Default)]
pub(super) struct Tree {
    pub(super) nodes: Vec<Node>,
    pub(super) root: Option<Id>,
    /// Nodes that an alias names, sorted.
    pub(super) shared: Vec<Id>,
}

/// One node.
#[derive(Debug)]
pub(super) struct Node {
    /// The bytes of the node without `&anchor` and `!tag`.
    pub(super) span: Span,
    /// Where the node starts with `&anchor` and `!tag`.
    pub(super) outer: u32,
    /// Where the node ends with the blank lines that belong to a block scalar.
    pub(super) tail: u32,
    pub(super) kind: Kind,
}

/// What a node is.
#[derive(Debug)]
pub(super) enum Kind {
    Scalar(Scalar),
    Seq {
        layout: Layout,
        items: Vec<Id>,
    },
    Map {
        layout: Layout,
        entries: Vec<(Id, Id)>,
    },
    /// A use of another node.
    Alias(Id),
}

/// A scalar before its type is known.
#[derive(Debug)]
pub(super) struct Scalar {
    pub(super) text: Text,
    pub(super) style: Style,
    pub(super) tag: Tag,
}

/// The text of a scalar: mostly it stands in the source as it is.
#[derive(Debug)]
pub(super) enum Text {
    Source(Span),
    Owned(Box<str>),
}

/// How a scalar is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    Single,
    Double,
    Block,
}

/// The tags that change how a scalar is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tag {
    /// None is written.
    Absent,
    Null,
    Bool,
    Int,
    Float,
    /// `!!str`, and every tag that Keelmark does not know.
    Str,
}

/// How a collection is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    Block,
    Flow,
}

static NOTHING: Node = Node {
    span: Span { start: 0, end: 0 },
    outer: 0,
    tail: 0,
    kind: Kind::Scalar(Scalar {
        text: Text::Source(Span { start: 0, end: 0 }),
        style: Style::Plain,
        tag: Tag::Absent,
    }),
};

impl Tree {
    /// Returns a node; an empty scalar for a number that is not of this tree.
    pub(super) fn node(&self, id: Id) -> &Node {
        self.nodes.get(id as usize).unwrap_or(&NOTHING)
    }

    /// Follows an alias to the node that it names; an anchor never stands on an alias.
    pub(super) fn target(&self, id: Id) -> Id {
        match self.node(id).kind {
            Kind::Alias(target) => target,
            _ => id,
        }
    }

    /// Says whether a key is the merge key `<<`.
    pub(super) fn is_merge(&self, source: &str, key: Id) -> bool {
        match &self.node(key).kind {
            Kind::Scalar(scalar) => {
                scalar.style == Style::Plain
                    && scalar.tag == Tag::Absent
                    && scalar.text(source) == "<<"
            }
            _ => false,
        }
    }

    /// Returns the text of a key, through an alias; `None` for null and collections.
    pub(super) fn key<'a>(&'a self, source: &'a str, key: Id) -> Option<&'a str> {
        match &self.node(self.target(key)).kind {
            Kind::Scalar(scalar) if !scalar.is_null(source) => Some(scalar.text(source)),
            _ => None,
        }
    }

    /// Says whether some alias names the node.
    pub(super) fn is_shared(&self, id: Id) -> bool {
        self.shared.binary_search(&id).is_ok()
    }
}

impl Scalar {
    /// Returns the text behind escapes and folding.
    pub(super) fn text<'a>(&'a self, source: &'a str) -> &'a str {
        match &self.text {
            Text::Source(span) => source.get(span.range()).unwrap_or_default(),
            Text::Owned(text) => text,
        }
    }
}
