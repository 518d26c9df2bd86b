//! The feed: posts by keyset, newest first, and what shoppers saw of it.

use std::collections::BTreeSet;

use nightmarket_pictures::POST;
use serde::Deserialize;
use serde_json::{Value, json};

use super::evening::{DROPS, HOSTS, HostPlan, MINUTE_MS};
use super::posts;
use super::words::{Card, Id, Words, parse_time, text, time, time_shaped};
use super::{Caller, Venue, VenueConfig};
use crate::env::Env;
use crate::http::{Request, Response, no_such_page, page_mark, query_once};

const PAGE: usize = 20;
const PAGE_MAX: usize = 100;
const IMPRESSIONS_MAX: usize = 200;

/// One post.
#[derive(Debug)]
pub struct Post {
    pub(super) id: String,
    host: &'static HostPlan,
    text: Value,
    pictures: Vec<Value>,
    products: Vec<Card>,
    teaser: Option<&'static str>,
    posted_ms: i64,
}

/// All posts, oldest first, so that a new one is pushed at the end.
#[derive(Debug, Default)]
pub struct Feed {
    posts: Vec<Post>,
    seen: BTreeSet<String>,
    impressions_received: u64,
}

/// The n-th picture of a host's wares.
pub fn picture_url(config: &VenueConfig, key: &str, n: usize) -> String {
    format!("{}/media/pictures/{key}-{n}.png", config.url)
}

impl Feed {
    pub(super) fn of_the_evening(config: &VenueConfig) -> Self {
        let mut posts = Vec::new();
        let rounds = HOSTS.iter().map(|host| posts::of_host(host.key).len()).max().unwrap_or(0);
        let mut age = 0;
        for round in 0..rounds {
            for host in HOSTS {
                if let Some(words) = posts::of_host(host.key).get(round) {
                    let posted_ms = config.start_ms - age * 7 * MINUTE_MS - MINUTE_MS;
                    posts.push(Post::of_round(config, host, round, *words, posted_ms));
                    age += 1;
                }
            }
        }
        posts.reverse();
        Self { posts, seen: BTreeSet::new(), impressions_received: 0 }
    }

    pub(super) fn has(&self, post_id: &str) -> bool {
        self.posts.iter().any(|post| post.id == post_id)
    }

    pub(super) fn books(&self) -> Value {
        json!({
            "posts": self.posts.len(),
            "impressions_received": self.impressions_received,
            "impressions": self.seen.len(),
        })
    }
}

impl Post {
    fn of_round(
        config: &VenueConfig,
        host: &'static HostPlan,
        round: usize,
        words: Words,
        posted_ms: i64,
    ) -> Self {
        let teaser = DROPS.iter().find(|drop| drop.key == host.key && drop.teaser == round);
        let wares = config.wares.get(host.key).map_or(&[][..], Vec::as_slice);
        let products = match wares.len() {
            0 => Vec::new(),
            len if round % 3 == 2 => vec![wares[round % len].clone(), wares[(round + 1) % len].clone()],
            len => vec![wares[round % len].clone()],
        };
        let pictures = (0..=round % 3)
            .map(|n| {
                json!({
                    "kind": "image", "url": picture_url(config, host.key, round + n), "width": POST.0, "height": POST.1,
                    "alt": words.0,
                })
            })
            .collect();
        let id = format!("post_{}_{round}", host.key);
        Self {
            id,
            host,
            text: text(words),
            pictures,
            products,
            teaser: teaser.map(|drop| drop.id),
            posted_ms,
        }
    }

    fn cursor(&self) -> String {
        format!("{}.{}", self.posted_ms, self.id)
    }
}

/// The host as the wire shows it.
pub fn host_json(config: &VenueConfig, host: &HostPlan) -> Value {
    json!({ "id": host.host_id, "name": host.name.0,
            "avatar_url": format!("{}/media/pictures/avatar-{}.png", config.url, host.key) })
}

#[derive(Deserialize)]
struct ImpressionsBody {
    items: Vec<Impression>,
}

#[derive(Deserialize)]
struct Impression {
    id: Id,
    #[serde(rename = "post_id")]
    _post_id: Id,
    at: String,
}

impl Venue {
    /// A page. The cursor names the last post seen, so that posts coming in above do not shift it.
    pub(super) fn feed_page(
        &self,
        env: &Env,
        request: &Request,
        caller: &Caller,
    ) -> Result<Response, Response> {
        let limit = page_limit(request, PAGE, PAGE_MAX)?;
        let before = match page_mark(&request.query, "cursor")? {
            None => None,
            Some(cursor) => Some(read_cursor(cursor).ok_or_else(no_such_page)?),
        };
        let mut page = self
            .feed
            .posts
            .iter()
            .rev()
            .filter(|post| {
                before.as_ref().is_none_or(|mark| (post.posted_ms, post.id.as_str()) < (mark.0, mark.1))
            })
            .filter(|post| !self.people.hides(caller, post.host.host_id))
            .peekable();
        let mut posts = Vec::new();
        let mut last = None;
        while posts.len() < limit
            && let Some(post) = page.next()
        {
            posts.push(self.post_json(post));
            last = Some(post.cursor());
        }
        let mut body = json!({ "now": time(env.now_ms), "posts": posts });
        if page.peek().is_some()
            && let Some(cursor) = last
        {
            body["next"] = json!(cursor);
        }
        Ok(Response::json(200, &body))
    }

    fn post_json(&self, post: &Post) -> Value {
        let mut out = json!({
            "id": post.id,
            "host": host_json(&self.config, post.host),
            "text": post.text,
            "media": post.pictures,
            "products": post.products.iter().map(Card::to_json).collect::<Vec<_>>(),
            "posted_at": time(post.posted_ms),
        });
        if let Some(drop_id) = post.teaser {
            out["teaser"] = json!({ "drop_id": drop_id });
        }
        if let Some(room) = self.rooms.get(post.host.key).filter(|room| room.is_live()) {
            out["live"] = json!({ "room_id": post.host.key, "viewers": room.viewers });
        }
        out
    }

    /// A new post at the top of the feed, now.
    pub fn post(&mut self, key: &str, words: &(String, String), now_ms: i64) -> Option<String> {
        let host = super::evening::host_of_room(key)?;
        let round = self.feed.posts.len();
        // A post is never older than the newest: cursors stand on that order.
        let posted_ms = now_ms.max(self.feed.posts.last().map_or(now_ms, |post| post.posted_ms + 1));
        let mut post = Post::of_round(&self.config, host, round, ("", ""), posted_ms);
        post.text = json!({ "en": words.0, "zh-Hans": words.1 });
        let id = post.id.clone();
        self.feed.posts.push(post);
        Some(id)
    }

    pub(super) fn impressions(&mut self, request: &Request, caller: &Caller) -> Result<Response, Response> {
        let body: ImpressionsBody = request.json()?;
        if body.items.is_empty() || body.items.len() > IMPRESSIONS_MAX {
            return Err(Response::error(400, "invalid_body", "send 1 to 200 impressions at once"));
        }
        if body.items.iter().any(|item| !time_shaped(&item.at) && parse_time(&item.at).is_none()) {
            return Err(Response::error(400, "invalid_body", "`at` is a time (RFC 3339)"));
        }
        let who = caller.id().unwrap_or("guest");
        let mut accepted = Vec::new();
        for item in body.items {
            self.feed.impressions_received += 1;
            self.feed.seen.insert(format!("{who}/{}", item.id.0));
            accepted.push(item.id.0);
        }
        Ok(Response::json(200, &json!({ "accepted": accepted })))
    }
}

fn read_cursor(cursor: &str) -> Option<(i64, &str)> {
    let (at, id) = cursor.split_once('.')?;
    Some((at.parse().ok()?, id))
}

/// The `limit` of a query, between 1 and `most`.
pub fn page_limit(request: &Request, usual: usize, most: usize) -> Result<usize, Response> {
    match query_once(&request.query, "limit")? {
        None => Ok(usual),
        Some(limit) => match limit.parse::<usize>() {
            Ok(limit) if (1..=most).contains(&limit) => Ok(limit),
            _ => {
                Err(Response::error(400, "invalid_parameter", &format!("limit is a number from 1 to {most}")))
            }
        },
    }
}
