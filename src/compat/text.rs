//! Templates in the form that counts, and how two of them differ.

use crate::finding::Rule;
use crate::registry::prompt::Engine;
use crate::template::normal_text;

use super::table::prompt as rules;

/// Returns the rule for the difference between two templates; `None` where they are equal.
pub(super) fn judge(old: &str, new: &str, engine: Engine) -> Option<&'static Rule> {
    if old == new {
        return None;
    }
    let (old, new) = (normal_text(old), normal_text(new));
    if old == new {
        return Some(&rules::TEMPLATE_EOL_ONLY);
    }
    if collapsed(&old) == collapsed(&new) {
        return Some(&rules::TEMPLATE_WHITESPACE);
    }
    if engine == Engine::Simple {
        return Some(&rules::TEMPLATE_TEXT);
    }
    let (old, new) = (Jinja::read(&old), Jinja::read(&new));
    Some(if collapsed(&old.tidy) == collapsed(&new.tidy) {
        &rules::TEMPLATE_WHITESPACE
    } else if collapsed(&old.silent) == collapsed(&new.silent) {
        &rules::TEMPLATE_COMMENT
    } else {
        &rules::TEMPLATE_TEXT
    })
}

/// Joins the words of a text by single spaces.
fn collapsed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A Jinja template in two forms.
#[derive(Default)]
struct Jinja {
    /// With tags trimmed inside, so that `{{x}}` and `{{ x }}` are equal.
    tidy: String,
    /// The same without comments.
    silent: String,
}

impl Jinja {
    /// Walks over a template. Whatever is not closed is taken as it stands, so that a broken
    /// template counts as changed rather than as equal.
    fn read(text: &str) -> Self {
        let mut read = Self::default();
        let mut rest = text;
        while let Some(at) = rest.find('{') {
            let (before, tag) = rest.split_at(at);
            read.both(before);
            let ends = match tag.as_bytes().get(1) {
                Some(b'{') => ("{{", "}}"),
                Some(b'%') => ("{%", "%}"),
                Some(b'#') => ("{#", "#}"),
                _ => {
                    read.both("{");
                    rest = tag.get(1..).unwrap_or_default();
                    continue;
                }
            };
            let inner = tag.get(2..).unwrap_or_default();
            let length = if ends.0 == "{#" { inner.find(ends.1) } else { closes(inner, ends.1) };
            let Some(length) = length else {
                read.both(tag);
                return read;
            };
            let (inner, after) = inner.split_at(length);
            rest = after.get(2..).unwrap_or_default();
            let tidy = format!("{} {} {}", ends.0, inner.trim(), ends.1);
            if ends.0 == "{#" {
                read.tidy.push_str(&tidy);
            } else {
                read.both(&tidy);
                if is_raw(inner) {
                    let end = rest.find("endraw").unwrap_or(rest.len());
                    let (literal, later) = rest.split_at(end);
                    read.both(literal);
                    rest = later;
                }
            }
        }
        read.both(rest);
        read
    }

    fn both(&mut self, text: &str) {
        self.tidy.push_str(text);
        self.silent.push_str(text);
    }
}

/// Finds the end of a tag; quotes hide it.
fn closes(inner: &str, end: &str) -> Option<usize> {
    let mut quote = None;
    let mut escaped = false;
    for (at, c) in inner.char_indices() {
        match quote {
            Some(_) if escaped => escaped = false,
            Some(_) if c == '\\' => escaped = true,
            Some(open) if c == open => quote = None,
            None if c == '"' || c == '\'' => quote = Some(c),
            None if inner.get(at..).is_some_and(|rest| rest.starts_with(end)) => return Some(at),
            _ => {}
        }
    }
    None
}

/// Says whether a block tag opens a raw block.
fn is_raw(inner: &str) -> bool {
    inner.trim_matches(|c: char| c.is_whitespace() || c == '-' || c == '+') == "raw"
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn differences_are_judged_by_what_the_model_sees() {
        let cases = [
            ("a", "a", None),
            ("a\nb\n", "a\r\nb", Some("prompt-template-eol-only")),
            ("a b", "a  b", Some("prompt-template-whitespace")),
            ("a b", "ab", Some("prompt-template-text")),
            ("{{x}} b", "{{ x }} b", Some("prompt-template-whitespace")),
            ("{{'a  b'}}", "{{'a b'}}", Some("prompt-template-whitespace")),
            ("{# one #}a", "{# two #}a", Some("prompt-template-comment")),
            ("{# one #}\na", "a", Some("prompt-template-comment")),
            ("a{# one #}", "b{# one #}", Some("prompt-template-text")),
            ("{{ '{#' }}a{{ '#}' }}", "{{ '{#' }}b{{ '#}' }}", Some("prompt-template-text")),
            (
                "{% raw %}{# a #}{% endraw %}",
                "{% raw %}{# b #}{% endraw %}",
                Some("prompt-template-text"),
            ),
            ("{# open", "{# other", Some("prompt-template-text")),
            ("{{ open", "{{ other", Some("prompt-template-text")),
            ("a { b", "a { c", Some("prompt-template-text")),
        ];
        for (old, new, expected) in cases {
            for (old, new) in [(old, new), (new, old)] {
                let rule = judge(old, new, Engine::Jinja).map(|rule| rule.id);
                assert_eq!(rule, expected, "{old:?} → {new:?}");
            }
        }
        let simple = judge("{# a #}", "{# b #}", Engine::Simple).map(|rule| rule.id);
        assert_eq!(simple, Some("prompt-template-text"));
    }

    proptest! {
        #[test]
        fn judging_never_fails_and_is_symmetric(
            old in "[ab\u{feff}\r\n {}#%'\\\\é-]{0,24}",
            new in "[ab\u{feff}\r\n {}#%'\\\\é-]{0,24}",
        ) {
            let id = |rule: Option<&Rule>| rule.map(|rule| rule.id);
            prop_assert_eq!(
                id(judge(&old, &new, Engine::Jinja)),
                id(judge(&new, &old, Engine::Jinja))
            );
        }
    }
}
