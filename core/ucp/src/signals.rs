//! What the platform itself observed, for the business's abuse checks.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Environment data keyed by reverse-domain names (UCP overview, Signals). `Debug` shows the names only.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Signals(pub BTreeMap<String, Value>);

impl Signals {
    /// The name under which the client's IP address goes.
    pub const BUYER_IP: &'static str = "dev.ucp.buyer_ip";
    /// The name under which the user agent goes.
    pub const USER_AGENT: &'static str = "dev.ucp.user_agent";

    /// With this signal added.
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.insert(name.to_owned(), value.into());
        self
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Signals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
