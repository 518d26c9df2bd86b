//! Stopping to wait. A coroutine that is canceled drops its Rust future; a Swift task does not, so it is told by a token.

use std::sync::Arc;
use tokio::sync::watch;

use crate::error::{NightmarketError, Result};

/// Given to a call that may wait for a network or a person, so that the wait can be ended from outside. What the call had
/// written down goes on: a purchase is decided by its journal, never by who waits for it.
#[derive(uniffi::Object)]
pub struct CancelToken {
    canceled: watch::Sender<bool>,
}

#[uniffi::export]
impl CancelToken {
    /// One for any number of calls.
    #[uniffi::constructor]
    #[expect(clippy::new_without_default, reason = "it is made by the other language")]
    pub fn new() -> Self {
        Self { canceled: watch::Sender::new(false) }
    }

    /// Ends the waiting of every call it was given to, now and later: they fail with `Canceled`.
    pub fn cancel(&self) {
        self.canceled.send_replace(true);
    }
}

/// Waits for `work`, but no longer than until `cancel` is used.
pub(crate) async fn within<T>(
    cancel: Option<Arc<CancelToken>>,
    work: impl Future<Output = nightmarket::Result<T>>,
) -> Result<T> {
    let Some(token) = cancel else { return Ok(work.await?) };
    let mut canceled = token.canceled.subscribe();
    tokio::select! {
        biased;
        // The token is held above, so its sender lives and this only ends by a cancel.
        _ = canceled.wait_for(|canceled| *canceled) => Err(NightmarketError::Canceled),
        result = work => Ok(result?),
    }
}
