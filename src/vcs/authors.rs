//! Who wrote a change.

use std::collections::BTreeSet;
use std::ffi::OsString;

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
    /// # Errors
    /// When the git program fails.
    pub fn authors(
        &self,
        from: Option<ObjectName>,
        to: ObjectName,
        paths: &[RepoPath],
    ) -> Result<BTreeSet<String>, VcsError> {
        let format = format!(
            "--format=tformat:{AUTHOR}%ae%n%(trailers:key=Co-authored-by,valueonly,unfold)"
        );
        let mut words: Vec<OsString> =
            ["rev-list", "--no-commit-header", format.as_str()].map(OsString::from).into();
        words.push(to.to_string().into());
        words.extend(from.map(|from| format!("^{from}").into()));
        words.push("--".into());
        for path in paths {
            let path = gix::path::from_bstr(BStr::new(path.as_bytes()));
            let path = path.map_err(VcsError::git("a path"))?;
            words.push(path.into_owned().into_os_string());
        }
        let printed = self.store.git.run(&words)?;
        let printed = String::from_utf8_lossy(&printed);
        let emails = printed.lines().filter_map(|line| match line.strip_prefix(AUTHOR) {
            Some(email) => Some(email.trim().to_lowercase()),
            None => Identity::parse(line).map(|who| who.email.to_lowercase()),
        });
        Ok(emails.filter(|email| !email.is_empty()).collect())
    }
}
