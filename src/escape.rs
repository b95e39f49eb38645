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

/// Writes a text as one word of a shell, for commands that somebody is told to type: in single quotes
/// where a shell would act on any of it.
#[must_use]
pub fn word(text: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "/._-@+:=,%".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        return line(text);
    }
    format!("'{}'", line(text).replace('\'', "'\\''"))
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

/// Makes a text safe for one line of Markdown as GitHub and GitLab read it: it shows as the words
/// that it is, whatever they are.
///
/// ASCII punctuation is escaped, what would be markup of HTML is written as entities. A backslash
/// does not keep `@name` and `#1` from becoming mentions, for these are looked for in what was
/// rendered; a zero-width space, written as an entity, parts them.
#[must_use]
pub fn markdown(text: &str) -> String {
    let mut safe = String::with_capacity(text.len() * 2);
    line(text).trim().chars().for_each(|c| push_mark(&mut safe, c));
    safe
}

/// Makes a text safe as [`markdown`] does, for documents that people read and edit as they are
/// written: a mark that means nothing where it stands is left alone, such as a full stop behind a
/// word.
#[must_use]
pub fn prose(text: &str) -> String {
    let text = line(text);
    let text = text.trim();
    let mut safe = String::with_capacity(text.len() * 2);
    for (at, c) in text.char_indices() {
        let (before, rest) = text.split_at(at);
        let after = rest.strip_prefix(c).unwrap_or_default();
        if is_idle(before, c, after) {
            safe.push(c);
        } else {
            push_mark(&mut safe, c);
        }
    }
    safe
}

fn push_mark(safe: &mut String, c: char) {
    match c {
        '<' => safe.push_str("&lt;"),
        '>' => safe.push_str("&gt;"),
        '&' => safe.push_str("&amp;"),
        '$' => safe.push_str("&#36;"),
        '@' => safe.push_str("@&#8203;"),
        '#' => safe.push_str("\\#&#8203;"),
        // These have no meaning between words.
        ',' | ';' | '/' | '?' | '"' | '\'' => safe.push(c),
        c if c.is_ascii_punctuation() => safe.extend(['\\', c]),
        c => safe.push(c),
    }
}

/// Says whether a mark means nothing between these two texts, whatever line it ends up in.
fn is_idle(before: &str, c: char, after: &str) -> bool {
    let word = |c: char| c.is_alphanumeric();
    let ends_word = after.is_empty() || after.starts_with([' ', ',', ';', '.', ')']);
    match c {
        // A link needs a bracket in front, and that is escaped.
        '(' => true,
        // Digits, one of these and a blank make an item of a list; `www.` makes a link.
        '.' | ')' => {
            let blank = after.is_empty() || after.starts_with(' ');
            let item = blank && before.bytes().all(|byte| byte.is_ascii_digit());
            !(item || c == '.' && before.to_ascii_lowercase().ends_with("www"))
        }
        // At the start they make an item of a list, a rule, or a heading of the line above.
        '-' | '+' | '=' => before.contains(word),
        // In front of a word these make addresses, pictures and references.
        ':' | '!' | '%' => ends_word && before.contains(word),
        '_' => before.ends_with(word) && after.starts_with(word),
        _ => false,
    }
}

/// Makes a text safe for a label of a Mermaid diagram, within quotes.
///
/// Mermaid looks for its own words in front of strings (`direction TB` anywhere in a line is one),
/// and edits lines before it parses them. So every character that is no letter, digit or one of
/// `/ _ - . @ ^ ~` is written as the entity code that Mermaid reads: `#34;`.
#[must_use]
pub fn mermaid(text: &str) -> String {
    let mut safe = String::new();
    for c in line(text).chars() {
        if c.is_alphanumeric() || "/_-.@^~".contains(c) {
            safe.push(c);
        } else {
            safe.push_str(&format!("#{};", u32::from(c)));
        }
    }
    safe
}

/// Puts a text of several lines into a fenced block of Markdown, with a line end. The fence is
/// longer than any run of backticks in the text, so that nothing in it can close the block.
#[must_use]
pub fn fenced(language: &str, text: &str) -> String {
    let safe = lines(text);
    let run = safe.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(run.max(2) + 1);
    format!("{fence}{language}\n{safe}\n{fence}\n")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn markdown_shows_the_words_and_nothing_else() {
        let cases = [
            ("FAQ-001, 85 % of 1/2", "FAQ\\-001, 85 \\% of 1/2"),
            ("a | b", "a \\| b"),
            ("@alice see #12", "@&#8203;alice see \\#&#8203;12"),
            ("![x](http://e/i.png)", "\\!\\[x\\]\\(http\\://e/i\\.png\\)"),
            ("</details><script>", "&lt;/details&gt;&lt;script&gt;"),
            ("`code` *b* _i_ ~s~", "\\`code\\` \\*b\\* \\_i\\_ \\~s\\~"),
            ("&#64;alice", "&amp;\\#&#8203;64;alice"),
            ("a\nb", "a\\\\nb"),
            ("    code", "code"),
            ("$x$", "&#36;x&#36;"),
        ];
        for (text, expected) in cases {
            assert_eq!(markdown(text), expected, "{text}");
        }
    }

    #[test]
    fn a_shell_takes_a_word_for_nothing_else() {
        let cases = [
            ("registry/prompts/refund.yaml", "registry/prompts/refund.yaml"),
            ("origin/main", "origin/main"),
            ("Tür/ä", "Tür/ä"),
            ("", "''"),
            ("R&D/my file", "'R&D/my file'"),
            ("x; touch y #", "'x; touch y #'"),
            ("$(id)`id`", "'$(id)`id`'"),
            ("it's", "'it'\\''s'"),
            ("a\nb", "'a\\nb'"),
        ];
        for (text, expected) in cases {
            assert_eq!(word(text), expected, "{text}");
        }
    }

    #[test]
    fn a_fence_is_longer_than_what_it_holds() {
        assert_eq!(fenced("diff", "a\nb"), "```diff\na\nb\n```\n");
        assert_eq!(fenced("", "````\n</details>"), "`````\n````\n</details>\n`````\n");
        assert_eq!(fenced("", "\u{1b}[2J\r"), "```\n\\u{1b}[2J\\r\n```\n");
    }

    #[test]
    fn prose_leaves_alone_what_means_nothing() {
        let cases = [
            ("tightened: refunds (KB-42), 85 %.", "tightened: refunds (KB-42), 85 %."),
            ("support_copilot 1.8.0 = new", "support_copilot 1.8.0 = new"),
            ("1. a", "1\\. a"),
            ("1.8.0", "1.8.0"),
            ("1)", "1\\)"),
            ("- a", "\\- a"),
            ("=== ", "\\=\\=\\="),
            ("www.e.com http://e :+1: %12", "www\\.e.com http\\://e \\:+1: \\%12"),
            ("_a_ a__b ![x](y)", "\\_a\\_ a\\_\\_b \\!\\[x\\](y)"),
            ("GH-1 @a #1 <b>", "GH-1 @&#8203;a \\#&#8203;1 &lt;b&gt;"),
        ];
        for (text, expected) in cases {
            assert_eq!(prose(text), expected, "{text}");
        }
    }

    /// What another reader of Markdown makes of a page: the text of it, and everything else.
    fn seen(page: &str) -> (String, Vec<String>) {
        use pulldown_cmark::{Event, Options, Parser};
        // Curly quotes are other characters, and not what is asked here.
        let options = Options::all() - Options::ENABLE_SMART_PUNCTUATION;
        let (mut text, mut other) = (String::new(), Vec::new());
        for event in Parser::new_ext(page, options) {
            match event {
                Event::Text(part) => text.push_str(&part),
                event => other.push(format!("{event:?}")),
            }
        }
        (text, other)
    }

    fn is_nothing_but_its_words(text: &str) {
        let words = line(text).trim().to_owned();
        let safe = prose(text);
        for (open, close) in [("", ""), ("x ", " y"), ("- ", ""), ("| a |\n| - |\n| ", " |")] {
            let (shown, structure) = seen(&format!("{open}{safe}{close}\n"));
            let (around, expected) = seen(&format!("{open}w{close}\n"));
            let (before, after) = around.split_once('w').expect("the word");
            assert_eq!(shown.replace('\u{200b}', ""), format!("{before}{words}{after}"), "{safe}");
            assert_eq!(structure, expected, "{open}{safe}{close}");
        }
    }

    /// Reads escaped Markdown back as a renderer does, and insists that no mark is left bare.
    fn rendered(markdown: &str) -> String {
        let mut text = String::new();
        let mut rest = markdown;
        let entities =
            [("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"), ("&#36;", "$"), ("&#8203;", "")];
        while let Some(first) = rest.chars().next() {
            if let Some((entity, shown)) = entities.iter().find(|(e, _)| rest.starts_with(e)) {
                text.push_str(shown);
                rest = rest.strip_prefix(entity).expect("it starts so");
                continue;
            }
            assert!(!"<>&$#!|`*_~[](){}:.+-=^".contains(first), "a bare {first} in {markdown}");
            rest = rest.strip_prefix(first).expect("it starts so");
            let mut shown = first;
            if first == '\\' {
                shown = rest.chars().next().expect("an escaped character");
                assert!(shown.is_ascii_punctuation(), "{markdown}");
                rest = rest.strip_prefix(shown).expect("it starts so");
            }
            if "@#".contains(shown) {
                assert!(rest.starts_with("&#8203;"), "a bare {shown} in {markdown}");
            }
            text.push(shown);
        }
        text
    }

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
        fn no_mention_image_or_tag_survives_in_markdown(text in any::<String>()) {
            let words = line(&text);
            prop_assert_eq!(rendered(&markdown(&text)), words.trim());
        }

        #[test]
        fn marks_are_words_in_markdown(text in r"[@#<>&!|`*_~\[\](){}$:./\\a-c \n]{0,24}") {
            let words = line(&text);
            prop_assert_eq!(rendered(&markdown(&text)), words.trim());
        }

        #[test]
        fn prose_is_read_as_its_words(text in r"[@#<>&!|`*_~\[\](){}$:./\\%=+^a-c1-2 -]{0,24}") {
            is_nothing_but_its_words(&format!("{text}w"));
            is_nothing_but_its_words(&format!("w{text}"));
        }

        #[test]
        fn any_prose_is_read_as_its_words(text in any::<String>()) {
            is_nothing_but_its_words(&format!("{text}w"));
            is_nothing_but_its_words(&format!("w{text}"));
        }

        #[test]
        fn nothing_closes_a_fence_from_inside(text in "[`~a\n ]{0,40}") {
            let block = fenced("text", &text);
            let fence: String = block.chars().take_while(|c| *c == '`').collect();
            prop_assert_eq!(block.lines().filter(|line| line.contains(&fence)).count(), 2);
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
