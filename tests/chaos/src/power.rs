//! Power: what counts the steps of a life and ends it, and the ports that stop with it.

use async_trait::async_trait;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use tokio::sync::Notify;

use nightmarket::ports::db::Job;
use nightmarket::ports::{Db, Http, HttpRequest, HttpResponse, Ports};

/// Counts steps; once off, everything that needs the outside waits for ever, and the life is dropped.
#[derive(Default)]
pub(crate) struct Power {
    left: Cell<Option<u64>>,
    gone: Cell<bool>,
    off: Notify,
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
        let db = |inner: &Rc<dyn Db>| -> Rc<dyn Db> {
            Rc::new(Guarded { inner: inner.clone(), power: self.clone() })
        };
        let guarded = Ports {
            http: Rc::new(Guarded { inner: ports.http.clone(), power: self.clone() }),
            db: nightmarket::ports::Databases {
                ledger: db(&ports.db.ledger),
                outbox: db(&ports.db.outbox),
                cache: db(&ports.db.cache),
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

impl Db for Guarded<dyn Db> {
    fn run(&self, job: Job) {
        if self.power.on() {
            self.inner.run(job);
            self.power.on();
        } else {
            self.power.unfinished.borrow_mut().push(job);
        }
    }
}

#[async_trait(?Send)]
impl Http for Guarded<dyn Http> {
    async fn send(&self, request: HttpRequest) -> nightmarket::Result<HttpResponse> {
        if !self.power.on() {
            return std::future::pending().await;
        }
        let answer = self.inner.send(request).await;
        if !self.power.on() {
            return std::future::pending().await;
        }
        answer
    }
}
