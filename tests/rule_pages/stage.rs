//! Trees: the scene of `tests/rule_pages/scene`, with the files of an example in it.
//!
//! An entry file is the scene's with the keys of the block in the place of its own; any other file
//! is the block. A second block for one file begins the next state.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use keelmark::ident::Kind;
use keelmark::snapshot::{MemorySnapshot, Mode};
use keelmark::version::Version;

use crate::page::{At, Block, Part, Section};

/// The entry of each kind that examples are about.
const SUBJECTS: [(&str, &str); 8] = [
    ("prompt", "billing_refund"),
    ("fragment", "refund_policy"),
    ("dataset", "golden_2025_09"),
    ("model", "cust-copilot"),
    ("suite", "support_golden"),
    ("judge", "grounded"),
    ("profile", "standard_level2"),
    ("composite", "support_copilot"),
];

/// The most bytes that a file of an example is made of.
const LARGEST: usize = 8 << 20;

/// What became of a path.
#[derive(Clone)]
enum Act {
    Write(Vec<u8>),
    Link(String),
    Untracked(Vec<u8>),
    Unmerged,
    Delete,
}

/// What a state says of a path, and whether it was a list of paths that said so.
#[derive(Clone)]
struct Said {
    act: Act,
    listed: bool,
}

/// One content of the registry.
#[derive(Clone, Default)]
pub(crate) struct State {
    acts: BTreeMap<String, Said>,
    tip: BTreeMap<String, Vec<u8>>,
    lfs: Vec<String>,
}

/// A tree, and the paths in it that are in conflict.
pub(crate) struct Tree {
    pub(crate) files: MemorySnapshot,
    pub(crate) unmerged: Vec<String>,
}

/// The states of both halves of a section, and what every tree has.
pub(crate) struct Play {
    pub(crate) bad: Vec<State>,
    pub(crate) good: Vec<State>,
    base: BTreeMap<String, Vec<u8>>,
}

impl Play {
    /// Makes the states of a section.
    ///
    /// # Errors
    /// The block that cannot be understood.
    pub(crate) fn new(section: &Section) -> Result<Self, String> {
        let mut play = Self { bad: Vec::new(), good: Vec::new(), base: BTreeMap::new() };
        let scene = scene();
        play.bad =
            play.states(section, &section.bad, (State::default(), State::default()), &scene)?;
        let old = play.bad.iter().rev().nth(1).cloned().unwrap_or_default();
        let mut last = play.bad.last().cloned().unwrap_or_default();
        // A list of paths is the whole of what happened.
        last.acts.retain(|_, said| !said.listed);
        last.lfs.clear();
        play.good = play.states(section, &section.good, (last, old), &scene)?;
        Ok(play)
    }

    fn states(
        &mut self,
        section: &Section,
        part: &Part,
        (start, old): (State, State),
        scene: &BTreeMap<String, Vec<u8>>,
    ) -> Result<Vec<State>, String> {
        let mut states = Vec::new();
        let mut state = start;
        let mut written: Vec<String> = Vec::new();
        for block in &part.blocks {
            if block.language == "text" && block.name.is_none() {
                for line in block.text.lines() {
                    listed(line, &mut state, scene)?;
                }
                continue;
            }
            let path = path(section, block)?;
            if block.at == At::Change && written.contains(&path) {
                states.push(state.clone());
                written.clear();
            }
            let before = if states.is_empty() { &old } else { &state };
            let prior = match before.acts.get(&path).map(|said| &said.act) {
                Some(Act::Write(bytes)) => Some(bytes.as_slice()),
                _ => self.base.get(&path).map(Vec::as_slice),
            };
            let bytes = content(&path, &block.text, prior, scene);
            match block.at {
                At::Base => {
                    for (beside, bytes) in payloads(&path, scene) {
                        self.base.entry(beside).or_insert(bytes);
                    }
                    self.base.insert(path, bytes);
                    continue;
                }
                At::Tip => {
                    state.tip.insert(path, bytes);
                    continue;
                }
                At::Change => {}
            }
            if path.ends_with("/cases.yaml") {
                let suite = path.replace("cases.yaml", "suite.yaml");
                let bytes = content(&suite, "cases: cases.yaml\n", None, scene);
                state.acts.insert(suite, Said { act: Act::Write(bytes), listed: false });
            }
            for (beside, bytes) in payloads(&path, scene) {
                let said = Said { act: Act::Write(bytes), listed: false };
                if !self.base.contains_key(&beside) {
                    state.acts.entry(beside).or_insert(said);
                }
            }
            state.acts.insert(path.clone(), Said { act: Act::Write(bytes), listed: false });
            written.push(path);
        }
        if !part.blocks.is_empty() {
            states.push(state);
        }
        Ok(states)
    }

    /// The tree of a state; `None` is the scene as it is.
    pub(crate) fn tree(&self, state: Option<&State>) -> Tree {
        let none = State::default();
        let state = state.unwrap_or(&none);
        let mut tree = MemorySnapshot::new();
        let mut unmerged = Vec::new();
        let mut files = scene();
        files.extend(self.base.clone());
        for (path, bytes) in files {
            tree = tree.with(&path, bytes);
        }
        for (path, said) in &state.acts {
            tree = match &said.act {
                Act::Write(bytes) => tree.with(path, bytes.clone()),
                Act::Link(to) => tree.with_mode(path, Mode::Symlink, to.clone()),
                Act::Untracked(bytes) => tree.with_untracked(path, bytes.clone()),
                Act::Delete => tree.without(path),
                Act::Unmerged => {
                    unmerged.push(path.clone());
                    tree.without(path)
                }
            };
        }
        Tree { files: tree, unmerged }
    }

    /// The tree of the base's tip: that of a state, with what was merged after `change` had begun,
    /// and with the attributes that `change` shows, which are the base's.
    pub(crate) fn tip(&self, state: Option<&State>, change: &State) -> MemorySnapshot {
        let mut tree = self.tree(state).files;
        for (path, bytes) in &change.tip {
            tree = tree.with(path, bytes.clone());
        }
        for pattern in &change.lfs {
            let ending = pattern.trim_start_matches('*');
            for path in change.acts.keys().filter(|path| path.ends_with(ending)) {
                tree = tree.with_lfs(path);
            }
        }
        tree
    }
}

/// Reads the scene.
fn scene() -> BTreeMap<String, Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rule_pages/scene");
    let mut files = BTreeMap::new();
    let mut open = vec![root.clone()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(&root).expect("below").to_string_lossy().into_owned();
                files.insert(name, fs::read(path).expect("a file"));
            }
        }
    }
    files
}

/// Where the file of a block lies.
fn path(section: &Section, block: &Block) -> Result<String, String> {
    let subject = |kind: Kind| {
        let (_, id) = SUBJECTS[kind_at(kind)];
        let own = section.page == "dataset" && kind == Kind::Dataset;
        format!("registry/{}/{}", kind.folder(), if own { "gold" } else { id })
    };
    let name = match (block.language.as_str(), &block.name) {
        (_, Some(name)) => name.as_str(),
        ("jinja", None) => "template.md",
        ("csv", None) if section.page == "dataset" => "rows.csv",
        ("csv", None) => "cases.csv",
        ("yaml", None) if section.page == "dataset" => "dataset.yaml",
        ("yaml", None) => "prompt.yaml",
        (other, None) => return Err(format!("a block of `{other}` names no file")),
    };
    let file = |folder: String| format!("{folder}/{name}");
    Ok(match name {
        "keelmark.yaml" | "allowed_signers" => name.to_owned(),
        "template.md" => file(subject(Kind::Prompt)),
        "rubric.md" | "calibration.json" => file(subject(Kind::Judge)),
        "rows.csv" => file(subject(Kind::Dataset)),
        "cases.csv" | "cases.yaml" | "fixtures.yaml" => file(subject(Kind::Suite)),
        name if name.starts_with("registry/") => name.to_owned(),
        name if name.contains('/') => format!("registry/{name}"),
        name => match Kind::ALL.into_iter().find(|kind| name == format!("{kind}.yaml")) {
            Some(kind) => file(subject(kind)),
            None => format!("registry/policies/{name}"),
        },
    })
}

/// The file of a block: an entry's with the keys of the block, anything else as it stands.
/// `prior` is the file as it was before, whose changelog goes on.
fn content(
    path: &str,
    block: &str,
    prior: Option<&[u8]>,
    scene: &BTreeMap<String, Vec<u8>>,
) -> Vec<u8> {
    let parts: Vec<&str> = path.split('/').collect();
    let ["registry", folder, id, file] = parts.as_slice() else { return block.into() };
    let kind = Kind::ALL
        .into_iter()
        .find(|kind| kind.folder() == *folder && *file == format!("{kind}.yaml"));
    let Some(kind) = kind else { return block.into() };
    let (whole, id) = match scene.get(path) {
        Some(bytes) => (String::from_utf8_lossy(bytes).into_owned(), None),
        None => (default(kind, scene), Some(id)),
    };
    let key = |line: &str| {
        let (key, _) = line.split_once(':')?;
        let key = key.trim_matches(['"', '\'']);
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
        (!key.is_empty() && key.chars().all(plain)).then(|| key.to_owned())
    };
    let mut own: Vec<String> = block.lines().filter_map(key).collect();
    let told = prior.map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    let history = history(told.as_ref().unwrap_or(&whole), block)
        .filter(|_| !own.contains(&"changelog".to_owned()));
    own.extend(history.is_some().then(|| "changelog".to_owned()));
    let mut text = String::new();
    let mut kept = true;
    for line in whole.lines() {
        if let Some(key) = key(line) {
            kept = !own.contains(&key);
        }
        match id {
            Some(id) if kept && line.starts_with("id: ") => text.push_str(&format!("id: {id}\n")),
            _ if kept => text.push_str(&format!("{line}\n")),
            _ => {}
        }
    }
    let left_out = |line: &&str| !line.starts_with(' ') && line.ends_with(": null");
    let lines: Vec<&str> = block.lines().filter(|line| !left_out(line)).collect();
    format!("{text}{}{}\n", history.unwrap_or_default(), lines.join("\n")).into_bytes()
}

/// The changelog of a block that says its version: its own line, and the scene's about older ones.
fn history(whole: &str, block: &str) -> Option<String> {
    let version = block.lines().find_map(|line| line.strip_prefix("version: "))?;
    let own: Version = version.trim_matches('"').parse().ok()?;
    let mut lines = whole.lines().skip_while(|line| !line.starts_with("changelog:"));
    let first = lines.next();
    let lines = first.into_iter().chain(lines.take_while(|line| line.starts_with([' ', '-'])));
    let texts = lines.flat_map(|line| line.split('"').skip(1).step_by(2));
    let number = |text: &str| text.split(':').next()?.parse::<Version>().ok();
    let mut kept: Vec<&str> =
        texts.filter(|text| number(text).is_some_and(|number| number <= own)).collect();
    let line = format!("{own}: as the page shows");
    if kept.first().and_then(|text| number(text)).as_ref() != Some(&own) {
        kept.insert(0, &line);
    }
    let all: Vec<String> = kept.iter().map(|text| format!("\"{text}\"")).collect();
    Some(format!("changelog: [{}]\n", all.join(", ")))
}

/// What stands beside an entry that the scene does not have: the payloads of its kind.
fn payloads(path: &str, scene: &BTreeMap<String, Vec<u8>>) -> Vec<(String, Vec<u8>)> {
    let Some((folder, file)) = path.rsplit_once('/') else { return Vec::new() };
    let kind = Kind::ALL.into_iter().find(|kind| file == format!("{kind}.yaml"));
    let Some(kind) = kind.filter(|_| !scene.contains_key(path)) else { return Vec::new() };
    let (_, id) = SUBJECTS[kind_at(kind)];
    let subject = format!("registry/{}/{id}/", kind.folder());
    let beside = scene.iter().filter_map(|(path, bytes)| {
        let name = path.strip_prefix(&subject)?;
        (name != file).then(|| (format!("{folder}/{name}"), bytes.clone()))
    });
    beside.collect()
}

fn kind_at(kind: Kind) -> usize {
    let name = kind.to_string();
    SUBJECTS.iter().position(|(kind, _)| *kind == name).expect("a subject")
}

/// The file of an entry of a kind that the scene does not have.
fn default(kind: Kind, scene: &BTreeMap<String, Vec<u8>>) -> String {
    let (_, id) = SUBJECTS[kind_at(kind)];
    let path = format!("registry/{}/{id}/{kind}.yaml", kind.folder());
    String::from_utf8_lossy(&scene[&path]).into_owned()
}

/// Carries out a line of a list of paths, such as `D  registry/prompts/tone/prompt.yaml`.
fn listed(line: &str, state: &mut State, scene: &BTreeMap<String, Vec<u8>>) -> Result<(), String> {
    let line = line.trim_end();
    if line.starts_with("$ ") {
        return Ok(());
    }
    let status = ["D  ", "A  ", "M  ", "UU ", "?? "].into_iter().find(|s| line.starts_with(s));
    let rest = status.map_or(line, |status| &line[status.len()..]);
    let (path, remark) = rest.split_once("   ").unwrap_or((rest, ""));
    let (path, remark) = (path.trim(), remark.trim());
    let mut say = |path: &str, act: Act| {
        state.acts.insert(path.to_owned(), Said { act, listed: true });
    };
    if let Some((path, to)) = path.split_once(" -> ") {
        say(path, Act::Link(to.to_owned()));
        return Ok(());
    }
    if path == ".gitattributes" {
        let pattern = remark.split(' ').next().unwrap_or_default();
        state.lfs.extend(remark.contains("filter=lfs").then(|| pattern.to_owned()));
        return Ok(());
    }
    if !path.starts_with("registry/") {
        return Err(format!("`{line}` names no path of the registry"));
    }
    let stood = |path: &str| scene.get(path).cloned();
    match status {
        Some("D  ") => say(path, Act::Delete),
        Some("UU ") => say(path, Act::Unmerged),
        Some("?? ") => say(path, Act::Untracked(stood(path).unwrap_or_default())),
        _ => {
            let bytes = remarked(remark)?.unwrap_or_else(|| new_file(path, state, scene));
            state.acts.insert(path.to_owned(), Said { act: Act::Write(bytes), listed: true });
        }
    }
    Ok(())
}

/// The bytes that a remark behind a path describes.
fn remarked(remark: &str) -> Result<Option<Vec<u8>>, String> {
    if remark.starts_with("a Git LFS pointer") {
        let oid = "a".repeat(64);
        let version = "version https://git-lfs.github.com/spec/v1";
        return Ok(Some(format!("{version}\noid sha256:{oid}\nsize 120\n").into_bytes()));
    }
    let unknown = || format!("`{remark}` says nothing that is understood");
    match remark {
        "" | "a regular file" | "saved as UTF-8" => return Ok(None),
        "saved as Latin-1" => return Ok(Some(b"Zur\xfcck\n".to_vec())),
        "with a byte order mark" => return Ok(Some(b"\xef\xbb\xbfid,text\na,One\n".to_vec())),
        "with a cell of 20 MiB" => {
            return Ok(Some(format!("id,image\na,{}\n", "x".repeat(20 << 20)).into_bytes()));
        }
        "the content" => return Ok(Some(b"weights\n".to_vec())),
        _ => {}
    }
    let (number, unit) = remark.split_once(' ').ok_or_else(unknown)?;
    let factor = match unit {
        "KiB" => 1024,
        "MiB" => 1024 * 1024,
        _ => return Err(unknown()),
    };
    let size: usize = number.parse().map_err(|_| unknown())?;
    if size * factor > LARGEST {
        return Err(format!("{remark} are too many to be made for every run"));
    }
    let line = "# a line of some length, and nothing else\n";
    Ok(Some(line.repeat(size * factor / line.len()).into_bytes()))
}

/// What a path holds that is only named: what stood there, what was deleted elsewhere under the
/// same name, or the file of an entry of the kind.
fn new_file(path: &str, state: &mut State, scene: &BTreeMap<String, Vec<u8>>) -> Vec<u8> {
    if let Some(bytes) = scene.get(path) {
        let text = String::from_utf8_lossy(bytes);
        let lines: Vec<&str> = text.lines().collect();
        return match (path.rsplit('.').next() == Some("csv"), lines.split_last()) {
            (true, Some((_, rows))) => format!("{}\n", rows.join("\n")).into_bytes(),
            _ => format!("{text}# More.\n").into_bytes(),
        };
    }
    if let Some(name) = path.strip_prefix("registry/baselines/") {
        let (suite, model) = name.split_once('/').unwrap_or_default();
        let model = model.trim_end_matches(".json");
        return format!(
            r#"{{"schema": "keelmark.baseline.v1", "suite": {{"entry": "suite/{suite}"}}, "model": "{model}", "cases": {{"FAQ-001": {{}}}}}}"#
        )
        .into_bytes();
    }
    let parts: Vec<&str> = path.split('/').collect();
    let file = parts.last().copied().unwrap_or_default();
    let single = parts.len() == 3;
    let kind = Kind::ALL.into_iter().find(|kind| {
        parts.get(1) == Some(&kind.folder()) && (single || file == format!("{kind}.yaml"))
    });
    let gone = state.acts.iter().find(|(gone, said)| {
        matches!(said.act, Act::Delete)
            && (gone.ends_with(&format!("/{file}"))
                || (single && gone.rsplit('.').next() == Some("yaml")))
    });
    let gone = gone.and_then(|(gone, _)| scene.get(gone).cloned());
    let id = if single { file.trim_end_matches(".yaml") } else { parts.get(2).unwrap_or(&"") };
    if let Some(kind) = kind {
        if gone.is_none() && !single {
            for (beside, bytes) in payloads(path, scene) {
                let said = Said { act: Act::Write(bytes), listed: true };
                state.acts.entry(beside).or_insert(said);
            }
        }
        let stood = gone.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        let text = stood.unwrap_or_else(|| default(kind, scene));
        let first = text.lines().next().unwrap_or_default().to_owned();
        return text.replace(&first, &format!("id: {id}")).into_bytes();
    }
    gone.unwrap_or_else(|| b"x\n".to_vec())
}
