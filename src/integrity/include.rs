//! Fragments in the places of the includes that name them.
//!
//! An include leads to an entry of the same tree that `depends_on` names, and to no other file. The
//! pin there says which version the text may have; the tree holds one.

use super::payload::{self, MAX_TEXT_BYTES, Sources};
use super::text::Fragments;
use crate::finding::{Family, Finding, Fix, Place, Replacement, Rule, Safety, Severity};
use crate::ident::{EntryName, EntryRef, Kind, Wanted};
use crate::registry::common::Edge;
use crate::registry::entry::Entry;
use crate::registry::index::Index;
use crate::registry::layout::Placed;
use crate::registry::reference::{self, Role, references};
use crate::schema::{self, Shape};
use crate::snapshot::{ReadFault, Snapshot};
use crate::source::{SourceFile, Span};
use crate::template::include::{Include, Woven, begin_a_tag, includes};
use crate::template::{jinja, normal_text};

/// The most includes that stand inside each other.
pub const MAX_DEPTH: usize = 8;

/// The most includes of one text, those of its fragments among them.
pub const MAX_INCLUDES: usize = 1000;

/// An include that names no fragment.
pub static INCLUDE_MALFORMED: Rule = Rule::error(
    "include-malformed",
    Family::Prompt,
    "an include is not `{% include 'fragment/<id>' %}`",
);
/// An include of what the entry does not declare.
pub static INCLUDE_UNDECLARED: Rule = Rule::error(
    "include-undeclared",
    Family::Prompt,
    "a template includes a fragment that `depends_on` does not name",
);
/// An include of nothing.
pub static INCLUDE_MISSING: Rule =
    Rule::error("include-missing", Family::Prompt, "an include leads to no fragment")
        .down_to(Severity::Warning);
/// An include of a fragment that cannot stand in a template.
pub static INCLUDE_UNREADABLE: Rule = Rule::error(
    "include-unreadable",
    Family::Prompt,
    "the fragment that an include names cannot be read, or cannot stand there",
);
/// An include of a version that is not in the tree.
pub static INCLUDE_VERSION_MISMATCH: Rule = Rule::error(
    "include-version-mismatch",
    Family::Prompt,
    "an included fragment has another version than `depends_on` pins",
);
/// An include that leads back.
pub static INCLUDE_CYCLE: Rule = Rule::error(
    "include-cycle",
    Family::Prompt,
    "a fragment includes itself, through others or not",
);
/// Includes beyond the limits.
pub static INCLUDE_TOO_LARGE: Rule = Rule::error(
    "include-too-large",
    Family::Prompt,
    "includes are nested too deeply, are too many, or make too large a text",
);

/// Returns the place of a part of a text. An inline message is pointed at as a whole: its escapes and
/// indentation hide the columns.
pub(super) fn place(
    entry: &Entry,
    source: &SourceFile,
    pointer: &str,
    inline: bool,
    span: Span,
) -> Place {
    if inline {
        return entry.document.place(pointer);
    }
    Place { file: source.clone(), pointer: String::new(), span }
}

/// What became of an include: a text, or why there is none.
type Replaced = Result<Woven, Box<Finding>>;

/// Puts texts together.
pub(super) struct Weaver<'a> {
    index: &'a Index<'a>,
    attributes: &'a dyn Snapshot,
    /// The fragments that were named, with the versions of those that are there.
    pub(super) fragments: Fragments,
    /// The fragments inside of which the text stands that is being read.
    chain: Vec<EntryName>,
    count: usize,
}

/// A fragment with its text.
struct Fragment {
    entry: Entry,
    source: SourceFile,
}

impl<'a> Weaver<'a> {
    pub(super) const fn new(index: &'a Index<'a>, attributes: &'a dyn Snapshot) -> Self {
        Self { index, attributes, fragments: Fragments::new(), chain: Vec::new(), count: 0 }
    }

    /// Puts fragments in the places of a text's includes, and says which of them stay empty and why.
    pub(super) fn weave(
        &mut self,
        entry: &Entry,
        source: &SourceFile,
        place: &dyn Fn(Span) -> Place,
    ) -> Result<(Woven, Vec<Finding>), ReadFault> {
        let text = source.text();
        let tags = includes(text);
        let mut woven = Woven::default();
        let mut faults = Vec::new();
        let mut start = 0;
        let mut trims = false;
        for (at, tag) in tags.iter().enumerate() {
            let own = segment(text, start..tag.span.start, trims, tag.trims_before);
            woven.push(source, own);
            (start, trims) = (tag.span.end, tag.trims_after);
            let next = tags.get(at + 1);
            let end = next.map_or(u32::MAX, |next| next.span.start);
            let follows = segment(text, start..end, trims, next.is_some_and(|n| n.trims_before));
            let here = place(tag.span);
            match self.replaced(entry, tag, &here)? {
                Ok(part)
                    if begin_a_tag(woven.text(), part.text())
                        || begin_a_tag(part.text(), source.slice(follows)) =>
                {
                    let message = "the fragment and the text beside it together begin a tag";
                    let finding = Finding::new(&INCLUDE_UNREADABLE, here, message);
                    faults.push(finding.help("put a space between the brace and the include"));
                    woven.push(source, tag.span);
                }
                Ok(part) if (woven.text().len() + part.text().len()) as u64 > MAX_TEXT_BYTES => {
                    let message =
                        format!("with its includes the text has more than {MAX_TEXT_BYTES} bytes");
                    faults.push(Finding::new(&INCLUDE_TOO_LARGE, here, message));
                    woven.push(source, tag.span);
                }
                Ok(part) => woven.include(tag.span, part),
                Err(finding) => {
                    faults.push(*finding);
                    woven.push(source, tag.span);
                }
            }
        }
        woven.push(source, segment(text, start..u32::MAX, trims, false));
        Ok((woven, faults))
    }

    /// Finds the text that stands in the place of an include.
    fn replaced(
        &mut self,
        entry: &Entry,
        tag: &Include,
        here: &Place,
    ) -> Result<Replaced, ReadFault> {
        let say = |rule, message: String| {
            let named = tag.name.clone().unwrap_or_default();
            Box::new(Finding::new(rule, here.clone(), message).values(String::new(), named))
        };
        let reference = match named(tag) {
            Ok(reference) => reference,
            Err(message) => {
                let finding = say(&INCLUDE_MALFORMED, message);
                let help = "write `{% include 'fragment/refund_policy' %}`, and name the fragment in `depends_on`";
                return Ok(Err(Box::new(finding.help(help))));
            }
        };
        let found = self.index.resolve(Kind::Fragment, &reference.id)?;
        let name = found.clone().unwrap_or_else(|| EntryName::new(Kind::Fragment, reference.id));
        self.fragments.entry(name.clone()).or_default();
        if self.chain.contains(&name) {
            let names = self.chain.iter().chain([&name]).map(ToString::to_string);
            let message =
                format!("the includes lead in a circle: {}", names.collect::<Vec<_>>().join(" → "));
            return Ok(Err(say(&INCLUDE_CYCLE, message)));
        }
        self.count += 1;
        if self.chain.len() >= MAX_DEPTH || self.count > MAX_INCLUDES {
            let message = format!(
                "a text has at most {MAX_INCLUDES} includes, and at most {MAX_DEPTH} inside each other"
            );
            return Ok(Err(say(&INCLUDE_TOO_LARGE, message)));
        }
        if found.is_none() {
            let finding = say(&INCLUDE_MISSING, format!("there is no `{name}`"));
            let help =
                format!("create it with `keelmark new fragment {}`, or mend the name", name.id);
            return Ok(Err(Box::new(finding.help(help))));
        }
        let Some(declared) = self.declared(entry, &name)? else {
            let message = format!("`depends_on` of `{}` does not name `{name}`", entry.name);
            let finding = say(&INCLUDE_UNDECLARED, message);
            let help = format!("add `depends_on: [{name}@^1]`, or whichever versions will do");
            return Ok(Err(Box::new(finding.help(help))));
        };
        let fragment = match self.fragment(&name)? {
            Ok(fragment) => fragment,
            Err(why) => {
                let message = format!("`{name}` cannot be put in: {why}");
                let help = format!("`keelmark check` of `{name}` says more");
                return Ok(Err(Box::new(say(&INCLUDE_UNREADABLE, message).help(help))));
            }
        };
        self.fragments.insert(name.clone(), fragment.entry.version.clone());
        if let Some(finding) = mismatch(entry, &declared, &fragment.entry, here) {
            return Ok(Err(Box::new(finding)));
        }
        self.inside(&name, &fragment, &say)
    }

    /// Puts a fragment's own includes into it, and sees that it is a template of its own: what it
    /// opens it closes, so that it cannot swallow the text behind it.
    fn inside(
        &mut self,
        name: &EntryName,
        fragment: &Fragment,
        say: &dyn Fn(&'static Rule, String) -> Box<Finding>,
    ) -> Result<Replaced, ReadFault> {
        let source = &fragment.source;
        let place = |span| Place { file: source.clone(), pointer: String::new(), span };
        self.chain.push(name.clone());
        let woven = self.weave(&fragment.entry, source, &place);
        self.chain.pop();
        let (part, faults) = woven?;
        if let Some(first) = faults.into_iter().next() {
            // A circle and a limit concern the whole; the rest is the fragment's to mend.
            let rule = match first.rule.id {
                id if id == INCLUDE_CYCLE.id => &INCLUDE_CYCLE,
                id if id == INCLUDE_TOO_LARGE.id => &INCLUDE_TOO_LARGE,
                _ => &INCLUDE_UNREADABLE,
            };
            let message = format!("`{name}` cannot be put in: {}", first.message);
            return Ok(Err(Box::new(say(rule, message).related(first.place, "because of this"))));
        }
        if let Err(fault) = jinja::uses(part.text()) {
            let at = part.origin(fault.span.start);
            let place = at.map_or_else(
                || place(Span::default()),
                |at| {
                    let span = Span::new(at.offset, at.offset.saturating_add(fault.span.len()));
                    Place { file: at.source, pointer: String::new(), span }
                },
            );
            let message = format!("`{name}` is no template of its own: {}", fault.message);
            let finding = say(&INCLUDE_UNREADABLE, message).related(place, "reading stops here");
            return Ok(Err(Box::new(finding)));
        }
        Ok(Ok(part))
    }

    /// Finds the runtime dependency of an entry on a fragment, under any of its names.
    fn declared(
        &self,
        entry: &Entry,
        name: &EntryName,
    ) -> Result<Option<reference::Reference>, ReadFault> {
        for found in references(entry.name.kind, entry.value()) {
            if !matches!(found.role, Role::DependsOn(Edge::Runtime | Edge::Reexported)) {
                continue;
            }
            let Ok(reference) = found.text.parse::<EntryRef>() else { continue };
            if reference.kind == Some(Kind::Fragment)
                && (reference.id == name.id
                    || self.index.resolve(Kind::Fragment, &reference.id)?.as_ref() == Some(name))
            {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// Reads a fragment of the tree with its text in normal form, or says why it cannot be read.
    fn fragment(&self, name: &EntryName) -> Result<Result<Fragment, String>, ReadFault> {
        let layout = self.index.layout();
        let tree = self.index.snapshot();
        let path = layout.find(tree, name)?;
        let Some((path, form)) = path.and_then(|path| match layout.place(&path) {
            Placed::Entry { form, .. } => Some((path, form)),
            _ => None,
        }) else {
            return Ok(Err("it is not there".to_owned()));
        };
        let Some(document) = self.index.document(&path)? else {
            return Ok(Err(format!("`{path}` cannot be read")));
        };
        let checked = schema::check(Shape::Entry(Kind::Fragment), &document);
        let value = checked.readable(document.value());
        let (entry, _) = Entry::read(name.clone(), form, document, value);
        let sources = Sources { tree, attributes: self.attributes };
        let (payloads, faults) = payload::resolve(&entry, sources)?;
        let Some(text) = payloads.into_iter().find_map(|payload| payload.text) else {
            let why = faults.into_iter().next().map(|fault| fault.message);
            return Ok(Err(why.unwrap_or_else(|| "it has no text".to_owned())));
        };
        // What does not count in a fragment does not count where it is included.
        let source = SourceFile::new(text.path().clone(), normal_text(text.text()).into_owned());
        Ok(Ok(Fragment { entry, source }))
    }
}

/// Returns the span of what stands between two tags, without the white space that they take away.
fn segment(text: &str, range: std::ops::Range<u32>, after: bool, before: bool) -> Span {
    let end = (range.end as usize).min(text.len());
    let whole = text.get(range.start as usize..end).unwrap_or_default();
    let mut part = whole;
    if after {
        part = part.trim_start();
    }
    let skipped = whole.len() - part.len();
    if before {
        part = part.trim_end();
    }
    let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    let start = range.start as usize + skipped;
    Span::new(offset(start), offset(start + part.len()))
}

/// Reads what an include names.
fn named(tag: &Include) -> Result<EntryRef, String> {
    let Some(name) = &tag.name else {
        return Err("an include is one literal name in quotes, and nothing else".to_owned());
    };
    let shown = name.escape_debug();
    match name.parse::<EntryRef>() {
        Ok(EntryRef { kind: Some(Kind::Fragment), wanted, .. }) if wanted != Wanted::Any => {
            Err(format!("`{shown}` names a version, which stands in `depends_on`"))
        }
        Ok(reference) if reference.kind == Some(Kind::Fragment) => Ok(reference),
        _ => Err(format!("`{shown}` is no fragment")),
    }
}

/// Says that the tree holds a version of a fragment that its user does not allow.
fn mismatch(
    user: &Entry,
    declared: &reference::Reference,
    fragment: &Entry,
    here: &Place,
) -> Option<Finding> {
    let reference = declared.text.parse::<EntryRef>().ok()?;
    let found = fragment.version.as_ref();
    let allowed = match &reference.wanted {
        Wanted::Any => true,
        Wanted::Exact(version) => found == Some(version),
        Wanted::Range(range) => found.is_some_and(|found| found.matches(range)),
    };
    if allowed {
        return None;
    }
    let name = &fragment.name;
    let has = &fragment.common.version;
    let message = format!(
        "`{}` pins `{}`, and the tree has `{name}` {}",
        user.name,
        declared.text.escape_debug(),
        has.escape_debug()
    );
    let place = user.document.place(&declared.pointer);
    let mut finding = Finding::new(&INCLUDE_VERSION_MISMATCH, place.clone(), message)
        .related(here.clone(), "it is included here")
        .values(declared.text.clone(), has.clone());
    if let (Wanted::Exact(old), Some(new)) = (&reference.wanted, found) {
        let written = place.file.slice(place.span);
        let text = written.replace(&format!("@{old}"), &format!("@{new}"));
        finding = finding.help(format!("pin {new}, or a range such as `{name}@^{new}`"));
        if text != written {
            finding = finding.fix(Fix {
                title: format!("pin `{name}` {new}"),
                safety: Safety::Safe,
                replacements: vec![Replacement { span: place.span, text }],
            });
        }
    } else if let Some(new) = found {
        finding = finding.help(format!("widen the range, such as to `{name}@^{new}`"));
    }
    Some(finding)
}

#[cfg(test)]
mod tests;
