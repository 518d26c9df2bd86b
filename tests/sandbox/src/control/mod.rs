//! `/_control`: the clock, faults, the script, tokens and books, for tests in any language.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::env::rfc3339;
use crate::http::{Request, Response};
use crate::media::tray;
use crate::script::pearl_price;
use crate::tokens;
use crate::venue::evening::HOSTS;
use crate::venue::words::Card;
use crate::world::{Target, World};

/// What there is.
const KNOWN: &str = "see bank, books, clock, faults, heal, rooms, script, tokens and tray";
/// How long a token lives if nothing is said.
const TOKEN_MS: i64 = 24 * 3_600_000;

#[derive(Deserialize)]
struct ClockBody {
    advance_ms: i64,
}

#[derive(Deserialize)]
struct TrayBody {
    behind_ms: Option<i64>,
}

#[derive(Deserialize)]
struct BankBody {
    continue_url: String,
    answer: String,
}

#[derive(Deserialize)]
struct TokenBody {
    shopper: String,
    expires_in_ms: Option<i64>,
}

/// Answers a request below `/_control`.
pub fn handle(world: &mut World, request: &Request) -> Response {
    let segments = request.segments();
    let outcome = match (request.method.as_str(), &segments[1..]) {
        ("GET", ["clock"]) => Ok(clock(world)),
        ("POST", ["clock"]) => move_clock(world, request),
        ("GET", ["faults"]) => Ok(Response::json(200, &world.faults.to_json())),
        ("POST", ["faults"]) => switch_fault(world, request),
        ("DELETE", ["faults"]) | ("POST", ["heal"]) => {
            world.clear_faults();
            Ok(Response::json(200, &json!({})))
        }
        ("GET", ["books"]) => Ok(Response::json(200, &world.books())),
        ("GET", ["rooms"]) => Ok(Response::json(200, &rooms(world))),
        ("POST", ["script"]) => run_script(world, request),
        ("POST", ["tokens"]) => mint(world, request),
        ("GET", ["tray"]) => Ok(tray_of(world, None)),
        ("POST", ["tray"]) => request.json().map(|body: TrayBody| tray_of(world, body.behind_ms)),
        ("POST", ["bank"]) => answer_bank(world, request),
        _ => Err(Response::error(404, "not_found", KNOWN)),
    };
    outcome.unwrap_or_else(|refusal| refusal)
}

/// A page for the people behind the sandbox: `/host` or `/courier`.
pub(crate) fn page(name: &str) -> Option<Response> {
    let html = match name {
        "host" => include_str!("../../pages/host.html"),
        "courier" => include_str!("../../pages/courier.html"),
        _ => return None,
    };
    Some(Response::bytes(200, "text/html; charset=utf-8", html.as_bytes().to_vec()))
}

/// Every room with its host and what it sells, for the host's page.
fn rooms(world: &World) -> Value {
    let rooms: Vec<Value> = HOSTS
        .iter()
        .map(|host| {
            let wares: Vec<Value> =
                world.venue().wares(host.key).iter().map(|card| ware(world, card)).collect();
            let status = if world.venue().is_live(host.key) { "live" } else { "off air" };
            json!({ "id": host.key, "name": host.name.0, "status": status, "wares": wares })
        })
        .collect();
    json!({ "rooms": rooms })
}

fn ware(world: &World, card: &Card) -> Value {
    let mut out = card.to_json();
    out["shop_at"] = json!(world.shops().iter().position(|shop| shop.domain() == card.shop));
    out
}

fn clock(world: &World) -> Response {
    let now_ms = world.now_ms();
    let moment_ms = now_ms - world.venue().config().latency_ms;
    let clock = json!({ "now": rfc3339(now_ms), "now_ms": now_ms, "moment_ms": moment_ms, "offset_ms": world.offset_ms() });
    Response::json(200, &clock)
}

/// The pearls that a player so far behind shows now, from the left, with what an offer of each would cost.
fn tray_of(world: &World, behind_ms: Option<i64>) -> Response {
    let moment_ms = world.now_ms() - behind_ms.unwrap_or(world.venue().config().latency_ms);
    let pearls: Vec<Value> = tray::tray_at(moment_ms)
        .iter()
        .map(|pearl| {
            json!({ "serial": pearl.serial, "x": pearl.x, "y": pearl.y, "price": pearl_price(pearl.look) })
        })
        .collect();
    Response::json(200, &json!({ "moment_ms": moment_ms, "pearls": pearls }))
}

/// The buyer at `continue_url` presses one of the two buttons.
fn answer_bank(world: &mut World, request: &Request) -> Result<Response, Response> {
    let BankBody { continue_url, answer } = request.json()?;
    let unfit = |why: &str| Err(Response::error(400, "invalid_body", why));
    if !matches!(answer.as_str(), "approve" | "refuse") {
        return unfit("the answer is approve or refuse");
    }
    let at = world.shops().iter().position(|shop| continue_url.contains(&format!("://{}/", shop.domain())));
    let Some((at, path)) = at.zip(continue_url.splitn(4, '/').nth(3)) else {
        return unfit("this is no page of a shop");
    };
    let press =
        Request { method: "POST".to_owned(), path: format!("/{path}/{answer}"), ..Request::default() };
    let page = world.handle(Target::Shop(at), world.now_ms, &press);
    if page.status != 200 {
        return Err(Response::error(page.status, "not_done", "nothing waits for the buyer there"));
    }
    Ok(Response::json(200, &json!({})))
}

fn move_clock(world: &mut World, request: &Request) -> Result<Response, Response> {
    let ClockBody { advance_ms } = request.json()?;
    if advance_ms < 0 {
        return Err(Response::error(400, "invalid_body", "the clock goes forward only"));
    }
    world.move_clock(advance_ms);
    Ok(clock(world))
}

fn switch_fault(world: &mut World, request: &Request) -> Result<Response, Response> {
    let order: Value = request.json()?;
    world.switch_fault(&order).map_err(|error| Response::error(400, "invalid_body", &error.to_string()))?;
    Ok(Response::json(200, &world.faults.to_json()))
}

fn run_script(world: &mut World, request: &Request) -> Result<Response, Response> {
    let order: Value = request.json()?;
    let done =
        world.script(&order).map_err(|error| Response::error(400, "invalid_body", &error.to_string()))?;
    Ok(Response::json(200, &done))
}

fn mint(world: &mut World, request: &Request) -> Result<Response, Response> {
    let TokenBody { shopper, expires_in_ms } = request.json()?;
    let expires_at_ms = world.now_ms + expires_in_ms.unwrap_or(TOKEN_MS);
    let token = tokens::mint(&shopper, expires_at_ms, &mut world.ids);
    if tokens::shopper_of(&token, i64::MIN).is_err() {
        return Err(Response::error(400, "invalid_body", "a shopper's name is 1 to 64 of a-z, 0-9, - _ ."));
    }
    Ok(Response::json(200, &json!({ "token": token, "expires_at": rfc3339(expires_at_ms) })))
}
