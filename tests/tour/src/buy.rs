//! `nightmarket buy`: one purchase at any UCP shop. Printing the totals is the rendering, the command is the gesture.

use nightmarket::ids::{ItemId, ShopDomain};
use nightmarket::inspect::{Inspection, inspect};
use nightmarket::purchase::{
    BuyRequest, Choice, PurchaseView, Purchases, Quote, Quoted, Reason, Rendered, State, TapResult,
};
use nightmarket::ucp::name;
use nightmarket::{Error, Host, Money, Settings, Shopper};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use crate::cli::BuyArgs;
use crate::host_app::{FixedBuyer, FixedToken, KeyFile, Notifications, Present, TokenInstrument};

/// How long the totals have been on the screen when the command counts as the tap, milliseconds.
const SHOWN_MS: u64 = 600;
/// What a test handler takes, unless told otherwise.
const TEST_TOKEN: &str = "tok_success";
/// What a test token shows of its card.
const TEST_CARD: &str = r#"{"brand":"test","last_digits":"0000"}"#;

/// How a command ends; the numbers are the design's.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum End {
    Placed = 0,
    Failed = 1,
    BadInput = 2,
    NeedsShopper = 3,
    NotToBeHad = 4,
    Unknown = 5,
    NotSent = 6,
}

impl From<End> for ExitCode {
    fn from(end: End) -> Self {
        Self::from(end as u8)
    }
}

/// What ends the command before there is an outcome.
enum Stop {
    /// An argument is not usable.
    Input(String),
    /// A call failed.
    Call(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Call(error)
    }
}

pub async fn run(arguments: BuyArgs) -> ExitCode {
    let end = match buy(&arguments).await {
        Ok(end) => end,
        Err(Stop::Input(reason)) => {
            eprintln!("{reason}");
            End::BadInput
        }
        Err(Stop::Call(error)) => {
            eprintln!("{error}\nwhat to do: {:?}", error.remedy());
            if let Error::Refused { continue_url: Some(url), .. } = &error {
                eprintln!("go on at {url}");
            }
            end_of(&error)
        }
    };
    end.into()
}

/// The exit code of a call that failed before anything was bought.
fn end_of(error: &Error) -> End {
    match error {
        Error::BadAddress { .. } | Error::BadInput { .. } | Error::NotUcp { .. } => End::BadInput,
        Error::SignInNeeded { .. } => End::NeedsShopper,
        Error::Refused { .. }
        | Error::NotFound { .. }
        | Error::NotOffered { .. }
        | Error::Forbidden { .. }
        | Error::UnsupportedVersion { .. } => End::NotToBeHad,
        error if error.is_retryable() || error.is_not_sent() => End::NotSent,
        _ => End::Failed,
    }
}

async fn buy(arguments: &BuyArgs) -> Result<End, Stop> {
    let ship_to = ship_to(arguments)?;
    let tls = arguments.reach.tls().map_err(Stop::Input)?;
    let inspection = inspect(&arguments.url, &arguments.reach.platform_profile, &tls).await?;
    let (directory, _temporary) = directory(arguments.data.as_deref())?;
    let settings = Settings {
        venue: arguments.url.clone(),
        directory: directory.clone(),
        platform_profile: arguments.reach.platform_profile.clone(),
        language: "en".to_owned(),
        tls,
    };
    let shopper = Shopper::open(settings, host(arguments, &directory, ship_to)).await?;
    let end = at_shops(arguments, &inspection, &shopper).await;
    shopper.close().await;
    end
}

/// Buys at the shop of the address; at a venue, at the first of its shops that has the item.
async fn at_shops(arguments: &BuyArgs, inspection: &Inspection, shopper: &Shopper) -> Result<End, Stop> {
    let purchases = shopper.purchase();
    let shops = shopper.venue().await?.shops;
    if shops.is_empty() || !(inspection.offers(name::CHECKOUT) || inspection.offers(name::FEED)) {
        return Err(Stop::Call(Error::NotOffered { capability: name::CHECKOUT.to_owned() }));
    }
    let item = ItemId::from(arguments.item.as_str());
    for shop in &shops {
        if let Some(end) = finish_earlier(arguments, &purchases, &shop.domain, &item).await? {
            return Ok(end);
        }
    }
    purchases.set_threshold(arguments.threshold).await?;
    let mut refusal = None;
    for shop in shops {
        match purchases.quote(request(arguments, shop.domain, &item)).await {
            Ok(quoted) => return gesture(arguments, &purchases, quoted).await,
            Err(error @ (Error::Refused { .. } | Error::NotFound { .. })) => refusal = Some(error),
            Err(error) => return Err(error.into()),
        }
    }
    Err(Stop::Call(refusal.unwrap_or(Error::NotFound { what: "the item".to_owned() })))
}

fn request(arguments: &BuyArgs, shop: ShopDomain, item: &ItemId) -> BuyRequest {
    BuyRequest {
        discount_codes: arguments.discount.clone(),
        handler: arguments.handler.clone(),
        currency: Some(arguments.threshold.currency),
        ..BuyRequest::of(shop, item.clone(), 1)
    }
}

/// A purchase of the same item that an earlier run left without a known or shown outcome: it is finished instead of
/// being made again.
async fn finish_earlier(
    arguments: &BuyArgs,
    purchases: &Purchases,
    shop: &ShopDomain,
    item: &ItemId,
) -> Result<Option<End>, Stop> {
    let open = purchases.unacknowledged().await?;
    let same =
        |view: &&PurchaseView| view.quote.shop == *shop && view.lines.iter().any(|line| line.item == *item);
    let Some(view) = open.iter().find(same) else { return Ok(None) };
    println!("an earlier purchase of {item} is not finished ({}): finding out", view.state.code());
    if matches!(view.state, State::NeedsBuyer { .. }) {
        back_from_browser(arguments, purchases, view).await?;
    }
    outcome(arguments, purchases, view).await.map(Some)
}

/// The shopper may have gone on in the browser since: the shop is asked before anything is said.
async fn back_from_browser(
    arguments: &BuyArgs,
    purchases: &Purchases,
    view: &PurchaseView,
) -> Result<(), Stop> {
    purchases.returned(view.id.clone()).await?;
    let mut watch = purchases.watch(view.id.clone()).await?;
    let asked = watch.wait_for(|view| view.state.is_settled());
    // Still waiting for the browser is an answer too.
    let _ = tokio::time::timeout(Duration::from_millis(arguments.wait_ms.min(5_000)), asked).await;
    Ok(())
}

async fn gesture(arguments: &BuyArgs, purchases: &Purchases, mut quoted: Quoted) -> Result<End, Stop> {
    for &(kind, granted) in &arguments.consent {
        quoted = purchases.choose(quoted.quote.key.clone(), Choice::Consent { kind, granted }).await?;
    }
    let quote = quoted.quote;
    render(&quote);
    let (key, digest) = (quote.key.clone(), quote.digest.clone());
    purchases.rendered(key.clone(), digest.clone(), Rendered::all_of(&quote)).await?;
    if arguments.trusted {
        purchases.trust(key.clone()).await?;
    }
    tokio::time::sleep(Duration::from_millis(SHOWN_MS)).await;
    let mut result = purchases.tap(key.clone(), digest.clone(), SHOWN_MS).await?;
    if let TapResult::Confirm(reasons) = &result {
        say("this has to be confirmed:", reasons);
        if !arguments.confirm {
            println!("nothing was bought; --confirm gives the confirmation");
            return Ok(End::NeedsShopper);
        }
        result = purchases.confirm(key, digest).await?;
    }
    match result {
        TapResult::Started(id) => {
            let view = purchases.watch(id).await?.borrow().clone();
            outcome(arguments, purchases, &view).await
        }
        TapResult::Confirm(reasons) => {
            say("confirming is not enough:", &reasons);
            Ok(go_on(&quote))
        }
        TapResult::Refused(reasons) => {
            say("nothing was bought:", &reasons);
            let offline = reasons.iter().any(|reason| matches!(reason, Reason::Offline));
            Ok(if offline { End::NotSent } else { End::NotToBeHad })
        }
    }
}

fn go_on(quote: &Quote) -> End {
    if let Some(url) = &quote.continue_url {
        println!("go on at {url}");
    }
    End::NeedsShopper
}

fn say(words: &str, reasons: &[Reason]) {
    println!("{words}");
    for reason in reasons {
        match reason {
            Reason::NotUnderThreshold { threshold } => println!("  - not under the threshold of {threshold}"),
            Reason::NotReady { reason, content } => println!("  - {reason}: {content}"),
            Reason::Disclosure { content } => println!("  - to be read: {content}"),
            other => println!("  - {}", other.code().replace('_', " ")),
        }
    }
}

/// Prints all that the shop wants shown: every total in its order, every notice, every link.
fn render(quote: &Quote) {
    println!("{}", quote.key.shop);
    for line in &quote.lines {
        println!("  {} × {} ({})", line.quantity, line.title, line.item);
    }
    for total in &quote.totals {
        println!("  {:<28} {:>14}", total.label, money(total.amount, quote));
        for (label, amount) in &total.parts {
            println!("    {label:<26} {:>14}", money(*amount, quote));
        }
    }
    for destination in &quote.destinations {
        println!("  to: {}", place(destination));
    }
    for notice in &quote.notices {
        println!("  {} {}", if notice.disclosure { "!" } else { "·" }, notice.content);
        for url in [&notice.url, &notice.image_url].into_iter().flatten() {
            println!("    {url}");
        }
    }
    for link in &quote.links {
        println!("  {}: {}", link.title.as_deref().unwrap_or(&link.kind), link.url);
    }
    for question in &quote.consents {
        let (kind, granted) =
            (question.kind.as_str().replace('_', " "), |yes| if yes { "yes" } else { "no" });
        let answer = question.answer.map_or("not answered", granted);
        match question.in_force.filter(|_| question.in_force != question.answer) {
            None => println!("  consent to {kind}: {answer}"),
            Some(taken) => println!("  consent to {kind}: {answer}; the shop takes it as {}", granted(taken)),
        }
    }
    match (&quote.payment, quote.total) {
        (Some(payment), Some(total)) => println!("Pay {total} with {} ({})", payment.label, payment.handler),
        (None, _) => println!("nothing here to pay with"),
        (_, None) => println!("the shop gives no single total"),
    }
}

/// An address on one line, as the shop has it.
fn place(destination: &nightmarket::ucp::fulfillment::Destination) -> String {
    let address = destination.location.as_ref().unwrap_or(&destination.address);
    let parts = [
        &destination.name,
        &address.street_address,
        &address.address_locality,
        &address.postal_code,
        &address.address_country,
    ];
    parts.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join(", ")
}

fn money(amount: i64, quote: &Quote) -> String {
    Money::new(amount, quote.currency).to_string()
}

/// Waits for the outcome for as long as the command may, and says it.
async fn outcome(arguments: &BuyArgs, purchases: &Purchases, view: &PurchaseView) -> Result<End, Stop> {
    let waiting = Duration::from_millis(arguments.wait_ms);
    let Ok(known) = tokio::time::timeout(waiting, purchases.outcome(view.id.clone())).await else {
        println!(
            "not known yet whether {} was bought; it is written down and will not be bought twice",
            view.total
        );
        match &arguments.data {
            Some(data) => println!("run the same again with --data {} to find out", data.display()),
            None => println!("without --data it cannot be found out from here: look at the shop"),
        }
        return Ok(End::Unknown);
    };
    let view = known?;
    let end = tell(&view);
    // One placed differently stays to be looked at.
    if view.state.is_settled() && !matches!(view.state, State::PlacedDifferently(_)) {
        purchases.acknowledge(view.id).await?;
    }
    Ok(end)
}

fn tell(view: &PurchaseView) -> End {
    match &view.state {
        State::Placed(order) => {
            println!("placed: {} for {}\n{}", order.id, view.total, order.permalink_url);
            End::Placed
        }
        State::PlacedDifferently(order) => {
            let total = order.total.map_or_else(|| "another total".to_owned(), |total| total.to_string());
            println!(
                "PLACED DIFFERENTLY: {} for {total}, agreed was {}\n{}",
                order.id, view.total, order.permalink_url
            );
            End::NeedsShopper
        }
        State::Declined { code, content } => {
            println!("declined: {code}: {content}");
            End::NotToBeHad
        }
        State::NeedsBuyer { continue_url, .. } => {
            println!("the shop needs you in a browser");
            if let Some(url) = continue_url {
                println!("go on at {url}");
            }
            End::NeedsShopper
        }
        State::Abandoned => {
            println!("given up: nothing was bought");
            End::NotToBeHad
        }
        State::NotSent(_) => {
            println!("not sent: nothing was bought");
            End::NotSent
        }
        other => {
            println!("it ended as {}", other.code());
            End::NotToBeHad
        }
    }
}

/// Where to: what was given; an address of nobody's only at a shop on this machine.
fn ship_to(arguments: &BuyArgs) -> Result<Value, Stop> {
    if let Some(path) = &arguments.ship_to {
        return address(path);
    }
    let local = ["://127.", "://localhost", "://[::1]"].iter().any(|host| arguments.url.contains(host));
    if !local && arguments.url.contains("://") {
        return Err(Stop::Input(
            "--ship-to says where to; without it only a shop on this machine is bought from".to_owned(),
        ));
    }
    Ok(json!({
        "street_address": "1 Harbour Road", "address_locality": "Springfield", "address_region": "IL",
        "postal_code": "62701", "address_country": "US"
    }))
}

fn address(path: &Path) -> Result<Value, Stop> {
    let input = |error: String| Stop::Input(format!("{}: {error}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| input(error.to_string()))?;
    let address: Value = serde_json::from_str(&text).map_err(|error| input(error.to_string()))?;
    if address.is_object() {
        Ok(address)
    } else {
        Err(input("an object of UCP's postal address fields".to_owned()))
    }
}

fn directory(data: Option<&Path>) -> Result<(PathBuf, Option<tempfile::TempDir>), Stop> {
    let failed = |error: std::io::Error| Stop::Input(format!("no directory for the journal: {error}"));
    match data {
        Some(data) => {
            std::fs::create_dir_all(data).map_err(failed)?;
            Ok((data.to_owned(), None))
        }
        None => tempfile::tempdir().map_err(failed).map(|kept| (kept.path().to_owned(), Some(kept))),
    }
}

fn host(arguments: &BuyArgs, directory: &Path, address: Value) -> Host {
    Host {
        tokens: Arc::new(FixedToken(arguments.token.clone())),
        instruments: vec![Arc::new(TokenInstrument {
            id: "command_line".to_owned(),
            kind: "card".to_owned(),
            token: arguments.credential.clone().unwrap_or_else(|| TEST_TOKEN.to_owned()),
            display: match &arguments.credential {
                Some(_) => arguments.display.clone(),
                None => Some(TEST_CARD.to_owned()),
            },
            silent: true,
        })],
        buyer: Arc::new(FixedBuyer {
            buyer: json!({"email": "shopper@example.com"}),
            address: Some(address),
        }),
        device: Arc::new(Present),
        secrets: Arc::new(KeyFile(directory.join("sealing.key"))),
        notifier: Arc::new(Notifications::default()),
        older_profile: Some(arguments.reach.older_platform_profile.clone()),
        ..Host::default()
    }
}
