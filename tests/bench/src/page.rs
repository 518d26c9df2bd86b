//! Page to diff: from the bytes of a page of 50 posts to the list a screen shows, all new, kept in the cache; against
//! parsing the same bytes and inserting the same rows, with nothing around it.

use async_trait::async_trait;
use nightmarket::ports::{
    Connection, Databases, Db, DbThread, Dial, FrameReceiver, FrameSender, Http, HttpRequest, HttpResponse,
    Ports, SystemClock, SystemEntropy, TlsSettings,
};
use nightmarket::storage::{self, Kind};
use nightmarket::{Error, Host, Settings, Shopper};
use nightmarket_sandbox::http::Request;
use nightmarket_sandbox::world::{Target, World, WorldConfig};
use rusqlite::params;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, Instant};

use crate::report::Row;
use crate::turns::medians;

const ROUNDS: usize = 200;
const VENUE: &str = "http://127.0.0.1:4000";
/// The venue's clock, milliseconds since the Unix epoch.
const NOW_MS: i64 = 1_795_550_400_000;

/// Measures the row.
pub fn row() -> Row {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let pages = Pages::from_sandbox();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let local = tokio::task::LocalSet::new();
    let mut ours = local.block_on(&runtime, Ours::open(folder.path(), &pages));
    let mut bare = Bare::open(&folder.path().join("bare.db"));
    let [ours, limit] = medians(ROUNDS, |contender, round| {
        let page = pages.fresh(contender * 1_000_000 + round);
        if contender == 0 { local.block_on(&runtime, ours.show(page)) } else { bare.keep(&page) }
    });
    let milliseconds = |time: Duration| time.as_secs_f64() * 1_000.0;
    Row::against_limit("page to diff", "ms", milliseconds(ours), milliseconds(limit), None)
}

/// The sandbox's own first page, with other ids each time.
struct Pages {
    profile: Vec<u8>,
    page: Value,
}

impl Pages {
    fn from_sandbox() -> Self {
        let mut world = World::new(WorldConfig { ambience: false, ..WorldConfig::simulated(1, NOW_MS) });
        let mut get = |path: &str, query: &str| {
            let headers = vec![
                ("ucp-agent".to_owned(), format!("profile=\"{VENUE}/platform\"")),
                ("request-id".to_owned(), "00000000-0000-4000-8000-000000000001".to_owned()),
            ];
            let request = Request {
                method: "GET".to_owned(),
                path: path.to_owned(),
                query: query.to_owned(),
                headers,
                body: Vec::new(),
            };
            let answer = world.handle(Target::Venue, NOW_MS, &request);
            assert_eq!(answer.status, 200, "{path}");
            answer.body
        };
        let profile = get("/.well-known/ucp", "");
        let page: Value = serde_json::from_slice(&get("/nm/feed", "limit=50")).expect("a page is JSON");
        assert_eq!(page["posts"].as_array().map(Vec::len), Some(50), "the sandbox has a page of 50 posts");
        Self { profile, page }
    }

    fn fresh(&self, number: usize) -> String {
        let mut page = self.page.clone();
        for (at, post) in page["posts"].as_array_mut().into_iter().flatten().enumerate() {
            post["id"] = format!("post_{number:08}_{at:02}").into();
        }
        page.to_string()
    }
}

/// The core over real database threads and files; the network is a page in memory.
struct Ours {
    wire: Rc<Canned>,
    feed: nightmarket::feed::Feed,
    changes: nightmarket::ListSubscription<nightmarket::feed::Post>,
    list: Vec<std::sync::Arc<nightmarket::feed::Post>>,
    /// Ends the core when dropped.
    _shopper: Shopper,
}

impl Ours {
    async fn open(folder: &Path, pages: &Pages) -> Self {
        let database = |kind: Kind, name: &str| -> Rc<dyn Db> {
            let mut connection = Connection::open(folder.join(name)).expect("a file opens");
            storage::prepare(kind, &mut connection).expect("a new file is prepared");
            Rc::new(DbThread::start(name, connection).expect("a thread"))
        };
        let wire = Rc::new(Canned { profile: pages.profile.clone(), page: RefCell::default() });
        let ports = Ports {
            http: wire.clone(),
            dial: Rc::new(NoDial),
            db: Databases {
                ledger: database(Kind::Ledger, "ledger.db"),
                outbox: database(Kind::Outbox, "outbox.db"),
                cache: database(Kind::Cache, "cache.db"),
            },
            clock: Rc::new(SystemClock::default()),
            entropy: Rc::new(SystemEntropy),
        };
        let settings = Settings {
            venue: VENUE.to_owned(),
            directory: folder.to_owned(),
            platform_profile: format!("{VENUE}/platform"),
            language: "en".to_owned(),
            tls: TlsSettings::default(),
        };
        let shopper = Shopper::open_here(ports, settings, Host::default()).await.expect("the venue opens");
        let feed = shopper.feed();
        let changes = feed.posts().await.expect("the cache can be read");
        Self { wire, feed, changes, list: Vec::new(), _shopper: shopper }
    }

    /// From asking for the page to the list that holds it.
    async fn show(&mut self, page: String) -> Duration {
        // The list gives one batch a frame: begin after the last one's.
        tokio::time::sleep(Duration::from_millis(nightmarket::list::FRAME_MS + 4)).await;
        for diff in self.changes.try_batch() {
            diff.apply(&mut self.list);
        }
        let first = page.split("\"id\":\"").find_map(|part| part.strip_prefix("post_")?.split('"').next());
        let first = format!("post_{}", first.expect("a page names its posts"));
        *self.wire.page.borrow_mut() = page.into_bytes();
        let before = Instant::now();
        self.feed.refresh().await.expect("a page in memory is read");
        while !self.list.iter().any(|post| post.id.as_str() == first) {
            for diff in self.changes.next_batch().await.expect("the list lives") {
                diff.apply(&mut self.list);
            }
        }
        let took = before.elapsed();
        assert_eq!(self.list.len(), 50, "a page without a known post replaces the list");
        took
    }
}

struct Canned {
    profile: Vec<u8>,
    page: RefCell<Vec<u8>>,
}

#[async_trait(?Send)]
impl Http for Canned {
    async fn send(&self, request: HttpRequest) -> nightmarket::Result<HttpResponse> {
        let (status, body) = match request.url.path() {
            "/.well-known/ucp" => (200, self.profile.clone()),
            "/nm/feed" => (200, self.page.take()),
            // The session asks for the live channel's tokens: there is no channel here.
            _ => (404, Vec::new()),
        };
        Ok(HttpResponse { status, headers: Vec::new(), body })
    }
}

struct NoDial;

#[async_trait(?Send)]
impl Dial for NoDial {
    async fn dial(
        &self,
        url: &url::Url,
    ) -> nightmarket::Result<(Box<dyn FrameSender>, Box<dyn FrameReceiver>)> {
        Err(Error::Unreachable { who: url.authority().to_owned(), reason: "no sockets here".to_owned() })
    }
}

/// The limit: parse and insert, on one thread, in the way of the cache (WAL, NORMAL, one transaction).
struct Bare(Connection);

#[derive(Deserialize)]
struct BarePage<'a> {
    #[serde(borrow)]
    posts: Vec<&'a RawValue>,
}

/// What a screen shows of a post.
#[derive(Deserialize)]
#[expect(dead_code, reason = "parsed for the time it takes")]
struct BarePost {
    id: String,
    host: BareHost,
    text: std::collections::BTreeMap<String, String>,
    media: Vec<BareMedia>,
    products: Vec<BareProduct>,
    posted_at: String,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "parsed for the time it takes")]
struct BareHost {
    id: String,
    name: String,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "parsed for the time it takes")]
struct BareMedia {
    kind: String,
    url: String,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "parsed for the time it takes")]
struct BareProduct {
    shop: String,
    item: String,
    price: BareMoney,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "parsed for the time it takes")]
struct BareMoney {
    amount: i64,
    currency: String,
}

impl Bare {
    fn open(path: &Path) -> Self {
        let db = Connection::open(path).expect("a file opens");
        db.execute_batch(
            "pragma journal_mode = wal; pragma synchronous = normal;
             create table posts (id text primary key, posted_ms integer not null, body text not null) strict;
             create index posts_newest on posts (posted_ms desc, id desc);",
        )
        .expect("a table is made");
        Self(db)
    }

    fn keep(&mut self, page: &str) -> Duration {
        let before = Instant::now();
        let page: BarePage<'_> = serde_json::from_str(page).expect("a page is JSON");
        let posts: Vec<(BarePost, &str)> = page
            .posts
            .iter()
            .map(|raw| (serde_json::from_str(raw.get()).expect("a post is JSON"), raw.get()))
            .collect();
        let tx = self.0.transaction().expect("a transaction");
        {
            let mut insert =
                tx.prepare_cached("insert or replace into posts values (?1, ?2, ?3)").expect("a statement");
            for (post, body) in &posts {
                insert.execute(params![post.id, NOW_MS, body]).expect("a row");
            }
        }
        tx.commit().expect("a commit");
        let took = before.elapsed();
        // As the cache does, but on no clock: or the table grows with the rounds.
        self.0.execute("delete from posts", []).expect("rows go");
        took
    }
}
