//! What eval runs leave behind: `.keelmark/` at the top of the work tree, which git never tracks.
//!
//! | path | what |
//! |---|---|
//! | `runs/<id>/run.json` | the header of a run |
//! | `runs/<id>/cases.jsonl` | its cases, one a line, in the order in which they finished |
//! | `cache/<case>/<key>.json` | raw answers, readable by their owner alone |
//!
//! Nothing else in Keelmark writes here, and nothing here writes elsewhere.

pub(super) mod answers;
pub(super) mod runs;

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// The folder's name.
pub(super) const FOLDER: &str = ".keelmark";

/// Returns a folder below `.keelmark/`, made where it is not there.
#[expect(clippy::disallowed_methods, reason = "this is the place that writes `.keelmark/`")]
fn folder(top: &Path, name: &str) -> io::Result<PathBuf> {
    let root = top.join(FOLDER);
    let folder = root.join(name);
    for place in [&root, &folder] {
        // A repository may hold a link that leads out of it.
        if fs::symlink_metadata(place).is_ok_and(|found| found.is_symlink()) {
            let shown = place.display();
            return Err(io::Error::other(format!("`{shown}` is a symbolic link; remove it")));
        }
    }
    fs::create_dir_all(&folder)?;
    let ignore = root.join(".gitignore");
    if !ignore.exists() {
        fs::write(ignore, "*\n")?;
    }
    Ok(folder)
}

/// Writes a file whole or not at all; it is readable by its owner alone.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let beside = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new().prefix(".new-").tempfile_in(beside)?;
    file.write_all(bytes)?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}
