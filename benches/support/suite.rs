//! A registry with one suite of any size, and the same cases for promptfoo.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::generate::write;
use super::measure::Failure;
use super::shell::{Store, git};

/// Raised with every change of what is generated.
const GENERATOR: u32 = 1;

/// What stands before the number of a case in its question.
pub(crate) const QUESTION: &str = "question ";

/// The domains, by turns.
const DOMAINS: [&str; 8] =
    ["Support", "Billing", "Shipping", "Security", "Legal", "Sales", "Returns", "Accounts"];

/// The name of promptfoo's configuration beside the registry's.
pub(crate) const PROMPTFOO: &str = "promptfooconfig.json";

const RUNS: &str = ".keelmark/runs";

/// Returns the only right answer to a question, of about 60 bytes.
pub(crate) fn answer(number: usize) -> String {
    format!("Refund {number:06} is paid within five days to the same card.")
}

fn question(number: usize) -> String {
    format!("{QUESTION}{number:06}")
}

/// A registry with the suite `golden`.
pub(crate) struct Suite {
    /// The repository's root.
    pub(crate) folder: PathBuf,
    /// How many cases the suite has.
    pub(crate) cases: usize,
}

impl Suite {
    /// Makes a suite whose model is a server, and promptfoo's configuration for the same cases.
    pub(crate) fn live(cases: usize, model: SocketAddr) -> io::Result<Self> {
        let provider = format!("{{api: openai, base_url: \"http://{model}/v1\", model: bench}}");
        let config = format!("trust: {{hosts: {{\"{model}\": {{purposes: [provider]}}}}}}\n");
        let stamp = format!("generator {GENERATOR}, {cases} cases, {model}\n");
        let folder = Store::new("evals-live", stamp).ready(|folder| {
            write(folder, PROMPTFOO, &promptfoo(cases, model).to_string())?;
            make(folder, cases, &provider, &config)
        })?;
        Ok(Self { folder, cases })
    }

    /// Makes a suite whose answers are recorded.
    pub(crate) fn recorded(cases: usize) -> io::Result<Self> {
        let stamp = format!("generator {GENERATOR}, {cases} recorded cases\n");
        let folder = Store::new(&format!("evals-{cases}"), stamp).ready(|folder| {
            let mut answers = String::new();
            for number in 0..cases {
                let line = json!({
                    "case_id": id(number),
                    "response": answer(number),
                    "usage": {"input": 14, "output": 16},
                });
                let _ = writeln!(answers, "{line}");
            }
            write(folder, "registry/models/bench/answers.jsonl", &answers)?;
            make(folder, cases, "{api: replay, file: answers.jsonl, model: bench}", "")
        })?;
        Ok(Self { folder, cases })
    }

    /// Removes what earlier runs left.
    pub(crate) fn forget_runs(&self) -> io::Result<()> {
        match fs::remove_dir_all(self.folder.join(RUNS)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Makes the last score of the record a false one that no digest gives away.
    pub(crate) fn falsify(&self) -> Result<(), Failure> {
        let run = self.run()?;
        let lines = fs::read_to_string(run.join("cases.jsonl"))?;
        let (before, after) = lines
            .rsplit_once("\"exact\":1.0")
            .ok_or_else(|| Failure("keelmark: no score is recorded".to_owned()))?;
        fs::write(run.join("cases.jsonl"), format!("{before}\"exact\":0.0{after}"))?;
        let mut header = header(&run)?;
        if let Some(header) = header.as_object_mut() {
            header.remove("cases_sha256");
        }
        Ok(fs::write(run.join("run.json"), header.to_string())?)
    }

    /// Returns the folder of the only run.
    fn run(&self) -> Result<PathBuf, Failure> {
        let mut runs = fs::read_dir(self.folder.join(RUNS))?;
        match (runs.next(), runs.next()) {
            (Some(run), None) => Ok(run?.path()),
            _ => Err(Failure("keelmark: not one run is recorded".to_owned())),
        }
    }

    /// Demands that the only run of the registry says that every case passed.
    pub(crate) fn demand_passes(&self) -> Result<(), Failure> {
        let run = self.run()?;
        let header = header(&run)?;
        let counted = header.pointer("/totals/answers").and_then(Value::as_u64);
        let lines = fs::read_to_string(run.join("cases.jsonl"))?;
        let passed = lines.lines().filter(|line| line.contains("\"outcome\":\"pass\"")).count();
        if counted != Some(self.cases as u64) || passed != self.cases {
            let counted = counted.unwrap_or_default();
            return Err(Failure(format!(
                "keelmark: {counted} answers and {passed} passes recorded"
            )));
        }
        Ok(())
    }
}

fn header(run: &Path) -> Result<Value, Failure> {
    serde_json::from_slice(&fs::read(run.join("run.json"))?)
        .map_err(|_| Failure("keelmark: `run.json` is no JSON".to_owned()))
}

fn id(number: usize) -> String {
    format!("C-{number:06}")
}

fn make(folder: &Path, cases: usize, provider: &str, config: &str) -> io::Result<()> {
    write(folder, "keelmark.yaml", &format!("version: 1\ndefault_branch: main\n{config}"))?;
    write(
        folder,
        "registry/prompts/ask/prompt.yaml",
        "id: ask\nversion: 1.0.0\nowner: team\nschema:\n  inputs: [question]\n  \
         outputs: [answer]\nchangelog: [\"1.0.0: first version\"]\n",
    )?;
    write(folder, "registry/prompts/ask/template.md", "Answer: {{ question }}\n")?;
    write(
        folder,
        "registry/models/bench/model.yaml",
        &format!(
            "id: bench\nversion: 1.0.0\nowner: team\nprovider: {provider}\n\
             pricing: {{input_per_mtok_usd: 0, output_per_mtok_usd: 0}}\n"
        ),
    )?;
    write(
        folder,
        "registry/suites/golden/suite.yaml",
        "id: golden\nversion: 1.0.0\nowner: team\ncases: cases.csv\ntarget: prompt/ask\n\
         bind: {question: input}\nmodels: [model/bench]\n",
    )?;
    let mut rows = "case_id,domain,input,expected,metric,pass_bar,guardrails,notes\n".to_owned();
    for (number, domain) in (0..cases).zip(DOMAINS.iter().cycle()) {
        let (id, question, answer) = (id(number), question(number), answer(number));
        let _ = writeln!(rows, "{id},{domain},{question},{answer},exact,1,,");
    }
    write(folder, "registry/suites/golden/cases.csv", &rows)?;
    git(folder, &["add", "--all"])?;
    git(folder, &["commit", "-q", "--no-verify", "-m", "registry: a suite"]).map(|_| ())
}

/// Writes the cases for promptfoo: one prompt, one provider, an exact match for each.
fn promptfoo(cases: usize, model: SocketAddr) -> Value {
    let tests = (0..cases).map(|number| {
        json!({
            "vars": {"question": question(number)},
            "assert": [{"type": "equals", "value": answer(number)}],
        })
    });
    json!({
        "prompts": ["Answer: {{ question }}"],
        "providers": [{
            "id": "openai:chat:bench",
            "config": {"apiBaseUrl": format!("http://{model}/v1")},
        }],
        "tests": tests.collect::<Vec<_>>(),
    })
}
