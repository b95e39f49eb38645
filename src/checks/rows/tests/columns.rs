//! Columns: what the header says, what is declared of it, and which of them identify people.

use super::{load, said, step, tree};
use crate::checks::changes_between;
use crate::registry::config::Config;
use crate::version::Bump;

/// Old keys and rows, new keys and rows, the rules of the step and what it needs.
type Step<'a> = (&'a str, &'a [u8], &'a str, &'a [u8], &'a [&'a str], Bump);

#[test]
fn a_column_that_identifies_people_is_told_when_it_comes_and_when_it_is_declared() {
    let plain: &[u8] = b"id,text\na,One\n";
    let more: &[u8] = b"id,text,email\na,One,a@example.org\n";
    let marked = "columns: {email: {type: string, pii: true}}";
    let raised = ["pii-class-raised", "dataset-column-added"];
    let cases: [Step<'_>; 6] = [
        ("{}", plain, marked, more, &raised, Bump::Major),
        // The rows were said to identify people before.
        (
            "provenance: {pii: present}",
            plain,
            "provenance: {pii: present}\ncolumns: {email: {type: string, pii: true}}",
            more,
            &["dataset-column-added"],
            Bump::Minor,
        ),
        (
            "{}",
            plain,
            "columns: {email: {type: string}}",
            more,
            &["dataset-column-added"],
            Bump::Minor,
        ),
        // The column was there, and nobody had said it.
        (
            "{}",
            more,
            marked,
            more,
            &["pii-class-raised", "dataset-column-type-narrowed"],
            Bump::Major,
        ),
        (
            marked,
            more,
            "{}",
            more,
            &["dataset-column-type-widened", "policy-loosened"],
            Bump::Major,
        ),
        ("{}", plain, "provenance: {pii: present}", plain, &["pii-class-raised"], Bump::Major),
    ];
    for (before, old, after, new, rules, bump) in cases {
        let (found, needed, _) = step(&tree(before, old), &tree(after, new));
        assert_eq!((found.as_slice(), needed), (rules, bump), "{before} → {after}");
    }
    let said = tree("provenance: {pii: none}", plain);
    assert_eq!(step(&tree("{}", plain), &said).1, Bump::Minor, "a promise added");
}

#[test]
fn what_the_header_says_decides_over_what_is_declared() {
    let rows: &[u8] = b"id,text,n\na,One,1\n";
    let short: &[u8] = b"id,n\na,1\n";
    let cases: [Step<'_>; 5] = [
        // The declaration stayed behind when the column went.
        (
            "columns: {text: {type: string}}",
            rows,
            "columns: {text: {type: string}}",
            short,
            &["dataset-column-removed"],
            Bump::Major,
        ),
        // A column that was always there is declared: nothing came.
        (
            "{}",
            rows,
            "columns: {n: {type: integer}}",
            rows,
            &["dataset-column-type-narrowed", "dataset-column-type-narrowed"],
            Bump::Minor,
        ),
        (
            "columns: {n: {type: integer}}",
            rows,
            "{}",
            rows,
            &["dataset-column-type-widened", "dataset-column-type-widened"],
            Bump::Major,
        ),
        // A declaration that no file ever had was a mistake, and nobody can miss the column.
        (
            "columns: {ghost: {type: integer}}",
            rows,
            "{}",
            rows,
            &["dataset-description-changed"],
            Bump::Patch,
        ),
        (
            "columns: {text: {type: string}, ghost: {type: integer}}",
            rows,
            "columns: {text: {type: string}, ghost: {type: integer}}",
            b"id,text,n,ghost\na,One,1,2\n",
            &["dataset-column-added"],
            Bump::Minor,
        ),
    ];
    for (before, old, after, new, rules, bump) in cases {
        let (found, needed, _) = step(&tree(before, old), &tree(after, new));
        assert_eq!((found.as_slice(), needed), (rules, bump), "{before} → {after}");
    }
    // A declaration that the header does not bear out is told at its place, also where the file is
    // the one that it was.
    let declared = tree("columns: {ghost: {type: integer}}", rows);
    let at_its_place = ("dataset-column-missing", "/columns/ghost".to_owned());
    assert_eq!(said(&tree("{}", rows), &declared), [at_its_place]);
    assert_eq!(said(&declared, &declared), []);
}

#[test]
fn a_label_that_another_columns_declaration_makes_is_seen() {
    let rows: &[u8] = b"id,text,gold,expected\na,One,x,y\n";
    let gold = "columns: {gold: {type: string, nullable: true, label: true}}";
    for (before, after) in [("{}", gold), (gold, "{}")] {
        let (old, new) = (tree(before, rows), tree(after, rows));
        let changes = changes_between(&load(&old), &load(&new), &Config::default());
        let notes: Vec<&str> = changes.iter().map(|change| change.note.as_str()).collect();
        let told =
            |name: &str| notes.iter().any(|note| note.contains(name) && note.contains("label"));
        assert!(told("`gold`") && told("`expected`"), "{notes:?}");
        assert_eq!(step(&old, &new).1, Bump::Major);
    }
    // The label column has another name, and `expected` beside it is one no longer.
    let bare: &[u8] = b"id,text,expected\na,One,y\n";
    let more: &[u8] = b"id,text,expected,truth\na,One,y,z\n";
    let (found, needed, _) =
        step(&tree("{}", bare), &tree("columns: {truth: {type: string, label: true}}", more));
    assert!(found.contains(&"dataset-column-role-changed"), "{found:?}");
    assert_eq!(needed, Bump::Major);
}
