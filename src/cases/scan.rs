//! Where the fields of one CSV row stand.
//!
//! The `csv` crate gives values and no places, and it forgives quotes that
//! [RFC 4180](https://www.rfc-editor.org/rfc/rfc4180) does not: text behind a closing quote, and a
//! quote that is never closed, which swallows the rest of the file. This reads one row again, for
//! the places of its fields and for those two faults.

use std::ops::Range;

/// A quote that is not where it belongs, and the byte at which it shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum QuoteFault {
    /// The quote that opens here is never closed.
    Open(usize),
    /// Text stands here, behind a closing quote.
    Behind(usize),
    /// A blank stands here, before a quote that opens no field because of it.
    Before(usize),
}

/// Returns the bytes of each field of a row, quotes included. The row has no line end.
pub(super) fn fields(row: &str) -> Result<Vec<Range<usize>>, QuoteFault> {
    let bytes = row.as_bytes();
    let mut found = Vec::new();
    let mut start = 0;
    loop {
        let rest = bytes.get(start..).unwrap_or_default();
        let end = if rest.first() == Some(&b'"') {
            let end = closing(bytes, start).ok_or(QuoteFault::Open(start))? + 1;
            if bytes.get(end).is_some_and(|byte| *byte != b',') {
                return Err(QuoteFault::Behind(end));
            }
            end
        } else if rest.trim_ascii_start().first() == Some(&b'"') {
            return Err(QuoteFault::Before(start));
        } else {
            rest.iter().position(|byte| *byte == b',').map_or(bytes.len(), |at| start + at)
        };
        found.push(start..end);
        if end >= bytes.len() {
            return Ok(found);
        }
        start = end + 1;
    }
}

/// Finds the quote that closes the one at `open`; two in a row are one that belongs to the text.
fn closing(bytes: &[u8], open: usize) -> Option<usize> {
    let mut at = open + 1;
    loop {
        at += bytes.get(at..)?.iter().position(|byte| *byte == b'"')?;
        if bytes.get(at + 1) != Some(&b'"') {
            return Some(at);
        }
        at += 2;
    }
}

/// Maps bytes of a field's text to bytes of the field as it is written.
pub(super) fn written(field: &str, inside: &Range<usize>) -> Range<usize> {
    if !field.starts_with('"') {
        return inside.clone();
    }
    let mut at = 1;
    let mut quoted = |length: usize| {
        for _ in 0..length {
            at += if field.as_bytes().get(at) == Some(&b'"') { 2 } else { 1 };
        }
        at
    };
    let start = quoted(inside.start);
    start..quoted(inside.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_with_their_quotes() {
        for (row, expected) in [
            ("", vec![""]),
            ("a,b", vec!["a", "b"]),
            ("a,,", vec!["a", "", ""]),
            (r#""a,""b""",c"#, vec![r#""a,""b""""#, "c"]),
            ("\"a\nb\",c", vec!["\"a\nb\"", "c"]),
            (r#"a"b,c"#, vec![r#"a"b"#, "c"]),
            ("\",\",\"\",", vec!["\",\"", "\"\"", ""]),
        ] {
            let found: Vec<&str> =
                fields(row).expect(row).into_iter().map(|range| &row[range]).collect();
            assert_eq!(found, expected, "{row}");
        }
        assert_eq!(fields(r#"a,"b"#), Err(QuoteFault::Open(2)));
        assert_eq!(fields(r#"a,"b""#).map(|fields| fields.len()), Ok(2));
        assert_eq!(fields(r#""a" ,b"#), Err(QuoteFault::Behind(3)));
        assert_eq!(fields(r#"a, "b,c""#), Err(QuoteFault::Before(2)));
        assert_eq!(fields("\"\"\"\"").map(|fields| fields.len()), Ok(1));
        assert_eq!(fields("\"\"\""), Err(QuoteFault::Open(0)));
    }

    #[test]
    fn a_part_of_a_text_is_found_behind_doubled_quotes() {
        let field = r#""a""b(c""#;
        assert_eq!(&field[written(field, &(3..4))], "(");
        assert_eq!(&field[written(field, &(1..2))], r#""""#);
        assert_eq!(written("ab", &(1..2)), 1..2);
    }
}
