//! Large payloads: 2 GB in files of mixed size, in two datasets.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::content::{hexadecimal, sha256};
use super::generate::write;
use super::shell::{Store, git};

/// Raised with every change of what is generated.
const GENERATOR: u32 = 1;

/// The dataset that names each of its files: how many, and their size in bytes.
const LISTED: [(usize, usize); 2] = [(1, 600_000_000), (4, 200_000_000)];
/// The dataset that names a folder.
const FOLDER: [(usize, usize); 2] = [(100, 5_000_000), (1000, 100_000)];

const LISTED_ENTRY: &str = "registry/datasets/bulk/listed";
const FOLDER_ENTRY: &str = "registry/datasets/bulk/folder";

/// How much smaller than 2 GB the payloads are.
#[derive(Clone, Copy)]
pub(crate) struct Divisor(pub(crate) usize);

/// The repository that holds the payloads.
pub(crate) struct Payloads {
    /// The repository's root.
    pub(crate) folder: PathBuf,
    /// The bytes of all payloads.
    pub(crate) bytes: usize,
    /// How many files they are in.
    pub(crate) files: usize,
}

impl Payloads {
    /// The dataset of the smaller files, a fourth of all bytes.
    pub(crate) const SMALLER: &str = "dataset/bulk/folder";

    /// Says whether an earlier run made them.
    pub(crate) fn are_there(divisor: Divisor) -> bool {
        store(divisor).is_ready()
    }

    /// Makes the payloads, or takes those that an earlier run made.
    pub(crate) fn ready(divisor: Divisor) -> io::Result<Self> {
        let folder = store(divisor).ready(|folder| make(folder, divisor))?;
        git(&folder, &["reset", "-q", "--hard", "HEAD"])?;
        let all = || LISTED.iter().chain(&FOLDER);
        Ok(Self {
            folder,
            bytes: all().map(|(count, size)| count * (size / divisor.0)).sum(),
            files: all().map(|(count, _)| count).sum(),
        })
    }

    /// Changes one declared digest in the work tree, so that a check has something to find.
    pub(crate) fn falsify(&self) -> io::Result<()> {
        const BEFORE: &str = "sha256: \"";
        let path = self.folder.join(LISTED_ENTRY).join("dataset.yaml");
        let text = std::fs::read_to_string(&path)?;
        let (head, tail) = text.split_once(BEFORE).unwrap_or((&text, ""));
        let other = sha256(b"other bytes");
        let tail = tail.get(other.len()..).unwrap_or_default();
        std::fs::write(&path, format!("{head}{BEFORE}{other}{tail}"))
    }

    /// Takes back what [`Self::falsify`] did.
    pub(crate) fn mend(&self) -> io::Result<()> {
        git(&self.folder, &["checkout", "-q", "HEAD", "--", LISTED_ENTRY]).map(|_| ())
    }
}

fn store(divisor: Divisor) -> Store {
    let name = format!("payloads-{}", divisor.0);
    Store::new(&name, format!("generator {GENERATOR}, divisor {}\n", divisor.0))
}

fn make(folder: &Path, divisor: Divisor) -> io::Result<()> {
    write(folder, "keelmark.yaml", "version: 1\ndefault_branch: main\n")?;
    let listed = write_files(&folder.join(LISTED_ENTRY), &LISTED, divisor)?;
    let mut files = String::new();
    for (name, digest) in &listed {
        let _ = writeln!(files, "  - {{path: {name}, sha256: \"{digest}\", format: other}}");
    }
    write(folder, &format!("{LISTED_ENTRY}/dataset.yaml"), &entry("listed", &files))?;

    let inside = write_files(&folder.join(FOLDER_ENTRY).join("data"), &FOLDER, divisor)?;
    // in-toto's `dirHash`: one line a file, sorted by path.
    let mut lines = String::new();
    for (name, digest) in &inside {
        let _ = writeln!(lines, "{digest}  {name}");
    }
    let digest = sha256(lines.as_bytes());
    let files = format!("  - {{path: data/, sha256: \"{digest}\", format: other}}\n");
    write(folder, &format!("{FOLDER_ENTRY}/dataset.yaml"), &entry("folder", &files))?;

    // The bytes do not compress: without this, git takes minutes to find out.
    git(folder, &["-c", "core.compression=0", "add", "--all"])?;
    git(folder, &["commit", "-q", "--no-verify", "-m", "registry: large payloads"]).map(|_| ())
}

fn entry(id: &str, files: &str) -> String {
    format!(
        "id: {id}\nversion: 1.0.0\nowner: data-science\nfiles:\n{files}provenance:\n  \
         source: \"written by the generator of the benches\"\n  collected: 2025-09-01\n  \
         license: CC-BY-4.0\n  derived_from: []\n  pii: none\n  synthetic: true\n\
         license: CC-BY-4.0\nchangelog: [\"1.0.0: first cut\"]\n"
    )
}

/// Writes the files of a folder and returns their digests by name.
pub(crate) fn write_files(
    folder: &Path,
    shapes: &[(usize, usize)],
    divisor: Divisor,
) -> io::Result<BTreeMap<String, String>> {
    std::fs::create_dir_all(folder)?;
    let mut digests = BTreeMap::new();
    for (count, size) in shapes {
        for at in 0..*count {
            let name = format!("part-{}-{at:04}.bin", size / 1000);
            // Odd, so never zero, where xorshift would stay, and different for every file.
            let seed = (*size as u64) << 32 | (at as u64 * 2 + 1);
            let digest = write_noise(&folder.join(&name), size / divisor.0, seed)?;
            digests.insert(name, digest);
        }
    }
    Ok(digests)
}

/// Writes bytes that look random and are the same at every run; returns their digest.
fn write_noise(path: &Path, size: usize, seed: u64) -> io::Result<String> {
    let mut file = File::create(path)?;
    let mut hasher = Sha256::new();
    let mut state = seed;
    let mut left = size;
    let mut block = vec![0_u8; 1 << 20];
    while left > 0 {
        for word in block.chunks_exact_mut(8) {
            // xorshift64 (Marsaglia 2003).
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            word.copy_from_slice(&state.to_le_bytes());
        }
        let part = block.get(..left.min(block.len())).unwrap_or_default();
        file.write_all(part)?;
        hasher.update(part);
        left -= part.len();
    }
    Ok(hexadecimal(&hasher.finalize()))
}
