//! What every service stands on.

use std::path::PathBuf;
use std::rc::Rc;

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
}
