//! Where the dashes of block lists stand.

use granit_parser::{Scanner, StrInput, TokenType};

use super::text::skip_blank;
use super::tree::{Id, Kind, Layout, Tree};

/// Returns the offset of the `-` in front of an item of a block list.
///
/// The parser gives no place for it. But every item of a block list has one token of its own, and
/// nodes are numbered in the order of the text.
pub(super) fn before(tree: &Tree, source: &str, item: Id) -> Option<usize> {
    let mut items: Vec<Id> = Vec::new();
    for node in &tree.nodes {
        if let Kind::Seq { layout: Layout::Block, items: inner } = &node.kind {
            items.extend(inner);
        }
    }
    items.sort_unstable();
    let position = items.binary_search(&item).ok()?;
    dashes(source).nth(position).filter(|at| source.as_bytes().get(*at) == Some(&b'-'))
}

/// Iterates over the dashes of block lists. A token lies behind its dash, and behind a comment
/// after it, so the dash is the first thing after the token before.
fn dashes(source: &str) -> impl Iterator<Item = usize> {
    let mut options = granit_parser::Options::default();
    options.set_emit_comments(false);
    let mut floor = 0;
    Scanner::with_options(StrInput::new(source), options).map_while(Result::ok).filter_map(
        move |token| {
            let range = token.span().byte_range()?;
            match token.token_type() {
                TokenType::BlockEntry => {
                    let dash = skip_blank(source, floor);
                    floor = range.start;
                    Some(dash)
                }
                TokenType::Value => {
                    floor = range.start + 1;
                    None
                }
                _ => {
                    floor = floor.max(range.end);
                    None
                }
            }
        },
    )
}
