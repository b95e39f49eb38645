//! `keelmark.eval.v1` and `keelmark.eval_compare.v1`.

mod case;
mod comparison;
mod gate;
mod stamp;
#[cfg(test)]
mod tests;

use serde::Serialize;

use self::case::CaseDto;
use self::comparison::ComparisonDto;
use self::gate::{DecisionDto, GateDto, MetricDto};
use self::stamp::{EntryDto, JudgeDto, PromptDto};
use crate::digest::Digest;
use crate::evals::compare::Comparison;
use crate::evals::power::Power;
use crate::evals::record::{Provenance, RunRecord, Status};
use crate::evals::report::{Counts, Report};
use crate::evals::stability::Stability;
use crate::output::evals::Standing;
use crate::registry::suite::Tier;

/// `keelmark.eval.v1`.
#[derive(Debug, Serialize)]
pub struct EvalDocument<'a> {
    schema: &'static str,
    runs: Vec<RunDto<'a>>,
}

/// `keelmark.eval_compare.v1`.
#[derive(Debug, Serialize)]
pub struct CompareDocument<'a> {
    schema: &'static str,
    before: &'a str,
    after: &'a str,
    comparison: ComparisonDto<'a>,
}

#[derive(Debug, Serialize)]
struct RunDto<'a> {
    id: &'a str,
    status: &'static str,
    provenance: &'static str,
    created: &'a str,
    finished: Option<&'a str>,
    tool: &'a str,
    git: GitDto<'a>,
    suite: EntryDto<'a>,
    dataset: Option<EntryDto<'a>>,
    journey: Option<&'a str>,
    model: &'a str,
    prompts: Vec<PromptDto<'a>>,
    judges: Vec<JudgeDto<'a>>,
    profile: Option<EntryDto<'a>>,
    settings: SettingsDto<'a>,
    fingerprint: Vec<PartDto<'a>>,
    signatures: &'a [String],
    gates_sha256: Option<Digest>,
    baseline_sha256: Option<Digest>,
    cases_sha256: Option<Digest>,
    totals: TotalsDto,
    counts: CountsDto,
    metrics: Vec<MetricDto<'a>>,
    gates: Vec<GateDto<'a>>,
    after_merge: Vec<GateDto<'a>>,
    compared_with: Option<&'a str>,
    comparison: Option<ComparisonDto<'a>>,
    stability: Option<StabilityDto<'a>>,
    power: Option<PowerDto>,
    notes: &'a [String],
    decision: DecisionDto,
    verdict: &'static str,
    accepted_inconclusive: Option<&'a str>,
    cases: Vec<CaseDto<'a>>,
}

#[derive(Debug, Serialize)]
struct GitDto<'a> {
    commit: Option<&'a str>,
    dirty: bool,
}

#[derive(Debug, Serialize)]
struct SettingsDto<'a> {
    tier: Option<&'static str>,
    repeat: u32,
    shard: Option<ShardDto>,
    filters: &'a [String],
    offline: bool,
    seed: u64,
}

#[derive(Debug, Serialize)]
struct ShardDto {
    index: u32,
    count: u32,
}

#[derive(Debug, Serialize)]
struct PartDto<'a> {
    part: &'a str,
    sha256: Digest,
}

#[derive(Debug, Serialize)]
struct TotalsDto {
    cases: u32,
    answers: u32,
    calls: u64,
    cached: u64,
    input_tokens: u64,
    output_tokens: u64,
    paid_micro_usd: u64,
}

#[derive(Debug, Serialize)]
struct CountsDto {
    cases: u32,
    passed: u32,
    failed: u32,
    unscored: u32,
    errors: u32,
}

#[derive(Debug, Serialize)]
struct StabilityDto<'a> {
    stable_pass: u32,
    stable_fail: u32,
    flaky: Vec<FlakyDto<'a>>,
    undecided: u32,
    once: u32,
}

#[derive(Debug, Serialize)]
struct FlakyDto<'a> {
    case: &'a str,
    passed: u32,
    decided: u32,
}

#[derive(Debug, Serialize)]
struct PowerDto {
    cases: u64,
    rate: f64,
    rise: Option<f64>,
    drop: Option<f64>,
    discordance: f64,
    paired: Option<f64>,
    sentence: String,
}

/// Makes the document of runs, in their order.
#[must_use]
pub fn document<'a>(reports: &[&'a Report]) -> EvalDocument<'a> {
    let runs = reports.iter().map(|report| run(report)).collect();
    EvalDocument { schema: "keelmark.eval.v1", runs }
}

/// Makes the document of one comparison.
#[must_use]
pub fn compare_document<'a>(
    before: &'a str,
    after: &'a str,
    comparison: &'a Comparison,
) -> CompareDocument<'a> {
    let comparison = comparison.into();
    CompareDocument { schema: "keelmark.eval_compare.v1", before, after, comparison }
}

fn run(report: &Report) -> RunDto<'_> {
    let run = &report.run;
    RunDto {
        id: &run.id,
        status: status(run.status),
        provenance: match run.provenance {
            Provenance::Local => "local",
            Provenance::Ci => "ci",
        },
        created: &run.created,
        finished: run.finished.as_deref(),
        tool: &run.tool,
        git: GitDto { commit: run.git.commit.as_deref(), dirty: run.git.dirty },
        suite: (&run.suite).into(),
        dataset: run.dataset.as_ref().map(EntryDto::from),
        journey: run.journey.as_deref(),
        model: &run.model,
        prompts: run.prompts.iter().map(PromptDto::from).collect(),
        judges: run.judges.iter().map(JudgeDto::from).collect(),
        profile: run.profile.as_ref().map(EntryDto::from),
        settings: settings(run),
        fingerprint: run
            .fingerprint
            .parts
            .iter()
            .map(|(part, sha256)| PartDto { part, sha256: *sha256 })
            .collect(),
        signatures: &run.signatures,
        gates_sha256: run.gates,
        baseline_sha256: run.baseline,
        cases_sha256: run.cases_sha256,
        totals: totals(run),
        counts: counts(report.counts),
        metrics: report.metrics.iter().map(MetricDto::from).collect(),
        gates: run.verdicts.iter().map(GateDto::from).collect(),
        after_merge: report.after_merge.iter().map(GateDto::from).collect(),
        compared_with: report.compared_with.as_deref(),
        comparison: report.comparison.as_ref().map(ComparisonDto::from),
        stability: report.stability.as_ref().map(stability),
        power: report.power.as_ref().map(power),
        notes: &report.notes,
        decision: report.decision().into(),
        verdict: Standing::of(report).word(),
        accepted_inconclusive: run.accepted_inconclusive.as_deref(),
        cases: report.cases.iter().map(|case| CaseDto::of(report, case)).collect(),
    }
}

const fn status(status: Status) -> &'static str {
    match status {
        Status::Running => "running",
        Status::Finished => "finished",
        Status::Interrupted => "interrupted",
        Status::Capped => "capped",
    }
}

fn settings(run: &RunRecord) -> SettingsDto<'_> {
    let settings = &run.settings;
    SettingsDto {
        tier: settings.tier.map(|tier| match tier {
            Tier::Pr => "pr",
            Tier::Merge => "merge",
            Tier::Release => "release",
            Tier::Nightly => "nightly",
        }),
        repeat: settings.repeat,
        shard: settings.shard.map(|(index, count)| ShardDto { index, count }),
        filters: &settings.filters,
        offline: settings.offline,
        seed: run.seed,
    }
}

const fn totals(run: &RunRecord) -> TotalsDto {
    let totals = run.totals;
    TotalsDto {
        cases: totals.cases,
        answers: totals.answers,
        calls: totals.calls,
        cached: totals.cached,
        input_tokens: totals.tokens.input,
        output_tokens: totals.tokens.output,
        paid_micro_usd: totals.paid_micro_usd,
    }
}

const fn counts(counts: Counts) -> CountsDto {
    let Counts { cases, passed, failed, unscored, errors } = counts;
    CountsDto { cases, passed, failed, unscored, errors }
}

fn stability(stability: &Stability) -> StabilityDto<'_> {
    let flaky = stability.flaky.iter().map(|flaky| FlakyDto {
        case: &flaky.case,
        passed: flaky.passed,
        decided: flaky.decided,
    });
    StabilityDto {
        stable_pass: stability.stable_pass,
        stable_fail: stability.stable_fail,
        flaky: flaky.collect(),
        undecided: stability.undecided,
        once: stability.once,
    }
}

fn power(power: &Power) -> PowerDto {
    PowerDto {
        cases: power.cases,
        rate: power.rate,
        rise: power.rise,
        drop: power.drop,
        discordance: power.discordance,
        paired: power.paired,
        sentence: power.sentence(),
    }
}
