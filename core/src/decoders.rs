//! Every decoder of bytes from outside, by what they are, for fuzzing and for the test of bad input (`tests/bad_input.rs`).
//!
//! Each goes as far as the service does before it believes anything: text, JSON, types, and what is computed of them.
//! Whatever the bytes are, it returns.

use nightmarket_ucp::adapter::{self, read_checkout, read_order, read_profile};
use nightmarket_ucp::catalog::{ProductDetail, Products};
use nightmarket_ucp::envelope::{self, Answer};
use nightmarket_ucp::negotiate::{choose_version, negotiate};
use nightmarket_ucp::profile::Jwk;
use nightmarket_ucp::{error::read_failure, name, platform};
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use url::Url;

use crate::boxes::draw::Bytes32;
use crate::boxes::wire::{BoxWire, DrawWire, DrawsReply, OpeningReply, OpeningWire};
use crate::channel::machine::Machine;
use crate::channel::machine_io::{Input, Settings, SubscribeOptions};
use crate::channel::{Backoff, protocol};
use crate::chat::wire::{ChatEvent, LinesPage, SendReply};
use crate::drops::wire::{DropsReply, ReminderReply};
use crate::fans::wire::{GroupsReply, ProofClaims, ProofReply};
use crate::feed::wire::FeedPage;
use crate::ids::{ShopDomain, ShopperId};
use crate::inbox::{LiveEvent, ShopperEvent};
use crate::live::wire::{Joined, RoomEvent};
use crate::offers::wire::Claims;
use crate::orders::wire::{OrdersPage, UndoWire};
use crate::ports::HttpResponse;
use crate::returns::wire::{ReturnWire, Returnable};
use crate::time::Timestamp;
use crate::venue::{HubTokens, LiveConfig};
use crate::{api, jws, money, offers, orders, purchase};

/// One kind of bytes.
pub struct Decoder {
    /// What they are; the name of its fuzz target, and of its examples' folder.
    pub name: &'static str,
    /// Decodes them.
    pub run: fn(&[u8]),
}

/// All there are.
pub const ALL: [Decoder; 17] = [
    Decoder { name: "frames", run: frames },
    Decoder { name: "connection", run: connection },
    Decoder { name: "events", run: events },
    Decoder { name: "room", run: room },
    Decoder { name: "feed", run: feed },
    Decoder { name: "catalog", run: catalog },
    Decoder { name: "checkout", run: checkout },
    Decoder { name: "order", run: order },
    Decoder { name: "profile", run: profile },
    Decoder { name: "jws", run: signed },
    Decoder { name: "boxes", run: boxes },
    Decoder { name: "returns", run: returns },
    Decoder { name: "drops", run: drops },
    Decoder { name: "fans", run: fans },
    Decoder { name: "tokens", run: tokens },
    Decoder { name: "errors", run: errors },
    Decoder { name: "words", run: words },
];

/// Runs the decoder of that name.
///
/// # Panics
/// If there is none: a fuzz target of nothing finds nothing.
pub fn run(name: &str, bytes: &[u8]) {
    let decoder = ALL.iter().find(|decoder| decoder.name == name).expect("a decoder of that name");
    (decoder.run)(bytes);
}

/// The time that decoded deadlines are held against, milliseconds.
const NOW: Timestamp = Timestamp(1_795_550_000_000);

fn json<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    api::parse("something from outside", bytes).ok()
}

fn text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok()
}

fn frames(bytes: &[u8]) {
    if let Some(Ok(incoming)) = text(bytes).map(protocol::decode) {
        for each in incoming {
            let _ = each;
        }
    }
}

/// Frames, one a line, into a connection that is in a room and waits for an answer.
fn connection(bytes: &[u8]) {
    let Some(text) = text(bytes) else { return };
    let settings = Settings {
        url: "ws://hub".to_owned(),
        name: "nightmarket".to_owned(),
        version: "1".to_owned(),
        needs_token: false,
        backoff: Backoff::default(),
    };
    let (mut machine, mut now_ms, mut socket) = (Machine::new(settings), 1_000, 1);
    let recoverable = SubscribeOptions { recoverable: true, ..SubscribeOptions::default() };
    let data = RawValue::from_string("{}".to_owned()).expect("an object");
    machine.handle(now_ms, 7, Input::Open);
    machine.handle(now_ms, 7, Input::Subscribe { channel: "room:1".into(), options: recoverable });
    machine.handle(now_ms, 7, Input::SocketOpened(socket));
    let welcome = r#"{"id":1,"connect":{"client":"c","ping":25,"pong":true}}"#;
    machine.handle(now_ms, 7, Input::Frame { socket, text: welcome });
    machine.handle(now_ms, 7, Input::Rpc { call: 1, method: "room.join".to_owned(), data });
    for frame in text.split('\n') {
        machine.handle(now_ms, 7, Input::Frame { socket, text: frame });
        for effect in machine.drain() {
            if let crate::channel::machine_io::Effect::Dial { socket: dialled, .. } = effect {
                socket = dialled;
                machine.handle(now_ms, 7, Input::SocketOpened(socket));
            }
        }
        now_ms += 100;
        if machine.wake_at().is_some_and(|at| at <= now_ms) {
            machine.handle(now_ms, 7, Input::Wake);
        }
    }
    machine.handle(now_ms, 7, Input::Close);
    machine.drain();
}

fn events(bytes: &[u8]) {
    let _ = json::<RoomEvent>(bytes);
    let _ = json::<ChatEvent>(bytes);
    let _ = json::<ShopperEvent>(bytes);
    let _ = json::<LiveEvent>(bytes);
}

fn room(bytes: &[u8]) {
    let _ = json::<Joined>(bytes);
    let _ = json::<LinesPage>(bytes);
    let _ = json::<SendReply>(bytes);
}

fn feed(bytes: &[u8]) {
    let _ = json::<FeedPage>(bytes);
}

fn catalog(bytes: &[u8]) {
    let _ = envelope::parse::<Products>(bytes);
    let _ = envelope::parse::<ProductDetail>(bytes);
    let _ = envelope::parse::<nightmarket_ucp::cart::Cart>(bytes);
}

fn checkout(bytes: &[u8]) {
    let Ok(Answer::Success(checkout)) = read_checkout(bytes) else { return };
    let _ = checkout.next();
    let _ = checkout.verify_totals();
    checkout.disclosures().for_each(drop);
    let digest =
        purchase::digest::of_quote(&ShopDomain::from("pearls.example"), &checkout, "handler", "ins_1");
    assert_eq!(digest.hex.len(), 64);
}

fn order(bytes: &[u8]) {
    if let Ok(Answer::Success(order)) = read_order(bytes) {
        let _ = orders::policy::stage(&order);
        let _ = orders::policy::total(&order);
    }
    let _ = json::<OrdersPage>(bytes);
    let _ = json::<UndoWire>(bytes);
}

fn profile(bytes: &[u8]) {
    let Ok((profile, dialect)) = read_profile(bytes) else { return };
    let _ = choose_version(&profile, &name::SPOKEN);
    let negotiated = negotiate(&profile.ucp, &platform::understood(), &platform::requirements());
    for own in [name::BOUND_COMPLETE, name::LIVE, name::FEED] {
        let config = negotiated.get(own).and_then(|capability| capability.config.as_ref());
        let _ = config.map(|config| serde_json::from_value::<LiveConfig>(config.clone().into()).is_ok());
    }
    let _ = profile.rest_endpoint(name::SHOPPING);
    // What was read is kept, and read again from there.
    let kept = api::to_json(&profile);
    assert!(dialect == adapter::Dialect::Legacy || read_profile(kept.as_bytes()).is_ok(), "{kept}");
}

fn signed(bytes: &[u8]) {
    let Some(text) = text(bytes) else { return };
    for typ in ["nm-offer+jwt", "nm-proof+jwt", "nm-draw+jwt"] {
        let Ok(parts) = jws::parse(text, typ, "a signature") else { continue };
        let _ = parts.issuer();
        let key = r#"{"kid":"k","kty":"EC","crv":"P-256","x":"t6k6I5OdIWBeF2EPTSXDMXwJRRPJ5GB5PlbwFv23yi0","y":"Y8RqBanB_Sv6QB98Z-7w1QJr43LrjATtOIeh5-rUUT0"}"#;
        let key: Jwk = serde_json::from_str(key).expect("a key");
        let _ = parts.verify::<Claims>(Some(&key));
    }
    if let Some(claims) = json::<Claims>(bytes) {
        let _ = offers::policy::judge(&claims, &ShopperId::from("shopper_1"), true, NOW);
    }
    let _ = json::<ProofClaims>(bytes);
}

fn boxes(bytes: &[u8]) {
    if let Some(each) = json::<BoxWire>(bytes) {
        let _ = each.terms.bound();
        let _ = each.checked(&ShopDomain::from("cards.example"));
    }
    let _ = json::<OpeningWire>(bytes);
    let _ = json::<OpeningReply>(bytes);
    let draws = json::<DrawsReply>(bytes).map(|reply| reply.draws).unwrap_or_default();
    for draw in draws.into_iter().chain(json::<DrawWire>(bytes)) {
        let seed = draw.server_seed.unwrap_or(Bytes32([7; 32]));
        let _ = draw.binding.commitment(&seed);
        let _ = draw.binding.outcome(&seed, &draw.client_seed.unwrap_or(Bytes32([9; 32])));
    }
}

fn returns(bytes: &[u8]) {
    if let Some(said) = json::<ReturnWire>(bytes) {
        let _ = said.money.paid_back();
    }
    if let Some(returnable) = json::<Returnable>(bytes) {
        for line in &returnable.lines {
            let _ = (line.left(), line.is_eligible(NOW));
        }
    }
}

fn drops(bytes: &[u8]) {
    let _ = json::<DropsReply>(bytes);
    let _ = json::<ReminderReply>(bytes);
}

fn fans(bytes: &[u8]) {
    let _ = json::<GroupsReply>(bytes);
    let _ = json::<ProofReply>(bytes);
}

fn tokens(bytes: &[u8]) {
    let _ = json::<HubTokens>(bytes);
    let _ = json::<LiveConfig>(bytes);
}

fn errors(bytes: &[u8]) {
    let _ = read_failure(bytes);
    let url = Url::parse("https://shop.example/nm/orders").expect("an address");
    for status in [200, 400, 401, 403, 404, 409, 429, 500, 503] {
        let headers = vec![("retry-after".to_owned(), String::from_utf8_lossy(bytes).into_owned())];
        let answer = HttpResponse { status, headers, body: bytes.to_vec() };
        if let Err(error) = api::success(&url, answer) {
            let _ = (error.code(), error.is_retryable(), error.to_string());
        }
    }
}

/// Times, amounts and addresses, as they stand alone.
fn words(bytes: &[u8]) {
    let Some(text) = text(bytes) else { return };
    let _ = serde_json::from_value::<Timestamp>(text.into());
    let _ = text.parse::<money::Money>();
    let _ = text.parse::<money::Currency>();
    let _ = crate::origin::Origin::parse(text);
    let _ = Bytes32::parse(text);
}
