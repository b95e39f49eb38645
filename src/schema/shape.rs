//! Which documents there are, and the schema of each.

use std::sync::OnceLock;

use jsonschema::{Draft, PatternOptions, Validator};
use serde_json::Value;

use crate::ident::Kind;

/// A file below `registry/policies/`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PolicyName {
    /// What is watched in production, and what follows.
    Drift,
    /// When releases stop, and who may go on.
    Freeze,
    /// The bars that eval runs must clear.
    Gates,
    /// What users do, and who answers for it.
    Journeys,
    /// The way from a release to full traffic.
    Promotion,
    /// The events that production records.
    Telemetry,
}

impl PolicyName {
    /// Every policy, by name.
    pub const ALL: [Self; 6] =
        [Self::Drift, Self::Freeze, Self::Gates, Self::Journeys, Self::Promotion, Self::Telemetry];

    /// Returns the stem of the policy's file.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Drift => "drift",
            Self::Freeze => "freeze",
            Self::Gates => "gates",
            Self::Journeys => "journeys",
            Self::Promotion => "promotion",
            Self::Telemetry => "telemetry",
        }
    }

    /// Finds the policy by the stem of its file.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|policy| policy.name() == name)
    }
}

/// The shape that a document is to have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Shape {
    /// An entry file.
    Entry(Kind),
    /// `keelmark.yaml`.
    Config,
    /// A policy file.
    Policy(PolicyName),
}

/// How many shapes there are.
const COUNT: usize = Kind::ALL.len() + 1 + PolicyName::ALL.len();

impl Shape {
    /// Iterates over every shape: the kinds, the configuration, the policies.
    pub fn all() -> impl Iterator<Item = Self> {
        Kind::ALL
            .into_iter()
            .map(Self::Entry)
            .chain([Self::Config])
            .chain(PolicyName::ALL.into_iter().map(Self::Policy))
    }

    /// Returns what such a document is called in messages, with its article.
    #[must_use]
    pub const fn phrase(self) -> &'static str {
        match self {
            Self::Entry(Kind::Composite) => "a composite",
            Self::Entry(Kind::Dataset) => "a dataset",
            Self::Entry(Kind::Fragment) => "a fragment",
            Self::Entry(Kind::Judge) => "a judge",
            Self::Entry(Kind::Model) => "a model",
            Self::Entry(Kind::Profile) => "a profile",
            Self::Entry(Kind::Prompt) => "a prompt",
            Self::Entry(Kind::Suite) => "a suite",
            Self::Config => "the configuration",
            Self::Policy(PolicyName::Drift) => "the drift policy",
            Self::Policy(PolicyName::Freeze) => "the freeze policy",
            Self::Policy(PolicyName::Gates) => "the gates policy",
            Self::Policy(PolicyName::Journeys) => "the journeys policy",
            Self::Policy(PolicyName::Promotion) => "the promotion policy",
            Self::Policy(PolicyName::Telemetry) => "the telemetry policy",
        }
    }

    fn index(self) -> usize {
        Self::all().position(|shape| shape == self).unwrap_or_default()
    }
}

/// Has schemas compiled beside what comes first, in this order: whoever wants one that is not ready
/// waits for it.
pub fn compile_soon(shapes: &'static [Shape]) {
    rayon::spawn(move || {
        for shape in shapes {
            // What is wrong with a schema is said to who asks for it.
            let _ = compiled(*shape);
        }
    });
}

/// Returns the text of a shape's schema, for editors and for `keelmark init`.
#[must_use]
pub const fn source(shape: Shape) -> &'static str {
    match shape {
        Shape::Entry(Kind::Composite) => include_str!("../../schemas/composite.schema.json"),
        Shape::Entry(Kind::Dataset) => include_str!("../../schemas/dataset.schema.json"),
        Shape::Entry(Kind::Fragment) => include_str!("../../schemas/fragment.schema.json"),
        Shape::Entry(Kind::Judge) => include_str!("../../schemas/judge.schema.json"),
        Shape::Entry(Kind::Model) => include_str!("../../schemas/model.schema.json"),
        Shape::Entry(Kind::Profile) => include_str!("../../schemas/profile.schema.json"),
        Shape::Entry(Kind::Prompt) => include_str!("../../schemas/prompt.schema.json"),
        Shape::Entry(Kind::Suite) => include_str!("../../schemas/suite.schema.json"),
        Shape::Config => include_str!("../../schemas/keelmark.schema.json"),
        Shape::Policy(PolicyName::Drift) => {
            include_str!("../../schemas/policies/drift.schema.json")
        }
        Shape::Policy(PolicyName::Freeze) => {
            include_str!("../../schemas/policies/freeze.schema.json")
        }
        Shape::Policy(PolicyName::Gates) => {
            include_str!("../../schemas/policies/gates.schema.json")
        }
        Shape::Policy(PolicyName::Journeys) => {
            include_str!("../../schemas/policies/journeys.schema.json")
        }
        Shape::Policy(PolicyName::Promotion) => {
            include_str!("../../schemas/policies/promotion.schema.json")
        }
        Shape::Policy(PolicyName::Telemetry) => {
            include_str!("../../schemas/policies/telemetry.schema.json")
        }
    }
}

/// A schema that is ready to judge.
pub(super) struct Compiled {
    /// The schema, which messages look things up in.
    pub(super) schema: Value,
    /// Its judge.
    pub(super) validator: Validator,
}

/// Compiles the schema of a shape once a process; the first costs 2 ms, most runs need two.
///
/// The error is a fault of this build and never of a document.
pub(super) fn compiled(shape: Shape) -> Result<&'static Compiled, &'static str> {
    static CELLS: [OnceLock<Result<Compiled, String>>; COUNT] = [const { OnceLock::new() }; COUNT];
    let cell = CELLS.get(shape.index()).ok_or("the shape is not listed")?;
    cell.get_or_init(|| {
        let schema: Value = serde_json::from_str(source(shape)).map_err(|e| e.to_string())?;
        let validator = jsonschema::options()
            .with_draft(Draft::Draft202012)
            .with_pattern_options(PatternOptions::regex())
            .should_validate_formats(true)
            .should_ignore_unknown_formats(false)
            .offline()
            .build(&schema)
            .map_err(|e| e.to_string())?;
        Ok(Compiled { schema, validator })
    })
    .as_ref()
    .map_err(String::as_str)
}
