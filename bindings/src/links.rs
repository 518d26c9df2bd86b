//! Accounts at shops, for Kotlin and Swift.

use std::sync::Arc;

use nightmarket::ids::ShopDomain;
use nightmarket::links;
pub use nightmarket::links::{LinkScope, ShopLink};

use crate::cancel::{CancelToken, within};
use crate::error::Result;

/// An account linked at a shop.
#[uniffi::remote(Record)]
pub struct ShopLink {
    /// The shop.
    pub shop: ShopDomain,
    /// What the shopper allowed, as OAuth scopes: "dev.ucp.shopping.order:read".
    pub scopes: Vec<String>,
    /// Since when, wall time in milliseconds.
    pub linked_ms: i64,
}

/// Something that a shop wants its own account for.
#[uniffi::remote(Record)]
pub struct LinkScope {
    /// The OAuth scope.
    pub scope: String,
    /// What it is for, in the shop's words.
    pub description: Option<String>,
}

/// Accounts at shops, each linked by the shopper in a browser of the system's.
#[derive(uniffi::Object)]
pub struct Links {
    pub(crate) links: links::Links,
}

#[uniffi::export]
impl Links {
    /// What can be linked at a shop; empty where it has accounts but asks them for nothing.
    ///
    /// # Errors
    /// `NotOffered` where the shop links no accounts.
    pub async fn offered(
        &self,
        shop: ShopDomain,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<Vec<LinkScope>> {
        within(cancel, self.links.offered(shop)).await
    }

    /// Begins a sign-in: the address to open in a browser of the system's (a Custom Tab, `ASWebAuthenticationSession`; never a
    /// web view of the app's own). It is used once, within half an hour, and survives the app. `scopes`: what to ask for,
    /// all if empty. `challenge`: that of a `SignInNeeded`, whose scopes then count.
    ///
    /// # Errors
    /// `NotOffered` where the shop links no accounts or takes no app without a secret, `BadInput` for a scope that it does not
    /// offer, `NotGenuine` if its server is not its own, `Host` without `HostApp.set_oauth` or a sealing key.
    pub async fn link(
        &self,
        shop: ShopDomain,
        scopes: Vec<String>,
        challenge: Option<String>,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<String> {
        within(cancel, self.links.link(shop, scopes, challenge)).await
    }

    /// The browser came back to the app with this address.
    ///
    /// # Errors
    /// `Refused` if the shopper or the shop said no ("`access_denied`"), `NotGenuine` if it answers no sign-in of this app, one
    /// that was used, or comes from another server.
    pub async fn linked(&self, callback_url: String) -> Result<ShopLink> {
        Ok(self.links.linked(callback_url).await?)
    }

    /// Ends a link: here at once, at the shop as soon as it can be reached.
    pub async fn unlink(&self, shop: ShopDomain) -> Result<()> {
        Ok(self.links.unlink(shop).await?)
    }

    /// All links, by shop.
    pub async fn list(&self) -> Result<Vec<ShopLink>> {
        Ok(self.links.list().await?)
    }
}
