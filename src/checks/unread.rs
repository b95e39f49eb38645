//! Why rows of a dataset were not compared, and what can be done about each reason.

use super::rows::RowFile;
use crate::compat::rows::Side;
use crate::integrity::payload::Verdict;
use crate::snapshot::ReadFault;

/// A reason, and the next step.
pub(super) struct Unread {
    pub(super) why: String,
    pub(super) help: &'static str,
}

/// Says why the rows of a file cannot be read; `None` where they can.
pub(super) fn of_file(file: &RowFile<'_>, side: Side) -> Option<Unread> {
    let path = &file.part.path;
    if file.form.is_none() {
        return Some(Unread {
            why: format!("`{path}` is neither CSV, JSON lines nor YAML"),
            help: "files of another form are judged by their digests; where the name does not tell that it is one of these, `format` does",
        });
    }
    (file.part.verdict == Verdict::PointerVerified).then(|| Unread {
        why: format!("`{path}` is a Git LFS pointer here"),
        help: match side {
            Side::Old => {
                "commits hold the pointer alone, so rows that LFS keeps are judged by their digests; rows in git are compared"
            }
            Side::New => "`git lfs pull` brings the rows into the work tree",
        },
    })
}

/// Says why bytes could not be had.
pub(super) fn of_fault(fault: &ReadFault) -> Unread {
    let (why, help) = match fault {
        ReadFault::Io { path, source } => (
            format!("`{path}`: {source}"),
            "see that the file is whole, and packed as its name says",
        ),
        ReadFault::Missing { .. } => (fault.to_string(), "`git fetch` what this clone left out"),
        ReadFault::TooLarge { .. } => (fault.to_string(), "split the file"),
        ReadFault::Store(_) => (fault.to_string(), "`git fsck` says what is damaged"),
    };
    Unread { why, help }
}
