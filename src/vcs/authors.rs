//! Who wrote a change.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};

use gix::bstr::BStr;

use super::error::VcsError;
use super::identity::Identity;
use super::open::Repository;
use crate::path::RepoPath;
use crate::snapshot::ObjectName;

/// Marks the line with an author among those of trailers.
const AUTHOR: &str = "author ";

impl Repository {
    /// Returns the email addresses, in lower case, of those who wrote the commits of `from..to` that
    /// touch one of the paths (any path, where there are none): authors, and whoever a
    /// `Co-authored-by` trailer names. Without `from` the whole history of `to` counts.
    ///
    /// Whoever merges has written nothing, unless a file of the merge is that of none of its parents.
    ///
    /// # Errors
    /// When the git program fails.
    pub fn authors(
        &self,
        from: Option<ObjectName>,
        to: ObjectName,
        paths: &[RepoPath],
    ) -> Result<BTreeSet<String>, VcsError> {
        let mut range: Vec<OsString> = vec![to.to_string().into()];
        range.extend(from.map(|from| format!("^{from}").into()));
        range.push("--".into());
        let mut below: Vec<OsString> = vec!["--".into()];
        for path in paths {
            let path = gix::path::from_bstr(BStr::new(path.as_bytes()));
            let path = path.map_err(VcsError::git("a path"))?.into_owned().into_os_string();
            range.push(path.clone());
            below.push(path);
        }
        let git = &self.store.git;
        let mut emails = self.emails(&words(&["--no-merges"], &range))?;
        let merges = git.run(&words(&["rev-list", "--merges"], &range))?;
        if merges.is_empty() {
            return Ok(emails);
        }
        let compare = ["diff-tree", "--stdin", "-r", "-c", "--raw"];
        let said = git.ask(&words(&compare, &below), Some(&merges))?;
        if !said.status.success() {
            let arguments = compare.join(" ");
            return Err(VcsError::Command { arguments, cause: said.complaint() });
        }
        // Every merge is listed, and behind it a line with colons for each such file.
        let printed = String::from_utf8_lossy(&said.stdout);
        let mut own = BTreeSet::new();
        let mut merge = None;
        for line in printed.lines() {
            if line.starts_with(':') {
                own.extend(merge);
            } else {
                merge = Some(line);
            }
        }
        if !own.is_empty() {
            emails
                .extend(self.emails(&words(&["--no-walk"], &own.into_iter().collect::<Vec<_>>()))?);
        }
        Ok(emails)
    }

    /// Returns the addresses of those who wrote the commits that these words name.
    fn emails(&self, commits: &[OsString]) -> Result<BTreeSet<String>, VcsError> {
        let format = format!(
            "--format=tformat:{AUTHOR}%ae%n%(trailers:key=Co-authored-by,valueonly,unfold)"
        );
        let command = ["rev-list", "--no-commit-header", format.as_str()];
        let printed = self.store.git.run(&words(&command, commits))?;
        let printed = String::from_utf8_lossy(&printed);
        let emails = printed.lines().filter_map(|line| match line.strip_prefix(AUTHOR) {
            Some(email) => Some(email.trim().to_lowercase()),
            None => Identity::parse(line).map(|who| who.email.to_lowercase()),
        });
        Ok(emails.filter(|email| !email.is_empty()).collect())
    }
}

fn words<A: AsRef<OsStr>>(command: &[&str], more: &[A]) -> Vec<OsString> {
    let more = more.iter().map(|word| word.as_ref().to_owned());
    command.iter().map(OsString::from).chain(more).collect()
}
