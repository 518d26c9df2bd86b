//! What every service stands on.

use std::path::PathBuf;
use std::rc::Rc;
use tokio::sync::watch;

use crate::api::Api;
use crate::host::Host;
use crate::origin::Origin;
use crate::ports::{Ports, TlsSettings};
use crate::storage::outbox::Outbox;

/// How a Shopper is opened.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The venue's address; a plain shop is a venue of one.
    pub venue: String,
    /// Where the three databases live: one directory per shopper, kept out of cloud backups.
    pub directory: PathBuf,
    /// The partner's platform profile, named in every request (`UCP-Agent`). https, or http on loopback.
    pub platform_profile: String,
    /// BCP 47 language of texts and screens: "en", "zh-Hans".
    pub language: String,
    /// Trust beyond the platform's.
    pub tls: TlsSettings,
}

/// The ports, the host app and what is made of them once.
pub(crate) struct Context {
    pub(crate) ports: Ports,
    pub(crate) host: Host,
    pub(crate) language: String,
    pub(crate) venue: Origin,
    pub(crate) api: Rc<Api>,
    pub(crate) outbox: Rc<Outbox>,
    pub(crate) busy: Busy,
}

/// Work that may keep the live channel up for a moment after the app left the foreground: a purchase under way.
#[derive(Clone)]
pub(crate) struct Busy(Rc<watch::Sender<usize>>);

/// Counts as work until it is dropped.
pub(crate) struct Working(Busy);

impl Default for Busy {
    fn default() -> Self {
        Self(Rc::new(watch::Sender::new(0)))
    }
}

impl Busy {
    pub(crate) fn begin(&self) -> Working {
        self.0.send_modify(|works| *works += 1);
        Working(self.clone())
    }

    pub(crate) fn is_idle(&self) -> bool {
        *self.0.borrow() == 0
    }

    /// Until nothing is under way.
    pub(crate) async fn idle(&self) {
        // The sender is ours, so that this cannot fail.
        let _ = self.0.subscribe().wait_for(|works| *works == 0).await;
    }
}

impl Drop for Working {
    fn drop(&mut self) {
        self.0.0.send_modify(|works| *works = works.saturating_sub(1));
    }
}
