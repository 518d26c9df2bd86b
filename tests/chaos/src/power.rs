//! Power: what counts the steps of a life and ends it, and the ports that stop with it.

use async_trait::async_trait;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use tokio::sync::Notify;

use nightmarket::ports::db::Job;
use nightmarket::ports::{
    Databases, Db, Dial, Frame, FrameReceiver, FrameSender, Http, HttpRequest, HttpResponse, Ports,
};
use nightmarket::storage::Kind;
use url::Url;

use crate::phone::read;
use crate::steps::{self, Edge, Mark};

/// Steps that one piece of a database's work can have at most, by far.
const SOON: u64 = 200;

/// Counts steps; once off, everything that needs the outside waits for ever, and the life is dropped.
#[derive(Default)]
pub(crate) struct Power {
    left: Cell<Option<u64>>,
    gone: Cell<bool>,
    off: Notify,
    /// At what it ended.
    last: RefCell<Option<(String, Edge)>>,
    /// Work handed over after the end: never done, never answered, as on a phone without power.
    unfinished: RefCell<Vec<Job>>,
}

impl Power {
    /// Power for so many steps; without a number, for ever.
    pub(crate) fn steps(left: Option<u64>) -> Rc<Self> {
        Rc::new(Self { left: Cell::new(left), ..Self::default() })
    }

    /// One step. False if it is the last or there was one before.
    pub(crate) fn on(&self) -> bool {
        match self.left.get() {
            _ if self.gone.get() => return false,
            None => return true,
            Some(0) => {
                self.gone.set(true);
                self.off.notify_one();
                return false;
            }
            Some(left) => self.left.set(Some(left - 1)),
        }
        true
    }

    /// One step, which is this one: at what it ended, if it does now.
    fn step(&self, what: &str, edge: Edge) -> bool {
        let was_on = !self.is_gone();
        let on = self.on();
        if was_on && !on {
            self.ended(what.to_owned(), edge);
        }
        on
    }

    fn ended(&self, step: String, edge: Edge) {
        self.last.borrow_mut().get_or_insert((step, edge));
    }

    /// At what it ended; none if it was in the middle of something else.
    pub(crate) fn last(&self) -> Option<(String, Edge)> {
        self.last.borrow().clone()
    }

    /// Whether it goes off after at most so many steps that are still done.
    fn goes_within(&self, steps: u64) -> bool {
        self.left.get().is_some_and(|left| left <= steps)
    }

    /// Whether it is off, without taking a step.
    pub(crate) fn is_gone(&self) -> bool {
        self.gone.get()
    }

    /// Goes off within so many steps, if it was to go off at all.
    pub(crate) fn hasten(&self, steps: u64) {
        self.left.set(self.left.get().map(|left| left.min(steps)));
    }

    /// Runs `work` over these ports until it ends or the power does; every task of it is gone when this returns.
    pub(crate) async fn live<T>(
        self: &Rc<Self>,
        ports: Ports,
        work: impl AsyncFnOnce(Ports) -> T,
    ) -> Option<T> {
        let db = |inner: Rc<dyn Db>, kind| -> Rc<dyn Db> {
            Rc::new(GuardedDb { inner, kind, power: self.clone() })
        };
        let guarded = Ports {
            http: Rc::new(Guarded { inner: ports.http, power: self.clone() }),
            dial: Rc::new(Guarded { inner: ports.dial, power: self.clone() }),
            db: Databases {
                ledger: db(ports.db.ledger, Kind::Ledger),
                outbox: db(ports.db.outbox, Kind::Outbox),
                cache: db(ports.db.cache, Kind::Cache),
            },
            ..ports
        };
        let local = tokio::task::LocalSet::new();
        let lived = tokio::select! {
            biased;
            () = self.off.notified() => None,
            result = local.run_until(work(guarded)) => Some(result),
        };
        drop(local);
        // What went on for a moment after the end did not happen.
        lived.filter(|_| !self.is_gone())
    }
}

struct Guarded<P: ?Sized> {
    power: Rc<Power>,
    inner: Rc<P>,
}

/// One of the databases.
struct GuardedDb {
    power: Rc<Power>,
    inner: Rc<dyn Db>,
    kind: Kind,
}

impl GuardedDb {
    /// What the ledger holds, if that may be wanted: the power is about to go.
    fn mark(&self) -> Option<Mark> {
        let wanted = self.kind == Kind::Ledger && self.power.goes_within(SOON);
        if wanted { read(&*self.inner, |ledger| Mark::of(ledger)).ok() } else { None }
    }

    fn step(&self, written: Option<String>) -> String {
        written.unwrap_or_else(|| match self.kind {
            Kind::Ledger => "ledger, otherwise".to_owned(),
            Kind::Outbox => "outbox".to_owned(),
            Kind::Cache => "cache".to_owned(),
        })
    }

    /// The power goes before this work: it is done on a copy, to see what it would have been.
    fn instead(&self, job: Job) -> Option<String> {
        let copied =
            self.mark().and_then(|mark| Some((mark, read(&*self.inner, |db| steps::copy(db)).ok()?)));
        self.power.on();
        let Some((mark, mut copy)) = copied else {
            self.power.unfinished.borrow_mut().push(job);
            return None;
        };
        // Whoever hears that it is done can do nothing with it any more.
        job(&mut copy);
        mark.written(&copy).ok()
    }
}

impl Db for GuardedDb {
    fn run(&self, job: Job) {
        if self.power.is_gone() {
            self.power.unfinished.borrow_mut().push(job);
        } else if self.power.goes_within(0) {
            let step = self.instead(job);
            self.power.ended(self.step(step), Edge::Before);
        } else {
            self.power.on();
            let mark = self.mark();
            self.inner.run(job);
            if self.power.is_gone() {
                let step = mark.map(|mark| format!("ledger, while {}", mark.open()));
                self.power.ended(self.step(step), Edge::Within);
            } else if self.power.goes_within(0) {
                let step = mark.and_then(|mark| read(&*self.inner, move |db| mark.written(db)).ok());
                self.power.on();
                self.power.ended(self.step(step), Edge::After);
            } else {
                self.power.on();
            }
        }
    }
}

#[async_trait(?Send)]
impl Http for Guarded<dyn Http> {
    async fn send(&self, request: HttpRequest) -> nightmarket::Result<HttpResponse> {
        let step = steps::of_request(&request);
        if !self.power.step(step, Edge::Before) {
            return std::future::pending().await;
        }
        let answer = self.inner.send(request).await;
        if !self.power.step(step, Edge::After) {
            return std::future::pending().await;
        }
        answer
    }
}

#[async_trait(?Send)]
impl Dial for Guarded<dyn Dial> {
    async fn dial(&self, url: &Url) -> nightmarket::Result<(Box<dyn FrameSender>, Box<dyn FrameReceiver>)> {
        if self.power.is_gone() {
            return std::future::pending().await;
        }
        let (sender, receiver) = self.inner.dial(url).await?;
        Ok((
            Box::new(GuardedSender { inner: sender, power: self.power.clone() }),
            Box::new(GuardedReceiver { inner: receiver, power: self.power.clone() }),
        ))
    }
}

struct GuardedSender {
    power: Rc<Power>,
    inner: Box<dyn FrameSender>,
}

#[async_trait(?Send)]
impl FrameSender for GuardedSender {
    async fn send(&mut self, text: String) -> nightmarket::Result<()> {
        if !self.power.step("frame up", Edge::Before) {
            return std::future::pending().await;
        }
        let sent = self.inner.send(text).await;
        if !self.power.step("frame up", Edge::After) {
            return std::future::pending().await;
        }
        sent
    }

    async fn close(&mut self, code: u16) {
        self.inner.close(code).await;
    }
}

struct GuardedReceiver {
    power: Rc<Power>,
    inner: Box<dyn FrameReceiver>,
}

#[async_trait(?Send)]
impl FrameReceiver for GuardedReceiver {
    async fn receive(&mut self) -> Frame {
        let frame = self.inner.receive().await;
        if !self.power.step("frame down", Edge::Before) {
            return std::future::pending().await;
        }
        frame
    }
}
