//! A branch as one file.

use std::io::Write;

use super::error::VcsError;
use super::open::Repository;

impl Repository {
    /// Writes a reference, given by its full name, with its whole history as a bundle, which
    /// `git clone` and `git fetch` read like a repository.
    ///
    /// # Errors
    /// When the reference does not exist, an object is missing, or `sink` fails.
    pub fn archive(&self, reference: &str, sink: &mut dyn Write) -> Result<(), VcsError> {
        self.store.git.stream(&["bundle", "create", "--quiet", "-", reference], sink)
    }
}
