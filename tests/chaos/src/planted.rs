//! Planted bugs, outside the core: a judge that lets one pass judges nothing.

use async_trait::async_trait;
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::rc::Rc;

use nightmarket::Error;
use nightmarket::ports::{Http, HttpRequest, HttpResponse};
use serde_json::Value;

/// A retry goes out under a new identity: another `Idempotency-Key`, another client id in the body, so that the other
/// side cannot know it for what it has seen before.
pub struct NewIdentityOnRetry {
    inner: Rc<dyn Http>,
    seen: RefCell<BTreeSet<String>>,
    made: Cell<u64>,
}

impl NewIdentityOnRetry {
    /// Between a core and `inner`.
    pub fn over(inner: Rc<dyn Http>) -> Rc<dyn Http> {
        Rc::new(Self { inner, seen: RefCell::default(), made: Cell::new(0) })
    }

    fn disguise(&self, id: &mut String) {
        if !self.seen.borrow_mut().insert(id.clone()) {
            self.made.set(self.made.get() + 1);
            *id = format!("00000000-0000-4000-8000-{:012x}", self.made.get());
        }
    }

    fn disguise_at(&self, body: &mut Value, pointer: &str) {
        if let Some(Value::String(id)) = body.pointer_mut(pointer) {
            self.disguise(id);
        }
    }
}

#[async_trait(?Send)]
impl Http for NewIdentityOnRetry {
    async fn send(&self, mut request: HttpRequest) -> nightmarket::Result<HttpResponse> {
        for (name, value) in &mut request.headers {
            if *name == "idempotency-key" {
                self.disguise(value);
            }
        }
        if let Some(Ok(mut body)) = request.body.as_deref().map(serde_json::from_slice::<Value>) {
            self.disguise_at(&mut body, "/id");
            self.disguise_at(&mut body, "/items/0/id");
            request.body = Some(body.to_string().into_bytes());
        }
        self.inner.send(request).await
    }
}

/// A lost answer is taken for a connection that never was: the core believes that nothing left, and says so.
pub struct LostMeansUnsent(Rc<dyn Http>);

impl LostMeansUnsent {
    /// Between a core and `inner`.
    pub fn over(inner: Rc<dyn Http>) -> Rc<dyn Http> {
        Rc::new(Self(inner))
    }
}

#[async_trait(?Send)]
impl Http for LostMeansUnsent {
    async fn send(&self, request: HttpRequest) -> nightmarket::Result<HttpResponse> {
        self.0.send(request).await.map_err(|error| match error {
            Error::NoAnswer { who, reason } => Error::Unreachable { who, reason },
            other => other,
        })
    }
}
