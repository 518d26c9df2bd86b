//! The older shape, told by its shape and not by its version.
//!
//! 2026-01-11 lists capabilities, keeps one object per service, puts handlers under `payment.handlers`, completes with
//! `payment_data`, and counts discounts as positive amounts; 2026-01-23 has today's shape but for the last. Both are
//! read into the types of today and, where the shape differs, written from them.

mod read;
mod write;

use crate::checkout::Checkout;
use crate::envelope::{Answer, ReadError, Shape, text};
use crate::error::older_refusal;
use crate::order::Order;
use crate::profile::Profile;

pub use write::{WriteError, write_complete, write_create, write_profile, write_update};

/// Which shape a business speaks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Dialect {
    /// 2026-04-08, and 2026-01-23 as far as requests go.
    #[default]
    Current,
    /// 2026-01-11.
    Legacy,
}

/// Reads a profile of either shape, and says which.
pub fn read_profile(body: &[u8]) -> Result<(Profile, Dialect), ReadError> {
    let text = text(body)?;
    if Shape::of(text)?.is_legacy() {
        let profile = read::profile(serde_json::from_str(text)?);
        return Ok((serde_json::from_value(profile)?, Dialect::Legacy));
    }
    Ok((serde_json::from_str(text)?, Dialect::Current))
}

/// Reads a checkout of either shape. Discounts come out negative, as the current shape has them.
pub fn read_checkout(body: &[u8]) -> Result<Answer<Checkout>, ReadError> {
    let mut answer: Answer<Checkout> = read_answer(body, read::checkout)?;
    if let Answer::Success(checkout) = &mut answer {
        read::sign_discounts(&mut checkout.totals);
        checkout.line_items.iter_mut().for_each(|line| read::sign_discounts(&mut line.totals));
    }
    Ok(answer)
}

/// Reads an order of either shape.
pub fn read_order(body: &[u8]) -> Result<Answer<Order>, ReadError> {
    let mut answer: Answer<Order> = read_answer(body, read::order)?;
    if let Answer::Success(order) = &mut answer {
        read::sign_discounts(&mut order.totals);
        order.line_items.iter_mut().for_each(|line| read::sign_discounts(&mut line.totals));
    }
    Ok(answer)
}

/// Reads an answer of the current shape as it is, and one of the older after `lift` has moved its fields.
fn read_answer<T: serde::de::DeserializeOwned>(
    body: &[u8],
    lift: fn(serde_json::Value) -> serde_json::Value,
) -> Result<Answer<T>, ReadError> {
    let text = text(body)?;
    let shape = Shape::of(text)?;
    if shape.is_bare_refusal()
        && let Some(refusal) = older_refusal(text)
    {
        return Ok(Answer::Error(Box::new(refusal)));
    }
    if !shape.is_legacy() {
        return crate::envelope::parse(body);
    }
    let lifted = lift(serde_json::from_str(text)?);
    if shape.is_error() {
        return Ok(Answer::Error(serde_json::from_value(lifted)?));
    }
    Ok(Answer::Success(serde_json::from_value(lifted)?))
}
