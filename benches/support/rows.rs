//! A dataset of many rows, published, with another content in the work tree.

use std::fmt::Write as _;
use std::io;
use std::path::PathBuf;

use super::generate::write;
use super::shell::{Store, git};

/// Raised with every change of what is generated.
const GENERATOR: u32 = 1;

const ENTRY: &str = "registry/datasets/many";

/// The repository that holds the rows.
pub(crate) struct Rows {
    /// The repository's root. `old.csv` there is what was published.
    pub(crate) folder: PathBuf,
}

impl Rows {
    /// The file of rows, below the root.
    pub(crate) const FILE: &str = "registry/datasets/many/rows.csv";

    /// Makes the rows, or takes those that an earlier run made.
    pub(crate) fn ready(count: usize) -> io::Result<Self> {
        let name = format!("rows-{count}");
        let store = Store::new(&name, format!("generator {GENERATOR}, {count} rows\n"));
        let folder = store.ready(|folder| {
            write(folder, "keelmark.yaml", "version: 1\ndefault_branch: main\n")?;
            write(folder, ".gitignore", "*.sorted\nold.csv\n")?;
            write(
                folder,
                &format!("{ENTRY}/dataset.yaml"),
                "id: many\nversion: 1.0.0\nowner: data-science\npurpose: training\nrow_key: id\n\
                 files: [{path: rows.csv}]\nchangelog: [\"1.0.0: first cut\"]\n",
            )?;
            let old = text(count, Edit::None);
            write(folder, Self::FILE, &old)?;
            write(folder, "old.csv", &old)?;
            git(folder, &["add", "--all"])?;
            git(folder, &["commit", "-q", "--no-verify", "-m", "registry: many rows"])?;
            write(folder, Self::FILE, &text(count, Edit::Some))
        })?;
        Ok(Self { folder })
    }

    /// What the diff must say of the generated rows.
    pub(crate) fn said(count: usize) -> [String; 3] {
        let number = |is: fn(usize) -> bool| (0..count).filter(|at| is(*at)).count();
        [
            format!("{} rows changed", number(is_edited)),
            format!("{} rows went", number(is_removed)),
            format!("{} rows came", count / ADDED),
        ]
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Edit {
    None,
    Some,
}

/// For every so many rows one is added.
const ADDED: usize = 20;

fn is_edited(at: usize) -> bool {
    at.is_multiple_of(17)
}

fn is_removed(at: usize) -> bool {
    at % 19 == 18 && !is_edited(at)
}

fn text(count: usize, edit: Edit) -> String {
    let mut rows = "id,question,answer,label,score\n".to_owned();
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let more = if edit == Edit::Some { count / ADDED } else { 0 };
    for at in 0..count + more {
        let (one, two, three) = (next(), next(), next());
        let old = edit == Edit::Some && at < count;
        if old && is_removed(at) {
            continue;
        }
        let edited = old && is_edited(at);
        let mark = if edited { " again" } else { "" };
        let _ = writeln!(
            rows,
            "row-{at:07},\"Question {one:x}, and {two:x}?{mark}\",Answer {three:x} of many words,{},0.{:04}",
            if one % 2 == 0 { "yes" } else { "no" },
            two % 10_000,
        );
    }
    rows
}
