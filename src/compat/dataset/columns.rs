//! Columns and vocabularies.

use std::collections::{BTreeMap, BTreeSet};

use super::Rows;
use crate::compat::change::Change;
use crate::compat::rows::is_label;
use crate::compat::table::{dataset as rules, policy};
use crate::finding::Rule;
use crate::registry::dataset::{Column, ColumnType, Dataset};
use crate::version::Bump;
use crate::yaml::escape_pointer;

/// What is declared of a column that is not declared: text that may be absent.
fn undeclared() -> Column {
    Column { nullable: true, ..Column::default() }
}

/// Compares the columns, those of the files as well as those that are declared.
pub(super) fn changes(old: &Dataset, new: &Dataset, rows: &Rows) -> Vec<Change> {
    let (was, is) = match rows {
        Rows::Compared(compared) => (compared.old_columns.as_ref(), compared.new_columns.as_ref()),
        Rows::Same | Rows::Unread { .. } => (None, None),
    };
    let before = present(&old.columns, was.filter(|_| is.is_some()));
    let after = present(&new.columns, is.filter(|_| was.is_some()));
    let gone: Vec<&str> = before.difference(&after).copied().collect();
    let come: Vec<&str> = after.difference(&before).copied().collect();
    let mut found = Vec::new();
    let column = |columns: &BTreeMap<String, Column>, name: &str| {
        columns.get(name).cloned().unwrap_or_else(undeclared)
    };
    if let ([gone], [come]) = (gone.as_slice(), come.as_slice())
        && is_renamed(
            (&column(&old.columns, gone), &column(&new.columns, come)),
            |one, other| position(was, one) == position(is, other),
            (gone, come),
        )
    {
        let note = format!("the column `{gone}` is called `{come}` now");
        found.push(
            Change::new(&rules::COLUMN_RENAMED, note)
                .at_old(&pointer(&old.columns, gone))
                .at_new(&pointer(&new.columns, come))
                .values(*gone, *come),
        );
    } else {
        for name in gone {
            let note = format!("the column `{name}` is gone");
            let change = Change::new(&rules::COLUMN_REMOVED, note).values(name, "");
            found.push(change.at_old(&pointer(&old.columns, name)));
        }
        for name in come {
            let note = format!("the column `{name}` is new");
            let change = Change::new(&rules::COLUMN_ADDED, note).values("", name);
            found.push(change.at_new(&pointer(&new.columns, name)));
        }
    }
    for name in before.intersection(&after) {
        let declared = (old.columns.get(*name), new.columns.get(*name));
        if declared.0 != declared.1 {
            let pair = (&column(&old.columns, name), &column(&new.columns, name));
            found.extend(both(name, pair, (old, new)));
        }
    }
    found
}

/// The columns that a side has: declared, or in the header of its files.
fn present<'a>(
    declared: &'a BTreeMap<String, Column>,
    header: Option<&'a Vec<String>>,
) -> BTreeSet<&'a str> {
    let header = header.into_iter().flatten().filter(|name| !name.is_empty());
    declared.keys().chain(header).map(String::as_str).collect()
}

fn position(header: Option<&Vec<String>>, name: &str) -> Option<usize> {
    header?.iter().position(|column| column == name)
}

fn is_renamed(
    (old, new): (&Column, &Column),
    same_place: impl Fn(&str, &str) -> bool,
    (gone, come): (&str, &str),
) -> bool {
    old.column_type == new.column_type && old.label == new.label && same_place(gone, come)
}

fn pointer(columns: &BTreeMap<String, Column>, name: &str) -> String {
    if columns.contains_key(name) {
        format!("/columns/{}", escape_pointer(name))
    } else {
        "/files".to_owned()
    }
}

fn both(
    name: &str,
    (old, new): (&Column, &Column),
    (before, after): (&Dataset, &Dataset),
) -> Vec<Change> {
    // Taken apart by name, so that a key which is added later cannot be forgotten here.
    let Column { column_type, label: _, nullable, classes: listed, extensible, pii, description } =
        new;
    let place = |change: Change| {
        change.at_old(&pointer(&before.columns, name)).at_new(&pointer(&after.columns, name))
    };
    let mut found = Vec::new();
    if old.column_type != *column_type {
        let (from, to) = (word(old.column_type), word(*column_type));
        let rule: &'static Rule = match width(old.column_type, *column_type) {
            Width::Wider => &rules::COLUMN_TYPE_WIDENED,
            Width::Narrower => &rules::COLUMN_TYPE_NARROWED,
            Width::Other => &rules::COLUMN_TYPE_CHANGED,
        };
        // Nothing was said before, so whatever is said now is a promise added.
        let rule =
            if before.columns.contains_key(name) { rule } else { &rules::COLUMN_TYPE_NARROWED };
        let note = format!("the column `{name}` holds {to}, and held {from}");
        found.push(place(Change::new(rule, note).values(from, to)));
    }
    if old.nullable != *nullable {
        let (rule, words): (&'static Rule, &str) = if *nullable {
            (&rules::COLUMN_TYPE_WIDENED, "may be absent")
        } else {
            (&rules::COLUMN_TYPE_NARROWED, "is always there")
        };
        let note = format!("the value of the column `{name}` {words} now");
        let values = (old.nullable.to_string(), nullable.to_string());
        found.push(place(Change::new(rule, note).values(values.0, values.1)));
    }
    let label = is_label(&after.columns, name);
    if is_label(&before.columns, name) != label {
        let words = if label { "is a label now" } else { "is no label any more" };
        let note = format!("the column `{name}` {words}");
        found.push(place(Change::new(&rules::COLUMN_ROLE_CHANGED, note)));
    }
    if old.pii != *pii {
        let (rule, words): (&'static Rule, &str) = if *pii {
            (&policy::PII_CLASS_RAISED, "may identify people now")
        } else {
            (&policy::TIGHTENED, "identifies nobody any more")
        };
        found.push(place(Change::new(rule, format!("the column `{name}` {words}"))));
    }
    if old.description != *description {
        let note = format!("what is said of the column `{name}` changed");
        found.push(place(Change::new(&rules::DESCRIPTION_CHANGED, note)));
    }
    let vocabulary = (listed.as_deref(), *extensible);
    found.extend(
        classes((old.classes.as_deref(), old.extensible), vocabulary, name).into_iter().map(place),
    );
    found
}

enum Width {
    Wider,
    Narrower,
    Other,
}

fn width(old: ColumnType, new: ColumnType) -> Width {
    match (old, new) {
        (_, ColumnType::Json)
        | (ColumnType::Integer, ColumnType::Number)
        | (ColumnType::Date | ColumnType::Timestamp, ColumnType::String) => Width::Wider,
        (ColumnType::Json, _)
        | (ColumnType::Number, ColumnType::Integer)
        | (ColumnType::String, ColumnType::Date | ColumnType::Timestamp) => Width::Narrower,
        _ => Width::Other,
    }
}

fn word(kind: ColumnType) -> String {
    let value = serde_json::to_value(kind).ok();
    value.and_then(|value| value.as_str().map(ToOwned::to_owned)).unwrap_or_default()
}

/// Compares two vocabularies, of a column or of the dataset (`column` is empty).
pub(super) fn classes(
    (old, old_open): (Option<&[String]>, bool),
    (new, new_open): (Option<&[String]>, bool),
    column: &str,
) -> Vec<Change> {
    let of = if column.is_empty() { String::new() } else { format!(" of `{column}`") };
    let place = |change: Change| change.at(if column.is_empty() { "/classes" } else { "" });
    let mut found = Vec::new();
    // Where nothing is listed, or more may come, readers rely on nothing.
    let closed = |list: Option<&[String]>, open: bool| list.is_some() && !open;
    match (closed(old, old_open), closed(new, new_open)) {
        (true, false) => {
            let note = format!("classes{of} may come that are not listed");
            found.push(place(Change::new(&rules::CLASSES_OPENED, note)));
        }
        (false, true) => {
            let note = format!("only the listed classes{of} may come");
            found.push(place(Change::new(&rules::CLASSES_CLOSED, note)));
        }
        _ => {}
    }
    let (Some(old), Some(new)) = (old, new) else { return found };
    let set = |list: &[String]| -> BTreeSet<String> { list.iter().cloned().collect() };
    let (before, after) = (set(old), set(new));
    for class in after.difference(&before) {
        let change = Change::new(&rules::CLASS_ADDED, format!("the class `{class}`{of} is new"));
        let change = if old_open { change.bump(Bump::Minor) } else { change };
        let help = "declare `extensible: true` in a major version, and later classes are minor";
        found.push(place(change.values("", class).help(help)));
    }
    for class in before.difference(&after) {
        let change = Change::new(&rules::CLASS_REMOVED, format!("the class `{class}`{of} is gone"));
        found.push(place(change.values(class, "")));
    }
    found
}
