//! The network between a core and the sandbox: everything a real one does to a request, by the dice.

use async_trait::async_trait;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use nightmarket::Error;
use nightmarket::ports::sim::SimClock;
use nightmarket::ports::{Clock as _, Http, HttpRequest, HttpResponse};
use nightmarket_sandbox::http::{Request, Response};
use nightmarket_sandbox::hub::ConnId;
use nightmarket_sandbox::world::{Target, World};
use url::Url;

use crate::dice::Dice;
use crate::sockets::Inbox;
use crate::trace::{Trace, short_hash};

/// What the network does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weather {
    /// Everything arrives, once, within 80 ms.
    Fair,
    /// About every second request meets a fault.
    Foul,
    /// Nothing gets through.
    Offline,
}

/// What happens to one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// Arrives, is answered.
    Fine,
    /// No connection: nothing was sent.
    Refused,
    /// Sent, never arrives.
    RequestLost,
    /// Arrives and is done; the answer is lost.
    AnswerLost,
    /// As that, but the connection breaks at once and not by a timeout.
    Cut,
    /// Takes so long to arrive; the caller may have given up by then.
    Slow(u64),
    /// Arrives twice, one right after the other.
    Doubled,
    /// Is answered, and arrives once more later, after others.
    Late(u64),
    /// Something on the way answers 502 instead.
    BadGateway,
    /// It is done, and something on the way makes a 502 of the answer.
    DoneBadGateway,
    /// The server asks to come back in so many seconds.
    Busy(u64),
}

struct Straggler {
    at_ms: i64,
    target: Target,
    request: Request,
}

/// See the module.
pub struct SimNet {
    pub(crate) world: Rc<RefCell<World>>,
    /// True time, which no phone's skew moves.
    pub(crate) clock: SimClock,
    pub(crate) dice: Dice,
    pub(crate) weather: Cell<Weather>,
    pub(crate) trace: Rc<Trace>,
    pub(crate) sockets: RefCell<BTreeMap<ConnId, Rc<Inbox>>>,
    origins: BTreeMap<String, Target>,
    stragglers: RefCell<Vec<Straggler>>,
}

impl SimNet {
    /// A network to the world's venue and shops at these origins.
    pub fn new(
        seed: u64,
        start_ms: i64,
        world: World,
        origins: &[(&str, Target)],
        trace: Rc<Trace>,
    ) -> Rc<Self> {
        let origins = origins.iter().map(|(authority, target)| ((*authority).to_owned(), *target)).collect();
        Rc::new(Self {
            world: Rc::new(RefCell::new(world)),
            clock: SimClock::new(start_ms),
            dice: Dice::new(seed, "network"),
            weather: Cell::new(Weather::Fair),
            trace,
            sockets: RefCell::default(),
            origins,
            stragglers: RefCell::default(),
        })
    }

    /// From now on.
    pub fn set_weather(&self, weather: Weather) {
        self.note(&format!("weather {weather:?}"));
        self.weather.set(weather);
    }

    /// The sandbox, to act in it and to read its books.
    pub fn world(&self) -> std::cell::RefMut<'_, World> {
        self.world.borrow_mut()
    }

    /// The buyer answers the bank in a browser, which has a network of its own.
    pub fn answer_bank(&self, continue_url: &str, approve: bool) {
        let answer = if approve { "approve" } else { "refuse" };
        let body = serde_json::json!({ "continue_url": continue_url, "answer": answer }).to_string();
        let request = Request {
            method: "POST".to_owned(),
            path: "/_control/bank".to_owned(),
            query: String::new(),
            headers: vec![("host".to_owned(), "127.0.0.1:4000".to_owned())],
            body: body.into_bytes(),
        };
        let status = self.world().handle(Target::Venue, self.clock.wall_ms(), &request).status;
        self.note(&format!("the bank is told {answer} -> {status}"));
    }

    pub(crate) fn note(&self, line: &str) {
        self.trace.note(&self.clock, line);
    }

    fn fate(&self) -> Fate {
        match self.weather.get() {
            Weather::Fair => Fate::Fine,
            Weather::Offline => Fate::Refused,
            Weather::Foul => match self.dice.below(100) {
                0..8 => Fate::Refused,
                8..15 => Fate::RequestLost,
                15..22 => Fate::AnswerLost,
                22..27 => Fate::Cut,
                27..33 => Fate::Slow(self.dice.between(100, 20_000)),
                33..38 => Fate::Doubled,
                38..43 => Fate::Late(self.dice.between(50, 60_000)),
                43..46 => Fate::BadGateway,
                46..50 => Fate::DoneBadGateway,
                50..52 => Fate::Busy(self.dice.between(1, 5)),
                _ => Fate::Fine,
            },
        }
    }

    /// Lets what is under way arrive, and time pass in the sandbox.
    pub(crate) fn catch_up(&self) {
        let now = self.clock.wall_ms();
        loop {
            let due = {
                let mut waiting = self.stragglers.borrow_mut();
                let next = (0..waiting.len()).min_by_key(|at| (waiting[*at].at_ms, *at));
                next.filter(|at| waiting[*at].at_ms <= now).map(|at| waiting.remove(at))
            };
            let Some(Straggler { at_ms, target, request }) = due else { break };
            let answer = self.world().handle(target, at_ms, &request);
            self.note(&format!("late {} {} -> {}", request.method, request.path, answer.status));
        }
        self.world().advance(now);
    }

    fn deliver(&self, target: Target, request: &Request) -> Response {
        self.catch_up();
        self.world().handle(target, self.clock.wall_ms(), request)
    }

    async fn exchange(&self, request: &HttpRequest, fate: Fate) -> nightmarket::Result<Response> {
        let who = request.url.authority().to_owned();
        let unreachable = |why: &str| Error::Unreachable { who: who.clone(), reason: why.to_owned() };
        let no_answer = |why: &str| Error::NoAnswer { who: who.clone(), reason: why.to_owned() };
        self.wait(self.dice.between(1, 40)).await;
        let target = self.origins.get(&who).copied().ok_or_else(|| unreachable("nobody listens there"))?;
        let sent = as_sandbox(request);
        let never = || self.wait(request.timeout_ms);
        let answer = match fate {
            Fate::Refused => return Err(unreachable("connection refused")),
            Fate::RequestLost => {
                never().await;
                return Err(no_answer("timed out"));
            }
            Fate::AnswerLost => {
                self.deliver(target, &sent);
                never().await;
                return Err(no_answer("timed out"));
            }
            Fate::Cut => {
                self.deliver(target, &sent);
                return Err(no_answer("connection reset"));
            }
            Fate::Slow(by) if by >= request.timeout_ms => {
                self.later(by, target, sent);
                never().await;
                return Err(no_answer("timed out"));
            }
            Fate::Slow(by) => {
                self.wait(by).await;
                self.deliver(target, &sent)
            }
            Fate::Doubled => {
                self.deliver(target, &sent);
                self.deliver(target, &sent)
            }
            Fate::Late(by) => {
                let answer = self.deliver(target, &sent);
                self.later(by, target, sent);
                answer
            }
            Fate::BadGateway => Response::bytes(502, "text/html", b"<h1>Bad Gateway</h1>".to_vec()),
            Fate::DoneBadGateway => {
                self.deliver(target, &sent);
                Response::bytes(502, "text/html", b"<h1>Bad Gateway</h1>".to_vec())
            }
            Fate::Busy(seconds) => {
                Response::error(503, "unavailable", "busy").with_header("retry-after", &seconds.to_string())
            }
            Fate::Fine => self.deliver(target, &sent),
        };
        self.wait(self.dice.between(1, 40)).await;
        Ok(answer)
    }

    fn later(&self, by_ms: u64, target: Target, request: Request) {
        let at_ms = self.clock.wall_ms().saturating_add_unsigned(by_ms);
        self.stragglers.borrow_mut().push(Straggler { at_ms, target, request });
    }

    pub(crate) async fn wait(&self, milliseconds: u64) {
        tokio::time::sleep(Duration::from_millis(milliseconds)).await;
    }
}

#[async_trait(?Send)]
impl Http for SimNet {
    async fn send(&self, request: HttpRequest) -> nightmarket::Result<HttpResponse> {
        let fate = self.fate();
        let key = request.headers.iter().find(|(name, _)| *name == "idempotency-key");
        let what = format!(
            "{} {} key {} body {}",
            request.method.as_str(),
            request.url,
            key.map_or("-", |(_, key)| key.as_str()),
            request.body.as_ref().map_or_else(|| "-".to_owned(), |body| short_hash(body)),
        );
        self.note(&format!("> {what} ({fate:?})"));
        let answer = self.exchange(&request, fate).await;
        match &answer {
            Ok(answer) => self.note(&format!("< {} to {what}", answer.status)),
            Err(error) => self.note(&format!("< {} to {what}", error.code())),
        }
        let Response { status, headers, body } = answer?;
        Ok(HttpResponse { status, headers, body })
    }
}

fn as_sandbox(request: &HttpRequest) -> Request {
    let headers = request.headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
    let host = ("host".to_owned(), authority(&request.url));
    Request {
        method: request.method.as_str().to_owned(),
        path: request.url.path().to_owned(),
        query: request.url.query().unwrap_or_default().to_owned(),
        headers: std::iter::once(host).chain(headers).collect(),
        body: request.body.clone().unwrap_or_default(),
    }
}

fn authority(url: &Url) -> String {
    url.authority().to_owned()
}
