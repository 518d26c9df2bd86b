//! What a host app gives the core, as a terminal can: a buyer, a test instrument, a key, and a record of reminders.

use async_trait::async_trait;
use nightmarket::host::{
    ANY_HANDLER, Address, Audience, Buyer, BuyerProvider, Credential, CredentialRequest,
    DeviceAuthentication, Instrument, Notifier, SecretStore, TokenProvider,
};
use nightmarket::ids::{DropId, ShopDomain};
use nightmarket::{Error, Result};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// The same bearer token everywhere, or none for a guest.
pub struct FixedToken(pub Option<String>);

#[async_trait]
impl TokenProvider for FixedToken {
    async fn token(
        &self,
        _: &Audience,
        _: &[String],
        _: Option<&str>,
    ) -> Result<Option<nightmarket::host::SecretString>> {
        Ok(self.0.clone().map(Into::into))
    }
}

/// An instrument whose credential is a token given beforehand.
pub struct TokenInstrument {
    /// What the ledger calls it.
    pub id: String,
    /// UCP instrument type.
    pub kind: String,
    /// The opaque token.
    pub token: String,
    /// What may be shown of it: UCP's `display`, JSON.
    pub display: Option<String>,
    /// Whether a wallet would show a sheet of its own.
    pub silent: bool,
}

#[async_trait]
impl Instrument for TokenInstrument {
    fn id(&self) -> String {
        self.id.clone()
    }

    fn handlers(&self) -> Vec<String> {
        vec![ANY_HANDLER.to_owned()]
    }

    fn kind(&self) -> String {
        self.kind.clone()
    }

    fn label(&self) -> String {
        "Test card".to_owned()
    }

    fn silent(&self) -> bool {
        self.silent
    }

    async fn credential(&self, _: CredentialRequest) -> Result<Credential> {
        let json = serde_json::json!({"type": "token", "token": self.token}).to_string();
        Ok(Credential { display: self.display.clone(), ..Credential::new(json) })
    }
}

/// One buyer with one address, for every shop.
pub struct FixedBuyer {
    /// UCP `buyer`.
    pub buyer: serde_json::Value,
    /// UCP postal address.
    pub address: Option<serde_json::Value>,
}

#[async_trait]
impl BuyerProvider for FixedBuyer {
    async fn buyer(&self, _: &ShopDomain) -> Result<Buyer> {
        let address =
            self.address.as_ref().map(|json| Address { id: "home".to_owned(), json: json.to_string() });
        Ok(Buyer { json: Some(self.buyer.to_string()), address })
    }
}

/// The person in front of the terminal typed the command: that is the proof.
pub struct Present;

#[async_trait]
impl DeviceAuthentication for Present {
    async fn authenticate(&self, _: &str) -> Result<bool> {
        Ok(true)
    }
}

/// A key in a file that only its owner can read. A phone keeps it in Keystore or Keychain.
pub struct KeyFile(pub PathBuf);

impl SecretStore for KeyFile {
    fn sealing_key(&self) -> Result<[u8; 32]> {
        let failed = |reason: String| Error::Host { provider: "secret store".to_owned(), reason };
        match std::fs::read(&self.0) {
            Ok(bytes) => bytes.try_into().map_err(|_| failed("the key file is damaged".to_owned())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let mut key = [0; 32];
                getrandom::fill(&mut key).map_err(|error| failed(error.to_string()))?;
                write_private(&self.0, &key).map_err(|error| failed(error.to_string()))?;
                Ok(key)
            }
            Err(error) => Err(failed(error.to_string())),
        }
    }
}

fn write_private(path: &PathBuf, bytes: &[u8]) -> std::io::Result<()> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Local notifications as they were asked for: drop, wall time in milliseconds, title.
#[derive(Clone, Default)]
pub struct Notifications(Arc<Mutex<Vec<(DropId, i64, String)>>>);

impl Notifications {
    /// Those still scheduled.
    pub fn scheduled(&self) -> Vec<(DropId, i64, String)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Notifier for Notifications {
    fn schedule(&self, drop: &DropId, at_ms: i64, title: &str) {
        let mut scheduled = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        scheduled.retain(|(other, ..)| other != drop);
        scheduled.push((drop.clone(), at_ms, title.to_owned()));
    }

    fn cancel(&self, drop: &DropId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|(other, ..)| other != drop);
    }
}
