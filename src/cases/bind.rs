//! From a case to the inputs of a prompt.

use std::collections::BTreeMap;

use serde_json::Value;

use super::case::Case;
use super::fixtures::Fixtures;
use crate::registry::signature::{Field, Signature};
use crate::registry::suite::Suite;
use crate::schema::ValueChecker;
use crate::template::Variables;

/// What is wrong with the values of inputs.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InputFault {
    /// The schema refuses a value.
    #[error("`{name}`: {fault}")]
    Refused {
        /// The input, by the name that it was given under.
        name: String,
        /// What the schema says.
        fault: String,
    },
    /// The prompt has no such input.
    #[error("`{name}` is no input of the prompt")]
    Unknown {
        /// The name.
        name: String,
        /// The inputs that the prompt has.
        known: Vec<String>,
    },
    /// Required inputs have no value.
    #[error("required inputs have no value: {}", names.join(", "))]
    Missing {
        /// The inputs.
        names: Vec<String>,
    },
    /// The fault is in one case.
    #[error("case `{case}`: {fault}")]
    InCase {
        /// The case.
        case: String,
        /// The fault.
        fault: Box<Self>,
    },
}

/// The inputs of a prompt, made ready for many values.
#[derive(Debug)]
pub struct Inputs<'a> {
    signature: &'a Signature,
    checkers: BTreeMap<&'a str, ValueChecker>,
}

impl<'a> Inputs<'a> {
    /// Makes a signature ready.
    #[must_use]
    pub fn new(signature: &'a Signature) -> Self {
        let fields = signature.fields.iter();
        let checkers =
            fields.map(|(name, field)| (name.as_str(), ValueChecker::new(&field.schema))).collect();
        Self { signature, checkers }
    }

    /// Finds an input by its name or alias.
    fn find(&self, name: &str) -> Option<(&'a String, &'a Field)> {
        let fields = &self.signature.fields;
        fields
            .get_key_value(name)
            .or_else(|| fields.iter().find(|(_, field)| field.aliases.contains(name)))
    }

    fn check(&self, canonical: &str, value: &Value) -> Result<(), String> {
        self.checkers.get(canonical).map_or(Ok(()), |checker| checker.check(value))
    }

    /// Makes a value of a text: text, unless the input takes no text and the text is JSON.
    #[must_use]
    pub fn typed(&self, name: &str, text: &str) -> Value {
        let as_text = Value::String(text.to_owned());
        let takes_text =
            self.find(name).is_none_or(|(canonical, _)| self.check(canonical, &as_text).is_ok());
        if takes_text { as_text } else { serde_json::from_str(text).unwrap_or(as_text) }
    }

    /// Fits values to the inputs: aliases, defaults, nothing unknown, nothing missing.
    fn fit(&self, given: Variables) -> (Variables, Vec<InputFault>) {
        let mut variables = Variables::new();
        let mut faults = Vec::new();
        for (name, value) in given {
            match self.find(&name) {
                Some((canonical, field)) => {
                    if let Err(fault) = self.check(canonical, &value) {
                        faults.push(InputFault::Refused { name, fault });
                    }
                    for alias in &field.aliases {
                        variables.insert(alias.clone(), value.clone());
                    }
                    variables.insert(canonical.clone(), value);
                }
                None if self.signature.open => {
                    variables.insert(name, value);
                }
                None => faults.push(self.unknown(name)),
            }
        }
        let mut names = Vec::new();
        for (name, field) in &self.signature.fields {
            if variables.contains_key(name) {
                continue;
            }
            match &field.default {
                Some(default) => {
                    variables.insert(name.clone(), default.clone());
                }
                None if field.required => names.push(name.clone()),
                None => {
                    variables.insert(name.clone(), Value::Null);
                }
            }
        }
        if !names.is_empty() {
            faults.push(InputFault::Missing { names });
        }
        (variables, faults)
    }

    fn unknown(&self, name: String) -> InputFault {
        InputFault::Unknown { name, known: self.signature.fields.keys().cloned().collect() }
    }
}

/// Fits values to the inputs of a prompt: aliases, defaults, nothing unknown, nothing missing.
///
/// # Errors
/// The first value that is refused or unknown, by name; otherwise every input that is missing.
pub fn fit(inputs: &Signature, given: Variables) -> Result<Variables, InputFault> {
    let (variables, faults) = Inputs::new(inputs).fit(given);
    faults.into_iter().next().map_or(Ok(variables), Err)
}

/// A suite's binding to one prompt, made ready for many cases.
#[derive(Debug)]
pub struct Binding<'a> {
    suite: &'a Suite,
    inputs: Inputs<'a>,
}

impl<'a> Binding<'a> {
    /// Binds a suite to the inputs of a prompt.
    #[must_use]
    pub fn new(suite: &'a Suite, inputs: &'a Signature) -> Self {
        Self { suite, inputs: Inputs::new(inputs) }
    }

    /// Returns what the prompt is given for a case.
    ///
    /// The later stands over the earlier: the fixtures of every case, those of the case, its own
    /// `inputs` (in CSV its further columns) by their names, and the columns that `bind` names. A
    /// column or an input without a value gives way to what stands before. What the prompt does not
    /// declare is not sent, because fixtures may serve several prompts; only what `bind` gives is
    /// sent to a prompt that is open.
    ///
    /// # Errors
    /// Every fault, each with the case. That `bind` names an unknown input is one only where the
    /// suite has no routes: an input may well be that of another prompt.
    pub fn variables(
        &self,
        case: &Case,
        fixtures: &Fixtures,
    ) -> Result<Variables, Vec<InputFault>> {
        let mut given = Variables::new();
        for (name, value) in fixtures.layers(&case.id) {
            if let Some((canonical, _)) = self.inputs.find(name) {
                given.insert(canonical.clone(), value.clone());
            }
        }
        for (name, value) in &case.variables {
            if let Some((canonical, _)) = self.inputs.find(name) {
                given.insert(canonical.clone(), self.typed(canonical, value));
            }
        }
        let mut faults = Vec::new();
        for (name, column) in &self.suite.bind {
            let canonical = match self.inputs.find(name) {
                Some((canonical, _)) => canonical,
                None if self.inputs.signature.open => name,
                None => {
                    if self.suite.route.is_empty() {
                        faults.push(self.inputs.unknown(name.clone()));
                    }
                    continue;
                }
            };
            if let Some(value) = case.column(column) {
                given.insert(canonical.clone(), self.typed(canonical, &value));
            }
        }
        let (variables, more) = self.inputs.fit(given);
        faults.extend(more);
        if faults.is_empty() {
            return Ok(variables);
        }
        let in_case = |fault| InputFault::InCase { case: case.id.clone(), fault: Box::new(fault) };
        Err(faults.into_iter().map(in_case).collect())
    }

    fn typed(&self, name: &str, value: &Value) -> Value {
        match value {
            Value::String(text) => self.inputs.typed(name, text),
            other => other.clone(),
        }
    }
}

/// Returns what a prompt is given for one case; see [`Binding::variables`].
///
/// # Errors
/// Every fault, each with the case.
pub fn variables(
    case: &Case,
    suite: &Suite,
    fixtures: &Fixtures,
    inputs: &Signature,
) -> Result<Variables, Vec<InputFault>> {
    Binding::new(suite, inputs).variables(case, fixtures)
}
