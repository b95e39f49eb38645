//! The response cache.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::evals::cache::{Cache, Key};
use crate::provider::Answer;

/// The most bytes that a kept answer may have.
const MAX_BYTES: u64 = 16 << 20;

/// How many answers of a case are looked at to explain a miss.
const MAX_NEAR: usize = 64;

/// One kept answer.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    parts: Vec<(String, Digest)>,
    answer: Answer,
}

/// Answers in files, below one folder a case.
#[derive(Debug)]
pub(in crate::cli) struct DiskCache {
    root: PathBuf,
}

impl DiskCache {
    /// Opens the cache of a work tree.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub(in crate::cli) fn open(top: &Path) -> std::io::Result<Self> {
        Ok(Self { root: super::folder(top, "cache")? })
    }

    fn folder(&self, case_id: &str) -> PathBuf {
        self.root.join(Digest::of(case_id.as_bytes()).short(16))
    }

    fn path(&self, key: &Key, case_id: &str) -> PathBuf {
        self.folder(case_id).join(format!("{}.json", key.digest))
    }

    /// Counts answers that were kept before `seconds` since 1970.
    ///
    /// # Errors
    /// When the file system refuses.
    pub(in crate::cli) fn count(&self, before: i64) -> std::io::Result<u64> {
        Ok(self.older(before)?.len() as u64)
    }

    /// Removes answers that were kept before `seconds` since 1970, and returns how many.
    ///
    /// # Errors
    /// When the file system refuses.
    #[expect(clippy::disallowed_methods, reason = "this is the place that writes `.keelmark/`")]
    pub(in crate::cli) fn collect(&self, before: i64) -> std::io::Result<u64> {
        let older = self.older(before)?;
        for path in &older {
            fs::remove_file(path)?;
            if let Some(folder) = path.parent() {
                // Only an empty folder goes.
                let _ = fs::remove_dir(folder);
            }
        }
        Ok(older.len() as u64)
    }

    fn older(&self, before: i64) -> std::io::Result<Vec<PathBuf>> {
        let mut older = Vec::new();
        for folder in fs::read_dir(&self.root)? {
            let folder = folder?.path();
            if !folder.is_dir() {
                continue;
            }
            for file in fs::read_dir(&folder)? {
                let file = file?;
                if super::runs::modified(&file.metadata()?) < before {
                    older.push(file.path());
                }
            }
        }
        Ok(older)
    }
}

impl Cache for DiskCache {
    fn get(&self, key: &Key, case_id: &str) -> Option<Answer> {
        read(&self.path(key, case_id)).map(|kept| kept.answer)
    }

    #[expect(clippy::disallowed_methods, reason = "this is the place that writes `.keelmark/`")]
    fn put(&self, key: &Key, case_id: &str, answer: &Answer) {
        let parts = key.parts.iter().map(|(name, digest)| ((*name).to_owned(), *digest));
        let kept = Kept { parts: parts.collect(), answer: answer.clone() };
        let path = self.path(key, case_id);
        if let (Ok(bytes), Some(folder)) = (serde_json::to_vec(&kept), path.parent())
            && fs::create_dir_all(folder).is_ok()
        {
            // A cache that cannot be written only costs time and money later.
            let _ = super::replace(&path, &bytes);
        }
    }

    fn nearest(&self, key: &Key, case_id: &str) -> Option<String> {
        let mut files: Vec<PathBuf> = fs::read_dir(self.folder(case_id))
            .ok()?
            .filter_map(|file| file.ok().map(|file| file.path()))
            .collect();
        files.sort();
        let nearest = files
            .iter()
            .take(MAX_NEAR)
            .filter_map(|path| Some((path, key.differing(&read(path)?.parts))))
            .min_by_key(|(path, differing)| (differing.len(), (*path).clone()))?;
        let (path, differing) = nearest;
        let name = path.file_stem().map(|stem| stem.to_string_lossy()).unwrap_or_default();
        let short: String = name.chars().take(12).collect();
        Some(format!("the nearest cached answer, {short}, differs in its {}", differing.join(", ")))
    }
}

fn read(path: &Path) -> Option<Kept> {
    if fs::metadata(path).ok()?.len() > MAX_BYTES {
        return None;
    }
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::provider::{Finish, Request, Timing};

    fn answer(text: &str) -> Answer {
        Answer {
            text: text.to_owned(),
            finish: Finish::Stop,
            model: None,
            fingerprint: None,
            usage: None,
            latency_ms: Some(5.0),
            timing: Timing::Live,
        }
    }

    #[test]
    fn an_answer_is_found_under_its_own_key_only_and_a_miss_is_explained() {
        let top = tempfile::tempdir().expect("a folder");
        let cache = DiskCache::open(top.path()).expect("a cache");
        let request = Request { case_id: "A".to_owned(), ..Request::default() };
        let key = Key::new(&json!({"model": "m"}), &request);
        cache.put(&key, "A", &answer("yes"));
        assert_eq!(cache.get(&key, "A").map(|a| a.text), Some("yes".to_owned()));
        let other = Key::new(&json!({"model": "n"}), &request);
        assert_eq!(cache.get(&other, "A"), None);
        let near = cache.nearest(&other, "A").expect("the other one");
        assert!(near.ends_with("differs in its model"), "{near}");
        let again = Key::new(&json!({"model": "m"}), &Request { repeat: 1, ..request });
        assert_eq!(cache.get(&again, "A"), None);
        assert_eq!(cache.collect(i64::MAX).expect("removed"), 1);
        assert_eq!(cache.get(&key, "A"), None);
    }

    #[test]
    fn raw_answers_are_readable_by_their_owner_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let top = tempfile::tempdir().expect("a folder");
        let cache = DiskCache::open(top.path()).expect("a cache");
        let key = Key::new(&json!({}), &Request::default());
        cache.put(&key, "A", &answer("yes"));
        let mode = fs::metadata(cache.path(&key, "A")).expect("a file").permissions().mode();
        assert_eq!(mode & 0o077, 0);
        let ignore = fs::read_to_string(top.path().join(".keelmark/.gitignore")).expect("a file");
        assert_eq!(ignore, "*\n");
    }
}
