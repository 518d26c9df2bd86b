//! Fields of extensions that this crate does not know, kept and passed on.

use std::fmt;

use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value};

/// Extension fields beside the known ones (UCP overview, Schema Composition), such as `app.nightmarket.offer`.
///
/// A `null` is never written: an absent field is absent. `Debug` shows the names only: what a vendor puts here may be personal or secret.
#[derive(Clone, Default, PartialEq, Deserialize)]
#[serde(transparent)]
pub struct Extra(pub Map<String, Value>);

impl Extra {
    /// The field of this name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// Sets a field; a `null` removes it.
    pub fn set(&mut self, name: &str, value: Value) {
        if value.is_null() {
            self.0.remove(name);
        } else {
            self.0.insert(name.to_owned(), value);
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The fields whose name carries a domain, so that they belong to a vendor and not to a later UCP version.
    pub(crate) fn vendor_fields(&self) -> Self {
        let vendor = self.0.iter().filter(|(name, value)| name.contains('.') && !value.is_null());
        Self(vendor.map(|(name, value)| (name.clone(), value.clone())).collect())
    }
}

impl Serialize for Extra {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_map(self.0.iter().filter(|(_, value)| !value.is_null()))
    }
}

impl fmt::Debug for Extra {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
