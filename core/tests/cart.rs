//! Carts over real sockets and files at both of the sandbox's shops: several lines and one purchase, a kill in the middle, a
//! copy that expired, what is sold out, a shop without carts, and what is looked at.

#![expect(clippy::disallowed_methods, reason = "over real sockets the test waits in real time")]

#[expect(dead_code, reason = "it has what the tests of single purchases need as well")]
mod host_app;

use host_app::HostApp;
use nightmarket::cart::{Basis, Cart, CartState, Carts, LineTrouble, Looked};
use nightmarket::ids::{ItemId, ShopDomain};
use nightmarket::purchase::quote::Standing;
use nightmarket::purchase::{BuyRequest, Decision, Quote, Rendered, TapResult};
use nightmarket::{Error, Shopper};
use nightmarket_sandbox::serve::{Sandbox, SandboxConfig};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

const SOON: Duration = Duration::from_secs(20);
/// The snack shop's, which says prices in US dollars and taxes them.
const SNACKS: usize = 1;
const STUDIO: usize = 0;

struct Evening {
    sandbox: Sandbox,
    directory: tempfile::TempDir,
}

impl Evening {
    async fn start(seed: u64) -> Self {
        let config = SandboxConfig { seed: Some(seed), ambience: false, ..SandboxConfig::default() };
        Self { sandbox: Sandbox::start(config).await.unwrap(), directory: tempfile::tempdir().unwrap() }
    }

    async fn open(&self) -> Shopper {
        open_at(&self.sandbox.venue_url, self.directory.path()).await
    }

    fn shop(&self, at: usize) -> ShopDomain {
        self.sandbox.domains().1[at].into()
    }

    fn told(&self, order: &Value) {
        self.sandbox.control(|world| world.script(order)).unwrap();
    }

    /// From now on so many requests of a path fail like this.
    fn fault(&self, kind: &str, prefix: &str, times: u32) {
        let order = json!({"target": "shop:1", "kind": kind, "path_prefix": prefix, "times": times});
        self.sandbox.control(|world| world.switch_fault(&order)).unwrap();
    }

    fn faults_off(&self) {
        let request = nightmarket_sandbox::http::Request {
            method: "DELETE".to_owned(),
            path: "/_control/faults".to_owned(),
            ..Default::default()
        };
        let status =
            self.sandbox.control(|world| nightmarket_sandbox::control::handle(world, &request).status);
        assert_eq!(status, 200);
    }

    fn carts_at(&self, shop: usize) -> usize {
        self.sandbox.control(|world| world.shops()[shop].cart_count())
    }

    fn charges(&self) -> usize {
        self.sandbox.control(|world| world.shops()[SNACKS].books().charges.len())
    }
}

async fn open_at(venue: &str, directory: &Path) -> Shopper {
    let buyer = Some(r#"{"first_name":"Ada","email":"ada@shopper.example"}"#);
    host_app::open(venue, directory, &Arc::new(HostApp { buyer, ..HostApp::default() }), None).await
}

/// The cart, once it is as wanted.
async fn until(carts: &Carts, shop: &ShopDomain, wanted: impl Fn(&Cart) -> bool) -> Cart {
    let mut watch = carts.watch(shop.clone()).await.unwrap();
    let found = tokio::time::timeout(SOON, watch.wait_for(|cart| wanted(cart))).await;
    let found = found.map(|found| found.unwrap().clone());
    found.unwrap_or_else(|_| panic!("it did not come: {:#?}", *watch.borrow()))
}

async fn looked(mut watch: watch::Receiver<Looked>, wanted: impl Fn(&Looked) -> bool) -> Looked {
    let found = tokio::time::timeout(SOON, watch.wait_for(|looked| wanted(looked))).await;
    found.expect("it comes in time").expect("somebody says it").clone()
}

fn by(looked: &Looked, basis: Basis) -> bool {
    matches!(looked, Looked::Known { estimate, .. } if estimate.basis == basis)
}

fn estimated(cart: &Cart) -> bool {
    cart.state == CartState::Estimated
}

fn wanted(cart: &Cart) -> Vec<(&str, u32)> {
    cart.lines.iter().map(|line| (line.item.as_str(), line.quantity)).collect()
}

fn lines(quote: &Quote) -> Vec<(&str, u32)> {
    quote.lines.iter().map(|line| (line.item.as_str(), line.quantity)).collect()
}

fn item(id: &str) -> ItemId {
    ItemId::new(id)
}

#[tokio::test]
async fn a_cart_of_several_lines_is_one_quote_and_one_purchase() {
    let evening = Evening::start(21).await;
    let shopper = evening.open().await;
    let (carts, purchases, shop) = (shopper.carts(), shopper.purchase(), evening.shop(SNACKS));
    purchases.set_threshold("60USD".parse().unwrap()).await.unwrap();
    carts.add(shop.clone(), item("chili_crab_chips"), 1).await.unwrap();
    let cart = carts.add(shop.clone(), item("mochi"), 2).await.unwrap();
    assert_eq!(wanted(&cart), [("chili_crab_chips", 1), ("mochi", 2)]);
    let cart = until(&carts, &shop, estimated).await;
    let estimate = cart.estimate.clone().unwrap();
    assert!(estimate.includes_delivery && estimate.includes_tax && estimate.totals_problem.is_none());
    assert_eq!(cart.lines[1].amount, Some(2 * 899));
    assert!(cart.expires_at.is_some() && cart.continue_url.is_some() && !cart.links.is_empty());

    let quoted = purchases.quote_cart(BuyRequest::at(shop.clone())).await.unwrap();
    assert_eq!(lines(&quoted.quote), [("chili_crab_chips", 1), ("mochi", 2)]);
    assert_eq!((quoted.quote.total, &quoted.quote.standing), (Some(estimate.total), &Standing::Ready));
    // The shop gives the checkout that it made of the cart before; it is brought to what is in the cart now.
    carts.set_quantity(shop.clone(), item("mochi"), 1).await.unwrap();
    carts.add(shop.clone(), item("haw_flakes"), 3).await.unwrap();
    let again = purchases.quote_cart(BuyRequest::at(shop.clone())).await.unwrap().quote;
    assert_eq!(lines(&again), [("chili_crab_chips", 1), ("mochi", 1), ("haw_flakes", 3)]);
    assert_eq!(again.key, quoted.quote.key);
    assert_ne!(again.digest, quoted.quote.digest);

    purchases.rendered(again.key.clone(), again.digest.clone(), Rendered::all_of(&again)).await.unwrap();
    assert_eq!(purchases.trust(again.key.clone()).await.unwrap(), Decision::OneTap);
    tokio::time::sleep(Duration::from_millis(510)).await;
    // What is put in after the quote was shown is not bought with it.
    carts.add(shop.clone(), item("mochi"), 4).await.unwrap();
    let tapped = purchases.tap(again.key.clone(), again.digest.clone(), 510).await.unwrap();
    let TapResult::Started(id) = tapped else { panic!("{tapped:?}") };
    let placed = purchases.outcome(id).await.unwrap();
    assert_eq!((placed.state.code(), placed.lines.len(), evening.charges()), ("placed", 3, 1));
    let left = until(&carts, &shop, |cart| wanted(cart) == [("mochi", 4)] && estimated(cart)).await;
    assert_eq!(left.lines[0].amount, Some(4 * 899));
    shopper.close().await;
    evening.sandbox.stop().await;
}

#[tokio::test]
async fn what_was_put_in_survives_a_lost_answer_a_kill_and_an_offline_evening() {
    let evening = Evening::start(22).await;
    let shopper = evening.open().await;
    let (carts, shop) = (shopper.carts(), evening.shop(SNACKS));
    // The shop makes the cart, nobody hears of it, and then the network is gone.
    evening.fault("drop_after", "/ucp/carts", 1);
    evening.fault("drop_before", "/ucp/carts", 10_000);
    carts.add(shop.clone(), item("tasting_tin"), 2).await.unwrap();
    let failing = |cart: &Cart| matches!(&cart.state, CartState::Waiting { trouble: Some(_) });
    until(&carts, &shop, failing).await;
    carts.add(shop.clone(), item("mochi"), 1).await.unwrap();
    shopper.close().await;

    let shopper = evening.open().await;
    let carts = shopper.carts();
    let all = carts.carts().await.unwrap();
    assert_eq!((all.len(), wanted(&all[0])), (1, vec![("tasting_tin", 2), ("mochi", 1)]));
    let offline = purchases_offline(&shopper, &shop).await;
    assert!(offline.is_retryable(), "{offline:?}");
    evening.faults_off();
    shopper.network_changed().await.unwrap();
    let cart = until(&carts, &shop, estimated).await;
    assert_eq!(wanted(&cart), [("tasting_tin", 2), ("mochi", 1)]);
    assert_eq!(evening.carts_at(SNACKS), 1, "the repeated request made no second cart");
    shopper.close().await;
    evening.sandbox.stop().await;
}

async fn purchases_offline(shopper: &Shopper, shop: &ShopDomain) -> Error {
    shopper.purchase().quote_cart(BuyRequest::at(shop.clone())).await.unwrap_err()
}

#[tokio::test]
async fn a_copy_that_expired_is_made_anew_and_a_canceled_one_is_gone() {
    let evening = Evening::start(23).await;
    let shopper = evening.open().await;
    let (carts, shop) = (shopper.carts(), evening.shop(STUDIO));
    carts.add(shop.clone(), item("tea_cup"), 1).await.unwrap();
    carts.add(shop.clone(), item("mug_celadon_m"), 1).await.unwrap();
    let first = until(&carts, &shop, estimated).await;
    let estimate = first.estimate.unwrap();
    assert_eq!((estimate.total.currency.as_str(), estimate.includes_tax), ("CNY", false));
    evening.sandbox.control(|world| world.move_clock(7 * 3_600_000));
    let anew = carts.refresh(shop.clone()).await.unwrap();
    assert_eq!(
        (anew.state.clone(), wanted(&anew)),
        (CartState::Estimated, vec![("tea_cup", 1), ("mug_celadon_m", 1)])
    );
    assert!(anew.expires_at > first.expires_at && anew.continue_url != first.continue_url);
    // It expires between the last look and the conversion: the checkout is made of the same lines.
    evening.sandbox.control(|world| world.move_clock(7 * 3_600_000));
    let quote = shopper.purchase().quote_cart(BuyRequest::at(shop.clone())).await.unwrap().quote;
    assert_eq!(lines(&quote), [("tea_cup", 1), ("mug_celadon_m", 1)]);

    carts.cancel(shop.clone()).await.unwrap();
    let empty = carts.refresh(shop.clone()).await.unwrap();
    assert_eq!(
        (empty.state, empty.lines.len(), carts.carts().await.unwrap().len()),
        (CartState::Empty, 0, 0)
    );
    assert_eq!(evening.carts_at(STUDIO), 0);
    let nothing = shopper.purchase().quote_cart(BuyRequest::at(shop)).await;
    assert!(matches!(nothing, Err(Error::BadInput { .. })), "{nothing:?}");
    shopper.close().await;
    evening.sandbox.stop().await;
}

#[tokio::test]
async fn what_is_sold_out_stays_says_so_and_keeps_the_rest_from_being_bought_unseen() {
    let evening = Evening::start(24).await;
    let shopper = evening.open().await;
    let (carts, purchases, shop) = (shopper.carts(), shopper.purchase(), evening.shop(SNACKS));
    carts.add(shop.clone(), item("durian_puffs"), 1).await.unwrap();
    let refused = until(&carts, &shop, |cart| matches!(cart.state, CartState::Refused { .. })).await;
    assert!(
        matches!(&refused.state, CartState::Refused { code, .. } if code == "out_of_stock"),
        "{refused:?}"
    );
    carts.add(shop.clone(), item("mochi"), 2).await.unwrap();
    let cart = until(&carts, &shop, estimated).await;
    assert!(matches!(cart.lines[0].trouble, Some(LineTrouble::OutOfStock { .. })), "{cart:?}");
    assert_eq!((cart.lines[1].trouble.clone(), cart.lines[1].amount), (None, Some(1_798)));
    let quoted = purchases.quote_cart(BuyRequest::at(shop.clone())).await.unwrap();
    let Standing::NotReady { code, .. } = &quoted.quote.standing else { panic!("{:?}", quoted.quote) };
    assert_eq!(code, "out_of_stock");
    carts.remove(shop.clone(), item("durian_puffs")).await.unwrap();
    let quoted = purchases.quote_cart(BuyRequest::at(shop.clone())).await.unwrap();
    assert_eq!((&quoted.quote.standing, lines(&quoted.quote)), (&Standing::Ready, vec![("mochi", 2)]));
    // Too few of them since.
    evening.told(&json!({"do": "stock", "shop": 1, "item": "mochi", "units": 1}));
    let few = carts.refresh(shop).await.unwrap();
    assert!(matches!(few.lines[0].trouble, Some(LineTrouble::OutOfStock { .. })), "{few:?}");
    shopper.close().await;
    evening.sandbox.stop().await;
}

#[tokio::test]
async fn codes_are_sent_with_the_cart_and_with_its_checkout() {
    let evening = Evening::start(25).await;
    let shopper = evening.open().await;
    let (carts, shop) = (shopper.carts(), evening.shop(SNACKS));
    carts.add(shop.clone(), item("mochi"), 2).await.unwrap();
    let before = until(&carts, &shop, estimated).await.estimate.unwrap().total;
    carts.set_codes(shop.clone(), vec!["NIGHT10".to_owned()]).await.unwrap();
    let after = until(&carts, &shop, estimated).await.estimate.unwrap();
    assert!(after.total.minor < before.minor && after.totals.iter().any(|total| total.kind == "discount"));
    let request = BuyRequest::at(shop.clone());
    let quote = shopper.purchase().quote_cart(request.clone()).await.unwrap().quote;
    assert_eq!(quote.total, Some(after.total));
    carts.set_codes(shop, Vec::new()).await.unwrap();
    let quote = shopper.purchase().quote_cart(request).await.unwrap().quote;
    assert_eq!(quote.total, Some(before), "the codes of the session made before are cleared");
    shopper.close().await;
    evening.sandbox.stop().await;
}

#[tokio::test]
async fn a_shop_without_carts_is_kept_here_and_priced_by_its_catalogue() {
    let evening = Evening::start(26).await;
    evening.told(&json!({"do": "lacks", "shop": 1, "capabilities": ["dev.ucp.shopping.cart"]}));
    let shopper = evening.open().await;
    let (carts, shop) = (shopper.carts(), evening.shop(SNACKS));
    carts.add(shop.clone(), item("mochi"), 2).await.unwrap();
    carts.add(shop.clone(), item("giant_box_x"), 1).await.unwrap();
    let priced = |cart: &Cart| cart.state == CartState::OnDevice && cart.estimate.is_some();
    let cart = until(&carts, &shop, priced).await;
    let estimate = cart.estimate.unwrap();
    assert_eq!((estimate.basis, estimate.total), (Basis::Catalogue, "81.98USD".parse().unwrap()));
    assert!(cart.lines.iter().all(|line| line.title.is_some()));
    let quote = shopper.purchase().quote_cart(BuyRequest::at(shop.clone())).await.unwrap().quote;
    assert_eq!(lines(&quote), [("mochi", 2), ("giant_box_x", 1)]);
    let look = carts.look(shop, item("mochi"), 3).await.unwrap();
    let Looked::Known { estimate, .. } = looked(look, |looked| by(looked, Basis::Catalogue)).await else {
        unreachable!()
    };
    assert_eq!(estimate.total, "26.97USD".parse().unwrap());
    shopper.close().await;
    evening.sandbox.stop().await;
}

#[tokio::test]
async fn what_is_looked_at_is_asked_about_once_and_what_is_pinned_only_as_the_shop_lets_it() {
    let evening = Evening::start(27).await;
    evening.told(&json!({"do": "early", "shop": 1, "per_second": 0}));
    let shopper = evening.open().await;
    let (carts, shop) = (shopper.carts(), evening.shop(SNACKS));
    // Scrolled past.
    drop(carts.look(shop.clone(), item("duck_neck"), 1).await.unwrap());
    let look = carts.look(shop.clone(), item("mochi"), 2).await.unwrap();
    let Looked::Known { estimate, .. } = looked(look, |looked| by(looked, Basis::Shop)).await else {
        unreachable!()
    };
    assert!(estimate.includes_delivery && estimate.includes_tax);
    assert_eq!(estimate.total.minor, 1_798 + 500 + 157);
    // The next look takes the same cart, and what was just said is not asked again.
    let look = carts.look(shop.clone(), item("plum_wine"), 1).await.unwrap();
    let Looked::Known { notices, .. } = looked(look, |looked| by(looked, Basis::Shop)).await else {
        unreachable!()
    };
    assert!(notices.iter().any(|notice| notice.code.as_deref() == Some("age_restricted")), "{notices:?}");
    assert_eq!(evening.carts_at(SNACKS), 1);
    let again = carts.look(shop.clone(), item("mochi"), 2).await.unwrap();
    assert!(by(&again.borrow(), Basis::Shop));
    let gone = carts.look(shop.clone(), item("durian_puffs"), 1).await.unwrap();
    let gone = looked(gone, |looked| matches!(looked, Looked::Failed(_))).await;
    assert!(matches!(gone, Looked::Failed(Error::Refused { code, .. }) if code == "out_of_stock"));
    assert!(carts.carts().await.unwrap().is_empty(), "looking puts nothing in");

    // A shop that wants nothing early is not asked about what it pins: the pin's price stands.
    let room = shopper.live().join("mukbang".into()).await.unwrap();
    evening.told(&json!({"do": "pin", "room": "mukbang", "item": "haw_flakes"}));
    let now = evening.sandbox.control(|world| world.now_ms());
    room.shown(nightmarket::Timestamp(now)).await.unwrap();
    let mut state = room.state();
    let shown =
        state.wait_for(|state| state.pin.as_ref().is_some_and(|pin| pin.item.as_str() == "haw_flakes"));
    tokio::time::timeout(SOON, shown).await.unwrap().unwrap();
    let mut pinned = carts.look(shop, item("haw_flakes"), 2).await.unwrap();
    assert!(by(&pinned.borrow(), Basis::Catalogue));
    // Nobody will say more.
    assert!(tokio::time::timeout(SOON, pinned.changed()).await.expect("it ends").is_err());
    shopper.close().await;
    evening.sandbox.stop().await;
}
