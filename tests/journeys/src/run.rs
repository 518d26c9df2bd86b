//! Runs a journey, step by step.

use serde_json::Value;
use std::time::{Duration, Instant};

use crate::app::App;
use crate::journey::{Journey, Step};
use crate::operations::{self, Arguments, Fault, Operation};
use crate::shown::Shown as _;
use crate::value::{Variables, at, brief, fill_fields, unmet};

/// How often something that has to come is looked for.
const LOOK: Duration = Duration::from_millis(20);

/// Runs all of it, against a sandbox of its own, and reads the books at the end.
///
/// # Errors
/// What does not hold, as a sentence that names the step.
pub async fn run(journey: &Journey) -> Result<(), String> {
    let mut app = App::launch().await?;
    let mut variables = app.variables();
    for (index, step) in journey.steps.iter().enumerate() {
        take(&mut app, step, &mut variables).await.map_err(|why| {
            let say = step.say.as_deref().map(|say| format!(" ({say})")).unwrap_or_default();
            format!("{}, step {}, {}{say}: {why}", journey.journey, index + 1, step.operation)
        })?;
    }
    let wrongs = app.wrongs().await?;
    app.end().await;
    if wrongs.is_empty() {
        Ok(())
    } else {
        Err(format!("{}: the books are wrong: {wrongs:?}", journey.journey))
    }
}

async fn take(app: &mut App, step: &Step, variables: &mut Variables) -> Result<(), String> {
    let arguments = Arguments::new(fill_fields(&step.with, variables)?);
    let operation =
        operations::find(&step.operation).ok_or_else(|| format!("there is no {}", step.operation))?;
    let result = if step.fails.is_some() {
        failing(app, step, operation, &arguments, variables).await?
    } else {
        succeeding(app, step, operation, &arguments, variables).await?
    };
    if let Some(name) = &step.r#as {
        variables.insert(name.clone(), result);
    }
    Ok(())
}

async fn failing(
    app: &mut App,
    step: &Step,
    operation: Operation,
    arguments: &Arguments,
    variables: &Variables,
) -> Result<Value, String> {
    let fails = step.fails.as_ref().map(crate::journey::Fails::conditions).unwrap_or_default();
    let wanted = fill_fields(&fails, variables)?;
    match operation(app, arguments).await {
        Ok(result) => Err(format!("it did not fail: {}", brief(&result))),
        Err(Fault::Broken(why)) => Err(why),
        Err(Fault::Call(error)) => {
            let error = error.shown();
            unmet(&wanted, &error).map_or(Ok(error), |why| Err(format!("it failed otherwise: {why}")))
        }
    }
}

async fn succeeding(
    app: &mut App,
    step: &Step,
    operation: Operation,
    arguments: &Arguments,
    variables: &Variables,
) -> Result<Value, String> {
    let filled = |conditions: &Option<_>| {
        conditions.as_ref().map(|conditions| fill_fields(conditions, variables)).transpose()
    };
    let (kept, find, until) = (filled(&step.r#where)?, filled(&step.find)?, filled(&step.until)?);
    let started = Instant::now();
    let result = loop {
        let result = operation(app, arguments).await.map_err(|fault| fault.to_string())?;
        let mut result = at(&result, &step.at);
        if let Some(kept) = &kept {
            let items = list(&result)?;
            result = items.iter().filter(|item| unmet(kept, item).is_none()).cloned().collect();
        }
        let lacking = match (&find, &until) {
            (Some(find), _) => match list(&result)?.iter().find(|item| unmet(find, item).is_none()) {
                Some(item) => break item.clone(),
                None => format!("nothing in {} is as wanted", brief(&result)),
            },
            (None, Some(until)) => match unmet(until, &result) {
                None => break result,
                Some(why) => format!("{why}; it is {}", brief(&result)),
            },
            (None, None) => break result,
        };
        if started.elapsed() > Duration::from_millis(step.within_ms) {
            return Err(format!("after {} ms {lacking}", step.within_ms));
        }
        tokio::time::sleep(LOOK).await;
    };
    match filled(&step.expect)?.and_then(|expect| unmet(&expect, &result)) {
        None => Ok(result),
        Some(why) => Err(format!("{why}; it is {}", brief(&result))),
    }
}

fn list(value: &Value) -> Result<&Vec<Value>, String> {
    value.as_array().ok_or_else(|| format!("this is no list: {}", brief(value)))
}
