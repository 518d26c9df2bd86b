//! Checkout sessions over REST (UCP checkout-rest).

use nightmarket_ucp::adapter;
use nightmarket_ucp::checkout::{Checkout, CheckoutComplete, CheckoutCreate, CheckoutUpdate};
use nightmarket_ucp::{name, rest};

use super::{Shop, resource};
use crate::api::Call;
use crate::error::{Error, Result};
use crate::ids::{AttemptId, QuoteId};
use crate::ports::Method;

/// Milliseconds a `complete` may take: the shop talks to a bank meanwhile.
const COMPLETE_TIMEOUT_MS: u64 = 20_000;

impl Shop {
    /// Makes a session. The answer's own `messages` may say what is missing.
    pub(crate) async fn create_checkout(&self, create: &CheckoutCreate) -> Result<Checkout> {
        let url = self.ucp(name::CHECKOUT, rest::CHECKOUTS)?;
        let body = adapter::write_create(self.dialect(), create)
            .map_err(|error| Error::bad_input(error.to_string()))?;
        self.checkout(Call::send(self.audience(), Method::Post, url, body, self.fresh_key())).await
    }

    /// Replaces the session (PUT): whatever is not in `update` is gone.
    pub(crate) async fn update_checkout(&self, update: &CheckoutUpdate) -> Result<Checkout> {
        let url = self.ucp(name::CHECKOUT, &rest::checkout(&update.id))?;
        let body = adapter::write_update(self.dialect(), update)
            .map_err(|error| Error::bad_input(error.to_string()))?;
        self.checkout(Call::send(self.audience(), Method::Put, url, body, self.fresh_key())).await
    }

    /// The session as it is now.
    pub(crate) async fn get_checkout(&self, id: &QuoteId) -> Result<Checkout> {
        let url = self.ucp(name::CHECKOUT, &rest::checkout(id.as_str()))?;
        self.checkout(Call::get(self.audience(), url)).await
    }

    /// The bytes of a `complete`: kept by the journal, and the same at every repetition.
    pub(crate) fn complete_body(&self, complete: &CheckoutComplete) -> Result<String> {
        adapter::write_complete(self.dialect(), complete).map_err(|error| Error::bad_input(error.to_string()))
    }

    /// Places the order: one try of exactly these bytes. Whether to repeat it is the journal's to decide; only an
    /// expired token is renewed here, since a 401 says that nothing was done. `leave_by`: not sent after this, by the
    /// monotonic clock.
    pub(crate) async fn complete_checkout(
        &self,
        id: &QuoteId,
        body: &str,
        attempt: &AttemptId,
        leave_by: Option<u64>,
    ) -> Result<Checkout> {
        let url = self.ucp(name::CHECKOUT, &rest::complete(id.as_str()))?;
        let key = attempt.as_str().to_owned();
        let mut call = Call::send(self.audience(), Method::Post, url, body.to_owned(), key).once();
        call.timeout_ms = COMPLETE_TIMEOUT_MS;
        call.leave_by = leave_by;
        self.checkout(call).await
    }

    /// Ends the session without an order. A shop that has placed one, or has ended it already, refuses.
    pub(crate) async fn cancel_checkout(&self, id: &QuoteId) -> Result<Checkout> {
        let url = self.ucp(name::CHECKOUT, &rest::cancel(id.as_str()))?;
        let call = Call::send(self.audience(), Method::Post, url, "{}".to_owned(), self.fresh_key());
        self.checkout(call).await
    }

    async fn checkout(&self, call: Call) -> Result<Checkout> {
        let response = self.call(call).await?;
        resource(adapter::read_checkout(&response.body).map_err(|error| Error::malformed("checkout", error))?)
    }
}
