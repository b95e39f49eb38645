//! Where the bytes of an edit go.

use std::ops::Range;

use super::dash;
use super::document::Document;
use super::edit::{Edit, EditFault, NewValue, Scalar};
use super::locate::{Hit, escape_pointer, walk};
use super::quote::{block, double, flow, scalar};
use super::text::{
    blanks_before, eol, is_first_in_line, line_break, line_end, line_start, skip_blank,
};
use super::tree::{Id, Kind, Layout, Node, Style, Tree};

/// Other text for a range of bytes.
pub(super) struct Cut {
    pub(super) range: Range<usize>,
    pub(super) text: String,
}

/// An edit with its cuts.
pub(super) struct Planned<'a> {
    pub(super) edit: &'a Edit,
    /// The order in the text; of edits at one place, values come first, then items, then keys.
    pub(super) order: (usize, u8),
    pub(super) cuts: Vec<Cut>,
}

/// Finds the cuts of one edit.
pub(super) fn plan<'a>(
    document: &Document,
    edit: &'a Edit,
    all: &[Edit],
) -> Result<Planned<'a>, EditFault> {
    let planner =
        Planner { source: document.source().text(), tree: &document.tree, edit, document };
    let (rank, cuts) = match edit {
        Edit::Set { value, .. } => planner.set(value)?,
        Edit::PrependItem { item, .. } => planner.prepend(item)?,
        Edit::InsertKeyAfter { key, value, .. } => planner.insert(key, value)?,
        Edit::RemoveItem { pointer } => {
            let list = pointer.rsplit_once('/').map_or("", |(list, _)| list);
            let refilled = all
                .iter()
                .any(|edit| matches!(edit, Edit::PrependItem { pointer, .. } if pointer == list));
            planner.remove(list, if refilled { Emptied::Refilled } else { Emptied::ForGood })?
        }
    };
    let start = cuts.last().map(|cut| cut.range.start).unwrap_or_default();
    Ok(Planned { edit, order: (start, rank), cuts })
}

/// What comes after the removal of a list's last item.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Emptied {
    Refilled,
    ForGood,
}

/// Edits at one place: values first, then items, then keys, then what replaces bytes.
const VALUE: u8 = 0;
const ITEM: u8 = 1;
const KEY: u8 = 2;
const REPLACEMENT: u8 = 3;

struct Planner<'a> {
    source: &'a str,
    tree: &'a Tree,
    edit: &'a Edit,
    document: &'a Document,
}

/// The cuts of one edit with their rank.
type Cuts = Result<(u8, Vec<Cut>), EditFault>;

impl Planner<'_> {
    fn set(&self, value: &Scalar) -> Cuts {
        let (hit, parent) = self.own(self.edit.pointer())?;
        let node = self.tree.node(hit.value);
        let Kind::Scalar(old) = &node.kind else {
            return Err(self.form("a scalar"));
        };
        let text = scalar(value.text(), old.style);
        if !node.span.is_empty() {
            return Ok(replace(node.span.range(), text));
        }
        let at = match (hit.key, parent) {
            (Some(key), _) => self.behind_colon(self.tree.node(key)),
            (None, Some(_)) => self.dash_of(hit.value).map(|dash| dash + 1),
            (None, None) => None,
        };
        Ok(put(VALUE, at.ok_or_else(|| self.unfaithful())?, format!(" {text}")))
    }

    fn prepend(&self, item: &Scalar) -> Cuts {
        let (hit, _) = self.own(self.edit.pointer())?;
        let node = self.tree.node(hit.value);
        let Kind::Seq { layout, items } = &node.kind else {
            return self.first_item(hit, node, item);
        };
        let Some(first) = items.first() else {
            let behind_bracket = node.span.start as usize + 1;
            return Ok(put(ITEM, behind_bracket, double(item.text())));
        };
        let style = match &self.tree.node(*first).kind {
            Kind::Scalar(first) if first.style == Style::Single => Style::Single,
            _ => Style::Double,
        };
        let item = scalar(item.text(), style);
        let at = match layout {
            Layout::Flow => self.tree.node(*first).outer as usize,
            Layout::Block => self.dash_of(*first).ok_or_else(|| self.unfaithful())?,
        };
        let indent = blanks_before(self.source, at);
        let eol = eol(self.source);
        let own_line = is_first_in_line(self.source, at);
        match layout {
            Layout::Flow if own_line => Ok(put(ITEM, at, format!("{item},{eol}{indent}"))),
            Layout::Flow => Ok(put(ITEM, at, format!("{item}, "))),
            Layout::Block if own_line => {
                Ok(put(ITEM, line_start(self.source, at), format!("{indent}- {item}{eol}")))
            }
            Layout::Block => Ok(put(ITEM, at, format!("- {item}{eol}{indent}"))),
        }
    }

    /// Makes a list of a key without a value.
    fn first_item(&self, hit: Hit, node: &Node, item: &Scalar) -> Cuts {
        let (Kind::Scalar(_), true, Some(key)) = (&node.kind, node.span.is_empty(), hit.key) else {
            return Err(self.form("a list"));
        };
        let key = self.tree.node(key);
        let colon = self.behind_colon(key).ok_or_else(|| self.unfaithful())?;
        let item = double(item.text());
        let indent = blanks_before(self.source, key.outer as usize);
        Ok(put(
            ITEM,
            line_end(self.source, colon),
            format!("{}{indent}  - {item}", eol(self.source)),
        ))
    }

    fn insert(&self, key: &str, value: &NewValue) -> Cuts {
        let (hit, parent) = self.own(self.edit.pointer())?;
        let (Some(sibling), Some(parent)) = (hit.key, parent) else {
            return Err(self.form("the key of a mapping"));
        };
        let Kind::Map { layout, .. } = &self.tree.node(parent).kind else {
            return Err(self.form("the key of a mapping"));
        };
        let map = self.edit.pointer().rsplit_once('/').map_or("", |(map, _)| map);
        let pointer = format!("{map}/{}", escape_pointer(key));
        if self.document.locate(&pointer).found {
            return Err(EditFault::Exists { pointer });
        }
        let key = scalar(key, Style::Plain);
        let sibling = self.tree.node(sibling);
        let node = self.tree.node(hit.value);
        let end = if node.span.is_empty() {
            self.behind_colon(sibling).unwrap_or(node.span.end as usize)
        } else {
            node.span.end as usize
        };
        if *layout == Layout::Flow {
            return Ok(put(KEY, end, format!(", {key}: {}", flow(value))));
        }
        let indent = blanks_before(self.source, sibling.outer as usize);
        let eol = eol(self.source);
        let lines = format!("{key}:{}", block(value, &format!("{eol}{indent}  ")));
        // The blank lines behind a kept block scalar are part of its text.
        if node.tail > node.span.end && line_start(self.source, node.tail as usize) > end {
            let at = line_start(self.source, node.tail as usize);
            return Ok(put(KEY, at, format!("{indent}{lines}{eol}")));
        }
        Ok(put(KEY, line_end(self.source, end), format!("{eol}{indent}{lines}")))
    }

    fn remove(&self, list: &str, emptied: Emptied) -> Cuts {
        let (hit, parent) = self.own(self.edit.pointer())?;
        let Some(Kind::Seq { layout, items }) = parent.map(|id| &self.tree.node(id).kind) else {
            return Err(self.form("the item of a list"));
        };
        let position = items.iter().position(|item| *item == hit.value);
        let position = position.ok_or_else(|| self.form("the item of a list"))?;
        match layout {
            Layout::Flow => self.remove_flow(items, position),
            Layout::Block => self.remove_block(list, items, position, emptied),
        }
    }

    fn remove_flow(&self, items: &[Id], position: usize) -> Cuts {
        let node = |at: usize| items.get(at).map(|id| self.tree.node(*id));
        let Some(item) = node(position) else { return Err(self.unfaithful()) };
        let (start, end) = (item.outer as usize, item.span.end as usize);
        if let Some(next) = node(position + 1) {
            return Ok(replace(start..next.outer as usize, String::new()));
        }
        let before = position.checked_sub(1).and_then(node);
        let start = match before {
            // A comment between the two belongs to the item before: leave a comma at the end.
            Some(before) => {
                let from = before.span.end as usize;
                let between = self.source.get(from..start).unwrap_or_default();
                if between.contains('#') { start } else { from }
            }
            None => start,
        };
        Ok(replace(start..end, String::new()))
    }

    fn remove_block(&self, list: &str, items: &[Id], position: usize, emptied: Emptied) -> Cuts {
        let Some(id) = items.get(position) else { return Err(self.unfaithful()) };
        let node = self.tree.node(*id);
        let dash = self.dash_of(*id).ok_or_else(|| self.unfaithful())?;
        let end = self.behind_open_key((node.span.end as usize).max(dash + 1));
        let is_last = items.len() == 1 && emptied == Emptied::ForGood;
        if !is_first_in_line(self.source, dash) {
            let next = items.get(position + 1).and_then(|next| self.dash_of(*next));
            return match next {
                Some(next) => Ok(replace(dash..next, String::new())),
                None if is_last => Ok(replace(dash..end, "[]".to_owned())),
                None => Err(self.unfaithful()),
            };
        }
        let start = line_start(self.source, dash);
        let tail = node.tail as usize;
        let mut lines = if tail > end && line_start(self.source, tail) > end {
            start..line_start(self.source, tail)
        } else {
            let line_end = line_end(self.source, end);
            start..line_end + line_break(self.source, line_end).len()
        };
        let above = position.checked_sub(1).and_then(|above| items.get(above));
        if above.is_some_and(|above| self.ends_open(*above)) {
            // Blank lines below would become a part of the text above.
            while self.source.get(lines.end..).is_some_and(|rest| !rest.is_empty()) {
                let blank_end = line_end(self.source, lines.end);
                let line = self.source.get(lines.end..blank_end).unwrap_or_default();
                if !line.trim().is_empty() {
                    break;
                }
                lines.end = blank_end + line_break(self.source, blank_end).len();
            }
        }
        if lines.end == self.source.len() && !self.source.ends_with(['\n', '\r']) {
            // The text has no final line end, and gets none; but a blank line may belong to a block
            // scalar that keeps it, and a blank line is nothing but its end.
            let above = self.source.get(..start).unwrap_or_default();
            let above = above.strip_suffix('\n').unwrap_or(above);
            let above = above.strip_suffix('\r').unwrap_or(above);
            if !above.ends_with(['\n', '\r']) {
                lines.start = above.len();
            }
        }
        let mut cuts = Vec::new();
        if is_last {
            let hit = walk(self.tree, self.source, list, |_| {});
            let key = hit.and_then(|hit| hit.key).map(|key| self.tree.node(key));
            match key.and_then(|key| self.behind_colon(key)) {
                Some(colon) => cuts.push(Cut { range: colon..colon, text: " []".to_owned() }),
                None => return Ok(replace(dash..end, "[]".to_owned())),
            }
        }
        cuts.push(Cut { range: lines, text: String::new() });
        Ok((REPLACEMENT, cuts))
    }

    /// Says whether a node ends with a block scalar that keeps the blank lines behind it.
    fn ends_open(&self, id: Id) -> bool {
        let node = self.tree.node(id);
        match &node.kind {
            Kind::Scalar(scalar) if scalar.style == Style::Block => {
                let text = self.source.get(node.span.range()).unwrap_or_default();
                text.lines().next().is_some_and(|header| header.contains('+'))
            }
            Kind::Seq { items, .. } => items.last().is_some_and(|last| self.ends_open(*last)),
            Kind::Map { entries, .. } => {
                entries.last().is_some_and(|(_, last)| self.ends_open(*last))
            }
            _ => false,
        }
    }

    /// Steps over the colon of a key without a value, with which a mapping may end.
    fn behind_open_key(&self, end: usize) -> usize {
        let rest = self.source.get(end..).unwrap_or_default();
        let blanks = rest.len() - rest.trim_start_matches([' ', '\t']).len();
        if rest.get(blanks..).is_some_and(|rest| rest.starts_with(':')) {
            end + blanks + 1
        } else {
            end
        }
    }

    /// Finds a value whose text serves no other part of the document, and the collection around.
    fn own(&self, pointer: &str) -> Result<(Hit, Option<Id>), EditFault> {
        let missing = || EditFault::Missing { pointer: pointer.to_owned() };
        let shared = || EditFault::Shared { pointer: pointer.to_owned() };
        let mut parent = None;
        let mut passes_shared = false;
        let hit = walk(self.tree, self.source, pointer, |id| {
            passes_shared |= self.tree.is_shared(id);
            parent = Some(id);
        });
        let hit = hit.filter(|hit| hit.found).ok_or_else(missing)?;
        let is_alias = matches!(self.tree.node(hit.value).kind, Kind::Alias(_));
        let uses = |id| self.tree.is_shared(id);
        let inserts = matches!(self.edit, Edit::InsertKeyAfter { .. });
        let removes = matches!(self.edit, Edit::RemoveItem { .. });
        let touches_value = !inserts && (uses(hit.value) || (is_alias && !removes));
        if hit.via.is_some() || passes_shared || touches_value {
            return Err(shared());
        }
        Ok((hit, parent))
    }

    /// Returns the offset behind the `:` of a key.
    fn behind_colon(&self, key: &Node) -> Option<usize> {
        let at = skip_blank(self.source, key.span.end as usize);
        (self.source.as_bytes().get(at) == Some(&b':')).then_some(at + 1)
    }

    fn dash_of(&self, item: Id) -> Option<usize> {
        dash::before(self.tree, self.source, item)
    }

    fn form(&self, expected: &'static str) -> EditFault {
        EditFault::Form { pointer: self.edit.pointer().to_owned(), expected }
    }

    fn unfaithful(&self) -> EditFault {
        EditFault::Unfaithful { pointer: self.edit.pointer().to_owned() }
    }
}

/// Puts text between bytes.
fn put(rank: u8, at: usize, text: String) -> (u8, Vec<Cut>) {
    (rank, vec![Cut { range: at..at, text }])
}

/// Puts text in place of bytes.
fn replace(range: Range<usize>, text: String) -> (u8, Vec<Cut>) {
    (REPLACEMENT, vec![Cut { range, text }])
}
