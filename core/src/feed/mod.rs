//! The feed: what is scrolled for its content, where any post's author may be live.
//!
//! Cache first: what was seen last time is on screen before the network answers. Refreshing puts new posts on top;
//! live badges change in place as the channel says so. At a plain shop, which has no feed, the catalogue is scrolled.

mod policy;
mod store;
pub(crate) mod wire;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::rc::{Rc, Weak};
use std::sync::Arc;

use nightmarket_ucp::catalog::{self, Filters, PriceFilter, SearchRequest};
use nightmarket_ucp::name;

pub use wire::LiveBadge;

use crate::api;
use crate::error::{Error, Result};
use crate::ids::{DropId, HostId, PostId, ShopDomain};
use crate::inbox::{Inbox, LiveEvent};
use crate::list::{ListSubscription, LiveList};
use crate::money::Money;
use crate::ports::{DbExt as _, EntropyExt as _, Method};
use crate::remote::Remote;
use crate::shop::Shops;
use crate::storage::outbox::{Item, Sender, Verdict};
use crate::time::Timestamp;
use crate::venue::Venue;
use crate::wire::{Host, Media, Product};
use policy::{Badges, Refresh};
use wire::{FeedPage, PostWire};

/// Posts on a page.
pub const PAGE: usize = 50;
/// Outbox kinds of this service.
const LIKE: &str = "feed.like";
const FOLLOW: &str = "feed.follow";
const IMPRESSION: &str = "feed.impression";

/// A post as a screen shows it, in the shopper's language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Post {
    /// Its id.
    pub id: PostId,
    /// Its author.
    pub host: Host,
    /// What it says.
    pub text: String,
    /// Pictures and films, in order.
    pub media: Vec<Media>,
    /// What it is about.
    pub products: Vec<Product>,
    /// The drop it teases.
    pub teaser: Option<DropId>,
    /// Where its author is live now.
    pub live: Option<LiveBadge>,
    /// When it was posted, by the venue's clock.
    pub posted_at: Timestamp,
}

/// The feed of a venue.
#[derive(Clone)]
pub struct Feed(Remote<Service>);

impl Feed {
    pub(crate) fn new(remote: Remote<Service>) -> Self {
        Self(remote)
    }

    /// The posts as they are now, and every change from here on. The cache's posts come at once; call
    /// [`Feed::refresh`] for the network's.
    pub async fn posts(&self) -> Result<ListSubscription<Post>> {
        self.0.call(|feed| async move { feed.subscribe().await }).await
    }

    /// Reads the newest page. Posts on screen stay where they are if the page reaches them.
    pub async fn refresh(&self) -> Result<()> {
        self.0.call(|feed| async move { feed.refresh().await }).await
    }

    /// Adds the next page at the end. False if there is none. Offline, the cache's next page.
    pub async fn next_page(&self) -> Result<bool> {
        self.0.call(|feed| async move { feed.next_page().await }).await
    }

    /// A post was on screen. Counted once, sent when there is a network.
    pub async fn seen(&self, post: PostId) -> Result<()> {
        self.0.call(|feed| async move { feed.seen(post).await }).await
    }

    /// Likes a post, or takes it back.
    pub async fn like(&self, post: PostId, liked: bool) -> Result<()> {
        self.0.call(move |feed| async move { feed.like(post, liked).await }).await
    }

    /// Follows a host, or stops.
    pub async fn follow(&self, host: HostId, following: bool) -> Result<()> {
        self.0.call(move |feed| async move { feed.follow(host, following).await }).await
    }
}

/// The feed on the core thread.
pub(crate) struct Service {
    venue: Rc<Venue>,
    shops: Rc<Shops>,
    list: LiveList<Post>,
    badges: RefCell<Badges>,
    cursor: RefCell<Cursor>,
    /// One page at a time: a screen may ask again while it scrolls.
    reading: Cell<bool>,
    warm: Cell<bool>,
}

/// Where the next page is.
#[derive(Debug, Clone)]
enum Cursor {
    /// Not read yet: what is on screen is the cache's.
    Cached,
    /// After this cursor of the venue's.
    Next(String),
    End,
}

impl Service {
    pub(crate) fn new(venue: Rc<Venue>, shops: Rc<Shops>, inbox: &Inbox) -> Rc<Self> {
        let service = Rc::new(Self {
            list: LiveList::new(venue.context.ports.clock.clone()),
            venue,
            shops,
            badges: RefCell::default(),
            cursor: RefCell::new(Cursor::Cached),
            reading: Cell::new(false),
            warm: Cell::new(false),
        });
        let listener = Rc::downgrade(&service);
        inbox.on_live(move |event| {
            if let Some(feed) = listener.upgrade() {
                feed.heard(event);
            }
        });
        let outbox = &service.venue.context.outbox;
        for kind in [LIKE, FOLLOW, IMPRESSION] {
            outbox.start(kind, Rc::new(Outgoing { kind, venue: service.venue.clone() }));
        }
        service
    }

    async fn subscribe(self: &Rc<Self>) -> Result<ListSubscription<Post>> {
        if !self.warm.replace(true) {
            let posts = self.cached(None).await?;
            // A refresh may have been faster than the cache.
            if matches!(*self.cursor.borrow(), Cursor::Cached) {
                self.append(posts);
            }
        }
        Ok(self.list.subscribe())
    }

    async fn refresh(self: &Rc<Self>) -> Result<()> {
        let (posts, next) = self.page(None).await?;
        let ids: Vec<_> = posts.iter().map(|post| post.id.clone()).collect();
        let first = self.list.snapshot().first().map(|post| post.id.clone());
        let had_pages = !matches!(*self.cursor.borrow(), Cursor::Cached);
        self.badges.borrow_mut().forget();
        match policy::refresh(first.as_ref(), &ids) {
            Refresh::Prepend(count) if had_pages => {
                let new: Vec<_> =
                    posts.into_iter().take(count).map(|post| Arc::new(self.shown(post))).collect();
                self.list.update(|list| {
                    for post in new.into_iter().rev() {
                        list.push_front(post);
                    }
                });
            }
            _ => {
                let all: Vec<_> = posts.into_iter().map(|post| Arc::new(self.shown(post))).collect();
                self.list.update(|list| {
                    list.clear();
                    list.append(all.into_iter().collect());
                });
                *self.cursor.borrow_mut() = next;
            }
        }
        Ok(())
    }

    async fn next_page(self: &Rc<Self>) -> Result<bool> {
        if self.reading.replace(true) {
            return Ok(true);
        }
        let result = self.read_next().await;
        self.reading.set(false);
        result
    }

    async fn read_next(self: &Rc<Self>) -> Result<bool> {
        let cursor = self.cursor.borrow().clone();
        let page = match &cursor {
            Cursor::End => return Ok(false),
            Cursor::Cached => self.page(None).await,
            Cursor::Next(cursor) => self.page(Some(cursor)).await,
        };
        match page {
            Ok((posts, next)) => {
                self.append(posts);
                let more = !matches!(next, Cursor::End);
                *self.cursor.borrow_mut() = next;
                Ok(more)
            }
            Err(error) if error.is_retryable() => {
                let posts = self.cached(self.list.snapshot().last().map(|post| &**post)).await?;
                if posts.is_empty() {
                    return Err(error);
                }
                self.append(posts);
                Ok(true)
            }
            Err(error) => Err(error),
        }
    }

    /// One page from the venue, kept in the cache; from the shop's catalogue where there is no feed.
    async fn page(&self, cursor: Option<&str>) -> Result<(Vec<PostWire>, Cursor)> {
        if !self.venue.discovered().offers(name::FEED) {
            return self.catalogue(cursor).await;
        }
        let mut path = format!("/feed?limit={PAGE}");
        if let Some(cursor) = cursor {
            path.push_str("&cursor=");
            path.extend(url::form_urlencoded::byte_serialize(cursor.as_bytes()));
        }
        let page: FeedPage = self.venue.get(name::FEED, &path, "feed page").await?;
        self.venue.observe_now(page.now);
        let rows: Vec<_> = page
            .posts
            .iter()
            .map(|post| (post.id.to_string(), post.posted_at.as_ms(), api::to_json(post)))
            .collect();
        self.venue
            .context
            .ports
            .db
            .cache
            .write(move |tx| {
                store::put(tx, &rows)?;
                store::trim(tx)
            })
            .await?;
        Ok((page.posts, page.next.map_or(Cursor::End, Cursor::Next)))
    }

    async fn catalogue(&self, cursor: Option<&str>) -> Result<(Vec<PostWire>, Cursor)> {
        let domain = self.venue.context.venue.domain();
        let shop = self.shops.get(&domain).await?;
        let pagination =
            catalog::PageRequest { cursor: cursor.map(str::to_owned), limit: u32::try_from(PAGE).ok() };
        // UCP wants an input for every search; this one leaves nothing out (catalogue search, "Search Inputs").
        let price = Some(PriceFilter { min: Some(0), max: None });
        let filters = Some(Filters { price, ..Filters::default() });
        let request = SearchRequest { pagination: Some(pagination), filters, ..SearchRequest::default() };
        let found = shop.search(&request).await?;
        let next = found.pagination.filter(|page| page.has_next_page).and_then(|page| page.cursor);
        let now = self.venue.now();
        let posts = found.products.into_iter().filter_map(|product| post_of(&domain, product, now)).collect();
        Ok((posts, next.map_or(Cursor::End, Cursor::Next)))
    }

    async fn cached(&self, after: Option<&Post>) -> Result<Vec<PostWire>> {
        let before = after.map(|post| (post.posted_at.as_ms(), post.id.to_string()));
        self.venue.context.ports.db.cache.call(move |db| store::page(db, before.as_ref(), PAGE)).await
    }

    fn append(&self, posts: Vec<PostWire>) {
        let have: BTreeSet<_> = self.list.snapshot().iter().map(|post| post.id.clone()).collect();
        let mut fresh = policy::fresh(&have, posts.iter().map(|post| &post.id));
        let new: Vec<_> = posts
            .into_iter()
            .filter(|post| fresh.remove(&post.id))
            .map(|post| Arc::new(self.shown(post)))
            .collect();
        self.list.update(|list| list.append(new.into_iter().collect()));
    }

    fn shown(&self, post: PostWire) -> Post {
        Post {
            live: self.badges.borrow().of(&post.host.id, post.live.as_ref()),
            text: post.text.get(&self.venue.context.language).to_owned(),
            id: post.id,
            host: post.host,
            media: post.media,
            products: post.products,
            teaser: post.teaser.map(|teaser| teaser.drop_id),
            posted_at: post.posted_at,
        }
    }

    fn heard(self: &Rc<Self>, event: &LiveEvent) {
        let (host, badge) = match event {
            LiveEvent::On { host_id, room_id, viewers } => {
                (host_id, Some(LiveBadge { room_id: room_id.clone(), viewers: *viewers }))
            }
            LiveEvent::Off { host_id } => (host_id, None),
            LiveEvent::Missed => return self.reread(),
        };
        self.badges.borrow_mut().heard(host.clone(), badge.clone());
        self.list.update(|list| {
            for index in 0..list.len() {
                if list[index].host.id == *host && list[index].live != badge {
                    let post = Post { live: badge.clone(), ..Post::clone(&list[index]) };
                    list.set(index, Arc::new(post));
                }
            }
        });
    }

    /// Badges may be stale: the next page says who is live.
    fn reread(self: &Rc<Self>) {
        if matches!(*self.cursor.borrow(), Cursor::Cached) {
            return;
        }
        let feed: Weak<Self> = Rc::downgrade(self);
        tokio::task::spawn_local(async move {
            if let Some(feed) = feed.upgrade()
                && let Err(error) = feed.refresh().await
            {
                tracing::debug!(%error, "live badges stay as they were");
            }
        });
    }

    async fn seen(&self, post: PostId) -> Result<()> {
        let id = self.venue.context.ports.entropy.uuid();
        let at = Timestamp(self.venue.context.ports.clock.wall_ms());
        self.put(IMPRESSION, &id, post.as_str(), &Outgone::Impression { post_id: post.clone(), at }).await
    }

    async fn like(&self, post_id: PostId, liked: bool) -> Result<()> {
        let id = self.venue.context.ports.entropy.uuid();
        self.put(LIKE, &id, post_id.as_str(), &Outgone::Like { post_id: post_id.clone(), liked }).await
    }

    async fn follow(&self, host_id: HostId, following: bool) -> Result<()> {
        let id = self.venue.context.ports.entropy.uuid();
        self.put(FOLLOW, &id, host_id.as_str(), &Outgone::Follow { host_id: host_id.clone(), following })
            .await
    }

    async fn put(&self, kind: &'static str, id: &str, scope: &str, body: &Outgone) -> Result<()> {
        if !self.venue.discovered().offers(name::FEED) {
            return Err(Error::not_offered(name::FEED));
        }
        self.venue.context.outbox.put(kind, id, scope, api::to_json(body)).await
    }
}

/// A product of the catalogue as a post; none if its price is in no currency we can count in.
fn post_of(shop: &ShopDomain, product: catalog::Product, now: Timestamp) -> Option<PostWire> {
    let price = &product.price_range.min;
    let price = Money::new(price.amount, price.currency.parse().ok()?);
    let item = product.variants.first().map_or(&product.id, |variant| &variant.id).as_str().into();
    let media: Vec<_> = product
        .media
        .iter()
        .map(|media| Media {
            kind: media.kind.as_str().to_owned(),
            url: media.url.clone(),
            width: media.width.unwrap_or_default(),
            height: media.height.unwrap_or_default(),
            alt: media.alt_text.clone(),
        })
        .collect();
    let image_url = media.first().map(|media| media.url.clone());
    let text = product.description.plain.clone().unwrap_or_else(|| product.title.clone());
    Some(PostWire {
        id: PostId::new(format!("product:{}", product.id)),
        host: Host { id: HostId::new(shop.as_str()), name: shop.to_string(), avatar_url: None },
        text: crate::text::Localized([("en".to_owned(), text)].into()),
        media,
        products: vec![Product { shop: shop.clone(), item, title: product.title, price, image_url }],
        teaser: None,
        live: None,
        posted_at: now,
    })
}

/// What leaves through the outbox.
#[derive(Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
enum Outgone {
    Impression { post_id: PostId, at: Timestamp },
    Like { post_id: PostId, liked: bool },
    Follow { host_id: HostId, following: bool },
}

struct Outgoing {
    kind: &'static str,
    venue: Rc<Venue>,
}

#[async_trait(?Send)]
impl Sender for Outgoing {
    async fn send(&self, item: &Item) -> Verdict {
        let Ok(what) = serde_json::from_str::<Outgone>(&item.body) else {
            return Verdict::Failed { code: "unreadable".to_owned() };
        };
        let id = &item.id;
        let (path, body) = match what {
            Outgone::Impression { post_id, at } => {
                ("/impressions", serde_json::json!({"items": [{"id": id, "post_id": post_id, "at": at}]}))
            }
            Outgone::Like { post_id, liked } => {
                ("/likes", serde_json::json!({"id": id, "post_id": post_id, "liked": liked}))
            }
            Outgone::Follow { host_id, following } => {
                ("/follows", serde_json::json!({"id": id, "host_id": host_id, "following": following}))
            }
        };
        let sent: Result<serde_json::Value> =
            self.venue.send(name::FEED, Method::Post, path, &body, self.kind).await;
        match sent {
            Ok(_) => Verdict::Delivered,
            Err(Error::SlowDown { retry_after_ms, .. }) => {
                Verdict::Later { retry_after_ms: Some(retry_after_ms) }
            }
            Err(error) if error.is_retryable() || matches!(error, Error::SignInNeeded { .. }) => {
                Verdict::Later { retry_after_ms: None }
            }
            Err(error) => Verdict::Failed { code: error.code().to_owned() },
        }
    }
}

#[cfg(test)]
mod tests;
