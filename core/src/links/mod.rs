//! Accounts at shops, linked by the shopper in a browser (UCP identity-linking): OAuth 2.0 authorization code with PKCE,
//! the app being a public client. Each shop is linked by itself; a guest may look and buy where the shop lets guests.
//!
//! A host app with a server of its own may link there instead, and give tokens by its [`crate::host::TokenProvider`].

pub(crate) mod challenge;
pub(crate) mod keeper;
mod policy;
mod store;
#[cfg(test)]
mod tests;
mod wire;

use serde::de::DeserializeOwned;
use std::rc::Rc;

use nightmarket_ucp::name;

use crate::context::Context;
use crate::error::{Error, Result};
use crate::ids::ShopDomain;
use crate::origin::Origin;
use crate::ports::{HttpResponse, Method};
use crate::remote::Remote;
use crate::shop::Shops;
use policy::{Callback, Pending};
use wire::{LinkingConfig, Metadata};

/// An account linked at a shop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShopLink {
    /// The shop.
    pub shop: ShopDomain,
    /// What the shopper allowed, as OAuth scopes: "dev.ucp.shopping.order:read".
    pub scopes: Vec<String>,
    /// Since when, wall time in milliseconds.
    pub linked_ms: i64,
}

/// Something that a shop wants its own account for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkScope {
    /// The OAuth scope.
    pub scope: String,
    /// What it is for, in the shop's words.
    pub description: Option<String>,
}

/// Accounts at shops.
#[derive(Clone)]
pub struct Links(Remote<Service>);

impl Links {
    pub(crate) fn new(remote: Remote<Service>) -> Self {
        Self(remote)
    }

    /// What can be linked at a shop; empty where it has accounts but asks them for nothing.
    ///
    /// # Errors
    /// `NotOffered` where the shop links no accounts.
    pub async fn offered(&self, shop: ShopDomain) -> Result<Vec<LinkScope>> {
        self.0.call(|links| async move { links.offered(&shop).await }).await
    }

    /// Begins a sign-in: the address to open in a browser of the system's (never a web view of the app's own: RFC 8252).
    /// It is used once, within half an hour, and survives the app. `scopes`: what to ask for, all if empty. `challenge`:
    /// that of a `SignInNeeded`, whose scopes then count; what was granted before is not asked for again.
    ///
    /// # Errors
    /// `NotOffered` where the shop links no accounts or takes no client without a secret, `BadInput` for a scope that it
    /// does not offer, `NotGenuine` if its server is not its own, `Host` without [`crate::host::OAuthClient`] or sealing key.
    pub async fn link(
        &self,
        shop: ShopDomain,
        scopes: Vec<String>,
        challenge: Option<String>,
    ) -> Result<String> {
        self.0.call(|links| async move { links.link(&shop, &scopes, challenge.as_deref()).await }).await
    }

    /// The browser came back to the app with this address.
    ///
    /// # Errors
    /// `Refused` if the shopper or the shop said no ("`access_denied`"), `NotGenuine` if it answers no sign-in of this app,
    /// one that was used, or comes from another server; nothing is linked then, and a new [`Links::link`] is needed.
    pub async fn linked(&self, callback_url: String) -> Result<ShopLink> {
        self.0.call(|links| async move { links.linked(&callback_url).await }).await
    }

    /// Ends a link: here at once, at the shop as soon as it can be reached.
    pub async fn unlink(&self, shop: ShopDomain) -> Result<()> {
        self.0.call(|links| async move { links.context.api.links().unlink(&shop).await }).await
    }

    /// All links, by shop.
    pub async fn list(&self) -> Result<Vec<ShopLink>> {
        self.0.call(|links| async move { links.context.api.links().links().await }).await
    }
}

/// See the module; on the core thread.
pub(crate) struct Service {
    context: Rc<Context>,
    shops: Rc<Shops>,
}

impl Service {
    pub(crate) fn new(context: Rc<Context>, shops: Rc<Shops>) -> Rc<Self> {
        Rc::new(Self { context, shops })
    }

    /// Shops that could not be told of an unlinking are told now.
    pub(crate) fn nudge(&self) {
        let links = self.context.api.links().clone();
        tokio::task::spawn_local(async move {
            if let Err(error) = links.tell_ended().await {
                tracing::debug!(code = error.code(), "a shop has yet to be told that it is unlinked");
            }
        });
    }

    async fn offered(&self, shop: &ShopDomain) -> Result<Vec<LinkScope>> {
        let shop = self.shops.get(shop).await?;
        let discovered = shop.discovered();
        let config: LinkingConfig = discovered.config(name::IDENTITY_LINKING)?;
        Ok(policy::derived(&config.scopes, &discovered.negotiated))
    }

    async fn link(&self, shop: &ShopDomain, wished: &[String], challenge: Option<&str>) -> Result<String> {
        let offered = self.offered(shop).await?;
        let client = self.context.host.oauth.as_ref().ok_or_else(|| Error::Host {
            provider: "OAuth client".to_owned(),
            reason: "none was given".to_owned(),
        })?;
        let origin = Origin::of_shop(shop, &self.context.venue)?;
        let issuer = policy::issuer(&origin);
        let known = self.context.api.links().links().await?.into_iter().find(|link| link.shop == *shop);
        let granted = known.map(|link| link.scopes).unwrap_or_default();
        let challenge = challenge.and_then(challenge::bearer);
        let scopes = policy::wanted(&offered, wished, challenge.as_ref(), &issuer, &granted)?;
        let metadata = self.metadata(&origin).await?;
        policy::check_metadata(&metadata, &issuer, &scopes)?;
        let pending = Pending {
            shop: shop.clone(),
            issuer,
            client_id: client.id_at(shop).to_owned(),
            redirect_uri: client.redirect_uri.clone(),
            token_endpoint: metadata.token_endpoint,
            revocation_endpoint: metadata.revocation_endpoint,
            scopes,
            granted,
            state: keeper::random_secret(&self.context.ports),
            verifier: keeper::random_secret(&self.context.ports),
            made_ms: self.context.ports.clock.wall_ms(),
        };
        let url = policy::authorization_url(&metadata.authorization_endpoint, &pending)?;
        self.context.api.links().begin(&pending).await?;
        Ok(url.into())
    }

    async fn linked(&self, callback_url: &str) -> Result<ShopLink> {
        let callback = Callback::read(callback_url)?;
        self.context.api.links().finish(&callback).await
    }

    /// The shop's authorization server (UCP identity-linking, "Discovery"): RFC 8414, and only where that is not there
    /// that of `OpenID`; anything else that goes wrong ends it.
    async fn metadata(&self, origin: &Origin) -> Result<Metadata> {
        let first = self.fetch(origin, "/.well-known/oauth-authorization-server").await?;
        let answer = match first.status {
            404 => self.fetch(origin, "/.well-known/openid-configuration").await?,
            _ => first,
        };
        if !(200..300).contains(&answer.status) {
            return Err(match answer.status {
                404 => Error::not_offered(name::IDENTITY_LINKING),
                status => Error::Server { who: origin.domain().to_string(), status },
            });
        }
        parse(&answer)
    }

    async fn fetch(&self, origin: &Origin, path: &str) -> Result<HttpResponse> {
        let mut url = origin.profile_url();
        url.set_path(path);
        self.context.ports.http.send(keeper::request(Method::Get, url, None)).await
    }
}

fn parse<T: DeserializeOwned>(answer: &HttpResponse) -> Result<T> {
    let what = "authorization server metadata";
    if answer.body.len() > keeper::MAX_ANSWER {
        return Err(Error::malformed(what, format!("longer than {} bytes", keeper::MAX_ANSWER)));
    }
    crate::api::parse(what, &answer.body)
}
