//! Requests as text, in the shape that the business speaks. The text is what is stored and sent again, byte by byte.

use std::fmt;

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::Dialect;
use super::read::DISPLAY;
use crate::checkout::{CheckoutComplete, CheckoutCreate, CheckoutUpdate};
use crate::payment::{Instrument, Payment};
use crate::profile::Profile;

/// Why a request cannot be written in the older shape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WriteError {
    /// The older shape wants the currency of the platform: set `currency`.
    NoCurrency,
    /// The older shape completes with one instrument: select one.
    NoInstrument,
    /// The older shape knows no carts to convert.
    CartUnknown,
    /// The value cannot be written as JSON; only a map with keys that are no strings could do that.
    NotJson(String),
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoCurrency => f.write_str("this shop's older protocol wants a currency with the request"),
            Self::NoInstrument => {
                f.write_str("this shop's older protocol wants exactly one selected instrument")
            }
            Self::CartUnknown => f.write_str("this shop's older protocol has no carts"),
            Self::NotJson(why) => write!(f, "the request cannot be written: {why}"),
        }
    }
}

impl std::error::Error for WriteError {}

/// The body of `POST /checkout-sessions`.
pub fn write_create(dialect: Dialect, create: &CheckoutCreate) -> Result<String, WriteError> {
    if dialect == Dialect::Current {
        return text(create);
    }
    if create.cart_id.is_some() {
        return Err(WriteError::CartUnknown);
    }
    let hinted = create.context.as_ref().and_then(|context| context.currency.as_ref());
    let currency = create.currency.as_ref().or(hinted).ok_or(WriteError::NoCurrency)?;
    lower(object(create)?, currency, create.payment.as_ref())
}

/// The body of `PUT /checkout-sessions/{id}`.
pub fn write_update(dialect: Dialect, update: &CheckoutUpdate) -> Result<String, WriteError> {
    if dialect == Dialect::Current {
        return text(update);
    }
    let currency = update.currency.as_ref().ok_or(WriteError::NoCurrency)?;
    lower(object(update)?, currency, update.payment.as_ref())
}

/// The body of `POST /checkout-sessions/{id}/complete`.
pub fn write_complete(dialect: Dialect, complete: &CheckoutComplete) -> Result<String, WriteError> {
    if dialect == Dialect::Current {
        return text(complete);
    }
    let instrument = complete.payment.selected().ok_or(WriteError::NoInstrument)?;
    let mut body = object(complete)?;
    body.remove("payment");
    body.remove("attribution");
    if let Some(signals) = body.remove("signals") {
        body.insert("risk_signals".to_owned(), signals);
    }
    body.insert("payment_data".to_owned(), lower_instrument(instrument)?);
    text(&body)
}

/// A platform's profile in the shape that the business reads.
pub fn write_profile(dialect: Dialect, profile: &Profile) -> Result<String, WriteError> {
    if dialect == Dialect::Current {
        return text(profile);
    }
    let mut capabilities = Vec::new();
    for (name, entries) in &profile.ucp.capabilities {
        for entry in entries {
            let mut entry = object(entry)?;
            // The older shape has one parent, not several.
            if let Some(Value::Array(parents)) = entry.get("extends") {
                let first = parents.first().cloned().unwrap_or_default();
                entry.insert("extends".to_owned(), first);
            }
            entry.insert("name".to_owned(), Value::from(name.as_str()));
            capabilities.push(Value::Object(entry));
        }
    }
    let mut handlers = Vec::new();
    for (name, entries) in &profile.ucp.payment_handlers {
        for entry in entries {
            let mut entry = object(entry)?;
            entry.remove("available_instruments");
            if let Some(schema) = entry.remove("schema") {
                entry.insert("config_schema".to_owned(), schema);
            }
            entry.insert("name".to_owned(), Value::from(name.as_str()));
            handlers.push(Value::Object(entry));
        }
    }
    text(&json!({
        "ucp": { "version": profile.ucp.version, "capabilities": capabilities },
        "payment": { "handlers": handlers },
        "signing_keys": profile.signing_keys,
    }))
}

fn text(value: &impl Serialize) -> Result<String, WriteError> {
    serde_json::to_string(value).map_err(|error| WriteError::NotJson(error.to_string()))
}

fn object(value: &impl Serialize) -> Result<Map<String, Value>, WriteError> {
    match serde_json::to_value(value) {
        Ok(Value::Object(map)) => Ok(map),
        Ok(_) => Err(WriteError::NotJson("a request has to be an object".to_owned())),
        Err(error) => Err(WriteError::NotJson(error.to_string())),
    }
}

/// Adds what the older shape requires (`currency`, `payment`) and leaves out what it has no word for.
fn lower(
    mut body: Map<String, Value>,
    currency: &str,
    payment: Option<&Payment>,
) -> Result<String, WriteError> {
    for unknown in ["context", "signals", "attribution"] {
        body.remove(unknown);
    }
    body.insert("currency".to_owned(), Value::from(currency));
    let mut lowered = Map::new();
    if let Some(payment) = payment {
        if let Some(selected) = payment.selected() {
            lowered.insert("selected_instrument_id".to_owned(), Value::from(selected.id.as_str()));
        }
        let instruments: Result<Vec<_>, _> = payment.instruments.iter().map(lower_instrument).collect();
        lowered.insert("instruments".to_owned(), Value::Array(instruments?));
    }
    body.insert("payment".to_owned(), Value::Object(lowered));
    text(&body)
}

/// What is shown of a card goes beside its id, under the older names.
fn lower_instrument(instrument: &Instrument) -> Result<Value, WriteError> {
    let mut lowered = object(instrument)?;
    lowered.remove("selected");
    if let Some(Value::Object(mut display)) = lowered.remove("display") {
        for (older, current) in DISPLAY {
            if let Some(value) = display.remove(current) {
                lowered.insert(older.to_owned(), value);
            }
        }
    }
    Ok(Value::Object(lowered))
}
