//! What goes back.

use nightmarket::returns::{ReturnLine, ReturnRef};
use nightmarket::ucp::address::PostalAddress;

use super::{Arguments, Fault, Outcome};
use crate::app::{App, address};
use crate::shown::Shown as _;

pub async fn eligible(app: &mut App, given: &Arguments) -> Outcome {
    Ok(app.services()?.returns.eligible(given.id("shop")?, given.id("order")?).await?.shown())
}

pub async fn start(app: &mut App, given: &Arguments) -> Outcome {
    let line = ReturnLine {
        line_id: given.text("line")?.to_owned(),
        quantity: given.number("quantity")?,
        reason: given.text("reason")?.to_owned(),
    };
    let returns = &app.services()?.returns;
    Ok(returns.start(given.id("shop")?, given.id("order")?, vec![line], None).await?.shown())
}

pub async fn watch(app: &mut App, given: &Arguments) -> Outcome {
    let key = given.key("returns.watch");
    if let Some(newest) = app.newest(&key) {
        return Ok(newest);
    }
    let view = app.services()?.returns.watch(back(given)?).await?;
    Ok(app.follow_state(&key, view))
}

pub async fn slots(app: &mut App, given: &Arguments) -> Outcome {
    Ok(app.services()?.returns.slots(back(given)?).await?.shown())
}

pub async fn hold(app: &mut App, given: &Arguments) -> Outcome {
    Ok(app.services()?.returns.hold(back(given)?, given.id("slot")?).await?.shown())
}

pub async fn book(app: &mut App, given: &Arguments) -> Outcome {
    let address: PostalAddress =
        serde_json::from_value(address()).map_err(|error| Fault::broken(error.to_string()))?;
    Ok(app.services()?.returns.book(back(given)?, given.id("slot")?, address).await?.shown())
}

fn back(given: &Arguments) -> Result<ReturnRef, Fault> {
    given.text("return").map(ReturnRef::new)
}
