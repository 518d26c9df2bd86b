use std::rc::Rc;

use super::testbed::{Bed, DOMAIN, ITEM, show, trusting, wanted};
use super::*;
use crate::Shopper;
use crate::live::Pin;
use crate::ports::Clock as _;
use crate::testing;

fn pin(id: &str, item: &str) -> Pin {
    Pin {
        id: PinId::new(id),
        shop: DOMAIN.into(),
        item: item.into(),
        title: "Tin".to_owned(),
        price: "18USD".parse().unwrap(),
        image_url: None,
        moment: crate::Timestamp(testing::START_MS),
    }
}

/// The room shows this to so many.
async fn pinned(purchases: &Purchases, pin: Option<Pin>, viewers: u64) {
    let told = move |service: Rc<Service>| async move {
        service.pinned(&"room_1".into(), pin.as_ref(), viewers);
        Ok(())
    };
    purchases.0.call(told).await.unwrap();
}

async fn ready_quotes(purchases: &Purchases) -> Vec<EarlyQuote> {
    purchases.early().await.unwrap().borrow().clone()
}

/// A shopper who trusts the shop and has nothing open there.
async fn trusted(bed: &Rc<Bed>) -> Shopper {
    let shopper = bed.open().await;
    trusting(bed, &shopper.purchase()).await;
    shopper.close().await;
    bed.clock.sleep(1_000).await;
    let shopper = bed.open().await;
    // The profile is at hand: what was read of the shop before is in the cache.
    shopper.purchase().policy().await.unwrap();
    shopper
}

#[test]
fn a_pin_is_ready_before_its_card_is_opened_and_a_tap_is_one_request() {
    testing::run(async {
        let bed = Bed::that_takes_early(5);
        let shopper = trusted(&bed).await;
        let purchases = shopper.purchase();
        let (made, sent) = (bed.creates().len(), bed.sent.borrow().len());
        pinned(&purchases, Some(pin("p1", ITEM)), 5).await;
        bed.clock.sleep(1).await;
        let early = ready_quotes(&purchases).await;
        assert_eq!((early.len(), early[0].pin.as_str(), bed.creates().len()), (1, "p1", made + 1));
        assert_eq!(early[0].quoted.decision, Decision::OneTap);
        // What the shopper would notice: nothing.
        {
            let shop = bed.shop.borrow();
            let books = shop.books();
            assert!(books.attempts.is_empty() && books.messages.is_empty() && books.holds.is_empty());
        }
        assert!(bed.sent.borrow().len() > sent);
        let sent = bed.sent.borrow().len();
        // The room says it again, as it does: nothing new.
        pinned(&purchases, Some(pin("p1", ITEM)), 6).await;
        bed.clock.sleep(1_000).await;
        let quoted = purchases.quote(wanted()).await.unwrap();
        assert_eq!(
            (quoted.quote.key.clone(), bed.sent.borrow().len()),
            (early[0].quoted.quote.key.clone(), sent)
        );
        show(&bed, &purchases, &quoted).await;
        let quote = &quoted.quote;
        let tapped = purchases.tap(quote.key.clone(), quote.digest.clone(), 1_000).await.unwrap();
        let TapResult::Started(id) = tapped else { panic!("{tapped:?}") };
        assert_eq!(purchases.outcome(id).await.unwrap().state.code(), "placed");
        assert_eq!((bed.sent.borrow().len(), bed.charges()), (sent + 1, 1));
        assert!(ready_quotes(&purchases).await.is_empty());
    });
}

#[test]
fn what_lay_ready_for_long_is_read_again_when_it_is_opened() {
    testing::run(async {
        let bed = Bed::that_takes_early(5);
        let shopper = trusted(&bed).await;
        let purchases = shopper.purchase();
        pinned(&purchases, Some(pin("p1", ITEM)), 5).await;
        bed.clock.sleep(1).await;
        let early = ready_quotes(&purchases).await;
        bed.clock.sleep(61_000).await;
        bed.shop.borrow_mut().set_price(ITEM, 1_700, i64::MAX);
        let made = bed.creates().len();
        let quoted = purchases.quote(wanted()).await.unwrap();
        assert_eq!((&quoted.quote.key, bed.creates().len()), (&early[0].quoted.quote.key, made));
        assert_ne!(quoted.quote.digest, early[0].quoted.quote.digest);
    });
}

#[test]
fn a_quote_prepared_before_an_answer_is_opened_with_it() {
    testing::run(async {
        let bed = Bed::that_takes_early(5);
        let shopper = trusted(&bed).await;
        let purchases = shopper.purchase();
        let other = purchases.quote(BuyRequest::of(DOMAIN.into(), "mochi".into(), 1)).await.unwrap();
        pinned(&purchases, Some(pin("p1", ITEM)), 5).await;
        bed.clock.sleep(1).await;
        let early = ready_quotes(&purchases).await;
        let no = Choice::Consent { kind: ConsentKind::Marketing, granted: false };
        purchases.choose(other.quote.key.clone(), no).await.unwrap();
        let quoted = purchases.quote(wanted()).await.unwrap();
        assert_eq!(quoted.quote.key, early[0].quoted.quote.key);
        assert_eq!(quoted.decision, Decision::OneTap);
        let marketing = quoted.quote.consents.iter().find(|asked| asked.kind == ConsentKind::Marketing);
        assert_eq!(marketing.and_then(|asked| asked.answer), Some(false));
        let shop = bed.shop.borrow();
        let said = shop.books().consents.last().unwrap();
        assert_eq!(said.checkout_id, quoted.quote.key.id.as_str());
    });
}

#[test]
fn a_pin_that_is_gone_takes_its_quote_along_unless_it_was_opened() {
    testing::run(async {
        let bed = Bed::that_takes_early(5);
        let shopper = trusted(&bed).await;
        let purchases = shopper.purchase();
        pinned(&purchases, Some(pin("p1", ITEM)), 5).await;
        bed.clock.sleep(1).await;
        let dropped = ready_quotes(&purchases).await.remove(0).quoted.quote;
        pinned(&purchases, Some(pin("p2", "mochi")), 5).await;
        bed.clock.sleep(1).await;
        let now = ready_quotes(&purchases).await;
        assert_eq!((now.len(), now[0].pin.as_str()), (1, "p2"));
        let gone = purchases.tap(dropped.key.clone(), dropped.digest.clone(), 1_000).await.unwrap_err();
        assert_eq!(gone.code(), "not_found");
        let opened = purchases.quote(BuyRequest::of(DOMAIN.into(), "mochi".into(), 1)).await.unwrap();
        pinned(&purchases, None, 0).await;
        assert!(ready_quotes(&purchases).await.is_empty());
        assert_eq!(
            purchases.refresh(opened.quote.key.clone()).await.unwrap().quote.digest,
            opened.quote.digest
        );
    });
}

#[test]
fn nothing_is_sent_where_it_is_not_wanted() {
    testing::run(async {
        for (per_second, viewers, threshold, foreground, online) in [
            (0, 1, "60USD", true, true),
            (5, 6, "60USD", true, true),
            (5, 0, "60USD", true, true),
            (5, 5, "18USD", true, true),
            (5, 5, "60CNY", true, true),
            (5, 5, "60USD", false, true),
            (5, 5, "60USD", true, false),
        ] {
            let bed = Bed::that_takes_early(per_second);
            let shopper = trusted(&bed).await;
            let purchases = shopper.purchase();
            purchases.switch_off("USD".parse().unwrap()).await.unwrap();
            purchases.set_threshold(threshold.parse().unwrap()).await.unwrap();
            purchases.set_online(online).await.unwrap();
            if !foreground {
                shopper.background().await.unwrap();
            }
            let sent = bed.sent.borrow().len();
            pinned(&purchases, Some(pin("p1", ITEM)), viewers).await;
            bed.clock.sleep(3_600_000).await;
            assert_eq!(
                bed.sent.borrow().len(),
                sent,
                "{per_second} {viewers} {threshold} {foreground} {online}"
            );
            if !foreground {
                // Back in front, what is still pinned is prepared.
                shopper.foreground().await.unwrap();
                bed.clock.sleep(1).await;
                assert_eq!(ready_quotes(&purchases).await.len(), 1);
            }
            shopper.close().await;
        }
    });
}

#[test]
fn a_pin_replaced_before_its_turn_sends_nothing_and_neither_does_the_background() {
    testing::run(async {
        let bed = Bed::that_takes_early(20);
        let shopper = trusted(&bed).await;
        let purchases = shopper.purchase();
        let sent = bed.sent.borrow().len();
        // A window of days: its turn does not come within the second.
        pinned(&purchases, Some(pin("p1", ITEM)), 10_000_000).await;
        bed.clock.sleep(1_000).await;
        pinned(&purchases, None, 10_000_000).await;
        bed.clock.sleep(60 * 24 * 3_600_000).await;
        pinned(&purchases, Some(pin("p2", ITEM)), 10_000_000).await;
        shopper.background().await.unwrap();
        bed.clock.sleep(60 * 24 * 3_600_000).await;
        assert_eq!(bed.sent.borrow().len(), sent);
    });
}

#[test]
fn what_the_shopper_opened_never_gives_way_to_a_pin() {
    testing::run(async {
        let bed = Bed::that_takes_early(5);
        let shopper = trusted(&bed).await;
        let purchases = shopper.purchase();
        let mut opened = Vec::new();
        for _ in 0..3 {
            opened.push(purchases.quote(wanted()).await.unwrap().quote.key.clone());
        }
        let made = bed.creates().len();
        pinned(&purchases, Some(pin("p1", "mochi")), 5).await;
        bed.clock.sleep(1_000).await;
        assert_eq!((ready_quotes(&purchases).await.len(), bed.creates().len()), (0, made));
        for key in opened {
            purchases.refresh(key).await.unwrap();
        }
        // And a pin's quote gives way to what the shopper opens.
        let bed = bed.beside(99);
        let shopper = trusted(&bed).await;
        let purchases = shopper.purchase();
        pinned(&purchases, Some(pin("p1", "mochi")), 5).await;
        bed.clock.sleep(1).await;
        assert_eq!(ready_quotes(&purchases).await.len(), 1);
        for _ in 0..3 {
            purchases.quote(wanted()).await.unwrap();
        }
        assert!(ready_quotes(&purchases).await.is_empty());
    });
}

/// A hundred phones see one pin: what reaches the shop, by its own books.
#[test]
fn many_phones_at_one_pin_stay_under_the_shops_rate() {
    const PHONES: u64 = 100;
    testing::run(async {
        let bed = Bed::that_takes_early(20);
        let mut phones = Vec::new();
        for seed in 0..PHONES {
            let phone = bed.beside(1_000 * seed);
            phones.push(trusted(&phone).await);
        }
        let before = bed.creates().len();
        for phone in &phones {
            pinned(&phone.purchase(), Some(pin("p1", ITEM)), PHONES).await;
        }
        bed.clock.sleep(22_000).await;
        let made = bed.creates().split_off(before);
        let peak =
            made.iter().map(|at| made.iter().filter(|other| (*at..*at + 1_000).contains(other)).count());
        let peak = peak.max().unwrap();
        assert!(made.len() == 100 && peak <= 20 && peak > 1, "{peak} in a second of {}", made.len());
    });
}
