//! Quotes, taps and what becomes of them.

use nightmarket::Money;
use nightmarket::host::DeclaredAge;
use nightmarket::ids::{QuoteId, ShopDomain};
use nightmarket::purchase::{BuyRequest, Choice, ConsentKind, QuoteKey, Rendered};
use serde_json::Value;

use super::{Arguments, Fault, Outcome};
use crate::app::App;
use crate::shown::Shown as _;
use crate::value::at;

pub async fn quote(app: &mut App, given: &Arguments) -> Outcome {
    let text = |name: &str| given.find(name).map(|_| given.text(name).map(str::to_owned)).transpose();
    let quantity = given.find("quantity").map_or(Ok(1), |_| given.number("quantity"))?;
    let request = BuyRequest {
        membership: text("membership")?,
        instrument: text("instrument")?,
        blind_box: given.find("blind_box").is_some() && given.flag("blind_box")?,
        ..BuyRequest::of(given.id("shop")?, given.id("item")?, quantity)
    };
    Ok(app.services()?.purchase.quote(request).await?.shown())
}

pub async fn quote_offer(app: &mut App, given: &Arguments) -> Outcome {
    Ok(app.services()?.purchase.quote_offer(given.id("offer")?).await?.shown())
}

pub async fn quote_cart(app: &mut App, given: &Arguments) -> Outcome {
    Ok(app.services()?.purchase.quote_cart(BuyRequest::at(given.id("shop")?)).await?.shown())
}

pub async fn choose(app: &mut App, given: &Arguments) -> Outcome {
    let choice = if given.find("consent").is_some() {
        let said = given.text("consent")?;
        let kind = ConsentKind::ALL.into_iter().find(|kind| kind.as_str() == said);
        let kind = kind.ok_or_else(|| Fault::broken("there is no such consent".to_owned()))?;
        Choice::Consent { kind, granted: given.flag("granted")? }
    } else {
        Choice::Instrument(given.text("instrument")?.to_owned())
    };
    Ok(app.services()?.purchase.choose(key(given)?, choice).await?.shown())
}

pub async fn rendered(app: &mut App, given: &Arguments) -> Outcome {
    let mut rendered = everything(given.value("quote")?)?;
    match given.find("leave_out").map(|_| given.text("leave_out")).transpose()? {
        None => {}
        Some("totals") => rendered.totals.clear(),
        Some("notices") => rendered.notices.clear(),
        Some("links") => rendered.links.clear(),
        Some("odds") => rendered.odds = false,
        Some(other) => return Err(Fault::broken(format!("a quote has no {other} to leave out"))),
    }
    Ok(app.services()?.purchase.rendered(key(given)?, digest(given)?, rendered).await?.shown())
}

pub async fn tap(app: &mut App, given: &Arguments) -> Outcome {
    let shown_ms = given.number("shown_ms")?;
    Ok(app.services()?.purchase.tap(key(given)?, digest(given)?, shown_ms).await?.shown())
}

pub async fn confirm(app: &mut App, given: &Arguments) -> Outcome {
    Ok(app.services()?.purchase.confirm(key(given)?, digest(given)?).await?.shown())
}

pub async fn watch(app: &mut App, given: &Arguments) -> Outcome {
    let name = given.key("purchase.watch");
    if let Some(newest) = app.newest(&name) {
        return Ok(newest);
    }
    let view = app.services()?.purchase.watch(given.id("purchase")?).await?;
    Ok(app.follow_state(&name, view))
}

pub async fn purchases(app: &mut App, _: &Arguments) -> Outcome {
    Ok(app.services()?.purchase.purchases().await?.shown())
}

pub async fn unacknowledged(app: &mut App, _: &Arguments) -> Outcome {
    Ok(app.services()?.purchase.unacknowledged().await?.shown())
}

pub async fn acknowledge(app: &mut App, given: &Arguments) -> Outcome {
    Ok(app.services()?.purchase.acknowledge(given.id("purchase")?).await?.shown())
}

pub async fn undo(app: &mut App, given: &Arguments) -> Outcome {
    Ok(app.services()?.purchase.undo(given.id("purchase")?).await?.shown())
}

pub async fn returned(app: &mut App, given: &Arguments) -> Outcome {
    Ok(app.services()?.purchase.returned(given.id("purchase")?).await?.shown())
}

pub async fn early(app: &mut App, given: &Arguments) -> Outcome {
    let name = given.key("purchase.early");
    if let Some(newest) = app.newest(&name) {
        return Ok(newest);
    }
    let quotes = app.services()?.purchase.early().await?;
    Ok(app.follow_state(&name, quotes))
}

pub async fn abandon(app: &mut App, given: &Arguments) -> Outcome {
    Ok(app.services()?.purchase.abandon(given.id("purchase")?).await?.shown())
}

pub async fn declare_age(app: &mut App, given: &Arguments) -> Outcome {
    let years = given.find("years").map(|_| given.number("years")).transpose()?;
    let age =
        years.map(|years| DeclaredAge { at_least: years, under: Some(years + 1), guardian_consents: false });
    Ok(app.services()?.purchase.declare_age(age).await?.shown())
}

pub async fn trust(app: &mut App, given: &Arguments) -> Outcome {
    Ok(app.services()?.purchase.trust(key(given)?).await?.shown())
}

pub async fn policy(app: &mut App, _: &Arguments) -> Outcome {
    Ok(app.services()?.purchase.policy().await?.shown())
}

pub async fn set_threshold(app: &mut App, given: &Arguments) -> Outcome {
    let threshold = Money::new(given.number("minor")?, given.text("currency")?.parse()?);
    Ok(app.services()?.purchase.set_threshold(threshold).await?.shown())
}

pub async fn switch_off(app: &mut App, given: &Arguments) -> Outcome {
    Ok(app.services()?.purchase.switch_off(given.text("currency")?.parse()?).await?.shown())
}

pub async fn audit(app: &mut App, _: &Arguments) -> Outcome {
    Ok(app.services()?.purchase.audit().await?.shown())
}

/// The report of a screen that shows all of a quote, made of the quote as the journey has it.
fn everything(quote: &Value) -> Result<Rendered, Fault> {
    let list =
        |name: &str| quote[name].as_array().ok_or_else(|| Fault::broken(format!("this quote has no {name}")));
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let total = |total: &Value| (text(&total["label"]), total["amount"].as_i64().unwrap_or_default());
    let notices = list("notices")?.iter().filter(|notice| notice["kind"] != "info");
    Ok(Rendered {
        totals: list("totals")?.iter().map(total).collect(),
        notices: notices.map(|notice| text(&notice["content"])).collect(),
        links: list("links")?.iter().map(|link| text(&link["url"])).collect(),
        odds: quote["blind_box"] == true,
    })
}

fn of_quote(given: &Arguments, path: &str) -> Result<String, Fault> {
    let found = at(given.value("quote")?, path);
    found.as_str().map(str::to_owned).ok_or_else(|| Fault::broken(format!("this quote has no {path}")))
}

fn key(given: &Arguments) -> Result<QuoteKey, Fault> {
    let (shop, id) = (of_quote(given, "key.shop")?, of_quote(given, "key.id")?);
    Ok(QuoteKey { shop: ShopDomain::new(shop), id: QuoteId::new(id) })
}

fn digest(given: &Arguments) -> Result<String, Fault> {
    of_quote(given, "digest")
}
