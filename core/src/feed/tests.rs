use super::*;
use crate::error::Error;
use crate::list::ListDiff;
use crate::testing::{self, ScriptedHttp};
use serde_json::{Value, json};

fn venue_profile() -> Value {
    let entry = |name: &str| {
        json!([{"version": "2026-11-01", "spec": format!("https://nightmarket.app/{name}"),
                "schema": format!("https://nightmarket.app/{name}.json")}])
    };
    json!({"ucp": {
        "version": "2026-04-08",
        "services": {"app.nightmarket.shopping": [{"version": "2026-11-01", "transport": "rest",
            "endpoint": "https://venue.example/nm"}]},
        "capabilities": {"app.nightmarket.shopping.feed": entry("feed")},
        "payment_handlers": {}
    }})
}

fn post(id: u32, host: &str, live: bool) -> Value {
    let mut post = json!({
        "id": format!("post_{id}"), "host": {"id": host, "name": host},
        "text": {"en": format!("words {id}"), "zh-Hans": format!("字 {id}")}, "media": [], "products": [],
        "posted_at": format!("2026-11-24T20:{:02}:00.000Z", id % 60), "something_new": true
    });
    if live {
        post["live"] = json!({"room_id": "room", "viewers": 3});
    }
    post
}

fn page(ids: impl IntoIterator<Item = u32>, next: Option<&str>) -> String {
    let posts: Vec<_> = ids.into_iter().map(|id| post(id, "pearls", false)).collect();
    json!({"now": "2026-11-24T21:00:00.000Z", "posts": posts, "next": next}).to_string()
}

struct Fixture {
    http: Rc<ScriptedHttp>,
    inbox: Inbox,
    feed: Rc<Service>,
}

async fn fixture() -> Fixture {
    let http = Rc::new(ScriptedHttp::default());
    http.answer(200, &[("cache-control", "public, max-age=3600")], &venue_profile().to_string());
    let context = testing::context(&http, "https://venue.example");
    let venue = Venue::open(context).await.unwrap();
    let inbox = Inbox::default();
    let feed = Service::new(venue.clone(), Shops::new(venue), &inbox);
    Fixture { http, inbox, feed }
}

fn shown(list: &LiveList<Post>) -> Vec<String> {
    list.snapshot().iter().map(|post| post.id.to_string()).collect()
}

#[test]
fn pages_follow_each_other_and_overlaps_show_once() {
    testing::run(async {
        let fixture = fixture().await;
        fixture.http.answer(200, &[], &page([9, 8, 7], Some("c/1?")));
        fixture.http.answer(200, &[], &page([7, 6], None));
        assert!(fixture.feed.next_page().await.unwrap());
        assert!(!fixture.feed.next_page().await.unwrap());
        assert!(!fixture.feed.next_page().await.unwrap());
        assert_eq!(shown(&fixture.feed.list), ["post_9", "post_8", "post_7", "post_6"]);
        let asked = fixture.http.asked.borrow();
        assert_eq!((asked.len(), asked[2].url.query()), (3, Some("limit=50&cursor=c%2F1%3F")));
    });
}

#[test]
fn the_cache_is_on_screen_before_the_network_and_stays_when_there_is_none() {
    testing::run(async {
        let first = fixture().await;
        first.http.answer(200, &[], &page([3, 2, 1], None));
        first.feed.refresh().await.unwrap();
        // Another start over the same databases, now offline.
        let inbox = Inbox::default();
        let venue = Venue::open(first.feed.venue.context.clone()).await.unwrap();
        let feed = Service::new(venue.clone(), Shops::new(venue), &inbox);
        let mut posts = feed.subscribe().await.unwrap();
        let batch = posts.next_batch().await.unwrap();
        assert!(
            matches!(&batch[..], [ListDiff::Reset(posts)] if posts.len() == 3 && posts[0].id == "post_3".into())
        );
        assert!(matches!(feed.refresh().await, Err(Error::Unreachable { .. })));
        assert_eq!(shown(&feed.list).len(), 3);
    });
}

#[test]
fn a_badge_changes_in_place_as_one_diff_per_post() {
    testing::run(async {
        let fixture = fixture().await;
        let posts = vec![post(3, "pearls", false), post(2, "mugs", false), post(1, "pearls", false)];
        let body = json!({"now": "2026-11-24T21:00:00.000Z", "posts": posts}).to_string();
        fixture.http.answer(200, &[], &body);
        fixture.feed.refresh().await.unwrap();
        let mut subscription = fixture.feed.subscribe().await.unwrap();
        subscription.next_batch().await.unwrap();
        fixture.inbox.live(&LiveEvent::On { host_id: "pearls".into(), room_id: "r".into(), viewers: 7 });
        let batch = subscription.next_batch().await.unwrap();
        let changed: Vec<_> = batch
            .iter()
            .map(|diff| match diff {
                ListDiff::Set { index, item } => (*index, item.live.as_ref().map(|live| live.viewers)),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(changed, [(0, Some(7)), (2, Some(7))]);
    });
}

#[test]
fn texts_come_in_the_shoppers_language_and_a_malformed_page_loses_nothing() {
    testing::run(async {
        let fixture = fixture().await;
        fixture.http.answer(200, &[], &page([1], Some("c")));
        fixture.feed.refresh().await.unwrap();
        assert_eq!(fixture.feed.list.snapshot()[0].text, "words 1");
        for bad in ["{\"now\":\"2026-11-24T21:00:00.000Z\",\"posts\":[{}]}", "{\"posts\":", "[]"] {
            fixture.http.answer(200, &[], bad);
            assert!(matches!(fixture.feed.next_page().await, Err(Error::Malformed { .. })), "{bad}");
        }
        assert_eq!(shown(&fixture.feed.list), ["post_1"]);
    });
}

#[test]
fn likes_leave_through_the_outbox_with_an_id_that_counts_once() {
    testing::run(async {
        let fixture = fixture().await;
        fixture.http.fail(Error::NoAnswer { who: "venue.example".into(), reason: "cut".into() });
        fixture.http.answer(200, &[], "{}");
        fixture.feed.like("post_1".into(), true).await.unwrap();
        tokio::time::sleep(std::time::Duration::from_mins(1)).await;
        let asked = fixture.http.asked.borrow();
        let bodies: Vec<_> = asked[1..].iter().map(|request| request.body.clone().unwrap()).collect();
        assert_eq!(bodies.len(), 2);
        assert_eq!(bodies[0], bodies[1]);
    });
}

/// A shop has no feed: its catalogue is browsed, and UCP wants an input for that (catalogue search, "Search Inputs").
#[test]
fn at_a_plain_shop_the_catalogue_is_scrolled() {
    testing::run(async {
        let http = Rc::new(testing::RoutedHttp::default());
        http.stand("GET pearls.example/.well-known/ucp", 200, &testing::shop_profile());
        let price = json!({"amount": 12_800, "currency": "CNY"});
        let range = json!({"min": price, "max": price});
        let product = json!({"id": "mug", "title": "Mug", "description": {"plain": "Thrown tonight."},
            "price_range": range, "variants": [{"id": "mug_s", "title": "Small", "price": price,
            "description": {"plain": ""}}]});
        let page = json!({"ucp": {"version": "2026-04-08", "status": "success"}, "products": [product]});
        http.stand("POST pearls.example/ucp/catalog/search", 200, &page);
        let venue = Venue::open(testing::context(&http, "https://pearls.example")).await.unwrap();
        let feed = Service::new(venue.clone(), Shops::new(venue), &Inbox::default());
        feed.refresh().await.unwrap();
        assert_eq!(shown(&feed.list), ["product:mug"]);
        let asked = http.asked("POST pearls.example/ucp/catalog/search");
        let body: Value = serde_json::from_slice(asked[0].body.as_ref().unwrap()).unwrap();
        assert_eq!(body["filters"], json!({"price": {"min": 0}}));
    });
}
