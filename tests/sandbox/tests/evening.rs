//! The served sandbox over real sockets: what a client meets in an evening.

mod support;

use std::time::Duration;

use nightmarket_sandbox::jws;
use nightmarket_sandbox::media::tray_at;
use nightmarket_sandbox::serve::{Sandbox, SandboxConfig};
use serde_json::{Value, json};
use support::{Client, Hub, quiet};

/// One intent, tried several times.
const KEY: &str = "1f8b8a52-9a3c-4c0a-8d55-6d1a2b3c4d5e";

fn millis(time: &Value) -> i64 {
    time.as_str().expect("a time").parse::<jiff::Timestamp>().expect("RFC 3339").as_millisecond()
}

#[tokio::test]
async fn a_guest_finds_the_feed_and_what_the_profile_promises() {
    let sandbox = quiet().await;
    let guest = Client::guest(&sandbox);
    let profile = guest.get(&sandbox.venue_url, "/.well-known/ucp").await.json();
    let services = &profile["ucp"]["services"]["app.nightmarket.shopping"][0];
    let endpoint = services["endpoint"].as_str().expect("endpoint");
    let shops = &profile["ucp"]["capabilities"]["app.nightmarket.shopping.feed"][0]["config"]["shops"];
    let (_, domains) = sandbox.domains();
    assert_eq!(shops[0]["domain"], domains[0]);
    assert_eq!(shops[1]["domain"], domains[1]);

    let mut seen = Vec::new();
    let mut path = "/feed?limit=10".to_owned();
    loop {
        let page = guest.get(endpoint, &path).await.json();
        for post in page["posts"].as_array().expect("posts") {
            seen.push(post["id"].as_str().expect("id").to_owned());
        }
        if seen.len() == 10 {
            // A post that comes in above does not shift the pages.
            sandbox
                .control(|world| world.script(&json!({ "do": "post", "room": "mugs", "text": "new" })))
                .expect("post");
        }
        match page["next"].as_str() {
            Some(next) => path = format!("/feed?limit=10&cursor={next}"),
            None => break,
        }
    }
    let distinct: std::collections::BTreeSet<&String> = seen.iter().collect();
    assert_eq!(distinct.len(), seen.len(), "no post twice");
    assert_eq!(seen.len(), 59, "no post missed, and the new one is above");

    let first = guest.get(endpoint, "/feed?limit=2").await.json();
    assert_eq!(first["posts"][1]["live"]["room_id"], "pearls");
    let product = &first["posts"][1]["products"][0];
    assert_eq!(product["shop"], domains[0]);
    let picture = guest.get(product["image_url"].as_str().expect("picture"), "").await;
    assert_eq!((picture.status, picture.header("content-type")), (200, "image/png"));

    let refused =
        guest.post(endpoint, "/likes", &json!({ "id": "1", "post_id": seen[0], "liked": true })).await;
    assert_eq!((refused.status, refused.json()["code"].clone()), (401, json!("token_missing")));
    assert!(refused.header("www-authenticate").starts_with("Bearer"));
    sandbox.stop().await;
}

#[tokio::test]
async fn that_one_becomes_an_offer_for_exactly_that_pearl_and_an_order() {
    let sandbox = quiet().await;
    let ada = Client::shopper(&sandbox, "ada");
    let mut hub = Hub::connect(&ada, &sandbox).await;
    assert_eq!(hub.subscribe_own("shopper:ada").await["recoverable"], true);
    let joined = hub.rpc("room.join", &json!({ "room_id": "pearls" })).await;
    assert_eq!(joined["room"]["status"], "live");
    assert_eq!(joined["lines"].as_array().map(Vec::len), Some(50));
    let position = joined["positions"]["chat:pearls"].clone();
    let reply = hub.subscribe("chat:pearls", Some(&position)).await;
    assert_eq!(reply["recovered"], true, "the snapshot and the stream fit: {reply}");

    // What the picture shows now is eight seconds old.
    let moment_ms = millis(&joined["now"]) - 8_000;
    let meant = tray_at(moment_ms)[2].serial.clone();
    let line = json!({
        "room_id": "pearls", "client_id": "c1", "text": "that one, the third pearl from the left",
        "moment": nightmarket_sandbox::env::rfc3339(moment_ms),
    });
    let sent = hub.rpc("chat.send", &line).await;
    let line_id = sent["line"]["id"].as_str().expect("line").to_owned();
    let again = hub.rpc("chat.send", &line).await;
    assert_eq!((again["duplicate"].clone(), again["line"]["id"].clone()), (json!(true), json!(line_id)));

    let offer = hub.wait(|channel, event| (channel == "shopper:ada").then(|| event["offer"].clone())).await;
    assert_eq!(offer["line_id"], json!(line_id));
    let shop = sandbox.shop_urls[0].as_str();
    let profile = ada.get(shop, "/.well-known/ucp").await.json();
    let keys = profile["signing_keys"].as_array().expect("keys");
    let claims =
        jws::verify(offer["jws"].as_str().expect("jws"), "nm-offer+jwt", keys).expect("signed by the shop");
    assert_eq!((claims["serial"].clone(), claims["aud"].clone()), (json!(meant), json!("ada")));
    let said = hub
        .wait(|channel, event| {
            (channel == "chat:pearls" && event["line"]["reply_to"] == line_id).then(|| event.clone())
        })
        .await;
    assert_eq!(said["line"]["from"]["id"], "host_pearls");

    let endpoint =
        profile["ucp"]["services"]["dev.ucp.shopping"][0]["endpoint"].as_str().expect("endpoint").to_owned();
    let body = json!({ "line_items": [], "app.nightmarket.offer": offer["jws"] });
    let checkout = ada.post(&endpoint, "/checkout-sessions", &body).await;
    assert_eq!(checkout.status, 201, "{}", checkout.text());
    assert_eq!(checkout.json()["line_items"][0]["item"]["price"], claims["price"]);

    let books = sandbox.control(|world| world.books());
    let lines = books["venue"]["rooms"]["pearls"]["chat"]["lines"].as_array().expect("lines").len();
    assert_eq!((lines, books["venue"]["rooms"]["pearls"]["chat"]["duplicates"].clone()), (1, json!(1)));
    assert_eq!(books["script"]["offers"].as_array().map(Vec::len), Some(1));
    sandbox.stop().await;
}

#[tokio::test]
async fn a_lost_answer_is_replayed_and_a_cut_socket_recovers() {
    let sandbox = quiet().await;
    let ada = Client::shopper(&sandbox, "ada");
    let endpoint = format!("{}/nm", sandbox.venue_url);

    let fault = |fault: Value| sandbox.control(|world| world.switch_fault(&fault)).expect("a fault");
    fault(json!({ "target": "venue", "kind": "drop_before", "path_prefix": "/nm/follows" }));
    let body = json!({ "id": "f1", "host_id": "host_pearls", "following": true });
    ada.try_post(&endpoint, "/follows", KEY, &body).await.expect_err("closed before");
    let follows = |books: &Value| books["venue"]["people"]["shoppers"]["ada"]["follows"].clone();
    assert_eq!(follows(&sandbox.control(|world| world.books())), Value::Null);
    fault(json!({ "target": "venue", "kind": "drop_after", "path_prefix": "/nm/follows" }));
    ada.try_post(&endpoint, "/follows", KEY, &body).await.expect_err("lost after");
    assert_eq!(follows(&sandbox.control(|world| world.books())), json!(["host_pearls"]));
    assert_eq!(ada.try_post(&endpoint, "/follows", KEY, &body).await.expect("answered").status, 200);
    let other = json!({ "id": "f2", "host_id": "host_mugs", "following": true });
    let reused = ada.try_post(&endpoint, "/follows", KEY, &other).await.expect("answered");
    assert_eq!((reused.status, reused.json()["code"].clone()), (409, json!("key_reused")));

    fault(json!({ "target": "venue", "kind": "truncate", "path_prefix": "/nm/feed" }));
    ada.try_get(&endpoint, "/feed").await.expect_err("cut in the middle");
    fault(json!({ "target": "venue", "kind": "garbage", "path_prefix": "/nm/feed" }));
    serde_json::from_str::<Value>(&ada.get(&endpoint, "/feed").await.text()).expect_err("no json");
    fault(json!({ "target": "venue", "kind": "status", "status": 503, "retry_after_ms": 1500 }));
    let busy = ada.get(&endpoint, "/feed").await;
    assert_eq!((busy.status, busy.header("retry-after")), (503, "2"));
    assert_eq!(busy.json()["retry_after_ms"], 1500);
    assert_eq!(ada.get(&endpoint, "/feed").await.status, 200);

    let mut hub = Hub::connect(&ada, &sandbox).await;
    let reply = hub.subscribe("room:pearls", None).await;
    let position = json!({ "offset": reply["offset"].as_u64().unwrap_or(0), "epoch": reply["epoch"] });
    fault(json!({ "target": "hub", "kind": "cut", "times": 2 }));
    hub.wait_end().await;
    assert!(Hub::try_connect(&ada, &sandbox).await.is_none(), "the second upgrade is refused");
    sandbox
        .control(|world| world.script(&json!({ "do": "pin", "room": "pearls", "item": "pearl_b004" })))
        .expect("pin");
    let mut hub = Hub::connect(&ada, &sandbox).await;
    let reply = hub.subscribe("room:pearls", Some(&position)).await;
    assert_eq!(reply["recovered"], true);
    assert_eq!(reply["publications"][0]["data"]["pin"]["item"], "pearl_b004");
    sandbox.stop().await;
}

#[tokio::test]
async fn a_drop_is_reminded_of_moved_and_open_early_to_fans() {
    let sandbox = quiet().await;
    let ada = Client::shopper(&sandbox, "ada");
    let endpoint = format!("{}/nm", sandbox.venue_url);
    let mut hub = Hub::connect(&ada, &sandbox).await;
    hub.subscribe_own("shopper:ada").await;
    let wanted = ada.put(&endpoint, "/reminders/drop_mugs", &json!({ "wanted": true })).await.json();
    let drops = ada.get(&endpoint, "/drops").await.json();
    let drop = drops["drops"]
        .as_array()
        .expect("drops")
        .iter()
        .find(|drop| drop["id"] == "drop_mugs")
        .expect("mugs");
    assert_eq!(millis(&wanted["fires_at"]), millis(&drop["opens_at"]) - 300_000);

    sandbox
        .control(|world| {
            world.script(&json!({ "do": "move_drop", "drop_id": "drop_mugs", "by_ms": 600_000 }))
        })
        .expect("moved");
    let kind = |channel: &str, event: &Value| {
        (channel == "shopper:ada" && event["reminder"]["drop_id"] == "drop_mugs")
            .then(|| event["reminder"].clone())
    };
    let moved = hub.wait(kind).await;
    assert_eq!(moved["kind"], "moved");
    assert_eq!(millis(&moved["opens_at"]), millis(&drop["opens_at"]) + 600_000);
    let left = millis(&moved["opens_at"]) - 300_000 - millis(&moved["at"]);
    ada.post(&sandbox.venue_url, "/_control/clock", &json!({ "advance_ms": left })).await;
    assert_eq!(hub.wait(kind).await["kind"], "due");

    let members_only =
        ada.post(&endpoint, "/groups/fans_crystal/proof", &json!({ "shop": sandbox.domains().1[0] })).await;
    assert_eq!(members_only.json()["code"], "members_only");
    assert_eq!(ada.post(&endpoint, "/groups/fans_crystal/join", &json!({})).await.json()["member"], true);
    let proof =
        ada.post(&endpoint, "/groups/fans_crystal/proof", &json!({ "shop": sandbox.domains().1[0] })).await;
    let profile = ada.get(&sandbox.venue_url, "/.well-known/ucp").await.json();
    let keys = profile["signing_keys"].as_array().expect("keys");
    let claims =
        jws::verify(proof.json()["proof"].as_str().expect("jws"), "nm-proof+jwt", keys).expect("signed");
    assert_eq!((claims["group"].clone(), claims["sub"].clone()), (json!("fans_crystal"), json!("ada")));
    assert_eq!(claims["exp"].as_i64().zip(claims["iat"].as_i64()).map(|(exp, iat)| exp - iat), Some(600));
    sandbox.stop().await;
}

#[tokio::test]
async fn https_is_trusted_by_its_own_ca_only() {
    let dir = tempfile::tempdir().expect("a folder");
    let config = SandboxConfig {
        tls: true,
        data: Some(dir.path().into()),
        ambience: false,
        ..SandboxConfig::default()
    };
    let sandbox = Sandbox::start(config).await.expect("starts");
    let pem = std::fs::read(dir.path().join("ca.pem")).expect("ca.pem");
    let trusting = support::client_with_ca(Some(&pem));
    let answer =
        trusting.get(format!("{}/.well-known/ucp", sandbox.venue_url)).send().await.expect("trusted");
    assert_eq!(answer.status(), 200);
    let wary = support::client_with_ca(None);
    wary.get(format!("{}/.well-known/ucp", sandbox.venue_url)).send().await.expect_err("not trusted");
    tokio::time::timeout(Duration::from_secs(5), sandbox.stop()).await.expect("stops");
}
