//! A journey as its file has it, and what can be wrong with it before it is run.

use serde::Deserialize;
use serde_json::{Map, Value};
use std::path::Path;

use crate::value::{Conditions, unknown_matcher};

/// How long `find` and `until` wait if nothing is said, milliseconds.
const WITHIN_MS: u64 = 10_000;

/// One file of the table.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Journey {
    /// What it is called.
    pub journey: String,
    /// What it is about.
    pub story: String,
    /// One after the other.
    pub steps: Vec<Step>,
}

/// One step.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The story at this step.
    pub say: Option<String>,
    /// The operation.
    #[serde(rename = "do")]
    pub operation: String,
    /// Its arguments.
    #[serde(default)]
    pub with: Map<String, Value>,
    /// A path into the result.
    #[serde(default)]
    pub at: String,
    /// Of a list, what is kept.
    pub r#where: Option<Conditions>,
    /// Waits for an item.
    pub find: Option<Conditions>,
    /// Waits for the result.
    pub until: Option<Conditions>,
    /// Of the result, now.
    pub expect: Option<Conditions>,
    /// Of the error.
    pub fails: Option<Fails>,
    /// The result's name from here on.
    pub r#as: Option<String>,
    /// How long it waits, milliseconds.
    #[serde(default = "within_ms")]
    pub within_ms: u64,
}

/// The error that is expected.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Fails {
    /// Its code alone.
    Code(String),
    /// What it has to meet.
    Meets(Conditions),
}

impl Fails {
    /// As conditions.
    pub fn conditions(&self) -> Conditions {
        match self {
            Self::Code(code) => Conditions::from_iter([("code".to_owned(), code.as_str().into())]),
            Self::Meets(conditions) => conditions.clone(),
        }
    }
}

fn within_ms() -> u64 {
    WITHIN_MS
}

impl Journey {
    /// Reads a file of the table.
    ///
    /// # Errors
    /// Why it is no journey.
    pub fn read(path: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let journey: Self =
            serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
        match journey.steps.iter().enumerate().find_map(|(at, step)| Some((at, step.fault()?))) {
            None => Ok(journey),
            Some((at, fault)) => Err(format!("{}, step {}: {fault}", path.display(), at + 1)),
        }
    }
}

impl Step {
    /// What makes no sense in it.
    fn fault(&self) -> Option<String> {
        let conditions = [&self.r#where, &self.find, &self.until, &self.expect];
        let results = conditions.iter().any(|each| each.is_some()) || !self.at.is_empty();
        if self.fails.is_some() && results {
            return Some("a call that fails has no result".to_owned());
        }
        if self.find.is_some() && self.until.is_some() {
            return Some("find and until exclude each other".to_owned());
        }
        let fails = self.fails.as_ref().map(Fails::conditions);
        let mut all = conditions.into_iter().flatten().chain(&fails);
        all.find_map(|each| unknown_matcher(each).map(|name| format!("there is no matcher {name}")))
    }
}
