//! The repository of the demo.

use std::ffi::OsStr;
use std::path::Path;

use crate::vcs::command::Git;
use crate::vcs::error::VcsError;
use crate::vcs::open::Configuration;

/// Who commits where the user has told git no name.
const NAME: &str = "Keelmark demo";
const EMAIL: &str = "demo@keelmark.invalid";

/// Makes a fresh repository. Its folder must exist and hold none.
///
/// # Errors
/// When the folder cannot be written.
pub fn init(folder: &Path) -> Result<(), VcsError> {
    gix::init(folder).map(drop).map_err(VcsError::git("the new repository"))
}

/// Gives a repository that [`init`] made somebody who commits, where the user has told git nobody.
///
/// # Errors
/// When its configuration cannot be written.
pub fn name_somebody(folder: &Path) -> Result<(), VcsError> {
    let git = git(folder);
    for (key, value) in [("user.name", NAME), ("user.email", EMAIL)] {
        if !git.ask(&["config", "--get", key], None)?.status.success() {
            git.run(&["config", "--local", key, value])?;
        }
    }
    Ok(())
}

/// Commits everything in a repository that [`init`] made, without running its hooks.
///
/// # Errors
/// When the git program fails.
pub fn commit_all(folder: &Path, message: &str) -> Result<(), VcsError> {
    let git = git(folder);
    git.run(&["add", "--all"])?;
    let commit = ["-c", "commit.gpgsign=false", "commit", "--quiet", "--no-verify", "-m", message];
    git.run(&commit).map(drop)
}

/// Clones a repository that [`init`] made into a folder that does not exist.
///
/// # Errors
/// When the git program fails.
pub fn clone(folder: &Path, to: &Path) -> Result<(), VcsError> {
    let words = [OsStr::new("clone"), OsStr::new("--quiet"), folder.as_os_str(), to.as_os_str()];
    // A work tree of its own would be taken for the clone's.
    Git { workdir: None, ..git(folder) }.run(&words).map(drop)
}

fn git(folder: &Path) -> Git {
    Git {
        repository: folder.join(".git"),
        workdir: Some(folder.to_path_buf()),
        index: folder.join(".git").join("index"),
        configuration: Configuration::Inherited,
    }
}
