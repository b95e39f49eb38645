//! A page of Markdown, from headings to tables, with places for what people write.

use super::hand::{Hands, Marks};
use super::md::{Md, fill, own};
use crate::escape;

/// How many characters a command has at most that has its remark behind it.
const SHORT: usize = 48;

/// What stands around a part that comes from the ledger, and so changes without a commit here.
const LIVE: [&str; 2] = ["<!-- keelmark:live -->", "<!-- /keelmark:live -->"];

/// Leaves out the parts of a document that come from the ledger.
pub(super) fn without_live(document: &str) -> String {
    let [begin, end] = LIVE;
    let (mut kept, mut live) = (String::new(), false);
    for line in document.split_inclusive('\n') {
        live |= line.trim_end() == begin;
        if !live {
            kept.push_str(line);
        }
        live &= line.trim_end() != end;
    }
    kept
}

/// Something of a page.
#[derive(Debug)]
enum Block {
    Heading(u8, Md),
    Paragraph(Md),
    Bullets(Vec<Md>),
    Steps(Vec<Md>),
    Table(Vec<&'static str>, Vec<Vec<Md>>),
    Fence(&'static str, String),
    Comment(&'static str),
    Hand { name: &'static str, wanted: &'static str },
}

/// A page, without the line that says where it comes from.
#[derive(Debug, Default)]
pub(super) struct Page {
    blocks: Vec<Block>,
}

impl Page {
    /// Begins a page.
    pub(super) fn titled(title: &'static str) -> Self {
        let mut page = Self::default();
        page.heading(1, own(title));
        page
    }

    /// Begins a section.
    pub(super) fn section(&mut self, title: &'static str) -> &mut Self {
        self.heading(2, own(title))
    }

    /// Begins a part of a section.
    pub(super) fn part(&mut self, title: Md) -> &mut Self {
        self.heading(3, title)
    }

    fn heading(&mut self, level: u8, title: Md) -> &mut Self {
        self.blocks.push(Block::Heading(level, title));
        self
    }

    /// Adds a paragraph; nothing where it is empty.
    pub(super) fn say(&mut self, words: Md) -> &mut Self {
        if !words.is_empty() {
            self.blocks.push(Block::Paragraph(words));
        }
        self
    }

    /// Adds a list; what is empty is left out.
    pub(super) fn bullets(&mut self, items: impl IntoIterator<Item = Md>) -> &mut Self {
        let items = items.into_iter().filter(|item| !item.is_empty());
        self.blocks.push(Block::Bullets(items.collect()));
        self
    }

    /// Adds a numbered list.
    pub(super) fn steps(&mut self, items: impl IntoIterator<Item = Md>) -> &mut Self {
        self.blocks.push(Block::Steps(items.into_iter().collect()));
        self
    }

    /// Adds a table. A column in which no row has anything to say is left out.
    pub(super) fn table(&mut self, header: &[&'static str], rows: Vec<Vec<Md>>) -> &mut Self {
        let says = |column: usize| {
            column == 0 || rows.iter().any(|row| row.get(column).is_some_and(|c| !c.is_dash()))
        };
        let kept: Vec<usize> = (0..header.len()).filter(|column| says(*column)).collect();
        let header = kept.iter().filter_map(|column| header.get(*column).copied()).collect();
        let keep = |row: Vec<Md>| kept.iter().filter_map(|c| row.get(*c).cloned()).collect();
        self.blocks.push(Block::Table(header, rows.into_iter().map(keep).collect()));
        self
    }

    /// Adds a table, or says how there would be one.
    pub(super) fn table_or(
        &mut self,
        header: &[&'static str],
        rows: Vec<Vec<Md>>,
        otherwise: Md,
    ) -> &mut Self {
        if rows.is_empty() { self.say(otherwise) } else { self.table(header, rows) }
    }

    /// Adds a block of code.
    pub(super) fn fence(&mut self, language: &'static str, text: String) -> &mut Self {
        self.blocks.push(Block::Fence(language, text));
        self
    }

    /// Adds a block of commands of the program, each with a remark or none: behind the commands
    /// where these are short, else above them.
    pub(super) fn commands(&mut self, commands: &[(String, &'static str)]) -> &mut Self {
        let width = commands.iter().map(|(words, _)| words.chars().count()).max().unwrap_or(0);
        let lines = commands.iter().map(|(words, remark)| match *remark {
            "" => format!("keelmark {words}"),
            remark if width > SHORT => format!("# {remark}\nkeelmark {words}"),
            remark => format!("keelmark {words:width$}  # {remark}"),
        });
        let text = lines.collect::<Vec<_>>().join("\n");
        self.fence("sh", text)
    }

    /// Adds a part that comes from the ledger.
    pub(super) fn live(&mut self, part: impl FnOnce(&mut Self)) -> &mut Self {
        let [begin, end] = LIVE;
        self.blocks.push(Block::Comment(begin));
        part(self);
        self.blocks.push(Block::Comment(end));
        self
    }

    /// Adds a place for what people write, and says what is wanted there.
    pub(super) fn hand(&mut self, name: &'static str, wanted: &'static str) -> &mut Self {
        self.blocks.push(Block::Hand { name, wanted });
        self
    }

    /// Writes the page below its first line, with what people wrote. What they wrote in a place that
    /// the page does not have stands at its end.
    pub(super) fn write(&self, first: &str, hands: &Hands) -> String {
        let mut out = format!("{first}\n");
        let mut known = Vec::new();
        for block in &self.blocks {
            out.push('\n');
            block.write(hands, &mut out);
            if let Block::Hand { name, .. } = block {
                known.push(*name);
            }
        }
        let mut others = hands.others(&known).peekable();
        if others.peek().is_some() {
            out.push_str("\n## Further sections by hand\n");
        }
        for (name, text) in others {
            out.push('\n');
            section(name, Some(text), &mut out);
        }
        out
    }
}

impl Block {
    fn write(&self, hands: &Hands, out: &mut String) {
        match self {
            Self::Heading(level, title) => {
                out.push_str(&format!("{} {}\n", "#".repeat(usize::from(*level)), title.as_str()));
            }
            Self::Paragraph(words) => out.push_str(&format!("{}\n", words.as_str())),
            Self::Bullets(items) => {
                for item in items {
                    out.push_str(&format!("- {}\n", item.as_str()));
                }
            }
            Self::Steps(items) => {
                for (at, item) in items.iter().enumerate() {
                    out.push_str(&format!("{}. {}\n", at + 1, item.as_str()));
                }
            }
            Self::Table(header, rows) => {
                out.push_str(&format!(
                    "| {} |\n|{}\n",
                    header.join(" | "),
                    "---|".repeat(header.len())
                ));
                for row in rows {
                    let cells: Vec<&str> = row.iter().map(Md::as_str).collect();
                    out.push_str(&format!("| {} |\n", cells.join(" | ")));
                }
            }
            Self::Comment(comment) => out.push_str(&format!("{comment}\n")),
            Self::Fence(language, text) => out.push_str(&escape::fenced(language, text)),
            Self::Hand { name, wanted } => {
                let text = hands.get(name);
                section(name, text, out);
                if text.is_none() {
                    let words =
                        "\n*Still to be written, between the two `{}` markers of this file: {}.*\n";
                    out.push_str(fill(words, &[own(name), own(wanted)]).as_str());
                }
            }
        }
    }
}

fn section(name: &str, text: Option<&str>, out: &mut String) {
    out.push_str(&Marks::Markdown.open(name));
    out.push('\n');
    if let Some(text) = text {
        out.push_str(&format!("\n{text}\n\n"));
    }
    out.push_str(&Marks::Markdown.close());
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::handbook::md::{code, text};

    fn page() -> Page {
        let mut page = Page::titled("A");
        page.say(text("x | y")).table(&["a", "b"], vec![vec![code("1|2"), text("3|4")]]);
        page.hand("scope", "what it is about").bullets([own("one"), own("two")]);
        page.commands(&[("check".to_owned(), "look"), ("list".to_owned(), "")]);
        page
    }

    #[test]
    fn a_column_that_says_nothing_is_left_out() {
        let mut page = Page::titled("A");
        let dash = || crate::handbook::md::or_dash(Md::default());
        page.table(&["a", "b", "c"], vec![vec![dash(), dash(), own("1")]]);
        let text = page.write("", &Hands::default());
        assert!(text.ends_with("| a | c |\n|---|---|\n| – | 1 |\n"), "{text}");
    }

    #[test]
    fn what_comes_from_the_ledger_can_be_left_out() {
        let write = |words: &'static str| {
            let mut page = Page::titled("A");
            page.live(|page| {
                page.say(own(words));
            });
            page.say(own("Always."));
            page.write("", &Hands::default())
        };
        let (one, other) = (write("Now."), write("Then."));
        assert_ne!(one, other);
        assert_eq!(without_live(&one), without_live(&other));
        assert!(without_live(&one).contains("Always.") && !without_live(&one).contains("Now."));
        assert_eq!(without_live("a\n"), "a\n");
    }

    #[test]
    fn a_page_is_written_with_empty_places_and_filled_ones() {
        let empty = page().write("<!-- first -->", &Hands::default());
        assert!(empty.starts_with("<!-- first -->\n\n# A\n\nx \\| y\n\n| a | b |\n|---|---|\n"));
        assert!(empty.contains("two `scope` markers of this file: what it is about.*"), "{empty}");
        assert!(empty.ends_with("```sh\nkeelmark check  # look\nkeelmark list\n```\n"), "{empty}");
        let filled = empty
            .replace("<!-- keelmark:hand scope -->\n", "<!-- keelmark:hand scope -->\nOurs.\n")
            + "<!-- keelmark:hand old -->\nKept.\n<!-- /keelmark:hand -->\n";
        let hands = Hands::read(&filled, Marks::Markdown).expect("sections");
        let again = page().write("<!-- first -->", &hands);
        assert!(again.contains("<!-- keelmark:hand scope -->\n\nOurs.\n\n<!-- /keelmark:hand -->"));
        assert!(!again.contains("Still to be written"), "{again}");
        assert!(
            again.contains("## Further sections by hand\n\n<!-- keelmark:hand old -->\n\nKept.")
        );
        let hands = Hands::read(&again, Marks::Markdown).expect("sections");
        assert_eq!(
            page().write("<!-- first -->", &hands),
            again,
            "the second time nothing changes"
        );
    }
}
