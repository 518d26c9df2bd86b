//! "That one, the third from the left": the pearl that was on the shopper's screen, however late their picture is.

#![allow(clippy::disallowed_methods, reason = "an app around the core may do what the core may not")]
#![allow(dead_code, reason = "not all that is shared is used here")]

mod support;

use nightmarket::Timestamp;
use nightmarket::chat::Spot;
use nightmarket::offers::OfferState;
use nightmarket_sandbox::media::tray::tray_at;
use support::{SOON, sandbox, script, shopper};

const NTH: [&str; 6] = ["first", "second", "third", "fourth", "fifth", "sixth"];

#[tokio::test(flavor = "multi_thread")]
async fn the_pearl_on_the_screen_is_offered_and_wall_time_would_be_another() {
    let sandbox = sandbox().await;
    script(&sandbox, &serde_json::json!({"do": "go_live", "room": "pearls"}));
    let mut promised = Vec::new();
    // Pointed at by words, and by a finger; two seconds late, and twelve.
    for (name, late_ms, by_spot) in [("ada", 2_000, false), ("bob", 12_000, false), ("eve", 12_000, true)] {
        let directory = tempfile::tempdir().unwrap();
        let shopper = shopper(&sandbox, directory.path(), name).await;
        let room = shopper.live().join("pearls".into()).await.unwrap();
        let mut offers = shopper.offers().list().await.unwrap();
        let now = sandbox.control(|world| world.now_ms());
        let seen = now - late_ms;
        room.shown(Timestamp(seen)).await.unwrap();
        // One pearl is promised to one shopper only: each wants another.
        let tray = tray_at(seen);
        let free = |place: &usize| !promised.contains(&tray[*place].serial);
        let place = (0..tray.len()).rev().find(free).expect("six lie open");
        let (on_screen, by_wall_time) = (tray[place].clone(), tray_at(now)[place].clone());
        assert_ne!(on_screen.serial, by_wall_time.serial, "else this shows nothing");
        let (text, spot) = if by_spot {
            ("that one".to_owned(), Some(Spot { x: on_screen.x, y: on_screen.y }))
        } else {
            (format!("that one, the {} from the left", NTH[place]), None)
        };
        room.chat().point_at(Timestamp(seen), &text, spot).await.unwrap();
        let wait = async {
            let mut list: Vec<std::sync::Arc<nightmarket::offers::Offer>> = Vec::new();
            loop {
                if let Some(offer) = list.iter().find(|offer| offer.state == OfferState::Valid) {
                    break offer.clone();
                }
                offers.next_batch().await.unwrap().into_iter().for_each(|diff| diff.apply(&mut list));
            }
        };
        let offer = tokio::time::timeout(SOON, wait).await.expect("the host offers it");
        let terms = offer.terms.clone().unwrap();
        assert_eq!(terms.serial.as_deref(), Some(on_screen.serial.as_str()), "{name}, {late_ms} ms late");
        assert_eq!(terms.moment, Timestamp(seen));
        assert!(shopper.offers().left_ms(offer.id.clone()).await.unwrap() > 0);
        promised.push(on_screen.serial);
        shopper.close().await;
    }
}
