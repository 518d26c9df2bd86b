//! Payment handlers: a test tokenizer whose tokens say what will happen, and a wallet with a sheet of its own.

use serde_json::{Value, json};

use super::VERSION;

/// Id of the tokenizer's declaration.
pub const TOKENIZER: &str = "sandbox_tokenizer";
/// Id of the wallet's declaration.
pub const WALLET: &str = "sandbox_wallet";

/// `payment_handlers` for a basket; a wallet cannot renew, so it is not offered for subscriptions.
pub fn handlers(with_wallet: bool) -> Value {
    let entry = |id: &str, slug: &str, kind: &str, config: Value| {
        json!([{
            "id": id, "version": VERSION,
            "spec": format!("https://nightmarket.app/pay/{slug}"),
            "schema": format!("https://nightmarket.app/pay/{slug}.json"),
            "available_instruments": [{ "type": kind }],
            "config": config,
        }])
    };
    let tokens = json!({
        "environment": "sandbox",
        "silent": true,
        "test_tokens": ["tok_success", "tok_decline", "tok_3ds", "tok_slow"],
    });
    let mut out = json!({ "app.nightmarket.pay.tokenizer": entry(TOKENIZER, "tokenizer", "card", tokens) });
    if with_wallet {
        let config = json!({ "environment": "sandbox", "silent": false });
        out["app.nightmarket.pay.wallet"] = entry(WALLET, "wallet", "wallet", config);
    }
    out
}

/// What the processor says to a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Paid.
    Paid,
    /// Not paid; another instrument may be.
    Declined,
    /// The bank wants to see the buyer.
    Challenge,
    /// Accepted, and known only later.
    Slow {
        /// What will be known then.
        pays: bool,
    },
}

/// The instrument chosen for a completion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instrument {
    /// Id the platform gave it.
    pub id: String,
    /// Handler it belongs to.
    pub handler: String,
    /// `card`, `wallet`, …
    pub kind: String,
    /// What the processor says.
    pub verdict: Verdict,
    /// What may be shown again: never the credential.
    pub shown: Value,
}

/// Why there is no instrument to charge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoInstrument {
    /// None was sent, or it has no credential.
    Missing,
    /// Its handler was not offered for this basket.
    UnknownHandler,
}

/// The selected instrument of a complete request, or the first.
pub fn choose(body: &Value, with_wallet: bool) -> Result<Instrument, NoInstrument> {
    let all = body["payment"]["instruments"].as_array().map(Vec::as_slice).unwrap_or_default();
    let chosen =
        all.iter().find(|each| each["selected"] == true).or(all.first()).ok_or(NoInstrument::Missing)?;
    // Without a handler's id the first one offered is meant.
    let handler = chosen["handler_id"].as_str().unwrap_or(TOKENIZER);
    if handler != TOKENIZER && !(with_wallet && handler == WALLET) {
        return Err(NoInstrument::UnknownHandler);
    }
    let token = chosen["credential"]["token"].as_str().ok_or(NoInstrument::Missing)?;
    let mut shown =
        json!({ "id": chosen["id"], "handler_id": handler, "type": chosen["type"], "selected": true });
    if chosen["display"].is_object() {
        shown["display"] = chosen["display"].clone();
    }
    Ok(Instrument {
        id: chosen["id"].as_str().unwrap_or_default().to_owned(),
        handler: handler.to_owned(),
        kind: chosen["type"].as_str().unwrap_or_default().to_owned(),
        verdict: verdict(token),
        shown,
    })
}

/// `success_token` is what the judge's fixed requests carry.
fn verdict(token: &str) -> Verdict {
    if token.starts_with("tok_success") || token == "success_token" {
        Verdict::Paid
    } else if token.starts_with("tok_3ds") {
        Verdict::Challenge
    } else if token.starts_with("tok_slow") {
        Verdict::Slow { pays: !token.starts_with("tok_slow_decline") }
    } else {
        Verdict::Declined
    }
}
