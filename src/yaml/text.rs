//! Small questions about the bytes of a YAML text.

/// Takes an offset as it stands in spans; texts of 4 GiB and more are refused before.
pub(super) fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// Returns the first offset from `at` on that is neither blank nor in a comment.
pub(super) fn skip_blank(source: &str, mut at: usize) -> usize {
    loop {
        let rest = source.get(at..).unwrap_or_default();
        let bare = rest.trim_start_matches([' ', '\t', '\r', '\n', '\u{feff}']);
        at += rest.len() - bare.len();
        if !bare.starts_with('#') {
            return at;
        }
        at += bare.find(['\n', '\r']).unwrap_or(bare.len());
    }
}

/// Returns the start of the line that holds `at`, behind a byte order mark.
pub(super) fn line_start(source: &str, at: usize) -> usize {
    let before = source.get(..at).unwrap_or_default();
    let start = before.rfind(['\n', '\r']).map_or(0, |end| end + 1);
    if start == 0 && source.starts_with('\u{feff}') { '\u{feff}'.len_utf8().min(at) } else { start }
}

/// Returns the end of the line that holds `at`, before its line end.
pub(super) fn line_end(source: &str, at: usize) -> usize {
    let rest = source.get(at..).unwrap_or_default();
    at + rest.find(['\n', '\r']).unwrap_or(rest.len())
}

/// Returns the line end that stands at `at`, or nothing.
pub(super) fn line_break(source: &str, at: usize) -> &str {
    let rest = source.get(at..).unwrap_or_default();
    let length = match rest.as_bytes() {
        [b'\r', b'\n', ..] => 2,
        [b'\r' | b'\n', ..] => 1,
        _ => 0,
    };
    rest.get(..length).unwrap_or_default()
}

/// Returns the line end of the first line; `\n` for a text of one line.
pub(super) fn eol(source: &str) -> &str {
    match line_break(source, line_end(source, 0)) {
        "" => "\n",
        written => written,
    }
}

/// Returns as many blanks as there are characters between the start of the line and `at`.
pub(super) fn blanks_before(source: &str, at: usize) -> String {
    let before = source.get(line_start(source, at)..at).unwrap_or_default();
    " ".repeat(before.chars().count())
}

/// Says whether only spaces stand before `at` in its line.
pub(super) fn is_first_in_line(source: &str, at: usize) -> bool {
    let before = source.get(line_start(source, at)..at).unwrap_or_default();
    before.bytes().all(|byte| byte == b' ')
}
