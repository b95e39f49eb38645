//! Columns and vocabularies.

use std::collections::{BTreeMap, BTreeSet};

use super::Header;
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
pub(super) fn changes(
    old: &Dataset,
    new: &Dataset,
    headers: Option<&(Header, Header)>,
) -> Vec<Change> {
    let (was, is) = headers.map_or((None, None), |(was, is)| (Some(was), Some(is)));
    // What files say decides, where all of them say it.
    let complete = headers.is_some_and(|(was, is)| was.complete && is.complete);
    let before = present(&old.columns, was, complete);
    let after = present(&new.columns, is, complete);
    let gone: Vec<&str> = before.difference(&after).copied().collect();
    let come: Vec<&str> = after.difference(&before).copied().collect();
    let mut found = Vec::new();
    let column = |columns: &BTreeMap<String, Column>, name: &str| {
        columns.get(name).cloned().unwrap_or_else(undeclared)
    };
    for name in &come {
        // Where rows identified people before, one column more that does raises nothing.
        if column(&new.columns, name).pii && !old.identifies_people() {
            let note = format!("the column `{name}` is new and may identify people");
            let change = Change::new(&policy::PII_CLASS_RAISED, note).values("", *name);
            let help = "leave it out, or release it with a major version";
            found.push(change.at_new(&pointer(&new.columns, name)).help(help));
        }
    }
    if let ([gone], [come]) = (gone.as_slice(), come.as_slice())
        && column(&old.columns, gone).column_type == column(&new.columns, come).column_type
        && is_label(&old.columns, gone) == is_label(&new.columns, come)
        && position(was, gone) == position(is, come)
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
        // Another column's declaration may have made it.
        found.extend(role(name, (old, new)));
    }
    let nowhere =
        |name: &&String| !before.contains(name.as_str()) && !after.contains(name.as_str());
    let declared: BTreeSet<&String> = old.columns.keys().chain(new.columns.keys()).collect();
    for name in declared.into_iter().filter(nowhere) {
        if old.columns.get(name) != new.columns.get(name) {
            let note = format!("what is said of the column `{name}` changed, which no file has");
            let change = Change::new(&rules::DESCRIPTION_CHANGED, note);
            let place = |columns| pointer_or(columns, name, "/columns");
            found.push(change.at_old(&place(&old.columns)).at_new(&place(&new.columns)));
        }
    }
    found
}

/// The columns that a side has: declared, or in the header of its files.
fn present<'a>(
    declared: &'a BTreeMap<String, Column>,
    header: Option<&'a Header>,
    complete: bool,
) -> BTreeSet<&'a str> {
    let names = header.into_iter().flat_map(|header| &header.names);
    let names = names.filter(|name| !name.is_empty()).map(String::as_str);
    if complete {
        names.collect()
    } else {
        declared.keys().map(String::as_str).chain(names).collect()
    }
}

fn position(header: Option<&Header>, name: &str) -> Option<usize> {
    header?.names.iter().position(|column| column == name)
}

fn pointer(columns: &BTreeMap<String, Column>, name: &str) -> String {
    pointer_or(columns, name, "/files")
}

fn pointer_or(columns: &BTreeMap<String, Column>, name: &str, otherwise: &str) -> String {
    if columns.contains_key(name) {
        format!("/columns/{}", escape_pointer(name))
    } else {
        otherwise.to_owned()
    }
}

fn role(name: &str, (before, after): (&Dataset, &Dataset)) -> Option<Change> {
    let label = is_label(&after.columns, name);
    if is_label(&before.columns, name) == label {
        return None;
    }
    let words = if label { "is a label now" } else { "is no label any more" };
    let change = Change::new(&rules::COLUMN_ROLE_CHANGED, format!("the column `{name}` {words}"));
    let place = |columns| pointer_or(columns, name, "/columns");
    let change = change.at_old(&place(&before.columns)).at_new(&place(&after.columns));
    if after.columns.contains_key(name) || before.columns.contains_key(name) {
        return Some(change);
    }
    // Nobody wrote a word about this column.
    let help = "columns of the usual names are labels only where no column is declared as one";
    Some(change.help(help))
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
        // Where nothing was said, whatever is said now is a promise added; and the other way round.
        let rule: &'static Rule =
            match (before.columns.contains_key(name), after.columns.contains_key(name)) {
                (false, _) => &rules::COLUMN_TYPE_NARROWED,
                (true, false) => &rules::COLUMN_TYPE_WIDENED,
                (true, true) => rule,
            };
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
    if old.pii != *pii {
        let (rule, words): (&'static Rule, &str) = match (*pii, after.columns.contains_key(name)) {
            (true, _) => (&policy::PII_CLASS_RAISED, "may identify people now"),
            (false, true) => (&policy::TIGHTENED, "identifies nobody any more"),
            (false, false) => (&policy::LOOSENED, "is no longer said to identify people"),
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
