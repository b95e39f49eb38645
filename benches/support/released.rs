//! A release whose dataset is large, made by the program itself.

use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};

use super::generate::write;
use super::measure::{Failure, expect};
use super::payloads::{Divisor, write_files};
use super::shell::{Store, git, keelmark};

/// Raised with every change of what is generated.
const GENERATOR: u32 = 1;
/// How many files the dataset has, and their size in bytes.
const FILES: (usize, usize) = (1_000, 1_000_000);
/// The release tag.
const TAG: &str = "release/bulk@1.0.0";
/// Where the tag's object is kept.
const KEPT: &str = "refs/keelmark-bench/tag";
/// The file that is falsified.
const FIRST: &str = "registry/datasets/bulk/data/part-1000-0000.bin";

/// What the registry has beside the dataset.
const TEXTS: [(&str, &str); 10] = [
    ("keelmark.yaml", "version: 1\ndefault_branch: main\n"),
    (".gitignore", ".keelmark/\n"),
    (
        "registry/prompts/ask/prompt.yaml",
        "id: ask\nversion: 1.0.0\nowner: team\nschema: {inputs: [question], outputs: [answer]}\nchangelog: [\"1.0.0: first\"]\n",
    ),
    ("registry/prompts/ask/template.md", "Answer: {{ question }}\n"),
    (
        "registry/models/script/model.yaml",
        "id: script\nversion: 1.0.0\nowner: team\nprovider: {api: scripted, file: answers.yaml}\nchangelog: [\"1.0.0: first\"]\n",
    ),
    ("registry/models/script/answers.yaml", "default: {text: \"yes\"}\n"),
    (
        "registry/suites/golden/suite.yaml",
        "id: golden\nversion: 1.0.0\nowner: team\ncases: cases.csv\ntarget: prompt/ask\nbind: {question: input}\nmodels: [model/script]\nchangelog: [\"1.0.0: first\"]\n",
    ),
    (
        "registry/suites/golden/cases.csv",
        "case_id,domain,input,expected,metric,pass_bar,guardrails,notes\nA,faq,one,yes,exact,1,,\n",
    ),
    ("registry/policies/gates.yaml", "gates: [{metric: exact, bar: \">= 0.5\"}]\n"),
    (
        "registry/composites/bulk/composite.yaml",
        "id: bulk\nversion: 1.0.0\nowner: team\nmembers: {model: script@1.0.0, prompt: ask@1.0.0, data: bulk@1.0.0}\nroles: {data: evidence}\nsuites: [golden@1.0.0]\nchannels: [production]\nchangelog: [\"1.0.0: first\"]\n",
    ),
];

/// A repository with the release.
pub(crate) struct Released {
    /// The repository's root.
    pub(crate) folder: PathBuf,
    /// The bytes of all payloads.
    pub(crate) bytes: usize,
    /// How many files they are in.
    pub(crate) files: usize,
    object: String,
}

impl Released {
    /// Says whether an earlier run made it.
    pub(crate) fn is_there(divisor: Divisor) -> bool {
        store(divisor).is_ready()
    }

    /// Makes the release, or takes the one that an earlier run made.
    pub(crate) fn ready(divisor: Divisor) -> Result<Self, Failure> {
        let made =
            |folder: &Path| make(folder, divisor).map_err(|Failure(why)| io::Error::other(why));
        let folder = store(divisor).ready(made)?;
        git(&folder, &["reset", "-q", "--hard", "HEAD"])?;
        let object = git(&folder, &["rev-parse", KEPT])?;
        let (files, size) = FILES;
        let object = object.trim().to_owned();
        let released = Self { bytes: files * (size / divisor.0), files, object, folder };
        released.mend()?;
        Ok(released)
    }

    /// Has the tag lead to a commit in which one byte of the payloads is another, so that whoever
    /// does not read them all says that the release holds.
    pub(crate) fn falsify(&self) -> io::Result<()> {
        let folder = &self.folder;
        let path = folder.join(FIRST);
        let mut bytes = std::fs::read(&path)?;
        if let Some(first) = bytes.first_mut() {
            *first = !*first;
        }
        std::fs::write(&path, bytes)?;
        git(folder, &["add", "--", FIRST])?;
        let tree = git(folder, &["write-tree"])?;
        let commit = git(folder, &["commit-tree", "-p", "HEAD", "-m", "other bytes", tree.trim()])?;
        let said = git(folder, &["cat-file", "tag", &self.object])?;
        let rest = said.split_once('\n').map_or("", |(_, rest)| rest);
        let file = folder.join(".git/keelmark-bench-tag");
        std::fs::write(&file, format!("object {}\n{rest}", commit.trim()))?;
        let file = file.to_string_lossy().into_owned();
        let object = git(folder, &["hash-object", "-t", "tag", "-w", &file])?;
        git(folder, &["update-ref", &format!("refs/tags/{TAG}"), object.trim()])?;
        git(folder, &["reset", "-q", "--hard", "HEAD"]).map(drop)
    }

    /// Takes back what [`Self::falsify`] did.
    pub(crate) fn mend(&self) -> io::Result<()> {
        git(&self.folder, &["update-ref", &format!("refs/tags/{TAG}"), &self.object]).map(drop)
    }
}

fn store(divisor: Divisor) -> Store {
    let version = env!("CARGO_PKG_VERSION");
    let stamp = format!("generator {GENERATOR}, divisor {}, {version}\n", divisor.0);
    Store::new(&format!("released-{}", divisor.0), stamp)
}

fn make(folder: &Path, divisor: Divisor) -> Result<(), Failure> {
    for (path, text) in TEXTS {
        write(folder, path, text)?;
    }
    let data = folder.join("registry/datasets/bulk/data");
    let mut lines = String::new();
    for (name, digest) in write_files(&data, &[FILES], divisor)? {
        let _ = writeln!(lines, "{digest}  {name}");
    }
    let digest = super::content::sha256(lines.as_bytes());
    let dataset = format!(
        "id: bulk\nversion: 1.0.0\nowner: team\nfiles:\n  - {{path: data/, sha256: \"{digest}\", format: other}}\nprovenance: {{source: \"written by the generator of the benches\", license: CC0-1.0, pii: none, synthetic: true}}\nchangelog: [\"1.0.0: first\"]\n"
    );
    write(folder, "registry/datasets/bulk/dataset.yaml", &dataset)?;
    commit(folder, "a product")?;
    expect(keelmark(folder, &["release", "prepare", "bulk", "-m", "first"]), 0, "")?;
    for place in ["docs/adr", "docs/releases"] {
        for entry in std::fs::read_dir(folder.join(place))? {
            let path = entry?.path();
            let text = std::fs::read_to_string(&path)?;
            std::fs::write(&path, text.replace("TODO(author)", "said by the generator"))?;
        }
    }
    commit(folder, "what the release needs")?;
    let run = ["eval", "run", "golden", "--when", "release", "--record"];
    expect(keelmark(folder, &run), 0, "for a suite that passes")?;
    expect(keelmark(folder, &["release", "tag", "bulk", "--no-sign"]), 0, "for a release")?;
    git(folder, &["update-ref", KEPT, &format!("refs/tags/{TAG}")])?;
    Ok(())
}

fn commit(folder: &Path, words: &str) -> io::Result<()> {
    // The bytes do not compress: without this, git takes minutes to find out.
    git(folder, &["-c", "core.compression=0", "add", "--all"])?;
    git(folder, &["commit", "-q", "--no-verify", "-m", words]).map(drop)
}
