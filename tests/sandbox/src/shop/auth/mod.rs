//! A shop's authorization server (UCP identity-linking): OAuth 2.0 authorization code with PKCE for public clients, with
//! the pages a shopper sees, tokens that say what they are for, and revocation.

mod book;
mod pages;

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use url::form_urlencoded;

use super::{Call, Shop, VERSION};
use crate::env::Env;
use crate::http::{Request, Response};
use crate::tokens;
pub(super) use book::Auth;
use book::Refused;
use pages::Asked;
pub use pages::accept;

/// Scopes of the shop's own capabilities: what they are for. Their operations want an account in any case.
const OWN_SCOPES: [(&str, &str); 2] = [
    ("app.nightmarket.shopping.orders:read", "See the list of your orders"),
    ("app.nightmarket.shopping.returns:manage", "Give things back for you"),
];
/// UCP's scopes that the terms may gate.
const UCP_SCOPES: [(&str, &str); 2] = [
    ("dev.ucp.shopping.order:read", "See your orders"),
    ("dev.ucp.shopping.checkout:manage", "Buy with your account"),
];

/// An app that may send shoppers here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OAuthClient {
    /// Its id.
    pub id: String,
    /// Where a browser may be led back to, exactly; on loopback with any port (RFC 8252, 7.3).
    pub redirect_uris: Vec<String>,
}

impl OAuthClient {
    /// The app that all shops of the sandbox know.
    pub fn nightmarket() -> Self {
        Self {
            id: "nightmarket".to_owned(),
            redirect_uris: vec!["app.nightmarket:/linked".to_owned(), "http://127.0.0.1/linked".to_owned()],
        }
    }

    fn takes(&self, redirect_uri: &str) -> bool {
        self.redirect_uris.iter().any(|known| same_place(known, redirect_uri))
    }
}

/// Whether a browser is led to the same app: on loopback whatever the port, asking for a code and redeeming it (RFC 8252,
/// 7.3; UCP identity-linking).
fn same_place(one: &str, other: &str) -> bool {
    let place = |uri: &str| without_port(uri).unwrap_or_else(|| uri.to_owned());
    place(one) == place(other)
}

/// A loopback address without its port.
fn without_port(uri: &str) -> Option<String> {
    let rest = uri.strip_prefix("http://127.0.0.1:")?;
    let path = rest.find('/')?;
    rest[..path]
        .bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| format!("http://127.0.0.1{}", &rest[path..]))
}

/// Every scope that is honoured.
fn scopes_supported() -> Vec<&'static str> {
    OWN_SCOPES.iter().chain(&UCP_SCOPES).map(|(scope, _)| *scope).collect()
}

/// The fields of a query or form; a field that comes twice is none (RFC 6749, 3.1).
fn fields(text: &[u8]) -> Option<BTreeMap<String, String>> {
    let mut fields = BTreeMap::new();
    for (name, value) in form_urlencoded::parse(text) {
        if fields.insert(name.into_owned(), value.into_owned()).is_some() {
            return None;
        }
    }
    Some(fields)
}

impl Shop {
    /// Answers what belongs to the authorization server.
    pub(super) fn authorize(&mut self, env: &mut Env, request: &Request, path: &[&str]) -> Response {
        match (request.method.as_str(), path) {
            ("GET", [_, "oauth-authorization-server"]) => Response::json(200, &self.server_metadata()),
            ("GET", [_, "oauth-protected-resource"]) => Response::json(
                200,
                &json!({ "resource": self.config.base_url, "authorization_servers": [self.config.base_url],
                    "bearer_methods_supported": ["header"], "scopes_supported": scopes_supported() }),
            ),
            ("GET", ["oauth2", "authorize"]) => match self.asked(request.query.as_bytes()) {
                Ok(asked) => asked.page(),
                Err(refusal) => refusal,
            },
            ("POST", ["oauth2", "authorize"]) => self.decided(env, request),
            ("POST", ["oauth2", "token"]) => self.token(env, request),
            ("POST", ["oauth2", "revoke"]) => self.revoke(request),
            _ => Response::error(404, "not_found", "there is nothing here"),
        }
    }

    fn server_metadata(&self) -> Value {
        let base = &self.config.base_url;
        json!({
            "issuer": base,
            "authorization_endpoint": format!("{base}/oauth2/authorize"),
            "token_endpoint": format!("{base}/oauth2/token"),
            "revocation_endpoint": format!("{base}/oauth2/revoke"),
            "scopes_supported": scopes_supported(),
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["none"],
            "revocation_endpoint_auth_methods_supported": ["none"],
            "authorization_response_iss_parameter_supported": true,
        })
    }

    /// `config.scopes` of the profile: what wants an account.
    pub(super) fn scopes_config(&self) -> Map<String, Value> {
        let gated = UCP_SCOPES.iter().filter(|(scope, _)| self.config.terms.gated.contains(scope));
        let all = OWN_SCOPES.iter().chain(gated);
        all.map(|(scope, words)| ((*scope).to_owned(), json!({ "description": { "plain": words } })))
            .collect()
    }

    /// `realm` and where the protected resource describes itself, for a challenge.
    pub(super) fn protection(&self) -> String {
        let base = &self.config.base_url;
        format!("realm=\"{base}\", resource_metadata=\"{base}/.well-known/oauth-protected-resource\"")
    }

    /// Whose token it is and what it is for.
    pub(super) fn whose(
        &self,
        env: &Env,
        token: &str,
    ) -> Result<(Option<String>, Option<Vec<String>>), &'static str> {
        match self.auth.access(token, env.now_ms) {
            Some(Ok((shopper, scopes))) => Ok((Some(shopper), Some(scopes))),
            Some(Err(refused)) => Err(refused.code()),
            None => match tokens::shopper_of(token, env.now_ms) {
                Ok(shopper) => Ok((Some(shopper), None)),
                Err(error) => Err(error.code()),
            },
        }
    }

    /// Lets a call through that needs no account, or comes with a token for what it does.
    pub(super) fn gate(&self, call: &Call) -> Result<(), Response> {
        let path: Vec<&str> = call.path.iter().map(String::as_str).collect();
        let scope = match path.as_slice() {
            ["orders"] => OWN_SCOPES[0].0,
            ["returns", ..] => OWN_SCOPES[1].0,
            ["orders", _] => UCP_SCOPES[0].0,
            ["checkout-sessions", ..] => UCP_SCOPES[1].0,
            _ => return Ok(()),
        };
        let gated = self.config.terms.gated.contains(&scope);
        match (&call.shopper, &call.scopes) {
            (None, _) if gated => Err(self.challenge(None)),
            (Some(_), Some(scopes))
                if (gated || OWN_SCOPES.iter().any(|(own, _)| *own == scope))
                    && scopes.iter().all(|granted| granted != scope) =>
            {
                Err(self.lacking(scope))
            }
            _ => Ok(()),
        }
    }

    /// 403 with all scopes that the operation needs.
    fn lacking(&self, scope: &str) -> Response {
        let content = format!("this needs the scope {scope}");
        Response::json(
            403,
            &json!({ "ucp": { "version": VERSION, "status": "error" }, "messages": [{ "type": "error",
                "code": "insufficient_scope", "content": content, "severity": "requires_buyer_review" }] }),
        )
        .with_header(
            "www-authenticate",
            &format!("Bearer {}, error=\"insufficient_scope\", scope=\"{scope}\"", self.protection()),
        )
    }

    /// An authorization request. One whose client or way back is not known is not led anywhere.
    fn asked(&self, query: &[u8]) -> Result<Asked, Response> {
        let fields = fields(query).ok_or_else(|| pages::stop("A field comes twice."))?;
        let get = |name: &str| fields.get(name).map(String::as_str).unwrap_or_default();
        let client = self.config.terms.oauth_clients.iter().find(|client| client.id == get("client_id"));
        let client = client.ok_or_else(|| pages::stop("This app is not known here."))?;
        if !client.takes(get("redirect_uri")) {
            return Err(pages::stop("This app has no such address to go back to."));
        }
        let asked = Asked {
            shop: self.config.catalog.name.en.clone(),
            issuer: self.config.base_url.clone(),
            client: client.id.clone(),
            redirect_uri: get("redirect_uri").to_owned(),
            state: get("state").to_owned(),
            challenge: get("code_challenge").to_owned(),
            scopes: get("scope").split_whitespace().map(str::to_owned).collect(),
        };
        if get("response_type") != "code" {
            return Err(asked.back(&[("error", "unsupported_response_type")]));
        }
        if get("code_challenge_method") != "S256" || get("code_challenge").len() != 43 {
            return Err(asked.back(&[("error", "invalid_request")]));
        }
        if asked.scopes.iter().any(|scope| !scopes_supported().contains(&scope.as_str())) {
            return Err(asked.back(&[("error", "invalid_scope")]));
        }
        Ok(asked)
    }

    /// What the shopper pressed. The form carries the request again, and it is checked again.
    fn decided(&mut self, env: &mut Env, request: &Request) -> Response {
        let asked = match self.asked(&request.body) {
            Ok(asked) => asked,
            Err(refusal) => return refusal,
        };
        let fields = fields(&request.body).unwrap_or_default();
        let get = |name: &str| fields.get(name).map(String::as_str).unwrap_or_default();
        let Ok(shopper) = tokens::shopper_of(&format!("token:{}", get("shopper")), env.now_ms) else {
            return asked.page();
        };
        if get("decision") != "allow" {
            return asked.back(&[("error", "access_denied")]);
        }
        // A shopper may leave some of it out.
        let scopes = asked.scopes.iter().filter(|scope| get(&format!("not:{scope}")).is_empty());
        let code = self.auth.code(env, &asked, &shopper, scopes.cloned().collect());
        asked.back(&[("code", &code)])
    }

    fn token(&mut self, env: &mut Env, request: &Request) -> Response {
        let Some(fields) = form(request) else { return refused("invalid_request") };
        let get = |name: &str| fields.get(name).map(String::as_str).unwrap_or_default();
        if self.config.terms.oauth_clients.iter().all(|client| client.id != get("client_id")) {
            return refused("invalid_client");
        }
        let life_ms = self.config.terms.access_token_ms;
        let granted = match get("grant_type") {
            "authorization_code" => self.auth.redeem(env, &fields, life_ms),
            "refresh_token" => self.auth.refresh(env, get("refresh_token"), get("client_id"), life_ms),
            _ => return refused("unsupported_grant_type"),
        };
        match granted {
            Err(Refused::Grant | Refused::Expired) => refused("invalid_grant"),
            Ok(issued) => Response::json(
                200,
                &json!({ "access_token": issued.access, "token_type": "Bearer", "expires_in": life_ms / 1_000,
                    "refresh_token": issued.refresh, "scope": issued.scopes.join(" ") }),
            )
            .with_header("cache-control", "no-store"),
        }
    }

    /// 200 whatever was sent (RFC 7009, 2.2), but for a client that is not known.
    fn revoke(&mut self, request: &Request) -> Response {
        let Some(fields) = form(request) else { return refused("invalid_request") };
        let get = |name: &str| fields.get(name).map(String::as_str).unwrap_or_default();
        if self.config.terms.oauth_clients.iter().all(|client| client.id != get("client_id")) {
            return refused("invalid_client");
        }
        self.auth.revoke(get("token"), get("client_id"));
        Response::json(200, &json!({}))
    }

    /// Accounts that are linked: shopper, client and scopes, for tests to judge by.
    pub fn linked(&self) -> Vec<(String, String, Vec<String>)> {
        self.auth.grants()
    }
}

fn form(request: &Request) -> Option<BTreeMap<String, String>> {
    let is_form = request
        .header("content-type")
        .is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
    is_form.then(|| fields(&request.body)).flatten()
}

/// An error of the token endpoint (RFC 6749, 5.2).
fn refused(error: &str) -> Response {
    let status = if error == "invalid_client" { 401 } else { 400 };
    Response::json(status, &json!({ "error": error })).with_header("cache-control", "no-store")
}
