//! Boxes opened on air, and draws that a phone can check.

use super::*;
use crate::catalog::Content;
use crate::shop::bound::hex;
use crate::shop::draws::{Binding, Words, unhex};

fn binding(value: &Value) -> Binding {
    let small = |value: &Value| u32::try_from(value.as_u64().expect("an integer")).expect("32 bits");
    let rows = |list: &Value, count: &str| -> Vec<(String, u32)> {
        list.as_array()
            .expect("a list")
            .iter()
            .map(|row| (text(&row["content"]), small(&row[count])))
            .collect()
    };
    Binding {
        shop: text(&value["shop"]),
        box_id: text(&value["box_id"]),
        draw_id: text(&value["draw_id"]),
        order_id: text(&value["order_id"]),
        series: text(&value["series"]),
        nonce: value["nonce"].as_u64().expect("an integer"),
        odds: rows(&value["odds"], "weight"),
        pity: (!value["pity"].is_null())
            .then(|| (small(&value["pity"]["after"]), text(&value["pity"]["content"]))),
        pity_counter: small(&value["pity_counter"]),
        stock: (!value["stock"].is_null())
            .then(|| (text(&value["stock"]["snapshot_id"]), rows(&value["stock"]["remaining"], "count"))),
    }
}

#[test]
fn the_draws_are_the_contracts() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../core/contract/vectors/draw.json");
    let vectors: Value =
        serde_json::from_str(&std::fs::read_to_string(file).expect("the vectors")).expect("JSON");
    let vectors = vectors["vectors"].as_array().expect("a list");
    assert!(vectors.len() > 40);
    for vector in vectors {
        let binding = binding(&vector["binding"]);
        let seed = |name: &str| unhex(&text(&vector[name])).expect("32 bytes");
        assert_eq!(json!(hex(&binding.bytes())), vector["binding_bytes"], "{}", vector["name"]);
        assert_eq!(
            json!(binding.commitment(&seed("server_seed"))),
            vector["commitment"],
            "{}",
            vector["name"]
        );
        let outcome = binding.outcome(&seed("server_seed"), &seed("client_seed"));
        assert_eq!(json!(outcome), vector["outcome"], "{}", vector["name"]);
        // No vector's outcome depends on a rejected word, its point does.
        if vector["how"]["by"] == "odds" {
            let sum = binding.odds.iter().map(|(_, weight)| u64::from(*weight)).sum();
            let mut words = Words::new(&seed("server_seed"), &seed("client_seed"), binding.nonce);
            assert_eq!(json!(words.uniform(sum)), vector["how"]["point"], "{}", vector["name"]);
        }
    }
}

#[test]
fn a_draw_is_committed_before_the_phone_chooses_and_verifies_after() {
    let mut stall = Stall::studio().signed_in("ada");
    let order = stall.buy("lucky_box", 2);
    let ask = json!({ "order_id": order, "box_id": "box_lucky" });
    let draw = stall.post("/nm/draws", &ask).body_json();
    assert_eq!((&draw["state"], draw.get("server_seed")), (&json!("committed"), None));
    let path = format!("/nm/draws/{}", text(&draw["draw_id"]));
    let seed = "11".repeat(32);
    let revealed = stall.post(&format!("{path}/client_seed"), &json!({ "client_seed": seed })).body_json();
    let server = unhex(&text(&revealed["server_seed"])).expect("32 bytes");
    let bound = binding(&draw["binding"]);
    assert_eq!(json!(bound.commitment(&server)), draw["commitment"]);
    assert_eq!(json!(bound.outcome(&server, &unhex(&seed).expect("32 bytes"))), revealed["outcome"]);
    let again = stall.post(&format!("{path}/client_seed"), &json!({ "client_seed": seed })).body_json();
    assert_eq!(again["outcome"], revealed["outcome"]);
    let other = stall.post(&format!("{path}/client_seed"), &json!({ "client_seed": "22".repeat(32) }));
    assert_eq!((other.status, &other.body_json()["code"]), (409, &json!("client_seed_fixed")));

    let late = stall.post("/nm/draws", &ask).body_json();
    assert_eq!(stall.post("/nm/draws", &ask).body_json()["code"], "no_draw_left");
    stall.pass(3 * MINUTE);
    let path = format!("/nm/draws/{}", text(&late["draw_id"]));
    let expired = stall.get(&path);
    assert_eq!((&expired["state"], expired["server_seed"].is_string()), (&json!("expired"), true));
    let refused = stall.post(&format!("{path}/client_seed"), &json!({ "client_seed": seed }));
    assert_eq!(refused.body_json()["code"], "draw_expired");
    let third = stall.post("/nm/draws", &ask).body_json();
    assert_eq!((&third["state"], &third["binding"]["nonce"]), (&json!("committed"), &json!(2)));
    let listed = stall.get("/nm/draws?box_id=box_lucky");
    let nonces: Vec<u64> = listed["draws"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|draw| draw["binding"]["nonce"].as_u64())
        .collect();
    assert_eq!(nonces, [0, 1, 2], "no gap");
    let undo = stall.post(&format!("/nm/orders/{order}/cancel"), &json!({}));
    assert_eq!(undo.body_json()["state"], "too_late", "a drawn box cannot be undone");
    assert_eq!(stall.get(&format!("/nm/orders/{order}/returnable"))["lines"][0]["reasons"], json!([]));
}

#[test]
fn bad_luck_ends() {
    let mut stall = Stall::studio().signed_in("ada");
    let order = stall.buy("lucky_box", 60);
    let mut since = 0;
    for _ in 0..60 {
        let draw = stall.post("/nm/draws", &json!({ "order_id": order, "box_id": "box_lucky" })).body_json();
        assert_eq!(draw["binding"]["pity_counter"], since);
        let path = format!("/nm/draws/{}/client_seed", text(&draw["draw_id"]));
        let out = stall.post(&path, &json!({ "client_seed": "ab".repeat(32) })).body_json();
        since = if out["outcome"] == "lucky_dragon" { 0 } else { since + 1 };
        assert!(since <= 20);
    }
}

#[test]
fn a_finite_set_runs_out_and_has_one_draw_open_at_a_time() {
    let mut catalog = studio_shop(START);
    let set = catalog.boxes.iter_mut().find(|each| each.digital).expect("a digital box");
    set.pity = None;
    for (content, left) in set.contents.iter_mut().zip([2, 1, 0, 0]) {
        *content = Content { remaining: Some(left), ..content.clone() };
    }
    let mut stall = Stall::new(catalog).signed_in("ada");
    let order = stall.buy("lucky_box", 3);
    let ask = json!({ "order_id": order, "box_id": "box_lucky" });
    let mut drawn = vec![];
    for _ in 0..3 {
        let draw = stall.post("/nm/draws", &ask).body_json();
        let path = format!("/nm/draws/{}/client_seed", text(&draw["draw_id"]));
        if drawn.is_empty() {
            let wait = stall.post("/nm/draws", &ask);
            assert_eq!((wait.status, &wait.body_json()["code"]), (409, &json!("draw_open")));
        }
        let out = stall.post(&path, &json!({ "client_seed": "cd".repeat(32) })).body_json();
        drawn.push(text(&out["outcome"]));
    }
    drawn.sort();
    assert_eq!(drawn, ["lucky_clover", "lucky_clover", "lucky_lantern"]);
}

#[test]
fn boxes_are_opened_in_the_order_they_came() {
    let mut stall = Stall::studio().signed_in("ada");
    let adas = stall.buy("pony_box", 1);
    let odds = stall.get("/nm/boxes/box_pony");
    assert_eq!(
        (&odds["kind"], &odds["age"]),
        (&json!("opened_on_air"), &json!({ "min": 8, "consent_under": 18 }))
    );
    stall.bearer = Some("token:bo".into());
    let bos = stall.buy("pony_box", 2);
    let ask = |order: &str| json!({ "order_id": order, "box_id": "box_pony" });
    let first = stall.post("/nm/boxes/openings", &ask(&bos)).body_json();
    assert_eq!(stall.post("/nm/boxes/openings", &ask(&adas)).status, 404, "another's order");
    stall.bearer = Some("token:ada".into());
    let second = stall.post("/nm/boxes/openings", &ask(&adas)).body_json();
    assert_eq!((&first["position"], &second["position"]), (&json!(1), &json!(2)));
    let again = stall.post("/nm/boxes/openings", &ask(&adas)).body_json();
    assert_eq!(again["opening_id"], second["opening_id"], "queued once");
    assert_eq!(stall.shop.queued_openings().len(), 2);
    let opening = stall.shop.open_next("box_pony").expect("one waits");
    assert_eq!(
        (&opening["id"], &opening["state"], opening.get("order_id")),
        (&first["opening_id"], &json!("opening"), None)
    );
    let mut env = Env { now_ms: stall.now_ms, ids: &mut stall.ids };
    let id = text(&opening["id"]);
    let opened = stall.shop.opened(&mut env, &id, "2026-11-24T20:31:12.480Z").expect("it is being opened");
    assert!(stall.shop.opened(&mut env, &id, "2026-11-24T20:31:12.480Z").is_none(), "once");
    let content = &opened["content"]["item"];
    assert!(odds["odds"].as_array().expect("odds").iter().any(|each| each["content"] == *content));
    let adas_opening = format!("/nm/boxes/openings/{}", text(&second["opening_id"]));
    assert_eq!(stall.get(&adas_opening)["position"], 1, "moved up");
    assert_eq!(stall.get(&adas_opening)["order_id"], adas);
}
