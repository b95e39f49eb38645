//! The one way in which text from the repository reaches a terminal, a log or a page.
//!
//! A registry under check may hold anything: escape sequences that repaint a terminal, bidi
//! characters that turn a line round, or a leading `::` that a CI runner takes for a command.

/// Says whether a character may repaint, reorder or hide text.
///
/// Control characters (C0, C1, DEL), bidi controls, zero-width and other invisible format
/// characters, line and paragraph separators, and tag characters.
#[must_use]
pub fn is_dangerous(c: char) -> bool {
    c.is_control()
        || matches!(u32::from(c),
            0x061c | 0x200b..=0x200f | 0x2028..=0x202e | 0x2060..=0x206f | 0xfeff
            | 0xfff9..=0xfffb | 0xe0000..=0xe007f)
}

/// Makes a text safe for one line: dangerous characters are written as escapes, and a leading
/// `::` or `##[` cannot be taken for a workflow command.
#[must_use]
pub fn line(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    let start = text.trim_start();
    if start.starts_with("::") || start.starts_with("##[") {
        safe.push('\\');
        push_safe(&mut safe, start);
    } else {
        push_safe(&mut safe, text);
    }
    safe
}

/// Makes a text of several lines safe, line by line.
#[must_use]
pub fn lines(text: &str) -> String {
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

fn push_safe(safe: &mut String, text: &str) {
    for c in text.chars() {
        if c == '\t' {
            safe.push(' ');
        } else if is_dangerous(c) {
            safe.extend(c.escape_default());
        } else {
            safe.push(c);
        }
    }
}

/// Makes source text safe and keeps every byte offset: each dangerous character becomes as many
/// bytes as it had. Line ends and tabs stay.
#[must_use]
pub fn source(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\r' | '\t' => safe.push(c),
            c if is_dangerous(c) => match c.len_utf8() {
                3 => safe.push('\u{fffd}'),
                length => safe.extend(std::iter::repeat_n('?', length)),
            },
            c => safe.push(c),
        }
    }
    safe
}

/// Makes source text safe as [`source`] does, for places that put nothing but blanks in front of a
/// line: what a CI runner would take for a command there is defused as in [`line()`].
#[must_use]
pub fn source_lines(text: &str) -> String {
    let safe = source(text);
    let lines = safe.split_inclusive('\n').map(|line| {
        let start = line.trim_start();
        let blanks = line.get(..line.len() - start.len()).unwrap_or_default();
        if start.starts_with("::") || start.starts_with("##[") {
            format!("{blanks}\\{start}")
        } else {
            line.to_owned()
        }
    });
    lines.collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn escape_sequences_bidi_and_workflow_commands_are_defused() {
        assert_eq!(line("a\u{1b}[31mb"), "a\\u{1b}[31mb");
        assert_eq!(line("a\u{202e}b\nc"), "a\\u{202e}b\\nc");
        assert_eq!(line("::error::x"), "\\::error::x");
        assert_eq!(line("  ::set-output"), "\\::set-output");
        assert_eq!(line("##[error]x"), "\\##[error]x");
        assert_eq!(line("é 😀 →"), "é 😀 →");
    }

    proptest! {
        #[test]
        fn safe_text_holds_nothing_dangerous(text in any::<String>()) {
            let safe = line(&text);
            prop_assert!(!safe.chars().any(is_dangerous));
            prop_assert!(!safe.trim_start().starts_with("::"));
        }

        #[test]
        fn safe_source_keeps_every_offset(text in any::<String>()) {
            let safe = source(&text);
            prop_assert_eq!(safe.len(), text.len());
            let kept = |c: char| matches!(c, '\n' | '\r' | '\t');
            prop_assert!(!safe.chars().any(|c| is_dangerous(c) && !kept(c)));
            let lines = source_lines(&text);
            prop_assert!(lines.lines().all(|line| !line.trim_start().starts_with("::")));
        }
    }
}
