//! What a shop's owner decides.

use super::OAuthClient;

/// How long things take and what is allowed; milliseconds by the shop's clock.
#[derive(Debug, Clone)]
pub struct Terms {
    /// A checkout session or cart lives so long after its last change.
    pub session_ms: i64,
    /// An order may be canceled so long.
    pub undo_ms: i64,
    /// From order to parcel handed to the carrier.
    pub ship_ms: i64,
    /// From order to delivery.
    pub deliver_ms: i64,
    /// From `tok_slow…` accepted to known.
    pub slow_ms: i64,
    /// A delivered line may be returned so long.
    pub return_ms: i64,
    /// One tap may buy up to this total, minor units.
    pub one_tap_max: i64,
    /// Quotes that all viewers of a room together may prepare early, a second; 0: none.
    pub early_per_second: u32,
    /// What is taken for consented to where nothing was said, and answered so.
    pub presumes: Vec<&'static str>,
    /// Are street, town and postal code asked for, or is a country enough (the judge sends no more)?
    pub strict_address: bool,
    /// Are answers signed (RFC 9421)?
    pub sign_answers: bool,
    /// Are requests turned away that are not signed?
    pub signed_requests: bool,
    /// Who may send shoppers to the authorization server.
    pub oauth_clients: Vec<OAuthClient>,
    /// Scopes of `config.scopes` beyond those of the shop's own capabilities: their operations want an account.
    pub gated: Vec<&'static str>,
    /// How long an access token is good.
    pub access_token_ms: i64,
    /// Capabilities that this shop does not have.
    pub lacks: Vec<String>,
}

impl Default for Terms {
    fn default() -> Self {
        const MINUTE: i64 = 60_000;
        Self {
            session_ms: 360 * MINUTE,
            undo_ms: 10 * MINUTE,
            ship_ms: 15 * MINUTE,
            deliver_ms: 60 * MINUTE,
            slow_ms: 3_000,
            return_ms: 7 * 24 * 60 * MINUTE,
            one_tap_max: 50_000,
            early_per_second: 5,
            presumes: vec![],
            strict_address: true,
            sign_answers: false,
            signed_requests: false,
            oauth_clients: vec![OAuthClient::nightmarket()],
            gated: vec![],
            access_token_ms: 60 * MINUTE,
            lacks: vec![],
        }
    }
}
