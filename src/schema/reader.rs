//! The errors of a JSON Schema validator, put into words for people.

use jsonschema::ValidationError;
use jsonschema::error::{TypeKind, ValidationErrorKind};
use serde_json::{Value, json};

use super::fault::{At, Fault};
use super::rules::{MISSING_KEY, TYPE, UNKNOWN_KEY, VALUE};
use super::words;
use crate::finding::Safety;
use crate::yaml::Document;

/// The most keys that a help lists.
const LISTED: usize = 12;

/// Reads the errors of one schema.
pub(super) struct Reader<'a> {
    /// The schema, for titles, examples and known keys.
    pub(super) schema: &'a Value,
    /// The document, for the text of numbers.
    pub(super) document: Option<&'a Document>,
}

impl Reader<'_> {
    /// Turns an error into faults.
    pub(super) fn read(&self, error: &ValidationError<'_>, faults: &mut Vec<Fault>) {
        use ValidationErrorKind as E;
        let pointer = error.instance_path().as_str();
        match error.kind() {
            E::AdditionalProperties { unexpected } => {
                let node = self.node(error);
                faults.extend(unexpected.iter().map(|key| unknown_key(pointer, key, node)));
            }
            E::Required { property } => {
                let key = property.as_str().unwrap_or_default();
                faults.push(missing(pointer, &[key], self.node(error)));
            }
            E::AnyOf { context } | E::OneOfNotValid { context } => {
                self.branches(error, context, faults);
            }
            E::OneOfMultipleValid { .. } => faults.push(self.too_many(error)),
            E::PropertyNames { error: inner } => {
                let key = inner.instance().as_str().unwrap_or_default();
                let expected = self.expectation(inner);
                let message =
                    format!("{}the key `{}` must be {expected}", at(pointer), words::cut(key));
                let place = words::child(pointer, key);
                faults.push(Fault::new(&VALUE, place, At::Key).message(message));
            }
            E::Type { kind } => faults.push(self.wrong_type(error, &type_names(kind))),
            _ => faults.push(self.wrong_value(error)),
        }
    }

    /// Returns the part of the schema that holds the keyword of an error.
    fn node(&self, error: &ValidationError<'_>) -> Option<&Value> {
        self.schema.pointer(words::parent(error.schema_path().as_str()))
    }

    fn resolve<'b>(&'b self, schema: &'b Value) -> &'b Value {
        let target = schema.get("$ref").and_then(Value::as_str).and_then(|r| r.strip_prefix('#'));
        target.and_then(|inside| self.schema.pointer(inside)).unwrap_or(schema)
    }

    /// Follows the branch that fits the value's type, and reports its errors alone.
    fn branches(
        &self,
        error: &ValidationError<'_>,
        context: &[Vec<ValidationError<'static>>],
        faults: &mut Vec<Fault>,
    ) {
        let here = error.instance_path().as_str();
        let fitting: Vec<&Vec<ValidationError<'static>>> =
            context.iter().filter(|errors| !errors.iter().any(|e| misfits(e, here))).collect();
        let keys: Option<Vec<&str>> = fitting
            .iter()
            .map(|errors| match errors.as_slice() {
                [only] if only.instance_path().as_str() == here => match only.kind() {
                    ValidationErrorKind::Required { property } => property.as_str(),
                    _ => None,
                },
                _ => None,
            })
            .collect();
        match (fitting.is_empty(), keys) {
            (true, _) => faults.push(self.no_branch(error)),
            (false, Some(keys)) if keys.len() > 1 => {
                faults.push(missing(here, &keys, self.node(error)));
            }
            _ => {
                let best = fitting.into_iter().min_by_key(|errors| errors.len());
                best.into_iter().flatten().for_each(|inner| self.read(inner, faults));
            }
        }
    }

    /// Reports a value whose type none of the branches takes.
    fn no_branch(&self, error: &ValidationError<'_>) -> Fault {
        let branches = self.schema.pointer(error.schema_path().as_str()).and_then(Value::as_array);
        let mut names = Vec::new();
        let mut phrases = Vec::new();
        for branch in branches.into_iter().flatten() {
            let branch = self.resolve(branch);
            let types = branch.get("type").and_then(Value::as_str);
            names.extend(types);
            let title = branch.get("title").and_then(Value::as_str);
            phrases.extend(title.or(types.map(words::type_word)).map(ToOwned::to_owned));
        }
        if phrases.is_empty() {
            phrases.push("another value".to_owned());
        }
        self.type_fault(error, &names, &words::alternatives(&phrases))
    }

    fn wrong_type(&self, error: &ValidationError<'_>, names: &[&'static str]) -> Fault {
        let phrases: Vec<String> =
            names.iter().map(|name| words::type_word(name).to_owned()).collect();
        self.type_fault(error, names, &words::alternatives(&phrases))
    }

    fn type_fault(&self, error: &ValidationError<'_>, names: &[&str], expected: &str) -> Fault {
        let pointer = error.instance_path().as_str();
        let value = error.instance().as_ref();
        let raw = self.document.and_then(|document| document.raw(pointer));
        let found = words::found(value, raw);
        let message = format!("{}expected {expected}, found {found}", at(pointer));
        let mut fault = Fault::new(&TYPE, pointer, At::Value).message(message);
        fault.leaves_out = true;
        let (help, instead) = remedy(names, value, raw);
        fault.help = help;
        if let Some(text) = instead {
            let node = self.node(error);
            if node.is_none_or(|node| accepts(node, &text)) {
                fault.instead = Some((format!("\"{text}\""), Safety::Safe));
            } else {
                // Quotes alone would not help.
                fault.help = node.and_then(advice);
            }
        }
        fault
    }

    /// Reports a map with several keys that exclude one another.
    fn too_many(&self, error: &ValidationError<'_>) -> Fault {
        let pointer = error.instance_path().as_str();
        let branches = self.schema.pointer(error.schema_path().as_str()).and_then(Value::as_array);
        let keys: Vec<&str> = branches
            .into_iter()
            .flatten()
            .filter_map(|branch| branch.get("required")?.get(0)?.as_str())
            .filter(|key| error.instance().get(key).is_some())
            .collect();
        let quoted: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
        let message =
            format!("{}expected one of {}, found both", at(pointer), quoted.join(" and "));
        let second = keys.get(1).map_or_else(|| pointer.to_owned(), |k| words::child(pointer, k));
        Fault::new(&VALUE, second, At::Key).message(message)
    }

    /// Says what a value of the right type has to be.
    fn expectation(&self, error: &ValidationError<'_>) -> String {
        use ValidationErrorKind as E;
        let node = self.node(error);
        let own = node.and_then(|node| node.get("patternErrorMessage")).and_then(Value::as_str);
        let example = node.and_then(|node| node.get("examples")).and_then(|e| e.get(0));
        match error.kind() {
            E::Pattern { pattern } => own.map_or_else(
                || format!("text that matches `{}`", words::cut(pattern)),
                ToOwned::to_owned,
            ),
            E::Format { format } if format == "date" => "a day such as `2027-02-01`".to_owned(),
            E::Format { format } if format == "date-time" => {
                "a moment such as `2026-12-20T00:00:00Z`".to_owned()
            }
            E::Format { format } if format == "regex" => {
                "a regular expression without look-around and backreferences".to_owned()
            }
            E::Format { format } => format!("text in the format `{format}`"),
            E::MinLength { limit: 1 } => match example.map(words::literal) {
                Some(example) => format!("some text such as `{example}`"),
                None => "some text".to_owned(),
            },
            E::MinLength { limit } => format!("at least {limit} characters"),
            E::MaxLength { limit } => format!("at most {limit} characters"),
            E::MinItems { limit: 1 } => "at least one item".to_owned(),
            E::MinItems { limit } => format!("at least {limit} items"),
            E::MaxItems { limit } => format!("at most {limit} items"),
            E::MinProperties { limit: 1 } => "at least one key".to_owned(),
            E::MinProperties { limit } => format!("at least {limit} keys"),
            E::MaxProperties { limit } => format!("at most {limit} keys"),
            E::Minimum { limit } => format!("at least {limit}"),
            E::Maximum { limit } => format!("at most {limit}"),
            E::ExclusiveMinimum { limit } => format!("more than {limit}"),
            E::ExclusiveMaximum { limit } => format!("less than {limit}"),
            E::Constant { expected_value } => format!("`{}`", words::literal(expected_value)),
            other => format!("what `{}` asks for", other.keyword()),
        }
    }

    fn wrong_value(&self, error: &ValidationError<'_>) -> Fault {
        use ValidationErrorKind as E;
        let pointer = error.instance_path().as_str();
        let value = error.instance().as_ref();
        match error.kind() {
            E::Enum { options } => return unknown_value(pointer, value, options),
            E::UniqueItems => return twice(pointer, value),
            E::Referencing(_) | E::Custom { .. } | E::Not { .. } => {
                let message = words::cut(&error.masked().to_string());
                return Fault::new(&VALUE, pointer, At::Value).message(message);
            }
            _ => {}
        }
        let raw = self.document.and_then(|document| document.raw(pointer));
        let found = match value {
            Value::Array(items) if items.is_empty() => "an empty list".to_owned(),
            Value::Array(items) => format!("a list of {}", items.len()),
            Value::Object(map) if map.is_empty() => "an empty map".to_owned(),
            Value::Object(map) => format!("a map of {}", map.len()),
            scalar => words::found(scalar, raw),
        };
        let message = format!("{}expected {}, found {found}", at(pointer), self.expectation(error));
        let mut fault = Fault::new(&VALUE, pointer, At::Value).message(message);
        fault.leaves_out = !value.is_array() && !value.is_object();
        fault
    }
}

/// Starts a message with the place that it speaks of.
fn at(pointer: &str) -> String {
    if pointer.is_empty() { String::new() } else { format!("`{}`: ", words::path(pointer)) }
}

fn type_names(kind: &TypeKind) -> Vec<&'static str> {
    match kind {
        TypeKind::Single(name) => vec![name.as_str()],
        TypeKind::Multiple(names) => names.iter().map(jsonschema::JsonType::as_str).collect(),
    }
}

/// Says whether an error is about the type of the value at `here`.
fn misfits(error: &ValidationError<'_>, here: &str) -> bool {
    use ValidationErrorKind as E;
    error.instance_path().as_str() == here
        && match error.kind() {
            E::Type { .. } => true,
            E::AnyOf { context } | E::OneOfNotValid { context } => {
                context.iter().all(|errors| errors.iter().any(|inner| misfits(inner, here)))
            }
            _ => false,
        }
}

fn missing(pointer: &str, keys: &[&str], node: Option<&Value>) -> Fault {
    let quoted: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
    let first = keys.first().copied().unwrap_or_default();
    let within =
        if pointer.is_empty() { String::new() } else { format!(" in `{}`", words::path(pointer)) };
    let message = format!("missing key {}{within}", words::alternatives(&quoted));
    let property = node.and_then(|node| node.get("properties")).and_then(|p| p.get(first));
    let example = property
        .and_then(|property| property.get("examples"))
        .and_then(|examples| examples.get(0))
        .map(|example| format!("add a line such as `{first}: {}`", words::literal(example)));
    Fault::new(&MISSING_KEY, words::child(pointer, first), At::Holder)
        .message(message)
        .help(example)
}

fn unknown_key(pointer: &str, key: &str, node: Option<&Value>) -> Fault {
    let known = node.and_then(|node| node.get("properties")).and_then(Value::as_object);
    let names: Vec<&str> =
        known.into_iter().flat_map(|map| map.keys()).map(String::as_str).collect();
    let meant = words::nearest(key, names.iter().copied());
    let within =
        if pointer.is_empty() { String::new() } else { format!(" in `{}`", words::path(pointer)) };
    let shown = words::cut(key);
    let message = match meant {
        Some(meant) => format!("unknown key `{shown}`{within}; did you mean `{meant}`?"),
        None => format!("unknown key `{shown}`{within}"),
    };
    // The key may be right and one level too high.
    let home = known.into_iter().flatten().find(|(_, property)| {
        property.get("properties").and_then(|inner| inner.get(key)).is_some()
    });
    let help = match (meant, home) {
        (None, Some((home, _))) => Some(format!("`{shown}` belongs in `{home}`")),
        _ if names.len() <= LISTED && !names.is_empty() => {
            let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
            Some(format!("known keys: {}", quoted.join(", ")))
        }
        _ => None,
    };
    let mut fault =
        Fault::new(&UNKNOWN_KEY, words::child(pointer, key), At::Key).message(message).help(help);
    fault.instead = meant.map(|meant| (meant.to_owned(), Safety::Unsafe));
    fault
}

fn unknown_value(pointer: &str, value: &Value, options: &Value) -> Fault {
    let options: Vec<&Value> = options.as_array().into_iter().flatten().collect();
    let quoted: Vec<String> =
        options.iter().map(|option| format!("`{}`", words::literal(option))).collect();
    let texts = options.iter().filter_map(|option| option.as_str());
    let meant = value.as_str().and_then(|text| words::nearest(text, texts));
    let shown = words::literal(value);
    let expected = words::alternatives(&quoted);
    let (message, help) = match meant {
        Some(meant) => (
            format!("{}unknown value `{shown}`; did you mean `{meant}`?", at(pointer)),
            Some(format!("expected {expected}")),
        ),
        None => (format!("{}expected {expected}, found `{shown}`", at(pointer)), None),
    };
    let mut fault = Fault::new(&VALUE, pointer, At::Value).message(message).help(help);
    fault.instead = meant.map(|meant| (meant.to_owned(), Safety::Unsafe));
    fault.leaves_out = true;
    fault
}

/// Reports the second of two equal items.
fn twice(pointer: &str, value: &Value) -> Fault {
    let items = value.as_array().map(Vec::as_slice).unwrap_or_default();
    let second = items
        .iter()
        .enumerate()
        .find(|(index, item)| items.iter().take(*index).any(|earlier| earlier == *item));
    let Some((index, item)) = second else {
        let message = format!("{}an item stands twice", at(pointer));
        return Fault::new(&VALUE, pointer, At::Value).message(message);
    };
    let message = format!("{}`{}` stands twice", at(pointer), words::literal(item));
    Fault::new(&VALUE, format!("{pointer}/{index}"), At::Value).message(message)
}

/// Says whether a part of the schema accepts a text.
fn accepts(node: &Value, text: &str) -> bool {
    let leaf = node.as_object().is_some_and(|map| !map.contains_key("anyOf"));
    !leaf || jsonschema::options().offline().build(node).is_ok_and(|v| v.is_valid(&json!(text)))
}

/// Says what a text has to be.
fn advice(node: &Value) -> Option<String> {
    if let Some(pattern) = node.get("patternErrorMessage").and_then(Value::as_str) {
        return Some(format!("write {pattern}"));
    }
    let options = node.get("enum")?.as_array()?;
    let quoted: Vec<String> =
        options.iter().map(|option| format!("`{}`", words::literal(option))).collect();
    Some(format!("write {}", words::alternatives(&quoted)))
}

/// Says how a value of the wrong type is mended, and which text it would be in quotes.
fn remedy(names: &[&str], value: &Value, raw: Option<&str>) -> (Option<String>, Option<String>) {
    let wants = |name: &str| names.contains(&name);
    match value {
        Value::Null => (Some("write a value, or leave the key out".to_owned()), None),
        Value::Number(_) | Value::Bool(_) if wants("string") => {
            let text = raw.map_or_else(|| value.to_string(), ToOwned::to_owned);
            (Some(format!("quote it: `\"{}\"`", words::cut(&text))), Some(text))
        }
        Value::String(text) if wants("number") || wants("integer") => {
            let number = text.trim().parse::<f64>().is_ok_and(f64::is_finite);
            (number.then(|| format!("write it without quotes: `{}`", words::cut(text))), None)
        }
        Value::String(text) if wants("boolean") && !wants("string") => {
            let meant = match text.to_ascii_lowercase().as_str() {
                "yes" | "on" | "true" | "y" => Some("true"),
                "no" | "off" | "false" | "n" => Some("false"),
                _ => None,
            };
            (meant.map(|meant| format!("write `{meant}` without quotes")), None)
        }
        Value::String(_) if wants("array") && !wants("string") => {
            (Some(format!("write a list: `[{}]`", words::literal(value))), None)
        }
        Value::Object(map) if wants("string") && !wants("object") && map.len() == 1 => {
            let line = map.iter().next().and_then(|(key, inner)| match inner {
                Value::String(text) => Some(format!("{key}: {text}")),
                _ => None,
            });
            let help = line.map(|line| {
                format!("quote the line, since `: ` makes it a map: `\"{}\"`", words::cut(&line))
            });
            (help, None)
        }
        _ => (None, None),
    }
}
