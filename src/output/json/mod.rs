//! JSON documents for machines. Each names its schema (`keelmark.<verb>.v1`), which stands in
//! `schemas/output/`; a shape changes only by a new version with a module of its own.

pub mod v1;

use std::io::{self, Write};

use serde::Serialize;

use crate::escape;

/// Writes a document, indented, with a line end.
///
/// What may repaint or reorder a terminal is written as `\uXXXX`: the same value, no raw byte of it.
///
/// # Errors
/// When the writer fails.
pub fn write(document: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    escaped(&serde_json::to_string_pretty(document)?, out)
}

/// Writes a document in one line, as [`write()`] does.
///
/// # Errors
/// When the writer fails.
pub fn line(document: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    escaped(&serde_json::to_string(document)?, out)
}

fn escaped(text: &str, out: &mut dyn Write) -> io::Result<()> {
    for c in text.chars() {
        // Line ends are the indentation's own; JSON text holds them as `\n`.
        if c != '\n' && escape::is_dangerous(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(out, "\\u{unit:04x}")?;
            }
        } else {
            write!(out, "{c}")?;
        }
    }
    writeln!(out)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn dangerous_text_is_escaped_and_reads_back(text in any::<String>(), tag in 0xe0000_u32..0xe0080) {
            let text = format!("{text}\u{202e}\u{7f}{}", char::from_u32(tag).unwrap_or_default());
            let mut out = Vec::new();
            write(&serde_json::json!({ "text": text }), &mut out).expect("written");
            let out = String::from_utf8(out).expect("UTF-8");
            prop_assert!(!out.chars().any(|c| c != '\n' && escape::is_dangerous(c)));
            let value: serde_json::Value = serde_json::from_str(&out).expect("JSON");
            prop_assert_eq!(value["text"].as_str(), Some(text.as_str()));
            let mut one = Vec::new();
            line(&value, &mut one).expect("written");
            prop_assert_eq!(one.iter().position(|byte| *byte == b'\n'), Some(one.len() - 1));
            prop_assert_eq!(serde_json::from_slice::<serde_json::Value>(&one).expect("JSON"), value);
        }
    }
}
