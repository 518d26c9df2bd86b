//! What a shopper sees of the authorization server, and the way back to the app.

use std::fmt::Write as _;

use url::form_urlencoded::Serializer;

use crate::http::Response;

/// An authorization request that may be put to the shopper.
pub(super) struct Asked {
    pub(super) shop: String,
    pub(super) issuer: String,
    pub(super) client: String,
    pub(super) redirect_uri: String,
    pub(super) state: String,
    pub(super) challenge: String,
    pub(super) scopes: Vec<String>,
}

impl Asked {
    /// The page that asks. What the request carries is carried on by the form, escaped.
    pub(super) fn page(&self) -> Response {
        let scopes = self.scopes.join(" ");
        let mut hidden = String::new();
        for (name, value) in [
            ("response_type", "code"),
            ("client_id", &self.client),
            ("redirect_uri", &self.redirect_uri),
            ("state", &self.state),
            ("code_challenge", &self.challenge),
            ("code_challenge_method", "S256"),
            ("scope", &scopes),
        ] {
            // Writing to a string does not fail.
            let _ = write!(hidden, "<input type=hidden name=\"{name}\" value=\"{}\">", escaped(value));
        }
        let mut wishes = String::new();
        for scope in &self.scopes {
            let scope = escaped(scope);
            let _ = write!(
                wishes,
                "<li>{scope} <label><input type=checkbox name=\"not:{scope}\" value=1> no</label>"
            );
        }
        html(
            200,
            &format!(
                "<h1>{}</h1><p>{} wants to use your account:<form method=post>{hidden}<ul>{wishes}</ul>\
                 <label>Your name <input name=shopper required></label>\
                 <button name=decision value=allow>Allow</button><button name=decision value=deny>No</button></form>",
                escaped(&self.shop),
                escaped(&self.client)
            ),
        )
    }

    /// Back to the app, with state and issuer (RFC 9207) in every answer.
    pub(super) fn back(&self, said: &[(&str, &str)]) -> Response {
        let mut query = Serializer::new(String::new());
        query.extend_pairs(said);
        if !self.state.is_empty() {
            query.append_pair("state", &self.state);
        }
        query.append_pair("iss", &self.issuer);
        let joint = if self.redirect_uri.contains('?') { '&' } else { '?' };
        let to = format!("{}{joint}{}", self.redirect_uri, query.finish());
        html(302, "Back to the app.").with_header("location", &to)
    }
}

/// A page for a request that is led nowhere.
pub(super) fn stop(content: &str) -> Response {
    html(400, content)
}

fn html(status: u16, content: &str) -> Response {
    let page = format!("<!doctype html><meta charset=utf-8><title>Sign in</title><p>{content}</p>");
    Response::bytes(status, "text/html; charset=utf-8", page.into_bytes())
        .with_header("cache-control", "no-store")
        .with_header("referrer-policy", "no-referrer")
        .with_header("content-security-policy", "default-src 'none'; frame-ancestors 'none'")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

/// The form that a shopper sends who signs in on that page with this name, leaving out these scopes: what a browser would
/// send for the address, for tests and tours that have none.
pub fn accept(authorization_url: &str, shopper: &str, without: &[&str]) -> String {
    let query = authorization_url.split_once('?').map_or("", |(_, query)| query);
    let mut form = Serializer::new(query.to_owned());
    form.append_pair("shopper", shopper).append_pair("decision", "allow");
    for scope in without {
        form.append_pair(&format!("not:{scope}"), "1");
    }
    form.finish()
}
